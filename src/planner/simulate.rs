//! Discrete-event simulation of continuous batching, seeded, in slices.
//!
//! Engines work in steps: a step decodes every running request once and, where the instance also
//! prefills, processes a chunk of waiting prompts on each of its ranks (Sarathi-Serve, arXiv
//! 2403.02310; vLLM's chunked prefill). The simulation keeps that clock exactly and takes the time
//! of a step from outside, so that it knows nothing of hardware. A request is routed on arrival to
//! the instance with the fewest prompts before it, then the fewest requests running (as routers that
//! know queue lengths do).
//!
//! [`Simulation::advance`] works for a bounded number of events and returns, so that a page can run
//! an hour of traffic without blocking. Same seed, same result.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use serde::Serialize;

use super::histogram::Histogram;
pub use super::plant::{Does, Group, Member, Plant, StepTimes, Traffic};
use super::queueing::{Spread, normal_quantile};
use crate::evaluation::Percentiles;

/// How far the simulation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Simulated time over the horizon, 0..1.
    pub share: f64,
    /// Nothing is left to do.
    pub done: bool,
}

/// What happened in one slot of the horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Slot {
    /// Requests arrived.
    pub arrived: u64,
    /// Requests finished.
    pub finished: u64,
    /// Output tokens of the finished requests.
    pub output_tokens: f64,
    /// Requests in the system at its end.
    pub in_system: u64,
}

/// What came out, over the time after warming up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Requests arrived in all.
    pub arrived: u64,
    /// Requests finished in all.
    pub finished: u64,
    /// Requests in the system at the end.
    pub in_system: u64,
    /// Mean number in the system after warming up.
    pub mean_in_system: f64,
    /// Requests finished per second after warming up.
    pub requests_per_s: f64,
    /// Output tokens per second after warming up.
    pub output_tokens_per_s: f64,
    /// Time to first token, ms, of requests that arrived after warming up.
    pub ttft_ms: Percentiles,
    /// Time per output token after the first, ms, of the same.
    pub tpot_ms: Percentiles,
    /// Mean time from arrival to last token, ms.
    pub mean_stay_ms: f64,
    /// The horizon in equal slots.
    pub slots: Vec<Slot>,
}

/// Equal parts that the horizon is reported in.
const SLOTS: usize = 60;
/// Above this many instances, routing looks at a random few instead of all ("power of d choices",
/// Mitzenmacher 2001).
const ROUTE_ALL: usize = 32;
const ROUTE_CHOICES: usize = 4;

#[derive(Clone, Copy, Debug)]
struct Request {
    arrived_ms: f64,
    first_token_ms: f64,
    input: f64,
    output: f64,
    prefill_left: f64,
    /// Context at its last step, fixed at admission.
    last_context: f64,
    /// How much longer its own chunks take than the steps they are in: a prompt on one rank passes
    /// at the pace of its own chunk, while the instance keeps the mean pace of all ranks.
    late_ms: f64,
}

#[derive(Debug, Default)]
struct Instance {
    group: usize,
    waiting: VecDeque<usize>,
    ranks: Vec<Option<usize>>,
    /// Running requests by the step in which they end.
    running: BinaryHeap<Reverse<(u64, usize)>>,
    prefilled: Vec<usize>,
    /// Prompts that have a chunk in the running step.
    working: Vec<usize>,
    context_sum: f64,
    steps: u64,
    stepping: bool,
}

impl Instance {
    /// What a router looks at: prompts not yet prefilled (or not yet admitted) first, then requests
    /// running.
    fn load(&self) -> (usize, usize) {
        (self.waiting.len() + self.in_prefill(), self.running.len())
    }

