//! A choice from many, with search: the combobox pattern of the ARIA practices inside a dialog.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::{Icon, IconView};
use crate::platform;
use crate::state::App;
use crate::texts::{self, Text};

/// Something that can be picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Id, reported when picked.
    pub id: String,
    /// Maker, under which it is listed.
    pub group: String,
    /// Name.
    pub name: String,
    /// Key facts.
    pub facts: String,
}

impl Entry {
    /// Every word of the search occurs somewhere.
    fn matches(&self, words: &[String]) -> bool {
        let text = [&self.id, &self.group, &self.name, &self.facts]
            .map(|s| s.to_lowercase())
            .join(" ");
        words.iter().all(|w| text.contains(w.as_str()))
    }
}

/// A button that shows the choice and opens the list.
#[component]
pub fn Picker(
    /// Id of the button; unique in the page.
    #[prop(into)]
    id: String,
    /// What is picked.
    #[prop(into)]
    label: Signal<String>,
    /// Everything that can be picked, groups together.
    #[prop(into)]
    entries: Signal<Vec<Entry>>,
    /// Id of the choice.
    #[prop(into)]
    selected: Signal<String>,
    /// Name of the choice, which may be none of the entries.
    #[prop(into)]
    name: Signal<String>,
    /// Facts of the choice.
    #[prop(into)]
    facts: Signal<String>,
    /// Called with the id picked.
    on_pick: Callback<String>,
    /// Another way to choose, offered below the list: its name, and what it does.
    #[prop(optional)]
    other_way: Option<(Text, Callback<()>)>,
) -> impl IntoView {
    let node = NodeRef::<Dialog>::new();
    let opened = RwSignal::new(false);
    let dialog_id = sub(&id, "dialog");
    let (button_id, panel_id) = (id.clone(), dialog_id.clone());
    let open = move |_| {
        opened.set(true);
        platform::open_dialog(node);
        let (button, panel) = (button_id.clone(), panel_id.clone());
        let search = sub(&button, "search");
        // The list is made once the dialog is open.
        request_animation_frame(move || {
            platform::place_panel(&button, &panel);
            platform::reveal_selected(&panel);
            platform::focus_id(&search);
        });
    };
    let list_id = id.clone();
    view! {
        <button id=id type="button" class="pick" aria-haspopup="dialog" on:click=open>
            <span class="pick-name"><span class="visually-hidden">{move || label.get()}": "</span>{move || name.get()}</span>
            <IconView icon=Icon::Down />
            <span class="quiet">{move || facts.get()}</span>
        </button>
        <dialog node_ref=node id=dialog_id class="dialog picker" aria-label=move || label.get()
            on:close=move |_| opened.set(false)
            on:click=move |e| if platform::is_backdrop(&e) { platform::close_dialog(node) }>
            {move || opened.get().then(|| view! {
                <SearchList id=list_id.clone() label entries selected
                    on_pick=Callback::new(move |id| { platform::close_dialog(node); on_pick.run(id) })
                    on_close=Callback::new(move |()| platform::close_dialog(node)) other_way />
            })}
        </dialog>
    }
}

fn sub(id: &str, part: &str) -> String {
    [id, part].join("-")
}

#[component]
fn SearchList(
    id: String,
    label: Signal<String>,
    entries: Signal<Vec<Entry>>,
    selected: Signal<String>,
    on_pick: Callback<String>,
    on_close: Callback<()>,
    other_way: Option<(Text, Callback<()>)>,
) -> impl IntoView {
    let app = App::here();
    let query = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let words: Vec<String> = query.with(|q| {
            q.to_lowercase()
                .split_whitespace()
                .map(str::to_owned)
                .collect()
        });
        entries.with(|all| {
            all.iter()
                .filter(|e| e.matches(&words))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    // The row that Enter picks: the choice at first, the best hit while searching.
    let active = RwSignal::new(
        found
            .with_untracked(|f| {
                f.iter()
                    .position(|e| selected.with_untracked(|s| *s == e.id))
            })
            .unwrap_or(0),
    );
    let list_id = sub(&id, "list");
    let option_prefix = StoredValue::new(sub(&id, "option"));
    let option_id = move |i: usize| option_prefix.with_value(|p| sub(p, &i.to_string()));
    let go = move |to: usize| {
        active.set(to);
        platform::reveal_id(&option_id(to));
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        let at = active.get_untracked().min(last);
        match event.key().as_str() {
            "ArrowDown" => go(if at >= last { 0 } else { at + 1 }),
            "ArrowUp" => go(if at == 0 { last } else { at - 1 }),
            "PageDown" => go((at + 8).min(last)),
            "PageUp" => go(at.saturating_sub(8)),
            "Enter" => {
                if let Some(entry) = found.with_untracked(|f| f.get(at).cloned()) {
                    on_pick.run(entry.id);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let rows = move || {
        let mut out: Vec<AnyView> = Vec::new();
        let mut group = String::new();
        for (i, entry) in found.get().into_iter().enumerate() {
            if entry.group != group {
                group.clone_from(&entry.group);
                out.push(view! { <li class="picker-group" role="presentation">{entry.group.clone()}</li> }.into_any());
            }
            let is_selected = selected.with(|s| *s == entry.id);
            let pick = entry.id.clone();
            out.push(
                view! {
                    <li id=option_id(i) role="option" class="picker-option" class:active=move || active.get() == i
                        aria-selected=if is_selected { "true" } else { "false" }
                        on:pointermove=move |_| active.set(i)
                        on:click=move |_| on_pick.run(pick.clone())>
                        <span>{entry.name}</span>
                        <span class="quiet">{entry.facts}</span>
                        {is_selected.then(|| view! { <IconView icon=Icon::Check /> })}
                    </li>
                }
                .into_any(),
            );
        }
        out
    };
    let controls = list_id.clone();
    let search_id = sub(&id, "search");
    view! {
            <div class="picker-head">
                <IconView icon=Icon::Search />
                <input id=search_id type="text" role="combobox" aria-expanded="true" aria-autocomplete="list"
    autocomplete="off" spellcheck="false"
                    aria-controls=controls aria-label=move || label.get() placeholder=move || label.get()
                    aria-activedescendant=move || found.with(|f| !f.is_empty()).then(|| option_id(active.get()))
                    on:input=move |e| { query.set(event_target_value(&e)); active.set(0) }
                    on:keydown=keys />
                <button type="button" class="btn icon" aria-label=move || app.say(texts::close) on:click=move |_| on_close.run(())><IconView icon=Icon::Close /></button>
            </div>
            <ul id=list_id role="listbox" aria-label=move || label.get() class="picker-list">{rows}</ul>
            <div class="picker-foot">
                <p class="quiet" role="status">{move || {
                    let count = found.with(Vec::len);
                    if count == 0 { app.say(none_found).to_owned() } else { hits(app.locale.get(), &count.to_string()) }
                }}</p>
                {other_way.map(|(name, run)| view! {
                    <button type="button" class="link" on:click=move |_| { on_close.run(()); run.run(()) }>{move || app.say(name)}</button>
                })}
            </div>
        }
}

crate::texts! {
    none_found = "Nothing found. Search by name, maker or size, e.g. “qwen 30b”.", "没有匹配项。可按名称、厂商或规模搜索，例如“qwen 30b”。";
    hits(count) = "{count} in the list", "共 {count} 项";
}
