//! MindIE and TensorRT-LLM.

use super::super::flow::Figure;
use super::super::formula::Formula::{
    Count, HistogramMean, Max, Mean, Rate, Ratio, SlowRate, Sum, Times,
};
use super::super::formula::{Formula, Match, Pick, all, only};
use super::{E2E, QUEUE, Quantiles, TPOT, TTFT};

const TRITON_FRACTION: &[Match] = &[Match::Is("kv_cache_block_type", "fraction")];

pub(super) static MINDIE: &[(Figure, &[Formula])] = &[
    (
        Figure::Decode,
        &[
            Sum(all("avg_generation_throughput_toks_per_s")),
            SlowRate(all("generation_tokens_total")),
        ],
    ),
    (
        Figure::Prefill,
        &[
            Sum(all("avg_prompt_throughput_toks_per_s")),
            SlowRate(all("prompt_tokens_total")),
        ],
    ),
    (Figure::Requests, &[Rate(all("request_success_total"))]),
    (Figure::Failed, &[Rate(all("request_failed_total"))]),
    (Figure::Running, &[Sum(all("num_requests_running"))]),
    (Figure::Waiting, &[Sum(all("num_requests_waiting"))]),
    (Figure::KvUsed, &[Mean(all("npu_cache_usage_perc"))]),
    (Figure::KvPeak, &[Max(all("npu_cache_usage_perc"))]),
    (
        Figure::Preemptions,
        &[SlowRate(all("num_preemptions_total"))],
    ),
    (Figure::PrefixHit, &[Mean(all("npu_prefix_cache_hit_rate"))]),
    (
        Figure::MeanInput,
        &[HistogramMean(all("request_prompt_tokens"))],
    ),
    (
        Figure::MeanOutput,
        &[HistogramMean(all("request_generation_tokens"))],
    ),
    (Figure::Engines, &[Count(all("num_requests_running"))]),
];

pub(super) static MINDIE_LATENCIES: &[(Quantiles, &[Pick])] = &[
    (TTFT, &[all("time_to_first_token_seconds")]),
    (TPOT, &[all("time_per_output_token_seconds")]),
    (E2E, &[all("e2e_request_latency_seconds")]),
];

pub(super) static TRTLLM: &[(Figure, &[Formula])] = &[
    (
        Figure::Decode,
        &[SlowRate(all("trtllm_generation_tokens_total"))],
    ),
    (
        Figure::Prefill,
        &[SlowRate(all("trtllm_prompt_tokens_total"))],
    ),
    (
        Figure::Requests,
        &[
            Rate(only(
                "trtllm_request_success_total",
                &[Match::AnyOf("finished_reason", &["stop", "length"])],
            )),
            Rate(all("trtllm_request_success_total")),
            Rate(all("nv_inference_request_success")),
        ],
    ),
    (
        Figure::Failed,
        &[
            Rate(only(
                "trtllm_request_success_total",
                &[Match::AnyOf(
                    "finished_reason",
                    &["abort", "error", "cancelled", "timeout"],
                )],
            )),
            Rate(all("nv_inference_request_failure")),
        ],
    ),
    (
        Figure::Running,
        &[
            Sum(all("trtllm_num_requests_running")),
            Sum(only(
                "nv_trt_llm_request_metrics",
                &[Match::Is("request_type", "scheduled")],
            )),
        ],
    ),
    (
        Figure::Waiting,
        &[
            Sum(all("trtllm_num_requests_waiting")),
            Sum(only(
                "nv_trt_llm_request_metrics",
                &[Match::Is("request_type", "waiting")],
            )),
        ],
    ),
    (
        Figure::KvUsed,
        &[
            Mean(all("trtllm_kv_cache_utilization")),
            Mean(only("nv_trt_llm_kv_cache_block_metrics", TRITON_FRACTION)),
        ],
    ),
    (
        Figure::KvTokens,
        &[Times(
            &Sum(all("trtllm_kv_cache_max_blocks")),
            &Mean(all("trtllm_kv_cache_tokens_per_block")),
        )],
    ),
    (
        Figure::KvPeak,
        &[
            Max(all("trtllm_kv_cache_utilization")),
            Max(only("nv_trt_llm_kv_cache_block_metrics", TRITON_FRACTION)),
        ],
    ),
    (Figure::PrefixHit, &[Mean(all("trtllm_kv_cache_hit_rate"))]),
    (
        Figure::Acceptance,
        &[Ratio(
            &SlowRate(all("trtllm_spec_decode_num_accepted_tokens_total")),
            &SlowRate(all("trtllm_spec_decode_num_draft_tokens_total")),
        )],
    ),
    (
        Figure::MeanInput,
        &[Ratio(
            &SlowRate(all("trtllm_prompt_tokens_total")),
            &SlowRate(all("trtllm_request_success_total")),
        )],
    ),
    (
        Figure::MeanOutput,
        &[Ratio(
            &SlowRate(all("trtllm_generation_tokens_total")),
            &SlowRate(all("trtllm_request_success_total")),
        )],
    ),
    (
        Figure::Engines,
        &[
            Count(all("trtllm_num_requests_running")),
            Count(only(
                "nv_trt_llm_request_metrics",
                &[Match::Is("request_type", "scheduled")],
            )),
        ],
    ),
];

pub(super) static TRTLLM_LATENCIES: &[(Quantiles, &[Pick])] = &[
    (TTFT, &[all("trtllm_time_to_first_token_seconds")]),
    (TPOT, &[all("trtllm_time_per_output_token_seconds")]),
    (QUEUE, &[all("trtllm_request_queue_time_seconds")]),
    (E2E, &[all("trtllm_e2e_request_latency_seconds")]),
];
