//! What the Live view knows: the source, the factory as it was seen, and how the last poll went.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use token_factory::catalogue::Catalogue;
use token_factory::evaluation::Evaluation;
use token_factory::live::attention::{Alert, Rules, Watch, watch};
use token_factory::live::compare::{Comparison, Plan, at_same_load, compare, cost_basis};
use token_factory::live::devices::CardKey;
use token_factory::live::flow::{CostBasis, Figure, Flow};
use token_factory::live::prometheus::diagnosis::Diagnosis;
use token_factory::live::session::{Recorded, Session};
use token_factory::live::simulated::{SimPlan, Simulation};
use token_factory::live::state::{Factory, Snapshot};
use token_factory::money::load::Day;
use token_factory::scenario::link;

use super::poll::{self, Server};
use crate::platform;
use crate::state::App;

/// Where the data comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// The built-in simulated factory.
    Simulated,
    /// A server that speaks Prometheus' API.
    Prometheus,
    /// An engine's or exporter's own `/metrics`.
    Metrics,
    /// Texts of metrics that the reader pasted or dropped.
    Pasted,
    /// A recorded session, replayed.
    Replay,
}

/// How the last poll went.
#[derive(Clone, Debug, PartialEq)]
pub enum Health {
    /// Nothing was asked yet.
    Waiting,
    /// Data is coming.
    Good,
    /// It failed; the last good data stays.
    Failed(Diagnosis),
}

/// Seconds between polls of the simulated factory.
const SIMULATED_EVERY_S: f64 = 5.0;
/// History made up for the simulated factory when it starts, seconds.
const SIMULATED_PAST_S: f64 = 6.0 * 3600.0;
/// Seconds that "actual" is the mean of.
pub const WINDOW_S: f64 = 900.0;

