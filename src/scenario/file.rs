//! The scenario file: JSON with a header, everything a link carries, nothing else. Its schema is
//! published as `scenario.schema.json` (see [`super::schema`]).

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Scenario;
use super::fields::validate;
use super::link::{MAX_COMPARED, SharedState, View};
use super::wrong::{Problem, excerpt};

/// The header's `format`.
pub const FORMAT: &str = "token-factory-scenario";
/// The header's `version`.
pub const VERSION: u32 = 1;
/// Longer files are refused, bytes.
const LONGEST: usize = 1_000_000;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub enum FileError {
    /// Too long for a scenario.
    TooLong {
        /// Bytes allowed.
        max: usize,
    },
    /// No JSON.
    NotJson {
        /// Line of the mistake.
        line: usize,
        /// Column of the mistake.
        column: usize,
        /// What the reader says.
        message: String,
    },
    /// JSON, but no scenario of ours.
    NotAScenario,
    /// Written by a newer release.
    NewerVersion {
        /// The newest version known here.
        known: u32,
    },
    /// A field has the wrong name or type.
    Field {
        /// Its place, e.g. "scenario.pools[0].cards_each".
        path: String,
        /// What is wrong and what is allowed.
        message: String,
    },
    /// Values that are not allowed.
    Values(Vec<Problem>),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { max } => write!(f, "longer than {max} bytes: no scenario file"),
            Self::NotJson {
                line,
                column,
                message,
            } => write!(f, "no JSON at line {line}, column {column}: {message}"),
            Self::NotAScenario => write!(
                f,
                "no scenario file: it must hold \"format\": \"{FORMAT}\" and \"scenario\""
            ),
            Self::NewerVersion { known } => write!(
                f,
                "written by a newer release; this one knows versions up to {known}"
            ),
            Self::Field { path, message } => write!(f, "{path}: {message}"),
            Self::Values(problems) => {
                for (i, problem) in problems.iter().enumerate() {
                    if i > 0 {
                        f.write_str("; ")?;
                    }
                    problem.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for FileError {}

#[derive(Serialize)]
struct File<'a> {
    format: &'static str,
    version: u32,
    view: &'static str,
    baseline: usize,
    scenario: &'a Scenario,
    compared: &'a [Scenario],
}

/// The text of a scenario file.
pub fn to_json(state: &SharedState) -> String {
    let SharedState {
        view,
        scenario,
        compared,
        baseline,
        // How a page shows it is a matter of links alone.
        quote: _,
        explored: _,
    } = state;
    let file = File {
        format: FORMAT,
        version: VERSION,
        view: view.word(),
        baseline: *baseline,
        scenario,
        compared,
    };
    // Plain data with text keys cannot fail to become JSON.
    crate::json::pretty(&file) + "\n"
}

/// Reads a scenario file. A bare scenario without header is taken too. Fields left out have their
/// defaults; names that are not known are an error, so that a typing mistake is not silently lost.
pub fn from_json(text: &str) -> Result<SharedState, FileError> {
    if text.len() > LONGEST {
        return Err(FileError::TooLong { max: LONGEST });
    }
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = serde_json::from_str(text).map_err(|error| FileError::NotJson {
        line: error.line(),
        column: error.column(),
        message: error.to_string(),
    })?;
    let Value::Object(mut file) = value else {
        return Err(FileError::NotAScenario);
    };
    if !file.contains_key("format") {
        return if is_bare(&file) {
            let scenario = scenario(Value::Object(file), "")?;
            Ok(SharedState::of(scenario))
        } else {
            Err(FileError::NotAScenario)
        };
    }
    if file.remove("format") != Some(Value::from(FORMAT)) {
        return Err(FileError::NotAScenario);
    }
    version(file.remove("version"))?;
    let first = scenario(
        file.remove("scenario").ok_or(FileError::NotAScenario)?,
        "scenario",
    )?;
    let compared = compared(file.remove("compared"))?;
    let baseline = baseline(file.remove("baseline"), compared.len())?;
    let view = view(file.remove("view"))?;
    file.remove("$schema");
    if let Some(key) = file.keys().next() {
        return Err(field(
            key,
            "unknown; allowed are format, version, view, scenario, compared, baseline",
        ));
    }
    Ok(SharedState {
        view,
        scenario: first,
        compared,
        baseline,
        ..SharedState::default()
    })
}

fn field(path: impl Into<String>, message: impl Into<String>) -> FileError {
    FileError::Field {
        path: excerpt(&path.into()),
        message: message.into(),
    }
}

/// Every key is one of a scenario's.
fn is_bare(file: &Map<String, Value>) -> bool {
    let Ok(Value::Object(known)) = serde_json::to_value(Scenario::default()) else {
        return false;
    };
    !file.is_empty() && file.keys().all(|key| known.contains_key(key))
}

fn version(value: Option<Value>) -> Result<(), FileError> {
    match value.as_ref().map(Value::as_u64) {
        Some(Some(n)) if n == u64::from(VERSION) => Ok(()),
        Some(Some(n)) if n > u64::from(VERSION) => Err(FileError::NewerVersion { known: VERSION }),
        _ => Err(field(
            "version",
            format!("must be a whole number, 1 to {VERSION}"),
        )),
    }
}

fn compared(value: Option<Value>) -> Result<Vec<Scenario>, FileError> {
    let all = match value {
        None => Vec::new(),
        Some(Value::Array(all)) if all.len() <= MAX_COMPARED => all,
        Some(_) => {
            return Err(field(
                "compared",
                format!("must be a list of at most {MAX_COMPARED} scenarios"),
            ));
        }
    };
    all.into_iter()
        .enumerate()
        .map(|(i, value)| scenario(value, &format!("compared[{i}]")))
        .collect()
}

fn baseline(value: Option<Value>, compared: usize) -> Result<usize, FileError> {
    match value.as_ref().map(Value::as_u64) {
        None => Ok(0),
        Some(Some(n)) if n <= compared as u64 => Ok(n as usize),
        _ => Err(field(
            "baseline",
            format!("must be a whole number, 0 to {compared}"),
        )),
    }
}

fn view(value: Option<Value>) -> Result<View, FileError> {
    let Some(value) = value else {
        return Ok(View::default());
    };
    View::ALL
        .into_iter()
        .find(|view| value.as_str() == Some(view.word()))
        .ok_or_else(|| {
            let words: Vec<&str> = View::ALL.iter().map(|view| view.word()).collect();
            field("view", format!("must be one of {}", words.join(", ")))
        })
}

fn scenario(value: Value, at: &str) -> Result<Scenario, FileError> {
    let join = |path: &str| match (at, path) {
        ("", path) => path.to_owned(),
        (at, "") => at.to_owned(),
        (at, path) => format!("{at}.{path}"),
    };
    let scenario: Scenario = match crate::json::from_value(&value) {
        Ok(scenario) => scenario,
        Err(error) => {
            let (path, message) =
                locate(&|value| value, &value, "").unwrap_or((String::new(), error.to_string()));
            return Err(FileError::Field {
                path: join(&path),
                message,
            });
        }
    };
    let mut problems = validate(&scenario);
    if problems.is_empty() {
        return Ok(scenario);
    }
    for problem in &mut problems {
        problem.path = join(&problem.path);
    }
    Err(FileError::Values(problems))
}

/// Finds the innermost value that is wrong: everything in a scenario has a default, so a scenario
/// of that value alone tells whether it is at fault.
fn locate(wrap: &dyn Fn(Value) -> Value, value: &Value, path: &str) -> Option<(String, String)> {
    let read = |value: Value| crate::json::from_value::<Scenario>(&wrap(value));
    let error = read(value.clone()).err()?;
    match value {
        Value::Object(fields) if read(Value::Object(Map::new())).is_ok() => {
            fields.iter().find_map(|(key, inner)| {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                let alone =
                    |inner: Value| wrap(Value::Object(Map::from_iter([(key.clone(), inner)])));
                locate(&alone, inner, &path)
            })
        }
        Value::Array(items) if read(Value::Array(Vec::new())).is_ok() => {
            items.iter().enumerate().find_map(|(i, inner)| {
                let alone = |inner: Value| wrap(Value::Array(vec![inner]));
                locate(&alone, inner, &format!("{path}[{i}]"))
            })
        }
        _ => None,
    }
    .or_else(|| Some((path.to_owned(), error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::link::decode;
    use crate::scenario::presets::PRESETS;

    fn error(text: &str) -> String {
        from_json(text).unwrap_err().to_string()
    }

    #[test]
    fn presets_survive_the_file() {
        for preset in PRESETS {
            let state = SharedState::of(preset.scenario());
            assert_eq!(from_json(&to_json(&state)), Ok(state), "{}", preset.id);
        }
        let all =
            decode("#v=1&view=price&2.tpot=20&3=same&base=2&m=h512.v1000.c2048/gqa4.q8.kv8.d64/~x");
        assert_eq!(all.notices, []);
        assert_eq!(from_json(&to_json(&all.state)), Ok(all.state));
    }

    #[test]
    fn a_bare_scenario_and_left_out_fields_are_read() {
        let state = from_json("\u{feff}{\"targets\": {\"tpot_ms\": 20}}").unwrap();
        assert_eq!(state.scenario.targets.tpot_ms, 20.0);
        assert_eq!(state.scenario.targets.ttft_ms, 2000.0);
    }

    #[test]
    fn errors_name_the_place_and_what_is_allowed() {
        let with = |scenario: &str| {
            error(&format!(
                "{{\"format\":\"{FORMAT}\",\"version\":1,\"scenario\":{scenario}}}"
            ))
        };
        for (text, want) in [
            (
                r#"{"workload":{"input_tokens":"many"}}"#,
                "scenario.workload.input_tokens: invalid type: string \"many\", expected f64",
            ),
            (
                r#"{"pools":[{},{"cards_each":-1}]}"#,
                "scenario.pools[1].cards_each: invalid value: integer `-1`, expected u32",
            ),
            (
                r#"{"workload":{"inputs":5}}"#,
                "scenario.workload.inputs: unknown field `inputs`",
            ),
            (
                r#"{"targets":{"tpot_ms":0}}"#,
                "scenario.targets.tpot_ms: out of range; allowed is 0.1 to 60000 (given: 0)",
            ),
            (r#"{"pools":[]}"#, "scenario.pools: there must be 1 to 4"),
            (
                r#"{"model":{"custom":{}}}"#,
                "scenario.model: missing field",
            ),
            (
                r#"{"precision":{"kv":"fp6"}}"#,
                "scenario.precision.kv: unknown variant `fp6`, expected one of",
            ),
        ] {
            let got = with(text);
            assert!(got.starts_with(want), "{text}: {got}");
        }
    }

    #[test]
    fn what_is_no_scenario_file_is_said_so() {
        assert!(error("{").starts_with("no JSON at line 1, column 1"));
        assert!(error("[]").starts_with("no scenario file"));
        assert!(error("{\"a\":1}").starts_with("no scenario file"));
        assert!(
            error(&format!(
                "{{\"format\":\"{FORMAT}\",\"version\":2,\"scenario\":{{}}}}"
            ))
            .starts_with("written by a newer release")
        );
        assert!(error(&" ".repeat(LONGEST + 1)).starts_with("longer than"));
        assert!(error("{\"workload\":{\"input_tokens\":1e999}}").contains("no JSON"));
        let header = format!("{{\"format\":\"{FORMAT}\",\"version\":1,\"scenario\":{{}}");
        assert!(error(&format!("{header},\"colour\":1}}")).starts_with("colour: unknown"));
        assert!(error(&format!("{header},\"baseline\":1}}")).starts_with("baseline: "));
        assert!(error(&format!("{header},\"view\":\"map\"}}")).starts_with("view: "));
        assert!(
            error(&format!("{header},\"compared\":[{{}},{{}},{{}},{{}}]}}"))
                .starts_with("compared: ")
        );
    }
}
