//! Results and inputs in words, for the views that compare and sweep them.

use token_factory::catalogue::Catalogue;
use token_factory::planner::outputs::Output;
use token_factory::scenario::limits::number_of;
use token_factory::scenario::{ModelChoice, Scenario};

use crate::controls::{Shown, words};
use crate::fields;
use crate::format::Fmt;
use crate::names;
use crate::texts::{Locale, Text};

/// The name of a result.
pub fn name(output: Output) -> Text {
    match output {
        Output::OutputRate => output_rate,
        Output::PerDay => per_day,
        Output::PerCard => per_card,
        Output::Concurrency => concurrency,
        Output::RequestRate => request_rate,
        Output::Tpot => tpot,
        Output::Ttft => ttft,
        Output::TtftP95 => ttft_p95,
        Output::CostOutput => cost_output,
        Output::CostInput => cost_input,
        Output::CostBlended => cost_blended,
        Output::CostPerHour => cost_hour,
        Output::Power => power,
        Output::Energy => energy,
        Output::Carbon => carbon,
        Output::CardsWorking => cards_working,
    }
}

/// A value of a result, with its unit where the name does not say it.
pub fn value(fmt: Fmt, output: Output, v: f64) -> String {
    match output {
        Output::OutputRate | Output::PerDay | Output::Concurrency => fmt.compact(v),
        Output::PerCard | Output::RequestRate => fmt.number(v),
        Output::Tpot | Output::Ttft | Output::TtftP95 => fmt.duration(v),
        Output::CostOutput | Output::CostInput | Output::CostBlended | Output::CostPerHour => {
            fmt.money_value(v)
        }
        Output::Power if v >= 1000.0 => fmt.unit(v / 1000.0, "MW"),
        Output::Power => fmt.unit(v, "kW"),
        Output::Energy => fmt.unit(v, "kWh"),
        Output::Carbon => fmt.unit(v, "kg"),
        Output::CardsWorking => fmt.count(v),
    }
}

/// A value of a result, or "unknown".
pub fn value_or_unknown(fmt: Fmt, output: Output, v: Option<f64>) -> String {
    v.map_or_else(
        || crate::texts::unknown(fmt.locale).to_owned(),
        |v| value(fmt, output, v),
    )
}

/// A number of an input with its unit.
pub fn number(fmt: Fmt, key: &str, v: f64) -> String {
    number_of(key).map_or_else(
        || fmt.number(v),
        |n| words(fmt, v, n.unit, Shown::of(n.unit)),
    )
}

/// A value of an input as a link writes it, in the reader's words.
pub fn input(fmt: Fmt, key: &str, text: &str) -> String {
    let locale = fmt.locale;
    if text.is_empty() || text == "auto" {
        return automatic(locale).to_owned();
    }
    if let Some((_, name)) = fields::choices(key).iter().find(|(word, _)| *word == text) {
        return name(locale).to_owned();
    }
    match key {
        "hw" => names::hardware(text, locale),
        "region" => names::region(text, locale),
        "engine" => names::engine(text).to_owned(),
        "pool2" | "pool3" | "pool4" => names::pool_text(text, locale),
        "m" if Catalogue::embedded().model(text).is_some() => {
            names::model(&ModelChoice::Catalogue(text.to_owned()))
        }
        "m" => own_model(locale).to_owned(),
        "stepwise" if text == "1" => yes(locale).to_owned(),
        "stepwise" => no(locale).to_owned(),
        _ => match token_factory::decimal::parse(text) {
            Some(v) if number_of(key).is_some() => number(fmt, key, v),
            _ => text.to_owned(),
        },
    }
}

/// What a scenario is called: its name, or model and cards.
pub fn title(scenario: &Scenario, fmt: Fmt) -> String {
    if !scenario.name.is_empty() {
        return scenario.name.clone();
    }
    let cards: u64 = scenario
        .pools
        .iter()
        .map(|p| u64::from(p.super_nodes) * u64::from(p.cards_each))
        .sum();
    let hardware = scenario
        .pools
        .first()
        .map_or_else(String::new, |p| names::hardware(&p.hardware, fmt.locale));
    let model = names::model(&scenario.model);
    untitled(fmt.locale, &model, &fmt.count(cards as f64), &hardware)
}

/// Everything named but with a unit in its axis title.
pub fn axis_title(output: Output, locale: Locale) -> String {
    name(output)(locale).to_owned()
}

crate::texts! {
    output_rate = "Output tokens/s", "每秒输出 token";
    per_day = "Output tokens a day", "日均输出 token";
    per_card = "Output tokens/s per card", "单卡每秒输出 token";
    concurrency = "Requests at once", "同时在途请求";
    request_rate = "Requests/s", "每秒完成请求";
    tpot = "TPOT, median", "TPOT 中位数";
    ttft = "TTFT, median", "TTFT 中位数";
    ttft_p95 = "TTFT, p95", "TTFT p95";
    cost_output = "Cost per million output tokens", "每百万输出 token 成本";
    cost_input = "Cost per million input tokens", "每百万输入 token 成本";
    cost_blended = "All cost per million output tokens", "全部成本 / 百万输出 token";
    cost_hour = "Cost per hour", "每小时成本";
    power = "Mean power at the meter", "平均用电功率";
    energy = "Energy per million output tokens", "每百万输出 token 能耗";
    carbon = "CO₂ per million output tokens", "每百万输出 token 碳排放";
    cards_working = "Cards at work", "工作卡数";
    automatic = "automatic", "自动";
    own_model = "own model", "自定义模型";
    yes = "yes", "是";
    no = "no", "否";
    untitled(model, cards, hardware) = "{model} on {cards} × {hardware}", "{cards} × {hardware} 运行 {model}";
}
