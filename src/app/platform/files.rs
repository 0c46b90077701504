//! Files and the clipboard: save a download, read a picked or dropped file, copy text.

use std::time::Duration;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{document, window};

/// How long the bytes of a download stay readable.
const KEPT_FOR_DOWNLOAD: Duration = Duration::from_secs(60);

/// Offers bytes as a download.
pub fn download(name: &str, mime: &str, bytes: &[u8]) -> Result<(), String> {
    try_download(name, mime, bytes).map_err(|e| describe(&e))
}

fn try_download(name: &str, mime: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let Some(document) = document() else {
        return Ok(());
    };
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(mime);
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link: web_sys::HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The browser reads the address after the click has returned; a busy one much later.
    leptos::leptos_dom::helpers::set_timeout(
        move || drop(web_sys::Url::revoke_object_url(&url)),
        KEPT_FOR_DOWNLOAD,
    );
    Ok(())
}

/// Copies text; `Err` says that the browser refused.
pub async fn copy_text(text: String) -> Result<(), String> {
    let Some(window) = window() else {
        return Err(String::new());
    };
    // Absent on plain http from another machine; calling a method of `undefined` would throw.
    let clipboard = js_sys::Reflect::get(&window.navigator(), &JsValue::from_str("clipboard"));
    if clipboard.is_ok_and(|c| c.is_undefined()) {
        return Err(String::new());
    }
    let promise = window.navigator().clipboard().write_text(&text);
    JsFuture::from(promise)
        .await
        .map(drop)
        .map_err(|e| describe(&e))
}

/// A file that the user picked or dropped.
#[derive(Clone, Debug, PartialEq)]
pub struct PickedFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Largest file that is read: a scenario is a few kB, a benchmark table a few MB.
const MAX_FILE_BYTES: f64 = 32e6;

/// The file chosen in an `<input type=file>`'s `change` event; the input is emptied, so that the
/// same file can be chosen again.
pub async fn picked_file(event: leptos::ev::Event) -> Option<Result<PickedFile, String>> {
    let input: web_sys::HtmlInputElement = event.target()?.dyn_into().ok()?;
    let file = input.files()?.get(0)?;
    let read = read_file(file).await;
    input.set_value("");
    Some(read)
}

/// The first file of a `drop` event.
pub async fn dropped_file(event: leptos::ev::DragEvent) -> Option<Result<PickedFile, String>> {
    let file = event.data_transfer()?.files()?.get(0)?;
    Some(read_file(file).await)
}

async fn read_file(file: web_sys::File) -> Result<PickedFile, String> {
    let name = file.name();
    if file.size() > MAX_FILE_BYTES {
        return Err(format!("{name} > 32 MB"));
    }
    let text = JsFuture::from(file.text())
        .await
        .map_err(|e| describe(&e))?;
    Ok(PickedFile {
        name,
        text: text.as_string().unwrap_or_default(),
    })
}

fn describe(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &JsValue::from_str("message")).ok();
    message.and_then(|m| m.as_string()).unwrap_or_default()
}
