//! One input as text: how a value of each type is written into a link and read back.

use super::limits::{
    CARDS_EACH, CURVE_VALUE, DEGREE, DISCOUNT, FORMATS, HOUR_FACTOR, MAX_INSTANCE_DIES, MAX_TIERS,
    Number, ROLES, Rule, SPARES_EACH, SUPER_NODES, TIER_FROM, TIER_SHARE, is_id, usual_spares,
};
use super::number::{Parsed, parse, shortest};
use super::wrong::{Wrong, excerpt};
use super::{
    Currency, CustomModel, Degrees, LoadCurve, ModeChoice, ModelChoice, NumberFormat, Pool,
    PrecisionSearch, PriceBasis, Rental, Role, Task, Tenure, VolumeTier, model_text,
};

/// Written for a value that is left open.
pub(super) const AUTO: &str = "auto";
/// Written for an empty list, or a pool that is not there.
const NONE: &str = "none";

/// A value that can be written as text, read back, and checked.
pub(super) trait Param {
    /// Its shortest text.
    fn write(&self) -> String;
    /// Takes over a text; on error the value is untouched.
    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong>;
    /// What is wrong with the value itself (it may come from a file).
    fn check(&self, rule: &Rule) -> Result<(), Wrong>;
    /// The value as a number, where it is one.
    fn number(&self) -> Option<f64> {
        None
    }
}

fn range(rule: &Rule) -> Option<&Number> {
    match rule {
        Rule::Number(number) => Some(number),
        _ => None,
    }
}

pub(super) fn check_number(x: f64, range: &Number) -> Result<(), Wrong> {
    let Number { min, max, .. } = *range;
    if !(x.is_finite() && x >= min && x <= max) {
        Err(Wrong::OutOfRange { min, max })
    } else if range.whole && x.fract() != 0.0 {
        Err(Wrong::NotWhole { min, max })
    } else {
        Ok(())
    }
}

pub(super) fn read_number(text: &str, range: &Number) -> Result<f64, Wrong> {
    match parse(text, range.unit.thousand()) {
        Parsed::Valid(x) => check_number(x, range).map(|()| x),
        Parsed::Invalid(reason) => Err(Wrong::NotANumber(reason)),
        Parsed::Missing => Err(Wrong::Empty),
    }
}

impl Param for f64 {
    fn write(&self) -> String {
        shortest(*self)
    }

    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
        let Some(range) = range(rule) else {
            return Ok(());
        };
        *self = read_number(text, range)?;
        Ok(())
    }

    fn check(&self, rule: &Rule) -> Result<(), Wrong> {
        range(rule).map_or(Ok(()), |range| check_number(*self, range))
    }

    fn number(&self) -> Option<f64> {
        Some(*self)
    }
}

impl Param for u32 {
    fn write(&self) -> String {
        shortest(f64::from(*self))
    }

    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
        let mut x = f64::from(*self);
        x.read(text, rule)?;
        *self = x as u32;
        Ok(())
    }

    fn check(&self, rule: &Rule) -> Result<(), Wrong> {
        f64::from(*self).check(rule)
    }

    fn number(&self) -> Option<f64> {
        Some(f64::from(*self))
    }
}

impl<T: Param + Default> Param for Option<T> {
    fn write(&self) -> String {
        self.as_ref().map_or_else(|| AUTO.into(), Param::write)
    }

    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
        *self = if text == AUTO {
            None
        } else {
            let mut value = T::default();
            value.read(text, rule)?;
            Some(value)
        };
        Ok(())
    }

    fn check(&self, rule: &Rule) -> Result<(), Wrong> {
        self.as_ref().map_or(Ok(()), |value| value.check(rule))
    }

    fn number(&self) -> Option<f64> {
        self.as_ref().and_then(Param::number)
    }
}

impl Param for bool {
    fn write(&self) -> String {
        if *self { "1" } else { "0" }.into()
    }

    fn read(&mut self, text: &str, _: &Rule) -> Result<(), Wrong> {
        *self = match text {
            "1" | "yes" | "true" | "on" => true,
            "0" | "no" | "false" | "off" => false,
            _ => return Err(Wrong::NotAWord(&["0", "1"])),
        };
        Ok(())
    }

    fn check(&self, _: &Rule) -> Result<(), Wrong> {
        Ok(())
    }
}

