//! The printed quote: one A4 page in the reader's language, with nothing internal on it.

use leptos::prelude::*;
use token_factory::export::qr;
use token_factory::money::{Kind, net_for_customer, tier_for};
use token_factory::scenario::link::{self, SharedState};
use token_factory::scenario::number::tidy;
use token_factory::scenario::{PriceList, Scenario, VolumeTier};

use super::list::kind_name;
use super::store::{self, Business};
use crate::format::Fmt;
use crate::state::App;
use crate::{names, platform};

/// The quote and the fields that are on it alone.
#[component]
pub fn Quote() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    // Who it is for stays in this page: never in a link, never stored.
    let customer = RwSignal::new(String::new());
    let seller = RwSignal::new(String::new());
    let lines = Signal::derive(move || {
        let fmt = app.fmt();
        sale.with(|b| {
            b.as_ref()
                .map_or_else(|_| Vec::new(), |b| app.scenario.with(|s| sold(s, b, fmt)))
        })
    });
    let capacity = Signal::derive(move || {
        let made = app
            .evaluation
            .with(|e| e.fits.then_some(e.tokens_per_s.output));
        made.map(three_digits)
    });
    let address = Signal::derive(move || {
        lines.with(|l| {
            if l.is_empty() {
                return String::new();
            }
            let scenario = app.scenario.with(|s| redacted(s, l));
            platform::address_with(&link::encode(&SharedState {
                quote: Some(link::Quote {
                    capacity: capacity.get(),
                }),
                ..SharedState::of(scenario)
            }))
        })
    });
    let valid = move || {
        let days = app.scenario.with(|s| s.money.prices.quote_days);
        app.fmt().date(&platform::date_in_days(days))
    };
    let today = platform::date_in_days(0);
    let today_words = move || app.fmt().date(&today);
    let head = view! {
        <dl>
            <div><dt>{move || app.say(date)}</dt><dd>{today_words}</dd></div>
            <div><dt>{move || app.say(valid_until)}</dt><dd>{valid}</dd></div>
            {move || (!customer.with(String::is_empty)).then(|| view! { <div><dt>{app.say(customer_word)}</dt><dd>{customer.get()}</dd></div> })}
        </dl>
    };
    view! {
        <section class="plan-section quote-fields" aria-label=move || app.say(quote_title)>
            <h2>{move || app.say(quote_title)}</h2>
            <p class="plain">{move || app.say(private)}</p>
            <div class="quote-inputs">
                <label>{move || app.say(customer_label)}<input class="text-input" type="text" maxlength="80" prop:value=move || customer.get() on:input=move |e| customer.set(event_target_value(&e)) /></label>
                <label>{move || app.say(seller_label)}<input class="text-input" type="text" maxlength="80" prop:value=move || seller.get() on:input=move |e| seller.set(event_target_value(&e)) /></label>
                <button type="button" class="btn main" on:click=move |_| platform::print()>{move || app.say(print_word)}</button>
            </div>
        </section>
        <Sheet lines seller capacity address open=false head=head.into_any() />
    }
    .into_any()
}

/// A quote as whoever received its link sees it: nothing of the planner around it.
#[component]
pub fn Received() -> impl IntoView {
    let app = App::here();
    let lines = Signal::derive(move || app.scenario.with(quoted));
    let any = Memo::new(move |_| lines.with(|l| !l.is_empty()));
    let capacity = Signal::derive(move || app.quote.with(|q| q.and_then(|q| q.capacity)));
    let address = Signal::derive(move || platform::address_with(&app.link.get()));
    view! {
        <section class="plan-section quote-fields">
            <h1>{move || app.say(received_title)}</h1>
            <p class="plain">{move || app.say(if any.get() { received } else { no_prices })}</p>
            <div class="quote-inputs">
                {move || any.get().then(|| view! { <button type="button" class="btn main" on:click=move |_| platform::print()>{app.say(print_word)}</button> })}
                <a class="link" href="#v=1">{move || app.say(own_plan)}</a>
            </div>
        </section>
        {move || any.get().then(|| view! { <Sheet lines seller=Signal::derive(String::new) capacity address open=true head=().into_any() /> })}
    }
    .into_any()
}

/// A kind of token and its list price per million in the scenario's currency, as printed.
type Line = (Kind, f64);

/// What is sold: the price list as it is printed.
fn sold(scenario: &Scenario, b: &Business, fmt: Fmt) -> Vec<Line> {
    let lines = b.sale.lines.iter();
    lines
        .filter(|l| l.kind != Kind::CachedInput || l.list.0 > 0.0)
        .map(|l| (l.kind, fmt.printed(b.show(scenario, l.list))))
        .collect()
}

