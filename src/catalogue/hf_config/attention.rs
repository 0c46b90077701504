//! Token-mixing layers by the hub's conventions.

use super::error::{ConfigError, ConfigWarning};
use super::family::{biases, qk_norm, window_pattern};
use super::fields::{Fields, Object, Read};
use crate::catalogue::architecture::{Attention, Gqa, Mla};

pub(super) const HEADS: [&str; 5] = [
    "num_attention_heads",
    "n_head",
    "n_heads",
    "num_heads",
    "attention_heads",
];
pub(super) const KV_HEADS: [&str; 8] = [
    "num_key_value_heads",
    "num_kv_heads",
    "n_kv_heads",
    "n_head_kv",
    "num_attention_groups",
    "multi_query_group_num",
    "num_query_groups",
    "kv_n_heads",
];
const HEAD_DIM: [&str; 5] = [
    "head_dim",
    "kv_channels",
    "attention_head_size",
    "attention_head_dim",
    "hidden_size_per_head",
];
const WINDOW: [&str; 4] = [
    "sliding_window",
    "sliding_window_size",
    "window_size",
    "attention_window_size",
];

/// Tokens of a picture, which cross-attention attends to: four tiles of 1,601 (Llama 3.2 Vision).
const PICTURE: u32 = 6404;

// DeepSeek's names, and openPangu's.
const Q_RANK: [&str; 2] = ["q_lora_rank", "attention_q_lora_dim"];
const KV_RANK: [&str; 2] = ["kv_lora_rank", "attention_kv_lora_dim"];
const NOPE: [&str; 2] = ["qk_nope_head_dim", "attention_qk_dim"];
const ROPE: [&str; 2] = ["qk_rope_head_dim", "attention_qk_rope_dim"];
const VALUE: [&str; 2] = ["v_head_dim", "attention_v_dim"];

/// What all layers share, read once.
pub(super) struct Mixers<'f, 'a> {
    f: &'f Fields<'a>,
    hidden: u32,
    layers: u32,
    max_context: u32,
    layer_types: Option<Vec<&'a str>>,
    softmax: Softmax,
}

/// The two geometries of softmax attention.
enum Softmax {
    Latent(Mla),
    /// Full layers, and sliding or chunked ones.
    Heads(Box<(Gqa, Gqa)>),
}

/// What one layer is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Full,
    Sliding,
    Chunked,
    Linear,
    Mamba,
    Convolution,
}

impl<'f, 'a> Mixers<'f, 'a> {
    pub(super) fn read(
        f: &'f Fields<'a>,
        hidden: u32,
        layers: u32,
        max_context: u32,
    ) -> Read<Self> {
        let has_latent = f.optional(&KV_RANK)?.is_some_and(|rank| rank > 0);
        let softmax = if has_latent && f.flag("use_mla") != Some(false) {
            Softmax::Latent(latent(f, hidden)?)
        } else {
            Softmax::Heads(Box::new(heads(f, hidden)?))
        };
        Ok(Self {
            f,
            hidden,
            layers,
            max_context,
            layer_types: f
                .layer_texts("layer_types", layers)?
                .or(f.layer_texts("layers_block_type", layers)?),
            softmax,
        })
    }

    /// The mixer of layer `index`.
    pub(super) fn layer(&self, index: u32) -> Read<Attention> {
        match self.kind(index)? {
            Kind::Linear => self.linear(),
            Kind::Mamba => super::recurrent::mamba(self.f, self.hidden),
            Kind::Convolution => Ok(super::recurrent::short_convolution(self.f, self.hidden)),
            kind => self.softmax_layer(kind, index),
        }
    }

    /// A full-attention layer, whatever stands where.
    pub(super) fn attention_block(&self) -> Read<Attention> {
        self.softmax_layer(Kind::Full, 0)
    }

    /// A layer with the window that the file states, whatever stands where.
    pub(super) fn sliding_block(&self, index: u32) -> Read<Attention> {
        self.softmax_layer(Kind::Sliding, index)
    }

