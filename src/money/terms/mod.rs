//! The terms: every money input resolved to a value with its range, source and confidence.
//!
//! A field the user changed counts as entered: exact. A default carries the range of its evidence,
//! from which bands and the tornado come.

mod check;
mod evidence;
mod pools;
mod quantity;
mod resolve;

use std::ops::{Index, IndexMut};

use serde::Serialize;

use super::load::{self, HOURS};
use super::site::{Site, site};
use super::{ExchangeRate, MoneyError};
use crate::catalogue::hardware::Accelerator;
use crate::evaluation::Usage;
use crate::scenario::Money;

#[cfg(test)]
pub(super) use evidence::CARDS_PER_PERSON;
pub use pools::PoolTerms;
pub use quantity::{Basis, Input, Quantity, Unit};

use check::check;
use pools::pool_terms;
pub use resolve::exchange_rate;
use resolve::{Given, quantity};

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
        // The published power of a card: with its share of the super-node where that is known.
        let power = usage
            .pools
            .iter()
            .filter_map(|p| find(&p.hardware))
            .find_map(|a| a.allin_w.as_ref().or(a.tdp_w.as_ref()));
        let given = Given {
            money,
            rate,
            site,
            cards,
            mean_load,
            pools: &pools,
            power,
        };
        let quantities = Input::ALL
            .iter()
            .map(|input| quantity(*input, &given))
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
