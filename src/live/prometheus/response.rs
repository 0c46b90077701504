//! What a server that speaks Prometheus' HTTP API answers.

use serde_json::{Map, Value};

use super::super::flow::{Figure, Flow};
use super::super::history::Moment;
use super::super::series::{Labels, Point, Scrape};
use super::diagnosis::Diagnosis;

/// Label values are text of strangers: longer ones are cut before they reach the screen.
const LONGEST_LABEL: usize = 200;

/// A good answer with what the server wanted to add.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The data.
    pub data: Data,
    /// Warnings and infos, to be shown.
    pub warnings: Vec<String>,
}

/// The data of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// One value per series.
    Vector(Vec<Instant>),
    /// Values over time per series.
    Matrix(Vec<Series>),
    /// One value without a series.
    Scalar(f64, f64),
    /// Names (label values).
    Names(Vec<String>),
    /// Something else, such as build information.
    Other(Value),
}

/// A series at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Instant {
    /// Its labels, with `__name__` where the server gives it.
    pub labels: Labels,
    /// When, seconds since 1970.
    pub at_s: f64,
    /// Its value; `None` = NaN, or a native histogram.
    pub value: Option<f64>,
}

/// A series over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its labels.
    pub labels: Labels,
    /// Times and values; NaN is left out: it is a gap.
    pub values: Vec<(f64, f64)>,
}

