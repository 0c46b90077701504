//! State-space and convolution layers.

use super::error::{ConfigError, ConfigWarning};
use super::fields::{Fields, Read};
use crate::catalogue::architecture::Attention;

const STATE: [&str; 5] = [
    "mamba_d_state",
    "ssm_state_size",
    "state_size",
    "d_state",
    "mamba_state_dim",
];
const CONV: [&str; 4] = ["mamba_d_conv", "conv_kernel", "d_conv", "mamba_conv_kernel"];
const HEADS: [&str; 4] = [
    "mamba_n_heads",
    "mamba_num_heads",
    "n_mamba_heads",
    "num_heads",
];
const HEAD_DIM: [&str; 5] = [
    "mamba_d_head",
    "mamba_head_dim",
    "mamba_headdim",
    "headdim",
    "head_dim",
];
const GROUPS: [&str; 4] = ["mamba_n_groups", "n_groups", "mamba_ngroups", "ngroups"];

/// A Mamba layer: the second generation has heads, the first has not.
pub(super) fn mamba(f: &Fields<'_>, hidden: u32) -> Read<Attention> {
    if f.model_type() == "plamo2" {
        return plamo(f, hidden);
    }
    let first_generation = matches!(
        f.model_type(),
        "mamba" | "falcon_mamba" | "jamba" | "zamba" | "zamba1"
    ) || f.has("mamba_dt_rank")
        || f.has("time_step_rank") && f.model_type() != "mamba2";
    if first_generation {
        return mamba1(f, hidden);
    }
    let expand = f.optional(&["mamba_expand", "expand"])?.unwrap_or(2);
    let state = match f.optional(&STATE)? {
        // The default of its class, and of the state-spaces repository.
        None if f.model_type() == "mamba2" => 128,
        _ => f.need(&STATE)?,
    };
    let conv = f.optional(&CONV)?.unwrap_or(4);
    let inner = match f.optional(&["mamba_d_ssm"])? {
        Some(inner) => inner,
        None => hidden.saturating_mul(expand),
    };
    // "auto" stands for: as the inner width demands.
    let head_dim = f.raw(HEAD_DIM[0]).is_none_or(|v| !v.is_string());
    let head_dim = if head_dim {
        f.optional(&HEAD_DIM)?
    } else {
        None
    };
    let heads = f.optional(&HEADS)?.filter(|n| *n > 0);
    let (heads, head_dim) = match (heads, head_dim.filter(|d| *d > 0)) {
        (Some(heads), Some(dim)) => (heads, dim),
        (Some(heads), None) => (heads, inner / heads),
        (None, dim) => {
            let dim = dim.unwrap_or(64);
            (inner / dim, dim)
        }
    };
    if heads == 0 || head_dim == 0 {
        return Err(ConfigError::Inconsistent(format!(
            "an inner width of {inner} cannot be shared out to Mamba heads"
        )));
    }
    Ok(Attention::Mamba2 {
        n: 1,
        heads,
        head_dim,
        groups: f.optional(&GROUPS)?.unwrap_or(1).max(1),
        state,
        conv,
    })
}

/// A first-generation layer as a second-generation one of the same state, and of the same number
/// of parameters but for rounding: its low-rank time step and its B and C projections
/// (`d·(2·rank + 2·state)`) and its decay matrix (`d·state`) become B/C groups.
fn mamba1(f: &Fields<'_>, hidden: u32) -> Read<Attention> {
    let expand = f.optional(&["mamba_expand", "expand"])?.unwrap_or(2);
    let stated = if f.model_type().contains("mamba") {
        f.optional(&["intermediate_size", "d_inner"])?
    } else {
        None
    };
    let inner = stated.unwrap_or(hidden.saturating_mul(expand)).max(1);
    let state = f.optional(&STATE)?.unwrap_or(16).max(1);
    // "auto" stands for a sixteenth of the width.
    let rank = ["mamba_dt_rank", "time_step_rank"]
        .iter()
        .find_map(|key| f.raw(key)?.as_u64())
        .map_or(f64::from(hidden.div_ceil(16)), |r| r as f64);
    let head_dim = if inner.is_multiple_of(64) { 64 } else { inner };
    let heads = inner / head_dim;
    let small = f64::from(inner) * (2.0 * rank + 3.0 * f64::from(state));
    f.warn(ConfigWarning::Approximate(
        "Mamba-1 layers are described as Mamba-2 layers of the same size and state",
    ));
    Ok(Attention::Mamba2 {
        n: 1,
        heads,
        head_dim,
        groups: groups(small, hidden, heads, state),
        state,
        conv: f.optional(&CONV)?.unwrap_or(4),
    })
}

