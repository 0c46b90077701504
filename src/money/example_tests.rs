//! The worked example of `worked_example.md`: every step by plain arithmetic from the stated inputs,
//! compared with the program and, digit by digit, with the text.

use super::*;
use crate::catalogue::Catalogue;
use crate::evaluation::{PoolUse, TokenFlow, Usage};
use crate::scenario::{BusinessPlan, LoadCurve, Money};

const TEXT: &str = include_str!("worked_example.md");

/// A number with thousands separators and `digits` decimals.
fn show(value: f64, digits: usize) -> String {
    let text = format!("{:.*}", digits, value.abs());
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 { "−" } else { "" };
    fraction.map_or(format!("{sign}{grouped}"), |f| {
        format!("{sign}{grouped}.{f}")
    })
}

/// The text has a row that begins with `name` and holds the value, to the last digit printed.
fn in_text(name: &str, value: f64, digits: usize) {
    let shown = show(value, digits);
    let row = TEXT.lines().find(|l| l.starts_with(&format!("| {name} |")));
    let row = row
        .unwrap_or_else(|| panic!("no row \"{name}\" in the text; it should end in **{shown}**"));
    assert!(
        row.contains(&format!("**{shown}**")),
        "{name} is {shown}, the text says: {row}"
    );
}

fn same(program: f64, by_hand: f64) {
    assert!(
        (program / by_hand - 1.0).abs() < 1e-12,
        "program {program}, by hand {by_hand}"
    );
}

