//! What a chart says, as data: the page puts it into words for those who do not see it.

use super::spec::{ChartSpec, Point};

/// A series in brief.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSummary {
    /// Its name.
    pub name: String,
    /// Points that have a value.
    pub count: usize,
    /// Points that have none.
    pub gaps: usize,
    /// Leftmost point.
    pub first: Point,
    /// Rightmost point.
    pub last: Point,
    /// Lowest point.
    pub lowest: Point,
    /// Highest point.
    pub highest: Point,
}

/// One entry per series that has any value.
pub fn summarise(spec: &ChartSpec) -> Vec<SeriesSummary> {
    spec.series
        .iter()
        .filter_map(|series| {
            let shown: Vec<Point> = series
                .points
                .iter()
                .copied()
                .filter(|p| p.x.is_finite() && p.y.is_finite())
                .collect();
            let by = |key: fn(&Point) -> f64| {
                let low = shown.iter().min_by(|a, b| key(a).total_cmp(&key(b)))?;
                let high = shown.iter().max_by(|a, b| key(a).total_cmp(&key(b)))?;
                Some((*low, *high))
            };
            let (first, last) = by(|p| p.x)?;
            let (lowest, highest) = by(|p| p.y)?;
            Some(SeriesSummary {
                name: series.name.clone(),
                count: shown.len(),
                gaps: series.points.len() - shown.len(),
                first,
                last,
                lowest,
                highest,
            })
        })
        .collect()
}

/// Rows of the table that stands for the chart: series name, x, y, one row a point; gaps left out.
pub fn rows(spec: &ChartSpec) -> Vec<(String, Point)> {
    let of = |s: &super::spec::Series| {
        let name = s.name.clone();
        let shown = s
            .points
            .iter()
            .copied()
            .filter(|p| p.x.is_finite() && p.y.is_finite());
        shown.map(|p| (name.clone(), p)).collect::<Vec<_>>()
    };
    spec.series
        .iter()
        .filter(|s| s.answers)
        .flat_map(of)
        .collect()
}
