//! The whole way of live data against a real Prometheus: exporter, server, queries, cards, factory.
//!
//! Runs where Debian's Prometheus is installed (`make tools`), says so where it is not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use token_factory::live::devices::{Card, DiePairing, Field, cards, device, devices_in};
use token_factory::live::flow::{CostBasis, Figure};
use token_factory::live::profiles::engines_in;
use token_factory::live::prometheus::endpoint::Endpoint;
use token_factory::live::prometheus::request::{self, Request};
use token_factory::live::prometheus::response::{self, Answer, Data};
use token_factory::live::series::Scrape;
use token_factory::live::sight::{Labelling, labels_query};
use token_factory::live::state::{CardStatus, Factory, Snapshot};

const PROMETHEUS: &str = "/usr/bin/prometheus";
const SCRAPE_S: u64 = 1;

/// Ends its process with the test, whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn http(address: &str, method: &str, path: &str, body: &str) -> Option<(u16, String, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .ok()?;
    let kind = "application/x-www-form-urlencoded";
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let kind = head
        .lines()
        .find_map(|l| l.strip_prefix("Content-Type: "))
        .unwrap_or("");
    Some((status, kind.to_owned(), body.to_owned()))
}

fn ask(endpoint: &Endpoint, request: &Request) -> Answer {
    let path = request.url.strip_prefix(&endpoint.base()).unwrap();
    let address = endpoint.base().trim_start_matches("http://").to_owned();
    let (method, body) = match &request.form {
        Some(form) => ("POST", form.as_str()),
        None => ("GET", ""),
    };
    let (status, kind, body) = http(&address, method, path, body).unwrap();
    response::read(status, &kind, &body).unwrap()
}

/// One poll as the page makes it.
fn poll(endpoint: &Endpoint, names: &[String]) -> Snapshot {
    let profile = device("npu-exporter").unwrap();
    let mut all = Scrape::at(0.0);
    let mut stamps = Vec::new();
    for query in profile.queries(names, "", "") {
        let answer = ask(endpoint, &request::query(endpoint, &query.expression));
        if query.times {
            stamps.push((query.metric, answer));
            continue;
        }
        all.at_s = answer.at_s().unwrap_or(all.at_s);
        answer.pour(&mut all, query.metric);
    }
    for (metric, answer) in stamps {
        answer.stamp(&mut all, metric);
    }
    let engine = engines_in(names)[0];
    let queries = engine.queries("", 5);
    let parts: Vec<(&str, String)> = queries.into_iter().map(|(f, q)| (f.id(), q)).collect();
    let answer = ask(
        endpoint,
        &request::query(endpoint, &request::together(&parts)),
    );
    Snapshot {
        at_s: all.at_s,
        flow: answer.flow(),
        cards: Some(cards(profile, &all, DiePairing::Auto)),
        ..Snapshot::default()
    }
}

