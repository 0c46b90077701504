//! The price list: beside cost and market, and its inputs.

use leptos::prelude::*;
use token_factory::money::load::shape;
use token_factory::money::{Kind, Offer, PriceLine, Usd, margin_band};
use token_factory::scenario::fields as inputs;
use token_factory::scenario::number::tidy;

use super::store::{self, Business};
use super::why::{About, ask};
use crate::controls::{FlagRow, Group, NumberRow, Row, Select, TextRow};
use crate::state::App;
use crate::texts::{Locale, Text};

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
    // The rows stand still, so that a field keeps its focus while everything behind it is recalculated.
    let row = move |kind: Kind, key: &'static str| {
        let with = move |f: &dyn Fn(&PriceLine, &Business) -> AnyView| {
            sale.with(|s| {
                let b = s.as_ref().ok()?;
                b.sale
                    .lines
                    .iter()
                    .find(|l| l.kind == kind)
                    .map(|l| f(l, b))
            })
        };
        let money = move |b: &Business, usd: f64| {
            app.scenario
                .with(|sc| app.fmt().money_value(b.show(sc, Usd(usd))))
        };
        let banded = move |b: &Business, usd: Usd| {
            let (low, high) = b.unit;
            let range = [money(b, usd.0 * low), money(b, usd.0 * high)].join("–");
            view! { {money(b, usd.0)}<small class="quiet">{range}</small> }.into_any()
        };
        let unknown = move || view! { {app.say(crate::texts::unknown)} }.into_any();
        let automatic = Signal::derive(move || {
            sale.with(|s| {
                let b = s.as_ref().ok()?;
                let line = b.sale.lines.iter().find(|l| l.kind == kind)?;
                Some(app.scenario.with(|sc| tidy(b.show(sc, line.list))))
            })
        });
        let value = move || {
            sale.with(|s| {
                s.as_ref()
                    .ok()
                    .and_then(|b| {
                        Some(
                            b.sale.lines.iter().find(|l| l.kind == kind)?.list.0
                                * app.scenario.with(|sc| b.show(sc, Usd(1.0))),
                        )
                    })
                    .map(|v| v.to_string())
            })
        };
        let made = move |b: &Business| kind.of(&b.cost.tokens_per_hour) > 0.0;
        view! {
            <tr data-kind=format!("{kind:?}") data-price=value>
                <th scope="row"><i class=swatch(kind) aria-hidden="true"></i>{ask(app, About::Price(kind), move || app.say(kind_name(kind)).to_owned())}</th>
                <td class="num">{move || with(&|l, b| if made(b) { banded(b, l.cost) } else { "–".into_any() })}</td>
                <td class="num price-cell"><NumberRow key automatic /></td>
                <td class="num">{move || with(&|l, b| banded(b, l.for_target))}</td>
                <td class="num">{move || with(&|l, b| match l.margin.filter(|_| made(b)) {
                    Some(m) => {
                        let fmt = app.fmt();
                        let (worst, best) = margin_band(m, b.unit);
                        view! { {fmt.percent(m)}<small class="quiet">{[fmt.percent(worst), fmt.percent(best)].join(" – ")}</small> }.into_any()
                    }
                    None => "–".into_any(),
                })}</td>
                <td class="num">{move || with(&|l, b| l.market.map_or_else(unknown, |m| money(b, m.median.0).into_any()))}</td>
                <td class="market-range">{move || with(&|l, _| l.market.map(|m| range_bar(m.low.0, m.median.0, m.high.0, l.list.0)).into_any())}</td>
            </tr>
        }
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
                    <tbody>{[(Kind::Output, "pout"), (Kind::Input, "pin"), (Kind::CachedInput, "pcache")].map(|(kind, key)| row(kind, key)).collect_view()}</tbody>
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

/// The word of the list for 24 values of one's own.
const OWN: &str = "own";
/// Shapes of a day.
const SHAPES: [(&str, Text); 5] = [
    ("flat", flat),
    ("office", office),
    ("consumer", consumer),
    ("global", global),
    (OWN, own_values),
];

/// Takes a shape; own values start from the day as it is.
fn shape_chosen(app: App, word: &str) {
    if word != OWN {
        return app.set_text("curve", word);
    }
    let hours = app
        .scenario
        .with_untracked(|s| shape(&s.workload.load_curve));
    if let Ok(hours) = hours {
        let values = hours.map(|v| ((v * 100.0).round() / 100.0).to_string());
        app.set_text("curve", &values.join(","));
    }
}

/// The inputs: discounts, tiers, plan, load.
#[component]
pub fn Editors() -> impl IntoView {
    let app = App::here();
    let say = move |t: Text| Signal::derive(move || app.say(t).to_owned());
    let none = Signal::derive(String::new);
    let shapes = Signal::derive(move || {
        SHAPES
            .map(|(word, name)| (word.to_owned(), app.say(name).to_owned()))
            .to_vec()
    });
    let own_shape = Memo::new(move |_| {
        let curve = app.scenario.with(|s| inputs::text(s, "curve"));
        !SHAPES
            .iter()
            .any(|(word, _)| curve.as_deref() == Some(*word))
    });
    let shape = Signal::derive(move || {
        if own_shape.get() {
            return OWN.to_owned();
        }
        let curve = app.scenario.with(|s| inputs::text(s, "curve"));
        curve.unwrap_or_default()
    });
    view! {
        <div class="plan-section price-editors">
            <Group id="group-prices" title=say(price_list) summary=none open=true>
                <NumberRow key="margin" />
                <NumberRow key="disc" />
                <NumberRow key="quote" />
                <NumberRow key="days" />
                <super::tiers::Tiers />
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
                <Row label=say(crate::fields::label("curve"))>
                    <Select label=say(crate::fields::label("curve")) choices=shapes value=shape on_change=Callback::new(move |word: String| shape_chosen(app, &word)) />
                </Row>
                {move || own_shape.get().then(|| view! { <TextRow key="curve" hint=curve_hint /> })}
                <TextRow key="tou" hint=tou_hint />
            </Group>
        </div>
    }
    .into_any()
}

/// Who offers it; a median says of how many, in the reader's language.
pub fn provider_name(offer: &Offer, locale: Locale) -> String {
    match offer.providers {
        Some(n) => median_of(locale, &n.to_string()),
        None => offer.provider.clone(),
    }
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
                        <th scope="row">{provider_name(o, fmt.locale)}</th><td>{o.model.clone()}</td>
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
    price_list = "Margin, discounts, quote", "毛利、折扣与报价";
    median_of(n) = "Median of {n} providers (models.dev)", "{n} 家供应商的中位价（models.dev）";
    flat = "Flat", "平稳";
    office = "Office hours", "工作时间";
    consumer = "Consumers", "消费者";
    global = "Global", "全球";
    own_values = "Own 24 values", "自定 24 个值";
    over_time = "Over time", "时间规划";
    load = "Load and energy", "负载与电力";
    curve_hint = "24 values from 0 up, separated by commas; only their ratios count", "以逗号分隔的 24 个非负值，只取其比例";
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
