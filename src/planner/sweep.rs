//! What happens when inputs change: sweeps of one input or two, and the tornado of all of them.
//!
//! Both are worked through one full evaluation at a time, so that a page can do so between frames.

use super::evaluate;
use super::outputs::{Outcome, Output};
use crate::catalogue::Catalogue;
use crate::evaluation::Evaluation;
use crate::scenario::limits::{Unit, field_of, number_of};
use crate::scenario::{Currency, Scenario, fields, number};

/// Values of one input in a sweep at most.
pub const MAX_STEPS: usize = 60;

/// Least number of values: the two ends.
pub const MIN_STEPS: usize = 2;

/// An input and the values it takes, ascending and all allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Key of the input.
    pub key: &'static str,
    /// Its values.
    pub values: Vec<f64>,
}

impl Axis {
    /// `steps` values from `from` to `to`, kept within the limits of the input: equal factors where
    /// its slider is logarithmic, equal steps elsewhere, the ends exact and what lies between as round
    /// as it may be; whole numbers stay whole, so there may be fewer. `None` where the key names no
    /// number.
    pub fn new(key: &'static str, from: f64, to: f64, steps: usize) -> Option<Self> {
        let number = number_of(key)?;
        let (a, b) = (number.clamp(from.min(to)), number.clamp(from.max(to)));
        let last = steps.clamp(MIN_STEPS, MAX_STEPS) - 1;
        let raw = |i: f64| {
            let share = i / last as f64;
            if number.logarithmic() && a > 0.0 {
                a * (b / a).powf(share)
            } else {
                a + (b - a) * share
            }
        };
        let at = |i: usize| {
            if i == 0 {
                return a;
            }
            if i == last {
                return b;
            }
            // A quarter of the way to its neighbours: steps stay even to the eye.
            let i = i as f64;
            let round = roundest(raw(i), raw(i - 0.25), raw(i + 0.25), number.unit);
            number.clamp(if number.whole { round.round() } else { round })
        };
        let mut values: Vec<f64> = (0..=last).map(at).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        Some(Self { key, values })
    }

    /// The same with `now` among its values, in the place of the nearest one between the ends; unchanged
    /// where it is there already or lies outside.
    pub fn through(mut self, now: f64) -> Self {
        let inside = self.values.first().is_some_and(|a| *a < now)
            && self.values.last().is_some_and(|b| now < *b);
        if !inside || self.values.contains(&now) {
            return self;
        }
        let last = self.values.len().saturating_sub(1);
        let between = self.values.iter_mut().take(last).skip(1);
        // As far as the axis shows it: by ratio where it is logarithmic.
        let ratios = number_of(self.key).is_some_and(|n| n.logarithmic()) && now > 0.0;
        let far = |v: f64| {
            if ratios && v > 0.0 {
                (v / now).ln().abs()
            } else {
                (v - now).abs()
            }
        };
        match between.min_by(|a, b| far(**a).total_cmp(&far(**b))) {
            Some(nearest) => *nearest = now,
            None => self.values.insert(1, now),
        }
        self
    }

    /// Where `now` stands among the values.
    pub fn place_of(&self, now: f64) -> Option<usize> {
        self.values.iter().position(|v| *v == now)
    }

    /// The range of the input's slider in about a dozen steps.
    pub fn usual(key: &'static str) -> Option<Self> {
        let number = number_of(key)?;
        Self::new(key, number.low, number.high, 13)
    }
}

/// The roundest number from `low` to `high`, of those the nearest to `x`: multiples of powers of two for
/// lengths in tokens, of 1, 2 or 5 times powers of ten for the rest.
fn roundest(x: f64, low: f64, high: f64, unit: Unit) -> f64 {
    let fits = |step: f64| {
        let near = (x / step).round() * step;
        (near >= low && near <= high).then_some(near)
    };
    let most = high.abs().max(low.abs());
    if x == 0.0 || most <= 0.0 || !most.is_finite() {
        return x;
    }
    if unit == Unit::Tokens {
        let top = most.log2().floor() as i32;
        let found = (0..=top.max(0)).rev().find_map(|k| fits(2f64.powi(k)));
        return found.unwrap_or(x);
    }
    let top = most.log10().floor() as i32;
    let steps = (top - 6..=top)
        .rev()
        .flat_map(|k| [5.0, 2.0, 1.0].map(|m| (m, k)));
    let mut found = steps.filter_map(|(m, k)| fits(m * 10f64.powi(k)));
    found.next().map_or(x, number::tidy)
}

/// Four significant digits: a swept value is to be read, not to be exact.
fn tidy(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let scale = 10f64.powf(3.0 - x.abs().log10().floor());
    (x * scale).round() / scale
}

