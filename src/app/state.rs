//! The root store: what the user chose, and what follows from it.
//!
//! [`App`] is a bundle of signals, cheap to copy; views take it from the context with [`App::here`].
//! Nothing derived is stored, and the address has one writer, here.

use std::sync::Arc;

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::evaluation::Evaluation;
use token_factory::scenario::explored::Explored;
use token_factory::scenario::history::{History, read_recent, remember, write_recent};
use token_factory::scenario::link::{self, LinkNotice, Quote, SharedState};
use token_factory::scenario::number::shortest;
use token_factory::scenario::{Scenario, fields, presets};

use crate::format::Fmt;
use crate::platform;
use crate::shell::View;
use crate::texts::{Locale, Text};

/// Steps that undo remembers.
const UNDO_STEPS: usize = 200;

const LOCALE_KEY: &str = "tfp.locale";
const THEME_KEY: &str = "tfp.theme";
const RECENT_KEY: &str = "tfp.recent";
/// The link of the default scenario.
const DEFAULT_LINK: &str = "#v=1";

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

/// Everything that views share.
#[derive(Clone, Copy)]
pub struct App {
    /// What the user chose. Change it with [`App::edit`] or [`App::act`], so that undo works.
    pub scenario: RwSignal<Scenario>,
    /// What changes are marked against: the preset or file last chosen; for a link, the nearest preset.
    pub baseline: RwSignal<Scenario>,
    /// Keys of the inputs that differ from it.
    pub changes: Memo<Vec<&'static str>>,
    /// What it comes to.
    pub evaluation: Memo<Arc<Evaluation>>,
    /// The view shown.
    pub view: RwSignal<View>,
    /// Scenarios kept for comparison with the current one, at most
    /// [`link::MAX_COMPARED`].
    pub compared: RwSignal<Vec<Scenario>>,
    /// Which one the others are measured against: 0 = the current one, 1 = the first compared.
    pub starred: RwSignal<usize>,
    /// A customer opened a quote's link: the page shows prices and service levels, nothing else.
    pub quote: RwSignal<Option<Quote>>,
    /// What the Explore view shows; `None` until it is first opened, or said by a link.
    pub explored: RwSignal<Option<Explored>>,
    /// What the link that was opened asked for and did not get.
    pub link_notices: RwSignal<Vec<LinkNotice>>,
    /// The fragment that reproduces what is on the screen.
    pub link: Memo<String>,
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
    history: RwSignal<History<Step>>,
    push_next: StoredValue<bool>,
}

/// What undo goes back to.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    scenario: Scenario,
    /// What its changes are marked against.
    baseline: Scenario,
}

