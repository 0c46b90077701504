//! Volume tiers as a table to edit: from which volume, what discount, what share of the sales.

use leptos::prelude::*;
use token_factory::scenario::limits::{MAX_TIERS, TIER_FROM};
use token_factory::scenario::number::{Parsed, parse, parse_percent, tidy};
use token_factory::scenario::{VolumeTier, fields as inputs};

use crate::controls::{Icon, IconView};
use crate::notices;
use crate::state::App;
use crate::texts::Text;

/// A column: name, what it holds, how it is set, and whether it is a share shown in percent.
type Column = (Text, fn(&VolumeTier) -> f64, fn(&mut VolumeTier, f64), bool);
const COLUMNS: [Column; 3] = [
    (
        from,
        |t| t.from_million_per_month,
        |t, v| t.from_million_per_month = v,
        false,
    ),
    (discount, |t| t.discount, |t, v| t.discount = v, true),
    (share, |t| t.volume_share, |t, v| t.volume_share = v, true),
];

/// The table.
#[component]
pub fn Tiers() -> impl IntoView {
    let app = App::here();
    let wrong = RwSignal::new(None::<String>);
    let tiers = Memo::new(move |_| app.scenario.with(|s| s.money.prices.tiers.clone()));
    let count = Memo::new(move |_| tiers.with(Vec::len));
    // Goes through the scenario's own check, from small to large.
    let set = move |change: &dyn Fn(&mut Vec<VolumeTier>)| {
        let mut next = tiers.get_untracked();
        change(&mut next);
        next.sort_by(|a, b| {
            a.from_million_per_month
                .total_cmp(&b.from_million_per_month)
        });
        let text: Vec<String> = next
            .iter()
            .map(|t| {
                COLUMNS
                    .map(|(_, get, ..)| tidy(get(t)).to_string())
                    .join(":")
            })
            .collect();
        let text = if text.is_empty() {
            "none".to_owned()
        } else {
            text.join(",")
        };
        let tried = app
            .scenario
            .with_untracked(|s| inputs::with(s, "tiers", &text));
        match tried {
            Ok(scenario) => {
                wrong.set(None);
                app.edit("tiers", |s| *s = scenario);
                app.commit();
            }
            Err(why) => wrong.set(Some(notices::wrong(app.fmt_untracked(), &why))),
        }
    };
    let cell = move |row: usize, (name, get, put, percent): Column| {
        let value = move || {
            let v = tiers.with(|t| t.get(row).map(get)).unwrap_or_default();
            app.fmt().full(tidy(if percent { v * 100.0 } else { v }))
        };
        let take = move |e: leptos::ev::Event| {
            let text = event_target_value(&e);
            let parsed = if percent {
                parse_percent(&text)
            } else {
                parse(&text, TIER_FROM.unit.thousand())
            };
            match parsed {
                Parsed::Valid(v) => set(&|tiers| {
                    if let Some(tier) = tiers.get_mut(row) {
                        put(tier, v);
                    }
                }),
                _ => wrong.set(Some(app.say(not_a_number).to_owned())),
            }
        };
        view! {
            <td><span class="field"><input type="text" inputmode="decimal" autocomplete="off" prop:value=value on:change=take
                aria-label=move || cell_name(app.locale.get(), app.say(name), &(row + 1).to_string()) /></span></td>
        }
    };
    let rows = move || {
        (0..count.get()).map(|row| view! {
            <tr>
                {COLUMNS.map(|column| cell(row, column)).collect_view()}
                <td><button type="button" class="btn icon small" aria-label=move || remove_of(app.locale.get(), &(row + 1).to_string())
                    on:click=move |_| set(&|tiers| { tiers.remove(row); })><IconView icon=Icon::Close /></button></td>
            </tr>
        }).collect_view()
    };
    let full = move || count.get() >= MAX_TIERS;
    let add = move |_| {
        set(&|tiers| {
            let last = tiers.last().copied().unwrap_or(VolumeTier {
                from_million_per_month: 100.0,
                ..VolumeTier::default()
            });
            tiers.push(VolumeTier {
                from_million_per_month: last.from_million_per_month * 10.0,
                discount: (last.discount + 0.05).min(0.9),
                volume_share: 0.0,
            });
        });
    };
    view! {
        <div class="tiers">
            <h3>{move || app.say(title)}</h3>
            {move || (count.get() > 0).then(|| view! {
                <table>
                    <thead><tr>{COLUMNS.map(|(name, ..)| view! { <th scope="col">{app.say(name)}</th> }).collect_view()}<th></th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            })}
            <span class="field-error" role="status">{move || wrong.get()}</span>
            <button type="button" class="link" disabled=full on:click=add>{move || app.say(add_word)}</button>
        </div>
    }
    .into_any()
}

crate::texts! {
    title = "Volume discounts", "批量折扣";
    from = "From, million tokens a month", "起始用量（百万 token/月）";
    discount = "Discount, %", "折扣（%）";
    share = "Share of sales, %", "销量占比（%）";
    cell_name(name, row) = "{name}, tier {row}", "第 {row} 档：{name}";
    remove_of(row) = "Remove tier {row}", "删除第 {row} 档";
    add_word = "Add a tier", "增加一档";
    not_a_number = "That is not a number; the tier keeps what it had.", "无法识别为数字，该档保持原值。";
}
