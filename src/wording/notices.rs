//! Codes of the library in words: notices, limits, kinds of work, refused values of links and files.
//!
//! Every `match` is complete, so a new code does not compile until it has its texts.

use super::{Text, Writer, phrases};
use crate::evaluation::{Bound, LimitKind, Mode, Notice, NoticeCode, NoticeValue, OpClass, Phase};
use crate::scenario::file::FileError;
use crate::scenario::link::LinkNotice;
use crate::scenario::number::shortest;
use crate::scenario::wrong::Wrong;

/// A notice in words: a short headline and the rest of the sentence.
pub fn notice(w: &dyn Writer, notice: &Notice) -> String {
    let l = w.locale();
    let number = |i: usize| match notice.values.get(i) {
        Some(NoticeValue::Number(n)) => *n,
        _ => f64::NAN,
    };
    let word = |i: usize| match notice.values.get(i) {
        Some(NoticeValue::Text(text)) => text.clone(),
        Some(NoticeValue::Number(n)) => w.number(*n),
        None => String::new(),
    };
    let count = |i| w.count(number(i));
    let hardware = |i| w.hardware(&word(i));
    match notice.code {
        NoticeCode::WeightsDoNotFit if number(2) > 0.0 => {
            weights_do_not_fit(l, &w.memory(number(0)), &w.memory(number(1)), &count(2))
        }
        NoticeCode::WeightsDoNotFit => {
            weights_never_fit(l, &w.memory(number(0)), &w.memory(number(1)))
        }
        NoticeCode::ContextDoesNotFit => context_does_not_fit(l, &count(1), &count(0)),
        NoticeCode::TargetsMissed => {
            let near = |at: usize| number(at) <= number(at + 2) * 1.000_1;
            let (tpot, ttft) = (w.duration(number(0)), w.duration(number(1)));
            match (near(0), near(1)) {
                (true, false) => ttft_missed(l, &w.duration(number(3)), &ttft),
                (false, true) => tpot_missed(l, &w.duration(number(2)), &tpot),
                _ => targets_missed(l, &tpot, &ttft),
            }
        }
        NoticeCode::FormatNotSupported => {
            format_not_supported(l, &word(0).to_uppercase(), &word(1).to_uppercase())
        }
        NoticeCode::HardwareUnknown => hardware_unknown(l, figure(&word(0))(l), &hardware(1)),
        NoticeCode::HardwareLacks => hardware_lacks(l, figure(&word(0))(l), &hardware(1)),
        NoticeCode::EngineStandsIn => engine_stands_in(l, &word(0), &word(1)),
        NoticeCode::NoSuchHardware => no_such_hardware(l, &word(0)),
        NoticeCode::NoSuchModel => no_such_model(l, &word(0)),
        NoticeCode::NeverMeasured => never_measured(l, &hardware(0)),
        NoticeCode::PriceAssumed if number(1).is_finite() && number(2).is_finite() => {
            price_assumed(l, &hardware(0), &w.usd(number(1)), &w.usd(number(2)))
        }
        NoticeCode::PriceAssumed => price_guessed(l, &hardware(0)),
        NoticeCode::PriceUnknown => price_unknown(l, &hardware(0)),
        NoticeCode::PowerUnknown => power_unknown(l, &hardware(0)),
        NoticeCode::RegionLacks => region_lacks(l, &w.region(&word(1)), figure(&word(0))(l)),
        NoticeCode::NoSuchRegion => no_such_region(l, &word(0)),
        NoticeCode::CardsIdle => cards_idle(l, &count(0)),
        NoticeCode::LeavesScaleUp => leaves_scale_up(l, &count(0), &count(1)),
        NoticeCode::ContextBeyondModel => context_beyond_model(l, &count(0), &count(1)),
        NoticeCode::Overload => overload(l, &w.number(number(0)), &w.number(number(1))),
        NoticeCode::BadDegrees => bad_degrees(l, &word(0)),
        NoticeCode::AllSpare => all_spare(l).to_owned(),
        NoticeCode::RolesIncomplete => roles_incomplete(l).to_owned(),
        NoticeCode::NoPlan => no_plan(l).to_owned(),
        NoticeCode::NoDraftLayer => no_draft_layer(l).to_owned(),
        NoticeCode::OutsideEvidence => outside_evidence(l, &word(0)),
    }
}

