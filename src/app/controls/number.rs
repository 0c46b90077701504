//! A number: slider and field together.
//!
//! The slider's positions are the natural steps of the number's range, so that a mouse, a finger, an
//! arrow key and a screen reader all move from step to step. The field takes what people type.

use leptos::prelude::*;
use token_factory::scenario::limits::{Number, Unit};
use token_factory::scenario::number::{Parsed, Reason, Thousand, parse, parse_percent, tidy};

use super::{Icon, IconView};
use crate::format::Fmt;
use crate::platform;
use crate::state::App;
use crate::texts::{Locale, Text};

/// How a number is shown: its value divided by `factor`, followed by `unit`.
#[derive(Clone, Copy)]
pub struct Shown {
    /// What one of the shown unit is worth.
    pub factor: f64,
    /// The shown unit; empty = none.
    pub unit: Text,
}

impl Shown {
    /// As is, without a unit.
    pub const PLAIN: Self = Self {
        factor: 1.0,
        unit: no_unit,
    };
    /// Milliseconds shown as seconds.
    pub const SECONDS: Self = Self {
        factor: 1000.0,
        unit: seconds,
    };

    /// The usual way for a unit.
    pub fn of(unit: Unit) -> Self {
        let shown = |factor, unit| Self { factor, unit };
        match unit {
            Unit::Share => shown(0.01, percent),
            Unit::Ms => shown(1.0, milliseconds),
            Unit::PerSecond => shown(1.0, per_second),
            Unit::Years => shown(1.0, years),
            Unit::Months => shown(1.0, months),
            Unit::Days => shown(1.0, days),
            Unit::GramsPerKwh => shown(1.0, grams_per_kwh),
            Unit::MillionTokensPerMonth => shown(1.0, million_tokens),
            Unit::Count
            | Unit::Tokens
            | Unit::TokenAmount
            | Unit::Percentile
            | Unit::Factor
            | Unit::CnyPerUsd
            | Unit::MoneyPerCard
            | Unit::MoneyPerCardHour
            | Unit::MoneyPerCardYear
            | Unit::MoneyPerMw
            | Unit::MoneyPerKwh
            | Unit::MoneyPerYear
            | Unit::MoneyPerMillion => Self::PLAIN,
        }
    }

    /// The digits in the field, without unit.
    fn digits(self, fmt: Fmt, value: f64, unit: Unit) -> String {
        let shown = tidy(value / self.factor);
        if unit == Unit::TokenAmount || shown.abs() >= 1e6 {
            fmt.compact(shown)
        } else {
            fmt.full(shown)
        }
    }
}

/// Whether a unit is an amount of money, shown with the currency's sign before it.
pub fn is_money(unit: Unit) -> bool {
    matches!(
        unit,
        Unit::MoneyPerCard
            | Unit::MoneyPerCardHour
            | Unit::MoneyPerCardYear
            | Unit::MoneyPerMw
            | Unit::MoneyPerKwh
            | Unit::MoneyPerYear
            | Unit::MoneyPerMillion
    )
}

/// What a number field reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// The slider is being moved.
    Moving(f64),
    /// A value was chosen; `None` = back to automatic.
    Chosen(Option<f64>),
}

/// Slider positions: every natural step between the slider's ends. Positions are few (below 300 for
/// every input there is), which the bound makes sure of.
fn steps_of(number: &Number) -> Vec<f64> {
    let mut steps = vec![number.low];
    while let Some(&last) = steps.last() {
        let next = number.nudge(last, true, false);
        if next <= last || next > number.high || steps.len() >= 512 {
            break;
        }
        steps.push(next);
    }
    steps
}

/// The position nearest to a value.
fn nearest(steps: &[f64], value: f64) -> usize {
    let after = steps.partition_point(|s| *s < value);
    let gap = |i: usize| steps.get(i).map_or(f64::INFINITY, |s| (s - value).abs());
    if after > 0 && gap(after - 1) <= gap(after) {
        after - 1
    } else {
        after.min(steps.len().saturating_sub(1))
    }
}

