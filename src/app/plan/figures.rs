//! The headline figures: value, band, what stands beside it, and why.

use leptos::prelude::*;
use token_factory::evaluation::{Band, Evaluation, NoticeCode, Percentiles};

use super::why::why;
use crate::controls::{BandAt, BandBar, Mark, Origin, Popover, why_panel};
use crate::format::Fmt;
use crate::state::App;
use crate::texts::{self, Text};

/// A figure of the Plan view that explains itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headline {
    /// Output tokens per second.
    Output,
    /// Output tokens a day.
    Day,
    /// Requests at once.
    Users,
    /// Time per output token.
    Tpot,
    /// Time to first token.
    Ttft,
    /// Cost per million output tokens.
    Cost,
    /// Energy per million output tokens.
    Energy,
    /// Days to train.
    TrainingDays,
}

impl Headline {
    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::Output => output_rate,
            Self::Day => output_day,
            Self::Users => users,
            Self::Tpot => tpot,
            Self::Ttft => ttft,
            Self::Cost => cost,
            Self::Energy => energy,
            Self::TrainingDays => training_days,
        }
    }

    /// Stable name in the page, for tests and style.
    fn key(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Day => "day",
            Self::Users => "users",
            Self::Tpot => "tpot",
            Self::Ttft => "ttft",
            Self::Cost => "cost",
            Self::Energy => "energy",
            Self::TrainingDays => "days",
        }
    }

    /// The weakest input behind it.
    pub fn origin(self, e: &Evaluation) -> Origin {
        let has = |codes: &[NoticeCode]| e.notices.iter().any(|n| codes.contains(&n.code));
        let weak = match self {
            Self::Cost => has(&[NoticeCode::PriceAssumed, NoticeCode::PriceUnknown]),
            Self::Energy => true,
            _ => has(&[NoticeCode::NeverMeasured, NoticeCode::HardwareUnknown]),
        };
        // Idle power and PUE are assumed wherever nobody entered them.
        if weak {
            Origin::Assumed
        } else {
            Origin::Calculated
        }
    }

    /// Its band.
    pub fn band(self, e: &Evaluation) -> Option<Band> {
        let b = &e.bands;
        match self {
            Self::Output => Some(b.output_tokens_per_s),
            Self::Users => Some(b.concurrency),
            Self::Tpot => Some(b.tpot_ms),
            Self::Ttft => Some(b.ttft_ms),
            Self::Cost => Some(b.cost_per_million_output_usd),
            Self::Energy => Some(b.kwh_per_million_output),
            Self::Day | Self::TrainingDays => None,
        }
        .filter(|b| b.high > 0.0)
    }

    /// Its value in the unit of its band; `None` = unknown.
    pub fn value(self, e: &Evaluation) -> Option<f64> {
        match self {
            Self::Output => Some(e.tokens_per_s.output),
            Self::Day => Some(e.tokens_per_day.output),
            Self::Users => Some(e.concurrency),
            Self::Tpot => Some(e.tpot_ms.p50),
            Self::Ttft => Some(e.ttft_ms.p50),
            Self::Cost => e.cost.per_million.map(|c| c.output.usd),
            Self::Energy => e.power.kwh_per_million_output,
            Self::TrainingDays => e.training.map(|t| t.days),
        }
    }

    /// Digits and unit, apart.
    fn parts(self, fmt: Fmt, value: f64) -> (String, String) {
        match self {
            Self::Output | Self::Day | Self::Users => {
                let c = fmt.compact_parts(value);
                (c.number, c.suffix.to_owned())
            }
            Self::Tpot | Self::Ttft => {
                let (n, unit) = fmt.duration_parts(value);
                (n, unit.to_owned())
            }
            Self::Cost => (fmt.money_value(value), String::new()),
            Self::Energy => (fmt.number(value), "kWh".to_owned()),
            Self::TrainingDays => (fmt.number(value), String::new()),
        }
    }

    /// The value in one text.
    pub fn text(self, fmt: Fmt, value: f64) -> String {
        let (number, unit) = self.parts(fmt, value);
        if unit.is_empty() {
            number
        } else {
            [number, unit].join("\u{a0}")
        }
    }

    /// A range of such values.
    pub fn range(self, fmt: Fmt, low: f64, high: f64) -> String {
        match self {
            Self::Output | Self::Day | Self::Users => fmt.compact_range(low, high),
            _ => {
                let (a, unit_a) = self.parts(fmt, low);
                let (b, unit_b) = self.parts(fmt, high);
                if unit_a == unit_b {
                    let (symbol, b) = match self {
                        Self::Cost => ("", b.trim_start_matches(fmt.currency_symbol()).to_owned()),
                        _ => ("", b),
                    };
                    format!(
                        "{a}–{symbol}{b}{}{unit_b}",
                        if unit_b.is_empty() { "" } else { "\u{a0}" }
                    )
                } else {
                    [self.text(fmt, low), self.text(fmt, high)].join("–")
                }
            }
        }
    }

    /// The factor from the band's unit to the screen's: money is held in USD.
    pub fn scale(self, app: App) -> f64 {
        match self {
            Self::Cost => app.scenario.with(|s| match s.money.currency {
                token_factory::scenario::Currency::Usd => 1.0,
                token_factory::scenario::Currency::Cny => s.money.cny_per_usd,
            }),
            _ => 1.0,
        }
    }

    /// The target it is held against, in the unit of its band.
    fn target(self, app: App) -> Option<f64> {
        app.scenario.with(|s| match self {
            Self::Tpot => Some(s.targets.tpot_ms),
            Self::Ttft => Some(s.targets.ttft_ms),
            _ => None,
        })
    }
}

