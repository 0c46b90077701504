//! Line icons, drawn in the colour of the text.

use leptos::prelude::*;

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Take back.
    Undo,
    /// Take back the taking back.
    Redo,
    /// Colours.
    Theme,
    /// Question mark.
    Help,
    /// A list opens below.
    Down,
    /// Back to the default.
    Reset,
    /// Warning.
    Warn,
    /// Good to know.
    Info,
    /// Failed or impossible.
    Bad,
    /// Close or remove.
    Close,
    /// Add.
    Plus,
    /// Search.
    Search,
    /// Done.
    Check,
    /// Download.
    Download,
    /// Print.
    Print,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Undo => "M4 6h6a3 3 0 010 6H6M4 6l3-3M4 6l3 3",
            Self::Redo => "M12 6H6a3 3 0 000 6h4M12 6L9 3M12 6L9 9",
            Self::Theme => "M8 2a6 6 0 100 12A6 6 0 008 2zM8 2v12M8 5h3M8 8h6M8 11h3",
            Self::Help => {
                "M8 2a6 6 0 100 12A6 6 0 008 2zM6.2 6.4a1.9 1.9 0 113 1.5c-.8.5-1.2.8-1.2 1.5M8 11.3v.3"
            }
            Self::Down => "M4 6.5l4 4 4-4",
            Self::Reset => "M12.5 8a4.5 4.5 0 11-1.4-3.2M11.5 2v3h-3",
            Self::Warn => "M8 2l6.5 11.5h-13zM8 6.5v3.5M8 11.7v.4",
            Self::Info => "M8 2a6 6 0 100 12A6 6 0 008 2zM8 7.3V11M8 4.8v.4",
            Self::Bad => "M8 2a6 6 0 100 12A6 6 0 008 2zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Search => "M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.3 10.3L14 14",
            Self::Check => "M3 8.5l3.5 3.5L13 4.5",
            Self::Download => "M8 2v8M4.5 7L8 10.5 11.5 7M3 13.5h10",
            Self::Print => "M4 6V2h8v4M4 12H2V6h12v6h-2M4 9.5h8V14H4z",
        }
    }
}

/// Draws an icon; decoration only, so the control beside it needs its own name.
#[component]
pub fn IconView(icon: Icon) -> impl IntoView {
    view! {
        <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d=icon.path() /></svg>
    }
}
