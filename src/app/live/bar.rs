//! The bar over the Live view: source, freshness, range, pause, adopt, connect; and what is wrong.

use leptos::html::Dialog;
use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::live::compare::adopt;
use token_factory::live::flow::Figure;
use token_factory::live::simulated::{Fault, FaultChange};

use super::connect::ConnectDialog;
use super::poll;
use super::store::{Health, Live, SourceKind, WINDOW_S};
use super::words;
use crate::controls::{Choice, Icon, IconView, Mark, Origin, Segmented};
use crate::platform;
use crate::state::App;

const RANGES: &[Choice] = &[
    ("900", quarter),
    ("3600", hour),
    ("21600", six_hours),
    ("86400", day),
    ("604800", week),
];

/// The bar.
#[component]
pub fn Bar() -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    let dialog = NodeRef::<Dialog>::new();
    let trains = crate::trains::trains(app);
    let source = move || {
        let name = live.name.get();
        match live.kind.get() {
            SourceKind::Simulated => {
                let nodes = app
                    .scenario
                    .with(|s| s.pools.iter().map(|p| p.super_nodes).sum::<u32>());
                simulated_factory(app.locale.get(), &nodes.to_string())
            }
            SourceKind::Prometheus | SourceKind::Metrics | SourceKind::Replay => name,
            SourceKind::Pasted => app.say(pasted).to_owned(),
        }
    };
    let age = move || {
        let fmt = app.fmt();
        live.with(|f| f.at_s()).map(|at| {
            let age = words::age(fmt, live.now_s.get() - at);
            if live.kind.get() == SourceKind::Pasted {
                return pasted_age(fmt.locale, &age);
            }
            sample_age(fmt.locale, &age, &fmt.duration(live.every_s.get() * 1e3))
        })
    };
    let reporting = move || {
        let fmt = app.fmt();
        let (all, there) = live.with(|f| (f.count(), f.reporting()));
        (all > 0).then(|| report(fmt.locale, &fmt.count(there as f64), &fmt.count(all as f64)))
    };
    // What was pasted is of one moment and grows no staler than it says.
    let fresh = move || live.kind.get() == SourceKind::Pasted || poll::is_fresh(live);
    let told = RwSignal::new(None::<&'static str>);
    Effect::new(move |_| {
        live.name.track();
        if live.kind.get() == SourceKind::Pasted {
            live.polls.track();
        }
        told.set(None);
    });
    let range = Signal::derive(move || live.range_s.get().to_string());
    let on_range = Callback::new(move |r: &'static str| {
        if let Some(seconds) = token_factory::decimal::parse(r) {
            live.range_s.set(seconds);
            poll::reload_past(live);
        }
    });
    let adopt_it = move |_| {
        let seen = live.with(|f| f.summary(WINDOW_S));
        let adopted = app
            .scenario
            .with_untracked(|s| adopt(s, &seen, Catalogue::embedded()));
        if adopted.changed.is_empty() {
            // Known are some of these: then the plan says already what is seen.
            let known = seen.cards.as_ref().is_some_and(|c| !c.is_empty())
                || [
                    Figure::Requests,
                    Figure::MeanInput,
                    Figure::MeanOutput,
                    Figure::PrefixHit,
                ]
                .into_iter()
                .any(|f| seen.flow.get(f).is_some());
            return told.set(Some(app.say(if known {
                adopt_same
            } else {
                adopt_nothing
            })));
        }
        told.set(None);
        let count = adopted.changed.len().to_string();
        app.act(|s| *s = adopted.scenario);
        app.announce(adopted_n(app.locale.get_untracked(), &count));
        app.show(crate::shell::View::Plan);
    };
    let save = move |_| {
        let text = live.session_json();
        if let Err(why) = platform::download(
            "token-factory-session.json",
            "application/json",
            text.as_bytes(),
        ) {
            app.announce(why);
        }
    };
    view! {
        <div class="live-bar">
            <span class="live-source"><b>{source}</b></span>
            {move || live.is_simulated().then(|| view! { <span class="tag"><Mark origin=Origin::Simulated />{app.say(simulated)}</span> })}
            {move || (live.kind.get() == SourceKind::Replay).then(|| view! { <span class="tag">{app.say(recorded)}</span> })}
            <span class="live-age" class:good=fresh class:warn=move || !fresh()><i class="dot" aria-hidden="true"></i>{move || age().unwrap_or_else(|| app.say(waiting).to_owned())}</span>
            <span class="quiet">{reporting}</span>
            <Segmented label=Signal::derive(move || app.say(range_label).to_owned()) choices=RANGES value=range on_change=on_range />
            <span class="live-actions">
                <button type="button" class="btn line" aria-pressed=move || if live.paused.get() { "true" } else { "false" }
                    on:click=move |_| live.paused.update(|p| *p = !*p)>{move || app.say(if live.paused.get() { resume } else { pause })}</button>
                <button type="button" class="btn line" on:click=adopt_it>{move || app.say(adopt_word)}</button>
                <button type="button" class="btn line no-phone" title=move || app.say(save_session) aria-label=move || app.say(save_session) on:click=save><IconView icon=Icon::Download /></button>
                <button type="button" class="btn line" on:click=move |_| platform::open_dialog(dialog)>{move || app.say(connect)}</button>
            </span>
        </div>
        <div role="status">{move || told.get().map(|words| view! { <p class="plain live-told">{words}</p> })}</div>
        {move || (live.is_simulated() && !trains.get()).then(|| faults(app, live))}
        <ConnectDialog node=dialog />
    }
    .into_any()
}

