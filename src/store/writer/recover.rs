//! After a crash: what was durable is shown, what was a person's is kept, what is doubtful gets a name.

use super::beside::{Change, Present};
use super::contents::Contents;
use super::difference::difference;
use super::index::Index;
use super::journal::{self, Moved, Record};
use super::reference::{self, Move, Note};
use super::worktree::{self, Brought};
use super::{Options, WriteError, build, gitlock, leftover, objects, sparse, verify};
use crate::store::pack;
use crate::store::reading::{Below as _, Reading as _};
use gix::refs::transaction::PreviousValue;
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What was found half-done, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Commits that were durable and are shown now.
    pub finished: Vec<String>,
    /// Commits that the branch has left meanwhile, and the refs that keep them.
    pub rescued: Vec<(String, String)>,
    /// Locks of git's that a dead predecessor had left.
    pub locks: Vec<PathBuf>,
    /// Objects whose files a power cut had damaged.
    pub restored: usize,
    /// Commits and objects of git's own that a power cut had damaged, and that are not there any more.
    pub damaged: Vec<String>,
    /// Paths where a person's work lay and was kept.
    pub kept: Vec<String>,
    /// Files that git had put back to a former version in the index, or in a commit, unseen; they are brought up.
    pub brought_up: Vec<String>,
}

/// What is to be finished.
#[derive(Debug)]
pub(super) struct Unfinished {
    records: Vec<(u64, Record)>,
    /// Whether the machine was started anew since: files that were not synced may be damaged.
    pub(super) after_cut: bool,
    died: bool,
}

impl Unfinished {
    /// Whether there is nothing to do.
    pub(super) fn is_nothing(&self) -> bool {
        self.records.is_empty() && !self.died
    }

    /// Groups of commits that are not noted as shown.
    pub(super) fn groups(&self) -> usize {
        self.records.len()
    }
}

/// Which of `records` are not noted as done. `last` is the number of the last record there ever was.
pub(super) fn unfinished(folder: &Path, records: Vec<(u64, Record)>, last: u64) -> Result<Unfinished, WriteError> {
    let locks_left = fs::read_dir(folder)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("held-")));
    if records.is_empty() {
        return Ok(Unfinished { records, after_cut: false, died: locks_left });
    }
    // One that cannot be read, for lack of descriptors say, is no proof that the power was gone.
    Ok(match done(folder)? {
        Some((boot, number)) if boot == boot_id() => {
            let records: Vec<_> = records.into_iter().filter(|(its, _)| *its > number).collect();
            Unfinished { died: locks_left || (number < last && !records.is_empty()), records, after_cut: false }
        }
        // Nothing was ever written here, or the machine was started anew.
        _ => Unfinished { after_cut: !records.is_empty(), died: locks_left, records },
    })
}

/// Notes that everything up to record `number` is shown. Not synced: after a power cut all is looked at again.
///
/// Written over the former note, always at the same length: the file is never empty in between. Who is killed in such a moment
/// would leave what a power cut leaves, and all objects would be looked at and the whole disk synced.
pub(super) fn note_done(folder: &Path, number: u64) {
    let file = fs::File::options().write(true).create(true).truncate(false).open(folder.join("done"));
    let note = format!("{} {number:<20}\n", boot_id());
    // A note that cannot be written costs another look, no more.
    drop(file.and_then(|file| file.write_all_at(note.as_bytes(), 0)));
}

fn done(folder: &Path) -> Result<Option<(String, u64)>, WriteError> {
    let path = folder.join("done");
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(WriteError::Io { path, source }),
    };
    let note = |text: &str| {
        let (boot, number) = text.split_once('\n')?.0.split_once(' ')?;
        Some((boot.to_owned(), number.trim_end().parse().ok()?))
    };
    Ok(std::str::from_utf8(&bytes).ok().and_then(note))
}

/// What tells one start of the machine from the next; where it cannot be told, every start looks at everything.
fn boot_id() -> &'static str {
    // No program outlives a start of the machine.
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let id = id.trim();
        if id.is_empty() { format!("unknown-{}", std::process::id()) } else { id.to_owned() }
    })
}

/// The versions that files had before the records that are looked at.
type Former = BTreeMap<String, Vec<Option<String>>>;

