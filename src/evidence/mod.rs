//! Measurements: read, predict, score, calibrate.

mod calibrate;
mod fit;
mod local;
mod predict;
mod record;
mod resolve;
mod score;
mod validate;

pub use calibrate::{CalibrationRun, LeaveOutLine, LeftOut, calibrate};
pub use local::fit_local;
pub use record::{Measurement, ReadError, RowDegrees, RowMode, parse_precision, read};
pub use score::{ErrorSummary, rank_correlation};
pub use validate::{
    Prediction, RankLine, Report, ReportLine, percent, predict_row, predictions_csv, validate,
    validate_rows,
};
