//! The plan held against the running factory: each figure with its gap, and what explains it.
//!
//! A plan speaks of capacity, a factory runs under today's load. So the plan is brought to the load
//! seen: [`at_same_load`] gives the scenario to evaluate for that; without its evaluation simple
//! rules stand in, and every row says which of them it rests on.

mod adopt;
mod reasons;
#[cfg(test)]
mod tests;

pub use adopt::{Adopted, Unseen, adopt, hardware_of, model_of};
pub use reasons::{Reason, ReasonKind};

use serde::Serialize;

use super::flow::{CostBasis, Figure, Flow};
use super::state::Factory;
use crate::catalogue::Catalogue;
use crate::evaluation::{Band, Evaluation, Mode, Phase};
use crate::scenario::{Currency, LoadCurve, ModeChoice, Scenario};

/// Requests that wait, in seconds of what is finished: from here on the factory is at its limit and
/// the rate it finishes says nothing of the rate offered.
const SATURATED_WAIT_S: f64 = 5.0;
/// Reasons are looked for in the last so many seconds.
pub const REASONS_S: f64 = 120.0;
/// Gaps smaller than this want no explanation, share of the plan.
const NOTABLE_GAP: f64 = 0.05;
/// Kilowatt-hours per million tokens → joules per token.
const JOULES_PER_KWH_PER_MILLION: f64 = 3.6;

/// A plan with its results.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// What is planned.
    pub scenario: &'a Scenario,
    /// What it comes to.
    pub evaluation: &'a Evaluation,
    /// What [`at_same_load`]'s scenario comes to, where it has been worked out.
    pub at_load: Option<&'a Evaluation>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Output tokens per second.
    OutputTokensPerS,
    /// Output tokens per second and card that reports.
    OutputPerCard,
    /// Requests finished per second.
    RequestsPerS,
    /// Median time to first token, ms.
    TtftP50,
    /// 95th percentile of time to first token, ms.
    TtftP95,
    /// Median time per output token, ms.
    TpotP50,
    /// 95th percentile of time per output token, ms.
    TpotP95,
    /// Requests in flight.
    Running,
    /// KV cache in use, 0..1.
    KvUsed,
    /// Power at the meter, kW.
    WallPower,
    /// Energy at the meter per output token, J.
    JoulesPerToken,
    /// Cost per million output tokens, in the plan's currency.
    CostPerMillion,
}

/// How the plan's figure was brought to the load seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaled {
    /// The plan was evaluated at the request rate seen.
    SameLoad,
    /// The plan's figure at capacity times the load (power: between idle and full).
    Linear,
    /// The plan at capacity: the factory is at its limit, or the figure cannot be scaled by a rule.
    AtCapacity,
}

/// One figure: plan against actual.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What is compared.
    pub quantity: Quantity,
    /// Planned; `None` = the plan does not know.
    pub plan: Option<f64>,
    /// How that was brought to the load seen.
    pub scaled: Scaled,
    /// Seen; `None` = the source does not say.
    pub actual: Option<f64>,
    /// Actual over plan less one; `None` where a side is missing or the plan is 0.
    pub gap: Option<f64>,
    /// The plan's 80 % band, where it has one for this figure.
    pub band: Option<Band>,
    /// The actual figure lies in that band.
    pub inside: Option<bool>,
    /// More is better (throughput), less is better (latency, power, cost), or neither.
    pub wanted: Wanted,
}

/// Which side of the plan is the good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// More is better.
    More,
    /// Less is better.
    Less,
    /// Neither.
    Neither,
}

/// The load that a comparison holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Load {
    /// Requests per second at capacity by plan.
    pub planned_requests_per_s: f64,
    /// Requests per second seen (finished and failed); `None` = not known.
    pub requests_per_s: Option<f64>,
    /// Seen over planned, 0..1; 1 where the factory is at its limit or the rate is not known.
    pub share: f64,
    /// Requests queue up: the factory is at its limit.
    pub saturated: bool,
}

/// Plan against actual.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The load it holds for.
    pub load: Load,
    /// Seconds that the actual figures are the mean of.
    pub window_s: f64,
    /// Every figure.
    pub rows: Vec<Row>,
    /// What explains the gaps, the strongest first.
    pub reasons: Vec<Reason>,
}

