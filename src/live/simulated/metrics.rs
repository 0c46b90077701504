//! The simulated factory's metrics, under the names that vLLM and npu-exporter use.

use std::fmt::Write;

use super::super::devices::Duty;
use super::super::series::{Labels, Point, Scrape};
use super::cards::CARDS_PER_HOST;
use super::{Observations, Simulation, SuperNode};

/// Something to scrape, as service discovery would list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Path of its metrics, e.g. "/sn-1/node-07/metrics".
    pub path: String,
    /// Job it belongs to: "npu-exporter" or "vllm".
    pub job: &'static str,
    /// Labels that discovery adds.
    pub labels: Vec<(&'static str, String)>,
}

/// Where a sample goes: name, labels in order, value.
type Sink<'a> = dyn FnMut(&str, &[(&str, &str)], f64) + 'a;

const SHOWN_REASONS: &[&str] = &["stop", "length", "abort", "error", "repetition"];

impl Simulation {
    /// Every target: one per host for its cards, two per super-node for its engines.
    pub fn targets(&self) -> Vec<Target> {
        let mut out = Vec::new();
        let hosts = self.plan.cards_each.div_ceil(CARDS_PER_HOST);
        for node in 0..self.plan.super_nodes {
            let super_node = format!("sn-{}", node + 1);
            for host in 0..hosts {
                let key = Self::key(node, host * CARDS_PER_HOST);
                out.push(Target {
                    path: format!("/{super_node}/node-{:02}/metrics", host + 1),
                    job: "npu-exporter",
                    labels: vec![
                        ("instance", format!("{}:8082", key.host)),
                        ("node", key.host),
                        ("rack", key.rack),
                        ("supernode", super_node.clone()),
                    ],
                });
            }
            for role in ["prefill", "decode"] {
                out.push(Target {
                    path: format!("/{super_node}/{role}/metrics"),
                    job: "vllm",
                    labels: vec![
                        ("instance", format!("{super_node}-{role}:8000")),
                        ("role", role.to_owned()),
                        ("supernode", super_node.clone()),
                    ],
                });
            }
        }
        out
    }

    /// Counters of the whole factory by role, enough to work its figures out.
    pub(super) fn engine_scrape(&self) -> Scrape {
        let mut scrape = Scrape::at(self.at_s);
        for role in [Duty::Prefill, Duty::Decode] {
            let name = if role == Duty::Prefill {
                "prefill"
            } else {
                "decode"
            };
            let mut sink = |metric: &str, labels: &[(&str, &str)], value: f64| {
                let labels = labels.iter().copied().chain([("role", name)]);
                let point = Point {
                    labels: Labels::new(labels),
                    value,
                    timestamp_s: None,
                };
                scrape.push(metric, point);
            };
            for (index, node) in self.nodes.iter().enumerate() {
                let engine = index.to_string();
                emit_engine(node, role, 1.0, &[("engine", &engine)], &mut sink);
            }
        }
        scrape
    }

    /// The text of one target; `None` = there is no such target, or its host is dead.
    pub fn exposition(&self, path: &str) -> Option<String> {
        let mut parts = path.trim_matches('/').split('/');
        let node: u32 = parts.next()?.strip_prefix("sn-")?.parse().ok()?;
        let node = node.checked_sub(1).filter(|n| *n < self.plan.super_nodes)?;
        let what = parts.next()?;
        if parts.next() != Some("metrics") || parts.next().is_some() {
            return None;
        }
        let mut text = String::new();
        match what {
            "prefill" => self.write_engines(node, Duty::Prefill, &mut text),
            "decode" => self.write_engines(node, Duty::Decode, &mut text),
            host => {
                let host: u32 = host.strip_prefix("node-")?.parse().ok()?;
                let first = host.checked_sub(1)?.checked_mul(CARDS_PER_HOST)?;
                if first >= self.plan.cards_each {
                    return None;
                }
                self.write_host(node, first, &mut text);
            }
        }
        Some(text)
    }

    /// Engines of all super-nodes in one text, as a single `/metrics` would give.
    pub fn engines_text(&self) -> String {
        let mut text = String::new();
        for node in 0..self.plan.super_nodes {
            self.write_engines(node, Duty::Prefill, &mut text);
            self.write_engines(node, Duty::Decode, &mut text);
        }
        text
    }

