//! What stands behind each headline figure: formula, the inputs of this very scenario, sources.

use leptos::prelude::Get;
use token_factory::catalogue::Catalogue;
use token_factory::catalogue::hardware::{Confidence, Figure};
use token_factory::evaluation::{Evaluation, Phase};
use token_factory::money::{Basis, Input, Terms};
use token_factory::scenario::Scenario;

use super::figures::Headline;
use crate::controls::{Origin, Why, WhyLine};
use crate::format::Fmt;
use crate::state::App;
use crate::{names, notices};

/// The explanation of a figure as things stand now.
pub fn why(app: App, headline: Headline) -> Why {
    let fmt = app.fmt();
    let scenario = app.scenario.get();
    let evaluation = app.evaluation.get();
    let ctx = Ctx {
        fmt,
        s: &scenario,
        e: &evaluation,
    };
    let value = headline
        .value(ctx.e)
        .map(|v| headline.text(fmt, v * headline.scale(app)));
    let mut why = match headline {
        Headline::Output => ctx.output(),
        Headline::Day => ctx.day(),
        Headline::Users => ctx.users(),
        Headline::Tpot => ctx.tpot(),
        Headline::Ttft => ctx.ttft(),
        Headline::Cost => ctx.cost(),
        Headline::Energy => ctx.energy(),
        Headline::TrainingDays => ctx.training(),
    };
    let name = headline.name()(fmt.locale);
    why.title = match value {
        Some(value) => why_value(fmt.locale, name, &value),
        None => name.to_owned(),
    };
    if let Some(band) = headline.band(ctx.e) {
        let scale = headline.scale(app);
        let range = headline.range(fmt, band.low * scale, band.high * scale);
        why.remarks.push(if band.rows > 0 {
            band_of(fmt.locale, &range, &fmt.count(f64::from(band.rows)))
        } else {
            band_prior(fmt.locale, &range)
        });
    }
    why
}

struct Ctx<'a> {
    fmt: Fmt,
    s: &'a Scenario,
    e: &'a Evaluation,
}

fn line(
    origin: Origin,
    name: impl Into<String>,
    value: String,
    note: impl Into<String>,
) -> WhyLine {
    WhyLine {
        origin,
        name: name.into(),
        value,
        note: note.into(),
    }
}

