//! From a scenario to what the search needs: model, sites, traffic, targets; or why not.

use super::formats;
use super::layouts::Task;
use super::plan::Aim;
use super::queueing::Spread;
use super::simulate::Traffic;
use super::site::Site;
use crate::catalogue::Catalogue;
use crate::catalogue::architecture::Architecture;
use crate::evaluation::{Level, Notice, NoticeCode, NoticeValue};
use crate::model::{Calibration, Drafts, Machine, ModelError, default_engine};
use crate::scenario::{Layout, ModelChoice, Pool, Scenario, Targets, Workload};

/// A notice.
pub(crate) fn notice(level: Level, code: NoticeCode, values: Vec<NoticeValue>) -> Notice {
    Notice {
        level,
        code,
        values,
    }
}

/// A number in a notice.
pub(crate) fn number(value: f64) -> NoticeValue {
    NoticeValue::Number(value)
}

/// A word in a notice.
pub(crate) fn text(value: &str) -> NoticeValue {
    NoticeValue::Text(value.into())
}

/// A notice about degrees or pools that cannot be.
pub(crate) fn bad_degrees(why: String) -> Notice {
    notice(
        Level::Warning,
        NoticeCode::BadDegrees,
        vec![NoticeValue::Text(why)],
    )
}

/// The model of a scenario.
pub(crate) struct Model<'a> {
    pub architecture: &'a Architecture,
    /// Formats the weights are published in; `None` for a custom model.
    pub published: Option<&'a str>,
}

/// Finds the model.
pub(crate) fn model<'a>(
    scenario: &'a Scenario,
    catalogue: &'a Catalogue,
) -> Result<Model<'a>, Notice> {
    match &scenario.model {
        ModelChoice::Custom(custom) => Ok(Model {
            architecture: &custom.architecture,
            published: None,
        }),
        ModelChoice::Catalogue(id) => catalogue
            .model(id)
            .map(|m| Model {
                architecture: &m.architecture,
                published: Some(&m.native_precision),
            })
            .ok_or_else(|| notice(Level::Error, NoticeCode::NoSuchModel, vec![text(id)])),
    }
}

/// Resolves every pool; a pool that cannot be resolved is an error: planning without it would show
/// the result of another factory.
pub(crate) fn sites<'a>(
    scenario: &'a Scenario,
    catalogue: &'a Catalogue,
    model: &Model<'_>,
    notices: &mut Vec<Notice>,
) -> Result<Vec<Site<'a>>, Notice> {
    let mut out = Vec::new();
    for (index, pool) in scenario.pools.iter().enumerate() {
        let site = site(index, pool, scenario, catalogue, model, notices)?;
        if site.usable() > 0 {
            out.push(site);
        }
    }
    Ok(out)
}

fn site<'a>(
    index: usize,
    pool: &'a Pool,
    scenario: &Scenario,
    catalogue: &'a Catalogue,
    model: &Model<'_>,
    notices: &mut Vec<Notice>,
) -> Result<Site<'a>, Notice> {
    let id = pool.hardware.as_str();
    let accelerator = catalogue
        .accelerator(id)
        .ok_or_else(|| notice(Level::Error, NoticeCode::NoSuchHardware, vec![text(id)]))?;
    let mut machine = Machine::resolve(accelerator).map_err(|e| unknown(&e, id))?;
    for field in &machine.derived {
        push_once(
            notices,
            notice(
                Level::Warning,
                NoticeCode::HardwareUnknown,
                vec![text(field), text(id)],
            ),
        );
    }
    let dies = machine.dies_per_card.max(1);
    let node_cards = pool.cards_each.saturating_sub(pool.spares_each);
    // A super-node (or server) of the pool may be smaller than what the link could join.
    let domain_cards = (machine.domain_dies / dies)
        .max(1)
        .min(pool.cards_each.max(1));
    machine.domain_dies = domain_cards * dies;
    let engine = scenario
        .engine
        .as_deref()
        .unwrap_or_else(|| default_engine(machine.family));
    let profile = Calibration::embedded().profile(engine, machine.family);
    if let (Some(asked), true) = (&scenario.engine, profile.substituted) {
        push_once(
            notices,
            notice(
                Level::Warning,
                NoticeCode::EngineStandsIn,
                vec![text(asked), text(profile.engine)],
            ),
        );
    }
    let (formats, refused) = formats::choose(&scenario.precision, &machine, model.published);
    for n in refused {
        push_once(notices, n);
    }
    Ok(Site {
        index,
        pool,
        accelerator,
        machine,
        profile,
        formats,
        node_cards,
        domain_cards: domain_cards.min(node_cards.max(1)),
    })
}

