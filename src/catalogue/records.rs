//! Catalogue records besides the accelerators: systems, models, prices, costs, benchmarks.
//!
//! The build script compiles this file too: it reads the data files into these types, so a row
//! that does not fit stops the build.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::hardware::{Confidence, Figure};

/// A rack, server or super-node that is bought as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Stable id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Id of the [`super::hardware::Accelerator`] in it.
    pub accelerator: String,
    /// Cards (packages).
    pub cards: Option<Figure>,
    /// IT power of the whole system, network included, before PUE, kW.
    pub power_kw_it: Option<Figure>,
    /// Upper planning value of the same, kW.
    pub power_kw_it_high: Option<Figure>,
    /// IT power per card with its share of server and network, before PUE, W.
    pub power_w_per_card: Option<Figure>,
    /// Purchase price of the whole system, USD.
    pub price_usd: Option<Figure>,
    /// The same converted to CNY.
    pub price_cny: Option<Figure>,
    /// A second published purchase price, CNY.
    pub price_cny_alt: Option<Figure>,
    /// Every other published number, by key; the unit is part of the key.
    #[serde(default)]
    pub numbers: BTreeMap<String, Figure>,
    /// Every other published text, by key.
    #[serde(default)]
    pub texts: BTreeMap<String, Figure<String>>,
}

/// A model of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueModel {
    /// Stable id, used in links and measurement files.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Who trained it.
    pub org: String,
    /// Repository on the Hugging Face hub.
    pub hf_id: String,
    /// Architecture family, e.g. "deepseek-v3".
    pub family: String,
    /// The architecture in words.
    pub arch: String,
    /// First release, ISO date.
    pub release_date: String,
    /// Licence of the weights.
    pub licence: String,
    /// Number formats the weights are published in.
    pub native_precision: String,
    /// The vendor's parameter counts.
    pub vendor: VendorParams,
    /// Where the architecture was read.
    pub config_source: String,
    /// What to know about it.
    pub note: Option<String>,
    /// Layer groups and dimensions.
    pub architecture: Architecture,
}

/// Parameter counts as the vendor states them; compare with [`super::derived::ParamCount`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorParams {
    /// Total, billions.
    pub total_b: f64,
    /// Per token, billions.
    pub active_b: f64,
    /// Half the width of the vendor's rounding where it states few digits, billions.
    pub rounding_b: Option<f64>,
    /// What the total counts.
    pub total_basis: Option<String>,
    /// What the active figure counts.
    pub active_basis: Option<String>,
    /// Where it is stated.
    pub source: String,
    /// How far to trust it.
    pub confidence: Confidence,
}

/// A model known by name whose architecture is not published: it cannot be planned with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelStub {
    /// Stable id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Total parameters, billions.
    pub total_params_b: Option<f64>,
    /// Parameters per token, billions.
    pub active_params_b: Option<f64>,
    /// Where those are stated.
    pub params_source: Option<String>,
    /// How far to trust them.
    pub params_confidence: Option<Confidence>,
    /// Longest context, tokens.
    pub max_context: Option<u32>,
    /// What is missing.
    pub note: Option<String>,
}

/// Currency of a price list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ListCurrency {
    /// US dollar.
    Usd,
    /// Chinese yuan.
    Cny,
}

/// Prices per million tokens; `None` = not on the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenPrices {
    /// Fresh input.
    pub input: Option<f64>,
    /// Cached input.
    pub cached_input: Option<f64>,
    /// Output.
    pub output: Option<f64>,
}

/// One row of a price list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiPrice {
    /// Who sells it.
    pub provider: String,
    /// What it is called there.
    pub model: String,
    /// The catalogue's id for it, where there is one. It may name a release that shares its
    /// architecture with a catalogue model and has no entry of its own.
    pub catalogue_id: Option<String>,
    /// Currency of the list.
    pub currency: ListCurrency,
    /// As listed, in [`ApiPrice::currency`].
    pub listed: TokenPrices,
    /// Converted to USD by the compilers of the catalogue.
    pub usd: TokenPrices,
    /// Converted to CNY by the compilers of the catalogue.
    pub cny: TokenPrices,
    /// When it was read, ISO date or month.
    pub date: String,
    /// How far to trust it.
    pub confidence: Confidence,
    /// Where it was read.
    pub source: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// One figure of the cost side: electricity, PUE, carbon, building, capital.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostFigure {
    /// "electricity", "pue", "carbon", "dc_build", "depreciation", "capital_cost", …
    pub category: String,
    /// What or where.
    pub item: String,
    /// In [`CostFigure::unit`]; `None` = looked for and not found.
    pub value: Option<f64>,
    /// Low end of the published range.
    pub low: Option<f64>,
    /// High end of the published range.
    pub high: Option<f64>,
    /// Unit of the three.
    pub unit: String,
    /// When it held, ISO date, month or year.
    pub date: Option<String>,
    /// How far to trust it.
    pub confidence: Confidence,
    /// Where it was read.
    pub source: Option<String>,
    /// What to know about it.
    pub note: Option<String>,
}

