//! Contents that stood in the work tree without being committed: an editor may have opened one of them.
//!
//! Kept as blobs, and listed in `.git/corp/opened`. The list can be deleted: then an edit made on one of them is
//! judged against the nearest commit. The caller holds the writer's lock.

use super::RECENT_SECONDS;
use crate::store::whole::{self, Lasts, Readers};
use crate::store::writer;
use gix::objs::Kind;
use gix::{ObjectId, Repository};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Most contents that are remembered of one file.
const OF_ONE_MAX: usize = 8;

/// Most files whose contents are remembered.
const FILES_MAX: usize = 1_000;

/// A content that stood in the work tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stood {
    /// What it was.
    pub(crate) content: ObjectId,
    /// The version it is an edit of; itself once the edit is committed.
    pub(crate) base: Option<ObjectId>,
    /// When it was last seen, in seconds.
    pub(crate) at: i64,
}

/// What stood in the work tree, by path.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    file: PathBuf,
    stood: BTreeMap<String, Vec<Stood>>,
    /// What became of a person's saves: the committed contents.
    saved: BTreeMap<String, Vec<ObjectId>>,
    changed: bool,
}

impl Memory {
    /// Reads the list in our folder of the repository. One that cannot be read is empty.
    pub(crate) fn read(folder: &Path) -> Self {
        let file = folder.join("opened");
        let mut memory = Self { file, ..Self::default() };
        let text = fs::read_to_string(&memory.file).unwrap_or_default();
        for line in text.lines() {
            let Some((id, rest)) = line.split_once(' ') else { continue };
            let Ok(id) = ObjectId::from_hex(id.as_bytes()) else { continue };
            let mut parts = rest.splitn(3, ' ');
            let (Some(base), Some(at), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
            if base == "saved" {
                memory.saved.entry(path.to_owned()).or_default().push(id);
            } else {
                let base = ObjectId::from_hex(base.as_bytes()).ok();
                let stood = Stood { content: id, base, at: at.parse().unwrap_or(0) };
                memory.stood.entry(path.to_owned()).or_default().push(stood);
            }
        }
        memory
    }

    /// Writes the list, if it changed. One that cannot be written costs a little certainty and no data.
    pub(crate) fn write(&mut self) {
        if !self.changed {
            return;
        }
        let mut lines = Vec::new();
        for (path, entries) in &self.stood {
            for Stood { content, base, at } in entries {
                let base = base.map_or_else(|| "-".to_owned(), |base| base.to_string());
                lines.push(format!("{content} {base} {at} {path}\n"));
            }
        }
        for (path, ids) in &self.saved {
            for id in ids {
                lines.push(format!("{id} saved 0 {path}\n"));
            }
        }
        if whole::write(&self.file, lines.concat().as_bytes(), Lasts::UntilCrash, Readers::AsUsual).is_ok() {
            self.changed = false;
        }
    }

    /// Remembers that `content` stood at `path`, as an edit of `base`.
    pub(crate) fn add(
        &mut self,
        repository: &Repository,
        path: &str,
        content: &[u8],
        base: Option<&[u8]>,
        now: Timestamp,
    ) {
        // A line of the list ends at a line end.
        if path.contains('\n') || (!self.stood.contains_key(path) && self.stood.len() >= FILES_MAX) {
            return;
        }
        let blob = |content: &[u8]| writer::put_object(repository, Kind::Blob, content).ok();
        let Some(content) = blob(content) else { return };
        let base = base.and_then(blob);
        let entries = self.stood.entry(path.to_owned()).or_default();
        entries.retain(|entry| entry.content != content);
        entries.push(Stood { content, base, at: now.as_second() });
        let over = entries.len().saturating_sub(OF_ONE_MAX);
        entries.drain(..over);
        self.changed = true;
    }

    /// Remembers that an edit of `path` was committed as `became`: what stood there up to `saved`, the content that was
    /// looked at, is a version of its own now. What was saved since is not in that commit and stays an edit.
    pub(crate) fn committed(&mut self, path: &str, saved: Option<ObjectId>, became: Option<ObjectId>, now: Timestamp) {
        if let Some(entries) = self.stood.get_mut(path) {
            let last = saved.map(|saved| entries.iter().rposition(|entry| entry.content == saved));
            // A file that was removed held nothing that is waited for; a content that is not known tells of none.
            let since = last.map_or(entries.len(), |last| last.map_or(0, |last| last + 1));
            let later = entries.split_off(since);
            entries.retain(|entry| now.as_second() - entry.at <= RECENT_SECONDS);
            entries.iter_mut().for_each(|entry| entry.base = Some(entry.content));
            entries.extend(later);
            if entries.is_empty() {
                self.stood.remove(path);
            }
            self.changed = true;
        }
        let Some(became) = became.filter(|_| !path.contains('\n')) else { return };
        if !self.saved.contains_key(path) && self.saved.len() >= FILES_MAX {
            self.saved.pop_first();
        }
        let saved = self.saved.entry(path.to_owned()).or_default();
        saved.retain(|id| *id != became);
        saved.push(became);
        let over = saved.len().saturating_sub(OF_ONE_MAX);
        saved.drain(..over);
        self.changed = true;
    }

    /// What is known of exactly this content, as an edit that is not committed.
    pub(super) fn stood(&self, path: &str, content: ObjectId) -> Option<&Stood> {
        self.stood.get(path)?.iter().find(|entry| entry.content == content && entry.base != Some(content))
    }

    /// What stood at `path`: a moment ago, or as an edit that was not committed.
    pub(super) fn of(&self, path: &str, now: Timestamp) -> impl Iterator<Item = &Stood> {
        let recent =
            move |entry: &&Stood| entry.base != Some(entry.content) || now.as_second() - entry.at <= RECENT_SECONDS;
        self.stood.get(path).into_iter().flatten().filter(recent)
    }

    /// Whether a person's save became this version.
    pub(super) fn was_saved(&self, path: &str, version: ObjectId) -> bool {
        self.saved.get(path).is_some_and(|ids| ids.contains(&version))
    }
}