impl Param for String {
    fn write(&self) -> String {
        self.clone()
    }

    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
        let text = text.trim().to_owned();
        text.check(rule)?;
        *self = text;
        Ok(())
    }

    fn check(&self, rule: &Rule) -> Result<(), Wrong> {
        match rule {
            Rule::Text(max) => check_text(self, *max),
            _ if is_id(self) => Ok(()),
            _ => Err(Wrong::NotAnId),
        }
    }
}

/// Names are shown and printed: no control characters, no blanks at the ends.
pub(super) fn check_text(text: &str, max: usize) -> Result<(), Wrong> {
    if text.chars().count() > max {
        return Err(Wrong::TooLong { max });
    }
    if text.chars().any(char::is_control) || text.trim() != text {
        return Err(Wrong::BadForm {
            example: "one line of plain text",
        });
    }
    Ok(())
}

/// Enumerations: their words in links are those of the scenario file.
macro_rules! words {
    ($type:ty { $($word:literal => $variant:path),+ $(,)? }) => {
        impl Param for $type {
            fn write(&self) -> String {
                match self { $($variant => $word,)+ }.into()
            }

            fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
                *self = match text {
                    $($word => $variant,)+
                    _ => return Err(Wrong::NotAWord(match rule {
                        Rule::Words(words) => words,
                        _ => &[$($word),+],
                    })),
                };
                Ok(())
            }

            fn check(&self, _: &Rule) -> Result<(), Wrong> {
                Ok(())
            }
        }
    };
}

words!(Role { "any" => Role::Any, "prefill" => Role::Prefill, "decode" => Role::Decode });
words!(Task { "serving" => Task::Serving, "training" => Task::Training });
words!(PrecisionSearch {
    "off" => PrecisionSearch::Off,
    "8-bit" => PrecisionSearch::EightBit,
    "4-bit" => PrecisionSearch::FourBit,
});
words!(ModeChoice {
    "auto" => ModeChoice::Auto,
    "aggregated" => ModeChoice::Aggregated,
    "disaggregated" => ModeChoice::Disaggregated,
});
words!(Currency { "cny" => Currency::Cny, "usd" => Currency::Usd });
words!(Tenure { "own" => Tenure::Own, "rent" => Tenure::Rent, "mixed" => Tenure::Mixed });
words!(PriceBasis {
    "hardware" => PriceBasis::Hardware,
    "delivered" => PriceBasis::Delivered,
    "china" => PriceBasis::China,
});
words!(Rental { "reserved" => Rental::Reserved, "on-demand" => Rental::OnDemand });

/// A number format, or the best the hardware has.
impl Param for Option<NumberFormat> {
    fn write(&self) -> String {
        match *self {
            None => AUTO,
            Some(NumberFormat::Fp4) => "fp4",
            Some(NumberFormat::Int4) => "int4",
            Some(NumberFormat::Fp8) => "fp8",
            Some(NumberFormat::Int8) => "int8",
            Some(NumberFormat::Bf16) => "bf16",
            Some(NumberFormat::Fp16) => "fp16",
        }
        .into()
    }

    fn read(&mut self, text: &str, _: &Rule) -> Result<(), Wrong> {
        *self = match text {
            AUTO => None,
            "fp4" => Some(NumberFormat::Fp4),
            "int4" => Some(NumberFormat::Int4),
            "fp8" => Some(NumberFormat::Fp8),
            "int8" => Some(NumberFormat::Int8),
            "bf16" => Some(NumberFormat::Bf16),
            "fp16" => Some(NumberFormat::Fp16),
            _ => return Err(Wrong::NotAWord(FORMATS)),
        };
        Ok(())
    }

    fn check(&self, _: &Rule) -> Result<(), Wrong> {
        Ok(())
    }
}

const DEGREES_FORM: &str = "tp8.pp2.dp4.ep32 (degrees of 1 left out), or auto";

