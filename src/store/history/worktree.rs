//! The work tree against a commit. The only part of the history that looks at files on the disk.

use super::compare::{Compared, Sides, differences};
use super::trees::FileKind;
use super::{Content, Entry, History, HistoryError, Id};
use crate::format::document::FILE_BYTES_MAX;
use crate::format::layout::{self, Kind};
use crate::store::load::read_at_most;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
        let root = &self.root;
        let mut on_disk = Vec::new();
        walk(root, "", &mut on_disk).map_err(|(path, source)| HistoryError::Io { path, source })?;
        on_disk.retain(|path| tracked.contains_key(path) || layout::locate(path).kind != Kind::Other);
        // Hashing is what takes time; most files are the same.
        let differing: Vec<(String, FileKind, Content)> = on_disk
            .par_iter()
            .map(|path| {
                let (kind, bytes) =
                    read(root, path).map_err(|source| HistoryError::Io { path: root.join(path), source })?;
                let Some(bytes) = bytes else {
                    let size = fs::metadata(root.join(path)).map_or(0, |metadata| metadata.len());
                    return Ok(Some((path.clone(), kind, Content::Large(size))));
                };
                let same = tracked.get(path).is_some_and(|entry| {
                    let id = gix::objs::compute_hash(entry.id.kind(), gix::objs::Kind::Blob, &bytes);
                    entry.kind == kind && id.is_ok_and(|id| id == entry.id)
                });
                Ok((!same).then(|| (path.clone(), kind, Content::of(bytes))))
            })
            .filter_map(Result::transpose)
            .collect::<Result<_, HistoryError>>()?;
        let mut sides = BTreeMap::new();
        for (path, kind, content) in differing {
            let before = tracked.get(&path).map(|entry| Ok((entry.kind, self.content(*entry)?))).transpose()?;
            if before.as_ref().is_some_and(
                |(_, before)| matches!((before, &content), (Content::Large(a), Content::Large(b)) if a == b),
            ) {
                continue;
            }
            sides.insert(path.clone(), Sides { path, before, after: Some((kind, content)) });
        }
        on_disk.sort_unstable();
        for (path, entry) in tracked {
            let passed_over = path.split('/').any(|part| PASSED_OVER.contains(&part));
            if entry.kind == FileKind::Submodule || passed_over || on_disk.binary_search(&path).is_ok() {
                continue;
            }
            let before = Some((entry.kind, self.content(entry)?));
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

/// A file's kind and bytes, or none if there are too many of them.
fn read(root: &Path, path: &str) -> io::Result<(FileKind, Option<Vec<u8>>)> {
    let full = root.join(path);
    let metadata = fs::symlink_metadata(&full)?;
    if metadata.is_symlink() {
        return Ok((FileKind::Link, Some(fs::read_link(&full)?.into_os_string().into_encoded_bytes())));
    }
    let kind = if is_executable(&metadata) { FileKind::Executable } else { FileKind::File };
    if metadata.len() > FILE_BYTES_MAX as u64 {
        return Ok((kind, None));
    }
    Ok((kind, Some(read_at_most(&full, FILE_BYTES_MAX)?)))
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
