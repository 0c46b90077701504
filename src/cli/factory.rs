//! `tfp factory`: the simulated factory as something to scrape, for demonstrations and tests.
//!
//! A simple HTTP/1.1 server on the loopback interface. What it serves is made up and says so.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::evaluate;
use super::{Arguments, BAD_INPUT, Command, DONE, Failure, Output};
use crate::catalogue::Catalogue;
use crate::live::compare::cost_basis;
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
/// Longest request head and body that is read, bytes.
const LONGEST_HEAD: u64 = 16_384;
const LONGEST_BODY: usize = 4096;
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
    Ok(SimPlan::from_plan(
        scenario,
        &evaluation,
        hours,
        basis.meter_per_chip_watt,
    ))
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

struct Request {
    method: String,
    path: String,
    query: String,
    host: String,
    close: bool,
}

#[derive(Debug)]
struct Response {
    code: u16,
    kind: &'static str,
    body: String,
    head: bool,
}

impl Response {
    fn text(code: u16, body: String) -> Self {
        Self {
            code,
            kind: "text/plain; charset=utf-8",
            body,
            head: false,
        }
    }

    fn json(code: u16, value: serde_json::Value) -> Self {
        Self {
            kind: "application/json",
            ..Self::text(code, format!("{value}\n"))
        }
    }
}

/// The next request; `None` when the client has gone.
fn read_request(reader: &mut impl BufRead) -> Option<Result<Request, Response>> {
    let mut head = reader.take(LONGEST_HEAD);
    let mut line = String::new();
    if head.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let bad = |why: &str| Some(Err(Response::text(400, format!("{why}\n"))));
    let mut words = line.split_ascii_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next())
    else {
        return bad("no HTTP request");
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        host: ADDRESS.into(),
        close: version == "HTTP/1.0",
    };
    let mut length = 0;
    loop {
        let mut line = String::new();
        if head.read_line(&mut line).ok()? == 0 {
            return bad("the head of the request is too long");
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "host" => value.clone_into(&mut request.host),
            "connection" if value.eq_ignore_ascii_case("close") => request.close = true,
            "content-length" => match value.parse::<usize>() {
                Ok(n) if n <= LONGEST_BODY => length = n,
                _ => return bad("the body of the request is too long"),
            },
            "transfer-encoding" => return bad("send the body with a Content-Length"),
            _ => {}
        }
    }
    let reader = head.into_inner();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Ok(request))
}

