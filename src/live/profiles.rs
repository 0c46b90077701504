//! Engines as data: for each figure the ways to get it, newest names first.
//!
//! Names, units and traps: metrics modules of vLLM 0.11–0.33, SGLang 0.5.23, MindIE-LLM,
//! TensorRT-LLM, Dynamo 1.6, llm-d and Ray as of November 2026.

mod gateways;
mod sglang;
mod vendors;
mod vllm;

use super::flow::{Figure, Flow};
use super::formula::{Formula, Pick, QueryScope};
use super::prometheus::response::{Answer, Data};
use super::series::{Labels, Scrape, Window};

/// The quantiles shown of one latency.
pub type Quantiles = &'static [(Figure, f64)];

const TTFT: Quantiles = &[
    (Figure::TtftP50, 0.5),
    (Figure::TtftP95, 0.95),
    (Figure::TtftP99, 0.99),
];
const TPOT: Quantiles = &[
    (Figure::TpotP50, 0.5),
    (Figure::TpotP95, 0.95),
    (Figure::TpotP99, 0.99),
];
const QUEUE: Quantiles = &[(Figure::QueueP95, 0.95)];
const E2E: Quantiles = &[(Figure::E2eP95, 0.95)];

/// An engine or gateway whose metrics are known.
#[derive(Debug)]
pub struct EngineProfile {
    /// Stable id.
    pub id: &'static str,
    /// Name as its makers write it.
    pub name: &'static str,
    /// Metrics that give it away begin with one of these.
    pub marks: &'static [&'static str],
    /// Its names are those of another profile under another prefix: (as written, as served).
    pub rename: Option<(&'static str, &'static str)>,
    /// Token counters jump when a request ends instead of growing with every step.
    pub counts_at_completion: bool,
    /// Its metric names have no prefix of their own: only safe with a `job` selector.
    pub needs_selector: bool,
    /// The ways to each figure but latencies, the best first.
    pub figures: &'static [(Figure, &'static [Formula])],
    /// The histograms behind the latencies, the best first.
    pub latencies: &'static [(Quantiles, &'static [Pick])],
}

/// All engines known; where several are found the earlier is preferred (gateways come last, since
/// the engines behind them say more).
pub static ENGINES: &[EngineProfile] = &[
    EngineProfile {
        id: "vllm",
        name: "vLLM, vLLM-Ascend",
        marks: &["vllm:"],
        rename: None,
        counts_at_completion: false,
        needs_selector: false,
        figures: vllm::VLLM,
        latencies: vllm::VLLM_LATENCIES,
    },
    EngineProfile {
        id: "sglang",
        name: "SGLang",
        marks: &["sglang:"],
        rename: None,
        counts_at_completion: false,
        needs_selector: false,
        figures: sglang::SGLANG,
        latencies: sglang::SGLANG_LATENCIES,
    },
    EngineProfile {
        id: "mindie",
        name: "MindIE",
        marks: &[
            "npu_cache_usage_perc",
            "avg_generation_throughput_toks_per_s",
        ],
        rename: None,
        counts_at_completion: true,
        needs_selector: true,
        figures: vendors::MINDIE,
        latencies: vendors::MINDIE_LATENCIES,
    },
    EngineProfile {
        id: "trtllm",
        name: "TensorRT-LLM",
        marks: &["trtllm_", "nv_trt_llm_", "nv_inference_request_"],
        rename: None,
        counts_at_completion: true,
        needs_selector: false,
        figures: vendors::TRTLLM,
        latencies: vendors::TRTLLM_LATENCIES,
    },
    EngineProfile {
        id: "trtllm-dynamo",
        name: "TensorRT-LLM 1.1 in Dynamo",
        marks: &["trtllm:"],
        rename: Some(("trtllm_", "trtllm:")),
        counts_at_completion: true,
        needs_selector: false,
        figures: vendors::TRTLLM,
        latencies: vendors::TRTLLM_LATENCIES,
    },
    EngineProfile {
        id: "ray-early",
        name: "Ray Serve LLM (early 2025)",
        marks: &["ray_vllm:"],
        rename: Some(("vllm:", "ray_vllm:")),
        counts_at_completion: false,
        needs_selector: false,
        figures: vllm::VLLM,
        latencies: vllm::VLLM_LATENCIES,
    },
    EngineProfile {
        id: "ray",
        name: "Ray Serve LLM",
        marks: &["ray_vllm_"],
        rename: Some(("vllm:", "ray_vllm_")),
        counts_at_completion: false,
        needs_selector: false,
        figures: vllm::VLLM,
        latencies: vllm::VLLM_LATENCIES,
    },
    EngineProfile {
        id: "dynamo",
        name: "NVIDIA Dynamo",
        marks: &["dynamo_"],
        rename: None,
        counts_at_completion: false,
        needs_selector: false,
        figures: gateways::DYNAMO,
        latencies: gateways::DYNAMO_LATENCIES,
    },
    EngineProfile {
        id: "llm-d",
        name: "llm-d",
        marks: &["llm_d_epp_", "inference_pool_", "inference_objective_"],
        rename: None,
        counts_at_completion: true,
        needs_selector: false,
        figures: gateways::LLM_D,
        latencies: gateways::LLM_D_LATENCIES,
    },
];

