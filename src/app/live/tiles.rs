//! The flow: tiles with the figure now, a sparkline, and the plan beside it.

use leptos::prelude::*;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark as Drawn, Point, Series};
use token_factory::live::flow::Figure;
use token_factory::live::history::pieces;

use super::store::Live;
use crate::charts::Chart;
use crate::controls::{Mark, Origin};
use crate::format::{Fmt, Write};
use crate::state::App;
use crate::texts::{self, Text};

/// A tile: figure, name, colour, how it is written, what stands below.
struct Tile {
    figure: Figure,
    name: Text,
    token: Token,
    write: Write,
    below: fn(App, Live) -> String,
}

fn figure_words(app: App, live: Live, figure: Figure, write: Write) -> Option<String> {
    live.with(|f| f.flow().get(figure))
        .map(|v| write(app.fmt(), v))
}

const TILES: [Tile; 8] = [
    Tile {
        figure: Figure::Decode,
        name: decode,
        token: Token::Decode,
        write: |f, v| [f.compact(v), " tok/s".into()].concat(),
        below: |app, _| {
            plan(
                app.locale.get(),
                &app.fmt()
                    .compact(app.evaluation.with(|e| e.tokens_per_s.output)),
            )
        },
    },
    Tile {
        figure: Figure::Prefill,
        name: prefill,
        token: Token::Prefill,
        write: |f, v| [f.compact(v), " tok/s".into()].concat(),
        below: |app, live| {
            figure_words(app, live, Figure::Cached, Fmt::compact)
                .map(|v| cached(app.locale.get(), &v))
                .unwrap_or_default()
        },
    },
    Tile {
        figure: Figure::Running,
        name: running,
        token: Token::Ink2,
        write: Fmt::compact,
        below: |app, live| {
            figure_words(app, live, Figure::Waiting, Fmt::compact)
                .map(|v| waiting(app.locale.get(), &v))
                .unwrap_or_default()
        },
    },
    Tile {
        figure: Figure::KvUsed,
        name: kv,
        token: Token::Cached,
        write: Fmt::percent,
        below: |app, live| {
            figure_words(app, live, Figure::KvPeak, Fmt::percent)
                .map(|v| fullest(app.locale.get(), &v))
                .unwrap_or_default()
        },
    },
    Tile {
        figure: Figure::TtftP95,
        name: ttft,
        token: Token::Prefill,
        write: Fmt::duration,
        below: |app, live| {
            latency_below(
                app,
                live,
                Figure::TtftP50,
                Figure::TtftP99,
                app.scenario.with(|s| s.targets.ttft_ms),
            )
        },
    },
    Tile {
        figure: Figure::TpotP95,
        name: tpot,
        token: Token::Decode,
        write: Fmt::duration,
        below: |app, live| {
            latency_below(
                app,
                live,
                Figure::TpotP50,
                Figure::TpotP99,
                app.scenario.with(|s| s.targets.tpot_ms),
            )
        },
    },
    Tile {
        figure: Figure::WallPower,
        name: power,
        token: Token::Ink2,
        write: Fmt::power,
        below: |app, live| {
            let l = app.locale.get();
            let chips = figure_words(app, live, Figure::CardPower, Fmt::power);
            let joules = figure_words(app, live, Figure::JoulesPerToken, |f, v| f.unit(v, "J"));
            let parts = [
                chips.map(|v| chips_draw(l, &v)),
                joules.map(|v| per_token(l, &v)),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
        },
    },
    Tile {
        figure: Figure::CostPerMillion,
        name: cost,
        token: Token::Ink2,
        write: Fmt::money_value,
        below: |app, _| {
            let fmt = app.fmt();
            app.evaluation
                .with(|e| {
                    e.cost.per_million.map(|c| {
                        plan_cost(
                            fmt.locale,
                            &fmt.money(c.blended_output),
                            &fmt.money(c.output),
                        )
                    })
                })
                .unwrap_or_default()
        },
    },
];

fn latency_below(app: App, live: Live, p50: Figure, p99: Figure, target_ms: f64) -> String {
    let fmt = app.fmt();
    let mut parts = vec![target(fmt.locale, &fmt.duration(target_ms))];
    for (name, figure) in [("p50", p50), ("p99", p99)] {
        if let Some(v) = figure_words(app, live, figure, Fmt::duration) {
            parts.push([name, &v].join(" "));
        }
    }
    parts.join(" · ")
}

/// Further figures, in one line each.
const MORE: &[(Figure, Text, Write)] = &[
    (Figure::Requests, requests, |f, v| f.unit(v, "/s")),
    (Figure::Failed, failed, |f, v| f.unit(v, "/s")),
    (Figure::Preemptions, preemptions, |f, v| f.unit(v, "/s")),
    (Figure::PrefixHit, prefix_hit, Fmt::percent),
    (Figure::Acceptance, acceptance, Fmt::percent),
    (Figure::MeanInput, mean_input, Fmt::number),
    (Figure::MeanOutput, mean_output, Fmt::number),
    (Figure::KvTokens, kv_tokens, Fmt::compact),
    (Figure::Engines, engines, Fmt::count),
    (Figure::KubeCards, kube_cards, Fmt::count),
    (Figure::KubeFree, kube_free, Fmt::count),
];

const RARE: [Figure; 3] = [Figure::KvTokens, Figure::KubeCards, Figure::KubeFree];

/// The row of tiles.
#[component]
pub fn Tiles() -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    view! {
        <section class="plan-section live-tiles" aria-label=move || app.say(flow)>
            {TILES.iter().map(|t| tile(app, live, t)).collect_view()}
        </section>
        <dl class="live-more">
            {MORE.iter().map(|&(figure, name, write)| move || {
                let value = figure_words(app, live, figure, write);
                // What few servers tell is left out where it is not known.
                (value.is_some() || !RARE.contains(&figure)).then(|| view! {
                    <div><dt>{app.say(name)}</dt><dd>{value.unwrap_or_else(|| app.say(texts::unknown).to_owned())}</dd></div>
                })
            }).collect_view()}
        </dl>
    }
    .into_any()
}

