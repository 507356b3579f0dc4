//! Bringing two commits together, file by file and in each by what it says. Nothing is written here: the result is what
//! the writer is asked to commit, and what is left to a person.

use super::SyncError;
use crate::format::layout::{self, Kind};
use crate::format::merge::{self, Conflict, Merged};
use crate::format::{numbering, references};
use crate::model::ticket::Ticket;
use crate::model::{Scalar as _, TicketId};
use crate::store::differing::{Leaf, differing};
use crate::store::reading::{Below as _, Reading as _};
use crate::store::writer::{MergedContent, MergedFile};
use gix::{ObjectId, Repository};
use std::collections::{BTreeMap, BTreeSet};

/// A file of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct File {
    pub(super) id: ObjectId,
    pub(super) executable: bool,
    /// A link or another repository, which is never brought along.
    pub(super) odd: bool,
}

/// The files of a tree that another lacks or has otherwise, before and after.
pub(super) type Changes = BTreeMap<String, (Option<File>, Option<File>)>;

/// What the two sides make together.
#[derive(Debug, Default)]
pub(super) struct Combined {
    /// What changes on our side.
    pub(super) files: Vec<MergedFile>,
    /// What both sides changed in different ways, by path; ours stands in `files`.
    pub(super) conflicts: Vec<(String, Conflict)>,
    /// Tickets that were given one number on both sides: the number, and the one of the two that has another now.
    pub(super) renumbered: Vec<(TicketId, TicketId)>,
}

/// Which side a person chose for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What is here.
    Here,
    /// What came.
    There,
}

/// Which side a person chose, by path; the empty path stands for all others.
pub type Chosen = BTreeMap<String, Side>;

/// The changes from one tree to the other; `None` is the empty one. Folders that are equal are not read.
pub(super) fn changes(
    repository: &Repository,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Result<Changes, SyncError> {
    let file = |(mode, id): Leaf| File { id, executable: mode.is_executable(), odd: !mode.is_blob() };
    let differs = differing(repository, old, new).map_err(SyncError::git)?.into_iter();
    // What is not UTF-8 is replaced here, and refused when the paths are looked at.
    let path = |path: Vec<u8>| String::from_utf8_lossy(&path).into_owned();
    Ok(differs.map(|(name, was, is)| (path(name), (was.map(file), is.map(file)))).collect())
}

/// The trees of the three commits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trees {
    pub(super) base: ObjectId,
    pub(super) ours: ObjectId,
    pub(super) theirs: ObjectId,
}

/// Brings both sides together.
pub(super) fn combine(repository: &Repository, trees: Trees, chosen: &Chosen) -> Result<Combined, SyncError> {
    // Texts that are changed before they are merged are objects like the others, in memory alone.
    let mut own = repository.clone();
    own.objects.set_object_memory(gix::odb::memory::Storage::default());
    let repository = &own;
    let mut ours = changes(repository, Some(trees.base), Some(trees.ours))?;
    let mut theirs = changes(repository, Some(trees.base), Some(trees.theirs))?;
    let mut made = Combined::default();
    let twins = twins(repository, trees, &ours, &theirs)?;
    let rewritten = redirect(repository, &twins, &mut ours, true)?;
    redirect(repository, &twins, &mut theirs, false)?;
    separate(repository, &twins, &mut ours, &mut theirs, &mut made)?;
    follow(repository, &ours, &mut theirs, &mut made, chosen)?;
    for (path, (base, there)) in &theirs {
        let here = match ours.get(path) {
            None => {
                made.files.push(taken(path, *there));
                continue;
            }
            Some((_, here)) => *here,
        };
        if here != *there {
            both(repository, path, [*base, here, *there], chosen, &mut made)?;
        }
    }
    let done: BTreeSet<String> = made.files.iter().map(|file| file.path.clone()).collect();
    for path in rewritten.difference(&done) {
        if let Some((_, is @ Some(_))) = ours.get(path) {
            made.files.push(taken(path, *is));
        }
    }
    keep(repository, &mut made)?;
    // What goes comes first, so that a folder can take a file's place.
    made.files.sort_by(|one, other| (one.after.is_some(), &one.path).cmp(&(other.after.is_some(), &other.path)));
    Ok(made)
}

