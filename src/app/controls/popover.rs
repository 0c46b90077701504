//! Explanations: a term with its meaning, a figure with its "why?". Native popovers: Escape and a
//! click elsewhere close them, focus returns.

use std::cell::Cell;

use leptos::prelude::*;

use crate::platform;

thread_local! {
    static NEXT_ID: Cell<u32> = const { Cell::new(0) };
}

/// An id that no other element has.
pub fn fresh_id(prefix: &str) -> String {
    let n = NEXT_ID.with(|next| next.replace(next.get() + 1));
    let mut id = prefix.to_owned();
    id.push('-');
    id.push_str(&n.to_string());
    id
}

/// A button that opens an explanation beside it. The content is made when it opens.
#[component]
pub fn Popover(
    /// Class of the button.
    class: &'static str,
    /// What the button says.
    #[prop(into)]
    button: ViewFn,
    /// Name of the panel for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// What the panel shows.
    #[prop(into)]
    content: ViewFn,
) -> impl IntoView {
    let anchor = fresh_id("anchor");
    let panel = fresh_id("panel");
    let open = RwSignal::new(false);
    let (anchor_id, panel_id) = (anchor.clone(), panel.clone());
    let toggled = move |event: leptos::ev::Event| {
        open.set(platform::toggled_open(&event));
        let (anchor, panel) = (anchor_id.clone(), panel_id.clone());
        // Its size is known once the content is there.
        request_animation_frame(move || platform::place_panel(&anchor, &panel));
    };
    view! {
        <button id=anchor type="button" class=class popovertarget=panel.clone()>{move || button.run()}</button>
        <div id=panel.clone() class="panel" popover="auto" role="dialog" aria-label=move || label.get() on:toggle=toggled>
            {move || open.get().then(|| content.run())}
        </div>
    }
}

/// A term and what it means.
#[component]
pub fn Term(
    /// The term.
    #[prop(into)]
    text: Signal<String>,
    /// What it means.
    #[prop(into)]
    help: Signal<String>,
) -> impl IntoView {
    view! {
        <Popover class="term" button=move || text.get() label=text content=move || view! {
            <h3>{text.get()}</h3>
            <p class="plain">{help.get()}</p>
        } />
    }
}
