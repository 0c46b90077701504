//! Connecting: address, identity, a test that says what was found or what stands in the way.

use leptos::html::Dialog;
use leptos::prelude::*;
use token_factory::live::prometheus::diagnosis::Diagnosis;
use token_factory::live::prometheus::endpoint::{Access, Auth, Endpoint, Secret};
use token_factory::live::session::Session;
use token_factory::live::{devices, profiles};

use super::poll::{self, Found, Server};
use super::store::{Health, Live, SourceKind};
use super::words;
use crate::controls::{Choice, DialogBox, Icon, IconView, Segmented};
use crate::platform::{self, Abort};
use crate::state::App;

const KINDS: &[Choice] = &[
    ("prometheus", prometheus),
    ("metrics", metrics),
    ("paste", paste),
    ("session", session_word),
    ("simulated", simulated),
];
/// Where the tab keeps an identity that its reader wanted kept.
const KEPT_KEY: &str = "tfp-access";
const AUTHS: &[Choice] = &[("none", no_auth), ("bearer", bearer), ("basic", basic)];

/// What a test came to.
#[derive(Clone)]
enum Test {
    Idle,
    Running,
    Found(Found),
    Failed(Diagnosis),
    /// A pasted text could not be used.
    Unread(Diagnosis),
}

/// The dialog.
#[component]
pub fn ConnectDialog(node: NodeRef<Dialog>) -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    let kind = RwSignal::new("prometheus");
    let address = RwSignal::new(String::new());
    let auth = RwSignal::new("none");
    // Secrets live in this page's memory, in the tab's storage where the reader wants that, and never
    // in a link, a file or a log.
    let user = RwSignal::new(String::new());
    let secret = RwSignal::new(String::new());
    let tenant = RwSignal::new(String::new());
    let selector = RwSignal::new(String::new());
    let engine = RwSignal::new(String::new());
    let device = RwSignal::new(String::new());
    let text = RwSignal::new(String::new());
    let test = RwSignal::new(Test::Idle);
    let told = RwSignal::new(None::<String>);

    // A secret is meant for the server it was typed for: another address gets it only if typed anew.
    let origin = Memo::new(move |_| {
        address.with(|a| {
            Endpoint::parse(a)
                .ok()
                .map(|(endpoint, _)| endpoint.origin())
        })
    });
    let bound = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if secret.with(|s| !s.is_empty()) {
            bound.set(origin.get_untracked());
        }
    });
    Effect::new(move |_| {
        let now = origin.get();
        let other = bound.with_untracked(|b| b.is_some() && now.is_some() && *b != now);
        if other {
            secret.set(String::new());
            tenant.set(String::new());
            bound.set(None);
        }
    });

    // What was kept for this tab comes back for the address that it was typed for, and for no other:
    // never for one that a link brings.
    let keep = RwSignal::new(false);
    let kept =
        platform::load_in_tab(KEPT_KEY).filter(|_| live.named.with_untracked(Option::is_none));
    if let Some(kept) = kept {
        let mut lines = kept.split('\n').map(str::to_owned);
        for field in [address, user, secret, tenant] {
            field.set(lines.next().unwrap_or_default());
        }
        auth.set(if user.with_untracked(String::is_empty) {
            "bearer"
        } else {
            "basic"
        });
        keep.set(true);
    } else if platform::address_with("").contains("/user/") {
        // Served by Prometheus itself (`--web.user-assets`): its API is at the same origin.
        address.set(platform::page_origin());
    }
    Effect::new(move |_| {
        let Some(text) = live.named.get() else { return };
        kind.set("prometheus");
        for field in [user, secret, tenant] {
            field.set(String::new());
        }
        match Endpoint::parse(&text) {
            Ok((endpoint, _)) => address.set(endpoint.base()),
            Err(reason) => test.set(Test::Failed(Diagnosis::BadAddress { reason })),
        }
        platform::open_dialog(node);
    });
    let keep_or_forget = move || {
        let kept = keep.get_untracked() && auth.get_untracked() != "none";
        let lines = [address, user, secret, tenant].map(|f| f.get_untracked());
        let lines = lines.join("\n");
        platform::save_in_tab(KEPT_KEY, if kept { &lines } else { "" });
    };

    let access = move || -> Result<Access, Diagnosis> {
        let (endpoint, _) = Endpoint::parse(&address.get_untracked())
            .map_err(|reason| Diagnosis::BadAddress { reason })?;
        let auth = match auth.get_untracked() {
            "bearer" => Auth::Bearer(Secret::new(secret.get_untracked())),
            "basic" => Auth::Basic(
                Secret::new(user.get_untracked()),
                Secret::new(secret.get_untracked()),
            ),
            _ => Auth::None,
        };
        Ok(Access::new(endpoint, auth, &tenant.get_untracked()))
    };
    let probe = move |connect: bool| {
        let access = match access() {
            Ok(access) => access,
            Err(why) => return test.set(Test::Failed(why)),
        };
        bound.set(origin.get_untracked());
        let direct = kind.get_untracked() == "metrics";
        test.set(Test::Running);
        leptos::task::spawn_local(async move {
            let abort = Abort::default();
            let found = if direct {
                poll::probe_metrics(&access, &abort).await
            } else {
                poll::probe_api(&access, &abort).await
            };
            match found {
                Err(why) => {
                    test.try_set(Test::Failed(why));
                }
                Ok(found) => {
                    let chosen_engine = engine.try_get_untracked().unwrap_or_default();
                    let chosen_device = device.try_get_untracked().unwrap_or_default();
                    let server = Server {
                        access,
                        engine: profiles::engine(&chosen_engine).or(found.engines.first().copied()),
                        device: devices::device(&chosen_device).or(found.devices.first().copied()),
                        selector: selector.try_get_untracked().unwrap_or_default(),
                        names: found.names.clone(),
                        labels: None,
                        polls: 0,
                        abort,
                        before: None,
                        has_past: false,
                    };
                    test.try_set(Test::Found(found));
                    keep_or_forget();
                    if connect {
                        let source = if direct {
                            SourceKind::Metrics
                        } else {
                            SourceKind::Prometheus
                        };
                        live.use_server(source, server, if direct { 5.0 } else { 10.0 });
                        platform::close_dialog(node);
                    }
                }
            }
        });
    };
    let read_text = move |body: String| match poll::of_text(&body, platform::epoch_s()) {
        Err(why) => test.set(Test::Unread(why)),
        Ok(scrape) => {
            let names: Vec<String> = scrape.names().map(str::to_owned).collect();
            match poll::found(&names) {
                Err(why) => test.set(Test::Unread(why)),
                Ok(found) => {
                    // A second text of the same source makes rates out of counters.
                    let before = live.take_pasted();
                    live.forget();
                    live.kind.set(SourceKind::Pasted);
                    let basis = live.basis();
                    let snapshot = poll::snapshot_of(&scrape, before.as_ref(), &basis);
                    live.apply(snapshot, &basis);
                    live.keep_pasted(scrape);
                    live.health.set(Health::Good);
                    test.set(Test::Found(found));
                }
            }
        }
    };
    let open_session = move |event: leptos::ev::Event| {
        leptos::task::spawn_local(async move {
            let Some(picked) = platform::picked_file(event).await else {
                return;
            };
            let opened = picked.and_then(|f| {
                let session = Session::read(&f.text).map_err(|e| e.to_string())?;
                Ok((f.name, session))
            });
            match opened {
                Ok((name, session)) => {
                    live.use_session(name, session);
                    told.try_set(None);
                    platform::close_dialog(node);
                }
                Err(why) => {
                    told.try_set(Some(why));
                }
            }
        });
    };
    let secret_warning = move || {
        let exposed = Endpoint::parse(&address.get()).is_ok_and(|(e, _)| e.exposes_secrets());
        (exposed && auth.get() != "none").then(|| app.say(clear_text))
    };
    let outcome = move || match test.get() {
        Test::Idle => ().into_any(),
        Test::Running => view! { <p class="plain">{app.say(testing)}</p> }.into_any(),
        Test::Found(found) => {
            let names = found
                .engines
                .iter()
                .map(|e| e.name)
                .chain(found.devices.iter().map(|d| d.name))
                .collect::<Vec<_>>()
                .join(", ");
            view! { <p class="tile-state good"><IconView icon=Icon::Check />{found_words(app.locale.get(), &names, &found.names.len().to_string())}</p> }.into_any()
        }
        failed @ (Test::Failed(_) | Test::Unread(_)) => {
            let (what, fix) = match &failed {
                Test::Unread(why) => words::text_wrong(app.fmt(), why),
                Test::Failed(why) => words::diagnosis(app.fmt(), why),
                _ => Default::default(),
            };
            view! { <div class="banner"><IconView icon=Icon::Warn /><div><b>{what}</b><p class="plain">{fix}</p></div></div> }.into_any()
        }
    };
    let is = move |k: &'static str| kind.get() == k;
    let server = move || is("prometheus") || is("metrics");
    let input = move |label: crate::texts::Text,
                      value: RwSignal<String>,
                      kind: &'static str,
                      hint: &'static str| {
        view! {
            <label>{move || app.say(label)}<input class="text-input" type=kind autocomplete="off" spellcheck="false" placeholder=hint
                prop:value=move || value.get() on:input=move |e| value.set(event_target_value(&e)) /></label>
        }
    };
    let pick = move |label: crate::texts::Text,
                     value: RwSignal<String>,
                     all: Vec<(&'static str, &'static str)>| {
        view! {
            <label>{move || app.say(label)}
                <select class="select" on:change=move |e| value.set(event_target_value(&e))>
                    <option value="">{move || app.say(automatic)}</option>
                    {all.into_iter().map(|(id, name)| view! { <option value=id>{name}</option> }).collect_view()}
                </select></label>
        }
    };
    view! {
        <DialogBox node id="connect" wide=true title=Signal::derive(move || app.say(title).to_owned()) on_close=Callback::new(move |()| { test.set(Test::Idle); told.set(None); live.named.set(None); })>
            <Segmented label=Signal::derive(move || app.say(source_label).to_owned()) choices=KINDS value=Signal::derive(move || kind.get().to_owned())
                on_change=Callback::new(move |k| { kind.set(k); test.set(Test::Idle); }) />
            {move || live.named.get().map(|_| view! {
                <div class="banner"><IconView icon=Icon::Info /><div><b>{app.say(link_names)}</b><p class="plain">{app.say(link_asks)}</p></div></div>
            })}
            {move || server().then(|| view! {
                <p class="plain">{app.say(if is("metrics") { explain_metrics } else { explain_api })}</p>
                <div class="connect-form">
                    {input(address_label, address, "url", if is("metrics") { "http://127.0.0.1:8000" } else { "http://127.0.0.1:9090" })}
                    <Segmented label=Signal::derive(move || app.say(auth_label).to_owned()) choices=AUTHS value=Signal::derive(move || auth.get().to_owned()) on_change=Callback::new(move |a| auth.set(a)) />
                    {move || (auth.get() == "basic").then(|| input(user_label, user, "text", ""))}
                    {move || (auth.get() != "none").then(|| input(if auth.get() == "basic" { password_label } else { token_label }, secret, "password", ""))}
                    {move || (auth.get() != "none").then(|| view! {
                        <label class="check"><input type="checkbox" prop:checked=move || keep.get()
                            on:change=move |e| { keep.set(event_target_checked(&e)); if !keep.get_untracked() { keep_or_forget(); } } /><span>{app.say(keep_label)}</span></label>
                    })}
                </div>
                <p class="warn">{secret_warning}</p>
                <p class="plain">{app.say(secrets_stay)}</p>
                <details class="more"><summary class="link">{app.say(further)}</summary>
                    <div class="connect-form">
                        {input(tenant_label, tenant, "text", "")}
                        {input(selector_label, selector, "text", "job=\"vllm\"")}
                        {pick(engine_label, engine, profiles::ENGINES.iter().map(|e| (e.id, e.name)).collect())}
                        {pick(device_label, device, devices::DEVICES.iter().map(|d| (d.id, d.name)).collect())}
                    </div>
                    <p class="plain">{app.say(selector_help)}</p>
                </details>
                <div class="actions">
                    <button type="button" class="btn main" on:click=move |_| probe(true)>{app.say(connect_word)}</button>
                    <button type="button" class="btn line" on:click=move |_| probe(false)>{app.say(test_word)}</button>
                </div>
            })}
            {move || is("paste").then(|| view! {
                <p class="plain">{app.say(explain_paste)}</p>
                <label class="visually-hidden" for="paste-metrics">{app.say(paste)}</label>
                <textarea id="paste-metrics" class="text-input" rows="8" prop:value=move || text.get() on:input=move |e| text.set(event_target_value(&e))
                    on:dragover=move |e| e.prevent_default()
                    on:drop=move |e| {
                        e.prevent_default();
                        leptos::task::spawn_local(async move {
                            if let Some(Ok(file)) = platform::dropped_file(e).await {
                                text.try_set(file.text);
                            }
                        });
                    }></textarea>
                <div class="actions"><button type="button" class="btn main" on:click=move |_| read_text(text.get_untracked())>{app.say(read_word)}</button></div>
            })}
            {move || is("session").then(|| view! {
                <p class="plain">{app.say(explain_session)}</p>
                <label class="btn line file-button"><input type="file" accept=".json,application/json" class="visually-hidden" on:change=open_session /><span>{app.say(open_word)}</span></label>
                <p class="bad" role="alert">{move || told.get()}</p>
            })}
            {move || is("simulated").then(|| view! {
                <p class="plain">{app.say(explain_simulated)}</p>
                <div class="actions"><button type="button" class="btn main" on:click=move |_| { live.use_simulation(); platform::close_dialog(node); }>{app.say(start_word)}</button></div>
            })}
            <div role="status" aria-live="polite">{outcome}</div>
            <details class="more"><summary class="link">{move || app.say(hosting)}</summary>
                <p class="plain">{move || app.say(hosting_why)}</p>
                <pre class="code">{"prometheus --config.file=prometheus.yml --web.user-assets=dist   # http://HOST:9090/user/\nkubectl proxy --www=dist --www-prefix=/planner/                  # http://127.0.0.1:8001/planner/"}</pre>
            </details>
        </DialogBox>
    }
    .into_any()
}

