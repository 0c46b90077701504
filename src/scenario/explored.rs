//! What the Explore view shows, as a link carries it: `sweep,output-rate,tpot:10:100:13,pods:1:8:7`
//! or `tornado,cost-output,20`. It is no part of a plan, but a link shows what its writer saw.

use super::fields;
use super::limits::number_of;
use super::number::shortest;
use super::wrong::{Wrong, excerpt};
use crate::decimal;

/// How it is written.
const FORM: &str = "sweep,output-rate,tpot:10:100:13,pods:1:8:7 or tornado,cost-output,20";
/// Results that can be shown; those of `planner::outputs`, whose tests hold the two together.
pub const OUTPUTS: [&str; 16] = [
    "output-rate",
    "per-day",
    "per-card",
    "concurrency",
    "request-rate",
    "tpot",
    "ttft",
    "ttft-p95",
    "cost-output",
    "cost-input",
    "cost-blended",
    "cost-hour",
    "power",
    "energy",
    "carbon",
    "cards-working",
];
/// Fewest and most values of an input.
pub const STEPS: (usize, usize) = (2, 60);
/// Least and greatest share that a tornado moves inputs by, percent.
pub const SHARES: (u32, u32) = (1, 90);

/// An input and its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Key of the input.
    pub key: &'static str,
    /// From, in the input's own unit.
    pub from: f64,
    /// To.
    pub to: f64,
    /// Number of values.
    pub steps: usize,
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explored {
    /// Every input by a share, instead of one or two over a range.
    pub tornado: bool,
    /// The result, one of [`OUTPUTS`].
    pub output: &'static str,
    /// Across.
    pub x: Range,
    /// Up; one input only where it is `None`.
    pub y: Option<Range>,
    /// How far a tornado moves each input, percent of it.
    pub share: u32,
}

impl Default for Explored {
    fn default() -> Self {
        Self {
            tornado: false,
            output: OUTPUTS[0],
            x: Range {
                key: "tpot",
                from: 10.0,
                to: 100.0,
                steps: 13,
            },
            y: None,
            share: 20,
        }
    }
}

/// Inputs that move a result of an evaluation: all numbers but price lists and business plans, which
/// come after it.
pub fn sweepable() -> impl Iterator<Item = &'static str> {
    const AFTER: [&str; 14] = [
        "pin", "pcache", "pout", "disc", "margin", "quote", "days", "months", "ramp", "start",
        "lead", "erosion", "npv", "train",
    ];
    fields::numeric_keys().filter(|key| !AFTER.contains(key))
}

impl Range {
    /// As links and this computer's memory hold it.
    pub fn write(self) -> String {
        let Self {
            key,
            from,
            to,
            steps,
        } = self;
        [key, &shortest(from), &shortest(to), &steps.to_string()].join(":")
    }

    /// Reads what [`Range::write`] wrote.
    ///
    /// # Errors
    /// Another form, no input that can be swept, ends or a number of values that are not allowed.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let form = || Wrong::BadForm { example: FORM };
        let parts: Vec<&str> = text.split(':').collect();
        let [key, from, to, steps] = parts.as_slice() else {
            return Err(form());
        };
        let known = sweepable()
            .find(|k| k == key)
            .zip(number_of(key))
            .ok_or_else(|| Wrong::BadPart {
                part: excerpt(key),
                allowed: "is no input that can be swept; allowed are the keys of numbers in links"
                    .into(),
            })?;
        let (key, number) = known;
        let end = |text: &str| {
            let value = decimal::parse(text).ok_or_else(form)?;
            if number.allows(value) {
                return Ok(value);
            }
            Err(Wrong::BadPart {
                part: excerpt(text),
                allowed: format!(
                    "allowed for {key} is {} to {}",
                    shortest(number.min),
                    shortest(number.max)
                ),
            })
        };
        let (from, to) = (end(from)?, end(to)?);
        let steps: usize = steps.parse().map_err(|_| form())?;
        if !(STEPS.0..=STEPS.1).contains(&steps) {
            return Err(Wrong::BadPart {
                part: steps.to_string(),
                allowed: format!("allowed are {} to {} values", STEPS.0, STEPS.1),
            });
        }
        Ok(Self {
            key,
            from,
            to,
            steps,
        })
    }
}

impl Explored {
    /// As a link carries it.
    pub fn write(self) -> String {
        if self.tornado {
            return ["tornado", self.output, &self.share.to_string()].join(",");
        }
        let mut out = ["sweep", self.output, &self.x.write()].join(",");
        if let Some(y) = self.y {
            out.push(',');
            out.push_str(&y.write());
        }
        out
    }

    /// Reads what [`Explored::write`] wrote.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let form = || Wrong::BadForm { example: FORM };
        let parts: Vec<&str> = text.split(',').collect();
        let (way, output, rest) = match parts.as_slice() {
            [way, output, rest @ ..] => (*way, *output, rest),
            _ => return Err(form()),
        };
        let output = OUTPUTS
            .into_iter()
            .find(|o| *o == output)
            .ok_or(Wrong::NotAWord(&OUTPUTS))?;
        let usual = Self {
            output,
            ..Self::default()
        };
        match (way, rest) {
            ("sweep", [x]) => Ok(Self {
                x: Range::read(x)?,
                ..usual
            }),
            ("sweep", [x, y]) => Ok(Self {
                x: Range::read(x)?,
                y: Some(Range::read(y)?),
                ..usual
            }),
            ("tornado", [share]) => Ok(Self {
                tornado: true,
                share: share
                    .parse()
                    .ok()
                    .filter(|s| (SHARES.0..=SHARES.1).contains(s))
                    .ok_or(Wrong::NotWhole {
                        min: f64::from(SHARES.0),
                        max: f64::from(SHARES.1),
                    })?,
                ..usual
            }),
            _ => Err(form()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "sweep,output-rate,tpot:10:100:13",
            "sweep,cost-output,in:1024:131072:25,pods:1:8:7",
            "tornado,energy,5",
        ] {
            let read = Explored::read(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(read.write(), text);
        }
    }

    #[test]
    fn what_cannot_be_read_says_what_is_allowed() {
        for (text, code) in [
            ("", "bad-form"),
            ("sweep", "bad-form"),
            ("sweep,speed,tpot:10:100:13", "not-a-word"),
            ("sweep,energy,tpot:10:100", "bad-form"),
            ("sweep,energy,pout:1:2:7", "bad-part"),
            ("sweep,energy,tpot:0:100:7", "bad-part"),
            ("sweep,energy,tpot:10:100:1", "bad-part"),
            ("tornado,energy,99", "not-whole"),
            ("dance,energy,5", "bad-form"),
        ] {
            let wrong = Explored::read(text).expect_err(text);
            assert_eq!(wrong.code(), code, "{text}: {wrong}");
        }
    }
}
