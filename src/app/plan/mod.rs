//! The Plan view: what the scenario comes to, one answer first, then the reasons.

mod advice;
mod deployment;
mod figures;
mod floor;
mod frontier;
mod memory;
mod notices;
mod sentence;
mod solve;
mod steps;
mod training;
mod why;

use leptos::prelude::*;
use token_factory::scenario::Task;

use crate::state::App;
use crate::texts;

/// Results of the scenario, beside the input rail.
#[component]
pub fn Plan() -> impl IntoView {
    let app = App::here();
    let training = Memo::new(move |_| app.scenario.with(|s| s.workload.task == Task::Training));
    let fits = Memo::new(move |_| app.evaluation.with(|e| e.fits));
    let serving = move || {
        view! {
            {move || (!fits.get()).then(mend)}
            <floor::Floor />
            {move || fits.get().then(|| view! {
                <div class="plan-section columns">
                    <div class="c4"><steps::Steps /></div>
                    <div class="c5"><frontier::Frontier /></div>
                    <div class="c3"><advice::Help /></div>
                </div>
                <div class="plan-section columns">
                    <div class="c4"><memory::Memory /></div>
                    <div class="c5"><deployment::Chosen /></div>
                    <div class="c3"><notices::Notices /></div>
                </div>
            }.into_any())}
            <solve::SolveFor />
        }
        .into_any()
    };
    view! {
        <sentence::Sentence />
        {move || if training.get() {
            view! {
                <training::TrainingResult />
                {mend()}
            }.into_any()
        } else {
            view! {
                {move || fits.get().then(|| view! { <figures::Figures /> })}
                {serving()}
            }.into_any()
        }}
    }
    .into_any()
}

/// What is wrong, and the changes that would mend or improve it.
fn mend() -> AnyView {
    view! {
        <div class="plan-section columns">
            <div class="c6"><notices::Notices /></div>
            <div class="c6"><advice::Help /></div>
        </div>
    }
    .into_any()
}

/// A value, or "unknown".
fn or_unknown(app: App, text: Option<String>) -> String {
    text.unwrap_or_else(|| app.say(texts::unknown).to_owned())
}
