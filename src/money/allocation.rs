//! Who pays what: cost spread over token kinds by the card-seconds each takes.

use super::hourly::{PoolLines, scale, sum};
use super::{MoneyError, Usd};
use crate::evaluation::{TokenFlow, Usage};

/// How each pool's cost is shared among token kinds: by the card-seconds each takes of the pool, idle
/// time spread in proportion. A pool that takes part in nothing is shared like the others together.
pub(super) struct Allocation {
    /// Per pool: share of its cost per token of each kind; `None` = an unused pool.
    per_token: Vec<Option<TokenFlow>>,
    /// Per pool: its part of the cost of unused pools.
    of_unused: Vec<f64>,
}

impl Allocation {
    pub(super) fn new(
        by_pool: &[PoolLines],
        usage: &Usage,
        flow: TokenFlow,
    ) -> Result<Self, MoneyError> {
        let per_token: Vec<Option<TokenFlow>> = usage
            .pools
            .iter()
            .map(|pool| {
                let s = pool.card_seconds;
                let busy = s.input * flow.input
                    + s.cached_input * flow.cached_input
                    + s.output * flow.output;
                (busy > 0.0).then(|| scale(s, 1.0 / busy))
            })
            .collect();
        let in_use = per_token.iter().filter(|t| t.is_some()).count();
        if in_use == 0 || flow.output.is_nan() || flow.output <= 0.0 {
            return Err(MoneyError::NothingMade);
        }
        let weights = |i: usize| {
            if per_token[i].is_some() {
                sum(&by_pool[i]).0
            } else {
                0.0
            }
        };
        let all: f64 = (0..by_pool.len()).map(weights).sum();
        let of_unused = (0..by_pool.len())
            .map(|i| match (per_token[i].is_some(), all > 0.0) {
                (false, _) => 0.0,
                (true, true) => weights(i) / all,
                (true, false) => 1.0 / in_use as f64,
            })
            .collect();
        Ok(Self {
            per_token,
            of_unused,
        })
    }

    /// USD per million tokens of each kind, of the part of the cost that `part` picks.
    pub(super) fn per_million(
        &self,
        by_pool: &[PoolLines],
        part: impl Fn(&PoolLines) -> Usd,
    ) -> TokenFlow {
        let unused: Usd = by_pool
            .iter()
            .zip(&self.per_token)
            .filter(|(_, t)| t.is_none())
            .map(|(p, _)| part(p))
            .sum();
        let mut result = TokenFlow::default();
        for ((lines, per_token), of_unused) in
            by_pool.iter().zip(&self.per_token).zip(&self.of_unused)
        {
            let Some(share) = per_token else { continue };
            let cost = part(lines) + unused * *of_unused;
            result.input += cost.0 * share.input * 1e6;
            result.cached_input += cost.0 * share.cached_input * 1e6;
            result.output += cost.0 * share.output * 1e6;
        }
        result
    }
}
