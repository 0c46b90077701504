//! What every input may be: one table for links, files and the controls of the page.
//!
//! Numbers have a hard range (anything outside is refused) and a narrower one for sliders, with
//! the steps a hand would choose.

use super::number::{Thousand, tidy};

/// One input of a scenario.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its key in links.
    pub key: &'static str,
    /// Its place in the scenario file.
    pub path: &'static str,
    /// What it may be.
    pub rule: Rule,
}

/// What an input may be.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// A number.
    Number(Number),
    /// One of some words.
    Words(&'static [&'static str]),
    /// Yes or no ("1", "0").
    Flag,
    /// Free text of so many characters.
    Text(usize),
    /// Id of the catalogue: lower-case letters, digits, "." and "-".
    Id,
    /// Id, or "auto".
    OptionalId,
    /// Id of the catalogue or a custom model's dimensions.
    Model,
    /// Parallel degrees, or "auto".
    Degrees,
    /// Name of a daily load curve, or 24 relative values.
    Curve,
    /// 24 factors, or "none".
    Hours,
    /// Volume tiers, or "none".
    Tiers,
    /// A further pool, or "none".
    Pool,
}

/// The range of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Least value allowed.
    pub min: f64,
    /// Greatest value allowed.
    pub max: f64,
    /// Left end of a slider.
    pub low: f64,
    /// Right end of a slider.
    pub high: f64,
    /// Where a slider snaps to.
    pub steps: Steps,
    /// Whole numbers only.
    pub whole: bool,
    /// May be left open ("auto" in links).
    pub optional: bool,
    /// What it counts.
    pub unit: Unit,
}

/// Where a slider snaps to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Steps {
    /// Multiples of a step; the slider is linear.
    Every(f64),
    /// 1, 1.5, 2, 3, 5, 7 of every decade; the slider is logarithmic.
    Decades,
    /// 1 and 1.5 times the powers of two; the slider is logarithmic.
    Doubling,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things: cards, super-nodes, people, requests.
    Count,
    /// A length in tokens ("4k" is 4,096).
    Tokens,
    /// An amount of tokens ("1T" is 10¹²).
    TokenAmount,
    /// Million tokens a month.
    MillionTokensPerMonth,
    /// Milliseconds.
    Ms,
    /// A percentile, 0..100.
    Percentile,
    /// A share; shown in percent, 1 = 100 %.
    Share,
    /// A plain factor.
    Factor,
    /// Per second.
    PerSecond,
    /// Years.
    Years,
    /// Months.
    Months,
    /// Days.
    Days,
    /// g CO₂ per kWh.
    GramsPerKwh,
    /// CNY per USD.
    CnyPerUsd,
    /// Amount in the scenario's currency, per card.
    MoneyPerCard,
    /// Amount per card and hour.
    MoneyPerCardHour,
    /// Amount per card and year.
    MoneyPerCardYear,
    /// Amount per MW.
    MoneyPerMw,
    /// Amount per kWh.
    MoneyPerKwh,
    /// Amount per person and year.
    MoneyPerYear,
    /// Amount per million tokens.
    MoneyPerMillion,
}

impl Unit {
    /// What "k" and "M" stand for in a field of this unit.
    pub fn thousand(self) -> Thousand {
        if self == Self::Tokens {
            Thousand::Binary
        } else {
            Thousand::Decimal
        }
    }
}

impl Number {
    /// Whether the slider is logarithmic.
    pub fn logarithmic(&self) -> bool {
        !matches!(self.steps, Steps::Every(_))
    }

    /// Whether the value may be used.
    pub fn allows(&self, x: f64) -> bool {
        x.is_finite() && x >= self.min && x <= self.max && (!self.whole || x.fract() == 0.0)
    }

    /// The nearest value allowed; the lower end for what is no number.
    pub fn clamp(&self, x: f64) -> f64 {
        let x = if x.is_nan() { self.min } else { x };
        let x = if self.whole { x.round() } else { x };
        x.clamp(self.min, self.max)
    }