    fn in_prefill(&self) -> usize {
        self.ranks.iter().flatten().count() + self.prefilled.len()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    StepEnd(usize),
    Transferred(usize, usize),
}

/// A running simulation.
pub struct Simulation {
    traffic: Traffic,
    groups: Vec<Member>,
    horizon_ms: f64,
    warm_ms: f64,
    rng: fastrand::Rng,
    now_ms: f64,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    sequence: u64,
    requests: Vec<Request>,
    free: Vec<usize>,
    instances: Vec<Instance>,
    in_system: u64,
    arrived: u64,
    finished: u64,
    counted_finished: u64,
    counted_output: f64,
    area: f64,
    stay_sum: f64,
    stay_count: u64,
    ttft: Histogram,
    tpot: Histogram,
    slots: Vec<Slot>,
    done: bool,
}

impl Simulation {
    /// Sets up a run of `horizon_s` seconds, of which the first `warm_s` are not counted.
    pub fn new(traffic: Traffic, plant: Plant, horizon_s: f64, warm_s: f64, seed: u64) -> Self {
        let member = |does, group, transfer_ms| Member {
            does,
            group,
            transfer_ms,
        };
        let groups = match plant {
            Plant::Aggregated(group) => vec![member(Does::Both, group, 0.0)],
            Plant::Disaggregated {
                prefill,
                decode,
                transfer_ms,
            } => vec![
                member(Does::Prefill, prefill, 0.0),
                member(Does::Decode, decode, transfer_ms),
            ],
        };
        Self::of_groups(traffic, groups, horizon_s, warm_s, seed)
    }

    /// The same for a plant of several kinds of instances; a request goes to one kind or another by
    /// their shares of the traffic.
    pub fn of_groups(
        traffic: Traffic,
        groups: Vec<Member>,
        horizon_s: f64,
        warm_s: f64,
        seed: u64,
    ) -> Self {
        let mut instances = Vec::new();
        for (index, Member { does, group, .. }) in groups.iter().enumerate() {
            for _ in 0..group.instances.max(1) {
                let ranks = if *does == Does::Decode {
                    0
                } else {
                    group.ranks.max(1)
                };
                instances.push(Instance {
                    group: index,
                    ranks: vec![None; ranks as usize],
                    ..Instance::default()
                });
            }
        }
        let mut simulation = Simulation {
            traffic,
            groups,
            horizon_ms: horizon_s.max(0.0) * 1000.0,
            warm_ms: warm_s.clamp(0.0, horizon_s.max(0.0)) * 1000.0,
            rng: fastrand::Rng::with_seed(seed),
            now_ms: 0.0,
            events: BinaryHeap::new(),
            sequence: 0,
            requests: Vec::new(),
            free: Vec::new(),
            instances,
            in_system: 0,
            arrived: 0,
            finished: 0,
            counted_finished: 0,
            counted_output: 0.0,
            area: 0.0,
            stay_sum: 0.0,
            stay_count: 0,
            ttft: Histogram::default(),
            tpot: Histogram::default(),
            slots: vec![Slot::default(); SLOTS],
            done: false,
        };
        simulation.schedule_arrival();
        simulation
    }

    /// Works through at most `max_events` events. `prefill` times the steps of prefill instances,
    /// `decode` those of decode and of aggregated instances.
    pub fn advance(
        &mut self,
        prefill: &dyn StepTimes,
        decode: &dyn StepTimes,
        max_events: u64,
    ) -> Progress {
        let times: Vec<&dyn StepTimes> = self
            .groups
            .iter()
            .map(|m| match m.does {
                Does::Prefill => prefill,
                Does::Both | Does::Decode => decode,
            })
            .collect();
        self.advance_groups(&times, max_events)
    }

    /// The same with a clock for each kind of instances, in their order; one without a clock takes
    /// the last.
    pub fn advance_groups(&mut self, times: &[&dyn StepTimes], max_events: u64) -> Progress {
        for _ in 0..max_events {
            let Some(Reverse((bits, _, event))) = self.events.pop() else {
                self.finish();
                break;
            };
            let at = f64::from_bits(bits);
            if at > self.horizon_ms {
                self.finish();
                break;
            }
            self.pass_time(at);
            match event {
                Event::Arrival => self.arrive(times),
                Event::StepEnd(i) => {
                    self.end_step(i);
                    self.start_step(i, times);
                }
                Event::Transferred(request, group) => self.queue(group, request, times),
            }
        }
        Progress {
            share: if self.done || self.horizon_ms <= 0.0 {
                1.0
            } else {
                self.now_ms / self.horizon_ms
            },
            done: self.done,
        }
    }

