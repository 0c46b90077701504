//! Parameter counts by part.

use crate::catalogue::architecture::{Architecture, Attention, FeedForward, Gqa, Mla, Moe, V4};

/// Parameters of one attention (token-mixing) layer by part.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AttentionParams {
    /// Query projection (down and up where it is low-rank); the input projection of recurrent
    /// layers counts here with its query, key and value parts together.
    pub query: f64,
    /// Key and value projections; in latent attention the down projection and both up projections.
    pub key_value: f64,
    /// Output projection.
    pub output: f64,
    /// Output or decay gates.
    pub gate: f64,
    /// Sparse indexer, or the compressor of a compressed stream.
    pub indexer: f64,
    /// Norms, biases, sinks, short convolutions, state parameters.
    pub small: f64,
}

impl AttentionParams {
    /// All parts.
    pub fn total(&self) -> f64 {
        self.query + self.key_value + self.output + self.gate + self.indexer + self.small
    }
}

/// Parameters of one feed-forward layer by part.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FfnParams {
    /// The dense network; 0 in a mixture of experts.
    pub dense: f64,
    /// ONE routed expert.
    pub expert: f64,
    /// Routed experts.
    pub experts: f64,
    /// Routed experts that a token is sent to.
    pub top_k: f64,
    /// All shared experts with their gate.
    pub shared: f64,
    /// Router.
    pub router: f64,
    /// Projections between the residual stream and the latent that the experts run in.
    pub latent: f64,
}

impl FfnParams {
    /// All parts.
    pub fn total(&self) -> f64 {
        self.always() + self.experts * self.expert
    }

    /// What one token reads.
    pub fn active(&self) -> f64 {
        self.always() + self.top_k * self.expert
    }

    /// What every token reads.
    fn always(&self) -> f64 {
        self.dense + self.shared + self.router + self.latent
    }
}

/// Parameters of a whole model by part.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ParamCount {
    /// All token-mixing layers.
    pub attention: f64,
    /// Dense feed-forward layers.
    pub dense_ffn: f64,
    /// Routed experts, all of them.
    pub routed_experts: f64,
    /// Routed experts that one token reads.
    pub routed_experts_active: f64,
    /// Shared experts with their gates.
    pub shared_experts: f64,
    /// Routers.
    pub router: f64,
    /// Projections into and out of the experts' latent.
    pub latent: f64,
    /// Input embedding, learned positions included.
    pub embedding: f64,
    /// LM head; 0 where it shares the embedding's weights.
    pub head: f64,
    /// Layer norms.
    pub norms: f64,
    /// Hyper-connections of a widened residual stream (DeepSeek-V4).
    pub hyper_connections: f64,
    /// Multi-token-prediction layers: on top, in no total.
    pub mtp: f64,
    /// Size of the vocabulary matrix, whether shared or not.
    vocabulary_matrix: f64,
}

/// Parameters that one token reads, by convention.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Active {
    /// Without embedding and LM head.
    pub core: f64,
    /// With the LM head (also where it is tied to the embedding): what FLOPs follow from.
    pub with_head: f64,
    /// With LM head and, where it is another matrix, the embedding.
    pub with_head_and_embedding: f64,
}

impl ParamCount {
    /// All parameters, without multi-token-prediction layers.
    pub fn total(&self) -> f64 {
        self.core() + self.routed_experts + self.embedding + self.head
    }

    /// Parameters that one token reads.
    pub fn active(&self) -> Active {
        let core = self.core() + self.routed_experts_active;
        let with_head = core + self.vocabulary_matrix;
        let own_embedding = if self.head > 0.0 { self.embedding } else { 0.0 };
        Active {
            core,
            with_head,
            with_head_and_embedding: with_head + own_embedding,
        }
    }

    /// What every token reads between embedding and head.
    fn core(&self) -> f64 {
        self.attention
            + self.dense_ffn
            + self.shared_experts
            + self.router
            + self.latent
            + self.norms
            + self.hyper_connections
    }
}

