//! Layout: serving mode, parallel degrees, batch. Searched unless given.

use leptos::prelude::*;
use token_factory::scenario::limits::DEGREE;
use token_factory::scenario::{Degrees, ModeChoice};

use super::summary;
use crate::controls::{Change, Group, NumberField, NumberRow, Row, WordsRow};
use crate::fields;
use crate::state::App;

const KEYS: &[&str] = &["mode", "dec", "pre", "batch", "pshare", "engine"];

/// The group.
#[component]
pub fn Layout() -> impl IntoView {
    let app = App::here();
    let summary = summary(app, KEYS, move || app.say(searched).to_owned());
    let split = move || {
        app.scenario
            .with(|s| s.layout.mode != ModeChoice::Aggregated)
    };
    view! {
        <Group id="group-layout" title=Signal::derive(move || app.say(layout).to_owned()) summary>
            <WordsRow key="mode" />
            <DegreesEditor key="dec" get=|s| s.layout.decode set=|s, d| s.layout.decode = d />
            {move || split().then(|| view! { <DegreesEditor key="pre" get=|s| s.layout.prefill set=|s, d| s.layout.prefill = d /> })}
            <NumberRow key="batch" />
            {move || split().then(|| view! { <NumberRow key="pshare" /> })}
        </Group>
    }
    .into_any()
}

type Scenario = token_factory::scenario::Scenario;

/// A part of [`Degrees`]: its name, how to read and to write it.
type Part = (&'static str, fn(&Degrees) -> u32, fn(&mut Degrees, u32));

const PARTS: [Part; 4] = [
    ("TP", |d| d.tp, |d, n| d.tp = n),
    ("PP", |d| d.pp, |d, n| d.pp = n),
    ("DP", |d| d.dp, |d, n| d.dp = n),
    ("EP", |d| d.ep, |d, n| d.ep = n),
];

/// Degrees of an instance: searched, or four numbers.
#[component]
fn DegreesEditor(
    key: &'static str,
    get: fn(&Scenario) -> Option<Degrees>,
    set: fn(&mut Scenario, Option<Degrees>),
) -> impl IntoView {
    let app = App::here();
    let degrees = Memo::new(move |_| app.scenario.with(get));
    let label = Signal::derive(move || app.say(fields::label(key)).to_owned());
    let fixed = Memo::new(move |_| degrees.get().is_some());
    let toggle = move |e: leptos::ev::Event| {
        let on = event_target_checked(&e);
        // What the search found is where a hand would begin.
        let found = app.evaluation.with_untracked(|e| {
            let groups = e
                .deployment
                .as_ref()
                .map(|d| d.instances.as_slice())
                .unwrap_or_default();
            let group = if key == "pre" {
                groups.first()
            } else {
                groups.last()
            };
            group.map(|g| g.degrees)
        });
        let start = found.unwrap_or(Degrees {
            tp: 1,
            pp: 1,
            dp: 1,
            ep: 1,
        });
        app.edit(key, |s| set(s, on.then_some(start)));
        app.commit();
    };
    let part = move |(name, read, write): Part| {
        let on_change = Callback::new(move |change| {
            let value = match change {
                Change::Moving(v) => Some(v),
                Change::Chosen(v) => v,
            };
            if let (Some(v), Some(mut d)) = (value, degrees.get_untracked()) {
                write(&mut d, DEGREE.clamp(v) as u32);
                app.edit(key, |s| set(s, Some(d)));
            }
            if matches!(change, Change::Chosen(_)) {
                app.commit();
            }
        });
        let label = Signal::derive(move || {
            let mut text = label.get();
            text.push(' ');
            text.push_str(name);
            text
        });
        view! {
            <Row label=Signal::derive(move || name.to_owned()) split=true>
                <NumberField id=["in", key, name].join("-") label value=Signal::derive(move || degrees.get().map(|d| f64::from(read(&d)))) number=DEGREE on_change />
            </Row>
        }
    };
    view! {
        <Row label changed=app.is_changed(key) help=fields::help(key)>
            <label class="check">
                <input type="checkbox" prop:checked=move || fixed.get() on:change=toggle />
                <span>{move || app.say(by_hand)}</span>
            </label>
        </Row>
        {move || fixed.get().then(|| PARTS.map(part).collect_view())}
    }
    .into_any()
}

crate::texts! {
    layout = "Layout", "部署";
    searched = "searched", "自动搜索";
    by_hand = "Set by hand", "手动指定";
}
