//! Latency under an open stream of requests, by formula.
//!
//! An instance works in steps. With `n` requests decoding, each needing `s` steps, `n/s` requests
//! end per step, so as many must be prefilled: `p = n/s · U` prompt tokens per step (`U` computed
//! tokens of a request). The mean step is `t = step(n, p)` and the rate `λ = n/(s·t)`: Little's law.
//!
//! - *Prefill* is a queue G/G/c: the `c` ranks take a chunk of `C` tokens a step each, so a prompt
//!   holds a rank for `U/C` full steps (prompts shorter than a chunk share it: `C/U` servers more).
//!   To that come the rest of the running step and the prompt's own steps.
//! - *Decode slots* are a queue G/G/c over the slots of all instances, as requests are routed to the
//!   emptiest one.
//! - *TPOT* is `t/g` with `g` tokens per step; its spread over requests comes from the batch that a
//!   request sees, from chunks of prefill between its steps, and from the luck of its drafts.
//!
//! Formulas of the waits: `queueing.rs`. Tests compare with `simulate.rs`.

use super::distribution::Latency;
use super::queueing::{Queue, Spread, Wait, batch_spread, normal_cdf};
use super::simulate::{Group, Plant, StepTimes, Traffic};

/// Latency of a plant under its traffic; `None` where the load is above capacity, so that queues
/// grow without end.
pub fn latency(
    traffic: &Traffic,
    plant: &Plant,
    prefill: &dyn StepTimes,
    decode: &dyn StepTimes,
) -> Option<Latency> {
    match plant {
        Plant::Aggregated(group) => aggregated(traffic, group, decode),
        Plant::Disaggregated {
            prefill: prefill_group,
            decode: decode_group,
            transfer_ms,
        } => disaggregated(
            traffic,
            (prefill_group, prefill),
            (decode_group, decode),
            *transfer_ms,
        ),
    }
}

