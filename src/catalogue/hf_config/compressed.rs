//! DeepSeek-V4's compressed attention.

use super::attention::{HEADS, KV_HEADS};
use super::fields::{Fields, Read, number};
use crate::catalogue::architecture::{Attention, V4};

/// DeepSeek-V4: the compression ratio of each layer says which attention it is.
pub(super) fn v4_layer(f: &Fields<'_>, index: u32, layers: u32) -> Read<Attention> {
    let ratio = match f.layer_numbers("compress_ratios", layers)? {
        Some(ratios) => ratios.get(index as usize).copied().unwrap_or(0),
        None => {
            let types = f.layer_texts("layer_types", layers)?;
            let rate =
                |name: &str, usual: u32| match f.object("compress_rates").and_then(|o| o.get(name))
                {
                    Some(value) => number(name, value, 1, 1 << 16),
                    None => Ok(usual),
                };
            match types.as_ref().and_then(|t| t.get(index as usize)) {
                Some(&"sliding_attention") => 0,
                Some(&"heavily_compressed_attention") => rate("heavily_compressed_attention", 128)?,
                Some(_) => rate("compressed_sparse_attention", 4)?,
                // V4-Pro: two heavily compressed layers, then both kinds in turn.
                None if index < 2 || index % 2 == 1 => 128,
                None => 4,
            }
        }
    };
    // The indexer is worth its while where many compressed entries remain.
    let (variant, indexed) = match ratio {
        0 => ("swa", false),
        r if r <= 16 => ("csa", true),
        _ => ("hca", false),
    };
    Ok(Attention::V4(V4 {
        n: 1,
        variant: variant.to_owned(),
        compress_ratio: ratio,
        q_heads: f.need(&HEADS)?,
        kv_heads: f.optional(&KV_HEADS)?.unwrap_or(1),
        head_dim: f.need(&["head_dim"])?,
        qk_rope_dim: f.optional(&["qk_rope_head_dim"])?.unwrap_or(64),
        q_lora_rank: f.need(&["q_lora_rank"])?,
        o_groups: f.need(&["o_groups"])?,
        o_lora_rank: f.need(&["o_lora_rank"])?,
        window: f.window(&["sliding_window"])?,
        index_heads: if indexed {
            f.need(&["index_n_heads"])?
        } else {
            0
        },
        index_head_dim: if indexed {
            f.need(&["index_head_dim"])?
        } else {
            0
        },
        index_topk: if indexed { f.need(&["index_topk"])? } else { 0 },
    }))
}
