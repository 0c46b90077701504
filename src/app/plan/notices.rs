//! What the reader must know of the input and the result.

use leptos::prelude::*;
use token_factory::evaluation::Level;

use crate::controls::head;
use crate::controls::{Icon, IconView};
use crate::notices::notice;
use crate::state::App;

/// The notices, gravest first.
#[component]
pub fn Notices() -> impl IntoView {
    let app = App::here();
    let list = move || {
        let fmt = app.fmt();
        app.evaluation.with(|e| {
            if e.notices.is_empty() {
                return view! { <p class="plain">{app.say(nothing)}</p> }.into_any();
            }
            view! {
                <ul class="notes">{e.notices.iter().map(|n| {
                    let (icon, class) = match n.level {
                        Level::Error => (Icon::Bad, "bad"),
                        Level::Warning => (Icon::Warn, "warn"),
                        Level::Info => (Icon::Info, "info"),
                    };
                    view! { <li class=class><IconView icon />{notice(fmt, n)}</li> }
                }).collect_view()}</ul>
            }
            .into_any()
        })
    };
    view! {
        <section>
            {head(move || app.say(title).to_owned(), String::new)}
            {list}
        </section>
    }
    .into_any()
}

crate::texts! {
    title = "Notices", "提示";
    nothing = "Nothing to add.", "无。";
}
