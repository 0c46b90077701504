//! The calibration: fitted values of the parameters, resolved per engine and hardware family.

use std::ops::Index;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::machine::Family;
use super::parameters::{COUNT, ENGINES, MEANINGS, P, SPECS, nearest_engine};

/// Fitted values: ln(value / prior) for all, and ridge-shrunk offsets per engine and per family.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// ln(value / prior), by parameter.
    pub base: [f64; COUNT],
    /// Offsets by engine (order of [`ENGINES`]) and parameter.
    pub engine: Vec<[f64; COUNT]>,
    /// Offsets by family (order of [`Family::ALL`]) and parameter.
    pub family: Vec<[f64; COUNT]>,
    /// 80 % bands by class, from leave-out errors.
    pub bands: Vec<BandRecord>,
    /// Rows that were fitted.
    pub rows: u32,
    /// Accelerators that these rows were measured on.
    pub hardware: Vec<String>,
}

/// One class of the band table, as the file writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandRecord {
    /// Hardware family; "any" = all together.
    pub family: String,
    /// Mode of the measurement file; "any" = all together.
    pub mode: String,
    /// "tpot", "ttft" or "throughput".
    pub quantity: String,
    /// 10th percentile of measured / predicted.
    pub low: f64,
    /// 90th percentile of measured / predicted.
    pub high: f64,
    /// Left-out rows behind it.
    pub rows: u32,
}

/// What a band is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Time per output token.
    Tpot,
    /// Time to first token.
    Ttft,
    /// Tokens per second and card.
    Throughput,
}

impl Quantity {
    /// Name in the calibration file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tpot => "tpot",
            Self::Ttft => "ttft",
            Self::Throughput => "throughput",
        }
    }
}

/// Factors on a prediction: the 80 % band reaches from `low × prediction` to `high × prediction`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandFactors {
    /// 10th percentile of measured / predicted.
    pub low: f64,
    /// 90th percentile of measured / predicted.
    pub high: f64,
    /// Left-out rows behind it; 0 = a prior, the class was never measured.
    pub rows: u32,
}

/// Band of a class that was never measured: about a factor of two either way.
const UNMEASURED: BandFactors = BandFactors {
    low: 0.5,
    high: 2.0,
    rows: 0,
};

/// What the program needs of the file (`build.rs` leaves the rest out).
#[derive(Deserialize)]
struct File {
    rows: u32,
    hardware: Vec<String>,
    parameters: Vec<Fitted>,
    bands: Vec<BandRecord>,
}

/// A parameter's value for all, and ln(offset) of engines and families.
#[derive(Deserialize)]
struct Fitted {
    name: String,
    value: f64,
    engine: Vec<(String, f64)>,
    family: Vec<(String, f64)>,
}

/// The whole file, which explains itself.
#[derive(Serialize)]
struct Written {
    about: &'static str,
    rows: u32,
    hardware: Vec<String>,
    parameters: Vec<WrittenParameter>,
    bands: Vec<BandRecord>,
}

#[derive(Serialize)]
struct WrittenParameter {
    name: &'static str,
    meaning: &'static str,
    value: f64,
    prior: f64,
    low: f64,
    high: f64,
    engine: Vec<(String, f64)>,
    family: Vec<(String, f64)>,
}

