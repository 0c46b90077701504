//! Own, rent, or buy tokens by API: yearly cost by demand, and where one becomes the cheapest.
//!
//! Own and rented capacity comes in whole super-nodes, enough for the busiest hour; tokens by API
//! cost their price and nothing else.

use serde::Serialize;

use super::cost::{CostResult, cost};
use super::market::Market;
use super::{HOURS_PER_YEAR, MoneyError, Usd};
use crate::catalogue::hardware::Accelerator;
use crate::evaluation::{TokenFlow, Usage};
use crate::scenario::{LoadCurve, Money, Tenure};

/// Yearly cost at one demand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ComparePoint {
    /// Mean demand as a share of the capacity of the whole factory.
    pub load: f64,
    /// Output tokens a day.
    pub output_per_day: f64,
    /// Super-nodes needed.
    pub super_nodes: u32,
    /// Owning them, a year; `None` = price unknown.
    pub own: Option<Usd>,
    /// Renting them, a year; `None` = rent unknown.
    pub rent: Option<Usd>,
    /// Buying the tokens at the market's median, a year; `None` = no offer known.
    pub api: Option<Usd>,
}

/// Own against rent against API.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// By rising demand.
    pub points: Vec<ComparePoint>,
    /// Output tokens a day of the whole factory at full load: divides the figures below into loads.
    pub full_output_per_day: f64,
    /// Output tokens a day from which on owning is always cheaper than the API, within the factory.
    pub own_beats_api: Option<f64>,
    /// The same for renting.
    pub rent_beats_api: Option<f64>,
    /// The same for owning against renting.
    pub own_beats_rent: Option<f64>,
    /// Why there is no line for owning.
    pub no_own: Option<MoneyError>,
    /// Why there is no line for renting.
    pub no_rent: Option<MoneyError>,
}

/// Compares over `steps` demands, from a little to what the whole factory can serve without clipping
/// an hour.
///
/// # Errors
/// When the load curve is bad.
pub fn compare<'a>(
    money: &Money,
    curve: &LoadCurve,
    usage: &Usage,
    find: &dyn Fn(&str) -> Option<&'a Accelerator>,
    market: &Market,
    steps: u32,
) -> Result<Comparison, MoneyError> {
    let peak = super::load::Day::new(curve, 1.0)?.peak_factor.max(1.0);
    let nodes = usage
        .pools
        .iter()
        .map(|p| p.super_nodes)
        .sum::<u32>()
        .max(1);
    let under = |tenure| {
        cost(
            &Money {
                tenure,
                ..money.clone()
            },
            curve,
            usage,
            find,
        )
    };
    let (own, rent) = (under(Tenure::Own), under(Tenure::Rent));
    let points: Vec<ComparePoint> = (1..=steps)
        .map(|i| {
            let load = f64::from(i) / f64::from(steps) / peak;
            let super_nodes =
                ((load * peak * f64::from(nodes) - 1e-9).ceil() as u32).clamp(1, nodes);
            let share = f64::from(super_nodes) / f64::from(nodes);
            let yearly = |cost: &Result<CostResult, MoneyError>| {
                let (lines, _) = cost.as_ref().ok()?.at_load(load / share).ok()?;
                Some(lines.iter().copied().sum::<Usd>() * (share * HOURS_PER_YEAR))
            };
            let c = usage.capacity_per_hour;
            ComparePoint {
                load,
                output_per_day: c.output * load * 24.0,
                super_nodes,
                own: yearly(&own),
                rent: yearly(&rent),
                api: api_price(market, &c).map(|p| p * (load * HOURS_PER_YEAR)),
            }
        })
        .collect();
    let beats = |a: fn(&ComparePoint) -> Option<Usd>, b: fn(&ComparePoint) -> Option<Usd>| {
        cheaper_from(&points, a, b)
    };
    Ok(Comparison {
        own_beats_api: beats(|p| p.own, |p| p.api),
        rent_beats_api: beats(|p| p.rent, |p| p.api),
        own_beats_rent: beats(|p| p.own, |p| p.rent),
        full_output_per_day: usage.capacity_per_hour.output * 24.0,
        no_own: own.err(),
        no_rent: rent.err(),
        points,
    })
}

