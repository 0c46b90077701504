//! A labelled row of the rail: name, control, explanation, mark of change.

use leptos::prelude::*;

use super::Term;
use crate::state::App;
use crate::texts::Text;

/// One row. The control inside carries its own accessible name.
#[component]
pub fn Row(
    /// Visible name.
    #[prop(into)]
    label: Signal<String>,
    /// Differs from the default.
    #[prop(optional, into)]
    changed: Signal<bool>,
    /// What the name means.
    #[prop(optional_no_strip)]
    help: Option<Text>,
    /// Control in two columns (slider and field) or over both.
    #[prop(optional)]
    split: bool,
    /// The control.
    children: Children,
) -> impl IntoView {
    let app = App::here();
    view! {
        <div class="row" class:split=split class:changed=move || changed.get()>
            <span class="row-label">
                {match help {
                    Some(help) => view! { <Term text=label help=Signal::derive(move || app.say(help).to_owned()) /> }.into_any(),
                    None => view! { <span>{move || label.get()}</span> }.into_any(),
                }}
                {move || changed.get().then(|| view! { <span class="visually-hidden">{app.say(changed_word)}</span> })}
            </span>
            {children()}
        </div>
    }
}

crate::texts! {
    changed_word = "(changed)", "（已修改）";
}
