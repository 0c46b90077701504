//! Tests of plan against actual and of adoption.

use super::*;
use crate::live::devices::{Card, CardKey, Health, Reading};
use crate::live::simulated::{SimPlan, Simulation};
use crate::live::state::Snapshot;
use crate::planner;
use crate::scenario::ModelChoice;

const START_S: f64 = 1_780_000_000.0;

fn planned() -> (Scenario, Evaluation) {
    let mut scenario = Scenario::default();
    scenario.workload.prefix_hit = 0.3;
    let evaluation = planner::evaluate(&scenario, Catalogue::embedded());
    assert!(evaluation.fits);
    (scenario, evaluation)
}

/// A factory built by the plan, under a steady share of its capacity, seen for ten minutes.
fn running(
    scenario: &Scenario,
    evaluation: &Evaluation,
    load: f64,
    change: impl Fn(&mut Simulation),
) -> Factory {
    let basis = cost_basis(scenario, evaluation, Catalogue::embedded());
    assert!(basis.meter_per_chip_watt > 1.0 && basis.fixed_per_hour.is_some());
    let plan = SimPlan::from_plan(scenario, evaluation, [load; 24], basis.meter_per_chip_watt);
    let mut simulation = Simulation::new(plan, 7, START_S);
    change(&mut simulation);
    let mut factory = Factory::default();
    for poll in 1..=20 {
        simulation.advance(START_S + 30.0 * f64::from(poll));
        factory.apply(simulation.snapshot(&basis), 30.0, &basis);
    }
    factory
}

fn row(comparison: &Comparison, quantity: Quantity) -> Row {
    let mut rows = comparison.rows.iter();
    *rows.find(|r| r.quantity == quantity).unwrap()
}

fn kinds(comparison: &Comparison) -> Vec<ReasonKind> {
    comparison.reasons.iter().map(|r| r.kind).collect()
}

/// A factory that was polled once and said this.
fn at_once(figures: &[(Figure, f64)]) -> Factory {
    let mut flow = Flow::default();
    for (figure, value) in figures {
        flow.set(*figure, Some(*value));
    }
    let mut factory = Factory::default();
    let snapshot = Snapshot {
        at_s: 1.0,
        flow,
        ..Snapshot::default()
    };
    factory.apply(snapshot, 5.0, &CostBasis::default());
    factory
}

#[test]
fn a_factory_that_does_as_planned_shows_no_gap_at_its_load() {
    let (scenario, evaluation) = planned();
    let factory = running(&scenario, &evaluation, 0.6, |_| {});
    let flow = factory.mean_over(300.0);
    let same = at_same_load(&scenario, &evaluation, &flow).unwrap();
    let at_load = planner::evaluate(&same, Catalogue::embedded());
    // The deployment stays the plan's.
    assert_eq!(
        at_load.deployment.as_ref().unwrap().instances[0].degrees,
        evaluation.deployment.as_ref().unwrap().instances[0].degrees
    );
    for at_load in [None, Some(&at_load)] {
        let plan = Plan {
            scenario: &scenario,
            evaluation: &evaluation,
            at_load,
        };
        let comparison = compare(&plan, &factory, 300.0);
        assert!(
            (0.5..0.7).contains(&comparison.load.share),
            "{:?}",
            comparison.load
        );
        let output = row(&comparison, Quantity::OutputTokensPerS);
        let wanted = if at_load.is_some() {
            Scaled::SameLoad
        } else {
            Scaled::Linear
        };
        assert_eq!(output.scaled, wanted);
        assert!(output.gap.unwrap().abs() < 0.08, "{output:?}");
        assert!(row(&comparison, Quantity::WallPower).plan.unwrap() > 0.0);
        assert_eq!(comparison.reasons[0].kind, ReasonKind::LoadBelowPlan);
        let effect = comparison.reasons[0].effect;
        assert!((effect + 0.4).abs() < 0.08, "{effect}");
        // Nothing is wrong with it.
        for kind in kinds(&comparison) {
            assert!(
                !matches!(
                    kind,
                    ReasonKind::Throttling | ReasonKind::CardsDown | ReasonKind::Overload
                ),
                "{kind:?}"
            );
        }
    }
}