/// Reads an answer's body. `status` is the HTTP status, `content_type` its header ("" = none).
pub fn read(status: u16, content_type: &str, body: &str) -> Result<Answer, Diagnosis> {
    let start = body.trim_start();
    let html = content_type.contains("html") || start.starts_with('<');
    let envelope: Option<Map<String, Value>> = match serde_json::from_str(body) {
        Ok(Value::Object(fields)) if !html => Some(fields),
        _ => None,
    };
    let Some(mut envelope) = envelope.filter(|e| e.get("status").is_some_and(Value::is_string))
    else {
        return Err(Diagnosis::of_status(status, html, ""));
    };
    let word = |name| {
        envelope
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    if word("status") != "success" {
        // VictoriaMetrics writes the status as the type of the error.
        let by_kind = match word("errorType") {
            "bad_data" | "400" => 400,
            "execution" | "422" => 422,
            "timeout" | "unavailable" | "503" => 503,
            "not_found" | "404" => 404,
            _ => status,
        };
        return Err(Diagnosis::of_status(by_kind, false, &clip(word("error"))));
    }
    if !(200..300).contains(&status) {
        return Err(Diagnosis::of_status(status, false, &clip(word("error"))));
    }
    let data = envelope.remove("data").unwrap_or_default();
    let data = read_data(data).ok_or(Diagnosis::Malformed)?;
    let said = ["warnings", "infos"].map(|name| envelope.get(name).and_then(Value::as_array));
    let said = said.into_iter().flatten().flatten();
    Ok(Answer {
        data,
        warnings: said.filter_map(Value::as_str).map(clip).collect(),
    })
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(LONGEST_LABEL) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn read_data(data: Value) -> Option<Data> {
    match data {
        Value::Array(names) => {
            let name = |v: Value| match v {
                Value::String(name) => Some(name),
                _ => None,
            };
            names
                .into_iter()
                .map(name)
                .collect::<Option<_>>()
                .map(Data::Names)
        }
        Value::Object(mut map) => {
            let Some(kind) = map.remove("resultType") else {
                return Some(Data::Other(Value::Object(map)));
            };
            let result = map.remove("result")?;
            match (kind.as_str()?, result) {
                ("vector", Value::Array(items)) => items
                    .into_iter()
                    .map(instant)
                    .collect::<Option<_>>()
                    .map(Data::Vector),
                ("matrix", Value::Array(items)) => items
                    .into_iter()
                    .map(series)
                    .collect::<Option<_>>()
                    .map(Data::Matrix),
                ("scalar", pair) => {
                    let (at, value) = pair_of(&pair)?;
                    Some(Data::Scalar(at, value))
                }
                (_, result) => Some(Data::Other(result)),
            }
        }
        other => Some(Data::Other(other)),
    }
}

fn labels_of(metric: Option<&Value>) -> Option<Labels> {
    let map = match metric {
        Some(value) => value.as_object()?,
        None => return Some(Labels::default()),
    };
    let pairs = map
        .iter()
        .map(|(n, v)| Some((n.as_str(), clip(v.as_str()?))));
    pairs.collect::<Option<Vec<_>>>().map(Labels::new)
}

/// `[1795342483.284, "+Inf"]`; some servers write whole seconds.
fn pair_of(pair: &Value) -> Option<(f64, f64)> {
    let at = pair.get(0)?.as_f64()?;
    let value = crate::decimal::parse(pair.get(1)?.as_str()?)?;
    Some((at, value))
}

fn instant(item: Value) -> Option<Instant> {
    let labels = labels_of(item.get("metric"))?;
    let (at_s, value) = match item.get("value") {
        Some(pair) => pair_of(pair)?,
        // A native histogram has no single value.
        None => (item.get("histogram")?.get(0)?.as_f64()?, f64::NAN),
    };
    Some(Instant {
        labels,
        at_s,
        value: Some(value).filter(|v| !v.is_nan()),
    })
}

fn series(item: Value) -> Option<Series> {
    let labels = labels_of(item.get("metric"))?;
    let pairs = match item.get("values") {
        Some(Value::Array(pairs)) => pairs.as_slice(),
        Some(_) => return None,
        None => &[],
    };
    let values = pairs.iter().map(pair_of).collect::<Option<Vec<_>>>()?;
    let known = |(_, value): &(f64, f64)| !value.is_nan();
    Some(Series {
        labels,
        values: values.into_iter().filter(known).collect(),
    })
}

impl Answer {
    /// Names, where the answer is a list of them.
    pub fn names(&self) -> &[String] {
        match &self.data {
            Data::Names(names) => names,
            _ => &[],
        }
    }

    /// The figures of a query put together by [`super::request::together`], in reported units.
    pub fn flow(&self) -> Flow {
        let mut flow = Flow::default();
        if let Data::Vector(all) = &self.data {
            for instant in all {
                if let Some(figure) = Figure::from_id(instant.labels.get("figure")) {
                    flow.set_reported(figure, instant.value);
                }
            }
        }
        flow
    }

    /// When the server worked it out, seconds since 1970; `None` for an empty answer.
    pub fn at_s(&self) -> Option<f64> {
        match &self.data {
            Data::Vector(all) => all.first().map(|i| i.at_s),
            Data::Scalar(at_s, _) => Some(*at_s),
            _ => None,
        }
    }

    /// The figures over time of a range query put together by [`super::request::together`].
    /// Times at which nothing was known are left out: a gap.
    pub fn flows(&self, step_s: f64) -> Vec<Moment<Flow>> {
        let Data::Matrix(all) = &self.data else {
            return Vec::new();
        };
        let mut moments: Vec<Moment<Flow>> = Vec::new();
        let mut times: Vec<f64> = all
            .iter()
            .flat_map(|s| s.values.iter().map(|(at, _)| *at))
            .collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        moments.extend(times.iter().map(|at_s| Moment {
            at_s: *at_s,
            span_s: step_s,
            value: Flow::default(),
        }));
        for series in all {
            let Some(figure) = Figure::from_id(series.labels.get("figure")) else {
                continue;
            };
            for (at, value) in &series.values {
                let found = moments.binary_search_by(|m| m.at_s.total_cmp(at));
                if let Some(moment) = found.ok().and_then(|i| moments.get_mut(i)) {
                    moment.value.set_reported(figure, Some(*value));
                }
            }
        }
        moments
    }

    /// Puts the exporters' own sample times into a scrape: this is the answer to
    /// `timestamp(metric)`, which has the metric's labels and the times as values. Without them a
    /// card that died stays as it was for five minutes, since its exporter stamps its own times and
    /// the server sees no staleness.
    pub fn stamp(&self, scrape: &mut Scrape, metric: &str) {
        let Data::Vector(all) = &self.data else {
            return;
        };
        let times = all
            .iter()
            .filter_map(|i| Some((i.labels.without("__name__"), i.value?)));
        scrape.stamp(metric, &times.collect());
    }

    /// Series of one metric put into a scrape, for device profiles.
    pub fn pour(self, scrape: &mut Scrape, metric: &str) {
        let Data::Vector(all) = self.data else { return };
        for instant in all {
            let Some(value) = instant.value else { continue };
            let point = Point {
                labels: instant.labels.without("__name__"),
                value,
                timestamp_s: None,
            };
            scrape.push(metric, point);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ok(body: &str) -> Answer {
        read(200, "application/json", body).unwrap()
    }

    #[test]
    fn sample_times_come_from_a_query_of_their_own() {
        let vector = |value: &str| {
            format!(
                r#"{{"status":"success","data":{{"resultType":"vector","result":[
                {{"metric":{{"id":"0","node":"a"}},"value":[2000,"{value}"]}},
                {{"metric":{{"id":"1","node":"a"}},"value":[2000,"1900.25"]}}]}}}}"#
            )
        };
        let values = vector("350").replace("\"id\"", "\"__name__\":\"npu_chip_info_power\",\"id\"");
        let mut scrape = Scrape::at(2000.0);
        ok(&values).pour(&mut scrape, "npu_chip_info_power");
        ok(&vector("1999.5")).stamp(&mut scrape, "npu_chip_info_power");
        let times: Vec<_> = scrape
            .points("npu_chip_info_power")
            .iter()
            .map(|p| p.timestamp_s)
            .collect();
        assert_eq!(times, [Some(1999.5), Some(1900.25)]);
        ok(&vector("1")).stamp(&mut scrape, "nothing_of_the_kind");
    }

    #[test]
    fn reads_vectors_with_values_as_text() {
        let answer = ok(
            r#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"figure":"decode"},"value":[1795342483.284,"1e3"]},
            {"metric":{"figure":"ttft_p95"},"value":[1795342483,"1.5"]},
            {"metric":{"figure":"kv"},"value":[1795342483.284,"NaN"]},
            {"metric":{"figure":"running"},"value":[1795342483.284,"+Inf"]},
            {"metric":{"figure":"of_others"},"value":[1795342483.284,"1"]},
            {"metric":{"figure":"waiting"},"histogram":[1,{"count":"2","sum":"3","buckets":[[0,"0","1","2"]]}]}
        ]},"warnings":["slow"],"infos":["metric might not be a counter"]}"#,
        );
        let flow = answer.flow();
        let known: Vec<_> = flow.known().map(|(f, v)| (f.id(), v)).collect();
        assert_eq!(known, [("decode", 1000.0), ("ttft_p95", 1500.0)]);
        assert_eq!(answer.warnings, ["slow", "metric might not be a counter"]);
        assert_eq!(answer.at_s(), Some(1_795_342_483.284));
    }

    #[test]
    fn reads_matrices_with_gaps() {
        let answer = ok(
            r#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"figure":"decode"},"values":[[10,"1"],[20,"NaN"],[40,"3"]]},
            {"metric":{"figure":"kv"},"values":[[10,"0.5"]]}]}}"#,
        );
        let flows = answer.flows(10.0);
        let at: Vec<_> = flows.iter().map(|m| m.at_s).collect();
        assert_eq!(at, [10.0, 40.0]);
        assert_eq!(flows[0].value.get(Figure::KvUsed), Some(0.5));
        assert_eq!(flows[1].value.get(Figure::KvUsed), None);
        assert_eq!(flows[1].value.get(Figure::Decode), Some(3.0));
    }

    #[test]
    fn reads_names_scalars_and_what_servers_leave_empty() {
        let names = ok(r#"{"status":"success","data":["up","vllm:x"]}"#);
        assert_eq!(names.names(), ["up", "vllm:x"]);
        let scalar = ok(r#"{"status":"success","data":{"resultType":"scalar","result":[5,"2"]}}"#);
        assert_eq!(scalar.data, Data::Scalar(5.0, 2.0));
        let vm = ok(r#"{"status":"success","data":{}}"#);
        assert!(matches!(vm.data, Data::Other(_)));
        let empty = ok(r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#);
        assert_eq!((empty.flow(), empty.at_s()), (Flow::default(), None));
    }

    #[test]
    fn raw_series_become_a_scrape() {
        let answer = ok(
            r#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"__name__":"npu_chip_info_power","id":"3"},"value":[1,"245"]}]}}"#,
        );
        let mut scrape = Scrape::at(1.0);
        answer.pour(&mut scrape, "npu_chip_info_power");
        assert_eq!(
            scrape.points("npu_chip_info_power")[0].labels.get("id"),
            "3"
        );
    }

    #[test]
    fn says_what_went_wrong() {
        let error = |status, kind: &str, text: &str| {
            let body = format!(r#"{{"status":"error","errorType":"{kind}","error":"{text}"}}"#);
            read(status, "application/json", &body).unwrap_err()
        };
        assert_eq!(
            error(400, "bad_data", "parse error"),
            Diagnosis::BadQuery {
                message: "parse error".into()
            }
        );
        assert_eq!(
            error(200, "422", "too many"),
            Diagnosis::QueryTooHeavy {
                message: "too many".into()
            }
        );
        assert!(matches!(error(503, "timeout", ""), Diagnosis::Busy { .. }));
        assert_eq!(
            read(200, "text/html", "<html>"),
            Err(Diagnosis::Html { status: 200 })
        );
        assert_eq!(
            read(502, "", " <html>"),
            Err(Diagnosis::Html { status: 502 })
        );
        assert_eq!(
            read(401, "text/plain", "Unauthorized"),
            Err(Diagnosis::NotLoggedIn)
        );
        assert_eq!(
            read(403, "application/json", "{}"),
            Err(Diagnosis::NotAllowed)
        );
        assert_eq!(
            read(404, "text/plain", "404 page not found"),
            Err(Diagnosis::WrongPath)
        );
        assert_eq!(
            read(200, "application/json", "{\"status\":"),
            Err(Diagnosis::Malformed)
        );
        let odd = r#"{"status":"success","data":{"resultType":"vector","result":[{"value":[1]}]}}"#;
        assert_eq!(
            read(200, "application/json", odd),
            Err(Diagnosis::Malformed)
        );
    }

    proptest! {
        #[test]
        fn any_body_is_survived(status in 0u16..600, body in "(?s).{0,300}") {
            let _ = read(status, "", &body);
        }

        #[test]
        fn near_answers_are_survived(value in "[\\[\\]{}0-9\",a:]{0,24}") {
            let body = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":{value}}}]}}}}"#);
            let _ = read(200, "application/json", &body);
        }
    }
}
