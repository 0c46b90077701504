//! The command line as a process, and under thousands of links that nobody would write.
#![cfg(not(target_arch = "wasm32"))]

use std::process::{Command, Output};

use token_factory::cli;
use token_factory::scenario::link::{self, SharedState};
use token_factory::scenario::presets::PRESETS;

fn tfp(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tfp"))
        .args(args)
        .output()
        .expect("tfp runs")
}

#[test]
fn exit_codes_and_streams_are_those_of_the_contract() {
    let default = tfp(&["evaluate", "#v=1", "--json"]);
    assert_eq!(default.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&default.stdout).expect("JSON");
    assert_eq!(json["link"], "#v=1");
    assert_eq!(json["cards"], 1536);

    let too_small = tfp(&["evaluate", "#v=1&pods=1&cards=2&spare=0", "--json"]);
    assert_eq!(too_small.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&too_small.stdout).expect("JSON");
    assert_eq!(json["fits"], false);

    let garbage = tfp(&["evaluate", "%%%"]);
    assert_eq!(garbage.status.code(), Some(2));
    assert!(garbage.stdout.is_empty() && !garbage.stderr.is_empty());
}

/// Links made from real ones by cutting, doubling, swapping and replacing, and plain noise.
fn mutated(rng: &mut fastrand::Rng) -> String {
    let seeds: Vec<&str> = PRESETS.iter().map(|p| p.link).collect();
    let mut bytes = if rng.u8(..10) == 0 {
        (0..rng.usize(..120)).map(|_| rng.u8(..)).collect()
    } else {
        seeds[rng.usize(..seeds.len())].as_bytes().to_vec()
    };
    const PARTS: [&str; 14] = [
        "&pods=",
        "&cards=0",
        "&in=1e308",
        "&out=-1",
        "&m=",
        "&hw=h100-sxm",
        "&tpot=NaN",
        "&dec=tp",
        "%",
        "=&=",
        "&hit=2",
        "&v=2",
        "&load=",
        "万",
    ];
    for _ in 0..rng.usize(..5) {
        let at = rng.usize(..=bytes.len());
        match rng.u8(..4) {
            0 => bytes.truncate(at),
            1 => {
                let part = PARTS[rng.usize(..PARTS.len())].bytes();
                bytes.splice(at..at, part);
            }
            2 if at < bytes.len() => bytes[at] = rng.u8(..),
            _ => {
                let tail = bytes[at..].to_vec();
                bytes.extend(tail);
            }
        }
    }
    String::from_utf8_lossy(&bytes).replace('\0', "")
}

/// Evaluates a link through the command line; whether it was served.
fn evaluated(text: &str) -> bool {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = cli::run(["evaluate", text, "--json"], &mut out, &mut err);
    assert!(code <= 2, "{text:?}");
    let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON always");
    match code {
        2 => assert!(json["error"]["message"].is_string(), "{text:?}"),
        _ => assert_eq!(
            json["fits"] == true || json["training"].is_object(),
            code == 0,
            "{text:?}"
        ),
    }
    code == 0
}

#[test]
fn ten_thousand_mutated_links_are_answered_or_refused() {
    let mut rng = fastrand::Rng::with_seed(20_261_126);
    let links: Vec<String> = (0..10_000).map(|_| mutated(&mut rng)).collect();
    for text in &links {
        let state = link::decode(text).state;
        // What was understood is a scenario like any other: its own link gives it back.
        let again = link::decode(&link::encode(&state)).state;
        assert_eq!(again, state, "{text:?}");
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let served: usize = std::thread::scope(|s| {
        let parts = links.chunks(links.len().div_ceil(cores));
        let threads: Vec<_> = parts
            .map(|part| s.spawn(move || part.iter().filter(|l| evaluated(l)).count()))
            .collect();
        threads
            .into_iter()
            .map(|t| t.join().expect("no panic"))
            .sum()
    });
    assert!(served > 2500, "only {served} of 10,000 were served");
}

#[test]
fn the_published_links_are_within_their_length() {
    for preset in PRESETS {
        let link = link::encode(&SharedState::of(preset.scenario()));
        assert!(link.len() <= 300, "{}: {}", preset.id, link.len());
    }
}
