//! Serving: what an instance, or two pools of them, makes of requests.
//!
//! Aggregated, closed loop: `B` sequences decode while new prompts are prefilled in mixed steps. In
//! every step `B·a/o` requests end (a tokens a step, o output tokens) and as many prompts must be
//! computed, so the step interval is `τ = t_decode(B) + B·a/o · E`, E being the extra time of one
//! prompt in mixed steps. Everything else follows from Little's law. Disaggregated: the same with
//! E = 0 in the decode pool and a queue in front of the prefill pool.

use super::error::ModelError;
use super::prepare::Prepared;
use super::step::Load;

/// What a request looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Prompt, cached part included, tokens.
    pub input_tokens: f64,
    /// Answer, tokens.
    pub output_tokens: f64,
    /// Share of the prompt found in the prefix cache, 0..1.
    pub prefix_hit: f64,
}

impl Traffic {
    /// Prompt tokens that are computed (at least one: the last is never cached).
    pub fn new_tokens(&self) -> f64 {
        (self.input_tokens * (1.0 - self.prefix_hit)).max(1.0)
    }

    /// Prompt tokens found in the cache.
    pub fn cached_tokens(&self) -> f64 {
        (self.input_tokens - self.new_tokens()).max(0.0)
    }

    /// Mean context while decoding.
    pub fn mean_context(&self) -> f64 {
        self.input_tokens + 0.5 * self.output_tokens
    }

    /// Longest context of a request.
    pub fn full_context(&self) -> f64 {
        self.input_tokens + self.output_tokens
    }

    /// Refuses numbers that make no sense.
    ///
    /// # Errors
    /// A length below one token or not finite; a hit rate outside 0..1.
    pub fn check(&self) -> Result<(), ModelError> {
        let tokens = |what, got: f64| {
            if got.is_finite() && (1.0..=1e9).contains(&got) {
                Ok(())
            } else {
                Err(ModelError::BadInput {
                    what,
                    allowed: "between 1 and 1,000,000,000 tokens",
                    got,
                })
            }
        };
        tokens("input tokens", self.input_tokens)?;
        tokens("output tokens", self.output_tokens)?;
        if (0.0..=1.0).contains(&self.prefix_hit) {
            Ok(())
        } else {
            Err(ModelError::BadInput {
                what: "prefix hit rate",
                allowed: "between 0 and 1",
                got: self.prefix_hit,
            })
        }
    }
}

/// An instance in steady state with a given number of sequences decoding.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Steady {
    /// Sequences decoding on the instance.
    pub batch: f64,
    /// Mean time between output tokens, seconds.
    pub tpot_s: f64,
    /// Requests finished per second on the instance.
    pub requests_per_s: f64,
    /// Mean interval between engine steps, seconds.
    pub interval_s: f64,
    /// Share of time that goes into prefill, 0..1.
    pub prefill_share: f64,
    /// Time from a prompt's admission to its first token, without any queue, seconds.
    pub prefill_s: f64,
    /// Extra time that one prompt takes from the instance (its service time), seconds.
    pub prefill_work_s: f64,
}

/// A closed loop: as many requests in flight at all times as the concurrency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClosedLoop {
    /// Mean time to first token, seconds, waiting included.
    pub ttft_s: f64,
    /// Mean time between output tokens, seconds.
    pub tpot_s: f64,
    /// Requests finished per second, all instances.
    pub requests_per_s: f64,
    /// Sequences decoding at once on one instance (decode pool).
    pub batch: f64,
    /// Output tokens per second and package, all pools counted, as benchmarks count them:
    /// requests in flight × output tokens / request time / packages.
    pub output_per_s_per_card: f64,
    /// Memory, not the concurrency, sets the batch; the rest waits.
    pub memory_bound: bool,
    /// Busy share of the prefill pool (or of prefill in the shared instance), 0..1.
    pub prefill_busy: f64,
}

/// A pool's largest share of time that may go into prefill in closed-loop formulas.
const FULL: f64 = 0.999;

/// Requests per client of closed-loop benchmarks (InferenceX sends ten times its concurrency).
const GENERATIONS: f64 = 10.0;

