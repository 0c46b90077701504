//! Number formats that the weights are published in.

use serde_json::Value;

use super::fields::Object;
use crate::catalogue::number_format::NumberFormat;

/// Number formats by part, as far as the file says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NativePrecision {
    /// Attention, dense layers, shared experts.
    pub weights: Option<NumberFormat>,
    /// Routed experts.
    pub experts: Option<NumberFormat>,
    /// KV cache, where the checkpoint brings scales for it.
    pub kv: Option<NumberFormat>,
}

/// Reads `quantization_config`, `expert_dtype` and the plain `dtype`.
pub(super) fn native(outer: &Object, inner: &Object) -> NativePrecision {
    let find = |key: &str| {
        let in_one = |object: &'_ Object| object.get(key).filter(|v| !v.is_null()).cloned();
        in_one(outer).or_else(|| in_one(inner))
    };
    let plain = find("dtype").or_else(|| find("torch_dtype"));
    let plain = plain.as_ref().and_then(Value::as_str).and_then(by_dtype);
    let quantised = find("quantization_config").or_else(|| find("compression_config"));
    let Some(Value::Object(q)) = quantised else {
        return NativePrecision {
            weights: plain,
            experts: plain,
            kv: None,
        };
    };
    let format = by_method(&q);
    // Checkpoints that quantise the experts only list attention among the exceptions.
    let experts_only = [
        "modules_to_not_convert",
        "ignore",
        "exclude_modules",
        "ignored_layers",
    ]
    .iter()
    .filter_map(|key| q.get(*key)?.as_array())
    .flatten()
    .filter_map(Value::as_str)
    .any(|name| name.contains("attn") && (name.contains('*') || name.starts_with("re:")));
    let expert_dtype = find("expert_dtype");
    let expert_dtype = expert_dtype.as_ref().and_then(Value::as_str);
    NativePrecision {
        weights: if experts_only {
            plain
        } else {
            format.or(plain)
        },
        experts: expert_dtype.and_then(by_dtype).or(format).or(plain),
        kv: q.get("kv_cache_scheme").and_then(by_scheme),
    }
}

fn by_dtype(name: &str) -> Option<NumberFormat> {
    match name.trim_start_matches("torch.") {
        "bfloat16" | "bf16" => Some(NumberFormat::Bf16),
        "float16" | "fp16" | "half" => Some(NumberFormat::Fp16),
        "fp8" | "float8_e4m3fn" | "float8" => Some(NumberFormat::Fp8),
        "fp4" | "mxfp4" | "nvfp4" => Some(NumberFormat::Fp4),
        "int8" => Some(NumberFormat::Int8),
        "int4" => Some(NumberFormat::Int4),
        _ => None,
    }
}

fn by_method(q: &Object) -> Option<NumberFormat> {
    let text = |key: &str| q.get(key).and_then(Value::as_str).unwrap_or_default();
    let is_on = |key: &str| q.get(key).and_then(Value::as_bool) == Some(true);
    match text("quant_method") {
        "fp8" | "fbgemm_fp8" => Some(NumberFormat::Fp8),
        "mxfp4" => Some(NumberFormat::Fp4),
        "bitsandbytes" if is_on("load_in_8bit") => Some(NumberFormat::Int8),
        "bitsandbytes" if is_on("load_in_4bit") => Some(NumberFormat::Int4),
        _ => {
            let algorithm = text("quant_algo").to_ascii_uppercase();
            if algorithm.contains("FP4") {
                return Some(NumberFormat::Fp4);
            }
            if algorithm.contains("FP8") {
                return Some(NumberFormat::Fp8);
            }
            let groups = q.get("config_groups").and_then(Value::as_object);
            let scheme = groups.and_then(|g| g.values().find_map(|group| group.get("weights")));
            if let Some(format) = scheme.and_then(by_scheme) {
                return Some(format);
            }
            // GPTQ, AWQ and their kin state the width of an integer.
            let bits = q.get("bits").or_else(|| q.get("w_bit"));
            by_bits(bits.and_then(Value::as_u64), false)
        }
    }
}

/// A compressed-tensors scheme: `{ "num_bits": 4, "type": "int" }`.
fn by_scheme(scheme: &Value) -> Option<NumberFormat> {
    let float = scheme.get("type").and_then(Value::as_str) == Some("float");
    by_bits(scheme.get("num_bits").and_then(Value::as_u64), float)
}

fn by_bits(bits: Option<u64>, float: bool) -> Option<NumberFormat> {
    match (bits?, float) {
        (4, false) => Some(NumberFormat::Int4),
        (8, false) => Some(NumberFormat::Int8),
        (4, true) => Some(NumberFormat::Fp4),
        (8, true) => Some(NumberFormat::Fp8),
        _ => None,
    }
}
