//! `tfp evaluate`: what a scenario comes to.

use super::{
    Arguments, CANNOT_BE_SERVED, Command, DONE, Failure, Output, print_json, source, table,
};
use crate::catalogue::Catalogue;
use crate::evaluation::{Level, NoticeValue};
use crate::planner;
use crate::report::{NoticeReport, Report};
use crate::scenario::link::{self, LinkNotice, SharedState};
use crate::scenario::{file, limits};
use crate::wording::{Plain, Writer, notices};

pub(super) const COMMAND: Command = Command {
    name: "evaluate",
    usage: "LINK|FILE [--json]",
    about: "Evaluate a scenario: its link (quoted), or a scenario file",
    run,
};

/// A scenario as it was given.
pub(super) struct Given {
    /// The scenario with what is shown of it.
    pub(super) state: SharedState,
    notices: Vec<LinkNotice>,
}

/// Reads a link, or the file of that name.
pub(super) fn read(argument: &str) -> Result<Given, Failure> {
    match source::is_link(argument) {
        true => of_link(argument),
        false => {
            let text = source::read(argument)?;
            let state = file::from_json(&text).map_err(|error| {
                Failure::new(
                    format!("{argument}: {}", notices::file_error(&Plain, &error)),
                    "give a scenario file (see tfp schema), or a link in quotes: '#v=1'",
                )
            })?;
            Ok(Given {
                state,
                notices: Vec::new(),
            })
        }
    }
}

fn of_link(argument: &str) -> Result<Given, Failure> {
    let decoded = link::decode(argument);
    // A text of which nothing at all is a scenario is garbage, not a scenario with remarks.
    let pairs = source::pairs(argument);
    let known = pairs
        .iter()
        .any(|key| matches!(key.as_str(), "v" | "view") || limits::field_of(key).is_some());
    if !known && decoded.state == SharedState::default() {
        return Err(Failure::new(
            format!(
                "{:?} is no scenario link: it names no input",
                source::excerpt(argument)
            ),
            "a link looks like '#v=1&pods=4&m=deepseek-r1' (see tfp presets); quote it for the shell",
        ));
    }
    Ok(Given {
        state: decoded.state,
        notices: decoded.notices,
    })
}

fn run(arguments: &mut Arguments, output: &mut Output<'_>) -> Result<u8, Failure> {
    let Some(argument) = arguments.word() else {
        return Err(Failure::new(
            "no scenario given",
            "give a link in quotes, e.g. tfp evaluate '#v=1', or a scenario file",
        ));
    };
    arguments.end()?;
    let given = read(&argument)?;
    let scenario = &given.state.scenario;
    let evaluation = planner::evaluate(scenario, Catalogue::embedded());
    let about_input = given.notices.iter().map(link_report);
    let about_result = evaluation
        .notices
        .iter()
        .map(|n| NoticeReport::of(n, notices::notice(&Plain, n)));
    let report = Report::new(
        link::encode(&SharedState::of(scenario.clone())),
        &evaluation,
        about_input.chain(about_result).collect(),
    );
    if arguments.json {
        print_json(output.out, &report)?;
    } else {
        print(&report, output)?;
    }
    let served = report.fits || report.training.is_some();
    Ok(if served { DONE } else { CANNOT_BE_SERVED })
}

/// A remark on the link, in the form of the others.
fn link_report(notice: &LinkNotice) -> NoticeReport {
    NoticeReport {
        level: Level::Warning,
        code: format!("link-{}", notice.wrong.code()),
        text: notices::link_notice(&Plain, notice),
        values: vec![
            NoticeValue::Text(notice.key.clone()),
            NoticeValue::Text(notice.given.clone()),
        ],
    }
}

