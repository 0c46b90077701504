//! The charts of the Price view: margin by load, cash, the day; and what all its charts share.

use leptos::prelude::*;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Note, Point, Rule, Series};
use token_factory::money::{Usd, margin_band, margin_by_load};

use super::store::{self, Business};
use super::why::{About, ask};
use crate::charts::{Chart, Tip};
use crate::controls::head;
use crate::format::Fmt;
use crate::state::App;
use crate::texts::Text;

/// A series that answers to pointer and keyboard.
pub fn series(name: &str, token: Token, mark: Mark, points: Vec<Point>) -> Series {
    Series {
        name: name.to_owned(),
        token,
        mark,
        points,
        answers: true,
    }
}

/// An 80 % band behind the lines.
fn band(name: &str, points: Vec<Point>) -> Series {
    Series {
        answers: false,
        ..series(name, Token::Ink3, Mark::Band(0.16), points)
    }
}

/// The chart of the sale as it stands; empty where there is none.
pub fn spec_of(make: fn(&Business, App, Fmt, f64) -> ChartSpec) -> Signal<ChartSpec> {
    let app = App::here();
    let sale = store::here();
    Signal::derive(move || {
        let fmt = app.fmt();
        sale.with(|s| {
            s.as_ref().map_or_else(
                |_| ChartSpec::default(),
                |b| {
                    let scale = app.scenario.with(|sc| b.show(sc, Usd(1.0)));
                    make(b, app, fmt, scale)
                },
            )
        })
    })
}

/// The heading of a chart, with its "why?" beside it.
pub fn asked(app: App, title: Text, about: About) -> AnyView {
    view! {
        <div class="section-head"><h2>{move || app.say(title)}</h2><span class="quiet">{ask(app, about, move || app.say(why_word).to_owned())}</span></div>
    }
    .into_any()
}

/// A sentence under a chart, where there is something to say.
fn words(app: App, of: fn(&Business, Fmt) -> Option<String>) -> AnyView {
    let sale = store::here();
    let text = move || sale.with(|s| s.as_ref().ok().and_then(|b| of(b, app.fmt())));
    view! { {move || text().map(|t| view! { <p class="plain">{t}</p> })} }.into_any()
}

/// Amounts as tick labels.
pub fn money_axis(app: App) -> Callback<f64, String> {
    Callback::new(move |v: f64| app.fmt().money_value(v))
}

/// What the read-out says of a point: its series, and both values.
pub fn tip_of(
    spec: Signal<ChartSpec>,
    x: Callback<f64, String>,
    y: Callback<f64, String>,
) -> Callback<(usize, usize), Tip> {
    Callback::new(move |(series, point): (usize, usize)| {
        spec.with(|spec: &ChartSpec| {
            let Some(s) = spec.series.get(series) else {
                return Tip::default();
            };
            let Some(p) = s.points.get(point) else {
                return Tip::default();
            };
            Tip {
                title: s.name.clone(),
                rows: vec![
                    (spec.x.title.clone(), x.run(p.x)),
                    (spec.y.title.clone(), y.run(p.y)),
                ],
            }
        })
    })
}

/// Gross margin by mean load.
#[component]
pub fn MarginByLoad() -> impl IntoView {
    let app = App::here();
    let spec = spec_of(margin_chart);
    let percent = Callback::new(move |v: f64| app.fmt().percent(v));
    view! {
        <section>
            {asked(app, margin_title, About::Margin)}
            <Chart name="margin-by-load" spec format_x=percent format_y=percent tip=tip_of(spec, percent, percent) />
        </section>
    }
    .into_any()
}

