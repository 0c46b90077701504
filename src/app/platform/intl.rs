//! Digits and dates through the browser's `Intl`, with one formatter kept per (language, style).

use std::cell::RefCell;

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

/// How many digits to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Exactly so many decimals.
    Decimals(u8),
    /// At most so many decimals.
    UpToDecimals(u8),
    /// So many significant digits.
    Significant(u8),
}

type Cached = (String, Style, Function);

thread_local! {
    static FORMATTERS: RefCell<Vec<Cached>> = const { RefCell::new(Vec::new()) };
}

fn set(options: &Object, key: &str, value: &JsValue) {
    drop(Reflect::set(options, &JsValue::from_str(key), value));
}

fn formatter(tag: &str, style: Style) -> Function {
    let options = Object::new();
    let (keys, digits): (&[&str], u8) = match style {
        Style::Decimals(n) => (&["minimumFractionDigits", "maximumFractionDigits"], n),
        Style::UpToDecimals(n) => (&["maximumFractionDigits"], n),
        Style::Significant(n) => (&["minimumSignificantDigits", "maximumSignificantDigits"], n),
    };
    for key in keys {
        // 45 stays "45", not "45.0": significant digits are a maximum.
        let value = if *key == "minimumSignificantDigits" {
            1
        } else {
            digits
        };
        set(&options, key, &JsValue::from(value));
    }
    Intl::NumberFormat::new(&Array::of1(&JsValue::from_str(tag)), &options).format()
}

/// A number in the digits and separators of a language.
pub fn format_number(tag: &str, value: f64, style: Style) -> String {
    FORMATTERS.with_borrow_mut(|cache| {
        let found = cache.iter().position(|(t, s, _)| t == tag && *s == style);
        let index = found.unwrap_or_else(|| {
            cache.push((tag.to_owned(), style, formatter(tag, style)));
            cache.len() - 1
        });
        let text = cache
            .get(index)
            .and_then(|(_, _, f)| f.call1(&JsValue::UNDEFINED, &JsValue::from_f64(value)).ok());
        text.and_then(|t| t.as_string()).unwrap_or_default()
    })
}

/// A day (`YYYY-MM-DD`) as the language writes it; `None` where it is no date.
pub fn format_date(tag: &str, iso: &str) -> Option<String> {
    let date = Date::new(&JsValue::from_str(iso));
    if date.get_time().is_nan() {
        return None;
    }
    let options = Object::new();
    for (key, value) in [
        ("year", "numeric"),
        ("month", "short"),
        ("day", "numeric"),
        ("timeZone", "UTC"),
    ] {
        set(&options, key, &JsValue::from_str(value));
    }
    // British order for English: "20 Nov 2026" cannot be misread.
    let tag = if tag == "en" { "en-GB" } else { tag };
    let format = Intl::DateTimeFormat::new(&Array::of1(&JsValue::from_str(tag)), &options).format();
    format.call1(&JsValue::UNDEFINED, &date).ok()?.as_string()
}

/// The day that is `days` after today in the reader's time zone, as `YYYY-MM-DD`.
pub fn date_in_days(days: u32) -> String {
    let date = Date::new_0();
    date.set_date(date.get_date() + days);
    iso(&date)
}

/// The day of a time (seconds since 1970) in the reader's time zone, as `YYYY-MM-DD`.
pub fn day_of(at_s: f64) -> String {
    iso(&Date::new(&JsValue::from_f64(at_s * 1e3)))
}

/// A time (seconds since 1970) in the reader's time zone, as `YYYY-MM-DD HH:MM:SS`.
pub fn second_of(at_s: f64) -> String {
    let date = Date::new(&JsValue::from_f64(at_s * 1e3));
    let (hour, minute, second) = (date.get_hours(), date.get_minutes(), date.get_seconds());
    format!("{} {hour:02}:{minute:02}:{second:02}", iso(&date))
}

fn iso(date: &Date) -> String {
    let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
    format!("{year:04}-{month:02}-{day:02}")
}
