//! The dimensions of a model as a list to edit: each with its range, and what depends on it kept in
//! step, so that they may be changed in any order.

use super::model_dims::{Part, Place, attention, feed_forward, split};
use super::model_text::{self, layers_in};
use super::wrong::Wrong;
use crate::catalogue::architecture::Architecture;

/// Layers of a model at most.
const MAX_LAYERS: u32 = 1 << 10;

/// What a group of dimensions describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The model as a whole.
    Whole,
    /// Layers that mix tokens.
    Attention,
    /// Feed-forward layers.
    FeedForward,
}

/// Dimensions that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they describe.
    pub of: Of,
    /// Its kind as links name it ("mla", "moe"), which is also the key of its number of layers;
    /// empty for the model as a whole.
    pub kind: &'static str,
    /// The dimensions.
    pub dimensions: Vec<Dimension>,
}

/// One dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// Its key in links, unique in the group.
    pub key: &'static str,
    /// Its value.
    pub value: u32,
    /// Least value allowed.
    pub least: u32,
    /// Greatest value allowed.
    pub most: u32,
}

/// Why a value is not taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused {
    /// There is no such dimension.
    Unknown,
    /// Outside its range.
    OutOfRange {
        /// Least value allowed.
        least: u32,
        /// Greatest value allowed.
        most: u32,
    },
    /// More than another dimension of the group, which bounds it.
    Above {
        /// The dimension that would be too large.
        key: &'static str,
        /// The one that bounds it.
        bound: &'static str,
        /// The value that does not change: of `bound` where `key` was edited, and the reverse.
        stays: u32,
    },
    /// Every layer group needs a layer.
    TooFewLayers {
        /// Least number of layers.
        least: u32,
    },
    /// Wrong in some other way.
    Other(Wrong),
}

/// Pairs within a group of a kind, the first of which must not exceed the second.
const BOUNDED: [(&str, &str, &str); 2] = [("gqa", "kv", "q"), ("moe", "k", "e")];

/// The groups of a model: the whole, attention, feed-forward.
pub fn groups(architecture: &Architecture) -> Vec<Group> {
    let mut copy = architecture.clone();
    let (scalars, attn, ffn) = split(&mut copy);
    let mut out = vec![group(Of::Whole, scalars)];
    out.extend(attn.iter_mut().map(|g| group(Of::Attention, attention(g))));
    out.extend(
        ffn.iter_mut()
            .map(|g| group(Of::FeedForward, feed_forward(g))),
    );
    out
}

fn group(of: Of, parts: Vec<Part<'_>>) -> Group {
    let kind = match (of, parts.first()) {
        (Of::Attention | Of::FeedForward, Some(first)) => first.key,
        _ => "",
    };
    let dimensions = parts.iter().filter_map(dimension).collect();
    Group {
        of,
        kind,
        dimensions,
    }
}

fn dimension(part: &Part<'_>) -> Option<Dimension> {
    let Place::Count { value, absent, max } = &part.place else {
        return None;
    };
    Some(Dimension {
        key: part.key,
        value: **value,
        // The layers of a model may be left out of its text, but it has some.
        least: u32::from(*absent != Some(0) || part.key == "l"),
        most: *max,
    })
}

/// The model with one dimension changed, and with what depends on it: layers of the groups where
/// their total changes, the total where theirs do.
pub fn with(
    architecture: &Architecture,
    group: usize,
    key: &str,
    value: u32,
) -> Result<Architecture, Refused> {
    let before = groups(architecture);
    let edited = before.get(group).ok_or(Refused::Unknown)?;
    let dimension = edited.dimensions.iter().find(|d| d.key == key);
    let Dimension { least, most, .. } = *dimension.ok_or(Refused::Unknown)?;
    if value < least || value > most {
        return Err(Refused::OutOfRange { least, most });
    }
    let mut next = architecture.clone();
    set(&mut next, group, key, value);
    if edited.of == Of::Whole && key == "l" {
        spread_layers(architecture.layers, &mut next)?;
    } else if key == edited.kind {
        let most = sum_layers(architecture, &mut next).map_err(|over| value.saturating_sub(over));
        most.map_err(|most| Refused::OutOfRange { least, most })?;
    }
    refuse_unbounded(&next, group, key)?;
    model_text::check(&next).map_err(Refused::Other)?;
    Ok(next)
}

