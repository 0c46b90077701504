//! The parser against recorded expositions of real engines and exporters, where they are at hand.

use std::path::PathBuf;

use super::exposition::{BadLineReason, Exposition};

/// The recorded files, or nothing where the recordings are not beside the project.
pub(super) fn recordings() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/live");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("no recordings at {}: nothing compared", folder.display());
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .map(|p| {
            let name = p
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read_to_string(&p).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// A whole line: its last word is a number (no recorded label value ends a line with one), and no
/// labels were cut out with `...`, as the documentation's excerpts do.
fn has_value(line: &str) -> bool {
    let last = line.rsplit([' ', '\t']).next().unwrap_or_default();
    line.contains([' ', '\t']) && !line.contains(", ...}") && crate::decimal::parse(last).is_some()
}

#[test]
fn every_line_with_a_value_is_read() {
    for (name, text) in recordings() {
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with('#'));
        let (valued, valueless): (Vec<_>, Vec<_>) = lines.partition(|l| has_value(l));
        let all = Exposition::parse(&text);
        assert_eq!(all.samples.len(), valued.len(), "{name}: {:?}", all.bad);
        assert_eq!(all.bad_count, valueless.len(), "{name}: {:?}", all.bad);
        assert!(!valued.is_empty(), "{name} holds no samples");
        let excerpt = |b: &super::exposition::BadLine| {
            matches!(b.reason, BadLineReason::NoValue | BadLineReason::Labels)
        };
        assert!(all.bad.iter().all(excerpt), "{name}: {:?}", all.bad);
        for sample in &all.samples {
            // Every label comes out: as many as there are `="` outside of values.
            assert_eq!(
                sample.labels.iter().count(),
                sample.labels.raw().matches("=\"").count(),
                "{name}"
            );
        }
    }
}
