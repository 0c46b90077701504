//! What to ask of a large factory: every group of cards in sums, single cards only where they are in
//! sight, and all fields only of groups that someone looks at or that are in trouble.
//!
//! Raw vectors of all metrics of all cards cost a server seconds and the page megabytes: at 10,000
//! cards ten metrics are 29 MB. One metric without labels that nobody needs is a fraction of it.

use std::collections::BTreeMap;

use super::devices::{
    CardKey, CardQuery, DeviceProfile, Field, HOST_LABELS, POD_LABELS, RACK_LABELS,
    SUPER_NODE_LABELS,
};
use super::prometheus::request::together;
use super::prometheus::response::{Answer, Data};

/// Cards that are few enough to be asked all at once, in devices of their exporter.
const FEW: usize = 1024;
/// Groups in trouble that are asked in full with every poll, at most.
const TROUBLED: usize = 3;
/// A sample older than this counts as missing in sums, seconds.
const STALE_S: f64 = 45.0;
/// A group whose mean clock is below this share of the best is looked at closely.
const SLOW_CLOCK: f64 = 0.97;
/// A device hotter than this is looked at closely, °C.
const WARM_C: f64 = 78.0;
/// A group whose name is longer is not asked for by name.
const LONGEST_NAME: usize = 150;

/// How a server labels its cards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labelling {
    /// Label that names the group a card is drawn in; `None` = no label that all cards have, so
    /// that groups cannot be asked for by name.
    pub group: Option<&'static str>,
    /// Label that names the host.
    pub host: Option<&'static str>,
    /// Labels that are needed of a card.
    keep: Vec<&'static str>,
}

/// What the sums of a group say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GroupSums {
    /// Devices that report (dies of a 910C).
    pub devices: f64,
    /// Chip power, W.
    pub power_w: Option<f64>,
    /// Mean utilisation of the devices at work, 0..1.
    pub utilisation: Option<f64>,
    /// Temperature of the hottest device, °C.
    pub hottest_c: Option<f64>,
    /// Mean clock, MHz.
    pub clock_mhz: Option<f64>,
    /// Devices that say they are not well.
    pub bad: f64,
}

/// Which part of the factory a poll asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Groups of which single cards were asked.
    pub groups: Vec<String>,
    /// Of those, the ones of which every field was asked.
    pub full: Vec<String>,
    /// Fields asked of the others.
    pub fields: Vec<Field>,
}

impl Sight {
    /// The field was asked of the cards of this group.
    pub fn has(&self, group: &str, field: Field) -> bool {
        self.fields.contains(&field) || self.full.iter().any(|g| g == group)
    }
}

/// A query that shows which labels cards have: one series for each combination.
pub fn labels_query(profile: &DeviceProfile, prefix: &str, selector: &str) -> String {
    let candidates: Vec<&str> = [
        SUPER_NODE_LABELS,
        RACK_LABELS,
        HOST_LABELS,
        profile.model,
        profile.part,
    ]
    .concat();
    let metric = vector(prefix, profile.freshness_metric(), selector);
    format!("count by ({})({metric})", candidates.join(","))
}

impl Labelling {
    /// From the answer to [`labels_query`].
    pub fn read(profile: &DeviceProfile, answer: &Answer) -> Self {
        let all = match &answer.data {
            Data::Vector(all) if !all.is_empty() => all,
            _ => return Self::default(),
        };
        let has = |label: &str| all.iter().any(|i| !i.labels.get(label).is_empty());
        let everywhere = |labels: &[&'static str]| {
            // The first that any card has is the one that cards are grouped by.
            let label = labels.iter().copied().find(|l| has(l))?;
            all.iter()
                .all(|i| !i.labels.get(label).is_empty())
                .then_some(label)
        };
        let any = |labels: &[&str]| labels.iter().any(|l| has(l));
        let host = everywhere(HOST_LABELS);
        let group = if any(SUPER_NODE_LABELS) {
            everywhere(SUPER_NODE_LABELS)
        } else if any(RACK_LABELS) {
            everywhere(RACK_LABELS)
        } else {
            host
        };
        let kept = [SUPER_NODE_LABELS, RACK_LABELS, HOST_LABELS, profile.model]
            .into_iter()
            .filter_map(|labels| labels.iter().copied().find(|l| has(l)));
        let keep = kept
            .chain(profile.index.iter().copied())
            .chain(profile.part.iter().copied())
            .chain(POD_LABELS.iter().copied())
            .collect();
        Self { group, host, keep }
    }

