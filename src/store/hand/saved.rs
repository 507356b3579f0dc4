//! Looking into saved files: what each was made of, and what it becomes upon the last commit. Nothing is changed here.
//!
//! The caller holds the writer's lock, so that history and work tree say the same.

use super::find::{belongs, is_leftover};
use super::still::Look;
use super::{TAKEN_BYTES_MAX, Why};
use crate::format::merge::Conflict;
use crate::store::opened::memory::Memory;
use crate::store::opened::{self, Choice};
use crate::store::reading::{Below as _, Reading as _};
use crate::store::writer::is_left_out;
use crate::store::writing;
use gix::bstr::BStr;
use gix::index::entry::{Flags, Stage};
use gix::{ObjectId, Repository};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What a saved file turned out to be.
#[derive(Debug)]
pub(super) enum Saved {
    /// It is what was committed, or none of ours.
    Clean,
    /// Somebody is not done with it.
    Busy,
    /// It is left alone for a reason.
    Left(Why, String),
    /// An edit.
    Edit(Edit),
}

/// An edit of a file.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) path: String,
    /// What the work tree holds.
    pub(super) saved: Option<Vec<u8>>,
    /// What the last commit has.
    pub(super) last: Option<Vec<u8>>,
    /// What is to be committed.
    pub(super) wanted: Option<Vec<u8>>,
    /// Where it goes over what the program changed meanwhile.
    pub(super) conflicts: Vec<Conflict>,
}

/// What a path looks like from outside.
pub(super) fn look(root: &Path, path: &str) -> Look {
    let full = root.join(path);
    // What lies behind a link lies somewhere else.
    let around = full.parent().filter(|parent| *parent != root);
    if around.is_some_and(|parent| parent.canonicalize().is_ok_and(|real| real != parent)) {
        return Look::Other;
    }
    match fs::symlink_metadata(&full) {
        Ok(found) if found.is_file() => Look::File {
            id: writing::id_of(&found),
            bytes: found.len(),
            modified: nanoseconds(found.mtime(), found.mtime_nsec()),
            changed: nanoseconds(found.ctime(), found.ctime_nsec()),
        },
        Ok(_) => Look::Other,
        Err(_) => Look::Gone,
    }
}

fn nanoseconds(seconds: i64, rest: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(rest)
}

/// Whether a file is exactly what the tree `head` has at its path.
pub(super) fn is_committed(repository: &Repository, head: &gix::Tree<'_>, root: &Path, path: &str, look: Look) -> bool {
    let entry = head.read_entry(path).ok().flatten();
    match (look, entry) {
        (Look::Gone, None) => true,
        (Look::File { bytes, .. }, Some(entry)) if bytes <= TAKEN_BYTES_MAX && entry.mode().is_blob() => {
            fs::read(root.join(path)).is_ok_and(|content| id_of(repository, &content) == Some(entry.object_id()))
        }
        _ => false,
    }
}

pub(super) fn id_of(repository: &Repository, content: &[u8]) -> Option<ObjectId> {
    gix::objs::compute_hash(repository.object_hash(), gix::objs::Kind::Blob, content).ok()
}

