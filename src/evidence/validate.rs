//! `validate`: a measurement file in, predictions and an error report out.

use std::fmt::Write as _;

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::export::plain_row;
use crate::model::{BandFactors, Calibration, ModelError, Profile, Quantity};
use crate::scenario::LocalCalibration;

use super::predict::Numbers;
use super::record::{Measurement, ReadError, RowMode, read};
use super::resolve::Resolved;
use super::score::{ErrorSummary, Pair, rank_correlation};

/// What the model says about one row of a measurement file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Prediction {
    /// Line of the file, the header being line 1.
    pub line: u64,
    /// Row id.
    pub id: String,
    /// Mean time to first token.
    pub ttft_ms: Option<f64>,
    /// Mean time per output token.
    pub tpot_ms: Option<f64>,
    /// Throughput per package.
    pub tokens_per_s_per_card: Option<f64>,
    /// Low end of the 80 % band of the throughput (of TPOT where throughput is not predicted).
    pub band_low: Option<f64>,
    /// High end of it.
    pub band_high: Option<f64>,
    /// Left-out published rows behind the band; 0 = a prior.
    pub band_rows: u32,
    /// What was inferred, substituted, or why there is no answer.
    pub note: String,
    /// The row has an answer.
    pub answered: bool,
}

/// Errors of one class and quantity.
#[derive(Clone, Debug, Serialize)]
pub struct ReportLine {
    /// Mode.
    pub mode: &'static str,
    /// Hardware id; empty = all.
    pub hardware: String,
    /// Engine; empty = all.
    pub engine: String,
    /// "ttft", "tpot" or "throughput"; "ttft below saturation" leaves queueing rows out.
    pub quantity: &'static str,
    /// The errors.
    pub errors: ErrorSummary,
}

/// Rank correlation of predicted and measured throughput within one source, mode, model and
/// hardware.
#[derive(Clone, Debug, Serialize)]
pub struct RankLine {
    /// Source.
    pub source: String,
    /// Rows ranked.
    pub rows: usize,
    /// Spearman's coefficient.
    pub correlation: Option<f64>,
}

/// An error report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Rows in the file.
    pub rows: usize,
    /// Rows that got a prediction.
    pub answered: usize,
    /// Rows of quality "ok", the only ones scored.
    pub scored: usize,
    /// Errors by mode, then by mode, hardware and engine.
    pub errors: Vec<ReportLine>,
    /// Rank correlation by source.
    pub ranks: Vec<RankLine>,
    /// Rows without an answer: line and reason.
    pub unanswered: Vec<(u64, String)>,
    /// Every row's prediction, in order.
    #[serde(skip)]
    pub predictions: Vec<Prediction>,
}

fn reason(e: &ModelError) -> String {
    e.to_string()
}

fn class_band(calibration: &Calibration, r: &Resolved, q: Quantity) -> BandFactors {
    calibration.band(r.mode.name(), r.machine.family, q)
}

/// Predicts one row.
pub fn predict_row(
    catalogue: &Catalogue,
    calibration: &Calibration,
    local: LocalCalibration,
    m: &Measurement,
) -> Prediction {
    let mut out = Prediction {
        line: m.line,
        id: m.id.clone(),
        ..Prediction::default()
    };
    let resolved = match Resolved::new(catalogue, m) {
        Ok(r) => r,
        Err(why) => {
            out.note = why;
            return out;
        }
    };
    let profile = calibration.profile(&resolved.engine, resolved.machine.family);
    let n = match resolved.numbers(&profile, local) {
        Ok(n) => n,
        Err(e) => {
            out.note = reason(&e);
            return out;
        }
    };
    let finite = |x: Option<f64>| x.filter(|v| v.is_finite() && *v > 0.0);
    out.ttft_ms = finite(n.ttft_ms);
    out.tpot_ms = finite(n.tpot_ms);
    out.tokens_per_s_per_card = finite(n.tokens_per_s_per_card);
    out.answered = out.tokens_per_s_per_card.is_some() || out.tpot_ms.is_some();
    let (value, quantity) = match out.tokens_per_s_per_card {
        Some(v) => (Some(v), Quantity::Throughput),
        None => (out.tpot_ms, Quantity::Tpot),
    };
    let band = class_band(calibration, &resolved, quantity);
    out.band_low = value.map(|v| v * band.low);
    out.band_high = value.map(|v| v * band.high);
    out.band_rows = band.rows;
    out.note = note(&resolved, &profile, &n, band);
    out
}

