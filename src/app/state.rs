//! The root store: what the user chose, and what follows from it.
//!
//! [`App`] is a bundle of signals, cheap to copy; views take it from the context with [`App::here`].
//! Nothing derived is stored, and the address has one writer, here.

use std::sync::Arc;

use leptos::prelude::*;
use token_factory::evaluation::Evaluation;
use token_factory::scenario::number::shortest;
use token_factory::scenario::{Scenario, fields};

use crate::format::Fmt;
use crate::platform;
use crate::shell::View;
use crate::texts::{Locale, Text};

/// Steps that undo remembers.
const UNDO_STEPS: usize = 200;
/// Scenarios that can be compared at once.
pub const MAX_COMPARED: usize = 4;

const LOCALE_KEY: &str = "tfp.locale";
const THEME_KEY: &str = "tfp.theme";

/// Light, dark, or what the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// What the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them, in the order shown.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    fn key(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn from_key(key: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|t| t.key() == key)
            .unwrap_or_default()
    }
}

/// What undo and redo go back and forth between.
#[derive(Clone, Debug, Default)]
struct History {
    past: Vec<Scenario>,
    future: Vec<Scenario>,
    /// The field whose edits still count as one step.
    open: Option<&'static str>,
}

/// Everything that views share.
#[derive(Clone, Copy)]
pub struct App {
    /// What the user chose. Change it with [`App::edit`] or [`App::act`], so that undo works.
    pub scenario: RwSignal<Scenario>,
    /// What changes are marked against: the preset last chosen.
    pub baseline: RwSignal<Scenario>,
    /// Keys of the inputs that differ from it.
    pub changes: Memo<Vec<&'static str>>,
    /// What it comes to.
    pub evaluation: Memo<Arc<Evaluation>>,
    /// The view shown.
    pub view: RwSignal<View>,
    /// Scenarios kept for comparison, the baseline first.
    pub compared: RwSignal<Vec<Scenario>>,
    /// Language of the reader.
    pub locale: RwSignal<Locale>,
    /// Colours asked for.
    pub theme: RwSignal<Theme>,
    /// Colours shown; charts redraw when it changes.
    pub dark: Memo<bool>,
    /// What a screen reader is told next.
    pub announcement: RwSignal<String>,
    /// The inputs are open (phone).
    pub sheet_open: RwSignal<bool>,
    history: RwSignal<History>,
    push_next: StoredValue<bool>,
}

impl App {
    /// Creates the store from the address and the stored preferences, and provides it.
    pub fn provide() -> Self {
        let stored = platform::load(LOCALE_KEY).unwrap_or_else(platform::preferred_language);
        let theme = RwSignal::new(Theme::from_key(
            &platform::load(THEME_KEY).unwrap_or_default(),
        ));
        let system_dark = platform::media("(prefers-color-scheme: dark)");
        let scenario = RwSignal::new(Scenario::default());
        let baseline = RwSignal::new(Scenario::default());
        let app = Self {
            scenario,
            baseline,
            changes: Memo::new(move |_| {
                scenario.with(|s| baseline.with(|b| fields::differences(b, s)))
            }),
            evaluation: Memo::new_with_compare(
                move |_| Arc::new(scenario.with(evaluate)),
                |_, _| true,
            ),
            view: RwSignal::new(View::default()),
            compared: RwSignal::new(Vec::new()),
            locale: RwSignal::new(Locale::from_tag(&stored)),
            theme,
            dark: Memo::new(move |_| match theme.get() {
                Theme::System => system_dark.get(),
                Theme::Light => false,
                Theme::Dark => true,
            }),
            announcement: RwSignal::new(String::new()),
            sheet_open: RwSignal::new(false),
            history: RwSignal::new(History::default()),
            push_next: StoredValue::new(false),
        };
        provide_context(app);
        app.reflect_in_page();
        app
    }

    /// The store of the page.
    pub fn here() -> Self {
        expect_context()
    }

