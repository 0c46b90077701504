//! What needs attention: rules as data with thresholds from the plan, looked for in the history.
//!
//! A rule raises when its value is beyond `raise` for `for_s` seconds and clears when it is back
//! behind `clear`, so that a value that trembles about its threshold does not flicker. Everything is
//! worked out anew from the history, nothing is stored: the same history gives the same alerts.

mod rules;

use serde::Serialize;

pub use rules::{Rule, RuleKind, Rules, Severity};

use super::devices::CardKey;
use super::flow::{Figure, Flow};
use super::history::Moment;
use super::state::{CardState, CardStatus, Factory};

/// Cards named in one alert at most; the rest are counted.
const CARDS_NAMED: usize = 20;
/// A value that is missing for longer than this many of its spans ends what was going on.
const GAP_SPANS: f64 = 5.0;
/// A value that was told within so many seconds is known.
const KNOWN_WITHIN_S: f64 = 180.0;

/// Something that needs attention.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// What.
    pub kind: RuleKind,
    /// How grave.
    pub severity: Severity,
    /// Since when, seconds since 1970.
    pub since_s: f64,
    /// The value now, in the kind's unit.
    pub value: f64,
    /// The threshold that it is beyond.
    pub threshold: f64,
    /// Cards it concerns (the first [`CARDS_NAMED`] of them), where it is about cards.
    pub cards: Vec<CardKey>,
    /// How many cards in all.
    pub card_count: usize,
    /// Super-nodes (or racks, hosts) it concerns; empty = the whole factory.
    pub groups: Vec<String>,
    /// Seconds until it is raised, if it stays like this; 0 = it is raised.
    pub fires_in_s: f64,
}

/// Everything that rules have to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watch {
    /// What needs attention: the gravest first, of those the longest standing.
    pub raised: Vec<Alert>,
    /// What is beyond its threshold, but not yet for as long as its rule waits; in the same order.
    pub pending: Vec<Alert>,
    /// Rules in force that can be judged.
    pub judged: usize,
    /// Rules in force whose value is not known.
    pub unknown: Vec<RuleKind>,
}

impl Alert {
    /// It is about cards or groups of them, not about the flow.
    pub fn is_of_cards(&self) -> bool {
        !self.cards.is_empty() || !self.groups.is_empty()
    }
}

impl RuleKind {
    /// The figure that it watches; `None` = cards.
    pub fn figure(self) -> Option<Figure> {
        use RuleKind::*;
        Some(match self {
            KvCache => Figure::KvPeak,
            WaitingGrows => Figure::Waiting,
            Ttft => Figure::TtftP95,
            Tpot => Figure::TpotP95,
            Failures => Figure::Failed,
            Preemptions => Figure::Preemptions,
            EnergyPerToken => Figure::JoulesPerToken,
            CostPerMillion => Figure::CostPerMillion,
            Power => Figure::WallPower,
            Acceptance => Figure::Acceptance,
            UnhealthyCards | SilentCards | HotCards | Throttled => return None,
        })
    }
}

/// What needs attention now: the gravest first, of those the longest standing.
pub fn alerts(rules: &Rules, factory: &Factory) -> Vec<Alert> {
    watch(rules, factory).raised
}

/// What needs attention, what soon will, and what cannot be judged.
pub fn watch(rules: &Rules, factory: &Factory) -> Watch {
    let mut out = Watch::default();
    let recent = factory.mean_over(KNOWN_WITHIN_S);
    let mut found = Vec::new();
    for rule in rules.rules.iter().filter(|rule| rule.on) {
        found.extend(match rule.kind {
            RuleKind::UnhealthyCards => unhealthy(rule, factory),
            RuleKind::SilentCards => silent(rule, factory),
            RuleKind::HotCards => hot(rule, factory),
            RuleKind::Throttled => throttled(rule, factory),
            _ => of_flow(rule, factory),
        });
        if is_known(rule.kind, &recent, factory) {
            out.judged += 1;
        } else {
            out.unknown.push(rule.kind);
        }
    }
    found.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.since_s.total_cmp(&b.since_s))
            .then_with(|| a.kind.cmp(&b.kind))
    });
    (out.raised, out.pending) = found.into_iter().partition(|a| a.fires_in_s <= 0.0);
    out
}

/// What a rule of that kind looks at has been told lately.
fn is_known(kind: RuleKind, recent: &Flow, factory: &Factory) -> bool {
    match kind {
        RuleKind::UnhealthyCards | RuleKind::SilentCards => factory.count() > 0,
        RuleKind::HotCards => factory
            .cards()
            .any(|(_, c)| !c.silent && c.reading.temperature_c.is_some()),
        RuleKind::Throttled => factory.cards().any(|(_, c)| c.reading.clock_mhz.is_some()),
        RuleKind::WaitingGrows => recent.get(Figure::Waiting).is_some(),
        // Without a request there is no share of failed ones, and none has failed.
        RuleKind::Failures => recent.get(Figure::Failed).is_some(),
        _ => value_of(kind, recent).is_some(),
    }
}

