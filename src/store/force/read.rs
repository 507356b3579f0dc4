//! Reading committed files: what each says, and what is wrong with it by itself.

use super::ForceError;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::document::{self, Document, FILE_BYTES_MAX};
use crate::format::draft::{Entry, EntryType};
use crate::format::layout::{self, Kind};
use crate::rules;
use crate::store::history::trees::FileKind;
use crate::store::history::{Entry as Committed, Id};
use crate::store::reading::Reading as _;
use rayon::prelude::*;
use rustix::fs::{self, FileType, Mode, OFlags};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

/// A committed file, read.
#[derive(Debug)]
pub(in crate::store) struct Read {
    pub(in crate::store) path: String,
    pub(in crate::store) entry: Entry,
    pub(in crate::store) document: Document,
    /// Why this version cannot be in force; empty if it can.
    pub(in crate::store) errors: Vec<Diagnostic>,
}

/// Reads files in parallel. What a file of the work tree in `root` holds is used where it is what was committed, as
/// its object's name proves; everything else comes out of git's objects.
pub(in crate::store) fn all(
    repository: &gix::Repository,
    root: Option<&Path>,
    files: Vec<(String, Committed)>,
) -> Result<Vec<Read>, ForceError> {
    let shared = repository.clone().into_sync();
    let tree = root.and_then(|root| fs::open(root, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok());
    let tree = tree.as_ref().map(AsFd::as_fd);
    files
        .into_par_iter()
        .filter(|(_, committed)| committed.kind != FileKind::Submodule)
        .map_init(|| shared.to_thread_local(), |repository, (path, committed)| one(repository, tree, path, committed))
        .collect()
}

/// Reads one file; `tree` is the work tree's folder, if it is to be looked at.
pub(super) fn one(
    repository: &gix::Repository,
    tree: Option<BorrowedFd<'_>>,
    path: String,
    committed: Committed,
) -> Result<Read, ForceError> {
    let kind = match committed.kind {
        FileKind::Executable => EntryType::Executable,
        FileKind::Link => EntryType::Symlink,
        FileKind::File | FileKind::Submodule => EntryType::File,
    };
    let mut read = Read { path, entry: Entry { kind, bytes: 0 }, document: Document::Plain, errors: Vec::new() };
    let failed = |error: &dyn std::fmt::Display| ForceError::Object {
        path: read.path.clone(),
        id: committed.id,
        reason: error.to_string(),
    };
    // Nobody needs these for their keys, and they are most of the bytes.
    let plain = matches!(layout::locate(&read.path).kind, Kind::Other | Kind::Ciphertext);
    if plain || kind == EntryType::Symlink {
        read.entry.bytes = repository.read_header(committed.id).map_err(|error| failed(&error))?.size();
        return Ok(read);
    }
    let bytes = match tree.and_then(|tree| proven(repository, tree, &read.path, committed.id)) {
        Some(bytes) => bytes,
        None => {
            let size = repository.read_header(committed.id).map_err(|error| failed(&error))?.size();
            if size > FILE_BYTES_MAX as u64 {
                read.entry.bytes = size;
                return Ok(read);
            }
            repository.read_blob(committed.id).map_err(|error| failed(&error))?.detach().data
        }
    };
    read.entry.bytes = bytes.len() as u64;
    if let Ok(text) = String::from_utf8(bytes) {
        (read.document, read.errors) = judge(&read.path, &text);
    } else {
        read.errors.push(not_utf8(&read.path));
    }
    Ok(read)
}

/// What a text says, and why it cannot be in force.
///
/// A secret in a text is no reason: it is in the history already, and an older version would not take it out.
pub(super) fn judge(path: &str, text: &str) -> (Document, Vec<Diagnostic>) {
    let (document, mut found) = document::read(path, text);
    found.extend(rules::check_whole(path, text));
    found.retain(is_reason);
    (document, found)
}

/// Whether a diagnostic is a reason for a file not to be in force.
pub(super) fn is_reason(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error && diagnostic.code != rules::SECRET_IN_TEXT
}

pub(super) fn not_utf8(path: &str) -> Diagnostic {
    Diagnostic::error("not-utf8", Place::file(path), "this file is not UTF-8 text").help("save it as UTF-8")
}

/// The bytes of an ordinary file, if they are the content of the object `id`. A person's filters and line endings
/// change the file and not the object, so its name is asked, not what git noted of the file.
///
/// Of ten thousand files, each call to the system is felt: it is opened from the folder on, and not read to find that nothing
/// follows, since what is missing or too much would have another name.
fn proven(repository: &gix::Repository, tree: BorrowedFd<'_>, path: &str, id: Id) -> Option<Vec<u8>> {
    // Neither followed nor waited for, whatever it is.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = fs::openat(tree, path, flags, Mode::empty()).ok()?;
    let stat = fs::fstat(&file).ok()?;
    let size = usize::try_from(stat.st_size).ok().filter(|size| *size <= FILE_BYTES_MAX)?;
    if !FileType::from_raw_mode(stat.st_mode).is_file() {
        return None;
    }
    let mut bytes = vec![0; size];
    File::from(file).read_exact(&mut bytes).ok()?;
    let is = gix::objs::compute_hash(repository.object_hash(), gix::objs::Kind::Blob, &bytes).ok()?;
    (is == id).then_some(bytes)
}
