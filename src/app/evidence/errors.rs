//! The errors: in one sentence, by class, and on rows that the fit never saw.

use leptos::prelude::*;
use token_factory::evidence::{ClassErrors, GroupBy, LeftOutSummary, class_errors};
use token_factory::model::{Calibration, Quantity};

use super::store::{Evidence, Which};
use super::words;
use crate::controls::{Cell, Choice, Column, DataTable, Plain, Segmented};
use crate::format::Fmt;
use crate::state::App;
use crate::texts::{Locale, Text};

/// The answer first: the error to expect, on rows that the fit never saw.
#[component]
pub fn Lead() -> impl IntoView {
    let app = App::here();
    let median = |quantity| {
        LeftOutSummary::embedded()
            .of_quantity("triple", quantity)
            .find(|l| l.mode == "serving")
            .map(|l| l.median)
    };
    move || {
        let fmt = app.fmt();
        let (tpot, rate, ttft) = (median("tpot")?, median("throughput")?, median("ttft")?);
        let percent = |x| fmt.percent(x);
        Some(
            view! { <p class="evidence-lead">{lead(fmt.locale, &percent(tpot), &percent(rate), &percent(ttft))}</p> },
        )
    }
}

const BY: [Choice; 5] = [
    ("mode", by_mode),
    ("hardware", by_hardware),
    ("engine", by_engine),
    ("model", by_model),
    ("source", by_source),
];

const GROUPS: [(&str, GroupBy); 5] = [
    ("mode", GroupBy::Mode),
    ("hardware", GroupBy::Hardware),
    ("engine", GroupBy::Engine),
    ("model", GroupBy::Model),
    ("source", GroupBy::Source),
];

fn percent_cell(fmt: Fmt, x: Option<f64>) -> Cell {
    x.map_or_else(|| unknown(fmt), |v| Cell::number(v, fmt.percent(v)))
}

fn unknown(fmt: Fmt) -> Cell {
    Cell {
        text: crate::texts::unknown(fmt.locale).to_owned(),
        plain: Plain::Unknown,
    }
}

fn count_cell(fmt: Fmt, n: usize) -> Cell {
    Cell::number(n as f64, fmt.count(n as f64))
}

fn columns(locale: Locale, titles: &[(Text, bool)]) -> Vec<Column> {
    titles
        .iter()
        .map(|&(title, numeric)| Column {
            title: title(locale).to_owned(),
            numeric,
        })
        .collect()
}

const CLASS_COLUMNS: [(Text, bool); 9] = [
    (class_title, false),
    (rows_title, true),
    (answered_title, true),
    (median_title, true),
    (mean_title, true),
    (p90_title, true),
    (bias_title, true),
    (in_band_title, true),
    (rank_title, true),
];

fn class_row(fmt: Fmt, by: GroupBy, c: &ClassErrors) -> Vec<Cell> {
    let name = if c.class.is_empty() {
        all_rows(fmt.locale).to_owned()
    } else {
        words::class(by, &c.class, fmt.locale)
    };
    let e = &c.errors;
    let decimals =
        |x: Option<f64>| x.map_or_else(|| unknown(fmt), |v| Cell::number(v, fmt.fixed(v, 2)));
    vec![
        Cell::text(name),
        count_cell(fmt, e.rows),
        percent_cell(fmt, Some(e.answered as f64 / e.rows.max(1) as f64)),
        percent_cell(fmt, e.median),
        percent_cell(fmt, e.mean),
        percent_cell(fmt, e.p90),
        decimals(e.bias),
        percent_cell(fmt, e.in_band),
        decimals(c.rank),
    ]
}

