//! The sentence of the Price view and its headline figures.

use leptos::prelude::*;
use token_factory::money::finance::Irr;
use token_factory::money::{Ends, HOURS_PER_YEAR, Kind, Usd};

use super::store::{self, Business};
use super::why::{About, ask};
use crate::controls::{BandAt, BandBar, Icon, IconView, Mark, Origin};
use crate::format::Fmt;
use crate::state::App;
use crate::texts::{self, Locale, Text};
use crate::{platform, texts as shared};

/// The sentence, the line under it, and the buttons.
#[component]
pub fn Lead() -> impl IntoView {
    let app = App::here();
    let sale = store::here();
    let of = move |f: fn(&Business, App) -> String| {
        move || sale.with(|s| s.as_ref().map(|b| f(b, app)).unwrap_or_default())
    };
    let output_price = of(|b, app| {
        app.scenario.with(|s| {
            app.fmt()
                .money_value(b.show(s, list_price(b, Kind::Output)))
        })
    });
    let load = move || {
        app.fmt()
            .percent(app.scenario.with(|s| s.workload.mean_load))
    };
    let margin = of(|b, app| share_or_unknown(app, b.sale.gross_margin));
    let invested = of(|b, app| {
        app.scenario
            .with(|s| app.fmt().money_value(b.show(s, b.flow.invested)))
    });
    let back = of(|b, app| match b.flow.payback_month {
        Some(m) => months_n(app.locale.get(), &app.fmt().number(m)),
        None => app.say(never).to_owned(),
    });
    let paid =
        Memo::new(move |_| sale.with(|s| s.as_ref().is_ok_and(|b| b.flow.payback_month.is_some())));
    // A rented factory has nothing to pay back.
    let buys = Memo::new(move |_| sale.with(|s| s.as_ref().is_ok_and(|b| b.flow.invested.0 > 0.0)));
    let market = move || {
        sale.with(|s| {
            let b = s.as_ref().ok()?;
            let line = b.sale.lines.iter().find(|l| l.kind == Kind::Output)?;
            let median = line.market?.median;
            let fmt = app.fmt();
            let gap = app
                .scenario
                .with(|s| b.show(s, Usd(line.list.0 - median.0)));
            let words = fmt.money_value(gap.abs());
            Some(if gap <= 0.0 {
                below_market(fmt.locale, &words)
            } else {
                above_market(fmt.locale, &words)
            })
        })
    };
    let even = move || {
        sale.with(|s| {
            s.as_ref().ok().map(|b| match b.sale.break_even_load {
                Some(load) => breaks_even(app.locale.get(), &app.fmt().percent(load)),
                None => app.say(never_even).to_owned(),
            })
        })
    };
    let lead = move || {
        match app.locale.get() {
        Locale::En => view! {
            "Selling at "{control("in-pout", output_price)}" per million output tokens and "{control("in-load", load)}" load earns "
            {strong(margin)}" gross margin and "
            {move || if !buys.get() { view! { "needs no investment." }.into_any() } else if paid.get() { view! { "pays back "{ask(app, About::Paid, invested)}" in "{strong(back)}"." }.into_any() } else { view! { "does not pay back "{ask(app, About::Paid, invested)}" within the plan." }.into_any() }}
        }.into_any(),
        Locale::Zh => view! {
            "每百万输出 token 售价 "{control("in-pout", output_price)}"、负载 "{control("in-load", load)}" 时，毛利率为 "
            {strong(margin)}"，"
            {move || if !buys.get() { view! { "无需投资。" }.into_any() } else if paid.get() { view! { {strong(back)}"收回 "{ask(app, About::Paid, invested)}" 投资。" }.into_any() } else { view! { "在计划期内无法收回 "{ask(app, About::Paid, invested)}" 投资。" }.into_any() }}
        }.into_any(),
    }
    };
    view! {
        <h1 class="sentence">{lead}</h1>
        <div class="verdict">
            <span>{market}</span>
            <span>{even}</span>
            <span class="verdict-marks">
                <button type="button" class="btn line" on:click=move |_| platform::print()><IconView icon=Icon::Print />{move || app.say(print_quote)}</button>
            </span>
        </div>
    }
    .into_any()
}

fn control(id: &'static str, text: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    view! {
        <button type="button" class="sentence-control" on:click=move |_| {
            platform::reveal_id(id);
            platform::focus_id(id);
        }>{text}</button>
    }
    .into_any()
}

fn strong(text: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    view! { <b class="sentence-plain">{text}</b> }.into_any()
}

