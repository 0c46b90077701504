//! "Why?": one explanation for every figure: formula, inputs with their marks, what the band rests
//! on, sources, and where to change it.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;

use super::mark::{Mark, Origin};
use crate::format::Fmt;
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

impl Why {
    /// Names the source of `name`: addresses separated by blanks, or a key of the catalogue. Without a
    /// `date`, that of the catalogue.
    pub fn cite(&mut self, fmt: Fmt, source: &str, name: &str, date: &str) {
        let catalogue = Catalogue::embedded();
        let date = if date.is_empty() {
            &catalogue.as_of
        } else {
            date
        };
        let text = catalogue.source_url(source).unwrap_or(source);
        let mut kept = false;
        for url in text.split_whitespace() {
            let Some(host) = host(url) else { continue };
            kept = true;
            if !self.sources.iter().any(|(_, known)| known == url) {
                let words = source_at(fmt.locale, name, host, &fmt.date(date));
                self.sources.push((words, url.to_owned()));
            }
        }
        if !kept && !text.is_empty() {
            self.remarks
                .push(not_kept(fmt.locale, name, &fmt.date(date)));
        }
    }
}

/// The host of an address; `None` where it is no address.
fn host(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split('/').next()?;
    Some(host.strip_prefix("www.").unwrap_or(host))
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
    source_at(name, host, date) = "{name}: {host}, {date}", "{name}：{host}，{date}";
    not_kept(name, date) = "{name}: third-party notes of {date} whose address was not kept.", "{name}：{date} 的第三方资料，未保留链接。";
}
