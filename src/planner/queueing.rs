//! Queueing formulas: waiting times, their percentiles, and the spread of latencies.
//!
//! Sources, by formula:
//! - probability of waiting with `c` servers: Erlang C (Erlang 1917; Kleinrock, *Queueing Systems*
//!   vol. 1, §3.5); for many servers the Halfin–Whitt limit (Oper. Res. 29, 1981);
//! - mean wait of G/G/c: Allen–Cunneen, `W = C/(cμ−λ) · (ca² + cs²)/2` (Allen, *Probability,
//!   Statistics and Queueing Theory*, 1990, §5.3), which is Kingman's bound shape for one server and
//!   exact for M/M/c and M/G/1;
//! - shape of the wait: an atom at zero and an exponential tail, exact for M/M/c and the heavy-traffic
//!   limit of G/G/c (Kingman 1962; Köllerström 1974);
//! - request lengths: log-normal with the scenario's coefficient of variation.
//!
//! `simulate.rs` checks them against a discrete-event simulation of continuous batching.

/// Servers from which Erlang's recursion is replaced by its many-server limit.
const MANY_SERVERS: f64 = 200.0;

/// Density of the standard normal distribution.
fn normal_density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Distribution function of the standard normal distribution (Abramowitz & Stegun 26.2.17, error
/// below 7.5e-8).
pub fn normal_cdf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let upper = normal_density(x) * poly;
    if x >= 0.0 { 1.0 - upper } else { upper }
}

/// Quantile of the standard normal distribution (Acklam's rational approximation, relative error
/// below 1.2e-9); `p` is clamped to (1e-12, 1 − 1e-12).
pub fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -39.696_830_286_653_76,
        220.946_098_424_520_5,
        -275.928_510_446_968_7,
        138.357_751_867_269,
        -30.664_798_066_147_16,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -54.476_098_798_224_06,
        161.585_836_858_040_9,
        -155.698_979_859_886_6,
        66.801_311_887_719_72,
        -13.280_681_552_885_72,
    ];
    const C: [f64; 6] = [
        -0.007_784_894_002_430_293,
        -0.322_396_458_041_136_4,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        0.007_784_695_709_041_462,
        0.322_467_129_070_039_8,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    let p = p.clamp(1e-12, 1.0 - 1e-12);
    let tail = |q: f64| {
        (((((C[0] * q + C[1]) * q + C[2]) * q + C[3]) * q + C[4]) * q + C[5])
            / ((((D[0] * q + D[1]) * q + D[2]) * q + D[3]) * q + 1.0)
    };
    if p < 0.024_25 {
        tail((-2.0 * p.ln()).sqrt())
    } else if p > 1.0 - 0.024_25 {
        -tail((-2.0 * (1.0 - p).ln()).sqrt())
    } else {
        let q = p - 0.5;
        let r = q * q;
        (((((A[0] * r + A[1]) * r + A[2]) * r + A[3]) * r + A[4]) * r + A[5]) * q
            / (((((B[0] * r + B[1]) * r + B[2]) * r + B[3]) * r + B[4]) * r + 1.0)
    }
}

/// Probability that an arrival has to wait (Erlang C) with `servers` servers, each busy the share
/// `busy` of the time. 1 at saturation and beyond, 0 for no load.
pub fn erlang_c(servers: f64, busy: f64) -> f64 {
    if busy >= 1.0 {
        return 1.0;
    }
    if busy.is_nan() || busy <= 0.0 {
        return 0.0;
    }
    let servers = servers.max(1.0);
    if servers > MANY_SERVERS {
        // Halfin–Whitt, with β = (1−ρ)·√c.
        let beta = (1.0 - busy) * servers.sqrt();
        let ratio = normal_cdf(beta) / normal_density(beta).max(1e-300);
        return 1.0 / (1.0 + beta * ratio);
    }
    // Erlang B by its recursion; a fractional number of servers is interpolated.
    let whole = servers.floor();
    let at = |c: f64| {
        let load = busy * c;
        let mut blocked = 1.0;
        let mut k = 1.0;
        while k <= c {
            blocked = load * blocked / (k + load * blocked);
            k += 1.0;
        }
        blocked / (1.0 - busy * (1.0 - blocked))
    };
    let low = at(whole);
    let part = servers - whole;
    if part < 1e-9 {
        low
    } else {
        low + part * (at(whole + 1.0) - low)
    }
}

/// A waiting time: nothing with probability `1 − probability`, else exponential with mean
/// `mean_if_any_ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wait {
    /// Chance to wait at all.
    pub probability: f64,
    /// Mean of the wait of those who wait, ms.
    pub mean_if_any_ms: f64,
}

