//! Which rows are shown, and which quantity.

use leptos::prelude::*;
use token_factory::evidence::{Filter, Measurement, facets};
use token_factory::model::Quantity;

use super::store::{Evidence, QUANTITIES};
use super::words;
use crate::controls::{Choice, Segmented, Select};
use crate::state::App;
use crate::texts::{Locale, Text};

const SHOWN: [Choice; 3] = [
    ("tpot", words::tpot),
    ("throughput", words::throughput),
    ("ttft", words::ttft),
];

/// The filters.
#[component]
pub fn Filters() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let quantity = Signal::derive(move || evidence.quantity.get().name().to_owned());
    let choose = Callback::new(move |key: &'static str| {
        let found = QUANTITIES.into_iter().find(|q| q.name() == key);
        evidence.quantity.set(found.unwrap_or(Quantity::Tpot));
    });
    let is_filtered = move || evidence.filter.with(|f| *f != Filter::default());
    view! {
        <div class="evidence-filters" role="group" aria-label=move || app.say(filters)>
            <Segmented label=Signal::derive(move || app.say(quantity_word).to_owned()) choices=&SHOWN value=quantity on_change=choose />
            <Facet label=mode column=|m| m.mode.map_or("", |x| x.name()) name=words::mode get=|f| &f.mode set=|f, v| f.mode = v />
            <Facet label=hardware column=|m| &m.hardware name=crate::names::hardware get=|f| &f.hardware set=|f, v| f.hardware = v />
            <Facet label=engine column=|m| &m.engine name=|k, _| crate::names::engine(k).to_owned() get=|f| &f.engine set=|f, v| f.engine = v />
            <Facet label=model column=|m| &m.model name=|k, _| words::model(k) get=|f| &f.model set=|f, v| f.model = v />
            <Facet label=source column=|m| &m.source name=|k, _| k.to_owned() get=|f| &f.source set=|f, v| f.source = v />
            <Quality />
            {move || is_filtered().then(|| view! {
                <button type="button" class="link" on:click=move |_| evidence.filter.set(Filter::default())>{app.say(all_rows)}</button>
            })}
        </div>
    }
    .into_any()
}

/// One column as a list of its values.
#[component]
fn Facet(
    label: Text,
    column: fn(&Measurement) -> &str,
    name: fn(&str, Locale) -> String,
    get: fn(&Filter) -> &String,
    set: fn(&mut Filter, String),
) -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let choices = Signal::derive(move || {
        let locale = app.locale.get();
        let mut out = vec![(String::new(), any(locale, label(locale)))];
        let found = evidence.set().rows.with(|rows| facets(rows, column));
        out.extend(found.into_iter().map(|(key, count)| {
            let text = format!("{} ({count})", name(&key, locale));
            (key, text)
        }));
        out
    });
    let value = Signal::derive(move || evidence.filter.with(|f| get(f).clone()));
    let on_change = Callback::new(move |key| {
        evidence.picked.set(None);
        evidence.filter.update(|f| set(f, key));
    });
    view! { <Select label=Signal::derive(move || app.say(label).to_owned()) choices value on_change /> }
}

const QUALITIES: [(&str, Text); 3] = [("", any_quality), ("yes", ok_only), ("no", rest_only)];

/// Rows that count, rows that do not, or all.
#[component]
fn Quality() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let choices = Signal::derive(move || {
        let locale = app.locale.get();
        QUALITIES
            .map(|(key, text)| (key.to_owned(), text(locale).to_owned()))
            .to_vec()
    });
    let value = Signal::derive(move || {
        match evidence.filter.with(|f| f.scored) {
            None => "",
            Some(true) => "yes",
            Some(false) => "no",
        }
        .to_owned()
    });
    let on_change = Callback::new(move |key: String| {
        evidence.picked.set(None);
        evidence.filter.update(|f| {
            f.scored = match key.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            };
        });
    });
    view! { <Select label=Signal::derive(move || app.say(quality).to_owned()) choices value on_change /> }
}

crate::texts! {
    filters = "Filters", "筛选";
    quantity_word = "Quantity", "指标";
    mode = "Mode", "方式";
    hardware = "Hardware", "硬件";
    engine = "Engine", "引擎";
    model = "Model", "模型";
    source = "Source", "来源";
    quality = "Quality", "质量";
    any(what) = "{what}: all", "{what}：全部";
    any_quality = "Quality: all", "质量：全部";
    ok_only = "Counted rows", "计入误差的行";
    rest_only = "Contradicted or thin", "相互矛盾或信息不足";
    all_rows = "Clear filters", "清除筛选";
}
