//! The rules: what they look at, when they raise, and their form as a file.

use serde::{Deserialize, Serialize};

use crate::evaluation::Evaluation;
use crate::scenario::Scenario;
use crate::scenario::wrong::{Problem, Wrong};

/// Longest text of rules that is read, bytes.
pub(super) const LONGEST: usize = 100_000;

/// Names every rule once: variant, stable id, unit, allowed range, docstring.
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $above:literal, $min:literal, $max:literal;)+) => {
        /// What a rule looks at; its thresholds are in the unit named here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum RuleKind { $($(#[$doc])* $name,)+ }

        impl RuleKind {
            /// All of them.
            pub const ALL: &'static [RuleKind] = &[$(RuleKind::$name,)+];

            /// Stable id, as in rule files.
            pub fn id(self) -> &'static str {
                match self { $(RuleKind::$name => $id,)+ }
            }

            /// Raised by values above the threshold; the others by values below.
            pub fn raised_above(self) -> bool {
                match self { $(RuleKind::$name => $above,)+ }
            }

            /// Least and greatest threshold allowed.
            pub fn range(self) -> (f64, f64) {
                match self { $(RuleKind::$name => ($min, $max),)+ }
            }
        }
    };
}

rules! {
    /// KV cache in use on the fullest engine, share 0..1.
    KvCache = "kv-cache", true, 0.0, 1.0;
    /// Requests waiting grow: more of them per minute.
    WaitingGrows = "waiting-grows", true, 0.0, 1e7;
    /// 95th percentile of time to first token, ms.
    Ttft = "ttft", true, 1.0, 3.6e6;
    /// 95th percentile of time per output token, ms.
    Tpot = "tpot", true, 0.1, 60_000.0;
    /// Failed requests over all, share 0..1.
    Failures = "failures", true, 0.0, 1.0;
    /// Requests pushed out of running batches per second.
    Preemptions = "preemptions", true, 0.0, 1e6;
    /// Energy at the meter per output token, J.
    EnergyPerToken = "energy-per-token", true, 1e-6, 1e6;
    /// Cost per million output tokens, in the plan's currency.
    CostPerMillion = "cost-per-million", true, 1e-6, 1e9;
    /// Power at the meter, kW.
    Power = "power", true, 1e-3, 1e7;
    /// Share of draft tokens accepted, 0..1.
    Acceptance = "acceptance", false, 0.0, 1.0;
    /// Cards that say they are not well.
    UnhealthyCards = "unhealthy-cards", true, 0.0, 1e6;
    /// Cards that do not report any more.
    SilentCards = "silent-cards", true, 0.0, 1e6;
    /// Temperature of the hottest card, °C.
    HotCards = "hot-cards", true, 20.0, 150.0;
    /// Clock of the slowest super-node over that of the fastest, share 0..1.
    Throttled = "throttled", false, 0.0, 1.0;
}

/// How grave an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Notice,
    /// Someone should look at it.
    Warning,
    /// Users suffer, or soon will.
    Critical,
}

/// When to raise an alert.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it looks at.
    pub kind: RuleKind,
    /// In use.
    pub on: bool,
    /// How grave.
    pub severity: Severity,
    /// Raised beyond this, in the kind's unit.
    pub raise: f64,
    /// Cleared behind this; on the good side of `raise`, or equal.
    pub clear: f64,
    /// Only after so many seconds beyond.
    pub for_s: f64,
}

/// All rules, one for each kind at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The rules.
    pub rules: Vec<Rule>,
}

/// Longest time that a rule may wait, seconds.
pub const LONGEST_FOR_S: f64 = 86_400.0;

/// Why a text holds no rules.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RulesError {
    /// Too long.
    #[error("longer than {max} bytes: no list of alert rules")]
    TooLong {
        /// Bytes allowed.
        max: usize,
    },
    /// No JSON, or a field has the wrong name or type.
    #[error("no alert rules at line {line}, column {column}: {message}")]
    NotRules {
        /// Line of the mistake.
        line: usize,
        /// Column of the mistake.
        column: usize,
        /// What the reader says.
        message: String,
    },
    /// Values that are not allowed.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Values(Vec<Problem>),
}

