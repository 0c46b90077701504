//! What follows from a model's layer groups: parameters, FLOPs, KV cache, recurrent state.
//!
//! Counts are `f64`: exact up to 2⁵³, and dimensions that a user typed cannot overflow them.
//! Conventions, all checked against the independently computed `tests/golden/models_derived.csv`:
//!
//! - *Total* parameters leave out multi-token-prediction layers and vision towers.
//! - *Active* parameters are those one token reads: all but the routed experts it is not sent to.
//!   [`Active::core`] leaves out embedding and LM head, [`Active::with_head`] adds the head (use it
//!   for FLOPs), [`Active::with_head_and_embedding`] adds the embedding too where it is a matrix of
//!   its own.
//! - FLOPs per token are 2 × active with head; attention over the context comes on top
//!   ([`attention_flops_per_context_token`]).
//! - KV elements per token count what grows with every token of context: layers with a sliding
//!   window or chunk hold a bounded amount, which is part of the constant state instead.

mod kv;
mod params;

pub use kv::{
    INDEX_KEY_BYTES, KvElements, RecurrentState, constant_state_elements, kv_bytes,
    kv_bytes_per_token, kv_elements, kv_elements_per_token, recurrent_state, state_bytes,
};
pub use params::{
    Active, AttentionParams, FfnParams, ParamCount, attention_params, ffn_params, mtp_params,
    param_count,
};

use super::architecture::{Architecture, Attention};

/// Multiply-adds counted as two operations: FLOPs of all weight matrices for one token, LM head
/// included, attention over the context excluded.
pub fn flops_per_token(arch: &Architecture) -> f64 {
    2.0 * param_count(arch).active().with_head
}

/// FLOPs that one new token spends per token of context in the layers that attend to all of it.
///
/// `2 · heads · (d_qk + d_v)` per layer; in absorbed latent attention the heads work on the cached
/// latent: `2 · heads · (2 · kv_lora + rope)` (arXiv 2405.04434, section 2.1.3). Layers with a
/// window, a chunk, an index, compressed streams or a recurrent state cost a bounded amount and
/// count as 0.
pub fn attention_flops_per_context_token(arch: &Architecture) -> f64 {
    arch.attn
        .iter()
        .map(|a| match a {
            Attention::Gqa(g) if g.window == 0 && g.chunk == 0 && g.index_topk == 0 => {
                let width = f64::from(g.head_dim) + f64::from(g.value_dim());
                f64::from(g.n) * 2.0 * f64::from(g.q_heads) * width
            }
            Attention::Mla(g) if g.index_topk == 0 => {
                let width = 2.0 * f64::from(g.kv_lora_rank) + f64::from(g.qk_rope_dim);
                f64::from(g.n) * 2.0 * f64::from(g.q_heads) * width
            }
            Attention::Mfa {
                n,
                q_heads,
                head_dim,
                ..
            } => f64::from(*n) * 4.0 * f64::from(*q_heads) * f64::from(*head_dim),
            _ => 0.0,
        })
        .sum()
}

#[cfg(test)]
mod golden;
