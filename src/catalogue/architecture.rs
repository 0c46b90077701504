//! The architecture of a language model: its attention and feed-forward layer groups.
//!
//! The groups are those of `models.toml`; see its header for the meaning of each kind. Everything
//! that is computed about a model (parameters, KV bytes, FLOPs) comes from here.

use serde::{Deserialize, Serialize};

use crate::json::by_kind;

/// A model as far as planning needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Width of the residual stream.
    pub hidden: u32,
    /// Vocabulary size.
    pub vocab: u32,
    /// Decoder layers (without multi-token-prediction layers): the depth that pipeline stages
    /// divide. The groups hold fewer where a layer is either a mixer or a network (Nemotron-H), and
    /// a multiple where every layer has several (Falcon-H1, LongCat-Flash).
    pub layers: u32,
    /// Input embedding and LM head share their weights.
    #[serde(default)]
    pub tied_embeddings: bool,
    /// Multi-token-prediction layers for speculative decoding.
    #[serde(default)]
    pub mtp_layers: u32,
    /// Hyper-connection multiplicity of the residual stream (DeepSeek-V4); 1 where absent.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub hc_mult: u32,
    /// Rows of a learned position embedding (GPT-2, OPT); 0 = none (rotary, ALiBi).
    #[serde(default, skip_serializing_if = "is_default")]
    pub learned_positions: u32,
    /// Width of the vocabulary matrix where it differs from `hidden` (OPT-350M), with a projection on
    /// either side; 0 = the same.
    #[serde(default, skip_serializing_if = "is_default")]
    pub embedding_width: u32,
    /// Longest context the vendor states, tokens.
    pub max_context: u32,
    /// Attention (token-mixing) layer groups.
    pub attn: Vec<Attention>,
    /// Feed-forward layer groups.
    pub ffn: Vec<FeedForward>,
}

fn one() -> u32 {
    1
}

fn is_one(n: &u32) -> bool {
    *n == 1
}

fn is_default<T: Default + PartialEq>(v: &T) -> bool {
    *v == T::default()
}

impl Architecture {
    /// Layers that mix tokens (attention, linear attention, state space).
    pub fn mixer_layers(&self) -> u32 {
        self.attn.iter().map(Attention::layers).sum()
    }

    /// Feed-forward layers.
    pub fn ffn_layers(&self) -> u32 {
        self.ffn.iter().map(FeedForward::layers).sum()
    }

    /// Parameters of the vocabulary matrix.
    pub fn vocabulary_params(&self) -> f64 {
        let width = match self.embedding_width {
            0 => self.hidden,
            width => width,
        };
        f64::from(self.vocab) * f64::from(width)
    }

    /// Parameters of ONE projection between the vocabulary matrix and the residual stream; 0 where
    /// both are of one width.
    pub fn vocabulary_projection(&self) -> f64 {
        f64::from(self.embedding_width) * f64::from(self.hidden)
    }
}

impl Attention {
    /// Layers in the group.
    pub fn layers(&self) -> u32 {
        match self {
            Self::Gqa(g) => g.n,
            Self::Mla(g) => g.n,
            Self::V4(g) => g.n,
            Self::Gdn { n, .. }
            | Self::Kda { n, .. }
            | Self::Mamba2 { n, .. }
            | Self::Lightning { n, .. }
            | Self::Mfa { n, .. } => *n,
        }
    }

    /// Sets the number of layers in the group.
    pub fn set_layers(&mut self, layers: u32) {
        match self {
            Self::Gqa(g) => g.n = layers,
            Self::Mla(g) => g.n = layers,
            Self::V4(g) => g.n = layers,
            Self::Gdn { n, .. }
            | Self::Kda { n, .. }
            | Self::Mamba2 { n, .. }
            | Self::Lightning { n, .. }
            | Self::Mfa { n, .. } => *n = layers,
        }
    }
}

impl FeedForward {
    /// Layers in the group.
    pub fn layers(&self) -> u32 {
        match self {
            Self::Dense { n, .. } => *n,
            Self::Moe(g) => g.n,
        }
    }