/// A sweep of one input or two.
#[derive(Clone, Debug)]
pub struct Sweep {
    base: Scenario,
    /// Across.
    pub x: Axis,
    /// Up; one input only where it is `None`.
    pub y: Option<Axis>,
    /// Row by row, as far as it got; `None` = the value is not allowed beside the others.
    pub cells: Vec<Option<Outcome>>,
}

impl Sweep {
    /// A sweep that has not begun.
    pub fn new(base: Scenario, x: Axis, y: Option<Axis>) -> Self {
        Self {
            base,
            x,
            y: y.filter(|axis| !axis.values.is_empty()),
            cells: Vec::new(),
        }
    }

    /// Evaluations in all.
    pub fn size(&self) -> usize {
        self.x.values.len() * self.y.as_ref().map_or(1, |y| y.values.len())
    }

    /// All cells are known.
    pub fn is_done(&self) -> bool {
        self.cells.len() >= self.size()
    }

    /// Column and row of a cell.
    pub fn place(&self, cell: usize) -> (usize, usize) {
        let width = self.x.values.len().max(1);
        (cell % width, cell / width)
    }

    /// The scenario of a cell; `None` where the values are not allowed beside the others.
    pub fn scenario(&self, cell: usize) -> Option<Scenario> {
        let (column, row) = self.place(cell);
        let across = fields::with_number(&self.base, self.x.key, *self.x.values.get(column)?)?;
        match &self.y {
            Some(y) => fields::with_number(&across, y.key, *y.values.get(row)?),
            None => Some(across),
        }
    }

    /// Evaluates one more cell; false once all are known.
    pub fn advance(&mut self, catalogue: &Catalogue) -> bool {
        if self.is_done() {
            return false;
        }
        let currency = self.base.money.currency;
        let cell = self.scenario(self.cells.len());
        self.cells
            .push(cell.map(|s| Outcome::of(&evaluate(&s, catalogue), currency)));
        !self.is_done()
    }

    /// The value of a cell; `None` = not evaluated yet, not allowed, unknown, or nothing fits.
    pub fn value(&self, cell: usize, output: Output) -> Option<f64> {
        self.cells.get(cell)?.as_ref()?.value(output)
    }
}

/// One input of a tornado: a step down, a step up.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// Key of the input.
    pub key: &'static str,
    /// Its value now.
    pub now: f64,
    /// The lower value and what comes of it; `None` where it cannot be lower.
    pub low: Option<(f64, Outcome)>,
    /// The higher value and what comes of it; `None` where it cannot be higher.
    pub high: Option<(f64, Outcome)>,
}

impl Swing {
    /// How far a result moves between the two ends, now included.
    pub fn span(&self, output: Output, now: f64) -> f64 {
        let ends = [&self.low, &self.high];
        let values = ends
            .into_iter()
            .flatten()
            .filter_map(|(_, o)| o.value(output));
        let (low, high) = values.fold((now, now), |(a, b), v| (a.min(v), b.max(v)));
        high - low
    }
}

/// The sensitivity of all results to every number of a scenario.
#[derive(Clone, Debug)]
pub struct Tornado {
    base: Scenario,
    /// Share by which each input moves, 0..1.
    step: f64,
    keys: Vec<&'static str>,
    /// What the scenario comes to as it is.
    pub now: Outcome,
    /// Inputs worked through so far.
    pub swings: Vec<Swing>,
}

impl Tornado {
    /// A tornado that has not begun: every number that is set (left-open ones have no value to move)
    /// goes down and up by `step` of itself, whole numbers by at least one, within their limits.
    /// Factors fitted to own measurements are the model's, not the plan's, and stay.
    pub fn new(base: Scenario, evaluation: &Evaluation, step: f64) -> Self {
        let keys = fields::numeric_keys()
            .filter(|key| field_of(key).is_none_or(|f| !f.path.starts_with("local.")))
            .filter(|key| fields::number(&base, key).is_some())
            .collect();
        Self {
            now: Outcome::of(evaluation, base.money.currency),
            step: step.clamp(0.01, 0.9),
            keys,
            base,
            swings: Vec::new(),
        }
    }

    /// Inputs in all.
    pub fn size(&self) -> usize {
        self.keys.len()
    }

    /// The two values that an input is moved to; the same as now where it cannot be moved.
    fn ends(&self, key: &str, now: f64) -> Option<(f64, f64)> {
        let number = number_of(key)?;
        let mut by = now.abs() * self.step;
        if by == 0.0 {
            // Nothing to take a share of: a share of what the slider offers.
            by = (number.high - number.low) * self.step * 0.5;
        }
        if number.whole {
            by = by.round().max(1.0);
        }
        Some((number.clamp(tidy(now - by)), number.clamp(tidy(now + by))))
    }

