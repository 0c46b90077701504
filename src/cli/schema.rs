//! `tfp schema`: the JSON schema of the scenario file.

use super::{Arguments, Command, DONE, Failure, Output, print_json};

pub(super) const COMMAND: Command = Command {
    name: "schema",
    usage: "",
    about: "Print the JSON schema of the scenario file",
    run,
};

fn run(arguments: &mut Arguments, output: &mut Output<'_>) -> Result<u8, Failure> {
    arguments.end()?;
    print_json(output.out, &crate::scenario::schema::schema())?;
    Ok(DONE)
}
