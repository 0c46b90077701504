//! What was seen, in bounded memory: recent points as they came, older ones ever coarser.

use super::flow::{Figure, Flow};

/// Points kept; a compaction halves the older half of them.
const CAPACITY: usize = 1440;
/// Points further apart than this many of their spans have a gap between them.
const GAP: f64 = 2.5;

/// A value that can be merged with its neighbour in time.
pub trait Merge: Copy {
    /// Mean of two, weighted by the time each stands for; what only one knows is kept.
    fn merge(self, weight: f64, other: Self, other_weight: f64) -> Self;
}

impl Merge for Flow {
    fn merge(self, weight: f64, other: Self, other_weight: f64) -> Self {
        let mut out = Self::default();
        for figure in Figure::ALL {
            let value = match (self.get(*figure), other.get(*figure)) {
                (Some(a), Some(b)) => {
                    Some((a * weight + b * other_weight) / (weight + other_weight))
                }
                (a, b) => a.or(b),
            };
            out.set(*figure, value);
        }
        out
    }
}

/// What is kept of a card: utilisation, power (W), temperature (°C); NaN = not known.
pub type CardPoint = [f32; 3];

impl Merge for CardPoint {
    fn merge(self, weight: f64, other: Self, other_weight: f64) -> Self {
        let share = (other_weight / (weight + other_weight)) as f32;
        let mut out = self;
        for (value, other) in out.iter_mut().zip(other) {
            if value.is_nan() {
                *value = other;
            } else if !other.is_nan() {
                *value += (other - *value) * share;
            }
        }
        out
    }
}

/// A value and the stretch of time that it stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment<T> {
    /// End of the stretch, seconds since 1970.
    pub at_s: f64,
    /// Its length, seconds.
    pub span_s: f64,
    /// The value.
    pub value: T,
}

/// Values in order of time, in bounded memory.
#[derive(Clone, Debug, PartialEq)]
pub struct History<T> {
    moments: Vec<Moment<T>>,
    capacity: usize,
}

impl<T: Merge> Default for History<T> {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl<T: Merge> History<T> {
    /// A history of at most so many points (at least four).
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            moments: Vec::new(),
            capacity: capacity.max(4),
        }
    }

    /// Adds a value; one that is not later than the last is left out.
    pub fn push(&mut self, at_s: f64, span_s: f64, value: T) {
        if !at_s.is_finite() || self.moments.last().is_some_and(|last| at_s <= last.at_s) {
            return;
        }
        if self.moments.len() >= self.capacity {
            self.compact();
        }
        self.moments.push(Moment {
            at_s,
            span_s,
            value,
        });
    }

    /// Puts earlier points (from a range query) before those already there; where both know a
    /// time, the given ones stand.
    pub fn load(&mut self, earlier: impl IntoIterator<Item = Moment<T>>) {
        let kept = std::mem::take(&mut self.moments);
        for moment in earlier {
            self.push(moment.at_s, moment.span_s, moment.value);
        }
        for moment in kept {
            self.push(moment.at_s, moment.span_s, moment.value);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.moments.clear();
    }

    /// All points in order of time.
    pub fn moments(&self) -> &[Moment<T>] {
        &self.moments
    }

    /// Points not earlier than `from_s`.
    pub fn since(&self, from_s: f64) -> &[Moment<T>] {
        let first = self.moments.partition_point(|m| m.at_s < from_s);
        self.moments.get(first..).unwrap_or_default()
    }

    /// Merges neighbours in the older half, but not across a gap.
    fn compact(&mut self) {
        let half = self.moments.len() / 2;
        let mut kept: Vec<Moment<T>> = Vec::with_capacity(self.capacity);
        let mut older = self.moments.iter().take(half).copied().peekable();
        while let Some(first) = older.next() {
            let moment = match older.next_if(|second| !gap_between(&first, second)) {
                Some(second) => Moment {
                    at_s: second.at_s,
                    span_s: first.span_s + second.span_s,
                    value: first.value.merge(first.span_s, second.value, second.span_s),
                },
                None => first,
            };
            kept.push(moment);
        }
        // Nothing but gaps: the oldest quarter goes.
        if kept.len() == half {
            kept.drain(..half / 2);
        }
        kept.extend(self.moments.iter().skip(half));
        self.moments = kept;
    }
}

