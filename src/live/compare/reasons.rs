//! Likely reasons for the gap between plan and actual, each with its evidence and its weight.
//!
//! A reason's effect is the share by which it moves the capacity of the factory (or, for the load,
//! its throughput), so that reasons of different kinds can be ranked against each other. Effects of
//! the workload are worked out from the plan's own card-seconds per token.

use serde::Serialize;

use super::super::flow::{Figure, Flow};
use super::super::state::{CardStatus, Factory, Group};
use super::{Load, Plan};
use crate::evaluation::TokenFlow;

/// Effects below this are noise.
const LEAST_EFFECT: f64 = 0.01;
/// A group whose clock is this far below the best one's is throttled.
const THROTTLED_CLOCK: f64 = 0.03;
/// Groups with less than this are not working at all.
const LEAST_UTILISATION: f64 = 0.02;
/// A request pushed out of its batch loses about half of what was done for it.
const LOST_BY_PREEMPTION: f64 = 0.5;

/// What may explain a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonKind {
    /// Fewer requests come than planned at capacity: requests per second, planned and seen.
    LoadBelowPlan,
    /// More requests come than the plan can serve; they queue: requests waiting, 0 and seen.
    Overload,
    /// Prompts are longer than planned: tokens.
    LongerPrompts,
    /// Prompts are shorter than planned: tokens.
    ShorterPrompts,
    /// Answers are longer than planned: tokens.
    LongerAnswers,
    /// Answers are shorter than planned: tokens.
    ShorterAnswers,
    /// More of the prompts is found in the prefix cache than planned: share.
    MorePrefixHits,
    /// Less of the prompts is found in the prefix cache than planned: share.
    FewerPrefixHits,
    /// Fewer draft tokens are accepted than planned: share.
    AcceptanceBelowPlan,
    /// More draft tokens are accepted than planned: share.
    AcceptanceAbovePlan,
    /// Requests are pushed out of running batches for want of KV memory: per request, 0 and seen.
    Preemption,
    /// Super-nodes are loaded unevenly: utilisation of the busiest and of the least busy.
    Imbalance,
    /// Super-nodes run at a lower clock than the others: MHz, best and worst.
    Throttling,
    /// Cards are silent or not well: cards planned, cards at work.
    CardsDown,
}

impl ReasonKind {
    /// Something is broken or overrun, whatever the figures say.
    pub fn is_fault(self) -> bool {
        matches!(
            self,
            Self::Overload | Self::Preemption | Self::Throttling | Self::CardsDown
        )
    }
}

/// A likely reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// What.
    pub kind: ReasonKind,
    /// Capacity won (+) or lost (−) by it, as a share; estimated.
    pub effect: f64,
    /// What the plan says; for kinds that compare groups, the better one.
    pub planned: f64,
    /// What is seen; for kinds that compare groups, the worse one.
    pub actual: f64,
    /// Super-nodes or hosts it concerns; empty = all.
    pub groups: Vec<String>,
}

/// Reasons, the strongest first.
pub(super) fn reasons(plan: &Plan<'_>, load: &Load, flow: &Flow, factory: &Factory) -> Vec<Reason> {
    let mut out = Vec::new();
    out.extend(of_load(load, flow));
    out.extend(of_workload(plan, flow));
    out.extend(preemption(flow));
    let groups = factory.groups();
    out.extend(imbalance(&groups));
    out.extend(throttling(&groups));
    out.extend(cards_down(plan, factory, &groups));
    out.retain(|r| r.effect.is_finite() && r.effect.abs() >= LEAST_EFFECT);
    out.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
    out
}

fn reason(kind: ReasonKind, effect: f64, planned: f64, actual: f64) -> Reason {
    Reason {
        kind,
        effect,
        planned,
        actual,
        groups: Vec::new(),
    }
}

fn of_load(load: &Load, flow: &Flow) -> Option<Reason> {
    let seen = load.requests_per_s?;
    let planned = load.planned_requests_per_s;
    if planned <= 0.0 {
        return None;
    }
    if load.saturated {
        // Seconds of work that wait, over a minute: a whole minute counts as all of the capacity.
        let waiting = flow.get(Figure::Waiting)?;
        let finished = flow.get(Figure::Requests)?;
        let effect = -(waiting / finished.max(1e-9) / 60.0).min(1.0);
        return Some(reason(ReasonKind::Overload, effect, 0.0, waiting));
    }
    (seen < planned).then(|| {
        reason(
            ReasonKind::LoadBelowPlan,
            seen / planned - 1.0,
            planned,
            seen,
        )
    })
}

/// A request as the cards see it.
#[derive(Clone, Copy)]
struct Request {
    input: f64,
    output: f64,
    hit: f64,
    acceptance: f64,
}

