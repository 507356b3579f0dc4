//! Tickets that are in the last commit and not in the work tree, because a sparse checkout leaves them out.
//!
//! Their ids come from the names in git's folder objects, which costs little for a hundred thousand of them. What they
//! say is read only for those that something in the work tree names. What leaves the work tree, and when, is decided
//! in [`super::archive`].

use crate::format::document::{self, Document};
use crate::format::draft::{ArchivedTicket, Draft};
use crate::format::kind::TicketFile;
use crate::format::layout::{self, Kind};
use crate::model::{Scalar as _, TicketId};
use crate::rules::index::status_of;
use crate::store::reading::Reading as _;
use gix::bstr::ByteSlice as _;
use gix::index::entry::Flags;
use gix::{ObjectId, Repository};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Deepest chain of parents that is followed; real ones end after a few.
const PARENTS_MAX: usize = 64;

/// Tickets that are left out of the work tree.
pub(super) struct Archived {
    repository: Repository,
    tickets: BTreeMap<TicketId, (String, ObjectId)>,
}

impl Archived {
    /// Looks for them; `None` without a sparse checkout, or if git's own files cannot be read.
    pub(super) fn open(root: &Path) -> Option<Self> {
        // Most companies have none, and pay only for this look.
        root.join(".git/info/sparse-checkout").is_file().then_some(())?;
        let repository = gix::open_opts(root, crate::store::repository::options()).ok()?;
        let index = repository.index_or_empty().ok()?;
        let mut found = Self { tickets: BTreeMap::new(), repository };
        for entry in index.entries().iter().filter(|entry| entry.flags.contains(Flags::SKIP_WORKTREE)) {
            let Ok(path) = entry.path(&index).to_str() else { continue };
            if !path.starts_with("tickets/") {
                continue;
            }
            match path.strip_suffix('/') {
                Some(folder) => found.folder(folder, entry.id)?,
                None => found.file(path.to_owned(), entry.id),
            }
        }
        Some(found)
    }

    /// Their ids with their buckets, without those whose files are there all the same.
    pub(super) fn buckets(&self, root: &Path) -> BTreeMap<TicketId, String> {
        let gone = self.tickets.iter().filter(|(_, (path, _))| std::fs::symlink_metadata(root.join(path)).is_err());
        gone.map(|(id, _)| (id.clone(), id.bucket())).collect()
    }

    /// Those of them that are open.
    pub(super) fn open_ones(&self, root: &Path) -> BTreeMap<TicketId, String> {
        let mut found = self.buckets(root);
        found.retain(|id, _| {
            let said = self.tickets.get(id).and_then(|(path, blob)| self.read(path, *blob));
            said.is_some_and(|file| !status_of(&file).is_closed())
        });
        found
    }

    fn folder(&mut self, folder: &str, tree: ObjectId) -> Option<()> {
        let tree = self.repository.read_tree(tree).ok()?.detach();
        for entry in gix::objs::TreeRefIter::from_bytes(&tree.data, self.repository.object_hash()) {
            let entry = entry.ok()?;
            let Ok(name) = entry.filename.to_str() else { continue };
            let path = format!("{folder}/{name}");
            if entry.mode.is_blob() {
                self.file(path, entry.oid.to_owned());
            } else if entry.mode.is_tree() && folder == "tickets" {
                self.folder(&path, entry.oid.to_owned())?;
            }
        }
        Some(())
    }

    fn file(&mut self, path: String, blob: ObjectId) {
        let located = layout::locate(&path);
        if let (Kind::Ticket, Ok(id)) = (located.kind, TicketId::parse(located.name)) {
            self.tickets.insert(id, (path, blob));
        }
    }

    /// What a ticket says; `None` if it cannot be read.
    fn read(&self, path: &str, blob: ObjectId) -> Option<Box<TicketFile>> {
        let text = String::from_utf8(self.repository.read_object(blob).ok()?.detach().data).ok()?;
        match document::read(path, &text).0 {
            Document::Ticket(file) => Some(file),
            _ => None,
        }
    }

    /// Those that had one of the ids `wanted` before. Reads all, so it is asked only for ids that are found nowhere.
    fn formerly(&self, wanted: &BTreeSet<TicketId>) -> Vec<(TicketId, Box<TicketFile>)> {
        let mut found = Vec::new();
        for (id, (path, blob)) in &self.tickets {
            let Ok(object) = self.repository.read_object(*blob) else { continue };
            if memchr::memmem::find(&object.data, b"formerly").is_none() {
                continue;
            }
            drop(object);
            if let Some(file) = self.read(path, *blob)
                && file.formerly.iter().flatten().any(|former| wanted.contains(former))
            {
                found.push((id.clone(), file));
            }
        }
        found
    }
}

/// Adds to `draft` the tickets that have left the work tree in `root`, and what is said by those that are named.
pub(super) fn add(root: &Path, draft: &mut Draft) {
    let Some(mut archived) = Archived::open(root) else { return };
    archived.tickets.retain(|_, (path, _)| !draft.entries.contains_key(path));
    let own =
        |path: &str, said: Option<&TicketId>| said.cloned().or_else(|| TicketId::parse(layout::locate(path).name).ok());
    let here: BTreeSet<TicketId> =
        draft.tickets.iter().filter_map(|(path, file)| own(path, file.id.as_ref())).collect();
    let former: BTreeSet<&TicketId> = draft.tickets.values().flat_map(|file| file.formerly.iter().flatten()).collect();
    let named = named(draft);
    let known = |id: &TicketId| here.contains(id) || former.contains(id) || archived.tickets.contains_key(id);
    let lost: BTreeSet<TicketId> = named.iter().filter(|id| !known(id)).cloned().collect();
    let mut files: BTreeMap<TicketId, Box<TicketFile>> = BTreeMap::new();
    if !lost.is_empty() {
        files.extend(archived.formerly(&lost));
    }
    // A ticket that is here and there has its id twice, which only both files together tell.
    let mut wanted: BTreeSet<TicketId> = named.union(&here).cloned().collect();
    for _ in 0..PARENTS_MAX {
        let mut parents = BTreeSet::new();
        for id in wanted {
            if let (Some((path, blob)), false) = (archived.tickets.get(&id), files.contains_key(&id))
                && let Some(file) = archived.read(path, *blob)
            {
                parents.extend(file.parent.clone());
                files.insert(id, file);
            }
        }
        wanted = parents;
        if wanted.is_empty() {
            break;
        }
    }
    let ticket = |(id, (path, _)): (TicketId, (String, ObjectId))| {
        let file = files.remove(&id);
        (id, ArchivedTicket { path, file })
    };
    draft.archived = archived.tickets.into_iter().map(ticket).collect();
}

/// Ids that something in the work tree names and that matter to it.
fn named(draft: &Draft) -> BTreeSet<TicketId> {
    let open = draft.tickets.values().filter(|file| !status_of(file).is_closed());
    let from_tickets = open.flat_map(|file| file.parent.iter().chain(file.blocked_by.iter().flatten()));
    let from_approvals = draft.approvals.values().filter_map(|approval| approval.ticket.as_ref());
    let of = |path: &String| TicketId::parse(layout::locate(path).name).ok();
    let from_names = draft.locks.keys().chain(draft.thread.keys()).filter_map(of);
    from_tickets.chain(from_approvals).cloned().chain(from_names).collect()
}
