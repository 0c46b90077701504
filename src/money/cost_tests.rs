//! Tests of cost and allocation.

use proptest::prelude::*;

use super::*;
use crate::catalogue::hardware::{Confidence, Figure};
use crate::evaluation::{PoolUse, Power};
use crate::money::finance::annuity;
use crate::money::load::HOURS;
use crate::money::power;
use crate::money::terms::CARDS_PER_PERSON;
use crate::scenario::{Currency, PriceBasis, Rental};

fn figure(value: f64) -> Option<Figure> {
    Some(Figure {
        value,
        source: Some("test".into()),
        confidence: Confidence::Analyst,
        note: None,
    })
}

/// The 910C of `hardware.toml`, as far as money needs it.
pub(crate) fn ascend_910c() -> Accelerator {
    serde_json::from_value(serde_json::json!({
        "id": "ascend-910c", "vendor": "Huawei", "name": "Ascend 910C",
        "price_usd": {"v": 21354.0, "s": "capacity", "c": "analyst"},
        "price_usd_alt": {"v": 28571.0, "s": "wsj910c", "c": "analyst"},
        "price_cny_alt": {"v": 390625.0, "s": "udn0207", "c": "analyst"},
    }))
    .unwrap()
}

/// A card that can be rented.
fn h100() -> Accelerator {
    let mut h100 = ascend_910c();
    h100.id = "h100-sxm".into();
    h100.price_usd = figure(30_000.0);
    h100.price_usd_alt = None;
    h100.price_cny_alt = None;
    h100.rent_3y = figure(2.0);
    h100.rent_usd_typ = figure(2.95);
    h100
}

/// Four super-nodes: 1,536 cards, 559 kW each.
pub(crate) fn wuxi() -> Usage {
    Usage {
        pools: vec![PoolUse {
            hardware: "ascend-910c".into(),
            super_nodes: 4,
            cards: 1536,
            peak_it_kw: Some(2236.0),
            card_seconds: TokenFlow {
                input: 1.0 / 5000.0,
                cached_input: 1.0 / 100_000.0,
                output: 1.0 / 1800.0,
            },
        }],
        capacity_per_hour: TokenFlow {
            input: 1e10,
            cached_input: 4e9,
            output: 2.5e9,
        },
        mean_load: 0.65,
    }
}

pub(crate) fn cards() -> [Accelerator; 2] {
    [ascend_910c(), h100()]
}

pub(crate) fn run(money: &Money, usage: &Usage) -> Result<CostResult, MoneyError> {
    let cards = cards();
    cost(money, &LoadCurve::Flat, usage, &|id| {
        cards.iter().find(|c| c.id == id)
    })
}

fn line(result: &CostResult, item: LineItem) -> f64 {
    result
        .lines
        .iter()
        .find(|l| l.item == item)
        .unwrap()
        .per_hour
        .0
}

#[test]
fn lines_are_what_their_formula_says() {
    let money = Money::default();
    let r = run(&money, &wuxi()).unwrap();
    let a = annuity(0.08, 5.0, 0.0);
    let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-12, "{a} is not {b}");
    close(
        line(&r, LineItem::Accelerators),
        1536.0 * 21354.0 * a / 8760.0,
    );
    // A super-node's price: 8 % network and 4 % storage of the whole, hence over 0.88.
    close(
        line(&r, LineItem::Network),
        1536.0 * 21354.0 * a / 8760.0 * 0.08 / 0.88,
    );
    close(
        line(&r, LineItem::Storage),
        1536.0 * 21354.0 * a / 8760.0 * 0.04 / 0.88,
    );
    close(
        line(&r, LineItem::Building),
        2.236 * 7.11e6 * annuity(0.08, 20.0, 0.0) / 8760.0,
    );
    close(
        line(&r, LineItem::Electricity),
        2236.0 * (0.4 + 0.6 * 0.65) * 1.15 * 0.088,
    );
    close(
        line(&r, LineItem::Maintenance),
        1536.0 * 21354.0 / 0.88 * 0.04 / 8760.0,
    );
    close(line(&r, LineItem::Staff), 16.0 * 400_000.0 / 6.8 / 8760.0);
    assert_eq!(line(&r, LineItem::Rent), 0.0);
    close(r.lines.iter().map(|l| l.per_hour.0).sum(), r.per_hour.0);
    close(
        r.capex.0,
        1536.0 * 21354.0 * (1.0 / 0.88 + 0.03) + 2.236 * 7.11e6,
    );
    assert_eq!(1536.0 / CARDS_PER_PERSON, 16.0);
}

