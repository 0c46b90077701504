//! Energy and carbon of the factory's day, and the PUE rules of its site.

use serde::Serialize;

use super::MoneyError;
use super::hourly::scale;
use super::load::{Day, HOURS};
use super::site::{PueRule, SITES, Site};
use crate::evaluation::{Power, Usage};
use crate::scenario::{LoadCurve, Money};

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

/// Energy and carbon of the mean day, beyond what [`Power`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Energy {
    /// At the meter, MWh a day.
    pub mwh_per_day: f64,
    /// Tokens of any kind per kWh.
    pub tokens_per_kwh: f64,
    /// Output tokens per kWh.
    pub output_tokens_per_kwh: f64,
    /// g CO₂ per million tokens of any kind.
    pub grams_per_million_tokens: f64,
    /// g CO₂ per million output tokens.
    pub grams_per_million_output: f64,
    /// t CO₂ a year.
    pub tonnes_per_year: f64,
}

/// Energy and carbon of the mean day; `None` where the power is unknown or nothing is made.
///
/// # Errors
/// As [`power`].
pub fn energy(
    money: &Money,
    curve: &LoadCurve,
    usage: &Usage,
) -> Result<Option<Energy>, MoneyError> {
    let p = power(money, curve, usage)?;
    let grid = money
        .grid_g_per_kwh
        .unwrap_or(super::site(&money.region)?.carbon.value);
    let (Some(day), Some(all), Some(output)) = (
        p.mwh_per_day,
        p.kwh_per_million_tokens,
        p.kwh_per_million_output,
    ) else {
        return Ok(None);
    };
    Ok(Some(Energy {
        mwh_per_day: day,
        tokens_per_kwh: 1e6 / all,
        output_tokens_per_kwh: 1e6 / output,
        grams_per_million_tokens: all * grid,
        grams_per_million_output: output * grid,
        tonnes_per_year: day * 365.0 * grid / 1000.0,
    }))
}

/// g CO₂ per million output tokens on every grid of the catalogue, for a factory of that energy.
pub fn by_grid(kwh_per_million_output: f64) -> Vec<(&'static Site, f64)> {
    SITES
        .iter()
        .map(|s| (s, kwh_per_million_output * s.carbon.value))
        .collect()
}

/// The PUE rules of a site, and whether a hall of `pue` keeps each.
pub fn pue_checks(site: &Site, pue: f64) -> Vec<(PueRule, bool)> {
    site.pue_rules
        .iter()
        .map(|rule| (*rule, pue <= rule.limit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::cost::tests::wuxi;

    #[test]
    fn energy_and_carbon_are_one_figure_in_several_units() {
        let money = Money::default();
        let e = energy(&money, &LoadCurve::Flat, &wuxi()).unwrap().unwrap();
        let tokens_a_day = (1e10 + 4e9 + 2.5e9) * 0.65 * 24.0;
        assert!((e.tokens_per_kwh * e.mwh_per_day * 1000.0 / tokens_a_day - 1.0).abs() < 1e-12);
        let grams_a_day = e.grams_per_million_tokens * tokens_a_day / 1e6;
        assert!((grams_a_day * 365.0 / 1e6 / e.tonnes_per_year - 1.0).abs() < 1e-12);
        let jiangsu = by_grid(1e6 / e.output_tokens_per_kwh)
            .into_iter()
            .find(|(s, _)| s.id == "jiangsu");
        assert!((jiangsu.unwrap().1 / e.grams_per_million_output - 1.0).abs() < 1e-12);
        let mut dark = wuxi();
        dark.pools[0].peak_it_kw = None;
        assert_eq!(energy(&money, &LoadCurve::Flat, &dark).unwrap(), None);
    }

    #[test]
    fn chinas_pue_rules_are_checked_where_they_apply() {
        let kept = |id: &str, pue| -> Vec<bool> {
            pue_checks(super::super::site(id).unwrap(), pue)
                .iter()
                .map(|(_, ok)| *ok)
                .collect()
        };
        assert_eq!(kept("jiangsu", 1.15), [true, true, true]);
        assert_eq!(kept("jiangsu", 1.28), [true, true, false]);
        assert!(kept("usa", 1.6).is_empty());
    }
}
