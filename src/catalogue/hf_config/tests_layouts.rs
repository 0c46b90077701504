//! Layers that are laid out in ways of their own, against published parameter counts and caches.

use super::tests_published::{Published, check_published};
use super::*;
use crate::catalogue::architecture::{Attention, FeedForward};
use crate::catalogue::derived::{kv_elements, kv_elements_per_token, param_count};

/// As the table of the usual layouts.
pub(super) const LAYOUTS: &[Published] = &[
    (
        "ERNIE-4.5-VL-28B-A3B",
        r#"{"architectures":["Ernie4_5_VLMoeForConditionalGeneration"],"model_type":"ernie4_5_moe_vl","hidden_size":2560,"intermediate_size":12288,"max_position_embeddings":131072,"moe_intermediate_size":[1536,512],"moe_k":6,"moe_layer_end_index":[29,28],"moe_layer_interval":1,"moe_layer_start_index":[1,1],"moe_num_experts":[64,64],"moe_num_shared_experts":2,"num_attention_heads":20,"num_hidden_layers":28,"num_key_value_heads":4,"head_dim":128,"tie_word_embeddings":true,"use_bias":false,"vocab_size":103424}"#,
        28.6,
        28_672.0,
    ),
    (
        "LFM2-1.2B",
        r#"{"architectures":["Lfm2ForCausalLM"],"model_type":"lfm2","block_auto_adjust_ff_dim":true,"block_dim":2048,"block_ff_dim":12288,"block_ffn_dim_multiplier":1.0,"block_multiple_of":256,"conv_L_cache":3,"conv_bias":false,"conv_dim":2048,"full_attn_idxs":[2,5,8,10,12,14],"hidden_size":2048,"max_position_embeddings":128000,"num_attention_heads":32,"num_heads":32,"num_hidden_layers":16,"num_key_value_heads":8,"tie_embedding":true,"vocab_size":65536}"#,
        1.17,
        6_144.0,
    ),
    (
        "LFM2-350M",
        r#"{"architectures":["Lfm2ForCausalLM"],"model_type":"lfm2","vocab_size":65536,"hidden_size":1024,"num_hidden_layers":16,"num_attention_heads":16,"num_key_value_heads":8,"max_position_embeddings":128000,"conv_bias":false,"conv_L_cache":3,"full_attn_idxs":[2,5,8,10,12,14],"block_dim":1024,"block_ff_dim":6656,"block_auto_adjust_ff_dim":true,"block_ffn_dim_multiplier":1.0,"block_multiple_of":256}"#,
        0.354,
        6_144.0,
    ),
    (
        "Phi-4-mini-flash",
        r#"{"architectures":["Phi4FlashForCausalLM"],"model_type":"phi4flash","hidden_act":"silu","hidden_size":2560,"intermediate_size":10240,"mamba_conv_bias":true,"mamba_d_conv":4,"mamba_d_state":16,"mamba_dt_rank":160,"mamba_expand":2,"max_position_embeddings":262144,"mb_per_layer":2,"num_attention_heads":40,"num_hidden_layers":32,"num_key_value_heads":20,"sliding_window":512,"tie_word_embeddings":true,"vocab_size":200064}"#,
        3.85,
        2_560.0,
    ),
    (
        "OPT-350M",
        r#"{"architectures":["OPTForCausalLM"],"model_type":"opt","do_layer_norm_before":false,"ffn_dim":4096,"hidden_size":1024,"max_position_embeddings":2048,"num_attention_heads":16,"num_hidden_layers":24,"vocab_size":50272,"word_embed_proj_dim":512}"#,
        0.3312,
        49_152.0,
    ),
    (
        "ChatGLM-6B",
        r#"{"architectures":["ChatGLMModel"],"model_type":"chatglm","hidden_size":4096,"inner_hidden_size":16384,"max_sequence_length":2048,"num_attention_heads":32,"num_layers":28,"position_encoding_2d":true,"vocab_size":130528}"#,
        6.173,
        229_376.0,
    ),
    (
        "CodeGen-16B",
        r#"{"activation_function":"gelu_new","architectures":["CodeGenForCausalLM"],"model_type":"codegen","n_ctx":2048,"n_embd":6144,"n_head":24,"n_inner":null,"n_layer":34,"n_positions":2048,"tie_word_embeddings":false,"vocab_size":51200}"#,
        16.03,
        417_792.0,
    ),
    (
        "XGLM-7.5B",
        r#"{"activation_function":"gelu","architectures":["XGLMForCausalLM"],"model_type":"xglm","attention_heads":32,"d_model":4096,"ffn_dim":16384,"max_position_embeddings":2048,"num_layers":32,"scale_embedding":true,"vocab_size":256008}"#,
        7.49,
        262_144.0,
    ),
    (
        "OLMo-7B",
        r#"{"activation_type":"swiglu","architectures":["OLMoForCausalLM"],"model_type":"hf_olmo","d_model":4096,"embedding_size":50304,"include_bias":false,"max_sequence_length":2048,"mlp_hidden_size":22016,"mlp_ratio":4,"multi_query_attention":false,"n_heads":32,"n_layers":32,"vocab_size":50280,"weight_tying":false}"#,
        6.888,
        262_144.0,
    ),
    (
        "Phi-3-small",
        r#"{"architectures":["Phi3SmallForCausalLM"],"model_type":"phi3small","attention_bias":false,"blocksparse_block_size":64,"blocksparse_homo_head_pattern":false,"blocksparse_num_local_blocks":16,"blocksparse_vert_stride":8,"dense_attention_every_n_layers":2,"ff_intermediate_size":14336,"hidden_act":"gegelu","hidden_size":4096,"max_position_embeddings":8192,"num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":8,"vocab_size":100352}"#,
        7.39,
        65_536.0,
    ),
    (
        "MiniCPM3-4B",
        r#"{"architectures":["MiniCPM3ForCausalLM"],"model_type":"minicpm3","hidden_act":"silu","hidden_size":2560,"intermediate_size":6400,"kv_lora_rank":256,"max_position_embeddings":32768,"num_attention_heads":40,"num_hidden_layers":62,"num_key_value_heads":40,"q_lora_rank":768,"qk_nope_head_dim":64,"qk_rope_head_dim":32,"vocab_size":73448,"attention_bias":false}"#,
        4.07,
        17_856.0,
    ),
    (
        "state-spaces/mamba-2.8b",
        r#"{"d_model":2560,"n_layer":64,"vocab_size":50277,"ssm_cfg":{},"pad_vocab_size_multiple":8,"tie_embeddings":true}"#,
        2.768,
        0.0,
    ),
    (
        "state-spaces/mamba2-2.7b",
        r#"{"d_model":2560,"d_intermediate":0,"n_layer":64,"vocab_size":50277,"ssm_cfg":{"layer":"Mamba2"},"attn_layer_idx":[],"attn_cfg":{},"pad_vocab_size_multiple":16,"tie_embeddings":true}"#,
        2.703,
        0.0,
    ),
    (
        "BitNet-b1.58-2B",
        r#"{"architectures":["BitNetForCausalLM"],"model_type":"bitnet","hidden_act":"relu2","hidden_size":2560,"intermediate_size":6912,"max_position_embeddings":4096,"num_attention_heads":20,"num_hidden_layers":30,"num_key_value_heads":5,"tie_word_embeddings":true,"vocab_size":128256}"#,
        2.41,
        38_400.0,
    ),
    (
        "Molmo-7B-D, text",
        r#"{"architectures":["MolmoForCausalLM"],"model_type":"molmo","attention_layer_norm":false,"embedding_size":152064,"hidden_size":3584,"intermediate_size":37888,"max_position_embeddings":4096,"num_attention_heads":28,"num_hidden_layers":28,"num_key_value_heads":4,"qkv_bias":true,"tie_word_embeddings":false,"vocab_size":152064}"#,
        7.616,
        28_672.0,
    ),
    (
        "DeciLM-7B",
        r#"{"architectures":["DeciLMForCausalLM"],"model_type":"deci","hidden_size":4096,"intermediate_size":14336,"max_position_embeddings":8192,"num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads_per_layer":[4,4,4,4,2,2,2,2,2,2,2,2,4,4,4,4,2,2,2,2,2,2,2,2,2,2,2,2,4,4,4,4],"tie_word_embeddings":false,"vocab_size":32000}"#,
        7.04,
        22_528.0,
    ),
    (
        "Hunyuan-Large",
        r#"{"architectures":["HunYuanForCausalLM"],"model_type":"hunyuan","attention_bias":false,"cla_share_factor":2,"hidden_size":6400,"intermediate_size":18304,"max_position_embeddings":131072,"moe_topk":1,"num_attention_heads":80,"num_experts":16,"num_hidden_layers":64,"num_key_value_heads":8,"num_shared_expert":1,"tie_word_embeddings":true,"use_cla":true,"use_mixed_mlp_moe":true,"use_qk_norm":true,"vocab_size":129024,"attention_head_dim":80}"#,
        389.0,
        40_960.0,
    ),
    (
        "PLaMo-2-8B, untied",
        r#"{"architectures":["Plamo2ForCausalLM"],"model_type":"plamo2","hidden_size":4096,"intermediate_size":16384,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":4,"hidden_size_per_head":128,"mamba_step":2,"mamba_enabled":true,"mamba_d_state":64,"mamba_d_conv":4,"mamba_num_heads":64,"attention_window_size":2048,"max_position_embeddings":10485760,"vocab_size":100000,"tie_word_embeddings":false}"#,
        9.5,
        0.0,
    ),
    (
        "state-spaces/mamba2attn-2.7b",
        r#"{"d_model":2560,"d_intermediate":0,"n_layer":64,"vocab_size":50277,"ssm_cfg":{"layer":"Mamba2"},"attn_layer_idx":[9,18,27,36,45,56],"attn_cfg":{"causal":true,"d_conv":4,"head_dim":128,"num_heads":30,"out_proj_bias":false,"qkv_proj_bias":false},"pad_vocab_size_multiple":16,"tie_embeddings":true}"#,
        2.697,
        46_080.0,
    ),
];

