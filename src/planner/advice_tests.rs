//! Advice is real: what it promises is what the changed scenario gives, and what mends does mend.

use super::*;
use crate::scenario::{ModelChoice, NumberFormat, Pool, Role, number};

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded()
}

fn run(scenario: &Scenario) -> (Evaluation, Vec<Advice>) {
    let e = evaluate(scenario, catalogue());
    let advice = advise(scenario, catalogue(), &e);
    for a in &advice {
        println!(
            "{:?} {:?} {:.3} {:?} repairs {} {:?}",
            a.kind, a.changes, a.score, a.standing, a.repairs, a.effect
        );
    }
    (e, advice)
}

fn of(advice: &[Advice], kind: AdviceKind) -> Option<&Advice> {
    advice.iter().find(|a| a.kind == kind)
}

fn h100(servers: u32, model: &str) -> Scenario {
    Scenario {
        pools: vec![Pool {
            hardware: "h100-sxm".into(),
            super_nodes: servers,
            cards_each: 8,
            spares_each: 0,
            role: Role::Any,
        }],
        model: ModelChoice::Catalogue(model.into()),
        ..Scenario::default()
    }
}

#[test]
fn the_flagship_gets_advice_that_holds_when_taken() {
    let scenario = Scenario::default();
    let (before, advice) = run(&scenario);
    assert!(advice.len() >= 5, "{}", advice.len());
    for a in &advice {
        // Taken over by its keys, as a link would, it is the same scenario.
        let mut taken = scenario.clone();
        for c in &a.changes {
            assert_eq!(fields::text(&scenario, c.key).as_deref(), Some(&*c.from));
            taken = fields::with(&taken, c.key, &c.to).unwrap();
        }
        assert_eq!(taken, a.scenario, "{:?}", a.kind);
        let after = evaluate(&taken, catalogue());
        let made = |e: &Evaluation| e.requests_per_s * scenario.workload.output_tokens;
        let gain = made(&after) / made(&before) - 1.0;
        assert!((a.effect.tokens_per_s_change.unwrap() - gain).abs() < 1e-9);
        let cost = |e: &Evaluation| e.cost.per_million.unwrap().blended_output.usd;
        let change = cost(&after) / cost(&before) - 1.0;
        assert!((a.effect.cost_change.unwrap() - change).abs() < 1e-9);
        assert!(a.score >= LEAST_SCORE && !a.repairs);
    }
    let mut kinds: Vec<_> = advice.iter().map(|a| a.kind).collect();
    assert!(advice.windows(2).all(|w| w[0].score >= w[1].score));
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), advice.len(), "one of each kind");
}

#[test]
fn a_chip_is_never_told_to_use_a_format_it_lacks() {
    // A large cache and long prompts, so that a narrower format helps.
    let mut scenario = Scenario {
        model: ModelChoice::Catalogue("llama-3.1-70b".into()),
        ..Scenario::default()
    };
    scenario.workload.input_tokens = 16_384.0;
    scenario.targets.tpot_ms = 200.0;
    let (_, advice) = run(&scenario);
    for a in &advice {
        let p = a.scenario.precision;
        for f in [p.weights, p.experts, p.kv].into_iter().flatten() {
            // The 910C multiplies 8-bit integers, no 8- or 4-bit floats.
            assert!(!matches!(f, NumberFormat::Fp8 | NumberFormat::Fp4), "{f:?}");
        }
    }
    let kv = of(&advice, AdviceKind::KvFormat);
    assert_eq!(kv.map(|a| a.trade), Some(Trade::Quality));
}

#[test]
fn a_model_that_does_not_fit_gets_repairs_that_fit() {
    let scenario = h100(1, "deepseek-r1");
    let (before, advice) = run(&scenario);
    assert!(!before.fits && !advice.is_empty());
    assert!(advice.iter().all(|a| a.repairs));
    for a in &advice {
        assert!(evaluate(&a.scenario, catalogue()).fits);
        assert_eq!(a.effect.tokens_per_s_change, None);
        assert!(a.effect.tokens_per_s > 0.0);
    }
    let more = of(&advice, AdviceKind::MoreSuperNodes).unwrap();
    let needed = more.scenario.pools[0].super_nodes;
    assert!((2..=4).contains(&needed), "{needed}");
    for fewer in 1..needed {
        let mut s = scenario.clone();
        s.pools[0].super_nodes = fewer;
        let e = evaluate(&s, catalogue());
        assert!(!e.fits || Standing::of(&e) < more.standing, "{fewer} do");
    }
}

