//! Run folders: written whole or not at all, and never touching files that we did not write.
//!
//! A run into `out/NAME` collects its files in a hidden folder beside it:
//!
//! ```text
//! out/.NAME.partial-PID/lock   locked while its process lives
//! out/.NAME.partial-PID/new    files of this run
//! out/.NAME.partial-PID/old    what was in out/NAME, while the two are swapped
//! ```
//!
//! To commit, `out/NAME` is renamed to `old` and `new` to `out/NAME`; files of `old` that its
//! `run.json` does not list are then moved over, the others are removed. A run that died in between is
//! finished or taken back by the next one.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Error, ErrorKind};
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;

use crate::results::{kind_of, listed_files};

/// The file that makes a folder a run folder and lists what was written into it.
pub const RUN_JSON: &str = "run.json";
/// The file of a run folder that makes the run again.
pub(super) const RESOLVED: &str = "scenario.resolved.toml";

/// A folder that holds a finished run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

/// A run folder that is being written; nothing can be seen of it before [`Pending::commit`].
#[derive(Debug)]
pub struct Pending {
    target: PathBuf,
    work: PathBuf,
    files: BTreeSet<String>,
    /// Held open for its lock: tells other processes that this one lives.
    _lock: File,
}

impl RunFolder {
    /// Starts to write a run folder. Fails if the path is something else than a run folder or an
    /// empty folder, or if another process is writing it.
    pub fn create(path: &Path) -> io::Result<Pending> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| named(parent, &error))?;
        }
        let target = absolute(path)?;
        recover(&target)?;
        check_target(&target)?;
        let work = beside(&target, &format!("partial-{}", std::process::id()))?;
        // The user knows the folder that it is made in.
        let parent = work.parent().unwrap_or(&work);
        fs::create_dir(&work).map_err(|error| named(parent, &error))?;
        match prepare(&work) {
            Ok(lock) => Ok(Pending { target, work, files: BTreeSet::new(), _lock: lock }),
            Err(error) => {
                // What cannot be removed here is removed by the next run.
                let _ = fs::remove_dir_all(&work);
                Err(named(&work, &error))
            }
        }
    }

    /// Opens a finished run.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = absolute(path).map_err(|error| named(path, &error))?;
        let recovered = recover(&path);
        if manifest(&path)?.is_some() {
            // What another run is doing beside it does not matter.
            return Ok(Self { path });
        }
        recovered?;
        let message =
            format!("`{}` is not a run folder: it has no {RUN_JSON} of a run", path.display());
        Err(Error::new(ErrorKind::NotFound, message))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads one of its files.
    pub fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        let path = self.path.join(safe(file)?);
        fs::read(&path).map_err(|error| named(&path, &error))
    }

    /// Writes files into the finished run, each whole or not at all; files of the same path are
    /// replaced. If some are new, `run_json` gives the text of `run.json` for all files there are.
    pub fn add(
        &self,
        files: &[(&str, Vec<u8>)],
        run_json: impl FnOnce(&[String]) -> String,
    ) -> io::Result<()> {
        let mut listed = manifest(&self.path)?.unwrap_or_default();
        let before = listed.len();
        for (file, bytes) in files {
            self.put(file, bytes)?;
            listed.insert((*file).to_owned());
        }
        if listed.len() > before {
            let listed: Vec<String> = listed.into_iter().collect();
            self.put(RUN_JSON, run_json(&listed).as_bytes())?;
        }
        Ok(())
    }

    fn put(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path.join(safe(file)?);
        let part = beside(&path, &format!("partial-{}", std::process::id()))?;
        let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, &path));
        written.map_err(|error| {
            // It may never have been made.
            let _ = fs::remove_file(&part);
            named(&path, &error)
        })
    }
}

