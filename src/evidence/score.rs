//! Errors of predictions: coverage, median, mean, 90th percentile, bias, rank correlation.

use serde::Serialize;

/// Errors of a class of rows. Error of a row = |predicted / measured − 1|.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorSummary {
    /// Rows with a measured value.
    pub rows: usize,
    /// Of those, rows that got a prediction.
    pub answered: usize,
    /// Median error; `None` without answered rows.
    pub median: Option<f64>,
    /// Mean error.
    pub mean: Option<f64>,
    /// 90th percentile of the error.
    pub p90: Option<f64>,
    /// Geometric mean of predicted / measured.
    pub bias: Option<f64>,
    /// Share of answered rows inside their 80 % band.
    pub in_band: Option<f64>,
}

/// One scored value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub predicted: Option<f64>,
    pub measured: f64,
    /// `None` = no band is about it.
    pub in_band: Option<bool>,
}

/// The `q` quantile by linear interpolation; the slice must be sorted.
pub(crate) fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = q.clamp(0.0, 1.0) * last as f64;
    let low = at.floor() as usize;
    let high = at.ceil() as usize;
    let (a, b) = (*sorted.get(low)?, *sorted.get(high)?);
    Some(a + (b - a) * (at - low as f64))
}

impl ErrorSummary {
    pub(crate) fn of(pairs: &[Pair]) -> Self {
        let mut errors = Vec::with_capacity(pairs.len());
        let mut log_sum = 0.0;
        let mut inside = Vec::with_capacity(pairs.len());
        for p in pairs {
            if let Some(x) = p.predicted {
                let ratio = x / p.measured;
                errors.push((ratio - 1.0).abs());
                log_sum += ratio.ln();
                inside.extend(p.in_band);
            }
        }
        errors.sort_by(f64::total_cmp);
        let n = errors.len();
        let some = |x: f64| (n > 0).then_some(x);
        let count = n.max(1) as f64;
        Self {
            rows: pairs.len(),
            answered: n,
            median: quantile(&errors, 0.5),
            mean: some(errors.iter().sum::<f64>() / count),
            p90: quantile(&errors, 0.9),
            bias: some((log_sum / count).exp()),
            in_band: (!inside.is_empty())
                .then(|| inside.iter().filter(|b| **b).count() as f64 / inside.len() as f64),
        }
    }
}

/// Ranks from 1, ties share their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut out = vec![0.0; values.len()];
    let mut i = 0;
    while i < order.len() {
        let mut j = i;
        while j + 1 < order.len() && values[order[j + 1]] == values[order[i]] {
            j += 1;
        }
        let rank = 0.5 * (i + j) as f64 + 1.0;
        for k in &order[i..=j] {
            out[*k] = rank;
        }
        i = j + 1;
    }
    out
}

/// Spearman's rank correlation; `None` below three pairs or without spread.
pub fn rank_correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 {
        return None;
    }
    let a = ranks(&pairs.iter().map(|p| p.0).collect::<Vec<_>>());
    let b = ranks(&pairs.iter().map(|p| p.1).collect::<Vec<_>>());
    let mean = 0.5 * (pairs.len() + 1) as f64;
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(&b) {
        ab += (x - mean) * (y - mean);
        aa += (x - mean) * (x - mean);
        bb += (y - mean) * (y - mean);
    }
    (aa > 0.0 && bb > 0.0).then(|| ab / (aa * bb).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_by_hand() {
        let pair = |p: f64, m: f64| Pair {
            predicted: Some(p),
            measured: m,
            in_band: Some(true),
        };
        let mut pairs = vec![pair(1.1, 1.0), pair(0.8, 1.0), pair(2.0, 1.0)];
        pairs.push(Pair {
            predicted: None,
            measured: 1.0,
            in_band: Some(false),
        });
        let s = ErrorSummary::of(&pairs);
        assert_eq!((s.rows, s.answered), (4, 3));
        assert!((s.median.unwrap() - 0.2).abs() < 1e-12);
        assert!((s.mean.unwrap() - 1.3 / 3.0).abs() < 1e-12);
        assert!((s.p90.unwrap() - (0.2 + 0.8 * 0.8)).abs() < 1e-12);
        assert!((s.bias.unwrap() - (1.1_f64 * 0.8 * 2.0).cbrt()).abs() < 1e-12);
    }

    #[test]
    fn nothing_answered_is_unknown_not_zero() {
        let s = ErrorSummary::of(&[]);
        assert_eq!(s.median, None);
        assert_eq!(s.bias, None);
    }

    #[test]
    fn rank_correlation_sees_order_only() {
        let up: Vec<(f64, f64)> = (1..9).map(|i| (f64::from(i), f64::from(i * i))).collect();
        assert!((rank_correlation(&up).unwrap() - 1.0).abs() < 1e-12);
        let down: Vec<(f64, f64)> = up.iter().map(|(a, b)| (*a, -b)).collect();
        assert!((rank_correlation(&down).unwrap() + 1.0).abs() < 1e-12);
        assert_eq!(rank_correlation(&[(1.0, 1.0), (2.0, 2.0)]), None);
    }
}
