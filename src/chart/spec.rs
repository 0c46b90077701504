//! What a chart shows, in the units of its data. Plain data: no pixels, no colours but tokens.

use super::scene::Token;

/// How values map to positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps.
    #[default]
    Linear,
    /// Equal factors; values ≤ 0 are left out.
    Log,
    /// Seconds since the epoch, on a clock this many seconds east of Greenwich.
    Time(i32),
    /// Named places 0, 1, 2 …; the names are in [`Axis::names`].
    Names,
}

/// One axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it shows, with its unit.
    pub title: String,
    /// How values map to positions.
    pub scale: Scale,
    /// Range shown; `None` = that of the data, widened to whole ticks.
    pub range: Option<(f64, f64)>,
    /// The range must include zero.
    pub zero: bool,
    /// Names of the places of [`Scale::Names`].
    pub names: Vec<String>,
    /// No labels, no grid (sparklines).
    pub bare: bool,
}

/// How the points of a series are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// A line; gaps (NaN) break it. Width in pixels, dash (drawn, left out).
    Line(f64, (f64, f64)),
    /// A line of right angles: each value holds until the next.
    Step(f64),
    /// The area between `y` and zero, at this opacity.
    Area(f64),
    /// The area between `low` and `high`, at this opacity.
    Band(f64),
    /// A disc of this radius.
    Dots(f64),
    /// A ring of this radius: told from a disc without colour.
    Rings(f64),
    /// A diamond of this radius.
    Diamonds(f64),
    /// A bar from zero (or from `low`, for stacked bars) to `y`, this share of a place wide.
    Bars(f64),
    /// A bar lying down: from zero (or `low`) to `x` at the place `y`.
    LyingBars(f64),
    /// A cell of a heat map, coloured by `heat` between the least and the greatest of the series.
    Heat,
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Across.
    pub x: f64,
    /// Up; NaN = a gap.
    pub y: f64,
    /// Low end of a band or foot of a bar; NaN = none.
    pub low: f64,
    /// High end of a band; NaN = none.
    pub high: f64,
    /// Value that colours a heat cell; NaN = unknown, drawn as an empty cell.
    pub heat: f64,
}

impl Point {
    /// A plain point.
    pub fn new(x: f64, y: f64) -> Self {
        Self {
            x,
            y,
            low: f64::NAN,
            high: f64::NAN,
            heat: f64::NAN,
        }
    }

    /// A stretch between `low` and `high` (bands, stacked bars: `y` is the high end).
    pub fn span(x: f64, low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            ..Self::new(x, high)
        }
    }

    /// A cell of a heat map.
    pub fn cell(x: f64, y: f64, heat: f64) -> Self {
        Self {
            heat,
            ..Self::new(x, y)
        }
    }
}

/// A series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name, for legend, table and summary.
    pub name: String,
    /// Colour.
    pub token: Token,
    /// How it is drawn.
    pub mark: Mark,
    /// Its points, in drawing order.
    pub points: Vec<Point>,
    /// It answers to pointer and keyboard.
    pub answers: bool,
}

/// A line across the plot at a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Up at this x (true) or across at this y (false).
    pub upright: bool,
    /// The value.
    pub at: f64,
    /// Text beside it; empty = none.
    pub label: String,
    /// Colour.
    pub token: Token,
    /// Dotted instead of solid.
    pub dotted: bool,
}

/// A shaded part of the plot, in data units; infinite ends reach the edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// From, to across.
    pub x: (f64, f64),
    /// From, to up.
    pub y: (f64, f64),
    /// Colour.
    pub token: Token,
    /// Opacity, 0..1.
    pub opacity: f64,
    /// Lines of text in its lower right corner.
    pub label: Vec<String>,
}

/// A text at a point; the first line is strong when `strong`.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Where.
    pub x: f64,
    /// Where.
    pub y: f64,
    /// Lines.
    pub lines: Vec<String>,
    /// First line in strong ink.
    pub strong: bool,
}

/// A chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartSpec {
    /// What it is about; the heading of the summary, the title of an export.
    pub title: String,
    /// Across.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// Back to front.
    pub series: Vec<Series>,
    /// Shaded parts, behind everything.
    pub regions: Vec<Region>,
    /// Lines across the plot.
    pub rules: Vec<Rule>,
    /// Texts, most important first: later ones give way.
    pub notes: Vec<Note>,
}