/// Reads what was typed; the unit may be typed too.
fn read(text: &str, number: &Number, shown: Shown) -> Parsed {
    if number.unit == Unit::Share {
        return parse_percent(text);
    }
    let text = text.trim().trim_start_matches(['¥', '$', '￥']);
    if number.unit == Unit::Ms {
        let lower = text.to_ascii_lowercase();
        for (suffix, factor) in [("ms", 1.0), ("s", 1000.0)] {
            if let Some(digits) = lower.strip_suffix(suffix) {
                return scaled(parse(digits, number.unit.thousand()), factor);
            }
        }
    }
    scaled(parse(text, number.unit.thousand()), shown.factor)
}

fn scaled(parsed: Parsed, factor: f64) -> Parsed {
    match parsed {
        Parsed::Valid(x) => Parsed::Valid(tidy(x * factor)),
        other => other,
    }
}

/// Why a typed text was not taken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Refusal {
    Unreadable(Reason),
    OutOfRange,
    NotWhole,
    Empty,
}

/// Reads a whole number between two ends; `Err` = why it is not taken, in words.
pub fn read_whole(fmt: Fmt, text: &str, least: u32, most: u32) -> Result<u32, String> {
    let say = |v: u32| fmt.count(f64::from(v));
    let (low, high) = (say(least), say(most));
    match parse(text, Thousand::Binary) {
        Parsed::Missing => Err(empty(fmt.locale, &low, &high)),
        Parsed::Invalid(reason) => Err([
            reason_text(reason)(fmt.locale),
            &out_of_range(fmt.locale, &low, &high),
        ]
        .join(" ")),
        Parsed::Valid(v) if v < f64::from(least) || v > f64::from(most) => {
            Err(out_of_range(fmt.locale, &low, &high))
        }
        Parsed::Valid(v) if v.fract() != 0.0 => Err(not_whole(fmt.locale, &low, &high)),
        Parsed::Valid(v) => Ok(v as u32),
    }
}