fn taken(path: &str, file: Option<File>) -> MergedFile {
    MergedFile {
        path: path.to_owned(),
        after: file.map(|file| MergedContent::Object(file.id.to_string())),
        executable: file.is_some_and(|file| file.executable),
    }
}

/// A file that both sides changed.
fn both(
    repository: &Repository,
    path: &str,
    [base, here, there]: [Option<File>; 3],
    chosen: &Chosen,
    made: &mut Combined,
) -> Result<(), SyncError> {
    let read = |file: Option<File>| file.map(|file| blob(repository, file)).transpose();
    let (was, ours, theirs) = (read(base)?, read(here)?, read(there)?);
    let mut merged = merge_bytes(path, was.as_deref(), ours.as_deref(), theirs.as_deref());
    // Each side may have made it a program, or none; whoever changed that wins.
    let program = |file: Option<File>| file.is_some_and(|file| file.executable);
    let executable = if program(here) == program(base) { program(there) } else { program(here) };
    if !merged.conflicts.is_empty() {
        // A choice is about what both changed; what only one side changed comes in all the same.
        let whole = is_whole(repository, here)? && is_whole(repository, there)?;
        match chosen.get(path).or_else(|| chosen.get("")) {
            Some(Side::Here) if whole => {}
            Some(Side::Here) => return Ok(()),
            Some(Side::There) if whole => {
                merged = merge_bytes(path, was.as_deref(), theirs.as_deref(), ours.as_deref());
            }
            Some(Side::There) => {
                made.files.push(taken(path, there));
                return Ok(());
            }
            None => made.conflicts.extend(merged.conflicts.drain(..).map(|conflict| (path.to_owned(), conflict))),
        }
    }
    let after = if merged.text.is_empty() && (here.is_none() || there.is_none()) { None } else { Some(merged.text) };
    if after != ours || executable != program(here) {
        let after = after.map(|text| MergedContent::Bytes(text.into_bytes()));
        made.files.push(MergedFile { path: path.to_owned(), after, executable });
    }
    Ok(())
}

/// Whether there is a file, and it is text, so that a part of it can be chosen.
fn is_whole(repository: &Repository, file: Option<File>) -> Result<bool, SyncError> {
    let Some(file) = file.filter(|file| !file.odd) else { return Ok(false) };
    let data = repository.read_object(file.id).map_err(SyncError::git)?.detach().data;
    Ok(std::str::from_utf8(&data).is_ok())
}

/// A file's content; what is not text is one line that says so, and is never merged.
fn blob(repository: &Repository, file: File) -> Result<String, SyncError> {
    if file.odd {
        return Ok(format!("something else than a file: {}\n", file.id));
    }
    let data = repository.read_object(file.id).map_err(SyncError::git)?.detach().data;
    Ok(String::from_utf8(data).unwrap_or_else(|error| format!("{} bytes: {}\n", error.as_bytes().len(), file.id)))
}

fn merge_bytes(path: &str, base: Option<&str>, ours: Option<&str>, theirs: Option<&str>) -> Merged {
    merge::merge(path, base.unwrap_or_default(), ours.unwrap_or_default(), theirs.unwrap_or_default())
}

/// Two tickets that were given the same number, one on each side.
struct Twins {
    path: String,
    old: TicketId,
    /// What one of the two is called from now on.
    new: TicketId,
    /// Whether that is ours.
    ours_goes: bool,
}