/// The figures for people.
fn print(report: &Report, output: &mut Output<'_>) -> Result<(), Failure> {
    let w = Plain;
    let mut rows: Vec<[String; 3]> = Vec::new();
    let mut row = |name: &str, value: String, more: String| rows.push([name.into(), value, more]);
    row("link", report.link.clone(), String::new());
    row(
        "cards",
        w.count(f64::from(report.cards)),
        format!(
            "{} working, {} spare, {} idle",
            report.cards_working, report.cards_spare, report.cards_idle
        ),
    );
    if let Some(d) = &report.deployment {
        for pool in &d.pools {
            row(
                "deployment",
                format!(
                    "{} × {} cards",
                    w.count(f64::from(pool.instances)),
                    pool.cards_each
                ),
                format!(
                    "{} on {}: TP{} PP{} DP{} EP{}, batch {}, {} % busy",
                    crate::report::word(&pool.phase),
                    pool.hardware,
                    pool.degrees.tp,
                    pool.degrees.pp,
                    pool.degrees.dp,
                    pool.degrees.ep,
                    w.number(pool.batch),
                    w.number(pool.busy * 100.0)
                ),
            );
        }
    }
    let band = |b: crate::evaluation::Band, scale: &dyn Fn(f64) -> String| {
        format!(
            "80 % band {} to {}, {} rows",
            scale(b.low),
            scale(b.high),
            b.rows
        )
    };
    let bands = report.bands.unwrap_or_default();
    if let (Some(flow), Some(day)) = (report.tokens_per_s, report.tokens_per_day) {
        row(
            "output tokens/s",
            w.number(flow.output),
            band(bands.output_tokens_per_s, &|v| w.number(v)),
        );
        row(
            "tokens/day",
            w.number(day.output),
            format!(
                "output; {} input, {} cached input",
                w.number(day.input),
                w.number(day.cached_input)
            ),
        );
    }
    if let Some(x) = report.concurrency {
        row("requests at once", w.number(x), String::new());
    }
    let latency = [
        ("TPOT", report.tpot_percentiles_ms, bands.tpot_ms),
        ("TTFT", report.ttft_ms, bands.ttft_ms),
    ];
    for (name, figure, b) in latency {
        if let Some(p) = figure {
            row(
                name,
                w.duration(p.p50),
                format!("p95 {}; {}", w.duration(p.p95), band(b, &|v| w.duration(v))),
            );
        }
    }
    if let Some(kw) = report.power_kw {
        row(
            "power",
            format!("{} kW", w.number(kw)),
            "at the meter, mean load".into(),
        );
    }
    if let Some(c) = report.cost_per_million_tokens {
        row(
            "cost per million",
            format!("${}", w.number(c.output.usd)),
            format!(
                "output (¥{}); input ${}, cached ${}",
                w.number(c.output.cny),
                w.number(c.input.usd),
                w.number(c.cached_input.usd)
            ),
        );
    }
    if let Some(t) = report.training {
        row(
            "training",
            format!("{} days", w.number(t.days)),
            format!(
                "{} tokens/s, MFU {} %",
                w.number(t.tokens_per_s),
                w.number(t.mfu * 100.0)
            ),
        );
    }
    for limit in &report.limits {
        row(
            "limited by",
            notices::limit(limit.kind)(w.locale()).into(),
            format!("{} %", w.number(limit.share * 100.0)),
        );
    }
    for notice in &report.notices {
        row(
            &crate::report::word(&notice.level),
            notice.text.clone(),
            String::new(),
        );
    }
    table::print(output.out, &rows)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::cli::tests::tfp;
    use crate::scenario::link::SharedState;
    use crate::scenario::presets::PRESETS;
    use serde_json::Value;

    fn json(args: &[&str]) -> (u8, Value) {
        let (code, out, _) = tfp(args);
        (code, serde_json::from_str(&out).unwrap())
    }

    /// Training has no latency and makes no tokens to sell: unknown, not nothing.
    #[test]
    fn training_has_no_figures_of_serving() {
        let (code, v) = json(&["evaluate", "#v=1&task=training", "--json"]);
        assert_eq!(code, 0);
        assert!(v["training"]["days"].as_f64().unwrap() > 0.0);
        for field in [
            "tpot_ms",
            "ttft_ms",
            "tokens_per_s",
            "bands",
            "concurrency",
            "cost_per_million_tokens",
        ] {
            assert!(v[field].is_null(), "{field}: {}", v[field]);
        }
        let (_, text, _) = tfp(&["evaluate", "#v=1&task=training"]);
        assert!(!text.contains("TPOT") && text.contains("days"), "{text}");
    }

    #[test]
    fn the_default_scenario_has_every_field_of_the_contract() {
        let (code, v) = json(&["evaluate", "#v=1", "--json"]);
        assert_eq!(code, 0);
        assert_eq!(v["link"], "#v=1");
        assert_eq!(v["cards"], 1536);
        assert_eq!(v["fits"], true);
        let number = |pointer: &str| {
            v.pointer(pointer)
                .and_then(Value::as_f64)
                .unwrap_or_else(|| panic!("{pointer} is no number: {:?}", v.pointer(pointer)))
        };
        for pointer in [
            "/concurrency",
            "/tpot_ms",
            "/ttft_ms/p50",
            "/ttft_ms/p95",
            "/tokens_per_s/input",
            "/tokens_per_s/cached_input",
            "/tokens_per_s/output",
            "/tokens_per_day/input",
            "/tokens_per_day/cached_input",
            "/tokens_per_day/output",
            "/output_tokens_per_s_per_card",
            "/memory_per_card_bytes",
            "/power_kw",
            "/energy_kwh_per_million_tokens",
            "/cost_per_hour/usd",
            "/cost_per_hour/cny",
            "/cost_per_million_tokens/input/usd",
            "/cost_per_million_tokens/cached_input/usd",
            "/cost_per_million_tokens/output/usd",
            "/cost_per_million_tokens/output/cny",
            "/bands/output_tokens_per_s/low",
            "/bands/output_tokens_per_s/high",
            "/bands/tpot_ms/low",
            "/deployment/tp",
            "/deployment/pp",
            "/deployment/dp",
            "/deployment/ep",
        ] {
            assert!(number(pointer) >= 0.0, "{pointer}");
        }
        assert!(v["deployment"]["mode"].is_string() && v["deployment"]["pools"].is_array());
        assert!(
            v["limits"]
                .as_array()
                .unwrap()
                .iter()
                .all(|l| l["share"].is_number())
        );
        assert!(v["notices"].is_array());
    }

    #[test]
    fn every_preset_is_served_or_says_why() {
        for preset in PRESETS {
            let (code, v) = json(&["evaluate", preset.link, "--json"]);
            let served = v["fits"] == true || v["training"].is_object();
            assert_eq!(code, u8::from(!served), "{}", preset.id);
            assert!(served, "{}: {:?}", preset.id, v["notices"]);
        }
    }

    #[test]
    fn a_link_is_read_with_and_without_its_address() {
        let whole = json(&[
            "evaluate",
            "https://planner.example/app/#v=1&pods=2",
            "--json",
        ]);
        assert_eq!(whole, json(&["evaluate", "#v=1&pods=2", "--json"]));
        assert_eq!(whole, json(&["evaluate", "v=1&pods=2", "--json"]));
        assert_eq!(whole.1["cards"], 768);
    }

    #[test]
    fn what_cannot_be_served_says_why_and_carries_no_figures() {
        let (code, v) = json(&["evaluate", "#v=1&pods=1&cards=2&spare=0", "--json"]);
        assert_eq!(code, 1);
        assert_eq!(v["fits"], false);
        assert!(v["tpot_ms"].is_null() && v["tokens_per_s"].is_null());
        assert!(!v["notices"].as_array().unwrap().is_empty());
    }

    #[test]
    fn bad_values_are_remarked_on_and_garbage_is_refused() {
        let (code, v) = json(&["evaluate", "#v=1&pods=abc&colour=red", "--json"]);
        assert_eq!(code, 0);
        assert_eq!(
            v["notices"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|n| n["code"].as_str().unwrap().starts_with("link-"))
                .count(),
            2
        );
        for garbage in [
            "",
            "#",
            "garbage",
            "no/such/file.json",
            "\u{0}\u{1}=",
            "https://x.example/",
        ] {
            let (code, out, err) = tfp(&["evaluate", garbage]);
            assert_eq!((code, out.as_str()), (2, ""), "{garbage:?}");
            assert!(err.len() > 20, "{garbage:?} {err}");
        }
        let (code, v) = json(&["evaluate", "garbage", "--json"]);
        assert_eq!(code, 2);
        assert!(v["error"]["advice"].is_string());
        assert_eq!(tfp(&["evaluate"]).0, 2);
    }

    #[test]
    fn a_scenario_file_gives_what_its_link_gives() {
        let preset = &PRESETS[3];
        let text = crate::scenario::file::to_json(&SharedState::of(preset.scenario()));
        let path = std::env::temp_dir().join(format!("tfp-evaluate-{}.json", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let of_file = json(&["evaluate", path.to_str().unwrap(), "--json"]);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(of_file, json(&["evaluate", preset.link, "--json"]));
    }

    #[test]
    fn people_get_a_table() {
        let (code, out, _) = tfp(&["evaluate", "#v=1"]);
        assert_eq!(code, 0);
        for word in [
            "output tokens/s",
            "TPOT",
            "TTFT",
            "cost per million",
            "limited by",
        ] {
            assert!(out.contains(word), "{word}\n{out}");
        }
    }
}
