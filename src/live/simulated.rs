//! A simulated factory for demonstrations and tests: the metrics of Ascend super-nodes that serve
//! with vLLM, under a load that moves through the day, with faults to inject.
//!
//! It is made up, not measured, and everything it feeds is marked so. It follows a plan's own
//! figures (capacity, latency, power), so that plan and actual agree until a fault is injected.
//! Time and seed are passed in: the same calls give the same figures.

mod cards;
mod faults;
mod metrics;

pub use faults::{BadFault, Fault, FaultAt, FaultChange, Faults};
pub use metrics::{Target, target_text};

use super::flow::{CostBasis, Figure};
use super::profiles;
use super::series::{Scrape, Window};
use super::state::Snapshot;
use crate::evaluation::{Evaluation, Phase};
use crate::scenario::Scenario;

/// What the simulated factory is built of, and what it can do.
#[derive(Clone, Debug, PartialEq)]
pub struct SimPlan {
    /// Name of the model as engines report it.
    pub model: String,
    /// Chip as the exporter reports it.
    pub chip: String,
    /// Super-nodes.
    pub super_nodes: u32,
    /// Cards in each.
    pub cards_each: u32,
    /// Of those, spares.
    pub spares_each: u32,
    /// Cards that decode, in each super-node.
    pub decode_cards_each: u32,
    /// Cards of one prefill instance.
    pub prefill_instance_cards: u32,
    /// Dies in a card.
    pub dies_per_card: u32,
    /// Memory of a card, bytes.
    pub memory_bytes: f64,
    /// Share of it that weights and buffers take.
    pub weights_share: f64,
    /// Share of the KV cache in use at capacity.
    pub kv_at_capacity: f64,
    /// Requests per second of the whole factory at capacity.
    pub requests_per_s: f64,
    /// Mean prompt, tokens.
    pub input_tokens: f64,
    /// Mean answer, tokens.
    pub output_tokens: f64,
    /// Share of prompts found in the prefix cache.
    pub prefix_hit: f64,
    /// Draft tokens per step; 0 = no speculative decoding.
    pub draft_tokens: f64,
    /// Share of draft tokens accepted.
    pub acceptance: f64,
    /// Median time per output token at capacity, ms.
    pub tpot_ms: f64,
    /// Median time to first token at capacity, ms.
    pub ttft_ms: f64,
    /// Median time per output token and to first token at each of [`LOADS`], over those at capacity.
    pub latency_shares: [(f64, f64); LOADS.len()],
    /// How narrow the two are spread: shapes of log-logistic distributions.
    pub tpot_shape: f64,
    /// See [`SimPlan::tpot_shape`].
    pub ttft_shape: f64,
    /// Chip power of an idle card, W.
    pub idle_w: f64,
    /// Chip power of a busy card, W.
    pub busy_w: f64,
    /// Load by hour of the day (UTC), as a share of capacity.
    pub load: [f64; 24],
}

impl Default for SimPlan {
    /// Four CloudMatrix384 serving DeepSeek-R1, with the figures of the paper: 1,943 tokens/s a
    /// decode card at 49.4 ms; 160 decode cards and 16-card prefill instances in each super-node.
    fn default() -> Self {
        Self {
            model: "deepseek-ai/DeepSeek-R1".into(),
            chip: "Ascend910C".into(),
            super_nodes: 4,
            cards_each: 384,
            spares_each: 16,
            decode_cards_each: 160,
            prefill_instance_cards: 16,
            dies_per_card: 2,
            memory_bytes: 2.0 * 65_536.0 * 1_048_576.0,
            weights_share: 0.42,
            kv_at_capacity: 0.72,
            requests_per_s: 4.0 * 160.0 * 1943.0 / 1024.0,
            input_tokens: 4096.0,
            output_tokens: 1024.0,
            prefix_hit: 0.3,
            draft_tokens: 1.0,
            acceptance: 0.7,
            tpot_ms: 46.0,
            ttft_ms: 800.0,
            latency_shares: [(0.67, 0.62), (0.84, 0.77), (1.0, 1.0)],
            tpot_shape: 24.0,
            ttft_shape: 6.0,
            idle_w: 190.0,
            busy_w: 560.0,
            load: CONSUMER_DAY,
        }
    }
}

