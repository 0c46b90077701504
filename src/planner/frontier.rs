//! The Pareto frontier: tokens/s that a user sees against tokens/s that a card makes.

use super::plan::Config;
use crate::evaluation::Mode;

/// A deployment on the frontier.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// Shared or separate cards.
    pub mode: Mode,
    /// Decode (or shared) instance.
    pub decode: &'a Config,
    /// Prefill instance, where cards are separate.
    pub prefill: Option<&'a Config>,
    /// Requests at once in a decode instance.
    pub batch: f64,
    /// Prompt tokens per rank and step.
    pub chunk: f64,
    /// Output tokens per second that one user sees.
    pub tokens_per_s_user: f64,
    /// Output tokens per second and package.
    pub tokens_per_s_card: f64,
    /// Share of the packages in prefill.
    pub prefill_share: f64,
}

/// Bits of the mantissa that tell bins apart: eight bins to an octave of user speed.
const MANTISSA_BITS: u32 = 3;
/// Slowest speed kept, tokens/s per user.
const SLOWEST: f64 = 0.5;
/// Octaves: up to 4,096 tokens/s per user.
const BINS: usize = 13 * 8;

/// Collects candidates: the best of each bin of user speed. Nothing is allocated on the way.
#[derive(Clone, Debug)]
pub struct Frontier<'a> {
    best: Vec<Option<Spot<'a>>>,
}

impl Default for Frontier<'_> {
    fn default() -> Self {
        Self {
            best: vec![None; BINS],
        }
    }
}

impl<'a> Frontier<'a> {
    /// Offers a candidate; `spot` is only made where it is the best of its bin.
    #[inline]
    pub fn offer(&mut self, user: f64, card: f64, spot: impl FnOnce() -> Spot<'a>) {
        if !(user.is_finite() && card.is_finite()) || user < SLOWEST {
            return;
        }
        // The leading bits of a float are its octave and, in equal steps, its place in it.
        let leading = (user / SLOWEST).to_bits() >> (52 - MANTISSA_BITS);
        let bin = leading.saturating_sub(1023 << MANTISSA_BITS) as usize;
        if let Some(slot) = self.best.get_mut(bin)
            && slot.is_none_or(|old| card > old.tokens_per_s_card)
        {
            *slot = Some(Spot {
                tokens_per_s_user: user,
                tokens_per_s_card: card,
                ..spot()
            });
        }
    }

    /// The candidates that no other beats on both, slowest user first.
    pub fn points(&self) -> Vec<Spot<'a>> {
        let mut out: Vec<Spot<'a>> = Vec::new();
        let mut most = 0.0;
        for spot in self.best.iter().rev().flatten() {
            if spot.tokens_per_s_card > most {
                most = spot.tokens_per_s_card;
                out.push(*spot);
            }
        }
        out.reverse();
        out
    }
}
