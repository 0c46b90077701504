//! Against published configurations and published parameter counts.

use std::{fs, path::Path};

use super::*;
use crate::catalogue::Catalogue;
use crate::catalogue::architecture::Attention;
use crate::catalogue::derived::{kv_elements_per_token, param_count};

/// File in the folder of vendors' configurations, catalogue id.
const VENDOR_FILES: [(&str, &str); 16] = [
    ("MiniMaxAI--MiniMax-M2.5", "minimax-m2"),
    ("Qwen--Qwen3-235B-A22B-FP8", "qwen3-235b-a22b"),
    ("Qwen--Qwen3-30B-A3B", "qwen3-30b-a3b"),
    ("Qwen--Qwen3-8B", "qwen3-8b"),
    ("Qwen--Qwen3.5-397B-A17B", "qwen3.5-397b-a17b"),
    ("XiaomiMiMo--MiMo-V2-Flash", "mimo-v2-flash"),
    ("deepseek-ai--DeepSeek-V3.2", "deepseek-v3.2"),
    ("deepseek-ai--DeepSeek-V3", "deepseek-v3"),
    ("deepseek-ai--DeepSeek-V4-Flash", "deepseek-v4-flash"),
    (
        "meta-llama--Llama-4-Scout-17B-16E-Instruct",
        "llama-4-scout",
    ),
    ("meta-llama--Meta-Llama-3.1-70B", "llama-3.1-70b"),
    ("mistralai--Mixtral-8x7B-v0.1", "mixtral-8x7b"),
    ("moonshotai--Kimi-K2-Instruct", "kimi-k2"),
    ("nvidia--GLM-5-NVFP4", "glm-5"),
    (
        "nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
        "nemotron-3-nano",
    ),
    ("openai--gpt-oss-120b", "gpt-oss-120b"),
];

#[test]
fn vendors_files_give_the_catalogues_architecture() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/catalog/configs");
    if !folder.is_dir() {
        eprintln!("skipped: the vendors' configurations are not here");
        return;
    }
    for (file, id) in VENDOR_FILES {
        let text = fs::read_to_string(folder.join(format!("{file}_config.json"))).unwrap();
        let read = parse(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
        let known = &Catalogue::embedded().model(id).unwrap().architecture;
        let mut found = read.model.architecture.clone();
        // The catalogue counts prediction layers from the model cards; orders differ.
        found.mtp_layers = known.mtp_layers;
        let mut known = known.clone();
        for arch in [&mut found, &mut known] {
            arch.attn.sort_by_key(|a| format!("{a:?}"));
            arch.ffn.sort_by_key(|a| format!("{a:?}"));
        }
        assert_eq!(found, known, "{file}");
        let unexpected = read
            .warnings
            .iter()
            .any(|w| !matches!(w, ConfigWarning::TowerNotCounted { .. }));
        assert!(!unexpected, "{file}: {:?}", read.warnings);
    }
}

/// Name, configuration, parameters in billions, KV elements per token.
pub(super) type Published = (&'static str, &'static str, f64, f64);

