//! Physics: a die, an instance, the time of one engine step by operator, memory, collectives.
//!
//! The way through: [`Machine::resolve`] a catalogue accelerator, take a [`Profile`] from the
//! [`Calibration`] for engine and family, describe an [`Instance`], [`Instance::prepare`] it once,
//! then ask the [`Prepared`] coefficients for steps ([`Prepared::decode_s`],
//! [`Prepared::decode_step`]), memory ([`Prepared::max_batch`], [`Prepared::memory`]) and serving
//! ([`Prepared::steady`], [`Prepared::closed_loop`], [`Pools::closed_loop`]).
//!
//! All times in here are seconds and all memory bytes; degrees, rates and memory are per die as
//! software addresses it (see [`Machine`]).

mod attention;
mod calibration;
mod collective;
mod error;
mod exchange;
mod instance;
mod machine;
mod memory;
mod parameters;
mod prepare;
mod serving;
mod step;
mod training;

#[cfg(test)]
mod tests;

pub use calibration::{BandFactors, BandRecord, Calibration, Profile, Quantity};
pub use error::ModelError;
pub use instance::{Drafts, Instance};
pub use machine::{Family, Link, Machine, addressable_dies};
pub use parameters::{COUNT, ENGINES, P, SPECS, Spec, default_engine, documented, nearest_engine};
pub use prepare::Prepared;
pub use serving::{ClosedLoop, Pools, PrefillRate, Steady, Traffic};
pub use step::Load;
pub use training::{TrainingJob, TrainingRate, train};
