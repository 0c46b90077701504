//! The input rail: cluster, model, workload, targets, layout, money.

use leptos::prelude::*;

use crate::state::App;
use crate::texts;

/// The input rail (a sheet on phones).
#[component]
pub fn InputRail() -> impl IntoView {
    let app = App::here();
    view! {
        <aside class="rail" aria-label=move || app.say(texts::inputs)></aside>
    }
}
