//! The web app: mounts the shell. Everything it shows is computed by the library.
//!
//! The map: `platform` alone touches the browser, `state` holds what the user chose and what follows
//! from it, `texts` every word in both languages, `format` numbers as a reader writes them,
//! `controls` the reusable parts, `charts` canvases,
//! `shell` the frame, `inputs` the rail, one folder for each view.

mod charts;
mod compare;
mod controls;
mod evidence;
mod explore;
mod fields;
mod format;
mod inputs;
mod live;
mod names;
mod notices;
mod outcomes;
mod plan;
mod platform;
mod price;
mod shell;
mod slices;
mod state;
mod texts;
mod trains;

fn main() {
    platform::log_panics();
    platform::mount(shell::Shell);
}
