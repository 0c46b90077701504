//! Series: identity, what changed between two scrapes, quantiles of histograms.
//!
//! A scrape is what one source said at one time. Rates need two of them. What is missing stays
//! missing: a counter seen once has no rate, an empty histogram has no quantile.

use std::collections::HashMap;

use super::exposition::Exposition;

/// Labels of a series, sorted by name: its identity beside the metric's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Labels(Vec<(Box<str>, Box<str>)>);

impl Labels {
    /// From pairs in any order; empty values count as absent, as Prometheus has it.
    pub fn new(
        pairs: impl IntoIterator<Item = (impl Into<Box<str>>, impl Into<Box<str>>)>,
    ) -> Self {
        let mut pairs: Vec<(Box<str>, Box<str>)> = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        pairs.sort();
        pairs.dedup_by(|a, b| a.0 == b.0);
        Self(pairs)
    }

    /// Value of a label; absent = "".
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.binary_search_by(|(n, _)| n.as_ref().cmp(name));
        found
            .ok()
            .and_then(|i| self.0.get(i))
            .map_or("", |(_, v)| v)
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_ref(), v.as_ref()))
    }

    /// The same labels but for one.
    pub fn without(&self, name: &str) -> Self {
        let keep = self.0.iter().filter(|(n, _)| n.as_ref() != name);
        Self(keep.cloned().collect())
    }
}

/// One value of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Which series of the metric.
    pub labels: Labels,
    /// Its value; never NaN (an exporter's NaN means that it has none).
    pub value: f64,
    /// The exporter's own time of the sample, seconds since 1970, where it gave one.
    pub timestamp_s: Option<f64>,
}

/// What one source said at one time.
#[derive(Clone, Debug, Default)]
pub struct Scrape {
    /// When it was asked, seconds since 1970.
    pub at_s: f64,
    families: HashMap<Box<str>, Vec<Point>>,
}

/// Values above this are "no value" of DCGM (its 64-bit blank is 9.22e18).
const SENTINEL: f64 = 1e18;

impl Scrape {
    /// Keeps the series of a text whose name `keep` wants.
    pub fn from_exposition(text: &Exposition<'_>, at_s: f64, keep: impl Fn(&str) -> bool) -> Self {
        let mut scrape = Self::at(at_s);
        for sample in &text.samples {
            if !keep(sample.name) {
                continue;
            }
            let labels = sample.labels.iter().map(|(n, v)| (n, v.into_owned()));
            scrape.push(
                sample.name,
                Point {
                    labels: Labels::new(labels),
                    value: sample.value,
                    timestamp_s: sample.timestamp_s,
                },
            );
        }
        scrape
    }

    /// An empty scrape of that time.
    pub fn at(at_s: f64) -> Self {
        Self {
            at_s,
            families: HashMap::new(),
        }
    }

    /// Adds a point; NaN and blank sentinels are no values and are left out.
    pub fn push(&mut self, name: &str, point: Point) {
        if point.value.is_nan() || point.value.abs() > SENTINEL && point.value.is_finite() {
            return;
        }
        match self.families.get_mut(name) {
            Some(points) => points.push(point),
            None => {
                self.families.insert(name.into(), vec![point]);
            }
        }
    }

    /// Adds all points of another scrape.
    pub fn extend(&mut self, other: Self) {
        for (name, points) in other.families {
            self.families.entry(name).or_default().extend(points);
        }
    }

    /// Gives points of a metric the exporters' own times (seconds since 1970), by their labels.
    pub fn stamp(&mut self, name: &str, times: &HashMap<Labels, f64>) {
        for point in self.families.get_mut(name).into_iter().flatten() {
            point.timestamp_s = times.get(&point.labels).copied().or(point.timestamp_s);
        }
    }

    /// The points of a metric.
    pub fn points(&self, name: &str) -> &[Point] {
        self.families.get(name).map_or(&[], Vec::as_slice)
    }

    /// Names of all metrics held.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.families.keys().map(AsRef::as_ref)
    }

    /// Number of series held.
    pub fn series(&self) -> usize {
        self.families.values().map(Vec::len).sum()
    }
}

/// Two scrapes of one source, the later one with what changed since the earlier.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The earlier one; without it there are no rates.
    pub before: Option<&'a Scrape>,
    /// The later one.
    pub now: &'a Scrape,
}