    /// Where on the slider a value lies, 0..1; values beyond its ends lie at them.
    pub fn position(&self, x: f64) -> f64 {
        let x = x.clamp(self.low, self.high);
        let at = if self.logarithmic() {
            (x / self.low).ln() / (self.high / self.low).ln()
        } else {
            (x - self.low) / (self.high - self.low)
        };
        if at.is_finite() {
            at.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// The value at a slider's position 0..1, snapped to a natural step.
    pub fn at(&self, position: f64) -> f64 {
        let p = if position.is_finite() {
            position.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let raw = if self.logarithmic() {
            self.low * (self.high / self.low).powf(p)
        } else {
            self.low + (self.high - self.low) * p
        };
        self.snap(raw).clamp(self.low, self.high)
    }

    /// The natural step nearest to a value.
    pub fn snap(&self, x: f64) -> f64 {
        let snapped = match self.steps {
            Steps::Every(step) => (x / step).round() * step,
            Steps::Decades => nearest_step(x, 10.0, &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0]),
            Steps::Doubling => nearest_step(x, 2.0, &[1.0, 1.5, 2.0]),
        };
        self.clamp(tidy(snapped))
    }

    /// The value one step (or ten, `coarse`) above or below: what an arrow key does.
    pub fn nudge(&self, x: f64, up: bool, coarse: bool) -> f64 {
        let times = if coarse { 10 } else { 1 };
        let mut at = self.clamp(x);
        for _ in 0..times {
            at = self.next(at, up);
        }
        at
    }

    fn next(&self, x: f64, up: bool) -> f64 {
        let Steps::Every(step) = self.steps else {
            // Halfway to the neighbour lies another step at the latest after a few widenings.
            let mut ratio = 1.05_f64;
            for _ in 0..60 {
                let candidate = self.snap(if up { x * ratio } else { x / ratio });
                if (up && candidate > x) || (!up && candidate < x) {
                    return candidate;
                }
                ratio *= 1.05;
            }
            return if up { self.max } else { self.min };
        };
        let moved = if up { x + step } else { x - step };
        self.clamp(tidy(moved))
    }
}

fn nearest_step(x: f64, base: f64, steps: &[f64]) -> f64 {
    if !(x > 0.0 && x.is_finite()) {
        return x;
    }
    let scale = base.powf(x.log(base).floor());
    let within = x / scale;
    let mut best = within;
    let mut gap = f64::INFINITY;
    for &step in steps {
        let distance = (step / within).ln().abs();
        if distance < gap {
            gap = distance;
            best = step;
        }
    }
    best * scale
}

const fn number(min: f64, max: f64, slider: (f64, f64), steps: Steps, unit: Unit) -> Number {
    Number {
        min,
        max,
        low: slider.0,
        high: slider.1,
        steps,
        whole: false,
        optional: false,
        unit,
    }
}

const fn whole(min: f64, max: f64, slider: (f64, f64), steps: Steps, unit: Unit) -> Number {
    Number {
        whole: true,
        ..number(min, max, slider, steps, unit)
    }
}

const fn optional(number: Number) -> Number {
    Number {
        optional: true,
        ..number
    }
}

const fn share(min: f64, max: f64) -> Number {
    number(min, max, (min, max), Steps::Every(0.01), Unit::Share)
}

const fn money(max: f64, slider: (f64, f64), unit: Unit) -> Number {
    optional(number(0.0, max, slider, Steps::Decades, unit))
}

const fn field(key: &'static str, path: &'static str, rule: Rule) -> Field {
    Field { key, path, rule }
}

const fn num(key: &'static str, path: &'static str, number: Number) -> Field {
    field(key, path, Rule::Number(number))
}

/// Words of the number formats, and "auto".
pub const FORMATS: &[&str] = &["auto", "fp4", "int4", "fp8", "int8", "bf16", "fp16"];

/// Number of pools a scenario may have.
pub const MAX_POOLS: usize = 4;

/// Super-nodes in a pool.
pub const SUPER_NODES: Number = whole(1.0, 1000.0, (1.0, 64.0), Steps::Every(1.0), Unit::Count);

/// Cards in a super-node or server.
pub const CARDS_EACH: Number = whole(1.0, 16_384.0, (1.0, 1024.0), Steps::Doubling, Unit::Count);

/// Spares in a super-node; must also stay below the cards in it.
pub const SPARES_EACH: Number = whole(0.0, 1024.0, (0.0, 64.0), Steps::Every(1.0), Unit::Count);

/// Words of a pool's role.
pub const ROLES: &[&str] = &["any", "prefill", "decode"];

/// A parallel degree, in dies.
pub const DEGREE: Number = whole(1.0, 4096.0, (1.0, 512.0), Steps::Doubling, Unit::Count);

/// Dies in one instance at most.
pub const MAX_INSTANCE_DIES: u64 = 65_536;

/// A relative value of a custom load curve; at least one of the 24 must be above 0.
pub const CURVE_VALUE: Number = number(0.0, 1e6, (0.0, 1.0), Steps::Every(0.05), Unit::Factor);

/// A time-of-use factor on the price of electricity.
pub const HOUR_FACTOR: Number = number(0.0, 20.0, (0.0, 3.0), Steps::Every(0.05), Unit::Factor);

/// Volume tiers of a price list at most.
pub const MAX_TIERS: usize = 8;

/// From so many million tokens a month.
pub const TIER_FROM: Number = number(
    0.0,
    1e12,
    (1.0, 1e7),
    Steps::Decades,
    Unit::MillionTokensPerMonth,
);

/// A discount.
pub const DISCOUNT: Number = share(0.0, 0.99);

/// A tier's share of the volume.
pub const TIER_SHARE: Number = share(0.0, 1.0);

/// Every input, in the order of links. `fields::slots` walks a scenario in the same order.
#[rustfmt::skip]
pub static FIELDS: &[Field] = {
    use Steps::{Decades, Doubling, Every};
    &[
        field("name", "name", Rule::Text(80)),
        field("hw", "pools[0].hardware", Rule::Id),
        num("pods", "pools[0].super_nodes", SUPER_NODES),
        num("cards", "pools[0].cards_each", CARDS_EACH),
        num("spares", "pools[0].spares_each", SPARES_EACH),
        field("role", "pools[0].role", Rule::Words(ROLES)),
        field("pool2", "pools[1]", Rule::Pool),
        field("pool3", "pools[2]", Rule::Pool),
        field("pool4", "pools[3]", Rule::Pool),
        field("m", "model", Rule::Model),
        field("w", "precision.weights", Rule::Words(FORMATS)),
        field("x", "precision.experts", Rule::Words(FORMATS)),
        field("kv", "precision.kv", Rule::Words(FORMATS)),
        field("prec", "precision.search", Rule::Words(&["off", "8-bit", "4-bit"])),
        field("engine", "engine", Rule::OptionalId),
        field("task", "workload.task", Rule::Words(&["serving", "training"])),
        num("in", "workload.input_tokens", number(1.0, 1e7, (128.0, 131_072.0), Doubling, Unit::Tokens)),
        num("out", "workload.output_tokens", number(1.0, 1e6, (1.0, 32_768.0), Doubling, Unit::Tokens)),
        num("cv", "workload.length_cv", number(0.0, 3.0, (0.0, 2.0), Every(0.05), Unit::Factor)),
        num("hit", "workload.prefix_hit", share(0.0, 0.99)),
        num("draft", "workload.draft_tokens", whole(0.0, 16.0, (0.0, 7.0), Every(1.0), Unit::Count)),
        num("accept", "workload.acceptance", share(0.0, 1.0)),
        num("balance", "workload.expert_balance", number(0.1, 1.0, (0.3, 1.0), Every(0.01), Unit::Share)),
        num("rps", "workload.requests_per_s", optional(number(1e-4, 1e7, (0.1, 1e4), Decades, Unit::PerSecond))),
        num("load", "workload.mean_load", share(0.01, 1.0)),
        field("curve", "workload.load_curve", Rule::Curve),
        num("train", "workload.training_tokens", number(1e6, 1e16, (1e9, 1e14), Decades, Unit::TokenAmount)),
        num("ttft", "targets.ttft_ms", number(1.0, 3.6e6, (100.0, 60_000.0), Decades, Unit::Ms)),
        num("tpot", "targets.tpot_ms", number(0.1, 60_000.0, (5.0, 200.0), Every(1.0), Unit::Ms)),
        num("pct", "targets.percentile", number(50.0, 99.9, (50.0, 99.0), Every(1.0), Unit::Percentile)),
        num("ctx", "targets.context_limit", whole(0.0, 1e8, (1024.0, 1_048_576.0), Doubling, Unit::Tokens)),
        num("headroom", "targets.headroom", number(0.0, 0.9, (0.0, 0.5), Every(0.01), Unit::Share)),
        field("mode", "layout.mode", Rule::Words(&["auto", "aggregated", "disaggregated"])),
        field("dec", "layout.decode", Rule::Degrees),
        field("pre", "layout.prefill", Rule::Degrees),
        num("batch", "layout.batch", optional(whole(1.0, 1e6, (1.0, 1024.0), Doubling, Unit::Count))),
        num("pshare", "layout.prefill_share", optional(share(0.01, 0.99))),
        field("cur", "money.currency", Rule::Words(&["cny", "usd"])),
        num("fx", "money.cny_per_usd", number(0.5, 50.0, (5.0, 9.0), Every(0.05), Unit::CnyPerUsd)),
        field("region", "money.region", Rule::Id),
        field("tenure", "money.tenure", Rule::Words(&["own", "rent", "mixed"])),
        num("rented", "money.rented_share", share(0.0, 1.0)),
        field("basis", "money.price_basis", Rule::Words(&["hardware", "delivered", "china"])),
        num("card", "money.card_price", money(1e9, (1e3, 1e6), Unit::MoneyPerCard)),
        num("net", "money.network_share", optional(number(0.0, 5.0, (0.0, 0.5), Every(0.01), Unit::Share))),
        num("store", "money.storage_share", optional(number(0.0, 5.0, (0.0, 0.5), Every(0.01), Unit::Share))),
        num("stock", "money.spares_share", number(0.0, 1.0, (0.0, 0.2), Every(0.01), Unit::Share)),
        num("build", "money.building_per_mw", money(1e10, (1e6, 2e8), Unit::MoneyPerMw)),
        num("life", "money.life_years", number(0.5, 30.0, (2.0, 10.0), Every(0.5), Unit::Years)),
        num("blife", "money.building_life_years", number(1.0, 100.0, (10.0, 40.0), Every(1.0), Unit::Years)),
        num("resid", "money.residual_share", number(0.0, 0.95, (0.0, 0.5), Every(0.01), Unit::Share)),
        num("wacc", "money.cost_of_capital", number(0.0, 1.0, (0.0, 0.25), Every(0.005), Unit::Share)),
        num("kwh", "money.electricity_per_kwh", optional(number(0.0, 100.0, (0.0, 2.0), Every(0.01), Unit::MoneyPerKwh))),
        field("tou", "money.electricity_hours", Rule::Hours),
        num("pue", "money.pue", number(1.0, 3.0, (1.0, 2.0), Every(0.01), Unit::Factor)),
        num("co2", "money.grid_g_per_kwh", optional(number(0.0, 2000.0, (0.0, 1000.0), Every(10.0), Unit::GramsPerKwh))),
        num("idle", "money.idle_power_share", share(0.0, 1.0)),
        num("maint", "money.maintenance_share", number(0.0, 1.0, (0.0, 0.2), Every(0.005), Unit::Share)),
        num("staff", "money.staff", optional(number(0.0, 1e5, (0.0, 200.0), Every(1.0), Unit::Count))),
        num("wage", "money.staff_cost", money(1e9, (1e4, 1e6), Unit::MoneyPerYear)),
        num("soft", "money.software_per_card", money(1e8, (10.0, 1e5), Unit::MoneyPerCardYear)),
        field("rental", "money.rental", Rule::Words(&["reserved", "on-demand"])),
        num("rent", "money.rent_per_card_hour", money(1e5, (0.1, 100.0), Unit::MoneyPerCardHour)),
        num("billed", "money.rent_billed_share", optional(share(0.01, 1.0))),
        num("pin", "money.prices.input", money(1e6, (0.01, 100.0), Unit::MoneyPerMillion)),
        num("pcache", "money.prices.cached_input", money(1e6, (0.01, 100.0), Unit::MoneyPerMillion)),
        num("pout", "money.prices.output", money(1e6, (0.01, 200.0), Unit::MoneyPerMillion)),
        num("disc", "money.prices.discount", DISCOUNT),
        field("tiers", "money.prices.tiers", Rule::Tiers),
        num("margin", "money.prices.target_margin", share(0.0, 0.99)),
        num("quote", "money.prices.quote_million_per_month", optional(TIER_FROM)),
        num("days", "money.prices.quote_days", whole(1.0, 730.0, (7.0, 180.0), Every(1.0), Unit::Days)),
        num("months", "money.plan.months", whole(1.0, 360.0, (12.0, 120.0), Every(6.0), Unit::Months)),
        num("ramp", "money.plan.ramp_months", whole(0.0, 120.0, (0.0, 60.0), Every(1.0), Unit::Months)),
        num("start", "money.plan.ramp_start", share(0.0, 1.0)),
        num("lead", "money.plan.lead_months", whole(0.0, 60.0, (0.0, 24.0), Every(1.0), Unit::Months)),
        field("stepwise", "money.plan.stepwise", Rule::Flag),
        num("erosion", "money.plan.price_erosion", number(-1.0, 0.99, (0.0, 0.8), Every(0.01), Unit::Share)),
        num("npv", "money.plan.discount_rate", optional(number(0.0, 1.0, (0.0, 0.3), Every(0.005), Unit::Share))),
        num("kcomp", "local.compute", number(0.02, 50.0, (0.5, 2.0), Every(0.01), Unit::Factor)),
        num("kmem", "local.memory", number(0.02, 50.0, (0.5, 2.0), Every(0.01), Unit::Factor)),
        num("kcomm", "local.communication", number(0.02, 50.0, (0.5, 2.0), Every(0.01), Unit::Factor)),
        num("kover", "local.overhead", number(0.02, 50.0, (0.5, 2.0), Every(0.01), Unit::Factor)),
    ]
};

/// The input with this key in links.
pub fn field_of(key: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|f| f.key == key)
}

/// The range of the number with this key in links; `None` where there is no such number.
pub fn number_of(key: &str) -> Option<Number> {
    match field_of(key)?.rule {
        Rule::Number(number) => Some(number),
        _ => None,
    }
}

/// The range of the number at this place of the scenario file, e.g. "workload.input_tokens".
pub fn number_at(path: &str) -> Option<Number> {
    FIELDS
        .iter()
        .find(|f| f.path == path)
        .and_then(|f| number_of(f.key))
}

/// Spares that a super-node of so many cards has where none are said: a CloudMatrix384 keeps one
/// node of 16; smaller systems none.
pub fn usual_spares(cards_each: u32) -> u32 {
    if cards_each >= 384 { 16 } else { 0 }
}

/// Whether a text has the form of a catalogue id.
pub fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-')
        && text.bytes().any(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> impl Iterator<Item = (&'static str, Number)> {
        FIELDS
            .iter()
            .filter_map(|f| number_of(f.key).map(|n| (f.key, n)))
    }

    #[test]
    fn keys_and_paths_are_unique_and_plain() {
        for (i, f) in FIELDS.iter().enumerate() {
            assert!(
                f.key
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()),
                "{}",
                f.key
            );
            assert!(
                FIELDS[..i]
                    .iter()
                    .all(|g| g.key != f.key && g.path != f.path),
                "{} twice",
                f.key
            );
        }
    }

