//! The browser: the only module that names `web_sys`, `js_sys` or `gloo_net`.
//!
//! Everything here takes and returns plain data, swallows what the browser refuses (private mode,
//! missing features) into an `Option` or a `Result`, and never panics.

mod canvas;
mod dom;
mod files;
mod intl;
mod location;
mod net;
mod own_file;
mod storage;

pub use canvas::{paint, palette, png, text_width};
pub use dom::*;
pub use files::*;
pub use intl::{Style, date_in_days, day_of, format_date, format_number, second_of};
pub use location::*;
pub use net::*;
pub use own_file::own_file;
pub use storage::{load, load_in_tab, save, save_in_tab};

use leptos::prelude::*;

/// Mounts the app in the page and takes the boot screen away.
pub fn mount<F, V>(view: F)
where
    F: FnOnce() -> V + 'static,
    V: IntoView + 'static,
{
    if let Some(boot) = document().and_then(|d| d.get_element_by_id("boot")) {
        boot.remove();
    }
    leptos::mount::mount_to_body(view);
}

fn window() -> Option<web_sys::Window> {
    web_sys::window()
}

fn document() -> Option<web_sys::Document> {
    window()?.document()
}

/// Milliseconds since the page opened; the app's only clock. 0 where the browser has none.
pub fn now_ms() -> f64 {
    window()
        .and_then(|w| w.performance())
        .map_or(0.0, |p| p.now())
}

/// Does some work and leaves how long it took in the browser's performance timeline, as a measure of
/// this name: for the developer tools and for `make bench`. Only the newest measure is kept.
pub fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let Some(performance) = window().and_then(|w| w.performance()) else {
        return work();
    };
    performance.clear_measures_with_measure_name(name);
    // A browser that refuses the mark only leaves the measure out.
    let marked = performance.mark(name).is_ok();
    let done = work();
    if marked {
        drop(performance.measure_with_start_mark(name, name));
        performance.clear_marks_with_mark_name(name);
    }
    done
}
