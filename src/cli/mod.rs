//! The `tfp` command line: one file per command, testable without a process.
//!
//! Exit codes: 0 with a result, 1 for a scenario that cannot be served, 2 for input that cannot be
//! read. Results go to standard output; what is wrong with the input goes to standard error, and
//! with `--json` to standard output as an object `{"error": …}` too, so that a script has it.

mod calibrate;
mod evaluate;
mod factory;
mod help;
mod model;
mod presets;
mod prices;
mod schema;
mod source;
mod table;
mod validate;

use std::ffi::OsString;
use std::io::Write;

use serde::Serialize;

/// Exit code: a result was printed.
pub const DONE: u8 = 0;
/// Exit code: the scenario cannot be served.
pub const CANNOT_BE_SERVED: u8 = 1;
/// Exit code: the input cannot be read.
pub const BAD_INPUT: u8 = 2;

/// Where a command writes.
pub struct Output<'a> {
    /// Results.
    pub out: &'a mut dyn Write,
    /// Remarks and errors.
    pub err: &'a mut dyn Write,
}

/// One command.
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// Its arguments, for the help.
    pub usage: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Runs it on the arguments after its name; returns the exit code.
    pub run: fn(&mut Arguments, &mut Output<'_>) -> Result<u8, Failure>,
}

/// Every command, in the order of the help.
pub static COMMANDS: &[Command] = &[
    evaluate::COMMAND,
    model::COMMAND,
    validate::COMMAND,
    calibrate::COMMAND,
    presets::COMMAND,
    prices::COMMAND,
    schema::COMMAND,
    factory::COMMAND,
    help::COMMAND,
    help::VERSION,
];

/// Input that cannot be read: what is wrong, and what to do.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// What is wrong and what is allowed.
    pub message: String,
    /// What to do next.
    pub advice: String,
}

impl Failure {
    /// A failure with advice.
    pub fn new(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            advice: advice.into(),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(
            format!("cannot write the result: {error}"),
            "check the disk or the pipe",
        )
    }
}

/// What stands behind a command's name, told apart into options and the rest.
pub struct Arguments {
    /// `--json`: print JSON instead of a table.
    pub json: bool,
    options: Vec<(String, Option<String>)>,
    words: Vec<String>,
}

/// Options that are followed by a value.
const WITH_VALUE: &[&str] = &[
    "predictions",
    "out",
    "listen",
    "link",
    "seed",
    "speed",
    "fault",
];

impl Arguments {
    fn read(parser: &mut lexopt::Parser) -> Result<Self, Failure> {
        let bad = |error: lexopt::Error| {
            Failure::new(error.to_string(), "see tfp help for what is allowed")
        };
        let mut all = Self {
            json: false,
            options: Vec::new(),
            words: Vec::new(),
        };
        while let Some(argument) = parser.next().map_err(bad)? {
            match argument {
                lexopt::Arg::Long("json") => all.json = true,
                lexopt::Arg::Long(name) => {
                    let name = name.to_owned();
                    let value = if WITH_VALUE.contains(&name.as_str()) {
                        Some(text(parser.value().map_err(bad)?)?)
                    } else {
                        None
                    };
                    all.options.push((name, value));
                }
                lexopt::Arg::Short(short) => all.options.push((short.to_string(), None)),
                lexopt::Arg::Value(value) => all.words.push(text(value)?),
            }
        }
        Ok(all)
    }

    /// The next argument that is no option.
    pub fn word(&mut self) -> Option<String> {
        (!self.words.is_empty()).then(|| self.words.remove(0))
    }

    /// Whether an option without value was given.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.options.len();
        self.options.retain(|(given, _)| given != name);
        self.options.len() < before
    }

    /// The value of an option that has one (see `WITH_VALUE`).
    pub fn value(&mut self, name: &str) -> Option<String> {
        let at = self.options.iter().position(|(given, _)| given == name)?;
        self.options.remove(at).1
    }

    /// Reports what no one asked for; call it when everything known has been taken.
    pub fn end(&self) -> Result<(), Failure> {
        let left = self
            .options
            .iter()
            .map(|(name, _)| format!("{}{name}", if name.len() == 1 { "-" } else { "--" }))
            .chain(self.words.iter().map(|word| format!("\"{word}\"")))
            .next();
        match left {
            None => Ok(()),
            Some(what) => Err(Failure::new(
                format!("{what} is not expected here"),
                "see tfp help for what is allowed",
            )),
        }
    }
}

