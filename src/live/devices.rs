//! Device exporters as data, and the cards they tell of: keys, units, dies paired into cards.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::series::{Labels, Scrape};

/// What is read of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Busy share, 0..1.
    Utilisation,
    /// Memory in use, bytes.
    MemoryUsed,
    /// Memory free, bytes.
    MemoryFree,
    /// Memory that the driver keeps, bytes.
    MemoryReserved,
    /// Memory in all, bytes.
    MemoryTotal,
    /// Power, W.
    Power,
    /// Temperature, °C.
    Temperature,
    /// Clock, MHz.
    Clock,
    /// 1 = well, 0 = not, -1 = not known.
    Health,
    /// Code of an error present or last seen.
    Error,
    /// Above 0 = the hardware has failed for good.
    Failed,
}

/// How many fields there are.
const FIELDS: usize = Field::Failed as usize + 1;

/// One way to a field: metric and the factor that brings it to our unit.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// What it gives.
    pub field: Field,
    /// Name of the metric.
    pub metric: &'static str,
    /// Factor to our unit.
    pub scale: f64,
}

/// A device exporter whose metrics are known.
#[derive(Debug)]
pub struct DeviceProfile {
    /// Stable id.
    pub id: &'static str,
    /// Name as its makers write it.
    pub name: &'static str,
    /// Metrics that give it away begin with this.
    pub mark: &'static str,
    /// Labels with the number of the device on its host, the first that is there.
    pub index: &'static [&'static str],
    /// Labels that tell parts of one device apart (MIG, partitions).
    pub part: &'static [&'static str],
    /// Labels with the chip's name.
    pub model: &'static [&'static str],
    /// Stamps its own times on samples, so that the server sees no staleness.
    pub own_times: bool,
    /// Its operator may put a prefix before every name.
    pub free_prefix: bool,
    /// Metrics, for each field the better ones first.
    pub sources: &'static [Source],
}

const MIB: f64 = 1_048_576.0;
const PERCENT: f64 = 0.01;

const fn source(field: Field, metric: &'static str, scale: f64) -> Source {
    Source {
        field,
        metric,
        scale,
    }
}

/// All device exporters known.
pub static DEVICES: &[DeviceProfile] = &[
    DeviceProfile {
        id: "npu-exporter",
        name: "Ascend npu-exporter",
        mark: "npu_chip_info_",
        index: &["id", "npuID"],
        part: &[],
        model: &["model_name", "modelName"],
        own_times: true,
        free_prefix: false,
        sources: &[
            source(
                Field::Utilisation,
                "npu_chip_info_overall_utilization",
                PERCENT,
            ),
            source(Field::Utilisation, "npu_chip_info_utilization", PERCENT),
            source(Field::MemoryUsed, "npu_chip_info_hbm_used_memory", MIB),
            source(Field::MemoryUsed, "npu_chip_info_used_memory", MIB),
            source(Field::MemoryTotal, "npu_chip_info_hbm_total_memory", MIB),
            source(Field::MemoryTotal, "npu_chip_info_total_memory", MIB),
            source(Field::Power, "npu_chip_info_power", 1.0),
            source(Field::Temperature, "npu_chip_info_temperature", 1.0),
            source(Field::Clock, "npu_chip_info_aicore_current_freq", 1.0),
            source(Field::Health, "npu_chip_info_health_status", 1.0),
            source(Field::Error, "npu_chip_info_error_code", 1.0),
        ],
    },
    DeviceProfile {
        id: "dcgm",
        name: "NVIDIA dcgm-exporter",
        mark: "DCGM_FI_",
        index: &["gpu"],
        part: &["GPU_I_ID"],
        model: &["modelName"],
        own_times: false,
        free_prefix: false,
        sources: &[
            source(Field::Utilisation, "DCGM_FI_PROF_GR_ENGINE_ACTIVE", 1.0),
            source(Field::Utilisation, "DCGM_FI_DEV_GPU_UTIL", PERCENT),
            source(Field::MemoryUsed, "DCGM_FI_DEV_FB_USED", MIB),
            source(Field::MemoryFree, "DCGM_FI_DEV_FB_FREE", MIB),
            source(Field::MemoryReserved, "DCGM_FI_DEV_FB_RESERVED", MIB),
            source(Field::Power, "DCGM_FI_DEV_POWER_USAGE", 1.0),
            source(Field::Temperature, "DCGM_FI_DEV_GPU_TEMP", 1.0),
            source(Field::Clock, "DCGM_FI_DEV_SM_CLOCK", 1.0),
            source(Field::Error, "DCGM_FI_DEV_XID_ERRORS", 1.0),
            source(Field::Failed, "DCGM_FI_DEV_ROW_REMAP_FAILURE", 1.0),
        ],
    },
    DeviceProfile {
        id: "amd",
        name: "AMD device-metrics-exporter",
        mark: "gpu_",
        index: &["gpu_id"],
        part: &["gpu_partition_id"],
        model: &["card_model"],
        own_times: false,
        free_prefix: true,
        sources: &[
            source(Field::Utilisation, "gpu_gfx_activity", PERCENT),
            source(Field::MemoryUsed, "gpu_used_vram", MIB),
            source(Field::MemoryTotal, "gpu_total_vram", MIB),
            source(Field::MemoryFree, "gpu_free_vram", MIB),
            source(Field::Power, "gpu_package_power", 1.0),
            source(Field::Power, "gpu_average_package_power", 1.0),
            source(Field::Power, "gpu_power_usage", 1.0),
            source(Field::Temperature, "gpu_junction_temperature", 1.0),
            source(Field::Health, "gpu_health", 1.0),
        ],
    },
];

