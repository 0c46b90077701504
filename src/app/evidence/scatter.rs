//! Predicted against measured: every row a point, both axes logarithmic.

use leptos::prelude::*;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Point as ChartPoint, Scale, Series};
use token_factory::evidence::{Point, points, ratio_band};
use token_factory::model::{Calibration, Quantity};

use super::store::Evidence;
use super::words;
use crate::charts::{Chart, Tip};
use crate::format::Fmt;
use crate::state::App;
use crate::texts::{Locale, Text};

/// Kinds of points, in drawing order: not scored, inside their band, outside.
const KINDS: [(Text, Token, Mark); 3] = [
    (not_scored, Token::Overhead, Mark::Rings(2.5)),
    (inside, Token::Cached, Mark::Dots(2.5)),
    (outside, Token::Comm, Mark::Diamonds(3.5)),
];

fn kind(p: &Point) -> usize {
    match (p.scored, p.in_band()) {
        (false, _) => 0,
        (true, true) => 1,
        (true, false) => 2,
    }
}

/// The range of both axes: all values, a little widened.
fn range(all: &[Point]) -> (f64, f64) {
    let values = all.iter().flat_map(|p| [p.measured, p.predicted]);
    let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(v), b.max(v)));
    if low < high {
        (low / 1.3, high * 1.3)
    } else {
        (1.0, 100.0)
    }
}

fn spec(all: &[Point], quantity: Quantity, locale: Locale) -> ChartSpec {
    let name = words::quantity(quantity)(locale);
    let unit = match quantity {
        Quantity::Tpot | Quantity::Ttft => "ms",
        Quantity::Throughput => words::tokens_per_s(locale),
    };
    let (low, high) = range(all);
    let axis = |title: String| Axis {
        title,
        scale: Scale::Log,
        range: Some((low, high)),
        ..Axis::default()
    };
    let band = ratio_band(all).map(|(a, b)| Series {
        name: four_of_five(locale).to_owned(),
        token: Token::Cached,
        mark: Mark::Band(0.12),
        points: [low, high]
            .map(|x| ChartPoint::span(x, x * a, x * b))
            .to_vec(),
        answers: false,
    });
    let equal = Series {
        name: equal(locale).to_owned(),
        token: Token::Ink3,
        mark: Mark::Line(1.0, (4.0, 3.0)),
        points: [low, high].map(|x| ChartPoint::new(x, x)).to_vec(),
        answers: false,
    };
    let kinds = KINDS
        .iter()
        .enumerate()
        .map(|(k, &(text, token, mark))| Series {
            name: text(locale).to_owned(),
            token,
            mark,
            points: all
                .iter()
                .filter(|p| kind(p) == k)
                .map(|p| ChartPoint::new(p.measured, p.predicted))
                .collect(),
            answers: true,
        });
    ChartSpec {
        title: title_of(locale, name),
        x: axis(measured_axis(locale, name, unit)),
        y: axis(predicted_axis(locale, name, unit)),
        series: kinds.chain(std::iter::once(equal)).chain(band).collect(),
        ..ChartSpec::default()
    }
}

/// The scatter with its legend, and the row that was picked.
#[component]
pub fn Scatter() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let shown = Memo::new(move |_| {
        let set = evidence.set();
        let quantity = evidence.quantity.get();
        set.rows.with(|rows| {
            set.predictions.with(|predictions| {
                evidence.filter.with(|filter| {
                    points(rows, predictions, filter, quantity, Calibration::embedded())
                })
            })
        })
    });
    let chart = Signal::derive(move || {
        shown.with(|all| spec(all, evidence.quantity.get(), app.locale.get()))
    });
    // The point that a series and an index in it stand for.
    let point_at = move |series: usize, index: usize| {
        shown.with_untracked(|all| all.iter().filter(|p| kind(p) == series).nth(index).copied())
    };
    let format = Callback::new(move |v: f64| app.fmt().compact(v));
    let tip = Callback::new(move |(series, index)| {
        let fmt = app.fmt();
        point_at(series, index).map_or_else(Tip::default, |p| tip_of(evidence, fmt, &p))
    });
    let on_pick = Callback::new(move |(series, index)| {
        evidence.picked.set(point_at(series, index).map(|p| p.row));
    });
    let table = Callback::new(move |()| {
        let fmt = app.fmt();
        let locale = fmt.locale;
        let head = [words_row, words_measured, words_predicted, words_error];
        let head = head.map(|t| t(locale).to_owned()).to_vec();
        let set = evidence.set();
        let body: Vec<Vec<String>> = set.rows.with(|rows| {
            shown.with(|all| {
                all.iter()
                    .filter_map(|p| {
                        let m = rows.get(p.row)?;
                        Some(vec![
                            format!("{} · {}", words::title(m, locale), words::how(m, locale)),
                            p.measured.to_string(),
                            p.predicted.to_string(),
                            fmt.change(p.error()),
                        ])
                    })
                    .collect()
            })
        });
        std::iter::once(head).chain(body).collect()
    });
    view! {
        <section class="tile-section">
            <div class="section-head">
                <h2>{move || title_of(app.locale.get(), words::quantity(evidence.quantity.get())(app.locale.get()))}</h2>
                <span class="quiet">{move || points_shown(app.locale.get(), &app.fmt().count(shown.with(Vec::len) as f64))}</span>
            </div>
            <Chart name="evidence-scatter" spec=chart format_x=format format_y=format tip on_pick table class="tall" />
            <p class="legend">
                {KINDS.iter().rev().map(|&(text, token, _)| view! {
                    <span><span class=format!("evidence-key {}", key_class(token)) aria-hidden="true"></span>{move || app.say(text)}</span>
                }).collect_view()}
                <span><span class="evidence-key band" aria-hidden="true"></span>{move || app.say(four_of_five)}</span>
            </p>
            <Picked />
        </section>
    }
    .into_any()
}