/// Largest rate (requests per second) at which both latencies stay within their targets at the
/// percentile `p` (0..1); 0 where not even an empty plant does.
pub fn capacity(
    traffic: &Traffic,
    plant: &Plant,
    times: (&dyn StepTimes, &dyn StepTimes),
    targets: (f64, f64),
    p: f64,
) -> f64 {
    let (ttft_ms, tpot_ms) = targets;
    let holds = |rate: f64| {
        let at = Traffic {
            requests_per_s: rate,
            ..*traffic
        };
        latency(&at, plant, times.0, times.1).is_some_and(|l| {
            l.tpot_quantile_ms(p) <= tpot_ms * (1.0 + 1e-9)
                && l.ttft_beyond(ttft_ms) <= (1.0 - p) * (1.0 + 1e-9)
        })
    };
    let mut high = slot_rate(traffic, plant, times.1);
    let mut low = 0.0;
    if high.is_nan() || high <= 0.0 || !holds(high * 1e-6) {
        return 0.0;
    }
    for _ in 0..20 {
        let middle = 0.5 * (low + high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Rate at which all decode slots are full: no plant can do more.
fn slot_rate(traffic: &Traffic, plant: &Plant, decode: &dyn StepTimes) -> f64 {
    let (group, shared) = match plant {
        Plant::Aggregated(group) => (group, true),
        Plant::Disaggregated { decode, .. } => (decode, false),
    };
    let n = f64::from(group.batch.max(1));
    let steps = traffic.decode_steps().max(1.0);
    let step = if shared {
        mixed_step_ms(traffic, group, decode, n)
    } else {
        decode.step_ms(n, traffic.mean_context(), 0.0)
    };
    f64::from(group.instances) * n / (steps * step) * 1000.0 / group.share.max(1e-9)
}

/// Mean step of an aggregated instance with `n` requests decoding: steps that carry a prompt's chunk
/// on every rank and steps that carry none, in the mix that keeps up with the requests that end.
fn mixed_step_ms(traffic: &Traffic, group: &Group, times: &dyn StepTimes, n: f64) -> f64 {
    let context = traffic.mean_context();
    let work = traffic.computed_tokens();
    let ranks = f64::from(group.ranks.max(1));
    let tokens = n / traffic.decode_steps().max(1e-9) * work / ranks;
    let together = work.min(group.chunk_tokens.max(1.0));
    if tokens >= together {
        return times.step_ms(n, context, tokens);
    }
    let without = times.step_ms(n, context, 0.0);
    let with = times.step_ms(n, context, together);
    without + tokens / together * (with - without)
}

/// Requests decoding on one instance at `rate_ms` requests per ms: the root of `n = λ·s·t(n)`, by
/// false position (Illinois), as `t` is nearly straight; `None` where the slots do not suffice.
fn decoding_at(rate_ms: f64, steps: f64, cap: f64, step: impl Fn(f64) -> f64) -> Option<f64> {
    let miss = |n: f64| n - rate_ms * steps * step(n);
    let (mut low, mut high) = (0.0, cap);
    let (mut at_low, mut at_high) = (miss(low), miss(high));
    if at_high.is_nan() || at_high <= 0.0 {
        return None;
    }
    let mut side = 0;
    for _ in 0..24 {
        let n = (low * at_high - high * at_low) / (at_high - at_low);
        let at = miss(n);
        if at.abs() <= 1e-9 * cap.max(1.0) {
            return Some(n);
        }
        if at > 0.0 {
            (high, at_high) = (n, at);
            if side == 1 {
                at_low *= 0.5;
            }
            side = 1;
        } else {
            (low, at_low) = (n, at);
            if side == -1 {
                at_high *= 0.5;
            }
            side = -1;
        }
    }
    Some(high)
}

/// A prompt's way through prefill on one kind of instance.
struct Prefill {
    queue: Queue,
    busy: f64,
    /// Alone in its steps.
    service: Spread,
    company: f64,
    /// A whole step in company, ms.
    company_step_ms: f64,
    company_service_ms: f64,
}

/// Chance that `least` or more of a Poisson number with mean `mean` are there.
fn poisson_at_least(mean: f64, least: f64) -> f64 {
    if least > 60.0 {
        return normal_cdf((mean - least + 0.5) / mean.max(1e-9).sqrt());
    }
    let (mut term, mut below, mut k) = ((-mean).exp(), 0.0, 0.0);
    while k < least {
        below += term;
        k += 1.0;
        term *= mean / k;
    }
    (1.0 - below).clamp(0.0, 1.0)
}

/// Prefill ranks as servers. `step` is the time of a step that prefills so many tokens on a rank.
fn prefill_stage(
    traffic: &Traffic,
    group: &Group,
    rate_per_s: f64,
    step: impl Fn(f64) -> f64,
) -> Option<Prefill> {
    let chunk = group.chunk_tokens.max(1.0);
    let ranks = f64::from(group.ranks.max(1));
    let work = traffic.computed_tokens();
    let instances = f64::from(group.instances.max(1));
    let queue = Queue {
        servers: instances * ranks * (chunk / work).max(1.0),
        service_ms: step(chunk) * (work / chunk).max(1.0),
        service_scv: traffic.input.cv * traffic.input.cv,
        arrival_scv: traffic.arrival_cv * traffic.arrival_cv,
    };
    let busy = queue.busy(rate_per_s);
    if busy.is_nan() || busy >= 1.0 {
        return None;
    }
    // Steps of the prompt: full chunks, and a last one that is shorter.
    let own = work.min(chunk);
    let full_steps = work / chunk;
    let own_ms = step(own);
    let alone = if work <= chunk {
        own_ms
    } else if traffic.input.cv > 0.0 {
        full_steps * own_ms + 0.5 * step(0.0)
    } else {
        full_steps * own_ms + (full_steps.ceil() - full_steps) * step(0.0)
    };
    // Ranks step together, and short prompts share a step: a prompt that finds a step running waits
    // for its end and shares its own with those that came meanwhile. Routing goes to the emptiest
    // instance, so this needs a prompt in each of them.
    let alone_in_steps = ranks <= 1.0 && work >= chunk;
    let in_prefill = rate_per_s * alone / 1000.0;
    let company = if alone_in_steps {
        0.0
    } else {
        poisson_at_least(in_prefill, instances)
    };
    let on_rank_ms = rate_per_s / (1000.0 * instances * ranks);
    let mut company_step_ms = own_ms;
    // Prompts are whole: the fullest rank, for which the others wait, holds about half a prompt more
    // than the mean.
    let fullest = |step_ms: f64| (work * (on_rank_ms * step_ms + 0.5)).clamp(own, chunk);
    for _ in 0..12 {
        company_step_ms = step(fullest(company_step_ms));
    }
    let others = fullest(company_step_ms) - own;
    let company_service_ms = if work <= chunk {
        (step(own + others) - own_ms).max(0.0)
    } else {
        0.0
    };
    // Only the part that grows with the prompt varies with its length.
    let grows = if work <= chunk {
        1.0 - step(0.0) / own_ms.max(1e-9)
    } else {
        full_steps * own_ms / alone.max(1e-9)
    };
    let cv = traffic.input.cv * grows.clamp(0.0, 1.0);
    Some(Prefill {
        queue,
        busy,
        service: Spread { mean: alone, cv },
        company,
        company_step_ms,
        company_service_ms,
    })
}

/// Chance that a prompt in company needs one step more than its tokens fill. With light load it
/// starts with a step and only its last, shorter chunk takes a whole one; the busier the rank, the
/// more often it starts in what an earlier prompt left of a chunk, and ends as far into another.
/// (How it grows in between, with the square of the load, is read off the simulation.)
pub(super) fn straddle(traffic: &Traffic, chunk: f64, busy: f64) -> f64 {
    let chunk = chunk.max(1.0);
    let chunks = traffic.computed_tokens() / chunk;
    let cv = traffic.input.cv;
    let per_chunk = chunks.max(1.0 / chunks);
    if cv <= 0.0 && (per_chunk - per_chunk.round()).abs() < 1e-3 {
        return 0.0;
    }
    let alone = if cv <= 0.0 {
        if chunks > 1.0 {
            chunks.ceil() - chunks
        } else {
            0.0
        }
    } else if chunks > 1.0 {
        0.5
    } else {
        // Log-normal lengths beyond the chunk.
        let variance = (1.0 + cv * cv).ln();
        1.0 - normal_cdf((-chunks.ln() + 0.5 * variance) / variance.sqrt())
    };
    ((1.0 - busy) * alone + busy * busy * chunks.min(1.0)).clamp(0.0, 1.0)
}

/// Wait before separate prefill instances. A prompt is routed by the numbers of prompts before it,
/// not by the work left: where all instances are busy it waits for a mean one of them to get done,
/// not for the first (which is what one common queue would give).
fn routed_wait(traffic: &Traffic, group: &Group, prefill: &Prefill) -> Wait {
    let mut wait = prefill.queue.wait_at(prefill.busy);
    // Short prompts share steps: they wait for the running step, which `company` counts.
    if traffic.computed_tokens() >= group.chunk_tokens.max(1.0) {
        let instances = f64::from(group.instances.max(1));
        let per_rank = prefill.queue.service_ms / f64::from(group.ranks.max(1));
        let left = 0.5 * (1.0 + prefill.queue.service_scv) * per_rank;
        wait.mean_if_any_ms += (1.0 - 1.0 / instances) * left;
    }
    wait
}

/// Spread of TPOT from the luck of drafts, as a share of its mean: over `L` tokens the number of
/// steps has the renewal variance `L·v/g³`; short answers spread more.
pub(crate) fn draft_spread(traffic: &Traffic) -> f64 {
    let g = traffic.tokens_per_step.max(1e-9);
    let tokens = (traffic.output.mean - 1.0).max(1.0);
    let shorter = 1.0 + traffic.output.cv * traffic.output.cv;
    (traffic.tokens_per_step_var.max(0.0) / (g * tokens) * shorter).sqrt()
}

/// Decode slots of a group under its share of the traffic.
struct Decoding {
    /// Requests decoding on one instance.
    n: f64,
    step_ms: f64,
    /// How much one more request lengthens the step, ms.
    slope_ms: f64,
    slots: Queue,
}

fn decode_stage(
    traffic: &Traffic,
    group: &Group,
    rate_per_s: f64,
    step: impl Fn(f64) -> f64,
) -> Option<Decoding> {
    let steps = traffic.decode_steps().max(1e-9);
    let cap = f64::from(group.batch.max(1));
    let instances = f64::from(group.instances.max(1));
    let n = decoding_at(rate_per_s / (1000.0 * instances), steps, cap, &step)?;
    let step_ms = step(n);
    Some(Decoding {
        n,
        step_ms,
        slope_ms: (step(n + 1.0) - step_ms).max(0.0),
        slots: Queue {
            servers: cap * instances,
            service_ms: steps * step_ms,
            service_scv: traffic.output.cv * traffic.output.cv,
            arrival_scv: traffic.arrival_cv * traffic.arrival_cv,
        },
    })
}

fn aggregated(traffic: &Traffic, group: &Group, times: &dyn StepTimes) -> Option<Latency> {
    let rate = traffic.requests_per_s * group.share;
    let context = traffic.mean_context();
    let work = traffic.computed_tokens();
    let steps = traffic.decode_steps().max(1e-9);
    let mut decoding = decode_stage(traffic, group, rate, |n| {
        mixed_step_ms(traffic, group, times, n)
    })?;
    let (n, step_ms) = (decoding.n, decoding.step_ms);
    let at_n = |tokens: f64| times.step_ms(n, context, tokens);
    let prefill = prefill_stage(traffic, group, rate, at_n)?;
    // A request holds its slot while it prefills, too.
    decoding.slots.service_ms += prefill.service.mean;
    let slot_wait = decoding.slots.wait(rate)?;

    let g = traffic.tokens_per_step.max(1e-9);
    let tpot = step_ms / g;
    let from_batch = decoding.slope_ms / g * batch_spread(n, f64::from(group.batch.max(1)));
    // Steps with a chunk against steps without: a two-point law, correlated over a prompt's chunks.
    let tokens = n / steps * work / f64::from(group.ranks.max(1));
    let chunk = group.chunk_tokens.max(1.0);
    let with_chunk = work.min(chunk).max(tokens);
    let share = (tokens / with_chunk).min(1.0);
    let jump = (at_n(with_chunk) - at_n(0.0)).max(0.0);
    let independent = (steps / (work / chunk).max(1.0)).max(1.0);
    let from_chunks = jump / g * (share * (1.0 - share) / independent).sqrt();
    let from_drafts = tpot * draft_spread(traffic);
    let latency = Latency {
        fixed_ms: traffic.request_ms,
        residual_ms: step_ms,
        service: prefill.service,
        company: prefill.company,
        company_residual_ms: 0.0,
        company_service_ms: prefill.company_service_ms,
        straddle: 0.0,
        straddle_ms: 0.0,
        wait: prefill.queue.wait_at(prefill.busy).then(&slot_wait),
        tpot_mean_ms: tpot,
        tpot_spread_ms: (from_batch.powi(2) + from_chunks.powi(2) + from_drafts.powi(2)).sqrt(),
        decoding: n * f64::from(group.instances.max(1)),
        in_system: 0.0,
        prefill_busy: prefill.busy,
        slots_busy: decoding.slots.busy(rate),
        step_ms,
    };
    Some(with_in_system(latency, rate))
}

fn disaggregated(
    traffic: &Traffic,
    (prefill_group, prefill_times): (&Group, &dyn StepTimes),
    (group, times): (&Group, &dyn StepTimes),
    transfer_ms: f64,
) -> Option<Latency> {
    let context = traffic.mean_context();
    let rate = traffic.requests_per_s * group.share;
    let decoding = decode_stage(traffic, group, rate, |n| times.step_ms(n, context, 0.0))?;
    let slot_wait = decoding.slots.wait(rate)?;
    let prefill_rate = traffic.requests_per_s * prefill_group.share;
    let prefill = prefill_stage(traffic, prefill_group, prefill_rate, |tokens| {
        prefill_times.step_ms(0.0, 0.0, tokens)
    })?;
    let g = traffic.tokens_per_step.max(1e-9);
    let tpot = decoding.step_ms / g;
    let from_batch =
        decoding.slope_ms / g * batch_spread(decoding.n, f64::from(group.batch.max(1)));
    let from_drafts = tpot * draft_spread(traffic);
    let latency = Latency {
        fixed_ms: traffic.request_ms + transfer_ms,
        // The decode step that runs when the request gets there.
        residual_ms: decoding.step_ms,
        service: prefill.service,
        company: prefill.company,
        company_residual_ms: prefill.company_step_ms,
        company_service_ms: prefill.company_service_ms,
        straddle: straddle(traffic, prefill_group.chunk_tokens, prefill.busy),
        straddle_ms: prefill.company_step_ms,
        wait: routed_wait(traffic, prefill_group, &prefill).then(&slot_wait),
        tpot_mean_ms: tpot,
        tpot_spread_ms: (from_batch.powi(2) + from_drafts.powi(2)).sqrt(),
        decoding: decoding.n * f64::from(group.instances.max(1)),
        in_system: 0.0,
        prefill_busy: prefill.busy,
        slots_busy: decoding.slots.busy(rate),
        step_ms: decoding.step_ms,
    };
    Some(with_in_system(latency, rate))
}

/// Requests in the system by Little's law: before their first token, and decoding.
fn with_in_system(mut latency: Latency, rate_per_s: f64) -> Latency {
    latency.in_system = rate_per_s * latency.ttft_mean_ms() / 1000.0 + latency.decoding;
    latency
}

#[cfg(test)]
#[path = "open_loop_tests.rs"]
mod tests;
