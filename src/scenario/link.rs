//! The scenario link: `#v=1&hw=h20&pods=1&cards=8&m=qwen3-32b&tpot=30`.
//!
//! Keys stand in a fixed order and only values that differ from the defaults are written. Up to
//! three compared scenarios follow with prefixed keys (`2.hw=…`), each as its differences from the
//! first. Reading never fails: what cannot be read gives a notice and the default. The fragment is
//! never sent to a server; credentials have no key and can therefore not be in a link.

use super::Scenario;
use super::explored::Explored;
use super::fields::Draft;
use super::limits::{FIELDS, field_of};
use super::link_text::{escape_into, similar, unescape};
use super::number::shortest;
use super::wrong::{Wrong, excerpt};
use crate::decimal;

/// Version of the format that is written.
pub const VERSION: u32 = 1;
/// Scenarios that may stand beside the first.
pub const MAX_COMPARED: usize = 3;
/// Longer texts are cut before reading, bytes.
const LONGEST: usize = 20_000;

/// A view of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Inputs and results of one scenario.
    #[default]
    Plan,
    /// Scenarios side by side.
    Compare,
    /// Sweeps and sensitivities.
    Explore,
    /// Cost, price and cash flow.
    Price,
    /// The running factory.
    Live,
    /// Predicted against measured.
    Evidence,
}

impl View {
    /// Every view, in the order of the page.
    pub const ALL: [Self; 6] = [
        Self::Plan,
        Self::Compare,
        Self::Explore,
        Self::Price,
        Self::Live,
        Self::Evidence,
    ];

    /// Its word in links.
    pub fn word(self) -> &'static str {
        VIEWS[self as usize]
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.word() == word)
    }
}

const VIEWS: &[&str] = &["plan", "compare", "explore", "price", "live", "evidence"];

/// What a link carries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedState {
    /// The view it opens on.
    pub view: View,
    /// The current scenario.
    pub scenario: Scenario,
    /// Scenarios compared with it, at most [`MAX_COMPARED`].
    pub compared: Vec<Scenario>,
    /// Which one the others are measured against: 0 = the current one, 1 = the first compared.
    pub baseline: usize,
    /// A customer's link: the page shows the quote's prices and service levels and nothing else.
    pub quote: Option<Quote>,
    /// What the Explore view shows; `None` = nothing said.
    pub explored: Option<Explored>,
}

/// A quote as its link carries it, beside model, targets and prices of the scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quote {
    /// Capacity promised, output tokens/s; `None` = none. Said here so that the link need not hold
    /// the seller's cluster.
    pub capacity: Option<f64>,
}

impl Quote {
    fn write(self) -> String {
        match self.capacity {
            Some(rate) => [QUOTE, ":", &shortest(rate)].concat(),
            None => QUOTE.to_owned(),
        }
    }

    fn read(text: &str) -> Result<Self, Wrong> {
        if text == QUOTE {
            return Ok(Self::default());
        }
        let rate = text
            .strip_prefix(QUOTE)
            .and_then(|rest| rest.strip_prefix(':'))
            .and_then(decimal::parse)
            .filter(|rate| rate.is_finite() && *rate >= 0.0);
        rate.map(|rate| Self {
            capacity: Some(rate),
        })
        .ok_or(Wrong::BadForm {
            example: QUOTE_FORM,
        })
    }
}

impl SharedState {
    /// A plan of one scenario.
    pub fn of(scenario: Scenario) -> Self {
        Self {
            scenario,
            ..Self::default()
        }
    }
}

/// What a link came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// Always usable.
    pub state: SharedState,
    /// What could not be taken over, in the order of the link.
    pub notices: Vec<LinkNotice>,
    /// Keys that could be read; 0 = the text was no link.
    pub taken: usize,
    /// A metrics server that the link names. It is a stranger's word: it may fill a form in, but
    /// nothing is ever asked there by itself. Links that are written never hold one.
    pub server: Option<String>,
}

