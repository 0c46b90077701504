//! A scenario's result: resolve, search, queue, account.

use super::layouts::{self, Configs, Task};
use super::plan::{Aim, Plan};
use super::resolve::{self, bad_degrees, notice, number, push_once};
use super::results;
use super::search::{self, Found};
use super::simulate::Traffic;
use super::site::Site;
use super::{candidates, training};
use crate::catalogue::Catalogue;
use crate::evaluation::{
    Bands, Cost, Evaluation, Level, Notice, NoticeCode, Percentiles, Power, TokenFlow,
};
use crate::model::ModelError;
use crate::scenario::{Layout, Scenario, Task as Work};

/// Evaluates a scenario: the best deployment for its targets (or the one it pins), with every figure
/// of the screen. Never panics; what cannot be answered is said in the notices.
pub fn evaluate(scenario: &Scenario, catalogue: &Catalogue) -> Evaluation {
    super::precision::evaluate(scenario, catalogue).1
}

/// Evaluates a scenario with the formats it names.
pub(super) fn as_given(scenario: &Scenario, catalogue: &Catalogue) -> Evaluation {
    let mut notices = Vec::new();
    let model = match resolve::model(scenario, catalogue) {
        Ok(model) => model,
        Err(n) => return nothing(scenario, vec![n]),
    };
    let sites = match resolve::sites(scenario, catalogue, &model, &mut notices) {
        Ok(sites) => sites,
        Err(n) => {
            notices.push(n);
            return nothing(scenario, notices);
        }
    };
    if scenario.workload.task == Work::Training {
        return training::evaluate(scenario, catalogue, model.architecture, &sites, notices);
    }
    let layout = usable_layout(scenario, model.architecture, &sites, &mut notices);
    let task = resolve::task(scenario, model.architecture, &layout, &sites);
    about_request(scenario, &task, &mut notices);
    let configs = layouts::configs(&task, &sites);
    let found = search::search(&task, &sites, &configs);
    let mut evaluation = nothing(scenario, Vec::new());
    evaluation.candidates = found.candidates;
    match &found.best {
        None => does_not_fit(&task, &sites, &configs, &mut notices),
        Some(plan) => fill(
            &mut evaluation,
            (scenario, catalogue),
            &task,
            &sites,
            (plan, &found),
            &mut notices,
        ),
    }
    notices.sort_by_key(|n| std::cmp::Reverse(n.level));
    evaluation.notices = notices;
    evaluation
}

/// The result of a scenario that cannot be served: all cards idle, nothing invented.
pub(super) fn nothing(scenario: &Scenario, notices: Vec<Notice>) -> Evaluation {
    let cards = |each: fn(&crate::scenario::Pool) -> u32| -> u32 {
        scenario
            .pools
            .iter()
            .map(|p| p.super_nodes.saturating_mul(each(p)))
            .fold(0, u32::saturating_add)
    };
    let all = cards(|p| p.cards_each);
    let spare = cards(|p| p.spares_each.min(p.cards_each));
    Evaluation {
        fits: false,
        meets_targets: false,
        cards: all,
        cards_working: 0,
        cards_spare: spare,
        cards_idle: all - spare,
        deployment: None,
        concurrency: 0.0,
        requests_per_s: 0.0,
        ttft_ms: Percentiles::default(),
        tpot_ms: Percentiles::default(),
        tokens_per_s: TokenFlow::default(),
        tokens_per_day: TokenFlow::default(),
        output_tokens_per_s_per_card: 0.0,
        memory: Vec::new(),
        decode_step: None,
        prefill_step: None,
        usage: None,
        power: Power::default(),
        cost: Cost::default(),
        limits: Vec::new(),
        bands: Bands::default(),
        notices,
        frontier: Vec::new(),
        candidates: 0,
        training: None,
    }
}

