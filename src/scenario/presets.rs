//! Scenarios and workloads to start from.
//!
//! Presets are links: what they set beyond the defaults can be read at a glance, and they are held
//! to the same limits. Regional assumptions are not repeated here: a preset names its site and
//! `money::site` holds the figures with their sources.

use super::link;
use super::{Scenario, Workload};

/// A text in both languages of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
}

const fn text(en: &'static str, zh: &'static str) -> Text {
    Text { en, zh }
}

/// A scenario to start from.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Stable id.
    pub id: &'static str,
    /// Its name.
    pub name: Text,
    /// What it shows.
    pub note: Text,
    /// The scenario as a link.
    pub link: &'static str,
}

impl Preset {
    /// The scenario.
    pub fn scenario(&self) -> Scenario {
        link::decode(self.link).state.scenario
    }
}

/// The preset with this id.
pub fn preset(id: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.id == id)
}

/// The scenario of the preset that a scenario differs least from: fewest inputs, the first of equals.
pub fn nearest(scenario: &Scenario) -> Scenario {
    PRESETS
        .iter()
        .map(Preset::scenario)
        .min_by_key(|preset| super::fields::differences(preset, scenario).len())
        .unwrap_or_default()
}

/// Every preset; the first is the default scenario.
pub static PRESETS: &[Preset] = &[
    Preset {
        id: "wuxi",
        name: text("Wuxi token factory", "无锡词元工厂"),
        note: text(
            "Four CloudMatrix384 super-nodes, 1,536 Ascend 910C, with DeepSeek-R1.",
            "四个 CloudMatrix384 超节点，1,536 张昇腾 910C，运行 DeepSeek-R1。",
        ),
        link: "#v=1",
    },
    Preset {
        id: "wuxi-agents",
        name: text("Wuxi for agents", "无锡：智能体"),
        note: text(
            "The same super-nodes under agents' calls: long prompts, mostly a shared prefix, short answers.",
            "同样的超节点，承接智能体调用：提示长、前缀大多共享、回答短。",
        ),
        link: "#v=1&in=8596&out=182&cv=1&hit=0.59&load=0.5&curve=office",
    },
    Preset {
        id: "wuxi-documents",
        name: text("Wuxi for documents", "无锡：长文档问答"),
        note: text(
            "Questions on long documents with DeepSeek-V3.2, whose sparse attention keeps long prompts cheap.",
            "用 DeepSeek-V3.2 回答长文档问题，稀疏注意力让长提示依然便宜。",
        ),
        link: "#v=1&m=deepseek-v3.2&in=15325&out=149&cv=1&hit=0.66&ttft=5000",
    },
    Preset {
        id: "cm384-chat",
        name: text("One CloudMatrix384: chat", "单个 CloudMatrix384：对话"),
        note: text(
            "One super-node serving Qwen3-235B-A22B to consumers, with their evening peak.",
            "一个超节点向消费者提供 Qwen3-235B-A22B，含晚间高峰。",
        ),
        link: "#v=1&pods=1&m=qwen3-235b-a22b&in=4384&out=1212&cv=1&hit=0.563&draft=0&curve=consumer",
    },
    Preset {
        id: "atlas-box",
        name: text("One Atlas 800 A2 server", "单台 Atlas 800 A2 服务器"),
        note: text(
            "Eight Ascend 910B with Qwen3-32B: the box under the desk of a department.",
            "八张昇腾 910B 运行 Qwen3-32B：部门级的一台服务器。",
        ),
        link: "#v=1&hw=ascend-910b2&pods=1&cards=8&m=qwen3-32b&draft=0&load=0.3&curve=office",
    },
    Preset {
        id: "nvl72",
        name: text("One GB200 NVL72", "单个 GB200 NVL72"),
        note: text(
            "72 Blackwell GPUs in one NVLink domain with DeepSeek-V3.2, in the US.",
            "72 张 Blackwell GPU 同处一个 NVLink 域，运行 DeepSeek-V3.2，位于美国。",
        ),
        link: "#v=1&hw=gb200-nvl72&pods=1&cards=72&m=deepseek-v3.2&cur=usd&region=usa&pue=1.2",
    },
    Preset {
        id: "h200-rented",
        name: text("8 × H200, rented", "8 × H200，租用"),
        note: text(
            "A rented server with gpt-oss-120b: what a start-up pays per million tokens.",
            "租用一台服务器运行 gpt-oss-120b：初创公司每百万 token 的成本。",
        ),
        link: "#v=1&hw=h200-sxm&pods=1&cards=8&m=gpt-oss-120b&in=1024&draft=0&cur=usd&region=usa&tenure=rent&pue=1.2",
    },
    Preset {
        id: "h20-deepseek",
        name: text("16 × H20: DeepSeek-R1", "16 × H20：DeepSeek-R1"),
        note: text(
            "Two servers of the GPU that was sold to China, with the same model as Wuxi.",
            "两台在中国销售的 H20 服务器，运行与无锡相同的模型。",
        ),
        link: "#v=1&hw=h20&pods=2&cards=8",
    },
    Preset {
        id: "mi355x",
        name: text("8 × MI355X", "8 × MI355X"),
        note: text(
            "One AMD server; its 2.3 TB of memory hold DeepSeek-R1 with room for many users.",
            "一台 AMD 服务器；2.3 TB 显存可容纳 DeepSeek-R1 和大量用户。",
        ),
        link: "#v=1&hw=mi355x&pods=1&cards=8&cur=usd&region=usa&pue=1.2",
    },
    Preset {
        id: "offline-batch",
        name: text("Offline batch", "离线批处理"),
        note: text(
            "One CloudMatrix384 in Inner Mongolia through the night: no one waits, only the cost counts.",
            "内蒙古的一个 CloudMatrix384 通宵处理：无人等待，只看成本。",
        ),
        link: "#v=1&pods=1&in=2048&load=0.95&ttft=600000&tpot=500&region=inner-mongolia",
    },
    Preset {
        id: "mixed-pools",
        name: text(
            "910B for prefill, 910C for decode",
            "910B 预填充，910C 解码",
        ),
        note: text(
            "An older cluster computes the prompts, a super-node writes the answers.",
            "旧集群负责预填充，超节点负责解码。",
        ),
        link: "#v=1&pods=1&role=decode&pool2=ascend-910b2:16x8:prefill&mode=disaggregated",
    },
    Preset {
        id: "training",
        name: text("Training on 256 × H100", "256 × H100 训练"),
        note: text(
            "Llama-3.1-70B over one trillion tokens: days, energy and cost.",
            "用一万亿 token 训练 Llama-3.1-70B：天数、能耗与成本。",
        ),
        link: "#v=1&hw=h100-sxm&pods=32&cards=8&m=llama-3.1-70b&task=training&cur=usd&region=usa&pue=1.2",
    },
];

