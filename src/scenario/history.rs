//! Undo and redo, and the list of recent scenarios: plain data, stored by the app.

/// States that undo and redo go back and forth between.
///
/// Changes that carry the same key in a row (a slider being dragged) are one step.
#[derive(Clone, Debug, PartialEq)]
pub struct History<T> {
    past: Vec<T>,
    present: T,
    future: Vec<T>,
    /// Key of the change that led to the present, while it may still grow.
    open: Option<String>,
    limit: usize,
}

impl<T: Clone + PartialEq> History<T> {
    /// A history that begins with a state and remembers so many steps.
    pub fn new(present: T, limit: usize) -> Self {
        Self {
            past: Vec::new(),
            present,
            future: Vec::new(),
            open: None,
            limit: limit.max(1),
        }
    }

    /// The state now.
    pub fn present(&self) -> &T {
        &self.present
    }

    /// Takes over a new state. `key` names the input that is being changed; `None` = a named act
    /// (preset, reset, opened file), always a step of its own. Returns whether a step was added.
    pub fn push(&mut self, state: T, key: Option<&str>) -> bool {
        if state == self.present {
            return false;
        }
        let grows = key.is_some() && self.open.as_deref() == key;
        let before = std::mem::replace(&mut self.present, state);
        self.future.clear();
        self.open = key.map(str::to_owned);
        if grows {
            return false;
        }
        self.past.push(before);
        if self.past.len() > self.limit {
            self.past.remove(0);
        }
        true
    }

    /// Ends a drag: the next change of the same input is a step of its own.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Goes one step back; `None` at the beginning.
    pub fn undo(&mut self) -> Option<&T> {
        let before = self.past.pop()?;
        let now = std::mem::replace(&mut self.present, before);
        self.future.push(now);
        self.open = None;
        Some(&self.present)
    }

    /// Goes one step forward again; `None` at the end.
    pub fn redo(&mut self) -> Option<&T> {
        let after = self.future.pop()?;
        let now = std::mem::replace(&mut self.present, after);
        self.past.push(now);
        self.open = None;
        Some(&self.present)
    }

    /// Whether there is a step to go back to.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is a step to go forward to.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

/// Recent scenarios kept on the device.
const RECENT: usize = 12;

/// Puts a link in front of the recent ones; one that was there moves up. The default scenario is
/// always at hand and not listed.
pub fn remember(recent: &[String], link: &str) -> Vec<String> {
    let default = super::link::encode(&super::link::SharedState::default());
    std::iter::once(link)
        .chain(recent.iter().map(String::as_str).filter(|l| *l != link))
        .filter(|l| *l != default)
        .take(RECENT)
        .map(str::to_owned)
        .collect()
}

/// The stored list as text, one link a line (links hold no line breaks).
pub fn write_recent(recent: &[String]) -> String {
    recent.join("\n")
}

/// The list of a stored text; what cannot be read as a link is dropped.
pub fn read_recent(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| super::link::decode(line).taken > 0)
        .take(RECENT)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_drag_is_one_step() {
        let mut h = History::new(0, 10);
        for x in 1..=5 {
            h.push(x, Some("tpot"));
        }
        h.push(6, Some("ttft"));
        assert_eq!(h.undo(), Some(&5));
        assert_eq!(h.undo(), Some(&0));
        assert_eq!(h.undo(), None);
        assert_eq!(h.redo(), Some(&5));
        // A second drag of the same input after an undo or a pause is a new step.
        h.push(7, Some("tpot"));
        h.close();
        h.push(8, Some("tpot"));
        assert_eq!(h.undo(), Some(&7));
        assert_eq!(h.undo(), Some(&5));
    }

    #[test]
    fn acts_are_steps_and_a_new_one_ends_redo() {
        let mut h = History::new("a", 10);
        assert!(h.push("b", None));
        assert!(h.push("c", None));
        assert!(!h.push("c", None));
        h.undo();
        assert!(h.can_redo());
        h.push("d", None);
        assert!(!h.can_redo());
        assert_eq!(h.undo(), Some(&"b"));
    }

    proptest! {
        #[test]
        fn undo_all_then_redo_all_comes_back(states in prop::collection::vec((0u8..5, 0u8..3), 0..40)) {
            let mut h = History::new(0, 15);
            for (state, key) in states {
                let key = ["a", "b"].get(usize::from(key)).copied();
                h.push(state, key);
            }
            let end = *h.present();
            let mut steps = 0;
            while h.undo().is_some() {
                steps += 1;
            }
            prop_assert!(steps <= 15);
            for _ in 0..steps {
                prop_assert!(h.redo().is_some());
            }
            prop_assert_eq!(*h.present(), end);
        }
    }

    #[test]
    fn recent_ones_move_up_and_are_few() {
        let mut recent = Vec::new();
        for i in 0..20 {
            recent = remember(&recent, &format!("#v=1&tpot={}", 10 + i));
        }
        recent = remember(&recent, "#v=1&tpot=20");
        recent = remember(&recent, "#v=1");
        assert_eq!(recent.len(), RECENT);
        assert_eq!(recent[0], "#v=1&tpot=20");
        assert_eq!(recent.iter().filter(|l| *l == "#v=1&tpot=20").count(), 1);
        assert_eq!(read_recent(&write_recent(&recent)), recent);
        assert!(read_recent("garbage\n\n{}").is_empty());
    }
}