fn share_or_unknown(app: App, share: Option<f64>) -> String {
    share.map_or_else(
        || app.say(shared::unknown).to_owned(),
        |m| app.fmt().percent(m),
    )
}

/// The list price of a kind.
pub fn list_price(b: &Business, kind: Kind) -> Usd {
    b.sale
        .lines
        .iter()
        .find(|l| l.kind == kind)
        .map_or(Usd(0.0), |l| l.list)
}

/// A figure: key, name, and how it is read.
struct Figure {
    key: &'static str,
    name: Text,
    value: fn(&Business) -> Option<f64>,
    ends: fn(&Business) -> Ends,
    /// Amounts are in USD and shown in the scenario's currency.
    money: bool,
    text: fn(Fmt, f64) -> String,
    beside: fn(&Business, App) -> String,
    about: About,
    /// What stands there when there is no value.
    absent: fn(&Business) -> Text,
}

const FIGURES: [Figure; 6] = [
    Figure {
        key: "revenue",
        about: About::Revenue,
        absent: |_| shared::unknown,
        name: revenue,
        value: |b| Some(b.sale.revenue_per_hour.0 * HOURS_PER_YEAR),
        ends: |b| scaled(b.outlook.revenue_per_hour, HOURS_PER_YEAR),
        money: true,
        text: Fmt::money_value,
        beside: |_, app| app.say(at_full_ramp).to_owned(),
    },
    Figure {
        key: "cost",
        about: About::Cost,
        absent: |_| shared::unknown,
        name: full_cost,
        value: |b| Some(b.cost.per_hour.0 * HOURS_PER_YEAR),
        ends: |b| Ends {
            low: Some(b.cost.low.0 * HOURS_PER_YEAR),
            high: Some(b.cost.high.0 * HOURS_PER_YEAR),
        },
        money: true,
        text: Fmt::money_value,
        beside: |b, app| {
            capital_share(
                app.locale.get(),
                &app.fmt().percent(b.cost.summary().stack.capital),
            )
        },
    },
    Figure {
        key: "margin",
        about: About::Margin,
        absent: |_| shared::unknown,
        name: gross_margin,
        value: |b| b.sale.gross_margin,
        ends: |b| b.outlook.gross_margin,
        money: false,
        text: Fmt::percent,
        beside: |b, app| match b.sale.break_even_load {
            Some(load) => zero_at(app.locale.get(), &app.fmt().percent(load)),
            None => String::new(),
        },
    },
    Figure {
        key: "payback",
        about: About::Plan(payback, payback_formula),
        absent: |_| never,
        name: payback,
        value: |b| b.flow.payback_month,
        ends: |b| b.outlook.payback_month,
        money: false,
        text: Fmt::number,
        beside: |_, app| {
            with_ramp(
                app.locale.get(),
                &app.scenario.with(|s| s.money.plan.ramp_months).to_string(),
            )
        },
    },
    Figure {
        key: "npv",
        about: About::Plan(npv, npv_formula),
        absent: |_| shared::unknown,
        name: npv,
        value: |b| Some(b.flow.npv.0),
        ends: |b| b.outlook.npv,
        money: true,
        text: Fmt::money_value,
        beside: |b, app| {
            at_rate(
                app.locale.get(),
                &app.fmt().percent(b.flow.discount_rate),
                &app.scenario.with(|s| s.money.plan.months).to_string(),
            )
        },
    },
    Figure {
        key: "irr",
        about: About::Plan(irr, irr_formula),
        absent: |b| match b.flow.irr {
            Irr::Many { .. } => several,
            _ => shared::unknown,
        },
        name: irr,
        value: |b| b.flow.irr.one(),
        ends: |b| b.outlook.irr,
        money: false,
        text: Fmt::percent,
        beside: |b, app| match &b.flow.irr {
            Irr::One { .. } => hurdle(app.locale.get(), &app.fmt().percent(b.flow.discount_rate)),
            Irr::Many { rates } => {
                let rates: Vec<String> = rates.iter().map(|r| app.fmt().percent(*r)).collect();
                many_rates(app.locale.get(), &rates.join(", "))
            }
            Irr::None => app.say(no_rate).to_owned(),
        },
    },
];

fn scaled(ends: Ends, by: f64) -> Ends {
    Ends {
        low: ends.low.map(|v| v * by),
        high: ends.high.map(|v| v * by),
    }
}

/// The row of headline figures.
#[component]
pub fn Figures() -> impl IntoView {
    let app = App::here();
    view! {
        <section class="plan-section figures" aria-label=move || app.say(texts::results)>
            {FIGURES.iter().map(|f| figure(app, f)).collect_view()}
        </section>
    }
}

