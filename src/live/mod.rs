//! Live metrics: what engines and exporters say, brought to the planner's own quantities.

pub mod attention;
pub mod compare;
pub mod devices;
pub mod exposition;
pub mod flow;
pub mod formula;
pub mod history;
pub mod profiles;
pub mod prometheus;
pub mod series;
pub mod session;
pub mod sight;
pub mod simulated;
pub mod state;

#[cfg(test)]
mod recorded;
