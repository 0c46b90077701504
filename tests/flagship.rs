//! The flagship numbers (CloudMatrix384 paper, arXiv 2506.12708) through the public evaluation:
//! DeepSeek-R1, INT8, one draft at 70 %, a card = a package of two dies.

use token_factory::catalogue::Catalogue;
use token_factory::evaluation::{Evaluation, InstanceGroup, Phase};
use token_factory::planner::evaluate;
use token_factory::scenario::{Degrees, ModeChoice, Pool, Role, Scenario};

fn pool(super_nodes: u32, cards_each: u32, role: Role) -> Pool {
    Pool {
        hardware: "ascend-910c".into(),
        super_nodes,
        cards_each,
        spares_each: 0,
        role,
    }
}

/// The paper's layouts: decode on 160 packages (EP320), prefill on instances of 16 (EP32).
fn paper(prefill_instances: u32, decode_instances: u32) -> Scenario {
    let degrees = |dies: u32| Degrees {
        tp: 1,
        pp: 1,
        dp: dies,
        ep: dies,
    };
    let mut s = Scenario {
        pools: vec![
            pool(prefill_instances, 16, Role::Prefill),
            pool(decode_instances, 160, Role::Decode),
        ],
        ..Scenario::default()
    };
    s.layout.mode = ModeChoice::Disaggregated;
    s.layout.decode = Some(degrees(320));
    s.layout.prefill = Some(degrees(32));
    // Targets out of the way: batch and rate are what is set here.
    s.targets.tpot_ms = 1000.0;
    s.targets.ttft_ms = 60_000.0;
    s
}

fn run(s: &Scenario) -> Evaluation {
    let e = evaluate(s, Catalogue::embedded());
    assert!(e.fits, "{:?}", e.notices);
    e
}

fn group(e: &Evaluation, phase: Phase) -> &InstanceGroup {
    let d = e.deployment.as_ref().expect("a deployment");
    let found = d.instances.iter().find(|i| i.phase == phase);
    found.expect("the phase")
}

/// Published: requests per package, TPOT in ms, tokens/s per package.
const DECODE: [(f64, f64, f64); 3] = [
    (8.0, 14.9, 538.0),
    (24.0, 24.6, 974.0),
    (96.0, 49.4, 1943.0),
];

/// Published TPOT between its points, by straight lines.
fn published_tpot(per_card: f64) -> f64 {
    let [a, b, c] = DECODE;
    let (low, high) = if per_card <= b.0 { (a, b) } else { (b, c) };
    low.1 + (per_card - low.0) / (high.0 - low.0) * (high.1 - low.1)
}

#[test]
fn decode_at_a_context_of_4096_comes_out() {
    for (per_card, tpot_ms, tokens_per_s) in DECODE {
        let mut s = paper(40, 1);
        // Mean context 4,096: the prompt and half of the answer.
        s.workload.input_tokens = 3584.0;
        s.workload.output_tokens = 1024.0;
        s.layout.batch = Some((per_card * 160.0) as u32);
        let e = run(&s);
        let decode = group(&e, Phase::Decode);
        let running = decode.batch / 160.0;
        // Nearly all slots are taken: what is missing is the slack that queues need.
        assert!(
            (0.8..=1.0).contains(&(running / per_card)),
            "{running} of {per_card}"
        );
        let tolerance = if per_card < 10.0 { 0.15 } else { 0.10 };
        let wanted = published_tpot(running);
        let off = e.tpot_ms.mean / wanted - 1.0;
        println!(
            "{running:.1} requests a card: {:.1} ms, published {wanted:.1} ({tpot_ms} at {per_card})",
            e.tpot_ms.mean
        );
        assert!(
            off.abs() <= tolerance,
            "{:.1} ms against {wanted:.1}",
            e.tpot_ms.mean
        );
        // Tokens per second and decode package, against the published ones at that latency.
        let made = e.tokens_per_s.output / 160.0;
        let published = tokens_per_s * running / per_card * tpot_ms / wanted;
        let off = made / published - 1.0;
        assert!(
            off.abs() <= tolerance + 0.02,
            "{made:.0} against {published:.0} tokens/s a card"
        );
    }
}

#[test]
fn prefill_of_4096_tokens_comes_out() {
    for (balance, published) in [(0.846, 5655.0), (1.0, 6688.0)] {
        // Few prefill instances beside much decoding: prefill sets the rate.
        let mut s = paper(4, 4);
        s.workload.input_tokens = 4096.0;
        s.workload.output_tokens = 128.0;
        s.workload.expert_balance = balance;
        let e = run(&s);
        let prefill = group(&e, Phase::Prefill);
        assert!(
            prefill.busy > 0.5,
            "prefill is not what limits: {}",
            prefill.busy
        );
        let cards = f64::from(prefill.instances * prefill.cards_each);
        let got = e.tokens_per_s.input / cards / prefill.busy;
        println!("balance {balance}: {got:.0} tokens/s a card, published {published}");
        assert!(
            (got / published - 1.0).abs() <= 0.10,
            "{got:.0} against {published}"
        );
    }
}