impl Wait {
    /// Mean over all requests, ms.
    pub fn mean_ms(&self) -> f64 {
        self.probability * self.mean_if_any_ms
    }

    /// Quantile `p` (0..1), ms.
    pub fn quantile_ms(&self, p: f64) -> f64 {
        let beyond = (1.0 - p).max(1e-12);
        if self.probability <= beyond {
            0.0
        } else {
            self.mean_if_any_ms * (self.probability / beyond).ln()
        }
    }

    /// Chance to wait longer than `t_ms`.
    pub fn beyond(&self, t_ms: f64) -> f64 {
        if t_ms < 0.0 {
            1.0
        } else if self.mean_if_any_ms <= 0.0 {
            0.0
        } else {
            self.probability * (-t_ms / self.mean_if_any_ms).exp()
        }
    }

    /// The longer-tailed of two independent waits in series, its mean raised so that the means add:
    /// one exponential tail stands for both, which holds where one of them dominates.
    pub fn then(&self, other: &Wait) -> Wait {
        let mean = self.mean_ms() + other.mean_ms();
        if mean <= 0.0 {
            return Wait::default();
        }
        let probability =
            1.0 - (1.0 - self.probability.min(1.0)) * (1.0 - other.probability.min(1.0));
        Wait {
            probability,
            mean_if_any_ms: mean / probability.max(1e-12),
        }
    }
}

/// A queue before `servers` equal servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queue {
    /// Servers (prefill ranks, or request slots).
    pub servers: f64,
    /// Mean service time, ms.
    pub service_ms: f64,
    /// Squared coefficient of variation of the service time.
    pub service_scv: f64,
    /// Squared coefficient of variation of the time between arrivals; 1 for Poisson.
    pub arrival_scv: f64,
}

impl Queue {
    /// Share of time that a server is busy at `rate_per_s` arrivals per second; 1 = saturated.
    pub fn busy(&self, rate_per_s: f64) -> f64 {
        rate_per_s * self.service_ms / (1000.0 * self.servers.max(1e-9))
    }

    /// The wait at `rate_per_s` arrivals per second; `None` at saturation and beyond, where no
    /// steady state exists.
    pub fn wait(&self, rate_per_s: f64) -> Option<Wait> {
        let busy = self.busy(rate_per_s);
        if busy.is_nan() || busy >= 1.0 {
            return None;
        }
        Some(self.wait_at(busy))
    }

    /// The wait where servers are busy the share `busy` (< 1) of the time.
    pub fn wait_at(&self, busy: f64) -> Wait {
        let probability = erlang_c(self.servers, busy);
        let drain_ms = self.service_ms / (self.servers.max(1.0) * (1.0 - busy).max(1e-9));
        Wait {
            probability,
            mean_if_any_ms: drain_ms * 0.5 * (self.arrival_scv + self.service_scv),
        }
    }

