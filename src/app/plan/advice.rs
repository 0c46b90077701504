//! What would help most: every gain is a full evaluation of the changed scenario, tried out between
//! frames.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::planner::advice::{Change, Standing, Trade};
use token_factory::planner::{Advice, Advisor};

use crate::controls::head;
use crate::fields;
use crate::format::Fmt;
use crate::slices::Slices;
use crate::state::App;
use crate::texts::Text;

/// How many pieces of advice are shown at first.
const SHOWN: usize = 3;
/// Quiet time before trying starts: a slider that moves is not interrupted.
const PAUSE_MS: u64 = 250;

/// The list of advice.
#[component]
pub fn Help() -> impl IntoView {
    let app = App::here();
    let found = RwSignal::new(Vec::<Advice>::new());
    let progress = RwSignal::new((0usize, 0usize));
    let all = RwSignal::new(false);
    let slices = Slices::new();
    Effect::new(move |_| {
        let evaluation = app.evaluation.get();
        let scenario = app.scenario.get_untracked();
        let mut advisor = Advisor::new(&scenario, Catalogue::embedded(), &evaluation);
        slices.run(PAUSE_MS, move || {
            let more = advisor.next().is_some();
            progress.try_set((advisor.done(), advisor.total()));
            if !more || advisor.done() == advisor.total() {
                found.try_set(advisor.ranked().to_vec());
            }
            more
        });
    });
    let aside = move || {
        let (done, total) = progress.get();
        if done < total {
            trying(app.locale.get(), &done.to_string(), &total.to_string())
        } else {
            String::new()
        }
    };
    let items = move || {
        let fmt = app.fmt();
        let shown = if all.get() { usize::MAX } else { SHOWN };
        found.with(|f| {
            if f.is_empty() {
                let (done, total) = progress.get();
                return view! { <p class="plain">{app.say(if done < total { working } else { nothing })}</p> }.into_any();
            }
            view! { <ul class="tips">{f.iter().take(shown).map(|a| item(app, fmt, a)).collect_view()}</ul> }.into_any()
        })
    };
    let count = move || found.with(Vec::len);
    view! {
        <section>
            {head(move || app.say(title).to_owned(), aside)}
            {items}
            {move || (count() > SHOWN).then(|| view! {
                <p><button type="button" class="link" on:click=move |_| all.update(|a| *a = !*a)>{move || if all.get() {
                    app.say(fewer).to_owned()
                } else {
                    see_all(app.locale.get(), &count().to_string())
                }}</button></p>
            })}
        </section>
    }
    .into_any()
}

fn item(app: App, fmt: Fmt, advice: &Advice) -> AnyView {
    let next = advice.scenario.clone();
    let effect = &advice.effect;
    let gain = match (
        advice.repairs,
        effect.tokens_per_s_change,
        effect.cost_change,
    ) {
        (true, ..) => app
            .say(match advice.standing {
                Standing::Sound => mends,
                _ => gets_nearer,
            })
            .to_owned(),
        (false, Some(more), cost) if more.abs() >= 0.005 || cost.is_none() => fmt.change(more),
        (false, _, Some(cost)) => cost_changes(fmt.locale, &fmt.change(cost)),
        _ => String::new(),
    };
    let mut remarks: Vec<String> = Vec::new();
    if let Some(cost) = effect.cost_change.filter(|c| c.abs() >= 0.005) {
        let cheaper = cost_changes(fmt.locale, &fmt.change(cost));
        if cheaper != gain {
            remarks.push(cheaper);
        }
    }
    if let Some(ms) = effect.tpot_change_ms.filter(|ms| ms.abs() >= 0.5) {
        remarks.push(tpot_changes(fmt.locale, &signed(fmt, ms)));
    }
    if effect.cards_change != 0 {
        remarks.push(cards_change(
            fmt.locale,
            &signed_count(fmt, effect.cards_change as f64),
        ));
    }
    remarks.push(app.say(trade(advice.trade)).to_owned());
    let what = advice
        .changes
        .first()
        .map(|c| change_words(fmt, c))
        .unwrap_or_default();
    let label = apply_of(fmt.locale, &what);
    view! {
        <li>
            <span class="tip-what">{what}</span>
            <span class="tip-gain">{gain}</span>
            <span class="quiet">{remarks.into_iter().filter(|r| !r.is_empty()).collect::<Vec<_>>().join(app.say(comma))}</span>
            <button type="button" class="link tip-apply" aria-label=label on:click=move |_| {
                let next = next.clone();
                app.act(|s| *s = next);
            }>{app.say(apply)}</button>
        </li>
    }
    .into_any()
}

fn signed(fmt: Fmt, ms: f64) -> String {
    let sign = if ms < 0.0 { "\u{2212}" } else { "+" };
    [sign, &fmt.duration(ms.abs())].concat()
}

fn signed_count(fmt: Fmt, n: f64) -> String {
    let sign = if n < 0.0 { "\u{2212}" } else { "+" };
    [sign, &fmt.count(n.abs())].concat()
}

/// "TPOT target 50 → 60 ms": an input before and after.
pub fn change_words(fmt: Fmt, change: &Change) -> String {
    let name = fields::label(change.key)(fmt.locale);
    let word = |text: &str| crate::outcomes::input(fmt, change.key, text);
    format!("{name} {} → {}", word(&change.from), word(&change.to))
}

fn trade(trade: Trade) -> Text {
    match trade {
        Trade::Nothing => no_trade,
        Trade::Quality => trade_quality,
        Trade::Latency => trade_latency,
        Trade::Reserve => trade_reserve,
        Trade::Hardware => trade_hardware,
        Trade::Work => trade_work,
        Trade::Demand => trade_demand,
        Trade::Business => trade_business,
    }
}

crate::texts! {
    title = "What would help most", "最有效的改动";
    trying(done, total) = "trying {done} of {total}", "正在试算 {done}/{total}";
    working = "Trying changes out…", "正在试算各项改动……";
    nothing = "No single change helps by more than one per cent.", "没有单项改动能带来超过 1% 的改善。";
    see_all(n) = "See all {n}", "查看全部 {n} 项";
    fewer = "Fewer", "收起";
    mends = "mends it", "可解决";
    gets_nearer = "gets nearer", "更接近";
    cost_changes(change) = "cost {change}", "成本 {change}";
    tpot_changes(change) = "TPOT {change}", "TPOT {change}";
    cards_change(change) = "{change} cards", "{change} 张卡";
    comma = " · ", " · ";
    apply = "Apply", "采用";
    apply_of(what) = "Apply: {what}", "采用：{what}";
    no_trade = "", "";
    trade_quality = "check the answers' quality", "需验证回答质量";
    trade_latency = "users wait longer", "用户等待更久";
    trade_reserve = "less in reserve", "余量减少";
    trade_hardware = "more hardware", "需增加硬件";
    trade_work = "needs work on the engine", "需改造引擎";
    trade_demand = "depends on what users ask", "取决于用户请求";
    trade_business = "a business decision", "属于经营决策";
}
