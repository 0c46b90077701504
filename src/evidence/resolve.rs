//! From a row to something the model can time: formats, degrees and batch, blanks inferred and
//! said so.

use crate::catalogue::Catalogue;
use crate::catalogue::architecture::{Architecture, Attention};
use crate::catalogue::hardware::Accelerator;
use crate::evaluation::Formats;
use crate::model::{Drafts, Family, Machine, Traffic, nearest_engine};
use crate::scenario::{Degrees, NumberFormat};

use super::record::{Measurement, RowDegrees, RowMode};
use super::runs::{Pool, Run, configured};

/// Prompt length assumed where a serving row states none: short chat prompts.
const USUAL_INPUT: f64 = 1024.0;

/// Answer length assumed where none is stated.
const USUAL_OUTPUT: f64 = 1024.0;

/// Context beside which decode-only rows generate.
const DECODE_OUTPUT: f64 = 1.0;

/// Experts' balance of published rows that do not say: CloudMatrix384's default (paper, table 2).
const USUAL_BALANCE: f64 = 0.846;

/// A row ready to be timed.
#[derive(Clone, Debug)]
pub(crate) struct Resolved<'a> {
    pub mode: RowMode,
    pub architecture: &'a Architecture,
    pub machine: Machine,
    pub engine: String,
    pub formats: Formats,
    pub drafts: Drafts,
    /// Draft tokens whose acceptance the row does not state: what is usual is a parameter.
    pub drafts_taken_usual: Option<u32>,
    /// The row does not say whether speculative decoding was on, and the model could.
    pub drafts_unrecorded: bool,
    /// Whether two micro-batches ran against each other, where the row's remarks say so.
    pub micro_batches: Option<bool>,
    /// How much of its pools a disaggregated row records.
    pub recorded: PoolRecord,
    pub balance: f64,
    pub traffic: Traffic,
    /// Requests in flight on all instances; `None` = free (offline).
    pub concurrency: Option<f64>,
    pub cards: f64,
    /// Aggregated (or decode, prefill, training) instance and how many.
    pub degrees: Degrees,
    pub instances: f64,
    /// The two pools (disaggregated): one entry, or each division that the row may mean.
    pub pools: Vec<PoolPair>,
    /// What was inferred, for the note.
    pub inferred: Vec<&'static str>,
}

fn model<'a>(catalogue: &'a Catalogue, id: &str) -> Option<&'a Architecture> {
    catalogue
        .model(id)
        .or_else(|| {
            catalogue
                .models
                .iter()
                .find(|m| m.id.eq_ignore_ascii_case(id) || m.hf_id.eq_ignore_ascii_case(id))
        })
        .map(|m| &m.architecture)
}

fn accelerator<'a>(catalogue: &'a Catalogue, id: &str) -> Option<&'a Accelerator> {
    catalogue.accelerator(id).or_else(|| {
        catalogue
            .accelerators
            .iter()
            .find(|a| a.id.eq_ignore_ascii_case(id))
    })
}

/// The model multiplies through latent attention (DeepSeek, Kimi, GLM-5).
pub(crate) fn is_latent(a: &Architecture) -> bool {
    a.attn
        .iter()
        .any(|g| matches!(g, Attention::Mla(_) | Attention::V4(_)))
}

/// KV format that engines choose by themselves for checkpoints of this precision: 8 bit where the
/// silicon has 8-bit floats and the weights are 8 bit or narrower, except SGLang on Hopper
/// and all Ascend stacks, whose default stays 16 bit.
pub(crate) fn usual_kv(
    weights: NumberFormat,
    experts: NumberFormat,
    engine: &str,
    machine: &Machine,
) -> NumberFormat {
    let narrow = weights.bits() <= 8 || experts.bits() <= 4;
    let hopper_sglang = engine == "sglang" && machine.family == Family::Hopper;
    if narrow
        && machine.supports(NumberFormat::Fp8)
        && !hopper_sglang
        && !machine.family.is_ascend()
    {
        NumberFormat::Fp8
    } else {
        NumberFormat::Bf16
    }
}