fn figure(app: App, f: &'static Figure) -> AnyView {
    let sale = store::here();
    let scale = move || {
        if !f.money {
            return 1.0;
        }
        sale.with(|s| {
            s.as_ref()
                .map_or(1.0, |b| app.scenario.with(|sc| b.show(sc, Usd(1.0))))
        })
    };
    let value = Memo::new(move |_| {
        sale.with(|s| s.as_ref().ok().and_then(|b| (f.value)(b)))
            .map(|v| v * scale())
    });
    let ends = Memo::new(move |_| {
        sale.with(|s| {
            s.as_ref().ok().map(|b| {
                let e = scaled((f.ends)(b), scale());
                (e.low, e.high)
            })
        })
    });
    let drawn = Signal::derive(move || {
        let ((low, high), value) = (ends.get()?, value.get()?);
        Some(BandAt {
            low: low?,
            value,
            high: high?,
            target: None,
        })
    });
    let text = move || {
        value.get().map_or_else(
            || {
                let absent = sale.with(|s| {
                    s.as_ref()
                        .map_or(shared::unknown as Text, |b| (f.absent)(b))
                });
                app.say(absent).to_owned()
            },
            |v| (f.text)(app.fmt(), v),
        )
    };
    // Set smaller, so that it stays within its column.
    let unit = move || (f.key == "payback" && value.get().is_some()).then(|| app.say(months_unit));
    let range = move || {
        let fmt = app.fmt();
        let word =
            |v: Option<f64>| v.map_or_else(|| app.say(open_end).to_owned(), |v| (f.text)(fmt, v));
        ends.get()
            .filter(|(low, high)| low.is_some() || high.is_some())
            .map(|(low, high)| [word(low), word(high)].join(" – "))
            .unwrap_or_default()
    };
    let beside = move || sale.with(|s| s.as_ref().map(|b| (f.beside)(b, app)).unwrap_or_default());
    view! {
        <div class="figure" data-figure=f.key data-value=move || value.get().map(|v| v.to_string())>
            <h2 class="figure-name"><Mark origin=Origin::Assumed />
                {ask(app, f.about, move || app.say(f.name).to_owned())}
            </h2>
            <p class="figure-value" class:unknown=move || value.get().is_none()><span>{text}</span><small>{unit}</small></p>
            <BandBar band=drawn />
            <p class="figure-more"><span>{range}</span><span>{beside}</span></p>
        </div>
    }
    .into_any()
}

crate::texts! {
    revenue = "Revenue a year", "年收入";
    full_cost = "Full cost a year", "年总成本";
    gross_margin = "Gross margin", "毛利率";
    payback = "Payback", "回收期";
    npv = "NPV", "净现值 NPV";
    irr = "IRR", "内部收益率 IRR";
    payback_formula = "month in which the sum of all payments reaches zero for good", "累计现金流最终转正的月份";
    npv_formula = "sum of monthly payments, each discounted to today", "各月现金流折现到今天之和";
    irr_formula = "discount rate at which the NPV is zero", "使 NPV 为零的折现率";
    at_full_ramp = "at full demand, today's prices", "需求爬坡后，按当前价格";
    capital_share(share) = "{share} is hardware", "其中硬件占 {share}";
    zero_at(load) = "zero at {load} load", "负载 {load} 时为零";
    months_n(n) = "{n} months", "{n} 个月";
    months_unit = "months", "个月";
    with_ramp(n) = "with a ramp of {n} months", "需求爬坡 {n} 个月";
    at_rate(rate, months) = "at {rate}, {months} months", "折现率 {rate}，{months} 个月";
    hurdle(rate) = "hurdle {rate}", "门槛 {rate}";
    several = "several rates", "多个解";
    many_rates(rates) = "payments change sign more than once: {rates} all give an NPV of zero; go by the NPV", "现金流多次变号：{rates} 均使净现值为零，请以净现值为准";
    no_rate = "no rate gives an NPV of zero", "没有使净现值为零的折现率";
    open_end = "not within the plan", "计划期内无";
    never = "never within the plan", "计划期内无法收回";
    never_even = "It does not break even even at full load.", "即使满载也无法盈亏平衡。";
    below_market(gap) = "{gap} below the market's median.", "比市场中位价低 {gap}。";
    above_market(gap) = "{gap} above the market's median.", "比市场中位价高 {gap}。";
    breaks_even(load) = "Breaks even at {load} load.", "负载 {load} 时盈亏平衡。";
    print_quote = "Print quote", "打印报价单";
}
