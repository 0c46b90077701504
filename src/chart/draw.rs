//! Draws a placed scene on any plotters backend.
//!
//! plotters counts whole pixels. Scenes are placed in fractions of a CSS pixel, so everything is
//! drawn [`UNITS`] times larger and the backend scales it down again (times the pixel ratio of the
//! screen): lines stay where they were placed and strokes may be 1.5 pixels wide.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, RGBAColor, ShapeStyle, TextStyle};

use super::scene::{Anchor, Paint, Palette, Scene, Shape, Xy};

/// Backend units in a CSS pixel.
pub const UNITS: f64 = 8.0;

/// Fonts of every text on a chart; the same list as the page's.
pub const FONTS: &str = "system-ui, -apple-system, \"Segoe UI\", \"PingFang SC\", \"Microsoft YaHei\", \"Noto Sans CJK SC\", sans-serif";

type Area<DB> = DrawingArea<DB, Shift>;
type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// Draws `scene`; nothing is cleared and nothing is filled behind it.
pub fn draw<DB: DrawingBackend>(area: &Area<DB>, scene: &Scene, palette: &Palette) -> Drawn<DB> {
    draw_shapes(area, &scene.shapes, palette)
}

/// Draws shapes, back to front.
pub fn draw_shapes<DB: DrawingBackend>(
    area: &Area<DB>,
    shapes: &[Shape],
    palette: &Palette,
) -> Drawn<DB> {
    for shape in shapes {
        match shape {
            Shape::Path {
                points,
                paint,
                width,
                dash,
            } => {
                let style = stroke(palette, *paint, *width);
                if dash.0 > 0.0 && dash.1 > 0.0 {
                    for piece in dashes(points, *dash) {
                        area.draw(&PathElement::new(to_units(&piece), style))?;
                    }
                } else {
                    area.draw(&PathElement::new(to_units(points), style))?;
                }
            }
            Shape::Polygon { points, paint } => {
                area.draw(&Polygon::new(to_units(points), fill(palette, *paint)))?;
            }
            Shape::Rect { at, size, paint } => {
                area.draw(&Rectangle::new(corners(*at, *size), fill(palette, *paint)))?;
            }
            Shape::Frame {
                at,
                size,
                paint,
                width,
            } => {
                let half = width / 2.0;
                let inner = ((size.0 - width).max(0.0), (size.1 - width).max(0.0));
                let at = (at.0 + half, at.1 + half);
                area.draw(&Rectangle::new(
                    corners(at, inner),
                    stroke(palette, *paint, *width),
                ))?;
            }
            Shape::Disc { at, radius, paint } => {
                area.draw(&Circle::new(
                    unit(*at),
                    units(*radius),
                    fill(palette, *paint),
                ))?;
            }
            Shape::Ring {
                at,
                radius,
                paint,
                width,
            } => {
                area.draw(&Circle::new(
                    unit(*at),
                    units(*radius),
                    stroke(palette, *paint, *width),
                ))?;
            }
            Shape::Text {
                at,
                text,
                size,
                bold,
                anchor,
                paint,
            } => {
                let weight = if *bold {
                    FontStyle::Bold
                } else {
                    FontStyle::Normal
                };
                let font = FontDesc::new(FontFamily::Name(FONTS), size * UNITS, weight);
                let h = match anchor {
                    Anchor::Start => HPos::Left,
                    Anchor::Middle => HPos::Center,
                    Anchor::End => HPos::Right,
                };
                let colour = rgba(palette, *paint);
                let style = TextStyle::from(font)
                    .color(&colour)
                    .pos(Pos::new(h, VPos::Center));
                area.draw_text(text, &style, unit(*at))?;
            }
        }
    }
    Ok(())
}

fn rgba(palette: &Palette, paint: Paint) -> RGBAColor {
    let ((r, g, b), alpha) = match paint {
        Paint::Token(token, alpha) => (palette.rgb(token), alpha),
        Paint::Ramp(share) => (palette.ramp(share), 1.0),
    };
    RGBAColor(r, g, b, alpha)
}

fn fill(palette: &Palette, paint: Paint) -> ShapeStyle {
    ShapeStyle {
        color: rgba(palette, paint),
        filled: true,
        stroke_width: 0,
    }
}

fn stroke(palette: &Palette, paint: Paint, width: f64) -> ShapeStyle {
    ShapeStyle {
        color: rgba(palette, paint),
        filled: false,
        stroke_width: units(width).max(1) as u32,
    }
}

/// Pixels to backend units; held to what an i32 can carry, NaN becomes 0.
fn units(px: f64) -> i32 {
    (px * UNITS).round().clamp(-1e6, 1e6) as i32
}

fn unit((x, y): Xy) -> (i32, i32) {
    (units(x), units(y))
}

fn to_units(points: &[Xy]) -> Vec<(i32, i32)> {
    points.iter().map(|p| unit(*p)).collect()
}

fn corners(at: Xy, size: Xy) -> [(i32, i32); 2] {
    [unit(at), unit((at.0 + size.0, at.1 + size.1))]
}

/// Cuts a line into the drawn pieces of a dash pattern (drawn, left out), which runs on across
/// corners.
fn dashes(points: &[Xy], (on, off): (f64, f64)) -> Vec<Vec<Xy>> {
    const MOST: usize = 4000;
    let mut pieces = Vec::new();
    let mut piece: Vec<Xy> = points.first().copied().into_iter().collect();
    let (mut left, mut drawing) = (on, true);
    for w in points.windows(2) {
        let (mut a, b) = (w[0], w[1]);
        loop {
            let length = (b.0 - a.0).hypot(b.1 - a.1);
            if length <= left || pieces.len() >= MOST {
                left -= length;
                if drawing {
                    piece.push(b);
                }
                break;
            }
            let t = left / length;
            a = (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1));
            if drawing {
                piece.push(a);
                pieces.push(std::mem::take(&mut piece));
                left = off;
            } else {
                piece = vec![a];
                left = on;
            }
            drawing = !drawing;
        }
    }
    if drawing && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_their_share_of_a_line_and_turn_corners() {
        let pieces = dashes(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], (3.0, 2.0));
        let length: f64 = pieces
            .iter()
            .flat_map(|p| p.windows(2))
            .map(|w| (w[1].0 - w[0].0).hypot(w[1].1 - w[0].1))
            .sum();
        assert!((length - 12.0).abs() < 1e-9, "{length}");
        assert_eq!(pieces.len(), 4);
    }

    #[test]
    fn coordinates_without_a_number_do_not_overflow() {
        assert_eq!(units(f64::NAN), 0);
        assert_eq!(units(f64::INFINITY), 1_000_000);
    }
}
