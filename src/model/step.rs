//! The time of one engine step, operator by operator.
//!
//! Every operator takes ‖compute, memory‖₄ + launches: the 4-norm is the roofline's maximum with a
//! rounded knee (kernels near the ridge reach neither bound). Matrix products pay `half` tokens of
//! padding beside the real ones, which is the same as an efficiency of m / (m + half).

use crate::evaluation::{Bound, OpTime, StepBreakdown};

use super::attention::Reach;
use super::prepare::{Experts, Linear, Mixing, Prepared, class_of};

/// What one step works on, per attention replica and pipeline micro-batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Sequences that decode.
    pub sequences: f64,
    /// Mean context of those, tokens.
    pub context: f64,
    /// New prompt tokens computed in the step.
    pub prefill_tokens: f64,
    /// New tokens of one whole prompt (sets the mean attended context), tokens.
    pub prompt_tokens: f64,
    /// Tokens of the prompt found in the prefix cache: attended to, not computed.
    pub prefix_tokens: f64,
}

/// Cost of one operator in the step, seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    seconds: f64,
    compute_s: f64,
    memory_s: f64,
    launch_s: f64,
    flops: f64,
    bytes: f64,
    link_bytes: f64,
}

/// What of a step two micro-batches change.
#[derive(Clone, Copy, Debug)]
struct Whole {
    /// Layers' computing, and of it matrix products without their launches.
    compute_s: f64,
    products_s: f64,
    /// Exchange that may hide behind computing.
    hideable_s: f64,
    /// Latency of that exchange and of all other.
    hideable_latency_s: f64,
    exposed_latency_s: f64,
    /// Exchange that hides with one micro-batch.
    hidden_s: f64,
}

/// A step as a whole.
#[derive(Clone, Copy, Debug)]
struct Walked {
    total_s: f64,
    /// Exchange hidden behind computing, less what hiding it costs.
    hidden_s: f64,
    micro_batches: bool,
}

/// The 4-norm: at least the larger, at most 19 % above it.
#[inline]
pub(crate) fn knee(a: f64, b: f64) -> f64 {
    let (a2, b2) = (a * a, b * b);
    (a2 * a2 + b2 * b2).sqrt().sqrt()
}

impl Linear {
    #[inline]
    fn cost(&self, tokens: f64, half: f64) -> Cost {
        let compute_s = self.compute_s_per_token * (tokens + half);
        let memory_s = self.weight_s + self.memory_s_per_token * tokens;
        Cost {
            seconds: knee(compute_s, memory_s) + self.launch_s,
            compute_s,
            memory_s,
            launch_s: self.launch_s,
            flops: self.flops_per_token * tokens,
            bytes: self.weight_bytes + self.bytes_per_token * tokens,
            link_bytes: 0.0,
        }
    }

    /// Seconds of the same tokens in two halves, launches aside.
    #[inline]
    fn halves_s(&self, tokens: f64, half: f64) -> f64 {
        2.0 * (self.cost(0.5 * tokens, half).seconds - self.launch_s)
    }
}

impl Mixing {
    #[inline]
    fn cost(&self, load: &Load, verify: f64) -> Cost {
        let m = &self.mixer;
        let entries = m.reach.at(load.context);
        let scored = if m.index_flops > 0.0 {
            load.context / m.index_ratio
        } else {
            0.0
        };
        let decode_tokens = load.sequences * verify;
        let decode_flops = decode_tokens * (m.decode_flops * entries + m.state_flops);
        let index_flops = decode_tokens * m.index_flops * scored;
        // Every token that is verified selects its own entries where a sparse index does (CANN recipes,
        // DeepSeek-V3.2: twice the entries with one draft); else all of a sequence share one read.
        let read = if m.gathered {
            (verify * entries).min(m.kept.at(load.context))
        } else {
            entries
        };
        let kv_bytes = load.sequences * read * m.entry * self.kv_bytes;
        let index_bytes = load.sequences * scored * m.index_bytes;
        // Recurrent state, 32 bit: read once a step, written after every token that is verified, so
        // that the step can go back to the last one accepted (vLLM and SGLang keep them so).
        let prompts = if load.prompt_tokens > 0.0 {
            load.prefill_tokens / load.prompt_tokens
        } else {
            0.0
        };
        let state_bytes = (load.sequences * (1.0 + verify) + 2.0 * prompts) * m.state * 4.0;
        let decode_compute =
            decode_flops * self.decode_s_per_flop + index_flops * self.index_s_per_flop;
        let mut memory_s =
            (kv_bytes + index_bytes) * self.s_per_byte + state_bytes * self.state_s_per_byte;
        let mut seconds = knee(decode_compute, memory_s);
        let mut compute_s = decode_compute;
        let mut flops = decode_flops + index_flops;
        let mut bytes = kv_bytes + index_bytes + state_bytes;
        if load.prefill_tokens > 0.0 {
            let attended = m.prefill_reach.mean(load.prefix_tokens, load.prompt_tokens);
            let all = load.prefix_tokens + load.prompt_tokens / 2.0;
            let core = load.prefill_tokens * (m.prefill_flops * attended + m.state_flops);
            let index = load.prefill_tokens * m.index_flops * all / m.index_ratio;
            let c = (core + index) * self.prefill_s_per_flop;
            let written = load.prefill_tokens * m.written * self.kv_bytes;
            compute_s += c;
            memory_s += written * self.s_per_byte;
            seconds += knee(c, written * self.s_per_byte);
            flops += core + index;
            bytes += written;
        }
        let select = self.select_s(load, decode_tokens, scored);
        seconds += select;
        compute_s += select;
        let n = m.layers;
        Cost {
            seconds: seconds * n + self.launch_s,
            compute_s: compute_s * n,
            memory_s: memory_s * n,
            launch_s: self.launch_s,
            flops: flops * n,
            bytes: bytes * n,
            link_bytes: 0.0,
        }
    }
}

