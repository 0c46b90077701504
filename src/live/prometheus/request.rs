//! What to ask a server that speaks Prometheus' HTTP API.

use super::endpoint::Endpoint;

/// Points asked of a range at most; a chart has no more pixels.
pub const WANTED_POINTS: f64 = 600.0;
/// Points that Prometheus gives at most for one series.
pub const MOST_POINTS: f64 = 11_000.0;

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whole address.
    pub url: String,
    /// Body of a POST form (`application/x-www-form-urlencoded`); `None` = GET. A form needs no
    /// preflight in browsers and has no limit of length.
    pub form: Option<String>,
}

/// A stretch of time with its step, aligned so that polls ask for the same points again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// First point, seconds since 1970.
    pub start_s: f64,
    /// Last point.
    pub end_s: f64,
    /// Seconds between points.
    pub step_s: f64,
}

impl Range {
    /// The last `length_s` seconds before `now_s`, with a step of at least the scrape interval.
    pub fn last(length_s: f64, now_s: f64, scrape_s: f64) -> Self {
        let step_s = scrape_s.max((length_s / WANTED_POINTS).ceil()).max(1.0);
        let step_s = step_s.max((length_s / (MOST_POINTS - 1.0)).ceil()).ceil();
        let end_s = (now_s / step_s).floor() * step_s;
        let start_s = ((now_s - length_s) / step_s).ceil() * step_s;
        Self {
            start_s: start_s.min(end_s),
            end_s,
            step_s,
        }
    }

    /// Points from start to end.
    pub fn points(&self) -> usize {
        ((self.end_s - self.start_s) / self.step_s).round() as usize + 1
    }
}

/// Window for rates: four scrapes, at least a minute, and at least the step of a range (or samples
/// between two points would not count).
pub fn rate_window_s(scrape_s: f64, step_s: f64) -> u32 {
    (4.0 * scrape_s).max(60.0).max(step_s).ceil() as u32
}

/// An instant query.
pub fn query(endpoint: &Endpoint, expression: &str) -> Request {
    Request {
        url: endpoint.url("/api/v1/query"),
        form: Some(form(&[("query", expression)])),
    }
}

/// A range query.
pub fn query_range(endpoint: &Endpoint, expression: &str, range: &Range) -> Request {
    let (start, end) = (range.start_s.to_string(), range.end_s.to_string());
    let step = range.step_s.to_string();
    Request {
        url: endpoint.url("/api/v1/query_range"),
        form: Some(form(&[
            ("query", expression),
            ("start", &start),
            ("end", &end),
            ("step", &step),
        ])),
    }
}

/// Names of the metrics that profiles know, as the server has them now.
pub fn metric_names(endpoint: &Endpoint) -> Request {
    const KNOWN: &str = r#"{__name__=~"vllm:.+|sglang:.+|trtllm[_:].+|nv_trt_llm_.+|nv_inference_request_.+|dynamo_.+|llm_d_epp_.+|inference_.+|ray_vllm.+|npu_chip_info_.+|machine_.+_nums|DCGM_FI_.+|.*gpu_(gfx_activity|used_vram|total_vram|free_vram|package_power|average_package_power|power_usage|junction_temperature|health)|npu_cache_usage_perc|avg_generation_throughput_toks_per_s|kube_node_status_allocatable|up"}"#;
    let url = endpoint.url("/api/v1/label/__name__/values");
    Request {
        url: format!("{url}?{}", form(&[("match[]", KNOWN)])),
        form: None,
    }
}

/// Version of the server; not every server has it.
pub fn build_info(endpoint: &Endpoint) -> Request {
    Request {
        url: endpoint.url("/api/v1/status/buildinfo"),
        form: None,
    }
}

/// Several expressions in one query: each answers under its name in the label `figure`.
pub fn together(parts: &[(&str, String)]) -> String {
    let named = parts.iter().map(|(name, expression)| {
        format!(r#"label_replace({expression},"figure","{name}","","")"#)
    });
    named.collect::<Vec<_>>().join(" or ")
}

/// Form encoding (WHATWG URL, `application/x-www-form-urlencoded`).
pub fn form(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        encode(name, &mut out);
        out.push('=');
        encode(value, &mut out);
    }
    out
}

fn encode(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                let digit = |nibble: u8| char::from(HEX[usize::from(nibble)]);
                out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_are_encoded() {
        let text = form(&[("query", "sum(rate(a{b=\"c d\"}[1m]))"), ("é", "+&=")]);
        assert_eq!(
            text,
            "query=sum%28rate%28a%7Bb%3D%22c+d%22%7D%5B1m%5D%29%29&%C3%A9=%2B%26%3D"
        );
    }

    #[test]
    fn expressions_are_asked_together_under_their_names() {
        let text = together(&[("a", "sum(x)".into()), ("b", "sum(y) or sum(z)".into())]);
        assert_eq!(
            text,
            r#"label_replace(sum(x),"figure","a","","") or label_replace(sum(y) or sum(z),"figure","b","","")"#
        );
    }

    #[test]
    fn ranges_of_the_view() {
        let quarter = Range::last(900.0, 1_000_000_007.0, 15.0);
        assert_eq!((quarter.step_s, quarter.end_s), (15.0, 1_000_000_005.0));
        assert_eq!(quarter.points(), 60);
        let week = Range::last(7.0 * 86_400.0, 1_000_000_007.0, 15.0);
        assert_eq!(week.step_s, 1008.0);
        assert_eq!(rate_window_s(15.0, quarter.step_s), 60);
        assert_eq!(rate_window_s(30.0, 30.0), 120);
        assert_eq!(rate_window_s(15.0, week.step_s), 1008);
    }

    proptest! {
        #[test]
        fn ranges_are_aligned_and_within_the_servers_limit(
            length in 1.0..3e8f64, now in 1e9..2e9f64, scrape in 0.1..300.0f64,
        ) {
            let range = Range::last(length, now, scrape);
            prop_assert!(range.step_s >= scrape && range.step_s >= length / WANTED_POINTS);
            prop_assert!((range.end_s - range.start_s) / range.step_s <= MOST_POINTS);
            prop_assert!(range.end_s <= now && range.start_s <= range.end_s);
            prop_assert_eq!(range.end_s % range.step_s, 0.0);
        }
    }
}
