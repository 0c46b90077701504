//! Quick estimates: the best batch or chunk of one instance for the targets, and all that is met on the
//! way for the frontier.

use std::cell::Cell;

use super::frontier::{Frontier, Spot};
use super::layouts::Task;
use super::open_loop::{draft_spread, straddle};
use super::plan::{Aim, Config};
use super::queueing::{Spread, normal_quantile};
use super::simulate::StepTimes;
use super::steps::Stepper;
use crate::evaluation::Mode;

/// Prompt tokens per rank and step that engines are run with.
pub(super) const CHUNKS: [f64; 3] = [2048.0, 4096.0, 8192.0];
/// The same for instances that also decode.
pub(super) const SHARED_CHUNKS: [f64; 2] = [2048.0, 8192.0];
/// Largest share of time that a prefill rank is planned to be busy.
const MOST_BUSY: f64 = 0.97;
/// Share that is tried where only the wait for running steps leaves no room.
const LEAST_BUSY: f64 = 0.2;

/// How far decode's steps may be from the target while prefill is chosen: at it, or well below, as where
/// memory or prefill limits the batch.
const DECODE_STEPS: [f64; 2] = [1.0, 0.4];
/// Steps crowd the time to the first token where one at its target takes this share of what prompts leave of it.
const CROWDED: f64 = 0.1;

/// The best configuration of one size on one site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Best<'a> {
    pub(super) config: &'a Config,
    /// Requests per second of one instance.
    pub(super) rate: f64,
    pub(super) batch: f64,
    pub(super) chunk: f64,
    /// How many times `rate` it may well be by the full formula: more than 1 where the estimate is but a floor.
    pub(super) may_be: f64,
}

/// Keeps the `most` fastest of each (site, size).
pub(super) fn keep<'a>(table: &mut Vec<Best<'a>>, new: Best<'a>, most: usize) {
    let same =
        |b: &Best<'a>| b.config.site == new.config.site && b.config.cards == new.config.cards;
    if table.iter().filter(|b| same(b)).count() < most {
        table.push(new);
        return;
    }
    let slowest = table
        .iter_mut()
        .filter(|b| same(b))
        .min_by(|a, b| a.rate.total_cmp(&b.rate));
    if let Some(old) = slowest
        && new.rate > old.rate
    {
        *old = new;
    }
}

/// Rate that a new one of this size has to beat.
pub(super) fn to_beat(table: &[Best<'_>], config: &Config) -> f64 {
    table
        .iter()
        .find(|b| b.config.site == config.site && b.config.cards == config.cards)
        .map_or(0.0, |b| b.rate)
}

/// Step times of a configuration at doubling batches, worked out on first use and kept for all
/// modes and for all rounds of the search.
pub(super) struct Clock<'a> {
    pub(super) config: &'a Config,
    stepper: Stepper<'a>,
    /// Largest batch; the only one where it is pinned.
    cap: f64,
    pinned: bool,
    /// Mean context of a decode step, tokens.
    context: f64,
    /// Decode steps without prefill, ms.
    alone: Vec<f64>,
    /// Steps with a chunk of a prompt on every rank, ms; one list for each of [`SHARED_CHUNKS`].
    with: [Vec<f64>; 2],
}

impl<'a> Clock<'a> {
    pub(super) fn new(config: &'a Config, quick: &Quick<'a>) -> Self {
        Self {
            config,
            stepper: quick.stepper(config),
            cap: quick.cap(config),
            pinned: quick.task.layout.batch.is_some(),
            context: quick.context,
            alone: Vec::new(),
            with: [Vec::new(), Vec::new()],
        }
    }

    /// The batch at a place of the lists; `None` beyond the cap.
    fn batch(&self, at: usize) -> Option<f64> {
        if self.pinned {
            return (at == 0).then_some(self.cap);
        }
        let n = 2f64.powi(at as i32);
        // The cap itself comes last.
        (at == 0 || n < 2.0 * self.cap).then_some(n.min(self.cap))
    }