/// Root of an increasing function between `low` and `high`: regula falsi, Illinois variant, which
/// keeps the bracket and needs about eight evaluations where bisection needs forty.
fn bracketed_root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let (mut at_low, mut at_high) = (f(low), f(high));
    if at_low >= 0.0 || at_high <= 0.0 {
        return if at_low >= 0.0 {
            (low, low)
        } else {
            (high, high)
        };
    }
    let wide = high - low;
    let mut last_low = false;
    for k in 0..BISECTIONS {
        if high - low < 1e-12 * wide {
            break;
        }
        let x = (low * at_high - high * at_low) / (at_high - at_low);
        let y = f(x);
        if y.abs() < 1e-11 * wide {
            return (x, x);
        }
        if y < 0.0 {
            (low, at_low) = (x, y);
            if last_low && k > 0 {
                at_high *= 0.5;
            }
            last_low = true;
        } else {
            (high, at_high) = (x, y);
            if !last_low && k > 0 {
                at_low *= 0.5;
            }
            last_low = false;
        }
    }
    (low, high)
}

/// Bisection steps: 2⁻⁴⁰ of the bracket is far below any figure shown.
const BISECTIONS: u32 = 40;

impl Prepared {
    /// Prompt tokens that go into one step beside the decoding sequences, per replica.
    fn chunk(&self, traffic: &Traffic) -> f64 {
        traffic.new_tokens().min(self.chunk_tokens)
    }

    /// Steady state with `batch` sequences decoding on the instance, prompts prefilled between and
    /// beside their steps (aggregated serving).
    pub fn steady(&self, traffic: &Traffic, batch: f64) -> Steady {
        let context = traffic.mean_context();
        let load = self.decode_load(batch, context);
        let decode = self.step_s(&load);
        let new = traffic.new_tokens();
        let chunk = self.chunk(traffic);
        let mixed = self.step_s(&Load {
            prefill_tokens: chunk,
            prompt_tokens: new,
            prefix_tokens: traffic.cached_tokens(),
            ..load
        });
        let chunks = new / chunk;
        let work = (mixed - decode).max(0.0) * chunks * self.prefill_mixed;
        let yielded = self.tokens_per_step();
        // Requests that end in a step on one replica and micro-batch.
        let ending = load.sequences * yielded / traffic.output_tokens;
        let interval = decode + ending * work;
        let tpot = interval / yielded;
        Steady {
            batch,
            tpot_s: tpot,
            requests_per_s: batch / (traffic.output_tokens * tpot),
            interval_s: interval,
            prefill_share: ending * work / interval,
            prefill_s: mixed * chunks * self.first_token,
            prefill_work_s: work,
        }
    }

    /// Steady state of a decode-only instance.
    pub fn steady_decode(&self, traffic: &Traffic, batch: f64) -> Steady {
        let interval = self.decode_s(batch, traffic.mean_context());
        let tpot = interval / self.tokens_per_step();
        Steady {
            batch,
            tpot_s: tpot,
            requests_per_s: batch / (traffic.output_tokens * tpot),
            interval_s: interval,
            ..Steady::default()
        }
    }

    /// Mean wait of a closed loop's prompts for one another, seconds. The first of every client start
    /// at once and wait half of all prefill (`all_s`) on average. They end as far apart as they were
    /// admitted, so that the next generations find no such crowd; what remains of it where an engine
    /// holds decoding back until all prompts are computed is `burst_wait`.
    fn burst_s(&self, all_s: f64) -> f64 {
        0.5 * all_s / GENERATIONS * self.burst_wait
    }

    /// Mean TTFT of a closed loop in a steady state that leaves nothing waiting for memory.
    fn closed_ttft_s(&self, s: &Steady, concurrency: f64) -> f64 {
        // A new prompt waits for the running step, then for prompts before it: with a share ρ of
        // time in prefill, ρ/2 of a service time each (M/D/1 without the pole: the loop is closed).
        let queue = 0.5 * s.prefill_share * s.prefill_work_s;
        let all = concurrency / self.split * s.prefill_work_s;
        self.host_request_s
            + (self.first_steps + self.balance_steps) * s.interval_s
            + s.prefill_s
            + queue
            + self.burst_s(all)
    }

