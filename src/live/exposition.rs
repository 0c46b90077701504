//! The text that engines and exporters serve on `/metrics`: one sample a line.
//!
//! Reads the Prometheus text format 0.0.4 and what is common of OpenMetrics 1.0. A line that cannot
//! be read is reported with its number and skipped; the others still count. Nothing is copied: a
//! sample borrows from the text, its labels are walked when asked for.

use std::borrow::Cow;

/// Bad lines kept with their reason; the rest are only counted.
const BAD_LINES_KEPT: usize = 20;

/// What a metric counts, from its `# TYPE` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, but for restarts.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Cumulative buckets with sum and count.
    Histogram,
    /// Ready-made quantiles.
    Summary,
    /// Anything else.
    Untyped,
}

/// One sample line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a> {
    /// Name of the series, e.g. `vllm:num_requests_running`.
    pub name: &'a str,
    /// Its labels, not yet taken apart.
    pub labels: LabelText<'a>,
    /// Its value; may be NaN or infinite.
    pub value: f64,
    /// The exporter's own time, seconds since 1970; most exporters leave it out.
    pub timestamp_s: Option<f64>,
}

/// The text between the braces of a sample; checked when the line was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelText<'a>(&'a str);

impl<'a> LabelText<'a> {
    /// Names and values in the order written, escapes resolved.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            loop {
                let (part, after) = next_label(rest).ok()??;
                rest = after;
                // A quoted name without a value is the metric's own (UTF-8 names).
                if let Part::Label(name, value) = part {
                    return Some((name, unescape(value)));
                }
            }
        })
    }

    /// Value of the label of that name.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.iter().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// The text as written.
    pub fn raw(&self) -> &'a str {
        self.0
    }
}

/// Why a line was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BadLineReason {
    /// The name is empty or holds a character that no name may have.
    Name,
    /// Labels are not `name="value"` pairs, or a quote or brace is missing.
    Labels,
    /// No value follows.
    NoValue,
    /// The value is no number.
    Value,
    /// The timestamp is no number.
    Timestamp,
}

/// A line that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: BadLineReason,
}

/// Everything read from one text.
#[derive(Clone, Debug, Default)]
pub struct Exposition<'a> {
    /// The samples in the order written.
    pub samples: Vec<Sample<'a>>,
    /// Kinds by family name, in the order written.
    pub kinds: Vec<(&'a str, Kind)>,
    /// The first lines that could not be read.
    pub bad: Vec<BadLine>,
    /// How many could not be read in all.
    pub bad_count: usize,
}

impl<'a> Exposition<'a> {
    /// Reads a whole text; lines that cannot be read are in [`Exposition::bad`].
    pub fn parse(text: &'a str) -> Self {
        let mut all = Self::default();
        for (index, line) in text.lines().enumerate() {
            match read_line(line) {
                Ok(Line::Sample(sample)) => all.samples.push(sample),
                Ok(Line::Kind(name, kind)) => all.kinds.push((name, kind)),
                Ok(Line::Nothing) => {}
                Err(reason) => {
                    all.bad_count += 1;
                    if all.bad.len() < BAD_LINES_KEPT {
                        all.bad.push(BadLine {
                            line: index + 1,
                            reason,
                        });
                    }
                }
            }
        }
        all
    }

    /// Kind of the family that a series belongs to (`x_bucket`, `x_sum`, `x_count`, `x_total` → `x`).
    pub fn kind_of(&self, series: &str) -> Kind {
        let find = |name: &str| self.kinds.iter().find(|(n, _)| *n == name).map(|(_, k)| *k);
        ["", "_total", "_bucket", "_sum", "_count"]
            .into_iter()
            .find_map(|suffix| find(series.strip_suffix(suffix)?))
            .unwrap_or(Kind::Untyped)
    }
}

/// What one line holds.
enum Line<'a> {
    Sample(Sample<'a>),
    Kind(&'a str, Kind),
    Nothing,
}

fn read_line(line: &str) -> Result<Line<'_>, BadLineReason> {
    let line = line.trim_matches([' ', '\t', '\r']);
    if line.is_empty() {
        return Ok(Line::Nothing);
    }
    if let Some(comment) = line.strip_prefix('#') {
        return Ok(read_comment(comment));
    }
    read_sample(line).map(Line::Sample)
}

fn read_comment(comment: &str) -> Line<'_> {
    let mut words = comment.split_ascii_whitespace();
    let (Some("TYPE"), Some(name), Some(kind)) = (words.next(), words.next(), words.next()) else {
        return Line::Nothing;
    };
    let kind = match kind {
        "counter" => Kind::Counter,
        "gauge" => Kind::Gauge,
        "histogram" => Kind::Histogram,
        "summary" => Kind::Summary,
        _ => Kind::Untyped,
    };
    Line::Kind(name, kind)
}

