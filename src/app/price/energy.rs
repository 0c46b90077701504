//! Energy and carbon: per day, per token, by grid, and the rules on PUE.

use leptos::prelude::*;
use token_factory::money::{Energy, by_grid, pue_checks};

use super::store;
use super::why::{About, ask};
use crate::controls::head;
use crate::controls::{Icon, IconView};
use crate::names;
use crate::state::App;
use crate::texts::{Locale, Text};

/// A fact of the mean day.
pub struct Fact {
    /// Its name.
    pub name: Text,
    /// How it comes about.
    pub formula: Text,
    /// The figure.
    value: fn(&Energy) -> f64,
    /// Its unit; empty = tokens, written compactly.
    unit: &'static str,
    /// It rests on the carbon of the grid.
    pub carbon: bool,
}

const fn fact(
    name: Text,
    formula: Text,
    value: fn(&Energy) -> f64,
    unit: &'static str,
    carbon: bool,
) -> Fact {
    Fact {
        name,
        formula,
        value,
        unit,
        carbon,
    }
}

/// All of them, in their order on the page.
pub const FACTS: [Fact; 6] = [
    fact(
        energy_day,
        energy_day_formula,
        |e| e.mwh_per_day,
        "MWh",
        false,
    ),
    fact(tokens_kwh, per_kwh_formula, |e| e.tokens_per_kwh, "", false),
    fact(
        output_kwh,
        per_kwh_formula,
        |e| e.output_tokens_per_kwh,
        "",
        false,
    ),
    fact(
        carbon_all,
        carbon_formula,
        |e| e.grams_per_million_tokens,
        "g CO₂",
        true,
    ),
    fact(
        carbon_output,
        carbon_formula,
        |e| e.grams_per_million_output,
        "g CO₂",
        true,
    ),
    fact(
        carbon_year,
        carbon_year_formula,
        |e| e.tonnes_per_year,
        "t CO₂",
        true,
    ),
];

/// The part on energy.
#[component]
pub fn EnergyPart() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    let known = Memo::new(move |_| sale.with(|s| s.as_ref().is_ok_and(|b| b.energy.is_some())));
    let value = move |f: &'static Fact| {
        let e = sale.with(|s| s.as_ref().ok().and_then(|b| b.energy))?;
        Some((f.value)(&e))
    };
    let text = move |f: &'static Fact| {
        let fmt = app.fmt();
        value(f).map(|v| {
            if f.unit.is_empty() {
                fmt.compact(v)
            } else {
                fmt.unit(v, f.unit)
            }
        })
    };
    let facts = move || {
        known.get().then(|| view! {
            <dl class="facts">{FACTS.iter().enumerate().map(|(i, f)| view! {
                <div data-value=move || value(f).map(|v| v.to_string())><dt>{ask(app, About::Energy(i), move || app.say(f.name).to_owned())}</dt><dd>{move || text(f)}</dd></div>
            }).collect_view()}</dl>
        })
    };
    let grids = move || {
        let fmt = app.fmt();
        let kwh = app.evaluation.with(|e| e.power.kwh_per_million_output);
        kwh.map(|kwh| {
            let mut all = by_grid(kwh);
            // What the reader entered for the own grid stands above the published figure.
            let entered = app.scenario.with(|s| s.money.grid_g_per_kwh.map(|g| (s.money.region.clone(), g)));
            if let Some((id, grams)) = entered
                && let Some(own) = all.iter_mut().find(|(site, _)| site.id == id)
            {
                own.1 = kwh * grams;
            }
            all.sort_by(|a, b| a.1.total_cmp(&b.1));
            let most = all.last().map_or(1.0, |g| g.1).max(1e-9);
            let here = app.scenario.with(|s| s.money.region.clone());
            view! {
                <ul class="grid-bars">{all.into_iter().map(|(site, grams)| {
                    let name = names::site(site, fmt.locale);
                    view! {
                        <li class:here=site.id == here><span>{name}</span><span class="grid-bar" aria-hidden="true"><i style:width=format!("{:.1}%", 100.0 * grams / most)></i></span><span class="num">{fmt.unit(grams, "g")}</span></li>
                    }
                }).collect_view()}</ul>
            }
        })
    };
    let rules = move || {
        let fmt = app.fmt();
        let pue = app.scenario.with(|s| s.money.pue);
        sale.with(|s| {
            let b = s.as_ref().ok()?;
            let checks = pue_checks(b.cost.terms.site, pue);
            if checks.is_empty() {
                return Some(view! { <p class="plain">{app.say(no_rules)}</p> }.into_any());
            }
            Some(view! {
                <ul class="notes">{checks.into_iter().map(|(rule, kept)| {
                    let scope = match fmt.locale { Locale::En => rule.scope.to_owned(), Locale::Zh => rule.scope_zh.replace(',', "，") };
                    let (icon, class) = if kept { (Icon::Check, "info") } else { (Icon::Warn, "warn") };
                    let words = if kept { rule_kept(fmt.locale, &fmt.fixed(rule.limit, 2), &scope) } else { rule_broken(fmt.locale, &fmt.fixed(pue, 2), &fmt.fixed(rule.limit, 2), &scope) };
                    view! { <li class=class><IconView icon />{words}" "<a class="link" href=rule.source target="_blank" rel="noreferrer noopener">{rule.date}</a></li> }
                }).collect_view()}</ul>
            }.into_any())
        })
    };
    view! {
        <div class="plan-section columns">
            <section class="c5">{head(move || app.say(title).to_owned(), String::new)}{facts}</section>
            <section class="c7">{head(move || app.say(pue_title).to_owned(), String::new)}{rules}</section>
        </div>
        <section class="plan-section">{head(move || app.say(by_grid_title).to_owned(), String::new)}<p class="plain">{ask(app, About::Grids, move || app.say(by_grid_aside).to_owned())}</p>{grids}</section>
    }
    .into_any()
}

crate::texts! {
    title = "Energy and carbon", "能耗与碳排";
    energy_day = "Energy a day, at the meter", "每天能耗（电表处）";
    tokens_kwh = "Tokens of any kind per kWh", "每 kWh 的 token（各类合计）";
    output_kwh = "Output tokens per kWh", "每 kWh 输出 token";
    carbon_all = "Carbon per million tokens", "每百万 token 碳排";
    carbon_output = "Carbon per million output", "每百万输出碳排";
    carbon_year = "Carbon a year", "年碳排";
    energy_day_formula = "mean power at the meter × 24 h", "电表处平均功率 × 24 小时";
    per_kwh_formula = "tokens of an hour ÷ kWh of an hour", "每小时 token ÷ 每小时 kWh";
    carbon_formula = "kWh per million tokens × CO₂ per kWh of the grid", "每百万 token 的 kWh × 电网每 kWh CO₂";
    carbon_year_formula = "MWh a day × 365 × CO₂ per kWh of the grid", "每天 MWh × 365 × 电网每 kWh CO₂";
    by_grid_title = "The same factory on other grids", "换到其他电网";
    by_grid_aside = "CO₂ per million output", "每百万输出 CO₂";
    pue_title = "Rules on PUE", "PUE 要求";
    no_rules = "No PUE rule is known for this site.", "该地点没有已知的 PUE 要求。";
    rule_kept(limit, scope) = "Keeps {limit}: {scope}.", "满足 {limit}：{scope}。";
    rule_broken(pue, limit, scope) = "{pue} is above {limit}: {scope}.", "{pue} 超过 {limit}：{scope}。";
}
