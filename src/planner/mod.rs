//! Serving at the level of a factory: queueing, simulation, search, and the result of a scenario.

pub mod advice;
mod assemble;
pub mod availability;
mod candidates;
mod distribution;
mod estimate;
mod evaluate;
mod formats;
mod frontier;
pub mod histogram;
pub mod hour;
mod hunt;
mod ideas;
mod layouts;
pub mod open_loop;
pub mod outputs;
mod plan;
pub mod plant;
mod polish;
pub mod power;
mod precision;
mod pricing;
pub mod queueing;
mod resolve;
mod results;
mod search;
pub mod simulate;
mod site;
pub mod solve;
mod steps;
pub mod sweep;
mod training;

pub use advice::{Advice, AdviceKind, Advisor, advise};
pub use evaluate::evaluate;
pub use solve::{Ask, Budget, Goal, Solution, Solver, solve};

#[cfg(test)]
mod pools_tests;
#[cfg(test)]
mod properties_tests;
