//! Each engine's names, old and new, read on small texts of our own: what a figure must come to.

use super::super::exposition::Exposition;
use super::super::flow::Figure;
use super::super::series::{Scrape, Window};
use super::{engine, engines_in};

/// Lines of `name{labels} before now`, ten seconds apart.
fn read(lines: &str) -> (Scrape, Scrape) {
    let column = |behind: usize| -> String {
        let line = |line: &str| {
            let mut parts: Vec<&str> = line.trim().rsplitn(3, ' ').collect();
            parts.reverse();
            format!("{} {}\n", parts[0], parts[behind])
        };
        lines
            .lines()
            .filter(|l| !l.trim().is_empty())
            .map(line)
            .collect()
    };
    let scrape = |text: &str, at_s| {
        let all = Exposition::parse(text);
        assert_eq!(all.bad_count, 0, "{:?}", all.bad);
        Scrape::from_exposition(&all, at_s, |_| true)
    };
    (scrape(&column(1), 100.0), scrape(&column(2), 110.0))
}

/// `wanted` names every figure that is known, by its id: `running=4 kv=0.5`.
fn check(id: &str, lines: &str, wanted: &str) {
    let (before, now) = read(lines);
    let names: Vec<&str> = now.names().collect();
    let found = engines_in(&names);
    assert_eq!(found.first().map(|e| e.id), Some(id));
    let profile = engine(id).unwrap();
    for name in &names {
        assert!(profile.wants(name), "{id}: {name}");
    }
    let window = Window {
        before: Some(&before),
        now: &now,
    };
    let flow = profile.evaluate(&window);
    let wanted: Vec<(Figure, f64)> = wanted
        .split_whitespace()
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            (Figure::from_id(name).unwrap(), value.parse().unwrap())
        })
        .collect();
    for (figure, value) in &wanted {
        let seen = flow.get(*figure);
        let close = seen.is_some_and(|v| (v - value).abs() < 1e-6 * value.abs().max(1e-3));
        assert!(close, "{id}: {figure:?} is {seen:?}, not {value}");
    }
    let named: Vec<Figure> = wanted.iter().map(|(f, _)| *f).collect();
    for (figure, value) in flow.known() {
        assert!(
            named.contains(&figure),
            "{id}: {figure:?} = {value} is not in the list"
        );
    }
}

#[test]
fn vllm_of_2026() {
    let lines = r#"
        vllm:num_requests_running{engine="0",model_name="m"} 3 4
        vllm:num_requests_running{engine="1",model_name="m"} 3 6
        vllm:num_requests_waiting{engine="0",model_name="m"} 0 2
        vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.1 0.2
        vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.1 0.6
        vllm:generation_tokens_total{engine="0",model_name="m"} 1000 3000
        vllm:generation_tokens_total{engine="1",model_name="m"} 9000 500
        vllm:prompt_tokens_total{engine="0",model_name="m"} 0 6000
        vllm:prompt_tokens_by_source_total{engine="0",source="local_compute"} 0 4000
        vllm:prompt_tokens_by_source_total{engine="0",source="local_cache_hit"} 0 1000
        vllm:prompt_tokens_by_source_total{engine="0",source="external_kv_transfer"} 0 1000
        vllm:request_success_total{engine="0",finished_reason="stop"} 10 18
        vllm:request_success_total{engine="0",finished_reason="length"} 10 12
        vllm:request_success_total{engine="0",finished_reason="abort"} 1 2
        vllm:admission_rejections_total{model_name="m",reason="queue_full"} 0 4
        vllm:num_preemptions_total{engine="0"} 0 5
        vllm:spec_decode_num_draft_tokens_total{engine="0"} 0 200
        vllm:spec_decode_num_accepted_tokens_total{engine="0"} 0 150
        vllm:time_to_first_token_seconds_bucket{engine="0",le="0.5"} 0 50
        vllm:time_to_first_token_seconds_bucket{engine="0",le="1.0"} 0 100
        vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf"} 0 100
        vllm:request_time_per_output_token_seconds_bucket{engine="0",le="0.05"} 0 100
        vllm:request_time_per_output_token_seconds_bucket{engine="0",le="+Inf"} 0 100
        vllm:request_queue_time_seconds_bucket{engine="0",le="0.3"} 0 100
        vllm:request_queue_time_seconds_bucket{engine="0",le="+Inf"} 0 100
        vllm:e2e_request_latency_seconds_bucket{engine="0",le="10.0"} 0 100
        vllm:e2e_request_latency_seconds_bucket{engine="0",le="+Inf"} 0 100
        vllm:request_prompt_tokens_sum{engine="0"} 0 6000
        vllm:request_prompt_tokens_count{engine="0"} 0 10
        vllm:request_generation_tokens_sum{engine="0"} 0 3000
        vllm:request_generation_tokens_count{engine="0"} 0 10
    "#;
    check(
        "vllm",
        lines,
        // Engine 1 was restarted: it counts 500 since.
        "running=10 waiting=2 kv=0.4 kv_peak=0.6 decode=250 prefill=400 cached=100 requests=1 \
         failed=0.5 preemptions=0.5 prefix_hit=0.2 acceptance=0.75 ttft_p50=500 ttft_p95=950 \
         ttft_p99=990 tpot_p50=25 tpot_p95=47.5 tpot_p99=49.5 queue_p95=285 e2e_p95=9500 \
         mean_input=600 mean_output=300 engines=2",
    );
}

