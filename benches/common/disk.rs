//! Scenarios as they lie on the disk.

use fleetcast::scenario::{FileReader, Scenario, load};

struct Disk;

impl FileReader for Disk {
    fn read(&self, path: &str) -> std::io::Result<String> {
        std::fs::read_to_string(path)
    }
}

/// A scenario with overlays and single values; none if it is not valid.
pub(crate) fn scenario(path: &str, overlays: &[String], sets: &[String]) -> Option<Scenario> {
    load(&Disk, path, overlays, sets).result.ok()
}
