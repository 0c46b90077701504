//! Which point the pointer means, and where the keyboard goes next.

use super::scene::{Scene, Spot, Xy};

/// Index (into [`Scene::spots`]) of the spot nearest to `at`, if any is within `reach` pixels.
pub fn nearest(scene: &Scene, at: Xy, reach: f64) -> Option<usize> {
    let far = |s: &Spot| (s.at.0 - at.0).hypot(s.at.1 - at.1);
    let (index, spot) = scene
        .spots
        .iter()
        .enumerate()
        .min_by(|a, b| far(a.1).total_cmp(&far(b.1)))?;
    (far(spot) <= reach).then_some(index)
}

/// A step of the keyboard cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the next point of the series, left to right.
    Next,
    /// Back.
    Previous,
    /// Ten points on.
    Far,
    /// Ten points back.
    FarBack,
    /// To the nearest point of the next series.
    NextSeries,
    /// To the nearest point of the series before.
    PreviousSeries,
    /// To the first point of the series.
    First,
    /// To the last.
    Last,
}

/// Where the cursor goes from `from` (`None` = not on the chart yet): an index into
/// [`Scene::spots`].
pub fn step(scene: &Scene, from: Option<usize>, step: Step) -> Option<usize> {
    let spots = &scene.spots;
    let Some(at) = from.and_then(|i| spots.get(i)) else {
        // Enter at the leftmost point of the first series.
        let first = spots.iter().map(|s| s.series).min()?;
        return row(spots, first).first().copied();
    };
    let row_here = row(spots, at.series);
    let here = row_here.iter().position(|i| Some(*i) == from)?;
    let last = row_here.len() - 1;
    let to = match step {
        Step::Next => (here + 1).min(last),
        Step::Previous => here.saturating_sub(1),
        Step::Far => (here + 10).min(last),
        Step::FarBack => here.saturating_sub(10),
        Step::First => 0,
        Step::Last => last,
        Step::NextSeries | Step::PreviousSeries => {
            let others = spots.iter().map(|s| s.series);
            let other = if step == Step::NextSeries {
                others.filter(|s| *s > at.series).min()
            } else {
                others.filter(|s| *s < at.series).max()
            };
            let Some(other) = other else { return from };
            let far = |i: &usize| {
                spots
                    .get(*i)
                    .map_or(f64::INFINITY, |s| (s.at.0 - at.at.0).abs())
            };
            return row(spots, other)
                .into_iter()
                .min_by(|a, b| far(a).total_cmp(&far(b)));
        }
    };
    row_here.get(to).copied()
}

/// Spots of a series from left to right.
fn row(spots: &[Spot], series: usize) -> Vec<usize> {
    let mut row: Vec<usize> = (0..spots.len())
        .filter(|i| spots[*i].series == series)
        .collect();
    row.sort_by(|a, b| {
        let (a, b) = (spots[*a].at, spots[*b].at);
        a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1))
    });
    row
}

/// Upper left of a tooltip of `tip` pixels beside `at` on a drawing of `size`: right of the point
/// and above it, on the other side where that would leave the drawing.
pub fn tooltip_at(at: Xy, tip: Xy, size: Xy) -> Xy {
    let gap = 12.0;
    let x = if at.0 + gap + tip.0 <= size.0 {
        at.0 + gap
    } else {
        at.0 - gap - tip.0
    };
    let y = if at.1 - gap - tip.1 >= 0.0 {
        at.1 - gap - tip.1
    } else {
        at.1 + gap
    };
    (x.clamp(0.0, (size.0 - tip.0).max(0.0)), y.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene() -> Scene {
        let spot = |series, point, x, y| Spot {
            series,
            point,
            at: (x, y),
        };
        Scene {
            // Out of order on purpose: the frontier is listed from slow to fast.
            spots: vec![
                spot(0, 0, 90.0, 10.0),
                spot(0, 1, 50.0, 20.0),
                spot(0, 2, 10.0, 30.0),
                spot(2, 0, 55.0, 80.0),
            ],
            ..Scene::default()
        }
    }

    #[test]
    fn the_pointer_finds_the_nearest_spot_within_reach() {
        assert_eq!(nearest(&scene(), (52.0, 24.0), 20.0), Some(1));
        assert_eq!(nearest(&scene(), (300.0, 300.0), 20.0), None);
        assert_eq!(nearest(&Scene::default(), (0.0, 0.0), 20.0), None);
    }

    #[test]
    fn the_keyboard_walks_left_to_right_and_across_series() {
        let s = scene();
        assert_eq!(step(&s, None, Step::Next), Some(2));
        assert_eq!(step(&s, Some(2), Step::Next), Some(1));
        assert_eq!(step(&s, Some(0), Step::Next), Some(0));
        assert_eq!(step(&s, Some(2), Step::Last), Some(0));
        assert_eq!(step(&s, Some(0), Step::NextSeries), Some(3));
        assert_eq!(step(&s, Some(3), Step::PreviousSeries), Some(1));
        assert_eq!(step(&s, Some(3), Step::NextSeries), Some(3));
        assert_eq!(step(&s, Some(99), Step::Next), Some(2));
        assert_eq!(step(&Scene::default(), None, Step::Next), None);
    }

    #[test]
    fn the_tooltip_flips_at_the_edges() {
        let size = (200.0, 100.0);
        assert_eq!(tooltip_at((20.0, 90.0), (80.0, 30.0), size), (32.0, 48.0));
        assert_eq!(tooltip_at((190.0, 5.0), (80.0, 30.0), size), (98.0, 17.0));
        assert_eq!(tooltip_at((5.0, 5.0), (800.0, 30.0), size), (0.0, 17.0));
    }
}
