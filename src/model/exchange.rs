//! What an instance sends: the collectives of a step, and the KV cache to another instance.

use crate::catalogue::architecture::FeedForward;

use super::collective::{AlphaBeta, all_reduce, all_to_all, point_to_point};
use super::instance::Instance;
use super::machine::Machine;

/// A collective of every layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comm {
    pub name: &'static str,
    pub count: f64,
    pub cost: AlphaBeta,
    pub bytes_per_token: f64,
    /// May hide behind computing.
    pub overlaps: bool,
}

/// Collectives of all layers.
pub(super) fn comms(i: &Instance, hidden: f64) -> Vec<Comm> {
    let d = i.degrees;
    let (tp, dp, ep) = (f64::from(d.tp), f64::from(d.dp), f64::from(d.ep));
    let local = i.local.communication;
    let scaled = |c: AlphaBeta| AlphaBeta {
        latency_s: c.latency_s * local,
        s_per_byte: c.s_per_byte * local,
    };
    let mut out = Vec::new();
    let mut moe_layers = 0.0;
    let mut dense_layers = 0.0;
    let mut wire = hidden;
    let mut top_k: f64 = 1.0;
    for f in &i.architecture.ffn {
        match f {
            FeedForward::Dense { n, .. } => dense_layers += f64::from(*n),
            FeedForward::Moe(m) => {
                moe_layers += f64::from(m.n);
                top_k = top_k.max(f64::from(m.top_k));
                if m.latent > 0 {
                    wire = f64::from(m.latent);
                }
            }
        }
    }
    let mixers = f64::from(i.architecture.mixer_layers());
    // Tensor parallel: one all-reduce after attention and one after the feed-forward network. A
    // mixture whose experts see every token (no data parallelism) sums the same way.
    let spread = dp > 1.0;
    let reduces = mixers + dense_layers + if spread { 0.0 } else { moe_layers };
    if tp > 1.0 {
        out.push(Comm {
            name: "comm.all_reduce",
            count: reduces,
            cost: scaled(all_reduce(i.machine, i.profile, tp)),
            bytes_per_token: reduces * hidden * 2.0,
            overlaps: false,
        });
    }
    if spread && moe_layers > 0.0 {
        // Dispatch in the experts' activation format, combine in 16 bit.
        let group = if ep > 1.0 { ep } else { tp * dp };
        let (cost, copies) = all_to_all(i.machine, i.profile, group, top_k);
        let (cost, targets) = (scaled(cost), copies.min(dp - 1.0).max(0.0));
        let dispatch_bytes = if i.formats.experts.bits() <= 8
            && i.machine.arithmetic(i.formats.experts).1.bits() <= 8
        {
            1.0
        } else {
            2.0
        };
        for (name, bytes) in [("comm.dispatch", dispatch_bytes), ("comm.combine", 2.0)] {
            out.push(Comm {
                name,
                count: moe_layers,
                cost,
                bytes_per_token: moe_layers * wire * bytes * targets / tp,
                overlaps: true,
            });
        }
    }
    if d.pp > 1 {
        out.push(Comm {
            name: "comm.pipeline",
            count: f64::from(d.pp - 1),
            cost: scaled(point_to_point(
                i.machine,
                i.profile,
                tp * dp * f64::from(d.pp),
            )),
            bytes_per_token: f64::from(d.pp - 1) * hidden * 2.0,
            overlaps: false,
        });
    }
    out
}

/// KV transfer goes over scale-out between instances, over scale-up inside one super-node.
pub(super) fn transfer(machine: &Machine, efficiency: f64) -> AlphaBeta {
    let super_node = machine.domain_dies > 16 * machine.dies_per_card;
    let link = if super_node {
        machine.scale_up.or(machine.scale_out)
    } else {
        machine.scale_out.or(machine.scale_up)
    };
    AlphaBeta {
        latency_s: 2e-3,
        s_per_byte: link.map_or(0.0, |l| 1.0 / (l.bytes_per_s * efficiency)),
    }
}
