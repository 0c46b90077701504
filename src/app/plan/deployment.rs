//! The chosen deployment: instances, parallel degrees, batch, formats, engine.

use leptos::prelude::*;
use token_factory::evaluation::{InstanceGroup, Phase};
use token_factory::report::word;
use token_factory::scenario::Degrees;

use crate::controls::head;
use crate::controls::{Cell, Column, DataTable};
use crate::format::Fmt;
use crate::state::App;
use crate::texts::Text;
use crate::{names, notices};

/// Degrees in the usual short form, without those that are one: "TP2 · DP184 · EP92".
pub fn degrees(d: &Degrees) -> String {
    let parts: Vec<String> = [("TP", d.tp), ("PP", d.pp), ("DP", d.dp), ("EP", d.ep)]
        .into_iter()
        .filter(|(_, n)| *n > 1)
        .map(|(name, n)| [name, &n.to_string()].concat())
        .collect();
    if parts.is_empty() {
        "TP1".to_owned()
    } else {
        parts.join(" · ")
    }
}

/// The table of instances.
#[component]
pub fn Chosen() -> impl IntoView {
    let app = App::here();
    let title = move || {
        let mode = app.evaluation.with(|e| {
            e.deployment
                .as_ref()
                .map(|d| notices::mode(d.mode)(app.locale.get()))
        });
        chosen(app.locale.get(), mode.unwrap_or_default())
    };
    let best_of = move || {
        best(
            app.locale.get(),
            &app.fmt()
                .count(app.evaluation.with(|e| e.candidates) as f64),
        )
    };
    let columns = Signal::derive(move || {
        [
            (phase as Text, false),
            (instances, false),
            (parallel, false),
            (batch, true),
            (busy, true),
        ]
        .into_iter()
        .map(|(text, numeric)| Column {
            title: app.say(text).to_owned(),
            numeric,
        })
        .collect::<Vec<_>>()
    });
    let rows = Signal::derive(move || {
        app.evaluation.with(|e| {
            e.deployment
                .iter()
                .flat_map(|d| {
                    // The cards are named where there are several kinds of them.
                    let first = d.instances.first().map(|g| &g.hardware);
                    let kinds = d.instances.iter().any(|g| Some(&g.hardware) != first);
                    d.instances.iter().map(move |g| row(g, kinds, app.fmt()))
                })
                .collect::<Vec<_>>()
        })
    });
    let formats = move || {
        app.evaluation.with(|e| {
            e.deployment.as_ref().map(|d| {
                formats_are(
                    app.locale.get(),
                    &word(&d.formats.weights).to_uppercase(),
                    &word(&d.formats.experts).to_uppercase(),
                    &word(&d.formats.kv).to_uppercase(),
                    &d.engine,
                )
            })
        })
    };
    view! {
        <section>
            {head(title, best_of)}
            <DataTable caption=Signal::derive(title) columns rows file_name="deployment" />
            <p class="plain">{formats}</p>
        </section>
    }
    .into_any()
}

fn row(g: &InstanceGroup, name_cards: bool, fmt: Fmt) -> Vec<Cell> {
    let l = fmt.locale;
    let per_card = g.batch / f64::from(g.cards_each.max(1));
    let batch_text = if g.phase == Phase::Prefill {
        prompts(l, &fmt.number(g.batch))
    } else {
        a_card(l, &fmt.number(per_card))
    };
    let (n, each) = (
        fmt.count(f64::from(g.instances)),
        fmt.count(f64::from(g.cards_each)),
    );
    let size = if name_cards {
        size_of(l, &n, &each, &names::hardware(&g.hardware, l))
    } else {
        size_in_cards(l, &n, &each)
    };
    vec![
        Cell::text(notices::phase(g.phase)(l)),
        Cell::text(size),
        Cell::text(degrees(&g.degrees)),
        Cell::number(g.batch, batch_text),
        Cell::number(g.busy, fmt.percent(g.busy)),
    ]
}

crate::texts! {
    chosen(mode) = "Chosen deployment: {mode}", "选定部署：{mode}";
    best(n) = "best of {n}", "{n} 个候选中的最优";
    phase = "Phase", "阶段";
    instances = "Instances", "实例";
    parallel = "Parallel, in dies", "并行度（按 die）";
    batch = "Batch", "Batch";
    busy = "Busy", "忙碌";
    size_in_cards(n, each) = "{n} × {each}", "{n} × {each}";
    size_of(n, each, hardware) = "{n} × {each} {hardware}", "{n} × {each} {hardware}";
    prompts(n) = "{n} prompts", "{n} 条提示";
    a_card(n) = "{n} a card", "{n}/卡";
    formats_are(weights, experts, kv, engine) = "Instances × cards in each. Weights {weights}, experts {experts}, KV cache {kv}; overheads of {engine}.", "实例数 × 每实例卡数。权重 {weights}、专家 {experts}、KV cache {kv}；引擎开销按 {engine}。";
}