/// A refusal for lack of a figure.
pub(crate) fn unknown(error: &ModelError, hardware: &str) -> Notice {
    let field = match error {
        ModelError::UnknownFigure { field, .. } => (*field).to_owned(),
        other => other.to_string(),
    };
    notice(
        Level::Error,
        NoticeCode::HardwareLacks,
        vec![NoticeValue::Text(field), text(hardware)],
    )
}

/// Adds a notice unless the same stands already.
pub(crate) fn push_once(notices: &mut Vec<Notice>, new: Notice) {
    if !notices.contains(&new) {
        notices.push(new);
    }
}

/// Tokens per step with drafts, and their variance: of `d` drafts, `k < d` are accepted with
/// chance `a^k·(1 − a)`, all with `a^d` (Leviathan et al., arXiv 2211.17192).
pub(crate) fn tokens_per_step(drafts: u32, acceptance: f64) -> (f64, f64) {
    let a = acceptance.clamp(0.0, 1.0);
    let drafts = drafts.min(64);
    let (mut mean, mut square) = (0.0, 0.0);
    for k in 0..=drafts {
        let chance = a.powi(k as i32) * if k < drafts { 1.0 - a } else { 1.0 };
        let tokens = f64::from(k + 1);
        mean += chance * tokens;
        square += chance * tokens * tokens;
    }
    (mean, (square - mean * mean).max(0.0))
}

/// The traffic of a workload, at no rate yet. `request_ms` is the engine's host work for a request.
pub(crate) fn traffic(workload: &Workload, request_ms: f64) -> Traffic {
    let (mean, variance) = tokens_per_step(workload.draft_tokens, workload.acceptance);
    // The spread of so small a one cannot be told from none, and 1 + cv² cannot from 1.
    let cv = Some(workload.length_cv)
        .filter(|cv| *cv > 1e-4)
        .unwrap_or(0.0);
    Traffic {
        requests_per_s: 0.0,
        arrival_cv: 1.0,
        input: Spread {
            mean: workload.input_tokens.max(1.0),
            cv,
        },
        output: Spread {
            mean: workload.output_tokens.max(1.0),
            cv,
        },
        prefix_hit: workload.prefix_hit.clamp(0.0, 1.0),
        tokens_per_step: mean,
        tokens_per_step_var: variance,
        request_ms,
    }
}

/// The targets as an aim.
pub(crate) fn aim(targets: &Targets) -> Aim {
    Aim {
        ttft_ms: targets.ttft_ms,
        tpot_ms: targets.tpot_ms,
        quantile: (targets.percentile / 100.0).clamp(0.01, 0.9999),
    }
}

/// Longest context that must fit, tokens.
pub(crate) fn longest_context(scenario: &Scenario) -> f64 {
    let w = &scenario.workload;
    f64::from(scenario.targets.context_limit).max(w.input_tokens + w.output_tokens)
}

/// The search task of a scenario.
pub(crate) fn task<'a>(
    scenario: &'a Scenario,
    architecture: &'a Architecture,
    layout: &'a Layout,
    sites: &[Site<'_>],
) -> Task<'a> {
    let w = &scenario.workload;
    // The engine's host work is the same for all pools of an engine; the slowest counts.
    let request_ms = sites
        .iter()
        .map(|s| s.profile[crate::model::P::HostRequest] * scenario.local.overhead)
        .fold(0.0, f64::max);
    Task {
        architecture,
        traffic: traffic(w, request_ms),
        aim: aim(&scenario.targets),
        longest_context: longest_context(scenario),
        drafts: Drafts::with_acceptance(w.draft_tokens, w.acceptance),
        expert_balance: w.expert_balance,
        local: scenario.local,
        layout,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_draft_at_seventy_percent_yields_1_7_tokens() {
        let (mean, variance) = tokens_per_step(1, 0.7);
        assert!((mean - 1.7).abs() < 1e-12 && (variance - 0.21).abs() < 1e-12);
        assert_eq!(tokens_per_step(0, 0.7), (1.0, 0.0));
        let drafts = Drafts::with_acceptance(3, 0.8);
        assert!((tokens_per_step(3, 0.8).0 - 1.0 - drafts.accepted).abs() < 1e-12);
    }
}
