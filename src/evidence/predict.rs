//! What the model says about a row.

use crate::model::{Drafts, Instance, ModelError, P, Pools, Prepared, Profile, TrainingJob, train};
use crate::scenario::{Degrees, LocalCalibration};

use super::record::RowMode;
use super::resolve::{PoolPair, PoolRecord, Resolved};

/// Largest number of sequences of one replica that offline benchmarks let run at once
/// (TensorRT-LLM's tuned `max_batch_size`).
const OFFLINE_SEQUENCES: f64 = 2048.0;

/// The model's answer to a row; what the mode does not have stays `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Mean time to first token.
    pub ttft_ms: Option<f64>,
    /// Mean time per output token after it.
    pub tpot_ms: Option<f64>,
    /// Throughput per package, in the basis of the mode (output, input or trained tokens).
    pub tokens_per_s_per_card: Option<f64>,
    /// Our memory estimate says that the instance does not fit; answered without that limit.
    pub beyond_memory: bool,
    /// Memory, not the stated concurrency, set the batch.
    pub memory_bound: bool,
    /// Which of the divisions into pools that the row may mean was taken.
    pub division: Option<usize>,
}

/// Share of the memory of tensor-parallel decode workers above which runs have data-parallel
/// attention: rows with full pools are tensor parallel up to 0.7, data parallel from 0.3 on.
const CROWDED: f64 = 0.6;

