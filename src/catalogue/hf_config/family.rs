//! What a family does where its configuration says nothing: the defaults of its code.

use super::fields::Fields;

/// The name that a family is known by here: files of the same family differ in case and in name.
pub(super) fn canonical(model_type: &str) -> String {
    let lower = model_type.to_lowercase();
    match lower.as_str() {
        "refinedweb" | "refinedwebmodel" => "falcon".into(),
        "yi" | "codellama" => "llama".into(),
        "phi-msft" => "phi".into(),
        _ => lower,
    }
}

/// Families that are read by name; others are read by the usual conventions, with a warning.
pub(super) fn is_known(model_type: &str) -> bool {
    const EXACT: &[&str] = &[
        "afmoe",
        "apertus",
        "arcee",
        "arctic",
        "baichuan",
        "bamba",
        "bitnet",
        "bloom",
        "chatglm",
        "codegen",
        "cohere",
        "cohere2",
        "cohere2_moe",
        "dbrx",
        "deci",
        "deepseek",
        "deepseek_v2",
        "deepseek_v3",
        "deepseek_v32",
        "deepseek_v4",
        "dots1",
        "exaone",
        "exaone4",
        "exaone_moe",
        "falcon",
        "falcon_h1",
        "falcon_mamba",
        "gemma",
        "gemma2",
        "glm",
        "glm4",
        "glm4_moe",
        "glm4_moe_lite",
        "glm_moe_dsa",
        "glm5_next",
        "gpt2",
        "gpt_bigcode",
        "gpt_neo",
        "gpt_neox",
        "gpt_oss",
        "gptj",
        "granite",
        "granitemoe",
        "granitemoehybrid",
        "granitemoeshared",
        "grok-1",
        "hf_olmo",
        "hymba",
        "internlm2",
        "internlm3",
        "jamba",
        "kimi_k2",
        "kimi_k3",
        "kimi_linear",
        "lfm2",
        "lfm2_moe",
        "llama",
        "longcat_flash",
        "mamba",
        "mamba2",
        "minicpm",
        "minicpm3",
        "mistral",
        "mistral4",
        "ministral3",
        "mixtral",
        "molmo",
        "mpt",
        "nemotron",
        "nemotron_h",
        "opt",
        "orion",
        "phi",
        "phi3",
        "phi3_v",
        "phi3small",
        "phi4_multimodal",
        "phi4flash",
        "phi4mm",
        "phimoe",
        "plamo2",
        "seed_oss",
        "smollm3",
        "solar_open",
        "stablelm",
        "starcoder2",
        "xglm",
    ];
    const PREFIXES: [&str; 18] = [
        "gemma3",
        "gemma4",
        "qwen",
        "llama4",
        "olmo",
        "hunyuan",
        "hy_",
        "minimax",
        "mimo",
        "ernie4",
        "bailing",
        "step3",
        "pangu",
        "glm4v",
        "ling",
        "mllama",
        "deepseek_vl",
        "ministral",
    ];
    EXACT.contains(&model_type) || PREFIXES.iter().any(|p| model_type.starts_with(p))
}

/// Why encoders are refused.
pub(super) const ENCODER: &str = "it is an encoder and generates no tokens";

/// Whether a class of this name is trained to fill gaps or to label, not to continue a text.
pub(super) fn is_encoder_class(class: &str) -> bool {
    ["ForMaskedLM", "ForCTC", "ForPreTraining"]
        .iter()
        .any(|end| class.ends_with(end))
}

fn is_encoder(model_type: &str) -> bool {
    // Whatever else is named after BERT and HuBERT is one, too.
    const NAMES: [&str; 42] = [
        "electra",
        "mpnet",
        "vit",
        "deit",
        "beit",
        "swin",
        "dinov2",
        "dinov3_vit",
        "clip",
        "clip_text_model",
        "clip_vision_model",
        "siglip",
        "siglip2",
        "siglip_text_model",
        "siglip2_text_model",
        "siglip_vision_model",
        "clap",
        "esm",
        "wav2vec2",
        "wav2vec2-conformer",
        "wavlm",
        "data2vec-text",
        "data2vec-audio",
        "roformer",
        "ernie",
        "ernie_m",
        "big_bird",
        "longformer",
        "layoutlm",
        "layoutlmv2",
        "layoutlmv3",
        "gte",
        "new",
        "dpr",
        "luke",
        "splinter",
        "vilt",
        "xmod",
        "jina_embeddings_v3",
        "nystromformer",
        "mra",
        "yoso",
    ];
    let bert = model_type.contains("bert") && !model_type.contains("decoder");
    bert || NAMES.contains(&model_type)
}

