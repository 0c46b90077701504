//! What is not a model's configuration, what is odd about one, and that nothing panics.

use proptest::prelude::*;

use super::*;
use crate::catalogue::architecture::{Attention, FeedForward};
use crate::catalogue::derived::param_count;
use crate::catalogue::number_format::NumberFormat;

const LLAMA: &str = r#"{"model_type":"llama","hidden_size":4096,"intermediate_size":11008,
    "num_hidden_layers":32,"num_attention_heads":32,"vocab_size":32000,
    "max_position_embeddings":4096,"tie_word_embeddings":false}"#;

/// The Llama configuration with keys replaced (`null` in effect removes one).
fn llama_with(changes: &str) -> String {
    let mut value: Value = serde_json::from_str(LLAMA).unwrap();
    let changes: Object = serde_json::from_str(changes).unwrap();
    value.as_object_mut().unwrap().extend(changes);
    value.to_string()
}

fn error(text: &str) -> String {
    parse(text).expect_err(text).to_string()
}

#[test]
fn other_files_are_named() {
    for (text, what) in [
        (
            r#"{"added_tokens":[],"model":{},"version":"1.0"}"#,
            OtherFile::Tokenizer,
        ),
        (
            r#"{"tokenizer_class":"LlamaTokenizer","model_max_length":4096}"#,
            OtherFile::Tokenizer,
        ),
        (
            r#"{"do_sample":true,"temperature":0.6,"top_p":0.9}"#,
            OtherFile::Generation,
        ),
        (
            r#"{"peft_type":"LORA","r":16,"lora_alpha":32}"#,
            OtherFile::Adapter,
        ),
        (
            r#"{"_class_name":"FluxTransformer2DModel","num_layers":19}"#,
            OtherFile::Diffusion,
        ),
        (
            r#"{"metadata":{},"weight_map":{"a":"b"}}"#,
            OtherFile::WeightIndex,
        ),
        (
            r#"{"image_processor_type":"X","size":{}}"#,
            OtherFile::Preprocessor,
        ),
        (
            r#"{"producer":{"name":"modelopt"},"quantization":{}}"#,
            OtherFile::Quantization,
        ),
    ] {
        assert_eq!(parse(text), Err(ConfigError::WrongFile(what)), "{text}");
    }
}