/// Loads, as shares of capacity, at which latency is known; in between it is interpolated.
pub const LOADS: [f64; 3] = [0.4, 0.7, 1.0];

/// A consumer's day in China by UTC hour: low before dawn, highest in the evening; mean about 0.65.
const CONSUMER_DAY: [f64; 24] = [
    0.60, 0.68, 0.74, 0.76, 0.74, 0.72, 0.74, 0.76, 0.78, 0.78, 0.76, 0.78, 0.84, 0.90, 0.90, 0.84,
    0.72, 0.56, 0.42, 0.34, 0.30, 0.30, 0.36, 0.48,
];

/// Clock in MHz, and the share of speed that is left when throttled.
const CLOCK_MHZ: f64 = 1800.0;
const THROTTLED_CLOCK_MHZ: f64 = 1400.0;
const THROTTLED_SPEED: f64 = 0.86;
/// Longest simulated step, seconds.
const LONGEST_STEP_S: f64 = 300.0;
/// Steps that one advance takes at most.
const MOST_STEPS: f64 = 4000.0;

/// Counters of an observation in vLLM's buckets.
#[derive(Clone, Debug)]
struct Observations {
    bounds: &'static [f64],
    counts: Vec<f64>,
    count: f64,
    sum: f64,
}

impl Observations {
    fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            counts: vec![0.0; bounds.len()],
            count: 0.0,
            sum: 0.0,
        }
    }

    /// `n` observations spread log-logistically about `median`; `shape` 3 is wide, 20 is narrow.
    fn observe(&mut self, n: f64, median: f64, shape: f64) {
        for (count, bound) in self.counts.iter_mut().zip(self.bounds) {
            *count += n / (1.0 + (bound / median).powf(-shape));
        }
        self.count += n;
        // Mean of a log-logistic distribution.
        let b = std::f64::consts::PI / shape;
        self.sum += n * median * b / b.sin();
    }

    /// `n` observations of exactly `value`.
    fn observe_exactly(&mut self, n: f64, value: f64) {
        for (count, bound) in self.counts.iter_mut().zip(self.bounds) {
            *count += if value <= *bound { n } else { 0.0 };
        }
        self.count += n;
        self.sum += n * value;
    }
}

/// Finer than vLLM's own buckets, as its `custom_histogram_buckets` allows: between 1 s and 2.5 s, or
/// 10 ms and 25 ms, those hold nothing, and quantiles would say more of the buckets than of the factory.
const TTFT_BOUNDS: &[f64] = &[
    0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8,
    2.0, 2.25, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0, 160.0,
];
const TPOT_BOUNDS: &[f64] = &[
    0.005, 0.008, 0.01, 0.012, 0.014, 0.016, 0.018, 0.02, 0.022, 0.024, 0.026, 0.028, 0.03, 0.033,
    0.036, 0.04, 0.044, 0.048, 0.052, 0.058, 0.065, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5, 10.0,
    80.0,
];
/// Buckets of vLLM 0.33 (`vllm/v1/metrics/buckets.py`).
const LATENCY_BOUNDS: &[f64] = &[
    0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0,
    480.0, 960.0, 1920.0, 7680.0,
];
const TOKEN_BOUNDS: &[f64] = &[
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0,
    20_000.0, 50_000.0, 100_000.0,
];

