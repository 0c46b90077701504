//! Tests of the simulated factory.

use super::super::devices::{self, DiePairing};
use super::super::exposition::Exposition;
use super::super::state::{CardStatus, Factory};
use super::*;

/// A spring morning; any time will do.
const START_S: f64 = 1_790_000_000.0;

fn started(seed: u64) -> Simulation {
    let mut simulation = Simulation::new(SimPlan::default(), seed, START_S);
    simulation.advance(START_S + 600.0);
    simulation.figures(&CostBasis::default());
    simulation.advance(START_S + 660.0);
    simulation
}

fn small() -> SimPlan {
    SimPlan {
        super_nodes: 2,
        cards_each: 32,
        spares_each: 4,
        decode_cards_each: 16,
        prefill_instance_cards: 4,
        ..SimPlan::default()
    }
}

#[test]
fn the_same_seed_gives_the_same_factory() {
    let (mut a, mut b, mut c) = (started(7), started(7), started(8));
    let basis = CostBasis::default();
    let (a, b, c) = (a.snapshot(&basis), b.snapshot(&basis), c.snapshot(&basis));
    assert_eq!(a, b);
    assert_ne!(a.flow, c.flow);
    assert_eq!(a.cards.map(|c| c.len()), Some(1536));
}

#[test]
fn it_does_what_its_plan_says() {
    let mut simulation = started(1);
    let flow = simulation.snapshot(&CostBasis::default()).flow;
    let get = |figure| flow.get(figure).unwrap();
    let expected = simulation.load() * simulation.plan().requests_per_s;
    assert!((get(Figure::Requests) / expected - 1.0).abs() < 0.1);
    assert!((get(Figure::Decode) / get(Figure::Requests) / 1024.0 - 1.0).abs() < 0.05);
    assert!((get(Figure::PrefixHit) - 0.3).abs() < 0.04);
    assert!((get(Figure::Acceptance) - 0.7).abs() < 0.03);
    assert!((get(Figure::MeanInput) / 4096.0 - 1.0).abs() < 0.06);
    assert!((get(Figure::MeanOutput) / 1024.0 - 1.0).abs() < 0.06);
    assert!(get(Figure::TpotP50) < get(Figure::TpotP95));
    assert!((20.0..60.0).contains(&get(Figure::TpotP50)));
    assert!(get(Figure::TtftP50) < get(Figure::TtftP99));
    assert_eq!(get(Figure::Preemptions), 0.0);
    assert_eq!(get(Figure::Engines), 56.0);
    assert!((300e3..900e3).contains(&get(Figure::CardPower)));
}

/// The page's own path and the one through text, parser, profile and device reader agree.
#[test]
fn its_text_reads_back_as_its_snapshot() {
    let mut simulation = Simulation::new(small(), 3, START_S);
    simulation.faults.dead.insert((1, 5));
    simulation.faults.sick.insert((0, 2));
    simulation.advance(START_S + 3600.0);
    let basis = CostBasis::default();
    simulation.snapshot(&basis);
    let scrape = |simulation: &Simulation| {
        let mut out = Scrape::at(simulation.at_s());
        for target in simulation.targets() {
            let text = target_text(simulation, &target.path).unwrap();
            let all = Exposition::parse(&text);
            assert_eq!(all.bad_count, 0, "{:?}", all.bad);
            for sample in &all.samples {
                let own = sample
                    .labels
                    .iter()
                    .map(|(n, v)| (n.to_owned(), v.into_owned()));
                let added = target
                    .labels
                    .iter()
                    .map(|(n, v)| ((*n).to_owned(), v.clone()));
                let point = super::super::series::Point {
                    labels: super::super::series::Labels::new(own.chain(added)),
                    value: sample.value,
                    timestamp_s: sample.timestamp_s,
                };
                out.push(sample.name, point);
            }
        }
        out
    };
    let before = scrape(&simulation);
    simulation.advance(START_S + 3660.0);
    let now = scrape(&simulation);
    let snapshot = simulation.snapshot(&basis);
    let window = Window {
        before: Some(&before),
        now: &now,
    };
    let read = profiles::engine("vllm").unwrap().evaluate(&window);
    for figure in Figure::ALL {
        let close = match (read.get(*figure), snapshot.flow.get(*figure)) {
            (Some(a), Some(b)) => (a - b).abs() <= 0.02 * a.abs().max(b.abs()) + 1e-3,
            (None, None) => true,
            // Power and utilisation come from the cards.
            (None, Some(_)) => matches!(figure, Figure::CardPower | Figure::Utilisation),
            (Some(_), None) => false,
        };
        assert!(
            close,
            "{figure:?}: {:?} against {:?}",
            read.get(*figure),
            snapshot.flow.get(*figure)
        );
    }
    let profile = devices::device("npu-exporter").unwrap();
    let cards = devices::cards(profile, &now, DiePairing::Auto);
    let own = snapshot.cards.unwrap();
    assert_eq!(cards.len(), own.len());
    for own in &own {
        let read = cards.iter().find(|c| c.key == own.key).unwrap();
        assert_eq!(
            (read.reading.health, read.reading.duty),
            (own.reading.health, own.reading.duty)
        );
        let close = |a: Option<f32>, b: Option<f32>, by: f32| (a.unwrap() - b.unwrap()).abs() <= by;
        assert!(close(read.reading.power_w, own.reading.power_w, 0.2));
        assert!(close(
            read.reading.utilisation,
            own.reading.utilisation,
            0.011
        ));
        assert!(close(
            read.reading.memory_used_bytes,
            own.reading.memory_used_bytes,
            3e6
        ));
    }
}

