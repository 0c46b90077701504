//! The figures of an evaluation, from a plan and what its requests experience.

use super::availability::availability;
use super::evaluate::Working;
use super::frontier::Spot;
use super::plan::{Experience, Placed, Plan, stepper};
use super::power::card_power;
use super::resolve::{notice, number, push_once, text};
use super::simulate::{Group, StepTimes, Traffic};
use crate::evaluation::{
    Band, Bands, Deployment, Evaluation, FrontierPoint, InstanceGroup, Level, Limit, LimitKind,
    Mode, Notice, NoticeCode, OpClass, Phase, PhaseMemory, PoolUse, StepBreakdown, TokenFlow,
    Usage,
};
use crate::model::{BandFactors, Calibration, Quantity};
use crate::money::{self, CostResult, Day, MoneyError};

/// Token rates at a rate of requests.
pub(super) fn flow(traffic: &Traffic, requests_per_s: f64) -> TokenFlow {
    let computed = traffic.computed_tokens();
    TokenFlow {
        input: requests_per_s * computed,
        cached_input: requests_per_s * (traffic.input.mean - computed).max(0.0),
        output: requests_per_s * traffic.output.mean,
    }
}

fn scale(flow: TokenFlow, by: f64) -> TokenFlow {
    TokenFlow {
        input: flow.input * by,
        cached_input: flow.cached_input * by,
        output: flow.output * by,
    }
}

fn phase_of(plan: &Plan<'_>) -> Phase {
    match plan.mode {
        Mode::Aggregated => Phase::Both,
        Mode::Disaggregated => Phase::Decode,
    }
}

/// Requests decoding on one instance of each decode group.
fn running(w: &Working<'_, '_>, experience: &Experience, placed: &Placed<'_>) -> f64 {
    // Ways are listed decode group by decode group; all ways of a group share its decode side.
    let per_group = w.plan.prefill.len().max(1);
    let at = w
        .plan
        .decode
        .iter()
        .position(|d| std::ptr::eq(d, placed))
        .unwrap_or(0);
    experience
        .parts
        .get(at * per_group)
        .map_or(0.0, |(_, l)| l.decoding)
        / f64::from(placed.group.instances.max(1))
}

/// The chosen deployment.
pub(super) fn deployment(w: &Working<'_, '_>, experience: &Experience) -> Deployment {
    let per_group = w.plan.prefill.len().max(1);
    let mut instances = Vec::new();
    for (i, p) in w.plan.prefill.iter().enumerate() {
        let busy = experience.parts.get(i).map_or(0.0, |(_, l)| l.prefill_busy);
        let prompts = (p.group.chunk_tokens / w.traffic.computed_tokens()).max(1.0);
        instances.push(group(
            w,
            p,
            Phase::Prefill,
            prompts * f64::from(p.group.ranks),
            busy,
        ));
    }
    for (i, d) in w.plan.decode.iter().enumerate() {
        let busy = experience
            .parts
            .get(i * per_group)
            .map_or(0.0, |(_, l)| l.slots_busy);
        instances.push(group(
            w,
            d,
            phase_of(w.plan),
            running(w, experience, d),
            busy,
        ));
    }
    let site = w.plan.decode.first().map(|d| &w.sites[d.config.site]);
    Deployment {
        mode: w.plan.mode,
        instances,
        formats: site.map_or_else(|| w.sites[0].formats, |s| s.formats),
        engine: site.map_or(String::new(), |s| s.profile.engine.to_owned()),
    }
}

fn group(
    w: &Working<'_, '_>,
    placed: &Placed<'_>,
    phase: Phase,
    batch: f64,
    busy: f64,
) -> InstanceGroup {
    InstanceGroup {
        phase,
        hardware: w.sites[placed.config.site].pool.hardware.clone(),
        instances: placed.group.instances,
        cards_each: placed.config.cards,
        degrees: placed.config.degrees,
        batch,
        busy,
    }
}

/// Memory of one package of each group.
pub(super) fn memory(w: &Working<'_, '_>, experience: &Experience) -> Vec<PhaseMemory> {
    let mut out = Vec::new();
    for p in &w.plan.prefill {
        let prompts = (p.group.chunk_tokens / w.traffic.computed_tokens()).max(1.0)
            * f64::from(p.group.ranks);
        let prepared = &p.config.prepared;
        out.push(prepared.memory(Phase::Prefill, prompts, w.traffic.input.mean));
    }
    for d in &w.plan.decode {
        let batch = running(w, experience, d);
        let prepared = &d.config.prepared;
        out.push(prepared.memory(phase_of(w.plan), batch, w.traffic.mean_context()));
    }
    out
}

