//! `tfp presets`: scenarios to start from.

use serde::Serialize;

use super::{Arguments, Command, DONE, Failure, Output, print_json, table};
use crate::scenario::presets::PRESETS;

pub(super) const COMMAND: Command = Command {
    name: "presets",
    usage: "[--json]",
    about: "List scenarios to start from, as links",
    run,
};

#[derive(Serialize)]
struct Row {
    id: &'static str,
    name: &'static str,
    name_zh: &'static str,
    note: &'static str,
    link: &'static str,
}

fn run(arguments: &mut Arguments, output: &mut Output<'_>) -> Result<u8, Failure> {
    arguments.end()?;
    let rows: Vec<Row> = PRESETS
        .iter()
        .map(|preset| Row {
            id: preset.id,
            name: preset.name.en,
            name_zh: preset.name.zh,
            note: preset.note.en,
            link: preset.link,
        })
        .collect();
    if arguments.json {
        print_json(output.out, &rows)?;
    } else {
        let cells: Vec<[String; 3]> = rows
            .iter()
            .map(|row| [row.id, row.name, row.link].map(String::from))
            .collect();
        table::print(output.out, &cells)?;
    }
    Ok(DONE)
}

#[cfg(test)]
mod tests {
    use crate::cli::tests::tfp;

    #[test]
    fn presets_are_listed_in_both_forms() {
        let (code, out, _) = tfp(&["presets"]);
        assert_eq!(code, 0);
        assert!(out.starts_with("wuxi "), "{out}");
        let (_, out, _) = tfp(&["presets", "--json"]);
        let rows: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(rows[0]["link"], "#v=1");
        assert!(rows.as_array().unwrap().len() >= 8);
    }
}
