//! From fields to layers: the general case, and the families that are laid out in their own way.

use super::attention::{self, HEADS, KV_HEADS, Mixers};
use super::compressed;
use super::error::{ConfigError, ConfigWarning};
use super::family::{tied_by_default, unsupported};
use super::ffn::Ffns;
use super::fields::{Fields, MAX_DIMENSION, MAX_LAYERS, Object, Read};
use super::layers::Layers;
use super::recurrent;
use crate::catalogue::architecture::{Architecture, Attention, FeedForward};

const HIDDEN: [&str; 7] = [
    "hidden_size",
    "n_embd",
    "d_model",
    "n_embed",
    "dim",
    "model_dim",
    "embedding_dim",
];
const LAYERS: [&str; 4] = ["num_hidden_layers", "n_layer", "n_layers", "num_layers"];
const VOCAB: [&str; 3] = ["vocab_size", "padded_vocab_size", "n_vocab"];

/// Context assumed where the file states none, tokens.
const ASSUMED_CONTEXT: u32 = 4096;

/// Does the object lack both width and depth of a model?
pub(super) fn lacks_dimensions(object: &Object) -> bool {
    let none = |keys: &[&str]| keys.iter().all(|key| !object.contains_key(*key));
    none(&HIDDEN) || none(&LAYERS)
}

/// The architecture; `tied` is what the file says about sharing the vocabulary matrix.
pub(super) fn architecture(f: &Fields<'_>, tied: Option<bool>) -> Read<Architecture> {
    let hidden = f.need(&HIDDEN)?;
    let vocab = vocabulary(f)?;
    let depth: &[&str] = if f.model_type().starts_with("longcat") {
        &["num_layers", "num_hidden_layers"]
    } else {
        &LAYERS
    };
    // A hybrid's pattern is as long as the model is deep.
    let pattern = f.text("hybrid_override_pattern");
    let layers = match pattern.map(|p| p.chars().count() as u32) {
        Some(n) if !f.has(LAYERS[0]) && (1..=MAX_LAYERS).contains(&n) => n,
        _ => f.need_layers(depth)?,
    };
    let max_context = f.context().unwrap_or_else(|| {
        f.warn(ConfigWarning::ContextUnknown {
            assumed: ASSUMED_CONTEXT,
        });
        ASSUMED_CONTEXT
    });
    let model = Model {
        f,
        hidden,
        layers,
        max_context,
    };
    let built = model.layers();
    // Missing keys explain most other failures: they are reported first.
    f.check_missing()?;
    let (attn, ffn) = built?.finish();
    note_extras(f)?;
    Ok(Architecture {
        hidden,
        vocab,
        layers,
        tied_embeddings: tied.unwrap_or_else(|| {
            tied_by_default(f).unwrap_or_else(|| {
                f.warn(ConfigWarning::TyingUnknown);
                false
            })
        }),
        mtp_layers: prediction_layers(f)?,
        hc_mult: f.optional(&["hc_mult"])?.unwrap_or(1).max(1),
        learned_positions: match f.model_type() {
            "gpt2" | "gpt_bigcode" | "gpt_neo" => max_context,
            "opt" => max_context.saturating_add(2),
            _ => 0,
        },
        embedding_width: match f.or_zero(&["word_embed_proj_dim"])? {
            width if width == hidden => 0,
            width => width,
        },
        max_context,
        attn,
        ffn,
    })
}

/// Rows of the vocabulary matrix: more than the vocabulary where the file says how it is filled up.
fn vocabulary(f: &Fields<'_>) -> Read<u32> {
    let stated = f.need(&VOCAB)?;
    let rows = match f.model_type() {
        "hf_olmo" | "molmo" => f.or_zero(&["embedding_size"])?,
        _ => match f.or_zero(&["pad_vocab_size_multiple"])? {
            0 => 0,
            multiple => stated.div_ceil(multiple).saturating_mul(multiple),
        },
    };
    Ok(rows.max(stated).min(MAX_DIMENSION))
}

/// Multi-token-prediction layers.
fn prediction_layers(f: &Fields<'_>) -> Read<u32> {
    if f.flag("use_mtp") == Some(false) {
        return Ok(0);
    }
    f.or_zero(&[
        "num_nextn_predict_layers",
        "mtp_num_hidden_layers",
        "num_mtp_modules",
        "mtp_num_layers",
        "num_mtp_layers",
    ])
}

/// Parts that the layer groups cannot express.
fn note_extras(f: &Fields<'_>) -> Read<()> {
    if f.or_zero(&["hidden_size_per_layer_input"])? > 0 {
        f.warn(ConfigWarning::NotCounted(
            "embeddings by layer (hidden_size_per_layer_input: Gemma 3n and 4 E-series), which engines may keep in host memory",
        ));
    }
    for (key, warning) in EXTRAS {
        if f.has(key) && f.flag(key) != Some(false) {
            f.warn(warning);
        }
    }
    Ok(())
}