/// A kind of use: lengths, their spread and how much of the prompt is shared.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadPreset {
    /// Stable id.
    pub id: &'static str,
    /// Its name.
    pub name: Text,
    /// Why these numbers.
    pub reason: Text,
    /// Where they are from; empty = assumed.
    pub source: &'static str,
    /// Mean prompt, tokens.
    pub input_tokens: f64,
    /// Mean answer, tokens.
    pub output_tokens: f64,
    /// Share of the prompt found in the prefix cache.
    pub prefix_hit: f64,
    /// Coefficient of variation of the lengths; assumed in every preset.
    pub length_cv: f64,
}

impl WorkloadPreset {
    /// Puts the lengths, their spread and the prefix hits into a workload; the rest stays.
    pub fn apply(&self, workload: &mut Workload) {
        workload.input_tokens = self.input_tokens;
        workload.output_tokens = self.output_tokens;
        workload.prefix_hit = self.prefix_hit;
        workload.length_cv = self.length_cv;
    }

    /// Whether a workload has just these numbers.
    pub fn matches(&self, workload: &Workload) -> bool {
        let mut same = workload.clone();
        self.apply(&mut same);
        same == *workload
    }
}

const MOONCAKE: &str =
    "https://github.com/kvcache-ai/Mooncake/blob/main/FAST25-release/Mooncake-FAST25.pdf";