#[test]
fn vllm_of_2025_has_other_names() {
    let lines = r#"
        vllm:num_requests_running{model_name="m"} 3 4
        vllm:gpu_cache_usage_perc{model_name="m"} 0.1 0.5
        vllm:prompt_tokens_total{model_name="m"} 0 1000
        vllm:gpu_prefix_cache_queries_total{model_name="m"} 0 1000
        vllm:gpu_prefix_cache_hits_total{model_name="m"} 0 250
        vllm:time_per_output_token_seconds_bucket{model_name="m",le="0.1"} 0 10
        vllm:time_per_output_token_seconds_bucket{model_name="m",le="+Inf"} 0 10
        vllm:spec_decode_draft_acceptance_rate{model_name="m"} 0.5 0.6
        vllm:avg_generation_throughput_toks_per_s{model_name="m"} 10 20
    "#;
    check(
        "vllm",
        lines,
        "running=4 kv=0.5 kv_peak=0.5 prefill=75 cached=25 prefix_hit=0.25 tpot_p50=50 \
         tpot_p95=95 tpot_p99=99 acceptance=0.6 decode=20 engines=1",
    );
}

#[test]
fn ray_changes_the_prefix_once_or_twice() {
    for (id, prefix) in [("ray", "ray_vllm_"), ("ray-early", "ray_vllm:")] {
        let lines = format!(
            "{prefix}generation_tokens_total{{ReplicaId=\"a\"}} 0 100\n\
             {prefix}kv_cache_usage_perc{{ReplicaId=\"a\"}} 0 0.5"
        );
        check(id, &lines, "decode=10 kv=0.5 kv_peak=0.5");
    }
}

