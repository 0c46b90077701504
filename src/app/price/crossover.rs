//! Own, rent or buy by API: yearly cost by utilisation or by tokens a day, and where one becomes the
//! cheapest, in words.

use leptos::prelude::*;
use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Note, Point, Rule};
use token_factory::money::{ComparePoint, Comparison, Usd};

use super::charts::{asked, money_axis, series, tip_of};
use super::store::{self, Business, Nothing};
use super::why::About;
use crate::charts::Chart;
use crate::controls::{Choice, Segmented};
use crate::format::Fmt;
use crate::state::App;
use crate::texts::Text;

const AXES: &[Choice] = &[("load", by_load), ("tokens", by_tokens)];

/// A way to get tokens: its name, as a sentence begins with it and after "than", its colour, its line.
type Way = (Text, Text, Text, Token, fn(&ComparePoint) -> Option<Usd>);
const WAYS: [Way; 3] = [
    (own, owning, owning, Token::Ink1, |p| p.own),
    (rent, renting, renting_after, Token::Prefill, |p| p.rent),
    (api, api, api_after, Token::Ink3, |p| p.api),
];

/// Which way beats which (places in [`WAYS`]), and from how many output tokens a day on.
type Crossing = (usize, usize, fn(&Comparison) -> Option<f64>);
const CROSSINGS: [Crossing; 3] = [
    (0, 2, |c| c.own_beats_api),
    (0, 1, |c| c.own_beats_rent),
    (1, 2, |c| c.rent_beats_api),
];

/// Share of the axis that a label of a crossing takes.
const LABEL_ROOM: f64 = 0.6;

/// Own, rent, or buy by API.
#[component]
pub fn Crossover() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    let axis = RwSignal::new("load");
    let spec = Signal::derive(move || {
        sale.with(|s| match s {
            Ok(b) => {
                let scale = app.scenario.with(|sc| b.show(sc, Usd(1.0)));
                chart(b, app, app.fmt(), scale, axis.get() == "load")
            }
            Err(_) => ChartSpec::default(),
        })
    });
    let x = Callback::new(move |v: f64| {
        if axis.get() == "load" {
            app.fmt().percent(v)
        } else {
            app.fmt().compact(v)
        }
    });
    let y = money_axis(app);
    let sentences = move || {
        sale.with(|s| {
            s.as_ref()
                .map(|b| in_words(b, app, app.fmt()))
                .unwrap_or_default()
        })
        .into_iter()
        .map(|text| view! { <li>{text}</li> })
        .collect_view()
    };
    view! {
        <section>
            {asked(app, crossover_title, About::Compared)}
            <Segmented label=Signal::derive(move || app.say(across).to_owned()) choices=AXES value=Signal::derive(move || axis.get().to_owned()) on_change=Callback::new(move |word| axis.set(word)) />
            <Chart name="crossover" spec format_x=x format_y=y tip=tip_of(spec, x, y) />
            <ul class="crossings plain">{sentences}</ul>
        </section>
    }
    .into_any()
}

/// What the crossings say, and what is not known.
fn in_words(b: &Business, app: App, fmt: Fmt) -> Vec<String> {
    let c = &b.comparison;
    let (l, say) = (fmt.locale, |t: Text| t(fmt.locale));
    let first = c.points.first().map(|p| p.output_per_day);
    let mut out = Vec::new();
    for (winner, loser, from) in CROSSINGS {
        let ((_, name, _, _, a), (_, _, than, _, other)) = (WAYS[winner], WAYS[loser]);
        let known = c
            .points
            .iter()
            .any(|p| a(p).is_some() && other(p).is_some());
        let (name, than) = (say(name), say(than));
        if known {
            out.push(match from(c) {
                None => never(l, name, than),
                at if at == first => always(l, name, than),
                Some(at) => {
                    let load = at / c.full_output_per_day;
                    cheaper_from(l, name, than, &fmt.percent(load), &fmt.compact(at))
                }
            });
        }
    }
    for why in [&c.no_own, &c.no_rent].into_iter().flatten() {
        out.push(super::in_words(app, &Nothing::Money(why.clone())));
    }
    if b.comparison.points.iter().all(|p| p.api.is_none()) {
        out.push(say(no_market).to_owned());
    }
    out
}

