//! Plan against actual, and the likely reasons.

use leptos::prelude::*;
use token_factory::evaluation::Evaluation;
use token_factory::live::compare::{Comparison, Quantity, Row, Scaled, Wanted};

use super::store::Live;
use super::words;
use crate::controls::head;
use crate::format::Fmt;
use crate::shell::View;
use crate::state::App;
use crate::texts::{self, Text};

/// The table with its reasons.
#[component]
pub fn Actual() -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    // The plan at the load seen is a whole evaluation: once a minute is often enough.
    let minute = Memo::new(move |_| {
        live.polls.track();
        (live.now_s.get_untracked() / 60.0).floor()
    });
    let at_load = Memo::new_with_compare(
        move |_| {
            minute.track();
            app.evaluation.track();
            untrack(|| live.plan_at_load().map(std::sync::Arc::new))
        },
        |_: Option<&Option<std::sync::Arc<Evaluation>>>, _| true,
    );
    let comparison = Memo::new(move |_| at_load.with(|e| live.comparison(e.as_deref())));
    let aside = move || {
        let fmt = app.fmt();
        comparison.with(|c| match c.load.requests_per_s {
            Some(_) => aside_words(fmt.locale, &fmt.percent(c.load.share)),
            None => app.say(no_rate).to_owned(),
        })
    };
    let rows = move || {
        let fmt = app.fmt();
        comparison.with(|c| {
            let rated = c.load.requests_per_s.is_some();
            c.rows
                .iter()
                .filter(|r| r.plan.is_some() || r.actual.is_some())
                .map(|r| row(fmt, r, rated))
                .collect_view()
        })
    };
    let reasons = move || {
        let fmt = app.fmt();
        comparison.with(|c| {
            let told = c.explanations();
            if told.is_empty() {
                return view! { <p class="plain">{app.say(without_reason(c))}</p> }.into_any();
            }
            view! {
                <ol class="reasons">{told.into_iter().take(5).map(|r| view! {
                    <li><span>{words::reason(fmt, r)}</span><b class=if r.effect < 0.0 { "bad" } else { "good" }>{fmt.change(r.effect)}</b></li>
                }).collect_view()}</ol>
            }
            .into_any()
        })
    };
    view! {
        <section class="actual">
            {head(move || app.say(title).to_owned(), aside)}
            <div class="table-scroll" tabindex="0" role="region" aria-label=move || app.say(title)>
                <table class="data-table">
                    <thead><tr><th scope="col">{move || app.say(figure)}</th><th scope="col" class="num">{move || app.say(plan)}</th><th scope="col" class="num">{move || app.say(actual)}</th><th scope="col" class="num">{move || app.say(gap)}</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <h3>{move || app.say(likely)}</h3>
            {reasons}
            <p><button type="button" class="link" on:click=move |_| app.show(View::Plan)>{move || app.say(what_would_help)}</button></p>
        </section>
    }
    .into_any()
}

/// What is said where no reason is told: too little is known, no gap wants one, or none is found.
fn without_reason(c: &Comparison) -> Text {
    let seen = c.rows.iter().filter(|r| r.actual.is_some()).count();
    if c.load.requests_per_s.is_none() || seen < 3 {
        too_little
    } else if c.rows.iter().any(Row::is_notable) {
        none_found
    } else {
        no_gap
    }
}

/// `rated`: the request rate is known, so the plan was brought to the load seen.
fn row(fmt: Fmt, r: &Row, rated: bool) -> AnyView {
    let l = fmt.locale;
    let unknown = || texts::unknown(l).to_owned();
    let word = |v: Option<f64>| v.map_or_else(unknown, |v| value(fmt, r.quantity, v));
    // Less than that is noise.
    const NOTABLE: f64 = 0.02;
    let worse = r.gap.is_some_and(|g| match r.wanted {
        Wanted::More => g < -NOTABLE,
        Wanted::Less => g > NOTABLE,
        Wanted::Neither => false,
    });
    let outside = r.inside == Some(false);
    // Beside a plan at capacity, what grows with a load that nobody knows is no gap.
    let comparable = rated || !grows(r.quantity);
    let note = match r.scaled {
        Scaled::SameLoad => same_load,
        Scaled::Linear => linear,
        Scaled::AtCapacity => at_capacity,
    };
    view! {
        <tr>
            <th scope="row">{name(r.quantity)(l)}</th>
            <td class="num" title=note(l)>{word(r.plan)}</td>
            <td class="num">{word(r.actual)}</td>
            <td class="num">{(!comparable && r.gap.is_some()).then(|| view! { <span class="quiet">{load_unknown(l)}</span> })}<b class:bad=worse && outside>{r.gap.filter(|_| comparable).map(|g| fmt.change(g))}</b>{(comparable && r.inside == Some(true)).then(|| view! { " "<span class="quiet">{in_band(l)}</span> })}</td>
        </tr>
    }
    .into_any()
}

