//! `tfp factory`: the simulated factory as something to scrape, for demonstrations and tests.
//!
//! A simple HTTP/1.1 server on the loopback interface. What it serves is made up and says so.

mod http;

use std::io::{BufReader, ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use self::http::{Request, Response, read_request, write_response};
use super::evaluate;
use super::{Arguments, BAD_INPUT, Command, DONE, Failure, Output};
use crate::catalogue::Catalogue;
use crate::live::compare::{at_same_load, cost_basis};
use crate::live::flow::{Figure, Flow};
use crate::live::simulated::{BadFault, FaultAt, FaultChange, SimPlan, Simulation, target_text};
use crate::money::Day;
use crate::planner;

pub(super) const COMMAND: Command = Command {
    name: "factory",
    usage: "[--listen 127.0.0.1:PORT] [--link LINK] [--seed N] [--speed X] [--fault KIND@TIME]…",
    about: "Serve a simulated factory's metrics to Prometheus, with faults to inject",
    run,
};

const ADDRESS: &str = "127.0.0.1:9400";
/// Bytes of a refused request that are read to its end.
const LONGEST_REST: u64 = 1_000_000;
/// A client that says nothing for so long is let go.
const PATIENCE: Duration = Duration::from_secs(15);

/// What to serve.
#[derive(Debug)]
struct Settings {
    listen: SocketAddr,
    plan: SimPlan,
    seed: u64,
    /// Simulated seconds in a real one.
    speed: f64,
    faults: Vec<FaultAt>,
}

fn run(arguments: &mut Arguments, output: &mut Output<'_>) -> Result<u8, Failure> {
    let settings = settings(arguments)?;
    arguments.end()?;
    let listener = TcpListener::bind(settings.listen).map_err(|error| {
        Failure::new(
            format!("cannot listen on {}: {error}", settings.listen),
            "give a free port with --listen 127.0.0.1:PORT (0 = any)",
        )
    })?;
    let address = listener.local_addr()?;
    let factory = Arc::new(Factory::start(settings));
    {
        let simulation = factory.simulation();
        writeln!(
            output.out,
            "simulated factory on http://{address}/: {} targets at /targets, faults by POST /fault?set=KIND",
            simulation.targets().len()
        )?;
        output.out.flush()?;
    }
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                let factory = Arc::clone(&factory);
                // One client must not hold up the others; a thread that fails takes only its own down.
                let started = std::thread::Builder::new()
                    .name("client".into())
                    .spawn(move || factory.serve(&stream));
                if let Err(error) = started {
                    writeln!(output.err, "tfp: cannot serve a client: {error}")?;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                writeln!(output.err, "tfp: cannot accept a client: {error}")?;
                return Ok(BAD_INPUT);
            }
        }
    }
    Ok(DONE)
}

fn settings(arguments: &mut Arguments) -> Result<Settings, Failure> {
    let text = arguments.value("listen").unwrap_or_else(|| ADDRESS.into());
    let listen: SocketAddr = text.parse().map_err(|_| {
        Failure::new(
            format!("--listen {text}: no address"),
            "give an address and a port, e.g. --listen 127.0.0.1:9400",
        )
    })?;
    if !listen.ip().is_loopback() {
        return Err(Failure::new(
            format!("--listen {text}: not a loopback address"),
            "the simulated factory serves this machine only: use 127.0.0.1 or [::1]",
        ));
    }
    let seed = match arguments.value("seed") {
        None => 1,
        Some(text) => text.parse().map_err(|_| {
            Failure::new(
                format!("--seed {text}: no whole number"),
                "give a whole number from 0 on",
            )
        })?,
    };
    let speed = match arguments.value("speed") {
        None => 1.0,
        Some(text) => match text.parse::<f64>() {
            Ok(speed) if (0.01..=3600.0).contains(&speed) => speed,
            _ => {
                return Err(Failure::new(
                    format!("--speed {text}: out of range"),
                    "give simulated seconds in a real one, 0.01 to 3600",
                ));
            }
        },
    };
    let mut faults = Vec::new();
    while let Some(text) = arguments.value("fault") {
        faults.push(FaultAt::parse(&text).map_err(fault_failure)?);
    }
    let plan = match arguments.value("link") {
        None => SimPlan::default(),
        Some(text) => planned(&text)?,
    };
    let nodes = (plan.super_nodes, plan.cards_each);
    if let Some(fault) = faults.iter().find(|f| !f.change.fits(nodes.0, nodes.1)) {
        return Err(beyond(&fault.change, nodes));
    }
    Ok(Settings {
        listen,
        plan,
        seed,
        speed,
        faults,
    })
}