/// Where a decode step of the first decode group goes.
pub(super) fn decode_step(w: &Working<'_, '_>, experience: &Experience) -> Option<StepBreakdown> {
    let d = w.plan.decode.first()?;
    let batch = running(w, experience, d);
    Some(
        d.config
            .prepared
            .decode_step(batch, w.traffic.mean_context()),
    )
}

/// Where a step with a chunk of a prompt goes, without decoding beside it.
pub(super) fn prefill_step(w: &Working<'_, '_>) -> Option<StepBreakdown> {
    let p = w.plan.prefill.first().or(w.plan.decode.first())?;
    let own = w
        .traffic
        .computed_tokens()
        .min(p.group.chunk_tokens.max(1.0));
    let load = stepper(p, &w.traffic).load(0.0, 0.0, own);
    Some(p.config.prepared.breakdown(&load))
}

/// What limits the result: targets and memory by how nearly they are used up, then what a decode
/// step is made of.
pub(super) fn limits(
    w: &Working<'_, '_>,
    experience: &Experience,
    step: Option<&StepBreakdown>,
) -> Vec<Limit> {
    let aim = w.task.aim;
    let mut out = Vec::new();
    let mut add = |kind: LimitKind, share: f64| {
        if share.is_finite() && share > 0.0 {
            out.push(Limit {
                kind,
                share: share.min(1.0),
            });
        }
    };
    let demand = w.rate < w.capacity * 0.98;
    if demand {
        add(LimitKind::Demand, 1.0 - w.rate / w.capacity);
    }
    let tpot = experience.tpot_ms(aim.quantile) / aim.tpot_ms;
    let ttft = experience.ttft_ms(aim.quantile) / aim.ttft_ms;
    let memory = w
        .plan
        .decode
        .iter()
        .map(|d| f64::from(d.group.batch) / d.config.memory_batch.max(1.0));
    let memory = memory.fold(0.0, f64::max);
    let prefill = experience.parts.iter().map(|(_, l)| l.prefill_busy);
    let prefill = prefill.fold(0.0, f64::max);
    let mut bounds = [
        (LimitKind::TpotTarget, tpot),
        (LimitKind::TtftTarget, ttft),
        (LimitKind::MemoryCapacity, memory),
        (LimitKind::PrefillPool, prefill),
    ];
    bounds.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (kind, share) in bounds.into_iter().filter(|(_, share)| *share >= 0.8) {
        add(kind, share);
    }
    let mut parts = step.map(by_class).unwrap_or_default();
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (kind, share) in parts {
        add(kind, share);
    }
    out
}

fn by_class(step: &StepBreakdown) -> Vec<(LimitKind, f64)> {
    let total: f64 = step.ops.iter().map(|o| o.ms).sum();
    [
        (OpClass::Attention, LimitKind::Attention),
        (OpClass::Linear, LimitKind::Linear),
        (OpClass::Experts, LimitKind::Experts),
        (OpClass::Communication, LimitKind::Communication),
        (OpClass::Overhead, LimitKind::Overhead),
    ]
    .into_iter()
    .map(|(class, kind)| {
        let ms: f64 = step
            .ops
            .iter()
            .filter(|o| o.class == class)
            .map(|o| o.ms)
            .sum();
        (kind, ms / total.max(1e-12))
    })
    .collect()
}

