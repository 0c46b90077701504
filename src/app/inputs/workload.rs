//! Workload: task, presets of use, lengths, cache, drafts, balance, rate and load.

use leptos::prelude::*;
use token_factory::scenario::presets::WORKLOADS;
use token_factory::scenario::{Scenario, Task};

use super::presets::in_language;
use super::summary;
use crate::controls::{Group, More, NumberRow, WordsRow};
use crate::names;
use crate::state::App;
use crate::texts::Locale;

const KEYS: &[&str] = &[
    "task", "in", "out", "cv", "hit", "draft", "accept", "balance", "rps", "load", "curve", "train",
];

/// The group.
#[component]
pub fn Workload() -> impl IntoView {
    let app = App::here();
    let summary = summary(app, KEYS, move || {
        let fmt = app.fmt();
        app.scenario.with(|s| {
            [
                fmt.count(s.workload.input_tokens),
                fmt.count(s.workload.output_tokens),
            ]
            .join(" → ")
        })
    });
    let training = Memo::new(move |_| app.scenario.with(|s| s.workload.task == Task::Training));
    view! {
        <Group id="group-workload" title=Signal::derive(move || app.say(workload).to_owned()) summary open=true>
            {move || if training.get() { training_rows(app) } else { serving_rows(app) }}
        </Group>
    }
    .into_any()
}

fn has_experts(s: &Scenario) -> bool {
    use token_factory::catalogue::architecture::FeedForward;
    names::architecture(&s.model)
        .is_none_or(|a| a.ffn.iter().any(|f| matches!(f, FeedForward::Moe(_))))
}

/// A name short enough for a row of six.
fn chip(id: &str, name: token_factory::scenario::presets::Text, locale: Locale) -> &'static str {
    match id {
        "benchmark" => benchmark(locale),
        "rag" => rag(locale),
        "agent" => agent(locale),
        "code" => code(locale),
        _ => in_language(name, locale),
    }
}

fn serving_rows(app: App) -> AnyView {
    let experts = Memo::new(move |_| app.scenario.with(has_experts));
    let drafting = Memo::new(move |_| app.scenario.with(|s| s.workload.draft_tokens > 0));
    view! {
        <fieldset class="chips">
            <legend class="visually-hidden">{move || app.say(use_word)}</legend>
            {WORKLOADS.iter().map(|preset| view! {
                <button type="button" aria-pressed=move || if app.scenario.with(|s| preset.matches(&s.workload)) { "true" } else { "false" }
                    title=move || in_language(preset.reason, app.locale.get())
                    on:click=move |_| app.act(|s| preset.apply(&mut s.workload))>{move || chip(preset.id, preset.name, app.locale.get())}</button>
            }).collect_view()}
        </fieldset>
        <NumberRow key="in" />
        <NumberRow key="out" />
        <NumberRow key="hit" />
        <NumberRow key="draft" />
        {move || drafting.get().then(|| view! { <NumberRow key="accept" /> })}
        <NumberRow key="load" />
        <More title=Signal::derive(move || app.say(more).to_owned())>
            <NumberRow key="rps" automatic=Signal::derive(move || app.evaluation.with(|e| (e.requests_per_s > 0.0).then_some(e.requests_per_s))) />
            <NumberRow key="cv" />
            {move || experts.get().then(|| view! { <NumberRow key="balance" /> })}
            <WordsRow key="curve" />
            <WordsRow key="task" />
        </More>
    }
    .into_any()
}

fn training_rows(app: App) -> AnyView {
    view! {
        <NumberRow key="train" />
        <NumberRow key="in" label=Signal::derive(move || app.say(sequence).to_owned()) />
        <NumberRow key="load" />
        <WordsRow key="task" />
    }
    .into_any()
}

crate::texts! {
    workload = "Workload", "负载";
    use_word = "Kind of use", "使用场景";
    benchmark = "Paper", "论文";
    rag = "RAG", "RAG";
    agent = "Agent", "智能体";
    code = "Code", "代码";
    sequence = "Sequence length", "序列长度";
    more = "Rate, spread, balance, task", "请求速率、离散度、均衡度与任务";
}
