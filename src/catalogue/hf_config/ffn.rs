//! Feed-forward layers by the hub's conventions.

use super::error::{ConfigError, ConfigWarning};
use super::family::{is_gated, mlp_bias};
use super::fields::{Fields, MAX_DIMENSION, Read, number};
use crate::catalogue::architecture::{FeedForward, Moe};

const EXPERTS: [&str; 7] = [
    "n_routed_experts",
    "num_experts",
    "num_local_experts",
    "moe_num_experts",
    "num_routed_experts",
    "n_experts",
    "moe_num_primary_experts",
];
const TOP_K: [&str; 10] = [
    "num_experts_per_tok",
    "num_experts_per_token",
    "moe_topk",
    "moe_top_k",
    "moe_k",
    "top_k_experts",
    "experts_per_token",
    "num_selected_experts",
    "moe_router_topk",
    "experts_top_k",
];
const INTER: [&str; 10] = [
    "intermediate_size",
    "n_inner",
    "ffn_dim",
    "ffn_hidden_size",
    "d_ff",
    "hidden_dim",
    "block_ff_dim",
    "ff_intermediate_size",
    "inner_hidden_size",
    "mlp_hidden_size",
];
const MOE_INTER: [&str; 5] = [
    "moe_intermediate_size",
    "expert_ffn_hidden_size",
    "moe_ffn_hidden_size",
    "expert_intermediate_size",
    "expert_hidden_dim",
];
const DENSE_INTER: [&str; 3] = [
    "intermediate_size_mlp",
    "dense_intermediate_size",
    "prefix_dense_intermediate_size",
];
const SHARED: [&str; 4] = [
    "n_shared_experts",
    "num_shared_experts",
    "num_shared_expert",
    "moe_num_shared_experts",
];
const SHARED_INTER: [&str; 5] = [
    "shared_expert_intermediate_size",
    "moe_shared_expert_intermediate_size",
    "shared_intermediate_size",
    "share_expert_dim",
    "shared_expert_dim",
];

/// What all layers share, read once.
pub(super) struct Ffns<'f, 'a> {
    f: &'f Fields<'a>,
    hidden: u32,
    layers: u32,
    gated: bool,
    moe: bool,
    layer_types: Option<Vec<&'a str>>,
}

impl<'f, 'a> Ffns<'f, 'a> {
    pub(super) fn read(f: &'f Fields<'a>, hidden: u32, layers: u32) -> Read<Self> {
        let experts = f.by_layer(&EXPERTS, layers.saturating_sub(1))?.unwrap_or(0);
        let switched_off = f.flag("enable_moe_block") == Some(false)
            || f.model_type().starts_with("gemma4") && !f.is_on("enable_moe_block");
        Ok(Self {
            f,
            hidden,
            layers,
            gated: is_gated(f),
            moe: experts > 1 && !switched_off,
            layer_types: f.layer_texts("mlp_layer_types", layers)?,
        })
    }

    /// The feed-forward network of layer `index`.
    pub(super) fn layer(&self, index: u32) -> Read<FeedForward> {
        if self.moe && self.is_sparse(index)? {
            self.sparse(index)
        } else {
            self.dense(index)
        }
    }

