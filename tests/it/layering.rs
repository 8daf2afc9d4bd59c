//! The direction of imports, and the limits on files and functions.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each module and what it may import; `*` is everything but itself and those above it.
const ALLOWED: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("diag", &[]),
    ("stats", &[]),
    ("dist", &[]),
    ("vector", &[]),
    ("time", &["units"]),
    ("sampling", &["dist", "stats", "vector"]),
    ("model", &["units", "time", "vector"]),
    ("results", &["units", "time", "stats"]),
    ("scenario", &["diag", "units", "time", "dist", "stats", "model"]),
    ("plan", &["scenario", "model", "sampling", "dist", "units", "time", "stats", "diag"]),
    ("engine", &["plan", "model", "sampling", "results", "stats", "time", "vector", "units"]),
    (
        "validation",
        &[
            "diag", "units", "stats", "dist", "vector", "time", "sampling", "model", "scenario",
            "plan", "engine", "results",
        ],
    ),
    ("tables", &["results", "stats", "units", "time"]),
    ("charts", &["results", "stats", "units", "time"]),
    ("score", &["results", "stats", "units", "time"]),
    ("report", &["tables", "charts", "results", "units", "time"]),
    (
        "app",
        &[
            "units",
            "diag",
            "stats",
            "dist",
            "vector",
            "time",
            "sampling",
            "model",
            "results",
            "scenario",
            "plan",
            "engine",
            "validation",
            "tables",
            "charts",
            "report",
            "score",
        ],
    ),
    ("cli", &["app"]),
    ("main", &["app", "cli"]),
];

/// Crates and parts of the standard library that only some files may name.
const OWNED: &[(&str, &[&str])] = &[
    ("clap::", &["cli/"]),
    ("clap_complete::", &["cli/mod.rs"]),
    ("plotters", &["charts/draw.rs"]),
    ("annotate_snippets::", &["diag/render.rs"]),
    ("toml::", &["scenario/"]),
    ("statrs::", &[]),
    ("parquet::", &["app/parquet_file.rs"]),
    (
        "rayon::",
        &[
            "engine/",
            "results/targets.rs",
            "app/save.rs",
            "app/pictures.rs",
            "app/run_folder.rs",
            "app/runs.rs",
            "app/drawing.rs",
            "tables/files.rs",
        ],
    ),
    ("indicatif::", &["app/"]),
    ("ctrlc::", &["app/"]),
    ("anstream::", &["app/"]),
    ("terminal_size::", &["app/"]),
    ("std::fs", &["app/"]),
    ("std::env", &["app/"]),
    ("std::process", &["app/", "main.rs"]),
    ("io::stdout", &["app/"]),
    ("io::stderr", &["app/"]),
    ("Instant::now", &["app/"]),
    ("SystemTime::now", &["app/"]),
];

/// Most lines of a file.
const FILE_LINES: usize = 800;
/// Most lines of a function.
const FUNCTION_LINES: usize = 80;
/// Functions that may be longer, with the reason.
const LONG_FUNCTIONS: &[(&str, &str)] = &[];

/// One source file without its tests and comments.
struct File {
    /// Path within `src`, with `/`.
    path: String,
    lines: usize,
    /// Code lines with their numbers, from 1.
    code: Vec<(usize, String)>,
}