/// A figure of hardware or of a region that may be unknown.
fn figure(field: &str) -> Text {
    match field {
        "bf16" => figure_arithmetic,
        "mem_gb" => figure_memory,
        "mem_bw_tbs" => figure_bandwidth,
        "allin_w" => figure_power,
        "scaleup_size" => figure_domain,
        "scaleup_gbs_uni" | "scaleout_gbps" => figure_link,
        "electricity" | "electricity_per_kwh" => figure_electricity,
        "building_per_mw" => figure_building,
        _ => figure_other,
    }
}

/// What limits a result, as the end of "Limited by …".
pub fn limit(kind: LimitKind) -> Text {
    match kind {
        LimitKind::TpotTarget => limit_tpot,
        LimitKind::TtftTarget => limit_ttft,
        LimitKind::MemoryCapacity => limit_memory,
        LimitKind::Demand => limit_demand,
        LimitKind::PrefillPool => limit_prefill,
        LimitKind::Attention => limit_attention,
        LimitKind::Linear => limit_linear,
        LimitKind::Experts => limit_experts,
        LimitKind::Communication => limit_communication,
        LimitKind::Overhead => limit_overhead,
    }
}

/// A kind of work of a step.
pub fn op_class(class: OpClass) -> Text {
    match class {
        OpClass::Attention => op_attention,
        OpClass::Linear => op_linear,
        OpClass::Experts => op_experts,
        OpClass::Communication => op_communication,
        OpClass::Overhead => op_overhead,
    }
}

/// What bounds an operator.
pub fn bound(bound: Bound) -> Text {
    match bound {
        Bound::Compute => bound_compute,
        Bound::Memory => bound_memory,
        Bound::Link => bound_link,
        Bound::Latency => bound_latency,
    }
}

/// How phases share the cards.
pub fn mode(mode: Mode) -> Text {
    match mode {
        Mode::Aggregated => mode_aggregated,
        Mode::Disaggregated => mode_disaggregated,
    }
}

/// What a group of instances does.
pub fn phase(phase: Phase) -> Text {
    match phase {
        Phase::Both => phase_both,
        Phase::Prefill => phase_prefill,
        Phase::Decode => phase_decode,
    }
}

/// A part of a link that was not taken over.
pub fn link_notice(w: &dyn Writer, notice: &LinkNotice) -> String {
    let l = w.locale();
    let LinkNotice {
        key,
        given,
        wrong: why,
        used,
    } = notice;
    let key = key.rsplit('.').next().unwrap_or(key);
    let known = crate::scenario::limits::field_of(key).and_then(|_| w.input(key));
    let name = known.map_or_else(|| key.to_owned(), |name| [&name, " (", key, ")"].concat());
    let why = wrong(w, why);
    match used {
        Some(used) => link_used(l, &name, given, &why, used),
        None => link_ignored(l, &name, given, &why),
    }
}

/// What is wrong with a value.
pub fn wrong(w: &dyn Writer, wrong: &Wrong) -> String {
    let l = w.locale();
    match wrong {
        Wrong::UnknownKey {
            did_you_mean: Some(key),
        } => wrong_key_like(l, key),
        Wrong::UnknownKey { did_you_mean: None } => wrong_key(l).to_owned(),
        Wrong::Duplicate => wrong_duplicate(l).to_owned(),
        Wrong::BadEscape => wrong_escape(l).to_owned(),
        Wrong::Empty => wrong_empty(l).to_owned(),
        Wrong::NotANumber(_) => wrong_number(l).to_owned(),
        Wrong::OutOfRange { min, max } => wrong_range(l, &shortest(*min), &shortest(*max)),
        Wrong::NotWhole { min, max } => wrong_whole(l, &shortest(*min), &shortest(*max)),
        Wrong::NotAWord(words) => wrong_word(l, &words.join(", ")),
        Wrong::NotAnId => wrong_id(l).to_owned(),
        Wrong::TooLong { max } => wrong_long(l, &max.to_string()),
        Wrong::BadForm { example } => wrong_form(l, example),
        Wrong::BadPart { part, allowed } => {
            wrong_part(l, part, &phrases::in_language(l, allowed, PARTS))
        }
        Wrong::TooManyDies { max } => wrong_dies(l, &max.to_string()),
        Wrong::SparesNotBelowCards { cards } => wrong_spares(l, &cards.to_string()),
        Wrong::Count { min, max } => wrong_count(l, &min.to_string(), &max.to_string()),
        Wrong::NewerVersion { known } => wrong_version(l, &known.to_string()),
    }
}

