//! Over time: demand ramps up, super-nodes arrive with a lead time, prices fall, hardware ends.
//!
//! Month 0 is now: the first order is paid. A super-node ordered in month t works from month
//! t + lead + 1 on, for the life of the hardware. Payments fall at the end of their month. Before
//! tax and inflation; people and maintenance are paid for super-nodes at work.

use serde::Serialize;

use super::cost::{CostResult, LineItem};
use super::finance::{Irr, irr, monthly_rate, npv, payback, yearly_rate};
use super::price::PriceResult;
use super::terms::Input;
use super::{HOURS_PER_YEAR, MoneyError, Usd};
use crate::evaluation::TokenFlow;
use crate::scenario::{BusinessPlan, Money};

/// Hours of a month: a twelfth of a year, 730.
pub const HOURS_PER_MONTH: f64 = HOURS_PER_YEAR / 12.0;
/// Longest plan, months.
pub const MAX_MONTHS: u32 = 360;

/// One month of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Month {
    /// Number, from 0.
    pub month: u32,
    /// Super-nodes at work.
    pub online: u32,
    /// Demand as a share of what is sold at the full mean load.
    pub demand: f64,
    /// Mean load served by the super-nodes at work.
    pub load: f64,
    /// Tokens sold.
    pub tokens: TokenFlow,
    /// Net revenue.
    pub revenue: Usd,
    /// Electricity.
    pub electricity: Usd,
    /// People.
    pub staff: Usd,
    /// Maintenance and software.
    pub maintenance: Usd,
    /// Rent.
    pub rent: Usd,
    /// Paid for super-nodes ordered this month, building included.
    pub capex: Usd,
    /// Residual value of hardware at its end; in the last month also what is not yet worn out.
    pub residual: Usd,
    /// All together.
    pub net: Usd,
    /// Sum of all nets so far.
    pub cumulative: Usd,
}

/// The plan's cash flow and what it is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CashFlow {
    /// Month by month, from 0.
    pub months: Vec<Month>,
    /// Month in which the sum reaches zero for good, with fraction; `None` = not within the plan.
    pub payback_month: Option<f64>,
    /// Net present value.
    pub npv: Usd,
    /// Discount rate it is taken at, share a year.
    pub discount_rate: f64,
    /// Internal rate of return, share a year.
    pub irr: Irr,
    /// All capex paid.
    pub invested: Usd,
    /// Deepest point of the sum (negative), what has to be financed.
    pub deepest: Usd,
    /// Month at whose end the first super-node reaches its end of life, if within the plan.
    pub first_end_of_life: Option<u32>,
    /// Share of all demand that no capacity was there for.
    pub unmet_share: f64,
    /// Value at the end of what is not yet worn out, straight line (part of the last residual).
    pub terminal: Usd,
}

/// A super-node's time at work: first month, and first month after it.
struct Service {
    ordered: u32,
    from: u32,
    until: u32,
}