/// A super-node at work.
#[derive(Clone, Debug)]
struct SuperNode {
    /// Requests waiting and running.
    waiting: f64,
    running: f64,
    prefilling: f64,
    /// KV cache in use, 0..1.
    kv: f64,
    /// Busy shares, 0..1.
    decode_busy: f64,
    prefill_busy: f64,
    /// Counters since the start.
    requests: f64,
    failed: f64,
    computed: f64,
    cached: f64,
    generated: f64,
    preempted: f64,
    drafts: f64,
    accepted: f64,
    ttft: Observations,
    queue: Observations,
    tpot: Observations,
    e2e: Observations,
    prompt: Observations,
    answer: Observations,
}

impl SuperNode {
    fn new() -> Self {
        Self {
            waiting: 0.0,
            running: 0.0,
            prefilling: 0.0,
            kv: 0.0,
            decode_busy: 0.0,
            prefill_busy: 0.0,
            requests: 0.0,
            failed: 0.0,
            computed: 0.0,
            cached: 0.0,
            generated: 0.0,
            preempted: 0.0,
            drafts: 0.0,
            accepted: 0.0,
            ttft: Observations::new(TTFT_BOUNDS),
            queue: Observations::new(LATENCY_BOUNDS),
            tpot: Observations::new(TPOT_BOUNDS),
            e2e: Observations::new(LATENCY_BOUNDS),
            prompt: Observations::new(TOKEN_BOUNDS),
            answer: Observations::new(TOKEN_BOUNDS),
        }
    }
}

/// The simulated factory at some time.
#[derive(Clone, Debug)]
pub struct Simulation {
    plan: SimPlan,
    seed: u64,
    at_s: f64,
    nodes: Vec<SuperNode>,
    last: Option<Scrape>,
    /// What is wrong; may be changed at any time.
    pub faults: Faults,
    /// Time that cards' samples are stamped with, where it is not the simulation's own (a server of
    /// metrics stamps the real time, whatever the speed).
    pub stamp_s: Option<f64>,
}

impl Simulation {
    /// A factory that starts at `start_s`, seconds since 1970.
    pub fn new(plan: SimPlan, seed: u64, start_s: f64) -> Self {
        let nodes = (0..plan.super_nodes).map(|_| SuperNode::new()).collect();
        Self {
            plan,
            seed,
            at_s: start_s,
            nodes,
            last: None,
            faults: Faults::default(),
            stamp_s: None,
        }
    }

    /// What it is built of.
    pub fn plan(&self) -> &SimPlan {
        &self.plan
    }

    /// Its time, seconds since 1970.
    pub fn at_s(&self) -> f64 {
        self.at_s
    }

    /// Lets it work until `to_s`.
    pub fn advance(&mut self, to_s: f64) {
        self.advance_in_steps(to_s, 1.0);
    }

    /// The same in steps of at least so many seconds, for a past that need not be fine.
    pub fn advance_in_steps(&mut self, to_s: f64, least_s: f64) {
        let whole = to_s - self.at_s;
        if !(whole > 0.0 && whole.is_finite()) {
            return;
        }
        let step = (whole / MOST_STEPS).clamp(least_s.clamp(1.0, LONGEST_STEP_S), LONGEST_STEP_S);
        let steps = (whole / step).ceil().min(1e6);
        let step = whole / steps;
        for _ in 0..steps as u64 {
            self.at_s += step;
            for index in 0..self.plan.super_nodes {
                self.work(index, step);
            }
        }
        self.at_s = to_s;
    }

    /// Load offered now as a share of capacity.
    pub fn load(&self) -> f64 {
        let hour = (self.at_s / 3600.0).rem_euclid(24.0);
        let at = |h: usize| self.plan.load.get(h % 24).copied().unwrap_or(0.0);
        let (first, share) = (hour as usize, hour.fract());
        let day = at(first) + (at(first + 1) - at(first)) * share;
        let spike = if self.faults.spike { 1.4 } else { 1.0 };
        let wobble = 1.0 + 0.05 * self.noise(1, 240.0) + 0.03 * self.noise(2, 45.0);
        (day * spike * wobble).max(0.01)
    }