/// Blank degrees: what is stated stands, the rest follows from the dies.
fn fill(
    stated: RowDegrees,
    dies: f64,
    moe: bool,
    latent: bool,
    inferred: &mut Vec<&'static str>,
) -> Degrees {
    let dies = dies.max(1.0) as u32;
    let pp = stated.pp.unwrap_or(1);
    let per_stage = (dies / pp).max(1);
    let (tp, dp, ep) = match (stated.tp, stated.dp, stated.ep) {
        (Some(tp), Some(dp), Some(ep)) => (tp, dp, ep),
        (Some(tp), Some(dp), None) => (tp, dp, if moe && dp > 1 { tp * dp } else { 1 }),
        (Some(tp), None, Some(ep)) => (tp, (ep / tp).max(1), ep),
        (Some(tp), None, None) => (tp, 1, 1),
        (None, Some(dp), Some(ep)) => ((ep / dp).max(1), dp, ep),
        (None, Some(dp), None) => {
            let tp = (per_stage / dp).max(1);
            (tp, dp, if moe { tp * dp } else { 1 })
        }
        (None, None, Some(ep)) if ep > 1 => (1, ep, ep),
        (None, None, _) if moe && latent && per_stage > 8 => (1, per_stage, per_stage),
        (None, None, _) => (per_stage.min(8), 1, 1),
    };
    if (stated.tp, stated.dp) == (None, None) && dies > 1 {
        inferred.push("degrees");
    }
    let group = tp * dp;
    let ep = if !moe || group % ep.max(1) != 0 || ep > group {
        if moe && ep > 1 { group } else { 1 }
    } else {
        ep
    };
    Degrees { tp, pp, dp, ep }
}

/// Workers of a pool: degrees of each, how many.
pub(crate) type Workers = (Degrees, f64);

/// A prefill pool and a decode pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PoolPair {
    pub prefill: Workers,
    pub decode: Workers,
}

/// How much of its pools a disaggregated row records. The same runs are published with full pools
/// and in two collapsed spellings; rows that occur in both (equal latencies to the last digit) show
/// what each spelling leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoolRecord {
    /// Workers and degrees.
    Full,
    /// Collapsed in one of the ways below, and found again in the configurations that the source
    /// published (`runs.csv`); where several may be meant, each is a division.
    Configured,
    /// The dies of one worker of each pool, written as `tp`; how many workers there were and
    /// whether attention was data parallel is lost, the `ep` of both is prefill's.
    OneWorker,
    /// The dies of both pools together, written as `tp` of each.
    Whole,
}

/// Decode pools of runs whose spelling keeps one worker only: as many dies as this, in no more
/// workers than the next figure (rows published in both spellings have 1–4 × 32, 2 × 16, 3–5 × 8).
const DECODE_POOL_DIES: f64 = 24.0;
/// See [`DECODE_POOL_DIES`].
const DECODE_WORKERS: f64 = 3.0;
/// Widest tensor-parallel decode worker among the full rows.
const WIDEST_TP: u32 = 16;

fn parallel(width: u32, data: bool, moe: bool) -> Degrees {
    let ep = if moe { width } else { 1 };
    let (tp, dp) = if data { (1, width) } else { (width, 1) };
    Degrees { tp, pp: 1, dp, ep }
}

impl PoolRecord {
    fn of(m: &Measurement, p: Degrees, d: Degrees, rack: bool) -> Self {
        let single = |workers: Option<f64>, g: Degrees| {
            workers.unwrap_or(1.0) <= 1.0 && g.dp == 1 && g.pp == 1
        };
        // A row that records its speculative decoding records its pools.
        let full = m.draft_tokens.is_some()
            || !single(m.prefill_workers, p)
            || !single(m.decode_workers, d)
            || p.ep != d.ep && d.ep == d.tp;
        if full {
            Self::Full
        } else if p == d && p.ep == 1 && p.tp > 8 && rack {
            Self::Whole
        } else {
            Self::OneWorker
        }
    }

    fn pools(self, prefill: Workers, decode: Workers, moe: bool, latent: bool) -> Vec<PoolPair> {
        let data = latent && moe;
        let width = decode.0.tp;
        match self {
            Self::Full | Self::Configured => vec![PoolPair { prefill, decode }],
            Self::OneWorker => {
                let pair = |wide, workers| PoolPair {
                    prefill: (parallel(prefill.0.tp, data, moe), 1.0),
                    decode: (parallel(width, wide, moe), workers),
                };
                let workers = (DECODE_POOL_DIES / f64::from(width))
                    .floor()
                    .clamp(1.0, DECODE_WORKERS);
                let tensor = (!data || width <= WIDEST_TP).then(|| pair(false, workers));
                let wide = data.then(|| pair(true, 1.0));
                tensor.into_iter().chain(wide).collect()
            }
            // Prefill workers of four dies, a whole number of decode workers beside them.
            Self::Whole => (1..width / 4)
                .flat_map(|k| {
                    let rest = width - 4 * k;
                    let pair = move |w: u32, wide| PoolPair {
                        prefill: (parallel(4, data, moe), f64::from(k)),
                        decode: (parallel(w, wide, moe), f64::from(rest / w)),
                    };
                    let tensor = [4, 8].map(|w| rest.is_multiple_of(w).then(|| pair(w, false)));
                    tensor
                        .into_iter()
                        .flatten()
                        .chain(data.then(|| pair(rest, true)))
                })
                .collect(),
        }
    }
}

