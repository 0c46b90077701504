//! How much of the capacity is there on a mean day: failures, spares, restarts.
//!
//! Failures of cards (and of what hangs on them) come at a constant rate; a failed card is away
//! until it is repaired, so the number away in a super-node is Poisson (M/G/∞, Palm's theorem). A
//! spare takes its place after the instance has restarted. Where more cards are away than there are
//! spares, each missing card takes its instance out.
//!
//! `availability = (1 − cards·rate·restart) · (1 − E[(away − spares)⁺] · cards / working)`

/// Failures per card and day: 419 unexpected interruptions of 16,384 GPUs in 54 days (Llama 3,
/// arXiv 2407.21783, table 5), every cause counted.
pub const FAILURES_PER_CARD_DAY: f64 = 419.0 / (16_384.0 * 54.0);

/// Days until a failed card is back: an assumption (exchange from stock within a day).
pub const REPAIR_DAYS: f64 = 1.0;

/// Minutes that an instance is away when one of its cards fails: detect, move to a spare, load the
/// weights. An assumption.
pub const RESTART_MINUTES: f64 = 10.0;

/// Mean number of Poisson events beyond `spare`, with `mean` expected: E[(N − s)⁺].
pub fn mean_beyond(mean: f64, spare: u32) -> f64 {
    if mean.is_nan() || mean <= 0.0 {
        return 0.0;
    }
    // E[(N − s)⁺] = mean − s + Σ_{k<s} (s − k)·P(k)
    let mut probability = (-mean).exp();
    let mut missing = 0.0;
    for k in 0..spare.min(100_000) {
        missing += f64::from(spare - k) * probability;
        probability *= mean / f64::from(k + 1);
    }
    (mean - f64::from(spare) + missing).max(0.0)
}

/// Share of the capacity that a mean day really has.
///
/// `cards_each` packages in a super-node, of which `spares` stand by (planned spares and cards left
/// over); an instance takes `instance_cards` of them.
pub fn availability(cards_each: u32, spares: u32, instance_cards: u32) -> f64 {
    let instance = f64::from(instance_cards.max(1));
    let working = f64::from(cards_each.saturating_sub(spares).max(1));
    let away = f64::from(cards_each) * FAILURES_PER_CARD_DAY * REPAIR_DAYS;
    let restarting = instance * FAILURES_PER_CARD_DAY * RESTART_MINUTES / (24.0 * 60.0);
    let lost = mean_beyond(away, spares) * (instance / working).min(1.0);
    ((1.0 - restarting) * (1.0 - lost)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_excess_matches_the_sum() {
        let mean: f64 = 1.7;
        for spare in [0u32, 1, 3] {
            let mut p = (-mean).exp();
            let mut sum = 0.0;
            for k in 0..60u32 {
                sum += f64::from(k.saturating_sub(spare)) * p;
                p *= mean / f64::from(k + 1);
            }
            assert!((mean_beyond(mean, spare) - sum).abs() < 1e-9);
        }
    }

    #[test]
    fn spares_help_and_large_instances_suffer() {
        let none = availability(384, 0, 160);
        let few = availability(384, 2, 160);
        let many = availability(384, 16, 160);
        assert!(
            none < few && few <= many && many < 1.0,
            "{none} {few} {many}"
        );
        assert!(availability(384, 0, 8) > none);
        assert!((0.99..1.0).contains(&many));
    }
}
