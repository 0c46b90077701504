//! Token Factory Planner: the pure library.
//!
//! Catalogue, physical model, planner, money, scenario and evidence. Nothing in here knows of a
//! browser, a clock or a source of randomness without a seed; the same code runs in the page
//! (wasm32) and natively (tests, benches, the `tfp` command line).

pub mod catalogue;
pub mod chart;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod decimal;
pub mod evaluation;
pub mod evidence;
pub mod export;
pub mod json;
pub mod live;
pub mod model;
pub mod money;
pub mod planner;
pub mod report;
pub mod scenario;
pub mod wording;
