//! "Solve for": the input that gives a wanted result, found by real evaluations between frames.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::planner::solve::{Answer, Reason};
use token_factory::planner::{Ask, Budget, Goal, Solution, Solver};
use token_factory::scenario::number::{Parsed, Thousand, parse};

use super::advice::change_words;
use crate::controls::Select;
use crate::controls::head;
use crate::format::Fmt;
use crate::slices::Slices;
use crate::state::App;
use crate::texts::Text;

/// A question: key, its words, the unit of its number (`None` = no number is asked for).
type Question = (&'static str, Text, Option<Text>);

const QUESTIONS: [Question; 9] = [
    ("nodes-day", ask_nodes_day, Some(unit_tokens_day)),
    ("nodes-rate", ask_nodes_rate, Some(unit_tokens_s)),
    ("nodes-requests", ask_nodes_requests, Some(unit_requests_s)),
    ("context", ask_context, None),
    ("input", ask_input, None),
    ("capex", ask_capex, Some(unit_money)),
    ("power", ask_power, Some(unit_mw)),
    ("load", ask_load, Some(unit_money_million)),
    ("margin", ask_margin, Some(unit_percent)),
];

/// An amount to start from, of the question's own order.
fn example(key: &str) -> &'static str {
    match key {
        "nodes-rate" => "2M",
        "nodes-requests" => "2000",
        "capex" => "500M",
        "power" => "5",
        "load" => "1.5",
        "margin" => "60",
        _ => "200B",
    }
}

fn ask_of(key: &str, amount: f64) -> Ask {
    let nodes = |goal| Ask::SuperNodes { pool: 0, goal };
    let budget = |budget| Ask::Budget { pool: 0, budget };
    match key {
        "nodes-rate" => nodes(Goal::OutputTokensPerS(amount)),
        "nodes-requests" => nodes(Goal::RequestsPerS(amount)),
        "context" => Ask::LongestContext,
        "input" => Ask::LongestInput,
        "capex" => budget(Budget {
            capex: Some(amount),
            ..Budget::default()
        }),
        "power" => budget(Budget {
            megawatts: Some(amount),
            ..Budget::default()
        }),
        "load" => Ask::LoadForCost {
            per_million_output: amount,
        },
        "margin" => Ask::PriceForMargin {
            margin: amount / 100.0,
        },
        _ => nodes(Goal::OutputTokensPerDay(amount)),
    }
}

