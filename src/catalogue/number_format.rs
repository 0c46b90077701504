//! Number formats of weights and KV cache.

use serde::{Deserialize, Serialize};

/// A number format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberFormat {
    /// 4-bit float with block scales (NVFP4, MXFP4).
    Fp4,
    /// 4-bit integer, weight only (maths runs in a wider format).
    Int4,
    /// 8-bit float.
    Fp8,
    /// 8-bit integer.
    Int8,
    /// bfloat16.
    Bf16,
    /// IEEE half.
    Fp16,
}

impl NumberFormat {
    /// Every format, narrowest first.
    pub const ALL: [Self; 6] = [
        Self::Fp4,
        Self::Int4,
        Self::Fp8,
        Self::Int8,
        Self::Bf16,
        Self::Fp16,
    ];

    /// Bits of one element, without block scales.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Fp4 | Self::Int4 => 4,
            Self::Fp8 | Self::Int8 => 8,
            Self::Bf16 | Self::Fp16 => 16,
        }
    }

    /// Bytes of one element, without block scales.
    pub fn bytes(self) -> f64 {
        f64::from(self.bits()) / 8.0
    }
}
