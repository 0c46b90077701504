//! Model: search over the catalogue, pasted configuration, dimensions and precision.

use leptos::html::Dialog;
use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::scenario::ModelChoice;

use super::import;
use crate::controls::{DialogBox, Group, Picker};
use crate::shell::pieces::{self, Piece};
use crate::state::App;
use crate::texts::Text;
use crate::{names, platform};

/// The group.
#[component]
pub fn Model() -> impl IntoView {
    let app = App::here();
    let (dimensions, configuration) = (NodeRef::<Dialog>::new(), NodeRef::<Dialog>::new());
    let (editing, importing) = (RwSignal::new(false), RwSignal::new(false));
    let open_import = Callback::new(move |()| {
        importing.set(true);
        platform::open_dialog(configuration);
    });
    let open_dimensions = move |_| {
        editing.set(true);
        platform::open_dialog(dimensions);
    };
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
                on_pick=pick other_way=(paste as Text, open_import) />
            <div class="links">
                <button type="button" class="link" on:click=open_dimensions>{move || app.say(edit)}</button>
                <button type="button" class="link" on:click=move |_| open_import.run(())>{move || app.say(paste)}</button>
            </div>
        </Group>
        {dialog(app, dimensions, "dimensions", title_dimensions, editing, pieces::DIMENSIONS)}
        {dialog(app, configuration, import::DIALOG, title_import, importing, pieces::IMPORT)}
    }
    .into_any()
}

/// A dialog whose content is a piece of its own, made anew whenever it is opened.
fn dialog(
    app: App,
    node: NodeRef<Dialog>,
    id: &'static str,
    title: Text,
    opened: RwSignal<bool>,
    content: Piece,
) -> AnyView {
    let closed = Callback::new(move |()| opened.set(false));
    view! {
        <DialogBox node id wide=id != import::DIALOG title=Signal::derive(move || app.say(title).to_owned()) on_close=closed>
            {move || opened.get().then(|| content.view())}
        </DialogBox>
    }
    .into_any()
}

crate::texts! {
    model = "Model", "模型";
    search = "Search for a model", "搜索模型";
    in_catalogue(count) = "{count} in the catalogue", "目录中 {count} 个";
    edit = "Edit dimensions, precision", "编辑维度与精度";
    paste = "Paste a config.json", "粘贴 config.json";
    title_dimensions = "Dimensions and precision", "维度与精度";
    title_import = "Model from a config.json", "从 config.json 导入模型";
}
