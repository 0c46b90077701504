//! The "not supported" list: what the catalogue knows by name but not well enough to plan with.

use serde::Serialize;

use super::Catalogue;
use super::hardware::Accelerator;

/// A figure without which nothing can be computed on an accelerator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissingFigure {
    /// Memory capacity.
    MemoryCapacity,
    /// Memory bandwidth.
    MemoryBandwidth,
    /// Any dense matrix rate of 16 bit or less.
    Compute,
}

/// Something that cannot be planned with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NotSupported {
    /// An accelerator that lacks published figures.
    Accelerator {
        /// Catalogue id.
        id: String,
        /// Display name.
        name: String,
        /// What is missing.
        missing: Vec<MissingFigure>,
    },
    /// A model whose architecture is not published.
    Model {
        /// Catalogue id.
        id: String,
        /// Display name.
        name: String,
        /// What is known.
        note: Option<String>,
    },
}

impl Accelerator {
    /// Figures without which nothing can be computed; empty = it can be planned with.
    pub fn missing_figures(&self) -> Vec<MissingFigure> {
        let known = |f: &Option<super::hardware::Figure>| f.as_ref().is_some_and(|f| f.value > 0.0);
        let rates = [&self.bf16, &self.fp16, &self.fp8, &self.int8, &self.fp4];
        let mut missing = Vec::new();
        if !known(&self.mem_gb) {
            missing.push(MissingFigure::MemoryCapacity);
        }
        if !known(&self.mem_bw_tbs) {
            missing.push(MissingFigure::MemoryBandwidth);
        }
        if !rates.into_iter().any(known) {
            missing.push(MissingFigure::Compute);
        }
        missing
    }
}

impl Catalogue {
    /// Everything that is listed but cannot be planned with, and why.
    pub fn not_supported(&self) -> Vec<NotSupported> {
        let cards = self.accelerators.iter().filter_map(|a| {
            let missing = a.missing_figures();
            (!missing.is_empty()).then(|| NotSupported::Accelerator {
                id: a.id.clone(),
                name: a.name.clone(),
                missing,
            })
        });
        let models = self.model_stubs.iter().map(|m| NotSupported::Model {
            id: m.id.clone(),
            name: m.name.clone(),
            note: m.note.clone(),
        });
        cards.chain(models).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lacks_figures_is_listed() {
        let c = Catalogue::embedded();
        let list = c.not_supported();
        let models = list
            .iter()
            .filter(|n| matches!(n, NotSupported::Model { .. }));
        assert_eq!(models.count(), 5);
        let cards: Vec<_> = list
            .iter()
            .filter_map(|n| match n {
                NotSupported::Accelerator { id, missing, .. } => Some((id.as_str(), missing)),
                NotSupported::Model { .. } => None,
            })
            .collect();
        use MissingFigure::{Compute, MemoryBandwidth, MemoryCapacity};
        let expected = [
            (
                "hygon-bw1000",
                vec![MemoryCapacity, MemoryBandwidth, Compute],
            ),
            (
                "kunlun-p800",
                vec![MemoryCapacity, MemoryBandwidth, Compute],
            ),
            ("metax-c500", vec![MemoryBandwidth]),
            ("mlu370-x8", vec![MemoryCapacity]),
            ("mlu590", vec![MemoryCapacity, MemoryBandwidth, Compute]),
            ("mlu690", vec![MemoryCapacity, MemoryBandwidth, Compute]),
            ("ppu", vec![MemoryBandwidth]),
        ];
        let mut found: Vec<_> = cards.iter().map(|(id, m)| (*id, m.to_vec())).collect();
        found.sort();
        assert_eq!(found, expected);
    }
}
