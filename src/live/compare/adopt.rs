//! A scenario from what is seen: the workload as it is, the cluster as it stands.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::devices::{Card, Health};
use super::super::flow::{Figure, Flow};
use super::super::state::Snapshot;
use crate::catalogue::Catalogue;
use crate::scenario::limits::{MAX_POOLS, usual_spares};
use crate::scenario::{ModelChoice, Pool, Role, Scenario, fields};

/// What cannot be read off metrics, so that the scenario keeps what it had.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "what", content = "names")]
pub enum Unseen {
    /// Mean prompt length.
    InputTokens,
    /// Mean answer length.
    OutputTokens,
    /// Share of prompts found in the prefix cache.
    PrefixHit,
    /// Share of draft tokens accepted.
    Acceptance,
    /// Draft tokens per step: engines count drafts, not their length.
    DraftTokens,
    /// Requests per second.
    RequestsPerS,
    /// The cards: no exporter tells of them.
    Cards,
    /// Chips whose names the catalogue does not know.
    Hardware(Vec<String>),
    /// More kinds of card than a scenario can hold; these were left out.
    MoreHardware(Vec<String>),
    /// No engine says which model it serves.
    Model,
    /// Models served that the catalogue does not know, or more than one of them.
    Models(Vec<String>),
    /// Spread of lengths, number formats, layout, targets, money: never in metrics.
    Rest,
}

/// A scenario made from what is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Adopted {
    /// The scenario.
    pub scenario: Scenario,
    /// Keys of the inputs that changed, in the order of links (see `scenario::fields`).
    pub changed: Vec<&'static str>,
    /// What could not be seen.
    pub unseen: Vec<Unseen>,
}

/// Puts what a snapshot shows into a scenario: lengths, prefix hits, acceptance, request rate; cards
/// by super-node with their hardware; the model served. All else stays as it was. Values beyond what a
/// scenario allows are brought to the nearest allowed.
pub fn adopt(scenario: &Scenario, seen: &Snapshot, catalogue: &Catalogue) -> Adopted {
    let mut unseen = Vec::new();
    let mut out = workload(scenario, &seen.flow, &mut unseen);
    match seen.cards.as_deref().filter(|c| !c.is_empty()) {
        Some(cards) => pools(&mut out, cards, catalogue, &mut unseen),
        None => unseen.push(Unseen::Cards),
    }
    model(&mut out, &seen.models, catalogue, &mut unseen);
    unseen.push(Unseen::Rest);
    Adopted {
        changed: fields::differences(scenario, &out),
        scenario: out,
        unseen,
    }
}

fn workload(scenario: &Scenario, flow: &Flow, unseen: &mut Vec<Unseen>) -> Scenario {
    // As precise as it can be known: three significant digits.
    let rounded = |v: f64| {
        let scale = 10f64.powf(2.0 - v.abs().max(1e-9).log10().floor());
        (v * scale).round() / scale
    };
    let all = [
        ("in", Figure::MeanInput, Unseen::InputTokens),
        ("out", Figure::MeanOutput, Unseen::OutputTokens),
        ("hit", Figure::PrefixHit, Unseen::PrefixHit),
        ("rps", Figure::Requests, Unseen::RequestsPerS),
    ];
    let mut out = scenario.clone();
    let mut put = |key: &str, value: Option<f64>, missing: Unseen, unseen: &mut Vec<Unseen>| {
        let next = value.and_then(|v| fields::with_number(&out, key, rounded(v)));
        match next {
            Some(next) => out = next,
            None => unseen.push(missing),
        }
    };
    for (key, figure, missing) in all {
        // No request at all has no length, and a rate of 0 is no plan.
        let value = flow.get(figure).filter(|v| *v > 0.0 || key == "hit");
        put(key, value, missing, unseen);
    }
    let acceptance = flow.get(Figure::Acceptance);
    put("accept", acceptance, Unseen::Acceptance, unseen);
    if acceptance.is_some() {
        // Drafts are there; at least one token of them.
        if out.workload.draft_tokens == 0 {
            out.workload.draft_tokens = 1;
        }
        unseen.push(Unseen::DraftTokens);
    }
    out
}

/// Cards by hardware, then by super-node (or rack, or host).
fn pools(out: &mut Scenario, cards: &[Card], catalogue: &Catalogue, unseen: &mut Vec<Unseen>) {
    let mut by_hardware: BTreeMap<&str, BTreeMap<&str, Vec<&Card>>> = BTreeMap::new();
    let mut unknown: Vec<String> = Vec::new();
    for card in cards {
        match hardware_of(&card.model, catalogue) {
            Some(id) => {
                let groups = by_hardware.entry(id).or_default();
                groups.entry(card.key.group()).or_default().push(card);
            }
            None if !unknown.contains(&card.model) => unknown.push(card.model.clone()),
            None => {}
        }
    }
    if !unknown.is_empty() {
        unseen.push(Unseen::Hardware(unknown));
    }
    let mut found: Vec<Pool> = by_hardware
        .into_iter()
        .map(|(hardware, groups)| pool(hardware, &groups, &out.pools))
        .collect();
    found.sort_by_key(|p| std::cmp::Reverse(p.super_nodes.saturating_mul(p.cards_each)));
    if found.len() > MAX_POOLS {
        let left = found.split_off(MAX_POOLS);
        let names = left.into_iter().map(|p| p.hardware).collect();
        unseen.push(Unseen::MoreHardware(names));
    }
    if !found.is_empty() {
        let pools = std::mem::replace(&mut out.pools, found);
        // A cluster that a scenario cannot hold leaves the plan's.
        if !fields::validate(out).is_empty() {
            out.pools = pools;
            unseen.push(Unseen::Cards);
        }
    }
}

