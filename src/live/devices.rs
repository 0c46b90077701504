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
    let seen = |d: &&DeviceProfile| names.iter().any(|n| d.wants(n.as_ref()));
    DEVICES.iter().filter(seen).collect()
}

impl DeviceProfile {
    /// The metric is one of the profile's, or counts dies and cards.
    pub fn wants(&self, name: &str) -> bool {
        name.starts_with(self.mark) && self.sources.iter().any(|s| s.metric == name)
    }

    /// The metric whose age tells how fresh a card's samples are.
    pub fn freshness_metric(&self) -> &'static str {
        let power = self.sources.iter().find(|s| s.field == Field::Power);
        power.map_or("", |s| s.metric)
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
    fields: HashMap<Field, f64>,
    model: String,
    duty: Duty,
    sample_at_s: Option<f64>,
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
    let mut devices: BTreeMap<(CardKey, u32), Device> = BTreeMap::new();
    for source in profile.sources {
        for point in scrape.points(source.metric) {
            let labels = &point.labels;
            let Ok(index) = first(labels, profile.index).parse::<u32>() else {
                continue;
            };
            let key = CardKey {
                super_node: first(labels, SUPER_NODE_LABELS).to_owned(),
                rack: first(labels, RACK_LABELS).to_owned(),
                host: first(labels, HOST_LABELS).to_owned(),
                index: 0,
                part: first(labels, profile.part).to_owned(),
            };
            let device = devices.entry((key, index)).or_default();
            // The better source of a field comes first and stays.
            device
                .fields
                .entry(source.field)
                .or_insert(point.value * source.scale);
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
    let counted = dies_per_card(scrape);
    let mut all: BTreeMap<CardKey, (Vec<Device>, usize)> = BTreeMap::new();
    for ((mut key, index), device) in devices {
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
    let values = |field: Field| {
        dies.iter()
            .filter_map(move |d| d.fields.get(&field).copied())
    };
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
mod tests {
    use super::super::exposition::Exposition;
    use super::super::recorded::recordings;
    use super::*;

    fn read(profile: &str, text: &str, pairing: DiePairing) -> Vec<Card> {
        let scrape = Scrape::from_exposition(&Exposition::parse(text), 0.0, |_| true);
        cards(device(profile).unwrap(), &scrape, pairing)
    }

    /// Power of one real 910C package: 245 W + 245.6 W.
    const PAIR: &str = r#"machine_npu_nums 2
machine_card_nums 1
npu_chip_info_power{id="0",model_name="Ascend910",pod_name="r1-decode-3"} 245 1723621883587
npu_chip_info_power{id="1",model_name="Ascend910"} 245.6 1723621883999
npu_chip_info_utilization{id="0"} 90
npu_chip_info_utilization{id="1"} 70
npu_chip_info_hbm_used_memory{id="0"} 1000
npu_chip_info_hbm_used_memory{id="1"} 2000
npu_chip_info_hbm_total_memory{id="0"} 65536
npu_chip_info_hbm_total_memory{id="1"} 65536
npu_chip_info_temperature{id="0"} 51
npu_chip_info_temperature{id="1"} 58
npu_chip_info_health_status{id="0"} 1
npu_chip_info_health_status{id="1"} 1
"#;

    #[test]
    fn two_dies_are_one_card() {
        let found = read("npu-exporter", PAIR, DiePairing::Auto);
        assert_eq!(found.len(), 1);
        let reading = found[0].reading;
        assert!((reading.power_w.unwrap() - 490.6).abs() < 1e-3);
        assert_eq!(reading.utilisation, Some(0.8));
        assert_eq!(reading.memory_used_bytes, Some(3000.0 * 1_048_576.0));
        assert_eq!(reading.memory_total_bytes, Some(131_072.0 * 1_048_576.0));
        assert_eq!(reading.temperature_c, Some(58.0));
        assert_eq!(reading.health, Health::Well);
        assert_eq!(reading.duty, Duty::Decode);
        assert_eq!(reading.sample_at_s, Some(1_723_621_883.587));
        assert_eq!(reading.clock_mhz, None);
        assert_eq!(read("npu-exporter", PAIR, DiePairing::Single).len(), 2);
    }

    #[test]
    fn a_card_with_one_die_silent_is_bad_and_has_no_power() {
        let without: Vec<_> = PAIR.lines().filter(|l| !l.contains("id=\"1\"")).collect();
        let found = read("npu-exporter", &without.join("\n"), DiePairing::Auto);
        assert_eq!(found[0].reading.health, Health::Bad);
        assert_eq!(found[0].reading.power_w, None);
        assert_eq!(found[0].reading.temperature_c, Some(51.0));
    }

    #[test]
    fn without_counts_the_chips_name_tells() {
        assert!(two_dies("Ascend910C") && two_dies("910_9392") && !two_dies("910B3"));
        let text = "npu_chip_info_power{id=\"6\",model_name=\"910B3\",instance=\"a:8082\"} 300\n";
        let found = read("npu-exporter", text, DiePairing::Auto);
        assert_eq!(found[0].key.index, 6);
        assert_eq!(
            (found[0].key.group(), found[0].key.name().as_str()),
            ("a:8082", "a:8082/6")
        );
    }

    #[test]
    fn nvidia_blanks_and_grave_faults() {
        let text = "DCGM_FI_DEV_FB_USED{gpu=\"0\",Hostname=\"h\"} 1000\n\
            DCGM_FI_DEV_FB_FREE{gpu=\"0\",Hostname=\"h\"} 3000\n\
            DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",Hostname=\"h\"} 9223372036854775794\n\
            DCGM_FI_DEV_GPU_TEMP{gpu=\"0\",Hostname=\"h\"} 0\n\
            DCGM_FI_DEV_XID_ERRORS{gpu=\"0\",Hostname=\"h\"} 79\n\
            DCGM_FI_DEV_XID_ERRORS{gpu=\"1\",Hostname=\"h\"} 13\n";
        let found = read("dcgm", text, DiePairing::Auto);
        assert_eq!(found.len(), 2);
        let reading = found[0].reading;
        assert_eq!(reading.memory_share(), Some(0.25));
        assert_eq!((reading.power_w, reading.temperature_c), (None, None));
        assert_eq!((reading.health, reading.error), (Health::Bad, Some(79)));
        assert_eq!(found[1].reading.health, Health::Unknown);
    }

    #[test]
    fn a_failed_remapping_is_a_fault_and_a_passed_xid_is_none() {
        let text = "DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",hostname=\"h\"} 300\n\
            DCGM_FI_DEV_XID_ERRORS{gpu=\"0\",hostname=\"h\"} 13\n\
            DCGM_FI_DEV_POWER_USAGE{gpu=\"1\",hostname=\"h\"} 300\n\
            DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu=\"0\",hostname=\"h\"} 0\n\
            DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu=\"1\",hostname=\"h\"} 1\n";
        let found = read("dcgm", text, DiePairing::Auto);
        assert_eq!(found[0].reading.health, Health::Unknown);
        assert_eq!(found[1].reading.health, Health::Bad);
        assert_eq!(found[0].key.host, "h");
    }

    #[test]
    fn amd_of_both_generations() {
        let text = "gpu_gfx_activity{gpu_id=\"3\",hostname=\"a\",card_model=\"MI300X\"} 40\n\
            gpu_used_vram{gpu_id=\"3\",hostname=\"a\"} 1024\n\
            gpu_free_vram{gpu_id=\"3\",hostname=\"a\"} 3072\n\
            gpu_package_power{gpu_id=\"3\",hostname=\"a\"} 700\n\
            gpu_power_usage{gpu_id=\"3\",hostname=\"a\"} 1\n\
            gpu_junction_temperature{gpu_id=\"3\",hostname=\"a\"} 71\n\
            gpu_health{gpu_id=\"3\",hostname=\"a\"} 1\n\
            gpu_average_package_power{gpu_id=\"4\",hostname=\"a\"} 500\n";
        let found = read("amd", text, DiePairing::Auto);
        let (new, old) = (&found[0].reading, &found[1].reading);
        assert_eq!((new.power_w, old.power_w), (Some(700.0), Some(500.0)));
        assert_eq!(new.memory_share(), Some(0.25));
        assert_eq!((new.utilisation, new.health), (Some(0.4), Health::Well));
        assert_eq!((found[0].key.index, found[0].model.as_str()), (3, "MI300X"));
    }

    #[test]
    fn old_ascend_labels_and_unknown_health() {
        let text = "npu_chip_info_power{npuID=\"2\",modelName=\"910B4\"} 250\n\
            npu_chip_info_health_status{npuID=\"2\"} -1\n\
            npu_chip_info_used_memory{npuID=\"2\"} 10\n\
            npu_chip_info_total_memory{npuID=\"2\"} 40\n";
        let found = read("npu-exporter", text, DiePairing::Auto);
        assert_eq!(found[0].reading.health, Health::Unknown);
        assert_eq!(found[0].reading.memory_share(), Some(0.25));
        assert_eq!((found[0].key.index, found[0].model.as_str()), (2, "910B4"));
    }

    #[test]
    fn recordings_of_exporters_give_their_cards() {
        let expected = [
            ("dcgm_t4", "dcgm", 1, Some(68.244)),
            ("dcgm_l4_", "dcgm", 1, Some(16.365)),
            ("npu_exporter_docs", "npu-exporter", 8, None),
            ("npu_exporter_testdata", "npu-exporter", 8, Some(0.0)),
        ];
        for (file, text) in recordings() {
            let Some((_, id, count, power)) = expected.iter().find(|(p, ..)| file.starts_with(p))
            else {
                continue;
            };
            let all = Exposition::parse(&text);
            let names: Vec<_> = all.samples.iter().map(|s| s.name).collect();
            assert_eq!(
                devices_in(&names).first().map(|d| d.id),
                Some(*id),
                "{file}"
            );
            let found = read(id, &text, DiePairing::Auto);
            assert_eq!(found.len(), *count, "{file}");
            assert_eq!(found[0].reading.power_w, *power, "{file}");
        }
    }
}
