//! Tests of device exporters.

use super::super::exposition::Exposition;
use super::super::recorded::recordings;
use super::*;

fn read(profile: &str, text: &str, pairing: DiePairing) -> Vec<Card> {
    let scrape = Scrape::from_exposition(&Exposition::parse(text), 0.0, |_| true);
    cards(device(profile).unwrap(), &scrape, pairing)
}

/// Power of one real 910C package: 245 W + 245.6 W.
const PAIR: &str = r#"machine_npu_nums 2
machine_card_nums 1
npu_chip_info_power{id="0",model_name="Ascend910",pod_name="r1-decode-3"} 245 1723621883587
npu_chip_info_power{id="1",model_name="Ascend910"} 245.6 1723621883999
npu_chip_info_utilization{id="0"} 90
npu_chip_info_utilization{id="1"} 70
npu_chip_info_hbm_used_memory{id="0"} 1000
npu_chip_info_hbm_used_memory{id="1"} 2000
npu_chip_info_hbm_total_memory{id="0"} 65536
npu_chip_info_hbm_total_memory{id="1"} 65536
npu_chip_info_temperature{id="0"} 51
npu_chip_info_temperature{id="1"} 58
npu_chip_info_health_status{id="0"} 1
npu_chip_info_health_status{id="1"} 1
"#;

#[test]
fn two_dies_are_one_card() {
    let found = read("npu-exporter", PAIR, DiePairing::Auto);
    assert_eq!(found.len(), 1);
    let reading = found[0].reading;
    assert!((reading.power_w.unwrap() - 490.6).abs() < 1e-3);
    assert_eq!(reading.utilisation, Some(0.8));
    assert_eq!(reading.memory_used_bytes, Some(3000.0 * 1_048_576.0));
    assert_eq!(reading.memory_total_bytes, Some(131_072.0 * 1_048_576.0));
    assert_eq!(reading.temperature_c, Some(58.0));
    assert_eq!(reading.health, Health::Well);
    assert_eq!(reading.duty, Duty::Decode);
    assert_eq!(reading.sample_at_s, Some(1_723_621_883.587));
    assert_eq!(reading.clock_mhz, None);
    assert_eq!(read("npu-exporter", PAIR, DiePairing::Single).len(), 2);
}

#[test]
fn a_card_with_one_die_silent_is_bad_and_has_no_power() {
    let without: Vec<_> = PAIR.lines().filter(|l| !l.contains("id=\"1\"")).collect();
    let found = read("npu-exporter", &without.join("\n"), DiePairing::Auto);
    assert_eq!(found[0].reading.health, Health::Bad);
    assert_eq!(found[0].reading.power_w, None);
    assert_eq!(found[0].reading.temperature_c, Some(51.0));
}

#[test]
fn without_counts_the_chips_name_tells() {
    assert!(two_dies("Ascend910C") && two_dies("910_9392") && !two_dies("910B3"));
    let text = "npu_chip_info_power{id=\"6\",model_name=\"910B3\",instance=\"a:8082\"} 300\n";
    let found = read("npu-exporter", text, DiePairing::Auto);
    assert_eq!(found[0].key.index, 6);
    assert_eq!(
        (found[0].key.group(), found[0].key.name().as_str()),
        ("a:8082", "a:8082/6")
    );
}

#[test]
fn nvidia_blanks_and_grave_faults() {
    let text = "DCGM_FI_DEV_FB_USED{gpu=\"0\",Hostname=\"h\"} 1000\n\
            DCGM_FI_DEV_FB_FREE{gpu=\"0\",Hostname=\"h\"} 3000\n\
            DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",Hostname=\"h\"} 9223372036854775794\n\
            DCGM_FI_DEV_GPU_TEMP{gpu=\"0\",Hostname=\"h\"} 0\n\
            DCGM_FI_DEV_XID_ERRORS{gpu=\"0\",Hostname=\"h\"} 79\n\
            DCGM_FI_DEV_XID_ERRORS{gpu=\"1\",Hostname=\"h\"} 13\n";
    let found = read("dcgm", text, DiePairing::Auto);
    assert_eq!(found.len(), 2);
    let reading = found[0].reading;
    assert_eq!(reading.memory_share(), Some(0.25));
    assert_eq!((reading.power_w, reading.temperature_c), (None, None));
    assert_eq!((reading.health, reading.error), (Health::Bad, Some(79)));
    assert_eq!(found[1].reading.health, Health::Unknown);
}

#[test]
fn queries_ask_for_the_best_metric_of_each_field_and_for_times() {
    let names = [
        "npu_chip_info_utilization",
        "npu_chip_info_overall_utilization",
        "npu_chip_info_power",
        "machine_npu_nums",
        "machine_card_nums",
    ];
    let ascend = device("npu-exporter").unwrap();
    let asked = ascend.queries(&names, "", " supernode=\"sn-1\" ");
    let asked: Vec<_> = asked
        .iter()
        .map(|q| (q.expression.as_str(), q.times))
        .collect();
    assert_eq!(
        asked,
        [
            (
                "npu_chip_info_overall_utilization{supernode=\"sn-1\"}",
                false
            ),
            ("npu_chip_info_power{supernode=\"sn-1\"}", false),
            ("machine_npu_nums{supernode=\"sn-1\"}", false),
            ("machine_card_nums{supernode=\"sn-1\"}", false),
            ("timestamp(npu_chip_info_power{supernode=\"sn-1\"})", true),
        ]
    );
    let nvidia = device("dcgm").unwrap();
    let asked = nvidia.queries(&["DCGM_FI_DEV_POWER_USAGE"], "", "");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].expression, "DCGM_FI_DEV_POWER_USAGE");
}

