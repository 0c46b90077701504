//! Number formats: what was asked for, what the silicon really has, what is used.

use crate::evaluation::{Formats, Level, Notice, NoticeCode, NoticeValue};
use crate::model::Machine;
use crate::scenario::{NumberFormat, Precision};

/// Name of a format as links and files write it.
pub fn name(format: NumberFormat) -> &'static str {
    match format {
        NumberFormat::Fp4 => "fp4",
        NumberFormat::Int4 => "int4",
        NumberFormat::Fp8 => "fp8",
        NumberFormat::Int8 => "int8",
        NumberFormat::Bf16 => "bf16",
        NumberFormat::Fp16 => "fp16",
    }
}

/// The format nearest to `asked` that the machine has arithmetic for: the other 8-bit format for an
/// 8-bit one, else 16 bit; 4-bit floats fall back to 4-bit integers, whose maths is 16 bit anyway.
fn nearest(asked: NumberFormat, machine: &Machine) -> NumberFormat {
    if machine.supports(asked) {
        return asked;
    }
    let eight = [NumberFormat::Fp8, NumberFormat::Int8];
    match asked {
        NumberFormat::Fp4 => NumberFormat::Int4,
        NumberFormat::Fp8 | NumberFormat::Int8 => eight
            .into_iter()
            .find(|f| machine.supports(*f))
            .unwrap_or(NumberFormat::Bf16),
        other => other,
    }
}

/// What a model's weights were published in, as far as its catalogue entry says.
struct Native {
    /// Routed experts come in 4 bit.
    experts: Option<NumberFormat>,
}

fn native(published: &str) -> Native {
    let text = published.to_ascii_lowercase();
    // Only formats that the experts are published in from the start; "variants" are other files.
    let four_bit = text.contains("experts") && !text.contains("variant");
    Native {
        experts: match () {
            () if four_bit && text.contains("fp4") => Some(NumberFormat::Fp4),
            () if four_bit && text.contains("int4") => Some(NumberFormat::Int4),
            () => None,
        },
    }
}

/// Formats used on a machine, with a notice for each one that was asked for and cannot be had.
///
/// Where nothing was asked for: weights in the 8-bit format that the machine has arithmetic for
/// (16 bit where it has none), experts likewise or in the 4-bit format they were published in, and
/// the KV cache in 16 bit, as engines do by default.
pub fn choose(
    asked: &Precision,
    machine: &Machine,
    published: Option<&str>,
) -> (Formats, Vec<Notice>) {
    let mut notices = Vec::new();
    let mut settle = |wanted: Option<NumberFormat>, otherwise: NumberFormat| match wanted {
        None => nearest(otherwise, machine),
        Some(wanted) => {
            let used = nearest(wanted, machine);
            if used != wanted {
                notices.push(Notice {
                    level: Level::Warning,
                    code: NoticeCode::FormatNotSupported,
                    values: vec![
                        NoticeValue::Text(name(wanted).into()),
                        NoticeValue::Text(name(used).into()),
                    ],
                });
            }
            used
        }
    };
    let eight = if machine.supports(NumberFormat::Fp8) {
        NumberFormat::Fp8
    } else {
        NumberFormat::Int8
    };
    let weights = settle(asked.weights, eight);
    let experts_default = native(published.unwrap_or_default())
        .experts
        .unwrap_or(weights);
    let experts = settle(asked.experts, experts_default);
    let kv = settle(asked.kv, NumberFormat::Bf16);
    (
        Formats {
            weights,
            experts,
            kv,
        },
        notices,
    )
}
