//! How long `fleetcast runs` takes over a thousand run folders: it reads one small file of each.
//!
//! `cargo bench --bench runs [-- FOLDERS]`. The folders are copies of one run, each with the name of
//! its own; the goal is 0.2 s for a thousand, with the files in the memory of the system.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const PROGRAM: &str = env!("CARGO_BIN_EXE_fleetcast");
const ROUNDS: usize = 9;

/// A folder that goes away with the bench.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's care of its temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn main() -> std::io::Result<()> {
    let count = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(1000_usize);
    let folder = std::env::temp_dir().join(format!("fleetcast-runs-{}", std::process::id()));
    let folder = Folder(folder);
    let size = copies(&folder.0, count)?;
    println!("{count} run folders, run.json of {size} bytes each");
    for arguments in [&[][..], &["--metric", "fleet.h100e@2026"], &["--json"]] {
        let mut seconds = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let listed =
                Command::new(PROGRAM).arg("runs").arg(&folder.0).args(arguments).output()?;
            seconds.push(start.elapsed().as_secs_f64());
            assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        }
        seconds.sort_by(f64::total_cmp);
        let (best, median) = (1e3 * seconds[0], 1e3 * seconds[ROUNDS / 2]);
        let command = ["runs"].iter().chain(arguments).copied().collect::<Vec<_>>().join(" ");
        println!("{command:34} best {best:6.1} ms, median {median:6.1} ms");
    }
    Ok(())
}

/// Folders with the `run.json` of one run; answers its size.
fn copies(folder: &Path, count: usize) -> std::io::Result<usize> {
    let one = folder.join("one");
    std::fs::create_dir_all(&one)?;
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/meta-2024-07.toml");
    let made = Command::new(PROGRAM)
        .args(["run", "--draws", "1024", "--no-charts", "--quiet", "--out"])
        .arg(one.join("run"))
        .arg(&scenario)
        .output()?;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = std::fs::read(one.join("run/run.json"))?;
    std::fs::remove_dir_all(&one)?;
    for number in 0..count {
        let run = folder.join(format!("run-{number:04}"));
        std::fs::create_dir_all(&run)?;
        std::fs::write(run.join("run.json"), &text)?;
    }
    Ok(text.len())
}
