//! Market prices of a model from the catalogue: dated offers, and their spread by token kind.
//!
//! Each offer keeps the currency it is listed in; yuan are converted at the scenario's rate only for
//! comparison. A price that is not listed is unknown, never 0.

use serde::Serialize;

use super::{Cny, ExchangeRate, Usd};
use crate::catalogue::records::{ApiPrice, ListCurrency, TokenPrices};

/// One offer on the market.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Offer {
    /// Who sells it.
    pub provider: String,
    /// What it is called there.
    pub model: String,
    /// Listed in yuan (else in dollars).
    pub in_cny: bool,
    /// As listed, in its own currency, per million.
    pub listed: Prices,
    /// In USD at the scenario's rate, per million.
    pub usd: Prices,
    /// When it was read.
    pub date: String,
    /// Where.
    pub source: String,
    /// Median over so many providers, not one provider's offer.
    pub providers: Option<u32>,
    /// Cheapest and dearest of those providers, USD.
    pub range: Option<(Prices, Prices)>,
    /// No longer on sale when the catalogue was compiled.
    pub expired: bool,
}

/// Prices per million by kind; `None` = not listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Prices {
    /// Fresh input.
    pub input: Option<f64>,
    /// Cached input.
    pub cached_input: Option<f64>,
    /// Output.
    pub output: Option<f64>,
}

impl Prices {
    fn from_list(p: &TokenPrices) -> Self {
        Self {
            input: p.input,
            cached_input: p.cached_input,
            output: p.output,
        }
    }

    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            input: self.input.map(&f),
            cached_input: self.cached_input.map(&f),
            output: self.output.map(&f),
        }
    }
}

/// Spread of the market for one kind, USD per million.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Cheapest.
    pub low: Usd,
    /// Median.
    pub median: Usd,
    /// Dearest.
    pub high: Usd,
    /// Providers behind it.
    pub offers: u32,
}

/// The market of one model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Market {
    /// All offers, expired ones last.
    pub offers: Vec<Offer>,
    /// Fresh input.
    pub input: Option<Spread>,
    /// Cached input.
    pub cached_input: Option<Spread>,
    /// Output.
    pub output: Option<Spread>,
    /// Newest date of a valid offer.
    pub newest: Option<String>,
    /// Oldest date of a valid offer.
    pub oldest: Option<String>,
}

/// Word by which the catalogue marks rows that are a median of several providers.
const AGGREGATE: &str = "MEDIAN of ";
/// Word by which it marks rows that ended.
const ENDED: &str = "(until ";

/// The market of `model`: rows that name it by the catalogue's id, or by its own name where the row
/// names no catalogue model. Plans that sell blended tokens of "any model" are left out.
pub fn market<'a>(
    prices: impl Iterator<Item = &'a ApiPrice>,
    model: &str,
    rate: ExchangeRate,
) -> Market {
    let mut offers: Vec<Offer> = prices
        .filter(|p| match &p.catalogue_id {
            Some(id) => id == model,
            None => p.model.eq_ignore_ascii_case(model),
        })
        .map(|p| offer(p, rate))
        .collect();
    offers.sort_by(|a, b| a.expired.cmp(&b.expired).then_with(|| b.date.cmp(&a.date)));
    let dates = || offers.iter().filter(|o| !o.expired).map(|o| o.date.clone());
    Market {
        input: spread(&offers, |p| p.input),
        cached_input: spread(&offers, |p| p.cached_input),
        output: spread(&offers, |p| p.output),
        newest: dates().max(),
        oldest: dates().min(),
        offers,
    }
}

fn offer(row: &ApiPrice, rate: ExchangeRate) -> Offer {
    let in_cny = row.currency == ListCurrency::Cny;
    let listed = Prices::from_list(&row.listed);
    let providers = row
        .provider
        .strip_prefix(AGGREGATE)
        .and_then(|rest| rest.split(' ').next())
        .and_then(|n| n.parse().ok());
    let note = row.note.as_deref().unwrap_or_default();
    let range = providers.map(|_: u32| {
        let ends = |word| {
            [
                range_of(note, "input", word),
                range_of(note, "output", word),
            ]
        };
        let prices = |[input, output]: [Option<f64>; 2]| Prices {
            input,
            cached_input: None,
            output,
        };
        (prices(ends("min")), prices(ends("max")))
    });
    Offer {
        provider: row.provider.clone(),
        model: row.model.clone(),
        in_cny,
        usd: if in_cny {
            listed.map(|v| rate.usd(Cny(v)).0)
        } else {
            listed
        },
        listed,
        date: row.date.clone(),
        source: row.source.clone(),
        providers,
        range,
        expired: row.model.contains(ENDED),
    }
}

