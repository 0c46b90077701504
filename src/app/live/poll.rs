//! Polling in a chain: the next question after the last answer, none while the page is hidden, and
//! ever longer waits while a server fails.

use std::time::Duration;

use leptos::prelude::*;
use token_factory::live::devices::{self, DeviceProfile, DiePairing};
use token_factory::live::exposition::Exposition;
use token_factory::live::flow::CostBasis;
use token_factory::live::profiles::{self, EngineProfile};
use token_factory::live::prometheus::diagnosis::{Asked, Diagnosis};
use token_factory::live::prometheus::endpoint::Access;
use token_factory::live::prometheus::request::{
    Range, Request, metric_names, query, query_range, rate_window_s, together,
};
use token_factory::live::prometheus::response::{Answer, read};
use token_factory::live::series::{Scrape, Window};
use token_factory::live::state::Snapshot;

use super::store::{Health, Live, SourceKind};
use crate::platform::{self, Abort};

/// Seconds between scrapes that is assumed of a server: Prometheus' own default is 15 to 60.
pub const SCRAPE_S: f64 = 15.0;
/// Longest wait while a server fails, seconds.
const LONGEST_WAIT_S: f64 = 120.0;

/// A server that is asked.
#[derive(Clone)]
pub struct Server {
    /// Where, and as whom.
    pub access: Access,
    /// Engine whose figures are read; `None` = none found.
    pub engine: Option<&'static EngineProfile>,
    /// Exporter whose cards are read.
    pub device: Option<&'static DeviceProfile>,
    /// Label matchers, e.g. `job="vllm"`.
    pub selector: String,
    /// Metrics known here that the server had when it was connected.
    pub names: Vec<String>,
    /// Gives up what is being asked.
    pub abort: Abort,
    /// The scrape before, for rates (direct `/metrics` only).
    pub before: Option<Scrape>,
    /// The history was asked for.
    pub has_past: bool,
}

/// What a probe found.
#[derive(Clone)]
pub struct Found {
    /// Engines, preferred first.
    pub engines: Vec<&'static EngineProfile>,
    /// Exporters.
    pub devices: Vec<&'static DeviceProfile>,
    /// Metrics known here.
    pub names: Vec<String>,
}

async fn answer(access: &Access, request: &Request, abort: &Abort) -> Result<Answer, Diagnosis> {
    let reply = platform::ask(access, request, Asked::Api, abort).await?;
    read(reply.status, &reply.content_type, &reply.body)
}

/// Asks a Prometheus which metrics it has.
///
/// # Errors
/// What stands in the way, or that nothing there is known.
pub async fn probe_api(access: &Access, abort: &Abort) -> Result<Found, Diagnosis> {
    let got = answer(access, &metric_names(&access.endpoint), abort).await?;
    found(got.names())
}

/// Reads an engine's or exporter's own metrics once.
///
/// # Errors
/// As [`probe_api`].
pub async fn probe_metrics(access: &Access, abort: &Abort) -> Result<Found, Diagnosis> {
    let scrape = scrape(access, abort).await?;
    let names: Vec<String> = scrape.names().map(str::to_owned).collect();
    found(&names)
}

/// What the names of metrics tell.
///
/// # Errors
/// Nothing known among them.
pub fn found(names: &[String]) -> Result<Found, Diagnosis> {
    let found = Found {
        engines: profiles::engines_in(names),
        devices: devices::devices_in(names),
        names: names.to_vec(),
    };
    if found.engines.is_empty() && found.devices.is_empty() {
        return Err(Diagnosis::NothingKnown);
    }
    Ok(found)
}

async fn scrape(access: &Access, abort: &Abort) -> Result<Scrape, Diagnosis> {
    // The address that was typed is the metrics page itself, or the server it belongs to.
    let base = access.endpoint.base();
    let url = if base.ends_with("metrics") {
        base
    } else {
        access.endpoint.url("/metrics")
    };
    let reply = platform::ask(access, &Request { url, form: None }, Asked::Metrics, abort).await?;
    if !(200..300).contains(&reply.status) {
        let html = reply.content_type.contains("html");
        return Err(Diagnosis::of_status(reply.status, html, ""));
    }
    of_text(&reply.body, platform::epoch_s())
}

