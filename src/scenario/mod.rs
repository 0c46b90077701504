//! The scenario: everything that defines a result, and nothing else.
//!
//! A scenario is plain data. It is what a link encodes, what a file stores, what the planner
//! evaluates. Fields hold what the user chose; whatever can be derived is derived.

use serde::{Deserialize, Serialize};

pub mod dimensions;
pub mod explored;
pub mod fields;
pub mod file;
pub mod history;
pub mod limits;
pub mod link;
mod link_text;
mod model_dims;
mod model_text;
pub mod number;
mod param;
pub mod presets;
pub mod schema;
pub mod wrong;

use crate::catalogue::architecture::Architecture;
pub use crate::catalogue::architecture::CustomModel;
pub use crate::catalogue::number_format::NumberFormat;

/// Everything that defines a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// A name the user gave it; empty = none.
    pub name: String,
    /// The cards. One pool serves both phases; two pools may be told apart by role.
    pub pools: Vec<Pool>,
    /// What is served.
    pub model: ModelChoice,
    /// Number formats of weights, experts and KV cache.
    pub precision: Precision,
    /// The serving engine whose overheads apply; `None` = the usual one for the hardware.
    pub engine: Option<String>,
    /// What is asked of it.
    pub workload: Workload,
    /// What it must keep.
    pub targets: Targets,
    /// How it is laid out on the cards.
    pub layout: Layout,
    /// What it costs and earns.
    pub money: Money,
    /// Overheads fitted to the user's own cluster ("calibrate to my cluster"); 1.0 = as published.
    pub local: LocalCalibration,
}

/// A pool of equal cards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pool {
    /// Accelerator id of the catalogue.
    pub hardware: String,
    /// Super-nodes (or servers) of equal size.
    pub super_nodes: u32,
    /// Cards in each.
    pub cards_each: u32,
    /// Of those, cards kept as spares in each.
    pub spares_each: u32,
    /// What the pool may be used for.
    pub role: Role,
}

/// What a pool may be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Either phase; the planner decides.
    #[default]
    Any,
    /// Prefill only.
    Prefill,
    /// Decode only.
    Decode,
}

/// Which model is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelChoice {
    /// Id of the catalogue.
    Catalogue(String),
    /// Given by its dimensions (pasted `config.json`, or edited).
    Custom(Box<CustomModel>),
}

impl ModelChoice {
    /// A model by its dimensions, under a name that links and files take: one line, not too long.
    pub fn custom(name: &str, architecture: Architecture) -> Result<Self, wrong::Wrong> {
        model_text::check(&architecture)?;
        let name = model_text::name(name);
        Ok(Self::Custom(Box::new(CustomModel { name, architecture })))
    }
}

/// Number formats by part; `None` = the best the hardware really has for this model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Precision {
    /// Dense weights (attention, dense layers, shared experts, LM head excepted).
    pub weights: Option<NumberFormat>,
    /// Routed experts.
    pub experts: Option<NumberFormat>,
    /// KV cache.
    pub kv: Option<NumberFormat>,
    /// Whether the search chooses the formats that are `None`.
    pub search: PrecisionSearch,
}

/// Formats that the search may choose by itself. Fewer bits change what a model answers, so it never
/// does unless asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrecisionSearch {
    /// None: the usual format of the hardware.
    #[default]
    #[serde(rename = "off")]
    Off,
    /// Any of 8 bits and more.
    #[serde(rename = "8-bit")]
    EightBit,
    /// Any of 4 bits and more.
    #[serde(rename = "4-bit")]
    FourBit,
}

