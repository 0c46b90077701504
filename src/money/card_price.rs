//! Purchase prices as published, and what each of them covers.
//!
//! Published prices differ because they cover different things: a chip, a share of a server, of a
//! whole super-node, or of everything delivered. The catalogue's notes say which; the table here
//! repeats it for the program.

use serde::Serialize;

use super::{Cny, ExchangeRate, Usd};
use crate::catalogue::hardware::{Accelerator, Confidence, Figure};
use crate::scenario::PriceBasis;

/// What a price per card covers, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covers {
    /// The accelerator (or a module of eight) without server.
    Chip,
    /// With its share of the server.
    Server,
    /// With its share of a rack or super-node, scale-up network included.
    SuperNode,
    /// Everything: storage, software and services included.
    Delivered,
}

/// What a chip's share of its server costs, as a share of the chip. Derived: an H100 cluster costs
/// 50,000 USD per GPU all in (`costs.csv`, capex_share, low trust), of which 12 % is network
/// (`costs.csv`) and 4 % storage (assumed); that leaves 42,000 for a chip of 30,000 with its server.
/// Checked against China: an H20 module at CNY 110,000 × 1.4 = 154,000 against 150,000 for an eighth
/// of the published server.
pub const SERVER_PER_CHIP: f64 = 0.4;

/// Least spread of a street price: the source of most list prices states ±20–40 %
/// (`hardware.toml`, h100-sxm `price_usd`).
pub const PRICE_SPREAD: f64 = 0.2;

/// Cards of a server whose price is published per server.
const SERVER_CARDS: f64 = 8.0;

/// One published price, per card.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublishedPrice {
    /// Which choice of the user it answers.
    pub basis: PriceBasis,
    /// What it covers as published.
    pub covers: Covers,
    /// As published, in USD (converted at the scenario's rate where published in CNY).
    pub published: Usd,
    /// With its server: as published, plus [`SERVER_PER_CHIP`] where only the chip is covered.
    pub with_server: Usd,
    /// Published in yuan.
    pub in_cny: bool,
    /// Key of the source.
    pub source: Option<String>,
    /// How far to trust it.
    pub confidence: Confidence,
    /// The catalogue's note.
    pub note: Option<String>,
}

/// What the catalogue's prices of an accelerator cover: `(price_usd, price_usd_alt, price_cny,
/// price_cny_alt)`, read from the notes of `hardware.toml`.
fn covers(id: &str) -> [Covers; 4] {
    use Covers::{Chip, Delivered, Server, SuperNode};
    match id {
        // 8.2 M USD / 384; chips at 2 bn USD / 70,000; CNY 150 M / 384 with everything.
        "ascend-910c" => [SuperNode, Chip, Server, Delivered],
        // Racks of 72.
        "gb200-nvl72" | "gb300-nvl72" => [SuperNode, Chip, Server, Delivered],
        // DGX servers / 8.
        "b300-sxm" => [Server, Chip, Server, Delivered],
        // Chips and modules.
        _ => [Chip, Chip, Chip, Delivered],
    }
}

/// Every published price of an accelerator.
pub fn published_prices(accelerator: &Accelerator, rate: ExchangeRate) -> Vec<PublishedPrice> {
    let [usd, usd_alt, cny, cny_alt] = covers(&accelerator.id);
    let one = |figure: &Option<Figure>, basis, covers: Covers, in_cny: bool, per: f64| {
        figure.as_ref().map(|f| {
            let published = if in_cny {
                rate.usd(Cny(f.value / per))
            } else {
                Usd(f.value / per)
            };
            PublishedPrice {
                basis,
                covers,
                published,
                with_server: if covers == Covers::Chip {
                    published * (1.0 + SERVER_PER_CHIP)
                } else {
                    published
                },
                in_cny,
                source: f.source.clone(),
                confidence: f.confidence,
                note: f.note.clone(),
            }
        })
    };
    let delivered_or_china = if cny_alt == Covers::Delivered {
        PriceBasis::Delivered
    } else {
        PriceBasis::China
    };
    [
        one(
            &accelerator.price_usd,
            PriceBasis::Hardware,
            usd,
            false,
            1.0,
        ),
        one(&accelerator.price_cny, PriceBasis::China, cny, true, 1.0),
        one(
            &accelerator.server_price_cny,
            PriceBasis::China,
            Covers::Server,
            true,
            SERVER_CARDS,
        ),
        one(
            &accelerator.price_cny_alt,
            delivered_or_china,
            cny_alt,
            true,
            1.0,
        ),
        one(
            &accelerator.price_usd_alt,
            PriceBasis::Hardware,
            usd_alt,
            false,
            1.0,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The price meant by `basis` (else the first published one, which is then said by its own basis),
/// with the low and high end of all that is published for the card.
pub(super) fn pick(
    prices: &[PublishedPrice],
    basis: PriceBasis,
) -> Option<(&PublishedPrice, Usd, Usd)> {
    let chosen = prices
        .iter()
        .find(|p| p.basis == basis)
        .or_else(|| prices.first())?;
    let ends = prices.iter().map(|p| p.with_server.0);
    let low = ends
        .clone()
        .fold(chosen.with_server.0 * (1.0 - PRICE_SPREAD), f64::min);
    let high = ends.fold(chosen.with_server.0 * (1.0 + PRICE_SPREAD), f64::max);
    Some((chosen, Usd(low), Usd(high)))
}
