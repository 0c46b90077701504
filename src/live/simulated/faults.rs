//! Faults of the simulated factory: what they are, and how they are named on a command line.

use std::collections::BTreeSet;
use std::fmt;

use super::cards::CARDS_PER_HOST;

/// What is wrong with the factory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Cards that have died: (super-node from 0, card from 0).
    pub dead: BTreeSet<(u32, u32)>,
    /// Cards that report bad health and an error.
    pub sick: BTreeSet<(u32, u32)>,
    /// Super-nodes that are throttled by heat.
    pub throttled: BTreeSet<u32>,
    /// Forty per cent more load than usual.
    pub spike: bool,
    /// Long answers fill the KV cache.
    pub kv_full: bool,
}

impl Faults {
    /// All that is wrong.
    pub fn list(&self) -> Vec<Fault> {
        let dead = self.dead.iter().map(|(n, c)| Fault::Dead(*n, *c));
        let sick = self.sick.iter().map(|(n, c)| Fault::Sick(*n, *c));
        let slow = self.throttled.iter().map(|n| Fault::Throttled(*n));
        let mut all: Vec<Fault> = dead.chain(sick).chain(slow).collect();
        all.extend(self.spike.then_some(Fault::Spike));
        all.extend(self.kv_full.then_some(Fault::KvFull));
        all
    }
}

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A card dies: (super-node from 0, card from 0).
    Dead(u32, u32),
    /// A card reports bad health: (super-node from 0, card from 0).
    Sick(u32, u32),
    /// A super-node is throttled by heat: its number from 0.
    Throttled(u32),
    /// Forty per cent more load.
    Spike,
    /// Long answers fill the KV cache.
    KvFull,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut card = |kind: &str, node: u32, card: u32| {
            let (host, index) = (card / CARDS_PER_HOST + 1, card % CARDS_PER_HOST);
            write!(f, "{kind}:sn-{}-node-{host:02}/{index}", node + 1)
        };
        match self {
            Self::Dead(n, c) => card("dead", *n, *c),
            Self::Sick(n, c) => card("sick", *n, *c),
            Self::Throttled(n) => write!(f, "throttle:sn-{}", n + 1),
            Self::Spike => f.write_str("spike"),
            Self::KvFull => f.write_str("kv-full"),
        }
    }
}

/// A fault that comes, or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultChange {
    /// It comes.
    Set(Fault),
    /// It goes.
    Clear(Fault),
    /// All go.
    ClearAll,
}

/// A text that names no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFault {
    /// No such kind.
    #[error(
        "no fault {0:?}; there are dead:sn-1/17 (card 17 of super-node 1, or its name sn-1-node-03/0), \
         sick:sn-1/17, throttle:sn-2, spike, kv-full"
    )]
    Kind(String),
    /// No such time.
    #[error("{0:?} is no time; write seconds, minutes or hours: 90, 90s, 2m, 1h")]
    Time(String),
}

impl FaultChange {
    /// Reads the name of a fault that comes.
    pub fn parse(text: &str) -> Result<Self, BadFault> {
        fault(text)
            .map(Self::Set)
            .ok_or_else(|| BadFault::Kind(text.to_owned()))
    }

    /// Reads the name of a fault that goes; "all" = every one.
    pub fn parse_clear(text: &str) -> Result<Self, BadFault> {
        if text == "all" {
            return Ok(Self::ClearAll);
        }
        fault(text)
            .map(Self::Clear)
            .ok_or_else(|| BadFault::Kind(text.to_owned()))
    }

    /// The factory has the card or super-node named.
    pub fn fits(&self, super_nodes: u32, cards_each: u32) -> bool {
        match self {
            Self::Set(fault) | Self::Clear(fault) => match fault {
                Fault::Dead(n, c) | Fault::Sick(n, c) => *n < super_nodes && *c < cards_each,
                Fault::Throttled(n) => *n < super_nodes,
                Fault::Spike | Fault::KvFull => true,
            },
            Self::ClearAll => true,
        }
    }

    /// Changes the faults.
    pub fn apply(&self, faults: &mut Faults) {
        let (fault, on) = match self {
            Self::Set(fault) => (fault, true),
            Self::Clear(fault) => (fault, false),
            Self::ClearAll => {
                *faults = Faults::default();
                return;
            }
        };
        fn put<T: Ord>(set: &mut BTreeSet<T>, what: T, on: bool) {
            if on {
                set.insert(what);
            } else {
                set.remove(&what);
            }
        }
        match *fault {
            Fault::Dead(n, c) => put(&mut faults.dead, (n, c), on),
            Fault::Sick(n, c) => put(&mut faults.sick, (n, c), on),
            Fault::Throttled(n) => put(&mut faults.throttled, n, on),
            Fault::Spike => faults.spike = on,
            Fault::KvFull => faults.kv_full = on,
        }
    }
}

impl fmt::Display for FaultChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(fault) | Self::Clear(fault) => fault.fmt(f),
            Self::ClearAll => f.write_str("all"),
        }
    }
}

