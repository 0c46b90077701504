//! Latency as a distribution: what one request in twenty meets, of parts that each have their own law.
//!
//! Time to first token is a constant, a prompt's own prefill (log-normal), the rest of running steps (uniform), a step more or
//! less (yes or no) and a wait (nothing, or exponential). Its tail is worked out, not drawn: uniform and exponential
//! parts in closed form, the others as weighted cases, so that it changes smoothly with load.

use std::sync::OnceLock;

use super::queueing::{Spread, Wait, normal_cdf, normal_quantile};
use crate::evaluation::Percentiles;

/// Latencies as distributions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Part of TTFT that never varies, ms.
    pub fixed_ms: f64,
    /// Steps that have to end first: a uniform time from 0 to this, ms.
    pub residual_ms: f64,
    /// The prompt's own prefill, alone in its steps.
    pub service: Spread,
    /// Chance that other prompts are before it or beside it in its instance.
    pub company: f64,
    /// Then: a running prefill step has to end, a uniform time from 0 to this, ms.
    pub company_residual_ms: f64,
    /// Then: how much longer its own steps take, ms.
    pub company_service_ms: f64,
    /// Then: chance of one more step, as the prompt's end does not meet the end of a step.
    pub straddle: f64,
    /// That step, ms.
    pub straddle_ms: f64,
    /// Waiting for a prefill rank and for a decode slot.
    pub wait: Wait,
    /// Mean time per output token, ms.
    pub tpot_mean_ms: f64,
    /// Its standard deviation over requests, ms.
    pub tpot_spread_ms: f64,
    /// Requests decoding, on all instances.
    pub decoding: f64,
    /// Requests in the system, waiting and prefilling included (Little's law).
    pub in_system: f64,
    /// Share of time that prefill is busy.
    pub prefill_busy: f64,
    /// Share of the decode slots in use.
    pub slots_busy: f64,
    /// Mean step of the decode (or aggregated) instance, ms.
    pub step_ms: f64,
}

/// Slices of the prompt's own prefill.
const SLICES: usize = 32;
/// Halvings that bracket a quantile: 2⁻²⁴ of the range.
const HALVINGS: usize = 24;
/// Gauss–Legendre points and weights on 0..1 (three points).
const GAUSS: [(f64, f64); 3] = [
    (0.112_701_665_379_258_3, 5.0 / 18.0),
    (0.5, 8.0 / 18.0),
    (0.887_298_334_620_741_7, 5.0 / 18.0),
];

/// Standard normal values and their weights, the finer the longer the prompt: targets are set on the upper tail.
fn slices() -> &'static [(f64, f64); SLICES] {
    static TABLE: OnceLock<[(f64, f64); SLICES]> = OnceLock::new();
    TABLE.get_or_init(|| {
        // The chance of a longer one falls with the square of the place.
        let beyond = |place: f64| (1.0 - place / SLICES as f64).powi(2);
        std::array::from_fn(|i| {
            let i = i as f64;
            let middle = 0.5 * (beyond(i) + beyond(i + 1.0));
            (normal_quantile(1.0 - middle), beyond(i) - beyond(i + 1.0))
        })
    })
}

/// Chance that the sum of two independent uniform times, 0 to `a` and 0 to `b`, is above `z`.
fn uniforms_beyond(z: f64, a: f64, b: f64) -> f64 {
    let (long, short) = (a.max(b), a.min(b));
    if z <= 0.0 {
        if z < 0.0 || long > 0.0 { 1.0 } else { 0.0 }
    } else if z >= long + short {
        0.0
    } else if short <= 1e-9 * long {
        1.0 - z / long
    } else if z < short {
        1.0 - z * z / (2.0 * long * short)
    } else if z < long {
        1.0 - (z - 0.5 * short) / long
    } else {
        (long + short - z).powi(2) / (2.0 * long * short)
    }
}

/// The same with an exponential time of mean `mean` on top.
fn uniforms_and_wait_beyond(z: f64, a: f64, b: f64, mean: f64) -> f64 {
    let (long, short) = (a.max(b), a.min(b));
    let one = |z: f64| {
        if z <= 0.0 {
            1.0
        } else if long <= 1e-9 * mean {
            (-z / mean).exp()
        } else if z < long {
            1.0 - z / long + mean / long * (1.0 - (-z / mean).exp())
        } else {
            mean / long * ((-(z - long) / mean).exp() - (-z / mean).exp())
        }
    };
    if short <= 1e-9 * long {
        return one(z);
    }
    GAUSS
        .iter()
        .map(|(u, weight)| weight * one(z - u * short))
        .sum()
}

