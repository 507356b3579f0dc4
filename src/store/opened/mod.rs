//! Which version of a file an edit was made on.
//!
//! An editor saves what it opened and what was typed, and knows nothing of what the program committed meanwhile.
//! What it saved is therefore an edit of the version it opened: of the versions it may have opened, the one that
//! differs least. Those are the last commit's, the ones before it ([`versions`]), and what stood in the work tree
//! without being committed ([`memory`]).

mod distance;
pub(crate) mod memory;
mod versions;

use crate::format::merge::{self, Conflict};
use crate::store::reading::Reading as _;
use gix::{ObjectId, Repository};
use jiff::Timestamp;
use memory::Memory;
use std::path::Path;

/// How long after a file changed an editor is believed to have the version before it without having looked, in
/// seconds. Every editor warns when it is told to save over a newer file, so that only a race is that.
pub(crate) const RECENT_SECONDS: i64 = 120;

/// Why a base was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// What the last commit has is nearest, or there is nothing else.
    Last,
    /// It is exactly an earlier version, and older than the commit that replaced it: nobody saved it, it stayed behind.
    Behind,
    /// It is an edit of an earlier version.
    Earlier,
}

/// The version an edit was made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    /// Its content.
    pub(crate) content: Vec<u8>,
    /// Why it.
    pub(crate) choice: Choice,
    /// Versions that are as near and were replaced a moment ago: the edit may be one of them.
    pub(crate) doubtful: Vec<Vec<u8>>,
}

/// A content of the work tree that may be an edit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Saved<'a> {
    /// The path.
    pub(crate) path: &'a str,
    /// What it holds.
    pub(crate) content: &'a [u8],
    /// When it was last written, in seconds; `None` if that is not known.
    pub(crate) written: Option<i64>,
}

/// Finds the version `saved` was made on. `tip` is the commit that has `last` at its path.
pub(crate) fn base(
    repository: &Repository,
    memory: &Memory,
    tip: ObjectId,
    last: &[u8],
    saved: Saved<'_>,
    now: Timestamp,
) -> Base {
    let of_last = |doubtful| Base { content: last.to_vec(), choice: Choice::Last, doubtful };
    let blob = |id: ObjectId| repository.read_blob(id).ok().map(|blob| blob.detach().data);
    let content_id = gix::objs::compute_hash(repository.object_hash(), gix::objs::Kind::Blob, saved.content).ok();
    // What we put there ourselves is known exactly.
    if let Some(known) = content_id.and_then(|id| memory.stood(saved.path, id))
        && let Some(content) = known.base.and_then(blob)
    {
        let choice = if content == last { Choice::Last } else { Choice::Earlier };
        return Base { content, choice, doubtful: Vec::new() };
    }
    let mut best = (distance::lines(last, saved.content), None::<Base>);
    let mut ties = Vec::new();
    for version in versions::before(repository, tip, saved.path, memory, now) {
        let Some(content) = blob(version.id) else { continue };
        let far = distance::lines(&content, saved.content);
        if far == 0 {
            // Exactly an earlier version is no edit of it. Either nobody touched the file since, or somebody wants it back.
            let behind = saved.written.is_some_and(|written| written < version.replaced);
            if behind {
                return Base { content, choice: Choice::Behind, doubtful: Vec::new() };
            }
            return of_last(Vec::new());
        }
        let recent = now.as_second() - version.replaced <= RECENT_SECONDS;
        if far < best.0 {
            best = (far, Some(Base { content, choice: Choice::Earlier, doubtful: Vec::new() }));
            ties.clear();
        } else if far == best.0 && recent {
            ties.push(content);
        }
    }
    for entry in memory.of(saved.path, now) {
        let (Some(content), Some(base)) = (blob(entry.content), entry.base.and_then(blob)) else { continue };
        let far = distance::lines(&content, saved.content);
        if far < best.0 {
            best = (far, Some(Base { content: base, choice: Choice::Earlier, doubtful: Vec::new() }));
            ties.clear();
        }
    }
    match best.1 {
        Some(base) => Base { doubtful: ties, ..base },
        None => of_last(ties),
    }
}

/// What a saved file becomes upon the last commit, and what of the program's is overruled by it.
pub(crate) fn merged(path: &str, base: &Base, saved: &[u8], last: &[u8]) -> (Vec<u8>, Vec<Conflict>) {
    if base.choice == Choice::Behind {
        return (last.to_vec(), Vec::new());
    }
    let texts = (std::str::from_utf8(&base.content), std::str::from_utf8(saved), std::str::from_utf8(last));
    let (Ok(from), Ok(saved_text), Ok(last_text)) = texts else { return (saved.to_vec(), Vec::new()) };
    let merged = merge::merge(path, from, saved_text, last_text);
    let mut conflicts = merged.conflicts;
    // As near to a version that was replaced a moment ago: the result is the same, but what was replaced was not seen.
    for other in base.doubtful.iter().filter_map(|other| std::str::from_utf8(other).ok()) {
        let again = merge::merge(path, other, saved_text, last_text);
        if again.text == merged.text {
            conflicts.extend(again.conflicts.into_iter().filter(|one| !conflicts.contains(one)).collect::<Vec<_>>());
        }
    }
    (merged.text.into_bytes(), conflicts)
}

/// When a file was last written, in seconds.
pub(crate) fn written(path: &Path) -> Option<i64> {
    let modified = std::fs::symlink_metadata(path).ok()?.modified().ok()?;
    Timestamp::try_from(modified).ok().map(Timestamp::as_second)
}