#[test]
fn a_failed_remapping_is_a_fault_and_a_passed_xid_is_none() {
    let text = "DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",hostname=\"h\"} 300\n\
            DCGM_FI_DEV_XID_ERRORS{gpu=\"0\",hostname=\"h\"} 13\n\
            DCGM_FI_DEV_POWER_USAGE{gpu=\"1\",hostname=\"h\"} 300\n\
            DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu=\"0\",hostname=\"h\"} 0\n\
            DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu=\"1\",hostname=\"h\"} 1\n";
    let found = read("dcgm", text, DiePairing::Auto);
    assert_eq!(found[0].reading.health, Health::Unknown);
    assert_eq!(found[1].reading.health, Health::Bad);
    assert_eq!(found[0].key.host, "h");
}

#[test]
fn amd_of_both_generations() {
    let text = "gpu_gfx_activity{gpu_id=\"3\",hostname=\"a\",card_model=\"MI300X\"} 40\n\
            gpu_used_vram{gpu_id=\"3\",hostname=\"a\"} 1024\n\
            gpu_free_vram{gpu_id=\"3\",hostname=\"a\"} 3072\n\
            gpu_package_power{gpu_id=\"3\",hostname=\"a\"} 700\n\
            gpu_power_usage{gpu_id=\"3\",hostname=\"a\"} 1\n\
            gpu_junction_temperature{gpu_id=\"3\",hostname=\"a\"} 71\n\
            gpu_health{gpu_id=\"3\",hostname=\"a\"} 1\n\
            gpu_average_package_power{gpu_id=\"4\",hostname=\"a\"} 500\n";
    let found = read("amd", text, DiePairing::Auto);
    let (new, old) = (&found[0].reading, &found[1].reading);
    assert_eq!((new.power_w, old.power_w), (Some(700.0), Some(500.0)));
    assert_eq!(new.memory_share(), Some(0.25));
    assert_eq!((new.utilisation, new.health), (Some(0.4), Health::Well));
    assert_eq!((found[0].key.index, found[0].model.as_str()), (3, "MI300X"));
}

#[test]
fn old_ascend_labels_and_unknown_health() {
    let text = "npu_chip_info_power{npuID=\"2\",modelName=\"910B4\"} 250\n\
            npu_chip_info_health_status{npuID=\"2\"} -1\n\
            npu_chip_info_used_memory{npuID=\"2\"} 10\n\
            npu_chip_info_total_memory{npuID=\"2\"} 40\n";
    let found = read("npu-exporter", text, DiePairing::Auto);
    assert_eq!(found[0].reading.health, Health::Unknown);
    assert_eq!(found[0].reading.memory_share(), Some(0.25));
    assert_eq!((found[0].key.index, found[0].model.as_str()), (2, "910B4"));
}

#[test]
fn recordings_of_exporters_give_their_cards() {
    let expected = [
        ("dcgm_t4", "dcgm", 1, Some(68.244)),
        ("dcgm_l4_", "dcgm", 1, Some(16.365)),
        ("npu_exporter_docs", "npu-exporter", 8, None),
        ("npu_exporter_testdata", "npu-exporter", 8, Some(0.0)),
    ];
    for (file, text) in recordings() {
        let Some((_, id, count, power)) = expected.iter().find(|(p, ..)| file.starts_with(p))
        else {
            continue;
        };
        let all = Exposition::parse(&text);
        let names: Vec<_> = all.samples.iter().map(|s| s.name).collect();
        assert_eq!(
            devices_in(&names).first().map(|d| d.id),
            Some(*id),
            "{file}"
        );
        let found = read(id, &text, DiePairing::Auto);
        assert_eq!(found.len(), *count, "{file}");
        assert_eq!(found[0].reading.power_w, *power, "{file}");
    }
}

#[test]
fn amd_names_may_have_a_prefix_of_the_operators_own() {
    let text = "dc1_gpu_gfx_activity{gpu_id=\"0\",hostname=\"h\"} 40\n\
            dc1_gpu_package_power{gpu_id=\"0\",hostname=\"h\"} 700\n\
            unrelated_gpu_health{gpu_id=\"0\",hostname=\"h\"} 0\n";
    let reading = read("amd", text, DiePairing::Auto)[0].reading;
    assert_eq!(
        (reading.utilisation, reading.power_w),
        (Some(0.4), Some(700.0))
    );
    assert_eq!(reading.health, Health::Unknown);
    let names = ["dc1_gpu_gfx_activity", "dc1_gpu_package_power", "up"];
    let amd = device("amd").unwrap();
    assert_eq!(amd.prefix_in(&names), Some("dc1_"));
    assert_eq!(amd.prefix_in(&["one_gpu_health", "up"]), None);
    assert_eq!(devices_in(&names)[0].id, "amd");
    let asked = amd.queries(&["gpu_package_power"], "dc1_", "");
    assert_eq!(asked[0].expression, "dc1_gpu_package_power");
}

#[test]
fn what_was_not_asked_stays_as_it_was() {
    let before = Reading {
        utilisation: Some(0.2),
        power_w: Some(300.0),
        health: Health::Bad,
        ..Reading::default()
    };
    let now = Reading {
        utilisation: Some(0.9),
        health: Health::Well,
        ..Reading::default()
    };
    let merged = now.over(&before, |field| field == Field::Utilisation);
    assert_eq!(
        (merged.utilisation, merged.power_w),
        (Some(0.9), Some(300.0))
    );
    assert_eq!(merged.health, Health::Well);
    assert_eq!(now.over(&before, |_| true).power_w, None);
}
