//! The formula of `open_loop` against the simulation of `simulate`, over a grid of loads; and the
//! laws that a simulation must obey.

use super::*;
use crate::planner::simulate::{Report, Simulation};

/// A plausible decode step: 12 ms, 0.05 ms a request, prefill 16 tokens/ms.
fn step(decoding: f64, context: f64, prefill_tokens: f64) -> f64 {
    12.0 + decoding * (0.05 + 2e-6 * context) + prefill_tokens / 16.0
}

fn prefill_step(_: f64, _: f64, prefill_tokens: f64) -> f64 {
    15.0 + prefill_tokens / 16.0
}

fn traffic(requests_per_s: f64, cv: f64) -> Traffic {
    Traffic {
        requests_per_s,
        arrival_cv: 1.0,
        input: Spread { mean: 2048.0, cv },
        output: Spread { mean: 400.0, cv },
        prefix_hit: 0.0,
        tokens_per_step: 1.7,
        tokens_per_step_var: 0.21,
        request_ms: 0.0,
    }
}

fn shared() -> Plant {
    Plant::Aggregated(Group {
        instances: 4,
        ranks: 1,
        batch: 64,
        chunk_tokens: 512.0,
        share: 1.0,
    })
}

fn split() -> Plant {
    Plant::Disaggregated {
        prefill: Group {
            instances: 3,
            ranks: 2,
            batch: 1,
            chunk_tokens: 4096.0,
            share: 1.0,
        },
        decode: Group {
            instances: 2,
            ranks: 8,
            batch: 256,
            chunk_tokens: 0.0,
            share: 1.0,
        },
        transfer_ms: 20.0,
    }
}

fn simulate(traffic: &Traffic, plant: &Plant, seconds: f64, seed: u64) -> Report {
    let mut run = Simulation::new(*traffic, *plant, seconds, seconds * 0.2, seed);
    while !run.advance(&prefill_step, &step, 10_000).done {}
    run.report()
}

fn far(formula: f64, simulated: f64) -> f64 {
    (formula / simulated - 1.0).abs()
}

/// Loads as a share of the saturation rate, up to where planning stops.
const LOADS: [f64; 4] = [0.2, 0.5, 0.7, 0.85];

fn saturation(plant: &Plant, cv: f64) -> f64 {
    capacity(
        &traffic(1.0, cv),
        plant,
        (&prefill_step, &step),
        (1e9, 1e9),
        0.5,
    )
}

/// What the formula promises: TPOT within 5 % (mean) and 10 % (p95), TTFT within 40 % at the median
/// (20 % where cards are shared) and 30 % at p95, over loads from 20 % to 85 % of saturation.
fn compare(plant: &Plant, cv: f64) {
    let top = saturation(plant, cv);
    assert!(top > 0.0);
    for load in LOADS {
        let traffic = traffic(load * top, cv);
        let formula = latency(&traffic, plant, &prefill_step, &step).unwrap();
        let simulated = simulate(&traffic, plant, 6000.0, 7);
        let (t, d) = (formula.ttft(), formula.tpot());
        let line = format!(
            "cv {cv} load {load}: ttft p50 {:.0}/{:.0} p95 {:.0}/{:.0} tpot {:.2}/{:.2} p95 {:.2}/{:.2} in system {:.1}/{:.1}",
            t.p50,
            simulated.ttft_ms.p50,
            t.p95,
            simulated.ttft_ms.p95,
            d.mean,
            simulated.tpot_ms.mean,
            d.p95,
            simulated.tpot_ms.p95,
            formula.in_system,
            simulated.mean_in_system,
        );
        println!("{line}");
        let median = match plant {
            Plant::Aggregated(_) => 0.20,
            Plant::Disaggregated { .. } => 0.40,
        };
        assert!(far(d.mean, simulated.tpot_ms.mean) < 0.05, "{line}");
        assert!(far(d.p95, simulated.tpot_ms.p95) < 0.10, "{line}");
        assert!(far(t.p50, simulated.ttft_ms.p50) < median, "{line}");
        assert!(far(t.p95, simulated.ttft_ms.p95) < 0.30, "{line}");
        assert!(
            far(formula.in_system, simulated.mean_in_system) < 0.08,
            "{line}"
        );
    }
}

#[test]
fn shared_cards_equal_lengths() {
    compare(&shared(), 0.0);
}

