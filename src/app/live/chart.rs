//! Output over time: actual against the plan, its band, and its capacity.

use leptos::prelude::*;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Point, Rule, Scale, Series};
use token_factory::live::attention::Alert;
use token_factory::live::compare::output_at_load;
use token_factory::live::flow::Figure;
use token_factory::live::history::{gap_between, pieces};

use super::store::Live;
use super::words;
use crate::charts::{Chart, Tip};
use crate::controls::Select;
use crate::controls::head;
use crate::format::{Fmt, Write};
use crate::platform;
use crate::state::App;
use crate::texts::Text;

/// Hours and minutes of a time by the reader's clock; with its day where days are shown.
pub fn clock_words(app: App, live: Live, at_s: f64) -> String {
    let local = at_s + f64::from(platform::zone_s());
    let minutes = (local / 60.0).floor();
    let (hour, minute) = (
        (minutes / 60.0).rem_euclid(24.0).floor(),
        minutes.rem_euclid(60.0),
    );
    let clock = format!("{hour:02}:{minute:02}");
    if live.range_s.get() <= 86_400.0 {
        return clock;
    }
    let iso = platform::day_of(at_s);
    let day = app.fmt().date(&iso);
    // The year is known.
    let year = iso.get(..4).unwrap_or_default();
    let day = day.replace(&[year, "年"].concat(), "").replace(year, "");
    if hour + minute == 0.0 {
        day.trim().to_owned()
    } else {
        [day.trim(), &clock].join(" ")
    }
}

/// Figures that may be shown, with how they are written.
const SHOWN: &[(Figure, Text, Write)] = &[
    (Figure::Decode, output, Fmt::compact),
    (Figure::Prefill, prefill, Fmt::compact),
    (Figure::Cached, cached, Fmt::compact),
    (Figure::Requests, requests, Fmt::compact),
    (Figure::Failed, failed, Fmt::number),
    (Figure::Running, running, Fmt::compact),
    (Figure::Waiting, waiting, Fmt::compact),
    (Figure::KvUsed, kv, Fmt::percent),
    (Figure::KvPeak, kv_peak, Fmt::percent),
    (Figure::TtftP50, ttft50, Fmt::duration),
    (Figure::TtftP95, ttft, Fmt::duration),
    (Figure::TtftP99, ttft99, Fmt::duration),
    (Figure::TpotP50, tpot50, Fmt::duration),
    (Figure::TpotP95, tpot, Fmt::duration),
    (Figure::TpotP99, tpot99, Fmt::duration),
    (Figure::WallPower, power, Fmt::power),
    (Figure::JoulesPerToken, joules, |f, v| f.unit(v, "J")),
    (Figure::CostPerMillion, cost, Fmt::money_value),
    (Figure::PrefixHit, prefix_hit, Fmt::percent),
    (Figure::Preemptions, preemptions, Fmt::number),
    (Figure::Acceptance, acceptance, Fmt::percent),
];

/// The large chart.
#[component]
pub fn Output() -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    let shown = live.figure;
    let entry = move || SHOWN.iter().find(|s| s.0 == shown.get()).copied();
    let choices = Signal::derive(move || {
        SHOWN
            .iter()
            .map(|(f, name, _)| (f.id().to_owned(), app.say(*name).to_owned()))
            .collect::<Vec<_>>()
    });
    let spec = Signal::derive(move || {
        spec(
            app,
            live,
            shown.get(),
            entry().map_or(output as Text, |e| e.1),
        )
    });
    let x = Callback::new(move |v: f64| clock_words(app, live, v));
    let y = Callback::new(move |v: f64| entry().map_or_else(String::new, |e| (e.2)(app.fmt(), v)));
    let tip = Callback::new(move |(series, point): (usize, usize)| {
        spec.with(|s: &ChartSpec| {
            let found = s
                .series
                .get(series)
                .and_then(|s| Some((s.name.clone(), *s.points.get(point)?)));
            found.map_or_else(Tip::default, |(name, p)| Tip {
                title: name,
                rows: vec![(x.run(p.x), y.run(p.y))],
            })
        })
    });
    view! {
        <section id="live-chart" tabindex="-1">
            {head(move || entry().map_or_else(String::new, |e| app.say(e.1).to_owned()), String::new)}
            <div class="live-chart-bar">
                <Select label=Signal::derive(move || app.say(which).to_owned()) choices value=Signal::derive(move || shown.get().id().to_owned())
                    on_change=Callback::new(move |id: String| if let Some(f) = Figure::from_id(&id) { shown.set(f) }) />
                <span class="legend">
                    <span><i class="swatch decode" aria-hidden="true"></i>{move || app.say(actual)}</span>
                    {move || (shown.get() == Figure::Decode).then(|| view! {
                        <span><i class="dash" aria-hidden="true"></i>{app.say(same_load)}</span>
                        <span><i class="swatch k3" aria-hidden="true"></i>{app.say(load_band)}</span>
                    })}
                    {move || events(live).into_iter().take(2).map(|a| view! {
                        <span><i class="swatch bad" aria-hidden="true"></i>{words::event(app.locale.get(), &a)}" "{clock_words(app, live, a.since_s)}</span>
                    }).collect_view()}
                </span>
            </div>
            <Chart name="live-output" class="tall" spec format_x=x format_y=y tip />
        </section>
    }
    .into_any()
}

