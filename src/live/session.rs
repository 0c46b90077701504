//! Recorded sessions: what was seen of a factory, as a file to keep, send and replay.
//!
//! The file is JSON with a header. It holds figures and cards only: no address, no token, no label
//! but the places of the cards. It is made from a [`Factory`], which keeps all of it in bounded
//! memory already, and played back as the polls it was made from, at the resolution kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json;

use super::devices::{Card, CardKey, Health, Reading};
use super::flow::Flow;
use super::state::{CardState, Factory, Snapshot};

/// The header's `format`.
pub const FORMAT: &str = "token-factory-session";
/// The header's `version`.
pub const VERSION: u32 = 1;
/// Longer files are refused, bytes.
pub const LONGEST: usize = 64_000_000;
/// Figures are kept to this many significant digits.
const DIGITS: i32 = 6;
/// Moments and cards that a file may hold at most.
const MOST_MOMENTS: usize = 100_000;
const MOST_CARDS: usize = 100_000;

/// Where the figures came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recorded {
    /// A real cluster.
    #[default]
    Live,
    /// The built-in simulated factory: made up, and shown as such.
    Simulated,
}

/// Why a file is no session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Too long.
    #[error("longer than {max} bytes: no session file")]
    TooLong {
        /// Bytes allowed.
        max: usize,
    },
    /// No JSON, or cut off.
    #[error("no JSON at line {line}, column {column}: {message}")]
    NotJson {
        /// Line of the mistake.
        line: usize,
        /// Column of the mistake.
        column: usize,
        /// What the reader says.
        message: String,
    },
    /// JSON, but no session of ours.
    #[error("no session file: it must hold \"format\": \"token-factory-session\"")]
    NotASession,
    /// Written by a newer release.
    #[error("written by a newer release; this one knows versions up to {known}")]
    NewerVersion {
        /// The newest version known here.
        known: u32,
    },
    /// A field has the wrong name, type or value.
    #[error("{message}")]
    Field {
        /// What is wrong, and where.
        message: String,
    },
    /// Nothing was recorded.
    #[error("the session holds no moment; record for at least one poll")]
    Empty,
}

/// A recorded session.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Where the figures came from.
    pub recorded: Recorded,
    /// Models that were served.
    pub models: Vec<String>,
    moments: Vec<Instant>,
    /// Lists of times that cards share.
    times: Vec<Vec<f64>>,
    cards: Vec<Track>,
}

/// Figures at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Instant {
    at_s: f64,
    span_s: f64,
    flow: Flow,
}

/// One card over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Track {
    key: CardKey,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    model: String,
    /// What it showed last.
    last: Reading,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bad_since_s: Option<f64>,
    /// Which list of times its points are at.
    times: usize,
    /// Utilisation, share × 1000.
    utilisation: Vec<Option<u32>>,
    /// Power, W × 10.
    power: Vec<Option<u32>>,
    /// Temperature, °C × 10.
    temperature: Vec<Option<i32>>,
}

impl Session {
    /// What a factory shows and has shown.
    pub fn of(factory: &Factory, recorded: Recorded) -> Self {
        let moments = factory.history().moments().iter();
        let mut times = Times::default();
        let cards = factory
            .cards()
            .map(|(key, card)| track(key, card, &mut times));
        let cards = cards.collect();
        Self {
            recorded,
            models: factory.models().to_vec(),
            moments: moments
                .map(|m| Instant {
                    at_s: m.at_s,
                    span_s: m.span_s,
                    flow: short(&m.value),
                })
                .collect(),
            times: times.lists,
            cards,
        }
    }

    /// The file's text, piece by piece: as a whole its values would take ten times the text's memory.
    pub fn to_json(&self) -> String {
        let mut out = format!(
            r#"{{"format":"{FORMAT}","version":{VERSION},"recorded":{}"#,
            json::text(&self.recorded)
        );
        if !self.models.is_empty() {
            list(&mut out, "models", &self.models);
        }
        list(&mut out, "moments", &self.moments);
        list(&mut out, "times", &self.times);
        list(&mut out, "cards", &self.cards);
        out.push('}');
        out
    }

