//! The result of evaluating a scenario: every figure on the screen, with what it is made of.
//!
//! This is the contract between the planner that fills it, the views that draw it and the command
//! line that prints it. Times in ms, memory in bytes, rates per second, power in kW.

use serde::Serialize;

use crate::scenario::{Degrees, NumberFormat};

/// What a scenario comes to.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// The model fits and at least one deployment exists (targets may still be missed).
    pub fits: bool,
    /// Both latency targets hold at the chosen percentile.
    pub meets_targets: bool,
    /// Packages in all pools, spares included.
    pub cards: u32,
    /// Packages that take part in an instance.
    pub cards_working: u32,
    /// Packages kept as spares (planned).
    pub cards_spare: u32,
    /// Packages left over because no whole instance fits on them.
    pub cards_idle: u32,
    /// The chosen deployment; `None` where nothing fits.
    pub deployment: Option<Deployment>,
    /// Requests in flight at once on the whole factory.
    pub concurrency: f64,
    /// Requests finished per second at capacity.
    pub requests_per_s: f64,
    /// Time to first token.
    pub ttft_ms: Percentiles,
    /// Time per output token after the first.
    pub tpot_ms: Percentiles,
    /// Token rates at capacity (at the offered rate where one is given).
    pub tokens_per_s: TokenFlow,
    /// Tokens in a mean day: capacity × mean load × availability.
    pub tokens_per_day: TokenFlow,
    /// Output tokens per second and package, over all working packages.
    pub output_tokens_per_s_per_card: f64,
    /// Memory of one package, by phase.
    pub memory: Vec<PhaseMemory>,
    /// Where a decode step goes.
    pub decode_step: Option<StepBreakdown>,
    /// Where a prefill step goes.
    pub prefill_step: Option<StepBreakdown>,
    /// What the cards do in an hour at capacity, as `money` needs it; `None` where nothing fits.
    pub usage: Option<Usage>,
    /// Power and energy.
    pub power: Power,
    /// Cost, split by token kind.
    pub cost: Cost,
    /// What limits the result, strongest first.
    pub limits: Vec<Limit>,
    /// 80 % bands of the headline figures.
    pub bands: Bands,
    /// Things the user must know.
    pub notices: Vec<Notice>,
    /// Pareto frontier: tokens/s per user against tokens/s per card.
    pub frontier: Vec<FrontierPoint>,
    /// Deployments considered by the search.
    pub candidates: u64,
    /// Training result, for the training task.
    pub training: Option<Training>,
}

/// Input, cached input and output, in tokens (or per second, or per day).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TokenFlow {
    /// Input tokens that are computed.
    pub input: f64,
    /// Input tokens served from the prefix cache.
    pub cached_input: f64,
    /// Output tokens.
    pub output: f64,
}

/// Latency percentiles, ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// How the model is laid out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deployment {
    /// Served on shared or separate cards.
    pub mode: Mode,
    /// One entry (aggregated) or two (prefill, decode).
    pub instances: Vec<InstanceGroup>,
    /// Formats really used.
    pub formats: Formats,
    /// Engine profile used.
    pub engine: String,
}

/// Served on shared or separate cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Both phases on the same cards.
    Aggregated,
    /// Prefill and decode on cards of their own.
    Disaggregated,
}

/// What a group of instances does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Both phases.
    Both,
    /// Prefill only.
    Prefill,
    /// Decode only.
    Decode,
}

/// Equal instances.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstanceGroup {
    /// What they do.
    pub phase: Phase,
    /// Accelerator id.
    pub hardware: String,
    /// How many.
    pub instances: u32,
    /// Packages in each.
    pub cards_each: u32,
    /// Degrees, in dies.
    pub degrees: Degrees,
    /// Requests at once in each instance (decode), or prompts per step (prefill).
    pub batch: f64,
    /// Share of time the group is busy at capacity, 0..1.
    pub busy: f64,
}

/// Number formats really used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Formats {
    /// Dense weights.
    pub weights: NumberFormat,
    /// Routed experts.
    pub experts: NumberFormat,
    /// KV cache.
    pub kv: NumberFormat,
}

/// Memory of one package, bytes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseMemory {
    /// Which instances.
    pub phase: Phase,
    /// Dense weights.
    pub weights_bytes: f64,
    /// Routed experts.
    pub experts_bytes: f64,
    /// KV cache and constant state at the chosen batch.
    pub kv_bytes: f64,
    /// Activations and communication buffers.
    pub activations_bytes: f64,
    /// Engine reserve.
    pub reserve_bytes: f64,
    /// What the package has.
    pub capacity_bytes: f64,
}

/// Kinds of work of a step; colours and words follow them on every view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpClass {
    /// Attention over the context (incl. sparse index and linear state).
    Attention,
    /// Projections, dense layers, shared experts, embedding, LM head.
    Linear,
    /// Routed experts.
    Experts,
    /// Collectives.
    Communication,
    /// Launches, host, sampling, drafts' own overhead.
    Overhead,
}

