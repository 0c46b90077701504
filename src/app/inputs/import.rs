//! What the dialog for a Hugging Face `config.json` holds: paste, open or drop it, see what was read,
//! take it over. A piece of the program of its own, with the importer.

use leptos::prelude::*;
use token_factory::catalogue::architecture::{Architecture, Attention, FeedForward};
use token_factory::catalogue::hf_config::{ConfigError, ImportedModel, NativePrecision, parse};
use token_factory::catalogue::report::ModelReport;
use token_factory::report::word;
use token_factory::scenario::wrong::Wrong;
use token_factory::scenario::{ModelChoice, NumberFormat, Precision};
use token_factory::wording::config;

use crate::controls::{Icon, IconView};
use crate::format::Fmt;
use crate::state::App;
use crate::texts::Text;
use crate::{names, notices, platform};

/// Id of the dialog.
pub const DIALOG: &str = "import";
const TEXT_ID: &str = "import-text";

/// Why a text does not become the scenario's model.
#[derive(Clone, Debug, PartialEq)]
enum Trouble {
    /// The file cannot be opened, in the browser's words.
    File(String),
    /// It is no configuration that can be read.
    Config(ConfigError),
    /// It was read, but links do not take such a model.
    Model(Wrong),
}

impl Trouble {
    fn words(&self, fmt: Fmt) -> String {
        match self {
            Self::File(why) => why.clone(),
            Self::Config(why) => [&config::error(fmt.locale, why), advice(fmt.locale)].concat(),
            Self::Model(why) => beyond(fmt.locale, &notices::wrong(fmt, why)),
        }
    }
}

/// Reads a text; what comes out can be the model of a scenario.
fn read(text: &str) -> Result<ImportedModel, Trouble> {
    let import = parse(text).map_err(Trouble::Config)?;
    let model = &import.model;
    ModelChoice::custom(&model.name, model.architecture.clone()).map_err(Trouble::Model)?;
    Ok(import)
}

/// The content of the dialog.
#[component]
pub fn ImportBody() -> impl IntoView {
    let app = App::here();
    let text = RwSignal::new(String::new());
    let found = RwSignal::new(None::<Result<ImportedModel, Trouble>>);
    let over = RwSignal::new(false);
    let look = move |given: String| {
        found.set((!given.trim().is_empty()).then(|| read(&given)));
        text.set(given);
    };
    let take_file = move |picked: Option<Result<platform::PickedFile, String>>| match picked {
        // The dialog may have been closed meanwhile.
        Some(Ok(file)) if !text.is_disposed() => look(file.text),
        Some(Err(why)) => drop(found.try_set(Some(Err(Trouble::File(why))))),
        _ => {}
    };
    let open = move |event| {
        leptos::task::spawn_local(async move { take_file(platform::picked_file(event).await) })
    };
    let drop_file = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        leptos::task::spawn_local(async move { take_file(platform::dropped_file(event).await) });
    };
    let verdict = move || {
        let fmt = app.fmt();
        found.with(|f| match f {
            None => String::new(),
            Some(Ok(import)) => read_as(fmt.locale, &import.model.name),
            Some(Err(trouble)) => trouble.words(fmt),
        })
    };
    let failed = move || found.with(|f| matches!(f, Some(Err(_))));
    request_animation_frame(|| platform::focus_id(TEXT_ID));
    view! {
        <div class="import" class:over=move || over.get()
            on:dragover=move |e| { e.prevent_default(); over.set(true) }
            on:dragleave=move |_| over.set(false)
            on:drop=drop_file>
            <p class="plain">{move || app.say(explain)}</p>
            <label class="visually-hidden" for=TEXT_ID>{move || app.say(text_label)}</label>
            <textarea id=TEXT_ID class="text-input" rows="7" spellcheck="false" autocomplete="off" aria-describedby="import-verdict"
                placeholder="{ \"model_type\": \"qwen3\", \"hidden_size\": 4096, … }"
                aria-invalid=move || failed().then_some("true")
                prop:value=move || text.get() on:input=move |e| look(event_target_value(&e))></textarea>
            <div class="actions">
                <label class="btn line file-button">
                    <input type="file" accept=".json,application/json" class="visually-hidden" on:change=open />
                    <span>{move || app.say(open_file)}</span>
                </label>
                <span class="quiet no-phone">{move || app.say(or_drop)}</span>
            </div>
            <p id="import-verdict" role="status" class=move || if failed() { "bad" } else { "plain" }>{verdict}</p>
            {move || match found.get() {
                Some(Ok(import)) => view! { <Read import /> }.into_any(),
                _ => ().into_any(),
            }}
        </div>
    }
    .into_any()
}