/// Buttons that break the simulated factory, and mend it.
fn faults(app: App, live: Live) -> AnyView {
    let has =
        move |f: fn(&token_factory::live::simulated::Faults) -> bool| move || live.faults.with(f);
    let toggle = move |fault: Fault, on: bool| {
        let change = if on {
            FaultChange::Clear(fault)
        } else {
            FaultChange::Set(fault)
        };
        live.faults.update(|f| change.apply(f));
    };
    let button = move |name: crate::texts::Text,
                       fault: Fault,
                       is: fn(&token_factory::live::simulated::Faults) -> bool| {
        let on = has(is);
        view! {
            <button type="button" class="link" aria-pressed=move || if on() { "true" } else { "false" } on:click=move |_| toggle(fault, on())>
                {move || app.say(name)}{move || on().then_some(" ✓")}
            </button>
        }
    };
    let take_seed = move |e: leptos::ev::Event| match event_target_value(&e).trim().parse() {
        Ok(seed) => {
            live.seed.set(seed);
            live.use_simulation();
        }
        Err(_) => {
            // The seed in force shows again.
            live.seed.notify();
            app.announce(app.say(seed_wrong).to_owned());
        }
    };
    view! {
        <div class="live-faults">
            <span class="quiet">{move || app.say(break_it)}</span>
            {button(card_dies, Fault::Dead(1.min(nodes(live) - 1), 77), |f| !f.dead.is_empty())}
            {button(node_throttles, Fault::Throttled(2.min(nodes(live) - 1)), |f| !f.throttled.is_empty())}
            {button(load_spike, Fault::Spike, |f| f.spike)}
            {button(kv_full, Fault::KvFull, |f| f.kv_full)}
            <label class="live-seed" title=move || app.say(seed_explain)>{move || app.say(seed)}
                <input type="text" inputmode="numeric" class="text-input" prop:value=move || live.seed.get().to_string() on:change=take_seed /></label>
            <button type="button" class="link" on:click=move |_| live.use_simulation()>{move || app.say(rebuild)}</button>
        </div>
    }
    .into_any()
}

fn nodes(live: Live) -> u32 {
    let machine = live.machine();
    let machine = machine.borrow();
    machine
        .simulation
        .as_ref()
        .map_or(1, |s| s.plan().super_nodes)
        .max(1)
}

/// What is wrong with the source, with what to do.
#[component]
pub fn Trouble() -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    let words = move || match live.health.get() {
        Health::Failed(why) => Some(words::diagnosis(app.fmt(), &why)),
        Health::Waiting | Health::Good => None,
    };
    view! {
        <div role="status" aria-live="polite">
            {move || words().map(|(what, fix)| view! {
                <div class="banner live-trouble"><IconView icon=Icon::Warn />
                    <div><b>{what}</b><p class="plain">{fix}</p><p class="quiet">{move || app.say(last_good)}</p></div>
                    <button type="button" class="btn line" on:click=move |_| live.start()>{app.say(try_again)}</button>
                </div>
            })}
            {move || live.with(|f| f.warnings().to_vec()).into_iter().take(3).map(|w| view! {
                <p class="plain live-warning">{server_says(app.locale.get(), &w.chars().take(300).collect::<String>())}</p>
            }).collect_view()}
        </div>
    }
    .into_any()
}

crate::texts! {
    quarter = "15 min", "15 分钟";
    hour = "1 h", "1 小时";
    six_hours = "6 h", "6 小时";
    day = "24 h", "24 小时";
    week = "7 d", "7 天";
    range_label = "Time shown", "时间范围";
    simulated_factory(nodes) = "Simulated factory, {nodes} super-nodes", "模拟工厂 · {nodes} 个超节点";
    simulated = "Simulated", "模拟";
    recorded = "Recorded", "录制回放";
    pasted = "Pasted metrics", "粘贴的指标";
    sample_age(age, every) = "{age} ago, every {every}", "样本 {age} 前，每 {every} 一次";
    pasted_age(age) = "pasted {age} ago", "{age}前粘贴";
    adopt_nothing = "Nothing to adopt: this source tells neither request rate, lengths, prefix hits nor cards. Paste a second reading taken later, or connect a Prometheus.", "没有可采用的数据：该数据源未提供请求速率、长度、前缀命中或卡信息。请粘贴稍后采集的第二份，或连接 Prometheus。";
    adopt_same = "Nothing to adopt: the plan already says what is seen here, or its hardware and model are not in the catalogue.", "没有可采用的更改：规划已与所见一致，或其硬件与模型不在目录中。";
    waiting = "Waiting for the first sample", "等待首个样本";
    report(there, all) = "{there} of {all} cards report", "{all} 张卡中 {there} 张上报";
    pause = "Pause", "暂停";
    resume = "Resume", "继续";
    adopt_word = "Adopt live workload", "采用实况负载";
    adopted_n(n) = "The plan now follows what was seen: {n} inputs changed. Undo takes it back.", "规划已按实况更新：修改了 {n} 项参数，可撤销。";
    save_session = "Save session", "保存录制";
    connect = "Connect a cluster", "连接集群";
    break_it = "Try a fault:", "注入故障：";
    card_dies = "a card dies", "一张卡掉线";
    node_throttles = "a super-node throttles", "一个超节点降频";
    load_spike = "load spike", "负载突增";
    kv_full = "KV cache full", "KV cache 占满";
    seed = "Seed", "种子";
    seed_explain = "The same seed and plan show the same factory at the same time.", "相同的种子与规划在同一时刻得到相同的工厂。";
    seed_wrong = "The seed is a whole number from 0 on.", "种子为从 0 起的整数。";
    rebuild = "start anew from the plan", "按当前规划重建";
    last_good = "The last good data stays below, with its age.", "下方保留最近一次有效数据及其时间。";
    try_again = "Try again", "重试";
    server_says(words) = "The server remarks: {words}", "服务器提示：{words}";
}
