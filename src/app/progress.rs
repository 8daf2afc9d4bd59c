//! A progress bar on standard error, for work that takes long and is watched.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::exit::Failure;
use super::terminal;
use crate::engine::Progress;

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

const TEMPLATE: &str = "  {wide_bar:.green} {percent:>3} %  {human_pos} of {human_len} draws, {rate} a second, {eta} left";

/// A flag that Ctrl-C sets.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches for Ctrl-C and requests to terminate from now on.
    pub(super) fn watch() -> Result<Self, Failure> {
        let interrupt = Self::default();
        let flag = Arc::clone(&interrupt.0);
        ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))
            .map_err(|error| Failure::Bug(format!("cannot watch for Ctrl-C ({error})")))?;
        Ok(interrupt)
    }

    /// Fails if the user has interrupted.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.0.load(Ordering::Relaxed) { Err(Failure::Interrupted) } else { Ok(()) }
    }
}

/// Progress of a run.
pub(super) struct Bar {
    shown: ProgressBar,
    interrupt: Interrupt,
    /// Whether the bar may show itself; cleared once it has.
    waiting: AtomicBool,
}

impl Bar {
    /// A bar for so many draws; it never shows if `quiet`, or if nobody watches.
    pub(super) fn new(draws: u64, quiet: bool, interrupt: Interrupt) -> Self {
        let bar = ProgressBar::with_draw_target(Some(draws), ProgressDrawTarget::hidden());
        // The template is a constant; were it wrong, the default style would do.
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.with_key("rate", rate));
        }
        let waiting = AtomicBool::new(!quiet && terminal::is_watched());
        Self { shown: bar, interrupt, waiting }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.shown.finish_and_clear();
    }
}

/// Draws a second, without a fraction.
fn rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    // A bar that cannot be drawn is no reason to stop.
    let _ = write!(out, "{}", HumanCount(state.per_sec().round() as u64));
}

impl Progress for Bar {
    fn advance(&self, draws: u64) {
        self.shown.inc(draws);
        if self.waiting.load(Ordering::Relaxed)
            && self.shown.elapsed() > PATIENCE
            && self.waiting.swap(false, Ordering::Relaxed)
        {
            self.shown.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    fn cancelled(&self) -> bool {
        self.interrupt.check().is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_cancels() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
        let interrupt = Interrupt::default();
        let bar = Bar::new(10, true, interrupt.clone());
        bar.advance(4);
        assert!(!bar.cancelled());
        assert_eq!(bar.shown.position(), 4);
        assert_eq!(interrupt.check(), Ok(()));
        interrupt.0.store(true, Ordering::Relaxed);
        assert!(bar.cancelled());
        assert_eq!(interrupt.check(), Err(Failure::Interrupted));
    }
}
