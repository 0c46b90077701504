//! Which inputs differ from the baseline, in words.

use leptos::prelude::*;
use token_factory::scenario::fields as inputs;

use super::sides::{self, Sides};
use super::table::fmt_of;
use crate::state::App;
use crate::{fields, outcomes};

/// One list for each scenario beside the baseline.
#[component]
pub fn Differences(sides: Sides) -> impl IntoView {
    let app = App::here();
    let lists = move || {
        let fmt = fmt_of(app, sides);
        let (base, all) = (sides.base.get(), sides.all.get());
        let Some(reference) = all.get(base).map(|s| s.scenario.clone()) else {
            return Vec::new();
        };
        let others = all.iter().enumerate().filter(|(i, _)| *i != base);
        others
            .map(|(i, side)| {
                let keys: Vec<&str> = inputs::differences(&reference, &side.scenario)
                    .into_iter()
                    .filter(|key| *key != "name")
                    .collect();
                let word =
                    |s, key| outcomes::input(fmt, key, &inputs::text(s, key).unwrap_or_default());
                let rows = keys.iter().map(|&key| {
                    view! {
                        <div>
                            <dt>{fields::label(key)(fmt.locale)}</dt>
                            <dd>{word(&reference, key)}" → "<b>{word(&side.scenario, key)}</b></dd>
                        </div>
                    }
                });
                let rows = rows.collect_view();
                view! {
                    <div class="compare-difference">
                        <h3>{sides::name(i, side, fmt)}</h3>
                        {if keys.is_empty() {
                            view! { <p class="quiet">{same(fmt.locale)}</p> }.into_any()
                        } else {
                            view! { <dl>{rows}</dl> }.into_any()
                        }}
                    </div>
                }
            })
            .collect()
    };
    view! {
        <section class="tile-section compare-section">
            <div class="section-head">
                <h2>{move || app.say(title)}</h2>
                <span class="quiet">{move || sides.all.with(|all| {
                    let base = sides.base.get();
                    all.get(base).map(|side| against(app.locale.get(), &sides::name(base, side, app.fmt())))
                })}</span>
            </div>
            <div class="compare-differences">{lists}</div>
        </section>
    }
    .into_any()
}

crate::texts! {
    title = "Inputs that differ", "不同的参数";
    against(name) = "against {name}", "相对于 {name}";
    same = "All inputs are the same as the baseline's.", "所有参数与基准相同。";
}
