//! Training: forward, backward, recomputation, gradient traffic and the pipeline bubble.
//!
//! Megatron-LM's accounting (arXiv 2104.04473): backward costs twice forward; the bubble of an
//! interleaved 1F1B schedule is (p − 1) / (v · m) of the useful time.

use super::collective::all_reduce;
use super::error::ModelError;
use super::instance::Instance;
use super::parameters::P;
use super::prepare::weight_bytes;
use super::step::Load;

/// How a model is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingJob {
    /// Tokens of a sequence.
    pub sequence_tokens: f64,
    /// Sequences of a global batch.
    pub global_batch: f64,
    /// Sequences of a micro-batch.
    pub micro_batch: f64,
    /// Model chunks per pipeline stage (interleaving); 1 = none.
    pub virtual_stages: f64,
    /// Forward passes repeated in the backward pass: 0 = none, 1 = full recomputation.
    pub recompute: f64,
}

/// What a training job makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingRate {
    /// Tokens per second on all dies of the job.
    pub tokens_per_s: f64,
    /// Tokens per second and package.
    pub tokens_per_s_per_card: f64,
    /// Useful model FLOPs over the peak of the weights' format, 0..1.
    pub mfu: f64,
    /// One optimiser step, seconds.
    pub step_s: f64,
    /// Memory of one die, bytes: weights, gradients, optimiser state.
    pub state_bytes: f64,
}

/// Bytes per parameter of mixed-precision Adam beside the weights: gradient 4, master copy 4, two
/// moments 8; the latter twelve are sharded over the data-parallel replicas (ZeRO-1).
const GRADIENT_BYTES: f64 = 4.0;
const OPTIMISER_BYTES: f64 = 12.0;

/// Trains `instance.architecture` on `dies` dies; the instance's `tp`, `pp` and `ep` hold, its `dp`
/// is what the dies leave. Attention and matrix products use the instance's calibrated rates.
///
/// # Errors
/// Degrees that the model or machine cannot have.
pub fn train(i: &Instance, dies: f64, job: &TrainingJob) -> Result<TrainingRate, ModelError> {
    let d = i.degrees;
    let (tp, pp) = (f64::from(d.tp), f64::from(d.pp));
    let bad = |what, allowed, got| Err(ModelError::BadInput { what, allowed, got });
    if !(job.sequence_tokens >= 1.0 && job.sequence_tokens.is_finite()) {
        return bad("sequence length", "1 token or more", job.sequence_tokens);
    }
    if !(job.global_batch >= 1.0 && job.global_batch.is_finite()) {
        return bad("global batch", "1 sequence or more", job.global_batch);
    }
    if dies < tp * pp {
        return bad("dies", "at least tp × pp", dies);
    }
    let dp = (dies / (tp * pp)).floor().max(1.0);
    let p = i.prepare_unchecked_memory()?;
    let micro = job.micro_batch.max(1.0);
    let tokens = micro * job.sequence_tokens;
    let forward = p.step_s(&Load {
        prefill_tokens: tokens,
        prompt_tokens: job.sequence_tokens,
        ..Load::default()
    }) - p.host_step_s;
    // All layers of one micro-batch; a stage holds one pp-th of them.
    let micro_s = forward * (3.0 + job.recompute) * (1.0 + i.profile[P::TrainingOverhead]) / pp;
    let micro_batches = (job.global_batch / dp / micro).max(1.0);
    let bubble = (pp - 1.0) / job.virtual_stages.max(1.0);
    // Gradients: reduce-scatter and all-gather over the replicas, hidden behind the backward pass
    // as far as that lasts.
    let f = &p.footprint;
    let params = (f.weights + f.experts) / weight_bytes(i.formats.weights);
    let reduce = all_reduce(i.machine, i.profile, dp.min(1024.0));
    let gradient_s = params * 2.0 * reduce.s_per_byte * i.local.communication;
    let work_s = micro_s * micro_batches;
    let step_s = micro_s * (micro_batches + bubble) + (gradient_s - 0.5 * work_s).max(0.0);
    let batch_tokens = job.global_batch * job.sequence_tokens;
    let tokens_per_s = batch_tokens / step_s;
    let used = dp * tp * pp;
    let (peak, _) = i.machine.arithmetic(i.formats.weights);
    let flops = {
        let step = p.breakdown(&Load {
            prefill_tokens: tokens,
            prompt_tokens: job.sequence_tokens,
            ..Load::default()
        });
        step.ops.iter().map(|o| o.flops).sum::<f64>() * tp / tokens
    };
    Ok(TrainingRate {
        tokens_per_s,
        tokens_per_s_per_card: tokens_per_s / used * f64::from(i.machine.dies_per_card),
        mfu: 3.0 * flops * tokens_per_s / (used * peak),
        step_s,
        state_bytes: f.weights + f.experts + params * (GRADIENT_BYTES + OPTIMISER_BYTES / dp),
    })
}