fn text(value: OsString) -> Result<String, Failure> {
    value.into_string().map_err(|value| {
        Failure::new(
            format!("argument is not UTF-8: {}", value.display()),
            "give the argument as UTF-8 text",
        )
    })
}

/// Runs the command line on the arguments after the program's name.
pub fn run<A, I>(args: I, out: &mut dyn Write, err: &mut dyn Write) -> u8
where
    A: Into<OsString>,
    I: IntoIterator<Item = A>,
{
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let json = args.iter().any(|arg| arg == "--json");
    let mut output = Output { out, err };
    match dispatch(args, &mut output) {
        Ok(code) => code,
        Err(failure) => report(&failure, json, &mut output),
    }
}

fn dispatch(args: Vec<OsString>, output: &mut Output<'_>) -> Result<u8, Failure> {
    let mut args = args.into_iter();
    let name = match args.next() {
        None => "help".into(),
        Some(first) => text(first)?,
    };
    let name = match name.as_str() {
        "-h" | "--help" => "help",
        "-V" | "--version" => "version",
        other => other,
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        let known: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        return Err(Failure::new(
            format!("no command \"{name}\"; there are {}", known.join(", ")),
            "see tfp help",
        ));
    };
    let mut arguments = Arguments::read(&mut lexopt::Parser::from_args(args))?;
    if arguments.flag("help") || arguments.flag("h") {
        writeln!(output.out, "{}", help::usage(command))?;
        return Ok(DONE);
    }
    (command.run)(&mut arguments, output)
}

/// Writes are allowed to fail here: there is nobody left to tell.
fn report(failure: &Failure, json: bool, output: &mut Output<'_>) -> u8 {
    let Failure { message, advice } = failure;
    let _ = writeln!(output.err, "tfp: {message}\n     {advice}");
    if json {
        let _ = print_json(output.out, &serde_json::json!({ "error": failure }));
    }
    BAD_INPUT
}

/// Prints a value as indented JSON with a line end.
pub fn print_json(out: &mut dyn Write, value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(error.to_string(), "please report this"))?;
    writeln!(out, "{text}")?;
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Runs a command: exit code, standard output, standard error.
    pub(crate) fn tfp(args: &[&str]) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(args, &mut out, &mut err);
        (
            code,
            String::from_utf8(out).unwrap(),
            String::from_utf8(err).unwrap(),
        )
    }

    #[test]
    fn unknown_commands_and_options_say_what_is_allowed() {
        let (code, out, err) = tfp(&["presetz", "#v=1"]);
        assert_eq!((code, out.as_str()), (BAD_INPUT, ""));
        assert!(err.contains("no command \"presetz\"; there are "));
        let (code, _, err) = tfp(&["presets", "--yaml"]);
        assert_eq!(code, BAD_INPUT);
        assert!(err.contains("--yaml is not expected here"));
        let (code, out, _) = tfp(&["nothing", "--json"]);
        assert_eq!(code, BAD_INPUT);
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert!(
            json["error"]["message"]
                .as_str()
                .unwrap()
                .contains("nothing")
        );
    }

    #[test]
    fn help_lists_every_command() {
        for args in [&["help"][..], &["--help"], &["-h"], &[]] {
            let (code, out, _) = tfp(args);
            assert_eq!(code, DONE);
            for command in COMMANDS {
                assert!(out.contains(command.name), "{}", command.name);
            }
        }
        assert!(tfp(&["version"]).1.starts_with("tfp "));
        let (code, out, _) = tfp(&["prices", "--help"]);
        assert_eq!(code, DONE);
        assert!(out.contains("tfp prices [MODEL]"));
    }
}
