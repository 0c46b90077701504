//! What holds of every evaluation: random scenarios over the whole range of the inputs.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::evaluate;
use crate::catalogue::Catalogue;
use crate::evaluation::Evaluation;
use crate::scenario::limits::{FIELDS, Rule};
use crate::scenario::{ModelChoice, Pool, Role, Scenario, fields};

fn pick<'a, T>(rng: &mut fastrand::Rng, list: &'a [T]) -> Option<&'a T> {
    (!list.is_empty()).then(|| &list[rng.usize(..list.len())])
}

/// Any scenario that may be entered: some inputs anywhere in their range, the others as they are.
fn any_scenario(seed: u64) -> Scenario {
    let mut rng = fastrand::Rng::with_seed(seed);
    let catalogue = Catalogue::embedded();
    let wild = rng.bool();
    let mut s = Scenario::default();
    for field in FIELDS {
        let often = if wild { 0.5 } else { 0.1 };
        if rng.f64() > often {
            continue;
        }
        match field.rule {
            Rule::Number(n) => {
                // Half the time within the slider, else anywhere; evenly by logarithm.
                let (low, high) = if rng.bool() {
                    (n.low, n.high)
                } else {
                    (n.min, n.max)
                };
                let value = if low > 0.0 && high / low > 50.0 {
                    low * (high / low).powf(rng.f64())
                } else {
                    low + (high - low) * rng.f64()
                };
                if let Some(changed) = fields::with_number(&s, field.key, value) {
                    s = changed;
                }
            }
            Rule::Words(words) => {
                if let Some(word) = pick(&mut rng, words)
                    && let Ok(changed) = fields::with(&s, field.key, word)
                {
                    s = changed;
                }
            }
            _ => {}
        }
    }
    if let Some(model) = pick(&mut rng, &catalogue.models)
        && rng.f64() < 0.7
    {
        s.model = ModelChoice::Catalogue(model.id.clone());
    }
    let pools = if rng.f64() < 0.6 { 1 } else { rng.usize(1..=4) };
    let first = s.pools[0].clone();
    s.pools = (0..pools)
        .filter_map(|i| {
            let hardware = pick(&mut rng, &catalogue.accelerators)?.id.clone();
            let role = *pick(
                &mut rng,
                &[Role::Any, Role::Any, Role::Prefill, Role::Decode],
            )?;
            let base = if i == 0 {
                first.clone()
            } else {
                Pool {
                    super_nodes: rng.u32(1..40),
                    cards_each: 1 << rng.u32(0..9),
                    spares_each: 0,
                    ..Pool::default()
                }
            };
            Some(Pool {
                hardware,
                role,
                ..base
            })
        })
        .collect();
    s
}

/// Numbers that must not be there, found in the printed result.
fn bad_numbers(e: &Evaluation) -> Option<String> {
    let text = format!("{e:?}");
    let negative = |at: usize| {
        let number: String = text[at + 1..]
            .chars()
            .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | '-'))
            .collect();
        number.parse::<f64>().is_ok_and(|x| x != 0.0)
    };
    let lone = |word: &str| {
        text.match_indices(word).map(|(at, _)| at).find(|&at| {
            let before = text[..at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '"' | '_'))
                && !after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '"' | '_'))
        })
    };
    let at = lone("NaN").or_else(|| lone("inf")).or_else(|| {
        text.match_indices('-').map(|(at, _)| at).find(|&at| {
            matches!(text[..at].chars().next_back(), Some(' ' | '(' | '[')) && negative(at)
        })
    })?;
    let around = text.get(at.saturating_sub(160)..(at + 40).min(text.len()));
    Some(around.unwrap_or_default().into())
}

