//! Numbers as people type them, and the plain writing of numbers for links, CSV and the command
//! line. Nothing in here is localised: the screen uses the browser's own formatting.

use std::fmt;

use crate::decimal;

/// What a typed text came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parsed {
    /// A finite number.
    Valid(f64),
    /// Text that is no number, and why.
    Invalid(Reason),
    /// Nothing but blanks.
    Missing,
}

impl Parsed {
    /// The number, where there is one.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Valid(x) => Some(x),
            Self::Invalid(_) | Self::Missing => None,
        }
    }
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Not a number at all.
    NotANumber,
    /// A comma or blank that does not separate groups of three digits ("1,5").
    Grouping,
    /// A letter after the digits that stands for no factor.
    UnknownSuffix,
    /// Too large to be held, infinite, or "NaN".
    NotFinite,
    /// Longer than any sensible number.
    TooLong,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "not a number",
            Self::Grouping => {
                "commas and blanks may only separate groups of three digits; write decimals with a point"
            }
            Self::UnknownSuffix => "unknown suffix; use k, M, B, T, 千, 万, 亿 or %",
            Self::NotFinite => "not a finite number",
            Self::TooLong => "too long for a number",
        })
    }
}

/// What "k" and "M" stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Thousand {
    /// 1,000 and 1,000,000: amounts, rates, counts.
    #[default]
    Decimal,
    /// 1,024 and 1,048,576: lengths in tokens, where "4k" has always meant 4,096.
    Binary,
}

/// The longest text taken for a number.
const LONGEST: usize = 64;

/// Reads a number as typed: "1.5k", "32K", "2e6", "1万", "1.2亿", "70 %", "1,536", "1 536",
/// full-width digits. A percent sign divides by 100.
///
/// ```
/// use token_factory::scenario::number::{Parsed, Reason, Thousand, parse};
/// assert_eq!(parse("1.2亿", Thousand::Decimal), Parsed::Valid(1.2e8));
/// assert_eq!(parse("4k", Thousand::Binary), Parsed::Valid(4096.0));
/// assert_eq!(parse("1,5", Thousand::Decimal), Parsed::Invalid(Reason::Grouping));
/// assert_eq!(parse("  ", Thousand::Decimal), Parsed::Missing);
/// ```
pub fn parse(text: &str, thousand: Thousand) -> Parsed {
    if text.len() > 4 * LONGEST {
        return Parsed::Invalid(Reason::TooLong);
    }
    let plain: String = text.chars().map(half_width).collect();
    let plain = plain.trim();
    if plain.is_empty() {
        return Parsed::Missing;
    }
    if plain.chars().count() > LONGEST {
        return Parsed::Invalid(Reason::TooLong);
    }
    match read(plain, thousand) {
        Ok(x) if x.is_finite() => Parsed::Valid(if x == 0.0 { 0.0 } else { x }),
        Ok(_) => Parsed::Invalid(Reason::NotFinite),
        Err(reason) => Parsed::Invalid(reason),
    }
}

/// Full-width forms, typographic blanks and minus signs in their ASCII form.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\t' => ' ',
        '\u{2212}' => '-',
        '\u{3002}' => '.',
        '\u{2019}' => '\'',
        _ => c,
    }
}

fn read(text: &str, thousand: Thousand) -> Result<f64, Reason> {
    let lower = text.to_ascii_lowercase();
    if ["nan", "inf", "infinity", "∞"].contains(&lower.trim_start_matches(['+', '-'])) {
        return Err(Reason::NotFinite);
    }
    let end = text
        .char_indices()
        .find(|&(i, c)| !in_number(text, i, c))
        .map_or(text.len(), |(i, _)| i);
    let (digits, suffix) = text.split_at(end);
    let number = ungrouped(digits.trim_end())?;
    let factor = factor(suffix.trim(), thousand).ok_or(if number.is_empty() {
        Reason::NotANumber
    } else {
        Reason::UnknownSuffix
    })?;
    let value = decimal::parse(&number).ok_or(Reason::NotANumber)?;
    // Tidied, so that "70 %" is 0.7 and not 0.7000000000000001.
    Ok(if factor == 1.0 {
        value
    } else {
        tidy(value * factor)
    })
}

