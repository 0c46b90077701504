//! The result of a scenario as other programs read it: `tfp evaluate --json`, and the page's JSON
//! export. Names and meaning are a contract: fields are added, never renamed.
//!
//! Numbers are raw, as the page has them before it rounds. `null` = unknown, or no result.

use serde::Serialize;

use crate::evaluation::{
    Amount, Bands, Cost, CostPerMillion, CostStack, Deployment, Evaluation, Formats, FrontierPoint,
    InstanceGroup, Limit, Notice, Percentiles, Phase, PhaseMemory, Power, TokenFlow, Training,
};
use crate::scenario::Degrees;

/// What `tfp evaluate --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The scenario as a canonical link.
    pub link: String,
    /// The model fits and a deployment exists.
    pub fits: bool,
    /// Both latency targets hold.
    pub meets_targets: bool,
    /// Cards in all pools, spares included.
    pub cards: u32,
    /// Cards that take part.
    pub cards_working: u32,
    /// Cards kept as spares.
    pub cards_spare: u32,
    /// Cards left over.
    pub cards_idle: u32,
    /// The chosen deployment.
    pub deployment: Option<DeploymentReport>,
    /// Requests in flight at once.
    pub concurrency: Option<f64>,
    /// Requests finished per second.
    pub requests_per_s: Option<f64>,
    /// Median time per output token, ms.
    pub tpot_ms: Option<f64>,
    /// Time per output token, ms: mean and percentiles.
    pub tpot_percentiles_ms: Option<Percentiles>,
    /// Time to first token, ms.
    pub ttft_ms: Option<Percentiles>,
    /// Tokens per second at capacity (or at the rate offered).
    pub tokens_per_s: Option<TokenFlow>,
    /// Tokens in a mean day.
    pub tokens_per_day: Option<TokenFlow>,
    /// Output tokens per second and working card.
    pub output_tokens_per_s_per_card: Option<f64>,
    /// Memory used on the fullest card, bytes.
    pub memory_per_card_bytes: Option<f64>,
    /// The same by phase and part.
    pub memory: Vec<PhaseMemory>,
    /// Power at the meter at mean load, kW.
    pub power_kw: Option<f64>,
    /// Energy per million tokens of any kind, kWh.
    pub energy_kwh_per_million_tokens: Option<f64>,
    /// More about power and energy.
    pub power: Power,
    /// Cost of the whole factory, per hour.
    pub cost_per_hour: Option<Amount>,
    /// Cost per million tokens by kind.
    pub cost_per_million_tokens: Option<CostPerMillion>,
    /// Shares of the hourly cost.
    pub cost_stack: CostStack,
    /// 80 % bands of the headline figures; of serving only.
    pub bands: Option<Bands>,
    /// What limits the result, strongest first.
    pub limits: Vec<Limit>,
    /// What must be known about the input and the result.
    pub notices: Vec<NoticeReport>,
    /// Deployments considered.
    pub candidates: u64,
    /// Throughput per user against throughput per card.
    pub frontier: Vec<FrontierPoint>,
    /// The training result, for that task.
    pub training: Option<Training>,
}

/// How the model is laid out.
#[derive(Clone, Debug, Serialize)]
pub struct DeploymentReport {
    /// "aggregated" or "disaggregated".
    pub mode: crate::evaluation::Mode,
    /// Degrees of the decode (or aggregated) instance, in dies.
    #[serde(flatten)]
    pub degrees: Degrees,
    /// Requests at once in one such instance.
    pub batch: f64,
    /// Groups of equal instances.
    pub pools: Vec<PoolReport>,
    /// Number formats used.
    pub formats: Formats,
    /// Engine profile used.
    pub engine: String,
}

/// A group of equal instances.
#[derive(Clone, Debug, Serialize)]
pub struct PoolReport {
    /// What they do.
    pub phase: Phase,
    /// Accelerator.
    pub hardware: String,
    /// How many instances.
    pub instances: u32,
    /// Cards in each.
    pub cards_each: u32,
    /// Cards in all.
    pub cards: u64,
    /// Degrees, in dies.
    #[serde(flatten)]
    pub degrees: Degrees,
    /// Requests at once (decode) or prompts per step (prefill) in each.
    pub batch: f64,
    /// Share of time busy at capacity.
    pub busy: f64,
}