impl Pending {
    /// Writes a file; its path is relative and uses `/`. A file of the same path is replaced.
    pub fn write(&mut self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.work.join("new").join(safe(file)?);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| named(folder, &error))?;
        }
        fs::write(&path, bytes).map_err(|error| named(&path, &error))?;
        self.files.insert(file.to_owned());
        Ok(())
    }

    /// Writes many files, on all processors.
    pub fn write_all(&mut self, files: &[(String, Vec<u8>)]) -> io::Result<()> {
        let new = self.work.join("new");
        let mut folders = BTreeSet::new();
        for (file, _) in files {
            folders.extend(new.join(safe(file)?).parent().map(Path::to_path_buf));
        }
        for folder in folders {
            fs::create_dir_all(&folder).map_err(|error| named(&folder, &error))?;
        }
        files.par_iter().try_for_each(|(file, bytes)| {
            let path = new.join(file);
            fs::write(&path, bytes).map_err(|error| named(&path, &error))
        })?;
        self.files.extend(files.iter().map(|(file, _)| file.clone()));
        Ok(())
    }

    /// Makes a file to be written bit by bit; its path is as in [`Pending::write`].
    pub fn create_file(&mut self, file: &str) -> io::Result<File> {
        let path = self.work.join("new").join(safe(file)?);
        let made = File::create(&path).map_err(|error| named(&path, &error))?;
        self.files.insert(file.to_owned());
        Ok(made)
    }

    /// The files written so far, without `run.json`: what `run.json` has to list.
    pub fn files(&self) -> Vec<String> {
        self.files.iter().filter(|file| *file != RUN_JSON).cloned().collect()
    }

    /// Puts the folder in place. Fails without any change if `run.json` was not written or does not
    /// list every file, or if a file that we did not write is in the way.
    pub fn commit(self) -> io::Result<RunFolder> {
        let (new, old) = (self.work.join("new"), self.work.join("old"));
        let listed = manifest(&new)?.unwrap_or_default();
        if !self.files.contains(RUN_JSON) || !self.files().iter().all(|f| listed.contains(f)) {
            let message = format!("{RUN_JSON} must list every file of the run");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        check_target(&self.target)?;
        if self.target.exists() {
            check_conflicts(&self.target, &self.files)?;
            fs::rename(&self.target, &old).map_err(|error| named(&self.target, &error))?;
        }
        if let Err(error) = fs::rename(&new, &self.target) {
            if old.exists() {
                fs::rename(&old, &self.target)?;
            }
            return Err(named(&self.target, &error));
        }
        move_foreign(&old, &self.target)?;
        Ok(RunFolder { path: self.target.clone() })
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // Files that are not ours are only here if moving them failed: the next run tries again.
        if !self.work.join("old").exists() {
            // Nobody can be told; what stays behind is removed by the next run.
            let _ = fs::remove_dir_all(&self.work);
        }
    }
}

/// Makes and locks what a run writes into.
fn prepare(work: &Path) -> io::Result<File> {
    let lock = File::create(work.join("lock"))?;
    match lock.try_lock() {
        // Where the file system has no locks, runs cannot see each other.
        Ok(()) | Err(TryLockError::Error(_)) => {}
        Err(TryLockError::WouldBlock) => return Err(ErrorKind::ResourceBusy.into()),
    }
    fs::create_dir(work.join("new"))?;
    Ok(lock)
}

/// The path with its parent resolved and links followed, so that the folder itself is written and
/// not replaced by another.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    if path.exists() {
        return fs::canonicalize(path);
    }
    let name = path.file_name().ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, format!("`{}` names no folder", path.display()))
    })?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    Ok(fs::canonicalize(parent)?.join(name))
}

/// `.NAME.SUFFIX` beside `NAME`.
fn beside(target: &Path, suffix: &str) -> io::Result<PathBuf> {
    let (parent, name) = target.parent().zip(target.file_name()).ok_or_else(|| {
        let message = format!("`{}` cannot be a run folder", target.display());
        Error::new(ErrorKind::InvalidInput, message)
    })?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(".");
    hidden.push(suffix);
    Ok(parent.join(hidden))
}

/// Refuses a folder that holds something else than what is to be written: `run`, `compare` or `sweep`.
pub fn check_kind(target: &Path, kind: &str) -> io::Result<()> {
    let Ok(text) = fs::read_to_string(target.join(RUN_JSON)) else { return Ok(()) };
    let what = match kind_of(&text).as_deref() {
        Some("run") if kind != "run" => "a run",
        Some("compare") if kind != "compare" => "a comparison",
        Some("sweep") if kind != "sweep" => "a sweep",
        _ => return Ok(()),
    };
    let message = format!("`{}` holds {what}; choose another folder", target.display());
    Err(Error::new(ErrorKind::AlreadyExists, message))
}

