//! Textbook finance: annuity, net present value, internal rate of return, payback.
//!
//! Formulas as in Brealey, Myers & Allen, *Principles of Corporate Finance*, chapters 2 and 5, with
//! the conventions of spreadsheets: `NPV` discounts its first value by one period, `IRR` starts at
//! period 0.

use serde::Serialize;

/// Yearly payment, in arrears, per unit of price, that returns price and cost of capital over
/// `years` when `residual` (share of the price) comes back at the end:
/// `(1 − R·(1+r)⁻ⁿ) · r / (1 − (1+r)⁻ⁿ)`; at r = 0: `(1 − R) / n`. What a spreadsheet calls
/// `-PMT(rate, years, 1, -residual)`.
pub fn annuity(rate: f64, years: f64, residual: f64) -> f64 {
    if rate.abs() < 1e-9 {
        return (1.0 - residual) / years;
    }
    // expm1/ln_1p keep the digits when the rate is small.
    let discount = (-years * rate.ln_1p()).exp();
    (1.0 - residual * discount) * rate / -(-years * rate.ln_1p()).exp_m1()
}

/// Net present value of payments at periods 0, 1, 2 … at `rate` a period. (A spreadsheet's `NPV`
/// starts at period 1: `=NPV(rate, later…) + first`.)
pub fn npv(rate: f64, flows: &[f64]) -> f64 {
    let factor = 1.0 / (1.0 + rate);
    // Horner's scheme: no powers, least rounding.
    flows
        .iter()
        .rev()
        .fold(0.0, |sum, flow| sum * factor + flow)
}

/// The rate a month that compounds to `rate` a year.
pub fn monthly_rate(rate: f64) -> f64 {
    (rate.ln_1p() / 12.0).exp_m1()
}

/// The rate a year that `rate` a month compounds to.
pub fn yearly_rate(rate: f64) -> f64 {
    (rate.ln_1p() * 12.0).exp_m1()
}

/// Internal rate of return of a series of payments.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Irr {
    /// The one rate at which the net present value is zero.
    One {
        /// Share a period.
        rate: f64,
    },
    /// The payments change sign more than once and several rates make the net present value zero:
    /// the measure says nothing here; use the net present value.
    Many {
        /// The rates found, share a period, rising.
        rates: Vec<f64>,
    },
    /// No rate makes it zero: the money never comes back, or none was put in.
    None,
}

impl Irr {
    /// The rate, where there is exactly one.
    pub fn one(&self) -> Option<f64> {
        match self {
            Self::One { rate } => Some(*rate),
            Self::Many { .. } | Self::None => None,
        }
    }
}

/// Lowest rate a period that is looked at (all but everything is lost), and highest.
const IRR_RANGE: (f64, f64) = (-0.999, 100.0);
/// Steps in ln(1 + rate) over that range; roots closer together than one step count as one.
const IRR_STEPS: usize = 2000;

/// Internal rate of return: every sign change of the net present value over rates from −99.9 % to
/// +10,000 % a period is narrowed down by bisection.
pub fn irr(flows: &[f64]) -> Irr {
    let has_in = flows.iter().any(|f| *f > 0.0);
    let has_out = flows.iter().any(|f| *f < 0.0);
    if !(has_in && has_out) || flows.iter().any(|f| !f.is_finite()) {
        return Irr::None;
    }
    let (low, high) = ((1.0 + IRR_RANGE.0).ln(), (1.0 + IRR_RANGE.1).ln());
    let rate_at = |step: usize| (low + (high - low) * step as f64 / IRR_STEPS as f64).exp_m1();
    let mut rates = Vec::new();
    let mut previous = (rate_at(0), npv(rate_at(0), flows));
    for step in 1..=IRR_STEPS {
        let rate = rate_at(step);
        let value = npv(rate, flows);
        if value == 0.0 {
            rates.push(rate);
        } else if previous.1 != 0.0 && (previous.1 > 0.0) != (value > 0.0) {
            rates.push(bisect(previous, rate, flows));
        }
        previous = (rate, value);
    }
    match rates.as_slice() {
        [] => Irr::None,
        [rate] => Irr::One { rate: *rate },
        _ => Irr::Many { rates },
    }
}

