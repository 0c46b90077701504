//! The input rail: cluster, model, workload, targets, layout, money.
//!
//! Beside the results on wide screens, a sheet below 1,100 px.

mod cluster;
mod dimension_words;
mod dimensions;
mod import;
mod layout;
mod model;
mod money;
mod presets;
mod targets;
mod workload;

use leptos::prelude::*;

pub use dimensions::DimensionsBody;
pub use import::ImportBody;

use crate::controls::{HistoryButtons, Icon, IconView};
use crate::state::App;
use crate::texts;

/// The input rail.
#[component]
pub fn InputRail() -> impl IntoView {
    let app = App::here();
    let close = move |_| app.sheet_open.set(false);
    view! {
        {move || app.sheet_open.get().then(|| view! { <button class="scrim" tabindex="-1" aria-label=app.say(texts::close) on:click=close></button> })}
        <aside id="inputs" class="rail" class:open=move || app.sheet_open.get() aria-label=move || app.say(texts::inputs)>
            <div class="sheet-head">
                <b>{move || app.say(texts::inputs)}</b>
                <HistoryButtons />
                <button class="btn icon" aria-label=move || app.say(texts::close) on:click=close><IconView icon=Icon::Close /></button>
            </div>
            <cluster::Cluster />
            <model::Model />
            <workload::Workload />
            <targets::Targets />
            <layout::Layout />
            <money::Money />
        </aside>
    }
    .into_any()
}

/// "2 changes", where inputs of a group differ from the preset; otherwise what `otherwise` says.
fn summary(
    app: App,
    keys: &'static [&'static str],
    otherwise: impl Fn() -> String + Send + Sync + 'static,
) -> Signal<String> {
    Signal::derive(move || {
        let count = app
            .changes
            .with(|all| all.iter().filter(|k| keys.contains(k)).count());
        let locale = app.locale.get();
        match count {
            0 => otherwise(),
            1 => app.say(one_change).to_owned(),
            n => changes(locale, &n.to_string()),
        }
    })
}

crate::texts! {
    one_change = "1 change", "1 处修改";
    changes(count) = "{count} changes", "{count} 处修改";
}
