//! The disciplines of science (GB/T 13745), from which forms have people choose.

mod rpc;

/// Serves `cast.membership.v1.Disciplines`.
#[derive(Clone, Copy, Debug)]
pub struct Disciplines;
