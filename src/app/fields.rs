//! The names of the scenario's inputs, by their key: for the rail, for comparisons, sweeps and
//! notices.

use crate::texts::Text;

/// The name of an input.
pub fn label(key: &str) -> Text {
    match key {
        "name" => name,
        "hw" => hardware,
        "pods" => super_nodes,
        "cards" => cards_each,
        "spares" => spares_each,
        "role" => role,
        "pool2" | "pool3" | "pool4" => further_pool,
        "m" => model,
        "w" => weights,
        "x" => experts,
        "kv" => kv_cache,
        "prec" => format_search,
        "engine" => engine,
        "task" => task,
        "in" => input_tokens,
        "out" => output_tokens,
        "cv" => length_spread,
        "hit" => shared_prefix,
        "draft" => draft_tokens,
        "accept" => acceptance,
        "balance" => expert_balance,
        "rps" => requests_per_second,
        "load" => mean_load,
        "curve" => load_curve,
        "train" => training_tokens,
        "ttft" => ttft,
        "tpot" => tpot,
        "pct" => percentile,
        "ctx" => context_limit,
        "headroom" => headroom,
        "mode" => mode,
        "dec" => decode_degrees,
        "pre" => prefill_degrees,
        "batch" => batch,
        "pshare" => prefill_share,
        "cur" => currency,
        "fx" => exchange_rate,
        "region" => region,
        "tenure" => tenure,
        "rented" => rented_share,
        "basis" => price_basis,
        "card" => card_price,
        "net" => network_share,
        "store" => storage_share,
        "stock" => spare_parts,
        "build" => building,
        "life" => hardware_life,
        "blife" => building_life,
        "resid" => residual,
        "wacc" => cost_of_capital,
        "kwh" => electricity,
        "tou" => time_of_use,
        "pue" => pue,
        "co2" => grid_carbon,
        "idle" => idle_power,
        "maint" => maintenance,
        "staff" => staff,
        "wage" => staff_cost,
        "soft" => software,
        "rental" => rental,
        "rent" => rent,
        "billed" => billed_share,
        "pin" => price_input,
        "pcache" => price_cached,
        "pout" => price_output,
        "disc" => discount,
        "tiers" => tiers,
        "margin" => margin,
        "quote" => quote_volume,
        "days" => quote_days,
        "months" => months,
        "ramp" => ramp,
        "start" => ramp_start,
        "lead" => lead_time,
        "stepwise" => stepwise,
        "erosion" => erosion,
        "npv" => discount_rate,
        "kcomp" => fit_compute,
        "kmem" => fit_memory,
        "kcomm" => fit_communication,
        "kover" => fit_overhead,
        _ => unnamed,
    }
}

/// What an input means, where the name alone does not say it.
pub fn help(key: &str) -> Option<Text> {
    Some(match key {
        "spares" => help_spares,
        "cv" => help_cv,
        "hit" => help_hit,
        "draft" => help_draft,
        "accept" => help_accept,
        "balance" => help_balance,
        "rps" => help_rps,
        "load" => help_load,
        "ttft" => help_ttft,
        "tpot" => help_tpot,
        "pct" => help_pct,
        "ctx" => help_ctx,
        "headroom" => help_headroom,
        "mode" => help_mode,
        "batch" => help_batch,
        "pshare" => help_pshare,
        "basis" => help_basis,
        "wacc" => help_wacc,
        "pue" => help_pue,
        "idle" => help_idle,
        "billed" => help_billed,
        "kv" => help_kv,
        "prec" => help_format_search,
        "dec" | "pre" => help_degrees,
        _ => return None,
    })
}

/// The words that an input may be, with their names; empty where it is no such input.
pub fn choices(key: &str) -> &'static [(&'static str, Text)] {
    match key {
        "role" => &[
            ("any", role_any),
            ("prefill", role_prefill),
            ("decode", role_decode),
        ],
        "w" | "x" | "kv" => &[
            ("auto", format_auto),
            ("fp4", format_fp4),
            ("int4", format_int4),
            ("fp8", format_fp8),
            ("int8", format_int8),
            ("bf16", format_bf16),
            ("fp16", format_fp16),
        ],
        "prec" => &[
            ("off", search_off),
            ("8-bit", search_eight),
            ("4-bit", search_four),
        ],
        "task" => &[("serving", task_serving), ("training", task_training)],
        "mode" => &[
            ("auto", mode_auto),
            ("aggregated", mode_aggregated),
            ("disaggregated", mode_disaggregated),
        ],
        "cur" => &[("cny", cny), ("usd", usd)],
        "tenure" => &[("own", own), ("rent", rent_word), ("mixed", mixed)],
        "basis" => &[
            ("hardware", basis_hardware),
            ("delivered", basis_delivered),
            ("china", basis_china),
        ],
        "rental" => &[("reserved", reserved), ("on-demand", on_demand)],
        "curve" => &[
            ("flat", curve_flat),
            ("office", curve_office),
            ("consumer", curve_consumer),
            ("global", curve_global),
        ],
        _ => &[],
    }
}