    fn outcome(&self, key: &str, value: f64, catalogue: &Catalogue) -> Option<(f64, Outcome)> {
        let changed = fields::with_number(&self.base, key, value)?;
        let currency = self.base.money.currency;
        Some((value, Outcome::of(&evaluate(&changed, catalogue), currency)))
    }

    /// Works through one more input; false once all are.
    pub fn advance(&mut self, catalogue: &Catalogue) -> bool {
        let Some(&key) = self.keys.get(self.swings.len()) else {
            return false;
        };
        let now = fields::number(&self.base, key).unwrap_or_default();
        let (down, up) = self.ends(key, now).unwrap_or((now, now));
        let moved = |value: f64| {
            (value != now)
                .then(|| self.outcome(key, value, catalogue))
                .flatten()
        };
        let swing = Swing {
            key,
            now,
            low: moved(down),
            high: moved(up),
        };
        self.swings.push(swing);
        self.swings.len() < self.keys.len()
    }

    /// The scenario with an input at one of its ends.
    pub fn scenario(&self, key: &str, value: f64) -> Option<Scenario> {
        fields::with_number(&self.base, key, value)
    }

    /// Inputs that move a result, the strongest first.
    pub fn ranked(&self, output: Output) -> Vec<&Swing> {
        let Some(now) = self.now.value(output) else {
            return Vec::new();
        };
        let least = now.abs() * 1e-4;
        let mut all: Vec<&Swing> = self
            .swings
            .iter()
            .filter(|s| s.span(output, now) > least)
            .collect();
        all.sort_by(|a, b| b.span(output, now).total_cmp(&a.span(output, now)));
        all
    }
}

/// One changed input on the way from a scenario to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Key of the input.
    pub key: &'static str,
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
    /// The result once this input and all before it have changed; `None` = nothing fits.
    pub value: Option<f64>,
}

/// What moved a result between two scenarios: inputs changed one at a time, in the order of links
/// (cluster, model, workload, targets, layout, money), each on top of those before. Another order
/// would share the difference out differently; the sum is always the whole difference.
#[derive(Clone, Debug)]
pub struct Attribution {
    output: Output,
    currency: Currency,
    at: Scenario,
    to: Scenario,
    applied: Vec<&'static str>,
    /// The result of the first scenario.
    pub start: Option<f64>,
    /// The steps so far.
    pub steps: Vec<Step>,
}

