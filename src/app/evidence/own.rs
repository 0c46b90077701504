//! The reader's own measurements: drop, open or paste a CSV; problems by line; predictions to
//! download; factors fitted to it. Nothing leaves the browser.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::evidence::{Unlike, predictions_csv, score, unlike};
use token_factory::model::Calibration;
use token_factory::scenario::LocalCalibration;

use super::store::{Evidence, Fit, Improvement, Stage};
use super::words;
use crate::controls::{Icon, IconView, More};
use crate::format::Fmt;
use crate::platform;
use crate::state::App;
use crate::texts::{Locale, Text};

/// More problems than this are counted instead of listed.
const LISTED: usize = 12;

/// An example to start from: the columns, and two rows as one would write them.
const EXAMPLE: &str = "id,model,hardware,engine,mode,weight_precision,kv_precision,input_tokens,output_tokens,concurrency,cards,tp,pp,dp,ep,prefix_hit,draft_tokens,accepted_drafts,ttft_ms,tpot_ms,tokens_per_s_per_card,token_basis
first,deepseek-r1,ascend-910c,vllm-ascend,serving,int8,bf16,2048,1024,256,16,4,1,8,32,0,1,0.7,1900,62,245,output
second,qwen3-32b,h200-sxm,vllm,serving,fp8,fp8,1024,1024,64,4,4,1,1,1,0,0,0,210,11.5,1320,output
";

/// Opening a file, and all about it once it is open.
#[component]
pub fn OwnFile() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let over = RwSignal::new(false);
    let pasted = RwSignal::new(String::new());
    let trouble = RwSignal::new(None::<String>);
    let local = move || app.scenario.with_untracked(|s| s.local);
    let take = move |picked: Option<Result<platform::PickedFile, String>>| match picked {
        Some(Ok(file)) => {
            trouble.try_set(None);
            evidence.open_own(file.name, file.text, local());
        }
        Some(Err(why)) => {
            trouble.try_set(Some(why));
        }
        None => {}
    };
    let open = move |event| {
        leptos::task::spawn_local(async move { take(platform::picked_file(event).await) })
    };
    let drop_file = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        leptos::task::spawn_local(async move { take(platform::dropped_file(event).await) });
    };
    let paste = move |_| {
        let name = app.locale.with_untracked(|l| pasted_name(*l).to_owned());
        evidence.open_own(name, pasted.get_untracked(), local());
    };
    let example = move |_| {
        if let Err(why) =
            platform::download("measurements-example.csv", "text/csv", EXAMPLE.as_bytes())
        {
            trouble.set(Some(why));
        }
    };
    view! {
        <section class="tile-section own" class:over=move || over.get()
            on:dragover=move |e| { e.prevent_default(); over.set(true) }
            on:dragleave=move |_| over.set(false)
            on:drop=drop_file>
            <h2>{move || app.say(title)}</h2>
            <p class="plain">{move || app.say(explain)}</p>
            <div class="actions">
                <label class="btn main file-button">
                    <input type="file" accept=".csv,text/csv" class="visually-hidden" on:change=open />
                    <span>{move || app.say(choose)}</span>
                </label>
                <button type="button" class="btn line" on:click=example><IconView icon=Icon::Download />{move || app.say(example_word)}</button>
            </div>
            <More title=Signal::derive(move || app.say(paste_title).to_owned())>
                <label class="visually-hidden" for="own-paste">{move || app.say(paste_title)}</label>
                <textarea id="own-paste" class="text-input" rows="5" spellcheck="false" placeholder="model,hardware,engine,mode,…"
                    prop:value=move || pasted.get() on:input=move |e| pasted.set(event_target_value(&e))></textarea>
                <button type="button" class="btn line own-paste" disabled=move || pasted.with(|t| t.trim().is_empty()) on:click=paste>{move || app.say(score_word)}</button>
            </More>
            <More title=Signal::derive(move || app.say(columns_title).to_owned())>
                <dl class="own-columns">{COLUMNS.iter().map(|&(names, what)| view! { <div><dt>{names}</dt><dd>{move || app.say(what)}</dd></div> }).collect_view()}</dl>
            </More>
            {move || trouble.get().map(|why| view! { <p class="bad" role="alert">{why}</p> })}
            <Opened />
        </section>
    }
    .into_any()
}

