//! The price list that gives a margin, on the terms and the market of a scenario.

use crate::catalogue::Catalogue;
use crate::money::{self, CostResult, Kind, MoneyError, PriceResult};
use crate::scenario::{ModelChoice, Scenario, number};

/// Significant digits of a price found: a list shows no more.
const DIGITS: i32 = 4;

/// The next value with [`DIGITS`] significant digits at or above `x`.
fn rounded_up(x: f64) -> f64 {
    if !(x > 0.0 && x.is_finite()) {
        return 0.0;
    }
    let scale = 10f64.powi(DIGITS - 1 - x.log10().floor() as i32);
    number::tidy((x * scale - 1e-9).ceil() / scale)
}

/// The scenario with prices entered that give the gross margin, and what selling at them comes to.
/// Ratios between kinds stay those of the list (see [`money::price`]); prices are rounded up to four
/// digits, so that the margin is reached.
///
/// # Errors
/// When terms are out of range.
pub(super) fn for_margin(
    scenario: &Scenario,
    catalogue: &Catalogue,
    cost: &CostResult,
    margin: f64,
) -> Result<(Scenario, PriceResult), MoneyError> {
    let id = match &scenario.model {
        ModelChoice::Catalogue(id) => id.as_str(),
        ModelChoice::Custom(_) => "",
    };
    let rate = cost.terms.rate;
    let market = money::market(catalogue.prices.iter(), id, rate);
    let mut out = scenario.clone();
    out.money.prices.target_margin = margin;
    let wanted = money::price(cost, &out.money, &market)?;
    for line in &wanted.lines {
        let price = rounded_up(rate.show(line.for_target, out.money.currency));
        let place = match line.kind {
            Kind::Output => &mut out.money.prices.output,
            Kind::Input => &mut out.money.prices.input,
            Kind::CachedInput => &mut out.money.prices.cached_input,
        };
        *place = Some(price);
    }
    let result = money::price(cost, &out.money, &market)?;
    Ok((out, result))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_rounded_up_to_four_digits() {
        assert_eq!(rounded_up(1.234_56), 1.235);
        assert_eq!(rounded_up(0.012_345_6), 0.012_35);
        assert_eq!(rounded_up(2.0), 2.0);
        assert_eq!(rounded_up(12_345.6), 12_350.0);
        assert_eq!(rounded_up(0.0), 0.0);
    }
}
