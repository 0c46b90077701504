//! The mark that the scenario is calibrated to the reader's own cluster, on every view.

use leptos::prelude::*;
use token_factory::scenario::LocalCalibration;

use super::own::factors_in_words;
use crate::controls::{Icon, IconView};
use crate::state::App;

/// The mark, with the factors and the way to take them away; nothing where there are none.
#[component]
pub fn LocalMark() -> impl IntoView {
    let app = App::here();
    let local = Memo::new(move |_| app.scenario.with(|s| s.local));
    move || {
        let local = local.get();
        (local != LocalCalibration::default()).then(|| {
            let fmt = app.fmt();
            view! {
                <p class="local-mark" role="note">
                    <IconView icon=Icon::Info />
                    <span>{mark(fmt.locale)}" "{factors_in_words(fmt, local)}</span>
                    <button type="button" class="link" on:click=move |_| app.act(|s| s.local = LocalCalibration::default())>{app.say(remove)}</button>
                </p>
            }
        })
    }
}

crate::texts! {
    mark = "Calibrated to your cluster:", "已按您的集群标定：";
    remove = "Back to the published calibration", "恢复公开标定";
}