impl Latency {
    /// Chance that the time to first token is above `t_ms`.
    pub fn ttft_beyond(&self, t_ms: f64) -> f64 {
        let left = t_ms - self.fixed_ms;
        // The cases beside the prompt's own prefill: (chance, what it adds, another step to wait for).
        let (step, more) = (self.company_residual_ms, self.company_service_ms);
        let cases = [
            (1.0 - self.company, 0.0, 0.0),
            (self.company * (1.0 - self.straddle), more, step),
            (self.company * self.straddle, more + self.straddle_ms, step),
        ];
        let waits = self.wait.probability.clamp(0.0, 1.0);
        let mean = self.wait.mean_if_any_ms;
        let after = |own: f64| -> f64 {
            let case = |&(chance, adds, step): &(f64, f64, f64)| {
                if chance <= 0.0 {
                    return 0.0;
                }
                let z = left - own - adds;
                let none = uniforms_beyond(z, self.residual_ms, step);
                if waits * mean <= 0.0 {
                    return chance * none;
                }
                let some = uniforms_and_wait_beyond(z, self.residual_ms, step, mean);
                chance * (none + waits * (some - none))
            };
            cases.iter().map(case).sum()
        };
        if self.service.cv <= 0.0 {
            return after(self.service.mean);
        }
        let own = slices().iter();
        own.map(|(z, weight)| weight * after(self.service.at_normal(*z)))
            .sum()
    }

    /// A time that at most the share `1 − p` of requests can exceed, ms.
    fn ttft_bound_ms(&self, p: f64) -> f64 {
        let longest = if self.service.cv <= 0.0 {
            self.service.mean
        } else {
            self.service.at_normal(slices()[SLICES - 1].0)
        };
        self.fixed_ms
            + self.residual_ms
            + longest
            + self.company_residual_ms
            + self.company_service_ms
            + self.straddle_ms
            + self.wait.quantile_ms(p)
    }

    /// Quantile `p` (0..1) of the time to first token, ms.
    pub fn ttft_quantile_ms(&self, p: f64) -> f64 {
        mixed_ttft_ms(&[(1.0, *self)], p)
    }

    /// Mean time to first token, ms.
    pub fn ttft_mean_ms(&self) -> f64 {
        self.fixed_ms
            + 0.5 * self.residual_ms
            + self.service.mean
            + self.company
                * (0.5 * self.company_residual_ms
                    + self.company_service_ms
                    + self.straddle * self.straddle_ms)
            + self.wait.mean_ms()
    }

    /// Quantile `p` (0..1) of the time per output token, ms.
    pub fn tpot_quantile_ms(&self, p: f64) -> f64 {
        (self.tpot_mean_ms + normal_quantile(p) * self.tpot_spread_ms).max(0.0)
    }

    /// Percentiles of the time to first token.
    pub fn ttft(&self) -> Percentiles {
        Percentiles {
            mean: self.ttft_mean_ms(),
            p50: self.ttft_quantile_ms(0.5),
            p95: self.ttft_quantile_ms(0.95),
            p99: self.ttft_quantile_ms(0.99),
        }
    }

    /// Percentiles of the time per output token.
    pub fn tpot(&self) -> Percentiles {
        Percentiles {
            mean: self.tpot_mean_ms,
            p50: self.tpot_quantile_ms(0.5),
            p95: self.tpot_quantile_ms(0.95),
            p99: self.tpot_quantile_ms(0.99),
        }
    }
}

/// Quantile `p` (0..1) of the time to first token over several ways through a factory, each with its
/// share of the traffic, ms.
pub fn mixed_ttft_ms(ways: &[(f64, Latency)], p: f64) -> f64 {
    let share: f64 = ways.iter().map(|(w, _)| w).sum();
    let beyond = |t: f64| -> f64 { ways.iter().map(|(w, l)| w * l.ttft_beyond(t)).sum() };
    let least = ways.iter().map(|(_, l)| l.fixed_ms);
    let most = ways.iter().map(|(_, l)| l.ttft_bound_ms(p));
    bisect(
        least.fold(f64::INFINITY, f64::min),
        most.fold(0.0, f64::max),
        |t| beyond(t) > (1.0 - p) * share,
    )
}

/// Quantile `p` (0..1) of the time per output token over several ways, ms.
pub fn mixed_tpot_ms(ways: &[(f64, Latency)], p: f64) -> f64 {
    let share: f64 = ways.iter().map(|(w, _)| w).sum();
    let at = |l: &Latency| l.tpot_quantile_ms(p);
    let ends = ways.iter().map(|(_, l)| at(l));
    bisect(
        ends.clone().fold(f64::INFINITY, f64::min),
        ends.fold(0.0, f64::max),
        |t| {
            let below: f64 = ways
                .iter()
                .map(|(weight, l)| {
                    let z = (t - l.tpot_mean_ms) / l.tpot_spread_ms.max(1e-9);
                    weight * normal_cdf(z)
                })
                .sum();
            below < p * share
        },
    )
}

/// The end of the range in which `before` holds, by halving.
fn bisect(mut low: f64, mut high: f64, before: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if before(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
#[path = "distribution_tests.rs"]
mod tests;
