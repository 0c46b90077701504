//! Predicted beside measured, value by value: what the scatter, the error table and the row table
//! are made of. Filters and classes are columns of the measurement file.

use crate::model::{BandFactors, Calibration, Quantity};

use super::record::Measurement;
use super::score::{ErrorSummary, Pair, quantile, rank_correlation};
use super::validate::{Prediction, family_of};

/// Rows wanted; an empty text or `None` lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Mode, as files write it.
    pub mode: String,
    /// Accelerator id.
    pub hardware: String,
    /// Engine name.
    pub engine: String,
    /// Model id.
    pub model: String,
    /// Source.
    pub source: String,
    /// Only rows that are scored (true), or only those that are not (false).
    pub scored: Option<bool>,
}

impl Filter {
    /// Whether a row is wanted.
    pub fn admits(&self, m: &Measurement) -> bool {
        let same = |wanted: &str, has: &str| wanted.is_empty() || wanted == has;
        same(&self.mode, m.mode.map_or("", |mode| mode.name()))
            && same(&self.hardware, &m.hardware)
            && same(&self.engine, &m.engine)
            && same(&self.model, &m.model)
            && same(&self.source, &m.source)
            && self.scored.is_none_or(|wanted| wanted == m.scored())
    }
}

/// The different values of a column and how many rows have each, most rows first.
pub fn facets<'a>(
    rows: &'a [Measurement],
    column: impl Fn(&'a Measurement) -> &'a str,
) -> Vec<(String, usize)> {
    let mut all: Vec<&str> = rows.iter().map(column).filter(|t| !t.is_empty()).collect();
    all.sort_unstable();
    let mut out: Vec<(String, usize)> = Vec::new();
    for text in all {
        match out.last_mut() {
            Some((last, count)) if last == text => *count += 1,
            _ => out.push((text.to_owned(), 1)),
        }
    }
    out.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    out
}

/// A measured value and what the model says of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Index of the row.
    pub row: usize,
    /// Measured: ms, or tokens per second and card.
    pub measured: f64,
    /// Predicted.
    pub predicted: f64,
    /// The 80 % band of its class, as factors on the prediction.
    pub band: BandFactors,
    /// The row is neither contradicted nor thin, so it counts in the errors.
    pub scored: bool,
}

impl Point {
    /// predicted / measured − 1.
    pub fn error(&self) -> f64 {
        self.predicted / self.measured - 1.0
    }

    /// The measured value lies inside the band of the prediction.
    pub fn in_band(&self) -> bool {
        (self.predicted * self.band.low..=self.predicted * self.band.high).contains(&self.measured)
    }
}

/// What a row measured, where it is above zero.
pub fn measured(m: &Measurement, quantity: Quantity) -> Option<f64> {
    match quantity {
        Quantity::Ttft => m.ttft_ms,
        Quantity::Tpot => m.tpot_ms,
        Quantity::Throughput => m.tokens_per_s_per_card,
    }
    .filter(|v| v.is_finite() && *v > 0.0)
}

/// What the model says.
pub fn predicted(p: &Prediction, quantity: Quantity) -> Option<f64> {
    match quantity {
        Quantity::Ttft => p.ttft_ms,
        Quantity::Tpot => p.tpot_ms,
        Quantity::Throughput => p.tokens_per_s_per_card,
    }
}

/// The points of a quantity among the rows that a filter admits; rows not predicted yet are left
/// out (predictions may be fewer than rows).
pub fn points(
    rows: &[Measurement],
    predictions: &[Prediction],
    filter: &Filter,
    quantity: Quantity,
    calibration: &Calibration,
) -> Vec<Point> {
    rows.iter()
        .zip(predictions)
        .enumerate()
        .filter(|(_, (m, _))| filter.admits(m))
        .filter_map(|(row, (m, p))| {
            let band = calibration.band(m.mode?.name(), family_of(&m.hardware), quantity);
            Some(Point {
                row,
                measured: measured(m, quantity)?,
                predicted: predicted(p, quantity)?,
                band,
                scored: m.scored(),
            })
        })
        .collect()
}

/// 10th and 90th percentile of predicted / measured: the band that four of five points lie in.
pub fn ratio_band(points: &[Point]) -> Option<(f64, f64)> {
    let mut ratios: Vec<f64> = points
        .iter()
        .filter(|p| p.scored)
        .map(|p| p.predicted / p.measured)
        .collect();
    ratios.sort_by(f64::total_cmp);
    Some((quantile(&ratios, 0.1)?, quantile(&ratios, 0.9)?))
}

/// What rows of a class share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupBy {
    /// The way of serving.
    #[default]
    Mode,
    /// The accelerator.
    Hardware,
    /// The engine.
    Engine,
    /// The model.
    Model,
    /// The source.
    Source,
}

impl GroupBy {
    fn key(self, m: &Measurement) -> &str {
        match self {
            Self::Mode => m.mode.map_or("", |mode| mode.name()),
            Self::Hardware => &m.hardware,
            Self::Engine => &m.engine,
            Self::Model => &m.model,
            Self::Source => &m.source,
        }
    }
}

/// Errors of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassErrors {
    /// The value shared; empty = all rows.
    pub class: String,
    /// The errors.
    pub errors: ErrorSummary,
    /// Rank correlation of predicted and measured.
    pub rank: Option<f64>,
}

