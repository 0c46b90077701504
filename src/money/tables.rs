//! Tables for export: what the screen shows, with full digits, units in the headers, and the rate.
//!
//! Amounts are in the scenario's currency; [`crate::export::csv`] writes a table as CSV.

use serde::Serialize;

use super::compare::Comparison;
use super::cost::CostResult;
use super::market::Market;
use super::plan::CashFlow;
use super::price::PriceResult;
use super::sensitivity::{Bar, Driver};
use super::terms::{Input, PoolTerms, Quantity, Unit};
use super::{HOURS_PER_YEAR, Usd};
use crate::catalogue::Catalogue;
use crate::scenario::{Currency, Money};

/// A table with one header row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// File name without ending, and key in a JSON export.
    pub name: &'static str,
    /// Header, units included.
    pub header: Vec<String>,
    /// Rows, as wide as the header.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    fn new(name: &'static str, header: &[&str], currency: Currency) -> Self {
        let code = match currency {
            Currency::Cny => "CNY",
            Currency::Usd => "USD",
        };
        Self {
            name,
            header: header.iter().map(|h| h.replace('$', code)).collect(),
            rows: Vec::new(),
        }
    }

    /// As CSV, safe to open in a spreadsheet.
    pub fn csv(&self) -> String {
        let header: Vec<&str> = self.header.iter().map(String::as_str).collect();
        crate::export::csv(&header, &self.rows)
    }
}

/// The stable word of a unit value ("card-price", "assumed"), as JSON writes it.
fn word<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(s)) => s,
        Ok(serde_json::Value::Object(o)) => o
            .into_iter()
            .map(|(k, v)| format!("{k} {}", v.as_str().unwrap_or_default()))
            .collect(),
        _ => String::new(),
    }
}

fn number(value: f64) -> String {
    format!("{value}")
}

