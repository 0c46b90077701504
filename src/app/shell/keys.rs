//! Keyboard shortcuts and the dialog that lists them.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::controls::DialogBox;
use crate::platform::{self, Typing};
use crate::state::App;
use crate::texts::Text;

/// Listens to the shortcuts of the page.
pub fn listen(app: App, dialog: NodeRef<Dialog>) {
    platform::on_key(move |event, typing| {
        // A quote received has nothing to change.
        if app.quote.get_untracked().is_some() {
            return;
        }
        let command = event.ctrl_key() || event.meta_key();
        let key = event.key();
        match key.as_str() {
            // Undo is about the plan, but in a field being edited about its letters.
            "z" | "Z" if command && typing != Typing::Edited => {
                event.prevent_default();
                if event.shift_key() {
                    app.redo()
                } else {
                    app.undo()
                }
            }
            "y" if command && typing != Typing::Edited => {
                event.prevent_default();
                app.redo();
            }
            // What lies over the sheet, or a refused text in it, goes first.
            "Escape"
                if app.sheet_open.get_untracked()
                    && !event.default_prevented()
                    && !platform::something_floats() =>
            {
                app.sheet_open.set(false);
                platform::focus_id(super::summary::BUTTON);
            }
            "/" if !command && typing == Typing::No => {
                event.prevent_default();
                platform::click_id("pick-model");
            }
            "c" if !command && typing == Typing::No && !event.alt_key() => {
                crate::compare::keep_current(app)
            }
            "?" if !command && typing == Typing::No => platform::open_dialog(dialog),
            _ => {}
        }
    });
}

const KEYS: [(&str, Text); 8] = [
    ("Ctrl Z", undo_step),
    ("Ctrl Shift Z", redo_step),
    ("/", search_model),
    ("C", crate::compare::keep_key),
    ("← → ↑ ↓", step_value),
    ("Shift + ← →", step_ten),
    ("Home  End", step_ends),
    ("?", title),
];

/// The list of keys.
#[component]
pub fn KeysDialog(node: NodeRef<Dialog>) -> impl IntoView {
    let app = App::here();
    view! {
        <DialogBox node id="keys" title=Signal::derive(move || app.say(title).to_owned())>
            <dl class="keys">
                {KEYS.iter().map(|&(key, what)| view! {
                    <div><dt><kbd>{key}</kbd></dt><dd>{move || app.say(what)}</dd></div>
                }).collect_view()}
            </dl>
        </DialogBox>
    }
}

crate::texts! {
    title = "Keyboard shortcuts", "键盘快捷键";
    undo_step = "Undo the last change", "撤销上一步";
    redo_step = "Redo it", "重做";
    search_model = "Search for a model", "搜索模型";
    step_value = "Step a slider or a number", "微调滑块或数值";
    step_ten = "Step ten times as far", "以十倍步长调整";
    step_ends = "Least and most of a slider", "滑块的最小值与最大值";
}
