//! What is worth trying on a scenario. Each idea is a whole scenario with one thing changed; whether
//! it helps is found by evaluating it (`advice.rs`).

use super::advice::{AdviceKind as Kind, Standing, serves};
use super::layouts::cards_that_fit;
use super::resolve;
use super::site::Site;
use super::solve::longest_context_bound;
use crate::catalogue::Catalogue;
use crate::catalogue::architecture::{Architecture, FeedForward};
use crate::evaluation::Evaluation;
use crate::model::Family;
use crate::money;
use crate::scenario::limits::SUPER_NODES;
use crate::scenario::{Layout, ModeChoice, NumberFormat, Role, Scenario, Tenure, fields, number};

/// A scenario to try.
#[derive(Clone, Debug)]
pub(super) struct Idea {
    pub kind: Kind,
    /// The input it is about.
    pub key: &'static str,
    pub scenario: Scenario,
}

/// What ideas are made from.
struct Maker<'a> {
    scenario: &'a Scenario,
    ideas: Vec<Idea>,
}

impl Maker<'_> {
    /// Tries the scenario with a change, unless it changes nothing or is not allowed.
    fn with(&mut self, kind: Kind, key: &'static str, change: impl FnOnce(&mut Scenario)) {
        let mut scenario = self.scenario.clone();
        change(&mut scenario);
        let known = self.ideas.iter().any(|i| i.scenario == scenario);
        if scenario != *self.scenario && !known && fields::validate(&scenario).is_empty() {
            self.ideas.push(Idea {
                kind,
                key,
                scenario,
            });
        }
    }

    /// Tries a number by its key.
    fn number(&mut self, kind: Kind, key: &'static str, value: f64) {
        if let Some(changed) = fields::with_number(self.scenario, key, value) {
            self.with(kind, key, |s| *s = changed);
        }
    }
}

/// The next larger value of a decade's natural steps, at least a quarter above.
pub(super) fn relaxed(x: f64) -> f64 {
    const STEPS: [f64; 6] = [1.0, 1.5, 2.0, 3.0, 5.0, 7.0];
    let scale = 10f64.powf(x.max(1e-9).log10().floor());
    STEPS
        .iter()
        .chain(&[10.0, 15.0])
        .map(|s| number::tidy(s * scale))
        .find(|v| *v >= 1.25 * x)
        .unwrap_or(2.0 * x)
}

/// The next smaller value of the natural steps of a length in tokens.
pub(super) fn shorter(x: f64) -> f64 {
    let power = 2f64.powf(x.max(1.0).log2().floor());
    [1.5 * power, power, 0.75 * power, 0.5 * power]
        .into_iter()
        .find(|v| *v < 0.9 * x)
        .unwrap_or(1.0)
        .floor()
        .max(1.0)
}

/// Everything worth trying, what changes least first.
pub(super) fn of(scenario: &Scenario, catalogue: &Catalogue, e: &Evaluation) -> Vec<Idea> {
    let Ok(model) = resolve::model(scenario, catalogue) else {
        return Vec::new();
    };
    let Ok(sites) = resolve::sites(scenario, catalogue, &model, &mut Vec::new()) else {
        return Vec::new();
    };
    let mut m = Maker {
        scenario,
        ideas: Vec::new(),
    };
    let standing = Standing::of(e);
    if serves(scenario) {
        free_choices(&mut m);
        formats(&mut m, model.architecture, &sites);
        drafts(&mut m, model.architecture);
        engines(&mut m, &sites);
        targets(&mut m, e, standing);
        workload(&mut m, model.architecture);
        spares(&mut m);
        if standing == Standing::DoesNotFit {
            smaller_context(&mut m, model.architecture, &sites);
        }
    } else {
        m.with(Kind::WeightFormat, "w", |s| {
            s.precision.weights = Some(NumberFormat::Fp8);
        });
    }
    cards(&mut m, catalogue, e, standing);
    if standing == Standing::Sound {
        business(&mut m, catalogue, e);
    }
    m.ideas
}

