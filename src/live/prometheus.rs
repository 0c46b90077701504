//! A server that speaks Prometheus' HTTP API: where and as whom, what to ask, what it answers, and
//! what is wrong when it does not. No network in here: the app sends, this says what.

pub mod diagnosis;
pub mod endpoint;
pub mod request;
pub mod response;