#[test]
fn faults_show_where_they_should() {
    let basis = CostBasis::default();
    let figure = |simulation: &mut Simulation, f| simulation.figures(&basis).flow.get(f).unwrap();
    let mut well = started(5);
    let later = |simulation: &mut Simulation| {
        simulation.advance(START_S + 1800.0);
        simulation.figures(&basis);
        simulation.advance(START_S + 1900.0);
    };
    let mut throttled = well.clone();
    throttled.faults.throttled.insert(2);
    let mut spike = well.clone();
    spike.faults.spike = true;
    let mut full = well.clone();
    full.faults.kv_full = true;
    for simulation in [&mut well, &mut throttled, &mut spike, &mut full] {
        later(simulation);
    }
    let tpot = figure(&mut well.clone(), Figure::TpotP95);
    assert!(figure(&mut throttled.clone(), Figure::TpotP95) > 1.01 * tpot);
    assert!(
        figure(&mut spike.clone(), Figure::Requests)
            > 1.1 * figure(&mut well.clone(), Figure::Requests)
    );
    assert!(figure(&mut full.clone(), Figure::Preemptions) > 0.0);
    assert!(figure(&mut full.clone(), Figure::KvPeak) > 0.95);
    let cards = throttled.snapshot(&basis).cards.unwrap();
    let clock = |node: &str| {
        cards
            .iter()
            .find(|c| c.key.super_node == node)
            .unwrap()
            .reading
            .clock_mhz
    };
    assert_eq!((clock("sn-3"), clock("sn-1")), (Some(1400.0), Some(1800.0)));
}

#[test]
fn a_dead_card_is_silent_at_the_next_poll() {
    let basis = CostBasis::default();
    let mut simulation = started(5);
    let mut factory = Factory::default();
    factory.apply(simulation.snapshot(&basis), 5.0, &basis);
    simulation.faults.dead.insert((1, 13));
    simulation.advance(START_S + 665.0);
    factory.apply(simulation.snapshot(&basis), 5.0, &basis);
    let silent: Vec<_> = factory
        .with_status(CardStatus::Silent)
        .map(|(k, _)| k.name())
        .collect();
    assert_eq!(silent, ["sn-2-node-02/5"]);
    assert_eq!((factory.count(), factory.reporting()), (1536, 1535));
    let idle = factory.with_status(CardStatus::Idle).count();
    assert_eq!(idle, 64, "the spares");
}

/// A day of polls, every 15 s, with every card: memory is bounded by construction, and this proves
/// that nothing grows besides.
#[test]
fn a_day_of_polling_holds_memory_flat() {
    let basis = CostBasis::default();
    let mut simulation = Simulation::new(small(), 11, START_S);
    let mut factory = Factory::default();
    let mut sizes = Vec::new();
    for poll in 1..=5760 {
        simulation.advance(START_S + 15.0 * f64::from(poll));
        factory.apply(simulation.snapshot(&basis), 15.0, &basis);
        if poll % 1440 == 0 {
            let cards: usize = factory
                .cards()
                .map(|(_, c)| c.history.moments().len())
                .sum();
            sizes.push((
                factory.count(),
                factory.history().moments().len().div_ceil(1440),
                cards.div_ceil(96 * 64),
            ));
        }
    }
    assert_eq!(sizes, [(64, 1, 1); 4]);
    let span: f64 = factory.history().moments().iter().map(|m| m.span_s).sum();
    assert_eq!(span, 86_400.0);
}

#[test]
fn unknown_targets_are_none() {
    let simulation = Simulation::new(small(), 3, START_S);
    for path in [
        "/",
        "/sn-0/node-01/metrics",
        "/sn-9/node-01/metrics",
        "/sn-1/node-99/metrics",
        "/sn-1/node-01",
        "/sn-1/x/metrics",
    ] {
        assert_eq!(target_text(&simulation, path), None, "{path}");
    }
    assert!(target_text(&simulation, "/metrics").is_some());
}

/// A past in coarser steps serves as many requests, within the noise of its seconds.
#[test]
fn coarse_steps_come_to_the_same() {
    let made = |least_s: f64| {
        let mut s = Simulation::new(SimPlan::default(), 7, 1.8e9);
        s.advance_in_steps(1.8e9 + 600.0, least_s);
        s.figures(&CostBasis::default());
        s.advance_in_steps(1.8e9 + 7200.0, least_s);
        let after = s.figures(&CostBasis::default());
        after.flow.get(Figure::Requests).unwrap()
    };
    let (fine, coarse) = (made(1.0), made(10.0));
    assert!((coarse / fine - 1.0).abs() < 0.02, "{coarse} {fine}");
}