fn free_choices(m: &mut Maker<'_>) {
    m.with(Kind::FreePrefillShare, "pshare", |s| {
        s.layout.prefill_share = None;
    });
    m.with(Kind::FreeBatch, "batch", |s| s.layout.batch = None);
    m.with(Kind::FreeDegrees, "dec", |s| {
        (s.layout.decode, s.layout.prefill) = (None, None);
    });
    m.with(Kind::FreeMode, "mode", |s| s.layout.mode = ModeChoice::Auto);
    m.with(Kind::FreeRoles, "role", |s| {
        for pool in &mut s.pools {
            pool.role = Role::Any;
        }
    });
}

/// Fewer bits, in formats that all pools have arithmetic for.
fn formats(m: &mut Maker<'_>, architecture: &Architecture, sites: &[Site<'_>]) {
    let Some(used) = sites.first().map(|s| s.formats) else {
        return;
    };
    let has = |f: NumberFormat| sites.iter().all(|s| s.machine.supports(f));
    let fewer = |than: NumberFormat, candidates: &[NumberFormat]| -> Vec<NumberFormat> {
        candidates
            .iter()
            .copied()
            .filter(|f| f.bits() < than.bits() && has(*f))
            .collect()
    };
    use NumberFormat as F;
    for kv in fewer(used.kv, &[F::Fp8, F::Int8]) {
        m.with(Kind::KvFormat, "kv", |s| s.precision.kv = Some(kv));
    }
    for weights in fewer(used.weights, &[F::Fp8, F::Int8, F::Fp4]) {
        m.with(Kind::WeightFormat, "w", |s| {
            s.precision.weights = Some(weights);
        });
    }
    let mixture = architecture
        .ffn
        .iter()
        .any(|f| matches!(f, FeedForward::Moe(_)));
    if mixture {
        for experts in fewer(used.experts, &[F::Fp8, F::Int8, F::Fp4, F::Int4]) {
            m.with(Kind::ExpertFormat, "x", |s| {
                s.precision.experts = Some(experts);
            });
        }
    }
}

fn drafts(m: &mut Maker<'_>, architecture: &Architecture) {
    let now = m.scenario.workload.draft_tokens;
    let has_layer = architecture.mtp_layers > 0;
    if now > 0 {
        m.number(Kind::Drafts, "draft", f64::from(now) - 1.0);
        m.number(Kind::Drafts, "draft", 0.0);
    }
    // Without a draft layer of its own, a draft model would have to be found first.
    if now > 0 || has_layer {
        m.number(Kind::Drafts, "draft", f64::from(now) + 1.0);
    }
}

/// Engines that run on a family, by the names of the calibration.
fn engines_on(family: Family) -> &'static [&'static str] {
    match family {
        Family::AscendA3 => &["cloudmatrix-infer", "cann", "vllm-ascend"],
        Family::AscendA2 | Family::Ascend950 => &["cann", "vllm-ascend"],
        Family::Cdna3 | Family::Cdna4 => &["sglang", "vllm"],
        Family::Tpu | Family::Other => &["vllm"],
        _ => &["trtllm", "sglang", "vllm"],
    }
}

fn engines(m: &mut Maker<'_>, sites: &[Site<'_>]) {
    let Some(first) = sites.first() else { return };
    let (family, used) = (first.machine.family, first.profile.engine);
    if sites.iter().any(|s| s.machine.family != family) {
        // One engine for all pools: with unlike hardware there is no common choice.
        return;
    }
    for engine in engines_on(family).iter().filter(|e| **e != used) {
        m.with(Kind::Engine, "engine", |s| {
            s.engine = Some((*engine).into());
        });
    }
}

/// Steps that a target is relaxed by at most.
const MOST_STEPS: usize = 5;

