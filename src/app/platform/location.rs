//! The address: read the fragment, and the one debounced writer of it.
//!
//! Dragging replaces the entry, a named act (preset, opened file, reset) pushes one, so that Back is
//! undo. Safari refuses more than 100 writes in 30 s, hence the delay; a refusal is dropped, because
//! the next write carries the whole state again.

use std::cell::RefCell;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::window;

/// How long the address waits for the hand to rest.
const WRITE_DELAY: Duration = Duration::from_millis(400);

#[derive(Default)]
struct Writer {
    timer: Option<TimeoutHandle>,
    pending: Option<(String, bool)>,
}

thread_local! {
    static WRITER: RefCell<Writer> = RefCell::new(Writer::default());
}

/// The fragment with its `#`; empty where there is none.
pub fn fragment() -> String {
    window()
        .and_then(|w| w.location().hash().ok())
        .unwrap_or_default()
}

/// The page's address with another fragment.
pub fn address_with(fragment: &str) -> String {
    let href = window()
        .and_then(|w| w.location().href().ok())
        .unwrap_or_default();
    let base = href.split('#').next().unwrap_or_default();
    format!("{base}{fragment}")
}

/// Writes the fragment once the hand rests. `push` makes a history entry; it is kept when a
/// replacing write follows before the delay is over.
pub fn write_fragment(fragment: String, push: bool) {
    WRITER.with_borrow_mut(|w| {
        if w.pending.is_none() && !push && self::fragment() == fragment {
            return;
        }
        let push = push || w.pending.as_ref().is_some_and(|(_, p)| *p);
        w.pending = Some((fragment, push));
        if let Some(timer) = w.timer.take() {
            timer.clear();
        }
        w.timer = set_timeout_with_handle(flush_fragment, WRITE_DELAY).ok();
    });
}

/// Writes what is pending at once (before the address is copied or the page is left).
pub fn flush_fragment() {
    WRITER.with_borrow_mut(|w| {
        if let Some(timer) = w.timer.take() {
            timer.clear();
        }
        let Some((fragment, push)) = w.pending.take() else {
            return;
        };
        let Some(history) = window().and_then(|w| w.history().ok()) else {
            return;
        };
        // An empty fragment still needs a relative address that is not the page's own.
        let url = if fragment.is_empty() {
            address_with("")
        } else {
            fragment.clone()
        };
        let write = if push && self::fragment() != fragment {
            history.push_state_with_url(&JsValue::NULL, "", Some(&url))
        } else {
            history.replace_state_with_url(&JsValue::NULL, "", Some(&url))
        };
        drop(write);
    });
}

/// Calls back when the user goes back, forward, or edits the fragment by hand.
pub fn on_fragment_change(changed: impl Fn(String) + 'static) {
    let handle = window_event_listener(leptos::ev::popstate, move |_| {
        WRITER.with_borrow_mut(|w| w.pending = None);
        changed(fragment());
    });
    on_cleanup(move || handle.remove());
}
