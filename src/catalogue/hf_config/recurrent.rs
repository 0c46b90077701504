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
const HEAD_DIM: [&str; 4] = [
    "mamba_d_head",
    "mamba_head_dim",
    "mamba_headdim",
    "head_dim",
];
const GROUPS: [&str; 4] = ["mamba_n_groups", "n_groups", "mamba_ngroups", "ngroups"];

/// A Mamba layer: the second generation has heads, the first has not.
pub(super) fn mamba(f: &Fields<'_>, hidden: u32) -> Read<Attention> {
    let first_generation = matches!(
        f.model_type(),
        "mamba" | "falcon_mamba" | "jamba" | "zamba" | "zamba1"
    ) || f.has("mamba_dt_rank")
        || f.has("time_step_rank") && f.model_type() != "mamba2";
    if first_generation {
        return mamba1(f, hidden);
    }
    let expand = f.optional(&["mamba_expand", "expand"])?.unwrap_or(2);
    let state = f.need(&STATE)?;
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
    let (d, h, s) = (f64::from(inner), f64::from(hidden), f64::from(state));
    let groups = (d * (2.0 * rank + 3.0 * s) - h * f64::from(heads)) / (2.0 * h * s);
    f.warn(ConfigWarning::Approximate(
        "Mamba-1 layers are described as Mamba-2 layers of the same size and state",
    ));
    Ok(Attention::Mamba2 {
        n: 1,
        heads,
        head_dim,
        groups: groups.round().clamp(1.0, 65_536.0) as u32,
        state,
        conv: f.optional(&CONV)?.unwrap_or(4),
    })
}

/// LFM2's gated short convolution (4h² weights and a few tokens of history): a Mamba-2 layer with
/// a state of one element and as many B/C channels as make up the projections.
pub(super) fn short_convolution(f: &Fields<'_>, hidden: u32) -> Attention {
    f.warn(ConfigWarning::Approximate(
        "short convolutions are described as Mamba-2 layers of the same size",
    ));
    Attention::Mamba2 {
        n: 1,
        heads: 1,
        head_dim: hidden,
        groups: (hidden / 2).max(1),
        state: 1,
        conv: 3,
    }
}
