//! Answers are the edge: they give what was asked, and one less (or more) does not.

use super::*;
use crate::scenario::{Currency, ModelChoice, Pool, Role};

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded()
}

fn h100(servers: u32, model: &str) -> Scenario {
    Scenario {
        pools: vec![Pool {
            hardware: "h100-sxm".into(),
            super_nodes: servers,
            cards_each: 8,
            spares_each: 0,
            role: Role::Any,
        }],
        model: ModelChoice::Catalogue(model.into()),
        ..Scenario::default()
    }
}

fn found(solution: &Solution) -> &Answer {
    match solution {
        Solution::Found(a) | Solution::AlreadyMet(a) => a,
        Solution::Impossible { reason, .. } => panic!("{reason:?}"),
    }
}

fn made(scenario: &Scenario) -> f64 {
    let e = evaluate(scenario, catalogue());
    e.requests_per_s * scenario.workload.output_tokens
}

fn with_servers(scenario: &Scenario, n: u32) -> Scenario {
    let mut s = scenario.clone();
    s.pools[0].super_nodes = n;
    s
}

#[test]
fn super_nodes_for_a_rate_are_the_fewest() {
    let scenario = h100(4, "llama-3.1-70b");
    let wanted = 7.3 * made(&scenario);
    let ask = Ask::SuperNodes {
        pool: 0,
        goal: Goal::OutputTokensPerS(wanted),
    };
    let mut solver = Solver::new(&scenario, catalogue(), ask);
    while solver.step().is_none() {}
    assert!(solver.evaluations() <= 8, "{}", solver.evaluations());
    let solution = solver.step().unwrap().clone();
    let answer = found(&solution);
    let n = answer.scenario.pools[0].super_nodes;
    assert_eq!(answer.value, f64::from(n));
    assert!(made(&with_servers(&scenario, n)) >= wanted);
    assert!(made(&with_servers(&scenario, n - 1)) < wanted);
    assert_eq!(answer.changes[0].key, "pods");
    // Asked again of the answer, it stands.
    let again = solve(&answer.scenario, catalogue(), ask);
    assert!(matches!(again, Solution::AlreadyMet(_)));
}

#[test]
fn goals_in_tokens_a_day_and_requests_agree() {
    let scenario = h100(6, "llama-3.1-70b");
    let e = evaluate(&scenario, catalogue());
    for goal in [
        Goal::OutputTokensPerDay(e.tokens_per_day.output),
        Goal::RequestsPerS(e.requests_per_s),
    ] {
        let solution = solve(&scenario, catalogue(), Ask::SuperNodes { pool: 0, goal });
        let n = found(&solution).scenario.pools[0].super_nodes;
        assert!((5..=6).contains(&n), "{goal:?}: {n}");
    }
}

