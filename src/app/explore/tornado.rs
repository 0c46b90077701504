//! The tornado: how far a result moves when each input moves a little.

use leptos::prelude::*;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Point, Rule, Scale, Series};
use token_factory::planner::outputs::Output;
use token_factory::planner::sweep::{Swing, Tornado};

use super::choice::{Chosen, SHARES, axis_name};
use super::pickers::OutputPicker;
use super::run::{Progress, Run};
use super::sweep_view::plain;
use crate::charts::{Chart, Tip};
use crate::controls::Select;
use crate::format::Fmt;
use crate::shell::View;
use crate::state::App;
use crate::{outcomes, texts};

/// Bars shown at most; the table holds all.
const SHOWN: usize = 14;

/// An end of a bar: the input's value and the result there.
fn end(swing: &Swing, high: bool, output: Output) -> Option<(f64, f64)> {
    let (value, outcome) = if high { &swing.high } else { &swing.low }.as_ref()?;
    Some((*value, outcome.value(output)?))
}

fn spec(tornado: &Tornado, output: Output, fmt: Fmt) -> ChartSpec {
    let l = fmt.locale;
    let Some(now) = tornado.now.value(output) else {
        return ChartSpec::default();
    };
    let ranked = tornado.ranked(output);
    let shown: Vec<&Swing> = ranked.into_iter().take(SHOWN).collect();
    let count = shown.len();
    let bars = |name: &str, token, high| Series {
        name: name.to_owned(),
        token,
        mark: Mark::LyingBars(0.62),
        points: shown
            .iter()
            .enumerate()
            .map(|(i, s)| Point {
                low: now,
                ..Point::new(
                    end(s, high, output).map_or(f64::NAN, |(_, v)| v),
                    (count - 1 - i) as f64,
                )
            })
            .collect(),
        answers: true,
    };
    let values = shown
        .iter()
        .flat_map(|s| [end(s, false, output), end(s, true, output)])
        .flatten()
        .map(|(_, v)| v);
    let (low, high) = values.fold((now, now), |(a, b), v| (a.min(v), b.max(v)));
    let pad = ((high - low) * 0.04).max(now.abs() * 1e-6);
    ChartSpec {
        title: title_of(l, outcomes::name(output)(l)),
        x: Axis {
            title: outcomes::axis_title(output, l),
            range: Some((low - pad, high + pad)),
            ..Axis::default()
        },
        y: Axis {
            scale: Scale::Names,
            names: shown
                .iter()
                .rev()
                .map(|s| axis_name(s.key)(l).to_owned())
                .collect(),
            ..Axis::default()
        },
        series: vec![
            bars(lower(l), Token::Spare, false),
            bars(higher(l), Token::Ink2, true),
        ],
        rules: vec![Rule {
            upright: true,
            at: now,
            label: String::new(),
            token: Token::Ink1,
            dotted: false,
        }],
        ..ChartSpec::default()
    }
}

/// The view.
#[component]
pub fn TornadoView(chosen: Chosen) -> impl IntoView {
    let app = App::here();
    let run = Run::of(move || {
        let step = f64::from(chosen.share.get()) / 100.0;
        let evaluation = app.evaluation.get();
        Some(Tornado::new(app.scenario.get(), &evaluation, step))
    });
    let tornado = run.shown;
    let shares = Signal::derive(move || {
        let locale = app.locale.get();
        SHARES
            .map(|n| (n.to_string(), by_share(locale, &n.to_string())))
            .to_vec()
    });
    view! {
        <div class="explore-form">
            <div class="explore-part">
                <h2>{move || app.say(result_title)}</h2>
                <OutputPicker chosen />
            </div>
            <div class="explore-part">
                <h2>{move || app.say(step_title)}</h2>
                <Select label=Signal::derive(move || app.say(step_title).to_owned()) choices=shares
                    value=Signal::derive(move || chosen.share.get().to_string())
                    on_change=Callback::new(move |n: String| chosen.share.set(n.parse().unwrap_or(20))) />
            </div>
        </div>
        <Progress run words=moved />
        <TornadoChart chosen tornado />
    }
    .into_any()
}

