//! Collects layers one by one into groups of equal ones.

use crate::catalogue::architecture::{Attention, FeedForward};

/// Layers in the order they were added, equal ones together.
#[derive(Default)]
pub(super) struct Layers {
    mixers: Vec<(Attention, u32)>,
    ffns: Vec<(FeedForward, u32)>,
}

impl Layers {
    /// Adds one token-mixing layer.
    pub(super) fn mixer(&mut self, mut layer: Attention) {
        layer.set_layers(1);
        match self.mixers.iter_mut().find(|(known, _)| *known == layer) {
            Some((_, n)) => *n += 1,
            None => self.mixers.push((layer, 1)),
        }
    }

    /// Adds one feed-forward layer.
    pub(super) fn ffn(&mut self, mut layer: FeedForward) {
        layer.set_layers(1);
        match self.ffns.iter_mut().find(|(known, _)| *known == layer) {
            Some((_, n)) => *n += 1,
            None => self.ffns.push((layer, 1)),
        }
    }

    /// Changes every token-mixing group.
    pub(super) fn each_mixer(&mut self, change: impl FnMut(&mut Attention)) {
        self.mixers
            .iter_mut()
            .map(|(layer, _)| layer)
            .for_each(change);
    }

    /// The groups.
    pub(super) fn finish(self) -> (Vec<Attention>, Vec<FeedForward>) {
        let mixers = self.mixers.into_iter().map(|(mut layer, n)| {
            layer.set_layers(n);
            layer
        });
        let ffns = self.ffns.into_iter().map(|(mut layer, n)| {
            layer.set_layers(n);
            layer
        });
        (mixers.collect(), ffns.collect())
    }
}