fn key_class(token: Token) -> &'static str {
    match token {
        Token::Cached => "inside",
        Token::Comm => "outside",
        _ => "unscored",
    }
}

fn tip_of(evidence: Evidence, fmt: Fmt, p: &Point) -> Tip {
    let q = evidence.quantity.get_untracked();
    let locale = fmt.locale;
    let set = evidence.set();
    let row = set.rows.with_untracked(|rows| rows.get(p.row).cloned());
    let Some(m) = row else {
        return Tip::default();
    };
    let pair = |name: Text, value: String| (name(locale).to_owned(), value);
    let mut rows = vec![
        pair(words_measured, words::value(fmt, q, p.measured)),
        pair(words_predicted, words::value(fmt, q, p.predicted)),
        pair(words_error, fmt.change(p.error())),
        pair(words_how, words::how(&m, locale)),
        pair(words_lengths, words::load(&m, fmt)),
    ];
    if let Some(c) = m.concurrency {
        rows.push(pair(words_concurrency, fmt.count(c)));
    }
    if let Some(c) = m.cards {
        rows.push(pair(words_cards, fmt.count(c)));
    }
    Tip {
        title: words::title(&m, locale),
        rows,
    }
}

/// All that is known of the row picked.
#[component]
fn Picked() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    move || {
        let set = evidence.set();
        let at = evidence.picked.get()?;
        let m = set.rows.with(|rows| rows.get(at).cloned())?;
        let p = set.predictions.with(|all| all.get(at).cloned())?;
        let fmt = app.fmt();
        let locale = fmt.locale;
        let both = |q: Quantity| {
            let (measured, said) = match q {
                Quantity::Tpot => (m.tpot_ms, p.tpot_ms),
                Quantity::Ttft => (m.ttft_ms, p.ttft_ms),
                Quantity::Throughput => (m.tokens_per_s_per_card, p.tokens_per_s_per_card),
            };
            let text = |v: Option<f64>| {
                v.map_or_else(
                    || crate::texts::unknown(locale).to_owned(),
                    |v| words::value(fmt, q, v),
                )
            };
            (measured.is_some() || said.is_some()).then(|| view! {
                <div><dt>{words::quantity(q)(locale)}</dt><dd>{text(measured)}" → "{text(said)}</dd></div>
            })
        };
        let link = m.link().map(str::to_owned);
        let source = m.source.clone();
        Some(view! {
            <div class="evidence-picked" role="status">
                <div class="section-head">
                    <h3>{words::title(&m, locale)}</h3>
                    <button type="button" class="link" on:click=move |_| evidence.picked.set(None)>{app.say(crate::texts::close)}</button>
                </div>
                <p class="quiet">{words::how(&m, locale)}" · "{words::load(&m, fmt)}</p>
                <dl>
                    <div><dt>{words_measured(locale)}" → "{words_predicted(locale)}</dt><dd></dd></div>
                    {super::store::QUANTITIES.map(both).into_iter().collect_view()}
                </dl>
                {(!p.note.is_empty()).then(|| view! { <p class="plain">{model_says(locale)}" "<span lang="en">{p.note.clone()}</span></p> })}
                {(!m.notes.is_empty()).then(|| view! { <p class="plain">{source_says(locale)}" "<span lang="en">{m.notes.clone()}</span></p> })}
                <p class="plain">{match link {
                    Some(url) => view! { <a href=url target="_blank" rel="noopener noreferrer">{source}</a> }.into_any(),
                    None => view! { <span>{source}</span> }.into_any(),
                }}</p>
            </div>
        })
    }
}

crate::texts! {
    title_of(name) = "{name}: predicted against measured", "{name}：预测值与实测值对比";
    measured_axis(name, unit) = "Measured {name}, {unit}", "实测 {name}（{unit}）";
    predicted_axis(name, unit) = "Predicted {name}, {unit}", "预测 {name}（{unit}）";
    points_shown(count) = "{count} points", "{count} 个点";
    not_scored = "contradicted or thin, not counted", "相互矛盾或信息不足，不计入";
    inside = "measured value inside the 80 % band", "实测值落在 80% 区间内";
    outside = "outside the band", "落在区间外";
    equal = "predicted = measured", "预测 = 实测";
    four_of_five = "four of five points lie here", "五分之四的点落在此带内";
    words_row = "Row", "行";
    words_measured = "Measured", "实测";
    words_predicted = "Predicted", "预测";
    words_error = "Error", "误差";
    words_how = "Engine and mode", "引擎与方式";
    words_lengths = "Tokens in → out", "输入 → 输出 token";
    words_concurrency = "Requests at once", "同时在途请求";
    words_cards = "Cards", "卡数";
    model_says = "The model notes:", "模型备注：";
    source_says = "About the row:", "数据说明：";
}
