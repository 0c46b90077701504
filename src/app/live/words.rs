//! Codes of the live library in words: diagnoses with their fix, alerts, reasons, rules.

use token_factory::live::attention::{Alert, RuleKind};
use token_factory::live::compare::{Reason, ReasonKind};
use token_factory::live::prometheus::diagnosis::{CorsAdvice, Diagnosis};
use token_factory::live::prometheus::endpoint::BadAddress;

use crate::format::{Fmt, Write};
use crate::texts::{Locale, Text};

/// A server's own words, kept short: they are not ours.
fn own_words(message: &str) -> String {
    message.chars().take(240).collect()
}

/// What is wrong with a text that was pasted or dropped, and what to do.
pub fn text_wrong(fmt: Fmt, why: &Diagnosis) -> (String, String) {
    let l = fmt.locale;
    let (what, fix): (Text, Text) = match why {
        Diagnosis::Html { .. } => (text_html, text_fix),
        Diagnosis::NothingKnown => (text_unknown, nothing_known_fix),
        _ => (text_malformed, text_fix),
    };
    (what(l).to_owned(), fix(l).to_owned())
}

/// What happened, and what to do.
pub fn diagnosis(fmt: Fmt, why: &Diagnosis) -> (String, String) {
    let l = fmt.locale;
    let say = |what: Text, fix: Text| (what(l).to_owned(), fix(l).to_owned());
    match why {
        Diagnosis::BadAddress { reason } => match reason {
            BadAddress::Empty => say(address_empty, address_fix),
            BadAddress::Scheme => say(address_scheme, address_fix),
            BadAddress::Host => say(address_host, address_fix),
            BadAddress::Port => say(address_port, address_fix),
        },
        Diagnosis::BlockedByPolicy { origin } => (policy(l).to_owned(), policy_fix(l, origin)),
        Diagnosis::MixedContent { origin } => (mixed(l, origin), mixed_fix(l).to_owned()),
        Diagnosis::LocalNetwork { .. } => say(local_network, local_network_fix),
        Diagnosis::NoCors {
            server,
            page_origin,
        } => (no_cors(l).to_owned(), cors_fix(l, *server, page_origin)),
        Diagnosis::Unreachable { origin } => {
            (unreachable(l, origin), unreachable_fix(l).to_owned())
        }
        Diagnosis::Timeout { seconds } => {
            (timeout(l, &seconds.to_string()), timeout_fix(l).to_owned())
        }
        Diagnosis::NotLoggedIn => say(not_logged_in, not_logged_in_fix),
        Diagnosis::NotAllowed => say(not_allowed, not_allowed_fix),
        Diagnosis::WrongPath => say(wrong_path, wrong_path_fix),
        Diagnosis::BadQuery { message } => (
            bad_query(l, &own_words(message)),
            bad_query_fix(l).to_owned(),
        ),
        Diagnosis::QueryTooHeavy { message } => (
            too_heavy(l, &own_words(message)),
            too_heavy_fix(l).to_owned(),
        ),
        Diagnosis::Busy { message } => (busy(l, &own_words(message)), busy_fix(l).to_owned()),
        Diagnosis::Status { status, message } => (
            other_status(l, &status.to_string(), &own_words(message)),
            other_status_fix(l).to_owned(),
        ),
        Diagnosis::Html { status } => (html(l, &status.to_string()), html_fix(l).to_owned()),
        Diagnosis::Malformed => say(malformed, malformed_fix),
        Diagnosis::TooLarge { limit_bytes } => (
            too_large(l, &fmt.bytes(*limit_bytes as f64)),
            too_large_fix(l).to_owned(),
        ),
        Diagnosis::NothingKnown => say(nothing_known, nothing_known_fix),
        Diagnosis::NoData => say(no_data, no_data_fix),
    }
}

fn cors_fix(l: Locale, server: CorsAdvice, page: &str) -> String {
    match server {
        CorsAdvice::Prometheus => cors_prometheus(l, page),
        CorsAdvice::PrometheusWithAuth => cors_auth(l).to_owned(),
        CorsAdvice::TenantHeader => cors_tenant(l).to_owned(),
        CorsAdvice::Vllm => cors_vllm(l, page),
        CorsAdvice::Exporter => cors_exporter(l).to_owned(),
    }
}

