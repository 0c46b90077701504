//! Why the model gives no answer: data with advice, put into words once.

use thiserror::Error;

use crate::catalogue::hardware::GIB;
use crate::scenario::{Degrees, NumberFormat};

/// A question the model does not answer, and what would let it.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ModelError {
    /// A figure that the arithmetic cannot do without is unknown.
    #[error("{hardware}: {field} is unknown; enter it, or choose hardware that states it")]
    UnknownFigure {
        /// Accelerator id.
        hardware: String,
        /// Name of the catalogue field.
        field: &'static str,
    },
    /// The chip has no arithmetic for the format.
    #[error("{hardware} has no arithmetic for {format:?}; choose a format that it has")]
    NoSuchFormat {
        /// Accelerator id.
        hardware: String,
        /// The format asked for.
        format: NumberFormat,
    },
    /// Degrees that contradict each other or the model.
    #[error("tp {} pp {} dp {} ep {}: {reason}", degrees.tp, degrees.pp, degrees.dp, degrees.ep)]
    BadDegrees {
        /// The degrees asked for.
        degrees: Degrees,
        /// What is wrong with them.
        reason: String,
    },
    /// Weights alone exceed memory.
    #[error(
        "weights need {:.1} GiB on each die, it has {:.1} GiB; use more dies per instance or a narrower format",
        needed_bytes / GIB,
        capacity_bytes / GIB
    )]
    WeightsDoNotFit {
        /// Needed on one die, bytes.
        needed_bytes: f64,
        /// Capacity of one die, bytes.
        capacity_bytes: f64,
    },
    /// Weights fit, but not one request of this length.
    #[error(
        "weights fit, but the KV cache of one request of {context_tokens:.0} tokens does not; the longest that fits is {longest_tokens:.0}"
    )]
    ContextDoesNotFit {
        /// Context asked for, tokens.
        context_tokens: f64,
        /// Longest that fits, tokens.
        longest_tokens: f64,
    },
    /// A number of the workload makes no sense.
    #[error("{what} must be {allowed}, got {got}")]
    BadInput {
        /// Name of the input.
        what: &'static str,
        /// What is allowed.
        allowed: &'static str,
        /// What was given.
        got: f64,
    },
}