/// Finishes every record. Returns the files that could not be brought along. The caller holds the writer's lock.
pub(super) fn finish(
    repository: &Repository,
    folder: &Path,
    options: &Options,
    found: &Unfinished,
    report: &mut Recovered,
) -> Result<Vec<Moved>, WriteError> {
    let mut targets = reference::targets(repository.git_dir(), &options.branch);
    targets.push(repository.index_path());
    let git_dir = repository.git_dir();
    targets.extend([sparse::file(git_dir), git_dir.join("config"), git_dir.join("config.worktree")]);
    report.locks.extend(gitlock::sweep(folder, &targets));
    leftover::sweep(repository.common_dir());
    if found.after_cut {
        // Before anything is looked for: what was in them is in the records.
        let aside = folder.join("damaged");
        let damaged = pack::sweep_damaged(repository.common_dir(), &aside);
        damaged.map_err(|error| WriteError::git("mended")(error))?;
    }
    for (_, record) in &found.records {
        if found.after_cut {
            report.restored += objects::restore(repository, &record.objects)?;
        } else {
            objects::write(repository, &record.objects, options.packed_from)?;
        }
    }
    let mut former = Former::new();
    for (_, record) in &found.records {
        for (path, old, _) in changed(repository, record)?.0 {
            former.entry(path).or_default().push(old);
        }
    }
    if found.after_cut {
        let oldest = found.records.first().and_then(|(_, record)| record.intent.old.as_deref());
        let newest = found.records.iter().rev().map(|(_, record)| record.intent.new.as_str());
        let places: Vec<_> = newest.chain(oldest).filter_map(journal::id).collect();
        mend_branch(repository, folder, options, oldest.and_then(journal::id), &places, report)?;
        let damaged = verify::sweep_damaged(repository, &folder.join("damaged"))?;
        verify::mend_logs(repository, folder, options)?;
        report.damaged.extend(damaged);
    }
    let mut behind = Vec::new();
    for (number, record) in &found.records {
        if one(repository, folder, options, *number, record, report)? {
            behind.extend(bring(repository, folder, options, record, &former, found.after_cut, report)?);
        }
    }
    Ok(behind)
}

/// Brings the branch to the end of a record. False: it is elsewhere by now, and the record's commit got a name.
fn one(
    repository: &Repository,
    folder: &Path,
    options: &Options,
    number: u64,
    record: &Record,
    report: &mut Recovered,
) -> Result<bool, WriteError> {
    let intent = &record.intent;
    let Some(new) = journal::id(&intent.new) else { return Ok(false) };
    let old = intent.old.as_deref().and_then(journal::id);
    let current = reference::read(repository, &intent.branch)?;
    let note = Note { seconds: 0, text: "corp: finished after a crash" };
    if current == old && old != Some(new) {
        let locks = reference::Locks::ready(repository, folder, &intent.branch)?;
        let moved = reference::advance(repository, locks, &intent.branch, old, new, note, options.patience_ms)?;
        if matches!(moved, Move::Elsewhere) {
            // Another branch is checked out: ours moves all the same, its files are not here.
            rescue(repository, number, new, report)?;
            return Ok(false);
        }
        report.finished.push(intent.new.clone());
    } else if !is_ancestor(repository, new, current) {
        rescue(repository, number, new, report)?;
        return Ok(false);
    }
    Ok(true)
}

/// The files a record changes, and whether they are programs.
fn changed(repository: &Repository, record: &Record) -> Result<(Vec<Moved>, BTreeMap<String, bool>), WriteError> {
    if !record.intent.whole {
        return Ok((record.intent.paths.clone(), record.intent.modes.clone()));
    }
    let tree = |id: &str| journal::id(id).map(|id| build::tree_of(repository, id)).transpose();
    let old = record.intent.old.as_deref().map(tree).transpose()?.flatten();
    let all = difference(repository, old, tree(&record.intent.new)?)?;
    Ok((all.paths, all.modes))
}

/// Brings index and work tree along for the paths that still are what this record made them. Returns those that could
/// not be written.
fn bring(
    repository: &Repository,
    folder: &Path,
    options: &Options,
    record: &Record,
    former: &Former,
    after_cut: bool,
    report: &mut Recovered,
) -> Result<Vec<Moved>, WriteError> {
    let (paths, modes) = changed(repository, record)?;
    let mut contents = Contents::of(repository, &paths, &[])?;
    let tree = repository.read_head_tree().map_err(WriteError::git("read"))?;
    let mut present = Present::open(folder);
    let base = record.intent.old.as_deref().and_then(journal::id);
    let at = journal::id(&record.intent.new).and_then(|id| repository.read_commit(id).ok()?.time().ok());
    let at = at.and_then(|time| jiff::Timestamp::from_second(time.seconds).ok()).unwrap_or_default();
    let mut index = Index::lock(repository, folder, options.patience_ms, None)?;
    if after_cut {
        index.check(repository)?;
    }
    let mut behind = Vec::new();
    for moved in &paths {
        let (old, new) = contents.next(repository, moved)?;
        let (path, _, wanted) = moved;
        let entry = tree.read_entry(path).map_err(WriteError::git("read"))?;
        // A folder in a file's place: the file is gone.
        let entry = entry.filter(|entry| !entry.mode().is_tree());
        if entry.map(|entry| entry.object_id().to_string()) != *wanted {
            continue;
        }
        let program = modes.get(path).copied();
        if index.left_out(repository, &options.root, path)? {
            index.bring(repository, &options.root, moved, program, Brought::Clean)?;
            continue;
        }
        let versions = former.get(path).map_or(&[][..], Vec::as_slice);
        let brought = worktree::sweep(&options.root, path, old.as_deref(), new.as_deref(), after_cut).and_then(|()| {
            let old = found_in_work_tree(repository, &options.root, moved, versions, new.as_deref(), after_cut)?;
            let change = Change { path, old: old.as_deref(), new: new.as_deref(), program };
            present.bring(repository, &options.root, base, change, at)
        });
        let brought = brought.unwrap_or_else(|error| {
            tracing::warn!("a change is committed and not in the work tree yet: {error}");
            behind.push(moved.clone());
            Brought::Kept
        });
        if brought == Brought::Kept {
            report.kept.push(path.clone());
        }
        let staged = index.version(path);
        let old = if versions.contains(&staged) { staged } else { moved.1.clone() };
        index.bring(repository, &options.root, &(path.clone(), old, wanted.clone()), program, brought)?;
    }
    if after_cut {
        index.mend(repository, &options.root)?;
    }
    index.write()?;
    present.write();
    Ok(behind)
}

