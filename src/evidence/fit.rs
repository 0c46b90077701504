//! The fit: Levenberg–Marquardt on log-ratios, robust (Student-t by reweighting), with a ridge
//! prior on every parameter and on every engine's and family's offset from it.
//!
//! A parameter acts through ln(value) = prior + shared + engine + family, so one numeric derivative
//! per row and parameter serves all three levels.

#![allow(
    clippy::needless_range_loop,
    reason = "parallel arrays over the same parameters"
)]

use crate::catalogue::Catalogue;
use crate::model::{
    COUNT, Calibration, ENGINES, Family, Profile, SPECS, documented, nearest_engine,
};
use crate::scenario::LocalCalibration;

use super::predict::Numbers;
use super::record::{Measurement, RowMode};
use super::resolve::{PoolRecord, Resolved};

/// Step of the numeric derivative in ln(value).
const STEP: f64 = 0.02;

/// Degrees of freedom of the Student-t errors: a row five sigma off still pulls, but little.
const FREEDOM: f64 = 4.0;

/// How the rows of one (model, hardware, engine) share the weight: n rows count as `2·√n`, because
/// their errors are not independent.
fn group_weight(n: usize) -> f64 {
    2.0 / (n as f64).sqrt()
}

/// Rows that record their speculative decoding (papers, vendors' tables) leave nothing to guess and
/// count this many times.
const COMPLETE: f64 = 2.0;

/// So do rows of one phase alone: few, and without the queues that blur the others.
const ALONE: f64 = 2.0;

/// Factors on the spread of engines' and families' offsets, chosen by fits with triples left out:
/// looser engines follow the rows more closely and unseen triples less (serving TPOT 13.5 % median at
/// 1.2, 12.0 % at 0.85), tighter ones lose the flagship's smallest batch; families from 0.4 to 1.0
/// change it by 0.2 points.
const ENGINE_OFFSETS: f64 = 0.85;
const FAMILY_OFFSETS: f64 = 0.6;

/// Dampings tried before a fit counts as converged.
const TRIES: usize = 8;

/// A row ready for the fit.
pub(crate) struct FitRow<'a> {
    pub resolved: Resolved<'a>,
    pub engine: usize,
    pub family: usize,
    /// (model, hardware, engine), numbered.
    pub group: usize,
    pub weight: f64,
    /// Measured TTFT ms, TPOT ms, tokens/s/card.
    pub measured: [Option<f64>; 3],
}

/// Rows that lost the split of their pools say little about kernels: their errors count as this
/// many times wider.
const COLLAPSED: f64 = 2.5;

/// Standard deviation of the log-ratio that a good model would leave, per quantity and mode.
fn sigma(mode: RowMode, quantity: usize) -> f64 {
    match (mode, quantity) {
        (RowMode::Serving, 0) => 0.40,
        (RowMode::Disaggregated, 0) => 0.60,
        (RowMode::Serving, 1) => 0.10,
        (RowMode::Disaggregated, 1) => 0.15,
        (RowMode::Serving, _) => 0.15,
        (RowMode::Disaggregated, _) => 0.20,
        (RowMode::Offline | RowMode::Training, _) => 0.15,
        _ => 0.08,
    }
}

/// The residuals that a row gives, in sigmas; NaN where nothing was measured or predicted.
pub(crate) fn residuals(row: &FitRow, n: &Numbers) -> [f64; 3] {
    let predicted = [n.ttft_ms, n.tpot_ms, n.tokens_per_s_per_card];
    let mut out = [f64::NAN; 3];
    let collapsed = row.resolved.collapsed();
    for q in 0..3 {
        // Without the split the packages behind a throughput are unknown, too.
        // TTFT of pools found in a configuration is held back, too: with it the unseen serving rows
        // missed by 30.4 instead of 29.6 % below saturation, as one set of constants serves both.
        if collapsed && q != 1 || q == 0 && row.resolved.recorded == PoolRecord::Configured {
            continue;
        }
        let wider = if collapsed { COLLAPSED } else { 1.0 };
        if let (Some(p), Some(m)) = (predicted[q], row.measured[q])
            && p > 0.0
            && m > 0.0
        {
            // Errors are scored as |predicted / measured − 1|. Where drafts and pools are unknown the
            // ratios fall into two heaps, and what is best for that score lies lower than for ln.
            out[q] = if collapsed { p / m - 1.0 } else { (p / m).ln() }
                / (sigma(row.resolved.mode, q) * wider);
        }
    }
    out
}

