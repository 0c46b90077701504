//! Serving at the level of a factory: queueing, simulation, search, and the result of a scenario.

mod assemble;
pub mod availability;
mod candidates;
mod evaluate;
mod formats;
mod frontier;
pub mod histogram;
pub mod open_loop;
mod plan;
pub mod power;
pub mod queueing;
mod resolve;
mod results;
mod search;
pub mod simulate;
mod site;
mod steps;
mod training;

pub use evaluate::evaluate;
