//! Decimal text to the nearest double.
//!
//! The standard library's own reader carries a table of powers of ten that does not compress: 12 kB
//! of the page. This one has the same grammar and gives the same number to the last bit (a property
//! test compares them), and is as fast for the numbers that people and servers write.

/// Digits that are looked at; further ones only break ties. No double needs more than 767.
const MOST_DIGITS: usize = 800;

/// Reads a number as `str::parse::<f64>` does; `None` where that fails.
///
/// ```
/// use token_factory::decimal::parse;
/// assert_eq!(parse("-1.5e3"), Some(-1500.0));
/// assert_eq!(parse("1,5"), None);
/// ```
pub fn parse(text: &str) -> Option<f64> {
    let (negative, rest) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let is = |word: &str| rest.eq_ignore_ascii_case(word.as_bytes());
    let size = if is("inf") || is("infinity") {
        f64::INFINITY
    } else if is("nan") {
        f64::NAN
    } else {
        Decimal::read(rest)?.nearest()
    };
    Some(if negative { -size } else { size })
}

/// `digits` × 10^`exponent`, without leading zeros.
struct Decimal {
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    fn read(text: &[u8]) -> Option<Self> {
        let (number, exponent) = match text.iter().position(|b| matches!(b, b'e' | b'E')) {
            Some(at) => (text.get(..at)?, whole(text.get(at + 1..)?)?),
            None => (text, 0),
        };
        let mut out = Self {
            digits: Vec::new(),
            exponent,
        };
        let (mut point, mut any) = (false, false);
        for &byte in number {
            match byte {
                b'.' if !point => point = true,
                b'0'..=b'9' => {
                    any = true;
                    out.push(byte - b'0', point);
                }
                _ => return None,
            }
        }
        any.then_some(out)
    }

    fn push(&mut self, digit: u8, after_point: bool) {
        let shown = !(self.digits.is_empty() && digit == 0);
        if shown && self.digits.len() < MOST_DIGITS {
            self.digits.push(digit);
        } else if shown {
            // Beyond what a double can tell, only that something follows matters.
            if digit != 0
                && let Some(last) = self.digits.last_mut()
            {
                *last |= 1;
            }
            self.exponent = self.exponent.saturating_add(1);
        }
        if after_point {
            self.exponent = self.exponent.saturating_sub(1);
        }
    }

    fn nearest(mut self) -> f64 {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
            self.exponent = self.exponent.saturating_add(1);
        }
        let size = self.exponent.saturating_add(self.digits.len() as i64);
        if self.digits.is_empty() || size < -330 {
            return 0.0;
        }
        if size > 310 {
            return f64::INFINITY;
        }
        // Between the bounds: small enough for an i32.
        let exponent = self.exponent as i32;
        if self.digits.len() <= 19 && exponent.abs() <= 19 {
            let value = self.digits.iter().fold(0, |n, d| n * 10 + u64::from(*d));
            let power = 10_u64.pow(exponent.unsigned_abs());
            return if exponent >= 0 {
                round(u128::from(value) * u128::from(power), 0, false)
            } else {
                let up = value.leading_zeros();
                let over = u128::from(value << up) << 64;
                let power = u128::from(power);
                round(over / power, -64 - up as i32, over % power != 0)
            };
        }
        let (mut over, mut under) = (Big::default(), Big(vec![1]));
        for digit in self.digits {
            over.times_plus(10, u32::from(digit));
        }
        let scaled = if exponent >= 0 { &mut over } else { &mut under };
        for _ in 0..exponent.unsigned_abs() {
            scaled.times_plus(10, 0);
        }
        quotient(over, under)
    }
}

/// A whole number with sign; `None` where it is none. Beyond any exponent it stays at the bound.
fn whole(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits.iter().fold(0_i64, |n, b| {
        (n * 10 + i64::from(b - b'0')).min(1_000_000_000_000)
    });
    Some(if negative { -size } else { size })
}

/// The double nearest to `value` × 2^`exponent`; `more`: the true value is a little above.
fn round(value: u128, exponent: i32, more: bool) -> f64 {
    if value == 0 {
        return 0.0;
    }
    let bits = 128 - value.leading_zeros() as i32;
    // The lowest bit that a double of this size keeps; subnormal ones stop at 2^-1074.
    let drop = (bits - 53).max(-1074 - exponent);
    if drop > 127 {
        return 0.0;
    }
    let kept = if drop > 0 {
        value >> drop
    } else {
        value << -drop
    };
    let rest = if drop > 0 {
        value & ((1 << drop) - 1)
    } else {
        0
    };
    let half = if drop > 0 { 1_u128 << (drop - 1) } else { 1 };
    let up = rest > half || (rest == half && (more || kept & 1 == 1));
    // At most 2^53, which is exact; so is the scaling, in two steps for the smallest.
    let scale = exponent + drop;
    let step = scale / 2;
    (kept + u128::from(up)) as f64 * power_of_two(step) * power_of_two(scale - step)
}