/// The layout without pins that cannot be: each is dropped with a notice.
fn usable_layout(
    scenario: &Scenario,
    architecture: &crate::catalogue::architecture::Architecture,
    sites: &[Site<'_>],
    notices: &mut Vec<Notice>,
) -> Layout {
    let mut layout = scenario.layout.clone();
    let works = |d: &crate::scenario::Degrees, may: fn(&Site<'_>) -> bool| {
        let mut reason = None;
        for site in sites.iter().filter(|s| may(s)) {
            match candidates::refuse(architecture, &site.space(), d) {
                None => return None,
                why => reason = why,
            }
        }
        reason
    };
    if let Some(d) = &layout.decode
        && let Some(why) = works(d, |s| s.may_decode())
    {
        push_once(notices, bad_degrees(why));
        layout.decode = None;
    }
    if let Some(d) = &layout.prefill
        && let Some(why) = works(d, |s| s.may_prefill())
    {
        push_once(notices, bad_degrees(why));
        layout.prefill = None;
    }
    layout
}

/// Notices about what is asked, whatever the result.
fn about_request(scenario: &Scenario, task: &Task<'_>, notices: &mut Vec<Notice>) {
    let limit = f64::from(task.architecture.max_context);
    if limit > 0.0 && task.longest_context > limit {
        notices.push(notice(
            Level::Warning,
            NoticeCode::ContextBeyondModel,
            vec![number(task.longest_context), number(limit)],
        ));
    }
    if scenario.workload.draft_tokens > 0 && task.architecture.mtp_layers == 0 {
        notices.push(notice(Level::Info, NoticeCode::NoDraftLayer, vec![]));
    }
}

/// Says what is missing, and what would do.
fn does_not_fit(task: &Task<'_>, sites: &[Site<'_>], configs: &Configs, notices: &mut Vec<Notice>) {
    let Some(site) = sites.first() else {
        notices.push(notice(Level::Error, NoticeCode::AllSpare, vec![]));
        return;
    };
    if !configs.all.is_empty() {
        let phases = sites.iter().any(|s| s.may_prefill()) && sites.iter().any(|s| s.may_decode());
        let code = if phases {
            NoticeCode::NoPlan
        } else {
            NoticeCode::RolesIncomplete
        };
        notices.push(notice(Level::Error, code, vec![]));
        return;
    }
    match &configs.nearest {
        Some(ModelError::ContextDoesNotFit {
            context_tokens,
            longest_tokens,
        }) => notices.push(notice(
            Level::Error,
            NoticeCode::ContextDoesNotFit,
            vec![number(*longest_tokens), number(*context_tokens)],
        )),
        Some(ModelError::WeightsDoNotFit {
            needed_bytes,
            capacity_bytes,
        }) => {
            let dies = f64::from(site.machine.dies_per_card);
            let enough = layouts::cards_that_fit(task, site);
            notices.push(notice(
                Level::Error,
                NoticeCode::WeightsDoNotFit,
                vec![
                    number(needed_bytes * dies),
                    number(capacity_bytes * dies),
                    number(f64::from(enough.unwrap_or(0))),
                ],
            ));
        }
        Some(ModelError::BadDegrees { reason, .. }) => {
            push_once(notices, bad_degrees(reason.clone()));
            notices.push(notice(Level::Error, NoticeCode::NoPlan, vec![]));
        }
        Some(other) => push_once(notices, resolve::unknown(other, &site.pool.hardware)),
        None => notices.push(notice(Level::Error, NoticeCode::NoPlan, vec![])),
    }
}

/// What a plan does at its rate and at capacity.
pub(super) struct Working<'a, 'p> {
    pub scenario: &'a Scenario,
    pub catalogue: &'a Catalogue,
    pub task: &'a Task<'a>,
    pub sites: &'a [Site<'a>],
    pub plan: &'a Plan<'p>,
    /// Requests per second that can be served: headroom taken off.
    pub capacity: f64,
    /// Requests per second that are served.
    pub rate: f64,
    /// Traffic at that rate.
    pub traffic: Traffic,
}

impl<'a, 'p> Working<'a, 'p> {
    /// A plan at the rate of its scenario: what is offered, at most the capacity.
    fn new(
        (scenario, catalogue): (&'a Scenario, &'a Catalogue),
        task: &'a Task<'a>,
        sites: &'a [Site<'a>],
        plan: &'a Plan<'p>,
    ) -> Self {
        let capacity = plan.capacity * (1.0 - scenario.targets.headroom.clamp(0.0, 0.99));
        let rate = offered(scenario).map_or(capacity, |r| r.min(capacity));
        Working {
            scenario,
            catalogue,
            task,
            sites,
            plan,
            capacity,
            rate,
            traffic: Traffic {
                requests_per_s: rate,
                ..task.traffic
            },
        }
    }
}

/// Requests per second that are offered; `None` = as many as it can serve.
fn offered(scenario: &Scenario) -> Option<f64> {
    scenario.workload.requests_per_s.filter(|r| *r > 0.0)
}

