//! Cluster: preset, and the pools of cards.

use leptos::prelude::*;
use token_factory::scenario::limits::{
    CARDS_EACH, MAX_POOLS, SPARES_EACH, SUPER_NODES, usual_spares,
};
use token_factory::scenario::{Pool, Role};

use crate::controls::{Change, Group, Icon, IconView, NumberField, Picker, Row, Segmented};
use crate::state::App;
use crate::{fields, names};

/// The group.
#[component]
pub fn Cluster() -> impl IntoView {
    let app = App::here();
    let summary = Signal::derive(move || {
        let cards: f64 = app.scenario.with(|s| {
            s.pools
                .iter()
                .map(|p| f64::from(p.super_nodes) * f64::from(p.cards_each))
                .sum()
        });
        all_cards(app.locale.get(), &app.fmt().count(cards))
    });
    let count = Memo::new(move |_| app.scenario.with(|s| s.pools.len()));
    let add = move |_| {
        app.act(|s| {
            // A second pool of the same cards, so that the roles can be told apart at once.
            let mut pool = s.pools.last().cloned().unwrap_or_default();
            pool.super_nodes = 1;
            if let ([first], Role::Any) = (s.pools.as_mut_slice(), pool.role) {
                first.role = Role::Decode;
                pool.role = Role::Prefill;
            }
            s.pools.push(pool);
        });
    };
    view! {
        <Group id="group-cluster" title=Signal::derive(move || app.say(cluster).to_owned()) summary open=true>
            <super::presets::Presets />
            {move || (0..count.get()).map(|i| view! { <PoolEditor index=i many={count.get() > 1} /> }).collect_view()}
            <div class="links">
                {move || (count.get() < MAX_POOLS).then(|| view! { <button class="link" type="button" on:click=add>{move || app.say(add_pool)}</button> })}
            </div>
        </Group>
    }
    .into_any()
}

/// One pool.
#[component]
fn PoolEditor(
    /// Its place.
    index: usize,
    /// There are others: show its role and a button that removes it.
    many: bool,
) -> impl IntoView {
    let app = App::here();
    // A pool that is being removed is read once more before its editor goes.
    let pool = Memo::new(move |_| {
        app.scenario
            .with(|s| s.pools.get(index).cloned())
            .unwrap_or_default()
    });
    let base = Memo::new(move |_| app.baseline.with(|s| s.pools.get(index).cloned()));
    let change = move |key: &'static str, f: &dyn Fn(&mut Pool)| {
        app.edit(key, |s| {
            if let Some(pool) = s.pools.get_mut(index) {
                f(pool);
            }
        });
    };
    let id = move |part: &str| ["pool", &index.to_string(), part].join("-");
    let entries = Signal::derive(move || names::hardware_entries(app.fmt()));
    let pick = Callback::new(move |id: String| {
        app.act(|s| {
            if let Some(pool) = s.pools.get_mut(index) {
                pool.cards_each = names::usual_cards(&id);
                pool.spares_each = usual_spares(pool.cards_each);
                pool.hardware.clone_from(&id);
            }
        });
    });
    let unit_name = move || {
        if pool.with(|p| p.cards_each <= 16) {
            servers
        } else {
            fields::label("pods")
        }
    };
    let rows = move || {
        view! {
            <PoolNumber id=id("nodes") label=Signal::derive(move || app.say(unit_name()).to_owned()) number=SUPER_NODES
                value=Signal::derive(move || pool.with(|p| p.super_nodes)) base=Signal::derive(move || base.with(|b| b.as_ref().map(|p| p.super_nodes)))
                suffix=Signal::derive(move || pool.with(|p| times(app.locale.get(), &app.fmt().count(f64::from(p.cards_each)))))
                set=Callback::new(move |n: u32| change("pods", &|p| p.super_nodes = n)) />
            <PoolNumber id=id("cards") label=Signal::derive(move || app.say(fields::label("cards")).to_owned()) number=CARDS_EACH
                value=Signal::derive(move || pool.with(|p| p.cards_each)) base=Signal::derive(move || base.with(|b| b.as_ref().map(|p| p.cards_each)))
                set=Callback::new(move |n: u32| change("cards", &|p| { p.cards_each = n; p.spares_each = usual_spares(n) })) />
            <PoolNumber id=id("spares") label=Signal::derive(move || app.say(fields::label("spares")).to_owned()) number=SPARES_EACH help=fields::help("spares")
                value=Signal::derive(move || pool.with(|p| p.spares_each)) base=Signal::derive(move || base.with(|b| b.as_ref().map(|p| p.spares_each)))
                suffix=Signal::derive(move || pool.with(|p| app.fmt().percent(f64::from(p.spares_each) / f64::from(p.cards_each.max(1)))))
                refuse=Callback::new(move |n: f64| {
                    let cards = pool.with_untracked(|p| p.cards_each);
                    (n >= f64::from(cards)).then(|| too_many_spares(app.locale.get_untracked(), &cards.to_string()))
                })
                set=Callback::new(move |n: u32| change("spares", &|p| p.spares_each = n.min(p.cards_each.saturating_sub(1)))) />
        }
    };
    view! {
        <div class="pool">
            {many.then(|| view! {
                <div class="pool-head">
                    <h3>{move || pool_number(app.locale.get(), &(index + 1).to_string())}</h3>
                    <button type="button" class="btn icon small" aria-label=move || remove_pool(app.locale.get(), &(index + 1).to_string())
                        on:click=move |_| app.act(|s| if s.pools.len() > 1 && index < s.pools.len() { s.pools.remove(index); })>
                        <IconView icon=Icon::Close />
                    </button>
                </div>
            })}
            <Picker id=if index == 0 { "pick-hardware".to_owned() } else { id("hardware") }
                label=Signal::derive(move || app.say(fields::label("hw")).to_owned()) entries
                selected=Signal::derive(move || pool.with(|p| p.hardware.clone()))
                name=Signal::derive(move || pool.with(|p| names::pool(p, app.locale.get())))
                facts=Signal::derive(move || pool.with(|p| names::pool_facts(p, app.fmt())))
                on_pick=pick />
            {rows()}
            {many.then(|| view! {
                <Row label=Signal::derive(move || app.say(fields::label("role")).to_owned())>
                    <Segmented label=Signal::derive(move || app.say(fields::label("role")).to_owned()) choices=fields::choices("role")
                        value=Signal::derive(move || role_word(pool.with(|p| p.role)).to_owned())
                        on_change=Callback::new(move |word: &'static str| { change("role", &|p| p.role = role_of(word)); app.commit() }) />
                </Row>
            })}
        </div>
    }
    .into_any()
}

