//! Quantisation records as the hub's tools write them.

use super::*;
use crate::catalogue::number_format::NumberFormat::{self, Bf16, Fp4, Fp8, Int4, Int8};

/// Formats of weights and experts with this `quantization_config`, and the warnings about it.
fn read(record: &str) -> (Option<NumberFormat>, Option<NumberFormat>, String) {
    let text = format!(
        r#"{{"model_type":"qwen3_moe","hidden_size":512,"num_hidden_layers":4,"num_attention_heads":8,
        "num_key_value_heads":2,"vocab_size":1000,"max_position_embeddings":4096,"num_experts":8,
        "num_experts_per_tok":2,"moe_intermediate_size":128,"tie_word_embeddings":false,
        "torch_dtype":"bfloat16","quantization_config":{record}}}"#
    );
    let read = parse(&text).unwrap_or_else(|error| panic!("{record}: {error}"));
    let warnings: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    (
        read.native.weights,
        read.native.experts,
        warnings.join("; "),
    )
}

#[test]
fn widths_come_from_the_method_its_names_or_its_bits() {
    for (record, format) in [
        (r#"{"quant_method":"eetq","weights":"int8"}"#, Int8),
        (r#"{"quant_method":"quanto","weights":"int4"}"#, Int4),
        (r#"{"quant_method":"quanto","weights":"float8"}"#, Fp8),
        (
            r#"{"quant_method":"mxfp8","weight_block_size":[1,32]}"#,
            Fp8,
        ),
        (
            r#"{"quant_method":"fp_quant","forward_dtype":"mxfp4"}"#,
            Fp4,
        ),
        (r#"{"quant_method":"exl2","bits":4.0}"#, Int4),
        (
            r#"{"quant_method":"hqq","quant_config":{"weight_quant_params":{"nbits":4,"group_size":64}}}"#,
            Int4,
        ),
        (
            r#"{"quant_method":"hqq","quant_config":{"self_attn.q_proj":{"weight_quant_params":{"nbits":8}}}}"#,
            Int8,
        ),
        (
            r#"{"quant_method":"quark","global_quant_config":{"weight":{"dtype":"fp8_e4m3"}}}"#,
            Fp8,
        ),
        (
            r#"{"quant_method":"quark","global_quant_config":{"weight":{"dtype":"fp4"},"input_tensors":{"dtype":"fp8_e4m3"}}}"#,
            Fp4,
        ),
        (
            r#"{"quant_method":"quark","global_quant_config":{"weight":[{"dtype":"fp8_e4m3"},{"dtype":"int4"}]}}"#,
            Int4,
        ),
        (
            r#"{"quant_method":"torchao","quant_type":"int4_weight_only"}"#,
            Int4,
        ),
        (
            r#"{"quant_method":"torchao","quant_type":{"default":{"_type":"Int4WeightOnlyConfig"}}}"#,
            Int4,
        ),
        (
            r#"{"quant_method":"torchao","quant_type":{"default":{"_type":"Int8DynamicActivationInt4WeightConfig"}}}"#,
            Int4,
        ),
        (
            r#"{"quant_method":"torchao","quant_type":{"default":{"_type":"Float8DynamicActivationFloat8WeightConfig"}}}"#,
            Fp8,
        ),
        (
            r#"{"quant_method":"torchao","quant_type":{"default":{"_type":"IntxWeightOnlyConfig","_data":{"weight_dtype":{"_type":"torch.dtype","_data":"int4"}}}}}"#,
            Int4,
        ),
        (
            r#"{"quant_method":"modelopt","quant_algo":"W4A8_AWQ"}"#,
            Int4,
        ),
        (
            r#"{"quant_method":"modelopt","quant_algo":"FP8_PB_WO"}"#,
            Fp8,
        ),
        (
            r#"{"quant_method":"compressed-tensors","config_groups":{"group_0":{"targets":["Linear"],"weights":{"num_bits":8,"type":"int"}}},"ignore":["lm_head"]}"#,
            Int8,
        ),
    ] {
        assert_eq!(
            read(record),
            (Some(format), Some(format), String::new()),
            "{record}"
        );
    }
}

#[test]
fn other_widths_become_the_nearest_and_are_told() {
    for (record, format, told) in [
        (
            r#"{"quant_method":"gptq","bits":2}"#,
            Int4,
            "of 2 bit are counted as 4 bit",
        ),
        (
            r#"{"quant_method":"gptq","bits":3}"#,
            Int4,
            "of 3 bit are counted as 4 bit",
        ),
        (
            r#"{"quant_method":"exl2","bits":4.65}"#,
            Int4,
            "of 4.65 bit are counted as 4 bit",
        ),
        (
            r#"{"quant_method":"exl2","bits":6.0}"#,
            Int8,
            "of 6 bit are counted as 8 bit",
        ),
        (r#"{"quant_method":"spqr","bits":3}"#, Int4, "of 3 bit"),
        (r#"{"quant_method":"bitnet"}"#, Int4, "of 2 bit"),
        (
            r#"{"quant_method":"aqlm","nbits_per_codebook":16,"num_codebooks":1,"in_group_size":8,"out_group_size":1}"#,
            Int4,
            "of 2 bit",
        ),
    ] {
        let (weights, experts, warning) = read(record);
        assert_eq!((weights, experts), (Some(format), Some(format)), "{record}");
        assert!(warning.contains(told), "{record}: {warning}");
    }
}

#[test]
fn what_is_not_known_is_told() {
    for record in [
        r#"{"quant_method":"vptq","config_for_layers":{}}"#,
        r#"{"quant_method":"brand_new"}"#,
        r#"{"quant_method":"gptq","bits":"four"}"#,
        r#"{"quant_method":"torchao","quant_type":{"default":7}}"#,
        r#"{"quant_method":"aqlm","nbits_per_codebook":16}"#,
        "{}",
    ] {
        let (weights, experts, warning) = read(record);
        assert_eq!((weights, experts), (Some(Bf16), Some(Bf16)), "{record}");
        assert!(warning.contains("is not known here"), "{record}: {warning}");
    }
}

#[test]
fn parts_are_told_apart_by_their_targets() {
    let groups = |first: &str, second: &str| {
        format!(
            r#"{{"quant_method":"compressed-tensors","config_groups":{{"group_0":{{"targets":{first},"weights":{{"num_bits":8,"type":"float"}}}},"group_1":{{"targets":{second},"weights":{{"num_bits":4,"type":"float"}}}}}}}}"#
        )
    };
    let attention = r#"["re:.*self_attn.*"]"#;
    let none = String::new();
    for second in [r#"["re:.*experts.*"]"#, r#"["re:.*mlp.*experts\\..*"]"#] {
        assert_eq!(
            read(&groups(attention, second)),
            (Some(Fp8), Some(Fp4), none.clone())
        );
    }
    // The class stands for all that is not named.
    assert_eq!(
        read(&groups(r#"["Linear"]"#, r#"["re:.*experts.*"]"#)),
        (Some(Fp8), Some(Fp4), none.clone())
    );
    // Within one part the widest counts.
    let (weights, experts, warning) = read(&groups(attention, r#"["Linear"]"#));
    assert_eq!((weights, experts), (Some(Fp8), Some(Fp4)));
    assert!(warning.contains("the widest"), "{warning}");
    // Only the experts are quantised.
    assert_eq!(
        read(
            r#"{"quant_method":"modelopt","quant_algo":"MIXED_PRECISION","quantized_layers":{"model.layers.0.mlp.experts":{"quant_algo":"W4A8_AWQ"}}}"#
        ),
        (Some(Bf16), Some(Int4), none.clone())
    );
    assert_eq!(
        read(
            r#"{"quant_method":"modelopt","quant_algo":"MIXED_PRECISION","quantized_layers":{"model.layers.0.self_attn.q_proj":{"quant_algo":"FP8"},"model.layers.0.mlp.experts.0.up_proj":{"quant_algo":"NVFP4"}}}"#
        ),
        (Some(Fp8), Some(Fp4), none.clone())
    );
    assert_eq!(
        read(r#"{"quant_method":"experts_int8"}"#),
        (Some(Bf16), Some(Int8), none.clone())
    );
    assert_eq!(
        read(r#"{"quant_method":"w4afp8","weight_block_size":[128,128]}"#),
        (Some(Fp8), Some(Int4), none)
    );
}
