//! Keys and ranges of a custom model's dimensions.
//!
//! Everything is destructured on purpose: a new field of the architecture does not compile until
//! it has a key here.

use crate::catalogue::architecture::{Architecture, Attention, FeedForward, Gqa, Mla, Moe, V4};

/// One dimension: its key and where its value lives.
pub(super) struct Part<'a> {
    pub(super) key: &'static str,
    pub(super) place: Place<'a>,
}

pub(super) enum Place<'a> {
    /// A count within a range; left out when it has its absent value (`None` = always written).
    Count {
        value: &'a mut u32,
        absent: Option<u32>,
        max: u32,
    },
    Flag(&'a mut bool),
    /// A flag that is written when it is false.
    Not(&'a mut bool),
    Word(&'a mut String, &'static [&'static str]),
}

const DIM: u32 = 1 << 20;
const HEADS: u32 = 1 << 12;
const LAYERS: u32 = 1 << 10;

/// A dimension that every such group has.
fn must<'a>(key: &'static str, value: &'a mut u32, max: u32) -> Part<'a> {
    Part {
        key,
        place: Place::Count {
            value,
            absent: None,
            max,
        },
    }
}

/// A dimension that is 0 where the group has no such thing.
fn may<'a>(key: &'static str, value: &'a mut u32, max: u32) -> Part<'a> {
    Part {
        key,
        place: Place::Count {
            value,
            absent: Some(0),
            max,
        },
    }
}

fn flag<'a>(key: &'static str, value: &'a mut bool) -> Part<'a> {
    Part {
        key,
        place: Place::Flag(value),
    }
}

fn not<'a>(key: &'static str, value: &'a mut bool) -> Part<'a> {
    Part {
        key,
        place: Place::Not(value),
    }
}

fn word<'a>(key: &'static str, value: &'a mut String, words: &'static [&'static str]) -> Part<'a> {
    Part {
        key,
        place: Place::Word(value, words),
    }
}

const GATES: &[&str] = &["", "elementwise", "headwise"];

/// The scalars, and the groups.
pub(super) fn split(
    architecture: &mut Architecture,
) -> (Vec<Part<'_>>, &mut Vec<Attention>, &mut Vec<FeedForward>) {
    let Architecture {
        hidden,
        vocab,
        layers,
        tied_embeddings,
        mtp_layers,
        hc_mult,
        learned_positions,
        embedding_width,
        max_context,
        attn,
        ffn,
    } = architecture;
    let hyper = Part {
        key: "hc",
        place: Place::Count {
            value: hc_mult,
            absent: Some(1),
            max: 64,
        },
    };
    let scalars = vec![
        must("h", hidden, 1 << 17),
        must("v", vocab, 1 << 24),
        may("l", layers, LAYERS),
        flag("tied", tied_embeddings),
        may("mtp", mtp_layers, 16),
        hyper,
        may("pos", learned_positions, 1 << 24),
        may("ew", embedding_width, 1 << 17),
        must("c", max_context, 1 << 30),
    ];
    (scalars, attn, ffn)
}

/// A model without dimensions, to be filled in.
pub(super) fn empty() -> Architecture {
    Architecture {
        hidden: 0,
        vocab: 0,
        layers: 0,
        tied_embeddings: false,
        mtp_layers: 0,
        hc_mult: 1,
        learned_positions: 0,
        embedding_width: 0,
        max_context: 0,
        attn: Vec::new(),
        ffn: Vec::new(),
    }
}

fn gqa(g: &mut Gqa) -> Vec<Part<'_>> {
    let Gqa {
        n,
        q_heads,
        kv_heads,
        head_dim,
        v_head_dim,
        window,
        chunk,
        qk_norm,
        out_gate,
        qkv_bias,
        o_bias,
        sinks,
        k_eq_v,
        kv_shared,
        index_heads,
        index_head_dim,
        index_topk,
        index_block,
    } = g;
    vec![
        must("gqa", n, LAYERS),
        must("q", q_heads, HEADS),
        must("kv", kv_heads, HEADS),
        must("d", head_dim, 1 << 14),
        may("vd", v_head_dim, 1 << 14),
        may("w", window, 1 << 30),
        may("chunk", chunk, 1 << 30),
        word("qn", qk_norm, &["", "per_head", "full"]),
        word("og", out_gate, GATES),
        flag("qb", qkv_bias),
        flag("ob", o_bias),
        flag("sinks", sinks),
        flag("keqv", k_eq_v),
        flag("kvs", kv_shared),
        may("ih", index_heads, HEADS),
        may("id", index_head_dim, 1 << 14),
        may("ik", index_topk, DIM),
        may("ib", index_block, DIM),
    ]
}

fn mla(g: &mut Mla) -> Vec<Part<'_>> {
    let Mla {
        n,
        q_heads,
        q_lora_rank,
        kv_lora_rank,
        qk_nope_dim,
        qk_rope_dim,
        v_head_dim,
        index_heads,
        index_head_dim,
        index_topk,
        index_shared,
        out_gate,
    } = g;
    vec![
        must("mla", n, LAYERS),
        must("q", q_heads, HEADS),
        may("qr", q_lora_rank, DIM),
        must("kr", kv_lora_rank, DIM),
        must("nope", qk_nope_dim, 1 << 14),
        may("rope", qk_rope_dim, 1 << 14),
        must("vd", v_head_dim, 1 << 14),
        may("ih", index_heads, HEADS),
        may("id", index_head_dim, 1 << 14),
        may("ik", index_topk, DIM),
        flag("ishared", index_shared),
        word("og", out_gate, GATES),
    ]
}

fn v4(g: &mut V4) -> Vec<Part<'_>> {
    let V4 {
        n,
        variant,
        compress_ratio,
        q_heads,
        kv_heads,
        head_dim,
        qk_rope_dim,
        q_lora_rank,
        o_groups,
        o_lora_rank,
        window,
        index_heads,
        index_head_dim,
        index_topk,
    } = g;
    vec![
        must("vf", n, LAYERS),
        word("t", variant, &["csa", "hca", "swa"]),
        may("cr", compress_ratio, DIM),
        must("q", q_heads, HEADS),
        must("kv", kv_heads, HEADS),
        must("d", head_dim, 1 << 14),
        may("rope", qk_rope_dim, 1 << 14),
        may("qr", q_lora_rank, DIM),
        may("g", o_groups, HEADS),
        may("or", o_lora_rank, DIM),
        may("w", window, 1 << 30),
        may("ih", index_heads, HEADS),
        may("id", index_head_dim, 1 << 14),
        may("ik", index_topk, DIM),
    ]
}

pub(super) fn attention(group: &mut Attention) -> Vec<Part<'_>> {
    match group {
        Attention::Gqa(g) => gqa(g),
        Attention::Mla(g) => mla(g),
        Attention::V4(g) => v4(g),
        Attention::Gdn {
            n,
            k_heads,
            v_heads,
            k_dim,
            v_dim,
            conv,
        } => vec![
            must("gdn", n, LAYERS),
            must("k", k_heads, HEADS),
            must("v", v_heads, HEADS),
            must("kd", k_dim, 1 << 14),
            must("vd", v_dim, 1 << 14),
            may("conv", conv, 1 << 10),
        ],
        Attention::Kda {
            n,
            heads,
            head_dim,
            conv,
            full_rank_gate,
        } => vec![
            must("kda", n, LAYERS),
            must("q", heads, HEADS),
            must("d", head_dim, 1 << 14),
            may("conv", conv, 1 << 10),
            flag("fullgate", full_rank_gate),
        ],
        Attention::Mamba2 {
            n,
            heads,
            head_dim,
            groups,
            state,
            conv,
        } => vec![
            must("ssm", n, LAYERS),
            must("q", heads, HEADS),
            must("d", head_dim, 1 << 14),
            must("g", groups, HEADS),
            must("s", state, DIM),
            may("conv", conv, 1 << 10),
        ],
        Attention::Lightning { n, heads, head_dim } => vec![
            must("lightning", n, LAYERS),
            must("q", heads, HEADS),
            must("d", head_dim, 1 << 14),
        ],
        Attention::Mfa {
            n,
            q_heads,
            kv_heads,
            head_dim,
            q_rank,
        } => vec![
            must("mfa", n, LAYERS),
            must("q", q_heads, HEADS),
            must("kv", kv_heads, HEADS),
            must("d", head_dim, 1 << 14),
            must("qr", q_rank, DIM),
        ],
    }
}

