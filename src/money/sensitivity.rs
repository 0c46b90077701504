//! Which assumption moves the cost most: each input to either end of its evidence, one at a time.

use serde::Serialize;

use super::cost::{CostResult, Variation, cost};
use super::terms::{Basis, Input};
use super::{MoneyError, Usd};
use crate::catalogue::hardware::Accelerator;
use crate::scenario::Money;

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// All cost over output tokens, per million.
    BlendedOutput,
    /// Cost per million output tokens.
    Output,
    /// Cost per million computed input tokens.
    Input,
    /// Cost per million cached input tokens.
    CachedInput,
}

impl Measure {
    fn of(self, v: &Variation) -> Usd {
        match self {
            Self::BlendedOutput => v.blended_output,
            Self::Output => Usd(v.per_million.output),
            Self::Input => Usd(v.per_million.input),
            Self::CachedInput => Usd(v.per_million.cached_input),
        }
    }
}

/// What is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Driver {
    /// An input of the cost.
    Input(Input),
    /// The mean load of the factory.
    MeanLoad,
    /// CNY per USD.
    ExchangeRate,
}

/// One bar of the tornado.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// What is moved.
    pub driver: Driver,
    /// Low end of its range, in its own unit (USD for amounts).
    pub low: f64,
    /// High end.
    pub high: f64,
    /// The measure at the low end, in the scenario's currency.
    pub at_low: f64,
    /// The measure at the high end, in the scenario's currency.
    pub at_high: f64,
    /// What the value rests on.
    pub basis: Basis,
}

impl Bar {
    /// How far the measure moves between the ends.
    pub fn swing(&self) -> f64 {
        (self.at_high - self.at_low).abs()
    }
}

/// Planning rate of the catalogue with its range (`costs.csv`, fx: 6.67–7.25).
pub const CNY_PER_USD_RANGE: (f64, f64) = (6.67, 7.25);
/// Share by which the mean load is moved up and down: nobody knows the demand better (assumed).
pub const LOAD_STEP: f64 = 0.25;

/// The tornado of a cost per million, longest bar first; inputs that are exact have no bar.
///
/// # Errors
/// As [`cost`].
pub fn tornado<'a>(
    result: &CostResult,
    money: &Money,
    find: &dyn Fn(&str) -> Option<&'a Accelerator>,
    measure: Measure,
) -> Result<Vec<Bar>, MoneyError> {
    let show = |v: &Variation| result.terms.rate.show(measure.of(v), money.currency);
    let mut bars = Vec::new();
    for input in Input::ALL {
        let q = &result.terms[input];
        if q.low == q.high {
            continue;
        }
        bars.push(Bar {
            driver: Driver::Input(input),
            low: q.low,
            high: q.high,
            at_low: show(&result.with(input, q.low)?),
            at_high: show(&result.with(input, q.high)?),
            basis: q.basis,
        });
    }
    let at_load = |load: f64| {
        let usage = crate::evaluation::Usage {
            mean_load: load,
            ..result.usage.clone()
        };
        Ok::<_, MoneyError>(show(
            &cost(money, &result.curve, &usage, find)?.as_variation(),
        ))
    };
    let load = result.usage.mean_load;
    let (low, high) = (
        load * (1.0 - LOAD_STEP),
        (load * (1.0 + LOAD_STEP)).min(1.0_f64.max(load)),
    );
    bars.push(Bar {
        driver: Driver::MeanLoad,
        low,
        high,
        at_low: at_load(low)?,
        at_high: at_load(high)?,
        basis: Basis::Assumed,
    });
    if money.cny_per_usd == Money::default().cny_per_usd {
        let at_rate = |cny_per_usd: f64| {
            let varied = Money {
                cny_per_usd,
                ..money.clone()
            };
            let r = cost(&varied, &result.curve, &result.usage, find)?;
            Ok::<_, MoneyError>(
                r.terms
                    .rate
                    .show(measure.of(&r.as_variation()), money.currency),
            )
        };
        let (low, high) = CNY_PER_USD_RANGE;
        bars.push(Bar {
            driver: Driver::ExchangeRate,
            low,
            high,
            at_low: at_rate(low)?,
            at_high: at_rate(high)?,
            basis: Basis::Published(crate::catalogue::hardware::Confidence::Estimate),
        });
    }
    bars.retain(|b| b.swing() > 0.0);
    bars.sort_by(|a, b| b.swing().total_cmp(&a.swing()));
    Ok(bars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::cost::tests::{cards, run, wuxi};

    fn bars(money: &Money) -> Vec<Bar> {
        let cards = cards();
        let result = run(money, &wuxi()).unwrap();
        tornado(
            &result,
            money,
            &|id| cards.iter().find(|c| c.id == id),
            Measure::BlendedOutput,
        )
        .unwrap()
    }

    #[test]
    fn the_price_of_the_cards_moves_the_cost_most() {
        let bars = bars(&Money::default());
        assert_eq!(bars[0].driver, Driver::Input(Input::CardPrice));
        assert!(bars.windows(2).all(|w| w[0].swing() >= w[1].swing()));
        assert!(bars.iter().any(|b| b.driver == Driver::MeanLoad));
        // Dearer capital, dearer token; longer life, cheaper token.
        let of = |input| {
            bars.iter()
                .find(|b| b.driver == Driver::Input(input))
                .unwrap()
        };
        assert!(of(Input::CostOfCapital).at_high > of(Input::CostOfCapital).at_low);
        assert!(of(Input::LifeYears).at_high < of(Input::LifeYears).at_low);
    }

    #[test]
    fn what_was_entered_has_no_bar() {
        let money = Money {
            card_price: Some(150_000.0),
            life_years: 4.0,
            cny_per_usd: 7.0,
            ..Money::default()
        };
        let bars = bars(&money);
        let absent = [
            Driver::Input(Input::CardPrice),
            Driver::Input(Input::LifeYears),
            Driver::ExchangeRate,
        ];
        assert!(bars.iter().all(|b| !absent.contains(&b.driver)));
    }
}
