//! The views there are. To add one: one line in `views!`, below.

use leptos::prelude::*;

use crate::texts::{self, Text};

/// Declares the views: name, key in the link, title, whether the input rail stands beside it, and
/// the component that draws it.
macro_rules! views {
    ($($view:ident $key:literal $title:path, inputs: $inputs:literal, $draw:expr;)+) => {
        /// A view of the app.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum View {
            $(#[doc = $key] $view,)+
        }

        impl View {
            /// All of them, in the order of the tabs.
            pub const ALL: &[Self] = &[$(Self::$view),+];

            /// Its name in a link.
            pub fn key(self) -> &'static str {
                match self { $(Self::$view => $key),+ }
            }

            /// Its title.
            pub fn title(self) -> Text {
                match self { $(Self::$view => $title),+ }
            }

            /// Whether the input rail stands beside it.
            pub fn has_inputs(self) -> bool {
                match self { $(Self::$view => $inputs),+ }
            }

            /// Draws it.
            pub fn render(self) -> AnyView {
                match self { $(Self::$view => $draw),+ }
            }
        }
    };
}

views! {
    Plan "plan" texts::view_plan, inputs: true, view! { <crate::plan::Plan /> }.into_any();
}

impl Default for View {
    fn default() -> Self {
        Self::Plan
    }
}

impl View {
    /// The view of a link's key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|v| v.key() == key)
    }
}