    /// All cards of a super-node in one text; `None` = there is no such super-node.
    pub fn super_node_text(&self, name: &str) -> Option<String> {
        let node: u32 = name.strip_prefix("sn-")?.parse().ok()?;
        let node = node.checked_sub(1).filter(|n| *n < self.plan.super_nodes)?;
        let mut text = String::new();
        for first in (0..self.plan.cards_each).step_by(CARDS_PER_HOST as usize) {
            // Hosts are told apart by a label here, since one target has one instance.
            let key = Self::key(node, first);
            let mut host = String::new();
            self.write_host(node, first, &mut host);
            for line in host.lines() {
                let (name, rest) = line.split_once(['{', ' ']).unwrap_or((line, ""));
                let comma = if line.contains('{') { "," } else { "} " };
                let labels = format!(
                    "node=\"{}\",rack=\"{}\",supernode=\"{}\"",
                    key.host, key.rack, key.super_node
                );
                let _ = writeln!(text, "{name}{{{labels}{comma}{rest}");
            }
        }
        Some(text)
    }

    fn write_engines(&self, node: u32, role: Duty, text: &mut String) {
        let Some(state) = self.nodes.get(node as usize) else {
            return;
        };
        let (count, name) = match role {
            Duty::Prefill => (self.prefill_instances().max(1), "prefill"),
            _ => (1, "decode"),
        };
        for engine in 0..count {
            let engine = format!("{name}-{}-{engine}", node + 1);
            let labels = [
                ("engine", engine.as_str()),
                ("model_name", self.plan.model.as_str()),
            ];
            let share = 1.0 / f64::from(count);
            emit_engine(state, role, share, &labels, &mut |name, labels, value| {
                write_sample(text, name, labels, value, None);
            });
        }
    }

    fn write_host(&self, node: u32, first: u32, text: &mut String) {
        let dies = self.plan.dies_per_card.max(1);
        let cards = first..(first + CARDS_PER_HOST).min(self.plan.cards_each);
        let living: Vec<u32> = cards.filter(|c| !self.is_dead(node, *c)).collect();
        // The host's counts include what does not answer.
        let whole = CARDS_PER_HOST.min(self.plan.cards_each - first);
        write_sample(text, "machine_npu_nums", &[], f64::from(whole * dies), None);
        write_sample(text, "machine_card_nums", &[], f64::from(whole), None);
        let at_ms = Some((self.stamp_s.unwrap_or(self.at_s) * 1000.0).floor());
        for card in living {
            for number in 0..dies {
                let die = self.die(node, card, number);
                let id = ((card % CARDS_PER_HOST) * dies + number).to_string();
                let vdie = format!("{:08X}-{:08X}", 0x1850_11D4 + node, card * 2 + number);
                let pod = self.pod(node, card, die.duty);
                let container = if pod.is_empty() { "" } else { "vllm" };
                let space = if pod.is_empty() { "" } else { "inference" };
                let labels = [
                    ("container_name", container),
                    ("id", &id),
                    ("model_name", &self.plan.chip),
                    ("namespace", space),
                    ("pod_name", &pod),
                    ("vdie_id", &vdie),
                ];
                let mib = |bytes: f64| (bytes / 1_048_576.0).round();
                let total = mib(self.plan.memory_bytes / f64::from(dies));
                let values = [
                    ("utilization", (die.utilisation * 100.0).round()),
                    ("overall_utilization", (die.utilisation * 100.0).round()),
                    ("hbm_used_memory", mib(die.memory_used_bytes)),
                    ("hbm_total_memory", total),
                    ("power", (die.power_w * 10.0).round() / 10.0),
                    ("temperature", die.temperature_c.round()),
                    ("aicore_current_freq", die.clock_mhz),
                    ("health_status", f64::from(u8::from(die.healthy))),
                    ("network_status", 1.0),
                ];
                for (name, value) in values {
                    let name = format!("npu_chip_info_{name}");
                    write_sample(text, &name, &labels, value, at_ms);
                }
                if !die.healthy {
                    let name = "npu_chip_info_error_code";
                    write_sample(text, name, &labels, f64::from(0x80E0_1801u32), at_ms);
                }
            }
        }
    }

    /// Name of the pod on a card; none on spares.
    fn pod(&self, node: u32, card: u32, duty: Duty) -> String {
        match duty {
            Duty::Decode => format!("decode-{}-0-{}", node + 1, card / CARDS_PER_HOST),
            Duty::Prefill => {
                let own = card - self.plan.decode_cards_each;
                let instance = own / self.plan.prefill_instance_cards.max(1);
                format!("prefill-{}-{instance}-{}", node + 1, card / CARDS_PER_HOST)
            }
            Duty::Unknown => String::new(),
        }
    }
}

/// Text of a target of the simulation, for servers.
pub fn target_text(simulation: &Simulation, path: &str) -> Option<String> {
    match path {
        "/metrics" | "/engines" => Some(simulation.engines_text()),
        _ => match path.strip_prefix("/npu/") {
            Some(super_node) => simulation.super_node_text(super_node),
            None => simulation.exposition(path),
        },
    }
}

