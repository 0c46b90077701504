//! One input resolved: entered by the user, published, or assumed.

use super::evidence::{CARDS_PER_PERSON, NETWORK_ROW, STAFF_COST_CNY, evidence, extras};
use super::pools::PoolTerms;
use super::quantity::{Basis, Evidence, Input, Quantity, Unit, assumed, cited};
use crate::catalogue::Catalogue;
use crate::catalogue::hardware::{Confidence, Figure};
use crate::money::card_price::Covers;
use crate::money::sensitivity::CNY_PER_USD_RANGE;
use crate::money::site::{Published, Site, SiteFigure};
use crate::money::{Cny, ExchangeRate, MoneyError};
use crate::scenario::{Money, Rental, Tenure};

/// A site's figure in USD.
fn site_quantity(figure: &SiteFigure<Published>, rate: ExchangeRate, unit: Unit) -> Quantity {
    let usd = |p: Published| match p {
        Published::Usd(a) => a.0,
        Published::Cny(a) => rate.usd(a).0,
    };
    let value = usd(figure.value);
    Quantity {
        value,
        low: usd(figure.low).min(value),
        high: usd(figure.high).max(value),
        unit,
        basis: figure.confidence.map_or(Basis::Assumed, Basis::Published),
        source: figure.source.into(),
        date: figure.date.into(),
        note: figure.note.into(),
    }
}

/// What an input is resolved from.
pub(super) struct Given<'a> {
    pub(super) money: &'a Money,
    pub(super) rate: ExchangeRate,
    pub(super) site: &'a Site,
    /// Cards of all pools.
    pub(super) cards: f64,
    /// Mean load that is served.
    pub(super) mean_load: f64,
    pub(super) pools: &'a [PoolTerms],
    /// Published power of a card of the first pool that has one.
    pub(super) power: Option<&'a Figure>,
}

