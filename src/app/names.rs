//! Names and key facts of hardware and models, short enough for a sentence or a row.

use token_factory::catalogue::Catalogue;
use token_factory::catalogue::architecture::{Architecture, Attention, FeedForward, Moe};
use token_factory::catalogue::hardware::{Accelerator, Figure};
use token_factory::catalogue::records::{CatalogueModel, System};
use token_factory::money::Site;
use token_factory::scenario::{ModelChoice, Pool};

use crate::controls::Entry;
use crate::fields;
use crate::format::Fmt;
use crate::texts::Locale;

/// The name before what stands in brackets or after a slash.
fn short(name: &str) -> &str {
    let end = [" (", " / "]
        .iter()
        .filter_map(|mark| name.find(mark))
        .min();
    end.and_then(|end| name.get(..end)).unwrap_or(name)
}

/// An accelerator's short name: "Ascend 910C", "昇腾 910C"; the id where the catalogue lacks it.
pub fn hardware(id: &str, locale: Locale) -> String {
    let name = Catalogue::embedded()
        .accelerator(id)
        .map_or(id, |a| short(&a.name));
    in_language(name, locale)
}

fn in_language(name: &str, locale: Locale) -> String {
    match locale {
        Locale::En => name.to_owned(),
        Locale::Zh => name.replace("Huawei ", "华为 ").replace("Ascend", "昇腾"),
    }
}

/// A site in the reader's language, with brackets as Chinese sets them.
pub fn site(site: &Site, locale: Locale) -> String {
    match locale {
        Locale::En => site.name.to_owned(),
        Locale::Zh => site.name_zh.replace('(', "（").replace(')', "）"),
    }
}

/// The same by its id; the id where there is no such site.
pub fn region(id: &str, locale: Locale) -> String {
    token_factory::money::site(id).map_or_else(|_| id.to_owned(), |s| site(s, locale))
}

/// An engine as its makers write it.
pub fn engine(key: &str) -> &str {
    match key {
        "trtllm" => "TensorRT-LLM",
        "vllm" => "vLLM",
        "sglang" => "SGLang",
        "vllm-ascend" => "vLLM-Ascend",
        "cann" => "CANN recipes",
        "megatron-bridge" => "Megatron-Bridge",
        "cloudmatrix-infer" => "CloudMatrix-Infer",
        "deepseek-inhouse" => "DeepSeek",
        other => other,
    }
}

/// A pool as a link writes it ("ascend-910c:2x384:prefill"): "2 × 384 Ascend 910C · Prefill".
pub fn pool_text(text: &str, locale: Locale) -> String {
    let mut parts = text.split(':');
    let name = parts.next().map(|id| hardware(id, locale));
    let size = parts.next().map(|size| size.replace('x', " × "));
    let sized = [size, name].into_iter().flatten().collect::<Vec<_>>();
    let role = |word: &str| {
        let known = fields::choices("role").iter().find(|(w, _)| *w == word);
        known.map_or_else(|| word.to_owned(), |(_, name)| name(locale).to_owned())
    };
    let rest = parts.map(role);
    std::iter::once(sized.join(" "))
        .chain(rest)
        .collect::<Vec<_>>()
        .join(" · ")
}

/// A model's short name.
pub fn model(choice: &ModelChoice) -> String {
    match choice {
        ModelChoice::Catalogue(id) => {
            let catalogue = Catalogue::embedded();
            let known = catalogue.model(id).map(|m| m.name.as_str());
            let stub = || catalogue.model_stub(id).map(|m| m.name.as_str());
            short(known.or_else(stub).unwrap_or(id)).to_owned()
        }
        ModelChoice::Custom(custom) => custom.name.clone(),
    }
}

/// The architecture of a choice; `None` where the catalogue lacks it.
pub fn architecture(choice: &ModelChoice) -> Option<&Architecture> {
    match choice {
        ModelChoice::Catalogue(id) => Catalogue::embedded().model(id).map(|m| &m.architecture),
        ModelChoice::Custom(custom) => Some(&custom.architecture),
    }
}

