//! Rows bound to an input of the scenario by its key: value, range, default and reset come from the
//! library's table of inputs, the name from [`crate::fields`].

use leptos::prelude::*;
use token_factory::scenario::fields as inputs;
use token_factory::scenario::limits::{Rule, field_of, number_of};

use super::number::{Change, NumberField, Shown};
use super::segmented::{Segmented, Select};
use super::{Choice, Row};
use crate::fields;
use crate::state::App;

/// A number of the scenario with slider and field.
#[component]
pub fn NumberRow(
    /// Its key.
    key: &'static str,
    /// Another name than the usual one.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
    /// What automatic stands for.
    #[prop(optional, into)]
    automatic: Signal<Option<f64>>,
    /// How it is shown.
    #[prop(optional, into)]
    shown: Option<Shown>,
    /// Text after the value, instead of the unit.
    #[prop(optional, into)]
    suffix: Option<Signal<String>>,
    /// A further reason to refuse a value.
    #[prop(optional)]
    refuse: Option<Callback<f64, Option<String>>>,
) -> impl IntoView {
    let app = App::here();
    let Some(number) = number_of(key) else {
        return ().into_any();
    };
    let label =
        label.unwrap_or_else(|| Signal::derive(move || app.say(fields::label(key)).to_owned()));
    let value = Memo::new(move |_| app.scenario.with(|s| inputs::number(s, key)));
    let changed = app.is_changed(key);
    let on_change = Callback::new(move |change| match change {
        Change::Moving(v) => app.set_number(key, Some(v)),
        Change::Chosen(v) => {
            app.set_number(key, v);
            app.commit();
        }
    });
    let on_reset = Callback::new(move |()| app.reset(key));
    let mut id = String::from("in-");
    id.push_str(key);
    view! {
        <Row label changed split=true help=fields::help(key)>
            <NumberField id label value=value.into() automatic number shown suffix changed on_reset=Some(on_reset) refuse on_change />
        </Row>
    }
    .into_any()
}

/// One of a few words: segmented, or a list where there are more than `LIST_FROM`.
#[component]
pub fn WordsRow(
    /// Its key.
    key: &'static str,
    /// Another name than the usual one.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
) -> impl IntoView {
    const LIST_FROM: usize = 4;
    let app = App::here();
    let label =
        label.unwrap_or_else(|| Signal::derive(move || app.say(fields::label(key)).to_owned()));
    let value = Signal::derive(move || {
        app.scenario
            .with(|s| inputs::text(s, key))
            .unwrap_or_default()
    });
    let choices: &'static [Choice] = fields::choices(key);
    let changed = app.is_changed(key);
    let control = if choices.len() < LIST_FROM {
        view! { <Segmented label choices value on_change=Callback::new(move |word: &'static str| app.set_text(key, word)) /> }.into_any()
    } else {
        let list = Signal::derive(move || {
            choices
                .iter()
                .map(|&(word, text)| (word.to_owned(), app.say(text).to_owned()))
                .collect()
        });
        view! { <Select label choices=list value on_change=Callback::new(move |word: String| app.set_text(key, &word)) /> }.into_any()
    };
    view! { <Row label changed help=fields::help(key)>{control}</Row> }
}

/// Yes or no.
#[component]
pub fn FlagRow(
    /// Its key.
    key: &'static str,
) -> impl IntoView {
    let app = App::here();
    let is_flag = matches!(field_of(key).map(|f| f.rule), Some(Rule::Flag));
    let on = move || {
        app.scenario
            .with(|s| inputs::text(s, key))
            .is_some_and(|t| t == "1")
    };
    is_flag.then(|| view! {
        <label class="check">
            <input type="checkbox" prop:checked=on on:change=move |e| app.set_text(key, if event_target_checked(&e) { "1" } else { "0" }) />
            <span>{move || app.say(fields::label(key))}</span>
        </label>
    })
}
