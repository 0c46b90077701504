//! Every table of the view as CSV and JSON.

use leptos::prelude::*;
use token_factory::money::tables::{
    Table, assumptions_table, cash_table, compare_table, cost_table, market_table, price_table,
    tornado_table,
};
use token_factory::scenario::Money;

use super::store::{self, Business};
use crate::controls::head;
use crate::controls::{Icon, IconView};
use crate::platform;
use crate::state::App;
use crate::texts::Text;

type Make = fn(&Business, &Money) -> Table;

const TABLES: [(Text, Make); 7] = [
    (cost, |b, m| cost_table(&b.cost, m)),
    (assumptions, |b, m| assumptions_table(&b.cost, m)),
    (prices, |b, m| price_table(&b.sale, &b.cost, m)),
    (market, |b, m| market_table(&b.market, &b.cost, m)),
    (cash, |b, m| cash_table(&b.flow, &b.cost, m)),
    (compared, |b, m| compare_table(&b.comparison, &b.cost, m)),
    (sensitivity, |b, m| tornado_table(&b.bars, m)),
];

/// The list of downloads.
#[component]
pub fn Exports() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    let save = move |make: Make, json: bool| {
        let table = sale.with_untracked(|s| {
            let b = s.as_ref().ok()?;
            Some(app.scenario.with_untracked(|sc| make(b, &sc.money)))
        });
        let Some(table) = table else { return };
        let (ending, mime, text) = if json {
            ("json", "application/json", json_of(&table))
        } else {
            ("csv", "text/csv", ["\u{feff}", &table.csv()].concat())
        };
        if let Err(why) = platform::download(&[table.name, ending].join("."), mime, text.as_bytes())
        {
            app.announce(why);
        }
    };
    view! {
        <section class="plan-section">
            {head(move || app.say(title).to_owned(), move || app.say(aside).to_owned())}
            <ul class="exports">{TABLES.into_iter().map(|(name, make)| view! {
                <li>
                    <span>{move || app.say(name)}</span>
                    <button type="button" class="link" aria-label=move || [app.say(name), "CSV"].join(" ") on:click=move |_| save(make, false)><IconView icon=Icon::Download />"CSV"</button>
                    <button type="button" class="link" aria-label=move || [app.say(name), "JSON"].join(" ") on:click=move |_| save(make, true)><IconView icon=Icon::Download />"JSON"</button>
                </li>
            }).collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// The table as a list of objects, keyed by its header.
fn json_of(table: &Table) -> String {
    use serde_json::{Map, Value};
    let rows: Vec<Value> = table
        .rows
        .iter()
        .map(|row| {
            let pairs = table.header.iter().zip(row).map(|(h, v)| {
                let value = token_factory::decimal::parse(v)
                    .map_or_else(|| Value::from(v.as_str()), Value::from);
                (h.clone(), value)
            });
            Value::Object(pairs.collect::<Map<_, _>>())
        })
        .collect();
    token_factory::json::pretty(&rows)
}

crate::texts! {
    title = "Tables", "表格";
    aside = "full digits, with units and sources", "完整位数，含单位与来源";
    cost = "Cost statement", "成本明细";
    assumptions = "Assumptions", "假设";
    prices = "Price list", "价目表";
    market = "Market", "市场报价";
    cash = "Cash flow", "现金流";
    compared = "Own, rent, API", "自有、租用与 API";
    sensitivity = "Sensitivity", "敏感性";
}
