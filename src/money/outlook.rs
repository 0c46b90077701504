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
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
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
    let mut run = |varied: &CostResult| -> Result<(), MoneyError> {
        let varied_flow = cash_flow(varied, price, money)?;
        margin.add(margin_of(varied));
        back.add(varied_flow.payback_month);
        npv.add(Some(varied_flow.npv.0));
        irr.add(varied_flow.irr.one());
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
    })
}

/// What the throughput's band does to a cost per million: `(low, high)` of `value` when the cost's own
/// band and the throughput's are independent.
pub fn per_million_band(value: Usd, cost: &CostResult, throughput: (f64, f64)) -> (Usd, Usd) {
    let relative = |end: Usd| end / cost.per_hour - 1.0;
    let down = relative(cost.low).hypot(1.0 / throughput.1.max(1.0) - 1.0);
    let up = relative(cost.high).hypot(1.0 / throughput.0.clamp(1e-3, 1.0) - 1.0);
    (Usd((value.0 * (1.0 - down)).max(0.0)), value * (1.0 + up))
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
        let v = cost.blended_output;
        let (low, high) = per_million_band(v, &cost, (0.8, 1.25));
        assert!(low < v && v < high && high.0 >= v.0 / 0.8);
        let (_, certain) = per_million_band(v, &cost, (1.0, 1.0));
        assert!((certain.0 / v.0 - cost.high / cost.per_hour).abs() < 1e-12);
    }
}