/// A remark on the input or the result.
#[derive(Clone, Debug, Serialize)]
pub struct NoticeReport {
    /// "info", "warning" or "error".
    pub level: crate::evaluation::Level,
    /// Stable name.
    pub code: String,
    /// In English.
    pub text: String,
    /// The values it names, in order.
    pub values: Vec<crate::evaluation::NoticeValue>,
}

impl NoticeReport {
    /// A notice of the evaluation with its English text.
    pub fn of(notice: &Notice, text: String) -> Self {
        Self {
            level: notice.level,
            code: word(&notice.code),
            text,
            values: notice.values.clone(),
        }
    }
}

/// The word that a unit variant has in JSON.
pub fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

impl Report {
    /// The report of an evaluation. Destructured, so that a new figure cannot be forgotten.
    pub fn new(link: String, evaluation: &Evaluation, notices: Vec<NoticeReport>) -> Self {
        let Evaluation {
            fits,
            meets_targets,
            cards,
            cards_working,
            cards_spare,
            cards_idle,
            deployment,
            concurrency,
            requests_per_s,
            ttft_ms,
            tpot_ms,
            tokens_per_s,
            tokens_per_day,
            output_tokens_per_s_per_card,
            memory,
            decode_step: _,  // for the page's charts
            prefill_step: _, // likewise
            usage: _,        // an intermediate result
            power,
            cost,
            limits,
            bands,
            notices: _, // handed over with their texts
            frontier,
            candidates,
            training,
        } = evaluation;
        let Cost {
            per_hour,
            per_million,
            stack,
        } = *cost;
        // Training has none of the figures of serving.
        let serves = *fits && training.is_none();
        let served = |x: f64| serves.then_some(x);
        Self {
            link,
            fits: *fits,
            meets_targets: *meets_targets,
            cards: *cards,
            cards_working: *cards_working,
            cards_spare: *cards_spare,
            cards_idle: *cards_idle,
            deployment: deployment.as_ref().map(DeploymentReport::of),
            concurrency: served(*concurrency),
            requests_per_s: served(*requests_per_s),
            tpot_ms: served(tpot_ms.p50),
            tpot_percentiles_ms: serves.then_some(*tpot_ms),
            ttft_ms: serves.then_some(*ttft_ms),
            tokens_per_s: serves.then_some(*tokens_per_s),
            tokens_per_day: serves.then_some(*tokens_per_day),
            output_tokens_per_s_per_card: served(*output_tokens_per_s_per_card),
            memory_per_card_bytes: memory.iter().map(used_bytes).reduce(f64::max),
            memory: memory.clone(),
            power_kw: power.mean_kw,
            energy_kwh_per_million_tokens: power.kwh_per_million_tokens,
            power: *power,
            cost_per_hour: per_hour,
            cost_per_million_tokens: per_million.filter(|_| training.is_none()),
            cost_stack: stack,
            bands: serves.then_some(*bands),
            limits: limits.clone(),
            notices,
            candidates: *candidates,
            frontier: frontier.clone(),
            training: *training,
        }
    }
}

/// Bytes used of one card.
pub fn used_bytes(memory: &PhaseMemory) -> f64 {
    let PhaseMemory {
        phase: _,
        weights_bytes,
        experts_bytes,
        kv_bytes,
        activations_bytes,
        reserve_bytes,
        capacity_bytes: _,
    } = *memory;
    weights_bytes + experts_bytes + kv_bytes + activations_bytes + reserve_bytes
}

impl DeploymentReport {
    fn of(deployment: &Deployment) -> Self {
        let Deployment {
            mode,
            instances,
            formats,
            engine,
        } = deployment;
        let main = instances
            .iter()
            .find(|group| group.phase != Phase::Prefill)
            .or(instances.first());
        Self {
            mode: *mode,
            degrees: main.map_or(
                Degrees {
                    tp: 1,
                    pp: 1,
                    dp: 1,
                    ep: 1,
                },
                |group| group.degrees,
            ),
            batch: main.map_or(0.0, |group| group.batch),
            pools: instances.iter().map(PoolReport::of).collect(),
            formats: *formats,
            engine: engine.clone(),
        }
    }
}

impl PoolReport {
    fn of(group: &InstanceGroup) -> Self {
        let InstanceGroup {
            phase,
            hardware,
            instances,
            cards_each,
            degrees,
            batch,
            busy,
        } = group;
        Self {
            phase: *phase,
            hardware: hardware.clone(),
            instances: *instances,
            cards_each: *cards_each,
            cards: u64::from(*instances) * u64::from(*cards_each),
            degrees: *degrees,
            batch: *batch,
            busy: *busy,
        }
    }
}
