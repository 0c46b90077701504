//! Undo and redo as buttons.

use leptos::prelude::*;

use super::{Icon, IconView};
use crate::state::App;
use crate::texts;

/// The two buttons.
#[component]
pub fn HistoryButtons() -> impl IntoView {
    let app = App::here();
    view! {
        <button type="button" class="btn icon" disabled=move || !app.can_undo()
            aria-label=move || app.say(texts::undo) title=move || format!("{} (Ctrl Z)", app.say(texts::undo))
            on:click=move |_| app.undo()><IconView icon=Icon::Undo /></button>
        <button type="button" class="btn icon" disabled=move || !app.can_redo()
            aria-label=move || app.say(texts::redo) title=move || format!("{} (Ctrl Shift Z)", app.say(texts::redo))
            on:click=move |_| app.redo()><IconView icon=Icon::Redo /></button>
    }
    .into_any()
}