/// The root between `from` (rate and its value) and `to`, to the last bit or so.
fn bisect(from: (f64, f64), to: f64, flows: &[f64]) -> f64 {
    let (mut low, mut high) = (from.0, to);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if (npv(middle, flows) > 0.0) == (from.1 > 0.0) {
            low = middle
        } else {
            high = middle
        }
    }
    0.5 * (low + high)
}

/// The period in which the running sum of payments reaches zero for good, counting from 0, with the
/// fraction of the period by straight line; `None` = never within the series.
pub fn payback(flows: &[f64]) -> Option<f64> {
    let mut sum = 0.0;
    let mut back = None;
    let mut was_in_debt = false;
    for (period, flow) in flows.iter().enumerate() {
        let before = sum;
        sum += flow;
        if sum < 0.0 {
            was_in_debt = true;
            back = None;
        } else if before < 0.0 {
            back = Some(period as f64 - sum / flow);
        }
    }
    if was_in_debt { back } else { Some(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b} ± {tolerance}");
    }

    /// Microsoft's documentation of `NPV`, example 1: 10 %, −10,000 after a year, then 3,000, 4,200
    /// and 6,800 → $1,188.44. Example 2: 8 %, −40,000 now, then 8,000, 9,200, 10,000, 12,000 and
    /// 14,500 → $1,922.06; with a loss of 9,000 in the sixth year → ($3,749.47).
    /// <https://support.microsoft.com/en-us/office/npv-function-8672cb67-2576-4d07-b67b-ac28acf2a568>
    #[test]
    fn npv_gives_the_published_spreadsheet_examples() {
        close(
            npv(0.10, &[0.0, -10_000.0, 3_000.0, 4_200.0, 6_800.0]),
            1_188.44,
            0.005,
        );
        let shop = [-40_000.0, 8_000.0, 9_200.0, 10_000.0, 12_000.0, 14_500.0];
        close(npv(0.08, &shop), 1_922.06, 0.005);
        let mut with_loss = shop.to_vec();
        with_loss.push(-9_000.0);
        close(npv(0.08, &with_loss), -3_749.47, 0.005);
    }

    /// Microsoft's documentation of `IRR`: −70,000, 12,000, 15,000, 18,000, 21,000, 26,000: after
    /// four years −2.1 %, after five 8.7 %, after two −44.4 %.
    /// <https://support.microsoft.com/en-us/office/irr-function-64925eaa-9988-495b-b290-3ad0c163c1bc>
    #[test]
    fn irr_gives_the_published_spreadsheet_examples() {
        let flows = [-70_000.0, 12_000.0, 15_000.0, 18_000.0, 21_000.0, 26_000.0];
        close(irr(&flows[..5]).one().unwrap(), -0.021, 0.0005);
        close(irr(&flows).one().unwrap(), 0.087, 0.0005);
        close(irr(&flows[..3]).one().unwrap(), -0.444, 0.0005);
    }

    /// Microsoft's documentation of `PMT`: 8 %/12 over 10 months on 10,000 → ($1,037.03); 6 %/12
    /// over 18 years to save 50,000 → ($129.08).
    /// <https://support.microsoft.com/en-us/office/pmt-function-0214da64-9a63-4996-bc20-214433fa6441>
    #[test]
    fn annuity_gives_the_published_spreadsheet_examples() {
        close(10_000.0 * annuity(0.08 / 12.0, 10.0, 0.0), 1_037.03, 0.005);
        // Saving 50,000 is the residual's part of the annuity alone.
        let saving = annuity(0.06 / 12.0, 216.0, 0.0) - annuity(0.06 / 12.0, 216.0, 1.0);
        close(50_000.0 * saving, 129.08, 0.005);
    }

    /// Capital recovery factors as printed in engineering-economics tables (A/P, i, n), e.g. Blank &
    /// Tarquin, *Engineering Economy*, compound interest tables: (A/P, 8 %, 5) = 0.25046,
    /// (A/P, 10 %, 4) = 0.31547, (A/P, 8 %, 20) = 0.10185, (A/P, 15 %, 10) = 0.19925.
    #[test]
    fn annuity_gives_the_printed_tables() {
        close(annuity(0.08, 5.0, 0.0), 0.25046, 5e-6);
        close(annuity(0.10, 4.0, 0.0), 0.31547, 5e-6);
        close(annuity(0.08, 20.0, 0.0), 0.10185, 5e-6);
        close(annuity(0.15, 10.0, 0.0), 0.19925, 5e-6);
        close(annuity(0.0, 5.0, 0.2), 0.16, 1e-15);
        // Continuous towards a rate of 0.
        close(annuity(1e-8, 5.0, 0.2), 0.16, 1e-8);
    }

    /// The oil-pump problem of Lorie & Savage (1955): −1,600, 10,000, −10,000 has the rates 25 % and
    /// 400 %.
    #[test]
    fn several_rates_are_reported_as_several() {
        let Irr::Many { rates } = irr(&[-1_600.0, 10_000.0, -10_000.0]) else {
            panic!("two rates expected")
        };
        assert_eq!(rates.len(), 2);
        close(rates[0], 0.25, 1e-9);
        close(rates[1], 4.0, 1e-9);
    }

    #[test]
    fn no_rate_is_reported_as_none() {
        assert_eq!(irr(&[-100.0, -1.0]), Irr::None);
        assert_eq!(irr(&[100.0, 1.0]), Irr::None);
        assert_eq!(irr(&[]), Irr::None);
        // Signs change, but the value never reaches zero (x² − 2x + 1.5 has no real root).
        assert_eq!(irr(&[1.0, -2.0, 1.5]), Irr::None);
    }

    #[test]
    fn payback_counts_the_last_crossing() {
        // Textbook: 100 paid, 40 a year → 2.5 years.
        close(payback(&[-100.0, 40.0, 40.0, 40.0]).unwrap(), 2.5, 1e-12);
        // Paid back, then new debt (an expansion), then paid back again.
        close(
            payback(&[-10.0, 20.0, -30.0, 10.0, 20.0]).unwrap(),
            3.5,
            1e-12,
        );
        assert_eq!(payback(&[-10.0, 1.0]), None);
        assert_eq!(payback(&[5.0, 1.0]), Some(0.0));
    }

    proptest! {
        #[test]
        fn an_annuity_returns_the_price(rate in 0.0f64..0.5, years in 1u32..30, residual in 0.0f64..1.0) {
            let pay = annuity(rate, f64::from(years), residual);
            let mut flows = vec![-1.0];
            flows.extend(std::iter::repeat_n(pay, years as usize));
            if let Some(last) = flows.last_mut() { *last += residual }
            prop_assert!(npv(rate, &flows).abs() < 1e-9);
        }

        #[test]
        fn the_rate_found_makes_the_value_zero(out in 1.0f64..1e9, back in prop::collection::vec(0.01f64..1e9, 1..80)) {
            let mut flows = vec![-out];
            flows.extend(&back);
            // One change of sign: exactly one rate above −100 % (Descartes), if it is in range.
            if let Some(rate) = irr(&flows).one() {
                let scale: f64 = flows.iter().enumerate().map(|(i, f)| f.abs() / (1.0 + rate).powi(i as i32)).sum();
                prop_assert!(npv(rate, &flows).abs() < 1e-9 * scale);
            }
        }

        #[test]
        fn months_compound_to_years(rate in -0.5f64..2.0) {
            prop_assert!((yearly_rate(monthly_rate(rate)) - rate).abs() < 1e-12);
            prop_assert!(((1.0 + monthly_rate(rate)).powi(12) - 1.0 - rate).abs() < 1e-12);
        }
    }
}
