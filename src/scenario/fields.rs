//! Every input of a scenario by its key: read, set, compare, check.
//!
//! One walk over the structs, taken apart field by field, serves links, files, sweeps and
//! sensitivities; a new field does not compile until it has its place here.

use super::limits::{FIELDS, Field, Rule, field_of, usual_spares};
use super::param::Param;
use super::wrong::{Problem, Wrong, excerpt};
use super::{
    BusinessPlan, Layout, LocalCalibration, Money, Pool, Precision, PriceList, Scenario, Targets,
    Workload,
};

/// A scenario with its pools in fixed places.
pub(super) struct Draft {
    scenario: Scenario,
    first: Pool,
    further: [Option<Pool>; 3],
}

/// One input of a draft.
pub(super) struct Slot<'a> {
    pub(super) field: &'static Field,
    pub(super) param: &'a mut dyn Param,
}

impl Draft {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let mut scenario = scenario.clone();
        let mut pools = std::mem::take(&mut scenario.pools).into_iter();
        Self {
            first: pools.next().unwrap_or_default(),
            further: [pools.next(), pools.next(), pools.next()],
            scenario,
        }
    }

    pub(super) fn scenario(self) -> Scenario {
        let Self {
            mut scenario,
            first,
            further,
        } = self;
        scenario.pools = std::iter::once(first)
            .chain(further.into_iter().flatten())
            .collect();
        scenario
    }

    /// Every input, in the order of [`FIELDS`].
    pub(super) fn slots(&mut self) -> impl Iterator<Item = Slot<'_>> {
        FIELDS
            .iter()
            .zip(self.params())
            .map(|(field, param)| Slot { field, param })
    }

    fn params(&mut self) -> Vec<&mut dyn Param> {
        let Self {
            scenario,
            first,
            further: [second, third, fourth],
        } = self;
        let Scenario {
            name,
            pools: _, // in `first` and `further`
            model,
            precision,
            engine,
            workload,
            targets,
            layout,
            money,
            local,
        } = scenario;
        let Pool {
            hardware,
            super_nodes,
            cards_each,
            spares_each,
            role,
        } = first;
        let Precision {
            weights,
            experts,
            kv,
            search,
        } = precision;
        let mut out: Vec<&mut dyn Param> = vec![
            name,
            hardware,
            super_nodes,
            cards_each,
            spares_each,
            role,
            second,
            third,
            fourth,
            model,
            weights,
            experts,
            kv,
            search,
            engine,
        ];
        out.extend(workload_params(workload));
        out.extend(target_params(targets));
        out.extend(layout_params(layout));
        out.extend(money_params(money));
        let LocalCalibration {
            compute,
            memory,
            communication,
            overhead,
        } = local;
        out.extend([compute as &mut dyn Param, memory, communication, overhead]);
        out
    }

    /// Sets one input and what follows from it: the usual spares where the cards change.
    pub(super) fn set(&mut self, key: &str, text: &str) -> Result<(), Wrong> {
        let spares = self.first.spares_each;
        let slot = self
            .slots()
            .find(|slot| slot.field.key == key)
            .ok_or(Wrong::UnknownKey { did_you_mean: None })?;
        slot.param.read(text, &slot.field.rule)?;
        match key {
            "cards" => self.first.spares_each = usual_spares(self.first.cards_each),
            "spares" if self.first.spares_each >= self.first.cards_each => {
                self.first.spares_each = spares;
                return Err(Wrong::SparesNotBelowCards {
                    cards: self.first.cards_each,
                });
            }
            _ => {}
        }
        Ok(())
    }

    /// The texts of all inputs, in the order of [`FIELDS`].
    pub(super) fn texts(&mut self) -> Vec<String> {
        self.slots().map(|slot| slot.param.write()).collect()
    }

    /// The text of one input.
    pub(super) fn text(&mut self, key: &str) -> String {
        self.slots()
            .find(|slot| slot.field.key == key)
            .map(|slot| slot.param.write())
            .unwrap_or_default()
    }
}

fn workload_params(workload: &mut Workload) -> [&mut dyn Param; 12] {
    let Workload {
        task,
        input_tokens,
        output_tokens,
        length_cv,
        prefix_hit,
        draft_tokens,
        acceptance,
        expert_balance,
        requests_per_s,
        mean_load,
        load_curve,
        training_tokens,
    } = workload;
    [
        task,
        input_tokens,
        output_tokens,
        length_cv,
        prefix_hit,
        draft_tokens,
        acceptance,
        expert_balance,
        requests_per_s,
        mean_load,
        load_curve,
        training_tokens,
    ]
}