#[test]
fn sglang_ranks_are_not_added_up() {
    let lines = r#"
        sglang:num_running_reqs{dp_rank="0",tp_rank="0",priority=""} 5 7
        sglang:num_running_reqs{dp_rank="0",tp_rank="1",priority=""} 5 7
        sglang:num_running_reqs{dp_rank="0",tp_rank="0",priority="1"} 5 3
        sglang:num_running_reqs{dp_rank="1",tp_rank="0"} 5 2
        sglang:num_queue_reqs{dp_rank="0",tp_rank="0"} 0 4
        sglang:token_usage{dp_rank="0",tp_rank="0"} 0 0.4
        sglang:token_usage{dp_rank="1",tp_rank="0"} 0 0.8
        sglang:realtime_tokens_total{mode="decode",dp_rank="0",tp_rank="0"} 0 1000
        sglang:realtime_tokens_total{mode="decode",dp_rank="0",tp_rank="1"} 0 1000
        sglang:realtime_tokens_total{mode="prefill_compute",dp_rank="0"} 0 3000
        sglang:realtime_tokens_total{mode="prefill_cache",dp_rank="0"} 0 1000
        sglang:num_requests_total{model_name="m"} 0 20
        sglang:num_aborted_requests_total{model_name="m"} 0 1
        sglang:num_retracted_requests_total{model_name="m"} 0 2
        sglang:spec_accept_rate{dp_rank="0"} 0 0.7
        sglang:time_to_first_token_seconds_bucket{is_streaming="true",le="1"} 0 10
        sglang:time_to_first_token_seconds_bucket{is_streaming="true",le="+Inf"} 0 10
        sglang:time_to_first_token_seconds_bucket{is_streaming="false",le="1"} 0 0
        sglang:time_to_first_token_seconds_bucket{is_streaming="false",le="+Inf"} 0 90
        sglang:inter_token_latency_seconds_bucket{le="0.02"} 0 10
        sglang:inter_token_latency_seconds_bucket{le="+Inf"} 0 10
        sglang:queue_time_seconds_bucket{le="0.1"} 0 10
        sglang:queue_time_seconds_bucket{le="+Inf"} 0 10
        sglang:e2e_request_latency_seconds_bucket{le="10"} 0 10
        sglang:e2e_request_latency_seconds_bucket{le="+Inf"} 0 10
        sglang:prompt_tokens_histogram_sum{model_name="m"} 0 4000
        sglang:prompt_tokens_histogram_count{model_name="m"} 0 20
        sglang:generation_tokens_total{model_name="m"} 0 1000
    "#;
    check(
        "sglang",
        lines,
        "running=9 waiting=4 kv=0.6 kv_peak=0.8 decode=100 prefill=300 cached=100 \
         prefix_hit=0.25 requests=2 failed=0.1 preemptions=0.2 acceptance=0.7 ttft_p50=500 \
         ttft_p95=950 ttft_p99=990 tpot_p50=10 tpot_p95=19 tpot_p99=19.8 queue_p95=95 \
         e2e_p95=9500 mean_input=200 mean_output=50 engines=2",
    );
}

#[test]
fn sglang_of_2024() {
    let lines = r#"
        sglang:num_running_reqs{model_name="m"} 5 7
        sglang:gen_throughput{model_name="m"} 10 640
        sglang:prompt_tokens_total{model_name="m"} 0 1000
        sglang:cached_tokens_total{model_name="m"} 0 400
        sglang:cache_hit_rate{model_name="m"} 0.3 0.4
        sglang:time_per_output_token_seconds_bucket{le="0.02"} 0 10
        sglang:time_per_output_token_seconds_bucket{le="+Inf"} 0 10
    "#;
    check(
        "sglang",
        lines,
        "running=7 engines=1 decode=640 prefill=60 cached=40 prefix_hit=0.4 tpot_p50=10 \
         tpot_p95=19 tpot_p99=19.8",
    );
}

#[test]
fn mindie_has_no_prefix_and_says_percent_or_share() {
    let lines = r#"
        num_requests_running{model_name="m"} 1 8
        num_requests_waiting{model_name="m"} 1 3
        avg_prompt_throughput_toks_per_s{model_name="m"} 0 2000
        avg_generation_throughput_toks_per_s{model_name="m"} 0 900
        npu_cache_usage_perc{model_name="m"} 0 30
        npu_prefix_cache_hit_rate{model_name="m"} 0 0.2
        request_success_total{model_name="m"} 0 20
        request_failed_total{model_name="m"} 0 5
        num_preemptions_total{model_name="m"} 0 1
        prompt_tokens_total{model_name="m"} 0 10
        generation_tokens_total{model_name="m"} 0 10
        time_to_first_token_seconds_bucket{le="1"} 0 10
        time_to_first_token_seconds_bucket{le="+Inf"} 0 10
        time_per_output_token_seconds_bucket{le="0.1"} 0 10
        time_per_output_token_seconds_bucket{le="+Inf"} 0 10
        e2e_request_latency_seconds_bucket{le="60"} 0 10
        e2e_request_latency_seconds_bucket{le="+Inf"} 0 10
        request_prompt_tokens_sum{model_name="m"} 0 100
        request_prompt_tokens_count{model_name="m"} 0 2
        request_generation_tokens_sum{model_name="m"} 0 60
        request_generation_tokens_count{model_name="m"} 0 2
    "#;
    check(
        "mindie",
        lines,
        "running=8 waiting=3 prefill=2000 decode=900 kv=0.3 kv_peak=0.3 prefix_hit=0.2 \
         requests=2 failed=0.5 preemptions=0.1 ttft_p50=500 ttft_p95=950 ttft_p99=990 \
         tpot_p50=50 tpot_p95=95 tpot_p99=99 e2e_p95=57000 mean_input=50 mean_output=30 \
         engines=1",
    );
}

