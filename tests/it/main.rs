//! Tests of the program as a whole: it is run as a user runs it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop at the first surprise"
)]

mod analytic;
mod cli;
mod compare;
mod comparison_folder;
mod condition;
mod contracts;
mod data;
mod determinism;
mod documents;
mod drivers;
mod explain;
mod gallery;
mod golden;
mod identities;
mod invalid;
#[cfg(feature = "parquet")]
mod keep_draws;
mod layering;
mod limits;
mod money;
mod mutations;
mod published;
mod quantiles;
mod reference;
mod reorder;
mod report;
mod runs;
mod sampling;
mod score;
mod shards;
mod show;
mod support;
mod sweep;
mod targets;
mod torn;
mod training;
mod unused;
mod validate;
