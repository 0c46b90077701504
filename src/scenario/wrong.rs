//! What can be wrong with a value from outside, as data: the views put it into the reader's
//! language, the command line prints it in English.

use std::fmt;

use super::number::{Reason, shortest};

/// What is wrong with a value, and what is allowed instead.
#[derive(Clone, Debug, PartialEq)]
pub enum Wrong {
    /// No input has this key.
    UnknownKey {
        /// A known key of similar spelling.
        did_you_mean: Option<&'static str>,
    },
    /// The key occurs more than once; the first one counts.
    Duplicate,
    /// A "%" that is not followed by two hexadecimal digits, or bytes that are no UTF-8.
    BadEscape,
    /// No value.
    Empty,
    /// No number.
    NotANumber(Reason),
    /// Outside the range.
    OutOfRange {
        /// Least value allowed.
        min: f64,
        /// Greatest value allowed.
        max: f64,
    },
    /// Not whole.
    NotWhole {
        /// Least value allowed.
        min: f64,
        /// Greatest value allowed.
        max: f64,
    },
    /// None of the words allowed.
    NotAWord(&'static [&'static str]),
    /// Not of the form of an id.
    NotAnId,
    /// Too many characters.
    TooLong {
        /// Characters allowed.
        max: usize,
    },
    /// Not of the form wanted.
    BadForm {
        /// An example of the form wanted.
        example: &'static str,
    },
    /// A part of a compound value is wrong.
    BadPart {
        /// The part as given.
        part: String,
        /// What is allowed there.
        allowed: String,
    },
    /// An instance of so many dies is beyond what is planned for.
    TooManyDies {
        /// Dies allowed.
        max: u64,
    },
    /// A super-node needs at least one card that is no spare.
    SparesNotBelowCards {
        /// Cards in the super-node.
        cards: u32,
    },
    /// Too many or too few of something.
    Count {
        /// Least number allowed.
        min: usize,
        /// Greatest number allowed.
        max: usize,
    },
    /// Written by a newer release.
    NewerVersion {
        /// The newest version known here.
        known: u32,
    },
}

impl Wrong {
    /// A stable name, for looking up the text in the reader's language.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKey { .. } => "unknown-key",
            Self::Duplicate => "duplicate",
            Self::BadEscape => "bad-escape",
            Self::Empty => "empty",
            Self::NotANumber(_) => "not-a-number",
            Self::OutOfRange { .. } => "out-of-range",
            Self::NotWhole { .. } => "not-whole",
            Self::NotAWord(_) => "not-a-word",
            Self::NotAnId => "not-an-id",
            Self::TooLong { .. } => "too-long",
            Self::BadForm { .. } => "bad-form",
            Self::BadPart { .. } => "bad-part",
            Self::TooManyDies { .. } => "too-many-dies",
            Self::SparesNotBelowCards { .. } => "spares-not-below-cards",
            Self::Count { .. } => "count",
            Self::NewerVersion { .. } => "newer-version",
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey {
                did_you_mean: Some(key),
            } => write!(f, "unknown; did you mean \"{key}\"?"),
            Self::UnknownKey { did_you_mean: None } => f.write_str("unknown"),
            Self::Duplicate => f.write_str("given more than once; the first one counts"),
            Self::BadEscape => f.write_str("broken percent-encoding; write \"%\" as \"%25\""),
            Self::Empty => f.write_str("no value"),
            Self::NotANumber(reason) => reason.fmt(f),
            Self::OutOfRange { min, max } => write!(
                f,
                "out of range; allowed is {} to {}",
                shortest(*min),
                shortest(*max)
            ),
            Self::NotWhole { min, max } => write!(
                f,
                "must be a whole number from {} to {}",
                shortest(*min),
                shortest(*max)
            ),
            Self::NotAWord(words) => write!(f, "allowed is one of {}", words.join(", ")),
            Self::NotAnId => {
                f.write_str("must be an id of lower-case letters, digits, \".\" and \"-\"")
            }
            Self::TooLong { max } => write!(f, "longer than {max} characters"),
            Self::BadForm { example } => write!(f, "must be of the form {example}"),
            Self::BadPart { part, allowed } => write!(f, "\"{part}\": {allowed}"),
            Self::TooManyDies { max } => {
                write!(f, "one instance may take at most {max} dies (tp·pp·dp)")
            }
            Self::SparesNotBelowCards { cards } => {
                write!(f, "must be fewer than the {cards} cards of the super-node")
            }
            Self::Count { min, max } => write!(f, "there must be {min} to {max}"),
            Self::NewerVersion { known } => write!(
                f,
                "written by a newer release; this one knows versions up to {known}"
            ),
        }
    }
}

/// A value of a scenario that is not allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Its place in the scenario file, e.g. "workload.input_tokens".
    pub path: String,
    /// The value.
    pub given: String,
    /// What is wrong with it.
    pub wrong: Wrong,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.wrong)?;
        if !self.given.is_empty() {
            write!(f, " (given: {})", self.given)?;
        }
        Ok(())
    }
}

/// The beginning of a text from outside, for messages: control characters shown as "�".
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 48;
    let mut out: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}
