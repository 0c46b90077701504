//! `tfp model`: a model in figures, from the catalogue or from its `config.json`.

use super::{Arguments, Command, DONE, Failure, Output, print_json, source, table};
use crate::catalogue::report::ModelReport;
use crate::catalogue::{Catalogue, hf_config};
use crate::wording::{Plain, Writer};

pub(super) const COMMAND: Command = Command {
    name: "model",
    usage: "FILE|ID [--json]",
    about: "Show parameters, KV bytes and layer groups of a model: catalogue id, or a config.json",
    run,
};

fn run(arguments: &mut Arguments, output: &mut Output<'_>) -> Result<u8, Failure> {
    let Some(argument) = arguments.word() else {
        return Err(Failure::new(
            "no model given",
            "give an id of the catalogue, e.g. tfp model deepseek-r1, or a Hugging Face config.json",
        ));
    };
    arguments.end()?;
    let report = report(&argument)?;
    if arguments.json {
        print_json(output.out, &report)?;
    } else {
        print(&report, output)?;
    }
    Ok(DONE)
}

fn report(argument: &str) -> Result<ModelReport, Failure> {
    let catalogue = Catalogue::embedded();
    if let Some(model) = catalogue.model(argument) {
        return Ok(ModelReport::of_catalogue(model));
    }
    if !std::path::Path::new(argument).exists() {
        let stub = catalogue.model_stub(argument).is_some();
        let message = if stub {
            format!("{argument} is known by name only: its dimensions were not published")
        } else {
            format!(
                "no model and no file by the name of {:?}",
                source::excerpt(argument)
            )
        };
        return Err(Failure::new(
            message,
            "give an id of the catalogue (e.g. deepseek-r1), or the path of a config.json",
        ));
    }
    let text = source::read(argument)?;
    let import = hf_config::parse(&text).map_err(|error| {
        Failure::new(
            format!("{argument}: {error}"),
            "give the config.json of a text model as published on Hugging Face",
        )
    })?;
    Ok(ModelReport::of_import(&import))
}

fn print(report: &ModelReport, output: &mut Output<'_>) -> Result<(), Failure> {
    let w = Plain;
    let billions = |x: f64| format!("{} B", w.number(x / 1e9));
    let mut rows = vec![
        ["name".to_owned(), report.name.clone()],
        ["total parameters".into(), billions(report.total_params)],
        ["active parameters".into(), billions(report.active_params)],
        [
            "KV cache per token".into(),
            format!("{} at 16 bit", w.bytes(report.kv_bytes_per_token)),
        ],
        [
            "longest context".into(),
            w.count(f64::from(report.max_context)),
        ],
    ];
    if report.recurrent_state_bytes > 0.0 {
        rows.push([
            "constant state".into(),
            w.bytes(report.recurrent_state_bytes),
        ]);
    }
    let groups = serde_json::to_value(&report.architecture).unwrap_or_default();
    for (key, name) in [("attn", "attention layers"), ("ffn", "feed-forward layers")] {
        for group in groups[key].as_array().into_iter().flatten() {
            rows.push([name.into(), group.to_string()]);
        }
    }
    rows.extend(
        report
            .warnings
            .iter()
            .map(|w| ["warning".into(), w.clone()]),
    );
    table::print(output.out, &rows)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::cli::tests::tfp;

    #[test]
    fn a_model_is_shown_by_id_and_by_file() {
        let (code, out, _) = tfp(&["model", "deepseek-r1", "--json"]);
        assert_eq!(code, 0);
        let v: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(v["kv_bytes_per_token"], 70_272.0);
        assert!(v["total_params"].as_f64().unwrap() > 6.7e11 && v["active_params"].is_number());
        assert!(v["architecture"]["attn"].is_array() && v["architecture"]["ffn"].is_array());
        let (code, out, _) = tfp(&["model", "qwen3-8b"]);
        assert_eq!(code, 0);
        assert!(out.contains("KV cache per token"), "{out}");
    }

    #[test]
    fn what_is_no_model_is_refused_with_advice() {
        for bad in ["no-such-model", "Cargo.toml", "src", ""] {
            let (code, _, err) = tfp(&["model", bad]);
            assert_eq!(code, 2, "{bad}");
            assert!(err.contains("config.json") || err.contains("path"), "{err}");
        }
    }

    #[test]
    fn published_configurations_are_read_where_they_are_at_hand() {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/catalog/configs");
        let Ok(files) = std::fs::read_dir(&folder) else {
            eprintln!(
                "no configurations at {}: nothing compared",
                folder.display()
            );
            return;
        };
        let mut seen = 0;
        for file in files.flatten() {
            let path = file.path();
            let (code, out, err) = tfp(&["model", path.to_str().unwrap(), "--json"]);
            assert_eq!(code, 0, "{}: {err}", path.display());
            let v: serde_json::Value = serde_json::from_str(&out).unwrap();
            assert!(v["total_params"].as_f64().unwrap() > 1e8);
            seen += 1;
        }
        assert!(seen >= 16, "{seen}");
    }
}
