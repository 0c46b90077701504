//! Purchase prices of the hardware as published, told apart: what each covers, in its own currency, and
//! what the factory and its tokens cost under it.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::money::{Covers, PublishedPrice, Usd, cost, published_prices};
use token_factory::scenario::{Currency, Money, PriceBasis, Tenure};

use super::store::{self, Business};
use super::why::{About, ask};
use crate::controls::{Mark, Why, head};
use crate::format::Fmt;
use crate::names;
use crate::state::App;
use crate::texts::Text;

/// A published price with what follows from it.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    hardware: String,
    price: PublishedPrice,
    /// Cards of the super-node that the price was published for; 1 = a card.
    cards: f64,
    /// It is what the basis picks.
    picks: bool,
    /// Paid for the factory, and cost per million output; `None` where it cannot be worked out.
    result: Option<(Usd, Usd)>,
}

fn rows(app: App, b: &Business) -> Vec<Row> {
    let catalogue = Catalogue::embedded();
    let find = |id: &str| catalogue.accelerator(id);
    let mut out: Vec<Row> = Vec::new();
    for pool in &b.cost.usage.pools {
        let Some(a) = find(&pool.hardware).filter(|a| out.iter().all(|r| r.hardware != a.id))
        else {
            continue;
        };
        let prices = published_prices(a, b.cost.terms.rate);
        for (i, price) in prices.iter().enumerate() {
            let picks = prices.iter().take(i).all(|p| p.basis != price.basis);
            let under = app.scenario.with(|s| {
                let money = Money {
                    price_basis: price.basis,
                    card_price: None,
                    ..s.money.clone()
                };
                cost(&money, &s.workload.load_curve, &b.cost.usage, &find).ok()
            });
            out.push(Row {
                hardware: a.id.clone(),
                cards: match price.covers {
                    Covers::SuperNode | Covers::Delivered => {
                        a.scaleup_size.as_ref().map_or(1.0, |f| f.value)
                    }
                    Covers::Chip | Covers::Server => 1.0,
                },
                picks,
                result: under
                    .filter(|_| picks)
                    .map(|c| (c.capex, Usd(c.per_million.output))),
                price: price.clone(),
            });
        }
    }
    out
}

/// The word of a basis in the link.
fn word(basis: PriceBasis) -> &'static str {
    match basis {
        PriceBasis::Hardware => "hardware",
        PriceBasis::Delivered => "delivered",
        PriceBasis::China => "china",
    }
}

fn covers(covers: Covers) -> Text {
    match covers {
        Covers::Chip => chip,
        Covers::Server => server,
        Covers::SuperNode => super_node,
        Covers::Delivered => delivered,
    }
}

/// The part; nothing where nothing is owned or published.
#[component]
pub fn Published() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    let found = Memo::new(move |_| {
        let owns = app.scenario.with(|s| s.money.tenure != Tenure::Rent);
        sale.with(|s| match s.as_ref() {
            Ok(b) if owns => rows(app, b),
            _ => Vec::new(),
        })
    });
    let any = Memo::new(move |_| found.with(|r| !r.is_empty()));
    let body = move || {
        let fmt = app.fmt();
        let rate = app.scenario.with(|s| s.money.cny_per_usd);
        found
            .get()
            .into_iter()
            .map(|row| line(app, fmt, rate, row))
            .collect_view()
    };
    let own_price = move || {
        let entered = app.scenario.with(|s| s.money.card_price);
        entered.map(|v| view! { <p class="plain">{own_counts(app.locale.get(), &app.fmt().money_value(v))}</p> })
    };
    move || {
        any.get().then(|| view! {
            <section class="plan-section">
                {head(move || app.say(title).to_owned(), move || app.say(aside).to_owned())}
                <div class="table-scroll" tabindex="0" role="region" aria-label=move || app.say(title)>
                    <table class="data-table published">
                        <thead><tr>
                            {[counted, what, as_published].map(|t| view! { <th scope="col">{app.say(t)}</th> }).collect_view()}
                            <th scope="col" class="num">{app.say(a_card)}</th>
                            <th scope="col" class="num">{ask(app, About::Paid, move || app.say(factory).to_owned())}</th>
                            <th scope="col" class="num">{app.say(per_output)}</th><th scope="col">{app.say(source)}</th>
                        </tr></thead>
                        <tbody>{body}</tbody>
                    </table>
                </div>
                {own_price}
            </section>
        }.into_any())
    }
}

