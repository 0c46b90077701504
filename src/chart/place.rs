//! Places a chart: from its description to shapes in pixels. Draws nothing, measures no text
//! itself, so it runs and is tested natively.

use super::axes::{LABEL_SIZE, Mapping, axis_range, crisp, draw_axes, ticks};
use super::notes::place_notes;
use super::scene::{Anchor, Paint, Scene, Shape, Spot, Token, Xy};
use super::spec::{ChartSpec, Mark, Scale, Series};

/// What placing needs from outside.
pub struct Env<'a> {
    /// Width of a text: (text, size in pixels, bold).
    pub measure: &'a dyn Fn(&str, f64, bool) -> f64,
    /// Tick label of a value across.
    pub format_x: &'a dyn Fn(f64) -> String,
    /// Tick label of a value up.
    pub format_y: &'a dyn Fn(f64) -> String,
}

/// Width of a text without a font at hand: half an em for a letter, a whole one for a wide
/// character. Good enough for tests and native exports.
pub fn estimated_width(text: &str, size: f64, bold: bool) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|c| if (c as u32) >= 0x2e80 { 1.0 } else { 0.53 })
        .sum();
    ems * size * if bold { 1.06 } else { 1.0 }
}

/// Places `spec` on a drawing of `size` pixels.
pub fn place(spec: &ChartSpec, size: Xy, env: &Env) -> Scene {
    let size = (usable(size.0), usable(size.1));
    let y_count = ((size.1 / 55.0) as usize).clamp(2, 8);
    let y_range = axis_range(spec, true, y_count);
    let y_ticks = ticks(&spec.y, y_range, y_count, env.format_y);
    let longest = y_ticks
        .iter()
        .map(|(_, l)| (env.measure)(l, LABEL_SIZE, false))
        .fold(0.0, f64::max);
    let left = if spec.y.bare {
        2.0
    } else {
        (longest + 10.0).min(size.0 * 0.4)
    };
    let right = size.0 - if spec.x.bare { 3.0 } else { 12.0 };
    let titled = !spec.y.bare && !spec.y.title.is_empty();
    let top = if spec.y.bare {
        3.0
    } else if titled {
        26.0
    } else {
        8.0
    };
    let foot = match (spec.x.bare, spec.x.title.is_empty()) {
        (true, _) => 3.0,
        (false, true) => 22.0,
        (false, false) => 40.0,
    };
    let bottom = (size.1 - foot).max(top + 1.0);
    let right = right.max(left + 1.0);

    let x_count = (((right - left) / 80.0) as usize).clamp(2, 10);
    let x_range = axis_range(spec, false, x_count);
    let x = Mapping {
        range: x_range,
        px: (left, right),
        scale: spec.x.scale,
    };
    let y = Mapping {
        range: y_range,
        px: (bottom, top),
        scale: spec.y.scale,
    };
    let x_ticks = ticks(&spec.x, x_range, x_count, env.format_x);

    let mut scene = Scene {
        size,
        plot_at: (left, top),
        plot_size: (right - left, bottom - top),
        ..Scene::default()
    };
    regions(spec, &x, &y, &mut scene.shapes);
    draw_axes(
        spec,
        (&x, &y),
        (&x_ticks, &y_ticks),
        size,
        env,
        &mut scene.shapes,
    );
    for (index, series) in spec.series.iter().enumerate() {
        marks(series, index, &x, &y, &mut scene);
    }
    rules(spec, &x, &y, &mut scene.shapes, env);
    place_notes(spec, &x, &y, env, &mut scene);
    scene
}

/// A size that is a number and not too small to divide by.
fn usable(v: f64) -> f64 {
    if v.is_finite() {
        v.clamp(16.0, 20_000.0)
    } else {
        300.0
    }
}

