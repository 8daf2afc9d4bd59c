//! From a path to layers: the file, what it extends, overlays and single values, in merge order.

use super::codes;
use super::document::{self, Data, Document, Entry, Node, Table};
use super::keys::{EDITION, FILE_KINDS};
use super::problems::Problems;
use super::single::is_path;
use super::structure::LOADING_KEYS;
use crate::diag::{Diagnostic, FileId, SourceFile, Sources, Span, nearest};

/// Reads files for [`super::load`].
pub trait FileReader {
    /// The text of the file at this path.
    fn read(&self, path: &str) -> std::io::Result<String>;

    /// Names of the files in the folder of this path, for who misspelled one.
    fn beside(&self, _path: &str) -> Vec<String> {
        Vec::new()
    }
}

/// One file or `--set`, in merge order: what stands in a later layer wins.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) file: FileId,
    pub(super) document: Document,
    /// Whether it came from `--set`.
    pub(super) set: bool,
    /// The key after `--set` that stands for all those of its document, as it was typed.
    pub(super) typed: Option<String>,
}

impl Layer {
    /// Where a message about the file as a whole points: its first key.
    pub(super) fn first_key(&self) -> Span {
        let first = self.document.root.entries.first();
        first.map_or(Span::new(self.file, 0..0), |entry| entry.key_span.clone())
    }
}

/// All layers.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) list: Vec<Layer>,
    /// Position of the scenario file itself.
    pub(super) root: usize,
    /// Whether nothing more can be said: there is no scenario, or one of a newer edition.
    pub(super) hopeless: bool,
    /// Whether the scenario, a file that it extends or an overlay cannot be read at all.
    pub(super) unreadable: bool,
}

impl Layers {
    /// Whether a file is one that the scenario extends, and others may extend as well.
    pub(super) fn below_root(&self, file: FileId) -> bool {
        self.list.iter().take(self.root).any(|layer| layer.file == file)
    }
}

/// What a file may be, by how it is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Root,
    Extended,
    Overlay,
}

/// Reads the scenario, what it extends, the overlays and the single values.
pub(super) fn read(
    reader: &dyn FileReader,
    path: &str,
    overlays: &[String],
    sets: &[String],
    sources: &mut Sources,
    problems: &mut Problems,
) -> Layers {
    let mut loader = Loader {
        reader,
        sources,
        problems,
        layers: Layers::default(),
        stack: Vec::new(),
        done: Vec::new(),
    };
    loader.named(path, Role::Root);
    loader.layers.root = loader.layers.list.len().saturating_sub(1);
    for overlay in overlays {
        loader.named(overlay, Role::Overlay);
    }
    for (index, text) in sets.iter().enumerate() {
        loader.set(index + 1, text);
    }
    loader.layers
}

/// What to do with a file in another encoding.
const IN_UTF8: &str = "save the file as UTF-8";

/// Whether a file is there, but in another encoding.
fn encoded(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::InvalidData
}

struct Loader<'a> {
    reader: &'a dyn FileReader,
    sources: &'a mut Sources,
    problems: &'a mut Problems,
    layers: Layers,
    /// Files being read, outermost first.
    stack: Vec<String>,
    /// Files that have been read: each counts once, at its first place.
    done: Vec<String>,
}

