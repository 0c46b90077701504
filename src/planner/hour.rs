//! An hour of traffic on the chosen deployment, simulated request by request, beside what the
//! formula says: "simulate an hour" of the page, in slices.
//!
//! The same plan, the same step times and the same rate go into both, so that what differs is what
//! the queueing formula leaves out.

use serde::Serialize;

use super::evaluate::with_plan;
use super::plan::{Placed, stepper};
use super::simulate::{Does, Group, Member, Simulation, Slot, StepTimes};
use super::steps::Stepper;
use crate::catalogue::Catalogue;
use crate::evaluation::{Mode, Percentiles};
use crate::model::Prepared;
use crate::scenario::{Scenario, Task};

pub use super::simulate::Progress;

/// Time counted, seconds.
const HOUR_S: f64 = 3600.0;
/// Time before it, in which the empty factory fills up, seconds.
const WARM_S: f64 = 300.0;
/// Default seed.
const SEED: u64 = 20_260_101;

/// Why there is no hour to simulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoHour {
    /// The scenario trains a model.
    Training,
    /// Nothing fits, or what is named does not exist: see the evaluation's notices.
    NothingServed,
}

/// What came out, simulated beside calculated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Requests offered per second.
    pub requests_per_s: f64,
    /// Requests that arrived in all.
    pub arrived: u64,
    /// Requests that finished in all.
    pub finished: u64,
    /// Requests finished per second after warming up.
    pub finished_per_s: f64,
    /// Output tokens per second after warming up, simulated.
    pub output_tokens_per_s: f64,
    /// Mean number of requests in the factory, simulated.
    pub in_system: f64,
    /// The same, calculated.
    pub formula_in_system: f64,
    /// Time to first token, ms, simulated.
    pub ttft_ms: Percentiles,
    /// The same, calculated.
    pub formula_ttft_ms: Percentiles,
    /// Time per output token, ms, simulated.
    pub tpot_ms: Percentiles,
    /// The same, calculated.
    pub formula_tpot_ms: Percentiles,
    /// Simulated time in equal parts, warming up included.
    pub slots: Vec<Slot>,
    /// Length of one part, seconds.
    pub slot_s: f64,
}

/// The clock of one kind of instances, with what it needs.
#[derive(Clone, Debug)]
struct Clock {
    prepared: Prepared,
    prompt_tokens: f64,
    prefix_tokens: f64,
}

impl StepTimes for Clock {
    fn step_ms(&self, decoding: f64, context_tokens: f64, prefill_tokens: f64) -> f64 {
        Stepper {
            prepared: &self.prepared,
            prompt_tokens: self.prompt_tokens,
            prefix_tokens: self.prefix_tokens,
        }
        .step_ms(decoding, context_tokens, prefill_tokens)
    }
}

/// What the formula says of the same plan at the same rate.
#[derive(Clone, Copy, Debug)]
struct Formula {
    ttft_ms: Percentiles,
    tpot_ms: Percentiles,
    in_system: f64,
}

/// An hour under way.
///
/// ```
/// use token_factory::catalogue::Catalogue;
/// use token_factory::planner::hour::Hour;
/// use token_factory::scenario::Scenario;
/// let mut scenario = Scenario::default();
/// scenario.workload.requests_per_s = Some(2.0);
/// let mut hour = Hour::new(&scenario, Catalogue::embedded()).unwrap();
/// while !hour.advance(100_000).done {}
/// let outcome = hour.outcome();
/// assert!(outcome.ttft_ms.p50 <= outcome.ttft_ms.p99);
/// ```
pub struct Hour {
    simulation: Simulation,
    clocks: Vec<Clock>,
    formula: Formula,
    requests_per_s: f64,
    horizon_s: f64,
}

impl Hour {
    /// Sets up an hour of the scenario's traffic: the rate it offers, or its capacity where none is
    /// given (a higher rate is cut to the capacity, as queues would grow without end).
    ///
    /// # Errors
    /// When the scenario trains, or nothing can be served.
    pub fn new(scenario: &Scenario, catalogue: &Catalogue) -> Result<Self, NoHour> {
        Self::with(scenario, catalogue, HOUR_S, SEED)
    }

    /// The same for another length of time (seconds, after warming up) and another seed.
    ///
    /// # Errors
    /// As [`Hour::new`].
    pub fn with(
        scenario: &Scenario,
        catalogue: &Catalogue,
        seconds: f64,
        seed: u64,
    ) -> Result<Self, NoHour> {
        if scenario.workload.task == Task::Training {
            return Err(NoHour::Training);
        }
        let made = with_plan(scenario, catalogue, |w| {
            let traffic = w.traffic;
            let experience = w.plan.experience(&w.task.traffic, w.rate)?;
            let mut members = Vec::new();
            let mut clocks = Vec::new();
            let mut add = |placed: &Placed<'_>, does: Does| {
                let clock = stepper(placed, &traffic);
                let transfer_ms = match does {
                    Does::Decode => clock.prepared.kv_transfer_s(traffic.input.mean) * 1e3,
                    Does::Both | Does::Prefill => 0.0,
                };
                members.push(Member {
                    does,
                    group: Group { ..placed.group },
                    transfer_ms,
                });
                clocks.push(Clock {
                    prepared: clock.prepared.clone(),
                    prompt_tokens: clock.prompt_tokens,
                    prefix_tokens: clock.prefix_tokens,
                });
            };
            for p in &w.plan.prefill {
                add(p, Does::Prefill);
            }
            for d in &w.plan.decode {
                add(
                    d,
                    match w.plan.mode {
                        Mode::Aggregated => Does::Both,
                        Mode::Disaggregated => Does::Decode,
                    },
                );
            }
            let (ttft_ms, tpot_ms) = (experience.ttft(), experience.tpot());
            let answer_ms = (traffic.output.mean - 1.0).max(0.0) * tpot_ms.mean;
            let formula = Formula {
                ttft_ms,
                tpot_ms,
                in_system: w.rate * (ttft_ms.mean + answer_ms) / 1000.0,
            };
            let seconds = if seconds.is_finite() {
                seconds.clamp(1.0, 24.0 * HOUR_S)
            } else {
                HOUR_S
            };
            let horizon_s = WARM_S + seconds;
            Some(Self {
                simulation: Simulation::of_groups(traffic, members, horizon_s, WARM_S, seed),
                clocks,
                formula,
                requests_per_s: w.rate,
                horizon_s,
            })
        });
        made.flatten().ok_or(NoHour::NothingServed)
    }

    /// Works through at most so many events (an arrival, an engine step, a transfer of a KV cache).
    pub fn advance(&mut self, events: u64) -> Progress {
        let times: Vec<&dyn StepTimes> = self.clocks.iter().map(|c| c as &dyn StepTimes).collect();
        self.simulation.advance_groups(&times, events)
    }

    /// What came out so far.
    pub fn outcome(&self) -> Outcome {
        let report = self.simulation.report();
        Outcome {
            requests_per_s: self.requests_per_s,
            arrived: report.arrived,
            finished: report.finished,
            finished_per_s: report.requests_per_s,
            output_tokens_per_s: report.output_tokens_per_s,
            in_system: report.mean_in_system,
            formula_in_system: self.formula.in_system,
            ttft_ms: report.ttft_ms,
            formula_ttft_ms: self.formula.ttft_ms,
            tpot_ms: report.tpot_ms,
            formula_tpot_ms: self.formula.tpot_ms,
            slot_s: self.horizon_s / report.slots.len().max(1) as f64,
            slots: report.slots,
        }
    }
}

#[cfg(test)]
#[path = "hour_tests.rs"]
mod tests;
