//! The table: scenarios across, results down, each with its difference from the baseline.

use leptos::prelude::*;
use token_factory::planner::outputs::Output;
use token_factory::scenario::Currency;

use super::sides::{self, Side, Sides};
use crate::controls::{Cell, Column, Icon, IconView, Plain, csv_text, json_text};
use crate::format::Fmt;
use crate::state::App;
use crate::{notices, outcomes, platform, texts};

/// Results shown, in order.
const SHOWN: [Output; 13] = [
    Output::OutputRate,
    Output::PerDay,
    Output::PerCard,
    Output::Concurrency,
    Output::Tpot,
    Output::Ttft,
    Output::CostOutput,
    Output::CostInput,
    Output::CostPerHour,
    Output::Power,
    Output::Energy,
    Output::Carbon,
    Output::CardsWorking,
];

/// The currency that all amounts are shown in: the baseline's.
pub fn currency(all: &[Side], base: usize) -> Currency {
    all.get(base)
        .map_or(Currency::Cny, |s| s.scenario.money.currency)
}

/// Number formats with the baseline's currency.
pub fn fmt_of(app: App, sides: Sides) -> Fmt {
    Fmt {
        locale: app.locale.get(),
        currency: sides.all.with(|all| currency(all, sides.base.get())),
    }
}

/// Says so where amounts rest on different currencies or rates.
#[component]
pub fn RateWarning(sides: Sides) -> impl IntoView {
    let app = App::here();
    move || {
        let fmt = fmt_of(app, sides);
        sides.all.with(|all| {
            let first = all.first().map(|s| &s.scenario.money)?;
            let other_currency = all
                .iter()
                .any(|s| s.scenario.money.currency != first.currency);
            let other_rate = all
                .iter()
                .any(|s| s.scenario.money.cny_per_usd != first.cny_per_usd);
            (other_currency || other_rate).then(|| {
                let rates: Vec<String> = all
                    .iter()
                    .enumerate()
                    .map(|(i, s)| {
                        format!(
                            "{}: {}",
                            sides::letter(i),
                            fmt.full(s.scenario.money.cny_per_usd)
                        )
                    })
                    .collect();
                let text = rates_differ(fmt.locale, fmt.currency_symbol(), &rates.join(" · "));
                view! { <p class="compare-warning" role="note"><IconView icon=Icon::Warn /><span>{text}</span></p> }
            })
        })
    }
}

/// Difference from the baseline, as a share; `None` where either is unknown or zero.
fn change(value: Option<f64>, base: Option<f64>) -> Option<f64> {
    let (v, b) = (value?, base.filter(|b| *b != 0.0)?);
    Some(v / b - 1.0)
}

/// Good, bad, or neither.
fn tone(output: Output, change: f64) -> &'static str {
    match output.more_is_better() {
        // Less than a thousandth is no difference worth a colour.
        _ if change.abs() < 1e-3 => "",
        None => "",
        Some(more) if more == (change > 0.0) => "good",
        Some(_) => "bad",
    }
}

/// A change in words; what rounds to nothing is no change.
fn change_words(fmt: Fmt, change: f64) -> String {
    if change.abs() < 5e-4 {
        unchanged(fmt.locale).to_owned()
    } else {
        fmt.change(change)
    }
}