#[test]
fn tensorrt_llm_under_both_its_prefixes() {
    for (id, prefix) in [("trtllm", "trtllm_"), ("trtllm-dynamo", "trtllm:")] {
        let lines = format!(
            r#"
            {prefix}num_requests_running{{model_name="m"}} 0 4
            {prefix}num_requests_waiting{{model_name="m"}} 0 2
            {prefix}generation_tokens_total{{model_name="m"}} 0 1000
            {prefix}prompt_tokens_total{{model_name="m"}} 0 3000
            {prefix}kv_cache_utilization{{model_name="m"}} 0 0.5
            {prefix}kv_cache_hit_rate{{model_name="m"}} 0 0.1
            {prefix}request_success_total{{finished_reason="stop"}} 0 10
            {prefix}request_success_total{{finished_reason="error"}} 0 1
            {prefix}spec_decode_num_draft_tokens_total{{model_name="m"}} 0 10
            {prefix}spec_decode_num_accepted_tokens_total{{model_name="m"}} 0 6
            {prefix}time_to_first_token_seconds_bucket{{le="1.0"}} 0 10
            {prefix}time_to_first_token_seconds_bucket{{le="+Inf"}} 0 10
            {prefix}time_per_output_token_seconds_bucket{{le="0.1"}} 0 10
            {prefix}time_per_output_token_seconds_bucket{{le="+Inf"}} 0 10
            {prefix}request_queue_time_seconds_bucket{{le="1.0"}} 0 10
            {prefix}request_queue_time_seconds_bucket{{le="+Inf"}} 0 10
            {prefix}e2e_request_latency_seconds_bucket{{le="10.0"}} 0 10
            {prefix}e2e_request_latency_seconds_bucket{{le="+Inf"}} 0 10
            "#
        );
        check(
            id,
            &lines,
            "running=4 waiting=2 decode=100 prefill=300 kv=0.5 kv_peak=0.5 prefix_hit=0.1 \
         requests=1 failed=0.1 acceptance=0.6 ttft_p50=500 ttft_p95=950 ttft_p99=990 \
         tpot_p50=50 tpot_p95=95 tpot_p99=99 queue_p95=950 e2e_p95=9500 \
         mean_input=272.727273 mean_output=90.909091 engines=1",
        );
    }
}

#[test]
fn triton_with_the_tensorrt_llm_backend() {
    let lines = r#"
        nv_trt_llm_request_metrics{request_type="waiting",model="m"} 0 3
        nv_trt_llm_request_metrics{request_type="scheduled",model="m"} 0 9
        nv_trt_llm_request_metrics{request_type="active",model="m"} 0 12
        nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction",model="m"} 0 0.25
        nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="max",model="m"} 0 4000
        nv_inference_request_success{model="m"} 0 20
        nv_inference_request_failure{model="m"} 0 1
    "#;
    check(
        "trtllm",
        lines,
        "waiting=3 running=9 kv=0.25 kv_peak=0.25 requests=2 failed=0.1 engines=1",
    );
}

