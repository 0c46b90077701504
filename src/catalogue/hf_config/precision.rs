//! Number formats that the weights are published in.

use serde_json::Value;

use super::error::ConfigWarning;
use super::fields::{Fields, Object};
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

/// How wide an element is stored: bits, codebooks counted by the element, and whether it is a float.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Width {
    bits: f64,
    float: bool,
}

const fn float(bits: f64) -> Width {
    Width { bits, float: true }
}

const fn int(bits: f64) -> Width {
    Width { bits, float: false }
}

/// Methods whose name alone says the width.
const METHODS: [(&str, Width); 13] = [
    ("fp8", float(8.0)),
    ("fbgemm_fp8", float(8.0)),
    ("ptpc_fp8", float(8.0)),
    ("mxfp8", float(8.0)),
    ("mxfp4", float(4.0)),
    ("nvfp4", float(4.0)),
    ("eetq", int(8.0)),
    ("tpu_int8", int(8.0)),
    ("experts_int8", int(8.0)),
    ("w4afp8", int(4.0)),
    ("marlin", int(4.0)),
    ("qqq", int(4.0)),
    // Three values an element, packed four to a byte.
    ("bitnet", int(2.0)),
];

/// Parts of the names that algorithms and data types have; the first that is in one counts, so that
/// "W4A8_NVFP4_FP8" is a float of 4 bit.
const NAMES: [(&str, Width); 12] = [
    ("fp4", float(4.0)),
    ("float4", float(4.0)),
    ("fp6", float(6.0)),
    ("w4", int(4.0)),
    ("int4", int(4.0)),
    ("int3", int(3.0)),
    ("int2", int(2.0)),
    ("fp8", float(8.0)),
    ("float8", float(8.0)),
    ("w8", int(8.0)),
    ("int8", int(8.0)),
    ("i8", int(8.0)),
];

