//! `report`: the page of a run or a comparison, made from its folder alone.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::compare::recorded::{self, recorded};
use super::drawing::lay_out;
use super::exit::Failure;
use super::pictures::{pictures, spreadsheet};
use super::progress::Interrupt;
use super::run_folder::RunFolder;
use super::terminal::{self, GOOD, styled};
use crate::charts::from_run::{NamedFigure, figures};
use crate::report::{Picture, comparison_documents, comparison_xlsx, documents};
use crate::results::{Comparison, RunResult, comparison_run_json, run_json, summary_file};
use crate::tables::{Table, targets_table};

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page.
    Html,
    /// Markdown.
    Md,
    /// A spreadsheet.
    Xlsx,
}

/// Options of `report`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of the run or comparison.
    pub folder: PathBuf,
    /// The only format to make.
    pub format: Option<Format>,
    /// Whether to make a spreadsheet too.
    pub xlsx: bool,
    /// File to write in place of the folder's own.
    pub out: Option<PathBuf>,
}

impl Format {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Html, "html"), (Self::Md, "md"), (Self::Xlsx, "xlsx")];

    fn ending(self) -> &'static str {
        Self::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, ending)| ending)
    }

    fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::ALL.iter().find(|(_, known)| *known == ending).map(|(format, _)| *format)
    }
}

/// Makes the report.
pub(super) fn report(options: &Options) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let wanted = wanted(options)?;
    let folder = RunFolder::open(&options.folder).map_err(|error| cannot_read(options, &error))?;
    let told = if let Some(comparison) = recorded(&folder, &options.folder)? {
        Told::Comparison(Box::new(comparison))
    } else {
        let bytes = folder.read("summary.bin").map_err(|error| cannot_read(options, &error))?;
        let result = summary_file::read(&bytes).map_err(|error| cannot_read(options, &error))?;
        let result = super::shard::whole(result, &options.folder)?;
        let targets = targets_table(&result);
        Told::Run(Box::new(result), targets)
    };
    let figures = if wanted == [Format::Xlsx] { Vec::new() } else { told.figures() };
    let pages = lay_out(&figures, &interrupt)?;
    let drawn = pictures(&pages, &mut BTreeMap::new(), &interrupt)?;
    if let Some(file) = &options.out {
        let pictures = seen_from(drawn, &folder, file);
        let made = told.documents(&wanted, &pictures)?;
        return made.iter().try_for_each(|bytes| to_file(file, bytes));
    }
    let pictures = seen_from(drawn, &folder, folder.path());
    into_folder(&folder, options, &wanted, &told, &pictures)
}

/// What a folder holds.
enum Told {
    /// With the table of its targets.
    Run(Box<RunResult>, Table),
    Comparison(Box<Comparison>),
}

impl Told {
    fn figures(&self) -> Vec<NamedFigure> {
        match self {
            Self::Run(result, _) => figures(result),
            Self::Comparison(comparison) => recorded::figures(comparison),
        }
    }

    /// The bytes of each format. Both pages are made at once.
    fn documents(&self, wanted: &[Format], pictures: &[Picture]) -> Result<Vec<Vec<u8>>, Failure> {
        let (html, markdown) = match self {
            _ if wanted == [Format::Xlsx] => Default::default(),
            Self::Run(result, targets) => documents(result, targets, pictures),
            Self::Comparison(comparison) => comparison_documents(comparison, pictures),
        };
        let bytes = |format: &Format| match (format, self) {
            (Format::Html, _) => Ok(html.as_bytes().to_vec()),
            (Format::Md, _) => Ok(markdown.as_bytes().to_vec()),
            (Format::Xlsx, Self::Run(result, targets)) => spreadsheet(result, targets),
            (Format::Xlsx, Self::Comparison(comparison)) => {
                comparison_xlsx(comparison).map_err(|error| Failure::Bug(error.to_string()))
            }
        };
        wanted.iter().map(bytes).collect()
    }

