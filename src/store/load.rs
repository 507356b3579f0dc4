//! Reading a company's folder: all files in parallel, nothing followed out of the folder.

use crate::diag::{Diagnostic, Place};
use crate::format::document::{self, Document, FILE_BYTES_MAX};
use crate::format::draft::{Draft, Entry, EntryType};
use crate::format::layout::{self, Kind};
use rayon::prelude::*;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A company as it lies in its folder.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The files, read.
    pub draft: Draft,
    /// What was wrong with single files.
    pub diagnostics: Vec<Diagnostic>,
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
    let read: Vec<(String, Entry, Document, Vec<Diagnostic>)> =
        files.into_par_iter().map(|(path, entry)| read_one(root, path, entry)).collect();
    for (path, entry, document, diagnostics) in read {
        loaded.draft.insert(&path, document);
        loaded.draft.entries.insert(path, entry);
        loaded.diagnostics.extend(diagnostics);
    }
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
    let (_, _, document, _) = read_one(root, path.to_owned(), Entry { kind: EntryType::File, bytes: metadata.len() });
    Ok(document)
}

fn read_one(root: &Path, path: String, entry: Entry) -> (String, Entry, Document, Vec<Diagnostic>) {
    let readable =
        matches!(entry.kind, EntryType::File | EntryType::Executable) && entry.bytes <= FILE_BYTES_MAX as u64;
    if !readable || layout::locate(&path).kind == Kind::Other {
        return (path, entry, Document::Plain, Vec::new());
    }
    let (document, diagnostics) = match fs::read(root.join(&path)).map(String::from_utf8) {
        Ok(Ok(text)) => document::read(&path, &text),
        Ok(Err(_)) => {
            let help = "save it as UTF-8";
            (
                Document::Plain,
                vec![Diagnostic::error("not-utf8", Place::file(&path), "this file is not UTF-8 text").help(help)],
            )
        }
        Err(error) => (Document::Plain, vec![unreadable(&path, &error)]),
    };
    (path, entry, document, diagnostics)
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
        let Some(name) = name.to_str() else { continue };
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let Ok(kind) = item.file_type() else { continue };
        if kind.is_dir() {
            if !matches!(name, ".git" | ".hg" | ".jj" | "node_modules") {
                walk(root, &path, files, found);
            }
            continue;
        }
        let bytes = item.metadata().map_or(0, |metadata| metadata.len());
        let kind = if kind.is_symlink() {
            EntryType::Symlink
        } else if kind.is_file() {
            EntryType::File
        } else {
            EntryType::Special
        };
        files.push((path, Entry { kind, bytes }));
    }
}
