//! The Plan view: what the scenario comes to.

use leptos::prelude::*;

use crate::state::App;

/// Results of the scenario, beside the input rail.
#[component]
pub fn Plan() -> impl IntoView {
    let app = App::here();
    view! { <h1 class="visually-hidden">{move || app.say(crate::texts::results)}</h1> }
}
