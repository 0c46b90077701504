//! Axes: the range shown, ticks, grid and labels; and the mapping from values to pixels.

use super::place::Env;
use super::range;
use super::scene::{Anchor, Shape, Token};
use super::spec::{Axis, ChartSpec, Mark, Scale};

/// Text size of tick labels, CSS pixels.
pub const LABEL_SIZE: f64 = 12.0;

/// From values to pixels along one axis. `px` runs from the low to the high end, so it falls for
/// an axis that points up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mapping {
    /// Values at both ends.
    pub range: (f64, f64),
    /// Pixels at both ends.
    pub px: (f64, f64),
    /// How.
    pub scale: Scale,
}

impl Mapping {
    /// Pixel of a value; `None` = cannot be shown (NaN, infinite, ≤ 0 on a logarithmic axis).
    /// Values far outside the range are held to one plot size beyond it.
    pub fn px(&self, value: f64) -> Option<f64> {
        let share = self.share(value)?;
        Some(self.px.0 + share.clamp(-1.0, 2.0) * (self.px.1 - self.px.0))
    }

    /// Place of a value between the ends, 0..1 inside.
    pub fn share(&self, value: f64) -> Option<f64> {
        let (low, high) = self.range;
        let share = match self.scale {
            Scale::Log if value > 0.0 => (value / low).ln() / (high / low).ln(),
            Scale::Log => return None,
            _ => (value - low) / (high - low),
        };
        share.is_finite().then_some(share)
    }

    /// Value at a pixel.
    pub fn value(&self, px: f64) -> f64 {
        let share = (px - self.px.0) / (self.px.1 - self.px.0);
        let (low, high) = self.range;
        match self.scale {
            Scale::Log => low * (high / low).powf(share),
            _ => low + share * (high - low),
        }
    }
}

/// Range of an axis: as forced, or that of the data widened to whole ticks.
pub fn axis_range(spec: &ChartSpec, upright: bool, ticks: usize) -> (f64, f64) {
    let axis = if upright { &spec.y } else { &spec.x };
    if axis.scale == Scale::Names {
        return (-0.5, axis.names.len().max(1) as f64 - 0.5);
    }
    if let Some((low, high)) = axis.range {
        return range::ordered(low, high, axis.scale);
    }
    let mut zero = axis.zero;
    let mut values = Vec::new();
    for series in &spec.series {
        let lying = matches!(series.mark, Mark::LyingBars(_));
        zero |= match series.mark {
            Mark::Bars(_) | Mark::Area(_) => upright,
            Mark::LyingBars(_) => !upright,
            _ => false,
        };
        for p in &series.points {
            let main = if upright { p.y } else { p.x };
            // Heat cells stand on named places or reach half a step beyond; names cover that.
            values.push(main);
            if upright != lying {
                values.extend([p.low, p.high]);
            }
        }
    }
    values.extend(
        spec.rules
            .iter()
            .filter(|r| r.upright != upright)
            .map(|r| r.at),
    );
    let (low, high) = range::safe_range(values, axis.scale, zero);
    match axis.scale {
        Scale::Linear if !axis.bare => range::nice_range(low, high, ticks),
        _ => (low, high),
    }
}

/// Values and their labels.
pub type Ticks = Vec<(f64, String)>;

/// Ticks and their labels.
pub fn ticks(
    axis: &Axis,
    range: (f64, f64),
    count: usize,
    format: &dyn Fn(f64) -> String,
) -> Ticks {
    let at = match axis.scale {
        Scale::Linear => range::linear_ticks(range.0, range.1, count),
        Scale::Log => range::log_ticks(range.0, range.1, count),
        Scale::Time(offset) => range::time_ticks(range.0, range.1, count, offset),
        Scale::Names => {
            return axis
                .names
                .iter()
                .enumerate()
                .map(|(i, name)| (i as f64, name.clone()))
                .collect();
        }
    };
    at.into_iter().map(|t| (t, format(t))).collect()
}

/// Grid, ticks, labels and titles.
pub fn draw_axes(
    spec: &ChartSpec,
    (x, y): (&Mapping, &Mapping),
    (x_ticks, y_ticks): (&Ticks, &Ticks),
    size: (f64, f64),
    env: &Env,
    out: &mut Vec<Shape>,
) {
    let (left, right) = x.px;
    let bottom = y.px.0;
    let text = |at, text: &str, anchor, token: Token| Shape::Text {
        at,
        text: text.to_owned(),
        size: LABEL_SIZE,
        bold: false,
        anchor,
        paint: token.into(),
    };
    let line = |a, b, token: Token| Shape::Path {
        points: vec![a, b],
        paint: token.into(),
        width: 1.0,
        dash: (0.0, 0.0),
    };
    if !spec.y.bare {
        for (value, label) in y_ticks {
            let Some(py) = y.px(*value).map(crisp) else {
                continue;
            };
            if spec.y.scale != Scale::Names {
                out.push(line((left, py), (right, py), Token::Line));
            }
            let fits = clip(label, left - 8.0, env);
            out.push(text((left - 8.0, py), &fits, Anchor::End, Token::Ink3));
        }
        if !spec.y.title.is_empty() {
            out.push(text((0.0, 7.0), &spec.y.title, Anchor::Start, Token::Ink2));
        }
    }
    if !spec.x.bare {
        let base = crisp(bottom);
        out.push(line((left, base), (right, base), Token::Line2));
        let mut free_from = f64::NEG_INFINITY;
        for (value, label) in x_ticks {
            let Some(px) = x.px(*value).map(crisp) else {
                continue;
            };
            let width = (env.measure)(label, LABEL_SIZE, false);
            // The outermost labels stay on the drawing; one that would touch its neighbour goes.
            let at = px.clamp(width / 2.0, (size.0 - width / 2.0).max(width / 2.0));
            if at - width / 2.0 < free_from {
                continue;
            }
            free_from = at + width / 2.0 + 10.0;
            if spec.x.scale != Scale::Names {
                out.push(line((px, base), (px, base + 4.0), Token::Line2));
            }
            out.push(text(
                (at, bottom + 14.0),
                label,
                Anchor::Middle,
                Token::Ink3,
            ));
        }
        if !spec.x.title.is_empty() {
            out.push(text(
                (right, size.1 - 7.0),
                &spec.x.title,
                Anchor::End,
                Token::Ink2,
            ));
        }
    }
}

/// Middle of the pixel: a one-pixel line there is sharp.
pub fn crisp(px: f64) -> f64 {
    px.floor() + 0.5
}

/// `text` cut to `width` pixels, with an ellipsis when it had to be.
pub fn clip(text: &str, width: f64, env: &Env) -> String {
    if (env.measure)(text, LABEL_SIZE, false) <= width {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let shorter: String = kept.iter().collect::<String>().trim_end().to_owned() + "…";
        if (env.measure)(&shorter, LABEL_SIZE, false) <= width {
            return shorter;
        }
    }
    String::new()
}