/// A number with its slider, field, reset and explanation of limits.
#[component]
pub fn NumberField(
    /// Id of the field; unique in the page.
    #[prop(into)]
    id: String,
    /// Its name, also for screen readers.
    label: Signal<String>,
    /// The value; `None` = automatic.
    value: Signal<Option<f64>>,
    /// What automatic stands for, where that is known.
    #[prop(optional, into)]
    automatic: Signal<Option<f64>>,
    /// The range.
    number: Number,
    /// How it is shown; the usual way of the unit where absent.
    #[prop(optional_no_strip)]
    shown: Option<Shown>,
    /// Text after the value in the field ("× 384"), instead of the unit.
    #[prop(optional_no_strip)]
    suffix: Option<Signal<String>>,
    /// Differs from the default: marked, and a button resets it.
    #[prop(optional, into)]
    changed: Signal<bool>,
    /// Called to reset.
    #[prop(optional_no_strip)]
    on_reset: Option<Callback<()>>,
    /// A further reason to refuse a value, in words.
    #[prop(optional_no_strip)]
    refuse: Option<Callback<f64, Option<String>>>,
    /// Called on every change.
    on_change: Callback<Change>,
) -> impl IntoView {
    let app = App::here();
    let shown = shown.unwrap_or_else(|| Shown::of(number.unit));
    let steps = StoredValue::new(steps_of(&number));
    let last = steps.with_value(|s| s.len().saturating_sub(1));
    let typed = RwSignal::new(None::<(String, String)>);
    let slider_id = format!("{id}-slider");
    let error_id = format!("{id}-error");
    let described = error_id.clone();

    let effective = Memo::new(move |_| value.get().or_else(|| automatic.get()));
    let digits = move || {
        value
            .get()
            .map(|v| shown.digits(app.fmt(), v, number.unit))
            .unwrap_or_default()
    };
    let in_words = move |v: f64| words(app.fmt(), v, number.unit, shown);
    let placeholder = move || match automatic.get() {
        Some(v) => shown.digits(app.fmt(), v, number.unit),
        None => app.say(automatic_word).to_owned(),
    };
    let position = move || steps.with_value(|s| effective.get().map_or(0, |v| nearest(s, v)));
    let fill = move || match effective.get() {
        Some(v) => {
            let mut percent = (number.position(v) * 100.0).to_string();
            percent.push('%');
            percent
        }
        None => "0%".to_owned(),
    };
    let step_at = move |position: usize| steps.with_value(|s| s.get(position).copied());
    let nudged = move |up: bool, coarse: bool| {
        let from = effective.get_untracked().unwrap_or(number.low);
        number.nudge(from, up, coarse)
    };
    let step_by_key = move |event: &leptos::ev::KeyboardEvent, vertical: bool| {
        let up = match event.key().as_str() {
            "ArrowUp" => true,
            "ArrowDown" => false,
            "PageUp" if vertical => true,
            "PageDown" if vertical => false,
            "ArrowRight" if !vertical => true,
            "ArrowLeft" if !vertical => false,
            _ => return,
        };
        let coarse = event.shift_key() || event.key().starts_with("Page");
        event.prevent_default();
        typed.set(None);
        on_change.run(Change::Chosen(Some(nudged(up, coarse))));
    };
    let explain = move |refusal: Refusal| {
        let fmt = app.fmt();
        let say = |v: f64| words(fmt, v, number.unit, shown);
        let (low, high) = (say(number.min), say(number.max));
        match refusal {
            Refusal::Unreadable(reason) => reason_text(reason)(fmt.locale).to_owned(),
            Refusal::OutOfRange => out_of_range(fmt.locale, &low, &high),
            Refusal::NotWhole => not_whole(fmt.locale, &low, &high),
            Refusal::Empty => empty(fmt.locale, &low, &high),
        }
    };
    let take = move |event: leptos::ev::Event| {
        let text = event_target_value(&event);
        let verdict = match read(&text, &number, shown) {
            Parsed::Missing if number.optional => Ok(None),
            Parsed::Missing => Err(explain(Refusal::Empty)),
            Parsed::Invalid(reason) => Err(explain(Refusal::Unreadable(reason))),
            Parsed::Valid(v) if v < number.min || v > number.max => {
                Err(explain(Refusal::OutOfRange))
            }
            Parsed::Valid(v) if number.whole && v.fract() != 0.0 => Err(explain(Refusal::NotWhole)),
            Parsed::Valid(v) => match refuse.and_then(|r| r.run(v)) {
                Some(why) => Err(why),
                None => Ok(Some(v)),
            },
        };
        match verdict {
            Ok(v) => {
                typed.set(None);
                on_change.run(Change::Chosen(v));
                // The same number in another writing leaves the signal as it is, not the field.
                platform::set_field_text(&event, &digits());
            }
            Err(why) => typed.set(Some((text, why))),
        }
    };
    let field_text = move || {
        typed
            .with(|t| t.as_ref().map(|(text, _)| text.clone()))
            .unwrap_or_else(digits)
    };
    let slider_label = move || slider_of(app.locale.get(), &label.get());
    view! {
        <span class="slider" style:--p=fill>
            <input id=slider_id type="range" min="0" max=last step="1" prop:value=position
                aria-label=slider_label
                aria-valuetext=move || effective.get().map(in_words)
                on:input=move |e| {
                    typed.set(None);
                    if let Some(v) = event_target_value(&e).parse().ok().and_then(step_at) {
                        on_change.run(Change::Moving(v));
                    }
                }
                on:change=move |_| on_change.run(Change::Chosen(value.get_untracked()))
                on:keydown=move |e| if e.shift_key() { step_by_key(&e, false) } />
        </span>
        <span class="field" class:wrong=move || typed.with(Option::is_some)>
            {is_money(number.unit).then(|| view! { <span class="unit before" aria-hidden="true">{move || app.fmt().currency_symbol()}</span> })}
            <input id=id type="text" inputmode="decimal" autocomplete="off" spellcheck="false" enterkeyhint="done"
                prop:value=field_text placeholder=placeholder
                aria-label=move || label.get()
                aria-invalid=move || typed.with(Option::is_some).then_some("true")
                aria-describedby=described
                on:focus=move |e| platform::select_all(&e)
                on:change=take
                on:keydown=move |e| match e.key().as_str() {
                    "Escape" => if typed.with_untracked(Option::is_some) {
                        e.prevent_default();
                        typed.set(None);
                    },
                    _ => step_by_key(&e, true),
                } />
            {move || {
                let text = suffix.map_or_else(|| app.say(shown.unit).to_owned(), |s| s.get());
                (!(text.is_empty() || changed.get() && on_reset.is_some())).then(|| view! { <span class="unit" aria-hidden="true">{text}</span> })
            }}
            {move || on_reset.filter(|_| changed.get()).map(|reset| view! {
                <button class="reset" type="button" aria-label=move || reset_of(app.locale.get(), &label.get()) title=move || app.say(reset_word)
                    on:click=move |_| { typed.set(None); reset.run(()) }>
                    <IconView icon=Icon::Reset />
                </button>
            })}
        </span>
        <span id=error_id class="field-error" role="status">{move || typed.with(|t| t.as_ref().map(|(_, why)| why.clone()))}</span>
    }
}