fn target_params(targets: &mut Targets) -> [&mut dyn Param; 5] {
    let Targets {
        ttft_ms,
        tpot_ms,
        percentile,
        context_limit,
        headroom,
    } = targets;
    [ttft_ms, tpot_ms, percentile, context_limit, headroom]
}

fn layout_params(layout: &mut Layout) -> [&mut dyn Param; 5] {
    let Layout {
        mode,
        decode,
        prefill,
        batch,
        prefill_share,
    } = layout;
    [mode, decode, prefill, batch, prefill_share]
}

fn money_params(money: &mut Money) -> Vec<&mut dyn Param> {
    let Money {
        currency,
        cny_per_usd,
        region,
        tenure,
        rented_share,
        price_basis,
        card_price,
        network_share,
        storage_share,
        spares_share,
        building_per_mw,
        life_years,
        building_life_years,
        residual_share,
        cost_of_capital,
        electricity_per_kwh,
        electricity_hours,
        pue,
        grid_g_per_kwh,
        idle_power_share,
        maintenance_share,
        staff,
        staff_cost,
        software_per_card,
        rental,
        rent_per_card_hour,
        rent_billed_share,
        prices,
        plan,
    } = money;
    let PriceList {
        input,
        cached_input,
        output,
        discount,
        tiers,
        target_margin,
        quote_million_per_month,
        quote_days,
    } = prices;
    let BusinessPlan {
        months,
        ramp_months,
        ramp_start,
        lead_months,
        stepwise,
        price_erosion,
        discount_rate,
    } = plan;
    vec![
        currency,
        cny_per_usd,
        region,
        tenure,
        rented_share,
        price_basis,
        card_price,
        network_share,
        storage_share,
        spares_share,
        building_per_mw,
        life_years,
        building_life_years,
        residual_share,
        cost_of_capital,
        electricity_per_kwh,
        electricity_hours,
        pue,
        grid_g_per_kwh,
        idle_power_share,
        maintenance_share,
        staff,
        staff_cost,
        software_per_card,
        rental,
        rent_per_card_hour,
        rent_billed_share,
        input,
        cached_input,
        output,
        discount,
        tiers,
        target_margin,
        quote_million_per_month,
        quote_days,
        months,
        ramp_months,
        ramp_start,
        lead_months,
        stepwise,
        price_erosion,
        discount_rate,
    ]
}

/// The number with this key; `None` where it is left open or there is no such number.
pub fn number(scenario: &Scenario, key: &str) -> Option<f64> {
    let mut draft = Draft::of(scenario);
    draft
        .slots()
        .find(|slot| slot.field.key == key)
        .and_then(|slot| slot.param.number())
}

/// The text of the input with this key, as links write it; `None` where there is no such input.
pub fn text(scenario: &Scenario, key: &str) -> Option<String> {
    field_of(key)?;
    Some(Draft::of(scenario).text(key))
}

/// The scenario with one input changed, as a link would: for sweeps, sensitivities and advice.
///
/// ```
/// use token_factory::scenario::{Scenario, fields};
/// let s = fields::with(&Scenario::default(), "tpot", "20").unwrap();
/// assert_eq!(s.targets.tpot_ms, 20.0);
/// assert!(fields::with(&s, "tpot", "-1").is_err());
/// ```
pub fn with(scenario: &Scenario, key: &str, value: &str) -> Result<Scenario, Wrong> {
    let mut draft = Draft::of(scenario);
    draft.set(key, value)?;
    Ok(draft.scenario())
}

/// The scenario with one number changed to the nearest value allowed; `None` where there is no
/// such number.
pub fn with_number(scenario: &Scenario, key: &str, value: f64) -> Option<Scenario> {
    let allowed = super::limits::number_of(key)?.clamp(value);
    with(scenario, key, &super::number::shortest(allowed)).ok()
}

/// Keys whose values differ between two scenarios, in the order of links.
pub fn differences(a: &Scenario, b: &Scenario) -> Vec<&'static str> {
    let (mut a, mut b) = (Draft::of(a), Draft::of(b));
    a.slots()
        .zip(b.slots())
        .filter(|(x, y)| x.param.write() != y.param.write())
        .map(|(x, _)| x.field.key)
        .collect()
}

