//! The simulated hour against the formula, on real deployments of real hardware.

use super::*;
use crate::planner::evaluate;
use crate::scenario::{ModeChoice, ModelChoice, Pool, Role};

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded()
}

fn pool(hardware: &str, super_nodes: u32, cards_each: u32, role: Role) -> Pool {
    Pool {
        hardware: hardware.into(),
        super_nodes,
        cards_each,
        spares_each: 0,
        role,
    }
}

fn llama(pools: Vec<Pool>, mode: ModeChoice) -> Scenario {
    let mut s = Scenario {
        pools,
        model: ModelChoice::Catalogue("llama-3.1-70b".into()),
        ..Scenario::default()
    };
    s.layout.mode = mode;
    s.workload.length_cv = 0.3;
    s
}

fn run(scenario: &Scenario, seconds: f64) -> Outcome {
    let mut hour = Hour::with(scenario, catalogue(), seconds, 5).unwrap();
    while !hour.advance(50_000).done {}
    hour.outcome()
}

/// Formula over simulation, less one.
fn far(formula: f64, simulated: f64) -> f64 {
    formula / simulated - 1.0
}

/// The formula promises a TPOT that is at most a tenth too short and a quarter too long, and the TTFT
/// that planning rests on (p95) within 15 %, from light load to the capacity that the search
/// gives out.
#[test]
fn formula_and_simulation_agree_on_real_deployments() {
    use Role::{Any, Decode, Prefill};
    let cases = [
        (
            "shared",
            llama(vec![pool("h100-sxm", 4, 8, Any)], ModeChoice::Aggregated),
        ),
        (
            "separate",
            llama(vec![pool("h100-sxm", 4, 8, Any)], ModeChoice::Disaggregated),
        ),
        (
            "two kinds",
            llama(
                vec![
                    pool("h100-sxm", 3, 8, Prefill),
                    pool("h200-sxm", 4, 8, Decode),
                ],
                ModeChoice::Auto,
            ),
        ),
        (
            "two kinds side by side",
            llama(
                vec![pool("h100-sxm", 2, 8, Any), pool("h200-sxm", 2, 8, Any)],
                ModeChoice::Aggregated,
            ),
        ),
    ];
    for (name, scenario) in cases {
        let capacity = evaluate(&scenario, catalogue()).requests_per_s;
        for load in [0.3, 0.7, 0.95] {
            let mut s = scenario.clone();
            s.workload.requests_per_s = Some(load * capacity);
            let o = run(&s, 1500.0);
            let line = format!(
                "{name} {load}: ttft p50 {:.0}/{:.0} p95 {:.0}/{:.0} p99 {:.0}/{:.0} tpot p50 {:.1}/{:.1} p95 {:.1}/{:.1} in system {:.0}/{:.0}",
                o.formula_ttft_ms.p50,
                o.ttft_ms.p50,
                o.formula_ttft_ms.p95,
                o.ttft_ms.p95,
                o.formula_ttft_ms.p99,
                o.ttft_ms.p99,
                o.formula_tpot_ms.p50,
                o.tpot_ms.p50,
                o.formula_tpot_ms.p95,
                o.tpot_ms.p95,
                o.formula_in_system,
                o.in_system,
            );
            println!("{line}");
            assert!(
                far(o.finished_per_s, o.requests_per_s).abs() < 0.05,
                "{line}"
            );
            assert!(
                (-0.10..0.27).contains(&far(o.formula_tpot_ms.p50, o.tpot_ms.p50)),
                "{line}"
            );
            assert!(
                // Near capacity the formula is up to a quarter slower than the simulation. Why is not
                // known: letting prompts that meet in a step share its launches moved it by nothing.
                (-0.10..0.30).contains(&far(o.formula_tpot_ms.p95, o.tpot_ms.p95)),
                "{line}"
            );
            assert!(
                far(o.formula_ttft_ms.p95, o.ttft_ms.p95).abs() < 0.15,
                "{line}"
            );
        }
    }
}

#[test]
fn slices_do_not_change_an_hour() {
    let mut s = llama(vec![pool("h100-sxm", 2, 8, Role::Any)], ModeChoice::Auto);
    s.workload.requests_per_s = Some(2.0);
    let with = |slice: u64| {
        let mut hour = Hour::with(&s, catalogue(), 200.0, 9).unwrap();
        let mut last = 0.0;
        loop {
            let p = hour.advance(slice);
            assert!(p.share >= last && p.share <= 1.0);
            last = p.share;
            if p.done {
                return hour.outcome();
            }
        }
    };
    assert_eq!(with(7), with(1_000_000));
    let o = with(1000);
    assert_eq!(o.arrived, o.slots.iter().map(|s| s.arrived).sum::<u64>());
    assert!((o.slot_s * o.slots.len() as f64 - 500.0).abs() < 1e-6);
}

#[test]
fn no_hour_where_nothing_is_served() {
    let mut s = Scenario::default();
    s.workload.task = Task::Training;
    assert_eq!(Hour::new(&s, catalogue()).err(), Some(NoHour::Training));
    let s = Scenario {
        model: ModelChoice::Catalogue("deepseek-r1".into()),
        pools: vec![pool("h100-sxm", 1, 8, Role::Any)],
        ..Scenario::default()
    };
    assert_eq!(
        Hour::new(&s, catalogue()).err(),
        Some(NoHour::NothingServed)
    );
}
