//! Measurements: read, predict, score, calibrate.

mod applies;
mod bands;
mod calibrate;
pub mod columns;
mod fit;
mod left_out;
mod local;
mod points;
mod predict;
mod record;
mod resolve;
mod runs;
mod score;
mod sources;
mod validate;

pub use applies::{Unlike, unlike};
pub use calibrate::{CalibrationRun, LeaveOutLine, LeftOut, calibrate};
pub use left_out::{LeftOutErrors, LeftOutSummary};
pub use local::{LocalFit, fit_local};
pub use points::{ClassErrors, Filter, GroupBy, Point, class_errors, facets, points, ratio_band};
pub use record::{Measurement, ReadError, RowDegrees, RowMode, parse_precision, read};
pub use score::{ErrorSummary, rank_correlation};
pub use sources::{SOURCES, Source, source_of};
pub use validate::{
    Prediction, RankLine, Report, ReportLine, percent, predict_row, predictions_csv, score,
    validate, validate_rows,
};