/// What bounds an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// Arithmetic.
    Compute,
    /// Memory bandwidth.
    Memory,
    /// Link bandwidth.
    Link,
    /// Latency and launches.
    Latency,
}

/// One operator's share of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpTime {
    /// Stable name, e.g. "attention.mla", "moe.experts", "comm.dispatch", "head".
    pub name: &'static str,
    /// Kind.
    pub class: OpClass,
    /// Time in the step, ms, all layers together.
    pub ms: f64,
    /// What bounds it.
    pub bound: Bound,
    /// Arithmetic on one die, FLOPs.
    pub flops: f64,
    /// Bytes moved from memory on one die.
    pub bytes: f64,
    /// Bytes sent over links by one die.
    pub link_bytes: f64,
}

/// Where one engine step goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StepBreakdown {
    /// Whole step, ms.
    pub total_ms: f64,
    /// Tokens that the step yields per sequence (decode: 1 + accepted drafts).
    pub tokens_per_sequence: f64,
    /// Operators; their times less the overlap add up to the total.
    pub ops: Vec<OpTime>,
    /// Time hidden by overlapping communication with computing, ms; less what two micro-batches cost.
    pub overlapped_ms: f64,
    /// Two micro-batches hide it (weights are read twice), not streams beside the same tokens.
    pub micro_batches: bool,
}

/// Power and energy at mean load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Power {
    /// At the meter, at mean load, PUE included, kW; `None` = the hardware's power is unknown.
    pub mean_kw: Option<f64>,
    /// At the meter, at capacity, kW.
    pub peak_kw: Option<f64>,
    /// kWh per million output tokens.
    pub kwh_per_million_output: Option<f64>,
    /// kWh per million tokens of any kind.
    pub kwh_per_million_tokens: Option<f64>,
    /// MWh a day.
    pub mwh_per_day: Option<f64>,
    /// kg CO₂ per million output tokens.
    pub kg_co2_per_million_output: Option<f64>,
}

/// What the factory does at capacity: all that `money::cost` needs to know of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Usage {
    /// The pools, in the order of the scenario.
    pub pools: Vec<PoolUse>,
    /// Tokens an hour at capacity (failures and spares already taken off).
    pub capacity_per_hour: TokenFlow,
    /// Mean load wanted, share of that capacity (above 1 = more is asked than can be made).
    pub mean_load: f64,
}

/// One pool of equal cards at capacity.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PoolUse {
    /// Accelerator id.
    pub hardware: String,
    /// Super-nodes (or servers).
    pub super_nodes: u32,
    /// Packages, spares and leftover ones included: all of them are paid for.
    pub cards: u32,
    /// IT power at capacity with servers and network, before PUE, kW; `None` = unknown.
    pub peak_it_kw: Option<f64>,
    /// Busy time of this pool's cards per token, in card-seconds: prefill per computed input token,
    /// load or transfer of its KV per cached token, decode per output token. Tokens are those of
    /// the whole factory.
    pub card_seconds: TokenFlow,
}

/// An amount in both currencies at the scenario's rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Amount {
    /// US dollars.
    pub usd: f64,
    /// Chinese yuan.
    pub cny: f64,
}

/// Cost of running, `None` where the hardware's price is unknown and none was entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// The whole factory, per hour.
    pub per_hour: Option<Amount>,
    /// Per million tokens by kind, at mean load.
    pub per_million: Option<CostPerMillion>,
    /// Share of the hourly cost by kind.
    pub stack: CostStack,
}

/// Cost per million tokens by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CostPerMillion {
    /// Computed input tokens.
    pub input: Amount,
    /// Cached input tokens.
    pub cached_input: Amount,
    /// Output tokens.
    pub output: Amount,
    /// All cost over output tokens alone.
    pub blended_output: Amount,
}

/// What the hourly cost is made of; shares add up to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CostStack {
    /// Hardware, network, storage as an annuity, or rent.
    pub capital: f64,
    /// Building and cooling as an annuity.
    pub building: f64,
    /// Electricity.
    pub energy: f64,
    /// Maintenance, spare parts, software.
    pub maintenance: f64,
    /// Staff.
    pub staff: f64,
}

/// What limits a result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limit {
    /// The kind of limit.
    pub kind: LimitKind,
    /// Its share (of the step's time, of the memory, of the target), 0..1.
    pub share: f64,
}

/// Kinds of limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    /// The target for time per output token sets the batch.
    TpotTarget,
    /// The target for time to first token.
    TtftTarget,
    /// Memory capacity sets the batch.
    MemoryCapacity,
    /// Too few requests are offered.
    Demand,
    /// The prefill pool.
    PrefillPool,
    /// The step is mostly attention.
    Attention,
    /// The step is mostly dense layers and projections.
    Linear,
    /// The step is mostly routed experts.
    Experts,
    /// The step is mostly communication.
    Communication,
    /// The step is mostly overhead.
    Overhead,
}

