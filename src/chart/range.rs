//! Safe ranges and ticks: whatever the data, an axis is finite, ordered and never empty.

use super::spec::Scale;

/// Most ticks that any axis may get, whatever is asked.
const MOST_TICKS: usize = 60;

/// Smallest finite range that holds all finite `values`; never empty, never NaN.
///
/// A logarithmic axis only looks at positive values. An empty range becomes 0–1 (1–10 on a
/// logarithmic axis); a single value gets room on both sides.
pub fn safe_range(values: impl IntoIterator<Item = f64>, scale: Scale, zero: bool) -> (f64, f64) {
    let log = scale == Scale::Log;
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for v in values {
        if v.is_finite() && (!log || v > 0.0) {
            low = low.min(v);
            high = high.max(v);
        }
    }
    if zero && !log && low <= high {
        low = low.min(0.0);
        high = high.max(0.0);
    }
    ordered(low, high, scale)
}

/// `low..high` made finite, ordered and not empty.
pub fn ordered(low: f64, high: f64, scale: Scale) -> (f64, f64) {
    let log = scale == Scale::Log;
    let usable = |v: f64| v.is_finite() && (!log || v > 0.0);
    let (mut low, mut high) = match (usable(low), usable(high)) {
        (true, true) => (low.min(high), low.max(high)),
        (true, false) => (low, low),
        (false, true) => (high, high),
        (false, false) => return if log { (1.0, 10.0) } else { (0.0, 1.0) },
    };
    if log {
        low = low.clamp(1e-300, 1e299);
        high = high.clamp(low, 1e300);
        if high / low < 1.0 + 1e-9 {
            return (low / 2.0, high * 2.0);
        }
        return (low, high);
    }
    // Beyond this a span overflows to infinity.
    low = low.clamp(-1e300, 1e300);
    high = high.clamp(-1e300, 1e300);
    let room = (low.abs().max(high.abs()) * 1e-9).max(1e-300);
    if high - low < room {
        let pad = if low == 0.0 { 1.0 } else { low.abs() * 0.5 };
        // A lone positive value keeps zero as its floor: that is where a reader expects it.
        return if low >= 0.0 {
            ((low - pad).max(0.0), high + pad)
        } else {
            (low - pad, high + pad)
        };
    }
    (low, high)
}

/// Round step for about `count` steps over `span`: 1, 2, 2.5 or 5 times a power of ten.
pub fn nice_step(span: f64, count: usize) -> f64 {
    let raw = span / count.max(1) as f64;
    if !raw.is_finite() || raw <= 0.0 {
        return 1.0;
    }
    let magnitude = 10f64.powf(raw.log10().floor());
    let lead = raw / magnitude;
    let nice = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .find(|n| lead <= n * 1.0001)
        .unwrap_or(10.0);
    nice * magnitude
}

/// A line as far as an axis reaches: points up to `end` across, and where it crosses the end a last one
/// there.
pub fn until(points: &[(f64, f64)], end: f64) -> Vec<(f64, f64)> {
    let mut out: Vec<(f64, f64)> = Vec::with_capacity(points.len());
    for &(x, y) in points {
        if x <= end {
            out.push((x, y));
            continue;
        }
        if let Some(&(x0, y0)) = out.last()
            && x0 < end
        {
            out.push((end, y0 + (y - y0) * (end - x0) / (x - x0)));
        }
        break;
    }
    out
}

/// Ticks of a linear axis inside `low..=high`, about `count` of them.
pub fn linear_ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let (low, high) = ordered(low, high, Scale::Linear);
    let step = nice_step(high - low, count);
    let first = (low / step - 1e-9).ceil();
    (0..MOST_TICKS)
        .map(|i| {
            let tick = (first + i as f64) * step;
            // −0 would be written with a minus sign.
            if tick == 0.0 { 0.0 } else { tick }
        })
        .take_while(|t| *t <= high + step * 1e-6)
        .collect()
}

/// `low..high` widened to whole steps, for axes that should end on a tick.
pub fn nice_range(low: f64, high: f64, count: usize) -> (f64, f64) {
    let (low, high) = ordered(low, high, Scale::Linear);
    let step = nice_step(high - low, count);
    let (a, b) = (
        (low / step + 1e-9).floor() * step,
        (high / step - 1e-9).ceil() * step,
    );
    ordered(a, b, Scale::Linear)
}

