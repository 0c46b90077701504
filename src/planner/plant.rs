//! What queueing formula and simulation are about: traffic, the instances that serve it, and the time
//! of their steps.

use super::queueing::Spread;

/// The time of one engine step of one instance, from wherever it comes.
pub trait StepTimes {
    /// Milliseconds of a step that decodes `decoding` requests (all ranks together) at a mean
    /// context of `context_tokens`, and prefills `prefill_tokens` prompt tokens on each rank.
    fn step_ms(&self, decoding: f64, context_tokens: f64, prefill_tokens: f64) -> f64;
}

impl<F: Fn(f64, f64, f64) -> f64> StepTimes for F {
    fn step_ms(&self, decoding: f64, context_tokens: f64, prefill_tokens: f64) -> f64 {
        self(decoding, context_tokens, prefill_tokens)
    }
}

/// What arrives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Mean arrivals per second, on the whole plant.
    pub requests_per_s: f64,
    /// Coefficient of variation of the time between arrivals; 1 = Poisson, above = bursty.
    pub arrival_cv: f64,
    /// Prompt length, tokens.
    pub input: Spread,
    /// Answer length, tokens.
    pub output: Spread,
    /// Share of the prompt found in the prefix cache, 0..1.
    pub prefix_hit: f64,
    /// Tokens that a decode step yields per request (1 + accepted drafts).
    pub tokens_per_step: f64,
    /// Variance of that.
    pub tokens_per_step_var: f64,
    /// Host work of a request before and after its prefill (text, scheduling), ms: part of TTFT.
    pub request_ms: f64,
}

impl Traffic {
    /// Prompt tokens of a mean request that must be computed.
    pub fn computed_tokens(&self) -> f64 {
        (self.input.mean * (1.0 - self.prefix_hit)).max(1.0)
    }

    /// Decode steps of a mean request: the first token comes from prefill. An answer of that one token alone (a class, a
    /// score) counts a hundredth of a step, so that instances still hold it.
    pub fn decode_steps(&self) -> f64 {
        (self.output.mean - 1.0).max(0.01) / self.tokens_per_step.max(1e-9)
    }

    /// Mean context that a decode step reads: the prompt and half of the answer; long answers stay
    /// longer, which weighs them by their length.
    pub fn mean_context(&self) -> f64 {
        self.input.mean + 0.5 * self.output.mean * (1.0 + self.output.cv * self.output.cv)
    }
}

/// Equal instances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// How many.
    pub instances: u32,
    /// Attention replicas in each: each prefills prompts of its own.
    pub ranks: u32,
    /// Requests at once in each instance (decode).
    pub batch: u32,
    /// Prompt tokens that one rank takes into one step.
    pub chunk_tokens: f64,
    /// Share of the whole traffic that comes here, 0..1 (several groups may serve side by side; a
    /// simulation draws by the shares where to).
    pub share: f64,
}

/// What serves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plant {
    /// Both phases on the same instances.
    Aggregated(Group),
    /// Prefill and decode on instances of their own.
    Disaggregated {
        /// Prefill instances.
        prefill: Group,
        /// Decode instances.
        decode: Group,
        /// Moving the KV cache of one request, ms.
        transfer_ms: f64,
    },
}

/// What a group of instances does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Both phases.
    Both,
    /// Prefill only.
    Prefill,
    /// Decode only.
    Decode,
}

/// Equal instances of a plant that may hold several kinds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    /// What they do.
    pub does: Does,
    /// How they are run; shares of all that do the same add up to 1.
    pub group: Group,
    /// Moving the KV cache of one request to them, ms (decode only).
    pub transfer_ms: f64,
}
