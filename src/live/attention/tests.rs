//! Tests of the alert rules.

use super::rules::LONGEST;
use super::*;
use crate::catalogue::Catalogue;
use crate::evaluation::Evaluation;
use crate::live::flow::CostBasis;
use crate::live::simulated::{SimPlan, Simulation};
use crate::live::state::Snapshot;
use crate::planner;
use crate::scenario::Scenario;

fn rule(kind: RuleKind, raise: f64, clear: f64, for_s: f64) -> Rule {
    Rule {
        kind,
        on: true,
        severity: Severity::Warning,
        raise,
        clear,
        for_s,
    }
}

/// A factory that showed these values of a figure every ten seconds.
fn showed(figure: Figure, values: &[Option<f64>]) -> Factory {
    let mut factory = Factory::default();
    for (index, value) in values.iter().enumerate() {
        let mut flow = Flow::default();
        flow.set(figure, *value);
        let snapshot = Snapshot {
            at_s: 1000.0 + 10.0 * index as f64,
            flow,
            ..Snapshot::default()
        };
        factory.apply(snapshot, 10.0, &CostBasis::default());
    }
    factory
}

fn since(rule: Rule, factory: &Factory) -> Option<f64> {
    let rules = Rules { rules: vec![rule] };
    alerts(&rules, factory).first().map(|a| a.since_s)
}

#[test]
fn a_value_that_trembles_about_its_threshold_does_not_flicker() {
    let kv = rule(RuleKind::KvCache, 0.95, 0.90, 0.0);
    let of = |values: &[f64]| {
        let values: Vec<_> = values.iter().map(|v| Some(*v)).collect();
        since(kv, &showed(Figure::KvPeak, &values))
    };
    assert_eq!(of(&[0.8, 0.94, 0.95]), None);
    assert_eq!(of(&[0.8, 0.96, 0.94, 0.96, 0.93]), Some(1010.0));
    assert_eq!(of(&[0.8, 0.96, 0.89, 0.93]), None);
    assert_eq!(of(&[0.96, 0.89, 0.97]), Some(1020.0));
}

#[test]
fn a_rule_waits_and_counts_from_the_beginning() {
    let kv = rule(RuleKind::KvCache, 0.95, 0.90, 30.0);
    let of = |values: &[Option<f64>]| since(kv, &showed(Figure::KvPeak, values));
    let full = Some(0.99);
    assert_eq!(of(&[full, full, full]), None);
    assert_eq!(of(&[full, full, full, full]), Some(1000.0));
    // A dip starts the wait again.
    assert_eq!(of(&[full, full, Some(0.94), full, full, full]), None);
    // A short silence keeps what stands, a long one ends it.
    assert_eq!(of(&[full, full, full, full, None, None]), Some(1000.0));
    assert_eq!(
        of(&[
            full, full, full, full, None, None, None, None, None, None, None
        ]),
        None
    );
    assert_eq!(of(&[]), None);
}

#[test]
fn what_is_beyond_its_threshold_is_pending_at_once() {
    let kv = rule(RuleKind::KvCache, 0.95, 0.90, 30.0);
    let ttft = rule(RuleKind::Ttft, 2000.0, 1800.0, 120.0);
    let rules = Rules {
        rules: vec![kv, ttft],
    };
    let found = watch(
        &rules,
        &showed(Figure::KvPeak, &[Some(0.5), Some(0.99), Some(0.99)]),
    );
    assert_eq!(found.raised, []);
    assert_eq!(found.pending.len(), 1);
    assert_eq!(
        (found.pending[0].since_s, found.pending[0].fires_in_s),
        (1010.0, 20.0)
    );
    // Nothing is said of what is not known.
    assert_eq!((found.judged, found.unknown), (1, vec![RuleKind::Ttft]));
    let long = watch(&rules, &showed(Figure::KvPeak, &[Some(0.99); 5]));
    assert_eq!((long.raised.len(), long.pending.len()), (1, 0));
}

#[test]
fn rules_below_a_threshold_and_growth() {
    let accepts = rule(RuleKind::Acceptance, 0.6, 0.65, 0.0);
    let values = [0.7, 0.55, 0.62].map(Some);
    assert_eq!(
        since(accepts, &showed(Figure::Acceptance, &values)),
        Some(1010.0)
    );
    // Ten a poll, a poll every ten seconds: sixty a minute.
    let queue: Vec<_> = (0..10).map(|i| Some(f64::from(i) * 10.0)).collect();
    let grows = rule(RuleKind::WaitingGrows, 50.0, 0.0, 0.0);
    let factory = showed(Figure::Waiting, &queue);
    let found = alerts(&Rules { rules: vec![grows] }, &factory);
    assert!((found[0].value - 60.0).abs() < 1e-9);
    // A long queue that does not grow is another matter.
    let steady = vec![Some(500.0); 10];
    assert_eq!(since(grows, &showed(Figure::Waiting, &steady)), None);
    let off = Rule { on: false, ..grows };
    assert_eq!(since(off, &factory), None);
}

fn simulated(change: impl Fn(&mut Simulation)) -> Factory {
    let plan = SimPlan {
        super_nodes: 2,
        cards_each: 64,
        spares_each: 4,
        decode_cards_each: 30,
        prefill_instance_cards: 10,
        requests_per_s: 50.0,
        load: [0.7; 24],
        ..SimPlan::default()
    };
    let basis = CostBasis::default();
    let mut simulation = Simulation::new(plan, 3, 1e9);
    let mut factory = Factory::default();
    for poll in 1..=60 {
        simulation.advance(1e9 + 10.0 * f64::from(poll));
        if poll == 20 {
            change(&mut simulation);
        }
        factory.apply(simulation.snapshot(&basis), 10.0, &basis);
    }
    factory
}

