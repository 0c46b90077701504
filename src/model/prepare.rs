//! From an instance to coefficients: what every operator costs per token, per sequence, per entry.

use crate::catalogue::architecture::{FeedForward, Moe};
use crate::evaluation::OpClass;
use crate::scenario::NumberFormat;

use super::attention::{Mixer, MixerKind};
use super::calibration::Profile;
use super::collective::AlphaBeta;
use super::error::ModelError;
use super::exchange::{Comm, comms, transfer};
use super::instance::{Drafts, Instance};
use super::memory::Footprint;
use super::parameters::{P, runs_micro_batches};

/// A group of dense matrix products: seconds = ‖(tokens + half)·compute, weights + tokens·memory‖.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linear {
    pub name: &'static str,
    /// All layers together.
    pub flops_per_token: f64,
    pub weight_bytes: f64,
    pub bytes_per_token: f64,
    pub compute_s_per_token: f64,
    pub weight_s: f64,
    pub memory_s_per_token: f64,
    pub launch_s: f64,
    /// Only the last token of a prompt passes (LM head).
    pub last_token_only: bool,
}

/// A group of token-mixing layers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mixing {
    pub mixer: Mixer,
    pub kv_bytes: f64,
    /// Seconds per FLOP while decoding and prefilling.
    pub decode_s_per_flop: f64,
    pub prefill_s_per_flop: f64,
    pub s_per_byte: f64,
    pub state_s_per_byte: f64,
    pub index_s_per_flop: f64,
    /// Seconds to choose among the entries scored for one token, each.
    pub select_s_per_entry: f64,
    pub launch_s: f64,
}

/// A group of routed-expert layers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Experts {
    pub layers: f64,
    /// Expert copies on this die.
    pub local: f64,
    /// Chance that a token does not choose a given copy.
    pub miss: f64,
    /// Routed (token, expert) pairs on this die per token of one replica.
    pub pairs_per_token: f64,
    /// Tokens that reach the expert group per token of one replica.
    pub gather: f64,
    pub params: f64,
    pub expert_bytes: f64,
    /// Bytes that an expert costs beside its own in time.
    pub half_bytes: f64,
    /// Seconds per FLOP of padding.
    pub pad_s_per_flop: f64,
    pub half_rows: f64,
    pub s_per_flop: f64,
    pub s_per_byte: f64,
    pub bytes_per_pair: f64,
    pub launch_s: f64,
}

/// An instance as coefficients. Made once; a step then costs a handful of flops.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) linear: Vec<Linear>,
    pub(crate) mixing: Vec<Mixing>,
    pub(crate) experts: Vec<Experts>,
    pub(crate) comm: Vec<Comm>,
    /// Tokens of padding of every dense product.
    pub(crate) half_tokens: f64,
    pub(crate) host_step_s: f64,
    pub(crate) host_sequence_s: f64,
    pub(crate) host_request_s: f64,
    pub(crate) prefill_mixed: f64,
    /// Time of a prompt's prefill to its first token over the steps it takes part in.
    pub(crate) first_token: f64,
    /// Host launches of a step that has prefill in it and so no CUDA graph, seconds.
    pub(crate) eager_s: f64,
    /// Engine steps between arrival and first token beside those of the prefill.
    pub(crate) first_steps: f64,
    /// Further ones while an engine evens out prompts between data-parallel ranks that decode, too.
    pub(crate) balance_steps: f64,
    /// Wait for other prompts of a closed loop against that of its opening burst alone.
    pub(crate) burst_wait: f64,
    pub(crate) offline_kept: f64,
    /// Share of the exchange hidden behind the computing of the same tokens.
    pub(crate) overlap: f64,
    /// The same behind a second micro-batch, where the engine runs two.
    pub(crate) micro_overlap: Option<f64>,
    /// Extra share of the time of experts and their exchange, spent waiting for the hottest rank.
    /// These are about half of a large step, and their weights do not grow with it: a share `b` of throughput kept means b^-1.35 there.
    pub(crate) imbalance: f64,
    /// Launches of all layers, seconds.
    pub(crate) launches_s: f64,
    pub(crate) drafts: Drafts,
    /// One over the number of layers: what a draft layer costs.
    pub(crate) draft_share: f64,
    /// Host work of one draft pass.
    pub(crate) host_draft_s: f64,
    /// Host work of a step for each sequence that drafts.
    pub(crate) host_draft_sequence_s: f64,
    /// Attention replicas × pipeline stages: sequences of the instance per micro-batch.
    pub(crate) split: f64,
    pub(crate) stages: f64,
    pub(crate) replicas: f64,
    /// Memory of one die.
    pub(crate) footprint: Footprint,
    /// Dies and packages that the instance takes.
    pub(crate) dies: f64,
    pub(crate) cards: f64,
    /// Seconds to move one byte of KV cache of one die to another instance, and to start.
    pub(crate) transfer: AlphaBeta,
    /// Most new tokens that an engine puts into one step.
    pub(crate) chunk_tokens: f64,
}