/// Month-by-month cash flow of selling at `price` what `cost` makes.
///
/// # Errors
/// When the plan is out of range.
pub fn cash_flow(
    cost: &CostResult,
    price: &PriceResult,
    money: &Money,
) -> Result<CashFlow, MoneyError> {
    let plan = &money.plan;
    check(plan)?;
    let nodes: u32 = cost
        .usage
        .pools
        .iter()
        .map(|p| p.super_nodes)
        .sum::<u32>()
        .max(1);
    let all = f64::from(nodes);
    let per_node = Usd(cost.capex.0 / all);
    let building = cost.line(LineItem::Building).map_or(Usd(0.0), |l| l.capex) / all;
    let hardware = per_node - building;
    let residual = cost.terms[Input::ResidualShare].value;
    let life_months = (cost.terms[Input::LifeYears].value * 12.0).round().max(1.0);
    let building_months = (cost.terms[Input::BuildingLifeYears].value * 12.0)
        .round()
        .max(1.0);
    let services = services(plan, nodes, life_months as u32);

    let mut months: Vec<Month> = Vec::with_capacity(plan.months as usize + 1);
    let (mut cumulative, mut terminal) = (Usd(0.0), Usd(0.0));
    let (mut asked, mut served) = (0.0, 0.0);
    for month in 0..=plan.months {
        let online = services
            .iter()
            .filter(|s| (s.from..s.until).contains(&month))
            .count() as u32;
        let demand = demand(plan, month);
        let share = f64::from(online) / all;
        let mean_load = if online > 0 {
            cost.usage.mean_load * demand / share
        } else {
            0.0
        };
        let (lines, flow) = cost.at_load(mean_load)?;
        let of = |items: &[LineItem]| -> Usd {
            let sum: Usd = LineItem::ALL
                .iter()
                .zip(lines)
                .filter(|(i, _)| items.contains(i))
                .map(|(_, l)| l)
                .sum();
            sum * share * HOURS_PER_MONTH
        };
        let tokens = TokenFlow {
            input: flow.input * share * HOURS_PER_MONTH,
            cached_input: flow.cached_input * share * HOURS_PER_MONTH,
            output: flow.output * share * HOURS_PER_MONTH,
        };
        asked += cost.tokens_per_hour.output * demand * HOURS_PER_MONTH;
        served += tokens.output;
        let ordered = services.iter().filter(|s| s.ordered == month).count() as f64;
        let ended = services.iter().filter(|s| s.until == month + 1).count() as f64;
        let mut left = hardware * (residual * ended);
        if month == plan.months {
            terminal = services
                .iter()
                .map(|s| {
                    still_worth(
                        s,
                        month,
                        hardware,
                        building,
                        residual,
                        life_months,
                        building_months,
                    )
                })
                .sum();
            left += terminal;
        }
        let revenue =
            price.revenue(&tokens) * (1.0 - plan.price_erosion).powf(f64::from(month) / 12.0);
        let capex = per_node * ordered;
        let electricity = of(&[LineItem::Electricity]);
        let staff = of(&[LineItem::Staff]);
        let maintenance = of(&[LineItem::Maintenance, LineItem::Software]);
        let rent = of(&[LineItem::Rent]);
        let net = revenue - electricity - staff - maintenance - rent - capex + left;
        cumulative += net;
        months.push(Month {
            month,
            online,
            demand,
            load: if cost.usage.capacity_per_hour.output > 0.0 {
                flow.output / cost.usage.capacity_per_hour.output
            } else {
                0.0
            },
            tokens,
            revenue,
            electricity,
            staff,
            maintenance,
            rent,
            capex,
            residual: left,
            net,
            cumulative,
        });
    }
    let flows: Vec<f64> = months.iter().map(|m| m.net.0).collect();
    let discount_rate = plan.discount_rate.unwrap_or(money.cost_of_capital);
    Ok(CashFlow {
        payback_month: payback(&flows),
        npv: Usd(npv(monthly_rate(discount_rate), &flows)),
        discount_rate,
        irr: match irr(&flows) {
            Irr::One { rate } => Irr::One {
                rate: yearly_rate(rate),
            },
            Irr::Many { rates } => Irr::Many {
                rates: rates.into_iter().map(yearly_rate).collect(),
            },
            Irr::None => Irr::None,
        },
        invested: months.iter().map(|m| m.capex).sum(),
        deepest: Usd(months.iter().map(|m| m.cumulative.0).fold(0.0, f64::min)),
        first_end_of_life: services
            .iter()
            .map(|s| s.until - 1)
            .filter(|m| *m <= plan.months)
            .min(),
        unmet_share: if asked > 0.0 {
            (1.0 - served / asked).max(0.0)
        } else {
            0.0
        },
        terminal,
        months,
    })
}

/// Demand in a month, as a share of the mean load: 0 until the first super-node works, then a
/// straight line from the start share to 1.
fn demand(plan: &BusinessPlan, month: u32) -> f64 {
    let Some(since) = month.checked_sub(plan.lead_months + 1) else {
        return 0.0;
    };
    if plan.ramp_months == 0 {
        return 1.0;
    }
    (plan.ramp_start + (1.0 - plan.ramp_start) * f64::from(since) / f64::from(plan.ramp_months))
        .min(1.0)
}

/// When each super-node is ordered, works and ends. Stepwise, the k-th works from the first month in
/// which demand needs more than k − 1 of them.
fn services(plan: &BusinessPlan, nodes: u32, life_months: u32) -> Vec<Service> {
    let first = plan.lead_months + 1;
    (1..=nodes)
        .filter_map(|k| {
            let needed_from = if plan.stepwise {
                let enough = f64::from(k - 1) / f64::from(nodes);
                (first..=plan.months.max(first)).find(|m| demand(plan, *m) > enough + 1e-12)?
            } else {
                first
            };
            let ordered = needed_from - first;
            // A super-node that would come after the plan's end is not ordered.
            (ordered <= plan.months).then_some(Service {
                ordered,
                from: needed_from,
                until: needed_from + life_months,
            })
        })
        .collect()
}