/// The profile of that id.
pub fn device(id: &str) -> Option<&'static DeviceProfile> {
    DEVICES.iter().find(|d| d.id == id)
}

/// Exporters whose metrics are among the names. `gpu_` is too common a beginning, so that one
/// needs a metric of its profile.
pub fn devices_in<'a>(names: &[impl AsRef<str> + 'a]) -> Vec<&'static DeviceProfile> {
    let seen = |d: &&DeviceProfile| d.prefix_in(names).is_some();
    DEVICES.iter().filter(seen).collect()
}

impl DeviceProfile {
    /// The metric is one of the profile's, or counts dies and cards.
    pub fn wants(&self, name: &str) -> bool {
        name.starts_with(self.mark) && self.sources.iter().any(|s| s.metric == name)
    }

    /// What stands before the profile's names among these ("" mostly); `None` = it is not there.
    /// A prefix of the operator's own counts when two names agree on it.
    pub fn prefix_in<'a>(&self, names: &'a [impl AsRef<str>]) -> Option<&'a str> {
        let of = |name: &str, prefix: &str| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| self.wants(rest))
        };
        if names.iter().any(|n| of(n.as_ref(), "")) {
            return Some("");
        }
        let mut named = names.iter().filter(|_| self.free_prefix);
        named.find_map(|name| {
            let mut metrics = self.sources.iter().map(|s| s.metric);
            let prefix: &'a str = metrics.find_map(|m| name.as_ref().strip_suffix(m))?;
            let agree = names.iter().filter(|n| of(n.as_ref(), prefix)).count();
            (agree > 1).then_some(prefix)
        })
    }

    /// The best metric of a field among the names (without a prefix).
    pub fn best(&self, field: Field, names: &[impl AsRef<str>]) -> Option<&'static Source> {
        let there = |s: &&Source| names.iter().any(|n| n.as_ref() == s.metric);
        self.sources.iter().filter(|s| s.field == field).find(there)
    }

    /// The metric whose age tells how fresh a card's samples are.
    pub fn freshness_metric(&self) -> &'static str {
        let power = self.sources.iter().find(|s| s.field == Field::Power);
        power.map_or("", |s| s.metric)
    }
}

/// A query of one metric of every card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardQuery {
    /// The metric, without a prefix.
    pub metric: &'static str,
    /// The field that it gives; `None` = counts and times, which are always needed.
    pub field: Option<Field>,
    /// What to ask.
    pub expression: String,
    /// The answer holds the times of the metric's samples (see
    /// [`super::prometheus::response::Answer::stamp`]), not their values.
    pub times: bool,
}