/// What was read, and the button that takes it over.
#[component]
fn Read(import: ImportedModel) -> impl IntoView {
    let app = App::here();
    let name = RwSignal::new(import.model.name.clone());
    let published = formats(import.native);
    // Experts published in 4 bit are served so, as the catalogue's are; and formats that were set for
    // another model are not this one's.
    let four_bit = import.native.experts.is_some_and(|f| f.bits() == 4);
    let already_set = app.scenario.with_untracked(|s| {
        let Precision {
            weights, experts, ..
        } = s.precision;
        weights.or(experts).is_some()
    });
    let keep = RwSignal::new(four_bit || already_set);
    let native = import.native;
    let shown = import.clone();
    let facts = move || {
        let rows = facts(&shown, app.fmt());
        rows.into_iter()
            .map(|(term, value)| view! { <div><dt>{app.say(term)}</dt><dd>{value}</dd></div> })
            .collect_view()
    };
    let warnings = import.warnings.clone();
    let warnings = move || {
        let locale = app.locale.get();
        let line = |w| view! { <li class="warn"><IconView icon=Icon::Warn />{config::warning(locale, w)}</li> };
        (!warnings.is_empty())
            .then(|| view! { <ul class="notes">{warnings.iter().map(line).collect_view()}</ul> })
    };
    let own_name = import.model.name.clone();
    let architecture = import.model.architecture;
    let take = move |_| {
        let given = name.get_untracked();
        let given = if given.trim().is_empty() {
            &own_name
        } else {
            &given
        };
        let Ok(model) = ModelChoice::custom(given, architecture.clone()) else {
            return;
        };
        let message = taken(app.locale.get_untracked(), &names::model(&model));
        let keep = keep.get_untracked();
        app.act(|s| {
            s.model = model;
            if keep {
                let NativePrecision {
                    weights,
                    experts,
                    kv,
                } = native;
                s.precision.weights = weights;
                s.precision.experts = experts;
                s.precision.kv = kv.or(s.precision.kv);
            }
        });
        app.announce(message);
        platform::close_dialog_id(DIALOG);
    };
    view! {
        <dl class="import-facts">{facts}</dl>
        {warnings}
        <label class="plain" for="import-name">{move || app.say(name_label)}</label>
        <input id="import-name" type="text" class="text-input" maxlength="60" autocomplete="off" spellcheck="false"
            prop:value=move || name.get() on:input=move |e| name.set(event_target_value(&e)) />
        {(!published.is_empty()).then(|| view! {
            <label class="check">
                <input type="checkbox" prop:checked=move || keep.get() on:change=move |e| keep.set(event_target_checked(&e)) />
                <span>{move || app.say(keep_formats)}</span>
            </label>
        })}
        <div class="actions">
            <button type="button" class="btn main" on:click=take>{move || app.say(use_model)}</button>
        </div>
    }
    .into_any()
}

/// The published formats by part, as far as the file says so.
fn formats(native: NativePrecision) -> Vec<(Text, NumberFormat)> {
    let parts = [
        (weights as Text, native.weights),
        (experts, native.experts),
        (kv_cache, native.kv),
    ];
    let known = parts.into_iter();
    known.filter_map(|(part, f)| Some((part, f?))).collect()
}

