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
use crate::{texts, trains};
use store::Live;
pub use store::provide;

/// The view.
#[component]
pub fn LiveView() -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    on_cleanup(move || live.rest());
    let trains = trains::trains(app);
    // A factory that is made up serves; with a plan that trains it would be made up of nothing.
    let shown = Memo::new(move |_| !(trains.get() && live.is_simulated()));
    // Before anything is drawn, as what is drawn asks the factory; later when the task or the source changes.
    if shown.get_untracked() {
        live.start();
    }
    Effect::new(move |before: Option<bool>| {
        let now = shown.get();
        match (before, now) {
            (Some(false), true) => live.start(),
            (Some(true), false) => live.rest(),
            _ => {}
        }
        now
    });
    view! {
        <div class="live">
            <h1 class="visually-hidden">{move || app.say(texts::view_live)}</h1>
            <bar::Bar />
            <bar::Trouble />
            {move || trains.get().then(|| trains::instead(app, not_served))}
            {move || shown.get().then(|| whole(trains))}
        </div>
    }
    .into_any()
}

fn whole(trains: Memo<bool>) -> AnyView {
    view! {
            <div class="columns live-top">
                <div class="c9"><floor::Floor /></div>
                <div class="c3 live-side"><attention::Attention /></div>
            </div>
            <tiles::Tiles />
            <div class="plan-section columns">
                <div class="c7"><chart::Output /></div>
                <div class="c5">{move || (!trains.get()).then(|| view! { <actual::Actual /> })}</div>
            </div>
    }
    .into_any()
}

crate::texts! {
    not_served = "Live shows a factory that serves, and holds the plan against it. A plan that trains has nothing to hold against it.", "“实况”显示推理服务工厂并与规划对比；训练规划没有可对比的数据。";
}
