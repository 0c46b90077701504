//! Properties of whole evaluations, and the wrong answers of other tools that must not come back.

use super::*;
use crate::scenario::{ModelChoice, Pool, Role};

fn run(scenario: &Scenario) -> Evaluation {
    evaluate(scenario, Catalogue::embedded())
}

fn has(e: &Evaluation, code: NoticeCode) -> bool {
    e.notices.iter().any(|n| n.code == code)
}

fn pool(hardware: &str, super_nodes: u32, cards_each: u32) -> Pool {
    Pool {
        hardware: hardware.into(),
        super_nodes,
        cards_each,
        spares_each: 0,
        role: Role::Any,
    }
}

fn with(hardware: &str, super_nodes: u32, cards_each: u32, model: &str) -> Scenario {
    Scenario {
        pools: vec![pool(hardware, super_nodes, cards_each)],
        model: ModelChoice::Catalogue(model.into()),
        ..Scenario::default()
    }
}

/// Wuxi: four super-nodes with DeepSeek-R1 make of the order of a million output tokens a second
/// (CloudMatrix384 paper: 1,943 decode and 5,655 prefill tokens/s a card, in the ratio of 1 to 4).
#[test]
fn wuxi_is_of_the_published_order() {
    let e = run(&Scenario::default());
    assert!(e.fits && e.meets_targets);
    assert!(
        (5e5..3e6).contains(&e.tokens_per_s.output),
        "{}",
        e.tokens_per_s.output
    );
}

/// aiconfigurator #509: latencies were printed for a model that does not fit.
#[test]
fn what_does_not_fit_has_no_latency_and_says_by_how_much() {
    let e = run(&with("h100-sxm", 1, 8, "deepseek-r1"));
    assert!(!e.fits && e.deployment.is_none());
    assert_eq!((e.tpot_ms.p50, e.tokens_per_s.output), (0.0, 0.0));
    let n = e
        .notices
        .iter()
        .find(|n| n.code == NoticeCode::WeightsDoNotFit);
    let values = &n.unwrap().values;
    let value = |i: usize| match values[i] {
        crate::evaluation::NoticeValue::Number(x) => x,
        _ => panic!("a number"),
    };
    assert!(value(0) > value(1), "needed {} of {}", value(0), value(1));
    assert!(
        value(2) > 8.0,
        "more than the eight there are: {}",
        value(2)
    );
    assert_eq!((e.cards, e.cards_idle), (8, 8));
}

/// aiconfigurator #1259: an unknown GPU was silently treated as one that is known.
#[test]
fn unknown_names_are_refused() {
    let e = run(&with("no-such-card", 1, 8, "deepseek-r1"));
    assert!(!e.fits && has(&e, NoticeCode::NoSuchHardware));
    let e = run(&with("h100-sxm", 1, 8, "no-such-model"));
    assert!(!e.fits && has(&e, NoticeCode::NoSuchModel));
}

/// aiconfigurator #1476: cards were left out of the per-card figure.
#[test]
fn every_card_is_counted_once() {
    for scenario in [
        Scenario::default(),
        with("h100-sxm", 4, 8, "llama-3.1-70b"),
        with("gb200-nvl72", 1, 72, "deepseek-r1"),
    ] {
        let e = run(&scenario);
        assert!(e.fits, "{:?}", e.notices);
        let d = e.deployment.unwrap();
        let used: u32 = d.instances.iter().map(|i| i.instances * i.cards_each).sum();
        assert_eq!(used, e.cards_working);
        assert_eq!(e.cards, e.cards_working + e.cards_spare + e.cards_idle);
        let per_card = e.tokens_per_s.output / f64::from(e.cards_working);
        assert!((e.output_tokens_per_s_per_card / per_card - 1.0).abs() < 1e-9);
    }
}

/// The run's cost is the factory's cost an hour times its hours; nobody's price is unknown here.
#[test]
fn a_training_run_is_costed() {
    let mut scenario = Scenario::default();
    scenario.workload.task = crate::scenario::Task::Training;
    let e = run(&scenario);
    let t = e.training.expect("the model trains on 1,536 cards");
    let cost = t.cost.expect("the price is assumed, hence known");
    let hour = e.cost.per_hour.expect("so is the cost of an hour");
    assert!((cost.usd / (hour.usd * t.days * 24.0) - 1.0).abs() < 1e-9);
    let million = e.cost.per_million.expect("and of a million trained tokens");
    let tokens = scenario.workload.training_tokens;
    assert!((million.output.usd * tokens / 1e6 / cost.usd - 1.0).abs() < 1e-6);
    assert!(t.mwh.is_some_and(|mwh| mwh > 0.0));
}