impl Resolved<'_> {
    /// Neither the row nor a published configuration says what its pools were, or whether they drafted.
    pub fn collapsed(&self) -> bool {
        match self.recorded {
            PoolRecord::Full => false,
            PoolRecord::Configured => self.drafts_unrecorded,
            PoolRecord::OneWorker | PoolRecord::Whole => true,
        }
    }
}

/// The divisions that configurations mean.
fn configured_pools(runs: &[Run]) -> Vec<PoolPair> {
    let mut out: Vec<PoolPair> = Vec::new();
    for run in runs {
        let workers = |p: Pool| (p.degrees, p.workers);
        let Some(prefill) = run.prefill.map(workers) else {
            continue;
        };
        let pair = PoolPair {
            prefill,
            decode: workers(run.decode),
        };
        if !out.contains(&pair) {
            out.push(pair);
        }
    }
    out
}

/// Draft tokens that all configurations agree on.
fn drafts_of(runs: &[Run]) -> Option<u32> {
    let first = runs.first()?.draft_tokens;
    runs.iter()
        .all(|r| r.draft_tokens == first)
        .then_some(first)
}

impl<'a> Resolved<'a> {
    /// Resolves a row, or says why it cannot be answered.
    pub fn new(catalogue: &'a Catalogue, m: &Measurement) -> Result<Self, String> {
        if let Some(what) = &m.unreadable {
            return Err(what.clone());
        }
        let mode = m.mode.ok_or_else(|| "the row has no mode".to_owned())?;
        let architecture = model(catalogue, &m.model).ok_or_else(|| {
            if catalogue.model_stub(&m.model).is_some() {
                format!("the architecture of {} is not published", m.model)
            } else {
                format!("no model `{}` in the catalogue", m.model)
            }
        })?;
        let a = accelerator(catalogue, &m.hardware)
            .ok_or_else(|| format!("no hardware `{}` in the catalogue", m.hardware))?;
        let machine = Machine::resolve(a).map_err(|e| e.to_string())?;
        let mut inferred = Vec::new();
        let engine = nearest_engine(&m.engine, machine.family).0;
        let (formats, moe) = formats(m, architecture, engine, &machine, &mut inferred);
        let latent = is_latent(architecture);
        let per_card = f64::from(machine.dies_per_card);
        let worker = |d: RowDegrees, workers: f64, inferred: &mut Vec<&'static str>| {
            let all = m.cards.map_or(1.0, |c| c * per_card / workers.max(1.0));
            fill(d, all, moe, latent, inferred)
        };
        let runs = configured(m);
        let mut pools = Vec::new();
        let mut recorded = PoolRecord::Full;
        let (degrees, instances, cards);
        if mode == RowMode::Disaggregated {
            let decode_workers = m.decode_workers.unwrap_or(1.0).max(1.0);
            let prefill_workers = m.prefill_workers.unwrap_or(1.0).max(1.0);
            let both = decode_workers + prefill_workers;
            degrees = worker(m.decode, both, &mut inferred);
            let p = worker(m.prefill, both, &mut inferred);
            instances = decode_workers;
            let dies =
                f64::from(p.dies()) * prefill_workers + f64::from(degrees.dies()) * decode_workers;
            cards = m.cards.unwrap_or(dies / per_card);
            recorded = PoolRecord::of(m, p, degrees, machine.domain_dies > 8);
            pools = recorded.pools((p, prefill_workers), (degrees, decode_workers), moe, latent);
            if recorded != PoolRecord::Full {
                if runs.is_empty() {
                    inferred.push("split of the pools");
                } else {
                    recorded = PoolRecord::Configured;
                    pools = configured_pools(&runs);
                    inferred.push("pools (published configuration)");
                }
            }
        } else {
            let d = fill(
                m.degrees,
                m.cards.map_or(1.0, |c| c * per_card),
                moe,
                latent,
                &mut inferred,
            );
            // A spelling that the source's configurations do not have means another.
            let meant = runs.first().map_or(d, |r| r.decode.degrees);
            if meant != d {
                inferred.push("degrees (published configuration)");
            }
            degrees = meant;
            let dies = f64::from(degrees.dies());
            cards = m.cards.unwrap_or_else(|| (dies / per_card).ceil());
            let most = (cards * per_card / dies).floor().max(1.0);
            // A request never runs on more than one instance; a configuration is of one.
            instances = if meant == d {
                m.concurrency.map_or(most, |n| most.min(n.max(1.0).floor()))
            } else {
                1.0
            };
        }
        let mut length = |stated: Option<f64>, usual: f64, what| {
            stated.unwrap_or_else(|| {
                inferred.push(what);
                usual
            })
        };
        let alone = matches!(mode, RowMode::Decode | RowMode::Prefill | RowMode::Training);
        let traffic = Traffic {
            input_tokens: length(m.input_tokens, USUAL_INPUT, "input length"),
            output_tokens: if alone {
                DECODE_OUTPUT
            } else {
                length(m.output_tokens, USUAL_OUTPUT, "output length")
            },
            prefix_hit: m.prefix_hit.unwrap_or(0.0),
        };
        traffic.check().map_err(|e| e.to_string())?;
        let needs = matches!(
            mode,
            RowMode::Serving | RowMode::Disaggregated | RowMode::Decode | RowMode::FixedBatch
        );
        if needs && m.concurrency.is_none() {
            inferred.push("concurrency");
        }
        let drafts_may = architecture.mtp_layers > 0;
        let configured = drafts_of(&runs).filter(|_| m.draft_tokens.is_none() && drafts_may);
        if configured.is_some() {
            inferred.push("draft tokens (published configuration)");
        }
        let draft_tokens = m.draft_tokens.or(configured.map(f64::from)).unwrap_or(0.0);
        let mut drafts_taken_usual = None;
        let mut drafts = Drafts::OFF;
        if draft_tokens > 0.0 {
            drafts.tokens = draft_tokens;
            match m.accepted_drafts {
                Some(a) => drafts.accepted = a.min(draft_tokens),
                None => {
                    drafts_taken_usual = Some(draft_tokens as u32);
                    inferred.push("acceptance");
                }
            }
        }
        Ok(Self {
            mode,
            architecture,
            machine,
            engine: m.engine.clone(),
            formats,
            drafts,
            drafts_taken_usual,
            drafts_unrecorded: m.draft_tokens.is_none() && configured.is_none() && drafts_may,
            micro_batches: micro_batches(&m.notes),
            recorded,
            balance: if m.expert_balance == "perfect" {
                1.0
            } else {
                USUAL_BALANCE
            },
            traffic,
            concurrency: m.concurrency,
            cards,
            degrees,
            instances,
            pools,
            inferred,
        })
    }
}