/// Rows that may be fitted, resolved once.
pub(crate) fn fit_rows<'a>(catalogue: &'a Catalogue, rows: &[&Measurement]) -> Vec<FitRow<'a>> {
    let mut groups: Vec<(String, usize)> = Vec::new();
    let mut out: Vec<FitRow<'a>> = Vec::new();
    for m in rows {
        let Ok(resolved) = Resolved::new(catalogue, m) else {
            continue;
        };
        let key = format!("{}|{}|{}", m.model, m.hardware, m.engine);
        let group = match groups.iter().position(|g| g.0 == key) {
            Some(i) => i,
            None => {
                groups.push((key, 0));
                groups.len() - 1
            }
        };
        groups[group].1 += 1;
        let name = nearest_engine(&m.engine, resolved.machine.family).0;
        // Where the latencies are recorded throughput follows from them; a prompt length that is
        // not stated makes its TTFT unusable.
        let ttft = m.ttft_ms.filter(|_| m.input_tokens.is_some());
        out.push(FitRow {
            engine: ENGINES.iter().position(|e| *e == name).unwrap_or(0),
            family: Family::ALL
                .iter()
                .position(|f| *f == resolved.machine.family)
                .unwrap_or(0),
            group,
            weight: if m.draft_tokens.is_some() {
                COMPLETE
            } else {
                1.0
            } * if matches!(resolved.mode, RowMode::Decode | RowMode::Prefill) {
                ALONE
            } else {
                1.0
            },
            measured: [ttft, m.tpot_ms, m.tokens_per_s_per_card],
            resolved,
        });
    }
    for r in &mut out {
        r.weight *= group_weight(groups[r.group].1);
    }
    out
}

/// Position of each unknown: shared, engine and family offsets that the rows can tell apart.
pub(crate) struct Layout {
    engine: Vec<[Option<usize>; COUNT]>,
    family: Vec<[Option<usize>; COUNT]>,
    size: usize,
    /// 1 / variance of the prior.
    precision: Vec<f64>,
}

impl Layout {
    pub fn new(rows: &[FitRow]) -> Self {
        let mut precision: Vec<f64> = SPECS.iter().map(|s| s.spread.powi(-2)).collect();
        let mut place = |seen: bool, spread: f64| {
            (seen && spread > 0.0).then(|| {
                precision.push(spread.powi(-2));
                precision.len() - 1
            })
        };
        let engine = (0..ENGINES.len())
            .map(|e| {
                let seen = rows.iter().any(|r| r.engine == e);
                std::array::from_fn(|i| place(seen, SPECS[i].engine_spread * ENGINE_OFFSETS))
            })
            .collect();
        let family = (0..Family::ALL.len())
            .map(|f| {
                let seen = rows.iter().any(|r| r.family == f);
                std::array::from_fn(|i| place(seen, SPECS[i].family_spread * FAMILY_OFFSETS))
            })
            .collect();
        Self {
            engine,
            family,
            size: precision.len(),
            precision,
        }
    }

    pub fn calibration(&self, theta: &[f64]) -> Calibration {
        let mut c = Calibration::default();
        let at = |x: Option<usize>| x.map_or(0.0, |k| theta[k]);
        for i in 0..COUNT {
            c.base[i] = theta[i];
            for (e, slots) in self.engine.iter().enumerate() {
                c.engine[e][i] = documented(ENGINES[e], i) + at(slots[i]);
            }
            for (f, slots) in self.family.iter().enumerate() {
                c.family[f][i] = at(slots[i]);
            }
        }
        c
    }
}

/// Normal equations of the weighted, linearised problem.
#[derive(Clone)]
pub(crate) struct Normal {
    pub matrix: Vec<f64>,
    pub gradient: Vec<f64>,
    size: usize,
}

impl Normal {
    fn zero(size: usize) -> Self {
        Self {
            matrix: vec![0.0; size * size],
            gradient: vec![0.0; size],
            size,
        }
    }

    fn add_row(&mut self, index: &[usize], derivative: &[f64], residual: f64, weight: f64) {
        for (a, i) in index.iter().enumerate() {
            let d = derivative[a];
            if d == 0.0 {
                continue;
            }
            self.gradient[*i] += weight * d * residual;
            for (b, j) in index.iter().enumerate() {
                self.matrix[i * self.size + j] += weight * d * derivative[b];
            }
        }
    }

    /// Solves (matrix + λ·diagonal)·step = −gradient by Cholesky.
    pub fn step(&self, lambda: f64) -> Option<Vec<f64>> {
        let n = self.size;
        let mut l = self.matrix.clone();
        for i in 0..n {
            l[i * n + i] *= 1.0 + lambda;
        }
        for j in 0..n {
            for k in 0..j {
                let ljk = l[j * n + k];
                if ljk != 0.0 {
                    for i in j..n {
                        l[i * n + j] -= l[i * n + k] * ljk;
                    }
                }
            }
            let d = l[j * n + j];
            if d <= 0.0 || !d.is_finite() {
                return None;
            }
            let root = d.sqrt();
            for i in j..n {
                l[i * n + j] /= root;
            }
        }
        let mut x: Vec<f64> = self.gradient.iter().map(|g| -g).collect();
        for i in 0..n {
            for k in 0..i {
                x[i] -= l[i * n + k] * x[k];
            }
            x[i] /= l[i * n + i];
        }
        for i in (0..n).rev() {
            for k in i + 1..n {
                x[i] -= l[k * n + i] * x[k];
            }
            x[i] /= l[i * n + i];
        }
        Some(x)
    }
}

