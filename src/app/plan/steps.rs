//! Where an engine step goes: by kind of work, and operator by operator.

use leptos::prelude::*;
use token_factory::evaluation::{Mode, OpClass, StepBreakdown};

use crate::controls::head;
use crate::controls::{Choice, Segmented};
use crate::format::Fmt;
use crate::notices;
use crate::state::App;

const PHASES: &[Choice] = &[("decode", decode), ("prefill", prefill)];

/// The kinds of work, in a fixed order, with their class of colour.
const CLASSES: [(OpClass, &str); 5] = [
    (OpClass::Attention, "attention"),
    (OpClass::Communication, "comm"),
    (OpClass::Experts, "experts"),
    (OpClass::Linear, "linear"),
    (OpClass::Overhead, "overhead"),
];

/// The step's bar and list.
#[component]
pub fn Steps() -> impl IntoView {
    let app = App::here();
    let phase = RwSignal::new("decode");
    let step = Memo::new(move |_| {
        app.evaluation.with(|e| match phase.get() {
            "prefill" => e.prefill_step.clone(),
            _ => e.decode_step.clone(),
        })
    });
    let title = move || {
        app.say(if phase.get() == "prefill" {
            where_prefill
        } else {
            where_decode
        })
        .to_owned()
    };
    let total = move || {
        step.with(|s| s.as_ref().map(|s| app.fmt().duration(s.total_ms)))
            .unwrap_or_default()
    };
    view! {
        <section>
            {head(title, total)}
            {move || step.get().map(|s| bar_and_list(app.fmt(), &s))}
            <p class="plain">{move || step.with(|s| s.as_ref().map(|s| sentence(app, s, phase.get())))}</p>
            <div class="phase-choice">
                <Segmented label=Signal::derive(move || app.say(which_step).to_owned()) choices=PHASES
                    value=Signal::derive(move || phase.get().to_owned()) on_change=Callback::new(move |p| phase.set(p)) />
            </div>
            <details class="more">
                <summary class="link">{move || app.say(operators)}</summary>
                {move || step.get().map(|s| operator_table(app, &s))}
            </details>
        </section>
    }
    .into_any()
}

/// Time by kind of work, longest first.
fn by_class(step: &StepBreakdown) -> Vec<(OpClass, &'static str, f64)> {
    let mut all: Vec<_> = CLASSES
        .into_iter()
        .map(|(class, colour)| {
            let ms: f64 = step
                .ops
                .iter()
                .filter(|o| o.class == class)
                .map(|o| o.ms)
                .sum();
            (class, colour, ms)
        })
        .filter(|(_, _, ms)| *ms > 0.0)
        .collect();
    all.sort_by(|a, b| b.2.total_cmp(&a.2));
    all
}