fn pool(hardware: &str, groups: &BTreeMap<&str, Vec<&Card>>, planned: &[Pool]) -> Pool {
    // A card that died is missing from its group: the fullest group tells how large they are.
    let each = groups.values().map(Vec::len).max().unwrap_or(1) as u32;
    let idle = |card: &&&Card| {
        let reading = &card.reading;
        reading.health != Health::Bad
            && reading.utilisation == Some(0.0)
            && reading.memory_share().is_some_and(|m| m < 0.1)
    };
    let spares: Vec<u32> = groups
        .values()
        .map(|g| g.iter().filter(idle).count() as u32)
        .collect();
    // A group that does nothing at all is no group of spares.
    let spares = spares.into_iter().filter(|s| *s < each).max();
    let before = planned.iter().find(|p| p.hardware == hardware);
    let usual = before
        .filter(|p| p.cards_each == each)
        .map_or(usual_spares(each), |p| p.spares_each);
    Pool {
        hardware: hardware.to_owned(),
        super_nodes: groups.len() as u32,
        cards_each: each,
        spares_each: spares
            .filter(|s| *s > 0)
            .unwrap_or(usual)
            .min(each.saturating_sub(1)),
        role: before.map_or(Role::Any, |p| p.role),
    }
}

fn model(out: &mut Scenario, names: &[String], catalogue: &Catalogue, unseen: &mut Vec<Unseen>) {
    if names.is_empty() {
        unseen.push(Unseen::Model);
        return;
    }
    let known: Vec<&str> = names
        .iter()
        .filter_map(|n| model_of(n, catalogue))
        .collect();
    match known.as_slice() {
        [id] if names.len() == 1 => out.model = ModelChoice::Catalogue((*id).to_owned()),
        [id, rest @ ..] if rest.iter().all(|r| r == id) && known.len() == names.len() => {
            out.model = ModelChoice::Catalogue((*id).to_owned());
        }
        _ => unseen.push(Unseen::Models(names.to_vec())),
    }
}

/// Lower case letters and digits only, so that spellings meet.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

/// Chips by what their exporters call them: a part of the plain name → catalogue id. The first hit
/// counts, so longer names stand before their beginnings.
pub(super) const CHIPS: &[(&str, &str)] = &[
    ("ascend910c", "ascend-910c"),
    ("ascend91093", "ascend-910c"),
    ("91093", "ascend-910c"),
    ("ascend910b1", "ascend-910b1"),
    ("910b1", "ascend-910b1"),
    ("910b2", "ascend-910b2"),
    ("910b3", "ascend-910b3"),
    ("910b4", "ascend-910b4"),
    ("950dt", "ascend-950dt"),
    ("950pr", "ascend-950pr"),
    ("atlas350", "atlas-350"),
    ("vr200", "vera-rubin-nvl72"),
    ("gb300", "gb300-nvl72"),
    ("gb200", "gb200-nvl72"),
    ("b300", "b300-sxm"),
    ("b200", "b200-sxm"),
    ("h200", "h200-sxm"),
    ("h800", "h800-sxm"),
    ("h100", "h100-sxm"),
    ("h20", "h20"),
    ("a100", "a100-sxm-80"),
    ("l40s", "l40s"),
    ("rtxpro6000", "rtx-pro-6000-se"),
    ("mi455x", "mi455x"),
    ("mi355x", "mi355x"),
    ("mi325x", "mi325x"),
    ("mi308x", "mi308x"),
    ("mi300x", "mi300x"),
];

/// Catalogue id of a chip by its exporter's name for it (`Ascend910`, `NVIDIA H100 80GB HBM3`,
/// `AMD_Instinct_MI300X`); `None` = not known, or not told apart (`Ascend910` alone may be any).
pub fn hardware_of<'c>(name: &str, catalogue: &'c Catalogue) -> Option<&'c str> {
    let text = plain(name);
    let own = |id: &str| catalogue.accelerator(id).map(|a| a.id.as_str());
    let exact = catalogue.accelerators.iter().find(|a| plain(&a.id) == text);
    exact.map(|a| a.id.as_str()).or_else(|| {
        let chip = CHIPS.iter().find(|(part, _)| text.contains(part))?;
        own(chip.1)
    })
}

/// Catalogue id of a model by the name that an engine serves it under: the repository on the hub, a
/// local path that ends with its name, or the id, in any spelling; quantised copies are their model.
pub fn model_of<'c>(name: &str, catalogue: &'c Catalogue) -> Option<&'c str> {
    let base = name
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(name);
    let mut text = plain(base);
    loop {
        let fits = |m: &&crate::catalogue::records::CatalogueModel| {
            let hub = m.hf_id.rsplit('/').next().unwrap_or(&m.hf_id);
            plain(&m.id) == text || plain(hub) == text
        };
        if let Some(found) = catalogue.models.iter().find(fits) {
            return Some(&found.id);
        }
        let suffix = COPIES
            .iter()
            .find(|s| text.ends_with(*s) && text.len() > s.len())?;
        text.truncate(text.len() - suffix.len());
    }
}

/// What names of copies end with.
const COPIES: &[&str] = &[
    "w8a8", "w4a8", "w4a16", "w8a16", "int8", "int4", "fp8", "fp4", "nvfp4", "mxfp4", "bf16",
    "awq", "gptq", "0528", "0324", "instruct", "chat", "dynamic", "block", "mtp",
];
