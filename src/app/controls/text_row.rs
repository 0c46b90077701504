//! A row for an input that is written as text: volume tiers, 24 hourly values. What is not
//! understood is refused with the reason, and the scenario keeps what it had.

use leptos::prelude::*;
use token_factory::scenario::fields as inputs;

use super::Row;
use super::popover::fresh_id;
use crate::state::App;
use crate::texts::Text;
use crate::{fields, notices};

/// A text input of the scenario.
#[component]
pub fn TextRow(
    /// Its key.
    key: &'static str,
    /// How it is written, shown under the field.
    hint: Text,
) -> impl IntoView {
    let app = App::here();
    let label = Signal::derive(move || app.say(fields::label(key)).to_owned());
    let value = Memo::new(move |_| {
        app.scenario
            .with(|s| inputs::text(s, key))
            .unwrap_or_default()
    });
    let changed = app.is_changed(key);
    let wrong = RwSignal::new(None::<String>);
    let hint_id = fresh_id("hint");
    let take = move |event: leptos::ev::Event| {
        let text = event_target_value(&event);
        let tried = app
            .scenario
            .with_untracked(|s| inputs::with(s, key, text.trim()));
        match tried {
            Ok(next) => {
                wrong.set(None);
                app.edit(key, |s| *s = next);
                app.commit();
            }
            Err(why) => wrong.set(Some(notices::wrong(app.fmt_untracked(), &why))),
        }
    };
    view! {
        <Row label changed help=fields::help(key)>
            <span class="field" class:wrong=move || wrong.get().is_some()>
                <input type="text" autocomplete="off" spellcheck="false" prop:value=move || value.get()
                    aria-label=move || label.get() aria-describedby=hint_id.clone()
                    aria-invalid=move || wrong.get().is_some().then_some("true") on:change=take />
            </span>
            <span id=hint_id.clone() class="quiet text-hint">{move || app.say(hint)}</span>
            <span class="field-error" role="status">{move || wrong.get()}</span>
        </Row>
    }
    .into_any()
}
