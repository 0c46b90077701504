//! The frontiers of all scenarios in one chart.

use leptos::prelude::*;
use token_factory::chart::range::until;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Point, Series};
use token_factory::planner::outputs::envelope;

use super::sides::{self, Side, Sides};
use super::table::fmt_of;
use crate::charts::{Chart, Tip};
use crate::format::Fmt;
use crate::state::App;

/// Colour and dash of each scenario's line; the style sheet has the same order.
const LINES: [(Token, (f64, f64)); 4] = [
    (Token::Ink1, (0.0, 0.0)),
    (Token::Attention, (7.0, 3.0)),
    (Token::Experts, (2.0, 3.0)),
    (Token::Comm, (10.0, 3.0)),
];

/// Where the scenario itself stands: (tokens/s per user, tokens/s per card).
fn own(side: &Side) -> Option<Point> {
    let e = &side.evaluation;
    (e.fits && e.tpot_ms.p50 > 0.0)
        .then(|| Point::new(1000.0 / e.tpot_ms.p50, e.output_tokens_per_s_per_card))
}

fn spec(all: &[Side], fmt: Fmt) -> ChartSpec {
    let l = fmt.locale;
    let lines: Vec<Vec<(f64, f64)>> = all
        .iter()
        .map(|s| envelope(&s.evaluation.frontier))
        .collect();
    // The far end of fast users is empty space: four times the fastest plan is enough.
    let fastest = all.iter().filter_map(own).map(|p| p.x).fold(0.0, f64::max);
    let reach = lines.iter().flatten().map(|p| p.0).fold(fastest, f64::max);
    let end = if fastest > 0.0 {
        reach.min(fastest * 4.0)
    } else {
        reach
    };
    let series = all
        .iter()
        .zip(&lines)
        .enumerate()
        .flat_map(|(i, (side, line))| {
            let (token, dash) = LINES
                .get(i)
                .copied()
                .unwrap_or((Token::Overhead, (0.0, 0.0)));
            let name = sides::name(i, side, fmt);
            let line = Series {
                name: name.clone(),
                token,
                mark: Mark::Line(2.0, dash),
                points: until(line, end)
                    .into_iter()
                    .map(|(x, y)| Point::new(x, y))
                    .collect(),
                answers: true,
            };
            let dot = Series {
                name,
                token,
                mark: Mark::Diamonds(6.0),
                points: own(side).into_iter().collect(),
                answers: true,
            };
            [line, dot]
        });
    let series: Vec<Series> = series.collect();
    ChartSpec {
        title: title(l).to_owned(),
        x: Axis {
            title: across(l).to_owned(),
            zero: true,
            range: (end > 0.0).then_some((0.0, end)),
            ..Axis::default()
        },
        y: Axis {
            title: up(l).to_owned(),
            zero: true,
            ..Axis::default()
        },
        series,
        ..ChartSpec::default()
    }
}

/// The chart.
#[component]
pub fn Frontiers(sides: Sides) -> impl IntoView {
    let app = App::here();
    let chart = Signal::derive(move || {
        let fmt = fmt_of(app, sides);
        sides.all.with(|all| spec(all, fmt))
    });
    let number = Callback::new(move |v: f64| app.fmt().compact(v));
    let tip = Callback::new(move |(series, point): (usize, usize)| {
        let fmt = app.fmt();
        chart.with_untracked(|spec| {
            let found = spec.series.get(series);
            found
                .and_then(|s| Some((s, s.points.get(point)?)))
                .map_or_else(Tip::default, |(s, p)| Tip {
                    title: s.name.clone(),
                    rows: vec![
                        (across(fmt.locale).to_owned(), fmt.number(p.x)),
                        (up(fmt.locale).to_owned(), fmt.number(p.y)),
                        ("TPOT".to_owned(), fmt.duration(1000.0 / p.x)),
                    ],
                })
        })
    });
    view! {
        <section class="tile-section">
            <div class="section-head"><h2>{move || app.say(title)}</h2></div>
            <Chart name="compare-frontier" spec=chart format_x=number format_y=number tip class="tall" />
            <p class="legend">
                {move || {
                    let fmt = fmt_of(app, sides);
                    sides.all.with(|all| all.iter().enumerate().map(|(i, side)| view! {
                        <span><i class=format!("compare-line l{i}") aria-hidden="true"></i>{sides::name(i, side, fmt)}</span>
                    }).collect_view())
                }}
                <span class="quiet">{move || app.say(diamond)}</span>
            </p>
        </section>
    }
    .into_any()
}

crate::texts! {
    title = "Speed for each user against throughput of each card", "单用户速度与单卡吞吐";
    across = "tokens/s per user", "每用户 token/s";
    up = "tokens/s per card", "每卡 token/s";
    diamond = "The diamond is the plan itself.", "菱形为方案本身所在位置。";
}
