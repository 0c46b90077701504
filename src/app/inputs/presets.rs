//! Presets and recent scenarios: a list to start from.

use leptos::prelude::*;
use token_factory::scenario::link::{SharedState, decode};
use token_factory::scenario::presets::{PRESETS, Preset, Text as PresetText};

use crate::controls::{Entry, Picker};
use crate::names;
use crate::state::App;
use crate::texts::Locale;

/// A preset's text in the reader's language.
pub fn in_language(text: PresetText, locale: Locale) -> &'static str {
    match locale {
        Locale::En => text.en,
        Locale::Zh => text.zh,
    }
}

/// The list of presets and recent scenarios.
#[component]
pub fn Presets() -> impl IntoView {
    let app = App::here();
    let current = Memo::new(move |_| {
        app.baseline
            .with(|b| PRESETS.iter().position(|p| p.scenario() == *b))
    });
    let preset = move || current.get().and_then(|i| PRESETS.get(i));
    let changes = move || app.changes.with(Vec::len);
    let name = Signal::derive(move || {
        let locale = app.locale.get();
        match preset() {
            Some(p) => in_language(p.name, locale).to_owned(),
            None => app.say(own).to_owned(),
        }
    });
    let facts = Signal::derive(move || {
        let locale = app.locale.get();
        match (changes(), preset()) {
            (0, Some(p)) => in_language(p.note, locale).to_owned(),
            (0, None) => app.scenario.with(|s| title_of(s, locale)),
            (1, _) => app.say(super::one_change).to_owned(),
            (n, _) => super::changes(locale, &n.to_string()),
        }
    });
    let entries = Signal::derive(move || {
        let locale = app.locale.get();
        let preset = |p: &Preset| Entry {
            id: p.link.to_owned(),
            group: app.say(presets).to_owned(),
            name: in_language(p.name, locale).to_owned(),
            facts: in_language(p.note, locale).to_owned(),
        };
        let earlier = |link: String| Entry {
            name: title_of(&decode(&link).state.scenario, locale),
            group: app.say(recent).to_owned(),
            facts: link.trim_start_matches("#v=1&").to_owned(),
            id: link,
        };
        PRESETS
            .iter()
            .map(preset)
            .chain(app.recent().into_iter().map(earlier))
            .collect::<Vec<_>>()
    });
    let pick = Callback::new(move |link: String| {
        let state = decode(&link).state;
        // The comparison stays: a preset is often chosen to be compared.
        app.start_from(SharedState {
            compared: app.compared.get_untracked(),
            baseline: app.starred.get_untracked(),
            ..state
        });
    });
    view! {
        <Picker id="pick-preset" label=Signal::derive(move || app.say(start).to_owned()) entries
            selected=Signal::derive(move || preset().map(|p| p.link.to_owned()).unwrap_or_default()) name facts on_pick=pick />
    }
    .into_any()
}

/// A scenario's name, or what it is: "1,536 × Ascend 910C · DeepSeek-R1".
fn title_of(scenario: &token_factory::scenario::Scenario, locale: Locale) -> String {
    if !scenario.name.is_empty() {
        return scenario.name.clone();
    }
    let pools = scenario.pools.iter().map(|p| {
        let cards = u64::from(p.super_nodes) * u64::from(p.cards_each);
        [cards.to_string(), names::hardware(&p.hardware, locale)].join(" × ")
    });
    [
        pools.collect::<Vec<_>>().join(" + "),
        names::model(&scenario.model),
    ]
    .join(" · ")
}

crate::texts! {
    start = "Preset or recent scenario", "预设或最近的方案";
    presets = "Presets", "预设";
    recent = "Recent, on this device", "最近（仅存于本机）";
    own = "Own scenario", "自定义方案";
}
