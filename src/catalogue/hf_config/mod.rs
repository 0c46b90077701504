//! A model from a pasted Hugging Face `config.json`.
//!
//! Reads the conventions of the hub: the names each family gives to the same dimension, what its
//! code assumes where the file is silent, wrappers around a language model, hybrids that change
//! from layer to layer. What cannot be read is an error that says why; what is only close, or left
//! out, is a warning. Only dimensions are read: nothing is executed, nothing is fetched.

mod attention;
mod build;
mod compressed;
mod error;
mod family;
mod ffn;
mod fields;
mod layers;
mod precision;
mod recurrent;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_catalogue;
#[cfg(test)]
mod tests_layouts;
#[cfg(test)]
mod tests_published;
#[cfg(test)]
mod tests_quantised;

use serde_json::Value;

pub use error::{ConfigError, ConfigWarning, OtherFile};
pub use precision::NativePrecision;

use super::architecture::CustomModel;
use fields::{Fields, Object, Read, describe};

/// Longest text that is read.
pub const MAX_BYTES: usize = 4 << 20;

/// Most wrappers around a language model.
const MAX_WRAPPERS: u32 = 4;

/// A model read from a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedModel {
    /// Its name and dimensions.
    pub model: CustomModel,
    /// The file's `model_type` (of the language model); empty where it has none.
    pub model_type: String,
    /// Number formats the weights are published in, as far as the file says so.
    pub native: NativePrecision,
    /// What to know about it.
    pub warnings: Vec<ConfigWarning>,
}

/// Reads the text of a `config.json`.
///
/// ```
/// use token_factory::catalogue::{derived::param_count, hf_config::parse};
///
/// let mistral = parse(r#"{
///     "model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336,
///     "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
///     "vocab_size": 32000, "max_position_embeddings": 32768, "tie_word_embeddings": false
/// }"#)?;
/// let billions = param_count(&mistral.model.architecture).total() / 1e9;
/// assert!((billions - 7.24).abs() < 0.01);
///
/// let error = parse(r#"{"model_type": "mistral", "hidden_size": 4096}"#).unwrap_err();
/// assert!(error.to_string().contains("num_hidden_layers"));
/// # Ok::<(), token_factory::catalogue::hf_config::ConfigError>(())
/// ```
pub fn parse(text: &str) -> Result<ImportedModel, ConfigError> {
    let value = json(text)?;
    let Value::Object(outer) = &value else {
        return Err(ConfigError::NotObject {
            found: kind(&value),
        });
    };
    let path = language_model(outer);
    let inner = path.last().copied().unwrap_or(outer);
    let nested = path.len() > 1;
    if !nested
        && build::lacks_dimensions(inner)
        && let Some(other) = other_file(outer)
    {
        return Err(ConfigError::WrongFile(other));
    }
    let inner = flattened(inner);
    let model_type = model_type(&inner, outer)?;
    let family = family::canonical(&model_type);
    if let Some(reason) = family::unsupported(&family) {
        return Err(ConfigError::Unsupported { model_type, reason });
    }
    if family::is_encoder_class(class_name(outer)) {
        return Err(ConfigError::Unsupported {
            model_type,
            reason: family::ENCODER,
        });
    }
    if inner.get("is_encoder_decoder") == Some(&Value::Bool(true)) {
        return Err(ConfigError::Unsupported {
            model_type,
            reason: "encoder-decoder models are not planned",
        });
    }
    let mixed = nested && build::lacks_dimensions(&inner) && !build::lacks_dimensions(outer);
    let defaults = if nested && !mixed {
        family::nested_defaults(&family)
    } else {
        &[]
    };
    let fields = Fields::new(&inner, mixed.then_some(outer), defaults, &family);
    note_towers(&fields, &path);
    if !family::is_known(&family) {
        fields.warn(ConfigWarning::UnknownType {
            model_type: model_type.clone(),
        });
    }
    let tied = tied_embeddings(&fields, outer, &inner);
    let architecture = build::architecture(&fields, tied)?;
    Ok(ImportedModel {
        model: CustomModel {
            name: name(outer, &model_type),
            architecture,
        },
        native: precision::native(&fields, outer, &inner),
        warnings: fields.into_warnings(),
        model_type,
    })
}

