//! What a million tokens cost: kinds of token across, kinds of cost along each bar.

use leptos::prelude::*;
use token_factory::money::{Basis, Kind, LineItem, Usd, per_million_band};

use super::list::kind_name;
use super::store::{self, Business};
use crate::controls::{Mark, Origin};
use crate::state::App;
use crate::texts::Text;

/// Shades of ink by group of cost: colour means a role elsewhere.
const GROUPS: [(&str, Text, &[LineItem]); 5] = [
    (
        "k1",
        capital,
        &[
            LineItem::Accelerators,
            LineItem::Network,
            LineItem::Storage,
            LineItem::Spares,
            LineItem::Rent,
        ],
    ),
    ("k2", building, &[LineItem::Building]),
    ("k3", energy, &[LineItem::Electricity]),
    (
        "k4",
        maintenance,
        &[LineItem::Maintenance, LineItem::Software],
    ),
    ("k5", staff, &[LineItem::Staff]),
];

/// The name of a line of the cost statement.
pub fn item_name(item: LineItem) -> Text {
    match item {
        LineItem::Accelerators => accelerators,
        LineItem::Network => network,
        LineItem::Storage => storage,
        LineItem::Spares => spares,
        LineItem::Building => building,
        LineItem::Electricity => energy,
        LineItem::Maintenance => maintenance_only,
        LineItem::Software => software,
        LineItem::Staff => staff,
        LineItem::Rent => rent,
    }
}

fn parts(b: &Business, kind: Kind) -> [f64; 5] {
    GROUPS.map(|(_, _, items)| {
        b.cost
            .lines
            .iter()
            .filter(|l| items.contains(&l.item))
            .map(|l| kind.of(&l.per_million))
            .sum()
    })
}

/// The bars.
#[component]
pub fn Stack() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    let bars = move || {
        let fmt = app.fmt();
        let e = app.evaluation.get();
        sale.with(|s| {
            let Ok(b) = s.as_ref() else { return ().into_any() };
            let most = Kind::ALL.iter().map(|k| k.of(&b.cost.per_million)).fold(1e-12, f64::max);
            let made = e.tokens_per_s.output.max(1e-12);
            let band = e.bands.output_tokens_per_s;
            let factors = if band.high > 0.0 { (band.low / made, band.high / made) } else { (1.0, 1.0) };
            let money = |usd: f64| app.scenario.with(|sc| fmt.money_value(b.show(sc, Usd(usd))));
            Kind::ALL.into_iter().map(|kind| {
                let all = kind.of(&b.cost.per_million);
                let (low, high) = per_million_band(Usd(all), &b.cost, factors);
                let range = [money(low.0), money(high.0)].join("–");
                view! {
                    <div class="cost-bar" data-kind=format!("{kind:?}") data-value=app.scenario.with(|sc| b.show(sc, Usd(all))).to_string()>
                        <span>{app.say(kind_name(kind))}</span>
                        <span class="stack" aria-hidden="true" style:width=format!("{:.2}%", 100.0 * all / most)>
                            {parts(b, kind).into_iter().zip(GROUPS).filter(|(v, _)| *v > 0.0).map(|(v, (class, ..))| view! {
                                <i class=class style:flex-grow=format!("{:.4}", v / all.max(1e-12))></i>
                            }).collect_view()}
                        </span>
                        <span><b>{money(all)}</b>" "<span class="quiet">{(all > 0.0).then_some(range)}</span></span>
                    </div>
                }
            }).collect_view().into_any()
        })
    };
    let table = move || {
        let fmt = app.fmt();
        sale.with(|s| {
            let Ok(b) = s.as_ref() else { return ().into_any() };
            let money = |usd: f64| app.scenario.with(|sc| fmt.money_value(b.show(sc, Usd(usd))));
            b.cost.lines.iter().filter(|l| l.per_hour.0 > 0.0).map(|l| {
                // Prices are published or assumed, never metered.
                let origin = match l.basis {
                    Basis::Assumed => Origin::Assumed,
                    Basis::Entered | Basis::Published(_) => Origin::Calculated,
                };
                view! {
                    <tr>
                        <th scope="row"><Mark origin />{app.say(item_name(l.item))}</th>
                        <td class="num">{money(l.per_hour.0)}</td>
                        <td class="num">{fmt.percent(l.per_hour.0 / b.cost.per_hour.0.max(1e-12))}</td>
                        <td class="num">{if l.capex.0 > 0.0 { money(l.capex.0) } else { "–".into() }}</td>
                        <td class="num">{money(l.per_million.output)}</td>
                        <td class="num">{money(l.per_million.input)}</td>
                    </tr>
                }
            }).collect_view().into_any()
        })
    };
    view! {
        <section>
            {crate::controls::head(move || app.say(title).to_owned(), move || app.fmt().percent(app.scenario.with(|s| s.workload.mean_load)) + app.say(load_word))}
            <div class="cost-bars">{bars}</div>
            <p class="legend">{GROUPS.into_iter().map(|(class, name, _)| view! {
                <span><i class=format!("swatch {class}") aria-hidden="true"></i>{move || app.say(name)}</span>
            }).collect_view()}</p>
            <details class="more">
                <summary class="link">{move || app.say(statement)}</summary>
                <div class="table-scroll" tabindex="0" role="region" aria-label=move || app.say(statement)>
                    <table class="data-table">
                        <thead><tr>
                            <th scope="col">{move || app.say(item)}</th><th scope="col" class="num">{move || app.say(an_hour)}</th><th scope="col" class="num">{move || app.say(share)}</th>
                            <th scope="col" class="num">{move || app.say(paid_once)}</th><th scope="col" class="num">{move || app.say(per_output)}</th><th scope="col" class="num">{move || app.say(per_input)}</th>
                        </tr></thead>
                        <tbody>{table}</tbody>
                    </table>
                </div>
            </details>
        </section>
    }
    .into_any()
}

crate::texts! {
    title = "What a million tokens cost", "每百万 token 的成本";
    load_word = " load", " 负载";
    capital = "hardware", "硬件";
    building = "building", "机房";
    energy = "energy", "电费";
    maintenance = "maintenance, software", "维护与软件";
    maintenance_only = "maintenance", "维护";
    software = "software", "软件";
    staff = "staff", "人员";
    accelerators = "accelerators with servers", "加速卡与服务器";
    network = "network", "网络";
    storage = "storage", "存储";
    spares = "spare parts", "备件";
    rent = "rent", "租金";
    statement = "Cost statement, line by line", "逐项成本";
    item = "Item", "项目";
    an_hour = "An hour", "每小时";
    share = "Share", "占比";
    paid_once = "Paid at the start", "一次性投入";
    per_output = "Per M output", "每百万输出";
    per_input = "Per M input", "每百万输入";
}