/// The problem: rows, unknowns.
pub(crate) struct Problem<'a, 'b> {
    pub rows: &'b [FitRow<'a>],
    pub layout: &'b Layout,
}

fn profile_of(c: &Calibration, row: &FitRow) -> Profile {
    c.profile(ENGINES[row.engine], Family::ALL[row.family])
}

fn numbers(row: &FitRow, p: &Profile) -> Numbers {
    row.resolved
        .numbers(p, LocalCalibration::default())
        .unwrap_or_default()
}

/// The same with the pool layouts already chosen: derivatives do not choose again.
fn numbers_as(row: &FitRow, p: &Profile, like: &Numbers) -> Numbers {
    row.resolved
        .numbers_as(p, LocalCalibration::default(), like)
        .unwrap_or_default()
}

impl Problem<'_, '_> {
    /// Robust cost: −2·log-likelihood of Student-t errors plus the prior. Rows keep the division
    /// into pools that they had at the linearisation (`at`): choosing again makes the cost jump.
    fn cost(&self, theta: &[f64], at: &[Numbers]) -> f64 {
        let c = self.layout.calibration(theta);
        let mut cost = 0.0;
        for (row, like) in self.rows.iter().zip(at) {
            for r in residuals(row, &numbers_as(row, &profile_of(&c, row), like)) {
                if r.is_finite() {
                    cost += row.weight * (FREEDOM + 1.0) * (1.0 + r * r / FREEDOM).ln();
                }
            }
        }
        for (t, p) in theta.iter().zip(&self.layout.precision) {
            cost += t * t * p;
        }
        cost
    }

    /// Linearises around `theta`; the rows' numbers there.
    fn normal(&self, theta: &[f64]) -> (Normal, Vec<Numbers>) {
        let c = self.layout.calibration(theta);
        let size = self.layout.size;
        let mut all = Normal::zero(size);
        let mut derivative = [[0.0; COUNT]; 3];
        let mut index = Vec::with_capacity(3 * COUNT);
        let mut values = Vec::with_capacity(3 * COUNT);
        let mut numbers_at = Vec::with_capacity(self.rows.len());
        for row in self.rows {
            let p = profile_of(&c, row);
            let at = numbers(row, &p);
            numbers_at.push(at);
            let base = residuals(row, &at);
            for i in 0..COUNT {
                let moved = residuals(row, &numbers_as(row, &p.scaled(i, STEP.exp()), &at));
                for q in 0..3 {
                    derivative[q][i] = if moved[q].is_finite() && base[q].is_finite() {
                        (moved[q] - base[q]) / STEP
                    } else {
                        0.0
                    };
                }
            }
            for q in 0..3 {
                if !base[q].is_finite() {
                    continue;
                }
                index.clear();
                values.clear();
                for i in 0..COUNT {
                    let d = derivative[q][i];
                    if d == 0.0 {
                        continue;
                    }
                    let e = self.layout.engine[row.engine][i];
                    let f = self.layout.family[row.family][i];
                    for k in [Some(i), e, f].into_iter().flatten() {
                        index.push(k);
                        values.push(d);
                    }
                }
                let r = base[q];
                let w = row.weight * (FREEDOM + 1.0) / (FREEDOM + r * r);
                all.add_row(&index, &values, r, w);
            }
        }
        for i in 0..size {
            all.matrix[i * size + i] += self.layout.precision[i];
            all.gradient[i] += theta[i] * self.layout.precision[i];
        }
        (all, numbers_at)
    }

    /// Levenberg–Marquardt from the priors.
    pub fn minimise(&self, iterations: usize) -> Vec<f64> {
        let mut theta = vec![0.0; self.layout.size];
        let mut lambda = 1e-2;
        for _ in 0..iterations {
            let (normal, at) = self.normal(&theta);
            let cost = self.cost(&theta, &at);
            let mut improved = false;
            for _ in 0..TRIES {
                if let Some(step) = normal.step(lambda) {
                    let next: Vec<f64> = theta
                        .iter()
                        .zip(&step)
                        // No unknown moves by more than a factor of two in one step.
                        .map(|(t, s)| t + s.clamp(-0.7, 0.7))
                        .collect();
                    let c = self.cost(&next, &at);
                    if c < cost {
                        improved = cost - c > 1e-5 * cost;
                        theta = next;
                        lambda = (lambda * 0.3).max(1e-6);
                        break;
                    }
                }
                lambda *= 5.0;
            }
            if !improved {
                break;
            }
        }

        theta
    }
}