fn targets(m: &mut Maker<'_>, e: &Evaluation, standing: Standing) {
    let t = &m.scenario.targets;
    let (tpot, ttft, percentile, headroom) = (t.tpot_ms, t.ttft_ms, t.percentile, t.headroom);
    // Where targets are missed, every step up to what was reached could be promised.
    let steps = |target: f64, reached: f64| -> Vec<f64> {
        let mut out = vec![relaxed(target)];
        while standing == Standing::MissesTargets
            && out.len() < MOST_STEPS
            && out.last().is_some_and(|last| *last < reached)
        {
            out.extend(out.last().map(|last| relaxed(*last)));
        }
        out
    };
    for value in steps(tpot, e.tpot_ms.p95) {
        m.number(Kind::TpotTarget, "tpot", value);
    }
    for value in steps(ttft, e.ttft_ms.p95) {
        m.number(Kind::TtftTarget, "ttft", value);
    }
    let lower = [99.0, 95.0, 90.0, 50.0]
        .into_iter()
        .find(|p| *p < percentile);
    if let Some(lower) = lower {
        m.number(Kind::Percentile, "pct", lower);
    }
    if headroom > 0.0 {
        m.number(Kind::Headroom, "headroom", number::tidy(0.5 * headroom));
    }
}

fn workload(m: &mut Maker<'_>, architecture: &Architecture) {
    let w = &m.scenario.workload;
    let (balance, hit) = (w.expert_balance, w.prefix_hit);
    let mixture = architecture
        .ffn
        .iter()
        .any(|f| matches!(f, FeedForward::Moe(_)));
    if mixture && balance < 0.99 {
        let better = (50.0 * (1.0 + balance)).round() / 100.0;
        m.number(Kind::ExpertBalance, "balance", better);
    }
    if w.input_tokens > 1.0 {
        let more = number::tidy((hit + 0.2).min(0.95));
        if more > hit {
            m.number(Kind::PrefixReuse, "hit", more);
        }
    }
}

fn spares(m: &mut Maker<'_>) {
    let Some(pool) = m.scenario.pools.first() else {
        return;
    };
    let now = pool.spares_each;
    if now > 0 {
        m.number(Kind::Spares, "spares", f64::from(now / 2));
        m.number(Kind::Spares, "spares", 0.0);
    }
    // Large systems without any spare lose whole instances to single cards.
    let few = (pool.cards_each / 64).max(1);
    if now < few && pool.cards_each >= 16 {
        m.number(Kind::Spares, "spares", f64::from(few));
    }
}

/// The longest context that does fit, and prompts cut to it.
fn smaller_context(m: &mut Maker<'_>, architecture: &Architecture, sites: &[Site<'_>]) {
    let layout = Layout::default();
    let task = resolve::task(m.scenario, architecture, &layout, sites);
    let longest = longest_context_bound(&task, sites).floor();
    let w = &m.scenario.workload;
    let request = w.input_tokens + w.output_tokens;
    if longest >= 1.0 && f64::from(m.scenario.targets.context_limit) > request {
        if longest >= request {
            m.number(Kind::ContextLimit, "ctx", longest);
        } else {
            m.number(Kind::ContextLimit, "ctx", 0.0);
        }
    }
    let room = longest - w.output_tokens;
    if room >= 1.0 && room < w.input_tokens {
        let input = shorter(room / 0.9).min(room);
        let cut = f64::from(m.scenario.targets.context_limit) > longest;
        m.with(Kind::InputTokens, "in", |s| {
            s.workload.input_tokens = input;
            if cut {
                s.targets.context_limit = 0;
            }
        });
    }
}