fn regions(spec: &ChartSpec, x: &Mapping, y: &Mapping, out: &mut Vec<Shape>) {
    // An infinite end reaches the edge.
    let edge = |m: &Mapping, v: f64| match m.px(v) {
        Some(px) => px.clamp(m.px.0.min(m.px.1), m.px.0.max(m.px.1)),
        None if v > 0.0 => m.px.1,
        None => m.px.0,
    };
    for region in &spec.regions {
        let (x0, x1) = (edge(x, region.x.0), edge(x, region.x.1));
        let (y0, y1) = (edge(y, region.y.1), edge(y, region.y.0));
        if x1 - x0 < 0.5 || y1 - y0 < 0.5 {
            continue;
        }
        out.push(Shape::Rect {
            at: (x0, y0),
            size: (x1 - x0, y1 - y0),
            paint: Paint::Token(region.token, region.opacity),
        });
        let lines = region.label.len() as f64;
        for (i, line) in region.label.iter().enumerate() {
            out.push(Shape::Text {
                at: (x1 - 6.0, y1 - 10.0 - (lines - 1.0 - i as f64) * 15.0),
                text: line.clone(),
                size: LABEL_SIZE,
                bold: false,
                anchor: Anchor::End,
                paint: Token::Ink3.into(),
            });
        }
    }
}

fn rules(spec: &ChartSpec, x: &Mapping, y: &Mapping, out: &mut Vec<Shape>, env: &Env) {
    for rule in &spec.rules {
        let along = if rule.upright { x } else { y };
        let inside = along
            .share(rule.at)
            .is_some_and(|s| (-1e-9..=1.0 + 1e-9).contains(&s));
        let (true, Some(px)) = (inside, along.px(rule.at).map(crisp)) else {
            continue;
        };
        let points = if rule.upright {
            vec![(px, y.px.1), (px, y.px.0)]
        } else {
            vec![(x.px.0, px), (x.px.1, px)]
        };
        out.push(Shape::Path {
            points,
            paint: rule.token.into(),
            width: 1.5,
            dash: if rule.dotted { (2.0, 3.0) } else { (0.0, 0.0) },
        });
        if rule.label.is_empty() {
            continue;
        }
        let width = (env.measure)(&rule.label, LABEL_SIZE, false);
        let (at, anchor) = if rule.upright {
            let room = px + 6.0 + width <= x.px.1;
            let side = if room { 6.0 } else { -6.0 };
            (
                (px + side, y.px.1 + 8.0),
                if room { Anchor::Start } else { Anchor::End },
            )
        } else {
            ((x.px.0 + 6.0, (px - 9.0).max(y.px.1 + 8.0)), Anchor::Start)
        };
        out.push(Shape::Text {
            at,
            text: rule.label.clone(),
            size: LABEL_SIZE,
            bold: false,
            anchor,
            paint: Token::Ink2.into(),
        });
    }
}

/// Runs of neighbouring points that can be shown; a gap ends a run.
fn runs(points: impl Iterator<Item = Option<Xy>>) -> Vec<Vec<Xy>> {
    let mut all = vec![Vec::new()];
    for p in points {
        match (p, all.last_mut()) {
            (Some(p), Some(run)) => run.push(p),
            (None, Some(run)) if !run.is_empty() => all.push(Vec::new()),
            _ => {}
        }
    }
    all.retain(|run| !run.is_empty());
    all
}

