//! Links: what is written reads back, old ones stay, garbage is survived.

use super::*;

#[test]
fn a_server_is_read_and_never_written() {
    let decoded = decode("#v=1&view=live&api=http%3A%2F%2Fh%3A9090%2Fprom");
    assert_eq!(decoded.notices, []);
    assert_eq!(decoded.server.as_deref(), Some("http://h:9090/prom"));
    assert_eq!(encode(&decoded.state), "#v=1&view=live");
    assert_eq!(decode("#v=1").server, None);
}

#[test]
fn a_quote_and_what_is_explored_stand_beside_the_scenario() {
    for link in [
        "#v=1&show=quote&pout=5",
        "#v=1&show=quote:35600&pout=5",
        "#v=1&view=explore&explore=sweep,cost-output,in:1024:131072:13,pods:1:8:7&m=qwen3-32b",
    ] {
        let decoded = decode(link);
        assert_eq!(decoded.notices, [], "{link}");
        assert_eq!(encode(&decoded.state), link);
    }
    assert_eq!(
        decode("#v=1&show=quote").state.quote,
        Some(Quote::default())
    );
    assert_eq!(decode("#v=1").state.quote, None);
}

fn scenario(link: &str) -> Scenario {
    let decoded = decode(link);
    assert_eq!(decoded.notices, [], "{link}");
    decoded.state.scenario
}

#[test]
fn the_default_is_the_shortest_link() {
    assert_eq!(encode(&SharedState::default()), "#v=1");
    assert_eq!(decode("#v=1").state, SharedState::default());
}

#[test]
fn every_way_of_handing_over_a_link_is_read() {
    let want = scenario("#v=1&tpot=20");
    for text in [
        "https://example.org/app/?utm=1#v=1&tpot=20",
        "https://example.org/app/?v=1&tpot=20",
        "https://example.org/app/?v=1&tpot=20#",
        "v=1&tpot=20",
        "?v=1&tpot=20",
        "#/v=1&tpot=20",
        "  #v=1&amp;tpot=20\n",
        "#tpot=20",
        "#v=1&&tpot=20&",
    ] {
        assert_eq!(scenario(text), want, "{text}");
    }
}

#[test]
fn numbers_may_be_written_by_hand() {
    let s =
        scenario("#in=32K&out=4k&train=2e12&hit=70%25&rps=1,536&name=Wuxi%20%E6%97%A0%E9%94%A1");
    assert_eq!(s.workload.input_tokens, 32_768.0);
    assert_eq!(s.workload.output_tokens, 4096.0);
    assert_eq!(s.workload.training_tokens, 2e12);
    assert_eq!(s.workload.prefix_hit, 0.7);
    assert_eq!(s.workload.requests_per_s, Some(1536.0));
    assert_eq!(s.name, "Wuxi 无锡");
}

#[test]
fn usual_spares_follow_the_cards() {
    let s = scenario("#hw=h20&pods=1&cards=8");
    assert_eq!(s.pools[0].spares_each, 0);
    assert_eq!(encode(&SharedState::of(s)), "#v=1&hw=h20&pods=1&cards=8");
    // The order of a hand-written link does not matter.
    let s = scenario("#spares=1&cards=8");
    assert_eq!(s.pools[0].spares_each, 1);
}

