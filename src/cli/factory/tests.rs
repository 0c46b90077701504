//! The exporter as a real client sees it, and its arguments.

use std::io::Write;

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