    /// Largest busy share at which the wait's quantile `p` stays within `limit_ms`: bisection, as
    /// the wait grows with the load. 0 where the limit is negative.
    pub fn busy_within(&self, p: f64, limit_ms: f64) -> f64 {
        if limit_ms.is_nan() || limit_ms < 0.0 {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..24 {
            let middle = 0.5 * (low + high);
            if self.wait_at(middle).quantile_ms(p) <= limit_ms {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// A length or a time with a log-normal spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Coefficient of variation; 0 = always the mean.
    pub cv: f64,
}

impl Spread {
    /// Parameters (μ, σ) of the logarithm.
    fn log_parameters(&self) -> (f64, f64) {
        let variance = (1.0 + self.cv * self.cv).ln();
        (
            self.mean.max(1e-300).ln() - 0.5 * variance,
            variance.max(0.0).sqrt(),
        )
    }

    /// Quantile `p` (0..1).
    pub fn quantile(&self, p: f64) -> f64 {
        self.at_normal(normal_quantile(p))
    }

    /// The value that a standard normal `z` maps to.
    pub fn at_normal(&self, z: f64) -> f64 {
        if self.cv <= 0.0 || self.mean <= 0.0 {
            return self.mean.max(0.0);
        }
        let (mu, sigma) = self.log_parameters();
        (mu + sigma * z).exp()
    }
}

/// Share of the variance of the number in service that is left when it is averaged over one
/// request's own stay. With constant stays the autocorrelation of M/D/∞ falls linearly to 0 within
/// one stay, so the average keeps `2·∫(1−u)² du = 2/3`.
pub const STAY_AVERAGE: f64 = 2.0 / 3.0;

/// Standard deviation of the batch that one request sees on average during its stay, where `mean`
/// requests are in service and at most `cap` may be: Poisson (M/G/∞) far below the cap; at the cap
/// the batch cannot grow, so only the part below it is left.
pub fn batch_spread(mean: f64, cap: f64) -> f64 {
    let free = (mean.max(0.0) * STAY_AVERAGE).sqrt();
    // One-sided room above the mean; a truncated spread of at most half the room on each side.
    free.min((cap - mean).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b} ± {tolerance}");
    }

    #[test]
    fn normal_distribution_matches_tables() {
        close(normal_cdf(1.959_964), 0.975, 1e-6);
        close(normal_quantile(0.95), 1.644_853_627, 1e-6);
        close(normal_quantile(0.001), -3.090_232_306, 1e-6);
        close(normal_quantile(0.5), 0.0, 1e-9);
    }

    /// Published values: one server waits with probability ρ; c = 2, ρ = 0.5 → 1/3 (2a²/(2!...));
    /// c = 10 at 8 Erlangs → 0.409 (Kleinrock's tables).
    #[test]
    fn erlang_c_matches_known_values() {
        close(erlang_c(1.0, 0.7), 0.7, 1e-12);
        close(erlang_c(2.0, 0.5), 1.0 / 3.0, 1e-12);
        close(erlang_c(10.0, 0.8), 0.409_180, 1e-5);
        assert_eq!(erlang_c(4.0, 1.2), 1.0);
        assert_eq!(erlang_c(4.0, 0.0), 0.0);
    }

    #[test]
    fn many_server_limit_joins_the_recursion() {
        for busy in [0.9, 0.95, 0.98, 0.99] {
            let exact = erlang_c(200.0, busy);
            let limit = erlang_c(200.001, busy);
            assert!(
                (limit - exact).abs() < 0.03,
                "ρ={busy}: {exact} against {limit}"
            );
        }
    }

    /// M/D/1 at ρ = 0.8: W = ρ/(2(1−ρ))·S = 2 S (Pollaczek–Khinchine).
    #[test]
    fn one_server_is_pollaczek_khinchine() {
        let queue = Queue {
            servers: 1.0,
            service_ms: 10.0,
            service_scv: 0.0,
            arrival_scv: 1.0,
        };
        close(queue.wait(80.0).unwrap().mean_ms(), 20.0, 1e-9);
        assert!(queue.wait(100.0).is_none());
    }

    #[test]
    fn mm1_percentiles_are_exact() {
        let queue = Queue {
            servers: 1.0,
            service_ms: 1000.0,
            service_scv: 1.0,
            arrival_scv: 1.0,
        };
        // P(W > t) = ρ e^{−(1−ρ)t/S}
        let wait = queue.wait(0.9).unwrap();
        close(
            wait.quantile_ms(0.95),
            (0.9f64 / 0.05).ln() / 0.1 * 1000.0,
            1e-6,
        );
        close(wait.quantile_ms(0.05), 0.0, 0.0);
    }

    proptest! {
        #[test]
        fn waits_grow_with_load(servers in 1.0f64..400.0, a in 0.01f64..0.98, step in 0.001f64..0.01) {
            let queue = Queue { servers, service_ms: 50.0, service_scv: 0.5, arrival_scv: 1.0 };
            let (low, high) = (queue.wait_at(a), queue.wait_at(a + step));
            prop_assert!(high.mean_ms() >= low.mean_ms());
            prop_assert!((0.0..=1.0).contains(&high.probability));
        }

        #[test]
        fn inverse_of_the_wait_holds(servers in 1.0f64..300.0, limit in 0.0f64..5000.0) {
            let queue = Queue { servers, service_ms: 80.0, service_scv: 0.2, arrival_scv: 1.0 };
            let busy = queue.busy_within(0.95, limit);
            prop_assert!(queue.wait_at(busy).quantile_ms(0.95) <= limit + 1e-9);
            prop_assert!(busy < 1.0);
        }

        #[test]
        fn log_normal_keeps_its_mean(mean in 1.0f64..1e5, cv in 0.0f64..1.5) {
            let spread = Spread { mean, cv };
            let n = 4000;
            let sum: f64 = (0..n).map(|i| spread.quantile((i as f64 + 0.5) / n as f64)).sum();
            prop_assert!((sum / n as f64 / mean - 1.0).abs() < 0.03);
        }
    }
}