#[test]
fn the_two_published_prices_of_a_super_node_are_told_apart() {
    let hardware = run(&Money::default(), &wuxi()).unwrap();
    let delivered = Money {
        price_basis: PriceBasis::Delivered,
        ..Money::default()
    };
    let delivered = run(&delivered, &wuxi()).unwrap();
    // 384 cards: 8.2 M USD and CNY 150 M.
    let per_node = |r: &CostResult| r.terms.pools[0].card_price.as_ref().unwrap().value * 384.0;
    assert!((per_node(&hardware) - 8.2e6).abs() < 200.0);
    assert!((per_node(&delivered) * 6.8 - 150e6).abs() < 1.0);
    // What is delivered holds network and storage already.
    assert_eq!(
        line(&delivered, LineItem::Network) + line(&delivered, LineItem::Storage),
        0.0
    );
    assert!(line(&hardware, LineItem::Network) > 0.0);
    // Neither is certain: each lies in the other's band, and the total's band is wide.
    assert!(
        hardware.high.0 > 1.5 * hardware.per_hour.0,
        "{:?} {:?}",
        hardware.high,
        hardware.per_hour
    );
    assert!(hardware.low < hardware.per_hour && delivered.low < delivered.per_hour);
    let price = hardware.terms.pools[0].card_price.as_ref().unwrap();
    assert!(price.low < 21354.0 && price.high > 57_000.0);
}

#[test]
fn what_the_user_enters_is_exact() {
    let money = Money {
        card_price: Some(100_000.0),
        currency: Currency::Usd,
        network_share: Some(0.1),
        storage_share: Some(0.0),
        building_per_mw: Some(5e6),
        electricity_per_kwh: Some(0.05),
        ..Money::default()
    };
    let r = run(&money, &wuxi()).unwrap();
    let accelerators = r
        .lines
        .iter()
        .find(|l| l.item == LineItem::Accelerators)
        .unwrap();
    assert_eq!(r.terms[Input::CardPrice].basis, Basis::Entered);
    assert!((accelerators.capex.0 - 1536.0 * 100_000.0).abs() < 1e-6);
    assert_eq!(
        (
            r.terms[Input::Electricity].low,
            r.terms[Input::Electricity].high
        ),
        (0.05, 0.05)
    );
    assert!((line(&r, LineItem::Network) / line(&r, LineItem::Accelerators) - 0.1).abs() < 1e-12);
}

/// Switching the currency of the screen must not change what anything costs.
#[test]
fn defaults_do_not_depend_on_the_currency_shown() {
    let cny = run(&Money::default(), &wuxi()).unwrap();
    let usd = run(
        &Money {
            currency: Currency::Usd,
            ..Money::default()
        },
        &wuxi(),
    )
    .unwrap();
    assert_eq!(cny.per_hour, usd.per_hour);
}

#[test]
fn unknown_prices_and_power_are_said_not_guessed() {
    let rent = Money {
        tenure: Tenure::Rent,
        ..Money::default()
    };
    assert_eq!(
        run(&rent, &wuxi()),
        Err(MoneyError::RentUnknown {
            hardware: "ascend-910c".into()
        })
    );
    let mut other = wuxi();
    other.pools[0].hardware = "unheard-of".into();
    assert_eq!(
        run(&Money::default(), &other),
        Err(MoneyError::PriceUnknown {
            hardware: "unheard-of".into()
        })
    );
    let mut dark = wuxi();
    dark.pools[0].peak_it_kw = None;
    assert_eq!(
        run(&Money::default(), &dark),
        Err(MoneyError::PowerUnknown {
            hardware: "ascend-910c".into()
        })
    );
    let abroad = Money {
        region: "france".into(),
        ..Money::default()
    };
    assert_eq!(
        run(&abroad, &wuxi()),
        Err(MoneyError::SiteLacks {
            field: "building_per_mw"
        })
    );
    let nowhere = Money {
        region: "atlantis".into(),
        ..Money::default()
    };
    assert_eq!(
        run(&nowhere, &wuxi()),
        Err(MoneyError::NoSuchSite("atlantis".into()))
    );
    let bad = Money {
        pue: 0.9,
        ..Money::default()
    };
    assert!(matches!(
        run(&bad, &wuxi()),
        Err(MoneyError::OutOfRange { field: "pue", .. })
    ));
}

