//! The terms: every money input resolved to a value with its range, source and confidence.
//!
//! A field the user changed counts as entered: exact. A default carries the range of its evidence,
//! from which bands and the tornado come.

use std::borrow::Cow;
use std::ops::{Index, IndexMut};

use serde::Serialize;

use super::card_price::{Covers, pick, published_prices};
use super::load::{self, HOURS};
use super::site::{Published, Site, SiteFigure, site};
use super::{ExchangeRate, MoneyError};
use crate::catalogue::hardware::{Accelerator, Confidence};
use crate::evaluation::Usage;
use crate::scenario::{Money, Rental, Tenure};

/// Every input of the cost that has a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is a field of `Money`, documented there")]
pub enum Input {
    /// Accelerators with their servers, all pools moved together, as a factor on each pool's price.
    CardPrice,
    NetworkShare,
    StorageShare,
    SparesShare,
    BuildingPerMw,
    LifeYears,
    BuildingLifeYears,
    ResidualShare,
    CostOfCapital,
    Electricity,
    Pue,
    IdlePowerShare,
    /// IT power of the hardware, as a factor on the catalogue's.
    PeakPower,
    MaintenanceShare,
    Staff,
    StaffCost,
    SoftwarePerCard,
    /// Rent per card-hour, as a factor on each pool's rent.
    Rent,
    RentBilledShare,
    RentedShare,
    GridCarbon,
}

impl Input {
    /// All of them, in the order of a cost statement.
    pub const ALL: [Input; 21] = [
        Input::CardPrice,
        Input::NetworkShare,
        Input::StorageShare,
        Input::SparesShare,
        Input::BuildingPerMw,
        Input::LifeYears,
        Input::BuildingLifeYears,
        Input::ResidualShare,
        Input::CostOfCapital,
        Input::Electricity,
        Input::Pue,
        Input::IdlePowerShare,
        Input::PeakPower,
        Input::MaintenanceShare,
        Input::Staff,
        Input::StaffCost,
        Input::SoftwarePerCard,
        Input::Rent,
        Input::RentBilledShare,
        Input::RentedShare,
        Input::GridCarbon,
    ];
}

/// Unit of a [`Quantity`]. Amounts are in USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Unit {
    Factor,
    Share,
    Years,
    People,
    Usd,
    UsdPerMw,
    UsdPerKwh,
    UsdPerYear,
    UsdPerHour,
    GramsPerKwh,
    Ratio,
}

/// What a value rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The user entered it.
    Entered,
    /// Somebody published it.
    Published(Confidence),
    /// Nobody published it; assumed, within the range.
    Assumed,
}

/// A value with its range and where it is from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantity {
    /// The value.
    pub value: f64,
    /// Low end of the evidence; equal to the value where it is exact.
    pub low: f64,
    /// High end.
    pub high: f64,
    /// Unit.
    pub unit: Unit,
    /// What it rests on.
    pub basis: Basis,
    /// Address, or key into the catalogue's sources.
    pub source: Cow<'static, str>,
    /// Date of the evidence.
    pub date: Cow<'static, str>,
    /// What to know.
    pub note: Cow<'static, str>,
}

impl Quantity {
    fn new(value: f64, unit: Unit, evidence: &Evidence) -> Self {
        Self {
            value,
            low: evidence.low,
            high: evidence.high,
            unit,
            basis: evidence.basis,
            source: evidence.source.into(),
            date: evidence.date.into(),
            note: evidence.note.into(),
        }
    }

    fn entered(value: f64, unit: Unit) -> Self {
        Self {
            value,
            low: value,
            high: value,
            unit,
            basis: Basis::Entered,
            source: "".into(),
            date: "".into(),
            note: "".into(),
        }
    }
}

/// Range and source of a default.
struct Evidence {
    low: f64,
    high: f64,
    basis: Basis,
    source: &'static str,
    date: &'static str,
    note: &'static str,
}

const fn assumed(low: f64, high: f64, note: &'static str) -> Evidence {
    Evidence {
        low,
        high,
        basis: Basis::Assumed,
        source: "",
        date: "",
        note,
    }
}

/// Share of a cluster's capex that is network: 12 % (8–15 %), `costs.csv` capex_share.
const NETWORK_OF_CAPEX: [f64; 3] = [0.08, 0.12, 0.15];
/// Share of a cluster's capex that is storage: assumed.
const STORAGE_OF_CAPEX: [f64; 3] = [0.02, 0.04, 0.08];
const CAPEX_SOURCE: &str = "costs.csv, capex_share: network fabric 12 % (8–15 %) of cluster capex";

/// One person runs so many cards: 16 for Wuxi's 1,536. Assumed; no staffing ratio is published.
pub const CARDS_PER_PERSON: f64 = 96.0;
/// Yearly cost of one person, CNY. Assumed.
pub const STAFF_COST_CNY: f64 = 400_000.0;

/// A share of the whole capex as a share of the card price, when network and storage come on top.
fn of_card_price(share: f64, network: f64, storage: f64) -> f64 {
    share / (1.0 - network - storage)
}

