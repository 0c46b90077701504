//! Tests of the physics.
