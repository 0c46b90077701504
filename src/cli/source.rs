//! What an argument names: a link, or a file to read.

use std::io::Read;
use std::path::Path;

use super::Failure;

/// Longest file that is read, bytes.
const LONGEST: u64 = 64 << 20;

/// Whether an argument is meant as a scenario link and not as a file.
pub(super) fn is_link(argument: &str) -> bool {
    argument != "-"
        && !Path::new(argument).is_file()
        && (argument.contains('#') || argument.contains('=') || argument.contains("://"))
}

/// Keys of the pairs in a link's fragment.
pub(super) fn pairs(link: &str) -> Vec<String> {
    let fragment = link.rsplit_once('#').map_or(link, |(_, f)| f);
    fragment
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, _)| key.to_owned())
        .collect()
}

/// The start of a text, for a message.
pub(super) fn excerpt(text: &str) -> String {
    let mut out: String = text.chars().take(60).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

/// Reads a text file.
pub(super) fn read(path: &str) -> Result<String, Failure> {
    let fail = |why: String| {
        Failure::new(
            format!("cannot read {:?}: {why}", excerpt(path)),
            "give the path of a UTF-8 text file that can be read",
        )
    };
    if path == "-" {
        return text(std::io::stdin().lock(), fail);
    }
    let about = std::fs::metadata(path).map_err(|e| fail(e.to_string()))?;
    if about.is_dir() {
        return Err(fail("it is a folder".into()));
    }
    let file = std::fs::File::open(path).map_err(|e| fail(e.to_string()))?;
    text(file, fail)
}

/// All of a source that is text and not too long: a device may have no end.
fn text(source: impl Read, fail: impl Fn(String) -> Failure) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    source
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| fail(e.to_string()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(fail(format!("longer than {LONGEST} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| fail("it is not UTF-8 text".into()))
}

/// Writes a text file.
pub(super) fn write(path: &str, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|e| {
        Failure::new(
            format!("cannot write {path:?}: {e}"),
            "give a path in a folder that exists and can be written",
        )
    })
}