const COLUMNS: [(&str, Text); 8] = [
    ("model, hardware", col_ids),
    ("engine, mode", col_mode),
    (
        "weight_precision, moe_precision, kv_precision",
        col_precision,
    ),
    ("input_tokens, output_tokens, concurrency", col_load),
    ("cards, tp, pp, dp, ep", col_degrees),
    ("prefill_…, decode_…", col_pools),
    ("draft_tokens, accepted_drafts, prefix_hit", col_drafts),
    (
        "ttft_ms, tpot_ms, tokens_per_s_per_card, token_basis",
        col_results,
    ),
];

/// What is open: problems, download, calibration.
#[component]
fn Opened() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let own = evidence.own;
    let download = move |_| {
        let Some((_, text)) = evidence.own_file.get_untracked() else {
            return;
        };
        let report = own.rows.with_untracked(|rows| {
            score(
                rows,
                own.predictions.get_untracked(),
                Calibration::embedded(),
            )
        });
        let made = predictions_csv(&text, &report).map_err(|e| e.to_string());
        let saved =
            made.and_then(|csv| platform::download("predictions.csv", "text/csv", csv.as_bytes()));
        if let Err(why) = saved {
            app.announce(why);
        }
    };
    let failed = Memo::new(move |_| match own.stage.get() {
        Stage::Failed(why) => Some(why),
        _ => None,
    });
    move || {
        let (name, _) = evidence.own_file.get()?;
        let locale = app.locale.get();
        Some(view! {
            <div class="own-open">
                <div class="section-head">
                    <h3>{name}</h3>
                    <button type="button" class="link" on:click=move |_| evidence.close_own()>{close_file(locale)}</button>
                </div>
                {move || failed.get().map(|why| view! { <p class="bad" role="alert">{cannot_read(app.locale.get())}" "<span lang="en">{why}</span></p> })}
                <Problems />
                {move || failed.get().is_none().then(|| view! {
                    <div class="actions">
                        <button type="button" class="btn line" disabled=move || !own.done() on:click=download><IconView icon=Icon::Download />{move || app.say(download_word)}</button>
                        <button type="button" class="btn line" disabled=move || matches!(evidence.fit.get(), Fit::Running(_)) on:click=move |_| evidence.calibrate()>{move || app.say(calibrate_word)}</button>
                    </div>
                    <FitResult />
                })}
            </div>
        })
    }
}

/// Rows without an answer, by line.
#[component]
fn Problems() -> impl IntoView {
    let app = App::here();
    let own = Evidence::here().own;
    let all = Memo::new(move |_| {
        own.predictions.with(|all| {
            all.iter()
                .filter(|p| !p.answered)
                .map(|p| (p.line, p.note.clone()))
                .collect::<Vec<_>>()
        })
    });
    move || {
        let fmt = app.fmt();
        let problems = all.get();
        let count = problems.len();
        (count > 0).then(|| {
            let rest = count.saturating_sub(LISTED);
            view! {
                <div class="own-problems" role="status">
                    <h3 class="warn">{not_answered(fmt.locale, &fmt.count(count as f64))}</h3>
                    <ul>{problems.into_iter().take(LISTED).map(|(line, why)| {
                        // What could not be read names its line already.
                        let shown = why.strip_prefix(&format!("line {line}: ")).unwrap_or(&why).to_owned();
                        view! { <li><b>{line_word(fmt.locale, &line.to_string())}</b>" "<span lang="en">{shown}</span></li> }
                    }).collect_view()}</ul>
                    {(rest > 0).then(|| view! { <p class="quiet">{and_more(fmt.locale, &fmt.count(rest as f64))}</p> })}
                </div>
            }
        })
    }
}

