//! What is known about hardware, models and prices: every figure with source, date and confidence.

pub mod architecture;
pub mod hardware;
pub mod number_format;