/// New tokens per step that engines allow by default (vLLM and SGLang serve with 8,192).
const CHUNK_TOKENS: f64 = 8192.0;

/// Bytes of one weight in memory, block scales included (NVFP4 one 8-bit scale per 16, MXFP4 per
/// 32, INT4 one 16-bit per 128: about a sixteenth on 4-bit formats).
pub(crate) fn weight_bytes(format: NumberFormat) -> f64 {
    match format.bits() {
        4 => 0.5 * 1.0625,
        _ => format.bytes(),
    }
}

/// 4-bit weights that kernels widen on the fly, to 16 bit or integers to 8 (mixed 4- and 8-bit floats multiply as they are).
fn widened(i: &Instance, format: NumberFormat, beside: NumberFormat) -> bool {
    let bits = arithmetic(i, format, beside).1;
    format.bits() == 4 && (bits == 16 || bits == 8 && format == NumberFormat::Int4)
}

/// Seconds per FLOP of matrix products whose weights are stored in `format` and whose activations
/// come from layers stored in `beside`: 4-bit experts in a model that is otherwise 8-bit integer
/// multiply in 8 bit (W4A8); those in a 16-bit model multiply in 16 bit, or in 8-bit float where
/// the silicon multiplies mixed 4- and 8-bit floats (Blackwell).
fn s_per_flop(i: &Instance, format: NumberFormat, beside: NumberFormat) -> f64 {
    let (rate, bits) = arithmetic(i, format, beside);
    let mut share = match bits {
        4 => i.profile[P::Compute4],
        8 => i.profile[P::Compute8],
        _ => i.profile[P::Compute16],
    };
    if widened(i, format, beside) {
        share *= i.profile[P::ComputeWidened];
    }
    i.local.compute / (rate * share)
}

/// Peak rate, FLOP/s, and width in bits of the arithmetic.
fn arithmetic(i: &Instance, format: NumberFormat, beside: NumberFormat) -> (f64, u32) {
    let m = i.machine;
    match (format, beside.bits()) {
        (NumberFormat::Int4, 8) => {
            let (rate, runs_in) = m.arithmetic(beside);
            (rate, runs_in.bits())
        }
        (NumberFormat::Fp4, 16) if m.fp4 > 0.0 && m.fp8 > 0.0 => (m.fp8, 8),
        (NumberFormat::Fp4, 16) => (m.half, 16),
        _ => {
            let (rate, runs_in) = m.arithmetic(format);
            (rate, runs_in.bits())
        }
    }
}

struct Rates {
    memory_weights: f64,
    memory_experts: f64,
    launch: f64,
}

