//! The cost of an hour, line by line and pool by pool: the formulas.

use super::cost::{LINES, LineItem};
use super::finance::annuity;
use super::load::{Day, HOURS, mean};
use super::terms::{Input, PoolTerms, Terms};
use super::{HOURS_PER_YEAR, Usd};
use crate::evaluation::{PoolUse, TokenFlow, Usage};

/// The lines of each pool, per hour.
pub(super) type PoolLines = [Usd; LINES];

pub(super) fn sum(lines: &PoolLines) -> Usd {
    lines.iter().copied().sum()
}

pub(super) fn total(by_pool: &[PoolLines]) -> Usd {
    by_pool.iter().map(sum).sum()
}

pub(super) fn scale(flow: TokenFlow, factor: f64) -> TokenFlow {
    TokenFlow {
        input: flow.input * factor,
        cached_input: flow.cached_input * factor,
        output: flow.output * factor,
    }
}

/// IT power of a pool at a load, kW: idle share plus the rest in proportion to the load.
fn it_kw(pool: &PoolUse, terms: &Terms, load: f64) -> f64 {
    let idle = terms[Input::IdlePowerShare].value;
    pool.peak_it_kw.unwrap_or(0.0) * terms[Input::PeakPower].value * (idle + (1.0 - idle) * load)
}

/// Money paid at the start for a line.
pub(super) fn capex(item: LineItem, terms: &Terms, usage: &Usage) -> Usd {
    usage
        .pools
        .iter()
        .zip(&terms.pools)
        .map(|(pool, pool_terms)| pool_capex(item, terms, pool, pool_terms))
        .sum()
}

/// Money paid at the start for a line of one pool.
fn pool_capex(item: LineItem, terms: &Terms, pool: &PoolUse, pool_terms: &PoolTerms) -> Usd {
    let owned = 1.0 - terms.rented();
    let price =
        pool_terms.card_price.as_ref().map_or(0.0, |q| q.value) * terms[Input::CardPrice].value;
    let hardware = Usd(price * f64::from(pool.cards) * owned);
    // A factor on each pool's own share, so that pools whose price covers more keep theirs.
    let moved = |own: f64, input: Input, base: f64| {
        if base > 0.0 {
            own * terms[input].value / base
        } else {
            own
        }
    };
    let first = terms.pools.first();
    match item {
        LineItem::Accelerators => hardware,
        LineItem::Network => {
            hardware
                * moved(
                    pool_terms.network_share,
                    Input::NetworkShare,
                    first.map_or(0.0, |p| p.network_share),
                )
        }
        LineItem::Storage => {
            hardware
                * moved(
                    pool_terms.storage_share,
                    Input::StorageShare,
                    first.map_or(0.0, |p| p.storage_share),
                )
        }
        LineItem::Spares => hardware * terms[Input::SparesShare].value,
        LineItem::Building => {
            let mw = pool.peak_it_kw.unwrap_or(0.0) * terms[Input::PeakPower].value / 1000.0;
            Usd(terms[Input::BuildingPerMw].value * mw * owned)
        }
        LineItem::Electricity
        | LineItem::Maintenance
        | LineItem::Software
        | LineItem::Staff
        | LineItem::Rent => Usd(0.0),
    }
}

