//! A scenario that trains: what a run comes to, for the views that are about serving.

use leptos::prelude::*;
use token_factory::evaluation::Amount;
use token_factory::scenario::Task;

use crate::controls::{Icon, IconView};
use crate::shell::View;
use crate::state::App;
use crate::texts::{self, Text};

/// Whether the scenario trains.
pub fn trains(app: App) -> Memo<bool> {
    Memo::new(move |_| app.scenario.with(|s| s.workload.task == Task::Training))
}

/// What a view shows of a scenario that trains. `why`: why it has nothing else.
pub fn instead(app: App, why: Text) -> AnyView {
    let run = move || {
        let fmt = app.fmt();
        let unknown = || app.say(texts::unknown).to_owned();
        let tokens = app.scenario.with(|s| s.workload.training_tokens);
        app.evaluation.with(|e| {
            let Some(t) = &e.training else {
                return app.say(no_run).to_owned();
            };
            let money = |share: f64| {
                t.cost.map_or_else(unknown, |c| {
                    fmt.money(Amount {
                        usd: c.usd * share,
                        cny: c.cny * share,
                    })
                })
            };
            a_run(
                fmt.locale,
                &fmt.compact(tokens),
                &fmt.number(t.days),
                &money(1.0),
                &money(1e6 / tokens.max(1.0)),
                &money(1.0 / t.days.max(1e-9)),
            )
        })
    };
    view! {
        <section class="plan-section trains" role="note">
            <div class="banner"><IconView icon=Icon::Info />
                <div><b>{move || app.say(title)}</b><p class="plain">{move || app.say(why)}</p></div></div>
            <p>{run}</p>
            <div class="actions">
                <button type="button" class="btn main" on:click=move |_| app.show(View::Plan)>{move || app.say(to_plan)}</button>
                <button type="button" class="btn line" on:click=move |_| { app.set_text("task", "serving"); app.commit(); }>{move || app.say(serve)}</button>
            </div>
        </section>
    }
    .into_any()
}

crate::texts! {
    title = "This scenario trains", "当前方案为训练";
    a_run(tokens, days, all, million, day) = "A run over {tokens} tokens takes {days} days and costs {all}: {million} per million tokens trained, {day} a day.", "训练 {tokens} token 需 {days} 天，成本 {all}：每百万训练 token {million}，每天 {day}。";
    no_run = "The run cannot be worked out: see Plan for what would fit.", "无法计算该训练：可行方案见“规划”。";
    to_plan = "Open the plan", "打开规划";
    serve = "Serve this model instead", "改为推理服务";
}
