//! The hunt for an edge among whole numbers: the least `n` on its far side, with few looks.
//!
//! Guesses by proportion while they help, halving when they do not, so that it ends after at most
//! twice the logarithm of the range.

/// Where to look next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Look here.
    Try(u64),
    /// The edge is known.
    Done,
}

/// State of a hunt over 1..=most.
#[derive(Clone, Debug)]
pub(super) struct Hunt {
    most: u64,
    /// Largest seen before the edge; 0 = none.
    before: u64,
    /// Smallest seen beyond the edge; `most` + 1 = none.
    beyond: u64,
    guess: u64,
    guesses: u32,
    /// The bracket may stay this wide, share of its place.
    close: f64,
}

/// Guesses by proportion in a row before halving.
const GUESSES: u32 = 4;

impl Hunt {
    /// Starts at `start`; ends when the bracket is no wider than `close` of its place.
    pub(super) fn new(most: u64, start: u64, close: f64) -> Self {
        Self {
            most,
            before: 0,
            beyond: most + 1,
            guess: start.clamp(1, most),
            guesses: 0,
            close,
        }
    }

    /// Where to look next.
    pub(super) fn next(&self) -> Next {
        let width = self.beyond - self.before;
        let wide = (self.close * self.before as f64) as u64;
        let open_end = self.beyond > self.most;
        if width <= 1 || width <= wide && !open_end && self.before > 0 {
            Next::Done
        } else {
            Next::Try(self.guess)
        }
    }

    /// What was seen at `n`: beyond the edge or not, and how far along (1 = at the edge).
    pub(super) fn seen(&mut self, n: u64, beyond: bool, progress: Option<f64>) {
        if beyond {
            self.beyond = self.beyond.min(n);
        } else {
            self.before = self.before.max(n);
        }
        if self.beyond - self.before <= 1 {
            return;
        }
        let open_end = self.beyond > self.most;
        let halved = if open_end {
            // Nothing beyond yet: further out, faster each time.
            self.before
                .max(1)
                .saturating_mul(1 << (self.guesses.min(3) + 1))
        } else {
            self.before + (self.beyond - self.before) / 2
        };
        self.guesses += 1;
        let guess = match progress {
            Some(p) if p.is_finite() && p > 0.0 && self.guesses <= GUESSES => {
                let at = (n as f64 / p).min(1e15);
                // Just beyond the edge, or just before it, in turn: both ends close in.
                let at = at.ceil() as u64;
                if beyond { at.min(n - 1) } else { at.max(n + 1) }
            }
            _ => halved,
        };
        self.guess = guess.clamp(self.before + 1, (self.beyond - 1).min(self.most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(most: u64, start: u64, edge: u64, proportional: bool) -> (u64, u32) {
        let mut hunt = Hunt::new(most, start, 0.0);
        let mut looks = 0;
        while let Next::Try(n) = hunt.next() {
            assert!((1..=most).contains(&n), "{n} of {most}");
            looks += 1;
            let progress = proportional.then(|| n as f64 / edge as f64);
            hunt.seen(n, n >= edge, progress);
        }
        (hunt.beyond, looks)
    }

    #[test]
    fn finds_every_edge() {
        for most in [1u64, 2, 7, 1000] {
            for edge in 1..=most + 1 {
                for start in [1, most / 2 + 1, most] {
                    for proportional in [false, true] {
                        let (found, looks) = find(most, start, edge, proportional);
                        assert_eq!(found, edge, "most {most} start {start}");
                        assert!(looks <= 24, "{looks} looks for {edge} of {most}");
                    }
                }
            }
        }
    }

    #[test]
    fn proportion_needs_few_looks() {
        for edge in [2, 17, 333, 999] {
            let (_, looks) = find(1000, 4, edge, true);
            assert!(looks <= 4, "{looks} looks for {edge}");
        }
    }
}