/// A part of a link that was not taken over.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkNotice {
    /// The key as given.
    pub key: String,
    /// The beginning of the value as given.
    pub given: String,
    /// What was wrong and what is allowed.
    pub wrong: Wrong,
    /// The value used instead; `None` where there is no such input.
    pub used: Option<String>,
}

impl std::fmt::Display for LinkNotice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            key,
            given,
            wrong,
            used,
        } = self;
        write!(f, "{key}")?;
        if !given.is_empty() {
            write!(f, "={given}")?;
        }
        write!(f, ": {wrong}")?;
        match used {
            Some(used) => write!(f, "; {used} is used"),
            None => write!(f, "; ignored"),
        }
    }
}

/// The link's fragment, beginning with "#". Values that are not allowed (see
/// [`super::fields::validate`]) are left out.
pub fn encode(state: &SharedState) -> String {
    let SharedState {
        view,
        scenario,
        compared,
        baseline,
        quote,
        explored,
    } = state;
    let mut out = format!("#v={VERSION}");
    if *view != View::default() {
        push(&mut out, "", "view", view.word());
    }
    if let Some(quote) = quote {
        push(&mut out, "", "show", &quote.write());
    }
    if let Some(explored) = explored {
        push(&mut out, "", "explore", &explored.write());
    }
    write_differences(&mut out, "", &Scenario::default(), scenario);
    for (i, other) in compared.iter().take(MAX_COMPARED).enumerate() {
        let prefix = format!("{}.", i + 2);
        let before = out.len();
        write_differences(&mut out, &prefix, scenario, other);
        if out.len() == before {
            push(&mut out, "", &(i + 2).to_string(), SAME);
        }
    }
    if *baseline > 0 && *baseline <= compared.len().min(MAX_COMPARED) {
        push(&mut out, "", "base", &(baseline + 1).to_string());
    }
    out
}

/// Written for a compared scenario that does not differ.
const SAME: &str = "same";
/// Written for a customer's link.
const QUOTE: &str = "quote";
/// The same with its capacity, output tokens/s.
const QUOTE_FORM: &str = "quote or quote:35600";

fn push(out: &mut String, prefix: &str, key: &str, value: &str) {
    out.push('&');
    out.push_str(prefix);
    out.push_str(key);
    out.push('=');
    escape_into(out, value);
}

/// Plays the reading through while writing, so that whatever follows from a key (the usual spares
/// from the cards) is not written either.
fn write_differences(out: &mut String, prefix: &str, base: &Scenario, scenario: &Scenario) {
    let wanted = Draft::of(scenario).texts();
    let mut read = Draft::of(base);
    let mut known = read.texts();
    for (i, field) in FIELDS.iter().enumerate() {
        let (Some(text), Some(have)) = (wanted.get(i), known.get(i)) else {
            continue;
        };
        if text != have && read.set(field.key, text).is_ok() {
            push(out, prefix, field.key, text);
            known = read.texts();
        }
    }
}

/// Reads a link, a whole address that contains one, or its fragment or query alone.
///
/// ```
/// use token_factory::scenario::link::decode;
/// let link = decode("https://example.org/planner/#v=1&tpot=20&colour=red");
/// assert_eq!(link.state.scenario.targets.tpot_ms, 20.0);
/// assert_eq!(link.notices[0].key, "colour");
/// ```
pub fn decode(text: &str) -> Decoded {
    let mut notices = Notices::default();
    let pairs = pairs(text, &mut notices);
    let pairs = migrate(pairs, MIGRATIONS, &mut notices);
    let mut reader = Reader {
        used: vec![false; pairs.len()],
        pairs,
        notices,
        taken: 0,
    };
    let state = reader.state();
    let server = reader.take("api").and_then(|pair| pair.value);
    reader.leftovers();
    let Reader { notices, taken, .. } = reader;
    Decoded {
        state,
        notices: notices.sorted(),
        taken,
        server,
    }
}

/// One `key=value` of a link.
#[derive(Clone, Debug, PartialEq)]
struct Pair {
    /// Place in the link.
    at: usize,
    key: String,
    /// `None`: cannot be unescaped.
    value: Option<String>,
    raw: String,
}