#[test]
fn faults_are_named_as_reasons_with_their_place() {
    let (scenario, evaluation) = planned();
    let plan = Plan {
        scenario: &scenario,
        evaluation: &evaluation,
        at_load: None,
    };
    let hot = running(&scenario, &evaluation, 0.6, |s| {
        s.faults.throttled.insert(2);
    });
    let comparison = compare(&plan, &hot, 300.0);
    let found = comparison
        .reasons
        .iter()
        .find(|r| r.kind == ReasonKind::Throttling)
        .unwrap();
    assert_eq!(found.groups, ["sn-3"]);
    assert_eq!((found.planned, found.actual), (1800.0, 1400.0));
    assert!((found.effect + 0.25 * 400.0 / 1800.0).abs() < 1e-6);

    let broken = running(&scenario, &evaluation, 0.6, |s| {
        for card in 0..40 {
            s.faults.sick.insert((1, card));
        }
    });
    let comparison = compare(&plan, &broken, 300.0);
    let found = comparison
        .reasons
        .iter()
        .find(|r| r.kind == ReasonKind::CardsDown)
        .unwrap();
    assert_eq!(found.groups, ["sn-2"]);
    assert_eq!((found.planned, found.actual), (1536.0, 1496.0));

    let full = running(&scenario, &evaluation, 1.3, |s| s.faults.kv_full = true);
    let comparison = compare(&plan, &full, 300.0);
    assert!(comparison.load.saturated);
    assert_eq!(
        row(&comparison, Quantity::OutputTokensPerS).scaled,
        Scaled::AtCapacity
    );
    let kinds = kinds(&comparison);
    assert_eq!(kinds[0], ReasonKind::Overload);
    assert!(kinds.contains(&ReasonKind::LongerAnswers), "{kinds:?}");
    assert!(at_same_load(&scenario, &evaluation, &full.mean_over(300.0)).is_none());
}

#[test]
fn calm_weather_wants_no_explanation_and_a_fault_is_told_within_two_minutes() {
    let (scenario, evaluation) = planned();
    let calm = running(&scenario, &evaluation, 0.6, |_| {});
    let same = at_same_load(&scenario, &evaluation, &calm.mean_over(900.0)).unwrap();
    let at_load = planner::evaluate(&same, Catalogue::embedded());
    let plan = Plan {
        scenario: &scenario,
        evaluation: &evaluation,
        at_load: Some(&at_load),
    };
    let told = |c: &Comparison| c.explanations().iter().map(|r| r.kind).collect::<Vec<_>>();
    let comparison = compare(&plan, &calm, 900.0);
    assert!(!told(&comparison).contains(&ReasonKind::LoadBelowPlan));
    assert!(
        comparison
            .explanations()
            .iter()
            .all(|r| r.effect.abs() < 0.1)
    );
    // Fourteen calm minutes, then one in which requests pile up.
    let mut factory = Factory::default();
    for poll in 0..30 {
        let mut flow = Flow::default();
        let spike = poll >= 28;
        flow.set(Figure::Requests, Some(0.6 * evaluation.requests_per_s));
        flow.set(Figure::Waiting, Some(if spike { 24_000.0 } else { 0.0 }));
        let snapshot = Snapshot {
            at_s: 30.0 * f64::from(poll),
            flow,
            ..Snapshot::default()
        };
        factory.apply(snapshot, 30.0, &CostBasis::default());
    }
    let comparison = compare(&plan, &factory, 900.0);
    assert_eq!(told(&comparison).first(), Some(&ReasonKind::Overload));
}

#[test]
fn preempted_requests_cost_half_their_work() {
    let (scenario, evaluation) = planned();
    let factory = at_once(&[
        (Figure::Requests, evaluation.requests_per_s),
        (Figure::Preemptions, 0.2 * evaluation.requests_per_s),
    ]);
    let plan = Plan {
        scenario: &scenario,
        evaluation: &evaluation,
        at_load: None,
    };
    let reasons = compare(&plan, &factory, 60.0).reasons;
    assert_eq!(reasons[0].kind, ReasonKind::Preemption);
    assert!((reasons[0].effect + 0.1).abs() < 1e-12);
}

/// Effects follow the plan's card-seconds: worked by hand for one pool of known costs.
#[test]
fn effects_of_the_workload_are_those_of_the_card_seconds() {
    let (mut scenario, mut evaluation) = planned();
    scenario.workload.prefix_hit = 0.5;
    scenario.workload.input_tokens = 1000.0;
    scenario.workload.output_tokens = 100.0;
    let usage = evaluation.usage.as_mut().unwrap();
    usage.pools.truncate(1);
    // A request takes 1000 × 0.5 × 1 + 1000 × 0.5 × 0.2 + 100 × 4 = 1000 card-seconds.
    usage.pools[0].card_seconds = crate::evaluation::TokenFlow {
        input: 1.0,
        cached_input: 0.2,
        output: 4.0,
    };
    let effect = |figure, value: f64| {
        let factory = at_once(&[(figure, value)]);
        let plan = Plan {
            scenario: &scenario,
            evaluation: &evaluation,
            at_load: None,
        };
        let reasons = compare(&plan, &factory, 60.0).reasons;
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        (reasons[0].kind, reasons[0].effect)
    };
    let close = |(kind, effect): (ReasonKind, f64), wanted: ReasonKind, value: f64| {
        assert_eq!(kind, wanted);
        assert!((effect - value).abs() < 1e-9, "{kind:?} {effect} {value}");
    };
    // Prompts of 2000 tokens: 2 × 600 + 400 = 1600 card-seconds.
    close(
        effect(Figure::MeanInput, 2000.0),
        ReasonKind::LongerPrompts,
        1000.0 / 1600.0 - 1.0,
    );
    // Answers of 50 tokens: 600 + 200 = 800.
    close(
        effect(Figure::MeanOutput, 50.0),
        ReasonKind::ShorterAnswers,
        1000.0 / 800.0 - 1.0,
    );
    // No hits: 1000 + 400 = 1400.
    close(
        effect(Figure::PrefixHit, 0.0),
        ReasonKind::FewerPrefixHits,
        1000.0 / 1400.0 - 1.0,
    );
    // Acceptance 0.7 → 0.36 with one draft token: 400 × 1.7 / 1.36 = 500, so 1100.
    close(
        effect(Figure::Acceptance, 0.36),
        ReasonKind::AcceptanceBelowPlan,
        1000.0 / 1100.0 - 1.0,
    );
}

