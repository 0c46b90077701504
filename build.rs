//! Reads the catalogue's data files, checks them, and writes one compact JSON blob that the
//! library embeds; likewise the calibration. A file that does not fit the library's own types stops
//! the build.

use std::collections::{BTreeMap, BTreeSet};
use std::{env, error::Error, fs, path::Path};

use serde_json::{Map, Value, json};

// The very types the library reads the blob with.
#[allow(dead_code)]
#[path = "src/catalogue/architecture.rs"]
mod architecture;
#[allow(dead_code)]
#[path = "src/catalogue/hardware.rs"]
mod hardware;
#[allow(dead_code, unused_imports)]
#[path = "src/json.rs"]
mod json;
#[allow(dead_code)]
#[path = "src/catalogue/records.rs"]
mod records;

use records::Catalogue;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const DATA: &str = "src/catalogue/data";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={DATA}");
    for part in ["architecture", "hardware", "records"] {
        println!("cargo::rerun-if-changed=src/catalogue/{part}.rs");
    }
    println!("cargo::rerun-if-changed=src/json.rs");
    let blob = serde_json::to_string(&without_blanks(catalogue()?))?;
    let read: Catalogue =
        json::from_str(&blob).map_err(|e| format!("the catalogue does not fit its types: {e}"))?;
    check(&read)?;
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("catalogue.json"),
        blob,
    )?;
    calibration()
}

/// The calibration without what the parameters' own table says (meaning, prior, bounds).
fn calibration() -> Result<()> {
    const FILE: &str = "src/model/calibration.json";
    println!("cargo::rerun-if-changed={FILE}");
    let mut file: Map<String, Value> = serde_json::from_str(&fs::read_to_string(FILE)?)?;
    file.remove("about");
    for p in file
        .get_mut("parameters")
        .and_then(Value::as_array_mut)
        .ok_or("no parameters in the calibration")?
    {
        let p = p.as_object_mut().ok_or("a parameter is not an object")?;
        for told in ["meaning", "prior", "low", "high"] {
            p.remove(told);
        }
    }
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("calibration.json"),
        serde_json::to_string(&file)?,
    )?;
    Ok(())
}

/// The data files as one JSON value of the shape of [`Catalogue`].
fn catalogue() -> Result<Value> {
    let mut hardware = toml_file("hardware.toml")?;
    let mut models = toml_file("models.toml")?;
    for file in [&mut hardware, &mut models] {
        if file.remove("schema_version") != Some(json!(1)) {
            return Err("schema_version of a catalogue file is not 1".into());
        }
    }
    if hardware.get("as_of") != models.get("as_of") {
        return Err("hardware.toml and models.toml are of different days".into());
    }
    let mut out = hardware;
    let mut rename = |from: &str, to: &str, each: fn(Map<String, Value>) -> Result<Value>| {
        let rows = out.remove(from).or_else(|| models.remove(from));
        let rows = objects(rows.ok_or_else(|| format!("no [[{from}]]"))?)?;
        let rows = rows.into_iter().map(each).collect::<Result<Vec<_>>>()?;
        out.insert(to.into(), rows.into());
        Ok::<_, Box<dyn Error>>(())
    };
    let as_is = |row| Ok(Value::Object(row));
    rename("accelerator", "accelerators", as_is)?;
    rename("system", "systems", system)?;
    rename("model", "models", model)?;
    rename("model_stub", "model_stubs", as_is)?;
    rename("tco_inferencex", "tco_inferencex", as_is)?;
    rename("benchmark", "benchmarks", as_is)?;
    rename("deployment", "deployments", |row| Ok(unknown_is_null(row)))?;
    if let Some(Value::Object(wuxi)) = out.remove("wuxi") {
        out.insert("wuxi".into(), unknown_is_null(wuxi));
    }
    out.insert("prices".into(), csv_file("prices.csv", price)?);
    out.insert("costs".into(), csv_file("costs.csv", cost)?);
    Ok(Value::Object(out))
}