fn linear(
    i: &Instance,
    r: &Rates,
    name: &'static str,
    layers: f64,
    params: f64,
    format: NumberFormat,
    width: f64,
) -> Linear {
    let weight_bytes = layers * params * weight_bytes(format);
    let narrow = if format.bits() == 4 {
        i.profile[P::MemNarrow]
    } else {
        1.0
    };
    // Activations in and out of the products, 16 bit.
    let bytes_per_token = layers * width * 2.0;
    Linear {
        name,
        flops_per_token: layers * params * 2.0,
        weight_bytes,
        bytes_per_token,
        compute_s_per_token: layers * params * 2.0 * s_per_flop(i, format, format),
        weight_s: weight_bytes * r.memory_weights / narrow,
        memory_s_per_token: bytes_per_token * r.memory_weights,
        launch_s: 0.0,
        last_token_only: false,
    }
}

fn moe_experts(i: &Instance, r: &Rates, m: &Moe, hidden: f64) -> Experts {
    let d = i.degrees;
    let group = f64::from(d.tp * d.dp);
    let ep = f64::from(d.ep);
    let moe_tp = group / ep;
    let count = f64::from(m.experts).max(1.0);
    // More ranks than experts: redundant copies share the load.
    let copies = (ep / count).max(1.0);
    let width = if m.latent > 0 {
        f64::from(m.latent)
    } else {
        hidden
    };
    let matrices = if m.gated { 3.0 } else { 2.0 };
    let params = matrices * width * f64::from(m.inter) / moe_tp;
    let format = i.formats.experts;
    Experts {
        layers: f64::from(m.n),
        local: (count / ep).max(1.0),
        miss: 1.0 - (f64::from(m.top_k) / count / copies).min(1.0),
        pairs_per_token: f64::from(d.dp) * f64::from(m.top_k) / ep,
        gather: f64::from(d.dp),
        params,
        expert_bytes: params * weight_bytes(format),
        half_bytes: i.profile[P::HalfExpertMb] * 1e6,
        half_rows: i.profile[if widened(i, format, i.formats.weights) {
            P::HalfWidenedRows
        } else {
            P::HalfExpertRows
        }],
        s_per_flop: s_per_flop(i, format, i.formats.weights) / i.profile[P::ComputeExperts],
        pad_s_per_flop: {
            let (rate, bits) = arithmetic(i, format, i.formats.weights);
            i.local.compute
                / rate
                / match bits {
                    4 => i.profile[P::Compute4],
                    8 => i.profile[P::Compute8],
                    _ => i.profile[P::Compute16],
                }
        },
        s_per_byte: if widened(i, format, i.formats.weights) {
            r.memory_experts / i.profile[P::MemWidened]
        } else {
            r.memory_experts
        },
        bytes_per_pair: 2.0 * (2.0 * width + matrices * f64::from(m.inter) / moe_tp),
        launch_s: f64::from(m.n) * i.profile[P::LaunchMoe] * r.launch,
    }
}

fn mixing(i: &Instance, mixer: Mixer, launch: f64) -> Mixing {
    let (p, machine) = (i.profile, i.machine);
    let half = i.local.compute / machine.half;
    let bandwidth = i.local.memory / machine.memory_bytes_per_s;
    let share = match mixer.kind {
        MixerKind::Latent => p[P::MemLatent],
        MixerKind::Grouped | MixerKind::State => p[P::MemKv],
    };
    let mut us = match mixer.kind {
        MixerKind::Grouped => p[P::LaunchAttention],
        MixerKind::Latent => p[P::LaunchAttention] + p[P::LaunchLatent],
        MixerKind::State => p[P::LaunchState],
    };
    if mixer.index_flops > 0.0 {
        us += p[P::LaunchIndex];
    }
    Mixing {
        mixer,
        kv_bytes: i.formats.kv.bytes(),
        decode_s_per_flop: half
            / p[P::AttentionDecode]
            / if mixer.gathered {
                p[P::AttentionSparse]
            } else {
                1.0
            },
        prefill_s_per_flop: half / p[P::AttentionPrefill],
        s_per_byte: bandwidth / share,
        state_s_per_byte: bandwidth / p[P::MemState],
        index_s_per_flop: half / p[P::AttentionPrefill],
        select_s_per_entry: p[P::SelectEntries] * launch * 1e-3,
        launch_s: mixer.layers * us * launch,
    }
}