/// As many B/C groups as hold `small` parameters beside the three wide matrices.
fn groups(small: f64, hidden: u32, heads: u32, state: u32) -> u32 {
    let h = f64::from(hidden);
    let groups = (small - h * f64::from(heads)) / (2.0 * h * f64::from(state));
    groups.round().clamp(1.0, 65_536.0) as u32
}

/// PLaMo 2: heads as in Mamba-2, but B, C and time step from the inner channels as in Mamba-1
/// (`d·(2·state + rank) + rank·heads`).
fn plamo(f: &Fields<'_>, hidden: u32) -> Read<Attention> {
    let heads = f.need(&HEADS)?;
    let head_dim = f.need(&["hidden_size_per_head"])?;
    let state = f.optional(&STATE)?.unwrap_or(64).max(1);
    let rank = f64::from((hidden / 16).max(64));
    let small = f64::from(heads) * (f64::from(head_dim) * (2.0 * f64::from(state) + rank) + rank);
    f.warn(ConfigWarning::Approximate(
        "PLaMo's Mamba layers are described as Mamba-2 layers of the same size and state",
    ));
    Ok(Attention::Mamba2 {
        n: 1,
        heads,
        head_dim,
        groups: groups(small, hidden, heads, state),
        state,
        conv: f.optional(&CONV)?.unwrap_or(4),
    })
}

/// Heads of 64 channels, so that tensor parallelism can divide them; one where that does not go up.
fn heads_of_64(width: u32) -> u32 {
    if width.is_multiple_of(64) {
        (width / 64).max(1)
    } else {
        1
    }
}

/// A gated memory unit (SambaY) gates what an earlier Mamba layer put out: two matrices of the inner
/// width, no state. A Mamba-2 layer has three of its inner width, which is two thirds as wide here.
pub(super) fn gated_memory(f: &Fields<'_>, hidden: u32) -> Read<Attention> {
    let expand = f.optional(&["mamba_expand", "expand"])?.unwrap_or(2);
    let inner = hidden.saturating_mul(expand).max(1);
    let heads = heads_of_64(inner);
    let head_dim = f64::from(inner / heads) * 2.0 / 3.0;
    f.warn(ConfigWarning::Approximate(
        "gated memory units are described as Mamba-2 layers of the same size",
    ));
    Ok(Attention::Mamba2 {
        n: 1,
        heads,
        head_dim: head_dim.round().clamp(1.0, 16_384.0) as u32,
        groups: 1,
        state: 1,
        conv: 0,
    })
}

/// LFM2's gated short convolution (4h² weights and a few tokens of history): a Mamba-2 layer with
/// a state of one element and as many B/C channels as make up the projections.
pub(super) fn short_convolution(f: &Fields<'_>, hidden: u32) -> Attention {
    f.warn(ConfigWarning::Approximate(
        "short convolutions are described as Mamba-2 layers of the same size",
    ));
    let heads = heads_of_64(hidden);
    Attention::Mamba2 {
        n: 1,
        heads,
        head_dim: (hidden / heads).max(1),
        groups: (hidden.saturating_sub(heads) / 2).max(1),
        state: 1,
        conv: 3,
    }
}