/// Six decimals: enough for any offset, and the same bytes on every machine.
fn rounded(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

impl Default for Calibration {
    /// Priors alone.
    fn default() -> Self {
        Self {
            base: [0.0; COUNT],
            engine: vec![[0.0; COUNT]; ENGINES.len()],
            family: vec![[0.0; COUNT]; Family::ALL.len()],
            bands: Vec::new(),
            rows: 0,
            hardware: Vec::new(),
        }
    }
}

impl Calibration {
    /// The calibration that ships with this version; priors alone if the embedded file is unusable
    /// (a test keeps that from happening).
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Calibration> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            Self::from_json(include_str!(concat!(env!("OUT_DIR"), "/calibration.json")))
                .unwrap_or_default()
        })
    }

    /// Reads a calibration as it is embedded: without the explanations of the file that [`to_json`](Self::to_json)
    /// writes (`build.rs` takes them out). Parameters it does not name keep their prior.
    ///
    /// # Errors
    /// Not JSON, or other fields than the embedded form has.
    pub fn from_json(text: &str) -> Result<Self, crate::json::Error> {
        let file: File = crate::json::from_str(text)?;
        let mut out = Self {
            bands: file.bands,
            rows: file.rows,
            hardware: file.hardware,
            ..Self::default()
        };
        for p in &file.parameters {
            let Some(i) = SPECS.iter().position(|s| s.name == p.name) else {
                continue;
            };
            if p.value > 0.0 && p.value.is_finite() {
                out.base[i] = (p.value / SPECS[i].prior).ln();
            }
            for (name, x) in &p.engine {
                if let Some(e) = ENGINES.iter().position(|e| e == name) {
                    out.engine[e][i] = *x;
                }
            }
            for (name, x) in &p.family {
                if let Some(f) = Family::ALL.iter().position(|f| f.name() == name) {
                    out.family[f][i] = *x;
                }
            }
        }
        Ok(out)
    }

    /// Writes the calibration file: fixed order, fixed digits.
    pub fn to_json(&self) -> String {
        let offsets = |rows: &[[f64; COUNT]], names: &[&str], i: usize| {
            rows.iter()
                .zip(names)
                .filter(|(r, _)| rounded(r[i]) != 0.0)
                .map(|(r, n)| ((*n).to_owned(), rounded(r[i])))
                .collect::<Vec<_>>()
        };
        let families: Vec<&str> = Family::ALL.iter().map(|f| f.name()).collect();
        let parameters = SPECS
            .iter()
            .zip(MEANINGS)
            .enumerate()
            .map(|(i, (s, meaning))| WrittenParameter {
                name: s.name,
                meaning: meaning.trim(),
                value: rounded(s.prior * self.base[i].exp()),
                prior: s.prior,
                low: s.low,
                high: s.high,
                engine: offsets(&self.engine, &ENGINES, i),
                family: offsets(&self.family, &families, i),
            })
            .collect();
        let file = Written {
            about: "Written by `tfp calibrate`; engine and family entries are ln(offset). Fitted to published measurements: InferenceX through ai-dynamo/aiconfigurator (Apache-2.0), TensorRT-LLM performance tables, CloudMatrix384 paper, CANN recipes, vLLM-Ascend CI, LMSYS, DeepSeek profile data, Megatron-Bridge tables.",
            rows: self.rows,
            hardware: self.hardware.clone(),
            parameters,
            bands: self
                .bands
                .iter()
                .map(|b| BandRecord {
                    low: rounded(b.low),
                    high: rounded(b.high),
                    ..b.clone()
                })
                .collect(),
        };
        // Plain data without non-finite numbers always serialises.
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    /// Values for an engine on a family; an unknown engine is answered by its nearest kin.
    pub fn profile(&self, engine: &str, family: Family) -> Profile {
        let (name, substituted) = nearest_engine(engine, family);
        let e = ENGINES.iter().position(|x| *x == name).unwrap_or(0);
        let f = Family::ALL.iter().position(|x| *x == family).unwrap_or(0);
        let mut values = [0.0; COUNT];
        for (i, (v, s)) in values.iter_mut().zip(SPECS).enumerate() {
            let ln = self.base[i] + self.engine[e][i] + self.family[f][i];
            *v = (s.prior * ln.exp()).clamp(s.low, s.high);
        }
        Profile {
            engine: name,
            substituted,
            values,
        }
    }

    /// The 80 % band of a quantity: of the family and mode where at least 8 left-out rows stand
    /// behind it, else of the mode on any family, widened, marked by `rows` = 0.
    pub fn band(&self, mode: &str, family: Family, quantity: Quantity) -> BandFactors {
        let own = |b: &&BandRecord| {
            b.family == family.name()
                && b.mode == mode
                && b.quantity == quantity.name()
                && b.rows >= 8
        };
        if let Some(b) = self.bands.iter().find(own) {
            return BandFactors {
                low: b.low,
                high: b.high,
                rows: b.rows,
            };
        }
        self.kin_band(mode, quantity)
    }

    /// The band of hardware that none of the rows was measured on: that of the mode on any family, widened, marked by
    /// `rows` = 0.
    pub fn kin_band(&self, mode: &str, quantity: Quantity) -> BandFactors {
        let find = |m: &str| {
            self.bands
                .iter()
                .find(|b| b.family == "any" && b.mode == m && b.quantity == quantity.name())
        };
        find(mode)
            .or_else(|| find("any"))
            .map_or(UNMEASURED, |b| BandFactors {
                low: (b.low * 0.7).min(0.7),
                high: (b.high * 1.4).max(1.4),
                rows: 0,
            })
    }
}

/// Parameter values of one engine on one hardware family.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Engine whose values these are.
    pub engine: &'static str,
    /// They stand in for an engine that was never measured.
    pub substituted: bool,
    values: [f64; COUNT],
}

impl Index<P> for Profile {
    type Output = f64;
    fn index(&self, p: P) -> &f64 {
        &self.values[p as usize]
    }
}

impl Profile {
    /// The same with one parameter multiplied, kept in its bounds.
    pub(crate) fn scaled(&self, parameter: usize, factor: f64) -> Self {
        let mut out = self.clone();
        if let (Some(v), Some(s)) = (out.values.get_mut(parameter), SPECS.get(parameter)) {
            *v = (*v * factor).clamp(s.low, s.high);
        }
        out
    }
}