/// Sums of every super-node, the cards of one, the past of a card, as the page asks for them.
fn parts_of_the_factory_are_asked_by_name(endpoint: &Endpoint, names: &[String]) {
    let profile = device("npu-exporter").unwrap();
    let instant = |text: &str| ask(endpoint, &request::query(endpoint, text));
    let labels = Labelling::read(profile, &instant(&labels_query(profile, "", "")));
    assert_eq!(
        (labels.group, labels.host),
        (Some("supernode"), Some("node"))
    );
    let sums = labels.sums_query(profile, names, "", "").unwrap();
    let sums = labels.sums(&instant(&sums));
    assert_eq!(sums.len(), 4);
    for (name, sum) in &sums {
        assert_eq!((sum.devices, sum.bad), (768.0, 0.0), "{name}");
        assert!(sum.power_w.unwrap() > 384.0 * 100.0, "{name}");
        let busy = sum.utilisation.unwrap();
        assert!(busy > 0.0 && busy <= 1.0, "{name}: {busy}");
        assert!(sum.hottest_c.unwrap() > 30.0 && sum.clock_mhz.unwrap() > 1000.0);
    }
    let one = labels.selector(&["sn-2".to_owned()], "");
    let mut scrape = Scrape::at(0.0);
    for query in labels.narrowed(profile.queries(names, "", &one)) {
        let answer = instant(&query.expression);
        if query.times {
            answer.stamp(&mut scrape, query.metric);
        } else {
            answer.pour(&mut scrape, query.metric);
        }
    }
    let found = cards(profile, &scrape, DiePairing::Auto);
    assert_eq!(found.len(), 384);
    let whole = |c: &Card| c.key.group() == "sn-2" && c.reading.sample_at_s.is_some();
    assert!(found.iter().all(whole));
    let key = &found[0].key;
    let past = labels.history_query(profile, names, "", key, Field::Power);
    let past = instant(&past.unwrap());
    assert!(
        matches!(&past.data, Data::Vector(all) if all.len() == 16),
        "{past:?}"
    );
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn a_card_that_dies_is_silent_within_two_polls_though_its_series_stay() {
    if !Path::new(PROMETHEUS).exists() {
        eprintln!("no {PROMETHEUS}: nothing tried");
        return;
    }
    let mut exporter = Command::new(env!("CARGO_BIN_EXE_tfp"))
        .args(["factory", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(exporter.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let _exporter = Running(exporter);
    let factory_at = line
        .split("http://")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap();

    let folder = std::env::temp_dir().join(format!("token-factory-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let config = folder.join("prometheus.yml");
    let text = format!(
        "global: {{scrape_interval: {SCRAPE_S}s, scrape_timeout: {SCRAPE_S}s}}\n\
         scrape_configs:\n- job_name: factory\n  http_sd_configs:\n  - url: http://{factory_at}/targets\n"
    );
    std::fs::write(&config, text).unwrap();
    let port = free_port();
    let _server = Running(
        Command::new(PROMETHEUS)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.join("data").display()
            ))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--log.level=error"])
            .spawn()
            .unwrap(),
    );
    let (endpoint, _) = Endpoint::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    let address = format!("127.0.0.1:{port}");

    // Until all is scraped twice: rates need it.
    let mut names: Vec<String> = Vec::new();
    for _ in 0..120 {
        std::thread::sleep(Duration::from_millis(500));
        let ready = http(&address, "GET", "/-/ready", "").is_some_and(|(status, ..)| status == 200);
        if !ready {
            continue;
        }
        let count = ask(
            &endpoint,
            &request::query(&endpoint, "count(npu_chip_info_power) == 3072"),
        );
        let rate = ask(
            &endpoint,
            &request::query(&endpoint, "sum(rate(vllm:generation_tokens_total[5s])) > 0"),
        );
        if count.at_s().is_some() && rate.at_s().is_some() {
            names = ask(&endpoint, &request::metric_names(&endpoint))
                .names()
                .to_vec();
            break;
        }
    }
    assert_eq!(engines_in(&names)[0].id, "vllm");
    assert_eq!(devices_in(&names)[0].id, "npu-exporter");

    parts_of_the_factory_are_asked_by_name(&endpoint, &names);
    let basis = CostBasis::default();
    let interval_s = SCRAPE_S as f64;
    let mut factory = Factory::default();
    let first = poll(&endpoint, &names);
    assert_eq!(
        first.cards.as_ref().map(Vec::len),
        Some(1536),
        "dies are paired into cards"
    );
    assert!(
        first
            .cards
            .iter()
            .flatten()
            .all(|c| c.reading.sample_at_s.is_some())
    );
    factory.apply(first, interval_s, &basis);
    for figure in [
        Figure::Decode,
        Figure::Prefill,
        Figure::Requests,
        Figure::Running,
        Figure::TtftP95,
        Figure::KvUsed,
    ] {
        assert!(factory.flow().get(figure).is_some(), "{figure:?}");
    }
    assert!(factory.flow().get(Figure::CardPower).unwrap() > 1536.0 * 100.0);
    let silent = |f: &Factory| -> Vec<String> {
        f.with_status(CardStatus::Silent)
            .map(|(key, _)| key.name())
            .collect()
    };
    assert_eq!(silent(&factory), Vec::<String>::new());

    let (status, ..) = http(factory_at, "POST", "/fault?set=dead:sn-2-node-01/3", "").unwrap();
    assert_eq!(status, 200);
    // Two polls of two scrapes each: the page polls no faster than the server scrapes.
    let mut found = Vec::new();
    for _ in 0..2 {
        std::thread::sleep(Duration::from_secs(2 * SCRAPE_S));
        let snapshot = poll(&endpoint, &names);
        // Its series are still there: only its own times tell.
        assert_eq!(snapshot.cards.as_ref().map(Vec::len), Some(1536));
        factory.apply(snapshot, interval_s, &basis);
        found = silent(&factory);
    }
    assert_eq!(found, ["sn-2-node-01/3"]);
    let _ = std::fs::remove_dir_all(&folder);
}