    /// Reads a file's text.
    pub fn read(text: &str) -> Result<Self, SessionError> {
        if text.len() > LONGEST {
            return Err(SessionError::TooLong { max: LONGEST });
        }
        let read: Value = serde_json::from_str(text).map_err(|error| SessionError::NotJson {
            line: error.line(),
            column: error.column(),
            message: error.to_string(),
        })?;
        // The header first: a wrong file is named as such, not by its first strange field.
        let Value::Object(mut file) = read else {
            return Err(SessionError::NotASession);
        };
        if file.remove("format") != Some(Value::from(FORMAT)) {
            return Err(SessionError::NotASession);
        }
        let version: u32 = one(&mut file, "version")?;
        if version > VERSION {
            return Err(SessionError::NewerVersion { known: VERSION });
        }
        let session = Self {
            recorded: one(&mut file, "recorded")?,
            models: if file.contains_key("models") {
                each(&mut file, "models")?
            } else {
                Vec::new()
            },
            moments: each(&mut file, "moments")?,
            times: each(&mut file, "times")?,
            cards: each(&mut file, "cards")?,
        };
        if let Some(key) = file.keys().next() {
            return field(format!(
                "unknown field `{key}`; a session has format, version, recorded, models, moments, times, cards"
            ));
        }
        session.check()?;
        Ok(session)
    }

    fn check(&self) -> Result<(), SessionError> {
        if self.moments.is_empty() {
            return Err(SessionError::Empty);
        }
        if self.moments.len() > MOST_MOMENTS || self.cards.len() > MOST_CARDS {
            return field(format!(
                "more than {MOST_MOMENTS} moments or {MOST_CARDS} cards: too large for a session"
            ));
        }
        if !rising(self.moments.iter().map(|m| m.at_s)) {
            return field("moments: times must be numbers in rising order".into());
        }
        if self
            .moments
            .iter()
            .any(|m| !(m.span_s > 0.0 && m.span_s.is_finite()))
        {
            return field("moments: every span_s must be above 0".into());
        }
        if let Some(at) = self.times.iter().position(|t| !rising(t.iter().copied())) {
            return field(format!(
                "times[{at}]: times must be numbers in rising order"
            ));
        }
        for (index, card) in self.cards.iter().enumerate() {
            let Some(times) = self.times.get(card.times) else {
                return field(format!(
                    "cards[{index}].times: there are {} lists of times",
                    self.times.len()
                ));
            };
            let lengths = [
                card.utilisation.len(),
                card.power.len(),
                card.temperature.len(),
            ];
            if lengths.iter().any(|l| *l != times.len()) {
                return field(format!(
                    "cards[{index}]: {} values wanted, one for each of its times",
                    times.len()
                ));
            }
        }
        Ok(())
    }

    /// Polls that it can be played back as.
    pub fn len(&self) -> usize {
        self.moments.len()
    }

    /// No poll: never, once read.
    pub fn is_empty(&self) -> bool {
        self.moments.is_empty()
    }

    /// Time of a poll, seconds since 1970.
    pub fn at_s(&self, index: usize) -> Option<f64> {
        self.moments.get(index).map(|m| m.at_s)
    }

    /// Seconds that a poll stands for.
    pub fn span_s(&self, index: usize) -> Option<f64> {
        self.moments.get(index).map(|m| m.span_s)
    }

    /// Seconds from the first poll to the last.
    pub fn length_s(&self) -> f64 {
        let first = self.moments.first().map_or(0.0, |m| m.at_s);
        self.moments.last().map_or(0.0, |m| m.at_s) - first
    }

    /// A poll as it was seen. Of a card its figures over time are kept, all else (memory, clock,
    /// duty) as it was last; it is missing from polls before its first and after its last point.
    pub fn snapshot(&self, index: usize) -> Option<Snapshot> {
        let moment = self.moments.get(index)?;
        let cards = self.cards.iter();
        Some(Snapshot {
            at_s: moment.at_s,
            flow: moment.flow,
            cards: (!self.cards.is_empty())
                .then(|| cards.filter_map(|c| self.card_at(c, moment)).collect()),
            models: self.models.clone(),
            ..Snapshot::default()
        })
    }

