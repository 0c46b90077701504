//! The tail of the time to first token: against draws, and smooth in its parts.

use super::*;
use proptest::prelude::*;

fn latency(cv: f64, company: f64, straddle: f64, waits: f64) -> Latency {
    Latency {
        fixed_ms: 20.0,
        residual_ms: 40.0,
        service: Spread { mean: 100.0, cv },
        company,
        company_residual_ms: 90.0,
        company_service_ms: 15.0,
        straddle,
        straddle_ms: 60.0,
        wait: Wait {
            probability: waits,
            mean_if_any_ms: 80.0,
        },
        tpot_mean_ms: 20.0,
        tpot_spread_ms: 1.0,
        decoding: 100.0,
        in_system: 110.0,
        prefill_busy: 0.5,
        slots_busy: 0.5,
        step_ms: 40.0,
    }
}

/// Evenly spread draws: the fractional parts of multiples of irrational numbers.
fn drawn(l: &Latency, t: f64) -> f64 {
    const DRAWS: u32 = 40_000;
    let above = (0..DRAWS).filter(|i| {
        let u = |root: f64| (f64::from(*i) + 0.5) * root % 1.0;
        let mut ms =
            l.fixed_ms + l.service.quantile(u(2f64.sqrt())) + l.residual_ms * u(3f64.sqrt());
        if u(5f64.sqrt()) < l.company {
            ms += l.company_service_ms + l.company_residual_ms * u(7f64.sqrt());
            if u(11f64.sqrt()) < l.straddle {
                ms += l.straddle_ms;
            }
        }
        let wait = u(13f64.sqrt());
        if wait < l.wait.probability {
            ms -= l.wait.mean_if_any_ms * (wait / l.wait.probability).ln();
        }
        ms > t
    });
    above.count() as f64 / f64::from(DRAWS)
}

#[test]
fn the_tail_is_that_of_draws() {
    for cv in [0.0, 0.3, 1.0] {
        for (company, straddle, waits) in [(0.0, 0.0, 0.0), (0.4, 0.5, 0.0), (0.7, 0.2, 0.3)] {
            let l = latency(cv, company, straddle, waits);
            for t in [100.0, 150.0, 200.0, 300.0, 500.0] {
                let (formula, draws) = (l.ttft_beyond(t), drawn(&l, t));
                assert!(
                    (formula - draws).abs() < 0.02,
                    "{cv} {company} {t}: {formula} {draws}"
                );
            }
            let p95 = l.ttft_quantile_ms(0.95);
            assert!(
                (drawn(&l, p95) - 0.05).abs() < 0.008,
                "{cv} {company} {p95}"
            );
        }
    }
}

proptest! {
    /// A little more load moves every chance a little, and so the quantile: it used to jump by a tenth, and a plan
    /// that met its target at a high rate was turned down for a dip below.
    #[test]
    fn the_quantile_moves_smoothly(
        cv in prop_oneof![Just(0.0), 0.05f64..1.5],
        company in 0.0f64..0.99,
        straddle in 0.0f64..0.99,
        waits in 0.0f64..0.99,
    ) {
        let a = latency(cv, company, straddle, waits).ttft_quantile_ms(0.95);
        let b = latency(cv, company + 0.001, straddle + 0.001, waits + 0.001).ttft_quantile_ms(0.95);
        prop_assert!(b >= a * (1.0 - 1e-6), "{a} {b}");
        prop_assert!(b <= a * 1.03, "{a} {b}");
    }

    #[test]
    fn the_quantile_is_where_the_tail_says(cv in 0.0f64..1.5, company in 0.0f64..1.0, waits in 0.0f64..1.0) {
        let l = latency(cv, company, 0.5, waits);
        let t = l.ttft_quantile_ms(0.95);
        prop_assert!(l.ttft_beyond(t * 1.000_01) <= 0.05 + 1e-9);
        prop_assert!(l.ttft_beyond(t * 0.999) >= 0.05 - 1e-9);
    }
}