    #[test]
    fn ranges_are_sound() {
        for (key, n) in numbers() {
            assert!(
                n.min <= n.low && n.low < n.high && n.high <= n.max,
                "{key}: {n:?}"
            );
            assert!(
                !n.logarithmic() || n.low > 0.0,
                "{key}: logarithm from {}",
                n.low
            );
        }
    }

    #[test]
    fn sliders_reach_their_ends_and_give_only_allowed_values() {
        for (key, n) in numbers() {
            for i in 0..=100 {
                let x = n.at(f64::from(i) / 100.0);
                assert!(n.allows(x) && x >= n.low && x <= n.high, "{key}: {x}");
            }
            assert_eq!(n.at(0.0), n.low, "{key}");
            assert_eq!(n.at(1.0), n.high, "{key}");
            assert!(n.position(n.low) == 0.0 && (n.position(n.high) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn arrow_keys_move_by_natural_steps() {
        let n = number_of("in").unwrap();
        assert_eq!(n.nudge(4096.0, true, false), 6144.0);
        assert_eq!(n.nudge(4096.0, false, false), 3072.0);
        let tpot = number_of("tpot").unwrap();
        assert_eq!(tpot.nudge(50.0, true, true), 60.0);
        for (key, n) in numbers() {
            let x = n.at(0.5);
            assert!(n.nudge(x, true, false) > x, "{key} up from {x}");
            assert!(n.nudge(x, false, false) < x, "{key} down from {x}");
            assert_eq!(n.nudge(n.max, true, false), n.max, "{key}");
        }
    }

    #[test]
    fn ids() {
        assert!(is_id("ascend-910c") && is_id("qwen3.5-27b"));
        for bad in ["", "A", "a b", "a/b", "--", "ä", &"a".repeat(65)] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
