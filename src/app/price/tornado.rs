//! Which assumption moves the cost per million output tokens most.

use leptos::prelude::*;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Point, Rule, Scale};
use token_factory::money::Usd;

use super::charts::{asked, money_axis, series, spec_of};
use super::drivers::{driver_name, driver_value};
use super::store::Business;
use super::why::About;
use crate::charts::{Chart, Tip};
use crate::format::Fmt;
use crate::state::App;

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
    let aside = move || {
        super::store::here().with(|s| {
            let base = s.as_ref().ok().map(|b| {
                app.scenario.with(|sc| {
                    app.fmt()
                        .money_value(b.show(sc, Usd(b.cost.per_million.output)))
                })
            });
            tornado_aside(app.locale.get(), &base.unwrap_or_default())
        })
    };
    view! {
        <section>
            {asked(app, tornado_title, About::Tornado)}
            <p class="plain">{aside}</p>
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
            label: String::new(),
            token: Token::Ink1,
            dotted: false,
        }],
        ..ChartSpec::default()
    }
}

crate::texts! {
    tornado_title = "What moves the cost per million output tokens", "哪些假设影响每百万输出成本";
    tornado_aside(base) = "{base} now; each input to either end of its evidence", "当前 {base}；每项参数变动到其依据范围两端";
    per_m_output = "per million output tokens", "每百万输出 token";
    at_low_end = "at the low end", "取低值";
    at_high_end = "at the high end", "取高值";
}
