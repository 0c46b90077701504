//! Calibration as a command: from a measurement file to the calibration file, and what it would
//! say about rows it had not seen.

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::model::{Calibration, ENGINES, Family};
use crate::scenario::LocalCalibration;

use super::bands::{QUANTITIES, bands, inside_unseen_bands};
use super::fit::{FitRow, Layout, Problem, fit_rows};
use super::record::{Measurement, RowMode};
use super::score::{ErrorSummary, Pair};

/// Iterations of the fit; it stops earlier when nothing improves.
const ITERATIONS: usize = 40;

/// Fits per way of leaving out: a twelfth of the triples, pairs or models is unseen in each.
const FOLDS: usize = 12;

/// What is left out together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// Nothing: the errors of the fit itself.
    Nothing,
    /// All rows of one (model, hardware, engine).
    Triple,
    /// All rows of one (hardware, engine).
    Pair,
    /// All rows of one model.
    Model,
}

impl LeftOut {
    /// Every way, the fit first.
    pub const ALL: [Self; 4] = [Self::Nothing, Self::Triple, Self::Pair, Self::Model];

    /// For a table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "fit",
            Self::Triple => "triple left out",
            Self::Pair => "hardware x engine left out",
            Self::Model => "model left out",
        }
    }

    fn key(self, m: &Measurement) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Triple => format!("{}|{}|{}", m.model, m.hardware, m.engine),
            Self::Pair => format!("{}|{}", m.hardware, m.engine),
            Self::Model => m.model.clone(),
        }
    }
}

/// One line of the leave-out report.
#[derive(Clone, Debug, Serialize)]
pub struct LeaveOutLine {
    /// What was left out.
    pub left_out: LeftOut,
    /// Mode.
    pub mode: &'static str,
    /// "ttft", "tpot" or "throughput".
    pub quantity: &'static str,
    /// Errors on the rows left out.
    pub errors: ErrorSummary,
}

/// A calibration with its errors.
#[derive(Clone, Debug)]
pub struct CalibrationRun {
    /// What was fitted, bands included.
    pub calibration: Calibration,
    /// Errors by what was left out, mode and quantity.
    pub report: Vec<LeaveOutLine>,
    /// Predictions (TTFT ms, TPOT ms, tokens/s/card) by row id: of the fit, and with the row's
    /// triple left out.
    #[allow(
        clippy::type_complexity,
        reason = "id, fitted, left out: named right above"
    )]
    pub predictions: Vec<(String, [Option<f64>; 3], [Option<f64>; 3])>,
}

fn predict(row: &FitRow, c: &Calibration) -> [Option<f64>; 3] {
    let p = c.profile(ENGINES[row.engine], Family::ALL[row.family]);
    match row.resolved.numbers(&p, LocalCalibration::default()) {
        Ok(n) => [n.ttft_ms, n.tpot_ms, n.tokens_per_s_per_card],
        Err(_) => [None; 3],
    }
}

/// Fits the calibration to the rows of quality "ok" whose model and hardware the catalogue knows.
/// Starts from the priors, so that the same rows always give the same result.
pub fn calibrate(rows: &[Measurement]) -> CalibrationRun {
    let catalogue = Catalogue::embedded();
    let kept: Vec<&Measurement> = rows.iter().filter(|m| usable(catalogue, m)).collect();
    let fit = fit_rows(catalogue, &kept);
    let layout = Layout::new(&fit);
    let problem = Problem {
        rows: &fit,
        layout: &layout,
    };
    let theta = problem.minimise(ITERATIONS);
    let mut calibration = layout.calibration(&theta);
    calibration.rows = u32::try_from(fit.len()).unwrap_or(u32::MAX);
    calibration.hardware = kept.iter().map(|m| m.hardware.clone()).collect();
    calibration.hardware.sort_unstable();
    calibration.hardware.dedup();

    let mut report = Vec::new();
    let mut fitted = Vec::new();
    let mut left = Vec::new();
    for way in LeftOut::ALL {
        if way == LeftOut::Nothing {
            fitted = fit.iter().map(|r| predict(r, &calibration)).collect();
            summarise(&mut report, way, &fit, &fitted, None);
            continue;
        }
        let (predictions, folds) = refit(&kept, way);
        if way == LeftOut::Triple {
            let inside = inside_unseen_bands(&fit, &predictions, &folds, FOLDS);
            summarise(&mut report, way, &fit, &predictions, Some(&inside));
            calibration.bands = bands(&fit, &predictions, &|_| true);
            left = predictions;
        } else {
            summarise(&mut report, way, &fit, &predictions, None);
        }
    }
    let predictions = kept
        .iter()
        .zip(fitted.into_iter().zip(left))
        .map(|(m, (a, b))| (m.id.clone(), a, b))
        .collect();
    CalibrationRun {
        calibration,
        report,
        predictions,
    }
}

/// `job(0)` to `job(count − 1)` on as many threads as there are cores; the order of what comes back is
/// not that of the jobs.
fn on_all_cores<T: Send>(count: usize, job: &(impl Fn(usize) -> T + Sync)) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores == 1 {
        return (0..count).map(job).collect();
    }
    std::thread::scope(|s| {
        let threads: Vec<_> = (0..cores)
            .map(|core| s.spawn(move || (core..count).step_by(cores).map(job).collect::<Vec<T>>()))
            .collect();
        let done = threads.into_iter().map(|t| t.join());
        done.flat_map(|part| part.unwrap_or_else(|cause| std::panic::resume_unwind(cause)))
            .collect()
    })
}