#[derive(Default)]
struct Notices(Vec<(usize, LinkNotice)>);

impl Notices {
    fn add(&mut self, pair: &Pair, wrong: Wrong, used: Option<String>) {
        self.0.push((
            pair.at,
            LinkNotice {
                key: excerpt(&pair.key),
                given: excerpt(pair.value.as_deref().unwrap_or(&pair.raw)),
                wrong,
                used: used.map(|text| excerpt(&text)),
            },
        ));
    }

    fn sorted(mut self) -> Vec<LinkNotice> {
        self.0.sort_by_key(|(at, _)| *at);
        self.0.into_iter().map(|(_, notice)| notice).collect()
    }
}

/// The part of an address that carries the scenario.
fn fragment(text: &str) -> &str {
    let text = text.trim();
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let part = if fragment.contains('=') {
        fragment
    } else {
        match before.split_once('?') {
            Some((_, query)) => query,
            None if text.contains('#') => fragment,
            None => before,
        }
    };
    part.trim_start_matches(['#', '!', '/', '?'])
}

fn pairs(text: &str, notices: &mut Notices) -> Vec<Pair> {
    let mut part = fragment(text);
    if part.len() > LONGEST {
        let mut end = LONGEST;
        while !part.is_char_boundary(end) {
            end -= 1;
        }
        let cut = Pair {
            at: usize::MAX,
            key: "link".into(),
            value: Some(String::new()),
            raw: String::new(),
        };
        notices.add(&cut, Wrong::TooLong { max: LONGEST }, None);
        part = part.get(..end).unwrap_or_default();
    }
    part.split('&')
        // Mail programs and chat tools are known to escape "&" a second time.
        .map(|pair| pair.strip_prefix("amp;").unwrap_or(pair))
        .filter(|pair| !pair.trim().is_empty())
        .enumerate()
        .map(|(at, pair)| {
            let (key, raw) = pair.split_once('=').unwrap_or((pair, ""));
            Pair {
                at,
                key: unescape(key)
                    .unwrap_or_else(|| key.to_owned())
                    .trim()
                    .to_owned(),
                value: unescape(raw).map(|value| value.trim().to_owned()),
                raw: raw.to_owned(),
            }
        })
        .collect()
}

/// Rewrites the pairs of one version into those of the next.
type Migration = fn(Vec<Pair>) -> Vec<Pair>;

/// From version i + 1 to version i + 2; never changed once released, only added to.
const MIGRATIONS: &[Migration] = &[];

fn migrate(mut pairs: Vec<Pair>, migrations: &[Migration], notices: &mut Notices) -> Vec<Pair> {
    let newest = migrations.len() as u32 + 1;
    let written = pairs.iter().find(|pair| pair.key == "v");
    let version = match written.map(|pair| (pair, pair.value.as_deref().unwrap_or("").parse())) {
        None => newest,
        Some((_, Ok(version))) if (1..=newest).contains(&version) => version,
        Some((pair, Ok(version))) if version > newest => {
            notices.add(
                pair,
                Wrong::NewerVersion { known: newest },
                Some(newest.to_string()),
            );
            newest
        }
        Some((pair, _)) => {
            let wrong = Wrong::NotWhole {
                min: 1.0,
                max: f64::from(newest),
            };
            notices.add(pair, wrong, Some(newest.to_string()));
            newest
        }
    };
    for step in migrations.iter().skip(version as usize - 1) {
        pairs = step(pairs);
    }
    pairs
}

struct Reader {
    pairs: Vec<Pair>,
    used: Vec<bool>,
    notices: Notices,
    taken: usize,
}

impl Reader {
    /// The first pair with this key; later ones are reported.
    fn take(&mut self, key: &str) -> Option<Pair> {
        let mut found: Option<Pair> = None;
        for (pair, used) in self.pairs.iter().zip(&mut self.used) {
            if pair.key != key {
                continue;
            }
            *used = true;
            match &found {
                None => found = Some(pair.clone()),
                Some(first) => {
                    self.notices
                        .add(pair, Wrong::Duplicate, Some(first.raw.clone()));
                }
            }
        }
        found
    }