pub(super) fn feed_forward(group: &mut FeedForward) -> Vec<Part<'_>> {
    match group {
        FeedForward::Dense {
            n,
            inter,
            gated,
            bias,
        } => vec![
            must("dense", n, LAYERS),
            must("f", inter, DIM),
            not("nogate", gated),
            flag("bias", bias),
        ],
        FeedForward::Moe(g) => moe(g),
    }
}

fn moe(g: &mut Moe) -> Vec<Part<'_>> {
    let Moe {
        n,
        experts,
        top_k,
        inter,
        shared_experts,
        shared_inter,
        gated,
        hash_layers,
        shared_gate,
        latent,
        bias,
        router_bias,
    } = g;
    vec![
        must("moe", n, LAYERS),
        must("e", experts, 1 << 14),
        must("k", top_k, 1 << 14),
        must("f", inter, 1 << 18),
        may("s", shared_experts, 1 << 10),
        may("sf", shared_inter, DIM),
        not("nogate", gated),
        may("hash", hash_layers, LAYERS),
        flag("sgate", shared_gate),
        may("lat", latent, 1 << 17),
        flag("bias", bias),
        flag("rbias", router_bias),
    ]
}

/// An empty group of the kind that a part's first key names.
pub(super) fn empty_attention(kind: &str) -> Option<Attention> {
    Some(match kind {
        "gqa" => Attention::Gqa(Gqa::default()),
        "mla" => Attention::Mla(Mla::default()),
        "vf" => Attention::V4(V4::default()),
        "gdn" => Attention::Gdn {
            n: 0,
            k_heads: 0,
            v_heads: 0,
            k_dim: 0,
            v_dim: 0,
            conv: 0,
        },
        "kda" => Attention::Kda {
            n: 0,
            heads: 0,
            head_dim: 0,
            conv: 0,
            full_rank_gate: false,
        },
        "ssm" => Attention::Mamba2 {
            n: 0,
            heads: 0,
            head_dim: 0,
            groups: 0,
            state: 0,
            conv: 0,
        },
        "lightning" => Attention::Lightning {
            n: 0,
            heads: 0,
            head_dim: 0,
        },
        "mfa" => Attention::Mfa {
            n: 0,
            q_heads: 0,
            kv_heads: 0,
            head_dim: 0,
            q_rank: 0,
        },
        _ => return None,
    })
}

pub(super) fn empty_feed_forward(kind: &str) -> Option<FeedForward> {
    Some(match kind {
        "dense" => FeedForward::Dense {
            n: 0,
            inter: 0,
            gated: true,
            bias: false,
        },
        "moe" => FeedForward::Moe(Moe {
            gated: true,
            ..Moe::default()
        }),
        _ => return None,
    })
}
