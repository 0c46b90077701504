//! IT power of a card with its share of server and network, as far as the catalogue knows.

use crate::catalogue::Catalogue;
use crate::catalogue::hardware::Accelerator;
use crate::scenario::Pool;

/// IT power of one card at capacity, W.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CardPower {
    /// Watts, before PUE.
    pub watts: f64,
    /// Derived from the thermal design power, as no all-in figure is published.
    pub from_tdp: bool,
}

/// Power of one card of a pool: that of the system the pool is made of, else the accelerator's
/// all-in figure, else that of any system built from it, else its thermal design power times the
/// median of all-in over TDP in the catalogue. `None` = unknown.
pub fn card_power(
    catalogue: &Catalogue,
    accelerator: &Accelerator,
    pool: &Pool,
) -> Option<CardPower> {
    let known = |watts: f64| CardPower {
        watts,
        from_tdp: false,
    };
    let systems: Vec<_> = catalogue
        .systems_with(&accelerator.id)
        .filter_map(|s| {
            let watts = s.power_w_per_card.as_ref()?.value;
            Some((s.cards.as_ref().map(|c| c.value), watts))
        })
        .collect();
    systems
        .iter()
        .find(|(cards, _)| *cards == Some(f64::from(pool.cards_each)))
        .map(|(_, watts)| *watts)
        .or_else(|| accelerator.allin_w.as_ref().map(|f| f.value))
        .or_else(|| systems.first().map(|(_, watts)| *watts))
        .map(known)
        .or_else(|| {
            let tdp = accelerator.tdp_w.as_ref()?.value;
            Some(CardPower {
                watts: tdp * all_in_over_tdp(catalogue)?,
                from_tdp: true,
            })
        })
}

/// Median of all-in power over thermal design power among accelerators that state both.
fn all_in_over_tdp(catalogue: &Catalogue) -> Option<f64> {
    let mut ratios: Vec<f64> = catalogue
        .accelerators
        .iter()
        .filter_map(|a| Some(a.allin_w.as_ref()?.value / a.tdp_w.as_ref()?.value))
        .filter(|r| r.is_finite())
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str) -> Option<CardPower> {
        let catalogue = Catalogue::embedded();
        card_power(catalogue, catalogue.accelerator(id)?, &Pool::default())
    }

    #[test]
    fn published_power_is_used_and_unknown_stays_unknown() {
        assert_eq!(of("ascend-910c").unwrap().watts, 1456.0);
        assert!(!of("h100-sxm").unwrap().from_tdp);
        let h20 = of("h20").unwrap();
        assert!(h20.from_tdp && (500.0..900.0).contains(&h20.watts));
        assert_eq!(of("mlu590"), None);
    }
}
