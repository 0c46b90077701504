//! Who sits where: instances of a deployment on the cards of a factory.
//!
//! The planner says how many instances of how many cards there are; which card each takes is an
//! assumption of the drawing: an instance stays inside one super-node where it fits, decode
//! instances are spread evenly over the super-nodes, prefill instances fill what is left, spares
//! stand at the end.

use crate::evaluation::{Deployment, Phase};
use crate::scenario::{Pool, Role};

/// What a card does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Part of an instance, counted from 0 within its phase.
    Instance {
        /// What the instance does.
        phase: Phase,
        /// Which one.
        number: u32,
    },
    /// Kept as a spare.
    Spare,
    /// No whole instance fits here.
    Idle,
}

/// A super-node (or server) and what its cards do, as runs of equal cards.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Index of the pool.
    pub pool: usize,
    /// Accelerator id.
    pub hardware: String,
    /// Cards in it.
    pub cards: u32,
    /// (cards, what they do), in order.
    pub runs: Vec<(u32, Seat)>,
}

impl Node {
    /// What card `index` does.
    pub fn seat(&self, index: u32) -> Seat {
        let mut passed = 0u32;
        for (count, seat) in &self.runs {
            passed = passed.saturating_add(*count);
            if index < passed {
                return *seat;
            }
        }
        Seat::Idle
    }

    /// What each cell shows when a cell stands for `per_cell` cards: its first card.
    pub fn cells(&self, per_cell: u32) -> Vec<Seat> {
        let per_cell = per_cell.max(1);
        let mut cells = Vec::with_capacity((self.cards / per_cell) as usize + 1);
        let mut passed = 0u32;
        for (count, seat) in &self.runs {
            passed = passed.saturating_add(*count);
            let upto = passed.div_ceil(per_cell) as usize;
            cells.resize(upto.max(cells.len()), *seat);
        }
        cells
    }

    /// Cards whose seat `wanted` accepts.
    pub fn count(&self, wanted: impl Fn(Seat) -> bool) -> u32 {
        self.runs
            .iter()
            .filter(|(_, s)| wanted(*s))
            .map(|(n, _)| n)
            .sum()
    }