    /// Aggregated serving of `concurrency` requests always in flight on this instance.
    ///
    /// # Errors
    /// Traffic that makes no sense; not even one request fits.
    pub fn closed_loop(
        &self,
        traffic: &Traffic,
        concurrency: f64,
    ) -> Result<ClosedLoop, ModelError> {
        traffic.check()?;
        let most = self.batch_limit(traffic)?;
        let in_flight = |b: f64| {
            let s = self.steady(traffic, b);
            b + s.requests_per_s * self.closed_ttft_s(&s, concurrency)
        };
        let (mut low, mut high) = (0.0, concurrency.min(most));
        let memory_bound = in_flight(high) < concurrency;
        if memory_bound {
            low = high;
        } else {
            (low, high) = bracketed_root(low, high, |b| in_flight(b) - concurrency);
            low = 0.5 * (low + high);
        }
        let s = self.steady(traffic, low.max(1e-9));
        // Little's law on the whole request: what is not decoding is waiting or in prefill.
        let ttft = if memory_bound {
            concurrency / s.requests_per_s - traffic.output_tokens * s.tpot_s
        } else {
            self.closed_ttft_s(&s, concurrency)
        };
        Ok(self.closed(traffic, concurrency, &s, ttft, memory_bound))
    }

    fn closed(
        &self,
        traffic: &Traffic,
        concurrency: f64,
        s: &Steady,
        ttft_s: f64,
        memory_bound: bool,
    ) -> ClosedLoop {
        let request_s = ttft_s + (traffic.output_tokens - 1.0) * s.tpot_s;
        ClosedLoop {
            ttft_s,
            tpot_s: s.tpot_s,
            requests_per_s: concurrency / request_s,
            batch: s.batch,
            output_per_s_per_card: concurrency * traffic.output_tokens / request_s / self.cards,
            memory_bound,
            prefill_busy: s.prefill_share,
        }
    }

    /// Most sequences that may decode at once: as many as memory holds at their mean context.
    ///
    /// # Errors
    /// Not even one request fits.
    pub fn batch_limit(&self, traffic: &Traffic) -> Result<f64, ModelError> {
        let most = self.max_batch(traffic.mean_context());
        if self.max_batch(traffic.full_context()) < 1.0 {
            return Err(ModelError::ContextDoesNotFit {
                context_tokens: traffic.full_context(),
                longest_tokens: self.max_context(),
            });
        }
        Ok(most)
    }

    /// Largest throughput that memory allows (batch free), as offline benchmarks measure.
    ///
    /// # Errors
    /// Traffic that makes no sense; not even one request fits.
    pub fn offline(&self, traffic: &Traffic, most_per_replica: f64) -> Result<Steady, ModelError> {
        traffic.check()?;
        self.batch_limit(traffic)?;
        // Room is kept for each request's whole answer, so that none is evicted.
        let batch = self
            .max_batch(traffic.full_context())
            .min(most_per_replica * self.replicas);
        let mut s = self.steady(traffic, batch);
        s.requests_per_s *= self.offline_kept;
        Ok(s)
    }

    /// A batch that starts together: prefill of all, then decode of all.
    ///
    /// # Errors
    /// Traffic that makes no sense; the batch does not fit.
    pub fn fixed_batch(&self, traffic: &Traffic, batch: f64) -> Result<ClosedLoop, ModelError> {
        traffic.check()?;
        self.batch_limit(traffic)?;
        let per_replica = (batch / self.replicas).max(1e-9);
        let new = traffic.new_tokens();
        let at_once = (self.chunk_tokens / new).max(1.0).min(per_replica.max(1.0));
        let rounds = (per_replica / at_once).max(1.0);
        let prefill = self.prefill_s(at_once, new, traffic.cached_tokens()) * rounds;
        let s = self.steady_decode(traffic, batch);
        let ttft = self.host_request_s + prefill;
        Ok(self.closed(traffic, batch, &s, ttft, false))
    }
}

/// A prefill pool working alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrefillRate {
    /// Prompts computed together on one attention replica.
    pub prompts_per_replica: f64,
    /// Time of that step, seconds.
    pub step_s: f64,
    /// Prompts per second of one instance.
    pub prompts_per_s: f64,
}

impl Prepared {
    /// Fastest prefill of one instance: steps filled with whole prompts up to the engine's chunk.
    pub fn prefill_rate(&self, traffic: &Traffic) -> PrefillRate {
        let new = traffic.new_tokens();
        self.prefill_rate_with(traffic, (self.chunk_tokens / new).max(1.0))
    }

