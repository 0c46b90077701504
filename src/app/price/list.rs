//! The price list: beside cost and market, and its inputs.

use leptos::prelude::*;
use token_factory::money::{Kind, PriceOrigin, Usd};

use super::store;
use crate::controls::{FlagRow, Group, Mark, NumberRow, Origin, TextRow};
use crate::state::App;
use crate::texts::Text;

/// The name of a kind of token.
pub fn kind_name(kind: Kind) -> Text {
    match kind {
        Kind::Output => output,
        Kind::Input => input,
        Kind::CachedInput => cached,
    }
}

fn swatch(kind: Kind) -> &'static str {
    match kind {
        Kind::Output => "swatch decode",
        Kind::Input => "swatch prefill",
        Kind::CachedInput => "swatch cached",
    }
}

/// Cost, price, margin and market by kind.
#[component]
pub fn PriceTable() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    let aside = move || {
        sale.with(|s| {
            let b = s.as_ref().ok()?;
            let fmt = app.fmt();
            let date = b.market.newest.as_deref().map(|d| fmt.date(d));
            Some(match date {
                Some(date) => {
                    offers_of(fmt.locale, &fmt.count(b.market.offers.len() as f64), &date)
                }
                None => app.say(no_offers).to_owned(),
            })
        })
        .unwrap_or_default()
    };
    let rows = move || {
        let fmt = app.fmt();
        sale.with(|s| {
            let Ok(b) = s.as_ref() else { return ().into_any() };
            let money = |usd: Usd| app.scenario.with(|sc| fmt.money_value(b.show(sc, usd)));
            b.sale.lines.iter().map(|l| {
                let origin = match l.origin {
                    PriceOrigin::Entered => Origin::Assumed,
                    PriceOrigin::TargetMargin => Origin::Calculated,
                };
                let range = l.market.map(|m| range_bar(m.low.0, m.median.0, m.high.0, l.list.0));
                view! {
                    <tr>
                        <th scope="row"><i class=swatch(l.kind) aria-hidden="true"></i>{app.say(kind_name(l.kind))}</th>
                        <td class="num">{money(l.cost)}</td>
                        <td class="num"><Mark origin /><b>{money(l.list)}</b></td>
                        <td class="num">{money(l.for_target)}</td>
                        <td class="num">{l.margin.map(|m| fmt.percent(m))}</td>
                        <td class="num">{l.market.map_or_else(|| app.say(crate::texts::unknown).to_owned(), |m| money(m.median))}</td>
                        <td class="market-range">{range}</td>
                    </tr>
                }
            }).collect_view().into_any()
        })
    };
    view! {
        <section>
            {crate::controls::head(move || app.say(title).to_owned(), aside)}
            <div class="table-scroll" tabindex="0" role="region" aria-label=move || app.say(title)>
                <table class="data-table price-table">
                    <thead><tr>
                        <th scope="col">{move || per_million_in(app.locale.get(), app.fmt().currency_symbol())}</th><th scope="col" class="num">{move || app.say(cost)}</th>
                        <th scope="col" class="num">{move || app.say(our_price)}</th><th scope="col" class="num">{move || app.say(for_target)}</th>
                        <th scope="col" class="num">{move || app.say(margin)}</th><th scope="col" class="num">{move || app.say(market)}</th>
                        <th scope="col">{move || app.say(range_title)}</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="plain">{move || app.say(open_prices)}</p>
        </section>
    }
    .into_any()
}

/// Low, median and high of the market as a bar, with our own price on it, on a log scale.
fn range_bar(low: f64, median: f64, high: f64, own: f64) -> AnyView {
    let least = low.min(own).max(1e-9) * 0.8;
    let most = high.max(own).max(least * 1.01) * 1.25;
    let at = |v: f64| {
        format!(
            "{:.1}%",
            100.0 * (v.max(1e-9) / least).ln() / (most / least).ln()
        )
    };
    view! {
        <span class="range" aria-hidden="true" style:--low=at(low) style:--mid=at(median) style:--high=at(high) style:--own=at(own)><i></i><u></u><b></b></span>
    }
    .into_any()
}

/// The inputs: prices, discounts, tiers, plan, load.
#[component]
pub fn Editors() -> impl IntoView {
    let app = App::here();
    let say = move |t: Text| Signal::derive(move || app.say(t).to_owned());
    let none = Signal::derive(String::new);
    view! {
        <div class="plan-section price-editors">
            <Group id="group-prices" title=say(price_list) summary=none open=true>
                <NumberRow key="pout" />
                <NumberRow key="pin" />
                <NumberRow key="pcache" />
                <NumberRow key="margin" />
            </Group>
            <Group id="group-discounts" title=say(discounts) summary=none open=true>
                <NumberRow key="disc" />
                <TextRow key="tiers" hint=tiers_hint />
                <NumberRow key="quote" />
                <NumberRow key="days" />
            </Group>
            <Group id="group-plan" title=say(over_time) summary=none open=true>
                <NumberRow key="months" />
                <NumberRow key="ramp" />
                <NumberRow key="start" />
                <NumberRow key="erosion" />
                <NumberRow key="lead" />
                <FlagRow key="stepwise" />
                <NumberRow key="npv" />
            </Group>
            <Group id="group-load" title=say(load) summary=none open=true>
                <NumberRow key="load" />
                <TextRow key="curve" hint=curve_hint />
                <TextRow key="tou" hint=tou_hint />
            </Group>
        </div>
    }
    .into_any()
}