/// Tokens whose entries are chosen at the same time, about one on each multiprocessor.
const CHOOSING: f64 = 100.0;

impl Mixing {
    /// Seconds that the same tokens take longer in two halves, launches aside: entries are each token's own.
    #[inline]
    fn again_s(&self, load: &Load) -> f64 {
        let m = &self.mixer;
        if m.index_flops == 0.0 || load.sequences == 0.0 {
            return 0.0;
        }
        m.layers * self.among_s(load.context / m.index_ratio)
    }

    /// Choosing among the entries scored for one token.
    #[inline]
    fn among_s(&self, scored: f64) -> f64 {
        (scored - self.mixer.reach.cap).max(0.0) * self.select_s_per_entry
    }

    /// Choosing the entries of every token by its scores, one layer: time grows with the entries of a
    /// token, and tokens choose beside each other (vLLM's pull requests 37421 and 57109: 18 to 49 µs for 32 to 128 thousand
    /// entries and 4 tokens, 29 to 107 µs for 8 to 256 tokens of 128 thousand).
    #[inline]
    pub(crate) fn select_s(&self, load: &Load, decode_tokens: f64, scored: f64) -> f64 {
        let m = &self.mixer;
        if m.index_flops == 0.0 {
            return 0.0;
        }
        let mut seconds = 0.0;
        if decode_tokens > 0.0 {
            seconds += self.among_s(scored) * (1.0 + decode_tokens / CHOOSING);
        }
        if load.prefill_tokens > 0.0 {
            // The mean over a prompt's tokens of what each scores beyond what it may keep.
            let scored = (load.prefix_tokens + load.prompt_tokens / 2.0) / m.index_ratio;
            let kept = Reach {
                window: 0.0,
                ..m.prefill_reach
            };
            let beyond = scored - kept.mean(load.prefix_tokens, load.prompt_tokens);
            seconds += beyond * self.select_s_per_entry * load.prefill_tokens / CHOOSING;
        }
        seconds
    }
}

impl Experts {
    /// Copies on this die that at least one of `tokens` tokens chose.
    #[inline]
    pub(crate) fn touched(&self, tokens: f64) -> f64 {
        // A step reads an expert at most once, and no more experts than there are pairs.
        self.local * (1.0 - self.miss.powf(tokens))
    }

    /// Seconds of the same tokens in two halves, launches aside.
    #[inline]
    fn halves_s(&self, tokens: f64) -> f64 {
        let half = 0.5 * tokens;
        let touched = self.touched(half * self.gather);
        2.0 * (self.cost(half, touched, 1.0).seconds - self.launch_s)
    }

    #[inline]
    fn cost(&self, tokens: f64, touched: f64, hot: f64) -> Cost {
        let pairs = tokens * self.pairs_per_token * hot;
        let flops = 2.0 * self.params * pairs;
        let compute_s = 2.0
            * self.params
            * (pairs * self.s_per_flop + self.half_rows * touched * self.pad_s_per_flop);
        let bytes = touched * self.expert_bytes + pairs * self.bytes_per_pair;
        let memory_s = (bytes + touched * self.half_bytes) * self.s_per_byte;
        Cost {
            seconds: self.layers * knee(compute_s, memory_s) + self.launch_s,
            compute_s: self.layers * compute_s,
            memory_s: self.layers * memory_s,
            launch_s: self.launch_s,
            flops: self.layers * flops,
            bytes: self.layers * bytes,
            link_bytes: 0.0,
        }
    }
}

impl Prepared {
    /// Whole-instance load to the load of one replica and micro-batch.
    pub(crate) fn decode_load(&self, batch: f64, context: f64) -> Load {
        Load {
            sequences: batch / self.split,
            context,
            ..Load::default()
        }
    }

