//! The dialog for number formats and every dimension of the model.

use leptos::html::Dialog;
use leptos::prelude::*;
use serde_json::Value;
use token_factory::catalogue::architecture::{Architecture, CustomModel};
use token_factory::scenario::number::{Thousand, parse};
use token_factory::scenario::{ModelChoice, fields as inputs};

use crate::controls::{DialogBox, WordsRow};
use crate::names;
use crate::platform;
use crate::state::App;

/// One dimension: where it stands in the architecture, and its value.
#[derive(Clone, Debug, PartialEq)]
struct Dimension {
    /// JSON pointer.
    path: String,
    /// Name, as configuration files write it.
    name: String,
    value: f64,
}

/// A layer group (or the model as a whole) and its dimensions.
#[derive(Clone, Debug, PartialEq)]
struct Section {
    title: String,
    dimensions: Vec<Dimension>,
}

fn dimensions_of(value: &Value, path: &str) -> Vec<Dimension> {
    let Value::Object(map) = value else {
        return Vec::new();
    };
    map.iter()
        .filter_map(|(name, value)| {
            Some(Dimension {
                path: [path, name].join("/"),
                name: name.clone(),
                value: value.as_f64()?,
            })
        })
        .collect()
}

fn sections(arch: &Architecture) -> Vec<Section> {
    let Ok(json) = serde_json::to_value(arch) else {
        return Vec::new();
    };
    let mut out = vec![Section {
        title: String::new(),
        dimensions: dimensions_of(&json, ""),
    }];
    for part in ["attn", "ffn"] {
        let groups = json
            .get(part)
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        for (i, group) in groups.iter().enumerate() {
            let kind = group
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or_default();
            out.push(Section {
                title: [part, kind].join(" · "),
                dimensions: dimensions_of(group, &["", part, &i.to_string()].join("/")),
            });
        }
    }
    out.retain(|s| !s.dimensions.is_empty());
    out
}

/// The architecture with one dimension changed; `None` where it cannot be.
fn with_dimension(arch: &Architecture, path: &str, value: u32) -> Option<Architecture> {
    let mut json = serde_json::to_value(arch).ok()?;
    *json.pointer_mut(path)? = Value::from(value);
    token_factory::json::from_value(&json).ok()
}

/// The dialog.
#[component]
pub fn DimensionsDialog(node: NodeRef<Dialog>) -> impl IntoView {
    let app = App::here();
    let wrong = RwSignal::new(None::<String>);
    let sections = Memo::new(move |_| {
        app.scenario
            .with(|s| names::architecture(&s.model).map(sections))
            .unwrap_or_default()
    });
    let change = move |path: String, event: leptos::ev::Event| {
        let typed = event_target_value(&event);
        let value = parse(&typed, Thousand::Binary)
            .value()
            .filter(|v| v.fract() == 0.0 && (0.0..=1e9).contains(v));
        let next = value.and_then(|v| {
            app.scenario.with_untracked(|s| {
                let arch = with_dimension(names::architecture(&s.model)?, &path, v as u32)?;
                let name = match &s.model {
                    ModelChoice::Custom(c) => c.name.clone(),
                    catalogue => edited(app.locale.get_untracked(), &names::model(catalogue)),
                };
                let mut next = s.clone();
                next.model = ModelChoice::Custom(Box::new(CustomModel {
                    name,
                    architecture: arch,
                }));
                Some(next)
            })
        });
        match next {
            None => wrong.set(Some(app.say(whole_number).to_owned())),
            Some(next) => match inputs::validate(&next).first() {
                Some(problem) => wrong.set(Some(problem.to_string())),
                None => {
                    wrong.set(None);
                    app.edit("m", |s| *s = next);
                    app.commit();
                }
            },
        }
        // A refused value gives way to the one in force.
        if wrong.with_untracked(Option::is_some) {
            let in_force = sections.with_untracked(|all| {
                all.iter()
                    .flat_map(|s| &s.dimensions)
                    .find(|d| d.path == path)
                    .map(|d| d.value.to_string())
            });
            platform::set_field_text(&event, &in_force.unwrap_or_default());
        }
    };
    let fields = move || {
        sections
            .get()
            .into_iter()
            .map(|section| {
                view! {
                    <fieldset class="dimensions">
                        <legend>{if section.title.is_empty() { app.say(whole).to_owned() } else { section.title }}</legend>
                        {section.dimensions.into_iter().map(|d| {
                            let path = d.path;
                            view! {
                                <label><span>{d.name}</span>
                                    <input type="text" inputmode="numeric" autocomplete="off" value=d.value.to_string() on:change=move |e| change(path.clone(), e) />
                                </label>
                            }
                        }).collect_view()}
                    </fieldset>
                }
            })
            .collect_view()
    };
    view! {
        <DialogBox node id="dimensions" wide=true title=Signal::derive(move || app.say(title).to_owned()) on_close=Callback::new(move |()| wrong.set(None))>
            <h3>{move || app.say(formats)}</h3>
            <div class="dialog-rows">
                <WordsRow key="w" />
                <WordsRow key="x" />
                <WordsRow key="kv" />
                <WordsRow key="prec" />
            </div>
            <p class="plain">{move || app.say(formats_note)}</p>
            <h3>{move || app.say(dims)}</h3>
            <p class="bad" role="alert">{move || wrong.get()}</p>
            {fields}
        </DialogBox>
    }
    .into_any()
}

crate::texts! {
    title = "Dimensions and precision", "维度与精度";
    formats = "Number formats", "数值格式";
    formats_note = "A format that the chip has no arithmetic for is never planned; a notice says what is used instead.", "芯片不支持运算的格式不会被采用，提示中会说明实际使用的格式。";
    dims = "Dimensions", "维度";
    whole = "Model", "整体";
    edited(name) = "{name} (edited)", "{name}（已修改）";
    whole_number = "A dimension is a whole number from 0 to 1,000,000,000.", "维度须为 0 至 10 亿之间的整数。";
}