#[test]
fn the_worked_example_is_right_to_the_last_digit() {
    // Step 1: what is bought. Inputs as in the text.
    let (cards, card_price, kw_per_card) = (1536.0, 21354.0, 1.456);
    let accelerators: f64 = cards * card_price;
    let network = accelerators * 0.08 / 0.88;
    let storage = accelerators * 0.04 / 0.88;
    let spares = accelerators * 0.03;
    let it_kw = cards * kw_per_card;
    let building = it_kw / 1000.0 * 7.11e6;
    let capex = accelerators + network + storage + spares + building;
    in_text("Accelerators", accelerators, 2);
    in_text("Network", network, 2);
    in_text("Storage", storage, 2);
    in_text("Spares", spares, 2);
    in_text("IT power", it_kw, 3);
    in_text("Building", building, 2);
    in_text("Capex", capex, 2);
    in_text("Capex in CNY", capex * 6.8, 2);

    // Step 2: annuities.
    let a5 = 0.08 / (1.0 - 1.08_f64.powi(-5));
    let a20 = 0.08 / (1.0 - 1.08_f64.powi(-20));
    in_text("Annuity, 5 years", a5, 9);
    in_text("Annuity, 20 years", a20, 9);

    // Step 3: the hour.
    let hour = |yearly: f64| yearly / 8760.0;
    let lines = [
        (
            "Accelerators per hour",
            LineItem::Accelerators,
            hour(accelerators * a5),
        ),
        ("Network per hour", LineItem::Network, hour(network * a5)),
        ("Storage per hour", LineItem::Storage, hour(storage * a5)),
        ("Spares per hour", LineItem::Spares, hour(spares * a5)),
        (
            "Building per hour",
            LineItem::Building,
            hour(building * a20),
        ),
        (
            "Electricity per hour",
            LineItem::Electricity,
            it_kw * (0.4 + 0.6 * 0.65) * 1.15 * 0.088,
        ),
        (
            "Maintenance per hour",
            LineItem::Maintenance,
            hour((accelerators + network + storage) * 0.04),
        ),
        (
            "Staff per hour",
            LineItem::Staff,
            hour(1536.0 / 96.0 * 400_000.0 / 6.8),
        ),
    ];
    for (name, _, value) in lines {
        in_text(name, value, 4);
    }
    let per_hour: f64 = lines.iter().map(|l| l.2).sum();
    in_text("Cost per hour", per_hour, 4);
    in_text("Cost per hour in CNY", per_hour * 6.8, 4);
    in_text("Mean power at the meter", it_kw * 0.79 * 1.15, 3);

    // Step 4: tokens. 64 of the cards are spare; rates per card as published for CloudMatrix384.
    let (prefill, decode) = (1.0 / 5655.0, 1.0 / 1943.0);
    let request = 4096.0 * prefill + 1024.0 * decode;
    let per_second = 1472.0 / request;
    let (input, output) = (per_second * 4096.0 * 3600.0, per_second * 1024.0 * 3600.0);
    in_text("Card-seconds of a request", request, 6);
    in_text("Requests per second at capacity", per_second, 4);
    in_text("Input tokens per mean hour", input * 0.65, 0);
    in_text("Output tokens per mean hour", output * 0.65, 0);

    // Step 5: allocation.
    let busy = (input * prefill + output * decode) * 0.65;
    let per_input = per_hour * prefill / busy * 1e6;
    let per_output = per_hour * decode / busy * 1e6;
    in_text("Per million input", per_input, 6);
    in_text("Per million output", per_output, 6);
    in_text("Per million output in CNY", per_output * 6.8, 6);
    in_text(
        "Blended per million output",
        per_hour / (output * 0.65 / 1e6),
        6,
    );
    same(
        per_input * input * 0.65 / 1e6 + per_output * output * 0.65 / 1e6,
        per_hour,
    );

    // Step 6: price for 50 % margin at the ratios of the market (input 0.5675, output 2.2535).
    let revenue = per_hour / (1.0 - 0.5);
    let at_market = (input * 0.5675 + output * 2.2535) * 0.65 / 1e6;
    let factor = revenue / at_market;
    in_text("Revenue per hour", revenue, 4);
    in_text("Input price", 0.5675 * factor, 6);
    in_text("Output price", 2.2535 * factor, 6);
    in_text("Output price in CNY", 2.2535 * factor * 6.8, 6);

    // Step 7: five steady years.
    let running: f64 = lines[5..].iter().map(|l| l.2).sum();
    let monthly = (revenue - running) * 730.0;
    let month_rate = 1.08_f64.powf(1.0 / 12.0) - 1.0;
    let left = building * 0.75;
    let worth = monthly * (1.0 - (1.0 + month_rate).powi(-60)) / month_rate
        + left * (1.0 + month_rate).powi(-60)
        - capex;
    in_text("Cash per month", monthly, 2);
    in_text("Payback in months", capex / monthly, 4);
    in_text("Building left after five years", left, 2);
    in_text("NPV", worth, 2);
    in_text("NPV in CNY", worth * 6.8, 2);

    // The program, from the default scenario's money.
    let catalogue = Catalogue::embedded();
    let money = Money {
        plan: BusinessPlan {
            months: 60,
            ramp_months: 0,
            lead_months: 0,
            price_erosion: 0.0,
            ..BusinessPlan::default()
        },
        ..Money::default()
    };
    let usage = Usage {
        pools: vec![PoolUse {
            hardware: "ascend-910c".into(),
            super_nodes: 4,
            cards: 1536,
            peak_it_kw: Some(it_kw),
            card_seconds: TokenFlow {
                input: prefill,
                cached_input: 0.0,
                output: decode,
            },
        }],
        capacity_per_hour: TokenFlow {
            input,
            cached_input: 0.0,
            output,
        },
        mean_load: 0.65,
    };
    let r = cost(&money, &LoadCurve::Flat, &usage, &|id| {
        catalogue.accelerator(id)
    })
    .unwrap();
    for (_, item, value) in lines {
        same(r.line(item).unwrap().per_hour.0, value);
    }
    same(r.capex.0, capex);
    same(r.per_hour.0, per_hour);
    same(r.per_million.input, per_input);
    same(r.per_million.output, per_output);
    let power = power(&money, &LoadCurve::Flat, &usage).unwrap();
    same(power.mean_kw.unwrap(), it_kw * 0.79 * 1.15);
    let market = market(catalogue.prices.iter(), "deepseek-r1", r.terms.rate);
    let sale = price(&r, &money, &market).unwrap();
    same(sale.revenue_per_hour.0, revenue);
    same(sale.lines[0].list.0, 2.2535 * factor);
    same(sale.lines[1].list.0, 0.5675 * factor);
    let flow = cash_flow(&r, &sale, &money).unwrap();
    same(flow.payback_month.unwrap(), capex / monthly);
    same(flow.terminal.0, left);
    assert!((flow.npv.0 - worth).abs() < 1e-3, "{} {worth}", flow.npv.0);
    in_text("IRR", flow.irr.one().unwrap() * 100.0, 4);
}