/// Ticks of a logarithmic axis: decades, thinned when many, with 2 and 5 between when few.
pub fn log_ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let (low, high) = ordered(low, high, Scale::Log);
    let decades = high.log10() - low.log10();
    let inside = |t: &f64| *t >= low * (1.0 - 1e-9) && *t <= high * (1.0 + 1e-9);
    let first = low.log10().floor() as i32;
    let last = high.log10().ceil() as i32;
    let between: &[f64] = if decades <= count as f64 / 3.0 {
        &[1.0, 2.0, 5.0]
    } else {
        &[1.0]
    };
    let every = ((decades / count.max(1) as f64).ceil() as usize).max(1);
    let mut ticks: Vec<f64> = (first..=last)
        .step_by(every)
        .flat_map(|e| between.iter().map(move |m| m * 10f64.powi(e)))
        .filter(inside)
        .take(MOST_TICKS)
        .collect();
    if ticks.len() < 2 {
        // Less than one decade: linear ticks read better than a lone one.
        ticks = linear_ticks(low, high, count)
            .into_iter()
            .filter(inside)
            .collect();
    }
    ticks
}

/// Ticks of a time axis (seconds since the epoch) at whole minutes, hours or days of the reader's
/// own clock, `utc_offset_s` east of Greenwich.
pub fn time_ticks(low: f64, high: f64, count: usize, utc_offset_s: i32) -> Vec<f64> {
    const STEPS: [f64; 22] = [
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
        30.0,
        60.0,
        120.0,
        300.0,
        600.0,
        900.0,
        1800.0,
        3600.0,
        7200.0,
        10800.0,
        21600.0,
        43200.0,
        86400.0,
        172800.0,
        604800.0,
        2_592_000.0,
        31_536_000.0,
    ];
    let (low, high) = ordered(low, high, Scale::Linear);
    let raw = (high - low) / count.max(1) as f64;
    let step = STEPS
        .into_iter()
        .find(|s| *s >= raw)
        .unwrap_or_else(|| nice_step(high - low, count));
    let offset = f64::from(utc_offset_s);
    let first = ((low + offset) / step - 1e-9).ceil();
    (0..MOST_TICKS)
        .map(|i| (first + i as f64) * step - offset)
        .take_while(|t| *t <= high + step * 1e-6)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_its_axis_does() {
        let line = [(10.0, 100.0), (20.0, 80.0), (40.0, 20.0), (80.0, 5.0)];
        assert_eq!(
            until(&line, 30.0),
            [(10.0, 100.0), (20.0, 80.0), (30.0, 50.0)]
        );
        assert_eq!(until(&line, 40.0), line[..3]);
        assert_eq!(until(&line, 100.0), line);
        assert_eq!(until(&line, 5.0), []);
    }
    use proptest::prelude::*;

    #[test]
    fn nothing_to_show_still_gives_an_axis() {
        assert_eq!(safe_range([], Scale::Linear, true), (0.0, 1.0));
        assert_eq!(
            safe_range([f64::NAN, f64::INFINITY], Scale::Log, false),
            (1.0, 10.0)
        );
        assert_eq!(safe_range([5.0], Scale::Linear, false), (2.5, 7.5));
        assert_eq!(safe_range([-3.0, 4.0], Scale::Log, false), (2.0, 8.0));
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(linear_ticks(0.0, 80.0, 4), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(linear_ticks(-1.0, 1.0, 4), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(log_ticks(1.0, 1000.0, 6), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(log_ticks(1.0, 20.0, 6), [1.0, 2.0, 5.0, 10.0, 20.0]);
        assert_eq!(nice_range(3.0, 97.0, 4), (0.0, 100.0));
    }

    #[test]
    fn time_ticks_fall_on_whole_local_hours() {
        // 10:20 to 14:10 in a zone 5 h 30 min east of Greenwich.
        let offset = 19_800;
        let day = 20_000.0 * 86_400.0 - f64::from(offset);
        let ticks = time_ticks(day + 37_200.0, day + 51_000.0, 4, offset);
        assert_eq!(
            ticks,
            [11.0, 12.0, 13.0, 14.0].map(|h: f64| day + h * 3600.0)
        );
    }

    proptest! {
        #[test]
        fn any_range_is_usable(low in proptest::num::f64::ANY, high in proptest::num::f64::ANY, log in proptest::bool::ANY, count in 0usize..40) {
            let scale = if log { Scale::Log } else { Scale::Linear };
            let (a, b) = safe_range([low, high], scale, false);
            prop_assert!(a.is_finite() && b.is_finite() && a < b);
            prop_assert!(!log || a > 0.0);
            let ticks = if log { log_ticks(a, b, count) } else { linear_ticks(a, b, count) };
            prop_assert!(ticks.len() <= 3 * MOST_TICKS);
            prop_assert!(ticks.iter().all(|t| t.is_finite()));
            prop_assert!(time_ticks(low, high, count, 28_800).len() <= MOST_TICKS);
        }
    }
}