    /// What came out so far.
    pub fn report(&self) -> Report {
        let seconds = ((self.now_ms - self.warm_ms) / 1000.0).max(1e-9);
        Report {
            arrived: self.arrived,
            finished: self.finished,
            in_system: self.in_system,
            mean_in_system: self.area / (seconds * 1000.0),
            requests_per_s: self.counted_finished as f64 / seconds,
            output_tokens_per_s: self.counted_output / seconds,
            ttft_ms: self.ttft.percentiles(),
            tpot_ms: self.tpot.percentiles(),
            mean_stay_ms: if self.stay_count > 0 {
                self.stay_sum / self.stay_count as f64
            } else {
                0.0
            },
            slots: self.slots.clone(),
        }
    }

    fn finish(&mut self) {
        self.pass_time(self.horizon_ms);
        self.done = true;
        self.events.clear();
    }

    fn pass_time(&mut self, to_ms: f64) {
        let counted = to_ms - self.now_ms.max(self.warm_ms);
        if counted > 0.0 {
            self.area += counted * self.in_system as f64;
        }
        self.now_ms = to_ms.max(self.now_ms);
    }

    fn schedule(&mut self, at_ms: f64, event: Event) {
        // Non-negative floats order like their bits; the sequence keeps ties deterministic.
        self.sequence += 1;
        self.events
            .push(Reverse((at_ms.max(0.0).to_bits(), self.sequence, event)));
    }

    fn schedule_arrival(&mut self) {
        let rate = self.traffic.requests_per_s;
        if rate.is_nan() || rate <= 0.0 {
            return;
        }
        let mean_ms = 1000.0 / rate;
        let cv = self.traffic.arrival_cv;
        let gap = if (cv - 1.0).abs() < 1e-9 {
            self.exponential(mean_ms)
        } else if cv > 1.0 {
            // Two-phase hyper-exponential with balanced means (Whitt 1982).
            let scv = cv * cv;
            let p = 0.5 * (1.0 + ((scv - 1.0) / (scv + 1.0)).sqrt());
            if self.rng.f64() < p {
                self.exponential(mean_ms / (2.0 * p))
            } else {
                self.exponential(mean_ms / (2.0 * (1.0 - p)))
            }
        } else {
            let z = self.normal();
            Spread { mean: mean_ms, cv }.at_normal(z)
        };
        self.schedule(self.now_ms + gap, Event::Arrival);
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.rng.f64()).ln()
    }

    fn normal(&mut self) -> f64 {
        normal_quantile(self.rng.f64())
    }

    fn slot(&mut self) -> Option<&mut Slot> {
        let i = (self.now_ms / self.horizon_ms * SLOTS as f64) as usize;
        self.slots.get_mut(i.min(SLOTS - 1))
    }

