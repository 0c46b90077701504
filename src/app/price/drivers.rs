//! The inputs of the cost in words: their names, and their values in their own units.

use token_factory::money::{Driver, Input};

use crate::fields::label;
use crate::format::Fmt;
use crate::texts::Text;

/// The name of an input.
pub fn driver_name(driver: Driver) -> Text {
    match driver {
        Driver::MeanLoad => label("load"),
        Driver::ExchangeRate => label("fx"),
        Driver::Input(input) => match input {
            Input::CardPrice => label("card"),
            Input::NetworkShare => label("net"),
            Input::StorageShare => label("store"),
            Input::SparesShare => label("stock"),
            Input::BuildingPerMw => label("build"),
            Input::LifeYears => label("life"),
            Input::BuildingLifeYears => label("blife"),
            Input::ResidualShare => label("resid"),
            Input::CostOfCapital => label("wacc"),
            Input::Electricity => label("kwh"),
            Input::Pue => label("pue"),
            Input::IdlePowerShare => label("idle"),
            Input::PeakPower => peak_power,
            Input::MaintenanceShare => label("maint"),
            Input::Staff => label("staff"),
            Input::StaffCost => label("wage"),
            Input::SoftwarePerCard => label("soft"),
            Input::Rent => label("rent"),
            Input::RentBilledShare => label("billed"),
            Input::RentedShare => label("rented"),
            Input::GridCarbon => label("co2"),
        },
    }
}

/// A value of an input in its own unit; amounts come in USD and are shown `scale` times that.
pub fn driver_value(fmt: Fmt, driver: Driver, value: f64, scale: f64) -> String {
    let input = match driver {
        Driver::MeanLoad => return fmt.percent(value),
        Driver::ExchangeRate => return fmt.number(value),
        Driver::Input(input) => input,
    };
    match input {
        Input::CardPrice | Input::PeakPower | Input::Rent => ["×", &fmt.number(value)].concat(),
        Input::NetworkShare
        | Input::StorageShare
        | Input::SparesShare
        | Input::ResidualShare
        | Input::CostOfCapital
        | Input::IdlePowerShare
        | Input::MaintenanceShare
        | Input::RentBilledShare
        | Input::RentedShare => fmt.percent(value),
        Input::BuildingPerMw | Input::Electricity | Input::StaffCost | Input::SoftwarePerCard => {
            fmt.money_value(value * scale)
        }
        _ => fmt.number(value),
    }
}

crate::texts! {
    peak_power = "Power of the hardware", "硬件功率";
}
