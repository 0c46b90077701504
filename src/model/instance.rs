//! An instance: one copy of the model on its dies, as chosen; [`Instance::prepare`] turns it into
//! coefficients so that a step is a handful of flops.

use crate::catalogue::architecture::{Architecture, FeedForward};
use crate::evaluation::Formats;
use crate::scenario::{Degrees, LocalCalibration};

use super::calibration::Profile;
use super::error::ModelError;
use super::machine::Machine;

/// Speculative decoding as it really runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drafts {
    /// Draft tokens per step; 0 = off.
    pub tokens: f64,
    /// Mean number accepted per step, 0..=tokens.
    pub accepted: f64,
}

impl Drafts {
    /// No speculative decoding.
    pub const OFF: Self = Self {
        tokens: 0.0,
        accepted: 0.0,
    };

    /// `tokens` drafts, each accepted with chance `acceptance` if all before it were:
    /// a + a² + … (arXiv 2211.17192).
    pub fn with_acceptance(tokens: u32, acceptance: f64) -> Self {
        let a = acceptance.clamp(0.0, 1.0);
        let accepted = (1..=tokens.min(64)).map(|i| a.powi(i as i32)).sum();
        Self {
            tokens: f64::from(tokens),
            accepted,
        }
    }
}

/// One copy of the model on its dies.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    /// What is served.
    pub architecture: &'a Architecture,
    /// Number formats of dense weights, routed experts and KV cache.
    pub formats: Formats,
    /// Parallel degrees, in dies.
    pub degrees: Degrees,
    /// The die.
    pub machine: &'a Machine,
    /// Calibrated parameters of the engine on this family.
    pub profile: &'a Profile,
    /// Speculative decoding.
    pub drafts: Drafts,
    /// Share of throughput kept under uneven expert load at 32 or more expert-parallel ranks,
    /// 0..1; 1 = perfect balance. (CloudMatrix384 paper, table 2: default balance keeps 0.846.)
    pub expert_balance: f64,
    /// Factors fitted to the user's own cluster.
    pub local: LocalCalibration,
}

impl Instance<'_> {
    /// Refuses degrees that the model or the machine cannot have.
    pub(crate) fn check(&self) -> Result<(), ModelError> {
        let d = self.degrees;
        let bad = |reason: String| Err(ModelError::BadDegrees { degrees: d, reason });
        if d.tp == 0 || d.pp == 0 || d.dp == 0 || d.ep == 0 {
            return bad("every degree is 1 or more".into());
        }
        if d.pp > self.architecture.layers {
            return bad(format!(
                "pipeline stages cannot outnumber the {} layers",
                self.architecture.layers
            ));
        }
        let group = d.tp.saturating_mul(d.dp);
        if d.ep > group || !group.is_multiple_of(d.ep) {
            return bad(format!(
                "ep must divide tp × dp = {group} (experts live on the same dies as attention)"
            ));
        }
        if d.ep > 1 && self.experts() == 0 {
            return bad("ep above 1 needs a mixture of experts; this model is dense".into());
        }
        let dies = u64::from(d.tp) * u64::from(d.pp) * u64::from(d.dp);
        if dies > 1 && self.machine.scale_up.is_none() && self.machine.scale_out.is_none() {
            return Err(ModelError::UnknownFigure {
                hardware: self.machine.id.clone(),
                field: "scaleup_gbs_uni",
            });
        }
        if !(self.expert_balance > 0.0 && self.expert_balance <= 1.0) {
            return Err(ModelError::BadInput {
                what: "expert balance",
                allowed: "above 0 and at most 1",
                got: self.expert_balance,
            });
        }
        Ok(())
    }

    /// Most routed experts in a layer; 0 for dense models.
    pub fn experts(&self) -> u32 {
        self.architecture
            .ffn
            .iter()
            .map(|f| match f {
                FeedForward::Moe(m) => m.experts,
                FeedForward::Dense { .. } => 0,
            })
            .max()
            .unwrap_or(0)
    }

    /// Packages that one instance takes, rounded up.
    pub fn cards(&self) -> f64 {
        (f64::from(self.degrees.dies()) / f64::from(self.machine.dies_per_card)).ceil()
    }
}