impl Ctx<'_> {
    fn l(&self) -> crate::texts::Locale {
        self.fmt.locale
    }

    fn say(&self, text: crate::texts::Text) -> &'static str {
        text(self.l())
    }

    /// Data-sheet figures of the first pool's hardware, with their sources.
    fn hardware(&self, why: &mut Why, which: &[(&str, &'static str)]) {
        let Some(pool) = self.s.pools.first() else {
            return;
        };
        let Some(a) = Catalogue::embedded().accelerator(&pool.hardware) else {
            return;
        };
        let pick = |key: &str| -> (&Option<Figure>, &'static str) {
            match key {
                "bw" => (&a.mem_bw_tbs, "TB/s"),
                "int8" => (&a.int8, "TOPS"),
                "fp8" => (&a.fp8, "TFLOPS"),
                "bf16" => (&a.bf16, "TFLOPS"),
                "link" => (&a.scaleup_gbs_uni, "GB/s"),
                _ => (&a.mem_gb, "GB"),
            }
        };
        for (key, name) in which {
            let (figure, unit) = pick(key);
            let Some(figure) = figure.as_ref().filter(|f| f.value > 0.0) else {
                continue;
            };
            let origin = match figure.confidence {
                // A data sheet is published, not metered.
                Confidence::Official | Confidence::Paper => Origin::Calculated,
                Confidence::Analyst | Confidence::Estimate => Origin::Assumed,
            };
            let trust = self.say(match figure.confidence {
                Confidence::Official => official,
                Confidence::Paper => paper,
                Confidence::Analyst => analyst,
                Confidence::Estimate => estimate,
            });
            why.lines.push(line(
                origin,
                *name,
                self.fmt.unit(figure.value, unit),
                trust,
            ));
            self.source(why, figure.source.as_deref(), name, "");
        }
    }

    fn source(&self, why: &mut Why, key: Option<&str>, name: &str, date: &str) {
        why.cite(self.fmt, key.unwrap_or_default(), name, date);
    }

    fn engine(&self, why: &mut Why) {
        if let Some(d) = &self.e.deployment {
            why.remarks.push(engine_overheads(self.l(), &d.engine));
        }
    }

    fn output(&self) -> Why {
        let f = self.fmt;
        let mut why = Why {
            formula: self.say(output_formula).into(),
            change: Some("pool-0-nodes"),
            ..Why::default()
        };
        for g in self.e.deployment.iter().flat_map(|d| &d.instances) {
            why.lines.push(line(
                Origin::Calculated,
                notices::phase(g.phase)(self.l()),
                instances_of(
                    self.l(),
                    &f.count(f64::from(g.instances)),
                    &f.count(f64::from(g.cards_each)),
                ),
                busy_of(self.l(), &f.percent(g.busy)),
            ));
        }
        why.lines.push(line(
            Origin::Calculated,
            self.say(requests_rate),
            f.unit(self.e.requests_per_s, "/s"),
            self.say(at_targets),
        ));
        why.lines.push(line(
            Origin::Assumed,
            crate::fields::label("out")(self.l()),
            f.count(self.s.workload.output_tokens),
            self.say(your_input),
        ));
        self.hardware(
            &mut why,
            &[
                ("bw", self.say(bandwidth)),
                ("int8", "INT8"),
                ("fp8", "FP8"),
            ],
        );
        self.engine(&mut why);
        why
    }

    fn day(&self) -> Why {
        let f = self.fmt;
        let mut why = Why {
            formula: self.say(day_formula).into(),
            change: Some("in-load"),
            ..Why::default()
        };
        why.lines = vec![
            line(
                Origin::Calculated,
                self.say(capacity),
                f.compact(self.e.tokens_per_s.output),
                self.say(per_second_note),
            ),
            line(
                Origin::Assumed,
                crate::fields::label("load")(self.l()),
                f.percent(self.s.workload.mean_load),
                self.say(your_input),
            ),
        ];
        why.remarks.push(day_kinds(
            self.l(),
            &f.compact(self.e.tokens_per_day.input),
            &f.compact(self.e.tokens_per_day.cached_input),
            &f.compact(self.e.tokens_per_day.output),
        ));
        why.remarks.push(self.say(availability_note).into());
        why
    }

    fn users(&self) -> Why {
        let f = self.fmt;
        Why {
            formula: self.say(users_formula).into(),
            lines: vec![
                line(
                    Origin::Calculated,
                    self.say(requests_rate),
                    f.unit(self.e.requests_per_s, "/s"),
                    "",
                ),
                line(
                    Origin::Calculated,
                    "TTFT",
                    f.duration(self.e.ttft_ms.mean),
                    self.say(mean_note),
                ),
                line(
                    Origin::Calculated,
                    "TPOT",
                    f.duration(self.e.tpot_ms.mean),
                    times_output(self.l(), &f.count(self.s.workload.output_tokens - 1.0)),
                ),
            ],
            ..Why::default()
        }
    }

    fn tpot(&self) -> Why {
        let f = self.fmt;
        let mut why = Why {
            formula: self.say(tpot_formula).into(),
            change: Some("in-tpot"),
            ..Why::default()
        };
        if let Some(step) = &self.e.decode_step {
            why.lines.push(line(
                Origin::Calculated,
                self.say(step_time),
                f.duration(step.total_ms),
                self.say(see_step),
            ));
            why.lines.push(line(
                Origin::Assumed,
                self.say(tokens_a_step),
                f.number(step.tokens_per_sequence),
                drafts_note(
                    self.l(),
                    &f.count(f64::from(self.s.workload.draft_tokens)),
                    &f.percent(self.s.workload.acceptance),
                ),
            ));
        }
        let decode = self
            .e
            .deployment
            .iter()
            .flat_map(|d| &d.instances)
            .find(|g| g.phase != Phase::Prefill);
        if let Some(g) = decode {
            why.lines.push(line(
                Origin::Calculated,
                self.say(batch_name),
                f.number(g.batch / f64::from(g.cards_each.max(1))),
                self.say(per_card_note),
            ));
        }
        why.lines.push(line(
            Origin::Assumed,
            self.say(mean_context),
            f.count(self.s.workload.input_tokens + self.s.workload.output_tokens / 2.0),
            self.say(context_note),
        ));
        self.hardware(
            &mut why,
            &[("bw", self.say(bandwidth)), ("link", self.say(link_speed))],
        );
        self.engine(&mut why);
        why
    }

    fn ttft(&self) -> Why {
        let f = self.fmt;
        let mut why = Why {
            formula: self.say(ttft_formula).into(),
            change: Some("in-ttft"),
            ..Why::default()
        };
        if let Some(step) = &self.e.prefill_step {
            why.lines.push(line(
                Origin::Calculated,
                self.say(chunk_time),
                f.duration(step.total_ms),
                "",
            ));
        }
        for (name, v) in [
            ("p50", self.e.ttft_ms.p50),
            ("p95", self.e.ttft_ms.p95),
            ("p99", self.e.ttft_ms.p99),
        ] {
            why.lines
                .push(line(Origin::Calculated, name, f.duration(v), ""));
        }
        why.lines.push(line(
            Origin::Assumed,
            crate::fields::label("in")(self.l()),
            f.count(self.s.workload.input_tokens),
            self.say(your_input),
        ));
        why.lines.push(line(
            Origin::Assumed,
            crate::fields::label("hit")(self.l()),
            f.percent(self.s.workload.prefix_hit),
            self.say(your_input),
        ));
        why.remarks.push(self.say(queue_note).into());
        why
    }

    fn terms(&self) -> Option<Terms> {
        let usage = self.e.usage.as_ref()?;
        let catalogue = Catalogue::embedded();
        Terms::new(&self.s.money, usage, usage.mean_load, &|id| {
            catalogue.accelerator(id)
        })
        .ok()
    }

    fn money_line(
        &self,
        why: &mut Why,
        terms: &Terms,
        input: Input,
        name: &str,
        show: impl Fn(f64) -> String,
    ) {
        let q = &terms[input];
        let origin = match q.basis {
            Basis::Assumed => Origin::Assumed,
            Basis::Entered => Origin::Assumed,
            Basis::Published(Confidence::Official | Confidence::Paper) => Origin::Calculated,
            Basis::Published(_) => Origin::Assumed,
        };
        let note = match q.basis {
            Basis::Entered => self.say(your_input).to_owned(),
            _ if q.low < q.high => [show(q.low), show(q.high)].join("–"),
            _ => q.date.to_string(),
        };
        why.lines.push(line(origin, name, show(q.value), note));
        self.source(why, Some(&q.source), name, &q.date);
    }

    fn cost(&self) -> Why {
        let f = self.fmt;
        let rate = self.s.money.cny_per_usd;
        let mut why = Why {
            formula: self.say(cost_formula).into(),
            change: Some("group-money"),
            ..Why::default()
        };
        if let Some(hour) = self.e.cost.per_hour {
            why.lines.push(line(
                Origin::Assumed,
                self.say(cost_an_hour),
                f.money(hour),
                self.say(whole_factory),
            ));
        }
        why.lines.push(line(
            Origin::Calculated,
            self.say(output_an_hour),
            f.compact(self.e.tokens_per_day.output / 24.0),
            self.say(mean_load_note),
        ));
        if let Some(terms) = self.terms() {
            for pool in &terms.pools {
                if let Some(price) = &pool.card_price {
                    let show = |usd: f64| {
                        f.money(token_factory::evaluation::Amount {
                            usd,
                            cny: usd * rate,
                        })
                    };
                    let range = [show(price.low), show(price.high)].join("–");
                    let name = card_of(self.l(), &names::hardware(&pool.hardware, self.l()));
                    why.lines.push(line(
                        Origin::Assumed,
                        name.as_str(),
                        show(price.value),
                        range,
                    ));
                    self.source(&mut why, Some(&price.source), &name, &price.date);
                }
            }
            self.money_line(
                &mut why,
                &terms,
                Input::LifeYears,
                crate::fields::label("life")(self.l()),
                |v| f.number(v),
            );
            self.money_line(
                &mut why,
                &terms,
                Input::CostOfCapital,
                crate::fields::label("wacc")(self.l()),
                |v| f.percent(v),
            );
            self.money_line(
                &mut why,
                &terms,
                Input::Electricity,
                crate::fields::label("kwh")(self.l()),
                |v| {
                    f.money(token_factory::evaluation::Amount {
                        usd: v,
                        cny: v * rate,
                    })
                },
            );
        }
        if let Some(c) = self.e.cost.per_million {
            why.remarks.push(cost_kinds(
                self.l(),
                &f.money(c.input),
                &f.money(c.cached_input),
                &f.money(c.output),
                &f.money(c.blended_output),
            ));
        }
        let st = self.e.cost.stack;
        why.remarks.push(stack_note(
            self.l(),
            &f.percent(st.capital),
            &f.percent(st.building),
            &f.percent(st.energy),
            &f.percent(st.maintenance),
            &f.percent(st.staff),
        ));
        why
    }

    fn energy(&self) -> Why {
        let f = self.fmt;
        let p = self.e.power;
        let mut why = Why {
            formula: self.say(energy_formula).into(),
            change: Some("group-money"),
            ..Why::default()
        };
        let kw = |v: Option<f64>| {
            v.map_or_else(
                || self.say(crate::texts::unknown).to_owned(),
                |kw| f.unit(kw / 1e3, "MW"),
            )
        };
        why.lines.push(line(
            Origin::Calculated,
            self.say(mean_power),
            kw(p.mean_kw),
            self.say(at_meter),
        ));
        why.lines.push(line(
            Origin::Calculated,
            self.say(peak_power),
            kw(p.peak_kw),
            self.say(at_capacity),
        ));
        if let Some(terms) = self.terms() {
            self.money_line(&mut why, &terms, Input::Pue, "PUE", |v| f.fixed(v, 2));
            self.money_line(
                &mut why,
                &terms,
                Input::IdlePowerShare,
                crate::fields::label("idle")(self.l()),
                |v| f.percent(v),
            );
            self.money_line(
                &mut why,
                &terms,
                Input::GridCarbon,
                crate::fields::label("co2")(self.l()),
                |v| f.unit(v, "g/kWh"),
            );
        }
        if let Some(mwh) = p.mwh_per_day {
            why.remarks.push(mwh_note(self.l(), &f.number(mwh)));
        }
        why
    }

    fn training(&self) -> Why {
        let f = self.fmt;
        let mut why = Why {
            formula: self.say(training_formula).into(),
            change: Some("in-train"),
            ..Why::default()
        };
        if let Some(t) = self.e.training {
            why.lines.push(line(
                Origin::Assumed,
                crate::fields::label("train")(self.l()),
                f.compact(self.s.workload.training_tokens),
                self.say(your_input),
            ));
            why.lines.push(line(
                Origin::Calculated,
                self.say(capacity),
                f.compact(t.tokens_per_s),
                self.say(per_second_note),
            ));
            why.lines.push(line(
                Origin::Calculated,
                "MFU",
                f.percent(t.mfu),
                self.say(mfu_note),
            ));
        }
        self.hardware(&mut why, &[("bf16", "BF16"), ("fp8", "FP8")]);
        why
    }
}

crate::texts! {
    why_value(name, value) = "{name}: why {value}?", "{name}：为什么是 {value}？";
    band_of(range, rows) = "80 % band {range}, from the errors on {rows} published measurements of this class that the fit had not seen.", "80% 区间为 {range}，取自该类 {rows} 条未参与拟合的公开实测的误差。";
    band_prior(range) = "80 % band {range}: nobody has published measurements of this class, so the band is a wide prior.", "80% 区间为 {range}：该类没有公开实测，采用较宽的先验区间。";
    engine_overheads(engine) = "Overheads and efficiencies as fitted for the engine class “{engine}”; see Evidence.", "开销与效率采用“{engine}”类引擎的拟合值，见“依据”。";
    official = "published by the vendor", "厂商公布";
    paper = "from a paper", "论文数据";
    analyst = "analyst or press", "分析机构或媒体";
    estimate = "an estimate", "估计值";
    your_input = "your input", "您的输入";
    output_formula = "requests a second that keep both latency targets × output tokens of each", "满足两项时延目标的每秒请求数 × 每个请求的输出 token";
    requests_rate = "Requests finished", "完成的请求";
    at_targets = "most that keeps both targets", "满足两项目标的上限";
    instances_of(n, each) = "{n} × {each} cards", "{n} × {each} 张卡";
    busy_of(share) = "{share} busy at capacity", "满载时忙碌 {share}";
    bandwidth = "Memory bandwidth", "显存带宽";
    link_speed = "Scale-up link", "超节点互连";
    day_formula = "capacity × mean load × availability × 86,400 s", "产能 × 平均负载 × 可用率 × 86,400 秒";
    capacity = "Capacity", "产能";
    per_second_note = "tokens a second", "token/秒";
    availability_note = "Failures and spares are taken off (availability).", "已扣除故障与备用卡的影响（可用率）。";
    day_kinds(input, cached, output) = "A day: {input} input, {cached} cached input, {output} output tokens.", "每天：输入 {input}、缓存命中 {cached}、输出 {output} token。";
    users_formula = "Little's law: requests a second × time each stays", "利特尔法则：每秒请求数 × 每个请求的停留时间";
    mean_note = "mean", "均值";
    times_output(n) = "× {n} further tokens", "× 其余 {n} 个 token";
    tpot_formula = "time of a decode step ÷ tokens that a step yields", "一步 decode 的时间 ÷ 每步产出的 token 数";
    step_time = "Decode step", "一步 decode";
    see_step = "operator by operator below", "下方按算子列出";
    tokens_a_step = "Tokens a step", "每步 token 数";
    drafts_note(drafts, rate) = "{drafts} drafts, {rate} accepted", "{drafts} 个草稿，接受率 {rate}";
    batch_name = "Batch", "Batch";
    per_card_note = "requests on a card", "每张卡的请求数";
    mean_context = "Mean context", "平均上下文";
    context_note = "prompt and half the answer", "提示加一半回答";
    ttft_formula = "wait for a free prefill rank + prefill of the prompt + KV transfer + one decode step", "等待 prefill 空闲 + 提示的 prefill + KV 传输 + 一步 decode";
    chunk_time = "Prefill step", "一步 prefill";
    queue_note = "Waiting follows from queueing theory (Allen–Cunneen for many servers), checked against a simulation of continuous batching.", "等待时间由排队论（多服务台 Allen–Cunneen 公式）得出，并与连续批处理仿真核对。";
    cost_formula = "cost an hour × share of the card-seconds that output takes ÷ output tokens of an hour, at mean load", "每小时成本 × 输出占用的卡秒份额 ÷ 平均负载下每小时输出 token";
    cost_an_hour = "Cost an hour", "每小时成本";
    whole_factory = "the whole factory", "整个工厂";
    output_an_hour = "Output an hour", "每小时输出";
    mean_load_note = "at mean load", "平均负载下";
    card_of(name) = "{name}, a card", "{name} 单卡";
    cost_kinds(input, cached, output, all) = "By the card-seconds each takes: input {input}, cached input {cached}, output {output} per million. All cost over output alone: {all}.", "按各自占用的卡秒分摊：每百万输入 {input}、缓存命中 {cached}、输出 {output}。全部成本只除以输出：{all}。";
    stack_note(capital, building, energy, maintenance, staff) = "Of the cost: hardware {capital}, building {building}, energy {energy}, maintenance {maintenance}, staff {staff}.", "成本构成：硬件 {capital}、机房 {building}、电费 {energy}、维护 {maintenance}、人员 {staff}。";
    energy_formula = "mean power at the meter ÷ output tokens an hour", "电表处平均功率 ÷ 每小时输出 token";
    mean_power = "Mean power", "平均功率";
    peak_power = "Peak power", "峰值功率";
    at_meter = "at the meter, PUE included", "电表处，含 PUE";
    at_capacity = "at capacity", "满载时";
    mwh_note(mwh) = "{mwh} MWh a day.", "每天 {mwh} MWh。";
    training_formula = "tokens ÷ (tokens a second × 86,400)", "token 总数 ÷（每秒 token × 86,400）";
    mfu_note = "share of the peak rate", "占峰值算力的比例";
}