    /// Smooth noise in -1..1 that changes over about `period_s`.
    fn noise(&self, channel: u64, period_s: f64) -> f64 {
        let x = self.at_s / period_s;
        let (cell, share) = (x.floor(), x - x.floor());
        let smooth = share * share * (3.0 - 2.0 * share);
        let at = |c: f64| {
            unit(
                self.seed ^ channel.wrapping_mul(0x9E37_79B9),
                c as i64 as u64,
            )
        };
        let (a, b) = (at(cell), at(cell + 1.0));
        2.0 * (a + (b - a) * smooth) - 1.0
    }

    fn work(&mut self, index: u32, seconds: f64) {
        let plan = &self.plan;
        let nodes = f64::from(plan.super_nodes.max(1));
        let channel = 100 + 8 * u64::from(index);
        let uneven = 1.0 + 0.02 * self.noise(channel, 600.0);
        let offered = plan.requests_per_s * self.load() / nodes * uneven;
        let throttled = self.faults.throttled.contains(&index);
        let clock = if throttled { THROTTLED_SPEED } else { 1.0 };
        let dead = self.faults.dead.iter().filter(|(node, _)| *node == index);
        let dead = dead
            .filter(|(_, card)| *card < plan.decode_cards_each)
            .count() as f64;
        let alive = 1.0 - dead / f64::from(plan.decode_cards_each.max(1));
        let longer = if self.faults.kv_full { 1.6 } else { 1.0 };
        let squeezed = if self.faults.kv_full { 0.9 } else { 1.0 };
        let output = plan.output_tokens * longer * (1.0 + 0.03 * self.noise(channel + 1, 400.0));
        let input = plan.input_tokens * (1.0 + 0.03 * self.noise(channel + 2, 400.0));
        let hit =
            (plan.prefix_hit * (1.0 + 0.08 * self.noise(channel + 3, 900.0))).clamp(0.0, 0.95);
        let accepted =
            (plan.acceptance * (1.0 + 0.02 * self.noise(channel + 4, 300.0))).clamp(0.0, 1.0);
        // Capacity counts answers of the planned length.
        let speed = clock * alive * squeezed;
        let capacity = plan.requests_per_s / nodes * speed * plan.output_tokens / output;
        let jitter = self.noise(channel + 5, 60.0);
        let Some(node) = self.nodes.get_mut(index as usize) else {
            return;
        };
        let served = (offered + node.waiting / 30.0).min(capacity);
        let backlog = node.waiting + (offered - served) * seconds;
        // A client gives up after a while: what would wait longer than a minute fails.
        let longest = 60.0 * capacity;
        let failed = (backlog - longest).max(0.0) + 0.0004 * served * seconds;
        node.waiting = backlog.clamp(0.0, longest);
        let busy = (served / capacity).min(1.0);
        // A step takes longer the fuller the batch; a slower clock stretches it.
        let (slower, later) = plan.latency_at(busy);
        let tpot = plan.tpot_ms * slower / (clock * squeezed) * (1.0 + 0.02 * jitter);
        let wait_ms = node.waiting / served.max(1e-9) * 1000.0;
        let ttft = plan.ttft_ms * later / clock + wait_ms;
        node.decode_busy = busy;
        node.prefill_busy =
            (0.08 + 0.8 * busy * (1.0 - hit) / (1.0 - plan.prefix_hit).max(0.05) / clock).min(1.0);
        node.running = served * output * tpot / 1000.0;
        node.prefilling = served * plan.ttft_ms / 1000.0 * 0.6;
        let full = if self.faults.kv_full { 1.35 } else { 1.0 };
        let batch = slower * busy;
        node.kv = (plan.kv_at_capacity * batch * longer * full / clock).clamp(0.0, 0.985);
        let n = served * seconds;
        node.requests += n;
        node.failed += failed;
        node.computed += n * input * (1.0 - hit);
        node.cached += n * input * hit;
        node.generated += n * output;
        if node.kv > 0.95 {
            node.preempted += 0.03 * n;
        }
        if plan.draft_tokens > 0.0 {
            let steps = n * output / (1.0 + accepted * plan.draft_tokens);
            node.drafts += steps * plan.draft_tokens;
            node.accepted += steps * plan.draft_tokens * accepted;
        }
        node.ttft.observe(n, ttft / 1000.0, plan.ttft_shape);
        node.queue
            .observe(n, (0.02 * ttft + wait_ms).max(1.0) / 1000.0, 4.0);
        node.tpot.observe(n, tpot / 1000.0, plan.tpot_shape);
        node.e2e.observe(n, (ttft + tpot * output) / 1000.0, 5.0);
        node.prompt.observe(n, input * 0.9, 4.0);
        node.answer.observe(n, output * 0.9, 4.0);
    }