impl DeviceProfile {
    /// Queries that bring all fields of the cards that match `selector` (label matchers, may be
    /// empty), one metric each, since answers are large: of each field the best metric among the
    /// server's names (without `prefix`). Where the exporter stamps its own times, those are asked
    /// for too.
    pub fn queries(
        &self,
        names: &[impl AsRef<str>],
        prefix: &str,
        selector: &str,
    ) -> Vec<CardQuery> {
        let has = |metric: &str| names.iter().any(|n| n.as_ref() == metric);
        let vector = |metric: &str| match selector.trim() {
            "" => format!("{prefix}{metric}"),
            matchers => format!("{prefix}{metric}{{{matchers}}}"),
        };
        let query = |metric: &'static str, field| CardQuery {
            metric,
            field,
            expression: vector(metric),
            times: false,
        };
        let plain = |metric| query(metric, None);
        let mut fields: Vec<Field> = Vec::new();
        let mut out = Vec::new();
        for source in self.sources {
            if has(source.metric) && !fields.contains(&source.field) {
                fields.push(source.field);
                out.push(query(source.metric, Some(source.field)));
            }
        }
        if self.own_times {
            let counts = [DIES_METRIC, CARDS_METRIC].into_iter();
            out.extend(counts.filter(|m| has(m)).map(plain));
            let freshness = Some(self.freshness_metric()).filter(|m| has(m));
            out.extend(freshness.map(|metric| CardQuery {
                metric,
                field: None,
                expression: format!("timestamp({})", vector(metric)),
                times: true,
            }));
        }
        out
    }
}

/// Metrics that count dies and cards of a host (npu-exporter).
pub const DIES_METRIC: &str = "machine_npu_nums";
/// See [`DIES_METRIC`].
pub const CARDS_METRIC: &str = "machine_card_nums";

/// Labels that group cards, from the largest group to the host; the first there counts.
pub const SUPER_NODE_LABELS: &[&str] = &[
    "supernode",
    "super_node",
    "super_pod",
    "superpod",
    "cluster_name",
];
/// Labels of a rack.
pub const RACK_LABELS: &[&str] = &["rack", "cabinet"];
/// Labels of a host.
pub const HOST_LABELS: &[&str] = &["node", "nodename", "hostname", "Hostname", "instance"];
/// Labels of the workload on a card.
pub const POD_LABELS: &[&str] = &["exported_pod", "pod_name", "pod"];

/// Which card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CardKey {
    /// Super-node, "" where no label tells.
    pub super_node: String,
    /// Rack, "" where no label tells.
    pub rack: String,
    /// Host.
    pub host: String,
    /// Number on the host.
    pub index: u32,
    /// Part of a shared device, mostly "".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
}

impl CardKey {
    /// The group it is drawn in: super-node, else rack, else host.
    pub fn group(&self) -> &str {
        [&self.super_node, &self.rack]
            .into_iter()
            .find(|g| !g.is_empty())
            .unwrap_or(&self.host)
    }

    /// A name for people: host, number, part.
    pub fn name(&self) -> String {
        let part = if self.part.is_empty() { "" } else { "." };
        format!("{}/{}{part}{}", self.host, self.index, self.part)
    }
}

/// How a card says it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// It says nothing of it.
    #[default]
    Unknown,
    /// Well.
    Well,
    /// Not well.
    Bad,
}

/// What the pod on a card does, as far as its name tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// No pod, or its name does not tell.
    #[default]
    Unknown,
    /// Prefill.
    Prefill,
    /// Decode.
    Decode,
}

/// What a card showed at one time; `None` = it did not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Busy share, 0..1; mean of its dies.
    pub utilisation: Option<f32>,
    /// Memory in use, bytes; sum of its dies.
    pub memory_used_bytes: Option<f32>,
    /// Memory in all, bytes; sum of its dies.
    pub memory_total_bytes: Option<f32>,
    /// Chip power, W; sum of its dies.
    pub power_w: Option<f32>,
    /// Temperature of the hottest die, °C.
    pub temperature_c: Option<f32>,
    /// Clock of the slowest die, MHz.
    pub clock_mhz: Option<f32>,
    /// The worst of its dies.
    pub health: Health,
    /// An error code, where one is present.
    pub error: Option<u32>,
    /// What it does.
    pub duty: Duty,
    /// When the exporter took the sample, seconds since 1970; `None` = with the poll.
    pub sample_at_s: Option<f64>,
}

impl Reading {
    /// Memory in use over memory in all.
    pub fn memory_share(&self) -> Option<f32> {
        let total = self.memory_total_bytes.filter(|t| *t > 0.0)?;
        Some(self.memory_used_bytes? / total)
    }
}