/// The number after `end` ("min" or "max") in the part of an aggregate's note that begins with
/// `kind`: "input min 0.4 max 3.0; output min 1.7 max 8.75; …".
fn range_of(note: &str, kind: &str, end: &str) -> Option<f64> {
    let part = note.split(';').find_map(|p| p.trim().strip_prefix(kind))?;
    let mut words = part.split_whitespace();
    words.find(|w| *w == end)?;
    crate::decimal::parse(words.next()?)
}

/// Low, median and high of one kind over the valid offers; a median of many providers outweighs
/// single offers and brings its own ends along.
fn spread(offers: &[Offer], kind: fn(&Prices) -> Option<f64>) -> Option<Spread> {
    let valid = || {
        offers
            .iter()
            .filter(|o| !o.expired)
            .filter_map(move |o| Some((o, kind(&o.usd)?)))
    };
    let mut singles: Vec<f64> = valid()
        .filter(|(o, _)| o.providers.is_none())
        .map(|(_, p)| p)
        .collect();
    singles.sort_by(f64::total_cmp);
    let aggregate = valid()
        .filter_map(|(o, p)| Some((o.providers?, p)))
        .max_by_key(|(n, _)| *n);
    let middle = |v: &[f64]| match v.len() {
        0 => None,
        n if n % 2 == 1 => v.get(n / 2).copied(),
        n => Some((v.get(n / 2 - 1)? + v.get(n / 2)?) / 2.0),
    };
    let median = aggregate.map(|(_, p)| p).or_else(|| middle(&singles))?;
    let ends = offers
        .iter()
        .filter(|o| !o.expired)
        .filter_map(|o| o.range.as_ref());
    let low = ends
        .clone()
        .filter_map(|(low, _)| kind(low))
        .chain(singles.iter().copied());
    let high = ends
        .filter_map(|(_, high)| kind(high))
        .chain(singles.iter().copied());
    Some(Spread {
        low: Usd(low.fold(median, f64::min)),
        median: Usd(median),
        high: Usd(high.fold(median, f64::max)),
        offers: aggregate.map_or(0, |(n, _)| n) + singles.len() as u32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    fn of(model: &str) -> Market {
        let rate = ExchangeRate::new(6.8).unwrap();
        market(Catalogue::embedded().prices.iter(), model, rate)
    }

    /// `prices.csv`: the median of 20 providers is 0.5675 / 0.35 / 2.2535; their ends are in its note.
    #[test]
    fn the_market_of_deepseek_r1_is_the_catalogues() {
        let m = of("deepseek-r1");
        let input = m.input.unwrap();
        assert_eq!(
            (input.low, input.median, input.high),
            (Usd(0.4), Usd(0.5675), Usd(3.0))
        );
        let output = m.output.unwrap();
        assert_eq!(
            (output.low, output.median, output.high),
            (Usd(1.7), Usd(2.2535), Usd(8.75))
        );
        // Rows by catalogue id, and Alibaba's, which names the model itself.
        assert!(m.offers.iter().any(|o| o.provider.starts_with("Alibaba")));
        assert!(m.offers.len() >= 5 && m.newest.is_some_and(|d| d.as_str() >= "2026-07"));
    }

    /// Huawei Cloud lists no cached price for R1: unknown, not 0.
    #[test]
    fn a_price_that_is_not_listed_is_unknown() {
        let m = of("deepseek-r1");
        let huawei = m
            .offers
            .iter()
            .find(|o| o.provider.starts_with("Huawei"))
            .unwrap();
        assert_eq!(huawei.usd.cached_input, None);
        assert!(m.cached_input.unwrap().low > Usd(0.1));
        assert_eq!(of("no-such-model"), Market::default());
    }

    #[test]
    fn offers_keep_their_currency_and_ended_ones_do_not_count() {
        let m = of("deepseek-v4-pro");
        let yuan = m.offers.iter().find(|o| o.in_cny && !o.expired).unwrap();
        let (listed, usd) = (yuan.listed.output.unwrap(), yuan.usd.output.unwrap());
        assert!((listed / usd - 6.8).abs() < 1e-12);
        let ended = m.offers.iter().find(|o| o.expired).unwrap();
        assert!(ended.model.contains("until"));
        assert!(m.offers.last().unwrap().expired);
        // 0.87 USD was the old price of output; nobody offers it now for less than the low end.
        assert!(m.output.unwrap().low.0 > 0.0);
    }

    /// Every aggregate row of the catalogue says its ends in the form that is read here.
    #[test]
    fn every_aggregate_has_its_range() {
        let rate = ExchangeRate::new(6.8).unwrap();
        let mut seen = 0;
        for row in &Catalogue::embedded().prices {
            let o = offer(row, rate);
            if row.provider.starts_with(AGGREGATE) {
                seen += 1;
                let (low, high) = o.range.unwrap();
                let median = o.usd.output.unwrap();
                assert!(o.providers.unwrap() > 1);
                assert!(
                    low.output.unwrap() <= median && median <= high.output.unwrap(),
                    "{}",
                    row.model
                );
            }
        }
        assert!(seen > 20);
    }
}
