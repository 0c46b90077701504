//! The crash screen: plain DOM, because after a panic the rest of the page is frozen.
//!
//! Says that something broke, shows the error, and gives the scenario's link to copy.

use std::cell::{Cell, RefCell};

use super::{address_with, document};

thread_local! {
    static LINK: RefCell<String> = const { RefCell::new(String::new()) };
    static SHOWN: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the scenario's fragment for the crash screen.
pub fn remember_link(fragment: &str) {
    LINK.with(|link| {
        if let Ok(mut link) = link.try_borrow_mut() {
            fragment.clone_into(&mut link);
        }
    });
}

/// Installs the panic hook.
pub fn install_crash_screen() {
    std::panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        web_sys::console::error_1(&wasm_bindgen::JsValue::from_str(&message));
        if !SHOWN.replace(true) {
            // Nothing more can be done where even this fails.
            drop(show(&message));
        }
    }));
}

fn show(message: &str) -> Result<(), wasm_bindgen::JsValue> {
    let (Some(document), fragment) = (
        document(),
        LINK.with(|l| l.try_borrow().map(|s| s.clone()).unwrap_or_default()),
    ) else {
        return Ok(());
    };
    let zh = document
        .document_element()
        .is_some_and(|e| e.get_attribute("lang").is_some_and(|l| l.starts_with("zh")));
    let say = |en: &'static str, cn: &'static str| if zh { cn } else { en };
    let make =
        |tag: &str, class: &str, text: &str| -> Result<web_sys::Element, wasm_bindgen::JsValue> {
            let element = document.create_element(tag)?;
            element.set_class_name(class);
            element.set_text_content(Some(text));
            Ok(element)
        };
    let screen = make("div", "crash", "")?;
    screen.set_attribute("role", "alertdialog")?;
    screen.set_attribute("aria-labelledby", "crash-title")?;
    let title = make("h1", "crash-title", say("Something broke", "程序出错了"))?;
    title.set_id("crash-title");
    screen.append_child(&title)?;
    screen.append_child(&*make(
        "p",
        "",
        say(
            "The page stopped because of a fault in the program. Nothing was sent anywhere. This link holds your scenario: copy it, then reload.",
            "程序出现故障，页面已停止。没有任何数据被发送。下面的链接保存了你的方案：请先复制，再重新加载页面。",
        ),
    )?)?;
    let link = if fragment.is_empty() {
        super::fragment()
    } else {
        fragment
    };
    let field = make("textarea", "crash-link", &address_with(&link))?;
    field.set_attribute("readonly", "")?;
    field.set_attribute("rows", "3")?;
    field.set_attribute("aria-label", say("Link to your scenario", "方案链接"))?;
    screen.append_child(&field)?;
    let reload = make("a", "btn main", say("Reload", "重新加载"))?;
    reload.set_attribute("href", "")?;
    screen.append_child(&reload)?;
    let details = make("pre", "crash-error", message)?;
    screen.append_child(&details)?;
    if let Some(body) = document.body() {
        body.append_child(&screen)?;
    }
    if let Ok(field) = wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlTextAreaElement>(field) {
        drop(field.focus());
        field.select();
    }
    Ok(())
}
