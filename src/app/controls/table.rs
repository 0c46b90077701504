//! A table of results: scrolls inside itself, exports what it shows.

use leptos::prelude::*;

use super::{Icon, IconView};
use crate::platform;
use crate::state::App;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its title, with the unit.
    pub title: String,
    /// Holds numbers: set to the right.
    pub numeric: bool,
}

/// A cell: what the reader sees, and the plain value for exports.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// As shown.
    pub text: String,
    /// As exported.
    pub plain: Plain,
}

/// A value for exports: never localised.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Unknown.
    Unknown,
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            plain: Plain::Text(text.clone()),
            text,
        }
    }

    /// A number and how it is shown.
    pub fn number(value: f64, text: String) -> Self {
        Self {
            text,
            plain: Plain::Number(value),
        }
    }
}

/// A table with its caption and, where a file name is given, exports.
#[component]
pub fn DataTable(
    /// Its caption; hidden where the section's title says it already.
    #[prop(into)]
    caption: Signal<String>,
    /// Show the caption.
    #[prop(optional)]
    caption_shown: bool,
    /// Columns.
    #[prop(into)]
    columns: Signal<Vec<Column>>,
    /// Rows; the first cell names the row.
    #[prop(into)]
    rows: Signal<Vec<Vec<Cell>>>,
    /// File name of exports, without ending.
    #[prop(optional, into)]
    file_name: Option<&'static str>,
) -> impl IntoView {
    let app = App::here();
    let save = move |ending: &str, mime: &str, text: String| {
        if let Some(name) = file_name
            && let Err(why) = platform::download(&[name, ending].join("."), mime, text.as_bytes())
        {
            app.announce(why);
        }
    };
    let to_csv = move |_| {
        save(
            "csv",
            "text/csv",
            columns.with_untracked(|c| rows.with_untracked(|r| csv_text(c, r))),
        )
    };
    let to_json = move |_| {
        save(
            "json",
            "application/json",
            columns.with_untracked(|c| rows.with_untracked(|r| json_text(c, r))),
        )
    };
    let numeric = move |i: usize| columns.with(|c| c.get(i).is_some_and(|c| c.numeric));
    view! {
        // Focusable, so that the keyboard can scroll it.
        <div class="table-scroll" tabindex="0" role="region" aria-label=move || caption.get()>
            <table class="data-table">
                <caption class:visually-hidden=!caption_shown>{move || caption.get()}</caption>
                <thead><tr>{move || columns.get().into_iter().map(|c| view! { <th scope="col" class:num=c.numeric>{c.title}</th> }).collect_view()}</tr></thead>
                <tbody>{move || rows.get().into_iter().map(|row| view! {
                    <tr>{row.into_iter().enumerate().map(|(i, cell)| {
                        if i == 0 {
                            view! { <th scope="row" class:num=numeric(i)>{cell.text}</th> }.into_any()
                        } else {
                            view! { <td class:num=numeric(i)>{cell.text}</td> }.into_any()
                        }
                    }).collect_view()}</tr>
                }).collect_view()}</tbody>
            </table>
        </div>
        {file_name.map(|_| view! {
            <div class="links export">
                <button class="link" type="button" on:click=to_csv><IconView icon=Icon::Download />"CSV"</button>
                <button class="link" type="button" on:click=to_json><IconView icon=Icon::Download />"JSON"</button>
            </div>
        })}
    }
}

/// The table as CSV. Texts that a spreadsheet would run as a formula get a quote before them.
pub fn csv_text(columns: &[Column], rows: &[Vec<Cell>]) -> String {
    let header: Vec<&str> = columns.iter().map(|c| c.title.as_str()).collect();
    let text = |cell: &Cell| match &cell.plain {
        Plain::Number(n) => n.to_string(),
        Plain::Text(t) => t.clone(),
        Plain::Unknown => String::new(),
    };
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(text).collect())
        .collect();
    // The mark at the beginning tells Excel that the file is UTF-8.
    format!("\u{feff}{}", token_factory::export::csv(&header, &rows))
}

/// The table as JSON: a list of objects.
pub fn json_text(columns: &[Column], rows: &[Vec<Cell>]) -> String {
    use serde_json::{Map, Value};
    let object = |row: &Vec<Cell>| {
        let pairs = columns.iter().zip(row).map(|(column, cell)| {
            let value = match &cell.plain {
                Plain::Number(n) => Value::from(*n),
                Plain::Text(t) => Value::from(t.as_str()),
                Plain::Unknown => Value::Null,
            };
            (column.title.clone(), value)
        });
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    token_factory::json::pretty(&rows.iter().map(object).collect::<Vec<_>>())
}
