//! Tests of the physics.

use crate::catalogue::Catalogue;
use crate::evaluation::Formats;
use crate::scenario::{Degrees, LocalCalibration, NumberFormat};

use super::{Calibration, Drafts, Instance, Machine, Prepared, Traffic};

/// Everything an instance borrows.
pub(super) struct Setup {
    machine: Machine,
    profile: super::Profile,
    model: &'static str,
}

impl Setup {
    pub fn new(hardware: &str, engine: &str, model: &'static str) -> Self {
        let machine =
            Machine::resolve(Catalogue::embedded().accelerator(hardware).unwrap()).unwrap();
        let profile = Calibration::embedded().profile(engine, machine.family);
        Self {
            machine,
            profile,
            model,
        }
    }

    pub fn instance(&self, formats: Formats, degrees: Degrees) -> Instance<'_> {
        Instance {
            architecture: &Catalogue::embedded()
                .model(self.model)
                .unwrap()
                .architecture,
            formats,
            degrees,
            machine: &self.machine,
            profile: &self.profile,
            drafts: Drafts::OFF,
            expert_balance: 1.0,
            local: LocalCalibration::default(),
        }
    }
}

pub(super) fn formats(weights: NumberFormat, kv: NumberFormat) -> Formats {
    Formats {
        weights,
        experts: weights,
        kv,
    }
}

pub(super) fn degrees(tp: u32, pp: u32, dp: u32, ep: u32) -> Degrees {
    Degrees { tp, pp, dp, ep }
}

/// CloudMatrix384 decode: 160 packages = 320 dies, one attention replica on each die.
fn cloudmatrix_decode(s: &Setup) -> Prepared {
    let mut i = s.instance(
        formats(NumberFormat::Int8, NumberFormat::Bf16),
        degrees(1, 1, 320, 320),
    );
    i.drafts = Drafts::with_acceptance(1, 0.7);
    i.expert_balance = 0.846;
    i.prepare().unwrap()
}

/// arXiv 2506.12708, decode table: DeepSeek-R1, INT8, 4,096 context, one draft at 70 %.
#[test]
fn cloudmatrix_decode_comes_out() {
    let s = Setup::new("ascend-910c", "cloudmatrix-infer", "deepseek-r1");
    let p = cloudmatrix_decode(&s);
    for (per_card, tpot_ms, tolerance) in
        [(96.0, 49.4, 0.10), (24.0, 24.6, 0.10), (8.0, 14.9, 0.15)]
    {
        let batch = per_card * 160.0;
        let got = p.decode_s(batch, 4096.0) / p.tokens_per_step() * 1e3;
        assert!(
            (got / tpot_ms - 1.0).abs() <= tolerance,
            "{got:.2} ms against {tpot_ms}"
        );
    }
}

/// arXiv 2506.12708, table 2: prefill of 4,096 tokens, 16,384 tokens per card, 16 packages.
#[test]
fn cloudmatrix_prefill_comes_out() {
    let s = Setup::new("ascend-910c", "cloudmatrix-infer", "deepseek-r1");
    for (balance, published) in [(1.0, 6688.0), (0.846, 5655.0)] {
        let mut i = s.instance(
            formats(NumberFormat::Int8, NumberFormat::Bf16),
            degrees(1, 1, 32, 32),
        );
        i.expert_balance = balance;
        let p = i.prepare().unwrap();
        let traffic = Traffic {
            input_tokens: 4096.0,
            output_tokens: 1.0,
            prefix_hit: 0.0,
        };
        let got = p.prefill_rate_with(&traffic, 2.0).prompts_per_s * 4096.0 / 16.0;
        assert!(
            (got / published - 1.0).abs() <= 0.10,
            "{got:.0} against {published}"
        );
    }
}

/// InferenceX, Llama-3.1-70B FP8 on eight H200, vLLM 0.18, 8,192 tokens in, 1,024 out: TTFT at
/// 4 to 64 requests in flight. It grows by a twentieth of a prompt's time for each of them: only the
/// opening burst of a client's ten requests finds the others in its way. The fit, shared by all models of
/// the engine, is up to two thirds too slow here; waves that lasted would be 3.6 times too slow at 64.
#[test]
fn closed_loop_prompts_meet_once() {
    let s = Setup::new("h200-sxm", "vllm", "llama-3.1-70b");
    let p = s
        .instance(
            formats(NumberFormat::Fp8, NumberFormat::Fp8),
            degrees(8, 1, 1, 1),
        )
        .prepare()
        .unwrap();
    let traffic = Traffic {
        input_tokens: 8192.0,
        output_tokens: 1024.0,
        prefix_hit: 0.0,
    };
    for (in_flight, ttft_ms) in [
        (4.0, 303.2),
        (8.0, 394.9),
        (16.0, 479.5),
        (32.0, 694.6),
        (64.0, 1141.1),
    ] {
        let got = p.closed_loop(&traffic, in_flight).unwrap().ttft_s * 1e3;
        assert!(
            (got / ttft_ms - 1.0).abs() < 0.7,
            "{in_flight} in flight: {got:.0} ms against {ttft_ms}"
        );
    }
}

/// InferenceX, DeepSeek-R1 FP4 on eight B200, TensorRT-LLM, attention data parallel, 1,024 in and out,
/// 64 to 256 in flight: about a second to the first token, which is prompts waiting for those of other
/// ranks (`BalanceSteps`); with tensor-parallel attention it is 0.45 s at 64.
#[test]
fn prompts_wait_for_other_ranks_where_the_engine_balances_them() {
    let first = |engine, degrees| {
        let s = Setup::new("b200-sxm", engine, "deepseek-r1");
        let p = s
            .instance(formats(NumberFormat::Fp4, NumberFormat::Fp8), degrees)
            .prepare()
            .unwrap();
        let traffic = Traffic {
            input_tokens: 1024.0,
            output_tokens: 1024.0,
            prefix_hit: 0.0,
        };
        p.closed_loop(&traffic, 128.0).unwrap().ttft_s * 1e3
    };
    let data = first("trtllm", degrees(1, 1, 8, 8));
    assert!(
        (data / 797.8 - 1.0).abs() < 0.6,
        "{data:.0} ms against 797.8"
    );
    assert!(data > 1.5 * first("trtllm", degrees(8, 1, 1, 8)));
    assert!(data > 1.5 * first("sglang", degrees(1, 1, 8, 8)));
}