#[test]
fn layouts_of_their_own_come_out() {
    check_published(LAYOUTS);
}

fn of(text: &str) -> ImportedModel {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn has(read: &ImportedModel, part: &str) -> bool {
    read.warnings.iter().any(|w| w.to_string().contains(part))
}

const SMALL: &str = r#""hidden_size":512,"intermediate_size":1024,"num_hidden_layers":8,"num_attention_heads":8,"num_key_value_heads":2,"vocab_size":1000,"max_position_embeddings":8192,"tie_word_embeddings":false"#;

fn small(model_type: &str, more: &str) -> ImportedModel {
    of(&format!(r#"{{"model_type":"{model_type}",{SMALL}{more}}}"#))
}

/// (Layers, KV heads, window, cache shared) of the softmax groups.
fn softmax(read: &ImportedModel) -> Vec<(u32, u32, u32, bool)> {
    let groups = read.model.architecture.attn.iter();
    let groups = groups.filter_map(|group| match group {
        Attention::Gqa(g) => Some((g.n, g.kv_heads, g.window, g.kv_shared)),
        _ => None,
    });
    groups.collect()
}

#[test]
fn experts_listed_by_modality_are_not_listed_by_layer() {
    let text = LAYOUTS[0].1;
    let read = of(text);
    let FeedForward::Moe(moe) = &read.model.architecture.ffn[1] else {
        panic!("{:?}", read.model.architecture.ffn)
    };
    // 64 experts of 512 weigh as much as 21 of 1,536.
    assert_eq!(
        (moe.n, moe.experts, moe.top_k, moe.inter),
        (27, 85, 6, 1536)
    );
    assert_eq!((moe.shared_experts, moe.shared_inter), (2, 3072));
    assert!(has(&read, "experts for pictures"));
    // The newer files state one number of experts for both.
    let newer = text.replace(r#""moe_num_experts":[64,64]"#, r#""moe_num_experts":64"#);
    assert_ne!(newer, text);
    assert_eq!(of(&newer).model.architecture, read.model.architecture);
}

#[test]
fn layers_that_share_a_cache_have_none() {
    let own = small("llama", "");
    assert_eq!(softmax(&own), [(8, 2, 0, false)]);
    for (model_type, more, expected) in [
        (
            "hunyuan",
            r#","use_cla":true,"cla_share_factor":4"#,
            [(2, 2, 0, false), (6, 2, 0, true)],
        ),
        (
            "gemma3n_text",
            r#","num_kv_shared_layers":3,"layer_types":["full_attention","full_attention","full_attention","full_attention","full_attention","full_attention","full_attention","full_attention"]"#,
            [(5, 2, 0, false), (3, 2, 0, true)],
        ),
    ] {
        let read = small(model_type, more);
        assert_eq!(softmax(&read), expected, "{model_type}");
        // No cache, no projections of keys and values.
        let (arch, all) = (&read.model.architecture, &own.model.architecture);
        let kept = f64::from(expected[0].0);
        let a_layer = 2.0 * 2.0 * 64.0;
        assert_eq!(kv_elements_per_token(arch).total(), kept * a_layer);
        let norms = if model_type == "hunyuan" {
            0.0
        } else {
            8.0 * 128.0
        };
        assert_eq!(
            param_count(all).attention - param_count(arch).attention,
            (8.0 - kept) * a_layer * 512.0 - norms,
            "{model_type}"
        );
    }
    // Switched off is switched off.
    assert_eq!(
        softmax(&small("hunyuan", r#","use_cla":false"#)),
        softmax(&own)
    );
    let hymba = small(
        "hymba",
        r#","sliding_window":1024,"global_attn_idx":[0,7],"kv_reuse_group":[[1,2],[3,4,5]],"mamba_d_state":16,"mamba_dt_rank":32"#,
    );
    assert_eq!(
        softmax(&hymba),
        [(2, 2, 0, false), (3, 2, 1024, false), (3, 2, 1024, true)]
    );
    assert_eq!(hymba.model.architecture.mixer_layers(), 16);
    assert!(has(&hymba, "output projection"));
}

#[test]
fn samba_y_reads_one_cache_again() {
    let text = LAYOUTS[3].1;
    let read = of(text);
    assert_eq!(
        softmax(&read),
        [(8, 20, 512, false), (1, 20, 0, false), (7, 20, 0, true)]
    );
    assert!(has(&read, "gated memory units"));
    assert!(!has(&read, "not known"));
    // A window for every layer, as transformers writes it.
    let listed = text.replace(
        r#""sliding_window":512"#,
        r#""sliding_window":[null,512,null,512]"#,
    );
    assert_ne!(listed, text);
    assert_eq!(of(&listed).model.architecture, read.model.architecture);
    // Others by the name of Phi are not taken for known.
    assert!(has(&small("phi9", ""), "not known"));
    for known in ["phi3", "phimoe", "phi3_v", "phi4mm"] {
        assert!(!has(&small(known, ""), "not known"), "{known}");
    }
}

#[test]
fn layer_lists_by_family() {
    let convolutions = small("lfm2", r#","full_attn_idxs":[2,5]"#);
    assert_eq!(softmax(&convolutions), [(2, 2, 0, false)]);
    // layer_types says more and counts first.
    let types = r#""full_attention","conv","conv","conv","conv","conv","conv","conv""#;
    let both = format!(r#","full_attn_idxs":[2,5],"layer_types":[{types}]"#);
    assert_eq!(softmax(&small("lfm2", &both)), [(1, 2, 0, false)]);
    let deci = r#","num_key_value_heads_per_layer":[4,4,2,2,1,1,1,8]"#;
    assert_eq!(
        softmax(&small("deci", deci)),
        [
            (2, 4, 0, false),
            (2, 2, 0, false),
            (3, 1, 0, false),
            (1, 8, 0, false)
        ]
    );
    let text = format!(
        r#"{{"model_type":"deci",{SMALL},"num_key_value_heads_per_layer":[9,9,9,9,9,9,9,9]}}"#
    );
    assert!(
        parse(&text)
            .unwrap_err()
            .to_string()
            .contains("9 key-value heads")
    );
    // Keys and values of pictures do not grow with the text.
    let crossing = small("mllama", r#","cross_attention_layers":[3,7]"#);
    assert_eq!(softmax(&crossing), [(6, 2, 0, false), (2, 2, 6404, false)]);
    assert!(has(&crossing, "cross_attention_layers"));
    let plamo = small(
        "plamo2",
        r#","mamba_step":2,"mamba_num_heads":8,"hidden_size_per_head":64,"mamba_d_state":64,"attention_window_size":2048,"full_attention_idx":[3]"#,
    );
    assert_eq!(softmax(&plamo), [(3, 2, 2048, false), (1, 2, 0, false)]);
    assert_eq!(plamo.model.architecture.mixer_layers(), 8);
}

#[test]
fn a_narrow_vocabulary_matrix_has_projections() {
    let arch = of(LAYOUTS[4].1).model.architecture;
    assert_eq!(arch.embedding_width, 512);
    let p = param_count(&arch);
    assert_eq!(
        p.embedding,
        f64::from(arch.vocab) * 512.0 + 2.0 * 512.0 * 1024.0 + 2050.0 * 1024.0
    );
    assert_eq!(p.head, 0.0);
    // As wide as the rest: nothing of the kind.
    let wide = LAYOUTS[4].1.replace(r#"dim":512"#, r#"dim":1024"#);
    let wide = of(&wide).model.architecture;
    assert_eq!(wide.embedding_width, 0);
    assert_eq!(wide.vocabulary_projection(), 0.0);
}

#[test]
fn windows_hold_no_more_than_themselves() {
    let arch = of(LAYOUTS[3].1).model.architecture;
    let at = |context: f64| kv_elements(&arch, context).total();
    let a_layer = 2.0 * 20.0 * 64.0;
    assert_eq!(at(100.0), 9.0 * a_layer * 100.0);
    assert_eq!(at(4096.0), a_layer * (8.0 * 512.0 + 4096.0));
}

#[test]
fn the_context_that_serves_counts() {
    let context = |more: &str| small("cohere", more).model.architecture.max_context;
    assert_eq!(context(""), 8192);
    // Command R was trained on less than it is made for; vLLM takes the latter, too.
    assert_eq!(context(r#","model_max_length":131072"#), 131_072);
    // What tokenizers write for "no limit".
    assert_eq!(context(r#","model_max_length":1e30"#), 8192);
}

#[test]
fn towers_are_noted_at_every_level() {
    let omni = format!(
        r#"{{"model_type":"qwen3_omni_moe","talker_config":{{}},"thinker_config":{{"audio_config":{{}},"vision_config":{{}},"text_config":{{"model_type":"llama",{SMALL}}}}}}}"#
    );
    let omni = of(&omni);
    for part in ["vision tower", "audio tower", "talker"] {
        assert!(has(&omni, part), "{:?}", omni.warnings);
    }
    assert!(has(
        &small("phi3_v", r#","img_processor":{}"#),
        "vision tower"
    ));
}

/// `PreTrainedModel.tie_weights` asks `get_text_config(decoder=True)`.
#[test]
fn the_text_configuration_says_what_is_tied() {
    let read = |inner: &str, outer: &str| {
        let text = format!(
            r#"{{"model_type":"x"{outer},"text_config":{{"model_type":"llama",{},"use_cache":true{inner}}}}}"#,
            SMALL.replace(r#","tie_word_embeddings":false"#, "")
        );
        let read = of(&text);
        let contradiction = has(&read, "as transformers does");
        (read.model.architecture.tied_embeddings, contradiction)
    };
    let (yes, no) = (
        r#","tie_word_embeddings":true"#,
        r#","tie_word_embeddings":false"#,
    );
    assert_eq!(read(yes, no), (true, true));
    assert_eq!(read(no, yes), (false, true));
    assert_eq!(read("", yes), (true, false));
    assert_eq!(read(yes, yes), (true, false));
    assert_eq!(read(yes, ""), (true, false));
}

#[test]
fn encoders_are_refused() {
    for model_type in [
        "esm",
        "wav2vec2",
        "hubert",
        "roformer",
        "ernie",
        "big_bird",
        "longformer",
        "layoutlmv3",
        "gte",
        "new",
        "eurobert",
        "neobert",
        "megatron-bert",
        "dpr",
        "xmod",
    ] {
        let text = format!(r#"{{"model_type":"{model_type}",{SMALL}}}"#);
        let error = parse(&text).expect_err(model_type).to_string();
        assert!(error.contains("encoder and generates no tokens"), "{error}");
    }
    for inner in ["clip_text_model", "siglip_text_model"] {
        let text = format!(
            r#"{{"model_type":"clip","text_config":{{"model_type":"{inner}",{SMALL}}},"vision_config":{{}}}}"#
        );
        assert!(parse(&text).is_err(), "{inner}");
    }
    let class = |class: &str| {
        parse(&format!(
            r#"{{"architectures":["{class}"],"model_type":"brand_new",{SMALL}}}"#
        ))
    };
    for name in ["NewForMaskedLM", "NewForCTC", "NewForPreTraining"] {
        assert!(class(name).is_err(), "{name}");
    }
    // Decoders that label are decoders; so is what only sounds like an encoder.
    for name in [
        "NewForCausalLM",
        "NewForConditionalGeneration",
        "Qwen3ForSequenceClassification",
    ] {
        assert!(class(name).is_ok(), "{name}");
    }
    assert!(parse(&format!(r#"{{"model_type":"modernbert-decoder",{SMALL}}}"#)).is_ok());
    assert!(parse(&format!(r#"{{"model_type":"ernie4_5",{SMALL}}}"#)).is_ok());
}
