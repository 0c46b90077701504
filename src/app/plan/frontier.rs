//! The frontier: what speed for each user costs in throughput of each card.

use leptos::prelude::*;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Note, Point, Region, Rule, Series};
use token_factory::evaluation::{Evaluation, FrontierPoint, Mode};
use token_factory::scenario::{Degrees, ModeChoice};

use crate::charts::{Chart, Tip};
use crate::controls::head;
use crate::format::Fmt;
use crate::notices;
use crate::state::App;
use crate::texts::Text;

/// The modes in the order of the chart's series: both lines, then the plan's own point.
const MODES: [Mode; 2] = [Mode::Disaggregated, Mode::Aggregated];

/// The frontier chart.
#[component]
pub fn Frontier() -> impl IntoView {
    let app = App::here();
    let spec = Signal::derive(move || {
        let target = app.scenario.with(|s| s.targets.tpot_ms);
        app.evaluation.with(|e| chart(e, target, app.fmt()))
    });
    let number = Callback::new(move |v: f64| app.fmt().compact(v));
    let tip = Callback::new(move |(series, point)| {
        let fmt = app.fmt();
        app.evaluation
            .with(|e| point_of(e, series, point).map(|p| tip_of(p, fmt)))
            .unwrap_or_else(|| app.evaluation.with(|e| own_tip(e, fmt)))
    });
    let pin = Callback::new(move |(series, point)| {
        let picked = app
            .evaluation
            .with_untracked(|e| point_of(e, series, point).cloned());
        if let Some(p) = picked {
            app.act(|s| {
                s.layout.mode = match p.mode {
                    Mode::Aggregated => ModeChoice::Aggregated,
                    Mode::Disaggregated => ModeChoice::Disaggregated,
                };
                s.layout.decode = Some(p.degrees);
                s.layout.prefill = p.prefill_degrees;
                s.layout.batch = Some(p.batch.round().max(1.0) as u32);
            });
            app.announce(app.say(pinned).to_owned());
        }
    });
    let is_pinned = Memo::new(move |_| {
        app.scenario
            .with(|s| s.layout.batch.is_some() || s.layout.decode.is_some())
    });
    let modes = Memo::new(move |_| app.evaluation.with(|e| shown_modes(e)));
    let free = move |_| app.act(|s| s.layout = Default::default());
    view! {
        <section>
            {head(move || app.say(title).to_owned(), String::new)}
            <div class="legend">
                {move || modes.get().into_iter().map(|mode| {
                    let (class, name): (_, Text) = match mode {
                        Mode::Disaggregated => ("swatch decode", separate),
                        Mode::Aggregated => ("swatch overhead", shared),
                    };
                    view! { <span><i class=class aria-hidden="true"></i>{app.say(name)}</span> }
                }).collect_view()}
                {move || is_pinned.get().then(|| view! { <button type="button" class="link" on:click=free>{app.say(unpin)}</button> })}
            </div>
            <Chart name="frontier" spec format_x=number format_y=number tip on_pick=pin
                table=Callback::new(move |()| app.evaluation.with(|e| table(e, app.fmt()))) />
            <p class="plain">{move || app.say(line_means)}</p>
        </section>
    }
    .into_any()
}

/// The points of a mode, slowest user first.
fn line(e: &Evaluation, mode: Mode) -> Vec<&FrontierPoint> {
    let mut points: Vec<_> = e.frontier.iter().filter(|p| p.mode == mode).collect();
    points.sort_by(|a, b| a.tokens_per_s_user.total_cmp(&b.tokens_per_s_user));
    points
}

/// The modes that have a line.
fn shown_modes(e: &Evaluation) -> Vec<Mode> {
    let there = |m: &Mode| e.frontier.iter().any(|p| p.mode == *m);
    MODES.into_iter().filter(there).collect()
}

fn point_of(e: &Evaluation, series: usize, point: usize) -> Option<&FrontierPoint> {
    let mode = *shown_modes(e).get(series)?;
    line(e, mode).get(point).copied()
}

fn own(e: &Evaluation) -> Option<(f64, f64)> {
    (e.fits && e.tpot_ms.p50 > 0.0)
        .then(|| (1000.0 / e.tpot_ms.p50, e.output_tokens_per_s_per_card))
}

