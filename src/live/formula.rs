//! How a figure is got from metrics: one description, read as PromQL for a server and worked out
//! here on two scrapes of an engine.

use std::collections::HashMap;
use std::fmt::Write;

use super::series::{Bucket, Labels, Window, histogram_quantile, sum_buckets};

/// A condition on a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Match {
    /// The label has this value ("" = absent).
    Is(&'static str, &'static str),
    /// The label has another value.
    Not(&'static str, &'static str),
    /// The label has one of these values.
    AnyOf(&'static str, &'static [&'static str]),
}

/// Which series of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// Name of the metric; of a histogram without `_bucket`, `_sum`, `_count`.
    pub metric: &'static str,
    /// Conditions on its labels.
    pub filter: &'static [Match],
    /// Every tensor-parallel rank may report the same: take the largest of each replica
    /// (`instance`, `dp_rank`) before adding up.
    pub ranks: bool,
}

/// All series of a metric.
pub const fn all(metric: &'static str) -> Pick {
    only(metric, &[])
}

/// The series of a metric that fulfil conditions.
pub const fn only(metric: &'static str, filter: &'static [Match]) -> Pick {
    Pick {
        metric,
        filter,
        ranks: false,
    }
}

/// As [`only`], one per replica.
pub const fn replicas(metric: &'static str, filter: &'static [Match]) -> Pick {
    Pick {
        metric,
        filter,
        ranks: true,
    }
}

/// A figure in terms of metrics; each comes to one number or to nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Formula {
    /// Sum of a gauge.
    Sum(Pick),
    /// Mean of a gauge.
    Mean(Pick),
    /// Largest of a gauge.
    Max(Pick),
    /// Number of series.
    Count(Pick),
    /// Growth of a counter per second.
    Rate(Pick),
    /// As [`Formula::Rate`] over at least five minutes: counters that jump when a request ends.
    SlowRate(Pick),
    /// Quantile of a histogram's new observations.
    Quantile(f64, Pick),
    /// Mean of a histogram's new observations.
    HistogramMean(Pick),
    /// Both together.
    Plus(&'static Formula, &'static Formula),
    /// The first less the second.
    Minus(&'static Formula, &'static Formula),
    /// The first times the second.
    Times(&'static Formula, &'static Formula),
    /// The first over the second; nothing where the second is 0.
    Ratio(&'static Formula, &'static Formula),
}

/// What a query needs beside the formula.
#[derive(Clone, Copy, Debug)]
pub struct QueryScope<'a> {
    /// Label matchers of the user, e.g. `job="vllm"`; may be empty.
    pub selector: &'a str,
    /// Window of rates, seconds.
    pub window_s: u32,
    /// Another prefix for the metrics' names: (as written, as wanted).
    pub rename: Option<(&'a str, &'a str)>,
}

impl QueryScope<'_> {
    pub(super) fn name(&self, metric: &str) -> String {
        match self.rename {
            Some((from, to)) => match metric.strip_prefix(from) {
                Some(rest) => format!("{to}{rest}"),
                None => metric.to_owned(),
            },
            None => metric.to_owned(),
        }
    }

    fn vector(&self, pick: &Pick, suffix: &str) -> String {
        let mut text = self.name(pick.metric) + suffix;
        let mut matchers: Vec<String> = pick.filter.iter().map(matcher).collect();
        if !self.selector.trim().is_empty() {
            matchers.push(self.selector.trim().to_owned());
        }
        if !matchers.is_empty() {
            let _ = write!(text, "{{{}}}", matchers.join(","));
        }
        text
    }

    fn rate(&self, pick: &Pick, suffix: &str, least_s: u32) -> String {
        let window = self.window_s.max(least_s);
        format!("rate({}[{window}s])", self.vector(pick, suffix))
    }
}

/// Values are ours and plain; only the dot means something in a regular expression.
fn matcher(condition: &Match) -> String {
    match condition {
        Match::Is(label, value) => format!("{label}=\"{value}\""),
        Match::Not(label, value) => format!("{label}!=\"{value}\""),
        Match::AnyOf(label, values) => {
            format!("{label}=~\"{}\"", values.join("|").replace('.', "\\\\."))
        }
    }
}

