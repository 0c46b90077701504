//! What needs attention: alerts by rules that the reader can edit.

use leptos::html::Dialog;
use leptos::prelude::*;
use token_factory::live::attention::{Alert, RuleKind, Severity, Watch};
use token_factory::scenario::number::{Parsed, Thousand, parse};

use super::store::Live;
use super::words;
use crate::controls::head;
use crate::controls::{DialogBox, Icon, IconView};
use crate::platform;
use crate::state::App;
use crate::texts::Locale;

/// The list.
#[component]
pub fn Attention() -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    let rules = NodeRef::<Dialog>::new();
    let watch = Memo::new(move |_| live.watch());
    let told = StoredValue::new(Vec::<RuleKind>::new());
    Effect::new(move |_| {
        // One notification for each new kind of grave alert.
        let grave: Vec<RuleKind> = watch.with(|w| {
            w.raised
                .iter()
                .filter(|a| a.severity == Severity::Critical)
                .map(|a| a.kind)
                .collect()
        });
        let before = told.try_get_value().unwrap_or_default();
        for kind in grave.iter().filter(|k| !before.contains(k)) {
            let words = watch.with(|w| {
                w.raised
                    .iter()
                    .find(|a| a.kind == *kind)
                    .map(|a| words::alert(app.fmt(), a))
            });
            if let (Some(words), false) = (words, live.is_simulated()) {
                platform::notify(&words);
            }
        }
        told.try_set_value(grave);
    });
    let count = move || {
        let l = app.locale.get();
        watch.with(|w| match (w.raised.len(), w.pending.len()) {
            (0, 0) => String::new(),
            (n, 0) => open_n(l, &n.to_string()),
            (0, n) => pending_n(l, &n.to_string()),
            (n, m) => [open_n(l, &n.to_string()), pending_n(l, &m.to_string())].join(" · "),
        })
    };
    let list = move || {
        watch.with(|w| {
            let all = w.raised.iter().chain(&w.pending);
            let quiet = w.raised.is_empty() && w.pending.is_empty();
            view! {
                {(!quiet).then(|| view! { <ul class="notes">{all.map(|a| line(app, live, a)).collect_view()}</ul> })}
                {state_of(app, w).map(|words| view! { <p class="plain">{words}</p> })}
            }
            .into_any()
        })
    };
    view! {
        <section>
            {head(move || app.say(title).to_owned(), count)}
            {list}
            <div class="links">
                <button type="button" class="link" on:click=move |_| platform::open_dialog(rules)>{move || app.say(edit_rules)}</button>
                <button type="button" class="link" on:click=move |_| platform::ask_to_notify()>{move || app.say(notify)}</button>
            </div>
        </section>
        <DialogBox node=rules id="rules" wide=true title=Signal::derive(move || app.say(edit_rules).to_owned())>
            <p class="plain">{move || app.say(rules_explain)}</p>
            <RuleTable />
        </DialogBox>
    }
    .into_any()
}

/// An alert, raised or pending, with the way to what it is about.
fn line(app: App, live: Live, a: &Alert) -> AnyView {
    let fmt = app.fmt();
    let pending = a.fires_in_s > 0.0;
    let (icon, class) = match a.severity {
        _ if pending => (Icon::Warn, "warn"),
        Severity::Critical => (Icon::Bad, "bad"),
        Severity::Warning => (Icon::Warn, "warn"),
        Severity::Notice => (Icon::Info, "info"),
    };
    let when = if pending {
        fires_in(fmt.locale, &words::age(fmt, a.fires_in_s))
    } else {
        since(fmt.locale, &words::age(fmt, live.now_s.get() - a.since_s))
    };
    let name = if !a.cards.is_empty() {
        show_card
    } else if a.is_of_cards() {
        show_group
    } else {
        show_chart
    };
    let alert = a.clone();
    view! {
        <li class=class data-rule=a.kind.id() class:pending=pending><IconView icon />{words::alert(fmt, a)}" "<span class="quiet">{when}</span>" "
            <button type="button" class="link" on:click=move |_| lead(live, &alert)>{app.say(name)}</button></li>
    }
    .into_any()
}

/// What can be said beside the alerts: all well, or what nobody knows.
fn state_of(app: App, w: &Watch) -> Option<String> {
    let l = app.locale.get();
    let quiet = w.raised.is_empty() && w.pending.is_empty();
    if w.judged == 0 {
        return Some(app.say(nothing_known).to_owned());
    }
    if w.unknown.is_empty() {
        return quiet.then(|| app.say(nothing).to_owned());
    }
    let names: Vec<_> = w.unknown.iter().map(|k| words::rule_name(*k)(l)).collect();
    let (judged, all) = (w.judged, w.judged + w.unknown.len());
    let unknown = not_judged(
        l,
        &judged.to_string(),
        &all.to_string(),
        &names.join(list_comma(l)),
    );
    Some(if quiet {
        [app.say(none_violated), &unknown].join(if l == Locale::En { " " } else { "" })
    } else {
        unknown
    })
}