/// Between two neighbours something is missing.
pub fn gap_between<T>(first: &Moment<T>, second: &Moment<T>) -> bool {
    second.at_s - first.at_s > GAP * first.span_s.max(second.span_s)
}

/// A figure as line pieces for drawing: a piece ends at a gap or where the figure is not known.
pub fn pieces(moments: &[Moment<Flow>], figure: Figure) -> Vec<Vec<(f64, f64)>> {
    let mut out: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut piece: Vec<(f64, f64)> = Vec::new();
    let mut last: Option<&Moment<Flow>> = None;
    for moment in moments {
        let broken = last.is_some_and(|l| gap_between(l, moment));
        let value = moment.value.get(figure);
        if (broken || value.is_none()) && !piece.is_empty() {
            out.push(std::mem::take(&mut piece));
        }
        piece.extend(value.map(|v| (moment.at_s, v)));
        last = Some(moment);
    }
    if !piece.is_empty() {
        out.push(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(value: Option<f64>) -> Flow {
        let mut flow = Flow::default();
        flow.set(Figure::Decode, value);
        flow
    }

    #[test]
    fn a_day_of_polling_stays_in_bounds_and_keeps_its_mean() {
        let mut history = History::default();
        let polls = 86_400 / 5;
        for i in 0..polls {
            history.push(f64::from(i) * 5.0, 5.0, flow(Some(f64::from(i % 7))));
        }
        assert!(history.moments().len() <= CAPACITY);
        // The whole day is still there, and the recent past point by point.
        let spans: f64 = history.moments().iter().map(|m| m.span_s).sum();
        assert_eq!(spans, 86_400.0);
        assert!(
            history
                .moments()
                .iter()
                .rev()
                .take(CAPACITY / 2)
                .all(|m| m.span_s == 5.0)
        );
        let known = |m: &Moment<Flow>| m.value.get(Figure::Decode).unwrap() * m.span_s;
        let mean = history.moments().iter().map(known).sum::<f64>() / spans;
        let expected = (0..polls).map(|i| f64::from(i % 7)).sum::<f64>() / f64::from(polls);
        assert!((mean - expected).abs() < 1e-9);
    }

    #[test]
    fn nothing_but_gaps_stays_in_bounds_too() {
        let mut history = History::with_capacity(16);
        for i in 0..1000 {
            history.push(f64::from(i) * 100.0, 5.0, flow(Some(1.0)));
        }
        assert!(history.moments().len() <= 16);
        assert_eq!(history.moments().last().map(|m| m.at_s), Some(99_900.0));
    }

    #[test]
    fn gaps_and_unknowns_break_the_line() {
        let mut history = History::default();
        for (at, value) in [
            (0.0, Some(1.0)),
            (5.0, Some(2.0)),
            (10.0, None),
            (15.0, Some(0.0)),
            (60.0, Some(3.0)),
        ] {
            history.push(at, 5.0, flow(value));
        }
        // Time does not run backwards.
        history.push(20.0, 5.0, flow(Some(9.0)));
        let pieces = pieces(history.moments(), Figure::Decode);
        let expected = [
            vec![(0.0, 1.0), (5.0, 2.0)],
            vec![(15.0, 0.0)],
            vec![(60.0, 3.0)],
        ];
        assert_eq!(pieces, expected);
        assert_eq!(history.since(15.0).len(), 2);
    }

    #[test]
    fn a_range_from_the_server_goes_before_what_was_polled() {
        let mut history = History::default();
        history.push(100.0, 5.0, flow(Some(7.0)));
        history.push(105.0, 5.0, flow(Some(8.0)));
        let earlier = [40.0, 70.0, 100.0].map(|at_s| Moment {
            at_s,
            span_s: 30.0,
            value: flow(Some(1.0)),
        });
        history.load(earlier);
        let at: Vec<_> = history.moments().iter().map(|m| m.at_s).collect();
        assert_eq!(at, [40.0, 70.0, 100.0, 105.0]);
    }

    #[test]
    fn cards_merge_by_what_is_known() {
        let a: CardPoint = [0.5, f32::NAN, 40.0];
        let b: CardPoint = [1.0, 300.0, f32::NAN];
        assert_eq!(a.merge(1.0, b, 1.0), [0.75, 300.0, 40.0]);
    }
}
