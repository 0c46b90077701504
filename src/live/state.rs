//! The factory as it is known: every card ever seen, the latest figures, and their history.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::devices::{Card, CardKey, Health, Reading};
use super::flow::{CostBasis, Figure, Flow};
use super::history::{CardPoint, History};
use super::sight::{GroupSums, Sight};

/// A card whose clock is below this share of the fastest card's is slow.
const SLOW_CLOCK: f32 = 0.97;
/// Points of history kept for each card.
const CARD_POINTS: usize = 96;

/// One poll's worth of news.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// When, seconds since 1970, by the server's clock where it has one.
    pub at_s: f64,
    /// Figures.
    pub flow: Flow,
    /// Cards; `None` = not asked this time, an empty list = nobody answered.
    pub cards: Option<Vec<Card>>,
    /// What of the cards was asked; `None` = everything.
    pub sight: Option<Sight>,
    /// Sums of every group, where they were asked.
    pub sums: Option<BTreeMap<String, GroupSums>>,
    /// Warnings of the server, to be shown.
    pub warnings: Vec<String>,
    /// Names of the models that engines serve, where asked (see `EngineProfile::models_query`).
    pub models: Vec<String>,
}

/// How a card is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CardStatus {
    /// Reports and works.
    Well,
    /// Reports, with hardly any memory taken and nothing to do: a spare, most likely.
    Idle,
    /// Reports that it is not well.
    Bad,
    /// Reported once and does not any more.
    Silent,
}

/// A card as it is known.
#[derive(Clone, Debug)]
pub struct CardState {
    /// What it showed last.
    pub reading: Reading,
    /// When, seconds since 1970.
    pub seen_at_s: f64,
    /// Chip as its exporter names it.
    pub model: String,
    /// Its answer was missing from the latest poll, or too old.
    pub silent: bool,
    /// Since when it says that it is not well, seconds since 1970.
    pub bad_since_s: Option<f64>,
    /// Since when its clock is well below the fastest card's, seconds since 1970.
    pub slow_since_s: Option<f64>,
    /// What it showed before.
    pub history: History<CardPoint>,
}

impl CardState {
    /// How it is.
    pub fn status(&self) -> CardStatus {
        let reading = &self.reading;
        if self.silent {
            CardStatus::Silent
        } else if reading.health == Health::Bad {
            CardStatus::Bad
        } else if reading.utilisation == Some(0.0)
            && reading.memory_share().is_some_and(|m| m < 0.1)
        {
            CardStatus::Idle
        } else {
            CardStatus::Well
        }
    }
}

/// The factory as it is known.
#[derive(Clone, Debug, Default)]
pub struct Factory {
    cards: BTreeMap<CardKey, CardState>,
    history: History<Flow>,
    flow: Flow,
    at_s: Option<f64>,
    warnings: Vec<String>,
    models: Vec<String>,
    sums: BTreeMap<String, GroupSums>,
    /// Groups of which every field was asked with the latest poll; `None` = all of them.
    full: Option<Vec<String>>,
}

/// A group of cards, for drawing and for telling groups apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Group<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its cards in order.
    pub cards: Vec<&'a CardKey>,
    /// Cards that do not report.
    pub silent: usize,
    /// Cards that report trouble.
    pub bad: usize,
    /// Mean utilisation of the cards at work, 0..1.
    pub utilisation: Option<f64>,
    /// Power, W.
    pub power_w: Option<f64>,
    /// Mean clock of the cards at work, MHz.
    pub clock_mhz: Option<f64>,
    /// Temperature of the hottest card, °C.
    pub hottest_c: Option<f64>,
}