/// A value with its unit in words.
pub fn words(fmt: Fmt, value: f64, unit: Unit, shown: Shown) -> String {
    let digits = shown.digits(fmt, value, unit);
    let mut text = if is_money(unit) {
        fmt.currency_symbol().to_owned()
    } else {
        String::new()
    };
    text.push_str(&digits);
    let suffix = (shown.unit)(fmt.locale);
    if !suffix.is_empty() {
        if !(fmt.locale == Locale::Zh && suffix == "%") {
            text.push('\u{a0}');
        }
        text.push_str(suffix);
    }
    text
}

fn reason_text(reason: Reason) -> Text {
    match reason {
        Reason::NotANumber => not_a_number,
        Reason::Grouping => bad_grouping,
        Reason::UnknownSuffix => unknown_suffix,
        Reason::NotFinite => not_finite,
        Reason::TooLong => too_long,
    }
}

crate::texts! {
    no_unit = "", "";
    percent = "%", "%";
    milliseconds = "ms", "ms";
    seconds = "s", "s";
    per_second = "/s", "/s";
    years = "years", "年";
    months = "months", "个月";
    days = "days", "天";
    grams_per_kwh = "g/kWh", "g/kWh";
    million_tokens = "M tokens", "百万 token";
    automatic_word = "auto", "自动";
    reset_word = "Back to the default", "恢复默认值";
    reset_of(name) = "Reset {name} to the default", "将“{name}”恢复为默认值";
    slider_of(name) = "{name}, slider", "{name}滑块";
    out_of_range(low, high) = "Allowed is {low} to {high}.", "允许范围：{low} 至 {high}。";
    not_whole(low, high) = "Must be a whole number from {low} to {high}.", "须为 {low} 至 {high} 之间的整数。";
    empty(low, high) = "Enter a number from {low} to {high}.", "请输入 {low} 至 {high} 之间的数。";
    not_a_number = "Not a number. Examples: 4096, 1.5k, 32K, 2e6, 1万.", "不是数字。示例：4096、1.5k、32K、2e6、1万。";
    bad_grouping = "Commas may only separate groups of three digits; write decimals with a point.", "逗号只能用于千位分隔，小数请用小数点。";
    unknown_suffix = "Unknown suffix. Use k, M, B, T, 千, 万, 亿 or %.", "无法识别的后缀，可用 k、M、B、T、千、万、亿或 %。";
    not_finite = "Too large for a number.", "数值过大。";
    too_long = "Too long for a number.", "输入过长。";
}
