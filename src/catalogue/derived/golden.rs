//! Against `tests/golden/models_derived.csv`, which was computed by other code.

use std::collections::BTreeMap;

use super::*;
use crate::catalogue::Catalogue;
use crate::catalogue::number_format::NumberFormat;

const GOLDEN: &str = include_str!("../../../tests/golden/models_derived.csv");

/// Passes when `computed`, rounded to the digits printed in the golden, is what is printed.
fn same_digits(id: &str, column: &str, printed: &str, computed: f64) {
    let decimals = printed.split_once('.').map_or(0, |(_, d)| d.len());
    let unit = 10f64.powi(-(decimals as i32));
    let golden: f64 = printed.parse().unwrap();
    assert!(
        (computed - golden).abs() <= 0.51 * unit,
        "{id} {column}: golden {printed}, computed {computed}"
    );
}

#[test]
fn all_57_models_agree_to_the_printed_digits() {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(GOLDEN.as_bytes());
    let mut models = 0;
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let id = &row["id"];
        let arch = &Catalogue::embedded().model(id).unwrap().architecture;
        let params = param_count(arch);
        let active = params.active();
        let kv = kv_elements_per_token(arch).total();
        for (column, computed) in [
            ("computed_total_b", params.total() / 1e9),
            ("active_core_b", active.core / 1e9),
            ("active_noemb_b", active.with_head / 1e9),
            ("active_all_b", active.with_head_and_embedding / 1e9),
            ("flops_per_token_g", flops_per_token(arch) / 1e9),
            ("kv_elems_per_token", kv),
            ("kv_kib_per_token_bf16", kv * 2.0 / 1024.0),
            ("kv_kib_per_token_fp8", kv / 1024.0),
            ("const_state_elems_per_seq", constant_state_elements(arch)),
            (
                "dense_attn_flops_per_token_per_ctx_token",
                attention_flops_per_context_token(arch),
            ),
        ] {
            same_digits(id, column, &row[column], computed);
        }
        models += 1;
    }
    assert_eq!(models, Catalogue::embedded().models.len());
}

#[test]
fn totals_agree_with_the_vendors() {
    for m in &Catalogue::embedded().models {
        let computed = param_count(&m.architecture).total() / 1e9;
        let allowed = (0.02 * m.vendor.total_b).max(m.vendor.rounding_b.unwrap_or(0.0) * 2.1);
        assert!(
            (computed - m.vendor.total_b).abs() <= allowed,
            "{}: {computed} against {}",
            m.id,
            m.vendor.total_b
        );
    }
}

#[test]
fn cache_of_a_sequence() {
    let arch = |id| &Catalogue::embedded().model(id).unwrap().architecture;
    // DeepSeek-V3: 61 layers × 576 latent elements, nothing else.
    let v3 = arch("deepseek-v3");
    assert_eq!(
        kv_bytes(v3, 1000.0, NumberFormat::Bf16),
        61.0 * 576.0 * 2.0 * 1000.0
    );
    assert_eq!(state_bytes(v3), 0.0);
    // V3.2 adds 132 bytes of index key a layer, whatever the cache's format.
    let v32 = arch("deepseek-v3.2");
    let added = |f| kv_bytes_per_token(v32, f) - kv_bytes_per_token(v3, f);
    assert!((added(NumberFormat::Bf16) - 61.0 * 132.0).abs() < 1e-6);
    assert!((added(NumberFormat::Fp8) - 61.0 * 132.0).abs() < 1e-6);
    // gpt-oss: every layer grows up to the window of 128, half of them beyond.
    let oss = arch("gpt-oss-120b");
    let all = 36.0 * 8.0 * 128.0;
    assert_eq!(kv_elements(oss, 100.0).total(), all * 100.0);
    assert_eq!(
        kv_elements(oss, 1128.0).total(),
        all * 128.0 + all / 2.0 * 1000.0
    );
    // Qwen3-Next: 36 recurrent layers of 32 × 128 × 128 FP32 and 3 × 8192 BF16.
    let next = arch("qwen3-next-80b-a3b");
    assert_eq!(state_bytes(next), 36.0 * (524_288.0 * 4.0 + 24_576.0 * 2.0));
    assert_eq!(kv_bytes(next, -5.0, NumberFormat::Bf16), 0.0);
}

#[test]
fn parts_add_up() {
    for m in &Catalogue::embedded().models {
        let p = param_count(&m.architecture);
        let by_group: f64 = m
            .architecture
            .attn
            .iter()
            .map(|a| f64::from(a.layers()) * attention_params(a, m.architecture.hidden).total())
            .sum();
        assert_eq!(p.attention, by_group);
        assert!(p.routed_experts_active <= p.routed_experts, "{}", m.id);
        assert!(
            p.active().with_head_and_embedding <= p.total() * (1.0 + 1e-12),
            "{}",
            m.id
        );
        assert_eq!(p.mtp > 0.0, m.architecture.mtp_layers > 0, "{}", m.id);
    }
    // DeepSeek-V3's published module: 11.5 B of its own (671 B without, 685 B with copies of
    // embedding and head).
    let v3 = &Catalogue::embedded()
        .model("deepseek-v3")
        .unwrap()
        .architecture;
    assert!((mtp_params(v3) / 1e9 - 11.5).abs() < 0.2);
}