    /// What a poll would find now: the same figures that a server would work out from the metrics,
    /// and every card.
    pub fn snapshot(&mut self, basis: &CostBasis) -> Snapshot {
        let mut snapshot = self.figures(basis);
        snapshot.cards = Some(self.cards());
        snapshot.models = vec![self.plan.model.clone()];
        snapshot
    }

    /// As [`Simulation::snapshot`] without the cards, with their power in sum: for history.
    pub fn figures(&mut self, basis: &CostBasis) -> Snapshot {
        let now = self.engine_scrape();
        let window = Window {
            before: self.last.as_ref(),
            now: &now,
        };
        let mut flow = profiles::engine("vllm")
            .map(|p| p.evaluate(&window))
            .unwrap_or_default();
        flow.set(Figure::Engines, Some(f64::from(self.engines())));
        let (power, busy) = self.power_and_utilisation();
        flow.set(Figure::CardPower, Some(power));
        flow.set(Figure::Utilisation, Some(busy));
        flow.derive(basis);
        self.last = Some(now);
        Snapshot {
            at_s: self.at_s,
            flow,
            ..Snapshot::default()
        }
    }

    /// Engines of all super-nodes: prefill instances and one decode instance in each.
    pub fn engines(&self) -> u32 {
        self.plan.super_nodes * (self.prefill_instances() + 1)
    }

    fn prefill_instances(&self) -> u32 {
        let plan = &self.plan;
        let cards = plan
            .cards_each
            .saturating_sub(plan.decode_cards_each + plan.spares_each);
        cards / plan.prefill_instance_cards.max(1)
    }
}

impl SimPlan {
    /// Latency over that at capacity, at a busy share: time per output token, to first token.
    fn latency_at(&self, busy: f64) -> (f64, f64) {
        let points = || LOADS.iter().copied().zip(self.latency_shares);
        let after = points().find(|(load, _)| *load >= busy);
        let before = points().rfind(|(load, _)| *load < busy);
        match (before, after) {
            (Some((low, (a, b))), Some((high, (c, d)))) => {
                let share = (busy - low) / (high - low);
                (a + (c - a) * share, b + (d - b) * share)
            }
            (_, Some((_, shares))) | (Some((_, shares)), None) => shares,
            (None, None) => (1.0, 1.0),
        }
    }

    /// Takes latency below capacity from what the plan says of those loads; `at` evaluates it for a
    /// request rate per second.
    #[must_use]
    pub fn with_latency_of(mut self, at: impl Fn(f64) -> Option<Evaluation>) -> Self {
        for (load, shares) in LOADS.iter().zip(&mut self.latency_shares) {
            if let Some(there) = at(load * self.requests_per_s).filter(|e| e.fits && *load < 1.0) {
                let share = |ms: f64, full: f64| (ms / full).clamp(0.05, 1.0);
                *shares = (
                    share(there.tpot_ms.p50, self.tpot_ms),
                    share(there.ttft_ms.p50, self.ttft_ms),
                );
            }
        }
        self
    }

