//! Buckets of closed tickets leave the work tree and come back; the history keeps them throughout.
//!
//! What is to be is noted first (`.git/corp/archive-wanted`), then done so that git sees a clean tree at every moment:
//! a folder is left out by cone and index before its files go, and its files are there before cone and index take it
//! in. Each file goes only if it is what was committed. A crash in between is finished by the next writer.
//!
//! No commit is made: what lies in the work tree is a matter of this clone.

mod stays;

use super::beside::Change;
use super::index::Index;
use super::replaced::{KEPT_MAX, Replaced};
use super::settings::{self, Setting};
use super::sparse::{self, Sparse};
use super::worktree::{self, Brought};
use super::{Options, WriteError, Writer, folded, lock, objects};
use crate::format::layout;
use crate::store::cone::{Cone, Folders};
use crate::store::reading::Reading as _;
use gix::bstr::ByteSlice as _;
use gix::{ObjectId, Repository};
use stays::{Entries, STAGED, entries_of, stays};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Buckets that are named before they exist: ten thousand tickets that a person's pull may bring.
const BUCKETS_AHEAD: u32 = 100;

/// Buckets that leave before others have their turn: some 1,600 tickets, for which nobody waits long.
const BUCKETS_AT_ONCE: usize = 16;

/// What became of buckets that were to go or to come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shelved {
    /// Buckets that left the work tree.
    pub gone: Vec<String>,
    /// Files that came back.
    pub files_back: usize,
    /// Files that left.
    pub files_gone: usize,
    /// Buckets or files that stayed, each with why.
    pub stayed: Vec<(String, String)>,
}

impl Shelved {
    fn add(&mut self, more: Self) {
        self.gone.extend(more.gone);
        self.files_back += more.files_back;
        self.files_gone += more.files_gone;
        self.stayed.extend(more.stayed);
    }
}

impl Writer {
    /// Takes `buckets` of `tickets/` out of the work tree, a few at a time: others have their turn in between. One with
    /// anything uncommitted in it stays, and so does one that changes meanwhile; both are told.
    ///
    /// # Errors
    /// [`WriteError::Unsuitable`] beside a sparse checkout that is not a cone, or one that leaves out all tickets; the
    /// same as [`Self::commit`] otherwise.
    pub fn archive(&mut self, buckets: &BTreeSet<String>) -> Result<Shelved, WriteError> {
        // What is in them now was judged; one that changes while others leave is not what was judged.
        let judged: BTreeMap<String, ObjectId> = self::buckets(self.parts().0)?.into_iter().collect();
        let mut report = Shelved::default();
        let mut rest: Vec<&String> = buckets.iter().collect();
        while !rest.is_empty() {
            let batch: BTreeSet<&String> = rest.drain(..rest.len().min(BUCKETS_AT_ONCE)).collect();
            report.add(self.archive_some(&batch, &judged)?);
            if !rest.is_empty() {
                lock::let_others();
            }
        }
        Ok(report)
    }

    /// A part of them under the writer's lock: what a crash leaves of it is finished by the next writer.
    fn archive_some(
        &mut self,
        batch: &BTreeSet<&String>,
        judged: &BTreeMap<String, ObjectId>,
    ) -> Result<Shelved, WriteError> {
        self.alone(|repository, folder, options| {
            let (mut cone, begun) = match sparse::read(repository.git_dir())? {
                Sparse::None => (Cone::all(), true),
                Sparse::Cone(cone) => (cone, false),
                Sparse::Patterns => return Err(not_a_cone(&options.root)),
            };
            let now: BTreeMap<String, ObjectId> = buckets(repository)?.into_iter().collect();
            let (same, moved): (BTreeSet<&String>, BTreeSet<&String>) =
                batch.iter().partition(|bucket| now.get(**bucket) == judged.get(**bucket));
            let why = |bucket: &String| (format!("tickets/{bucket}"), "it changed meanwhile".to_owned());
            let mut report = Shelved { stayed: moved.into_iter().map(why).collect(), ..Shelved::default() };
            if same.is_empty() {
                return Ok(report);
            }
            let same: BTreeSet<String> = same.into_iter().cloned().collect();
            if !cone.leave_out(&same, &folders(repository, &options.root)?) {
                let reason =
                    "a sparse checkout of yours leaves out all tickets; there is nothing to archive".to_owned();
                return Err(WriteError::Unsuitable { reason });
            }
            sparse::keep(folder, if begun { sparse::BEGUN } else { sparse::JOINED })?;
            report.add(settle(repository, folder, options, cone)?);
            Ok(report)
        })
    }