#[test]
fn bands_are_put_about_the_planned_figure_and_missing_halves_leave_gaps() {
    let band = Band {
        low: 90.0,
        high: 120.0,
        rows: 5,
    };
    let row = make_row(
        Quantity::OutputTokensPerS,
        Some(50.0),
        Scaled::Linear,
        Some(61.0),
        Some((100.0, band)),
        Wanted::More,
    );
    let about = row.band.unwrap();
    assert_eq!((about.low, about.high, about.rows), (45.0, 60.0, 5));
    assert_eq!(row.inside, Some(false));
    assert!((row.gap.unwrap() - 0.22).abs() < 1e-12);
    let none = make_row(
        Quantity::OutputTokensPerS,
        None,
        Scaled::Linear,
        Some(61.0),
        Some((100.0, band)),
        Wanted::More,
    );
    assert_eq!((none.gap, none.inside), (None, None));
    // Nothing seen, nothing planned: no row invents a figure.
    let scenario = Scenario::default();
    let mut evaluation = planned().1;
    evaluation.fits = false;
    evaluation.power = Default::default();
    evaluation.cost = Default::default();
    let plan = Plan {
        scenario: &scenario,
        evaluation: &evaluation,
        at_load: None,
    };
    let comparison = compare(&plan, &Factory::default(), 60.0);
    assert!(
        comparison
            .rows
            .iter()
            .all(|r| r.actual.is_none() && r.gap.is_none())
    );
    assert_eq!(comparison.reasons, []);
}

fn card(super_node: &str, index: u32, model: &str, spare: bool) -> Card {
    Card {
        key: CardKey {
            super_node: super_node.into(),
            host: format!("{super_node}-{}", index / 8),
            index: index % 8,
            ..CardKey::default()
        },
        reading: Reading {
            utilisation: Some(if spare { 0.0 } else { 0.6 }),
            memory_used_bytes: Some(if spare { 1e9 } else { 90e9 }),
            memory_total_bytes: Some(128e9),
            health: Health::Well,
            ..Reading::default()
        },
        model: model.into(),
    }
}

#[test]
fn what_is_seen_becomes_a_scenario() {
    let catalogue = Catalogue::embedded();
    let mut flow = Flow::default();
    for (figure, value) in [
        (Figure::MeanInput, 3123.4),
        (Figure::MeanOutput, 812.6),
        (Figure::PrefixHit, 0.4567),
        (Figure::Acceptance, 0.8123),
        (Figure::Requests, 321.7),
    ] {
        flow.set(figure, Some(value));
    }
    let mut cards = Vec::new();
    for node in ["sn-1", "sn-2"] {
        for index in 0..48 {
            cards.push(card(node, index, "Ascend910_9391", index >= 44));
        }
    }
    cards.pop();
    for index in 0..8 {
        cards.push(card("gpu", index, "NVIDIA H20-3e", false));
    }
    cards.push(card("gpu", 8, "Something else", false));
    let seen = Snapshot {
        flow,
        cards: Some(cards),
        models: vec!["/models/Qwen3-235B-A22B-Instruct-FP8/".into()],
        ..Snapshot::default()
    };
    let before = Scenario::default();
    let adopted = adopt(&before, &seen, catalogue);
    let w = &adopted.scenario.workload;
    assert_eq!((w.input_tokens, w.output_tokens), (3120.0, 813.0));
    assert_eq!((w.prefix_hit, w.acceptance), (0.457, 0.812));
    assert_eq!(w.requests_per_s, Some(322.0));
    let pools = &adopted.scenario.pools;
    assert_eq!(pools.len(), 2);
    assert_eq!(
        (
            pools[0].hardware.as_str(),
            pools[0].super_nodes,
            pools[0].cards_each,
            pools[0].spares_each
        ),
        ("ascend-910c", 2, 48, 4)
    );
    assert_eq!(
        (pools[1].hardware.as_str(), pools[1].cards_each),
        ("h20", 8)
    );
    assert_eq!(
        adopted.scenario.model,
        ModelChoice::Catalogue("qwen3-235b-a22b".into())
    );
    for key in [
        "hw", "in", "out", "hit", "accept", "rps", "m", "pods", "cards", "spares", "pool2",
    ] {
        assert_eq!(
            adopted.changed.contains(&key),
            key != "hw",
            "{key}: {:?}",
            adopted.changed
        );
    }
    assert!(
        adopted
            .unseen
            .contains(&Unseen::Hardware(vec!["Something else".into()]))
    );
    assert!(crate::scenario::fields::validate(&adopted.scenario).is_empty());

    // Nothing seen: nothing changed, everything said.
    let nothing = adopt(&before, &Snapshot::default(), catalogue);
    assert_eq!(nothing.scenario, before);
    assert_eq!(nothing.changed, Vec::<&str>::new());
    for what in [
        Unseen::InputTokens,
        Unseen::RequestsPerS,
        Unseen::Cards,
        Unseen::Model,
    ] {
        assert!(nothing.unseen.contains(&what), "{what:?}");
    }
}