/// The prices that a quote's link carries.
fn quoted(scenario: &Scenario) -> Vec<Line> {
    let list = &scenario.money.prices;
    Kind::ALL
        .into_iter()
        .filter_map(|kind| Some((kind, price_of(list, kind)?)))
        .filter(|(kind, price)| *kind != Kind::CachedInput || *price > 0.0)
        .collect()
}

fn price_of(list: &PriceList, kind: Kind) -> Option<f64> {
    match kind {
        Kind::Output => list.output,
        Kind::Input => list.input,
        Kind::CachedInput => list.cached_input,
    }
}

/// The sheet itself. `open`: it is the page, not only what is printed.
#[component]
fn Sheet(
    lines: Signal<Vec<Line>>,
    #[prop(into)] seller: Signal<String>,
    /// Output tokens/s.
    capacity: Signal<Option<f64>>,
    address: Signal<String>,
    open: bool,
    head: AnyView,
) -> impl IntoView {
    let app = App::here();
    let prices = move || {
        let fmt = app.fmt();
        let net = app.scenario.with(|sc| {
            let list = &sc.money.prices;
            let volume = list.quote_million_per_month;
            volume.map_or(1.0 - list.discount, |v| net_for_customer(list, v))
        });
        lines.get().into_iter().map(|(kind, list)| view! {
            <tr><th scope="row">{app.say(kind_name(kind))}</th><td class="num">{fmt.money_value(list)}</td><td class="num"><b>{fmt.money_value(list * net)}</b></td></tr>
        }).collect_view()
    };
    let tiers = move || {
        let fmt = app.fmt();
        app.scenario.with(|sc| {
            let list = &sc.money.prices;
            let reached = list.quote_million_per_month.and_then(|v| tier_for(list, v).copied());
            (!list.tiers.is_empty()).then(|| view! {
                <h2>{app.say(tiers_title)}</h2>
                <table class="quote-table quote-tiers"><tbody>{list.tiers.iter().map(|t| {
                    let is = reached == Some(*t);
                    view! { <tr><th scope="row">{from_volume(fmt.locale, &fmt.compact(t.from_million_per_month * 1e6))}</th><td class="num">{["\u{2212}", &fmt.percent(t.discount)].concat()}</td><td>{is.then(|| app.say(applies))}</td></tr> }
                }).collect_view()}</tbody></table>
            })
        })
    };
    let service = move || {
        let fmt = app.fmt();
        app.scenario.with(|s| {
            let row = |name: &'static str, value: String| view! { <tr><th scope="row">{name}</th><td>{value}</td></tr> };
            let p = fmt.number(s.targets.percentile);
            view! {
                {row(app.say(model_word), names::model(&s.model))}
                {row("TTFT", at_most(fmt.locale, &fmt.duration(s.targets.ttft_ms), &p))}
                {row("TPOT", at_most(fmt.locale, &fmt.duration(s.targets.tpot_ms), &p))}
                {capacity.get().map(|rate| row(app.say(capacity_word), up_to(fmt.locale, &fmt.compact(rate))))}
                {row(app.say(workload), in_out(fmt.locale, &fmt.count(s.workload.input_tokens), &fmt.count(s.workload.output_tokens)))}
                {s.money.prices.quote_million_per_month.map(|v| row(app.say(volume), a_month(fmt.locale, &fmt.compact(v * 1e6))))}
            }
        })
    };
    let code = move || {
        qr(&address.get()).map(|c| {
            let side = c.size.to_string();
            view! { <svg class="qr quote-qr" viewBox=["0 0", &side, &side].join(" ") role="img" aria-label=app.say(qr_of) shape-rendering="crispEdges"><path d=c.path /></svg> }
        })
    };
    view! {
        <article class="quote" class:open=open class:dense=move || app.scenario.with(|s| s.money.prices.tiers.len() > 4) data-link=move || address.get() aria-label=move || app.say(quote_title)>
            <header class="quote-head">
                <div><p class="quote-seller">{move || seller.get()}</p><p class="quote-h">{move || app.say(quote_title)}</p></div>
                {head}
            </header>
            <h2>{move || app.say(prices_title)}</h2>
            <table class="quote-table">
                <thead><tr><td></td><th scope="col" class="num">{move || app.say(list_word)}</th><th scope="col" class="num">{move || app.say(yours)}</th></tr></thead>
                <tbody>{prices}</tbody>
            </table>
            <p class="quote-small">{move || currency_note(app.locale.get(), app.say(match app.fmt().currency { token_factory::scenario::Currency::Cny => cny, token_factory::scenario::Currency::Usd => usd }))}</p>
            {tiers}
            <h2>{move || app.say(service_title)}</h2>
            <table class="quote-table"><tbody>{service}</tbody></table>
            <h2>{move || app.say(terms_title)}</h2>
            <ul class="quote-terms">
                <li>{move || app.say(term_latency)}</li>
                <li>{move || app.say(term_estimate)}</li>
                <li>{move || app.say(term_cached)}</li>
            </ul>
            {move || code().map(|c| view! { <footer class="quote-foot">{c}<p>{app.say(scan)}</p></footer> })}
        </article>
    }
    .into_any()
}

