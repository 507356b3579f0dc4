//! What came is taken in: forward or merged, once it was judged, and kept aside if it may not.

use super::combine::{self, Combined, Trees};
use super::judge::{self, Incoming};
use super::remote::Remote;
use super::repository::{Clone, incoming, seen};
use super::{Report, SyncError};
use crate::format::difference::{Difference, words};
use crate::model::Slug;
use crate::store::history::compare;
use crate::store::message::{Message, Trailers};
use crate::store::reading::{Below as _, Reading as _};
use crate::store::writer::{Arrival, Committed, Merge, MergedContent, WriteError, Writer};
use gix::ObjectId;
use std::collections::BTreeMap;

/// How often something is decided again because the branch moved in this clone.
const TRIES_MAX: usize = 32;

/// How often of these it is decided beside whoever writes here; then with the writer's lock held, which holds others up for
/// as long as one decision takes. A person's git moves the branch all the same.
const TRIES_BESIDE: usize = 4;

impl Clone<'_> {
    /// Brings in the remote's branch, if it may.
    pub(super) fn bring_in(
        &self,
        writer: &mut Writer,
        remote: &Remote,
        branches: &BTreeMap<String, ObjectId>,
        report: &mut Report,
    ) -> Result<(), SyncError> {
        let branch = &self.request.branch;
        let had = self.reference(&seen(remote))?;
        match (branches.get(branch).copied(), had) {
            (None, Some(had)) if !self.accepted(had) => {
                Err(SyncError::Gone { remote: remote.name.clone(), branch: branch.clone(), had })
            }
            (None, _) => Ok(()),
            (Some(has), Some(had)) if !self.is_ancestor(had, has)? && !self.accepted(has) => {
                self.set(&incoming(remote), has)?;
                Err(SyncError::Rewritten { remote: remote.name.clone(), branch: branch.clone(), had, has })
            }
            (Some(has), _) => {
                let name = format!("{}/{branch}", remote.name);
                self.take(writer, &name, &incoming(remote), has, report)?;
                self.saw(remote, branch, has)
            }
        }
    }

    /// Takes in a commit: forward, or merged with ours. What is not taken is kept as `kept_as`.
    pub(super) fn take(
        &self,
        writer: &mut Writer,
        name: &str,
        kept_as: &str,
        theirs: ObjectId,
        report: &mut Report,
    ) -> Result<(), SyncError> {
        for round in 0..TRIES_MAX {
            let mut decided = None;
            let decide = |ours: Option<ObjectId>| {
                let (merge, combined) = match ours {
                    Some(ours) if self.is_ancestor(theirs, ours)? => return Ok(None),
                    Some(ours) => self.decide(name, ours, theirs)?,
                    None => (None, Combined::default()),
                };
                decided = Some((ours, combined));
                let onto = ours.map(|id| id.to_string());
                Ok(Some(Arrival { onto, theirs: theirs.to_string(), merge, at: self.request.at }))
            };
            let taken = if round < TRIES_BESIDE {
                let arrival = self.tip().and_then(decide);
                arrival.and_then(|arrival| Ok(arrival.map(|arrival| writer.take_in(&arrival)).transpose()?))
            } else {
                // Whoever writes here without a pause moves the branch while it is decided. So they wait once.
                writer.take_in_as(decide)
            };
            match (taken, decided) {
                (Ok(Some(done)), Some((ours, combined))) => {
                    report.commits += self.ahead(theirs, ours);
                    report.came.extend(self.came(ours, &done)?);
                    report.renumbered.extend(combined.renumbered);
                    report.brought = Some(done);
                    return Ok(());
                }
                (Ok(_), _) => return Ok(()),
                (Err(SyncError::Write(WriteError::Contended { .. })), _) => {}
                (Err(error), _) => {
                    if matches!(
                        error,
                        SyncError::Objections { .. } | SyncError::Conflicts { .. } | SyncError::Unrelated { .. }
                    ) {
                        self.set(kept_as, theirs)?;
                    }
                    return Err(error);
                }
            }
        }
        Err(WriteError::Contended { times: TRIES_MAX }.into())
    }

    /// What becomes of ours with theirs, if it may.
    fn decide(&self, name: &str, ours: ObjectId, theirs: ObjectId) -> Result<(Option<Merge>, Combined), SyncError> {
        let tree = |commit: ObjectId| -> Result<ObjectId, SyncError> {
            let commit = self.repository.read_commit(commit).map_err(SyncError::git)?;
            Ok(commit.tree_id().map_err(SyncError::git)?.detach())
        };
        let base = self.history.parting(ours, theirs).map_err(SyncError::git)?;
        let base = base.ok_or_else(|| SyncError::Unrelated { name: name.to_owned(), theirs, ours })?;
        let forward = base == ours;
        let trees = Trees { base: tree(base)?, ours: tree(ours)?, theirs: tree(theirs)? };
        let changes = combine::changes(&self.repository, Some(trees.base), Some(trees.theirs))?;
        let combined = if forward {
            Combined::default()
        } else {
            combine::combine(&self.repository, trees, &self.request.chosen)?
        };
        if !combined.conflicts.is_empty() {
            let conflicts = combined.conflicts;
            return Err(SyncError::Conflicts { name: name.to_owned(), commit: theirs, conflicts });
        }
        let read = |id: ObjectId| -> Result<Vec<u8>, SyncError> {
            Ok(self.repository.read_object(id).map_err(SyncError::git)?.detach().data)
        };
        let mut files = BTreeMap::new();
        if forward {
            for (path, (_, after)) in &changes {
                let after = after.filter(|file| !file.odd).map(|file| read(file.id)).transpose()?;
                files.insert(path.clone(), after);
            }
        }
        for file in &combined.files {
            let after = match &file.after {
                None => None,
                Some(MergedContent::Bytes(bytes)) => Some(bytes.clone()),
                Some(MergedContent::Object(id)) => {
                    let id = ObjectId::from_hex(id.as_bytes()).map_err(SyncError::git)?;
                    // Another repository has no object here; it is refused by its place.
                    Some(read(id).unwrap_or_default())
                }
            };
            // The same path may go and come, where two tickets had one number.
            if after.is_some() || !files.contains_key(&file.path) {
                files.insert(file.path.clone(), after);
            }
        }
        if !self.accepted(theirs) || changes.values().any(|(was, is)| was.iter().chain(is).any(|file| file.odd)) {
            let (history, repository) = (&self.history, &self.repository);
            let incoming = Incoming { history, repository, trusted: ours, changes: &changes, files: &files };
            let objections = judge::objections(&incoming)?;
            if !objections.diagnostics.is_empty() {
                return Err(SyncError::Objections { name: name.to_owned(), commit: theirs, objections });
            }
        }
        if forward {
            return Ok((None, combined));
        }
        let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let before = |path: &str| -> Option<String> {
            let tree = self.repository.read_tree(trees.ours).ok()?;
            let id = tree.read_entry(path).ok()??.object_id();
            text(&read(id).ok())
        };
        let told = files.iter().filter_map(|(path, after)| {
            crate::format::difference::of_file(path, before(path).as_deref(), text(after).as_deref())
        });
        let subject = format!("merge {name}: {}", words::subject(&told.collect::<Vec<_>>()));
        let actor = self.request.author.name.split_whitespace().next().and_then(Slug::from_name);
        let message = Message::new(&subject).with_trailers(Trailers { actor, ..Trailers::default() });
        let merge = Merge { author: self.request.author.clone(), message, files: combined.files.clone() };
        Ok((Some(merge), combined))
    }

    /// What came, in words.
    fn came(&self, ours: Option<ObjectId>, done: &Committed) -> Result<Vec<Difference>, SyncError> {
        let Some(ours) = ours else { return Ok(Vec::new()) };
        let tip = ObjectId::from_hex(done.commit.as_bytes()).map_err(SyncError::git)?;
        let (sides, _) = self.history.sides(Some(ours), tip).map_err(SyncError::git)?;
        Ok(compare::differences(sides))
    }
}
