//! What selling the scenario's tokens comes to: one calculation that the whole view reads.

use std::sync::Arc;

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::evaluation::Evaluation;
use token_factory::money::{
    Bar, CashFlow, Comparison, CostResult, Energy, Market, Measure, MoneyError, Outlook,
    PriceResult, Usd, cash_flow, compare, cost, energy, market, outlook, price, tornado, unit_band,
};
use token_factory::scenario::{ModelChoice, Scenario};

use crate::state::App;

/// Demands at which owning, renting and buying are compared.
const COMPARED: u32 = 60;

/// Everything that the view shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Business {
    /// Cost.
    pub cost: CostResult,
    /// Offers of others.
    pub market: Market,
    /// Price list and margin.
    pub sale: PriceResult,
    /// Month by month.
    pub flow: CashFlow,
    /// Bands.
    pub outlook: Outlook,
    /// Band of the tokens made, as factors around 1.
    pub throughput: (f64, f64),
    /// Band of what a token costs, as factors around 1.
    pub unit: (f64, f64),
    /// Own, rent, API.
    pub comparison: Comparison,
    /// What moves the cost.
    pub bars: Vec<Bar>,
    /// Energy; `None` where the power is unknown.
    pub energy: Option<Energy>,
}

/// Why there is nothing to show.
#[derive(Clone, Debug, PartialEq)]
pub enum Nothing {
    /// The model is not served.
    NotServed,
    /// A price, a power, or a term is missing or out of range.
    Money(MoneyError),
}

/// The calculation for the scenario as it stands.
pub type Sale = Memo<Result<Arc<Business>, Nothing>>;

/// Sets the calculation up; views get it from the context.
pub fn provide() -> Sale {
    let app = App::here();
    let sale: Sale = Memo::new(move |_| {
        let evaluation = app.evaluation.get();
        app.scenario
            .with(|s| business(s, &evaluation).map(Arc::new))
    });
    provide_context(sale);
    sale
}

/// The calculation.
pub fn here() -> Sale {
    expect_context()
}

fn business(s: &Scenario, e: &Evaluation) -> Result<Business, Nothing> {
    let usage = e.usage.as_ref().ok_or(Nothing::NotServed)?;
    let catalogue = Catalogue::embedded();
    let find = |id: &str| catalogue.accelerator(id);
    let (money, curve) = (&s.money, &s.workload.load_curve);
    let cost = cost(money, curve, usage, &find).map_err(Nothing::Money)?;
    let model = match &s.model {
        ModelChoice::Catalogue(id) => id.as_str(),
        ModelChoice::Custom(_) => "",
    };
    let market = market(catalogue.prices.iter(), model, cost.terms.rate);
    let sale = price(&cost, money, &market).map_err(Nothing::Money)?;
    let flow = cash_flow(&cost, &sale, money).map_err(Nothing::Money)?;
    let band = e.bands.output_tokens_per_s;
    let made = e.tokens_per_s.output.max(1e-12);
    let throughput = if band.high > 0.0 {
        (band.low / made, band.high / made)
    } else {
        (1.0, 1.0)
    };
    let outlook = outlook(&cost, &sale, &flow, money, throughput).map_err(Nothing::Money)?;
    let comparison =
        compare(money, curve, usage, &find, &market, COMPARED).map_err(Nothing::Money)?;
    let bars = tornado(&cost, money, &find, Measure::Output).map_err(Nothing::Money)?;
    let energy = energy(money, curve, usage).map_err(Nothing::Money)?;
    Ok(Business {
        throughput,
        unit: unit_of(e).unwrap_or_else(|| unit_band(&cost, throughput)),
        cost,
        market,
        sale,
        flow,
        outlook,
        comparison,
        bars,
        energy,
    })
}

/// The plan's band of what a token costs, as factors around 1: one figure has one band.
fn unit_of(e: &Evaluation) -> Option<(f64, f64)> {
    let (band, central) = (
        e.bands.cost_per_million_output_usd,
        e.cost.per_million?.output.usd,
    );
    (band.high > 0.0 && central > 0.0).then(|| (band.low / central, band.high / central))
}

impl Business {
    /// An amount in the scenario's currency.
    pub fn show(&self, s: &Scenario, amount: Usd) -> f64 {
        self.cost.terms.rate.show(amount, s.money.currency)
    }
}