#[test]
fn a_context_that_does_not_fit_is_shortened_to_what_does() {
    let mut scenario = h100(1, "llama-3.1-70b");
    scenario.targets.context_limit = 10_000_000;
    let (before, advice) = run(&scenario);
    assert!(!before.fits);
    let a = of(&advice, AdviceKind::ContextLimit).unwrap();
    let limit = a.scenario.targets.context_limit;
    assert!(evaluate(&a.scenario, catalogue()).fits);
    let mut longer = a.scenario.clone();
    longer.targets.context_limit = limit + limit / 100;
    assert!(
        !evaluate(&longer, catalogue()).fits,
        "{limit} is not the longest"
    );
}

#[test]
fn pins_that_hurt_are_named() {
    let mut scenario = h100(4, "llama-3.1-70b");
    scenario.layout.batch = Some(2);
    let (_, advice) = run(&scenario);
    assert_eq!(advice[0].kind, AdviceKind::FreeBatch);
    assert_eq!(advice[0].trade, Trade::Nothing);
    assert!(advice[0].effect.tokens_per_s_change.unwrap() > 0.5);
}

#[test]
fn overload_is_mended_by_enough_cards() {
    let mut scenario = h100(4, "llama-3.1-70b");
    let one = evaluate(&scenario, catalogue()).requests_per_s;
    scenario.workload.requests_per_s = Some(number::tidy((2.6 * one).round()));
    let (before, advice) = run(&scenario);
    assert_eq!(Standing::of(&before), Standing::Overloaded);
    let a = of(&advice, AdviceKind::MoreSuperNodes).unwrap();
    assert!(a.repairs && a.standing == Standing::Sound);
    assert!((10..=13).contains(&a.scenario.pools[0].super_nodes));
}

#[test]
fn missed_targets_are_mended_by_targets_that_can_be_met() {
    let mut scenario = h100(4, "llama-3.1-70b");
    scenario.targets.tpot_ms = 3.0;
    let (before, advice) = run(&scenario);
    assert_eq!(Standing::of(&before), Standing::MissesTargets);
    let a = of(&advice, AdviceKind::TpotTarget).unwrap();
    assert!(a.repairs && a.scenario.targets.tpot_ms > 3.0);
    assert!(evaluate(&a.scenario, catalogue()).meets_targets);
    // The least step that does: the one before it misses.
    let mut tighter = scenario.clone();
    tighter.targets.tpot_ms = a.scenario.targets.tpot_ms / 1.55;
    assert!(!evaluate(&tighter, catalogue()).meets_targets);
}

#[test]
fn one_call_tries_one_idea_and_the_order_stands_at_every_step() {
    let scenario = h100(4, "llama-3.1-70b");
    let e = evaluate(&scenario, catalogue());
    let mut advisor = Advisor::new(&scenario, catalogue(), &e);
    let total = advisor.total();
    assert!((8..=40).contains(&total), "{total}");
    for done in 1..=total {
        assert!(advisor.next().is_some());
        assert_eq!(advisor.done(), done);
        let ranked = advisor.ranked();
        assert!(ranked.windows(2).all(|w| w[0].score >= w[1].score));
    }
    assert!(advisor.next().is_none());
    assert_eq!(advisor.ranked(), advise(&scenario, catalogue(), &e));
}

#[test]
fn training_gets_advice_too() {
    let mut scenario = Scenario::default();
    scenario.workload.task = Task::Training;
    let (e, advice) = run(&scenario);
    assert!(e.training.is_some());
    assert!(of(&advice, AdviceKind::MoreSuperNodes).is_some());
}

#[test]
fn steps_are_natural() {
    use super::super::ideas;
    assert_eq!(ideas::relaxed(50.0), 70.0);
    assert_eq!(ideas::relaxed(2000.0), 3000.0);
    assert_eq!(ideas::relaxed(7.0), 10.0);
    assert_eq!(ideas::relaxed(9.0), 15.0);
    assert_eq!(ideas::shorter(8192.0), 6144.0);
    assert_eq!(ideas::shorter(1.0), 1.0);
}
