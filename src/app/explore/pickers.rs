//! Pickers of inputs and results, with search.

use leptos::prelude::*;
use token_factory::planner::outputs::Output;
use token_factory::scenario::fields as inputs;
use token_factory::scenario::limits::{field_of, number_of};

use super::choice::{Chosen, Range, STEPS, axis_name, sweepable};
use crate::controls::{Change, Entry, NumberField, Picker, Row, Select};
use crate::outcomes;
use crate::state::App;
use crate::texts::Text;

/// The group of the rail that an input stands in.
fn group(key: &str) -> Text {
    let path = field_of(key).map_or("", |f| f.path);
    let part = path.split(['.', '[']).next().unwrap_or_default();
    match part {
        "pools" => group_cluster,
        "workload" => group_workload,
        "targets" => group_targets,
        "layout" => group_layout,
        "money" => group_money,
        _ => group_calibration,
    }
}

/// The entry of no second input.
const NONE: &str = "none";

/// Picks an input. `optional`: none is a choice.
#[component]
pub fn InputPicker(
    id: &'static str,
    label: Text,
    selected: Signal<Option<&'static str>>,
    optional: bool,
    on_pick: Callback<Option<&'static str>>,
) -> impl IntoView {
    let app = App::here();
    let value_now = move |key: &'static str| {
        let now = app
            .scenario
            .with(|s| inputs::text(s, key))
            .unwrap_or_default();
        now_is(app.locale.get(), &outcomes::input(app.fmt(), key, &now))
    };
    let entries = Signal::derive(move || {
        let locale = app.locale.get();
        let none = optional.then(|| Entry {
            id: NONE.to_owned(),
            group: String::new(),
            name: app.say(no_second).to_owned(),
            facts: String::new(),
        });
        let all = sweepable().map(|key| Entry {
            id: key.to_owned(),
            group: group(key)(locale).to_owned(),
            name: axis_name(key)(locale).to_owned(),
            facts: value_now(key),
        });
        none.into_iter().chain(all).collect::<Vec<_>>()
    });
    let name = Signal::derive(move || {
        let locale = app.locale.get();
        selected.get().map_or_else(
            || app.say(no_second).to_owned(),
            |key| axis_name(key)(locale).to_owned(),
        )
    });
    let facts = Signal::derive(move || selected.get().map_or_else(String::new, value_now));
    let picked = Callback::new(move |key: String| on_pick.run(sweepable().find(|k| *k == key)));
    view! {
        <Picker id label=Signal::derive(move || app.say(label).to_owned()) entries
            selected=Signal::derive(move || selected.get().unwrap_or(NONE).to_owned()) name facts on_pick=picked />
    }
}

/// Picks a result.
#[component]
pub fn OutputPicker(chosen: Chosen) -> impl IntoView {
    let app = App::here();
    let value_now = move |output: Output| {
        let fmt = app.fmt();
        let v = app.evaluation.with(|e| output.value(e, fmt.currency));
        now_is(fmt.locale, &outcomes::value_or_unknown(fmt, output, v))
    };
    let entries = Signal::derive(move || {
        let locale = app.locale.get();
        Output::ALL
            .map(|o| Entry {
                id: o.key().to_owned(),
                group: String::new(),
                name: outcomes::name(o)(locale).to_owned(),
                facts: value_now(o),
            })
            .to_vec()
    });
    let picked = Callback::new(move |key: String| {
        chosen.output.set(Output::of_key(&key).unwrap_or_default());
    });
    view! {
        <Picker id="explore-output" label=Signal::derive(move || app.say(result).to_owned()) entries
            selected=Signal::derive(move || chosen.output.get().key().to_owned())
            name=Signal::derive(move || outcomes::name(chosen.output.get())(app.locale.get()).to_owned())
            facts=Signal::derive(move || value_now(chosen.output.get())) on_pick=picked />
    }
}

/// From, to and number of values of an input.
#[component]
pub fn RangeRows(
    /// Makes ids unique.
    id: &'static str,
    range: Signal<Range>,
    on_change: Callback<Range>,
) -> impl IntoView {
    let app = App::here();
    let key = Memo::new(move |_| range.get().key);
    let row =
        move |which: &'static str, label: Text, get: fn(Range) -> f64, set: fn(&mut Range, f64)| {
            move || {
                let mut number = number_of(key.get())?;
                // An end of a range is never open.
                number.optional = false;
                let label = Signal::derive(move || app.say(label).to_owned());
                let value = Signal::derive(move || Some(get(range.get())));
                let change = Callback::new(move |change| {
                    if let Change::Moving(v) | Change::Chosen(Some(v)) = change {
                        let mut next = range.get_untracked();
                        set(&mut next, v);
                        on_change.run(next);
                    }
                });
                let field = [id, which].join("-");
                Some(view! {
                    <Row label split=true>
                        <NumberField id=field label value number on_change=change />
                    </Row>
                })
            }
        };
    let steps = Signal::derive(move || {
        let locale = app.locale.get();
        STEPS
            .map(|n| (n.to_string(), values(locale, &n.to_string())))
            .to_vec()
    });
    view! {
        {row("from", from, |r| r.from, |r, v| r.from = v)}
        {row("to", to, |r| r.to, |r, v| r.to = v)}
        <Select label=Signal::derive(move || app.say(how_many).to_owned()) choices=steps
            value=Signal::derive(move || range.get().steps.to_string())
            on_change=Callback::new(move |n: String| {
                let mut next = range.get_untracked();
                next.steps = n.parse().unwrap_or(13);
                on_change.run(next);
            }) />
        {move || range.with(|r| r.from >= r.to).then(|| {
            let fmt = app.fmt();
            let r = range.get();
            let value = |v| outcomes::number(fmt, r.key, v);
            view! { <p class="field-error" role="alert">{no_extent(fmt.locale, &value(r.from), &value(r.to))}</p> }
        })}
    }
}

crate::texts! {
    group_cluster = "Cluster", "集群";
    group_workload = "Workload", "负载";
    group_targets = "Targets", "目标";
    group_layout = "Layout", "部署";
    group_money = "Money", "费用";
    group_calibration = "Own calibration", "自有标定";
    no_second = "No second input", "不选第二个参数";
    now_is(value) = "now {value}", "当前 {value}";
    result = "Result", "指标";
    from = "From", "从";
    to = "To", "到";
    no_extent(from, to) = "“From” ({from}) must be below “To” ({to}); nothing is evaluated until it is.", "“从”（{from}）须小于“到”（{to}），否则不会评估。";
    how_many = "Number of values", "取值个数";
    values(n) = "{n} values", "{n} 个取值";
}