/// Finds them, and decides: the one whose number it rather is keeps it ([`numbering::keeps`]), the other gets the next free
/// one.
fn twins(repository: &Repository, trees: Trees, ours: &Changes, theirs: &Changes) -> Result<Vec<Twins>, SyncError> {
    let mut found = Vec::new();
    let mut next = None;
    for path in ours.keys() {
        let (Some((None, Some(here))), Some((None, Some(there)))) = (ours.get(path), theirs.get(path)) else {
            continue;
        };
        let located = layout::locate(path);
        let (Kind::Ticket, Ok(old)) = (located.kind, TicketId::parse(located.name)) else { continue };
        let (here, there) = (blob(repository, *here)?, blob(repository, *there)?);
        if numbering::is_same(&here, &there) {
            continue;
        }
        let number = match next {
            Some(number) => number,
            None => free(repository, &[trees.ours, trees.theirs], old.prefix())?,
        };
        let Ok(new) = TicketId::new(old.prefix(), number) else { continue };
        let ours_goes = numbering::keeps(&here, &there) == numbering::Keeper::Second;
        if numbering::renumber(path, if ours_goes { &here } else { &there }, &old, &new).is_some() {
            next = Some(number + 1);
            found.push(Twins { path: path.clone(), old, new, ours_goes });
        }
    }
    Ok(found)
}

/// Has what a side said of a ticket of its own that gives up its number say the new one. Whose ticket was meant is certain:
/// before the two sides parted, nobody had the number, and a file that named it even then is left alone. Returns the paths
/// that changed.
fn redirect(
    repository: &Repository,
    twins: &[Twins],
    side: &mut Changes,
    is_ours: bool,
) -> Result<BTreeSet<String>, SyncError> {
    let mut changed = BTreeSet::new();
    let own: Vec<&Twins> = twins.iter().filter(|twins| twins.ours_goes == is_ours).collect();
    if own.is_empty() {
        return Ok(changed);
    }
    // Where ids of tickets are links, and nothing is a record that must stay what it was.
    let links = |path: &str| matches!(layout::locate(path).kind, Kind::Ticket | Kind::Entry | Kind::Approval);
    for (path, (was, is)) in side.iter_mut().filter(|(path, _)| links(path)) {
        let Some(file) = is.as_mut().filter(|file| !file.odd) else { continue };
        let before = was.map(|was| blob(repository, was)).transpose()?;
        let mut text = blob(repository, *file)?;
        for Twins { old, new, .. } in &own {
            let knew = before.as_ref().is_some_and(|before| references::redirect(before, old, new).is_some());
            if !knew && let Some(now) = references::redirect(&text, old, new) {
                text = now;
                changed.insert(path.clone());
            }
        }
        if changed.contains(path) {
            file.id = repository.write_blob(text.as_bytes()).map_err(SyncError::git)?.detach();
        }
    }
    Ok(changed)
}

/// Moves the tickets that give up their number, with their threads and checkouts.
fn separate(
    repository: &Repository,
    twins: &[Twins],
    ours: &mut Changes,
    theirs: &mut Changes,
    made: &mut Combined,
) -> Result<(), SyncError> {
    for Twins { path, old, new, ours_goes } in twins {
        let (stem, new_stem) = (Ticket::thread_path_of(old), Ticket::thread_path_of(new));
        let around =
            |path: &str| path.strip_prefix(stem.as_str()).is_some_and(|rest| rest == ".lock" || rest.starts_with('/'));
        let coming: BTreeSet<String> = theirs.keys().filter(|path| around(path)).cloned().collect();
        let goes = if *ours_goes { &mut *ours } else { &mut *theirs };
        // Theirs does not come to the old place any more; ours leaves it, to whatever of theirs comes there.
        let Some((_, Some(file))) = goes.remove(path) else { continue };
        let text = blob(repository, file)?;
        let text = numbering::renumber(path, &text, old, new).unwrap_or(text);
        let after = Some(MergedContent::Bytes(text.into_bytes()));
        made.files.push(MergedFile { path: Ticket::path_of(new), after, executable: false });
        let added: Vec<(String, File)> = goes
            .iter()
            .filter(|(path, _)| around(path))
            .filter_map(|(path, (was, is))| if was.is_none() { Some((path.clone(), (*is)?)) } else { None })
            .collect();
        for (path, file) in added {
            goes.remove(&path);
            made.files.push(taken(&path.replacen(&stem, &new_stem, 1), Some(file)));
            if *ours_goes && !coming.contains(&path) {
                made.files.push(taken(&path, None));
            }
        }
        made.renumbered.push((old.clone(), new.clone()));
    }
    Ok(())
}

