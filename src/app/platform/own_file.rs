//! Files that ship with the page, fetched from where the page came from.

use gloo_net::http::Request;

/// The text of a file beside the page; works offline, because the service worker keeps it.
/// `Err` says what the browser or the server answered.
pub async fn own_file(name: &str) -> Result<String, String> {
    let answer = Request::get(name).send().await.map_err(|e| e.to_string())?;
    if !answer.ok() {
        return Err(format!(
            "{name}: {} {}",
            answer.status(),
            answer.status_text()
        ));
    }
    answer.text().await.map_err(|e| e.to_string())
}