/// What a flow costs on the market at the medians; cached tokens are billed as fresh ones where no
/// cached price is listed.
pub fn api_price(market: &Market, flow: &TokenFlow) -> Option<Usd> {
    let (input, output) = (market.input?.median, market.output?.median);
    let cached = market.cached_input.map_or(input, |s| s.median);
    Some((input * flow.input + cached * flow.cached_input + output * flow.output) / 1e6)
}

/// Output tokens a day from which on `a` is always below `b`; straight line between the points
/// around the last crossing.
fn cheaper_from(
    points: &[ComparePoint],
    a: fn(&ComparePoint) -> Option<Usd>,
    b: fn(&ComparePoint) -> Option<Usd>,
) -> Option<f64> {
    let gap = |p: &ComparePoint| Some(a(p)?.0 - b(p)?.0);
    let last = gap(points.last()?)?;
    if last > 0.0 {
        return None;
    }
    let dearer = points.iter().rposition(|p| gap(p).is_some_and(|g| g > 0.0));
    let Some(i) = dearer else {
        return points.first().map(|p| p.output_per_day);
    };
    let (before, after) = (points.get(i)?, points.get(i + 1)?);
    let (high, low) = (gap(before)?, gap(after)?);
    let share = if before.super_nodes == after.super_nodes {
        high / (high - low)
    } else {
        1.0
    };
    Some(before.output_per_day + (after.output_per_day - before.output_per_day) * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::cost::tests::{cards, wuxi};
    use crate::money::market::Spread;

    fn at(input: f64, output: f64) -> Market {
        let spread = |v| {
            Some(Spread {
                low: Usd(v),
                median: Usd(v),
                high: Usd(v),
                offers: 1,
            })
        };
        Market {
            input: spread(input),
            output: spread(output),
            ..Market::default()
        }
    }

    fn run(hardware: &str, market: &Market) -> Comparison {
        let cards = cards();
        let mut usage = wuxi();
        usage.pools[0].hardware = hardware.into();
        compare(
            &Money::default(),
            &LoadCurve::Flat,
            &usage,
            &|id| cards.iter().find(|c| c.id == id),
            market,
            400,
        )
        .unwrap()
    }

    #[test]
    fn capacity_comes_in_whole_super_nodes() {
        let c = run("h100-sxm", &at(0.05, 0.2));
        let nodes: Vec<u32> = [0.01, 0.25, 0.26, 0.75, 1.0]
            .iter()
            .map(|l| {
                c.points
                    .iter()
                    .find(|p| p.load >= l - 1e-9)
                    .unwrap()
                    .super_nodes
            })
            .collect();
        assert_eq!(nodes, [1, 1, 2, 3, 4]);
        // A rented super-node costs its rent, loaded or not.
        let (a, b) = (c.points[10].rent.unwrap(), c.points[90].rent.unwrap());
        assert_eq!(a, b);
    }

    #[test]
    fn the_crossing_is_where_the_costs_are_equal() {
        let market = at(0.3, 1.0);
        let c = run("h100-sxm", &market);
        let from = c.own_beats_api.unwrap();
        let gap = |p: &ComparePoint| p.own.unwrap().0 - p.api.unwrap().0;
        assert!(
            c.points
                .iter()
                .filter(|p| p.output_per_day >= from)
                .all(|p| gap(p) <= 0.0)
        );
        assert!(
            c.points
                .iter()
                .rev()
                .find(|p| p.output_per_day < from)
                .is_some_and(|p| gap(p) > 0.0)
        );
        // Tokens for nothing cannot be beaten; dear ones always.
        assert_eq!(run("h100-sxm", &at(0.0, 0.0)).own_beats_api, None);
        assert!(run("h100-sxm", &at(100.0, 100.0)).own_beats_api.is_some());
    }

    #[test]
    fn unknown_lines_are_left_out_with_the_reason() {
        let c = run("ascend-910c", &Market::default());
        assert!(
            c.points
                .iter()
                .all(|p| p.rent.is_none() && p.api.is_none() && p.own.is_some())
        );
        assert_eq!(
            c.no_rent,
            Some(MoneyError::RentUnknown {
                hardware: "ascend-910c".into()
            })
        );
        assert_eq!((c.own_beats_api, c.own_beats_rent), (None, None));
    }
}