impl Factory {
    /// Takes in a poll. `interval_s` is the time between the samples of a card: one whose own time
    /// is behind its host's newest by more than one and a half of it counts as silent, since an
    /// exporter that stamps its own times keeps the server from noticing.
    pub fn apply(&mut self, snapshot: Snapshot, interval_s: f64, basis: &CostBasis) {
        let mut flow = snapshot.flow;
        let sight = snapshot.sight;
        if let Some(sums) = snapshot.sums {
            add_up(&sums, &mut flow);
            self.sums = sums;
        }
        if let Some(cards) = snapshot.cards {
            self.take_cards(cards, snapshot.at_s, interval_s, sight.as_ref());
            if sight.is_none() {
                self.sum_up(&mut flow);
            }
        }
        self.full = sight.map(|s| s.full);
        flow.derive(basis);
        let span_s = self.at_s.map_or(interval_s, |last| {
            (snapshot.at_s - last).clamp(1e-3, 2.0 * interval_s.max(1e-3))
        });
        self.history.push(snapshot.at_s, span_s, flow);
        self.flow = flow;
        self.at_s = Some(snapshot.at_s);
        self.warnings = snapshot.warnings;
        if !snapshot.models.is_empty() {
            self.models = snapshot.models;
        }
    }

    fn take_cards(&mut self, cards: Vec<Card>, at_s: f64, interval_s: f64, sight: Option<&Sight>) {
        let mut newest: BTreeMap<&str, f64> = BTreeMap::new();
        for card in &cards {
            if let Some(at) = card.reading.sample_at_s {
                let entry = newest.entry(&card.key.host).or_insert(at);
                *entry = entry.max(at);
            }
        }
        let limit_s = (1.5 * interval_s).max(1.0);
        let late: Vec<bool> = cards
            .iter()
            .map(|card| {
                let Some(own) = card.reading.sample_at_s else {
                    return false;
                };
                let host = newest.get(card.key.host.as_str()).copied().unwrap_or(own);
                let before = self
                    .cards
                    .get(&card.key)
                    .and_then(|c| c.reading.sample_at_s);
                // It stood still from poll to poll while others of its host moved on.
                let stood_still = before == Some(own) && host - own > (0.5 * interval_s).max(1.0);
                // A whole host may have stopped: then the poll's time is the measure, with more
                // patience, since clocks differ.
                stood_still || host - own > limit_s || at_s - own > (4.0 * interval_s).max(30.0)
            })
            .collect();
        for (key, state) in &mut self.cards {
            if sight.is_none_or(|s| s.groups.iter().any(|g| g == key.group())) {
                state.silent = true;
            }
        }
        for (card, late) in cards.into_iter().zip(late) {
            let seen = card.reading;
            let mut reading = seen;
            if let (Some(sight), Some(before)) = (sight, self.cards.get(&card.key)) {
                let group = card.key.group();
                reading = seen.over(&before.reading, |field| sight.has(group, field));
            }
            let state = self.cards.entry(card.key).or_insert_with(|| CardState {
                reading,
                seen_at_s: reading.sample_at_s.unwrap_or(at_s),
                model: card.model,
                silent: late,
                bad_since_s: None,
                slow_since_s: None,
                history: History::with_capacity(CARD_POINTS),
            });
            state.silent = late;
            state.reading = reading;
            state.bad_since_s =
                (reading.health == Health::Bad).then(|| state.bad_since_s.unwrap_or(at_s));
            if !late {
                state.seen_at_s = reading.sample_at_s.unwrap_or(at_s).min(at_s);
                let known = |v: Option<f32>| v.unwrap_or(f32::NAN);
                // What was not asked is not known: no flat line of an old value.
                let point = [
                    known(seen.utilisation),
                    known(seen.power_w),
                    known(seen.temperature_c),
                ];
                state.history.push(at_s, interval_s, point);
            }
        }
        self.find_slow(at_s);
    }

