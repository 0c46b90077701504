//! Every card of the factory by what is measured, one canvas; a card's own panel.

use leptos::prelude::*;
use token_factory::chart::floor::{Cell, CellPaint, FloorSpec, Heading, lay_out, per_cell};
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Point, Scale, Series};
use token_factory::live::devices::{CardKey, Duty, Field};
use token_factory::live::history::{CardPoint, Moment};
use token_factory::live::state::{CardState, CardStatus};

use super::store::Live;
use crate::charts::{Chart, FloorCanvas, HEIGHT};
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
    /// Mean clock, MHz.
    clock_mhz: Option<f64>,
    seats: Vec<Seat>,
}

/// Fields that a shade is worked out of, the one with a history first.
pub fn fields_of(shade: &str) -> &'static [Field] {
    use Field::*;
    match shade {
        "memory" => &[MemoryUsed, MemoryTotal, MemoryFree, MemoryReserved],
        "power" => &[Power],
        "temperature" => &[Temperature],
        _ => &[Utilisation],
    }
}

/// Names of the groups whose cards are in the window now; `None` = nothing is drawn yet.
pub fn in_sight(live: Live) -> Option<Vec<String>> {
    let (width, from, to) = platform::part_in_sight(".live .floor")?;
    let groups = live.read(|f| {
        let groups = f.groups().into_iter();
        groups
            .map(|g| (g.name.to_owned(), g.cards.len() as u32))
            .collect::<Vec<_>>()
    });
    let cards: Vec<u32> = groups.iter().map(|(_, n)| *n).collect();
    let floor = lay_out(&cards, width, HEIGHT);
    let shown = groups
        .into_iter()
        .zip(&floor.nodes)
        .filter(|(_, ((_, top), _, grid))| {
            let bottom = top + 22.0 + f64::from(grid.rows) * floor.pitch;
            *top < to && bottom > from
        });
    Some(shown.map(|((name, _), _)| name).collect())
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
    let shade = live.shade;
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
                    clock_mhz: g.clock_mhz,
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
    let spec = Memo::new(move |_| nodes.with(|n| floor_spec(n, shade.get(), app.fmt())));
    let selected = RwSignal::new(None::<Cell>);
    let cell_of = move |key: &CardKey| {
        nodes.with_untracked(|n| {
            let cards: Vec<u32> = n.iter().map(|n| n.seats.len() as u32).collect();
            n.iter().enumerate().find_map(|(node, n)| {
                let index = n.seats.iter().position(|s| s.key == *key)? as u32;
                let index = index / per_cell(&cards).max(1);
                Some(Cell { node, index })
            })
        })
    };
    let seat_at = move |cell: Cell| {
        nodes.with(|n| {
            let cards: Vec<u32> = n.iter().map(|n| n.seats.len() as u32).collect();
            let index = (cell.index * per_cell(&cards)) as usize;
            n.get(cell.node).and_then(|n| n.seats.get(index)).cloned()
        })
    };
    // The cursor of the canvas and the card looked at follow each other.
    Effect::new(move |_| {
        let cell = live.focus.with(|f| f.as_ref().and_then(cell_of));
        if cell != selected.get_untracked() {
            selected.set(cell);
        }
    });
    Effect::new(move |_| {
        let cell = selected.get();
        let there = live.focus.with_untracked(|f| f.as_ref().and_then(cell_of));
        if cell != there {
            live.focus
                .set(cell.and_then(|c| untrack(|| seat_at(c))).map(|s| s.key));
        }
    });
    Effect::new(move |_| super::poll::card_past(live));
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
            {move || live.focus.get().map(|key| card_panel(app, live, key))}
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
        strips: nodes.iter().map(|n| strip(n, each)).collect(),
        cards,
    }
}

/// The role of each cell, where pods tell.
fn strip(node: &Node, each: usize) -> Vec<Option<Token>> {
    let token = |seat: &Seat| match seat.duty {
        Duty::Prefill => Some(Token::Prefill),
        Duty::Decode => Some(Token::Decode),
        Duty::Unknown => None,
    };
    let cells = node.seats.chunks(each);
    cells.map(|c| c.first().and_then(token)).collect()
}

