//! The library in a real browser: the same numbers as natively.
#![cfg(target_arch = "wasm32")]

use token_factory::scenario::Scenario;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn a_scenario_survives_json() {
    let scenario = Scenario::default();
    let text = serde_json::to_string(&scenario).expect("serialises");
    assert_eq!(
        serde_json::from_str::<Scenario>(&text).expect("parses"),
        scenario
    );
}
