//! Numbers as a reader of the language writes them: three significant digits, compact, unit in sight.
//!
//! Digits come from the browser's `Intl`; the choice of scale (k, M, B or 万, 亿) is made here,
//! because `Intl` ties the suffix to the digits and the screen sets them apart.

use token_factory::catalogue::hardware::GIB;
use token_factory::evaluation::Amount;
use token_factory::scenario::Currency;
use token_factory::scenario::number::tidy;

use crate::platform::{self, Style};
use crate::texts::Locale;

/// What number formatting needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fmt {
    /// Language of the reader.
    pub locale: Locale,
    /// Currency of amounts.
    pub currency: Currency,
}

/// How a value is written.
pub type Write = fn(Fmt, f64) -> String;

/// A compact number and its suffix ("1.71", "M"), for setting the suffix smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compact {
    /// Digits.
    pub number: String,
    /// "k", "M", "万" …; empty where none is needed.
    pub suffix: &'static str,
}

impl std::fmt::Display for Compact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.number)?;
        if !self.suffix.is_empty() {
            f.write_str(NBSP)?;
            f.write_str(self.suffix)?;
        }
        Ok(())
    }
}

/// Keeps a number and its unit on one line.
const NBSP: &str = "\u{a0}";
const MINUS: char = '\u{2212}';

/// (from this size on, divisor, suffix); 0.9995 so that what would round up has its suffix already.
const EN_SCALES: [(f64, f64, &str); 4] = [
    (0.9995e12, 1e12, "T"),
    (0.9995e9, 1e9, "B"),
    (0.9995e6, 1e6, "M"),
    (1e4, 1e3, "k"),
];
const ZH_SCALES: [(f64, f64, &str); 3] = [
    (0.9995e12, 1e12, "万亿"),
    (0.9995e8, 1e8, "亿"),
    (1e4, 1e4, "万"),
];

/// Below half a millionth is rounding, not money.
fn is_dust(scaled: f64) -> bool {
    scaled.abs() < 5e-7
}

/// How an amount of money is rounded, its scale taken out.
fn money_style(scaled: f64) -> Style {
    match scaled.abs() {
        v if v >= 99.95 => Style::Decimals(0),
        v if v >= 9.995 => Style::Decimals(1),
        v if v >= 0.01 || is_dust(v) => Style::Decimals(2),
        _ => Style::Significant(2),
    }
}

impl Fmt {
    /// Three significant digits without a suffix: "4,096" stays whole, "0.8213" becomes "0.821".
    pub fn number(self, value: f64) -> String {
        let style = if value.abs() >= 100.0 {
            Style::Decimals(0)
        } else {
            Style::Significant(3)
        };
        self.intl(value, style)
    }

    /// All digits that matter, for titles and exports: up to three decimals.
    pub fn full(self, value: f64) -> String {
        self.intl(value, Style::UpToDecimals(3))
    }

    /// A whole number.
    pub fn count(self, value: f64) -> String {
        self.intl(value, Style::Decimals(0))
    }

    /// Exactly `decimals` decimals.
    pub fn fixed(self, value: f64, decimals: u8) -> String {
        self.intl(value, Style::Decimals(decimals))
    }

    /// Three significant digits with the suffix apart: 1,712,345 → ("1.71", "M") or ("171", "万").
    pub fn compact_parts(self, value: f64) -> Compact {
        let (divisor, suffix) = self.scale_of(value);
        self.compact_at(value, divisor, suffix)
    }

    /// "1.71 M", "171 万".
    pub fn compact(self, value: f64) -> String {
        self.compact_parts(value).to_string()
    }

    /// A range in one scale: "1.52–1.90 M".
    pub fn compact_range(self, low: f64, high: f64) -> String {
        let (divisor, suffix) = self.scale_of(high);
        let low = self.compact_at(low, divisor, "").number;
        let high = self.compact_at(high, divisor, suffix);
        if low == high.number {
            high.to_string()
        } else {
            format!("{low}–{high}")
        }
    }

    /// A share of 1 as "65 %" (en) or "65%" (zh), with up to one decimal below 10 %.
    pub fn percent(self, share: f64) -> String {
        let decimals = if share != 0.0 && share.abs() < 0.0995 {
            1
        } else {
            0
        };
        let digits = self.intl(share * 100.0, Style::UpToDecimals(decimals));
        match self.locale {
            Locale::En => format!("{digits}{NBSP}%"),
            Locale::Zh => format!("{digits}%"),
        }
    }

    /// A change as "+12 %" or "−3 %".
    pub fn change(self, share: f64) -> String {
        let body = self.percent(share.abs());
        if share.abs() < 5e-4 {
            // Neither up nor down.
            self.percent(0.0)
        } else if share < 0.0 {
            format!("{MINUS}{body}")
        } else {
            format!("+{body}")
        }
    }

