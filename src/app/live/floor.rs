//! Every card of the factory by what is measured, one canvas; a card's own panel.

use leptos::prelude::*;
use token_factory::chart::floor::{Cell, CellPaint, FloorSpec, Heading, per_cell};
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Point, Scale, Series};
use token_factory::live::devices::{CardKey, Duty};
use token_factory::live::state::{CardState, CardStatus};

use super::store::Live;
use crate::charts::{Chart, FloorCanvas};
use crate::controls::{Choice, Segmented};
use crate::format::Fmt;
use crate::platform;
use crate::state::App;
use crate::texts::Text;

const SHADES: &[Choice] = &[
    ("utilisation", utilisation),
    ("memory", memory),
    ("power", power),
    ("temperature", temperature),
    ("health", health),
];
const RAMP: [Token; 6] = [
    Token::Ramp0,
    Token::Ramp1,
    Token::Ramp2,
    Token::Ramp3,
    Token::Ramp4,
    Token::Ramp5,
];

/// A card as the floor draws it.
#[derive(Clone, PartialEq)]
struct Seat {
    key: CardKey,
    status: CardStatus,
    value: Option<f32>,
    duty: Duty,
}

/// A group of cards as the floor draws it.
#[derive(Clone, PartialEq)]
struct Node {
    name: String,
    silent: usize,
    bad: usize,
    slow: usize,
    seats: Vec<Seat>,
}

fn value_of(state: &CardState, shade: &str) -> Option<f32> {
    let r = &state.reading;
    match shade {
        "memory" => r.memory_share(),
        "power" => r.power_w,
        "temperature" => r.temperature_c,
        "health" => None,
        _ => r.utilisation,
    }
}

/// The ends of the ramp of a shade.
fn ends(nodes: &[Node], shade: &str) -> (f32, f32) {
    match shade {
        "utilisation" | "memory" => (0.0, 1.0),
        "temperature" => (30.0, 95.0),
        _ => {
            let most = nodes
                .iter()
                .flat_map(|n| &n.seats)
                .filter_map(|s| s.value)
                .fold(1.0_f32, f32::max);
            (0.0, most)
        }
    }
}

fn paint(seat: &Seat, (low, high): (f32, f32), shade: &str) -> CellPaint {
    match seat.status {
        CardStatus::Silent => return CellPaint::Crossed(Token::Bad.into()),
        CardStatus::Bad => return CellPaint::Fill(Token::Bad.into()),
        CardStatus::Idle => return CellPaint::Hollow(Token::Spare.into()),
        CardStatus::Well => {}
    }
    if shade == "health" {
        return CellPaint::Fill(Token::Ramp3.into());
    }
    match seat.value {
        Some(v) => {
            let share = ((v - low) / (high - low).max(1e-6)).clamp(0.0, 0.999);
            let token = RAMP
                .get((share * RAMP.len() as f32) as usize)
                .copied()
                .unwrap_or(Token::Ramp5);
            CellPaint::Fill(token.into())
        }
        None => CellPaint::Hollow(Token::Line2.into()),
    }
}

