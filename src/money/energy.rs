//! Energy and carbon of the factory's day, and the PUE rules of its site.

use crate::evaluation::{Power, Usage};
use crate::scenario::{LoadCurve, Money};

use super::MoneyError;
use super::hourly::scale;
use super::load::{Day, HOURS};

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
