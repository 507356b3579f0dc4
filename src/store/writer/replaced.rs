//! Files that were replaced by a committed version, kept until nobody can be writing to them any more.
//!
//! A program that opened a file before it was exchanged, and writes after we looked, writes to the one that was taken
//! away. So it is set aside in `.git/corp/replaced` and looked at again: what changed goes back as a person's edit.

use super::worktree;
use crate::store::reading::Reading as _;
use crate::store::writing::{self, FileId};
use gix::{ObjectId, Repository};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Most files that are set aside before they are looked at: looking costs as much as some writes.
pub(super) const KEPT_MAX: usize = 256;

/// Longest path that fits into the name of a file beside the rest of it, in bytes.
const PATH_BYTES_MAX: usize = 180;

/// Files that were replaced.
#[derive(Debug, Default)]
pub(super) struct Replaced {
    folder: PathBuf,
    kept: Vec<Kept>,
    count: u64,
}

#[derive(Debug)]
struct Kept {
    aside: PathBuf,
    /// Where it was; `None` if the path is too long to be known after a crash.
    path: Option<String>,
    /// What it held when it was replaced.
    held: ObjectId,
    id: FileId,
    /// Looked at before, and found unchanged.
    seen: bool,
}

impl Replaced {
    /// What is kept in our folder of the repository, a predecessor's included.
    pub(super) fn open(folder: &Path) -> Self {
        let mut replaced = Self { folder: folder.join("replaced"), ..Self::default() };
        let Ok(listing) = fs::read_dir(&replaced.folder) else { return replaced };
        for item in listing.flatten() {
            let name = item.file_name().to_string_lossy().into_owned();
            let mut parts = name.splitn(3, '-');
            let (Some(number), Some(held), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let (Ok(number), Ok(held)) = (number.parse::<u64>(), ObjectId::from_hex(held.as_bytes())) else { continue };
            replaced.count = replaced.count.max(number);
            let path = (!path.is_empty()).then(|| path.replace("%2F", "/").replace("%25", "%"));
            let Some(id) = writing::file_id(&item.path()) else { continue };
            replaced.kept.push(Kept { aside: item.path(), path, held, id, seen: false });
        }
        replaced
    }

    /// How many are kept.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// Sets the file at `from` aside, which was at `path` and held `content`.
    pub(super) fn keep(&mut self, from: &Path, path: &str, content: &[u8]) {
        let held = gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, content);
        let moved = held.ok().and_then(|held| {
            self.count += 1;
            let escaped = path.replace('%', "%25").replace('/', "%2F");
            let known = if escaped.len() <= PATH_BYTES_MAX { escaped.as_str() } else { "" };
            let mut aside = self.folder.join(format!("{}-{held}-{known}", self.count));
            while aside.exists() {
                self.count += 1;
                aside = self.folder.join(format!("{}-{held}-{known}", self.count));
            }
            let id = writing::file_id(from)?;
            fs::rename(from, &aside)
                .or_else(|_| fs::create_dir_all(&self.folder).and_then(|()| fs::rename(from, &aside)))
                .ok()?;
            Some(Kept { aside, path: Some(path.to_owned()), held, id, seen: false })
        });
        match moved {
            Some(kept) => self.kept.push(kept),
            // On another file system than the repository it cannot be kept; it was looked at a moment ago.
            None => drop(fs::remove_file(from)),
        }
    }

    /// Looks at all that are kept, gives back what changed and lets go of the rest. The caller holds the writer's lock.
    pub(super) fn look(&mut self, repository: &Repository, root: &Path) {
        if self.kept.is_empty() {
            return;
        }
        let files: BTreeSet<FileId> = self.kept.iter().map(|kept| kept.id).collect();
        let open = writing::among(&files);
        let mut stay = Vec::new();
        for mut kept in std::mem::take(&mut self.kept) {
            let may_change = match &open {
                Some(open) => open.contains(&kept.id),
                // Where nobody tells who writes, it is looked at twice.
                None => !std::mem::replace(&mut kept.seen, true),
            };
            if may_change {
                stay.push(kept);
                continue;
            }
            let Ok(content) = fs::read(&kept.aside) else { continue };
            let holds = gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, &content);
            let unchanged = holds.is_ok_and(|holds| holds == kept.held);
            if unchanged || self.give_back(repository, root, &kept, &content) {
                drop(fs::remove_file(&kept.aside));
            } else {
                stay.push(kept);
            }
        }
        stay.append(&mut self.kept);
        self.kept = stay;
    }

    /// Gives back what somebody wrote to a replaced file: merged into the one that took its place, or beside it.
    fn give_back(&mut self, repository: &Repository, root: &Path, kept: &Kept, content: &[u8]) -> bool {
        let before = repository.read_blob(kept.held).ok().map(|blob| blob.detach().data);
        match &kept.path {
            Some(path) => worktree::give_back(root, path, before.as_deref(), content, self).unwrap_or(false),
            None => fs::write(self.folder.with_file_name(format!("rescued-{}", kept.held)), content).is_ok(),
        }
    }
}
