//! Money: own or rent, site, electricity, prices of the hardware, currency.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::evaluation::Evaluation;
use token_factory::money::{Input, Published, SITES, Terms, Unit as TermsUnit, site};
use token_factory::scenario::{Currency, Money as Chosen, Scenario, Tenure};

use super::summary;
use crate::controls::{Group, More, NumberRow, Row, Select, WordsRow};
use crate::fields;
use crate::names;
use crate::state::App;

const KEYS: &[&str] = &[
    "cur", "fx", "region", "tenure", "rented", "basis", "card", "net", "store", "stock", "build",
    "life", "blife", "resid", "wacc", "kwh", "tou", "pue", "co2", "idle", "maint", "staff", "wage",
    "soft", "rental", "rent", "billed",
];

/// What the automatic values stand for, in the scenario's currency.
#[derive(Clone, Default, PartialEq)]
struct Automatic {
    values: Vec<(Input, f64)>,
    card_price: Option<f64>,
    rent: Option<f64>,
}

impl Automatic {
    fn of(scenario: &Scenario, evaluation: &Evaluation) -> Self {
        let Some(usage) = &evaluation.usage else {
            return Self::default();
        };
        let mut money = scenario.money.clone();
        // What the fields would be if they were left open.
        for open in [
            &mut money.card_price,
            &mut money.rent_per_card_hour,
            &mut money.electricity_per_kwh,
            &mut money.grid_g_per_kwh,
            &mut money.building_per_mw,
            &mut money.network_share,
            &mut money.storage_share,
            &mut money.staff,
            &mut money.staff_cost,
            &mut money.software_per_card,
            &mut money.rent_billed_share,
        ] {
            *open = None;
        }
        let Ok(terms) = Terms::new(&money, usage, scenario.workload.mean_load, &|id| {
            Catalogue::embedded().accelerator(id)
        }) else {
            return Self::default();
        };
        let rate = match money.currency {
            Currency::Cny => money.cny_per_usd,
            Currency::Usd => 1.0,
        };
        let in_currency = |quantity: &token_factory::money::Quantity| match quantity.unit {
            TermsUnit::Usd
            | TermsUnit::UsdPerMw
            | TermsUnit::UsdPerKwh
            | TermsUnit::UsdPerYear
            | TermsUnit::UsdPerHour => quantity.value * rate,
            _ => quantity.value,
        };
        let pool = terms.pools.first();
        Self {
            values: Input::ALL
                .iter()
                .map(|&i| (i, in_currency(&terms[i])))
                .collect(),
            card_price: pool.and_then(|p| p.card_price.as_ref()).map(in_currency),
            rent: pool.and_then(|p| p.rent.as_ref()).map(in_currency),
        }
    }

    fn get(&self, input: Input) -> Option<f64> {
        self.values
            .iter()
            .find(|(i, _)| *i == input)
            .map(|(_, v)| *v)
    }
}

/// The group.
#[component]
pub fn Money() -> impl IntoView {
    let app = App::here();
    let summary = summary(app, KEYS, move || {
        let rate = app.fmt().number(app.scenario.with(|s| s.money.cny_per_usd));
        rate_words(app.locale.get(), &rate)
    });
    let tenure = Memo::new(move |_| app.scenario.with(|s| s.money.tenure));
    let owns = move || tenure.get() != Tenure::Rent;
    let rents = move || tenure.get() != Tenure::Own;
    let automatic = Memo::new(move |_| {
        app.scenario
            .with(|s| app.evaluation.with(|e| Automatic::of(s, e)))
    });
    let auto = move |input: Input| Signal::derive(move || automatic.with(|a| a.get(input)));
    let auto_card = Signal::derive(move || automatic.with(|a| a.card_price));
    let auto_rent = Signal::derive(move || automatic.with(|a| a.rent));
    view! {
        <Group id="group-money" title=Signal::derive(move || app.say(money).to_owned()) summary open=true>
            <WordsRow key="tenure" />
            {move || (tenure.get() == Tenure::Mixed).then(|| view! { <NumberRow key="rented" /> })}
            <RegionRow />
            <NumberRow key="kwh" automatic=auto(Input::Electricity) />
            <NumberRow key="pue" />
            <WordsRow key="cur" />
            <More title=Signal::derive(move || app.say(more).to_owned())>
                <NumberRow key="fx" />
                {move || owns().then(|| view! {
                    <WordsRow key="basis" />
                    <NumberRow key="card" automatic=auto_card />
                    <NumberRow key="net" automatic=auto(Input::NetworkShare) />
                    <NumberRow key="store" automatic=auto(Input::StorageShare) />
                    <NumberRow key="stock" />
                    <NumberRow key="life" />
                    <NumberRow key="resid" />
                    <NumberRow key="wacc" />
                    <NumberRow key="build" automatic=auto(Input::BuildingPerMw) />
                    <NumberRow key="blife" />
                    <NumberRow key="maint" />
                }.into_any())}
                {move || rents().then(|| view! {
                    <WordsRow key="rental" />
                    <NumberRow key="rent" automatic=auto_rent />
                    <NumberRow key="billed" automatic=auto(Input::RentBilledShare) />
                }.into_any())}
                <NumberRow key="idle" />
                <NumberRow key="co2" automatic=auto(Input::GridCarbon) />
                <NumberRow key="staff" automatic=auto(Input::Staff) />
                <NumberRow key="wage" automatic=auto(Input::StaffCost) />
                <NumberRow key="soft" automatic=auto(Input::SoftwarePerCard) />
            </More>
        </Group>
    }
    .into_any()
}

/// The site, each with its price of electricity.
#[component]
fn RegionRow() -> impl IntoView {
    let app = App::here();
    let label = Signal::derive(move || app.say(fields::label("region")).to_owned());
    let choices = Signal::derive(move || {
        let fmt = app.fmt();
        let money = app.scenario.with(|s| s.money.clone());
        SITES
            .iter()
            .map(|site| {
                let mut text = names::site(site, fmt.locale);
                if let Some(price) = site_price(site.id, &money) {
                    text.push_str(" · ");
                    text.push_str(&fmt.money_value(price));
                    text.push_str("/kWh");
                }
                (site.id.to_owned(), text)
            })
            .collect::<Vec<_>>()
    });
    let value = Signal::derive(move || app.scenario.with(|s| s.money.region.clone()));
    view! {
        <Row label changed=app.is_changed("region")>
            <Select label choices value on_change=Callback::new(move |id: String| { app.set_text("region", &id); app.commit() }) />
        </Row>
    }
}

/// Price per kWh at a site, in the scenario's currency.
fn site_price(id: &str, money: &Chosen) -> Option<f64> {
    let price = site(id).ok()?.electricity?.value;
    Some(match (price, money.currency) {
        (Published::Usd(v), Currency::Usd) => v.0,
        (Published::Usd(v), Currency::Cny) => v.0 * money.cny_per_usd,
        (Published::Cny(v), Currency::Cny) => v.0,
        (Published::Cny(v), Currency::Usd) => v.0 / money.cny_per_usd,
    })
}

crate::texts! {
    money = "Money", "成本";
    rate_words(rate) = "{rate} CNY/USD", "{rate} 元/美元";
    more = "Hardware, capital, building, people", "硬件、资金、基建与人员";
}
