//! Long work in slices between frames, given up as soon as newer work arrives.

use std::time::Duration;

use leptos::prelude::*;

use crate::platform;

/// Longest time that one slice may take, ms: the page stays responsive.
const SLICE_MS: f64 = 10.0;

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
    pub fn run(self, delay_ms: u64, step: impl FnMut() -> bool + 'static) {
        self.stop();
        let Some(mine) = self.generation.try_get_value() else {
            return;
        };
        self.next(mine, delay_ms, step);
    }

    fn next(self, mine: u64, delay_ms: u64, mut step: impl FnMut() -> bool + 'static) {
        set_timeout(
            move || {
                let started = platform::now_ms();
                loop {
                    if self.generation.try_get_value() != Some(mine) || !step() {
                        return;
                    }
                    if platform::now_ms() - started > SLICE_MS {
                        break;
                    }
                }
                self.next(mine, 0, step);
            },
            Duration::from_millis(delay_ms),
        );
    }
}
