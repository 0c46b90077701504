//! A group that folds: native `<details>`, so find-in-page opens it and keys work.

use leptos::prelude::*;

use super::{Icon, IconView};

/// A group with its name and a summary of what it holds.
#[component]
pub fn Group(
    /// Id, to be led to.
    id: &'static str,
    /// Its name.
    #[prop(into)]
    title: Signal<String>,
    /// Its content in a few words, seen when folded too.
    #[prop(into)]
    summary: Signal<String>,
    /// Open at first.
    #[prop(optional)]
    open: bool,
    /// Content.
    children: Children,
) -> impl IntoView {
    view! {
        <details id=id class="group" open=open>
            <summary><IconView icon=Icon::Down /><h2>{move || title.get()}</h2><span class="quiet">{move || summary.get()}</span></summary>
            {children()}
        </details>
    }
}

/// Further settings inside a group.
#[component]
pub fn More(
    /// Its name.
    #[prop(into)]
    title: Signal<String>,
    /// Content.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="more">
            <summary class="link">{move || title.get()}</summary>
            {children()}
        </details>
    }
}
