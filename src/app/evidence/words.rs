//! Names of what measurement files hold, in the reader's language.

use token_factory::evidence::{GroupBy, Measurement};
use token_factory::model::Quantity;
use token_factory::scenario::ModelChoice;

use crate::format::Fmt;
use crate::names;
use crate::texts::{Locale, Text};

/// A quantity.
pub fn quantity(q: Quantity) -> Text {
    match q {
        Quantity::Tpot => tpot,
        Quantity::Ttft => ttft,
        Quantity::Throughput => throughput,
    }
}

/// A value of a quantity with its unit.
pub fn value(fmt: Fmt, q: Quantity, v: f64) -> String {
    match q {
        Quantity::Tpot | Quantity::Ttft => fmt.duration(v),
        Quantity::Throughput => format!("{}\u{a0}{}", fmt.compact(v), tokens_per_s(fmt.locale)),
    }
}

/// A mode, as files write it.
pub fn mode(key: &str, locale: Locale) -> String {
    let text: Text = match key {
        "serving" => serving,
        "disaggregated" => disaggregated,
        "offline" => offline,
        "decode" => decode,
        "prefill" => prefill,
        "fixed-batch" => fixed_batch,
        "training" => training,
        _ => return key.to_owned(),
    };
    text(locale).to_owned()
}

/// A model id.
pub fn model(id: &str) -> String {
    names::model(&ModelChoice::Catalogue(id.to_owned()))
}

/// A class of the error table.
pub fn class(by: GroupBy, key: &str, locale: Locale) -> String {
    match by {
        GroupBy::Mode => mode(key, locale),
        GroupBy::Hardware => names::hardware(key, locale),
        GroupBy::Engine => names::engine(key).to_owned(),
        GroupBy::Model => model(key),
        GroupBy::Source => key.to_owned(),
    }
}

/// Model and hardware of a row.
pub fn title(m: &Measurement, locale: Locale) -> String {
    format!(
        "{} · {}",
        model(&m.model),
        names::hardware(&m.hardware, locale)
    )
}

/// Engine, version, mode.
pub fn how(m: &Measurement, locale: Locale) -> String {
    let mode_name = m.mode.map_or_else(String::new, |x| mode(x.name(), locale));
    let mut engine = names::engine(&m.engine).to_owned();
    if !m.engine_version.is_empty() {
        engine.push(' ');
        engine.push_str(&m.engine_version);
    }
    format!("{engine} · {mode_name}")
}

/// "1,024 → 1,024 · 64".
pub fn load(m: &Measurement, fmt: Fmt) -> String {
    let number = |x: Option<f64>| x.map_or_else(|| "?".to_owned(), |v| fmt.count(v));
    format!("{} → {}", number(m.input_tokens), number(m.output_tokens))
}

crate::texts! {
    tpot = "TPOT", "TPOT";
    ttft = "TTFT", "TTFT";
    throughput = "Throughput", "单卡吞吐";
    tokens_per_s = "tokens/s per card", "token/s/卡";
    serving = "Serving", "混合部署在线服务";
    disaggregated = "Disaggregated", "PD 分离";
    offline = "Offline", "离线批处理";
    decode = "Decode alone", "仅 decode";
    prefill = "Prefill alone", "仅 prefill";
    fixed_batch = "Fixed batch", "固定批";
    training = "Training", "训练";
}
