//! What the page needs from the DOM: root attributes, media queries, sizes, focus, dialogs, frames.

use std::cell::Cell;
use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::{document, window};

/// Languages that the reader prefers, best first.
pub fn preferred_language() -> String {
    window()
        .and_then(|w| w.navigator().language())
        .unwrap_or_default()
}

/// Sets an attribute of `<html>`.
pub fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = document().and_then(|d| d.document_element()) {
        drop(root.set_attribute(name, value));
    }
}

/// Writes what a panic says to the console, in development builds. A release build traps without a
/// word, for size; either way `boot.js` shows the crash screen.
pub fn log_panics() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&wasm_bindgen::JsValue::from_str(&info.to_string()));
    }));
}

/// Sets the title of the page.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Whether a media query holds, kept up to date.
pub fn media(query: &str) -> ReadSignal<bool> {
    let list = window().and_then(|w| w.match_media(query).ok().flatten());
    let (holds, set_holds) = signal(list.as_ref().is_some_and(|l| l.matches()));
    if let Some(list) = list {
        let watched = list.clone();
        listen(&list, "change", move |_| {
            set_holds.try_set(watched.matches());
        });
    }
    holds
}

/// Listens to an event of a target until the owner goes.
fn listen(
    target: &web_sys::EventTarget,
    name: &'static str,
    handler: impl Fn(web_sys::Event) + 'static,
) {
    let closure = Closure::<dyn Fn(web_sys::Event)>::new(handler);
    drop(target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref()));
    let held = SendWrapper::new((target.clone(), closure));
    on_cleanup(move || {
        let (target, closure) = &*held;
        drop(target.remove_event_listener_with_callback(name, closure.as_ref().unchecked_ref()));
    });
}

/// Calls back when the page is left: the last chance to store something.
pub fn on_leave(leave: impl Fn() + 'static) {
    if let Some(window) = window() {
        listen(&window, "pagehide", move |_| leave());
    }
}

/// What the keys do where one is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// Nothing: they are shortcuts of the page.
    No,
    /// They write into a field whose text is as the plan has it.
    Settled,
    /// They write into a field whose text was edited since, or was refused: undo is about its letters.
    Edited,
}

/// Keys pressed anywhere in the page.
pub fn on_key(handler: impl Fn(leptos::ev::KeyboardEvent, Typing) + 'static) {
    let edited = Rc::new(Cell::new(false));
    if let Some(window) = window() {
        for (name, after) in [("input", true), ("change", false), ("focusin", false)] {
            let edited = edited.clone();
            listen(&window, name, move |_| edited.set(after));
        }
    }
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let target = event.target();
        let field = target
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
            .filter(|e| {
                let tag = e.tag_name();
                let range = e.get_attribute("type").is_some_and(|t| t == "range");
                (tag == "INPUT" && !range) || tag == "TEXTAREA" || tag == "SELECT"
            });
        let typing = match field {
            None => Typing::No,
            Some(field) if edited.get() || field.has_attribute("aria-invalid") => Typing::Edited,
            Some(_) => Typing::Settled,
        };
        handler(event, typing);
    });
    on_cleanup(move || handle.remove());
}

/// Whether a dialog or an explanation lies over the page.
pub fn something_floats() -> bool {
    let found = document().map(|d| d.query_selector("dialog[open], :popover-open"));
    found.is_some_and(|found| found.is_ok_and(|e| e.is_some()))
}

/// Device pixels per CSS pixel.
pub fn device_pixel_ratio() -> f64 {
    window()
        .map_or(1.0, |w| w.device_pixel_ratio())
        .clamp(0.5, 8.0)
}

/// Size of an element in CSS pixels, kept up to date; (0, 0) until it is on the page.
pub fn size_of<E>(node: NodeRef<E>) -> ReadSignal<(f64, f64)>
where
    E: html::ElementType + 'static,
    E::Output: JsCast + Clone + 'static,
{
    let (size, set_size) = signal((0.0, 0.0));
    let observer: Rc<Cell<Option<web_sys::ResizeObserver>>> = Rc::default();
    let held = SendWrapper::new(observer.clone());
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let element: web_sys::Element = element.unchecked_into();
        let measured = element.clone();
        let callback = Closure::<dyn Fn()>::new(move || {
            let rect = measured.get_bounding_client_rect();
            set_size.try_set((rect.width(), rect.height()));
        });
        if let Ok(created) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) {
            created.observe(&element);
            if let Some(old) = observer.replace(Some(created)) {
                old.disconnect();
            }
        }
        // Owned by the observer from here on; released with the element.
        drop(callback.into_js_value());
    });
    on_cleanup(move || {
        if let Some(observer) = (*held).take() {
            observer.disconnect();
        }
    });
    size
}

/// Width of the first element that a selector finds, and which part of its height is in the window:
/// from, to, in CSS pixels below its upper edge. `None` = there is none.
pub fn part_in_sight(selector: &str) -> Option<(f64, f64, f64)> {
    let rect = document()?
        .query_selector(selector)
        .ok()??
        .get_bounding_client_rect();
    let window_height = window()?.inner_height().ok()?.as_f64()?;
    Some((rect.width(), -rect.top(), window_height - rect.top()))
}

/// Runs a job in the next frame, at most once a frame however often it is asked for.
#[derive(Clone, Default)]
pub struct FrameJob {
    pending: Rc<Cell<bool>>,
}

impl FrameJob {
    /// Asks for the job; a request already pending stands for this one.
    pub fn request(&self, job: impl FnOnce() + 'static) {
        if self.pending.replace(true) {
            return;
        }
        let pending = self.pending.clone();
        request_animation_frame(move || {
            pending.set(false);
            job();
        });
    }
}

