//! `tfp calibrate`: from a measurement file to the calibration file that the crate embeds.

use serde::Serialize;

use super::validate::unreadable;
use super::{Arguments, Command, DONE, Failure, Output, print_json, source};
use crate::evidence::{self, LeaveOutLine, LeftOutSummary, percent};

pub(super) const COMMAND: Command = Command {
    name: "calibrate",
    usage: "FILE.csv [--out FILE] [--predictions OUT.csv] [--json]",
    about: "Fit the calibration to a measurement file; report errors, also on rows left out",
    run,
};

/// Where the crate embeds it from.
const EMBEDDED: &str = "src/model/calibration.json";

/// Where the crate embeds the errors on rows left out from; they belong to the calibration.
const EMBEDDED_ERRORS: &str = "src/evidence/left_out.json";

#[derive(Serialize)]
struct Answer<'a> {
    written: &'a str,
    rows: u32,
    report: &'a [LeaveOutLine],
}

fn run(arguments: &mut Arguments, output: &mut Output<'_>) -> Result<u8, Failure> {
    let Some(path) = arguments.word() else {
        return Err(Failure::new(
            "no file given",
            "give a CSV file of measurements",
        ));
    };
    let to = arguments.value("out").unwrap_or_else(|| EMBEDDED.into());
    let predictions = arguments.value("predictions");
    arguments.end()?;
    let text = source::read(&path)?;
    let rows = evidence::read(&text).map_err(|e| unreadable(&path, &e))?;
    let run = evidence::calibrate(&rows);
    if run.calibration.rows == 0 {
        return Err(Failure::new(
            format!("{path}: no row can be fitted"),
            "rows need quality ok (or blank), a known model, hardware and mode, and a measured figure",
        ));
    }
    source::write(&to, &run.calibration.to_json())?;
    if to == EMBEDDED {
        source::write(EMBEDDED_ERRORS, &LeftOutSummary::of(&run).to_json())?;
    }
    if let Some(file) = predictions {
        source::write(&file, &left_out_csv(&run))?;
    }
    if arguments.json {
        print_json(
            output.out,
            &Answer {
                written: &to,
                rows: run.calibration.rows,
                report: &run.report,
            },
        )?;
        return Ok(DONE);
    }
    writeln!(
        output.out,
        "{} rows fitted, written to {to}",
        run.calibration.rows
    )?;
    writeln!(
        output.out,
        "{:<28} {:<14} {:<11} {:>5} {:>8} {:>8} {:>8} {:>7} {:>8}",
        "errors", "mode", "quantity", "rows", "median", "mean", "p90", "bias", "in band"
    )?;
    for line in &run.report {
        let e = &line.errors;
        writeln!(
            output.out,
            "{:<28} {:<14} {:<11} {:>5} {:>8} {:>8} {:>8} {:>7} {:>8}",
            line.left_out.name(),
            line.mode,
            line.quantity,
            e.rows,
            percent(e.median),
            percent(e.mean),
            percent(e.p90),
            e.bias.map_or_else(|| "–".to_owned(), |b| format!("{b:.3}")),
            percent(e.in_band),
        )?;
    }
    Ok(DONE)
}

/// What fits that never saw a row's triple say of it, one line per fitted row.
fn left_out_csv(run: &evidence::CalibrationRun) -> String {
    let mut out = String::from("id,ttft_ms,tpot_ms,tokens_per_s_per_card\n");
    for (id, _, left) in &run.predictions {
        let cells = left.map(|v| v.map_or_else(String::new, |v| format!("{v:.4}")));
        out += &format!("{id},{}\n", cells.join(","));
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::cli::tests::tfp;

    #[test]
    fn a_file_without_a_usable_row_is_refused_and_nothing_is_written() {
        let dir = std::env::temp_dir();
        let at = |name: &str| dir.join(format!("tfp-calibrate-{}-{name}", std::process::id()));
        let (input, out) = (at("in.csv"), at("out.json"));
        std::fs::write(
            &input,
            "mode,model,hardware,engine\nserving,unknown,unknown,vllm\n",
        )
        .unwrap();
        let (code, _, err) = tfp(&[
            "calibrate",
            input.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
        ]);
        std::fs::remove_file(&input).unwrap();
        assert_eq!(code, 2);
        assert!(err.contains("no row can be fitted"), "{err}");
        assert!(!out.exists());
    }
}
