//! "Calibrate to my cluster": four factors on the published calibration, fitted to own rows.

use crate::catalogue::Catalogue;
use crate::model::{Calibration, ENGINES, Family};
use crate::scenario::LocalCalibration;

use super::fit::{FitRow, fit_rows, residuals};
use super::record::Measurement;

/// Standard deviation of ln(factor) before own rows are seen: own clusters are rarely more than
/// about 20 % off in one kind of work.
const SPREAD: f64 = 0.2;

/// Bounds of a factor.
const BOUNDS: (f64, f64) = (0.4, 2.5);

/// Cost of a row beyond which it pulls no harder (Huber), in sigmas.
const HUBER: f64 = 2.0;

fn local(ln: &[f64; 4]) -> LocalCalibration {
    let f = |x: f64| x.exp().clamp(BOUNDS.0, BOUNDS.1);
    LocalCalibration {
        compute: f(ln[0]),
        memory: f(ln[1]),
        communication: f(ln[2]),
        overhead: f(ln[3]),
    }
}

/// Three decimals: finer than any measurement, and short in a link.
fn rounded(factors: LocalCalibration) -> LocalCalibration {
    let r = |x: f64| (x * 1e3).round() / 1e3;
    LocalCalibration {
        compute: r(factors.compute),
        memory: r(factors.memory),
        communication: r(factors.communication),
        overhead: r(factors.overhead),
    }
}

/// What one row adds to the cost of a set of factors.
fn row_cost(row: &FitRow, calibration: &Calibration, factors: LocalCalibration) -> f64 {
    let p = calibration.profile(ENGINES[row.engine], Family::ALL[row.family]);
    let Ok(n) = row.resolved.numbers(&p, factors) else {
        return 0.0;
    };
    let residuals = residuals(row, &n);
    let of = |r: &f64| {
        let a = r.abs();
        row.weight
            * if a <= HUBER {
                a * a
            } else {
                HUBER * (2.0 * a - HUBER)
            }
    };
    residuals.iter().filter(|r| r.is_finite()).map(of).sum()
}

fn prior_cost(ln: &[f64; 4]) -> f64 {
    ln.iter().map(|x| (x / SPREAD).powi(2)).sum()
}

/// The four factors, in ln, and the eight neighbours that a round tries: each factor up and down.
const TRIES: usize = 8;

/// First step of the search, in ln.
const FIRST_STEP: f64 = 0.2;

/// The search ends when its steps are below this.
const LAST_STEP: f64 = 0.005;

/// The fit as a search that can be advanced a few rows at a time, so that a page stays alive.
/// Coordinate search: deterministic, steps halve until they are below 0.5 %.
pub struct LocalFit {
    rows: Vec<FitRow<'static>>,
    calibration: &'static Calibration,
    at: [f64; 4],
    best: Option<f64>,
    step: f64,
    /// Which neighbour is being tried.
    attempt: usize,
    improved: bool,
    /// Cost so far of the neighbour being tried, and the next row.
    running: f64,
    row: usize,
}

impl LocalFit {
    /// Begins a fit to the rows that can be scored. `None` when no row can be used.
    pub fn new(rows: &[Measurement], calibration: &'static Calibration) -> Option<Self> {
        let catalogue = Catalogue::embedded();
        let kept: Vec<&Measurement> = rows
            .iter()
            .filter(|m| m.scored() && super::resolve::Resolved::new(catalogue, m).is_ok())
            .collect();
        let rows = fit_rows(catalogue, &kept);
        let any = rows.iter().any(|r| r.measured.iter().any(Option::is_some));
        any.then_some(Self {
            rows,
            calibration,
            at: [0.0; 4],
            best: None,
            step: FIRST_STEP,
            attempt: 0,
            improved: false,
            running: 0.0,
            row: 0,
        })
    }

    /// Rows that are fitted.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Roughly how far the search is, 0..1: steps halve from the first to the last.
    pub fn progress(&self) -> f64 {
        let halvings = (FIRST_STEP / LAST_STEP).log2();
        let done = (FIRST_STEP / self.step).log2() + self.attempt as f64 / TRIES as f64;
        (done / (halvings + 1.0)).clamp(0.0, 1.0)
    }