fn check(s: &Scenario) -> Result<(), TestCaseError> {
    let e = evaluate(s, Catalogue::embedded());
    if let Some(bad) = bad_numbers(&e) {
        return Err(TestCaseError::fail(format!("…{bad}…")));
    }
    prop_assert_eq!(e.cards_working + e.cards_spare + e.cards_idle, e.cards);
    if e.training.is_none() {
        prop_assert_eq!(e.fits, e.deployment.is_some());
    }
    if e.fits && e.training.is_none() {
        let d = e.deployment.as_ref().unwrap();
        let used: u32 = d.instances.iter().map(|i| i.instances * i.cards_each).sum();
        prop_assert_eq!(used, e.cards_working);
        prop_assert!(e.requests_per_s > 0.0 && e.tokens_per_s.output > 0.0);
        prop_assert!(e.tpot_ms.p50 <= e.tpot_ms.p95 && e.tpot_ms.p95 <= e.tpot_ms.p99);
        prop_assert!(e.ttft_ms.p50 <= e.ttft_ms.p95 && e.ttft_ms.p95 <= e.ttft_ms.p99);
        for m in &e.memory {
            let used = m.weights_bytes
                + m.experts_bytes
                + m.kv_bytes
                + m.activations_bytes
                + m.reserve_bytes;
            prop_assert!(used <= m.capacity_bytes * 1.0001, "{used} of {m:?}");
        }
        for group in &d.instances {
            prop_assert!((0.0..=1.0).contains(&group.busy), "busy {}", group.busy);
        }
    }
    if !e.fits {
        prop_assert!(!e.notices.is_empty(), "no word about why");
        prop_assert_eq!(e.tokens_per_s.output, 0.0);
        prop_assert_eq!(e.requests_per_s, 0.0);
        prop_assert_eq!(e.tpot_ms.p99, 0.0);
        prop_assert_eq!(e.ttft_ms.p99, 0.0);
        prop_assert_eq!(e.concurrency, 0.0);
        prop_assert!(e.cost.per_hour.is_none() && e.power.mean_kw.is_none());
        prop_assert!(e.memory.is_empty() && e.frontier.is_empty() && e.usage.is_none());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_126), ..ProptestConfig::default() })]

    #[test]
    fn any_scenario_gives_sound_numbers(seed in any::<u64>()) {
        let s = any_scenario(seed);
        check(&s).map_err(|e| TestCaseError::fail(format!("seed {seed}: {e}")))?;
    }
}

/// Scenarios that plausibly serve something, for laws of more and less.
fn plain(seed: u64) -> Scenario {
    let mut rng = fastrand::Rng::with_seed(seed);
    let hardware = [
        ("ascend-910c", 384),
        ("h100-sxm", 8),
        ("h200-sxm", 8),
        ("b200-sxm", 8),
        ("gb200-nvl72", 72),
        ("mi355x", 8),
    ];
    let models = [
        "deepseek-r1",
        "llama-3.1-70b",
        "qwen3-32b",
        "gpt-oss-120b",
        "qwen3-235b-a22b",
    ];
    let (id, cards_each) = hardware[rng.usize(..hardware.len())];
    let mut s = Scenario {
        pools: vec![Pool {
            hardware: id.into(),
            super_nodes: if cards_each > 8 {
                rng.u32(1..5)
            } else {
                rng.u32(3..20)
            },
            cards_each,
            spares_each: 0,
            role: Role::Any,
        }],
        model: ModelChoice::Catalogue(models[rng.usize(..models.len())].into()),
        ..Scenario::default()
    };
    s.workload.input_tokens = f64::from(rng.u32(200..16_000));
    s.workload.output_tokens = f64::from(rng.u32(50..4000));
    s.targets.ttft_ms = f64::from(rng.u32(1000..8000));
    s.targets.tpot_ms = f64::from(rng.u32(15..120));
    s
}

/// Requests per second within the targets; `None` where they cannot be kept (such capacities belong
/// to other targets).
fn capacity(s: &Scenario) -> Option<f64> {
    let e = evaluate(s, Catalogue::embedded());
    (e.fits && e.meets_targets).then_some(e.requests_per_s)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_126), ..ProptestConfig::default() })]

    /// Five hundredths are what the search may miss where estimates rank near-equal layouts wrongly (250
    /// scenarios with six changes each: one missed 4.5 %, all others less than 1 %).
    #[test]
    fn more_cards_and_looser_targets_never_make_less(seed in any::<u64>()) {
        let base = plain(seed);
        let Some(before) = capacity(&base) else { return Ok(()) };
        let mut changes: Vec<(&str, Scenario)> = Vec::new();
        let mut with = |what, change: fn(&mut Scenario)| {
            let mut s = base.clone();
            change(&mut s);
            changes.push((what, s));
        };
        with("super-node", |s| s.pools[0].super_nodes += 1);
        with("tpot", |s| s.targets.tpot_ms *= 1.3);
        with("ttft", |s| s.targets.ttft_ms *= 1.5);
        with("percentile", |s| s.targets.percentile = 50.0);
        with("balance", |s| s.workload.expert_balance = 1.0);
        with("hit", |s| s.workload.prefix_hit = 0.5);
        with("shorter answers", |s| s.workload.output_tokens *= 0.7);
        with("shorter prompts", |s| s.workload.input_tokens = (s.workload.input_tokens * 0.7).max(1.0));
        for (what, s) in changes {
            let after = capacity(&s).unwrap_or(0.0);
            prop_assert!(after >= 0.95 * before, "seed {seed}: {what}: {before} → {after}");
        }
    }

    #[test]
    fn the_same_scenario_gives_the_same_result_in_any_order(a in any::<u64>(), b in any::<u64>()) {
        let (first, second) = (any_scenario(a), any_scenario(b));
        let run = |s: &Scenario| format!("{:?}", evaluate(s, Catalogue::embedded()));
        let one = run(&first);
        let other = run(&second);
        prop_assert_eq!(run(&second), other);
        prop_assert_eq!(run(&first), one);
    }
}