/// Parameters of the whole model by part.
pub fn param_count(arch: &Architecture) -> ParamCount {
    let hidden = f64::from(arch.hidden);
    let matrix = arch.vocabulary_params();
    let projection = arch.vocabulary_projection();
    let vocabulary_matrix = matrix + projection;
    let sub_layers = f64::from(arch.mixer_layers()) + f64::from(arch.ffn_layers());
    let mut sum = ParamCount {
        embedding: vocabulary_matrix
            + f64::from(arch.learned_positions) * hidden
            // The matrix is shared, its projections are not.
            + if arch.tied_embeddings { projection } else { 0.0 },
        head: if arch.tied_embeddings {
            0.0
        } else {
            vocabulary_matrix
        },
        // One norm before every sub-layer and one before the head. Sandwich norms (Gemma, Pangu)
        // would add as many again: below one part in ten thousand.
        norms: (sub_layers + 1.0) * hidden,
        hyper_connections: hyper_connections(arch),
        mtp: mtp_params(arch),
        vocabulary_matrix,
        ..ParamCount::default()
    };
    for group in &arch.attn {
        sum.attention += f64::from(group.layers()) * attention_params(group, arch.hidden).total();
    }
    for group in &arch.ffn {
        let n = f64::from(group.layers());
        let p = ffn_params(group, arch.hidden);
        sum.dense_ffn += n * p.dense;
        sum.routed_experts += n * p.experts * p.expert;
        sum.routed_experts_active += n * p.top_k * p.expert;
        sum.shared_experts += n * p.shared;
        sum.router += n * p.router;
        sum.latent += n * p.latent;
    }
    sum
}

/// Two hyper-connections a layer map `m` residual streams of width `h` to `2m + m²` coefficients
/// (DeepSeek-V4; manifold-constrained hyper-connections, arXiv 2512.24880).
fn hyper_connections(arch: &Architecture) -> f64 {
    if arch.hc_mult <= 1 {
        return 0.0;
    }
    let m = f64::from(arch.hc_mult);
    f64::from(arch.layers) * 2.0 * (m * f64::from(arch.hidden)) * (2.0 * m + m * m)
}

/// Parameters of the multi-token-prediction layers: each joins two hidden states (2h² weights) and
/// runs one full-attention layer and one feed-forward layer of the last kind; embedding and head
/// are the model's own. A vendor may use a lighter layer, so this is an upper estimate.
pub fn mtp_params(arch: &Architecture) -> f64 {
    let hidden = f64::from(arch.hidden);
    let mixer = arch
        .attn
        .iter()
        .find(|a| match a {
            Attention::Gqa(g) => g.window == 0 && g.chunk == 0,
            Attention::Mla(_) | Attention::Mfa { .. } => true,
            Attention::V4(g) => g.compress_ratio == 0,
            _ => false,
        })
        .or(arch.attn.last());
    let mixer = mixer.map_or(0.0, |a| attention_params(a, arch.hidden).total());
    let ffn = arch.ffn.last();
    let ffn = ffn.map_or(0.0, |f| ffn_params(f, arch.hidden).total());
    f64::from(arch.mtp_layers) * (2.0 * hidden * hidden + 5.0 * hidden + mixer + ffn)
}