impl Loader<'_> {
    /// A file named on the command line.
    fn named(&mut self, path: &str, role: Role) {
        match self.reader.read(path) {
            Ok(text) => self.file(&normal(path), path, text, role),
            Err(error) => {
                self.layers.unreadable = true;
                self.layers.hopeless |= role == Role::Root;
                self.lost(FileId(0));
                let message = format!("cannot read `{path}`");
                let diagnostic = Diagnostic::error(codes::UNREADABLE, message);
                let help = if encoded(&error) { IN_UTF8 } else { "" };
                self.problems.push(diagnostic.note(error.to_string()).help(help));
            }
        }
    }

    /// A file that another one extends.
    fn extended(&mut self, base: &str, entry: &str, span: &Span) {
        let path = beside(base, entry);
        if self.stack.contains(&path) {
            // Another file may have been meant.
            self.lost(span.file);
            let start = self.stack.iter().position(|p| *p == path).unwrap_or(0);
            let mut circle: Vec<&str> = self.stack[start..].iter().map(String::as_str).collect();
            circle.push(&path);
            let diagnostic = Diagnostic::error(codes::CYCLE, "files extend each other in a circle")
                .at(span.clone(), "leads back to where it came from")
                .help("remove this file from `extends`")
                .note(circle.join(" extends "));
            self.problems.push(diagnostic);
            return;
        }
        if self.done.contains(&path) {
            return;
        }
        match self.reader.read(&path) {
            Ok(text) => self.file(&path, &path, text, Role::Extended),
            Err(error) => {
                self.layers.unreadable = true;
                self.lost(span.file);
                let missing = error.kind() == std::io::ErrorKind::NotFound;
                let near = missing.then(|| self.meant(&path, entry)).flatten();
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if encoded(&error) => IN_UTF8.to_owned(),
                    None => "paths are relative to the file that names them".to_owned(),
                };
                self.problems.push(
                    Diagnostic::error(codes::UNREADABLE, format!("cannot read `{path}`"))
                        .at(span.clone(), error.to_string())
                        .help(help),
                );
            }
        }
    }

    /// The entry of `extends` that was probably meant: a file of a like name in the same folder.
    fn meant(&self, path: &str, entry: &str) -> Option<String> {
        let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let names = self.reader.beside(path);
        // All of them have the same ending, which tells nothing.
        let stems = names.iter().filter_map(|name| name.strip_suffix(".toml"));
        let near = nearest(stem(path), stems)?;
        Some(format!("{}{near}.toml", entry.strip_suffix(&last(entry))?))
    }

    fn file(&mut self, path: &str, shown: &str, text: String, role: Role) {
        let source = SourceFile::new(shown, text);
        let file = self.sources.add(source.clone());
        let document = document::parse(file, &source, self.problems);
        self.kind(file, &document, role);
        self.stack.push(path.to_owned());
        let extends: Vec<(String, Span)> = document
            .root
            .get("extends")
            .and_then(|entry| match &entry.node.data {
                Data::List(items) => Some(items),
                _ => None,
            })
            .into_iter()
            .flatten()
            .filter_map(|item| Some((item.text()?.to_owned(), item.span.clone())))
            .collect();
        for (entry, span) in extends {
            self.extended(path, &entry, &span);
        }
        if uncertain_extends(&document.root) {
            self.lost(file);
        }
        self.stack.pop();
        self.done.push(path.to_owned());
        self.layers.list.push(Layer { file, document, set: false, typed: None });
    }

    /// Something that cannot be read stands here in the merge order, of which nothing is known.
    fn lost(&mut self, file: FileId) {
        let document = Document { root: Table::default(), lost: true, crowded: Vec::new() };
        self.layers.list.push(Layer { file, document, set: false, typed: None });
    }

    /// Checks the first key.
    fn kind(&mut self, file: FileId, document: &Document, role: Role) {
        let Some(entry) = document.root.get("fleetcast") else {
            // A misspelled one is reported as an unknown key, and one that cannot be read as such.
            let meant = document.root.entries.iter().any(|entry| entry.may_be("fleetcast"));
            if !meant && !document.lost {
                let (kind, help) = kind_by_shape(&document.root, role);
                self.problems.push(
                    Diagnostic::error(codes::KIND, "the file does not say what kind of file it is")
                        .at(Span::new(file, 0..0), "")
                        .help(help),
                );
                // What an overlay lacks as a scenario is beside the point.
                let other = role == Role::Root && kind != "scenario";
                if other || document.root.entries.is_empty() {
                    self.lost(file);
                }
            }
            return;
        };
        let span = entry.node.span.clone();
        let Some(text) = entry.node.text() else {
            let message = format!("`fleetcast` takes a text, this is {}", entry.node.noun());
            self.problems.push(
                Diagnostic::error(codes::WRONG_TYPE, message)
                    .at(span, entry.node.noun())
                    .help(kind_by_shape(&document.root, role).1),
            );
            return;
        };
        match read_kind(text) {
            Ok(kind) => self.role(kind, role, &span),
            Err(Some(edition)) => {
                self.layers.hopeless = true;
                self.problems.push(
                    Diagnostic::error(
                        codes::EDITION,
                        format!("the file is written for edition {edition} of the format"),
                    )
                    .at(span, format!("this version reads edition {EDITION}"))
                    .help(format!("use a version of the program that reads edition {edition}")),
                );
            }
            Err(None) => {
                let words = FILE_KINDS.iter().map(|kind| format!("{kind}/{EDITION}"));
                let words: Vec<String> = words.collect();
                let near = nearest(text, words.iter().map(String::as_str));
                let help = near.map_or_else(
                    || format!("write one of \"{}\"", words.join("\", \"")),
                    |near| format!("did you mean \"{near}\"?"),
                );
                self.problems.push(
                    Diagnostic::error(codes::KIND, format!("no kind of file `{text}`"))
                        .at(span, "")
                        .help(help),
                );
            }
        }
    }

    fn role(&mut self, kind: &str, role: Role, span: &Span) {
        let (message, help) = match (role, kind) {
            (Role::Root, "catalog") => {
                ("a catalog is not a scenario", "name it in `extends` of a scenario")
            }
            (Role::Root, "overlay") => (
                "an overlay is not a scenario",
                "run a scenario and add the overlay after `--with`",
            ),
            (Role::Overlay, "scenario") => {
                ("a scenario is not an overlay", "write fleetcast = \"overlay/1\", or run it alone")
            }
            (Role::Overlay, "catalog") => {
                ("a catalog is not an overlay", "name it in `extends` of the scenario")
            }
            _ => return,
        };
        // What such a file lacks as a scenario is beside the point.
        self.lost(span.file);
        self.problems.push(Diagnostic::error(codes::KIND, message).at(span.clone(), "").help(help));
    }

    /// A text after `--set`.
    fn set(&mut self, number: usize, text: &str) {
        let name = format!("--set {number}");
        let source = SourceFile::new(name, text);
        let file = self.sources.add(source.clone());
        let mut quiet = Problems::default();
        let whole = document::parse(file, &source, &mut quiet);
        let document = if quiet.list.is_empty() && whole.root.entries.len() == 1 {
            Some(whole)
        } else {
            plain_text(file, text)
        };
        let Some(mut document) = document else {
            self.lost(file);
            self.problems.push(
                Diagnostic::error(codes::SET, "not of the form key=value")
                    .at(Span::new(file, 0..text.len()), "")
                    .help("for example --set facility.reserve=\"10 %\""),
            );
            return;
        };
        if let Some(diagnostic) = not_to_be_set(&document.root) {
            self.problems.push(diagnostic);
            return;
        }
        join_named_key(&mut document.root);
        self.layers.list.push(Layer { file, document, set: true, typed: None });
    }
}