/// Written from the families' published dimensions; total and KV elements per token are the
/// published counts (model cards, papers), in billions and elements.
const PUBLISHED: &[Published] = &[
    (
        "Llama-2-7B",
        r#"{"model_type":"llama","hidden_size":4096,"intermediate_size":11008,"num_hidden_layers":32,"num_attention_heads":32,"vocab_size":32000,"max_position_embeddings":4096,"tie_word_embeddings":false}"#,
        6.738,
        262_144.0,
    ),
    (
        "Llama-2-70B",
        r#"{"model_type":"llama","hidden_size":8192,"intermediate_size":28672,"num_hidden_layers":80,"num_attention_heads":64,"num_key_value_heads":8,"vocab_size":32000,"max_position_embeddings":4096,"tie_word_embeddings":false}"#,
        68.977,
        163_840.0,
    ),
    (
        "Llama-3.2-1B",
        r#"{"model_type":"llama","head_dim":64,"hidden_size":2048,"intermediate_size":8192,"num_hidden_layers":16,"num_attention_heads":32,"num_key_value_heads":8,"vocab_size":128256,"max_position_embeddings":131072,"tie_word_embeddings":true}"#,
        1.236,
        16_384.0,
    ),
    (
        "Mistral-7B",
        r#"{"model_type":"mistral","hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"vocab_size":32000,"sliding_window":null,"max_position_embeddings":32768,"tie_word_embeddings":false}"#,
        7.242,
        65_536.0,
    ),
    (
        "Mistral-Nemo-12B",
        r#"{"model_type":"mistral","head_dim":128,"hidden_size":5120,"intermediate_size":14336,"num_hidden_layers":40,"num_attention_heads":32,"num_key_value_heads":8,"vocab_size":131072,"sliding_window":null,"max_position_embeddings":131072,"tie_word_embeddings":false}"#,
        12.248,
        81_920.0,
    ),
    (
        "Mixtral-8x22B",
        r#"{"model_type":"mixtral","hidden_size":6144,"intermediate_size":16384,"num_hidden_layers":56,"num_attention_heads":48,"num_key_value_heads":8,"num_local_experts":8,"num_experts_per_tok":2,"vocab_size":32000,"sliding_window":null,"max_position_embeddings":65536,"tie_word_embeddings":false}"#,
        140.6,
        114_688.0,
    ),
    (
        "Qwen2.5-7B",
        r#"{"model_type":"qwen2","hidden_size":3584,"intermediate_size":18944,"max_window_layers":28,"num_hidden_layers":28,"num_attention_heads":28,"num_key_value_heads":4,"sliding_window":131072,"use_sliding_window":false,"vocab_size":152064,"max_position_embeddings":131072,"tie_word_embeddings":false}"#,
        7.616,
        28_672.0,
    ),
    (
        "Qwen2.5-0.5B",
        r#"{"model_type":"qwen2","hidden_size":896,"intermediate_size":4864,"num_hidden_layers":24,"num_attention_heads":14,"num_key_value_heads":2,"use_sliding_window":false,"vocab_size":151936,"max_position_embeddings":32768,"tie_word_embeddings":true}"#,
        0.494,
        6_144.0,
    ),
    (
        "Qwen1.5-MoE-A2.7B",
        r#"{"model_type":"qwen2_moe","decoder_sparse_step":1,"hidden_size":2048,"intermediate_size":5632,"moe_intermediate_size":1408,"num_attention_heads":16,"num_experts":60,"num_experts_per_tok":4,"num_hidden_layers":24,"num_key_value_heads":16,"shared_expert_intermediate_size":5632,"use_sliding_window":false,"vocab_size":151936,"max_position_embeddings":8192,"tie_word_embeddings":false}"#,
        14.316,
        98_304.0,
    ),
    (
        "Gemma-2-9B",
        r#"{"model_type":"gemma2","head_dim":256,"hidden_size":3584,"intermediate_size":14336,"num_attention_heads":16,"num_hidden_layers":42,"num_key_value_heads":8,"sliding_window":4096,"max_position_embeddings":8192,"vocab_size":256000}"#,
        9.242,
        86_016.0,
    ),
    (
        "Gemma-3-4B",
        r#"{"model_type":"gemma3","text_config":{"model_type":"gemma3_text","hidden_size":2560,"intermediate_size":10240,"num_hidden_layers":34,"sliding_window":1024},"vision_config":{"hidden_size":1152}}"#,
        3.880,
        10_240.0,
    ),
    (
        "Gemma-7B",
        r#"{"model_type":"gemma","head_dim":256,"hidden_size":3072,"intermediate_size":24576,"num_attention_heads":16,"num_hidden_layers":28,"num_key_value_heads":16,"max_position_embeddings":8192,"vocab_size":256000}"#,
        8.538,
        229_376.0,
    ),
    (
        "Phi-3-mini",
        r#"{"model_type":"phi3","hidden_size":3072,"intermediate_size":8192,"num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":32,"sliding_window":262144,"max_position_embeddings":131072,"vocab_size":32064,"tie_word_embeddings":false}"#,
        3.821,
        196_608.0,
    ),
    (
        "Phi-3.5-MoE",
        r#"{"model_type":"phimoe","attention_bias":true,"hidden_size":4096,"intermediate_size":6400,"num_attention_heads":32,"num_experts_per_tok":2,"num_hidden_layers":32,"num_key_value_heads":8,"num_local_experts":16,"sliding_window":131072,"max_position_embeddings":131072,"vocab_size":32064,"tie_word_embeddings":false}"#,
        41.87,
        65_536.0,
    ),
    (
        "Phi-2",
        r#"{"model_type":"phi","hidden_size":2560,"intermediate_size":10240,"num_attention_heads":32,"num_hidden_layers":32,"max_position_embeddings":2048,"vocab_size":51200,"tie_word_embeddings":false}"#,
        2.780,
        163_840.0,
    ),
    (
        "GPT-2",
        r#"{"model_type":"gpt2","n_ctx":1024,"n_embd":768,"n_head":12,"n_layer":12,"n_positions":1024,"vocab_size":50257}"#,
        0.12444,
        18_432.0,
    ),
    (
        "GPT-NeoX-20B",
        r#"{"model_type":"gpt_neox","hidden_size":6144,"intermediate_size":24576,"num_attention_heads":64,"num_hidden_layers":44,"max_position_embeddings":2048,"vocab_size":50432,"tie_word_embeddings":false}"#,
        20.55,
        540_672.0,
    ),
    (
        "OPT-6.7B",
        r#"{"model_type":"opt","ffn_dim":16384,"hidden_size":4096,"num_attention_heads":32,"num_hidden_layers":32,"max_position_embeddings":2048,"vocab_size":50272,"word_embed_proj_dim":4096}"#,
        6.658,
        262_144.0,
    ),
    (
        "BLOOM-7B1",
        r#"{"model_type":"bloom","hidden_size":4096,"n_head":32,"n_layer":30,"seq_length":2048,"vocab_size":250880}"#,
        7.069,
        245_760.0,
    ),
    (
        "BLOOM-176B",
        r#"{"model_type":"bloom","n_embed":14336,"num_attention_heads":112,"n_layer":70,"seq_length":2048,"vocab_size":250880}"#,
        176.25,
        2_007_040.0,
    ),
    (
        "Falcon-7B",
        r#"{"model_type":"falcon","alibi":false,"bias":false,"hidden_size":4544,"multi_query":true,"new_decoder_architecture":false,"num_attention_heads":71,"num_hidden_layers":32,"parallel_attn":true,"vocab_size":65024}"#,
        6.922,
        4_096.0,
    ),
    (
        "Falcon-40B",
        r#"{"model_type":"falcon","bias":false,"hidden_size":8192,"new_decoder_architecture":true,"num_attention_heads":128,"num_hidden_layers":60,"num_kv_heads":8,"vocab_size":65024}"#,
        41.3,
        61_440.0,
    ),
    (
        "StarCoder2-3B",
        r#"{"model_type":"starcoder2","hidden_size":3072,"intermediate_size":12288,"num_attention_heads":24,"num_hidden_layers":30,"num_key_value_heads":2,"sliding_window":4096,"use_bias":true,"max_position_embeddings":16384,"vocab_size":49152}"#,
        3.030,
        0.0,
    ),
    (
        "StarCoder-15B",
        r#"{"model_type":"gpt_bigcode","multi_query":true,"n_embd":6144,"n_head":48,"n_inner":24576,"n_layer":40,"n_positions":8192,"vocab_size":49152}"#,
        15.52,
        10_240.0,
    ),
    (
        "MPT-7B",
        r#"{"model_type":"mpt","attn_config":{"alibi":true},"d_model":4096,"expansion_ratio":4,"max_seq_len":2048,"n_heads":32,"n_layers":32,"no_bias":true,"vocab_size":50432}"#,
        6.649,
        262_144.0,
    ),
    (
        "DBRX",
        r#"{"model_type":"dbrx","attn_config":{"clip_qkv":8,"kv_n_heads":8},"d_model":6144,"ffn_config":{"ffn_hidden_size":10752,"moe_num_experts":16,"moe_top_k":4},"max_seq_len":32768,"n_heads":48,"n_layers":40,"tie_word_embeddings":false,"vocab_size":100352}"#,
        131.6,
        81_920.0,
    ),
    (
        "OLMoE-1B-7B",
        r#"{"model_type":"olmoe","hidden_size":2048,"intermediate_size":1024,"num_attention_heads":16,"num_experts":64,"num_experts_per_tok":8,"num_hidden_layers":16,"num_key_value_heads":16,"max_position_embeddings":4096,"vocab_size":50304,"tie_word_embeddings":false}"#,
        6.919,
        65_536.0,
    ),
    (
        "OLMo-2-7B",
        r#"{"model_type":"olmo2","hidden_size":4096,"intermediate_size":11008,"num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":32,"max_position_embeddings":4096,"vocab_size":100352,"tie_word_embeddings":false}"#,
        7.299,
        262_144.0,
    ),
    (
        "DeepSeek-V2-Lite",
        r#"{"model_type":"deepseek_v2","first_k_dense_replace":1,"hidden_size":2048,"intermediate_size":10944,"kv_lora_rank":512,"moe_intermediate_size":1408,"moe_layer_freq":1,"n_routed_experts":64,"n_shared_experts":2,"num_attention_heads":16,"num_experts_per_tok":6,"num_hidden_layers":27,"num_key_value_heads":16,"q_lora_rank":null,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"max_position_embeddings":163840,"vocab_size":102400,"tie_word_embeddings":false}"#,
        15.706,
        15_552.0,
    ),
    (
        "DeepSeek-V2",
        r#"{"model_type":"deepseek_v2","first_k_dense_replace":1,"hidden_size":5120,"intermediate_size":12288,"kv_lora_rank":512,"moe_intermediate_size":1536,"moe_layer_freq":1,"n_routed_experts":160,"n_shared_experts":2,"num_attention_heads":128,"num_experts_per_tok":6,"num_hidden_layers":60,"num_key_value_heads":128,"q_lora_rank":1536,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"max_position_embeddings":163840,"vocab_size":102400,"tie_word_embeddings":false}"#,
        235.74,
        34_560.0,
    ),
    (
        "DeepSeek-MoE-16B",
        r#"{"model_type":"deepseek","first_k_dense_replace":1,"hidden_size":2048,"intermediate_size":10944,"moe_intermediate_size":1408,"moe_layer_freq":1,"n_routed_experts":64,"n_shared_experts":2,"num_attention_heads":16,"num_experts_per_tok":6,"num_hidden_layers":28,"num_key_value_heads":16,"max_position_embeddings":4096,"vocab_size":102400,"tie_word_embeddings":false}"#,
        16.376,
        114_688.0,
    ),
    (
        "Granite-3.1-8B",
        r#"{"model_type":"granite","hidden_size":4096,"intermediate_size":12800,"num_attention_heads":32,"num_hidden_layers":40,"num_key_value_heads":8,"max_position_embeddings":131072,"vocab_size":49155,"tie_word_embeddings":true}"#,
        8.171,
        81_920.0,
    ),
    (
        "Granite-3.1-3B-A800M",
        r#"{"model_type":"granitemoe","hidden_size":1536,"intermediate_size":512,"num_attention_heads":24,"num_experts_per_tok":8,"num_hidden_layers":32,"num_key_value_heads":8,"num_local_experts":40,"max_position_embeddings":131072,"vocab_size":49155,"tie_word_embeddings":true}"#,
        3.299,
        32_768.0,
    ),
    (
        "Command-R",
        r#"{"model_type":"cohere","hidden_size":8192,"intermediate_size":22528,"num_attention_heads":64,"num_hidden_layers":40,"num_key_value_heads":64,"max_position_embeddings":131072,"model_max_length":131072,"vocab_size":256000,"use_qk_norm":false}"#,
        34.98,
        655_360.0,
    ),
    (
        "GLM-4-9B",
        r#"{"model_type":"chatglm","add_bias_linear":false,"add_qkv_bias":true,"ffn_hidden_size":13696,"hidden_size":4096,"kv_channels":128,"multi_query_attention":true,"multi_query_group_num":2,"num_attention_heads":32,"num_layers":40,"padded_vocab_size":151552,"seq_length":131072,"tie_word_embeddings":false}"#,
        9.40,
        20_480.0,
    ),
    (
        "Mamba-2.8B",
        r#"{"model_type":"mamba","hidden_size":2560,"intermediate_size":5120,"num_hidden_layers":64,"state_size":16,"conv_kernel":4,"expand":2,"time_step_rank":160,"vocab_size":50280}"#,
        2.768,
        0.0,
    ),
    (
        "Mamba2-2.7B",
        r#"{"model_type":"mamba2","hidden_size":2560,"num_hidden_layers":64,"state_size":128,"conv_kernel":4,"expand":2,"head_dim":64,"num_heads":80,"n_groups":1,"vocab_size":50288,"time_step_limit":[0.0,Infinity]}"#,
        2.703,
        0.0,
    ),
    (
        "Jamba-v0.1",
        r#"{"model_type":"jamba","attn_layer_offset":4,"attn_layer_period":8,"expert_layer_offset":1,"expert_layer_period":2,"hidden_size":4096,"intermediate_size":14336,"mamba_conv_bias":true,"mamba_d_conv":4,"mamba_d_state":16,"mamba_dt_rank":256,"mamba_expand":2,"num_attention_heads":32,"num_experts":16,"num_experts_per_tok":2,"num_hidden_layers":32,"num_key_value_heads":8,"max_position_embeddings":262144,"vocab_size":65536,"tie_word_embeddings":false}"#,
        51.57,
        8_192.0,
    ),
    (
        "Arctic",
        r#"{"model_type":"arctic","hidden_size":7168,"intermediate_size":4864,"moe_layer_frequency":1,"num_attention_heads":56,"num_experts_per_tok":2,"num_hidden_layers":35,"num_key_value_heads":8,"num_local_experts":128,"parallel_attn_mlp_res":true,"max_position_embeddings":4096,"vocab_size":32000,"tie_word_embeddings":false}"#,
        480.0,
        71_680.0,
    ),
    (
        "ERNIE-4.5-21B-A3B",
        r#"{"model_type":"ernie4_5_moe","head_dim":128,"hidden_size":2560,"intermediate_size":12288,"moe_intermediate_size":1536,"moe_k":6,"moe_layer_end_index":27,"moe_layer_interval":1,"moe_layer_start_index":1,"moe_num_experts":64,"moe_num_shared_experts":2,"num_attention_heads":20,"num_hidden_layers":28,"num_key_value_heads":4,"max_position_embeddings":131072,"use_bias":false,"vocab_size":103424,"tie_word_embeddings":true}"#,
        21.83,
        28_672.0,
    ),
    (
        "LongCat-Flash",
        r#"{"model_type":"longcat_flash","expert_ffn_hidden_size":2048,"ffn_hidden_size":12288,"hidden_size":6144,"kv_lora_rank":512,"max_position_embeddings":131072,"moe_topk":12,"n_routed_experts":512,"num_attention_heads":64,"num_layers":28,"q_lora_rank":1536,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"vocab_size":131072,"zero_expert_num":256,"zero_expert_type":"identity","tie_word_embeddings":false}"#,
        560.0,
        32_256.0,
    ),
    (
        "Kimi-Linear-48B-A3B",
        r#"{"model_type":"kimi_linear","first_k_dense_replace":1,"head_dim":72,"hidden_size":2304,"intermediate_size":9216,"kv_lora_rank":512,"linear_attn_config":{"full_attn_layers":[4,8,12,16,20,24,27],"head_dim":128,"kda_layers":[1,2,3,5,6,7,9,10,11,13,14,15,17,18,19,21,22,23,25,26],"num_heads":32,"short_conv_kernel_size":4},"model_max_length":1048576,"moe_intermediate_size":1024,"moe_layer_freq":1,"num_attention_heads":32,"num_experts":256,"num_experts_per_token":8,"num_hidden_layers":27,"num_key_value_heads":32,"num_shared_experts":1,"q_lora_rank":null,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"tie_word_embeddings":false,"v_head_dim":128,"vocab_size":163840}"#,
        49.12,
        4_032.0,
    ),
    (
        "Qwen3-Next-80B-A3B",
        r#"{"model_type":"qwen3_next","decoder_sparse_step":1,"full_attention_interval":4,"head_dim":256,"hidden_size":2048,"intermediate_size":5120,"linear_conv_kernel_dim":4,"linear_key_head_dim":128,"linear_num_key_heads":16,"linear_num_value_heads":32,"linear_value_head_dim":128,"mlp_only_layers":[],"moe_intermediate_size":512,"num_attention_heads":16,"num_experts":512,"num_experts_per_tok":10,"num_hidden_layers":48,"num_key_value_heads":2,"shared_expert_intermediate_size":512,"max_position_embeddings":262144,"vocab_size":151936,"tie_word_embeddings":false}"#,
        79.674,
        12_288.0,
    ),
    (
        "MiniMax-Text-01",
        r#"{"architectures":["MiniMaxText01ForCausalLM"],"model_type":"minimax_text_01","attn_type_list":[0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1],"head_dim":128,"hidden_size":6144,"intermediate_size":9216,"num_attention_heads":64,"num_experts_per_tok":2,"num_hidden_layers":80,"num_key_value_heads":8,"num_local_experts":32,"shared_intermediate_size":0,"max_position_embeddings":10240000,"vocab_size":200064,"tie_word_embeddings":false}"#,
        456.09,
        20_480.0,
    ),
    (
        "Hunyuan-A13B",
        r#"{"model_type":"hunyuan_v1_moe","attention_head_dim":128,"hidden_size":4096,"intermediate_size":3072,"moe_intermediate_size":[3072,3072],"moe_topk":[8,8],"num_attention_heads":32,"num_experts":64,"num_hidden_layers":32,"num_key_value_heads":8,"num_shared_expert":[1,1],"use_qk_norm":true,"use_mixed_mlp_moe":true,"max_position_embeddings":32768,"vocab_size":128167,"tie_word_embeddings":true}"#,
        80.393,
        65_536.0,
    ),
    (
        "Granite-4.0-H-Small",
        r#"{"model_type":"granitemoehybrid","hidden_size":4096,"intermediate_size":768,"layer_types":["mamba","mamba","mamba","mamba","mamba","attention","mamba","mamba","mamba","mamba","mamba","mamba","mamba","mamba","mamba","attention","mamba","mamba","mamba","mamba","mamba","mamba","mamba","mamba","mamba","attention","mamba","mamba","mamba","mamba","mamba","mamba","mamba","mamba","mamba","attention","mamba","mamba","mamba","mamba"],"mamba_d_conv":4,"mamba_d_head":64,"mamba_d_state":128,"mamba_expand":2,"mamba_n_groups":1,"mamba_n_heads":128,"num_attention_heads":32,"num_experts_per_tok":10,"num_hidden_layers":40,"num_key_value_heads":8,"num_local_experts":72,"shared_intermediate_size":1536,"max_position_embeddings":131072,"vocab_size":100352,"tie_word_embeddings":true}"#,
        32.2,
        8_192.0,
    ),
    (
        "Bamba-9B",
        r#"{"model_type":"bamba","attn_layer_indices":[9,18,27],"hidden_size":4096,"intermediate_size":14336,"mamba_d_conv":4,"mamba_d_head":64,"mamba_d_state":128,"mamba_expand":2,"mamba_n_groups":1,"mamba_n_heads":128,"num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":8,"max_position_embeddings":262144,"vocab_size":128256,"tie_word_embeddings":false}"#,
        9.78,
        6_144.0,
    ),
    (
        "Nemotron-4-15B",
        r#"{"model_type":"nemotron","hidden_act":"relu2","hidden_size":6144,"intermediate_size":24576,"num_attention_heads":48,"num_hidden_layers":32,"num_key_value_heads":8,"max_position_embeddings":4096,"vocab_size":256000,"tie_word_embeddings":false}"#,
        15.63,
        65_536.0,
    ),
];

