//! Solve for: the input that gives a wanted result, found by evaluating real scenarios.
//!
//! Results move one way with the inputs asked for (more cards make more, longer contexts make less,
//! higher load costs less), so the edge is bracketed from a guess by proportion and then halved. A
//! [`Solver`] evaluates at most one scenario per [`Solver::step`], so that a page stays quick.

use serde::Serialize;

use super::advice::{Change, Standing, changes};
use super::hunt::{Hunt, Next};
use super::layouts::{Task, configs};
use super::resolve;
use super::site::Site;
use super::{evaluate, pricing};
use crate::catalogue::Catalogue;
use crate::evaluation::Evaluation;
use crate::money::{self, CostResult, ExchangeRate, MoneyError, PriceResult, Usd};
use crate::scenario::limits::{CARDS_EACH, SUPER_NODES, number_of, usual_spares};
use crate::scenario::{ModeChoice, Scenario, number};

/// What must be made, at capacity and within the latency targets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// Output tokens per second at capacity.
    OutputTokensPerS(f64),
    /// Output tokens in a mean day: capacity × load × availability.
    OutputTokensPerDay(f64),
    /// Requests per second at capacity.
    RequestsPerS(f64),
}

impl Goal {
    fn amount(self) -> f64 {
        match self {
            Self::OutputTokensPerS(x) | Self::OutputTokensPerDay(x) | Self::RequestsPerS(x) => x,
        }
    }

    /// What a result makes of it; 0 where the model does not fit or targets are missed, as figures
    /// behind missed targets belong to other targets.
    fn of(self, scenario: &Scenario, e: &Evaluation) -> f64 {
        if Standing::of(e) < Standing::Overloaded {
            return 0.0;
        }
        match self {
            Self::OutputTokensPerS(_) => e.requests_per_s * scenario.workload.output_tokens,
            Self::OutputTokensPerDay(_) => e.tokens_per_day.output,
            Self::RequestsPerS(_) => e.requests_per_s,
        }
    }
}

/// What may be spent: every limit given must hold. Amounts in the scenario's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Budget {
    /// Paid at the start for hardware and building.
    pub capex: Option<f64>,
    /// Whole cost of a month: annuities, rent, power, staff.
    pub per_month: Option<f64>,
    /// Power at the meter at capacity, MW.
    pub megawatts: Option<f64>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// Fewest super-nodes of a pool (position in the scenario) that reach a goal.
    SuperNodes {
        /// Position of the pool.
        pool: usize,
        /// What must be made.
        goal: Goal,
    },
    /// Fewest cards in each super-node or server of a pool that reach a goal.
    CardsEach {
        /// Position of the pool.
        pool: usize,
        /// What must be made.
        goal: Goal,
    },
    /// Longest context that fits into memory, tokens (no more than the model's own).
    LongestContext,
    /// Longest prompt at which the latency targets still hold, tokens (to half a per cent).
    LongestInput,
    /// Most super-nodes of a pool that a budget buys.
    Budget {
        /// Position of the pool.
        pool: usize,
        /// What may be spent.
        budget: Budget,
    },
    /// Mean load at which the cost of output tokens, as the plan gives it, falls to an amount per million, in the
    /// scenario's currency.
    LoadForCost {
        /// Cost per million output tokens.
        per_million_output: f64,
    },
    /// Price list that gives a gross margin (share, 0..1).
    PriceForMargin {
        /// Gross margin.
        margin: f64,
    },
}

