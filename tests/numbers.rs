//! Golden evaluations, natively; `tests/web.rs` holds the browser to the same file.
#![cfg(not(target_arch = "wasm32"))]

mod support;

#[test]
fn evaluations_are_the_golden_ones() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let text = serde_json::to_string_pretty(&support::all()).expect("JSON") + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/evaluations.json");
        std::fs::write(path, text).expect("the golden file can be written");
        return;
    }
    assert_eq!(support::differences(), Vec::<String>::new());
}
