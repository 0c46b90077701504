//! Typed, bounded reading of the keys of a configuration.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::error::{ConfigError, ConfigWarning};

/// Largest width, head count, vocabulary, … that is taken for real.
pub(super) const MAX_DIMENSION: u32 = 1 << 24;
/// Most layers.
pub(super) const MAX_LAYERS: u32 = 4096;
/// Longest context, tokens.
const MAX_CONTEXT: u32 = 1 << 30;

pub(super) type Object = Map<String, Value>;
pub(super) type Read<T> = Result<T, ConfigError>;

/// The keys that describe the language model, with what was found missing on the way.
pub(super) struct Fields<'a> {
    /// The language model's own object.
    map: &'a Object,
    /// The wrapper around it, looked at second; `None` where the two must not be mixed.
    fallback: Option<&'a Object>,
    /// What the family assumes for keys that a nested object leaves out.
    defaults: &'static [(&'static str, u32)],
    model_type: String,
    missing: RefCell<Vec<String>>,
    warnings: RefCell<Vec<ConfigWarning>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        map: &'a Object,
        fallback: Option<&'a Object>,
        defaults: &'static [(&'static str, u32)],
        model_type: &str,
    ) -> Self {
        Self {
            map,
            fallback,
            defaults,
            model_type: model_type.to_owned(),
            missing: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// The keys of an object within, e.g. `ffn_config`; what it misses is reported on its own.
    pub(super) fn within<'b>(&self, map: &'b Object) -> Fields<'b> {
        Fields::new(map, None, &[], &self.model_type)
    }

    pub(super) fn model_type(&self) -> &str {
        &self.model_type
    }

    pub(super) fn warn(&self, warning: ConfigWarning) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    pub(super) fn into_warnings(self) -> Vec<ConfigWarning> {
        self.warnings.into_inner()
    }

    /// Fails if a needed key was not there.
    pub(super) fn check_missing(&self) -> Read<()> {
        let keys = self.missing.borrow().clone();
        if keys.is_empty() {
            return Ok(());
        }
        let model_type = if self.model_type.is_empty() {
            "a model of unknown type".to_owned()
        } else {
            self.model_type.clone()
        };
        Err(ConfigError::Missing { model_type, keys })
    }

    /// The value of a key; `null` counts as absent.
    pub(super) fn raw(&self, key: &str) -> Option<&'a Value> {
        let own = self.map.get(key);
        own.or_else(|| self.fallback?.get(key))
            .filter(|v| !v.is_null())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.raw(key).is_some()
    }

    pub(super) fn object(&self, key: &str) -> Option<&'a Object> {
        self.raw(key)?.as_object()
    }

    pub(super) fn list(&self, key: &str) -> Option<&'a [Value]> {
        Some(self.raw(key)?.as_array()?.as_slice())
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.raw(key)?.as_str()
    }

    /// A switch; anything but true and false counts as not said.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.raw(key)?.as_bool()
    }

    pub(super) fn is_on(&self, key: &str) -> bool {
        self.flag(key) == Some(true)
    }

    /// A number that may be absent or zero; the first key that is there counts.
    pub(super) fn optional(&self, keys: &[&str]) -> Read<Option<u32>> {
        for key in keys {
            if let Some(value) = self.raw(key) {
                return number(key, value, 0, MAX_DIMENSION).map(Some);
            }
        }
        for (key, value) in self.defaults {
            if keys.contains(key) && !self.map.contains_key(*key) {
                self.warn(ConfigWarning::DefaultUsed {
                    key,
                    value: *value,
                    model_type: self.model_type.clone(),
                });
                return Ok(Some(*value));
            }
        }
        Ok(None)
    }

    /// As [`Self::optional`], absent read as zero.
    pub(super) fn or_zero(&self, keys: &[&str]) -> Read<u32> {
        Ok(self.optional(keys)?.unwrap_or(0))
    }

    /// A number that must be there and positive. Where it is absent, that is noted for
    /// [`Self::check_missing`] and 1 stands in.
    pub(super) fn need(&self, keys: &[&str]) -> Read<u32> {
        self.need_up_to(keys, MAX_DIMENSION)
    }

    /// As [`Self::need`] for a count of layers.
    pub(super) fn need_layers(&self, keys: &[&str]) -> Read<u32> {
        self.need_up_to(keys, MAX_LAYERS)
    }

    fn need_up_to(&self, keys: &[&str], high: u32) -> Read<u32> {
        match self.optional(keys)? {
            Some(value) if (1..=high).contains(&value) => Ok(value),
            Some(value) => Err(ConfigError::OutOfRange {
                key: self.present(keys),
                value: value.to_string(),
                low: 1,
                high,
            }),
            None => {
                let mut missing = self.missing.borrow_mut();
                let names = keys.iter().take(2).copied().collect::<Vec<_>>();
                let name = names.join(" or ");
                if !missing.contains(&name) {
                    missing.push(name);
                }
                Ok(1)
            }
        }
    }

    fn present(&self, keys: &[&str]) -> String {
        let found = keys.iter().find(|k| self.has(k)).or(keys.first());
        found.copied().unwrap_or_default().to_owned()
    }

    /// A number that may also be given layer by layer (Hunyuan, ERNIE): that of layer `index`, or
    /// the last one of a shorter list. ERNIE 4.5 VL's lists are by modality, text first.
    pub(super) fn by_layer(&self, keys: &[&str], index: u32) -> Read<Option<u32>> {
        let index = if self.lists_modalities() { 0 } else { index };
        for key in keys {
            if let Some(Value::Array(items)) = self.raw(key) {
                let item = items.get(index as usize).or(items.last());
                return match item {
                    Some(value) => number(key, value, 0, MAX_DIMENSION).map(Some),
                    None => Ok(None),
                };
            }
        }
        self.optional(keys)
    }

    /// Whether lists of the experts' dimensions have an entry for each modality, not for each layer.
    pub(super) fn lists_modalities(&self) -> bool {
        self.model_type.starts_with("ernie4")
    }

    /// Tokens of a sliding window or chunk; absent, zero and negative mean none.
    pub(super) fn window(&self, keys: &[&str]) -> Read<u32> {
        for key in keys {
            if let Some(mut value) = self.raw(key) {
                // One for every layer, null where it attends to all: they differ in nothing else.
                if let Value::Array(items) = value {
                    value = items.iter().find(|v| !v.is_null()).unwrap_or(&Value::Null);
                }
                if value.is_null() || value.as_f64().is_some_and(|v| v <= 0.0) {
                    return Ok(0);
                }
                return number(key, value, 0, MAX_CONTEXT);
            }
        }
        self.or_zero(keys)
    }

    /// Longest context, tokens; `None` where no key says so sensibly.
    pub(super) fn context(&self) -> Option<u32> {
        // The first is what vLLM lets win over all others (Command R trains on less).
        const KEYS: [&str; 10] = [
            "model_max_length",
            "max_position_embeddings",
            "n_positions",
            "max_seq_len",
            "seq_length",
            "max_sequence_length",
            "max_seq_length",
            "n_ctx",
            "max_length_tokens",
            "max_context_length",
        ];
        let stated = KEYS.iter().find_map(|key| {
            let value = self.raw(key)?.as_f64()?;
            (1.0..=f64::from(MAX_CONTEXT))
                .contains(&value)
                .then_some(value)
        });
        let stated = stated.or_else(|| {
            let (_, value) = self.defaults.iter().find(|(k, _)| KEYS.contains(k))?;
            Some(f64::from(*value))
        })?;
        // YaRN may be switched on without the stated length being raised (Qwen2.5).
        let stretched = self
            .object("rope_scaling")
            .or_else(|| self.object("rope_parameters"))
            .filter(|rope| {
                let kind = rope.get("rope_type").or_else(|| rope.get("type"));
                kind.and_then(Value::as_str) == Some("yarn")
            })
            .and_then(|rope| {
                let original = rope.get("original_max_position_embeddings")?.as_f64()?;
                Some(original * rope.get("factor")?.as_f64()?)
            })
            .filter(|v| *v <= f64::from(MAX_CONTEXT));
        Some(stretched.unwrap_or(0.0).max(stated) as u32)
    }

    /// One text for every layer; a longer list (with entries for prediction layers) is cut.
    pub(super) fn layer_texts(&self, key: &str, layers: u32) -> Read<Option<Vec<&'a str>>> {
        let Some(items) = self.list(key) else {
            return Ok(None);
        };
        self.long_enough(key, items, layers)?;
        let texts = items.iter().take(layers as usize).map(|v| {
            v.as_str().ok_or_else(|| ConfigError::WrongType {
                key: key.to_owned(),
                expected: "a list of texts",
                found: describe(v),
            })
        });
        texts.collect::<Read<Vec<_>>>().map(Some)
    }

    /// One number for every layer, as [`Self::layer_texts`].
    pub(super) fn layer_numbers(&self, key: &str, layers: u32) -> Read<Option<Vec<u32>>> {
        let Some(items) = self.list(key) else {
            return Ok(None);
        };
        self.long_enough(key, items, layers)?;
        let numbers = items.iter().take(layers as usize);
        let numbers = numbers.map(|v| number(key, v, 0, MAX_DIMENSION));
        numbers.collect::<Read<Vec<_>>>().map(Some)
    }

    fn long_enough(&self, key: &str, items: &[Value], layers: u32) -> Read<()> {
        if items.len() < layers as usize {
            return Err(ConfigError::Inconsistent(format!(
                "{key} has {} entries for {layers} layers",
                items.len()
            )));
        }
        Ok(())
    }

    /// Layer numbers listed as `[3, 4]` or `"3,4"`.
    pub(super) fn layer_set(&self, key: &str) -> Read<Option<Vec<u32>>> {
        match self.raw(key) {
            None => Ok(None),
            Some(Value::Array(items)) => {
                let numbers = items.iter().map(|v| number(key, v, 0, MAX_LAYERS));
                numbers.collect::<Read<Vec<_>>>().map(Some)
            }
            Some(Value::String(text)) => {
                let parts = text.split(',').map(str::trim).filter(|p| !p.is_empty());
                let numbers = parts.map(|p| {
                    p.parse::<u32>().map_err(|_| ConfigError::WrongType {
                        key: key.to_owned(),
                        expected: "layer numbers separated by commas",
                        found: format!("{p:?}"),
                    })
                });
                numbers.collect::<Read<Vec<_>>>().map(Some)
            }
            Some(other) => Err(ConfigError::WrongType {
                key: key.to_owned(),
                expected: "a list of layer numbers",
                found: describe(other),
            }),
        }
    }
}

/// A whole number between the limits. JSON written by Python may say `4096.0`.
pub(super) fn number(key: &str, value: &Value, low: u32, high: u32) -> Read<u32> {
    let Some(found) = value.as_f64() else {
        return Err(ConfigError::WrongType {
            key: key.to_owned(),
            expected: "a whole number",
            found: describe(value),
        });
    };
    if !(f64::from(low)..=f64::from(high)).contains(&found) {
        return Err(ConfigError::OutOfRange {
            key: key.to_owned(),
            value: value.to_string(),
            low,
            high,
        });
    }
    if found.fract() != 0.0 {
        return Err(ConfigError::WrongType {
            key: key.to_owned(),
            expected: "a whole number",
            found: value.to_string(),
        });
    }
    Ok(found as u32)
}

/// A value in a few words.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(s) => {
            let short: String = s.chars().take(40).collect();
            format!("the text {short:?}")
        }
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}
