//! The Evidence view: how good the model is, on published rows and on the reader's own.

mod errors;
mod filters;
mod local_mark;
mod own;
mod provenance;
mod rows;
mod scatter;
mod store;
mod words;

use leptos::prelude::*;

pub use local_mark::LocalMark;
pub use store::provide;

use crate::controls::Segmented;
use crate::state::App;
use store::{Evidence, Stage, Which};

const SETS: [crate::controls::Choice; 2] = [("published", published), ("own", own_rows)];

/// The view.
#[component]
pub fn EvidenceView() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    evidence.load_published();
    // Own rows are predicted with the factors of the scenario, as the plan is.
    let local = Memo::new(move |_| app.scenario.with(|s| s.local));
    Effect::new(move |_| {
        let local = local.get();
        evidence.own.rows.track();
        evidence.own.score(local);
    });
    let which = Signal::derive(move || {
        match evidence.which.get() {
            Which::Published => "published",
            Which::Own => "own",
        }
        .to_owned()
    });
    let choose = Callback::new(move |key: &'static str| {
        evidence.choose(if key == "own" {
            Which::Own
        } else {
            Which::Published
        });
    });
    let has_rows = Memo::new(move |_| {
        let set = evidence.set();
        set.stage.with(|s| *s == Stage::Here) && set.rows.with(|r| !r.is_empty())
    });
    view! {
        <div class="evidence">
            <div class="evidence-head">
                <h1>{move || app.say(title)}</h1>
                <errors::Lead />
            </div>
            <div class="evidence-bar">
                <Segmented label=Signal::derive(move || app.say(which_set).to_owned()) choices=&SETS value=which on_change=choose />
                <Status />
            </div>
            {move || (evidence.which.get() == Which::Own).then(|| view! { <own::OwnFile /> })}
            {move || has_rows.get().then(|| view! {
                <filters::Filters />
                <div class="evidence-grid">
                    <scatter::Scatter />
                    <div class="evidence-side">
                        <errors::ErrorTable />
                        {(evidence.which.get() == Which::Published).then(|| view! { <errors::LeftOutTable /> })}
                    </div>
                </div>
                <rows::Rows />
            })}
            {move || (evidence.which.get() == Which::Published).then(|| view! { <provenance::Provenance /> })}
        </div>
    }
    .into_any()
}

/// Loading, progress, failure.
#[component]
fn Status() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let retry = move |_| evidence.load_published();
    move || {
        let set = evidence.set();
        let locale = app.locale.get();
        match set.stage.get() {
            Stage::Absent => ().into_any(),
            Stage::Loading => {
                view! { <p class="quiet" role="status">{loading(locale)}</p> }.into_any()
            }
            Stage::Failed(why) if evidence.which.get() == Which::Published => view! {
                <p class="bad" role="alert">{failed(locale, &why)}" "
                    <button type="button" class="link" on:click=retry>{again(locale)}</button></p>
            }
            .into_any(),
            Stage::Failed(_) => ().into_any(),
            Stage::Here => {
                let (all, done) = (set.rows.with(Vec::len), set.predictions.with(Vec::len));
                let count = |n: usize| app.fmt().count(n as f64);
                if done < all {
                    view! {
                        <p class="quiet evidence-progress">
                            <progress max="1" value=set.progress().to_string() aria-label=scoring_word(locale)></progress>
                            <span>{scoring(locale, &count(done), &count(all))}</span>
                        </p>
                    }
                    .into_any()
                } else {
                    let answered = set
                        .predictions
                        .with(|p| p.iter().filter(|p| p.answered).count());
                    let counted = set.rows.with(|r| r.iter().filter(|m| m.scored()).count());
                    view! { <p class="quiet" role="status">{scored(locale, &count(all), &count(answered), &count(counted))}</p> }.into_any()
                }
            }
        }
    }
}

crate::texts! {
    title = "How good is the model?", "模型有多准？";
    which_set = "Which measurements", "选择数据";
    published = "Published", "公开数据";
    own_rows = "Your own", "自有数据";
    loading = "Fetching the measurements…", "正在载入测试数据……";
    failed(why) = "The measurements could not be fetched: {why}.", "测试数据载入失败：{why}。";
    again = "Try again", "重试";
    scoring_word = "Predicting rows", "正在逐行预测";
    scoring(done, all) = "Predicting in this browser: {done} of {all} rows", "正在本浏览器内预测：{done} / {all} 行";
    scored(all, answered, counted) = "{all} rows, {answered} answered, {counted} counted in the errors. Predicted just now in this browser.", "共 {all} 行，已预测 {answered} 行，其中 {counted} 行计入误差。预测刚在本浏览器内完成。";
}