impl Resolved<'_> {
    fn prepare(
        &self,
        profile: &Profile,
        local: LocalCalibration,
        degrees: Degrees,
    ) -> Result<Prepared, ModelError> {
        let mut prepared = self
            .instance(profile, local, degrees)
            .prepare_unchecked_memory()?;
        if let Some(runs) = self.micro_batches {
            prepared.run_micro_batches(runs, profile);
        }
        Ok(prepared)
    }

    fn instance<'b>(
        &'b self,
        profile: &'b Profile,
        local: LocalCalibration,
        degrees: Degrees,
    ) -> Instance<'b> {
        Instance {
            architecture: self.architecture,
            formats: self.formats,
            degrees,
            machine: &self.machine,
            profile,
            drafts: self.drafts_or_usual(profile),
            expert_balance: self.balance,
            local,
        }
    }

    /// Speculative decoding as recorded; where it is not, what rows of this engine show on average.
    fn drafts_or_usual(&self, profile: &Profile) -> Drafts {
        if let Some(tokens) = self.drafts_taken_usual {
            return Drafts::with_acceptance(tokens, profile[P::Acceptance]);
        }
        if !self.drafts_unrecorded {
            return self.drafts;
        }
        let yielded = match (self.mode, self.recorded) {
            (RowMode::Serving, _) => profile[P::DraftsServing],
            (RowMode::Disaggregated, PoolRecord::Full) => 1.0,
            (RowMode::Disaggregated, _) => profile[P::DraftsPools],
            _ => 1.0,
        };
        Drafts {
            tokens: 0.0,
            accepted: yielded - 1.0,
        }
    }

    /// The requests of a row that records one worker of each pool overfill decode workers with
    /// tensor-parallel attention: then that of the run was data parallel.
    fn crowded(
        &self,
        profile: &Profile,
        local: LocalCalibration,
        tensor: &PoolPair,
    ) -> Result<bool, ModelError> {
        let (degrees, workers) = tensor.decode;
        let decode = self.prepare(profile, local, degrees)?;
        let room = workers * decode.max_batch(self.traffic.full_context());
        Ok(self.concurrency.unwrap_or(1.0) > CROWDED * room)
    }

    /// Two pools; of the divisions that the row may mean, the one with most throughput.
    fn disaggregated(
        &self,
        profile: &Profile,
        local: LocalCalibration,
        chosen: Option<usize>,
    ) -> Result<Numbers, ModelError> {
        let mut best: Option<Numbers> = None;
        let chosen = match (chosen, self.pools.as_slice()) {
            (None, [tensor, _]) if self.recorded == PoolRecord::OneWorker => {
                Some(usize::from(self.crowded(profile, local, tensor)?))
            }
            _ => chosen,
        };
        for (i, pair) in self.pools.iter().enumerate() {
            if chosen.is_some_and(|k| k != i) {
                continue;
            }
            let n = self.pooled(profile, local, pair)?;
            // A division that does not fit is the last choice: the row was measured.
            let merit = |n: &Numbers| (!n.beyond_memory, n.tokens_per_s_per_card.unwrap_or(0.0));
            if best.as_ref().is_none_or(|b| merit(&n) > merit(b)) {
                best = Some(Numbers {
                    division: Some(i),
                    ..n
                });
            }
        }
        Ok(best.unwrap_or_default())
    }

    fn pooled(
        &self,
        profile: &Profile,
        local: LocalCalibration,
        pair: &PoolPair,
    ) -> Result<Numbers, ModelError> {
        let t = &self.traffic;
        let mut beyond = false;
        let mut ready = |degrees: Degrees| {
            let mut p = self.prepare(profile, local, degrees)?;
            if p.max_batch(t.full_context()) < 1.0 {
                beyond = true;
                p.squeeze();
            }
            Ok::<Prepared, ModelError>(p)
        };
        let (prefill, decode) = (ready(pair.prefill.0)?, ready(pair.decode.0)?);
        let (mut prefill_instances, mut decode_instances) = (pair.prefill.1, pair.decode.1);
        let batch = self.concurrency.unwrap_or(64.0 * decode_instances);
        if self.recorded == PoolRecord::OneWorker {
            // Benchmarks size pools so that neither memory nor prefill starves decode.
            let most = decode.max_batch(t.full_context());
            decode_instances = decode_instances.max((batch / most).ceil());
            let rate = decode
                .steady_decode(t, batch / decode_instances)
                .requests_per_s
                * decode_instances;
            let each = prefill.prefill_rate(t).prompts_per_s;
            prefill_instances = prefill_instances.max(rate / (0.7 * each));
        }
        let c = Pools {
            prefill: &prefill,
            prefill_instances,
            decode: &decode,
            decode_instances,
        }
        .closed_loop(t, batch)?;
        let request_s = c.ttft_s + (t.output_tokens - 1.0) * c.tpot_s;
        Ok(Numbers {
            ttft_ms: Some(c.ttft_s * 1e3),
            tpot_ms: Some(c.tpot_s * 1e3),
            tokens_per_s_per_card: Some(batch * t.output_tokens / request_s / self.cards),
            memory_bound: c.memory_bound,
            beyond_memory: beyond,
            division: None,
        })
    }

    /// Times the row.
    pub fn numbers(
        &self,
        profile: &Profile,
        local: LocalCalibration,
    ) -> Result<Numbers, ModelError> {
        self.numbers_as(profile, local, &Numbers::default())
    }

    /// Times the row with the division into pools of another answer, where it has them.
    pub fn numbers_as(
        &self,
        profile: &Profile,
        local: LocalCalibration,
        like: &Numbers,
    ) -> Result<Numbers, ModelError> {
        let mut p = self.prepare(profile, local, self.degrees)?;
        let t = &self.traffic;
        // The row was measured, so it fitted: where our estimate of memory says otherwise it is
        // answered without that limit, and said so.
        let beyond = self.mode != RowMode::Training && p.max_batch(t.full_context()) < 1.0;
        let per_instance = self.concurrency.map(|n| n / self.instances);
        let out = match self.mode {
            RowMode::Serving => {
                if beyond {
                    p.squeeze();
                }
                let batch =
                    per_instance.unwrap_or_else(|| p.max_batch(t.full_context()).min(256.0));
                let c = p.closed_loop(t, batch)?;
                let request_s = c.ttft_s + (t.output_tokens - 1.0) * c.tpot_s;
                let in_flight = batch * self.instances;
                Numbers {
                    ttft_ms: Some(c.ttft_s * 1e3),
                    tpot_ms: Some(c.tpot_s * 1e3),
                    tokens_per_s_per_card: Some(
                        in_flight * t.output_tokens / request_s / self.cards,
                    ),
                    memory_bound: c.memory_bound,
                    ..Numbers::default()
                }
            }
            RowMode::Disaggregated => return self.disaggregated(profile, local, like.division),
            RowMode::Offline => {
                if beyond {
                    p.squeeze();
                }
                let s = p.offline(t, OFFLINE_SEQUENCES)?;
                let rate = s.requests_per_s * t.output_tokens * self.instances / self.cards;
                Numbers {
                    tpot_ms: Some(s.tpot_s * 1e3),
                    tokens_per_s_per_card: Some(rate),
                    memory_bound: true,
                    ..Numbers::default()
                }
            }
            RowMode::Decode => {
                let batch = per_instance.unwrap_or_else(|| p.max_batch(t.input_tokens));
                let tpot = p.decode_s(batch, t.input_tokens) / p.tokens_per_step();
                Numbers {
                    tpot_ms: Some(tpot * 1e3),
                    tokens_per_s_per_card: Some(batch * self.instances / tpot / self.cards),
                    ..Numbers::default()
                }
            }
            RowMode::Prefill => {
                let r = match per_instance {
                    Some(n) => p.prefill_rate_with(t, (n / p.replicas()).max(1e-6)),
                    None => p.prefill_rate(t),
                };
                Numbers {
                    ttft_ms: Some(r.step_s * 1e3),
                    tokens_per_s_per_card: Some(
                        r.prompts_per_s * t.input_tokens * self.instances / self.cards,
                    ),
                    ..Numbers::default()
                }
            }
            RowMode::FixedBatch => {
                if beyond {
                    p.squeeze();
                }
                let batch = per_instance.unwrap_or(1.0);
                let c = p.fixed_batch(t, batch)?;
                let request_s = c.ttft_s + (t.output_tokens - 1.0) * c.tpot_s;
                Numbers {
                    ttft_ms: Some(c.ttft_s * 1e3),
                    tpot_ms: Some(c.tpot_s * 1e3),
                    tokens_per_s_per_card: Some(
                        batch * self.instances * t.output_tokens / request_s / self.cards,
                    ),
                    ..Numbers::default()
                }
            }
            RowMode::Training => {
                let i = self.instance(profile, local, self.degrees);
                let pp = f64::from(self.degrees.pp);
                let job = TrainingJob {
                    sequence_tokens: t.input_tokens,
                    global_batch: self.concurrency.unwrap_or(1024.0),
                    micro_batch: 1.0,
                    virtual_stages: if pp > 1.0 { 4.0 } else { 1.0 },
                    recompute: 0.0,
                };
                let dies = self.cards * f64::from(self.machine.dies_per_card);
                Numbers {
                    tokens_per_s_per_card: Some(train(&i, dies, &job)?.tokens_per_s_per_card),
                    ..Numbers::default()
                }
            }
        };
        Ok(Numbers {
            beyond_memory: beyond,
            ..out
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::evidence::{Measurement, read};
    use crate::model::Calibration;

    /// Two rows of one source (InferenceX, DeepSeek-R1 on H100) that record one worker of sixteen
    /// dies: 117 requests fit beside the weights of tensor-parallel attention, which keeps every
    /// request's latent on every die; 1,229 do not, so their attention was data parallel.
    #[test]
    fn attention_of_rows_that_record_one_worker_is_what_memory_allows() {
        let all = read(include_str!("../../public/measured.csv")).unwrap();
        let division = |in_flight: f64| {
            let m = all
                .iter()
                .find(|m| {
                    m.mode == Some(RowMode::Disaggregated)
                        && (m.hardware.as_str(), m.engine.as_str()) == ("h100-sxm", "trtllm")
                        && m.concurrency == Some(in_flight)
                })
                .unwrap();
            // As if nobody had published the configuration.
            let m = Measurement {
                source: "own".into(),
                ..m.clone()
            };
            let r = Resolved::new(Catalogue::embedded(), &m).unwrap();
            assert_eq!(r.recorded, PoolRecord::OneWorker);
            let profile = Calibration::embedded().profile(&r.engine, r.machine.family);
            let n = r.numbers(&profile, LocalCalibration::default()).unwrap();
            r.pools[n.division.unwrap()].decode.0.dp
        };
        assert_eq!(division(117.0), 1);
        assert_eq!(division(1229.0), 16);
    }

    /// InferenceX, DeepSeek-R1 FP8 on B200, TensorRT-LLM, one prefill worker and one decode worker of
    /// eight, 8,192 tokens in: prompts wait for a running step and are computed with those that came meanwhile.
    #[test]
    fn prompts_of_a_busy_prefill_pool_are_computed_together() {
        let all = read(include_str!("../../public/measured.csv")).unwrap();
        for (in_flight, measured) in [(128.0, 1963.473), (256.0, 3663.235)] {
            let id = format!("dsr1_b200_trtllm_fp8_disagg_8192x1024_c{in_flight}_cfg549");
            let m = all.iter().find(|m| m.id == id).unwrap();
            assert_eq!(m.ttft_ms, Some(measured));
            let r = Resolved::new(Catalogue::embedded(), m).unwrap();
            let profile = Calibration::embedded().profile(&r.engine, r.machine.family);
            let n = r.numbers(&profile, LocalCalibration::default()).unwrap();
            let off = n.ttft_ms.unwrap() / measured - 1.0;
            assert!(off.abs() < 0.3, "{in_flight}: {off}");
        }
    }
}
