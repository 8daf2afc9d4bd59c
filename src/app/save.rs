//! What goes into a run folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::drawing::{FileFormat, LaidOut, Look, lay_out};
use super::exit::Failure;
use super::pictures::{pictures, spreadsheet};
use super::places::PLACES;
use super::progress::Interrupt;
use super::run_folder::{Pending, RESOLVED, RUN_JSON, RunFolder, check_kind};
use crate::charts::from_run::NamedFigure;
use crate::report;
use crate::results::{RunResult, run_json, summary_file, timings_json};
use crate::tables::{Table, run_files, targets_table};

/// A run folder to be: nothing of it is left if it is dropped before it is finished.
pub(super) struct Saving {
    folder: PathBuf,
    pending: Option<Pending>,
    /// Folders above it that did not exist, innermost first.
    made: Vec<PathBuf>,
}

/// What a run's folder is made of.
pub(super) struct Content<'a> {
    pub(super) result: &'a RunResult,
    /// Whether charts and a report are wanted.
    pub(super) pages: bool,
    pub(super) figures: &'a [NamedFigure],
    pub(super) look: &'a Look,
    /// The complete scenario.
    pub(super) resolved: &'a str,
    /// Where its values come from; not known of the parts of an earlier version.
    pub(super) places: Option<&'a str>,
    /// Whether a spreadsheet is wanted.
    pub(super) xlsx: bool,
}

impl Content<'_> {
    /// The charts in all formats, and the report with them.
    fn pages(
        &self,
        targets: &Table,
        interrupt: &Interrupt,
    ) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        if !self.pages {
            return Ok(Vec::new());
        }
        let pages = lay_out(self.figures, interrupt)?;
        let (others, page) = rayon::join(
            || self.charts(&pages, |format| format != FileFormat::Svg, interrupt),
            || {
                let files = self.charts(&pages, |format| format == FileFormat::Svg, interrupt)?;
                let mut drawn = files.iter().cloned().collect();
                let pictures = pictures(&pages, &mut drawn, interrupt)?;
                Ok((files, report::documents(self.result, targets, &pictures)))
            },
        );
        let (mut files, (html, markdown)) = page?;
        files.extend(others?);
        files.push(("report.html".to_owned(), html.into_bytes()));
        files.push(("report.md".to_owned(), markdown.into_bytes()));
        Ok(files)
    }

    /// The files of charts in some formats.
    fn charts(
        &self,
        pages: &[LaidOut<'_>],
        wanted: impl Fn(FileFormat) -> bool,
        interrupt: &Interrupt,
    ) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        let formats = self.look.formats.iter().copied().filter(|&format| wanted(format)).collect();
        let files = Look { formats, ..self.look.clone() }.files(pages, interrupt)?;
        Ok(files.into_iter().map(|(name, bytes)| (format!("charts/{name}"), bytes)).collect())
    }

    fn spreadsheet(&self, targets: &Table) -> Result<Option<Vec<u8>>, Failure> {
        (self.pages && self.xlsx).then(|| spreadsheet(self.result, targets)).transpose()
    }
}

impl Saving {
    /// Begins before the simulation, so that a folder that cannot be written costs no run. The kind is that
    /// of [`check_kind`].
    pub(super) fn begin(folder: &Path, kind: &str) -> Result<Self, Failure> {
        let above = folder.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
        let made = above.take_while(|path| !path.exists()).map(Path::to_path_buf).collect();
        let mut saving = Self { folder: folder.to_path_buf(), pending: None, made };
        let pending = check_kind(folder, kind).and_then(|()| RunFolder::create(folder));
        saving.pending = Some(pending.map_err(|error| saving.failure(&error))?);
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
        let files: Vec<_> =
            files.into_iter().map(|(name, bytes)| (format!("charts/{name}"), bytes)).collect();
        self.write_all(&files)
    }

    /// Makes and writes all that a run's folder holds, pages beside tables beside the summary, and
    /// puts the folder in place: gives the number of its files and what this took until the charts
    /// were there.
    pub(super) fn finish(
        mut self,
        content: &Content<'_>,
        seconds: impl FnOnce() -> Vec<(&'static str, f64)>,
        interrupt: &Interrupt,
    ) -> Result<usize, Failure> {
        let result = content.result;
        let targets = targets_table(result);
        let file = self.file("summary.bin")?;
        let ((pages, spreadsheet), (tables, summary)) = rayon::join(
            || rayon::join(|| content.pages(&targets, interrupt), || content.spreadsheet(&targets)),
            || rayon::join(|| run_files(result, &targets), || summary_file::write(result, file)),
        );
        summary.map_err(|error| self.failure(&error))?;
        let mut files = pages?;
        files.extend(spreadsheet?.map(|bytes| ("report.xlsx".to_owned(), bytes)));
        files.extend(tables.into_iter().map(|table| (table.path, table.text.into_bytes())));
        files.push((RESOLVED.to_owned(), content.resolved.as_bytes().to_vec()));
        files.extend(content.places.map(|text| (PLACES.to_owned(), text.as_bytes().to_vec())));
        files.push(("timings.json".to_owned(), timings_json(&seconds()).into_bytes()));
        self.write_all(&files)?;
        self.put_in_place(|files| run_json(result, files), interrupt)
    }

    /// Writes these files and puts the folder in place with the `run.json` that `manifest` makes of the
    /// names of all files: gives their number.
    pub(super) fn finish_with(
        mut self,
        files: &[(String, Vec<u8>)],
        manifest: impl FnOnce(&[String]) -> String,
        interrupt: &Interrupt,
    ) -> Result<usize, Failure> {
        self.write_all(files)?;
        self.put_in_place(manifest, interrupt)
    }

    fn put_in_place(
        mut self,
        manifest: impl FnOnce(&[String]) -> String,
        interrupt: &Interrupt,
    ) -> Result<usize, Failure> {
        let written = self.pending.as_ref().map(Pending::files).unwrap_or_default();
        self.write_all(&[(RUN_JSON.to_owned(), manifest(&written).into_bytes())])?;
        interrupt.check()?;
        if let Some(pending) = self.pending.take() {
            pending.commit().map_err(|error| self.failure(&error))?;
            self.made.clear();
        }
        Ok(written.len() + 1)
    }

    fn write_all(&mut self, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
        let written = self.pending.as_mut().map_or(Ok(()), |pending| pending.write_all(files));
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
