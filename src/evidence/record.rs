//! Measurements as published: the CSV of the measurement files, read row by row.

use thiserror::Error;

use crate::scenario::NumberFormat;

/// What a measurement measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowMode {
    /// Aggregated, closed loop at fixed concurrency.
    Serving,
    /// Prefill and decode pools, closed loop at fixed concurrency.
    Disaggregated,
    /// Largest throughput, batch free.
    Offline,
    /// Decode alone.
    Decode,
    /// Prefill alone.
    Prefill,
    /// A batch that starts together.
    FixedBatch,
    /// Training.
    Training,
}

impl RowMode {
    /// Every mode.
    pub const ALL: [Self; 7] = [
        Self::Serving,
        Self::Disaggregated,
        Self::Offline,
        Self::Decode,
        Self::Prefill,
        Self::FixedBatch,
        Self::Training,
    ];

    /// Name in the files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::Disaggregated => "disaggregated",
            Self::Offline => "offline",
            Self::Decode => "decode",
            Self::Prefill => "prefill",
            Self::FixedBatch => "fixed-batch",
            Self::Training => "training",
        }
    }
}

/// Parallel degrees as a row states them; `None` = blank.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RowDegrees {
    /// Tensor parallel.
    pub tp: Option<u32>,
    /// Pipeline parallel.
    pub pp: Option<u32>,
    /// Data parallel.
    pub dp: Option<u32>,
    /// Expert parallel.
    pub ep: Option<u32>,
}

/// One published result. Blank = unknown = `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// Line of the file, the header being line 1.
    pub line: u64,
    /// Row id.
    pub id: String,
    /// Where it comes from.
    pub source: String,
    /// Model id.
    pub model: String,
    /// Accelerator id.
    pub hardware: String,
    /// Engine name.
    pub engine: String,
    /// Engine version.
    pub engine_version: String,
    /// Mode; `None` = blank or not a known one.
    pub mode: Option<RowMode>,
    /// Format of dense weights; `None` = blank.
    pub weights: Option<NumberFormat>,
    /// Format of routed experts.
    pub experts: Option<NumberFormat>,
    /// Format of the KV cache.
    pub kv: Option<NumberFormat>,
    /// Prompt tokens of a request (context length, for `decode`).
    pub input_tokens: Option<f64>,
    /// Answer tokens of a request.
    pub output_tokens: Option<f64>,
    /// Requests in flight on all cards.
    pub concurrency: Option<f64>,
    /// Packages in all pools.
    pub cards: Option<f64>,
    /// Degrees of the aggregated instance.
    pub degrees: RowDegrees,
    /// Prefill instances.
    pub prefill_workers: Option<f64>,
    /// Their degrees.
    pub prefill: RowDegrees,
    /// Decode instances.
    pub decode_workers: Option<f64>,
    /// Their degrees.
    pub decode: RowDegrees,
    /// Draft tokens per step; `None` = not recorded.
    pub draft_tokens: Option<f64>,
    /// Mean number accepted.
    pub accepted_drafts: Option<f64>,
    /// "perfect", "default" or blank.
    pub expert_balance: String,
    /// Share of the prompt served from cache.
    pub prefix_hit: Option<f64>,
    /// Mean time to first token.
    pub ttft_ms: Option<f64>,
    /// Mean time per output token.
    pub tpot_ms: Option<f64>,
    /// Throughput per package.
    pub tokens_per_s_per_card: Option<f64>,
    /// "output", "input" or "trained".
    pub token_basis: String,
    /// "ok", "contradicted", "thin"; blank counts as ok.
    pub quality: String,
    /// Where it was published; as written, so not yet fit to be linked to.
    pub url: String,
    /// What to know about the row.
    pub notes: String,
    /// A value that could not be read; such a row is not answered.
    pub unreadable: Option<String>,
}

impl Measurement {
    /// Neither contradicted by a twin nor thin: may be scored and fitted.
    pub fn scored(&self) -> bool {
        self.quality.is_empty() || self.quality == "ok"
    }

    /// The address of the source where it is one: a file may hold anything.
    pub fn link(&self) -> Option<&str> {
        let first = self.url.split_whitespace().next()?;
        first.starts_with("https://").then_some(first)
    }
}

/// Why a measurement file cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Not a CSV.
    #[error("line {line}: {reason}")]
    Csv {
        /// Line of the file, the header being line 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// A column that no answer can do without is missing.
    #[error(
        "line 1: the column `{0}` is missing; the header must name at least model, hardware, engine and mode"
    )]
    MissingColumn(&'static str),
    /// Nothing but a header.
    #[error("the file has no rows; the first line is the header, every other line one measurement")]
    Empty,
}

/// A number format as measurement files write it: "fp8", "nvfp4", "w8a8", "moe-w4a8+attn-w8a8c8".
/// Returns dense and expert format.
pub fn parse_precision(text: &str) -> Option<(NumberFormat, NumberFormat)> {
    use NumberFormat as F;
    let t = text.trim().to_ascii_lowercase();
    let one = |t: &str| {
        let has = |s: &str| t.contains(s);
        if has("w4a8") || has("w4a16") || has("int4") || has("awq") || has("gptq") {
            Some(F::Int4)
        } else if has("fp4") {
            Some(F::Fp4)
        } else if has("w8a8") || has("int8") || has("w8a16") {
            Some(F::Int8)
        } else if has("fp8") {
            Some(F::Fp8)
        } else if has("bf16") {
            Some(F::Bf16)
        } else if has("fp16") || has("float16") {
            Some(F::Fp16)
        } else {
            None
        }
    };
    if let Some((a, b)) = t.split_once('+') {
        let (moe, rest) = if a.contains("moe") { (a, b) } else { (b, a) };
        return Some((one(rest)?, one(moe)?));
    }
    one(&t).map(|f| (f, f))
}

