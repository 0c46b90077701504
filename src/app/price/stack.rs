//! What a million tokens cost: kinds of token across, kinds of cost along each bar.

use leptos::prelude::*;
use token_factory::money::{Basis, Kind, Line, LineItem, Usd};

use super::list::kind_name;
use super::store::{self, Business};
use super::why::{About, ask, origin_of};
use crate::controls::Mark;
use crate::format::Fmt;
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

/// A bar: its kind asked about, its parts, its amount with the band.
fn bar(app: App, kind: Kind) -> AnyView {
    let sale = store::here();
    let of = move |b: &Business| kind.of(&b.cost.per_million);
    let made = move |b: &Business| kind.of(&b.cost.tokens_per_hour) > 0.0;
    let value = Memo::new(move |_| {
        sale.with(|s| {
            let b = s.as_ref().ok()?;
            app.scenario.with(|sc| Some(b.show(sc, Usd(of(b)))))
        })
    });
    let blocks = move || {
        sale.with(|s| {
            let b = s.as_ref().ok()?;
            let most = Kind::ALL.iter().map(|k| k.of(&b.cost.per_million)).fold(1e-12, f64::max);
            Some(view! {
                <div class="stack" style:width=format!("{:.1}%", 100.0 * of(b) / most) aria-hidden="true">
                    {parts(b, kind).into_iter().zip(GROUPS).filter(|(part, _)| *part > 0.0).map(|(part, (class, ..))| view! { <i class=class style:flex-grow=(100.0 * part / of(b)).to_string()></i> }).collect_view()}
                </div>
            })
        })
    };
    let amount = move || {
        let fmt = app.fmt();
        sale.with(|s| {
            let b = s.as_ref().ok()?;
            // Nothing of the kind is made: its cost has no meaning.
            if !made(b) {
                return Some(view! { <span class="quiet">{app.say(none_made)}</span> }.into_any());
            }
            let money = |usd: f64| app.scenario.with(|sc| fmt.money_value(b.show(sc, Usd(usd))));
            let range = [money(of(b) * b.unit.0), money(of(b) * b.unit.1)].join("–");
            Some(view! { <span><b class="num">{money(of(b))}</b><small class="quiet num">{range}</small></span> }.into_any())
        })
    };
    view! {
        <div class="cost-bar" data-kind=format!("{kind:?}") data-value=move || value.get().map(|v| v.to_string())>
            <span>{ask(app, About::Kind(kind), move || app.say(kind_name(kind)).to_owned())}</span>
            <div>{blocks}</div>
            {amount}
        </div>
    }
    .into_any()
}

/// The columns of the statement after its name: heading, and what stands in a line (value, range).
type Cell = fn(&Business, &Line, &dyn Fn(f64) -> String, Fmt) -> (String, Option<(f64, f64)>);
const COLUMNS: [(Text, Cell); 6] = [
    (an_hour, |_, l, money, _| {
        (money(l.per_hour.0), Some((l.low.0, l.high.0)))
    }),
    (share, |b, l, _, fmt| {
        (
            fmt.percent(l.per_hour.0 / b.cost.per_hour.0.max(1e-12)),
            None,
        )
    }),
    (paid_once, |_, l, money, _| {
        if l.capex.0 > 0.0 {
            (money(l.capex.0), Some((l.capex_ends.0.0, l.capex_ends.1.0)))
        } else {
            ("–".into(), None)
        }
    }),
    (per_output, |b, l, money, _| {
        per_kind(b, l, money, Kind::Output)
    }),
    (per_input, |b, l, money, _| {
        per_kind(b, l, money, Kind::Input)
    }),
    (per_cached, |b, l, money, _| {
        per_kind(b, l, money, Kind::CachedInput)
    }),
];