/// 2^`n` for n within ±1022; infinite above.
fn power_of_two(n: i32) -> f64 {
    match n {
        ..=1023 => f64::from_bits(((n + 1023).max(0) as u64) << 52),
        _ => f64::INFINITY,
    }
}

/// A natural number, lowest word first.
#[derive(Clone, Default)]
struct Big(Vec<u32>);

impl Big {
    fn times_plus(&mut self, factor: u32, plus: u32) {
        let mut carry = u64::from(plus);
        for word in &mut self.0 {
            let x = u64::from(*word) * u64::from(factor) + carry;
            *word = x as u32;
            carry = x >> 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn bits(&self) -> i32 {
        self.0.last().map_or(0, |top| {
            self.0.len() as i32 * 32 - top.leading_zeros() as i32
        })
    }

    fn shift(&mut self, by: u32) {
        self.times_plus(1 << (by % 32), 0);
        let zeros = std::iter::repeat_n(0, by as usize / 32);
        self.0.splice(0..0, zeros);
    }

    /// Takes `other` away if it is not larger.
    fn take(&mut self, other: &Self) -> bool {
        let words = |x: &Self, i: usize| x.0.get(i).copied().unwrap_or_default();
        let length = self.0.len().max(other.0.len());
        let less = (0..length)
            .rev()
            .map(|i| words(self, i).cmp(&words(other, i)))
            .find(|order| order.is_ne());
        if less.is_some_and(|order| order.is_lt()) {
            return false;
        }
        let mut borrow = 0;
        for (i, word) in self.0.iter_mut().enumerate() {
            let x = i64::from(*word) - i64::from(words(other, i)) - borrow;
            *word = x as u32;
            borrow = i64::from(x < 0);
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        true
    }
}

/// The double nearest to a quotient: 66 bits of it, one after the other, and whether more follow.
fn quotient(mut over: Big, mut under: Big) -> f64 {
    let ahead = over.bits() - under.bits();
    let up = 66 - ahead;
    if up >= 0 {
        over.shift(up.unsigned_abs());
    } else {
        under.shift(up.unsigned_abs());
    }
    // Now over / under is within 2^65 and 2^67: from the highest bit down.
    under.shift(67);
    let mut value = 0_u128;
    for _ in 0..=67 {
        value = value << 1 | u128::from(over.take(&under));
        over.shift(1);
    }
    round(value, -up, !over.0.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(text: &str) {
        let (got, want) = (parse(text), text.parse::<f64>().ok());
        assert_eq!(got.map(f64::to_bits), want.map(f64::to_bits), "{text}");
    }

    #[test]
    fn corner_cases() {
        for text in [
            "0",
            "-0",
            "00.00",
            "1",
            "1.",
            ".5",
            ".",
            "",
            "-",
            "+",
            "+1",
            "1e",
            "1e+",
            "1e5",
            "1E-5",
            "e5",
            "1.2.3",
            "1e1.5",
            "1_0",
            " 1",
            "inf",
            "-Infinity",
            "NaN",
            "infin",
            "0x10",
            "9007199254740993",
            "9007199254740992.5",
            "9007199254740993.00000000000000000000001",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "4.9e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "1e-400",
            "1e400",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "1e22",
            "1e23",
            "8.5e-19",
            "0.1",
            "0.3",
            "123456789012345678901234567890",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "0e99999999999999999999",
            "6.02214076e23",
            "179769313486231580793728971405301e276",
            "0.000000000000000000000000000001",
        ] {
            same(text);
        }
        same(&format!("1{}", "0".repeat(400)));
        same(&format!("0.{}1", "0".repeat(400)));
        same(&format!("{}.5", "1".repeat(900)));
        // Half way between two doubles, and a little more, behind more digits than are kept.
        same(&format!("9007199254740993{}1e-900", "0".repeat(899)));
        same(&format!("9007199254740993.{}1", "0".repeat(1000)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn every_double_reads_back(bits: u64) {
            let x = f64::from_bits(bits);
            same(&format!("{x:?}"));
            same(&format!("{x:e}"));
            if x.is_finite() {
                same(&format!("{x:.20e}"));
                same(&format!("{:.3}", x % 1e6));
            }
        }

        #[test]
        fn any_number_is_that_of_the_standard_library(
            digits in "[0-9]{1,40}", fraction in "[0-9]{0,40}", exponent in -400..400_i32,
        ) {
            same(&format!("{digits}.{fraction}"));
            same(&format!("{digits}.{fraction}e{exponent}"));
        }

        #[test]
        fn ties_go_to_even(mantissa in (1_u64 << 52)..(1 << 53), shift in 0..60_u32) {
            same(&(u128::from(2 * mantissa + 1) << shift).to_string());
            same(&format!("{}.5", mantissa));
        }

        #[test]
        fn any_text_is_refused_like_there(text in "[-+.eE0-9infa]{0,9}") {
            same(&text);
        }
    }
}
