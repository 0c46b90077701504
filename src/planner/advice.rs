//! Advice: the single changes that help most, each tried out on the whole model.
//!
//! An [`Advisor`] holds a list of ideas (`ideas.rs`) and evaluates one changed scenario per call of
//! [`Advisor::next`], so that a page can work through them between frames. Nothing is estimated from
//! the result at hand: every gain is the difference of two full evaluations. Where the scenario does
//! not fit, misses its targets or is overloaded, what mends it comes first.

use std::cmp::Ordering;
use std::collections::VecDeque;

use serde::Serialize;

use super::evaluate;
use super::ideas::{self, Idea};
use crate::catalogue::Catalogue;
use crate::evaluation::{Evaluation, NoticeCode};
use crate::scenario::{Scenario, Task, fields};

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdviceKind {
    /// Let the planner choose how many cards prefill.
    FreePrefillShare,
    /// Let the planner choose the batch.
    FreeBatch,
    /// Let the planner choose the parallel degrees.
    FreeDegrees,
    /// Let the planner choose between shared and separate cards.
    FreeMode,
    /// Let every pool do either phase.
    FreeRoles,
    /// KV cache in fewer bits.
    KvFormat,
    /// Dense weights in fewer bits.
    WeightFormat,
    /// Routed experts in fewer bits.
    ExpertFormat,
    /// More, fewer or no draft tokens.
    Drafts,
    /// Another serving engine.
    Engine,
    /// Time per output token may be longer.
    TpotTarget,
    /// Time to first token may be longer.
    TtftTarget,
    /// The targets hold at a lower percentile.
    Percentile,
    /// Less capacity kept free for bursts.
    Headroom,
    /// Another number of spare cards.
    Spares,
    /// Expert load spread more evenly.
    ExpertBalance,
    /// More of the prompts found in the prefix cache.
    PrefixReuse,
    /// A shorter longest context.
    ContextLimit,
    /// Shorter prompts.
    InputTokens,
    /// More super-nodes.
    MoreSuperNodes,
    /// Fewer super-nodes, as so many are not needed.
    FewerSuperNodes,
    /// More cards in each super-node or server.
    MoreCardsEach,
    /// Higher mean load: more is sold.
    MeanLoad,
    /// Another site.
    Region,
    /// Buy instead of renting, or the other way round.
    Tenure,
}

/// What a change costs beside money: what the reader has to be told with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trade {
    /// Nothing: the planner is only given back a choice.
    Nothing,
    /// Quality of the answers: to be checked with fewer bits.
    Quality,
    /// Speed that users see.
    Latency,
    /// Reserves against bursts and failures.
    Reserve,
    /// More hardware.
    Hardware,
    /// It must be built or brought about (balancing, caching, another engine).
    Work,
    /// It depends on what users ask.
    Demand,
    /// A business decision (place, ownership).
    Business,
}

impl AdviceKind {
    /// What the change costs beside money.
    pub fn trade(self) -> Trade {
        match self {
            Self::FreePrefillShare
            | Self::FreeBatch
            | Self::FreeDegrees
            | Self::FreeMode
            | Self::FreeRoles => Trade::Nothing,
            Self::KvFormat | Self::WeightFormat | Self::ExpertFormat => Trade::Quality,
            Self::TpotTarget | Self::TtftTarget | Self::Percentile => Trade::Latency,
            Self::Headroom | Self::Spares | Self::FewerSuperNodes => Trade::Reserve,
            Self::Drafts | Self::Engine | Self::ExpertBalance => Trade::Work,
            Self::PrefixReuse | Self::ContextLimit | Self::InputTokens | Self::MeanLoad => {
                Trade::Demand
            }
            Self::MoreSuperNodes | Self::MoreCardsEach => Trade::Hardware,
            Self::Region | Self::Tenure => Trade::Business,
        }
    }
}

/// One input before and after, as links write it ("auto" = chosen by the planner).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Key of the input (`scenario::limits::FIELDS`).
    pub key: &'static str,
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
}

/// How good a scenario's result is, before any figure is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The model does not fit.
    DoesNotFit,
    /// No deployment keeps the latency targets.
    MissesTargets,
    /// The targets hold, but more is offered than can be served.
    Overloaded,
    /// All is well.
    Sound,
}

impl Standing {
    /// Of a result.
    pub fn of(e: &Evaluation) -> Self {
        if !e.fits {
            Self::DoesNotFit
        } else if e.meets_targets || e.training.is_some() {
            Self::Sound
        } else if e.notices.iter().any(|n| n.code == NoticeCode::Overload) {
            Self::Overloaded
        } else {
            Self::MissesTargets
        }
    }
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Output tokens per second at capacity (training: tokens per second) after the change.
    pub tokens_per_s: f64,
    /// Its change, share of the value before (0.38 = +38 %); `None` where there was none before.
    pub tokens_per_s_change: Option<f64>,
    /// Output tokens in a mean day after the change (training: in a day).
    pub tokens_per_day: f64,
    /// Change of the whole cost per million output tokens (training: of the job), share; `None` =
    /// a price is unknown, or there was no result before.
    pub cost_change: Option<f64>,
    /// Change of the median time per output token, ms; `None` as above.
    pub tpot_change_ms: Option<f64>,
    /// Change of the median time to first token, ms; `None` as above.
    pub ttft_change_ms: Option<f64>,
    /// Change of the cards, spares included.
    pub cards_change: i64,
}

