//! The search: every deployment of the space, the best for the targets, and the frontier.
//!
//! Prefill and decode instances of a disaggregated factory do not slow each other down, so the best
//! pair is found from the best of each size instead of from the product; how many of each stand on
//! the cards follows from the packing. What is looked at one by one is counted in
//! [`Found::candidates`]: every layout with every batch or chunk, and every pair with every ratio.
//! The last few are compared with the full queueing formula of `open_loop`.

use super::estimate::{Best, Clock, Quick, keep, to_beat};
use super::frontier::{Frontier, Spot};
use super::layouts::{Configs, Task};
use super::plan::{Aim, Config, Placed, Plan};
use super::simulate::Group;
use super::site::Site;
use crate::scenario::ModeChoice;

/// What the search found.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// The best deployment; `None` where nothing fits.
    pub best: Option<Plan<'a>>,
    /// It meets the aim.
    pub meets: bool,
    /// Pareto frontier.
    pub frontier: Vec<Spot<'a>>,
    /// Deployments considered.
    pub candidates: u64,
}

/// A target is given up stepwise by these factors until something meets it.
const RELAXED: [f64; 7] = [1.3, 1.8, 3.0, 6.0, 15.0, 60.0, 1e6];
/// Halvings, on a logarithmic scale, of the last of these steps.
const CLOSER: u32 = 2;
/// Prefill layouts of one size that the full formula chooses from: their estimates are the roughest.
const PREFILLS_KEPT: usize = 2;
/// Shares of the target for time per token that are aimed at, too, where steps as long as it allows would take a good part
/// of the time to the first token: a plan that is faster than it need be meets the target as well.
const FASTER: [f64; 3] = [0.5, 0.2, 0.08];
/// How many times the rate on the safe side prefill is taken to reach, one after the other, where it may: how many cards
/// should prefill depends on it, and only the full formula tells.
const MORE: [f64; 3] = [1.0, 1.8, 3.2];
/// Plans compared with the full formula, of each mode.
pub(super) const FINALISTS: usize = 24;
/// Of those, the best that small changes are tried on.
const POLISHED: usize = 6;
/// Plans below this share of the best are not polished: small changes do not make up for it.
const CLOSE: f64 = 0.95;

/// Searches the space that `configs` spans.
pub fn search<'a>(task: &'a Task<'a>, sites: &[Site<'_>], configs: &'a Configs) -> Found<'a> {
    let mut space = Space {
        task,
        sites,
        configs,
        clocks: Vec::new(),
        frontier: Frontier::default(),
        seen: configs.refused,
    };
    let quick = Quick::new(task, task.aim);
    space.clocks = configs.decode().map(|c| Clock::new(c, &quick)).collect();
    let met = space.best_at(&quick);
    let meets = met.is_some();
    let best = met.or_else(|| space.nearest(&quick));
    Found {
        best,
        meets,
        frontier: space.frontier.points(),
        candidates: space.seen,
    }
}

/// What the search goes through, and what it has seen of it.
struct Space<'a, 's> {
    task: &'a Task<'a>,
    sites: &'s [Site<'s>],
    configs: &'a Configs,
    clocks: Vec<Clock<'a>>,
    frontier: Frontier<'a>,
    seen: u64,
}

/// Which target is given up.
#[derive(Clone, Copy, PartialEq)]
enum GivenUp {
    Ttft,
    Tpot,
    Both,
}