    /// Brings `buckets` of `tickets/` back into the work tree. When nothing is left out any more, the sparse checkout
    /// goes, if it was begun by [`Self::archive`].
    ///
    /// # Errors
    /// The same as [`Self::archive`].
    pub fn unarchive(&mut self, buckets: &BTreeSet<String>) -> Result<Shelved, WriteError> {
        self.alone(|repository, folder, options| {
            let mut cone = match sparse::read(repository.git_dir())? {
                Sparse::None => return Ok(Shelved::default()),
                Sparse::Cone(cone) => cone,
                Sparse::Patterns => return Err(not_a_cone(&options.root)),
            };
            for bucket in buckets {
                cone.take_in(&format!("tickets/{bucket}"));
            }
            let all = self::buckets(repository)?;
            if sparse::was_begun(folder)
                && all.iter().all(|(bucket, _)| cone.holds_folder(&format!("tickets/{bucket}")))
            {
                cone = Cone::all();
            }
            settle(repository, folder, options, cone)
        })
    }

    /// Names every folder on top of the work tree in a cone that [`Self::archive`] began, so that none is left out
    /// because it is new. Returns the folders that came in.
    ///
    /// # Errors
    /// The same as [`Self::archive`].
    pub fn widen(&mut self) -> Result<Vec<String>, WriteError> {
        self.alone(|repository, folder, options| {
            let Sparse::Cone(mut cone) = sparse::read(repository.git_dir())? else { return Ok(Vec::new()) };
            if !sparse::was_begun(folder) {
                return Ok(Vec::new());
            }
            let mut new = folders(repository, &options.root)?.top;
            new.retain(|folder| !cone.touches(folder));
            if new.is_empty() {
                return Ok(Vec::new());
            }
            for folder in &new {
                cone.take_in(folder);
            }
            settle(repository, folder, options, cone)?;
            Ok(new.into_iter().collect())
        })
    }
}

fn not_a_cone(root: &Path) -> WriteError {
    let reason = format!(
        "{} has a sparse checkout by patterns, which cannot be joined; `git sparse-checkout init --cone` makes it a cone",
        root.display()
    );
    WriteError::Unsuitable { reason }
}

/// The buckets of `HEAD`, with their trees.
fn buckets(repository: &Repository) -> Result<Vec<(String, ObjectId)>, WriteError> {
    let tree = repository.read_head_tree().map_err(WriteError::git("read"))?;
    let Some(tickets) = tree.find_entry("tickets").filter(|entry| entry.mode().is_tree()) else {
        return Ok(Vec::new());
    };
    let tickets = repository.read_tree(tickets.object_id()).map_err(WriteError::git("read"))?;
    let mut found = Vec::new();
    for entry in tickets.iter() {
        let entry = entry.map_err(WriteError::git("read"))?;
        if let (true, Ok(name)) = (entry.mode().is_tree(), entry.filename().to_str()) {
            found.push((name.to_owned(), entry.object_id()));
        }
    }
    Ok(found)
}

/// Every folder a cone has to name to leave nothing out by accident.
pub(super) fn folders(repository: &Repository, root: &Path) -> Result<Folders, WriteError> {
    // A company may get these one day; a cone that does not name them would leave them out.
    let top = layout::FOLDERS.iter().chain([&layout::RECORDS]).map(|name| (*name).to_owned()).collect();
    let mut found = Folders { top, ..Folders::default() };
    let tree = repository.read_head_tree().map_err(WriteError::git("read"))?;
    for entry in tree.iter() {
        let entry = entry.map_err(WriteError::git("read"))?;
        if let (true, Ok(name)) = (entry.mode().is_tree(), entry.filename().to_str()) {
            found.top.insert(name.to_owned());
        }
    }
    found.top.extend(folders_in(root).filter(|name| name != ".git"));
    found.buckets.extend(buckets(repository)?.into_iter().map(|(name, _)| name));
    found.buckets.extend(folders_in(&root.join("tickets")));
    let highest = found.buckets.iter().filter_map(|name| name.parse::<u32>().ok()).max().unwrap_or(0);
    found.buckets.extend((1..=BUCKETS_AHEAD).map(|more| format!("{:04}", highest.saturating_add(more))));
    Ok(found)
}

fn folders_in(folder: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).filter_map(|entry| {
        let name = entry.file_name();
        name.to_str().map(str::to_owned)
    })
}

