//! Work of many evaluations: run in slices, shown now and then, cancelled, started again.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::planner::sweep::{Sweep, Tornado};

use crate::platform;
use crate::slices::Slices;
use crate::state::App;
use crate::texts::Locale;

/// Parts are shown about this often, ms.
const SHOW_EVERY_MS: f64 = 200.0;

/// A slider being dragged is waited for this long, ms.
const PAUSE_MS: u64 = 150;

/// Work that goes one evaluation (or two) at a time.
pub trait Work: Clone + Send + Sync + 'static {
    /// One more; false once all is done.
    fn advance(&mut self, catalogue: &Catalogue) -> bool;
    /// How many of how many.
    fn done(&self) -> (usize, usize);
}

impl Work for Sweep {
    fn advance(&mut self, catalogue: &Catalogue) -> bool {
        Sweep::advance(self, catalogue)
    }

    fn done(&self) -> (usize, usize) {
        (self.cells.len(), self.size())
    }
}

impl Work for Tornado {
    fn advance(&mut self, catalogue: &Catalogue) -> bool {
        Tornado::advance(self, catalogue)
    }

    fn done(&self) -> (usize, usize) {
        (self.swings.len(), self.size())
    }
}

/// A place for such work.
pub struct Run<T: Work> {
    /// What is shown of it.
    pub shown: RwSignal<Option<T>>,
    running: RwSignal<bool>,
    again: RwSignal<u32>,
    slices: Slices,
}

impl<T: Work> Clone for Run<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Work> Copy for Run<T> {}

impl<T: Work> Run<T> {
    /// Runs what `make` makes, again whenever what it reads changes; `None` changes nothing.
    pub fn of(make: impl Fn() -> Option<T> + 'static) -> Self {
        let run = Self {
            shown: RwSignal::new(None),
            running: RwSignal::new(false),
            again: RwSignal::new(0),
            slices: Slices::new(),
        };
        Effect::new(move |_| {
            run.again.track();
            if let Some(work) = make() {
                run.begin(work);
            }
        });
        run
    }

    fn begin(self, mut work: T) {
        self.running.set(true);
        let mut shown_at = platform::now_ms();
        self.slices.run(PAUSE_MS, move || {
            let more = work.advance(Catalogue::embedded());
            let now = platform::now_ms();
            if !more || now - shown_at > SHOW_EVERY_MS {
                shown_at = now;
                self.shown.set(Some(work.clone()));
            }
            if !more {
                self.running.set(false);
            }
            more
        });
    }

    fn cancel(self) {
        self.slices.stop();
        self.running.set(false);
    }
}

/// Progress, cancel, start again. `words`: what is said of all that was to do.
#[component]
pub fn Progress<T: Work>(run: Run<T>, words: fn(Locale, &str) -> String) -> impl IntoView {
    let app = App::here();
    let done = Memo::new(move |_| run.shown.with(|work| work.as_ref().map(Work::done)));
    let status = move || {
        let fmt = app.fmt();
        let (done, size) = done.get()?;
        let count = |n: usize| fmt.count(n as f64);
        let text = if run.running.get() {
            going_on(fmt.locale, &count(done), &count(size))
        } else if done < size {
            stopped(fmt.locale, &count(done), &count(size))
        } else {
            words(fmt.locale, &count(size))
        };
        let share = done as f64 / size.max(1) as f64;
        Some(view! {
            <progress max="1" value=share.to_string() aria-label=app.say(progress)></progress>
            <span>{text}</span>
        })
    };
    let is_partial =
        move || !run.running.get() && done.get().is_some_and(|(done, size)| done < size);
    view! {
        <p class="explore-status" role="status">
            {status}
            {move || run.running.get().then(|| view! { <button type="button" class="link" on:click=move |_| run.cancel()>{app.say(cancel)}</button> })}
            {move || is_partial().then(|| view! { <button type="button" class="link" on:click=move |_| run.again.update(|n| *n += 1)>{app.say(start_again)}</button> })}
        </p>
    }
}

crate::texts! {
    going_on(done, all) = "{done} of {all}", "{done} / {all}";
    stopped(done, all) = "Stopped at {done} of {all}", "已停止：{done} / {all}";
    progress = "Progress", "进度";
    cancel = "Cancel", "取消";
    start_again = "Start again", "重新开始";
}
