//! Errors on rows that the fit never saw, as they ship: what users get on their own cluster.
//!
//! `tfp calibrate` writes them beside the calibration file; the page shows them next to the errors
//! of the fit.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::calibrate::CalibrationRun;

/// Errors by what was left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeftOutSummary {
    /// Rows that were fitted; the calibration of the same run has the same number.
    pub rows: u32,
    /// By what was left out, mode and quantity.
    pub lines: Vec<LeftOutErrors>,
}

/// Errors of one mode and quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOutErrors {
    /// "nothing" (the fit itself), "triple", "pair" or "model".
    pub left_out: String,
    /// Mode, as files write it.
    pub mode: String,
    /// "ttft", "tpot" or "throughput".
    pub quantity: String,
    /// Rows with a measured value.
    pub rows: u32,
    /// Median error.
    pub median: f64,
    /// Mean error.
    pub mean: f64,
    /// 90th percentile of the error.
    pub p90: f64,
    /// Geometric mean of predicted / measured.
    pub bias: f64,
    /// Share of rows in the 80 % band that other rows' errors give, where that was looked at.
    #[serde(default)]
    pub in_band: Option<f64>,
}

impl LeftOutSummary {
    /// The summary that ships; empty if the file is unusable (a test keeps that from happening).
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<LeftOutSummary> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            crate::json::from_str(include_str!("left_out.json")).unwrap_or_default()
        })
    }

    /// What a calibration run came to.
    pub fn of(run: &CalibrationRun) -> Self {
        let four = |x: Option<f64>| (x.unwrap_or_default() * 1e4).round() / 1e4;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let lines = run
            .report
            .iter()
            .filter(|l| l.errors.answered > 0)
            .map(|l| LeftOutErrors {
                left_out: match l.left_out {
                    super::LeftOut::Nothing => "nothing",
                    super::LeftOut::Triple => "triple",
                    super::LeftOut::Pair => "pair",
                    super::LeftOut::Model => "model",
                }
                .into(),
                mode: l.mode.into(),
                quantity: l.quantity.into(),
                rows: count(l.errors.rows),
                median: four(l.errors.median),
                mean: four(l.errors.mean),
                p90: four(l.errors.p90),
                bias: four(l.errors.bias),
                in_band: l.errors.in_band.map(|x| four(Some(x))),
            });
        Self {
            rows: run.calibration.rows,
            lines: lines.collect(),
        }
    }

    /// The file.
    pub fn to_json(&self) -> String {
        // Plain data without maps or non-finite numbers always serialises.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Errors of a quantity with something left out, by mode.
    pub fn of_quantity<'a>(
        &'a self,
        left_out: &'a str,
        quantity: &'a str,
    ) -> impl Iterator<Item = &'a LeftOutErrors> + 'a {
        self.lines
            .iter()
            .filter(move |l| l.left_out == left_out && l.quantity == quantity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Calibration;

    #[test]
    fn what_ships_belongs_to_the_calibration_that_ships() {
        let summary = LeftOutSummary::embedded();
        assert_eq!(
            summary.rows,
            Calibration::embedded().rows,
            "write both again: tfp calibrate FILE.csv"
        );
        for way in ["nothing", "triple", "pair", "model"] {
            assert!(summary.of_quantity(way, "tpot").count() >= 3, "{way}");
        }
        // Rows never seen cannot be predicted better than the fit does its own, all in all.
        let median = |way: &str| {
            let mut lines = summary.of_quantity(way, "tpot");
            lines.find(|l| l.mode == "serving").map(|l| l.median)
        };
        assert!(median("triple") >= median("nothing"));
    }
}