/// The four factors in words: "compute ×1.10, memory ×0.95 …".
pub fn factors_in_words(fmt: Fmt, local: LocalCalibration) -> String {
    let LocalCalibration {
        compute,
        memory,
        communication,
        overhead,
    } = local;
    let one = |name: Text, x: f64| format!("{} ×{}", name(fmt.locale), fmt.fixed(x, 2));
    let all = [
        one(factor_compute, compute),
        one(factor_memory, memory),
        one(factor_communication, communication),
        one(factor_overhead, overhead),
    ];
    all.join(separator(fmt.locale))
}

fn improvement_line(fmt: Fmt, i: &Improvement) -> String {
    improved(
        fmt.locale,
        words::quantity(i.quantity)(fmt.locale),
        &fmt.percent(i.before),
        &fmt.percent(i.after),
    )
}

/// That the measurements are about something else than the plan.
fn unlike_words(l: Locale, found: &Unlike) -> String {
    let list = |names: &[String]| names.join(", ");
    let parts = [
        (&found.hardware, hardware_is as fn(Locale, &str) -> String),
        (&found.engines, engine_is),
        (&found.models, model_is),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, words)| words(l, &list(names)))
        .collect();
    measured_elsewhere(l, &parts.join(separator(l)))
}

/// What "calibrate to my cluster" found, and the buttons that use it.
#[component]
fn FitResult() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let applied = Memo::new(move |_| app.scenario.with(|s| s.local));
    move || match evidence.fit.get() {
        Fit::Idle => ().into_any(),
        Fit::NoRows => {
            view! { <p class="warn" role="status">{move || app.say(no_rows)}</p> }.into_any()
        }
        Fit::Running(progress) => view! {
            <p class="quiet evidence-progress" role="status">
                <progress max="1" value=progress.to_string() aria-label=app.say(fitting)></progress>
                <span>{app.say(fitting)}</span>
            </p>
        }
        .into_any(),
        Fit::Found {
            factors,
            rows,
            improvements,
        } => {
            let fmt = app.fmt();
            let in_use = applied.get() == factors;
            let stranger = evidence.own.rows.with(|rows| {
                let engine = app
                    .evaluation
                    .with(|e| e.deployment.as_ref().map(|d| d.engine.clone()));
                app.scenario
                    .with(|s| unlike(rows, s, engine.as_deref(), Catalogue::embedded()))
            });
            let alike = stranger.is_empty();
            view! {
                <div class="own-fit" role="status">
                    <h3>{found(fmt.locale, &fmt.count(rows as f64))}</h3>
                    <p>{factors_in_words(fmt, factors)}</p>
                    <ul class="plain">{improvements.iter().map(|i| view! { <li>{improvement_line(fmt, i)}</li> }).collect_view()}</ul>
                    <p class="plain">{fit_means(fmt.locale)}</p>
                    {(!alike).then(|| view! { <p class="warn own-unlike"><IconView icon=Icon::Warn />" "{unlike_words(fmt.locale, &stranger)}</p> })}
                    <div class="actions">
                        {if in_use {
                            view! {
                                <span class="good own-used"><IconView icon=Icon::Check />{in_use_word(fmt.locale)}</span>
                                <button type="button" class="btn line" on:click=move |_| app.undo()>{app.say(crate::texts::undo)}</button>
                            }.into_any()
                        } else {
                            view! { <button type="button" class=if alike { "btn main" } else { "btn line" } on:click=move |_| app.act(|s| s.local = factors)>{app.say(if alike { use_word } else { use_all_the_same })}</button> }.into_any()
                        }}
                    </div>
                </div>
            }
            .into_any()
        }
    }
}