    /// Instances of a phase that have cards here.
    pub fn instances(&self, wanted: Phase) -> usize {
        let mut numbers: Vec<u32> = self
            .runs
            .iter()
            .filter_map(|(_, s)| match s {
                Seat::Instance { phase, number } if *phase == wanted => Some(*number),
                _ => None,
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len()
    }
}

/// Most super-nodes drawn one by one; beyond, each stands for several.
const MOST_NODES: u32 = 4096;

/// Most instances of a group seated one by one.
const MOST_INSTANCES: u32 = 10_000;

/// Seats every card of `pools`. Without a deployment all working cards are idle.
pub fn assign(pools: &[Pool], deployment: Option<&Deployment>) -> Vec<Node> {
    let mut nodes: Vec<(Node, u32, Role)> = Vec::new();
    for (index, pool) in pools.iter().enumerate() {
        for _ in 0..pool.super_nodes.min(MOST_NODES) {
            let free = pool.cards_each.saturating_sub(pool.spares_each);
            let node = Node {
                pool: index,
                hardware: pool.hardware.clone(),
                cards: pool.cards_each,
                runs: Vec::new(),
            };
            nodes.push((node, free, pool.role));
        }
    }
    let mut groups: Vec<_> = deployment
        .map(|d| d.instances.iter().collect())
        .unwrap_or_default();
    // Large instances first: small ones fill the gaps.
    groups.sort_by_key(|g| std::cmp::Reverse(g.cards_each));
    for group in groups {
        let serves = |role: Role| match group.phase {
            Phase::Both => role == Role::Any,
            Phase::Prefill => role != Role::Decode,
            Phase::Decode => role != Role::Prefill,
        };
        // Very many instances are seated in bundles: nobody can tell them apart on a screen.
        let bundle = group.instances.div_ceil(MOST_INSTANCES).max(1);
        let whole_size = group.cards_each.saturating_mul(bundle);
        for number in 0..group.instances / bundle {
            let mut left = whole_size;
            if left == 0 {
                break;
            }
            let seat = Seat::Instance {
                phase: group.phase,
                number,
            };
            let fits = |n: &&mut (Node, u32, Role)| {
                n.0.hardware == group.hardware && serves(n.2) && n.1 >= left
            };
            // The emptiest super-node first; the earliest of equals.
            let whole = nodes.iter_mut().filter(fits).max_by(|a, b| {
                a.1.cmp(&b.1)
                    .then(b.0.pool.cmp(&a.0.pool))
                    .then(std::cmp::Ordering::Greater)
            });
            if let Some(node) = whole {
                take(node, left, seat);
                continue;
            }
            // It spans super-nodes.
            for node in &mut nodes {
                if node.0.hardware == group.hardware && serves(node.2) && node.1 > 0 && left > 0 {
                    let part = node.1.min(left);
                    take(node, part, seat);
                    left -= part;
                }
            }
            if left == whole_size {
                break; // no room at all: the rest would not find any either
            }
        }
    }
    let finish = |(mut node, free, _): (Node, u32, Role)| {
        if free > 0 {
            node.runs.push((free, Seat::Idle));
        }
        let seated: u32 = node.runs.iter().map(|(n, _)| n).sum();
        if node.cards > seated {
            node.runs.push((node.cards - seated, Seat::Spare));
        }
        node
    };
    nodes.into_iter().map(finish).collect()
}

fn take(node: &mut (Node, u32, Role), cards: u32, seat: Seat) {
    node.1 -= cards;
    node.0.runs.push((cards, seat));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{Formats, InstanceGroup, Mode};
    use crate::scenario::{Degrees, NumberFormat};

    fn group(phase: Phase, instances: u32, cards_each: u32) -> InstanceGroup {
        InstanceGroup {
            phase,
            hardware: "ascend-910c".into(),
            instances,
            cards_each,
            degrees: Degrees {
                tp: 1,
                pp: 1,
                dp: cards_each * 2,
                ep: cards_each * 2,
            },
            batch: 1.0,
            busy: 1.0,
        }
    }

    fn plan(instances: Vec<InstanceGroup>) -> Deployment {
        let int8 = NumberFormat::Int8;
        Deployment {
            mode: Mode::Disaggregated,
            instances,
            formats: Formats {
                weights: int8,
                experts: int8,
                kv: int8,
            },
            engine: "test".into(),
        }
    }

    /// MODEL.md's plan of Wuxi: 6 decode instances of 160 cards, 32 prefill instances of 16.
    #[test]
    fn wuxi_spreads_decode_and_fills_up_with_prefill() {
        let d = plan(vec![
            group(Phase::Prefill, 32, 16),
            group(Phase::Decode, 6, 160),
        ]);
        let nodes = assign(&[Pool::default()], Some(&d));
        assert_eq!(nodes.len(), 4);
        let decode: Vec<usize> = nodes.iter().map(|n| n.instances(Phase::Decode)).collect();
        assert_eq!(decode, [2, 2, 1, 1]);
        let prefill: usize = nodes.iter().map(|n| n.instances(Phase::Prefill)).sum();
        assert_eq!(prefill, 32);
        for n in &nodes {
            assert_eq!(n.count(|s| s == Seat::Spare), 16);
            assert_eq!(n.count(|_| true), 384);
            assert_eq!(n.count(|s| s == Seat::Idle), 0);
            assert_eq!(n.seat(383), Seat::Spare);
            let cells = n.cells(1);
            assert_eq!(cells.len(), 384);
            assert!((0..384).all(|i| cells[i as usize] == n.seat(i)));
            assert_eq!(n.cells(5).len(), 77);
        }
    }

    #[test]
    fn an_instance_larger_than_a_super_node_spans_several() {
        let pool = Pool {
            super_nodes: 3,
            cards_each: 8,
            spares_each: 0,
            ..Pool::default()
        };
        let nodes = assign(&[pool], Some(&plan(vec![group(Phase::Both, 1, 16)])));
        let both: Vec<usize> = nodes.iter().map(|n| n.instances(Phase::Both)).collect();
        assert_eq!(both, [1, 1, 0]);
        assert_eq!(nodes[2].seat(0), Seat::Idle);
    }

    #[test]
    fn pools_keep_to_their_role_and_hardware() {
        let prefill = Pool {
            super_nodes: 1,
            cards_each: 32,
            spares_each: 0,
            role: Role::Prefill,
            ..Pool::default()
        };
        let decode = Pool {
            role: Role::Decode,
            ..prefill.clone()
        };
        let mut d = plan(vec![
            group(Phase::Prefill, 1, 8),
            group(Phase::Decode, 3, 8),
        ]);
        let nodes = assign(&[prefill.clone(), decode.clone()], Some(&d));
        assert_eq!(nodes[0].instances(Phase::Decode), 0);
        assert_eq!(nodes[1].instances(Phase::Decode), 3);
        d.instances[0].hardware = "other".into();
        let nodes = assign(&[prefill, decode], Some(&d));
        assert_eq!(nodes[0].count(|s| s == Seat::Idle), 32);
    }

    #[test]
    fn silly_sizes_neither_panic_nor_hang() {
        let pool = Pool {
            super_nodes: u32::MAX,
            cards_each: u32::MAX,
            spares_each: u32::MAX,
            ..Pool::default()
        };
        assert_eq!(assign(&[pool], None).len(), MOST_NODES as usize);
        let pool = Pool {
            super_nodes: 2,
            cards_each: 4,
            spares_each: 0,
            ..Pool::default()
        };
        let d = plan(vec![
            group(Phase::Decode, u32::MAX, 0),
            group(Phase::Prefill, u32::MAX, 3),
        ]);
        let nodes = assign(&[pool], Some(&d));
        assert_eq!(nodes[0].count(|s| s == Seat::Idle), 0);
    }
}
