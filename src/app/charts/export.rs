//! Chart exports: PNG and SVG as shown, CSV of the numbers behind it.

use leptos::prelude::*;
use token_factory::chart::scene::{Paint, Scene, Shape, Token};
use token_factory::chart::svg::to_svg;

use crate::controls::{Icon, IconView};
use crate::platform;
use crate::state::App;

/// Rows of a table: the heading first.
pub type Rows = Vec<Vec<String>>;

/// A button that opens the list of formats.
#[component]
pub fn ExportMenu(
    /// File name without ending; also makes the ids unique.
    name: &'static str,
    /// Title written into the files.
    title: Signal<String>,
    /// What is shown.
    scene: Signal<Scene>,
    /// The numbers behind it.
    rows: Callback<(), Rows>,
) -> impl IntoView {
    let app = App::here();
    let (button, menu) = (format!("{name}-export"), format!("{name}-formats"));
    let option = {
        let menu = menu.clone();
        move |label: &'static str, save: fn(&str, &str, Scene, Rows)| {
            let menu = menu.clone();
            view! {
                <button type="button" class="menu-option" on:click=move |_| {
                    platform::hide_popover(&menu);
                    save(name, &title.get_untracked(), scene.get_untracked(), rows.run(()));
                }>{label}</button>
            }
        }
    };
    let (place_at, panel) = (button.clone(), menu.clone());
    view! {
        <button id=button type="button" class="btn icon small chart-export no-print" popovertarget=menu.clone()
            aria-label=move || download(app.locale.get(), &title.get()) title=move || app.say(download_short)>
            <IconView icon=Icon::Download />
        </button>
        <div id=menu class="panel menu" popover="auto" on:toggle=move |_| platform::place_panel(&place_at, &panel)>
            {option("PNG", |name, _, scene, _| {
                let ground = Shape::Rect { at: (0.0, 0.0), size: scene.size, paint: Paint::from(Token::Surface0) };
                let shapes: Vec<Shape> = std::iter::once(ground).chain(scene.shapes).collect();
                if let Some(bytes) = platform::png(scene.size, &shapes, &platform::palette()) {
                    let _ = platform::download(&format!("{name}.png"), "image/png", &bytes);
                }
            })}
            {option("SVG", |name, title, scene, _| {
                let text = to_svg(&scene, &platform::palette(), title);
                let _ = platform::download(&format!("{name}.svg"), "image/svg+xml", text.as_bytes());
            })}
            {option("CSV", |name, _, _, rows| {
                let _ = platform::download(&format!("{name}.csv"), "text/csv;charset=utf-8", csv(&rows).as_bytes());
            })}
        </div>
    }
}

/// Rows as CSV, the first being the header.
fn csv(rows: &Rows) -> String {
    let (header, rows) = rows.split_first().unwrap_or((const { &Vec::new() }, &[]));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    // The mark at the start makes spreadsheets read UTF-8.
    format!("\u{feff}{}", token_factory::export::csv(&header, rows))
}

crate::texts! {
    download(title) = "Download: {title}", "下载：{title}";
    download_short = "Download", "下载";
}
