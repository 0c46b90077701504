//! A deployment on real cards: which instances stand where, and what latency and rate they give.

use super::distribution::{Latency, mixed_tpot_ms, mixed_ttft_ms};
use super::open_loop::latency;
use super::simulate::{Group, Plant, Traffic};
use super::steps::Stepper;
use crate::evaluation::{Mode, Percentiles};
use crate::model::Prepared;
use crate::scenario::Degrees;

/// One way to lay an instance out on one site, ready to be timed.
#[derive(Clone, Debug)]
pub struct Config {
    /// Position in the list of sites.
    pub site: usize,
    /// It may prefill apart from decoding.
    pub prefills: bool,
    /// It may decode.
    pub decodes: bool,
    /// Degrees, in dies.
    pub degrees: Degrees,
    /// Packages.
    pub cards: u32,
    /// Coefficients of its steps.
    pub prepared: Prepared,
    /// Requests at once that memory holds at their mean context.
    pub memory_batch: f64,
    /// Most instances on the site.
    pub most_instances: u32,
}

/// Instances of one configuration.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// How one of them is laid out.
    pub config: &'a Config,
    /// How many, with what batch or chunk, and what share of the traffic.
    pub group: Group,
}

impl Placed<'_> {
    /// Packages of all instances.
    pub fn cards(&self) -> u32 {
        self.config.cards.saturating_mul(self.group.instances)
    }
}

/// A deployment.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Shared or separate cards.
    pub mode: Mode,
    /// Prefill instances; empty where cards are shared.
    pub prefill: Vec<Placed<'a>>,
    /// Decode (or shared) instances.
    pub decode: Vec<Placed<'a>>,
    /// Requests per second at the targets.
    pub capacity: f64,
}

/// What requests meet: one part for each way through the plant, weighted by its traffic.
#[derive(Clone, Debug)]
pub struct Experience {
    /// (share of the traffic, its latency).
    pub parts: Vec<(f64, Latency)>,
}

impl Experience {
    /// Quantile `p` of the time to first token, ms: that of the slowest way, as targets hold on every
    /// way.
    pub fn ttft_ms(&self, p: f64) -> f64 {
        self.worst(|l| l.ttft_quantile_ms(p))
    }

    /// Both targets hold on every way.
    fn meets(&self, aim: &Aim) -> bool {
        self.parts.iter().all(|(_, l)| {
            l.tpot_quantile_ms(aim.quantile) <= aim.tpot_ms * (1.0 + 1e-9)
                && l.ttft_beyond(aim.ttft_ms) <= (1.0 - aim.quantile) * (1.0 + 1e-9)
        })
    }

    /// Quantile `p` of the time per output token, ms: that of the slowest way.
    pub fn tpot_ms(&self, p: f64) -> f64 {
        self.worst(|l| l.tpot_quantile_ms(p))
    }

    fn worst(&self, of: impl Fn(&Latency) -> f64) -> f64 {
        self.parts.iter().map(|(_, l)| of(l)).fold(0.0, f64::max)
    }

    /// Mean of a figure over the traffic.
    pub fn mean(&self, of: impl Fn(&Latency) -> f64) -> f64 {
        let weight: f64 = self.parts.iter().map(|(w, _)| w).sum();
        self.parts.iter().map(|(w, l)| w * of(l)).sum::<f64>() / weight.max(1e-12)
    }

    /// Percentiles of the time to first token over all requests.
    pub fn ttft(&self) -> Percentiles {
        let at = |p: f64| match self.parts.as_slice() {
            [(_, one)] => one.ttft_quantile_ms(p),
            ways => mixed_ttft_ms(ways, p),
        };
        Percentiles {
            mean: self.mean(Latency::ttft_mean_ms),
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
        }
    }

    /// Percentiles of the time per output token over all requests.
    pub fn tpot(&self) -> Percentiles {
        let at = |p: f64| match self.parts.as_slice() {
            [(_, one)] => one.tpot_quantile_ms(p),
            ways => mixed_tpot_ms(ways, p),
        };
        Percentiles {
            mean: self.mean(|l| l.tpot_mean_ms),
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
        }
    }
}

/// What a request must meet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// Time to first token, ms.
    pub ttft_ms: f64,
    /// Time per output token, ms.
    pub tpot_ms: f64,
    /// Quantile at which both hold, 0..1.
    pub quantile: f64,
}

