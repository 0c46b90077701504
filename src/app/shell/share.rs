//! The share dialog: link, QR code, scenario file.

use leptos::html::Dialog;
use leptos::prelude::*;
use token_factory::export::qr;
use token_factory::scenario::file;

use crate::controls::{DialogBox, Icon, IconView};
use crate::state::App;
use crate::{notices, platform, texts};

/// The share dialog.
#[component]
pub fn ShareDialog(node: NodeRef<Dialog>) -> impl IntoView {
    let app = App::here();
    let told = RwSignal::new(None::<(bool, String)>);
    let address = Signal::derive(move || platform::address_with(&app.link.get()));
    let copy = move |_| {
        let text = address.get_untracked();
        leptos::task::spawn_local(async move {
            let done = platform::copy_text(text).await.is_ok();
            let words = app.locale.get_untracked();
            let message = if done {
                copied(words)
            } else {
                copy_refused(words)
            };
            told.try_set(Some((done, message.to_owned())));
        });
    };
    let download = move |_| {
        let text = file::to_json(&app.shared_state());
        let done = platform::download(
            "token-factory-scenario.json",
            "application/json",
            text.as_bytes(),
        );
        told.set(done.err().map(|why| (false, why)));
    };
    let open = move |event| {
        leptos::task::spawn_local(async move {
            let Some(picked) = platform::picked_file(event).await else {
                return;
            };
            let fmt = app.fmt_untracked();
            let opened = picked.and_then(|f| {
                let state = file::from_json(&f.text).map_err(|e| notices::file_error(fmt, &e))?;
                Ok((f.name, state))
            });
            match opened {
                Ok((name, state)) => {
                    app.start_from(state);
                    told.try_set(Some((true, file_opened(fmt.locale, &name))));
                }
                Err(why) => {
                    told.try_set(Some((false, why)));
                }
            }
        });
    };
    view! {
        <DialogBox node id="share" title=Signal::derive(move || app.say(texts::share).to_owned()) on_close=Callback::new(move |()| told.set(None))>
            <p class="plain">{move || app.say(explain)}</p>
            <div class="share">
                <div class="share-main">
                    <label class="visually-hidden" for="share-link">{move || app.say(link_word)}</label>
                    <textarea id="share-link" class="text-input" rows="4" readonly prop:value=move || address.get()></textarea>
                    <p class="quiet">{move || characters(app.locale.get(), &app.link.with(|l| l.chars().count()).to_string())}</p>
                    <div class="actions">
                        <button type="button" class="btn main" on:click=copy>{move || app.say(copy_link)}</button>
                        <button type="button" class="btn line" on:click=download><IconView icon=Icon::Download />{move || app.say(download_file)}</button>
                        <label class="btn line file-button">
                            <input type="file" accept=".json,application/json" class="visually-hidden" on:change=open />
                            <span>{move || app.say(open_file)}</span>
                        </label>
                    </div>
                </div>
                {move || qr(&address.get()).map(|code| {
                    let side = code.size.to_string();
                    let frame = ["0 0", &side, &side].join(" ");
                    view! {
                        <svg class="qr" viewBox=frame role="img" aria-label=app.say(qr_of) shape-rendering="crispEdges"><path d=code.path /></svg>
                    }
                })}
            </div>
            <p role="status" class=move || told.with(|t| match t {
                Some((false, _)) => "bad",
                _ => "good",
            })>{move || told.get().map(|(_, message)| message)}</p>
        </DialogBox>
    }
    .into_any()
}

crate::texts! {
    explain = "The link holds everything that defines the result. It stays in the part of the address that browsers never send to a server.", "链接包含决定结果的全部参数，保存在地址中 # 之后的部分，浏览器不会将其发送给任何服务器。";
    link_word = "Link", "链接";
    characters(count) = "{count} characters after the address", "地址之后共 {count} 个字符";
    copy_link = "Copy link", "复制链接";
    copied = "Link copied.", "链接已复制。";
    copy_refused = "The browser did not allow copying. Select the link and press Ctrl C.", "浏览器不允许复制。请选中链接后按 Ctrl C。";
    download_file = "Download scenario", "下载方案";
    open_file = "Open scenario…", "打开方案…";
    file_opened(name) = "{name} is open. Undo takes it back.", "已打开 {name}，可撤销。";
    qr_of = "QR code of the link", "链接二维码";
}
