//! What fills the memory of a card, phase by phase.

use leptos::prelude::*;
use token_factory::evaluation::{LimitKind, Phase, PhaseMemory};
use token_factory::report::used_bytes;

use crate::controls::head;
use crate::format::Fmt;
use crate::notices;
use crate::state::App;
use crate::texts::Text;

/// The memory bars.
#[component]
pub fn Memory() -> impl IntoView {
    let app = App::here();
    let aside = move || {
        app.evaluation.with(|e| {
            e.memory
                .iter()
                .map(|m| (used_bytes(m), m.capacity_bytes))
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map(|(used, all)| {
                    used_of(
                        app.locale.get(),
                        &app.fmt().memory(used),
                        &app.fmt().memory(all),
                    )
                })
                .unwrap_or_default()
        })
    };
    view! {
        <section>
            {head(move || app.say(title).to_owned(), aside)}
            {move || app.evaluation.with(|e| e.memory.iter().map(|m| bar(m, app.fmt())).collect_view())}
            <p class="plain">{move || sentence(app)}</p>
        </section>
    }
    .into_any()
}

/// The parts of a card's memory: colour class, name, bytes.
fn parts(m: &PhaseMemory) -> [(&'static str, Text, f64); 4] {
    [
        ("experts", experts, m.experts_bytes),
        ("linear", dense, m.weights_bytes),
        ("cached", kv, m.kv_bytes),
        ("overhead", buffers, m.activations_bytes + m.reserve_bytes),
    ]
}

fn bar(m: &PhaseMemory, fmt: Fmt) -> AnyView {
    let l = fmt.locale;
    let free = (m.capacity_bytes - used_bytes(m)).max(0.0);
    let grow = |bytes: f64| format!("{:.4}", bytes / m.capacity_bytes.max(1.0));
    view! {
        <h3 class="memory-phase">{notices::phase(m.phase)(l)}</h3>
        <div class="stack" aria-hidden="true">
            {parts(m).into_iter().filter(|p| p.2 > 0.0).map(|(class, _, bytes)| view! { <i class=class style:flex-grow=grow(bytes)></i> }).collect_view()}
            <i class="free" style:flex-grow=grow(free)></i>
        </div>
        <p class="legend">
            {parts(m).into_iter().filter(|p| p.2 > 0.0).map(|(class, name, bytes)| view! {
                <span><i class=format!("swatch {class}") aria-hidden="true"></i>{name(l)}"\u{a0}"{fmt.memory(bytes)}</span>
            }).collect_view()}
            <span>{free_of(l, &fmt.memory(free))}</span>
        </p>
    }
    .into_any()
}

fn sentence(app: App) -> String {
    let fmt = app.fmt();
    app.evaluation.with(|e| {
        let Some(m) = e.memory.iter().find(|m| m.phase != Phase::Prefill) else {
            return String::new();
        };
        let free = fmt.memory((m.capacity_bytes - used_bytes(m)).max(0.0));
        let bound = e
            .limits
            .iter()
            .any(|k| k.kind == LimitKind::MemoryCapacity && k.share > 0.97);
        if bound {
            memory_sets(fmt.locale).to_owned()
        } else {
            target_sets(fmt.locale, &free)
        }
    })
}

crate::texts! {
    title = "Memory of a card", "单卡显存";
    used_of(used, all) = "{used} of {all}", "已用 {used}，共 {all}";
    experts = "experts", "专家";
    dense = "dense", "稠密层";
    kv = "KV", "KV";
    buffers = "buffers, engine", "缓冲与引擎";
    free_of(bytes) = "{bytes} free", "空闲 {bytes}";
    memory_sets = "Memory sets the batch: fewer bits in the KV cache, or more cards, would raise it.", "决定 batch 的是显存：降低 KV cache 位宽或增加卡数可提高它。";
    target_sets(free) = "The latency targets set the batch, not memory: {free} a decode card stay free.", "决定 batch 的是时延目标，不是显存：每张 decode 卡还空 {free}。";
}
