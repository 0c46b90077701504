//! Long work in short slices, so that the page answers while it goes on.

use std::time::Duration;

use leptos::prelude::set_timeout;

use crate::platform;

/// Length of a slice, ms: half a frame at 60 frames a second.
const SLICE_MS: f64 = 8.0;

/// Calls `step` until it returns false, a slice at a time. A step should be short.
pub fn in_slices(mut step: impl FnMut() -> bool + 'static) {
    set_timeout(
        move || {
            let end = platform::now_ms() + SLICE_MS;
            loop {
                if !step() {
                    return;
                }
                if platform::now_ms() >= end {
                    break;
                }
            }
            in_slices(step);
        },
        Duration::ZERO,
    );
}
