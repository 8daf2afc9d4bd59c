//! What goes into the folder of a comparison.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::recorded::{COMPARISON_JSON, figures};
use crate::app::drawing::{Look, lay_out};
use crate::app::exit::Failure;
use crate::app::pictures::pictures;
use crate::app::places::places_json;
use crate::app::progress::Interrupt;
use crate::app::run_folder::{Pending, RUN_JSON, RunFolder, check_kind};
use crate::report::comparison_documents;
use crate::results::{Comparison, comparison_json, comparison_run_json};
use crate::scenario::Scenario;
use crate::tables::comparison_files;

/// Folder of all comparisons.
const OUT: &str = "out/compare";

/// A folder to be: nothing of it is left if it is dropped before it is finished.
pub(super) struct Saving {
    folder: PathBuf,
    pending: Option<Pending>,
    /// Folders above it that did not exist, innermost first.
    made: Vec<PathBuf>,
}

impl Drop for Saving {
    fn drop(&mut self) {
        drop(self.pending.take());
        for folder in &self.made {
            // One with files of others in it stays.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Begins before the simulation, so that a folder that cannot be written costs no run.
pub(super) fn begin(out: Option<&Path>, name: &str) -> Result<Saving, Failure> {
    let folder = out.unwrap_or(Path::new(OUT)).join(crate::app::run::file_name(name));
    let above = folder.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
    let made = above.take_while(|path| !path.exists()).map(Path::to_path_buf).collect();
    let mut saving = Saving { folder, pending: None, made };
    let checked = check_kind(&saving.folder, "compare");
    let pending = checked.and_then(|()| RunFolder::create(&saving.folder));
    saving.pending = Some(pending.map_err(|error| failure(&saving.folder, &error))?);
    Ok(saving)
}

/// What was written.
pub(super) struct Saved {
    /// Where the folder is.
    pub(super) folder: PathBuf,
    /// How many files are in it.
    pub(super) files: usize,
    /// The page.
    pub(super) page: String,
}

/// Writes everything and puts the folder in place.
pub(super) fn finish(
    mut saving: Saving,
    comparison: &Comparison,
    scenarios: [Option<&Scenario>; 2],
    charts: bool,
    interrupt: &Interrupt,
) -> Result<Saved, Failure> {
    let folder = saving.folder.clone();
    let json = format!("{:#}\n", comparison_json(comparison));
    let mut files = vec![(COMPARISON_JSON.to_owned(), json.into_bytes())];
    for table in comparison_files(comparison) {
        files.push((table.path, table.text.into_bytes()));
    }
    for (letter, scenario) in ["a", "b"].into_iter().zip(scenarios) {
        let Some(scenario) = scenario else { continue };
        let resolved = scenario.resolved_toml().to_owned();
        files.push((format!("{letter}.resolved.toml"), resolved.into_bytes()));
        files.push((format!("{letter}.places.json"), places_json(scenario).into_bytes()));
    }
    let figures = if charts { figures(comparison) } else { Vec::new() };
    let pages = lay_out(&figures, interrupt)?;
    let drawn = Look::default().files(&pages, interrupt)?;
    let drawn = drawn.into_iter().map(|(name, bytes)| (format!("charts/{name}"), bytes));
    let drawn: Vec<(String, Vec<u8>)> = drawn.collect();
    let mut known: BTreeMap<String, Vec<u8>> = drawn.iter().cloned().collect();
    let pictures = pictures(&pages, &mut known, interrupt)?;
    files.extend(drawn);
    let (page, markdown) = comparison_documents(comparison, &pictures);
    files.push(("report.html".to_owned(), page.clone().into_bytes()));
    files.push(("report.md".to_owned(), markdown.into_bytes()));
    let failed = |error: std::io::Error| failure(&folder, &error);
    if let Some(mut pending) = saving.pending.take() {
        for (file, bytes) in &files {
            pending.write(file, bytes).map_err(failed)?;
        }
        let manifest = comparison_run_json(comparison, &pending.files());
        pending.write(RUN_JSON, manifest.as_bytes()).map_err(failed)?;
        interrupt.check()?;
        pending.commit().map_err(failed)?;
    }
    saving.made.clear();
    Ok(Saved { folder, files: files.len() + 1, page })
}

fn failure(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::File {
        message: format!("cannot write `{}`", folder.display()),
        help: error.to_string(),
    }
}
