//! The factory floor by role: decode, prefill, spare, left over.

use leptos::prelude::*;
use token_factory::chart::assign::{Node, Seat, assign};
use token_factory::chart::floor::{Cell, CellPaint, FloorSpec, Heading, per_cell};
use token_factory::chart::scene::Token;
use token_factory::evaluation::Phase;

use crate::charts::FloorCanvas;
use crate::format::Fmt;
use crate::state::App;
use crate::{names, notices};

/// The floor.
#[component]
pub fn Floor() -> impl IntoView {
    let app = App::here();
    let nodes = Memo::new(move |_| {
        app.evaluation.with(|e| {
            app.scenario
                .with(|s| assign(&s.pools, e.deployment.as_ref()))
        })
    });
    let spec = Signal::derive(move || nodes.with(|n| floor_spec(n, app.fmt())));
    let selected = RwSignal::new(None::<Cell>);
    let describe = Callback::new(move |cell: Cell| nodes.with(|n| said(n, cell, app.fmt())));
    let readout = move || {
        selected
            .get()
            .map_or_else(|| app.say(two_tones).to_owned(), |cell| describe.run(cell))
    };
    let counts = move || {
        nodes.with(|n| {
            let fmt = app.fmt();
            KINDS
                .iter()
                .filter_map(|&(class, name, is)| {
                    let count: u32 = n.iter().map(|node| node.count(is)).sum();
                    (count > 0).then(|| view! {
                        <span><i class=format!("swatch {class}") aria-hidden="true"></i>{name(fmt.locale)}"\u{a0}"{fmt.count(f64::from(count))}</span>
                    })
                })
                .collect_view()
        })
    };
    let summary = Signal::derive(move || nodes.with(|n| in_words(n, app.fmt())));
    view! {
        <section class="plan-section">
            <div class="section-head floor-head">
                <h2>{move || app.say(title)}</h2>
                <span class="legend">{counts}</span>
                <span class="quiet no-phone">{readout}</span>
            </div>
            <FloorCanvas spec summary selected describe />
        </section>
    }
}

type Kind = (&'static str, crate::texts::Text, fn(Seat) -> bool);

const KINDS: [Kind; 4] = [
    ("decode", decode_name, |s| {
        matches!(
            s,
            Seat::Instance {
                phase: Phase::Decode | Phase::Both,
                ..
            }
        )
    }),
    ("prefill", prefill_name, |s| {
        matches!(
            s,
            Seat::Instance {
                phase: Phase::Prefill,
                ..
            }
        )
    }),
    ("spare", spare_name, |s| s == Seat::Spare),
    ("idle", idle_name, |s| s == Seat::Idle),
];

fn paint(seat: Seat) -> CellPaint {
    match seat {
        Seat::Instance { phase, number } => {
            let second = number % 2 == 1;
            CellPaint::Fill(
                match (phase, second) {
                    (Phase::Prefill, false) => Token::Prefill,
                    (Phase::Prefill, true) => Token::Prefill2,
                    (_, false) => Token::Decode,
                    (_, true) => Token::Decode2,
                }
                .into(),
            )
        }
        Seat::Spare => CellPaint::Hollow(Token::Spare.into()),
        Seat::Idle => CellPaint::Fill(Token::Surface3.into()),
    }
}

fn floor_spec(nodes: &[Node], fmt: Fmt) -> FloorSpec {
    let cards: Vec<u32> = nodes.iter().map(|n| n.cards).collect();
    let each = per_cell(&cards);
    FloorSpec {
        cells: nodes
            .iter()
            .map(|n| n.cells(each).into_iter().map(paint).collect())
            .collect(),
        headings: nodes
            .iter()
            .enumerate()
            .map(|(i, n)| Heading {
                name: node_name(fmt, n, i),
                status: contents(n, fmt),
                bad: false,
            })
            .collect(),
        strips: Vec::new(),
        cards,
    }
}

fn node_name(fmt: Fmt, node: &Node, index: usize) -> String {
    let number = (index + 1).to_string();
    if node.cards <= 16 {
        server_n(fmt.locale, &number)
    } else {
        super_node_n(fmt.locale, &number)
    }
}

/// "1 decode · 11 prefill": the instances that have cards in a super-node.
fn contents(node: &Node, fmt: Fmt) -> String {
    [Phase::Both, Phase::Decode, Phase::Prefill]
        .into_iter()
        .filter_map(|p| {
            let count = node.instances(p);
            let name = match p {
                Phase::Both => crate::texts::Text::from(shared_name),
                Phase::Decode => decode_name,
                Phase::Prefill => prefill_name,
            };
            (count > 0).then(|| {
                let name = name(fmt.locale).to_lowercase();
                [fmt.count(count as f64), name].join(" ")
            })
        })
        .collect::<Vec<_>>()
        .join(" · ")
}

/// What a card does.
fn said(nodes: &[Node], cell: Cell, fmt: Fmt) -> String {
    let Some(node) = nodes.get(cell.node) else {
        return String::new();
    };
    let l = fmt.locale;
    let cards: Vec<u32> = nodes.iter().map(|n| n.cards).collect();
    let card = cell.index * per_cell(&cards);
    let does = match node.seat(card) {
        Seat::Spare => spare_name(l).to_owned(),
        Seat::Idle => idle_name(l).to_owned(),
        Seat::Instance { phase, number } => instance_n(
            l,
            notices::phase(phase)(l),
            &fmt.count(f64::from(number) + 1.0),
        ),
    };
    card_is(
        l,
        &node_name(fmt, node, cell.node),
        &fmt.count(f64::from(card) + 1.0),
        &names::hardware(&node.hardware, l),
        &does,
    )
}

fn in_words(nodes: &[Node], fmt: Fmt) -> String {
    let parts: Vec<String> = KINDS
        .iter()
        .filter_map(|&(_, name, is)| {
            let count: u32 = nodes.iter().map(|n| n.count(is)).sum();
            (count > 0).then(|| [name(fmt.locale), &fmt.count(f64::from(count))].join(" "))
        })
        .collect();
    floor_words(
        fmt.locale,
        &fmt.count(nodes.len() as f64),
        &parts.join(", "),
    )
}

crate::texts! {
    title = "The floor", "工厂平面";
    two_tones = "two tones tell instances apart; which card an instance takes is an assumption", "深浅区分相邻实例；实例落在哪张卡为示意";
    decode_name = "Decode", "Decode";
    prefill_name = "Prefill", "Prefill";
    shared_name = "Shared", "混合";
    spare_name = "Spare", "备用";
    idle_name = "Left over", "未用";
    super_node_n(n) = "Super-node {n}", "超节点 {n}";
    server_n(n) = "Server {n}", "服务器 {n}";
    instance_n(phase, n) = "{phase} instance {n}", "{phase} 实例 {n}";
    card_is(node, card, hardware, does) = "{node} · card {card} · {hardware} — {does}", "{node} · 卡 {card} · {hardware}——{does}";
    floor_words(nodes, parts) = "The floor: {nodes} super-nodes or servers. Cards: {parts}. Arrow keys move from card to card.", "工厂平面：{nodes} 个超节点或服务器。卡数：{parts}。方向键可在卡间移动。";
}
