//! Targets: latency, percentile, context, headroom.

use leptos::prelude::*;

use crate::controls::{Group, More, NumberRow, Shown};
use crate::fields;
use crate::state::App;

/// The group.
#[component]
pub fn Targets() -> impl IntoView {
    let app = App::here();
    let summary = Signal::derive(move || {
        let (fits, met) = app.evaluation.with(|e| (e.fits, e.meets_targets));
        app.say(match (fits, met) {
            (true, true) => both_met,
            (true, false) => missed,
            (false, _) => no_fit,
        })
        .to_owned()
    });
    let at = move |key: &'static str| {
        Signal::derive(move || {
            let percentile = app
                .fmt()
                .number(app.scenario.with(|s| s.targets.percentile));
            at_percentile(app.locale.get(), app.say(fields::label(key)), &percentile)
        })
    };
    view! {
        <Group id="group-targets" title=Signal::derive(move || app.say(targets).to_owned()) summary open=true>
            <NumberRow key="tpot" label=at("tpot") />
            <NumberRow key="ttft" label=at("ttft") shown=Shown::SECONDS />
            <More title=Signal::derive(move || app.say(more).to_owned())>
                <NumberRow key="pct" />
                <NumberRow key="ctx" />
                <NumberRow key="headroom" />
            </More>
        </Group>
    }
    .into_any()
}

crate::texts! {
    targets = "Targets", "目标";
    both_met = "both met", "两项达标";
    missed = "missed", "未达标";
    no_fit = "no result", "没有结果";
    more = "Percentile, context, headroom", "百分位、上下文与余量";
    at_percentile(name, p) = "{name} at p{p}", "{name} p{p}";
}