    /// Heat and power limits show as a clock below that of other cards.
    fn find_slow(&mut self, at_s: f64) {
        let clock = |c: &CardState| c.reading.clock_mhz.filter(|_| !c.silent);
        let best = self.cards.values().filter_map(clock).reduce(f32::max);
        for state in self.cards.values_mut() {
            let slow = clock(state)
                .zip(best)
                .is_some_and(|(c, best)| c < best * SLOW_CLOCK);
            state.slow_since_s = slow.then(|| state.slow_since_s.unwrap_or(at_s));
        }
    }

    /// Power and utilisation of the cards that report, where the source gave no sum itself.
    fn sum_up(&self, flow: &mut Flow) {
        let reporting = || self.cards.values().filter(|c| !c.silent);
        let power: Vec<f64> = reporting()
            .filter_map(|c| c.reading.power_w.map(f64::from))
            .collect();
        if flow.get(Figure::CardPower).is_none() && !power.is_empty() {
            flow.set(Figure::CardPower, Some(power.iter().sum()));
        }
        let busy: Vec<f64> = reporting()
            .filter_map(|c| c.reading.utilisation.map(f64::from))
            .collect();
        if flow.get(Figure::Utilisation).is_none() && !busy.is_empty() {
            flow.set(
                Figure::Utilisation,
                Some(busy.iter().sum::<f64>() / busy.len() as f64),
            );
        }
    }

    /// The latest figures.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// When the latest figures are from, seconds since 1970.
    pub fn at_s(&self) -> Option<f64> {
        self.at_s
    }

    /// Warnings that came with them.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Figures over time.
    pub fn history(&self) -> &History<Flow> {
        &self.history
    }

    /// Figures over time, to put a range query's answer in.
    pub fn history_mut(&mut self) -> &mut History<Flow> {
        &mut self.history
    }

    /// A card.
    pub fn card(&self, key: &CardKey) -> Option<&CardState> {
        self.cards.get(key)
    }

    /// All cards in order.
    pub fn cards(&self) -> impl Iterator<Item = (&CardKey, &CardState)> {
        self.cards.iter()
    }

    /// Cards ever seen.
    pub fn count(&self) -> usize {
        self.cards.len()
    }

    /// Cards that report now.
    pub fn reporting(&self) -> usize {
        self.cards.values().filter(|c| !c.silent).count()
    }

    /// Sums of every group, as last asked.
    pub fn sums(&self) -> &BTreeMap<String, GroupSums> {
        &self.sums
    }

    /// Groups with a card that is silent, unwell or slow.
    pub fn troubled(&self) -> Vec<String> {
        let trouble = |c: &CardState| {
            c.slow_since_s.is_some() || matches!(c.status(), CardStatus::Silent | CardStatus::Bad)
        };
        let mut names: Vec<String> = self
            .cards
            .iter()
            .filter(|(_, c)| trouble(c))
            .map(|(key, _)| key.group().to_owned())
            .collect();
        names.dedup();
        names
    }

    /// Cards of a status.
    pub fn with_status(&self, status: CardStatus) -> impl Iterator<Item = (&CardKey, &CardState)> {
        self.cards.iter().filter(move |(_, c)| c.status() == status)
    }

    /// Mean of the figures over the last `seconds`, each over the time it was known.
    pub fn mean_over(&self, seconds: f64) -> Flow {
        let mut out = Flow::default();
        let Some(at_s) = self.at_s else {
            return out;
        };
        let recent = self.history.since(at_s - seconds);
        for figure in Figure::ALL {
            let (mut sum, mut weight) = (0.0, 0.0);
            for moment in recent {
                if let Some(value) = moment.value.get(*figure) {
                    sum += value * moment.span_s;
                    weight += moment.span_s;
                }
            }
            out.set(*figure, (weight > 0.0).then(|| sum / weight));
        }
        out
    }

    /// Names of the models that engines serve, as last told.
    pub fn models(&self) -> &[String] {
        &self.models
    }

