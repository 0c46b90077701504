//! What the search is about, and every layout of an instance that fits on the cards.

use super::candidates::degrees;
use super::plan::{Aim, Config};
use super::simulate::Traffic;
use super::site::Site;
use crate::catalogue::architecture::Architecture;
use crate::model::{Drafts, Instance, ModelError};
use crate::scenario::{Degrees, Layout, LocalCalibration};

/// What is searched for.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The model.
    pub architecture: &'a Architecture,
    /// What arrives; its rate is found.
    pub traffic: Traffic,
    /// What it must meet.
    pub aim: Aim,
    /// Longest context that must fit, tokens.
    pub longest_context: f64,
    /// Speculative decoding.
    pub drafts: Drafts,
    /// Share of throughput kept under uneven expert load.
    pub expert_balance: f64,
    /// Factors of the user's own cluster.
    pub local: LocalCalibration,
    /// What is pinned.
    pub layout: &'a Layout,
}

/// Every configuration that fits.
#[derive(Clone, Debug, Default)]
pub struct Configs {
    /// All of them; each knows what it may do.
    pub all: Vec<Config>,
    /// Layouts looked at that do not fit into memory.
    pub refused: u64,
    /// The refusal that came nearest to fitting (fewest bytes missing).
    pub nearest: Option<ModelError>,
}

/// Lays every layout out on every site and keeps those that fit.
pub fn configs(task: &Task<'_>, sites: &[Site<'_>]) -> Configs {
    let mut out = Configs::default();
    for (index, site) in sites.iter().enumerate() {
        let all = match (task.layout.decode, task.layout.prefill) {
            (Some(_), Some(_)) => Vec::new(),
            _ => degrees(task.architecture, &site.space()),
        };
        let (may_prefill, may_decode) = (site.may_prefill(), site.may_decode());
        let (decode, prefill) = (&task.layout.decode, &task.layout.prefill);
        let of = |pinned: &'_ Option<Degrees>| pinned.map_or_else(|| all.clone(), |d| vec![d]);
        if decode == prefill {
            for d in of(decode) {
                out.add(task, site, index, d, (may_prefill, may_decode));
            }
        } else {
            for d in of(decode) {
                out.add(task, site, index, d, (false, may_decode));
            }
            for d in of(prefill) {
                out.add(task, site, index, d, (may_prefill, false));
            }
        }
    }
    out
}

impl Configs {
    /// Those that prefill.
    pub fn prefill(&self) -> impl Iterator<Item = &Config> {
        self.all.iter().filter(|c| c.prefills)
    }

    /// Those that decode, or share their cards.
    pub fn decode(&self) -> impl Iterator<Item = &Config> {
        self.all.iter().filter(|c| c.decodes)
    }

    fn add(
        &mut self,
        task: &Task<'_>,
        site: &Site<'_>,
        index: usize,
        degrees: Degrees,
        (prefills, decodes): (bool, bool),
    ) {
        let instance = Instance {
            architecture: task.architecture,
            formats: site.formats,
            degrees,
            machine: &site.machine,
            profile: &site.profile,
            drafts: task.drafts,
            expert_balance: task.expert_balance,
            local: task.local,
        };
        match instance.prepare() {
            Ok(prepared) => {
                let cards = degrees.dies().div_ceil(site.machine.dies_per_card.max(1));
                let most_instances = site.most_instances(cards);
                if prepared.max_batch(task.longest_context) < 1.0 {
                    self.refuse(ModelError::ContextDoesNotFit {
                        context_tokens: task.longest_context,
                        longest_tokens: prepared.max_context(),
                    });
                } else if most_instances > 0 {
                    self.all.push(Config {
                        site: index,
                        prefills,
                        decodes,
                        degrees,
                        cards,
                        memory_batch: prepared.max_batch(task.traffic.mean_context()),
                        prepared,
                        most_instances,
                    });
                }
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Keeps the refusal that misses by least: one that lacks context room over one that lacks room
    /// for weights.
    fn refuse(&mut self, error: ModelError) {
        self.refused += 1;
        let rank = |e: &ModelError| match e {
            ModelError::ContextDoesNotFit { longest_tokens, .. } => (0, -*longest_tokens),
            ModelError::WeightsDoNotFit {
                needed_bytes,
                capacity_bytes,
            } => (1, needed_bytes - capacity_bytes),
            _ => (2, 0.0),
        };
        let better = self.nearest.as_ref().is_none_or(|old| {
            let (a, b) = (rank(&error), rank(old));
            a.0 < b.0 || a.0 == b.0 && a.1 < b.1
        });
        if better {
            self.nearest = Some(error);
        }
    }
}

/// Fewest packages of the site's kind on which the model fits with one request; `None` = more than
/// any instance looked at.
pub fn cards_that_fit(task: &Task<'_>, site: &Site<'_>) -> Option<u32> {
    let mut space = site.space();
    space.all_cards = u32::MAX;
    space.node_cards = u32::MAX;
    let mut sizes: Vec<(u32, Degrees)> = degrees(task.architecture, &space)
        .into_iter()
        .map(|d| (d.dies().div_ceil(site.machine.dies_per_card.max(1)), d))
        .collect();
    sizes.sort_by_key(|(cards, _)| *cards);
    sizes.into_iter().find_map(|(cards, degrees)| {
        let instance = Instance {
            architecture: task.architecture,
            formats: site.formats,
            degrees,
            machine: &site.machine,
            profile: &site.profile,
            drafts: task.drafts,
            expert_balance: task.expert_balance,
            local: task.local,
        };
        let prepared = instance.prepare().ok()?;
        (prepared.max_batch(task.longest_context) >= 1.0).then_some(cards)
    })
}
