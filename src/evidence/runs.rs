//! What InferenceX's table of results leaves out and its published configurations say: how many
//! workers each pool had, whether attention was data parallel, and how many tokens were drafted.
//!
//! `runs.csv` holds every search space of `.github/configs/nvidia-master.yaml` in the history of
//! github.com/SemiAnalysisAI/InferenceX (Apache-2.0) from 2025-11-03 (17d5e204f) to 2026-05-15
//! (801621f16), for the models and hardware in the measurements (of
//! gpt-oss and Kimi-K2.5, which do not draft, those with two pools only). Nothing in it was measured.
//! - `concurrency`: requests in flight on all workers. A start that doubles to its end is written out; lists
//!   of configurations with `DECODE_MTP_SIZE` count for each decode worker.
//! - `prefill`, `decode`: workers x attention (tp or dp) and dies of a worker, ep and its degree; no prefill
//!   = one instance does both. `*_NODES` count four dies each.
//! - `draft_tokens`: 0 without `spec-decoding`; else what the configuration names (`mtpN`,
//!   `DECODE_MTP_SIZE`) or the benchmark's script sets (TensorRT-LLM 3, with data-parallel attention 1;
//!   SGLang 2 for DeepSeek-R1, 3 for Qwen3.5 and GLM-5; multi-node recipes in github.com/NVIDIA/srt-slurm).

use std::sync::OnceLock;

use crate::scenario::Degrees;

use super::record::{Measurement, RowDegrees, RowMode, parse_precision};

/// Rows of this source are looked up.
const SOURCE: &str = "inferencex";

/// Equal workers of one pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pool {
    /// How many.
    pub workers: f64,
    /// Degrees of one.
    pub degrees: Degrees,
}

/// What one configuration says about a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Run {
    /// The prefill pool; `None` = one instance does both.
    pub prefill: Option<Pool>,
    /// The decode pool, or the instance.
    pub decode: Pool,
    /// Draft tokens per step, 0 = no speculative decoding.
    pub draft_tokens: u32,
}

/// A line of the table: its cells and what they say of the run.
struct Line {
    cells: [&'static str; 11],
    run: Run,
}

/// `4xdp8ep8`: workers, attention, dies of a worker, expert parallelism; `tp8` is one worker.
fn pool(text: &str) -> Option<Pool> {
    let (workers, shape) = text.split_once('x').unwrap_or(("1", text));
    let (attention, dies) = shape.split_at_checked(2)?;
    let (width, ep) = dies.split_once("ep").unwrap_or((dies, "1"));
    let width = width.parse().ok()?;
    let (tp, dp) = match attention {
        "tp" => (width, 1),
        "dp" => (1, width),
        _ => return None,
    };
    Some(Pool {
        workers: f64::from(workers.parse::<u32>().ok()?),
        degrees: Degrees {
            tp,
            pp: 1,
            dp,
            ep: ep.parse().ok()?,
        },
    })
}

fn line(text: &'static str) -> Option<Line> {
    let mut words = text.split(',');
    let cells: [&str; 11] = std::array::from_fn(|_| words.next().unwrap_or(""));
    let run = Run {
        prefill: pool(cells[8]),
        decode: pool(cells[9])?,
        draft_tokens: cells[10].parse().ok()?,
    };
    Some(Line { cells, run })
}

fn table() -> &'static [Line] {
    static TABLE: OnceLock<Vec<Line>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = include_str!("runs.csv").lines();
        lines.skip(1).filter_map(line).collect()
    })
}

/// One of the words of a cell is this number.
fn holds(cell: &str, number: f64) -> bool {
    cell.split(' ')
        .any(|w| w.parse::<u32>().is_ok_and(|n| f64::from(n) == number))
}

/// How a row spells the pools of a run, from the one that keeps most of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spelling {
    /// Everything, or all but what `PoolRecord` names.
    Usual,
    /// `tp: w, ep: w` as w, w and w² (MiniMax on B200: latencies of w dies); decode workers by the
    /// width of prefill's.
    Odd,
}

impl Run {
    /// How the row may spell this run; `None` = it is another.
    fn spelling(&self, m: &Measurement) -> Option<Spelling> {
        let Some(prefill) = self.prefill else {
            let d = self.decode.degrees;
            let stated = [m.degrees.tp, m.degrees.dp, m.degrees.ep].map(|n| n.unwrap_or(1));
            return if m.mode != Some(RowMode::Serving) {
                None
            } else if stated == [d.tp, d.dp, d.ep] {
                Some(Spelling::Usual)
            } else {
                let squared = d.ep > 1 && d.dies() == d.ep && stated == [d.ep, d.ep, d.ep * d.ep];
                squared.then_some(Spelling::Odd)
            };
        };
        if m.mode != Some(RowMode::Disaggregated) {
            return None;
        }
        let workers = (
            m.prefill_workers.unwrap_or(1.0),
            m.decode_workers.unwrap_or(1.0),
        );
        let dies = |d: RowDegrees| d.tp.unwrap_or(1) * d.dp.unwrap_or(1);
        let stated = (dies(m.prefill), dies(m.decode));
        let wide = (prefill.degrees.dies(), self.decode.degrees.dies());
        let single = workers == (1.0, 1.0)
            && m.prefill.dp.unwrap_or(1) == 1
            && m.decode.dp.unwrap_or(1) == 1;
        if !single {
            let full = stated == wide && workers == (prefill.workers, self.decode.workers);
            return full.then_some(Spelling::Usual);
        }
        let all = wide.0 * prefill.workers as u32 + wide.1 * self.decode.workers as u32;
        let ep = m.prefill.ep.unwrap_or(1) == prefill.degrees.ep;
        if stated == (all, all) || stated == wide && ep {
            Some(Spelling::Usual)
        } else {
            (stated == (wide.0, wide.0) && ep).then_some(Spelling::Odd)
        }
    }
}