impl Window<'_> {
    /// Seconds between the two; `None` without an earlier one or when time stood still.
    pub fn seconds(&self) -> Option<f64> {
        let seconds = self.now.at_s - self.before?.at_s;
        (seconds > 0.0).then_some(seconds)
    }

    /// Growth of each series of a counter; those seen only once are left out.
    pub fn increases(&self, name: &str) -> Vec<(&Labels, f64)> {
        let Some(before) = self.before else {
            return Vec::new();
        };
        let earlier: HashMap<&Labels, f64> = before
            .points(name)
            .iter()
            .map(|p| (&p.labels, p.value))
            .collect();
        let grown = |p: &'_ Point| Some(increase(*earlier.get(&p.labels)?, p.value));
        let points = self.now.points(name);
        points
            .iter()
            .filter_map(|p| Some((&p.labels, grown(p)?)))
            .collect()
    }
}

/// Growth of a counter between two readings. A smaller value means that the process restarted:
/// what it shows has all been counted since (as Prometheus' `increase` has it).
pub fn increase(before: f64, now: f64) -> f64 {
    if now < before { now } else { now - before }
}

/// A bucket: upper bound and the number of observations up to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Upper bound, inclusive; the last is infinite.
    pub le: f64,
    /// Observations at or below it.
    pub count: f64,
}

/// Adds buckets of several series up by their bound (`le` as a number: "1" and "1.0" are one).
pub fn sum_buckets(parts: impl IntoIterator<Item = Bucket>) -> Vec<Bucket> {
    let mut all: Vec<Bucket> = parts.into_iter().filter(|b| !b.le.is_nan()).collect();
    all.sort_by(|a, b| a.le.total_cmp(&b.le));
    let mut out: Vec<Bucket> = Vec::new();
    for bucket in all {
        match out.last_mut() {
            Some(last) if last.le == bucket.le => last.count += bucket.count,
            _ => out.push(bucket),
        }
    }
    out
}

/// Quantile `q` (0..1) of buckets sorted by bound, linear inside a bucket as Prometheus'
/// `histogram_quantile`; `None` without observations, without the `+Inf` bucket, or out of range.
pub fn histogram_quantile(q: f64, buckets: &[Bucket]) -> Option<f64> {
    let last = buckets.last().filter(|b| b.le == f64::INFINITY)?;
    if buckets.len() < 2 || !(0.0..=1.0).contains(&q) {
        return None;
    }
    // Scrapes are not atomic: a bucket may be a little smaller than the one before it.
    let mut counts = Vec::with_capacity(buckets.len());
    let mut highest: f64 = 0.0;
    for bucket in buckets {
        highest = highest.max(bucket.count);
        counts.push(highest);
    }
    let total = highest.max(last.count);
    if total <= 0.0 || total.is_nan() {
        return None;
    }
    let rank = q * total;
    let index = counts
        .iter()
        .position(|count| *count >= rank)
        .unwrap_or(counts.len() - 1);
    if index + 1 >= buckets.len() {
        // Beyond the last finite bound: that bound is all that is known.
        return buckets.get(buckets.len() - 2).map(|b| b.le);
    }
    let upper = buckets.get(index)?.le;
    let (lower, below) = match index.checked_sub(1) {
        Some(i) => (buckets.get(i)?.le, *counts.get(i)?),
        None if upper <= 0.0 => return Some(upper),
        None => (0.0, 0.0),
    };
    let inside = counts.get(index)? - below;
    if inside <= 0.0 {
        return Some(upper);
    }
    Some(lower + (upper - lower) * (rank - below) / inside)
}