#[test]
fn shared_cards_spread_lengths() {
    compare(&shared(), 0.5);
}

#[test]
fn separate_cards_equal_lengths() {
    compare(&split(), 0.0);
}

#[test]
fn separate_cards_spread_lengths() {
    compare(&split(), 0.5);
}

#[test]
fn little_holds_in_the_simulation() {
    for plant in [shared(), split()] {
        let traffic = traffic(0.7 * saturation(&plant, 0.5), 0.5);
        let report = simulate(&traffic, &plant, 3000.0, 11);
        let little = report.requests_per_s * report.mean_stay_ms / 1000.0;
        assert!(
            far(report.mean_in_system, little) < 0.02,
            "N {} λT {little}",
            report.mean_in_system
        );
    }
}

#[test]
fn no_request_is_lost() {
    for (plant, load) in [
        (shared(), 0.8),
        (split(), 0.8),
        (shared(), 1.5),
        (split(), 1.5),
    ] {
        let traffic = traffic(load * saturation(&plant, 0.3), 0.3);
        let report = simulate(&traffic, &plant, 300.0, 3);
        assert_eq!(report.arrived, report.finished + report.in_system);
        assert_eq!(
            report.arrived,
            report.slots.iter().map(|s| s.arrived).sum::<u64>()
        );
        assert_eq!(
            report.finished,
            report.slots.iter().map(|s| s.finished).sum::<u64>()
        );
    }
}

#[test]
fn same_seed_same_result_however_it_is_sliced() {
    let traffic = traffic(20.0, 0.5);
    let run = |slice: u64| {
        let mut run = Simulation::new(traffic, split(), 120.0, 10.0, 99);
        while !run.advance(&prefill_step, &step, slice).done {}
        run.report()
    };
    assert_eq!(run(1), run(1_000_000));
    let mut other = Simulation::new(traffic, split(), 120.0, 10.0, 100);
    while !other.advance(&prefill_step, &step, 10_000).done {}
    assert_ne!(other.report(), run(100));
}

#[test]
fn burstier_traffic_waits_longer() {
    let plant = shared();
    let calm = traffic(0.8 * saturation(&plant, 0.3), 0.3);
    let bursty = Traffic {
        arrival_cv: 3.0,
        ..calm
    };
    let (a, b) = (
        simulate(&calm, &plant, 1000.0, 5),
        simulate(&bursty, &plant, 1000.0, 5),
    );
    assert!(b.ttft_ms.p95 > a.ttft_ms.p95);
    let (a, b) = (
        latency(&calm, &plant, &prefill_step, &step).unwrap(),
        latency(&bursty, &plant, &prefill_step, &step).unwrap(),
    );
    assert!(b.ttft_quantile_ms(0.95) > a.ttft_quantile_ms(0.95));
}

#[test]
fn overload_has_no_steady_state_and_no_traffic_no_wait() {
    let plant = shared();
    let top = saturation(&plant, 0.0);
    assert!(latency(&traffic(top * 1.05, 0.0), &plant, &prefill_step, &step).is_none());
    let idle = latency(&traffic(1e-6, 0.0), &plant, &prefill_step, &step).unwrap();
    assert!(idle.wait.mean_ms() < 1e-3);
    let report = simulate(&traffic(0.0, 0.0), &plant, 60.0, 1);
    assert_eq!((report.arrived, report.finished), (0, 0));
}

#[test]
fn capacity_meets_the_targets_and_no_more() {
    for plant in [shared(), split()] {
        let base = traffic(1.0, 0.3);
        let targets = (900.0, 22.0);
        let rate = capacity(&base, &plant, (&prefill_step, &step), targets, 0.95);
        assert!(rate > 0.0);
        let at = |rate: f64| {
            let traffic = Traffic {
                requests_per_s: rate,
                ..base
            };
            latency(&traffic, &plant, &prefill_step, &step)
        };
        let ok = at(rate * 0.999).unwrap();
        assert!(ok.ttft_quantile_ms(0.95) <= targets.0 && ok.tpot_quantile_ms(0.95) <= targets.1);
        assert!(at(rate * 1.02).is_none_or(
            |l| l.ttft_quantile_ms(0.95) > targets.0 || l.tpot_quantile_ms(0.95) > targets.1
        ));
    }
}
