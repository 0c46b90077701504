//! How sure the business figures are: bands of margin, payback, value and return.
//!
//! Every input with a range, and the throughput, is moved to either end while the price list stays;
//! the steps add up by their squares, as for the cost.

use serde::Serialize;

use super::cost::CostResult;
use super::plan::{CashFlow, cash_flow};
use super::price::PriceResult;
use super::terms::Input;
use super::{MoneyError, Usd};
use crate::scenario::Money;

/// Low and high end of an 80 % band; `None` = beyond what the plan shows (never paid back, no single
/// rate).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ends {
    /// Low end.
    pub low: Option<f64>,
    /// High end.
    pub high: Option<f64>,
}

/// Bands of the business figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outlook {
    /// Revenue per hour, USD.
    pub revenue_per_hour: Ends,
    /// Gross margin, share.
    pub gross_margin: Ends,
    /// Months until paid back.
    pub payback_month: Ends,
    /// Net present value, USD.
    pub npv: Ends,
    /// Internal rate of return, share a year.
    pub irr: Ends,
    /// Sum of all payments so far, USD, month by month from 0: low and high end.
    pub cumulative: Vec<(f64, f64)>,
}

/// Inputs that move the plan by less than this share of its capex are not worth a run each.
const WORTH_MOVING: f64 = 0.002;

/// Sums of squares of steps down and up from a base value.
struct Steps {
    base: Option<f64>,
    down: f64,
    up: f64,
    /// Some variation had no value: the worse side is open.
    open: bool,
}

impl Steps {
    fn from(base: Option<f64>) -> Self {
        Self {
            base,
            down: 0.0,
            up: 0.0,
            open: false,
        }
    }

    fn add(&mut self, value: Option<f64>) {
        match (self.base, value) {
            (Some(base), Some(value)) if value < base => self.down += (value - base).powi(2),
            (Some(base), Some(value)) => self.up += (value - base).powi(2),
            (Some(_), None) => self.open = true,
            (None, _) => {}
        }
    }

    /// The ends; `worse_is_up` tells which side is open where a variation had no value.
    fn ends(&self, worse_is_up: bool) -> Ends {
        let end = |step: f64, open: bool| self.base.filter(|_| !open).map(|b| b + step);
        Ends {
            low: end(-self.down.sqrt(), self.open && !worse_is_up),
            high: end(self.up.sqrt(), self.open && worse_is_up),
        }
    }
}

/// The bands of a plan. `throughput` is the band of the tokens made, as factors around 1.
///
/// # Errors
/// As [`cash_flow`].
pub fn outlook(
    cost: &CostResult,
    price: &PriceResult,
    flow: &CashFlow,
    money: &Money,
    throughput: (f64, f64),
) -> Result<Outlook, MoneyError> {
    let margin_of = |c: &CostResult| {
        let revenue = price.revenue(&c.tokens_per_hour);
        (revenue.0 > 0.0).then(|| 1.0 - c.per_hour / revenue)
    };
    let revenue = price.revenue(&cost.tokens_per_hour).0;
    let mut margin = Steps::from(margin_of(cost));
    let mut back = Steps::from(flow.payback_month);
    let mut npv = Steps::from(Some(flow.npv.0));
    let mut irr = Steps::from(flow.irr.one());
    let mut sums: Vec<Steps> = flow
        .months
        .iter()
        .map(|m| Steps::from(Some(m.cumulative.0)))
        .collect();
    let mut run = |varied: &CostResult| -> Result<(), MoneyError> {
        let varied_flow = cash_flow(varied, price, money)?;
        margin.add(margin_of(varied));
        back.add(varied_flow.payback_month);
        npv.add(Some(varied_flow.npv.0));
        irr.add(varied_flow.irr.one());
        for (sum, month) in sums.iter_mut().zip(&varied_flow.months) {
            sum.add(Some(month.cumulative.0));
        }
        Ok(())
    };
    for input in Input::ALL {
        let q = &cost.terms[input];
        for end in [q.low, q.high] {
            if end == q.value {
                continue;
            }
            let varied = cost.moved(input, end)?;
            let step = (varied.per_hour - cost.per_hour).0.abs() / cost.per_hour.0;
            if step >= WORTH_MOVING {
                run(&varied)?;
            }
        }
    }
    let (low, high) = throughput;
    for factor in [low, high] {
        if factor > 0.0 && factor != 1.0 {
            run(&cost.making(factor)?)?;
        }
    }
    Ok(Outlook {
        revenue_per_hour: Ends {
            low: Some(revenue * low.min(1.0)),
            high: Some(revenue * high.max(1.0)),
        },
        gross_margin: margin.ends(false),
        payback_month: back.ends(true),
        npv: npv.ends(false),
        irr: irr.ends(false),
        cumulative: sums
            .iter()
            .zip(&flow.months)
            .map(|(steps, m)| {
                (
                    m.cumulative.0 - steps.down.sqrt(),
                    m.cumulative.0 + steps.up.sqrt(),
                )
            })
            .collect(),
    })
}