#[test]
fn what_cannot_be_is_said_with_the_reason() {
    let scenario = h100(4, "llama-3.1-70b");
    let reason = |s: &Scenario, ask| match solve(s, catalogue(), ask) {
        Solution::Impossible { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    let nodes = |goal| Ask::SuperNodes { pool: 0, goal };
    assert!(matches!(
        reason(&scenario, nodes(Goal::OutputTokensPerS(1e15))),
        Reason::BeyondLimit { most } if most == 1000.0
    ));
    assert_eq!(
        reason(&scenario, nodes(Goal::RequestsPerS(f64::NAN))),
        Reason::BadAsk
    );
    let elsewhere = Ask::SuperNodes {
        pool: 3,
        goal: Goal::RequestsPerS(1.0),
    };
    assert_eq!(reason(&scenario, elsewhere), Reason::BadAsk);
    let mut fast = scenario.clone();
    fast.targets.tpot_ms = 0.2;
    assert_eq!(
        reason(&fast, nodes(Goal::RequestsPerS(1.0))),
        Reason::MissesTargets
    );
    assert_eq!(reason(&fast, Ask::LongestInput), Reason::MissesTargets);
    let budget = Budget {
        capex: Some(1.0),
        ..Budget::default()
    };
    assert_eq!(
        reason(&scenario, Ask::Budget { pool: 0, budget }),
        Reason::OverBudget
    );
    assert!(matches!(
        reason(&scenario, Ask::LoadForCost { per_million_output: 1e-6 }),
        Reason::CostsMore { least } if least > 1e-6
    ));
}

#[test]
fn cards_in_a_server() {
    let scenario = h100(1, "llama-3.1-70b");
    let goal = Goal::OutputTokensPerS(0.4 * made(&scenario));
    let solution = solve(&scenario, catalogue(), Ask::CardsEach { pool: 0, goal });
    let answer = found(&solution);
    let n = answer.scenario.pools[0].cards_each;
    assert!((2..=7).contains(&n), "{n}");
    assert!(answer.result >= goal.amount());
}

#[test]
fn the_longest_context_fits_and_a_longer_one_does_not() {
    for scenario in [h100(1, "llama-3.1-70b"), Scenario::default()] {
        let solution = solve(&scenario, catalogue(), Ask::LongestContext);
        let answer = found(&solution);
        assert!(answer.evaluation.fits);
        let own = resolve::model(&scenario, catalogue())
            .map(|m| m.architecture.max_context)
            .unwrap_or(0);
        let limit = answer.scenario.targets.context_limit;
        if limit < own {
            let mut longer = answer.scenario.clone();
            longer.targets.context_limit = limit + 2;
            assert!(!evaluate(&longer, catalogue()).fits, "{limit}");
        } else {
            assert_eq!(limit, own);
        }
    }
    let solution = solve(&h100(1, "deepseek-r1"), catalogue(), Ask::LongestContext);
    assert!(matches!(
        solution,
        Solution::Impossible {
            reason: Reason::DoesNotFit,
            ..
        }
    ));
}

#[test]
fn the_longest_prompt_within_the_targets() {
    let scenario = h100(4, "llama-3.1-70b");
    let solution = solve(&scenario, catalogue(), Ask::LongestInput);
    let answer = found(&solution);
    assert!(answer.evaluation.meets_targets);
    let mut longer = answer.scenario.clone();
    longer.workload.input_tokens = (answer.value * 1.02).ceil();
    assert!(!evaluate(&longer, catalogue()).meets_targets);
}

#[test]
fn a_budget_buys_the_most_it_can() {
    let scenario = h100(4, "llama-3.1-70b");
    let e = evaluate(&scenario, catalogue());
    let cost = cost_of(&scenario, catalogue(), &e).unwrap();
    let rate = cost.terms.rate;
    let capex = rate.show(cost.capex, Currency::Cny);
    let per_month = rate.show(cost.per_hour, Currency::Cny) * money::HOURS_PER_MONTH;
    let megawatts = e.power.peak_kw.unwrap() / 1000.0;
    let budgets = [
        Budget {
            capex: Some(3.1 * capex),
            ..Budget::default()
        },
        Budget {
            per_month: Some(3.1 * per_month),
            ..Budget::default()
        },
        Budget {
            megawatts: Some(3.1 * megawatts),
            ..Budget::default()
        },
        Budget {
            capex: Some(9.0 * capex),
            per_month: Some(9.0 * per_month),
            megawatts: Some(3.1 * megawatts),
        },
    ];
    for budget in budgets {
        let solution = solve(&scenario, catalogue(), Ask::Budget { pool: 0, budget });
        let answer = found(&solution);
        let n = answer.scenario.pools[0].super_nodes;
        assert!((11..=13).contains(&n), "{budget:?}: {n}");
        assert!(answer.result > 2.5 * made(&scenario));
        let solver = Solver::new(&scenario, catalogue(), Ask::Budget { pool: 0, budget });
        let spent = |n: u32| {
            let s = with_servers(&scenario, n);
            let e = evaluate(&s, catalogue());
            solver.spent(&s, &e, &budget).unwrap()
        };
        assert!(spent(n) <= 1.0 + 1e-9 && spent(n + 1) > 1.0);
    }
}

#[test]
fn the_load_for_a_cost_is_the_least() {
    let scenario = h100(4, "llama-3.1-70b");
    let e = evaluate(&scenario, catalogue());
    let now = e.cost.per_million.unwrap().output.cny;
    let wanted = 0.9 * now;
    let ask = Ask::LoadForCost {
        per_million_output: wanted,
    };
    let solution = solve(&scenario, catalogue(), ask);
    let answer = found(&solution);
    let cost = |load: f64| {
        let mut s = scenario.clone();
        s.workload.mean_load = load;
        let e = evaluate(&s, catalogue());
        e.cost.per_million.unwrap().output.cny
    };
    assert!(answer.value > scenario.workload.mean_load);
    assert!(cost(answer.value) <= wanted && cost(answer.value - 0.002) > wanted);
    assert!((answer.result / cost(answer.value) - 1.0).abs() < 1e-9);
}

#[test]
fn prices_for_a_margin_give_it() {
    for margin in [0.0, 0.35, 0.8] {
        let solution = solve(
            &Scenario::default(),
            catalogue(),
            Ask::PriceForMargin { margin },
        );
        let answer = found(&solution);
        assert!((answer.value - margin).abs() < 1e-3, "{}", answer.value);
        assert!(answer.value >= margin - 1e-9);
        assert!(answer.scenario.money.prices.output.unwrap() > 0.0);
        assert!(answer.prices.is_some());
    }
    let bad = solve(
        &Scenario::default(),
        catalogue(),
        Ask::PriceForMargin { margin: 1.0 },
    );
    assert!(matches!(
        bad,
        Solution::Impossible {
            reason: Reason::BadAsk,
            ..
        }
    ));
}