/// The table with its exports.
#[component]
pub fn Table(sides: Sides) -> impl IntoView {
    let app = App::here();
    let export = move |as_json: bool| {
        let fmt = fmt_of(app, sides);
        let (columns, rows) = sides.all.with(|all| plain(all, sides.base.get(), fmt));
        let saved = if as_json {
            platform::download(
                "comparison.json",
                "application/json",
                json_text(&columns, &rows).as_bytes(),
            )
        } else {
            platform::download(
                "comparison.csv",
                "text/csv",
                csv_text(&columns, &rows).as_bytes(),
            )
        };
        if let Err(why) = saved {
            app.announce(why);
        }
    };
    let head = move || {
        let fmt = fmt_of(app, sides);
        let base = sides.base.get();
        let all = sides.all.get();
        all.into_iter()
            .enumerate()
            .map(|(i, side)| view! { <th scope="col" class="num"><Head sides at=i side starred={i == base} fmt /></th> })
            .collect_view()
    };
    let body = move || {
        let fmt = fmt_of(app, sides);
        let (base, all) = (sides.base.get(), sides.all.get());
        let money = currency(&all, base);
        SHOWN
            .into_iter()
            .filter_map(|output| {
                let values: Vec<Option<f64>> = all
                    .iter()
                    .map(|s| output.value(&s.evaluation, money))
                    .collect();
                if values.iter().all(Option::is_none) {
                    return None;
                }
                let reference = values.get(base).copied().flatten();
                let cells = values.iter().enumerate().map(|(i, &v)| {
                    let shown = outcomes::value_or_unknown(fmt, output, v);
                    let moved = change(v, reference).filter(|_| i != base);
                    view! {
                        <td class="num">
                            <span class="compare-value">{shown}</span>
                            {moved.map(|c| view! { <span class=format!("compare-change {}", tone(output, c))>{change_words(fmt, c)}</span> })}
                        </td>
                    }
                });
                let cells = cells.collect_view();
                Some(view! { <tr><th scope="row">{outcomes::name(output)(fmt.locale)}</th>{cells}</tr> })
            })
            .collect_view()
    };
    let targets = move || {
        let locale = app.locale.get();
        let all = sides.all.get();
        let cells = all.iter().map(|s| {
            let (class, text) = match (s.evaluation.fits, s.evaluation.meets_targets) {
                (false, _) => ("bad", does_not_fit(locale)),
                (true, true) => ("good", met(locale)),
                (true, false) => ("warn", missed(locale)),
            };
            view! { <td class=format!("num {class}")>{text}</td> }
        });
        view! { <tr><th scope="row">{targets_row(locale)}</th>{cells.collect_view()}</tr> }
    };
    let deployment = move || {
        let locale = app.locale.get();
        let all = sides.all.get();
        let cells = all.iter().map(|s| {
            let text = s.evaluation.deployment.as_ref().map_or_else(
                || texts::unknown(locale).to_owned(),
                |d| notices::mode(d.mode)(locale).to_owned(),
            );
            view! { <td class="num">{text}</td> }
        });
        view! { <tr><th scope="row">{mode_row(locale)}</th>{cells.collect_view()}</tr> }
    };
    view! {
        <section class="tile-section">
            <div class="table-scroll" tabindex="0" role="region" aria-label=move || app.say(caption)>
                <table class="data-table compare-table">
                    <caption class="visually-hidden">{move || app.say(caption)}</caption>
                    <thead><tr><td></td>{head}</tr></thead>
                    <tbody>{targets}{body}{deployment}</tbody>
                </table>
            </div>
            <div class="links export">
                <button class="link" type="button" on:click=move |_| export(false)><IconView icon=Icon::Download />"CSV"</button>
                <button class="link" type="button" on:click=move |_| export(true)><IconView icon=Icon::Download />"JSON"</button>
            </div>
        </section>
    }
    .into_any()
}

