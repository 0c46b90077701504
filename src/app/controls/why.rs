//! "Why?": one explanation for every figure: formula, inputs with their marks, what the band rests
//! on, sources, and where to change it.

use leptos::prelude::*;

use super::mark::{Mark, Origin};
use crate::platform;
use crate::state::App;

/// One input of a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyLine {
    /// Where it comes from.
    pub origin: Origin,
    /// Its name.
    pub name: String,
    /// Its value with unit.
    pub value: String,
    /// A remark: what it follows from.
    pub note: String,
}

/// An explanation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Why {
    /// The question.
    pub title: String,
    /// The formula in words.
    pub formula: String,
    /// Its inputs.
    pub lines: Vec<WhyLine>,
    /// What the band rests on, and other remarks.
    pub remarks: Vec<String>,
    /// Sources: name and address.
    pub sources: Vec<(String, String)>,
    /// Id of the input to change: the button leads there.
    pub change: Option<&'static str>,
}

/// The explanation as the content of a panel.
pub fn why_panel(app: App, why: Why) -> impl IntoView {
    let change = why.change.map(|id| {
        view! {
            <button type="button" class="link" on:click=move |_| {
                app.sheet_open.set(true);
                platform::lead_to(id);
            }>{app.say(change_it)}</button>
        }
    });
    view! {
        <h3>{why.title}</h3>
        <p class="plain">{why.formula}</p>
        {(!why.lines.is_empty()).then(|| view! {
            <table class="lines why-lines"><tbody>
                {why.lines.into_iter().map(|l| view! {
                    <tr>
                        <th scope="row"><Mark origin=l.origin />{l.name}</th>
                        <td class="num"><b>{l.value}</b></td>
                        <td class="quiet">{l.note}</td>
                    </tr>
                }).collect_view()}
            </tbody></table>
        })}
        {why.remarks.into_iter().map(|r| view! { <p class="plain">{r}</p> }).collect_view()}
        <div class="links">
            {change}
            {why.sources.into_iter().map(|(name, url)| view! {
                <a class="link" href=url target="_blank" rel="noreferrer noopener">{name}</a>
            }).collect_view()}
        </div>
    }
    .into_any()
}

crate::texts! {
    change_it = "Change it", "修改";
}
