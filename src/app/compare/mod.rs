//! The Compare view: up to four scenarios side by side, one of them the baseline.

mod differences;
mod frontier;
mod sides;
mod table;
mod waterfall;

use leptos::prelude::*;
use token_factory::scenario::link::MAX_COMPARED;
use token_factory::scenario::presets::{PRESETS, preset};
use token_factory::scenario::{Scenario, Task};

pub use sides::keep_current;

use crate::controls::{Entry, Icon, IconView, Picker};
use crate::state::App;
use crate::texts::Locale;
use sides::Sides;

/// The view.
#[component]
pub fn CompareView() -> impl IntoView {
    let app = App::here();
    let sides = Sides::provide(app);
    let some_train = Memo::new(move |_| {
        let trains = |s: &Scenario| s.workload.task == Task::Training;
        app.scenario.with(trains) || app.compared.with(|c| c.iter().any(trains))
    });
    let several = Memo::new(move |_| app.compared.with(|c| !c.is_empty()));
    view! {
        <div class="compare">
            <div class="compare-head">
                <h1>{move || app.say(title)}</h1>
                <AddButtons />
            </div>
            <sides::PutBack sides />
            <table::RateWarning sides />
            {move || some_train.get().then(|| view! { <p class="plain" role="note">{app.say(trains_too)}</p> })}
            {move || if several.get() {
                view! {
                    <table::Table sides />
                    <div class="compare-grid">
                        <frontier::Frontiers sides />
                        <waterfall::Waterfall sides />
                    </div>
                    <differences::Differences sides />
                }.into_any()
            } else {
                view! { <Empty /> }.into_any()
            }}
        </div>
    }
    .into_any()
}

/// What the view is for, and the three ways to begin.
#[component]
fn Empty() -> impl IntoView {
    let app = App::here();
    view! {
        <section class="compare-empty">
            <h2>{move || app.say(empty_title)}</h2>
            <ol>
                <li>{move || app.say(empty_keep)}" "<kbd>"C"</kbd></li>
                <li>{move || app.say(empty_change)}</li>
                <li>{move || app.say(empty_read)}</li>
            </ol>
        </section>
    }
}

/// Add the plan as it is, or a preset.
#[component]
fn AddButtons() -> impl IntoView {
    let app = App::here();
    let full = Memo::new(move |_| app.compared.with(|c| c.len() >= MAX_COMPARED));
    let entries = Signal::derive(move || {
        let locale = app.locale.get();
        PRESETS
            .iter()
            .map(|p| Entry {
                id: p.id.to_owned(),
                group: app.say(presets).to_owned(),
                name: pick(p.name, locale).to_owned(),
                facts: pick(p.note, locale).to_owned(),
            })
            .collect()
    });
    let add_preset = Callback::new(move |id: String| {
        if let Some(found) = preset(&id) {
            let mut scenario = found.scenario();
            scenario.name = pick(found.name, app.locale.get_untracked()).to_owned();
            sides::keep(app, scenario);
        }
    });
    view! {
        <div class="compare-add">
            <button type="button" class="btn main" disabled=move || full.get() on:click=move |_| keep_current(app) title=move || app.say(keep_key)>
                <IconView icon=Icon::Plus />{move || app.say(add_current)}
            </button>
            {move || (!full.get()).then(|| view! {
                <div class="compare-preset">
                    <Picker id="compare-preset" label=Signal::derive(move || app.say(presets).to_owned()) entries selected=Signal::derive(String::new)
                        name=Signal::derive(move || app.say(add_preset_word).to_owned()) facts=Signal::derive(String::new) on_pick=add_preset />
                </div>
            })}
            {move || full.get().then(|| view! { <p class="quiet">{app.say(sides::full)}</p> })}
        </div>
    }
}

/// A preset's text in the reader's language.
fn pick(text: token_factory::scenario::presets::Text, locale: Locale) -> &'static str {
    match locale {
        Locale::En => text.en,
        Locale::Zh => text.zh,
    }
}

crate::texts! {
    title = "Compare", "对比";
    trains_too = "A scenario that trains serves no tokens: the rows here are about serving and say nothing of it. Its days and cost are on Plan.", "训练方案不产出推理 token：下表各行针对推理服务，不适用于训练；训练天数与成本见“规划”。";
    keep_key = "Keep the plan for comparison", "将当前方案加入对比";
    add_current = "Add the current plan", "加入当前方案";
    presets = "Presets", "预设方案";
    add_preset_word = "Add a preset…", "加入预设方案……";
    empty_title = "Nothing to compare with yet", "尚无可对比的方案";
    empty_keep = "Keep the plan as it is now: the button above, or on any view the key", "保存当前方案：点击上方按钮，或在任意视图按";
    empty_change = "Change anything in the inputs: more cards, another model, a tighter target. The kept one stays as it was.", "随后修改任意参数：更多的卡、其他模型、更严的时延目标。已保存的方案保持不变。";
    empty_read = "Read here what changed, by how much, and which input moved it. The link carries all of them.", "在此查看变化幅度，以及由哪项参数引起。链接会包含全部方案。";
}