    fn step_at(&self, n: f64) -> f64 {
        self.config
            .prepared
            .step_s(&self.stepper.load(n, self.context, 0.0))
            * 1e3
    }

    /// A step that prefills `own` tokens on every rank beside `n` requests decoding, when the same
    /// step without prefill takes `alone`.
    fn with_at(&self, n: f64, own: f64, alone: f64) -> f64 {
        let load = self.stepper.load(n, self.context, own);
        let whole = self.config.prepared.step_s(&load) * 1e3;
        alone + self.config.prepared.prefill_mixed * (whole - alone).max(0.0)
    }

    /// The decode step at a place of the lists, ms.
    fn alone(&mut self, at: usize, n: f64) -> f64 {
        while self.alone.len() <= at {
            let place = self.alone.len();
            let n = self.batch(place).unwrap_or(n);
            self.alone.push(self.step_at(n));
        }
        self.alone.get(at).copied().unwrap_or(f64::INFINITY)
    }

    /// The mixed step at a place of the lists, ms.
    fn with(&mut self, list: usize, at: usize, n: f64, own: f64) -> f64 {
        while self.with[list].len() <= at {
            let place = self.with[list].len();
            let n = self.batch(place).unwrap_or(n);
            let alone = self.alone(place, n);
            let step = self.with_at(n, own, alone);
            self.with[list].push(step);
        }
        self.with[list].get(at).copied().unwrap_or(f64::INFINITY)
    }
}

/// What a batch comes to.
pub(super) struct Look {
    verdict: Verdict,
    /// Requests per second of the instance.
    rate: f64,
}

/// Quantities of the task that every candidate uses.
pub(super) struct Quick<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) aim: Aim,
    steps: f64,
    context: f64,
    work: f64,
    prefix: f64,
    tokens_per_step: f64,
    /// TPOT at the quantile over its mean, from the luck of drafts.
    tpot_factor: f64,
    /// ln(1/(1−p)) · ½(1 + cv²): waits at the quantile per drain time, all waiting.
    wait_factor: f64,
    input_z: f64,
    /// A prompt's length at the quantile over its mean.
    input_factor: f64,
    /// Shortest time to the first token seen without decode steps and queues, ms.
    first_ms: Cell<f64>,
}

impl<'a> Quick<'a> {
    pub(super) fn new(task: &'a Task<'a>, aim: Aim) -> Self {
        let z = normal_quantile(aim.quantile);
        let cv = task.traffic.input.cv;
        let work = task.traffic.computed_tokens();
        Self {
            task,
            aim,
            steps: task.traffic.decode_steps().max(1e-9),
            context: task.traffic.mean_context(),
            work,
            prefix: (task.traffic.input.mean - work).max(0.0),
            tokens_per_step: task.traffic.tokens_per_step,
            tpot_factor: 1.0 + z.max(0.0) * draft_spread(&task.traffic),
            wait_factor: -(1.0 - aim.quantile).max(1e-6).ln() * 0.5 * (1.0 + cv * cv),
            input_z: z,
            input_factor: Spread { mean: 1.0, cv }.at_normal(z),
            first_ms: Cell::new(f64::INFINITY),
        }
    }

    /// A decode step as long as its target takes a good part of what the fastest prompt leaves of the time to the first
    /// token.
    pub(super) fn steps_crowd_ttft(&self) -> bool {
        let left = self.aim.ttft_ms - self.first_ms.get();
        left > 0.0 && self.aim.tpot_ms * self.tokens_per_step > CROWDED * left
    }

    /// The same task, aimed at a share of the time per token.
    pub(super) fn faster(&self, share: f64) -> Self {
        let tpot_ms = self.aim.tpot_ms * share;
        Self::new(
            self.task,
            Aim {
                tpot_ms,
                ..self.aim
            },
        )
    }