/// A scenario that gives what was asked.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The input found: super-nodes, cards, tokens, share of load, or gross margin.
    pub value: f64,
    /// What it gives: amount of the goal; output tokens per second for a budget; cost per million
    /// in the scenario's currency; requests per second for contexts.
    pub result: f64,
    /// Inputs that differ from the scenario asked about.
    pub changes: Vec<Change>,
    /// The scenario, to be taken over.
    #[serde(skip)]
    pub scenario: Scenario,
    /// Its result.
    #[serde(skip)]
    pub evaluation: Evaluation,
    /// The price list, where prices were asked for.
    pub prices: Option<PriceResult>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// What was asked makes no sense: it must be a number above 0 (a margin: 0 to below 1), and the
    /// pool must exist.
    BadAsk,
    /// The model does not fit, however many.
    DoesNotFit,
    /// The latency targets are missed, however many.
    MissesTargets,
    /// Even the most that may be entered is not enough.
    BeyondLimit {
        /// The most tried.
        most: f64,
    },
    /// The least there is already breaks the budget.
    OverBudget,
    /// Even at full load it costs more; what it costs there, in the scenario's currency.
    CostsMore {
        /// Least cost per million output tokens.
        least: f64,
    },
    /// A request alone is longer than what fits, tokens.
    RequestLonger {
        /// Longest context that fits.
        longest: f64,
    },
    /// A price, rent or power is unknown, or the terms are out of range.
    MoneyUnknown(MoneyError),
    /// The power of the hardware is unknown.
    PowerUnknown,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Solution {
    /// The input that gives it.
    Found(Box<Answer>),
    /// The scenario as it stands is the answer.
    AlreadyMet(Box<Answer>),
    /// There is none.
    Impossible {
        /// Why.
        reason: Reason,
        /// The nearest to it, where there is something near.
        best: Option<Box<Answer>>,
    },
}

impl Solution {
    /// The answer, or the nearest to it.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Found(a) | Self::AlreadyMet(a) => Some(a),
            Self::Impossible { best, .. } => best.as_deref(),
        }
    }
}

/// Works towards an answer, at most one evaluation a step.
#[derive(Clone, Debug)]
pub struct Solver<'a> {
    scenario: Scenario,
    catalogue: &'a Catalogue,
    ask: Ask,
    hunt: Option<Hunt>,
    /// The evaluated scenarios on either side of the edge.
    below: Option<(u64, Box<Answer>)>,
    above: Option<(u64, Box<Answer>)>,
    evaluations: u32,
    done: Option<Solution>,
}

/// Contexts longer than any model's, tokens.
const MOST_INPUT: u64 = 10_000_000;

impl<'a> Solver<'a> {
    /// Sets up; nothing is evaluated yet.
    pub fn new(scenario: &Scenario, catalogue: &'a Catalogue, ask: Ask) -> Self {
        let mut solver = Self {
            scenario: scenario.clone(),
            catalogue,
            ask,
            hunt: None,
            below: None,
            above: None,
            evaluations: 0,
            done: None,
        };
        if !solver.makes_sense() {
            solver.fail(Reason::BadAsk, None);
            return solver;
        }
        if let Ask::SuperNodes { goal, .. } | Ask::CardsEach { goal, .. } = ask
            && matches!(goal, Goal::OutputTokensPerDay(_))
        {
            // A day's tokens follow from load and capacity, not from a rate that is offered.
            solver.scenario.workload.requests_per_s = None;
        }
        let pool = |i: usize| scenario.pools.get(i);
        let (most, start) = match ask {
            Ask::SuperNodes { pool: i, .. } | Ask::Budget { pool: i, .. } => {
                (SUPER_NODES.max as u64, pool(i).map(|p| p.super_nodes))
            }
            Ask::CardsEach { pool: i, .. } => {
                (CARDS_EACH.max as u64, pool(i).map(|p| p.cards_each))
            }
            Ask::LongestInput => (MOST_INPUT, Some(scenario.workload.input_tokens as u32)),
            Ask::LongestContext | Ask::LoadForCost { .. } | Ask::PriceForMargin { .. } => {
                return solver;
            }
        };
        let close = if ask == Ask::LongestInput { 0.005 } else { 0.0 };
        solver.hunt = Some(Hunt::new(most, start.map_or(1, u64::from), close));
        solver
    }

    fn makes_sense(&self) -> bool {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let pool = |i: usize| i < self.scenario.pools.len();
        match self.ask {
            Ask::SuperNodes { pool: i, goal } | Ask::CardsEach { pool: i, goal } => {
                pool(i) && positive(goal.amount())
            }
            Ask::Budget { pool: i, budget } => {
                let all = [budget.capex, budget.per_month, budget.megawatts];
                pool(i)
                    && all.iter().any(Option::is_some)
                    && all.into_iter().flatten().all(positive)
            }
            Ask::LoadForCost { per_million_output } => positive(per_million_output),
            Ask::PriceForMargin { margin } => (0.0..=0.99).contains(&margin),
            Ask::LongestContext | Ask::LongestInput => true,
        }
    }

    /// How many scenarios have been evaluated.
    pub fn evaluations(&self) -> u32 {
        self.evaluations
    }