    /// Label matchers of the user together with those of groups; no names = all groups.
    pub fn selector(&self, groups: &[String], selector: &str) -> String {
        let mut parts = Vec::new();
        let given = selector.trim();
        if !given.is_empty() {
            parts.push(given.to_owned());
        }
        if let (Some(label), false) = (self.group, groups.is_empty()) {
            parts.push(matcher(label, groups.iter().map(String::as_str)));
        }
        parts.join(",")
    }

    /// Queries of cards, with the labels that are needed alone.
    pub fn narrowed(&self, mut queries: Vec<CardQuery>) -> Vec<CardQuery> {
        if !self.keep.is_empty() {
            for query in &mut queries {
                query.expression =
                    format!("max by ({})({})", self.keep.join(","), query.expression);
            }
        }
        queries
    }

    /// The sums of every group in one query; `None` where groups have no name.
    pub fn sums_query(
        &self,
        profile: &DeviceProfile,
        names: &[impl AsRef<str>],
        prefix: &str,
        selector: &str,
    ) -> Option<String> {
        let by = self.group?;
        let of = |field| {
            let source = profile.best(field, names)?;
            Some((vector(prefix, source.metric, selector), source.scale))
        };
        // An exporter's own times keep a dead card's samples alive for minutes.
        let fresh = |all: &str| {
            if profile.own_times {
                format!("({all} and (time()-timestamp({all})<{STALE_S}))")
            } else {
                // DCGM's blank is a huge number.
                format!("({all}<1e15)")
            }
        };
        let mut parts: Vec<(&str, String)> = Vec::new();
        let mut add = |name, function: &str, field, condition: &str| {
            if let Some((all, scale)) = of(field) {
                let condition = if condition.is_empty() {
                    String::new()
                } else {
                    format!(" {condition}")
                };
                let scale = if scale == 1.0 {
                    String::new()
                } else {
                    format!("*{scale}")
                };
                parts.push((
                    name,
                    format!("{function} by ({by})({}{condition}){scale}", fresh(&all)),
                ));
            }
        };
        add("devices", "count", Field::Power, "");
        add("power", "sum", Field::Power, "");
        add("utilisation", "avg", Field::Utilisation, ">0");
        add("temperature", "max", Field::Temperature, "");
        add("clock", "avg", Field::Clock, ">0");
        add("bad", "count", Field::Health, "==0");
        (!parts.is_empty()).then(|| together(&parts))
    }

    /// The sums of every group from the answer to [`Labelling::sums_query`].
    pub fn sums(&self, answer: &Answer) -> BTreeMap<String, GroupSums> {
        let mut out: BTreeMap<String, GroupSums> = BTreeMap::new();
        let (Some(by), Data::Vector(all)) = (self.group, &answer.data) else {
            return out;
        };
        for instant in all {
            let group = out.entry(instant.labels.get(by).to_owned()).or_default();
            let value = instant.value;
            match instant.labels.get("figure") {
                "devices" => group.devices = value.unwrap_or(0.0),
                "power" => group.power_w = value,
                "utilisation" => group.utilisation = value,
                "temperature" => group.hottest_c = value,
                "clock" => group.clock_mhz = value,
                "bad" => group.bad = value.unwrap_or(0.0),
                _ => {}
            }
        }
        out
    }

    /// A query over time of one field of every device of a card's host, by their numbers.
    pub fn history_query(
        &self,
        profile: &DeviceProfile,
        names: &[impl AsRef<str>],
        prefix: &str,
        key: &CardKey,
        field: Field,
    ) -> Option<String> {
        let source = profile.best(field, names)?;
        let host = matcher(self.host?, [key.host.as_str()]);
        let index = profile.index.join(",");
        let all = vector(prefix, source.metric, &host);
        Some(format!("avg by ({index})({all})*{}", source.scale))
    }
}