/// Metrics of one engine that does `share` of its super-node's work in its role.
fn emit_engine(
    node: &SuperNode,
    role: Duty,
    share: f64,
    labels: &[(&str, &str)],
    sink: &mut Sink<'_>,
) {
    let prefill = role == Duty::Prefill;
    let mut emit = |name: &str, extra: Option<(&str, &str)>, value: f64| {
        let mut all: Vec<(&str, &str)> = labels.iter().copied().chain(extra).collect();
        // In order of their names, as the client library writes them.
        all.sort_unstable();
        sink(name, &all, value);
    };
    let part = |value: f64| (value * share).floor();
    let (running, waiting) = if prefill {
        (node.prefilling, node.waiting)
    } else {
        (node.running, 0.0)
    };
    emit("vllm:num_requests_running", None, (running * share).round());
    emit("vllm:num_requests_waiting", None, (waiting * share).round());
    let kv = if prefill { 0.35 * node.kv } else { node.kv };
    emit("vllm:kv_cache_usage_perc", None, (kv * 1e4).round() / 1e4);
    let prompt = node.computed + node.cached;
    emit("vllm:prompt_tokens_total", None, part(prompt));
    let sources = match role {
        Duty::Prefill => [
            ("local_compute", node.computed),
            ("local_cache_hit", node.cached),
            ("external_kv_transfer", 0.0),
        ],
        _ => [
            ("local_compute", 0.0),
            ("local_cache_hit", 0.0),
            ("external_kv_transfer", prompt),
        ],
    };
    for (source, value) in sources {
        emit(
            "vllm:prompt_tokens_by_source_total",
            Some(("source", source)),
            part(value),
        );
    }
    let lookups = if prefill {
        (prompt, node.cached)
    } else {
        (0.0, 0.0)
    };
    emit("vllm:prefix_cache_queries_total", None, part(lookups.0));
    emit("vllm:prefix_cache_hits_total", None, part(lookups.1));
    // A prefill instance hands the request on after one token.
    let generated = if prefill {
        node.requests
    } else {
        node.generated
    };
    emit("vllm:generation_tokens_total", None, part(generated));
    emit(
        "vllm:num_preemptions_total",
        None,
        if prefill { 0.0 } else { part(node.preempted) },
    );
    for reason in SHOWN_REASONS {
        let value = match (prefill, *reason) {
            (true, "length") => node.requests,
            (false, "stop") => 0.95 * node.requests,
            (false, "length") => 0.05 * node.requests,
            (false, "abort") => node.failed,
            _ => 0.0,
        };
        emit(
            "vllm:request_success_total",
            Some(("finished_reason", reason)),
            part(value),
        );
    }
    if !prefill && node.drafts > 0.0 {
        emit(
            "vllm:spec_decode_num_draft_tokens_total",
            None,
            part(node.drafts),
        );
        emit(
            "vllm:spec_decode_num_accepted_tokens_total",
            None,
            part(node.accepted),
        );
    }
    let mut histogram = |name: &str, seen: &Observations| {
        for (bound, count) in seen.bounds.iter().zip(&seen.counts) {
            let le = format!("{bound:?}");
            emit(&format!("{name}_bucket"), Some(("le", &le)), part(*count));
        }
        emit(
            &format!("{name}_bucket"),
            Some(("le", "+Inf")),
            part(seen.count),
        );
        emit(&format!("{name}_count"), None, part(seen.count));
        emit(&format!("{name}_sum"), None, seen.sum * share);
    };
    histogram("vllm:request_prompt_tokens", &node.prompt);
    if prefill {
        histogram("vllm:time_to_first_token_seconds", &node.ttft);
        histogram("vllm:request_queue_time_seconds", &node.queue);
        let mut one = Observations::new(super::TOKEN_BOUNDS);
        one.observe_exactly(node.requests, 1.0);
        histogram("vllm:request_generation_tokens", &one);
    } else {
        histogram("vllm:request_time_per_output_token_seconds", &node.tpot);
        histogram("vllm:e2e_request_latency_seconds", &node.e2e);
        histogram("vllm:request_generation_tokens", &node.answer);
    }
}

fn write_sample(
    text: &mut String,
    name: &str,
    labels: &[(&str, &str)],
    value: f64,
    at_ms: Option<f64>,
) {
    text.push_str(name);
    if !labels.is_empty() {
        text.push('{');
        for (i, (label, content)) in labels.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            // The simulation's own labels hold nothing that needs escaping, but a plan's names may.
            let content = content
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let _ = write!(text, "{comma}{label}=\"{content}\"");
        }
        text.push('}');
    }
    let _ = match at_ms {
        Some(at) => writeln!(text, " {value} {at}"),
        None => writeln!(text, " {value}"),
    };
}
