//! Views and contents of dialogs that are pieces of the program of their own, fetched when first
//! opened: whoever comes for the plan waits for a little more than half of the program.
//!
//! The release build cuts it (`--cfg split`, `.ci/split.mjs`); any other build has all of it in one.
#![cfg_attr(
    split,
    allow(
        unsafe_code,
        reason = "wasm_split declares the calls that the cut replaces"
    )
)]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::state::App;

/// The piece could not be fetched; asking again tries again.
#[derive(Clone, Copy, Debug)]
pub struct NotFetched;

impl From<wasm_split_helpers::SplitLoaderError> for NotFetched {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}

type Later<T> = Pin<Box<dyn Future<Output = Result<T, NotFetched>>>>;

/// Something to draw in a piece of its own: a view, or what a dialog holds.
#[derive(Clone, Copy)]
pub struct Piece {
    fetch: fn() -> Later<()>,
    draw: fn() -> Later<AnyView>,
}

/// Declares what comes in pieces: piece of the program, functions that fetch and draw it, component without
/// properties (it takes what it needs from the store). What is in one piece comes together.
macro_rules! pieces {
    ($($view:ident in $piece:ident: $fetch:ident $draw:ident $component:path;)+) => {$(
        #[cfg(split)]
        #[wasm_split_helpers::wasm_split($piece, fallible, preload($fetch))]
        fn $draw() -> Result<AnyView, NotFetched> {
            Ok(view! { <$component /> }.into_any())
        }

        #[cfg(not(split))]
        async fn $draw() -> Result<AnyView, NotFetched> {
            Ok(view! { <$component /> }.into_any())
        }

        #[cfg(not(split))]
        async fn $fetch() -> Result<(), wasm_split_helpers::SplitLoaderError> {
            Ok(())
        }

        #[doc = concat!("`", stringify!($component), "`.")]
        pub const $view: Piece = Piece {
            fetch: || Box::pin(async { Ok($fetch().await?) }),
            draw: || Box::pin($draw()),
        };
    )+};
}

pieces! {
    COMPARE in studies: fetch_compare compare crate::compare::CompareView;
    EXPLORE in studies: fetch_explore explore crate::explore::ExploreView;
    PRICE in studies: fetch_price price crate::price::PriceView;
    LIVE in live: fetch_live live crate::live::LiveView;
    EVIDENCE in evidence: fetch_evidence evidence crate::evidence::EvidenceView;
    IMPORT in import: fetch_import import crate::inputs::ImportBody;
    DIMENSIONS in import: fetch_dimensions dimensions crate::inputs::DimensionsBody;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Fetching,
    Here,
    Failed,
}

impl Piece {
    /// Draws it, once it is fetched. At once and in its place: an effect may look for its elements.
    fn drawn(self) -> Option<AnyView> {
        let mut context = Context::from_waker(Waker::noop());
        match (self.draw)().as_mut().poll(&mut context) {
            Poll::Ready(view) => view.ok(),
            // Drawing waits for nothing but the fetch.
            Poll::Pending => None,
        }
    }

    /// It once it is fetched; until then says so, and when that fails offers another try.
    pub fn view(self) -> AnyView {
        let app = App::here();
        let phase = RwSignal::new(Phase::Fetching);
        let fetch = move || {
            phase.set(Phase::Fetching);
            spawn_local(async move {
                let next = match (self.fetch)().await {
                    Ok(()) => Phase::Here,
                    Err(NotFetched) => Phase::Failed,
                };
                // Another view may have been chosen meanwhile, the dialog closed: then this is gone.
                let _ = phase.try_set(next);
            });
        };
        fetch();
        let failed = move || {
            view! {
                <p class="bad" role="alert">{move || app.say(not_fetched)}" "
                    <button type="button" class="link" on:click=move |_| fetch()>{move || app.say(try_again)}</button></p>
            }
            .into_any()
        };
        (move || match phase.get() {
            Phase::Fetching => {
                view! { <p class="quiet piece-wait" role="status">{move || app.say(fetching)}</p> }
                    .into_any()
            }
            Phase::Here => untrack(|| self.drawn()).unwrap_or_else(failed),
            Phase::Failed => failed(),
        })
        .into_any()
    }
}

crate::texts! {
    fetching = "Fetching this part…", "正在载入此部分……";
    not_fetched = "This part could not be fetched: the connection failed, or the server has a newer version (then reload the page). Your scenario is in the address and is not lost.", "此部分载入失败：网络中断，或服务器上已有新版本（请刷新页面）。方案保存在地址栏的链接中，不会丢失。";
    try_again = "Try again", "重试";
}