/// It grows with the load.
fn grows(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::OutputTokensPerS
            | Quantity::OutputPerCard
            | Quantity::RequestsPerS
            | Quantity::Running
            | Quantity::KvUsed
            | Quantity::WallPower
            | Quantity::JoulesPerToken
            | Quantity::CostPerMillion
    )
}

fn value(fmt: Fmt, quantity: Quantity, v: f64) -> String {
    match quantity {
        Quantity::OutputTokensPerS | Quantity::OutputPerCard | Quantity::Running => fmt.compact(v),
        Quantity::RequestsPerS => fmt.unit(v, "/s"),
        Quantity::TtftP50 | Quantity::TtftP95 | Quantity::TpotP50 | Quantity::TpotP95 => {
            fmt.duration(v)
        }
        Quantity::KvUsed => fmt.percent(v),
        Quantity::WallPower => fmt.power(v * 1e3),
        Quantity::JoulesPerToken => fmt.unit(v, "J"),
        Quantity::CostPerMillion => fmt.money_value(v),
    }
}

fn name(quantity: Quantity) -> Text {
    match quantity {
        Quantity::OutputTokensPerS => output,
        Quantity::OutputPerCard => per_card,
        Quantity::RequestsPerS => requests,
        Quantity::TtftP50 => ttft50,
        Quantity::TtftP95 => ttft95,
        Quantity::TpotP50 => tpot50,
        Quantity::TpotP95 => tpot95,
        Quantity::Running => running,
        Quantity::KvUsed => kv,
        Quantity::WallPower => power,
        Quantity::JoulesPerToken => joules,
        Quantity::CostPerMillion => cost,
    }
}

crate::texts! {
    title = "Plan against actual", "规划与实际";
    aside_words(load) = "last 15 min, plan at {load} of capacity", "近 15 分钟，规划按产能的 {load}";
    no_rate = "last 15 min; the request rate is not known, so the plan stands at capacity", "近 15 分钟；请求速率未知，按满载比较";
    figure = "Figure", "指标";
    plan = "Plan", "规划";
    actual = "Actual", "实际";
    gap = "Gap", "差距";
    in_band = "in the band", "在区间内";
    likely = "Likely reasons in the last 2 min, strongest first", "近 2 分钟的可能原因（由强到弱）";
    load_unknown = "load unknown", "负载未知";
    too_little = "Too little is known to name reasons: the source does not tell the request rate, or few of these figures.", "已知数据太少，无法判断原因：数据源未提供请求速率或多数指标。";
    none_found = "None of the known reasons explains these gaps.", "已知原因均无法解释上述差距。";
    no_gap = "No gap wants an explanation.", "没有需要解释的差距。";
    what_would_help = "What would help: see the plan's advice", "如何改进：查看规划建议";
    same_load = "The plan evaluated at the request rate seen.", "规划按实际请求速率计算。";
    linear = "The plan's figure at capacity times the load.", "规划满载值乘以负载。";
    at_capacity = "The plan at capacity.", "规划满载值。";
    output = "Output tokens/s", "每秒输出 token";
    per_card = "Output per reporting card", "每张上报卡输出";
    requests = "Requests (plan at capacity)", "请求（规划为满载）";
    ttft50 = "TTFT p50", "TTFT p50";
    ttft95 = "TTFT p95", "TTFT p95";
    tpot50 = "TPOT p50", "TPOT p50";
    tpot95 = "TPOT p95", "TPOT p95";
    running = "Requests in flight", "在途请求";
    kv = "KV cache in use", "KV cache 占用";
    power = "Power at the meter", "电表功率";
    joules = "Energy per output token", "每输出 token 能耗";
    cost = "Cost per M output, all cost", "每百万输出全部成本";
}