    fn card_at(&self, track: &Track, moment: &Instant) -> Option<Card> {
        let times = self.times.get(track.times)?;
        // The first point not earlier than the poll's begin: a point kept coarser stands for all of
        // its stretch.
        let begin = moment.at_s - moment.span_s / 2.0;
        let (first, last) = (*times.first()?, *times.last()?);
        if last < begin || first > moment.at_s + moment.span_s / 2.0 {
            return None;
        }
        let point = times.partition_point(|t| *t < begin).min(times.len() - 1);
        let mut reading = track.last;
        let ends = times.len() - 1 == point;
        if !ends || reading.utilisation.is_some() {
            reading.utilisation = value(&track.utilisation, point).map(|v| v / 1000.0);
            reading.power_w = value(&track.power, point).map(|v| v / 10.0);
            let heat = track.temperature.get(point).copied().flatten();
            reading.temperature_c = heat.map(|v| v as f32 / 10.0);
        }
        let bad = track.bad_since_s.is_some_and(|since| moment.at_s >= since);
        if reading.health == Health::Bad && !bad {
            reading.health = Health::Well;
            reading.error = None;
        }
        // The poll's time stands for the sample's: ages are not played back.
        reading.sample_at_s = None;
        Some(Card {
            key: track.key.clone(),
            reading,
            model: track.model.clone(),
        })
    }
}

fn field<T>(message: String) -> Result<T, SessionError> {
    Err(SessionError::Field { message })
}

/// Appends a field that is a list.
fn list<T: Serialize>(out: &mut String, name: &str, items: &[T]) {
    out.push_str(&format!(",\"{name}\":["));
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&json::text(item));
    }
    out.push(']');
}

/// Takes a field out of a file.
fn one<T: for<'a> Deserialize<'a>>(
    file: &mut Map<String, Value>,
    name: &'static str,
) -> Result<T, SessionError> {
    let value = file.remove(name).unwrap_or_default();
    json::from_value(&value).or_else(|error| field(format!("{name}: {error}")))
}

/// Takes a list out of a file.
fn each<T: for<'a> Deserialize<'a>>(
    file: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Vec<T>, SessionError> {
    let Some(Value::Array(items)) = file.remove(name) else {
        return field(format!("{name}: must be a list"));
    };
    let read = items.into_iter().enumerate().map(|(i, item)| {
        json::from_value(&item).or_else(|error| field(format!("{name}[{i}]: {error}")))
    });
    read.collect()
}

fn rising(mut times: impl Iterator<Item = f64>) -> bool {
    let mut last = f64::NEG_INFINITY;
    times.all(|t| t.is_finite() && t > std::mem::replace(&mut last, t))
}

fn value(values: &[Option<u32>], index: usize) -> Option<f32> {
    values.get(index).copied().flatten().map(|v| v as f32)
}

fn track(key: &CardKey, card: &CardState, times: &mut Times) -> Track {
    let moments = card.history.moments();
    let column = |index: usize, scale: f32| -> Vec<Option<u32>> {
        let values = moments.iter().map(|m| m.value.get(index).copied());
        values
            .map(|v| {
                v.filter(|v| v.is_finite())
                    .map(|v| (v * scale).round().max(0.0) as u32)
            })
            .collect()
    };
    Track {
        key: key.clone(),
        model: card.model.clone(),
        last: card.reading,
        bad_since_s: card.bad_since_s,
        times: times.list(moments.iter().map(|m| m.at_s).collect()),
        utilisation: column(0, 1000.0),
        power: column(1, 10.0),
        temperature: moments
            .iter()
            .map(|m| {
                let [_, _, heat] = m.value;
                heat.is_finite().then(|| (heat * 10.0).round() as i32)
            })
            .collect(),
    }
}

/// Lists of times, each kept once.
#[derive(Default)]
struct Times {
    lists: Vec<Vec<f64>>,
    known: BTreeMap<Vec<u64>, usize>,
}

impl Times {
    fn list(&mut self, times: Vec<f64>) -> usize {
        let bits: Vec<u64> = times.iter().map(|t| t.to_bits()).collect();
        *self.known.entry(bits).or_insert_with(|| {
            self.lists.push(times);
            self.lists.len() - 1
        })
    }
}

/// Figures to [`DIGITS`] significant digits: a file half as long.
fn short(flow: &Flow) -> Flow {
    let mut out = Flow::default();
    for (figure, value) in flow.known() {
        let scale = 10f64.powi(DIGITS - 1 - value.abs().max(1e-12).log10().floor() as i32);
        let rounded = (value * scale).round() / scale;
        out.set(figure, Some(rounded));
    }
    out
}

#[cfg(test)]
mod tests;
