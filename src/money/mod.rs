//! Money: from cards, watts and financing to cost per token, price, margin and payback.
//!
//! [`cost`] turns a [`crate::scenario::Money`] and what the planner knows of the factory
//! ([`crate::evaluation::Usage`]) into an hourly cost with every line explained, and spreads it over
//! input, cached input and output tokens by the card-seconds each really takes. Every amount is held
//! in US dollars ([`Usd`]) or yuan ([`Cny`]); nothing but an [`ExchangeRate`] joins the two.
//!
//! A step-by-step example for the Wuxi factory stands in `worked_example.md` beside this file;
//! `tests/worked_example.rs` and the browser test `price-example.spec.ts` reproduce each of its figures.

mod allocation;
mod card_price;
mod compare;
mod cost;
mod currency;
mod energy;
pub mod finance;
mod hourly;
pub mod load;
mod market;
mod outlook;
mod plan;
mod price;
mod sensitivity;
mod site;
pub mod tables;
mod terms;

pub use card_price::{Covers, PublishedPrice, published_prices};
pub use compare::{ComparePoint, Comparison, api_price, compare};
pub use cost::{CostResult, Line, LineItem, Variation, cost};
pub use currency::{Cny, ExchangeRate, Usd, convert};
pub use energy::{Energy, by_grid, energy, power, pue_checks};
pub use load::Day;
pub use market::{Market, Offer, Prices, Spread, market};
pub use outlook::{Ends, Outlook, margin_band, outlook, unit_band};
pub use plan::{CashFlow, HOURS_PER_MONTH, Month, cash_flow};
pub use price::{
    Kind, PriceLine, PriceOrigin, PriceResult, margin_by_load, net_for_customer, net_of_list,
    price, tier_for,
};
pub use sensitivity::{Bar, Driver, Measure, tornado};
pub use site::{Published, PueRule, SITES, Site, site};
pub use terms::{Basis, Input, PoolTerms, Quantity, Terms, Unit, exchange_rate};

#[cfg(test)]
mod inferencex_tests;

/// Hours of a year: 365 days, no leap days.
pub const HOURS_PER_YEAR: f64 = 8760.0;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoneyError {
    /// A value makes no sense.
    #[error("{field} is {value}; allowed: {allowed}")]
    OutOfRange {
        /// Field of the scenario.
        field: &'static str,
        /// What it holds.
        value: f64,
        /// What it may hold.
        allowed: &'static str,
    },
    /// No site of that id.
    #[error(
        "no site \"{0}\" in the catalogue; pick one of the list, or enter electricity, grid and building"
    )]
    NoSuchSite(String),
    /// The site's published data lack it and the user did not enter it.
    #[error("{field} is not known for this site; enter it")]
    SiteLacks {
        /// Field of the scenario.
        field: &'static str,
    },
    /// No purchase price is known and none was entered.
    #[error("no purchase price is known for {hardware}; enter one")]
    PriceUnknown {
        /// Accelerator id.
        hardware: String,
    },
    /// No rent is known and none was entered.
    #[error("no rent is known for {hardware}; enter one per card-hour")]
    RentUnknown {
        /// Accelerator id.
        hardware: String,
    },
    /// The power of the hardware is unknown.
    #[error("the power of {hardware} is unknown, and with it its electricity and building")]
    PowerUnknown {
        /// Accelerator id.
        hardware: String,
    },
    /// There is nothing to pay for or nothing is made.
    #[error("no cards or no tokens: nothing to share the cost among")]
    NothingMade,
}