/// Whether the character at `i` still belongs to the digits; "e" does only as an exponent.
fn in_number(text: &str, i: usize, c: char) -> bool {
    match c {
        '0'..='9' | '.' | ',' | ' ' | '\'' | '_' | '+' | '-' => true,
        'e' | 'E' => text[i + 1..]
            .trim_start_matches(['+', '-'])
            .starts_with(|d: char| d.is_ascii_digit()),
        _ => false,
    }
}

/// The digits without group separators, which must part groups of three.
fn ungrouped(digits: &str) -> Result<String, Reason> {
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(i) => digits.split_at(i),
        None => (digits, ""),
    };
    let (whole, fraction) = match mantissa.find('.') {
        Some(i) => mantissa.split_at(i),
        None => (mantissa, ""),
    };
    let separators = [',', ' ', '\'', '_'];
    if fraction.contains(separators) || exponent.contains(separators) {
        return Err(Reason::Grouping);
    }
    let (sign, body) = match whole.strip_prefix(['+', '-']) {
        Some(rest) => (&whole[..1], rest.trim_start()),
        None => ("", whole),
    };
    if body.contains(separators) {
        for (i, group) in body.split(separators).enumerate() {
            let fits = if i == 0 {
                (1..=3).contains(&group.len())
            } else {
                group.len() == 3
            };
            if !fits {
                return Err(Reason::Grouping);
            }
        }
    }
    let mut out = String::with_capacity(digits.len());
    out.push_str(sign);
    out.extend(body.chars().filter(|c| !separators.contains(c)));
    out.push_str(fraction);
    out.push_str(exponent);
    Ok(out)
}

fn factor(suffix: &str, thousand: Thousand) -> Option<f64> {
    let (kilo, mega) = match thousand {
        Thousand::Decimal => (1e3, 1e6),
        Thousand::Binary => (1024.0, 1_048_576.0),
    };
    Some(match suffix {
        "" => 1.0,
        "%" => 0.01,
        "k" | "K" => kilo,
        "m" | "M" => mega,
        "g" | "G" | "b" | "B" => 1e9,
        "t" | "T" => 1e12,
        "千" => 1e3,
        "万" | "萬" | "w" | "W" => 1e4,
        "百万" => 1e6,
        "千万" => 1e7,
        "亿" | "億" => 1e8,
        "万亿" => 1e12,
        _ => return None,
    })
}

/// Reads a share as typed into a field that shows percent: "70", "70 %" and "７０％" are all 0.7.
pub fn parse_percent(text: &str) -> Parsed {
    match parse(text, Thousand::Decimal) {
        Parsed::Valid(x) if !text.contains(['%', '％']) => Parsed::Valid(tidy(x / 100.0)),
        Parsed::Valid(x) => Parsed::Valid(tidy(x)),
        other => other,
    }
}

/// The text of fewest digits that reads back as the same number, e.g. "0.846", "60000", "1e12".
pub fn shortest(x: f64) -> String {
    let x = if x == 0.0 { 0.0 } else { x };
    let plain = format!("{x}");
    let scientific = format!("{x:e}");
    if scientific.len() + 3 < plain.len() {
        scientific
    } else {
        plain
    }
}

/// The number rounded to 12 significant digits: removes the dust of decimal arithmetic (0.07·100).
pub fn tidy(x: f64) -> f64 {
    if !x.is_finite() {
        return x;
    }
    decimal::parse(&format!("{x:.11e}")).unwrap_or(x)
}

/// Three significant digits with k, M, B, T, for tables of the command line: "1.54k", "0.0071".
pub fn compact(x: f64) -> String {
    if !x.is_finite() {
        return "n/a".into();
    }
    let steps = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];
    // 999.5 would round to "1000": choose the unit by the rounded number.
    let rounded = decimal::parse(&format!("{x:.2e}")).unwrap_or(x);
    let (unit, suffix) = steps
        .into_iter()
        .find(|(unit, _)| rounded.abs() >= *unit)
        .unwrap_or((1.0, ""));
    format!("{}{suffix}", significant(rounded / unit, 3))
}

/// The number with so many significant digits, without exponent where it is of everyday size, and
/// without trailing zeros.
pub fn significant(x: f64, digits: usize) -> String {
    if !x.is_finite() {
        return "n/a".into();
    }
    let digits = digits.clamp(1, 17);
    let rounded = decimal::parse(&format!("{x:.*e}", digits - 1)).unwrap_or(x);
    shortest(rounded)
}