/// Holds the plan against the last `window_s` seconds of the factory.
pub fn compare(plan: &Plan<'_>, factory: &Factory, window_s: f64) -> Comparison {
    let flow = factory.mean_over(window_s);
    let load = load(plan.evaluation, &flow);
    Comparison {
        load,
        window_s,
        rows: rows(plan, &load, &flow, factory),
        reasons: {
            // A reason is looked for where the trouble is: a mean of long ago hides what has just begun.
            let recent = factory.mean_over(window_s.min(REASONS_S));
            let load = self::load(plan.evaluation, &recent);
            reasons::reasons(plan, &load, &recent, factory)
        },
    }
}

impl Row {
    /// A gap that wants an explanation: on a figure that has a good side, beyond the plan's band.
    pub fn is_notable(&self) -> bool {
        self.wanted != Wanted::Neither
            && self.inside != Some(true)
            && self.gap.is_some_and(|gap| gap.abs() >= NOTABLE_GAP)
    }
}

impl Comparison {
    /// Reasons worth telling. What is broken always is; what only differs from the plan is where a gap
    /// wants an explanation; a load below capacity never, as the plan is brought to the load seen.
    pub fn explanations(&self) -> Vec<&Reason> {
        let gap = self.rows.iter().any(Row::is_notable);
        self.reasons
            .iter()
            .filter(|r| r.kind != ReasonKind::LoadBelowPlan && (gap || r.kind.is_fault()))
            .collect()
    }
}

/// The load seen, as a share of the planned capacity.
pub fn load(evaluation: &Evaluation, flow: &Flow) -> Load {
    let planned = evaluation.requests_per_s;
    let finished = flow.get(Figure::Requests);
    let waiting = flow.get(Figure::Waiting).unwrap_or(0.0);
    let saturated = finished.is_some_and(|r| waiting > SATURATED_WAIT_S * r && waiting >= 1.0);
    let seen = finished.map(|r| r + flow.get(Figure::Failed).unwrap_or(0.0));
    let share = match seen {
        Some(rate) if planned > 0.0 && !saturated => (rate / planned).min(1.0),
        _ => 1.0,
    };
    Load {
        planned_requests_per_s: planned,
        requests_per_s: seen,
        share,
        saturated,
    }
}

/// Output tokens per second that the plan makes of the load seen, with its 80 % band: the tokens
/// asked for, as far as capacity goes. Below the band's low end a plan that is off has room enough
/// all the same, so there the band is a line. `None` where the rate is not known or nothing is
/// planned.
pub fn output_at_load(evaluation: &Evaluation, flow: &Flow) -> Option<(f64, Band)> {
    let load = load(evaluation, flow);
    let rate = load.requests_per_s?;
    let capacity = evaluation.tokens_per_s.output;
    let band = evaluation.bands.output_tokens_per_s;
    if !(capacity > 0.0 && load.planned_requests_per_s > 0.0) {
        return None;
    }
    let wanted = if load.saturated {
        f64::INFINITY
    } else {
        rate / load.planned_requests_per_s * capacity
    };
    let served = Band {
        low: wanted.min(band.low),
        high: wanted.min(band.high),
        rows: band.rows,
    };
    Some((wanted.min(capacity), served))
}

/// The plan's scenario under the request rate seen, with the deployment that the plan has chosen.
/// `None` where the plan at capacity is the right measure already: the factory is at its limit, its
/// rate is not known, or nothing was planned.
pub fn at_same_load(scenario: &Scenario, evaluation: &Evaluation, flow: &Flow) -> Option<Scenario> {
    let load = load(evaluation, flow);
    let rate = load.requests_per_s.filter(|r| *r > 0.0)?;
    let deployment = evaluation.deployment.as_ref()?;
    if load.saturated || load.share >= 1.0 {
        return None;
    }
    let mut out = scenario.clone();
    out.workload.requests_per_s = Some(rate);
    // What is compared is this moment, not the mean of a day.
    out.workload.load_curve = LoadCurve::Flat;
    let degrees = |phase: Phase| {
        let mut groups = deployment.instances.iter();
        groups.find(|g| g.phase == phase).map(|g| g.degrees)
    };
    match deployment.mode {
        Mode::Aggregated => {
            out.layout.mode = ModeChoice::Aggregated;
            out.layout.decode = degrees(Phase::Both);
        }
        Mode::Disaggregated => {
            out.layout.mode = ModeChoice::Disaggregated;
            out.layout.decode = degrees(Phase::Decode);
            out.layout.prefill = degrees(Phase::Prefill);
            let cards = |phase: Phase| -> u32 {
                let groups = deployment.instances.iter().filter(|g| g.phase == phase);
                groups.map(|g| g.instances * g.cards_each).sum()
            };
            let (prefill, decode) = (cards(Phase::Prefill), cards(Phase::Decode));
            if prefill > 0 && decode > 0 {
                let share = f64::from(prefill) / f64::from(prefill + decode);
                out.layout.prefill_share = Some(share.clamp(0.01, 0.99));
            }
        }
    }
    Some(out)
}

