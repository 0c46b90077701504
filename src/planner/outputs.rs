//! The results that can be compared, swept and ranked: one number of an evaluation by name.

use crate::evaluation::{Amount, Evaluation, FrontierPoint};
use crate::scenario::Currency;

/// A result of a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Output {
    /// Output tokens per second.
    #[default]
    OutputRate,
    /// Output tokens in a mean day.
    PerDay,
    /// Output tokens per second and working card.
    PerCard,
    /// Requests at once.
    Concurrency,
    /// Requests finished per second.
    RequestRate,
    /// Median time per output token, ms.
    Tpot,
    /// Median time to first token, ms.
    Ttft,
    /// 95th percentile of the time to first token, ms.
    TtftP95,
    /// Cost per million output tokens.
    CostOutput,
    /// Cost per million input tokens.
    CostInput,
    /// All cost over output tokens alone, per million.
    CostBlended,
    /// Cost of the whole factory per hour.
    CostPerHour,
    /// Power at the meter at mean load, kW.
    Power,
    /// Energy per million output tokens, kWh.
    Energy,
    /// CO₂ per million output tokens, kg.
    Carbon,
    /// Cards that take part in an instance.
    CardsWorking,
}

impl Output {
    /// Every result, in the order of lists.
    pub const ALL: [Self; 16] = [
        Self::OutputRate,
        Self::PerDay,
        Self::PerCard,
        Self::Concurrency,
        Self::RequestRate,
        Self::Tpot,
        Self::Ttft,
        Self::TtftP95,
        Self::CostOutput,
        Self::CostInput,
        Self::CostBlended,
        Self::CostPerHour,
        Self::Power,
        Self::Energy,
        Self::Carbon,
        Self::CardsWorking,
    ];

    /// Its name in exports and stored choices.
    pub const fn key(self) -> &'static str {
        match self {
            Self::OutputRate => "output-rate",
            Self::PerDay => "per-day",
            Self::PerCard => "per-card",
            Self::Concurrency => "concurrency",
            Self::RequestRate => "request-rate",
            Self::Tpot => "tpot",
            Self::Ttft => "ttft",
            Self::TtftP95 => "ttft-p95",
            Self::CostOutput => "cost-output",
            Self::CostInput => "cost-input",
            Self::CostBlended => "cost-blended",
            Self::CostPerHour => "cost-hour",
            Self::Power => "power",
            Self::Energy => "energy",
            Self::Carbon => "carbon",
            Self::CardsWorking => "cards-working",
        }
    }

    /// The result of this name.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.key() == key)
    }

    /// An amount of money.
    pub const fn is_money(self) -> bool {
        matches!(
            self,
            Self::CostOutput | Self::CostInput | Self::CostBlended | Self::CostPerHour
        )
    }

    /// Whether more of it is better; `None` = neither.
    pub const fn more_is_better(self) -> Option<bool> {
        match self {
            Self::OutputRate | Self::PerDay | Self::PerCard | Self::RequestRate => Some(true),
            Self::Tpot
            | Self::Ttft
            | Self::TtftP95
            | Self::CostOutput
            | Self::CostInput
            | Self::CostBlended
            | Self::Energy
            | Self::Carbon => Some(false),
            Self::Concurrency | Self::CostPerHour | Self::Power | Self::CardsWorking => None,
        }
    }

    /// Its value, money in `currency`; `None` = unknown, or nothing fits.
    pub fn value(self, e: &Evaluation, currency: Currency) -> Option<f64> {
        if !e.fits {
            return None;
        }
        let money = |a: Amount| match currency {
            Currency::Cny => a.cny,
            Currency::Usd => a.usd,
        };
        let per_million = e.cost.per_million;
        match self {
            Self::OutputRate => Some(e.tokens_per_s.output),
            Self::PerDay => Some(e.tokens_per_day.output),
            Self::PerCard => Some(e.output_tokens_per_s_per_card),
            Self::Concurrency => Some(e.concurrency),
            Self::RequestRate => Some(e.requests_per_s),
            Self::Tpot => Some(e.tpot_ms.p50),
            Self::Ttft => Some(e.ttft_ms.p50),
            Self::TtftP95 => Some(e.ttft_ms.p95),
            Self::CostOutput => per_million.map(|c| money(c.output)),
            Self::CostInput => per_million.map(|c| money(c.input)),
            Self::CostBlended => per_million.map(|c| money(c.blended_output)),
            Self::CostPerHour => e.cost.per_hour.map(money),
            Self::Power => e.power.mean_kw,
            Self::Energy => e.power.kwh_per_million_output,
            Self::Carbon => e.power.kg_co2_per_million_output,
            Self::CardsWorking => Some(f64::from(e.cards_working)),
        }
        .filter(|v| v.is_finite())
    }
}

