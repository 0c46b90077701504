//! A custom model as compact, readable text:
//! `h5120.v151936.c40960/gqa64.q64.kv8.d128.qn-per_head/dense64.f25600/~My model`.
//!
//! Parts are divided by "/": first the scalars, then one part per layer group (its kind with the
//! number of layers, then its dimensions), last "~" and the name. Dimensions that are 0 or absent
//! are left out; so is the number of layers where it follows from the groups.

use super::model_dims::{
    Part, Place, attention, empty_attention, empty_feed_forward, feed_forward, scalars,
};
use super::wrong::{Wrong, excerpt};
use crate::catalogue::architecture::{Architecture, Attention, CustomModel, FeedForward, Gqa, Moe};

/// Longest name of a custom model, characters.
pub(super) const LONGEST_NAME: usize = 60;
/// Layer groups of each sort at most.
const MAX_GROUPS: usize = 32;

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

fn layers_in(architecture: &Architecture) -> (u32, u32) {
    let attn = architecture.attn.iter().map(|group| match group {
        Attention::Gqa(g) => g.n,
        Attention::Mla(g) => g.n,
        Attention::V4(g) => g.n,
        Attention::Gdn { n, .. }
        | Attention::Kda { n, .. }
        | Attention::Mamba2 { n, .. }
        | Attention::Lightning { n, .. }
        | Attention::Mfa { n, .. } => *n,
    });
    let ffn = architecture.ffn.iter().map(|group| match group {
        FeedForward::Dense { n, .. } => *n,
        FeedForward::Moe(g) => g.n,
    });
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
    let Architecture {
        hidden,
        vocab,
        layers,
        tied_embeddings,
        mtp_layers,
        hc_mult,
        max_context,
        attn,
        ffn,
    } = &mut architecture;
    if *layers == attn_layers.max(ffn_layers) {
        *layers = 0;
    }
    let mut out = write_parts(&scalars(
        hidden,
        vocab,
        layers,
        tied_embeddings,
        mtp_layers,
        hc_mult,
        max_context,
    ));
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
    let mut model = Architecture {
        hidden: 0,
        vocab: 0,
        layers: 0,
        tied_embeddings: false,
        mtp_layers: 0,
        hc_mult: 1,
        max_context: 0,
        attn: Vec::new(),
        ffn: Vec::new(),
    };
    let mut parts = dimensions.split('/');
    let first = parts.next().unwrap_or_default();
    let Architecture {
        hidden,
        vocab,
        layers,
        tied_embeddings,
        mtp_layers,
        hc_mult,
        max_context,
        ..
    } = &mut model;
    read_parts(
        first,
        scalars(
            hidden,
            vocab,
            layers,
            tied_embeddings,
            mtp_layers,
            hc_mult,
            max_context,
        ),
    )?;
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

/// What is wrong with an architecture, wherever it comes from.
pub(super) fn check(architecture: &Architecture) -> Result<(), Wrong> {
    let mut copy = architecture.clone();
    let Architecture {
        hidden,
        vocab,
        layers,
        tied_embeddings,
        mtp_layers,
        hc_mult,
        max_context,
        attn,
        ffn,
    } = &mut copy;
    let total = *layers;
    check_parts(scalars(
        hidden,
        vocab,
        layers,
        tied_embeddings,
        mtp_layers,
        hc_mult,
        max_context,
    ))?;
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
    if total == 0 || attn_layers > total || ffn_layers > total {
        return Err(Wrong::BadPart {
            part: "l".into(),
            allowed: "must be at least the layers of the groups".into(),
        });
    }
    Ok(())
}
