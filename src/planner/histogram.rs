//! A histogram with logarithmic bins: percentiles of millions of latencies in little memory.

use crate::evaluation::Percentiles;

/// Smallest latency told apart, ms.
const LOW_MS: f64 = 0.01;
/// Ratio of two neighbouring bins: percentiles are right to 1 %.
const RATIO: f64 = 1.01;
/// Bins: up to about 10⁸ ms.
const BINS: usize = 2320;

/// Counts of latencies in bins 1 % wide.
#[derive(Clone, Debug)]
pub struct Histogram {
    bins: Vec<u32>,
    count: u64,
    sum: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            bins: vec![0; BINS],
            count: 0,
            sum: 0.0,
        }
    }
}

impl Histogram {
    /// Counts one latency, ms.
    pub fn add(&mut self, ms: f64) {
        let bin = ((ms.max(LOW_MS) / LOW_MS).ln() / RATIO.ln()) as usize;
        if let Some(n) = self.bins.get_mut(bin.min(BINS - 1)) {
            *n += 1;
        }
        self.count += 1;
        self.sum += ms.max(0.0);
    }

    /// Quantile `p` (0..1), ms; 0 where nothing was counted.
    pub fn quantile(&self, p: f64) -> f64 {
        let rank = p.clamp(0.0, 1.0) * self.count as f64;
        let mut seen = 0.0;
        for (i, &n) in self.bins.iter().enumerate() {
            if n == 0 {
                continue;
            }
            if seen + f64::from(n) >= rank {
                let inside = ((rank - seen) / f64::from(n)).clamp(0.0, 1.0);
                return LOW_MS * RATIO.powf(i as f64 + inside);
            }
            seen += f64::from(n);
        }
        0.0
    }

    /// Mean and the usual percentiles.
    pub fn percentiles(&self) -> Percentiles {
        Percentiles {
            mean: if self.count > 0 {
                self.sum / self.count as f64
            } else {
                0.0
            },
            p50: self.quantile(0.5),
            p95: self.quantile(0.95),
            p99: self.quantile(0.99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_ramp_are_within_a_bin() {
        let mut histogram = Histogram::default();
        for i in 1..=10_000 {
            histogram.add(f64::from(i));
        }
        let p = histogram.percentiles();
        assert!((p.mean - 5000.5).abs() < 1e-6);
        assert!((p.p50 / 5000.0 - 1.0).abs() < 0.011);
        assert!((p.p99 / 9900.0 - 1.0).abs() < 0.011);
    }

    #[test]
    fn nothing_counted_is_zero_and_extremes_stay_inside() {
        assert_eq!(Histogram::default().percentiles(), Percentiles::default());
        let mut histogram = Histogram::default();
        histogram.add(0.0);
        histogram.add(1e12);
        assert!(histogram.quantile(1.0).is_finite());
    }
}
