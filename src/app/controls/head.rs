//! The heading of a part of the results.

use leptos::prelude::*;

/// A title with a fact beside it, over a part of the results.
pub fn head(
    title: impl Fn() -> String + Send + Sync + 'static,
    aside: impl Fn() -> String + Send + Sync + 'static,
) -> AnyView {
    view! { <div class="section-head"><h2>{title}</h2><span class="quiet">{aside}</span></div> }
        .into_any()
}
