//! The Price view: what the tokens cost, what they sell for, and when the factory has paid back.

mod charts;
mod crossover;
mod drivers;
mod energy;
mod figures;
mod list;
mod published;
mod quote;
mod stack;
mod store;
mod tables;
mod tiers;
mod tornado;
mod why;

use leptos::prelude::*;
use token_factory::money::MoneyError;

use crate::controls::{Icon, IconView};
use crate::state::App;
use crate::{names, platform, trains};
use store::Nothing;

/// The view, beside the input rail; for whoever received a quote, the quote.
#[component]
pub fn PriceView() -> impl IntoView {
    let app = App::here();
    let trains = trains::trains(app);
    move || {
        if trains.get() && !app.is_quote() {
            trains::instead(app, not_sold)
        } else if app.is_quote() {
            view! { <quote::Received /> }.into_any()
        } else {
            view! { <Whole /> }.into_any()
        }
    }
}

#[component]
fn Whole() -> impl IntoView {
    let app = App::here();
    let sale = store::provide();
    let there = Memo::new(move |_| sale.with(Result::is_ok));
    let failed = move || {
        sale.with(|s| {
            s.as_ref().err().map(|why| {
                view! {
                    <section class="plan-section price-nothing" role="status">
                        <IconView icon=Icon::Warn />
                        <p>{in_words(app, why)}</p>
                        <button type="button" class="btn line" on:click=move |_| {
                            app.sheet_open.set(true);
                            platform::reveal_id("group-money");
                            platform::focus_id("group-money");
                        }>{app.say(open_money)}</button>
                    </section>
                }
            })
        })
    };
    view! {
        <div class="price">
            {failed}
            {move || there.get().then(|| view! {
                <figures::Lead />
                <figures::Figures />
                <div class="plan-section columns">
                    <div class="c4"><stack::Stack /></div>
                    <div class="c8"><list::PriceTable /></div>
                </div>
                <stack::Statement />
                <published::Published />
                <list::Editors />
                <div class="plan-section columns">
                    <div class="c4"><crossover::Crossover /></div>
                    <div class="c3"><charts::MarginByLoad /></div>
                    <div class="c5"><charts::Cash /></div>
                </div>
                <div class="plan-section columns">
                    <div class="c7"><tornado::Tornado /></div>
                    <div class="c5"><charts::Day /></div>
                </div>
                <energy::EnergyPart />
                <list::Offers />
                <tables::Exports />
            }.into_any())}
        </div>
        {move || there.get().then(|| view! { <quote::Quote /> })}
    }
    .into_any()
}

/// Why there is no figure, and what to do.
fn in_words(app: App, why: &Nothing) -> String {
    let l = app.locale.get();
    match why {
        Nothing::NotServed => not_served(l).to_owned(),
        Nothing::Money(MoneyError::PriceUnknown { hardware }) => {
            price_unknown(l, &names::hardware(hardware, l))
        }
        Nothing::Money(MoneyError::RentUnknown { hardware }) => {
            rent_unknown(l, &names::hardware(hardware, l))
        }
        Nothing::Money(MoneyError::PowerUnknown { hardware }) => {
            power_unknown(l, &names::hardware(hardware, l))
        }
        Nothing::Money(MoneyError::NothingMade) => nothing_made(l).to_owned(),
        Nothing::Money(MoneyError::NoSuchSite(site)) => no_site(l, site),
        Nothing::Money(MoneyError::SiteLacks { field }) => site_lacks(l, field),
        Nothing::Money(MoneyError::OutOfRange {
            field,
            value,
            allowed,
        }) => out_of_range(l, field, &value.to_string(), allowed),
    }
}

crate::texts! {
    not_sold = "Price sells tokens that are served. A training run has a cost, but no price list, margin or cash flow.", "“定价”针对推理产出的 token。训练只有成本，没有价目表、毛利与现金流。";
    open_money = "Open Money", "打开“成本”";
    not_served = "The plan cannot be served, so there is nothing to sell. See Plan for what would fit.", "当前方案无法提供服务，没有可出售的 token。请在“规划”中查看可行方案。";
    price_unknown(name) = "No purchase price of {name} is known. Enter one under Money, or rent instead.", "{name} 没有已知的购置价。请在“成本”中填写，或改为租用。";
    rent_unknown(name) = "No rent of {name} is known. Enter one per card-hour under Money, or own instead.", "{name} 没有已知的租价。请在“成本”中填写每卡时租价，或改为自有。";
    power_unknown(name) = "The power of {name} is not published, and with it its electricity and building. Rent it, or choose other hardware.", "{name} 的功耗未公开，电费与机房成本因此未知。可改为租用或选择其他硬件。";
    nothing_made = "No tokens are made at this load, so cost per token has no meaning. Raise the mean load.", "该负载下没有产出 token，单位成本没有意义。请提高平均负载。";
    no_site(site) = "There is no site “{site}” in the catalogue. Choose one under Money.", "目录中没有地点“{site}”，请在“成本”中选择。";
    site_lacks(field) = "The site lacks {field}; enter it under Money.", "该地点缺少 {field}，请在“成本”中填写。";
    out_of_range(field, value, allowed) = "{field} is {value}; allowed: {allowed}.", "{field} 为 {value}，允许：{allowed}。";
}
