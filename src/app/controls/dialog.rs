//! A modal dialog: native `<dialog>`, so focus stays inside, Escape closes, focus returns.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::{Icon, IconView};
use crate::platform;
use crate::state::App;
use crate::texts;

/// A modal dialog with a title and a close button. Open it with [`platform::open_dialog`].
#[component]
pub fn DialogBox(
    /// The element, to open and close it.
    node: NodeRef<Dialog>,
    /// Id; unique in the page.
    id: &'static str,
    /// Title.
    title: Signal<String>,
    /// Wider than text: for tables and forms.
    #[prop(optional)]
    wide: bool,
    /// Called when it was closed, however that happened.
    #[prop(optional)]
    on_close: Option<Callback<()>>,
    /// Content.
    children: Children,
) -> impl IntoView {
    let app = App::here();
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    view! {
        <dialog node_ref=node id=id class="dialog" class:wide=wide aria-labelledby=labelled_by
            on:close=move |_| if let Some(f) = on_close { f.run(()) }
            on:click=move |e| if platform::is_backdrop(&e) { platform::close_dialog(node) }>
            <div class="dialog-body">
                <div class="dialog-head">
                    <h2 id=title_id>{move || title.get()}</h2>
                    <button class="btn icon" aria-label=move || app.say(texts::close) on:click=move |_| platform::close_dialog(node)>
                        <IconView icon=Icon::Close />
                    </button>
                </div>
                {children()}
            </div>
        </dialog>
    }
}
