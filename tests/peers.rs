//! Wrong answers that other planners have given, each as a test of ours. The number behind a test is
//! the peer's issue: AIC = ai-dynamo/aiconfigurator, LLMFIT = AlexsJones/llmfit, LMC = LMCache/LMCache,
//! VF = jranaraki/vllm-fit, IS = inference-sim/inference-sim, OGC = aleibovici/ollama-gpu-calculator,
//! IX = SemiAnalysisAI/InferenceX-app.
#![cfg(not(target_arch = "wasm32"))]

use token_factory::catalogue::Catalogue;
use token_factory::catalogue::report::ModelReport;
use token_factory::evaluation::{Evaluation, NoticeCode};
use token_factory::planner::evaluate;
use token_factory::scenario::link;

fn of(text: &str) -> Evaluation {
    evaluate(&link::decode(text).state.scenario, Catalogue::embedded())
}

fn model(id: &str) -> ModelReport {
    ModelReport::of_catalogue(Catalogue::embedded().model(id).expect("in the catalogue"))
}

fn has(e: &Evaluation, code: NoticeCode) -> bool {
    e.notices.iter().any(|n| n.code == code)
}

#[test]
fn every_card_of_an_instance_is_counted_aic_1476() {
    for text in [
        "#v=1",
        "#v=1&hw=h200-sxm&pods=2&cards=8&m=qwen3-235b-a22b&draft=0",
    ] {
        let e = of(text);
        let groups = &e.deployment.as_ref().expect("served").instances;
        let cards: u32 = groups.iter().map(|g| g.instances * g.cards_each).sum();
        assert_eq!(cards, e.cards_working, "{text}");
        assert_eq!(e.cards_working + e.cards_spare + e.cards_idle, e.cards);
        let all = e.output_tokens_per_s_per_card * f64::from(e.cards_working);
        assert!((all / e.tokens_per_s.output - 1.0).abs() < 1e-9, "{text}");
    }
}

#[test]
fn what_does_not_fit_has_no_latency_and_is_not_told_to_relax_targets_aic_509_437() {
    let e = of("#v=1&hw=h100-sxm&pods=1&cards=2&spare=0");
    assert!(!e.fits && !e.meets_targets && e.deployment.is_none());
    assert_eq!((e.tpot_ms.p50, e.tokens_per_s.output), (0.0, 0.0));
    assert!(has(&e, NoticeCode::WeightsDoNotFit));
    assert!(!has(&e, NoticeCode::TargetsMissed));
}

#[test]
fn unknown_hardware_is_refused_not_taken_for_another_aic_1259() {
    let e = of("#v=1&hw=a40-of-the-future");
    assert!(!e.fits && has(&e, NoticeCode::NoSuchHardware));
}

#[test]
fn mixtures_of_experts_compute_with_their_active_parameters_llmfit_474_449_544() {
    let m = model("deepseek-r1");
    assert!((m.total_params / 671e9 - 1.0).abs() < 0.01);
    assert!((m.active_params / 37e9 - 1.0).abs() < 0.03);
    let ratio = m.flops_per_token / (2.0 * m.active_params);
    assert!((0.9..1.2).contains(&ratio), "{ratio}");
    // A dense model activates itself.
    let dense = model("llama-3.1-70b");
    assert!(dense.active_params / dense.total_params > 0.97);
}

#[test]
fn kv_cache_follows_heads_and_latents_lmc_694_vf_2() {
    // MLA: latent and rotary part once per layer, (512 + 64) × 61 at 16 bit.
    assert_eq!(model("deepseek-r1").kv_bytes_per_token, 576.0 * 61.0 * 2.0);
    // GQA: key and value of 8 heads, head width 128 even where hidden / heads is not.
    assert_eq!(
        model("qwen3-32b").kv_bytes_per_token,
        2.0 * 8.0 * 128.0 * 64.0 * 2.0
    );
    assert_eq!(
        model("llama-3.1-70b").kv_bytes_per_token,
        2.0 * 8.0 * 128.0 * 80.0 * 2.0
    );
}

#[test]
fn decode_slows_with_the_batch_is_1123() {
    let at = |batch: u32| {
        of(&format!("#v=1&hw=h200-sxm&pods=1&cards=8&spare=0&m=llama-3.1-8b&draft=0&mode=aggregated&batch={batch}&ttft=600000&tpot=10000"))
            .tpot_ms
            .p50
    };
    let (few, many) = (at(8), at(512));
    assert!(many > 1.5 * few, "{few} → {many}");
}

#[test]
fn memory_limits_the_requests_at_once_is_432() {
    let long = "#v=1&hw=h100-sxm&pods=1&cards=8&spare=0&m=llama-3.1-70b&draft=0&out=100&ttft=600000&tpot=10000";
    let few = of(&format!("{long}&in=100000")).concurrency;
    let many = of(&format!("{long}&in=2000")).concurrency;
    assert!(few < 100.0 && many > 5.0 * few, "{few}, {many}");
}

#[test]
fn the_same_scenario_gives_the_same_answer_is_965() {
    let (a, b) = (of("#v=1"), of("#v=1"));
    assert_eq!(
        a.tokens_per_s.output.to_bits(),
        b.tokens_per_s.output.to_bits()
    );
    assert_eq!(a.tpot_ms, b.tpot_ms);
}

#[test]
fn idle_cards_are_not_billed_as_busy_ogc_12() {
    let at = |load: &str| of(&format!("#v=1&load={load}")).power;
    let (low, high) = (at("0.1"), at("1"));
    let (low_kw, high_kw) = (low.mean_kw.expect("known"), high.mean_kw.expect("known"));
    assert!(low_kw < 0.7 * high_kw, "{low_kw} of {high_kw}");
    assert!(
        low_kw > 0.3 * high_kw,
        "idle power counts: {low_kw} of {high_kw}"
    );
    // Per token it is dearer, since idling is shared by fewer.
    assert!(low.kwh_per_million_output > high.kwh_per_million_output);
}

#[test]
fn cost_moves_with_the_price_of_the_hardware_ix_943() {
    let at = |card: &str| {
        let e = of(&format!("#v=1&cur=usd&card={card}"));
        e.cost.per_million.expect("known").blended_output.usd
    };
    assert!(at("40000") > 1.3 * at("20000"));
}

#[test]
fn a_missing_price_is_unknown_not_free() {
    let catalogue = Catalogue::embedded();
    let unpriced = catalogue.accelerators.iter().find(|a| {
        let e = of(&format!(
            "#v=1&hw={}&pods=4&cards=8&spare=0&m=qwen3-8b&draft=0",
            a.id
        ));
        e.fits && has(&e, NoticeCode::PriceUnknown)
    });
    let a = unpriced.expect("some hardware has no published price");
    let e = of(&format!(
        "#v=1&hw={}&pods=4&cards=8&spare=0&m=qwen3-8b&draft=0",
        a.id
    ));
    assert!(
        e.cost.per_million.is_none() && e.cost.per_hour.is_none(),
        "{}",
        a.id
    );
}