impl Formula {
    /// The formula as a PromQL expression that gives one sample without labels, or none.
    pub fn to_promql(&self, scope: &QueryScope<'_>) -> String {
        let ranked = |pick: &Pick, inner: String| {
            if pick.ranks {
                format!("max by (instance,dp_rank)({inner})")
            } else {
                inner
            }
        };
        match self {
            Self::Sum(p) => format!("sum({})", ranked(p, scope.vector(p, ""))),
            Self::Mean(p) => format!("avg({})", ranked(p, scope.vector(p, ""))),
            Self::Max(p) => format!("max({})", scope.vector(p, "")),
            Self::Count(p) => format!("count({})", ranked(p, scope.vector(p, ""))),
            Self::Rate(p) => format!("sum({})", ranked(p, scope.rate(p, "", 0))),
            Self::SlowRate(p) => format!("sum({})", ranked(p, scope.rate(p, "", 300))),
            Self::Quantile(q, p) => format!(
                "histogram_quantile({q},sum by (le)({}))",
                scope.rate(p, "_bucket", 0)
            ),
            Self::HistogramMean(p) => format!(
                "(sum({})/sum({}))",
                scope.rate(p, "_sum", 0),
                scope.rate(p, "_count", 0)
            ),
            Self::Plus(a, b) => format!("({}+{})", a.to_promql(scope), b.to_promql(scope)),
            Self::Minus(a, b) => format!("({}-{})", a.to_promql(scope), b.to_promql(scope)),
            Self::Times(a, b) => format!("({}*{})", a.to_promql(scope), b.to_promql(scope)),
            Self::Ratio(a, b) => format!("({}/{})", a.to_promql(scope), b.to_promql(scope)),
        }
    }

    /// The formula worked out on two scrapes; `rename` as in [`QueryScope`].
    pub fn evaluate(&self, window: &Window<'_>, rename: Option<(&str, &str)>) -> Option<f64> {
        let scope = QueryScope {
            selector: "",
            window_s: 0,
            rename,
        };
        let gauge = |p: &Pick| {
            let name = scope.name(p.metric);
            let points = window.now.points(&name).iter();
            one_per_replica(p, points.map(|point| (&point.labels, point.value)))
        };
        let rate = |p: &Pick, suffix: &str| {
            let name = scope.name(p.metric) + suffix;
            let grown = one_per_replica(p, window.increases(&name).into_iter());
            let seconds = window.seconds()?;
            (!grown.is_empty()).then(|| grown.iter().sum::<f64>() / seconds)
        };
        let value = match self {
            Self::Sum(p) => some_of(gauge(p)).map(|v| v.iter().sum())?,
            Self::Mean(p) => some_of(gauge(p)).map(|v| v.iter().sum::<f64>() / v.len() as f64)?,
            Self::Max(p) => gauge(p).into_iter().reduce(f64::max)?,
            Self::Count(p) => some_of(gauge(p)).map(|v| v.len() as f64)?,
            Self::Rate(p) | Self::SlowRate(p) => rate(p, "")?,
            Self::Quantile(q, p) => {
                let name = scope.name(p.metric) + "_bucket";
                let grown = window.increases(&name);
                let matching = grown.into_iter().filter(|(l, _)| fulfils(l, p.filter));
                let buckets = sum_buckets(matching.filter_map(|(labels, count)| {
                    let le = crate::decimal::parse(labels.get("le"))?;
                    Some(Bucket { le, count })
                }));
                histogram_quantile(*q, &buckets)?
            }
            Self::HistogramMean(p) => rate(p, "_sum")? / rate(p, "_count")?,
            Self::Plus(a, b) => a.evaluate(window, rename)? + b.evaluate(window, rename)?,
            Self::Minus(a, b) => a.evaluate(window, rename)? - b.evaluate(window, rename)?,
            Self::Times(a, b) => a.evaluate(window, rename)? * b.evaluate(window, rename)?,
            Self::Ratio(a, b) => a.evaluate(window, rename)? / b.evaluate(window, rename)?,
        };
        value.is_finite().then_some(value)
    }
}

fn some_of(values: Vec<f64>) -> Option<Vec<f64>> {
    (!values.is_empty()).then_some(values)
}

fn fulfils(labels: &Labels, filter: &[Match]) -> bool {
    filter.iter().all(|condition| match condition {
        Match::Is(label, value) => labels.get(label) == *value,
        Match::Not(label, value) => labels.get(label) != *value,
        Match::AnyOf(label, values) => values.contains(&labels.get(label)),
    })
}

