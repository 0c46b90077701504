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

fn cost(rows: &[FitRow], calibration: &Calibration, ln: &[f64; 4]) -> f64 {
    let factors = local(ln);
    let mut sum: f64 = ln.iter().map(|x| (x / SPREAD).powi(2)).sum();
    for row in rows {
        let p = calibration.profile(ENGINES[row.engine], Family::ALL[row.family]);
        let Ok(n) = row.resolved.numbers(&p, factors) else {
            continue;
        };
        for r in residuals(row, &n) {
            if r.is_finite() {
                let a = r.abs();
                sum += row.weight
                    * if a <= HUBER {
                        a * a
                    } else {
                        HUBER * (2.0 * a - HUBER)
                    };
            }
        }
    }
    sum
}

/// Fits the factors by coordinate search (deterministic; steps halve until they are below 0.5 %).
/// `None` when no row can be used.
pub fn fit_local(rows: &[Measurement], calibration: &Calibration) -> Option<LocalCalibration> {
    let catalogue = Catalogue::embedded();
    let kept: Vec<&Measurement> = rows
        .iter()
        .filter(|m| m.scored() && super::resolve::Resolved::new(catalogue, m).is_ok())
        .collect();
    let fit = fit_rows(catalogue, &kept);
    let any = fit.iter().any(|r| r.measured.iter().any(Option::is_some));
    if !any {
        return None;
    }
    let mut at = [0.0; 4];
    let mut best = cost(&fit, calibration, &at);
    let mut step = 0.2;
    while step > 0.005 {
        let mut improved = false;
        for k in 0..4 {
            for direction in [step, -step] {
                let mut next = at;
                next[k] += direction;
                let c = cost(&fit, calibration, &next);
                if c < best {
                    best = c;
                    at = next;
                    improved = true;
                }
            }
        }
        if !improved {
            step *= 0.5;
        }
    }
    Some(local(&at))
}
