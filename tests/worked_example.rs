//! The worked example of `src/money/worked_example.md`: every step by plain arithmetic from the stated
//! inputs, compared with the program and, digit by digit, with the text.
#![cfg(not(target_arch = "wasm32"))]

use token_factory::catalogue::Catalogue;
use token_factory::money::finance::Irr;
use token_factory::money::{LineItem, cash_flow, cost, market, power, price};
use token_factory::planner::evaluate;
use token_factory::scenario::link;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/money/worked_example.md");

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

/// The text with its bold figures: a row begins with the name of what it holds.
struct Text {
    lines: Vec<String>,
    update: bool,
}

impl Text {
    fn holds(&mut self, name: &str, value: f64, digits: usize) {
        let shown = show(value, digits);
        let begins = format!("| {name} |");
        let row = self.lines.iter_mut().find(|l| l.starts_with(&begins));
        let row = row.unwrap_or_else(|| panic!("no row \"{name}\"; it should hold **{shown}**"));
        let parts: Vec<&str> = row.split("**").collect();
        assert_eq!(parts.len(), 3, "one bold figure: {row}");
        if self.update {
            *row = [parts[0], &shown, parts[2]].join("**");
        } else {
            assert_eq!(parts[1], shown, "{name}");
        }
    }
}

fn same(program: f64, by_hand: f64) {
    assert!(
        (program / by_hand - 1.0).abs() < 1e-12,
        "program {program}, by hand {by_hand}"
    );
}

