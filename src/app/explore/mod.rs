//! The Explore view: one input or two swept, and the sensitivity of a result to every input.

mod choice;
mod pickers;
mod run;
mod sweep_chart;
mod sweep_view;
mod tornado;

use leptos::prelude::*;

use crate::controls::{Choice, Segmented};
use crate::state::App;
use crate::trains;
use choice::{Chosen, Way};

const WAYS: [Choice; 2] = [("sweep", way_sweep), ("tornado", way_tornado)];

/// The view.
#[component]
pub fn ExploreView() -> impl IntoView {
    let app = App::here();
    let trains = trains::trains(app);
    move || {
        if trains.get() {
            trains::instead(app, not_swept)
        } else {
            view! { <Whole /> }.into_any()
        }
    }
}

#[component]
fn Whole() -> impl IntoView {
    let app = App::here();
    let chosen = Chosen::provide(app);
    let way = Signal::derive(move || chosen.way.get().key().to_owned());
    let choose = Callback::new(move |key: &'static str| {
        chosen.way.set(if key == "tornado" {
            Way::Tornado
        } else {
            Way::Sweep
        });
    });
    view! {
        <div class="explore">
            <div class="explore-head">
                <h1>{move || app.say(title)}</h1>
                <Segmented label=Signal::derive(move || app.say(which_way).to_owned()) choices=&WAYS value=way on_change=choose />
            </div>
            {move || match chosen.way.get() {
                Way::Sweep => view! { <sweep_view::SweepView chosen /> }.into_any(),
                Way::Tornado => view! { <tornado::TornadoView chosen /> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

crate::texts! {
    not_swept = "Explore sweeps the results of serving: rates, latencies, cost per token. For a training run, change inputs on Plan and compare scenarios there.", "“探索”扫描推理服务的结果：速率、时延、单位成本。训练请在“规划”中修改参数。";
    title = "Explore", "探索";
    which_way = "What to explore", "探索方式";
    way_sweep = "Sweep an input", "扫描参数";
    way_tornado = "Sensitivity to every input", "全参数敏感性";
}