/// Share of observations at or below `bound`, exact where `bound` is a bucket's edge; `None`
/// without observations or where no bucket ends there.
pub fn share_within(bound: f64, buckets: &[Bucket]) -> Option<f64> {
    let total = buckets.last().filter(|b| b.le == f64::INFINITY)?.count;
    let edge = |b: &&Bucket| (b.le - bound).abs() <= 1e-9 * bound.abs();
    let within = buckets.iter().find(edge)?.count;
    (total > 0.0).then(|| (within / total).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scrape(text: &str, at_s: f64) -> Scrape {
        Scrape::from_exposition(&Exposition::parse(text), at_s, |_| true)
    }

    fn buckets(parts: &[(f64, f64)]) -> Vec<Bucket> {
        let make = |(le, count): &(f64, f64)| Bucket {
            le: *le,
            count: *count,
        };
        parts.iter().map(make).collect()
    }

    #[test]
    fn identity_does_not_depend_on_the_order_of_labels() {
        let a = Labels::new([("b", "2"), ("a", "1"), ("empty", "")]);
        let b = Labels::new([("a", "1"), ("b", "2")]);
        assert_eq!(a, b);
        assert_eq!((a.get("a"), a.get("b"), a.get("c")), ("1", "2", ""));
        assert_eq!(a.without("b"), Labels::new([("a", "1")]));
    }

    #[test]
    fn counters_grow_and_survive_restarts() {
        let before = scrape("c_total{e=\"0\"} 100\nc_total{e=\"1\"} 50\n", 10.0);
        let now = scrape(
            "c_total{e=\"1\"} 20\nc_total{e=\"0\"} 130\nc_total{e=\"2\"} 7\n",
            20.0,
        );
        let window = Window {
            before: Some(&before),
            now: &now,
        };
        let mut grown: Vec<f64> = window
            .increases("c_total")
            .iter()
            .map(|(_, v)| *v)
            .collect();
        grown.sort_by(f64::total_cmp);
        // Engine 1 restarted and counts 20 since; engine 2 was seen once only.
        assert_eq!(grown, [20.0, 30.0]);
        assert_eq!(window.seconds(), Some(10.0));
        let alone = Window {
            before: None,
            now: &now,
        };
        assert!(alone.increases("c_total").is_empty());
        assert_eq!(alone.seconds(), None);
    }

    #[test]
    fn blank_values_are_no_values() {
        let s = scrape("t 9223372036854775794\nn NaN\nok 3\ninf +Inf\n", 0.0);
        assert!(s.points("t").is_empty() && s.points("n").is_empty());
        assert_eq!(s.points("ok").len(), 1);
        assert_eq!(s.points("inf").len(), 1);
        assert_eq!(s.series(), 2);
    }

    #[test]
    fn buckets_of_python_and_cpp_add_up() {
        let parts = [("1.0", 3.0), ("1", 4.0), ("+Inf", 5.0), ("+Inf", 5.0)];
        let sum = sum_buckets(parts.map(|(le, count)| Bucket {
            le: le.parse().unwrap(),
            count,
        }));
        assert_eq!(sum, buckets(&[(1.0, 7.0), (f64::INFINITY, 10.0)]));
        assert_eq!(share_within(1.0, &sum), Some(0.7));
        assert_eq!(share_within(0.5, &sum), None);
    }

    /// Values by the rules in Prometheus' documentation of `histogram_quantile`, worked by hand.
    #[test]
    fn quantiles_follow_prometheus() {
        let inf = f64::INFINITY;
        let b = buckets(&[(0.1, 10.0), (0.5, 30.0), (1.0, 40.0), (inf, 40.0)]);
        assert_eq!(histogram_quantile(0.5, &b), Some(0.1 + 0.4 * 10.0 / 20.0));
        assert_eq!(histogram_quantile(0.125, &b), Some(0.05));
        assert_eq!(histogram_quantile(1.0, &b), Some(1.0));
        // Beyond the last finite bound.
        let tail = buckets(&[(0.1, 1.0), (inf, 10.0)]);
        assert_eq!(histogram_quantile(0.9, &tail), Some(0.1));
        // A lowest bound that is not positive is itself the answer.
        let negative = buckets(&[(-1.0, 5.0), (inf, 5.0)]);
        assert_eq!(histogram_quantile(0.5, &negative), Some(-1.0));
        for none in [
            buckets(&[(0.1, 0.0), (inf, 0.0)]),
            buckets(&[(0.1, 1.0), (1.0, 2.0)]),
            buckets(&[(inf, 2.0)]),
            Vec::new(),
        ] {
            assert_eq!(histogram_quantile(0.5, &none), None);
        }
        assert_eq!(histogram_quantile(1.5, &b), None);
    }

    proptest! {
        #[test]
        fn quantiles_stay_inside_and_in_order(
            counts in prop::collection::vec(0.0..1e6f64, 1..12), p in 0.0..1.0f64, r in 0.0..1.0f64,
        ) {
            let mut total = 0.0;
            let mut all = Vec::new();
            for (i, count) in counts.iter().enumerate() {
                total += count;
                all.push(Bucket { le: (i + 1) as f64, count: total });
            }
            all.push(Bucket { le: f64::INFINITY, count: total });
            let (low, high) = (p.min(r), p.max(r));
            match (histogram_quantile(low, &all), histogram_quantile(high, &all)) {
                (Some(a), Some(b)) => prop_assert!(0.0 <= a && a <= b + 1e-9 && b <= counts.len() as f64),
                (a, b) => prop_assert!(total <= 0.0 && a.is_none() && b.is_none()),
            }
        }
    }
}
