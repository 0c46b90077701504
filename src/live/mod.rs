//! Live metrics: what engines and exporters say, brought to the planner's own quantities.

pub mod exposition;
pub mod flow;
pub mod formula;
pub mod profiles;
pub mod series;

#[cfg(test)]
mod recorded;