/// A value as the rule of that kind sees it.
fn value_of(kind: RuleKind, flow: &Flow) -> Option<f64> {
    match kind {
        RuleKind::KvCache => flow.get(Figure::KvPeak).or(flow.get(Figure::KvUsed)),
        RuleKind::Ttft => flow.get(Figure::TtftP95),
        RuleKind::Tpot => flow.get(Figure::TpotP95),
        RuleKind::Failures => {
            let failed = flow.get(Figure::Failed)?;
            let all = failed + flow.get(Figure::Requests)?;
            (all > 0.0).then(|| failed / all)
        }
        RuleKind::Preemptions => flow.get(Figure::Preemptions),
        RuleKind::EnergyPerToken => flow.get(Figure::JoulesPerToken),
        RuleKind::CostPerMillion => flow.get(Figure::CostPerMillion),
        RuleKind::Power => flow.get(Figure::WallPower).map(|w| w / 1000.0),
        RuleKind::Acceptance => flow.get(Figure::Acceptance),
        RuleKind::WaitingGrows
        | RuleKind::UnhealthyCards
        | RuleKind::SilentCards
        | RuleKind::HotCards
        | RuleKind::Throttled => None,
    }
}

/// Growth of the queue in requests per minute, over the last two minutes before each moment.
fn waiting_growth(moments: &[Moment<Flow>]) -> Vec<(f64, f64, Option<f64>)> {
    const OVER_S: f64 = 120.0;
    let mut first = 0;
    let mut out = Vec::with_capacity(moments.len());
    for (index, moment) in moments.iter().enumerate() {
        while moments
            .get(first)
            .is_some_and(|m| moment.at_s - m.at_s > OVER_S)
        {
            first += 1;
        }
        let growth = || {
            let earlier = moments.get(first).filter(|_| first < index)?;
            let grown = moment.value.get(Figure::Waiting)? - earlier.value.get(Figure::Waiting)?;
            Some(grown / (moment.at_s - earlier.at_s) * 60.0)
        };
        out.push((moment.at_s, moment.span_s, growth()));
    }
    out
}

fn of_flow(rule: &Rule, factory: &Factory) -> Option<Alert> {
    let moments = factory.history().moments();
    let values: Vec<(f64, f64, Option<f64>)> = if rule.kind == RuleKind::WaitingGrows {
        waiting_growth(moments)
    } else {
        let value = |m: &Moment<Flow>| (m.at_s, m.span_s, value_of(rule.kind, &m.value));
        moments.iter().map(value).collect()
    };
    let stands = standing(rule, values)?;
    let mut out = alert(rule, stands.since_s, stands.value);
    out.fires_in_s = stands.fires_in_s;
    Some(out)
}

/// A value beyond its threshold.
struct Standing {
    /// Since when, seconds since 1970.
    since_s: f64,
    /// The latest value.
    value: f64,
    /// Seconds until its rule has waited long enough; 0 = it has.
    fires_in_s: f64,
}

/// Walks (time, span, value) and says since when the value is beyond its threshold.
fn standing(
    rule: &Rule,
    values: impl IntoIterator<Item = (f64, f64, Option<f64>)>,
) -> Option<Standing> {
    let above = rule.kind.raised_above();
    let beyond = |v: f64| {
        if above {
            v > rule.raise
        } else {
            v < rule.raise
        }
    };
    let cleared = |v: f64| {
        if above {
            v <= rule.clear
        } else {
            v >= rule.clear
        }
    };
    // Since when it is beyond; whether long enough; the latest value and when it was seen.
    let mut since: Option<f64> = None;
    let mut raised = false;
    let mut last: Option<(f64, f64)> = None;
    for (at_s, span_s, value) in values {
        let Some(value) = value else {
            // Unknown is not good news; but what is unknown for long is no news at all.
            if last.is_some_and(|(seen, _)| at_s - seen > GAP_SPANS * span_s.max(1.0)) {
                (since, raised) = (None, false);
            }
            continue;
        };
        last = Some((at_s, value));
        if beyond(value) {
            let start = *since.get_or_insert(at_s);
            raised = raised || at_s - start >= rule.for_s;
        } else if !raised || cleared(value) {
            (since, raised) = (None, false);
        }
    }
    let (seen, value) = last?;
    since.map(|since_s| Standing {
        since_s,
        value,
        fires_in_s: if raised {
            0.0
        } else {
            (rule.for_s - (seen - since_s)).max(f64::MIN_POSITIVE)
        },
    })
}

