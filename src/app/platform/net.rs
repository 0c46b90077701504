//! Asking a metrics server: one request at a time, nothing sent along but what the user entered.
//!
//! Requests carry no cookies and no referrer, follow no redirect to another place, and are not
//! kept by any cache. What failed is told apart as far as a browser lets a page know.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use gloo_net::http::{Request as Http, RequestBuilder, Response};
use leptos::prelude::*;
use token_factory::live::prometheus::diagnosis::{Asked, Diagnosis, FailedFetch};
use token_factory::live::prometheus::endpoint::{Access, Reach};
use token_factory::live::prometheus::request::Request;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestMode, RequestRedirect};

use super::{document, window};

/// Longest answer taken, bytes.
const LARGEST: u64 = 64_000_000;
/// Longest wait, seconds.
const TIMEOUT_S: u32 = 30;

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Content type; "" = none.
    pub content_type: String,
    /// Body.
    pub body: String,
}

/// Seconds since 1970 by the browser's clock.
pub fn epoch_s() -> f64 {
    js_sys::Date::now() / 1e3
}

/// Seconds that the reader's clock is east of Greenwich.
pub fn zone_s() -> i32 {
    -(js_sys::Date::new_0().get_timezone_offset() * 60.0) as i32
}

/// Scheme, host and port of this page.
pub fn page_origin() -> String {
    window()
        .and_then(|w| w.location().origin().ok())
        .unwrap_or_default()
}

/// The page is not in sight.
pub fn hidden() -> bool {
    document().is_some_and(|d| d.visibility_state() == web_sys::VisibilityState::Hidden)
}

/// Gives up a request.
#[derive(Clone, Default)]
pub struct Abort(Rc<RefCell<Option<web_sys::AbortController>>>);

impl Abort {
    /// Gives up what runs under it.
    pub fn abort(&self) {
        if let Some(controller) = self.0.borrow_mut().take() {
            controller.abort();
        }
    }

    fn signal(&self) -> Option<web_sys::AbortSignal> {
        let controller = web_sys::AbortController::new().ok()?;
        let signal = controller.signal();
        *self.0.borrow_mut() = Some(controller);
        Some(signal)
    }
}

fn guarded(builder: RequestBuilder) -> RequestBuilder {
    builder
        .credentials(RequestCredentials::Omit)
        .redirect(RequestRedirect::Error)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .cache(RequestCache::NoStore)
}

/// Asks, and says what stood in the way.
///
/// # Errors
/// The diagnosis of a request without an answer, or with one that is too large.
pub async fn ask(
    access: &Access,
    request: &Request,
    asked: Asked,
    abort: &Abort,
) -> Result<Reply, Diagnosis> {
    let mut builder = match request.form {
        Some(_) => {
            Http::post(&request.url).header("Content-Type", "application/x-www-form-urlencoded")
        }
        None => Http::get(&request.url),
    };
    for (name, value) in access.headers_for(&request.url) {
        builder = builder.header(name, value.reveal());
    }
    let signal = abort.signal();
    builder = guarded(builder).abort_signal(signal.as_ref());
    let unsendable = |_| Diagnosis::Malformed;
    let ready = match &request.form {
        Some(form) => builder.body(form.as_str()).map_err(unsendable)?,
        None => builder.build().map_err(unsendable)?,
    };
    let ready = in_space(ready, access.endpoint.address_space(&page_origin()));
    let timed_out = Rc::new(RefCell::new(false));
    let timer = {
        let (abort, timed_out) = (abort.clone(), timed_out.clone());
        set_timeout_with_handle(
            move || {
                *timed_out.borrow_mut() = true;
                abort.abort();
            },
            Duration::from_secs(u64::from(TIMEOUT_S)),
        )
    };
    let outcome = read(ready).await;
    if let Ok(timer) = timer {
        timer.clear();
    }
    let waited = (*timed_out.borrow()).then_some(TIMEOUT_S);
    match outcome {
        Ok(reply) => reply,
        Err(()) => Err(diagnose(access, asked, waited).await),
    }
}

/// The request with the word for the address space that it goes to, which no builder knows yet.
/// Browsers without it take no notice.
fn in_space(request: Http, space: Option<&str>) -> Http {
    let Some(space) = space else { return request };
    let init = web_sys::RequestInit::new();
    drop(js_sys::Reflect::set(
        &init,
        &"targetAddressSpace".into(),
        &space.into(),
    ));
    let plain: web_sys::Request = request.into();
    web_sys::Request::new_with_request_and_init(&plain, &init)
        .unwrap_or(plain)
        .into()
}

/// `Err(())` = no answer at all.
async fn read(request: Http) -> Result<Result<Reply, Diagnosis>, ()> {
    let response = request.send().await.map_err(|_| ())?;
    let too_large = || Diagnosis::TooLarge {
        limit_bytes: LARGEST,
    };
    let length = response
        .headers()
        .get("content-length")
        .and_then(|l| l.parse::<u64>().ok());
    if length.is_some_and(|l| l > LARGEST) {
        return Ok(Err(too_large()));
    }
    let status = response.status();
    let content_type = response.headers().get("content-type").unwrap_or_default();
    let Some(body) = body_of(&response).await? else {
        return Ok(Err(too_large()));
    };
    Ok(Ok(Reply {
        status,
        content_type,
        body,
    }))
}

