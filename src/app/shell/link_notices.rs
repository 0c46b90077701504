//! What a link asked for and did not get, shown until it is dismissed.

use leptos::prelude::*;

use crate::controls::{Icon, IconView};
use crate::notices::link_notice;
use crate::state::App;
use crate::texts;

/// More than so many are counted instead of listed.
const LISTED: usize = 5;

/// The banner.
#[component]
pub fn LinkNotices() -> impl IntoView {
    let app = App::here();
    let lines = move || {
        let fmt = app.fmt();
        app.link_notices.with(|all| {
            let mut lines: Vec<String> = all
                .iter()
                .take(LISTED)
                .map(|n| link_notice(fmt, n))
                .collect();
            if all.len() > LISTED {
                lines.push(more(fmt.locale, &(all.len() - LISTED).to_string()));
            }
            lines
        })
    };
    move || {
        app.link_notices.with(|n| !n.is_empty()).then(|| {
            view! {
                <div class="banner" role="alert">
                    <IconView icon=Icon::Warn />
                    <div>
                        <b>{move || app.say(title)}</b>
                        <ul>{move || lines().into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
                    </div>
                    <button type="button" class="btn icon small" aria-label=move || app.say(texts::close) on:click=move |_| app.link_notices.set(Vec::new())>
                        <IconView icon=Icon::Close />
                    </button>
                </div>
            }
        })
    }
}

crate::texts! {
    title = "Part of the link could not be taken over", "链接中有部分内容未能采用";
    more(count) = "… and {count} more.", "……另有 {count} 处。";
}