fn list_comma(l: Locale) -> &'static str {
    if l == Locale::En { ", " } else { "、" }
}

/// To the card, the first card of the group, or the chart of the figure that an alert is about.
fn lead(live: Live, alert: &Alert) {
    if let Some(figure) = alert.kind.figure() {
        live.figure.set(figure);
        return platform::lead_to("live-chart");
    }
    let card = alert.cards.first().cloned().or_else(|| {
        let group = alert.groups.first()?;
        live.read(|f| {
            let mut keys = f.cards().map(|(key, _)| key);
            keys.find(|key| key.group() == group).cloned()
        })
    });
    live.focus.set(card);
    platform::lead_to("live-card");
}

/// The rules with their thresholds.
#[component]
fn RuleTable() -> impl IntoView {
    let app = App::here();
    let live = Live::here();
    let problem = RwSignal::new(None::<String>);
    let change = move |kind: RuleKind, f: &dyn Fn(&mut token_factory::live::attention::Rule)| {
        let mut rules = live.rules_now();
        if let Some(rule) = rules.rules.iter_mut().find(|r| r.kind == kind) {
            f(rule);
        }
        let problems = rules.validate();
        if problems.is_empty() {
            problem.set(None);
            live.rules.set(Some(rules));
        } else {
            let fmt = app.fmt_untracked();
            problem.set(
                problems
                    .first()
                    .map(|p| crate::notices::wrong(fmt, &p.wrong)),
            );
        }
    };
    let rows = move || {
        live.rules_now()
            .rules
            .into_iter()
            .map(|r| {
                let (kind, unit) = (r.kind, words::rule_unit(r.kind));
                let name = words::rule_name(kind);
                let shown = r.raise * unit.0;
                view! {
                    <tr>
                        <th scope="row"><label class="check"><input type="checkbox" prop:checked=r.on on:change=move |e| change(kind, &|r| r.on = event_target_checked(&e)) /><span>{app.say(name)}</span></label></th>
                        <td>{app.say(if kind.raised_above() { above } else { below })}</td>
                        <td><span class="field rule-field">
                            <input type="text" inputmode="decimal" aria-label=app.say(name) prop:value=app.fmt().full(shown)
                                on:change=move |e| match parse(&event_target_value(&e), Thousand::Decimal) {
                                    Parsed::Valid(v) => change(kind, &|r| {
                                        // The way back keeps its distance from the threshold.
                                        let back = if r.raise.abs() > 0.0 { r.clear / r.raise } else { 1.0 };
                                        r.raise = v / unit.0;
                                        r.clear = r.raise * back;
                                    }),
                                    _ => problem.set(Some(app.say(not_a_number).to_owned())),
                                } />
                            <span class="unit" aria-hidden="true">{unit.1}</span></span></td>
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
        <div class="table-scroll"><table class="data-table"><tbody>{rows}</tbody></table></div>
        <p class="field-error" role="alert">{move || problem.get()}</p>
        <button type="button" class="btn line" on:click=move |_| { problem.set(None); live.rules.set(None) }>{move || app.say(plan_rules)}</button>
    }
    .into_any()
}

crate::texts! {
    title = "Needs attention", "需要关注";
    open_n(n) = "{n} open", "{n} 项";
    nothing = "All is well by the rules in force.", "按当前规则一切正常。";
    pending_n(n) = "{n} pending", "{n} 项待触发";
    fires_in(age) = "pending, fires in {age}", "待触发，{age}后告警";
    none_violated = "No rule that can be judged is broken.", "可判断的规则均正常。";
    nothing_known = "No rule can be judged: none of their figures is known.", "相关指标均未知，无法判断任何规则。";
    not_judged(judged, all, names) = "{judged} of {all} rules can be judged; not known: {names}.", "{all} 条规则中可判断 {judged} 条；未知：{names}。";
    since(age) = "for {age}", "已持续 {age}";
    show_card = "Show the card", "查看该卡";
    show_group = "Show the super-node", "查看该超节点";
    show_chart = "Show over time", "查看走势";
    edit_rules = "Edit the rules", "编辑规则";
    notify = "Allow notifications", "允许通知";
    rules_explain = "Thresholds follow the plan's targets until you change them. They stay in this page.", "阈值默认取自规划目标，修改后仅在本页有效。";
    above = "above", "高于";
    below = "below", "低于";
    plan_rules = "Back to the plan's thresholds", "恢复规划阈值";
    not_a_number = "Enter a number.", "请输入数字。";
}