/// Two micro-batches or one: no column has it, remarks do.
fn micro_batches(notes: &str) -> Option<bool> {
    notes.split(';').find_map(|remark| match remark.trim() {
        "micro-batch" => Some(true),
        "no micro-batch" => Some(false),
        _ => None,
    })
}

/// Formats of a row; whether the model is a mixture of experts.
fn formats(
    m: &Measurement,
    a: &Architecture,
    engine: &str,
    machine: &Machine,
    inferred: &mut Vec<&'static str>,
) -> (Formats, bool) {
    use crate::catalogue::architecture::FeedForward;
    let moe = a.ffn.iter().any(|f| matches!(f, FeedForward::Moe(_)));
    let best = if machine.supports(NumberFormat::Fp8) {
        NumberFormat::Fp8
    } else if machine.supports(NumberFormat::Int8) {
        NumberFormat::Int8
    } else {
        NumberFormat::Bf16
    };
    let mut weights = m.weights.unwrap_or_else(|| {
        inferred.push("weight precision");
        best
    });
    let experts = m.experts.unwrap_or(weights);
    // gpt-oss checkpoints: experts in MXFP4, everything else 16 bit, whatever the table's label.
    let sinks = a
        .attn
        .iter()
        .any(|g| matches!(g, Attention::Gqa(g) if g.sinks));
    let experts = if sinks && moe && m.weights.is_some_and(|w| w.bits() <= 8) {
        weights = NumberFormat::Bf16;
        NumberFormat::Fp4
    } else {
        experts
    };
    let kv =
        m.kv.unwrap_or_else(|| usual_kv(weights, experts, engine, machine));
    (
        Formats {
            weights,
            experts,
            kv,
        },
        moe,
    )
}

#[cfg(test)]
mod tests {
    use super::micro_batches;

    /// Remarks of the CANN recipes' two prefill rows, and of one that says nothing.
    #[test]
    fn micro_batches_are_read_from_remarks() {
        let remark = "prefill table; batch as printed: 64 global; spec: none";
        assert_eq!(
            micro_batches(&format!("{remark}; no micro-batch; total 83805 tok/s")),
            Some(false)
        );
        assert_eq!(
            micro_batches(&format!("{remark}; micro-batch; total 104356 tok/s")),
            Some(true)
        );
        assert_eq!(micro_batches(remark), None);
        assert_eq!(micro_batches("runs without micro-batch"), None);
    }
}
