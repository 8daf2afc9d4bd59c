//! Fleetcast projects AI fleets: chips, clusters, power and money, each as a probability.

pub mod app;
pub mod charts;
pub mod cli;
pub mod diag;
pub mod dist;
pub mod engine;
pub mod model;
pub mod plan;
pub mod report;
pub mod results;
pub mod sampling;
pub mod scenario;
pub mod score;
pub mod stats;
pub mod tables;
pub mod time;
pub mod units;
pub mod validation;
pub mod vector;
