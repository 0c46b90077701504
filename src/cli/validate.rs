//! `tfp validate`: predicted against measured.

use super::{Arguments, Command, DONE, Failure, Output, print_json, source};
use crate::evidence::{self, ReadError};

pub(super) const COMMAND: Command = Command {
    name: "validate",
    usage: "FILE.csv [--json] [--predictions OUT.csv]",
    about: "Predict every row of a measurement file and report the errors",
    run,
};

pub(super) fn unreadable(path: &str, error: &ReadError) -> Failure {
    Failure::new(
        format!("{path}: {error}"),
        "give a CSV file with a header of measurement columns: model, hardware, mode, … (see README)",
    )
}

fn run(arguments: &mut Arguments, output: &mut Output<'_>) -> Result<u8, Failure> {
    let Some(path) = arguments.word() else {
        return Err(Failure::new(
            "no file given",
            "give a CSV file of measurements",
        ));
    };
    let predictions = arguments.value("predictions");
    arguments.end()?;
    let text = source::read(&path)?;
    let report = evidence::validate(&text).map_err(|e| unreadable(&path, &e))?;
    if let Some(to) = predictions {
        let csv = evidence::predictions_csv(&text, &report).map_err(|e| unreadable(&path, &e))?;
        source::write(&to, &csv)?;
    }
    if arguments.json {
        print_json(output.out, &report)?;
    } else {
        write!(output.out, "{}", report.table())?;
    }
    Ok(DONE)
}

#[cfg(test)]
mod tests {
    use crate::cli::tests::tfp;

    const ROWS: &str = "\u{feff}mode,model,hardware,engine,input_tokens,output_tokens,concurrency,cards,tp,tpot_ms,ttft_ms,mystery\r\n\
        serving,llama-3.1-8b,h100-sxm,vllm,1024,256,16,1,1,8.0,90,a\r\n\
        serving,no-such-model,h100-sxm,vllm,1024,256,16,1,1,8.0,90,\"b, c\"\r\n\
        serving,llama-3.1-8b,h100-sxm,vllm,1024,256,sixteen,1,1,8.0,90,d\r\n\
        offline,llama-3.1-8b,h100-sxm,trtllm,1024,256,,1,1,,,e\r\n";

    #[test]
    fn every_row_comes_back_in_order_with_prediction_or_reason() {
        let dir = std::env::temp_dir();
        let at = |name: &str| dir.join(format!("tfp-validate-{}-{name}", std::process::id()));
        let (input, out) = (at("in.csv"), at("out.csv"));
        std::fs::write(&input, ROWS).unwrap();
        let (code, report, err) = tfp(&[
            "validate",
            input.to_str().unwrap(),
            "--json",
            "--predictions",
            out.to_str().unwrap(),
        ]);
        assert_eq!(code, 0, "{err}");
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["rows"], 4);
        assert_eq!(report["answered"], 2);
        let text = std::fs::read_to_string(&out).unwrap();
        std::fs::remove_file(&input).unwrap();
        std::fs::remove_file(&out).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let column = |name: &str| header.iter().position(|h| h == name).unwrap();
        let rows: Vec<_> = reader.records().map(|r| r.unwrap()).collect();
        assert_eq!(rows.len(), 4);
        let order: Vec<&str> = rows.iter().map(|r| &r[column("mystery")]).collect();
        assert_eq!(order, ["a", "b, c", "d", "e"]);
        assert!(rows[0][column("pred_tpot_ms")].parse::<f64>().unwrap() > 0.0);
        assert!(rows[0][column("band_low")].parse::<f64>().unwrap() > 0.0);
        for row in [1, 2] {
            assert_eq!(&rows[row][column("pred_tpot_ms")], "");
            assert!(rows[row][column("pred_note")].len() > 10);
        }
        assert!(
            rows[3][column("pred_tokens_per_s_per_card")]
                .parse::<f64>()
                .unwrap()
                > 0.0
        );
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        for bad in ["Cargo.toml", "no-such-file.csv"] {
            let (code, _, err) = tfp(&["validate", bad]);
            assert_eq!(code, 2, "{bad}");
            assert!(err.contains("CSV") || err.contains("path"), "{err}");
        }
    }
}