/// More super-nodes, or only as many as are needed.
fn cards(m: &mut Maker<'_>, catalogue: &Catalogue, e: &Evaluation, standing: Standing) {
    let pools = m.scenario.pools.len();
    for (index, key) in ["pods", "pool2", "pool3", "pool4"]
        .into_iter()
        .enumerate()
        .take(pools)
    {
        let now = m.scenario.pools[index].super_nodes;
        let set = |n: u32| {
            move |s: &mut Scenario| {
                if let Some(p) = s.pools.get_mut(index) {
                    p.super_nodes = n.clamp(1, SUPER_NODES.max as u32);
                }
            }
        };
        match standing {
            Standing::DoesNotFit => {
                for n in more_that_fit(m.scenario, catalogue, index) {
                    m.with(Kind::MoreSuperNodes, key, set(n));
                }
            }
            Standing::Overloaded => {
                let offered = m.scenario.workload.requests_per_s.unwrap_or(0.0);
                let lacking = offered / e.requests_per_s.max(1e-12);
                let needed = (f64::from(now) * lacking).ceil().min(SUPER_NODES.max) as u32;
                for n in [needed, needed.saturating_add(needed / 10 + 1)] {
                    m.with(Kind::MoreSuperNodes, key, set(n));
                }
            }
            _ => m.with(Kind::MoreSuperNodes, key, set(now + 1)),
        }
        if standing == Standing::Sound
            && let Some(offered) = m.scenario.workload.requests_per_s
        {
            // A quarter of the capacity is kept free.
            let used = 1.25 * offered / e.requests_per_s.max(1e-12);
            let needed = (f64::from(now) * used).ceil().max(1.0) as u32;
            if needed < now {
                m.with(Kind::FewerSuperNodes, key, set(needed));
            }
        }
    }
    if standing == Standing::DoesNotFit {
        // A single server cannot always be joined with others: try larger ones, too.
        for factor in [2.0, 4.0] {
            let now = m.scenario.pools.first().map_or(1, |p| p.cards_each);
            m.number(Kind::MoreCardsEach, "cards", f64::from(now) * factor);
        }
    }
}

/// Super-nodes of a pool on which the model fits: the least by memory, and the next powers of two,
/// as degrees must divide.
fn more_that_fit(scenario: &Scenario, catalogue: &Catalogue, index: usize) -> Vec<u32> {
    let Ok(model) = resolve::model(scenario, catalogue) else {
        return Vec::new();
    };
    let Ok(sites) = resolve::sites(scenario, catalogue, &model, &mut Vec::new()) else {
        return Vec::new();
    };
    let Some(site) = sites.iter().find(|s| s.index == index) else {
        return Vec::new();
    };
    let layout = Layout::default();
    let task = resolve::task(scenario, model.architecture, &layout, &sites);
    let Some(cards) = cards_that_fit(&task, site) else {
        return Vec::new();
    };
    let least = cards.div_ceil(site.node_cards.max(1)).max(1);
    let mut out = vec![
        least,
        least.next_power_of_two(),
        2 * least.next_power_of_two(),
    ];
    out.retain(|n| *n > scenario.pools[index].super_nodes);
    out.dedup();
    out
}

fn business(m: &mut Maker<'_>, catalogue: &Catalogue, e: &Evaluation) {
    let load = m.scenario.workload.mean_load;
    if m.scenario.workload.requests_per_s.is_none() && serves(m.scenario) && load < 0.95 {
        m.number(Kind::MeanLoad, "load", number::tidy((load + 0.1).min(1.0)));
    }
    let other = match m.scenario.money.tenure {
        Tenure::Own => Tenure::Rent,
        Tenure::Rent | Tenure::Mixed => Tenure::Own,
    };
    m.with(Kind::Tenure, "tenure", |s| s.money.tenure = other);
    if let Some(id) = cheapest_site(m.scenario, catalogue, e) {
        m.with(Kind::Region, "region", |s| s.money.region = id.into());
    }
}

/// The site at which the same factory costs least; figures entered by hand stay as they are.
fn cheapest_site(
    scenario: &Scenario,
    catalogue: &Catalogue,
    e: &Evaluation,
) -> Option<&'static str> {
    let usage = e.usage.as_ref()?;
    let find = |id: &str| catalogue.accelerator(id);
    let curve = &scenario.workload.load_curve;
    let per_hour = |id: &str| {
        let mut moved = scenario.money.clone();
        moved.region = id.into();
        let result = money::cost(&moved, curve, usage, &find).ok()?;
        Some(result.per_hour.0).filter(|c| c.is_finite())
    };
    money::SITES
        .iter()
        .filter_map(|site| Some((per_hour(site.id)?, site.id)))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, id)| id)
}