    fn kind(&self, index: u32) -> Read<Kind> {
        if let Some(types) = &self.layer_types {
            let name = types.get(index as usize).copied().unwrap_or_default();
            return Ok(match name {
                "sliding_attention" | "local_attention" | "local" | "sliding" => Kind::Sliding,
                "chunked_attention" => Kind::Chunked,
                "linear_attention" | "kda" | "gated_deltanet" | "recurrent" => Kind::Linear,
                "mamba" | "mamba2" => Kind::Mamba,
                "conv" => Kind::Convolution,
                "full_attention"
                | "attention"
                | "global"
                | "mla"
                | "global_attention"
                | "deepseek_sparse_attention"
                | "hybrid"
                | "sparse_attention" => Kind::Full,
                other => {
                    return Err(ConfigError::Inconsistent(format!(
                        "layer_types names an attention of type {other:?} that is not known here"
                    )));
                }
            });
        }
        if let Some(list) = self.f.object("linear_attn_config") {
            // Kimi counts these layers from 1.
            let is_full = in_list(list, "full_attn_layers", index + 1);
            return Ok(if is_full { Kind::Full } else { Kind::Linear });
        }
        if let Some(types) = self.f.layer_numbers("attn_type_list", self.layers)? {
            let softmax = types.get(index as usize) == Some(&1);
            return Ok(if softmax { Kind::Full } else { Kind::Linear });
        }
        if let Some(pattern) = self.f.layer_numbers("hybrid_layer_pattern", self.layers)? {
            let sliding = pattern.get(index as usize) == Some(&1);
            return Ok(if sliding { Kind::Sliding } else { Kind::Full });
        }
        if let Some(period) = self.f.optional(&["attn_layer_period"])?.filter(|p| *p > 0) {
            let offset = self.f.or_zero(&["attn_layer_offset"])?;
            let attends = index % period == offset;
            return Ok(if attends { Kind::Full } else { Kind::Mamba });
        }
        if let Some(attends) = self.f.layer_set("attn_layer_indices")? {
            let attends = attends.contains(&index);
            return Ok(if attends { Kind::Full } else { Kind::Mamba });
        }
        if let Some(attends) = self.f.layer_set("full_attn_idxs")? {
            let attends = attends.contains(&index);
            return Ok(if attends {
                Kind::Full
            } else {
                Kind::Convolution
            });
        }
        if let Some(step) = self.f.optional(&["mamba_step"])?.filter(|step| *step > 0)
            && self.f.flag("mamba_enabled") != Some(false)
            && index % step != step / 2
        {
            return Ok(Kind::Mamba);
        }
        if let Some(interval) = self.linear_interval()? {
            // The last layers that do not fill a group attend as well (Ling 2.5).
            let whole = self.layers / interval * interval;
            let tail = index >= whole && self.f.has("layer_group_size");
            let full = (index + 1).is_multiple_of(interval) || tail;
            return Ok(if full { Kind::Full } else { Kind::Linear });
        }
        self.windowed_kind(index)
    }

    /// Every how many layers a hybrid attends in full.
    fn linear_interval(&self) -> Read<Option<u32>> {
        let linear = self.f.has("linear_num_value_heads");
        let group = self.f.optional(&["layer_group_size"])?;
        let interval = match (linear, group) {
            (_, Some(group)) => Some(group),
            (true, None) => Some(self.f.optional(&["full_attention_interval"])?.unwrap_or(4)),
            (false, None) => None,
        };
        Ok(interval.filter(|i| *i > 1))
    }

    fn windowed_kind(&self, index: u32) -> Read<Kind> {
        let f = self.f;
        if f.model_type().starts_with("llama4") {
            // Layers without rotary embedding attend to everything; the others within a chunk.
            let rope = match f
                .layer_numbers("no_rope_layers", self.layers)
                .ok()
                .flatten()
            {
                Some(list) => list.get(index as usize) != Some(&0),
                None => !(index + 1)
                    .is_multiple_of(f.optional(&["no_rope_layer_interval"])?.unwrap_or(4).max(1)),
            };
            let chunked = rope && f.window(&["attention_chunk_size"])? > 0;
            return Ok(if chunked { Kind::Chunked } else { Kind::Full });
        }
        let window = f.window(&WINDOW)?;
        if window == 0 || f.flag("use_sliding_window") == Some(false) {
            return Ok(Kind::Full);
        }
        if f.model_type().starts_with("qwen") {
            // Qwen2 and 3 slide only from max_window_layers on, and only when switched on.
            let first = f.optional(&["max_window_layers"])?.unwrap_or(self.layers);
            let slides = f.is_on("use_sliding_window") && index >= first;
            return Ok(if slides { Kind::Sliding } else { Kind::Full });
        }
        for key in ["global_attn_idx", "full_attention_idx"] {
            if let Some(global) = f.layer_set(key)? {
                let global = global.contains(&index);
                return Ok(if global { Kind::Full } else { Kind::Sliding });
            }
        }
        if let Some(letters) = f.text("sliding_window_pattern") {
            let letters: Vec<char> = letters.chars().collect();
            let letter = letters.get(index as usize % letters.len().max(1));
            // The last layer is global whatever the pattern (EXAONE 4).
            let slides = letter == Some(&'L') && index + 1 < self.layers;
            return Ok(if slides { Kind::Sliding } else { Kind::Full });
        }
        let pattern = match f.optional(&["sliding_window_pattern", "_sliding_window_pattern"])? {
            Some(pattern) => pattern,
            None => window_pattern(f.model_type()),
        };
        let slides = match pattern {
            0 | 1 => pattern == 0,
            n => !(index + 1).is_multiple_of(n),
        };
        Ok(if slides { Kind::Sliding } else { Kind::Full })
    }

