//! The committed versions of a file before the last one, as far back as an editor may still have one open.

use super::RECENT_SECONDS;
use super::memory::Memory;
use crate::store::reading::Reading as _;
use gix::{ObjectId, Repository};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Most commits that are looked at: an hour of a company that commits every four seconds.
const COMMITS_MAX: usize = 1_000;

/// Most versions of one file that are compared with.
const VERSIONS_MAX: usize = 64;

/// A version that was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    /// Its content.
    pub(super) id: ObjectId,
    /// When it was replaced, in seconds.
    pub(super) replaced: i64,
}

/// The versions of the file at `path` before the one of `tip`, newest first, each once.
///
/// The look ends at a version a person saved more than a moment ago: their editor has that one.
pub(super) fn before(
    repository: &Repository,
    tip: ObjectId,
    path: &str,
    memory: &Memory,
    now: Timestamp,
) -> Vec<Version> {
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    let mut cursor = Cursor::default();
    let mut here = Some(tip);
    let mut current: Option<Option<ObjectId>> = None;
    // When the version in hand was committed, and whether a person's own git did it.
    let mut since = (0, false);
    for _ in 0..COMMITS_MAX {
        // A shallow clone ends somewhere; what is there counts.
        let Some(commit) = here.and_then(|id| repository.read_commit(id).ok()) else { break };
        let Ok(tree) = commit.tree_id() else { break };
        let entry = cursor.find(repository, tree.detach(), path);
        let seconds = commit.time().map_or(0, |time| time.seconds);
        let by_hand = commit.committer().is_ok_and(|who| who.email != "corp@localhost");
        match current {
            None => {
                known.extend(entry);
                current = Some(entry);
            }
            Some(newer) if newer != entry => {
                if stops(newer, since, memory, path, now) {
                    break;
                }
                if let Some(id) = entry.filter(|id| known.insert(*id)) {
                    found.push(Version { id, replaced: since.0 });
                    if found.len() == VERSIONS_MAX {
                        break;
                    }
                }
                current = Some(entry);
            }
            Some(_) => {}
        }
        since = (seconds, by_hand);
        here = commit.parent_ids().next().map(gix::Id::detach);
    }
    found
}

/// Whether a person saved this version, long enough ago that no other editor has an older one.
fn stops(version: Option<ObjectId>, since: (i64, bool), memory: &Memory, path: &str, now: Timestamp) -> bool {
    let Some(id) = version else { return false };
    let (committed, by_git) = since;
    let saved = by_git || memory.was_saved(path, id);
    saved && now.as_second() - committed > RECENT_SECONDS
}

/// Follows one path through many trees, reading again only what differs.
#[derive(Debug, Default)]
struct Cursor {
    /// The folders on the way and what was found in each.
    folders: Vec<(ObjectId, Option<ObjectId>)>,
}

impl Cursor {
    fn find(&mut self, repository: &Repository, tree: ObjectId, path: &str) -> Option<ObjectId> {
        let mut here = tree;
        let parts: Vec<&str> = path.split('/').collect();
        for (depth, part) in parts.iter().enumerate() {
            let last = depth + 1 == parts.len();
            let next = match self.folders.get(depth) {
                Some((known, next)) if *known == here => *next,
                _ => {
                    let next = repository.read_tree(here).ok().and_then(|tree| {
                        let entry = tree.iter().filter_map(Result::ok).find(|entry| entry.filename() == *part)?;
                        let fits = if last { entry.mode().is_blob() } else { entry.mode().is_tree() };
                        fits.then(|| entry.object_id())
                    });
                    self.folders.truncate(depth);
                    self.folders.push((here, next));
                    next
                }
            };
            here = next?;
        }
        Some(here)
    }
}