/// Shows the plan that [`evaluate`] chooses to `look`; `None` where nothing is served.
pub(super) fn with_plan<R>(
    scenario: &Scenario,
    catalogue: &Catalogue,
    look: impl FnOnce(&Working<'_, '_>) -> R,
) -> Option<R> {
    let scenario = &*super::precision::settled(scenario, catalogue);
    let mut notices = Vec::new();
    let model = resolve::model(scenario, catalogue).ok()?;
    let sites = resolve::sites(scenario, catalogue, &model, &mut notices).ok()?;
    let layout = usable_layout(scenario, model.architecture, &sites, &mut notices);
    let task = resolve::task(scenario, model.architecture, &layout, &sites);
    let configs = layouts::configs(&task, &sites);
    let found = search::search(&task, &sites, &configs);
    let plan = found.best.as_ref()?;
    Some(look(&Working::new(
        (scenario, catalogue),
        &task,
        &sites,
        plan,
    )))
}

fn fill<'a>(
    out: &mut Evaluation,
    (scenario, catalogue): (&Scenario, &Catalogue),
    task: &Task<'_>,
    sites: &[Site<'_>],
    (plan, found): (&Plan<'a>, &Found<'a>),
    notices: &mut Vec<Notice>,
) {
    let working = Working::new((scenario, catalogue), task, sites, plan);
    let (capacity, rate) = (working.capacity, working.rate);
    let offered = offered(scenario);
    let Some(experience) = plan.experience(&task.traffic, rate) else {
        return;
    };
    out.fits = true;
    out.meets_targets = found.meets && offered.is_none_or(|r| r <= capacity * (1.0 + 1e-9));
    out.cards_working = plan.cards();
    let usable: u32 = sites.iter().map(Site::usable).sum();
    out.cards_idle = usable.saturating_sub(out.cards_working);
    out.ttft_ms = experience.ttft();
    out.tpot_ms = experience.tpot();
    out.requests_per_s = capacity;
    let stay_ms = out.ttft_ms.mean + (task.traffic.output.mean - 1.0).max(0.0) * out.tpot_ms.mean;
    out.concurrency = rate * stay_ms / 1000.0;
    out.tokens_per_s = results::flow(&task.traffic, rate);
    out.output_tokens_per_s_per_card =
        out.tokens_per_s.output / f64::from(out.cards_working.max(1));
    out.deployment = Some(results::deployment(&working, &experience));
    out.memory = results::memory(&working, &experience);
    out.decode_step = results::decode_step(&working, &experience);
    out.prefill_step = results::prefill_step(&working);
    out.frontier = results::frontier(&working, &found.frontier);
    out.limits = results::limits(&working, &experience, out.decode_step.as_ref());
    results::account(out, &working, notices);
    about_result(out, &working, offered, notices);
}

fn about_result(
    out: &Evaluation,
    w: &Working<'_, '_>,
    offered: Option<f64>,
    notices: &mut Vec<Notice>,
) {
    let aim: Aim = w.task.aim;
    if out.cards_idle > 0 {
        notices.push(notice(
            Level::Info,
            NoticeCode::CardsIdle,
            vec![number(f64::from(out.cards_idle))],
        ));
    }
    for placed in w.plan.prefill.iter().chain(&w.plan.decode) {
        let site = &w.sites[placed.config.site];
        if site.leaves_domain(placed.config.cards) {
            push_once(
                notices,
                notice(
                    Level::Info,
                    NoticeCode::LeavesScaleUp,
                    vec![
                        number(f64::from(placed.config.cards)),
                        number(f64::from(site.domain_cards)),
                    ],
                ),
            );
        }
    }
    match offered {
        Some(r) if r > w.capacity * (1.0 + 1e-9) => notices.push(notice(
            Level::Error,
            NoticeCode::Overload,
            vec![number(r), number(w.capacity)],
        )),
        _ if !out.meets_targets => {
            let e = w.plan.experience(&w.task.traffic, w.rate);
            let (tpot, ttft) = e.map_or((out.tpot_ms.p95, out.ttft_ms.p95), |e| {
                (e.tpot_ms(aim.quantile), e.ttft_ms(aim.quantile))
            });
            notices.push(notice(
                Level::Error,
                NoticeCode::TargetsMissed,
                vec![
                    number(tpot),
                    number(ttft),
                    number(aim.tpot_ms),
                    number(aim.ttft_ms),
                ],
            ));
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
