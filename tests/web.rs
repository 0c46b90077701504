//! The library in a real browser: the same numbers as natively.
#![cfg(target_arch = "wasm32")]

mod support;

use token_factory::scenario::link::{self, SharedState};
use token_factory::scenario::presets::PRESETS;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn evaluations_are_those_of_the_native_build() {
    assert_eq!(support::differences(), Vec::<String>::new());
}

#[wasm_bindgen_test]
fn every_preset_survives_its_link_and_json() {
    for preset in PRESETS {
        let scenario = preset.scenario();
        let text = link::encode(&SharedState::of(scenario.clone()));
        assert_eq!(
            link::decode(&text).state.scenario,
            scenario,
            "{}",
            preset.id
        );
        let json = serde_json::to_string(&scenario).expect("serialises");
        assert_eq!(
            serde_json::from_str::<token_factory::scenario::Scenario>(&json).expect("parses"),
            scenario
        );
    }
}
