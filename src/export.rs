//! Tables as CSV and links as QR codes.

use fast_qr::ECL;
use fast_qr::qr::QRBuilder;

/// Writes a table as CSV (RFC 4180, UTF-8, lines end with CR LF). Cells that a spreadsheet would
/// take for a formula get a leading apostrophe; plain numbers stay numbers.
///
/// ```
/// use token_factory::export::csv;
/// let table = csv(&["name", "tokens/s"], &[vec!["=HYPERLINK(1)".into(), "-1.5".into()]]);
/// assert_eq!(table, "name,tokens/s\r\n'=HYPERLINK(1),-1.5\r\n");
/// ```
pub fn csv(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::new();
    write_row(&mut out, header.iter().copied());
    for row in rows {
        write_row(&mut out, row.iter().map(String::as_str));
    }
    out
}

fn write_row<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_quoted(out, &guard(cell));
    }
    out.push_str("\r\n");
}

/// A cell, in quotes where it must be.
pub(crate) fn push_quoted(out: &mut String, cell: &str) {
    if cell.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&cell.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(cell);
    }
}

/// One row of CSV whose cells are left as they stand; the line ends with LF.
pub fn plain_row<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_quoted(&mut out, cell);
    }
    out.push('\n');
    out
}

/// A cell that no spreadsheet takes for a formula (OWASP "CSV injection"): leading blanks do not
/// hide the sign, and full-width signs count too.
pub fn guard(cell: &str) -> String {
    let first = cell.trim_start_matches(' ').chars().next();
    let suspect = matches!(
        first,
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
    );
    if suspect && !is_number(cell) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// Digits with sign, point and exponent, and nothing else ("-inf" and "+A1" are none).
fn is_number(cell: &str) -> bool {
    cell.bytes()
        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
        && crate::decimal::parse(cell).is_some_and(f64::is_finite)
}

/// A QR code as one SVG path over a square of `size` × `size` units, quiet zone included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrCode {
    /// Units along a side.
    pub size: usize,
    /// Path data of the dark modules.
    pub path: String,
}

/// Light modules that a reader needs around the code (ISO/IEC 18004).
const QUIET: usize = 4;

/// The QR code of a text; `None` where it is too long for one (more than some 2,900 bytes).
pub fn qr(text: &str) -> Option<QrCode> {
    // Medium correction while it fits, for print; the least for the longest links.
    let code = [ECL::M, ECL::L]
        .into_iter()
        .find_map(|level| QRBuilder::new(text).ecl(level).build().ok())?;
    let side = code.size;
    let dark = |x: usize, y: usize| {
        code.data
            .get(y * side + x)
            .is_some_and(|module| module.value())
    };
    let mut path = String::new();
    for y in 0..side {
        let mut x = 0;
        while x < side {
            let run = (x..side).take_while(|&x| dark(x, y)).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
            }
            x += run + 1;
        }
    }
    Some(QrCode {
        size: side + 2 * QUIET,
        path,
    })
}

/// The QR code of a text as a complete SVG image, black on white; `None` where it is too long.
pub fn qr_svg(text: &str) -> Option<String> {
    let QrCode { size, path } = qr(text)?;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_numbers_kept() {
        for (cell, want) in [
            ("=1+1", "'=1+1"),
            ("+A1", "'+A1"),
            ("-A1", "'-A1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("-inf", "'-inf"),
            ("-1.5", "-1.5"),
            ("+2e-3", "+2e-3"),
            ("1-2", "1-2"),
            ("Wuxi", "Wuxi"),
            ("", ""),
        ] {
            assert_eq!(guard(cell), want, "{cell}");
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let table = csv(
            &["a", "b"],
            &[
                vec!["x,y".into(), "say \"hi\"".into()],
                vec!["l1\nl2".into(), "z".into()],
            ],
        );
        assert_eq!(
            table,
            "a,b\r\n\"x,y\",\"say \"\"hi\"\"\"\r\n\"l1\nl2\",z\r\n"
        );
        // A reader of the standard gets the same cells back.
        let mut reader = ::csv::Reader::from_reader(table.as_bytes());
        let rows: Vec<Vec<String>> = reader
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect();
        assert_eq!(rows, [["x,y", "say \"hi\""], ["l1\nl2", "z"]]);
    }

    #[test]
    fn a_code_has_its_finders_and_quiet_zone() {
        let code = qr("https://example.org/#v=1").unwrap();
        // Versions are 21, 25, 29 … modules wide.
        assert_eq!((code.size - 2 * QUIET - 21) % 4, 0);
        // The top left finder begins with a row of seven dark modules.
        assert!(code.path.starts_with("M4 4h7v1h-7z"), "{}", code.path);
        assert!(qr_svg("x").unwrap().contains("viewBox=\"0 0 29 29\""));
    }

    #[test]
    fn the_longest_links_still_fit_and_longer_texts_give_nothing() {
        assert!(qr(&"a".repeat(2000)).is_some());
        assert_eq!(qr(&"a".repeat(4000)), None);
    }
}
