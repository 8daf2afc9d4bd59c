//! Statistics of plain numbers: exact sums, moments, quantile sketches, intervals, percentiles,
//! correlation, correlation matrices, autoregressive processes and scores of forecasts. No domain words, nothing of ours.

mod ar1;
mod correlation;
mod exact;
mod intervals;
mod matrix;
mod moments;
mod percentile;
mod predictive;
mod score;
mod separation;
mod sketch;

pub use ar1::{OrnsteinUhlenbeck, ar1_innovation_sd, ar1_stationary_variance};
pub use correlation::{
    kendall, kendall_from_normal, lognormal_pearson, lognormal_pearson_inverse,
    lognormal_pearson_range, normal_from_kendall, normal_from_spearman, orthant_probability,
    pearson, ranks, spearman, spearman_from_normal,
};
pub use exact::ExactSum;
pub use intervals::{RankInterval, normal_upper_quantile, percentile_ranks, wilson};
pub use matrix::{Matrix, Nearest, cholesky, is_valid_correlation, nearest_correlation};
pub use moments::{Moments, lag1_autocorrelation, mean, sd};
pub use percentile::percentile;
pub use predictive::Predictive;
pub use score::{
    brier, crps_ensemble, crps_exponential, crps_fair, crps_logistic, crps_lognormal, crps_normal,
    crps_uniform, interval_score, log_score_binary, log_score_normal, normal_cdf,
};
pub use separation::{Separation, rising, separation};
pub use sketch::{Exceedance, Sketch, SketchParts, Window, choose_bits, key_of};