fn bar_and_list(fmt: Fmt, step: &StepBreakdown) -> AnyView {
    let parts = by_class(step);
    let sum: f64 = parts.iter().map(|p| p.2).sum();
    let share = |ms: f64| ms / sum.max(1e-12);
    view! {
        <div class="stack" aria-hidden="true">
            {parts.iter().map(|(_, colour, ms)| view! { <i class=*colour style:flex-grow=format!("{:.4}", share(*ms))></i> }).collect_view()}
        </div>
        <table class="ops">
            <tbody>{parts.iter().map(|(class, colour, ms)| view! {
                <tr>
                    <th scope="row"><i class=format!("swatch {colour}") aria-hidden="true"></i>{notices::op_class(*class)(fmt.locale)}</th>
                    <td class="num">{fmt.duration(*ms)}</td>
                    <td class="num quiet">{fmt.percent(share(*ms))}</td>
                </tr>
            }).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn sentence(app: App, step: &StepBreakdown, phase: &str) -> String {
    let fmt = app.fmt();
    let l = fmt.locale;
    let leads = by_class(step).first().map(|p| p.0);
    let lead = leads.map_or("", |c| match c {
        OpClass::Attention => attention_leads(l),
        OpClass::Experts => experts_lead(l),
        OpClass::Linear => linear_leads(l),
        OpClass::Communication => communication_leads(l),
        OpClass::Overhead => overhead_leads(l),
    });
    let hidden = if step.overlapped_ms > 0.005 * step.total_ms {
        let ms = fmt.duration(step.overlapped_ms);
        if step.micro_batches {
            hides_two(l, &ms)
        } else {
            hides(l, &ms)
        }
    } else {
        String::new()
    };
    let yields = if phase == "decode" && step.tokens_per_sequence > 0.0 {
        let tokens = fmt.number(step.tokens_per_sequence);
        let each = fmt.duration(step.total_ms / step.tokens_per_sequence);
        // On shared cards some steps carry a prompt's chunk, too: TPOT is the mean over both kinds.
        let shared = app.evaluation.with(|e| {
            let here = e
                .deployment
                .as_ref()
                .is_some_and(|d| d.mode == Mode::Aggregated);
            here.then_some(e.tpot_ms.mean)
        });
        match shared {
            Some(mean) => step_yields_shared(l, &tokens, &each, &fmt.duration(mean)),
            None => step_yields(l, &tokens, &each),
        }
    } else {
        String::new()
    };
    [yields.as_str(), lead, hidden.as_str()]
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect::<Vec<_>>()
        .join(if l == crate::texts::Locale::En {
            " "
        } else {
            ""
        })
}

fn operator_table(app: App, step: &StepBreakdown) -> AnyView {
    let fmt = app.fmt();
    let l = fmt.locale;
    let mut ops = step.ops.clone();
    ops.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    let unit = |v: f64, unit: &str| {
        if v > 0.0 {
            [fmt.compact(v), unit.to_owned()].join("\u{a0}")
        } else {
            "–".to_owned()
        }
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=app.say(operators)>
            <table class="data-table">
                <thead><tr>
                    <th scope="col">{app.say(operator)}</th><th scope="col" class="num">{app.say(time)}</th><th scope="col">{app.say(bound)}</th>
                    <th scope="col" class="num">"FLOPs"</th><th scope="col" class="num">{app.say(memory)}</th><th scope="col" class="num">{app.say(link)}</th>
                </tr></thead>
                <tbody>{ops.into_iter().map(|o| view! {
                    <tr>
                        <th scope="row" class="mono">{o.name}</th><td class="num">{fmt.duration(o.ms)}</td><td>{notices::bound(o.bound)(l)}</td>
                        <td class="num">{unit(o.flops, "")}</td>
                        <td class="num">{if o.bytes > 0.0 { fmt.bytes(o.bytes) } else { "–".into() }}</td>
                        <td class="num">{if o.link_bytes > 0.0 { fmt.bytes(o.link_bytes) } else { "–".into() }}</td>
                    </tr>
                }).collect_view()}</tbody>
            </table>
        </div>
        <p class="plain">{app.say(on_a_die)}</p>
    }
    .into_any()
}

crate::texts! {
    where_decode = "Where a decode step goes", "一步 decode 的时间去向";
    where_prefill = "Where a prefill step goes", "一步 prefill 的时间去向";
    which_step = "Which step", "选择阶段";
    decode = "Decode", "Decode";
    prefill = "Prefill", "Prefill";
    operators = "Operator by operator", "逐个算子";
    operator = "Operator", "算子";
    time = "Time", "时间";
    bound = "Bound by", "受限于";
    memory = "Memory read", "显存读写";
    link = "Sent over links", "链路传输";
    on_a_die = "All layers together, on one die.", "单个 die 上所有层合计。";
    step_yields(tokens, ms) = "Tokens a request gets of a step: {tokens}, hence {ms} each.", "每步每个请求产出 {tokens} 个 token，即每个 {ms}。";
    step_yields_shared(tokens, ms, mean) = "Tokens a request gets of a step: {tokens}, hence {ms} each in steps that only decode. Some steps carry a part of a prompt, too: over all steps a token takes {mean}.", "每步每个请求产出 {tokens} 个 token，纯 decode 步中每个 {ms}；部分步还要处理提示，所有步平均每个 token 为 {mean}。";
    hides(ms) = "{ms} of communication hide behind computing.", "另有 {ms} 通信被计算掩盖。";
    hides_two(ms) = "Two micro-batches hide communication behind each other's computing: {ms} less than without any overlap, although weights are read twice.", "两个 micro-batch 互相掩盖通信：虽需多读一遍权重，仍比完全不重叠省 {ms}。";
    attention_leads = "Attention leads: it grows with context and with batch.", "Attention 最重：随上下文和 batch 增长。";
    experts_lead = "Experts lead: their weights are read once a step, so a larger batch shares them.", "专家最重：权重每步读一次，batch 越大越划算。";
    linear_leads = "Dense layers lead: weights read once a step, shared by the batch.", "线性层最重：权重每步读一次，由 batch 分摊。";
    communication_leads = "Communication leads: fewer dies in an instance, or a faster link, would help most.", "通信最重：减少单实例的 die 数或提高链路带宽最有效。";
    overhead_leads = "Overhead leads: launches and host work that no card makes faster; a larger batch shares them.", "开销最重：下发与主机开销不会因换卡而变快，只能靠更大的 batch 分摊。";
}