    /// Goes one evaluation further; the answer once it is there.
    pub fn step(&mut self) -> Option<&Solution> {
        if self.done.is_none() {
            match self.ask {
                Ask::LongestContext => self.longest_context(),
                Ask::LoadForCost { per_million_output } => self.load_for_cost(per_million_output),
                Ask::PriceForMargin { margin } => self.price_for_margin(margin),
                _ => self.hunt_on(),
            }
        }
        self.done.as_ref()
    }

    fn evaluate(&mut self, scenario: Scenario, value: f64) -> Box<Answer> {
        self.evaluations += 1;
        let evaluation = evaluate(&scenario, self.catalogue);
        let key = match self.ask {
            Ask::SuperNodes { .. } | Ask::Budget { .. } => "pods",
            Ask::CardsEach { .. } => "cards",
            Ask::LongestContext => "ctx",
            Ask::LongestInput => "in",
            Ask::LoadForCost { .. } => "load",
            Ask::PriceForMargin { .. } => "pout",
        };
        let result = match self.ask {
            Ask::SuperNodes { goal, .. } | Ask::CardsEach { goal, .. } => {
                goal.of(&scenario, &evaluation)
            }
            Ask::Budget { .. } => Goal::OutputTokensPerS(0.0).of(&scenario, &evaluation),
            Ask::LoadForCost { .. } => self.cost_per_million(&evaluation).unwrap_or(0.0),
            _ => evaluation.requests_per_s,
        };
        Box::new(Answer {
            value,
            result,
            changes: changes(&self.scenario, &scenario, key),
            scenario,
            evaluation,
            prices: None,
        })
    }

    fn fail(&mut self, reason: Reason, best: Option<Box<Answer>>) {
        self.done = Some(Solution::Impossible { reason, best });
    }

    fn answer(&mut self, answer: Box<Answer>) {
        self.done = Some(if answer.scenario == self.scenario {
            Solution::AlreadyMet(answer)
        } else {
            Solution::Found(answer)
        });
    }

    /// The scenario with the input asked for at `n`.
    fn at(&self, n: u64) -> Scenario {
        let mut s = self.scenario.clone();
        let count = u32::try_from(n).unwrap_or(u32::MAX);
        match self.ask {
            Ask::SuperNodes { pool, .. } | Ask::Budget { pool, .. } => {
                if let Some(p) = s.pools.get_mut(pool) {
                    p.super_nodes = count;
                }
            }
            Ask::CardsEach { pool, .. } => {
                if let Some(p) = s.pools.get_mut(pool)
                    && p.cards_each != count
                {
                    p.cards_each = count;
                    p.spares_each = usual_spares(count);
                }
            }
            Ask::LongestInput => s.workload.input_tokens = n as f64,
            Ask::LongestContext | Ask::LoadForCost { .. } | Ask::PriceForMargin { .. } => {}
        }
        s
    }

    /// One evaluation of a search for an edge.
    fn hunt_on(&mut self) {
        let Some(next) = self.hunt.as_ref().map(Hunt::next) else {
            return;
        };
        match next {
            Next::Try(n) => {
                let answer = self.evaluate(self.at(n), n as f64);
                match self.side(&answer) {
                    Err(reason) => self.fail(reason, None),
                    Ok((above, progress)) => {
                        if let Some(hunt) = &mut self.hunt {
                            hunt.seen(n, above, progress);
                        }
                        if above {
                            self.above = Some((n, answer));
                        } else {
                            self.below = Some((n, answer));
                        }
                    }
                }
            }
            Next::Done => self.settle(),
        }
    }

    /// Whether an answer lies on the far side of the edge (goal reached; budget broken; targets
    /// missed), and how far along it is: 1 = at the edge, for a guess by proportion.
    fn side(&self, answer: &Answer) -> Result<(bool, Option<f64>), Reason> {
        let e = &answer.evaluation;
        match self.ask {
            Ask::SuperNodes { goal, .. } | Ask::CardsEach { goal, .. } => {
                let progress = answer.result / goal.amount();
                Ok((progress >= 1.0, (progress > 0.0).then_some(progress)))
            }
            Ask::Budget { budget, .. } => {
                let spent = self.spent(&answer.scenario, e, &budget)?;
                Ok((spent > 1.0 + 1e-9, (spent > 0.0).then_some(spent)))
            }
            _ => Ok((Standing::of(e) < Standing::Overloaded, None)),
        }
    }

