//! Every way to lay one instance out on a pool: degrees that divide the model and the hardware.

use crate::catalogue::architecture::{Architecture, Attention, FeedForward};
use crate::scenario::Degrees;

/// What divides: heads, layers, experts, and the cards at hand.
#[derive(Clone, Debug)]
pub struct Space {
    /// Dies in a package that software addresses one by one.
    pub dies_per_card: u32,
    /// Packages in one scale-up domain of the pool.
    pub domain_cards: u32,
    /// Packages that work in one super-node.
    pub node_cards: u32,
    /// Packages that work in all.
    pub all_cards: u32,
}

/// Largest instance looked at, dies. Wider than any published deployment (CloudMatrix384: EP320).
const MOST_DIES: u32 = 1024;
/// Widest tensor parallelism looked at.
const MOST_TP: u32 = 32;
/// Pipeline depths looked at.
const PIPELINES: [u32; 4] = [1, 2, 4, 8];
/// Narrowest slice of an expert's inner width that a die still computes well.
const LEAST_EXPERT_WIDTH: u32 = 128;
/// Spare copies of experts that are tolerated where the ranks do not divide the experts
/// (CloudMatrix384 runs 256 experts on 320 dies).
const MOST_COPIES: f64 = 1.25;

/// Whether tensor parallelism of this width divides every kind of attention of the model.
pub fn tp_divides(architecture: &Architecture, tp: u32) -> bool {
    let divides = |heads: u32| heads == 0 || heads.is_multiple_of(tp);
    architecture.attn.iter().all(|group| match group {
        Attention::Gqa(g) => divides(g.q_heads),
        Attention::Mla(m) => divides(m.q_heads),
        Attention::V4(v) => divides(v.q_heads),
        Attention::Gdn { v_heads, .. } => divides(*v_heads),
        Attention::Kda { heads, .. }
        | Attention::Mamba2 { heads, .. }
        | Attention::Lightning { heads, .. } => divides(*heads),
        Attention::Mfa { q_heads, .. } => divides(*q_heads),
    })
}

/// Routed experts of the widest layer and their inner width; `None` for dense models.
fn experts(architecture: &Architecture) -> Option<(u32, u32)> {
    architecture
        .ffn
        .iter()
        .filter_map(|f| match f {
            FeedForward::Moe(m) => Some((m.experts, m.inter)),
            FeedForward::Dense { .. } => None,
        })
        .max()
}

/// Whether experts can be spread over `ep` of the `group` dies.
fn ep_works(experts: u32, inter: u32, group: u32, ep: u32) -> bool {
    let slice = group / ep.max(1);
    if ep == 0 || !group.is_multiple_of(ep) || slice == 0 {
        return false;
    }
    if slice > 1 && (!inter.is_multiple_of(slice) || inter / slice < LEAST_EXPERT_WIDTH) {
        return false;
    }
    // Whole experts per die; the rest is filled with copies of busy ones.
    let per_die = experts.div_ceil(ep).max(1);
    f64::from(per_die * ep) <= f64::from(experts) * MOST_COPIES || ep <= 1
}

/// Sizes of an instance in packages, ascending.
fn sizes(space: &Space) -> Vec<u32> {
    let most = (MOST_DIES / space.dies_per_card.max(1)).min(space.all_cards);
    let mut out = Vec::new();
    for unit in [1u32, 3, 5, 9] {
        let mut size = unit;
        while size <= most {
            // Odd multiples only where they are big enough to matter for packing.
            if unit == 1 || size >= 6 {
                out.push(size);
            }
            size *= 2;
        }
    }
    for whole in [space.domain_cards, space.node_cards, space.node_cards / 2] {
        if (1..=most).contains(&whole) {
            out.push(whole);
        }
    }
    out.sort_unstable();
    out.dedup();
    out.retain(|size| {
        // Beyond the domain only whole domains.
        *size <= space.domain_cards
            || (space.domain_cards > 0 && size.is_multiple_of(space.domain_cards))
    });
    out
}

/// Degrees of every instance that divides the model and the pool, smallest first. Memory is not
/// looked at here.
pub fn degrees(architecture: &Architecture, space: &Space) -> Vec<Degrees> {
    let mut out = Vec::new();
    let experts = experts(architecture);
    for cards in sizes(space) {
        let dies = cards * space.dies_per_card.max(1);
        for pp in PIPELINES {
            if !dies.is_multiple_of(pp) || pp > architecture.layers {
                continue;
            }
            let mut tp = 1;
            while tp <= MOST_TP && tp <= dies / pp {
                let fits = (dies / pp).is_multiple_of(tp)
                    && tp <= space.domain_cards * space.dies_per_card
                    && tp_divides(architecture, tp);
                if fits {
                    let dp = dies / pp / tp;
                    push_expert_degrees(&mut out, experts, (tp, pp, dp), space.dies_per_card);
                }
                tp *= 2;
            }
        }
    }
    out
}

fn push_expert_degrees(
    out: &mut Vec<Degrees>,
    experts: Option<(u32, u32)>,
    (tp, pp, dp): (u32, u32, u32),
    dies_per_card: u32,
) {
    let group = tp * dp;
    let Some((count, inter)) = experts else {
        // Replicas of a dense model share nothing: they only fill a package.
        if dp == 1 || group * pp == dies_per_card {
            out.push(Degrees { tp, pp, dp, ep: 1 });
        }
        return;
    };
    let mut seen = [0u32; 5];
    for (i, ep) in [group, group / 2, group / 4, dp, 1].into_iter().enumerate() {
        if seen[..i].contains(&ep) || !ep_works(count, inter, group, ep) {
            continue;
        }
        seen[i] = ep;
        out.push(Degrees { tp, pp, dp, ep });
    }
}

/// Why degrees given by the user cannot be; `None` = they can.
pub fn refuse(architecture: &Architecture, space: &Space, d: &Degrees) -> Option<String> {
    if d.tp == 0 || d.pp == 0 || d.dp == 0 || d.ep == 0 {
        return Some("tp, pp, dp, ep ≥ 1".into());
    }
    let dies = u64::from(d.tp) * u64::from(d.pp) * u64::from(d.dp);
    let most = u64::from(space.all_cards) * u64::from(space.dies_per_card);
    if dies > most {
        return Some(format!("tp·pp·dp = {dies} > {most}"));
    }
    if !tp_divides(architecture, d.tp) {
        return Some(format!("tp = {}", d.tp));
    }
    if d.pp > architecture.layers {
        return Some(format!("pp = {} > {}", d.pp, architecture.layers));
    }
    let group = u64::from(d.tp) * u64::from(d.dp);
    if !group.is_multiple_of(u64::from(d.ep)) {
        return Some(format!("ep = {}, tp·dp = {group}", d.ep));
    }
    if d.ep > 1 && experts(architecture).is_none() {
        return Some(format!("ep = {}", d.ep));
    }
    None
}
