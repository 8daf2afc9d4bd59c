//! Tests of the program as a whole: it is run as a user runs it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop at the first surprise"
)]

mod analytic;
mod cli;
mod contracts;
mod data;
mod determinism;
mod documents;
mod explain;
mod golden;
mod identities;
mod invalid;
mod layering;
mod limits;
mod money;
mod mutations;
mod published;
mod reference;
mod reorder;
mod show;
mod support;
mod targets;
mod training;