fn margin_chart(b: &Business, app: App, fmt: Fmt, _: f64) -> ChartSpec {
    let points: Vec<Point> = margin_by_load(&b.cost, &b.sale, 50)
        .into_iter()
        .filter(|(_, m)| *m > -1.0)
        .map(|(load, m)| Point::new(load, m))
        .collect();
    let spread = points
        .iter()
        .map(|p| {
            let (low, high) = margin_band(p.y, b.unit);
            Point::span(p.x, low.max(-1.0), high)
        })
        .collect();
    let mut all = vec![
        band(app.say(band_word), spread),
        series(
            app.say(margin_up),
            Token::Ink1,
            Mark::Line(2.5, (0.0, 0.0)),
            points,
        ),
    ];
    let mut notes = Vec::new();
    let here = app.scenario.with(|s| s.workload.mean_load);
    if let Some(m) = b.sale.gross_margin.filter(|m| *m > -1.0) {
        all.push(series(
            app.say(this_plan),
            Token::Ink1,
            Mark::Dots(5.0),
            vec![Point::new(here, m)],
        ));
        notes.push(Note {
            x: here,
            y: m,
            lines: vec![here_is(fmt.locale, &fmt.percent(m))],
            strong: true,
        });
    }
    if let Some(load) = b.sale.break_even_load {
        all.push(series(
            app.say(break_even),
            Token::Ink1,
            Mark::Rings(5.0),
            vec![Point::new(load, 0.0)],
        ));
        notes.push(Note {
            x: load,
            y: 0.0,
            lines: vec![even_at(fmt.locale, &fmt.percent(load))],
            strong: false,
        });
    }
    ChartSpec {
        title: app.say(margin_title).to_owned(),
        x: Axis {
            title: app.say(load_across).to_owned(),
            range: Some((0.0, 1.0)),
            ..Axis::default()
        },
        y: Axis {
            title: app.say(margin_up).to_owned(),
            zero: true,
            ..Axis::default()
        },
        series: all,
        rules: vec![Rule {
            upright: false,
            at: 0.0,
            label: String::new(),
            token: Token::Ink3,
            dotted: false,
        }],
        notes,
        ..ChartSpec::default()
    }
}

/// Cash flow, month by month.
#[component]
pub fn Cash() -> impl IntoView {
    let app = App::here();
    let spec = spec_of(cash);
    let x = Callback::new(move |v: f64| app.fmt().number(v));
    let y = money_axis(app);
    view! {
        <section>
            {asked(app, cash_title, About::Plan(cash_title, cash_formula))}
            <p class="legend">
                <span><i class="swatch k4" aria-hidden="true"></i>{move || app.say(net_month)}</span>
                <span><i class="swatch k1" aria-hidden="true"></i>{move || app.say(cumulative)}</span>
            </p>
            <Chart name="cash-flow" spec format_x=x format_y=y tip=tip_of(spec, x, y) />
            {words(app, |b, fmt| {
                let unmet = b.flow.unmet_share;
                (unmet > 5e-4).then(|| unmet_words(fmt.locale, &fmt.percent(unmet)))
            })}
        </section>
    }
    .into_any()
}

fn cash(b: &Business, app: App, fmt: Fmt, scale: f64) -> ChartSpec {
    let months = &b.flow.months;
    let net = months
        .iter()
        .map(|m| Point::new(f64::from(m.month), m.net.0 * scale))
        .collect();
    let sum: Vec<Point> = months
        .iter()
        .map(|m| Point::new(f64::from(m.month), m.cumulative.0 * scale))
        .collect();
    let mut notes = Vec::new();
    let spread = b
        .outlook
        .cumulative
        .iter()
        .zip(months)
        .map(|((low, high), m)| Point::span(f64::from(m.month), low * scale, high * scale))
        .collect();
    let mut all = vec![
        band(app.say(band_word), spread),
        series(app.say(net_month), Token::Spare, Mark::Bars(0.7), net),
        series(
            app.say(cumulative),
            Token::Ink1,
            Mark::Line(2.5, (0.0, 0.0)),
            sum.clone(),
        ),
    ];
    if let Some(month) = b.flow.payback_month {
        all.push(series(
            app.say(paid_back),
            Token::Ink1,
            Mark::Rings(5.0),
            vec![Point::new(month, 0.0)],
        ));
        notes.push(Note {
            x: month,
            y: 0.0,
            lines: vec![paid_back_in(fmt.locale, &fmt.number(month))],
            strong: true,
        });
    }
    if let Some(last) = sum.last() {
        notes.push(Note {
            x: last.x,
            y: last.y,
            lines: vec![fmt.money_value(last.y)],
            strong: true,
        });
    }
    let rules = b
        .flow
        .first_end_of_life
        .map(|m| Rule {
            upright: true,
            at: f64::from(m),
            label: app.say(hardware_ends).to_owned(),
            token: Token::Warn,
            dotted: true,
        })
        .into_iter()
        .chain(std::iter::once(Rule {
            upright: false,
            at: 0.0,
            label: String::new(),
            token: Token::Ink3,
            dotted: false,
        }))
        .collect();
    ChartSpec {
        title: app.say(cash_title).to_owned(),
        x: Axis {
            title: app.say(months_from).to_owned(),
            zero: true,
            ..Axis::default()
        },
        y: Axis {
            title: app.fmt().currency_symbol().to_owned(),
            zero: true,
            ..Axis::default()
        },
        series: all,
        rules,
        notes,
        ..ChartSpec::default()
    }
}