impl Instance<'_> {
    /// Turns the instance into coefficients.
    ///
    /// # Errors
    /// Degrees that the model or machine cannot have; unknown links; weights that do not fit.
    pub fn prepare(&self) -> Result<Prepared, ModelError> {
        let prepared = self.prepare_unchecked_memory()?;
        prepared.footprint.check_weights()?;
        Ok(prepared)
    }

    /// As [`Instance::prepare`], for weights that may not fit (to say by how much).
    ///
    /// # Errors
    /// Degrees that the model or machine cannot have; unknown links.
    pub fn prepare_unchecked_memory(&self) -> Result<Prepared, ModelError> {
        self.check()?;
        let (a, d, p, machine) = (self.architecture, self.degrees, self.profile, self.machine);
        let (tp, dp, pp) = (f64::from(d.tp), f64::from(d.dp), f64::from(d.pp));
        let hidden = f64::from(a.hidden);
        let bandwidth = self.local.memory / machine.memory_bytes_per_s;
        let rates = Rates {
            memory_weights: bandwidth / p[P::MemWeights],
            memory_experts: bandwidth / p[P::MemExperts],
            launch: 1e-6 * self.local.overhead,
        };
        let mut mixing_ops = Vec::with_capacity(a.attn.len());
        let mut linear_ops = Vec::with_capacity(a.attn.len() + a.ffn.len() + 1);
        let mut projections: Option<Linear> = None;
        for group in &a.attn {
            let mixer = Mixer::new(group, a.hidden, d.tp);
            let l = linear(
                self,
                &rates,
                "attention.projections",
                mixer.layers,
                mixer.params,
                self.formats.weights,
                4.0 * hidden,
            );
            merge(&mut projections, l);
            mixing_ops.push(mixing(self, mixer, rates.launch));
        }
        linear_ops.extend(projections);
        let mut experts = Vec::new();
        let mut dense: Option<Linear> = None;
        let mut shared: Option<Linear> = None;
        for group in &a.ffn {
            match group {
                FeedForward::Dense {
                    n, inter, gated, ..
                } => {
                    let matrices = if *gated { 3.0 } else { 2.0 };
                    let inner = f64::from(*inter) / tp;
                    let mut l = linear(
                        self,
                        &rates,
                        "dense",
                        f64::from(*n),
                        matrices * hidden * inner,
                        self.formats.weights,
                        2.0 * hidden + matrices * inner,
                    );
                    l.launch_s = f64::from(*n) * p[P::LaunchDense] * rates.launch;
                    merge(&mut dense, l);
                }
                FeedForward::Moe(m) => {
                    let matrices = if m.gated { 3.0 } else { 2.0 };
                    let latent = 2.0 * hidden * f64::from(m.latent) / tp;
                    let router = hidden * f64::from(m.experts);
                    let l = linear(
                        self,
                        &rates,
                        "moe.shared",
                        f64::from(m.n),
                        matrices * hidden * f64::from(m.shared_inter) / tp + latent + router,
                        self.formats.weights,
                        2.0 * hidden + matrices * f64::from(m.shared_inter) / tp,
                    );
                    merge(&mut shared, l);
                    experts.push(moe_experts(self, &rates, m, hidden));
                }
            }
        }
        linear_ops.extend(dense);
        linear_ops.extend(shared);
        let mut head = linear(
            self,
            &rates,
            "head",
            1.0,
            (a.vocabulary_params() + a.vocabulary_projection()) / tp,
            NumberFormat::Bf16,
            f64::from(a.vocab) / tp * 3.0,
        );
        head.last_token_only = true;
        linear_ops.push(head);
        let ep = f64::from(d.ep);
        let uneven = ((1.0 - 1.0 / ep) / (1.0 - 1.0 / 32.0)).min(1.0);
        let balance = 1.0 - (1.0 - self.expert_balance) * uneven;
        let layers: f64 = mixing_ops.iter().map(|m| m.mixer.layers).sum();
        let intricate: f64 = mixing_ops
            .iter()
            .filter(|m| m.mixer.kind != MixerKind::Grouped || m.mixer.index_flops > 0.0)
            .map(|m| m.mixer.layers)
            .sum();
        let dense_layers: f64 = a
            .ffn
            .iter()
            .map(|f| match f {
                FeedForward::Dense { n, .. } => f64::from(*n),
                FeedForward::Moe(_) => 0.0,
            })
            .sum();
        let launches_s = linear_ops.iter().map(|l| l.launch_s).sum::<f64>()
            + mixing_ops.iter().map(|m| m.launch_s).sum::<f64>()
            + experts.iter().map(|e| e.launch_s).sum::<f64>();
        Ok(Prepared {
            eager_s: rates.launch
                * ((layers + dense_layers) * p[P::EagerLayer]
                    + intricate * p[P::EagerIntricate]
                    + experts.iter().map(|e| e.layers).sum::<f64>() * p[P::EagerMoe]),
            linear: linear_ops,
            experts,
            comm: comms(self, hidden),
            half_tokens: p[P::HalfTokens],
            host_step_s: p[P::HostStep] * rates.launch,
            host_sequence_s: p[P::HostSequence] * rates.launch,
            host_request_s: p[P::HostRequest] * 1e-3 * self.local.overhead,
            prefill_mixed: p[P::PrefillMixed],
            first_token: p[P::FirstToken],
            first_steps: p[P::FirstSteps],
            balance_steps: if balances_ranks(p.engine) && dp > 1.0 {
                p[P::BalanceSteps]
            } else {
                0.0
            },
            burst_wait: p[P::BurstWait],
            offline_kept: p[P::OfflineKept],
            overlap: p[P::Overlap],
            micro_overlap: runs_micro_batches(p.engine).then_some(p[P::MicroBatchOverlap]),
            imbalance: balance.powf(-1.35) - 1.0,
            launches_s,
            drafts: self.drafts,
            draft_share: 1.0 / layers.max(1.0),
            host_draft_s: p[P::HostDraft] * rates.launch,
            host_draft_sequence_s: p[P::HostDraftSequence] * rates.launch,
            split: dp * pp,
            stages: pp,
            replicas: dp,
            footprint: Footprint::new(self, &mixing_ops),
            mixing: mixing_ops,
            dies: f64::from(d.dies()),
            cards: self.cards(),
            transfer: transfer(machine, p[P::AllToAllBandwidth]),
            chunk_tokens: CHUNK_TOKENS,
        })
    }
}

