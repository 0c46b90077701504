//! Polling in a chain: the next question after the last answer, none while the page is hidden, and
//! ever longer waits while a server fails.

use std::time::Duration;

use leptos::prelude::*;
use token_factory::live::devices::{self, CardKey, CardQuery, DeviceProfile, DiePairing, Field};
use token_factory::live::exposition::Exposition;
use token_factory::live::flow::{CostBasis, Figure};
use token_factory::live::profiles::{self, EngineProfile};
use token_factory::live::prometheus::diagnosis::{Asked, Diagnosis};
use token_factory::live::prometheus::endpoint::Access;
use token_factory::live::prometheus::request::{
    Range, Request, metric_names, query, query_range, rate_window_s, together,
};
use token_factory::live::prometheus::response::{Answer, Data, read};
use token_factory::live::series::{Scrape, Window};
use token_factory::live::sight::{Labelling, Sight, groups_in_full, labels_query};
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
    /// How it labels its cards; `None` = not asked yet.
    pub labels: Option<Labelling>,
    /// Polls made.
    pub polls: usize,
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
    platform::timed("live-read", || {
        read(reply.status, &reply.content_type, &reply.body)
    })
}

impl Server {
    async fn ask(&self, expression: &str) -> Result<Answer, Diagnosis> {
        let request = query(&self.access.endpoint, expression);
        answer(&self.access, &request, &self.abort).await
    }

    /// The names of its card metrics without the operator's prefix, and that prefix.
    fn card_names(&self, device: &DeviceProfile) -> (Vec<&str>, &str) {
        let prefix = device.prefix_in(&self.names).unwrap_or_default();
        let names = self.names.iter().filter_map(|n| n.strip_prefix(prefix));
        (names.collect(), prefix)
    }
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
    live.with_server(|kept| kept.before = Some(now));
    Ok(snapshot)
}

/// Names and expressions of all figures of an engine, and of Kubernetes where it is scraped.
fn parts(server: &Server, engine: &EngineProfile, window_s: u32) -> String {
    let queries = engine.queries(&server.selector, window_s);
    let named = queries.into_iter().map(|(f, q)| (f.id(), q));
    let all: Vec<(&str, String)> = named.chain(profiles::kube_parts(&server.names)).collect();
    together(&all)
}

async fn ask_api(live: Live, server: &Server, basis: &CostBasis) -> Result<Snapshot, Diagnosis> {
    let mut snapshot = Snapshot {
        at_s: platform::epoch_s(),
        ..Snapshot::default()
    };
    if let Some(engine) = server.engine {
        if !server.has_past {
            past(live, server, engine, basis).await;
        }
        let window = rate_window_s(SCRAPE_S, SCRAPE_S);
        let got = server.ask(&parts(server, engine, window)).await?;
        snapshot.flow = got.flow();
        snapshot.at_s = got.at_s().unwrap_or(snapshot.at_s);
        snapshot.warnings.extend(got.warnings);
        if let Some(about) = engine.about_query(&server.selector) {
            let (models, kv_tokens) = profiles::about(&server.ask(&about).await?);
            snapshot.models = models;
            if kv_tokens.is_some() {
                snapshot.flow.set(Figure::KvTokens, kv_tokens);
            }
        }
    }
    if let Some(device) = server.device {
        ask_cards(live, server, device, &mut snapshot).await?;
    }
    snapshot.flow.derive(basis);
    if snapshot.flow.known().next().is_none() && snapshot.cards.as_ref().is_none_or(Vec::is_empty) {
        return Err(Diagnosis::NoData);
    }
    live.with_server(|kept| kept.polls += 1);
    Ok(snapshot)
}