/// The name of a rule.
pub fn rule_name(kind: RuleKind) -> Text {
    match kind {
        RuleKind::KvCache => rule_kv,
        RuleKind::WaitingGrows => rule_waiting,
        RuleKind::Ttft => rule_ttft,
        RuleKind::Tpot => rule_tpot,
        RuleKind::Failures => rule_failures,
        RuleKind::Preemptions => rule_preemptions,
        RuleKind::EnergyPerToken => rule_energy,
        RuleKind::CostPerMillion => rule_cost,
        RuleKind::Power => rule_power,
        RuleKind::Acceptance => rule_acceptance,
        RuleKind::UnhealthyCards => rule_unhealthy,
        RuleKind::SilentCards => rule_silent,
        RuleKind::HotCards => rule_hot,
        RuleKind::Throttled => rule_throttled,
    }
}

/// Factor from a rule's unit to the one shown, and that unit.
pub fn rule_unit(kind: RuleKind) -> (f64, &'static str) {
    match kind {
        RuleKind::KvCache | RuleKind::Failures | RuleKind::Acceptance | RuleKind::Throttled => {
            (100.0, "%")
        }
        RuleKind::Ttft | RuleKind::Tpot => (1.0, "ms"),
        RuleKind::WaitingGrows => (1.0, "/min"),
        RuleKind::Preemptions => (1.0, "/s"),
        RuleKind::EnergyPerToken => (1.0, "J"),
        RuleKind::Power => (1.0, "kW"),
        RuleKind::HotCards => (1.0, "°C"),
        RuleKind::CostPerMillion | RuleKind::UnhealthyCards | RuleKind::SilentCards => (1.0, ""),
    }
}

/// An alert as a sentence.
pub fn alert(fmt: Fmt, a: &Alert) -> String {
    let l = fmt.locale;
    let (factor, unit) = rule_unit(a.kind);
    let amount = |v: f64| {
        if matches!(a.kind, RuleKind::Ttft | RuleKind::Tpot) {
            fmt.duration(v)
        } else if unit.is_empty() {
            fmt.number(v)
        } else {
            fmt.unit(v * factor, unit)
        }
    };
    let name = rule_name(a.kind)(l);
    let mut text = match a.kind {
        RuleKind::SilentCards | RuleKind::UnhealthyCards => cards_are(l, name, &fmt.count(a.value)),
        _ => value_is(l, name, &amount(a.value), &amount(a.threshold)),
    };
    if !a.cards.is_empty() {
        let names: Vec<String> = a
            .cards
            .iter()
            .take(3)
            .map(token_factory::live::devices::CardKey::name)
            .collect();
        text.push_str(&these(l, &names.join(", ")));
    } else if !a.groups.is_empty() {
        text.push_str(&these(l, &a.groups.join(", ")));
    }
    text
}

/// What happened to cards, in a word or two, for a mark on a chart.
pub fn event(l: Locale, a: &Alert) -> String {
    let what = match a.kind {
        RuleKind::SilentCards => went_silent,
        RuleKind::UnhealthyCards => unwell,
        RuleKind::HotCards => hot,
        _ => throttled,
    };
    let whom = match (a.cards.first(), a.groups.first()) {
        (Some(card), _) => card.name(),
        (None, Some(group)) => group.clone(),
        (None, None) => String::new(),
    };
    [&whom, what(l)].join(" ")
}

/// How long something has lasted: whole seconds, minutes or hours.
pub fn age(fmt: Fmt, seconds: f64) -> String {
    let unit = match seconds {
        s if s < 120.0 => 1.0,
        s if s < 7200.0 => 60.0,
        _ => 3600.0,
    };
    fmt.duration((seconds / unit).round().max(1.0) * unit * 1e3)
}