fn optional(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

/// The cost statement.
pub fn cost_table(cost: &CostResult, money: &Money) -> Table {
    let show = |usd: Usd| number(cost.terms.rate.show(usd, money.currency));
    let mut table = Table::new(
        "cost",
        &[
            "line",
            "$ per hour",
            "low",
            "high",
            "$ per year",
            "$ paid at start",
            "$ paid at start, low",
            "$ paid at start, high",
            "$ per million output",
            "$ per million input",
            "$ per million cached input",
            "basis",
        ],
        money.currency,
    );
    for l in &cost.lines {
        table.rows.push(vec![
            word(l.item),
            show(l.per_hour),
            show(l.low),
            show(l.high),
            show(l.per_hour * HOURS_PER_YEAR),
            show(l.capex),
            show(l.capex_ends.0),
            show(l.capex_ends.1),
            show(Usd(l.per_million.output)),
            show(Usd(l.per_million.input)),
            show(Usd(l.per_million.cached_input)),
            word(l.basis),
        ]);
    }
    table.rows.push(vec![
        "total".into(),
        show(cost.per_hour),
        show(cost.low),
        show(cost.high),
        show(cost.per_hour * HOURS_PER_YEAR),
        show(cost.capex),
        show(cost.capex_ends.0),
        show(cost.capex_ends.1),
        show(Usd(cost.per_million.output)),
        show(Usd(cost.per_million.input)),
        show(Usd(cost.per_million.cached_input)),
        String::new(),
    ]);
    table
}

/// Every input with its range and source.
pub fn assumptions_table(cost: &CostResult, money: &Money) -> Table {
    let mut table = Table::new(
        "assumptions",
        &[
            "input",
            "value",
            "low",
            "high",
            "unit (amounts in $)",
            "basis",
            "source",
            "date",
            "note",
        ],
        money.currency,
    );
    let mut push = |name: String, q: &Quantity| {
        let show = |v: f64| match q.unit {
            Unit::Usd | Unit::UsdPerMw | Unit::UsdPerKwh | Unit::UsdPerYear | Unit::UsdPerHour => {
                number(cost.terms.rate.show(Usd(v), money.currency))
            }
            _ => number(v),
        };
        let unit = word(q.unit);
        table.rows.push(vec![
            name,
            show(q.value),
            show(q.low),
            show(q.high),
            unit.strip_prefix("usd-").unwrap_or(&unit).to_owned(),
            word(q.basis),
            Catalogue::embedded()
                .source_url(&q.source)
                .unwrap_or(&q.source)
                .to_owned(),
            q.date.to_string(),
            q.note.to_string(),
        ]);
    };
    for input in Input::ALL {
        // Price and rent are each pool's own.
        let of_pool: fn(&PoolTerms) -> Option<&Quantity> = match input {
            Input::CardPrice => |p| p.card_price.as_ref(),
            Input::Rent => |p| p.rent.as_ref(),
            _ => {
                push(word(input), &cost.terms[input]);
                continue;
            }
        };
        for pool in &cost.terms.pools {
            if let Some(q) = of_pool(pool) {
                push(format!("{} {}", word(input), pool.hardware), q);
            }
        }
    }
    let rate = super::exchange_rate(money);
    table.rows.push(vec![
        "exchange-rate".into(),
        number(rate.value),
        number(rate.low),
        number(rate.high),
        "CNY per USD".into(),
        word(rate.basis),
        rate.source.to_string(),
        rate.date.to_string(),
        rate.note.to_string(),
    ]);
    table
}

/// The price list beside cost and market.
pub fn price_table(price: &PriceResult, cost: &CostResult, money: &Money) -> Table {
    let show = |usd: Usd| number(cost.terms.rate.show(usd, money.currency));
    let mut table = Table::new(
        "prices",
        &[
            "kind",
            "$ cost per million",
            "$ list per million",
            "origin",
            "$ net per million",
            "margin",
            "$ list for the target margin",
            "$ market low",
            "$ market median",
            "$ market high",
            "providers",
        ],
        money.currency,
    );
    for l in &price.lines {
        let market = |of: fn(&super::Spread) -> Usd| {
            l.market.as_ref().map(|m| show(of(m))).unwrap_or_default()
        };
        table.rows.push(vec![
            word(l.kind),
            show(l.cost),
            show(l.list),
            word(l.origin),
            show(l.net),
            optional(l.margin),
            show(l.for_target),
            market(|m| m.low),
            market(|m| m.median),
            market(|m| m.high),
            l.market.map(|m| m.offers.to_string()).unwrap_or_default(),
        ]);
    }
    table
}

/// The offers of the market, in their own currency and in the scenario's.
pub fn market_table(market: &Market, cost: &CostResult, money: &Money) -> Table {
    let mut table = Table::new(
        "market",
        &[
            "provider",
            "model",
            "listed in",
            "input",
            "cached input",
            "output",
            "$ input",
            "$ cached input",
            "$ output",
            "date",
            "ended",
            "source",
        ],
        money.currency,
    );
    for o in &market.offers {
        let show =
            |v: Option<f64>| optional(v.map(|v| cost.terms.rate.show(Usd(v), money.currency)));
        table.rows.push(vec![
            o.provider.clone(),
            o.model.clone(),
            if o.in_cny { "CNY".into() } else { "USD".into() },
            optional(o.listed.input),
            optional(o.listed.cached_input),
            optional(o.listed.output),
            show(o.usd.input),
            show(o.usd.cached_input),
            show(o.usd.output),
            o.date.clone(),
            if o.expired {
                "yes".into()
            } else {
                String::new()
            },
            o.source.clone(),
        ]);
    }
    table
}

/// The plan, month by month.
pub fn cash_table(flow: &CashFlow, cost: &CostResult, money: &Money) -> Table {
    let show = |usd: Usd| number(cost.terms.rate.show(usd, money.currency));
    let mut table = Table::new(
        "cash-flow",
        &[
            "month",
            "super-nodes",
            "demand",
            "load",
            "output tokens",
            "input tokens",
            "cached tokens",
            "$ revenue",
            "$ electricity",
            "$ staff",
            "$ maintenance and software",
            "$ rent",
            "$ capex",
            "$ residual",
            "$ net",
            "$ cumulative",
        ],
        money.currency,
    );
    for m in &flow.months {
        table.rows.push(vec![
            m.month.to_string(),
            m.online.to_string(),
            number(m.demand),
            number(m.load),
            number(m.tokens.output),
            number(m.tokens.input),
            number(m.tokens.cached_input),
            show(m.revenue),
            show(m.electricity),
            show(m.staff),
            show(m.maintenance),
            show(m.rent),
            show(m.capex),
            show(m.residual),
            show(m.net),
            show(m.cumulative),
        ]);
    }
    table
}

/// Own, rent and API by demand.
pub fn compare_table(comparison: &Comparison, cost: &CostResult, money: &Money) -> Table {
    let show = |usd: Option<Usd>| optional(usd.map(|u| cost.terms.rate.show(u, money.currency)));
    let mut table = Table::new(
        "own-rent-api",
        &[
            "load",
            "output tokens a day",
            "super-nodes",
            "$ own a year",
            "$ rent a year",
            "$ API a year",
        ],
        money.currency,
    );
    for p in &comparison.points {
        table.rows.push(vec![
            number(p.load),
            number(p.output_per_day),
            p.super_nodes.to_string(),
            show(p.own),
            show(p.rent),
            show(p.api),
        ]);
    }
    table
}

/// The tornado.
pub fn tornado_table(bars: &[Bar], money: &Money) -> Table {
    let mut table = Table::new(
        "sensitivity",
        &[
            "input",
            "low (amounts in USD)",
            "high",
            "$ per million at low",
            "$ per million at high",
            "basis",
        ],
        money.currency,
    );
    for b in bars {
        let name = match b.driver {
            Driver::Input(input) => word(input),
            other => word(other),
        };
        table.rows.push(vec![
            name,
            number(b.low),
            number(b.high),
            number(b.at_low),
            number(b.at_high),
            word(b.basis),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::cost::tests::{cards, run, wuxi};
    use crate::money::{Measure, cash_flow, compare, market, price, tornado};
    use crate::scenario::{LoadCurve, Tenure};

    #[test]
    fn every_table_is_square_and_names_its_currency() {
        let money = Money::default();
        let cards = cards();
        let find = |id: &str| cards.iter().find(|c| c.id == id);
        let cost = run(&money, &wuxi()).unwrap();
        let market = market(
            Catalogue::embedded().prices.iter(),
            "deepseek-r1",
            cost.terms.rate,
        );
        let price = price(&cost, &money, &market).unwrap();
        let flow = cash_flow(&cost, &price, &money).unwrap();
        let comparison = compare(&money, &LoadCurve::Flat, &wuxi(), &find, &market, 40).unwrap();
        let bars = tornado(&cost, &money, &find, Measure::BlendedOutput).unwrap();
        let tables = [
            cost_table(&cost, &money),
            assumptions_table(&cost, &money),
            price_table(&price, &cost, &money),
            market_table(&market, &cost, &money),
            cash_table(&flow, &cost, &money),
            compare_table(&comparison, &cost, &money),
            tornado_table(&bars, &money),
        ];
        for t in &tables {
            assert!(!t.rows.is_empty(), "{}", t.name);
            assert!(
                t.rows.iter().all(|r| r.len() == t.header.len()),
                "{}",
                t.name
            );
            assert!(t.header.iter().any(|h| h.contains("CNY")), "{}", t.name);
            assert!(t.csv().lines().count() == t.rows.len() + 1, "{}", t.name);
        }
        // Unknown rent: an empty cell, not a 0.
        assert!(tables[5].rows.iter().all(|r| r[4].is_empty()));
        let first = &tables[1].rows[0];
        assert_eq!(
            (first[0].as_str(), first[5].as_str()),
            ("card-price ascend-910c", "published analyst")
        );
        assert!((first[1].parse::<f64>().unwrap() - 21354.0 * 6.8).abs() < 1e-6);
        assert_eq!(tables[6].rows[0][0], "card-price");
    }

    /// Every published figure names an address and a date.
    #[test]
    fn published_figures_have_source_and_date() {
        let catalogue = Catalogue::embedded();
        for money in [
            Money::default(),
            Money {
                tenure: Tenure::Mixed,
                ..Money::default()
            },
        ] {
            let mut usage = wuxi();
            if money.tenure == Tenure::Mixed {
                usage.pools[0].hardware = "h100-sxm".into();
            }
            let find = |id: &str| catalogue.accelerator(id);
            let cost = crate::money::cost(&money, &LoadCurve::Flat, &usage, &find).unwrap();
            let table = assumptions_table(&cost, &money);
            let published = table.rows.iter().filter(|r| r[5].starts_with("published"));
            let mut seen = 0;
            for row in published {
                seen += 1;
                let kept = row[6].starts_with("http") || row[6].contains("URL not kept");
                assert!(kept && !row[7].is_empty(), "{row:?}");
            }
            assert!(seen > 5);
        }
    }
}
