//! One die as software sees it: rates, memory and links resolved from the catalogue.

use crate::catalogue::hardware::{Accelerator, Figure, GIB};
use crate::scenario::NumberFormat;

use super::error::ModelError;

/// Generations of hardware that share calibration: chips of one family run the same kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// NVIDIA A100.
    Ampere,
    /// NVIDIA L40S and other cards without NVLink, RTX PRO 6000 included.
    Ada,
    /// NVIDIA H100, H200, H800, H20.
    Hopper,
    /// NVIDIA B200, GB200.
    Blackwell,
    /// NVIDIA B300, GB300 and what follows.
    BlackwellUltra,
    /// AMD MI300X, MI325X, MI308X.
    Cdna3,
    /// AMD MI355X and what follows.
    Cdna4,
    /// Huawei 910B.
    AscendA2,
    /// Huawei 910C.
    AscendA3,
    /// Huawei 950 and what follows.
    Ascend950,
    /// Google TPU.
    Tpu,
    /// Anything else.
    Other,
}

impl Family {
    /// Every family, in a fixed order.
    pub const ALL: [Self; 12] = [
        Self::Ampere,
        Self::Ada,
        Self::Hopper,
        Self::Blackwell,
        Self::BlackwellUltra,
        Self::Cdna3,
        Self::Cdna4,
        Self::AscendA2,
        Self::AscendA3,
        Self::Ascend950,
        Self::Tpu,
        Self::Other,
    ];

    /// Stable name, as the calibration file writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ampere => "ampere",
            Self::Ada => "ada",
            Self::Hopper => "hopper",
            Self::Blackwell => "blackwell",
            Self::BlackwellUltra => "blackwell-ultra",
            Self::Cdna3 => "cdna3",
            Self::Cdna4 => "cdna4",
            Self::AscendA2 => "ascend-a2",
            Self::AscendA3 => "ascend-a3",
            Self::Ascend950 => "ascend-950",
            Self::Tpu => "tpu",
            Self::Other => "other",
        }
    }

    /// The family of an accelerator, from its maker and id.
    pub fn of(vendor: &str, id: &str) -> Self {
        let id = id.to_ascii_lowercase();
        let has = |s: &str| id.contains(s);
        match vendor.to_ascii_lowercase().as_str() {
            "nvidia" if has("a100") || has("a800") => Self::Ampere,
            "nvidia" if has("l40") || has("rtx") || has("l20") => Self::Ada,
            "nvidia" if has("h100") || has("h200") || has("h800") || has("h20") => Self::Hopper,
            "nvidia" if has("b300") || has("rubin") => Self::BlackwellUltra,
            "nvidia" if has("b200") || has("b100") => Self::Blackwell,
            "amd" if has("mi30") || has("mi325") => Self::Cdna3,
            "amd" => Self::Cdna4,
            "huawei" if has("910b") => Self::AscendA2,
            "huawei" if has("910c") => Self::AscendA3,
            "huawei" => Self::Ascend950,
            "google" => Self::Tpu,
            _ => Self::Other,
        }
    }

    /// Huawei's accelerators, whose software stack is their own.
    pub const fn is_ascend(self) -> bool {
        matches!(self, Self::AscendA2 | Self::AscendA3 | Self::Ascend950)
    }
}

/// A link as α–β: bytes per second one way and latency of one message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// One way, per die.
    pub bytes_per_s: f64,
    /// Of one message on the wire; `None` where no figure is published (the calibration's α, which
    /// holds software as well, is used alone).
    pub latency_s: Option<f64>,
}

/// A die as software addresses it: what engines call a rank.
///
/// The two dies of an Ascend 910C (and the two chiplets of a TPU7x) are addressed one by one; the
/// dies of a B200 or the chiplets of an MI300X appear as one device and count as one here. This is
/// not [`Accelerator::die_count`], which counts silicon.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Accelerator id.
    pub id: String,
    /// Family, for the calibration.
    pub family: Family,
    /// Dies in the package that software addresses one by one.
    pub dies_per_card: u32,
    /// Dense rates of one die, FLOP/s: 4-bit float; 0 = not supported.
    pub fp4: f64,
    /// 8-bit float.
    pub fp8: f64,
    /// 8-bit integer.
    pub int8: f64,
    /// 16-bit float (BF16, or FP16 where only that is published).
    pub half: f64,
    /// Memory of one die, bytes.
    pub memory_bytes: f64,
    /// Memory bandwidth of one die, bytes/s.
    pub memory_bytes_per_s: f64,
    /// Scale-up link; `None` = unknown, so that instances of several dies cannot be timed.
    pub scale_up: Option<Link>,
    /// Dies in one scale-up domain.
    pub domain_dies: u32,
    /// Latency between the nodes of a super-node, seconds, where it differs.
    pub scale_up_far_latency_s: Option<f64>,
    /// Scale-out link; `None` = unknown.
    pub scale_out: Option<Link>,
    /// Catalogue fields that were unknown and derived from another, for a notice.
    pub derived: Vec<&'static str>,
}

fn known(f: Option<&Figure>) -> Option<f64> {
    f.map(|f| f.value).filter(|v| v.is_finite())
}

