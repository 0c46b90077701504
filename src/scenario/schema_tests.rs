//! The schema holds for every preset and every default, and refuses what the program refuses.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::schema;
use crate::scenario::file::to_json;
use crate::scenario::link::{SharedState, decode};
use crate::scenario::presets::PRESETS;

/// Checks the keywords that the schema uses; an unknown keyword is an error of the test.
fn errors(schema: &Value, root: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut out = Vec::new();
    let bad = |why: &str| format!("{at}: {why}");
    let rules = schema.as_object().unwrap();
    let known: BTreeSet<&str> = [
        "$schema",
        "$defs",
        "$ref",
        "title",
        "description",
        "type",
        "required",
        "anyOf",
        "additionalProperties",
        "properties",
        "const",
        "enum",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "items",
        "maxLength",
        "pattern",
    ]
    .into();
    for (keyword, rule) in rules {
        assert!(known.contains(keyword.as_str()), "keyword {keyword}");
        match (keyword.as_str(), value) {
            ("$ref", _) => {
                let target = root.pointer(rule.as_str().unwrap().trim_start_matches('#'));
                out.extend(errors(target.unwrap(), root, value, at));
                return out;
            }
            ("type", _) => {
                let kinds: Vec<&str> = match rule {
                    Value::String(kind) => vec![kind],
                    Value::Array(kinds) => kinds.iter().map(|k| k.as_str().unwrap()).collect(),
                    _ => panic!("type {rule}"),
                };
                let fits = kinds.iter().any(|kind| match *kind {
                    "null" => value.is_null(),
                    "boolean" => value.is_boolean(),
                    "string" => value.is_string(),
                    "array" => value.is_array(),
                    "object" => value.is_object(),
                    "number" => value.is_number(),
                    "integer" => value.as_f64().is_some_and(|x| x.fract() == 0.0),
                    _ => panic!("type {kind}"),
                });
                if !fits {
                    out.push(bad("type"));
                }
            }
            ("anyOf", _) => {
                let fits = rule.as_array().unwrap().iter();
                if !fits
                    .map(|s| errors(s, root, value, at))
                    .any(|e| e.is_empty())
                {
                    out.push(bad("anyOf"));
                }
            }
            ("const", _) if rule != value => out.push(bad("const")),
            ("enum", _) if !rule.as_array().unwrap().contains(value) => out.push(bad("enum")),
            ("minimum", Value::Number(x)) if x.as_f64() < rule.as_f64() => out.push(bad("minimum")),
            ("maximum", Value::Number(x)) if x.as_f64() > rule.as_f64() => out.push(bad("maximum")),
            ("minItems", Value::Array(x)) if (x.len() as u64) < rule.as_u64().unwrap() => {
                out.push(bad("minItems"));
            }
            ("maxItems", Value::Array(x)) if x.len() as u64 > rule.as_u64().unwrap() => {
                out.push(bad("maxItems"));
            }
            ("required", Value::Object(x)) => {
                for key in rule.as_array().unwrap() {
                    if !x.contains_key(key.as_str().unwrap()) {
                        out.push(bad(&format!("missing {key}")));
                    }
                }
            }
            ("additionalProperties", Value::Object(x)) => {
                let known = rules["properties"].as_object().unwrap();
                for key in x.keys().filter(|key| !known.contains_key(*key)) {
                    out.push(bad(&format!("additional {key}")));
                }
            }
            ("properties", Value::Object(x)) => {
                for (key, inner) in rule.as_object().unwrap() {
                    if let Some(value) = x.get(key) {
                        out.extend(errors(inner, root, value, &format!("{at}.{key}")));
                    }
                }
            }
            ("items", Value::Array(x)) => {
                for (i, value) in x.iter().enumerate() {
                    out.extend(errors(rule, root, value, &format!("{at}[{i}]")));
                }
            }
            _ => {}
        }
    }
    out
}

fn check(value: &Value) -> Vec<String> {
    let schema = schema();
    errors(&schema, &schema, value, "")
}

fn file(link: &str) -> Value {
    let decoded = decode(link);
    assert_eq!(decoded.notices, []);
    serde_json::from_str(&to_json(&decoded.state)).unwrap()
}

#[test]
fn every_preset_and_a_full_scenario_are_valid() {
    for preset in PRESETS {
        assert_eq!(check(&file(preset.link)), [""; 0], "{}", preset.id);
    }
    let full = "#v=1&w=int8&x=fp4&kv=fp8&engine=vllm&dec=tp8.dp4.ep32&batch=96&rps=10\
        &pool2=h20:2x8:decode&curve=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24\
        &tiers=100:0.1:0.5&m=h512.v1000.c2048/gqa4.q8.kv8.d64/dense4.f2048/~x&2.tpot=20&view=price";
    assert_eq!(check(&file(full)), [""; 0]);
}

#[test]
fn the_schema_names_every_field_of_a_scenario() {
    fn walk(value: &Value, schema: &Value, at: &str) {
        let Value::Object(fields) = value else { return };
        if schema.get("anyOf").is_some() {
            return;
        }
        for (key, inner) in fields {
            let next = &schema["properties"][key];
            assert!(next.is_object(), "{at}.{key} is not in the schema");
            if let (Value::Array(items), Some(item)) = (inner, next.get("items")) {
                for value in items {
                    walk(value, item, &format!("{at}.{key}[]"));
                }
            }
            walk(inner, next, &format!("{at}.{key}"));
        }
    }
    let scenario = serde_json::to_value(SharedState::default().scenario).unwrap();
    walk(&scenario, &schema()["$defs"]["scenario"], "");
}

#[test]
fn what_the_program_refuses_the_schema_refuses() {
    let base = file("#v=1");
    for (pointer, value) in [
        ("/scenario/targets/tpot_ms", json!(0)),
        ("/scenario/pools", json!([])),
        ("/scenario/pools/0/cards_each", json!(2.5)),
        ("/scenario/precision/kv", json!("fp6")),
        ("/scenario/precision/kv", json!("auto")),
        ("/scenario/workload/load_curve", json!({ "custom": [1, 2] })),
        ("/scenario/model", json!("deepseek-r1")),
        ("/scenario/money/currency", json!("eur")),
        ("/version", json!(2)),
    ] {
        let mut changed = base.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert_eq!(check(&changed).len(), 1, "{pointer}: {:?}", check(&changed));
    }
    let mut more = base.clone();
    more["scenario"]["workload"]["inputs"] = json!(1);
    assert_eq!(check(&more).len(), 1);
}

#[test]
fn the_published_file_is_this_schema() {
    // Regenerate with: cargo run --bin tfp -- schema > public/scenario.schema.json
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/public/scenario.schema.json");
    let text = std::fs::read_to_string(path).expect("public/scenario.schema.json");
    let published: Value = serde_json::from_str(&text).expect("JSON");
    assert!(
        published == schema(),
        "outdated; run: cargo run --bin tfp -- schema > public/scenario.schema.json"
    );
}
