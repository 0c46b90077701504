//! One chart: two canvases (drawing, cursor), hover and keyboard, a table twin, exports.

use leptos::html;
use leptos::prelude::*;
use token_factory::chart::hit::{Step, nearest, step};
use token_factory::chart::place::place;
use token_factory::chart::scene::{Scene, Shape, Token};
use token_factory::chart::spec::{ChartSpec, Scale};
use token_factory::chart::summary::{rows, summarise};

use super::export::{ExportMenu, Rows};
use super::readout::Readout;
use crate::platform::{self, FrameJob};
use crate::state::App;
use crate::texts;

/// How far from a point the pointer still means it, CSS pixels.
const REACH: f64 = 36.0;

/// What the read-out says about a point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tip {
    /// First line, strong.
    pub title: String,
    /// Names and values.
    pub rows: Vec<(String, String)>,
}

impl Tip {
    /// As one sentence, for a screen reader.
    fn spoken(&self) -> String {
        let rows = self
            .rows
            .iter()
            .map(|(name, value)| format!("{name} {value}"));
        std::iter::once(self.title.clone())
            .chain(rows)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// A chart. Its height comes from `class` (a rule in the style sheet).
#[component]
pub fn Chart(
    /// Name in the page and of exported files; unique.
    name: &'static str,
    /// What it shows, in the reader's language.
    #[prop(into)]
    spec: Signal<ChartSpec>,
    /// Tick labels across.
    #[prop(into)]
    format_x: Callback<f64, String>,
    /// Tick labels up.
    #[prop(into)]
    format_y: Callback<f64, String>,
    /// What the read-out says about (series, point).
    #[prop(optional, into)]
    tip: Option<Callback<(usize, usize), Tip>>,
    /// Called when (series, point) is clicked, or entered from the keyboard.
    #[prop(optional, into)]
    on_pick: Option<Callback<(usize, usize)>>,
    /// Sentence for those who do not see the chart, before the generated one.
    #[prop(optional, into)]
    summary: Option<Signal<String>>,
    /// Numbers behind it, heading first; without it: series, x, y.
    #[prop(optional, into)]
    table: Option<Callback<(), Rows>>,
    /// Class of the box; sets the height.
    #[prop(optional)]
    class: &'static str,
    /// No table and no exports (sparklines).
    #[prop(optional)]
    plain: bool,
) -> impl IntoView {
    let app = App::here();
    let frame = NodeRef::<html::Div>::new();
    let (base, over) = (
        NodeRef::<html::Canvas>::new(),
        NodeRef::<html::Canvas>::new(),
    );
    let size = platform::size_of(frame);
    let ratio = platform::device_pixel_ratio();
    let same_ratio = platform::media(&format!("(resolution: {ratio}dppx)"));

    let scene = Memo::new(move |_| {
        let size = size.get();
        if size.0 < 1.0 {
            return Scene::default();
        }
        let (x, y) = (move |v| format_x.run(v), move |v| format_y.run(v));
        spec.with(|spec| place(spec, size, &super::env(&x, &y)))
    });
    let cursor = RwSignal::new(None::<usize>);
    // A spot that is gone after a redraw is no cursor.
    let here = Memo::new(move |_| {
        let at = cursor.get()?;
        scene.with(|s| s.spots.get(at).copied())
    });
    let tip_at = Signal::derive(move || {
        let spot = here.get()?;
        let tip = tip.map_or_else(Tip::default, |t| t.run((spot.series, spot.point)));
        Some((spot.at, tip))
    });

    let (draw_base, draw_over) = (FrameJob::default(), FrameJob::default());
    Effect::new(move |_| {
        scene.track();
        app.dark.track();
        same_ratio.track();
        draw_base.request(move || {
            let Some(scene) = scene.try_get_untracked() else {
                return;
            };
            platform::paint(base, scene.size, &scene.shapes, &platform::palette());
        });
    });
    Effect::new(move |_| {
        let shapes = here.get().map(|spot| {
            let (at, ring) = (spot.at, |radius, token: Token, width| Shape::Ring {
                at: spot.at,
                radius,
                paint: token.into(),
                width,
            });
            let (top, foot) = scene.with(|s| (s.plot_at.1, s.plot_at.1 + s.plot_size.1));
            let guide = Shape::Path {
                points: vec![(at.0, top), (at.0, foot)],
                paint: Token::Line2.into(),
                width: 1.0,
                dash: (2.0, 3.0),
            };
            vec![
                guide,
                ring(8.0, Token::Surface0, 2.0),
                ring(7.0, Token::Ink1, 2.0),
            ]
        });
        app.dark.track();
        let size = size.get();
        draw_over.request(move || {
            platform::paint(
                over,
                size,
                &shapes.unwrap_or_default(),
                &platform::palette(),
            );
        });
    });

    let pick = move || {
        if let (Some(spot), Some(f)) = (here.get_untracked(), on_pick) {
            f.run((spot.series, spot.point));
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let shift = event.shift_key();
        let to = match event.key().as_str() {
            "ArrowRight" if shift => Step::Far,
            "ArrowLeft" if shift => Step::FarBack,
            "ArrowRight" => Step::Next,
            "ArrowLeft" => Step::Previous,
            "ArrowDown" => Step::NextSeries,
            "ArrowUp" => Step::PreviousSeries,
            "Home" => Step::First,
            "End" => Step::Last,
            "Escape" => return cursor.set(None),
            "Enter" | " " => {
                event.prevent_default();
                return pick();
            }
            _ => return,
        };
        event.prevent_default();
        cursor.set(scene.with_untracked(|s| step(s, cursor.get_untracked(), to)));
        if let Some((_, tip)) = tip_at.get_untracked() {
            app.announce(tip.spoken());
        }
    };
    let say = move || {
        let words = spec.with(|s| describe(s, app, format_x, format_y));
        match summary {
            Some(first) => format!("{} {words}", first.get()),
            None => words,
        }
    };
    let all_rows = Callback::new(move |()| match table {
        Some(table) => table.run(()),
        None => spec.with(plain_rows),
    });
    let title = Signal::derive(move || spec.with(|s| s.title.clone()));
    // Built only while it is open: a slider must not rebuild a hidden table.
    let table_open = RwSignal::new(false);
    let interactive = move || scene.with(|s| !s.spots.is_empty());
    view! {
        <figure class="chart">
            <div node_ref=frame class=format!("chart-frame {class}") role="img" aria-label=say
                tabindex=move || interactive().then_some("0")
                on:keydown=on_key
                on:blur=move |_| cursor.set(None)>
                <canvas node_ref=base aria-hidden="true"></canvas>
                <canvas node_ref=over aria-hidden="true" class:pickable=on_pick.is_some() && !plain
                    on:pointermove=move |e| {
                        let at = (f64::from(e.offset_x()), f64::from(e.offset_y()));
                        let hit = scene.with_untracked(|s| nearest(s, at, REACH));
                        if hit != cursor.get_untracked() { cursor.set(hit); }
                    }
                    on:pointerleave=move |_| cursor.set(None)
                    on:click=move |_| pick()></canvas>
                {tip.map(|_| view! { <Readout tip=tip_at size=size.into() /> })}
            </div>
            {(!plain).then(|| view! {
                <div class="chart-tools">
                    <details class="chart-table" on:toggle=move |e| table_open.set(platform::toggled_open(&e))>
                        <summary class="link">{move || app.say(as_table)}</summary>
                        {move || table_open.get().then(|| twin(all_rows.run(()), title.get()))}
                    </details>
                    <ExportMenu name title scene=scene.into() rows=all_rows />
                </div>
            })}
        </figure>
    }
}

/// The table that stands for the chart.
fn twin(rows: Rows, title: String) -> impl IntoView {
    let mut rows = rows.into_iter();
    let head = rows.next().unwrap_or_default();
    view! {
        <div class="chart-scroll" tabindex="0" role="region" aria-label=title.clone()>
            <table class="lines">
                <caption class="visually-hidden">{title.clone()}</caption>
                <thead><tr>{head.into_iter().map(|h| view! { <th scope="col">{h}</th> }).collect_view()}</tr></thead>
                <tbody>
                    {rows.map(|row| view! { <tr>{row.into_iter().map(|c| view! { <td>{c}</td> }).collect_view()}</tr> }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

fn plain_rows(spec: &ChartSpec) -> Rows {
    let head = vec![String::new(), spec.x.title.clone(), spec.y.title.clone()];
    let number = |v: f64| v.to_string();
    let across = |v: f64| match spec.x.scale {
        Scale::Time(_) => platform::second_of(v),
        _ => number(v),
    };
    let body = rows(spec)
        .into_iter()
        .map(|(name, p)| vec![name, across(p.x), number(p.y)]);
    std::iter::once(head).chain(body).collect()
}

/// The chart in words.
fn describe(
    spec: &ChartSpec,
    app: App,
    format_x: Callback<f64, String>,
    format_y: Callback<f64, String>,
) -> String {
    let locale = app.locale.get();
    let of = |s: token_factory::chart::summary::SeriesSummary| {
        let at = |p: token_factory::chart::spec::Point| (format_x.run(p.x), format_y.run(p.y));
        let ((x0, y0), (x1, y1)) = (at(s.first), at(s.last));
        if s.count == 1 {
            return said_point(locale, &s.name, &x0, &y0);
        }
        said_series(locale, &s.name, &s.count.to_string(), &x0, &y0, &x1, &y1)
    };
    let axes = said_axes(locale, &spec.title, &spec.x.title, &spec.y.title);
    let shown = summarise(spec);
    if shown.is_empty() {
        return format!("{axes} {}", texts::unknown(locale));
    }
    std::iter::once(axes)
        .chain(shown.into_iter().map(of))
        .collect::<Vec<_>>()
        .join(" ")
}

crate::texts! {
    as_table = "As a table", "看表格";
    said_axes(title, x, y) = "{title}. Across: {x}; up: {y}.", "{title}。横轴：{x}；纵轴：{y}。";
    said_point(name, x, y) = "{name}: {y} at {x}.", "{name}：横轴 {x} 处为 {y}。";
    said_series(name, count, x0, y0, x1, y1) = "{name}, {count} points: from {y0} at {x0} to {y1} at {x1}.", "{name}，共 {count} 点：从 {x0} 处的 {y0} 到 {x1} 处的 {y1}。";
}
