//! Cost per hour, line by line, and its allocation to input, cached input and output tokens.

use serde::Serialize;

use super::finance::annuity;
use super::load::{Day, HOURS, mean};
use super::terms::{Basis, Input, PoolTerms, Terms};
use super::{HOURS_PER_YEAR, MoneyError, Usd};
use crate::catalogue::hardware::Accelerator;
use crate::evaluation::{Cost, CostPerMillion, CostStack, PoolUse, Power, TokenFlow, Usage};
use crate::scenario::{LoadCurve, Money, Tenure};

/// What an hour's cost is made of, in the order of a cost statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineItem {
    /// Accelerators with their servers, as an annuity.
    Accelerators,
    /// Network, as an annuity.
    Network,
    /// Storage, as an annuity.
    Storage,
    /// Stock of spare parts, as an annuity.
    Spares,
    /// Building, electrical and cooling plant, as an annuity.
    Building,
    /// Electricity at the meter.
    Electricity,
    /// Maintenance.
    Maintenance,
    /// Software licences and support.
    Software,
    /// People.
    Staff,
    /// Rent of cards, power and hall included.
    Rent,
}

impl LineItem {
    /// All of them, in order.
    pub const ALL: [LineItem; 10] = [
        LineItem::Accelerators,
        LineItem::Network,
        LineItem::Storage,
        LineItem::Spares,
        LineItem::Building,
        LineItem::Electricity,
        LineItem::Maintenance,
        LineItem::Software,
        LineItem::Staff,
        LineItem::Rent,
    ];

    /// The inputs that the line is computed from.
    pub fn inputs(self) -> &'static [Input] {
        use Input as I;
        match self {
            Self::Accelerators => &[
                I::CardPrice,
                I::LifeYears,
                I::CostOfCapital,
                I::ResidualShare,
            ],
            Self::Network => &[
                I::CardPrice,
                I::NetworkShare,
                I::LifeYears,
                I::CostOfCapital,
                I::ResidualShare,
            ],
            Self::Storage => &[
                I::CardPrice,
                I::StorageShare,
                I::LifeYears,
                I::CostOfCapital,
                I::ResidualShare,
            ],
            Self::Spares => &[
                I::CardPrice,
                I::SparesShare,
                I::LifeYears,
                I::CostOfCapital,
                I::ResidualShare,
            ],
            Self::Building => &[
                I::BuildingPerMw,
                I::PeakPower,
                I::BuildingLifeYears,
                I::CostOfCapital,
            ],
            Self::Electricity => &[I::Electricity, I::Pue, I::IdlePowerShare, I::PeakPower],
            Self::Maintenance => &[
                I::CardPrice,
                I::NetworkShare,
                I::StorageShare,
                I::MaintenanceShare,
            ],
            Self::Software => &[I::SoftwarePerCard],
            Self::Staff => &[I::Staff, I::StaffCost],
            Self::Rent => &[I::Rent, I::RentBilledShare, I::RentedShare],
        }
    }
}

const LINES: usize = LineItem::ALL.len();

/// One line of the cost statement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// What it is.
    pub item: LineItem,
    /// Per hour of the mean day.
    pub per_hour: Usd,
    /// Low end of the 80 % band from its inputs' ranges.
    pub low: Usd,
    /// High end.
    pub high: Usd,
    /// Money to be paid at the start for it.
    pub capex: Usd,
    /// The weakest of what its inputs rest on.
    pub basis: Basis,
    /// Per million tokens, by kind, USD.
    pub per_million: TokenFlow,
}

/// The cost of a factory with all that explains it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CostResult {
    /// The inputs as resolved.
    pub terms: Terms,
    /// The day.
    pub day: Day,
    /// The lines; those that are zero by nature (rent of an owner) included.
    pub lines: Vec<Line>,
    /// The whole factory, per hour of the mean day.
    pub per_hour: Usd,
    /// Low end of the 80 % band.
    pub low: Usd,
    /// High end.
    pub high: Usd,
    /// Money to be paid at the start.
    pub capex: Usd,
    /// Tokens served in a mean hour.
    pub tokens_per_hour: TokenFlow,
    /// Cost per million tokens by kind, USD.
    pub per_million: TokenFlow,
    /// All cost over output tokens alone, USD per million.
    pub blended_output: Usd,
}