#[test]
fn published_parameter_counts_come_out() {
    check_published(PUBLISHED);
}

/// Every configuration gives its counts, without a doubt about what it is.
pub(super) fn check_published(models: &[Published]) {
    let mut wrong = Vec::new();
    for (name, text, billions, kv) in models {
        let read = match parse(text) {
            Ok(read) => read,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let arch = &read.model.architecture;
        let total = param_count(arch).total() / 1e9;
        if (total / billions - 1.0).abs() > 0.005 {
            wrong.push(format!("{name}: {total} B, published {billions} B"));
        }
        let elements = kv_elements_per_token(arch).total();
        if elements != *kv {
            wrong.push(format!(
                "{name}: {elements} KV elements a token, published {kv}"
            ));
        }
        if read.warnings.iter().any(|w| {
            matches!(
                w,
                ConfigWarning::UnknownType { .. } | ConfigWarning::TyingUnknown
            )
        }) {
            wrong.push(format!("{name}: {:?}", read.warnings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn windows_follow_the_familys_pattern() {
    let windows = |text: &str| {
        let arch = parse(text).unwrap().model.architecture;
        let windows = arch.attn.iter().map(|a| match a {
            Attention::Gqa(g) => (g.n, g.window, g.chunk),
            other => panic!("{other:?}"),
        });
        windows.collect::<Vec<_>>()
    };
    let base = r#""hidden_size":64,"intermediate_size":128,"num_hidden_layers":12,"num_attention_heads":4,"vocab_size":100,"max_position_embeddings":8192,"sliding_window":512"#;
    let of =
        |type_: &str, more: &str| windows(&format!(r#"{{"model_type":"{type_}",{base}{more}}}"#));
    assert_eq!(of("mistral", ""), [(12, 512, 0)]);
    assert_eq!(of("qwen2", ""), [(12, 0, 0)]);
    assert_eq!(
        of(
            "qwen2",
            r#","use_sliding_window":true,"max_window_layers":9"#
        ),
        [(9, 0, 0), (3, 512, 0)]
    );
    assert_eq!(of("gemma2", ""), [(6, 512, 0), (6, 0, 0)]);
    assert_eq!(of("gemma3_text", ""), [(10, 512, 0), (2, 0, 0)]);
    assert_eq!(
        of("gemma3_text", r#","sliding_window_pattern":3"#),
        [(8, 512, 0), (4, 0, 0)]
    );
    assert_eq!(of("cohere2", ""), [(9, 512, 0), (3, 0, 0)]);
    assert_eq!(
        of("exaone4", r#","sliding_window_pattern":"LLLG""#),
        [(9, 512, 0), (3, 0, 0)]
    );
    // A window as long as the context is none.
    assert_eq!(
        of("phi3", r#","max_position_embeddings":512"#),
        [(12, 0, 0)]
    );
    let listed = r#","layer_types":["full_attention","sliding_attention","full_attention","full_attention","full_attention","full_attention","full_attention","full_attention","full_attention","full_attention","full_attention","full_attention","full_attention"]"#;
    assert_eq!(of("ministral3", listed), [(11, 0, 0), (1, 512, 0)]);
}

/// The texts above, for other tests to mutate.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    let all = PUBLISHED.iter().chain(super::tests_layouts::LAYOUTS);
    all.map(|(_, text, _, _)| *text)
}
