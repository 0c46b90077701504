//! The sentence: the whole answer in the reader's language, every number a control or explained.

use leptos::prelude::*;
use token_factory::evaluation::{LimitKind, Notice, NoticeCode, NoticeValue};
use token_factory::scenario::Task;

use super::figures::Headline;
use super::or_unknown;
use super::why::why;
use crate::controls::{Icon, IconView, MarkLegend, Origin, Popover, why_panel};
use crate::state::App;
use crate::texts::Locale;
use crate::{names, notices, platform};

/// The sentence and the line under it.
#[component]
pub fn Sentence() -> impl IntoView {
    let app = App::here();
    let task = Memo::new(move |_| app.scenario.with(|s| s.workload.task));
    let fits = Memo::new(move |_| app.evaluation.with(|e| e.fits || e.training.is_some()));
    let locale = app.locale;
    view! {
        <h1 class="sentence">{move || {
            let subject = subject(app, locale.get());
            match (task.get(), fits.get()) {
                (_, false) => view! { {subject}{move || app.say(full_stop)} }.into_any(),
                (Task::Serving, true) => view! { {subject}{serving(app, locale.get())} }.into_any(),
                (Task::Training, true) => view! { {subject}{training(app, locale.get())} }.into_any(),
            }
        }}</h1>
        <div class="verdict">
            {move || verdict(app)}
            <span class="verdict-marks no-phone">
                <MarkLegend origins=&[Origin::Measured, Origin::Calculated, Origin::Assumed] />
                <Popover class="link" button=move || app.say(how_to_read) label=Signal::derive(move || app.say(how_to_read).to_owned())
                    content=move || how(app) />
            </span>
        </div>
    }
}

/// A word of the sentence that leads to its input.
fn control(id: &'static str, text: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    let app = App::here();
    view! {
        <button type="button" class="sentence-control" on:click=move |_| {
            app.sheet_open.set(true);
            platform::lead_to(id);
        }>{text}</button>
    }
    .into_any()
}

/// A number of the sentence with its explanation.
fn figure(
    headline: Headline,
    text: impl Fn() -> String + Send + Sync + Clone + 'static,
) -> AnyView {
    let app = App::here();
    let shown = text.clone();
    view! {
        <Popover class="sentence-figure" button=move || shown()
            label=Signal::derive(move || app.say(headline.name()).to_owned())
            content=move || why_panel(app, why(app, headline)) />
    }
    .into_any()
}

/// "1,536 Ascend 910C cards …".
fn subject(app: App, locale: Locale) -> AnyView {
    let cards = move || app.evaluation.with(|e| app.fmt().count(f64::from(e.cards)));
    let hardware = move || {
        app.scenario.with(|s| {
            let mut all: Vec<String> = Vec::new();
            for pool in &s.pools {
                let name = names::hardware(&pool.hardware, app.locale.get());
                if !all.contains(&name) {
                    all.push(name);
                }
            }
            all.join(" + ")
        })
    };
    let model = move || app.scenario.with(|s| names::model(&s.model));
    let verb = move || {
        let trains = app.scenario.with(|s| s.workload.task == Task::Training);
        let can = app.evaluation.with(|e| e.fits || e.training.is_some());
        app.say(match (trains, can) {
            (false, true) => serve,
            (true, true) => train,
            (false, false) => cannot_serve,
            (true, false) => cannot_train,
        })
    };
    // Chinese sets a space between its own characters and others.
    let gap = move || {
        if hardware().starts_with(|c: char| c.is_ascii()) {
            " "
        } else {
            ""
        }
    };
    match locale {
        Locale::En => view! {
            {control("pool-0-nodes", cards)}" "{control("pick-hardware", hardware)}{verb}
            {control("pick-model", model)}
        }
        .into_any(),
        Locale::Zh => view! {
            {control("pool-0-nodes", cards)}" 张"{gap}{control("pick-hardware", hardware)}{verb}
            {control("pick-model", model)}
        }
        .into_any(),
    }
}