crate::texts! {
    title = "Connect a cluster", "连接集群";
    source_label = "Source", "数据源";
    prometheus = "Prometheus API", "Prometheus API";
    metrics = "/metrics", "/metrics";
    paste = "Paste metrics", "粘贴指标";
    session_word = "Recorded session", "录制文件";
    simulated = "Simulated", "模拟";
    explain_api = "Prometheus, Thanos, VictoriaMetrics, or Mimir behind a gateway. The page asks it directly from this browser; nothing goes through any other server.", "支持 Prometheus、Thanos、VictoriaMetrics，以及网关后的 Mimir。页面直接从本浏览器查询，不经过其他服务器。";
    explain_metrics = "An engine's or exporter's own metrics page. Two readings make rates; the server must allow this page to read it (CORS).", "引擎或导出器自身的指标页面。两次读取之差得出速率；服务器须允许本页读取（CORS）。";
    explain_paste = "Paste or drop the text of a /metrics page, taken with curl for instance. Paste a second one taken later and rates appear. Nothing leaves this browser.", "粘贴或拖入 /metrics 页面的文本（例如用 curl 获取）。稍后再粘贴第二份即可得出速率。数据不会离开本浏览器。";
    explain_session = "A session saved from this view, played again from its start.", "从本视图保存的录制文件，从头回放。";
    explain_simulated = "A made-up factory that does what the plan says, with faults to try. Marked as simulated on every tile.", "按规划运行的模拟工厂，可注入故障；每个磁贴都标明“模拟”。";
    address_label = "Address", "地址";
    auth_label = "Sign in", "认证";
    no_auth = "No sign-in", "无需认证";
    bearer = "Bearer token", "Bearer token";
    basic = "User and password", "用户名与密码";
    user_label = "User", "用户名";
    password_label = "Password", "密码";
    token_label = "Token", "Token";
    tenant_label = "Tenant (X-Scope-OrgID)", "租户（X-Scope-OrgID）";
    selector_label = "Label selector", "标签选择器";
    selector_help = "The selector narrows every query, e.g. job=\"mindie\" for engines whose metric names have no prefix. A tenant header only passes gateways that allow it.", "选择器用于缩小每个查询的范围，例如指标名没有前缀的引擎可用 job=\"mindie\"。租户头仅在网关允许时可用。";
    engine_label = "Engine", "引擎";
    device_label = "Card exporter", "设备导出器";
    automatic = "as found", "自动识别";
    further = "Tenant, selector, profiles", "租户、选择器与配置";
    secrets_stay = "Tokens and passwords stay in this page's memory unless you have the tab keep them, go to this address only, and are never in links or files.", "除非选择由标签页保留，token 与密码只保存在本页内存中；它们仅发送到该地址，绝不进入链接或文件。";
    keep_label = "Keep until this tab closes", "保留至关闭此标签页";
    link_names = "A link brought this address.", "该地址由链接带入。";
    link_asks = "Nothing has been asked there. Connect only if you know the server; a token that you enter goes to it.", "尚未向其发送任何请求。请仅在了解该服务器时连接；填写的 token 会发送给它。";
    clear_text = "The address is http over a network: the secret would travel in the clear. Use https.", "该地址通过网络以 http 传输，密码将以明文发送，请改用 https。";
    connect_word = "Connect", "连接";
    test_word = "Test only", "仅测试";
    read_word = "Read", "读取";
    open_word = "Open a session…", "打开录制文件……";
    start_word = "Show the simulated factory", "显示模拟工厂";
    testing = "Asking…", "正在查询……";
    found_words(names, count) = "Found {names} ({count} metrics known here).", "发现 {names}（可识别 {count} 个指标）。";
    hosting = "Hosting the page beside the API", "将页面与 API 部署在一起";
    hosting_why = "Served from the metrics server itself, the page needs no CORS, no mixed content and no local-network permission:", "由指标服务器自身提供页面，就不会遇到 CORS、混合内容或本地网络权限问题：";
}
