//! The calibrated parameters: what each means, its prior from the literature and its bounds.
//!
//! Nothing here depends on a model, a row or an input length. A parameter has one value for all
//! (physics), shifted per engine and per hardware family by ridge-shrunk offsets; where nothing was
//! measured the shift is zero and the prior stands.

use super::machine::Family;

/// What a parameter is and how far it may move.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Stable name in the calibration file.
    pub name: &'static str,
    /// Value expected before any measurement.
    pub prior: f64,
    /// Least value allowed.
    pub low: f64,
    /// Greatest value allowed.
    pub high: f64,
    /// Standard deviation of ln(value) around the prior, shared by all.
    pub spread: f64,
    /// Standard deviation of ln(offset) between engines; 0 = the same for all.
    pub engine_spread: f64,
    /// Standard deviation of ln(offset) between hardware families; 0 = the same for all.
    pub family_spread: f64,
}

macro_rules! parameters {
    ($($(#[doc = $doc:literal])+ $id:ident $name:literal = $prior:literal [$low:literal, $high:literal] sd $sd:literal engine $esd:literal family $fsd:literal;)+) => {
        /// A calibrated parameter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum P {
            $($(#[doc = $doc])+ $id,)+
        }

        /// Every parameter, in the order of [`P`].
        pub const SPECS: &[Spec] = &[
            $(Spec {
                name: $name,
                prior: $prior,
                low: $low,
                high: $high,
                spread: $sd,
                engine_spread: $esd,
                family_spread: $fsd,
            },)+
        ];

        /// Physical meaning and unit of every parameter, for the calibration file.
        pub(super) const MEANINGS: &[&str] = &[$(concat!($($doc),+)),+];
    };
}

parameters! {
    /// Share of memory bandwidth reached while streaming weights of dense layers.
    MemWeights "memory_weights" = 0.80 [0.3, 1.0] sd 0.15 engine 0.07 family 0.10;
    /// Share of memory bandwidth reached while streaming the weights of routed experts.
    MemExperts "memory_experts" = 0.65 [0.15, 1.0] sd 0.25 engine 0.11 family 0.15;
    /// Bandwidth that experts' 4-bit weights reach when they are widened on the fly (to 16 bit, integers to 8), against others.
    MemWidened "memory_widened" = 0.80 [0.2, 1.2] sd 0.25 engine 0.11 family 0.25;
    /// Weights of one expert on a die at which half of that bandwidth is reached (small matrices leave the memory idle between kernels' waves), megabytes.
    HalfExpertMb "half_expert_mb" = 0.5 [0.01, 20.0] sd 0.7 engine 0.2 family 0.0;
    /// Bandwidth that products with dense 4-bit weights reach against wider ones (unpacking, block scales).
    MemNarrow "memory_narrow" = 0.80 [0.3, 1.2] sd 0.2 engine 0.11 family 0.10;
    /// Share of memory bandwidth reached reading a grouped-query KV cache.
    MemKv "memory_kv" = 0.70 [0.15, 1.0] sd 0.25 engine 0.11 family 0.15;
    /// Share of memory bandwidth reached reading a latent (MLA) KV cache.
    MemLatent "memory_latent" = 0.75 [0.1, 1.0] sd 0.25 engine 0.11 family 0.15;
    /// Share of memory bandwidth reached reading and writing recurrent state.
    MemState "memory_state" = 0.50 [0.1, 1.0] sd 0.3 engine 0.11 family 0.15;
    /// Share of the peak rate that large dense 16-bit matrix products reach.
    Compute16 "compute_16" = 0.70 [0.2, 0.95] sd 0.15 engine 0.07 family 0.10;
    /// Share of the peak rate that large dense 8-bit matrix products reach.
    Compute8 "compute_8" = 0.68 [0.15, 0.95] sd 0.2 engine 0.07 family 0.12;
    /// Share of the peak rate that large dense 4-bit matrix products reach.
    Compute4 "compute_4" = 0.50 [0.1, 0.95] sd 0.25 engine 0.07 family 0.15;
    /// Tokens at which a matrix product reaches half of that share.
    HalfTokens "half_tokens" = 64.0 [4.0, 400.0] sd 0.4 engine 0.0 family 0.0;
    /// Rate of grouped expert products against dense ones of the same format.
    ComputeExperts "compute_experts" = 0.70 [0.15, 1.0] sd 0.25 engine 0.11 family 0.25;
    /// Rows that every touched expert costs in padding of its matrix product.
    HalfExpertRows "half_expert_rows" = 24.0 [1.0, 200.0] sd 0.4 engine 0.11 family 0.0;
    /// The same where 4-bit weights are widened on the fly (kernels with narrow tiles).
    HalfWidenedRows "half_widened_rows" = 8.0 [0.5, 100.0] sd 0.5 engine 0.11 family 0.0;
    /// Share of the 16-bit peak that prefill attention reaches.
    AttentionPrefill "attention_prefill" = 0.55 [0.08, 0.95] sd 0.25 engine 0.11 family 0.12;
    /// Share of the 16-bit peak that decode attention reaches.
    AttentionDecode "attention_decode" = 0.54 [0.05, 0.95] sd 0.3 engine 0.11 family 0.15;
    // FlashMLA (H800): 410 TFLOPS sparse against 660 dense.
    /// Rate of decode attention over the entries that a sparse index chose, against that over all entries (gathering and widening them on the fly).
    AttentionSparse "attention_sparse" = 0.62 [0.1, 1.2] sd 0.25 engine 0.11 family 0.15;
    /// Rate of products whose 4-bit weights are widened on the fly, against others of the width they multiply in.
    ComputeWidened "compute_widened" = 0.75 [0.15, 1.2] sd 0.25 engine 0.11 family 0.15;
    /// Launches and small kernels of an attention layer, microseconds.
    LaunchAttention "launch_attention_us" = 14.0 [2.0, 120.0] sd 0.4 engine 0.25 family 0.20;
    /// Launches and small kernels of a latent attention layer beyond those of a plain one, microseconds.
    LaunchLatent "launch_latent_us" = 12.0 [0.5, 100.0] sd 0.5 engine 0.25 family 0.20;
    // Scoring and choosing take 16 µs at 4,096 entries (FlashInfer, pull request 2814, B200), the product for the heads'
    // weights 12 to 16 (SGLang, 23856), norm, rope, rotation, quantising and storing some five kernels of 3.
    /// Launches of a sparse index (score, select, gather) in a layer, microseconds.
    LaunchIndex "launch_index_us" = 45.0 [0.5, 200.0] sd 0.4 engine 0.25 family 0.0;
    // B200: 0.33 between 16 and 128 thousand entries (vLLM, 37421), 0.48 between 8 and 65 (SGLang, 33237).
    /// Choosing the entries of one token in a layer with a sparse index, microseconds for each thousand scored.
    SelectEntries "select_us_per_thousand" = 0.4 [0.02, 4.0] sd 0.4 engine 0.25 family 0.0;
    /// Launches and small kernels of a linear-attention or state-space layer, microseconds.
    LaunchState "launch_state_us" = 25.0 [2.0, 150.0] sd 0.5 engine 0.25 family 0.20;
    /// Launches and small kernels of a dense feed-forward layer, microseconds.
    LaunchDense "launch_dense_us" = 7.0 [0.5, 60.0] sd 0.4 engine 0.25 family 0.20;
    /// Launches of a mixture-of-experts layer (router, sort, grouped products, combine), microseconds.
    LaunchMoe "launch_moe_us" = 25.0 [2.0, 200.0] sd 0.4 engine 0.25 family 0.20;
    /// Host launches of a token-mixing or dense layer in a step with prefill, which runs without a CUDA graph, microseconds; hides behind longer device work.
    EagerLayer "eager_layer_us" = 80.0 [2.0, 600.0] sd 1.0 engine 0.3 family 0.0;
    /// The same of a latent, linear or sparse attention layer beyond those of a plain one, microseconds.
    EagerIntricate "eager_intricate_us" = 80.0 [2.0, 1500.0] sd 1.0 engine 0.3 family 0.0;
    /// Host launches of a mixture-of-experts layer in such a step, microseconds.
    EagerMoe "eager_moe_us" = 150.0 [2.0, 1500.0] sd 1.0 engine 0.3 family 0.0;
    /// Host work of an engine step that does not hide behind the device, microseconds.
    HostStep "host_step_us" = 600.0 [10.0, 10000.0] sd 0.6 engine 0.35 family 0.0;
    /// Host work of an engine step for each sequence in it, microseconds.
    HostSequence "host_sequence_us" = 4.0 [0.05, 60.0] sd 0.6 engine 0.35 family 0.0;
    /// Host work of a request before and after its prefill (text, scheduling, network), milliseconds.
    HostRequest "host_request_ms" = 12.0 [0.5, 200.0] sd 0.6 engine 0.5 family 0.0;
    /// Latency of an all-reduce between dies of one domain, microseconds.
    AllReduceLatency "all_reduce_latency_us" = 8.0 [1.0, 80.0] sd 0.4 engine 0.2 family 0.2;
    /// Share of link bandwidth that an all-reduce reaches.
    AllReduceBandwidth "all_reduce_bandwidth" = 0.70 [0.1, 1.0] sd 0.3 engine 0.11 family 0.2;
    /// Latency of an expert dispatch or combine, microseconds.
    AllToAllLatency "all_to_all_latency_us" = 15.0 [2.0, 200.0] sd 0.4 engine 0.4 family 0.4;
    /// Share of link bandwidth that an expert dispatch or combine reaches.
    AllToAllBandwidth "all_to_all_bandwidth" = 0.45 [0.05, 1.0] sd 0.3 engine 0.2 family 0.2;
    /// Share of dispatch and combine hidden behind the computing of the same tokens (shared experts, second streams).
    Overlap "overlap" = 0.30 [0.01, 0.9] sd 0.5 engine 0.5 family 0.0;
    /// Share of dispatch and combine hidden behind the computing of a second micro-batch, where the engine runs two.
    MicroBatchOverlap "micro_batch_overlap" = 0.80 [0.1, 1.0] sd 0.2 engine 0.1 family 0.0;
    /// Prefill time in a mixed step against prefill alone (chunking, scheduling gaps).
    PrefillMixed "prefill_mixed" = 1.1 [0.5, 2.5] sd 0.2 engine 0.15 family 0.0;
    /// Time of a prompt's own prefill until its first token is out against the steps it takes part in.
    FirstToken "first_token" = 1.1 [0.4, 3.0] sd 0.2 engine 0.3 family 0.0;
    /// Engine steps that pass between a request's arrival and its first token beside those of its prefill (the running step, scheduling ahead, handing out).
    FirstSteps "first_token_steps" = 1.0 [0.3, 8.0] sd 0.5 engine 0.5 family 0.0;
    /// Engine steps that a prompt waits until the other ranks of data-parallel attention have one, where the engine makes them start together (TensorRT-LLM: at most 50 by default).
    BalanceSteps "balance_steps" = 40.0 [1.0, 100.0] sd 0.4 engine 0.0 family 0.0;
    /// Wait of a closed loop's prompts for one another against that of its opening burst alone (1 = later requests come as spread out as they were admitted).
    BurstWait "closed_loop_burst" = 1.0 [0.3, 6.0] sd 0.4 engine 0.5 family 0.0;
    /// Share of its steady throughput that a finite offline run keeps (filling up, draining).
    OfflineKept "offline_kept" = 0.92 [0.4, 1.0] sd 0.1 engine 0.0 family 0.0;
    /// Tokens per step, net of verifying, in aggregated rows that do not record speculative decoding though the model has draft layers (1 = it is off).
    DraftsServing "unrecorded_drafts_serving" = 1.0 [0.9, 2.0] sd 0.02 engine 0.05 family 0.0;
    /// The same in disaggregated rows whose record of the pools is collapsed.
    DraftsPools "unrecorded_drafts_pools" = 1.2 [0.8, 2.5] sd 0.3 engine 0.2 family 0.0;
    /// Chance that a draft token is accepted if all before it were, in measurements that do not state it.
    Acceptance "draft_acceptance" = 0.65 [0.2, 0.95] sd 0.15 engine 0.15 family 0.0;
    /// Host work of a draft pass that does not hide behind the device, microseconds.
    HostDraft "host_draft_us" = 150.0 [5.0, 3000.0] sd 0.8 engine 0.8 family 0.0;
    /// Host work of a step for each sequence that drafts (accepting, rolling back, next inputs), microseconds.
    HostDraftSequence "host_draft_sequence_us" = 15.0 [0.1, 500.0] sd 0.8 engine 0.8 family 0.0;
    /// Training time beside the matrix products, attention and collectives (norms, casts, optimiser, gaps), share.
    TrainingOverhead "training_overhead" = 0.25 [0.01, 2.0] sd 0.5 engine 0.0 family 0.3;
}

/// How many parameters there are.
pub const COUNT: usize = SPECS.len();

/// Engines that the calibration knows, in a fixed order.
pub const ENGINES: [&str; 8] = [
    "vllm",
    "sglang",
    "trtllm",
    "vllm-ascend",
    "cann",
    "cloudmatrix-infer",
    "deepseek-inhouse",
    "megatron-bridge",
];

/// The calibrated engine nearest to `engine` on that family: itself, a known alias, the vendor's
/// own stack, else vLLM. The flag says whether the answer is a substitute.
pub fn nearest_engine(engine: &str, family: Family) -> (&'static str, bool) {
    let name = engine.trim().to_ascii_lowercase();
    if let Some(known) = ENGINES.iter().find(|e| **e == name) {
        return (known, false);
    }
    let has = |s: &str| name.contains(s);
    let same = |e| (e, false);
    let kin = |e| (e, true);
    if has("tensorrt") || has("trt-llm") || has("trtllm") {
        same("trtllm")
    } else if has("vllm-ascend") || has("vllm") && family.is_ascend() {
        same("vllm-ascend")
    } else if has("cloudmatrix") {
        same("cloudmatrix-infer")
    } else if has("cann") || has("mindie") || has("xdeepserve") {
        kin("cann")
    } else if has("sglang") {
        same("sglang")
    } else if has("vllm") {
        same("vllm")
    } else if has("megatron") || has("nemo") {
        kin("megatron-bridge")
    } else if family.is_ascend() {
        kin("cann")
    } else {
        kin("vllm")
    }
}

/// The engine usually chosen on a family.
pub fn default_engine(family: Family) -> &'static str {
    match family {
        Family::AscendA3 => "cloudmatrix-infer",
        Family::AscendA2 | Family::Ascend950 => "cann",
        Family::Cdna3 | Family::Cdna4 => "sglang",
        _ => "sglang",
    }
}

/// What is documented of an engine before any row: its own prior where that differs. What an engine does is
/// its publisher's word; where no figure is published the value is ours, and said so.
///
/// - DeepSeek's exchange: 43 to 47 GB/s over NICs of 50 (DeepEP's first table, 16 to 64 ranks), so 0.88. Its low-latency
///   kernels move 128 tokens to 8 experts each in 163 to 194 µs at 46 to 39 GB/s (8 to 256 ranks): next to
///   nothing is left for latency; 5 µs is ours.
/// - DeepSeek's products: "up to 1,550" of 1,979 TFLOPS on H800 (DeepGEMM, April 2025), taken as 0.75 for all shapes; grouped
///   ones 1,093 to 1,297 TFLOPS where dense ones reach 990 to 1,358 (590 at an inner dimension
///   of 512; DeepGEMM's first tables), taken as 0.95.
/// - Drafts of CloudMatrix-Infer: no host between the passes (its paper, multi-token prediction, as
///   remembered, not looked up again); the two small figures are ours.
pub const DOCUMENTED: [(&str, P, f64); 6] = [
    ("deepseek-inhouse", P::AllToAllBandwidth, 0.88),
    ("deepseek-inhouse", P::AllToAllLatency, 5.0),
    ("deepseek-inhouse", P::Compute8, 0.75),
    ("deepseek-inhouse", P::ComputeExperts, 0.95),
    ("cloudmatrix-infer", P::HostDraft, 10.0),
    ("cloudmatrix-infer", P::HostDraftSequence, 0.5),
];

/// The engine runs two micro-batches against each other, where that pays: exchange of one hides behind
/// computing of the other (DeepSeek's profile data; CloudMatrix384 paper, microbatch pipelines).
pub(super) fn runs_micro_batches(engine: &str) -> bool {
    matches!(engine, "deepseek-inhouse" | "cloudmatrix-infer")
}

/// The engine's own prior against that of all engines, ln.
pub fn documented(engine: &str, parameter: usize) -> f64 {
    let own = DOCUMENTED
        .iter()
        .find(|d| d.0 == engine && d.1 as usize == parameter);
    own.map_or(0.0, |d| (d.2 / SPECS[parameter].prior).ln())
}