/// Errors of all rows that a filter admits, then class by class, largest class first. Rows that are
/// contradicted or thin do not count; rows not predicted yet are left out.
pub fn class_errors(
    rows: &[Measurement],
    predictions: &[Prediction],
    filter: &Filter,
    quantity: Quantity,
    calibration: &Calibration,
    by: GroupBy,
) -> Vec<ClassErrors> {
    let mut all: Vec<(&str, Pair)> = rows
        .iter()
        .zip(predictions)
        .filter(|(m, _)| m.scored() && filter.admits(m))
        .filter_map(|(m, p)| {
            let measured = measured(m, quantity)?;
            let predicted = predicted(p, quantity);
            let band = calibration.band(m.mode?.name(), family_of(&m.hardware), quantity);
            let in_band = predicted.map(|x| (x * band.low..=x * band.high).contains(&measured));
            Some((
                by.key(m),
                Pair {
                    predicted,
                    measured,
                    in_band,
                },
            ))
        })
        .collect();
    if all.is_empty() {
        return Vec::new();
    }
    let summary = |class: &str, part: &[(&str, Pair)]| {
        let pairs: Vec<Pair> = part.iter().map(|(_, pair)| *pair).collect();
        let both: Vec<(f64, f64)> = pairs
            .iter()
            .filter_map(|p| Some((p.predicted?, p.measured)))
            .collect();
        ClassErrors {
            class: class.to_owned(),
            errors: ErrorSummary::of(&pairs),
            rank: rank_correlation(&both),
        }
    };
    let mut out = vec![summary("", &all)];
    all.sort_by(|a, b| a.0.cmp(b.0));
    let mut classes: Vec<ClassErrors> = all
        .chunk_by(|a, b| a.0 == b.0)
        .map(|part| summary(part.first().map_or("", |p| p.0), part))
        .collect();
    classes.sort_by_key(|c| std::cmp::Reverse(c.errors.rows));
    out.append(&mut classes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::record::RowMode;

    fn row(hardware: &str, measured: f64, quality: &str) -> Measurement {
        Measurement {
            hardware: hardware.into(),
            mode: Some(RowMode::Serving),
            tpot_ms: Some(measured),
            quality: quality.into(),
            ..Measurement::default()
        }
    }

    fn said(tpot: f64) -> Prediction {
        Prediction {
            tpot_ms: Some(tpot),
            answered: true,
            ..Prediction::default()
        }
    }

    fn sample() -> (Vec<Measurement>, Vec<Prediction>) {
        let rows = vec![
            row("h200-sxm", 10.0, "ok"),
            row("h200-sxm", 20.0, ""),
            row("ascend-910c", 40.0, "ok"),
            row("ascend-910c", 1.0, "contradicted"),
        ];
        let predictions = [11.0, 18.0, 40.0, 40.0].map(said).to_vec();
        (rows, predictions)
    }

    #[test]
    fn contradicted_rows_are_shown_and_not_scored() {
        let (rows, predictions) = sample();
        let c = Calibration::embedded();
        let all = points(&rows, &predictions, &Filter::default(), Quantity::Tpot, c);
        assert_eq!(all.len(), 4);
        assert_eq!(all.iter().filter(|p| p.scored).count(), 3);
        let errors = class_errors(
            &rows,
            &predictions,
            &Filter::default(),
            Quantity::Tpot,
            c,
            GroupBy::Hardware,
        );
        let names: Vec<(&str, usize)> = errors
            .iter()
            .map(|e| (e.class.as_str(), e.errors.rows))
            .collect();
        assert_eq!(names, [("", 3), ("h200-sxm", 2), ("ascend-910c", 1)]);
        let median = errors[0].errors.median.unwrap();
        assert!((median - 0.1).abs() < 1e-12, "{median}");
        assert_eq!(errors[0].rank, Some(1.0));
    }

    #[test]
    fn a_filter_names_columns_and_rows_not_predicted_yet_are_left_out() {
        let (rows, predictions) = sample();
        let c = Calibration::embedded();
        let filter = Filter {
            hardware: "ascend-910c".into(),
            scored: Some(true),
            ..Filter::default()
        };
        let some = points(&rows, &predictions, &filter, Quantity::Tpot, c);
        assert_eq!(some.len(), 1);
        assert_eq!(some[0].row, 2);
        assert_eq!(some[0].error(), 0.0);
        assert!(some[0].in_band());
        let none = points(&rows, &predictions[..2], &filter, Quantity::Tpot, c);
        assert!(none.is_empty());
        // No throughput was measured.
        assert!(points(&rows, &predictions, &filter, Quantity::Throughput, c).is_empty());
    }

    #[test]
    fn the_band_holds_four_of_five() {
        let band = |p: f64| Point {
            row: 0,
            measured: 1.0,
            predicted: p,
            band: BandFactors {
                low: 0.5,
                high: 2.0,
                rows: 0,
            },
            scored: true,
        };
        let all: Vec<Point> = (0..=10).map(|i| band(f64::from(i) + 1.0)).collect();
        assert_eq!(ratio_band(&all), Some((2.0, 10.0)));
        assert_eq!(ratio_band(&[]), None);
    }

    #[test]
    fn facets_count_and_order() {
        let (rows, _) = sample();
        assert_eq!(
            facets(&rows, |m| m.hardware.as_str()),
            [("ascend-910c".to_owned(), 2), ("h200-sxm".to_owned(), 2)]
        );
    }
}