/// SemiAnalysis InferenceX cost model of one GPU, by month of publication, USD per GPU-hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InferenceXTco {
    /// Its name there.
    pub gpu: String,
    /// Accelerator id.
    pub accelerator: String,
    /// IT power with its share of server and network, July 2026, kW.
    pub allin_kw_2026_07: Option<f64>,
    /// Owning as a hyperscaler, July 2026.
    pub own_hyperscaler_usd_h_2026_07: Option<f64>,
    /// Owning as a neocloud, July 2026.
    pub own_neocloud_usd_h_2026_07: Option<f64>,
    /// Renting for three years, July 2026.
    pub rent_3y_usd_h_2026_07: Option<f64>,
    /// Renting for three years, September 2026.
    pub rent_3y_usd_h_2026_09: Option<f64>,
    /// Utility power (cooling included), August 2025, kW; another method than 2026.
    pub allin_utility_kw_2025_08: Option<f64>,
    /// Owning as a hyperscaler, August 2025.
    pub own_hyperscaler_usd_h_2025_08: Option<f64>,
    /// Owning as a neocloud, August 2025.
    pub own_neocloud_usd_h_2025_08: Option<f64>,
    /// Renting for three years, August 2025.
    pub rent_3y_usd_h_2025_08: Option<f64>,
    /// How far to trust it.
    pub confidence: Confidence,
    /// Where the 2026 figures were read.
    pub source_2026: String,
    /// Where the 2025 figures were read.
    pub source_2025: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// A published throughput figure, mostly of Ascend hardware, for orientation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// Model id.
    pub model: String,
    /// Accelerator id.
    pub hw: String,
    /// "prefill", "decode" or a description.
    pub phase: String,
    /// Number formats in the publisher's words.
    pub quant: String,
    /// Cards used.
    pub cards: Option<f64>,
    /// Sequences in flight over all cards.
    pub batch: Option<f64>,
    /// Context length in the publisher's words.
    pub seq: Option<String>,
    /// Time per output token, ms.
    pub tpot_ms: Option<f64>,
    /// Tokens per second and card.
    pub tok_s_card: f64,
    /// How far to trust it.
    pub confidence: Confidence,
    /// Where it was read.
    pub source: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// A known installation, plan or purchase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteFacts {
    /// Who and where.
    pub name: String,
    /// What is known.
    pub facts: String,
    /// When it was reported.
    pub date: Option<String>,
    /// Where it was read.
    pub source: Option<String>,
    /// How far to trust it; `None` where nothing was found.
    pub confidence: Option<Confidence>,
}

/// The Wuxi token factory: what is published about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wuxi {
    /// Its name.
    pub name: String,
    /// Signing date, ISO.
    pub signed: String,
    /// Where.
    pub place: String,
    /// Who.
    pub parties: String,
    /// The parties' claim.
    pub claim: String,
    /// Super-nodes of phase 1.
    pub phase1_supernodes: u32,
    /// Cards of phase 1.
    pub phase1_cards: u32,
    /// Contract value; `None` = not published.
    pub contract_value: Option<String>,
    /// Planned compute; `None` = not published.
    pub planned_pflops: Option<String>,
    /// Schedule; `None` = not published.
    pub schedule: Option<String>,
    /// What it sells.
    pub business_model: String,
    /// Derived, not published: PFLOPS.
    pub derived_pflops_bf16: f64,
    /// How.
    pub derived_pflops_note: String,
    /// Derived, not published: IT power, MW.
    pub derived_it_mw: f64,
    /// How.
    pub derived_it_note: String,
    /// Derived, not published: capex in millions of USD, in words.
    pub derived_capex_usd_m: String,
    /// Where it was read, separated by " ; ".
    pub sources: String,
    /// How far to trust it, in words.
    pub confidence: String,
}

/// Everything of the catalogue, as the build script writes it and the library reads it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Day the catalogue was compiled, ISO.
    pub as_of: String,
    /// URL by source key (the `source` of a [`Figure`]).
    pub sources: BTreeMap<String, String>,
    /// Accelerators.
    pub accelerators: Vec<super::hardware::Accelerator>,
    /// Systems.
    pub systems: Vec<System>,
    /// Models.
    pub models: Vec<CatalogueModel>,
    /// Models whose architecture is unknown.
    pub model_stubs: Vec<ModelStub>,
    /// API prices.
    pub prices: Vec<ApiPrice>,
    /// Cost figures.
    pub costs: Vec<CostFigure>,
    /// InferenceX cost model.
    pub tco_inferencex: Vec<InferenceXTco>,
    /// Published throughput figures.
    pub benchmarks: Vec<Benchmark>,
    /// Known installations.
    pub deployments: Vec<SiteFacts>,
    /// The Wuxi token factory.
    pub wuxi: Wuxi,
}