fn marks(series: &Series, index: usize, x: &Mapping, y: &Mapping, scene: &mut Scene) {
    let at = |px: f64, py: f64| Some((x.px(px)?, y.px(py)?));
    let token: Paint = series.token.into();
    let xy = || series.points.iter().map(|p| at(p.x, p.y));
    // Bars and areas stand on zero, or on the edge where zero is not shown.
    let floor = |m: &Mapping, v: f64| {
        if v.is_finite() { m.px(v) } else { m.px(0.0) }
            .unwrap_or(m.px.0)
            .clamp(m.px.0.min(m.px.1), m.px.0.max(m.px.1))
    };
    let shapes = &mut scene.shapes;
    match series.mark {
        Mark::Line(width, dash) => {
            for run in runs(xy()) {
                if let [only] = run[..] {
                    // A lone sample between gaps must not vanish.
                    shapes.push(Shape::Disc {
                        at: only,
                        radius: width.max(1.5),
                        paint: token,
                    });
                    continue;
                }
                shapes.push(Shape::Path {
                    points: run,
                    paint: token,
                    width,
                    dash,
                });
            }
        }
        Mark::Step(width) => {
            for run in runs(xy()) {
                let mut points = Vec::with_capacity(run.len() * 2);
                for p in run {
                    if let Some(&(_, before)) = points.last() {
                        points.push((p.0, before));
                    }
                    points.push(p);
                }
                shapes.push(Shape::Path {
                    points,
                    paint: token,
                    width,
                    dash: (0.0, 0.0),
                });
            }
        }
        Mark::Area(opacity) => {
            for run in runs(xy()) {
                let base = floor(y, f64::NAN);
                let (Some(first), Some(last)) = (run.first().copied(), run.last().copied()) else {
                    continue;
                };
                let mut points = run;
                points.push((last.0, base));
                points.push((first.0, base));
                shapes.push(Shape::Polygon {
                    points,
                    paint: Paint::Token(series.token, opacity),
                });
            }
        }
        Mark::Band(opacity) => {
            let both = |p: &super::spec::Point| Some((at(p.x, p.low)?, at(p.x, p.high)?));
            let pairs: Vec<_> = series.points.iter().map(both).collect();
            for run in pairs.split(Option::is_none) {
                let lows = run.iter().flatten().map(|p| p.0);
                let highs = run.iter().flatten().rev().map(|p| p.1);
                let points: Vec<Xy> = lows
                    .chain(highs)
                    .map(|(a, b)| (a, b.clamp(y.px.1, y.px.0)))
                    .collect();
                if points.len() > 2 {
                    shapes.push(Shape::Polygon {
                        points,
                        paint: Paint::Token(series.token, opacity),
                    });
                }
            }
        }
        Mark::Dots(radius) => {
            for at in xy().flatten() {
                shapes.push(Shape::Disc {
                    at,
                    radius: radius + 1.0,
                    paint: Token::Surface0.into(),
                });
                shapes.push(Shape::Disc {
                    at,
                    radius,
                    paint: token,
                });
            }
        }
        Mark::Rings(radius) => {
            for at in xy().flatten() {
                shapes.push(Shape::Disc {
                    at,
                    radius,
                    paint: Token::Surface0.into(),
                });
                shapes.push(Shape::Ring {
                    at,
                    radius,
                    paint: token,
                    width: 2.0,
                });
            }
        }
        Mark::Diamonds(r) => {
            for (cx, cy) in xy().flatten() {
                let points = vec![(cx, cy - r), (cx + r, cy), (cx, cy + r), (cx - r, cy)];
                shapes.push(Shape::Polygon {
                    points,
                    paint: token,
                });
            }
        }
        Mark::Bars(share) => {
            let width = step_px(series, x, |p| p.x) * share;
            for p in &series.points {
                let Some((cx, cy)) = at(p.x, p.y) else {
                    continue;
                };
                push_rect(
                    shapes,
                    (cx - width / 2.0, cy),
                    (cx + width / 2.0, floor(y, p.low)),
                    token,
                );
            }
        }
        Mark::LyingBars(share) => {
            let width = step_px(series, y, |p| p.y) * share;
            for p in &series.points {
                let Some((cx, cy)) = at(p.x, p.y) else {
                    continue;
                };
                push_rect(
                    shapes,
                    (floor(x, p.low), cy - width / 2.0),
                    (cx, cy + width / 2.0),
                    token,
                );
            }
        }
        Mark::Heat => {
            let (w, h) = (step_px(series, x, |p| p.x), step_px(series, y, |p| p.y));
            let known = series.points.iter().map(|p| p.heat);
            let (low, high) = super::range::safe_range(known, Scale::Linear, false);
            for p in &series.points {
                let Some((cx, cy)) = at(p.x, p.y) else {
                    continue;
                };
                let (x0, y0) = ((cx - w / 2.0).round(), (cy - h / 2.0).round());
                let cell = (
                    (cx + w / 2.0).round() - x0 - 1.0,
                    (cy + h / 2.0).round() - y0 - 1.0,
                );
                shapes.push(if p.heat.is_finite() {
                    Shape::Rect {
                        at: (x0, y0),
                        size: cell,
                        paint: Paint::Ramp((p.heat - low) / (high - low)),
                    }
                } else {
                    Shape::Frame {
                        at: (x0, y0),
                        size: cell,
                        paint: Token::Spare.into(),
                        width: 1.0,
                    }
                });
            }
        }
    }
    if series.answers {
        let inside = |(px, py): &Xy| {
            (x.px.0 - 1.0..=x.px.1 + 1.0).contains(px) && (y.px.1 - 1.0..=y.px.0 + 1.0).contains(py)
        };
        let spots = xy()
            .enumerate()
            .filter_map(|(point, p)| Some((point, p.filter(inside)?)));
        scene.spots.extend(spots.map(|(point, at)| Spot {
            series: index,
            point,
            at,
        }));
    }
}