    fn softmax_layer(&self, kind: Kind, index: u32) -> Read<Attention> {
        let f = self.f;
        match &self.softmax {
            Softmax::Latent(mla) => {
                let mut mla = mla.clone();
                if mla.index_topk > 0 && !self.has_own_index(index)? {
                    mla.index_heads = 0;
                    mla.index_head_dim = 0;
                    mla.index_shared = true;
                }
                if kind != Kind::Full {
                    f.warn(ConfigWarning::Approximate(
                        "sliding windows over latent attention are counted as full attention",
                    ));
                }
                Ok(Attention::Mla(mla))
            }
            Softmax::Heads(both) => {
                let (full, sliding) = &**both;
                let mut gqa = if kind == Kind::Full {
                    full.clone()
                } else {
                    sliding.clone()
                };
                match kind {
                    Kind::Sliding => {
                        let window = f.window(&WINDOW)?;
                        // A window as long as the context is none.
                        gqa.window = if window < self.max_context { window } else { 0 };
                    }
                    Kind::Chunked => gqa.chunk = f.window(&["attention_chunk_size"])?,
                    _ => {}
                }
                if let Some(own) = f.layer_numbers("num_attention_heads_per_layer", self.layers)? {
                    gqa.q_heads = own.get(index as usize).copied().unwrap_or(gqa.q_heads);
                }
                let key = "num_key_value_heads_per_layer";
                if let Some(own) = f.layer_numbers(key, self.layers)? {
                    gqa.kv_heads = own.get(index as usize).copied().unwrap_or(gqa.kv_heads);
                }
                if let Some(crossing) = f.layer_set("cross_attention_layers")?
                    && crossing.contains(&index)
                    && PICTURE < self.max_context
                {
                    gqa.window = PICTURE;
                }
                gqa.kv_shared = shares_cache(f, index, self.layers)?;
                if let Some(sparse) = f.object("sparse_attention_config") {
                    block_sparse(f, sparse, index, self.layers, &mut gqa)?;
                }
                check_heads(&gqa)?;
                Ok(Attention::Gqa(gqa))
            }
        }
    }

    /// Does this layer select its own tokens, or reuse another layer's selection (GLM-5.2)?
    fn has_own_index(&self, index: u32) -> Read<bool> {
        if let Some(types) = self.f.layer_texts("indexer_types", self.layers)? {
            return Ok(types.get(index as usize) != Some(&"shared"));
        }
        let every = self.f.optional(&["index_topk_freq"])?.unwrap_or(1).max(1);
        let first = self.f.optional(&["index_skip_topk_offset"])?.unwrap_or(3);
        Ok((index + 1).saturating_sub(first) % every == 0)
    }

