//! Where everything comes from, and what is not supported.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::catalogue::gaps::{MissingFigure, NotSupported};
use token_factory::evidence::{SOURCES, Source, facets, source_of};

use super::store::Evidence;
use crate::controls::More;
use crate::state::App;
use crate::texts::Text;

/// Sources of measurements and figures, and the list of what cannot be planned with.
#[component]
pub fn Provenance() -> impl IntoView {
    let app = App::here();
    view! {
        <div class="evidence-grid evidence-section">
            <section class="tile-section">
                <div class="section-head"><h2>{move || app.say(sources_title)}</h2></div>
                <p class="plain">{move || app.say(sources_intro)}</p>
                <SourceTable />
                <CatalogueSources />
            </section>
            <NotSupportedList />
        </div>
    }
    .into_any()
}

#[component]
fn SourceTable() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let counts = Memo::new(move |_| {
        evidence
            .published
            .rows
            .with(|rows| facets(rows, |m| m.source.as_str()))
    });
    let rows_of = move |s: &'static Source| {
        counts.with(|all| {
            all.iter()
                .filter(|(name, _)| source_of(name) == Some(s))
                .map(|(_, n)| n)
                .sum::<usize>()
        })
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=move || app.say(sources_title)>
            <table class="data-table">
                <caption class="visually-hidden">{move || app.say(sources_title)}</caption>
                <thead><tr>
                    <th scope="col">{move || app.say(name_title)}</th>
                    <th scope="col">{move || app.say(publisher_title)}</th>
                    <th scope="col">{move || app.say(version_title)}</th>
                    <th scope="col">{move || app.say(licence_title)}</th>
                    <th scope="col" class="num">{move || app.say(rows_title)}</th>
                </tr></thead>
                <tbody>{SOURCES.iter().map(|s| view! {
                    <tr>
                        <th scope="row"><a class="link" href=s.url target="_blank" rel="noopener noreferrer">{s.name}</a></th>
                        <td>{s.publisher}</td>
                        <td>{s.version}</td>
                        <td>{move || s.licence.unwrap_or(app.say(cited))}</td>
                        <td class="num">{move || app.fmt().count(rows_of(s) as f64)}</td>
                    </tr>
                }).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Addresses behind the figures of the catalogue.
#[component]
fn CatalogueSources() -> impl IntoView {
    let app = App::here();
    let catalogue = Catalogue::embedded();
    let count = catalogue.sources.len();
    view! {
        <More title=Signal::derive(move || catalogue_sources(app.locale.get(), &app.fmt().count(count as f64), &app.fmt().date(&catalogue.as_of)))>
            <ul class="evidence-links">{catalogue.sources.values().map(|url| {
                let shown = url.trim_start_matches("https://").to_owned();
                view! { <li><a href=url.clone() target="_blank" rel="noopener noreferrer">{shown}</a></li> }
            }).collect_view()}</ul>
        </More>
    }
}

fn missing(figure: MissingFigure) -> Text {
    match figure {
        MissingFigure::MemoryCapacity => missing_capacity,
        MissingFigure::MemoryBandwidth => missing_bandwidth,
        MissingFigure::Compute => missing_compute,
    }
}

#[component]
fn NotSupportedList() -> impl IntoView {
    let app = App::here();
    let rows = move || {
        let locale = app.locale.get();
        Catalogue::embedded()
            .not_supported()
            .into_iter()
            .map(|entry| match entry {
                NotSupported::Accelerator { name, missing: figures, .. } => {
                    let what: Vec<&str> = figures.into_iter().map(|f| missing(f)(locale)).collect();
                    let what = what.join(comma(locale));
                    view! { <tr><th scope="row">{name}</th><td>{no_figures(locale, &what)}</td></tr> }
                }
                NotSupported::Model { name, .. } => {
                    view! { <tr><th scope="row">{name}</th><td>{no_architecture(locale).to_owned()}</td></tr> }
                }
            })
            .collect_view()
    };
    view! {
        <section class="tile-section">
            <div class="section-head"><h2>{move || app.say(not_supported)}</h2></div>
            <p class="plain">{move || app.say(not_supported_intro)}</p>
            <div class="table-scroll" tabindex="0" role="region" aria-label=move || app.say(not_supported)>
                <table class="data-table">
                    <caption class="visually-hidden">{move || app.say(not_supported)}</caption>
                    <thead><tr><th scope="col">{move || app.say(name_title)}</th><th scope="col">{move || app.say(why_title)}</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <h3>{move || app.say(not_modelled)}</h3>
            <ul class="plain evidence-list">{LIMITS.iter().map(|&text| view! { <li>{move || app.say(text)}</li> }).collect_view()}</ul>
        </section>
    }
}

const LIMITS: [Text; 4] = [limit_unseen, limit_ttft, limit_drafts, limit_training];

crate::texts! {
    sources_title = "Sources of the measurements", "测试数据来源";
    sources_intro = "Every row keeps the address of its table or file. Contradicted rows (another row with all recorded settings equal differs by more than 1.2 times) are shown, never counted. What InferenceX's table of results leaves out (workers, drafts) is taken from the configurations that it publishes; the note of a row says so.", "每一行均保留其出处的链接。相互矛盾的行（另有一行所有已记录设置相同，但 TPOT 相差超过 1.2 倍）会显示，但不计入误差。InferenceX 结果表未给出的工作实例数与草稿 token 数，取自其公开的运行配置，并在该行备注中注明。";
    name_title = "Name", "名称";
    publisher_title = "Published by", "发布方";
    version_title = "Version or date", "版本或日期";
    licence_title = "Licence", "许可";
    cited = "figures cited", "引用数值";
    rows_title = "Rows", "行数";
    catalogue_sources(count, date) = "{count} sources of hardware, model and price figures, as of {date}", "硬件、模型与价格数据的 {count} 个来源（截至 {date}）";
    not_supported = "Not supported", "暂不支持";
    not_supported_intro = "Known by name, but too little is published to plan with. Nothing is guessed in their place.", "名称已收录，但公开信息不足以用于规划；我们不以猜测代替。";
    why_title = "Why", "原因";
    comma = ", ", "、";
    no_figures(what) = "not published: {what}", "未公开：{what}";
    no_architecture = "architecture not published", "模型结构未公开";
    missing_capacity = "memory capacity", "显存容量";
    missing_bandwidth = "memory bandwidth", "显存带宽";
    missing_compute = "compute rate", "算力";
    not_modelled = "Where to be careful", "使用时请留意";
    limit_unseen = "Hardware that no row measures (Ascend 950, H20, TPU and others) gets the prior of its family and a wide band.", "没有任何实测数据的硬件（如昇腾 950、H20、TPU）采用同族先验值，并给出较宽的区间。";
    limit_ttft = "TTFT near saturation is mostly queueing and varies with the load generator; trust it less than TPOT.", "接近饱和时 TTFT 主要由排队决定，随压测方式变化；其可信度低于 TPOT。";
    limit_drafts = "Some rows of DeepSeek and Qwen do not say whether speculative decoding was on: their source ran both, or does not list them.", "DeepSeek 与 Qwen 的部分数据未注明是否开启投机解码：其来源两种配置都曾运行，或未列出。";
    limit_training = "Training rests on few rows of one framework on NVIDIA cards.", "训练模式仅基于英伟达平台单一框架的少量数据。";
}
