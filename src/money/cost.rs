//! Cost per hour, line by line, and its allocation to input, cached input and output tokens.

use serde::Serialize;

use super::allocation::Allocation;
use super::hourly::{Bands, bands, capex, hourly, scale, sum, total};
use super::load::Day;
use super::terms::{Basis, Input, Terms};
use super::{MoneyError, Usd};
use crate::catalogue::hardware::Accelerator;
use crate::evaluation::{Cost, CostPerMillion, CostStack, TokenFlow, Usage};
use crate::scenario::{LoadCurve, Money, Rental, Tenure};

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

/// How many lines there are.
pub(super) const LINES: usize = LineItem::ALL.len();

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
    /// Low and high end of its 80 % band.
    pub capex_ends: (Usd, Usd),
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
    /// Low and high end of its 80 % band.
    pub capex_ends: (Usd, Usd),
    /// Tokens served in a mean hour.
    pub tokens_per_hour: TokenFlow,
    /// Cost per million tokens by kind, USD.
    pub per_million: TokenFlow,
    /// All cost over output tokens alone, USD per million.
    pub blended_output: Usd,
    /// What the factory does, as handed in.
    pub usage: Usage,
    /// Shape of its day.
    pub curve: LoadCurve,
    /// Rented cards are billed for the load, not around the clock.
    billed_by_load: bool,
}

/// The same factory under one change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Variation {
    /// The whole factory, per hour.
    pub per_hour: Usd,
    /// Cost per million tokens by kind, USD.
    pub per_million: TokenFlow,
    /// All cost over output tokens alone, USD per million.
    pub blended_output: Usd,
}

impl CostResult {
    /// The line of an item.
    pub fn line(&self, item: LineItem) -> Option<&Line> {
        self.lines.iter().find(|l| l.item == item)
    }

    /// The lines of the whole factory, in the order of [`LineItem::ALL`], and the tokens served in an
    /// hour, at another mean load.
    ///
    /// # Errors
    /// When the load is negative or no number.
    pub fn at_load(&self, mean_load: f64) -> Result<([Usd; LINES], TokenFlow), MoneyError> {
        let day = Day::new(&self.curve, mean_load)?;
        let by_pool = if self.billed_by_load {
            let mut terms = self.terms.clone();
            terms[Input::RentBilledShare].value = day.mean_served;
            hourly(&terms, &self.usage, &day)
        } else {
            hourly(&self.terms, &self.usage, &day)
        };
        let lines = std::array::from_fn(|i| by_pool.iter().map(|p| p[i]).sum());
        Ok((lines, scale(self.usage.capacity_per_hour, day.mean_served)))
    }

    /// The whole result with one input at another value; its bands are not worked out.
    ///
    /// # Errors
    /// When nothing is made.
    pub fn moved(&self, input: Input, value: f64) -> Result<Self, MoneyError> {
        let mut terms = self.terms.clone();
        terms[input].value = value;
        self.again(terms, self.usage.clone())
    }

    /// The whole result when the factory makes `factor` times as many tokens; without bands.
    ///
    /// # Errors
    /// When nothing is made.
    pub fn making(&self, factor: f64) -> Result<Self, MoneyError> {
        let mut usage = self.usage.clone();
        usage.capacity_per_hour = scale(usage.capacity_per_hour, factor);
        self.again(self.terms.clone(), usage)
    }

    fn again(&self, terms: Terms, usage: Usage) -> Result<Self, MoneyError> {
        let (curve, day) = (self.curve.clone(), self.day.clone());
        assemble(terms, usage, curve, day, self.billed_by_load, false)
    }

    /// The result itself, as a variation by nothing.
    pub fn as_variation(&self) -> Variation {
        Variation {
            per_hour: self.per_hour,
            per_million: self.per_million,
            blended_output: self.blended_output,
        }
    }

    /// The same factory with one input at another value (in the input's unit, USD for amounts).
    ///
    /// # Errors
    /// When nothing is made.
    pub fn with(&self, input: Input, value: f64) -> Result<Variation, MoneyError> {
        let mut terms = self.terms.clone();
        terms[input].value = value;
        let by_pool = hourly(&terms, &self.usage, &self.day);
        let allocation = Allocation::new(&by_pool, &self.usage, self.tokens_per_hour)?;
        let per_hour = total(&by_pool);
        Ok(Variation {
            per_hour,
            per_million: allocation.per_million(&by_pool, sum),
            blended_output: per_hour / (self.tokens_per_hour.output / 1e6),
        })
    }

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
    let billed_by_load = money.rental == Rental::OnDemand && money.rent_billed_share.is_none();
    assemble(
        terms,
        usage.clone(),
        curve.clone(),
        day,
        billed_by_load,
        true,
    )
}

/// The result from resolved terms; without `with_bands`, low and high are the figure itself.
fn assemble(
    terms: Terms,
    usage: Usage,
    curve: LoadCurve,
    day: Day,
    billed_by_load: bool,
    with_bands: bool,
) -> Result<CostResult, MoneyError> {
    let by_pool = hourly(&terms, &usage, &day);
    let per_hour = total(&by_pool);
    let tokens_per_hour = scale(usage.capacity_per_hour, day.mean_served);
    let allocation = Allocation::new(&by_pool, &usage, tokens_per_hour)?;
    let line = |i: usize| -> Usd { by_pool.iter().map(|p| p[i]).sum() };
    let once = LineItem::ALL.map(|item| capex(item, &terms, &usage));
    let once_all: Usd = once.into_iter().sum();
    let bands = if with_bands {
        bands(&terms, &usage, &day)
    } else {
        let exact = |v: Usd| (v, v);
        Bands {
            hour: std::array::from_fn(|i| exact(if i < LINES { line(i) } else { per_hour })),
            capex: std::array::from_fn(|i| exact(once.get(i).copied().unwrap_or(once_all))),
        }
    };
    let (low, high) = bands.hour[LINES];
    let lines: Vec<Line> = LineItem::ALL
        .iter()
        .enumerate()
        .map(|(i, item)| Line {
            item: *item,
            per_hour: line(i),
            low: bands.hour[i].0,
            high: bands.hour[i].1,
            capex: once[i],
            capex_ends: bands.capex[i],
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
        capex: once_all,
        capex_ends: bands.capex[LINES],
        blended_output: per_hour / (tokens_per_hour.output / 1e6),
        billed_by_load,
        usage,
        curve,
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

#[cfg(test)]
#[path = "cost_tests.rs"]
pub(super) mod tests;