impl Param for Option<Degrees> {
    fn write(&self) -> String {
        let Some(Degrees { tp, pp, dp, ep }) = *self else {
            return AUTO.into();
        };
        let parts: Vec<String> = [("tp", tp), ("pp", pp), ("dp", dp), ("ep", ep)]
            .into_iter()
            .filter(|&(_, n)| n != 1)
            .map(|(name, n)| format!("{name}{n}"))
            .collect();
        if parts.is_empty() {
            "tp1".into()
        } else {
            parts.join(".")
        }
    }

    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
        if text == AUTO {
            *self = None;
            return Ok(());
        }
        let bad = Wrong::BadForm {
            example: DEGREES_FORM,
        };
        let mut seen = [None; 4];
        for part in text.split('.') {
            let at = ["tp", "pp", "dp", "ep"]
                .iter()
                .position(|name| part.starts_with(name))
                .ok_or_else(|| bad.clone())?;
            if seen[at].is_some() {
                return Err(bad);
            }
            seen[at] = Some(read_number(&part[2..], &DEGREE)? as u32);
        }
        let [tp, pp, dp, ep] = seen.map(|n| n.unwrap_or(1));
        let value = Some(Degrees { tp, pp, dp, ep });
        value.check(rule)?;
        *self = value;
        Ok(())
    }

    fn check(&self, _: &Rule) -> Result<(), Wrong> {
        let Some(Degrees { tp, pp, dp, ep }) = *self else {
            return Ok(());
        };
        for n in [tp, pp, dp, ep] {
            check_number(f64::from(n), &DEGREE)?;
        }
        let dies = u64::from(tp) * u64::from(pp) * u64::from(dp);
        if dies > MAX_INSTANCE_DIES {
            return Err(Wrong::TooManyDies {
                max: MAX_INSTANCE_DIES,
            });
        }
        Ok(())
    }
}

fn write_list(values: &[f64]) -> String {
    let texts: Vec<String> = values.iter().map(|x| shortest(*x)).collect();
    texts.join(",")
}

fn read_list(text: &str, range: &Number) -> Result<Vec<f64>, Wrong> {
    text.split(',').map(|x| read_number(x, range)).collect()
}

fn check_list(values: &[f64], range: &Number) -> Result<(), Wrong> {
    values.iter().try_for_each(|x| check_number(*x, range))
}

const CURVE_WORDS: &str = "flat, office, consumer, global, or 24 values parted by commas";

impl Param for LoadCurve {
    fn write(&self) -> String {
        match self {
            Self::Flat => "flat".into(),
            Self::Office => "office".into(),
            Self::Consumer => "consumer".into(),
            Self::Global => "global".into(),
            Self::Custom(values) => write_list(values),
        }
    }

    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
        let value = match text {
            "flat" => Self::Flat,
            "office" => Self::Office,
            "consumer" => Self::Consumer,
            "global" => Self::Global,
            _ if text.contains(',') => Self::Custom(read_list(text, &CURVE_VALUE)?),
            _ => {
                return Err(Wrong::BadForm {
                    example: CURVE_WORDS,
                });
            }
        };
        value.check(rule)?;
        *self = value;
        Ok(())
    }

    fn check(&self, _: &Rule) -> Result<(), Wrong> {
        let Self::Custom(values) = self else {
            return Ok(());
        };
        check_list(values, &CURVE_VALUE)?;
        if values.len() != 24 || values.iter().all(|x| *x == 0.0) {
            return Err(Wrong::BadForm {
                example: CURVE_WORDS,
            });
        }
        Ok(())
    }
}

/// Time of use: nothing, or 24 factors.
impl Param for Vec<f64> {
    fn write(&self) -> String {
        if self.is_empty() {
            NONE.into()
        } else {
            write_list(self)
        }
    }

    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
        let value = if text == NONE {
            Self::new()
        } else {
            read_list(text, &HOUR_FACTOR)?
        };
        value.check(rule)?;
        *self = value;
        Ok(())
    }

    fn check(&self, _: &Rule) -> Result<(), Wrong> {
        check_list(self, &HOUR_FACTOR)?;
        if !self.is_empty() && self.len() != 24 {
            return Err(Wrong::BadForm {
                example: "24 factors parted by commas, or none",
            });
        }
        Ok(())
    }
}

const TIERS_FORM: &str =
    "from:discount:share parted by commas, e.g. 100:0.05:0.3,1000:0.1:0.2, or none";

impl Param for Vec<VolumeTier> {
    fn write(&self) -> String {
        if self.is_empty() {
            return NONE.into();
        }
        let tiers: Vec<String> = self
            .iter()
            .map(|tier| {
                let VolumeTier {
                    from_million_per_month,
                    discount,
                    volume_share,
                } = *tier;
                [from_million_per_month, discount, volume_share]
                    .map(shortest)
                    .join(":")
            })
            .collect();
        tiers.join(",")
    }

    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
        let mut value = Self::new();
        if text != NONE {
            for tier in text.split(',') {
                let parts: Vec<&str> = tier.split(':').collect();
                let &[from, discount, share] = parts.as_slice() else {
                    return Err(Wrong::BadForm {
                        example: TIERS_FORM,
                    });
                };
                value.push(VolumeTier {
                    from_million_per_month: read_number(from, &TIER_FROM)?,
                    discount: read_number(discount, &DISCOUNT)?,
                    volume_share: read_number(share, &TIER_SHARE)?,
                });
            }
        }
        value.check(rule)?;
        *self = value;
        Ok(())
    }

    fn check(&self, _: &Rule) -> Result<(), Wrong> {
        if self.len() > MAX_TIERS {
            return Err(Wrong::Count {
                min: 0,
                max: MAX_TIERS,
            });
        }
        for tier in self {
            check_number(tier.from_million_per_month, &TIER_FROM)?;
            check_number(tier.discount, &DISCOUNT)?;
            check_number(tier.volume_share, &TIER_SHARE)?;
        }
        if self.windows(2).any(
            |pair| matches!(pair, [a, b] if a.from_million_per_month >= b.from_million_per_month),
        ) {
            return Err(Wrong::BadForm {
                example: "tiers from small to large",
            });
        }
        Ok(())
    }
}