    fn linear(&self) -> Read<Attention> {
        let f = self.f;
        if let Some(kda) = f.object("linear_attn_config") {
            let kda = f.within(kda);
            let layer = Attention::Kda {
                n: 1,
                heads: kda.need(&["num_heads"])?,
                head_dim: kda.need(&["head_dim"])?,
                conv: kda.optional(&["short_conv_kernel_size"])?.unwrap_or(4),
                // K3 widened Kimi-Linear's low-rank output gate.
                full_rank_gate: f.has("routed_expert_hidden_size"),
            };
            kda.check_missing()?;
            return Ok(layer);
        }
        if f.has("linear_num_value_heads") {
            return Ok(Attention::Gdn {
                n: 1,
                k_heads: f.need(&["linear_num_key_heads"])?,
                v_heads: f.need(&["linear_num_value_heads"])?,
                k_dim: f.need(&["linear_key_head_dim"])?,
                v_dim: f.need(&["linear_value_head_dim"])?,
                conv: f.optional(&["linear_conv_kernel_dim"])?.unwrap_or(4),
            });
        }
        let heads = f.need(&HEADS)?;
        let head_dim = head_dim(f, self.hidden, heads)?;
        if f.has("kda_lower_bound") {
            return Ok(Attention::Kda {
                n: 1,
                heads,
                head_dim,
                conv: f.optional(&["short_conv_kernel_size"])?.unwrap_or(4),
                full_rank_gate: false,
            });
        }
        Ok(Attention::Lightning {
            n: 1,
            heads,
            head_dim,
        })
    }
}

/// Whether this layer attends to the keys and values of an earlier one: the last layers of Gemma 3n
/// and 4, all but the first of each group in cross-layer attention, or groups as listed (Hymba).
fn shares_cache(f: &Fields<'_>, index: u32, layers: u32) -> Read<bool> {
    let own = layers.saturating_sub(f.or_zero(&["num_kv_shared_layers"])?);
    if own > 0 && index >= own {
        return Ok(true);
    }
    if f.is_on("use_cla") {
        let factor = f.optional(&["cla_share_factor"])?.unwrap_or(1).max(1);
        return Ok(!index.is_multiple_of(factor));
    }
    let mut groups = f.list("kv_reuse_group").into_iter().flatten();
    Ok(groups.any(|group| {
        let later = group.as_array().map(|group| group.iter().skip(1));
        let mut later = later.into_iter().flatten();
        later.any(|layer| layer.as_u64() == Some(u64::from(index)))
    }))
}

/// Is `wanted` in the list of numbers under `key`?
fn in_list(object: &Object, key: &str, wanted: u32) -> bool {
    let items = object.get(key).and_then(|v| v.as_array());
    items.is_some_and(|items| items.iter().any(|v| v.as_u64() == Some(u64::from(wanted))))
}

/// Attention by the keys of its own object, without anything special.
pub(super) fn plain(f: &Fields<'_>, hidden: u32) -> Read<Attention> {
    let q_heads = f.need(&HEADS)?;
    let gqa = Gqa {
        n: 1,
        q_heads,
        kv_heads: f.optional(&["num_heads_kv"])?.unwrap_or(q_heads),
        head_dim: head_dim(f, hidden, q_heads)?,
        ..Gqa::default()
    };
    f.check_missing()?;
    check_heads(&gqa)?;
    Ok(Attention::Gqa(gqa))
}

fn check_heads(g: &Gqa) -> Read<()> {
    if g.kv_heads > g.q_heads {
        return Err(ConfigError::Inconsistent(format!(
            "{} key-value heads for {} query heads",
            g.kv_heads, g.q_heads
        )));
    }
    Ok(())
}

/// Width of a head: stated, or the residual width shared out.
pub(super) fn head_dim(f: &Fields<'_>, hidden: u32, heads: u32) -> Read<u32> {
    if let Some(dim) = f.optional(&HEAD_DIM)?.filter(|d| *d > 0) {
        return Ok(dim);
    }
    // What is missing is reported first.
    f.check_missing()?;
    if !hidden.is_multiple_of(heads) {
        return Err(ConfigError::Inconsistent(format!(
            "hidden_size {hidden} is no multiple of the {heads} heads; head_dim is needed"
        )));
    }
    Ok(hidden / heads)
}