/// What is asked of the factory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workload {
    /// Serving or training.
    pub task: Task,
    /// Mean prompt length, tokens.
    pub input_tokens: f64,
    /// Mean answer length, tokens.
    pub output_tokens: f64,
    /// Coefficient of variation of both lengths (0 = all equal).
    pub length_cv: f64,
    /// Share of the prompt found in the prefix cache, 0..1.
    pub prefix_hit: f64,
    /// Draft tokens per step of speculative decoding; 0 = off.
    pub draft_tokens: u32,
    /// Chance that a draft token is accepted, 0..1.
    pub acceptance: f64,
    /// Throughput kept under the real, uneven expert load, 0..1; 1 = perfect balance.
    pub expert_balance: f64,
    /// Requests per second offered; `None` = as much as it can.
    pub requests_per_s: Option<f64>,
    /// Mean load over the day as a share of capacity, 0..1.
    pub mean_load: f64,
    /// Shape of the day.
    pub load_curve: LoadCurve,
    /// Tokens to train on (training task only).
    pub training_tokens: f64,
}

/// Serving or training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Answer requests.
    #[default]
    Serving,
    /// Pre-train the model.
    Training,
}

/// Shape of the daily load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadCurve {
    /// The same at every hour.
    #[default]
    Flat,
    /// Office hours of one time zone.
    Office,
    /// Consumers of one time zone: evening peak.
    Consumer,
    /// Users around the globe.
    Global,
    /// Own shape: 24 relative values, one per hour.
    Custom(Vec<f64>),
}

/// What the factory must keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Targets {
    /// Time to first token, ms.
    pub ttft_ms: f64,
    /// Time per output token, ms.
    pub tpot_ms: f64,
    /// Percentile at which both must hold, e.g. 95.
    pub percentile: f64,
    /// Longest context that must fit, tokens; 0 = that of the workload.
    pub context_limit: u32,
    /// Share of capacity kept free for bursts, 0..1.
    pub headroom: f64,
}

/// How the model is laid out on the cards. Degrees count dies, as engines do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layout {
    /// Aggregated, disaggregated, or whichever is better.
    pub mode: ModeChoice,
    /// Degrees of the decode (or aggregated) instance; `None` = searched.
    pub decode: Option<Degrees>,
    /// Degrees of the prefill instance; `None` = searched.
    pub prefill: Option<Degrees>,
    /// Requests per decode instance at once; `None` = searched.
    pub batch: Option<u32>,
    /// Share of working cards given to prefill (disaggregated); `None` = balanced.
    pub prefill_share: Option<f64>,
}

/// Which serving mode may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModeChoice {
    /// Whichever is better.
    #[default]
    Auto,
    /// Both phases on the same cards.
    Aggregated,
    /// Prefill and decode on cards of their own.
    Disaggregated,
}

/// Parallel degrees of one instance, in dies: attention runs `tp` wide in `dp` replicas through
/// `pp` stages; experts are spread over `ep` dies. The instance takes `tp·dp·pp` dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Degrees {
    /// Tensor parallel.
    pub tp: u32,
    /// Pipeline parallel.
    pub pp: u32,
    /// Data parallel (attention replicas).
    pub dp: u32,
    /// Expert parallel; 1 for dense models.
    pub ep: u32,
}

impl Degrees {
    /// Dies that one instance takes.
    pub fn dies(&self) -> u32 {
        self.tp * self.pp * self.dp
    }
}

/// A currency of the product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Currency {
    /// Chinese yuan.
    #[default]
    Cny,
    /// US dollar.
    Usd,
}

