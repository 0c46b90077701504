//! The scenarios that are compared, and what is done with them: keep, rename, star, open, remove.

use std::sync::Arc;

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::evaluation::Evaluation;
use token_factory::planner::evaluate;
use token_factory::scenario::link::MAX_COMPARED;
use token_factory::scenario::{Scenario, fields};

use crate::format::Fmt;
use crate::outcomes;
use crate::shell::View;
use crate::state::App;

/// A scenario and what it comes to.
#[derive(Clone)]
pub struct Side {
    /// The scenario.
    pub scenario: Scenario,
    /// Its result.
    pub evaluation: Arc<Evaluation>,
}

/// All of them, the current one first.
#[derive(Clone, Copy)]
pub struct Sides {
    /// The scenarios and their results.
    pub all: Memo<Vec<Side>>,
    /// Which one is the baseline.
    pub base: Memo<usize>,
    removed: RwSignal<Option<(usize, Scenario)>>,
}

impl Sides {
    /// Evaluates the kept scenarios; the current one is evaluated already.
    pub fn provide(app: App) -> Self {
        let kept = Memo::new_with_compare(
            move |_| {
                app.compared.with(|all| {
                    all.iter()
                        .map(|scenario| Side {
                            evaluation: Arc::new(evaluate(scenario, Catalogue::embedded())),
                            scenario: scenario.clone(),
                        })
                        .collect::<Vec<_>>()
                })
            },
            |_, _| true,
        );
        let all = Memo::new_with_compare(
            move |_| {
                let current = Side {
                    scenario: app.scenario.get(),
                    evaluation: app.evaluation.get(),
                };
                std::iter::once(current).chain(kept.get()).collect()
            },
            |_, _| true,
        );
        let base = Memo::new(move |_| {
            let last = app.compared.with(Vec::len);
            app.starred.get().min(last)
        });
        Self {
            all,
            base,
            removed: RwSignal::new(None),
        }
    }

    /// Takes a kept scenario out; it can be put back.
    pub fn remove(self, app: App, at: usize) {
        let Some(index) = at.checked_sub(1) else {
            return;
        };
        let taken = app
            .compared
            .try_update(|all| (index < all.len()).then(|| all.remove(index)))
            .flatten();
        if let Some(scenario) = taken {
            let starred = app.starred.get_untracked();
            if starred == at {
                app.starred.set(0);
            } else if starred > at {
                app.starred.set(starred - 1);
            }
            self.removed.set(Some((index, scenario)));
        }
    }
}

/// Keeps a scenario for comparison; says so, or that there is no room.
pub fn keep(app: App, scenario: Scenario) {
    let words = app.locale.get_untracked();
    if app.compared.with_untracked(Vec::len) >= MAX_COMPARED {
        app.announce(full(words).to_owned());
        return;
    }
    let name = outcomes::title(&scenario, app.fmt_untracked());
    app.compared.update(|all| all.push(scenario));
    app.announce(kept(words, &name));
}

/// Keeps the plan as it is.
pub fn keep_current(app: App) {
    keep(app, app.scenario.get_untracked());
}

/// Changes the name of one; a name that is not allowed is left.
pub fn rename(app: App, at: usize, name: &str) {
    let Some(index) = at.checked_sub(1) else {
        app.set_text("name", name);
        app.commit();
        return;
    };
    app.compared.update(|all| {
        if let Some(scenario) = all.get_mut(index)
            && let Ok(renamed) = fields::with(scenario, "name", name)
        {
            *scenario = renamed;
        }
    });
}

/// Makes a kept scenario the plan; the plan takes its place, so that nothing is lost.
pub fn open(app: App, at: usize) {
    let Some(index) = at.checked_sub(1) else {
        return;
    };
    let current = app.scenario.get_untracked();
    let swapped = app
        .compared
        .try_update(|all| {
            all.get_mut(index)
                .map(|kept| std::mem::replace(kept, current))
        })
        .flatten();
    if let Some(scenario) = swapped {
        let starred = app.starred.get_untracked();
        if starred == at {
            app.starred.set(0);
        } else if starred == 0 {
            app.starred.set(at);
        }
        app.act(|s| *s = scenario);
        app.show(View::Plan);
    }
}

/// The letter that stands for a scenario in charts.
pub fn letter(at: usize) -> &'static str {
    ["A", "B", "C", "D"].get(at).copied().unwrap_or("?")
}

/// Letter and name.
pub fn name(at: usize, side: &Side, fmt: Fmt) -> String {
    [letter(at), &outcomes::title(&side.scenario, fmt)].join(" · ")
}

/// Undoes the last removal.
#[component]
pub fn PutBack(sides: Sides) -> impl IntoView {
    let app = App::here();
    let put_back = move |_| {
        if let Some((index, scenario)) = sides.removed.get_untracked() {
            if app.compared.with_untracked(Vec::len) < MAX_COMPARED {
                app.compared
                    .update(|all| all.insert(index.min(all.len()), scenario));
            }
            sides.removed.set(None);
        }
    };
    move || {
        let (_, scenario) = sides.removed.get()?;
        let fmt = app.fmt();
        Some(view! {
            <p class="quiet compare-removed" role="status">{removed(fmt.locale, &outcomes::title(&scenario, fmt))}" "
                <button type="button" class="link" on:click=put_back>{undo_remove(fmt.locale)}</button></p>
        })
    }
}

crate::texts! {
    full = "Four scenarios are compared already. Remove one to add another.", "已有四个方案在对比，移除一个后可再加入。";
    kept(name) = "Kept for comparison: {name}.", "已加入对比：{name}。";
    removed(name) = "Removed: {name}.", "已移除：{name}。";
    undo_remove = "Put it back", "放回";
}
