//! Plain tables in a terminal.

use std::io::{self, Write};

/// Prints rows of cells in columns as wide as their widest cell, two blanks apart.
pub(super) fn print<const N: usize>(out: &mut dyn Write, rows: &[[String; N]]) -> io::Result<()> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(width_of(cell));
        }
    }
    for row in rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(width_of(cell)) + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Columns that a text takes: Chinese characters are two wide.
fn width_of(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0xffe0..=0xffe6 => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_line_up_in_both_scripts() {
        let mut out = Vec::new();
        let rows = [["无锡", "1"], ["Wuxi!", "22"]].map(|row| row.map(String::from));
        super::print(&mut out, &rows).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "无锡   1\nWuxi!  22\n");
    }
}
