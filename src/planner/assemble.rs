//! From the best instance of each size to whole deployments on the cards at hand.

use super::layouts::Task;
use super::plan::Plan;
use super::search::{FINALISTS, Offer};
use super::site::Site;
use crate::evaluation::Mode;

/// Deployments that share cards: on every site the size that serves most.
pub fn aggregated<'a>(
    offers: &[Offer<'a>],
    sites: &[Site<'_>],
    plans: &mut Vec<Plan<'a>>,
    seen: &mut u64,
) {
    // The best few sizes of each site; the k-th plan takes the k-th of every site.
    let mut ranked: Vec<Vec<(f64, Offer<'a>, u32)>> = Vec::new();
    for (index, site) in sites.iter().enumerate() {
        let mut here: Vec<_> = offers
            .iter()
            .filter(|o| o.config.site == index)
            .map(|o| {
                let instances = site.most_instances(o.config.cards);
                (o.rate * f64::from(instances), *o, instances)
            })
            .filter(|(total, ..)| *total > 0.0)
            .collect();
        *seen += here.len() as u64;
        here.sort_by(|a, b| b.0.total_cmp(&a.0));
        here.truncate(FINALISTS);
        if !here.is_empty() {
            ranked.push(here);
        }
    }
    for k in 0..FINALISTS {
        if ranked.is_empty() || ranked.iter().all(|r| r.len() <= k) {
            break;
        }
        let chosen: Vec<_> = ranked
            .iter()
            .filter_map(|r| r.get(k).or_else(|| r.last()))
            .collect();
        let total: f64 = chosen.iter().map(|(rate, ..)| rate).sum();
        plans.push(Plan {
            mode: Mode::Aggregated,
            prefill: Vec::new(),
            decode: chosen
                .iter()
                .map(|(rate, offer, instances)| offer.place(*instances, rate / total))
                .collect(),
            capacity: 0.0,
        });
    }
}

/// One side's instances on one site.
type Stand<'a> = (Offer<'a>, u32);

/// Rate of some instances, requests per second.
fn rate(stands: &[Stand<'_>]) -> f64 {
    stands.iter().map(|(o, n)| o.rate * f64::from(*n)).sum()
}

/// Deployments on separate cards. Sites that may do both are put in the order of what they are
/// comparatively better at; all before one prefill, all after it decode, and that one is split. (With
/// rates that add up, a best division never splits more than one site.)
pub fn disaggregated<'a>(
    task: &Task<'_>,
    (prefill, decode): (&[Offer<'a>], &[Offer<'a>]),
    sites: &[Site<'_>],
    plans: &mut Vec<Plan<'a>>,
    seen: &mut u64,
) {
    let of = |offers: &[Offer<'a>], site: usize| -> Vec<Offer<'a>> {
        offers
            .iter()
            .filter(|o| o.config.site == site)
            .copied()
            .collect()
    };
    // All of a site for one side: the size that serves most.
    let whole = |offers: &[Offer<'a>], site: usize| -> Option<Stand<'a>> {
        of(offers, site)
            .into_iter()
            .map(|o| (o, sites[site].most_instances(o.config.cards)))
            .max_by(|a, b| rate(&[*a]).total_cmp(&rate(&[*b])))
    };
    let mut fixed_prefill: Vec<Stand<'a>> = Vec::new();
    let mut fixed_decode: Vec<Stand<'a>> = Vec::new();
    let mut free: Vec<(f64, usize)> = Vec::new();
    for (index, site) in sites.iter().enumerate() {
        match (site.may_prefill(), site.may_decode()) {
            (true, false) => fixed_prefill.extend(whole(prefill, index)),
            (false, true) => fixed_decode.extend(whole(decode, index)),
            _ => {
                let p = whole(prefill, index).map_or(0.0, |s| rate(&[s]));
                let d = whole(decode, index).map_or(0.0, |s| rate(&[s]));
                free.push((p / d.max(1e-12), index));
            }
        }
    }
    free.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found: Vec<Pairing<'a>> = Vec::new();
    if free.is_empty() {
        let total = rate(&fixed_prefill).min(rate(&fixed_decode));
        *seen += 1;
        found.push((total, fixed_prefill, fixed_decode));
    } else {
        for split in 0..free.len() {
            let mut p = fixed_prefill.clone();
            let mut d = fixed_decode.clone();
            p.extend(free[..split].iter().filter_map(|f| whole(prefill, f.1)));
            d.extend(free[split + 1..].iter().filter_map(|f| whole(decode, f.1)));
            let index = free[split].1;
            let sides = (of(prefill, index), of(decode, index));
            divide(task, &sites[index], &sides, (&p, &d), &mut found, seen);
        }
    }
    found.retain(|(total, ..)| *total > 0.0);
    shortlist(&mut found);
    for (_, p, d) in found {
        let (all_p, all_d) = (rate(&p), rate(&d));
        let place = |stands: &[Stand<'a>], all: f64| {
            stands
                .iter()
                .filter(|(_, n)| *n > 0)
                .map(|(o, n)| o.place(*n, o.rate * f64::from(*n) / all))
                .collect()
        };
        plans.push(Plan {
            mode: Mode::Disaggregated,
            prefill: place(&p, all_p),
            decode: place(&d, all_d),
            capacity: 0.0,
        });
    }
}

/// Prefill and decode stands with the rate that they are estimated to give.
type Pairing<'a> = (f64, Vec<Stand<'a>>, Vec<Stand<'a>>);

/// Keeps the best of every decode size and of every prefill layout first, then the best of the rest:
/// estimates are nearly equal among pairs of one size, while the full formula tells sizes apart, and
/// they rank prefill layouts the worst.
fn shortlist(found: &mut Vec<Pairing<'_>>) {
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let size = |f: &Pairing<'_>| f.2.last().map_or(0, |(o, _)| o.config.cards);
    let layout = |f: &Pairing<'_>| f.1.last().map(|(o, _)| std::ptr::from_ref(o.config));
    let (mut sizes, mut layouts) = (Vec::new(), Vec::new());
    let mut rest = Vec::new();
    found.retain(|f| {
        let first = !sizes.contains(&size(f)) || !layouts.contains(&layout(f));
        if first {
            sizes.push(size(f));
            layouts.push(layout(f));
        } else if rest.len() < FINALISTS {
            rest.push(f.clone());
        }
        first
    });
    found.truncate(FINALISTS);
    rest.truncate(
        (2 * FINALISTS)
            .saturating_sub(found.len())
            .min(FINALISTS / 2),
    );
    found.append(&mut rest);
}

/// Divides one site between the two sides, for every pair of sizes, beside what stands elsewhere.
fn divide<'a>(
    task: &Task<'_>,
    site: &Site<'_>,
    (prefill, decode): &(Vec<Offer<'a>>, Vec<Offer<'a>>),
    (elsewhere_p, elsewhere_d): (&[Stand<'a>], &[Stand<'a>]),
    found: &mut Vec<Pairing<'a>>,
    seen: &mut u64,
) {
    let (rate_p, rate_d) = (rate(elsewhere_p), rate(elsewhere_d));
    let usable = f64::from(site.usable());
    for d in decode {
        let most = site.most_instances(d.config.cards);
        for p in prefill {
            let (card_p, card_d) = (f64::from(p.config.cards), f64::from(d.config.cards));
            // Balance: rate_d + n·r_d = rate_p + (usable − n·c_d)/c_p · r_p.
            let balanced = match task.layout.prefill_share {
                Some(share) => usable * (1.0 - share.clamp(0.0, 1.0)) / card_d,
                None => {
                    (rate_p - rate_d + usable / card_p * p.rate)
                        / (d.rate + card_d / card_p * p.rate)
                }
            };
            let middle = balanced.clamp(0.0, f64::from(most)).round() as u32;
            let tried = if task.layout.prefill_share.is_some() {
                middle..=middle
            } else {
                middle.saturating_sub(1)..=(middle + 1).min(most)
            };
            for n in tried {
                *seen += 1;
                let mut m = site.most_beside(p.config.cards, n, d.config.cards);
                if let Some(share) = task.layout.prefill_share {
                    m = m.min((usable * share.clamp(0.0, 1.0) / card_p).round() as u32);
                }
                let (all_p, all_d) = (
                    rate_p + f64::from(m) * p.rate,
                    rate_d + f64::from(n) * d.rate,
                );
                if all_p.min(all_d) <= 0.0 {
                    continue;
                }
                let total = all_p.min(all_d);
                // Only the best few survive; a long list is not built.
                if found.len() >= 16 * FINALISTS {
                    shortlist(found);
                }
                let mut ps = elsewhere_p.to_vec();
                let mut ds = elsewhere_d.to_vec();
                if m > 0 {
                    ps.push((*p, m));
                }
                if n > 0 {
                    ds.push((*d, n));
                }
                if !ps.is_empty() && !ds.is_empty() {
                    found.push((total, ps, ds));
                }
            }
        }
    }
}
