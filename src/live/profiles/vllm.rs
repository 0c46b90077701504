//! vLLM from 0.11 (and vLLM-Ascend, which adds no names of its own); Ray serves the same names.

use super::super::flow::Figure;
use super::super::formula::Formula::{
    Count, HistogramMean, Max, Mean, Minus, Plus, Rate, Ratio, Sum,
};
use super::super::formula::{Formula, Match, Pick, all, only};
use super::{E2E, QUEUE, Quantiles, TPOT, TTFT};

/// With separate prefill and decode instances both see every request; a `role` label set by the
/// operator tells them apart.
const PREFILL_ROLE: &[Match] = &[Match::Is("role", "prefill")];
const DECODE_ROLE: &[Match] = &[Match::Is("role", "decode")];
const ONE_TOKEN: &[Match] = &[Match::AnyOf("le", &["1", "1.0"])];
const SERVED: &[Match] = &[Match::AnyOf(
    "finished_reason",
    &["stop", "length", "repetition"],
)];

// A prefill instance ends every request after one token: such requests are taken out.
const VLLM_ENDED: Formula = Rate(only("vllm:request_success_total", SERVED));
const VLLM_ABORTED: Formula = Rate(only(
    "vllm:request_success_total",
    &[Match::AnyOf("finished_reason", &["abort", "error"])],
));
const VLLM_ONE_TOKEN: Formula = Rate(only("vllm:request_generation_tokens_bucket", ONE_TOKEN));
const VLLM_OUTPUT_SUM: Formula = Rate(all("vllm:request_generation_tokens_sum"));
const VLLM_OUTPUT_COUNT: Formula = Rate(all("vllm:request_generation_tokens_count"));
const VLLM_LONGER_SUM: Formula = Minus(&VLLM_OUTPUT_SUM, &VLLM_ONE_TOKEN);
const VLLM_LONGER_COUNT: Formula = Minus(&VLLM_OUTPUT_COUNT, &VLLM_ONE_TOKEN);
const VLLM_PROMPT: Formula = Rate(all("vllm:prompt_tokens_total"));
const VLLM_HITS: Formula = Rate(all("vllm:prefix_cache_hits_total"));
const VLLM_LOOKUPS: Formula = Rate(all("vllm:prefix_cache_queries_total"));
const VLLM_OLD_HITS: Formula = Rate(all("vllm:gpu_prefix_cache_hits_total"));
const VLLM_OLD_LOOKUPS: Formula = Rate(all("vllm:gpu_prefix_cache_queries_total"));
const VLLM_LOCAL_HITS: Formula = Rate(only(
    "vllm:prompt_tokens_by_source_total",
    &[Match::Is("source", "local_cache_hit")],
));
const VLLM_LOCAL: Formula = Rate(only(
    "vllm:prompt_tokens_by_source_total",
    &[Match::AnyOf(
        "source",
        &["local_compute", "local_cache_hit"],
    )],
));

pub(super) static VLLM: &[(Figure, &[Formula])] = &[
    (
        Figure::Decode,
        &[
            Rate(all("vllm:generation_tokens_total")),
            Sum(all("vllm:avg_generation_throughput_toks_per_s")),
        ],
    ),
    (
        Figure::Prefill,
        &[
            Rate(only(
                "vllm:prompt_tokens_by_source_total",
                &[Match::Is("source", "local_compute")],
            )),
            Minus(&VLLM_PROMPT, &VLLM_HITS),
            Minus(&VLLM_PROMPT, &VLLM_OLD_HITS),
            VLLM_PROMPT,
        ],
    ),
    (Figure::Cached, &[VLLM_LOCAL_HITS, VLLM_HITS, VLLM_OLD_HITS]),
    (
        Figure::Requests,
        &[
            Rate(only("vllm:request_success_total", DECODE_ROLE)),
            Minus(&VLLM_ENDED, &VLLM_ONE_TOKEN),
            VLLM_ENDED,
        ],
    ),
    (
        Figure::Failed,
        &[
            Plus(&VLLM_ABORTED, &Rate(all("vllm:admission_rejections_total"))),
            VLLM_ABORTED,
        ],
    ),
    (Figure::Running, &[Sum(all("vllm:num_requests_running"))]),
    (Figure::Waiting, &[Sum(all("vllm:num_requests_waiting"))]),
    (
        Figure::KvUsed,
        &[
            Mean(only("vllm:kv_cache_usage_perc", DECODE_ROLE)),
            Mean(all("vllm:kv_cache_usage_perc")),
            Mean(all("vllm:gpu_cache_usage_perc")),
        ],
    ),
    (
        Figure::KvPeak,
        &[
            Max(all("vllm:kv_cache_usage_perc")),
            Max(all("vllm:gpu_cache_usage_perc")),
        ],
    ),
    (
        Figure::Preemptions,
        &[Rate(all("vllm:num_preemptions_total"))],
    ),
    (
        Figure::PrefixHit,
        &[
            Ratio(&VLLM_LOCAL_HITS, &VLLM_LOCAL),
            Ratio(&VLLM_HITS, &VLLM_LOOKUPS),
            Ratio(&VLLM_OLD_HITS, &VLLM_OLD_LOOKUPS),
        ],
    ),
    (
        Figure::Acceptance,
        &[
            Ratio(
                &Rate(all("vllm:spec_decode_num_accepted_tokens_total")),
                &Rate(all("vllm:spec_decode_num_draft_tokens_total")),
            ),
            Mean(all("vllm:spec_decode_draft_acceptance_rate")),
        ],
    ),
    (
        Figure::MeanInput,
        &[HistogramMean(all("vllm:request_prompt_tokens"))],
    ),
    (
        Figure::MeanOutput,
        &[
            HistogramMean(only("vllm:request_generation_tokens", DECODE_ROLE)),
            Ratio(&VLLM_LONGER_SUM, &VLLM_LONGER_COUNT),
            HistogramMean(all("vllm:request_generation_tokens")),
        ],
    ),
    (Figure::Engines, &[Count(all("vllm:num_requests_running"))]),
];

pub(super) static VLLM_LATENCIES: &[(Quantiles, &[Pick])] = &[
    (
        TTFT,
        &[
            only("vllm:time_to_first_token_seconds", PREFILL_ROLE),
            all("vllm:time_to_first_token_seconds"),
        ],
    ),
    (
        TPOT,
        &[
            all("vllm:request_time_per_output_token_seconds"),
            all("vllm:inter_token_latency_seconds"),
            all("vllm:time_per_output_token_seconds"),
        ],
    ),
    (QUEUE, &[all("vllm:request_queue_time_seconds")]),
    (
        E2E,
        &[
            only("vllm:e2e_request_latency_seconds", DECODE_ROLE),
            all("vllm:e2e_request_latency_seconds"),
        ],
    ),
];