/// Kinds of model that have no decoder of the sort that is planned here.
pub(super) fn unsupported(model_type: &str) -> Option<&'static str> {
    const PAIRS: [&str; 10] = [
        "t5", "mt5", "umt5", "bart", "mbart", "pegasus", "whisper", "marian", "m2m_100", "t5gemma",
    ];
    if is_encoder(model_type) {
        return Some(ENCODER);
    }
    if PAIRS.contains(&model_type) {
        return Some("encoder-decoder models are not planned");
    }
    match model_type {
        "nemotron-nas" => Some("its layers differ one by one (block_configs)"),
        "openelm" => Some("its layers differ one by one"),
        "rwkv" | "rwkv5" | "rwkv6" | "rwkv7" | "xlstm" | "retnet" => {
            Some("its kind of recurrence is not described here")
        }
        "zamba" | "zamba2" => Some("its attention layers share their weights"),
        "recurrent_gemma" => Some("its kind of recurrence is not described here"),
        _ => None,
    }
}

/// Biases on the QKV projections and on the output projection.
pub(super) fn biases(f: &Fields<'_>) -> (bool, bool) {
    let on = |key| f.is_on(key);
    let or_on = |key| f.flag(key).unwrap_or(true);
    match f.model_type() {
        t if t.starts_with("qwen2") || t == "qwen" => (or_on("qkv_bias"), false),
        t if t.starts_with("glm") || t == "mimo" => (on("attention_bias"), false),
        t if t.starts_with("pangu") => (on("bias") || on("qkv_bias"), false),
        t if t.starts_with("bailing") => (on("use_qkv_bias") || on("use_bias"), on("use_bias")),
        t if t.starts_with("ernie") => (on("use_bias"), on("use_bias")),
        "seed_oss" => (or_on("attention_bias"), on("attention_out_bias")),
        "chatglm" if f.has("inner_hidden_size") => (true, true),
        "chatglm" => (on("add_qkv_bias"), on("add_bias_linear")),
        "hf_olmo" => (on("include_bias"), on("include_bias")),
        "stablelm" => (on("use_qkv_bias"), false),
        "phi" | "phi3small" | "phi4flash" | "gpt2" | "gpt_bigcode" | "bloom" | "opt" | "xglm" => {
            (true, true)
        }
        "gpt_neox" => (or_on("attention_bias"), or_on("attention_bias")),
        "starcoder2" => (or_on("use_bias"), or_on("use_bias")),
        "gpt_neo" => (false, true),
        "internlm2" | "falcon" => (on("bias"), on("bias")),
        _ => {
            let all = on("attention_bias") || on("use_bias");
            (all || on("qkv_bias") || on("use_qkv_bias"), all)
        }
    }
}

