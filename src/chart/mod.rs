//! Charts: state → placed → drawn.
//!
//! [`spec`] says what a chart shows, [`place`] turns it into pixel coordinates without drawing
//! anything, [`draw`] draws the placed scene on any plotters backend (canvas in the page, [`svg`]
//! for export and tests). [`floor`] lays out every card of a factory. Nothing here knows a browser,
//! a language or a colour value: texts, number formats, text widths and the palette are passed in.

pub mod assign;
pub mod axes;
pub mod draw;
pub mod floor;
pub mod hit;
pub mod notes;
pub mod place;
pub mod range;
pub mod scene;
pub mod spec;
pub mod summary;
pub mod svg;