    fn state(&mut self) -> SharedState {
        if let Some(pair) = self.take("v")
            && pair
                .value
                .as_deref()
                .is_some_and(|v| v.parse::<u32>().is_ok())
        {
            self.taken += 1;
        }
        let mut view = View::default();
        if let Some(pair) = self.take("view") {
            match View::of(pair.value.as_deref().unwrap_or("")) {
                Some(known) => {
                    view = known;
                    self.taken += 1;
                }
                None => self
                    .notices
                    .add(&pair, Wrong::NotAWord(VIEWS), Some(view.word().into())),
            }
        }
        let quote = self.beside("show", Quote::read);
        let explored = self.beside("explore", Explored::read);
        let scenario = self.scenario("", &Scenario::default());
        let compared = self.compared(&scenario);
        let mut baseline = 0;
        if let Some(pair) = self.take("base") {
            let most = compared.len() + 1;
            match pair.value.as_deref().unwrap_or("").parse::<usize>() {
                Ok(n) if (1..=most).contains(&n) => {
                    baseline = n - 1;
                    self.taken += 1;
                }
                _ => self.notices.add(
                    &pair,
                    Wrong::NotWhole {
                        min: 1.0,
                        max: most as f64,
                    },
                    Some("1".into()),
                ),
            }
        }
        SharedState {
            view,
            scenario,
            compared,
            baseline,
            quote,
            explored,
        }
    }

    /// What stands beside the scenario under a key; nothing where it cannot be read.
    fn beside<T>(&mut self, key: &str, read: fn(&str) -> Result<T, Wrong>) -> Option<T> {
        let pair = self.take(key)?;
        let read = match pair.value.as_deref() {
            None => Err(Wrong::BadEscape),
            Some("") => Err(Wrong::Empty),
            Some(value) => read(value),
        };
        match read {
            Ok(value) => {
                self.taken += 1;
                Some(value)
            }
            Err(wrong) => {
                self.notices.add(&pair, wrong, None);
                None
            }
        }
    }

    fn compared(&mut self, first: &Scenario) -> Vec<Scenario> {
        let mut out = Vec::new();
        for i in 2..2 + MAX_COMPARED {
            let prefix = format!("{i}.");
            let bare = self.take(&i.to_string());
            let known = |pair: &Pair| {
                pair.key
                    .strip_prefix(&prefix)
                    .is_some_and(|key| field_of(key).is_some())
            };
            if bare.is_none() && !self.pairs.iter().any(known) {
                continue;
            }
            if let Some(pair) = bare {
                if pair.value.as_deref() == Some(SAME) {
                    self.taken += 1;
                } else {
                    self.notices
                        .add(&pair, Wrong::NotAWord(&[SAME]), Some(SAME.into()));
                }
            }
            out.push(self.scenario(&prefix, first));
        }
        out
    }

    fn scenario(&mut self, prefix: &str, base: &Scenario) -> Scenario {
        let mut draft = Draft::of(base);
        for field in FIELDS {
            let Some(pair) = self.take(&format!("{prefix}{}", field.key)) else {
                continue;
            };
            let set = match pair.value.as_deref() {
                None => Err(Wrong::BadEscape),
                Some("") if field.key != "name" => Err(Wrong::Empty),
                Some(value) => draft.set(field.key, value),
            };
            match set {
                Ok(()) => self.taken += 1,
                Err(wrong) => {
                    let used = draft.text(field.key);
                    self.notices.add(&pair, wrong, Some(used));
                }
            }
        }
        draft.scenario()
    }

    /// Reports what no one asked for.
    fn leftovers(&mut self) {
        for (pair, used) in self.pairs.iter().zip(&self.used) {
            if !used {
                let wrong = Wrong::UnknownKey {
                    did_you_mean: similar(&pair.key),
                };
                self.notices.add(pair, wrong, None);
            }
        }
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