#[test]
fn gateways() {
    let dynamo = r#"
        dynamo_frontend_output_tokens_total{model="m"} 0 1000
        dynamo_frontend_input_sequence_tokens_sum{model="m"} 0 4000
        dynamo_frontend_input_sequence_tokens_count{model="m"} 0 10
        dynamo_frontend_output_sequence_tokens_sum{model="m"} 0 1000
        dynamo_frontend_output_sequence_tokens_count{model="m"} 0 10
        dynamo_frontend_cached_tokens_sum{model="m"} 0 1000
        dynamo_frontend_requests_total{model="m",status="success"} 0 10
        dynamo_frontend_requests_total{model="m",status="error"} 0 1
        dynamo_frontend_inflight_requests{model="m"} 0 7
        dynamo_frontend_queued_requests{model="m"} 0 2
        dynamo_frontend_kv_hit_rate{model="m"} 0 0.25
        dynamo_component_gpu_cache_usage_percent{worker="a"} 0 0.5
        dynamo_component_total_blocks{worker="a"} 9 9
        dynamo_frontend_time_to_first_token_seconds_bucket{le="1"} 0 10
        dynamo_frontend_time_to_first_token_seconds_bucket{le="+Inf"} 0 10
        dynamo_frontend_inter_token_latency_seconds_bucket{le="0.1"} 0 10
        dynamo_frontend_inter_token_latency_seconds_bucket{le="+Inf"} 0 10
        dynamo_frontend_request_duration_seconds_bucket{le="10"} 0 10
        dynamo_frontend_request_duration_seconds_bucket{le="+Inf"} 0 10
    "#;
    let latencies =
        " ttft_p50=500 ttft_p95=950 ttft_p99=990 tpot_p50=50 tpot_p95=95 tpot_p99=99 e2e_p95=9500";
    let wanted = "decode=100 prefill=300 cached=100 requests=1 failed=0.1 running=7 waiting=2 kv=0.5 \
         kv_peak=0.5 prefix_hit=0.25 mean_input=400 mean_output=100 engines=1";
    check("dynamo", dynamo, &[wanted, latencies].concat());

    let llm_d = r#"
        llm_d_epp_request_total{model_name="m"} 0 10
        llm_d_epp_request_error_total{model_name="m"} 0 1
        llm_d_epp_request_running{model_name="m"} 0 6
        llm_d_epp_average_queue_size{name="pool"} 0 2
        llm_d_epp_average_kv_cache_utilization{name="pool"} 0 0.5
        llm_d_epp_ready_endpoints{name="pool"} 3 4
        llm_d_epp_request_input_tokens_sum{model_name="m"} 0 4000
        llm_d_epp_request_input_tokens_count{model_name="m"} 0 10
        llm_d_epp_request_output_tokens_sum{model_name="m"} 0 1000
        llm_d_epp_request_output_tokens_count{model_name="m"} 0 10
        llm_d_epp_request_cached_tokens_sum{model_name="m"} 0 1000
        llm_d_epp_request_ttft_seconds_bucket{le="1"} 0 10
        llm_d_epp_request_ttft_seconds_bucket{le="+Inf"} 0 10
        llm_d_epp_request_streaming_tpot_seconds_bucket{le="0.1"} 0 10
        llm_d_epp_request_streaming_tpot_seconds_bucket{le="+Inf"} 0 10
        llm_d_epp_request_duration_seconds_bucket{le="10"} 0 10
        llm_d_epp_request_duration_seconds_bucket{le="+Inf"} 0 10
    "#;
    let wanted = "decode=100 prefill=300 cached=100 requests=1 failed=0.1 running=6 waiting=2 kv=0.5 \
         mean_input=400 mean_output=100 engines=4";
    check("llm-d", llm_d, &[wanted, latencies].concat());
    let old = r#"
        inference_objective_request_total{model_name="m"} 0 10
        inference_objective_request_error_total{model_name="m"} 0 1
        inference_objective_running_requests{model_name="m"} 0 6
        inference_pool_average_queue_size{name="pool"} 0 2
        inference_pool_average_kv_cache_utilization{name="pool"} 0 0.5
    "#;
    check(
        "llm-d",
        old,
        "requests=1 failed=0.1 running=6 waiting=2 kv=0.5",
    );
}

#[test]
fn models_are_named_once() {
    let (_, now) = read(
        r#"
        vllm:num_requests_running{engine="0",model_name="b"} 0 1
        vllm:num_requests_running{engine="1",model_name="a"} 0 1
        vllm:num_requests_waiting{engine="1",model_name="a"} 0 1
        unrelated{model_name="c"} 0 1
        "#,
    );
    assert_eq!(engine("vllm").unwrap().models_in(&now), ["a", "b"]);
    let (_, now) = read("dynamo_frontend_inflight_requests{model=\"x\"} 0 1");
    assert_eq!(engine("dynamo").unwrap().models_in(&now), ["x"]);
    for profile in super::ENGINES {
        let query = profile.about_query("job=\"a\"").unwrap();
        assert!(query.starts_with("count by (model_name,model)("), "{query}");
    }
}