#[test]
fn rented_cards_cost_their_rent_and_our_people() {
    let mut usage = wuxi();
    usage.pools[0].hardware = "h100-sxm".into();
    usage.pools[0].peak_it_kw = None; // the lessor's affair
    let reserved = Money {
        tenure: Tenure::Rent,
        ..Money::default()
    };
    let r = run(&reserved, &usage).unwrap();
    assert_eq!(line(&r, LineItem::Rent), 1536.0 * 2.0);
    assert_eq!(
        line(&r, LineItem::Electricity) + line(&r, LineItem::Building),
        0.0
    );
    assert_eq!(r.capex.0, 0.0);
    // On demand: dearer by the hour, billed for the mean load.
    let on_demand = Money {
        rental: Rental::OnDemand,
        ..reserved
    };
    let r = run(&on_demand, &usage).unwrap();
    assert!((line(&r, LineItem::Rent) - 1536.0 * 2.95 * 0.65).abs() < 1e-9);
}

#[test]
fn mixed_tenure_lies_between_own_and_rent() {
    let mut usage = wuxi();
    usage.pools[0].hardware = "h100-sxm".into();
    let of = |tenure, share| {
        let money = Money {
            tenure,
            rented_share: share,
            ..Money::default()
        };
        run(&money, &usage).unwrap().per_hour.0
    };
    let (own, rent) = (of(Tenure::Own, 0.0), of(Tenure::Rent, 0.0));
    let mixed = of(Tenure::Mixed, 0.25);
    assert!((mixed - (0.75 * own + 0.25 * rent)).abs() < 1e-9 * own);
}

#[test]
fn idle_power_counts_and_follows_the_hour_of_the_tariff() {
    let mut usage = wuxi();
    usage.mean_load = 0.0001;
    let idle = power(&Money::default(), &LoadCurve::Flat, &usage).unwrap();
    assert!((idle.mean_kw.unwrap() / (2236.0 * 1.15 * 0.4) - 1.0).abs() < 1e-3);
    // Night is cheap; a load at night pays less than one by day.
    let mut tariff = vec![0.5; 12];
    tariff.extend(vec![1.5; 12]);
    let money = Money {
        electricity_hours: tariff,
        ..Money::default()
    };
    let half = |first: f64| {
        let mut hours = vec![first; 12];
        hours.extend(vec![2.0 - first; 12]);
        LoadCurve::Custom(hours)
    };
    let card = ascend_910c();
    let of = |curve: &LoadCurve| {
        let usage = Usage {
            mean_load: 0.5,
            ..wuxi()
        };
        line(
            &cost(&money, curve, &usage, &|_| Some(&card)).unwrap(),
            LineItem::Electricity,
        )
    };
    // At night only: 12 h at 100 % and half price, 12 h idle at 1.5 times the price.
    let expected = 2236.0 * 1.15 * 0.088 * (0.5 * 1.0 + 1.5 * 0.4) / 2.0;
    assert!((of(&half(2.0)) / expected - 1.0).abs() < 1e-12);
    assert!(of(&half(2.0)) < of(&LoadCurve::Flat) && of(&LoadCurve::Flat) < of(&half(0.0)));
}

#[test]
fn energy_is_power_times_time() {
    let p = power(&Money::default(), &LoadCurve::Flat, &wuxi()).unwrap();
    let mean = p.mean_kw.unwrap();
    assert!((p.mwh_per_day.unwrap() - mean * HOURS as f64 / 1000.0).abs() < 1e-12);
    let million_output = 2.5e9 * 0.65 / 1e6;
    assert!((p.kwh_per_million_output.unwrap() - mean / million_output).abs() < 1e-12);
    // Jiangsu's grid.
    assert!((p.kg_co2_per_million_output.unwrap() - mean / million_output * 0.5827).abs() < 1e-12);
    let mut dark = wuxi();
    dark.pools[0].peak_it_kw = None;
    assert_eq!(
        power(&Money::default(), &LoadCurve::Flat, &dark).unwrap(),
        Power::default()
    );
}