fn note(r: &Resolved, profile: &Profile, n: &Numbers, band: BandFactors) -> String {
    let mut out = String::new();
    let mut add = |text: &str| {
        if !out.is_empty() {
            out.push_str("; ");
        }
        out.push_str(text);
    };
    if !r.inferred.is_empty() {
        add(&format!("inferred: {}", r.inferred.join(", ")));
    }
    if profile.substituted {
        add(&format!(
            "engine {} was never measured, answered as {}",
            if r.engine.is_empty() {
                "(none)"
            } else {
                &r.engine
            },
            profile.engine
        ));
    }
    if band.rows == 0 {
        add("hardware family never measured in this mode: prior and wide band");
    }
    if !r.machine.derived.is_empty() {
        add(&format!(
            "unknown and derived: {}",
            r.machine.derived.join(", ")
        ));
    }
    if r.drafts_unrecorded {
        add("speculative decoding not recorded");
    }
    if n.beyond_memory {
        add("our memory estimate says it does not fit; timed with the least cache that would");
    } else if n.memory_bound && r.concurrency.is_some() {
        add("memory limits the batch, the rest waits");
    }
    out
}

/// Reads, predicts and scores a measurement file with the embedded calibration.
///
/// # Errors
/// A file that is no measurement CSV; a bad value spoils its row only.
pub fn validate(text: &str) -> Result<Report, ReadError> {
    let rows = read(text)?;
    Ok(validate_rows(
        &rows,
        Calibration::embedded(),
        LocalCalibration::default(),
    ))
}

/// Predicts and scores rows with a calibration and the user's own factors.
pub fn validate_rows(
    rows: &[Measurement],
    calibration: &Calibration,
    local: LocalCalibration,
) -> Report {
    let catalogue = Catalogue::embedded();
    let predictions: Vec<Prediction> = rows
        .iter()
        .map(|m| predict_row(catalogue, calibration, local, m))
        .collect();
    score(rows, predictions, calibration)
}

/// Mean TTFT beyond this share of the time spent decoding is queueing (saturation).
const SATURATED: f64 = 0.2;

/// A mean TTFT that is not mostly queueing beside `output_tokens` at that TPOT (unknown = no answer).
pub(super) fn below_saturation(ttft_ms: f64, tpot_ms: Option<f64>, output_tokens: f64) -> bool {
    tpot_ms.is_none_or(|t| ttft_ms < SATURATED * output_tokens * t)
}