/// Every kind of use.
pub static WORKLOADS: &[WorkloadPreset] = &[
    WorkloadPreset {
        id: "benchmark",
        name: text("Benchmark", "基准"),
        reason: text(
            "4,096 in and 1,024 out, all equal, nothing cached: the lengths of the CloudMatrix384 paper's tests.",
            "输入 4,096、输出 1,024，长度一致、无缓存：CloudMatrix384 论文的测试长度。",
        ),
        source: "https://arxiv.org/abs/2506.12708",
        input_tokens: 4096.0,
        output_tokens: 1024.0,
        prefix_hit: 0.0,
        length_cv: 0.0,
    },
    WorkloadPreset {
        id: "chat",
        name: text("Chat", "对话"),
        reason: text(
            "DeepSeek's published day: 608 B tokens in (56.3 % cached), 168 B out, 4,989 tokens of context per output token; the lengths follow. Spread assumed.",
            "DeepSeek 公布的一天：输入 6,080 亿 token（56.3 % 命中缓存），输出 1,680 亿，每个输出 token 平均上下文 4,989；长度由此推得。离散度为假设。",
        ),
        source: "https://github.com/deepseek-ai/open-infra-index/blob/main/202502OpenSourceWeek/day_6_one_more_thing_deepseekV3R1_inference_system_overview.md",
        input_tokens: 4384.0,
        output_tokens: 1212.0,
        prefix_hit: 0.563,
        length_cv: 1.0,
    },
    WorkloadPreset {
        id: "rag",
        name: text("Documents (RAG)", "文档问答（RAG）"),
        reason: text(
            "Mooncake's mix of long-document questions (ShareGPT, L-Eval, LooGLE): 15,325 in, 149 out, 66 % reusable. Spread assumed.",
            "Mooncake 的长文档问答混合集（ShareGPT、L-Eval、LooGLE）：输入 15,325、输出 149、66 % 可复用。离散度为假设。",
        ),
        source: MOONCAKE,
        input_tokens: 15_325.0,
        output_tokens: 149.0,
        prefix_hit: 0.66,
        length_cv: 1.0,
    },
    WorkloadPreset {
        id: "agent",
        name: text("Agents", "智能体"),
        reason: text(
            "An hour of Kimi's tool and agent traffic (Mooncake): 8,596 in, 182 out, 59 % reusable. Spread assumed.",
            "Kimi 一小时的工具与智能体流量（Mooncake）：输入 8,596、输出 182、59 % 可复用。离散度为假设。",
        ),
        source: MOONCAKE,
        input_tokens: 8596.0,
        output_tokens: 182.0,
        prefix_hit: 0.59,
        length_cv: 1.0,
    },
    WorkloadPreset {
        id: "code",
        name: text("Coding agents", "编程智能体"),
        reason: text(
            "Mean step of Codex sessions (SyFI TraceLab): 116,623 cached and 5,283 new tokens in, 415 out. Spread assumed.",
            "Codex 会话的平均一步（SyFI TraceLab）：输入 116,623 缓存加 5,283 新 token，输出 415。离散度为假设。",
        ),
        source: "https://tracelab.cs.washington.edu/exp/llm_generation/token_length_distribution/",
        input_tokens: 121_906.0,
        output_tokens: 415.0,
        prefix_hit: 0.957,
        length_cv: 1.0,
    },
    WorkloadPreset {
        id: "batch",
        name: text("Batch", "批处理"),
        reason: text(
            "Assumed: 2,048 in and 1,024 out of prepared, equally long pieces with nothing in common.",
            "假设：预先切好的等长文本，输入 2,048、输出 1,024，互不相同。",
        ),
        source: "",
        input_tokens: 2048.0,
        output_tokens: 1024.0,
        prefix_hit: 0.0,
        length_cv: 0.0,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::scenario::link::{SharedState, encode};
    use crate::scenario::{ModelChoice, fields};

    #[test]
    fn presets_are_canonical_links_of_valid_scenarios() {
        assert_eq!(PRESETS[0].scenario(), Scenario::default());
        for preset in PRESETS {
            let decoded = link::decode(preset.link);
            assert_eq!(decoded.notices, [], "{}", preset.id);
            assert_eq!(fields::validate(&decoded.state.scenario), []);
            assert_eq!(encode(&SharedState::of(preset.scenario())), preset.link);
            assert_eq!(super::preset(preset.id).map(|p| p.link), Some(preset.link));
        }
    }

    #[test]
    fn a_scenario_is_told_by_its_nearest_preset() {
        for preset in PRESETS {
            let own = preset.scenario();
            assert_eq!(nearest(&own), own, "{}", preset.id);
            let changed = fields::with(&own, "tpot", "33").unwrap();
            assert_eq!(nearest(&changed), own, "{}", preset.id);
        }
    }

    #[test]
    fn presets_name_what_the_catalogue_and_the_sites_hold() {
        let catalogue = Catalogue::embedded();
        for preset in PRESETS {
            let s = preset.scenario();
            for pool in &s.pools {
                assert!(catalogue.accelerator(&pool.hardware).is_some());
            }
            let ModelChoice::Catalogue(model) = &s.model else {
                panic!("{}: a custom model", preset.id);
            };
            assert!(catalogue.model(model).is_some(), "{model}");
            assert!(crate::money::site(&s.money.region).is_ok(), "{}", preset.id);
        }
    }

    #[test]
    fn workloads_are_within_the_limits_and_found_again() {
        for (i, preset) in WORKLOADS.iter().enumerate() {
            let mut s = Scenario::default();
            preset.apply(&mut s.workload);
            assert_eq!(fields::validate(&s), []);
            for (j, other) in WORKLOADS.iter().enumerate() {
                assert_eq!(other.matches(&s.workload), i == j);
            }
            assert!(!preset.reason.en.is_empty() && !preset.reason.zh.is_empty());
            assert_eq!(
                preset.source.is_empty(),
                preset.reason.en.starts_with("Assumed")
            );
        }
    }

    #[test]
    fn the_chat_lengths_follow_from_the_published_day() {
        // in : out = 608 : 168 and mean context of an output token = in + out / 2 = 4,989.
        let chat = WORKLOADS.iter().find(|w| w.id == "chat").unwrap();
        let out = 4989.0 / (608.0 / 168.0 + 0.5);
        assert!((chat.output_tokens - out).abs() < 1.0, "{out}");
        assert!((chat.input_tokens - out * 608.0 / 168.0).abs() < 2.0);
    }
}