const SHOWN: [Headline; 6] = [
    Headline::Output,
    Headline::Users,
    Headline::Tpot,
    Headline::Ttft,
    Headline::Cost,
    Headline::Energy,
];

/// The row of headline figures.
#[component]
pub fn Figures() -> impl IntoView {
    let app = App::here();
    view! {
        <section class="plan-section figures" aria-label=move || app.say(texts::results)>
            {SHOWN.into_iter().map(|h| figure(app, h)).collect_view()}
        </section>
    }
}

fn figure(app: App, h: Headline) -> AnyView {
    let value = Memo::new(move |_| {
        let scale = h.scale(app);
        app.evaluation.with(|e| h.value(e)).map(|v| v * scale)
    });
    let band = Memo::new(move |_| {
        let scale = h.scale(app);
        app.evaluation.with(|e| {
            let b = h.band(e)?;
            Some((b.low * scale, b.high * scale, b.rows))
        })
    });
    let drawn = Signal::derive(move || {
        let ((low, high, _), value) = (band.get()?, value.get()?);
        Some(BandAt {
            low,
            value,
            high,
            target: h.target(app),
        })
    });
    let parts = move || value.get().map(|v| h.parts(app.fmt(), v));
    let number = move || super::or_unknown(app, parts().map(|p| p.0));
    let unit = move || parts().map(|p| p.1).unwrap_or_default();
    let range = move || {
        band.get()
            .map(|(low, high, _)| h.range(app.fmt(), low, high))
            .unwrap_or_default()
    };
    // Plain digits for tests and scripts: never localised.
    let plain = move || value.get().map(|v| v.to_string());
    view! {
        <div class="figure" class:missed=move || misses(app, h) data-figure=h.key() data-value=plain>
            <h2 class="figure-name">
                <Mark origin=Signal::derive(move || app.evaluation.with(|e| h.origin(e))) />
                <Popover class="term" button=move || app.say(h.name()) label=Signal::derive(move || app.say(h.name()).to_owned())
                    content=move || why_panel(app, why(app, h)) />
            </h2>
            <p class="figure-value" class:unknown=move || value.get().is_none()><span>{number}</span><small>{unit}</small></p>
            <BandBar band=drawn />
            <p class="figure-more"><span>{range}</span>{move || beside(app, h).into_iter().map(|line| view! { <span>{line}</span> }).collect_view()}</p>
        </div>
    }
    .into_any()
}

