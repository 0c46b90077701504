//! Finding models and hardware by typing: every word must occur, in any order; the best first.

use super::Catalogue;
use super::hardware::Accelerator;
use super::records::{CatalogueModel, System};

/// Models for a query, best first; all of them, in catalogue order, for an empty one.
pub fn models<'c>(catalogue: &'c Catalogue, query: &str) -> Vec<&'c CatalogueModel> {
    ranked(&catalogue.models, query, |m| {
        [
            (&m.id, NAME),
            (&m.name, NAME),
            (&m.hf_id, PATH),
            (&m.org, GROUP),
            (&m.family, GROUP),
            (&m.arch, TEXT),
        ]
    })
}

/// Accelerators for a query, best first.
pub fn accelerators<'c>(catalogue: &'c Catalogue, query: &str) -> Vec<&'c Accelerator> {
    ranked(&catalogue.accelerators, query, |a| {
        [(&a.id, NAME), (&a.name, NAME), (&a.vendor, GROUP)]
    })
}

/// Systems for a query, best first.
pub fn systems<'c>(catalogue: &'c Catalogue, query: &str) -> Vec<&'c System> {
    ranked(&catalogue.systems, query, |s| {
        [(&s.id, NAME), (&s.name, NAME), (&s.accelerator, PATH)]
    })
}

/// What a hit is worth by where it is.
const NAME: u32 = 8;
const PATH: u32 = 4;
const GROUP: u32 = 3;
const TEXT: u32 = 1;

fn ranked<'c, T, const N: usize>(
    items: &'c [T],
    query: &str,
    fields: impl Fn(&'c T) -> [(&'c String, u32); N],
) -> Vec<&'c T> {
    let words = words(query);
    let whole = plain(query);
    let mut hits: Vec<(u32, &T)> = items
        .iter()
        .filter_map(|item| {
            let fields = fields(item).map(|(text, weight)| (text.to_lowercase(), weight));
            let mut sum = 0;
            for word in &words {
                let best = fields
                    .iter()
                    .map(|(text, weight)| worth(text, word) * weight);
                match best.max() {
                    Some(worth) if worth > 0 => sum += worth,
                    _ => return None,
                }
            }
            // "qwen3-8b" typed in full outranks names that merely contain it.
            let exact = fields
                .iter()
                .any(|(text, _)| !whole.is_empty() && plain(text) == whole);
            Some((sum + if exact { 1000 } else { 0 }, item))
        })
        .collect();
    // Stable: equals stay in catalogue order.
    hits.sort_by_key(|(worth, _)| std::cmp::Reverse(*worth));
    hits.into_iter().map(|(_, item)| item).collect()
}

/// Lower-case words; a hyphen joins words only as typed, so "qwen3 8b" finds "Qwen3-8B".
fn words(query: &str) -> Vec<String> {
    let words = query.split(|c: char| c.is_whitespace() || c == ',' || c == '/');
    words
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Letters and digits only, lower case.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// 0 = not in the text; more at its start, and at the start of a word in it.
fn worth(text: &str, word: &str) -> u32 {
    if text.starts_with(word) {
        return 4;
    }
    let at_word = text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric())
    });
    if at_word {
        3
    } else if text.contains(word) || plain(text).contains(&plain(word)) && !plain(word).is_empty() {
        1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn model_ids(query: &str) -> Vec<&'static str> {
        let found = models(Catalogue::embedded(), query);
        found.iter().map(|m| m.id.as_str()).collect()
    }

    #[test]
    fn words_in_any_order_and_case() {
        assert_eq!(model_ids("qwen3-8b")[0], "qwen3-8b");
        assert_eq!(model_ids("8B Qwen3")[0], "qwen3-8b");
        assert_eq!(model_ids("R1 deepseek"), ["deepseek-r1"]);
        assert_eq!(model_ids("deepseek-ai/DeepSeek-V3")[0], "deepseek-v3");
        assert_eq!(model_ids("gpt oss 120b"), ["gpt-oss-120b"]);
        assert!(
            model_ids("moonshot")
                .iter()
                .all(|id| id.starts_with("kimi"))
        );
        assert_eq!(model_ids("glm5"), model_ids("glm-5"));
        assert_eq!(model_ids("").len(), 57);
        assert_eq!(model_ids("  , ").len(), 57);
        assert!(model_ids("no such model").is_empty());
    }

    #[test]
    fn hardware_too() {
        let c = Catalogue::embedded();
        let cards = |q: &str| {
            accelerators(c, q)
                .iter()
                .map(|a| a.id.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(cards("910c")[0], "ascend-910c");
        assert_eq!(cards("huawei 910C")[0], "ascend-910c");
        assert_eq!(cards("H100")[0], "h100-sxm");
        assert!(cards("amd").iter().all(|id| id.starts_with("mi")));
        assert_eq!(systems(c, "cloudmatrix")[0].id, "cm384");
        assert_eq!(systems(c, "CM384")[0].id, "cm384");
    }

    proptest! {
        #[test]
        fn any_query_is_answered(query in "\\PC{0,40}") {
            let found = models(Catalogue::embedded(), &query);
            prop_assert!(found.len() <= 57);
            accelerators(Catalogue::embedded(), &query);
        }
    }
}