/// One change that helps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// What is changed.
    pub kind: AdviceKind,
    /// What it costs beside money.
    pub trade: Trade,
    /// The inputs that change; the first names the advice.
    pub changes: Vec<Change>,
    /// What it does.
    pub effect: Effect,
    /// Where it leads: better than before for what mends a scenario.
    pub standing: Standing,
    /// It mends what was wrong (does not fit, misses targets, overloaded).
    pub repairs: bool,
    /// For ranking: how much more a unit of money makes (a card, where prices are unknown or the
    /// demand is fixed), in natural logarithms, and a quarter of how much more is made in all; half
    /// of that for what depends on users.
    pub score: f64,
    /// The scenario with the change, to be taken over.
    #[serde(skip)]
    pub scenario: Scenario,
}

/// Advice below this is noise: about one per cent.
const LEAST_SCORE: f64 = 0.01;
/// Weight of more output for more money: it can always be bought with cards.
const WEIGHT_OF_SIZE: f64 = 0.25;
/// Weight of what depends on users: it cannot simply be done.
const WEIGHT_OF_DEMAND: f64 = 0.5;

/// The figures of a result that advice compares.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Figures {
    standing: Standing,
    tokens_per_s: f64,
    tokens_per_day: f64,
    cost_usd: Option<f64>,
    tpot_ms: f64,
    ttft_ms: f64,
    cards: u32,
}

impl Figures {
    fn of(scenario: &Scenario, e: &Evaluation) -> Self {
        let standing = Standing::of(e);
        let (tokens_per_s, tokens_per_day, cost_usd) = match &e.training {
            Some(t) => (
                t.tokens_per_s,
                t.tokens_per_s * 86_400.0,
                t.cost.map(|c| c.usd),
            ),
            None => (
                // At capacity; with a rate that is offered, what of it is served.
                if scenario.workload.requests_per_s.is_some() {
                    e.tokens_per_s.output
                } else {
                    e.requests_per_s * scenario.workload.output_tokens
                },
                e.tokens_per_day.output,
                e.cost.per_million.map(|c| c.blended_output.usd),
            ),
        };
        Self {
            standing,
            tokens_per_s,
            tokens_per_day,
            cost_usd: cost_usd.filter(|c| c.is_finite() && *c > 0.0),
            tpot_ms: e.tpot_ms.p50,
            ttft_ms: e.ttft_ms.p50,
            cards: e.cards,
        }
    }

    fn effect_of(&self, after: &Self) -> Effect {
        let known = self.standing > Standing::DoesNotFit && after.standing > Standing::DoesNotFit;
        let share = |new: f64, old: f64| (known && old > 0.0).then(|| new / old - 1.0);
        Effect {
            tokens_per_s: after.tokens_per_s,
            tokens_per_s_change: share(after.tokens_per_s, self.tokens_per_s),
            tokens_per_day: after.tokens_per_day,
            cost_change: after
                .cost_usd
                .zip(self.cost_usd)
                .and_then(|(new, old)| share(new, old)),
            tpot_change_ms: known.then_some(after.tpot_ms - self.tpot_ms),
            ttft_change_ms: known.then_some(after.ttft_ms - self.ttft_ms),
            cards_change: i64::from(after.cards) - i64::from(self.cards),
        }
    }

    fn score(&self, after: &Self, trade: Trade) -> f64 {
        let ln = |new: f64, old: f64| {
            if new > 0.0 && old > 0.0 {
                (new / old).ln()
            } else {
                0.0
            }
        };
        let more = ln(after.tokens_per_s, self.tokens_per_s);
        let per_card = more - ln(f64::from(after.cards), f64::from(self.cards));
        let cheaper = after
            .cost_usd
            .zip(self.cost_usd)
            .map(|(new, old)| -ln(new, old));
        let worth = match cheaper {
            Some(cheaper) => cheaper,
            None => per_card,
        };
        let score = worth + WEIGHT_OF_SIZE * more.max(0.0);
        if trade == Trade::Demand {
            score * WEIGHT_OF_DEMAND
        } else {
            score
        }
    }
}

/// What came of one idea.
#[derive(Clone, Debug, PartialEq)]
pub enum Tried {
    /// It helps; also to be found in [`Advisor::ranked`].
    Helps(Box<Advice>),
    /// It does not.
    DoesNotHelp(AdviceKind),
}

