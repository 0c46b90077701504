//! SGLang 0.4 to 0.5: scheduler gauges by rank, live token counters since 0.5.

use super::super::flow::Figure;
use super::super::formula::Formula::{
    Count, HistogramMean, Max, Mean, Minus, Plus, Rate, Ratio, SlowRate, Sum,
};
use super::super::formula::{Formula, Match, Pick, all, only, replicas};
use super::{E2E, QUEUE, Quantiles, TPOT, TTFT};

/// With priority scheduling the total stands beside the parts, told apart by an empty label.
const TOTAL: &[Match] = &[Match::Is("priority", "")];
/// Time to first token means something for streamed answers only.
const STREAMED: &[Match] = &[Match::Not("is_streaming", "false")];
const SGLANG_HITS: Formula = Rate(replicas(
    "sglang:realtime_tokens_total",
    &[Match::Is("mode", "prefill_cache")],
));
const SGLANG_COMPUTED: Formula = Rate(replicas(
    "sglang:realtime_tokens_total",
    &[Match::Is("mode", "prefill_compute")],
));
const SGLANG_PROMPT: Formula = Plus(&SGLANG_HITS, &SGLANG_COMPUTED);

pub(super) static SGLANG: &[(Figure, &[Formula])] = &[
    (
        Figure::Decode,
        &[
            Rate(replicas(
                "sglang:realtime_tokens_total",
                &[Match::Is("mode", "decode")],
            )),
            Sum(replicas("sglang:gen_throughput", &[])),
            SlowRate(all("sglang:generation_tokens_total")),
        ],
    ),
    (
        Figure::KvTokens,
        &[Sum(replicas("sglang:max_total_num_tokens", &[]))],
    ),
    (
        Figure::Prefill,
        &[
            SGLANG_COMPUTED,
            Minus(
                &SlowRate(all("sglang:prompt_tokens_total")),
                &SlowRate(all("sglang:cached_tokens_total")),
            ),
            SlowRate(all("sglang:prompt_tokens_total")),
        ],
    ),
    (
        Figure::Cached,
        &[SGLANG_HITS, SlowRate(all("sglang:cached_tokens_total"))],
    ),
    (Figure::Requests, &[Rate(all("sglang:num_requests_total"))]),
    (
        Figure::Failed,
        &[Rate(all("sglang:num_aborted_requests_total"))],
    ),
    (
        Figure::Running,
        &[Sum(replicas("sglang:num_running_reqs", TOTAL))],
    ),
    (
        Figure::Waiting,
        &[Sum(replicas("sglang:num_queue_reqs", TOTAL))],
    ),
    (Figure::KvUsed, &[Mean(replicas("sglang:token_usage", &[]))]),
    (Figure::KvPeak, &[Max(all("sglang:token_usage"))]),
    (
        Figure::Preemptions,
        &[SlowRate(all("sglang:num_retracted_requests_total"))],
    ),
    (
        Figure::PrefixHit,
        &[
            Ratio(&SGLANG_HITS, &SGLANG_PROMPT),
            Mean(replicas("sglang:cache_hit_rate", &[])),
        ],
    ),
    (
        Figure::Acceptance,
        &[Mean(replicas("sglang:spec_accept_rate", &[]))],
    ),
    (
        Figure::MeanInput,
        &[
            HistogramMean(all("sglang:prompt_tokens_histogram")),
            Ratio(
                &SlowRate(all("sglang:prompt_tokens_total")),
                &SlowRate(all("sglang:num_requests_total")),
            ),
        ],
    ),
    (
        Figure::MeanOutput,
        &[
            HistogramMean(all("sglang:generation_tokens_histogram")),
            Ratio(
                &SlowRate(all("sglang:generation_tokens_total")),
                &SlowRate(all("sglang:num_requests_total")),
            ),
        ],
    ),
    (
        Figure::Engines,
        &[Count(replicas("sglang:num_running_reqs", TOTAL))],
    ),
];

pub(super) static SGLANG_LATENCIES: &[(Quantiles, &[Pick])] = &[
    (
        TTFT,
        &[only("sglang:time_to_first_token_seconds", STREAMED)],
    ),
    (
        TPOT,
        &[
            only("sglang:request_time_per_output_token_seconds", STREAMED),
            all("sglang:inter_token_latency_seconds"),
            all("sglang:time_per_output_token_seconds"),
        ],
    ),
    (QUEUE, &[all("sglang:queue_time_seconds")]),
    (E2E, &[all("sglang:e2e_request_latency_seconds")]),
];
