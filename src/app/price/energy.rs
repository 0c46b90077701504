//! Energy and carbon: per day, per token, by grid, and the rules on PUE.

use leptos::prelude::*;
use token_factory::money::{by_grid, pue_checks};

use super::store;
use crate::controls::head;
use crate::controls::{Icon, IconView};
use crate::state::App;
use crate::texts::Locale;

/// The part on energy.
#[component]
pub fn EnergyPart() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    let facts = move || {
        let fmt = app.fmt();
        sale.with(|s| {
            let b = s.as_ref().ok()?;
            let e = b.energy?;
            let row = |name: &'static str, value: String| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
            Some(view! {
                <dl class="facts">
                    {row(app.say(energy_day), fmt.unit(e.mwh_per_day, "MWh"))}
                    {row(app.say(tokens_kwh), fmt.compact(e.tokens_per_kwh))}
                    {row(app.say(output_kwh), fmt.compact(e.output_tokens_per_kwh))}
                    {row(app.say(carbon_all), fmt.unit(e.grams_per_million_tokens, "g CO₂"))}
                    {row(app.say(carbon_output), fmt.unit(e.grams_per_million_output, "g CO₂"))}
                    {row(app.say(carbon_year), fmt.unit(e.tonnes_per_year, "t CO₂"))}
                </dl>
            })
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
                    let name = match fmt.locale { Locale::En => site.name, Locale::Zh => site.name_zh };
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
            <section class="c4">{head(move || app.say(title).to_owned(), String::new)}{facts}</section>
            <section class="c4">{head(move || app.say(by_grid_title).to_owned(), move || app.say(by_grid_aside).to_owned())}{grids}</section>
            <section class="c4">{head(move || app.say(pue_title).to_owned(), String::new)}{rules}</section>
        </div>
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
    by_grid_title = "The same factory on other grids", "换到其他电网";
    by_grid_aside = "CO₂ per million output", "每百万输出 CO₂";
    pue_title = "Rules on PUE", "PUE 要求";
    no_rules = "No PUE rule is known for this site.", "该地点没有已知的 PUE 要求。";
    rule_kept(limit, scope) = "Keeps {limit}: {scope}.", "满足 {limit}：{scope}。";
    rule_broken(pue, limit, scope) = "{pue} is above {limit}: {scope}.", "{pue} 超过 {limit}：{scope}。";
}