fn chart(b: &Business, app: App, fmt: Fmt, scale: f64, by_load: bool) -> ChartSpec {
    let c = &b.comparison;
    let full = if by_load {
        c.full_output_per_day.max(1e-9)
    } else {
        1.0
    };
    let mut all = Vec::new();
    for (place, (name, _, _, token, line)) in WAYS.into_iter().enumerate() {
        let points: Vec<Point> = c
            .points
            .iter()
            .filter_map(|p| Some(Point::new(p.output_per_day / full, line(p)?.0 * scale)))
            .collect();
        let mark = match place {
            0 => Mark::Step(2.5),
            1 => Mark::Step(1.5),
            _ => Mark::Line(1.5, (5.0, 4.0)),
        };
        if !points.is_empty() {
            all.push(series(app.say(name), token, mark, points));
        }
    }
    let notes = all
        .iter()
        .filter_map(|s| s.points.last().map(|p| (s.name.clone(), *p)))
        .map(|(name, p)| Note {
            x: p.x,
            y: p.y,
            lines: vec![name],
            strong: false,
        })
        .collect();
    // Where one overtakes another; what always wins has no place to mark.
    let first = c.points.first().map(|p| p.output_per_day);
    // Labels that would lie on each other give way: the sentences below name every crossing.
    let widest = c.full_output_per_day * LABEL_ROOM;
    let mut labelled: Vec<f64> = Vec::new();
    let mut rules: Vec<Rule> = Vec::new();
    for (winner, loser, from) in CROSSINGS {
        let Some(at) = from(c).filter(|at| Some(*at) != first) else {
            continue;
        };
        let words = if by_load {
            fmt.percent(at / c.full_output_per_day)
        } else {
            fmt.compact(at)
        };
        let room = labelled.iter().all(|other| (other - at).abs() > widest);
        if room {
            labelled.push(at);
        }
        let label = wins(
            fmt.locale,
            app.say(WAYS[winner].0),
            app.say(WAYS[loser].0),
            &words,
        );
        rules.push(Rule {
            upright: true,
            at: at / full,
            label: if room { label } else { String::new() },
            token: Token::Line2,
            dotted: true,
        });
    }
    ChartSpec {
        title: app.say(crossover_title).to_owned(),
        x: Axis {
            title: app
                .say(if by_load { load_across } else { output_a_day })
                .to_owned(),
            zero: true,
            range: by_load.then_some((0.0, 1.0)),
            ..Axis::default()
        },
        y: Axis {
            title: app.say(cost_a_year).to_owned(),
            zero: true,
            ..Axis::default()
        },
        series: all,
        rules,
        notes,
        ..ChartSpec::default()
    }
}

crate::texts! {
    crossover_title = "Own, rent or buy by API", "自有、租用还是购买 API";
    across = "Across", "横轴";
    by_load = "By utilisation", "按利用率";
    by_tokens = "By tokens a day", "按日均 token";
    own = "own", "自有";
    rent = "rent", "租用";
    api = "API, market median", "API（市场中位价）";
    owning = "Owning", "自有";
    renting = "Renting", "租用";
    renting_after = "renting", "租用";
    api_after = "the API at the market's median", "按市场中位价购买 API";
    wins(winner, loser, at) = "{winner} < {loser} from {at}", "{at} 起{winner}低于{loser}";
    cheaper_from(winner, loser, load, tokens) = "{winner} costs less than {loser} from {load} utilisation on ({tokens} output tokens a day).", "利用率达到 {load}（日均输出 {tokens} token）起，{winner}的成本低于{loser}。";
    always(winner, loser) = "{winner} costs less than {loser} at any utilisation shown.", "在图示的任何利用率下，{winner}的成本都低于{loser}。";
    never(winner, loser) = "{winner} costs more than {loser} even with the factory full.", "即使工厂满载，{winner}的成本仍高于{loser}。";
    no_market = "No offer of this model is in the catalogue, so there is no line for the API.", "目录中没有该模型的报价，因此没有 API 曲线。";
    load_across = "utilisation of the whole factory", "整个工厂的利用率";
    output_a_day = "output tokens a day", "日均输出 token";
    cost_a_year = "cost a year", "年成本";
}