/// A reason as a sentence.
pub fn reason(fmt: Fmt, r: &Reason) -> String {
    let l = fmt.locale;
    let (share, number): (Write, Write) = (Fmt::percent, Fmt::number);
    let (text, write): (fn(Locale, &str, &str) -> String, _) = match r.kind {
        ReasonKind::LoadBelowPlan => (load_below, number),
        ReasonKind::Overload => (overload, number),
        ReasonKind::LongerPrompts => (longer_prompts, number),
        ReasonKind::ShorterPrompts => (shorter_prompts, number),
        ReasonKind::LongerAnswers => (longer_answers, number),
        ReasonKind::ShorterAnswers => (shorter_answers, number),
        ReasonKind::MorePrefixHits => (more_hits, share),
        ReasonKind::FewerPrefixHits => (fewer_hits, share),
        ReasonKind::AcceptanceBelowPlan => (acceptance_below, share),
        ReasonKind::AcceptanceAbovePlan => (acceptance_above, share),
        ReasonKind::Preemption => (preemption, number),
        ReasonKind::Imbalance => (imbalance, share),
        ReasonKind::Throttling => (throttling, number),
        ReasonKind::CardsDown => (cards_down, number),
    };
    let mut out = text(l, &write(fmt, r.planned), &write(fmt, r.actual));
    if !r.groups.is_empty() {
        out.push_str(&these(l, &r.groups.join(", ")));
    }
    out
}

