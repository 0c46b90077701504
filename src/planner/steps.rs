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
    /// The load of one rank: an attention replica and pipeline micro-batch.
    pub fn load(&self, decoding: f64, context_tokens: f64, prefill_tokens: f64) -> Load {
        Load {
            sequences: decoding / self.prepared.split,
            context: context_tokens,
            prefill_tokens,
            prompt_tokens: self.prompt_tokens,
            prefix_tokens: self.prefix_tokens,
        }
    }
}

impl StepTimes for Stepper<'_> {
    /// A step that does both costs more than the sum of its parts by the calibrated factor of mixed
    /// steps (chunking, scheduling gaps).
    #[inline]
    fn step_ms(&self, decoding: f64, context_tokens: f64, prefill_tokens: f64) -> f64 {
        let prepared = self.prepared;
        let whole = prepared.step_s(&self.load(decoding, context_tokens, prefill_tokens));
        if decoding <= 0.0 || prefill_tokens <= 0.0 {
            return whole * 1e3;
        }
        let alone = prepared.step_s(&self.load(decoding, context_tokens, 0.0));
        (alone + prepared.prefill_mixed * (whole - alone).max(0.0)) * 1e3
    }
}