fn rows(plan: &Plan<'_>, load: &Load, flow: &Flow, factory: &Factory) -> Vec<Row> {
    let full = plan.evaluation;
    let same = plan.at_load.filter(|e| e.fits && load.share < 1.0);
    let now = same.unwrap_or(full);
    let scenario = plan.scenario;
    let fits = full.fits;
    // How a figure that grows with the load, and one that does not, come to the load seen.
    let growing = match same {
        Some(_) => Scaled::SameLoad,
        None if load.share < 1.0 => Scaled::Linear,
        None => Scaled::AtCapacity,
    };
    let fixed = match same {
        Some(_) => Scaled::SameLoad,
        None => Scaled::AtCapacity,
    };
    let share = if same.is_some() { 1.0 } else { load.share };
    let known = |v: f64| (fits && v > 0.0).then_some(v);
    let seen = |f: Figure| flow.get(f);
    let reporting = factory.reporting();
    let per_card = |v: f64| (reporting > 0).then(|| v / reporting as f64);
    let idle = scenario.money.idle_power_share.clamp(0.0, 1.0);
    let at_meter = match same {
        Some(e) => e.power.mean_kw,
        None => full
            .power
            .peak_kw
            .map(|kw| kw * (idle + (1.0 - idle) * share)),
    };
    let energy = now
        .power
        .kwh_per_million_output
        .map(|kwh| kwh * JOULES_PER_KWH_PER_MILLION);
    let output = known(now.tokens_per_s.output).map(|v| v * share);
    let joules = at_meter.zip(output).map(|(kw, t)| kw * 1000.0 / t);
    let cost = |e: &Evaluation| {
        let blended = e.cost.per_million?.blended_output;
        Some(match scenario.money.currency {
            Currency::Cny => blended.cny,
            Currency::Usd => blended.usd,
        })
    };
    let bands = &now.bands;
    let wide = |central: f64, band: Band| (central, band);
    let output_per_s = now.tokens_per_s.output;
    let throughput = wide(output_per_s, bands.output_tokens_per_s);
    let concurrency = wide(now.concurrency, bands.concurrency);
    let (tpot, ttft) = (
        wide(now.tpot_ms.p50, bands.tpot_ms),
        wide(now.ttft_ms.p50, bands.ttft_ms),
    );
    let kwh = wide(
        now.power.kwh_per_million_output.unwrap_or(0.0),
        bands.kwh_per_million_output,
    );
    let money = now.cost.per_million.map(|c| {
        let band = bands.cost_per_million_output_usd;
        wide(c.output.usd, band)
    });
    use Quantity::*;
    let row = |quantity, plan: Option<f64>, scaled, actual, band: Option<(f64, Band)>, wanted| {
        make_row(quantity, plan, scaled, actual, band, wanted)
    };
    let cards_planned = f64::from(full.cards.max(1));
    vec![
        row(
            OutputTokensPerS,
            output,
            growing,
            seen(Figure::Decode),
            Some(throughput),
            Wanted::More,
        ),
        row(
            OutputPerCard,
            output.map(|v| v / cards_planned),
            growing,
            seen(Figure::Decode).and_then(per_card),
            Some(throughput),
            Wanted::More,
        ),
        row(
            RequestsPerS,
            known(full.requests_per_s),
            Scaled::AtCapacity,
            load.requests_per_s,
            None,
            Wanted::Neither,
        ),
        row(
            TtftP50,
            known(now.ttft_ms.p50),
            fixed,
            seen(Figure::TtftP50),
            Some(ttft),
            Wanted::Less,
        ),
        row(
            TtftP95,
            known(now.ttft_ms.p95),
            fixed,
            seen(Figure::TtftP95),
            Some(ttft),
            Wanted::Less,
        ),
        row(
            TpotP50,
            known(now.tpot_ms.p50),
            fixed,
            seen(Figure::TpotP50),
            Some(tpot),
            Wanted::Less,
        ),
        row(
            TpotP95,
            known(now.tpot_ms.p95),
            fixed,
            seen(Figure::TpotP95),
            Some(tpot),
            Wanted::Less,
        ),
        row(
            Running,
            known(now.concurrency).map(|v| v * share),
            growing,
            seen(Figure::Running),
            Some(concurrency),
            Wanted::Neither,
        ),
        row(
            KvUsed,
            kv_share(now).map(|v| v * share),
            growing,
            seen(Figure::KvUsed),
            None,
            Wanted::Neither,
        ),
        row(
            WallPower,
            at_meter,
            growing,
            seen(Figure::WallPower).map(|w| w / 1000.0),
            None,
            Wanted::Less,
        ),
        row(
            JoulesPerToken,
            if same.is_some() { energy } else { joules },
            growing,
            seen(Figure::JoulesPerToken),
            Some(kwh),
            Wanted::Less,
        ),
        row(
            CostPerMillion,
            cost(now),
            fixed,
            seen(Figure::CostPerMillion),
            money,
            Wanted::Less,
        ),
    ]
}