impl CostResult {
    /// The summary for the evaluation, in both currencies.
    pub fn summary(&self) -> Cost {
        let both = |usd: f64| self.terms.rate.both(Usd(usd));
        let of = |items: &[LineItem]| {
            let sum: Usd = self
                .lines
                .iter()
                .filter(|l| items.contains(&l.item))
                .map(|l| l.per_hour)
                .sum();
            if self.per_hour.0 > 0.0 {
                sum / self.per_hour
            } else {
                0.0
            }
        };
        use LineItem as L;
        Cost {
            per_hour: Some(both(self.per_hour.0)),
            per_million: Some(CostPerMillion {
                input: both(self.per_million.input),
                cached_input: both(self.per_million.cached_input),
                output: both(self.per_million.output),
                blended_output: both(self.blended_output.0),
            }),
            stack: CostStack {
                capital: of(&[L::Accelerators, L::Network, L::Storage, L::Spares, L::Rent]),
                building: of(&[L::Building]),
                energy: of(&[L::Electricity]),
                maintenance: of(&[L::Maintenance, L::Software]),
                staff: of(&[L::Staff]),
            },
        }
    }
}

/// Cost of the factory at its mean load, explained line by line. `find` looks an accelerator up in
/// the catalogue.
///
/// # Errors
/// When an input is out of range, or a price, rent, power or site figure is neither known nor
/// entered, or nothing is made.
pub fn cost<'a>(
    money: &Money,
    curve: &LoadCurve,
    usage: &Usage,
    find: &dyn Fn(&str) -> Option<&'a Accelerator>,
) -> Result<CostResult, MoneyError> {
    let day = Day::new(curve, usage.mean_load)?;
    let terms = Terms::new(money, usage, day.mean_served, find)?;
    let needs_power = money.tenure != Tenure::Rent;
    if let Some(pool) = usage
        .pools
        .iter()
        .find(|p| needs_power && p.peak_it_kw.is_none())
    {
        return Err(MoneyError::PowerUnknown {
            hardware: pool.hardware.clone(),
        });
    }
    let by_pool = hourly(&terms, usage, &day);
    let per_hour = total(&by_pool);
    let tokens_per_hour = scale(usage.capacity_per_hour, day.mean_served);
    let allocation = Allocation::new(&by_pool, usage, tokens_per_hour)?;
    let (bands, (low, high)) = bands(&terms, usage, &day, &by_pool);
    let lines: Vec<Line> = LineItem::ALL
        .iter()
        .enumerate()
        .map(|(i, item)| Line {
            item: *item,
            per_hour: by_pool.iter().map(|p| p[i]).sum(),
            low: bands[i].0,
            high: bands[i].1,
            capex: capex(*item, &terms, usage),
            basis: item
                .inputs()
                .iter()
                .map(|input| terms[*input].basis)
                .max()
                .unwrap_or(Basis::Assumed),
            per_million: allocation.per_million(&by_pool, |p| p[i]),
        })
        .collect();
    let per_million = allocation.per_million(&by_pool, sum);
    Ok(CostResult {
        capex: lines.iter().map(|l| l.capex).sum(),
        blended_output: per_hour / (tokens_per_hour.output / 1e6),
        terms,
        day,
        lines,
        per_hour,
        low,
        high,
        tokens_per_hour,
        per_million,
    })
}

/// The lines of each pool, per hour.
type PoolLines = [Usd; LINES];

fn sum(lines: &PoolLines) -> Usd {
    lines.iter().copied().sum()
}

fn total(by_pool: &[PoolLines]) -> Usd {
    by_pool.iter().map(sum).sum()
}