fn set(architecture: &mut Architecture, group: usize, key: &str, value: u32) {
    let (scalars, attn, ffn) = split(architecture);
    let parts = match group.checked_sub(1) {
        None => scalars,
        Some(i) if i < attn.len() => attn.get_mut(i).map(attention).unwrap_or_default(),
        Some(i) => ffn
            .get_mut(i.saturating_sub(attn.len()))
            .map(feed_forward)
            .unwrap_or_default(),
    };
    for part in parts {
        if let Place::Count { value: place, .. } = part.place
            && part.key == key
        {
            *place = value;
        }
    }
}

/// The total follows the groups; `Err` = layers above what a model may have.
fn sum_layers(before: &Architecture, next: &mut Architecture) -> Result<(), u32> {
    let deepest = |a: &Architecture| {
        let (attn, ffn) = layers_in(a);
        attn.max(ffn)
    };
    let follows = before.layers == deepest(before);
    let needed = deepest(next);
    if needed > MAX_LAYERS {
        return Err(needed - MAX_LAYERS);
    }
    next.layers = if follows {
        needed
    } else {
        next.layers.max(needed)
    };
    Ok(())
}

/// The groups follow the total: attention keeps its mixture, feed-forward layers its first ones.
fn spread_layers(before: u32, next: &mut Architecture) -> Result<(), Refused> {
    let total = next.layers;
    let attn: Vec<u32> = next.attn.iter().map(|g| g.layers()).collect();
    let ffn: Vec<u32> = next.ffn.iter().map(|g| g.layers()).collect();
    let wanted = |counts: &[u32]| share_of(counts.iter().sum(), before, total);
    let attn_layers = in_proportion(&attn, wanted(&attn));
    let ffn_layers = largest_gives(&ffn, wanted(&ffn));
    let (Some(attn_layers), Some(ffn_layers)) = (attn_layers, ffn_layers) else {
        let least = attn.len().max(ffn.len()) as u32;
        return Err(Refused::TooFewLayers { least });
    };
    for (group, n) in next.attn.iter_mut().zip(attn_layers) {
        group.set_layers(n);
    }
    for (group, n) in next.ffn.iter_mut().zip(ffn_layers) {
        group.set_layers(n);
    }
    Ok(())
}

/// Layers of a sort that `total` layers have where `before` had `sum`.
fn share_of(sum: u32, before: u32, total: u32) -> u32 {
    if sum == before || before == 0 {
        return if sum == 0 { 0 } else { total };
    }
    (f64::from(sum) * f64::from(total) / f64::from(before)).round() as u32
}

/// Counts that add up to `total` in the proportions of `counts`, none below 1; `None` where there are
/// more counts than that.
fn in_proportion(counts: &[u32], total: u32) -> Option<Vec<u32>> {
    let groups = counts.len() as u32;
    if total < groups {
        return None;
    }
    let sum: u32 = counts.iter().sum::<u32>().max(1);
    let exact = |n: &u32| f64::from(*n) * f64::from(total) / f64::from(sum);
    let mut out: Vec<u32> = counts
        .iter()
        .map(|n| (exact(n).floor() as u32).max(1))
        .collect();
    // One at a time, where it moves a count least from its exact share.
    loop {
        let have: u32 = out.iter().sum();
        if have == total || out.is_empty() {
            return Some(out);
        }
        let up = have < total;
        let gap = |i: usize| {
            let (exact, n) = (counts.get(i).map_or(0.0, exact), out.get(i).copied());
            let gap = exact - f64::from(n.unwrap_or(0));
            if up { gap } else { -gap }
        };
        let may = |i: &usize| up || out.get(*i).is_some_and(|n| *n > 1);
        let best = (0..out.len())
            .filter(may)
            .max_by(|a, b| gap(*a).total_cmp(&gap(*b)))?;
        if let Some(n) = out.get_mut(best) {
            *n = if up { *n + 1 } else { *n - 1 };
        }
    }
}

/// Counts that add up to `total`: the largest gives or takes, the others stay where they can.
fn largest_gives(counts: &[u32], total: u32) -> Option<Vec<u32>> {
    let Some((at, largest)) = counts.iter().enumerate().max_by_key(|(_, n)| **n) else {
        return Some(Vec::new());
    };
    let others = counts.iter().sum::<u32>() - largest;
    if total <= others {
        return in_proportion(counts, total);
    }
    let mut out = counts.to_vec();
    if let Some(n) = out.get_mut(at) {
        *n = total - others;
    }
    Some(out)
}