/// Reads a measurement file. A value that cannot be read spoils its row only.
///
/// # Errors
/// No header with the least columns, rows of another width, text that is not UTF-8.
pub fn read(text: &str) -> Result<Vec<Measurement>, ReadError> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let fail = |e: csv::Error| ReadError::Csv {
        line: e.position().map_or(1, csv::Position::line),
        reason: match e.kind() {
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => format!("the row has {len} fields, the header {expected_len}"),
            _ => e.to_string(),
        },
    };
    let header = reader.headers().map_err(fail)?.clone();
    let column = |name: &str| {
        header
            .iter()
            .position(|h| h.trim().trim_start_matches('\u{feff}') == name)
    };
    for name in ["model", "hardware", "engine", "mode"] {
        if column(name).is_none() {
            return Err(ReadError::MissingColumn(name));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(fail)?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push(row(&record, line, &column));
    }
    if rows.is_empty() {
        return Err(ReadError::Empty);
    }
    Ok(rows)
}

fn row(
    record: &csv::StringRecord,
    line: u64,
    column: &dyn Fn(&str) -> Option<usize>,
) -> Measurement {
    let text = |name: &str| {
        column(name)
            .and_then(|i| record.get(i))
            .unwrap_or("")
            .trim()
    };
    let mut unreadable: Option<String> = None;
    let mut spoil = |what: String| {
        if unreadable.is_none() {
            unreadable = Some(what);
        }
    };
    let mut number = |name: &str, least: f64, most: f64| {
        let t = text(name);
        if t.is_empty() {
            return None;
        }
        match crate::decimal::parse(t) {
            Some(v) if v.is_finite() && (least..=most).contains(&v) => Some(v),
            _ => {
                spoil(format!(
                    "line {line}: {name} is `{t}`, expected a number from {least} to {most}"
                ));
                None
            }
        }
    };
    let input_tokens = number("input_tokens", 1.0, 1e8);
    let output_tokens = number("output_tokens", 1.0, 1e8);
    let concurrency = number("concurrency", 1e-6, 1e9);
    let cards = number("cards", 1e-6, 1e7);
    let prefill_workers = number("prefill_workers", 0.0, 1e6);
    let decode_workers = number("decode_workers", 0.0, 1e6);
    let draft_tokens = number("draft_tokens", 0.0, 64.0);
    let accepted_drafts = number("accepted_drafts", 0.0, 64.0);
    let prefix_hit = number("prefix_hit", 0.0, 1.0);
    let ttft_ms = number("ttft_ms", 0.0, 1e9);
    let tpot_ms = number("tpot_ms", 0.0, 1e9);
    let tokens_per_s_per_card = number("tokens_per_s_per_card", 0.0, 1e9);
    let mut degrees = |prefix: &str| {
        let mut one = |n: &str| number(&format!("{prefix}{n}"), 1.0, 1e6).map(|v| v as u32);
        RowDegrees {
            tp: one("tp"),
            pp: one("pp"),
            dp: one("dp"),
            ep: one("ep"),
        }
    };
    let (aggregated, prefill, decode) = (degrees(""), degrees("prefill_"), degrees("decode_"));
    let mode_text = text("mode");
    let mode = RowMode::ALL.into_iter().find(|m| m.name() == mode_text);
    if mode.is_none() {
        spoil(format!(
            "line {line}: mode is `{mode_text}`, expected serving, disaggregated, offline, decode, prefill, fixed-batch or training"
        ));
    }
    let mut format = |name: &str| {
        let t = text(name);
        if t.is_empty() {
            return None;
        }
        let f = parse_precision(t);
        if f.is_none() {
            spoil(format!(
                "line {line}: {name} is `{t}`, expected fp4, int4, fp8, int8, bf16 or fp16"
            ));
        }
        f
    };
    let weights = format("weight_precision");
    let experts = format("moe_precision")
        .map(|f| f.0)
        .or(weights.map(|w| w.1));
    let kv = format("kv_precision").map(|f| f.0);
    Measurement {
        line,
        id: text("id").to_owned(),
        source: text("source").to_owned(),
        model: text("model").to_owned(),
        hardware: text("hardware").to_owned(),
        engine: text("engine").to_owned(),
        engine_version: text("engine_version").to_owned(),
        mode,
        weights: weights.map(|w| w.0),
        experts,
        kv,
        input_tokens,
        output_tokens,
        concurrency,
        cards,
        degrees: aggregated,
        prefill_workers,
        prefill,
        decode_workers,
        decode,
        draft_tokens,
        accepted_drafts,
        expert_balance: text("expert_balance").to_owned(),
        prefix_hit,
        ttft_ms,
        tpot_ms,
        tokens_per_s_per_card,
        token_basis: text("token_basis").to_owned(),
        quality: text("quality").to_owned(),
        url: text("url").to_owned(),
        notes: text("notes").to_owned(),
        unreadable,
    }
}
