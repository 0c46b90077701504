//! Characters and keys of links: escapes, and the key that was probably meant.

use super::limits::FIELDS;

/// What other tools call our inputs.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("model", "m"),
    ("hardware", "hw"),
    ("gpu", "hw"),
    ("npu", "hw"),
    ("nodes", "pods"),
    ("supernodes", "pods"),
    ("gpus", "cards"),
    ("isl", "in"),
    ("input", "in"),
    ("osl", "out"),
    ("output", "out"),
    ("concurrency", "batch"),
    ("qps", "rps"),
    ("context", "ctx"),
    ("currency", "cur"),
    ("weights", "w"),
    ("experts", "x"),
    ("version", "v"),
];

/// A known key of similar spelling or meaning.
pub(super) fn similar(key: &str) -> Option<&'static str> {
    let key = key.to_ascii_lowercase();
    if let Some((_, ours)) = OTHER_NAMES.iter().find(|(theirs, _)| *theirs == key) {
        return Some(ours);
    }
    if key.len() > 16 {
        return None;
    }
    FIELDS
        .iter()
        .map(|field| (distance(&key, field.key), field.key))
        .filter(|(distance, ours)| ours.len() >= 3 && *distance * 2 <= ours.len())
        .min()
        .map(|(_, ours)| ours)
}

/// Letters to change, add or drop to make one word the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((y, pair), left) in b.iter().zip(row.windows(2)).zip(0..) {
            let (diagonal, above) = (pair[0], pair[1]);
            let before: usize = next[left];
            next.push(
                (diagonal + usize::from(x != *y))
                    .min(above + 1)
                    .min(before + 1),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Writes a value with as few escapes as a fragment, a chat tool and the format itself allow.
pub(super) fn escape_into(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// `None` for broken escapes and for bytes that are no UTF-8.
pub(super) fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push((high * 16 + low) as u8);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_only_what_must_be() {
        let mut out = String::new();
        escape_into(&mut out, "a-b.c_d~e/f:g,h i&j=k%无");
        assert_eq!(out, "a-b.c_d~e/f:g,h%20i%26j%3Dk%25%E6%97%A0");
        assert_eq!(unescape(&out).as_deref(), Some("a-b.c_d~e/f:g,h i&j=k%无"));
    }

    #[test]
    fn broken_escapes_are_refused() {
        for text in ["%", "%4", "%zz", "%ff", "%+1"] {
            assert_eq!(unescape(text), None, "{text}");
        }
        // A plus is a plus: fragments are not forms, and "1e+6" is a number.
        assert_eq!(unescape("1e+6").as_deref(), Some("1e+6"));
    }

    #[test]
    fn near_misses_are_recognised() {
        assert_eq!(similar("tpto"), Some("tpot"));
        assert_eq!(similar("HW"), None);
        assert_eq!(similar("ISL"), Some("in"));
        assert_eq!(similar("electricity"), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
