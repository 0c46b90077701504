//! Selling: price list, tiers and discounts, revenue, gross margin, break-even, price for a margin.

use serde::Serialize;

use super::cost::CostResult;
use super::market::{Market, Spread};
use super::{MoneyError, Usd};
use crate::evaluation::TokenFlow;
use crate::scenario::{Money, PriceList, VolumeTier};

/// A kind of token on the price list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Output tokens.
    Output,
    /// Fresh input tokens.
    Input,
    /// Cached input tokens.
    CachedInput,
}

impl Kind {
    /// All of them, as price lists are read.
    pub const ALL: [Kind; 3] = [Kind::Output, Kind::Input, Kind::CachedInput];

    /// The part of a flow that is of this kind.
    pub fn of(self, flow: &TokenFlow) -> f64 {
        match self {
            Self::Output => flow.output,
            Self::Input => flow.input,
            Self::CachedInput => flow.cached_input,
        }
    }
}

/// Where a list price comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriceOrigin {
    /// The user entered it.
    Entered,
    /// The price that gives the target margin.
    TargetMargin,
}

/// One kind on the price list, USD per million.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PriceLine {
    /// Which tokens.
    pub kind: Kind,
    /// What they cost.
    pub cost: Usd,
    /// List price.
    pub list: Usd,
    /// Where that comes from.
    pub origin: PriceOrigin,
    /// After discounts.
    pub net: Usd,
    /// Gross margin on the net price; `None` where the price is 0.
    pub margin: Option<f64>,
    /// List price that gives the target margin, at the list's own ratios.
    pub for_target: Usd,
    /// The market, where the catalogue has offers.
    pub market: Option<Spread>,
}

/// What selling at a price list comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PriceResult {
    /// By kind, in the order of [`Kind::ALL`].
    pub lines: Vec<PriceLine>,
    /// Net price over list price: mean discount and volume tiers together.
    pub net_of_list: f64,
    /// Per hour of the mean day.
    pub revenue_per_hour: Usd,
    /// Per hour of the mean day.
    pub cost_per_hour: Usd,
    /// (Revenue − cost) / revenue; `None` without revenue.
    pub gross_margin: Option<f64>,
    /// The same at the ends of the cost's band: at high cost, at low cost.
    pub gross_margin_band: Option<(f64, f64)>,
    /// Mean load at which revenue covers the cost; `None` = not even at full load.
    pub break_even_load: Option<f64>,
    /// All revenue over output tokens alone, USD per million.
    pub blended_output: Usd,
}

/// Sells what `cost` makes at the prices of `money`, with `market` beside it.
///
/// Prices that are not entered are those for the target margin. Ratios between kinds are the list's
/// own where two kinds are entered, else the market's medians, else those of the cost. A market that
/// lists no cached price bills cached tokens as fresh input, and so does the ratio here.
///
/// # Errors
/// When a price, discount, tier or the target margin is out of range.
pub fn price(cost: &CostResult, money: &Money, market: &Market) -> Result<PriceResult, MoneyError> {
    check(&money.prices)?;
    let rate = cost.terms.rate;
    let list = &money.prices;
    let entered = TokenPrice {
        input: list.input.map(|p| rate.usd_from(p, money.currency).0),
        cached_input: list
            .cached_input
            .map(|p| rate.usd_from(p, money.currency).0),
        output: list.output.map(|p| rate.usd_from(p, money.currency).0),
    };
    let net_of_list = net_of_list(list);
    let flow = cost.tokens_per_hour;
    let ratios = ratios(&entered, market, &cost.per_million);
    // One factor on the ratios, so that the net revenue is cost / (1 − margin).
    let at_ratio: f64 = Kind::ALL
        .iter()
        .map(|k| k.of(&ratios) * k.of(&flow))
        .sum::<f64>()
        / 1e6
        * net_of_list;
    let wanted = cost.per_hour.0 / (1.0 - list.target_margin);
    let factor = if at_ratio > 0.0 {
        wanted / at_ratio
    } else {
        0.0
    };
    let spread = |k: Kind| match k {
        Kind::Output => market.output,
        Kind::Input => market.input,
        Kind::CachedInput => market.cached_input,
    };
    let lines: Vec<PriceLine> = Kind::ALL
        .iter()
        .map(|k| {
            let for_target = Usd(k.of(&ratios) * factor);
            let list = entered.of(*k).map_or(for_target, Usd);
            let net = list * net_of_list;
            let cost = Usd(k.of(&cost.per_million));
            PriceLine {
                kind: *k,
                cost,
                list,
                origin: if entered.of(*k).is_some() {
                    PriceOrigin::Entered
                } else {
                    PriceOrigin::TargetMargin
                },
                net,
                margin: (net.0 > 0.0).then(|| 1.0 - cost / net),
                for_target,
                market: spread(*k),
            }
        })
        .collect();
    let revenue =
        |flow: &TokenFlow| -> Usd { lines.iter().map(|l| l.net * (l.kind.of(flow) / 1e6)).sum() };
    let revenue_per_hour = revenue(&flow);
    let margin = |cost: Usd| (revenue_per_hour.0 > 0.0).then(|| 1.0 - cost / revenue_per_hour);
    Ok(PriceResult {
        net_of_list,
        revenue_per_hour,
        cost_per_hour: cost.per_hour,
        gross_margin: margin(cost.per_hour),
        gross_margin_band: margin(cost.high).zip(margin(cost.low)),
        break_even_load: break_even(cost, &revenue),
        blended_output: revenue_per_hour / (flow.output / 1e6),
        lines,
    })
}

