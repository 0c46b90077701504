//! Training on the cards of a scenario: the fastest layout that fits, days, energy, cost.

use super::candidates::degrees;
use super::evaluate::nothing;
use super::power::card_power;
use super::resolve::{bad_degrees, notice, number, push_once};
use super::site::Site;
use crate::catalogue::Catalogue;
use crate::catalogue::architecture::Architecture;
use crate::evaluation::{
    Deployment, Evaluation, InstanceGroup, Level, Mode, Notice, NoticeCode, Phase, PoolUse,
    TokenFlow, Training, Usage,
};
use crate::model::{Calibration, Drafts, Instance, TrainingJob, TrainingRate, train};
use crate::money;
use crate::scenario::{Degrees, LoadCurve, NumberFormat, Scenario};

/// Tokens of a training sequence.
const SEQUENCE_TOKENS: f64 = 4096.0;
/// Sequences of a global batch: DeepSeek-V3 trained with 15,360 (arXiv 2412.19437, §4.2).
const GLOBAL_BATCH: f64 = 15_360.0;
/// Largest model-parallel group looked at, dies.
const MOST_DIES: u32 = 1024;

struct Best {
    site: usize,
    degrees: Degrees,
    rate: TrainingRate,
    dies: f64,
}

/// Evaluates the training task: one job on the largest pool that it fits.
pub(super) fn evaluate(
    scenario: &Scenario,
    catalogue: &Catalogue,
    architecture: &Architecture,
    sites: &[Site<'_>],
    mut notices: Vec<Notice>,
) -> Evaluation {
    let mut out = nothing(scenario, Vec::new());
    let mut best: Option<Best> = None;
    let mut least_missing: Option<(f64, f64)> = None;
    let mut engine = String::new();
    for (index, site) in sites.iter().enumerate() {
        let profile = Calibration::embedded().profile(
            scenario.engine.as_deref().unwrap_or("megatron-bridge"),
            site.machine.family,
        );
        let mut formats = site.formats;
        // Training runs in 16 bit, or in 8-bit floats where asked for and there.
        let fp8 = scenario.precision.weights == Some(NumberFormat::Fp8)
            && site.machine.supports(NumberFormat::Fp8);
        let format = if fp8 {
            NumberFormat::Fp8
        } else {
            NumberFormat::Bf16
        };
        (formats.weights, formats.experts, formats.kv) = (format, format, NumberFormat::Bf16);
        let dies = f64::from(site.usable()) * f64::from(site.machine.dies_per_card);
        let mut space = site.space();
        space.all_cards = space.all_cards.min(MOST_DIES / space.dies_per_card.max(1));
        let pinned = scenario.layout.decode;
        let all = match pinned {
            Some(d) => vec![d],
            None => degrees(architecture, &space),
        };
        for d in all {
            out.candidates += 1;
            let instance = Instance {
                architecture,
                formats,
                degrees: d,
                machine: &site.machine,
                profile: &profile,
                drafts: Drafts::OFF,
                expert_balance: scenario.workload.expert_balance,
                local: scenario.local,
            };
            let job = TrainingJob {
                sequence_tokens: SEQUENCE_TOKENS,
                global_batch: GLOBAL_BATCH,
                micro_batch: 1.0,
                virtual_stages: 1.0,
                recompute: 0.0,
            };
            let Ok(rate) = train(&instance, dies, &job) else {
                continue;
            };
            let capacity = site.machine.memory_bytes * 0.9;
            if rate.state_bytes > capacity {
                let missing = rate.state_bytes;
                if least_missing.is_none_or(|(m, _)| missing < m) {
                    least_missing = Some((missing, site.machine.memory_bytes));
                }
                continue;
            }
            if best
                .as_ref()
                .is_none_or(|b| rate.tokens_per_s > b.rate.tokens_per_s)
            {
                engine = profile.engine.to_owned();
                best = Some(Best {
                    site: index,
                    degrees: d,
                    rate,
                    dies,
                });
            }
        }
    }
    match best {
        None => {
            let n = match least_missing {
                Some((needed, capacity)) => notice(
                    Level::Error,
                    NoticeCode::WeightsDoNotFit,
                    vec![number(needed), number(capacity), number(0.0)],
                ),
                None => bad_degrees("training".into()),
            };
            push_once(&mut notices, n);
        }
        Some(best) => fill(
            &mut out,
            scenario,
            catalogue,
            (&best, &sites[best.site]),
            engine,
        ),
    }
    out.notices = notices;
    out
}

fn fill(
    out: &mut Evaluation,
    scenario: &Scenario,
    catalogue: &Catalogue,
    (best, site): (&Best, &Site<'_>),
    engine: String,
) {
    let dies_per_card = site.machine.dies_per_card.max(1);
    let group = best.degrees.tp * best.degrees.pp;
    let replicas = (best.dies / f64::from(group)).floor().max(1.0);
    let working = (replicas * f64::from(group) / f64::from(dies_per_card)).ceil() as u32;
    out.fits = true;
    out.meets_targets = true;
    out.cards_working = working;
    out.cards_idle = out.cards.saturating_sub(out.cards_spare + working);
    let format = if scenario.precision.weights == Some(NumberFormat::Fp8) {
        NumberFormat::Fp8
    } else {
        NumberFormat::Bf16
    };
    out.deployment = Some(Deployment {
        mode: Mode::Aggregated,
        instances: vec![InstanceGroup {
            phase: Phase::Both,
            hardware: site.pool.hardware.clone(),
            instances: 1,
            cards_each: working,
            degrees: Degrees {
                dp: replicas as u32,
                ..best.degrees
            },
            batch: GLOBAL_BATCH,
            busy: 1.0,
        }],
        formats: crate::evaluation::Formats {
            weights: format,
            experts: format,
            kv: NumberFormat::Bf16,
        },
        engine,
    });
    let seconds = scenario.workload.training_tokens / best.rate.tokens_per_s.max(1e-9);
    let hours = seconds / 3600.0;
    let kw = card_power(catalogue, site.accelerator, site.pool)
        .map(|p| p.watts * f64::from(working) / 1000.0);
    // What a training run makes is trained tokens: they stand where output stands, so that power and
    // cost fall on them.
    let usage = Usage {
        pools: vec![PoolUse {
            hardware: site.pool.hardware.clone(),
            super_nodes: site.pool.super_nodes,
            cards: site.cards(),
            peak_it_kw: kw,
            card_seconds: TokenFlow {
                output: f64::from(working) / best.rate.tokens_per_s,
                ..TokenFlow::default()
            },
        }],
        capacity_per_hour: TokenFlow {
            output: best.rate.tokens_per_s * 3600.0,
            ..TokenFlow::default()
        },
        mean_load: 1.0,
    };
    let find = |id: &str| catalogue.accelerator(id);
    let curve = LoadCurve::Flat;
    if let Ok(power) = money::power(&scenario.money, &curve, &usage) {
        out.power = power;
    }
    if let Ok(cost) = money::cost(&scenario.money, &curve, &usage, &find) {
        out.cost = cost.summary();
    }
    let times = |a: crate::evaluation::Amount| crate::evaluation::Amount {
        usd: a.usd * hours,
        cny: a.cny * hours,
    };
    out.training = Some(Training {
        tokens_per_s: best.rate.tokens_per_s,
        days: seconds / 86_400.0,
        mfu: best.rate.mfu,
        mwh: out.power.mean_kw.map(|kw| kw * hours / 1000.0),
        cost: out.cost.per_hour.map(times),
    });
    out.usage = Some(usage);
}