impl App {
    /// Creates the store from the address and the stored preferences, and provides it.
    pub fn provide() -> Self {
        let stored = platform::load(LOCALE_KEY).unwrap_or_else(platform::preferred_language);
        let theme = RwSignal::new(Theme::from_key(
            &platform::load(THEME_KEY).unwrap_or_default(),
        ));
        let system_dark = platform::media("(prefers-color-scheme: dark)");
        let opened = link::decode(&platform::fragment());
        let scenario = RwSignal::new(opened.state.scenario.clone());
        let first = Step {
            baseline: presets::nearest(&opened.state.scenario),
            scenario: opened.state.scenario,
        };
        let baseline = RwSignal::new(first.baseline.clone());
        let view = RwSignal::new(View::of_link(opened.state.view));
        let compared = RwSignal::new(opened.state.compared);
        let starred = RwSignal::new(opened.state.baseline);
        let quote = RwSignal::new(opened.state.quote);
        let explored = RwSignal::new(opened.state.explored);
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
            view,
            compared,
            starred,
            quote,
            explored,
            link_notices: RwSignal::new(opened.notices),
            link: Memo::new(move |_| {
                let view = view.get();
                link::encode(&SharedState {
                    view: view.in_link(),
                    scenario: scenario.get(),
                    compared: compared.get(),
                    baseline: starred.get(),
                    quote: quote.get(),
                    explored: explored.get().filter(|_| view == View::Explore),
                })
            }),
            locale: RwSignal::new(Locale::from_tag(&stored)),
            theme,
            dark: Memo::new(move |_| match theme.get() {
                Theme::System => system_dark.get(),
                Theme::Light => false,
                Theme::Dark => true,
            }),
            announcement: RwSignal::new(String::new()),
            sheet_open: RwSignal::new(false),
            history: RwSignal::new(History::new(first, UNDO_STEPS)),
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

    /// Number formats of the reader, for futures and callbacks: does not track.
    pub fn fmt_untracked(self) -> Fmt {
        Fmt {
            locale: self.locale.get_untracked(),
            currency: self.scenario.with_untracked(|s| s.money.currency),
        }
    }

    /// Changes the scenario by hand. Edits of the same field count as one undo step until
    /// [`App::commit`].
    pub fn edit(self, field: &'static str, change: impl FnOnce(&mut Scenario)) {
        let mut next = self.scenario.get_untracked();
        change(&mut next);
        self.put(next, Some(field));
    }

    /// Changes the scenario by a named act (preset, file, pool added): a step of its own for undo
    /// and for the browser's Back.
    pub fn act(self, change: impl FnOnce(&mut Scenario)) {
        let mut next = self.scenario.get_untracked();
        change(&mut next);
        self.push_next.set_value(true);
        self.put(next, None);
    }

    fn put(self, next: Scenario, key: Option<&str>) {
        if self.scenario.with_untracked(|s| *s == next) {
            return;
        }
        let step = Step {
            scenario: next.clone(),
            baseline: self.baseline.get_untracked(),
        };
        self.history.update(|h| {
            h.push(step, key);
        });
        self.scenario.set(next);
    }

    /// Starts from a preset, a file or a link; changes are marked against it.
    pub fn start_from(self, state: SharedState) {
        self.baseline.set(state.scenario.clone());
        self.compared.set(state.compared);
        self.starred.set(state.baseline);
        self.act(|s| *s = state.scenario);
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
        self.history.update_untracked(History::close);
    }

    /// Something can be undone; tracks.
    pub fn can_undo(self) -> bool {
        self.history.with(History::can_undo)
    }

    /// Something can be redone; tracks.
    pub fn can_redo(self) -> bool {
        self.history.with(History::can_redo)
    }

    /// Takes the last step back.
    pub fn undo(self) {
        self.travel(|h| h.undo().cloned());
    }

    /// Takes the last undone step again.
    pub fn redo(self) {
        self.travel(|h| h.redo().cloned());
    }

    fn travel(self, step: fn(&mut History<Step>) -> Option<Step>) {
        if let Some(Step { scenario, baseline }) = self.history.try_update(step).flatten() {
            self.baseline.set(baseline);
            self.scenario.set(scenario);
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
            let link = self.link.get();
            // For the crash screen (boot.js): the address is written with a delay.
            platform::set_root_attribute("data-link", &link);
            let push = self
                .push_next
                .try_update_value(std::mem::take)
                .unwrap_or_default();
            // A page opened without a link keeps its plain address until something changes.
            if push || link != DEFAULT_LINK || platform::fragment().len() > 1 {
                platform::write_fragment(link, push);
            }
        });
        platform::on_fragment_change(move |fragment| self.open_fragment(&fragment));
        platform::on_leave(move || {
            platform::flush_fragment();
            self.remember_recent();
        });
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

    /// Takes over what the address says (Back, Forward, or a link pasted into the address bar).
    fn open_fragment(self, fragment: &str) {
        let opened = link::decode(fragment);
        self.view.set(View::of_link(opened.state.view));
        self.compared.set(opened.state.compared);
        self.starred.set(opened.state.baseline);
        self.quote.set(opened.state.quote);
        if opened.state.explored.is_some() {
            self.explored.set(opened.state.explored);
        }
        self.link_notices.set(opened.notices);
        self.find_baseline(&opened.state.scenario);
        self.put(opened.state.scenario, None);
    }

    /// Marks the changes of a scenario that came as a link: against the nearest preset, or what they
    /// were marked against so far where that is as near.
    fn find_baseline(self, scenario: &Scenario) {
        let nearest = presets::nearest(scenario);
        let far = |from: &Scenario| fields::differences(from, scenario).len();
        if far(&nearest) < self.baseline.with_untracked(far) {
            self.baseline.set(nearest);
        }
    }

    /// Links opened or left before, newest first.
    pub fn recent(self) -> Vec<String> {
        read_recent(&platform::load(RECENT_KEY).unwrap_or_default())
    }

    /// Puts the current link in front of the recent ones.
    fn remember_recent(self) {
        // A quote received is no scenario of one's own.
        if self.quote.try_get_untracked().flatten().is_some() {
            return;
        }
        if let Some(link) = self.link.try_get_untracked() {
            // The scenario, not where one stood and what one explored with it.
            let state = SharedState {
                view: Default::default(),
                explored: None,
                ..link::decode(&link).state
            };
            let link = link::encode(&state);
            platform::save(RECENT_KEY, &write_recent(&remember(&self.recent(), &link)));
        }
    }

    /// Everything a file or a link carries.
    pub fn shared_state(self) -> SharedState {
        SharedState {
            view: self.view.get_untracked().in_link(),
            scenario: self.scenario.get_untracked(),
            compared: self.compared.get_untracked(),
            baseline: self.starred.get_untracked(),
            ..SharedState::default()
        }
    }

    /// A quote received is all that is shown; tracks.
    pub fn is_quote(self) -> bool {
        self.quote.with(Option::is_some)
    }

    /// Whether the inputs stand beside what is shown; tracks.
    pub fn has_inputs(self) -> bool {
        !self.is_quote() && self.view.get().has_inputs()
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
    platform::timed("evaluate", || {
        token_factory::planner::evaluate(scenario, Catalogue::embedded())
    })
}