/// The JSON value. Python writes `Infinity` and `NaN`, which JSON has not: they become null.
fn json(text: &str) -> Read<Value> {
    if text.len() > MAX_BYTES {
        return Err(ConfigError::TooLong {
            bytes: text.len(),
            limit: MAX_BYTES,
        });
    }
    let text = text.trim_start_matches('\u{feff}');
    let first = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if (text.contains("Infinity") || text.contains("NaN"))
        && let Ok(value) = serde_json::from_str(&without_python_floats(text))
    {
        return Ok(value);
    }
    // The parser's message repeats the position: cut it off.
    let message = first.to_string();
    let reason = message.split(" at line ").next().unwrap_or_default();
    Err(ConfigError::NotJson {
        line: first.line(),
        column: first.column(),
        reason: reason.to_owned(),
    })
}

/// Replaces `Infinity`, `-Infinity` and `NaN` outside of texts by `null`.
fn without_python_floats(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_text = false;
    while let Some(c) = rest.chars().next() {
        if !in_text {
            let word = ["-Infinity", "Infinity", "NaN"]
                .into_iter()
                .find(|w| rest.starts_with(w));
            if let Some(word) = word {
                out.push_str("null");
                rest = rest.get(word.len()..).unwrap_or_default();
                continue;
            }
        }
        out.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        if c == '"' {
            in_text = !in_text;
        } else if c == '\\'
            && in_text
            && let Some(escaped) = rest.chars().next()
        {
            out.push(escaped);
            rest = rest.get(escaped.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The way to the object that describes the language model: the wrappers around it, then itself.
fn language_model(outer: &Object) -> Vec<&Object> {
    const WRAPPERS: [&str; 6] = [
        "text_config",
        "llm_config",
        "language_config",
        "thinker_config",
        "language_model_config",
        "text_model_config",
    ];
    let mut path = vec![outer];
    let mut at = outer;
    for _ in 0..MAX_WRAPPERS {
        let inner = WRAPPERS.iter().find_map(|key| at.get(*key)?.as_object());
        let Some(inner) = inner else { break };
        path.push(inner);
        at = inner;
    }
    path
}

/// Some families keep a part of their dimensions in an object within: brought to one level.
fn flattened(object: &Object) -> Object {
    let mut flat = object.clone();
    for part in ["ffn_config", "attn_config", "moe", "ssm_cfg"] {
        if let Some(Value::Object(inner)) = object.get(part) {
            for (key, value) in inner {
                if !flat.contains_key(key) {
                    flat.insert(key.clone(), value.clone());
                }
            }
        }
    }
    flat
}

fn model_type(inner: &Object, outer: &Object) -> Read<String> {
    for object in [inner, outer] {
        match object.get("model_type") {
            None | Some(Value::Null) => {}
            Some(Value::String(name)) => return Ok(name.clone()),
            Some(other) => {
                return Err(ConfigError::WrongType {
                    key: "model_type".into(),
                    expected: "a text",
                    found: describe(other),
                });
            }
        }
    }
    // The files of the state-spaces repository name no type.
    if let Some(Value::Object(layer)) = outer.get("ssm_cfg") {
        let second = layer.get("layer").and_then(Value::as_str) == Some("Mamba2");
        return Ok(if second { "mamba2" } else { "mamba" }.to_owned());
    }
    Ok(architecture_class(outer).map_or_else(String::new, |class| snake_case(&class)))
}

/// The class that the file is loaded as; empty where it names none.
fn class_name(outer: &Object) -> &str {
    let class = outer
        .get("architectures")
        .and_then(|list| list.get(0)?.as_str());
    class.unwrap_or_default()
}

/// "LlamaForCausalLM" → "Llama".
fn architecture_class(outer: &Object) -> Option<String> {
    let class = Some(class_name(outer)).filter(|class| !class.is_empty())?;
    let end = [
        "ForCausalLM",
        "ForConditionalGeneration",
        "LMHeadModel",
        "Model",
    ]
    .iter()
    .find_map(|suffix| class.strip_suffix(suffix));
    Some(end.unwrap_or(class).to_owned())
}

/// "Qwen2Moe" → "qwen2_moe", "GPT2" → "gpt2".
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    let mut previous = None;
    for c in name.chars() {
        let after_word = previous.is_some_and(|p: char| p.is_lowercase() || p.is_numeric());
        if c.is_uppercase() && after_word {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        previous = Some(c);
    }
    out
}

/// A display name: the repository's, else the class, else the type.
fn name(outer: &Object, model_type: &str) -> String {
    const LONGEST: usize = 80;
    let path = outer.get("_name_or_path").and_then(Value::as_str);
    let path = path
        .map(str::trim)
        .filter(|p| !p.is_empty() && !p.starts_with(['/', '.', '~']));
    let path = path.and_then(|p| p.rsplit('/').find(|part| !part.is_empty()));
    let name = match path {
        Some(path) => path.to_owned(),
        None => match architecture_class(outer).filter(|c| !c.is_empty()) {
            Some(class) => class,
            None if model_type.is_empty() => "Custom model".to_owned(),
            None => model_type.to_owned(),
        },
    };
    name.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}

/// What the file says about sharing the vocabulary matrix. The text configuration's word counts
/// first, as in transformers' `tie_weights` and in vLLM, which builds the language model from it.
fn tied_embeddings(fields: &Fields<'_>, outer: &Object, inner: &Object) -> Option<bool> {
    const KEYS: [&str; 6] = [
        "tie_word_embeddings",
        "tie_embeddings",
        "tied_embeddings",
        "tie_embedding",
        "use_embedding_sharing",
        "weight_tying",
    ];
    let stated = |object: &Object| KEYS.iter().find_map(|key| object.get(*key)?.as_bool());
    let (used, other) = (stated(inner), stated(outer));
    if let (Some(used), Some(other)) = (used, other)
        && used != other
    {
        fields.warn(ConfigWarning::TyingDisagrees { used, other });
    }
    used.or(other)
}

/// Towers stand beside the language model, at any level of its wrappers.
fn note_towers(fields: &Fields<'_>, path: &[&Object]) {
    let has = |keys: &[&str]| {
        let mut named = path
            .iter()
            .flat_map(|object| keys.iter().map(|key| object.get(*key)));
        named.any(|value| value.is_some_and(|v| !v.is_null()))
    };
    if has(&[
        "vision_config",
        "visual",
        "vision_tower",
        "mm_vision_tower",
        "vit_config",
        "img_processor",
    ]) {
        fields.warn(ConfigWarning::TowerNotCounted { tower: "vision" });
    }
    if has(&[
        "audio_config",
        "speech_config",
        "audio_tower",
        "audio_processor",
    ]) {
        fields.warn(ConfigWarning::TowerNotCounted { tower: "audio" });
    }
    if has(&["talker_config"]) {
        fields.warn(ConfigWarning::NotCounted(
            "the talker that turns answers into speech (talker_config)",
        ));
    }
}

/// Another file of a model repository, recognised by its keys.
fn other_file(object: &Object) -> Option<OtherFile> {
    let any = |keys: &[&str]| keys.iter().any(|key| object.contains_key(*key));
    if any(&["peft_type", "lora_alpha"]) {
        Some(OtherFile::Adapter)
    } else if any(&["_class_name", "_diffusers_version"]) {
        Some(OtherFile::Diffusion)
    } else if any(&["weight_map"]) {
        Some(OtherFile::WeightIndex)
    } else if any(&[
        "added_tokens",
        "added_tokens_decoder",
        "tokenizer_class",
        "pre_tokenizer",
    ]) {
        Some(OtherFile::Tokenizer)
    } else if any(&[
        "image_processor_type",
        "feature_extractor_type",
        "processor_class",
    ]) {
        Some(OtherFile::Preprocessor)
    } else if any(&["producer"]) && any(&["quantization"]) {
        Some(OtherFile::Quantization)
    } else if any(&[
        "temperature",
        "top_p",
        "do_sample",
        "max_new_tokens",
        "_from_model_config",
    ]) {
        Some(OtherFile::Generation)
    } else {
        None
    }
}