/// What the plan makes of the load at each moment, with its band; broken where the load is not known.
fn planned(app: App, live: Live, from: f64) -> Vec<Series> {
    let pieces = app.evaluation.with(|e| {
        live.with(|f| {
            let moments = f.history().since(from);
            let mut pieces: Vec<(Vec<Point>, Vec<Point>)> = Vec::new();
            let mut last = None;
            for moment in moments {
                let broken = last.is_none_or(|l| gap_between(l, moment));
                last = None;
                let Some((output, band)) = output_at_load(e, &moment.value) else {
                    continue;
                };
                last = Some(moment);
                if broken {
                    pieces.push(Default::default());
                }
                if let Some((line, area)) = pieces.last_mut() {
                    line.push(Point::new(moment.at_s, output));
                    area.push(Point::span(moment.at_s, band.low, band.high));
                }
            }
            pieces
        })
    });
    let series = |name: Text, token, mark, points| Series {
        name: app.say(name).to_owned(),
        token,
        mark,
        points,
        answers: false,
    };
    let both = pieces.into_iter().map(|(line, area)| {
        (
            series(load_band, Token::Overhead, Mark::Band(0.18), area),
            series(same_load, Token::Ink2, Mark::Line(1.5, (4.0, 3.0)), line),
        )
    });
    let (mut bands, lines): (Vec<_>, Vec<_>) = both.unzip();
    bands.extend(lines);
    bands
}

/// Alerts about cards that began in the time shown: marks on the chart, named in its legend.
fn events(live: Live) -> Vec<Alert> {
    let from = live.with(|f| f.at_s()).unwrap_or(0.0) - live.range_s.get();
    let mut all = live.alerts();
    all.retain(|a| a.is_of_cards() && a.since_s > from);
    all
}

fn spec(app: App, live: Live, figure: Figure, name: Text) -> ChartSpec {
    let range = live.range_s.get();
    let (to, all) = live.with(|f| {
        let to = f.at_s().unwrap_or(0.0);
        (to, pieces(f.history().since(to - range), figure))
    });
    let from = to - range;
    let mut series: Vec<Series> = Vec::new();
    let mut rules = Vec::new();
    if figure == Figure::Decode {
        let capacity = app.evaluation.with(|e| e.tokens_per_s.output);
        series.extend(planned(app, live, from));
        if capacity > 0.0 {
            rules.push(Rule {
                upright: false,
                at: capacity,
                label: capacity_is(app.locale.get(), &app.fmt().compact(capacity)),
                token: Token::Ink3,
                dotted: true,
            });
        }
    }
    let target = app.scenario.with(|s| match figure {
        Figure::TtftP95 => Some(s.targets.ttft_ms),
        Figure::TpotP95 => Some(s.targets.tpot_ms),
        _ => None,
    });
    rules.extend(target.map(|at| Rule {
        upright: false,
        at,
        label: app.say(target_word).to_owned(),
        token: Token::Bad,
        dotted: true,
    }));
    // What happened to the factory stands where it began.
    rules.extend(events(live).into_iter().map(|a| Rule {
        upright: true,
        at: a.since_s,
        label: String::new(),
        token: Token::Bad,
        dotted: false,
    }));
    series.extend(all.into_iter().map(|piece| Series {
        name: app.say(actual).to_owned(),
        token: Token::Decode,
        mark: Mark::Line(2.0, (0.0, 0.0)),
        points: piece.into_iter().map(|(x, y)| Point::new(x, y)).collect(),
        answers: true,
    }));
    ChartSpec {
        title: app.say(name).to_owned(),
        x: Axis {
            scale: Scale::Time(platform::zone_s()),
            range: (to > 0.0).then_some((from, to)),
            ..Axis::default()
        },
        y: Axis {
            zero: true,
            ..Axis::default()
        },
        series,
        rules,
        ..ChartSpec::default()
    }
}

crate::texts! {
    which = "Figure shown", "显示指标";
    output = "Output tokens per second", "每秒输出 token";
    prefill = "Prefill tokens per second", "每秒 prefill token";
    cached = "Prompt tokens from the cache per second", "每秒缓存命中 token";
    requests = "Requests finished per second", "每秒完成请求";
    failed = "Requests failed per second", "每秒失败请求";
    kv_peak = "KV cache in use, fullest engine", "KV cache 占用（最满引擎）";
    ttft50 = "TTFT p50", "TTFT p50";
    ttft99 = "TTFT p99", "TTFT p99";
    tpot50 = "TPOT p50", "TPOT p50";
    tpot99 = "TPOT p99", "TPOT p99";
    preemptions = "Preemptions per second", "每秒抢占";
    acceptance = "Drafts accepted", "草稿接受率";
    running = "Requests running", "运行中请求";
    waiting = "Requests waiting", "等待请求";
    kv = "KV cache in use", "KV cache 占用";
    ttft = "TTFT p95", "TTFT p95";
    tpot = "TPOT p95", "TPOT p95";
    power = "Power at the meter", "电表功率";
    joules = "Energy per output token", "每输出 token 能耗";
    cost = "Cost per million output tokens", "每百万输出 token 成本";
    prefix_hit = "Prefix hits", "前缀命中";
    actual = "actual", "实际";
    same_load = "plan at the same load", "同负载下的规划值";
    load_band = "plan's 80 % band", "规划值 80% 区间";
    capacity_is(value) = "capacity of the plan, {value}", "规划产能 {value}";
    target_word = "target", "目标";
}
