//! What an input is, the unit it is in, and what its value rests on.

use std::borrow::Cow;

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::catalogue::hardware::Confidence;
use crate::catalogue::records::CostFigure;

/// Every input of the cost that has a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is a field of `Money`, documented there")]
pub enum Input {
    /// Accelerators with their servers, all pools moved together, as a factor on each pool's price.
    CardPrice,
    NetworkShare,
    StorageShare,
    SparesShare,
    BuildingPerMw,
    LifeYears,
    BuildingLifeYears,
    ResidualShare,
    CostOfCapital,
    Electricity,
    Pue,
    IdlePowerShare,
    /// IT power of the hardware, as a factor on the catalogue's.
    PeakPower,
    MaintenanceShare,
    Staff,
    StaffCost,
    SoftwarePerCard,
    /// Rent per card-hour, as a factor on each pool's rent.
    Rent,
    RentBilledShare,
    RentedShare,
    GridCarbon,
}

impl Input {
    /// All of them, in the order of a cost statement.
    pub const ALL: [Input; 21] = [
        Input::CardPrice,
        Input::NetworkShare,
        Input::StorageShare,
        Input::SparesShare,
        Input::BuildingPerMw,
        Input::LifeYears,
        Input::BuildingLifeYears,
        Input::ResidualShare,
        Input::CostOfCapital,
        Input::Electricity,
        Input::Pue,
        Input::IdlePowerShare,
        Input::PeakPower,
        Input::MaintenanceShare,
        Input::Staff,
        Input::StaffCost,
        Input::SoftwarePerCard,
        Input::Rent,
        Input::RentBilledShare,
        Input::RentedShare,
        Input::GridCarbon,
    ];
}

/// Unit of a [`Quantity`]. Amounts are in USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Unit {
    Factor,
    Share,
    Years,
    People,
    Usd,
    UsdPerMw,
    UsdPerKwh,
    UsdPerYear,
    UsdPerHour,
    GramsPerKwh,
    Ratio,
}

/// What a value rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The user entered it.
    Entered,
    /// Somebody published it.
    Published(Confidence),
    /// Nobody published it; assumed, within the range.
    Assumed,
}

/// A value with its range and where it is from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantity {
    /// The value.
    pub value: f64,
    /// Low end of the evidence; equal to the value where it is exact.
    pub low: f64,
    /// High end.
    pub high: f64,
    /// Unit.
    pub unit: Unit,
    /// What it rests on.
    pub basis: Basis,
    /// Addresses separated by blanks, or a key into the catalogue's sources.
    pub source: Cow<'static, str>,
    /// Date of the evidence.
    pub date: Cow<'static, str>,
    /// What to know.
    pub note: Cow<'static, str>,
}

impl Quantity {
    pub(super) fn new(value: f64, unit: Unit, evidence: &Evidence) -> Self {
        let (source, date) = cited(evidence.rows);
        Self {
            value,
            low: evidence.low,
            high: evidence.high,
            unit,
            basis: evidence.basis,
            source,
            date,
            note: evidence.note.into(),
        }
    }

    pub(super) fn entered(value: f64, unit: Unit) -> Self {
        Self {
            value,
            low: value,
            high: value,
            unit,
            basis: Basis::Entered,
            source: "".into(),
            date: "".into(),
            note: "".into(),
        }
    }
}

/// A row of the catalogue's cost figures: category and item.
pub(super) type Row = (&'static str, &'static str);

/// Range and source of a default.
pub(super) struct Evidence {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) basis: Basis,
    /// Rows of the catalogue that it rests on; the first dates it.
    pub(super) rows: &'static [Row],
    pub(super) note: &'static str,
}

pub(super) const fn assumed(low: f64, high: f64, note: &'static str) -> Evidence {
    Evidence {
        low,
        high,
        basis: Basis::Assumed,
        rows: &[],
        note,
    }
}

/// Addresses (separated by blanks) and date of rows of the catalogue.
pub(super) fn cited(rows: &[Row]) -> (Cow<'static, str>, Cow<'static, str>) {
    let found = |row: &Row| {
        let mut costs = Catalogue::embedded().costs.iter();
        costs.find(|c| (c.category.as_str(), c.item.as_str()) == *row)
    };
    let figures: Vec<&CostFigure> = rows.iter().filter_map(found).collect();
    let mut sources: Vec<&str> = figures.iter().filter_map(|f| f.source.as_deref()).collect();
    sources.dedup();
    let date = figures
        .first()
        .and_then(|f| f.date.as_deref())
        .unwrap_or_default();
    (sources.join(" ").into(), date.into())
}