crate::texts! {
    title = "Your own measurements", "自有测试数据";
    explain = "Drop a CSV here, choose one or paste it. It is read, predicted and scored in this browser; nothing is uploaded.", "将 CSV 拖放到此处，或选择文件、粘贴文本。读取、预测与评分全部在本浏览器内完成，不会上传任何数据。";
    choose = "Choose a CSV…", "选择 CSV 文件……";
    example_word = "Example file", "示例文件";
    paste_title = "Paste text instead", "改为粘贴文本";
    pasted_name = "Pasted text", "粘贴的文本";
    score_word = "Score it", "评分";
    columns_title = "Which columns?", "需要哪些列？";
    col_ids = "Catalogue ids; required. Search them in the input rail of Plan.", "目录中的标识，必填；可在“规划”的参数栏中搜索。";
    col_mode = "Required. Mode: serving, disaggregated, offline, decode, prefill, fixed-batch or training.", "必填。mode 可为 serving、disaggregated、offline、decode、prefill、fixed-batch 或 training。";
    col_precision = "fp4, int4, fp8, int8, bf16 or fp16. Blank: inferred and said so.", "fp4、int4、fp8、int8、bf16 或 fp16。留空则自动推断并注明。";
    col_load = "Tokens of a request, requests in flight on all cards together.", "单个请求的 token 数，以及全部卡上的并发请求总数。";
    col_degrees = "Packages in all, and parallel degrees of one instance (in dies on 910C).", "总卡数，以及单个实例的并行度（910C 按 die 计）。";
    col_pools = "Workers and degrees of each pool, for disaggregated rows.", "PD 分离时两侧的实例数与并行度。";
    col_drafts = "Speculative decoding (0 = off) and the share of the prompt served from cache.", "投机解码（0 = 关闭）以及由前缀缓存命中的输入比例。";
    col_results = "What was measured: means in ms, tokens per second and card; basis output, input or trained.", "测得的结果：均值（ms）、单卡每秒 token 数；token_basis 为 output、input 或 trained。";
    close_file = "Close file", "关闭文件";
    cannot_read = "The file cannot be read:", "无法读取文件：";
    not_answered(count) = "{count} rows have no answer", "{count} 行无法预测";
    line_word(line) = "Line {line}:", "第 {line} 行：";
    and_more(count) = "… and {count} more; the download names them all.", "……另有 {count} 行，下载文件中逐一注明。";
    download_word = "Download predictions", "下载预测结果";
    calibrate_word = "Calibrate to my cluster", "按我的集群标定";
    fitting = "Fitting four factors to your rows…", "正在根据您的数据拟合四个系数……";
    no_rows = "No row can be used: each needs a known model and hardware and at least one measured time or throughput.", "没有可用的行：每行需包含目录中的模型与硬件，以及至少一项实测时延或吞吐。";
    found(rows) = "Factors on time, from {rows} rows", "由 {rows} 行数据得到的时间系数";
    factor_compute = "computing", "计算";
    factor_memory = "memory", "访存";
    factor_communication = "communication", "通信";
    factor_overhead = "overhead", "开销";
    separator = ", ", "，";
    improved(name, before, after) = "{name}: median error {before} → {after} on these rows", "{name}：这些行的误差中位数 {before} → {after}";
    fit_means = "A factor above 1 means that your cluster needs more time for this kind of work than published clusters do. Few rows move the factors little: they are held near 1 until data say otherwise.", "系数大于 1 表示您的集群在该类工作上耗时高于公开数据。数据较少时系数变化不大：没有充分数据支持时保持在 1 附近。";
    measured_elsewhere(what) = "These measurements are not of the plan: {what}. What they correct there need not be wrong here; with these factors the plan would be called calibrated to your cluster all the same.", "这些实测与当前方案不符：{what}。其修正未必适用于当前方案，采用后仍会显示“已按您的集群标定”。";
    hardware_is(names) = "hardware {names}", "硬件 {names}";
    engine_is(names) = "engine {names}", "引擎 {names}";
    model_is(names) = "models {names}", "模型 {names}";
    use_all_the_same = "Use them all the same", "仍然采用";
    use_word = "Use in the scenario", "用于当前方案";
    in_use_word = "Used in the scenario and its link", "已用于当前方案及其链接";
}