impl PriceResult {
    /// Revenue of a flow of tokens (per the flow's own time), net of discounts.
    pub fn revenue(&self, flow: &TokenFlow) -> Usd {
        self.lines
            .iter()
            .map(|l| l.net * (l.kind.of(flow) / 1e6))
            .sum()
    }
}

/// Prices per million in USD; `None` = not entered.
struct TokenPrice {
    input: Option<f64>,
    cached_input: Option<f64>,
    output: Option<f64>,
}

impl TokenPrice {
    fn of(&self, kind: Kind) -> Option<f64> {
        match kind {
            Kind::Output => self.output,
            Kind::Input => self.input,
            Kind::CachedInput => self.cached_input,
        }
    }
}

/// Relative prices of the kinds (scale without meaning).
fn ratios(entered: &TokenPrice, market: &Market, cost: &TokenFlow) -> TokenFlow {
    let median = |s: &Option<Spread>| s.as_ref().map(|s| s.median.0);
    // The base: market where it knows input and output, else the cost.
    let base = match (median(&market.input), median(&market.output)) {
        (Some(input), Some(output)) => TokenFlow {
            input,
            cached_input: median(&market.cached_input).unwrap_or(input),
            output,
        },
        _ => *cost,
    };
    // What is entered replaces the base; the others follow on the scale of what is entered.
    let scale = Kind::ALL
        .iter()
        .find_map(|k| {
            entered
                .of(*k)
                .filter(|p| *p > 0.0 && k.of(&base) > 0.0)
                .map(|p| p / k.of(&base))
        })
        .unwrap_or(1.0);
    let of = |k: Kind| entered.of(k).unwrap_or(k.of(&base) * scale);
    TokenFlow {
        input: of(Kind::Input),
        cached_input: of(Kind::CachedInput),
        output: of(Kind::Output),
    }
}

/// Net over list: the mean discount, then each tier's on its share of the tokens.
pub fn net_of_list(list: &PriceList) -> f64 {
    let in_tiers: f64 = list
        .tiers
        .iter()
        .map(|t| t.volume_share * (1.0 - t.discount))
        .sum();
    let without: f64 = 1.0 - list.tiers.iter().map(|t| t.volume_share).sum::<f64>();
    (1.0 - list.discount) * (in_tiers + without)
}

/// The tier that a customer buying so many million tokens a month reaches.
pub fn tier_for(list: &PriceList, million_per_month: f64) -> Option<&VolumeTier> {
    list.tiers
        .iter()
        .filter(|t| t.from_million_per_month <= million_per_month)
        .max_by(|a, b| {
            a.from_million_per_month
                .total_cmp(&b.from_million_per_month)
        })
}

/// Net over list for one customer of that volume: mean discount and the tier reached.
pub fn net_for_customer(list: &PriceList, million_per_month: f64) -> f64 {
    (1.0 - list.discount) * (1.0 - tier_for(list, million_per_month).map_or(0.0, |t| t.discount))
}

