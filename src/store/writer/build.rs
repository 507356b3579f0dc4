//! A group of mutations becomes commits, one upon the other, in memory only.

use super::journal::Moved;
use super::objects::{Kept, Object};
use super::trees::{self, Entry, EntryKind, Found};
use super::{Author, Committed, Expect, FileChange, How, Mutation, WriteError, objects};
use crate::store::message::Message;
use crate::store::reading::Reading as _;

use gix::objs::{Kind, Write as _, WriteTo as _};
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;

/// Who a commit is committed by; its author is who caused it.
const COMMITTER: (&str, &str) = ("corp", "corp@localhost");

/// What a group of mutations would do.
#[derive(Debug)]
pub(super) struct Built {
    /// Where the branch goes; `None` if nothing changes.
    pub(super) tip: Option<ObjectId>,
    /// An answer for each mutation, in order.
    pub(super) answers: Vec<Result<Committed, WriteError>>,
    /// The files that change, with their blobs before and after the whole group.
    pub(super) paths: Vec<Moved>,
    /// Every new object.
    pub(super) objects: Vec<Object>,
}

/// Builds `mutations` upon `base`. `known` finds the commit of a mutation id, and `kept` is what led to `base`.
pub(super) fn build(
    repository: &mut Repository,
    base: Option<ObjectId>,
    mutations: &[Mutation],
    known: &mut dyn FnMut(&str) -> Option<ObjectId>,
    kept: Kept,
) -> Result<Built, WriteError> {
    let (memory, before) = kept.remembered(base);
    repository.objects.set_object_memory(memory);
    let built = chain(repository, base, mutations, known);
    let memory = repository.objects.take_object_memory().unwrap_or_default();
    let (tip, answers, paths) = built?;
    let objects = objects::taken(memory, &before);
    Ok(Built { tip, answers, paths, objects })
}

type Chain = (Option<ObjectId>, Vec<Result<Committed, WriteError>>, Vec<Moved>);

fn chain(
    repository: &Repository,
    base: Option<ObjectId>,
    mutations: &[Mutation],
    known: &mut dyn FnMut(&str) -> Option<ObjectId>,
) -> Result<Chain, WriteError> {
    let mut tip = base;
    let mut tree = match base {
        Some(base) => tree_of(repository, base)?,
        None => repository.empty_tree().id,
    };
    let mut answers = Vec::new();
    let mut moved: BTreeMap<String, (Option<ObjectId>, Option<ObjectId>)> = BTreeMap::new();
    let mut in_group: BTreeMap<&str, ObjectId> = BTreeMap::new();
    for mutation in mutations {
        let id = mutation.message.trailers.mutation.as_ref().map(crate::store::message::Line::as_str);
        let before = id.and_then(|id| in_group.get(id).copied().or_else(|| known(id)));
        if let Some(commit) = before {
            answers.push(Ok(Committed { commit: commit.to_string(), how: How::Before, kept: Vec::new() }));
            continue;
        }
        match one(repository, tip, tree, mutation) {
            Ok(None) => {
                let commit = tip.map(|tip| tip.to_string()).unwrap_or_default();
                answers.push(Ok(Committed { commit, how: How::Nothing, kept: Vec::new() }));
            }
            Ok(Some(step)) => {
                tip = Some(step.commit);
                tree = step.tree;
                for (path, old, new) in step.paths {
                    moved.entry(path).and_modify(|(_, after)| *after = new).or_insert((old, new));
                }
                if let Some(id) = id {
                    in_group.insert(id, step.commit);
                }
                answers.push(Ok(Committed { commit: step.commit.to_string(), how: How::Now, kept: Vec::new() }));
            }
            Err(error) => answers.push(Err(error)),
        }
    }
    let text = |id: Option<ObjectId>| id.map(|id| id.to_string());
    let paths = moved.into_iter().map(|(path, (old, new))| (path, text(old), text(new))).collect();
    Ok((if tip == base { None } else { tip }, answers, paths))
}

struct Step {
    commit: ObjectId,
    tree: ObjectId,
    paths: Vec<(String, Option<ObjectId>, Option<ObjectId>)>,
}