const ROLE_WORDS: [(Role, &str); 3] = [
    (Role::Any, "any"),
    (Role::Prefill, "prefill"),
    (Role::Decode, "decode"),
];

fn role_word(role: Role) -> &'static str {
    ROLE_WORDS
        .iter()
        .find(|(r, _)| *r == role)
        .map_or("any", |(_, word)| word)
}

fn role_of(word: &str) -> Role {
    ROLE_WORDS
        .iter()
        .find(|(_, w)| *w == word)
        .map_or(Role::Any, |(role, _)| *role)
}

/// A whole number of a pool.
#[component]
fn PoolNumber(
    id: String,
    label: Signal<String>,
    number: token_factory::scenario::limits::Number,
    value: Signal<u32>,
    /// What the preset says; `None` = the pool is not in it.
    base: Signal<Option<u32>>,
    #[prop(optional_no_strip)] help: Option<crate::texts::Text>,
    #[prop(optional, into)] suffix: Option<Signal<String>>,
    #[prop(optional, into)] refuse: Option<Callback<f64, Option<String>>>,
    set: Callback<u32>,
) -> impl IntoView {
    let app = App::here();
    let changed = Signal::derive(move || base.get().is_some_and(|b| b != value.get()));
    let take = move |v: f64| set.run(number.clamp(v) as u32);
    let on_change = Callback::new(move |change| match change {
        Change::Moving(v) => take(v),
        Change::Chosen(v) => {
            if let Some(v) = v {
                take(v);
            }
            app.commit();
        }
    });
    let on_reset = Callback::new(move |()| {
        if let Some(b) = base.get_untracked() {
            set.run(b);
            app.commit();
        }
    });
    view! {
        <Row label changed split=true help>
            <NumberField id label value=Signal::derive(move || Some(f64::from(value.get()))) number suffix changed on_reset=Some(on_reset) refuse on_change />
        </Row>
    }
    .into_any()
}

crate::texts! {
    cluster = "Cluster", "集群";
    all_cards(count) = "{count} cards", "{count} 张卡";
    times(count) = "× {count}", "× {count}";
    servers = "Servers", "服务器";
    add_pool = "Add a pool", "添加资源池";
    pool_number(n) = "Pool {n}", "资源池 {n}";
    remove_pool(n) = "Remove pool {n}", "移除资源池 {n}";
    too_many_spares(cards) = "Must be fewer than the {cards} cards in it.", "须少于每台的 {cards} 张卡。";
}
