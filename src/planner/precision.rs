//! Number formats as an axis of the search: every format that all pools have arithmetic for, down to
//! a width, in the parts whose format is not chosen.

use std::borrow::Cow;

use super::evaluate::as_given;
use super::resolve;
use crate::catalogue::Catalogue;
use crate::catalogue::architecture::{Architecture, FeedForward};
use crate::evaluation::{Evaluation, Formats};
use crate::scenario::{NumberFormat, Precision, PrecisionSearch, Scenario, Task};

/// A KV cache of less than 8 bits is not something that engines serve with.
const LEAST_KV_BITS: u32 = 8;

fn searches(scenario: &Scenario) -> bool {
    scenario.precision.search != PrecisionSearch::Off && scenario.workload.task == Task::Serving
}

/// Evaluates a scenario whose formats may be searched: the result with the best ones, and the
/// scenario with those formats settled. All deployments looked at are counted.
pub(super) fn evaluate<'a>(
    scenario: &'a Scenario,
    catalogue: &Catalogue,
) -> (Cow<'a, Scenario>, Evaluation) {
    if !searches(scenario) {
        return (Cow::Borrowed(scenario), as_given(scenario, catalogue));
    }
    let mut best: Option<(Scenario, Evaluation)> = None;
    let mut candidates = 0;
    for precision in choices(scenario, catalogue) {
        let given = Scenario {
            precision,
            ..scenario.clone()
        };
        let e = as_given(&given, catalogue);
        candidates += e.candidates;
        // As without a search first, then the widest: a change must earn its place.
        if best.as_ref().is_none_or(|(_, b)| merit(&e) > merit(b)) {
            best = Some((given, e));
        }
    }
    match best {
        Some((given, mut e)) => {
            e.candidates = candidates;
            (Cow::Owned(given), e)
        }
        None => (Cow::Borrowed(scenario), as_given(scenario, catalogue)),
    }
}

/// The scenario with the formats that the search chooses; itself where there is nothing to choose.
pub(super) fn settled<'a>(scenario: &'a Scenario, catalogue: &Catalogue) -> Cow<'a, Scenario> {
    if searches(scenario) {
        evaluate(scenario, catalogue).0
    } else {
        Cow::Borrowed(scenario)
    }
}

/// What makes a result better: that it fits, that it meets the targets, output tokens at capacity.
fn merit(e: &Evaluation) -> (bool, bool, f64) {
    let made = e.usage.as_ref().map_or(0.0, |u| u.capacity_per_hour.output);
    (e.fits, e.meets_targets, made)
}

/// What runs without a search, then all other combinations, the widest formats first.
fn choices(scenario: &Scenario, catalogue: &Catalogue) -> Vec<Precision> {
    let Ok(model) = resolve::model(scenario, catalogue) else {
        return Vec::new();
    };
    let plain = Precision {
        search: PrecisionSearch::Off,
        ..scenario.precision
    };
    let given = Scenario {
        precision: plain,
        ..scenario.clone()
    };
    let Ok(sites) = resolve::sites(&given, catalogue, &model, &mut Vec::new()) else {
        return Vec::new();
    };
    let floor = match scenario.precision.search {
        PrecisionSearch::Off => return Vec::new(),
        PrecisionSearch::EightBit => 8,
        PrecisionSearch::FourBit => 4,
    };
    let has = |f: &NumberFormat| sites.iter().all(|s| s.machine.supports(*f));
    let part = |chosen: Option<NumberFormat>, floor: u32| -> Vec<NumberFormat> {
        use NumberFormat as F;
        match chosen {
            Some(f) => vec![f],
            // Of one width the float first: with the same arithmetic twice, the second finds nothing.
            None => [&[F::Bf16][..], &[F::Fp8, F::Int8], &[F::Fp4, F::Int4]]
                .into_iter()
                .filter_map(|same| same.iter().copied().find(has))
                .filter(|f| f.bits() >= floor)
                .collect(),
        }
    };
    let mixture = is_mixture(model.architecture);
    // What the scenario runs without a search is a choice, too: a model published in fewer bits keeps them.
    let mut out = vec![plain];
    for weights in part(plain.weights, floor) {
        for experts in part(plain.experts, floor) {
            // Checkpoints narrow the experts first; a dense model has none.
            let free = plain.experts.is_none();
            if free && (experts.bits() > weights.bits() || !mixture && experts != weights) {
                continue;
            }
            for kv in part(plain.kv, LEAST_KV_BITS) {
                let formats = Formats {
                    weights,
                    experts,
                    kv,
                };
                if sites.iter().all(|s| s.formats == formats) {
                    continue;
                }
                out.push(Precision {
                    weights: Some(weights),
                    experts: Some(experts),
                    kv: Some(kv),
                    ..plain
                });
            }
        }
    }
    out
}

fn is_mixture(architecture: &Architecture) -> bool {
    architecture
        .ffn
        .iter()
        .any(|f| matches!(f, FeedForward::Moe(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Scenario {
        let mut s = Scenario::default();
        s.pools[0].super_nodes = 1;
        s.pools[0].cards_each = 64;
        s
    }

    fn searched(search: PrecisionSearch) -> (Scenario, Evaluation) {
        let mut s = small();
        s.precision.search = search;
        let (settled, e) = evaluate(&s, Catalogue::embedded());
        (settled.into_owned(), e)
    }

    #[test]
    fn the_best_of_all_formats_is_found() {
        let catalogue = Catalogue::embedded();
        let (settled, e) = searched(PrecisionSearch::EightBit);
        assert_eq!(settled.precision.search, PrecisionSearch::Off);
        // Brute force over what a 910C has: 16 bit and INT8, in every part.
        let two = [NumberFormat::Bf16, NumberFormat::Int8];
        let mut most: f64 = 0.0;
        let mut seen = 0;
        for weights in two {
            for experts in two.into_iter().filter(|x| x.bits() <= weights.bits()) {
                for kv in two {
                    let mut s = small();
                    s.precision.weights = Some(weights);
                    s.precision.experts = Some(experts);
                    s.precision.kv = Some(kv);
                    let e = as_given(&s, catalogue);
                    most = most.max(merit(&e).2);
                    seen += e.candidates;
                }
            }
        }
        assert_eq!(merit(&e).2, most);
        assert_eq!(e.candidates, seen);
        assert_eq!(as_given(&settled, catalogue).tokens_per_s, e.tokens_per_s);
    }

    #[test]
    fn a_lower_floor_never_makes_less_and_chosen_formats_stay() {
        let made = |s| merit(&searched(s).1).2;
        let (off, eight, four) = (
            made(PrecisionSearch::Off),
            made(PrecisionSearch::EightBit),
            made(PrecisionSearch::FourBit),
        );
        assert!(off <= eight && eight <= four, "{off} {eight} {four}");
        let mut s = small();
        s.precision.search = PrecisionSearch::FourBit;
        s.precision.kv = Some(NumberFormat::Bf16);
        let (settled, _) = evaluate(&s, Catalogue::embedded());
        assert_eq!(settled.precision.kv, Some(NumberFormat::Bf16));
    }

    #[test]
    fn formats_that_the_chip_lacks_are_never_chosen() {
        let (settled, _) = searched(PrecisionSearch::FourBit);
        let p = settled.precision;
        let lacking = [Some(NumberFormat::Fp8), Some(NumberFormat::Fp4)];
        assert!(
            ![p.weights, p.experts, p.kv]
                .iter()
                .any(|f| lacking.contains(f))
        );
    }
}