impl Reading {
    /// The reading with what was known before in place of what was not asked this time.
    pub fn over(mut self, before: &Self, asked: impl Fn(Field) -> bool) -> Self {
        let keep = |field, now: &mut Option<f32>, then: Option<f32>| {
            if !asked(field) {
                *now = then;
            }
        };
        keep(
            Field::Utilisation,
            &mut self.utilisation,
            before.utilisation,
        );
        keep(
            Field::MemoryUsed,
            &mut self.memory_used_bytes,
            before.memory_used_bytes,
        );
        keep(
            Field::MemoryUsed,
            &mut self.memory_total_bytes,
            before.memory_total_bytes,
        );
        keep(Field::Power, &mut self.power_w, before.power_w);
        keep(
            Field::Temperature,
            &mut self.temperature_c,
            before.temperature_c,
        );
        keep(Field::Clock, &mut self.clock_mhz, before.clock_mhz);
        self
    }
}

/// A card with what it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Which one.
    pub key: CardKey,
    /// What it shows.
    pub reading: Reading,
    /// Chip as its exporter names it.
    pub model: String,
}

/// How many devices of the exporter make one card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiePairing {
    /// By the host's counts of dies and cards, else by the chip's name.
    #[default]
    Auto,
    /// A device is a card.
    Single,
    /// Two devices are a card: numbers 2k and 2k + 1.
    Pairs,
}

/// A 910C by the names in use: the chip is 910_93xx, the server A3.
fn two_dies(model: &str) -> bool {
    let model = model.to_ascii_uppercase();
    ["910C", "910_93", "A3"]
        .iter()
        .any(|mark| model.contains(mark))
}

fn first<'a>(labels: &'a Labels, names: &[&str]) -> &'a str {
    let values = names.iter().map(|name| labels.get(name));
    values.into_iter().find(|v| !v.is_empty()).unwrap_or("")
}

/// One device (a die of a 910C, else a card) while its fields come together.
#[derive(Default)]
struct Device {
    fields: [Option<f64>; FIELDS],
    model: String,
    duty: Duty,
    sample_at_s: Option<f64>,
}

/// Where a device is, in words of the scrape.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place<'a> {
    super_node: &'a str,
    rack: &'a str,
    host: &'a str,
    index: u32,
    part: &'a str,
}

impl Place<'_> {
    fn key(&self) -> CardKey {
        CardKey {
            super_node: self.super_node.to_owned(),
            rack: self.rack.to_owned(),
            host: self.host.to_owned(),
            index: 0,
            part: self.part.to_owned(),
        }
    }
}

impl Device {
    fn set(&mut self, field: Field, value: f64) {
        if let Some(slot) = self.fields.get_mut(field as usize) {
            slot.get_or_insert(value);
        }
    }

    fn get(&self, field: Field) -> Option<f64> {
        self.fields.get(field as usize).copied().flatten()
    }
}

fn duty_of(pod: &str) -> Duty {
    if pod.contains("prefill") {
        Duty::Prefill
    } else if pod.contains("decode") {
        Duty::Decode
    } else {
        Duty::Unknown
    }
}

/// Hardware faults among NVIDIA's XID codes: uncorrectable memory errors, failed remapping, NVLink,
/// fallen off the bus, GSP. The others come from applications and pass.
const GRAVE_XIDS: &[u32] = &[48, 62, 64, 74, 79, 92, 94, 95, 119, 120];

