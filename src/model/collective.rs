//! Collectives by α–β: latency of the algorithm plus bytes over the slowest link they use.

use super::calibration::Profile;
use super::machine::Machine;
use super::parameters::P;

/// A collective among `n` dies as seconds = `latency_s` + bytes sent by one die × `s_per_byte`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AlphaBeta {
    /// Fixed part.
    pub latency_s: f64,
    /// Per byte that one die sends.
    pub s_per_byte: f64,
}

impl AlphaBeta {
    pub const NONE: Self = Self {
        latency_s: 0.0,
        s_per_byte: 0.0,
    };
}

/// Latency of a message between nodes where none is published, seconds (RDMA with its software).
const FAR_LATENCY_S: f64 = 5e-6;

/// Dies of one server, behind which a super-node adds its inter-node latency.
const SERVER_CARDS: f64 = 8.0;

/// Extra latency of reaching the partners that are not in the same server.
fn reach_latency_s(machine: &Machine, n: f64) -> f64 {
    if n > f64::from(machine.domain_dies) {
        machine
            .scale_out
            .and_then(|l| l.latency_s)
            .unwrap_or(FAR_LATENCY_S)
    } else if n > SERVER_CARDS * f64::from(machine.dies_per_card) {
        machine.scale_up_far_latency_s.unwrap_or(0.0)
    } else {
        0.0
    }
}

/// Seconds per byte when the share `near` of it stays in the scale-up domain; both links work at
/// the same time, the slower decides.
fn seconds_per_byte(machine: &Machine, near: f64, efficiency: f64) -> f64 {
    let up = machine.scale_up.map(|l| l.bytes_per_s);
    let out = machine.scale_out.map(|l| l.bytes_per_s);
    let fast = up.or(out).unwrap_or(f64::INFINITY);
    let slow = out.or(up).unwrap_or(f64::INFINITY);
    (near / fast).max((1.0 - near) / slow) / efficiency
}

/// All-reduce among `n` tensor-parallel dies, per byte of the message: a die sends
/// 2·(n − 1)/n of it (ring or two-shot). Across domains it runs hierarchically: only 1/domain of
/// the message crosses.
pub(crate) fn all_reduce(machine: &Machine, profile: &Profile, n: f64) -> AlphaBeta {
    if n <= 1.0 {
        return AlphaBeta::NONE;
    }
    let domain = f64::from(machine.domain_dies).max(1.0);
    let efficiency = profile[P::AllReduceBandwidth];
    let inner = n.min(domain);
    let mut s_per_byte = 2.0 * (inner - 1.0) / inner * seconds_per_byte(machine, 1.0, efficiency);
    if n > domain {
        let groups = n / domain;
        s_per_byte +=
            2.0 * (groups - 1.0) / groups / inner * seconds_per_byte(machine, 0.0, efficiency);
    }
    AlphaBeta {
        latency_s: profile[P::AllReduceLatency] * 1e-6 * (0.4 + 0.2 * n.log2())
            + 2.0 * reach_latency_s(machine, n),
        s_per_byte,
    }
}

/// Copies of a token that leave its die when `top_k` experts spread evenly over `n` dies: to all
/// dies, and over the slow link. A die gets a token once, however many of its experts are chosen; a
/// far domain gets it once and passes it on inside (node-limited dispatch: DeepSeek-V3 report,
/// section 3.2.2).
fn copies(n: f64, domain: f64, top_k: f64) -> (f64, f64) {
    let inner = n.min(domain);
    let chosen = |share: f64| 1.0 - (1.0 - share).powf(top_k);
    (
        (n - 1.0) * chosen(1.0 / n),
        (n / inner - 1.0) * chosen(inner / n),
    )
}

/// Expert dispatch or combine among `n` dies, and how many copies of a token one die sends.
pub(crate) fn all_to_all(
    machine: &Machine,
    profile: &Profile,
    n: f64,
    top_k: f64,
) -> (AlphaBeta, f64) {
    if n <= 1.0 {
        return (AlphaBeta::NONE, 0.0);
    }
    let (all, far) = copies(n, f64::from(machine.domain_dies).max(1.0), top_k);
    let up = machine.scale_up.map(|l| l.bytes_per_s);
    let out = machine.scale_out.map(|l| l.bytes_per_s);
    let fast = up.or(out).unwrap_or(f64::INFINITY);
    let slow = out.or(up).unwrap_or(f64::INFINITY);
    // Both links work at the same time, the slower decides.
    let seconds_per_byte = (all / fast).max(far / slow) / all / profile[P::AllToAllBandwidth];
    let cost = AlphaBeta {
        latency_s: profile[P::AllToAllLatency] * 1e-6 * (0.7 + 0.1 * n.log2())
            + reach_latency_s(machine, n),
        s_per_byte: seconds_per_byte,
    };
    (cost, all)
}

/// One hop to the next pipeline stage, per byte of the message.
pub(crate) fn point_to_point(machine: &Machine, profile: &Profile, dies: f64) -> AlphaBeta {
    let near = if dies > f64::from(machine.domain_dies) {
        0.0
    } else {
        1.0
    };
    AlphaBeta {
        latency_s: profile[P::AllReduceLatency] * 0.5e-6 + reach_latency_s(machine, dies),
        s_per_byte: seconds_per_byte(machine, near, profile[P::AllReduceBandwidth]),
    }
}
