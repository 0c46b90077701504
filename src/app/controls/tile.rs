//! A section of results in each of its states: there, empty, loading, stale, failed.

use leptos::prelude::*;

use super::{Icon, IconView};

/// What a tile has to show.
#[derive(Clone, Debug, PartialEq)]
pub enum TileState {
    /// Its content.
    Ready,
    /// Its content, which is old: since when, in words.
    Stale(String),
    /// Nothing yet, and why.
    Empty(String),
    /// Being fetched.
    Loading(String),
    /// What happened and what to do.
    Failed(String),
}

/// A titled section that shows its content or says why it cannot.
#[component]
pub fn Tile(
    /// Title.
    #[prop(into)]
    title: Signal<String>,
    /// A fact beside the title.
    #[prop(optional, into)]
    aside: Signal<String>,
    /// Its state.
    #[prop(into)]
    state: Signal<TileState>,
    /// The button that mends a failure: its name and what it does.
    #[prop(optional, into)]
    mend: Option<(Signal<String>, Callback<()>)>,
    /// The content.
    #[prop(into)]
    content: ViewFn,
) -> impl IntoView {
    let say = move || {
        let (icon, class, message) = match state.get() {
            TileState::Ready | TileState::Stale(_) => return None,
            TileState::Empty(m) => (Icon::Info, "tile-state", m),
            TileState::Loading(m) => (Icon::Info, "tile-state loading", m),
            TileState::Failed(m) => (Icon::Bad, "tile-state bad", m),
        };
        let button = mend.filter(|_| class.ends_with("bad"));
        Some(view! {
            <div class=class role="status">
                <IconView icon />
                <p>{message}</p>
                {button.map(|(name, mend)| view! { <button class="btn line" on:click=move |_| mend.run(())>{move || name.get()}</button> })}
            </div>
        })
    };
    let has_content =
        Memo::new(move |_| state.with(|s| matches!(s, TileState::Ready | TileState::Stale(_))));
    view! {
        <section class="tile-section">
            <div class="section-head">
                <h2>{move || title.get()}</h2>
                <span class="quiet">{move || match state.get() {
                    TileState::Stale(since) => since,
                    _ => aside.get(),
                }}</span>
            </div>
            {say}
            <div class:stale=move || state.with(|s| matches!(s, TileState::Stale(_)))>{move || has_content.get().then(|| content.run())}</div>
        </section>
    }
}