/// The head of a column: letter, name, star, open, remove.
#[component]
fn Head(sides: Sides, at: usize, side: Side, starred: bool, fmt: Fmt) -> impl IntoView {
    let app = App::here();
    let locale = fmt.locale;
    let title = outcomes::title(&side.scenario, fmt);
    let given = side.scenario.name.clone();
    let star_word = if starred {
        is_baseline(locale)
    } else {
        make_baseline(locale)
    };
    view! {
        <div class="compare-side">
            <span class="compare-letter"><i class=format!("compare-line l{at}") aria-hidden="true"></i>{sides::letter(at)}{(at == 0).then(|| view! { <span class="quiet">{current(locale)}</span> })}</span>
            <input type="text" class="text-input" maxlength="80" aria-label=name_of(locale, sides::letter(at)) placeholder=title prop:value=given
                on:change=move |e| sides::rename(app, at, &event_target_value(&e)) />
            <span class="compare-buttons">
                <button type="button" class="link compare-star" aria-pressed=if starred { "true" } else { "false" } on:click=move |_| app.starred.set(at)>
                    <span aria-hidden="true">{if starred { "★ " } else { "☆ " }}</span>{star_word}</button>
                {(at > 0).then(|| view! {
                    <button type="button" class="link" aria-label=open_of(locale, sides::letter(at)) on:click=move |_| sides::open(app, at)>{open_word(locale)}</button>
                    <button type="button" class="link" aria-label=remove_of(locale, sides::letter(at)) on:click=move |_| sides.remove(app, at)>{remove_word(locale)}</button>
                })}
            </span>
        </div>
    }
}

/// The table for exports: values as they are, differences beside them.
fn plain(all: &[Side], base: usize, fmt: Fmt) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let money = currency(all, base);
    let locale = fmt.locale;
    let mut columns = vec![Column {
        title: caption(locale).to_owned(),
        numeric: false,
    }];
    for (i, side) in all.iter().enumerate() {
        let name = sides::name(i, side, fmt);
        columns.push(Column {
            title: change_of(locale, &name),
            numeric: true,
        });
        columns.insert(
            columns.len() - 1,
            Column {
                title: name,
                numeric: true,
            },
        );
    }
    let cell = |v: Option<f64>| {
        v.map_or(
            Cell {
                text: String::new(),
                plain: Plain::Unknown,
            },
            |v| Cell::number(v, v.to_string()),
        )
    };
    let rows = SHOWN
        .into_iter()
        .map(|output| {
            let value = |s: &Side| output.value(&s.evaluation, money);
            let reference = all.get(base).and_then(value);
            let mut row = vec![Cell::text(unit_name(output, fmt))];
            for side in all {
                row.push(cell(value(side)));
                row.push(cell(change(value(side), reference)));
            }
            row
        })
        .collect();
    (columns, rows)
}

/// A result's name with the unit of its raw value.
fn unit_name(output: Output, fmt: Fmt) -> String {
    let name = outcomes::name(output)(fmt.locale);
    let unit = match output {
        Output::Tpot | Output::Ttft | Output::TtftP95 => "ms",
        Output::Power => "kW",
        Output::Energy => "kWh",
        Output::Carbon => "kg",
        o if o.is_money() => fmt.currency_symbol(),
        _ => return name.to_owned(),
    };
    format!("{name} ({unit})")
}

crate::texts! {
    caption = "Scenarios side by side", "方案对比表";
    current = "current", "当前";
    name_of(letter) = "Name of {letter}", "方案 {letter} 的名称";
    is_baseline = "Baseline", "基准";
    make_baseline = "Make baseline", "设为基准";
    open_word = "Open", "打开";
    open_of(letter) = "Open {letter} as the plan", "打开方案 {letter} 作为当前方案";
    remove_word = "Remove", "移除";
    remove_of(letter) = "Remove {letter}", "移除方案 {letter}";
    targets_row = "Latency targets", "时延目标";
    met = "met", "满足";
    missed = "missed", "未满足";
    does_not_fit = "does not fit", "放不下";
    mode_row = "Deployment", "部署方式";
    unchanged = "same", "相同";
    change_of(name) = "{name}: change", "{name}：变化";
    rates_differ(symbol, rates) = "The scenarios use different currencies or exchange rates. All amounts are shown in {symbol} of the baseline, each converted at its own rate (CNY per USD: {rates}); part of a difference in cost may be the rate alone.", "各方案使用的货币或汇率不同。所有金额均以基准方案的货币（{symbol}）显示，并按各自的汇率换算（人民币/美元：{rates}）；成本差异可能部分仅由汇率造成。";
}