/// A text of metrics as a scrape.
///
/// # Errors
/// A text without a single sample.
pub fn of_text(text: &str, at_s: f64) -> Result<Scrape, Diagnosis> {
    let exposition = Exposition::parse(text);
    if exposition.samples.is_empty() {
        let html = text.trim_start().starts_with('<');
        return Err(if html {
            Diagnosis::Html { status: 200 }
        } else {
            Diagnosis::Malformed
        });
    }
    Ok(Scrape::from_exposition(&exposition, at_s, |_| true))
}

/// What two scrapes show.
pub fn snapshot_of(now: &Scrape, before: Option<&Scrape>, basis: &CostBasis) -> Snapshot {
    let names: Vec<String> = now.names().map(str::to_owned).collect();
    let engine = profiles::engines_in(&names).into_iter().next();
    let device = devices::devices_in(&names).into_iter().next();
    let mut flow = engine
        .map(|e| e.evaluate(&Window { before, now }))
        .unwrap_or_default();
    flow.derive(basis);
    Snapshot {
        at_s: now.at_s,
        flow,
        cards: device.map(|d| devices::cards(d, now, DiePairing::Auto)),
        models: engine.map(|e| e.models_in(now)).unwrap_or_default(),
        ..Snapshot::default()
    }
}

/// Lets the clock of ages tick while the view is shown.
pub fn clock(live: Live, mine: u64) {
    set_timeout(
        move || {
            if live.is_current(mine) {
                live.now_s.try_set(platform::epoch_s());
                clock(live, mine);
            }
        },
        Duration::from_secs(1),
    );
}

/// Polls, and arranges the next poll.
pub fn chain(live: Live, mine: u64, basis: CostBasis) {
    leptos::task::spawn_local(async move {
        let mut failures = 0_u32;
        loop {
            if !live.is_current(mine) {
                return;
            }
            let held = live.paused.try_get_untracked().unwrap_or(true) || platform::hidden();
            if !held {
                match once(live, mine, &basis).await {
                    Some(true) => failures = 0,
                    Some(false) => failures = (failures + 1).min(10),
                    None => return,
                }
            }
            let every = live.every_s.try_get_untracked().unwrap_or(5.0);
            let wait = if held {
                1.0
            } else {
                // Half as long again or half as short by chance, so that pages do not fall in step.
                let spread = 0.75 + 0.5 * (platform::now_ms() % 97.0) / 97.0;
                let backoff = every * 2f64.powi(failures as i32);
                if failures == 0 {
                    every
                } else {
                    (backoff * spread).min(LONGEST_WAIT_S)
                }
            };
            platform::sleep(wait).await;
        }
    });
}

/// One poll: `Some(true)` = it went well, `None` = nothing is left to poll.
async fn once(live: Live, mine: u64, basis: &CostBasis) -> Option<bool> {
    let kind = live.kind.try_get_untracked()?;
    match kind {
        SourceKind::Simulated => {
            let machine = live.machine();
            let snapshot = {
                let mut machine = machine.borrow_mut();
                let simulation = machine.simulation.as_mut()?;
                simulation.faults = live.faults.try_get_untracked()?;
                simulation.advance(platform::epoch_s());
                simulation.snapshot(basis)
            };
            live.apply(snapshot, basis);
            Some(true)
        }
        SourceKind::Replay => {
            let machine = live.machine();
            let snapshot = {
                let mut machine = machine.borrow_mut();
                let (session, next) = machine.session.as_mut()?;
                let snapshot = session.snapshot(*next)?;
                *next += 1;
                snapshot
            };
            live.apply(snapshot, basis);
            Some(true)
        }
        SourceKind::Pasted => None,
        SourceKind::Prometheus | SourceKind::Metrics => {
            let server = live.machine().borrow().server.clone()?;
            let outcome = match kind {
                SourceKind::Prometheus => ask_api(live, &server, basis).await,
                _ => ask_metrics(live, &server, basis).await,
            };
            if !live.is_current(mine) {
                return None;
            }
            Some(match outcome {
                Ok(snapshot) => {
                    live.apply(snapshot, basis);
                    true
                }
                Err(why) => {
                    live.failed(why);
                    false
                }
            })
        }
    }
}

