//! Whether the plain fields of the money make sense.

use crate::money::MoneyError;
use crate::scenario::Money;

/// The ranges of the plain fields.
pub(super) fn check(money: &Money) -> Result<(), MoneyError> {
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
