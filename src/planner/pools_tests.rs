//! Several pools of different hardware, end to end.

use super::evaluate;
use crate::catalogue::Catalogue;
use crate::evaluation::{Evaluation, Mode, NoticeCode, Phase};
use crate::scenario::{ModeChoice, ModelChoice, Pool, Role, Scenario};

fn pool(hardware: &str, super_nodes: u32, cards_each: u32, role: Role) -> Pool {
    Pool {
        hardware: hardware.into(),
        super_nodes,
        cards_each,
        spares_each: 0,
        role,
    }
}

fn with(pools: Vec<Pool>) -> Scenario {
    Scenario {
        pools,
        model: ModelChoice::Catalogue("llama-3.1-70b".into()),
        ..Scenario::default()
    }
}

fn run(s: &Scenario) -> Evaluation {
    let e = evaluate(s, Catalogue::embedded());
    assert!(e.fits, "{:?}", e.notices);
    e
}

/// (phase, hardware, cards) of every group.
fn groups(e: &Evaluation) -> Vec<(Phase, String, u32)> {
    let d = e.deployment.as_ref().unwrap();
    let of = |i: &crate::evaluation::InstanceGroup| {
        (i.phase, i.hardware.clone(), i.instances * i.cards_each)
    };
    d.instances.iter().map(of).collect()
}

#[test]
fn prefill_on_one_hardware_and_decode_on_another() {
    let s = with(vec![
        pool("h100-sxm", 4, 8, Role::Prefill),
        pool("h200-sxm", 6, 8, Role::Decode),
    ]);
    let e = run(&s);
    let groups = groups(&e);
    assert_eq!(e.deployment.as_ref().unwrap().mode, Mode::Disaggregated);
    for (phase, hardware, cards) in &groups {
        let (wanted, most) = match phase {
            Phase::Prefill => ("h100-sxm", 32),
            _ => ("h200-sxm", 48),
        };
        assert_eq!(hardware, wanted);
        assert!(*cards <= most);
    }
    assert_eq!(e.cards, 80);
    let usage = e.usage.as_ref().unwrap();
    assert_eq!(usage.pools.len(), 2);
    // Card-seconds are charged to the pool that does the work.
    let [prefill, decode] = [&usage.pools[0], &usage.pools[1]];
    assert!(prefill.card_seconds.input > 0.0 && prefill.card_seconds.output == 0.0);
    assert!(decode.card_seconds.output > 0.0 && decode.card_seconds.input == 0.0);
    // The slower side sets the rate: more of it helps, more of the other alone does not.
    let more = |index: usize| {
        let mut s = s.clone();
        s.pools[index].super_nodes *= 2;
        run(&s).requests_per_s / e.requests_per_s
    };
    let (prefill, decode) = (more(0), more(1));
    assert!(prefill.max(decode) > 1.2, "{prefill} {decode}");
    assert!(prefill.min(decode) < prefill.max(decode));
    assert!(prefill >= 0.99 && decode >= 0.99, "{prefill} {decode}");
}

#[test]
fn a_pool_that_only_prefills_never_decodes() {
    let only = with(vec![pool("h100-sxm", 4, 8, Role::Prefill)]);
    let e = evaluate(&only, Catalogue::embedded());
    assert!(!e.fits);
    assert!(
        e.notices
            .iter()
            .any(|n| n.code == NoticeCode::RolesIncomplete)
    );
    let mut s = with(vec![
        pool("h100-sxm", 4, 8, Role::Prefill),
        pool("h200-sxm", 4, 8, Role::Any),
    ]);
    for (phase, hardware, _) in groups(&run(&s)) {
        assert!(hardware == "h200-sxm" || phase == Phase::Prefill);
    }
    // Shared cards cannot be had with such a pool.
    s.layout.mode = ModeChoice::Aggregated;
    assert!(!evaluate(&s, Catalogue::embedded()).fits);
}

#[test]
fn pools_side_by_side_make_what_they_make_alone() {
    let kinds = [
        pool("h100-sxm", 4, 8, Role::Any),
        pool("h200-sxm", 2, 8, Role::Any),
        pool("b200-sxm", 1, 8, Role::Any),
    ];
    let shared = |pools: Vec<Pool>| {
        let mut s = with(pools);
        s.layout.mode = ModeChoice::Aggregated;
        run(&s).requests_per_s
    };
    let alone: f64 = kinds.iter().map(|p| shared(vec![p.clone()])).sum();
    let together = shared(kinds.to_vec());
    assert!(
        (0.9..=1.05).contains(&(together / alone)),
        "{together} of {alone}"
    );
    // The order in which pools are named does not matter.
    let reversed = shared(kinds.iter().rev().cloned().collect());
    assert!(
        (reversed / together - 1.0).abs() < 0.01,
        "{reversed} {together}"
    );
    // Free to separate the phases over the pools, it is not worse.
    let free = run(&with(kinds.to_vec())).requests_per_s;
    assert!(free >= 0.99 * together, "{free} {together}");
}

#[test]
fn a_pool_split_in_two_is_the_same_factory() {
    let one = run(&with(vec![pool("h100-sxm", 6, 8, Role::Any)]));
    let two = run(&with(vec![
        pool("h100-sxm", 3, 8, Role::Any),
        pool("h100-sxm", 3, 8, Role::Any),
    ]));
    // Halves may be laid out in two ways, which a whole pool may not.
    let ratio = two.requests_per_s / one.requests_per_s;
    assert!((0.9..=1.08).contains(&ratio), "{ratio}");
    assert_eq!(one.cards, two.cards);
    let cost = |e: &Evaluation| e.cost.per_hour.unwrap().usd;
    assert!((cost(&two) / cost(&one) - 1.0).abs() < 0.02);
}

/// Work, not time: what a round of the search looks at grows with the kinds of hardware, not with
/// the number of cards.
#[test]
fn candidates_do_not_grow_with_the_cards() {
    let looked = |nodes: u32| {
        let s = Scenario {
            pools: vec![pool("ascend-910c", nodes, 384, Role::Any)],
            ..Scenario::default()
        };
        evaluate(&s, Catalogue::embedded()).candidates as f64
    };
    let (four, forty) = (looked(4), looked(40));
    assert!(forty / four < 1.5, "{four} → {forty}");
    assert!((1e4..2e5).contains(&four), "{four}");
}