/// Capacity is promised as it is read: in three digits.
fn three_digits(rate: f64) -> f64 {
    let unit = 10f64.powi(rate.abs().max(1.0).log10().floor() as i32 - 2);
    tidy((rate / unit).round() * unit)
}

/// What the quote says of the scenario: model, lengths, latency targets, prices as printed. Nothing of
/// the seller's own is in it: no cluster, cost, margin, sales mix, load or name.
fn redacted(scenario: &Scenario, lines: &[Line]) -> Scenario {
    let own = &scenario.money.prices;
    let list = |kind| {
        Some(
            lines
                .iter()
                .find(|(k, _)| *k == kind)
                .map_or(0.0, |(_, p)| *p),
        )
    };
    let mut out = Scenario {
        model: scenario.model.clone(),
        ..Scenario::default()
    };
    out.targets.ttft_ms = scenario.targets.ttft_ms;
    out.targets.tpot_ms = scenario.targets.tpot_ms;
    out.targets.percentile = scenario.targets.percentile;
    out.workload.input_tokens = scenario.workload.input_tokens;
    out.workload.output_tokens = scenario.workload.output_tokens;
    out.money.currency = scenario.money.currency;
    out.money.prices = PriceList {
        output: list(Kind::Output),
        input: list(Kind::Input),
        cached_input: list(Kind::CachedInput),
        tiers: own
            .tiers
            .iter()
            .map(|t| VolumeTier {
                volume_share: 0.0,
                ..*t
            })
            .collect(),
        target_margin: out.money.prices.target_margin,
        ..own.clone()
    };
    out
}

crate::texts! {
    quote_title = "Quote", "报价单";
    private = "These two names are printed on the quote and kept nowhere. The quote and its QR code carry prices and service levels, never cost or margin.", "以下名称只印在报价单上，不会保存。报价单及其二维码只含价格与服务水平，不含成本与毛利。";
    customer_label = "Customer", "客户名称";
    seller_label = "Your company", "贵公司名称";
    print_word = "Print the quote", "打印报价单";
    date = "Date", "日期";
    valid_until = "Valid until", "有效期至";
    customer_word = "Customer", "客户";
    prices_title = "Prices per million tokens", "每百万 token 价格";
    list_word = "List", "标价";
    yours = "Your price", "贵方价格";
    currency_note(currency) = "In {currency}, before tax.", "币种：{currency}，不含税。";
    cny = "Chinese yuan (CNY)", "人民币（CNY）";
    usd = "US dollars (USD)", "美元（USD）";
    tiers_title = "Volume discounts", "批量折扣";
    from_volume(tokens) = "from {tokens} tokens a month", "每月 {tokens} token 起";
    applies = "applies to you", "适用于贵方";
    service_title = "Service", "服务";
    model_word = "Model", "模型";
    at_most(value, p) = "at most {value}, at p{p}", "不超过 {value}（p{p}）";
    capacity_word = "Capacity of the factory", "工厂产能";
    up_to(rate) = "up to {rate} output tokens/s", "最高每秒 {rate} 输出 token";
    workload = "For requests of", "适用请求";
    in_out(input, output) = "{input} input and {output} output tokens on average", "平均输入 {input}、输出 {output} token";
    volume = "Quoted volume", "报价用量";
    a_month(tokens) = "{tokens} tokens a month", "每月 {tokens} token";
    terms_title = "Terms", "条款";
    term_latency = "TTFT is the time to the first token, TPOT the time per further token, both measured at the service.", "TTFT 为首个 token 的时间，TPOT 为其后每个 token 的时间，均在服务端测量。";
    term_estimate = "Capacity and latency are planning figures computed from published data, not measurements of a contract.", "产能与时延为依据公开数据计算的规划值，并非合同实测值。";
    term_cached = "Input found in the prefix cache is billed at the cached price.", "命中前缀缓存的输入按缓存价计费。";
    scan = "Scan to open these prices and service levels. The link stays in your browser; nothing is sent to a server.", "扫码查看上述价格与服务水平。链接只在浏览器内解析，不会发送到服务器。";
    received_title = "Prices and service levels", "价格与服务水平";
    received = "This link carries the prices and service levels of a quote. Date, validity and addressee are on the quote itself.", "本链接包含报价单中的价格与服务水平；日期、有效期与客户以报价单为准。";
    no_prices = "This link carries no prices. Ask whoever sent it for a complete one.", "本链接不含价格，请向发送方索取完整链接。";
    own_plan = "Make a plan of your own", "新建自己的规划";
    qr_of = "QR code of the quoted configuration", "报价配置二维码";
}