/// What the factory costs and earns. Amounts entered are in [`Money::currency`]; `None` leaves an
/// amount at its default, which keeps the currency it was published in and is converted at
/// [`Money::cny_per_usd`]. `money::terms` resolves every field and names its source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Money {
    /// Currency of every amount entered in here and of the screen.
    pub currency: Currency,
    /// CNY per USD.
    pub cny_per_usd: f64,
    /// Site of the catalogue (electricity, grid, building, PUE rules), e.g. "jiangsu".
    pub region: String,
    /// Own, rent, or some of each.
    pub tenure: Tenure,
    /// Share of the cards that is rented (mixed tenure only), 0..1.
    pub rented_share: f64,
    /// Which of the published purchase prices is meant.
    pub price_basis: PriceBasis,
    /// Accelerators with their servers, per card; `None` = the catalogue's.
    pub card_price: Option<f64>,
    /// Network, as a share of the card price; `None` = as far as the card price leaves it out.
    pub network_share: Option<f64>,
    /// Storage, as a share of the card price; `None` = as far as the card price leaves it out.
    pub storage_share: Option<f64>,
    /// Stock of spare parts, as a share of the card price.
    pub spares_share: f64,
    /// Building and cooling, per MW of IT power; `None` = the region's.
    pub building_per_mw: Option<f64>,
    /// Life of the hardware, years.
    pub life_years: f64,
    /// Life of the building, years.
    pub building_life_years: f64,
    /// Residual value of the hardware at the end, share of its price.
    pub residual_share: f64,
    /// Cost of capital, share a year.
    pub cost_of_capital: f64,
    /// Electricity, per kWh; `None` = the region's.
    pub electricity_per_kwh: Option<f64>,
    /// Time of use: 24 factors on the price of electricity, one per hour; empty = the same all day.
    pub electricity_hours: Vec<f64>,
    /// Power usage effectiveness of the hall.
    pub pue: f64,
    /// Carbon intensity of the grid, g CO₂ per kWh; `None` = the region's.
    pub grid_g_per_kwh: Option<f64>,
    /// Power drawn without load, as a share of the power at capacity, 0..1.
    pub idle_power_share: f64,
    /// Maintenance, share of hardware price a year.
    pub maintenance_share: f64,
    /// People who run it; `None` = one per so many cards (see `money::terms`).
    pub staff: Option<f64>,
    /// Cost of one of them, a year; `None` = the default.
    pub staff_cost: Option<f64>,
    /// Software licences and support, per card and year; `None` = none.
    pub software_per_card: Option<f64>,
    /// How cards are rented.
    pub rental: Rental,
    /// Renting, per card-hour; `None` = the catalogue's.
    pub rent_per_card_hour: Option<f64>,
    /// Share of hours that rented cards are billed for; `None` = all hours when reserved, the mean
    /// load on demand.
    pub rent_billed_share: Option<f64>,
    /// Price list.
    pub prices: PriceList,
    /// Demand and price over the months.
    pub plan: BusinessPlan,
}

/// Own, rent, or some of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tenure {
    /// Bought, with all that comes with it.
    #[default]
    Own,
    /// Rented by the card-hour.
    Rent,
    /// [`Money::rented_share`] of the cards rented, the others owned.
    Mixed,
}

/// Which of two published purchase prices is meant. They differ by up to 2.7 times (CloudMatrix384:
/// up to $8.2 M for the hardware, CNY 150 M delivered) because they cover different things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriceBasis {
    /// The hardware alone; network and storage come on top where the price leaves them out.
    #[default]
    Hardware,
    /// Delivered with storage, software and services.
    Delivered,
    /// As sold in China (list, module or grey-market price in CNY).
    China,
}

/// How cards are rented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rental {
    /// Long contract, billed around the clock.
    #[default]
    Reserved,
    /// By the hour, billed while needed.
    OnDemand,
}

/// What a million tokens sell for; `None` = no list price yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriceList {
    /// Fresh input tokens, per million.
    pub input: Option<f64>,
    /// Cached input tokens, per million.
    pub cached_input: Option<f64>,
    /// Output tokens, per million.
    pub output: Option<f64>,
    /// Mean discount granted on the list, share.
    pub discount: f64,
    /// Volume tiers, from small to large; empty = one price for all.
    pub tiers: Vec<VolumeTier>,
    /// Gross margin aimed at, share ("price for a target margin").
    pub target_margin: f64,
    /// Tokens that the quoted customer buys, million a month; `None` = all that is made.
    pub quote_million_per_month: Option<f64>,
    /// Days for which a printed quote holds.
    pub quote_days: u32,
}

/// Discount for customers who buy much: the tier reached applies to all tokens of the month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VolumeTier {
    /// From so many tokens, million a month.
    pub from_million_per_month: f64,
    /// Discount on the list, share; comes on top of [`PriceList::discount`].
    pub discount: f64,
    /// Share of the tokens sold that go to customers of this tier.
    pub volume_share: f64,
}