    /// A time given in ms, as ("45", "ms"), ("0.82", "s"), ("3.2", "min") ….
    pub fn duration_parts(self, ms: f64) -> (String, &'static str) {
        match ms {
            v if v < 1.0 => (self.number(v * 1e3), "µs"),
            v if v < 1e3 => (self.number(v), "ms"),
            v if v < 120e3 => (self.number(v / 1e3), "s"),
            v if v < 7_200e3 => (self.number(v / 60e3), "min"),
            v => (self.number(v / 3_600e3), "h"),
        }
    }

    /// A time given in ms: "45 ms".
    pub fn duration(self, ms: f64) -> String {
        let (number, unit) = self.duration_parts(ms);
        format!("{number}{NBSP}{unit}")
    }

    /// Bytes in decimal units, as files and traffic are measured: "128 GB".
    pub fn bytes(self, bytes: f64) -> String {
        let (divisor, unit) = match bytes.abs() {
            v if v >= 1e12 => (1e12, "TB"),
            v if v >= 1e9 => (1e9, "GB"),
            v if v >= 1e6 => (1e6, "MB"),
            v if v >= 1e3 => (1e3, "kB"),
            _ => (1.0, "B"),
        };
        format!("{}{NBSP}{unit}", self.number(bytes / divisor))
    }

    /// A card's memory in binary units, as drivers and engines report it: "128 GiB" is what data sheets call 128 GB.
    pub fn memory(self, bytes: f64) -> String {
        let gib = bytes / GIB;
        if gib.abs() >= 1024.0 {
            self.unit(gib / 1024.0, "TiB")
        } else {
            self.unit(gib, "GiB")
        }
    }

    /// Power given in W: "39 W", "8.2 kW", "1.71 MW".
    pub fn power(self, watts: f64) -> String {
        match watts.abs() {
            w if w < 1e3 => self.unit(watts, "W"),
            w if w < 1e6 => self.unit(watts / 1e3, "kW"),
            _ => self.unit(watts / 1e6, "MW"),
        }
    }

    /// A number and its unit on one line: "0.52 kWh".
    pub fn unit(self, value: f64, unit: &str) -> String {
        format!("{}{NBSP}{unit}", self.number(value))
    }

    /// An amount in the scenario's currency: "¥1.89", "¥102 M".
    pub fn money(self, amount: Amount) -> String {
        self.money_value(self.pick(amount))
    }

    /// An amount that is already in the scenario's currency.
    pub fn money_value(self, value: f64) -> String {
        let (divisor, suffix) = self.scale_of(value);
        let scaled = value / divisor;
        let rounding = is_dust(scaled);
        let style = money_style(scaled);
        let digits = self.intl(scaled.abs(), style);
        let sign = if value < 0.0 && !rounding {
            "\u{2212}"
        } else {
            ""
        };
        let symbol = self.currency_symbol();
        if suffix.is_empty() {
            format!("{sign}{symbol}{digits}")
        } else {
            format!("{sign}{symbol}{digits}{NBSP}{suffix}")
        }
    }

    /// The amount that [`Fmt::money_value`] writes: what is agreed upon is what is read.
    pub fn printed(self, value: f64) -> f64 {
        let (divisor, _) = self.scale_of(value);
        let scaled = value / divisor;
        if !scaled.is_finite() || is_dust(scaled) {
            return 0.0;
        }
        let decimals = match money_style(scaled) {
            Style::Decimals(n) => i32::from(n),
            // Two significant digits of an amount below a cent.
            _ => 1 - scaled.abs().log10().floor() as i32,
        };
        let unit = 10f64.powi(decimals);
        tidy(tidy(scaled * unit).round() / unit * divisor)
    }

    /// The scenario's side of an amount.
    pub fn pick(self, amount: Amount) -> f64 {
        match self.currency {
            Currency::Cny => amount.cny,
            Currency::Usd => amount.usd,
        }
    }

    /// "¥" or "$".
    pub fn currency_symbol(self) -> &'static str {
        match self.currency {
            Currency::Cny => "¥",
            Currency::Usd => "$",
        }
    }

    /// A day given as `YYYY-MM-DD`, as the language writes it: "20 Nov 2026", "2026年11月20日".
    pub fn date(self, iso: &str) -> String {
        platform::format_date(self.locale.tag(), iso).unwrap_or_else(|| iso.to_owned())
    }

    fn compact_at(self, value: f64, divisor: f64, suffix: &'static str) -> Compact {
        Compact {
            number: self.number(value / divisor),
            suffix,
        }
    }

    fn scale_of(self, value: f64) -> (f64, &'static str) {
        let scales: &[(f64, f64, &'static str)] = match self.locale {
            Locale::En => &EN_SCALES,
            Locale::Zh => &ZH_SCALES,
        };
        let found = scales.iter().find(|(from, _, _)| value.abs() >= *from);
        found.map_or((1.0, ""), |&(_, divisor, suffix)| (divisor, suffix))
    }

    fn intl(self, value: f64, style: Style) -> String {
        if !value.is_finite() {
            return crate::texts::unknown(self.locale).to_owned();
        }
        platform::format_number(self.locale.tag(), value, style).replace('-', "\u{2212}")
    }
}