fn of_workload(plan: &Plan<'_>, flow: &Flow) -> Vec<Reason> {
    let workload = &plan.scenario.workload;
    let planned = Request {
        input: workload.input_tokens,
        output: workload.output_tokens,
        hit: workload.prefix_hit,
        acceptance: workload.acceptance,
    };
    let drafts = f64::from(workload.draft_tokens);
    let Some(seconds) = plan.evaluation.usage.as_ref().map(|u| {
        let add = |get: fn(&TokenFlow) -> f64| u.pools.iter().map(|p| get(&p.card_seconds)).sum();
        TokenFlow {
            input: add(|t| t.input),
            cached_input: add(|t| t.cached_input),
            output: add(|t| t.output),
        }
    }) else {
        return Vec::new();
    };
    // Tokens per step grow with acceptance: the same answer takes fewer steps.
    let steps = |a: f64| (1.0 + planned.acceptance * drafts) / (1.0 + a * drafts);
    let work = |r: Request| {
        r.input * (1.0 - r.hit) * seconds.input
            + r.input * r.hit * seconds.cached_input
            + r.output * seconds.output * steps(r.acceptance)
    };
    let whole = work(planned);
    if whole <= 0.0 {
        return Vec::new();
    }
    let effect = |changed: Request| whole / work(changed).max(1e-300) - 1.0;
    let mut out = Vec::new();
    use ReasonKind::*;
    let mut compare = |figure, plan: f64, less, more, changed: &dyn Fn(f64) -> Request| {
        if let Some(seen) = flow.get(figure) {
            let kind = if seen < plan { less } else { more };
            out.push(reason(kind, effect(changed(seen)), plan, seen));
        }
    };
    compare(
        Figure::MeanInput,
        planned.input,
        ShorterPrompts,
        LongerPrompts,
        &|v| Request {
            input: v,
            ..planned
        },
    );
    compare(
        Figure::MeanOutput,
        planned.output,
        ShorterAnswers,
        LongerAnswers,
        &|v| Request {
            output: v,
            ..planned
        },
    );
    compare(
        Figure::PrefixHit,
        planned.hit,
        FewerPrefixHits,
        MorePrefixHits,
        &|v| Request { hit: v, ..planned },
    );
    if drafts > 0.0 {
        compare(
            Figure::Acceptance,
            planned.acceptance,
            AcceptanceBelowPlan,
            AcceptanceAbovePlan,
            &|v| Request {
                acceptance: v,
                ..planned
            },
        );
    }
    out
}

fn preemption(flow: &Flow) -> Option<Reason> {
    let requests = flow.get(Figure::Requests).filter(|r| *r > 0.0)?;
    let each = flow.get(Figure::Preemptions)? / requests;
    let effect = -LOST_BY_PREEMPTION * each.min(1.0);
    Some(reason(ReasonKind::Preemption, effect, 0.0, each))
}

/// What the busiest super-node could not do because the others were not as busy.
fn imbalance(groups: &[Group<'_>]) -> Option<Reason> {
    let mut busy: Vec<(&str, f64)> = groups
        .iter()
        .filter_map(|g| Some((g.name, g.utilisation.filter(|u| *u > LEAST_UTILISATION)?)))
        .collect();
    busy.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (least, most) = (*busy.first()?, *busy.last()?);
    if busy.len() < 2 {
        return None;
    }
    let mean = busy.iter().map(|(_, u)| u).sum::<f64>() / busy.len() as f64;
    let mut found = reason(ReasonKind::Imbalance, mean / most.1 - 1.0, most.1, least.1);
    found.groups = vec![least.0.to_owned(), most.0.to_owned()];
    Some(found)
}

fn throttling(groups: &[Group<'_>]) -> Option<Reason> {
    let clocks: Vec<(&Group<'_>, f64)> = groups
        .iter()
        .filter_map(|g| Some((g, g.clock_mhz?)))
        .collect();
    let best = clocks.iter().map(|(_, c)| *c).reduce(f64::max)?;
    let cards: usize = clocks.iter().map(|(g, _)| g.cards.len()).sum();
    let mut lost = 0.0;
    let mut worst = best;
    let mut names = Vec::new();
    for (group, clock) in clocks {
        if clock < best * (1.0 - THROTTLED_CLOCK) {
            lost += (1.0 - clock / best) * group.cards.len() as f64 / cards.max(1) as f64;
            worst = worst.min(clock);
            names.push(group.name.to_owned());
        }
    }
    let mut found = reason(ReasonKind::Throttling, -lost, best, worst);
    found.groups = names;
    Some(found)
}

/// Cards planned to be there that are not at work; spares make up for what they can.
fn cards_down(plan: &Plan<'_>, factory: &Factory, groups: &[Group<'_>]) -> Option<Reason> {
    let planned = f64::from(plan.evaluation.cards);
    let needed = f64::from(plan.evaluation.cards_working);
    if factory.count() == 0 || needed <= 0.0 {
        return None;
    }
    let bad = factory.with_status(CardStatus::Bad).count();
    let well = factory.reporting().saturating_sub(bad) as f64;
    // A factory larger than the plan misses what it has lost itself.
    let whole = planned.max(factory.count() as f64);
    let lost = whole - well;
    if lost <= 0.0 {
        return None;
    }
    // Dead cards stop their instances: they count in full until someone puts a spare in.
    let mut found = reason(
        ReasonKind::CardsDown,
        -(lost / needed).min(1.0),
        whole,
        well,
    );
    let hit = groups.iter().filter(|g| g.silent + g.bad > 0);
    found.groups = hit.map(|g| g.name.to_owned()).collect();
    Some(found)
}