/// Focuses the element of an id.
pub fn focus_id(id: &str) {
    if let Some(element) = by_id(id) {
        drop(element.focus());
    }
}

/// Leads the reader to an input: closes what floats over it, unfolds the groups around it, brings
/// it into sight and focuses it. Waits a frame, for what is being opened to be there.
pub fn lead_to(id: &'static str) {
    request_animation_frame(move || {
        let _ = try_lead_to(id);
    });
}

fn try_lead_to(id: &str) -> Option<()> {
    let floating = document()?.query_selector(":popover-open").ok().flatten();
    if let Some(panel) = floating.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        drop(panel.hide_popover());
    }
    let target = by_id(id)?;
    let mut around = Some(target.clone().unchecked_into::<web_sys::Element>());
    while let Some(fold) = around.and_then(|e| e.closest("details").ok().flatten()) {
        drop(fold.set_attribute("open", ""));
        around = fold.parent_element();
    }
    reveal_id(id);
    let itself = target.query_selector(":scope > summary").ok().flatten();
    let focused = itself.and_then(|e| e.dyn_into().ok()).unwrap_or(target);
    drop(focused.focus());
    Some(())
}

/// Sets the text of the field that an event came from.
pub fn set_field_text(event: &leptos::ev::Event, text: &str) {
    if let Some(input) = event
        .target()
        .and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok())
    {
        input.set_value(text);
    }
}

/// Selects the text of the field that got the focus, so that typing replaces it.
pub fn select_all(event: &leptos::ev::FocusEvent) {
    if let Some(input) = event
        .target()
        .and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok())
    {
        input.select();
    }
}

/// Clicks the element of an id, as a shortcut does.
pub fn click_id(id: &str) {
    if let Some(element) = by_id(id) {
        element.click();
    }
}

/// Scrolls the selected option of a list inside the element of an id into sight.
pub fn reveal_selected(id: &str) {
    let selected = by_id(id).and_then(|e| e.query_selector("[aria-selected=true]").ok().flatten());
    if let Some(option) = selected {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Center);
        option.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Scrolls the element of an id into its own scroller's sight.
pub fn reveal_id(id: &str) {
    if let Some(element) = by_id(id) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

fn by_id(id: &str) -> Option<web_sys::HtmlElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Opens a `<dialog>` as a modal one.
pub fn open_dialog(node: NodeRef<html::Dialog>) {
    if let Some(dialog) = node.get_untracked()
        && !dialog.open()
    {
        drop(dialog.show_modal());
    }
}

/// Closes a `<dialog>`.
pub fn close_dialog(node: NodeRef<html::Dialog>) {
    if let Some(dialog) = node.get_untracked()
        && dialog.open()
    {
        dialog.close();
    }
}

/// Closes the `<dialog>` of an id.
pub fn close_dialog_id(id: &str) {
    if let Some(dialog) = by_id(id).and_then(|e| e.dyn_into::<web_sys::HtmlDialogElement>().ok()) {
        dialog.close();
    }
}

/// Whether a click hit the dialog itself, that is its backdrop (its content fills it otherwise).
pub fn is_backdrop(event: &leptos::ev::MouseEvent) -> bool {
    match (event.target(), event.current_target()) {
        (Some(target), Some(current)) => target == current,
        _ => false,
    }
}

/// Distance kept between a floating panel and its anchor or the window's edge, CSS pixels.
const PANEL_GAP: f64 = 4.0;
const PANEL_MARGIN: f64 = 8.0;

/// Places the panel of an id under (or above) its anchor, inside the window. On narrow screens the
/// style sheet makes it a bottom sheet and what is set here has no effect.
pub fn place_panel(anchor_id: &str, panel_id: &str) {
    let _ = try_place(anchor_id, panel_id);
}

fn try_place(anchor_id: &str, panel_id: &str) -> Option<()> {
    let window = window()?;
    let (anchor, panel) = (
        by_id(anchor_id)?.get_bounding_client_rect(),
        by_id(panel_id)?,
    );
    let number = |v: Result<JsValue, JsValue>| v.ok().and_then(|v| v.as_f64());
    let (width, height) = (
        number(window.inner_width())?,
        number(window.inner_height())?,
    );
    let size = panel.get_bounding_client_rect();
    let left = anchor
        .left()
        .min(width - size.width() - PANEL_MARGIN)
        .max(PANEL_MARGIN);
    let below = height - anchor.bottom() - PANEL_GAP - PANEL_MARGIN;
    let above = anchor.top() - PANEL_GAP - PANEL_MARGIN;
    let top = if size.height() <= below || below >= above {
        anchor.bottom() + PANEL_GAP
    } else {
        (anchor.top() - PANEL_GAP - size.height()).max(PANEL_MARGIN)
    };
    let style = panel.style();
    let px = |v: f64| {
        let mut text = v.round().to_string();
        text.push_str("px");
        text
    };
    drop(style.set_property("--panel-left", &px(left)));
    drop(style.set_property("--panel-top", &px(top)));
    drop(style.set_property("--panel-room", &px(below.max(above))));
    Some(())
}

/// Closes the popover of an id.
pub fn hide_popover(id: &str) {
    if let Some(element) = by_id(id) {
        drop(element.hide_popover());
    }
}

/// Whether a `toggle` event of a popover says that it opened.
pub fn toggled_open(event: &leptos::ev::Event) -> bool {
    let state = js_sys::Reflect::get(event, &JsValue::from_str("newState")).ok();
    state
        .and_then(|s| s.as_string())
        .is_some_and(|s| s == "open")
}

/// Prints the page.
pub fn print() {
    if let Some(window) = window() {
        drop(window.print());
    }
}
