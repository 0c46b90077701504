//! The published JSON schema of the scenario file, made from the table of limits so that it cannot
//! say anything else. `tfp schema` prints it; `public/scenario.schema.json` is its output.

use serde_json::{Map, Value, json};

use super::file::{FORMAT, VERSION};
use super::limits::{
    CURVE_VALUE, DEGREE, DISCOUNT, FIELDS, HOUR_FACTOR, MAX_POOLS, MAX_TIERS, Number, Rule,
    TIER_FROM, TIER_SHARE,
};
use super::link::{MAX_COMPARED, View};

/// The schema (JSON Schema 2020-12).
pub fn schema() -> Value {
    let views: Vec<&str> = View::ALL.iter().map(|view| view.word()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Token Factory Planner: scenario file",
        "description": "Fields left out have their defaults. Amounts are in money.currency.",
        "type": "object",
        "required": ["format", "version", "scenario"],
        "additionalProperties": false,
        "properties": {
            "$schema": { "type": "string" },
            "format": { "const": FORMAT },
            "version": { "const": VERSION },
            "view": { "enum": views },
            "baseline": { "type": "integer", "minimum": 0, "maximum": MAX_COMPARED },
            "scenario": { "$ref": "#/$defs/scenario" },
            "compared": {
                "type": "array", "maxItems": MAX_COMPARED,
                "items": { "$ref": "#/$defs/scenario" }
            }
        },
        "$defs": { "scenario": scenario(), "architecture": architecture() }
    })
}

fn scenario() -> Value {
    let mut root = Map::new();
    for field in FIELDS {
        if let Rule::Pool = field.rule {
            continue; // further pools have the shape of the first
        }
        let path = field.path.replace("pools[0].", "pools.");
        let mut at = &mut root;
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                at.insert(part.into(), rule(&field.rule));
                break;
            }
            let next = at.entry(part).or_insert_with(|| json!({}));
            let Value::Object(next) = next else { break };
            at = next;
        }
    }
    object(root)
}

/// Turns nested groups of properties into object schemas.
fn object(group: Map<String, Value>) -> Value {
    let properties: Map<String, Value> = group
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Object(inner) if !is_schema(&inner) => {
                    let inner = object(inner);
                    if name == "pools" {
                        json!({ "type": "array", "minItems": 1, "maxItems": MAX_POOLS, "items": inner })
                    } else {
                        inner
                    }
                }
                schema => schema,
            };
            (name, value)
        })
        .collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// Every schema that [`rule`] makes has one of these; no group of fields has.
fn is_schema(value: &Map<String, Value>) -> bool {
    ["type", "enum", "anyOf"]
        .iter()
        .any(|key| value.get(*key).is_some_and(|v| !v.is_object()))
}

fn rule(rule: &Rule) -> Value {
    match rule {
        Rule::Number(range) => number(range),
        Rule::Words(words) => {
            let mut all: Vec<Value> = words.iter().map(|word| json!(word)).collect();
            // Formats: "auto" in links is null in files. Modes know the word itself.
            if words.contains(&"fp8")
                && let Some(first) = all.first_mut()
            {
                *first = Value::Null;
            }
            json!({ "enum": all })
        }
        Rule::Flag => json!({ "type": "boolean" }),
        Rule::Text(max) => json!({ "type": "string", "maxLength": max }),
        Rule::Id => json!({ "type": "string", "pattern": ID }),
        Rule::OptionalId => json!({ "type": ["string", "null"], "pattern": ID }),
        Rule::Model => json!({ "anyOf": [
            one_of("catalogue", json!({ "type": "string", "pattern": ID })),
            one_of("custom", json!({
                "type": "object", "required": ["name", "architecture"], "additionalProperties": false,
                "properties": {
                    "name": { "type": "string" },
                    "architecture": { "$ref": "#/$defs/architecture" }
                }
            })),
        ]}),
        Rule::Degrees => json!({ "anyOf": [{ "type": "null" }, {
            "type": "object", "required": ["tp", "pp", "dp", "ep"], "additionalProperties": false,
            "properties": {
                "tp": number(&DEGREE), "pp": number(&DEGREE),
                "dp": number(&DEGREE), "ep": number(&DEGREE)
            }
        }]}),
        Rule::Curve => json!({ "anyOf": [
            { "enum": ["flat", "office", "consumer", "global"] },
            one_of("custom", hours(&CURVE_VALUE, 24)),
        ]}),
        Rule::Hours => hours(&HOUR_FACTOR, 0),
        Rule::Tiers => json!({
            "type": "array", "maxItems": MAX_TIERS, "items": {
                "type": "object", "additionalProperties": false, "properties": {
                    "from_million_per_month": number(&TIER_FROM),
                    "discount": number(&DISCOUNT),
                    "volume_share": number(&TIER_SHARE)
                }
            }
        }),
        Rule::Pool => Value::Bool(true),
    }
}

const ID: &str = "^[a-z0-9.-]{1,64}$";

fn one_of(key: &str, value: Value) -> Value {
    json!({
        "type": "object", "required": [key], "additionalProperties": false,
        "properties": { key: value }
    })
}

fn hours(range: &Number, min: usize) -> Value {
    json!({ "type": "array", "minItems": min, "maxItems": 24, "items": number(range) })
}

fn number(range: &Number) -> Value {
    let kind = if range.whole { "integer" } else { "number" };
    let kind = if range.optional {
        json!([kind, "null"])
    } else {
        json!(kind)
    };
    json!({ "type": kind, "minimum": plain(range.min), "maximum": plain(range.max) })
}

/// Whole bounds without ".0".
fn plain(x: f64) -> Value {
    if x.fract() == 0.0 && x.abs() < 9e15 {
        json!(x as i64)
    } else {
        json!(x)
    }
}

/// The dimensions' ranges are checked by the program; the schema names what must be there.
fn architecture() -> Value {
    let groups = |kinds: &[&str]| {
        json!({
            "type": "array", "items": {
                "type": "object", "required": ["kind", "n"],
                "properties": { "kind": { "enum": kinds }, "n": { "type": "integer", "minimum": 1 } }
            }
        })
    };
    json!({
        "type": "object",
        "required": ["hidden", "vocab", "layers", "max_context", "attn", "ffn"],
        "properties": {
            "hidden": { "type": "integer", "minimum": 1 },
            "vocab": { "type": "integer", "minimum": 1 },
            "layers": { "type": "integer", "minimum": 1 },
            "max_context": { "type": "integer", "minimum": 1 },
            "attn": groups(&["gqa", "mla", "v4", "gdn", "kda", "mamba2", "lightning", "mfa"]),
            "ffn": groups(&["dense", "moe"])
        }
    })
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
