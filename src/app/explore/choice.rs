//! What is explored: remembered on this computer, as it is no part of a plan.

use leptos::prelude::*;
use token_factory::planner::outputs::Output;
use token_factory::planner::sweep::Axis;
use token_factory::scenario::fields;
use token_factory::scenario::limits::number_of;

use crate::platform;

const STORED: &str = "tfp.explore";

/// Numbers of values offered.
pub const STEPS: [usize; 4] = [7, 13, 25, 49];

/// Shares that a tornado offers, percent.
pub const SHARES: [u32; 4] = [5, 10, 20, 50];

/// Sweep or tornado.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// One input or two.
    #[default]
    Sweep,
    /// Every input.
    Tornado,
}

impl Way {
    /// Its word.
    pub fn key(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Tornado => "tornado",
        }
    }
}

/// An input and its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Key of the input.
    pub key: &'static str,
    /// From.
    pub from: f64,
    /// To.
    pub to: f64,
    /// Number of values.
    pub steps: usize,
}

impl Range {
    /// The slider's range.
    pub fn usual(key: &'static str) -> Option<Self> {
        let number = number_of(key)?;
        Some(Self {
            key,
            from: number.low,
            to: number.high,
            steps: 13,
        })
    }

    /// The values.
    pub fn axis(self) -> Option<Axis> {
        Axis::new(self.key, self.from, self.to, self.steps)
    }

    fn write(self) -> String {
        format!("{}:{}:{}:{}", self.key, self.from, self.to, self.steps)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let key = parts.next()?;
        let key = sweepable().find(|k| *k == key)?;
        let mut number = || token_factory::decimal::parse(parts.next()?);
        Some(Self {
            key,
            from: number()?,
            to: number()?,
            steps: number()? as usize,
        })
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

/// The choice.
#[derive(Clone, Copy)]
pub struct Chosen {
    /// Sweep or tornado.
    pub way: RwSignal<Way>,
    /// Across.
    pub x: RwSignal<Range>,
    /// Up; one input only where it is `None`.
    pub y: RwSignal<Option<Range>>,
    /// The result.
    pub output: RwSignal<Output>,
    /// How far a tornado moves each input, percent of it.
    pub share: RwSignal<u32>,
}

impl Chosen {
    /// Reads what was chosen last, and keeps it up to date.
    pub fn provide() -> Self {
        let stored = platform::load(STORED).unwrap_or_default();
        let mut parts = stored.split(' ');
        let mut next = || parts.next().unwrap_or_default();
        let way = if next() == "tornado" {
            Way::Tornado
        } else {
            Way::Sweep
        };
        let first = Range {
            key: "tpot",
            from: 10.0,
            to: 100.0,
            steps: 13,
        };
        let chosen = Self {
            way: RwSignal::new(way),
            x: RwSignal::new(Range::read(next()).unwrap_or(first)),
            y: RwSignal::new(Range::read(next())),
            output: RwSignal::new(Output::of_key(next()).unwrap_or_default()),
            share: RwSignal::new(next().parse().unwrap_or(20)),
        };
        Effect::new(move |_| {
            let y = chosen.y.get().map_or_else(|| "-".to_owned(), Range::write);
            let text = [
                chosen.way.get().key(),
                &chosen.x.get().write(),
                &y,
                chosen.output.get().key(),
                &chosen.share.get().to_string(),
            ]
            .join(" ");
            platform::save(STORED, &text);
        });
        chosen
    }
}