/// Mean load at which revenue covers cost, by bisection: profit rises with the load as long as a
/// token earns more than its electricity (and rent by the hour).
fn break_even(cost: &CostResult, revenue: &dyn Fn(&TokenFlow) -> Usd) -> Option<f64> {
    let profit = |load: f64| {
        let (lines, flow) = cost.at_load(load).ok()?;
        Some(revenue(&flow).0 - lines.iter().copied().sum::<Usd>().0)
    };
    let (mut low, mut high) = (0.0, 1.0);
    if profit(high)? < 0.0 {
        return None;
    }
    if profit(low)? >= 0.0 {
        return Some(0.0);
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if profit(middle)? < 0.0 {
            low = middle
        } else {
            high = middle
        }
    }
    Some(high)
}

/// Gross margin by mean load, for the chart: `(load, margin)` at `steps` loads up to 1, from the
/// first at which there is revenue.
pub fn margin_by_load(cost: &CostResult, price: &PriceResult, steps: u32) -> Vec<(f64, f64)> {
    (1..=steps)
        .filter_map(|i| {
            let load = f64::from(i) / f64::from(steps);
            let (lines, flow) = cost.at_load(load).ok()?;
            let revenue = price.revenue(&flow);
            (revenue.0 > 0.0).then(|| (load, 1.0 - lines.iter().copied().sum::<Usd>() / revenue))
        })
        .collect()
}

