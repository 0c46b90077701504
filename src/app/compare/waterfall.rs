//! What moved a result from the baseline to another scenario, input by input.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Point, Scale, Series};
use token_factory::planner::outputs::Output;
use token_factory::planner::sweep::{Attribution, Step};

use super::sides::{self, Sides};
use super::table::{currency, fmt_of};
use crate::charts::{Chart, Tip};
use crate::controls::Select;
use crate::format::Fmt;
use crate::slices::Slices;
use crate::state::App;
use crate::{fields, outcomes, texts};

/// Results that can be taken apart here.
const OFFERED: [Output; 6] = [
    Output::CostOutput,
    Output::CostBlended,
    Output::OutputRate,
    Output::PerCard,
    Output::Tpot,
    Output::Energy,
];

/// A bar: its name, from, to.
#[derive(Clone, Debug, PartialEq)]
struct Bar {
    name: String,
    from: f64,
    to: f64,
    total: bool,
}

/// What there is to show.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Working,
    NothingMoved,
    NoStart,
    /// Bars; more than a few need a taller chart.
    Bars(bool),
}

/// As many bars fit into a chart of the usual height.
const FEW: usize = 5;

/// The bars from the baseline to the other scenario; a step after which nothing fits has none.
fn bars(a: &Attribution, fmt: Fmt, first: &str, last: &str) -> Vec<Bar> {
    let Some(start) = a.start else {
        return Vec::new();
    };
    let mut out = vec![Bar {
        name: first.to_owned(),
        from: 0.0,
        to: start,
        total: true,
    }];
    let mut at = start;
    for step in &a.steps {
        if let Some(value) = step.value {
            if value != at {
                out.push(Bar {
                    name: fields::label(step.key)(fmt.locale).to_owned(),
                    from: at,
                    to: value,
                    total: false,
                });
            }
            at = value;
        }
    }
    out.push(Bar {
        name: last.to_owned(),
        from: 0.0,
        to: at,
        total: true,
    });
    out
}

fn spec(bars: &[Bar], output: Output, fmt: Fmt, title: String) -> ChartSpec {
    let count = bars.len();
    let place = |i: usize| (count - 1 - i) as f64;
    let better = |b: &Bar| match output.more_is_better() {
        Some(more) => more == (b.to > b.from),
        None => true,
    };
    let pick = |name: String, token: Token, wanted: &dyn Fn(&Bar) -> bool| Series {
        name,
        token,
        mark: Mark::LyingBars(0.6),
        points: bars
            .iter()
            .enumerate()
            .map(|(i, b)| Point {
                low: b.from,
                ..Point::new(if wanted(b) { b.to } else { f64::NAN }, place(i))
            })
            .collect(),
        answers: true,
    };
    ChartSpec {
        title,
        x: Axis {
            title: outcomes::axis_title(output, fmt.locale),
            zero: true,
            ..Axis::default()
        },
        y: Axis {
            scale: Scale::Names,
            names: bars.iter().rev().map(|b| b.name.clone()).collect(),
            ..Axis::default()
        },
        series: vec![
            pick(whole(fmt.locale).to_owned(), Token::Overhead, &|b| b.total),
            pick(improves(fmt.locale).to_owned(), Token::Good, &|b| {
                !b.total && better(b)
            }),
            pick(worsens(fmt.locale).to_owned(), Token::Bad, &|b| {
                !b.total && !better(b)
            }),
        ],
        ..ChartSpec::default()
    }
}