/// Brings cone, index and work tree to `wanted`. The caller holds the writer's lock.
pub(super) fn settle(
    repository: &Repository,
    folder: &Path,
    options: &Options,
    mut wanted: Cone,
) -> Result<Shelved, WriteError> {
    let (root, git_dir) = (&options.root, repository.git_dir());
    let mut report = Shelved::default();
    let mut leaving = BTreeMap::new();
    // Files are looked at before git's lock is taken: a hundred thousand of them take a second or two.
    let index = gix::index::File::at_or_default(
        repository.index_path(),
        repository.object_hash(),
        true,
        gix::index::decode::Options::default(),
    )
    .map_err(WriteError::git("read"))?;
    for (bucket, tree) in buckets(repository)? {
        let path = format!("tickets/{bucket}");
        if wanted.touches(&path) {
            continue;
        }
        if let Some(why) = stays(repository, root, &index, &path, tree)? {
            wanted.take_in(&path);
            report.stayed.push((path, why));
        } else {
            leaving.insert(path, tree);
        }
    }
    drop(index);
    sparse::want(folder, &wanted)?;
    let mut index = Index::lock(repository, folder, options.patience_ms, None)?;
    let mut newly = BTreeMap::new();
    for (path, tree) in std::mem::take(&mut leaving) {
        match entries_of(repository, &index.file, &path, tree)? {
            Entries::Folded | Entries::LeftOut => drop(leaving.insert(path, tree)),
            Entries::There => {
                newly.insert(path.clone(), tree);
                leaving.insert(path, tree);
            }
            Entries::Staged => {
                wanted.take_in(&path);
                report.stayed.push((path, STAGED.to_owned()));
            }
        }
    }
    sparse::want(folder, &wanted)?;
    index.set_cone(wanted.clone());
    report.files_back = index.bring_back(repository, root)?;
    sparse::write(git_dir, folder, &wanted, options.patience_ms)?;
    let everything = wanted == Cone::all();
    if !everything {
        begin(git_dir, folder, options.patience_ms)?;
    }
    if settings::boolean(git_dir, "index.sparse")?.unwrap_or(false) {
        folded::fold(&mut index.file, &newly);
        index.file = folded::as_read(repository, index.file)?;
    } else {
        skip(&mut index.file, &newly);
    }
    index.write()?;
    let mut replaced = Replaced::open(&lock::folder(repository.git_dir()));
    for (path, tree) in &leaving {
        let before = report.files_gone;
        remove(repository, root, path, *tree, &mut replaced, &mut report)?;
        if newly.contains_key(path) || report.files_gone > before {
            report.gone.push(path.trim_start_matches("tickets/").to_owned());
        }
    }
    replaced.look(repository, root);
    if everything && sparse::was_begun(folder) {
        let gone = ["core.sparseCheckout", "core.sparseCheckoutCone", "index.sparse"].map(Setting::gone);
        settings::change(git_dir, folder, &gone, options.patience_ms)?;
        sparse::give_up(folder)?;
    }
    sparse::reached(folder)?;
    Ok(report)
}

/// Switches the sparse checkout on where it is off; what a person has set stays.
fn begin(git_dir: &Path, folder: &Path, patience_ms: u64) -> Result<(), WriteError> {
    let mut wanted = Vec::new();
    if !settings::boolean(git_dir, "core.sparseCheckout")?.unwrap_or(false) {
        wanted.push(Setting::new("core.sparseCheckout", "true"));
        wanted.push(Setting::new("core.sparseCheckoutCone", "true"));
    }
    if settings::boolean(git_dir, "index.sparse")?.is_none() {
        wanted.push(Setting::new("index.sparse", "true"));
    }
    if wanted.is_empty() { Ok(()) } else { settings::change(git_dir, folder, &wanted, patience_ms) }
}

/// Marks the files below `folders` as left out, for a person who wants no folder entries in the index.
fn skip(index: &mut gix::index::State, folders: &BTreeMap<String, ObjectId>) {
    let (entries, paths) = index.entries_mut_and_pathbacking();
    for entry in entries {
        let Ok(path) = entry.path_in(paths).to_str() else { continue };
        if path.match_indices('/').any(|(at, _)| folders.contains_key(&path[..at])) {
            entry.flags.insert(folded::LEFT_OUT);
        }
    }
}

/// Removes the files of a folder that is left out already, each only if it is what was committed.
fn remove(
    repository: &Repository,
    root: &Path,
    folder: &str,
    tree: ObjectId,
    replaced: &mut Replaced,
    report: &mut Shelved,
) -> Result<(), WriteError> {
    if !root.join(folder).exists() {
        return Ok(());
    }
    for (below, (_, id)) in folded::files_in(repository, tree)? {
        let path = format!("{folder}/{below}");
        if fs::symlink_metadata(root.join(&path)).is_err() {
            continue;
        }
        let content = objects::blob(repository, id)?;
        let change = Change { path: &path, old: Some(&content), new: None, program: None };
        match worktree::bring_alone(root, change, replaced)? {
            Brought::Clean => report.files_gone += 1,
            Brought::Kept => report.stayed.push((path, "it was saved meanwhile".to_owned())),
        }
        if replaced.len() >= KEPT_MAX {
            replaced.look(repository, root);
        }
    }
    remove_empty(&root.join(folder));
    Ok(())
}

/// Removes `folder` and the folders in it as far as they are empty.
fn remove_empty(folder: &Path) {
    for name in folders_in(folder).collect::<Vec<_>>() {
        remove_empty(&folder.join(name));
    }
    // One that is not empty stays, and so do those above it.
    drop(fs::remove_dir(folder));
}