/// Norm of queries and keys, as `Gqa::qk_norm` names it.
pub(super) fn qk_norm(f: &Fields<'_>) -> &'static str {
    const FLAGS: [&str; 5] = [
        "use_qk_norm",
        "qk_norm",
        "qk_layernorm",
        "use_qk_layernorm",
        "query_key_norm",
    ];
    let stated = FLAGS.iter().find_map(|key| f.flag(key));
    match f.model_type() {
        // Without weights of its own.
        t if t.starts_with("llama4") => "",
        "molmo" | "hf_olmo" if f.is_on("attention_layer_norm") => "full",
        t if t.starts_with("olmo2") || t.starts_with("olmo3") || t == "olmoe" => "full",
        t if t.starts_with("minimax") && stated == Some(true) => {
            let by_layer = f.text("qk_norm_type") == Some("per_layer");
            if by_layer || t == "minimax_m2" {
                "full"
            } else {
                "per_head"
            }
        }
        t if stated.is_none()
            && (t.starts_with("qwen3")
                || t.starts_with("gemma3")
                || t.starts_with("gemma4")
                || t.starts_with("exaone4")
                || t.starts_with("lfm2")
                || ["dots1", "apertus", "afmoe", "exaone_moe"].contains(&t)) =>
        {
            "per_head"
        }
        _ if stated == Some(true) => "per_head",
        _ => "",
    }
}

/// Every how many layers one attends in full, where only a window size is stated; 0 = none does,
/// 1 = all do.
pub(super) fn window_pattern(model_type: &str) -> u32 {
    match model_type {
        "gemma2" | "gpt_oss" | "gpt_neo" => 2,
        "cohere2" | "cohere2_moe" | "exaone4" | "exaone_moe" => 4,
        t if t.starts_with("olmo3") => 4,
        t if t.starts_with("gemma3") || t.starts_with("gemma4") => 6,
        _ => 0,
    }
}

/// Do embedding and LM head share weights where the file says nothing? `None` = not known.
pub(super) fn tied_by_default(f: &Fields<'_>) -> Option<bool> {
    let model_type = f.model_type();
    const TIED: [&str; 23] = [
        "gpt2",
        "gpt_bigcode",
        "gpt_neo",
        "bloom",
        "opt",
        "mpt",
        "falcon",
        "cohere",
        "cohere2",
        "cohere2_moe",
        "starcoder2",
        "mamba",
        "mamba2",
        "falcon_mamba",
        "smollm3",
        "lfm2",
        "lfm2_moe",
        "minicpm",
        "minicpm3",
        "phi3small",
        "phi4flash",
        "plamo2",
        "xglm",
    ];
    if TIED.contains(&model_type)
        // The first ChatGLM.
        || model_type == "chatglm" && f.has("inner_hidden_size")
        || model_type.starts_with("gemma")
        || model_type.starts_with("ernie4")
    {
        return Some(true);
    }
    is_known(model_type).then_some(false)
}

/// Has the feed-forward network a gate (three matrices)?
pub(super) fn is_gated(f: &Fields<'_>) -> bool {
    let plain = match f.model_type() {
        "gpt2" | "gpt_bigcode" | "gpt_neo" | "gpt_neox" | "gptj" | "codegen" | "bloom" | "opt"
        | "mpt" | "falcon" | "phi" | "starcoder2" | "nemotron" | "nemotron_h" | "arcee"
        | "apertus" | "xglm" => true,
        "bitnet" => false,
        "chatglm" => f.has("inner_hidden_size"),
        "hf_olmo" => f
            .text("activation_type")
            .is_some_and(|act| !act.ends_with("glu")),
        _ => f.text("hidden_act") == Some("relu2") || f.text("mlp_hidden_act") == Some("relu2"),
    };
    !plain
}

/// Have the feed-forward matrices biases?
pub(super) fn mlp_bias(f: &Fields<'_>) -> bool {
    match f.model_type() {
        "gpt2" | "gpt_bigcode" | "gpt_neo" | "gpt_neox" | "gptj" | "codegen" | "bloom" | "opt"
        | "phi" | "phi3small" | "xglm" => true,
        "chatglm" => f.has("inner_hidden_size") || f.is_on("add_bias_linear"),
        "hf_olmo" => f.is_on("include_bias"),
        "starcoder2" => f.flag("use_bias").unwrap_or(true),
        "falcon" => f.is_on("bias"),
        _ => f.is_on("mlp_bias") || f.is_on("use_mlp_bias"),
    }
}

/// Values a nested `text_config` leaves out because they are its class's defaults (transformers
/// writes only what differs).
pub(super) fn nested_defaults(model_type: &str) -> &'static [(&'static str, u32)] {
    match model_type {
        "llama" => &[
            ("vocab_size", 32_000),
            ("hidden_size", 4096),
            ("intermediate_size", 11_008),
            ("num_hidden_layers", 32),
            ("num_attention_heads", 32),
            ("max_position_embeddings", 2048),
        ],
        "mistral" => &[
            ("vocab_size", 32_000),
            ("hidden_size", 4096),
            ("intermediate_size", 14_336),
            ("num_hidden_layers", 32),
            ("num_attention_heads", 32),
            ("num_key_value_heads", 8),
            ("max_position_embeddings", 131_072),
        ],
        "qwen2" => &[
            ("vocab_size", 151_936),
            ("hidden_size", 4096),
            ("intermediate_size", 22_016),
            ("num_hidden_layers", 32),
            ("num_attention_heads", 32),
            ("num_key_value_heads", 32),
            ("max_position_embeddings", 32_768),
        ],
        "gemma" => &[
            ("vocab_size", 256_000),
            ("hidden_size", 3072),
            ("intermediate_size", 24_576),
            ("num_hidden_layers", 28),
            ("num_attention_heads", 16),
            ("num_key_value_heads", 16),
            ("head_dim", 256),
            ("max_position_embeddings", 8192),
        ],
        "gemma2" => &[
            ("vocab_size", 256_000),
            ("hidden_size", 2304),
            ("intermediate_size", 9216),
            ("num_hidden_layers", 26),
            ("num_attention_heads", 8),
            ("num_key_value_heads", 4),
            ("head_dim", 256),
            ("sliding_window", 4096),
            ("max_position_embeddings", 8192),
        ],
        "gemma3_text" => &[
            ("vocab_size", 262_208),
            ("hidden_size", 2304),
            ("intermediate_size", 9216),
            ("num_hidden_layers", 26),
            ("num_attention_heads", 8),
            ("num_key_value_heads", 4),
            ("head_dim", 256),
            ("sliding_window", 4096),
            ("max_position_embeddings", 131_072),
        ],
        "gemma4_text" => &[
            ("vocab_size", 262_144),
            ("hidden_size", 2304),
            ("intermediate_size", 9216),
            ("num_hidden_layers", 30),
            ("num_attention_heads", 8),
            ("num_key_value_heads", 4),
            ("head_dim", 256),
            ("sliding_window", 512),
            ("max_position_embeddings", 131_072),
        ],
        "llama4_text" => &[
            ("vocab_size", 202_048),
            ("hidden_size", 5120),
            ("intermediate_size", 8192),
            ("intermediate_size_mlp", 16_384),
            ("num_hidden_layers", 48),
            ("num_attention_heads", 40),
            ("num_key_value_heads", 8),
            ("head_dim", 128),
            ("num_local_experts", 16),
            ("num_experts_per_tok", 1),
            ("interleave_moe_layer_step", 1),
            ("attention_chunk_size", 8192),
            ("max_position_embeddings", 131_072),
        ],
        _ => &[],
    }
}