fn write_response(mut stream: &TcpStream, response: &Response, close: bool) -> std::io::Result<()> {
    let reason = match response.code {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        _ => "Method Not Allowed",
    };
    let connection = if close { "close" } else { "keep-alive" };
    let mut out = format!(
        "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n",
        response.code,
        response.kind,
        response.body.len()
    );
    if !response.head {
        out.push_str(&response.body);
    }
    stream.write_all(out.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tests::tfp;
    use crate::live::exposition::Exposition;

    fn small(faults: &[&str]) -> Arc<Factory> {
        let plan = SimPlan {
            super_nodes: 2,
            cards_each: 16,
            spares_each: 0,
            decode_cards_each: 8,
            prefill_instance_cards: 8,
            ..SimPlan::default()
        };
        Arc::new(Factory::start(Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            plan,
            seed: 4,
            speed: 1.0,
            faults: faults.iter().map(|f| FaultAt::parse(f).unwrap()).collect(),
        }))
    }

    /// What a real client gets for these requests on one connection.
    fn ask(factory: &Arc<Factory>, requests: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        let own = Arc::clone(factory);
        let server = std::thread::spawn(move || own.serve(&stream));
        client.write_all(requests.as_bytes()).unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        server.join().unwrap();
        text
    }

    fn get(factory: &Arc<Factory>, path: &str) -> (String, String) {
        let text = ask(
            factory,
            &format!("GET {path} HTTP/1.1\r\nHost: here:1\r\n\r\n"),
        );
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let length = head
            .lines()
            .find_map(|l| l.strip_prefix("Content-Length: "))
            .unwrap();
        assert_eq!(length.parse::<usize>().unwrap(), body.len());
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    #[test]
    fn targets_can_be_scraped() {
        let factory = small(&[]);
        let (_, targets) = get(&factory, "/targets");
        let targets: serde_json::Value = serde_json::from_str(&targets).unwrap();
        let targets = targets.as_array().unwrap();
        assert_eq!(targets.len(), 2 * (2 + 2));
        for target in targets {
            assert_eq!(target["targets"][0], "here:1");
            let path = target["labels"]["__metrics_path__"].as_str().unwrap();
            let (status, text) = get(&factory, path);
            assert_eq!(status, "HTTP/1.1 200 OK", "{path}");
            let all = Exposition::parse(&text);
            assert_eq!(all.bad_count, 0);
            assert!(all.samples.len() > 20, "{path}");
        }
        let (_, text) = get(&factory, "/npu/sn-2");
        let all = Exposition::parse(&text);
        assert_eq!(all.bad_count, 0, "{:?}", all.bad);
        let power = all
            .samples
            .iter()
            .filter(|s| s.name == "npu_chip_info_power");
        assert_eq!(power.clone().count(), 32);
        for sample in power {
            assert_eq!(sample.labels.get("supernode").unwrap(), "sn-2");
            // Stamped by the exporter itself, as the real one does.
            assert!((sample.timestamp_s.unwrap() - now_s()).abs() < 30.0);
        }
    }

    #[test]
    fn faults_come_and_go_while_it_runs() {
        let factory = small(&["dead:sn-1/1@0"]);
        let dies = |factory: &Arc<Factory>| {
            let (_, text) = get(factory, "/npu/sn-1");
            text.lines()
                .filter(|l| l.starts_with("npu_chip_info_power"))
                .count()
        };
        assert_eq!(dies(&factory), 30);
        let post = |query: &str| {
            let host = "Host: x\r\nContent-Length: 2\r\n\r\n{}";
            ask(&factory, &format!("POST /fault?{query} HTTP/1.1\r\n{host}"))
        };
        let text = post("set=dead%3Asn-1%2F2&clear=dead:sn-1/1&set=spike");
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        assert!(
            text.contains(r#""faults":["dead:sn-1-node-01/1","spike"]"#),
            "{text}"
        );
        assert_eq!(dies(&factory), 30);
        assert!(post("clear=all").contains(r#""faults":[]"#));
        assert_eq!(dies(&factory), 32);
        assert!(post("set=fire").contains("400 Bad Request"));
        assert!(post("set=dead:sn-3/1").contains("there are sn-1 to sn-2"));
        assert!(post("").contains("say what"));
    }

    #[test]
    fn http_is_spoken_well_enough() {
        let factory = small(&[]);
        let two = ask(
            &factory,
            "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\nHEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        );
        assert_eq!(two.matches("HTTP/1.1 ").count(), 2);
        assert!(two.contains("404 Not Found") && two.ends_with("Connection: close\r\n\r\n"));
        for (request, code) in [
            ("nonsense\r\n\r\n", "400"),
            ("DELETE / HTTP/1.1\r\n\r\n", "405"),
            ("POST /metrics HTTP/1.1\r\n\r\n", "404"),
            (
                "POST /fault HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
                "400",
            ),
        ] {
            assert!(
                ask(&factory, request).starts_with(&format!("HTTP/1.1 {code}")),
                "{request}"
            );
        }
        let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(20_000));
        assert!(ask(&factory, &long).starts_with("HTTP/1.1 400"));
        assert_eq!(ask(&factory, ""), "");
    }

    #[test]
    fn bad_arguments_say_what_is_allowed() {
        for (args, part) in [
            (&["--listen", "0.0.0.0:1"][..], "not a loopback address"),
            (&["--listen", "here"], "no address"),
            (&["--seed", "-1"], "whole number"),
            (&["--speed", "0"], "0.01 to 3600"),
            (&["--fault", "fire@3"], "there are dead:sn-1/17"),
            (&["--fault", "spike@x"], "no time"),
            (&["--fault", "dead:sn-9/1@0"], "sn-1 to sn-4"),
            (&["--link", "hello"], "hello"),
            (&["more"], "\"more\" is not expected"),
        ] {
            let args: Vec<&str> = ["factory"].iter().chain(args).copied().collect();
            let (code, _, err) = tfp(&args);
            assert_eq!(code, BAD_INPUT, "{args:?}");
            assert!(err.contains(part), "{args:?}: {err}");
        }
    }

    #[test]
    fn a_link_makes_the_factory_that_it_plans() {
        let plan = planned("#v=1&pods=2").unwrap();
        assert_eq!(
            (plan.super_nodes, plan.cards_each, plan.dies_per_card),
            (2, 384, 2)
        );
        assert!(plan.requests_per_s > 1.0);
        let factory = Arc::new(Factory::start(Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            plan,
            seed: 1,
            speed: 60.0,
            faults: Vec::new(),
        }));
        let (_, text) = get(&factory, "/engines");
        assert!(text.contains("model_name=\"deepseek-ai/DeepSeek-R1\""));
        let (_, state) = get(&factory, "/fault");
        assert!(state.contains("\"load\":0."));
    }
}