/// The profile of that id.
pub fn engine(id: &str) -> Option<&'static EngineProfile> {
    ENGINES.iter().find(|e| e.id == id)
}

/// Engines whose metrics are among the names, preferred first.
pub fn engines_in<'a>(names: &[impl AsRef<str> + 'a]) -> Vec<&'static EngineProfile> {
    let seen = |e: &&EngineProfile| {
        let mut marks = e.marks.iter();
        marks.any(|mark| names.iter().any(|n| n.as_ref().starts_with(mark)))
    };
    ENGINES.iter().filter(seen).collect()
}

impl EngineProfile {
    /// Every figure with the ways to it.
    fn ways(&self) -> impl Iterator<Item = (Figure, Vec<Formula>)> + '_ {
        let plain = self.figures.iter().map(|(f, ways)| (*f, ways.to_vec()));
        let latencies = self.latencies.iter().flat_map(|(quantiles, picks)| {
            let ways = |q: f64| {
                picks
                    .iter()
                    .map(move |p| Formula::Quantile(q, *p))
                    .collect()
            };
            quantiles.iter().map(move |(figure, q)| (*figure, ways(*q)))
        });
        plain.chain(latencies)
    }

    /// A PromQL expression per figure; the ways to it are tried in order.
    pub fn queries(&self, selector: &str, window_s: u32) -> Vec<(Figure, String)> {
        let scope = QueryScope {
            selector,
            window_s,
            rename: self.rename,
        };
        let query = |(figure, ways): (Figure, Vec<Formula>)| {
            let ways: Vec<String> = ways.iter().map(|w| w.to_promql(&scope)).collect();
            (figure, ways.join(" or "))
        };
        self.ways().map(query).collect()
    }

    /// A PromQL expression that says what engines serve, read by [`about`]: one series for each model,
    /// by `model_name` (or `model`), and one for each size of KV cache that vLLM tells in labels.
    pub fn about_query(&self, selector: &str) -> Option<String> {
        let scope = QueryScope {
            selector,
            window_s: 60,
            rename: self.rename,
        };
        let running = self.figures.iter().find(|(f, _)| *f == Figure::Running)?;
        let count = |pick: &Pick, by: &str| {
            let pick = Pick {
                ranks: false,
                ..*pick
            };
            let text = Formula::Count(pick).to_promql(&scope);
            text.replacen("count(", &format!("count by ({by})("), 1)
        };
        let mut ways: Vec<String> = running
            .1
            .iter()
            .filter_map(|way| match way {
                Formula::Sum(pick) => Some(count(pick, "model_name,model")),
                _ => None,
            })
            .collect();
        if self.has_vllms_names() {
            ways.push(count(&KV_INFO, "block_size,num_gpu_blocks"));
        }
        (!ways.is_empty()).then(|| ways.join(" or "))
    }

    fn has_vllms_names(&self) -> bool {
        self.rename
            .map_or(self.id, |(from, _)| from)
            .starts_with("vllm")
    }

    /// Names of the models that the engines of a scrape serve, sorted.
    pub fn models_in(&self, scrape: &Scrape) -> Vec<String> {
        let mut names: Vec<String> = scrape
            .names()
            .filter(|name| self.wants(name))
            .flat_map(|name| scrape.points(name))
            .map(|point| model_of(&point.labels))
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The figures worked out on two scrapes of the engine itself.
    pub fn evaluate(&self, window: &Window<'_>) -> Flow {
        let mut flow = Flow::default();
        for (figure, ways) in self.ways() {
            let value = ways.iter().find_map(|w| w.evaluate(window, self.rename));
            flow.set_reported(figure, value);
        }
        if self.has_vllms_names() {
            let scope = QueryScope {
                selector: "",
                window_s: 0,
                rename: self.rename,
            };
            let engines = window.now.points(&scope.name(KV_INFO.metric)).iter();
            flow.set(
                Figure::KvTokens,
                kv_tokens(engines.map(|p| (&p.labels, p.value))),
            );
        }
        flow
    }

    /// A metric of this name may be needed when scraping directly.
    pub fn wants(&self, name: &str) -> bool {
        !name.ends_with("_created") && self.marks.iter().any(|mark| name.starts_with(mark))
            || self.needs_selector && self.mentions(name)
    }

    /// Names without a prefix are compared whole.
    fn mentions(&self, name: &str) -> bool {
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .unwrap_or(name);
        let mut ways = self.ways().flat_map(|(_, ways)| ways);
        ways.any(|way| uses(&way, name) || uses(&way, base))
    }
}