async fn ask_metrics(
    live: Live,
    server: &Server,
    basis: &CostBasis,
) -> Result<Snapshot, Diagnosis> {
    let now = scrape(&server.access, &server.abort).await?;
    let snapshot = snapshot_of(&now, server.before.as_ref(), basis);
    if let Some(kept) = live.machine().borrow_mut().server.as_mut() {
        kept.before = Some(now);
    }
    Ok(snapshot)
}

/// Names and expressions of all figures of an engine.
fn parts(engine: &EngineProfile, selector: &str, window_s: u32) -> String {
    let queries = engine.queries(selector, window_s);
    let named: Vec<(&str, String)> = queries.into_iter().map(|(f, q)| (f.id(), q)).collect();
    together(&named)
}

async fn ask_api(live: Live, server: &Server, basis: &CostBasis) -> Result<Snapshot, Diagnosis> {
    let (access, abort) = (&server.access, &server.abort);
    let endpoint = &access.endpoint;
    let mut snapshot = Snapshot {
        at_s: platform::epoch_s(),
        ..Snapshot::default()
    };
    if let Some(engine) = server.engine {
        if !server.has_past {
            past(live, server, engine, basis).await;
        }
        let window = rate_window_s(SCRAPE_S, SCRAPE_S);
        let got = answer(
            access,
            &query(endpoint, &parts(engine, &server.selector, window)),
            abort,
        )
        .await?;
        snapshot.flow = got.flow();
        snapshot.at_s = got.at_s().unwrap_or(snapshot.at_s);
        snapshot.warnings.extend(got.warnings);
        if let Some(models) = engine.models_query(&server.selector) {
            let got = answer(access, &query(endpoint, &models), abort).await?;
            if let token_factory::live::prometheus::response::Data::Vector(all) = &got.data {
                snapshot.models = all
                    .iter()
                    .map(|i| {
                        let name = i.labels.get("model_name");
                        if name.is_empty() {
                            i.labels.get("model")
                        } else {
                            name
                        }
                        .to_owned()
                    })
                    .filter(|n| !n.is_empty())
                    .collect();
            }
        }
    }
    if let Some(device) = server.device {
        let mut scrape = Scrape::at(snapshot.at_s);
        // One metric at a time: of a large factory even one is a large answer.
        for asked in device.queries(&server.names, "") {
            let got = answer(access, &query(endpoint, &asked.expression), abort).await?;
            if asked.times {
                got.stamp(&mut scrape, asked.metric);
            } else {
                scrape.extend(got.into_scrape(snapshot.at_s));
            }
        }
        snapshot.cards = Some(devices::cards(device, &scrape, DiePairing::Auto));
    }
    snapshot.flow.derive(basis);
    if snapshot.flow.known().next().is_none() && snapshot.cards.as_ref().is_none_or(Vec::is_empty) {
        return Err(Diagnosis::NoData);
    }
    Ok(snapshot)
}

/// The history before the page was opened, where the server gives it; without it the view starts
/// empty.
async fn past(live: Live, server: &Server, engine: &EngineProfile, basis: &CostBasis) {
    let length = live.range_s.try_get_untracked().unwrap_or(3600.0);
    let range = Range::last(length, platform::epoch_s(), SCRAPE_S);
    let window = rate_window_s(SCRAPE_S, range.step_s);
    let text = parts(engine, &server.selector, window);
    let request = query_range(&server.access.endpoint, &text, &range);
    if let Ok(got) = answer(&server.access, &request, &server.abort).await {
        let mut moments = got.flows(range.step_s);
        for moment in &mut moments {
            moment.value.derive(basis);
        }
        live.factory
            .try_with_value(|f| f.borrow_mut().history_mut().load(moments));
    }
    if let Some(kept) = live.machine().borrow_mut().server.as_mut() {
        kept.has_past = true;
    }
}

/// Asks for the history again, for another range.
pub fn reload_past(live: Live) {
    if let Some(server) = live.machine().borrow_mut().server.as_mut() {
        server.has_past = false;
    }
}

/// Data is coming and not older than three polls.
pub fn is_fresh(live: Live) -> bool {
    let age = live.with(|f| f.at_s()).map(|at| live.now_s.get() - at);
    live.health.get() == Health::Good && age.is_some_and(|a| a < 3.0 * live.every_s.get() + 30.0)
}
