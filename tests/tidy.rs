//! The house rules of ARCHITECTURE.md, run as a test.

use std::fs;
use std::path::{Path, PathBuf};

fn files(dir: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(dir: &Path, ending: &str, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                walk(&path, ending, out);
            } else if path.to_string_lossy().ends_with(ending) {
                out.push(path);
            }
        }
    }
    let mut out = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(dir),
        ending,
        &mut out,
    );
    assert!(
        !out.is_empty(),
        "no {ending} files below {dir}: has the layout moved?"
    );
    out.sort();
    out
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The part of a module before its tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// A file that holds nothing but tests, or what tests read.
fn is_test_file(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    matches!(&*name, "tests" | "recorded" | "golden")
        || name.ends_with("_tests")
        || name.starts_with("tests_")
}

fn in_room(path: &Path, room: &str) -> bool {
    path.to_string_lossy().contains(&format!("/src/{room}"))
}

/// Lines of code (not comments) of the files selected that hold one of the words.
fn offenders(select: impl Fn(&Path) -> bool, words: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for path in files("src", ".rs")
        .iter()
        .filter(|p| !is_test_file(p) && select(p))
    {
        for (number, line) in without_tests(&read(path)).lines().enumerate() {
            let code = line.split("//").next().unwrap_or(line);
            if words.iter().any(|w| code.contains(w)) {
                out.push(format!(
                    "{}:{}: {}",
                    path.display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    out
}

fn assert_none(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn only_the_platform_room_touches_the_browser() {
    assert_none(
        "web_sys, js_sys, gloo_net and wasm_bindgen belong to src/app/platform",
        offenders(
            |p| !in_room(p, "app/platform"),
            &[
                "web_sys::",
                "js_sys::",
                "gloo_net::",
                "wasm_bindgen::",
                "use web_sys",
                "use js_sys",
            ],
        ),
    );
}

#[test]
fn only_the_cut_into_pieces_may_be_unsafe() {
    assert_none(
        "unsafe code is denied (Cargo.toml), but for what wasm_split writes",
        offenders(|p| !p.ends_with("app/shell/pieces.rs"), &["unsafe"]),
    );
}

#[test]
fn the_library_knows_no_user_interface() {
    assert_none(
        "leptos belongs to src/app",
        offenders(|p| !in_room(p, "app/"), &["leptos"]),
    );
}

#[test]
fn the_library_knows_no_clock_network_or_unseeded_chance() {
    let native = |p: &Path| in_room(p, "app/") || in_room(p, "cli/") || in_room(p, "bin/");
    assert_none(
        "a pure library: pass time in, seed randomness",
        offenders(
            |p| !native(p),
            &[
                "Instant::now",
                "SystemTime::now",
                "std::net::Tcp",
                "std::net::Udp",
                "ToSocketAddrs",
                "std::fs",
                "fastrand::Rng::new()",
                "std::env",
                "println!",
                "eprintln!",
            ],
        ),
    );
}

#[test]
fn rooms_import_only_what_the_map_allows() {
    // (room, rooms it may not import)
    let walls: &[(&str, &[&str])] = &[
        (
            "catalogue/",
            &[
                "scenario", "model", "planner", "money", "evidence", "live", "app",
            ],
        ),
        (
            "scenario/",
            &["model", "planner", "money", "evidence", "live", "app"],
        ),
        ("model/", &["planner", "money", "evidence", "live", "app"]),
        ("money/", &["planner", "model", "evidence", "live", "app"]),
        ("planner/", &["evidence", "live", "app"]),
        (
            "chart/",
            &["planner", "model", "money", "evidence", "live", "app"],
        ),
    ];
    let mut found = Vec::new();
    for (room, forbidden) in walls {
        let words: Vec<String> = forbidden.iter().map(|f| format!("crate::{f}::")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        found.extend(offenders(|p| in_room(p, room), &words));
    }
    // A custom model is a type of the scenario; the import of a config.json makes one.
    found.retain(|line| !line.contains("crate::scenario::CustomModel"));
    assert_none("a wall of ARCHITECTURE.md is broken", found);
}

#[test]
fn every_module_says_what_it_is() {
    let mut bad = Vec::new();
    for path in files("src", ".rs") {
        if !read(&path).starts_with("//!") {
            bad.push(path.display().to_string());
        }
    }
    assert_none("the first line of a module is its //! line", bad);
}

#[test]
fn nothing_unfinished_and_nothing_that_freezes_the_page() {
    assert_none(
        "unfinished marks",
        offenders(
            |_| true,
            &["todo!(", "unimplemented!(", "dbg!(", "FIXME", "XXX"],
        ),
    );
    assert_none(
        "a panic freezes the page: return an error or a default",
        offenders(
            |p| !in_room(p, "bin/"),
            &[".unwrap()", ".expect(", "panic!(", "unreachable!("],
        ),
    );
}

/// The standard library's reader of decimal numbers brings a table of 10 kB into the page, which does
/// not compress.
#[test]
fn decimal_numbers_are_read_by_our_own_reader() {
    assert_none(
        "numbers are read with `decimal::parse`",
        offenders(
            |p| !in_room(p, "cli/") && !in_room(p, "bin/") && !in_room(p, "decimal.rs"),
            &[
                "parse::<f64>",
                "parse::<f32>",
                "f64::from_str",
                "f32::from_str",
            ],
        ),
    );
}

#[test]
fn views_follow_the_content_security_policy() {
    // style="…" is blocked; `style:width=…` goes through the CSSOM and is not.
    assert_none(
        "no style attribute in a view",
        offenders(|p| in_room(p, "app/"), &["style=\""]),
    );
    let index = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("index.html"));
    assert!(!index.contains("unsafe-inline") && !index.contains("'unsafe-eval'"));
    assert!(!index.contains("<style") && !index.contains(" onload="));
}

#[test]
fn colours_come_from_the_tokens() {
    let mut bad = Vec::new();
    for path in files("style", ".css") {
        if path.ends_with("tokens.css") {
            continue;
        }
        for (number, line) in read(&path).lines().enumerate() {
            let code = line.split("/*").next().unwrap_or(line);
            let hex = code.match_indices('#').any(|(i, _)| {
                code[i + 1..]
                    .chars()
                    .take_while(char::is_ascii_hexdigit)
                    .count()
                    >= 3
                    && code[..i].contains(':')
            });
            if hex || code.contains("rgb(") || code.contains("hsl(") {
                bad.push(format!(
                    "{}:{}: {}",
                    path.display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    assert_none("a colour outside style/tokens.css", bad);
}