/// Demand, price and capacity over the months.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusinessPlan {
    /// Months looked at.
    pub months: u32,
    /// Months until demand reaches the mean load.
    pub ramp_months: u32,
    /// Demand in the first month, share of the mean load.
    pub ramp_start: f64,
    /// Months between order and first token of a super-node.
    pub lead_months: u32,
    /// Add super-nodes as demand grows instead of all at once.
    pub stepwise: bool,
    /// Price erosion, share a year.
    pub price_erosion: f64,
    /// Discount rate of the net present value, share a year; `None` = the cost of capital.
    pub discount_rate: Option<f64>,
}

/// Factors fitted to the user's own measurements, multiplying the published calibration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalCalibration {
    /// On time spent computing.
    pub compute: f64,
    /// On time spent reading memory.
    pub memory: f64,
    /// On time spent communicating.
    pub communication: f64,
    /// On launch and host overheads.
    pub overhead: f64,
}

impl Default for LocalCalibration {
    fn default() -> Self {
        Self {
            compute: 1.0,
            memory: 1.0,
            communication: 1.0,
            overhead: 1.0,
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            hardware: "ascend-910c".into(),
            super_nodes: 4,
            cards_each: 384,
            spares_each: 16,
            role: Role::Any,
        }
    }
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            task: Task::Serving,
            input_tokens: 4096.0,
            output_tokens: 1024.0,
            length_cv: 0.0,
            prefix_hit: 0.0,
            draft_tokens: 1,
            acceptance: 0.7,
            expert_balance: 0.846,
            requests_per_s: None,
            mean_load: 0.65,
            load_curve: LoadCurve::Flat,
            training_tokens: 1e12,
        }
    }
}

impl Default for Targets {
    fn default() -> Self {
        Self {
            ttft_ms: 2000.0,
            tpot_ms: 50.0,
            percentile: 95.0,
            context_limit: 0,
            headroom: 0.0,
        }
    }
}

impl Default for Money {
    /// Every value here is explained, with source or marked as assumed, by `money::assumptions`.
    fn default() -> Self {
        Self {
            currency: Currency::Cny,
            cny_per_usd: 6.8,
            region: "jiangsu".into(),
            tenure: Tenure::Own,
            rented_share: 0.5,
            price_basis: PriceBasis::Hardware,
            card_price: None,
            network_share: None,
            storage_share: None,
            spares_share: 0.03,
            building_per_mw: None,
            life_years: 5.0,
            building_life_years: 20.0,
            residual_share: 0.0,
            cost_of_capital: 0.08,
            electricity_per_kwh: None,
            electricity_hours: Vec::new(),
            pue: 1.15,
            grid_g_per_kwh: None,
            idle_power_share: 0.4,
            maintenance_share: 0.04,
            staff: None,
            staff_cost: None,
            software_per_card: None,
            rental: Rental::Reserved,
            rent_per_card_hour: None,
            rent_billed_share: None,
            prices: PriceList::default(),
            plan: BusinessPlan::default(),
        }
    }
}

impl Default for PriceList {
    fn default() -> Self {
        Self {
            input: None,
            cached_input: None,
            output: None,
            discount: 0.0,
            tiers: Vec::new(),
            target_margin: 0.5,
            quote_million_per_month: None,
            quote_days: 30,
        }
    }
}

impl Default for BusinessPlan {
    fn default() -> Self {
        Self {
            months: 60,
            ramp_months: 12,
            ramp_start: 0.1,
            lead_months: 3,
            stepwise: false,
            price_erosion: 0.15,
            discount_rate: None,
        }
    }
}

impl Default for Scenario {
    /// Wuxi's plan: four CloudMatrix384 with DeepSeek-R1.
    fn default() -> Self {
        Self {
            name: String::new(),
            pools: vec![Pool::default()],
            model: ModelChoice::Catalogue("deepseek-r1".into()),
            precision: Precision::default(),
            engine: None,
            workload: Workload::default(),
            targets: Targets::default(),
            layout: Layout::default(),
            money: Money::default(),
            local: LocalCalibration::default(),
        }
    }
}
