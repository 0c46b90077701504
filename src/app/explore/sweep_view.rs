//! A sweep: what is swept, its progress, the chart; a point opens as the plan.

use leptos::prelude::*;
use token_factory::planner::sweep::Sweep;
use token_factory::scenario::fields as inputs;
use token_factory::scenario::number::{shortest, tidy};

use super::choice::{Chosen, axis, axis_name, usual};
use super::pickers::{InputPicker, OutputPicker, RangeRows};
use super::run::{Progress, Run};
use super::sweep_chart::{self, cell_of, extent, keeps_targets, misses_targets};
use crate::charts::{Chart, Tip};
use crate::outcomes;
use crate::shell::View;
use crate::state::App;
use crate::texts::{self, Locale};

/// The sweep.
#[component]
pub fn SweepView(chosen: Chosen) -> impl IntoView {
    let app = App::here();
    let run = Run::of(move || {
        let plan = app.scenario.get();
        let x = axis(chosen.x.get(), &plan)?;
        let y = match chosen.y.get() {
            Some(range) => Some(axis(range, &plan)?),
            None => None,
        };
        Some(Sweep::new(plan, x, y))
    });
    let sweep = run.shown;
    let has_two = Memo::new(move |_| chosen.y.get().is_some());
    view! {
        <div class="explore-form">
            <div class="explore-part">
                <h2>{move || app.say(result_title)}</h2>
                <OutputPicker chosen />
            </div>
            <div class="explore-part">
                <h2>{move || app.say(first_title)}</h2>
                <InputPicker id="explore-x" label=first_title selected=Signal::derive(move || Some(chosen.x.get().key)) optional=false
                    on_pick=Callback::new(move |key: Option<&'static str>| if let Some(range) = key.and_then(usual) { chosen.x.set(range) }) />
                <RangeRows id="explore-x" range=chosen.x.into() on_change=Callback::new(move |r| chosen.x.set(r)) />
            </div>
            <div class="explore-part">
                <h2>{move || app.say(second_title)}</h2>
                <InputPicker id="explore-y" label=second_title selected=Signal::derive(move || chosen.y.get().map(|r| r.key)) optional=true
                    on_pick=Callback::new(move |key: Option<&'static str>| chosen.y.set(key.and_then(usual))) />
                {move || has_two.get().then(|| {
                    let range = Signal::derive(move || chosen.y.get().unwrap_or_else(|| chosen.x.get()));
                    view! { <RangeRows id="explore-y" range on_change=Callback::new(move |r| chosen.y.set(Some(r))) /> }
                })}
            </div>
        </div>
        <Progress run words=tried_all />
        <SweepChart chosen sweep />
    }
    .into_any()
}

/// The chart with its legend.
#[component]
fn SweepChart(chosen: Chosen, sweep: RwSignal<Option<Sweep>>) -> impl IntoView {
    let app = App::here();
    let chart = Signal::derive(move || {
        let fmt = app.fmt();
        let output = chosen.output.get();
        sweep.with(|s| {
            s.as_ref().map_or_else(Default::default, |s| {
                let now = |key| app.scenario.with(|plan| inputs::number(plan, key));
                sweep_chart::spec(s, output, &now, fmt)
            })
        })
    });
    let format_x = Callback::new(move |v: f64| {
        let key = sweep.with(|s| s.as_ref().map_or("", |s| s.x.key));
        outcomes::number(app.fmt(), key, v)
    });
    let format_y = Callback::new(move |v: f64| outcomes::value(app.fmt(), chosen.output.get(), v));
    let tip = Callback::new(move |(series, point): (usize, usize)| {
        let fmt = app.fmt();
        let output = chosen.output.get_untracked();
        sweep
            .with_untracked(|s| {
                let s = s.as_ref()?;
                let cell = cell_of(s, series, point)?;
                let (column, row) = s.place(cell);
                let input = |axis: &token_factory::planner::sweep::Axis, i: usize| {
                    axis.values.get(i).map(|v| {
                        let name = axis_name(axis.key)(fmt.locale).to_owned();
                        (name, outcomes::number(fmt, axis.key, *v))
                    })
                };
                let across = input(&s.x, column);
                let up = s.y.as_ref().and_then(|y| input(y, row));
                let keeps = s.cells.get(cell)?.as_ref().map(|o| o.meets_targets);
                let told = keeps.map(|k| {
                    let word = if k { yes } else { no };
                    (
                        targets_word(fmt.locale).to_owned(),
                        word(fmt.locale).to_owned(),
                    )
                });
                Some(Tip {
                    title: outcomes::value_or_unknown(fmt, output, s.value(cell, output)),
                    rows: across.into_iter().chain(up).chain(told).collect(),
                })
            })
            .unwrap_or_default()
    });
    let on_pick = Callback::new(move |(series, point): (usize, usize)| {
        let found = sweep.with_untracked(|s| {
            let s = s.as_ref()?;
            s.scenario(cell_of(s, series, point)?)
        });
        if let Some(scenario) = found {
            app.act(|s| *s = scenario);
            app.announce(app.locale.with_untracked(|l| opened(*l).to_owned()));
            app.show(View::Plan);
        }
    });
    let table = Callback::new(move |()| {
        let fmt = app.fmt();
        let l = fmt.locale;
        let output = chosen.output.get();
        sweep.with(|s| {
            let Some(s) = s else { return Vec::new() };
            let mut head = vec![axis_name(s.x.key)(l).to_owned()];
            head.extend(s.y.as_ref().map(|y| axis_name(y.key)(l).to_owned()));
            head.push(outcomes::name(output)(l).to_owned());
            head.push(targets_word(l).to_owned());
            let body = (0..s.cells.len()).map(|i| {
                let (column, row) = s.place(i);
                let number = |axis: &token_factory::planner::sweep::Axis, at: usize| {
                    axis.values.get(at).map_or_else(String::new, |v| plain(*v))
                };
                let mut line = vec![number(&s.x, column)];
                line.extend(s.y.as_ref().map(|y| number(y, row)));
                line.push(
                    s.value(i, output)
                        .map_or_else(|| texts::unknown(l).to_owned(), plain),
                );
                let keeps = s
                    .cells
                    .get(i)
                    .and_then(|c| c.as_ref())
                    .map(|o| o.meets_targets);
                line.push(
                    keeps
                        .map_or("", |k| if k { yes(l) } else { no(l) })
                        .to_owned(),
                );
                line
            });
            std::iter::once(head).chain(body).collect()
        })
    });
    let has_values = Memo::new(move |_| {
        sweep.with(|s| {
            s.as_ref()
                .is_some_and(|s| extent(s, chosen.output.get()).is_some())
        })
    });
    let is_empty =
        move || sweep.with(|s| s.as_ref().is_some_and(Sweep::is_done)) && !has_values.get();
    view! {
        <section class="tile-section">
            <div class="section-head">
                <h2>{move || chart.with(|c| c.title.clone())}</h2>
                <span class="quiet">{move || has_values.get().then(|| app.say(pick_hint))}</span>
            </div>
            {move || is_empty().then(|| view! { <p class="quiet" role="status">{app.say(nothing)}</p> })}
            {move || has_values.get().then(|| view! {
                <Chart name="explore-sweep" spec=chart format_x format_y tip on_pick table class="tall" />
                <Legend chosen sweep />
            })}
        </section>
    }
    .into_any()
}

#[component]
fn Legend(chosen: Chosen, sweep: RwSignal<Option<Sweep>>) -> impl IntoView {
    let app = App::here();
    move || {
        let fmt = app.fmt();
        let output = chosen.output.get();
        let two = sweep.with(|s| s.as_ref().is_some_and(|s| s.y.is_some()));
        let ends = sweep.with(|s| s.as_ref().and_then(|s| extent(s, output)));
        view! {
            <p class="legend">
                {(two && ends.is_some()).then(|| {
                    let (low, high) = ends.unwrap_or_default();
                    view! {
                        <span>{outcomes::value(fmt, output, low)}<i class="explore-ramp" aria-hidden="true"></i>{outcomes::value(fmt, output, high)}</span>
                        <span><i class="explore-key empty" aria-hidden="true"></i>{app.say(no_value)}</span>
                        <span><i class="explore-key plan" aria-hidden="true"></i>{app.say(sweep_chart::the_plan)}</span>
                    }
                })}
                {(!two).then(|| view! { <span><i class="explore-key keeps" aria-hidden="true"></i>{app.say(keeps_targets)}</span> })}
                <span><i class="explore-key misses" aria-hidden="true"></i>{app.say(misses_targets)}</span>
            </p>
        }
    }
}

fn tried_all(l: Locale, all: &str) -> String {
    if all == "1" {
        tried_one(l).to_owned()
    } else {
        tried(l, all)
    }
}

/// A number of a table that is also exported: six digits, no separators.
pub fn plain(v: f64) -> String {
    let unit = 10f64.powi(v.abs().max(1e-9).log10().floor() as i32 - 5);
    shortest(tidy((v / unit).round() * unit))
}

crate::texts! {
    result_title = "Result", "指标";
    first_title = "Input", "参数";
    second_title = "Second input", "第二个参数";
    tried_one = "1 plan evaluated, in full", "已完整评估 1 个方案";
    tried(all) = "{all} plans evaluated, each in full", "已完整评估 {all} 个方案";
    pick_hint = "click a point to open it as the plan", "点击任一点可将其设为当前方案";
    opened = "Opened as the plan. Undo takes it back.", "已设为当前方案，可撤销。";
    targets_word = "Latency targets met", "满足时延目标";
    yes = "yes", "是";
    no = "no", "否";
    no_value = "nothing fits, or not allowed", "放不下或取值不允许";
    nothing = "No plan in this range has this result: nothing fits, or a price is unknown. Widen the range or choose another result.", "该范围内没有方案具备此指标：放不下或缺少价格。请扩大范围或更换指标。";
}