    /// Time to the first token of a prompt alone, on the fastest instance seen so far, ms.
    pub(super) fn least_ttft_ms(&self) -> f64 {
        self.first_ms.get()
    }

    /// Time per token at the quantile of the smallest batch of a configuration, ms.
    pub(super) fn least_tpot_ms(&self, clock: &mut Clock<'a>) -> f64 {
        let step = clock.batch(0).map(|n| clock.alone(0, n));
        step.unwrap_or(f64::INFINITY) / self.tokens_per_step * self.tpot_factor
    }

    fn first_after(&self, ms: f64) {
        self.first_ms.set(self.first_ms.get().min(ms));
    }

    fn stepper(&self, config: &'a Config) -> Stepper<'a> {
        Stepper {
            prepared: &config.prepared,
            prompt_tokens: self.work,
            prefix_tokens: self.prefix,
        }
    }

    /// Largest busy share of `servers` servers at which a wait at the quantile stays within
    /// `room_ms`, taking it that every request waits (Erlang's C ≤ 1): on the safe side.
    fn busy_within(&self, servers: f64, service_ms: f64, room_ms: f64) -> f64 {
        if room_ms <= 0.0 {
            return 0.0;
        }
        (1.0 - self.wait_factor * service_ms / (servers.max(1.0) * room_ms)).min(MOST_BUSY)
    }

    /// Share of the decode slots in use at capacity: requests should seldom wait for one
    /// (square-root staffing: Halfin–Whitt with β ≈ 1.7 leaves one in twenty waiting).
    fn slots_busy(&self, slots: f64) -> f64 {
        (1.0 - 1.7 / slots.max(1.0).sqrt()).clamp(0.3, 0.99)
    }

    /// Cap of the batch: memory, or what is pinned.
    fn cap(&self, config: &Config) -> f64 {
        let memory = config.memory_batch.floor();
        self.task
            .layout
            .batch
            .map_or(memory, |b| memory.min(f64::from(b)))
            .max(1.0)
    }

    fn instances_guess(&self, config: &Config, share: f64) -> f64 {
        (f64::from(config.most_instances) * share).max(1.0)
    }

    /// Best chunk of a prefill instance, while decode's steps, the first of which TTFT includes, take each of
    /// [`DECODE_STEPS`] of what is allowed; `None` where TTFT cannot be met.
    pub(super) fn prefill(
        &self,
        config: &'a Config,
        share: f64,
        seen: &mut u64,
    ) -> [Option<Best<'a>>; DECODE_STEPS.len()] {
        let stepper = self.stepper(config);
        let ranks = config.prepared.split;
        let transfer = config.prepared.kv_transfer_s(self.task.traffic.input.mean) * 1e3;
        let decode_steps =
            DECODE_STEPS.map(|share| (share * self.aim.tpot_ms * self.tokens_per_step).min(1e6));
        let before = self.task.traffic.request_ms + transfer;
        let mut best = [None; DECODE_STEPS.len()];
        // Every rank holds the cache of the prompts of its chunk.
        let prompts = config.memory_batch / ranks;
        if prompts < 1.0 {
            return best;
        }
        for chunk in CHUNKS.map(|c| c.min(self.work * prompts)) {
            let full = stepper.step_ms(0.0, 0.0, chunk);
            let service = full * (self.work / chunk).max(1.0);
            let own = self.work.min(chunk);
            let own_ms = if own < chunk {
                stepper.step_ms(0.0, 0.0, own)
            } else {
                full
            };
            let alone = Spread {
                mean: own_ms * (self.work / own).ceil(),
                cv: self.task.traffic.input.cv,
            };
            // Ranks step together: a running step has to end first, and a prompt that ends inside a
            // step takes one more.
            let lockstep = if ranks <= 1.0 && own >= chunk {
                0.0
            } else if self.straddles(chunk) {
                2.0 * full
            } else {
                full
            };
            let per_instance = ranks * (chunk / self.work).max(1.0);
            let servers = per_instance * self.instances_guess(config, share);
            let first_ms = before + alone.at_normal(self.input_z);
            self.first_after(first_ms);
            for (best, decode_step) in best.iter_mut().zip(decode_steps) {
                *seen += 1;
                let slack = self.aim.ttft_ms - first_ms - decode_step;
                let safe = self.busy_within(servers, service, slack - lockstep);
                // Where only the chance of company stands against it, the full formula shall tell.
                let busy = if slack > 0.0 {
                    safe.max(LEAST_BUSY)
                } else {
                    safe
                };
                let rate = busy * per_instance / service * 1e3;
                if busy > 0.05 && best.is_none_or(|b: Best<'_>| rate > b.rate) {
                    *best = Some(Best {
                        config,
                        rate,
                        batch: per_instance,
                        chunk,
                        may_be: (MOST_BUSY / busy).max(1.0),
                    });
                }
            }
            if self.work <= 512.0 && chunk > 4096.0 {
                break;
            }
        }
        best
    }

    /// Whether so many prompts take a step more than their tokens fill, with busy ranks, that the
    /// quantile aimed at meets them.
    fn straddles(&self, chunk: f64) -> bool {
        straddle(&self.task.traffic, chunk, 0.9) > 1.0 - self.aim.quantile
    }

    /// Largest batch that fits, and its rate: by doubling through the clock's places, then by halving
    /// between the last that fits and the first that does not. Halving is left out where even the
    /// batch that misses would make less than `floor` requests per second, as rates grow with the
    /// batch.
    fn largest(
        &self,
        clock: &mut Clock<'a>,
        floor: f64,
        mut look: impl FnMut(&mut Clock<'a>, Option<usize>, f64) -> Look,
    ) -> Option<(f64, f64)> {
        let mut good: Option<(f64, f64)> = None;
        let mut bad: Option<(f64, f64)> = None;
        let mut at = 0;
        while let Some(n) = clock.batch(at) {
            let seen = look(clock, Some(at), n);
            match seen.verdict {
                Verdict::Fits => good = Some((n, seen.rate)),
                // What is pinned is used, target met or not.
                Verdict::Misses if clock.pinned => good = Some((n, seen.rate)),
                Verdict::Misses => bad = bad.or(Some((n, seen.rate))),
                Verdict::Hopeless => {
                    bad = bad.or(Some((n, seen.rate)));
                    break;
                }
            }
            at += 1;
        }
        let (mut low, mut rate) = good?;
        let Some((mut high, reachable)) = bad.filter(|(n, _)| *n > low) else {
            return Some((low, rate));
        };
        if reachable <= floor {
            return Some((low, rate));
        }
        for _ in 0..5 {
            let middle = (0.5 * (low + high)).floor();
            if middle <= low || middle >= high {
                break;
            }
            let seen = look(clock, None, middle);
            if seen.verdict == Verdict::Fits {
                (low, rate) = (middle, seen.rate);
            } else {
                high = middle;
            }
        }
        Some((low, rate))
    }

    /// Best batch of a decode instance; every batch on the way goes to the frontier, together with
    /// the prefill cards that it needs.
    pub(super) fn decode(
        &self,
        clock: &mut Clock<'a>,
        prefill: Option<&Best<'a>>,
        floor: f64,
        frontier: &mut Frontier<'a>,
        seen: &mut u64,
    ) -> Option<Best<'a>> {
        let config = clock.config;
        let cards = f64::from(config.cards);
        let instances = self.instances_guess(config, 0.5);
        let (batch, rate) = self.largest(clock, floor, |clock, place, n| {
            *seen += 1;
            let step = match place {
                Some(at) => clock.alone(at, n),
                None => clock.step_at(n),
            };
            let tpot = step / self.tokens_per_step;
            let rate = self.slots_busy(n * instances) * n / (self.steps * step) * 1e3;
            if let Some(p) = prefill {
                let all = cards / rate + f64::from(p.config.cards) / p.rate;
                frontier.offer(1000.0 / tpot, self.task.traffic.output.mean / all, || {
                    Spot {
                        mode: Mode::Disaggregated,
                        decode: config,
                        prefill: Some(p.config),
                        batch: n,
                        chunk: p.chunk,
                        tokens_per_s_user: 0.0,
                        tokens_per_s_card: 0.0,
                        prefill_share: (f64::from(p.config.cards) / p.rate) / all,
                    }
                });
            }
            Look {
                verdict: self.verdict(tpot),
                rate,
            }
        })?;
        Some(Best {
            config,
            rate,
            batch,
            chunk: 0.0,
            may_be: 1.0,
        })
    }

    fn verdict(&self, tpot: f64) -> Verdict {
        if tpot * self.tpot_factor <= self.aim.tpot_ms {
            Verdict::Fits
        } else if tpot <= 8.0 * self.aim.tpot_ms {
            Verdict::Misses
        } else {
            Verdict::Hopeless
        }
    }

    /// Best batch and chunk of a shared instance.
    pub(super) fn aggregated(
        &self,
        clock: &mut Clock<'a>,
        floor: f64,
        frontier: &mut Frontier<'a>,
        seen: &mut u64,
    ) -> Option<Best<'a>> {
        let config = clock.config;
        let cards = f64::from(config.cards);
        let ranks = config.prepared.split;
        let instances = self.instances_guess(config, 1.0);
        let mut best: Option<Best<'a>> = None;
        for (list, chunk) in SHARED_CHUNKS.into_iter().enumerate() {
            if list + 1 < SHARED_CHUNKS.len() && self.work <= chunk {
                continue;
            }
            let own = self.work.min(chunk);
            let together = (chunk / self.work).max(1.0);
            let servers = ranks * instances * together;
            let steps_of_prompt = (self.work / own).ceil();
            let to_beat = best.map_or(floor, |b| b.rate.max(floor));
            let found = self.largest(clock, to_beat, |clock, place, n| {
                *seen += 1;
                let (alone, with) = match place {
                    Some(at) => (clock.alone(at, n), clock.with(list, at, n, own)),
                    None => {
                        let alone = clock.step_at(n);
                        (alone, clock.with_at(n, own, alone))
                    }
                };
                let tokens = n / self.steps * self.work / ranks;
                let step = alone + tokens / own * (with - alone);
                let busy = self.slots_busy(n * instances);
                let rate = busy * n / (self.steps * step) * 1e3;
                let tpot = step / self.tokens_per_step;
                // Prefill: ranks of the instance as servers, a step with a chunk as the unit.
                let service = with * steps_of_prompt;
                let used = rate * service / (ranks * 1e3 * together);
                let first_ms = self.task.traffic.request_ms + service * self.input_factor;
                self.first_after(first_ms);
                let left = self.aim.ttft_ms - first_ms - step;
                let ttft_fits = used <= self.busy_within(servers, service, left);
                if used < 1.0 {
                    let per_card = rate * self.task.traffic.output.mean / cards;
                    frontier.offer(1000.0 / tpot, per_card, || Spot {
                        mode: Mode::Aggregated,
                        decode: config,
                        prefill: None,
                        batch: n,
                        chunk,
                        tokens_per_s_user: 0.0,
                        tokens_per_s_card: 0.0,
                        prefill_share: 0.0,
                    });
                }
                Look {
                    verdict: match self.verdict(tpot) {
                        Verdict::Fits if !ttft_fits => Verdict::Misses,
                        other => other,
                    },
                    rate,
                }
            });
            if let Some((batch, rate)) = found
                && best.is_none_or(|b| rate > b.rate)
            {
                best = Some(Best {
                    config,
                    rate,
                    batch,
                    chunk,
                    may_be: 1.0,
                });
            }
        }
        best
    }
}

/// What a batch does to the targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Meets them.
    Fits,
    /// Misses them.
    Misses,
    /// Misses them so far that no larger batch is worth a look.
    Hopeless,
}