fn per_kind(
    b: &Business,
    l: &Line,
    money: &dyn Fn(f64) -> String,
    kind: Kind,
) -> (String, Option<(f64, f64)>) {
    if kind.of(&b.cost.tokens_per_hour) <= 0.0 {
        return ("–".into(), None);
    }
    let v = kind.of(&l.per_million);
    // The line's own band and that of the throughput are independent.
    let of = |end: Usd, tokens: f64| (end / l.per_hour - 1.0).hypot(1.0 / tokens - 1.0);
    let down = of(l.low, b.throughput.1.max(1.0));
    let up = of(l.high, b.throughput.0.clamp(1e-3, 1.0));
    (money(v), Some((v * (1.0 - down).max(0.0), v * (1.0 + up))))
}

/// The whole statement as one more line.
fn total(b: &Business) -> Line {
    Line {
        item: LineItem::Accelerators,
        per_hour: b.cost.per_hour,
        low: b.cost.low,
        high: b.cost.high,
        capex: b.cost.capex,
        capex_ends: b.cost.capex_ends,
        basis: Basis::Assumed,
        per_million: b.cost.per_million,
    }
}

/// The bars.
#[component]
pub fn Stack() -> impl IntoView {
    let app = App::here();
    view! {
        <section>
            {crate::controls::head(move || app.say(title).to_owned(), move || app.fmt().percent(app.scenario.with(|s| s.workload.mean_load)) + app.say(load_word))}
            <div class="cost-bars">{Kind::ALL.map(|kind| bar(app, kind)).collect_view()}</div>
            <p class="legend">{GROUPS.into_iter().map(|(class, name, _)| view! {
                <span><i class=format!("swatch {class}") aria-hidden="true"></i>{move || app.say(name)}</span>
            }).collect_view()}</p>
        </section>
    }
    .into_any()
}

/// The statement behind the bars, line by line.
#[component]
pub fn Statement() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    let cells = move |pick: Option<LineItem>| {
        let fmt = app.fmt();
        sale.with(|s| {
            let b = s.as_ref().ok()?;
            let line = match pick {
                Some(item) => b.cost.line(item)?.clone(),
                None => total(b),
            };
            let money = |usd: f64| app.scenario.with(|sc| fmt.money_value(b.show(sc, Usd(usd))));
            Some(COLUMNS.map(|(_, cell)| {
                let (value, range) = cell(b, &line, &money, fmt);
                let range = range.filter(|(low, high)| low < high).map(|(low, high)| view! { <small class="quiet">{[money(low), money(high)].join("–")}</small> });
                view! { <td class="num">{value}{range}</td> }
            }).collect_view())
        })
    };
    // Rows come and go with the tenure only, so that an open explanation stays open.
    let items = Memo::new(move |_| {
        sale.with(|s| {
            let lines = s
                .as_ref()
                .map(|b| b.cost.lines.as_slice())
                .unwrap_or_default();
            lines
                .iter()
                .filter(|l| l.per_hour.0 > 0.0)
                .map(|l| (l.item, l.basis))
                .collect::<Vec<_>>()
        })
    });
    let table = move || {
        items.get().into_iter().map(|(item, basis)| view! {
            <tr><th scope="row"><Mark origin=origin_of(basis) />{ask(app, About::Line(item), move || app.say(item_name(item)).to_owned())}</th>{move || cells(Some(item))}</tr>
        }).collect_view()
    };
    view! {
            <details class="more">
                <summary class="link">{move || app.say(statement)}</summary>
                <div class="table-scroll" tabindex="0" role="region" aria-label=move || app.say(statement)>
                    <table class="data-table statement">
                        <thead><tr>
                            <th scope="col">{move || app.say(item)}</th>
                            {COLUMNS.map(|(name, _)| view! { <th scope="col" class="num">{move || app.say(name)}</th> }).collect_view()}
                        </tr></thead>
                        <tbody>{table}<tr><th scope="row">{ask(app, About::Cost, move || app.say(total_word).to_owned())}</th>{move || cells(None)}</tr></tbody>
                    </table>
                </div>
            </details>
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
    per_cached = "Per M cached input", "每百万缓存命中输入";
    none_made = "none in this workload", "该负载中没有";
    total_word = "all together", "合计";
}