/// Parameters of ONE layer of this group.
pub fn attention_params(group: &Attention, hidden: u32) -> AttentionParams {
    let h = f64::from(hidden);
    match group {
        Attention::Gqa(g) => gqa(g, h),
        Attention::Mla(g) => mla(g, h),
        Attention::V4(g) => v4(g, h),
        Attention::Gdn {
            k_heads,
            v_heads,
            k_dim,
            v_dim,
            conv,
            ..
        } => {
            let keys = f64::from(*k_heads) * f64::from(*k_dim);
            let values = f64::from(*v_heads) * f64::from(*v_dim);
            let v_heads = f64::from(*v_heads);
            AttentionParams {
                query: h * (2.0 * keys + values),
                output: values * h,
                // Output gate, and two scalars a head: decay and write strength.
                gate: h * (values + 2.0 * v_heads),
                small: (2.0 * keys + values) * f64::from(*conv) + 2.0 * v_heads + f64::from(*v_dim),
                ..AttentionParams::default()
            }
        }
        Attention::Kda {
            heads,
            head_dim,
            conv,
            full_rank_gate,
            ..
        } => {
            let (heads, dim) = (f64::from(*heads), f64::from(*head_dim));
            let width = heads * dim;
            let low_rank = h * dim + dim * width;
            let output_gate = if *full_rank_gate { h * width } else { low_rank };
            AttentionParams {
                query: 3.0 * h * width,
                output: width * h,
                // Decay by channel (low-rank), write strength by head, output gate.
                gate: low_rank + h * heads + output_gate,
                small: 3.0 * width * f64::from(*conv) + heads + 2.0 * width + dim,
                ..AttentionParams::default()
            }
        }
        Attention::Mamba2 {
            heads,
            head_dim,
            groups,
            state,
            conv,
            ..
        } => {
            let heads = f64::from(*heads);
            let inner = heads * f64::from(*head_dim);
            let bc = 2.0 * f64::from(*groups) * f64::from(*state);
            AttentionParams {
                query: h * (inner + bc + heads),
                gate: h * inner,
                output: inner * h,
                // Convolution with bias, A, D and time-step bias by head, gated norm.
                small: (inner + bc) * (f64::from(*conv) + 1.0) + 3.0 * heads + inner,
                ..AttentionParams::default()
            }
        }
        Attention::Lightning {
            heads, head_dim, ..
        } => {
            let width = f64::from(*heads) * f64::from(*head_dim);
            AttentionParams {
                query: 3.0 * h * width,
                gate: h * width,
                output: width * h,
                small: width,
                ..AttentionParams::default()
            }
        }
        Attention::Mfa {
            q_heads,
            kv_heads,
            head_dim,
            q_rank,
            ..
        } => {
            let (dim, rank) = (f64::from(*head_dim), f64::from(*q_rank));
            let width = f64::from(*q_heads) * dim;
            AttentionParams {
                query: h * rank + rank * width,
                key_value: 2.0 * h * f64::from(*kv_heads) * dim,
                output: width * h,
                small: rank,
                ..AttentionParams::default()
            }
        }
    }
}

fn gqa(g: &Gqa, h: f64) -> AttentionParams {
    let (q_heads, kv_heads) = (f64::from(g.q_heads), f64::from(g.kv_heads));
    let (k_dim, v_dim) = (f64::from(g.head_dim), f64::from(g.value_dim()));
    let keys = if g.kv_shared { 0.0 } else { kv_heads * k_dim };
    let values = if g.k_eq_v || g.kv_shared {
        0.0
    } else {
        kv_heads * v_dim
    };
    let index_dim = f64::from(g.index_head_dim);
    let mut small = match g.qk_norm.as_str() {
        "per_head" => 2.0 * k_dim,
        "full" => (q_heads + kv_heads) * k_dim,
        _ => 0.0,
    };
    if g.qkv_bias {
        small += q_heads * k_dim + keys + values;
    }
    if g.o_bias {
        small += h;
    }
    if g.sinks {
        small += q_heads;
    }
    AttentionParams {
        query: h * q_heads * k_dim,
        key_value: h * (keys + values),
        output: q_heads * v_dim * h,
        gate: match g.out_gate.as_str() {
            "elementwise" => h * q_heads * v_dim,
            "headwise" => h * q_heads,
            _ => 0.0,
        },
        indexer: if g.index_heads > 0 {
            h * (f64::from(g.index_heads) + 1.0) * index_dim
        } else {
            0.0
        },
        small,
    }
}

