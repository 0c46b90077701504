//! Token mixing: parameters, cache and arithmetic of each kind of attention on one die.
//!
//! Everything per layer. "Entry" is what one position leaves in the cache (or one compressed
//! group of positions). Sources: MLA arXiv 2405.04434 (absorbed decode: 2·heads·(2·latent + rope)
//! FLOPs per entry), DSA DeepSeek-V3.2 report, gated DeltaNet arXiv 2412.06464, Mamba-2 arXiv
//! 2405.21060, lightning attention arXiv 2501.08313, MFA arXiv 2412.19255.

use crate::catalogue::architecture::{Attention, Gqa, Mla, V4};

/// Entries that one query attends to, as a function of its position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reach {
    /// Positions per entry (1, or the compression ratio).
    pub ratio: f64,
    /// Most entries attended (window, index top-k); infinite = all.
    pub cap: f64,
    /// Extra uncompressed window beside the compressed stream.
    pub window: f64,
}

impl Reach {
    const ALL: Self = Self {
        ratio: 1.0,
        cap: f64::INFINITY,
        window: 0.0,
    };
    const NONE: Self = Self {
        ratio: 1.0,
        cap: 0.0,
        window: 0.0,
    };

    fn capped(cap: u32) -> Self {
        Self {
            cap: if cap == 0 {
                f64::INFINITY
            } else {
                f64::from(cap)
            },
            ..Self::ALL
        }
    }

    /// Entries attended at a context of `c` positions.
    pub fn at(&self, c: f64) -> f64 {
        (c / self.ratio).min(self.cap) + c.min(self.window)
    }

    /// Mean over positions `from .. from + length` of the entries attended (causal).
    pub fn mean(&self, from: f64, length: f64) -> f64 {
        if length <= 0.0 {
            return self.at(from);
        }
        // ∫ min(t / r, cap) dt, in closed form.
        let area = |x: f64, r: f64, cap: f64| {
            let knee = cap * r;
            if x <= knee {
                x * x / (2.0 * r)
            } else {
                knee * cap / 2.0 + (x - knee) * cap
            }
        };
        let span = |r: f64, cap: f64| area(from + length, r, cap) - area(from, r, cap);
        (span(self.ratio, self.cap) + span(1.0, self.window)) / length
    }
}

/// One layer of token mixing on one die.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mixer {
    /// Name of its core operator.
    pub name: &'static str,
    /// Layers of this kind.
    pub layers: f64,
    /// Projection parameters on this die.
    pub params: f64,
    /// Entries attended.
    pub reach: Reach,
    /// Entries kept in the cache.
    pub kept: Reach,
    /// Elements of an entry on this die, in the KV format.
    pub entry: f64,
    /// Elements that every prefilled token writes on this die; 0 where the cache is another layer's.
    pub written: f64,
    /// FLOPs per query token and entry while decoding.
    pub decode_flops: f64,
    /// FLOPs per query token and entry while prefilling, over `prefill_reach`.
    pub prefill_flops: f64,
    /// Entries attended while prefilling.
    pub prefill_reach: Reach,
    /// Sparse index: FLOPs per query token and scored entry; 0 = none.
    pub index_flops: f64,
    /// Sparse index: bytes of a key (kept in 8 bit).
    pub index_bytes: f64,
    /// Sparse index: positions per scored entry.
    pub index_ratio: f64,
    /// A sparse index, its own or another layer's, chooses the entries attended.
    pub gathered: bool,
    /// Recurrent state per sequence on this die, elements.
    pub state: f64,
    /// FLOPs on the state per token.
    pub state_flops: f64,
    /// Kind of kernels.
    pub kind: MixerKind,
}

/// Kinds that differ in kernels and launches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MixerKind {
    /// Softmax over grouped heads.
    Grouped,
    /// Softmax over a latent.
    Latent,
    /// Recurrent state.
    State,
}

fn f(n: u32) -> f64 {
    f64::from(n)
}

impl Mixer {
    const EMPTY: Self = Self {
        name: "",
        layers: 0.0,
        params: 0.0,
        reach: Reach::NONE,
        kept: Reach::NONE,
        entry: 0.0,
        written: 0.0,
        decode_flops: 0.0,
        prefill_flops: 0.0,
        prefill_reach: Reach::NONE,
        index_flops: 0.0,
        index_bytes: 0.0,
        index_ratio: 1.0,
        gathered: false,
        state: 0.0,
        state_flops: 0.0,
        kind: MixerKind::Grouped,
    };