fn toml_file(name: &str) -> Result<Map<String, Value>> {
    let text = fs::read_to_string(Path::new(DATA).join(name))?;
    toml::from_str(&text).map_err(|e| format!("{name}: {e}").into())
}

fn objects(value: Value) -> Result<Vec<Map<String, Value>>> {
    Ok(serde_json::from_value(value)?)
}

/// A system: the figures the library has no field for go into `numbers` and `texts`.
fn system(row: Map<String, Value>) -> Result<Value> {
    const FIELDS: [&str; 10] = [
        "id",
        "name",
        "accelerator",
        "cards",
        "power_kw_it",
        "power_kw_it_high",
        "power_w_per_card",
        "price_usd",
        "price_cny_usd8_2m",
        "price_cny_alt",
    ];
    let (mut out, mut numbers, mut texts) = (Map::new(), Map::new(), Map::new());
    for (key, value) in row {
        if key == "price_cny_usd8_2m" {
            out.insert("price_cny".into(), value);
        } else if FIELDS.contains(&key.as_str()) {
            out.insert(key, value);
        } else if value["v"].is_number() {
            numbers.insert(key, value);
        } else {
            texts.insert(key, value);
        }
    }
    out.insert("numbers".into(), numbers.into());
    out.insert("texts".into(), texts.into());
    Ok(out.into())
}

/// A model: its dimensions go into `architecture`, the vendor's counts into `vendor`.
fn model(mut row: Map<String, Value>) -> Result<Value> {
    let mut part = |keys: &[(&str, &str)]| {
        let found = keys
            .iter()
            .filter_map(|(from, to)| Some((to.to_string(), row.remove(*from)?)));
        Value::Object(found.collect())
    };
    let architecture = part(&[
        ("hidden", "hidden"),
        ("vocab", "vocab"),
        ("layers", "layers"),
        ("tied_embeddings", "tied_embeddings"),
        ("mtp_layers", "mtp_layers"),
        ("hc_mult", "hc_mult"),
        ("max_context", "max_context"),
        ("attn", "attn"),
        ("ffn", "ffn"),
    ]);
    // Through its type and back: drops what equals the default.
    let architecture: architecture::Architecture = json::from_value(&architecture)?;
    let vendor = part(&[
        ("total_params_b", "total_b"),
        ("active_params_b", "active_b"),
        ("params_rounding_b", "rounding_b"),
        ("total_basis", "total_basis"),
        ("active_basis", "active_basis"),
        ("params_source", "source"),
        ("params_confidence", "confidence"),
    ]);
    row.insert("architecture".into(), serde_json::to_value(architecture)?);
    row.insert("vendor".into(), vendor);
    Ok(row.into())
}

/// Texts that say "unknown …" become null.
fn unknown_is_null(mut row: Map<String, Value>) -> Value {
    for value in row.values_mut() {
        if value.as_str().is_some_and(|s| s.starts_with("unknown")) {
            *value = Value::Null;
        }
    }
    row.into()
}

type Row = BTreeMap<String, String>;

fn csv_file(name: &str, each: fn(&Row) -> Result<Value>) -> Result<Value> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_path(Path::new(DATA).join(name))?;
    let rows = reader.deserialize::<Row>().map(|row| {
        let row = row?;
        each(&row).map_err(|e| format!("{name}: {row:?}: {e}").into())
    });
    Ok(rows.collect::<Result<Vec<_>>>()?.into())
}

/// The text of a cell; blank = null.
fn text(row: &Row, column: &str) -> Result<Value> {
    let cell = row
        .get(column)
        .ok_or_else(|| format!("no column {column}"))?;
    Ok(if cell.is_empty() {
        Value::Null
    } else {
        cell.as_str().into()
    })
}

/// The number in a cell; blank = null.
fn number(row: &Row, column: &str) -> Result<Value> {
    Ok(match text(row, column)?.as_str() {
        None => Value::Null,
        Some(cell) => cell.parse::<serde_json::Number>()?.into(),
    })
}