/// Errors of the rows shown, class by class.
#[component]
pub fn ErrorTable() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    // Half a table would look like an answer: it is made once every row is predicted.
    let classes = Memo::new(move |_| {
        let set = evidence.set();
        if !set.done() {
            return Vec::new();
        }
        let (quantity, by) = (evidence.quantity.get(), evidence.by.get());
        set.rows.with(|rows| {
            set.predictions.with(|predictions| {
                evidence.filter.with(|filter| {
                    class_errors(
                        rows,
                        predictions,
                        filter,
                        quantity,
                        Calibration::embedded(),
                        by,
                    )
                })
            })
        })
    });
    let table_columns = Signal::derive(move || columns(app.locale.get(), &CLASS_COLUMNS));
    let rows = Signal::derive(move || {
        let (fmt, by) = (app.fmt(), evidence.by.get());
        classes.with(|all| {
            all.iter()
                .map(|c| class_row(fmt, by, c))
                .collect::<Vec<_>>()
        })
    });
    let by = Signal::derive(move || {
        let by = evidence.by.get();
        GROUPS
            .iter()
            .find(|(_, g)| *g == by)
            .map_or("mode", |(key, _)| key)
            .to_owned()
    });
    let choose = Callback::new(move |key: &'static str| {
        let found = GROUPS.iter().find(|(k, _)| *k == key);
        evidence.by.set(found.map_or(GroupBy::Mode, |(_, g)| *g));
    });
    let caption = Signal::derive(move || app.say(errors_title).to_owned());
    view! {
        <section class="tile-section">
            <div class="section-head">
                <h2>{move || app.say(errors_title)}</h2>
                <span class="quiet">{move || app.say(match evidence.which.get() {
                    Which::Published => fitted,
                    Which::Own => yours,
                })}</span>
            </div>
            <Segmented label=Signal::derive(move || app.say(class_title).to_owned()) choices=&BY value=by on_change=choose />
            {move || if !evidence.set().done() {
                view! { <p class="quiet evidence-wait">{app.say(wait)}</p> }.into_any()
            } else if classes.with(Vec::is_empty) {
                view! { <p class="quiet evidence-wait">{app.say(nothing)}</p> }.into_any()
            } else {
                view! { <DataTable caption columns=table_columns rows file_name="evidence-errors" /> }.into_any()
            }}
            <p class="plain">{move || app.say(how_to_read)}</p>
        </section>
    }
    .into_any()
}

/// Ways of leaving out, as the table's columns show them.
const WAYS: [&str; 4] = ["nothing", "triple", "pair", "model"];

const LEFT_OUT_COLUMNS: [(Text, bool); 9] = [
    (by_mode, false),
    (rows_title, true),
    (fit_median, true),
    (triple_median, true),
    (triple_mean, true),
    (triple_p90, true),
    (triple_band, true),
    (pair_median, true),
    (model_median, true),
];

/// Errors on rows that the fit never saw, beside the errors of the fit.
#[component]
pub fn LeftOutTable() -> impl IntoView {
    let app = App::here();
    let evidence = Evidence::here();
    let table_columns = Signal::derive(move || columns(app.locale.get(), &LEFT_OUT_COLUMNS));
    let rows = Signal::derive(move || left_out_rows(app.fmt(), evidence.quantity.get()));
    let caption = Signal::derive(move || {
        let locale = app.locale.get();
        left_out_title(locale, words::quantity(evidence.quantity.get())(locale))
    });
    let stale = LeftOutSummary::embedded().rows != Calibration::embedded().rows;
    view! {
        <section class="tile-section evidence-section">
            <div class="section-head"><h2>{move || caption.get()}</h2></div>
            <p class="plain">{move || app.say(left_out_means)}</p>
            <DataTable caption columns=table_columns rows file_name="evidence-left-out" />
            {stale.then(|| view! { <p class="plain warn">{move || app.say(stale_words)}</p> })}
        </section>
    }
    .into_any()
}