/// Why a scenario file cannot be read.
pub fn file_error(w: &dyn Writer, error: &FileError) -> String {
    let l = w.locale();
    match error {
        FileError::TooLong { max } => file_long(l, &w.bytes(*max as f64)),
        FileError::NotJson { line, column, .. } => {
            file_json(l, &line.to_string(), &column.to_string())
        }
        FileError::NotAScenario => file_other(l).to_owned(),
        FileError::NewerVersion { known } => wrong_version(l, &known.to_string()),
        FileError::Field { path, message } => [path.as_str(), message].join(": "),
        FileError::Values(problems) => {
            let all = problems
                .iter()
                .map(|p| [p.path.as_str(), &wrong(w, &p.wrong)].join(": "));
            all.collect::<Vec<_>>().join("; ")
        }
    }
}

/// What is allowed of a part of a custom model or of another compound value.
const PARTS: phrases::Table = &[
    ("given twice", "重复给出"),
    (
        "unknown dimension; known here are %",
        "没有这个维度，可用的有 %1",
    ),
    ("needs a whole number up to %", "须为不超过 %1 的整数"),
    ("takes no value", "不带数值"),
    ("needs one of %", "须为 %1 之一"),
    ("must be one of %", "须为 %1 之一"),
    ("must be % to %", "须为 %1 至 %2"),
    (
        "unknown layer group; known are %",
        "没有这种层组，可用的有 %1",
    ),
    (
        "% attention groups and up to % feed-forward groups",
        "须有 %1 个注意力层组，前馈层组最多 %2 个",
    ),
    (
        "must not be more than the query heads",
        "不得多于 query 头数",
    ),
    ("must not be more than the experts", "不得多于专家数"),
    (
        "must be at least the layers of the groups, or 1/2 to 1/% of them where every layer has as many blocks",
        "须不少于各组层数之和；若每层有相同数量的模块，则可为其 1/2 至 1/%1",
    ),
    ("% to %", "%1 至 %2"),
];