crate::texts! {
    unnamed = "Input", "参数";
    name = "Name", "名称";
    hardware = "Hardware", "硬件";
    super_nodes = "Super-nodes", "超节点";
    cards_each = "Cards in each", "每台卡数";
    spares_each = "Spares in each", "每台备用卡";
    role = "Role", "角色";
    further_pool = "Further pool", "其他资源池";
    model = "Model", "模型";
    weights = "Dense weights", "稠密权重";
    experts = "Experts", "专家权重";
    kv_cache = "KV cache", "KV cache";
    format_search = "Search formats down to", "搜索格式下限";
    search_off = "off", "不搜索";
    search_eight = "8 bit", "8 位";
    search_four = "4 bit", "4 位";
    help_format_search = "The search also tries every format that the chips have arithmetic for, in the parts left at “auto”. Fewer bits change what a model answers: check its quality first.", "对设为“自动”的部分，搜索会尝试芯片支持运算的所有格式。降低位宽会影响模型输出，请先验证质量。";
    engine = "Engine", "推理引擎";
    task = "Task", "任务";
    input_tokens = "Input tokens", "输入 token";
    output_tokens = "Output tokens", "输出 token";
    length_spread = "Length spread", "长度离散度";
    shared_prefix = "Shared prefix", "共享前缀";
    draft_tokens = "Draft tokens", "草稿 token";
    acceptance = "Acceptance", "接受率";
    expert_balance = "Expert balance", "专家均衡度";
    requests_per_second = "Requests/s", "每秒请求数";
    mean_load = "Mean daily load", "日均负载";
    load_curve = "Shape of the day", "日负载曲线";
    training_tokens = "Training tokens", "训练 token";
    ttft = "TTFT", "TTFT";
    tpot = "TPOT", "TPOT";
    percentile = "Percentile", "百分位";
    context_limit = "Context to fit", "需容纳上下文";
    headroom = "Headroom", "余量";
    mode = "Serving mode", "部署方式";
    decode_degrees = "Decode degrees", "Decode 并行度";
    prefill_degrees = "Prefill degrees", "Prefill 并行度";
    batch = "Batch", "Batch";
    prefill_share = "Prefill share", "Prefill 占比";
    currency = "Currency", "货币";
    exchange_rate = "CNY per USD", "美元汇率";
    region = "Region", "地区";
    tenure = "Cards", "算力来源";
    rented_share = "Rented share", "租用占比";
    price_basis = "Price basis", "价格口径";
    card_price = "Price per card", "单卡价格";
    network_share = "Network", "网络";
    storage_share = "Storage", "存储";
    spare_parts = "Spare parts", "备件库存";
    building = "Building per MW", "每 MW 基建";
    hardware_life = "Hardware life", "硬件寿命";
    building_life = "Building life", "建筑寿命";
    residual = "Residual value", "残值率";
    cost_of_capital = "Cost of capital", "资金成本";
    electricity = "Electricity/kWh", "每度电价";
    time_of_use = "Time of use", "分时电价";
    pue = "PUE", "PUE";
    grid_carbon = "Grid CO₂", "电网碳强度";
    idle_power = "Idle power", "空载功率";
    maintenance = "Maintenance", "年维护费率";
    staff = "Staff", "运维人数";
    staff_cost = "Cost of one", "人均年成本";
    software = "Software per card", "单卡软件年费";
    rental = "Rental", "租用方式";
    rent = "Rent per card-hour", "每卡时租金";
    billed_share = "Billed hours", "计费时长占比";
    price_input = "Price, input", "输入单价";
    price_cached = "Price, cached", "缓存输入单价";
    price_output = "Price, output", "输出单价";
    discount = "Mean discount", "平均折扣";
    tiers = "Volume tiers", "阶梯价格";
    margin = "Target margin", "目标毛利率";
    quote_volume = "Quoted volume", "报价用量";
    quote_days = "Quote valid", "报价有效期";
    months = "Months", "规划月数";
    ramp = "Ramp", "爬坡期";
    ramp_start = "Load at start", "起始负载";
    lead_time = "Lead time", "交付周期";
    stepwise = "Add super-nodes as demand grows", "随需求分批增加超节点";
    erosion = "Price erosion/year", "年降价幅度";
    discount_rate = "Discount rate", "折现率";
    fit_compute = "Own fit, compute", "本地校准：计算";
    fit_memory = "Own fit, memory", "本地校准：访存";
    fit_communication = "Own fit, links", "本地校准：通信";
    fit_overhead = "Own fit, overhead", "本地校准：开销";

    role_any = "Any", "不限";
    role_prefill = "Prefill", "Prefill";
    role_decode = "Decode", "Decode";
    format_auto = "Best the chip has", "芯片支持的最优格式";
    format_fp4 = "FP4", "FP4";
    format_int4 = "INT4, weights only", "INT4（仅权重）";
    format_fp8 = "FP8", "FP8";
    format_int8 = "INT8", "INT8";
    format_bf16 = "BF16", "BF16";
    format_fp16 = "FP16", "FP16";
    task_serving = "Serving", "推理";
    task_training = "Training", "训练";
    mode_auto = "Best", "自动";
    mode_aggregated = "Together", "混合";
    mode_disaggregated = "Split", "PD 分离";
    cny = "¥ CNY", "¥ 人民币";
    usd = "$ USD", "$ 美元";
    own = "Own", "自有";
    rent_word = "Rent", "租用";
    mixed = "Both", "混合";
    basis_hardware = "Hardware", "裸硬件";
    basis_delivered = "Delivered", "交付价";
    basis_china = "China", "国内价";
    reserved = "Reserved", "包年";
    on_demand = "On demand", "按需";
    curve_flat = "Flat", "全天平稳";
    curve_office = "Office hours", "办公时段";
    curve_consumer = "Evening peak", "晚间高峰";
    curve_global = "Global users", "全球用户";

    help_spares = "Cards of each super-node kept free to replace failed ones. They cost money and make no tokens.", "每台超节点中预留、用于替换故障卡的卡。它们有成本，但不产出 token。";
    help_cv = "Coefficient of variation of prompt and answer lengths: 0 means all are equal, 1 is typical of chat traffic.", "输入与输出长度的变异系数：0 表示长度完全一致，1 接近真实对话流量。";
    help_hit = "Share of the prompt that is found in the prefix cache and need not be computed again.", "提示词中命中前缀缓存、无需重新计算的比例。";
    help_draft = "Tokens guessed ahead in each step by speculative decoding (MTP). 0 turns it off.", "投机解码（MTP）每步预测的 token 数，0 表示关闭。";
    help_accept = "Chance that a guessed token is right. Published values run from 0.6 to 0.9.", "草稿 token 被接受的概率，公开数据约为 0.6–0.9。";
    help_balance = "Throughput kept under the real, uneven load of experts. 100 % is perfect balance; the CloudMatrix384 paper measured 84.6 %.", "专家负载不均时仍能保持的吞吐比例。100% 为完全均衡；CloudMatrix384 论文实测为 84.6%。";
    help_rps = "Requests offered per second. Empty: as many as the factory can serve within the targets.", "每秒到达的请求数。留空表示在目标时延内尽可能多地服务。";
    help_load = "Mean load over the day as a share of capacity. Tokens a day and cost per token follow from it.", "全天平均负载占产能的比例，决定日产 token 与单位成本。";
    help_ttft = "Time to first token: from the request to the first token of the answer.", "首 token 时延：从发出请求到返回第一个 token 的时间。";
    help_tpot = "Time per output token after the first. 50 ms is 20 tokens a second for one user.", "首 token 之后每个输出 token 的时间。50 ms 相当于单用户每秒 20 个 token。";
    help_pct = "Both targets must hold for this share of requests.", "两项时延目标须对该比例的请求成立。";
    help_ctx = "Longest context that must fit in memory. 0: that of the workload.", "必须能放入显存的最长上下文。0 表示按负载的长度计算。";
    help_headroom = "Share of capacity kept free for bursts.", "为突发流量预留的产能比例。";
    help_mode = "Prefill and decode together on the same cards, or split onto cards of their own. “Best” tries both.", "Prefill 与 decode 混合部署在同一批卡上，或分离到各自的卡上。“自动”会两种都试。";
    help_batch = "Requests in each decode instance at once. Empty: the largest that meets the targets.", "每个 decode 实例同时处理的请求数。留空则取满足目标的最大值。";
    help_pshare = "Share of the working cards given to prefill. Empty: balanced, so that neither side starves.", "分配给 prefill 的工作卡比例。留空则自动平衡两侧。";
    help_basis = "Published prices differ by up to 2.7 times because they cover different things: the hardware alone, delivery with storage and services, or prices as sold in China.", "公开价格最多相差 2.7 倍，因为口径不同：裸硬件价、含存储与服务的交付价，或国内成交价。";
    help_wacc = "What the money tied up in the hardware costs a year.", "硬件占用资金的年化成本。";
    help_pue = "Power of the whole hall over power of the IT equipment.", "数据中心总功率与 IT 设备功率之比。";
    help_idle = "Power drawn without load, as a share of power at capacity.", "空载功率占满载功率的比例。";
    help_billed = "Share of hours that rented cards are billed for. Empty: all hours when reserved, the mean load on demand.", "租用卡计费的时长比例。留空时，包年按全部时长、按需按平均负载计费。";
    help_kv = "Number format of the KV cache. Smaller formats fit more users and read faster.", "KV cache 的数值格式。位宽越小，容纳的用户越多、读取越快。";
    help_degrees = "Parallel degrees of one instance in dies: tensor, pipeline, data and expert parallel.", "单个实例的并行度（按 die 计）：张量、流水线、数据与专家并行。";
}
