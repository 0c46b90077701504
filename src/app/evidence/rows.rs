//! Every row shown: measured, predicted, error, source. In pages.

use leptos::prelude::*;
use token_factory::evidence::{Point, points};
use token_factory::model::Calibration;

use super::store::Evidence;
use super::words;
use crate::controls::Select;
use crate::state::App;
use crate::texts::Text;

/// Rows of a page.
const PAGE: usize = 25;

/// The order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    WorstFirst,
    BestFirst,
    File,
}

const ORDERS: [(&str, Order, Text); 3] = [
    ("worst", Order::WorstFirst, worst_first),
    ("best", Order::BestFirst, best_first),
    ("file", Order::File, file_order),
];

fn ordered(mut all: Vec<Point>, order: Order) -> Vec<Point> {
    // An error of half counts as much as one of double.
    let size = |p: &Point| (p.predicted / p.measured).ln().abs();
    match order {
        Order::File => {}
        Order::WorstFirst => all.sort_by(|a, b| size(b).total_cmp(&size(a))),
        Order::BestFirst => all.sort_by(|a, b| size(a).total_cmp(&size(b))),
    }
    all
}

/// The row table.
#[component]
pub fn Rows() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let order = RwSignal::new(Order::WorstFirst);
    let page = RwSignal::new(0_usize);
    let shown = Memo::new(move |_| {
        let set = evidence.set();
        if !set.done() {
            return Vec::new();
        }
        let (quantity, order) = (evidence.quantity.get(), order.get());
        set.rows.with(|rows| {
            set.predictions.with(|predictions| {
                evidence.filter.with(|filter| {
                    let all = points(rows, predictions, filter, quantity, Calibration::embedded());
                    ordered(all, order)
                })
            })
        })
    });
    let pages = move || shown.with(Vec::len).div_ceil(PAGE).max(1);
    // A filter may leave fewer pages than the one that was open.
    let at = move || page.get().min(pages() - 1);
    let choices = Signal::derive(move || {
        let locale = app.locale.get();
        ORDERS
            .map(|(key, _, text)| (key.to_owned(), text(locale).to_owned()))
            .to_vec()
    });
    let value = Signal::derive(move || {
        let now = order.get();
        ORDERS
            .iter()
            .find(|(_, o, _)| *o == now)
            .map_or("worst", |(key, _, _)| key)
            .to_owned()
    });
    let choose = Callback::new(move |key: String| {
        let found = ORDERS.iter().find(|(k, _, _)| *k == key);
        order.set(found.map_or(Order::WorstFirst, |(_, o, _)| *o));
        page.set(0);
    });
    let body = move || {
        let fmt = app.fmt();
        let locale = fmt.locale;
        let set = evidence.set();
        let quantity = evidence.quantity.get();
        let here = shown.with(|all| {
            all.iter()
                .skip(at() * PAGE)
                .take(PAGE)
                .copied()
                .collect::<Vec<_>>()
        });
        set.rows.with(|rows| {
            here.into_iter()
                .filter_map(|p| {
                    let m = rows.get(p.row)?;
                    let in_band = p.in_band();
                    let concurrency = m.concurrency.map_or_else(String::new, |c| fmt.count(c));
                    let cards = m.cards.map_or_else(String::new, |c| fmt.count(c));
                    let source = match m.link() {
                        Some(url) => view! { <a class="link" href=url.to_owned() target="_blank" rel="noopener noreferrer">{m.source.clone()}</a> }.into_any(),
                        None => view! { <span>{m.source.clone()}</span> }.into_any(),
                    };
                    Some(view! {
                        <tr>
                            <th scope="row"><button type="button" class="link" on:click=move |_| evidence.picked.set(Some(p.row))>{words::title(m, locale)}</button></th>
                            <td>{words::how(m, locale)}</td>
                            <td class="num">{cards}</td>
                            <td class="num">{words::load(m, fmt)}</td>
                            <td class="num">{concurrency}</td>
                            <td class="num">{words::value(fmt, quantity, p.measured)}</td>
                            <td class="num">{words::value(fmt, quantity, p.predicted)}</td>
                            <td class="num">{fmt.change(p.error())}</td>
                            <td>{app.say(match (p.scored, in_band) {
                                (false, _) => not_counted,
                                (true, true) => yes,
                                (true, false) => no,
                            })}</td>
                            <td>{source}</td>
                        </tr>
                    })
                })
                .collect_view()
        })
    };
    const TITLES: [(Text, bool); 10] = [
        (row_title, false),
        (how_title, false),
        (cards_title, true),
        (lengths_title, true),
        (concurrency_title, true),
        (measured_title, true),
        (predicted_title, true),
        (error_title, true),
        (band_title, false),
        (source_title, false),
    ];
    view! {
        <section class="tile-section evidence-section evidence-rows">
            <div class="section-head">
                <h2>{move || app.say(title)}</h2>
                <span class="quiet">{move || counted(app.locale.get(), &app.fmt().count(shown.with(Vec::len) as f64))}</span>
            </div>
            <div class="evidence-paging">
                <Select label=Signal::derive(move || app.say(order_word).to_owned()) choices value on_change=choose />
                <button type="button" class="btn line" disabled=move || at() == 0 on:click=move |_| page.set(at().saturating_sub(1))>{move || app.say(previous)}</button>
                <span class="quiet" role="status">{move || {
                    let fmt = app.fmt();
                    page_of(fmt.locale, &fmt.count((at() + 1) as f64), &fmt.count(pages() as f64))
                }}</span>
                <button type="button" class="btn line" disabled=move || pages() <= at() + 1 on:click=move |_| page.set(at() + 1)>{move || app.say(next)}</button>
            </div>
            <div class="table-scroll" tabindex="0" role="region" aria-label=move || app.say(title)>
                <table class="data-table">
                    <caption class="visually-hidden">{move || app.say(title)}</caption>
                    <thead><tr>{TITLES.iter().map(|&(text, numeric)| view! { <th scope="col" class:num=numeric>{move || app.say(text)}</th> }).collect_view()}</tr></thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

crate::texts! {
    title = "Every row", "逐行数据";
    counted(count) = "{count} rows with this quantity", "{count} 行含该指标";
    order_word = "Order", "排序";
    worst_first = "Largest error first", "误差从大到小";
    best_first = "Smallest error first", "误差从小到大";
    file_order = "As in the file", "按文件顺序";
    previous = "Previous", "上一页";
    next = "Next", "下一页";
    page_of(at, all) = "Page {at} of {all}", "第 {at} / {all} 页";
    row_title = "Model and hardware", "模型与硬件";
    how_title = "Engine and mode", "引擎与方式";
    cards_title = "Cards", "卡数";
    lengths_title = "Tokens in → out", "输入 → 输出 token";
    concurrency_title = "Requests at once", "同时在途请求";
    measured_title = "Measured", "实测";
    predicted_title = "Predicted", "预测";
    error_title = "Error", "误差";
    band_title = "In band", "在区间内";
    source_title = "Source", "来源";
    yes = "yes", "是";
    no = "no", "否";
    not_counted = "not counted", "不计入";
}