/// The cards that a scrape tells of, sorted by key.
pub fn cards(profile: &DeviceProfile, scrape: &Scrape, pairing: DiePairing) -> Vec<Card> {
    // Places as text of the scrape itself: a copy for each of many samples would cost the most.
    let mut known: HashMap<Place<'_>, usize> = HashMap::new();
    let mut devices: Vec<Device> = Vec::new();
    let names: Vec<&str> = scrape.names().collect();
    let prefix = profile.prefix_in(&names).unwrap_or_default();
    for source in profile.sources {
        for point in scrape.points(&[prefix, source.metric].concat()) {
            let labels = &point.labels;
            let Ok(index) = first(labels, profile.index).parse::<u32>() else {
                continue;
            };
            let place = Place {
                super_node: first(labels, SUPER_NODE_LABELS),
                rack: first(labels, RACK_LABELS),
                host: first(labels, HOST_LABELS),
                index,
                part: first(labels, profile.part),
            };
            let at = *known.entry(place).or_insert_with(|| {
                devices.push(Device::default());
                devices.len() - 1
            });
            let Some(device) = devices.get_mut(at) else {
                continue;
            };
            // The better source of a field comes first and stays.
            device.set(source.field, point.value * source.scale);
            if device.model.is_empty() {
                first(labels, profile.model).clone_into(&mut device.model);
            }
            if device.duty == Duty::Unknown {
                device.duty = duty_of(first(labels, POD_LABELS));
            }
            if let Some(at) = point.timestamp_s {
                device.sample_at_s = Some(device.sample_at_s.map_or(at, |seen| seen.max(at)));
            }
        }
    }
    let mut places: Vec<(Place<'_>, usize)> = known.into_iter().collect();
    places.sort_unstable();
    let counted = dies_per_card(scrape);
    let mut all: BTreeMap<CardKey, (Vec<Device>, usize)> = BTreeMap::new();
    for (place, at) in places {
        let Some(device) = devices.get_mut(at).map(std::mem::take) else {
            continue;
        };
        let (mut key, index) = (place.key(), place.index);
        let dies = match pairing {
            DiePairing::Single => 1,
            DiePairing::Pairs => 2,
            DiePairing::Auto => match counted.get(&key.host) {
                Some(dies) => *dies,
                None if two_dies(&device.model) => 2,
                None => 1,
            },
        };
        key.index = index / dies;
        let card = all
            .entry(key)
            .or_insert_with(|| (Vec::new(), dies as usize));
        card.0.push(device);
    }
    let card = |(key, (dies, expected)): (CardKey, (Vec<Device>, usize))| Card {
        key,
        model: dies.first().map(|d| d.model.clone()).unwrap_or_default(),
        reading: together(profile, &dies, expected),
    };
    all.into_iter().map(card).collect()
}

/// Dies per card by host, from the host's own counts.
fn dies_per_card(scrape: &Scrape) -> HashMap<String, u32> {
    let host = |labels: &Labels| first(labels, HOST_LABELS).to_owned();
    let cards = scrape.points(CARDS_METRIC).iter();
    let cards: HashMap<String, f64> = cards.map(|p| (host(&p.labels), p.value)).collect();
    let ratio = |dies: f64, cards: f64| {
        let ratio = (dies / cards).round();
        (cards > 0.0 && (1.0..=8.0).contains(&ratio)).then_some(ratio as u32)
    };
    let dies = scrape.points(DIES_METRIC).iter();
    dies.filter_map(|p| {
        let host = host(&p.labels);
        let dies = ratio(p.value, *cards.get(&host)?)?;
        Some((host, dies))
    })
    .collect()
}

/// Dies of one card brought together. A sum needs every die: half a card's power is not its power.
fn together(profile: &DeviceProfile, dies: &[Device], expected: usize) -> Reading {
    let values = |field: Field| dies.iter().filter_map(move |d| d.get(field));
    let whole = |field: Field| (values(field).count() == expected).then(|| values(field));
    let sum = |field: Field| whole(field).map(|v| v.sum::<f64>() as f32);
    let mean = |field: Field| whole(field).map(|v| (v.sum::<f64>() / expected as f64) as f32);
    let total = sum(Field::MemoryTotal).or_else(|| {
        let reserved = sum(Field::MemoryReserved).unwrap_or(0.0);
        Some(sum(Field::MemoryUsed)? + sum(Field::MemoryFree)? + reserved)
    });
    let error = values(Field::Error)
        .find(|code| *code > 0.0)
        .map(|code| code as u32);
    let grave = profile.id == "dcgm" && error.is_some_and(|code| GRAVE_XIDS.contains(&code));
    let missing_die = dies.len() < expected;
    let failed = values(Field::Failed).any(|v| v > 0.0);
    let health = if grave || failed || missing_die || values(Field::Health).any(|h| h == 0.0) {
        Health::Bad
    } else if values(Field::Health).count() == expected && values(Field::Health).all(|h| h == 1.0) {
        Health::Well
    } else {
        Health::Unknown
    };
    Reading {
        utilisation: mean(Field::Utilisation),
        memory_used_bytes: sum(Field::MemoryUsed),
        memory_total_bytes: total,
        power_w: sum(Field::Power),
        // 0 °C is DCGM's way to say that there is no sensor.
        temperature_c: values(Field::Temperature)
            .filter(|t| *t > 0.0)
            .reduce(f64::max)
            .map(|t| t as f32),
        clock_mhz: values(Field::Clock)
            .filter(|c| *c > 0.0)
            .reduce(f64::min)
            .map(|c| c as f32),
        health,
        error,
        duty: dies
            .iter()
            .map(|d| d.duty)
            .find(|d| *d != Duty::Unknown)
            .unwrap_or_default(),
        sample_at_s: dies.iter().filter_map(|d| d.sample_at_s).reduce(f64::min),
    }
}

#[cfg(test)]
mod tests;