/// Everything in a scenario that is not allowed; empty = it may be evaluated.
pub fn validate(scenario: &Scenario) -> Vec<Problem> {
    let mut problems = Vec::new();
    let pools = scenario.pools.len();
    if pools == 0 || pools > super::limits::MAX_POOLS {
        problems.push(Problem {
            path: "pools".into(),
            given: pools.to_string(),
            wrong: Wrong::Count {
                min: 1,
                max: super::limits::MAX_POOLS,
            },
        });
    }
    let mut draft = Draft::of(scenario);
    for slot in draft.slots() {
        if let Err(wrong) = slot.param.check(&slot.field.rule) {
            problems.push(Problem {
                path: slot.field.path.into(),
                given: excerpt(&slot.param.write()),
                wrong,
            });
        }
    }
    let Pool {
        cards_each,
        spares_each,
        ..
    } = draft.first;
    if spares_each >= cards_each {
        problems.push(Problem {
            path: "pools[0].spares_each".into(),
            given: spares_each.to_string(),
            wrong: Wrong::SparesNotBelowCards { cards: cards_each },
        });
    }
    problems
}

/// Keys that hold a number: what can be swept.
pub fn numeric_keys() -> impl Iterator<Item = &'static str> {
    FIELDS
        .iter()
        .filter(|f| matches!(f.rule, Rule::Number(_)))
        .map(|f| f.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadCurve, ModelChoice};

    #[test]
    fn table_and_walk_agree() {
        // A key that stands at the wrong place would set another field than its path names.
        let mut draft = Draft::of(&Scenario::default());
        assert_eq!(draft.params().len(), FIELDS.len());
        for field in FIELDS {
            let Rule::Number(number) = field.rule else {
                continue;
            };
            let odd = if field.key == "spares" {
                7.0 // must stay below the cards of the default pool
            } else if number.whole {
                number.max - 1.0
            } else {
                number.min + (number.max - number.min) * 0.75
            };
            let Some(changed) = with_number(&Scenario::default(), field.key, odd) else {
                panic!("{}", field.key);
            };
            let json = serde_json::to_value(&changed).unwrap();
            let pointer = format!("/{}", field.path.replace("[0]", "/0").replace('.', "/"));
            let stored = json.pointer(&pointer).and_then(serde_json::Value::as_f64);
            assert_eq!(stored, Some(odd), "{} at {pointer}", field.key);
        }
    }

    #[test]
    fn words_and_ids_stand_at_their_paths() {
        for (key, value) in [
            ("hw", "h20"),
            ("role", "decode"),
            ("w", "int8"),
            ("x", "fp8"),
            ("kv", "bf16"),
            ("prec", "4-bit"),
            ("engine", "vllm"),
            ("task", "training"),
            ("curve", "office"),
            ("mode", "aggregated"),
            ("cur", "usd"),
            ("region", "us"),
            ("tenure", "mixed"),
            ("basis", "china"),
            ("rental", "on-demand"),
            ("name", "A"),
        ] {
            let changed = with(&Scenario::default(), key, value).unwrap();
            let path = field_of(key).unwrap().path;
            let pointer = format!("/{}", path.replace("[0]", "/0").replace('.', "/"));
            let json = serde_json::to_value(&changed).unwrap();
            assert_eq!(
                json.pointer(&pointer).and_then(|v| v.as_str()),
                Some(value),
                "{key}"
            );
            assert_eq!(text(&changed, key).as_deref(), Some(value));
        }
    }

    #[test]
    fn the_default_is_valid_and_within_every_slider() {
        assert_eq!(validate(&Scenario::default()), []);
        for key in numeric_keys() {
            let range = crate::scenario::limits::number_of(key).unwrap();
            if let Some(x) = number(&Scenario::default(), key) {
                assert!(range.allows(x), "{key}");
                assert!(
                    (range.low..=range.high).contains(&x) || key == "ctx",
                    "{key}: {x} lies outside its slider"
                );
            }
        }
    }

    #[test]
    fn what_a_file_may_hold_wrong_is_named() {
        let mut s = Scenario::default();
        s.workload.input_tokens = f64::NAN;
        s.workload.load_curve = LoadCurve::Custom(vec![1.0; 23]);
        s.pools[0].spares_each = 384;
        s.model = ModelChoice::Catalogue("DeepSeek R1".into());
        let paths: Vec<String> = validate(&s).into_iter().map(|p| p.path).collect();
        assert_eq!(
            paths,
            [
                "model",
                "workload.input_tokens",
                "workload.load_curve",
                "pools[0].spares_each"
            ]
        );
        s.pools.clear();
        assert_eq!(validate(&s)[0].path, "pools");
    }

    #[test]
    fn differences_name_the_keys() {
        let a = Scenario::default();
        let b = with(&with(&a, "tpot", "15").unwrap(), "hw", "h20").unwrap();
        assert_eq!(differences(&a, &b), ["hw", "tpot"]);
    }
}
