//! Measurement files as the page is sent them: column by column, without what the other columns
//! tell. The same rows compress to 60 % of what they do as CSV. `.ci/finish.mjs` writes this form.

use crate::export::push_quoted;

/// First word of such a file; the number of rows follows it.
const MARK: &str = "columns ";

/// The throughput of a closed loop, tokens per second and card: `concurrency` requests at any time,
/// each of which takes its time to first token and `output_tokens - 1` times the time per token.
fn closed_loop(concurrency: f64, output: f64, ttft_ms: f64, tpot_ms: f64, cards: f64) -> f64 {
    1000.0 * concurrency * output / (ttft_ms + tpot_ms * (output - 1.0)) / cards
}

/// The file as CSV. A text that is not in columns is taken to be CSV already.
///
/// After the first line come the columns, one after the other: its name, then a line for each row.
/// A throughput of `=` follows from the row's latencies, to three decimals; `~` in an id stands for
/// `{input_tokens}x{output_tokens}_c{concurrency}`.
pub fn to_csv(text: &str) -> String {
    let Some((count, cells)) = text.strip_prefix(MARK).and_then(|t| t.split_once('\n')) else {
        return text.to_owned();
    };
    let rows: usize = count.trim().parse().unwrap_or_default();
    let cells: Vec<&str> = cells.lines().collect();
    let columns: Vec<&[&str]> = cells.chunks(rows + 1).collect();
    let cell = |name: &str, row: usize| {
        let column = columns.iter().find(|c| c.first() == Some(&name));
        column.and_then(|c| c.get(row)).copied().unwrap_or_default()
    };
    let mut out = String::new();
    for row in 0..=rows {
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            let number = |name: &str| crate::decimal::parse(cell(name, row)).unwrap_or(f64::NAN);
            match (
                column.first().copied(),
                column.get(row).copied().unwrap_or_default(),
            ) {
                (Some("tokens_per_s_per_card"), "=") => out.push_str(&format!(
                    "{:.3}",
                    closed_loop(
                        number("concurrency"),
                        number("output_tokens"),
                        number("ttft_ms"),
                        number("tpot_ms"),
                        number("cards"),
                    )
                )),
                (Some("id"), id) => out.push_str(&id.replace('~', &load(&|name| cell(name, row)))),
                (_, text) => push_quoted(&mut out, text),
            }
        }
        out.push_str("\r\n");
    }
    out
}

/// A row's load as ids write it.
fn load<'a>(cell: &dyn Fn(&str) -> &'a str) -> String {
    [
        cell("input_tokens"),
        "x",
        cell("output_tokens"),
        "_c",
        cell("concurrency"),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::read;

    /// What `.ci/finish.mjs` does.
    fn from_csv(text: &str) -> String {
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(|r| r.unwrap()).collect();
        let at = |name: &str| rows[0].iter().position(|h| h == name).unwrap();
        let number = |row: usize, name: &str| rows[row][at(name)].parse().unwrap_or(f64::NAN);
        let mut out = format!("{MARK}{}\n", rows.len() - 1);
        for i in 0..rows[0].len() {
            for row in 0..rows.len() {
                let text = &rows[row][i];
                let derived = closed_loop(
                    number(row, "concurrency"),
                    number(row, "output_tokens"),
                    number(row, "ttft_ms"),
                    number(row, "tpot_ms"),
                    number(row, "cards"),
                );
                out += &match &rows[0][i] {
                    "tokens_per_s_per_card" if format!("{derived:.3}") == text => "=".to_owned(),
                    "id" => text.replace(&load(&|name| &rows[row][at(name)]), "~"),
                    _ => text.to_owned(),
                };
                out.push('\n');
            }
        }
        out
    }

    #[test]
    fn the_rows_that_ship_survive() {
        let csv = include_str!("../../public/measured.csv");
        let columns = from_csv(csv);
        let derived = columns.lines().filter(|line| *line == "=").count();
        assert!(derived > 1000 && columns.matches('~').count() > 1000);
        assert_eq!(read(&to_csv(&columns)).unwrap(), read(csv).unwrap());
    }

    #[test]
    fn csv_stays_csv_and_no_text_panics() {
        assert_eq!(to_csv("model,engine\na,b\n"), "model,engine\na,b\n");
        for text in [
            "",
            "columns ",
            "columns x\n",
            "columns 3\nid\n~\n",
            "columns 99999999\na",
        ] {
            let _ = to_csv(text).len();
        }
        assert_eq!(
            to_csv("columns 1\nid\nm_~\nnotes\na, \"b\"\n"),
            "id,notes\r\nm_x_c,\"a, \"\"b\"\"\"\r\n"
        );
    }
}
