//! Accelerators and systems as published; a missing figure is unknown, never zero.

use serde::{Deserialize, Serialize};

/// Bytes of a GiB. Data sheets call it a GB where they speak of memory, whatever the head of the catalogue's file says: "141 GB"
/// of an H200 are 143,771 MiB to its driver, "64 GB" of an Ascend 910B4 are 65,536 MB to `npu-smi`, and the "48 TB" of
/// a CloudMatrix384 are 384 times 128 GB.
pub const GIB: f64 = 1_073_741_824.0;

/// How far a figure can be trusted, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Published by the vendor.
    Official,
    /// Peer-reviewed or vendor-authored paper.
    Paper,
    /// A market analyst or the press.
    Analyst,
    /// Somebody's estimate.
    Estimate,
}

/// One sourced value: `{ v, s, c, n }` of the catalogue files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure<T = f64> {
    /// The value, in the unit that the field's documentation names.
    #[serde(rename = "v")]
    pub value: T,
    /// Key into [`super::Catalogue::sources`]; `None` where the source was not kept.
    #[serde(rename = "s", default)]
    pub source: Option<String>,
    /// How far to trust it.
    #[serde(rename = "c")]
    pub confidence: Confidence,
    /// What to know about it.
    #[serde(rename = "n", default)]
    pub note: Option<String>,
}

/// One accelerator package ("card"). A package may hold several dies (two in an Ascend 910C); every
/// figure is per package. Peak rates are dense TFLOPS (TOPS for INT8); 0 means "not supported by
/// the silicon", absent means unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accelerator {
    /// Stable id, used in links and measurement files.
    pub id: String,
    /// Maker.
    pub vendor: String,
    /// Display name.
    pub name: String,
    /// Compute dies in the package.
    pub dies: Option<Figure>,
    /// Dense FP32, TFLOPS.
    pub fp32: Option<Figure>,
    /// Dense BF16, TFLOPS.
    pub bf16: Option<Figure>,
    /// Dense FP16, TFLOPS.
    pub fp16: Option<Figure>,
    /// Dense FP8, TFLOPS.
    pub fp8: Option<Figure>,
    /// Dense INT8, TOPS.
    pub int8: Option<Figure>,
    /// Dense FP4, TFLOPS.
    pub fp4: Option<Figure>,
    /// Dense FP4 for training where it differs, TFLOPS.
    pub fp4_train: Option<Figure>,
    /// Vector units FP16, TFLOPS.
    pub vector_fp16: Option<Figure>,
    /// Memory technology.
    pub mem_type: Option<Figure<String>>,
    /// Memory capacity in "GB" as marketed: 2^30 bytes each ([`GIB`]).
    pub mem_gb: Option<Figure>,
    /// Memory bandwidth, TB/s.
    pub mem_bw_tbs: Option<Figure>,
    /// Between the dies of a package, GB/s one way.
    pub die2die_gbs_uni: Option<Figure>,
    /// Name of the scale-up link.
    pub scaleup_name: Option<Figure<String>>,
    /// Cards in one scale-up domain.
    pub scaleup_size: Option<Figure>,
    /// Scale-up bandwidth per card, GB/s one way.
    pub scaleup_gbs_uni: Option<Figure>,
    /// Scale-up latency inside a node, microseconds.
    pub scaleup_latency_us: Option<Figure>,
    /// Scale-up latency between nodes of a super-node, microseconds.
    pub scaleup_latency_inter_us: Option<Figure>,
    /// Scale-out bandwidth per card, Gbit/s.
    pub scaleout_gbps: Option<Figure>,
    /// Scale-out latency, microseconds.
    pub scaleout_latency_us: Option<Figure>,
    /// Thermal design power, W per card.
    pub tdp_w: Option<Figure>,
    /// IT power per card with its share of server and network, before PUE, W.
    pub allin_w: Option<Figure>,
    /// When it came to market.
    pub release_date: Option<Figure<String>>,
    /// Purchase price, USD per card.
    pub price_usd: Option<Figure>,
    /// A second published purchase price, USD per card.
    pub price_usd_alt: Option<Figure>,
    /// Purchase price, CNY per card.
    pub price_cny: Option<Figure>,
    /// A second published purchase price, CNY per card.
    pub price_cny_alt: Option<Figure>,
    /// Price of a server of eight, CNY.
    pub server_price_cny: Option<Figure>,
    /// Renting: low, USD per card-hour.
    pub rent_usd_lo: Option<Figure>,
    /// Renting: high, USD per card-hour.
    pub rent_usd_hi: Option<Figure>,
    /// Renting: typical, USD per card-hour.
    pub rent_usd_typ: Option<Figure>,
    /// What is known about renting where no price is.
    pub rent_usd_note: Option<Figure<String>>,
    /// Renting for three years (InferenceX), USD per card-hour.
    pub rent_3y: Option<Figure>,
    /// Owning, hyperscaler (InferenceX), USD per card-hour.
    pub tco_own_hyper: Option<Figure>,
    /// Owning, neocloud (InferenceX), USD per card-hour.
    pub tco_own_neo: Option<Figure>,
    /// Published compute efficiency, share of peak.
    pub eff_compute: Option<Figure>,
    /// Published memory efficiency, share of bandwidth.
    pub eff_memory: Option<Figure>,
    /// Published communication efficiency, share of bandwidth.
    pub eff_comm: Option<Figure>,
}

impl Accelerator {
    /// Compute dies in the package; 1 where unknown (the usual case).
    pub fn die_count(&self) -> u32 {
        self.dies.as_ref().map_or(1, |f| f.value.max(1.0) as u32)
    }
}