    /// The share of one die of a group split over `tp` dies.
    pub fn new(group: &Attention, hidden: u32, tp: u32) -> Self {
        let (h, tp) = (f(hidden), f(tp));
        match group {
            Attention::Gqa(g) => Self::gqa(g, h, tp),
            Attention::Mla(m) => Self::mla(m, h, tp),
            Attention::V4(v) => Self::v4(v, h, tp),
            Attention::Gdn {
                n,
                k_heads,
                v_heads,
                k_dim,
                v_dim,
                conv,
            } => {
                let (k, v) = (f(*k_heads) * f(*k_dim), f(*v_heads) * f(*v_dim));
                Self {
                    params: (h * (2.0 * k + 2.0 * v + 2.0 * f(*v_heads))
                        + v * h
                        + f(*conv) * (2.0 * k + v))
                        / tp,
                    ..Self::recurrent("attention.gdn", *n, v * f(*k_dim) / tp)
                }
            }
            Attention::Kda {
                n,
                heads,
                head_dim,
                conv,
                full_rank_gate,
            } => {
                let w = f(*heads) * f(*head_dim);
                let low_rank = h * f(*head_dim) + f(*head_dim) * w;
                let gates = if *full_rank_gate {
                    h * w + low_rank
                } else {
                    2.0 * low_rank
                };
                Self {
                    params: (4.0 * h * w + gates + h * f(*heads) + 3.0 * f(*conv) * w) / tp,
                    ..Self::recurrent("attention.kda", *n, w * f(*head_dim) / tp)
                }
            }
            Attention::Mamba2 {
                n,
                heads,
                head_dim,
                groups,
                state,
                conv,
            } => {
                let inner = f(*heads) * f(*head_dim);
                let bc = 2.0 * f(*groups) * f(*state);
                Self {
                    params: (h * (2.0 * inner + bc + f(*heads))
                        + inner * h
                        + f(*conv) * (inner + bc))
                        / tp,
                    ..Self::recurrent("attention.mamba2", *n, inner * f(*state) / tp)
                }
            }
            Attention::Lightning { n, heads, head_dim } => {
                let w = f(*heads) * f(*head_dim);
                Self {
                    params: 5.0 * h * w / tp,
                    ..Self::recurrent("attention.lightning", *n, w * f(*head_dim) / tp)
                }
            }
            Attention::Mfa {
                n,
                q_heads,
                kv_heads,
                head_dim,
                q_rank,
            } => {
                let q = f(*q_heads) * f(*head_dim);
                let kv_local = (f(*kv_heads) / tp).max(1.0);
                Self {
                    params: h * f(*q_rank)
                        + f(*q_rank) * q / tp
                        + 2.0 * h * kv_local * f(*head_dim)
                        + q * h / tp,
                    ..Self::softmax(
                        "attention.mfa",
                        *n,
                        f(*q_heads) / tp,
                        kv_local,
                        f(*head_dim),
                        f(*head_dim),
                        Reach::ALL,
                    )
                }
            }
        }
    }

    /// A recurrent layer: the state is read, decayed, updated and queried once per token
    /// (6 FLOPs an element).
    fn recurrent(name: &'static str, n: u32, state: f64) -> Self {
        Self {
            name,
            layers: f(n),
            state,
            state_flops: 6.0 * state,
            kind: MixerKind::State,
            ..Self::EMPTY
        }
    }

    /// Softmax attention: 2·heads·(d_k + d_v) FLOPs per entry, kv_heads·(d_k + d_v) elements read.
    fn softmax(
        name: &'static str,
        n: u32,
        heads: f64,
        kv_heads: f64,
        dk: f64,
        dv: f64,
        reach: Reach,
    ) -> Self {
        let flops = 2.0 * heads * (dk + dv);
        Self {
            name,
            layers: f(n),
            reach,
            kept: reach,
            entry: kv_heads * (dk + dv),
            written: kv_heads * (dk + dv),
            decode_flops: flops,
            prefill_flops: flops,
            prefill_reach: reach,
            ..Self::EMPTY
        }
    }

    fn gqa(g: &Gqa, h: f64, tp: f64) -> Self {
        let dk = f(g.head_dim);
        let dv = if g.v_head_dim > 0 {
            f(g.v_head_dim)
        } else {
            dk
        };
        let heads = f(g.q_heads) / tp;
        // Fewer KV heads than dies: each die keeps a whole copy of one.
        let kv = (f(g.kv_heads) / tp).max(1.0_f64.min(f(g.kv_heads)));
        let local = match (g.window, g.chunk) {
            (0, chunk) => Reach::capped(chunk),
            (window, _) => Reach::capped(window),
        };
        let gate = match g.out_gate.as_str() {
            "elementwise" => h * heads * dv,
            "headwise" => h * heads,
            _ => 0.0,
        };
        let (keys, values) = match (g.kv_shared, g.k_eq_v) {
            (true, _) => (0.0, 0.0),
            (false, true) => (kv * dk, 0.0),
            (false, false) => (kv * dk, kv * dv),
        };
        let mut m = Self {
            params: h * heads * dk + h * (keys + values) + heads * dv * h + gate,
            ..Self::softmax("attention.gqa", g.n, heads, kv, dk, dv, local)
        };
        if g.window > 0 {
            m.name = "attention.window";
        }
        if g.kv_shared {
            m.kept = Reach::NONE;
            m.written = 0.0;
        }
        if g.index_topk > 0 {
            let selected = Reach::capped(g.index_topk);
            m.reach = selected;
            m.prefill_reach = selected;
            m.gathered = !g.kv_shared;
            m.index(g.index_heads, g.index_head_dim, h, h, 1.0);
            m.name = "attention.sparse";
        }
        m
    }