/// The load of a day, hour by hour.
#[component]
pub fn Day() -> impl IntoView {
    let app = App::here();
    let spec = spec_of(day);
    let x = Callback::new(move |v: f64| app.fmt().number(v));
    let percent = Callback::new(move |v: f64| app.fmt().percent(v));
    let aside = move || {
        store::here().with(|s| {
            s.as_ref()
                .map(|b| peak_is(app.locale.get(), &app.fmt().number(b.cost.day.peak_factor)))
                .unwrap_or_default()
        })
    };
    view! {
        <section>
            {head(move || app.say(day_title).to_owned(), aside)}
            <Chart name="day" spec format_x=x format_y=percent tip=tip_of(spec, x, percent) />
            {words(app, |b, fmt| {
                let day = &b.cost.day;
                (day.lost_share > 5e-4).then(|| lost_words(fmt.locale, &fmt.percent(day.lost_share), &day.clipped_hours.to_string()))
            })}
        </section>
    }
    .into_any()
}

fn day(b: &Business, app: App, _: Fmt, _: f64) -> ChartSpec {
    let hours = |values: &[f64]| -> Vec<Point> {
        (0..=24)
            .filter_map(|h| values.get(h % 24).map(|v| Point::new(h as f64, *v)))
            .collect()
    };
    ChartSpec {
        title: app.say(day_title).to_owned(),
        x: Axis {
            title: app.say(hour_of_day).to_owned(),
            range: Some((0.0, 24.0)),
            ..Axis::default()
        },
        y: Axis {
            title: app.say(load_across).to_owned(),
            zero: true,
            ..Axis::default()
        },
        series: vec![
            series(
                app.say(wanted),
                Token::Ink3,
                Mark::Step(1.5),
                hours(&b.cost.day.wanted),
            ),
            series(
                app.say(served),
                Token::Decode,
                Mark::Step(2.5),
                hours(&b.cost.day.served),
            ),
        ],
        rules: vec![Rule {
            upright: false,
            at: 1.0,
            label: app.say(capacity).to_owned(),
            token: Token::Bad,
            dotted: true,
        }],
        ..ChartSpec::default()
    }
}

crate::texts! {
    why_word = "why?", "为什么？";
    band_word = "80 % band", "80% 区间";
    cash_formula = "each month: revenue − electricity − staff − maintenance − rent − paid for super-nodes + residual value; prices fall by the erosion, demand rises by the ramp", "每月：收入 − 电费 − 人员 − 维护 − 租金 − 超节点投入 + 残值；价格按降幅递减，需求按爬坡上升";
    unmet_words(share) = "{share} of all demand in the plan finds no capacity: super-nodes still to come or worn out, or the busiest hours full.", "计划期内 {share} 的需求无产能承接：超节点尚未到货或已到寿，或最忙小时满载。";
    lost_words(share, hours) = "{share} of what is asked for is lost in {hours} hours of the day that are full.", "每天有 {hours} 个小时满载，{share} 的需求无法承接。";
    margin_title = "Margin by load", "毛利率与负载";
    margin_up = "gross margin", "毛利率";
    load_across = "mean load", "平均负载";
    this_plan = "this plan", "当前方案";
    here_is(margin) = "{margin} here", "当前 {margin}";
    break_even = "break-even", "盈亏平衡";
    even_at(load) = "even at {load}", "{load} 时持平";
    cash_title = "Cash, month by month", "逐月现金流";
    net_month = "net of a month", "当月净额";
    cumulative = "sum so far", "累计";
    paid_back = "paid back", "收回投资";
    paid_back_in(month) = "paid back, month {month}", "第 {month} 个月收回";
    hardware_ends = "first hardware worn out", "首批硬件到寿";
    months_from = "months from the order", "下单后月数";
    day_title = "The day", "一天的负载";
    hour_of_day = "hour of the day", "小时";
    wanted = "asked for", "需求";
    served = "served", "实际服务";
    capacity = "capacity", "产能";
    peak_is(factor) = "busiest hour {factor} × the mean", "最忙小时为均值的 {factor} 倍";
}