    /// What is known now as one snapshot: figures as their mean over the last `seconds`, and the
    /// cards that report.
    pub fn summary(&self, seconds: f64) -> Snapshot {
        let card = |(key, state): (&CardKey, &CardState)| Card {
            key: key.clone(),
            reading: state.reading,
            model: state.model.clone(),
        };
        let reporting = self.cards.iter().filter(|(_, c)| !c.silent);
        Snapshot {
            at_s: self.at_s.unwrap_or(0.0),
            flow: self.mean_over(seconds),
            cards: (!self.cards.is_empty()).then(|| reporting.map(card).collect()),
            models: self.models.clone(),
            ..Snapshot::default()
        }
    }

    /// The groups that cards are drawn in, in natural order.
    pub fn groups(&self) -> Vec<Group<'_>> {
        let mut by_name: BTreeMap<&str, Vec<(&CardKey, &CardState)>> = BTreeMap::new();
        for (key, state) in &self.cards {
            by_name.entry(key.group()).or_default().push((key, state));
        }
        let of = |(name, cards): (_, Vec<_>)| {
            let mut group = group(name, &cards);
            // Where cards were not asked in full, the sums are newer than what is known of them.
            let newer = self
                .full
                .as_ref()
                .is_some_and(|f| !f.iter().any(|g| g == name));
            if let Some(sums) = self.sums.get(name).filter(|_| newer) {
                group.utilisation = sums.utilisation.or(group.utilisation);
                group.power_w = sums.power_w.or(group.power_w);
                group.clock_mhz = sums.clock_mhz.or(group.clock_mhz);
                group.hottest_c = sums.hottest_c.or(group.hottest_c);
            }
            group
        };
        let mut groups: Vec<_> = by_name.into_iter().map(of).collect();
        groups.sort_by(|a, b| natural_order(a.name, b.name));
        groups
    }
}

/// Power and utilisation of the whole factory from the sums of its groups.
fn add_up(sums: &BTreeMap<String, GroupSums>, flow: &mut Flow) {
    let power: Vec<f64> = sums.values().filter_map(|s| s.power_w).collect();
    if flow.get(Figure::CardPower).is_none() && !power.is_empty() {
        flow.set(Figure::CardPower, Some(power.iter().sum()));
    }
    let busy = sums
        .values()
        .filter_map(|s| Some((s.devices, s.utilisation?)));
    let (devices, sum) = busy.fold((0.0, 0.0), |(n, sum), (d, u)| (n + d, sum + d * u));
    if flow.get(Figure::Utilisation).is_none() && devices > 0.0 {
        flow.set(Figure::Utilisation, Some(sum / devices));
    }
}