fn left_out_rows(fmt: Fmt, quantity: Quantity) -> Vec<Vec<Cell>> {
    let summary = LeftOutSummary::embedded();
    let find = |way: &str, mode: &str| {
        summary
            .lines
            .iter()
            .find(|l| l.left_out == way && l.mode == mode && l.quantity == quantity.name())
    };
    summary
        .of_quantity("nothing", quantity.name())
        .map(|fit| {
            let [_, triple, pair, model] = WAYS.map(|way| find(way, &fit.mode));
            vec![
                Cell::text(words::mode(&fit.mode, fmt.locale)),
                count_cell(fmt, fit.rows as usize),
                percent_cell(fmt, Some(fit.median)),
                percent_cell(fmt, triple.map(|l| l.median)),
                percent_cell(fmt, triple.map(|l| l.mean)),
                percent_cell(fmt, triple.map(|l| l.p90)),
                percent_cell(fmt, triple.and_then(|l| l.in_band)),
                percent_cell(fmt, pair.map(|l| l.median)),
                percent_cell(fmt, model.map(|l| l.median)),
            ]
        })
        .collect()
}

crate::texts! {
    lead(tpot, rate, ttft) = "For a combination of model, hardware and engine that it has never seen, half of its serving predictions miss by less than {tpot} (TPOT), {rate} (throughput) and {ttft} (TTFT).", "对于从未见过的“模型 × 硬件 × 引擎”组合，在线服务预测有一半误差低于：TPOT {tpot}、吞吐 {rate}、TTFT {ttft}。";
    by_mode = "Mode", "方式";
    by_hardware = "Hardware", "硬件";
    by_engine = "Engine", "引擎";
    by_model = "Model", "模型";
    by_source = "Source", "来源";
    errors_title = "Errors by class", "分类误差";
    fitted = "errors of the fit", "拟合误差";
    yours = "errors on your rows", "自有数据误差";
    class_title = "Class", "类别";
    all_rows = "All shown", "当前全部";
    rows_title = "Rows", "行数";
    answered_title = "Answered", "可预测";
    median_title = "Median", "中位数";
    mean_title = "Mean", "均值";
    p90_title = "p90", "p90";
    bias_title = "Bias", "偏差";
    in_band_title = "In 80 % band", "落入 80% 区间";
    rank_title = "Rank correlation", "秩相关";
    wait = "The table appears once every row is predicted.", "全部行预测完成后显示。";
    nothing = "No row shown has this quantity measured. Choose another quantity or clear a filter.", "当前筛选下没有该指标的实测值。请更换指标或清除筛选。";
    how_to_read = "Error = |predicted ÷ measured − 1|. Bias is the geometric mean of predicted ÷ measured: 1.00 is none. Rank correlation 1.00 means that the model puts the rows in the measured order.", "误差 = |预测 ÷ 实测 − 1|。偏差为“预测 ÷ 实测”的几何平均，1.00 表示无偏。秩相关 1.00 表示模型给出的排序与实测一致。";
    left_out_title(name) = "{name}: error on rows that the fit never saw", "{name}：模型未见过的数据上的误差";
    left_out_means = "The table above tells how well the model repeats rows that it was fitted to. For your own cluster expect the numbers here: before each row was predicted, everything alike was taken out of the fit: the same model, hardware and engine together (“unseen”, the usual case), every row of that hardware and engine, or every row of that model (both: median). The bands come from the other combinations.", "上表反映模型复现其拟合数据的能力。对于您的集群，请以本表为准：预测每一行之前，都先将同类数据从拟合中剔除——同一“模型 × 硬件 × 引擎”组合（最常见的情形）、同一“硬件 × 引擎”的全部数据，或同一模型的全部数据（后两列为中位数）。区间由其余组合的误差得出。";
    fit_median = "Fit: median", "拟合：中位数";
    triple_median = "Unseen: median", "未见组合：中位数";
    triple_mean = "Unseen: mean", "未见组合：均值";
    triple_p90 = "Unseen: p90", "未见组合：p90";
    triple_band = "Unseen: in 80 % band", "未见组合：落入 80% 区间";
    pair_median = "Hardware × engine unseen", "未见硬件 × 引擎";
    model_median = "Model unseen", "未见模型";
    stale_words = "These figures belong to an earlier calibration than the one in use.", "以上数值来自较早的一次标定，与当前使用的标定不一致。";
}