/// Looks into each of `paths`. Of those that are `late` nothing more is waited for.
pub(super) fn look_into(
    repository: &Repository,
    tip: Option<ObjectId>,
    memory: &mut Memory,
    root: &Path,
    paths: &[String],
    late: &BTreeSet<String>,
    now: Timestamp,
) -> Result<Vec<(String, Saved)>, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let head = repository.read_tree_of(tip).map_err(|error| text(&error))?;
    let index = repository.index_or_empty().map_err(|error| text(&error))?;
    let ignore = gix::worktree::stack::state::ignore::Source::WorktreeThenIdMappingIfNotSkipped;
    let mut excludes = repository.excludes(&index, None, ignore).map_err(|error| text(&error))?;
    let looks: Vec<Look> = paths.iter().map(|path| look(root, path)).collect();
    let contents: Vec<Option<Vec<u8>>> =
        paths.iter().zip(&looks).map(|(path, look)| content(root, path, *look)).collect();
    // Who is found here had it open before or after the look; what is the same on both sides of this is complete.
    let files: BTreeSet<_> =
        looks.iter().filter_map(|look| if let Look::File { id, .. } = look { Some(*id) } else { None }).collect();
    let open = writing::among(&files).unwrap_or_default();
    let mut found = Vec::new();
    for ((path, before), saved) in paths.iter().zip(looks).zip(contents) {
        let name = BStr::new(path.as_str());
        let entry = head.read_entry(path).map_err(|error| text(&error))?;
        let listed = index.entry_by_path_and_stage(name, Stage::Unconflicted);
        let committed = entry.as_ref().map(|entry| (entry.mode(), entry.object_id()));
        let is_open = matches!(before, Look::File { id, .. } if open.contains(&id));
        let same = look(root, path) == before && content(root, path, before) == saved;
        let left_out = is_left_out(&index, path);
        let outcome = if (left_out && before == Look::Gone) || committed.is_some_and(|(mode, _)| mode.is_commit()) {
            Saved::Clean
        } else if is_open || !same {
            Saved::Busy
        } else if committed.is_none() && (before == Look::Gone || is_ignored(&mut excludes, path)?) {
            Saved::Clean
        } else if let Some(why) = why_left(path, before, committed.is_some()) {
            why
        } else if saved.is_none() && !late.contains(path) && is_aside(root, path) {
            Saved::Busy
        } else if index.entry_by_path_and_stage(name, Stage::Ours).is_some() {
            Saved::Left(Why::Staged, "it has a conflict of a merge; resolve it and commit it with git".to_owned())
        } else if !left_out && listed.map(|entry| entry.id) != committed.map(|(_, id)| id) && !is_intent(listed) {
            let content = saved.as_deref().and_then(|content| id_of(repository, content));
            if content.is_some() && content == committed.map(|(_, id)| id) {
                Saved::Clean
            } else {
                Saved::Left(
                    Why::Staged,
                    "you staged it; `git commit` makes it count, `git restore --staged` lets go".to_owned(),
                )
            }
        } else {
            let blob = |(_, id): (gix::objs::tree::EntryMode, ObjectId)| {
                repository.read_blob(id).map(|blob| blob.detach().data).map_err(|error| text(&error))
            };
            let last = committed.map(blob).transpose()?;
            if saved == last {
                Saved::Clean
            } else {
                Saved::Edit(edit(repository, tip, memory, root, path, saved, last, now))
            }
        };
        found.push((path.clone(), outcome));
    }
    Ok(found)
}

fn content(root: &Path, path: &str, look: Look) -> Option<Vec<u8>> {
    match look {
        Look::File { bytes, .. } if bytes <= TAKEN_BYTES_MAX => fs::read(root.join(path)).ok(),
        _ => None,
    }
}

fn is_ignored(excludes: &mut gix::AttributeStack<'_>, path: &str) -> Result<bool, String> {
    let found = excludes.at_path(path, Some(gix::index::entry::Mode::FILE)).map_err(|error| error.to_string())?;
    Ok(found.is_excluded())
}

/// Why a file is left alone whatever it holds.
fn why_left(path: &str, look: Look, known: bool) -> Option<Saved> {
    match look {
        Look::Other => Some(Saved::Left(Why::Elsewhere, "it is no ordinary file".to_owned())),
        Look::File { .. } if !known && !belongs(path) => {
            let words = "it is not where a company has files; `git add` it if it should be";
            Some(Saved::Left(Why::Elsewhere, words.to_owned()))
        }
        Look::File { bytes, .. } if bytes > TAKEN_BYTES_MAX => {
            Some(Saved::Left(Why::Elsewhere, format!("it is larger than {} MiB", TAKEN_BYTES_MAX >> 20)))
        }
        Look::File { .. } | Look::Gone => None,
    }
}

/// A file that git was told of and that is not staged.
fn is_intent(listed: Option<&gix::index::Entry>) -> bool {
    listed.is_some_and(|entry| entry.flags.contains(Flags::INTENT_TO_ADD))
}

/// Whether a file that is gone seems to be renamed to a backup: an editor is about to write the new one.
fn is_aside(root: &Path, path: &str) -> bool {
    let full = root.join(path);
    let (Some(folder), Some(name)) = (full.parent(), full.file_name().and_then(|name| name.to_str())) else {
        return false;
    };
    let Ok(listing) = fs::read_dir(folder) else { return false };
    listing
        .flatten()
        .any(|item| item.file_name().to_str().is_some_and(|other| other.contains(name) && is_leftover(other)))
}

#[expect(clippy::too_many_arguments, reason = "they are one look at one file")]
fn edit(
    repository: &Repository,
    tip: Option<ObjectId>,
    memory: &mut Memory,
    root: &Path,
    path: &str,
    saved: Option<Vec<u8>>,
    last: Option<Vec<u8>>,
    now: Timestamp,
) -> Edit {
    let (Some(content), Some(committed), Some(tip)) = (&saved, &last, tip) else {
        // What was deleted or made anew is as it is.
        return Edit { path: path.to_owned(), wanted: saved.clone(), saved, last, conflicts: Vec::new() };
    };
    let this = opened::Saved { path, content, written: opened::written(&root.join(path)) };
    let base = opened::base(repository, memory, tip, committed, this, now);
    let (wanted, conflicts) = opened::merged(path, &base, content, committed);
    if base.choice != Choice::Behind {
        memory.add(repository, path, content, Some(&base.content), now);
    }
    Edit { path: path.to_owned(), wanted: Some(wanted), saved, last, conflicts }
}
