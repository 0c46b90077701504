//! The frame around the views: top bar, tabs, input rail or sheet, dialogs, footer.

mod footer;
mod keys;
mod link_notices;
pub mod pieces;
mod share;
mod summary;
mod top_bar;
mod views;

use leptos::prelude::*;

pub use views::View;

use crate::inputs::InputRail;
use crate::state::App;

/// The whole page.
#[component]
pub fn Shell() -> impl IntoView {
    let app = App::provide();
    crate::evidence::provide();
    crate::live::provide();
    let keys_dialog = NodeRef::new();
    keys::listen(app, keys_dialog);
    view! {
        <a class="skip-link" href="#main" on:click=move |e| {
            // A fragment of our own would be taken for a scenario.
            e.prevent_default();
            crate::platform::focus_id("main");
        }>{move || app.say(skip_link)}</a>
        <top_bar::TopBar keys_dialog />
        <div class="frame" class:has-rail=move || app.has_inputs()>
            {move || app.has_inputs().then(|| view! { <InputRail /> })}
            <main id="main" tabindex="-1">
                <link_notices::LinkNotices />
                {move || (!app.is_quote()).then(|| view! { <crate::evidence::LocalMark /> })}
                {move || if app.is_quote() { View::Price } else { app.view.get() }.render()}
                <footer::Footer keys_dialog />
            </main>
        </div>
        {move || app.has_inputs().then(|| view! { <summary::SummaryBar /> })}
        <div class="visually-hidden" role="status" aria-live="polite">{move || app.announcement.get()}</div>
        <keys::KeysDialog node=keys_dialog />
    }
}

crate::texts! {
    skip_link = "Skip to the results", "跳到结果";
}