fn serving(app: App, locale: Locale) -> AnyView {
    let rate = move || {
        app.evaluation
            .with(|e| app.fmt().compact(e.tokens_per_s.output))
    };
    let day = move || {
        app.evaluation.with(|e| {
            let number = app.fmt().compact(e.tokens_per_day.output);
            match app.locale.get() {
                Locale::En => a_day(Locale::En, &number),
                Locale::Zh => number,
            }
        })
    };
    // Rate and day do not multiply: the day is at the mean load.
    let load = move || {
        let (rate, day) = app
            .evaluation
            .with(|e| (e.tokens_per_s.output, e.tokens_per_day.output));
        let share = day / (rate * 86_400.0).max(1e-12);
        let l = app.locale.get();
        ((1e-6..0.995).contains(&share)).then(|| at_load(l, &app.fmt().percent(share)))
    };
    let cost = move || {
        let amount = app.evaluation.with(|e| e.cost.per_million);
        or_unknown(app, amount.map(|c| app.fmt().money(c.output)))
    };
    let tpot = move || app.evaluation.with(|e| app.fmt().duration(e.tpot_ms.p50));
    match locale {
        Locale::En => view! {
            " at "{figure(Headline::Output, rate)}" output tokens/s\u{a0}— "
            {figure(Headline::Day, day)}{load}" — for "{figure(Headline::Cost, cost)}" per million output, "
            {figure(Headline::Tpot, tpot)}" per token."
        }
        .into_any(),
        Locale::Zh => view! {
            "，每秒输出 "{figure(Headline::Output, rate)}" token，日均 "
            {figure(Headline::Day, day)}{load}"，每百万输出 token 成本 "{figure(Headline::Cost, cost)}"，每个 token 用时 "
            {figure(Headline::Tpot, tpot)}"。"
        }
        .into_any(),
    }
}

fn training(app: App, locale: Locale) -> AnyView {
    let tokens = move || {
        app.fmt()
            .compact(app.scenario.with(|s| s.workload.training_tokens))
    };
    let days = move || {
        let days = app.evaluation.with(|e| e.training.map(|t| t.days));
        or_unknown(app, days.map(|d| app.fmt().number(d)))
    };
    match locale {
        Locale::En => view! {
            " on "{control("in-train", tokens)}" tokens in "{figure(Headline::TrainingDays, days)}" days."
        }
        .into_any(),
        Locale::Zh => view! {
            "，"{control("in-train", tokens)}" token 需 "{figure(Headline::TrainingDays, days)}" 天。"
        }
        .into_any(),
    }
}

/// Whether it fits and holds, and what limits it.
fn verdict(app: App) -> AnyView {
    let fmt = app.fmt();
    let (fits, met, limits, trains, too_large, overloaded, beyond) = app.evaluation.with(|e| {
        let kinds: Vec<_> = e.limits.iter().map(|l| l.kind).take(2).collect();
        let large = |n: &Notice| {
            matches!(
                n.code,
                NoticeCode::WeightsDoNotFit | NoticeCode::ContextDoesNotFit
            )
        };
        let too_large = e.notices.iter().any(large);
        (
            e.fits,
            e.meets_targets,
            kinds,
            e.training.is_some(),
            too_large,
            e.notices.iter().any(|n| n.code == NoticeCode::Overload),
            e.notices.iter().find_map(tokens_beyond),
        )
    });
    let (icon, class, text): (_, _, crate::texts::Text) = match (fits || trains, met || trains) {
        (true, true) if trains => (Icon::Check, "good", it_fits),
        (true, true) => (Icon::Check, "good", fits_and_meets),
        (true, false) if overloaded => (Icon::Warn, "warn", fits_but_overloaded),
        (true, false) => (Icon::Warn, "warn", fits_but_misses),
        (false, _) if too_large => (Icon::Bad, "bad", does_not_fit),
        (false, _) => (Icon::Bad, "bad", no_result),
    };
    // The hardware could, the model cannot: the figures need the warning beside them.
    let (icon, class, text) = match beyond.filter(|_| fits && !trains) {
        Some((asked, limit)) => {
            let words = beyond_context(fmt.locale, &fmt.count(asked), &fmt.count(limit));
            (Icon::Warn, "warn beyond", words)
        }
        None => (icon, class, app.say(text).to_owned()),
    };
    let word = |k: &LimitKind| {
        let word = notices::limit(*k)(fmt.locale);
        let gap = fmt.locale == Locale::Zh && word.starts_with(|c: char| c.is_ascii());
        [if gap { " " } else { "" }, word].concat()
    };
    let mut words = limits.iter().map(word);
    let by = match (words.next(), words.next()) {
        (Some(first), Some(then)) => Some(limited_then(fmt.locale, first.trim(), &then)),
        (Some(first), None) => Some(limited_by(fmt.locale, first.trim())),
        _ => None,
    };
    let local = app
        .scenario
        .with(|s| s.local != token_factory::scenario::LocalCalibration::default());
    view! {
        <span class=format!("verdict-fit {class}")><IconView icon />{text}</span>
        {by.map(|by| view! { <span>{by}</span> })}
        {local.then(|| view! { <span class="tag">{app.say(calibrated)}</span> })}
    }
    .into_any()
}