crate::texts! {
    weights_do_not_fit(needed, capacity, cards) = "The weights do not fit: {needed} a card, {capacity} there. About {cards} cards would hold them; or choose a smaller number format.", "权重放不下：每卡需 {needed}，只有 {capacity}。约需 {cards} 张卡，或改用位宽更小的格式。";
    weights_never_fit(needed, capacity) = "The weights do not fit: {needed} a card, {capacity} there. Choose a smaller number format or larger cards.", "权重放不下：每卡需 {needed}，只有 {capacity}。请改用位宽更小的格式或显存更大的卡。";
    context_does_not_fit(asked, fits) = "A context of {asked} tokens does not fit in memory; the longest that fits has {fits}. More tensor parallelism or a smaller KV format would help.", "{asked} token 的上下文放不进显存，最长可容纳 {fits}。可提高张量并行度或缩小 KV 格式。";
    tpot_missed(target, tpot) = "No layout decodes within {target} per token. The nearest that keeps the target for the first token, shown here, takes {tpot}.", "没有方案的 TPOT 能达到 {target}。在满足 TTFT 目标的方案中，最接近的（如图）为 {tpot}。";
    ttft_missed(target, ttft) = "No layout gives the first token within {target}. The nearest that keeps the target per token, shown here, takes {ttft}.", "没有方案的 TTFT 能达到 {target}。在满足 TPOT 目标的方案中，最接近的（如图）为 {ttft}。";
    targets_missed(tpot, ttft) = "No layout meets both targets. The nearest, shown here, takes {tpot} per token and {ttft} to the first.", "没有方案能同时满足两项目标。最接近的方案（如图）TPOT 为 {tpot}，TTFT 为 {ttft}。";
    format_not_supported(asked, used) = "The chip has no arithmetic for {asked}; {used} is used instead.", "芯片不支持 {asked} 运算，改用 {used}。";
    figure_arithmetic = "16-bit arithmetic", "16 位算力";
    figure_memory = "memory size", "显存容量";
    figure_bandwidth = "memory bandwidth", "显存带宽";
    figure_power = "power (with its share of the server)", "含服务器分摊的功耗";
    figure_domain = "size of the scale-up domain", "超节点域规模";
    figure_link = "link bandwidth", "链路带宽";
    figure_electricity = "electricity price", "电价";
    figure_building = "building cost", "机房建设成本";
    figure_other = "a figure that the plan needs", "规划所需的数据";
    hardware_lacks(field, hardware) = "Nothing can be planned on {hardware}: its {field} is not published, and nothing is guessed in its place. Choose other hardware.", "无法用 {hardware} 规划：{field}未公开，也不作猜测。请选择其他硬件。";
    engine_stands_in(asked, used) = "There are no measurements of “{asked}” here: the figures of {used} stand in.", "没有“{asked}”在此硬件上的实测数据，采用 {used} 的数值。";
    region_lacks(region, field) = "No {field} is known for {region}: enter one under Money to see costs.", "{region}的{field}未知。请在“成本”中填写，以显示成本。";
    no_such_region(id) = "There is no region “{id}”: power and cost stay unknown. Choose one under Money.", "没有地区“{id}”，功耗与成本未知。请在“成本”中选择。";
    all_spare = "Every card is a spare: none is left to work. Lower the spares.", "所有卡都是备用卡，没有可工作的卡。请减少备用卡。";
    roles_incomplete = "The pools' roles leave no cards for one phase: prefill and decode both need some. Set a pool to “Any”, or add one for the phase that is missing.", "资源池的用途使某一阶段没有卡可用：prefill 与 decode 都需要卡。请将某个资源池设为“不限”，或为缺少的阶段增加资源池。";
    no_plan = "Instances fit, but no plan of them can serve this workload. Change the layout that is set, or the mode, or add cards.", "实例放得下，但无法组成服务该负载的方案。请更改指定的并行方案或部署模式，或增加卡数。";
    hardware_unknown(field, hardware) = "The {field} of {hardware} is not published: it is derived from its other figures.", "{hardware} 的{field}未公开，由其他数据推算。";
    no_such_hardware(id) = "The catalogue has no hardware “{id}”. Choose one from the list.", "目录中没有硬件“{id}”，请从列表中选择。";
    no_such_model(id) = "The catalogue has no model “{id}”. Choose one from the list, or paste its config.json.", "目录中没有模型“{id}”，请从列表中选择，或粘贴其 config.json。";
    never_measured(hardware) = "No measurement in our collection covers {hardware} served this way: the result rests on its data sheet and on related hardware, hence the wide bands.", "所收集的实测数据没有覆盖 {hardware} 的这种部署方式，结果依据规格与同类硬件推算，因此区间较宽。";
    price_assumed(hardware, low, high) = "The purchase price of {hardware} is assumed: published figures run from {low} to {high} a card.", "{hardware} 的购置价为假设值：公开数据为每卡 {low} 至 {high}。";
    price_guessed(hardware) = "The purchase price of {hardware} is assumed, hence the wide cost band.", "{hardware} 的购置价为假设值，成本区间因此较宽。";
    price_unknown(hardware) = "No price of {hardware} is published. Enter one under Money to see costs.", "{hardware} 没有公开价格。请在“成本”中填写，以显示成本。";
    power_unknown(hardware) = "The power of {hardware} is not published: energy and its cost stay unknown.", "{hardware} 的功耗未公开，能耗及其成本未知。";
    cards_idle(count) = "{count} cards are left over: no whole instance fits on them.", "剩余 {count} 张卡，不足以再放下一个完整实例。";
    leaves_scale_up(cards, domain) = "An instance takes {cards} cards, more than the {domain} of one scale-up domain: part of its traffic runs over the slower network.", "单个实例占 {cards} 张卡，超出 {domain} 张卡的超节点域，部分流量要走较慢的网络。";
    context_beyond_model(asked, limit) = "Requests of {asked} tokens are longer than the model's context of {limit}: it cannot answer them, and the figures only say what the hardware would do. Shorten the prompts or the answers, or choose a model with a longer context.", "请求长达 {asked} token，超出模型 {limit} 的上下文长度：模型无法处理，图中数值仅反映硬件能力。请缩短输入或输出，或选择上下文更长的模型。";
    overload(offered, capacity) = "{offered} requests/s are offered, {capacity} is the most that can be served.", "每秒到达 {offered} 个请求，最多只能服务 {capacity} 个。";
    bad_degrees(what) = "The layout given cannot be used: {what}. A searched one is shown.", "指定的并行方案不可用：{what}。已改用搜索得到的方案。";
    no_draft_layer = "The model has no draft layer of its own; an external draft model is assumed.", "该模型没有自带的草稿层，按外部草稿模型计算。";
    outside_evidence(what) = "Outside of what was measured: {what}. The band is wider for it.", "超出已有实测范围：{what}，区间相应放宽。";

    limit_tpot = "the TPOT target", "TPOT 目标";
    limit_ttft = "the TTFT target", "TTFT 目标";
    limit_memory = "memory", "显存";
    limit_demand = "demand", "请求量";
    limit_prefill = "the prefill pool", "prefill 资源池";
    limit_attention = "attention", "attention";
    limit_linear = "dense layers", "线性层";
    limit_experts = "experts", "专家";
    limit_communication = "communication", "通信";
    limit_overhead = "overhead", "开销";

    op_attention = "Attention", "Attention";
    op_linear = "Linear", "线性层";
    op_experts = "Experts", "专家";
    op_communication = "Communication", "通信";
    op_overhead = "Overhead", "开销";

    bound_compute = "compute", "算力";
    bound_memory = "memory bandwidth", "显存带宽";
    bound_link = "link bandwidth", "链路带宽";
    bound_latency = "latency", "时延";

    mode_aggregated = "aggregated", "混合部署";
    mode_disaggregated = "disaggregated", "PD 分离";
    phase_both = "Prefill + decode", "Prefill + decode";
    phase_prefill = "Prefill", "Prefill";
    phase_decode = "Decode", "Decode";

    link_used(name, given, why, used) = "{name} = “{given}”: {why}. {used} is used instead.", "{name} = “{given}”：{why}，改用 {used}。";
    link_ignored(name, given, why) = "{name} = “{given}”: {why}. It was ignored.", "{name} = “{given}”：{why}，已忽略。";
    wrong_key = "no such input", "没有这个参数";
    wrong_key_like(key) = "no such input; “{key}” was probably meant", "没有这个参数，可能是指“{key}”";
    wrong_duplicate = "given twice, the first one counts", "重复出现，以第一个为准";
    wrong_escape = "broken percent-encoding", "百分号编码有误";
    wrong_empty = "no value", "没有值";
    wrong_number = "not a number", "不是数字";
    wrong_range(min, max) = "allowed is {min} to {max}", "允许范围为 {min} 至 {max}";
    wrong_whole(min, max) = "must be a whole number from {min} to {max}", "须为 {min} 至 {max} 之间的整数";
    wrong_word(words) = "allowed is one of {words}", "可选值为 {words}";
    wrong_id = "must be an id of lower-case letters, digits, “.” and “-”", "须为由小写字母、数字、“.”和“-”组成的标识";
    wrong_long(max) = "longer than {max} characters", "超过 {max} 个字符";
    wrong_form(example) = "must look like {example}", "格式须如 {example}";
    wrong_part(part, allowed) = "“{part}”: {allowed}", "“{part}”：{allowed}";
    wrong_dies(max) = "one instance may take at most {max} dies", "单个实例最多 {max} 个 die";
    wrong_spares(cards) = "must be fewer than the {cards} cards of the super-node", "须少于超节点的 {cards} 张卡";
    wrong_count(min, max) = "there must be {min} to {max}", "数量须为 {min} 至 {max}";
    wrong_version(known) = "written by a newer release; this one knows versions up to {known}. Reload the page to get the newest", "由更新的版本生成，当前版本最高支持 {known}，请刷新页面获取最新版";
    file_long(max) = "Longer than {max}: that is no scenario file.", "超过 {max}，不是方案文件。";
    file_json(line, column) = "Not valid JSON at line {line}, column {column}. Open a file that was saved with “Download scenario”.", "第 {line} 行第 {column} 列不是有效的 JSON。请打开由“下载方案”保存的文件。";
    file_other = "This is no scenario file. Open one that was saved with “Download scenario”.", "这不是方案文件。请打开由“下载方案”保存的文件。";
}
