//! The last step of the search: small changes of the best plans, judged by the full queueing formula.
//!
//! The search ranks by quick estimates; close to the targets the full formula may prefer another
//! chunk, or an instance more on one side. Every change kept makes the plan serve more.

use super::estimate::CHUNKS;
use super::layouts::Task;
use super::plan::{Aim, Placed, Plan};
use super::site::Site;

/// Rounds of changes; most plans are done after one.
const ROUNDS: usize = 3;
/// Gains below a thousandth are not worth a look.
const WORTH: f64 = 1.001;
/// Decode instances more or fewer that are tried.
const STEPS: [i64; 4] = [-1, 1, -3, 3];

/// Improves a plan whose capacity is known; counts what is looked at.
pub(super) fn polish(
    plan: &mut Plan<'_>,
    task: &Task<'_>,
    sites: &[Site<'_>],
    aim: &Aim,
    seen: &mut u64,
) {
    for _ in 0..ROUNDS {
        let before = plan.capacity;
        let prefills = if plan.prefill.is_empty() {
            plan.decode.len()
        } else {
            plan.prefill.len()
        };
        for group in 0..prefills {
            for chunk in CHUNKS {
                attempt(plan, task, aim, seen, |p| set_chunk(p, task, group, chunk));
            }
        }
        for step in STEPS {
            attempt(plan, task, aim, seen, |p| {
                shift(p, task, sites, step).is_some()
            });
        }
        if plan.capacity <= before {
            break;
        }
    }
}

/// Keeps a change if the plan then serves more.
fn attempt<'a>(
    plan: &mut Plan<'a>,
    task: &Task<'_>,
    aim: &Aim,
    seen: &mut u64,
    change: impl FnOnce(&mut Plan<'a>) -> bool,
) {
    let mut other = plan.clone();
    if !change(&mut other) {
        return;
    }
    *seen += 1;
    other.capacity = other.find_capacity_above(&task.traffic, aim, plan.capacity * WORTH);
    if other.capacity > plan.capacity {
        *plan = other;
    }
}

/// Another chunk in one group that prefills; `false` where it is the same or does not fit.
fn set_chunk(plan: &mut Plan<'_>, task: &Task<'_>, group: usize, chunk: f64) -> bool {
    let shared = plan.prefill.is_empty();
    let groups = if shared {
        &mut plan.decode
    } else {
        &mut plan.prefill
    };
    let Some(placed) = groups.get_mut(group) else {
        return false;
    };
    let prompts = placed.config.memory_batch / placed.config.prepared.split;
    let most = if shared {
        chunk
    } else {
        chunk.min(task.traffic.computed_tokens() * prompts.max(1.0))
    };
    let changed = (placed.group.chunk_tokens - most).abs() > 0.5;
    placed.group.chunk_tokens = most;
    changed
}

/// Moves cards of a site with both kinds of instances from one side to the other.
fn shift(plan: &mut Plan<'_>, task: &Task<'_>, sites: &[Site<'_>], step: i64) -> Option<()> {
    let ([p], [d]) = (plan.prefill.as_mut_slice(), plan.decode.as_mut_slice()) else {
        return None;
    };
    if p.config.site != d.config.site || task.layout.prefill_share.is_some() {
        return None;
    }
    let site = sites.get(d.config.site)?;
    let count = i64::from(d.group.instances) + step;
    let count = u32::try_from(count)
        .ok()
        .filter(|n| (1..=site.most_instances(d.config.cards)).contains(n))?;
    let beside = site.most_beside(p.config.cards, count, d.config.cards);
    let set = |placed: &mut Placed<'_>, instances: u32| placed.group.instances = instances;
    set(d, count);
    set(p, beside);
    (beside > 0).then_some(())
}
