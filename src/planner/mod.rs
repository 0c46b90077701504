//! Serving at the level of a factory: queueing, simulation, search, and the result of a scenario.

pub mod histogram;
pub mod open_loop;
pub mod queueing;
pub mod simulate;
