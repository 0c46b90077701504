//! The day: how the load moves over 24 hours, and what of it the factory can serve.

use serde::Serialize;

use super::MoneyError;
use crate::scenario::LoadCurve;

/// Hours of a day.
pub const HOURS: usize = 24;

/// Load of offices in one time zone: two humps around lunch. Shape assumed (no published trace is
/// in the catalogue); only its ratio of peak to mean, about 2.0, matters for cost.
const OFFICE: [f64; HOURS] = [
    0.10, 0.08, 0.08, 0.08, 0.08, 0.10, 0.15, 0.35, 0.75, 1.00, 1.00, 0.95, 0.65, 0.85, 1.00, 1.00,
    0.95, 0.80, 0.50, 0.35, 0.30, 0.25, 0.18, 0.12,
];

/// Load of consumers in one time zone: evening peak, quiet night. Shape assumed; peak to mean 1.6.
const CONSUMER: [f64; HOURS] = [
    0.45, 0.30, 0.20, 0.15, 0.13, 0.15, 0.25, 0.40, 0.55, 0.65, 0.70, 0.75, 0.80, 0.75, 0.70, 0.70,
    0.72, 0.78, 0.85, 0.95, 1.00, 1.00, 0.90, 0.68,
];

/// Time zones of the global curve, as hours behind the first: China, Europe, America's east.
const GLOBAL_SHIFTS: [usize; 3] = [0, 7, 13];

/// A day's load, hour by hour, as a share of capacity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Day {
    /// Load asked for; may exceed 1.
    pub wanted: [f64; HOURS],
    /// Load served: never above 1.
    pub served: [f64; HOURS],
    /// Mean of [`Day::served`].
    pub mean_served: f64,
    /// Busiest hour over the mean hour, of what is asked for.
    pub peak_factor: f64,
    /// Hours in which more is asked for than can be served.
    pub clipped_hours: u32,
    /// Share of the tokens asked for that is lost in those hours.
    pub lost_share: f64,
}

impl Day {
    /// The day that has `mean_load` (share of capacity) on average and the shape of `curve`.
    ///
    /// # Errors
    /// When the mean load is negative or no number, or a custom curve is not 24 values ≥ 0 with at
    /// least one above 0.
    pub fn new(curve: &LoadCurve, mean_load: f64) -> Result<Self, MoneyError> {
        if !(mean_load.is_finite() && mean_load >= 0.0) {
            return Err(MoneyError::OutOfRange {
                field: "mean_load",
                value: mean_load,
                allowed: "a share of capacity from 0 up, e.g. 0.65",
            });
        }
        let shape = shape(curve)?;
        let wanted = shape.map(|s| s * mean_load);
        let served = wanted.map(|w| w.min(1.0));
        let mean_served = mean(&served);
        let mean_wanted = mean(&wanted);
        Ok(Self {
            mean_served,
            peak_factor: shape.iter().copied().fold(0.0, f64::max),
            clipped_hours: wanted.iter().filter(|w| **w > 1.0 + 1e-12).count() as u32,
            lost_share: if mean_wanted > 0.0 {
                (1.0 - mean_served / mean_wanted).max(0.0)
            } else {
                0.0
            },
            wanted,
            served,
        })
    }
}

/// The curve's 24 values, normalised to a mean of 1.
///
/// # Errors
/// When a custom curve is not 24 values ≥ 0 with at least one above 0.
pub fn shape(curve: &LoadCurve) -> Result<[f64; HOURS], MoneyError> {
    let raw: [f64; HOURS] = match curve {
        LoadCurve::Flat => [1.0; HOURS],
        LoadCurve::Office => OFFICE,
        LoadCurve::Consumer => CONSUMER,
        LoadCurve::Global => global(),
        LoadCurve::Custom(values) => hours("load_curve", values)?,
    };
    let mean = mean(&raw);
    Ok(raw.map(|v| v / mean))
}

/// Half office, half consumer load, in three time zones of equal weight.
fn global() -> [f64; HOURS] {
    std::array::from_fn(|hour| {
        GLOBAL_SHIFTS
            .iter()
            .map(|shift| (hour + HOURS - shift) % HOURS)
            .map(|h| OFFICE[h] + CONSUMER[h])
            .sum()
    })
}