/// The part with the question, the number and the answer.
#[component]
pub fn SolveFor() -> impl IntoView {
    let app = App::here();
    let key = RwSignal::new("nodes-day".to_owned());
    let typed = RwSignal::new(example("nodes-day").to_owned());
    let answer = RwSignal::new(None::<Solution>);
    let problem = RwSignal::new(None::<Text>);
    let busy = RwSignal::new(false);
    let slices = Slices::new();
    let question = move || {
        let key = key.get();
        QUESTIONS.iter().find(|q| q.0 == key).copied()
    };
    let unit = move || question().and_then(|q| q.2);
    let choices = Signal::derive(move || {
        QUESTIONS
            .iter()
            .map(|q| (q.0.to_owned(), app.say(q.1).to_owned()))
            .collect::<Vec<_>>()
    });
    let solve = move || {
        answer.set(None);
        problem.set(None);
        let needs_number = unit().is_some();
        let amount = match parse(&typed.get_untracked(), Thousand::Decimal) {
            Parsed::Valid(v) if v > 0.0 => v,
            _ if !needs_number => 0.0,
            _ => {
                problem.set(Some(not_positive));
                return;
            }
        };
        let ask = ask_of(&key.get_untracked(), amount);
        let scenario = app.scenario.get_untracked();
        let mut solver = Solver::new(&scenario, Catalogue::embedded(), ask);
        busy.set(true);
        slices.run(0, move || match solver.step() {
            None => true,
            Some(solution) => {
                let solution = solution.clone();
                let words = app.fmt_untracked();
                app.announce(in_words(words, &key.get_untracked(), &solution));
                answer.try_set(Some(solution));
                busy.try_set(false);
                false
            }
        });
    };
    // An answer belongs to the scenario that was asked about.
    Effect::new(move |_| {
        app.scenario.track();
        slices.stop();
        busy.set(false);
        answer.set(None);
    });
    let take = move |_| {
        let next = answer.with_untracked(|a| {
            a.as_ref()
                .and_then(|a| a.answer().map(|a| a.scenario.clone()))
        });
        if let Some(next) = next {
            app.act(|s| *s = next);
        }
    };
    view! {
        <section class="plan-section solve">
            {head(move || app.say(title).to_owned(), String::new)}
            <form class="solve-row" on:submit=move |e| { e.prevent_default(); solve(); }>
                <Select label=Signal::derive(move || app.say(title).to_owned()) choices value=key
                    on_change=Callback::new(move |k: String| { typed.set(example(&k).to_owned()); key.set(k); answer.set(None); problem.set(None); }) />
                {move || unit().map(|u| view! {
                    <span class="field solve-field" class:wrong=move || problem.get().is_some()>
                        <input type="text" inputmode="decimal" autocomplete="off" spellcheck="false"
                            aria-label=move || app.say(amount_label)
                            prop:value=move || typed.get()
                            on:input=move |e| typed.set(event_target_value(&e)) />
                        <span class="unit" aria-hidden="true">{move || unit_words(app, u)}</span>
                    </span>
                })}
                <button type="submit" class="btn line" disabled=move || busy.get()>{move || app.say(if busy.get() { working } else { solve_word })}</button>
            </form>
            <p class="field-error" role="alert">{move || problem.get().map(|p| app.say(p))}</p>
            {move || answer.get().map(|a| view! {
                <div class="solve-answer">
                    <p>{in_words(app.fmt(), &key.get(), &a)}</p>
                    {a.answer().filter(|x| !x.changes.is_empty()).map(|x| view! {
                        <p class="plain">{x.changes.iter().map(|c| change_words(app.fmt(), c)).collect::<Vec<_>>().join(" · ")}</p>
                        <button type="button" class="btn line" on:click=take>{app.say(take_over)}</button>
                    })}
                </div>
            })}
        </section>
    }
    .into_any()
}

/// A unit; amounts of money carry the currency's sign.
fn unit_words(app: App, unit: Text) -> String {
    let word = app.say(unit);
    if word.is_empty() || word.starts_with('/') {
        [app.fmt().currency_symbol(), word].concat()
    } else {
        word.to_owned()
    }
}

/// What an answer says, with its units.
fn answer_in_words(fmt: Fmt, key: &str, a: &Answer) -> String {
    let l = fmt.locale;
    let (nodes, made) = (fmt.count(a.value), fmt.compact(a.result));
    match key {
        "nodes-rate" | "capex" | "power" => nodes_give_rate(l, &nodes, &made),
        "nodes-requests" => nodes_give_requests(l, &nodes, &fmt.number(a.result)),
        "context" => context_fits(l, &nodes, &fmt.number(a.result)),
        "input" => prompt_keeps(l, &nodes, &fmt.number(a.result)),
        "load" => load_costs(l, &fmt.percent(a.value), &fmt.money_value(a.result)),
        "margin" => {
            let price = a.scenario.money.prices.output.unwrap_or(f64::NAN);
            price_gives(l, &fmt.money_value(price), &fmt.percent(a.value))
        }
        _ => nodes_give_day(l, &nodes, &made),
    }
}

/// The solution as a sentence.
fn in_words(fmt: Fmt, key: &str, solution: &Solution) -> String {
    let l = fmt.locale;
    match solution {
        Solution::Found(a) => answer_in_words(fmt, key, a),
        Solution::AlreadyMet(a) => already(l, &answer_in_words(fmt, key, a)),
        Solution::Impossible { reason, best } => {
            let why = match reason {
                Reason::BadAsk => bad_ask(l).to_owned(),
                Reason::DoesNotFit => does_not_fit(l).to_owned(),
                Reason::MissesTargets => misses_targets(l).to_owned(),
                Reason::BeyondLimit { most } => beyond(l, &fmt.count(*most)),
                Reason::OverBudget => over_budget(l).to_owned(),
                Reason::CostsMore { least } => costs_more(l, &fmt.money_value(*least)),
                Reason::RequestLonger { longest } => request_longer(l, &fmt.count(*longest)),
                Reason::MoneyUnknown(_) => money_unknown(l).to_owned(),
                Reason::PowerUnknown => power_unknown(l).to_owned(),
            };
            match best {
                Some(b) => [why, nearest(l, &answer_in_words(fmt, key, b))].join(" "),
                None => why,
            }
        }
    }
}