/// The frontier as the chart shows it; TTFT at 70 % of each point's own rate.
pub(super) fn frontier(w: &Working<'_, '_>, spots: &[Spot<'_>]) -> Vec<FrontierPoint> {
    spots.iter().map(|spot| frontier_point(w, spot)).collect()
}

fn frontier_point(w: &Working<'_, '_>, spot: &Spot<'_>) -> FrontierPoint {
    let place = |config, batch: f64, instances: u32| Placed {
        config,
        group: Group {
            instances,
            ranks: config_ranks(config),
            batch: batch.clamp(1.0, 1e9) as u32,
            chunk_tokens: spot.chunk,
            share: 1.0,
        },
    };
    let decode_cards = f64::from(spot.decode.cards);
    let all_cards = decode_cards / (1.0 - spot.prefill_share).max(1e-6);
    let prefill: Vec<Placed<'_>> = spot
        .prefill
        .map(|p| {
            let count = (all_cards - decode_cards) / f64::from(p.cards);
            place(p, 1.0, count.ceil().clamp(1.0, 1e6) as u32)
        })
        .into_iter()
        .collect();
    let plan = Plan {
        mode: spot.mode,
        prefill,
        decode: vec![place(spot.decode, spot.batch, 1)],
        capacity: 0.0,
    };
    let rate = spot.tokens_per_s_card * all_cards / w.traffic.output.mean;
    let ttft_ms = plan
        .experience(&w.traffic, 0.7 * rate)
        .map_or(w.task.aim.ttft_ms * 10.0, |e| e.ttft_ms(0.5));
    FrontierPoint {
        tokens_per_s_user: spot.tokens_per_s_user,
        tokens_per_s_card: spot.tokens_per_s_card,
        mode: spot.mode,
        degrees: spot.decode.degrees,
        prefill_degrees: spot.prefill.map(|p| p.degrees),
        batch: spot.batch,
        ttft_ms,
        prefill_share: spot.prefill_share,
        meets_targets: 1000.0 / spot.tokens_per_s_user <= w.task.aim.tpot_ms
            && ttft_ms <= w.task.aim.ttft_ms,
    }
}

fn config_ranks(config: &super::plan::Config) -> u32 {
    config.prepared.split.max(1.0) as u32
}

/// Usage, tokens per day, power, cost and bands.
pub(super) fn account(out: &mut Evaluation, w: &Working<'_, '_>, notices: &mut Vec<Notice>) {
    let scenario = w.scenario;
    let available = availability_of(w);
    let offered = scenario.workload.requests_per_s.filter(|r| *r > 0.0);
    // An offered rate is the mean of the day; else the mean load is a share of the capacity.
    let mean_load = offered.map_or(scenario.workload.mean_load, |r| {
        r / (w.capacity * available).max(1e-12)
    });
    let usage = Usage {
        pools: pools(w, notices),
        capacity_per_hour: scale(flow(&w.traffic, w.capacity), 3600.0 * available),
        mean_load,
    };
    let curve = &scenario.workload.load_curve;
    if let Ok(day) = Day::new(curve, mean_load) {
        out.tokens_per_day = scale(usage.capacity_per_hour, 24.0 * day.mean_served);
    }
    if let Ok(power) = money::power(&scenario.money, curve, &usage) {
        out.power = power;
    }
    let find = |id: &str| w.catalogue.accelerator(id);
    let cost = money::cost(&scenario.money, curve, &usage, &find);
    match &cost {
        Ok(result) => {
            out.cost = result.summary();
            price_notices(result, w, notices);
        }
        Err(error) => cost_notice(error, &scenario.money.region, notices),
    }
    out.bands = bands(out, w, cost.as_ref().ok(), notices);
    out.usage = Some(usage);
}

/// Share of the capacity that is there on a mean day: mean over the instances, weighted by cards.
fn availability_of(w: &Working<'_, '_>) -> f64 {
    let mut sum = 0.0;
    let mut cards = 0.0;
    for (index, site) in w.sites.iter().enumerate() {
        let here = || {
            w.plan
                .prefill
                .iter()
                .chain(&w.plan.decode)
                .filter(move |p| p.config.site == index)
        };
        let working: u32 = here().map(Placed::cards).sum();
        // Cards left over stand by like spares.
        let idle = site.usable().saturating_sub(working) / site.pool.super_nodes.max(1);
        let spares = site.pool.cards_each - site.node_cards + idle;
        for placed in here() {
            let weight = f64::from(placed.cards());
            sum += weight * availability(site.pool.cards_each, spares, placed.config.cards);
            cards += weight;
        }
    }
    if cards > 0.0 { sum / cards } else { 0.0 }
}

/// What the pools do at capacity, in the order of the scenario.
fn pools(w: &Working<'_, '_>, notices: &mut Vec<Notice>) -> Vec<PoolUse> {
    let at_capacity = w.plan.experience(&w.task.traffic, w.capacity);
    let idle_share = w.scenario.money.idle_power_share.clamp(0.0, 1.0);
    let mut out = Vec::new();
    for (index, pool) in w.scenario.pools.iter().enumerate() {
        let site = w.sites.iter().position(|s| s.index == index);
        let here = |placed: &[Placed<'_>]| -> f64 {
            placed
                .iter()
                .filter(|p| Some(p.config.site) == site)
                .map(|p| f64::from(p.cards()))
                .sum()
        };
        let working = here(&w.plan.prefill) + here(&w.plan.decode);
        let cards = pool.super_nodes.saturating_mul(pool.cards_each);
        let accelerator = w.catalogue.accelerator(&pool.hardware);
        let power = accelerator.and_then(|a| card_power(w.catalogue, a, pool));
        match power {
            None => push_once(
                notices,
                notice(
                    Level::Warning,
                    NoticeCode::PowerUnknown,
                    vec![text(&pool.hardware)],
                ),
            ),
            Some(p) if p.from_tdp => push_once(
                notices,
                notice(
                    Level::Warning,
                    NoticeCode::HardwareUnknown,
                    vec![text("allin_w"), text(&pool.hardware)],
                ),
            ),
            Some(_) => {}
        }
        // Spares and leftover cards draw what cards draw without load.
        let drawing = working + (f64::from(cards) - working).max(0.0) * idle_share;
        let card_seconds = match (site, &at_capacity) {
            (Some(site), Some(e)) => card_seconds(w, site, e),
            _ => TokenFlow::default(),
        };
        out.push(PoolUse {
            hardware: pool.hardware.clone(),
            super_nodes: pool.super_nodes,
            cards,
            peak_it_kw: power.map(|p| p.watts * drawing / 1000.0),
            card_seconds,
        });
    }
    out
}

/// Card-seconds of a site per token of each kind, at capacity.
fn card_seconds(w: &Working<'_, '_>, site: usize, at: &Experience) -> TokenFlow {
    let computed = w.traffic.computed_tokens();
    let cached = (w.traffic.input.mean - computed).max(0.0);
    let output = w.traffic.output.mean;
    let per_group = w.plan.prefill.len().max(1);
    // Card-seconds of prefill and of decode per request of the factory.
    let (mut prefill, mut decode, mut cached_share) = (0.0, 0.0, 0.0);
    for (i, p) in w.plan.prefill.iter().enumerate() {
        if p.config.site != site {
            continue;
        }
        let busy = at.parts.get(i).map_or(0.0, |(_, l)| l.prefill_busy);
        prefill += f64::from(p.cards()) * busy / w.capacity;
        cached_share = prefix_share(p, &w.traffic);
    }
    for (i, d) in w.plan.decode.iter().enumerate() {
        if d.config.site != site {
            continue;
        }
        let all = f64::from(d.cards()) / w.capacity;
        let Some((_, latency)) = at.parts.get(i * per_group) else {
            continue;
        };
        if w.plan.prefill.is_empty() {
            let n = latency.decoding / f64::from(d.group.instances.max(1));
            let clock = stepper(d, &w.traffic);
            let alone = clock.step_ms(n, w.traffic.mean_context(), 0.0);
            let share = (1.0 - alone / latency.step_ms).clamp(0.0, 1.0);
            prefill += all * share;
            decode += all * (1.0 - share);
            cached_share = prefix_share(d, &w.traffic);
        } else {
            decode += all;
        }
    }
    TokenFlow {
        input: prefill * (1.0 - cached_share) / computed,
        cached_input: if cached > 0.0 {
            prefill * cached_share / cached
        } else {
            0.0
        },
        output: decode / output.max(1.0),
    }
}

/// Share of a prompt's prefill time that comes from attending to its cached part.
fn prefix_share(placed: &Placed<'_>, traffic: &Traffic) -> f64 {
    let clock = stepper(placed, traffic);
    if clock.prefix_tokens <= 0.0 {
        return 0.0;
    }
    let own = traffic
        .computed_tokens()
        .min(placed.group.chunk_tokens.max(1.0));
    let with = clock.step_ms(0.0, 0.0, own);
    let mut without = clock;
    without.prefix_tokens = 0.0;
    (1.0 - without.step_ms(0.0, 0.0, own) / with.max(1e-12)).clamp(0.0, 1.0)
}

fn cost_notice(error: &MoneyError, region: &str, notices: &mut Vec<Notice>) {
    let (code, hardware) = match error {
        MoneyError::PriceUnknown { hardware } | MoneyError::RentUnknown { hardware } => {
            (NoticeCode::PriceUnknown, hardware)
        }
        MoneyError::PowerUnknown { hardware } => (NoticeCode::PowerUnknown, hardware),
        MoneyError::NoSuchSite(site) => (NoticeCode::NoSuchRegion, site),
        MoneyError::SiteLacks { field } => {
            let values = vec![text(field), text(region)];
            push_once(
                notices,
                notice(Level::Warning, NoticeCode::RegionLacks, values),
            );
            return;
        }
        _ => return,
    };
    push_once(notices, notice(Level::Warning, code, vec![text(hardware)]));
}

/// Prices whose evidence reaches over more than a tenth either way.
fn price_notices(result: &CostResult, w: &Working<'_, '_>, notices: &mut Vec<Notice>) {
    if w.scenario.money.card_price.is_some() {
        return;
    }
    for pool in &result.terms.pools {
        if let Some(price) = &pool.card_price
            && price.high > price.low * 1.2
        {
            push_once(
                notices,
                notice(
                    Level::Info,
                    NoticeCode::PriceAssumed,
                    vec![text(&pool.hardware), number(price.low), number(price.high)],
                ),
            );
        }
    }
}

/// Band of a figure that moves with a factor.
fn around(value: f64, factors: BandFactors) -> Band {
    Band {
        low: value * factors.low,
        high: value * factors.high,
        rows: factors.rows,
    }
}

/// Bands from the left-out errors of the class; the cost's joins throughput and prices.
fn bands(
    out: &Evaluation,
    w: &Working<'_, '_>,
    cost: Option<&CostResult>,
    notices: &mut Vec<Notice>,
) -> Bands {
    let Some(first) = w.plan.decode.first() else {
        return Bands::default();
    };
    let site = &w.sites[first.config.site];
    let family = site.machine.family;
    let calibration = Calibration::embedded();
    let (serving, alone) = match w.plan.mode {
        Mode::Aggregated => ("serving", "offline"),
        Mode::Disaggregated => ("disaggregated", "decode"),
    };
    let measured = calibration.hardware.contains(&site.pool.hardware);
    let band = |quantity: Quantity| {
        if !measured {
            return calibration.kin_band(serving, quantity);
        }
        let known = calibration.band(serving, family, quantity);
        if known.rows > 0 {
            return known;
        }
        // Super-nodes are measured phase by phase.
        let other = calibration.band(alone, family, quantity);
        if other.rows > 0 { other } else { known }
    };
    let throughput = band(Quantity::Throughput);
    let tpot = band(Quantity::Tpot);
    if throughput.rows == 0 && tpot.rows == 0 {
        push_once(
            notices,
            notice(
                Level::Warning,
                NoticeCode::NeverMeasured,
                vec![text(&site.pool.hardware)],
            ),
        );
    }
    // A factory that serves all that is offered cannot serve more.
    let served = |factor: f64| (w.capacity * factor).min(w.rate) / w.rate.max(1e-12);
    let demand_bound = w.rate < w.capacity * (1.0 - 1e-9);
    let output = if demand_bound {
        Band {
            low: out.tokens_per_s.output * served(throughput.low),
            high: out.tokens_per_s.output,
            rows: throughput.rows,
        }
    } else {
        around(out.tokens_per_s.output, throughput)
    };
    let inverse = |value: f64| Band {
        low: value / throughput.high.max(1e-9),
        high: value / throughput.low.max(1e-9),
        rows: throughput.rows,
    };
    Bands {
        output_tokens_per_s: output,
        concurrency: around(out.concurrency, throughput),
        tpot_ms: around(out.tpot_ms.p50, tpot),
        ttft_ms: around(out.ttft_ms.p50, band(Quantity::Ttft)),
        cost_per_million_output_usd: out
            .cost
            .per_million
            .zip(cost)
            .map_or(Band::default(), |(per, c)| {
                cost_band(per.output.usd, throughput, c)
            }),
        kwh_per_million_output: out
            .power
            .kwh_per_million_output
            .map_or(Band::default(), inverse),
    }
}

/// Throughput and price uncertainty are independent: their widths add in quadrature on a log scale.
fn cost_band(value: f64, throughput: BandFactors, cost: &CostResult) -> Band {
    let join = |a: f64, b: f64| (a * a + b * b).sqrt();
    let ln = |x: f64| x.max(1e-9).ln();
    let whole = cost.per_hour.0.max(1e-12);
    let up = join(
        -ln(throughput.low).min(0.0),
        ln(cost.high.0 / whole).max(0.0),
    );
    let down = join(
        ln(throughput.high).max(0.0),
        -ln(cost.low.0 / whole).min(0.0),
    );
    Band {
        low: value * (-down).exp(),
        high: value * up.exp(),
        rows: throughput.rows,
    }
}
