//! Ranges and sources of the defaults.

use super::quantity::{Basis, Evidence, Input, Row, assumed};
use crate::catalogue::hardware::Confidence;
use crate::money::card_price::Covers;

/// Share of a cluster's capex that is network: 12 % (8–15 %), `costs.csv` capex_share.
const NETWORK_OF_CAPEX: [f64; 3] = [0.08, 0.12, 0.15];
/// Share of a cluster's capex that is storage: assumed.
const STORAGE_OF_CAPEX: [f64; 3] = [0.02, 0.04, 0.08];
/// The row of the catalogue behind [`NETWORK_OF_CAPEX`].
pub(super) const NETWORK_ROW: Row = ("capex_share", "Network fabric share of cluster capex");

/// One person runs so many cards: 16 for Wuxi's 1,536. Assumed; no staffing ratio is published.
pub(in crate::money) const CARDS_PER_PERSON: f64 = 96.0;
/// Yearly cost of one person, CNY. Assumed.
pub(super) const STAFF_COST_CNY: f64 = 400_000.0;

/// A share of the whole capex as a share of the card price, when network and storage come on top.
fn of_card_price(share: f64, network: f64, storage: f64) -> f64 {
    share / (1.0 - network - storage)
}

/// Evidence of the plain fields, by input. `None` = not a plain field.
pub(super) fn evidence(input: Input) -> Option<Evidence> {
    let assumed_from = |low, high, rows, note| Evidence {
        rows,
        ..assumed(low, high, note)
    };
    Some(match input {
        Input::SparesShare => Evidence {
            low: 0.02,
            high: 0.05,
            basis: Basis::Published(Confidence::Analyst),
            rows: &[("capex_share", "Spares")],
            note: "3 % published; range assumed",
        },
        Input::LifeYears => Evidence {
            low: 3.0,
            high: 6.0,
            basis: Basis::Published(Confidence::Analyst),
            rows: &[
                ("depreciation", "Lambda"),
                ("depreciation", "Amazon (AI subset since 2025)"),
                ("depreciation", "Microsoft / Google"),
                (
                    "depreciation",
                    "SemiAnalysis economic life (InferenceX TCO)",
                ),
            ],
            note: "Lambda and Amazon 5 years; critics 3, CoreWeave, Microsoft and Google 6; SemiAnalysis counts with 4",
        },
        Input::BuildingLifeYears => assumed_from(
            15.0,
            39.0,
            &[("depreciation", "Building (US tax)")],
            "20 years assumed: electrical and cooling plant wear out before walls; US tax 39",
        ),
        Input::ResidualShare => assumed(
            0.0,
            0.15,
            "nothing assumed to be left; used cards have sold for more",
        ),
        Input::CostOfCapital => assumed_from(
            0.059,
            0.11,
            &[
                (
                    "capital_cost",
                    "CoreWeave DDTL 4.0 (investment-grade customer)",
                ),
                ("capital_cost", "CoreWeave DDTL 2.0 effective rate"),
            ],
            "no cost of capital of a Chinese token factory is published; 8 % assumed; CoreWeave pays 5.9 % (investment-grade \
             customer) to 11 % (DDTL 2.0)",
        ),
        Input::Pue => assumed_from(
            1.10,
            1.25,
            &[("pue", "China new large DC / hub-node mandate")],
            "1.15 assumed: no PUE of a liquid-cooled CM384 hall is published; 1.10–1.20 for planning, rule ≤ 1.25",
        ),
        Input::IdlePowerShare => assumed(0.25, 0.6, "no idle power of a super-node is published"),
        Input::MaintenanceShare => assumed(
            0.02,
            0.06,
            "no share is published; 4 % of hardware a year assumed",
        ),
        Input::RentedShare => assumed(0.5, 0.5, "the user's choice"),
        _ => return None,
    })
}

/// Network and storage on top of a card price that covers `covers`; `end` 0 = low, 1 = value, 2 = high.
/// A super-node's price holds the scale-up network already, so that the low end of the published
/// range stands for what is left; a delivered price holds both.
pub(super) fn extras(covers: Covers, end: usize) -> [f64; 2] {
    let storage = STORAGE_OF_CAPEX[end.min(2)];
    let network = match covers {
        Covers::Delivered => return [0.0, 0.0],
        Covers::SuperNode => [0.04, NETWORK_OF_CAPEX[0], NETWORK_OF_CAPEX[1]][end.min(2)],
        Covers::Chip | Covers::Server => NETWORK_OF_CAPEX[end.min(2)],
    };
    [
        of_card_price(network, network, storage),
        of_card_price(storage, network, storage),
    ]
}
