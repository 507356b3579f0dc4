//! The work tree against a commit. The only part of the history that looks at files on the disk.

use super::compare::{COMPARED_BYTES_MAX, Compared, Sides, differences};
use super::trees::FileKind;
use super::{Content, Entry, History, HistoryError, Id};
use crate::format::document::FILE_BYTES_MAX;
use crate::format::layout::{self, Kind};
use crate::store::load::read_at_most;
use crate::store::writer::is_left_out;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Folders that are never entered: version control's own, and what package managers fill.
const PASSED_OVER: [&str; 4] = [".git", ".hg", ".jj", "node_modules"];

impl History {
    /// What differs between a commit and the files on the disk. Files git does not track yet count if the format
    /// knows them.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn compare_work_tree(&self, before: Option<Id>) -> Result<Compared, HistoryError> {
        Ok(Compared { differences: differences(self.work_tree_sides(before)?), cut: false })
    }

    /// Both sides of every file that differs.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn work_tree_sides(&self, before: Option<Id>) -> Result<Vec<Sides>, HistoryError> {
        let tracked: BTreeMap<String, Entry> = match before {
            Some(commit) => self.files(commit, "")?.into_iter().collect(),
            None => BTreeMap::new(),
        };
        if self.repository.workdir().is_none() {
            return Err(HistoryError::NoWorkTree { folder: self.root.clone() });
        }
        let root = &self.root;
        let mut on_disk = Vec::new();
        walk(root, "", &mut on_disk).map_err(|(path, source)| HistoryError::Io { path, source })?;
        on_disk.retain(|path| tracked.contains_key(path) || layout::locate(path).kind != Kind::Other);
        // Hashing is what takes time; most files are the same.
        let looked: Vec<(String, Look)> = on_disk
            .into_par_iter()
            .map(|path| {
                let look = look(root, &path, tracked.get(&path))
                    .map_err(|source| HistoryError::Io { path: root.join(&path), source })?;
                Ok((path, look))
            })
            .collect::<Result<_, HistoryError>>()?;
        let mut sides = BTreeMap::new();
        let mut there = BTreeSet::new();
        let mut left = COMPARED_BYTES_MAX;
        for (path, look) in looked {
            if let Look::Differs(kind, content) = look {
                let mut read = |entry: &Entry| Ok((entry.kind, self.content_within(*entry, &mut left)?));
                let before = tracked.get(&path).map(&mut read).transpose()?;
                let side = Sides { path: path.clone(), before, after: Some((kind, content)) };
                sides.insert(path.clone(), side);
            } else if let Look::Gone = look {
                continue;
            }
            there.insert(path);
        }
        // What a sparse checkout or `corp archive` leaves out is not deleted.
        let index = self.repository.index_or_empty().ok();
        let prefix: String = self.prefix.iter().map(|folder| format!("{folder}/")).collect();
        let left_out = |path: &str| index.as_ref().is_some_and(|index| is_left_out(index, &format!("{prefix}{path}")));
        for (path, entry) in tracked {
            let passed_over = path.split('/').any(|part| PASSED_OVER.contains(&part));
            if entry.kind == FileKind::Submodule || passed_over || there.contains(&path) || left_out(&path) {
                continue;
            }
            let before = Some((entry.kind, self.content_within(entry, &mut left)?));
            sides.insert(path.clone(), Sides { path, before, after: None });
        }
        Ok(sides.into_values().collect())
    }
}

/// Lists the files and links below `folder`; links are not followed, and repositories inside are not entered.
fn walk(root: &Path, folder: &str, found: &mut Vec<String>) -> Result<(), (PathBuf, io::Error)> {
    let here = root.join(folder);
    for item in fs::read_dir(&here).map_err(|error| (here.clone(), error))? {
        let item = item.map_err(|error| (here.clone(), error))?;
        let name = item.file_name();
        let Some(name) = name.to_str() else { continue };
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let Ok(kind) = item.file_type() else { continue };
        if kind.is_dir() {
            if !PASSED_OVER.contains(&name) && fs::symlink_metadata(root.join(&path).join(".git")).is_err() {
                walk(root, &path, found)?;
            }
        } else if kind.is_file() || kind.is_symlink() {
            found.push(path);
        }
    }
    Ok(())
}

/// A file on the disk beside what is committed.
enum Look {
    Same,
    Differs(FileKind, Content),
    /// It went away while it was looked at.
    Gone,
}

fn look(root: &Path, path: &str, tracked: Option<&Entry>) -> io::Result<Look> {
    let full = root.join(path);
    let metadata = match fs::symlink_metadata(&full) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::Gone),
        Err(error) => return Err(error),
    };
    let kind = match metadata.is_symlink() {
        true => FileKind::Link,
        false if is_executable(&metadata) => FileKind::Executable,
        false => FileKind::File,
    };
    let tracked = tracked.filter(|entry| entry.kind == kind);
    if kind != FileKind::Link && metadata.len() > FILE_BYTES_MAX as u64 {
        let same = tracked.is_some_and(|entry| hash(&full, metadata.len(), entry).is_some_and(|id| id == entry.id));
        return Ok(if same { Look::Same } else { Look::Differs(kind, Content::Large(metadata.len())) });
    }
    let bytes = match kind {
        FileKind::Link => fs::read_link(&full)?.into_os_string().into_encoded_bytes(),
        _ => read_at_most(&full, FILE_BYTES_MAX)?,
    };
    let same = tracked.is_some_and(|entry| {
        let id = gix::objs::compute_hash(entry.id.kind(), gix::objs::Kind::Blob, &bytes);
        id.is_ok_and(|id| id == entry.id)
    });
    Ok(if same { Look::Same } else { Look::Differs(kind, Content::of(bytes)) })
}

/// The name git would give the content of a large file, without having it in memory.
fn hash(path: &Path, bytes: u64, like: &Entry) -> Option<Id> {
    let mut file = fs::File::open(path).ok()?;
    let (blob, never) = (gix::objs::Kind::Blob, AtomicBool::new(false));
    gix::objs::compute_stream_hash(like.id.kind(), blob, &mut file, bytes, &mut gix::progress::Discard, &never).ok()
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
