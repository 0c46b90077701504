//! What the Evidence view knows: the published set, the reader's own set, what is shown of them.
//!
//! Lives as long as the page, so that a look at another view does not lose an own file.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::evidence::{
    Filter, GroupBy, LocalFit, Measurement, Prediction, class_errors, predict_row, read,
};
use token_factory::model::{Calibration, Quantity};
use token_factory::scenario::LocalCalibration;

use crate::platform;
use crate::slices::Slices;

/// The measurements that ship, beside the page.
const SHIPPED: &str = "measured.csv";

/// Predictions come out in parts of this size, so that charts are not redrawn for each.
const PART: usize = 128;

/// Where a set comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// The measurements that ship.
    #[default]
    Published,
    /// The reader's own.
    Own,
}

/// What there is of a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Stage {
    /// Nothing yet.
    #[default]
    Absent,
    /// Being fetched.
    Loading,
    /// Read; predictions may still be on their way.
    Here,
    /// Why not.
    Failed(String),
}

/// Rows and what the model says of them.
#[derive(Clone, Copy)]
pub struct RowSet {
    /// Stage.
    pub stage: RwSignal<Stage>,
    /// The rows.
    pub rows: RwSignal<Vec<Measurement>>,
    /// Predictions of the first rows; all of them once scored.
    pub predictions: RwSignal<Vec<Prediction>>,
    /// With which own factors they were made.
    scored_with: StoredValue<Option<LocalCalibration>>,
    work: Slices,
}

impl RowSet {
    fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Absent),
            rows: RwSignal::new(Vec::new()),
            predictions: RwSignal::new(Vec::new()),
            scored_with: StoredValue::new(None),
            work: Slices::new(),
        }
    }

    /// Share of the rows that are predicted, 0..1; tracks.
    pub fn progress(self) -> f64 {
        let all = self.rows.with(Vec::len);
        self.predictions.with(Vec::len) as f64 / all.max(1) as f64
    }

    /// All rows are predicted; tracks.
    pub fn done(self) -> bool {
        self.progress() >= 1.0
    }

    /// Takes a file and forgets the one before.
    fn take(self, text: &str) {
        self.work.stop();
        self.scored_with.set_value(None);
        self.predictions.set(Vec::new());
        match read(text) {
            Ok(rows) => {
                self.rows.set(rows);
                self.stage.set(Stage::Here);
            }
            Err(why) => {
                self.rows.set(Vec::new());
                self.stage.set(Stage::Failed(why.to_string()));
            }
        }
    }

    /// Predicts every row in slices, unless that was done with the same factors.
    pub fn score(self, local: LocalCalibration) {
        if self.scored_with.get_value() == Some(local) || self.rows.with_untracked(Vec::is_empty) {
            return;
        }
        self.scored_with.set_value(Some(local));
        self.predictions.set(Vec::new());
        let mut part = Vec::with_capacity(PART);
        let mut at = 0;
        self.work.run(0, move || {
            let prediction = self.rows.with_untracked(|rows| {
                let calibration = Calibration::embedded();
                let row = rows.get(at)?;
                Some(predict_row(Catalogue::embedded(), calibration, local, row))
            });
            let more = prediction.is_some();
            part.extend(prediction);
            at += 1;
            if part.len() >= PART || !more {
                self.predictions.update(|all| all.append(&mut part));
            }
            more
        });
    }
}

/// The median error of a quantity before and after the fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Improvement {
    /// What.
    pub quantity: Quantity,
    /// With the published calibration.
    pub before: f64,
    /// With the own factors.
    pub after: f64,
}

/// "Calibrate to my cluster".
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Fit {
    /// Not asked for.
    #[default]
    Idle,
    /// Going on: 0..1.
    Running(f64),
    /// No row can be used.
    NoRows,
    /// What came out.
    Found {
        /// The factors.
        factors: LocalCalibration,
        /// Rows that they rest on.
        rows: usize,
        /// What they improve.
        improvements: Vec<Improvement>,
    },
}

/// Everything that the view's parts share.
#[derive(Clone, Copy)]
pub struct Evidence {
    /// Which set is shown.
    pub which: RwSignal<Which>,
    /// The set that ships.
    pub published: RowSet,
    /// The reader's own.
    pub own: RowSet,
    /// Name and text of the own file.
    pub own_file: RwSignal<Option<(String, String)>>,
    /// Rows shown.
    pub filter: RwSignal<Filter>,
    /// Quantity shown.
    pub quantity: RwSignal<Quantity>,
    /// Classes of the error table.
    pub by: RwSignal<GroupBy>,
    /// The row picked in the scatter or the table.
    pub picked: RwSignal<Option<usize>>,
    /// The fit to the own rows.
    pub fit: RwSignal<Fit>,
    fitting: Slices,
}

