//! The views there are. To add one: one line in `views!`, below, and one in `pieces!` if it is fetched when opened.

use leptos::prelude::*;

use super::pieces;
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
    Compare "compare" texts::view_compare, inputs: true, pieces::COMPARE.view();
    Explore "explore" texts::view_explore, inputs: true, pieces::EXPLORE.view();
    Price "price" texts::view_price, inputs: true, pieces::PRICE.view();
    Live "live" texts::view_live, inputs: false, pieces::LIVE.view();
    Evidence "evidence" texts::view_evidence, inputs: false, pieces::EVIDENCE.view();
}

#[allow(
    clippy::derivable_impls,
    reason = "the enum is made by the macro above"
)]
impl Default for View {
    fn default() -> Self {
        Self::Plan
    }
}

impl View {
    /// The view that a link names; the first one where this build has none of that name.
    pub fn of_link(view: token_factory::scenario::link::View) -> Self {
        let word = view.word();
        Self::ALL
            .iter()
            .copied()
            .find(|v| v.key() == word)
            .unwrap_or_default()
    }

    /// Its name for links.
    pub fn in_link(self) -> token_factory::scenario::link::View {
        let all = token_factory::scenario::link::View::ALL;
        all.into_iter()
            .find(|v| v.word() == self.key())
            .unwrap_or_default()
    }
}