/// Every line of every pool, USD per hour of the mean day.
pub(super) fn hourly(terms: &Terms, usage: &Usage, day: &Day) -> Vec<PoolLines> {
    let value = |input: Input| terms[input].value;
    let rate = value(Input::CostOfCapital);
    let hardware_annuity =
        annuity(rate, value(Input::LifeYears), value(Input::ResidualShare)) / HOURS_PER_YEAR;
    let building_annuity = annuity(rate, value(Input::BuildingLifeYears), 0.0) / HOURS_PER_YEAR;
    let all_cards: f64 = usage.pools.iter().map(|p| f64::from(p.cards)).sum();
    let (rented, owned) = (terms.rented(), 1.0 - terms.rented());
    usage
        .pools
        .iter()
        .zip(&terms.pools)
        .map(|(pool, pool_terms)| {
            let cards = f64::from(pool.cards);
            let capex = |item| pool_capex(item, terms, pool, pool_terms);
            let hardware =
                capex(LineItem::Accelerators) + capex(LineItem::Network) + capex(LineItem::Storage);
            let bill: [f64; HOURS] = std::array::from_fn(|hour| {
                it_kw(pool, terms, day.served[hour]) * terms.electricity_hours[hour]
            });
            LineItem::ALL.map(|item| match item {
                LineItem::Accelerators
                | LineItem::Network
                | LineItem::Storage
                | LineItem::Spares => capex(item) * hardware_annuity,
                LineItem::Building => capex(item) * building_annuity,
                LineItem::Electricity => {
                    Usd(mean(&bill) * value(Input::Pue) * value(Input::Electricity) * owned)
                }
                LineItem::Maintenance => hardware * value(Input::MaintenanceShare) / HOURS_PER_YEAR,
                LineItem::Software => Usd(value(Input::SoftwarePerCard) * cards / HOURS_PER_YEAR),
                LineItem::Staff => {
                    let people = value(Input::Staff)
                        * if all_cards > 0.0 {
                            cards / all_cards
                        } else {
                            0.0
                        };
                    Usd(people * value(Input::StaffCost) / HOURS_PER_YEAR)
                }
                LineItem::Rent => {
                    let price =
                        pool_terms.rent.as_ref().map_or(0.0, |q| q.value) * value(Input::Rent);
                    Usd(price * cards * rented * value(Input::RentBilledShare))
                }
            })
        })
        .collect()
}

/// Lines and their total.
pub(super) const WITH_TOTAL: usize = LINES + 1;

/// Bands of what is paid per hour, and of what is paid at the start: line by line, then the total.
pub(super) struct Bands {
    pub(super) hour: [(Usd, Usd); WITH_TOTAL],
    pub(super) capex: [(Usd, Usd); WITH_TOTAL],
}

/// Lines per hour, their total, capex by line, its total.
fn statement(terms: &Terms, usage: &Usage, day: &Day) -> [f64; 2 * WITH_TOTAL] {
    let by_pool = hourly(terms, usage, day);
    let mut all = [0.0; 2 * WITH_TOTAL];
    for (i, item) in LineItem::ALL.into_iter().enumerate() {
        let (hour, once) = (
            by_pool.iter().map(|p| p[i].0).sum::<f64>(),
            capex(item, terms, usage).0,
        );
        all[i] = hour;
        all[LINES] += hour;
        all[WITH_TOTAL + i] = once;
        all[WITH_TOTAL + LINES] += once;
    }
    all
}

/// Each input is moved to either end of its range; the steps of independent inputs add up by their
/// squares. Ranges are read as 80 % intervals, and so is the result.
pub(super) fn bands(terms: &Terms, usage: &Usage, day: &Day) -> Bands {
    let base = statement(terms, usage, day);
    let mut moved = terms.clone();
    // Sums of squares of steps down and up.
    let mut squares = [(0.0_f64, 0.0_f64); 2 * WITH_TOTAL];
    for input in Input::ALL {
        let quantity = &terms[input];
        for end in [quantity.low, quantity.high] {
            if end == quantity.value {
                continue;
            }
            moved[input].value = end;
            let varied = statement(&moved, usage, day);
            moved[input].value = quantity.value;
            for (square, (now, was)) in squares.iter_mut().zip(varied.iter().zip(base)) {
                let step = now - was;
                if step < 0.0 {
                    square.0 += step * step
                } else {
                    square.1 += step * step
                }
            }
        }
    }
    let ends = |at: usize| {
        (
            Usd((base[at] - squares[at].0.sqrt()).max(0.0)),
            Usd(base[at] + squares[at].1.sqrt()),
        )
    };
    Bands {
        hour: std::array::from_fn(ends),
        capex: std::array::from_fn(|i| ends(WITH_TOTAL + i)),
    }
}
