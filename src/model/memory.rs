//! Memory of an instance: what lies on one die, how many sequences fit beside it.

use crate::catalogue::architecture::FeedForward;
use crate::evaluation::{Phase, PhaseMemory};
use crate::scenario::NumberFormat;

use super::attention::Mixer;
use super::error::ModelError;
use super::instance::Instance;
use super::prepare::{Mixing, Prepared, weight_bytes};

/// Share of a die's memory that engines leave alone (vLLM `gpu-memory-utilization` 0.9, SGLang
/// `mem-fraction-static` about 0.88). TensorRT-LLM leaves as much of what weights and buffers do not take
/// (`free_gpu_memory_fraction` 0.9).
const RESERVE_SHARE: f64 = 0.10;

/// Tokens of a step that activation buffers are sized for.
const BUFFER_TOKENS: f64 = 8192.0;

/// Memory of one die, bytes.
#[derive(Clone, Debug)]
pub(crate) struct Footprint {
    pub weights: f64,
    pub experts: f64,
    pub activations: f64,
    pub reserve: f64,
    pub capacity: f64,
    pub dies_per_card: f64,
    mixers: Vec<Mixer>,
    kv_bytes: f64,
    /// Layers are split over pipeline stages.
    stages: f64,
}

impl Footprint {
    pub fn new(i: &Instance, mixing: &[Mixing]) -> Self {
        let (a, d) = (i.architecture, i.degrees);
        let (tp, dp, ep) = (f64::from(d.tp), f64::from(d.dp), f64::from(d.ep));
        let stages = f64::from(d.pp);
        let hidden = f64::from(a.hidden);
        let dense_format = weight_bytes(i.formats.weights);
        let mut weights: f64 = mixing
            .iter()
            .map(|m| m.mixer.layers * m.mixer.params * dense_format)
            .sum();
        let mut experts = 0.0;
        let mut widest: f64 = 4.0 * hidden;
        for group in &a.ffn {
            match group {
                FeedForward::Dense {
                    n, inter, gated, ..
                } => {
                    let matrices = if *gated { 3.0 } else { 2.0 };
                    weights +=
                        f64::from(*n) * matrices * hidden * f64::from(*inter) / tp * dense_format;
                    widest = widest.max(2.0 * f64::from(*inter) / tp);
                }
                FeedForward::Moe(m) => {
                    let matrices = if m.gated { 3.0 } else { 2.0 };
                    let moe_tp = tp * dp / ep;
                    let width = if m.latent > 0 {
                        f64::from(m.latent)
                    } else {
                        hidden
                    };
                    let n = f64::from(m.n);
                    weights += n
                        * (matrices * hidden * f64::from(m.shared_inter) / tp
                            + hidden * f64::from(m.experts)
                            + 2.0 * hidden * f64::from(m.latent) / tp)
                        * dense_format;
                    experts += n
                        * (f64::from(m.experts) / ep).max(1.0)
                        * matrices
                        * width
                        * f64::from(m.inter)
                        / moe_tp
                        * weight_bytes(i.formats.experts);
                    let routed = f64::from(m.top_k) * f64::from(m.inter) / moe_tp;
                    widest = widest.max(2.0 * routed.min(4.0 * hidden));
                }
            }
        }
        let matrices = if a.tied_embeddings { 1.0 } else { 2.0 };
        weights = weights / stages
            + matrices * (a.vocabulary_params() + a.vocabulary_projection()) / tp
                * NumberFormat::Bf16.bytes()
                / stages.min(2.0);
        experts /= stages;
        // A draft layer weighs as much as a layer of the model.
        let layers = f64::from(a.layers).max(1.0);
        if i.drafts.tokens > 0.0 && a.mtp_layers > 0 {
            let share = 1.0 + f64::from(a.mtp_layers) / layers;
            weights *= share;
            experts *= share;
        }
        let capacity = i.machine.memory_bytes;
        let activations = BUFFER_TOKENS * (widest + 4.0 * hidden) * 2.0;
        let reserve_of = if i.profile.engine == "trtllm" {
            (capacity - weights - experts - activations).max(0.0)
        } else {
            capacity
        };
        Self {
            weights,
            experts,
            activations,
            reserve: RESERVE_SHARE * reserve_of,
            capacity,
            dies_per_card: f64::from(i.machine.dies_per_card),
            mixers: mixing.iter().map(|m| m.mixer).collect(),
            kv_bytes: i.formats.kv.bytes(),
            stages,
        }
    }

    /// Cache of one sequence on one die (of one pipeline stage), bytes.
    pub fn cache_bytes(&self, context: f64) -> f64 {
        self.mixers
            .iter()
            .map(|m| m.layers * m.cache_bytes(context, self.kv_bytes))
            .sum::<f64>()
            / self.stages
    }

    /// Bytes of one die left for cache.
    pub fn free(&self) -> f64 {
        self.capacity - self.reserve - self.activations - self.weights - self.experts
    }

    pub fn check_weights(&self) -> Result<(), ModelError> {
        if self.free() > 0.0 {
            return Ok(());
        }
        Err(ModelError::WeightsDoNotFit {
            needed_bytes: self.weights + self.experts + self.activations + self.reserve,
            capacity_bytes: self.capacity,
        })
    }
}

impl Prepared {
    /// Sequences of `context` tokens that fit into the instance at once (not a whole number).
    pub fn max_batch(&self, context: f64) -> f64 {
        let one = self.footprint.cache_bytes(context.max(1.0));
        let per_replica = (self.footprint.free() / one).max(0.0);
        // Each stage holds its layers' cache of all sequences of a replica.
        per_replica * self.replicas
    }

    /// Leaves at least a twentieth of memory for cache: for measured rows whose weights our
    /// estimate would refuse (engines shrink their buffers when memory is tight).
    pub(crate) fn squeeze(&mut self) {
        let f = &mut self.footprint;
        let least = 0.05 * f.capacity;
        let lacking = (least - f.free()).max(0.0);
        f.capacity += lacking;
    }

    /// Longest context of a single sequence that fits, tokens.
    pub fn max_context(&self) -> f64 {
        let free = self.footprint.free();
        if free <= 0.0 {
            return 0.0;
        }
        let (mut low, mut high) = (0.0_f64, 1e9_f64);
        for _ in 0..60 {
            let mid = 0.5 * (low + high);
            if self.footprint.cache_bytes(mid) <= free {
                low = mid;
            } else {
                high = mid;
            }
        }
        low.floor()
    }

    /// Cache of one sequence over all dies that hold it, bytes per die.
    pub fn cache_bytes_per_die(&self, context: f64) -> f64 {
        self.footprint.cache_bytes(context)
    }

    /// Memory of one package with `batch` sequences of `context` tokens on the instance.
    pub fn memory(&self, phase: Phase, batch: f64, context: f64) -> PhaseMemory {
        let f = &self.footprint;
        let k = f.dies_per_card.min(self.dies.max(1.0));
        PhaseMemory {
            phase,
            weights_bytes: f.weights * k,
            experts_bytes: f.experts * k,
            kv_bytes: f.cache_bytes(context) * batch / self.replicas * k,
            activations_bytes: f.activations * k,
            reserve_bytes: f.reserve * f.dies_per_card,
            capacity_bytes: f.capacity * f.dies_per_card,
        }
    }

    /// The cards that weights alone would need at this instance's formats, as a hint for
    /// "what would fit".
    pub fn least_dies(&self) -> f64 {
        let f = &self.footprint;
        let spread = (f.weights + f.experts) * self.dies;
        (spread / (f.capacity - f.reserve - f.activations).max(1.0)).ceil()
    }
}