/// The waterfall, worked out between frames.
#[component]
pub fn Waterfall(sides: Sides) -> impl IntoView {
    let app = App::here();
    let work = Slices::new();
    let output = RwSignal::new(Output::CostOutput);
    let wanted = RwSignal::new(1_usize);
    let result = RwSignal::new(None::<Attribution>);
    let ready = RwSignal::new(false);
    // The other scenario: the one chosen, or the first that is not the baseline.
    let other = Memo::new(move |_| {
        let (count, base, want) = (sides.all.with(Vec::len), sides.base.get(), wanted.get());
        let mut others = (0..count).filter(|i| *i != base);
        let first = others.clone().next();
        others.find(|i| *i == want).or(first)
    });
    Effect::new(move |_| {
        let (base, output) = (sides.base.get(), output.get());
        let pair = other.get().and_then(|i| {
            sides.all.with(|all| {
                let from = all.get(base)?.scenario.clone();
                Some((from, all.get(i)?.scenario.clone(), currency(all, base)))
            })
        });
        ready.set(false);
        let Some((from, to, money)) = pair else {
            work.stop();
            result.set(None);
            return;
        };
        let mut begun: Option<Attribution> = None;
        // A slider being dragged is waited for.
        work.run(120, move || {
            let catalogue = Catalogue::embedded();
            let Some(attribution) = &mut begun else {
                begun = Some(Attribution::new(
                    from.clone(),
                    to.clone(),
                    output,
                    money,
                    catalogue,
                ));
                return true;
            };
            if attribution.advance(catalogue) {
                return true;
            }
            result.set(begun.take());
            ready.set(true);
            false
        });
    });
    let names = move || {
        let fmt = fmt_of(app, sides);
        let (base, other) = (sides.base.get(), other.get());
        sides.all.with(|all| {
            let name = |i: usize| {
                all.get(i)
                    .map_or_else(String::new, |s| sides::name(i, s, fmt))
            };
            (name(base), other.map_or_else(String::new, name))
        })
    };
    let shown = Memo::new(move |_| {
        let fmt = fmt_of(app, sides);
        let (first, last) = names();
        result.with(|r| {
            r.as_ref()
                .map_or_else(Vec::new, |a| bars(a, fmt, &first, &last))
        })
    });
    let chart = Signal::derive(move || {
        let fmt = fmt_of(app, sides);
        shown.with(|bars| spec(bars, output.get(), fmt, app.say(title).to_owned()))
    });
    let format_x =
        Callback::new(move |v: f64| outcomes::value(fmt_of(app, sides), output.get(), v));
    let format_y = Callback::new(move |v: f64| app.fmt().number(v));
    let tip = Callback::new(move |(_, point): (usize, usize)| {
        let fmt = fmt_of(app, sides);
        let output = output.get_untracked();
        shown.with_untracked(|bars| {
            bars.get(point).map_or_else(Tip::default, |b| Tip {
                title: b.name.clone(),
                rows: if b.total {
                    vec![(
                        outcomes::name(output)(fmt.locale).to_owned(),
                        outcomes::value(fmt, output, b.to),
                    )]
                } else {
                    vec![
                        (
                            before(fmt.locale).to_owned(),
                            outcomes::value(fmt, output, b.from),
                        ),
                        (
                            after(fmt.locale).to_owned(),
                            outcomes::value(fmt, output, b.to),
                        ),
                        (
                            change_word(fmt.locale).to_owned(),
                            fmt.change(b.to / b.from - 1.0),
                        ),
                    ]
                },
            })
        })
    });
    let table = Callback::new(move |()| {
        let fmt = fmt_of(app, sides);
        let head = [input_word, change_from, change_to, after];
        let head = head.map(|t| t(fmt.locale).to_owned()).to_vec();
        let body = result.with(|r| {
            let steps = r.as_ref().map_or_else(Vec::new, |a| a.steps.clone());
            steps.iter().map(|s| step_row(s, fmt)).collect::<Vec<_>>()
        });
        std::iter::once(head).chain(body).collect()
    });
    let others = Signal::derive(move || {
        let fmt = fmt_of(app, sides);
        let base = sides.base.get();
        sides.all.with(|all| {
            all.iter()
                .enumerate()
                .filter(|(i, _)| *i != base)
                .map(|(i, s)| (i.to_string(), sides::name(i, s, fmt)))
                .collect()
        })
    });
    let outputs = Signal::derive(move || {
        let locale = app.locale.get();
        OFFERED
            .map(|o| (o.key().to_owned(), outcomes::name(o)(locale).to_owned()))
            .to_vec()
    });
    // The chart stays while its numbers change, so that an open table stays open.
    let stage = Memo::new(move |_| {
        let known = result.with(|r| r.as_ref().map(|a| a.start.is_some()));
        match known {
            None => Stage::Working,
            Some(_) if shown.with(|bars| bars.len() > 2) => {
                Stage::Bars(shown.with(|bars| bars.len() > FEW))
            }
            Some(true) if ready.get() => Stage::NothingMoved,
            Some(true) => Stage::Working,
            Some(false) => Stage::NoStart,
        }
    });
    let silent = move || {
        let fmt = fmt_of(app, sides);
        result.with(|r| {
            let a = r.as_ref()?;
            let dead: Vec<&str> = a
                .steps
                .iter()
                .filter(|s| s.value.is_none())
                .map(|s| fields::label(s.key)(fmt.locale))
                .collect();
            (!dead.is_empty()).then(|| unknown_after(fmt.locale, &dead.join(" · ")))
        })
    };
    view! {
        <section class="tile-section">
            <div class="section-head"><h2>{move || app.say(title)}</h2></div>
            <div class="compare-choice">
                <Select label=Signal::derive(move || app.say(result_word).to_owned()) choices=outputs
                    value=Signal::derive(move || output.get().key().to_owned())
                    on_change=Callback::new(move |key: String| output.set(Output::of_key(&key).unwrap_or_default())) />
                <Select label=Signal::derive(move || app.say(towards).to_owned()) choices=others
                    value=Signal::derive(move || other.get().map_or_else(String::new, |i| i.to_string()))
                    on_change=Callback::new(move |key: String| wanted.set(key.parse().unwrap_or(1))) />
            </div>
            {move || match stage.get() {
                Stage::Working => view! { <p class="quiet" role="status">{app.say(working)}</p> }.into_any(),
                Stage::NothingMoved => view! { <p class="quiet" role="status">{app.say(nothing_moved)}</p> }.into_any(),
                Stage::NoStart => view! { <p class="quiet" role="status">{app.say(no_start)}</p> }.into_any(),
                Stage::Bars(tall) => view! { <Chart name="compare-waterfall" spec=chart format_x format_y tip table class=if tall { "tall" } else { "" } /> }.into_any(),
            }}
            {move || silent().map(|text| view! { <p class="plain warn">{text}</p> })}
            <p class="plain">{move || app.say(how)}</p>
        </section>
    }
    .into_any()
}

