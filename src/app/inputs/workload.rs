//! Workload: task, presets of use, lengths, cache, drafts, balance, rate and load.

use leptos::prelude::*;
use token_factory::scenario::{Scenario, Task, Workload as Chosen};

use super::summary;
use crate::controls::{Group, More, NumberRow, WordsRow};
use crate::names;
use crate::state::App;
use crate::texts::Text;

const KEYS: &[&str] = &[
    "task", "in", "out", "cv", "hit", "draft", "accept", "balance", "rps", "load", "curve", "train",
];

/// A kind of use: input and output tokens, shared prefix, spread of lengths.
struct Use {
    name: Text,
    input: f64,
    output: f64,
    prefix: f64,
    spread: f64,
}

/// Typical shapes. Assumptions, each a round number inside what public traces show; every value is
/// editable right below.
const USES: [Use; 5] = [
    Use {
        name: chat,
        input: 4096.0,
        output: 1024.0,
        prefix: 0.0,
        spread: 0.0,
    },
    Use {
        name: rag,
        input: 8192.0,
        output: 512.0,
        prefix: 0.25,
        spread: 0.5,
    },
    Use {
        name: agent,
        input: 32_768.0,
        output: 1024.0,
        prefix: 0.8,
        spread: 1.0,
    },
    Use {
        name: code,
        input: 6144.0,
        output: 1024.0,
        prefix: 0.5,
        spread: 1.0,
    },
    Use {
        name: batch,
        input: 2048.0,
        output: 2048.0,
        prefix: 0.0,
        spread: 0.5,
    },
];

impl Use {
    fn apply(&self, workload: &mut Chosen) {
        workload.input_tokens = self.input;
        workload.output_tokens = self.output;
        workload.prefix_hit = self.prefix;
        workload.length_cv = self.spread;
    }

    fn is(&self, workload: &Chosen) -> bool {
        let mut same = workload.clone();
        self.apply(&mut same);
        same == *workload
    }
}

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

fn serving_rows(app: App) -> AnyView {
    let experts = Memo::new(move |_| app.scenario.with(has_experts));
    let drafting = Memo::new(move |_| app.scenario.with(|s| s.workload.draft_tokens > 0));
    view! {
        <fieldset class="chips">
            <legend class="visually-hidden">{move || app.say(use_word)}</legend>
            {USES.iter().map(|preset| view! {
                <button type="button" aria-pressed=move || if app.scenario.with(|s| preset.is(&s.workload)) { "true" } else { "false" }
                    on:click=move |_| app.act(|s| preset.apply(&mut s.workload))>{move || app.say(preset.name)}</button>
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
    chat = "Chat", "对话";
    rag = "RAG", "RAG";
    agent = "Agent", "智能体";
    code = "Code", "代码";
    batch = "Batch", "批处理";
    sequence = "Sequence length", "序列长度";
    more = "Rate, spread, balance, task", "请求速率、离散度、均衡度与任务";
}