    /// A text in the reader's language; tracks the language.
    pub fn say(self, text: Text) -> &'static str {
        text(self.locale.get())
    }

    /// Number formats of the reader; tracks language and currency.
    pub fn fmt(self) -> Fmt {
        Fmt {
            locale: self.locale.get(),
            currency: self.scenario.with(|s| s.money.currency),
        }
    }

    /// Changes the scenario by hand. Edits of the same field count as one undo step until
    /// [`App::commit`].
    pub fn edit(self, field: &'static str, change: impl FnOnce(&mut Scenario)) {
        self.history.update(|h| {
            if h.open != Some(field) {
                h.remember(self.scenario.get_untracked());
                h.open = Some(field);
            }
        });
        self.scenario.update(change);
    }

    /// Sets an input by its key, as a link would write it; a value that is not allowed is left.
    pub fn set_text(self, key: &'static str, text: &str) {
        let next = self.scenario.with_untracked(|s| fields::with(s, key, text));
        if let Ok(next) = next {
            self.edit(key, |s| *s = next);
        }
    }

    /// Sets a number by its key; `None` = automatic.
    pub fn set_number(self, key: &'static str, value: Option<f64>) {
        match value {
            Some(v) => self.set_text(key, &shortest(v)),
            None => self.set_text(key, "auto"),
        }
    }

    /// Sets an input back to what the preset said.
    pub fn reset(self, key: &'static str) {
        if let Some(text) = self.baseline.with_untracked(|b| fields::text(b, key)) {
            self.set_text(key, &text);
            self.commit();
        }
    }

    /// Whether an input differs from what the preset said.
    pub fn is_changed(self, key: &'static str) -> Signal<bool> {
        let changed = self.changes;
        Memo::new(move |_| changed.with(|keys| keys.contains(&key))).into()
    }

    /// Ends the gesture that [`App::edit`] opened (slider released, field left).
    pub fn commit(self) {
        self.history.update_untracked(|h| h.open = None);
    }

    /// Changes the scenario by a named act (preset, file, reset): a step of its own for undo and for
    /// the browser's Back.
    pub fn act(self, change: impl FnOnce(&mut Scenario)) {
        self.history.update(|h| {
            h.remember(self.scenario.get_untracked());
            h.open = None;
        });
        self.push_next.set_value(true);
        self.scenario.update(change);
    }

    /// Something can be undone; tracks.
    pub fn can_undo(self) -> bool {
        self.history.with(|h| !h.past.is_empty())
    }

    /// Something can be redone; tracks.
    pub fn can_redo(self) -> bool {
        self.history.with(|h| !h.future.is_empty())
    }

    /// Takes the last step back.
    pub fn undo(self) {
        self.travel(|h| (&mut h.past, &mut h.future));
    }

    /// Takes the last undone step again.
    pub fn redo(self) {
        self.travel(|h| (&mut h.future, &mut h.past));
    }

    fn travel(self, sides: fn(&mut History) -> (&mut Vec<Scenario>, &mut Vec<Scenario>)) {
        let now = self.scenario.get_untracked();
        let mut target = None;
        self.history.update(|h| {
            h.open = None;
            let (from, to) = sides(h);
            target = from.pop();
            if target.is_some() {
                to.push(now);
            }
        });
        if let Some(target) = target {
            self.scenario.set(target);
        }
    }

    /// Shows another view; the browser's Back returns.
    pub fn show(self, view: View) {
        if self.view.get_untracked() != view {
            self.push_next.set_value(true);
            self.view.set(view);
        }
    }

    /// Tells a screen reader.
    pub fn announce(self, message: String) {
        self.announcement.set(message);
    }

    /// Keeps page attributes, preferences and address in step with the store.
    fn reflect_in_page(self) {
        Effect::new(move |_| {
            let locale = self.locale.get();
            platform::set_root_attribute("lang", locale.tag());
            platform::set_title(crate::texts::app_name(locale));
        });
        Effect::new(move |_| {
            platform::set_root_attribute(
                "data-theme",
                if self.dark.get() { "dark" } else { "light" },
            );
        });
    }

    /// Shows another language and remembers the choice.
    pub fn choose_locale(self, locale: Locale) {
        platform::save(LOCALE_KEY, locale.tag());
        self.locale.set(locale);
    }

    /// Shows another theme and remembers the choice.
    pub fn choose_theme(self, theme: Theme) {
        platform::save(THEME_KEY, theme.key());
        self.theme.set(theme);
    }
}

/// What a scenario comes to.
fn evaluate(scenario: &Scenario) -> Evaluation {
    let cards = scenario
        .pools
        .iter()
        .map(|p| p.super_nodes * p.cards_each)
        .sum();
    Evaluation {
        fits: false,
        usage: Default::default(),
        meets_targets: false,
        cards,
        cards_working: 0,
        cards_spare: 0,
        cards_idle: 0,
        deployment: None,
        concurrency: 0.0,
        requests_per_s: 0.0,
        ttft_ms: Default::default(),
        tpot_ms: Default::default(),
        tokens_per_s: Default::default(),
        tokens_per_day: Default::default(),
        output_tokens_per_s_per_card: 0.0,
        memory: vec![],
        decode_step: None,
        prefill_step: None,
        power: Default::default(),
        cost: Default::default(),
        limits: vec![],
        bands: Default::default(),
        notices: vec![],
        frontier: vec![],
        candidates: 0,
        training: None,
    }
}

impl History {
    fn remember(&mut self, before: Scenario) {
        if self.past.last() == Some(&before) {
            return;
        }
        if self.past.len() >= UNDO_STEPS {
            self.past.remove(0);
        }
        self.past.push(before);
        self.future.clear();
    }
}