#[test]
fn the_simulated_factory_adopts_to_the_plan_it_was_made_of() {
    let (scenario, evaluation) = planned();
    let factory = running(&scenario, &evaluation, 0.9, |_| {});
    let adopted = adopt(&scenario, &factory.summary(300.0), Catalogue::embedded());
    assert_eq!(adopted.scenario.pools, scenario.pools);
    assert_eq!(adopted.scenario.model, scenario.model);
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < 0.1;
    assert!(near(adopted.scenario.workload.input_tokens, 4096.0));
    assert!(near(adopted.scenario.workload.output_tokens, 1024.0));
    assert!(near(adopted.scenario.workload.acceptance, 0.7));
}

#[test]
fn names_of_chips_and_models_are_recognised() {
    let catalogue = Catalogue::embedded();
    for (name, id) in [
        ("Ascend910C", Some("ascend-910c")),
        ("Ascend910_9392", Some("ascend-910c")),
        ("Ascend910B3", Some("ascend-910b3")),
        ("910B4-1", Some("ascend-910b4")),
        ("Ascend910", None),
        ("Tesla T4", None),
        ("NVIDIA L40S", Some("l40s")),
        ("NVIDIA H100 80GB HBM3", Some("h100-sxm")),
        ("NVIDIA H200", Some("h200-sxm")),
        ("NVIDIA H20", Some("h20")),
        ("NVIDIA GB200", Some("gb200-nvl72")),
        ("NVIDIA B200", Some("b200-sxm")),
        ("AMD_Instinct_MI300X_OAM", Some("mi300x")),
        ("h100-sxm", Some("h100-sxm")),
        ("", None),
    ] {
        assert_eq!(hardware_of(name, catalogue), id, "{name}");
    }
    for (name, id) in [
        ("deepseek-ai/DeepSeek-R1", Some("deepseek-r1")),
        ("/data/DeepSeek-R1-W8A8", Some("deepseek-r1")),
        ("DeepSeek-R1-0528-w8a8", Some("deepseek-r1")),
        ("deepseek_r1", Some("deepseek-r1")),
        ("Qwen/Qwen3-32B-AWQ", Some("qwen3-32b")),
        ("default", None),
        ("", None),
    ] {
        assert_eq!(model_of(name, catalogue), id, "{name}");
    }
    for (_, id) in adopt::CHIPS {
        assert!(catalogue.accelerator(id).is_some(), "{id}");
    }
}

#[test]
fn planned_output_follows_the_load_up_to_capacity() {
    let (_, evaluation) = planned();
    let capacity = evaluation.tokens_per_s.output;
    let band = evaluation.bands.output_tokens_per_s;
    let at = |share: f64, waiting: f64| {
        let mut flow = Flow::default();
        flow.set(Figure::Requests, Some(share * evaluation.requests_per_s));
        flow.set(Figure::Waiting, Some(waiting));
        output_at_load(&evaluation, &flow).unwrap()
    };
    // Far below capacity a plan serves what is asked for, whatever its error.
    let (output, served) = at(0.1, 0.0);
    assert!((output / capacity - 0.1).abs() < 1e-9);
    assert_eq!((served.low, served.high), (output, output));
    // At the limit its error shows.
    let (output, served) = at(0.9, 1e9);
    assert_eq!(
        (output, served.low, served.high),
        (capacity, band.low, band.high)
    );
    assert_eq!(output_at_load(&evaluation, &Flow::default()), None);
}
