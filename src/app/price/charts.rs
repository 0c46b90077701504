//! The charts of the Price view: crossover, margin by load, cash, tornado, the day.

use leptos::prelude::*;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Note, Point, Rule, Scale, Series};
use token_factory::money::{Driver, Input, Usd, margin_by_load};

use super::store::{self, Business};
use crate::charts::{Chart, Tip};
use crate::controls::head;
use crate::format::Fmt;
use crate::state::App;
use crate::texts::Text;

fn series(name: &str, token: Token, mark: Mark, points: Vec<Point>) -> Series {
    Series {
        name: name.to_owned(),
        token,
        mark,
        points,
        answers: true,
    }
}

/// The chart of the sale as it stands; empty where there is none.
fn spec_of(make: fn(&Business, App, Fmt, f64) -> ChartSpec) -> Signal<ChartSpec> {
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

fn money_axis(app: App) -> Callback<f64, String> {
    Callback::new(move |v: f64| app.fmt().money_value(v))
}

fn tip_of(
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

/// Own, rent, or buy by API.
#[component]
pub fn Crossover() -> impl IntoView {
    let app = App::here();
    let spec = spec_of(crossover);
    let x = Callback::new(move |v: f64| app.fmt().compact(v));
    let y = money_axis(app);
    view! {
        <section>
            {head(move || app.say(crossover_title).to_owned(), String::new)}
            <Chart name="crossover" spec format_x=x format_y=y tip=tip_of(spec, x, y) />
        </section>
    }
    .into_any()
}

fn crossover(b: &Business, app: App, fmt: Fmt, scale: f64) -> ChartSpec {
    let c = &b.comparison;
    let line = |pick: fn(&token_factory::money::ComparePoint) -> Option<Usd>| -> Vec<Point> {
        c.points
            .iter()
            .filter_map(|p| Some(Point::new(p.output_per_day, pick(p)?.0 * scale)))
            .collect()
    };
    let all = [
        series(app.say(own), Token::Ink1, Mark::Step(2.5), line(|p| p.own)),
        series(
            app.say(rent),
            Token::Prefill,
            Mark::Step(1.5),
            line(|p| p.rent),
        ),
        series(
            app.say(api),
            Token::Ink3,
            Mark::Line(1.5, (5.0, 4.0)),
            line(|p| p.api),
        ),
    ];
    let notes = all
        .iter()
        .filter_map(|s| s.points.last().map(|p| (s.name.clone(), *p)))
        .map(|(name, p)| Note {
            x: p.x,
            y: p.y,
            lines: vec![name],
            strong: false,
        })
        .collect();
    let rules = c
        .own_beats_api
        .map(|at| Rule {
            upright: true,
            at,
            label: own_wins(fmt.locale, &fmt.compact(at)),
            token: Token::Line2,
            dotted: true,
        })
        .into_iter()
        .collect();
    ChartSpec {
        title: app.say(crossover_title).to_owned(),
        x: Axis {
            title: app.say(output_a_day).to_owned(),
            zero: true,
            ..Axis::default()
        },
        y: Axis {
            title: app.say(cost_a_year).to_owned(),
            zero: true,
            ..Axis::default()
        },
        series: all.into_iter().filter(|s| !s.points.is_empty()).collect(),
        rules,
        notes,
        ..ChartSpec::default()
    }
}

/// Gross margin by mean load.
#[component]
pub fn MarginByLoad() -> impl IntoView {
    let app = App::here();
    let spec = spec_of(margin_chart);
    let percent = Callback::new(move |v: f64| app.fmt().percent(v));
    view! {
        <section>
            {head(move || app.say(margin_title).to_owned(), String::new)}
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
    let mut all = vec![series(
        app.say(margin_up),
        Token::Ink1,
        Mark::Line(2.5, (0.0, 0.0)),
        points,
    )];
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
            {head(move || app.say(cash_title).to_owned(), String::new)}
            <p class="legend">
                <span><i class="swatch k4" aria-hidden="true"></i>{move || app.say(net_month)}</span>
                <span><i class="swatch k1" aria-hidden="true"></i>{move || app.say(cumulative)}</span>
            </p>
            <Chart name="cash-flow" spec format_x=x format_y=y tip=tip_of(spec, x, y) />
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
    let mut all = vec![
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

/// Which assumption moves the cost most.
#[component]
pub fn Tornado() -> impl IntoView {
    let app = App::here();
    let spec = spec_of(tornado);
    let x = money_axis(app);
    let y = Callback::new(move |v: f64| app.fmt().number(v));
    let names = move |(series, point): (usize, usize)| {
        spec.with(|spec: &ChartSpec| {
            let place = spec
                .series
                .get(series)
                .and_then(|s| s.points.get(point))
                .map(|p| (p.x, p.y));
            let Some((value, row)) = place else {
                return Tip::default();
            };
            Tip {
                title: spec
                    .y
                    .names
                    .get(row.round().max(0.0) as usize)
                    .cloned()
                    .unwrap_or_default(),
                rows: vec![(spec.x.title.clone(), x.run(value))],
            }
        })
    };
    view! {
        <section>
            {head(move || app.say(tornado_title).to_owned(), move || app.say(tornado_aside).to_owned())}
            <Chart name="tornado" class="tall" spec format_x=x format_y=y tip=Callback::new(names) />
        </section>
    }
    .into_any()
}

/// Bars shown: below these nothing moves the cost noticeably.
const BARS: usize = 12;

fn tornado(b: &Business, app: App, fmt: Fmt, scale: f64) -> ChartSpec {
    let base = b.cost.per_million.output * scale;
    let mut bars = b.bars.clone();
    bars.sort_by(|a, b| b.swing().total_cmp(&a.swing()));
    bars.truncate(BARS);
    let count = bars.len();
    let at = |i: usize| (count - 1 - i) as f64;
    let end = |high: bool| -> Vec<Point> {
        bars.iter()
            .enumerate()
            .map(|(i, bar)| Point {
                low: base,
                ..Point::new(if high { bar.at_high } else { bar.at_low }, at(i))
            })
            .collect()
    };
    let mut names: Vec<String> = bars
        .iter()
        .map(|bar| {
            let name = app.say(driver_name(bar.driver));
            let value = |v: f64| driver_value(fmt, bar.driver, v, scale);
            format!("{name} {}–{}", value(bar.low), value(bar.high))
        })
        .collect();
    names.reverse();
    ChartSpec {
        title: app.say(tornado_title).to_owned(),
        x: Axis {
            title: app.say(per_m_output).to_owned(),
            ..Axis::default()
        },
        y: Axis {
            scale: Scale::Names,
            names,
            ..Axis::default()
        },
        series: vec![
            series(
                app.say(at_low_end),
                Token::Prefill,
                Mark::LyingBars(0.6),
                end(false),
            ),
            series(
                app.say(at_high_end),
                Token::Decode,
                Mark::LyingBars(0.6),
                end(true),
            ),
        ],
        rules: vec![Rule {
            upright: true,
            at: base,
            label: fmt.money_value(base),
            token: Token::Ink1,
            dotted: false,
        }],
        ..ChartSpec::default()
    }
}

fn driver_name(driver: Driver) -> Text {
    match driver {
        Driver::MeanLoad => crate::fields::label("load"),
        Driver::ExchangeRate => crate::fields::label("fx"),
        Driver::Input(input) => match input {
            Input::CardPrice => crate::fields::label("card"),
            Input::NetworkShare => crate::fields::label("net"),
            Input::StorageShare => crate::fields::label("store"),
            Input::SparesShare => crate::fields::label("stock"),
            Input::BuildingPerMw => crate::fields::label("build"),
            Input::LifeYears => crate::fields::label("life"),
            Input::BuildingLifeYears => crate::fields::label("blife"),
            Input::ResidualShare => crate::fields::label("resid"),
            Input::CostOfCapital => crate::fields::label("wacc"),
            Input::Electricity => crate::fields::label("kwh"),
            Input::Pue => crate::fields::label("pue"),
            Input::IdlePowerShare => crate::fields::label("idle"),
            Input::PeakPower => peak_power,
            Input::MaintenanceShare => crate::fields::label("maint"),
            Input::Staff => crate::fields::label("staff"),
            Input::StaffCost => crate::fields::label("wage"),
            Input::SoftwarePerCard => crate::fields::label("soft"),
            Input::Rent => crate::fields::label("rent"),
            Input::RentBilledShare => crate::fields::label("billed"),
            Input::RentedShare => crate::fields::label("rented"),
            Input::GridCarbon => crate::fields::label("co2"),
        },
    }
}

/// A value of a driver in its own unit.
fn driver_value(fmt: Fmt, driver: Driver, value: f64, scale: f64) -> String {
    let input = match driver {
        Driver::MeanLoad => return fmt.percent(value),
        Driver::ExchangeRate => return fmt.number(value),
        Driver::Input(input) => input,
    };
    match input {
        Input::CardPrice | Input::PeakPower | Input::Rent => ["×", &fmt.number(value)].concat(),
        Input::NetworkShare
        | Input::StorageShare
        | Input::SparesShare
        | Input::ResidualShare
        | Input::CostOfCapital
        | Input::IdlePowerShare
        | Input::MaintenanceShare
        | Input::RentBilledShare
        | Input::RentedShare => fmt.percent(value),
        Input::BuildingPerMw | Input::Electricity | Input::StaffCost | Input::SoftwarePerCard => {
            fmt.money_value(value * scale)
        }
        _ => fmt.number(value),
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
    crossover_title = "Own, rent or buy by API", "自有、租用还是购买 API";
    own = "own", "自有";
    rent = "rent", "租用";
    api = "API, market median", "API（市场中位价）";
    own_wins(at) = "own wins from {at} a day", "日均 {at} 起自有更省";
    output_a_day = "output tokens a day", "日均输出 token";
    cost_a_year = "cost a year", "年成本";
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
    tornado_title = "What moves the cost per million output tokens", "哪些假设影响每百万输出成本";
    tornado_aside = "each input to either end of its evidence", "每项参数变动到其依据范围两端";
    per_m_output = "per million output tokens", "每百万输出 token";
    at_low_end = "at the low end", "取低值";
    at_high_end = "at the high end", "取高值";
    peak_power = "Power of the hardware", "硬件功率";
    day_title = "The day", "一天的负载";
    hour_of_day = "hour of the day", "小时";
    wanted = "asked for", "需求";
    served = "served", "实际服务";
    capacity = "capacity", "产能";
    peak_is(factor) = "busiest hour {factor} × the mean", "最忙小时为均值的 {factor} 倍";
}