impl Param for ModelChoice {
    fn write(&self) -> String {
        match self {
            Self::Catalogue(id) => id.clone(),
            Self::Custom(model) => model_text::write(model),
        }
    }

    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
        let value = if model_text::looks_custom(text) {
            Self::Custom(Box::new(model_text::read(text)?))
        } else {
            Self::Catalogue(text.to_owned())
        };
        value.check(rule)?;
        *self = value;
        Ok(())
    }

    fn check(&self, _: &Rule) -> Result<(), Wrong> {
        match self {
            Self::Catalogue(id) if is_id(id) => Ok(()),
            Self::Catalogue(_) => Err(Wrong::NotAnId),
            Self::Custom(model) => {
                let CustomModel { name, architecture } = model.as_ref();
                check_text(name, model_text::LONGEST_NAME)?;
                model_text::check(architecture)
            }
        }
    }
}

const POOL_FORM: &str =
    "h20:2x8 (id:super-nodes x cards), h20:2x8-1:decode (1 spare, role), or none";

/// A further pool: "id:2x8-1:decode".
impl Param for Option<Pool> {
    fn write(&self) -> String {
        let Some(Pool {
            hardware,
            super_nodes,
            cards_each,
            spares_each,
            role,
        }) = self
        else {
            return NONE.into();
        };
        let mut out = format!("{hardware}:{super_nodes}x{cards_each}");
        if *spares_each != usual_spares(*cards_each) {
            out.push_str(&format!("-{spares_each}"));
        }
        if *role != Role::Any {
            out.push(':');
            out.push_str(&role.write());
        }
        out
    }

    fn read(&mut self, text: &str, rule: &Rule) -> Result<(), Wrong> {
        if text == NONE {
            *self = None;
            return Ok(());
        }
        let bad = || Wrong::BadForm { example: POOL_FORM };
        let mut parts = text.split(':');
        let hardware = parts.next().unwrap_or_default().to_owned();
        let shape = parts.next().ok_or_else(bad)?;
        let mut role = Role::Any;
        if let Some(word) = parts.next() {
            role.read(word, &Rule::Words(ROLES))?;
        }
        let (super_nodes, cards) = shape.split_once('x').ok_or_else(bad)?;
        let (cards, spares) = match cards.split_once('-') {
            Some((cards, spares)) => (cards, Some(spares)),
            None => (cards, None),
        };
        if parts.next().is_some() {
            return Err(bad());
        }
        let cards_each = read_number(cards, &CARDS_EACH)? as u32;
        let value = Some(Pool {
            hardware,
            super_nodes: read_number(super_nodes, &SUPER_NODES)? as u32,
            cards_each,
            spares_each: match spares {
                Some(text) => read_number(text, &SPARES_EACH)? as u32,
                None => usual_spares(cards_each),
            },
            role,
        });
        value.check(rule)?;
        *self = value;
        Ok(())
    }

    fn check(&self, _: &Rule) -> Result<(), Wrong> {
        let Some(pool) = self else { return Ok(()) };
        if !is_id(&pool.hardware) {
            return Err(Wrong::BadPart {
                part: excerpt(&pool.hardware),
                allowed: Wrong::NotAnId.to_string(),
            });
        }
        check_number(f64::from(pool.super_nodes), &SUPER_NODES)?;
        check_number(f64::from(pool.cards_each), &CARDS_EACH)?;
        check_number(f64::from(pool.spares_each), &SPARES_EACH)?;
        if pool.spares_each >= pool.cards_each {
            return Err(Wrong::SparesNotBelowCards {
                cards: pool.cards_each,
            });
        }
        Ok(())
    }
}
