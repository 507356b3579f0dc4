//! Which objects are versions of the same file or folder, one after the other.

use super::Ready;
use gix::ObjectId;
use gix::objs::Kind;
use std::collections::BTreeMap;

/// Versions of one path, the newest first, by their place among the objects.
pub(super) type Line = Vec<usize>;

/// Puts `objects` into lines. What no commit among them reaches, and commits themselves, are lines of one.
pub(super) fn of(objects: &[Ready<'_>]) -> Vec<Line> {
    let by_id: BTreeMap<ObjectId, usize> = objects.iter().enumerate().map(|(at, object)| (object.id, at)).collect();
    let mut lines = Lines { objects, by_id, seen: vec![false; objects.len()], lines: BTreeMap::new() };
    let commits = lines.commits();
    for commit in &commits {
        if let Some(tree) = first_id(objects[*commit].content, b"tree ") {
            lines.follow(tree);
        }
    }
    let mut all: Vec<Line> = commits.iter().rev().map(|at| vec![*at]).collect();
    all.extend(lines.lines.into_values().map(|mut line| {
        line.reverse();
        line
    }));
    let alone = |at: &usize| !lines.seen[*at] && objects[*at].kind != Kind::Commit;
    all.extend((0..objects.len()).filter(alone).map(|at| vec![at]));
    all
}

struct Lines<'a> {
    objects: &'a [Ready<'a>],
    by_id: BTreeMap<ObjectId, usize>,
    /// Whether an object is in a line.
    seen: Vec<bool>,
    /// The versions of each path, the oldest first.
    lines: BTreeMap<Vec<u8>, Line>,
}

impl Lines<'_> {
    /// The commits, each behind those it comes from.
    fn commits(&self) -> Vec<usize> {
        let mut ordered = Vec::new();
        let mut begun = vec![false; self.objects.len()];
        for first in (0..self.objects.len()).filter(|at| self.objects[*at].kind == Kind::Commit) {
            let mut open = vec![(first, false)];
            while let Some((at, done)) = open.pop() {
                if done {
                    ordered.push(at);
                } else if !std::mem::replace(&mut begun[at], true) {
                    open.push((at, true));
                    open.extend(self.parents(at).map(|parent| (parent, false)));
                }
            }
        }
        ordered
    }

    fn parents(&self, at: usize) -> impl Iterator<Item = usize> {
        let lines = self.objects[at].content.split(|byte| *byte == b'\n').skip(1);
        let parents = lines.map_while(|line| first_id(line, b"parent "));
        parents.filter_map(|id| self.by_id.get(&id).copied())
    }

    /// Puts a commit's folder, and what is new in it, behind its former versions.
    fn follow(&mut self, tree: ObjectId) {
        let mut open = vec![(tree, Vec::new())];
        while let Some((id, path)) = open.pop() {
            let Some(at) = self.by_id.get(&id).copied().filter(|at| !self.seen[*at]) else { continue };
            self.seen[at] = true;
            let line = self.lines.entry(path.clone()).or_default();
            let former = line.last().map_or(&[][..], |former| self.objects[*former].content);
            line.push(at);
            let Ready { kind: Kind::Tree, content, .. } = self.objects[at] else { continue };
            // What both versions begin and end with was looked at with the former one.
            let same = |(one, other): &(&u8, &u8)| one == other;
            let begins = content.iter().zip(former).take_while(same).count();
            let ends = content.iter().rev().zip(former.iter().rev()).take_while(same).count();
            let changed = begins..content.len().saturating_sub(ends).max(begins + 1);
            for (start, name, id) in entries(content) {
                if start + name.len() + 30 > changed.start && start < changed.end {
                    open.push((id, [&path[..], b"/", name].concat()));
                }
            }
        }
    }
}

/// The id a line begins with, behind `word`.
fn first_id(line: &[u8], word: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(line.strip_prefix(word)?.get(..40)?).ok()
}

/// Where each entry of a folder begins, its name and its id; as far as the bytes make sense.
fn entries(content: &[u8]) -> impl Iterator<Item = (usize, &[u8], ObjectId)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = content.get(at..)?;
        let space = memchr::memchr(b' ', rest)?;
        let end = memchr::memchr(0, rest)?;
        let id = ObjectId::from_bytes_or_panic(rest.get(end + 1..end + 21)?);
        let start = at;
        at += end + 21;
        Some((start, rest.get(space + 1..end)?, id))
    })
}