    fn mla(m: &Mla, h: f64, tp: f64) -> Self {
        let heads = f(m.q_heads) / tp;
        let (rank, rope) = (f(m.kv_lora_rank), f(m.qk_rope_dim));
        let (nope, v) = (f(m.qk_nope_dim), f(m.v_head_dim));
        let q = heads * (nope + rope);
        let query = if m.q_lora_rank > 0 {
            h * f(m.q_lora_rank) + f(m.q_lora_rank) * q
        } else {
            h * q
        };
        let gate = if m.out_gate.is_empty() {
            0.0
        } else {
            h * heads * v
        };
        // The latent is shared by all heads, so every tensor-parallel die keeps all of it.
        let latent = h * (rank + rope);
        let absorbed = 2.0 * heads * (2.0 * rank + rope);
        let expanded = 2.0 * heads * (nope + rope + v);
        let mut out = Self {
            name: "attention.mla",
            layers: f(m.n),
            params: query + latent + rank * heads * (nope + v) + heads * v * h + gate,
            reach: Reach::ALL,
            kept: Reach::ALL,
            entry: rank + rope,
            written: rank + rope,
            decode_flops: absorbed,
            prefill_flops: expanded,
            prefill_reach: Reach::ALL,
            kind: MixerKind::Latent,
            ..Self::EMPTY
        };
        if m.index_topk > 0 {
            out.name = "attention.dsa";
            out.gathered = true;
            out.reach = Reach::capped(m.index_topk);
            // Sparse prefill gathers latent entries, so it runs absorbed.
            out.prefill_reach = out.reach;
            out.prefill_flops = absorbed;
            if !m.index_shared {
                let from = if m.q_lora_rank > 0 {
                    f(m.q_lora_rank)
                } else {
                    h
                };
                out.index(m.index_heads, m.index_head_dim, from, h, 1.0);
            }
        }
        out
    }

    fn v4(v: &V4, h: f64, tp: f64) -> Self {
        let heads = f(v.q_heads) / tp;
        let (d, window) = (f(v.head_dim), f(v.window));
        let ratio = f(v.compress_ratio);
        let (rank, groups, o_rank) = (f(v.q_lora_rank), f(v.o_groups), f(v.o_lora_rank));
        let output = heads * d * o_rank + groups * o_rank * h / tp;
        // A compressor projects keys and gates; the indexed variant overlaps two streams.
        let streams = match v.variant.as_str() {
            "csa" => 4.0,
            "hca" => 2.0,
            _ => 0.0,
        };
        let reach = if ratio > 0.0 {
            Reach {
                ratio,
                cap: if v.index_topk > 0 {
                    f(v.index_topk)
                } else {
                    f64::INFINITY
                },
                window,
            }
        } else {
            Reach::capped(v.window)
        };
        let mut out = Self {
            name: "attention.v4",
            layers: f(v.n),
            params: h * rank + rank * heads * d + h * d * f(v.kv_heads) + output + streams * h * d,
            reach,
            kept: Reach {
                cap: if ratio > 0.0 {
                    f64::INFINITY
                } else {
                    reach.cap
                },
                ..reach
            },
            // Keys and values are the same vector.
            entry: f(v.kv_heads) * d,
            written: f(v.kv_heads) * d,
            decode_flops: 4.0 * heads * d,
            prefill_flops: 4.0 * heads * d,
            prefill_reach: reach,
            kind: MixerKind::Latent,
            ..Self::EMPTY
        };
        if v.index_topk > 0 {
            out.gathered = true;
            out.index(v.index_heads, v.index_head_dim, rank, h, ratio.max(1.0));
            out.params += 3.0 * h * f(v.index_head_dim);
        }
        out
    }

    /// Adds a sparse index: query from `from`, key and head weights from the residual stream.
    fn index(&mut self, heads: u32, dim: u32, from: f64, h: f64, ratio: f64) {
        let (n, d) = (f(heads), f(dim));
        self.params += from * n * d + h * d + h * n;
        self.index_flops = 2.0 * n * d;
        self.index_bytes = d;
        self.index_ratio = ratio;
    }

    /// Cache of one sequence of `context` tokens on one die, one layer, bytes; recurrent state
    /// is kept in 32 bit.
    pub fn cache_bytes(&self, context: f64, kv_bytes: f64) -> f64 {
        self.kept.at(context) * self.entry * kv_bytes
            + context / self.index_ratio * self.index_bytes
            + self.state * 4.0
    }
}
