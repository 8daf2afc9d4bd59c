//! A test of the program: files in, arguments, then status, output and files.

pub(crate) mod library;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// The scenario that `init` writes: small, complete and valid.
pub(crate) const STARTER: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/app/starter.toml"));

/// Sign that starts an escape code.
pub(crate) const ESCAPE: char = '\u{1b}';

/// Variables that would change colors or widths, so that tests do not depend on who runs them.
const COLOR_VARIABLES: [&str; 5] =
    ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE", "COLUMNS"];

/// One call of the program in a folder of its own, which goes away with it.
pub(crate) struct Sim {
    folder: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Sim {
    /// In an empty folder.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("fleetcast-test-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, arguments: Vec::new(), variables: Vec::new() }
    }

    /// In a folder with the starter scenario as `s.toml`.
    pub(crate) fn starter() -> Self {
        Self::new().file("s.toml", STARTER)
    }

    /// In a folder with the starter scenario as `s.toml`, one text in it replaced by another.
    pub(crate) fn starter_with(old: &str, new: &str) -> Self {
        assert_eq!(STARTER.matches(old).count(), 1, "`{old}` in the starter scenario");
        Self::new().file("s.toml", &STARTER.replace(old, new))
    }

    /// With one more file.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.bytes(path, text.as_bytes())
    }

    /// With one more file that need not be a text.
    pub(crate) fn bytes(self, path: &str, bytes: &[u8]) -> Self {
        if let Some(folder) = Path::new(path).parent() {
            std::fs::create_dir_all(self.folder.join(folder)).unwrap();
        }
        std::fs::write(self.folder.join(path), bytes).unwrap();
        self
    }

    /// With these arguments, separated by spaces.
    pub(crate) fn args(mut self, arguments: &str) -> Self {
        self.arguments.extend(arguments.split_whitespace().map(str::to_owned));
        self
    }

    /// With one more argument, which may hold spaces.
    pub(crate) fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// With a variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The call, all three streams piped, for tests that watch it while it runs.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleetcast"));
        for name in COLOR_VARIABLES {
            command.env_remove(name);
        }
        command
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Calls it and waits.
    pub(crate) fn run(self) -> Outcome {
        let output = self.command().output().unwrap();
        Outcome::new(self, &output)
    }

    /// Calls it, interrupts it after its first remark, in which it has begun to watch for signals, and
    /// fails unless it says so and leaves nothing behind. Gives that remark.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn interrupted(&self) -> String {
        use std::io::{BufRead, BufReader, Read};

        let before = self.entries();
        let mut child = self.command().spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let status = child.wait().unwrap();
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        assert_eq!(status.code(), Some(130), "{first}{rest}");
        assert!(rest.contains("interrupted"), "{first}{rest}");
        assert_eq!(self.entries(), before);
        first
    }

    /// The names of all files and folders in the folder, sorted.
    pub(crate) fn entries(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(&self.folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's care of its temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What came of a call.
pub(crate) struct Outcome {
    sim: Sim,
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The outcome of a call of `sim`.
    pub(crate) fn new(sim: Sim, output: &Output) -> Self {
        Self {
            sim,
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// The same folder, for another call.
    pub(crate) fn then(self) -> Sim {
        let mut sim = self.sim;
        sim.arguments.clear();
        sim
    }

    /// One more call of the program in the same folder, without arguments yet.
    pub(crate) fn command(&self) -> Command {
        let command = self.sim.command();
        let mut bare = Command::new(command.get_program());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => bare.env(name, value),
                None => bare.env_remove(name),
            };
        }
        bare.current_dir(&self.sim.folder).stdin(Stdio::null());
        bare
    }

    /// Fails unless it ended with this status.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{}{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless standard output holds this text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no `{text}` in:\n{}", self.stdout);
        self
    }

    /// Fails unless standard error holds this text.
    #[track_caller]
    pub(crate) fn remarks(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no `{text}` in:\n{}", self.stderr);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e} in:\n{}", self.stdout))
    }

    /// The path of a file of the folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.sim.folder.join(name)
    }

    /// The text of a file of the folder.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The names of all files and folders in a folder below, sorted.
    pub(crate) fn entries_of(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// The names of all files and folders in the folder, sorted.
    pub(crate) fn entries(&self) -> Vec<String> {
        self.sim.entries()
    }
}

/// All files below a folder, by their path in it.
pub(crate) fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}