/// The floor.
#[component]
pub fn Floor() -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    let shade = RwSignal::new("utilisation");
    let nodes = Memo::new(move |_| {
        let shade = shade.get();
        live.with(|f| {
            f.groups()
                .into_iter()
                .map(|g| Node {
                    name: g.name.to_owned(),
                    silent: g.silent,
                    bad: g.bad,
                    slow: g
                        .cards
                        .iter()
                        .filter(|k| {
                            f.card(k)
                                .is_some_and(|c| c.slow_since_s.is_some() && !c.silent)
                        })
                        .count(),
                    seats: g
                        .cards
                        .into_iter()
                        .filter_map(|key| {
                            let state = f.card(key)?;
                            Some(Seat {
                                key: key.clone(),
                                status: state.status(),
                                value: value_of(state, shade),
                                duty: state.reading.duty,
                            })
                        })
                        .collect(),
                })
                .collect::<Vec<_>>()
        })
    });
    let spec = Signal::derive(move || nodes.with(|n| floor_spec(n, shade.get(), app.fmt())));
    let selected = RwSignal::new(None::<Cell>);
    let seat_at = move |cell: Cell| {
        nodes.with(|n| {
            let cards: Vec<u32> = n.iter().map(|n| n.seats.len() as u32).collect();
            let index = (cell.index * per_cell(&cards)) as usize;
            n.get(cell.node).and_then(|n| n.seats.get(index)).cloned()
        })
    };
    let describe = Callback::new(move |cell: Cell| {
        seat_at(cell).map_or_else(String::new, |s| said(&s, app.fmt(), live))
    });
    let summary = Signal::derive(move || {
        let fmt = app.fmt();
        nodes.with(|n| {
            let cards: usize = n.iter().map(|n| n.seats.len()).sum();
            let silent: usize = n.iter().map(|n| n.silent).sum();
            let bad: usize = n.iter().map(|n| n.bad).sum();
            floor_words(
                fmt.locale,
                &fmt.count(n.len() as f64),
                &fmt.count(cards as f64),
                &fmt.count(silent as f64),
                &fmt.count(bad as f64),
            )
        })
    });
    let any = Memo::new(move |_| nodes.with(|n| n.iter().any(|n| !n.seats.is_empty())));
    let scale = move || {
        let fmt = app.fmt();
        let shade = shade.get();
        let (low, high) = nodes.with(|n| ends(n, shade));
        let word = |v: f32| amount(fmt, shade, v);
        (shade != "health").then(|| view! {
            <span class="ramp"><span>{word(low)}</span><i class="u0"></i><i class="u1"></i><i class="u2"></i><i class="u3"></i><i class="u4"></i><i class="u5"></i><span>{word(high)}</span></span>
        })
    };
    view! {
        <section>
            <div class="section-head floor-head">
                <h2>{move || app.say(title)}</h2>
                <Segmented label=Signal::derive(move || app.say(coloured_by).to_owned()) choices=SHADES
                    value=Signal::derive(move || shade.get().to_owned()) on_change=Callback::new(move |s| shade.set(s)) />
                <span class="legend">
                    {scale}
                    <span><i class="swatch spare" aria-hidden="true"></i>{move || app.say(spare)}</span>
                    <span><i class="swatch bad" aria-hidden="true"></i>{move || app.say(not_reporting)}</span>
                </span>
            </div>
            {move || if any.get() {
                view! { <FloorCanvas spec summary selected describe sticky=true /> }.into_any()
            } else {
                view! { <p class="tile-state">{app.say(no_cards)}</p> }.into_any()
            }}
            {move || selected.get().and_then(seat_at).map(|seat| card_panel(app, live, seat))}
        </section>
    }
    .into_any()
}

fn floor_spec(nodes: &[Node], shade: &str, fmt: Fmt) -> FloorSpec {
    let cards: Vec<u32> = nodes.iter().map(|n| n.seats.len() as u32).collect();
    let each = per_cell(&cards).max(1) as usize;
    let ends = ends(nodes, shade);
    // A cell for several cards shows the one in the worst state.
    let cell = |chunk: &[Seat]| {
        chunk
            .iter()
            .max_by_key(|s| s.status)
            .map_or(CellPaint::Hollow(Token::Line2.into()), |s| {
                paint(s, ends, shade)
            })
    };
    FloorSpec {
        cells: nodes
            .iter()
            .map(|n| n.seats.chunks(each).map(cell).collect())
            .collect(),
        headings: nodes
            .iter()
            .map(|n| Heading {
                name: n.name.clone(),
                status: status(n, fmt),
                bad: n.silent + n.bad + n.slow > 0,
            })
            .collect(),
        strips: nodes.iter().map(strip).collect(),
        cards,
    }
}

/// The role of each row of cells, where pods tell.
fn strip(node: &Node) -> Vec<Option<Token>> {
    let columns = token_factory::chart::floor::grid(node.seats.len() as u32)
        .columns
        .max(1) as usize;
    if node.seats.iter().all(|s| s.duty == Duty::Unknown) {
        return Vec::new();
    }
    node.seats
        .chunks(columns)
        .map(|row| {
            let count = |duty| row.iter().filter(|s| s.duty == duty).count();
            match (count(Duty::Prefill), count(Duty::Decode)) {
                (0, 0) => None,
                (prefill, decode) if prefill > decode => Some(Token::Prefill),
                _ => Some(Token::Decode),
            }
        })
        .collect()
}

fn status(node: &Node, fmt: Fmt) -> String {
    let l = fmt.locale;
    let n = |count: usize| fmt.count(count as f64);
    if node.silent > 0 {
        silent_n(l, &n(node.silent))
    } else if node.bad > 0 {
        bad_n(l, &n(node.bad))
    } else if node.slow * 2 > node.seats.len() {
        throttled(l).to_owned()
    } else {
        healthy(l).to_owned()
    }
}

