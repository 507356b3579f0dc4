//! Reading a company's folder: all files in parallel, nothing followed out of the folder.

use crate::diag::{Diagnostic, Place};
use crate::format::document::{self, Document, FILE_BYTES_MAX};
use crate::format::draft::{Draft, Entry, EntryType};
use crate::format::layout::{self, Kind};
use crate::rules;
use crate::rules::allow::{self, Allowance};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A company as it lies in its folder.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The files, read.
    pub draft: Draft,
    /// What was wrong with single files.
    pub diagnostics: Vec<Diagnostic>,
    /// Comments that allow something, by file.
    pub allowances: BTreeMap<String, Vec<Allowance>>,
}

/// The folder could not be read at all.
#[derive(Debug, thiserror::Error)]
#[error("could not read {path}: {source}")]
pub struct LoadError {
    /// The path that could not be read.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Reads the company in `root`. Files that cannot be read are reported as diagnostics.
///
/// # Errors
/// [`LoadError`] if `root` itself cannot be listed.
pub fn load(root: &Path) -> Result<Loaded, LoadError> {
    fs::read_dir(root).map_err(|source| LoadError { path: root.to_owned(), source })?;
    let mut files = Vec::new();
    let mut loaded = Loaded::default();
    walk(root, "", &mut files, &mut loaded.diagnostics);
    let read: Vec<One> = files.into_par_iter().map(|(path, entry)| read_one(root, path, entry)).collect();
    for one in read {
        loaded.draft.insert(&one.path, one.document);
        if !one.allowances.is_empty() {
            loaded.allowances.insert(one.path.clone(), one.allowances);
        }
        loaded.draft.entries.insert(one.path, one.entry);
        loaded.diagnostics.extend(one.diagnostics);
    }
    super::archived::add(root, &mut loaded.draft);
    loaded.draft.vendored = super::vendored::vendored(root, &loaded.draft);
    Ok(loaded)
}

/// Reads the one file `path` of the company in `root`, without looking at the others; [`Document::Plain`] if it
/// is not there or not an ordinary file. What is wrong with it is for [`load`] to tell.
///
/// # Errors
/// [`LoadError`] if `root` is not a folder.
pub fn document(root: &Path, path: &str) -> Result<Document, LoadError> {
    fs::read_dir(root).map_err(|source| LoadError { path: root.to_owned(), source })?;
    let Ok(metadata) = fs::symlink_metadata(root.join(path)) else { return Ok(Document::Plain) };
    if !metadata.is_file() {
        return Ok(Document::Plain);
    }
    Ok(read_one(root, path.to_owned(), Entry { kind: EntryType::File, bytes: metadata.len() }).document)
}

/// What one file gave.
#[derive(Debug)]
struct One {
    path: String,
    entry: Entry,
    document: Document,
    diagnostics: Vec<Diagnostic>,
    allowances: Vec<Allowance>,
}

fn read_one(root: &Path, path: String, entry: Entry) -> One {
    let mut one = One { path, entry, document: Document::Plain, diagnostics: Vec::new(), allowances: Vec::new() };
    if !matches!(one.entry.kind, EntryType::File | EntryType::Executable) {
        return one;
    }
    let text = match layout::locate(&one.path).kind {
        // Nobody reads these for their keys, but what lies in them lies in the company.
        Kind::Other | Kind::Ciphertext => read_beginning(root, &one.path),
        _ if one.entry.bytes > FILE_BYTES_MAX as u64 => return one,
        _ => read_whole(root, &one.path),
    };
    match text {
        Ok(Some(text)) => {
            (one.document, one.diagnostics) = document::read(&one.path, &text);
            one.diagnostics.extend(rules::check_text(&one.path, &text));
            one.allowances = allow::read(&one.path, &text);
        }
        Ok(None) => {}
        Err(diagnostic) => one.diagnostics.push(diagnostic),
    }
    one
}

/// The text of a file that must be one.
fn read_whole(root: &Path, path: &str) -> Result<Option<String>, Diagnostic> {
    let bytes = fs::read(root.join(path)).map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes).map(Some).map_err(|_| {
        Diagnostic::error("not-utf8", Place::file(path), "this file is not UTF-8 text").help("save it as UTF-8")
    })
}

/// The first [`FILE_BYTES_MAX`] bytes of any file, if they are text.
fn read_beginning(root: &Path, path: &str) -> Result<Option<String>, Diagnostic> {
    let bytes = read_at_most(&root.join(path), FILE_BYTES_MAX).map_err(|error| unreadable(path, &error))?;
    Ok(as_text(bytes))
}

/// Bytes at the beginning in which a zero tells that a file is not text; what git looks at as well.
const SNIFFED_BYTES: usize = 8_000;

/// Bytes as text that may be in any encoding; `None` for what is no text at all.
pub(super) fn as_text(bytes: Vec<u8>) -> Option<String> {
    if memchr::memchr(0, &bytes[..bytes.len().min(SNIFFED_BYTES)]).is_some() {
        return None;
    }
    let text = String::from_utf8(bytes)
        .or_else(|error| Ok::<_, std::convert::Infallible>(String::from_utf8_lossy(error.as_bytes()).into_owned()));
    text.ok()
}

/// The first `most` bytes of a file.
pub(super) fn read_at_most(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(most).min(most);
    let mut bytes = Vec::with_capacity(size + 1);
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(path: &str, error: &io::Error) -> Diagnostic {
    // The system's own words begin in upper case and end with a number nobody needs.
    let why = error.kind().to_string();
    Diagnostic::error("unreadable", Place::file(path), format!("this cannot be read: {why}"))
        .help("look at its permissions with `ls -l`, and make it readable for this account")
}

/// Lists every file below `folder`, without following links and without version control's own folders.
fn walk(root: &Path, folder: &str, files: &mut Vec<(String, Entry)>, found: &mut Vec<Diagnostic>) {
    let listing = match fs::read_dir(root.join(folder)) {
        Ok(listing) => listing,
        Err(error) => {
            found.push(unreadable(folder, &error));
            return;
        }
    };
    for item in listing.flatten() {
        let name = item.file_name();
        let under = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let Some(name) = name.to_str() else {
            found.push(
                Diagnostic::error(
                    "unreadable",
                    Place::file(under(&name.to_string_lossy())),
                    "this cannot be read: its name is not UTF-8",
                )
                .help("rename it with letters that every system knows"),
            );
            continue;
        };
        let path = under(name);
        let Ok(kind) = item.file_type() else { continue };
        if kind.is_dir() {
            if !matches!(name, ".git" | ".hg" | ".jj" | "node_modules") {
                walk(root, &path, files, found);
            }
            continue;
        }
        let metadata = item.metadata().ok();
        let bytes = metadata.as_ref().map_or(0, fs::Metadata::len);
        let kind = if kind.is_symlink() {
            EntryType::Symlink
        } else if kind.is_file() {
            if metadata.as_ref().is_some_and(is_executable) { EntryType::Executable } else { EntryType::File }
        } else {
            EntryType::Special
        };
        files.push((path, Entry { kind, bytes }));
    }
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