/// A fault that comes at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultAt {
    /// What.
    pub change: FaultChange,
    /// When, real seconds after the start.
    pub at_s: f64,
}

impl FaultAt {
    /// Reads `KIND@TIME`, e.g. "dead:sn-1/17@90s".
    pub fn parse(text: &str) -> Result<Self, BadFault> {
        let (kind, time) = text.split_once('@').unwrap_or((text, "0"));
        Ok(Self {
            change: FaultChange::parse(kind)?,
            at_s: seconds(time).ok_or_else(|| BadFault::Time(time.to_owned()))?,
        })
    }
}

fn seconds(text: &str) -> Option<f64> {
    let (number, unit) = match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let unit = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let number = crate::decimal::parse(number)?;
    (number.is_finite() && number >= 0.0).then_some(number * unit)
}

fn fault(text: &str) -> Option<Fault> {
    let (kind, place) = text.split_once(':').unwrap_or((text, ""));
    match (kind, place) {
        ("spike", "") => Some(Fault::Spike),
        ("kv-full", "") => Some(Fault::KvFull),
        ("throttle", place) => Some(Fault::Throttled(from_one(place.strip_prefix("sn-")?)?)),
        ("dead", place) => card(place).map(|(n, c)| Fault::Dead(n, c)),
        ("sick", place) => card(place).map(|(n, c)| Fault::Sick(n, c)),
        _ => None,
    }
}

/// A number from 1, told from 0.
fn from_one(text: &str) -> Option<u32> {
    text.parse::<u32>().ok()?.checked_sub(1)
}

/// `sn-1/17`: card 17 (from 1) of the super-node; `sn-1-node-03/0`: the card's name.
fn card(place: &str) -> Option<(u32, u32)> {
    let (owner, number) = place.strip_prefix("sn-")?.split_once('/')?;
    match owner.split_once("-node-") {
        None => Some((from_one(owner)?, from_one(number)?)),
        Some((node, host)) => {
            let index = number.parse::<u32>().ok().filter(|i| *i < CARDS_PER_HOST)?;
            let first = from_one(host)?.checked_mul(CARDS_PER_HOST)?;
            Some((from_one(node)?, first.checked_add(index)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_and_named() {
        for (text, fault, name) in [
            ("spike", Fault::Spike, "spike"),
            ("kv-full", Fault::KvFull, "kv-full"),
            ("throttle:sn-2", Fault::Throttled(1), "throttle:sn-2"),
            ("dead:sn-1/17", Fault::Dead(0, 16), "dead:sn-1-node-03/0"),
            (
                "sick:sn-4-node-48/7",
                Fault::Sick(3, 383),
                "sick:sn-4-node-48/7",
            ),
        ] {
            let read = FaultChange::parse(text).unwrap();
            assert_eq!(read, FaultChange::Set(fault));
            assert_eq!(read.to_string(), name);
            assert_eq!(FaultChange::parse(name).unwrap(), read, "{name}");
            assert!(read.fits(4, 384));
        }
        for bad in [
            "",
            "dead",
            "dead:sn-0/1",
            "dead:sn-1/0",
            "dead:sn-1-node-01/8",
            "throttle:2",
            "spike:1",
            "fire",
            "dead:sn-1-node-4294967295/1",
        ] {
            assert!(
                matches!(FaultChange::parse(bad), Err(BadFault::Kind(_))),
                "{bad}"
            );
        }
        assert!(!FaultChange::parse("dead:sn-5/1").unwrap().fits(4, 384));
        assert!(!FaultChange::parse("dead:sn-1/385").unwrap().fits(4, 384));
    }

    #[test]
    fn times_have_units() {
        let at = |text: &str| FaultAt::parse(text).map(|f| f.at_s);
        assert_eq!(at("spike@90"), Ok(90.0));
        assert_eq!(at("spike@1.5m"), Ok(90.0));
        assert_eq!(at("spike@1h"), Ok(3600.0));
        assert_eq!(at("spike"), Ok(0.0));
        for bad in ["spike@", "spike@x", "spike@-1", "spike@3d", "spike@nan"] {
            assert!(matches!(at(bad), Err(BadFault::Time(_))), "{bad}");
        }
    }

    #[test]
    fn faults_come_and_go() {
        let mut faults = Faults::default();
        for text in [
            "dead:sn-1/1",
            "sick:sn-1/2",
            "throttle:sn-1",
            "spike",
            "kv-full",
        ] {
            FaultChange::parse(text).unwrap().apply(&mut faults);
        }
        assert_eq!(faults.list().len(), 5);
        FaultChange::parse_clear("spike")
            .unwrap()
            .apply(&mut faults);
        FaultChange::parse_clear("dead:sn-1/1")
            .unwrap()
            .apply(&mut faults);
        assert_eq!(faults.list().len(), 3);
        FaultChange::parse_clear("all").unwrap().apply(&mut faults);
        assert_eq!(faults, Faults::default());
    }
}
