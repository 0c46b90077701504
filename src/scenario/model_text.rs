//! A custom model as compact, readable text:
//! `h5120.v151936.c40960/gqa64.q64.kv8.d128.qn-per_head/dense64.f25600/~My model`.
//!
//! Parts are divided by "/": first the scalars, then one part per layer group (its kind with the
//! number of layers, then its dimensions), last "~" and the name. Dimensions that are 0 or absent
//! are left out; so is the number of layers where it follows from the groups.

use super::model_dims::{
    Part, Place, attention, empty, empty_attention, empty_feed_forward, feed_forward, split,
};
use super::wrong::{Wrong, excerpt};
use crate::catalogue::architecture::{Architecture, Attention, CustomModel, FeedForward, Gqa, Moe};

/// Longest name of a custom model, characters.
pub(super) const LONGEST_NAME: usize = 60;
/// Layer groups of each sort at most.
const MAX_GROUPS: usize = 32;
/// Attention or feed-forward blocks in one layer at most (LongCat-Flash has two and three).
const MAX_BLOCKS: u32 = 4;

const FORM: &str = "h5120.v151936.c40960/gqa64.q64.kv8.d128/dense64.f25600/~Name";

/// Whether the text is a custom model and no catalogue id.
pub(super) fn looks_custom(text: &str) -> bool {
    text.contains('/')
}

fn write_parts(parts: &[Part<'_>]) -> String {
    let tokens: Vec<String> = parts
        .iter()
        .filter_map(|part| {
            let key = part.key;
            match &part.place {
                Place::Count { value, absent, .. } => {
                    (*absent != Some(**value)).then(|| format!("{key}{value}"))
                }
                Place::Flag(on) => on.then(|| key.to_owned()),
                Place::Not(on) => (!**on).then(|| key.to_owned()),
                Place::Word(word, _) => (!word.is_empty()).then(|| format!("{key}-{word}")),
            }
        })
        .collect();
    tokens.join(".")
}

fn read_parts(text: &str, mut parts: Vec<Part<'_>>) -> Result<(), Wrong> {
    let bad = |token: &str, allowed: &str| Wrong::BadPart {
        part: excerpt(token),
        allowed: allowed.to_owned(),
    };
    let mut seen: Vec<&str> = Vec::new();
    for token in text.split('.') {
        let (name, value) = match token.find(|c: char| !c.is_ascii_lowercase()) {
            Some(at) => token.split_at(at),
            None => (token, ""),
        };
        if seen.contains(&name) {
            return Err(bad(token, "given twice"));
        }
        seen.push(name);
        let Some(part) = parts.iter_mut().find(|part| part.key == name) else {
            let keys: Vec<&str> = parts.iter().map(|part| part.key).collect();
            return Err(bad(
                token,
                &format!("unknown dimension; known here are {}", keys.join(", ")),
            ));
        };
        match &mut part.place {
            Place::Count {
                value: place, max, ..
            } => match value.parse::<u32>() {
                Ok(n) if n <= *max && value.bytes().all(|b| b.is_ascii_digit()) => **place = n,
                _ => return Err(bad(token, &format!("needs a whole number up to {max}"))),
            },
            Place::Flag(on) if value.is_empty() => **on = true,
            Place::Not(on) if value.is_empty() => **on = false,
            Place::Flag(_) | Place::Not(_) => return Err(bad(token, "takes no value")),
            Place::Word(word, words) => match value.strip_prefix('-') {
                Some(given) if words.contains(&given) => **word = given.to_owned(),
                _ => return Err(bad(token, &format!("needs one of -{}", words.join(", -")))),
            },
        }
    }
    Ok(())
}

/// Every dimension within its range, and those that must be there above 0.
fn check_parts(parts: Vec<Part<'_>>) -> Result<(), Wrong> {
    for Part { key, place } in parts {
        let allowed = match place {
            Place::Count { value, absent, max } => {
                let least = u32::from(absent != Some(0));
                if *value >= least && *value <= max {
                    continue;
                }
                format!("must be {least} to {max}")
            }
            Place::Word(word, words) => {
                if words.contains(&word.as_str()) {
                    continue;
                }
                format!("must be one of {}", words.join(", "))
            }
            Place::Flag(_) | Place::Not(_) => continue,
        };
        return Err(Wrong::BadPart {
            part: key.to_owned(),
            allowed,
        });
    }
    Ok(())
}

/// Mixing and feed-forward layers; saturating, for a text may say anything.
pub(super) fn layers_in(architecture: &Architecture) -> (u32, u32) {
    let attn = architecture.attn.iter().map(Attention::layers);
    let ffn = architecture.ffn.iter().map(FeedForward::layers);
    (
        attn.fold(0, u32::saturating_add),
        ffn.fold(0, u32::saturating_add),
    )
}

/// The text of a model.
pub(super) fn write(model: &CustomModel) -> String {
    let CustomModel {
        name,
        mut architecture,
    } = model.clone();
    let (attn_layers, ffn_layers) = layers_in(&architecture);
    if architecture.layers == attn_layers.max(ffn_layers) {
        architecture.layers = 0;
    }
    let (scalars, attn, ffn) = split(&mut architecture);
    let mut out = write_parts(&scalars);
    for group in attn {
        out.push('/');
        out.push_str(&write_parts(&attention(group)));
    }
    for group in ffn {
        out.push('/');
        out.push_str(&write_parts(&feed_forward(group)));
    }
    out.push_str("/~");
    out.push_str(&name);
    out
}

/// The model of a text.
pub(super) fn read(text: &str) -> Result<CustomModel, Wrong> {
    let (dimensions, name) = match text.split_once("/~") {
        Some((dimensions, name)) => (dimensions, name.trim()),
        None => (text.trim_end_matches('/'), ""),
    };
    let mut model = empty();
    let mut parts = dimensions.split('/');
    read_parts(parts.next().unwrap_or_default(), split(&mut model).0)?;
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_lowercase())
            .unwrap_or(part.len());
        let kind = &part[..end];
        if let Some(mut group) = empty_attention(kind) {
            read_parts(part, attention(&mut group))?;
            model.attn.push(group);
        } else if let Some(mut group) = empty_feed_forward(kind) {
            read_parts(part, feed_forward(&mut group))?;
            model.ffn.push(group);
        } else {
            return Err(Wrong::BadPart {
                part: excerpt(part),
                allowed: "unknown layer group; known are gqa, mla, vf, gdn, kda, ssm, lightning, mfa, dense, moe".into(),
            });
        }
        if model.attn.len() + model.ffn.len() > 2 * MAX_GROUPS {
            return Err(Wrong::BadForm { example: FORM });
        }
    }
    if model.layers == 0 {
        let (attn, ffn) = layers_in(&model);
        model.layers = attn.max(ffn);
    }
    Ok(CustomModel {
        name: name.to_owned(),
        architecture: model,
    })
}