/// The body piece by piece, so that an endless one is given up; `None` = too large.
async fn body_of(response: &Response) -> Result<Option<String>, ()> {
    let Some(stream) = response.body() else {
        return Ok(Some(String::new()));
    };
    let reader: web_sys::ReadableStreamDefaultReader =
        stream.get_reader().dyn_into().map_err(drop)?;
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(drop)?;
        let done = js_sys::Reflect::get(&piece, &"done".into()).map_err(drop)?;
        if done.is_truthy() {
            return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
        }
        let value = js_sys::Reflect::get(&piece, &"value".into()).map_err(drop)?;
        let value: js_sys::Uint8Array = value.dyn_into().map_err(drop)?;
        if bytes.len() as u64 + u64::from(value.length()) > LARGEST {
            drop(reader.cancel());
            return Ok(None);
        }
        bytes.extend(value.to_vec());
    }
}

/// Climbs the ladder of what a failed fetch can mean.
async fn diagnose(access: &Access, asked: Asked, timed_out_after_s: Option<u32>) -> Diagnosis {
    let endpoint = &access.endpoint;
    // The browser tells of a violated policy in a task of its own, after the fetch has failed.
    sleep(0.05).await;
    let reach = endpoint.reach();
    let granted = match reach {
        Reach::Loopback => permission("loopback-network").await,
        Reach::Local => permission("local-network").await,
        Reach::Public => None,
    };
    let policy_violation = forbidden_by_policy(&endpoint.origin());
    let opaque = timed_out_after_s.is_none() && !policy_violation && probe(&endpoint.base()).await;
    let page_origin = page_origin();
    let same_origin = page_origin == endpoint.origin();
    FailedFetch {
        endpoint,
        asked,
        page_origin: &page_origin,
        policy_violation,
        local_network_granted: granted,
        opaque_probe_succeeded: opaque && !same_origin,
        sent_auth: !matches!(
            access.kind(),
            token_factory::live::prometheus::endpoint::AuthKind::None
        ),
        sent_tenant: access.has_tenant(),
        timed_out_after_s,
    }
    .diagnose()
}

/// Whether something answers there at all: a request whose answer this page may not read.
async fn probe(url: &str) -> bool {
    let request = guarded(Http::get(url))
        .redirect(RequestRedirect::Follow)
        .mode(RequestMode::NoCors);
    match request.build() {
        Ok(request) => request.send().await.is_ok(),
        Err(_) => false,
    }
}

/// State of a permission: granted, denied, or unknown (asked for, or no such permission here).
async fn permission(name: &str) -> Option<bool> {
    let navigator: JsValue = window()?.navigator().into();
    let permissions = js_sys::Reflect::get(&navigator, &"permissions".into()).ok()?;
    let query: js_sys::Function = js_sys::Reflect::get(&permissions, &"query".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let wanted = js_sys::Object::new();
    js_sys::Reflect::set(&wanted, &"name".into(), &name.into()).ok()?;
    let promise: js_sys::Promise = query.call1(&permissions, &wanted).ok()?.dyn_into().ok()?;
    let status = JsFuture::from(promise).await.ok()?;
    match js_sys::Reflect::get(&status, &"state".into())
        .ok()?
        .as_string()?
        .as_str()
    {
        "granted" => Some(true),
        "denied" => Some(false),
        _ => None,
    }
}

thread_local! {
    static BLOCKED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Listens for addresses that the page's own policy forbids. Once, when the app starts.
pub fn watch_policy() {
    let handle = window_event_listener_untyped("securitypolicyviolation", |event| {
        let blocked = js_sys::Reflect::get(&event, &"blockedURI".into())
            .ok()
            .and_then(|v| v.as_string());
        if let Some(blocked) = blocked {
            BLOCKED.with_borrow_mut(|all| {
                all.truncate(31);
                all.insert(0, blocked);
            });
        }
    });
    on_cleanup(move || handle.remove());
}

fn forbidden_by_policy(origin: &str) -> bool {
    BLOCKED.with_borrow(|all| all.iter().any(|b| b.starts_with(origin)))
}

/// Shows a notification of the system, where the reader has allowed it.
pub fn notify(title: &str) {
    if web_sys::Notification::permission() == web_sys::NotificationPermission::Granted {
        drop(web_sys::Notification::new(title));
    }
}

/// Asks whether notifications may be shown.
pub fn ask_to_notify() {
    drop(web_sys::Notification::request_permission());
}

/// Waits.
pub async fn sleep(seconds: f64) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = window() {
            let ms = (seconds * 1e3).clamp(0.0, 1e9) as i32;
            drop(window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms));
        }
    });
    drop(JsFuture::from(promise).await);
}