fn group<'a>(name: &'a str, cards: &[(&'a CardKey, &CardState)]) -> Group<'a> {
    let count = |status| cards.iter().filter(|(_, c)| c.status() == status).count();
    let reporting = || cards.iter().map(|(_, c)| *c).filter(|c| !c.silent);
    let working = || reporting().filter(|c| c.status() != CardStatus::Idle);
    let mean = |values: Vec<f64>| {
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let power: Vec<f64> = reporting()
        .filter_map(|c| c.reading.power_w.map(f64::from))
        .collect();
    let mut keys: Vec<&CardKey> = cards.iter().map(|(k, _)| *k).collect();
    keys.sort_by(|a, b| {
        natural_order(&a.rack, &b.rack)
            .then_with(|| natural_order(&a.host, &b.host))
            .then_with(|| (a.index, &a.part).cmp(&(b.index, &b.part)))
    });
    Group {
        name,
        cards: keys,
        silent: count(CardStatus::Silent),
        bad: count(CardStatus::Bad),
        utilisation: mean(
            working()
                .filter_map(|c| c.reading.utilisation.map(f64::from))
                .collect(),
        ),
        power_w: (!power.is_empty()).then(|| power.iter().sum()),
        clock_mhz: mean(
            working()
                .filter_map(|c| c.reading.clock_mhz.map(f64::from))
                .collect(),
        ),
        hottest_c: reporting()
            .filter_map(|c| c.reading.temperature_c.map(f64::from))
            .reduce(f64::max),
    }
}

/// Order in which people count: runs of digits by their number, so that 2 comes before 10.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (run_a, rest_a) = next_run(a);
        let (run_b, rest_b) = next_run(b);
        if run_a.is_empty() || run_b.is_empty() {
            return run_a.cmp(run_b);
        }
        let order = match (run_a.parse::<u64>(), run_b.parse::<u64>()) {
            (Ok(x), Ok(y)) => x.cmp(&y).then_with(|| run_a.cmp(run_b)),
            _ => run_a.cmp(run_b),
        };
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// The leading run of digits or of anything else, and the rest.
fn next_run(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text
        .find(|c: char| c.is_ascii_digit() != digits)
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::super::devices::Field;
    use super::*;

    fn card(host: &str, index: u32, sample_at_s: Option<f64>) -> Card {
        Card {
            key: CardKey {
                super_node: "sn-1".into(),
                host: host.into(),
                index,
                ..CardKey::default()
            },
            reading: Reading {
                utilisation: Some(0.5),
                power_w: Some(400.0),
                temperature_c: Some(50.0),
                sample_at_s,
                ..Reading::default()
            },
            model: "Ascend910C".into(),
        }
    }

    fn poll(factory: &mut Factory, at_s: f64, cards: Vec<Card>) {
        let snapshot = Snapshot {
            at_s,
            cards: Some(cards),
            ..Snapshot::default()
        };
        factory.apply(snapshot, 5.0, &CostBasis::default());
    }

    fn silent(factory: &Factory) -> Vec<String> {
        factory
            .with_status(CardStatus::Silent)
            .map(|(k, _)| k.name())
            .collect()
    }

    #[test]
    fn a_card_that_is_missing_is_silent_and_remembered() {
        let mut factory = Factory::default();
        poll(
            &mut factory,
            0.0,
            vec![card("a", 0, None), card("a", 1, None)],
        );
        assert_eq!((factory.count(), factory.reporting()), (2, 2));
        poll(&mut factory, 5.0, vec![card("a", 0, None)]);
        assert_eq!((factory.count(), factory.reporting()), (2, 1));
        assert_eq!(silent(&factory), ["a/1"]);
        let dead = factory.with_status(CardStatus::Silent).next().unwrap().1;
        assert_eq!(dead.seen_at_s, 0.0);
        // Power is of those that report; nobody knows what the dead one draws.
        assert_eq!(factory.flow().get(Figure::CardPower), Some(400.0));
        poll(
            &mut factory,
            10.0,
            vec![card("a", 0, None), card("a", 1, None)],
        );
        assert_eq!(silent(&factory), Vec::<String>::new());
    }

    #[test]
    fn a_card_whose_own_times_stand_still_is_silent() {
        let mut factory = Factory::default();
        poll(
            &mut factory,
            5.0,
            vec![card("a", 0, Some(4.0)), card("a", 1, Some(4.2))],
        );
        assert_eq!(silent(&factory), Vec::<String>::new());
        poll(
            &mut factory,
            15.0,
            vec![card("a", 0, Some(14.0)), card("a", 1, Some(4.2))],
        );
        assert_eq!(silent(&factory), ["a/1"]);
        // All of a host: the poll's own time tells, with more patience.
        poll(
            &mut factory,
            40.0,
            vec![card("a", 0, Some(14.0)), card("a", 1, Some(14.0))],
        );
        assert_eq!(silent(&factory), Vec::<String>::new());
        poll(
            &mut factory,
            45.0,
            vec![card("a", 0, Some(14.0)), card("a", 1, Some(14.0))],
        );
        assert_eq!(silent(&factory), ["a/0", "a/1"]);
    }

    /// Whatever the time between its death and the next poll.
    #[test]
    fn a_card_that_dies_is_silent_within_two_polls() {
        for died_before_poll_s in [0.5, 3.0, 6.0, 9.5] {
            let mut factory = Factory::default();
            for number in 0..3 {
                let at_s = 100.0 + 10.0 * f64::from(number);
                let own = at_s.min(110.0 - died_before_poll_s);
                let cards = vec![card("a", 0, Some(at_s)), card("a", 1, Some(own))];
                let snapshot = Snapshot {
                    at_s,
                    cards: Some(cards),
                    ..Snapshot::default()
                };
                factory.apply(snapshot, 10.0, &CostBasis::default());
            }
            assert_eq!(silent(&factory), ["a/1"], "{died_before_poll_s}");
        }
    }

    #[test]
    fn polling_one_group_leaves_the_others_as_they_are() {
        let mut factory = Factory::default();
        let mut other = card("b", 0, None);
        other.key.super_node = "sn-2".into();
        poll(&mut factory, 0.0, vec![card("a", 0, None), other]);
        let mut third = card("b", 1, None);
        third.key.super_node = "sn-2".into();
        third.reading.power_w = None;
        third.reading.utilisation = Some(0.9);
        let sums = |power_w| GroupSums {
            devices: 2.0,
            power_w: Some(power_w),
            utilisation: Some(0.5),
            ..GroupSums::default()
        };
        let snapshot = Snapshot {
            at_s: 5.0,
            cards: Some(vec![third]),
            sight: Some(Sight {
                groups: vec!["sn-2".into()],
                full: Vec::new(),
                fields: vec![Field::Utilisation],
            }),
            sums: Some([("sn-1".into(), sums(350.0)), ("sn-2".into(), sums(700.0))].into()),
            ..Snapshot::default()
        };
        factory.apply(snapshot, 5.0, &CostBasis::default());
        assert_eq!(silent(&factory), ["b/0"]);
        assert_eq!(factory.troubled(), ["sn-2"]);
        // Sums of the whole factory come from those of its groups.
        assert_eq!(factory.flow().get(Figure::CardPower), Some(1050.0));
        assert_eq!(factory.flow().get(Figure::Utilisation), Some(0.5));
        assert_eq!(factory.groups()[0].power_w, Some(350.0));
    }

    #[test]
    fn groups_are_counted_in_natural_order() {
        let mut factory = Factory::default();
        let cards = ["sn-10", "sn-2", "sn-1"].map(|name| {
            let mut c = card(name, 0, None);
            c.key.super_node = name.into();
            c
        });
        poll(&mut factory, 0.0, cards.to_vec());
        let names: Vec<_> = factory.groups().iter().map(|g| g.name.to_owned()).collect();
        assert_eq!(names, ["sn-1", "sn-2", "sn-10"]);
        assert_eq!(factory.groups()[0].power_w, Some(400.0));
    }

    #[test]
    fn numbers_in_names_count() {
        assert_eq!(natural_order("n2", "n10"), Ordering::Less);
        assert_eq!(natural_order("n2b", "n2a"), Ordering::Greater);
        assert_eq!(natural_order("n02", "n2"), Ordering::Less);
        assert_eq!(natural_order("", "a"), Ordering::Less);
        assert_eq!(natural_order("a1", "a1"), Ordering::Equal);
    }

    #[test]
    fn means_are_over_what_was_known() {
        let mut factory = Factory::default();
        for (at_s, value) in [
            (0.0, Some(100.0)),
            (5.0, None),
            (10.0, Some(10.0)),
            (15.0, Some(20.0)),
        ] {
            let mut flow = Flow::default();
            flow.set(Figure::Decode, value);
            let snapshot = Snapshot {
                at_s,
                flow,
                ..Snapshot::default()
            };
            factory.apply(snapshot, 5.0, &CostBasis::default());
        }
        let mean = factory.mean_over(10.0);
        assert_eq!(mean.get(Figure::Decode), Some(15.0));
        assert_eq!(mean.get(Figure::Prefill), None);
    }
}
