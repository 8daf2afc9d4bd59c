//! How the program ends.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::process::ExitCode;

use super::terminal;

/// Why a command did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Wrong usage that only shows after the arguments are read.
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// A scenario is invalid; its diagnostics have been printed.
    Invalid,
    /// A scenario, or a file that belongs to it, cannot be read; its diagnostics have been printed.
    Unreadable,
    /// A file cannot be read or written.
    File {
        /// What cannot be done with which file.
        message: String,
        /// Why, or what to do.
        help: String,
    },
    /// A check that was asked for does not hold; it has been said which one.
    CheckFailed,
    /// Stopped by the user.
    Interrupted,
    /// Whoever read the output wants no more of it.
    OutputClosed,
    /// The program contradicts itself.
    Bug(String),
}

impl Failure {
    /// The exit status.
    pub fn status(&self) -> u8 {
        match self {
            Self::OutputClosed => 0,
            Self::Bug(_) => 1,
            Self::Usage { .. } => 2,
            Self::Invalid => 3,
            Self::Unreadable | Self::File { .. } => 4,
            Self::CheckFailed => 5,
            Self::Interrupted => 130,
        }
    }

    fn report(&self) {
        match self {
            Self::Usage { message, help } | Self::File { message, help } => {
                terminal::error(message, help);
            }
            Self::Interrupted => terminal::error("interrupted, nothing was written", ""),
            Self::Bug(message) => terminal::error(&format!("{message}: {BUG}"), ""),
            Self::Invalid | Self::Unreadable | Self::CheckFailed | Self::OutputClosed => {}
        }
    }
}

const BUG: &str = "this is a bug in fleetcast; please report it with the command and the scenario";

/// Runs the program and turns its outcome, even a panic, into an exit status.
pub fn guard(work: impl FnOnce() -> Result<(), Failure>) -> ExitCode {
    std::panic::set_hook(Box::new(explain_panic));
    ExitCode::from(status(work))
}

fn status(work: impl FnOnce() -> Result<(), Failure>) -> u8 {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => 0,
        Ok(Err(failure)) => {
            failure.report();
            failure.status()
        }
        // The hook has explained it.
        Err(_) => 1,
    }
}

fn explain_panic(info: &PanicHookInfo<'_>) {
    let place =
        info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
    let what = payload_text(info).unwrap_or("an unknown reason");
    terminal::error(&format!("stopped by {what}{place}"), BUG);
    let trace = std::backtrace::Backtrace::capture();
    if trace.status() == std::backtrace::BacktraceStatus::Captured {
        terminal::note(&format!("{trace}\n"));
    }
}

fn payload_text<'a>(info: &'a PanicHookInfo<'_>) -> Option<&'a str> {
    let payload = info.payload();
    payload.downcast_ref::<&str>().copied().or_else(|| Some(payload.downcast_ref::<String>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_failure_has_its_status() {
        let file = Failure::File { message: String::new(), help: String::new() };
        let usage = Failure::Usage { message: String::new(), help: String::new() };
        for (failure, expected) in [
            (Failure::OutputClosed, 0),
            (Failure::Bug(String::new()), 1),
            (usage, 2),
            (Failure::Invalid, 3),
            (Failure::Unreadable, 4),
            (file, 4),
            (Failure::CheckFailed, 5),
            (Failure::Interrupted, 130),
        ] {
            assert_eq!(status(|| Err(failure)), expected);
        }
        assert_eq!(status(|| Ok(())), 0);
    }

    #[test]
    fn a_panic_is_a_bug() {
        assert_eq!(status(|| panic!("a broken invariant")), 1);
    }
}