/// Tokens of a request and of the model's context, where a notice says that it is too short.
fn tokens_beyond(notice: &Notice) -> Option<(f64, f64)> {
    match notice.values.as_slice() {
        [NoticeValue::Number(asked), NoticeValue::Number(limit)]
            if notice.code == NoticeCode::ContextBeyondModel =>
        {
            Some((*asked, *limit))
        }
        _ => None,
    }
}

fn how(app: App) -> AnyView {
    view! {
        <h3>{app.say(how_to_read)}</h3>
        <dl class="marks-explained">
            {Origin::ALL.into_iter().map(|o| view! {
                <div><dt><crate::controls::Mark origin=o />{app.say(o.name())}</dt><dd class="plain">{app.say(o.meaning())}</dd></div>
            }).collect_view()}
        </dl>
        <p class="plain">{app.say(bands_mean)}</p>
        <p class="plain">{app.say(dotted_means)}</p>
    }
    .into_any()
}

crate::texts! {
    serve = " cards serve ", " 运行 ";
    train = " cards train ", " 训练 ";
    cannot_serve = " cards cannot serve ", " 无法运行 ";
    cannot_train = " cards cannot train ", " 无法训练 ";
    full_stop = ".", "。";
    at_load(share) = " at {share} mean load", "（平均负载 {share}）";
    a_day(number) = "{number} a day", "日均 {number}";
    how_to_read = "how to read this", "说明";
    fits_and_meets = "It fits and meets both targets.", "放得下，两项目标均达标。";
    it_fits = "It fits.", "放得下。";
    fits_but_overloaded = "It fits, but cannot serve the rate that is asked for.", "放得下，但满足不了请求速率。";
    fits_but_misses = "It fits, but misses a target.", "放得下，但未达目标。";
    beyond_context(asked, limit) = "Requests of {asked} tokens are longer than the model's context of {limit}: it cannot answer them.", "请求长达 {asked} token，超出模型 {limit} 的上下文：模型无法处理。";
    does_not_fit = "It does not fit: no figures are shown.", "放不下，因此不显示任何数值。";
    no_result = "No figures: the notices say why.", "没有结果，原因见提示。";
    limited_then(first, then) = "Limited by {first}, then {then}.", "瓶颈：{first}，其次是{then}。";
    limited_by(first) = "Limited by {first}.", "瓶颈：{first}。";
    calibrated = "calibrated to your cluster", "已按您的集群校准";
    bands_mean = "The bar under a figure is its 80 % band: eight of ten published measurements of the same kind, left out of the fit, fell inside it.", "数值下方的横条是 80% 区间：未参与拟合的同类公开实测中，十个有八个落在其中。";
    dotted_means = "A solid underline leads to an input, a dotted one explains the number.", "实线下划线通向参数，虚线下划线给出解释。";
}