/// Works through the ideas, one evaluation a call.
///
/// ```
/// use token_factory::catalogue::Catalogue;
/// use token_factory::planner::{Advisor, evaluate};
/// use token_factory::scenario::Scenario;
/// let (scenario, catalogue) = (Scenario::default(), Catalogue::embedded());
/// let mut advisor = Advisor::new(&scenario, catalogue, &evaluate(&scenario, catalogue));
/// advisor.next(); // one evaluation; call again until it is `None`
/// assert_eq!(advisor.done(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Advisor<'a> {
    scenario: Scenario,
    catalogue: &'a Catalogue,
    before: Figures,
    ideas: VecDeque<Idea>,
    total: usize,
    found: Vec<Advice>,
}

impl<'a> Advisor<'a> {
    /// Collects what to try on a scenario with this result. Nothing is evaluated yet.
    pub fn new(scenario: &Scenario, catalogue: &'a Catalogue, evaluation: &Evaluation) -> Self {
        let ideas: VecDeque<Idea> = ideas::of(scenario, catalogue, evaluation).into();
        Self {
            scenario: scenario.clone(),
            catalogue,
            before: Figures::of(scenario, evaluation),
            total: ideas.len(),
            ideas,
            found: Vec::new(),
        }
    }

    /// How many ideas there are.
    pub fn total(&self) -> usize {
        self.total
    }

    /// How many have been tried.
    pub fn done(&self) -> usize {
        self.total - self.ideas.len()
    }

    /// How the scenario stands before any change.
    pub fn standing(&self) -> Standing {
        self.before.standing
    }

    /// What helps most first, of what has been tried: one of each kind, what mends the scenario
    /// before what improves it.
    pub fn ranked(&self) -> &[Advice] {
        &self.found
    }

    fn judge(&self, idea: &Idea) -> Option<Advice> {
        let after = evaluate(&idea.scenario, self.catalogue);
        let figures = Figures::of(&idea.scenario, &after);
        let repairs =
            self.before.standing < Standing::Sound && figures.standing > self.before.standing;
        // Figures behind missed targets belong to other targets: they are not compared.
        let comparable = figures.standing == self.before.standing
            && matches!(figures.standing, Standing::Sound | Standing::Overloaded);
        let score = self.before.score(&figures, idea.kind.trade());
        let helps = repairs || comparable && score.is_finite() && score >= LEAST_SCORE;
        helps.then(|| Advice {
            kind: idea.kind,
            trade: idea.kind.trade(),
            changes: changes(&self.scenario, &idea.scenario, idea.key),
            effect: self.before.effect_of(&figures),
            standing: figures.standing,
            repairs,
            score: if score.is_finite() { score } else { 0.0 },
            scenario: idea.scenario.clone(),
        })
    }

    /// Keeps the better one of each kind, in order.
    fn keep(&mut self, new: Advice) {
        match self.found.iter_mut().find(|a| a.kind == new.kind) {
            // Ideas of a kind come in the order of how much they change: the least that mends will do.
            Some(old) if old.repairs && old.standing >= new.standing => return,
            Some(old) if order(old, &new) != Ordering::Greater => return,
            Some(old) => *old = new,
            None => self.found.push(new),
        }
        self.found.sort_by(order);
    }
}

impl Iterator for Advisor<'_> {
    type Item = Tried;

    fn next(&mut self) -> Option<Tried> {
        let idea = self.ideas.pop_front()?;
        Some(match self.judge(&idea) {
            None => Tried::DoesNotHelp(idea.kind),
            Some(advice) => {
                self.keep(advice.clone());
                Tried::Helps(Box::new(advice))
            }
        })
    }
}

/// Repairs first: those that lead furthest, then those that change least (in the order of
/// [`AdviceKind`]); after them the best score.
fn order(a: &Advice, b: &Advice) -> Ordering {
    b.repairs.cmp(&a.repairs).then_with(|| {
        if a.repairs {
            b.standing
                .cmp(&a.standing)
                .then(a.kind.cmp(&b.kind))
                .then(a.effect.cards_change.cmp(&b.effect.cards_change))
                .then(b.score.total_cmp(&a.score))
        } else {
            b.score.total_cmp(&a.score).then(a.kind.cmp(&b.kind))
        }
    })
}

/// The inputs that differ, the one that the idea is about first.
pub(super) fn changes(before: &Scenario, after: &Scenario, key: &'static str) -> Vec<Change> {
    let mut keys = fields::differences(before, after);
    keys.sort_by_key(|k| *k != key);
    keys.into_iter()
        .map(|key| Change {
            key,
            from: fields::text(before, key).unwrap_or_default(),
            to: fields::text(after, key).unwrap_or_default(),
        })
        .collect()
}

/// All advice on a scenario at once, what helps most first. A page rather steps an [`Advisor`].
pub fn advise(scenario: &Scenario, catalogue: &Catalogue, evaluation: &Evaluation) -> Vec<Advice> {
    let mut advisor = Advisor::new(scenario, catalogue, evaluation);
    while advisor.next().is_some() {}
    advisor.found
}

/// Whether advice can be given on serving (or training) at all.
pub(super) fn serves(scenario: &Scenario) -> bool {
    scenario.workload.task == Task::Serving
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