fn step_row(step: &Step, fmt: Fmt) -> Vec<String> {
    vec![
        fields::label(step.key)(fmt.locale).to_owned(),
        outcomes::input(fmt, step.key, &step.from),
        outcomes::input(fmt, step.key, &step.to),
        step.value
            .map_or_else(|| texts::unknown(fmt.locale).to_owned(), |v| v.to_string()),
    ]
}

crate::texts! {
    title = "What moved it", "差异由何而来";
    result_word = "Result", "指标";
    towards = "Compared scenario", "对比方案";
    whole = "whole scenario", "整体方案";
    improves = "improves", "改善";
    worsens = "worsens", "变差";
    before = "Before", "之前";
    after = "After", "之后";
    change_word = "Change", "变化";
    input_word = "Input", "参数";
    change_from = "From", "原值";
    change_to = "To", "新值";
    working = "Changing one input after another…", "正在逐项改变参数……";
    nothing_moved = "No input that differs moves this result.", "不同的参数均未影响该指标。";
    no_start = "The baseline has no such result: it does not fit, or a price is unknown.", "基准方案没有该指标：放不下，或缺少价格。";
    unknown_after(inputs) = "Nothing fits, or the result is unknown, right after changing: {inputs}. The next bar holds that part too.", "改变以下参数后暂时放不下或结果未知：{inputs}。其影响并入下一根柱。";
    how = "Inputs are changed one at a time in the order of the link (cluster, model, workload, targets, layout, money), each on top of those before, each a full evaluation. Another order would share the difference out differently; the sum stays the same.", "按链接中的顺序（集群、模型、负载、目标、部署、费用）逐项累加改变，每一步都完整重算。顺序不同，各项分摊会不同，总和不变。";
}