/// 24 values from input: finite, none negative, not all zero.
pub(super) fn hours(field: &'static str, values: &[f64]) -> Result<[f64; HOURS], MoneyError> {
    let bad = |value| MoneyError::OutOfRange {
        field,
        value,
        allowed: "24 values from 0 up, not all 0",
    };
    let array: [f64; HOURS] = values.try_into().map_err(|_| bad(values.len() as f64))?;
    if let Some(value) = array.iter().find(|v| !(v.is_finite() && **v >= 0.0)) {
        return Err(bad(*value));
    }
    if array.iter().sum::<f64>() <= 0.0 {
        Err(bad(0.0))
    } else {
        Ok(array)
    }
}

/// Mean of 24 hours.
pub(super) fn mean(values: &[f64; HOURS]) -> f64 {
    values.iter().sum::<f64>() / HOURS as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_curve_keeps_the_mean_until_it_is_clipped() {
        for curve in [
            LoadCurve::Flat,
            LoadCurve::Office,
            LoadCurve::Consumer,
            LoadCurve::Global,
        ] {
            let day = Day::new(&curve, 0.3).unwrap();
            assert!((day.mean_served - 0.3).abs() < 1e-12, "{curve:?}");
            assert_eq!(day.clipped_hours, 0);
        }
    }

    #[test]
    fn peak_factors_are_as_documented() {
        let peak = |c| Day::new(&c, 0.1).unwrap().peak_factor;
        assert_eq!(peak(LoadCurve::Flat), 1.0);
        assert!(
            (peak(LoadCurve::Office) - 2.0).abs() < 0.1,
            "{}",
            peak(LoadCurve::Office)
        );
        assert!(
            (peak(LoadCurve::Consumer) - 1.6).abs() < 0.1,
            "{}",
            peak(LoadCurve::Consumer)
        );
        // The world's load is smoother than any one zone's.
        assert!(peak(LoadCurve::Global) < peak(LoadCurve::Consumer));
    }

    #[test]
    fn hours_at_capacity_are_clipped_and_counted() {
        // 12 hours at double the mean, 12 at none: mean 0.65 asks for 1.3 in half of the hours.
        let mut hours = vec![2.0; 12];
        hours.extend(vec![0.0; 12]);
        let day = Day::new(&LoadCurve::Custom(hours), 0.65).unwrap();
        assert_eq!(day.clipped_hours, 12);
        assert!((day.mean_served - 0.5).abs() < 1e-12);
        assert!((day.lost_share - (1.0 - 0.5 / 0.65)).abs() < 1e-12);
        // Asking for more than everything all day long.
        let all = Day::new(&LoadCurve::Flat, 1.25).unwrap();
        assert_eq!((all.clipped_hours, all.mean_served), (24, 1.0));
        assert!((all.lost_share - 0.2).abs() < 1e-12);
    }

    #[test]
    fn bad_days_are_refused_with_the_reason() {
        for bad in [
            vec![1.0; 23],
            vec![0.0; 24],
            vec![f64::NAN; 24],
            vec![-1.0; 24],
        ] {
            assert!(matches!(
                Day::new(&LoadCurve::Custom(bad), 0.5),
                Err(MoneyError::OutOfRange {
                    field: "load_curve",
                    ..
                })
            ));
        }
        assert!(Day::new(&LoadCurve::Flat, -0.1).is_err());
        assert_eq!(Day::new(&LoadCurve::Flat, 0.0).unwrap().lost_share, 0.0);
    }

    proptest! {
        #[test]
        fn served_never_exceeds_capacity_or_demand(values in prop::collection::vec(0.01f64..10.0, 24), load in 0.0f64..3.0) {
            let day = Day::new(&LoadCurve::Custom(values), load).unwrap();
            for (w, s) in day.wanted.iter().zip(day.served) {
                prop_assert!(s <= 1.0 && s <= *w);
            }
            prop_assert!((mean(&day.wanted) - load).abs() < 1e-9);
            prop_assert!((0.0..=1.0).contains(&day.lost_share));
        }
    }
}