impl File {
    /// The top-level module.
    fn module(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }
}

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for file in sources() {
        let module = file.module();
        if module == "lib" {
            continue;
        }
        let allowed = ALLOWED.iter().find(|(name, _)| *name == module).map(|(_, allowed)| *allowed);
        let Some(allowed) = allowed else {
            wrong.push(format!("{}: module `{module}` is not in the table", file.path));
            continue;
        };
        for (number, line) in &file.code {
            for found in imports(line) {
                if found != module && !allowed.contains(&found.as_str()) {
                    wrong.push(format!("{}:{number}: `{module}` imports `{found}`", file.path));
                }
            }
            if line.contains("super::super::") {
                wrong.push(format!("{}:{number}: `super::super::` hides an import", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_stay_behind_their_module() {
    let mut wrong = Vec::new();
    for file in sources() {
        for (number, line) in &file.code {
            for (name, owners) in OWNED {
                let owned = owners.iter().any(|owner| file.path.starts_with(owner));
                if names(line, name) && !owned {
                    wrong.push(format!("{}:{number}: names `{name}`", file.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_and_functions_are_short() {
    let mut wrong = Vec::new();
    let mut long = BTreeSet::new();
    let mut seen = 0;
    for file in sources() {
        if file.lines > FILE_LINES {
            wrong.push(format!("{} has {} lines", file.path, file.lines));
        }
        for (name, number, lines) in functions(&file) {
            seen += 1;
            let path = format!("{}:{name}", file.path);
            if lines <= FUNCTION_LINES {
                continue;
            }
            if !LONG_FUNCTIONS.iter().any(|(exception, _)| *exception == path) {
                wrong.push(format!("{path} (line {number}) has {lines} lines"));
            }
            long.insert(path);
        }
    }
    assert!(seen > 500, "only {seen} functions were found");
    let stale = LONG_FUNCTIONS.iter().filter(|(exception, _)| !long.contains(*exception));
    wrong.extend(stale.map(|(exception, _)| format!("{exception} is no exception any more")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every source file that is not a test.
fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let mut tests = BTreeSet::new();
    let mut files = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let (code, only_tests) = without_tests(&text);
        let folder = path.parent().unwrap_or(&root);
        tests.extend(only_tests.iter().map(|name| folder.join(format!("{name}.rs"))));
        let shown = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        files.push((path, File { path: shown, lines: text.lines().count(), code }));
    }
    assert!(files.len() > 50, "the sources are in {}", root.display());
    files.into_iter().filter(|(path, _)| !tests.contains(path)).map(|(_, file)| file).collect()
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            out.push(path);
        }
    }
}

/// Code lines outside of comments and of items under `#[cfg(test)]`, and the names of modules
/// in other files that are for tests only.
fn without_tests(text: &str) -> (Vec<(usize, String)>, Vec<String>) {
    let mut code = Vec::new();
    let mut only_tests = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed == "#[cfg(test)]" {
            let indent = &line[..line.len() - trimmed.len()];
            let mut item = lines.find(|(_, next)| !next.trim_start().starts_with("#["));
            let name =
                item.and_then(|(_, next)| next.trim().strip_prefix("mod ")?.strip_suffix(';'));
            only_tests.extend(name.map(str::to_owned));
            // Formatted code closes an item at its indent.
            let close = format!("{indent}}}");
            while item.is_some_and(|(_, next)| !next.ends_with(';') && next != close) {
                item = lines.next();
                if item.is_some_and(|(_, next)| next == close) {
                    break;
                }
            }
        } else if !trimmed.starts_with("//") {
            code.push((index + 1, line.to_owned()));
        }
    }
    (code, only_tests)
}

/// Top-level modules after `crate::` or, in the binary, `fleetcast::`; `{` stands for a list of them.
fn imports(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["crate::", "fleetcast::"] {
        for (at, _) in line.match_indices(start) {
            let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
            if line[..at].ends_with(inside) && !line[..at].ends_with('$') {
                continue;
            }
            let rest = &line[at + start.len()..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            found.push(if end == 0 { "{".to_owned() } else { rest[..end].to_owned() });
        }
    }
    found
}

/// Whether a line names a crate or path, not as the end of a longer name.
fn names(line: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = &line[..at];
        let in_text = before.matches('"').count() % 2 == 1;
        !before.ends_with(inside) && !in_text
    })
}

/// Name, first line and number of lines of every function.
fn functions(file: &File) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (index, (number, line)) in file.code.iter().enumerate() {
        let trimmed = line.trim_start();
        let Some(name) = function_name(trimmed) else { continue };
        if trimmed.ends_with('}') || trimmed.ends_with(';') {
            continue;
        }
        let indent = &line[..line.len() - trimmed.len()];
        let close = format!("{indent}}}");
        let end = file.code[index..].iter().find(|(_, later)| {
            *later == close || (later.starts_with(indent) && later.trim_start() == ");")
        });
        let end = end.map_or(*number, |(last, _)| *last);
        found.push((name, *number, end - number + 1));
    }
    found
}

/// The name of the function that a line begins.
fn function_name(line: &str) -> Option<String> {
    let (before, rest) = line.split_once("fn ")?;
    let words = ["pub", "const", "unsafe", "async", "pub(crate)", "pub(super)", "extern", "\"C\""];
    if !before.split_whitespace().all(|word| words.contains(&word)) {
        return None;
    }
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    Some(rest[..end].to_owned())
}

#[test]
fn the_checks_see_what_they_should() {
    let text = "use crate::units::Quantity;\n// crate::app\n#[cfg(test)]\nmod tests {\n    use \
                crate::app;\n}\nfn long() {\n    $crate::model::x()\n}\n#[cfg(test)]\nmod reference;\n";
    let (code, only_tests) = without_tests(text);
    let file = File { path: "scenario/x.rs".to_owned(), lines: 11, code };
    let found: Vec<String> = file.code.iter().flat_map(|(_, line)| imports(line)).collect();
    assert_eq!(found, ["units", "model"]);
    assert_eq!(only_tests, ["reference"]);
    assert_eq!(functions(&file), [("long".to_owned(), 7, 3)]);
    assert_eq!(imports("use crate::{app, units};"), ["{"]);
    assert!(names("use toml::de;", "toml::") && !names("use my_toml::de;", "toml::"));
    assert!(!names("let x = \"toml::\";", "toml::"));
}
