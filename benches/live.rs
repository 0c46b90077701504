//! Live data of 10,240 cards (20,480 dies): reading what exporters and Prometheus say, taking in a
//! poll, plan against actual, alerts, sessions.
//!
//! `cargo bench --bench live`. Times are for reading; that nothing grows over a day of polling is
//! held by a test that counts points.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use token_factory::catalogue::Catalogue;
use token_factory::live::attention::{Rules, alerts};
use token_factory::live::compare::{Plan, compare};
use token_factory::live::devices::{DiePairing, cards, device};
use token_factory::live::exposition::Exposition;
use token_factory::live::flow::CostBasis;
use token_factory::live::prometheus::response;
use token_factory::live::series::Scrape;
use token_factory::live::session::{Recorded, Session};
use token_factory::live::simulated::{SimPlan, Simulation, target_text};
use token_factory::live::state::Factory;
use token_factory::planner::evaluate;
use token_factory::scenario::Scenario;

const SUPER_NODES: u32 = 16;
const CARDS_EACH: u32 = 640;
const CARDS: usize = (SUPER_NODES * CARDS_EACH) as usize;
const START_S: f64 = 1.8e9;

fn main() {
    divan::main();
}

fn simulation() -> Simulation {
    let plan = SimPlan {
        super_nodes: SUPER_NODES,
        cards_each: CARDS_EACH,
        spares_each: 16,
        decode_cards_each: 320,
        ..SimPlan::default()
    };
    let mut simulation = Simulation::new(plan, 1, START_S);
    simulation.advance(START_S + 600.0);
    simulation
}

/// What every exporter says, with the labels that Prometheus adds.
fn text() -> String {
    let simulation = simulation();
    let nodes = (1..=SUPER_NODES).map(|n| target_text(&simulation, &format!("/npu/sn-{n}")));
    nodes.flatten().collect()
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn exposition_is_read(bencher: Bencher<'_, '_>) {
    let text = text();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| Exposition::parse(black_box(&text)).samples.len());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn exposition_becomes_cards(bencher: Bencher<'_, '_>) {
    let text = text();
    let Some(profile) = device("npu-exporter") else {
        return;
    };
    bencher.counter(ItemsCount::new(CARDS)).bench(|| {
        let all = Exposition::parse(black_box(&text));
        let scrape = Scrape::from_exposition(&all, START_S, |name| profile.wants(name));
        cards(profile, &scrape, DiePairing::Pairs).len()
    });
}

/// One metric of every die, as Prometheus answers an instant query.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn prometheus_vector_is_read(bencher: Bencher<'_, '_>) {
    let text = text();
    let all = Exposition::parse(&text);
    let mut result = Vec::new();
    for sample in all
        .samples
        .iter()
        .filter(|s| s.name == "npu_chip_info_power")
    {
        let labels = sample
            .labels
            .iter()
            .map(|(n, v)| (n.to_owned(), v.into_owned().into()));
        let mut labels: serde_json::Map<String, serde_json::Value> = labels.collect();
        labels.insert("__name__".into(), sample.name.into());
        let value = serde_json::json!([START_S, sample.value.to_string()]);
        result.push(serde_json::json!({ "metric": labels, "value": value }));
    }
    let body = serde_json::json!({
        "status": "success",
        "data": { "resultType": "vector", "result": result },
    })
    .to_string();
    bencher
        .counter(BytesCount::of_str(&body))
        .bench(|| response::read(200, "application/json", black_box(&body)).is_ok());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn poll_is_taken_in(bencher: Bencher<'_, '_>) {
    let basis = CostBasis::default();
    let mut simulation = simulation();
    let mut factory = factory();
    bencher
        .counter(ItemsCount::new(CARDS))
        .with_inputs(|| {
            simulation.advance(simulation.at_s() + 5.0);
            simulation.snapshot(&basis)
        })
        .bench_local_values(|snapshot| factory.apply(snapshot, 5.0, &basis));
}

fn factory() -> Factory {
    let basis = CostBasis::default();
    let mut simulation = simulation();
    let mut factory = Factory::default();
    for _ in 0..96 {
        simulation.advance(simulation.at_s() + 5.0);
        factory.apply(simulation.snapshot(&basis), 5.0, &basis);
    }
    factory
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn groups_for_the_floor(bencher: Bencher<'_, '_>) {
    let factory = factory();
    bencher.bench(|| black_box(&factory).groups().len());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn plan_against_actual(bencher: Bencher<'_, '_>) {
    let scenario = Scenario::default();
    let evaluation = evaluate(&scenario, Catalogue::embedded());
    let factory = factory();
    let plan = Plan {
        scenario: &scenario,
        evaluation: &evaluation,
        at_load: None,
    };
    bencher.bench(|| compare(&plan, black_box(&factory), 300.0).rows.len());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn alerts_over_the_history(bencher: Bencher<'_, '_>) {
    let factory = factory();
    let rules = Rules::of_plan(None);
    bencher.bench(|| alerts(&rules, black_box(&factory)).len());
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn session_is_written_and_read(bencher: Bencher<'_, '_>) {
    let factory = factory();
    bencher.bench(|| {
        let text = Session::of(&factory, Recorded::Simulated).to_json();
        Session::read(&text).map(|s| s.len())
    });
}
