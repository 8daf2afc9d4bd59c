//! Process CPU time: other load on the machine moves it little.

use cpu_time::ProcessTime;

/// CPU seconds of some work.
pub(crate) fn cpu(work: impl FnOnce()) -> f64 {
    let start = ProcessTime::now();
    work();
    start.elapsed().as_secs_f64()
}

/// The middle value.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
