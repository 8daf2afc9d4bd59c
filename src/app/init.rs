//! `init`: a scenario to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::exit::Failure;
use super::terminal;

/// The scenario: one made-up company, every input that is needed.
const STARTER: &str = include_str!("starter.toml");

/// Options of `init`.
#[derive(Clone, Debug)]
pub struct Options {
    /// File to write.
    pub file: PathBuf,
}

/// Writes the scenario, unless there is such a file.
pub(super) fn init(options: &Options) -> Result<(), Failure> {
    let name = options.file.display();
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&options.file)
        .and_then(|mut file| file.write_all(STARTER.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::File {
            message: format!("`{name}` exists already, and is left as it is"),
            help: "name another file: fleetcast init other.toml".to_owned(),
        },
        _ => Failure::File { message: format!("cannot write `{name}`"), help: error.to_string() },
    })?;
    terminal::note(&format!("{} `{name}`\n", terminal::styled(terminal::GOOD, "wrote")));
    terminal::note(&format!("  next: fleetcast run {name}\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{FileReader, load};

    struct Starter;

    impl FileReader for Starter {
        fn read(&self, _path: &str) -> std::io::Result<String> {
            Ok(STARTER.to_owned())
        }
    }

    #[test]
    fn the_starter_is_valid_and_has_no_warnings() {
        let loaded = load(&Starter, "starter.toml", &[], &[]);
        let found: Vec<_> = loaded.diagnostics.iter().map(|d| (&d.message, &d.help)).collect();
        assert!(found.is_empty(), "{found:?}");
        let plan = crate::plan::compile(&loaded.result.unwrap());
        assert!(plan.is_ok(), "{:?}", plan.err());
    }
}
