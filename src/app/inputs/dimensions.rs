//! What the dialog for number formats and dimensions holds: every dimension of the model, each with
//! its range. A piece of the program of its own.

use leptos::prelude::*;
use token_factory::scenario::dimensions::{self, Dimension, Group, Of, Refused};
use token_factory::scenario::{ModelChoice, Scenario};

use super::dimension_words::{config_key, label, title_of};
use crate::controls::{WordsRow, read_whole};
use crate::format::Fmt;
use crate::state::App;
use crate::{names, notices, platform};

/// Where a dimension stands: the group and its key.
type At = (usize, &'static str);

/// A text that was not taken, and why: shown until it is corrected.
#[derive(Clone, Debug, PartialEq)]
struct Refusal {
    at: At,
    text: String,
    why: String,
}

/// The content of the dialog.
#[component]
pub fn DimensionsBody() -> impl IntoView {
    let app = App::here();
    let groups = Memo::new(move |_| {
        app.scenario
            .with(|s| names::architecture(&s.model).map(dimensions::groups))
            .unwrap_or_default()
    });
    // What is listed: the same fields stay, with the focus in them, while their values change.
    let shape = Memo::new(move |_| {
        let mut all = groups.get();
        for d in all.iter_mut().flat_map(|g| &mut g.dimensions) {
            d.value = 0;
        }
        all
    });
    let refused = RwSignal::new(Vec::<Refusal>::new());
    let fields = move || {
        let all = shape.get();
        let section = |(i, group): (usize, &Group)| {
            let (of, kind) = (group.of, group.kind);
            let fields = group.dimensions.iter();
            let fields = fields.map(|d| field(app, groups, refused, (i, d.key), (of, kind, *d)));
            view! {
                <fieldset class="dimensions">
                    <legend>{move || title_of(of, kind)(app.locale.get())}</legend>
                    {fields.collect_view()}
                </fieldset>
            }
        };
        all.iter().enumerate().map(section).collect_view()
    };
    view! {
        <h3>{move || app.say(formats)}</h3>
        <div class="dialog-rows">
            <WordsRow key="w" />
            <WordsRow key="x" />
            <WordsRow key="kv" />
            <WordsRow key="prec" />
        </div>
        <p class="plain">{move || app.say(formats_note)}</p>
        <h3>{move || app.say(dims)}</h3>
        <p class="plain">{move || app.say(dims_note)}</p>
        {fields}
    }
    .into_any()
}

fn field(
    app: App,
    groups: Memo<Vec<Group>>,
    refused: RwSignal<Vec<Refusal>>,
    at: At,
    (of, kind, range): (Of, &'static str, Dimension),
) -> AnyView {
    let (group, key) = at;
    let id = ["dimension", &group.to_string(), key].join("-");
    let error_id = [&id, "error"].join("-");
    let value = move || {
        groups.with(|all| {
            let group = all.get(group)?;
            group
                .dimensions
                .iter()
                .find(|d| d.key == key)
                .map(|d| d.value)
        })
    };
    let in_force = move || {
        let value = value().map_or(f64::NAN, f64::from);
        app.fmt().count(value)
    };
    let refusal = Memo::new(move |_| refused.with(|all| all.iter().find(|r| r.at == at).cloned()));
    let shown = move || refusal.get().map_or_else(in_force, |r| r.text);
    let hint = move || {
        let fmt = app.fmt();
        let (low, high) = (f64::from(range.least), f64::from(range.most));
        let (low, high) = (fmt.count(low), fmt.count(high));
        match config_key(kind, key) {
            "" => allowed(fmt.locale, &low, &high),
            name => in_config(fmt.locale, name, &low, &high),
        }
    };
    let change = move |event: leptos::ev::Event| {
        let text = event_target_value(&event);
        refused.update(|all| all.retain(|r| r.at != at));
        match tried(app, at, &text) {
            Ok(next) => {
                take(app, next);
                retry(app, refused);
                platform::set_field_text(&event, &shown());
            }
            Err(why) => refused.update(|all| all.push(Refusal { at, text, why })),
        }
    };
    view! {
        <div class="dimension">
            <label for=id.clone()>{move || app.say(label(of, kind, key))}</label>
            <input id=id type="text" inputmode="numeric" autocomplete="off" spellcheck="false" enterkeyhint="done"
                title=hint prop:value=shown aria-describedby=error_id.clone()
                aria-invalid=move || refusal.get().is_some().then_some("true")
                on:focus=move |e| platform::select_all(&e)
                on:change=change
                on:keydown=move |e| if e.key() == "Escape" && refusal.get_untracked().is_some() {
                    e.prevent_default();
                    refused.update(|all| all.retain(|r| r.at != at));
                } />
            <span id=error_id class="field-error" role="status">{move || refusal.get().map(|r| r.why)}</span>
        </div>
    }
    .into_any()
}

/// The scenario with a dimension as typed; `Err` = why not, in words.
fn tried(app: App, (group, key): At, text: &str) -> Result<Scenario, String> {
    let fmt = app.fmt_untracked();
    app.scenario.with_untracked(|s| {
        let Some(architecture) = names::architecture(&s.model) else {
            return Ok(s.clone());
        };
        let all = dimensions::groups(architecture);
        let (of, kind) = all.get(group).map_or((Of::Whole, ""), |g| (g.of, g.kind));
        let found = all.get(group).into_iter().flat_map(|g| &g.dimensions);
        let range = found.copied().find(|d| d.key == key);
        let (least, most) = range.map_or((0, u32::MAX), |d| (d.least, d.most));
        let value = read_whole(fmt, text, least, most)?;
        let changed = dimensions::with(architecture, group, key, value)
            .map_err(|why| in_words(fmt, (of, kind, key), &why))?;
        if changed == *architecture {
            return Ok(s.clone());
        }
        let name = match &s.model {
            ModelChoice::Custom(custom) => custom.name.clone(),
            catalogue => edited(fmt.locale, &names::model(catalogue)),
        };
        let model = ModelChoice::custom(&name, changed).map_err(|why| notices::wrong(fmt, &why))?;
        Ok(Scenario { model, ..s.clone() })
    })
}

fn take(app: App, next: Scenario) {
    app.edit("m", |s| *s = next);
    app.commit();
}

/// What was refused for the sake of another value may do now that one has changed.
fn retry(app: App, refused: RwSignal<Vec<Refusal>>) {
    for one in refused.get_untracked() {
        if let Ok(next) = tried(app, one.at, &one.text) {
            take(app, next);
            refused.update(|all| all.retain(|r| *r != one));
        }
    }
}

fn in_words(fmt: Fmt, (of, kind, edited): (Of, &str, &str), why: &Refused) -> String {
    let l = fmt.locale;
    let count = |n: u32| fmt.count(f64::from(n));
    match why {
        Refused::OutOfRange { least, most } => allowed(l, &count(*least), &count(*most)),
        Refused::Above { key, bound, stays } => {
            let (small, large) = (label(of, kind, key)(l), label(of, kind, bound)(l));
            match edited == *key {
                true => not_above(l, small, large, &count(*stays)),
                false => not_below(l, large, small, &count(*stays)),
            }
        }
        Refused::TooFewLayers { least } => too_few_layers(l, &count(*least)),
        Refused::Other(wrong) => notices::wrong(fmt, wrong),
        Refused::Unknown => crate::texts::unknown(l).to_owned(),
    }
}

crate::texts! {
    formats = "Number formats", "数值格式";
    formats_note = "A format that the chip has no arithmetic for is never planned; a notice says what is used instead.", "芯片不支持运算的格式不会被采用，提示中会说明实际使用的格式。";
    dims = "Dimensions", "维度";
    dims_note = "The layers of the model and of its groups follow each other: change either. 0 means that the model has no such part.", "模型总层数与各层组的层数相互跟随，修改任一处即可。0 表示模型没有这一部分。";
    edited(name) = "{name} (edited)", "{name}（已修改）";
    allowed(low, high) = "Allowed is {low} to {high}.", "允许范围：{low} 至 {high}。";
    in_config(name, low, high) = "{name} in a config.json. Allowed is {low} to {high}.", "对应 config.json 中的 {name}。允许范围：{low} 至 {high}。";
    not_above(small, large, value) = "“{small}” must not be more than “{large}” ({value}).", "“{small}”不得大于“{large}”（{value}）。";
    not_below(large, small, value) = "“{large}” must not be less than “{small}” ({value}).", "“{large}”不得小于“{small}”（{value}）。";
    too_few_layers(least) = "At least {least} layers: one for each layer group.", "至少 {least} 层：每个层组至少一层。";
}