/// The name of a pool's hardware with the system it comes in: "Ascend 910C · CloudMatrix384".
pub fn pool(pool: &Pool, locale: Locale) -> String {
    let name = hardware(&pool.hardware, locale);
    match system_of(pool) {
        Some(system) if !system.name.contains(&name) => {
            let system = short(&system.name).trim_start_matches("Huawei ");
            [name.as_str(), &in_language(system, locale)].join(" · ")
        }
        _ => name,
    }
}

/// The system that a pool is made of.
fn system_of(pool: &Pool) -> Option<&'static System> {
    Catalogue::embedded()
        .systems
        .iter()
        .find(|s| s.accelerator == pool.hardware && cards_of(s) == Some(pool.cards_each))
}

/// Cards of a system.
fn cards_of(system: &System) -> Option<u32> {
    system.cards.as_ref().map(|f| f.value as u32)
}

/// Cards that an accelerator usually comes in: its system's, its scale-up domain's, or eight.
pub fn usual_cards(hardware: &str) -> u32 {
    let catalogue = Catalogue::embedded();
    let system = catalogue
        .systems
        .iter()
        .find(|s| s.accelerator == hardware)
        .and_then(cards_of);
    let domain = || {
        let size = catalogue
            .accelerator(hardware)?
            .scaleup_size
            .as_ref()?
            .value;
        (size >= 1.0).then_some(size as u32)
    };
    system.or_else(domain).unwrap_or(8).clamp(1, 16_384)
}

fn known(figure: &Option<Figure>) -> Option<f64> {
    figure.as_ref().map(|f| f.value).filter(|v| *v > 0.0)
}

/// Memory, bandwidth and best peak of an accelerator: "128 GB · 3.2 TB/s · 1.5 POPS INT8".
pub fn hardware_facts(accelerator: &Accelerator, fmt: Fmt) -> String {
    let mut facts = Vec::new();
    if let Some(gb) = known(&accelerator.mem_gb) {
        facts.push(fmt.unit(gb, "GB"));
    }
    if let Some(tbs) = known(&accelerator.mem_bw_tbs) {
        facts.push(fmt.unit(tbs, "TB/s"));
    }
    let peaks = [
        ("FP8", "PFLOPS", &accelerator.fp8),
        ("INT8", "POPS", &accelerator.int8),
        ("BF16", "PFLOPS", &accelerator.bf16),
    ];
    let peak = peaks
        .iter()
        .find_map(|(format, unit, figure)| Some((format, unit, known(figure)?)));
    if let Some((format, unit, tera)) = peak {
        let mut text = fmt.unit(tera / 1e3, unit);
        text.push(' ');
        text.push_str(format);
        facts.push(text);
    }
    if facts.is_empty() {
        facts.push(crate::texts::unknown(fmt.locale).to_owned());
    }
    facts.join(" · ")
}

/// Facts of a pool's hardware, with the number of cards before them.
pub fn pool_facts(pool: &Pool, fmt: Fmt) -> String {
    match Catalogue::embedded().accelerator(&pool.hardware) {
        Some(accelerator) => {
            let mut text = fmt.count(f64::from(pool.cards_each));
            text.push_str(" × ");
            text.push_str(&hardware_facts(accelerator, fmt));
            text
        }
        None => pool.hardware.clone(),
    }
}

/// Parameters, attention and experts of a model: "671B, 37B active · MoE 8 of 256 · MLA".
pub fn model_facts(choice: &ModelChoice, fmt: Fmt) -> String {
    let Some(arch) = architecture(choice) else {
        return crate::texts::unknown(fmt.locale).to_owned();
    };
    let (total, active) = match choice {
        ModelChoice::Catalogue(id) => match Catalogue::embedded().model(id) {
            Some(m) => (m.vendor.total_b * 1e9, m.vendor.active_b * 1e9),
            None => return String::new(),
        },
        ModelChoice::Custom(_) => {
            let count = token_factory::catalogue::derived::param_count(arch);
            (count.total(), count.active().with_head)
        }
    };
    let mut text = size_words(total, active, fmt);
    for fact in [experts(arch, fmt.locale), attention(arch)]
        .into_iter()
        .flatten()
    {
        text.push_str(" · ");
        text.push_str(&fact);
    }
    text
}

