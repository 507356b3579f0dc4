//! `objects`: commits, folders or files of the history are missing or damaged.

use super::{Check, Depth, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::reading::Reading as _;
use gix::bstr::ByteSlice as _;
use gix::objs::Kind;
use gix::{ObjectId, Repository};
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    code: "objects",
    group: Group::Repository,
    summary: "a part of the history is missing or damaged",
    docs: "\
Every folder and file of the last commit is looked up, and the commits before it, newest first: a thousand commits, 64 MiB
of files. What is read is compared with its name, which is the checksum of its content. A quick look (at a daemon's start,
at the end of a test) takes the last commit's folders, and twenty commits.

What is missing here is there in every clone and every remote that has the commit: `git fetch` brings it if git does not
believe to have it, a fresh `git clone` always. `git fsck --full` looks at everything, and takes as long.
",
    invariant: true,
    look,
    fix: None,
};

/// Commits that are followed, newest first.
const COMMITS_MAX: usize = 1_000;
/// The same in a quick look.
const COMMITS_QUICK: usize = 20;
/// Bytes of files that are read and compared with their names.
const BYTES_MAX: u64 = 64 << 20;
/// The same in a quick look.
const BYTES_QUICK: u64 = 1 << 20;
/// Findings after which it is clear that much is gone.
const FOUND_MAX: usize = 10;

struct Look<'a> {
    repository: &'a Repository,
    left: u64,
    seen: BTreeSet<ObjectId>,
    found: Vec<(String, ObjectId, &'static str)>,
}

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let (Some(repository), Some(head)) = (&scene.repository, scene.head()) else { return };
    let (commits, left) = match scene.depth {
        Depth::Full => (COMMITS_MAX, BYTES_MAX),
        Depth::Quick => (COMMITS_QUICK, BYTES_QUICK),
    };
    let mut look = Look { repository, left, seen: BTreeSet::new(), found: Vec::new() };
    let shallow: BTreeSet<ObjectId> = repository
        .shallow_commits()
        .ok()
        .flatten()
        .map(|commits| commits.iter().copied().collect())
        .unwrap_or_default();
    let mut next = vec![head];
    let mut walked = 0;
    while let Some(id) = next.pop().filter(|_| walked < commits && look.found.len() < FOUND_MAX) {
        if !look.seen.insert(id) {
            continue;
        }
        walked += 1;
        let Some(data) = look.read(id, Kind::Commit, "a commit") else { continue };
        let commit = gix::objs::CommitRef::from_bytes(&data, repository.object_hash());
        let Ok(commit) = commit else {
            look.found.push(("a commit".to_owned(), id, "damaged"));
            continue;
        };
        if walked == 1 {
            look.tree(commit.tree(), String::new());
        } else if !repository.has_object(commit.tree()) {
            look.found.push((format!("the files of the commit {}", id.to_hex_with_len(10)), commit.tree(), "missing"));
        }
        if !shallow.contains(&id) {
            // The first parent is looked at first.
            let parents: Vec<ObjectId> = commit.parents().collect();
            next.extend(parents.into_iter().rev());
        }
    }
    for (what, id, how) in look.found {
        found.push(
            Finding::new(&CHECK, Severity::Error, id.to_string(), format!("{what} is {how}"))
                .help("a clone or remote that has the commit has it; `git fsck --full` looks at everything"),
        );
    }
}

impl Look<'_> {
    fn read(&mut self, id: ObjectId, kind: Kind, what: &str) -> Option<Vec<u8>> {
        let object = match self.repository.try_read_object(id) {
            Ok(Some(object)) => object.detach(),
            Ok(None) => {
                self.found.push((what.to_owned(), id, "missing"));
                return None;
            }
            Err(_) => {
                self.found.push((what.to_owned(), id, "damaged"));
                return None;
            }
        };
        let sound = object.kind == kind
            && gix::objs::compute_hash(self.repository.object_hash(), kind, &object.data).is_ok_and(|own| own == id);
        if !sound {
            self.found.push((what.to_owned(), id, "damaged"));
            return None;
        }
        Some(object.data)
    }

    fn tree(&mut self, top: ObjectId, name: String) {
        let mut folders = vec![(top, name)];
        while let Some((id, folder)) = folders.pop().filter(|_| self.found.len() < FOUND_MAX) {
            if !self.seen.insert(id) {
                continue;
            }
            let shown = if folder.is_empty() { "the folder on top" } else { &folder };
            let Some(data) = self.read(id, Kind::Tree, shown) else { continue };
            for entry in gix::objs::TreeRefIter::from_bytes(&data, self.repository.object_hash()) {
                let Ok(entry) = entry else {
                    self.found.push((shown.to_owned(), id, "damaged"));
                    break;
                };
                let path = format!("{folder}{}", entry.filename.to_str_lossy());
                if entry.mode.is_tree() {
                    folders.push((entry.oid.to_owned(), path + "/"));
                } else if !entry.mode.is_commit() {
                    self.file(entry.oid.to_owned(), &path);
                }
            }
        }
    }

    fn file(&mut self, id: ObjectId, path: &str) {
        if !self.seen.insert(id) || self.found.len() >= FOUND_MAX {
            return;
        }
        match self.repository.try_read_header(id) {
            Ok(Some(header)) if header.size() <= self.left => {
                self.left -= header.size();
                drop(self.read(id, Kind::Blob, path));
            }
            Ok(Some(_)) => {}
            Ok(None) => self.found.push((path.to_owned(), id, "missing")),
            Err(_) => self.found.push((path.to_owned(), id, "damaged")),
        }
    }
}
