//! Reusable parts: every view builds from these, so that keyboard, touch and screen reader work
//! alike everywhere.

mod dialog;
mod icon;

pub use dialog::DialogBox;
pub use icon::{Icon, IconView};