/// Sums of every group; single cards of the groups in sight by what colours them; all fields of the
/// groups that need a closer look. Where groups have no name that can be asked for, everything.
async fn ask_cards(
    live: Live,
    server: &Server,
    device: &'static DeviceProfile,
    snapshot: &mut Snapshot,
) -> Result<(), Diagnosis> {
    let (names, prefix) = server.card_names(device);
    let labels = match &server.labels {
        Some(labels) => labels.clone(),
        None => {
            let got = server.ask(&labels_query(device, prefix, "")).await?;
            let labels = Labelling::read(device, &got);
            // A server without a sample is asked again.
            let told = Some(labels.clone()).filter(|l| *l != Labelling::default());
            live.with_server(|kept| kept.labels = told);
            labels
        }
    };
    if let Some(text) = labels.sums_query(device, &names, prefix, "") {
        let sums = labels.sums(&server.ask(&text).await?);
        if !sums.is_empty() {
            let focus = live.focus.try_get_untracked().flatten();
            let looked_at = focus.as_ref().map(CardKey::group);
            let full = live
                .read(|f| groups_in_full(&sums, f.sums(), &f.troubled(), looked_at, server.polls));
            let mut groups = match super::floor::in_sight(live) {
                Some(shown) if server.polls > 0 => shown,
                _ => sums.keys().cloned().collect(),
            };
            groups.extend(full.iter().cloned());
            groups.sort();
            groups.dedup();
            let shade = live.shade.try_get_untracked().unwrap_or_default();
            let always = [Field::Health, Field::Error, Field::Failed];
            let fields = super::floor::fields_of(shade).iter().chain(&always);
            snapshot.sight = Some(Sight {
                groups,
                full,
                fields: fields.copied().collect(),
            });
            snapshot.sums = Some(sums);
        }
    }
    let queries = |groups: &[String]| {
        let all = snapshot
            .sums
            .as_ref()
            .is_none_or(|s| s.len() <= groups.len());
        let selector = labels.selector(if all { &[] } else { groups }, "");
        labels.narrowed(device.queries(&names, prefix, &selector))
    };
    let asked: Vec<CardQuery> = match &snapshot.sight {
        None => queries(&[]),
        Some(sight) => {
            let basic = |q: &CardQuery| q.field.is_none_or(|f| sight.fields.contains(&f));
            let wide = queries(&sight.groups).into_iter().filter(basic);
            let close = queries(&sight.full).into_iter().filter(|q| !basic(q));
            wide.chain(close.filter(|_| !sight.full.is_empty()))
                .collect()
        }
    };
    let mut scrape = Scrape::at(snapshot.at_s);
    // One metric at a time: of a large factory even one is a large answer.
    for asked in asked {
        let got = server.ask(&asked.expression).await?;
        if asked.times {
            got.stamp(&mut scrape, asked.metric);
        } else {
            got.pour(&mut scrape, asked.metric);
        }
    }
    snapshot.cards = Some(platform::timed("live-cards", || {
        devices::cards(device, &scrape, DiePairing::Auto)
    }));
    Ok(())
}

/// A card's own past, from the server: what the shade shows, by time.
pub fn card_past(live: Live) {
    let (Some(key), shade) = (live.focus.get(), live.shade.get()) else {
        return live.past.set(None);
    };
    let length = live.range_s.get();
    let server = live.machine().borrow().server.clone();
    let Some((server, Some(device))) = server.map(|s| (s.clone(), s.device)) else {
        return;
    };
    leptos::task::spawn_local(async move {
        let field = super::floor::fields_of(shade).first().copied();
        let (names, prefix) = server.card_names(device);
        let text = server
            .labels
            .as_ref()
            .zip(field)
            .and_then(|(labels, field)| labels.history_query(device, &names, prefix, &key, field));
        let Some(text) = text else { return };
        let range = Range::last(length, platform::epoch_s(), SCRAPE_S);
        let request = query_range(&server.access.endpoint, &text, &range);
        // A request of its own: the next poll must not wait for it, nor end it.
        let got = answer(&server.access, &request, &Abort::default()).await;
        let Ok(Data::Matrix(series)) = got.map(|g| g.data) else {
            return;
        };
        let on_host = live.read(|f| f.cards().filter(|(k, _)| k.host == key.host).count());
        let dies = (series.len() / on_host.max(1)).max(1);
        let mine = series.iter().filter(|s| {
            let number = device
                .index
                .iter()
                .find_map(|l| s.labels.get(l).parse::<usize>().ok());
            number.is_some_and(|n| n / dies == key.index as usize)
        });
        let adds = matches!(field, Some(Field::Power | Field::MemoryUsed));
        let weight = if adds { 1.0 } else { 1.0 / dies as f64 };
        let mut points = std::collections::BTreeMap::<i64, f64>::new();
        for (at, value) in mine.flat_map(|s| &s.values) {
            *points.entry(*at as i64).or_default() += value * weight;
        }
        let points = points.into_iter().map(|(at, v)| (at as f64, v)).collect();
        live.past.try_set(Some((key, shade, points)));
    });
}

/// The history before the page was opened, where the server gives it; without it the view starts
/// empty.
async fn past(live: Live, server: &Server, engine: &EngineProfile, basis: &CostBasis) {
    let length = live.range_s.try_get_untracked().unwrap_or(3600.0);
    let range = Range::last(length, platform::epoch_s(), SCRAPE_S);
    let window = rate_window_s(SCRAPE_S, range.step_s);
    let text = parts(server, engine, window);
    let request = query_range(&server.access.endpoint, &text, &range);
    if let Ok(got) = answer(&server.access, &request, &server.abort).await {
        let mut moments = got.flows(range.step_s);
        for moment in &mut moments {
            moment.value.derive(basis);
        }
        live.factory
            .try_with_value(|f| f.borrow_mut().history_mut().load(moments));
    }
    live.with_server(|kept| kept.has_past = true);
}

/// Asks for the history again, for another range.
pub fn reload_past(live: Live) {
    live.with_server(|kept| kept.has_past = false);
}

/// Data is coming and not older than three polls.
pub fn is_fresh(live: Live) -> bool {
    let age = live.with(|f| f.at_s()).map(|at| live.now_s.get() - at);
    live.health.get() == Health::Good && age.is_some_and(|a| a < 3.0 * live.every_s.get() + 30.0)
}