/// The chart with its legend, and what moves nothing.
#[component]
fn TornadoChart(chosen: Chosen, tornado: RwSignal<Option<Tornado>>) -> impl IntoView {
    let app = App::here();
    let chart = Signal::derive(move || {
        let (fmt, output) = (app.fmt(), chosen.output.get());
        tornado.with(|t| {
            t.as_ref()
                .map_or_else(Default::default, |t| spec(t, output, fmt))
        })
    });
    let swing_at = move |point: usize| {
        let output = chosen.output.get_untracked();
        tornado.with_untracked(|t| {
            t.as_ref()
                .and_then(|t| t.ranked(output).get(point).map(|s| (*s).clone()))
        })
    };
    let format_x = Callback::new(move |v: f64| outcomes::value(app.fmt(), chosen.output.get(), v));
    let format_y = Callback::new(move |v: f64| app.fmt().number(v));
    let tip = Callback::new(move |(series, point): (usize, usize)| {
        let fmt = app.fmt();
        let l = fmt.locale;
        let output = chosen.output.get_untracked();
        let now = tornado.with_untracked(|t| t.as_ref().and_then(|t| t.now.value(output)));
        let told = swing_at(point).and_then(|s| {
            let (value, result) = end(&s, series == 1, output)?;
            let number = |v| outcomes::number(fmt, s.key, v);
            let mut rows = vec![
                (
                    axis_name(s.key)(l).to_owned(),
                    format!("{} → {}", number(s.now), number(value)),
                ),
                (
                    outcomes::name(output)(l).to_owned(),
                    outcomes::value(fmt, output, result),
                ),
            ];
            if let Some(now) = now.filter(|n| *n != 0.0) {
                rows.push((change_word(l).to_owned(), fmt.change(result / now - 1.0)));
            }
            Some(Tip {
                title: axis_name(s.key)(l).to_owned(),
                rows,
            })
        });
        told.unwrap_or_default()
    });
    let on_pick = Callback::new(move |(series, point): (usize, usize)| {
        let output = chosen.output.get_untracked();
        let found = swing_at(point).and_then(|s| {
            let (value, _) = end(&s, series == 1, output)?;
            tornado.with_untracked(|t| t.as_ref()?.scenario(s.key, value))
        });
        if let Some(scenario) = found {
            app.act(|s| *s = scenario);
            app.show(View::Plan);
        }
    });
    let table = Callback::new(move |()| {
        let fmt = app.fmt();
        let l = fmt.locale;
        let output = chosen.output.get();
        let head = [
            input_word,
            now_word,
            low_word,
            low_result,
            high_word,
            high_result,
        ];
        let head = head.map(|t| t(l).to_owned()).to_vec();
        let body = tornado.with(|t| {
            let swings = t.as_ref().map_or_else(Vec::new, |t| t.ranked(output));
            let line = |s: &&Swing| {
                let number = |v: Option<f64>| v.map_or_else(|| texts::unknown(l).to_owned(), plain);
                let (low, high) = (end(s, false, output), end(s, true, output));
                vec![
                    axis_name(s.key)(l).to_owned(),
                    plain(s.now),
                    number(low.map(|e| e.0)),
                    number(low.map(|e| e.1)),
                    number(high.map(|e| e.0)),
                    number(high.map(|e| e.1)),
                ]
            };
            swings.iter().map(line).collect::<Vec<_>>()
        });
        std::iter::once(head).chain(body).collect()
    });
    let state = Memo::new(move |_| {
        let output = chosen.output.get();
        tornado.with(|t| {
            t.as_ref().map(|t| {
                let moving = t.ranked(output).len();
                (
                    t.now.value(output).is_some(),
                    moving,
                    t.swings.len() - moving,
                )
            })
        })
    });
    let has_result = Memo::new(move |_| state.get().map(|(known, _, _)| known));
    // The chart stays while bars arrive, so that its cursor and its open table stay too.
    let has_bars = Memo::new(move |_| state.get().is_some_and(|(_, moving, _)| moving > 0));
    view! {
        <section class="tile-section">
            <div class="section-head">
                <h2>{move || title_of(app.locale.get(), outcomes::name(chosen.output.get())(app.locale.get()))}</h2>
                <span class="quiet">{move || app.say(pick_hint)}</span>
            </div>
            {move || (has_result.get() == Some(false)).then(|| view! { <p class="quiet" role="status">{app.say(no_result)}</p> })}
            {move || has_bars.get().then(|| view! {
                <Chart name="explore-tornado" spec=chart format_x format_y tip on_pick table class="tall" />
                <p class="legend">
                    <span><i class="explore-key lower" aria-hidden="true"></i>{move || app.say(lower)}</span>
                    <span><i class="explore-key higher" aria-hidden="true"></i>{move || app.say(higher)}</span>
                </p>
            })}
            <p class="plain">{move || {
                let fmt = app.fmt();
                state.get().map(|(_, _, idle)| nothing_moves(fmt.locale, &fmt.count(idle as f64)))
            }}</p>
        </section>
    }
    .into_any()
}

crate::texts! {
    title_of(result) = "{result}: what it depends on", "{result}：受哪些参数影响";
    result_title = "Result", "指标";
    step_title = "Each input moves by", "每项参数变动幅度";
    by_share(n) = "± {n} %", "±{n}%";
    lower = "input lower", "参数减小";
    higher = "input higher", "参数增大";
    moved(all) = "{all} inputs moved down and up, each a full evaluation", "已上下变动 {all} 项参数，每次均完整评估";
    pick_hint = "click a bar to open it as the plan", "点击任一条可将其设为当前方案";
    nothing_moves(count) = "{count} further inputs do not move this result. Inputs left to the planner (automatic) have no value to move; whole numbers move by at least one; nothing leaves its limits.", "另有 {count} 项参数不影响该指标。交由规划器自动决定的参数没有可变动的值；整数至少变动 1；所有取值不超出允许范围。";
    no_result = "The plan has no such result: it does not fit, or a price is unknown.", "当前方案没有该指标：放不下，或缺少价格。";
    change_word = "Change", "变化";
    input_word = "Input", "参数";
    now_word = "Now", "当前值";
    low_word = "Lower", "减小后";
    low_result = "Result when lower", "减小后的指标";
    high_word = "Higher", "增大后";
    high_result = "Result when higher", "增大后的指标";
}