/// Band of whatever costs per token, as factors `(low, high)` around 1: the cost's own band and that of
/// the throughput (factors around 1) are independent.
pub fn unit_band(cost: &CostResult, throughput: (f64, f64)) -> (f64, f64) {
    let relative = |end: Usd| end / cost.per_hour - 1.0;
    let down = relative(cost.low).hypot(1.0 / throughput.1.max(1.0) - 1.0);
    let up = relative(cost.high).hypot(1.0 / throughput.0.clamp(1e-3, 1.0) - 1.0);
    ((1.0 - down).max(0.0), 1.0 + up)
}

/// Where a gross margin, as a share, lies when what a token costs moves by the factors of `unit`.
pub fn margin_band(margin: f64, unit: (f64, f64)) -> (f64, f64) {
    let at = |factor: f64| 1.0 - (1.0 - margin) * factor;
    (at(unit.1), at(unit.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::cost::tests::{run, wuxi};
    use crate::money::market::Market;
    use crate::money::price::price;

    fn of(money: &Money, throughput: (f64, f64)) -> (CashFlow, PriceResult, Outlook) {
        let cost = run(money, &wuxi()).unwrap();
        let sale = price(&cost, money, &Market::default()).unwrap();
        let flow = cash_flow(&cost, &sale, money).unwrap();
        let o = outlook(&cost, &sale, &flow, money, throughput).unwrap();
        (flow, sale, o)
    }

    #[test]
    fn every_figure_lies_in_its_band() {
        let (flow, sale, o) = of(&Money::default(), (0.9, 1.12));
        let holds = |e: Ends, v: f64| e.low.is_some_and(|l| l < v) && e.high.is_none_or(|h| v < h);
        assert!(holds(o.gross_margin, sale.gross_margin.unwrap()));
        assert!(holds(o.npv, flow.npv.0));
        assert!(holds(o.payback_month, flow.payback_month.unwrap()));
        assert!(holds(o.revenue_per_hour, sale.revenue_per_hour.0));
        // An uncertain throughput widens the band.
        let (_, _, narrow) = of(&Money::default(), (1.0, 1.0));
        assert!(o.npv.low.unwrap() < narrow.npv.low.unwrap());
        assert_eq!(narrow.revenue_per_hour.low, narrow.revenue_per_hour.high);
    }

    /// Where some variation never pays back, the band is open at that end.
    #[test]
    fn a_band_may_be_open() {
        let mut money = Money::default();
        money.prices.target_margin = 0.15;
        let (flow, _, o) = of(&money, (0.9, 1.1));
        assert!(flow.payback_month.is_none() || o.payback_month.high.is_none());
    }

    #[test]
    fn the_band_of_a_token_holds_price_and_throughput() {
        let cost = run(&Money::default(), &wuxi()).unwrap();
        let (low, high) = unit_band(&cost, (0.8, 1.25));
        assert!(low < 1.0 && 1.0 < high && high >= 1.0 / 0.8);
        let (_, certain) = unit_band(&cost, (1.0, 1.0));
        assert!((certain - cost.high / cost.per_hour).abs() < 1e-12);
        // Costs of 50 that may be 40 or 60: a margin of a half may be 60 or 40 %.
        let (worst, best) = margin_band(0.5, (0.8, 1.2));
        assert!((worst - 0.4).abs() < 1e-12 && (best - 0.6).abs() < 1e-12);
    }

    /// The sum of payments lies in its band every month; before anything is sold only the price of
    /// the factory is uncertain.
    #[test]
    fn the_cumulative_sum_has_a_band() {
        let (flow, _, o) = of(&Money::default(), (0.9, 1.12));
        assert_eq!(o.cumulative.len(), flow.months.len());
        for (month, (low, high)) in flow.months.iter().zip(&o.cumulative) {
            assert!(*low < month.cumulative.0 && month.cumulative.0 < *high);
        }
        let width = |m: usize| o.cumulative[m].1 - o.cumulative[m].0;
        assert!(width(60) > width(0));
    }
}
