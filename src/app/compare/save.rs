//! What goes into the folder of a comparison.

use std::path::{Path, PathBuf};

use super::comparison_html;
use crate::app::exit::Failure;
use crate::app::progress::Interrupt;
use crate::app::run_folder::{Pending, RUN_JSON, RunFolder};
use crate::charts::from_run::NamedFigure;
use crate::charts::{Format, draw};
use crate::results::{Comparison, comparison_json, comparison_run_json};
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
    let pending = RunFolder::create(&saving.folder);
    saving.pending = Some(pending.map_err(|error| failure(&saving.folder, &error))?);
    Ok(saving)
}

/// Writes everything and puts the folder in place: where it is, and the number of its files.
pub(super) fn finish(
    mut saving: Saving,
    comparison: &Comparison,
    scenarios: [Option<&str>; 2],
    charts: bool,
    interrupt: &Interrupt,
) -> Result<(PathBuf, usize), Failure> {
    let folder = saving.folder.clone();
    let json = format!("{:#}\n", comparison_json(comparison));
    let mut files = vec![
        ("comparison.json".to_owned(), json.into_bytes()),
        ("comparison.html".to_owned(), comparison_html(comparison).into_bytes()),
    ];
    for table in comparison_files(comparison) {
        files.push((table.path, table.text.into_bytes()));
    }
    for (letter, text) in ["a", "b"].into_iter().zip(scenarios) {
        let file = format!("{letter}.resolved.toml");
        files.extend(text.map(|text| (file, text.as_bytes().to_vec())));
    }
    if charts {
        for named in comparison_figures(comparison) {
            interrupt.check()?;
            for (format, ending) in [(Format::Svg, "svg"), (Format::PNG, "png")] {
                let failed =
                    |error| Failure::Bug(format!("cannot draw `{}` ({error})", named.name));
                let bytes = draw(&named.figure, format).map_err(failed)?;
                files.push((format!("charts/{}.{ending}", named.name), bytes));
            }
        }
    }
    let failed = |error: std::io::Error| failure(&folder, &error);
    let Some(mut pending) = saving.pending.take() else { return Ok((folder, 0)) };
    for (file, bytes) in &files {
        pending.write(file, bytes).map_err(failed)?;
    }
    let manifest = comparison_run_json(comparison, &pending.files());
    pending.write(RUN_JSON, manifest.as_bytes()).map_err(failed)?;
    interrupt.check()?;
    pending.commit().map_err(failed)?;
    saving.made.clear();
    Ok((folder, files.len() + 1))
}

/// The charts of a comparison: a waterfall for each bridge and a fan of paired differences for the
/// metric of each, once there are builders of these.
fn comparison_figures(_comparison: &Comparison) -> Vec<NamedFigure> {
    Vec::new()
}

fn failure(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::File {
        message: format!("cannot write `{}`", folder.display()),
        help: error.to_string(),
    }
}