    fn is_sparse(&self, index: u32) -> Read<bool> {
        let f = self.f;
        if let Some(types) = &self.layer_types {
            return Ok(types.get(index as usize) != Some(&"dense"));
        }
        for key in ["moe_layers_enum", "moe_layers"] {
            if let Some(listed) = f.layer_set(key)? {
                return Ok(listed.contains(&index));
            }
        }
        if let Some(which) = f.layer_numbers("moe_layer_freq", self.layers)? {
            return Ok(which.get(index as usize).is_some_and(|n| *n > 0));
        }
        if let Some(step) = f
            .optional(&["interleave_moe_layer_step"])?
            .filter(|s| *s > 0)
        {
            return Ok((index + 1).is_multiple_of(step));
        }
        if let Some(period) = f.optional(&["expert_layer_period"])?.filter(|p| *p > 0) {
            return Ok(index % period == f.or_zero(&["expert_layer_offset"])?);
        }
        if f.layer_set("mlp_only_layers")?
            .is_some_and(|dense| dense.contains(&index))
        {
            return Ok(false);
        }
        if let Some(step) = f
            .optional(&["decoder_sparse_step", "moe_layer_interval"])?
            .filter(|s| *s > 0)
            && !(index + 1).is_multiple_of(step)
        {
            return Ok(false);
        }
        let first = f.by_layer(
            &[
                "first_k_dense_replace",
                "moe_layer_start_index",
                "num_dense_layers",
                "n_dense_first_layers",
            ],
            0,
        )?;
        let last = f.by_layer(&["moe_layer_end_index"], 0).unwrap_or(None);
        let every = f
            .optional(&["moe_layer_freq", "moe_layer_frequency"])?
            .unwrap_or(1)
            .max(1);
        Ok(index >= first.unwrap_or(0)
            && index <= last.unwrap_or(u32::MAX)
            && index.is_multiple_of(every))
    }

    /// A dense network.
    pub(super) fn dense(&self, index: u32) -> Read<FeedForward> {
        let f = self.f;
        let inter = match f.optional(&DENSE_INTER)?.filter(|n| *n > 0) {
            // Beside experts, some families name the dense width apart.
            Some(inter) if self.moe => inter,
            _ => match f.by_layer(&INTER, index)?.filter(|n| *n > 0) {
                Some(inter) => self.adjusted(inter)?,
                None => self.implied_inter()?,
            },
        };
        Ok(FeedForward::Dense {
            n: 1,
            inter,
            gated: self.gated,
            bias: mlp_bias(f),
        })
    }

    /// Width where none is stated: a multiple of the residual width, by family.
    fn implied_inter(&self) -> Read<u32> {
        let f = self.f;
        match f.model_type() {
            "gpt2" | "gpt_bigcode" | "gpt_neo" | "gptj" | "codegen" | "bloom" | "falcon" => {
                Ok(self.hidden.saturating_mul(4))
            }
            "hf_olmo" => {
                let ratio = f.optional(&["mlp_ratio"])?.unwrap_or(4);
                self.adjusted(self.hidden.saturating_mul(ratio))
            }
            "mpt" => {
                let ratio = f.optional(&["expansion_ratio"])?.unwrap_or(4);
                Ok(self.hidden.saturating_mul(ratio))
            }
            // Hybrids without experts keep the name of the shared expert (Granite 4).
            _ => match f.optional(&SHARED_INTER)?.filter(|n| *n > 0) {
                Some(inter) => Ok(inter),
                None => f.need(&INTER),
            },
        }
    }

    /// The width in use where the stated one is not it. LFM2 uses two thirds of it, rounded up;
    /// Granite 4's dense hybrids state the width apart.
    fn adjusted(&self, inter: u32) -> Read<u32> {
        let f = self.f;
        if f.model_type() == "lfm2" && f.flag("block_auto_adjust_ff_dim") != Some(false) {
            let factor = f.raw("block_ffn_dim_multiplier").and_then(|v| v.as_f64());
            let factor = factor.unwrap_or(1.0).clamp(0.0, 16.0);
            let multiple = f.optional(&["block_multiple_of"])?.unwrap_or(256).max(1);
            let width = (f64::from(inter) * 2.0 / 3.0).floor() * factor;
            return Ok((width.clamp(1.0, 1e7) as u32)
                .div_ceil(multiple)
                .saturating_mul(multiple));
        }
        // The first Qwen, OLMo and Molmo state gate and up together.
        if self.gated && ["qwen", "hf_olmo", "molmo"].contains(&f.model_type()) {
            return Ok(inter / 2);
        }
        if f.model_type() == "granitemoehybrid" {
            return Ok(f
                .optional(&["shared_intermediate_size"])?
                .filter(|n| *n > 0)
                .unwrap_or(inter));
        }
        Ok(inter)
    }