/// Offers of others, dated, in their own currency and in ours.
#[component]
pub fn Offers() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    let rows = move || {
        let fmt = app.fmt();
        sale.with(|s| {
            let Ok(b) = s.as_ref() else { return ().into_any() };
            let sign = |cny| if cny { "¥" } else { "$" };
            b.market.offers.iter().map(|o| {
                let listed = |v: Option<f64>| v.map_or_else(|| app.say(crate::texts::unknown).to_owned(), |v| [sign(o.in_cny), &fmt.full(v)].concat());
                let ours = |v: Option<f64>| v.map_or_else(String::new, |v| app.scenario.with(|sc| fmt.money_value(b.show(sc, Usd(v)))));
                let source = o.source.starts_with("http").then(|| o.source.clone());
                view! {
                    <tr class:quiet-row=o.expired>
                        <th scope="row">{o.provider.clone()}</th><td>{o.model.clone()}</td>
                        <td class="num">{listed(o.listed.input)}</td><td class="num">{listed(o.listed.cached_input)}</td><td class="num">{listed(o.listed.output)}</td>
                        <td class="num">{ours(o.usd.output)}</td><td>{fmt.date(&o.date)}{o.expired.then(|| app.say(ended))}</td>
                        <td>{source.map(|href| view! { <a class="link" href=href target="_blank" rel="noreferrer noopener">{app.say(source_word)}</a> })}</td>
                    </tr>
                }
            }).collect_view().into_any()
        })
    };
    let any =
        Memo::new(move |_| sale.with(|s| s.as_ref().is_ok_and(|b| !b.market.offers.is_empty())));
    move || {
        any.get().then(|| view! {
        <section class="plan-section">
            {crate::controls::head(move || app.say(market_title).to_owned(), move || rate_words(app.locale.get(), &app.fmt().number(app.scenario.with(|s| s.money.cny_per_usd))))}
            <div class="table-scroll market-table" tabindex="0" role="region" aria-label=move || app.say(market_title)>
                <table class="data-table">
                    <thead><tr>
                        <th scope="col">{app.say(provider)}</th><th scope="col">{app.say(sold_as)}</th><th scope="col" class="num">{app.say(input)}</th>
                        <th scope="col" class="num">{app.say(cached)}</th><th scope="col" class="num">{app.say(output)}</th>
                        <th scope="col" class="num">{app.say(output_ours)}</th><th scope="col">{app.say(read_on)}</th><th scope="col">{app.say(source_word)}</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any())
    }
}

crate::texts! {
    title = "Price list against the market", "价目表与市场价";
    output = "Output", "输出";
    input = "Input", "输入";
    cached = "Cached input", "缓存命中输入";
    offers_of(n, date) = "{n} offers in the catalogue, newest {date}", "目录中 {n} 个报价，最新 {date}";
    no_offers = "no offers of this model in the catalogue", "目录中没有该模型的报价";
    per_million_in(symbol) = "{symbol} per million", "{symbol}/百万";
    cost = "Cost", "成本";
    our_price = "Our price", "我方价格";
    for_target = "For target", "目标价";
    margin = "Margin", "毛利率";
    market = "Market", "市场中位";
    range_title = "low · median · high, ours marked", "最低·中位·最高，圆点为我方";
    open_prices = "Prices left open are those that give the target margin, at the market's ratios between kinds.", "未填写的价格按目标毛利率推算，各类价格之比取自市场。";
    price_list = "Price list", "价目表";
    discounts = "Discounts and quote", "折扣与报价";
    over_time = "Over time", "时间规划";
    load = "Load and energy", "负载与电力";
    tiers_hint = "from million a month:discount:share of sales, e.g. 1000:0.05:0.3,10000:0.15:0.2 — or none", "每月百万 token 起:折扣:销量占比，如 1000:0.05:0.3,10000:0.15:0.2；或 none";
    curve_hint = "flat, office, consumer, global, or 24 values separated by commas", "flat、office、consumer、global，或以逗号分隔的 24 个值";
    tou_hint = "24 factors on the electricity price, separated by commas — or none", "电价的 24 个小时系数，以逗号分隔；或 none";
    market_title = "What others ask", "市场报价";
    rate_words(rate) = "each in its own currency; converted at {rate} CNY/USD", "均保留原币种；按 {rate} 元/美元换算";
    provider = "Provider", "供应商";
    sold_as = "Sold as", "型号";
    output_ours = "Output, converted", "输出（换算）";
    read_on = "Read on", "日期";
    ended = " (ended)", "（已下线）";
    source_word = "Source", "来源";
}