#[test]
fn the_worked_example_is_right_to_the_last_digit() {
    let text = std::fs::read_to_string(PATH).expect("the text");
    let fragment = text
        .lines()
        .map(str::trim)
        .find(|l| l.starts_with("#v=1"))
        .expect("the link")
        .to_owned();
    let mut text = Text {
        lines: text.lines().map(str::to_owned).collect(),
        update: std::env::var_os("UPDATE_GOLDEN").is_some(),
    };

    // Step 1: what is bought. Inputs as in the text.
    let (cards, spare, card_price, kw_per_card) = (1536.0, 64.0, 21354.0, 1.456);
    let accelerators: f64 = cards * card_price;
    let network = accelerators * 0.08 / 0.88;
    let storage = accelerators * 0.04 / 0.88;
    let spares = accelerators * 0.03;
    let it_kw = (cards - spare + spare * 0.4) * kw_per_card;
    let building = it_kw / 1000.0 * 7.11e6;
    let capex = accelerators + network + storage + spares + building;
    text.holds("Accelerators", accelerators, 2);
    text.holds("Network", network, 2);
    text.holds("Storage", storage, 2);
    text.holds("Spares", spares, 2);
    text.holds("IT power", it_kw, 3);
    text.holds("Building", building, 2);
    text.holds("Capex", capex, 2);
    text.holds("Capex in CNY", capex * 6.8, 2);

    // Step 2: annuities.
    let a5 = 0.08 / (1.0 - 1.08_f64.powi(-5));
    let a20 = 0.08 / (1.0 - 1.08_f64.powi(-20));
    text.holds("Annuity, 5 years", a5, 9);
    text.holds("Annuity, 20 years", a20, 9);

    // Step 3: the hour.
    let hour = |yearly: f64| yearly / 8760.0;
    let mean_kw = it_kw * (0.4 + 0.6 * 0.65) * 1.15;
    let hardware = accelerators + network + storage;
    let staff = hour(1536.0 / 96.0 * 400_000.0 / 6.8);
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
            mean_kw * 0.088,
        ),
        (
            "Maintenance per hour",
            LineItem::Maintenance,
            hour(hardware * 0.04),
        ),
        ("Staff per hour", LineItem::Staff, staff),
    ];
    for (name, _, value) in lines {
        text.holds(name, value, 4);
    }
    let per_hour: f64 = lines.iter().map(|l| l.2).sum();
    text.holds("Cost per hour", per_hour, 4);
    text.holds("Cost per hour in CNY", per_hour * 6.8, 4);
    text.holds("Mean power at the meter", mean_kw, 3);

    // Step 4: tokens. What the factory makes is the plan's.
    let catalogue = Catalogue::embedded();
    let scenario = link::decode(&fragment).state.scenario;
    let evaluation = evaluate(&scenario, catalogue);
    let usage = evaluation.usage.as_ref().expect("a plan");
    let [pool] = usage.pools.as_slice() else {
        panic!("one pool")
    };
    let (made, seconds) = (usage.capacity_per_hour, pool.card_seconds);
    let (input, output) = (made.input * 0.65, made.output * 0.65);
    let busy = input * seconds.input + output * seconds.output;
    text.holds("Input tokens per hour at capacity", made.input, 0);
    text.holds("Output tokens per hour at capacity", made.output, 0);
    text.holds("Card-seconds per million input", seconds.input * 1e6, 4);
    text.holds("Card-seconds per million output", seconds.output * 1e6, 4);
    text.holds("Input tokens per mean hour", input, 0);
    text.holds("Output tokens per mean hour", output, 0);
    text.holds("Million card-seconds used in a mean hour", busy / 1e6, 6);

    // Step 5: allocation.
    let per_input = per_hour / busy * seconds.input * 1e6;
    let per_output = per_hour / busy * seconds.output * 1e6;
    text.holds("Per million input", per_input, 6);
    text.holds("Per million output", per_output, 6);
    text.holds("Per million output in CNY", per_output * 6.8, 6);
    let blended = per_hour / (output / 1e6);
    text.holds("Blended per million output", blended, 6);
    same((per_input * input + per_output * output) / 1e6, per_hour);

    // Step 6: price for 50 % margin at the ratios of the market (input 0.5675, output 2.2535).
    let revenue = per_hour / (1.0 - 0.5);
    let factor = revenue / ((input * 0.5675 + output * 2.2535) / 1e6);
    text.holds("Revenue per hour", revenue, 4);
    text.holds("Input price", 0.5675 * factor, 6);
    text.holds("Output price", 2.2535 * factor, 6);
    text.holds("Output price in CNY", 2.2535 * factor * 6.8, 6);

    // Step 7: five steady years.
    let running: f64 = lines[5..].iter().map(|l| l.2).sum();
    let monthly = (revenue - running) * 730.0;
    let month_rate = 1.08_f64.powf(1.0 / 12.0) - 1.0;
    let left = building * 0.75;
    let worth = monthly * (1.0 - (1.0 + month_rate).powi(-60)) / month_rate
        + left * (1.0 + month_rate).powi(-60)
        - capex;
    text.holds("Cash per month", monthly, 2);
    text.holds("Payback in months", capex / monthly, 4);
    text.holds("Building left after five years", left, 2);
    text.holds("NPV", worth, 2);
    text.holds("NPV in CNY", worth * 6.8, 2);

    // The program, from the link.
    let money = &scenario.money;
    let curve = &scenario.workload.load_curve;
    let r = cost(money, curve, usage, &|id| catalogue.accelerator(id)).expect("a cost");
    for (_, item, value) in lines {
        same(r.line(item).expect("a line").per_hour.0, value);
    }
    same(r.capex.0, capex);
    same(r.per_hour.0, per_hour);
    same(r.per_million.input, per_input);
    same(r.per_million.output, per_output);
    same(r.blended_output.0, blended);
    let power = power(money, curve, usage).expect("power");
    same(power.mean_kw.expect("known"), mean_kw);
    let market = market(catalogue.prices.iter(), "deepseek-r1", r.terms.rate);
    let sale = price(&r, money, &market).expect("a price");
    same(sale.revenue_per_hour.0, revenue);
    same(sale.lines[0].list.0, 2.2535 * factor);
    same(sale.lines[1].list.0, 0.5675 * factor);
    let flow = cash_flow(&r, &sale, money).expect("a plan");
    same(flow.payback_month.expect("paid back"), capex / monthly);
    same(flow.terminal.0, left);
    assert!((flow.npv.0 - worth).abs() < 1e-3, "{} {worth}", flow.npv.0);
    let Irr::One { rate } = flow.irr else {
        panic!("one rate, not {:?}", flow.irr)
    };
    // By the definition: at that rate the payments of step 7 are worth nothing today.
    let at = (1.0 + rate).powf(1.0 / 12.0) - 1.0;
    let zero = monthly * (1.0 - (1.0 + at).powi(-60)) / at + left * (1.0 + at).powi(-60) - capex;
    assert!(zero.abs() < 1e-6 * capex, "{zero}");
    text.holds("IRR", rate * 100.0, 4);

    if text.update {
        std::fs::write(PATH, text.lines.join("\n") + "\n").expect("written");
    }
}