fn status(node: &Node, fmt: Fmt) -> String {
    let l = fmt.locale;
    let n = |count: usize| fmt.count(count as f64);
    if node.silent > 0 {
        silent_n(l, &n(node.silent))
    } else if node.bad > 0 {
        bad_n(l, &n(node.bad))
    } else if node.slow * 2 > node.seats.len() {
        let clock = node.clock_mhz.map(|c| fmt.unit(c, "MHz"));
        throttled(l, &clock.unwrap_or_default())
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

/// What a card shows, by name: for its page, and joined for those who hear it.
fn facts(key: &CardKey, fmt: Fmt, live: Live) -> Vec<(Text, String)> {
    live.with(|f| {
        let Some(card) = f.card(key) else {
            return Vec::new();
        };
        let r = &card.reading;
        let unit = |v: Option<f32>, unit| v.map(|v| fmt.unit(f64::from(v), unit));
        let percent = |v: Option<f32>| v.map(|v| fmt.percent(f64::from(v)));
        let ago = |at: f64| super::words::age(fmt, live.now_s.get_untracked() - at);
        let all: [(Text, Option<String>); 8] = [
            (
                state,
                Some(status_word(card.status())(fmt.locale).to_owned()),
            ),
            (utilisation, percent(r.utilisation)),
            (memory, percent(r.memory_share())),
            (power, unit(r.power_w, "W")),
            (temperature, unit(r.temperature_c, "°C")),
            (clock, unit(r.clock_mhz, "MHz")),
            (error_code, r.error.map(|e| e.to_string())),
            (seen, card.silent.then(|| ago(card.seen_at_s))),
        ];
        all.into_iter().filter_map(|(n, v)| Some((n, v?))).collect()
    })
}

fn name_of(key: &CardKey) -> String {
    let rack = Some(key.rack.as_str()).filter(|r| !r.is_empty() && *r != key.group());
    let parts = [Some(key.group()), rack].into_iter().flatten();
    parts
        .chain([key.name().as_str()])
        .collect::<Vec<_>>()
        .join(" · ")
}

fn said(seat: &Seat, fmt: Fmt, live: Live) -> String {
    let facts = facts(&seat.key, fmt, live).into_iter();
    let facts = facts.map(|(name, value)| [name(fmt.locale), &value].join(" "));
    let mut parts = vec![name_of(&seat.key)];
    parts.extend(facts);
    parts.join(" · ")
}

/// A card's page: what it shows, and its history as coloured on the floor.
fn card_panel(app: App, live: Live, key: CardKey) -> AnyView {
    let (name, title) = (name_of(&key), name_of(&key));
    let key = StoredValue::new(key);
    // What the page saw itself holds these three; a server has the past of the others too.
    let own = |shade: &str| match shade {
        "power" => ("power", 1),
        "temperature" => ("temperature", 2),
        _ => ("utilisation", 0),
    };
    // What the page saw of the card itself.
    let seen = move |index: usize| -> Vec<(f64, f64)> {
        key.with_value(|key| {
            live.with(|f| {
                let value = |m: &Moment<CardPoint>| {
                    let value = *m.value.get(index)?;
                    (!value.is_nan()).then(|| (m.at_s, f64::from(value)))
                };
                let moments = f.card(key).map(|c| c.history.moments());
                moments
                    .unwrap_or_default()
                    .iter()
                    .filter_map(value)
                    .collect()
            })
        })
    };
    let shown = Memo::new(move |_| {
        let shade = live.shade.get();
        let (mine, index) = own(shade);
        let past = live.past.with(|past| match past {
            Some((k, s, points)) if *s == shade && key.with_value(|key| key == k) => {
                Some(points.clone())
            }
            _ => None,
        });
        match past {
            None => (mine, seen(index)),
            // Another metric than the page keeps: the server's past alone.
            Some(points) if mine != shade && shade != "health" => (shade, points),
            // A server may hold back its newest samples (VictoriaMetrics: 30 s): the page adds them.
            Some(mut points) => {
                let last = points.last().map_or(f64::NEG_INFINITY, |p| p.0);
                points.extend(seen(index).into_iter().filter(|p| p.0 > last));
                (mine, points)
            }
        }
    });
    let label = move |shade: &str| {
        let found = SHADES.iter().find(|s| s.0 == shade);
        app.say(found.map_or(utilisation as Text, |s| s.1))
            .to_owned()
    };
    let spec = Signal::derive(move || {
        shown.with(|(shade, points)| ChartSpec {
            title: [name_of(&key.get_value()), label(shade)].join(" · "),
            x: Axis {
                scale: Scale::Time(platform::zone_s()),
                range: live
                    .with(|f| f.at_s())
                    .zip(points.first())
                    .map(|(to, first)| {
                        (
                            (to - live.range_s.get())
                                .max(first.0 - 60.0)
                                .min(to - 900.0),
                            to,
                        )
                    }),
                ..Axis::default()
            },
            y: Axis {
                title: label(shade),
                range: (*shade == "utilisation").then_some((0.0, 1.0)),
                zero: *shade != "temperature",
                ..Axis::default()
            },
            series: vec![Series {
                name: label(shade),
                token: Token::Ramp4,
                mark: Mark::Line(2.0, (0.0, 0.0)),
                points: points.iter().map(|(x, y)| Point::new(*x, *y)).collect(),
                answers: true,
            }],
            ..ChartSpec::default()
        })
    });
    let x = Callback::new(move |v: f64| super::chart::clock_words(app, live, v));
    let y = Callback::new(move |v: f64| {
        let fmt = app.fmt();
        match shown.with(|s| s.0) {
            "memory" => fmt.memory(v),
            shade => amount(fmt, shade, v as f32),
        }
    });
    view! {
        <section class="card-panel" id="live-card" tabindex="-1" aria-label=title>
            <div class="section-head"><h3>{name}</h3>
                <button type="button" class="link" on:click=move |_| live.focus.set(None)>{app.say(close)}</button></div>
            <dl class="live-more">{move || facts(&key.get_value(), app.fmt(), live).into_iter().map(|(name, value)| view! {
                <div><dt>{app.say(name)}</dt><dd>{value}</dd></div>
            }).collect_view()}</dl>
            <Chart name="card" class="low" spec format_x=x format_y=y />
        </section>
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
    throttled(clock) = "▲ throttled, {clock}", "▲ 已降频，{clock}";
    no_cards = "No card metrics come from this source: no exporter for the cards was found. Figures of the engines are below.", "该数据源没有卡级指标：未发现设备导出器。引擎指标见下方。";
    state = "State", "状态";
    clock = "Clock", "频率";
    error_code = "Error code", "错误码";
    seen = "Last sample, ago", "最近样本距今";
    close = "Close", "关闭";
    floor_words(nodes, cards, silent, bad) = "The floor: {nodes} groups, {cards} cards, {silent} not reporting, {bad} report trouble. Arrow keys move from card to card.", "工厂平面：{nodes} 组、{cards} 张卡，{silent} 张未上报，{bad} 张异常。方向键可在卡间移动。";
}