/// Full and sliding geometry of softmax attention.
fn heads(f: &Fields<'_>, hidden: u32) -> Read<(Gqa, Gqa)> {
    let q_heads = f.need(&HEADS)?;
    let kv_heads = match f.optional(&KV_HEADS)?.filter(|n| *n > 0) {
        Some(kv) => kv,
        None if f.is_on("multi_query") || f.is_on("multi_query_attention") => 1,
        None => q_heads,
    };
    let head_dim = head_dim(f, hidden, q_heads)?;
    let (qkv_bias, o_bias) = biases(f);
    let full = Gqa {
        n: 1,
        q_heads,
        kv_heads,
        head_dim,
        v_head_dim: other_than(head_dim, f.or_zero(&["v_head_dim"])?),
        qk_norm: qk_norm(f).to_owned(),
        out_gate: out_gate(f).to_owned(),
        qkv_bias,
        o_bias,
        sinks: f.model_type() == "gpt_oss" || f.is_on("add_full_attention_sink_bias"),
        ..Gqa::default()
    };
    let mut sliding = full.clone();
    sliding.q_heads = f.optional(&["swa_num_attention_heads"])?.unwrap_or(q_heads);
    sliding.kv_heads = f
        .optional(&["swa_num_key_value_heads"])?
        .unwrap_or(kv_heads);
    sliding.head_dim = f.optional(&["swa_head_dim"])?.unwrap_or(head_dim);
    if let Some(v_dim) = f.optional(&["swa_v_head_dim"])? {
        sliding.v_head_dim = other_than(sliding.head_dim, v_dim);
    }
    sliding.sinks = f.model_type() == "gpt_oss" || f.is_on("add_swa_attention_sink_bias");
    if let Some(other) = f.object("attention_other_setting") {
        let other = f.within(other);
        sliding.q_heads = other.optional(&HEADS)?.unwrap_or(q_heads);
        sliding.kv_heads = other.optional(&KV_HEADS)?.unwrap_or(kv_heads);
        sliding.head_dim = other.optional(&HEAD_DIM)?.unwrap_or(head_dim);
    }
    let mut full = full;
    if f.model_type().starts_with("gemma4") {
        full.head_dim = f.optional(&["global_head_dim"])?.unwrap_or(512);
        full.k_eq_v = f.is_on("attention_k_eq_v");
        if full.k_eq_v {
            full.kv_heads = f
                .optional(&["num_global_key_value_heads"])?
                .unwrap_or(kv_heads);
        }
    }
    Ok((full, sliding))
}

/// 0 where both are the same, as [`Gqa::v_head_dim`] has it.
fn other_than(head_dim: u32, v_head_dim: u32) -> u32 {
    if v_head_dim == head_dim {
        0
    } else {
        v_head_dim
    }
}

fn out_gate(f: &Fields<'_>) -> &'static str {
    if f.is_on("use_head_wise_attn_gate") {
        return "headwise";
    }
    let gated = match f.model_type() {
        t if t.starts_with("qwen3_next") || t.starts_with("qwen3_5") => {
            f.flag("attn_output_gate").unwrap_or(true)
        }
        "afmoe" => true,
        _ => f.is_on("attn_output_gate") || f.is_on("use_gqa_gate"),
    };
    if gated { "elementwise" } else { "" }
}

fn latent(f: &Fields<'_>, hidden: u32) -> Read<Mla> {
    let heads = f.need(&HEADS)?;
    let value = match f.optional(&VALUE)? {
        // MiniCPM3 shares the width out.
        None if f.model_type() == "minicpm3" => (hidden / heads).max(1),
        _ => f.need(&VALUE)?,
    };
    let indexed = f.has("index_topk");
    let gated = f.is_on("mla_use_output_gate") || f.is_on("gated_mla");
    Ok(Mla {
        n: 1,
        q_heads: heads,
        q_lora_rank: f.or_zero(&Q_RANK)?,
        kv_lora_rank: f.need(&KV_RANK)?,
        qk_nope_dim: f.need(&NOPE)?,
        qk_rope_dim: f.or_zero(&ROPE)?,
        v_head_dim: value,
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
        index_topk: f.or_zero(&["index_topk"])?,
        index_shared: false,
        out_gate: if gated { "elementwise" } else { "" }.to_owned(),
    })
}

/// MiniMax-M3: an indexer picks blocks of tokens in some layers.
fn block_sparse(
    f: &Fields<'_>,
    sparse: &Object,
    index: u32,
    layers: u32,
    gqa: &mut Gqa,
) -> Read<()> {
    let sparse = f.within(sparse);
    if sparse.flag("use_sparse_attention") == Some(false) {
        return Ok(());
    }
    if let Some(which) = sparse.layer_numbers("sparse_attention_freq", layers)?
        && which.get(index as usize) == Some(&0)
    {
        return Ok(());
    }
    let block = sparse.need(&["sparse_block_size"])?;
    gqa.index_heads = sparse.need(&["sparse_num_index_heads"])?;
    gqa.index_head_dim = sparse.need(&["sparse_index_dim"])?;
    gqa.index_topk = sparse.need(&["sparse_topk_blocks"])?.saturating_mul(block);
    gqa.index_block = block;
    sparse.check_missing()
}
