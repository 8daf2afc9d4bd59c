//! Statistics of plain numbers: exact sums, moments, quantile sketches, intervals, percentiles,
//! correlation, correlation matrices, autoregressive processes, scores of forecasts and sensitivities. No domain
//! words, nothing of ours.

mod ar1;
mod correlation;
mod exact;
mod intervals;
mod matrix;
mod moments;
mod paired;
mod percentile;
mod predictive;
mod replicates;
mod score;
mod sensitivity;
mod separation;
mod shapley;
mod sketch;

pub use ar1::{OrnsteinUhlenbeck, ar1_innovation_sd, ar1_stationary_variance};
pub use correlation::{
    kendall, kendall_from_normal, lognormal_pearson, lognormal_pearson_inverse,
    lognormal_pearson_range, normal_from_kendall, normal_from_spearman, orthant_probability,
    pearson, ranks, spearman, spearman_from_normal,
};
pub use exact::ExactSum;
pub use intervals::{RankInterval, normal_upper_quantile, percentile_ranks, wilson, wilson_share};
pub use matrix::{Matrix, Nearest, cholesky, is_valid_correlation, nearest_correlation};
pub use moments::{Moments, lag1_autocorrelation, mean, sd};
pub use paired::{PairedShares, paired_shares};
pub use percentile::percentile;
pub use predictive::Predictive;
pub use replicates::{
    clopper_pearson, ratio_error, standard_error_of_means, student_upper_quantile,
};
pub use score::{
    brier, crps_ensemble, crps_exponential, crps_fair, crps_logistic, crps_lognormal, crps_normal,
    crps_uniform, interval_score, log_score_binary, log_score_normal, normal_cdf,
};
pub use sensitivity::{
    AtEnds, Effect, FEWEST, Measured, Projection, Response, chi_squared_upper, holm, project,
};
pub use separation::{Groups, Ranked, Separation};
pub use shapley::{permutations, shapley};
pub use sketch::{
    Bins, Counts, Exceedance, Ordered, PlacedRow, Places, Sketch, SketchParts, Taken, Window,
    WindowView, choose_bins, choose_bits, key_of, raise,
};