/// Has what is in memory alone come along as bytes.
fn keep(repository: &Repository, made: &mut Combined) -> Result<(), SyncError> {
    let rewritten = repository.clone().objects.take_object_memory().unwrap_or_default();
    for file in &mut made.files {
        if let Some(MergedContent::Object(id)) = &file.after
            && let Ok(id) = ObjectId::from_hex(id.as_bytes())
            && let Some((_, bytes)) = rewritten.get(&id)
        {
            file.after = Some(MergedContent::Bytes(bytes.clone()));
        }
    }
    Ok(())
}

/// The first number that no ticket of these trees has.
fn free(repository: &Repository, trees: &[ObjectId], prefix: &str) -> Result<u32, SyncError> {
    let mut free = 1;
    for tree in trees {
        let tree = repository.read_tree(*tree).map_err(SyncError::git)?;
        let Some(tickets) = tree.read_entry("tickets").map_err(SyncError::git)? else { continue };
        let files = changes(repository, None, Some(tickets.object_id()))?;
        let paths: Vec<String> = files.into_keys().map(|path| format!("tickets/{path}")).collect();
        free = free.max(numbering::next(paths.iter().map(String::as_str), prefix));
    }
    Ok(free)
}

/// A ticket that moved on one side, since home gave it a number, and was edited on the other: the edit goes along.
fn follow(
    repository: &Repository,
    ours: &Changes,
    theirs: &mut Changes,
    made: &mut Combined,
    chosen: &Chosen,
) -> Result<(), SyncError> {
    for (path, base, edited, (to, moved)) in moves(repository, theirs, ours)? {
        let merged = at(&to, &base, &edited, &moved, chosen, made);
        made.files.push(MergedFile { path: to.clone(), after: Some(merged), executable: false });
        made.files.push(taken(&path, None));
        theirs.remove(&to);
        theirs.remove(&path);
    }
    for (path, base, edited, (to, moved)) in moves(repository, ours, theirs)? {
        let merged = at(&to, &base, &moved, &edited, chosen, made);
        made.files.push(MergedFile { path: to, after: Some(merged), executable: false });
        theirs.remove(&path);
    }
    Ok(())
}

/// A ticket that moved: its path, its text before, its text as edited on the other side, and where it is now with what text.
type Move = (String, String, String, (String, String));

/// Tickets that one side moved and the other edited where they were.
fn moves(repository: &Repository, moving: &Changes, editing: &Changes) -> Result<Vec<Move>, SyncError> {
    let is_ticket = |path: &str| layout::locate(path).kind == Kind::Ticket;
    let mut found = Vec::new();
    for (path, (was, is)) in moving.iter().filter(|(path, _)| is_ticket(path)) {
        let (Some(was), None, Some((_, Some(edited)))) = (was, is, editing.get(path)) else { continue };
        let base = blob(repository, *was)?;
        for (to, (before, after)) in moving.iter().filter(|(to, _)| is_ticket(to)) {
            let (None, Some(after)) = (before, after) else { continue };
            let moved = blob(repository, *after)?;
            if numbering::is_moved(&base, &moved) {
                found.push((path.clone(), base, blob(repository, *edited)?, (to.clone(), moved)));
                break;
            }
        }
    }
    Ok(found)
}

/// Merges a file that lies elsewhere now.
fn at(path: &str, base: &str, ours: &str, theirs: &str, chosen: &Chosen, made: &mut Combined) -> MergedContent {
    let merged = merge::merge(path, base, ours, theirs);
    let text = match chosen.get(path).or_else(|| chosen.get("")) {
        Some(Side::There) => merge::merge(path, base, theirs, ours).text,
        Some(_) => merged.text,
        None => {
            made.conflicts.extend(merged.conflicts.into_iter().map(|conflict| (path.to_owned(), conflict)));
            merged.text
        }
    };
    MergedContent::Bytes(text.into_bytes())
}