    /// Walks the operators of a step.
    #[inline]
    fn walk(&self, load: &Load, mut see: impl FnMut(&'static str, Cost)) -> Walked {
        let verify = 1.0 + self.drafts.tokens;
        let decode_tokens = load.sequences * verify;
        let tokens = decode_tokens + load.prefill_tokens;
        let prompts = if load.prompt_tokens > 0.0 {
            load.prefill_tokens / load.prompt_tokens
        } else {
            0.0
        };
        let mut compute = 0.0;
        let mut products_s = 0.0;
        let mut head = 0.0;
        let mut waiting = 0.0;
        for l in &self.linear {
            let c = if l.last_token_only {
                let c = l.cost(decode_tokens + prompts, self.half_tokens);
                head += c.seconds;
                c
            } else {
                let c = l.cost(tokens, self.half_tokens);
                compute += c.seconds;
                products_s += c.seconds - c.launch_s;
                c
            };
            see(l.name, c);
        }
        for m in &self.mixing {
            let c = m.cost(load, verify);
            compute += c.seconds;
            see(m.mixer.name, c);
        }
        for e in &self.experts {
            let touched = e.touched(tokens * e.gather);
            let c = e.cost(tokens, touched, 1.0);
            compute += c.seconds;
            products_s += c.seconds - c.launch_s;
            if self.imbalance > 0.0 {
                waiting += e.cost(tokens, touched, 1.0 + self.imbalance).seconds - c.seconds;
            }
            see("moe.experts", c);
        }
        let mut hideable = 0.0;
        let mut hideable_latency = 0.0;
        let mut exposed = 0.0;
        let mut exposed_latency = 0.0;
        for c in &self.comm {
            let bytes = c.bytes_per_token * tokens;
            let latency = c.count * c.cost.latency_s;
            let seconds = latency + bytes * c.cost.s_per_byte;
            if c.overlaps {
                hideable += seconds;
                hideable_latency += latency;
                waiting += self.imbalance * (seconds - latency);
            } else {
                exposed += seconds;
                exposed_latency += latency;
            }
            see(
                c.name,
                Cost {
                    seconds,
                    launch_s: latency,
                    link_bytes: bytes,
                    ..Cost::default()
                },
            );
        }
        if self.imbalance > 0.0 {
            // Everyone waits for the rank with the hottest experts, which has more pairs to
            // multiply and to exchange (but no more weights to read).
            compute += waiting;
            see(
                "moe.imbalance",
                Cost {
                    seconds: waiting,
                    compute_s: waiting,
                    ..Cost::default()
                },
            );
        }
        let mut hidden = self.overlap * hideable.min(compute);
        // Without a CUDA graph the host launches every kernel; short steps wait for it.
        let eager = if load.prefill_tokens > 0.0 {
            self.eager_s
        } else {
            0.0
        };
        let all = compute + head + exposed + hideable;
        let waiting_for = |launches: f64, device: f64| {
            if launches > 0.0 {
                knee(device, launches)
            } else {
                device
            }
        };
        let mut device = waiting_for(eager, all - hidden);
        let mut micro_batches = false;
        let whole = Whole {
            compute_s: compute,
            products_s,
            hideable_s: hideable,
            hideable_latency_s: hideable_latency,
            exposed_latency_s: exposed_latency,
            hidden_s: hidden,
        };
        if let Some(saved) = self.saved_by_two_s(tokens, load, whole) {
            let two = waiting_for(2.0 * eager, all - saved);
            if two < device {
                (device, hidden, micro_batches) = (two, saved, true);
            }
        }
        if eager > 0.0 {
            let waited = device - (all - hidden);
            see(
                "overhead.eager",
                Cost {
                    seconds: waited,
                    launch_s: waited,
                    ..Cost::default()
                },
            );
        }
        if self.drafts.tokens > 0.0 && load.sequences > 0.0 {
            // A draft layer is one layer of the model and the LM head, run once per draft token.
            let once = (device - head) * self.draft_share + head + self.host_draft_s;
            let seconds = once * self.drafts.tokens + self.host_draft_sequence_s * load.sequences;
            device += seconds;
            see(
                "overhead.drafts",
                Cost {
                    seconds,
                    launch_s: seconds,
                    ..Cost::default()
                },
            );
        }
        let host = self.host_step_s + self.host_sequence_s * (load.sequences + prompts);
        see(
            "overhead.host",
            Cost {
                seconds: host,
                launch_s: host,
                ..Cost::default()
            },
        );
        Walked {
            total_s: device + host,
            hidden_s: hidden,
            micro_batches,
        }
    }

    /// What two micro-batches, where the engine runs them, take off a step: exchange of one hides behind computing
    /// of the other; but weights are read, kernels launched and padded, and collectives started twice. `None` = not worth a try.
    #[inline]
    fn saved_by_two_s(&self, tokens: f64, load: &Load, whole: Whole) -> Option<f64> {
        let share = self.micro_overlap?;
        let hideable = whole.hideable_s + whole.hideable_latency_s;
        let started = self.launches_s + whole.hideable_latency_s + whole.exposed_latency_s;
        if share * hideable - started <= whole.hidden_s {
            return None;
        }
        let linear = self.linear.iter().filter(|l| !l.last_token_only);
        let linear: f64 = linear.map(|l| l.halves_s(tokens, self.half_tokens)).sum();
        let mixing: f64 = self.mixing.iter().map(|m| m.again_s(load)).sum();
        let experts: f64 = self.experts.iter().map(|e| e.halves_s(tokens)).sum();
        let again = linear + mixing + experts - whole.products_s;
        let compute = whole.compute_s + self.launches_s + again;
        Some(share * compute.min(hideable) - started - again)
    }

    /// Seconds of a step.
    #[inline]
    pub fn step_s(&self, load: &Load) -> f64 {
        self.walk(load, |_, _| ()).total_s
    }

    /// A step with its operators.
    pub fn breakdown(&self, load: &Load) -> StepBreakdown {
        let mut ops: Vec<OpTime> = Vec::with_capacity(16);
        let walked = self.walk(load, |name, c| {
            let bound = if c.link_bytes > 0.0 && c.seconds > 2.0 * c.launch_s {
                Bound::Link
            } else if c.launch_s > c.compute_s.max(c.memory_s) {
                Bound::Latency
            } else if c.compute_s >= c.memory_s {
                Bound::Compute
            } else {
                Bound::Memory
            };
            // Groups of the same kind of layer are one operator on the screen.
            if let Some(o) = ops.iter_mut().find(|o| o.name == name) {
                if c.seconds * 1e3 > o.ms {
                    o.bound = bound;
                }
                o.ms += c.seconds * 1e3;
                o.flops += c.flops;
                o.bytes += c.bytes;
                o.link_bytes += c.link_bytes;
            } else {
                ops.push(OpTime {
                    name,
                    class: class_of(name),
                    ms: c.seconds * 1e3,
                    bound,
                    flops: c.flops,
                    bytes: c.bytes,
                    link_bytes: c.link_bytes,
                });
            }
        });
        let tokens_per_sequence = if load.sequences > 0.0 {
            1.0 + self.drafts.accepted
        } else {
            0.0
        };
        StepBreakdown {
            total_ms: walked.total_s * 1e3,
            tokens_per_sequence,
            ops,
            overlapped_ms: walked.hidden_s * 1e3,
            micro_batches: walked.micro_batches,
        }
    }

    /// Seconds of a decode step with `batch` sequences on the instance at a mean context.
    #[inline]
    pub fn decode_s(&self, batch: f64, context: f64) -> f64 {
        self.step_s(&self.decode_load(batch, context))
    }

    /// Tokens that a decode step yields per sequence.
    pub fn tokens_per_step(&self) -> f64 {
        1.0 + self.drafts.accepted
    }

    /// Where a decode step goes.
    pub fn decode_step(&self, batch: f64, context: f64) -> StepBreakdown {
        self.breakdown(&self.decode_load(batch, context))
    }

    /// The load of prefilling whole prompts alone, `prompts` per attention replica at once.
    pub(crate) fn prefill_load(&self, prompts: f64, new_tokens: f64, prefix: f64) -> Load {
        Load {
            prefill_tokens: prompts * new_tokens,
            prompt_tokens: new_tokens,
            prefix_tokens: prefix,
            ..Load::default()
        }
    }

    /// Seconds to prefill `prompts` prompts on each attention replica (`new_tokens` computed, after
    /// `prefix` cached ones), through all pipeline stages.
    pub fn prefill_s(&self, prompts: f64, new_tokens: f64, prefix: f64) -> f64 {
        self.step_s(&self.prefill_load(prompts, new_tokens, prefix))
    }

    /// Where a prefill step goes.
    pub fn prefill_step(&self, prompts: f64, new_tokens: f64, prefix: f64) -> StepBreakdown {
        self.breakdown(&self.prefill_load(prompts, new_tokens, prefix))
    }

    /// Seconds from the end of prefill until decode may start elsewhere: one sequence's KV cache
    /// over the link between instances.
    pub fn kv_transfer_s(&self, context: f64) -> f64 {
        self.transfer.latency_s + self.footprint.cache_bytes(context) * self.transfer.s_per_byte
    }

    /// Packages that the instance takes.
    pub fn cards(&self) -> f64 {
        self.cards
    }

    /// Dies that the instance takes.
    pub fn dies(&self) -> f64 {
        self.dies
    }

    /// Attention replicas (data parallel).
    pub fn replicas(&self) -> f64 {
        self.replicas
    }
}
