//! The program: arguments in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    fleetcast::app::exit::guard(|| fleetcast::app::run(fleetcast::cli::parse()))
}