/// Whether a run may be written here: nothing, an empty folder or a run folder.
fn check_target(target: &Path) -> io::Result<()> {
    let refuse = |why: &str| {
        let message = format!("`{}` {why}; choose another folder", target.display());
        Err(Error::new(ErrorKind::AlreadyExists, message))
    };
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(named(target, &error)),
        Ok(found) if !found.is_dir() => refuse("is not a folder"),
        Ok(_) if manifest(target)?.is_some() => Ok(()),
        Ok(_) if fs::read_dir(target)?.next().is_none() => Ok(()),
        Ok(_) => refuse("has files but no run in it"),
    }
}

/// The files that a run folder lists; `None` if it is not one.
fn manifest(folder: &Path) -> io::Result<Option<BTreeSet<String>>> {
    match fs::read_to_string(folder.join(RUN_JSON)) {
        Ok(text) => Ok(listed_files(&text).map(|files| files.into_iter().collect())),
        Err(error) if [ErrorKind::NotFound, ErrorKind::InvalidData].contains(&error.kind()) => {
            Ok(None)
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(None),
        Err(error) => Err(named(folder, &error)),
    }
}

/// Fails if a file that no run wrote has the path of a new file, or of a folder that one needs.
fn check_conflicts(target: &Path, files: &BTreeSet<String>) -> io::Result<()> {
    for foreign in foreign_files(target)? {
        let inside = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let text = slashed(&foreign);
        if files.iter().any(|file| inside(&text, file) || inside(file, &text)) {
            let path = target.join(&foreign);
            let message = format!("`{}` was not written by a run; move it away", path.display());
            return Err(Error::new(ErrorKind::AlreadyExists, message));
        }
    }
    Ok(())
}

/// Files below a folder that its `run.json` does not list, as relative paths. Links are files.
fn foreign_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut ours = manifest(folder)?.unwrap_or_default();
    ours.insert(RUN_JSON.to_owned());
    let (mut foreign, mut waiting) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = waiting.pop() {
        for entry in fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                waiting.push(path);
            } else if !ours.contains(&slashed(&path)) {
                foreign.push(path);
            }
        }
    }
    Ok(foreign)
}

/// Moves the files of the earlier folder that we did not write into the new one and removes the
/// rest. Does nothing if there is no earlier folder.
fn move_foreign(old: &Path, target: &Path) -> io::Result<()> {
    if !old.exists() {
        return Ok(());
    }
    for file in foreign_files(old)? {
        let to = target.join(&file);
        if fs::symlink_metadata(&to).is_ok() {
            // Checked before the swap: someone put it there since. Neither is lost.
            let message =
                format!("`{}` is in the way of a file of the earlier folder", to.display());
            return Err(Error::new(ErrorKind::AlreadyExists, message));
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::rename(old.join(&file), &to).map_err(|error| named(&to, &error))?;
    }
    fs::remove_dir_all(old)
}

/// Finishes or takes back what runs into this folder left behind when they died.
fn recover(target: &Path) -> io::Result<()> {
    let marker = beside(target, "partial-")?;
    let Some((folder, prefix)) = marker.parent().zip(marker.file_name()) else { return Ok(()) };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let pid = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        if pid.is_some_and(|pid| !pid.is_empty() && pid.iter().all(u8::is_ascii_digit)) {
            recover_one(&entry.path(), target)?;
        }
    }
    Ok(())
}

fn recover_one(work: &Path, target: &Path) -> io::Result<()> {
    match File::open(work.join("lock")).map(|lock| (lock.try_lock(), lock)) {
        Ok((Err(TryLockError::WouldBlock), _)) => return Err(busy(target)),
        // Ours until the end of this match, so its process is dead; or there are no locks here.
        Ok(_) => {}
        // It died before it had a lock.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(named(work, &error)),
    }
    let old = work.join("old");
    if old.exists() {
        if target.exists() {
            move_foreign(&old, target)?;
        } else {
            fs::rename(&old, target).map_err(|error| named(target, &error))?;
        }
    }
    fs::remove_dir_all(work).map_err(|error| named(work, &error))
}

