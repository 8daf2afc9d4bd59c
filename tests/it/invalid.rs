//! Wrong scenario files, with the diagnostics that each must give beside it.
//!
//! After a change of a message, run the test with `FLEETCAST_ACCEPT=1` in the environment, and read
//! the difference before it is committed.

#![expect(clippy::panic, reason = "helpers of tests")]

use std::path::{Path, PathBuf};

use fleetcast::diag::{Style, render};
use fleetcast::scenario::{Failure, FileReader, Loaded, load};

/// Columns of the rendered diagnostics.
const WIDTH: usize = 100;

struct Folder(PathBuf);

impl FileReader for Folder {
    fn read(&self, path: &str) -> std::io::Result<String> {
        // The words of the system's own message differ between systems.
        std::fs::read_to_string(self.0.join(path)).map_err(|error| error.kind().into())
    }

    fn beside(&self, path: &str) -> Vec<String> {
        let folder = self.0.join(path).parent().map(Path::to_path_buf).unwrap_or_default();
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn load_case(path: &str, overlays: &[&str], sets: &[&str]) -> Loaded {
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    load(&Folder(cases()), path, &owned(overlays), &owned(sets))
}

fn rendered(loaded: &Loaded) -> String {
    render(&loaded.diagnostics, &loaded.sources, Style::Plain, WIDTH)
}

fn names(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(cases().join(folder))
        .unwrap_or_else(|error| panic!("tests/cases/{folder}: {error}"));
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    names
}

#[test]
fn every_invalid_file_gives_its_diagnostics() {
    compare("invalid", &|path| load_case(path, &[], &[]));
}

#[test]
fn every_invalid_overlay_gives_its_diagnostics() {
    compare("invalid-overlays", &|path| load_case("scenario.toml", &[path], &[]));
}

/// Compares what the files of a folder give with what stands beside them.
fn compare(folder: &str, load: &dyn Fn(&str) -> Loaded) {
    let accept = std::env::var_os("FLEETCAST_ACCEPT").is_some();
    let names = names(folder);
    assert!(names.len() >= 5, "{names:?}");
    let mut wrong = Vec::new();
    for name in &names {
        let loaded = load(&format!("{folder}/{name}.toml"));
        let unread = loaded.diagnostics.iter().any(|one| one.code == "S001");
        let failure = if unread { Failure::Unreadable } else { Failure::Invalid };
        assert_eq!(loaded.result.as_ref().err(), Some(&failure), "{name}");
        let actual = rendered(&loaded);
        let path = cases().join(format!("{folder}/{name}.expected"));
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if actual == expected {
            continue;
        }
        if accept {
            std::fs::write(&path, actual).unwrap_or_else(|error| panic!("{name}: {error}"));
        } else {
            wrong.push(format!("{name}: expected\n{expected}\nbut got\n{actual}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n=====\n"));
}

#[test]
fn the_schema_beside_the_scenarios_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/fleetcast.schema.json");
    let actual = fleetcast::scenario::json_schema();
    if std::env::var_os("FLEETCAST_ACCEPT").is_some() {
        std::fs::write(&path, &actual).unwrap_or_else(|error| panic!("{error}"));
    }
    let shipped = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(shipped == actual, "run this test with FLEETCAST_ACCEPT=1 and commit the file");
}

#[test]
fn the_codes_of_all_messages_are_listed() {
    for name in names("invalid") {
        for diagnostic in &load_case(&format!("invalid/{name}.toml"), &[], &[]).diagnostics {
            let code = diagnostic.code;
            assert!(fleetcast::scenario::CODES.iter().any(|(known, _)| *known == code), "{code}");
            assert!(!diagnostic.help.is_empty(), "{name}: {} has no advice", diagnostic.message);
        }
    }
}

#[test]
fn a_scenario_that_cannot_be_read_is_told_apart() {
    let loaded = load_case("nowhere.toml", &[], &[]);
    assert_eq!(loaded.result.err(), Some(Failure::Unreadable));
    assert_eq!(loaded.diagnostics.error_count(), 1);
    // As a file that it names: which of them it is, the message says.
    let loaded = load_case("scenario.toml", &["nowhere.toml"], &[]);
    assert_eq!(loaded.result.err(), Some(Failure::Unreadable));
    let loaded = load_case("invalid/not-read.toml", &[], &[]);
    assert_eq!(loaded.result.err(), Some(Failure::Unreadable));
}
