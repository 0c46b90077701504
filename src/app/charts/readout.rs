//! The read-out beside the cursor: flips at the edges, spoken when the keyboard moved it.

use leptos::prelude::*;
use token_factory::chart::hit::tooltip_at;

use super::chart::Tip;
use crate::platform;

const LINE: f64 = 18.0;
const PAD: (f64, f64) = (20.0, 14.0);

/// A small panel at a point of the drawing.
#[component]
pub fn Readout(
    /// Where and what; `None` hides it.
    tip: Signal<Option<((f64, f64), Tip)>>,
    /// Size of the drawing.
    size: Signal<(f64, f64)>,
) -> impl IntoView {
    move || {
        tip.get().map(|(at, tip)| {
            let wide = |text: &str, bold| platform::text_width(text, 13.0, bold);
            let pairs = tip.rows.iter().map(|(a, b)| wide(a, false) + 16.0 + wide(b, false));
            let width = pairs.fold(wide(&tip.title, true), f64::max) + PAD.0 + 4.0;
            let lines = 1 + tip.rows.len();
            let (x, y) = tooltip_at(at, (width, lines as f64 * LINE + PAD.1), size.get());
            view! {
                <div class="chart-tip" aria-hidden="true" style:left=format!("{x:.0}px") style:top=format!("{y:.0}px")>
                    <b>{tip.title}</b>
                    <dl>
                        {tip.rows.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()}
                    </dl>
                </div>
            }
        })
    }
}