/// The kind that a file has by the way it is reached and by what stands in it, and how to say so.
fn kind_by_shape(root: &Table, role: Role) -> (&'static str, String) {
    let given = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    let of_overlay = given(&["remove", "scale"]);
    let of_scenario = given(&["extends", "as_of"]) || given(&["company", "run"]) && !of_overlay;
    let (kind, more) = match role {
        Role::Extended => ("catalog", ""),
        Role::Overlay => ("overlay", ""),
        Role::Root if !of_scenario && !root.entries.is_empty() => {
            ("overlay", ", and name the file behind `--with` of a scenario")
        }
        Role::Root => ("scenario", ""),
    };
    (kind, format!("write fleetcast = \"{kind}/{EDITION}\" as the first key{more}"))
}

/// Whether a file may extend others than those that could be read.
fn uncertain_extends(root: &Table) -> bool {
    root.entries.iter().filter(|entry| entry.may_be("extends")).any(|entry| {
        let Data::List(items) = &entry.node.data else { return true };
        entry.key != "extends" || items.iter().any(|item| item.text().is_none())
    })
}

/// What would change nothing after `--set`: files and their kinds are read before, and rows only
/// grow.
fn not_to_be_set(root: &Table) -> Option<Diagnostic> {
    let entry = root.entries.first()?;
    let key = entry.key.as_str();
    let no_rows = matches!(&entry.node.data, Data::List(items) if items.is_empty());
    let (message, help) = match key {
        "fleetcast" => ("`fleetcast` cannot be set".to_owned(), "it belongs to a file".to_owned()),
        "extends" => (
            "`extends` cannot be set".to_owned(),
            "add an overlay with `--with`, or write a scenario that extends the file".to_owned(),
        ),
        "observation" | "guidance" if no_rows => (
            format!("an empty `{key}` takes no row away"),
            format!("write --set 'remove=[\"{key}\"]'"),
        ),
        _ => return None,
    };
    let place = entry.key_span.clone();
    Some(Diagnostic::error(codes::SET, message).at(place, "").help(help))
}