/// vLLM says how its KV cache is cut in labels of this metric.
const KV_INFO: Pick = super::formula::all("vllm:cache_config_info");

/// Tokens that fit in the KV caches, from labels and the number of engines that have them.
fn kv_tokens<'a>(engines: impl Iterator<Item = (&'a Labels, f64)>) -> Option<f64> {
    let tokens = engines.filter_map(|(labels, count)| {
        let number = |label| crate::decimal::parse(labels.get(label));
        Some(number("block_size")? * number("num_gpu_blocks")? * count)
    });
    tokens.reduce(|a, b| a + b)
}

/// Models and tokens of KV cache from the answer to [`EngineProfile::about_query`].
pub fn about(answer: &Answer) -> (Vec<String>, Option<f64>) {
    let Data::Vector(all) = &answer.data else {
        return Default::default();
    };
    let models = all.iter().map(|i| model_of(&i.labels).to_owned());
    let series = all.iter().filter_map(|i| Some((&i.labels, i.value?)));
    (
        models.filter(|n| !n.is_empty()).collect(),
        kv_tokens(series),
    )
}

fn model_of(labels: &Labels) -> &str {
    match labels.get("model_name") {
        "" => labels.get("model"),
        name => name,
    }
}

/// Cards that Kubernetes may give away, and those still free: parts of a query put together by
/// [`super::prometheus::request::together`]. What is allocatable does not shrink when used.
pub fn kube_parts(names: &[impl AsRef<str>]) -> Vec<(&'static str, String)> {
    const CARDS: &str =
        r#"{resource=~"huawei_com_Ascend.*|huawei_com_npu|nvidia_com_gpu|amd_com_gpu"}"#;
    const ALL: &str = "kube_node_status_allocatable";
    if !names.iter().any(|n| n.as_ref() == ALL) {
        return Vec::new();
    }
    let all = format!("sum({ALL}{CARDS})");
    let asked = format!("(sum(kube_pod_container_resource_requests{CARDS}) or vector(0))");
    vec![
        (Figure::KubeFree.id(), format!("({all}-{asked})")),
        (Figure::KubeCards.id(), all),
    ]
}