/// Values of the series that a pick takes; with `ranks` the largest of each replica.
fn one_per_replica<'a>(pick: &Pick, series: impl Iterator<Item = (&'a Labels, f64)>) -> Vec<f64> {
    let taken = series.filter(|(labels, _)| fulfils(labels, pick.filter));
    if !pick.ranks {
        return taken.map(|(_, value)| value).collect();
    }
    let mut largest: HashMap<(&str, &str), f64> = HashMap::new();
    for (labels, value) in taken {
        let key = (labels.get("instance"), labels.get("dp_rank"));
        largest
            .entry(key)
            .and_modify(|seen| *seen = seen.max(value))
            .or_insert(value);
    }
    largest.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::super::exposition::Exposition;
    use super::super::series::Scrape;
    use super::*;

    const HITS: Formula = Formula::Rate(all("vllm:hits_total"));
    const QUERIES: Formula = Formula::Rate(all("vllm:queries_total"));

    fn evaluate(formula: &Formula, before: &str, now: &str) -> Option<f64> {
        let read = |text, at_s| Scrape::from_exposition(&Exposition::parse(text), at_s, |_| true);
        let (before, now) = (read(before, 0.0), read(now, 10.0));
        let window = Window {
            before: Some(&before),
            now: &now,
        };
        formula.evaluate(&window, None)
    }

    #[test]
    fn writes_promql() {
        let scope = QueryScope {
            selector: " job=\"x\" ",
            window_s: 60,
            rename: None,
        };
        let rate = Formula::Rate(only("c_total", &[Match::Is("mode", "decode")]));
        assert_eq!(
            rate.to_promql(&scope),
            r#"sum(rate(c_total{mode="decode",job="x"}[60s]))"#
        );
        let ranks = Formula::SlowRate(replicas("c_total", &[]));
        assert_eq!(
            ranks.to_promql(&scope),
            r#"sum(max by (instance,dp_rank)(rate(c_total{job="x"}[300s])))"#
        );
        let quantile = Formula::Quantile(0.95, all("t_seconds"));
        assert_eq!(
            quantile.to_promql(&scope),
            r#"histogram_quantile(0.95,sum by (le)(rate(t_seconds_bucket{job="x"}[60s])))"#
        );
        let edge = Formula::Rate(only("b", &[Match::AnyOf("le", &["1", "1.0"])]));
        assert!(edge.to_promql(&scope).contains(r#"le=~"1|1\\.0""#));
        let ray = QueryScope {
            selector: "",
            rename: Some(("vllm:", "ray_vllm_")),
            ..scope
        };
        assert_eq!(HITS.to_promql(&ray), "sum(rate(ray_vllm_hits_total[60s]))");
    }

    #[test]
    fn works_out_rates_and_ratios() {
        let before = "vllm:hits_total 10\nvllm:queries_total 100\n";
        let now = "vllm:hits_total 40\nvllm:queries_total 200\n";
        assert_eq!(evaluate(&HITS, before, now), Some(3.0));
        let ratio = Formula::Ratio(&HITS, &QUERIES);
        assert_eq!(evaluate(&ratio, before, now), Some(0.3));
        let minus = Formula::Minus(&QUERIES, &HITS);
        assert_eq!(evaluate(&minus, before, now), Some(7.0));
        // No traffic: 0 / 0 is not known, it is not 0.
        assert_eq!(evaluate(&ratio, now, now), None);
        assert_eq!(evaluate(&HITS, now, now), Some(0.0));
        assert_eq!(evaluate(&HITS, "", now), None);
    }

    #[test]
    fn counts_ranks_once() {
        let text = "g{tp_rank=\"0\",dp_rank=\"0\"} 5\ng{tp_rank=\"1\",dp_rank=\"0\"} 5\ng{tp_rank=\"0\",dp_rank=\"1\"} 7\n";
        assert_eq!(
            evaluate(&Formula::Sum(replicas("g", &[])), text, text),
            Some(12.0)
        );
        assert_eq!(evaluate(&Formula::Sum(all("g")), text, text), Some(17.0));
        assert_eq!(
            evaluate(&Formula::Mean(replicas("g", &[])), text, text),
            Some(6.0)
        );
        assert_eq!(evaluate(&Formula::Max(all("g")), text, text), Some(7.0));
        assert_eq!(evaluate(&Formula::Count(all("g")), text, text), Some(3.0));
        assert_eq!(evaluate(&Formula::Count(all("absent")), text, text), None);
    }

    #[test]
    fn quantiles_and_means_of_what_is_new() {
        let before = "h_bucket{le=\"0.1\"} 100\nh_bucket{le=\"1.0\"} 100\nh_bucket{le=\"+Inf\"} 100\nh_sum 5\nh_count 100\n";
        let now = "h_bucket{le=\"0.1\"} 100\nh_bucket{le=\"1.0\"} 110\nh_bucket{le=\"+Inf\"} 110\nh_sum 10\nh_count 110\n";
        // The old hundred observations do not count any more.
        let median = evaluate(&Formula::Quantile(0.5, all("h")), before, now).unwrap();
        assert!((median - 0.55).abs() < 1e-12);
        assert_eq!(
            evaluate(&Formula::HistogramMean(all("h")), before, now),
            Some(0.5)
        );
        assert_eq!(evaluate(&Formula::HistogramMean(all("h")), now, now), None);
    }

    #[test]
    fn conditions_hold_as_in_promql() {
        let labels = Labels::new([("a", "1")]);
        assert!(fulfils(&labels, &[Match::Is("a", "1"), Match::Is("b", "")]));
        assert!(!fulfils(&labels, &[Match::Not("a", "1")]));
        assert!(fulfils(
            &labels,
            &[Match::Not("b", "x"), Match::AnyOf("a", &["0", "1"])]
        ));
    }
}