/// Parts told by a key that is there and not switched off.
const EXTRAS: [(&str, ConfigWarning); 5] = [
    (
        "ngram_vocab_size_ratio",
        ConfigWarning::NotCounted("the n-gram embedding"),
    ),
    (
        "laurel_rank",
        ConfigWarning::NotCounted("low-rank side paths (laurel_rank, altup_num_inputs)"),
    ),
    (
        "cross_attention_layers",
        ConfigWarning::Approximate(
            "cross-attention layers (cross_attention_layers) are counted as attention over one picture of 6404 tokens",
        ),
    ),
    (
        "dense_attention_every_n_layers",
        ConfigWarning::Approximate(
            "block-sparse attention (blocksparse_…) is counted as full attention",
        ),
    ),
    (
        "global_attn_idx",
        ConfigWarning::Approximate(
            "attention and Mamba of a layer share one output projection; it is counted twice",
        ),
    ),
];

struct Model<'f, 'a> {
    f: &'f Fields<'a>,
    hidden: u32,
    layers: u32,
    max_context: u32,
}

impl Model<'_, '_> {
    fn layers(&self) -> Read<Layers> {
        let f = self.f;
        match f.model_type() {
            "deepseek_v4" => self.deepseek_v4(),
            t if t.starts_with("longcat") => self.longcat(),
            "mamba" | "mamba2" | "falcon_mamba" => self.state_space(),
            "falcon_h1" | "hymba" => self.side_by_side(),
            "phi4flash" => self.samba_y(),
            "falcon" => self.falcon(),
            _ if f.has("hybrid_override_pattern") => self.by_pattern(),
            "nemotron_h" if f.has("layers_block_type") => self.by_block_types(),
            _ if f.has("share_q_dim") => self.factorised(),
            _ if f.has("block_configs") => Err(ConfigError::Unsupported {
                model_type: f.model_type().to_owned(),
                reason: unsupported("nemotron-nas").unwrap_or_default(),
            }),
            _ => self.one_of_each(),
        }
    }

    fn mixers(&self) -> Read<Mixers<'_, '_>> {
        Mixers::read(self.f, self.hidden, self.layers, self.max_context)
    }

    fn ffns(&self) -> Read<Ffns<'_, '_>> {
        Ffns::read(self.f, self.hidden, self.layers)
    }

    /// The usual case: every layer mixes tokens, then transforms them.
    fn one_of_each(&self) -> Read<Layers> {
        let ffns = self.ffns()?;
        // Read the feed-forward part even where attention fails: its missing keys are news too.
        let _ = ffns.layer(0);
        let mixers = self.mixers()?;
        let mut layers = Layers::default();
        for index in 0..self.layers {
            layers.mixer(mixers.layer(index)?);
            layers.ffn(ffns.layer(index)?);
        }
        Ok(layers)
    }

    fn deepseek_v4(&self) -> Read<Layers> {
        let f = self.f;
        let ffns = self.ffns()?;
        let hashed = match f.layer_texts("mlp_layer_types", self.layers)? {
            Some(types) => types.iter().filter(|t| **t == "hash_moe").count() as u32,
            None => f.or_zero(&["num_hash_layers"])?,
        };
        let mut layers = Layers::default();
        for index in 0..self.layers {
            layers.mixer(compressed::v4_layer(f, index, self.layers)?);
            let mut ffn = ffns.layer(index)?;
            if let FeedForward::Moe(moe) = &mut ffn {
                moe.hash_layers = hashed;
            }
            layers.ffn(ffn);
        }
        Ok(layers)
    }

    /// Two latent attentions, two dense networks and one mixture of experts in every layer. Its
    /// "zero experts" do nothing, so about `top_k · E / (E + zero)` real ones run for a token.
    fn longcat(&self) -> Read<Layers> {
        let f = self.f;
        let mixers = self.mixers()?;
        let ffns = self.ffns()?;
        let dense = FeedForward::Dense {
            n: 1,
            inter: f.need(&["ffn_hidden_size", "intermediate_size"])?,
            gated: true,
            bias: false,
        };
        let mut sparse = ffns.layer(0)?;
        let idle = f.or_zero(&["zero_expert_num"])?;
        if let FeedForward::Moe(moe) = &mut sparse
            && idle > 0
        {
            let real = f64::from(moe.experts) / (f64::from(moe.experts) + f64::from(idle));
            moe.top_k = (f64::from(moe.top_k) * real).round().max(1.0) as u32;
            f.warn(ConfigWarning::Approximate(
                "experts that do nothing are left out; the mean number of real experts per token is used",
            ));
        }
        let mut layers = Layers::default();
        for index in 0..self.layers {
            for _ in 0..2 {
                layers.mixer(mixers.layer(index)?);
                layers.ffn(dense.clone());
            }
            layers.ffn(sparse.clone());
        }
        Ok(layers)
    }

