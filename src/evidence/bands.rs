//! The 80 % bands: how far measured figures lie from predictions of fits that never saw them.

use crate::model::{BandRecord, Calibration, Family, Quantity};

use super::fit::FitRow;
use super::record::RowMode;
use super::validate::below_saturation;

/// Least rows of a class that gets a band of its own.
const BAND_ROWS: usize = 8;

/// Quantiles of measured / predicted that bound the band: a little outside 10 % and 90 %, so that
/// at least 80 % of rows stay inside on data not seen.
const BAND_QUANTILES: (f64, f64) = (0.085, 0.915);

pub(super) const QUANTITIES: [Quantity; 3] = [Quantity::Ttft, Quantity::Tpot, Quantity::Throughput];

/// Measured over predicted, and the weight of the row.
type Ratio = (f64, f64);

/// The quantile of weighted values, by linear interpolation between the middles of their weights.
fn weighted_quantile(sorted: &[Ratio], q: f64) -> Option<f64> {
    let wanted = q * sorted.iter().map(|r| r.1).sum::<f64>();
    let mut before: Option<(f64, f64)> = None;
    let mut sum = 0.0;
    for (x, w) in sorted {
        let middle = sum + 0.5 * w;
        if middle >= wanted {
            return Some(before.map_or(*x, |(at, y)| {
                y + (x - y) * (wanted - at) / (middle - at).max(f64::MIN_POSITIVE)
            }));
        }
        before = Some((middle, *x));
        sum += w;
    }
    before.map(|(_, y)| y)
}

/// Band factors (measured / predicted) by mode, and by family and mode, from the left-out rows whose
/// positions are `wanted`.
///
/// Rows of one (model, hardware, engine) err together: n of them weigh as √n. A family's band
/// reaches at least as far as its mode's: the few triples of a family show too little of what the
/// next one brings.
pub(super) fn bands(
    fit: &[FitRow],
    left: &[[Option<f64>; 3]],
    wanted: &dyn Fn(usize) -> bool,
) -> Vec<BandRecord> {
    let mut sizes = vec![0_u32; fit.iter().map(|r| r.group + 1).max().unwrap_or(0)];
    for row in fit {
        sizes[row.group] += 1;
    }
    let mut out: Vec<BandRecord> = Vec::new();
    for (q, quantity) in QUANTITIES.into_iter().enumerate() {
        let band = |family: &str, mode: &str, keep: &dyn Fn(&FitRow) -> bool| {
            let mut ratios: Vec<Ratio> = fit
                .iter()
                .zip(left)
                .enumerate()
                .filter(|(i, (r, _))| wanted(*i) && keep(r))
                .filter(|(_, (r, _))| counts(r, quantity))
                .filter_map(|(_, (r, p))| {
                    let weight = f64::from(sizes[r.group]).sqrt().recip();
                    Some((r.measured[q]? / p[q]?, weight))
                })
                .filter(|(x, _)| x.is_finite() && *x > 0.0)
                .collect();
            if ratios.len() < BAND_ROWS {
                return None;
            }
            ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
            Some(BandRecord {
                family: family.into(),
                mode: mode.into(),
                quantity: quantity.name().into(),
                low: weighted_quantile(&ratios, BAND_QUANTILES.0)?.min(0.95),
                high: weighted_quantile(&ratios, BAND_QUANTILES.1)?.max(1.05),
                rows: u32::try_from(ratios.len()).unwrap_or(u32::MAX),
            })
        };
        out.extend(band("any", "any", &|_| true));
        for mode in RowMode::ALL {
            let Some(all) = band("any", mode.name(), &|r| r.resolved.mode == mode) else {
                continue;
            };
            for (f, family) in Family::ALL.iter().enumerate() {
                let own = |r: &FitRow| r.resolved.mode == mode && r.family == f;
                out.extend(band(family.name(), mode.name(), &own).map(|b| BandRecord {
                    low: b.low.min(all.low),
                    high: b.high.max(all.high),
                    ..b
                }));
            }
            out.push(all);
        }
    }
    out
}

/// Whether each measured figure lies in the band that the other folds' errors give its class: what
/// the bands that ship are worth on rows that nothing was learned from. `None` = the band is not about
/// the row.
pub(super) fn inside_unseen_bands(
    fit: &[FitRow],
    left: &[[Option<f64>; 3]],
    folds: &[usize],
    count: usize,
) -> Vec<[Option<bool>; 3]> {
    let mut out = vec![[None; 3]; fit.len()];
    for fold in 0..count {
        let others = Calibration {
            bands: bands(fit, left, &|i| folds[i] != fold),
            ..Calibration::default()
        };
        for (i, row) in fit.iter().enumerate().filter(|(i, _)| folds[*i] == fold) {
            for (q, quantity) in QUANTITIES.into_iter().enumerate() {
                let mode = row.resolved.mode.name();
                if !counts(row, quantity) {
                    continue;
                }
                let band = others.band(mode, row.resolved.machine.family, quantity);
                out[i][q] = row.measured[q]
                    .zip(left[i][q])
                    .map(|(m, p)| (band.low * p..=band.high * p).contains(&m));
            }
        }
    }
    out
}

/// Without the number of prefill workers a TTFT is a guess, and beyond saturation it is a queue:
/// neither says anything of plans, which know their workers and keep below.
fn counts(r: &FitRow, quantity: Quantity) -> bool {
    let [ttft, tpot, _] = r.measured;
    let of_plans = || {
        !r.resolved.collapsed()
            && ttft.is_some_and(|t| below_saturation(t, tpot, r.resolved.traffic.output_tokens))
    };
    quantity != Quantity::Ttft || of_plans()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heavy_values_pull_the_quantile() {
        let even: Vec<Ratio> = (1..=9).map(|i| (f64::from(i), 1.0)).collect();
        assert_eq!(weighted_quantile(&even, 0.5), Some(5.0));
        assert_eq!(weighted_quantile(&even, 0.0), Some(1.0));
        assert_eq!(weighted_quantile(&even, 1.0), Some(9.0));
        let heavy: Vec<Ratio> = (1..=9)
            .map(|i| (f64::from(i), if i == 9 { 9.0 } else { 1.0 }))
            .collect();
        assert!(weighted_quantile(&heavy, 0.5).unwrap() > 8.0);
        assert_eq!(weighted_quantile(&[], 0.5), None);
    }
}
