//! Tests of recorded sessions.

use super::*;
use crate::live::flow::CostBasis;
use crate::live::simulated::{SimPlan, Simulation};
use crate::live::state::CardStatus;

/// A small factory seen for half an hour, in which a card dies and one falls ill.
fn seen() -> Factory {
    let plan = SimPlan {
        super_nodes: 2,
        cards_each: 32,
        spares_each: 2,
        decode_cards_each: 16,
        prefill_instance_cards: 7,
        requests_per_s: 30.0,
        ..SimPlan::default()
    };
    let basis = CostBasis::default();
    let mut simulation = Simulation::new(plan, 9, 2e9);
    let mut factory = Factory::default();
    for poll in 1..=60 {
        simulation.advance(2e9 + 30.0 * f64::from(poll));
        if poll == 40 {
            simulation.faults.dead.insert((0, 5));
            simulation.faults.sick.insert((1, 2));
        }
        factory.apply(simulation.snapshot(&basis), 30.0, &basis);
    }
    factory
}

fn replayed(session: &Session, polls: usize) -> Factory {
    let mut factory = Factory::default();
    for index in 0..polls {
        let interval = session.span_s(index).unwrap();
        // Costs are part of the figures recorded, so nothing is derived anew.
        let basis = CostBasis::default();
        factory.apply(session.snapshot(index).unwrap(), interval, &basis);
    }
    factory
}

fn names(factory: &Factory, status: CardStatus) -> Vec<String> {
    factory.with_status(status).map(|(k, _)| k.name()).collect()
}

#[test]
fn a_session_survives_its_file_and_plays_back_what_was_seen() {
    let factory = seen();
    let session = Session::of(&factory, Recorded::Simulated);
    let text = session.to_json();
    let back = Session::read(&text).unwrap();
    assert_eq!(back, session);
    assert_eq!((back.len(), back.length_s()), (60, 59.0 * 30.0));
    assert_eq!(back.recorded, Recorded::Simulated);
    assert_eq!(back.models, ["deepseek-ai/DeepSeek-R1"]);

    let again = replayed(&back, back.len());
    assert_eq!(again.count(), factory.count());
    for status in [CardStatus::Silent, CardStatus::Bad, CardStatus::Idle] {
        assert_eq!(names(&again, status), names(&factory, status), "{status:?}");
    }
    assert_eq!(names(&again, CardStatus::Silent), ["sn-1-node-01/5"]);
    for (a, b) in again
        .history()
        .moments()
        .iter()
        .zip(factory.history().moments())
    {
        assert_eq!(a.at_s, b.at_s);
        for (figure, value) in b.value.known() {
            let read = a.value.get(figure).unwrap();
            assert!((read - value).abs() <= 1e-5 * value.abs(), "{figure:?}");
        }
    }
    for ((key, a), (other, b)) in again.cards().zip(factory.cards()) {
        assert_eq!(key, other);
        assert_eq!(a.history.moments().len(), b.history.moments().len());
        let power = |c: &CardState| c.reading.power_w.unwrap();
        assert!((power(a) - power(b)).abs() <= 0.06, "{}", key.name());
    }
}

#[test]
fn a_session_shows_each_time_as_it_was() {
    let session = Session::of(&seen(), Recorded::Live);
    let before = replayed(&session, 39);
    assert_eq!(names(&before, CardStatus::Silent), Vec::<String>::new());
    assert_eq!(names(&before, CardStatus::Bad), Vec::<String>::new());
    let after = replayed(&session, 40);
    assert_eq!(names(&after, CardStatus::Silent), ["sn-1-node-01/5"]);
    assert_eq!(names(&after, CardStatus::Bad), ["sn-2-node-01/2"]);
    assert_eq!(session.snapshot(60), None);
}

/// Four super-nodes of 384 cards with as much history as is kept must stay a file one can send.
#[test]
fn a_large_session_stays_small() {
    let basis = CostBasis::default();
    let mut simulation = Simulation::new(SimPlan::default(), 1, 2e9);
    let mut factory = Factory::default();
    for poll in 1..=96 {
        simulation.advance(2e9 + 30.0 * f64::from(poll));
        factory.apply(simulation.snapshot(&basis), 30.0, &basis);
    }
    let text = Session::of(&factory, Recorded::Simulated).to_json();
    let megabytes = text.len() as f64 / 1e6;
    assert!(megabytes < 4.0, "{megabytes}");
    assert_eq!(Session::read(&text).unwrap().len(), 96);
}

#[test]
fn bad_files_say_what_is_wrong() {
    let good = Session::of(&seen(), Recorded::Live).to_json();
    let message = |text: &str| Session::read(text).unwrap_err().to_string();
    assert!(message("").starts_with("no JSON at line 1"));
    assert!(message(&good[..good.len() / 2]).starts_with("no JSON at line 1"));
    for other in [
        "[]",
        "{}",
        "3",
        r#"{"format":"token-factory-scenario","version":1}"#,
        r#"{"format":3}"#,
    ] {
        assert!(
            message(other).starts_with("no session file"),
            "{other}: {}",
            message(other)
        );
    }
    assert!(message(&good.replacen("\"version\":1", "\"version\":2", 1)).contains("newer release"));
    assert!(
        message(&good.replacen("\"models\"", "\"token\"", 1)).contains("unknown field `token`")
    );
    assert!(
        message(&good.replacen("\"recorded\":\"live\"", "\"recorded\":\"made\"", 1))
            .contains("made")
    );
    let mut session = Session::read(&good).unwrap();
    session.cards[3].power.pop();
    assert!(message(&session.to_json()).contains("cards[3]"));
    session.cards[3].times = 99;
    assert!(message(&session.to_json()).contains("cards[3].times"));
    session.moments[1].at_s = 0.0;
    assert!(message(&session.to_json()).contains("rising order"));
    session.moments.clear();
    assert!(message(&session.to_json()).contains("no moment"));
}

/// Nothing of the connection can get into a file: the types hold no such thing, and this proves it.
#[test]
fn a_session_holds_no_address_and_no_secret() {
    let text = Session::of(&seen(), Recorded::Live).to_json();
    for word in ["http", "token\"", "Bearer", "password", "url", "tenant"] {
        assert!(!text.contains(word), "{word}");
    }
}