impl<'a> Space<'a, '_> {
    /// The plan that serves most at an aim.
    fn best_at(&mut self, quick: &Quick<'a>) -> Option<Plan<'a>> {
        self.round_of(quick)
            .into_iter()
            .max_by(|a, b| a.capacity.total_cmp(&b.capacity))
    }

    /// The aim with a target given up by a factor.
    fn relaxed(&self, what: GivenUp, factor: f64) -> Quick<'a> {
        let aim = self.task.aim;
        let times = |given_up: bool| if given_up { factor } else { 1.0 };
        Quick::new(
            self.task,
            Aim {
                ttft_ms: aim.ttft_ms * times(what != GivenUp::Tpot),
                tpot_ms: aim.tpot_ms * times(what != GivenUp::Ttft),
                ..aim
            },
        )
    }

    /// Some plan meets an aim.
    fn reaches(&mut self, what: GivenUp, factor: f64) -> bool {
        let quick = self.relaxed(what, factor);
        let mut reached = |share: f64| {
            let plans = self.finalists(&quick.faster(share));
            let meets = |plan: &Plan<'_>| plan.meets(&self.task.traffic, &quick.aim);
            plans.iter().any(meets)
        };
        reached(1.0) || FASTER.into_iter().any(reached)
    }

    /// What misses the targets by least: one is kept where it can be, and the other given up stepwise.
    fn nearest(&mut self, strict: &Quick<'a>) -> Option<Plan<'a>> {
        // What not even a single request stays below.
        let least_tpot = self.clocks.iter_mut().map(|c| strict.least_tpot_ms(c));
        let tpot = least_tpot.fold(f64::INFINITY, f64::min) / strict.aim.tpot_ms;
        let ttft = strict.least_ttft_ms() / strict.aim.ttft_ms;
        let mut ways = Vec::new();
        if tpot <= 1.0 {
            ways.push(GivenUp::Ttft);
        }
        if ttft <= 1.0 {
            ways.push(GivenUp::Tpot);
        }
        let least = tpot.max(ttft);
        for mut ways in [ways, vec![GivenUp::Both]] {
            let mut low = least.max(1.0);
            for factor in RELAXED.into_iter().filter(|f| *f > least) {
                let mut reached = ways.clone();
                reached.retain(|w| self.reaches(*w, factor));
                if reached.is_empty() {
                    low = factor;
                    continue;
                }
                // Closer to the target, as long as something is found there.
                ways = reached;
                let mut high = factor;
                for _ in 0..CLOSER {
                    let middle = f64::sqrt(low * high);
                    let mut closer = ways.clone();
                    closer.retain(|w| self.reaches(*w, middle));
                    if closer.is_empty() {
                        low = middle;
                    } else {
                        (ways, high) = (closer, middle);
                    }
                }
                let mut plans = Vec::new();
                for way in ways {
                    let quick = self.relaxed(way, high);
                    plans.extend(self.best_at(&quick));
                }
                return plans
                    .into_iter()
                    .max_by(|a, b| a.capacity.total_cmp(&b.capacity));
            }
        }
        None
    }

    /// One round of the search at an aim: finalists with their capacity.
    fn round_of(&mut self, quick: &Quick<'a>) -> Vec<Plan<'a>> {
        let (task, aim) = (quick.task, quick.aim);
        let mut plans = self.candidates(quick);
        let mut most: f64 = 0.0;
        for plan in &mut plans {
            plan.capacity = plan.find_capacity_above(&task.traffic, &aim, CLOSE * most);
            most = most.max(plan.capacity);
        }
        plans.retain(|p| p.capacity > 0.0);
        plans.sort_by(|a, b| b.capacity.total_cmp(&a.capacity));
        let mut polished: Vec<Vec<*const Config>> = Vec::new();
        for plan in &mut plans {
            // Of plans of one layout, the best is polished.
            let layout = plan.layout();
            if polished.len() < POLISHED && !polished.contains(&layout) {
                polished.push(layout);
                super::polish::polish(plan, task, self.sites, &aim, &mut self.seen);
            }
        }
        plans
    }

    /// Plans that quick estimates take for the best, at an aim and, where steps crowd TTFT, at faster ones.
    fn candidates(&mut self, quick: &Quick<'a>) -> Vec<Plan<'a>> {
        let mut plans = self.finalists(quick);
        if quick.steps_crowd_ttft() {
            for share in FASTER {
                let faster = quick.faster(share);
                plans.extend(self.finalists(&faster));
            }
        }
        plans
    }

    /// Plans that quick estimates take for the best at an aim; their capacity is not known yet.
    fn finalists(&mut self, quick: &Quick<'a>) -> Vec<Plan<'a>> {
        let Self {
            task,
            sites,
            configs,
            clocks,
            frontier,
            seen,
        } = self;
        let split = task.layout.mode != ModeChoice::Aggregated;
        let shared = task.layout.mode != ModeChoice::Disaggregated
            && sites.iter().all(|s| s.may_prefill() && s.may_decode());
        let mut prefill: Vec<Best<'_>> = Vec::new();
        let mut decode = Vec::new();
        let mut both = Vec::new();
        if split {
            let mut at_step = [Vec::new(), Vec::new()];
            for config in configs.prefill() {
                for (kept, best) in at_step.iter_mut().zip(quick.prefill(config, 0.4, seen)) {
                    if let Some(best) = best {
                        keep(kept, best, PREFILLS_KEPT);
                    }
                }
            }
            prefill = at_step.concat();
        }
        let per_card = |b: &Best<'_>| b.rate / f64::from(b.config.cards);
        let fastest = prefill
            .iter()
            .copied()
            .max_by(|a, b| per_card(a).total_cmp(&per_card(b)));
        for clock in clocks {
            if split && !prefill.is_empty() {
                let floor = to_beat(&decode, clock.config);
                if let Some(best) = quick.decode(clock, fastest.as_ref(), floor, frontier, seen) {
                    keep(&mut decode, best, 1);
                }
            }
            if shared {
                let floor = to_beat(&both, clock.config);
                if let Some(best) = quick.aggregated(clock, floor, frontier, seen) {
                    keep(&mut both, best, 1);
                }
            }
        }
        let mut plans = Vec::new();
        if shared {
            super::assemble::aggregated(&to_offers(&both), sites, &mut plans, seen);
        }
        if split {
            let decode = to_offers(&decode);
            for more in MORE {
                let faster = |b: &Best<'a>| Best {
                    rate: b.rate * more.min(b.may_be),
                    ..*b
                };
                let prefill: Vec<_> = prefill.iter().map(faster).collect();
                super::assemble::disaggregated(
                    task,
                    (&to_offers(&prefill), &decode),
                    sites,
                    &mut plans,
                    seen,
                );
                if prefill.iter().all(|b| b.may_be <= more) {
                    break;
                }
            }
        }
        plans
    }
}

/// The best of one size on one site, for assembling plans.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// How an instance is laid out.
    pub config: &'a Config,
    /// Requests per second of one instance.
    pub rate: f64,
    /// Its group, with one instance.
    pub group: Group,
}

impl<'a> Offer<'a> {
    /// So many of them, with a share of the traffic.
    pub fn place(&self, instances: u32, share: f64) -> Placed<'a> {
        Placed {
            config: self.config,
            group: Group {
                instances,
                share,
                ..self.group
            },
        }
    }
}

fn to_offers<'a>(table: &[Best<'a>]) -> Vec<Offer<'a>> {
    table
        .iter()
        .map(|b| Offer {
            config: b.config,
            rate: b.rate,
            group: Group {
                instances: 1,
                ranks: b.config.prepared.split.max(1.0) as u32,
                batch: b.batch.clamp(1.0, 1e9) as u32,
                chunk_tokens: b.chunk,
                share: 1.0,
            },
        })
        .collect()
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