/// The lines under a figure's range.
fn beside(app: App, h: Headline) -> Vec<String> {
    let fmt = app.fmt();
    let l = fmt.locale;
    app.evaluation.with(|e| match h {
        Headline::Output => {
            let flow = e.tokens_per_s;
            vec![
                per_card(l, &fmt.number(e.output_tokens_per_s_per_card)),
                inputs(l, &fmt.compact(flow.input), &fmt.compact(flow.cached_input)),
            ]
        }
        Headline::Users => vec![
            per_second(
                l,
                &fmt.number(
                    e.tokens_per_s.output
                        / app.scenario.with(|s| s.workload.output_tokens).max(1.0),
                ),
            ),
            per_card(
                l,
                &fmt.number(e.concurrency / f64::from(e.cards_working.max(1))),
            ),
        ],
        Headline::Tpot => vec![
            held_against(app, h, e.tpot_ms),
            each_user(l, &fmt.number(1000.0 / e.tpot_ms.p50)),
        ],
        Headline::Ttft => vec![
            held_against(app, h, e.ttft_ms),
            mean_is(l, &fmt.duration(e.ttft_ms.mean)),
        ],
        Headline::Cost => e.cost.per_million.map_or_else(
            || vec![app.say(enter_price).to_owned()],
            |c| {
                vec![
                    inputs(l, &fmt.money(c.input), &fmt.money(c.cached_input)),
                    blended(l, &fmt.money(c.blended_output)),
                ]
            },
        ),
        Headline::Energy => {
            let power = e.power;
            let mw = power.mean_kw.map(|kw| fmt.unit(kw / 1e3, "MW"));
            let day = power.mwh_per_day.map(|mwh| a_day(l, &fmt.number(mwh)));
            let co2 = power
                .kg_co2_per_million_output
                .map(|kg| fmt.unit(kg, "kg CO₂"));
            if mw.is_none() {
                return vec![app.say(enter_power).to_owned()];
            }
            let first: Vec<String> = [mw, day].into_iter().flatten().collect();
            [Some(first.join(" · ")), co2]
                .into_iter()
                .flatten()
                .collect()
        }
        Headline::Day | Headline::TrainingDays => Vec::new(),
    })
}

/// The percentile that the targets are about, of those that are known: its name and its time.
fn at_percentile(app: App, times: Percentiles) -> (&'static str, f64) {
    match app.scenario.with(|s| s.targets.percentile) {
        p if p >= 98.0 => ("p99", times.p99),
        p if p <= 60.0 => ("p50", times.p50),
        _ => ("p95", times.p95),
    }
}

/// Whether a figure misses its target.
fn misses(app: App, h: Headline) -> bool {
    let times = app.evaluation.with(|e| match h {
        Headline::Tpot => Some(e.tpot_ms),
        Headline::Ttft => Some(e.ttft_ms),
        _ => None,
    });
    match (times, h.target(app)) {
        // A hair above is rounding: the screen would say "2 s, target 2 s".
        (Some(times), Some(target)) => at_percentile(app, times).1 > target * 1.0005,
        _ => false,
    }
}

/// The percentile and the target it is held against.
fn held_against(app: App, h: Headline, times: Percentiles) -> String {
    let fmt = app.fmt();
    let (name, value) = at_percentile(app, times);
    let target = h.target(app).unwrap_or_default();
    let ((digits, unit), (goal, goal_unit)) =
        (fmt.duration_parts(value), fmt.duration_parts(target));
    // The unit stands beside the figure already.
    let (value, target) = if unit == goal_unit {
        (digits, goal)
    } else {
        (fmt.duration(value), fmt.duration(target))
    };
    against(fmt.locale, name, &value, &target)
}

crate::texts! {
    output_rate = "Output tokens/s", "每秒输出 token";
    output_day = "Output tokens a day", "日均输出 token";
    users = "Requests at once", "同时在途请求";
    tpot = "TPOT, p50", "TPOT p50";
    ttft = "TTFT, p50", "TTFT p50";
    cost = "Per million output", "每百万输出 token";
    energy = "Energy per million", "每百万 token 能耗";
    training_days = "Days to train", "训练天数";
    per_card(n) = "{n} a working card", "每张工作卡 {n}";
    per_second(n) = "{n} requests/s", "每秒 {n} 个请求";
    against(at, value, target) = "{at} {value}, target {target}", "{at} {value}，目标 {target}";
    inputs(input, cached) = "in {input} · cached {cached}", "输入 {input} · 缓存 {cached}";
    blended(all) = "all cost on output {all}", "全部计入输出 {all}";
    each_user(n) = "{n} tokens/s a user", "每用户 {n} token/s";
    mean_is(value) = "mean {value}", "均值 {value}";
    a_day(mwh) = "{mwh} MWh a day", "每天 {mwh} MWh";
    enter_power = "enter the power under Money", "请在“成本”中填写功耗";
    enter_price = "enter a price under Money", "请在“成本”中填写价格";
}
