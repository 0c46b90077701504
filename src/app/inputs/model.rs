//! Model: search over the catalogue, pasted configuration, dimensions and precision.

use leptos::html::Dialog;
use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::scenario::ModelChoice;

use super::precision_dialog::DimensionsDialog;
use crate::controls::{Group, Picker};
use crate::state::App;
use crate::{names, platform};

/// The group.
#[component]
pub fn Model() -> impl IntoView {
    let app = App::here();
    let dimensions = NodeRef::<Dialog>::new();
    let summary = Signal::derive(move || {
        let count = Catalogue::embedded().models.len().to_string();
        in_catalogue(app.locale.get(), &count)
    });
    let pick = Callback::new(move |id: String| {
        app.act(|s| s.model = ModelChoice::Catalogue(id.clone()));
    });
    view! {
        <Group id="group-model" title=Signal::derive(move || app.say(model).to_owned()) summary open=true>
            <Picker id="pick-model" label=Signal::derive(move || app.say(search).to_owned())
                entries=Signal::derive(move || names::model_entries(app.fmt()))
                selected=Signal::derive(move || app.scenario.with(|s| match &s.model {
                    ModelChoice::Catalogue(id) => id.clone(),
                    ModelChoice::Custom(_) => String::new(),
                }))
                name=Signal::derive(move || app.scenario.with(|s| names::model(&s.model)))
                facts=Signal::derive(move || app.scenario.with(|s| names::model_facts(&s.model, app.fmt())))
                on_pick=pick />
            <div class="links">
                <button type="button" class="link" on:click=move |_| platform::open_dialog(dimensions)>{move || app.say(edit)}</button>
            </div>
        </Group>
        <DimensionsDialog node=dimensions />
    }
    .into_any()
}

crate::texts! {
    model = "Model", "模型";
    search = "Search for a model", "搜索模型";
    in_catalogue(count) = "{count} in the catalogue", "目录中 {count} 个";
    edit = "Edit dimensions, precision", "编辑维度与精度";
}
