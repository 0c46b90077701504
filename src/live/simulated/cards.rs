//! The simulated factory's cards.

use super::super::devices::{Card, CardKey, Duty, Health, Reading};
use super::{CLOCK_MHZ, Simulation, THROTTLED_CLOCK_MHZ, unit};

/// Cards of one host (a CloudMatrix384 node has eight packages).
pub(super) const CARDS_PER_HOST: u32 = 8;
/// Hosts in one rack (a CloudMatrix384 has 48 hosts in 12 computing racks).
const HOSTS_PER_RACK: u32 = 4;
/// How often a card's figures change, seconds.
const CHANGE_S: f64 = 15.0;

/// What one simulated die shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Die {
    pub utilisation: f64,
    pub memory_used_bytes: f64,
    pub power_w: f64,
    pub temperature_c: f64,
    pub clock_mhz: f64,
    pub healthy: bool,
    pub duty: Duty,
}

impl Simulation {
    /// What a card does, by its place: decode first, then prefill, spares last.
    pub(super) fn duty(&self, card: u32) -> Duty {
        let plan = &self.plan;
        if card < plan.decode_cards_each {
            Duty::Decode
        } else if card < plan.cards_each.saturating_sub(plan.spares_each) {
            Duty::Prefill
        } else {
            Duty::Unknown
        }
    }

    /// One die of a card that lives.
    pub(super) fn die(&self, node: u32, card: u32, die: u32) -> Die {
        let plan = &self.plan;
        let dies = f64::from(plan.dies_per_card.max(1));
        let key = u64::from(node) << 32 | u64::from(card) << 8 | u64::from(die);
        let tick = (self.at_s / CHANGE_S).floor() as i64 as u64;
        let wobble = unit(self.seed ^ key, tick) - 0.5;
        let character = unit(self.seed ^ 0xC0FFEE, key) - 0.5;
        let duty = self.duty(card);
        let (busy, kv) = match (self.nodes.get(node as usize), duty) {
            (Some(n), Duty::Decode) => (0.35 + 0.55 * n.decode_busy, n.kv),
            (Some(n), Duty::Prefill) => (n.prefill_busy, 0.35 * n.kv),
            _ => (0.0, 0.0),
        };
        let utilisation = match duty {
            Duty::Unknown => 0.0,
            _ => (busy + 0.12 * wobble + 0.04 * character).clamp(0.01, 1.0),
        };
        let throttled = self.faults.throttled.contains(&node);
        let memory = match duty {
            Duty::Unknown => 0.04,
            _ => plan.weights_share + (0.97 - plan.weights_share) * kv + 0.01 * character,
        };
        let saved = if throttled { 0.82 } else { 1.0 };
        let swing = (plan.busy_w - plan.idle_w) * saved;
        let power = (plan.idle_w + swing * utilisation.powf(0.8)) * (1.0 + 0.03 * character);
        let heat = if throttled { 14.0 } else { 0.0 };
        Die {
            utilisation,
            memory_used_bytes: plan.memory_bytes / dies * memory.clamp(0.0, 0.99),
            power_w: power / dies,
            temperature_c: 33.0 + 0.04 * power + 3.0 * character + heat,
            clock_mhz: if throttled {
                THROTTLED_CLOCK_MHZ
            } else {
                CLOCK_MHZ
            },
            healthy: !self.faults.sick.contains(&(node, card)),
            duty,
        }
    }

    /// The card has died and says nothing any more.
    pub(super) fn is_dead(&self, node: u32, card: u32) -> bool {
        self.faults.dead.contains(&(node, card))
    }

    /// Names of a card's place.
    pub(super) fn key(node: u32, card: u32) -> CardKey {
        let host = card / CARDS_PER_HOST;
        CardKey {
            super_node: format!("sn-{}", node + 1),
            rack: format!("sn-{}-rack-{:02}", node + 1, host / HOSTS_PER_RACK + 1),
            host: format!("sn-{}-node-{:02}", node + 1, host + 1),
            index: card % CARDS_PER_HOST,
            part: String::new(),
        }
    }

    /// All cards that live, as an exporter's reader would find them.
    pub(super) fn cards(&self) -> Vec<Card> {
        let plan = &self.plan;
        let mut out = Vec::with_capacity((plan.super_nodes * plan.cards_each) as usize);
        for node in 0..plan.super_nodes {
            for card in 0..plan.cards_each {
                if !self.is_dead(node, card) {
                    out.push(self.card(node, card));
                }
            }
        }
        out
    }

    fn card(&self, node: u32, card: u32) -> Card {
        let count = self.plan.dies_per_card.max(1);
        let mut reading = Reading::default();
        let (mut busy, mut memory, mut power) = (0.0, 0.0, 0.0);
        let (mut heat, mut clock) = (f64::MIN, f64::MAX);
        for die in (0..count).map(|d| self.die(node, card, d)) {
            busy += die.utilisation / f64::from(count);
            memory += die.memory_used_bytes;
            power += die.power_w;
            heat = heat.max(die.temperature_c);
            clock = clock.min(die.clock_mhz);
            reading.health = if die.healthy {
                Health::Well
            } else {
                Health::Bad
            };
            reading.error = (!die.healthy).then_some(0x80E0_1801);
            reading.duty = die.duty;
        }
        reading.utilisation = Some(busy as f32);
        reading.memory_used_bytes = Some(memory as f32);
        reading.memory_total_bytes = Some(self.plan.memory_bytes as f32);
        reading.power_w = Some(power as f32);
        reading.temperature_c = Some(heat as f32);
        reading.clock_mhz = Some(clock as f32);
        Card {
            key: Self::key(node, card),
            reading,
            model: self.plan.chip.clone(),
        }
    }

    /// Power of all living cards, W, and their mean utilisation. One die in eight stands for its
    /// like: history of hours is made with it.
    pub(super) fn power_and_utilisation(&self) -> (f64, f64) {
        let plan = &self.plan;
        let (mut power, mut busy, mut seen) = (0.0, 0.0, 0.0);
        for node in 0..plan.super_nodes {
            for card in (node % 8..plan.cards_each).step_by(8) {
                if self.is_dead(node, card) {
                    continue;
                }
                let die = self.die(node, card, 0);
                power += die.power_w * f64::from(plan.dies_per_card.max(1));
                busy += die.utilisation;
                seen += 1.0;
            }
        }
        if seen == 0.0 {
            return (0.0, 0.0);
        }
        let dead = self.faults.dead.len() as f64;
        let cards = f64::from(plan.super_nodes * plan.cards_each) - dead;
        (power / seen * cards, busy / seen)
    }
}