crate::texts! {
    address_empty = "No address was entered.", "未填写地址。";
    address_scheme = "The address is neither http nor https.", "地址既不是 http 也不是 https。";
    address_host = "The address has no usable host.", "地址中没有可用的主机名。";
    address_port = "The port is not a number from 1 to 65535.", "端口不是 1 至 65535 的数字。";
    address_fix = "Write it like http://prometheus:9090 or https://host/prometheus.", "格式如 http://prometheus:9090 或 https://host/prometheus。";
    policy = "This page's own security policy forbids that server.", "本页的安全策略禁止访问该服务器。";
    policy_fix(origin) = "Whoever hosts this page has to add {origin} to connect-src in index.html, or serve the API over https.", "请页面托管者将 {origin} 加入 index.html 的 connect-src，或通过 https 提供 API。";
    mixed(origin) = "A page served over https may not ask {origin} over http.", "以 https 提供的页面不能通过 http 访问 {origin}。";
    mixed_fix = "Give the server TLS, host this page beside the API, or open this page over http.", "为服务器启用 TLS，将本页与 API 部署在一起，或通过 http 打开本页。";
    local_network = "The browser has not been allowed to reach the local network from this page.", "浏览器未获准从本页访问本地网络。";
    local_network_fix = "Allow “local network” for this site in the address bar's permissions, then try again; or host this page beside the API.", "请在地址栏的站点权限中允许“本地网络”，然后重试；或将本页与 API 部署在一起。";
    no_cors = "The server is there, but does not allow this page to read its answers (CORS).", "服务器可达，但不允许本页读取其响应（CORS）。";
    cors_prometheus(page) = "Start Prometheus with --web.cors.origin='{page}', or check that the path leads to the API: unknown paths carry no CORS header.", "以 --web.cors.origin='{page}' 启动 Prometheus，或检查路径是否指向 API：未知路径不带 CORS 头。";
    cors_auth = "Prometheus' own basic auth refuses a browser's preflight. Put a proxy before it that answers OPTIONS, or serve this page from Prometheus itself (--web.user-assets).", "Prometheus 自带的 basic auth 会拒绝浏览器的预检请求。请在其前面放置能响应 OPTIONS 的代理，或由 Prometheus 自身提供本页（--web.user-assets）。";
    cors_tenant = "The tenant header only passes gateways that list X-Scope-OrgID in Access-Control-Allow-Headers. Leave the tenant empty for a plain Prometheus or Thanos.", "租户头仅在网关的 Access-Control-Allow-Headers 包含 X-Scope-OrgID 时可用。普通 Prometheus 或 Thanos 请留空。";
    cors_vllm(page) = "vLLM 0.32 and newer send no CORS: start it with --allowed-origins '[\"{page}\"]'.", "vLLM 0.32 及更新版本默认不发送 CORS：请以 --allowed-origins '[\"{page}\"]' 启动。";
    cors_exporter = "Exporters and MindIE send no CORS. Ask the Prometheus that scrapes them, or paste their metrics.", "导出器与 MindIE 不发送 CORS。请改为连接抓取它们的 Prometheus，或粘贴其指标。";
    unreachable(origin) = "Nobody answers at {origin}.", "{origin} 没有响应。";
    unreachable_fix = "Check host and port, that the server runs, and that this machine can reach it.", "请检查主机与端口、服务器是否运行，以及本机能否访问。";
    timeout(seconds) = "No answer within {seconds} s.", "{seconds} 秒内没有响应。";
    timeout_fix = "The server may be overloaded or far away. Narrow the selector or the range, then try again.", "服务器可能过载或距离过远。请缩小选择器或时间范围后重试。";
    not_logged_in = "The server wants a sign-in (401).", "服务器要求认证（401）。";
    not_logged_in_fix = "Enter a token, or user and password, that may read metrics.", "请填写可读取指标的 token 或用户名与密码。";
    not_allowed = "The server does not allow it (403).", "服务器拒绝访问（403）。";
    not_allowed_fix = "The identity lacks the right to read metrics, or a gateway blocks this page's origin.", "该身份没有读取指标的权限，或网关屏蔽了本页来源。";
    wrong_path = "There is no such path on the server (404).", "服务器上没有该路径（404）。";
    wrong_path_fix = "The API may be below another path, e.g. /prometheus, or /select/0/prometheus for a VictoriaMetrics cluster.", "API 可能位于其他路径之下，例如 /prometheus；VictoriaMetrics 集群为 /select/0/prometheus。";
    bad_query(message) = "The server did not understand the query (400): {message}", "服务器无法理解查询（400）：{message}";
    bad_query_fix = "Check the label selector: it must read like job=\"vllm\".", "请检查标签选择器，格式如 job=\"vllm\"。";
    too_heavy(message) = "The server could not work the query out (422): {message}", "服务器无法执行查询（422）：{message}";
    too_heavy_fix = "Narrow the selector or choose a shorter range. Prometheus in agent mode answers no queries at all.", "请缩小选择器或缩短时间范围。agent 模式的 Prometheus 不支持查询。";
    busy(message) = "The server is busy (503): {message}", "服务器繁忙（503）：{message}";
    busy_fix = "It is asked again, at longer and longer intervals.", "将以逐渐延长的间隔自动重试。";
    other_status(status, message) = "The server answered with status {status}: {message}", "服务器返回状态 {status}：{message}";
    other_status_fix = "Look into the server's log, or at the proxy before it.", "请查看服务器日志或其前置代理。";
    html(status) = "A web page came instead of data (status {status}): a login, or a proxy's error.", "返回的是网页而非数据（状态 {status}）：可能是登录页或代理错误。";
    html_fix = "Open the address in a tab of its own, sign in there, or take the address of the API behind it.", "请在新标签页打开该地址并登录，或改用其后的 API 地址。";
    malformed = "The answer is neither Prometheus JSON nor metrics text.", "响应既不是 Prometheus JSON 也不是指标文本。";
    malformed_fix = "Check that the address leads to a Prometheus API, or to a /metrics page.", "请确认地址指向 Prometheus API 或 /metrics 页面。";
    too_large(limit) = "The answer is larger than {limit}.", "响应超过 {limit}。";
    too_large_fix = "Narrow the label selector.", "请缩小标签选择器。";
    nothing_known = "The server answers, but has no metric that is known here.", "服务器有响应，但没有可识别的指标。";
    nothing_known_fix = "Known are vLLM, SGLang, MindIE, TensorRT-LLM, Dynamo, llm-d, Ray, and the exporters of Ascend, NVIDIA and AMD cards. Some series appear only after the first request.", "可识别 vLLM、SGLang、MindIE、TensorRT-LLM、Dynamo、llm-d、Ray，以及昇腾、NVIDIA、AMD 的设备导出器。部分指标在首个请求后才出现。";
    no_data = "The server answers, but has no samples for now.", "服务器有响应，但当前没有样本。";
    no_data_fix = "No data is not zero: the targets may be down. Look at the server's own page of targets.", "没有数据不等于零：抓取目标可能已停止。请查看服务器的 targets 页面。";

    text_html = "The text is a web page, not metrics.", "该文本是网页，不是指标。";
    text_malformed = "The text holds no line of metrics.", "该文本中没有任何指标行。";
    text_fix = "Paste what curl http://host:port/metrics prints: lines such as vllm:num_requests_running{…} 12.", "请粘贴 curl http://主机:端口/metrics 的输出，每行形如 vllm:num_requests_running{…} 12。";
    text_unknown = "The text holds metrics, but none that is known here.", "该文本含有指标，但没有可识别的。";

    rule_kv = "KV cache, fullest engine", "KV cache（最满引擎）";
    rule_waiting = "Waiting requests grow", "等待请求增长";
    rule_ttft = "TTFT p95", "TTFT p95";
    rule_tpot = "TPOT p95", "TPOT p95";
    rule_failures = "Failed requests", "失败请求";
    rule_preemptions = "Preemptions", "抢占";
    rule_energy = "Energy per output token", "每输出 token 能耗";
    rule_cost = "Cost per million output", "每百万输出成本";
    rule_power = "Power at the meter", "电表功率";
    rule_acceptance = "Drafts accepted", "草稿接受率";
    rule_unhealthy = "Cards that report trouble", "异常的卡";
    rule_silent = "Cards that stopped reporting", "停止上报的卡";
    rule_hot = "Hottest card", "最热的卡";
    rule_throttled = "Clock of the slowest super-node", "最慢超节点的频率";
    cards_are(name, n) = "{name}: {n}.", "{name}：{n} 张。";
    value_is(name, value, threshold) = "{name}: {value}, threshold {threshold}.", "{name}：{value}，阈值 {threshold}。";
    went_silent = "silent", "停止上报";
    unwell = "unwell", "异常";
    hot = "hot", "过热";
    throttled = "throttled", "降频";
    these(names) = " {names}.", " {names}。";

    load_below(plan, seen) = "Fewer requests than at capacity: {seen} of {plan} a second.", "请求少于满载：每秒 {seen}，满载为 {plan}。";
    overload(_plan, seen) = "More requests than can be served: {seen} wait.", "请求超过处理能力：{seen} 个在等待。";
    longer_prompts(plan, seen) = "Prompts are longer: {seen} tokens, planned {plan}.", "提示更长：{seen} token，规划 {plan}。";
    shorter_prompts(plan, seen) = "Prompts are shorter: {seen} tokens, planned {plan}.", "提示更短：{seen} token，规划 {plan}。";
    longer_answers(plan, seen) = "Answers are longer: {seen} tokens, planned {plan}.", "回答更长：{seen} token，规划 {plan}。";
    shorter_answers(plan, seen) = "Answers are shorter: {seen} tokens, planned {plan}.", "回答更短：{seen} token，规划 {plan}。";
    more_hits(plan, seen) = "More prefix hits: {seen}, planned {plan}.", "前缀命中更多：{seen}，规划 {plan}。";
    fewer_hits(plan, seen) = "Fewer prefix hits: {seen}, planned {plan}.", "前缀命中更少：{seen}，规划 {plan}。";
    acceptance_below(plan, seen) = "Fewer drafts are accepted: {seen}, planned {plan}.", "草稿接受率更低：{seen}，规划 {plan}。";
    acceptance_above(plan, seen) = "More drafts are accepted: {seen}, planned {plan}.", "草稿接受率更高：{seen}，规划 {plan}。";
    preemption(_plan, seen) = "Requests are pushed out for want of KV memory: {seen} per request.", "因 KV 显存不足发生抢占：每请求 {seen} 次。";
    imbalance(plan, seen) = "Super-nodes are loaded unevenly: {seen} against {plan}.", "超节点负载不均：{seen} 对 {plan}。";
    throttling(plan, seen) = "A super-node runs at {seen} MHz, the others at {plan}.", "有超节点运行在 {seen} MHz，其他为 {plan} MHz。";
    cards_down(plan, seen) = "{seen} of {plan} planned cards are at work.", "规划 {plan} 张卡，实际工作 {seen} 张。";
}