/// What a super-node and its part of the building are worth after `month`, by straight line.
fn still_worth(
    service: &Service,
    month: u32,
    hardware: Usd,
    building: Usd,
    residual: f64,
    life_months: f64,
    building_months: f64,
) -> Usd {
    let worked = f64::from((month + 1).saturating_sub(service.from));
    let hardware_left = if worked < life_months {
        hardware * (residual + (1.0 - residual) * (1.0 - worked / life_months))
    } else {
        Usd(0.0)
    };
    hardware_left + building * (1.0 - worked / building_months).max(0.0)
}

fn check(plan: &BusinessPlan) -> Result<(), MoneyError> {
    let bad = |field, value, allowed| {
        Err(MoneyError::OutOfRange {
            field,
            value,
            allowed,
        })
    };
    if !(1..=MAX_MONTHS).contains(&plan.months) {
        return bad("months", f64::from(plan.months), "1 to 360 months");
    }
    if plan.ramp_months > MAX_MONTHS {
        return bad(
            "ramp_months",
            f64::from(plan.ramp_months),
            "0 to 360 months",
        );
    }
    if plan.lead_months > MAX_MONTHS {
        return bad(
            "lead_months",
            f64::from(plan.lead_months),
            "0 to 360 months",
        );
    }
    if !(0.0..=1.0).contains(&plan.ramp_start) {
        return bad("ramp_start", plan.ramp_start, "a share from 0 to 1");
    }
    if !(plan.price_erosion < 1.0 && plan.price_erosion > -1.0) {
        return bad(
            "price_erosion",
            plan.price_erosion,
            "a share a year between −1 and 1, e.g. 0.15",
        );
    }
    match plan.discount_rate {
        Some(rate) if !(rate > -1.0 && rate <= 10.0) => {
            bad("discount_rate", rate, "a share a year, e.g. 0.08")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::cost::tests::{run, wuxi};
    use crate::money::market::Market;
    use crate::money::price::price;
    use crate::scenario::{PriceBasis, Tenure};
    use proptest::prelude::*;

    fn flow_of(money: &Money) -> CashFlow {
        let cost = run(money, &wuxi()).unwrap();
        let price = price(&cost, money, &Market::default()).unwrap();
        cash_flow(&cost, &price, money).unwrap()
    }

    fn plan(months: u32, ramp_months: u32, lead_months: u32) -> Money {
        Money {
            plan: BusinessPlan {
                months,
                ramp_months,
                lead_months,
                price_erosion: 0.0,
                ..BusinessPlan::default()
            },
            ..Money::default()
        }
    }

    #[test]
    fn the_first_token_comes_after_the_lead_time() {
        let f = flow_of(&plan(24, 12, 3));
        assert_eq!(f.months.len(), 25);
        assert!(f.months[0].capex.0 > 0.0 && f.months[0].revenue.0 == 0.0);
        assert!(f.months[3].revenue.0 == 0.0 && f.months[4].revenue.0 > 0.0);
        assert!((f.months[4].demand - 0.1).abs() < 1e-12);
        assert!((f.months[10].demand - 0.55).abs() < 1e-12 && f.months[16].demand == 1.0);
        assert!(f.unmet_share < 1e-12);
    }

    /// Flat prices, no ramp, no lead: every month is a twelfth of a year of the hourly figures, and the
    /// rate of return is that of an ordinary annuity.
    #[test]
    fn a_steady_plan_is_an_annuity() {
        let money = plan(60, 0, 0);
        let cost = run(&money, &wuxi()).unwrap();
        let sale = price(&cost, &money, &Market::default()).unwrap();
        let f = cash_flow(&cost, &sale, &money).unwrap();
        let running: f64 = [
            LineItem::Electricity,
            LineItem::Staff,
            LineItem::Maintenance,
            LineItem::Software,
        ]
        .iter()
        .map(|i| cost.line(*i).unwrap().per_hour.0)
        .sum();
        let monthly = (sale.revenue_per_hour.0 - running) * 730.0;
        assert!((f.months[1].net.0 / monthly - 1.0).abs() < 1e-12);
        // Life of 5 years ends with the plan: only the building is left, 15 of 20 years.
        let building = cost.line(LineItem::Building).unwrap().capex.0;
        assert!((f.terminal.0 / (building * 0.75) - 1.0).abs() < 1e-12);
        assert_eq!(f.first_end_of_life, Some(60));
        let payback = cost.capex.0 / monthly;
        assert!((f.payback_month.unwrap() - payback).abs() < 1e-9);
        assert!(
            (npv(
                monthly_rate(f.irr.one().unwrap()),
                &f.months.iter().map(|m| m.net.0).collect::<Vec<_>>()
            ) / cost.capex.0)
                .abs()
                < 1e-9
        );
        assert!((f.invested.0 / cost.capex.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn super_nodes_come_one_by_one_as_demand_grows() {
        let mut money = plan(36, 12, 3);
        money.plan.stepwise = true;
        let f = flow_of(&money);
        let all_at_once = flow_of(&plan(36, 12, 3));
        assert!(f.months[0].capex.0 * 3.9 < all_at_once.months[0].capex.0 * 1.0);
        assert!((f.invested.0 / all_at_once.invested.0 - 1.0).abs() < 1e-12);
        assert_eq!(f.months[4].online, 1);
        assert_eq!(f.months.last().unwrap().online, 4);
        // Ordered early enough: nothing is unmet, and no month is loaded above the plan's mean load.
        assert!(f.unmet_share < 1e-12);
        assert!(f.months.iter().all(|m| m.load <= 0.65 + 1e-9));
        // Same tokens, later money: worth more.
        assert!(f.npv > all_at_once.npv);
        assert!(f.deepest > all_at_once.deepest);
    }

    #[test]
    fn hardware_ends() {
        let money = Money {
            life_years: 1.0,
            residual_share: 0.1,
            ..plan(24, 0, 0)
        };
        let f = flow_of(&money);
        assert_eq!(f.first_end_of_life, Some(12));
        assert_eq!((f.months[12].online, f.months[13].online), (4, 0));
        assert!(f.months[12].residual.0 > 0.0 && f.months[13].revenue.0 == 0.0);
        assert!((f.unmet_share - 0.5).abs() < 1e-12);
    }

    #[test]
    fn falling_prices_eat_the_profit() {
        let mut money = plan(60, 0, 0);
        let flat = flow_of(&money);
        money.plan.price_erosion = 0.3;
        let falling = flow_of(&money);
        assert!((falling.months[12].revenue.0 / flat.months[12].revenue.0 - 0.7).abs() < 1e-12);
        assert!(falling.npv < flat.npv && falling.payback_month > flat.payback_month);
    }

    #[test]
    fn a_loss_has_no_payback_and_says_so() {
        let mut money = plan(60, 12, 3);
        money.price_basis = PriceBasis::Delivered;
        money.prices.target_margin = -1.0;
        let f = flow_of(&money);
        assert_eq!(f.payback_month, None);
        assert!(f.npv.0 < 0.0 && f.irr.one().is_none_or(|r| r < 0.0));
        assert!(matches!(
            cash_flow(
                &run(&money, &wuxi()).unwrap(),
                &price(&run(&money, &wuxi()).unwrap(), &money, &Market::default()).unwrap(),
                &plan(0, 1, 1)
            ),
            Err(MoneyError::OutOfRange {
                field: "months",
                ..
            })
        ));
    }

    #[test]
    fn a_rented_factory_invests_nothing() {
        let mut usage = wuxi();
        usage.pools[0].hardware = "h100-sxm".into();
        let money = Money {
            tenure: Tenure::Rent,
            ..plan(12, 0, 0)
        };
        let cost = run(&money, &usage).unwrap();
        let sale = price(&cost, &money, &Market::default()).unwrap();
        let f = cash_flow(&cost, &sale, &money).unwrap();
        assert_eq!(f.invested, Usd(0.0));
        assert_eq!((f.payback_month, f.irr), (Some(0.0), Irr::None));
    }

    proptest! {
        #[test]
        fn the_sum_is_the_sum(months in 1u32..120, ramp in 0u32..40, lead in 0u32..20, stepwise in prop::bool::ANY, erosion in -0.2f64..0.6) {
            let mut money = plan(months, ramp, lead);
            money.plan.stepwise = stepwise;
            money.plan.price_erosion = erosion;
            let f = flow_of(&money);
            let mut sum = 0.0;
            for m in &f.months {
                let parts = m.revenue - m.electricity - m.staff - m.maintenance - m.rent - m.capex + m.residual;
                prop_assert!((parts.0 - m.net.0).abs() <= 1e-9 * (1.0 + m.net.0.abs()));
                sum += m.net.0;
                prop_assert!((m.cumulative.0 - sum).abs() <= 1e-6 * (1.0 + sum.abs()));
                prop_assert!(m.load <= 1.0);
            }
            prop_assert!((0.0..=1.0).contains(&f.unmet_share));
        }
    }
}
