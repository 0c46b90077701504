//! Charts on canvases: what `token_factory::chart` placed, drawn once a frame, with hover, keyboard,
//! a table twin and exports.

mod chart;
mod export;
mod floor;
mod readout;

pub use chart::{Chart, Tip};
pub use floor::{FloorCanvas, HEIGHT};

use token_factory::chart::place::Env;

use crate::platform;

/// Placing texts as the page measures them.
fn env<'a>(format_x: &'a dyn Fn(f64) -> String, format_y: &'a dyn Fn(f64) -> String) -> Env<'a> {
    Env {
        measure: &platform::text_width,
        format_x,
        format_y,
    }
}