/// Whether so many blocks of one sort fit into the layers: at most one each, or the same number in
/// every layer (attention beside state space, or two attention blocks one after the other).
fn fill(blocks: u32, layers: u32) -> bool {
    blocks <= layers || blocks.is_multiple_of(layers) && blocks <= layers.saturating_mul(MAX_BLOCKS)
}

/// A name as a model's text holds it: one line without blanks at its ends, cut where it is too long.
pub(super) fn name(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !c.is_control()).collect();
    let cut: String = visible.trim().chars().take(LONGEST_NAME).collect();
    cut.trim_end().to_owned()
}

/// What is wrong with an architecture, wherever it comes from.
pub(super) fn check(architecture: &Architecture) -> Result<(), Wrong> {
    let mut copy = architecture.clone();
    let total = copy.layers;
    let (scalars, attn, ffn) = split(&mut copy);
    check_parts(scalars)?;
    if attn.is_empty() || attn.len() > MAX_GROUPS || ffn.len() > MAX_GROUPS {
        return Err(Wrong::BadPart {
            part: "attn, ffn".into(),
            allowed: format!(
                "1 to {MAX_GROUPS} attention groups and up to {MAX_GROUPS} feed-forward groups"
            ),
        });
    }
    for group in attn {
        if let Attention::Gqa(Gqa {
            q_heads, kv_heads, ..
        }) = group
            && *kv_heads > *q_heads
        {
            return Err(Wrong::BadPart {
                part: "kv".into(),
                allowed: "must not be more than the query heads".into(),
            });
        }
        check_parts(attention(group))?;
    }
    for group in ffn {
        if let FeedForward::Moe(Moe { experts, top_k, .. }) = group
            && *top_k > *experts
        {
            return Err(Wrong::BadPart {
                part: "k".into(),
                allowed: "must not be more than the experts".into(),
            });
        }
        check_parts(feed_forward(group))?;
    }
    let (attn_layers, ffn_layers) = layers_in(architecture);
    if total == 0 || !fill(attn_layers, total) || !fill(ffn_layers, total) {
        return Err(Wrong::BadPart {
            part: "l".into(),
            allowed: format!(
                "must be at least the layers of the groups, or 1/2 to 1/{MAX_BLOCKS} of them where every layer has as many blocks"
            ),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const R1: &str = "h7168.v129280.mtp1.c163840/mla61.q128.qr1536.kr512.nope128.rope64.vd128/dense3.f18432/moe58.e256.k8.f2048.s1.sf2048/~My R1/0528";

    #[test]
    fn a_model_reads_back() {
        let model = read(R1).unwrap();
        assert_eq!(model.name, "My R1/0528");
        assert_eq!(model.architecture.layers, 61);
        assert_eq!(check(&model.architecture), Ok(()));
        assert_eq!(write(&model), R1);
    }

    /// Falcon-H1 mixes twice side by side in a layer, LongCat-Flash has two attentions and three
    /// networks in one: the model is as deep as its layers, whatever is in them.
    #[test]
    fn layers_of_several_blocks_read_back() {
        for (text, layers) in [
            (
                "h5120.v261120.l72.c262144/ssm72.q32.d128.g2.s256.conv4/gqa72.q20.kv4.d128/dense72.f21504/~F",
                72,
            ),
            (
                "h6144.v131072.l28.c131072/mla56.q64.qr1536.kr512.nope128.rope64.vd128/dense56.f12288/moe28.e512.k8.f2048/~L",
                28,
            ),
            // One layer's cache read by others, and a vocabulary matrix narrower than the rest.
            (
                "h2560.v200064.tied.ew512.c262144/gqa9.q40.kv20.d64.w512/gqa7.q40.kv20.d64.kvs/dense16.f10240/~P",
                16,
            ),
        ] {
            let model = read(text).unwrap();
            assert_eq!(check(&model.architecture), Ok(()), "{text}");
            assert_eq!(model.architecture.layers, layers);
            assert_eq!(write(&model), text);
        }
    }

    #[test]
    fn any_name_is_made_one_that_reads_back() {
        let architecture = read(R1).unwrap().architecture;
        for given in [
            "",
            " a\tb\n",
            "~/x/~y %+&=#",
            &"长".repeat(80),
            &format!("{:>59} b", "a"),
        ] {
            let choice = super::super::ModelChoice::custom(given, architecture.clone()).unwrap();
            let super::super::ModelChoice::Custom(model) = choice else {
                panic!("{given}");
            };
            assert!(model.name.chars().count() <= LONGEST_NAME);
            assert_eq!(read(&write(&model)).as_ref(), Ok(&*model), "{given}");
        }
        let mut none = architecture;
        none.hidden = 0;
        assert!(super::super::ModelChoice::custom("a", none).is_err());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let part = |text: &str| match read(text).and_then(|m| check(&m.architecture)) {
            Err(Wrong::BadPart { part, .. }) => part,
            other => panic!("{text}: {other:?}"),
        };
        for (text, want) in [
            ("h512.v1000.c2048/", "attn, ffn"),
            ("h512.v1000/gqa4.q8.kv8.d64/", "c"),
            ("h0.v1000.c2048/gqa4.q8.kv8.d64/", "h"),
            ("h512.v1000.c2048/gqa4.q8.kv16.d64/", "kv"),
            ("h512.v1000.c2048/gqa4.q8.kv8/", "d"),
            ("h512.v1000.c2048/gqa4.q8.kv8.d64.q8/", "q8"),
            ("h512.v1000.c2048/gqa4.q8.kv8.d64.zz3/", "zz3"),
            ("h512.v1000.c2048/gqa4.q8.kv8.d64.qn-half/", "qn-half"),
            ("h512.v1000.c2048/rnn4/", "rnn4"),
            ("h512.v1000.c2048/gqa4.q8.kv8.d64/moe4.e8.k9.f64/", "k"),
            ("h512.v1000.c2048.l3/gqa4.q8.kv8.d64/", "l"),
            ("h512.v1000.c2048.l1/gqa5.q8.kv8.d64/", "l"),
            ("h99999999999.v1000.c2048/gqa4.q8.kv8.d64/", "h99999999999"),
            ("h+5.v1000.c2048/gqa4.q8.kv8.d64/", "h+5"),
            ("h512.v1000.c2048/vf4.q8.kv1.d64/", "t"),
        ] {
            assert_eq!(part(text), want, "{text}");
        }
    }

    #[test]
    fn every_architecture_of_the_catalogue_fits() {
        // Checked here as text so that the scenario's ranges never refuse a published model.
        let catalogue = crate::catalogue::Catalogue::embedded();
        assert!(!catalogue.models.is_empty());
        for model in &catalogue.models {
            let custom = CustomModel {
                name: model.name.clone(),
                architecture: model.architecture.clone(),
            };
            assert_eq!(check(&custom.architecture), Ok(()), "{}", model.id);
            let text = write(&custom);
            assert_eq!(read(&text).as_ref(), Ok(&custom), "{text}");
            assert!(text.len() < 500, "{text}");
        }
    }
}