/// The quantity of one input.
pub(super) fn quantity(input: Input, given: &Given<'_>) -> Result<Quantity, MoneyError> {
    let Given {
        money,
        rate,
        site,
        cards,
        mean_load,
        pools,
        power,
    } = *given;
    let default = Money::default();
    // A plain field: the default has the range of its evidence, anything else was entered.
    let plain = |value: f64, default: f64, unit: Unit| match evidence(input) {
        Some(e) if value == default => Quantity::new(value, unit, &e),
        _ => Quantity::entered(value, unit),
    };
    let entered =
        |value: f64, unit: Unit| Quantity::entered(rate.usd_from(value, money.currency).0, unit);
    // Factors on the pools' own prices: the widest relative range of any pool.
    let factor = |of: &dyn Fn(&PoolTerms) -> Option<&Quantity>| {
        let mut widest = Quantity::entered(1.0, Unit::Factor);
        for q in pools.iter().filter_map(of).filter(|q| q.value > 0.0) {
            widest.basis = widest.basis.max(q.basis);
            widest.low = widest.low.min(q.low / q.value);
            widest.high = widest.high.max(q.high / q.value);
            widest.source = q.source.clone();
            widest.date = q.date.clone();
            widest.note = q.note.clone();
        }
        widest
    };
    // Shares depend on what each pool's price covers; the first pool's are shown, as a factor for all.
    let share = |index: usize, entered: Option<f64>| match entered {
        Some(value) => Quantity::entered(value, Unit::Share),
        None => {
            let covers = pools.first().map_or(Covers::Server, |p| p.covers);
            let [low, value, high] = [0, 1, 2].map(|end| extras(covers, end)[index]);
            let (source, date) = cited(if index == 0 { &[NETWORK_ROW] } else { &[] });
            Quantity {
                value,
                low,
                high,
                unit: Unit::Share,
                basis: if index == 0 { Basis::Published(Confidence::Analyst) } else { Basis::Assumed },
                source,
                date,
                note: match covers {
                    Covers::Delivered => "the price covers it",
                    Covers::SuperNode => "scale-up network is in the super-node's price; low end of the range for the rest",
                    Covers::Chip | Covers::Server if index == 0 => "12 % of cluster capex",
                    Covers::Chip | Covers::Server => "4 % of cluster capex assumed",
                }
                .into(),
            }
        }
    };
    Ok(match input {
        Input::CardPrice => factor(&|p| p.card_price.as_ref()),
        Input::Rent => factor(&|p| p.rent.as_ref()),
        Input::NetworkShare => share(0, money.network_share),
        Input::StorageShare => share(1, money.storage_share),
        Input::SparesShare => plain(money.spares_share, default.spares_share, Unit::Share),
        Input::BuildingPerMw => match (money.building_per_mw, &site.building) {
            (Some(value), _) => entered(value, Unit::UsdPerMw),
            (None, Some(figure)) => site_quantity(figure, rate, Unit::UsdPerMw),
            // Rented cards need no building of ours.
            (None, None) if money.tenure == Tenure::Rent => Quantity::entered(0.0, Unit::UsdPerMw),
            (None, None) => {
                return Err(MoneyError::SiteLacks {
                    field: "building_per_mw",
                });
            }
        },
        Input::LifeYears => plain(money.life_years, default.life_years, Unit::Years),
        Input::BuildingLifeYears => plain(
            money.building_life_years,
            default.building_life_years,
            Unit::Years,
        ),
        Input::ResidualShare => plain(money.residual_share, default.residual_share, Unit::Share),
        Input::CostOfCapital => plain(money.cost_of_capital, default.cost_of_capital, Unit::Share),
        Input::Electricity => match (money.electricity_per_kwh, &site.electricity) {
            (Some(value), _) => entered(value, Unit::UsdPerKwh),
            (None, Some(figure)) => site_quantity(figure, rate, Unit::UsdPerKwh),
            (None, None) if money.tenure == Tenure::Rent => Quantity::entered(0.0, Unit::UsdPerKwh),
            (None, None) => {
                return Err(MoneyError::SiteLacks {
                    field: "electricity_per_kwh",
                });
            }
        },
        Input::Pue => plain(money.pue, default.pue, Unit::Ratio),
        Input::IdlePowerShare => plain(
            money.idle_power_share,
            default.idle_power_share,
            Unit::Share,
        ),
        Input::PeakPower => Quantity {
            source: power
                .and_then(|f| f.source.clone())
                .unwrap_or_default()
                .into(),
            date: Catalogue::embedded().as_of.as_str().into(),
            ..Quantity::new(
                1.0,
                Unit::Factor,
                &Evidence {
                    basis: Basis::Published(power.map_or(Confidence::Analyst, |f| f.confidence)),
                    ..assumed(
                        0.9,
                        1.073,
                        "600 / 559 kW of a CloudMatrix384 (press against SemiAnalysis) as the high end for every card; \
                         −10 % assumed as the low end",
                    )
                },
            )
        },
        Input::MaintenanceShare => plain(
            money.maintenance_share,
            default.maintenance_share,
            Unit::Share,
        ),
        Input::Staff => match money.staff {
            Some(value) => Quantity::entered(value, Unit::People),
            None => {
                let value = cards / CARDS_PER_PERSON;
                Quantity::new(
                    value,
                    Unit::People,
                    &assumed(
                        value / 2.0,
                        value * 2.0,
                        "one for 96 cards assumed (16 for 1,536); no ratio is published",
                    ),
                )
            }
        },
        Input::StaffCost => match money.staff_cost {
            Some(value) => entered(value, Unit::UsdPerYear),
            None => {
                let value = rate.usd(Cny(STAFF_COST_CNY)).0;
                Quantity::new(
                    value,
                    Unit::UsdPerYear,
                    &assumed(
                        value * 0.625,
                        value * 1.5,
                        "CNY 400,000 a year with all charges assumed; 250,000–600,000",
                    ),
                )
            }
        },
        Input::SoftwarePerCard => match money.software_per_card {
            Some(value) => entered(value, Unit::UsdPerYear),
            None => Quantity::new(
                0.0,
                Unit::UsdPerYear,
                &assumed(
                    0.0,
                    0.0,
                    "open-source serving stack; enter licences and support",
                ),
            ),
        },
        Input::RentBilledShare => match (money.rent_billed_share, money.rental) {
            (Some(value), _) => Quantity::entered(value, Unit::Share),
            (None, Rental::Reserved) => Quantity::entered(1.0, Unit::Share),
            (None, Rental::OnDemand) => Quantity::entered(mean_load.clamp(0.0, 1.0), Unit::Share),
        },
        Input::RentedShare => {
            let value = match money.tenure {
                Tenure::Own => 0.0,
                Tenure::Rent => 1.0,
                Tenure::Mixed => money.rented_share,
            };
            Quantity::entered(value, Unit::Share)
        }
        Input::GridCarbon => match money.grid_g_per_kwh {
            Some(value) => Quantity::entered(value, Unit::GramsPerKwh),
            None => Quantity {
                value: site.carbon.value,
                low: site.carbon.low,
                high: site.carbon.high,
                unit: Unit::GramsPerKwh,
                basis: site
                    .carbon
                    .confidence
                    .map_or(Basis::Assumed, Basis::Published),
                source: site.carbon.source.into(),
                date: site.carbon.date.into(),
                note: site.carbon.note.into(),
            },
        },
    })
}

/// The exchange rate with its range: the catalogue's planning rate, else as entered. CNY per USD.
pub fn exchange_rate(money: &Money) -> Quantity {
    let value = money.cny_per_usd;
    if value != Money::default().cny_per_usd {
        return Quantity::entered(value, Unit::Ratio);
    }
    let (low, high) = CNY_PER_USD_RANGE;
    Quantity::new(
        value,
        Unit::Ratio,
        &Evidence {
            low,
            high,
            basis: Basis::Published(Confidence::Estimate),
            rows: &[("fx", "USD/CNY planning rate")],
            note: "implied by DeepSeek's price pairs",
        },
    )
}