fn scale(flow: TokenFlow, factor: f64) -> TokenFlow {
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
fn capex(item: LineItem, terms: &Terms, usage: &Usage) -> Usd {
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
fn hourly(terms: &Terms, usage: &Usage, day: &Day) -> Vec<PoolLines> {
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

/// Bands of the lines, and of their total.
type LineBands = ([(Usd, Usd); LINES], (Usd, Usd));

/// Each input is moved to either end of its range; the steps of independent inputs add up by their
/// squares. Ranges are read as 80 % intervals, and so is the result.
fn bands(terms: &Terms, usage: &Usage, day: &Day, base: &[PoolLines]) -> LineBands {
    let line = |by_pool: &[PoolLines], i: usize| by_pool.iter().map(|p| p[i].0).sum::<f64>();
    let mut moved = terms.clone();
    // Sums of squares of steps down and up: for each line, and for the total.
    let mut squares = [(0.0_f64, 0.0_f64); LINES];
    let mut total_squares = (0.0_f64, 0.0_f64);
    let add = |square: &mut (f64, f64), step: f64| {
        if step < 0.0 {
            square.0 += step * step
        } else {
            square.1 += step * step
        }
    };
    for input in Input::ALL {
        let quantity = &terms[input];
        for end in [quantity.low, quantity.high] {
            if end == quantity.value {
                continue;
            }
            moved[input].value = end;
            let by_pool = hourly(&moved, usage, day);
            moved[input].value = quantity.value;
            for (i, square) in squares.iter_mut().enumerate() {
                add(square, line(&by_pool, i) - line(base, i));
            }
            add(&mut total_squares, total(&by_pool).0 - total(base).0);
        }
    }
    let ends = |value: f64, square: (f64, f64)| {
        (
            Usd((value - square.0.sqrt()).max(0.0)),
            Usd(value + square.1.sqrt()),
        )
    };
    let lines = std::array::from_fn(|i| ends(line(base, i), squares[i]));
    (lines, ends(total(base).0, total_squares))
}

/// How each pool's cost is shared among token kinds: by the card-seconds each takes of the pool, idle
/// time spread in proportion. A pool that takes part in nothing is shared like the others together.
struct Allocation {
    /// Per pool: share of its cost per token of each kind; `None` = an unused pool.
    per_token: Vec<Option<TokenFlow>>,
    /// Per pool: its part of the cost of unused pools.
    of_unused: Vec<f64>,
}

impl Allocation {
    fn new(by_pool: &[PoolLines], usage: &Usage, flow: TokenFlow) -> Result<Self, MoneyError> {
        let per_token: Vec<Option<TokenFlow>> = usage
            .pools
            .iter()
            .map(|pool| {
                let s = pool.card_seconds;
                let busy = s.input * flow.input
                    + s.cached_input * flow.cached_input
                    + s.output * flow.output;
                (busy > 0.0).then(|| scale(s, 1.0 / busy))
            })
            .collect();
        let in_use = per_token.iter().filter(|t| t.is_some()).count();
        if in_use == 0 || flow.output.is_nan() || flow.output <= 0.0 {
            return Err(MoneyError::NothingMade);
        }
        let weights = |i: usize| {
            if per_token[i].is_some() {
                sum(&by_pool[i]).0
            } else {
                0.0
            }
        };
        let all: f64 = (0..by_pool.len()).map(weights).sum();
        let of_unused = (0..by_pool.len())
            .map(|i| match (per_token[i].is_some(), all > 0.0) {
                (false, _) => 0.0,
                (true, true) => weights(i) / all,
                (true, false) => 1.0 / in_use as f64,
            })
            .collect();
        Ok(Self {
            per_token,
            of_unused,
        })
    }

    /// USD per million tokens of each kind, of the part of the cost that `part` picks.
    fn per_million(&self, by_pool: &[PoolLines], part: impl Fn(&PoolLines) -> Usd) -> TokenFlow {
        let unused: Usd = by_pool
            .iter()
            .zip(&self.per_token)
            .filter(|(_, t)| t.is_none())
            .map(|(p, _)| part(p))
            .sum();
        let mut result = TokenFlow::default();
        for ((lines, per_token), of_unused) in
            by_pool.iter().zip(&self.per_token).zip(&self.of_unused)
        {
            let Some(share) = per_token else { continue };
            let cost = part(lines) + unused * *of_unused;
            result.input += cost.0 * share.input * 1e6;
            result.cached_input += cost.0 * share.cached_input * 1e6;
            result.output += cost.0 * share.output * 1e6;
        }
        result
    }
}

/// Power and energy of the factory over its mean day.
///
/// # Errors
/// When an input of it is out of range. Unknown power is `None` in the result.
pub fn power(money: &Money, curve: &LoadCurve, usage: &Usage) -> Result<Power, MoneyError> {
    let day = Day::new(curve, usage.mean_load)?;
    let site = super::site(&money.region)?;
    let Some(peak_it): Option<f64> = usage.pools.iter().map(|p| p.peak_it_kw).sum() else {
        return Ok(Power::default());
    };
    let idle = money.idle_power_share;
    let peak_kw = peak_it * money.pue;
    let mean_kw = peak_kw * (idle + (1.0 - idle) * day.mean_served);
    let flow = scale(usage.capacity_per_hour, day.mean_served);
    let all = flow.input + flow.cached_input + flow.output;
    let per_million = |tokens: f64| (tokens > 0.0).then(|| mean_kw / (tokens / 1e6));
    let grid = money.grid_g_per_kwh.unwrap_or(site.carbon.value);
    Ok(Power {
        mean_kw: Some(mean_kw),
        peak_kw: Some(peak_kw),
        kwh_per_million_output: per_million(flow.output),
        kwh_per_million_tokens: per_million(all),
        mwh_per_day: Some(mean_kw * HOURS as f64 / 1000.0),
        kg_co2_per_million_output: per_million(flow.output).map(|kwh| kwh * grid / 1000.0),
    })
}

#[cfg(test)]
#[path = "cost_tests.rs"]
mod tests;