/// Every configuration that a row may have been run under; those with its engine version alone
/// where there are any. Empty for rows of other sources.
pub(crate) fn configured(m: &Measurement) -> Vec<Run> {
    let (Some(input), Some(output), Some(concurrency), SOURCE) = (
        m.input_tokens,
        m.output_tokens,
        m.concurrency,
        m.source.as_str(),
    ) else {
        return Vec::new();
    };
    let mut fitting: Vec<(Spelling, bool, Run)> = table()
        .iter()
        .filter(|l| {
            let [
                model,
                hardware,
                engine,
                _,
                precision,
                ins,
                outs,
                in_flight,
                ..,
            ] = l.cells;
            (model, hardware, engine) == (&*m.model, &*m.hardware, &*m.engine)
                && parse_precision(precision).is_some_and(|p| Some(p.1) == m.experts)
                && holds(ins, input)
                && holds(outs, output)
                && holds(in_flight, concurrency)
        })
        .filter_map(|l| {
            let other_version = !l.cells[3].split(' ').any(|v| v == m.engine_version);
            Some((l.run.spelling(m)?, other_version, l.run))
        })
        .collect();
    // The best spelling, and of its runs those of the row's engine version if there are any.
    let best = fitting.iter().map(|f| (f.0, f.1)).min();
    fitting.retain(|f| Some((f.0, f.1)) == best);
    let mut out: Vec<Run> = Vec::new();
    for (_, _, run) in fitting {
        if !out.contains(&run) {
            out.push(run);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::read;

    #[test]
    fn every_line_of_the_table_is_read() {
        let data = include_str!("runs.csv").lines().count() - 1;
        assert_eq!(table().len(), data);
        assert!(data > 600);
        for l in table() {
            let [_, _, _, _, precision, input, output, in_flight, prefill, ..] = l.cells;
            assert!(parse_precision(precision).is_some(), "{precision}");
            for word in [input, output].into_iter().chain(in_flight.split(' ')) {
                assert!(word.parse::<u32>().is_ok_and(|n| n > 0), "{:?}", l.cells);
            }
            assert_eq!(prefill.is_empty(), l.run.prefill.is_none(), "{prefill}");
        }
    }

    fn row(cells: &str) -> Measurement {
        let header = "source,model,hardware,engine,engine_version,mode,weight_precision,input_tokens,output_tokens,concurrency,tp,dp,ep,prefill_tp,prefill_ep,decode_tp,decode_ep";
        read(&format!("{header}\n{cells}\n")).unwrap().remove(0)
    }

    /// InferenceX ran DeepSeek-R1 on B200 with TensorRT-LLM 1.2.0rc6.post2 as it is and with
    /// post3 drafting (nvidia-master.yaml, `dsr1-fp4-b200-trt` and `-trt-mtp`).
    #[test]
    fn the_engine_version_tells_the_run_that_drafts() {
        let of = |source, version| {
            let m = row(&format!(
                "{source},deepseek-r1,b200-sxm,trtllm,{version},serving,fp4,1024,1024,64,8,1,8,,,,"
            ));
            let drafts: Vec<u32> = configured(&m).iter().map(|r| r.draft_tokens).collect();
            drafts
        };
        assert_eq!(of("inferencex", "1.2.0rc6.post2"), [0]);
        assert_eq!(of("inferencex", "1.2.0rc6.post3"), [3]);
        assert_eq!(of("inferencex", "").len(), 2);
        // Rows of others are what they say.
        assert!(of("own", "1.2.0rc6.post3").is_empty());
    }

    /// `dsr1-fp4-gb200-dynamo-trt`: one prefill worker of four dies, four decode workers of eight;
    /// its rows say 36 for each pool, or one worker of each.
    #[test]
    fn collapsed_pools_are_found_again() {
        let of = |pools: &str| {
            let m = row(&format!(
                "inferencex,deepseek-r1,gb200-nvl72,trtllm,0.5.1-rc0.pre3,disaggregated,fp4,1024,1024,144,,,,{pools}"
            ));
            configured(&m)
        };
        let whole = of("36,1,36,1");
        assert_eq!(whole.len(), 1);
        let (p, d) = (whole[0].prefill.unwrap(), whole[0].decode);
        assert_eq!((p.workers, p.degrees.tp, p.degrees.ep), (1.0, 4, 4));
        assert_eq!((d.workers, d.degrees.tp, d.degrees.ep), (4.0, 8, 8));
        assert_eq!(whole[0].draft_tokens, 3);
        assert_eq!(of("4,4,8,4"), whole);
        assert!(of("4,4,16,4").is_empty());
    }
}
