//! What goes into a run folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::progress::Interrupt;
use super::run_folder::{Pending, RUN_JSON, RunFolder};
use crate::charts::from_run::{NamedFigure, figures};
use crate::charts::{DrawError, Format, draw, draw_placed};
use crate::report::{self, Picture};
use crate::results::{RunResult, run_json, summary_file, timings_json};
use crate::tables::run_files;
use rayon::prelude::*;

/// A run folder to be: nothing of it is left if it is dropped before it is finished.
pub(super) struct Saving {
    folder: PathBuf,
    pending: Option<Pending>,
    /// Folders above it that did not exist, innermost first.
    made: Vec<PathBuf>,
    /// The charts that were drawn, for the report.
    pictures: Vec<Picture>,
}

/// A drawing of a chart: its file, its bytes, and for SVG what a report needs of it.
struct Drawn {
    file: String,
    bytes: Vec<u8>,
    picture: Option<Picture>,
}

impl Saving {
    /// Begins before the simulation, so that a folder that cannot be written costs no run.
    pub(super) fn begin(folder: &Path) -> Result<Self, Failure> {
        let above = folder.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
        let made = above.take_while(|path| !path.exists()).map(Path::to_path_buf).collect();
        let (folder_path, pictures) = (folder.to_path_buf(), Vec::new());
        let mut saving = Self { folder: folder_path, pending: None, made, pictures };
        saving.pending = Some(RunFolder::create(folder).map_err(|error| saving.failure(&error))?);
        Ok(saving)
    }

    /// Where it will be.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the charts as SVG and PNG.
    pub(super) fn charts(
        &mut self,
        result: &RunResult,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        for drawn in drawings(result, &[Format::Svg, Format::PNG], interrupt)? {
            self.write(&drawn.file, &drawn.bytes)?;
            self.pictures.extend(drawn.picture);
        }
        Ok(())
    }

    /// Writes the report, with the charts that were drawn before.
    pub(super) fn report(&mut self, result: &RunResult, xlsx: bool) -> Result<(), Failure> {
        let pictures = std::mem::take(&mut self.pictures);
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
        for table in run_files(result) {
            self.write(&table.path, table.text.as_bytes())?;
        }
        self.write("scenario.resolved.toml", resolved.as_bytes())?;
        self.write("summary.bin", &summary_file::write(result))?;
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

/// `report.xlsx`.
pub(super) fn spreadsheet(result: &RunResult) -> Result<Vec<u8>, Failure> {
    report::xlsx(result).map_err(|error| Failure::Bug(error.to_string()))
}

/// The charts of a result as a report shows them, each with its file in a run folder.
pub(super) fn pictures(result: &RunResult, interrupt: &Interrupt) -> Result<Vec<Picture>, Failure> {
    let drawn = drawings(result, &[Format::Svg], interrupt)?;
    Ok(drawn.into_iter().filter_map(|drawn| drawn.picture).collect())
}

/// Every chart of a result in these formats, in order.
fn drawings(
    result: &RunResult,
    formats: &[Format],
    interrupt: &Interrupt,
) -> Result<Vec<Drawn>, Failure> {
    figures(result)
        .par_iter()
        .flat_map_iter(|named| formats.iter().map(move |format| (named, *format)))
        .map(|(named, format)| {
            interrupt.check()?;
            let failed = |error| Failure::Bug(format!("cannot draw `{}` ({error})", named.name));
            drawing(named, format).map_err(failed)
        })
        .collect()
}

fn drawing(named: &NamedFigure, format: Format) -> Result<Drawn, DrawError> {
    let NamedFigure { name, figure } = named;
    if format != Format::Svg {
        let (file, bytes) = (format!("charts/{name}.png"), draw(figure, format)?);
        return Ok(Drawn { file, bytes, picture: None });
    }
    let (bytes, plot) = draw_placed(figure, format)?;
    let file = format!("charts/{name}.svg");
    let picture = Picture::new(name, figure, &bytes, plot)?.in_file(file.clone());
    Ok(Drawn { file, bytes, picture: Some(picture) })
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
