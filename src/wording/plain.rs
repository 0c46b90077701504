//! Values in plain English, for the command line: no localisation, no browser.

use super::{Locale, Writer};
use crate::catalogue::Catalogue;
use crate::catalogue::hardware::GIB;

/// Plain English.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Plain {
    /// Three significant digits, thousands grouped.
    pub fn figure(value: f64) -> String {
        if !value.is_finite() {
            return "unknown".into();
        }
        let size = value.abs();
        let decimals = match size {
            _ if size == 0.0 || size >= 100.0 => 0,
            _ => (2.0 - size.log10().floor()).clamp(0.0, 9.0) as usize,
        };
        group(&format!("{value:.decimals$}"))
    }
}

/// Groups the whole part of a number by thousands.
fn group(digits: &str) -> String {
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let (sign, whole) = match whole.strip_prefix('-') {
        Some(whole) => ("-", whole),
        None => ("", whole),
    };
    let mut out = sign.to_owned();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out + rest
}

/// A value at the largest of these scales that keeps it at 1 or more.
fn scaled(value: f64, scales: &[(f64, &str)]) -> String {
    let found = scales.iter().find(|(size, _)| value.abs() >= *size);
    match found.or(scales.last()) {
        Some((size, unit)) => format!("{} {unit}", Plain::figure(value / size)),
        None => Plain::figure(value),
    }
}

impl Writer for Plain {
    fn locale(&self) -> Locale {
        Locale::En
    }
    fn number(&self, value: f64) -> String {
        Self::figure(value)
    }
    fn count(&self, value: f64) -> String {
        if value.is_finite() {
            group(&format!("{value:.0}"))
        } else {
            "unknown".into()
        }
    }
    fn bytes(&self, bytes: f64) -> String {
        scaled(
            bytes,
            &[
                (1e12, "TB"),
                (1e9, "GB"),
                (1e6, "MB"),
                (1e3, "kB"),
                (1.0, "B"),
            ],
        )
    }
    fn memory(&self, bytes: f64) -> String {
        scaled(bytes / GIB, &[(1024.0, "TiB"), (1.0, "GiB")])
    }
    fn duration(&self, ms: f64) -> String {
        scaled(
            ms,
            &[(3_600e3, "h"), (60e3, "min"), (1e3, "s"), (1.0, "ms")],
        )
    }
    fn usd(&self, value: f64) -> String {
        let text = scaled(value, &[(1e9, "B"), (1e6, "M"), (1.0, "")]);
        format!("${}", text.trim_end())
    }
    fn hardware(&self, id: &str) -> String {
        let known = Catalogue::embedded().accelerator(id);
        known.map_or_else(|| id.to_owned(), |a| a.name.clone())
    }
    fn region(&self, id: &str) -> String {
        crate::money::site(id).map_or_else(|_| id.to_owned(), |s| s.name.to_owned())
    }
    fn input(&self, _key: &str) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_three_digits_and_their_unit() {
        let cases = [
            (1_712_345.0, "1,712,345"),
            (45.123, "45.1"),
            (0.008213, "0.00821"),
            (0.0, "0"),
            (-1234.0, "-1,234"),
        ];
        for (value, text) in cases {
            assert_eq!(Plain::figure(value), text);
        }
        assert_eq!(Plain.bytes(128e9), "128 GB");
        assert_eq!(Plain.memory(128.0 * GIB), "128 GiB");
        assert_eq!(Plain.memory(0.5 * GIB), "0.500 GiB");
        assert_eq!(Plain.duration(820.0), "820 ms");
        assert_eq!(Plain.duration(2_000.0), "2.00 s");
        assert_eq!(Plain.usd(21_400.0), "$21,400");
        assert_eq!(Plain::figure(f64::NAN), "unknown");
    }
}