/// A number's text with a true minus sign (U+2212), for the screen only: CSV, JSON and links keep
/// the ASCII hyphen.
pub fn true_minus(text: &str) -> String {
    text.replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dec(text: &str) -> Parsed {
        parse(text, Thousand::Decimal)
    }

    #[test]
    fn reads_what_people_type() {
        for (text, value) in [
            ("1.5k", 1500.0),
            ("32K", 32_000.0),
            ("2e6", 2e6),
            ("2E+6", 2e6),
            ("1.5e-3", 0.0015),
            ("1万", 1e4),
            ("1.2亿", 1.2e8),
            ("1.4 万亿", 1.4e12),
            ("70 %", 0.7),
            ("７０％", 0.7),
            ("1,536", 1536.0),
            ("1，536", 1536.0),
            ("1 536", 1536.0),
            ("1\u{202f}536", 1536.0),
            ("1'536'000.5", 1_536_000.5),
            ("１５３６", 1536.0),
            ("-3.5", -3.5),
            ("\u{2212}3.5", -3.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("+7", 7.0),
            ("1.4T", 1.4e12),
            ("-0", 0.0),
            ("  12  ", 12.0),
        ] {
            assert_eq!(dec(text), Parsed::Valid(value), "{text}");
        }
    }

    #[test]
    fn lengths_in_tokens_count_in_1024() {
        assert_eq!(parse("4k", Thousand::Binary), Parsed::Valid(4096.0));
        assert_eq!(parse("128K", Thousand::Binary), Parsed::Valid(131_072.0));
        assert_eq!(parse("1M", Thousand::Binary), Parsed::Valid(1_048_576.0));
        assert_eq!(parse("1万", Thousand::Binary), Parsed::Valid(1e4));
    }

    #[test]
    fn says_why_a_text_is_no_number() {
        for (text, reason) in [
            ("abc", Reason::NotANumber),
            ("-", Reason::NotANumber),
            ("1.2.3", Reason::NotANumber),
            ("%", Reason::NotANumber),
            ("1,5", Reason::Grouping),
            ("1,53,600", Reason::Grouping),
            ("1.000,5", Reason::Grouping),
            ("12 34", Reason::Grouping),
            ("5q", Reason::UnknownSuffix),
            ("5 km", Reason::UnknownSuffix),
            ("NaN", Reason::NotFinite),
            ("-inf", Reason::NotFinite),
            ("1e999", Reason::NotFinite),
        ] {
            assert_eq!(dec(text), Parsed::Invalid(reason), "{text}");
        }
        assert_eq!(dec(&"9".repeat(100)), Parsed::Invalid(Reason::TooLong));
        assert_eq!(dec(""), Parsed::Missing);
        assert_eq!(dec(" \u{3000}"), Parsed::Missing);
    }

    #[test]
    fn percent_fields_read_with_and_without_the_sign() {
        assert_eq!(parse_percent("70"), Parsed::Valid(0.7));
        assert_eq!(parse_percent("7 %"), Parsed::Valid(0.07));
        assert_eq!(parse_percent("0.7"), Parsed::Valid(0.007));
        assert_eq!(parse_percent("x"), Parsed::Invalid(Reason::NotANumber));
    }

    #[test]
    fn writes_plainly() {
        assert_eq!(shortest(4096.0), "4096");
        assert_eq!(shortest(1e12), "1e12");
        assert_eq!(shortest(0.846), "0.846");
        assert_eq!(shortest(-0.0), "0");
        assert_eq!(compact(1_942.7), "1.94k");
        assert_eq!(compact(999.6), "1k");
        assert_eq!(compact(2.984e6), "2.98M");
        assert_eq!(compact(0.007_123), "0.00712");
        assert_eq!(compact(f64::NAN), "n/a");
        assert_eq!(significant(49.44, 3), "49.4");
        assert_eq!(true_minus("-3.5"), "\u{2212}3.5");
    }

    proptest! {
        #[test]
        fn shortest_reads_back(x in proptest::num::f64::NORMAL) {
            prop_assert_eq!(dec(&shortest(x)), Parsed::Valid(x));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = dec(&text);
            let _ = parse_percent(&text);
        }
    }
}