#[test]
fn faults_of_the_simulated_factory_are_found_with_their_place_and_time() {
    let (scenario, evaluation) = planned();
    let rules = Rules::of_plan(Some((&scenario, &evaluation)));
    let of = |kind: RuleKind, change: &dyn Fn(&mut Simulation)| {
        let all = alerts(&rules, &simulated(change));
        all.into_iter().find(|a| a.kind == kind)
    };
    let well = alerts(&rules, &simulated(|_| {}));
    assert_eq!(well, [], "a factory that is well");
    let dead = of(RuleKind::SilentCards, &|s| {
        s.faults.dead.extend([(1, 3), (1, 9)]);
    })
    .unwrap();
    assert_eq!((dead.card_count, dead.value), (2, 2.0));
    assert_eq!(dead.groups, ["sn-2"]);
    assert_eq!(dead.cards[0].name(), "sn-2-node-01/3");
    // Last seen one poll before it died.
    assert_eq!(dead.since_s, 1e9 + 190.0);
    let sick = of(RuleKind::UnhealthyCards, &|s| {
        s.faults.sick.insert((0, 1));
    })
    .unwrap();
    assert_eq!((sick.card_count, sick.since_s), (1, 1e9 + 200.0));
    let slow = of(RuleKind::Throttled, &|s| {
        s.faults.throttled.insert(0);
    })
    .unwrap();
    assert_eq!(
        (slow.groups, slow.since_s),
        (vec!["sn-1".to_owned()], 1e9 + 200.0)
    );
    let full = of(RuleKind::KvCache, &|s| s.faults.kv_full = true).unwrap();
    assert!(full.value > 0.95 && full.since_s > 1e9 + 190.0);
}

#[test]
fn hot_cards_by_their_own_history() {
    let mut hot = rule(RuleKind::HotCards, 60.0, 55.0, 100.0);
    hot.severity = Severity::Critical;
    let factory = simulated(|s| {
        s.faults.throttled.insert(1);
    });
    let found = alerts(&Rules { rules: vec![hot] }, &factory);
    assert_eq!(found[0].groups, ["sn-2"]);
    assert!(found[0].card_count > CARDS_NAMED && found[0].cards.len() == CARDS_NAMED);
    assert!(found[0].value > 60.0);
}

#[test]
fn the_gravest_comes_first() {
    let factory = simulated(|s| {
        s.faults.dead.insert((0, 0));
        s.faults.throttled.insert(1);
    });
    let mut rules = Rules::of_plan(None);
    let mut hot = rule(RuleKind::HotCards, 30.0, 25.0, 0.0);
    hot.severity = Severity::Notice;
    rules.rules.retain(|r| r.kind != RuleKind::HotCards);
    rules.rules.insert(0, hot);
    let found = alerts(&rules, &factory);
    let severities: Vec<_> = found.iter().map(|a| a.severity).collect();
    let mut sorted = severities.clone();
    sorted.sort_by(|a, b| b.cmp(a));
    assert_eq!(severities, sorted);
    assert_eq!(found[0].kind, RuleKind::SilentCards);
    assert_eq!(found.last().unwrap().kind, RuleKind::HotCards);
}

fn planned() -> (Scenario, Evaluation) {
    let scenario = Scenario::default();
    let evaluation = planner::evaluate(&scenario, Catalogue::embedded());
    (scenario, evaluation)
}

#[test]
fn thresholds_come_from_the_plan_and_are_valid() {
    let (mut scenario, evaluation) = planned();
    scenario.targets.ttft_ms = 700.0;
    let rules = Rules::of_plan(Some((&scenario, &evaluation)));
    assert_eq!(rules.get(RuleKind::Ttft).unwrap().raise, 700.0);
    assert_eq!(rules.get(RuleKind::Tpot).unwrap().raise, 50.0);
    let energy = rules.get(RuleKind::EnergyPerToken).unwrap().raise;
    assert!(energy > 3.6 * evaluation.power.kwh_per_million_output.unwrap());
    assert_eq!(rules.validate(), []);
    assert_eq!(Rules::of_plan(None).validate(), []);
    assert_eq!(Rules::of_plan(None).get(RuleKind::EnergyPerToken), None);
}

#[test]
fn rules_survive_their_file_and_bad_ones_are_explained() {
    let rules = Rules::of_plan(None);
    assert_eq!(Rules::read(&rules.to_json()).unwrap(), rules);
    let message = |text: &str| Rules::read(text).unwrap_err().to_string();
    assert!(message("{").starts_with("no alert rules at line 1"));
    assert!(message(r#"{"rules":[{"kind":"kvcache"}]}"#).contains("unknown variant"));
    let mut bad = rules.clone();
    bad.rules[0].raise = 95.0;
    bad.rules[1].for_s = -1.0;
    bad.rules.push(bad.rules[2]);
    bad.rules[3].clear = 0.2;
    let text = message(&bad.to_json());
    for part in [
        "rules[0].raise: out of range; allowed is 0 to 1 (given: 95)",
        "rules[1].for_s",
        "rules[3].clear",
        "given more than once",
    ] {
        assert!(text.contains(part), "{part} not in {text}");
    }
    assert!(message(&" ".repeat(LONGEST + 1)).contains("longer"));
    for kind in RuleKind::ALL {
        let text = serde_json::to_string(kind).unwrap();
        assert_eq!(text, format!("\"{}\"", kind.id()));
    }
}