fn price(row: &Row) -> Result<Value> {
    let three = |input, cached_input, output| -> Result<Value> {
        Ok(json!({
            "input": number(row, input)?,
            "cached_input": number(row, cached_input)?,
            "output": number(row, output)?,
        }))
    };
    Ok(json!({
        "provider": text(row, "provider")?,
        "model": text(row, "model")?,
        "catalogue_id": text(row, "catalogue_id")?,
        "currency": text(row, "currency_listed")?,
        "listed": three("input", "cached_input", "output")?,
        "usd": three("input_usd", "cached_usd", "output_usd")?,
        "cny": three("input_cny", "cached_cny", "output_cny")?,
        "date": text(row, "date")?,
        "confidence": text(row, "confidence")?,
        "source": text(row, "source")?,
        "note": text(row, "note")?,
    }))
}

fn cost(row: &Row) -> Result<Value> {
    let mut out = Map::new();
    for column in [
        "category",
        "item",
        "unit",
        "date",
        "confidence",
        "source",
        "note",
    ] {
        out.insert(column.into(), text(row, column)?);
    }
    for column in ["value", "low", "high"] {
        out.insert(column.into(), number(row, column)?);
    }
    Ok(out.into())
}

/// Drops null and blank members: for serde an absent option is `None` as well.
fn without_blanks(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, v)| !v.is_null() && v.as_str() != Some(""))
            .map(|(k, v)| (k, without_blanks(v)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(without_blanks).collect(),
        other => other,
    }
}

/// What types cannot say: ids are unique, references resolve, layers add up.
fn check(c: &Catalogue) -> Result<()> {
    let mut seen = BTreeSet::new();
    let ids = c.accelerators.iter().map(|a| &a.id);
    let ids = ids.chain(
        c.systems
            .iter()
            .map(|s| &s.id)
            .filter(|id| !c.accelerators.iter().any(|a| a.id == **id)),
    );
    let ids = ids.chain(c.models.iter().map(|m| &m.id));
    for id in ids.chain(c.model_stubs.iter().map(|m| &m.id)) {
        if !seen.insert(id) {
            return Err(format!("the id {id} is used twice").into());
        }
    }
    let card = |id: &str| match c.accelerators.iter().any(|a| a.id == id) {
        true => Ok(()),
        false => Err(format!("no accelerator {id}")),
    };
    c.systems.iter().try_for_each(|s| card(&s.accelerator))?;
    c.tco_inferencex
        .iter()
        .try_for_each(|t| card(&t.accelerator))?;
    c.benchmarks.iter().try_for_each(|b| card(&b.hw))?;
    for m in &c.models {
        check_layers(m)?;
    }
    for a in &c.accelerators {
        check_sources(c, &serde_json::to_value(a)?)?;
    }
    for s in &c.systems {
        check_sources(c, &serde_json::to_value(s)?)?;
    }
    Ok(())
}

/// Attention and feed-forward layers must each fill the depth, or (one mixer per layer) together.
fn check_layers(m: &records::CatalogueModel) -> Result<()> {
    let a = &m.architecture;
    let (mixers, ffns) = (a.mixer_layers(), a.ffn_layers());
    let two_per_layer = mixers == a.layers && ffns == a.layers;
    if !(two_per_layer || mixers + ffns == a.layers) {
        return Err(format!("{}: {mixers} + {ffns} layers in {}", m.id, a.layers).into());
    }
    Ok(())
}

/// Every source key of a figure must be listed.
fn check_sources(c: &Catalogue, value: &Value) -> Result<()> {
    let Value::Object(map) = value else {
        return Ok(());
    };
    if let Some(Value::String(key)) = map.get("s")
        && map.contains_key("c")
        && !c.sources.contains_key(key)
    {
        return Err(format!("no source {key}").into());
    }
    map.values().try_for_each(|v| check_sources(c, v))
}