fn read_sample(line: &str) -> Result<Sample<'_>, BadLineReason> {
    let name_end = line.find(['{', ' ', '\t']).unwrap_or(line.len());
    let (mut name, rest) = line.split_at(name_end);
    let (labels, rest) = match rest.trim_start_matches([' ', '\t']).strip_prefix('{') {
        Some(inside) => split_labels(inside)?,
        None => (LabelText::default(), rest),
    };
    if name.is_empty() {
        // Prometheus 3 writes names beyond ASCII as the first, quoted entry of the braces.
        name = match next_label(labels.0) {
            Ok(Some((Part::Name(quoted), _))) => quoted,
            _ => return Err(BadLineReason::Name),
        };
    } else if !is_metric_name(name) {
        return Err(BadLineReason::Name);
    }
    // What follows a '#' is an exemplar (OpenMetrics).
    let numbers = rest.split('#').next().unwrap_or_default();
    let mut words = numbers.split_ascii_whitespace();
    let value = words.next().ok_or(BadLineReason::NoValue)?;
    let value = crate::decimal::parse(value).ok_or(BadLineReason::Value)?;
    let timestamp_s = words.next().map(read_timestamp).transpose()?;
    Ok(Sample {
        name,
        labels,
        value,
        timestamp_s,
    })
}

/// Milliseconds in the text format, seconds in OpenMetrics. Told apart by size, since exporters mix
/// them up: 10¹¹ is the year 5138 in seconds and March 1973 in milliseconds.
fn read_timestamp(word: &str) -> Result<f64, BadLineReason> {
    let number = crate::decimal::parse(word).ok_or(BadLineReason::Timestamp)?;
    if !number.is_finite() {
        return Err(BadLineReason::Timestamp);
    }
    Ok(if number.abs() >= 1e11 {
        number / 1000.0
    } else {
        number
    })
}

fn is_metric_name(name: &str) -> bool {
    let ok = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b':';
    name.bytes().all(ok) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Splits `a="b",c="d"} 1 2` behind the closing brace; every label is looked at once.
fn split_labels(inside: &str) -> Result<(LabelText<'_>, &str), BadLineReason> {
    let mut rest = inside;
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', ',']);
        if let Some(after) = trimmed.strip_prefix('}') {
            let length = inside.len() - trimmed.len();
            let text = inside.get(..length).ok_or(BadLineReason::Labels)?;
            return Ok((LabelText(text), after));
        }
        match next_label(rest)? {
            Some((_, after)) => rest = after,
            None => return Err(BadLineReason::Labels),
        }
    }
}

/// An entry between the braces.
enum Part<'a> {
    /// `name="value"`, the value still escaped.
    Label(&'a str, &'a str),
    /// A quoted name alone.
    Name(&'a str),
}

/// The next entry and what follows it; `None` at the end of the text.
fn next_label(text: &str) -> Result<Option<(Part<'_>, &str)>, BadLineReason> {
    let text = text.trim_start_matches([' ', '\t', ',']);
    if text.is_empty() {
        return Ok(None);
    }
    let (name, after, quoted) = match text.strip_prefix('"') {
        Some(inside) => {
            let (name, after) = quoted_text(inside)?;
            (name, after, true)
        }
        None => {
            let end = text.find(['=', ' ', '\t']).ok_or(BadLineReason::Labels)?;
            let (name, after) = text.split_at(end);
            (name, after, false)
        }
    };
    if name.is_empty() || (!quoted && !is_metric_name(name)) {
        return Err(BadLineReason::Labels);
    }
    let after = after.trim_start_matches([' ', '\t']);
    let Some(value) = after.strip_prefix('=') else {
        return if quoted {
            Ok(Some((Part::Name(name), after)))
        } else {
            Err(BadLineReason::Labels)
        };
    };
    let value = value.trim_start_matches([' ', '\t']);
    let inside = value.strip_prefix('"').ok_or(BadLineReason::Labels)?;
    let (value, after) = quoted_text(inside)?;
    Ok(Some((Part::Label(name, value), after)))
}

