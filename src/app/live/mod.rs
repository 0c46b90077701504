//! The Live view: the factory as its metrics show it, and the plan held against it.

mod actual;
mod attention;
mod bar;
mod chart;
mod connect;
mod floor;
mod poll;
mod store;
mod tiles;
mod words;

use leptos::prelude::*;

use crate::state::App;
use crate::texts;
use store::Live;
pub use store::provide;

/// The view.
#[component]
pub fn LiveView() -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    live.start();
    on_cleanup(move || live.rest());
    view! {
        <div class="live">
            <h1 class="visually-hidden">{move || app.say(texts::view_live)}</h1>
            <bar::Bar />
            <bar::Trouble />
            <div class="columns live-top">
                <div class="c9"><floor::Floor /></div>
                <div class="c3 live-side"><attention::Attention /></div>
            </div>
            <tiles::Tiles />
            <div class="plan-section columns">
                <div class="c7"><chart::Output /></div>
                <div class="c5"><actual::Actual /></div>
            </div>
        </div>
    }
    .into_any()
}