fn line(app: App, fmt: Fmt, rate: f64, row: Row) -> AnyView {
    let l = fmt.locale;
    let p = &row.price;
    let basis = word(p.basis);
    // In the currency it was published in.
    let own = Fmt {
        currency: if p.in_cny {
            Currency::Cny
        } else {
            Currency::Usd
        },
        ..fmt
    };
    let unit = if p.in_cny { rate } else { 1.0 };
    let published = own.money_value(p.published.0 * unit * row.cards);
    let of = if row.cards > 1.0 {
        for_super_node(l, &fmt.count(row.cards))
    } else {
        app.say(for_card).to_owned()
    };
    let money = |usd: Usd| {
        fmt.money(token_factory::evaluation::Amount {
            usd: usd.0,
            cny: usd.0 * rate,
        })
    };
    let name = named(
        l,
        &names::hardware(&row.hardware, l),
        app.say(covers(p.covers)),
    );
    let counts = move || {
        app.scenario
            .with(|s| s.money.price_basis == row.price.basis && s.money.card_price.is_none())
    };
    let choice = row.picks.then(|| {
        view! {
            <label class="hit"><input type="radio" name="published-price" aria-label=name.clone() prop:checked=counts
                on:change=move |_| { app.set_text("card", "auto"); app.set_text("basis", basis) } /></label>
        }
    });
    let mut cited = Why::default();
    cited.cite(fmt, p.source.as_deref().unwrap_or_default(), "", "");
    let links = cited.sources.into_iter().map(|(text, url)| view! {
        <a class="link" href=url target="_blank" rel="noreferrer noopener">{text.trim_start_matches([':', '：', ' ']).to_owned()}</a>
    }).collect_view();
    let (paid, output) = row.result.map_or_else(
        || ("–".to_owned(), "–".to_owned()),
        |(a, b)| (money(a), money(b)),
    );
    view! {
        <tr data-basis=basis><td>{choice}</td>
            <th scope="row"><Mark origin=super::why::origin_of(token_factory::money::Basis::Published(p.confidence)) />{name}</th>
            <td><b class="num">{published}</b>" "<span class="quiet">{of}</span></td>
            <td class="num">{money(p.with_server)}</td><td class="num">{paid}</td><td class="num">{output}</td><td>{links}</td></tr>
    }
    .into_any()
}

crate::texts! {
    title = "What the hardware costs, as published", "硬件公开价格";
    aside = "prices differ because they cover different things", "口径不同，价格不可直接比较";
    counted = "Used", "采用";
    what = "Price of", "价格口径";
    as_published = "As published", "公开价格";
    a_card = "A card, with server", "单卡（含服务器）";
    factory = "Paid for the factory", "工厂总投入";
    per_output = "Cost per M output", "每百万输出成本";
    source = "Source", "来源";
    chip = "chip alone", "仅芯片";
    server = "with its server", "含服务器";
    super_node = "super-node hardware, list price “up to”", "超节点硬件（“最高”报价）";
    delivered = "super-node delivered, with software, services and storage", "超节点交付价（含软件、服务与存储）";
    for_super_node(cards) = "for {cards} cards", "（{cards} 卡）";
    named(hardware, covers) = "{hardware}, {covers}", "{hardware}，{covers}";
    for_card = "a card", "（单卡）";
    own_counts(price) = "Your own price per card counts instead: {price}. Choosing a published price clears it.", "当前采用您填写的单卡价格：{price}。选择公开价格将清除它。";
}
