//! What is known about hardware, models and prices: every figure with source, date and confidence.
//!
//! The data files stand in `data/`. The build script reads and checks them and embeds one compact
//! blob, so the page needs no request of its own and a broken file stops the build.

pub mod architecture;
pub mod derived;
pub mod gaps;
pub mod hardware;
pub mod hf_config;
pub mod number_format;
pub mod records;
pub mod report;
pub mod search;

use std::sync::OnceLock;

pub use records::Catalogue;

use hardware::Accelerator;
use records::{ApiPrice, CatalogueModel, CostFigure, InferenceXTco, ModelStub, System};

/// The catalogue as minified JSON, written and checked by `build.rs`.
const BLOB: &str = include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"));

impl Catalogue {
    /// The catalogue that is built in. Parsed on first use.
    pub fn embedded() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        // The build script parsed these very bytes into this very type, so the default is never
        // seen; it only stands here because the page must not be able to panic.
        CATALOGUE.get_or_init(|| crate::json::from_str(BLOB).unwrap_or_default())
    }

    /// The accelerator with this id.
    pub fn accelerator(&self, id: &str) -> Option<&Accelerator> {
        self.accelerators.iter().find(|a| a.id == id)
    }

    /// The system with this id.
    pub fn system(&self, id: &str) -> Option<&System> {
        self.systems.iter().find(|s| s.id == id)
    }

    /// The systems built from this accelerator.
    pub fn systems_with<'a>(&'a self, accelerator: &'a str) -> impl Iterator<Item = &'a System> {
        self.systems
            .iter()
            .filter(move |s| s.accelerator == accelerator)
    }

    /// The model with this id.
    pub fn model(&self, id: &str) -> Option<&CatalogueModel> {
        self.models.iter().find(|m| m.id == id)
    }

    /// The model without published architecture that has this id.
    pub fn model_stub(&self, id: &str) -> Option<&ModelStub> {
        self.model_stubs.iter().find(|m| m.id == id)
    }

    /// The price rows of this model.
    pub fn prices_of<'a>(&'a self, model: &'a str) -> impl Iterator<Item = &'a ApiPrice> {
        self.prices
            .iter()
            .filter(move |p| p.catalogue_id.as_deref() == Some(model))
    }

    /// The cost figures of a category, e.g. "electricity".
    pub fn costs_in<'a>(&'a self, category: &'a str) -> impl Iterator<Item = &'a CostFigure> {
        self.costs.iter().filter(move |c| c.category == category)
    }

    /// The InferenceX cost model of this accelerator.
    pub fn tco(&self, accelerator: &str) -> Option<&InferenceXTco> {
        self.tco_inferencex
            .iter()
            .find(|t| t.accelerator == accelerator)
    }

    /// The address behind a source key.
    pub fn source_url(&self, key: &str) -> Option<&str> {
        self.sources.get(key).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_there() {
        let c = Catalogue::embedded();
        assert_eq!(c.as_of, "2026-10-27");
        assert_eq!(c.accelerators.len(), 43);
        assert_eq!(c.systems.len(), 15);
        assert_eq!(c.models.len(), 57);
        assert_eq!(c.model_stubs.len(), 5);
        assert_eq!(c.prices.len(), 194);
        assert_eq!(c.costs.len(), 92);
        assert_eq!(c.tco_inferencex.len(), 12);
        assert_eq!(c.benchmarks.len(), 30);
        assert_eq!(c.deployments.len(), 16);
        assert_eq!(c.wuxi.phase1_cards, 1536);
        assert_eq!(c.wuxi.contract_value, None);
    }

    #[test]
    fn ids_are_found_and_refer_to_each_other() {
        let c = Catalogue::embedded();
        let card = c.accelerator("ascend-910c").unwrap();
        assert_eq!(card.die_count(), 2);
        let memory = card.mem_gb.as_ref().unwrap();
        assert_eq!(memory.value, 128.0);
        assert!(
            memory
                .source
                .as_deref()
                .and_then(|k| c.source_url(k))
                .is_some()
        );
        assert_eq!(c.system("cm384").unwrap().accelerator, card.id);
        assert!(c.systems_with("ascend-910c").any(|s| s.id == "cm384"));
        assert_eq!(c.tco("h100-sxm").unwrap().gpu, "h100");
        assert_eq!(c.prices_of("deepseek-v3").count(), 4);
        assert!(c.model("deepseek-r1").is_some() && c.model("glm-5.3").is_none());
        assert!(c.model_stub("glm-5.3").is_some());
        assert!(c.accelerator("").is_none());
    }

    #[test]
    fn unknown_stays_unknown() {
        let c = Catalogue::embedded();
        let jiangsu = c
            .costs_in("electricity")
            .find(|f| f.item == "Jiangsu industrial")
            .unwrap();
        assert_eq!(jiangsu.value, None);
        assert!(c.accelerator("ascend-910b1").unwrap().bf16.is_none());
        // No list has a price of zero where it has none at all.
        assert!(
            c.prices
                .iter()
                .filter(|p| p.listed.cached_input.is_none())
                .count()
                > 50
        );
        // A rate of zero is a published "not supported".
        assert_eq!(
            c.accelerator("ascend-910c")
                .unwrap()
                .fp8
                .as_ref()
                .unwrap()
                .value,
            0.0
        );
    }

    #[test]
    fn prices_keep_the_currency_of_their_list() {
        let c = Catalogue::embedded();
        for p in &c.prices {
            let converted = match p.currency {
                records::ListCurrency::Usd => &p.usd,
                records::ListCurrency::Cny => &p.cny,
            };
            // The conversion columns are rounded to five decimals.
            let pairs = [
                (p.listed.input, converted.input),
                (p.listed.cached_input, converted.cached_input),
                (p.listed.output, converted.output),
            ];
            for (listed, converted) in pairs {
                assert_eq!(listed.is_some(), converted.is_some(), "{}", p.model);
                let difference = listed.unwrap_or(0.0) - converted.unwrap_or(0.0);
                assert!(difference.abs() < 1e-5, "{} {}", p.provider, p.model);
            }
        }
    }
}
