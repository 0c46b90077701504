//! The training task: days, rate, utilisation, energy, cost.

use leptos::prelude::*;

use super::figures::Headline;
use super::why::why;
use crate::controls::{Mark, Origin, Popover, why_panel};
use crate::state::App;
use crate::texts::{self, Text};

/// The figures of a training run.
#[component]
pub fn TrainingResult() -> impl IntoView {
    let app = App::here();
    let there = Memo::new(move |_| app.evaluation.with(|e| e.training.is_some()));
    let unknown = move || app.say(texts::unknown).to_owned();
    let with = move |f: &dyn Fn(&token_factory::evaluation::Training) -> Option<String>| {
        app.evaluation
            .with(|e| e.training.as_ref().and_then(f))
            .unwrap_or_else(unknown)
    };
    let fmt = move || app.fmt();
    view! {
        {move || there.get().then(|| view! {
            <section class="plan-section figures" aria-label=app.say(texts::results)>
                <div class="figure" data-figure="days">
                    <h2 class="figure-name"><Mark origin=Origin::Calculated />
                        <Popover class="term" button=move || app.say(days) label=Signal::derive(move || app.say(days).to_owned())
                            content=move || why_panel(app, why(app, Headline::TrainingDays)) /></h2>
                    <p class="figure-value"><span>{move || with(&|t| Some(fmt().number(t.days)))}</span></p>
                </div>
                {plain(app, rate, Origin::Calculated, move || with(&|t| Some(fmt().compact(t.tokens_per_s))))}
                {plain(app, mfu, Origin::Calculated, move || with(&|t| Some(fmt().percent(t.mfu))))}
                {plain(app, energy, Origin::Assumed, move || with(&|t| t.mwh.map(|mwh| fmt().unit(mwh, "MWh"))))}
                {plain(app, cost, Origin::Assumed, move || with(&|t| t.cost.map(|c| fmt().money(c))))}
            </section>
        })}
    }
    .into_any()
}

fn plain(
    app: App,
    name: Text,
    origin: Origin,
    value: impl Fn() -> String + Send + Sync + 'static,
) -> AnyView {
    view! {
        <div class="figure">
            <h2 class="figure-name"><Mark origin />{move || app.say(name)}</h2>
            <p class="figure-value"><span>{value}</span></p>
        </div>
    }
    .into_any()
}

crate::texts! {
    days = "Days to train", "训练天数";
    rate = "Tokens/s", "每秒 token";
    mfu = "MFU", "MFU";
    energy = "Energy", "能耗";
    cost = "Cost of the run", "训练成本";
}