    /// Largest share of a budget's limits that is used up.
    fn spent(&self, s: &Scenario, e: &Evaluation, budget: &Budget) -> Result<f64, Reason> {
        let mut most: f64 = 0.0;
        if let Some(megawatts) = budget.megawatts
            && e.fits
        {
            let kw = e.power.peak_kw.ok_or(Reason::PowerUnknown)?;
            most = most.max(kw / 1000.0 / megawatts);
        }
        if (budget.capex.is_some() || budget.per_month.is_some()) && e.fits {
            let cost = cost_of(s, self.catalogue, e).map_err(Reason::MoneyUnknown)?;
            let show = |usd: Usd| cost.terms.rate.show(usd, s.money.currency);
            if let Some(limit) = budget.capex {
                most = most.max(show(cost.capex) / limit);
            }
            if let Some(limit) = budget.per_month {
                most = most.max(show(cost.per_hour) * money::HOURS_PER_MONTH / limit);
            }
        }
        Ok(most)
    }

    /// The edge is known: which side of it is the answer.
    fn settle(&mut self) {
        let (below, above) = (self.below.take(), self.above.take());
        let trouble = |a: &Answer| match Standing::of(&a.evaluation) {
            Standing::DoesNotFit => Some(Reason::DoesNotFit),
            Standing::MissesTargets => Some(Reason::MissesTargets),
            Standing::Overloaded | Standing::Sound => None,
        };
        match self.ask {
            Ask::SuperNodes { .. } | Ask::CardsEach { .. } => match (above, below) {
                (Some((_, answer)), _) => self.answer(answer),
                (None, Some((n, best))) => {
                    let reason = trouble(&best).unwrap_or(Reason::BeyondLimit { most: n as f64 });
                    self.fail(reason, Some(best));
                }
                (None, None) => self.fail(Reason::BadAsk, None),
            },
            Ask::Budget { .. } => match (below, above) {
                (Some((_, answer)), _) => match trouble(&answer) {
                    // What can be bought is too small for the model or the targets.
                    Some(reason) => self.fail(reason, Some(answer)),
                    None => self.answer(answer),
                },
                (None, Some((_, best))) => self.fail(Reason::OverBudget, Some(best)),
                (None, None) => self.fail(Reason::BadAsk, None),
            },
            _ => match (below, above) {
                (Some((_, answer)), _) => self.answer(answer),
                (None, Some((_, best))) => {
                    let reason = trouble(&best).unwrap_or(Reason::MissesTargets);
                    self.fail(reason, Some(best));
                }
                (None, None) => self.fail(Reason::BadAsk, None),
            },
        }
    }

    fn longest_context(&mut self) {
        let mut notices = Vec::new();
        let bound = resolve::model(&self.scenario, self.catalogue)
            .ok()
            .and_then(|model| {
                let sites =
                    resolve::sites(&self.scenario, self.catalogue, &model, &mut notices).ok()?;
                let layout = self.scenario.layout.clone();
                let task = resolve::task(&self.scenario, model.architecture, &layout, &sites);
                let own = f64::from(model.architecture.max_context);
                let fits = longest_context_bound(&task, &sites);
                Some(if own > 0.0 { fits.min(own) } else { fits })
            })
            .unwrap_or(0.0);
        let most = number_of("ctx").map_or(1e8, |n| n.max);
        let longest = bound.floor().min(most);
        let w = &self.scenario.workload;
        if longest < 1.0 {
            self.fail(Reason::DoesNotFit, None);
        } else if longest < w.input_tokens + w.output_tokens {
            self.fail(Reason::RequestLonger { longest }, None);
        } else {
            let mut at = self.scenario.clone();
            at.targets.context_limit = longest as u32;
            let answer = self.evaluate(at, longest);
            if answer.evaluation.fits {
                self.answer(answer);
            } else {
                self.fail(Reason::DoesNotFit, None);
            }
        }
    }

    fn cost_per_million(&self, e: &Evaluation) -> Option<f64> {
        let cost = e.cost.per_million?.output.usd;
        let rate = ExchangeRate::new(self.scenario.money.cny_per_usd).ok()?;
        Some(rate.show(Usd(cost), self.scenario.money.currency))
    }