    /// A mixture of experts.
    pub(super) fn sparse(&self, index: u32) -> Read<FeedForward> {
        let f = self.f;
        let mut experts = f.by_layer(&EXPERTS, index)?.unwrap_or(0);
        let top_k = match f.by_layer(&TOP_K, index)?.filter(|k| *k > 0) {
            Some(top_k) => top_k,
            None => f.need(&TOP_K)?,
        };
        if top_k > experts {
            return Err(ConfigError::Inconsistent(format!(
                "{top_k} experts per token of {experts} experts"
            )));
        }
        let inter = match f.by_layer(&MOE_INTER, index)?.filter(|n| *n > 0) {
            Some(inter) => inter,
            None => match f.by_layer(&INTER, index)?.filter(|n| *n > 0) {
                Some(inter) => inter,
                None => f.need(&MOE_INTER)?,
            },
        };
        let (shared_experts, shared_inter) = self.shared(index, inter)?;
        experts = experts.saturating_add(self.vision_experts(experts, inter)?);
        let type_ = f.model_type();
        let is_gpt_oss = type_ == "gpt_oss";
        Ok(FeedForward::Moe(Moe {
            n: 1,
            experts,
            top_k,
            inter,
            shared_experts,
            shared_inter,
            gated: self.gated,
            hash_layers: 0,
            shared_gate: shared_inter > 0
                && (type_.starts_with("qwen2_moe")
                    || type_.starts_with("qwen3_next")
                    || type_.starts_with("qwen3_5")),
            latent: f.or_zero(&["routed_expert_hidden_size", "moe_latent_size"])?,
            bias: is_gpt_oss,
            router_bias: is_gpt_oss,
        }))
    }

    /// ERNIE 4.5 VL keeps experts for the tokens of pictures beside those for text, of a width of
    /// their own: as many experts for text as weigh the same, so that memory comes out.
    fn vision_experts(&self, experts: u32, inter: u32) -> Read<u32> {
        let f = self.f;
        let second = |keys: &[&str]| {
            let item = keys.iter().find_map(|key| f.list(key)?.get(1));
            item.map(|value| number(MOE_INTER[0], value, 0, MAX_DIMENSION))
                .transpose()
        };
        let width = match second(&MOE_INTER)? {
            Some(width) if f.lists_modalities() => width,
            _ => return Ok(0),
        };
        f.warn(ConfigWarning::Approximate(
            "experts for pictures (second entries of the lists) are counted as more experts for text of the same weight",
        ));
        let count = second(&EXPERTS)?.unwrap_or(experts);
        let weight = f64::from(count) * f64::from(width) / f64::from(inter.max(1));
        Ok(weight.round().min(f64::from(MAX_DIMENSION)) as u32)
    }

    /// Shared experts and their total width.
    fn shared(&self, index: u32, inter: u32) -> Read<(u32, u32)> {
        let f = self.f;
        let type_ = f.model_type();
        // A network that runs beside the experts acts as a shared expert.
        let beside = if type_.starts_with("llama4") {
            inter
        } else if type_.starts_with("gemma4") || f.is_on("residual_moe") {
            f.need(&INTER)?
        } else if type_ == "arctic" {
            self.hidden
        } else {
            0
        };
        if beside > 0 {
            return Ok((1, beside));
        }
        let stated = f.by_layer(&SHARED, index)?;
        let width = f.by_layer(&SHARED_INTER, index)?.filter(|n| *n > 0);
        Ok(match (stated, width) {
            (Some(0), _) | (None, None) => (0, 0),
            // Nemotron, Qwen, MiniMax state the total width.
            (Some(n), Some(width)) if type_.starts_with("bailing") => (n, width.saturating_mul(n)),
            (Some(n), Some(width)) => (n, width),
            (None, Some(width)) => (1, width),
            (Some(n), None) => (n, n.saturating_mul(inter)),
        })
    }
}