fn fault_failure(error: BadFault) -> Failure {
    Failure::new(
        error.to_string(),
        "e.g. --fault dead:sn-1/3@60, throttle:sn-2@2m, spike@0, kv-full@30s",
    )
}

fn beyond(change: &FaultChange, (nodes, cards): (u32, u32)) -> Failure {
    Failure::new(
        format!("fault {change}: the factory has no such card or super-node"),
        format!("there are sn-1 to sn-{nodes} with cards 1 to {cards}"),
    )
}

/// The factory that a link plans.
fn planned(text: &str) -> Result<SimPlan, Failure> {
    let given = evaluate::read(text)?;
    let catalogue = Catalogue::embedded();
    let scenario = &given.state.scenario;
    let evaluation = planner::evaluate(scenario, catalogue);
    if !evaluation.fits {
        return Err(Failure::new(
            "--link: the scenario cannot be served, so there is no factory to simulate",
            "see tfp evaluate LINK for the reason",
        ));
    }
    let basis = cost_basis(scenario, &evaluation, catalogue);
    let workload = &scenario.workload;
    let hours = Day::new(&workload.load_curve, workload.mean_load)
        .map(|day| day.wanted)
        .unwrap_or([workload.mean_load; 24]);
    let at = |rate| {
        let mut flow = Flow::default();
        flow.set(Figure::Requests, Some(rate));
        let less = at_same_load(scenario, &evaluation, &flow)?;
        Some(planner::evaluate(&less, catalogue))
    };
    let meter = basis.meter_per_chip_watt;
    Ok(SimPlan::from_plan(scenario, &evaluation, hours, meter).with_latency_of(at))
}

/// The simulation and its clock.
struct Factory {
    simulation: Mutex<Simulation>,
    started_s: f64,
    speed: f64,
    faults: Vec<FaultAt>,
}

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "native only: the exporter's clock"
)]
fn now_s() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |d| d.as_secs_f64())
}

impl Factory {
    fn start(settings: Settings) -> Self {
        let started_s = now_s();
        // Half an hour before now, so that counters and queues are those of a factory at work.
        let mut simulation = Simulation::new(settings.plan, settings.seed, started_s - 1800.0);
        simulation.advance(started_s);
        Self {
            simulation: Mutex::new(simulation),
            started_s,
            speed: settings.speed,
            faults: settings.faults,
        }
    }