/// Reads `quantization_config`, `expert_dtype` and the plain `dtype`; warns where a format is not
/// known or none of ours.
pub(super) fn native(f: &Fields<'_>, outer: &Object, inner: &Object) -> NativePrecision {
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
    let method = text(&q, "quant_method");
    let (weights, experts) = match parts(f, &q) {
        (None, None) => {
            let all = whole(&q, method);
            (all, all)
        }
        both => both,
    };
    if weights.is_none() && experts.is_none() {
        f.warn(ConfigWarning::QuantisationUnknown {
            method: method.chars().take(40).collect(),
        });
    }
    // Checkpoints that quantise the experts only list attention among the exceptions.
    let experts_only = [
        "modules_to_not_convert",
        "ignore",
        "exclude_modules",
        "ignored_layers",
        "exclude",
    ]
    .iter()
    .filter_map(|key| q.get(*key)?.as_array())
    .flatten()
    .filter_map(Value::as_str)
    .any(|name| name.contains("attn") && (name.contains('*') || name.starts_with("re:")));
    let weights = match method {
        "experts_int8" => None,
        // SGLang runs what is no expert in 8 bit.
        "w4afp8" => Some(float(8.0)),
        _ if experts_only => None,
        _ => weights,
    };
    let format = |width: Option<Width>| width.map(|width| nearest(f, width)).or(plain);
    let expert_dtype = find("expert_dtype");
    let expert_dtype = expert_dtype.as_ref().and_then(Value::as_str);
    NativePrecision {
        weights: format(weights),
        experts: expert_dtype.and_then(by_dtype).or_else(|| format(experts)),
        kv: q
            .get("kv_cache_scheme")
            .and_then(by_scheme)
            .map(|width| nearest(f, width)),
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

/// The format of this width, or the nearest there is, with a warning.
fn nearest(f: &Fields<'_>, width: Width) -> NumberFormat {
    let format = match (width.bits < 6.0, width.float) {
        (true, false) => NumberFormat::Int4,
        (true, true) => NumberFormat::Fp4,
        (false, false) => NumberFormat::Int8,
        (false, true) => NumberFormat::Fp8,
    };
    if f64::from(format.bits()) != width.bits {
        f.warn(ConfigWarning::QuantisationNearest {
            bits: format!("{:.2}", width.bits)
                .trim_end_matches('0')
                .trim_end_matches('.')
                .to_owned(),
            used: format.bits(),
        });
    }
    format
}

fn text<'a>(object: &'a Object, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The width that a record states for all weights.
fn whole(q: &Object, method: &str) -> Option<Width> {
    let is_on = |key: &str| q.get(key).and_then(Value::as_bool) == Some(true);
    let known = METHODS.iter().find(|(name, _)| *name == method);
    if let Some((_, width)) = known {
        return Some(*width);
    }
    match method {
        "bitsandbytes" if is_on("load_in_8bit") => return Some(int(8.0)),
        "bitsandbytes" if is_on("load_in_4bit") => return Some(int(4.0)),
        "torchao" => return torchao(q.get("quant_type")?),
        "aqlm" => return codebooks(q),
        _ => {}
    }
    // modelopt, quanto, fp_quant name it, GPTQ, AWQ and their kin state the width of an integer.
    ["quant_algo", "weights", "forward_dtype"]
        .iter()
        .find_map(|key| by_name(text(q, key)))
        .or_else(|| {
            bits(q, 4).map(|bits| {
                if method == "deepspeedfp" {
                    float(bits)
                } else {
                    int(bits)
                }
            })
        })
}

fn by_name(name: &str) -> Option<Width> {
    let name = name.to_ascii_lowercase();
    let found = NAMES.iter().find(|(part, _)| name.contains(part));
    found.map(|(_, width)| *width)
}

/// `"int4_weight_only"`, `{"default": {"_type": "Int8DynamicActivationInt4WeightConfig"}}`: what stands
/// before "weight"; or the data type of the weights stated apart.
fn torchao(quant_type: &Value) -> Option<Width> {
    let of_text = |name: &str| {
        let name = name.to_ascii_lowercase();
        let (before, _) = name.rsplit_once("weight")?;
        // No longer than "float8_", for activations may come before it.
        let skipped = before.chars().count().saturating_sub(7);
        by_name(&before.chars().skip(skipped).collect::<String>())
    };
    match quant_type {
        Value::String(name) => of_text(name),
        Value::Object(object) => {
            let config = object.get("default").unwrap_or(quant_type).as_object()?;
            let stated = config
                .get("_data")
                .and_then(|data| data.get("weight_dtype"));
            let stated = stated.map(|dtype| dtype.get("_data").unwrap_or(dtype));
            of_text(text(config, "_type")).or_else(|| by_name(stated?.as_str()?))
        }
        _ => None,
    }
}

/// AQLM: codes of so many bits for a group of elements.
fn codebooks(q: &Object) -> Option<Width> {
    let number = |key: &str| q.get(key).and_then(Value::as_f64).filter(|n| *n >= 1.0);
    let group = number("in_group_size")? * number("out_group_size").unwrap_or(1.0);
    Some(int(number("nbits_per_codebook")?
        * number("num_codebooks")?
        / group))
    .filter(|width| width.bits < 16.0)
}

/// The first width stated in an object or in those within (HQQ).
fn bits(object: &Object, depth: u32) -> Option<f64> {
    let own = ["bits", "w_bit", "nbits", "wbits"]
        .iter()
        .find_map(|key| object.get(*key)?.as_f64())
        .filter(|bits| (1.0..16.0).contains(bits));
    own.or_else(|| {
        let mut within = object.values().filter_map(Value::as_object);
        within.find_map(|inner| bits(inner, depth.checked_sub(1)?))
    })
}

/// A compressed-tensors scheme: `{ "num_bits": 4, "type": "int" }`.
fn by_scheme(scheme: &Value) -> Option<Width> {
    let bits = scheme.get("num_bits").and_then(Value::as_f64)?;
    let is_float = scheme.get("type").and_then(Value::as_str) == Some("float");
    (1.0..16.0).contains(&bits).then_some(Width {
        bits,
        float: is_float,
    })
}

/// A Quark scheme: `{ "weight": { "dtype": "fp4" } }`, or several steps, the last as stored.
fn by_quark(scheme: &Value) -> Option<Width> {
    let weight = scheme.get("weight")?;
    let weight = weight
        .as_array()
        .map_or(Some(weight), |steps| steps.last())?;
    by_name(weight.get("dtype")?.as_str()?)
}

/// Which modules have which width, where a record says so by module: names or patterns, none for
/// all that is not named.
fn schemes(q: &Object) -> Vec<(Vec<&str>, Width)> {
    let object = |key: &str| q.get(key).and_then(Value::as_object);
    let mut out = Vec::new();
    for group in object("config_groups").into_iter().flat_map(|g| g.values()) {
        let targets = group.get("targets").and_then(Value::as_array);
        let targets = targets.into_iter().flatten().filter_map(Value::as_str);
        if let Some(width) = group.get("weights").and_then(by_scheme) {
            out.push((targets.collect(), width));
        }
    }
    for (name, layer) in object("quantized_layers").into_iter().flatten() {
        let algorithm = layer.get("quant_algo").and_then(Value::as_str);
        if let Some(width) = algorithm.and_then(by_name) {
            out.push((vec![name.as_str()], width));
        }
    }
    if let Some(width) = q.get("global_quant_config").and_then(by_quark) {
        out.push((Vec::new(), width));
    }
    for (name, layer) in object("layer_quant_config").into_iter().flatten() {
        if let Some(width) = by_quark(layer) {
            out.push((vec![name.as_str()], width));
        }
    }
    out
}

/// Widths of the weights at large and of the experts, where the record says so by module. Where a
/// part has several, the widest counts.
fn parts(f: &Fields<'_>, q: &Object) -> (Option<Width>, Option<Width>) {
    let schemes = schemes(q);
    // "Linear" is a class and means all that no other group names.
    let is_class = |name: &str| name.starts_with(|c: char| c.is_uppercase());
    let is_expert = |name: &str| name.contains("expert") && !name.contains("shared");
    let holds_experts =
        |name: &str| is_expert(name) || name.contains("mlp") && !name.contains("shared");
    let of = |wanted: &dyn Fn(&str) -> bool, rest: bool| {
        schemes
            .iter()
            .filter(move |(names, _)| {
                rest && names.is_empty() || names.iter().any(|name| wanted(name))
            })
            .map(|(_, width)| *width)
            .collect::<Vec<_>>()
    };
    let weights = of(&|name| !is_expert(name), true);
    let mut experts = of(&holds_experts, false);
    if experts.is_empty() {
        experts = of(&is_class, true);
    }
    for widths in [&weights, &experts] {
        if widths.iter().any(|width| Some(width) != widths.first()) {
            f.warn(ConfigWarning::Approximate(
                "weights of several number formats are counted in the widest of them",
            ));
        }
    }
    let widest = |widths: Vec<Width>| widths.into_iter().max_by(|a, b| a.bits.total_cmp(&b.bits));
    (widest(weights), widest(experts))
}