/// What is to be taken for the version before: any former one that is there, or what a power cut made of a file.
fn found_in_work_tree(
    repository: &Repository,
    root: &Path,
    moved: &Moved,
    former: &[Option<String>],
    new: Option<&[u8]>,
    after_cut: bool,
) -> Result<Option<Vec<u8>>, WriteError> {
    let (path, old, _) = moved;
    let current = worktree::content(root, path)?;
    let id = match &current {
        Some(content) => Some(objects::blob_id(repository, content)?.to_string()),
        None => None,
    };
    let is_cut = |content: &Vec<u8>| new.is_some_and(|new| worktree::is_cut(content, new));
    if former.contains(&id) || (after_cut && current.as_ref().is_some_and(is_cut)) {
        return Ok(current);
    }
    old.as_deref().and_then(journal::id).map(|id| objects::blob(repository, id)).transpose()
}

/// A branch whose file a power cut took or left empty is put at the newest of `places` that is whole; so is one that
/// names a commit of git's own that the cut damaged.
fn mend_branch(
    repository: &Repository,
    folder: &Path,
    options: &Options,
    known: Option<ObjectId>,
    places: &[ObjectId],
    report: &mut Recovered,
) -> Result<(), WriteError> {
    let path = repository.git_dir().join("refs/heads").join(&options.branch);
    let text = fs::read(&path).ok();
    let named = text.and_then(|text| journal::id(std::str::from_utf8(&text).ok()?.trim()));
    let packed = || reference::read(repository, &options.branch).ok().flatten();
    let named = if path.exists() { named } else { packed() };
    let sound = |id| verify::is_sound(repository, id, known);
    if named.is_some_and(sound) {
        return Ok(());
    }
    let Some(place) = places.iter().copied().find(|place| sound(*place)) else { return Ok(()) };
    report.damaged.extend(named.map(|id| id.to_string()));
    reference::make_folders(repository.git_dir(), &path).map_err(WriteError::io(&path))?;
    let lock = gitlock::GitLock::take(folder, &path, options.patience_ms)?;
    lock.replace(format!("{place}\n").as_bytes()).map(drop)
}

/// Keeps a commit that the branch has left under a name of its own.
pub(super) fn rescue(
    repository: &Repository,
    number: u64,
    commit: ObjectId,
    report: &mut Recovered,
) -> Result<(), WriteError> {
    let name = format!("refs/corp/rescue/{number}-{}", commit.to_hex_with_len(12));
    repository
        .reference(name.as_str(), commit, PreviousValue::Any, "corp: kept after a crash")
        .map_err(WriteError::git("written"))?;
    report.rescued.push((name, commit.to_string()));
    Ok(())
}

/// Whether `of` has `ancestor` in its history, as far back as anybody looks.
pub(super) fn is_ancestor(repository: &Repository, ancestor: ObjectId, of: Option<ObjectId>) -> bool {
    let Some(of) = of else { return false };
    if ancestor == of {
        return true;
    }
    repository.comes_from(of, ancestor, 100_000).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kill -9` between emptying the file and filling it would be taken for a power cut.
    #[test]
    fn what_is_done_is_noted_over_the_former_note_and_the_file_is_never_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("done");
        assert_eq!(done(folder.path()).unwrap(), None);
        for number in [1, 1_000_000, 7] {
            note_done(folder.path(), number);
            assert_eq!(done(folder.path()).unwrap(), Some((boot_id().to_owned(), number)));
            // What nobody emptied is still there behind it.
            let mut text = fs::read(&path).unwrap();
            text.extend(b"behind");
            fs::write(&path, &text).unwrap();
            note_done(folder.path(), number + 1);
            assert!(fs::read(&path).unwrap().ends_with(b"behind"), "it was emptied in between");
            assert_eq!(done(folder.path()).unwrap(), Some((boot_id().to_owned(), number + 1)));
        }
        // As it was written before, and what a power cut leaves.
        for (text, number) in [("12\n", Some(12)), ("", None), ("\0\0\0", None), ("12", None)] {
            let text = if text.starts_with('1') { format!("{} {text}", boot_id()) } else { text.to_owned() };
            fs::write(&path, text).unwrap();
            assert_eq!(done(folder.path()).unwrap().map(|(_, number)| number), number);
        }
    }
}