/// Low and high end of an 80 % band, and where it comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Band {
    /// 10th percentile.
    pub low: f64,
    /// 90th percentile.
    pub high: f64,
    /// Published rows behind it; 0 = a prior, no data for the class.
    pub rows: u32,
}

/// Bands of the headline figures, in the figure's unit (money in USD).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bands {
    /// Output tokens per second.
    pub output_tokens_per_s: Band,
    /// Requests at once.
    pub concurrency: Band,
    /// TPOT p50, ms.
    pub tpot_ms: Band,
    /// TTFT p50, ms.
    pub ttft_ms: Band,
    /// Cost per million output tokens, USD.
    pub cost_per_million_output_usd: Band,
    /// kWh per million output tokens.
    pub kwh_per_million_output: Band,
}

/// Something the user must know: a code for the views to put into words, with its values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// How grave.
    pub level: Level,
    /// What; the text is looked up by this code in the reader's language.
    pub code: NoticeCode,
    /// Values that the text names, in order.
    pub values: Vec<NoticeValue>,
}

/// How grave a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Good to know.
    Info,
    /// The result rests on something weak.
    Warning,
    /// No result, or a target is missed.
    Error,
}

/// A value in a notice.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum NoticeValue {
    /// A number; the text knows its unit.
    Number(f64),
    /// A name or id.
    Text(String),
}

/// Every notice there is. Each has a text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeCode {
    /// Weights alone exceed memory: (needed bytes per card, capacity bytes, cards that would do).
    WeightsDoNotFit,
    /// Weights fit, one request's KV does not: (longest context that fits, context asked).
    ContextDoesNotFit,
    /// No deployment meets the targets; the nearest is shown: (tpot ms, ttft ms, target for tpot ms, for ttft ms).
    TargetsMissed,
    /// The chip has no arithmetic for the format: (format, format used instead).
    FormatNotSupported,
    /// A hardware figure is unknown and had to be taken from its kin: (field, hardware).
    HardwareUnknown,
    /// A hardware figure is unknown, nothing stands in for it and nothing can be planned: (field, hardware).
    HardwareLacks,
    /// No hardware of that id: (id).
    NoSuchHardware,
    /// No model of that id: (id).
    NoSuchModel,
    /// The engine was not measured, another's figures stand in: (engine asked, engine used).
    EngineStandsIn,
    /// The hardware was never measured: prior and wide band: (hardware).
    NeverMeasured,
    /// The purchase price is assumed or wide: (hardware, low USD, high USD).
    PriceAssumed,
    /// No price is known; enter one: (hardware).
    PriceUnknown,
    /// No power is known; enter one: (hardware).
    PowerUnknown,
    /// A figure of the region is not known: (field, region).
    RegionLacks,
    /// No region of that id: (id).
    NoSuchRegion,
    /// Cards are left over: (cards).
    CardsIdle,
    /// The instance leaves the scale-up domain: (cards in the instance, cards in the domain).
    LeavesScaleUp,
    /// The context is longer than the model's: (asked, model's limit).
    ContextBeyondModel,
    /// Offered load is above capacity: (offered requests/s, capacity requests/s).
    Overload,
    /// Degrees given do not divide the model or the pool: (what).
    BadDegrees,
    /// All cards are spares: nothing works.
    AllSpare,
    /// The pools' roles, or the mode, leave no cards for a phase: prefill and decode both need some.
    RolesIncomplete,
    /// Instances fit, but no plan of them comes out.
    NoPlan,
    /// Draft tokens asked for, but the model has no draft layer; an external draft is assumed.
    NoDraftLayer,
    /// The workload is outside what was measured for this class: (what).
    OutsideEvidence,
}

/// A point of the frontier.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FrontierPoint {
    /// Output tokens/s that one user sees (1000 / TPOT ms).
    pub tokens_per_s_user: f64,
    /// Output tokens/s per working package.
    pub tokens_per_s_card: f64,
    /// Mode.
    pub mode: Mode,
    /// Degrees of the decode (or aggregated) instance.
    pub degrees: Degrees,
    /// Degrees of the prefill instance (disaggregated only).
    pub prefill_degrees: Option<Degrees>,
    /// Requests at once per decode instance.
    pub batch: f64,
    /// TTFT p50 at this point, ms.
    pub ttft_ms: f64,
    /// Share of working cards in prefill.
    pub prefill_share: f64,
    /// Both targets hold.
    pub meets_targets: bool,
}

/// Training result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Training {
    /// Tokens per second on all working cards.
    pub tokens_per_s: f64,
    /// Days for the tokens asked.
    pub days: f64,
    /// Model FLOPs utilisation, 0..1.
    pub mfu: f64,
    /// Energy at the meter, MWh; `None` = unknown.
    pub mwh: Option<f64>,
    /// Cost; `None` = unknown.
    pub cost: Option<Amount>,
}
