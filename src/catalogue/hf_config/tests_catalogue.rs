//! Configurations in the vendors' own words of catalogue models whose files are not at hand: each
//! must give the catalogue's architecture.

use serde_json::{Value, json};

use super::parse;
use crate::catalogue::Catalogue;

/// `base` with the keys of `more`.
fn with(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}

/// Keys of nearly every file.
fn sizes(hidden: u32, inter: u32, layers: u32, heads: u32, kv_heads: u32, vocab: u32) -> Value {
    json!({
        "hidden_size": hidden, "intermediate_size": inter, "num_hidden_layers": layers,
        "num_attention_heads": heads, "num_key_value_heads": kv_heads, "vocab_size": vocab,
        "tie_word_embeddings": false,
    })
}

/// One text for every layer.
fn each(layers: u32, of: impl Fn(u32) -> &'static str) -> Vec<&'static str> {
    (0..layers).map(of).collect()
}

fn check(id: &str, config: Value) {
    let read = parse(&config.to_string()).unwrap_or_else(|e| panic!("{id}: {e}"));
    let mut found = read.model.architecture;
    let mut known = Catalogue::embedded()
        .model(id)
        .unwrap()
        .architecture
        .clone();
    found.max_context = known.max_context;
    for arch in [&mut found, &mut known] {
        arch.attn.sort_by_key(|a| format!("{a:?}"));
        arch.ffn.sort_by_key(|f| format!("{f:?}"));
    }
    assert_eq!(found, known, "{id}");
}

#[test]
fn gqa_families() {
    check(
        "glm-4.5",
        with(
            sizes(5120, 12288, 92, 96, 8, 151_552),
            json!({"model_type": "glm4_moe", "attention_bias": true, "head_dim": 128,
                "first_k_dense_replace": 3, "moe_intermediate_size": 1536, "n_routed_experts": 160,
                "n_shared_experts": 1, "num_experts_per_tok": 8, "use_qk_norm": true,
                "num_nextn_predict_layers": 1}),
        ),
    );
    check(
        "ling-1t",
        with(
            sizes(8192, 18432, 80, 64, 8, 157_184),
            json!({"model_type": "bailing_moe", "first_k_dense_replace": 4, "head_dim": 128,
                "moe_intermediate_size": 2048, "num_experts": 256, "num_experts_per_tok": 8,
                "num_shared_experts": 1, "use_bias": false, "use_qkv_bias": false,
                "use_qk_norm": true}),
        ),
    );
    check(
        "hy3",
        with(
            sizes(4096, 13312, 80, 64, 8, 120_832),
            json!({"model_type": "hy_v3", "head_dim": 128, "qk_norm": true,
                "first_k_dense_replace": 1, "num_experts": 192, "num_experts_per_tok": 8,
                "num_shared_experts": 1, "moe_intermediate_size": 1536,
                "num_nextn_predict_layers": 1}),
        ),
    );
    check(
        "ernie-4.5-300b",
        with(
            sizes(8192, 28672, 54, 64, 8, 103_424),
            json!({"model_type": "ernie4_5_moe", "moe_num_experts": 64, "moe_k": 8,
                "moe_intermediate_size": 3584, "moe_layer_start_index": 3,
                "moe_layer_end_index": 53, "moe_layer_interval": 1, "moe_num_shared_experts": 0,
                "use_bias": false}),
        ),
    );
    check(
        "pangu-pro-moe",
        with(
            sizes(5120, 1344, 48, 40, 8, 153_376),
            json!({"model_type": "PanguProMoE", "num_experts": 64, "num_experts_per_tok": 8,
                "moe_intermediate_size": 1344, "shared_expert_intermediate_size": 5376,
                "n_shared_experts": 4, "qkv_bias": true}),
        ),
    );
    check(
        "openpangu-7b",
        with(
            sizes(4096, 12800, 34, 32, 8, 153_376),
            json!({"model_type": "PanguEmbedded", "bias": true}),
        ),
    );
}

#[test]
fn windowed_families() {
    let gemma_3 = |i| {
        if (i + 1) % 6 == 0 {
            "full_attention"
        } else {
            "sliding_attention"
        }
    };
    check(
        "gemma-3-27b",
        json!({"model_type": "gemma3", "text_config": {"model_type": "gemma3_text",
            "hidden_size": 5376, "intermediate_size": 21504, "num_hidden_layers": 62,
            "num_attention_heads": 32, "num_key_value_heads": 16, "head_dim": 128,
            "sliding_window": 1024, "vocab_size": 262_144}}),
    );
    check(
        "gemma-4-31b",
        json!({"model_type": "gemma4", "text_config": with(
            sizes(5376, 21504, 60, 32, 16, 262_144),
            json!({"model_type": "gemma4_text", "tie_word_embeddings": true, "head_dim": 256,
                "global_head_dim": 512, "num_global_key_value_heads": 4,
                "attention_k_eq_v": true, "sliding_window": 1024,
                "hidden_size_per_layer_input": 0, "layer_types": each(60, gemma_3)}))}),
    );
    check(
        "gemma-4-26b-a4b",
        json!({"model_type": "gemma4", "text_config": with(
            sizes(2816, 2112, 30, 16, 8, 262_144),
            json!({"model_type": "gemma4_text", "tie_word_embeddings": true, "head_dim": 256,
                "global_head_dim": 512, "num_global_key_value_heads": 2,
                "attention_k_eq_v": true, "sliding_window": 1024, "enable_moe_block": true,
                "num_experts": 128, "top_k_experts": 8, "moe_intermediate_size": 704,
                "layer_types": each(30, gemma_3)}))}),
    );
    check(
        "step-3.5-flash",
        with(
            json!({"model_type": "step3p5", "hidden_size": 4096, "intermediate_size": 11264,
                "num_hidden_layers": 45, "num_attention_heads": 64, "num_attention_groups": 8,
                "vocab_size": 128_896, "head_dim": 128, "sliding_window": 512,
                "use_qk_norm": true, "use_head_wise_attn_gate": true,
                "num_nextn_predict_layers": 3}),
            json!({"moe_num_experts": 288, "moe_top_k": 8, "moe_intermediate_size": 1280,
            "share_expert_dim": 1280,
            "moe_layers_enum": (3..45).map(|i| i.to_string()).collect::<Vec<_>>().join(","),
            "attention_other_setting": {"attention_type": "sliding_attention",
                "num_attention_heads": 96, "num_attention_groups": 8, "head_dim": 128},
            // Three entries more, for the prediction layers.
            "layer_types": each(48, |i| {
                if i % 4 == 0 { "full_attention" } else { "sliding_attention" }
            })}),
        ),
    );
    check(
        "llama-4-maverick",
        json!({"model_type": "llama4", "text_config": {"model_type": "llama4_text",
            "interleave_moe_layer_step": 2, "num_local_experts": 128,
            "no_rope_layers": (1..=48).map(|i| u32::from(i % 4 != 0)).collect::<Vec<_>>()}}),
    );
}

#[test]
fn latent_and_sparse_families() {
    let mla = |heads, layers, hidden, inter, vocab, q_rank, nope, value| {
        with(
            sizes(hidden, inter, layers, heads, heads, vocab),
            json!({"q_lora_rank": q_rank, "kv_lora_rank": 512, "qk_nope_head_dim": nope,
                "qk_rope_head_dim": 64, "v_head_dim": value, "n_shared_experts": 1,
                "num_nextn_predict_layers": 1}),
        )
    };
    check(
        "glm-5.2",
        with(
            mla(64, 78, 6144, 12288, 154_880, 2048, 192, 256),
            json!({"model_type": "glm_moe_dsa", "index_n_heads": 32, "index_head_dim": 128,
                "index_topk": 2048, "index_topk_freq": 4, "first_k_dense_replace": 3,
                "n_routed_experts": 256, "num_experts_per_tok": 8, "moe_intermediate_size": 2048}),
        ),
    );
    check(
        "glm-4.7-flash",
        with(
            mla(20, 47, 2048, 10240, 154_880, 768, 192, 256),
            json!({"model_type": "glm4_moe_lite", "first_k_dense_replace": 1,
                "n_routed_experts": 64, "num_experts_per_tok": 4, "moe_intermediate_size": 1536}),
        ),
    );
    check(
        "pangu-ultra-moe",
        with(
            sizes(7680, 18432, 61, 128, 128, 153_600),
            json!({"model_type": "pangu_ultra_moe", "attention_q_lora_dim": 1536,
                "attention_kv_lora_dim": 512, "attention_qk_dim": 128,
                "attention_qk_rope_dim": 64, "attention_v_dim": 128, "num_dense_layers": 3,
                "num_routed_experts": 256, "num_shared_experts": 1, "num_experts_per_tok": 8,
                "moe_intermediate_size": 2048, "num_mtp_layers": 1}),
        ),
    );
    check(
        "minimax-m3",
        json!({"model_type": "minimax_m3_vl", "vision_config": {}, "text_config": with(
            sizes(6144, 3072, 60, 64, 4, 200_064),
            json!({"model_type": "minimax_m3", "head_dim": 128, "use_qk_norm": true,
                "dense_intermediate_size": 12288, "num_local_experts": 128,
                "num_experts_per_tok": 4, "n_shared_experts": 1, "shared_intermediate_size": 3072,
                "moe_layer_freq": (0..60).map(|i| u32::from(i >= 3)).collect::<Vec<_>>(),
                "num_mtp_modules": 1,
                "sparse_attention_config": {"use_sparse_attention": true, "sparse_topk_blocks": 16,
                    "sparse_block_size": 128, "sparse_num_index_heads": 4,
                    "sparse_index_dim": 128, "sparse_attention_freq":
                        (0..60).map(|i| u32::from(i >= 3)).collect::<Vec<_>>()}}))}),
    );
    check(
        "deepseek-v4-pro",
        json!({"model_type": "deepseek_v4", "hidden_size": 7168, "num_hidden_layers": 61,
            "vocab_size": 129_280, "num_attention_heads": 128, "num_key_value_heads": 1,
            "head_dim": 512, "qk_rope_head_dim": 64, "q_lora_rank": 1536, "o_groups": 16,
            "o_lora_rank": 1024, "sliding_window": 128, "index_n_heads": 64,
            "index_head_dim": 128, "index_topk": 1024, "hc_mult": 4, "num_hash_layers": 3,
            "n_routed_experts": 384, "n_shared_experts": 1, "num_experts_per_tok": 6,
            "moe_intermediate_size": 3072, "num_nextn_predict_layers": 1,
            "tie_word_embeddings": false}),
    );
}

#[test]
fn hybrid_families() {
    check(
        "kimi-k3",
        json!({"model_type": "kimi_k3", "text_config": with(
            sizes(7168, 33792, 93, 96, 96, 163_840),
            json!({"model_type": "kimi_linear", "q_lora_rank": 1536, "kv_lora_rank": 512,
                "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
                "mla_use_output_gate": true, "first_k_dense_replace": 1, "moe_layer_freq": 1,
                "num_experts": 896, "num_experts_per_token": 16, "num_shared_experts": 2,
                "moe_intermediate_size": 3072, "routed_expert_hidden_size": 3584,
                "linear_attn_config": {"num_heads": 96, "head_dim": 128,
                    "short_conv_kernel_size": 4,
                    "full_attn_layers": (1..=93).filter(|i| i % 4 == 0 || *i == 93)
                        .collect::<Vec<_>>()}}))}),
    );
    check(
        "minimax-m1",
        with(
            sizes(6144, 9216, 80, 64, 8, 200_064),
            json!({"model_type": "minimax_m1", "head_dim": 128, "num_local_experts": 32,
                "num_experts_per_tok": 2, "shared_intermediate_size": 0,
                "attn_type_list": (1..=80).map(|i| u32::from(i % 8 == 0)).collect::<Vec<_>>()}),
        ),
    );
    check(
        "qwen3.5-27b",
        json!({"model_type": "qwen3_5", "vision_config": {}, "text_config": with(
            sizes(5120, 17408, 64, 24, 4, 248_320),
            json!({"model_type": "qwen3_5_text", "head_dim": 256, "attn_output_gate": true,
                "full_attention_interval": 4, "linear_conv_kernel_dim": 4,
                "linear_key_head_dim": 128, "linear_num_key_heads": 16,
                "linear_num_value_heads": 48, "linear_value_head_dim": 128,
                "mtp_num_hidden_layers": 1}))}),
    );
    check(
        "nemotron-3-super",
        with(
            sizes(4096, 2688, 88, 32, 2, 131_072),
            json!({"model_type": "nemotron_h", "head_dim": 128, "mamba_num_heads": 128,
            "mamba_head_dim": 64, "n_groups": 8, "ssm_state_size": 128, "conv_kernel": 4,
            "mlp_hidden_act": "relu2", "n_routed_experts": 512, "num_experts_per_tok": 22,
            "moe_intermediate_size": 2688, "moe_shared_expert_intermediate_size": 5376,
            "n_shared_experts": 1, "moe_latent_size": 1024, "num_nextn_predict_layers": 1,
            "layers_block_type": each(88, |i| match i {
                i if i % 11 == 10 => "attention",
                i if i % 11 % 2 == 0 => "mamba",
                _ => "moe",
            })}),
        ),
    );
    check(
        "step-3",
        json!({"model_type": "step3_vl", "text_config": {"model_type": "step3_text",
            "hidden_size": 7168, "intermediate_size": 18432, "num_hidden_layers": 61,
            "num_attention_heads": 64, "num_attention_groups": 1, "head_dim": 256,
            "share_q_dim": 2048, "vocab_size": 128_815, "max_seq_len": 65536,
            "moe_intermediate_size": 5120, "moe_num_experts": 48, "moe_top_k": 3,
            "share_expert_dim": 5120,
            "moe_layers_enum": (4..60).map(|i| i.to_string()).collect::<Vec<_>>().join(",")}}),
    );
}
