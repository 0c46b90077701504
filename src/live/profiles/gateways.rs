//! What stands in front of engines: Dynamo and llm-d.

use super::super::flow::Figure;
use super::super::formula::Formula::{Count, HistogramMean, Max, Mean, Minus, Rate, SlowRate, Sum};
use super::super::formula::{Formula, Match, Pick, all, only};
use super::{E2E, Quantiles, TPOT, TTFT};

pub(super) static DYNAMO: &[(Figure, &[Formula])] = &[
    (
        Figure::Decode,
        &[
            Rate(all("dynamo_frontend_output_tokens_total")),
            SlowRate(all("dynamo_frontend_output_sequence_tokens_sum")),
        ],
    ),
    (
        Figure::Prefill,
        &[
            Minus(
                &SlowRate(all("dynamo_frontend_input_sequence_tokens_sum")),
                &SlowRate(all("dynamo_frontend_cached_tokens_sum")),
            ),
            SlowRate(all("dynamo_frontend_input_sequence_tokens_sum")),
        ],
    ),
    (
        Figure::Cached,
        &[SlowRate(all("dynamo_frontend_cached_tokens_sum"))],
    ),
    (
        Figure::Requests,
        &[
            Rate(only(
                "dynamo_frontend_requests_total",
                &[Match::Is("status", "success")],
            )),
            Rate(all("dynamo_frontend_requests_total")),
        ],
    ),
    (
        Figure::Failed,
        &[Rate(only(
            "dynamo_frontend_requests_total",
            &[Match::Is("status", "error")],
        ))],
    ),
    (
        Figure::Running,
        &[Sum(all("dynamo_frontend_inflight_requests"))],
    ),
    (
        Figure::Waiting,
        &[Sum(all("dynamo_frontend_queued_requests"))],
    ),
    (
        Figure::KvUsed,
        &[Mean(all("dynamo_component_gpu_cache_usage_percent"))],
    ),
    (
        Figure::KvPeak,
        &[Max(all("dynamo_component_gpu_cache_usage_percent"))],
    ),
    (
        Figure::PrefixHit,
        &[
            Mean(all("dynamo_frontend_kv_hit_rate")),
            Mean(all("dynamo_component_kv_cache_hit_rate")),
        ],
    ),
    (
        Figure::MeanInput,
        &[HistogramMean(all("dynamo_frontend_input_sequence_tokens"))],
    ),
    (
        Figure::MeanOutput,
        &[HistogramMean(all("dynamo_frontend_output_sequence_tokens"))],
    ),
    (
        Figure::Engines,
        &[Count(all("dynamo_component_total_blocks"))],
    ),
];

pub(super) static DYNAMO_LATENCIES: &[(Quantiles, &[Pick])] = &[
    (TTFT, &[all("dynamo_frontend_time_to_first_token_seconds")]),
    (TPOT, &[all("dynamo_frontend_inter_token_latency_seconds")]),
    (E2E, &[all("dynamo_frontend_request_duration_seconds")]),
];

pub(super) static LLM_D: &[(Figure, &[Formula])] = &[
    (
        Figure::Decode,
        &[SlowRate(all("llm_d_epp_request_output_tokens_sum"))],
    ),
    (
        Figure::Prefill,
        &[
            Minus(
                &SlowRate(all("llm_d_epp_request_input_tokens_sum")),
                &SlowRate(all("llm_d_epp_request_cached_tokens_sum")),
            ),
            SlowRate(all("llm_d_epp_request_input_tokens_sum")),
        ],
    ),
    (
        Figure::Cached,
        &[SlowRate(all("llm_d_epp_request_cached_tokens_sum"))],
    ),
    (
        Figure::Requests,
        &[
            Rate(all("llm_d_epp_request_total")),
            Rate(all("inference_objective_request_total")),
        ],
    ),
    (
        Figure::Failed,
        &[
            Rate(all("llm_d_epp_request_error_total")),
            Rate(all("inference_objective_request_error_total")),
        ],
    ),
    (
        Figure::Running,
        &[
            Sum(all("llm_d_epp_request_running")),
            Sum(all("inference_objective_running_requests")),
        ],
    ),
    (
        Figure::Waiting,
        &[
            Sum(all("llm_d_epp_average_queue_size")),
            Sum(all("inference_pool_average_queue_size")),
        ],
    ),
    (
        Figure::KvUsed,
        &[
            Mean(all("llm_d_epp_average_kv_cache_utilization")),
            Mean(all("inference_pool_average_kv_cache_utilization")),
        ],
    ),
    (
        Figure::MeanInput,
        &[HistogramMean(all("llm_d_epp_request_input_tokens"))],
    ),
    (
        Figure::MeanOutput,
        &[HistogramMean(all("llm_d_epp_request_output_tokens"))],
    ),
    (Figure::Engines, &[Sum(all("llm_d_epp_ready_endpoints"))]),
];

pub(super) static LLM_D_LATENCIES: &[(Quantiles, &[Pick])] = &[
    (TTFT, &[all("llm_d_epp_request_ttft_seconds")]),
    (TPOT, &[all("llm_d_epp_request_streaming_tpot_seconds")]),
    (E2E, &[all("llm_d_epp_request_duration_seconds")]),
];
