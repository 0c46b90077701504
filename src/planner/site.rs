//! A pool of cards as the planner sees it: its die, its formats, how instances fit on it.

use super::candidates::Space;
use crate::catalogue::hardware::Accelerator;
use crate::evaluation::Formats;
use crate::model::{Machine, Profile};
use crate::scenario::{Pool, Role};

/// One pool, resolved.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    /// Position in the scenario.
    pub index: usize,
    /// As the scenario has it.
    pub pool: &'a Pool,
    /// Its catalogue entry.
    pub accelerator: &'a Accelerator,
    /// Its die.
    pub machine: Machine,
    /// Calibrated engine.
    pub profile: Profile,
    /// Formats used on it.
    pub formats: Formats,
    /// Packages that work in one super-node: without planned spares.
    pub node_cards: u32,
    /// Packages in one scale-up domain.
    pub domain_cards: u32,
}

impl Site<'_> {
    /// Packages in the pool, spares included.
    pub fn cards(&self) -> u32 {
        self.pool.super_nodes.saturating_mul(self.pool.cards_each)
    }

    /// Packages that may work.
    pub fn usable(&self) -> u32 {
        self.pool.super_nodes.saturating_mul(self.node_cards)
    }

    /// What degrees are chosen from.
    pub fn space(&self) -> Space {
        Space {
            dies_per_card: self.machine.dies_per_card,
            domain_cards: self.domain_cards,
            node_cards: self.node_cards,
            all_cards: self.usable(),
        }
    }

    /// May hold prefill instances of a disaggregated factory.
    pub fn may_prefill(&self) -> bool {
        self.pool.role != Role::Decode
    }

    /// May hold decode instances of a disaggregated factory.
    pub fn may_decode(&self) -> bool {
        self.pool.role != Role::Prefill
    }

    /// Whether an instance of so many packages leaves the scale-up domain.
    pub fn leaves_domain(&self, instance_cards: u32) -> bool {
        instance_cards > self.domain_cards
    }

    /// Scale-up domains as (packages, how many): whole ones, and what is left of each super-node.
    fn domains(&self) -> [(u32, u32); 2] {
        let size = self.domain_cards.clamp(1, self.node_cards.max(1));
        let nodes = self.pool.super_nodes;
        let whole = self.node_cards / size;
        [
            (size, nodes.saturating_mul(whole)),
            (self.node_cards - whole * size, nodes),
        ]
    }

    /// Most instances of `cards` packages that fit.
    pub fn most_instances(&self, cards: u32) -> u32 {
        if cards == 0 {
            return 0;
        }
        if cards <= self.domain_cards.min(self.node_cards) {
            let fit = |(size, count): (u32, u32)| (size / cards).saturating_mul(count);
            self.domains().into_iter().map(fit).sum()
        } else if cards <= self.node_cards {
            (self.node_cards / cards).saturating_mul(self.pool.super_nodes)
        } else {
            // It must cross super-nodes.
            self.usable() / cards
        }
    }

    /// Most instances of `cards` packages that fit beside `others` instances of `other_cards`
    /// packages, which are packed first, domain by domain.
    pub fn most_beside(&self, cards: u32, others: u32, other_cards: u32) -> u32 {
        if cards == 0 {
            return 0;
        }
        if others == 0 || other_cards == 0 {
            return self.most_instances(cards);
        }
        let domain = self.domain_cards.min(self.node_cards);
        if cards > domain || other_cards > domain {
            // Whole domains go to either kind, or instances cross super-nodes: count packages.
            let free = self
                .usable()
                .saturating_sub(others.saturating_mul(other_cards));
            return (free / cards).min(self.most_instances(cards));
        }
        let mut left = others;
        let mut fit = 0u32;
        for (size, count) in self.domains() {
            let per_domain = size / other_cards;
            if per_domain == 0 {
                fit = fit.saturating_add((size / cards).saturating_mul(count));
                continue;
            }
            let full = (left / per_domain).min(count);
            left -= full * per_domain;
            fit = fit
                .saturating_add(((size - per_domain * other_cards) / cards).saturating_mul(full));
            let mut free = count - full;
            if free > 0 && left > 0 {
                let part = left.min(per_domain);
                left -= part;
                fit = fit.saturating_add((size - part * other_cards) / cards);
                free -= 1;
            }
            fit = fit.saturating_add((size / cards).saturating_mul(free));
        }
        if left > 0 { 0 } else { fit }
    }
}