/// Evidence of the plain fields, by input. `None` = not a plain field.
fn evidence(input: Input) -> Option<Evidence> {
    Some(match input {
        Input::SparesShare => Evidence {
            low: 0.02,
            high: 0.05,
            basis: Basis::Published(Confidence::Analyst),
            source: "costs.csv, capex_share: spares 3 %",
            date: "2026-09",
            note: "range assumed",
        },
        Input::LifeYears => Evidence {
            low: 3.0,
            high: 6.0,
            basis: Basis::Published(Confidence::Analyst),
            source: "costs.csv, depreciation: Lambda and Amazon 5 years; critics 3, CoreWeave, Microsoft and Google 6",
            date: "2025-2026",
            note: "SemiAnalysis counts with 4 years",
        },
        Input::BuildingLifeYears => Evidence {
            low: 15.0,
            high: 39.0,
            basis: Basis::Assumed,
            source: "costs.csv, depreciation: building 39 years (US tax)",
            date: "2025-2026",
            note: "20 years assumed: electrical and cooling plant wear out before walls",
        },
        Input::ResidualShare => assumed(
            0.0,
            0.15,
            "nothing assumed to be left; used cards have sold for more",
        ),
        Input::CostOfCapital => Evidence {
            low: 0.059,
            high: 0.11,
            basis: Basis::Assumed,
            source: "costs.csv, capital_cost: CoreWeave 5.9 % (investment-grade customer) to 11 % (DDTL 2.0)",
            date: "2025-2026",
            note: "no cost of capital of a Chinese token factory is published; 8 % assumed",
        },
        Input::Pue => Evidence {
            low: 1.10,
            high: 1.25,
            basis: Basis::Assumed,
            source: "costs.csv, pue: liquid-cooled CM384 hall unknown; 1.10–1.20 for planning, rule ≤ 1.25",
            date: "2025",
            note: "1.15 assumed",
        },
        Input::IdlePowerShare => assumed(0.25, 0.6, "no idle power of a super-node is published"),
        Input::MaintenanceShare => assumed(
            0.02,
            0.06,
            "unknown (costs.csv, opex_share); 4 % of hardware a year assumed",
        ),
        Input::RentedShare => assumed(0.5, 0.5, "the user's choice"),
        _ => return None,
    })
}

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

/// All inputs of the cost, resolved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Terms {
    /// The exchange rate.
    pub rate: ExchangeRate,
    /// The site.
    pub site: &'static Site,
    /// Factors on the electricity price by hour, mean not necessarily 1.
    pub electricity_hours: [f64; HOURS],
    /// The pools, in the order of the usage.
    pub pools: Vec<PoolTerms>,
    quantities: Vec<Quantity>,
}

impl Index<Input> for Terms {
    type Output = Quantity;
    fn index(&self, input: Input) -> &Quantity {
        &self.quantities[input as usize]
    }
}

impl IndexMut<Input> for Terms {
    fn index_mut(&mut self, input: Input) -> &mut Quantity {
        &mut self.quantities[input as usize]
    }
}

impl Terms {
    /// Resolves every input for the pools of `usage`. `find` looks an accelerator up.
    ///
    /// # Errors
    /// When a field is out of range, or a price, rent or site figure is neither known nor entered.
    pub fn new<'a>(
        money: &Money,
        usage: &Usage,
        mean_load: f64,
        find: &dyn Fn(&str) -> Option<&'a Accelerator>,
    ) -> Result<Self, MoneyError> {
        check(money)?;
        let rate = ExchangeRate::new(money.cny_per_usd)?;
        let site = site(&money.region)?;
        let cards: f64 = usage.pools.iter().map(|p| f64::from(p.cards)).sum();
        let pools = usage
            .pools
            .iter()
            .map(|p| pool_terms(money, rate, &p.hardware, find))
            .collect::<Result<Vec<_>, _>>()?;
        let quantities = Input::ALL
            .iter()
            .map(|input| quantity(*input, money, rate, site, cards, mean_load, &pools))
            .collect::<Result<Vec<_>, _>>()?;
        let electricity_hours = if money.electricity_hours.is_empty() {
            [1.0; HOURS]
        } else {
            load::hours("electricity_hours", &money.electricity_hours)?
        };
        Ok(Self {
            rate,
            site,
            electricity_hours,
            pools,
            quantities,
        })
    }

    /// Share of the cards that is rented.
    pub fn rented(&self) -> f64 {
        self[Input::RentedShare].value
    }
}

fn pool_terms<'a>(
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
            date: "".into(),
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

