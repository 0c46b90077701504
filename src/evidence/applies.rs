//! Whether factors fitted to measurements are about the scenario that is to use them.

use super::Measurement;
use crate::catalogue::Catalogue;
use crate::scenario::{ModelChoice, Scenario};

/// What the measurements are about where that is not what the scenario is about; empty lists = it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unlike {
    /// Hardware measured, of which the scenario has none.
    pub hardware: Vec<String>,
    /// Engines measured, of which none serves the scenario.
    pub engines: Vec<String>,
    /// Models measured, of which none is of the scenario's family.
    pub models: Vec<String>,
}

impl Unlike {
    /// The measurements are about this hardware, engine and family of models.
    pub fn is_empty(&self) -> bool {
        self.hardware.is_empty() && self.engines.is_empty() && self.models.is_empty()
    }
}

/// Holds the rows against a scenario served by `engine` (`None` = not known, not compared).
pub fn unlike(
    rows: &[Measurement],
    scenario: &Scenario,
    engine: Option<&str>,
    catalogue: &Catalogue,
) -> Unlike {
    let family = |id: &str| catalogue.model(id).map(|m| m.family.clone());
    let own = match &scenario.model {
        ModelChoice::Catalogue(id) => Some((id.clone(), family(id))),
        ModelChoice::Custom(_) => None,
    };
    let same_model = |id: &str| {
        own.as_ref().is_some_and(|(own, of)| {
            own == id
                || of
                    .as_ref()
                    .is_some_and(|of| family(id).as_ref() == Some(of))
        })
    };
    let has = |id: &str| scenario.pools.iter().any(|p| p.hardware == id);
    Unlike {
        hardware: strangers(rows, |r| &r.hardware, has),
        engines: engine.map_or_else(Vec::new, |engine| {
            strangers(rows, |r| &r.engine, |e| e.eq_ignore_ascii_case(engine))
        }),
        models: strangers(rows, |r| &r.model, same_model),
    }
}

/// Every name there is, each once, where none of them is known; names left blank say nothing.
fn strangers(
    rows: &[Measurement],
    name: impl Fn(&Measurement) -> &String,
    known: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in rows.iter().map(name).filter(|n| !n.is_empty()) {
        if known(name) {
            return Vec::new();
        }
        if !out.contains(name) {
            out.push(name.clone());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(model: &str, hardware: &str, engine: &str) -> Measurement {
        let text = format!("model,hardware,engine,mode\n{model},{hardware},{engine},serving\n");
        crate::evidence::read(&text).unwrap().remove(0)
    }

    #[test]
    fn measurements_of_another_machine_are_told_from_ones_own() {
        let plan = Scenario::default();
        let catalogue = Catalogue::embedded();
        let foreign = [
            row("llama-3.1-70b", "h100-sxm", "vllm"),
            row("llama-3.1-70b", "b200-sxm", "vllm"),
        ];
        let found = unlike(&foreign, &plan, Some("vllm-ascend"), catalogue);
        assert_eq!(found.hardware, ["h100-sxm", "b200-sxm"]);
        assert_eq!(found.engines, ["vllm"]);
        assert_eq!(found.models, ["llama-3.1-70b"]);
        // One row of the plan's own kind is enough; models of one family are alike.
        let own = [
            foreign[0].clone(),
            row("deepseek-v3", "ascend-910c", "vllm-ascend"),
        ];
        assert!(unlike(&own, &plan, Some("vllm-ascend"), catalogue).is_empty());
        assert!(unlike(&[], &plan, None, catalogue).is_empty());
    }
}