impl Rules {
    /// Rules with the plan's targets as thresholds; without a plan those that need none.
    pub fn of_plan(plan: Option<(&Scenario, &Evaluation)>) -> Self {
        use RuleKind::*;
        use Severity::*;
        let rule = |kind, severity, raise: f64, clear: f64, for_s: f64| Rule {
            kind,
            on: true,
            severity,
            raise,
            clear,
            for_s,
        };
        let mut rules = vec![
            rule(KvCache, Critical, 0.95, 0.90, 60.0),
            rule(WaitingGrows, Warning, 10.0, 0.0, 120.0),
            rule(Failures, Warning, 0.01, 0.005, 120.0),
            rule(Preemptions, Warning, 0.1, 0.02, 300.0),
            rule(UnhealthyCards, Critical, 0.0, 0.0, 0.0),
            rule(SilentCards, Critical, 0.0, 0.0, 0.0),
            rule(HotCards, Warning, 85.0, 80.0, 120.0),
            rule(Throttled, Warning, 0.95, 0.97, 60.0),
        ];
        let (ttft, tpot) = plan.map_or((2000.0, 50.0), |(s, _)| {
            (s.targets.ttft_ms, s.targets.tpot_ms)
        });
        rules.push(rule(Ttft, Critical, ttft, 0.9 * ttft, 120.0));
        rules.push(rule(Tpot, Critical, tpot, 0.95 * tpot, 120.0));
        let Some((scenario, evaluation)) = plan else {
            return Self { rules }.in_range();
        };
        // Where the plan has a band, a value inside it is no surprise.
        let beyond = |value: f64, low: f64, high: f64| {
            if high > value && low > 0.0 {
                high
            } else {
                1.15 * value
            }
        };
        let energy = evaluation.bands.kwh_per_million_output;
        if let Some(kwh) = evaluation.power.kwh_per_million_output {
            let joules = 3.6 * beyond(kwh, energy.low, energy.high);
            rules.push(rule(EnergyPerToken, Warning, joules, 0.95 * joules, 600.0));
        }
        if let Some(cost) = evaluation.cost.per_million {
            let band = evaluation.bands.cost_per_million_output_usd;
            let usd = cost.output.usd;
            let by = beyond(usd, band.low, band.high) / usd.max(1e-12);
            let blended = match scenario.money.currency {
                crate::scenario::Currency::Cny => cost.blended_output.cny,
                crate::scenario::Currency::Usd => cost.blended_output.usd,
            };
            let limit = blended * by;
            rules.push(rule(CostPerMillion, Notice, limit, 0.95 * limit, 600.0));
        }
        if let Some(kw) = evaluation.power.peak_kw {
            rules.push(rule(Power, Warning, 1.05 * kw, kw, 60.0));
        }
        let workload = &scenario.workload;
        if workload.draft_tokens > 0 && workload.acceptance > 0.0 {
            let a = workload.acceptance;
            rules.push(rule(Acceptance, Notice, 0.85 * a, 0.92 * a, 600.0));
        }
        Self { rules }.in_range()
    }

    /// Extreme plans bring thresholds beyond what is allowed: the nearest allowed stands then.
    fn in_range(mut self) -> Self {
        for rule in &mut self.rules {
            let (min, max) = rule.kind.range();
            rule.raise = rule.raise.clamp(min, max);
            rule.clear = rule.clear.clamp(min, max);
        }
        self
    }

    /// Reads rules from JSON and checks them.
    pub fn read(text: &str) -> Result<Self, RulesError> {
        if text.len() > LONGEST {
            return Err(RulesError::TooLong { max: LONGEST });
        }
        let rules: Self = serde_json::from_str(text).map_err(|error| RulesError::NotRules {
            line: error.line(),
            column: error.column(),
            message: error.to_string(),
        })?;
        let problems = rules.validate();
        if problems.is_empty() {
            Ok(rules)
        } else {
            Err(RulesError::Values(problems))
        }
    }

    /// The rules as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The rule of a kind.
    pub fn get(&self, kind: RuleKind) -> Option<&Rule> {
        self.rules.iter().find(|r| r.kind == kind)
    }

    /// Everything that is not allowed; empty = they may be used.
    pub fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen: Vec<RuleKind> = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            if seen.contains(&rule.kind) {
                problems.push(Problem {
                    path: format!("rules[{index}].kind"),
                    given: rule.kind.id().into(),
                    wrong: Wrong::Duplicate,
                });
            }
            seen.push(rule.kind);
            let mut check = |field: &str, value: f64, min: f64, max: f64| {
                if !(min..=max).contains(&value) {
                    problems.push(Problem {
                        path: format!("rules[{index}].{field}"),
                        given: value.to_string(),
                        wrong: Wrong::OutOfRange { min, max },
                    });
                }
            };
            let (min, max) = rule.kind.range();
            check("raise", rule.raise, min, max);
            check("for_s", rule.for_s, 0.0, LONGEST_FOR_S);
            if rule.kind.raised_above() {
                check("clear", rule.clear, min, rule.raise.clamp(min, max));
            } else {
                check("clear", rule.clear, rule.raise.clamp(min, max), max);
            }
        }
        problems
    }
}