/// Σ cost per token × tokens, over the kinds, is the cost: nothing is lost, nothing counted twice.
fn conserved(result: &CostResult) -> bool {
    let (c, t) = (result.per_million, result.tokens_per_hour);
    let sum = (c.input * t.input + c.cached_input * t.cached_input + c.output * t.output) / 1e6;
    let lines = result.lines.iter().all(|l| {
        let c = l.per_million;
        let sum = (c.input * t.input + c.cached_input * t.cached_input + c.output * t.output) / 1e6;
        (sum - l.per_hour.0).abs() <= 1e-9 * result.per_hour.0
    });
    lines && (sum / result.per_hour.0 - 1.0).abs() < 1e-9
}

fn a_pool() -> impl Strategy<Value = PoolUse> {
    (
        0usize..2,
        1u32..2000,
        1.0f64..5000.0,
        [0.0f64..1e-2, 0.0..1e-3, 0.0..1e-1],
        prop::bool::ANY,
    )
        .prop_map(
            |(hardware, cards, kw, [input, cached_input, output], used)| PoolUse {
                hardware: ["ascend-910c", "h100-sxm"][hardware].into(),
                super_nodes: 1,
                cards,
                peak_it_kw: Some(kw),
                card_seconds: if used {
                    TokenFlow {
                        input,
                        cached_input,
                        output,
                    }
                } else {
                    TokenFlow::default()
                },
            },
        )
}

proptest! {
    #[test]
    fn allocation_conserves_the_cost(
        first in a_pool(),
        others in prop::collection::vec(a_pool(), 0..3),
        flow in [0.0f64..1e11, 0.0..1e11, 1.0..1e11],
        load in 0.01f64..1.2,
    ) {
        let mut pools = vec![first];
        pools[0].card_seconds.output += 1e-6; // one pool at least does something
        pools.extend(others);
        let usage = Usage {
            pools,
            capacity_per_hour: TokenFlow { input: flow[0], cached_input: flow[1], output: flow[2] },
            mean_load: load,
        };
        let result = run(&Money::default(), &usage).unwrap();
        prop_assert!(conserved(&result));
        prop_assert!(result.low <= result.per_hour && result.per_hour <= result.high);
    }
}

/// A pool for prefill alone pays for input alone, one for decode for output alone, however dear each.
#[test]
fn each_pool_pays_for_its_own_tokens() {
    let mut usage = wuxi();
    let mut decode = usage.pools[0].clone();
    usage.pools[0].card_seconds = TokenFlow {
        input: 1e-4,
        cached_input: 0.0,
        output: 0.0,
    };
    decode.hardware = "h100-sxm".into();
    decode.card_seconds = TokenFlow {
        input: 0.0,
        cached_input: 0.0,
        output: 1e-3,
    };
    usage.pools.push(decode);
    let r = run(&Money::default(), &usage).unwrap();
    assert!(conserved(&r));
    assert_eq!(r.per_million.cached_input, 0.0);
    // A spare pool that serves nobody is paid by both, in proportion.
    let mut spare = usage.pools[1].clone();
    spare.card_seconds = TokenFlow::default();
    usage.pools.push(spare);
    let with_spare = run(&Money::default(), &usage).unwrap();
    assert!(conserved(&with_spare));
    let ratio = |r: &CostResult| r.per_million.output / r.per_million.input;
    assert!((ratio(&with_spare) / ratio(&r) - 1.0).abs() < 0.05);
    assert!(with_spare.per_million.input > r.per_million.input);
}

#[test]
fn nothing_made_is_no_cost_per_token() {
    let mut usage = wuxi();
    usage.mean_load = 0.0;
    assert_eq!(run(&Money::default(), &usage), Err(MoneyError::NothingMade));
    usage.mean_load = 0.5;
    usage.pools.clear();
    assert_eq!(run(&Money::default(), &usage), Err(MoneyError::NothingMade));
}

#[test]
fn the_summary_is_the_result_in_both_currencies() {
    let r = run(&Money::default(), &wuxi()).unwrap();
    let s = r.summary();
    let stack = s.stack;
    let shares = stack.capital + stack.building + stack.energy + stack.maintenance + stack.staff;
    assert!((shares - 1.0).abs() < 1e-12);
    let hour = s.per_hour.unwrap();
    assert!((hour.cny / hour.usd - 6.8).abs() < 1e-12);
    let all = s.per_million.unwrap().blended_output.usd * r.tokens_per_hour.output / 1e6;
    assert!((all / hour.usd - 1.0).abs() < 1e-12);
}
