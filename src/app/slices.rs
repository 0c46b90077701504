//! Long work in short slices between frames, so that the page answers while it goes on.

use std::time::Duration;

use leptos::prelude::*;

use crate::platform;

/// Length of a slice, ms: half a frame at 60 frames a second.
const SLICE_MS: f64 = 8.0;

/// Calls `step` until it returns false, a slice at a time. A step should be short.
pub fn in_slices(step: impl FnMut() -> bool + 'static) {
    after(0, step);
}

fn after(delay_ms: u64, mut step: impl FnMut() -> bool + 'static) {
    set_timeout(
        move || {
            let end = platform::now_ms() + SLICE_MS;
            while step() {
                if platform::now_ms() >= end {
                    return after(0, step);
                }
            }
        },
        Duration::from_millis(delay_ms),
    );
}

/// A place for long work: new work replaces what still runs.
#[derive(Clone, Copy)]
pub struct Slices {
    generation: StoredValue<u64>,
}

impl Slices {
    /// A place with nothing to do; what runs ends with the owner.
    pub fn new() -> Self {
        let slices = Self {
            generation: StoredValue::new(0),
        };
        on_cleanup(move || slices.stop());
        slices
    }

    /// Gives up what still runs.
    pub fn stop(self) {
        self.generation.try_update_value(|g| *g += 1);
    }

    /// Runs `step` again and again until it returns `false`, after a pause of `delay_ms`.
    pub fn run(self, delay_ms: u64, mut step: impl FnMut() -> bool + 'static) {
        self.stop();
        let Some(mine) = self.generation.try_get_value() else {
            return;
        };
        after(delay_ms, move || {
            self.generation.try_get_value() == Some(mine) && step()
        });
    }
}