/// Pairs of which one must not exceed the other.
fn refuse_unbounded(next: &Architecture, group: usize, edited: &str) -> Result<(), Refused> {
    let all = groups(next);
    let Some(group) = all.get(group) else {
        return Ok(());
    };
    let value = |key: &str| {
        let found = group.dimensions.iter().find(|d| d.key == key);
        found.map_or(0, |d| d.value)
    };
    for (kind, key, bound) in BOUNDED {
        if kind == group.kind && value(key) > value(bound) {
            let stays = value(if edited == key { bound } else { key });
            return Err(Refused::Above { key, bound, stays });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn of(id: &str) -> Architecture {
        let model = Catalogue::embedded().model(id);
        model.map(|m| m.architecture.clone()).unwrap()
    }

    fn layers(a: &Architecture) -> (u32, Vec<u32>, Vec<u32>) {
        (
            a.layers,
            a.attn.iter().map(|g| g.layers()).collect(),
            a.ffn.iter().map(|g| g.layers()).collect(),
        )
    }

    #[test]
    fn every_dimension_of_the_catalogue_is_listed_within_its_range() {
        for model in &Catalogue::embedded().models {
            let all = groups(&model.architecture);
            let parts = 1 + model.architecture.attn.len() + model.architecture.ffn.len();
            assert_eq!(all.len(), parts, "{}", model.id);
            for (i, group) in all.iter().enumerate() {
                for d in &group.dimensions {
                    assert!((d.least..=d.most).contains(&d.value), "{} {d:?}", model.id);
                    // What is there may be set again and changes nothing.
                    let same = with(&model.architecture, i, d.key, d.value);
                    assert_eq!(same.as_ref(), Ok(&model.architecture), "{} {d:?}", model.id);
                }
            }
        }
    }

    #[test]
    fn layers_and_their_groups_follow_each_other() {
        let r1 = of("deepseek-r1");
        assert_eq!(layers(&r1), (61, vec![61], vec![3, 58]));
        let fewer = with(&r1, 0, "l", 30).unwrap();
        assert_eq!(layers(&fewer), (30, vec![30], vec![3, 27]));
        assert_eq!(layers(&with(&fewer, 0, "l", 61).unwrap()), layers(&r1));
        let tiny = with(&r1, 0, "l", 2).unwrap();
        assert_eq!(layers(&tiny), (2, vec![2], vec![1, 1]));
        assert_eq!(
            with(&r1, 0, "l", 1),
            Err(Refused::TooFewLayers { least: 2 })
        );
        // Group by group, in either order.
        let attention = with(&r1, 1, "mla", 30).unwrap();
        assert_eq!(layers(&attention), (61, vec![30], vec![3, 58]));
        let both = with(&attention, 3, "moe", 27).unwrap();
        assert_eq!(layers(&both), (30, vec![30], vec![3, 27]));
        let experts = with(&r1, 3, "moe", 80).unwrap();
        assert_eq!(layers(&experts), (83, vec![61], vec![3, 80]));
        assert_eq!(
            with(&r1, 3, "moe", 1024),
            Err(Refused::OutOfRange {
                least: 1,
                most: 1021
            })
        );
    }

    #[test]
    fn mixtures_keep_their_proportions() {
        assert_eq!(in_proportion(&[10, 52], 30), Some(vec![5, 25]));
        assert_eq!(in_proportion(&[1, 60], 2), Some(vec![1, 1]));
        assert_eq!(in_proportion(&[1, 1, 60], 4), Some(vec![1, 1, 2]));
        assert_eq!(in_proportion(&[1, 1, 1], 2), None);
        assert_eq!(in_proportion(&[], 0), Some(vec![]));
        assert_eq!(largest_gives(&[3, 58], 61), Some(vec![3, 58]));
        assert_eq!(share_of(26, 52, 104), 52);
        for model in &Catalogue::embedded().models {
            for total in [model.architecture.layers * 2, model.architecture.layers - 1] {
                let next = with(&model.architecture, 0, "l", total).unwrap();
                assert_eq!(next.layers, total, "{}", model.id);
            }
        }
    }

    #[test]
    fn what_bounds_each_other_is_named() {
        let r1 = of("deepseek-r1");
        let above = |stays| Refused::Above {
            key: "k",
            bound: "e",
            stays,
        };
        assert_eq!(with(&r1, 3, "k", 300), Err(above(256)));
        assert_eq!(with(&r1, 3, "e", 4), Err(above(8)));
        assert_eq!(
            with(&r1, 0, "h", 0),
            Err(Refused::OutOfRange {
                least: 1,
                most: 131_072
            })
        );
        assert_eq!(with(&r1, 9, "h", 1), Err(Refused::Unknown));
        assert_eq!(with(&r1, 0, "zz", 1), Err(Refused::Unknown));
    }
}
