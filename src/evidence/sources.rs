//! Where the measurements that ship come from, and under which terms.

/// A collection of published results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// What the `source` column of its rows begins with.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Who published it.
    pub publisher: &'static str,
    /// The terms of the collection where it is a licensed work; `None` = single figures cited.
    pub licence: Option<&'static str>,
    /// Where it is.
    pub url: &'static str,
    /// Version, commit or day of what was read.
    pub version: &'static str,
}

/// Every source of the measurements that ship.
pub const SOURCES: [Source; 8] = [
    Source {
        key: "inferencex",
        name: "InferenceX, through aiconfigurator",
        publisher: "SemiAnalysis; NVIDIA (ai-dynamo)",
        licence: Some("Apache-2.0"),
        url: "https://github.com/ai-dynamo/aiconfigurator",
        version: "silicon_sample.csv",
    },
    Source {
        key: "trtllm-perf",
        name: "TensorRT-LLM performance tables",
        publisher: "NVIDIA",
        licence: Some("Apache-2.0"),
        url: "https://github.com/NVIDIA/TensorRT-LLM",
        version: "v0.20, v1.0, v1.1",
    },
    Source {
        key: "megatron-bridge-perf",
        name: "Megatron-Bridge performance summary",
        publisher: "NVIDIA",
        licence: Some("Apache-2.0"),
        url: "https://github.com/NVIDIA-NeMo/Megatron-Bridge",
        version: "067f987d",
    },
    Source {
        key: "cm384-paper",
        name: "Serving Large Language Models on Huawei CloudMatrix384",
        publisher: "Huawei; SiliconFlow",
        licence: None,
        url: "https://arxiv.org/abs/2506.12708",
        version: "arXiv 2506.12708",
    },
    Source {
        key: "cann-recipes-infer",
        name: "CANN recipes",
        publisher: "Huawei (CANN)",
        licence: None,
        url: "https://github.com/hicann/cann-recipes-infer",
        version: "fbc225d2",
    },
    Source {
        key: "vllm-ascend-ci",
        name: "vLLM-Ascend nightly and weekly tests",
        publisher: "vLLM project",
        licence: Some("Apache-2.0"),
        url: "https://github.com/vllm-project/vllm-ascend",
        version: "182b75ea",
    },
    Source {
        key: "lmsys-mtp",
        name: "LMSYS: multi-token prediction on H200",
        publisher: "LMSYS",
        licence: None,
        url: "https://github.com/lm-sys/lm-sys.github.io/blob/main/blog/2025-07-17-mtp.md",
        version: "2025-07-17",
    },
    Source {
        key: "deepseek-profile-data",
        name: "DeepSeek profiling data",
        publisher: "DeepSeek",
        licence: None,
        url: "https://github.com/deepseek-ai/profile-data",
        version: "profile-data",
    },
];

/// The source that a row's `source` column names.
pub fn source_of(name: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|s| name.starts_with(s.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{facets, read};

    #[test]
    fn every_row_that_ships_has_a_source_and_a_link() {
        let rows = read(include_str!("../../public/measured.csv")).unwrap();
        assert!(rows.len() > 2000);
        for row in &rows {
            assert!(source_of(&row.source).is_some(), "{}", row.source);
            assert!(row.link().is_some(), "line {}: {}", row.line, row.url);
        }
        // And no source is listed that no row comes from.
        let used = facets(&rows, |m| m.source.as_str());
        for source in SOURCES {
            assert!(
                used.iter().any(|(name, _)| name.starts_with(source.key)),
                "{}",
                source.key
            );
        }
    }
}