/// Groups to be asked in full: the one looked at, those in trouble, and one more in turn, so that
/// nothing known of a card is older than as many polls as there are groups.
pub fn groups_in_full(
    sums: &BTreeMap<String, GroupSums>,
    earlier: &BTreeMap<String, GroupSums>,
    known_trouble: &[String],
    looked_at: Option<&str>,
    poll: usize,
) -> Vec<String> {
    let devices: f64 = sums.values().map(|s| s.devices).sum();
    if poll == 0 && devices <= 4.0 * FEW as f64 || devices <= FEW as f64 {
        return sums.keys().cloned().collect();
    }
    let best = sums
        .values()
        .filter_map(|s| s.clock_mhz)
        .fold(0.0, f64::max);
    let troubled = |(name, now): &(&String, &GroupSums)| {
        now.bad > 0.0
            || now.hottest_c.is_some_and(|t| t > WARM_C)
            || now.clock_mhz.is_some_and(|c| c < SLOW_CLOCK * best)
            || earlier.get(*name).is_some_and(|e| now.devices < e.devices)
    };
    let turn = sums.keys().nth(poll % sums.len().max(1)).cloned();
    let mut out: Vec<String> = looked_at
        .map(str::to_owned)
        .into_iter()
        .chain(turn)
        .collect();
    let in_trouble = known_trouble
        .iter()
        .chain(sums.iter().filter(troubled).map(|(name, _)| name));
    let mut added = 0;
    for name in in_trouble {
        if added < TROUBLED && !out.contains(name) {
            out.push(name.clone());
            added += 1;
        }
    }
    out.sort();
    out.dedup();
    out
}

fn vector(prefix: &str, metric: &str, selector: &str) -> String {
    match selector.trim() {
        "" => format!("{prefix}{metric}"),
        matchers => format!("{prefix}{metric}{{{matchers}}}"),
    }
}