impl Prepared {
    /// With or without two micro-batches against each other, whatever the engine usually does.
    pub(crate) fn run_micro_batches(&mut self, runs: bool, profile: &Profile) {
        self.micro_overlap = runs.then_some(profile[P::MicroBatchOverlap]);
    }
}

/// The engine holds prompts back until all ranks of data-parallel attention have one (TensorRT-LLM,
/// `attention_dp_config.enable_balance`; its tech blog 10, "ADP Balance Strategy").
fn balances_ranks(engine: &str) -> bool {
    engine == "trtllm"
}

/// Adds a group to the operator of the same name.
fn merge(into: &mut Option<Linear>, l: Linear) {
    match into {
        None => *into = Some(l),
        Some(x) => {
            x.flops_per_token += l.flops_per_token;
            x.weight_bytes += l.weight_bytes;
            x.bytes_per_token += l.bytes_per_token;
            x.compute_s_per_token += l.compute_s_per_token;
            x.weight_s += l.weight_s;
            x.memory_s_per_token += l.memory_s_per_token;
            x.launch_s += l.launch_s;
        }
    }
}

/// Class of an operator, for the views.
pub(crate) fn class_of(name: &str) -> OpClass {
    if name.starts_with("attention.") && name != "attention.projections" {
        OpClass::Attention
    } else if name == "moe.experts" || name == "moe.imbalance" {
        OpClass::Experts
    } else if name.starts_with("comm.") {
        OpClass::Communication
    } else if name.starts_with("overhead.") {
        OpClass::Overhead
    } else {
        OpClass::Linear
    }
}