crate::texts! {
    title = "Solve for", "反推";
    amount_label = "Wanted amount", "期望值";
    solve_word = "Solve", "求解";
    working = "Working…", "求解中……";
    take_over = "Take it over", "采用";
    ask_nodes_day = "Super-nodes for output tokens a day", "日均输出 token 所需的超节点数";
    ask_nodes_rate = "Super-nodes for output tokens/s", "每秒输出 token 所需的超节点数";
    ask_nodes_requests = "Super-nodes for requests/s", "每秒请求数所需的超节点数";
    ask_context = "Longest context that fits", "放得下的最长上下文";
    ask_input = "Longest prompt within the targets", "满足目标的最长提示";
    ask_capex = "Most super-nodes for a purchase budget", "采购预算可买的超节点数";
    ask_power = "Most super-nodes for a power budget", "电力预算可供的超节点数";
    ask_load = "Mean load at which a million output tokens cost", "每百万输出 token 降到某成本所需的平均负载";
    ask_margin = "Prices for a gross margin", "达到某毛利率的价格";
    unit_tokens_day = "a day", "每天";
    unit_tokens_s = "tokens/s", "token/s";
    unit_requests_s = "requests/s", "请求/s";
    unit_money = "", "";
    unit_mw = "MW", "MW";
    unit_money_million = "/M", "/百万";
    unit_percent = "%", "%";
    not_positive = "Enter a number above 0. Examples: 200B, 1.5M, 2e6, 1万.", "请输入大于 0 的数。示例：200B、1.5M、2e6、1万。";
    nodes_give_day(nodes, made) = "Super-nodes needed: {nodes}. They make {made} output tokens a day.", "需要 {nodes} 个超节点，日均输出 {made} token。";
    nodes_give_rate(nodes, made) = "Super-nodes: {nodes}. They make {made} output tokens/s.", "超节点 {nodes} 个，每秒输出 {made} token。";
    nodes_give_requests(nodes, made) = "Super-nodes needed: {nodes}. They serve {made} requests/s.", "需要 {nodes} 个超节点，每秒可服务 {made} 个请求。";
    context_fits(tokens, rate) = "A context of {tokens} tokens fits; {rate} requests/s are then served.", "最长可容纳 {tokens} token 的上下文，此时每秒服务 {rate} 个请求。";
    prompt_keeps(tokens, rate) = "Prompts of {tokens} tokens keep the targets; {rate} requests/s are then served.", "提示最长 {tokens} token 时仍可达标，此时每秒服务 {rate} 个请求。";
    load_costs(load, cost) = "At {load} mean load a million output tokens cost {cost}.", "平均负载 {load} 时，每百万输出 token 成本为 {cost}。";
    price_gives(price, margin) = "{price} per million output tokens, the other prices in proportion, gives a gross margin of {margin}.", "每百万输出 token 定价 {price}（其他价格按比例），毛利率为 {margin}。";
    already(answer) = "The plan does it already. {answer}", "当前方案已满足。{answer}";
    nearest(answer) = "The nearest: {answer}", "最接近的是：{answer}";
    bad_ask = "That cannot be asked: give a number above 0, for a margin below 100 %.", "无法求解：请输入大于 0 的数，毛利率须低于 100%。";
    does_not_fit = "The model does not fit, however many there are.", "无论增加多少，模型都放不下。";
    misses_targets = "The latency targets are missed, however many there are.", "无论增加多少，都达不到时延目标。";
    beyond(most) = "Even {most}, the most that may be entered, are not enough.", "即使达到上限 {most} 也不够。";
    over_budget = "Even the smallest factory breaks the budget.", "最小规模也超出预算。";
    costs_more(least) = "Even at full load a million costs {least}.", "即使满载，每百万成本也有 {least}。";
    request_longer(longest) = "One request alone is longer than the {longest} tokens that fit.", "单个请求已超过可容纳的 {longest} token。";
    money_unknown = "A price or a power figure is unknown; enter it under Money.", "缺少价格或功耗数据，请在“成本”中填写。";
    power_unknown = "The power of the hardware is unknown.", "硬件功耗未知。";
}