/// Provides the store to every view.
pub fn provide() {
    provide_context(Evidence {
        which: RwSignal::new(Which::Published),
        published: RowSet::new(),
        own: RowSet::new(),
        own_file: RwSignal::new(None),
        filter: RwSignal::new(Filter::default()),
        quantity: RwSignal::new(Quantity::Tpot),
        by: RwSignal::new(GroupBy::Mode),
        picked: RwSignal::new(None),
        fit: RwSignal::new(Fit::Idle),
        fitting: Slices::new(),
    });
}

/// Quantities in the order shown.
pub const QUANTITIES: [Quantity; 3] = [Quantity::Tpot, Quantity::Throughput, Quantity::Ttft];

impl Evidence {
    /// The store of the page.
    pub fn here() -> Self {
        expect_context()
    }

    /// The set shown; tracks.
    pub fn set(self) -> RowSet {
        match self.which.get() {
            Which::Published => self.published,
            Which::Own => self.own,
        }
    }

    /// Fetches and scores the set that ships, once.
    pub fn load_published(self) {
        let absent = |s: &Stage| matches!(s, Stage::Absent | Stage::Failed(_));
        if !self.published.stage.with_untracked(absent) {
            return;
        }
        self.published.stage.set(Stage::Loading);
        leptos::task::spawn_local(async move {
            match platform::own_file(SHIPPED).await {
                Ok(text) => {
                    self.published
                        .take(&token_factory::evidence::columns::to_csv(&text));
                    self.published.score(LocalCalibration::default());
                }
                Err(why) => self.published.stage.set(Stage::Failed(why)),
            }
        });
    }

    /// Takes an own file, and shows it.
    pub fn open_own(self, name: String, text: String, local: LocalCalibration) {
        self.fitting.stop();
        self.fit.set(Fit::Idle);
        self.picked.set(None);
        self.filter.set(Filter::default());
        self.own.take(&text);
        self.own.score(local);
        self.own_file.set(Some((name, text)));
        self.which.set(Which::Own);
    }

    /// Forgets the own file.
    pub fn close_own(self) {
        self.fitting.stop();
        self.fit.set(Fit::Idle);
        self.picked.set(None);
        self.filter.set(Filter::default());
        self.own.take("");
        self.own.stage.set(Stage::Absent);
        self.own_file.set(None);
        self.which.set(Which::Published);
    }

    /// Shows the other set.
    pub fn choose(self, which: Which) {
        if self.which.get_untracked() != which {
            self.picked.set(None);
            self.filter.set(Filter::default());
            self.which.set(which);
        }
    }

    /// Fits the four factors to the own rows, in slices.
    pub fn calibrate(self) {
        let rows = self.own.rows.get_untracked();
        let Some(mut fit) = LocalFit::new(&rows, Calibration::embedded()) else {
            self.fit.set(Fit::NoRows);
            return;
        };
        self.fit.set(Fit::Running(0.0));
        let mut shown = 0.0;
        let mut compare: Option<Comparison> = None;
        self.fitting.run(0, move || {
            if let Some(comparison) = &mut compare {
                if comparison.advance(&rows) {
                    return true;
                }
                self.fit.set(Fit::Found {
                    factors: comparison.factors,
                    rows: fit.rows(),
                    improvements: comparison.improvements(&rows),
                });
                return false;
            }
            if let Some(factors) = fit.advance() {
                compare = Some(Comparison::new(factors));
            }
            let progress = fit.progress();
            if progress - shown > 0.01 {
                shown = progress;
                self.fit.set(Fit::Running(progress));
            }
            true
        });
    }
}

/// Predictions of the own rows without and with the factors.
struct Comparison {
    factors: LocalCalibration,
    without: Vec<Prediction>,
    with: Vec<Prediction>,
}

impl Comparison {
    fn new(factors: LocalCalibration) -> Self {
        Self {
            factors,
            without: Vec::new(),
            with: Vec::new(),
        }
    }

    /// One more row; false once all are done.
    fn advance(&mut self, rows: &[Measurement]) -> bool {
        let Some(row) = rows.get(self.with.len()) else {
            return false;
        };
        let say = |local| predict_row(Catalogue::embedded(), Calibration::embedded(), local, row);
        self.without.push(say(LocalCalibration::default()));
        self.with.push(say(self.factors));
        true
    }

    fn improvements(&self, rows: &[Measurement]) -> Vec<Improvement> {
        let median = |predictions: &[Prediction], quantity| {
            class_errors(
                rows,
                predictions,
                &Filter::default(),
                quantity,
                Calibration::embedded(),
                GroupBy::Mode,
            )
            .first()
            .and_then(|all| all.errors.median)
        };
        QUANTITIES
            .into_iter()
            .filter_map(|quantity| {
                Some(Improvement {
                    quantity,
                    before: median(&self.without, quantity)?,
                    after: median(&self.with, quantity)?,
                })
            })
            .collect()
    }
}
