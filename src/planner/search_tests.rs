//! The search against brute force on spaces small enough for it; and what must hold of any search.

use super::*;
use crate::catalogue::Catalogue;
use crate::evaluation::Mode;
use crate::planner::estimate::{CHUNKS, SHARED_CHUNKS};
use crate::planner::layouts::configs;
use crate::planner::resolve;
use crate::scenario::{ModelChoice, Pool, Role, Scenario};

fn scenario(hardware: &str, cards: u32, model: &str, mode: ModeChoice) -> Scenario {
    let mut s = Scenario {
        pools: vec![Pool {
            hardware: hardware.into(),
            super_nodes: 1,
            cards_each: cards,
            spares_each: 0,
            role: Role::Any,
        }],
        model: ModelChoice::Catalogue(model.into()),
        ..Scenario::default()
    };
    s.layout.mode = mode;
    s
}

/// Batches worth a look: every one up to 16, then steps of an eighth.
fn batches(cap: f64) -> Vec<u32> {
    let mut out = Vec::new();
    let mut n = 1.0f64;
    while n < cap {
        out.push(n as u32);
        n = (n * 1.125).max(n + 1.0).floor();
    }
    out.push(cap as u32);
    out
}

fn placed<'a>(config: &'a Config, instances: u32, batch: u32, chunk: f64) -> Placed<'a> {
    Placed {
        config,
        group: Group {
            instances,
            ranks: config.prepared.split.max(1.0) as u32,
            batch,
            chunk_tokens: chunk,
            share: 1.0,
        },
    }
}

/// Best capacity of every deployment on one pool, each by the full formula.
fn brute_force(task: &Task<'_>, site: &Site<'_>, configs: &Configs) -> (f64, u64) {
    let mut best = 0.0;
    let mut tried = 0;
    let mut look = |mode, prefill: Vec<Placed<'_>>, decode: Vec<Placed<'_>>| {
        let plan = Plan {
            mode,
            prefill,
            decode,
            capacity: 0.0,
        };
        tried += 1;
        best = f64::max(best, plan.find_capacity(&task.traffic, &task.aim));
    };
    if task.layout.mode != ModeChoice::Disaggregated {
        for c in configs.decode() {
            for batch in batches(c.memory_batch.floor()) {
                for chunk in SHARED_CHUNKS {
                    let all = placed(c, site.most_instances(c.cards), batch, chunk);
                    look(Mode::Aggregated, Vec::new(), vec![all]);
                }
            }
        }
    }
    if task.layout.mode != ModeChoice::Aggregated {
        for d in configs.decode() {
            for n in 1..=site.most_instances(d.cards) {
                for p in configs.prefill() {
                    let m = site.most_beside(p.cards, n, d.cards);
                    if m == 0 {
                        continue;
                    }
                    for batch in batches(d.memory_batch.floor()) {
                        for chunk in CHUNKS {
                            look(
                                Mode::Disaggregated,
                                vec![placed(p, m, 1, chunk)],
                                vec![placed(d, n, batch, 0.0)],
                            );
                        }
                    }
                }
            }
        }
    }
    (best, tried)
}

fn compare(scenario: &Scenario) {
    let catalogue = Catalogue::embedded();
    let model = resolve::model(scenario, catalogue).unwrap();
    let sites = resolve::sites(scenario, catalogue, &model, &mut Vec::new()).unwrap();
    let layout = scenario.layout.clone();
    let task = resolve::task(scenario, model.architecture, &layout, &sites);
    let configs = configs(&task, &sites);
    let found = search(&task, &sites, &configs);
    let capacity = found.best.as_ref().map_or(0.0, |p| p.capacity);
    let (best, tried) = brute_force(&task, &sites[0], &configs);
    let line = format!(
        "{:?} {} {:?}: search {capacity:.3} ({} candidates), brute force {best:.3} ({tried})",
        scenario.model, scenario.pools[0].hardware, layout.mode, found.candidates
    );
    println!("{line}");
    assert!(found.meets && best > 0.0, "{line}");
    assert!(capacity >= 0.97 * best, "{line}");
    // The search tries batches between those of the brute force.
    assert!(capacity <= 1.05 * best, "{line}");
}

#[test]
fn shared_cards_find_what_brute_force_finds() {
    for (hardware, cards, model) in [
        ("h100-sxm", 8, "llama-3.1-8b"),
        ("h200-sxm", 8, "qwen3-30b-a3b"),
        ("ascend-910c", 8, "llama-3.1-70b"),
    ] {
        compare(&scenario(hardware, cards, model, ModeChoice::Aggregated));
    }
}

#[test]
fn separate_cards_find_what_brute_force_finds() {
    for (hardware, cards, model) in [
        ("h100-sxm", 4, "llama-3.1-8b"),
        ("h200-sxm", 4, "qwen3-30b-a3b"),
        ("ascend-910c", 4, "llama-3.1-8b"),
    ] {
        compare(&scenario(hardware, cards, model, ModeChoice::Disaggregated));
    }
}

#[test]
fn short_prompts_and_tight_targets_too() {
    let mut s = scenario("h100-sxm", 8, "llama-3.1-8b", ModeChoice::Aggregated);
    s.workload.input_tokens = 300.0;
    s.workload.output_tokens = 200.0;
    s.targets.tpot_ms = 12.0;
    s.targets.ttft_ms = 300.0;
    compare(&s);
    let mut s = scenario("h100-sxm", 4, "llama-3.1-8b", ModeChoice::Auto);
    s.workload.input_tokens = 12_000.0;
    s.workload.output_tokens = 500.0;
    s.targets.ttft_ms = 4000.0;
    compare(&s);
}

/// The frontier and the best plan are part of one result: nothing on the frontier that meets the
/// targets makes more than a tenth beyond the plan chosen (it is counted at a rougher formula).
#[test]
fn the_flagship_looks_at_the_whole_space() {
    let scenario = Scenario::default();
    let e = crate::planner::evaluate(&scenario, Catalogue::embedded());
    assert!(e.candidates >= 10_000, "{}", e.candidates);
    let mut degrees: Vec<_> = e.frontier.iter().map(|p| p.degrees).collect();
    degrees.dedup();
    assert!(degrees.len() > 3, "{}", degrees.len());
    assert!(
        e.frontier
            .windows(2)
            .all(|w| w[0].tokens_per_s_user < w[1].tokens_per_s_user
                && w[0].tokens_per_s_card > w[1].tokens_per_s_card)
    );
}