#[test]
fn bad_values_give_a_notice_and_the_default() {
    let notices = |link: &str| {
        let decoded = decode(link);
        assert_eq!(decoded.state, SharedState::default(), "{link}");
        decoded
            .notices
            .iter()
            .map(|n| format!("{} {}", n.key, n.wrong.code()))
            .collect::<Vec<_>>()
            .join("; ")
    };
    for (link, want) in [
        ("#v=1&colour=red", "colour unknown-key"),
        ("#v=1&in=abc", "in not-a-number"),
        ("#v=1&in=0", "in out-of-range"),
        ("#v=1&in=NaN", "in not-a-number"),
        ("#v=1&in=", "in empty"),
        ("#v=1&pods=2.5", "pods not-whole"),
        ("#v=1&pods=4&pods=5", "pods duplicate"),
        ("#v=1&role=both", "role not-a-word"),
        ("#v=1&m=Deep%20Seek", "m not-an-id"),
        ("#v=1&m=h1/x", "m bad-part"),
        ("#v=1&name=%zz", "name bad-escape"),
        ("#v=1&name=%ff", "name bad-escape"),
        ("#v=1&hit=70%", "hit bad-escape"),
        ("#v=1&dec=xp8", "dec bad-form"),
        ("#v=1&dec=tp4096.dp4096", "dec too-many-dies"),
        ("#v=1&curve=1,2,3", "curve bad-form"),
        ("#v=1&tou=1,2", "tou bad-form"),
        ("#v=1&tiers=5:1", "tiers bad-form"),
        ("#v=1&pool2=h20", "pool2 bad-form"),
        ("#v=1&pool2=h20:1x8-8", "pool2 spares-not-below-cards"),
        ("#v=1&spares=384", "spares spares-not-below-cards"),
        ("#v=9", "v newer-version"),
        ("#v=x", "v not-whole"),
        ("#v=1&view=map", "view not-a-word"),
        ("#v=1&base=2", "base not-whole"),
        ("#v=1&show=all", "show bad-form"),
        ("#v=1&show=quote:much", "show bad-form"),
        ("#v=1&explore=sweep", "explore bad-form"),
        ("#v=1&explore=", "explore empty"),
        ("#v=1&5.tpot=3", "5.tpot unknown-key"),
    ] {
        assert_eq!(notices(link), want, "{link}");
    }
}

#[test]
fn a_notice_says_what_is_allowed_and_what_is_used() {
    let decoded = decode("#tpot=0&isl=4096&tpto=3");
    let texts: Vec<String> = decoded.notices.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "tpot=0: out of range; allowed is 0.1 to 60000; 50 is used",
            "isl=4096: unknown; did you mean \"in\"?; ignored",
            "tpto=3: unknown; did you mean \"tpot\"?; ignored",
        ]
    );
    assert_eq!(decoded.taken, 0);
}

#[test]
fn compared_scenarios_are_written_as_differences() {
    let link = "#v=1&view=compare&m=qwen3-32b&2.hw=h20&2.pods=1&2.cards=8&3=same&4.tpot=20&base=2";
    let decoded = decode(link);
    assert_eq!(decoded.notices, []);
    assert_eq!(decoded.state.compared.len(), 3);
    assert_eq!(decoded.state.compared[1], decoded.state.scenario);
    assert_eq!(decoded.state.baseline, 1);
    assert_eq!(encode(&decoded.state), link);
}

#[test]
fn migrations_run_from_the_written_version_on() {
    fn rename(pairs: Vec<Pair>, from: &str, to: &str) -> Vec<Pair> {
        pairs
            .into_iter()
            .map(|mut pair| {
                if pair.key == from {
                    pair.key = to.into();
                }
                pair
            })
            .collect()
    }
    let steps: &[Migration] = &[|p| rename(p, "a", "b"), |p| rename(p, "b", "c")];
    let key_of = |text: &str| {
        let mut notices = Notices::default();
        let all = pairs(text, &mut notices);
        let out = migrate(all, steps, &mut notices);
        out.into_iter().map(|p| p.key).next_back().unwrap()
    };
    assert_eq!(key_of("#v=1&a=1"), "c");
    assert_eq!(key_of("#v=2&b=1"), "c");
    assert_eq!(key_of("#v=2&a=1"), "a");
    assert_eq!(key_of("#v=3&b=1"), "b");
    // A new version without the step that leads to it cannot be released.
    assert_eq!(MIGRATIONS.len() as u32 + 1, VERSION);
}

#[test]
fn long_texts_are_cut() {
    let decoded = decode(&format!("#tpot=20&name={}", "ä".repeat(20_000)));
    assert_eq!(decoded.state.scenario.targets.tpot_ms, 20.0);
    assert!(decoded.notices.iter().any(|n| n.key == "link"));
}