/// A card with what colours it, over time.
pub type CardPast = (CardKey, &'static str, Vec<(f64, f64)>);

/// The parts that are not plain data.
pub struct Machine {
    pub simulation: Option<Simulation>,
    pub server: Option<Server>,
    pub session: Option<(Session, usize)>,
    pub pasted: Option<token_factory::live::series::Scrape>,
}

/// The store of the Live view; cheap to copy.
#[derive(Clone, Copy)]
pub struct Live {
    /// The store of the page: futures and callbacks have no context to take it from.
    app: App,
    /// Where the data comes from.
    pub kind: RwSignal<SourceKind>,
    /// Its name: host of the server, file.
    pub name: RwSignal<String>,
    /// The factory.
    pub factory: StoredValue<SendWrapper<Rc<RefCell<Factory>>>>,
    /// Counts polls: what reads the factory tracks this.
    pub polls: RwSignal<u64>,
    /// How the last poll went.
    pub health: RwSignal<Health>,
    /// Seconds between polls.
    pub every_s: RwSignal<f64>,
    /// Held by the reader.
    pub paused: RwSignal<bool>,
    /// Seconds of history shown.
    pub range_s: RwSignal<f64>,
    /// Alert rules; `None` = those of the plan.
    pub rules: RwSignal<Option<Rules>>,
    /// The clock, in steps of a second: ages are told by it.
    pub now_s: RwSignal<f64>,
    /// What colours the floor.
    pub shade: RwSignal<&'static str>,
    /// The card looked at.
    pub focus: RwSignal<Option<CardKey>>,
    /// Its past as the server has it: card, shade, times and values.
    pub past: RwSignal<Option<CardPast>>,
    /// The figure of the large chart.
    pub figure: RwSignal<Figure>,
    /// Seed of the simulated factory: the same seed is the same factory at the same time.
    pub seed: RwSignal<u64>,
    /// A server that the link named, until the reader has seen it.
    pub named: RwSignal<Option<String>>,
    /// What is wrong in the simulated factory, for its buttons.
    pub faults: RwSignal<token_factory::live::simulated::Faults>,
    machine: StoredValue<SendWrapper<Rc<RefCell<Machine>>>>,
    generation: StoredValue<u64>,
}

/// Sets the store up once for the page: switching views does not forget the connection.
pub fn provide() {
    platform::watch_policy();
    let live = Live {
        app: App::here(),
        kind: RwSignal::new(SourceKind::Simulated),
        name: RwSignal::new(String::new()),
        factory: StoredValue::new(SendWrapper::new(Rc::default())),
        polls: RwSignal::new(0),
        health: RwSignal::new(Health::Waiting),
        every_s: RwSignal::new(SIMULATED_EVERY_S),
        paused: RwSignal::new(false),
        range_s: RwSignal::new(6.0 * 3600.0),
        rules: RwSignal::new(None),
        now_s: RwSignal::new(platform::epoch_s()),
        shade: RwSignal::new("utilisation"),
        focus: RwSignal::new(None),
        past: RwSignal::new(None),
        figure: RwSignal::new(Figure::Decode),
        seed: RwSignal::new(384),
        named: RwSignal::new(link::decode(&platform::fragment()).server),
        faults: RwSignal::new(Default::default()),
        machine: StoredValue::new(SendWrapper::new(Rc::new(RefCell::new(Machine {
            simulation: None,
            server: None,
            session: None,
            pasted: None,
        })))),
        generation: StoredValue::new(0),
    };
    platform::on_fragment_change(move |fragment| live.named.set(link::decode(&fragment).server));
    provide_context(live);
}

impl Live {
    /// The store.
    pub fn here() -> Self {
        expect_context()
    }

    /// Reads the factory; tracks polls.
    pub fn with<T>(self, read: impl FnOnce(&Factory) -> T) -> T {
        self.polls.track();
        self.factory.with_value(|f| read(&f.borrow()))
    }

    /// The parts that are not plain data.
    pub fn machine(self) -> Rc<RefCell<Machine>> {
        self.machine.with_value(|m| (**m).clone())
    }

    /// Reads the factory without tracking.
    pub fn read<T>(self, read: impl FnOnce(&Factory) -> T) -> T
    where
        T: Default,
    {
        let found = self.factory.try_with_value(|f| read(&f.borrow()));
        found.unwrap_or_default()
    }

    /// Changes what is kept of the server.
    pub fn with_server(self, change: impl FnOnce(&mut Server)) {
        if let Some(server) = self.machine().borrow_mut().server.as_mut() {
            change(server);
        }
    }

    /// The data is made up.
    pub fn is_simulated(self) -> bool {
        self.kind.get() == SourceKind::Simulated
    }

    /// How live watts and tokens become money, by the plan.
    pub fn basis(self) -> CostBasis {
        let app = self.app;
        app.scenario.with_untracked(|s| {
            app.evaluation
                .with_untracked(|e| cost_basis(s, e, Catalogue::embedded()))
        })
    }

    /// Starts polling; what ran before ends.
    pub fn start(self) {
        let mine = self.next_generation();
        let app = self.app;
        if self.kind.get_untracked() == SourceKind::Simulated
            && self.machine().borrow().simulation.is_none()
        {
            self.simulate(app);
        }
        let basis = self.basis();
        poll::chain(self, mine, basis);
        poll::clock(self, mine);
    }

    /// Stops polling: the view is left.
    pub fn rest(self) {
        self.next_generation();
        if let Some(server) = self.machine().borrow().server.as_ref() {
            server.abort.abort();
        }
    }

    fn next_generation(self) -> u64 {
        self.generation
            .try_update_value(|g| {
                *g += 1;
                *g
            })
            .unwrap_or_default()
    }

    /// The chain of polls that this number was given is still the one that runs.
    pub fn is_current(self, mine: u64) -> bool {
        self.generation.try_get_value() == Some(mine)
    }

    /// Forgets what was seen: another source.
    pub fn forget(self) {
        self.factory
            .with_value(|f| *f.borrow_mut() = Factory::default());
        let machine = self.machine();
        let mut machine = machine.borrow_mut();
        machine.simulation = None;
        machine.server = None;
        machine.session = None;
        self.health.set(Health::Waiting);
        self.focus.set(None);
        self.polls.update(|p| *p += 1);
    }

    /// Builds the simulated factory from the plan, with a past.
    fn simulate(self, app: App) {
        let now = platform::epoch_s();
        let basis = self.basis();
        let plan = app.scenario.with_untracked(|s| {
            app.evaluation.with_untracked(|e| {
                let load = Day::new(&s.workload.load_curve, s.workload.mean_load)
                    .map_or([0.65; 24], |d| d.served);
                SimPlan::from_plan(s, e, load, basis.meter_per_chip_watt).with_latency_of(|rate| {
                    let mut flow = Flow::default();
                    flow.set(Figure::Requests, Some(rate));
                    let less = at_same_load(s, e, &flow)?;
                    Some(token_factory::planner::evaluate(
                        &less,
                        Catalogue::embedded(),
                    ))
                })
            })
        });
        let seed = self.seed.get_untracked();
        // Every minute of the past of a small factory; of a large one fewer moments, as each takes as long as it has nodes.
        let every_s = 60.0 * (f64::from(plan.super_nodes) / 4.0).ceil().clamp(1.0, 10.0);
        let mut simulation = Simulation::new(plan, seed, now - SIMULATED_PAST_S - 60.0);
        self.factory.with_value(|f| {
            let mut factory = f.borrow_mut();
            let mut at = now - SIMULATED_PAST_S;
            while at < now - SIMULATED_EVERY_S {
                simulation.advance_in_steps(at, every_s / 60.0);
                let snapshot = simulation.figures(&basis);
                factory.apply(snapshot, every_s, &basis);
                at += every_s;
            }
        });
        self.machine().borrow_mut().simulation = Some(simulation);
        self.faults.set(Default::default());
        self.every_s.set(SIMULATED_EVERY_S);
        self.name.set(String::new());
    }

    /// Shows the simulated factory again, built from the plan as it stands.
    pub fn use_simulation(self) {
        self.forget();
        self.kind.set(SourceKind::Simulated);
        self.start();
    }

    /// Uses a server.
    pub fn use_server(self, kind: SourceKind, server: Server, every_s: f64) {
        self.forget();
        self.name.set(server.access.endpoint.origin());
        self.machine().borrow_mut().server = Some(server);
        self.kind.set(kind);
        self.every_s.set(every_s);
        self.start();
    }

    /// Keeps a pasted text, so that a later one makes rates.
    pub fn keep_pasted(self, scrape: token_factory::live::series::Scrape) {
        self.machine().borrow_mut().pasted = Some(scrape);
    }

    /// The text pasted before.
    pub fn take_pasted(self) -> Option<token_factory::live::series::Scrape> {
        self.machine().borrow_mut().pasted.take()
    }

    /// Takes in a poll.
    pub fn apply(self, snapshot: Snapshot, basis: &CostBasis) {
        let every = self
            .every_s
            .try_get_untracked()
            .unwrap_or(SIMULATED_EVERY_S);
        platform::timed("live-apply", || {
            self.factory
                .try_with_value(|f| f.borrow_mut().apply(snapshot, every, basis));
        });
        self.health.try_set(Health::Good);
        self.polls.try_update(|p| *p += 1);
    }

    /// Notes a failed poll; the last good data stays.
    pub fn failed(self, why: Diagnosis) {
        self.health.try_set(Health::Failed(why));
        self.polls.try_update(|p| *p += 1);
    }

    /// The recorded session as a file.
    pub fn session_json(self) -> String {
        let recorded = match self.kind.get_untracked() {
            SourceKind::Simulated => Recorded::Simulated,
            _ => Recorded::Live,
        };
        self.factory
            .with_value(|f| Session::of(&f.borrow(), recorded).to_json())
    }

    /// Replays a recorded session from its start.
    pub fn use_session(self, name: String, session: Session) {
        self.forget();
        self.name.set(name);
        let every = session.span_s(0).unwrap_or(5.0).clamp(1.0, 60.0);
        self.every_s.set(every.min(2.0));
        self.kind.set(SourceKind::Replay);
        self.machine().borrow_mut().session = Some((session, 0));
        self.start();
    }

    /// The rules in force: the reader's, or the plan's.
    pub fn rules_now(self) -> Rules {
        let app = self.app;
        self.rules.get().unwrap_or_else(|| {
            app.scenario
                .with(|s| app.evaluation.with(|e| Rules::of_plan(Some((s, e)))))
        })
    }

    /// What the rules have to say.
    pub fn watch(self) -> Watch {
        let rules = self.rules_now();
        self.with(|f| watch(&rules, f))
    }

    /// What needs attention.
    pub fn alerts(self) -> Vec<Alert> {
        self.watch().raised
    }

    /// Plan against actual over the last quarter of an hour.
    pub fn comparison(self, at_load: Option<&Evaluation>) -> Comparison {
        let app = self.app;
        app.scenario.with(|scenario| {
            app.evaluation.with(|evaluation| {
                let plan = Plan {
                    scenario,
                    evaluation,
                    at_load,
                };
                self.with(|f| compare(&plan, f, WINDOW_S))
            })
        })
    }

    /// The plan evaluated at the load seen; `None` where capacity is the right measure.
    pub fn plan_at_load(self) -> Option<Evaluation> {
        let app = self.app;
        let flow = self.with(|f| f.mean_over(WINDOW_S));
        let scenario = app
            .scenario
            .with(|s| app.evaluation.with(|e| at_same_load(s, e, &flow)))?;
        Some(token_factory::planner::evaluate(
            &scenario,
            Catalogue::embedded(),
        ))
    }
}