    /// Mamba in every layer but those that the state-spaces repository's files list for attention;
    /// these files may also have a network in every layer.
    fn state_space(&self) -> Read<Layers> {
        let f = self.f;
        let attends = f.layer_set("attn_layer_idx")?.unwrap_or_default();
        let inter = f.or_zero(&["d_intermediate"])?;
        let mut layers = Layers::default();
        for index in 0..self.layers {
            layers.mixer(match f.object("attn_cfg") {
                Some(attn) if attends.contains(&index) => {
                    attention::plain(&f.within(attn), self.hidden)?
                }
                _ => recurrent::mamba(f, self.hidden)?,
            });
            if inter > 0 {
                layers.ffn(FeedForward::Dense {
                    n: 1,
                    inter,
                    gated: true,
                    bias: false,
                });
            }
        }
        Ok(layers)
    }

    /// Phi-4-mini-flash (SambaY, arXiv 2507.06607): Mamba and sliding attention in turn; from the
    /// middle on one full attention, whose cache the later ones read, and gated memory units.
    fn samba_y(&self) -> Read<Layers> {
        let f = self.f;
        let mixers = self.mixers()?;
        let ffns = self.ffns()?;
        let every = f.optional(&["mb_per_layer"])?.unwrap_or(2);
        let middle = self.layers / 2;
        let mut layers = Layers::default();
        for index in 0..self.layers {
            let later = index >= middle.saturating_add(2);
            let mamba = every > 0 && index.is_multiple_of(every);
            layers.mixer(match (mamba, later) {
                (true, true) => recurrent::gated_memory(f, self.hidden)?,
                (true, false) => recurrent::mamba(f, self.hidden)?,
                (false, _) if index < middle => mixers.sliding_block(index)?,
                (false, later) => {
                    let mut mixer = mixers.attention_block()?;
                    if let Attention::Gqa(gqa) = &mut mixer {
                        gqa.kv_shared = later;
                    }
                    mixer
                }
            });
            layers.ffn(ffns.layer(index)?);
        }
        Ok(layers)
    }

    /// Attention and Mamba beside each other in every layer.
    fn side_by_side(&self) -> Read<Layers> {
        let mixers = self.mixers()?;
        let ffns = self.ffns()?;
        let mut layers = Layers::default();
        for index in 0..self.layers {
            layers.mixer(recurrent::mamba(self.f, self.hidden)?);
            layers.mixer(mixers.layer(index)?);
            layers.ffn(ffns.layer(index)?);
        }
        Ok(layers)
    }

    /// Falcon's KV heads follow from switches.
    fn falcon(&self) -> Read<Layers> {
        let f = self.f;
        let mut layers = self.one_of_each()?;
        let heads = f.need(&HEADS)?;
        // RefinedWeb, its first name, has no switch and states them only where they are several.
        let stated = f.optional(&KV_HEADS)?;
        let first_files = f.has("n_head_kv");
        let kv_heads = if f.is_on("new_decoder_architecture") || first_files {
            stated.unwrap_or(heads)
        } else if f.flag("multi_query").unwrap_or(true) {
            1
        } else {
            heads
        };
        layers.each_mixer(|mixer| {
            if let Attention::Gqa(gqa) = mixer {
                gqa.kv_heads = kv_heads;
            }
        });
        Ok(layers)
    }

    /// Nemotron-H: a letter a layer, each either a mixer or a network.
    fn by_pattern(&self) -> Read<Layers> {
        let pattern = self.f.text("hybrid_override_pattern").unwrap_or_default();
        let mut layers = Layers::default();
        let parts = pattern.chars().filter(|c| *c != '|');
        for (index, letter) in parts.take(MAX_LAYERS as usize).enumerate() {
            self.block(&mut layers, index as u32, &letter.to_string())?;
        }
        Ok(layers)
    }

    fn by_block_types(&self) -> Read<Layers> {
        let types = self.f.layer_texts("layers_block_type", self.layers)?;
        let mut layers = Layers::default();
        for (index, block) in types.unwrap_or_default().iter().enumerate() {
            self.block(&mut layers, index as u32, block)?;
        }
        Ok(layers)
    }

    fn block(&self, layers: &mut Layers, index: u32, block: &str) -> Read<()> {
        match block {
            "M" | "mamba" => layers.mixer(recurrent::mamba(self.f, self.hidden)?),
            "*" | "attention" => layers.mixer(self.mixers()?.attention_block()?),
            "-" | "mlp" => layers.ffn(self.ffns()?.dense(index)?),
            "E" | "moe" => layers.ffn(self.ffns()?.sparse(index)?),
            other => {
                return Err(ConfigError::Inconsistent(format!(
                    "the pattern of layers names a block {other:?} that is not known here"
                )));
            }
        }
        Ok(())
    }

    /// Step-3: multi-matrix factorisation attention.
    fn factorised(&self) -> Read<Layers> {
        let f = self.f;
        let heads = f.need(&HEADS)?;
        let mixer = Attention::Mfa {
            n: 1,
            q_heads: heads,
            kv_heads: f.optional(&KV_HEADS)?.unwrap_or(1),
            head_dim: attention::head_dim(f, self.hidden, heads)?,
            q_rank: f.need(&["share_q_dim"])?,
        };
        let ffns = self.ffns()?;
        let mut layers = Layers::default();
        for index in 0..self.layers {
            layers.mixer(mixer.clone());
            layers.ffn(ffns.layer(index)?);
        }
        Ok(layers)
    }
}