fn tile(app: App, live: Live, t: &'static Tile) -> AnyView {
    let value = move || live.with(|f| f.flow().get(t.figure));
    let text = move || {
        value().map_or_else(
            || app.say(texts::unknown).to_owned(),
            |v| (t.write)(app.fmt(), v),
        )
    };
    let origin = Signal::derive(move || match (live.is_simulated(), t.figure) {
        (true, _) => Origin::Simulated,
        (false, Figure::WallPower | Figure::CostPerMillion) => Origin::Calculated,
        (false, _) => Origin::Measured,
    });
    let past_target = move || {
        let limit = app.scenario.with(|s| match t.figure {
            Figure::TtftP95 => s.targets.ttft_ms,
            Figure::TpotP95 => s.targets.tpot_ms,
            _ => f64::INFINITY,
        });
        value().is_some_and(|v| v > limit)
    };
    let spec = Signal::derive(move || {
        let range = live.range_s.get();
        live.with(|f| {
            let to = f.at_s().unwrap_or(0.0);
            let all = pieces(f.history().since(to - range), t.figure);
            // Room for what moves, without making waves of a ripple.
            let values = || all.iter().flatten().map(|(_, v)| *v);
            let (low, high) = values().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
            let spread = (high > 0.0).then_some((0.8 * low, 1.1 * high));
            let series = all
                .into_iter()
                .map(|piece| Series {
                    name: app.say(t.name).to_owned(),
                    token: t.token,
                    mark: Drawn::Line(1.5, (0.0, 0.0)),
                    points: piece.into_iter().map(|(x, y)| Point::new(x, y)).collect(),
                    answers: false,
                })
                .collect();
            let axis = |range| Axis {
                bare: true,
                range,
                ..Axis::default()
            };
            ChartSpec {
                title: app.say(t.name).to_owned(),
                x: axis((to > 0.0).then_some((to - range, to))),
                y: axis(spread),
                series,
                ..ChartSpec::default()
            }
        })
    });
    let x = Callback::new(move |v: f64| super::chart::clock_words(app, live, v));
    let y = Callback::new(move |v: f64| (t.write)(app.fmt(), v));
    view! {
        <div class="live-tile" data-figure=t.figure.id() data-value=move || value().map(|v| v.to_string())>
            <h2 class="figure-name">{move || app.say(t.name)}<Mark origin /></h2>
            <p class="live-value" class:bad=past_target class:unknown=move || value().is_none()>{text}</p>
            <Chart name=t.figure.id() class="spark" plain=true spec format_x=x format_y=y />
            <p class="figure-more">{move || (t.below)(app, live)}</p>
        </div>
    }
    .into_any()
}

crate::texts! {
    flow = "Flow", "流量";
    decode = "Decode", "Decode";
    prefill = "Prefill, computed", "Prefill（计算）";
    running = "Running", "运行中";
    kv = "KV in use", "KV 占用";
    ttft = "TTFT p95", "TTFT p95";
    tpot = "TPOT p95", "TPOT p95";
    power = "Power, estimated", "功率（估算）";
    chips_draw(value) = "at the meter; chips draw {value}", "电表处；芯片自报 {value}";
    cost = "All cost per M", "每百万全部成本";
    plan_cost(all, output) = "plan {all}, of which output {output}", "规划 {all}，其中输出 {output}";
    plan(value) = "plan {value}", "规划 {value}";
    cached(value) = "{value} cached", "缓存命中 {value}";
    waiting(n) = "waiting {n}", "等待 {n}";
    fullest(share) = "fullest engine {share}", "最满引擎 {share}";
    target(value) = "target {value}", "目标 {value}";
    per_token(value) = "{value} a token", "每 token {value}";
    requests = "Requests finished", "完成请求";
    failed = "Failed", "失败";
    preemptions = "Preemptions", "抢占";
    prefix_hit = "Prefix hits", "前缀命中";
    acceptance = "Drafts accepted", "草稿接受率";
    mean_input = "Mean input, tokens", "平均输入 token";
    mean_output = "Mean output, tokens", "平均输出 token";
    kv_tokens = "KV capacity, tokens", "KV 容量（token）";
    engines = "Engines", "引擎数";
    kube_cards = "Cards in Kubernetes", "Kubernetes 可分配卡";
    kube_free = "of these free", "其中空闲";
}
