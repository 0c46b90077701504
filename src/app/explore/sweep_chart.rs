//! A sweep as a chart: a line for one input, a heat map for two.

use token_factory::chart::scene::Token;
use token_factory::chart::spec::{Axis, ChartSpec, Mark, Point, Rule, Scale, Series};
use token_factory::planner::outputs::Output;
use token_factory::planner::sweep::Sweep;
use token_factory::scenario::limits::number_of;

use super::choice::axis_name;
use crate::format::Fmt;
use crate::outcomes;
use crate::texts::Locale;

/// The chart. `now`: an input's value in the plan.
pub fn spec(
    sweep: &Sweep,
    output: Output,
    now: &dyn Fn(&'static str) -> Option<f64>,
    fmt: Fmt,
) -> ChartSpec {
    match &sweep.y {
        Some(y) => heat(sweep, y, output, now, fmt),
        None => line(sweep, output, now(sweep.x.key), fmt),
    }
}

/// Index of the cells that keep the targets (true) or miss them.
fn cells(sweep: &Sweep, keeps: bool) -> impl Iterator<Item = usize> {
    let of = move |(i, cell): (usize, &Option<token_factory::planner::outputs::Outcome>)| {
        cell.is_some_and(|o| o.meets_targets == keeps).then_some(i)
    };
    sweep.cells.iter().enumerate().filter_map(of)
}

/// The cell that a point of the chart stands for.
pub fn cell_of(sweep: &Sweep, series: usize, point: usize) -> Option<usize> {
    if sweep.y.is_some() {
        return (series == 0 && point < sweep.cells.len()).then_some(point);
    }
    match series {
        1 => cells(sweep, true).nth(point),
        2 => cells(sweep, false).nth(point),
        _ => None,
    }
}

fn line(sweep: &Sweep, output: Output, now: Option<f64>, fmt: Fmt) -> ChartSpec {
    let l = fmt.locale;
    let x = |i: usize| sweep.x.values.get(i).copied().unwrap_or(f64::NAN);
    let y = |i: usize| sweep.value(i, output).unwrap_or(f64::NAN);
    let marks = |name: &str, token, mark, keeps| Series {
        name: name.to_owned(),
        token,
        mark,
        points: cells(sweep, keeps)
            .map(|i| Point::new(x(i), y(i)))
            .collect(),
        answers: true,
    };
    let whole = Series {
        name: outcomes::name(output)(l).to_owned(),
        token: Token::Ink2,
        mark: Mark::Line(2.0, (0.0, 0.0)),
        points: (0..sweep.cells.len())
            .map(|i| Point::new(x(i), y(i)))
            .collect(),
        answers: false,
    };
    let logarithmic = number_of(sweep.x.key).is_some_and(|n| n.logarithmic())
        && sweep.x.values.first().is_some_and(|v| *v > 0.0);
    ChartSpec {
        title: title(sweep, output, l),
        x: Axis {
            title: axis_name(sweep.x.key)(l).to_owned(),
            scale: if logarithmic {
                Scale::Log
            } else {
                Scale::Linear
            },
            range: sweep
                .x
                .values
                .first()
                .copied()
                .zip(sweep.x.values.last().copied())
                .filter(|(a, b)| a < b),
            ..Axis::default()
        },
        y: Axis {
            title: outcomes::axis_title(output, l),
            zero: true,
            ..Axis::default()
        },
        series: vec![
            whole,
            marks(keeps_targets(l), Token::Cached, Mark::Dots(4.5), true),
            marks(misses_targets(l), Token::Bad, Mark::Rings(4.5), false),
        ],
        rules: now
            .map(|at| Rule {
                upright: true,
                at,
                label: the_plan(l).to_owned(),
                token: Token::Ink3,
                dotted: true,
            })
            .into_iter()
            .collect(),
        ..ChartSpec::default()
    }
}

fn heat(
    sweep: &Sweep,
    y: &token_factory::planner::sweep::Axis,
    output: Output,
    now: &dyn Fn(&'static str) -> Option<f64>,
    fmt: Fmt,
) -> ChartSpec {
    let l = fmt.locale;
    let names = |axis: &token_factory::planner::sweep::Axis| Axis {
        title: axis_name(axis.key)(l).to_owned(),
        scale: Scale::Names,
        names: axis
            .values
            .iter()
            .map(|v| outcomes::number(fmt, axis.key, *v))
            .collect(),
        ..Axis::default()
    };
    let at = |i: usize| {
        let (column, row) = sweep.place(i);
        (column as f64, row as f64)
    };
    let all = (0..sweep.cells.len()).map(|i| {
        let (column, row) = at(i);
        Point::cell(column, row, sweep.value(i, output).unwrap_or(f64::NAN))
    });
    let missed = cells(sweep, false).map(|i| {
        let (column, row) = at(i);
        Point::new(column, row)
    });
    // The plan itself, where both its values are on the axes.
    let of = |axis: &token_factory::planner::sweep::Axis| axis.place_of(now(axis.key)?);
    let plan = of(&sweep.x).zip(of(y));
    ChartSpec {
        title: title(sweep, output, l),
        x: names(&sweep.x),
        y: names(y),
        series: vec![
            Series {
                name: outcomes::name(output)(l).to_owned(),
                token: Token::Ramp3,
                mark: Mark::Heat,
                points: all.collect(),
                answers: true,
            },
            Series {
                name: misses_targets(l).to_owned(),
                token: Token::Bad,
                mark: Mark::Rings(3.0),
                points: missed.collect(),
                answers: false,
            },
            Series {
                name: the_plan(l).to_owned(),
                token: Token::Ink1,
                mark: Mark::Diamonds(7.0),
                points: plan
                    .map(|(column, row)| Point::new(column as f64, row as f64))
                    .into_iter()
                    .collect(),
                answers: false,
            },
        ],
        ..ChartSpec::default()
    }
}

/// Least and greatest value of the cells known.
pub fn extent(sweep: &Sweep, output: Output) -> Option<(f64, f64)> {
    let values = (0..sweep.cells.len()).filter_map(|i| sweep.value(i, output));
    values.fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((a, b)) => Some((f64::min(a, v), f64::max(b, v))),
    })
}

fn title(sweep: &Sweep, output: Output, l: Locale) -> String {
    let (result, across) = (outcomes::name(output)(l), axis_name(sweep.x.key)(l));
    match &sweep.y {
        Some(y) => title_two(l, result, across, axis_name(y.key)(l)),
        None => title_one(l, result, across),
    }
}

crate::texts! {
    title_one(result, input) = "{result} by {input}", "{result} 随 {input} 的变化";
    title_two(result, x, y) = "{result} by {x} and {y}", "{result} 随 {x} 与 {y} 的变化";
    keeps_targets = "keeps the latency targets", "满足时延目标";
    misses_targets = "misses the latency targets", "未满足时延目标";
    the_plan = "the plan", "当前方案";
}