/// One mutation upon `tip`; `None` if it changes nothing.
fn one(
    repository: &Repository,
    tip: Option<ObjectId>,
    tree: ObjectId,
    mutation: &Mutation,
) -> Result<Option<Step>, WriteError> {
    let mut paths = Vec::new();
    let mut entries = BTreeMap::new();
    for change in &mutation.changes {
        check_path(&change.path)?;
        let (old, kind) = match trees::find(repository, tree, &change.path)? {
            Found::Nothing => (None, EntryKind::File),
            Found::Entry(entry) if matches!(entry.kind, EntryKind::File | EntryKind::Program) => {
                (Some(entry.id), entry.kind)
            }
            // A folder, a link or another repository is not ours to replace, nor what stands where a folder should.
            Found::Entry(_) | Found::InTheWay => return Err(WriteError::Moved { path: change.path.clone() }),
        };
        expect(repository, change, old)?;
        let new = (change.after.as_ref())
            .map(|content| gix::objs::compute_hash(repository.object_hash(), Kind::Blob, content))
            .transpose()
            .map_err(WriteError::git("written"))?;
        if new == old {
            continue;
        }
        if let Some(content) = &change.after {
            put(repository, Kind::Blob, content)?;
        }
        entries.insert(change.path.as_str(), new.map(|id| Entry { kind, id }));
        paths.push((change.path.clone(), old, new));
    }
    if paths.is_empty() {
        return Ok(None);
    }
    // A file and something in a folder of its name cannot both be there.
    let made = |path: &str| entries.get(path).is_some_and(Option::is_some);
    let inside = |(at, _): (usize, &str), path: &str| made(&path[..at]);
    if let Some(path) = entries.keys().find(|path| path.match_indices('/').any(|slash| inside(slash, path))) {
        return Err(WriteError::Moved { path: (*path).to_owned() });
    }
    let tree = trees::edit(repository, tree, &entries)?;
    let parents: Vec<ObjectId> = tip.into_iter().collect();
    let commit = commit(repository, &mutation.author, mutation.at, &mutation.message, tree, &parents)?;
    Ok(Some(Step { commit, tree, paths }))
}

/// The tree of a commit.
pub(super) fn tree_of(repository: &Repository, commit: ObjectId) -> Result<ObjectId, WriteError> {
    let commit = repository.read_commit(commit).map_err(WriteError::git("read"))?;
    Ok(commit.tree_id().map_err(WriteError::git("read"))?.detach())
}

/// An object, in whatever the repository writes to, also if it is there already: who wrote it, a person's git or we in vain,
/// has not made it durable, and it is to be in the record of whoever stands upon it.
fn put(repository: &Repository, kind: Kind, content: &[u8]) -> Result<ObjectId, WriteError> {
    repository.objects.write_buf(kind, content).map_err(WriteError::git("written"))
}

/// A commit object, in whatever the repository writes to.
pub(super) fn commit(
    repository: &Repository,
    author: &Author,
    at: jiff::Timestamp,
    message: &Message,
    tree: ObjectId,
    parents: &[ObjectId],
) -> Result<ObjectId, WriteError> {
    let time = gix::date::Time { seconds: at.as_second(), offset: 0 };
    let signature =
        |name: &str, email: &str| gix::actor::Signature { name: clean(name).into(), email: clean(email).into(), time };
    let (by, program) = (signature(&author.name, &author.email), signature(COMMITTER.0, COMMITTER.1));
    let commit = gix::objs::Commit {
        message: message.to_string().into(),
        tree,
        author: by,
        committer: program,
        encoding: None,
        parents: parents.iter().copied().collect(),
        extra_headers: Vec::new(),
    };
    let mut bytes = Vec::new();
    commit.write_to(&mut bytes).map_err(|source| WriteError::Git { doing: "written", reason: source.to_string() })?;
    put(repository, Kind::Commit, &bytes)
}

fn expect(repository: &Repository, change: &FileChange, old: Option<ObjectId>) -> Result<(), WriteError> {
    let holds = match (&change.before, old) {
        (Expect::Anything, _) | (Expect::Absent, None) => true,
        (Expect::Content(content), Some(old)) => objects::blob(repository, old)? == *content,
        (Expect::Absent, Some(_)) | (Expect::Content(_), None) => false,
    };
    if holds { Ok(()) } else { Err(WriteError::Moved { path: change.path.clone() }) }
}

/// Refuses what cannot be a company's file, above all everything that git gives a meaning.
pub(in crate::store) fn check_path(path: &str) -> Result<(), WriteError> {
    let wrong = |part: &str| {
        let folded = part.trim_end_matches([' ', '.']).to_ascii_lowercase();
        part.is_empty() || part == "." || part == ".." || folded == ".git" || folded.starts_with("git~")
    };
    let bad = path.len() > 1_000 || path.contains(|c: char| c.is_control() || c == '\\') || path.split('/').any(wrong);
    if bad { Err(WriteError::Path { path: path.to_owned() }) } else { Ok(()) }
}

fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect::<String>().trim().to_owned()
}