fn check(list: &PriceList) -> Result<(), MoneyError> {
    let bad = |field, value, allowed| {
        Err(MoneyError::OutOfRange {
            field,
            value,
            allowed,
        })
    };
    for (field, value) in [
        ("input", list.input),
        ("cached_input", list.cached_input),
        ("output", list.output),
    ] {
        if let Some(value) = value.filter(|v| !(v.is_finite() && *v >= 0.0)) {
            return bad(field, value, "0 or more per million tokens");
        }
    }
    if !(0.0..=1.0).contains(&list.discount) {
        return bad("discount", list.discount, "a share from 0 to 1");
    }
    if !(list.target_margin < 1.0 && list.target_margin > -10.0) {
        return bad(
            "target_margin",
            list.target_margin,
            "a share below 1, e.g. 0.5",
        );
    }
    let mut volume = 0.0;
    for t in &list.tiers {
        if !(0.0..=1.0).contains(&t.discount) {
            return bad("tiers.discount", t.discount, "a share from 0 to 1");
        }
        if !(0.0..=1.0).contains(&t.volume_share) {
            return bad("tiers.volume_share", t.volume_share, "a share from 0 to 1");
        }
        if !(t.from_million_per_month.is_finite() && t.from_million_per_month >= 0.0) {
            return bad(
                "tiers.from_million_per_month",
                t.from_million_per_month,
                "0 or more",
            );
        }
        volume += t.volume_share;
    }
    if volume > 1.0 + 1e-9 {
        return bad(
            "tiers.volume_share",
            volume,
            "shares that add up to 1 at most",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::cost::tests::{run, wuxi};
    use crate::scenario::Currency;
    use proptest::prelude::*;

    fn list(input: f64, cached: f64, output: f64) -> Money {
        let mut money = Money {
            currency: Currency::Usd,
            ..Money::default()
        };
        money.prices.input = Some(input);
        money.prices.cached_input = Some(cached);
        money.prices.output = Some(output);
        money
    }

    fn sell(money: &Money) -> PriceResult {
        let cost = run(money, &wuxi()).unwrap();
        price(&cost, money, &Market::default()).unwrap()
    }

    #[test]
    fn revenue_is_price_times_tokens() {
        let r = sell(&list(0.1, 0.02, 0.5));
        let expected = (0.1 * 1e10 + 0.02 * 4e9 + 0.5 * 2.5e9) / 1e6 * 0.65;
        assert!((r.revenue_per_hour.0 / expected - 1.0).abs() < 1e-12);
        let margin = r.gross_margin.unwrap();
        assert!((margin - (1.0 - r.cost_per_hour.0 / expected)).abs() < 1e-12);
        let (at_high_cost, at_low_cost) = r.gross_margin_band.unwrap();
        assert!(at_high_cost < margin && margin < at_low_cost);
    }

    #[test]
    fn without_a_list_the_target_margin_sets_the_price() {
        let money = Money::default();
        let r = sell(&money);
        assert!((r.gross_margin.unwrap() - 0.5).abs() < 1e-12);
        assert!(
            r.lines
                .iter()
                .all(|l| l.origin == PriceOrigin::TargetMargin)
        );
        // Without a market the ratios are those of the cost: each kind earns the same margin.
        for l in &r.lines {
            assert!((l.margin.unwrap() - 0.5).abs() < 1e-12);
        }
    }

    #[test]
    fn the_price_for_a_margin_keeps_the_ratios_of_the_list() {
        let mut money = list(0.1, 0.02, 0.5);
        money.prices.target_margin = 0.3;
        money.prices.discount = 0.1;
        let r = sell(&money);
        let [output, input, cached] = [0, 1, 2].map(|i| r.lines[i].for_target.0);
        assert!((output / input - 5.0).abs() < 1e-12 && (input / cached - 5.0).abs() < 1e-12);
        // Selling at those prices gives the margin.
        let mut at_target = list(input, cached, output);
        at_target.prices.discount = 0.1;
        assert!((sell(&at_target).gross_margin.unwrap() - 0.3).abs() < 1e-12);
    }

    #[test]
    fn break_even_is_where_margin_is_zero() {
        let money = list(0.1, 0.02, 0.5);
        let r = sell(&money);
        let load = r.break_even_load.unwrap();
        let mut usage = wuxi();
        usage.mean_load = load;
        let at = run(&money, &usage).unwrap();
        let margin = price(&at, &money, &Market::default())
            .unwrap()
            .gross_margin
            .unwrap();
        assert!(margin.abs() < 1e-9, "{margin}");
        // Prices below the electricity: never.
        assert_eq!(sell(&list(0.0, 0.0, 1e-6)).break_even_load, None);
    }

    #[test]
    fn tiers_take_their_share_of_the_volume() {
        let tier = |from, discount, volume_share| VolumeTier {
            from_million_per_month: from,
            discount,
            volume_share,
        };
        let mut money = list(0.1, 0.02, 0.5);
        money.prices.discount = 0.05;
        money.prices.tiers = vec![tier(1e3, 0.1, 0.3), tier(1e5, 0.2, 0.5)];
        let expected = 0.95 * (0.3 * 0.9 + 0.5 * 0.8 + 0.2);
        assert!((net_of_list(&money.prices) - expected).abs() < 1e-12);
        assert!((sell(&money).net_of_list - expected).abs() < 1e-12);
        assert_eq!(tier_for(&money.prices, 999.0), None);
        assert_eq!(tier_for(&money.prices, 5e4).map(|t| t.discount), Some(0.1));
        assert!((net_for_customer(&money.prices, 2e5) - 0.95 * 0.8).abs() < 1e-12);
        money.prices.tiers.push(tier(1e6, 0.3, 0.9));
        assert!(matches!(
            price(&run(&money, &wuxi()).unwrap(), &money, &Market::default()),
            Err(MoneyError::OutOfRange {
                field: "tiers.volume_share",
                ..
            })
        ));
    }

    /// A market without a cached price bills cached tokens as fresh input.
    #[test]
    fn a_missing_cached_price_is_not_free() {
        let money = Money::default();
        let cost = run(&money, &wuxi()).unwrap();
        let spread = |v| {
            Some(Spread {
                low: Usd(v),
                median: Usd(v),
                high: Usd(v),
                offers: 1,
            })
        };
        let market = Market {
            input: spread(0.5),
            output: spread(2.0),
            ..Market::default()
        };
        let r = price(&cost, &money, &market).unwrap();
        assert_eq!(r.lines[1].list, r.lines[2].list);
        assert!((r.lines[0].list.0 / r.lines[1].list.0 - 4.0).abs() < 1e-12);
        assert!((r.gross_margin.unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn margin_rises_with_the_load() {
        let money = list(0.1, 0.02, 0.5);
        let cost = run(&money, &wuxi()).unwrap();
        let r = price(&cost, &money, &Market::default()).unwrap();
        let curve = margin_by_load(&cost, &r, 20);
        assert_eq!(curve.len(), 20);
        assert!(curve.windows(2).all(|w| w[0].1 < w[1].1));
        let here = curve
            .iter()
            .find(|(load, _)| (load - 0.65).abs() < 1e-9)
            .unwrap()
            .1;
        assert!((here - r.gross_margin.unwrap()).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn any_target_margin_is_hit(margin in -1.0f64..0.95, discount in 0.0f64..0.9) {
            let mut money = Money::default();
            money.prices.target_margin = margin;
            money.prices.discount = discount;
            prop_assert!((sell(&money).gross_margin.unwrap() - margin).abs() < 1e-9);
        }
    }
}