fn quantities(m: &Measurement, p: &Prediction) -> [(&'static str, Option<f64>, Option<f64>); 4] {
    let positive = |x: Option<f64>| x.filter(|v| *v > 0.0);
    let ttft = positive(m.ttft_ms);
    let output = m.output_tokens.unwrap_or(f64::INFINITY);
    [
        ("tpot", positive(m.tpot_ms), p.tpot_ms),
        (
            "throughput",
            positive(m.tokens_per_s_per_card),
            p.tokens_per_s_per_card,
        ),
        ("ttft", ttft, p.ttft_ms),
        (
            "ttft below saturation",
            ttft.filter(|t| below_saturation(*t, m.tpot_ms, output)),
            p.ttft_ms,
        ),
    ]
}

pub(super) fn family_of(hardware: &str) -> crate::model::Family {
    Catalogue::embedded()
        .accelerator(hardware)
        .map_or(crate::model::Family::Other, |a| {
            crate::model::Family::of(&a.vendor, &a.id)
        })
}

/// Scores predictions made before, one for each row and in their order.
pub fn score(
    rows: &[Measurement],
    predictions: Vec<Prediction>,
    calibration: &Calibration,
) -> Report {
    let scored: Vec<(&Measurement, &Prediction)> = rows
        .iter()
        .zip(&predictions)
        .filter(|(m, _)| m.scored() && m.mode.is_some())
        .collect();
    let mut errors = Vec::new();
    for mode in RowMode::ALL {
        let of_mode: Vec<_> = scored
            .iter()
            .copied()
            .filter(|(m, _)| m.mode == Some(mode))
            .collect();
        lines(&mut errors, mode, "", "", &of_mode, calibration);
        let mut classes: Vec<(&str, &str)> = of_mode
            .iter()
            .map(|(m, _)| (m.hardware.as_str(), m.engine.as_str()))
            .collect();
        classes.sort_unstable();
        classes.dedup();
        for (hardware, engine) in classes {
            let of_class: Vec<_> = of_mode
                .iter()
                .copied()
                .filter(|(m, _)| m.hardware == hardware && m.engine == engine)
                .collect();
            lines(&mut errors, mode, hardware, engine, &of_class, calibration);
        }
    }
    let mut sources: Vec<&str> = scored.iter().map(|(m, _)| m.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let ranks = sources
        .into_iter()
        .map(|source| {
            let pairs: Vec<(f64, f64)> = scored
                .iter()
                .filter(|(m, _)| m.source == source)
                .filter_map(|(m, p)| Some((p.tokens_per_s_per_card?, m.tokens_per_s_per_card?)))
                .collect();
            RankLine {
                source: source.to_owned(),
                rows: pairs.len(),
                correlation: rank_correlation(&pairs),
            }
        })
        .collect();
    Report {
        rows: rows.len(),
        answered: predictions.iter().filter(|p| p.answered).count(),
        scored: scored.len(),
        errors,
        ranks,
        unanswered: predictions
            .iter()
            .filter(|p| !p.answered)
            .map(|p| (p.line, p.note.clone()))
            .collect(),
        predictions,
    }
}

fn lines(
    errors: &mut Vec<ReportLine>,
    mode: RowMode,
    hardware: &str,
    engine: &str,
    rows: &[(&Measurement, &Prediction)],
    calibration: &Calibration,
) {
    for k in 0..4 {
        let mut name = "";
        let pairs: Vec<Pair> = rows
            .iter()
            .filter_map(|(m, p)| {
                let (quantity, measured, predicted) = quantities(m, p)[k];
                name = quantity;
                let measured = measured?;
                let band = calibration.band(
                    mode.name(),
                    family_of(&m.hardware),
                    match quantity {
                        "tpot" => Quantity::Tpot,
                        "throughput" => Quantity::Throughput,
                        _ => Quantity::Ttft,
                    },
                );
                Some(Pair {
                    predicted,
                    measured,
                    in_band: predicted.map(|x| (x * band.low..=x * band.high).contains(&measured)),
                })
            })
            .collect();
        if !pairs.is_empty() {
            errors.push(ReportLine {
                mode: mode.name(),
                hardware: hardware.to_owned(),
                engine: engine.to_owned(),
                quantity: name,
                errors: ErrorSummary::of(&pairs),
            });
        }
    }
}

/// Formats a share as a percentage with one decimal; unknown as a dash.
pub fn percent(x: Option<f64>) -> String {
    x.map_or_else(|| "–".to_owned(), |v| format!("{:.1} %", 100.0 * v))
}

impl Report {
    /// The report as a plain-text table.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{} rows, {} answered, {} scored",
            self.rows, self.answered, self.scored
        );
        let _ = writeln!(
            out,
            "{:<14} {:<14} {:<18} {:<22} {:>5} {:>8} {:>8} {:>8} {:>8} {:>7} {:>8}",
            "mode",
            "hardware",
            "engine",
            "quantity",
            "rows",
            "answered",
            "median",
            "mean",
            "p90",
            "bias",
            "in band"
        );
        for l in &self.errors {
            let e = &l.errors;
            let share = (e.rows > 0).then(|| e.answered as f64 / e.rows as f64);
            let _ = writeln!(
                out,
                "{:<14} {:<14} {:<18} {:<22} {:>5} {:>8} {:>8} {:>8} {:>8} {:>7} {:>8}",
                l.mode,
                if l.hardware.is_empty() {
                    "all"
                } else {
                    &l.hardware
                },
                if l.engine.is_empty() {
                    "all"
                } else {
                    &l.engine
                },
                l.quantity,
                e.rows,
                percent(share),
                percent(e.median),
                percent(e.mean),
                percent(e.p90),
                e.bias.map_or_else(|| "–".to_owned(), |b| format!("{b:.3}")),
                percent(e.in_band),
            );
        }
        for r in &self.ranks {
            let _ = writeln!(
                out,
                "rank correlation, {}: {} ({} rows)",
                if r.source.is_empty() {
                    "(no source)"
                } else {
                    &r.source
                },
                r.correlation
                    .map_or_else(|| "–".to_owned(), |c| format!("{c:.3}")),
                r.rows
            );
        }
        for (line, why) in self.unanswered.iter().take(50) {
            let _ = writeln!(out, "line {line}: no answer: {why}");
        }
        if self.unanswered.len() > 50 {
            let _ = writeln!(out, "… and {} more", self.unanswered.len() - 50);
        }
        out
    }
}

/// Guards a cell against being read as a formula by a spreadsheet.
fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The input with six columns added: every row in order, unanswered ones with empty predictions
/// and the reason as note.
///
/// # Errors
/// A file that is no measurement CSV.
pub fn predictions_csv(input: &str, report: &Report) -> Result<String, ReadError> {
    let fail = |e: csv::Error| ReadError::Csv {
        line: e.position().map_or(1, csv::Position::line),
        reason: e.to_string(),
    };
    let mut reader = csv::ReaderBuilder::new().from_reader(input.as_bytes());
    let mut header = reader.headers().map_err(fail)?.clone();
    for name in [
        "pred_ttft_ms",
        "pred_tpot_ms",
        "pred_tokens_per_s_per_card",
        "band_low",
        "band_high",
        "pred_note",
    ] {
        header.push_field(name);
    }
    let mut out = plain_row(header.iter());
    for (record, p) in reader.records().zip(&report.predictions) {
        let mut record = record.map_err(fail)?;
        let number = |x: Option<f64>| x.map_or_else(String::new, |v| format!("{v:.4}"));
        for x in [
            p.ttft_ms,
            p.tpot_ms,
            p.tokens_per_s_per_card,
            p.band_low,
            p.band_high,
        ] {
            record.push_field(&number(x));
        }
        record.push_field(&cell(&p.note));
        out.push_str(&plain_row(record.iter()));
    }
    Ok(out)
}