/// Pixels between neighbouring places of a series: the least distance of two of its values, one
/// whole place on a named axis.
fn step_px(series: &Series, m: &Mapping, value: impl Fn(&super::spec::Point) -> f64) -> f64 {
    let all = (m.px.1 - m.px.0).abs();
    if m.scale == Scale::Names {
        return all / (m.range.1 - m.range.0).max(1.0);
    }
    let mut at: Vec<f64> = series
        .points
        .iter()
        .filter_map(|p| m.px(value(p)))
        .collect();
    at.sort_by(f64::total_cmp);
    at.windows(2)
        .map(|w| w[1] - w[0])
        .filter(|d| *d > 0.5)
        .fold(all.min(48.0), f64::min)
}

fn push_rect(shapes: &mut Vec<Shape>, a: Xy, b: Xy, paint: Paint) {
    shapes.push(Shape::Rect {
        at: (a.0.min(b.0), a.1.min(b.1)),
        size: ((b.0 - a.0).abs(), (b.1 - a.1).abs()),
        paint,
    });
}

#[cfg(test)]
mod tests {
    use super::super::scene::test_palette;
    use super::super::spec::*;
    use super::super::svg::to_svg;
    use super::*;
    use proptest::prelude::*;

    fn placed(spec: &ChartSpec, size: Xy) -> Scene {
        let plain = |v: f64| format!("{v}");
        let env = Env {
            measure: &estimated_width,
            format_x: &plain,
            format_y: &plain,
        };
        place(spec, size, &env)
    }

    fn series(mark: Mark, points: Vec<Point>) -> Series {
        Series {
            name: "s".into(),
            token: Token::Decode,
            mark,
            points,
            answers: true,
        }
    }

    /// The published decode points of the CloudMatrix384 paper (arXiv 2506.12708): 1000/TPOT across,
    /// tokens/s per card up.
    fn frontier() -> ChartSpec {
        let points = [(20.2, 1943.0), (40.7, 974.0), (67.1, 538.0)];
        ChartSpec {
            title: "Frontier <test>".into(),
            x: Axis {
                title: "tokens/s per user".into(),
                zero: true,
                ..Axis::default()
            },
            y: Axis {
                title: "tokens/s per card".into(),
                zero: true,
                ..Axis::default()
            },
            series: vec![
                series(
                    Mark::Line(2.0, (5.0, 4.0)),
                    points.iter().map(|p| Point::new(p.0, p.1)).collect(),
                ),
                series(Mark::Dots(4.0), vec![Point::new(20.2, 1943.0)]),
            ],
            regions: vec![Region {
                x: (f64::NEG_INFINITY, 20.0),
                y: (f64::NEG_INFINITY, f64::INFINITY),
                token: Token::Surface2,
                opacity: 0.6,
                label: vec!["too slow".into()],
            }],
            rules: vec![Rule {
                upright: true,
                at: 20.0,
                label: String::new(),
                token: Token::Bad,
                dotted: false,
            }],
            notes: vec![Note {
                x: 20.2,
                y: 1943.0,
                lines: vec!["This plan".into(), "45 ms".into()],
                strong: true,
            }],
        }
    }

    #[test]
    fn a_frontier_is_drawn_as_it_was() {
        let scene = placed(&frontier(), (460.0, 260.0));
        assert_eq!(scene.spots.len(), 4);
        insta::assert_snapshot!(to_svg(&scene, &test_palette(), "Frontier <test>"));
    }