    fn arrive(&mut self, times: &[&dyn StepTimes]) {
        self.schedule_arrival();
        let (zi, zo) = (self.normal(), self.normal());
        let input = self.traffic.input.at_normal(zi).max(1.0);
        let output = self.traffic.output.at_normal(zo).round().max(1.0);
        let request = Request {
            arrived_ms: self.now_ms,
            first_token_ms: 0.0,
            input,
            output,
            prefill_left: (input * (1.0 - self.traffic.prefix_hit)).max(1.0),
            last_context: 0.0,
            late_ms: 0.0,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.requests[id] = request;
                id
            }
            None => {
                self.requests.push(request);
                self.requests.len() - 1
            }
        };
        self.arrived += 1;
        self.in_system += 1;
        let in_system = self.in_system;
        if let Some(slot) = self.slot() {
            slot.arrived += 1;
            slot.in_system = in_system;
        }
        let group = self.choose(&[Does::Both, Does::Prefill]);
        self.queue(group, id, times);
    }

    /// The kind of instances that a request goes to, by shares of the traffic.
    fn choose(&mut self, does: &[Does]) -> usize {
        let fits = |m: &Member| does.contains(&m.does);
        let first = self.groups.iter().position(fits).unwrap_or(0);
        let last = self.groups.iter().rposition(fits).unwrap_or(first);
        if first == last {
            return first;
        }
        let members = self.groups.iter().enumerate().filter(|(_, m)| fits(m));
        let all: f64 = members.clone().map(|(_, m)| m.group.share).sum();
        let mut left = self.rng.f64() * all;
        for (index, m) in members {
            left -= m.group.share;
            if left <= 0.0 {
                return index;
            }
        }
        last
    }

    fn queue(&mut self, group: usize, id: usize, times: &[&dyn StepTimes]) {
        let i = self.route(group);
        self.instances[i].waiting.push_back(id);
        if !self.instances[i].stepping {
            self.start_step(i, times);
        }
    }

    /// The instance of a group with the least before a new request.
    fn route(&mut self, group: usize) -> usize {
        let first = self.groups[..group]
            .iter()
            .map(|m| m.group.instances.max(1) as usize)
            .sum::<usize>();
        let count = self.groups[group].group.instances.max(1) as usize;
        if count <= ROUTE_ALL {
            let start = self.rng.usize(..count);
            (0..count)
                .map(|k| first + (start + k) % count)
                .min_by_key(|&i| self.instances[i].load())
                .unwrap_or(first)
        } else {
            (0..ROUTE_CHOICES)
                .map(|_| first + self.rng.usize(..count))
                .min_by_key(|&i| self.instances[i].load())
                .unwrap_or(first)
        }
    }

    fn start_step(&mut self, i: usize, times: &[&dyn StepTimes]) {
        let kind = self.instances[i].group;
        let Member { does, group, .. } = self.groups[kind];
        let (mean, most) = match does {
            Does::Decode => {
                self.admit_decode(i, group);
                (0.0, 0.0)
            }
            Does::Both => self.fill_chunks(i, group, group.batch.max(1) as usize),
            Does::Prefill => self.fill_chunks(i, group, usize::MAX),
        };
        // Ranks of a prefill instance wait for the fullest; those of a shared one have decoding to
        // do meanwhile.
        let tokens = if does == Does::Prefill { most } else { mean };
        let instance = &mut self.instances[i];
        let running = instance.running.len();
        if running == 0 && tokens <= 0.0 {
            instance.stepping = false;
            return;
        }
        instance.stepping = true;
        let context = if running > 0 {
            instance.context_sum / running as f64
        } else {
            0.0
        };
        let step = |tokens: f64| {
            let ms = times
                .get(kind)
                .or(times.last())
                .map_or(f64::NAN, |t| t.step_ms(running as f64, context, tokens));
            if ms.is_finite() { ms.max(1e-3) } else { 1e-3 }
        };
        let ms = step(tokens);
        if most > tokens {
            let late = (step(most) - ms).max(0.0);
            for id in &instance.working {
                self.requests[*id].late_ms += late;
            }
        }
        self.schedule(self.now_ms + ms, Event::StepEnd(i));
    }

    /// Gives every rank its chunk of prompt tokens, taking new prompts while slots are free. Returns
    /// the prompt tokens of the step on a rank: their mean, and those of the fullest.
    fn fill_chunks(&mut self, i: usize, group: Group, slots: usize) -> (f64, f64) {
        let chunk = group.chunk_tokens.max(1.0);
        let instance = &mut self.instances[i];
        let mut held = instance.running.len() + instance.in_prefill();
        instance.working.clear();
        let mut room: Vec<f64> = vec![chunk; instance.ranks.len()];
        loop {
            let mut worked = false;
            for (rank, left) in room.iter_mut().enumerate() {
                if *left <= 0.0 {
                    continue;
                }
                let id = match instance.ranks[rank] {
                    Some(id) => id,
                    None if held < slots => match instance.waiting.pop_front() {
                        Some(id) => {
                            held += 1;
                            id
                        }
                        None => continue,
                    },
                    None => continue,
                };
                let request = &mut self.requests[id];
                let take = request.prefill_left.min(*left);
                request.prefill_left -= take;
                *left -= take;
                worked = true;
                instance.working.push(id);
                if request.prefill_left <= 1e-9 {
                    instance.ranks[rank] = None;
                    instance.prefilled.push(id);
                } else {
                    instance.ranks[rank] = Some(id);
                }
            }
            if !worked {
                break;
            }
        }
        let taken = room.iter().map(|left| chunk - left);
        let mean = taken.clone().sum::<f64>() / room.len().max(1) as f64;
        (mean, taken.fold(0.0, f64::max))
    }

    fn admit_decode(&mut self, i: usize, group: Group) {
        while self.instances[i].running.len() < group.batch.max(1) as usize {
            let Some(id) = self.instances[i].waiting.pop_front() else {
                return;
            };
            self.first_token(id);
            self.run(i, id);
        }
    }

    fn end_step(&mut self, i: usize) {
        let Member { does, .. } = self.groups[self.instances[i].group];
        let per_step = self.traffic.tokens_per_step;
        let instance = &mut self.instances[i];
        instance.steps += 1;
        instance.context_sum += instance.running.len() as f64 * per_step;
        let steps = instance.steps;
        let prefilled = std::mem::take(&mut instance.prefilled);
        while let Some(&Reverse((end, id))) = self.instances[i].running.peek() {
            if end > steps {
                break;
            }
            self.instances[i].running.pop();
            self.instances[i].context_sum -= self.requests[id].last_context;
            self.complete(id);
        }
        for id in prefilled {
            if does == Does::Prefill {
                let kind = self.choose(&[Does::Decode]);
                let transfer_ms = self.groups[kind].transfer_ms;
                self.schedule(self.now_ms + transfer_ms, Event::Transferred(id, kind));
            } else {
                self.first_token(id);
                self.run(i, id);
            }
        }
    }

    fn first_token(&mut self, id: usize) {
        let request = &mut self.requests[id];
        request.first_token_ms = self.now_ms;
        if request.arrived_ms >= self.warm_ms {
            self.ttft
                .add(self.now_ms - request.arrived_ms + self.traffic.request_ms + request.late_ms);
        }
    }

    /// Lets a request decode on instance `i`: how many steps it takes is drawn once. Drafts make
    /// the tokens of a step random; over an answer the number of steps is close to normal with the
    /// renewal variance `L·v/g³` (Cox, *Renewal Theory*).
    fn run(&mut self, i: usize, id: usize) {
        let left = self.requests[id].output - 1.0;
        if left <= 0.0 {
            self.complete(id);
            return;
        }
        let g = self.traffic.tokens_per_step.max(1e-9);
        let spread = (left * self.traffic.tokens_per_step_var.max(0.0) / (g * g * g)).sqrt();
        let drawn = if spread > 0.0 {
            left / g + spread * self.normal()
        } else {
            left / g
        };
        let steps = drawn.round().max(1.0) as u64;
        let instance = &mut self.instances[i];
        let request = &mut self.requests[id];
        request.last_context = request.input + steps as f64 * g;
        instance.context_sum += request.input;
        instance.running.push(Reverse((instance.steps + steps, id)));
    }

    fn complete(&mut self, id: usize) {
        let request = self.requests[id];
        self.free.push(id);
        self.finished += 1;
        self.in_system -= 1;
        let in_system = self.in_system;
        if let Some(slot) = self.slot() {
            slot.finished += 1;
            slot.output_tokens += request.output;
            slot.in_system = in_system;
        }
        if self.now_ms >= self.warm_ms {
            self.counted_finished += 1;
            self.counted_output += request.output;
        }
        if request.arrived_ms >= self.warm_ms {
            self.stay_sum += self.now_ms - request.arrived_ms;
            self.stay_count += 1;
            if request.output > 1.0 {
                self.tpot
                    .add((self.now_ms - request.first_token_ms) / (request.output - 1.0));
            }
        }
    }
}