/// Network and storage on top of a card price that covers `covers`; `end` 0 = low, 1 = value, 2 = high.
/// A super-node's price holds the scale-up network already, so that the low end of the published
/// range stands for what is left; a delivered price holds both.
fn extras(covers: Covers, end: usize) -> [f64; 2] {
    let storage = STORAGE_OF_CAPEX[end.min(2)];
    let network = match covers {
        Covers::Delivered => return [0.0, 0.0],
        Covers::SuperNode => [0.04, NETWORK_OF_CAPEX[0], NETWORK_OF_CAPEX[1]][end.min(2)],
        Covers::Chip | Covers::Server => NETWORK_OF_CAPEX[end.min(2)],
    };
    [
        of_card_price(network, network, storage),
        of_card_price(storage, network, storage),
    ]
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
        date: "".into(),
        note: figure.note.clone().unwrap_or_default().into(),
    })
}

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

/// The quantity of one input.
fn quantity(
    input: Input,
    money: &Money,
    rate: ExchangeRate,
    site: &Site,
    cards: f64,
    mean_load: f64,
    pools: &[PoolTerms],
) -> Result<Quantity, MoneyError> {
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
            Quantity {
                value,
                low,
                high,
                unit: Unit::Share,
                basis: if index == 0 { Basis::Published(Confidence::Analyst) } else { Basis::Assumed },
                source: if index == 0 { CAPEX_SOURCE.into() } else { "".into() },
                date: "2026-09".into(),
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
        Input::PeakPower => Quantity::new(
            1.0,
            Unit::Factor,
            &Evidence {
                low: 0.9,
                high: 1.073,
                basis: Basis::Published(Confidence::Analyst),
                source: "hardware.toml, cm384: 559 kW (SemiAnalysis), about 600 kW in other reports",
                date: "2025-04",
                note: "600 / 559 as the high end for every card; −10 % assumed as the low end",
            },
        ),
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
                let value = rate.usd(super::Cny(STAFF_COST_CNY)).0;
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

/// The ranges of the plain fields.
fn check(money: &Money) -> Result<(), MoneyError> {
    let share = "a share from 0 to 1";
    let positive = "a positive number";
    let not_negative = "0 or more";
    let in_share = |v: f64| (0.0..=1.0).contains(&v);
    let above = |v: f64| v.is_finite() && v > 0.0;
    let from_zero = |v: f64| v.is_finite() && v >= 0.0;
    let years = |v: f64| v.is_finite() && (0.25..=100.0).contains(&v);
    let rules: [(&'static str, Option<f64>, bool, &'static str); 21] = {
        let rule = |name, value: f64, ok: fn(f64) -> bool, allowed| {
            (name, Some(value), ok(value), allowed)
        };
        let opt = |name, value: Option<f64>, ok: fn(f64) -> bool, allowed| {
            (name, value, value.is_none_or(ok), allowed)
        };
        [
            rule("rented_share", money.rented_share, in_share, share),
            opt("card_price", money.card_price, from_zero, not_negative),
            opt(
                "network_share",
                money.network_share,
                from_zero,
                not_negative,
            ),
            opt(
                "storage_share",
                money.storage_share,
                from_zero,
                not_negative,
            ),
            rule("spares_share", money.spares_share, from_zero, not_negative),
            opt(
                "building_per_mw",
                money.building_per_mw,
                from_zero,
                not_negative,
            ),
            rule("life_years", money.life_years, years, "0.25 to 100 years"),
            rule(
                "building_life_years",
                money.building_life_years,
                years,
                "0.25 to 100 years",
            ),
            rule("residual_share", money.residual_share, in_share, share),
            rule(
                "cost_of_capital",
                money.cost_of_capital,
                in_share,
                "a share from 0 to 1, e.g. 0.08 for 8 %",
            ),
            opt(
                "electricity_per_kwh",
                money.electricity_per_kwh,
                from_zero,
                not_negative,
            ),
            rule("pue", money.pue, |v| v.is_finite() && v >= 1.0, "1 or more"),
            opt(
                "grid_g_per_kwh",
                money.grid_g_per_kwh,
                from_zero,
                not_negative,
            ),
            rule("idle_power_share", money.idle_power_share, in_share, share),
            rule(
                "maintenance_share",
                money.maintenance_share,
                from_zero,
                not_negative,
            ),
            opt("staff", money.staff, from_zero, not_negative),
            opt("staff_cost", money.staff_cost, from_zero, not_negative),
            opt(
                "software_per_card",
                money.software_per_card,
                from_zero,
                not_negative,
            ),
            opt(
                "rent_per_card_hour",
                money.rent_per_card_hour,
                from_zero,
                not_negative,
            ),
            opt(
                "rent_billed_share",
                money.rent_billed_share,
                in_share,
                share,
            ),
            rule("cny_per_usd", money.cny_per_usd, above, positive),
        ]
    };
    match rules.into_iter().find(|(_, _, ok, _)| !ok) {
        None => Ok(()),
        Some((field, value, _, allowed)) => Err(MoneyError::OutOfRange {
            field,
            value: value.unwrap_or(f64::NAN),
            allowed,
        }),
    }
}

/// Every default with value, range, source and confidence, for "why this value?" and the printed
/// quote. Amounts in USD.
pub fn assumptions(terms: &Terms) -> Vec<(Input, Quantity)> {
    Input::ALL
        .iter()
        .map(|input| (*input, terms[*input].clone()))
        .collect()
}