    /// Sets the number of layers in the group.
    pub fn set_layers(&mut self, layers: u32) {
        match self {
            Self::Dense { n, .. } => *n = layers,
            Self::Moe(g) => g.n = layers,
        }
    }
}

/// A model given by its dimensions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomModel {
    /// Display name.
    pub name: String,
    /// Its dimensions.
    pub architecture: Architecture,
}

by_kind! {
    AttentionByKind of "Attention":
    /// `n` layers of one kind of token mixing.
    pub enum Attention {
        /// Multi-head, grouped-query, sliding-window, chunked or block-sparse softmax attention.
        Gqa(Gqa),
        /// Multi-head latent attention (DeepSeek), with the sparse index (DSA) when `index_topk > 0`.
        Mla(Mla),
        /// DeepSeek-V4: compressed streams (CSA, HCA) or sliding window over one shared KV head.
        V4(V4),
        /// Gated DeltaNet (Qwen3-Next, Qwen3.5): linear attention with a matrix state.
        Gdn {
            /// Layers.
            n: u32,
            /// Key heads.
            k_heads: u32,
            /// Value heads.
            v_heads: u32,
            /// Width of a key head.
            k_dim: u32,
            /// Width of a value head.
            v_dim: u32,
            /// Width of the short convolution.
            conv: u32,
        },
        /// Kimi Delta Attention.
        Kda {
            /// Layers.
            n: u32,
            /// Heads.
            heads: u32,
            /// Width of a head.
            head_dim: u32,
            /// Width of the short convolution.
            conv: u32,
            /// The gate is a full-rank projection.
            #[serde(default, skip_serializing_if = "is_default")]
            full_rank_gate: bool,
        },
        /// Mamba-2 state-space layer.
        Mamba2 {
            /// Layers.
            n: u32,
            /// Heads.
            heads: u32,
            /// Width of a head.
            head_dim: u32,
            /// B/C groups.
            groups: u32,
            /// State width per head channel.
            state: u32,
            /// Width of the short convolution.
            conv: u32,
        },
        /// Lightning attention (MiniMax-M1): linear attention with decay.
        Lightning {
            /// Layers.
            n: u32,
            /// Heads.
            heads: u32,
            /// Width of a head.
            head_dim: u32,
        },
        /// Multi-matrix factorisation attention (Step-3): low-rank query, one KV head.
        Mfa {
            /// Layers.
            n: u32,
            /// Query heads.
            q_heads: u32,
            /// KV heads.
            kv_heads: u32,
            /// Width of a head.
            head_dim: u32,
            /// Rank of the query projection.
            q_rank: u32,
        },
    }
}

/// Softmax attention with grouped KV heads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gqa {
    /// Layers.
    pub n: u32,
    /// Query heads.
    pub q_heads: u32,
    /// KV heads.
    pub kv_heads: u32,
    /// Width of a query or key head.
    pub head_dim: u32,
    /// Width of a value head where it differs from `head_dim`; 0 = the same.
    #[serde(default, skip_serializing_if = "is_default")]
    pub v_head_dim: u32,
    /// Sliding window, tokens; 0 = full attention.
    #[serde(default, skip_serializing_if = "is_default")]
    pub window: u32,
    /// Chunked local attention, tokens; 0 = none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub chunk: u32,
    /// "per_head" or "full" norm of queries and keys; empty = none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub qk_norm: String,
    /// "elementwise" or "headwise" output gate; empty = none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub out_gate: String,
    /// Biases on the QKV projections.
    #[serde(default, skip_serializing_if = "is_default")]
    pub qkv_bias: bool,
    /// Bias on the output projection.
    #[serde(default, skip_serializing_if = "is_default")]
    pub o_bias: bool,
    /// Learned attention sinks, one per head.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sinks: bool,
    /// Keys and values share one projection.
    #[serde(default, skip_serializing_if = "is_default")]
    pub k_eq_v: bool,
    /// These layers attend to another layer's keys and values: no projection and no cache of their
    /// own, though they read as much (cross-layer attention, Gemma 3n, SambaY).
    #[serde(default, skip_serializing_if = "is_default")]
    pub kv_shared: bool,
    /// Heads of a sparse indexer; 0 = none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_heads: u32,
    /// Width of an indexer head.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_head_dim: u32,
    /// Tokens (or blocks) the indexer selects.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_topk: u32,
    /// Tokens in an indexer block.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_block: u32,
}