fn uses(formula: &Formula, name: &str) -> bool {
    use Formula::*;
    match formula {
        Sum(p)
        | Mean(p)
        | Max(p)
        | Count(p)
        | Rate(p)
        | SlowRate(p)
        | Quantile(_, p)
        | HistogramMean(p) => p.metric == name,
        Plus(a, b) | Minus(a, b) | Times(a, b) | Ratio(a, b) => uses(a, name) || uses(b, name),
    }
}

#[cfg(test)]
mod names_tests;

#[cfg(test)]
mod tests {
    use super::super::exposition::Exposition;
    use super::super::recorded::recordings;
    use super::super::series::Scrape;
    use super::*;

    #[test]
    fn ids_are_unique_and_gateways_come_after_engines() {
        let names = [
            "dynamo_frontend_requests_total",
            "vllm:num_requests_running",
            "up",
        ];
        let found: Vec<_> = engines_in(&names).iter().map(|e| e.id).collect();
        assert_eq!(found, ["vllm", "dynamo"]);
        for profile in ENGINES {
            assert!(std::ptr::eq(engine(profile.id).unwrap(), profile));
            assert!(
                profile.figures.iter().any(|(f, _)| *f == Figure::Decode),
                "{}",
                profile.id
            );
            let mut seen: Vec<_> = profile.ways().map(|(f, _)| f).collect();
            let all = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), all, "{}", profile.id);
        }
    }

    #[test]
    fn ray_serves_vllms_names_under_its_own_prefix() {
        let queries = engine("ray").unwrap().queries("", 60);
        let decode = &queries
            .iter()
            .find(|(f, _)| *f == Figure::Decode)
            .unwrap()
            .1;
        assert!(
            decode.starts_with("sum(rate(ray_vllm_generation_tokens_total[60s]))"),
            "{decode}"
        );
        assert!(queries.iter().all(|(_, q)| !q.contains("vllm:")));
    }

    #[test]
    fn prefill_and_decode_instances_are_not_counted_twice() {
        let at = |done, one, sum| {
            format!(
                "vllm:request_success_total{{engine=\"p\",finished_reason=\"length\"}} {done}\n\
                 vllm:request_success_total{{engine=\"d\",finished_reason=\"stop\"}} {done}\n\
                 vllm:request_generation_tokens_bucket{{engine=\"p\",le=\"1.0\"}} {one}\n\
                 vllm:request_generation_tokens_bucket{{engine=\"d\",le=\"1.0\"}} 0\n\
                 vllm:request_generation_tokens_sum{{engine=\"p\"}} {one}\n\
                 vllm:request_generation_tokens_sum{{engine=\"d\"}} {sum}\n\
                 vllm:request_generation_tokens_count{{engine=\"p\"}} {done}\n\
                 vllm:request_generation_tokens_count{{engine=\"d\"}} {done}\n"
            )
        };
        let read =
            |text: &str, at_s| Scrape::from_exposition(&Exposition::parse(text), at_s, |_| true);
        let (before, now) = (read(&at(0, 0, 0), 0.0), read(&at(50, 50, 50_000), 10.0));
        let window = Window {
            before: Some(&before),
            now: &now,
        };
        let flow = engine("vllm").unwrap().evaluate(&window);
        assert_eq!(flow.get(Figure::Requests), Some(5.0));
        assert_eq!(flow.get(Figure::MeanOutput), Some(1000.0));
        // Nothing was said about the cache: unknown, not 0.
        assert_eq!(flow.get(Figure::KvUsed), None);
    }

    #[test]
    fn the_size_of_the_kv_cache_is_told_by_labels_blocks_or_tokens() {
        let check = |id: &str, text: &str, tokens: f64| {
            let now = Scrape::from_exposition(&Exposition::parse(text), 1.0, |_| true);
            let flow = engine(id).unwrap().evaluate(&Window {
                before: None,
                now: &now,
            });
            assert_eq!(flow.get(Figure::KvTokens), Some(tokens), "{id}");
        };
        let info = "cache_config_info{block_size=\"128\",num_gpu_blocks=\"1000\",engine=\"0\"} 1\n";
        check("vllm", &format!("vllm:{info}"), 128_000.0);
        check("ray", &format!("ray_vllm_{info}"), 128_000.0);
        check(
            "sglang",
            "sglang:max_total_num_tokens{tp_rank=\"0\"} 5e5\nsglang:max_total_num_tokens{tp_rank=\"1\"} 5e5\n",
            5e5,
        );
        check(
            "trtllm",
            "trtllm_kv_cache_max_blocks 100\ntrtllm_kv_cache_tokens_per_block 64\n",
            6400.0,
        );
        let vllm = engine("vllm").unwrap();
        let query = vllm.about_query("job=\"v\"").unwrap();
        assert_eq!(
            query,
            "count by (model_name,model)(vllm:num_requests_running{job=\"v\"}) or \
             count by (block_size,num_gpu_blocks)(vllm:cache_config_info{job=\"v\"})"
        );
        let answer = super::super::prometheus::response::read(
            200,
            "application/json",
            r#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"model_name":"m"},"value":[1,"3"]},
            {"metric":{"block_size":"16","num_gpu_blocks":"10"},"value":[1,"2"]}]}}"#,
        )
        .unwrap();
        assert_eq!(about(&answer), (vec!["m".to_owned()], Some(320.0)));
    }

    #[test]
    fn kubernetes_is_asked_where_it_is_scraped() {
        assert_eq!(kube_parts(&["up"]), []);
        let parts = kube_parts(&["kube_node_status_allocatable"]);
        assert!(parts[0].1.contains("huawei_com_Ascend.*"), "{parts:?}");
    }

    /// Each recording of an engine gives the figures that its names promise.
    #[test]
    fn recordings_pick_their_profile_and_fill_figures() {
        let expected = [
            (
                "vllm_0.33.0",
                "vllm",
                &[
                    Figure::Running,
                    Figure::Waiting,
                    Figure::KvUsed,
                    Figure::Engines,
                ][..],
            ),
            ("vllm_v1_real", "vllm", &[Figure::Running, Figure::KvUsed]),
            (
                "sglang_0.5.23",
                "sglang",
                &[Figure::Running, Figure::KvUsed, Figure::Decode],
            ),
            (
                "sglang_0.5.10",
                "sglang",
                &[Figure::Running, Figure::KvUsed, Figure::Decode],
            ),
            (
                "mindie_server",
                "mindie",
                &[Figure::Running, Figure::Waiting],
            ),
        ];
        for (file, text) in recordings() {
            let Some((_, id, figures)) = expected
                .iter()
                .find(|(prefix, ..)| file.starts_with(prefix))
            else {
                continue;
            };
            let all = Exposition::parse(&text);
            let names: Vec<_> = all.samples.iter().map(|s| s.name).collect();
            let profile = *engines_in(&names).first().unwrap();
            assert_eq!(profile.id, *id, "{file}");
            let now = Scrape::from_exposition(&all, 10.0, |name| profile.wants(name));
            assert!(now.series() > 20, "{file}: {}", now.series());
            // The same text ten seconds later: nothing happened, so rates are 0 and not unknown.
            let mut before = now.clone();
            before.at_s = 0.0;
            let flow = profile.evaluate(&Window {
                before: Some(&before),
                now: &now,
            });
            for figure in *figures {
                assert!(flow.get(*figure).is_some(), "{file}: {figure:?} is unknown");
            }
            let alone = profile.evaluate(&Window {
                before: None,
                now: &now,
            });
            assert_eq!(
                alone.get(Figure::TtftP95),
                None,
                "{file}: a quantile needs two scrapes"
            );
        }
    }
}