fn amount(fmt: Fmt, shade: &str, v: f32) -> String {
    let v = f64::from(v);
    match shade {
        "power" => fmt.unit(v, "W"),
        "temperature" => fmt.unit(v, "°C"),
        _ => fmt.percent(v),
    }
}

fn status_word(status: CardStatus) -> Text {
    match status {
        CardStatus::Well => works,
        CardStatus::Idle => spare,
        CardStatus::Bad => unwell,
        CardStatus::Silent => not_reporting,
    }
}

fn said(seat: &Seat, fmt: Fmt, live: Live) -> String {
    let l = fmt.locale;
    let mut parts = vec![
        [seat.key.group(), &seat.key.name()].join(" · "),
        status_word(seat.status)(l).to_owned(),
    ];
    live.with(|f| {
        if let Some(c) = f.card(&seat.key) {
            let r = &c.reading;
            let mut add = |name: Text, value: Option<String>| {
                if let Some(value) = value {
                    parts.push([name(l), &value].join(" "));
                }
            };
            add(
                utilisation,
                r.utilisation.map(|v| fmt.percent(f64::from(v))),
            );
            add(memory, r.memory_share().map(|v| fmt.percent(f64::from(v))));
            add(power, r.power_w.map(|v| fmt.unit(f64::from(v), "W")));
            add(
                temperature,
                r.temperature_c.map(|v| fmt.unit(f64::from(v), "°C")),
            );
        }
    });
    parts.join(" · ")
}

/// A card with its history.
fn card_panel(app: App, live: Live, seat: Seat) -> AnyView {
    let key = StoredValue::new(seat.key.clone());
    let words = {
        let seat = seat.clone();
        move || said(&seat, app.fmt(), live)
    };
    let spec = Signal::derive(move || {
        let points = key.with_value(|key| {
            live.with(|f| {
                f.card(key)
                    .map(|c| {
                        c.history
                            .moments()
                            .iter()
                            .map(|m| Point::new(m.at_s, f64::from(m.value[0])))
                            .collect::<Vec<_>>()
                    })
                    .unwrap_or_default()
            })
        });
        ChartSpec {
            title: app.say(card_history).to_owned(),
            x: Axis {
                scale: Scale::Time(platform::zone_s()),
                ..Axis::default()
            },
            y: Axis {
                title: app.say(utilisation).to_owned(),
                range: Some((0.0, 1.0)),
                ..Axis::default()
            },
            series: vec![Series {
                name: app.say(utilisation).to_owned(),
                token: Token::Ramp4,
                mark: Mark::Line(2.0, (0.0, 0.0)),
                points,
                answers: true,
            }],
            ..ChartSpec::default()
        }
    });
    let x = Callback::new(move |v: f64| super::chart::clock_words(v));
    let y = Callback::new(move |v: f64| app.fmt().percent(v));
    view! {
        <div class="card-panel">
            <p class="plain">{words}</p>
            <Chart name="card" class="low" spec format_x=x format_y=y />
        </div>
    }
    .into_any()
}

crate::texts! {
    title = "The floor", "工厂平面";
    coloured_by = "Coloured by", "着色依据";
    utilisation = "Utilisation", "利用率";
    memory = "Memory", "显存";
    power = "Power", "功率";
    temperature = "Temperature", "温度";
    health = "Health", "健康";
    spare = "spare", "备用";
    not_reporting = "not reporting", "未上报";
    works = "working", "工作中";
    unwell = "reports trouble", "报告异常";
    healthy = "healthy", "正常";
    silent_n(n) = "▲ {n} silent", "▲ {n} 张未上报";
    bad_n(n) = "▲ {n} unwell", "▲ {n} 张异常";
    throttled = "▲ throttled", "▲ 已降频";
    no_cards = "No card metrics come from this source: no exporter for the cards was found. Figures of the engines are below.", "该数据源没有卡级指标：未发现设备导出器。引擎指标见下方。";
    card_history = "Utilisation of the card", "该卡利用率";
    floor_words(nodes, cards, silent, bad) = "The floor: {nodes} groups, {cards} cards, {silent} not reporting, {bad} report trouble. Arrow keys move from card to card.", "工厂平面：{nodes} 组、{cards} 张卡，{silent} 张未上报，{bad} 张异常。方向键可在卡间移动。";
}