impl Gqa {
    /// Width of a value head.
    pub fn value_dim(&self) -> u32 {
        if self.v_head_dim > 0 {
            self.v_head_dim
        } else {
            self.head_dim
        }
    }
}

/// Multi-head latent attention (arXiv 2405.04434); sparse with an indexer (DeepSeek-V3.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mla {
    /// Layers.
    pub n: u32,
    /// Query heads.
    pub q_heads: u32,
    /// Rank of the query projection; 0 = full rank.
    #[serde(default)]
    pub q_lora_rank: u32,
    /// Rank of the cached latent.
    pub kv_lora_rank: u32,
    /// Width of a query/key head without rotary part.
    pub qk_nope_dim: u32,
    /// Width of the shared rotary key.
    pub qk_rope_dim: u32,
    /// Width of a value head.
    pub v_head_dim: u32,
    /// Heads of the sparse indexer; 0 = none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_heads: u32,
    /// Width of an indexer head.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_head_dim: u32,
    /// Tokens the indexer selects; 0 = dense attention.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_topk: u32,
    /// These layers reuse another layer's index.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_shared: bool,
    /// "elementwise" output gate; empty = none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub out_gate: String,
}

/// DeepSeek-V4 attention: one shared KV head, low-rank grouped output, compressed streams.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V4 {
    /// Layers.
    pub n: u32,
    /// "csa" (compressed, indexed), "hca" (heavily compressed) or "swa" (window only).
    pub variant: String,
    /// Tokens per compressed entry; 0 = no compressed stream.
    pub compress_ratio: u32,
    /// Query heads.
    pub q_heads: u32,
    /// KV heads.
    pub kv_heads: u32,
    /// Width of a head.
    pub head_dim: u32,
    /// Rotary part of it.
    pub qk_rope_dim: u32,
    /// Rank of the query projection.
    pub q_lora_rank: u32,
    /// Groups of the output projection.
    pub o_groups: u32,
    /// Rank of each group of the output projection.
    pub o_lora_rank: u32,
    /// Sliding window kept besides the compressed stream, tokens.
    pub window: u32,
    /// Heads of the sparse indexer; 0 = none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_heads: u32,
    /// Width of an indexer head.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_head_dim: u32,
    /// Compressed entries the indexer selects.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index_topk: u32,
}

by_kind! {
    FeedForwardByKind of "FeedForward":
    /// `n` feed-forward layers of one kind.
    pub enum FeedForward {
        /// One feed-forward network for every token.
        Dense {
            /// Layers.
            n: u32,
            /// Inner width.
            inter: u32,
            /// Gate, up and down (three matrices) instead of two.
            gated: bool,
            /// Biases on the matrices.
            #[serde(default, skip_serializing_if = "is_default")]
            bias: bool,
        },
        /// Mixture of experts.
        Moe(Moe),
    }
}

/// A mixture-of-experts layer group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moe {
    /// Layers.
    pub n: u32,
    /// Routed experts per layer.
    pub experts: u32,
    /// Routed experts per token.
    pub top_k: u32,
    /// Inner width of a routed expert.
    pub inter: u32,
    /// Shared experts.
    #[serde(default)]
    pub shared_experts: u32,
    /// TOTAL inner width of the shared experts.
    #[serde(default)]
    pub shared_inter: u32,
    /// Gate, up and down (three matrices) instead of two.
    pub gated: bool,
    /// First layers routed by a hash of the token (no router weights read).
    #[serde(default, skip_serializing_if = "is_default")]
    pub hash_layers: u32,
    /// A learned gate on the shared expert.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shared_gate: bool,
    /// Routed experts run in a latent of this width; 0 = in the residual width.
    #[serde(default, skip_serializing_if = "is_default")]
    pub latent: u32,
    /// Biases on the experts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bias: bool,
    /// Bias on the router.
    #[serde(default, skip_serializing_if = "is_default")]
    pub router_bias: bool,
}
