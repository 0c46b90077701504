//! Phrases that other rooms write in English alone, in Chinese: by a table of patterns.
//!
//! For messages with many forms of which few are ever seen (what is wrong with a pasted file): the
//! English stands once, where it arises, and the command line prints it as it is.

use super::Locale;

/// Patterns: in English "%" stands for any words, which are looked up likewise; in Chinese "%1" is
/// what the first one stood for.
pub type Table = &'static [(&'static str, &'static str)];

/// The phrase in the reader's language; what no pattern fits stays as it is (names, numbers).
pub fn in_language(locale: Locale, phrase: &str, table: Table) -> String {
    let found = match locale {
        Locale::En => None,
        Locale::Zh => table
            .iter()
            .find_map(|(english, chinese)| Some((words_of(phrase, english)?, chinese))),
    };
    let Some((words, chinese)) = found else {
        return phrase.to_owned();
    };
    let mut out = String::new();
    let mut pieces = chinese.split('%');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (digit, rest) = piece.split_at_checked(1).unwrap_or((piece, ""));
        let at = digit.parse::<usize>().unwrap_or(0).checked_sub(1);
        if let Some(words) = at.and_then(|i| words.get(i)) {
            out.push_str(&in_language(locale, words, table));
        }
        out.push_str(rest);
    }
    out
}

/// What each "%" of a pattern stands for; `None` = the pattern does not fit.
fn words_of<'a>(phrase: &'a str, pattern: &str) -> Option<Vec<&'a str>> {
    let mut words = Vec::new();
    let (first, mut pattern) = match pattern.split_once('%') {
        Some((first, rest)) => (first, Some(rest)),
        None => (pattern, None),
    };
    let mut phrase = phrase.strip_prefix(first)?;
    while let Some(now) = pattern {
        let end = match now.split_once('%') {
            Some((fixed, rest)) => {
                pattern = Some(rest);
                phrase.find(fixed).map(|at| (at, at + fixed.len()))?
            }
            None => {
                pattern = None;
                let at = phrase.strip_suffix(now)?.len();
                (at, phrase.len())
            }
        };
        let (word, rest) = (phrase.get(..end.0)?, phrase.get(end.1..)?);
        // A pattern stands for something everywhere: so looking up what it stood for ends.
        if word.is_empty() {
            return None;
        }
        words.push(word);
        phrase = rest;
    }
    phrase.is_empty().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = &[
        ("% of % eggs", "%2 个蛋中的 %1 个"),
        ("none", "没有"),
        ("% or %", "%1 或 %2"),
    ];

    #[test]
    fn phrases_are_put_together_from_patterns() {
        let zh = |phrase| in_language(Locale::Zh, phrase, TABLE);
        assert_eq!(zh("3 of 12 eggs"), "12 个蛋中的 3 个");
        assert_eq!(zh("none of 1 or 2 eggs"), "1 或 2 个蛋中的 没有 个");
        assert_eq!(zh("a or b or c"), "a 或 b 或 c");
        for same in [
            "",
            "of",
            " of  eggs",
            "3 of 12 eggs!",
            "nonesuch",
            "蛋 100 % 1",
        ] {
            assert_eq!(zh(same), same);
            assert_eq!(in_language(Locale::En, same, TABLE), same);
        }
        assert_eq!(in_language(Locale::En, "none", TABLE), "none");
    }
}
