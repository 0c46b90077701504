//! What is explored: in the link, and remembered on this computer.

use leptos::prelude::*;
use token_factory::planner::outputs::Output;
use token_factory::planner::sweep::Axis;
pub use token_factory::scenario::explored::{Explored, Range, sweepable};
use token_factory::scenario::limits::number_of;
use token_factory::scenario::{Scenario, fields};

use crate::platform;
use crate::state::App;
use crate::texts::Text;

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
    fn of(tornado: bool) -> Self {
        if tornado { Self::Tornado } else { Self::Sweep }
    }

    /// Its word.
    pub fn key(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Tornado => "tornado",
        }
    }
}

/// The slider's range of an input.
pub fn usual(key: &'static str) -> Option<Range> {
    let number = number_of(key)?;
    Some(Range {
        key,
        from: number.low,
        to: number.high,
        steps: 13,
    })
}

/// The values of a range, with the plan's own among them; `None` where it has no extent.
pub fn axis(range: Range, plan: &Scenario) -> Option<Axis> {
    let axis =
        (range.from < range.to).then(|| Axis::new(range.key, range.from, range.to, range.steps))?;
    let now = fields::number(plan, range.key);
    axis.map(|a| match now {
        Some(now) => a.through(now),
        None => a,
    })
}

/// The name of an input on an axis: a latency that is swept is the target, not the result.
pub fn axis_name(key: &str) -> Text {
    match key {
        "ttft" => ttft_target,
        "tpot" => tpot_target,
        _ => crate::fields::label(key),
    }
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
    /// What the link says, or else what was chosen last on this computer; kept up to date in both.
    pub fn provide(app: App) -> Self {
        let first = app.explored.get_untracked().unwrap_or_else(stored);
        let chosen = Self {
            way: RwSignal::new(Way::of(first.tornado)),
            x: RwSignal::new(first.x),
            y: RwSignal::new(first.y),
            output: RwSignal::new(Output::of_key(first.output).unwrap_or_default()),
            share: RwSignal::new(first.share),
        };
        Effect::new(move |_| {
            let now = chosen.now();
            if app.explored.get_untracked() != Some(now) {
                app.explored.set(Some(now));
            }
            let text = [
                chosen.way.get_untracked().key(),
                &now.x.write(),
                &now.y.map_or_else(|| "-".to_owned(), Range::write),
                now.output,
                &now.share.to_string(),
            ]
            .join(" ");
            platform::save(STORED, &text);
        });
        // Another link was opened, or Back was pressed.
        Effect::new(move |_| {
            let Some(told) = app
                .explored
                .get()
                .filter(|e| *e != untrack(|| chosen.now()))
            else {
                return;
            };
            chosen.way.set(Way::of(told.tornado));
            chosen.x.set(told.x);
            chosen.y.set(told.y);
            chosen
                .output
                .set(Output::of_key(told.output).unwrap_or_default());
            chosen.share.set(told.share);
        });
        chosen
    }

    /// The whole choice; tracks.
    fn now(self) -> Explored {
        Explored {
            tornado: self.way.get() == Way::Tornado,
            output: self.output.get().key(),
            x: self.x.get(),
            y: self.y.get(),
            share: self.share.get(),
        }
    }
}

/// What was chosen last on this computer.
fn stored() -> Explored {
    let text = platform::load(STORED).unwrap_or_default();
    let mut parts = text.split(' ');
    let mut next = || parts.next().unwrap_or_default();
    let usual = Explored::default();
    Explored {
        tornado: next() == Way::Tornado.key(),
        x: Range::read(next()).ok().unwrap_or(usual.x),
        y: Range::read(next()).ok(),
        output: Output::of_key(next()).unwrap_or_default().key(),
        share: next().parse().unwrap_or(usual.share),
    }
}

crate::texts! {
    ttft_target = "TTFT target", "TTFT 目标";
    tpot_target = "TPOT target", "TPOT 目标";
}