/// Share of the rate that fills all slots at which a plan is as good as empty.
const LITTLE: f64 = 1e-6;
/// Halvings of the bracket of a capacity: one part in 4,000.
const HALVINGS: u32 = 12;

impl<'a> Plan<'a> {
    /// The ways through the plant with their share of the traffic.
    fn ways(&self, traffic: &Traffic) -> Vec<(f64, Plant, Option<&Placed<'a>>, &Placed<'a>)> {
        let mut out = Vec::new();
        for d in &self.decode {
            if self.prefill.is_empty() {
                out.push((d.group.share, Plant::Aggregated(d.group), None, d));
            }
            for p in &self.prefill {
                let transfer_ms = d.config.prepared.kv_transfer_s(traffic.input.mean) * 1e3;
                let plant = Plant::Disaggregated {
                    prefill: p.group,
                    decode: d.group,
                    transfer_ms,
                };
                out.push((d.group.share * p.group.share, plant, Some(p), d));
            }
        }
        out
    }

    /// Latency at a rate, requests per second; `None` where a queue grows without end.
    pub fn experience(&self, traffic: &Traffic, rate: f64) -> Option<Experience> {
        let traffic = Traffic {
            requests_per_s: rate,
            ..*traffic
        };
        let mut parts = Vec::new();
        for (weight, plant, prefill, decode) in self.ways(&traffic) {
            let decode_steps = stepper(decode, &traffic);
            let prefill_steps = prefill.map_or(decode_steps, |p| stepper(p, &traffic));
            parts.push((
                weight,
                latency(&traffic, &plant, &prefill_steps, &decode_steps)?,
            ));
        }
        (!parts.is_empty()).then_some(Experience { parts })
    }

    /// The aim holds with next to no traffic.
    pub fn meets(&self, traffic: &Traffic, aim: &Aim) -> bool {
        let little = self.slots_rate(traffic) * LITTLE;
        little.is_finite()
            && little > 0.0
            && self
                .experience(traffic, little)
                .is_some_and(|e| e.meets(aim))
    }

    /// Largest rate at which the aim holds, requests per second; 0 where it never does.
    #[cfg(test)]
    pub fn find_capacity(&self, traffic: &Traffic, aim: &Aim) -> f64 {
        self.find_capacity_above(traffic, aim, 0.0)
    }

    /// Largest rate at which the aim holds, requests per second, where it is above `floor`, else 0: one
    /// look is enough to turn a worse plan down.
    pub fn find_capacity_above(&self, traffic: &Traffic, aim: &Aim, floor: f64) -> f64 {
        let holds = |rate: f64| self.experience(traffic, rate).is_some_and(|e| e.meets(aim));
        let mut high = self.slots_rate(traffic);
        let mut low = floor.max(high * LITTLE);
        if !high.is_finite() || high <= low || !holds(low) {
            return 0.0;
        }
        let close = high / f64::from(1 << HALVINGS);
        while high - low > close {
            let middle = 0.5 * (low + high);
            if holds(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Rate at which every decode slot is taken and steps are as long as with full batches.
    fn slots_rate(&self, traffic: &Traffic) -> f64 {
        let steps = traffic.decode_steps().max(1e-9);
        self.decode
            .iter()
            .map(|d| {
                let n = f64::from(d.group.batch.max(1));
                let s = stepper(d, traffic);
                let step = s.prepared.step_s(&s.load(n, traffic.mean_context(), 0.0));
                f64::from(d.group.instances) * n / (steps * step)
            })
            .sum()
    }

    /// Which configurations stand on either side, to tell layouts apart.
    pub fn layout(&self) -> Vec<*const Config> {
        let groups = self.prefill.iter().chain(&self.decode);
        groups.map(|p| std::ptr::from_ref(p.config)).collect()
    }

    /// Packages that take part.
    pub fn cards(&self) -> u32 {
        self.prefill
            .iter()
            .chain(&self.decode)
            .map(Placed::cards)
            .sum()
    }
}

/// The clock of a placed configuration.
pub fn stepper<'a>(placed: &Placed<'a>, traffic: &Traffic) -> Stepper<'a> {
    let computed = traffic.computed_tokens();
    Stepper {
        prepared: &placed.config.prepared,
        prompt_tokens: computed,
        prefix_tokens: (traffic.input.mean - computed).max(0.0),
    }
}