/// After `--set`, `scale.site.slip=2` is `scale."site.slip"=2`, and so are the keys of loadings: shells
/// take quotes away.
fn join_named_key(root: &mut Table) {
    let [Entry { key, node, .. }] = root.entries.as_mut_slice() else { return };
    let Data::Table(inner) = &mut node.data else { return };
    let [entry] = inner.entries.as_mut_slice() else { return };
    if key == "scale" {
        join(entry, &[]);
    } else if key == "factor"
        && entry.key == "loading"
        && let Data::Table(loadings) = &mut entry.node.data
        && let [entry] = loadings.entries.as_mut_slice()
    {
        join(entry, &LOADING_KEYS);
    }
}

/// Makes one key of all keys that dots join, up to one of `ends`.
fn join(entry: &mut Entry, ends: &[&str]) {
    loop {
        let Data::Table(deeper) = &entry.node.data else { return };
        let more = is_path(entry, deeper)
            && deeper.entries.iter().all(|next| !ends.contains(&next.key.as_str()));
        let Data::Table(deeper) = &mut entry.node.data else { return };
        let Some(next) = deeper.entries.pop_if(|_| more) else { return };
        entry.key = format!("{}.{}", entry.key, next.key);
        entry.key_span.end = next.key_span.end;
        entry.node = next.node;
    }
}

/// `key=value` where the value is not TOML: then it is a text.
fn plain_text(file: FileId, text: &str) -> Option<Document> {
    let (key, value) = text.split_once('=')?;
    let keys = SourceFile::new("", format!("{key}=0"));
    let mut quiet = Problems::default();
    let mut document = document::parse(file, &keys, &mut quiet);
    if !quiet.list.is_empty() || document.root.entries.len() != 1 {
        return None;
    }
    let start = text.len() - value.trim_start().len();
    let span = Span::new(file, start..start + value.trim().len());
    let node = Node { span, data: Data::Text(value.trim().to_owned()) };
    replace_leaf(&mut document.root, node);
    Some(document)
}

fn replace_leaf(table: &mut Table, node: Node) {
    if let Some(Entry { node: old, .. }) = table.entries.first_mut() {
        match &mut old.data {
            Data::Table(inner) => replace_leaf(inner, node),
            _ => *old = node,
        }
    }
}

/// The kind, or the newer edition if it is one.
fn read_kind(text: &str) -> Result<&str, Option<u32>> {
    let (kind, edition) = text.split_once('/').ok_or(None)?;
    let edition: u32 = edition.parse().map_err(|_| None)?;
    if !FILE_KINDS.contains(&kind) || edition == 0 {
        return Err(None);
    }
    if edition > EDITION { Err(Some(edition)) } else { Ok(kind) }
}

/// The path `entry`, as seen from the file `base`.
fn beside(base: &str, entry: &str) -> String {
    if entry.starts_with('/') {
        return normal(entry);
    }
    match base.rsplit_once('/') {
        Some((folder, _)) => normal(&format!("{folder}/{entry}")),
        None => normal(entry),
    }
}

/// A path without `.` and without `folder/..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for (index, part) in path.split('/').enumerate() {
        match part {
            "." => {}
            "" if index > 0 => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// The name of a file in a path, without its ending.
pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.strip_suffix(".toml").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_file_that_names_them() {
        for (base, entry, path) in [
            ("scenarios/meta.toml", "catalog/a.toml", "scenarios/catalog/a.toml"),
            ("scenarios/catalog/a.toml", "../b.toml", "scenarios/b.toml"),
            ("meta.toml", "./a.toml", "a.toml"),
            ("../x/meta.toml", "../../a.toml", "../../a.toml"),
            ("/s/meta.toml", "../a.toml", "/a.toml"),
            ("s/meta.toml", "/a.toml", "/a.toml"),
        ] {
            assert_eq!(beside(base, entry), path);
        }
        assert_eq!(stem("scenarios/meta-2024-07.toml"), "meta-2024-07");
    }

    #[test]
    fn kinds_have_an_edition() {
        assert_eq!(read_kind("scenario/1"), Ok("scenario"));
        assert_eq!(read_kind("scenario/2"), Err(Some(2)));
        for wrong in ["scenario", "scenari/1", "scenario/x", "scenario/0", "scenario/1.5"] {
            assert_eq!(read_kind(wrong), Err(None), "{wrong}");
        }
    }
}