fn mla(g: &Mla, h: f64) -> AttentionParams {
    let heads = f64::from(g.q_heads);
    let (nope, rope) = (f64::from(g.qk_nope_dim), f64::from(g.qk_rope_dim));
    let (v_dim, latent) = (f64::from(g.v_head_dim), f64::from(g.kv_lora_rank));
    let rank = f64::from(g.q_lora_rank);
    let q_width = heads * (nope + rope);
    let (index_heads, index_dim) = (f64::from(g.index_heads), f64::from(g.index_head_dim));
    let query_input = if g.q_lora_rank > 0 { rank } else { h };
    AttentionParams {
        query: if g.q_lora_rank > 0 {
            h * rank + rank * q_width
        } else {
            h * q_width
        },
        key_value: h * (latent + rope) + latent * heads * (nope + v_dim),
        output: heads * v_dim * h,
        gate: match g.out_gate.as_str() {
            "elementwise" => h * heads * v_dim,
            "headwise" => h * heads,
            _ => 0.0,
        },
        // Queries from the query latent, one key, a weight by head, the key's norm.
        indexer: if g.index_heads > 0 {
            query_input * index_heads * index_dim
                + h * index_dim
                + h * index_heads
                + 2.0 * index_dim
        } else {
            0.0
        },
        small: rank + latent,
    }
}

fn v4(g: &V4, h: f64) -> AttentionParams {
    let (heads, dim) = (f64::from(g.q_heads), f64::from(g.head_dim));
    let rank = f64::from(g.q_lora_rank);
    let o_rank = f64::from(g.o_lora_rank);
    let ratio = f64::from(g.compress_ratio);
    let (index_heads, index_dim) = (f64::from(g.index_heads), f64::from(g.index_head_dim));
    // Overlapping windows (CSA) need two sets of compressor weights.
    let sets = if g.variant == "csa" { 2.0 } else { 1.0 };
    // Values and gates, a position bias within the window, a norm.
    let compressor = |width: f64, sets: f64| {
        if g.compress_ratio > 0 {
            2.0 * h * sets * width + ratio * sets * width + width
        } else {
            0.0
        }
    };
    let indexer = if g.index_heads > 0 {
        rank * index_heads * index_dim + h * index_heads + compressor(index_dim, 2.0)
    } else {
        0.0
    };
    AttentionParams {
        query: h * rank + rank * heads * dim,
        key_value: h * f64::from(g.kv_heads) * dim,
        output: heads * dim * o_rank + f64::from(g.o_groups) * o_rank * h,
        gate: 0.0,
        indexer: compressor(dim, sets) + indexer,
        small: rank + dim + heads,
    }
}

/// Parameters of ONE layer of this group.
pub fn ffn_params(group: &FeedForward, hidden: u32) -> FfnParams {
    let h = f64::from(hidden);
    match group {
        FeedForward::Dense {
            inter, gated, bias, ..
        } => FfnParams {
            dense: mlp(h, f64::from(*inter), *gated, *bias),
            ..FfnParams::default()
        },
        FeedForward::Moe(g) => moe(g, h),
    }
}

fn moe(g: &Moe, h: f64) -> FfnParams {
    let latent = f64::from(g.latent);
    let expert_width = if g.latent > 0 { latent } else { h };
    let experts = f64::from(g.experts);
    let shared_gate = if g.shared_gate { h } else { 0.0 };
    let router_bias = if g.router_bias { experts } else { 0.0 };
    FfnParams {
        dense: 0.0,
        expert: mlp(expert_width, f64::from(g.inter), g.gated, g.bias),
        experts,
        top_k: f64::from(g.top_k),
        shared: mlp(h, f64::from(g.shared_inter), g.gated, false) + shared_gate,
        router: h * experts + router_bias,
        latent: 2.0 * h * latent,
    }
}

/// A network of two (up, down) or three (gate, up, down) matrices.
fn mlp(width: f64, inter: f64, gated: bool, bias: bool) -> f64 {
    let inputs = if gated { 2.0 } else { 1.0 };
    let weights = (inputs + 1.0) * width * inter;
    if bias {
        weights + inputs * inter + width
    } else {
        weights
    }
}