impl Attribution {
    /// An attribution that has not begun; money in `currency`.
    pub fn new(
        from: Scenario,
        to: Scenario,
        output: Output,
        currency: Currency,
        catalogue: &Catalogue,
    ) -> Self {
        Self {
            start: output.value(&evaluate(&from, catalogue), currency),
            output,
            currency,
            at: from,
            to,
            applied: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Changes one more input; false once nothing differs.
    pub fn advance(&mut self, catalogue: &Catalogue) -> bool {
        // Asked again each time: changing the cards may put the spares right, or wrong.
        let left = fields::differences(&self.at, &self.to);
        let next = left
            .into_iter()
            .find(|key| *key != "name" && !self.applied.contains(key));
        let Some(key) = next else {
            return false;
        };
        self.applied.push(key);
        let (Some(from), Some(to)) = (fields::text(&self.at, key), fields::text(&self.to, key))
        else {
            return true;
        };
        if let Ok(changed) = fields::with(&self.at, key, &to) {
            self.at = changed;
            let value = self
                .output
                .value(&evaluate(&self.at, catalogue), self.currency);
            self.steps.push(Step {
                key,
                from,
                to,
                value,
            });
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> &'static Catalogue {
        Catalogue::embedded()
    }

    #[test]
    fn an_axis_keeps_to_the_limits_and_to_whole_numbers() {
        let tpot = Axis::new("tpot", 10.0, 50.0, 5).unwrap();
        assert_eq!(tpot.values, [10.0, 20.0, 30.0, 40.0, 50.0]);
        let input = Axis::new("in", 1024.0, 16_384.0, 5).unwrap();
        assert_eq!(input.values, [1024.0, 2048.0, 4096.0, 8192.0, 16_384.0]);
        // The ends are exact, the values between are round.
        let long = Axis::new("in", 128.0, 131_072.0, 13).unwrap();
        assert_eq!(long.values.first(), Some(&128.0));
        assert_eq!(long.values.last(), Some(&131_072.0));
        assert_eq!(long.values[1..4], [256.0, 384.0, 768.0]);
        let fine = Axis::new("tpot", 10.0, 100.0, 13).unwrap();
        assert_eq!(fine.values.len(), 13);
        assert!(fine.values.iter().all(|v| v.fract() == 0.0), "{fine:?}");
        let pods = Axis::new("pods", 3.0, 1.0, 50).unwrap();
        assert_eq!(pods.values, [1.0, 2.0, 3.0]);
        let beyond = Axis::new("hit", -5.0, 5.0, 3).unwrap();
        assert_eq!(beyond.values, [0.0, 0.5, 0.99]);
        assert_eq!(Axis::new("tpot", 5.0, 5.0, 9).unwrap().values, [5.0]);
        assert!(Axis::new("hw", 1.0, 2.0, 3).is_none());
        for key in fields::numeric_keys() {
            let usual = Axis::usual(key).unwrap();
            assert!(usual.values.len() >= 2, "{key}");
            let number = number_of(key).unwrap();
            assert!(usual.values.iter().all(|v| number.allows(*v)), "{key}");
        }
    }

    #[test]
    fn an_axis_goes_through_the_plan() {
        let pods = Axis::new("pods", 1.0, 1000.0, 7).unwrap();
        let through = pods.clone().through(4.0);
        assert_eq!(through.values.len(), pods.values.len());
        assert_eq!(through.place_of(4.0), Some(1));
        assert!(through.values.is_sorted());
        assert_eq!(pods.clone().through(5000.0), pods);
        let two = Axis::new("tpot", 10.0, 50.0, 2).unwrap().through(20.0);
        assert_eq!(two.values, [10.0, 20.0, 50.0]);
    }

    #[test]
    fn a_sweep_says_what_single_evaluations_say() {
        let base = Scenario::default();
        let x = Axis::new("tpot", 30.0, 60.0, 2).unwrap();
        let y = Axis::new("pods", 1.0, 2.0, 2).unwrap();
        let mut sweep = Sweep::new(base.clone(), x, Some(y));
        assert_eq!(sweep.size(), 4);
        while sweep.advance(catalogue()) {}
        assert!(sweep.is_done() && !sweep.advance(catalogue()));
        let one = fields::with(&base, "tpot", "60")
            .and_then(|s| fields::with(&s, "pods", "2"))
            .unwrap();
        assert_eq!(sweep.scenario(3), Some(one.clone()));
        let e = evaluate(&one, catalogue());
        assert_eq!(
            sweep.value(3, Output::OutputRate),
            Some(e.tokens_per_s.output)
        );
        // A slower answer lets more through.
        assert!(sweep.value(1, Output::OutputRate) >= sweep.value(0, Output::OutputRate));
        assert_eq!(sweep.value(9, Output::OutputRate), None);
    }

    #[test]
    fn a_tornado_moves_every_number_and_ranks_them() {
        let base = Scenario::default();
        let e = evaluate(&base, catalogue());
        let mut tornado = Tornado::new(base.clone(), &e, 0.2);
        // A whole one takes a while in a debug build: the first inputs of the list stand for it.
        tornado
            .keys
            .retain(|k| ["pods", "tpot", "kwh", "life", "months"].contains(k));
        let all = tornado.size();
        while tornado.advance(catalogue()) {}
        assert_eq!(tornado.swings.len(), all);
        let pods = tornado.swings.iter().find(|s| s.key == "pods").unwrap();
        assert_eq!(pods.low.as_ref().map(|l| l.0), Some(3.0));
        assert_eq!(pods.high.as_ref().map(|h| h.0), Some(5.0));
        let strongest = tornado.ranked(Output::OutputRate);
        assert_eq!(strongest.first().map(|s| s.key), Some("pods"));
        // The length of the business plan moves no token.
        assert!(strongest.iter().all(|s| s.key != "months"));
        let cost = tornado.ranked(Output::CostOutput);
        assert!(cost.iter().any(|s| s.key == "life"));
    }

    #[test]
    fn an_attribution_adds_up_to_the_whole_difference() {
        let from = Scenario::default();
        let to = fields::with(&from, "tpot", "30")
            .and_then(|s| fields::with(&s, "cards", "128"))
            .and_then(|s| fields::with(&s, "life", "4"))
            .unwrap();
        let mut a = Attribution::new(
            from.clone(),
            to.clone(),
            Output::CostBlended,
            Currency::Cny,
            catalogue(),
        );
        while a.advance(catalogue()) {}
        let keys: Vec<&str> = a.steps.iter().map(|s| s.key).collect();
        // The spares follow from the cards and are no change of their own.
        assert_eq!(keys, ["cards", "tpot", "life"]);
        let whole = Output::CostBlended.value(&evaluate(&to, catalogue()), Currency::Cny);
        assert_eq!(a.steps.last().and_then(|s| s.value), whole);
        assert!(a.start.is_some() && a.start != whole);
        assert_eq!(
            (a.steps[0].from.as_str(), a.steps[0].to.as_str()),
            ("384", "128")
        );
    }
}