    /// The simulation as it is now.
    fn simulation(&self) -> MutexGuard<'_, Simulation> {
        // A client's thread that failed cannot have left half a step: steps do not fail.
        let mut simulation = self
            .simulation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let real = (now_s() - self.started_s).max(0.0);
        let last = simulation.at_s() - self.started_s;
        for fault in &self.faults {
            // Faults come at their time, not at the first scrape after it.
            if fault.at_s > last / self.speed && fault.at_s <= real
                || fault.at_s == 0.0 && last <= 0.0
            {
                simulation.advance(self.started_s + fault.at_s * self.speed);
                fault.change.apply(&mut simulation.faults);
            }
        }
        simulation.advance(self.started_s + real * self.speed);
        // At another speed the stamps are real all the same, or a server would refuse them.
        simulation.stamp_s = Some(now_s());
        simulation
    }

    fn serve(&self, stream: &TcpStream) {
        let _ = stream.set_read_timeout(Some(PATIENCE));
        let _ = stream.set_write_timeout(Some(PATIENCE));
        let _ = stream.set_nodelay(true);
        let mut reader = BufReader::new(stream);
        // Until the client goes: Prometheus keeps its connections.
        while let Some(request) = read_request(&mut reader) {
            let (response, close) = match request {
                Ok(request) => {
                    let mut response = self.answer(&request);
                    response.head = request.method == "HEAD";
                    (response, request.close)
                }
                Err(response) => (response, true),
            };
            if write_response(stream, &response, close).is_err() {
                return;
            }
            if close {
                // What is left unread would reset the connection before the answer arrives.
                let _ = stream.shutdown(std::net::Shutdown::Write);
                let _ = std::io::copy(&mut reader.take(LONGEST_REST), &mut std::io::sink());
                return;
            }
        }
    }

    fn answer(&self, request: &Request) -> Response {
        let path = request.path.as_str();
        match (request.method.as_str(), path) {
            ("GET" | "HEAD", "/") => Response::text(200, HELP.into()),
            ("GET" | "HEAD", "/targets") => Response::json(200, self.targets(&request.host)),
            ("GET" | "HEAD", "/fault") => Response::json(200, self.state()),
            ("POST", "/fault") => self.change(&request.query),
            ("GET" | "HEAD", _) => match target_text(&self.simulation(), path) {
                Some(text) => Response {
                    kind: "text/plain; version=0.0.4; charset=utf-8",
                    ..Response::text(200, text)
                },
                None => Response::text(404, "no such target; see /targets\n".into()),
            },
            ("POST", _) => Response::text(404, "only /fault takes a POST\n".into()),
            _ => Response::text(405, "GET, HEAD and POST only\n".into()),
        }
    }

    /// Targets for Prometheus' HTTP service discovery.
    fn targets(&self, host: &str) -> serde_json::Value {
        let targets = self.simulation().targets();
        let groups = targets.into_iter().map(|target| {
            let mut labels: serde_json::Map<String, serde_json::Value> = target
                .labels
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            labels.insert("__metrics_path__".into(), target.path.into());
            labels.insert("job".into(), target.job.into());
            serde_json::json!({ "targets": [host], "labels": labels })
        });
        groups.collect()
    }

    fn state(&self) -> serde_json::Value {
        let simulation = self.simulation();
        let names: Vec<String> = simulation
            .faults
            .list()
            .iter()
            .map(ToString::to_string)
            .collect();
        serde_json::json!({
            "at_s": simulation.at_s(),
            "load": simulation.load(),
            "faults": names,
        })
    }

    /// `set=KIND`, `clear=KIND` or `clear=all`, as often as wanted.
    fn change(&self, query: &str) -> Response {
        let mut changes = Vec::new();
        for pair in query.split('&').filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = value.replace("%2F", "/").replace("%3A", ":");
            let change = match name {
                "set" => FaultChange::parse(&value),
                "clear" => FaultChange::parse_clear(&value),
                _ => {
                    return Response::text(
                        400,
                        format!("\"{name}\" is not known: set=KIND or clear=KIND\n"),
                    );
                }
            };
            match change {
                Ok(change) => changes.push(change),
                Err(error) => return Response::text(400, format!("{error}\n")),
            }
        }
        if changes.is_empty() {
            return Response::text(
                400,
                "say what: /fault?set=KIND or /fault?clear=KIND\n".into(),
            );
        }
        {
            let mut simulation = self.simulation();
            let nodes = (simulation.plan().super_nodes, simulation.plan().cards_each);
            if let Some(change) = changes.iter().find(|c| !c.fits(nodes.0, nodes.1)) {
                let failure = beyond(change, nodes);
                return Response::text(400, format!("{}\n{}\n", failure.message, failure.advice));
            }
            for change in changes {
                change.apply(&mut simulation.faults);
            }
        }
        Response::json(200, self.state())
    }
}

const HELP: &str = "Simulated factory (made up, not measured).
GET  /targets             targets for Prometheus' http_sd_configs
GET  /metrics             all engines
GET  /sn-1/decode/metrics one target
GET  /npu/sn-1            all cards of a super-node
GET  /fault               faults now
POST /fault?set=KIND      dead:sn-1/3, sick:sn-1/3, throttle:sn-2, spike, kv-full
POST /fault?clear=KIND    one of them, or all
";

#[cfg(test)]
mod tests;