    /// The load enters the cost only: it is halved on the cost of one evaluation, and the answer is
    /// evaluated again.
    fn load_for_cost(&mut self, wanted: f64) {
        let mut base = self.scenario.clone();
        base.workload.requests_per_s = None;
        let first = self.evaluate(base.clone(), base.workload.mean_load);
        if !first.evaluation.fits {
            return self.fail(Reason::DoesNotFit, None);
        }
        let cost = match cost_of(&base, self.catalogue, &first.evaluation) {
            Ok(cost) => cost,
            Err(error) => return self.fail(Reason::MoneyUnknown(error), None),
        };
        let currency = base.money.currency;
        // Kinds of tokens share the cost by what they take of the cards, whatever the load.
        let of_all = first
            .evaluation
            .cost
            .per_million
            .map_or(1.0, |c| c.output.usd / c.blended_output.usd);
        let at = |load: f64| -> f64 {
            let blended = cost.at_load(load).map(|(lines, tokens)| {
                let per_hour: Usd = lines.into_iter().sum();
                per_hour / (tokens.output / 1e6)
            });
            blended.map_or(f64::INFINITY, |usd| {
                cost.terms.rate.show(usd, currency) * of_all
            })
        };
        let (least, most) = number_of("load").map_or((0.01, 1.0), |n| (n.min, n.max));
        let load = if at(least) <= wanted {
            least
        } else {
            let (mut low, mut high) = (least, most);
            for _ in 0..40 {
                let middle = 0.5 * (low + high);
                if at(middle) <= wanted {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            // Rounded up to a tenth of a per cent: the cost is met, and links stay short.
            number::tidy((high * 1000.0 - 1e-6).ceil() / 1000.0).min(most)
        };
        base.workload.mean_load = load;
        let answer = self.evaluate(base, load);
        if at(most) > wanted * (1.0 + 1e-9) {
            self.fail(Reason::CostsMore { least: at(most) }, Some(answer));
        } else {
            self.answer(answer);
        }
    }

    fn price_for_margin(&mut self, margin: f64) {
        let first = self.evaluate(self.scenario.clone(), margin);
        if !first.evaluation.fits {
            return self.fail(Reason::DoesNotFit, None);
        }
        let priced = cost_of(&self.scenario, self.catalogue, &first.evaluation)
            .and_then(|cost| pricing::for_margin(&self.scenario, self.catalogue, &cost, margin));
        match priced {
            Err(error) => self.fail(Reason::MoneyUnknown(error), None),
            Ok((scenario, prices)) => {
                let mut answer = first;
                answer.value = prices.gross_margin.unwrap_or(margin);
                answer.result = prices.blended_output.0;
                answer.changes = changes(&self.scenario, &scenario, "pout");
                answer.scenario = scenario;
                answer.prices = Some(prices);
                self.answer(answer);
            }
        }
    }
}

/// The cost of an evaluated scenario, with every line.
pub(super) fn cost_of(
    scenario: &Scenario,
    catalogue: &Catalogue,
    e: &Evaluation,
) -> Result<CostResult, MoneyError> {
    let usage = e.usage.as_ref().ok_or(MoneyError::NothingMade)?;
    let curve = &scenario.workload.load_curve;
    money::cost(&scenario.money, curve, usage, &|id| {
        catalogue.accelerator(id)
    })
}

/// Longest context of a single request on any layout of the scenario, tokens, by memory alone.
pub(super) fn longest_context_bound(task: &Task<'_>, sites: &[Site<'_>]) -> f64 {
    let mut short = *task;
    short.longest_context = 1.0;
    let all = configs(&short, sites);
    let longest = |c: &super::plan::Config| c.prepared.max_context();
    let prefill = all.prefill().map(longest).fold(0.0, f64::max);
    let decode = all.decode().map(longest).fold(0.0, f64::max);
    let mode = task.layout.mode;
    let shared = mode != ModeChoice::Disaggregated
        && sites.iter().all(|s| s.may_prefill() && s.may_decode());
    match (shared, mode != ModeChoice::Aggregated) {
        (true, _) => decode,
        (false, true) => prefill.min(decode),
        (false, false) => 0.0,
    }
}

/// The whole way at once. A page rather steps a [`Solver`].
pub fn solve(scenario: &Scenario, catalogue: &Catalogue, ask: Ask) -> Solution {
    let mut solver = Solver::new(scenario, catalogue, ask);
    loop {
        if let Some(solution) = solver.step() {
            return solution.clone();
        }
    }
}

#[cfg(test)]
#[path = "solve_tests.rs"]
mod tests;
