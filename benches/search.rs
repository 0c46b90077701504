//! Speed of a whole evaluation: the full search and every figure of the result.
//!
//! `cargo bench --bench search`. Times are for reading; what must not get worse (how many deployments
//! are looked at, and at how much work for each) is held by tests that count instead of timing.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use token_factory::catalogue::Catalogue;
use token_factory::planner::evaluate;
use token_factory::scenario::{ModelChoice, Pool, Scenario};

fn main() {
    for (name, scenario) in cases() {
        let candidates = evaluate(&scenario, Catalogue::embedded()).candidates;
        println!("{name}: {candidates} deployments considered");
    }
    divan::main();
}

fn pool(hardware: &str, super_nodes: u32, cards_each: u32) -> Pool {
    Pool {
        hardware: hardware.into(),
        super_nodes,
        cards_each,
        ..Pool::default()
    }
}

/// Named scenarios, the flagship first.
fn cases() -> Vec<(&'static str, Scenario)> {
    let dense = Scenario {
        pools: vec![Pool {
            spares_each: 0,
            ..pool("h100-sxm", 16, 8)
        }],
        model: ModelChoice::Catalogue("llama-3.1-70b".into()),
        ..Scenario::default()
    };
    let four_pools = Scenario {
        pools: vec![
            pool("ascend-910c", 7, 384),
            pool("gb200-nvl72", 36, 72),
            pool("h200-sxm", 320, 8),
            pool("ascend-950dt", 1, 2560),
        ],
        ..Scenario::default()
    };
    // Nothing meets these targets: every relaxation of the search is gone through.
    let mut out_of_reach = four_pools.clone();
    out_of_reach.targets.tpot_ms = 0.1;
    out_of_reach.targets.ttft_ms = 1.0;
    vec![
        ("DeepSeek-R1 on 1,536 cards", Scenario::default()),
        ("Llama 3.1 70B on 128 H100", dense),
        ("DeepSeek-R1 on 10,400 cards of four kinds", four_pools),
        ("the same, targets out of reach", out_of_reach),
    ]
}

#[divan::bench(args = cases().into_iter().map(|(name, _)| name))]
fn whole_evaluation(bencher: Bencher, name: &str) {
    let Some((_, scenario)) = cases().into_iter().find(|(n, _)| *n == name) else {
        return;
    };
    let catalogue = Catalogue::embedded();
    let candidates = evaluate(&scenario, catalogue).candidates;
    bencher
        .counter(ItemsCount::new(candidates))
        .bench_local(|| evaluate(black_box(&scenario), catalogue));
}
