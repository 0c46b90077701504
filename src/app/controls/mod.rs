//! Reusable parts: every view builds from these, so that keyboard, touch and screen reader work
//! alike everywhere.

mod dialog;
mod disclosure;
mod head;
mod history;
mod icon;
mod mark;
mod number;
mod picker;
mod popover;
mod row;
mod scenario_rows;
mod segmented;
mod table;
mod text_row;
mod why;

pub use dialog::DialogBox;
pub use disclosure::{Group, More};
pub use head::head;
pub use history::HistoryButtons;
pub use icon::{Icon, IconView};
pub use mark::{BandAt, BandBar, Mark, MarkLegend, Origin};
pub use number::{Change, NumberField, Shown, read_whole, words};
pub use picker::{Entry, Picker};
pub use popover::{Popover, Term};
pub use row::Row;
pub use scenario_rows::{FlagRow, NumberRow, WordsRow};
pub use segmented::{Choice, Segmented, Select};
pub use table::{Cell, Column, DataTable, Plain, csv_text, json_text};
pub use text_row::TextRow;
pub use why::{Why, WhyLine, why_panel};
