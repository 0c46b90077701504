//! The same evaluations natively and in the browser, held against one golden file.
//!
//! `tests/golden/evaluations.json` was written by this crate, natively; `UPDATE_GOLDEN=1 cargo test
//! --test numbers` writes it anew after the model or the calibration has changed on purpose.

use serde_json::{Map, Value, json};
use token_factory::catalogue::Catalogue;
use token_factory::planner::evaluate;
use token_factory::scenario::link;

/// The golden file.
pub const GOLDEN: &str = include_str!("../golden/evaluations.json");

/// Scenarios compared: the flagship, dense on rented GPUs, mixture of experts in one NVLink domain.
pub const LINKS: [&str; 3] = [
    "#v=1",
    "#v=1&hw=h200-sxm&pods=1&cards=8&m=llama-3.1-70b&in=1024&draft=0&cur=usd&region=usa&tenure=rent",
    "#v=1&hw=gb200-nvl72&pods=1&cards=72&m=deepseek-v3.2&cur=usd&region=usa&pue=1.2",
];

/// The figures of one scenario.
pub fn figures(text: &str) -> Value {
    let e = evaluate(&link::decode(text).state.scenario, Catalogue::embedded());
    json!({
        "output_tokens_per_s": e.tokens_per_s.output,
        "output_tokens_per_day": e.tokens_per_day.output,
        "concurrency": e.concurrency,
        "tpot_p50_ms": e.tpot_ms.p50,
        "tpot_p95_ms": e.tpot_ms.p95,
        "ttft_p50_ms": e.ttft_ms.p50,
        "ttft_p95_ms": e.ttft_ms.p95,
        "mean_kw": e.power.mean_kw,
        "cost_per_hour_usd": e.cost.per_hour.map(|c| c.usd),
        "candidates": e.candidates,
    })
}

/// Every figure of every scenario, by link.
#[cfg_attr(target_arch = "wasm32", allow(dead_code))]
pub fn all() -> Value {
    let pairs = LINKS.iter().map(|l| ((*l).to_owned(), figures(l)));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// Figures that differ by more than 1e-9 (exp, ln and pow differ in their last digits between
/// platforms).
pub fn differences() -> Vec<String> {
    let golden: Value = serde_json::from_str(GOLDEN).expect("the golden file is JSON");
    let mut out = Vec::new();
    for text in LINKS {
        let now = figures(text);
        let keys = now.as_object().expect("an object");
        for (key, value) in keys {
            let was = &golden[text][key];
            let same = match (value.as_f64(), was.as_f64()) {
                (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs(),
                _ => value == was,
            };
            if !same {
                out.push(format!("{text}: {key} is {value}, golden {was}"));
            }
        }
    }
    out
}