    /// `run.json` for these files.
    fn manifest(&self, listed: &[String]) -> String {
        match self {
            Self::Run(result, _) => run_json(result, listed),
            Self::Comparison(comparison) => comparison_run_json(comparison, listed),
        }
    }
}

/// What to make; for a file it is one format.
fn wanted(options: &Options) -> Result<Vec<Format>, Failure> {
    if let Some(file) = &options.out {
        let format = options.format.or_else(|| Format::of_file(file));
        return format.map(|format| vec![format]).ok_or_else(|| Failure::Usage {
            message: format!("`{}` does not say which format", file.display()),
            help: "end it in .html, .md or .xlsx, or say --format".to_owned(),
        });
    }
    let mut wanted = options.format.map_or_else(|| vec![Format::Html, Format::Md], |one| vec![one]);
    if options.xlsx && !wanted.contains(&Format::Xlsx) {
        wanted.push(Format::Xlsx);
    }
    Ok(wanted)
}

fn into_folder(
    folder: &RunFolder,
    options: &Options,
    wanted: &[Format],
    told: &Told,
    pictures: &[Picture],
) -> Result<(), Failure> {
    let names: Vec<String> =
        wanted.iter().map(|format| format!("report.{}", format.ending())).collect();
    let made = told.documents(wanted, pictures)?;
    let files: Vec<(&str, Vec<u8>)> = names.iter().map(String::as_str).zip(made).collect();
    folder.add(&files, |listed| told.manifest(listed)).map_err(|error| Failure::File {
        message: format!("cannot write into `{}`", options.folder.display()),
        help: error.to_string(),
    })?;
    for name in &names {
        let file = options.folder.join(name);
        terminal::note(&format!("{} {}\n", styled(GOOD, "wrote"), file.display()));
    }
    Ok(())
}

fn to_file(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if file.as_os_str() == "-" {
        return match std::str::from_utf8(bytes) {
            Ok(text) => terminal::print(text),
            Err(_) => Err(Failure::Usage {
                message: "a spreadsheet cannot go to standard output".to_owned(),
                help: "name a file with --out".to_owned(),
            }),
        };
    }
    fs::write(file, bytes).map_err(|error| Failure::File {
        message: format!("cannot write `{}`", file.display()),
        help: error.to_string(),
    })?;
    terminal::note(&format!("{} {}\n", styled(GOOD, "wrote"), file.display()));
    Ok(())
}

fn cannot_read(options: &Options, error: &dyn std::fmt::Display) -> Failure {
    Failure::File {
        message: format!("cannot read the run or comparison in `{}`", options.folder.display()),
        help: error.to_string(),
    }
}

/// The charts with the paths of their files as seen from the report; without where there is no file
/// or no way to it.
fn seen_from(pictures: Vec<Picture>, folder: &RunFolder, report: &Path) -> Vec<Picture> {
    let way = way(report, folder.path()).ok().flatten();
    let placed = |picture: Picture| {
        let file = picture.file.as_ref().filter(|file| folder.path().join(file).is_file());
        let file = way.as_ref().zip(file).map(|(way, file)| format!("{way}{file}"));
        Picture { file, ..picture }
    };
    pictures.into_iter().map(placed).collect()
}

/// The way from a file to a folder, with `/` at its end: nothing if the file is in the folder.
fn way(file: &Path, folder: &Path) -> io::Result<Option<String>> {
    let start = if file.is_dir() {
        file.canonicalize()?
    } else {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.unwrap_or(Path::new(".")).canonicalize()?
    };
    let folder = folder.canonicalize()?;
    let (from, to): (Vec<_>, Vec<_>) =
        (start.components().collect(), folder.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return Ok(None);
    }
    let mut way = "../".repeat(from.len() - shared);
    for part in &to[shared..] {
        let Component::Normal(name) = part else { return Ok(None) };
        let Some(name) = name.to_str() else { return Ok(None) };
        way.push_str(name);
        way.push('/');
    }
    Ok(Some(way))
}