fn chart(e: &Evaluation, target_ms: f64, fmt: Fmt) -> ChartSpec {
    let l = fmt.locale;
    let limit = 1000.0 / target_ms.max(1e-6);
    // The interesting part: up to so many times as fast as the target, or to the end.
    let fastest = e
        .frontier
        .iter()
        .map(|p| p.tokens_per_s_user)
        .fold(limit * 1.2, f64::max)
        .min(limit * 6.0);
    let mut series: Vec<Series> = shown_modes(e)
        .into_iter()
        .map(|mode| Series {
            name: notices::mode(mode)(l).to_owned(),
            token: match mode {
                Mode::Disaggregated => Token::Decode,
                Mode::Aggregated => Token::Overhead,
            },
            mark: match mode {
                Mode::Disaggregated => Mark::Line(2.5, (0.0, 0.0)),
                Mode::Aggregated => Mark::Line(1.5, (5.0, 4.0)),
            },
            points: line(e, mode)
                .into_iter()
                // Slowest first: what is left out is the end, so places stay those of the line.
                .filter(|p| p.tokens_per_s_user <= fastest)
                .map(|p| Point::new(p.tokens_per_s_user, p.tokens_per_s_card))
                .collect(),
            answers: true,
        })
        .collect();
    let mut notes = Vec::new();
    if let Some((x, y)) = own(e) {
        notes.push(Note {
            x,
            y,
            lines: vec![
                this_plan(l, &fmt.compact(y), &fmt.number(x)),
                fmt.duration(e.tpot_ms.p50),
            ],
            strong: true,
        });
        series.push(Series {
            name: own_name(l).to_owned(),
            token: Token::Ink1,
            mark: Mark::Dots(6.0),
            points: vec![Point::new(x, y)],
            answers: true,
        });
    }
    ChartSpec {
        title: title(l).to_owned(),
        x: Axis {
            title: across(l).to_owned(),
            range: Some((0.0, fastest)),
            zero: true,
            ..Axis::default()
        },
        y: Axis {
            title: up(l).to_owned(),
            zero: true,
            ..Axis::default()
        },
        series,
        regions: vec![Region {
            x: (0.0, limit),
            y: (f64::NEG_INFINITY, f64::INFINITY),
            token: Token::Surface2,
            opacity: 0.6,
            label: vec![
                too_slow(l).to_owned(),
                ["TPOT > ", &fmt.duration(target_ms)].concat(),
            ],
        }],
        rules: vec![Rule {
            upright: true,
            at: limit,
            label: String::new(),
            token: Token::Bad,
            dotted: false,
        }],
        notes,
    }
}

fn degrees(d: &Degrees) -> String {
    super::deployment::degrees(d)
}

fn tip_of(p: &FrontierPoint, fmt: Fmt) -> Tip {
    let l = fmt.locale;
    let mut rows = vec![
        (across(l).to_owned(), fmt.number(p.tokens_per_s_user)),
        (up(l).to_owned(), fmt.compact(p.tokens_per_s_card)),
        ("Batch".to_owned(), fmt.number(p.batch)),
        ("Decode".to_owned(), degrees(&p.degrees)),
    ];
    if let Some(d) = &p.prefill_degrees {
        rows.push(("Prefill".to_owned(), degrees(d)));
        rows.push((prefill_cards(l).to_owned(), fmt.percent(p.prefill_share)));
    }
    Tip {
        title: notices::mode(p.mode)(l).to_owned(),
        rows,
    }
}

fn own_tip(e: &Evaluation, fmt: Fmt) -> Tip {
    let l = fmt.locale;
    Tip {
        title: own_name(l).to_owned(),
        rows: own(e)
            .map(|(x, y)| {
                vec![
                    (across(l).to_owned(), fmt.number(x)),
                    (up(l).to_owned(), fmt.compact(y)),
                ]
            })
            .unwrap_or_default(),
    }
}

fn table(e: &Evaluation, fmt: Fmt) -> Vec<Vec<String>> {
    let l = fmt.locale;
    let head = [mode_name(l), across(l), up(l), "Batch", "Decode", "Prefill"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for p in MODES.into_iter().flat_map(|m| line(e, m)) {
        rows.push(vec![
            notices::mode(p.mode)(l).to_owned(),
            fmt.number(p.tokens_per_s_user),
            fmt.number(p.tokens_per_s_card),
            fmt.number(p.batch),
            degrees(&p.degrees),
            p.prefill_degrees.as_ref().map(degrees).unwrap_or_default(),
        ]);
    }
    rows
}

crate::texts! {
    title = "What speed costs in throughput", "速度与产能的取舍";
    separate = "prefill and decode apart", "PD 分离";
    shared = "shared cards", "混合部署";
    unpin = "Let the planner choose again", "恢复自动选择";
    pinned = "The layout of this point is pinned; undo or free it to search again.", "已固定该点的部署方案；可撤销或恢复自动选择。";
    across = "tokens/s per user", "每用户 token/s";
    up = "tokens/s per working card", "每张工作卡 token/s";
    line_means = "The line is the most that a card makes at each speed, whatever the wait for the first token; a plan held by its TTFT target lies below it. A click, or Enter, pins a point's layout.", "曲线是各速度下每张卡的最高产能，不计首个 token 的等待；受 TTFT 目标限制的方案位于曲线下方。点击或按 Enter 可固定该点的部署。";
    too_slow = "too slow", "过慢";
    own_name = "This plan", "当前方案";
    this_plan(y, x) = "This plan: {y} at {x}", "当前方案：{x} 时 {y}";
    prefill_cards = "Cards in prefill", "prefill 卡占比";
    mode_name = "Mode", "部署方式";
}