/// Text up to the closing quote (escapes left as they are) and what follows it.
fn quoted_text(inside: &str) -> Result<(&str, &str), BadLineReason> {
    let bytes = inside.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => {
                let text = inside.get(..at).ok_or(BadLineReason::Labels)?;
                let after = inside.get(at + 1..).ok_or(BadLineReason::Labels)?;
                return Ok((text, after));
            }
            _ => at += 1,
        }
    }
    Err(BadLineReason::Labels)
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some(escaped @ ('\\' | '"')) => out.push(escaped),
            // Not an escape of the format: kept as written.
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(line: &str) -> Sample<'_> {
        read_sample(line).unwrap()
    }

    fn labels<'a>(sample: &Sample<'a>) -> Vec<(&'a str, String)> {
        let owned = |(n, v): (&'a str, Cow<'a, str>)| (n, v.into_owned());
        sample.labels.iter().map(owned).collect()
    }

    #[test]
    fn reads_names_labels_values_and_times() {
        let sample = one(r#"vllm:x_total{engine="0",model_name="a b",} 1.5e3 1723621883587"#);
        assert_eq!(sample.name, "vllm:x_total");
        let expected = [("engine", "0".to_owned()), ("model_name", "a b".to_owned())];
        assert_eq!(labels(&sample), expected);
        assert_eq!(sample.value, 1500.0);
        assert_eq!(sample.timestamp_s, Some(1_723_621_883.587));
        assert_eq!(one("machine_npu_nums 8").value, 8.0);
        assert_eq!(one("up{} 1").labels, LabelText(""));
        assert_eq!(one("up { } 1").value, 1.0);
    }

    #[test]
    fn resolves_escapes_and_braces_inside_values() {
        let sample = one(r#"m{a="x\"y}",b="c,d=\\e\n{f"} 2"#);
        let expected = [("a", "x\"y}".to_owned()), ("b", "c,d=\\e\n{f".to_owned())];
        assert_eq!(labels(&sample), expected);
        assert_eq!(sample.labels.get("b").as_deref(), Some("c,d=\\e\n{f"));
        assert_eq!(sample.labels.get("c"), None);
    }

    #[test]
    fn reads_numbers_that_are_none() {
        assert!(one("a NaN").value.is_nan());
        assert!(one("a Nan").value.is_nan());
        assert_eq!(one("a +Inf").value, f64::INFINITY);
        assert_eq!(one("a -Inf").value, f64::NEG_INFINITY);
    }

    #[test]
    fn reads_openmetrics_times_and_exemplars() {
        let line = r#"h_bucket{le="1.0"} 4 1723621883.5 # {trace="1"} 0.6 1"#;
        assert_eq!(one(line).timestamp_s, Some(1_723_621_883.5));
        assert_eq!(one(line).value, 4.0);
    }

    #[test]
    fn reads_quoted_names() {
        let sample = one(r#"{"npu.power",id="3"} 245.5"#);
        assert_eq!(sample.name, "npu.power");
        assert_eq!(labels(&sample), [("id", "3".to_owned())]);
    }

    #[test]
    fn names_what_is_wrong_and_where() {
        let text = "ok 1\n# TYPE c counter\nno_value{a=\"b\"}\nbad{a=b} 1\nopen{a=\"b 1\n9x 1\nx y\nx 1 z\nc_total 2\n# EOF\n";
        let all = Exposition::parse(text);
        assert_eq!(all.samples.len(), 2);
        let found: Vec<_> = all.bad.iter().map(|b| (b.line, b.reason)).collect();
        let expected = [
            (3, BadLineReason::NoValue),
            (4, BadLineReason::Labels),
            (5, BadLineReason::Labels),
            (6, BadLineReason::Name),
            (7, BadLineReason::Value),
            (8, BadLineReason::Timestamp),
        ];
        assert_eq!(found, expected);
        assert_eq!(all.kind_of("c_total"), Kind::Counter);
        assert_eq!(all.kind_of("ok"), Kind::Untyped);
    }

    #[test]
    fn counts_bad_lines_beyond_those_kept() {
        let text = "broken{\n".repeat(1000);
        let all = Exposition::parse(&text);
        assert_eq!((all.bad_count, all.bad.len()), (1000, BAD_LINES_KEPT));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(?s).{0,400}") {
            let all = Exposition::parse(&text);
            for sample in &all.samples {
                let _ = sample.labels.iter().count();
            }
        }

        #[test]
        fn near_samples_are_survived(text in "[a:]{0,2}\\{?[a\"=\\\\,{} #]{0,12}\\}? ?[0-9eN.+-]{0,6}( [0-9.]{0,4})?") {
            let _ = Exposition::parse(&text);
        }

        #[test]
        fn labels_come_back_as_written(values in prop::collection::vec(".{0,12}", 0..4), number: f64) {
            let escape = |v: &str| v.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n");
            let inside: Vec<_> = values.iter().enumerate().map(|(i, v)| format!("l{i}=\"{}\"", escape(v))).collect();
            let line = format!("m{{{}}} {number:e}", inside.join(","));
            // A carriage return or another line break would end the line for a reader of text.
            prop_assume!(line.lines().count() == 1 && !line.contains('\r'));
            let all = Exposition::parse(&line);
            prop_assert_eq!(all.bad_count, 0);
            let sample = all.samples[0];
            prop_assert!(sample.value == number || (sample.value.is_nan() && number.is_nan()));
            let read: Vec<_> = sample.labels.iter().map(|(_, v)| v.into_owned()).collect();
            prop_assert_eq!(read, values);
        }
    }
}
