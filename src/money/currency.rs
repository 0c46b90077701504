//! Amounts of one currency each, and the rate between them.
//!
//! `Usd` and `Cny` cannot be added, compared or assigned to one another; only an [`ExchangeRate`]
//! turns one into the other.
//!
//! ```compile_fail
//! use token_factory::money::{Cny, Usd};
//! let mixed = Usd(1.0) + Cny(1.0); // no rate, no sum
//! ```

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use serde::{Deserialize, Serialize};

use super::MoneyError;
use crate::evaluation::Amount;
use crate::scenario::{Currency, Money, PriceList};

macro_rules! currency {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }
        impl Div<f64> for $name {
            type Output = Self;
            fn div(self, divisor: f64) -> Self {
                Self(self.0 / divisor)
            }
        }
        impl Div for $name {
            type Output = f64;
            fn div(self, other: Self) -> f64 {
                self.0 / other.0
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
                Self(amounts.map(|a| a.0).sum())
            }
        }
    };
}

currency!(
    /// US dollars.
    Usd
);
currency!(
    /// Chinese yuan.
    Cny
);

/// The rate between the two currencies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ExchangeRate {
    cny_per_usd: f64,
}

impl ExchangeRate {
    /// A rate in CNY per USD.
    ///
    /// # Errors
    /// Unless the rate is a positive number.
    pub fn new(cny_per_usd: f64) -> Result<Self, MoneyError> {
        if cny_per_usd.is_finite() && cny_per_usd > 0.0 {
            Ok(Self { cny_per_usd })
        } else {
            Err(MoneyError::OutOfRange {
                field: "cny_per_usd",
                value: cny_per_usd,
                allowed: "a positive number of yuan per dollar, e.g. 6.8",
            })
        }
    }

    /// CNY per USD.
    pub fn cny_per_usd(self) -> f64 {
        self.cny_per_usd
    }

    /// Yuan to dollars.
    pub fn usd(self, amount: Cny) -> Usd {
        Usd(amount.0 / self.cny_per_usd)
    }

    /// Dollars to yuan.
    pub fn cny(self, amount: Usd) -> Cny {
        Cny(amount.0 * self.cny_per_usd)
    }

    /// Dollars as an amount in both.
    pub fn both(self, amount: Usd) -> Amount {
        Amount {
            usd: amount.0,
            cny: self.cny(amount).0,
        }
    }

    /// A bare number that is known to be in `currency`, in dollars.
    pub fn usd_from(self, value: f64, currency: Currency) -> Usd {
        match currency {
            Currency::Usd => Usd(value),
            Currency::Cny => self.usd(Cny(value)),
        }
    }

    /// Dollars as a bare number in `currency`, for the screen.
    pub fn show(self, amount: Usd, currency: Currency) -> f64 {
        match currency {
            Currency::Usd => amount.0,
            Currency::Cny => self.cny(amount).0,
        }
    }
}

/// Shows a scenario's money in another currency: every amount that was entered is converted at the
/// scenario's rate, so that nothing changes its worth. Rounded to six digits, as a reader would.
///
/// # Errors
/// Where the rate is no rate.
pub fn convert(money: &mut Money, to: Currency) -> Result<(), MoneyError> {
    let rate = ExchangeRate::new(money.cny_per_usd)?;
    if money.currency == to {
        return Ok(());
    }
    let from = money.currency;
    // Named one by one, so that a new amount cannot be forgotten.
    let Money {
        currency,
        card_price,
        building_per_mw,
        electricity_per_kwh,
        staff_cost,
        software_per_card,
        rent_per_card_hour,
        prices:
            PriceList {
                input,
                cached_input,
                output,
                ..
            },
        cny_per_usd: _,
        region: _,
        tenure: _,
        rented_share: _,
        price_basis: _,
        network_share: _,
        storage_share: _,
        spares_share: _,
        life_years: _,
        building_life_years: _,
        residual_share: _,
        cost_of_capital: _,
        electricity_hours: _,
        pue: _,
        grid_g_per_kwh: _,
        idle_power_share: _,
        maintenance_share: _,
        staff: _,
        rental: _,
        rent_billed_share: _,
        plan: _,
    } = money;
    for amount in [
        card_price,
        building_per_mw,
        electricity_per_kwh,
        staff_cost,
        software_per_card,
        rent_per_card_hour,
        input,
        cached_input,
        output,
    ] {
        *amount = amount.map(|v| six_digits(rate.show(rate.usd_from(v, from), to)));
    }
    *currency = to;
    Ok(())
}

fn six_digits(value: f64) -> f64 {
    crate::decimal::parse(&format!("{value:.5e}")).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_at_the_stated_rate() {
        let rate = ExchangeRate::new(6.8).unwrap();
        // 8.2 M USD for a CloudMatrix384 is CNY 55.76 M (hardware.toml rounds to 55.8 M).
        assert!((rate.cny(Usd(8_200_000.0)).0 - 55_760_000.0).abs() < 1e-6);
        assert!((rate.usd(Cny(150_000_000.0)).0 - 22_058_823.529_411_764).abs() < 1e-6);
        assert_eq!(rate.show(Usd(2.0), Currency::Usd), 2.0);
    }

    #[test]
    fn switching_the_currency_keeps_the_worth_of_what_was_entered() {
        let mut money = Money {
            card_price: Some(145_000.0),
            ..Money::default()
        };
        money.prices.output = Some(3.6);
        let before = money.clone();
        convert(&mut money, Currency::Usd).unwrap();
        assert_eq!(money.currency, Currency::Usd);
        assert!((money.card_price.unwrap() - 145_000.0 / 6.8).abs() < 0.05);
        assert_eq!(money.prices.output, Some(0.529412));
        assert_eq!(money.electricity_per_kwh, None);
        convert(&mut money, Currency::Cny).unwrap();
        assert_eq!(money.prices.output, before.prices.output);
        assert!((money.card_price.unwrap() - 145_000.0).abs() < 0.5);
    }

    #[test]
    fn refuses_rates_that_are_no_rates() {
        for bad in [0.0, -6.8, f64::NAN, f64::INFINITY] {
            assert!(ExchangeRate::new(bad).is_err(), "{bad}");
        }
    }
}