    /// The point being tried: the best so far, at first, then its neighbours.
    fn candidate(&self) -> [f64; 4] {
        let mut next = self.at;
        if self.best.is_some() {
            let up = self.attempt.is_multiple_of(2);
            if let Some(x) = next.get_mut(self.attempt / 2) {
                *x += if up { self.step } else { -self.step };
            }
        }
        next
    }

    /// Times one more row. `Some` once the search is over.
    pub fn advance(&mut self) -> Option<LocalCalibration> {
        if self.step <= LAST_STEP {
            return Some(rounded(local(&self.at)));
        }
        let candidate = self.candidate();
        if let Some(row) = self.rows.get(self.row) {
            self.running += row_cost(row, self.calibration, local(&candidate));
            self.row += 1;
            return None;
        }
        let cost = self.running + prior_cost(&candidate);
        self.running = 0.0;
        self.row = 0;
        match self.best {
            None => self.best = Some(cost),
            Some(best) => {
                if cost < best {
                    self.best = Some(cost);
                    self.at = candidate;
                    self.improved = true;
                }
                self.attempt += 1;
                if self.attempt == TRIES {
                    self.attempt = 0;
                    if !std::mem::take(&mut self.improved) {
                        self.step *= 0.5;
                    }
                }
            }
        }
        None
    }
}

/// Fits the factors in one go. `None` when no row can be used.
pub fn fit_local(
    rows: &[Measurement],
    calibration: &'static Calibration,
) -> Option<LocalCalibration> {
    let mut fit = LocalFit::new(rows, calibration)?;
    loop {
        if let Some(found) = fit.advance() {
            return Some(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{read, validate_rows};

    /// Published decode rows whose times are all a given factor off.
    fn shifted(factor: f64) -> Vec<Measurement> {
        let mut rows = read(include_str!("../../public/measured.csv")).unwrap();
        rows.retain(|m| m.hardware == "h200-sxm" && m.mode.is_some_and(|x| x.name() == "serving"));
        rows.truncate(40);
        let told = validate_rows(&rows, Calibration::embedded(), LocalCalibration::default());
        for (m, p) in rows.iter_mut().zip(&told.predictions) {
            m.tpot_ms = p.tpot_ms.map(|t| t * factor);
            m.ttft_ms = None;
            m.tokens_per_s_per_card = None;
            m.quality = "ok".into();
        }
        rows
    }

    #[test]
    fn a_slower_cluster_gives_factors_above_one() {
        let rows = shifted(1.3);
        let found = fit_local(&rows, Calibration::embedded()).unwrap();
        let error = |local| {
            let report = validate_rows(&rows, Calibration::embedded(), local);
            let line = report.errors.iter().find(|l| l.quantity == "tpot");
            line.and_then(|l| l.errors.median).unwrap()
        };
        assert!((error(LocalCalibration::default()) - (1.0 - 1.0 / 1.3)).abs() < 1e-6);
        assert!(error(found) < 0.1, "{found:?}: {}", error(found));
        let LocalCalibration {
            compute, memory, ..
        } = found;
        assert!(compute.max(memory) > 1.05, "{found:?}");
    }

    #[test]
    fn rows_that_fit_already_change_nothing_much() {
        let found = fit_local(&shifted(1.0), Calibration::embedded()).unwrap();
        let LocalCalibration {
            compute,
            memory,
            communication,
            overhead,
        } = found;
        for x in [compute, memory, communication, overhead] {
            assert!((x - 1.0).abs() < 0.01, "{found:?}");
        }
    }

    #[test]
    fn without_usable_rows_there_is_no_fit() {
        assert_eq!(fit_local(&[], Calibration::embedded()), None);
        let unknown = Measurement {
            model: "nobody-knows".into(),
            ..Measurement::default()
        };
        assert_eq!(fit_local(&[unknown], Calibration::embedded()), None);
    }
}