fn alert(rule: &Rule, since_s: f64, value: f64) -> Alert {
    Alert {
        kind: rule.kind,
        severity: rule.severity,
        since_s,
        value,
        threshold: rule.raise,
        cards: Vec::new(),
        card_count: 0,
        groups: Vec::new(),
        fires_in_s: 0.0,
    }
}

/// An alert about cards of which each is in trouble since some time.
fn about_cards(rule: &Rule, mut cards: Vec<(&CardKey, f64)>, value: f64) -> Option<Alert> {
    cards.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(b.0)));
    let since_s = cards.first()?.1;
    let mut out = alert(rule, since_s, value);
    out.card_count = cards.len();
    out.groups = cards
        .iter()
        .map(|(key, _)| key.group().to_owned())
        .collect();
    out.groups.sort_by(|a, b| super::state::natural_order(a, b));
    out.groups.dedup();
    out.cards = cards
        .iter()
        .take(CARDS_NAMED)
        .map(|(key, _)| (*key).clone())
        .collect();
    Some(out)
}

/// Cards in trouble, each since some time: raised by those that are for long enough, pending by all.
fn counted(rule: &Rule, factory: &Factory, cards: Vec<(&CardKey, f64)>) -> Option<Alert> {
    let now = factory.at_s()?;
    let wait = |since: f64| (rule.for_s - (now - since)).max(0.0);
    let (long, short): (Vec<_>, Vec<_>) = cards.iter().partition(|(_, since)| wait(*since) <= 0.0);
    let enough = |n: usize| n as f64 > rule.raise;
    if enough(long.len()) {
        let count = long.len() as f64;
        return about_cards(rule, long, count);
    }
    if !enough(cards.len()) {
        return None;
    }
    let fires_in_s = short.iter().map(|(_, s)| wait(*s)).fold(0.0, f64::max);
    let count = cards.len() as f64;
    let mut out = about_cards(rule, cards, count)?;
    out.fires_in_s = fires_in_s;
    Some(out)
}

fn unhealthy(rule: &Rule, factory: &Factory) -> Option<Alert> {
    let now = factory.at_s()?;
    let bad = factory.with_status(CardStatus::Bad);
    let cards = bad
        .map(|(key, c)| (key, c.bad_since_s.unwrap_or(now)))
        .collect();
    counted(rule, factory, cards)
}

fn silent(rule: &Rule, factory: &Factory) -> Option<Alert> {
    let silent = factory.with_status(CardStatus::Silent);
    counted(
        rule,
        factory,
        silent.map(|(key, c)| (key, c.seen_at_s)).collect(),
    )
}

fn hot(rule: &Rule, factory: &Factory) -> Option<Alert> {
    let mut cards = Vec::new();
    for (key, card) in factory.cards().filter(|(_, c)| !c.silent) {
        if let Some(stands) = standing(rule, temperatures(card)) {
            cards.push((key, stands));
        }
    }
    // One card that has been hot for long enough raises it; the others wait.
    let soonest = cards.iter().map(|(_, s)| s.fires_in_s).reduce(f64::min)?;
    if soonest <= 0.0 {
        cards.retain(|(_, s)| s.fires_in_s <= 0.0);
    }
    let hottest = cards.iter().map(|(_, s)| s.value).fold(f64::MIN, f64::max);
    let cards = cards.into_iter().map(|(k, s)| (k, s.since_s)).collect();
    let mut out = about_cards(rule, cards, hottest)?;
    out.fires_in_s = soonest;
    Some(out)
}

fn temperatures(card: &CardState) -> impl Iterator<Item = (f64, f64, Option<f64>)> + '_ {
    let moments = card.history.moments().iter();
    moments.map(|m| {
        let [_, _, heat] = m.value;
        (m.at_s, m.span_s, (!heat.is_nan()).then(|| f64::from(heat)))
    })
}

/// Cards keep since when they are slow; clocks have no history of their own.
fn throttled(rule: &Rule, factory: &Factory) -> Option<Alert> {
    let groups = factory.groups();
    let clocks: Vec<(&str, f64)> = groups
        .iter()
        .filter_map(|g| Some((g.name, g.clock_mhz?)))
        .collect();
    let best = clocks.iter().map(|(_, c)| *c).reduce(f64::max)?;
    let mut worst: f64 = 1.0;
    let mut names = Vec::new();
    for (name, clock) in clocks {
        let share = clock / best;
        if share < rule.raise {
            worst = worst.min(share);
            names.push(name.to_owned());
        }
    }
    if names.is_empty() {
        return None;
    }
    let now = factory.at_s()?;
    let slow = factory
        .cards()
        .filter(|(key, _)| names.iter().any(|n| n == key.group()));
    let since = slow.filter_map(|(_, c)| c.slow_since_s).fold(now, f64::min);
    let mut out = alert(rule, since, worst);
    out.fires_in_s = (rule.for_s - (now - since)).max(0.0);
    out.groups = names;
    Some(out)
}

#[cfg(test)]
mod tests;