#[test]
fn text_that_is_no_object_is_refused() {
    assert!(matches!(parse(""), Err(ConfigError::NotJson { .. })));
    assert!(matches!(
        parse("{\"a\": }"),
        Err(ConfigError::NotJson { line: 1, .. })
    ));
    assert!(error("<!DOCTYPE html>").contains("config.json"));
    for text in ["null", "3", "\"x\"", "[1]", "true"] {
        assert!(
            matches!(parse(text), Err(ConfigError::NotObject { .. })),
            "{text}"
        );
    }
    assert!(matches!(
        parse(&"[".repeat(100_000)),
        Err(ConfigError::NotJson { .. })
    ));
    let deep = format!("{}1{}", r#"{"text_config":"#.repeat(120), "}".repeat(120));
    assert!(parse(&deep).is_err());
    assert!(matches!(
        parse(&" ".repeat(MAX_BYTES + 1)),
        Err(ConfigError::TooLong { .. })
    ));
}

#[test]
fn missing_dimensions_are_all_named() {
    let text = error(r#"{"model_type":"llama","hidden_size":4096}"#);
    for key in [
        "num_hidden_layers",
        "num_attention_heads",
        "vocab_size",
        "intermediate_size",
    ] {
        assert!(text.contains(key), "{text}");
    }
    assert!(error("{}").contains("unknown type"));
    assert!(error(r#"{"model_type":"mixtral","num_local_experts":8,"hidden_size":64,"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":8,"vocab_size":9}"#).contains("num_experts_per_tok"));
    // A default is only assumed where transformers leaves defaults out: in nested objects.
    assert!(
        error(r#"{"model_type":"gemma3_text","hidden_size":64,"num_hidden_layers":2}"#)
            .contains("vocab_size")
    );
}

#[test]
fn numbers_must_make_sense() {
    for (changes, part) in [
        (
            r#"{"hidden_size":"4096"}"#,
            "hidden_size must be a whole number, not the text \"4096\"",
        ),
        (r#"{"hidden_size":-1}"#, "hidden_size is -1"),
        (
            r#"{"hidden_size":0}"#,
            "hidden_size is 0; it must lie between 1",
        ),
        (
            r#"{"hidden_size":4096.5}"#,
            "hidden_size must be a whole number",
        ),
        (r#"{"hidden_size":1e300}"#, "hidden_size is"),
        (r#"{"hidden_size":[4096]}"#, "a list"),
        (r#"{"num_hidden_layers":1000000}"#, "between 1 and 4096"),
        (
            r#"{"num_attention_heads":33}"#,
            "no multiple of the 33 heads",
        ),
        (
            r#"{"num_key_value_heads":64}"#,
            "64 key-value heads for 32 query heads",
        ),
        (
            r#"{"num_experts":8,"num_experts_per_tok":9}"#,
            "9 experts per token of 8",
        ),
        (
            r#"{"layer_types":["full_attention"]}"#,
            "1 entries for 32 layers",
        ),
        (r#"{"model_type":7}"#, "model_type must be a text"),
        (r#"{"num_attention_heads":true}"#, "not true"),
    ] {
        let text = error(&llama_with(changes));
        assert!(text.contains(part), "{changes}: {text}");
    }
    // A whole number written as a float is one; null is absent.
    assert!(
        parse(&llama_with(
            r#"{"hidden_size":4096.0,"num_key_value_heads":null}"#
        ))
        .is_ok()
    );
}

#[test]
fn unsupported_kinds_are_refused() {
    for type_ in ["bert", "t5", "whisper", "nemotron-nas", "rwkv", "zamba2"] {
        let text = error(&llama_with(&format!(r#"{{"model_type":"{type_}"}}"#)));
        assert!(text.contains("not supported"), "{text}");
    }
    let text = error(&llama_with(r#"{"is_encoder_decoder":true}"#));
    assert!(text.contains("encoder-decoder"), "{text}");
}

#[test]
fn unknown_types_are_read_with_a_warning() {
    let read = parse(&llama_with(r#"{"model_type":"brand_new"}"#)).unwrap();
    let expected = ConfigWarning::UnknownType {
        model_type: "brand_new".into(),
    };
    assert_eq!(read.warnings, [expected]);
    let known = parse(LLAMA).unwrap();
    assert_eq!(read.model.architecture, known.model.architecture);
    assert!(known.warnings.is_empty());
    let read = parse(&llama_with(
        r#"{"model_type":"brand_new","tie_word_embeddings":null,"max_position_embeddings":null}"#,
    ))
    .unwrap();
    assert!(read.warnings.contains(&ConfigWarning::TyingUnknown));
    assert!(
        read.warnings
            .contains(&ConfigWarning::ContextUnknown { assumed: 4096 })
    );
    // Without a model_type the class name serves.
    let read = parse(&llama_with(
        r#"{"model_type":null,"architectures":["Qwen2ForCausalLM"]}"#,
    ))
    .unwrap();
    assert_eq!(read.model_type, "qwen2");
    assert!(read.warnings.is_empty());
}

#[test]
fn wrappers_are_opened() {
    for wrapper in ["text_config", "llm_config", "language_config"] {
        let text = format!(
            r#"{{"model_type":"some_vl","vision_config":{{"hidden_size":1}},"{wrapper}":{LLAMA}}}"#
        );
        let read = parse(&text).unwrap();
        assert_eq!(
            read.model.architecture,
            parse(LLAMA).unwrap().model.architecture
        );
        assert_eq!(
            read.warnings,
            [ConfigWarning::TowerNotCounted { tower: "vision" }]
        );
    }
    // Two levels, and defaults that the nested object leaves out.
    let read = parse(r#"{"model_type":"omni","thinker_config":{"audio_config":{},"text_config":{"model_type":"llama","vocab_size":32064}}}"#).unwrap();
    assert_eq!(read.model.architecture.hidden, 4096);
    assert!(read.warnings.iter().any(|w| matches!(
        w,
        ConfigWarning::DefaultUsed {
            key: "hidden_size",
            ..
        }
    )));
    // Older files keep the dimensions outside.
    let outside = llama_with(
        r#"{"model_type":"qwen2_vl","text_config":{"model_type":"qwen2_vl_text"},"vision_config":{}}"#,
    );
    assert_eq!(parse(&outside).unwrap().model.architecture.hidden, 4096);
}

#[test]
fn ties_follow_file_then_family() {
    let tied = |changes: &str| {
        parse(&llama_with(changes))
            .unwrap()
            .model
            .architecture
            .tied_embeddings
    };
    assert!(!tied("{}"));
    assert!(tied(r#"{"tie_word_embeddings":true}"#));
    assert!(!tied(r#"{"tie_word_embeddings":null}"#));
    assert!(tied(r#"{"tie_word_embeddings":null,"model_type":"gemma"}"#));
    assert!(!tied(r#"{"model_type":"gemma"}"#));
}

#[test]
fn number_formats_are_read() {
    let native = |changes: &str| parse(&llama_with(changes)).unwrap().native;
    let both = |format| NativePrecision {
        weights: Some(format),
        experts: Some(format),
        kv: None,
    };
    assert_eq!(native("{}"), NativePrecision::default());
    assert_eq!(
        native(r#"{"torch_dtype":"bfloat16"}"#),
        both(NumberFormat::Bf16)
    );
    assert_eq!(native(r#"{"dtype":"float16"}"#), both(NumberFormat::Fp16));
    assert_eq!(
        native(r#"{"torch_dtype":"bfloat16","quantization_config":{"quant_method":"fp8"}}"#),
        both(NumberFormat::Fp8)
    );
    assert_eq!(
        native(r#"{"quantization_config":{"quant_method":"gptq","bits":4}}"#),
        both(NumberFormat::Int4)
    );
    assert_eq!(
        native(r#"{"quantization_config":{"quant_method":"modelopt","quant_algo":"NVFP4"}}"#),
        both(NumberFormat::Fp4)
    );
    assert_eq!(
        native(r#"{"quantization_config":{"quant_method":"bitsandbytes","load_in_8bit":true}}"#),
        both(NumberFormat::Int8)
    );
    // Experts only: gpt-oss, Kimi-K2-Thinking, DeepSeek-V4.
    let oss = native(
        r#"{"torch_dtype":"bfloat16","quantization_config":{"quant_method":"mxfp4","modules_to_not_convert":["model.layers.*.self_attn","lm_head"]}}"#,
    );
    assert_eq!(
        (oss.weights, oss.experts),
        (Some(NumberFormat::Bf16), Some(NumberFormat::Fp4))
    );
    let kimi = native(
        r#"{"dtype":"bfloat16","quantization_config":{"quant_method":"compressed-tensors","config_groups":{"group_0":{"weights":{"num_bits":4,"type":"int"}}},"ignore":["lm_head","re:.*self_attn.*"],"kv_cache_scheme":{"num_bits":8,"type":"float"}}}"#,
    );
    assert_eq!(
        (kimi.weights, kimi.experts),
        (Some(NumberFormat::Bf16), Some(NumberFormat::Int4))
    );
    assert_eq!(kimi.kv, Some(NumberFormat::Fp8));
    let v4 = native(r#"{"expert_dtype":"fp4","quantization_config":{"quant_method":"fp8"}}"#);
    assert_eq!(
        (v4.weights, v4.experts),
        (Some(NumberFormat::Fp8), Some(NumberFormat::Fp4))
    );
}

#[test]
fn context_counts_yarn() {
    let context = |changes: &str| {
        parse(&llama_with(changes))
            .unwrap()
            .model
            .architecture
            .max_context
    };
    assert_eq!(context("{}"), 4096);
    let yarn = r#"{"rope_scaling":{"type":"yarn","factor":4.0,"original_max_position_embeddings":32768},"max_position_embeddings":32768}"#;
    assert_eq!(context(yarn), 131_072);
    assert_eq!(context(r#"{"max_position_embeddings":1e30}"#), 4096);
    assert_eq!(
        context(
            r#"{"rope_scaling":{"type":"yarn","factor":1e30,"original_max_position_embeddings":32768}}"#
        ),
        4096
    );
}

#[test]
fn names_come_from_the_repository_or_the_class() {
    let name = |changes: &str| parse(&llama_with(changes)).unwrap().model.name;
    assert_eq!(name("{}"), "llama");
    assert_eq!(name(r#"{"architectures":["LlamaForCausalLM"]}"#), "Llama");
    assert_eq!(
        name(r#"{"_name_or_path":"meta-llama/Llama-2-7b"}"#),
        "Llama-2-7b"
    );
    assert_eq!(name(r#"{"_name_or_path":"/home/someone/out"}"#), "llama");
}

#[test]
fn sparse_layers_stand_where_the_file_says() {
    let sparse = |changes: &str| {
        let text = llama_with(changes);
        let arch = parse(&text)
            .unwrap_or_else(|e| panic!("{text}: {e}"))
            .model
            .architecture;
        let moe = arch.ffn.iter().filter(|f| matches!(f, FeedForward::Moe(_)));
        moe.map(FeedForward::layers).sum::<u32>()
    };
    let moe = r#""num_experts":8,"num_experts_per_tok":2,"moe_intermediate_size":64"#;
    let with = |more: &str| sparse(&format!("{{{moe}{more}}}"));
    assert_eq!(with(""), 32);
    assert_eq!(with(r#","first_k_dense_replace":3"#), 29);
    assert_eq!(with(r#","moe_layer_freq":2"#), 16);
    assert_eq!(with(r#","decoder_sparse_step":4"#), 8);
    assert_eq!(with(r#","mlp_only_layers":[0,5]"#), 30);
    assert_eq!(with(r#","moe_layers_enum":"4,5,6""#), 3);
    assert_eq!(
        with(r#","model_type":"llama4_text","interleave_moe_layer_step":2"#),
        16
    );
    assert_eq!(
        with(r#","expert_layer_period":2,"expert_layer_offset":1"#),
        16
    );
    assert_eq!(
        with(r#","moe_layer_start_index":1,"moe_layer_end_index":30"#),
        30
    );
    assert_eq!(with(r#","model_type":"gemma4_text""#), 0);
    assert_eq!(
        with(r#","model_type":"gemma4_text","enable_moe_block":true"#),
        32
    );
}

#[test]
fn an_index_may_be_shared() {
    let base = r#"{"kv_lora_rank":512,"q_lora_rank":1536,"qk_nope_head_dim":128,"qk_rope_head_dim":64,
        "v_head_dim":128,"index_n_heads":64,"index_head_dim":128,"index_topk":2048,
        "model_type":"glm_moe_dsa","num_hidden_layers":78"#;
    let own = |more: &str| {
        let arch = parse(&llama_with(&format!("{base}{more}}}")))
            .unwrap()
            .model
            .architecture;
        let own = arch.attn.iter().map(|a| match a {
            Attention::Mla(g) if !g.index_shared => g.n,
            _ => 0,
        });
        own.sum::<u32>()
    };
    assert_eq!(own(""), 78);
    assert_eq!(own(r#","index_topk_freq":4"#), 21);
}

/// Every text that occurs as a key of a fixture, to mutate with.
fn keys() -> Vec<String> {
    let mut keys = Vec::new();
    for text in fixtures() {
        if let Ok(Value::Object(map)) = json(&text) {
            keys.extend(map.keys().cloned());
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

fn fixtures() -> Vec<String> {
    let published = super::tests_published::texts();
    published
        .map(str::to_owned)
        .chain([LLAMA.to_owned()])
        .collect()
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u32..300).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z*ME_-]{0,12}".prop_map(Value::from),
        prop::collection::vec(0_u32..5, 0..40).prop_map(Value::from),
        prop::collection::vec("(full|sliding|linear)_attention", 0..40).prop_map(Value::from),
        Just(serde_json::json!({"num_heads": 3, "kda_layers": "x", "full_attn_layers": [1]})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Any change to any configuration is read or refused, and what is read is finite.
    #[test]
    fn mutated_configurations_never_panic(
        fixture in 0..1000_usize,
        changes in prop::collection::vec((0..1000_usize, any_value()), 1..6),
        types in prop::option::of(0..1000_usize),
    ) {
        let fixtures = fixtures();
        let keys = keys();
        let mut value = json(&fixtures[fixture % fixtures.len()]).unwrap();
        let map = value.as_object_mut().unwrap();
        for (key, new) in changes {
            map.insert(keys[key % keys.len()].clone(), new);
        }
        if let Some(other) = types {
            let other = json(&fixtures[other % fixtures.len()]).unwrap();
            map.insert("model_type".into(), other["model_type"].clone());
        }
        if let Ok(read) = parse(&value.to_string()) {
            let total = param_count(&read.model.architecture).total();
            prop_assert!(total.is_finite() && total > 0.0, "{value}");
            for warning in &read.warnings {
                prop_assert!(!warning.to_string().is_empty());
            }
        }
    }

    /// Any text at all is read or refused.
    #[test]
    fn any_text_never_panics(text in "\\PC*", cut in 0..2000_usize, at in 0..1000_usize) {
        let _ = parse(&text);
        let fixtures = fixtures();
        let fixture = &fixtures[at % fixtures.len()];
        let cut = cut % fixture.len();
        if let (Some(head), Some(tail)) = (fixture.get(..cut), fixture.get(cut..)) {
            let _ = parse(&format!("{head}{text}{tail}"));
            let _ = parse(head);
        }
    }
}
