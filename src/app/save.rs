//! What goes into a run folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::pictures::{pictures, spreadsheet};
use super::progress::Interrupt;
use super::run_folder::{Pending, RUN_JSON, RunFolder};
use crate::charts::from_run::NamedFigure;
use crate::report;
use crate::results::{RunResult, run_json, summary_file, timings_json};
use crate::tables::run_files;

/// A run folder to be: nothing of it is left if it is dropped before it is finished.
pub(super) struct Saving {
    folder: PathBuf,
    pending: Option<Pending>,
    /// Folders above it that did not exist, innermost first.
    made: Vec<PathBuf>,
    /// Charts that were written as SVG, by file, for the report.
    drawn: BTreeMap<String, Vec<u8>>,
}

impl Saving {
    /// Begins before the simulation, so that a folder that cannot be written costs no run.
    pub(super) fn begin(folder: &Path) -> Result<Self, Failure> {
        let above = folder.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
        let made = above.take_while(|path| !path.exists()).map(Path::to_path_buf).collect();
        let (path, drawn) = (folder.to_path_buf(), BTreeMap::new());
        let mut saving = Self { folder: path, pending: None, made, drawn };
        saving.pending = Some(RunFolder::create(folder).map_err(|error| saving.failure(&error))?);
        Ok(saving)
    }

    /// Where it will be.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes a file to be written bit by bit.
    pub(super) fn file(&mut self, name: &str) -> Result<fs::File, Failure> {
        let made = match self.pending.as_mut() {
            Some(pending) => pending.create_file(name),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        made.map_err(|error| self.failure(&error))
    }

    /// Writes files of charts.
    pub(super) fn charts(&mut self, files: Vec<(String, Vec<u8>)>) -> Result<(), Failure> {
        for (name, bytes) in files {
            let file = format!("charts/{name}");
            self.write(&file, &bytes)?;
            if file.strip_suffix(".svg").is_some() {
                self.drawn.insert(file, bytes);
            }
        }
        Ok(())
    }

    /// Writes the report with these charts, which are not drawn again.
    pub(super) fn report(
        &mut self,
        result: &RunResult,
        figures: &[NamedFigure],
        xlsx: bool,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let mut drawn = std::mem::take(&mut self.drawn);
        let pictures = pictures(figures, &mut drawn, interrupt)?;
        let (html, markdown) = report::documents(result, &pictures);
        self.write("report.html", html.as_bytes())?;
        self.write("report.md", markdown.as_bytes())?;
        if xlsx {
            self.write("report.xlsx", &spreadsheet(result)?)?;
        }
        Ok(())
    }

    /// Writes everything else and puts the folder in place: gives the number of its files.
    pub(super) fn finish(
        mut self,
        result: &RunResult,
        resolved: &str,
        seconds: &[(&str, f64)],
        interrupt: &Interrupt,
    ) -> Result<usize, Failure> {
        let (tables, summary) = rayon::join(|| run_files(result), || summary_file::write(result));
        for table in tables {
            self.write(&table.path, table.text.as_bytes())?;
        }
        self.write("scenario.resolved.toml", resolved.as_bytes())?;
        self.write("summary.bin", &summary)?;
        self.write("timings.json", timings_json(seconds).as_bytes())?;
        let files = self.pending.as_ref().map(Pending::files).unwrap_or_default();
        self.write(RUN_JSON, run_json(result, &files).as_bytes())?;
        interrupt.check()?;
        if let Some(pending) = self.pending.take() {
            pending.commit().map_err(|error| self.failure(&error))?;
            self.made.clear();
        }
        Ok(files.len() + 1)
    }

    /// Writes these files and puts the folder in place with the `run.json` that `manifest` makes of the
    /// names of all files: gives their number.
    pub(super) fn finish_with(
        mut self,
        files: &[(String, Vec<u8>)],
        manifest: impl FnOnce(&[String]) -> String,
        interrupt: &Interrupt,
    ) -> Result<usize, Failure> {
        for (file, bytes) in files {
            self.write(file, bytes)?;
        }
        let written = self.pending.as_ref().map(Pending::files).unwrap_or_default();
        self.write(RUN_JSON, manifest(&written).as_bytes())?;
        interrupt.check()?;
        if let Some(pending) = self.pending.take() {
            pending.commit().map_err(|error| self.failure(&error))?;
            self.made.clear();
        }
        Ok(written.len() + 1)
    }

    fn write(&mut self, file: &str, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.pending.as_mut().map_or(Ok(()), |pending| pending.write(file, bytes));
        written.map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &io::Error) -> Failure {
        Failure::File {
            message: format!("cannot write `{}`", self.folder.display()),
            help: error.to_string(),
        }
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        drop(self.pending.take());
        for folder in &self.made {
            // One with files of others in it stays.
            let _ = fs::remove_dir(folder);
        }
    }
}
