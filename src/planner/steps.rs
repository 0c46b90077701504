//! The physical model as the clock of queueing, simulation and search.

use super::simulate::StepTimes;
use crate::model::{Load, Prepared};

/// Step times of one prepared instance for one kind of request.
#[derive(Clone, Copy)]
pub struct Stepper<'a> {
    /// The instance.
    pub prepared: &'a Prepared,
    /// Prompt tokens of a request that are computed.
    pub prompt_tokens: f64,
    /// Prompt tokens found in the prefix cache.
    pub prefix_tokens: f64,
}

impl Stepper<'_> {
    /// The load on one attention replica and pipeline micro-batch.
    pub fn load(&self, decoding: f64, context_tokens: f64, prefill_tokens: f64) -> Load {
        let split = self.prepared.split();
        Load {
            sequences: decoding / split,
            context: context_tokens,
            prefill_tokens: prefill_tokens / split,
            prompt_tokens: self.prompt_tokens,
            prefix_tokens: self.prefix_tokens,
        }
    }
}

impl StepTimes for Stepper<'_> {
    #[inline]
    fn step_ms(&self, decoding: f64, context_tokens: f64, prefill_tokens: f64) -> f64 {
        let load = self.load(decoding, context_tokens, prefill_tokens);
        self.prepared.step_s(&load) * 1e3
    }
}
