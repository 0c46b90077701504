//! Price and rent of each pool of hardware.

use serde::Serialize;

use super::evidence::extras;
use super::quantity::{Basis, Quantity, Unit};
use crate::catalogue::Catalogue;
use crate::catalogue::hardware::Accelerator;
use crate::money::card_price::{Covers, pick, published_prices};
use crate::money::{ExchangeRate, MoneyError};
use crate::scenario::{Money, Rental, Tenure};

/// Price, rent and power of one pool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PoolTerms {
    /// Accelerator id.
    pub hardware: String,
    /// Card with its server, USD; `None` when nothing of it is owned or when it is unknown.
    pub card_price: Option<Quantity>,
    /// What that price covers.
    pub covers: Covers,
    /// Network, share of the card price.
    pub network_share: f64,
    /// Storage, share of the card price.
    pub storage_share: f64,
    /// Rent, USD per card-hour; `None` when nothing is rented.
    pub rent: Option<Quantity>,
}

pub(super) fn pool_terms<'a>(
    money: &Money,
    rate: ExchangeRate,
    hardware: &str,
    find: &dyn Fn(&str) -> Option<&'a Accelerator>,
) -> Result<PoolTerms, MoneyError> {
    let accelerator = find(hardware);
    let prices = accelerator
        .map(|a| published_prices(a, rate))
        .unwrap_or_default();
    let picked = pick(&prices, money.price_basis);
    let covers = picked.as_ref().map_or(Covers::Server, |(p, ..)| p.covers);
    let card_price = match money.card_price {
        Some(entered) => Some(Quantity::entered(
            rate.usd_from(entered, money.currency).0,
            Unit::Usd,
        )),
        None => picked.map(|(price, low, high)| Quantity {
            value: price.with_server.0,
            low: low.0,
            high: high.0,
            unit: Unit::Usd,
            basis: Basis::Published(price.confidence),
            source: price.source.clone().unwrap_or_default().into(),
            date: Catalogue::embedded().as_of.as_str().into(),
            note: price.note.clone().unwrap_or_default().into(),
        }),
    };
    let [network, storage] = extras(covers, 1);
    let needs = |wanted: bool, have: &Option<Quantity>, error: MoneyError| {
        if wanted && have.is_none() {
            Err(error)
        } else {
            Ok(())
        }
    };
    needs(
        money.tenure != Tenure::Rent,
        &card_price,
        MoneyError::PriceUnknown {
            hardware: hardware.to_owned(),
        },
    )?;
    let rent = if money.tenure == Tenure::Own {
        None
    } else {
        rent(money, rate, accelerator)
    };
    needs(
        money.tenure != Tenure::Own,
        &rent,
        MoneyError::RentUnknown {
            hardware: hardware.to_owned(),
        },
    )?;
    Ok(PoolTerms {
        hardware: hardware.to_owned(),
        card_price,
        covers,
        network_share: money.network_share.unwrap_or(network),
        storage_share: money.storage_share.unwrap_or(storage),
        rent,
    })
}

fn rent(money: &Money, rate: ExchangeRate, accelerator: Option<&Accelerator>) -> Option<Quantity> {
    if let Some(entered) = money.rent_per_card_hour {
        return Some(Quantity::entered(
            rate.usd_from(entered, money.currency).0,
            Unit::UsdPerHour,
        ));
    }
    let a = accelerator?;
    let ends = (a.rent_usd_lo.as_ref(), a.rent_usd_hi.as_ref());
    let (figure, value) = match money.rental {
        Rental::Reserved => a.rent_3y.as_ref().map(|f| (f, f.value)),
        Rental::OnDemand => None,
    }
    .or_else(|| a.rent_usd_typ.as_ref().map(|f| (f, f.value)))
    .or_else(|| match ends {
        // Prices spread by factors: the geometric middle.
        (Some(low), Some(high)) => Some((low, (low.value * high.value).sqrt())),
        _ => None,
    })?;
    let (low, high) = match (money.rental, ends) {
        (Rental::OnDemand, (Some(low), Some(high))) => {
            (low.value.min(value), high.value.max(value))
        }
        _ => (value * 0.8, value * 1.2),
    };
    Some(Quantity {
        value,
        low,
        high,
        unit: Unit::UsdPerHour,
        basis: Basis::Published(figure.confidence),
        source: figure.source.clone().unwrap_or_default().into(),
        date: Catalogue::embedded().as_of.as_str().into(),
        note: figure.note.clone().unwrap_or_default().into(),
    })
}