/// The path if it stays inside of the folder.
fn safe(file: &str) -> io::Result<&Path> {
    let path = Path::new(file);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    // What the system would read as the same path must also be written the same.
    let canonical = slashed(path) == file && !file.contains('\\');
    if plain && canonical && !file.is_empty() {
        Ok(path)
    } else {
        let message = format!("`{file}` is not a path inside of a run folder");
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

fn busy(target: &Path) -> Error {
    let message = format!("another run is writing `{}`", target.display());
    Error::new(ErrorKind::ResourceBusy, message)
}

/// The error with the path that it is about.
fn named(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{run_json, sample};
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A folder of this test alone, removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new() -> Self {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("fleetcast-run-folder-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn run(&self) -> PathBuf {
            self.0.join("out/meta")
        }

        fn text(&self, file: &str) -> String {
            fs::read_to_string(self.run().join(file)).unwrap()
        }

        /// Names beside and in the run folder: nothing may be left behind.
        fn tree(&self) -> Vec<String> {
            let (mut found, mut waiting) = (Vec::new(), vec![self.0.join("out")]);
            while let Some(folder) = waiting.pop() {
                for entry in fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        waiting.push(path.clone());
                    }
                    found.push(slashed(path.strip_prefix(self.0.join("out")).unwrap()));
                }
            }
            found.sort();
            found
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn pending(scratch: &Scratch, files: &[(&str, &str)]) -> Pending {
        let mut pending = RunFolder::create(&scratch.run()).unwrap();
        for (file, text) in files {
            pending.write(file, text.as_bytes()).unwrap();
        }
        let json = run_json(&sample::tiny(), &pending.files());
        pending.write(RUN_JSON, json.as_bytes()).unwrap();
        pending
    }

    #[test]
    fn a_run_appears_at_once() {
        let scratch = Scratch::new();
        let pending = pending(&scratch, &[("tables/a.csv", "1"), ("summary.bin", "s")]);
        assert!(!scratch.run().exists());
        assert_eq!(pending.files(), ["summary.bin", "tables/a.csv"]);
        let folder = pending.commit().unwrap();
        assert_eq!(folder.read("tables/a.csv").unwrap(), b"1");
        let expected =
            ["meta", "meta/run.json", "meta/summary.bin", "meta/tables", "meta/tables/a.csv"];
        assert_eq!(scratch.tree(), expected);
        assert_eq!(RunFolder::open(&scratch.run()).unwrap().path(), folder.path());
    }

    #[test]
    fn an_abandoned_run_leaves_nothing() {
        let scratch = Scratch::new();
        drop(pending(&scratch, &[("a", "1")]));
        assert_eq!(scratch.tree(), Vec::<String>::new());
        pending(&scratch, &[("a", "1")]).commit().unwrap();
        drop(pending(&scratch, &[("a", "2")]));
        assert_eq!(scratch.text("a"), "1");
        assert_eq!(scratch.tree(), ["meta", "meta/a", "meta/run.json"]);
    }

    #[test]
    fn only_files_of_earlier_runs_are_replaced() {
        let scratch = Scratch::new();
        pending(&scratch, &[("tables/a.csv", "1"), ("tables/b.csv", "1")]).commit().unwrap();
        fs::create_dir_all(scratch.run().join("notes/deep")).unwrap();
        fs::write(scratch.run().join("notes/deep/mine.txt"), "mine").unwrap();
        fs::write(scratch.run().join("tables/mine.csv"), "mine").unwrap();
        pending(&scratch, &[("tables/a.csv", "2"), ("charts/c.svg", "2")]).commit().unwrap();
        assert_eq!(scratch.text("tables/a.csv"), "2");
        assert_eq!(scratch.text("notes/deep/mine.txt"), "mine");
        assert_eq!(scratch.text("tables/mine.csv"), "mine");
        assert!(!scratch.run().join("tables/b.csv").exists());
        let strays = scratch.tree().into_iter().filter(|name| !name.starts_with("meta"));
        assert_eq!(strays.count(), 0);
    }

    #[test]
    fn files_in_the_way_are_refused_before_anything_changes() {
        let scratch = Scratch::new();
        pending(&scratch, &[("a", "1")]).commit().unwrap();
        for (mine, new) in [("x.csv", "x.csv"), ("dir", "dir/x.csv"), ("deep/file", "deep")] {
            let path = scratch.run().join(mine);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "mine").unwrap();
            let error = pending(&scratch, &[("a", "2"), (new, "2")]).commit().unwrap_err();
            assert!(error.to_string().contains("was not written by a run"), "{error}");
            assert_eq!(
                (scratch.text("a"), scratch.text(mine)),
                ("1".to_owned(), "mine".to_owned())
            );
            fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn folders_that_are_not_runs_are_refused() {
        let scratch = Scratch::new();
        let refused = |what: &str| {
            let error = RunFolder::create(&scratch.run()).unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
            assert!(RunFolder::open(&scratch.run()).is_err());
        };
        fs::create_dir_all(scratch.run()).unwrap();
        drop(RunFolder::create(&scratch.run()).unwrap());
        fs::write(scratch.run().join("thesis.txt"), "years of work").unwrap();
        refused("has files but no run in it");
        fs::write(scratch.run().join(RUN_JSON), "{\"name\": \"another program\"}").unwrap();
        refused("has files but no run in it");
        fs::remove_dir_all(scratch.run()).unwrap();
        fs::write(scratch.run(), "a file").unwrap();
        refused("is not a folder");
        assert_eq!(scratch.tree(), ["meta"]);
    }

    #[test]
    fn a_folder_of_another_kind_is_refused() {
        let scratch = Scratch::new();
        let folder = scratch.run();
        let refused = |kind: &str| check_kind(&folder, kind).err().map(|error| error.to_string());
        for kind in ["run", "compare", "sweep"] {
            assert_eq!(refused(kind), None, "nothing is there");
        }
        fs::create_dir_all(&folder).unwrap();
        let kinds = [("run/1", "a run"), ("compare/1", "a comparison"), ("sweep/1", "a sweep")];
        for (at, (kind, what)) in kinds.into_iter().enumerate() {
            fs::write(folder.join(RUN_JSON), format!("{{ \"fleetcast\": \"{kind}\" }}")).unwrap();
            for (other, asked) in ["run", "compare", "sweep"].into_iter().enumerate() {
                let message = refused(asked);
                if other == at {
                    assert_eq!(message, None, "{kind} is replaced by its like");
                    continue;
                }
                let message = message.unwrap();
                assert!(message.contains(&format!("holds {what}; choose another")), "{message}");
                assert!(message.contains("out/meta"), "{message}");
            }
        }
        // What is none of ours is for `check_target` to judge.
        fs::write(folder.join(RUN_JSON), "{}").unwrap();
        assert_eq!(refused("run"), None);
    }

    #[test]
    fn an_incomplete_list_is_refused() {
        let scratch = Scratch::new();
        let mut later = pending(&scratch, &[("a", "1")]);
        later.write("b", b"2").unwrap();
        assert_eq!(later.commit().unwrap_err().kind(), ErrorKind::InvalidInput);
        let mut none = RunFolder::create(&scratch.run()).unwrap();
        none.write("a", b"1").unwrap();
        assert_eq!(none.commit().unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(scratch.tree(), Vec::<String>::new());
    }

    #[test]
    fn paths_stay_inside() {
        let scratch = Scratch::new();
        let mut pending = RunFolder::create(&scratch.run()).unwrap();
        for path in ["", "..", "../x", "/etc/x", "a/../../x", "a//b", "./a", "a/", "a\\b"] {
            assert!(pending.write(path, b"").is_err(), "{path}");
        }
        assert!(RunFolder::create(Path::new("/")).is_err());
        assert!(RunFolder::create(&scratch.0.join("..")).is_err());
    }

    #[test]
    fn two_runs_at_a_time_are_refused() {
        let scratch = Scratch::new();
        let first = pending(&scratch, &[("a", "1")]);
        let error = RunFolder::create(&scratch.run()).unwrap_err();
        assert!(error.to_string().starts_with("another run is writing"), "{error}");
        first.commit().unwrap();
        assert_eq!(scratch.text("a"), "1");
        let second = pending(&scratch, &[("a", "2")]);
        // Reading does not have to wait.
        assert_eq!(RunFolder::open(&scratch.run()).unwrap().read("a").unwrap(), b"1");
        second.commit().unwrap();
    }

    #[test]
    fn opening_makes_nothing() {
        let scratch = Scratch::new();
        assert!(RunFolder::open(&scratch.run()).is_err());
        assert!(!scratch.0.join("out").exists());
    }

    /// What a process leaves that died at some point of a commit.
    fn dead(scratch: &Scratch) -> PathBuf {
        let work = scratch.0.join("out/.meta.partial-4000000000");
        fs::create_dir_all(work.join("new")).unwrap();
        fs::write(work.join("lock"), "").unwrap();
        fs::write(work.join("new/a"), "half").unwrap();
        work
    }

    #[test]
    fn a_run_that_died_while_writing_is_cleaned_up() {
        let scratch = Scratch::new();
        pending(&scratch, &[("a", "1")]).commit().unwrap();
        dead(&scratch);
        fs::create_dir_all(scratch.0.join("out/.meta.partial-x")).unwrap();
        fs::create_dir_all(scratch.0.join("out/.metal.partial-1")).unwrap();
        assert_eq!(RunFolder::open(&scratch.run()).unwrap().read("a").unwrap(), b"1");
        let expected = [".meta.partial-x", ".metal.partial-1", "meta", "meta/a", "meta/run.json"];
        assert_eq!(scratch.tree(), expected);
    }

    #[test]
    fn a_run_that_died_between_the_renames_is_taken_back() {
        let scratch = Scratch::new();
        pending(&scratch, &[("a", "1")]).commit().unwrap();
        let work = dead(&scratch);
        fs::rename(scratch.run(), work.join("old")).unwrap();
        assert_eq!(RunFolder::open(&scratch.run()).unwrap().read("a").unwrap(), b"1");
        assert_eq!(scratch.tree(), ["meta", "meta/a", "meta/run.json"]);
    }

    #[test]
    fn a_run_that_died_after_the_renames_is_finished() {
        let scratch = Scratch::new();
        pending(&scratch, &[("a", "1"), ("b", "1")]).commit().unwrap();
        fs::write(scratch.run().join("mine.txt"), "mine").unwrap();
        let work = dead(&scratch);
        fs::rename(scratch.run(), work.join("old")).unwrap();
        fs::remove_dir_all(work.join("new")).unwrap();
        // The new folder, as the second rename would have put it.
        fs::create_dir(scratch.run()).unwrap();
        fs::write(scratch.run().join("a"), "2").unwrap();
        let json = run_json(&sample::tiny(), &["a".to_owned()]);
        fs::write(scratch.run().join(RUN_JSON), json).unwrap();
        let folder = RunFolder::open(&scratch.run()).unwrap();
        assert_eq!(folder.read("a").unwrap(), b"2");
        assert_eq!(folder.read("mine.txt").unwrap(), b"mine");
        assert_eq!(scratch.tree(), ["meta", "meta/a", "meta/mine.txt", "meta/run.json"]);
    }

    #[test]
    #[cfg(unix)]
    fn links_are_kept_and_followed() {
        let scratch = Scratch::new();
        pending(&scratch, &[("a", "1")]).commit().unwrap();
        std::os::unix::fs::symlink("/nowhere", scratch.run().join("link")).unwrap();
        pending(&scratch, &[("a", "2")]).commit().unwrap();
        assert!(fs::symlink_metadata(scratch.run().join("link")).unwrap().is_symlink());
        // A link to a run folder: the folder is written, the link stays.
        let alias = scratch.0.join("alias");
        std::os::unix::fs::symlink(scratch.run(), &alias).unwrap();
        let mut again = RunFolder::create(&alias).unwrap();
        again.write(RUN_JSON, run_json(&sample::tiny(), &[]).as_bytes()).unwrap();
        again.commit().unwrap();
        assert!(fs::symlink_metadata(&alias).unwrap().is_symlink());
        assert!(!scratch.run().join("a").exists());
    }
}
