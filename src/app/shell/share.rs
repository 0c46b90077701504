//! The share dialog: link, QR code, scenario file.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::controls::DialogBox;
use crate::state::App;
use crate::texts;

/// The share dialog.
#[component]
pub fn ShareDialog(node: NodeRef<Dialog>) -> impl IntoView {
    let app = App::here();
    view! {
        <DialogBox node id="share" title=Signal::derive(move || app.say(texts::share).to_owned())>
            <p></p>
        </DialogBox>
    }
}