    /// The factory that a scenario plans, doing what its evaluation says. Figures that the plan does
    /// not know (power, latency of a deployment that does not exist) stay those of the default.
    pub fn from_plan(
        scenario: &Scenario,
        evaluation: &Evaluation,
        load: [f64; 24],
        meter_per_chip_watt: f64,
    ) -> Self {
        let mut plan = Self::default();
        if let Some(pool) = scenario.pools.first() {
            plan.super_nodes = scenario
                .pools
                .iter()
                .map(|p| p.super_nodes)
                .sum::<u32>()
                .clamp(1, 64);
            plan.cards_each = pool.cards_each.clamp(8, 4096);
            plan.spares_each = pool.spares_each.min(plan.cards_each / 2);
            pool.hardware.clone_into(&mut plan.chip);
            if pool.hardware == "ascend-910c" {
                plan.chip = Self::default().chip;
            } else {
                plan.dies_per_card = 1;
            }
        }
        let workload = &scenario.workload;
        plan.input_tokens = workload.input_tokens;
        plan.output_tokens = workload.output_tokens;
        plan.prefix_hit = workload.prefix_hit;
        plan.draft_tokens = f64::from(workload.draft_tokens);
        plan.acceptance = workload.acceptance;
        plan.load = load;
        let positive = |v: f64, or: f64| if v.is_finite() && v > 0.0 { v } else { or };
        plan.requests_per_s = positive(evaluation.requests_per_s, plan.requests_per_s);
        plan.tpot_ms = positive(evaluation.tpot_ms.p50, plan.tpot_ms);
        plan.ttft_ms = positive(evaluation.ttft_ms.p50, plan.ttft_ms);
        // 95 % of a log-logistic distribution are below its median times 19^(1/shape).
        let shape = |p95: f64, p50: f64, or: f64| {
            let shape = 19f64.ln() / (p95 / p50).ln();
            positive(shape, or).clamp(3.0, 40.0)
        };
        plan.tpot_shape = shape(evaluation.tpot_ms.p95, evaluation.tpot_ms.p50, 24.0);
        plan.ttft_shape = shape(evaluation.ttft_ms.p95, evaluation.ttft_ms.p50, 6.0);
        let working = plan.cards_each - plan.spares_each;
        let groups = evaluation.deployment.iter().flat_map(|d| &d.instances);
        let mut decode = 0;
        for group in groups {
            match group.phase {
                Phase::Prefill => {
                    plan.prefill_instance_cards = group.cards_each.clamp(1, working.max(1))
                }
                Phase::Decode | Phase::Both => decode += group.instances * group.cards_each,
            }
        }
        let decode_each = decode / plan.super_nodes.max(1);
        plan.decode_cards_each = if decode_each == 0 {
            working
        } else {
            decode_each.min(working)
        };
        if let Some(memory) = evaluation.memory.last().filter(|m| m.capacity_bytes > 0.0) {
            plan.memory_bytes = memory.capacity_bytes;
            let fixed = memory.capacity_bytes - memory.kv_bytes;
            let fixed =
                fixed.min(memory.weights_bytes + memory.experts_bytes + memory.activations_bytes);
            plan.weights_share = (fixed / memory.capacity_bytes).clamp(0.05, 0.95);
            let room = memory.capacity_bytes - fixed - memory.reserve_bytes;
            plan.kv_at_capacity = (memory.kv_bytes / room.max(1.0)).clamp(0.02, 0.94);
        }
        let cards = f64::from(evaluation.cards.max(1));
        if let Some(peak_kw) = evaluation
            .power
            .peak_kw
            .filter(|_| meter_per_chip_watt > 0.0)
        {
            plan.busy_w = positive(peak_kw * 1000.0 / cards / meter_per_chip_watt, plan.busy_w);
            plan.idle_w = 0.34 * plan.busy_w;
        }
        plan
    }
}

/// A number in 0..1 that looks random but is always the same for its seed and key (SplitMix64).
fn unit(seed: u64, key: u64) -> f64 {
    let mut z = seed.wrapping_add(key.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests;