/// `label="a"` or `label=~"a|b"`, whatever the values hold.
fn matcher<'a>(label: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for value in values {
        if value.len() > LONGEST_NAME {
            continue;
        }
        if !text.is_empty() {
            text.push('|');
        }
        for c in value.chars() {
            match c {
                // A backslash for the regular expression, written twice in a string of PromQL.
                '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^'
                | '$' => {
                    text.push_str("\\\\");
                    if c == '\\' {
                        text.push('\\');
                    }
                    text.push(c);
                }
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                c => text.push(c),
            }
        }
    }
    format!("{label}=~\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::super::devices::device;
    use super::super::prometheus::response::read;
    use super::*;

    fn vector_of(series: &[(&[(&str, &str)], &str)]) -> Answer {
        let result: Vec<serde_json::Value> = series
            .iter()
            .map(|(labels, value)| {
                let metric: serde_json::Map<_, _> = labels
                    .iter()
                    .map(|(n, v)| ((*n).to_owned(), serde_json::Value::from(*v)))
                    .collect();
                serde_json::json!({ "metric": metric, "value": [100.0, value] })
            })
            .collect();
        let body = serde_json::json!({
            "status": "success", "data": { "resultType": "vector", "result": result },
        });
        read(200, "application/json", &body.to_string()).unwrap()
    }

    fn ascend() -> &'static DeviceProfile {
        device("npu-exporter").unwrap()
    }

    #[test]
    fn groups_are_named_by_the_largest_label_that_all_cards_have() {
        let both = [
            ("supernode", "sn-1"),
            ("node", "n1"),
            ("instance", "a:1"),
            ("model_name", "m"),
        ];
        let labels = Labelling::read(ascend(), &vector_of(&[(&both, "16")]));
        assert_eq!(
            (labels.group, labels.host),
            (Some("supernode"), Some("node"))
        );
        let plain = labels.narrowed(vec![CardQuery {
            metric: "x",
            field: None,
            expression: "x".into(),
            times: false,
        }]);
        let by = "supernode,node,model_name,id,npuID,exported_pod,pod_name,pod";
        assert_eq!(plain[0].expression, format!("max by ({by})(x)"));
        let hosts = [("instance", "a:1")];
        let labels = Labelling::read(ascend(), &vector_of(&[(&hosts, "8")]));
        assert_eq!(
            (labels.group, labels.host),
            (Some("instance"), Some("instance"))
        );
        // Some cards have no super-node: none of them can be left out by name.
        let labels = Labelling::read(ascend(), &vector_of(&[(&both, "16"), (&hosts, "8")]));
        assert_eq!(
            (labels.group, labels.selector(&["sn-1".into()], "")),
            (None, String::new())
        );
        assert_eq!(
            labels.sums_query(ascend(), &["npu_chip_info_power"], "", ""),
            None
        );
    }

    #[test]
    fn names_of_groups_are_taken_literally() {
        let labels = Labelling {
            group: Some("supernode"),
            ..Labelling::default()
        };
        let names = ["sn-1".to_owned(), "a.b\"c\\".to_owned()];
        assert_eq!(
            labels.selector(&names, " job=\"npu\" "),
            r#"job="npu",supernode=~"sn-1|a\\.b\"c\\\\""#
        );
        assert_eq!(labels.selector(&[], ""), "");
    }

    #[test]
    fn sums_leave_out_what_is_stale_and_come_back_by_group() {
        let labels = Labelling {
            group: Some("supernode"),
            ..Labelling::default()
        };
        let names = [
            "npu_chip_info_power",
            "npu_chip_info_utilization",
            "npu_chip_info_health_status",
        ];
        let query = labels
            .sums_query(ascend(), &names, "", "job=\"npu\"")
            .unwrap();
        let power = "npu_chip_info_power{job=\"npu\"}";
        let sum = format!("sum by (supernode)(({power} and (time()-timestamp({power})<45)))");
        assert!(query.contains(&sum), "{query}");
        assert!(
            query.contains(">0)*0.01,\"figure\",\"utilisation\""),
            "{query}"
        );
        assert!(!query.contains("clock"), "{query}");
        let answer = vector_of(&[
            (&[("supernode", "sn-1"), ("figure", "power")], "500"),
            (&[("supernode", "sn-1"), ("figure", "devices")], "768"),
            (&[("supernode", "sn-2"), ("figure", "bad")], "2"),
        ]);
        let sums = labels.sums(&answer);
        assert_eq!(
            (sums["sn-1"].power_w, sums["sn-1"].devices),
            (Some(500.0), 768.0)
        );
        assert_eq!((sums["sn-2"].power_w, sums["sn-2"].bad), (None, 2.0));
    }

    #[test]
    fn what_is_looked_at_or_in_trouble_is_asked_in_full_and_the_rest_in_turn() {
        let well = GroupSums {
            devices: 768.0,
            clock_mhz: Some(1800.0),
            hottest_c: Some(60.0),
            ..GroupSums::default()
        };
        let names: Vec<String> = (0..9).map(|n| format!("sn-{n}")).collect();
        let mut sums: BTreeMap<String, GroupSums> =
            names.iter().map(|n| (n.clone(), well)).collect();
        let before = sums.clone();
        let full =
            |sums: &BTreeMap<_, _>, poll| groups_in_full(sums, &before, &[], Some("sn-3"), poll);
        assert_eq!(full(&sums, 0), ["sn-0", "sn-3"]);
        assert_eq!(full(&sums, 13), ["sn-3", "sn-4"]);
        sums.get_mut("sn-7").unwrap().clock_mhz = Some(1400.0);
        sums.get_mut("sn-8").unwrap().devices -= 2.0;
        assert_eq!(full(&sums, 13), ["sn-3", "sn-4", "sn-7", "sn-8"]);
        for name in &names {
            sums.get_mut(name).unwrap().bad = 1.0;
        }
        assert_eq!(full(&sums, 13).len(), 2 + TROUBLED);
        // A small factory is asked whole; a middling one at first.
        let few: BTreeMap<String, GroupSums> = before.clone().into_iter().take(1).collect();
        assert_eq!(groups_in_full(&few, &few, &[], None, 5).len(), 1);
        let four: BTreeMap<String, GroupSums> = before.clone().into_iter().take(4).collect();
        assert_eq!(groups_in_full(&four, &four, &[], None, 0).len(), 4);
        assert_eq!(groups_in_full(&four, &four, &[], None, 1), ["sn-1"]);
    }
}
