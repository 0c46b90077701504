//! One of a few: radio buttons drawn as a segmented control, or a native select for more.

use leptos::prelude::*;

use super::popover::fresh_id;
use crate::state::App;
use crate::texts::Text;

/// A choice: its value and its name.
pub type Choice = (&'static str, Text);

/// One of a few, side by side.
#[component]
pub fn Segmented(
    /// Name for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// The choices.
    choices: &'static [Choice],
    /// The chosen value.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the value chosen.
    on_change: Callback<&'static str>,
) -> impl IntoView {
    let app = App::here();
    let group = fresh_id("segmented");
    view! {
        <fieldset class="segmented">
            <legend class="visually-hidden">{move || label.get()}</legend>
            {choices.iter().map(|&(key, text)| view! {
                <label>
                    <input type="radio" name=group.clone() prop:checked=move || value.with(|v| v == key) on:change=move |_| on_change.run(key) />
                    <span>{move || app.say(text)}</span>
                </label>
            }).collect_view()}
        </fieldset>
    }
}

/// One of several, as the platform's own list.
#[component]
pub fn Select(
    /// Name for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// The choices, in the reader's language.
    #[prop(into)]
    choices: Signal<Vec<(String, String)>>,
    /// The chosen value.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the value chosen.
    on_change: Callback<String>,
) -> impl IntoView {
    view! {
        <select class="select" aria-label=move || label.get() on:change=move |e| on_change.run(event_target_value(&e))>
            {move || choices.get().into_iter().map(|(key, text)| {
                let this = key.clone();
                view! { <option value=key selected=move || value.with(|v| *v == this)>{text}</option> }
            }).collect_view()}
        </select>
    }
}