    #[test]
    fn a_gap_breaks_a_line_and_a_lone_sample_stays_visible() {
        let y = [1.0, 2.0, f64::NAN, 3.0, f64::NAN, 4.0, 5.0];
        let points = y
            .iter()
            .enumerate()
            .map(|(i, y)| Point::new(i as f64, *y))
            .collect();
        let spec = ChartSpec {
            series: vec![series(Mark::Line(2.0, (0.0, 0.0)), points)],
            ..ChartSpec::default()
        };
        let scene = placed(&spec, (400.0, 200.0));
        let lines = scene.shapes.iter().filter(|s| {
            matches!(
                s,
                Shape::Path {
                    paint: Paint::Token(Token::Decode, _),
                    ..
                }
            )
        });
        assert_eq!(lines.count(), 2);
        assert_eq!(
            scene
                .shapes
                .iter()
                .filter(|s| matches!(s, Shape::Disc { .. }))
                .count(),
            1
        );
        assert_eq!(scene.spots.len(), 5);
    }

    #[test]
    fn stacked_bars_stand_on_each_other() {
        let names = vec!["a".to_owned(), "b".to_owned()];
        let spec = ChartSpec {
            x: Axis {
                scale: Scale::Names,
                names,
                ..Axis::default()
            },
            series: vec![
                series(
                    Mark::Bars(0.5),
                    vec![Point::span(0.0, 0.0, 2.0), Point::span(1.0, 0.0, 1.0)],
                ),
                series(
                    Mark::Bars(0.5),
                    vec![Point::span(0.0, 2.0, 4.0), Point::span(1.0, 1.0, 4.0)],
                ),
            ],
            ..ChartSpec::default()
        };
        let scene = placed(&spec, (300.0, 200.0));
        let rects: Vec<(Xy, Xy)> = scene
            .shapes
            .iter()
            .filter_map(|s| match s {
                Shape::Rect { at, size, .. } => Some((*at, *size)),
                _ => None,
            })
            .collect();
        assert_eq!(rects.len(), 4);
        assert!(
            (rects[2].0.1 + rects[2].1.1 - rects[0].0.1).abs() < 1e-9,
            "{rects:?}"
        );
    }

    fn any_mark() -> impl Strategy<Value = Mark> {
        prop_oneof![
            Just(Mark::Line(2.0, (3.0, 2.0))),
            Just(Mark::Step(1.0)),
            Just(Mark::Area(0.2)),
            Just(Mark::Band(0.2)),
            Just(Mark::Dots(4.0)),
            Just(Mark::Rings(4.0)),
            Just(Mark::Diamonds(4.0)),
            Just(Mark::Bars(0.8)),
            Just(Mark::LyingBars(0.8)),
            Just(Mark::Heat),
        ]
    }

    fn any_scale() -> impl Strategy<Value = Scale> {
        prop_oneof![
            Just(Scale::Linear),
            Just(Scale::Log),
            Just(Scale::Time(28_800)),
            Just(Scale::Names)
        ]
    }

    proptest! {
        #[test]
        fn nothing_panics_and_no_coordinate_is_lost(
            marks in proptest::collection::vec((any_mark(), proptest::collection::vec(proptest::array::uniform4(proptest::num::f64::ANY), 0..6)), 0..4),
            sx in any_scale(), sy in any_scale(), w in proptest::num::f64::ANY, h in -10.0f64..900.0, zero in proptest::bool::ANY,
        ) {
            let spec = ChartSpec {
                x: Axis { scale: sx, title: "x".into(), names: vec!["one".into(); 3], ..Axis::default() },
                y: Axis { scale: sy, zero, ..Axis::default() },
                series: marks.into_iter().map(|(m, ps)| series(m, ps.into_iter().map(|[x, y, low, heat]| Point { x, y, low, high: y, heat }).collect())).collect(),
                ..frontier()
            };
            let scene = placed(&spec, (w, h));
            let drawn = to_svg(&scene, &test_palette(), "any");
            prop_assert!(!drawn.contains("NaN") && !drawn.contains("inf\""));
        }
    }
}