/// A parameter count in billions, as every model card writes it: "671B".
pub fn billions(count: f64, fmt: Fmt) -> String {
    let mut text = fmt.number(count / 1e9);
    text.push('B');
    text
}

/// Parameters, and how many of them are active where not all are.
fn size_words(total: f64, active: f64, fmt: Fmt) -> String {
    let total_words = billions(total, fmt);
    if active < total * 0.99 {
        active_of(fmt.locale, &total_words, &billions(active, fmt))
    } else {
        total_words
    }
}

fn experts(arch: &Architecture, locale: Locale) -> Option<String> {
    arch.ffn.iter().find_map(|f| match f {
        FeedForward::Moe(m) => Some(moe(m, locale)),
        FeedForward::Dense { .. } => None,
    })
}

/// The kind of a group of attention layers, as papers call it.
pub fn attention_kind(group: &Attention) -> &'static str {
    match group {
        Attention::Gqa(g) if g.window > 0 => "SWA",
        Attention::Gqa(_) => "GQA",
        Attention::Mla(m) if m.index_topk > 0 => "MLA + DSA",
        Attention::Mla(_) => "MLA",
        Attention::V4(_) => "CSA/HCA",
        Attention::Gdn { .. } => "Gated DeltaNet",
        Attention::Kda { .. } => "KDA",
        Attention::Mamba2 { .. } => "Mamba-2",
        Attention::Lightning { .. } => "Lightning",
        Attention::Mfa { .. } => "MFA",
    }
}

/// "MoE 8 of 256".
pub fn moe(moe: &Moe, locale: Locale) -> String {
    moe_of(locale, &moe.top_k.to_string(), &moe.experts.to_string())
}

fn attention(arch: &Architecture) -> Option<String> {
    let mut kinds: Vec<&str> = Vec::new();
    for group in &arch.attn {
        let kind = attention_kind(group);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    (!kinds.is_empty()).then(|| kinds.join(" + "))
}

/// Every accelerator, in the systems it comes in; the id is "accelerator" or "accelerator@cards".
pub fn hardware_entries(fmt: Fmt) -> Vec<Entry> {
    let catalogue = Catalogue::embedded();
    let entry = |a: &Accelerator| {
        let pool = Pool {
            hardware: a.id.clone(),
            cards_each: usual_cards(&a.id),
            ..Pool::default()
        };
        Entry {
            id: a.id.clone(),
            group: in_language(&a.vendor, fmt.locale),
            name: in_language(&a.name, fmt.locale),
            facts: pool_facts(&pool, fmt),
        }
    };
    catalogue.accelerators.iter().map(entry).collect()
}

/// Every model of the catalogue, by maker.
pub fn model_entries(fmt: Fmt) -> Vec<Entry> {
    let entry = |m: &CatalogueModel| Entry {
        id: m.id.clone(),
        group: m.org.clone(),
        name: m.name.clone(),
        facts: model_facts(&ModelChoice::Catalogue(m.id.clone()), fmt),
    };
    let mut entries: Vec<Entry> = Catalogue::embedded().models.iter().map(entry).collect();
    // Makers stay in the order of the catalogue, their models together.
    let order: Vec<String> = entries.iter().map(|e| e.group.clone()).collect();
    entries.sort_by_key(|e| order.iter().position(|g| *g == e.group));
    entries
}

crate::texts! {
    active_of(total, active) = "{total}, {active} active", "{total}，激活 {active}";
    moe_of(top_k, experts) = "MoE {top_k} of {experts}", "MoE {experts} 选 {top_k}";
}