    /// Prefill of `prompts` prompts per attention replica at once.
    pub fn prefill_rate_with(&self, traffic: &Traffic, prompts: f64) -> PrefillRate {
        let step = self.prefill_s(prompts, traffic.new_tokens(), traffic.cached_tokens());
        // Stages work on different prompts at the same time.
        PrefillRate {
            prompts_per_replica: prompts,
            step_s: step,
            prompts_per_s: prompts * self.replicas * self.stages / step,
        }
    }
}

/// Two pools of instances.
#[derive(Clone, Copy, Debug)]
pub struct Pools<'a> {
    /// One prefill instance.
    pub prefill: &'a Prepared,
    /// How many of them.
    pub prefill_instances: f64,
    /// One decode instance.
    pub decode: &'a Prepared,
    /// How many of them.
    pub decode_instances: f64,
}

impl Pools<'_> {
    /// Packages in both pools.
    pub fn cards(&self) -> f64 {
        self.prefill.cards * self.prefill_instances + self.decode.cards * self.decode_instances
    }

    /// Disaggregated serving of `concurrency` requests always in flight on all pools together.
    ///
    /// # Errors
    /// Traffic that makes no sense; not even one request fits.
    pub fn closed_loop(
        &self,
        traffic: &Traffic,
        concurrency: f64,
    ) -> Result<ClosedLoop, ModelError> {
        traffic.check()?;
        let most = self.decode.batch_limit(traffic)?;
        self.prefill.batch_limit(traffic)?;
        let alone = self.prefill.prefill_rate_with(traffic, 1.0);
        let fastest = self.prefill.prefill_rate(traffic);
        let capacity = fastest.prompts_per_s.max(alone.prompts_per_s) * self.prefill_instances;
        let transfer = self.decode.kv_transfer_s(traffic.input_tokens);
        let decode = self.decode;
        let servers = (self.prefill_instances * self.prefill.replicas).max(1.0);
        let most_together = fastest.prompts_per_replica;
        // A prompt waits for the running step and is computed with all that came meanwhile, as many as
        // a step takes; what arrives beyond that queues (closed queue, M/D/c-like: Allen–Cunneen with c
        // servers, arrivals as variable as Poisson).
        let ttft = |requests_per_s: f64, interval: f64| {
            let busy = (requests_per_s / capacity).min(FULL);
            let waiting =
                busy.powf((2.0 * (servers + 1.0)).sqrt() - 1.0) / (1.0 - busy) * 0.5 * alone.step_s
                    / servers;
            let mut step_s = alone.step_s;
            for _ in 0..3 {
                let together = (requests_per_s / servers * step_s).clamp(1.0, most_together);
                step_s = self.prefill.prefill_rate_with(traffic, together).step_s;
            }
            let running = (requests_per_s / servers * alone.step_s).min(1.0);
            self.prefill.host_request_s
                + step_s * (1.0 + 0.5 * running)
                + waiting
                + self.prefill.burst_s(concurrency / capacity)
                + transfer
                + decode.first_steps * interval
        };
        let at = |b: f64| {
            let s = decode.steady_decode(traffic, b);
            let rate = s.requests_per_s * self.decode_instances;
            (s, rate, ttft(rate, s.interval_s))
        };
        let share = concurrency / self.decode_instances;
        let (mut low, mut high) = (0.0, share.min(most));
        let fits = |b: f64| {
            let (_, rate, first) = at(b);
            rate < capacity * FULL && b * self.decode_instances + rate * first < concurrency
        };
        let memory_bound = most < share && fits(high);
        if memory_bound {
            low = high;
        } else {
            for _ in 0..BISECTIONS {
                let mid = 0.5 * (low + high);
                if fits(mid) {
                    low = mid;
                } else {
                    high = mid;
                }
            }
        }
        let (s, rate, first) = at(low.max(1e-9));
        // Little's law: with a full prefill pool or full memory the rest of the requests waits.
        let waiting = concurrency / rate.max(1e-12) - traffic.output_tokens * s.tpot_s;
        let ttft_s = first.max(waiting);
        let request_s = ttft_s + (traffic.output_tokens - 1.0) * s.tpot_s;
        Ok(ClosedLoop {
            ttft_s,
            tpot_s: s.tpot_s,
            requests_per_s: concurrency / request_s,
            batch: s.batch,
            output_per_s_per_card: concurrency * traffic.output_tokens / request_s / self.cards(),
            memory_bound,
            prefill_busy: (rate / capacity).min(1.0),
        })
    }
}
