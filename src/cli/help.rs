//! `tfp help` and `tfp version`.

use super::{Arguments, COMMANDS, Command, DONE, Failure, Output};

pub(super) const COMMAND: Command = Command {
    name: "help",
    usage: "[COMMAND]",
    about: "Say what the commands do",
    run: help,
};

pub(super) const VERSION: Command = Command {
    name: "version",
    usage: "",
    about: "Print the version",
    run: version,
};

/// One command's usage.
pub(super) fn usage(command: &Command) -> String {
    let Command {
        name, usage, about, ..
    } = command;
    format!("{about}.\n\nUsage: tfp {name} {usage}")
}

fn help(arguments: &mut Arguments, output: &mut Output<'_>) -> Result<u8, Failure> {
    let topic = arguments.word();
    arguments.end()?;
    if let Some(topic) = topic {
        let Some(command) = COMMANDS.iter().find(|command| command.name == topic) else {
            return Err(Failure::new(
                format!("no command \"{topic}\""),
                "see tfp help",
            ));
        };
        writeln!(output.out, "{}", usage(command))?;
        return Ok(DONE);
    }
    writeln!(
        output.out,
        "tfp {}: plan, price and check an LLM token factory\n\nUsage: tfp COMMAND …\n",
        env!("CARGO_PKG_VERSION")
    )?;
    let rows: Vec<[String; 2]> = COMMANDS
        .iter()
        .map(|command| {
            [
                format!("  {} {}", command.name, command.usage),
                command.about.to_owned(),
            ]
        })
        .collect();
    super::table::print(output.out, &rows)?;
    writeln!(
        output.out,
        "\nA LINK is what the page's address holds after \"#\", or the whole address, e.g.\n  \
         tfp evaluate '#v=1&hw=h20&pods=1&cards=8&m=qwen3-32b&tpot=30'\n\
         A FILE is a scenario saved by the page; \"-\" reads standard input.\n\
         With --json a command prints JSON. Exit code: 0 with a result, 1 for a scenario that\n\
         cannot be served, 2 for input that cannot be read."
    )?;
    Ok(DONE)
}

fn version(arguments: &mut Arguments, output: &mut Output<'_>) -> Result<u8, Failure> {
    arguments.end()?;
    writeln!(output.out, "tfp {}", env!("CARGO_PKG_VERSION"))?;
    Ok(DONE)
}