/// Predictions (TTFT ms, TPOT ms, tokens/s/card) of rows by fits that never saw what is left out
/// with them: as many fits as [`FOLDS`], each without its share of the triples, pairs or models; and
/// the fold in which each row was left out.
fn refit(kept: &[&Measurement], way: LeftOut) -> (Vec<[Option<f64>; 3]>, Vec<usize>) {
    let catalogue = Catalogue::embedded();
    let each: Vec<String> = kept.iter().map(|m| way.key(m)).collect();
    let mut keys = each.clone();
    keys.sort();
    keys.dedup();
    let folds = FOLDS.clamp(1, keys.len().max(1));
    let fold_of: Vec<usize> = each
        .iter()
        .map(|key| keys.binary_search(key).unwrap_or(0) % folds)
        .collect();
    let all = fit_rows(catalogue, kept);
    // What the fit without a fold says of the rows in it.
    let unseen = |fold: usize| {
        let seen: Vec<&Measurement> = kept
            .iter()
            .zip(&fold_of)
            .filter(|(_, f)| **f != fold)
            .map(|(m, _)| *m)
            .collect();
        let fit = fit_rows(catalogue, &seen);
        let layout = Layout::new(&fit);
        let problem = Problem {
            rows: &fit,
            layout: &layout,
        };
        // From the priors, like the whole fit: a start there would leak what is left out.
        let c = layout.calibration(&problem.minimise(ITERATIONS));
        let rows = all.iter().zip(&fold_of).enumerate();
        rows.filter(|(_, (_, f))| **f == fold)
            .map(|(i, (row, _))| (i, predict(row, &c)))
            .collect::<Vec<_>>()
    };
    let mut out: Vec<[Option<f64>; 3]> = vec![[None; 3]; kept.len()];
    for (i, prediction) in on_all_cores(folds, &unseen).into_iter().flatten() {
        out[i] = prediction;
    }
    (out, fold_of)
}

fn usable(catalogue: &Catalogue, m: &Measurement) -> bool {
    m.scored() && super::resolve::Resolved::new(catalogue, m).is_ok()
}

fn summarise(
    report: &mut Vec<LeaveOutLine>,
    left_out: LeftOut,
    fit: &[FitRow],
    predictions: &[[Option<f64>; 3]],
    inside: Option<&[[Option<bool>; 3]]>,
) {
    for mode in RowMode::ALL {
        for (q, quantity) in QUANTITIES.into_iter().enumerate() {
            let pairs: Vec<Pair> = fit
                .iter()
                .zip(predictions)
                .enumerate()
                .filter(|(_, (r, _))| r.resolved.mode == mode)
                .filter_map(|(i, (r, p))| {
                    r.measured[q].map(|measured| Pair {
                        predicted: p[q],
                        measured,
                        in_band: inside.and_then(|b| b[i][q]),
                    })
                })
                .collect();
            if !pairs.is_empty() {
                let errors = ErrorSummary::of(&pairs);
                report.push(LeaveOutLine {
                    left_out,
                    mode: mode.name(),
                    quantity: quantity.name(),
                    errors,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::read;
    use crate::model::SPECS;

    /// Rows made by the model itself with other parameters: the refits that never saw a fold
    /// predict it, and do so better than the priors.
    #[test]
    fn refits_recover_what_made_the_rows() {
        let mut rows: Vec<Measurement> = read(include_str!("../../public/measured.csv"))
            .unwrap()
            .into_iter()
            .filter(|m| m.scored() && m.mode == Some(RowMode::Serving))
            .filter(|m| m.model.starts_with("llama"))
            .step_by(6)
            .collect();
        let mut truth = Calibration::default();
        for (i, s) in SPECS.iter().enumerate() {
            if matches!(s.name, "memory_weights" | "compute_8" | "launch_dense_us") {
                truth.base[i] = if s.name == "launch_dense_us" {
                    0.6
                } else {
                    -0.25
                };
            }
        }
        let catalogue = Catalogue::embedded();
        let made: Vec<[Option<f64>; 3]> = {
            let kept: Vec<&Measurement> = rows.iter().collect();
            let all = fit_rows(catalogue, &kept);
            assert_eq!(all.len(), rows.len());
            all.iter().map(|r| predict(r, &truth)).collect()
        };
        for (m, n) in rows.iter_mut().zip(&made) {
            (m.ttft_ms, m.tpot_ms, m.tokens_per_s_per_card) = (n[0], n[1], n[2]);
        }
        let prior = Calibration::default();
        let error = |predictions: &[[Option<f64>; 3]]| {
            let all = predictions.iter().zip(&made);
            let sum: f64 = all
                .map(|(p, m)| (p[1].unwrap() / m[1].unwrap()).ln().abs())
                .sum();
            sum / made.len() as f64
        };
        let kept: Vec<&Measurement> = rows.iter().collect();
        let (left, _) = refit(&kept, LeftOut::Triple);
        let before: Vec<[Option<f64>; 3]> = fit_rows(catalogue, &kept)
            .iter()
            .map(|r| predict(r, &prior))
            .collect();
        let (a, b) = (error(&left), error(&before));
        assert!(a < 0.05 && a < 0.5 * b, "left out {a}, priors {b}");
    }
}
