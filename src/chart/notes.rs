//! Texts at points, each on the side where it covers least; less important ones give way.

use super::axes::{LABEL_SIZE, Mapping};
use super::place::Env;
use super::scene::{Anchor, Paint, Scene, Shape, Token, Xy};
use super::spec::ChartSpec;

/// Height of a line of text.
const LINE: f64 = 15.0;

#[derive(Clone, Copy)]
struct Box {
    at: Xy,
    size: Xy,
}

impl Box {
    fn overlaps(&self, other: &Box) -> bool {
        self.at.0 < other.at.0 + other.size.0
            && other.at.0 < self.at.0 + self.size.0
            && self.at.1 < other.at.1 + other.size.1
            && other.at.1 < self.at.1 + self.size.1
    }

    fn holds(&self, p: Xy) -> bool {
        p.0 > self.at.0
            && p.0 < self.at.0 + self.size.0
            && p.1 > self.at.1
            && p.1 < self.at.1 + self.size.1
    }
}

/// Adds the notes of `spec` to the scene, around the shapes already there.
pub fn place_notes(spec: &ChartSpec, x: &Mapping, y: &Mapping, env: &Env, scene: &mut Scene) {
    let inked = inked_points(&scene.shapes);
    let mut taken: Vec<Box> = scene
        .shapes
        .iter()
        .filter_map(|s| text_box(s, env))
        .collect();
    let mut shapes = Vec::new();
    for note in &spec.notes {
        let (Some(px), Some(py)) = (x.px(note.x), y.px(note.y)) else {
            continue;
        };
        let bold = |i: usize| note.strong && i == 0;
        let width = note
            .lines
            .iter()
            .enumerate()
            .map(|(i, l)| (env.measure)(l, LABEL_SIZE, bold(i)))
            .fold(0.0, f64::max);
        let height = note.lines.len() as f64 * LINE;
        let plot = Box {
            at: (scene.plot_at.0 + 2.0, scene.plot_at.1 - 4.0),
            size: (scene.plot_size.0 + 8.0, scene.plot_size.1),
        };
        let candidates = [
            (12.0, -height - 4.0),
            (12.0, -height / 2.0),
            (12.0, 6.0),
            (-width - 12.0, -height - 4.0),
            (-width / 2.0, -height - 10.0),
            (-width - 12.0, -height / 2.0),
            (-width / 2.0, 12.0),
            (-width - 12.0, 6.0),
            (26.0, -height - 16.0),
            (26.0, 16.0),
        ];
        let best = candidates
            .into_iter()
            .map(|(dx, dy)| Box {
                at: (px + dx, py + dy),
                size: (width, height),
            })
            .filter(|b| {
                b.at.0 >= plot.at.0
                    && b.at.1 >= plot.at.1
                    && b.at.0 + b.size.0 <= plot.at.0 + plot.size.0
                    && b.at.1 + b.size.1 <= plot.at.1 + plot.size.1
                    && !taken.iter().any(|t| t.overlaps(b))
            })
            .enumerate()
            .min_by_key(|(order, b)| (inked.iter().filter(|p| b.holds(**p)).count(), *order))
            .map(|(_, b)| b);
        let Some(best) = best else { continue };
        taken.push(best);
        shapes.push(Shape::Rect {
            at: (best.at.0 - 2.0, best.at.1),
            size: (best.size.0 + 4.0, best.size.1),
            paint: Paint::Token(Token::Surface0, 0.72),
        });
        for (i, line) in note.lines.iter().enumerate() {
            shapes.push(Shape::Text {
                at: (best.at.0, best.at.1 + (i as f64 + 0.5) * LINE),
                text: line.clone(),
                size: LABEL_SIZE,
                bold: bold(i),
                anchor: Anchor::Start,
                paint: if bold(i) { Token::Ink1 } else { Token::Ink2 }.into(),
            });
        }
    }
    scene.shapes.extend(shapes);
}

/// Points that a text should rather not cover: samples along lines (grid lines excepted), marks.
fn inked_points(shapes: &[Shape]) -> Vec<Xy> {
    let mut inked = Vec::new();
    for shape in shapes {
        match shape {
            Shape::Path { points, paint, .. }
                if !matches!(paint, Paint::Token(Token::Line | Token::Line2, _)) =>
            {
                for w in points.windows(2) {
                    let (a, b) = (w[0], w[1]);
                    let n = ((b.0 - a.0).hypot(b.1 - a.1) / 4.0)
                        .ceil()
                        .clamp(1.0, 200.0);
                    inked.extend((0..=n as usize).map(|i| {
                        let t = i as f64 / n;
                        (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
                    }));
                }
            }
            Shape::Disc { at, radius, .. } | Shape::Ring { at, radius, .. } => {
                let r = *radius;
                // A covered mark is worse than a crossed line.
                inked.extend(
                    [(0.0, 0.0), (r, 0.0), (-r, 0.0), (0.0, r), (0.0, -r)]
                        .map(|(dx, dy)| (at.0 + dx, at.1 + dy)),
                );
            }
            _ => {}
        }
    }
    inked
}

fn text_box(shape: &Shape, env: &Env) -> Option<Box> {
    let Shape::Text {
        at,
        text,
        size,
        bold,
        anchor,
        ..
    } = shape
    else {
        return None;
    };
    let width = (env.measure)(text, *size, *bold);
    let left = match anchor {
        Anchor::Start => at.0,
        Anchor::Middle => at.0 - width / 2.0,
        Anchor::End => at.0 - width,
    };
    Some(Box {
        at: (left, at.1 - LINE / 2.0),
        size: (width, LINE),
    })
}