/// Dies of a package that software addresses one by one: those of Huawei and Google; the dies of
/// an NVIDIA or AMD package appear as one device.
pub fn addressable_dies(accelerator: &Accelerator) -> u32 {
    match accelerator.vendor.to_ascii_lowercase().as_str() {
        "huawei" | "google" => accelerator.die_count(),
        _ => 1,
    }
}

impl Machine {
    /// Resolves a catalogue entry. Rates unknown for a format are 0 ("cannot"), except 16-bit,
    /// which every die needs: half the 8-bit rate stands in where it is unpublished, and is named
    /// in [`Machine::derived`].
    ///
    /// # Errors
    /// Memory size, memory bandwidth or all arithmetic rates unknown.
    pub fn resolve(a: &Accelerator) -> Result<Self, ModelError> {
        let unknown = |field| ModelError::UnknownFigure {
            hardware: a.id.clone(),
            field,
        };
        let dies_per_card = addressable_dies(a);
        let dies = f64::from(dies_per_card);
        let mut derived = Vec::new();
        let rate = |f: Option<&Figure>| known(f).unwrap_or(0.0) * 1e12 / dies;
        let fp8 = rate(a.fp8.as_ref());
        let int8 = rate(a.int8.as_ref());
        let half = match known(a.bf16.as_ref()).or(known(a.fp16.as_ref())) {
            Some(v) if v > 0.0 => v * 1e12 / dies,
            _ => {
                derived.push("bf16");
                fp8.max(int8) / 2.0
            }
        };
        if half <= 0.0 {
            let fp4 = rate(a.fp4.as_ref());
            if fp4 <= 0.0 {
                return Err(unknown("bf16"));
            }
        }
        let half = if half > 0.0 {
            half
        } else {
            rate(a.fp4.as_ref()) / 4.0
        };
        let memory_bytes = known(a.mem_gb.as_ref())
            .filter(|v| *v > 0.0)
            .ok_or_else(|| unknown("mem_gb"))?
            * GIB
            / dies;
        let memory_bytes_per_s = known(a.mem_bw_tbs.as_ref())
            .filter(|v| *v > 0.0)
            .ok_or_else(|| unknown("mem_bw_tbs"))?
            * 1e12
            / dies;
        let micro = |f: Option<&Figure>| known(f).map(|v| v * 1e-6);
        let scale_up = known(a.scaleup_gbs_uni.as_ref())
            .filter(|v| *v > 0.0)
            .map(|v| Link {
                bytes_per_s: v * 1e9 / dies,
                latency_s: micro(a.scaleup_latency_us.as_ref()),
            });
        let scale_out = known(a.scaleout_gbps.as_ref())
            .filter(|v| *v > 0.0)
            .map(|v| Link {
                bytes_per_s: v * 1e9 / 8.0 / dies,
                latency_s: micro(a.scaleout_latency_us.as_ref()),
            });
        let domain_cards = match known(a.scaleup_size.as_ref()) {
            Some(v) if v >= 1.0 => v,
            _ => {
                if scale_up.is_some() {
                    derived.push("scaleup_size");
                    8.0
                } else {
                    1.0
                }
            }
        };
        Ok(Self {
            id: a.id.clone(),
            family: Family::of(&a.vendor, &a.id),
            dies_per_card,
            fp4: rate(a.fp4.as_ref()),
            fp8,
            int8,
            half,
            memory_bytes,
            memory_bytes_per_s,
            scale_up,
            domain_dies: (domain_cards * dies).min(1e6) as u32,
            scale_up_far_latency_s: micro(a.scaleup_latency_inter_us.as_ref()),
            scale_out,
            derived,
        })
    }

    /// Rate at which maths runs when weights are stored in `weights` and engines use the widest
    /// arithmetic that keeps them exact: FLOP/s and the format the maths runs in.
    ///
    /// 4-bit integers are weight-only: the maths is 16-bit. 4-bit floats run as such where the
    /// silicon can, else 16-bit. 8-bit formats need their unit; Blackwell Ultra's INT8 is slower
    /// than its 16-bit and is refused.
    pub fn arithmetic(&self, weights: NumberFormat) -> (f64, NumberFormat) {
        let half = (self.half, NumberFormat::Bf16);
        match weights {
            NumberFormat::Fp4 if self.fp4 > 0.0 => (self.fp4, NumberFormat::Fp4),
            NumberFormat::Fp8 if self.fp8 > self.half * 0.9 => (self.fp8, NumberFormat::Fp8),
            NumberFormat::Int8 if self.int8 > self.half * 0.9 => (self.int8, NumberFormat::Int8),
            _ => half,
        }
    }

    /// Whether the die has arithmetic of this format (weight-only formats always run, in 16 bit).
    pub fn supports(&self, format: NumberFormat) -> bool {
        match format {
            NumberFormat::Fp4 => self.fp4 > 0.0,
            NumberFormat::Fp8 => self.fp8 > self.half * 0.9,
            NumberFormat::Int8 => self.int8 > self.half * 0.9,
            NumberFormat::Int4 | NumberFormat::Bf16 | NumberFormat::Fp16 => true,
        }
    }
}
