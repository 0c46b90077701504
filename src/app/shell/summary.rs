//! The bar that stays at the bottom below 1,100 px: the answer, and the way to the inputs.

use leptos::prelude::*;

use crate::format::Fmt;
use crate::state::App;
use crate::texts;

/// Id of the button that opens the inputs.
pub const BUTTON: &str = "open-inputs";

/// The summary bar.
#[component]
pub fn SummaryBar() -> impl IntoView {
    let app = App::here();
    let output = move || {
        app.evaluation
            .with(|e| e.fits.then(|| app.fmt().compact(e.tokens_per_s.output)))
    };
    let tpot = move || {
        app.evaluation
            .with(|e| e.fits.then(|| app.fmt().duration(e.tpot_ms.p50)))
    };
    let cost = move || {
        app.evaluation
            .with(|e| e.cost.per_million.map(|c| app.fmt().money(c.output)))
    };
    // A scenario that trains has its own answer: rate, days, cost of the run.
    let run = Memo::new(move |_| {
        let fmt = app.fmt();
        app.evaluation.with(|e| {
            e.training.as_ref().map(|t| {
                (
                    fmt.compact(t.tokens_per_s),
                    fmt.number(t.days),
                    t.cost.map(|c| fmt.money(c)),
                )
            })
        })
    });
    let or_unknown = |text: Option<String>, fmt: Fmt| {
        text.unwrap_or_else(|| texts::unknown(fmt.locale).to_owned())
    };
    let toggle = move |_| app.sheet_open.update(|open| *open = !*open);
    view! {
        <section class="summary-bar" aria-label=move || app.say(in_short)>
            {move || match run.get() {
                Some((rate, for_days, paid)) => view! { <dl>
                    <div><dt>{app.say(tokens)}</dt><dd>{rate}</dd></div>
                    <div><dt>{app.say(days)}</dt><dd>{for_days}</dd></div>
                    <div><dt>{app.say(run_cost)}</dt><dd>{or_unknown(paid, app.fmt())}</dd></div>
                </dl> }.into_any(),
                None => view! { <dl>
                <div><dt>{move || app.say(tokens)}</dt><dd>{move || or_unknown(output(), app.fmt())}</dd></div>
                <div><dt>"TPOT"</dt><dd>{move || or_unknown(tpot(), app.fmt())}</dd></div>
                <div><dt>{move || app.say(per_million)}</dt><dd>{move || or_unknown(cost(), app.fmt())}</dd></div>
                </dl> }.into_any(),
            }}
            <button id=BUTTON class="btn main" aria-expanded=move || if app.sheet_open.get() { "true" } else { "false" } aria-controls="inputs" on:click=toggle>
                {move || app.say(if app.sheet_open.get() { done } else { texts::inputs })}
            </button>
        </section>
    }
}

crate::texts! {
    tokens = "tokens/s", "token/s";
    per_million = "per M output", "每百万输出";
    days = "days", "天";
    run_cost = "the run", "训练成本";
    done = "Done", "完成";
    in_short = "The answer in short", "结果摘要";
}