/// What a reader checks the import by: the same figures as `tfp model`.
fn facts(import: &ImportedModel, fmt: Fmt) -> Vec<(Text, String)> {
    let l = fmt.locale;
    let report = ModelReport::of_import(import);
    let has_experts = report.params.routed_experts > 0.0;
    let formats: Vec<String> = formats(import.native)
        .into_iter()
        .filter(|(part, _)| has_experts || part(l) != experts(l))
        .map(|(part, format)| [part(l), &word(&format).to_uppercase()].join(" "))
        .collect();
    let mut rows: Vec<(Text, String)> = vec![
        (total_params, names::billions(report.total_params, fmt)),
        (active_params, names::billions(report.active_params, fmt)),
        (
            kv_per_token,
            at_16_bit(l, &fmt.bytes(report.kv_bytes_per_token)),
        ),
        (layers_word, layers(&report.architecture, fmt)),
        (
            longest_context,
            tokens(l, &fmt.count(f64::from(report.max_context))),
        ),
        (
            published_in,
            match formats.is_empty() {
                true => crate::texts::unknown(l).to_owned(),
                false => formats.join(" · "),
            },
        ),
    ];
    if report.recurrent_state_bytes > 0.0 {
        rows.insert(3, (state_word, fmt.bytes(report.recurrent_state_bytes)));
    }
    if report.architecture.mtp_layers > 0 {
        rows.push((draft_layers, report.architecture.mtp_layers.to_string()));
    }
    rows
}

/// The kind of a group of attention layers, told apart from its like.
fn mixing(group: &Attention, fmt: Fmt) -> String {
    match group {
        Attention::V4(v4) => v4.variant.to_uppercase(),
        Attention::Gqa(gqa) if gqa.chunk > 0 => {
            chunked(fmt.locale, &fmt.count(f64::from(gqa.chunk)))
        }
        other => names::attention_kind(other).to_owned(),
    }
}

/// "61: 61 × MLA; 3 × dense + 58 × MoE 8 of 256".
fn layers(architecture: &Architecture, fmt: Fmt) -> String {
    let counted = |n: u32, what: &str| [&n.to_string(), " × ", what].concat();
    let attn = architecture.attn.iter();
    let attn: Vec<String> = attn.map(|g| counted(g.layers(), &mixing(g, fmt))).collect();
    let ffn = architecture.ffn.iter();
    let ffn: Vec<String> = ffn
        .map(|g| match g {
            FeedForward::Dense { n, .. } => counted(*n, dense(fmt.locale)),
            FeedForward::Moe(moe) => counted(moe.n, &names::moe(moe, fmt.locale)),
        })
        .collect();
    let groups = [attn, ffn].into_iter().filter(|g| !g.is_empty());
    let groups: Vec<String> = groups.map(|g| g.join(" + ")).collect();
    [architecture.layers.to_string(), groups.join("; ")].join(": ")
}

crate::texts! {
    explain = "Paste the config.json of a text model as published on Hugging Face, or open the file. It is read in this browser; nothing is sent.", "粘贴 Hugging Face 上文本模型的 config.json，或打开该文件。只在本浏览器内读取，不发送任何数据。";
    text_label = "Text of the config.json", "config.json 的内容";
    open_file = "Open a file…", "打开文件……";
    or_drop = "or drop it here", "或拖放到此处";
    advice = ". Take the config.json of a text model, from the files of its repository on Hugging Face.", "。请使用 Hugging Face 仓库文件中文本模型的 config.json。";
    beyond(why) = "It was read, but is beyond what can be planned: {why}.", "已读取，但超出可规划的范围：{why}。";
    read_as(name) = "Read: {name}. Check the figures, then use it.", "已读取：{name}。请核对数值后采用。";
    total_params = "Parameters", "参数量";
    active_params = "Active per token", "每 token 激活";
    kv_per_token = "KV cache per token", "每 token KV 缓存";
    at_16_bit(bytes) = "{bytes} at 16 bit", "{bytes}（16 位）";
    state_word = "Constant state", "固定状态";
    layers_word = "Layers", "层数";
    dense = "dense", "稠密";
    chunked(tokens) = "GQA within {tokens}", "{tokens} 以内的 GQA";
    longest_context = "Longest context", "最长上下文";
    tokens(count) = "{count} tokens", "{count} token";
    published_in = "Published in", "发布格式";
    weights = "weights", "权重";
    experts = "experts", "专家";
    kv_cache = "KV cache", "KV 缓存";
    draft_layers = "Draft layers (MTP)", "草稿层（MTP）";
    name_label = "Name, as shown and in the link", "名称（用于显示与链接）";
    keep_formats = "Plan in the published formats", "按发布格式规划";
    use_model = "Use this model", "采用此模型";
    taken(name) = "The model is now {name}. Undo takes it back.", "模型已改为 {name}，可撤销。";
}