/// `band` is the band about its own central value; it is put about the planned one in proportion.
fn make_row(
    quantity: Quantity,
    plan: Option<f64>,
    scaled: Scaled,
    actual: Option<f64>,
    band: Option<(f64, Band)>,
    wanted: Wanted,
) -> Row {
    let band = plan.zip(band).and_then(|(value, (central, band))| {
        let usable = central > 0.0 && band.high > 0.0 && band.high >= band.low;
        usable.then(|| Band {
            low: value * band.low / central,
            high: value * band.high / central,
            rows: band.rows,
        })
    });
    let pair = plan.filter(|p| *p > 0.0).zip(actual);
    // A hair's breadth outside is rounding, not a finding.
    let within = |v: f64, b: Band| v >= b.low * (1.0 - 1e-6) && v <= b.high * (1.0 + 1e-6);
    Row {
        quantity,
        plan,
        scaled,
        actual,
        gap: pair.map(|(p, a)| a / p - 1.0),
        band,
        inside: actual.zip(band).map(|(a, b)| within(a, b)),
        wanted,
    }
}

/// Share of the room left for KV that the plan fills, on the cards that decode.
fn kv_share(evaluation: &Evaluation) -> Option<f64> {
    let mut phases = evaluation.memory.iter();
    let memory = phases.find(|m| m.phase != Phase::Prefill)?;
    let fixed = memory.weights_bytes
        + memory.experts_bytes
        + memory.activations_bytes
        + memory.reserve_bytes;
    let room = memory.capacity_bytes - fixed;
    (room > 0.0).then(|| (memory.kv_bytes / room).min(1.0))
}

/// What turns live watts and tokens into energy and money as the plan counts them: power at the
/// meter for each watt of chip power (server, network and PUE; from the plan's power at capacity over
/// the thermal design power of the chips at work), and the cost per hour but for electricity.
pub fn cost_basis(
    scenario: &Scenario,
    evaluation: &Evaluation,
    catalogue: &Catalogue,
) -> CostBasis {
    let per_hour = evaluation
        .cost
        .per_hour
        .map(|a| match scenario.money.currency {
            Currency::Cny => a.cny,
            Currency::Usd => a.usd,
        });
    let energy_per_hour = per_hour.map(|p| p * evaluation.cost.stack.energy);
    let price = energy_per_hour
        .zip(evaluation.power.mean_kw)
        .filter(|(_, kw)| *kw > 0.0)
        .map_or(0.0, |(money, kw)| money / kw);
    CostBasis {
        fixed_per_hour: per_hour
            .zip(energy_per_hour)
            .map(|(all, energy)| all - energy),
        electricity_per_kwh: price,
        meter_per_chip_watt: meter_per_chip_watt(scenario, evaluation, catalogue).unwrap_or(0.0),
    }
}

fn meter_per_chip_watt(
    scenario: &Scenario,
    evaluation: &Evaluation,
    catalogue: &Catalogue,
) -> Option<f64> {
    let peak_w = evaluation.power.peak_kw? * 1000.0;
    let mut chips_w = 0.0;
    for pool in &scenario.pools {
        let tdp_w = catalogue.accelerator(&pool.hardware)?.tdp_w.as_ref()?.value;
        chips_w += tdp_w * f64::from(pool.super_nodes) * f64::from(pool.cards_each);
    }
    // Spares and leftover cards draw their idle share only, in the plan as on the chips.
    let working = f64::from(evaluation.cards_working) / f64::from(evaluation.cards.max(1));
    let drawing = working + (1.0 - working) * scenario.money.idle_power_share.clamp(0.0, 1.0);
    let chips_w = chips_w * drawing;
    (chips_w > 0.0 && peak_w > 0.0).then(|| peak_w / chips_w)
}
