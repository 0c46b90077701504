//! The footer: version, what bands mean, the keys.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::platform;
use crate::state::App;

/// The footer.
#[component]
pub fn Footer(keys_dialog: NodeRef<Dialog>) -> impl IntoView {
    let app = App::here();
    view! {
        <footer class="foot">
            <span>{move || app.say(private)}</span>
            {move || (!app.is_quote()).then(|| view! { <span>{app.say(bands)}</span> })}
            <span>{concat!("v", env!("CARGO_PKG_VERSION"))}</span>
            {move || (!app.is_quote()).then(|| view! { <button class="link no-phone" on:click=move |_| platform::open_dialog(keys_dialog)>{app.say(keys_hint)}</button> })}
        </footer>
    }
}

crate::texts! {
    private = "Computed in this browser; nothing is sent.", "全部在本浏览器内计算，不发送任何数据。";
    bands = "Bands are 80 %; a mark names the weakest input.", "区间为 80%；标记取最弱的输入。";
    keys_hint = "? shows the keys", "按 ? 查看快捷键";
}