/// All results of one evaluation, small enough to keep thousands of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    values: [Option<f64>; Output::ALL.len()],
    /// Both latency targets hold.
    pub meets_targets: bool,
}

impl Outcome {
    /// The results of an evaluation, money in `currency`.
    pub fn of(e: &Evaluation, currency: Currency) -> Self {
        Self {
            values: Output::ALL.map(|o| o.value(e, currency)),
            meets_targets: e.meets_targets,
        }
    }

    /// One of them; `None` = unknown, or nothing fits.
    pub fn value(&self, output: Output) -> Option<f64> {
        let at = Output::ALL.iter().position(|o| *o == output)?;
        self.values.get(at).copied().flatten()
    }
}

/// The frontier whatever the mode: (tokens/s per user, tokens/s per card), slowest user first; a
/// point that another beats in both is left out.
pub fn envelope(points: &[FrontierPoint]) -> Vec<(f64, f64)> {
    let mut all: Vec<(f64, f64)> = points
        .iter()
        .map(|p| (p.tokens_per_s_user, p.tokens_per_s_card))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let mut out: Vec<(f64, f64)> = Vec::new();
    for point in all {
        if out.last().is_none_or(|best| point.1 > best.1) {
            out.push(point);
        }
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_know_every_result() {
        assert_eq!(
            Output::ALL.map(Output::key),
            crate::scenario::explored::OUTPUTS
        );
    }

    #[test]
    fn the_envelope_leaves_out_what_is_beaten() {
        let e = evaluate(&Scenario::default(), Catalogue::embedded());
        let line = envelope(&e.frontier);
        assert!(line.len() > 3);
        assert!(line.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 > w[1].1));
        // Nothing on the frontier lies above the line.
        for p in &e.frontier {
            let as_fast = line.iter().filter(|(x, _)| *x >= p.tokens_per_s_user);
            let best = as_fast.map(|(_, y)| *y).fold(0.0, f64::max);
            assert!(best >= p.tokens_per_s_card);
        }
        assert!(envelope(&[]).is_empty());
    }
    use crate::catalogue::Catalogue;
    use crate::planner::evaluate;
    use crate::scenario::{Scenario, fields};

    #[test]
    fn keys_are_unique_and_lead_back() {
        for output in Output::ALL {
            assert_eq!(Output::of_key(output.key()), Some(output));
        }
        assert_eq!(Output::of_key("speed"), None);
    }

    #[test]
    fn an_outcome_holds_what_the_evaluation_says() {
        let s = Scenario::default();
        let e = evaluate(&s, Catalogue::embedded());
        let o = Outcome::of(&e, Currency::Usd);
        assert_eq!(o.value(Output::OutputRate), Some(e.tokens_per_s.output));
        assert_eq!(o.value(Output::Tpot), Some(e.tpot_ms.p50));
        let cny = Outcome::of(&e, Currency::Cny);
        let ratio = cny.value(Output::CostOutput).unwrap() / o.value(Output::CostOutput).unwrap();
        assert!((ratio / s.money.cny_per_usd - 1.0).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn where_nothing_fits_nothing_is_known() {
        let s = fields::with(&Scenario::default(), "hw", "rtx-4090")
            .and_then(|s| fields::with(&s, "cards", "1"))
            .and_then(|s| fields::with(&s, "pods", "1"))
            .unwrap();
        let o = Outcome::of(&evaluate(&s, Catalogue::embedded()), Currency::Usd);
        assert!(Output::ALL.iter().all(|x| o.value(*x).is_none()));
    }
}
