//! Folders as git keeps them: a few entries replaced in the bytes of each, and nothing else looked at.
//!
//! A folder of a hundred tickets is four kilobytes, one of a thousand folders thirty-three. Each change rewrites the
//! folders on its way to the root; taking them apart and asking of each entry whether its object is there would cost
//! more than everything else together.

use super::WriteError;
use crate::store::reading::Reading as _;
use gix::objs::{Kind, Write as _};
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;

/// What a folder says of one of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: EntryKind,
    pub(super) id: ObjectId,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Program,
    Folder,
    /// A link or another repository.
    Other,
}

impl EntryKind {
    fn of(mode: &[u8]) -> Self {
        match mode {
            b"40000" | b"040000" => Self::Folder,
            [b'1', b'0', b'0', owner, ..] if (*owner).wrapping_sub(b'0') & 1 == 1 => Self::Program,
            [b'1', b'0', b'0', ..] => Self::File,
            _ => Self::Other,
        }
    }

    fn mode(self) -> &'static [u8] {
        match self {
            Self::File => b"100644",
            Self::Program => b"100755",
            Self::Folder => b"40000",
            Self::Other => b"120000",
        }
    }
}

/// Finds what lies at `path` in the folder `root`.
pub(super) fn find(repository: &Repository, root: ObjectId, path: &str) -> Result<Found, WriteError> {
    let mut id = root;
    let mut rest = path;
    loop {
        let (name, below) = rest.split_once('/').map_or((rest, None), |(name, below)| (name, Some(below)));
        let bytes = read(repository, id)?;
        let entry = parse(&bytes, id)?.find(|entry| entry.name == name.as_bytes()).map(|entry| entry.entry());
        match (entry, below) {
            (None, _) => return Ok(Found::Nothing),
            (Some(entry), None) => return Ok(Found::Entry(entry)),
            (Some(Entry { kind: EntryKind::Folder, id: folder }), Some(below)) => (id, rest) = (folder, below),
            (Some(_), Some(_)) => return Ok(Found::InTheWay),
        }
    }
}

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Entry(Entry),
    /// Something on the way is no folder.
    InTheWay,
}

/// Puts `changes` (a path and what lies there afterwards) into the folder `root`, and returns what it becomes.
pub(super) fn edit(
    repository: &Repository,
    root: ObjectId,
    changes: &BTreeMap<&str, Option<Entry>>,
) -> Result<ObjectId, WriteError> {
    let changed = below(repository, Some(root), changes)?;
    changed.map_or_else(|| write(repository, &[]), Ok)
}

/// `None`: nothing is left in the folder.
fn below(
    repository: &Repository,
    folder: Option<ObjectId>,
    changes: &BTreeMap<&str, Option<Entry>>,
) -> Result<Option<ObjectId>, WriteError> {
    let id = folder.unwrap_or_else(|| ObjectId::null(repository.object_hash()));
    let mut bytes = folder.map_or_else(|| Ok(Vec::new()), |id| read(repository, id))?;
    let mut folders: BTreeMap<&str, BTreeMap<&str, Option<Entry>>> = BTreeMap::new();
    for (path, entry) in changes {
        match path.split_once('/') {
            None => bytes = put(&bytes, id, path, *entry)?,
            Some((name, rest)) => drop(folders.entry(name).or_default().insert(rest, *entry)),
        }
    }
    for (name, changes) in &folders {
        let found = parse(&bytes, id)?.find(|entry| entry.name == name.as_bytes()).map(|entry| entry.entry());
        let inner = found.filter(|entry| entry.kind == EntryKind::Folder).map(|entry| entry.id);
        let changed = below(repository, inner, changes)?;
        bytes = put(&bytes, id, name, changed.map(|id| Entry { kind: EntryKind::Folder, id }))?;
    }
    if bytes.is_empty() { Ok(None) } else { write(repository, &bytes).map(Some) }
}

/// The bytes of the folder with `name` replaced, added or taken out, where git's order wants it.
fn put(bytes: &[u8], id: ObjectId, name: &str, entry: Option<Entry>) -> Result<Vec<u8>, WriteError> {
    let wanted = entry.map(|entry| [name, if entry.kind == EntryKind::Folder { "/" } else { "" }].concat());
    let mut cut = None;
    let mut at = None;
    for found in parse(bytes, id)? {
        if found.name == name.as_bytes() {
            cut = Some((found.start, found.end));
        } else if let Some(wanted) = &wanted
            && at.is_none()
            && is_behind(&found, wanted.as_bytes())
        {
            at = Some(found.start);
        }
    }
    let at = at.unwrap_or(bytes.len());
    // What stays is at most three pieces: the entry that is cut lies before the place of the new one, or behind it.
    let (start, end) = cut.unwrap_or((at, at));
    let (first, second) = if start < at {
        ([0..start, end..at], [at..at, at..bytes.len()])
    } else {
        ([0..at, at..at], [at..start, end..bytes.len()])
    };
    let mut changed = Vec::with_capacity(bytes.len() + name.len() + 32);
    first.into_iter().for_each(|piece| changed.extend_from_slice(&bytes[piece]));
    if let Some(entry) = entry {
        changed.extend_from_slice(entry.kind.mode());
        changed.push(b' ');
        changed.extend_from_slice(name.as_bytes());
        changed.push(0);
        changed.extend_from_slice(entry.id.as_slice());
    }
    second.into_iter().for_each(|piece| changed.extend_from_slice(&bytes[piece]));
    Ok(changed)
}

/// Whether an entry comes behind the key, where the name of a folder ends with `/`.
fn is_behind(found: &Raw<'_>, key: &[u8]) -> bool {
    let end: &[u8] = if EntryKind::of(found.mode) == EntryKind::Folder { b"/" } else { b"" };
    found.name.iter().chain(end).gt(key)
}

/// An entry in the bytes of a folder.
struct Raw<'a> {
    start: usize,
    end: usize,
    mode: &'a [u8],
    name: &'a [u8],
    id: &'a [u8],
}

impl Raw<'_> {
    fn entry(&self) -> Entry {
        Entry { kind: EntryKind::of(self.mode), id: ObjectId::from_bytes_or_panic(self.id) }
    }
}

/// The entries of a folder; an error if its bytes make no sense.
fn parse(bytes: &[u8], id: ObjectId) -> Result<impl Iterator<Item = Raw<'_>>, WriteError> {
    let length = id.as_slice().len();
    let next = move |start: usize| {
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let space = memchr::memchr(b' ', rest)?;
        let end = space + memchr::memchr(0, &rest[space..])?;
        let id = rest.get(end + 1..end + 1 + length)?;
        Some(Raw { start, end: start + end + 1 + length, mode: &rest[..space], name: &rest[space + 1..end], id })
    };
    let whole = std::iter::successors(next(0), move |raw| next(raw.end)).last().map_or(0, |raw| raw.end) == bytes.len();
    if whole {
        Ok(std::iter::successors(next(0), move |raw| next(raw.end)))
    } else {
        Err(WriteError::Git { doing: "read", reason: format!("the folder {id} is damaged") })
    }
}

fn read(repository: &Repository, id: ObjectId) -> Result<Vec<u8>, WriteError> {
    let object = repository.read_object(id).map_err(WriteError::git("read"))?;
    if object.kind == Kind::Tree {
        Ok(object.detach().data)
    } else {
        Err(WriteError::Git { doing: "read", reason: format!("{id} is no folder") })
    }
}

fn write(repository: &Repository, bytes: &[u8]) -> Result<ObjectId, WriteError> {
    repository.objects.write_buf(Kind::Tree, bytes).map_err(WriteError::git("written"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gix::objs::tree;
    use proptest::prelude::*;

    fn id(number: u8) -> ObjectId {
        ObjectId::from_bytes_or_panic(&[number; 20])
    }

    fn repository() -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let mut repository = gix::init(folder.path()).unwrap();
        repository.objects.set_object_memory(gix::odb::memory::Storage::default());
        (folder, repository)
    }

    #[test]
    fn what_is_put_is_found_and_what_is_in_the_way_is_told() {
        let (_folder, repository) = repository();
        let entry = |number| Some(Entry { kind: EntryKind::File, id: id(number) });
        let empty = repository.empty_tree().id;
        let root = edit(&repository, empty, &BTreeMap::from([("a/b/c.md", entry(1)), ("a/d", entry(2))])).unwrap();
        assert_eq!(find(&repository, root, "a/b/c.md").unwrap(), Found::Entry(entry(1).unwrap()));
        assert_eq!(find(&repository, root, "a/b/x").unwrap(), Found::Nothing);
        assert_eq!(find(&repository, root, "a/d/x").unwrap(), Found::InTheWay);
        assert!(matches!(find(&repository, root, "a/b").unwrap(), Found::Entry(Entry { kind: EntryKind::Folder, .. })));
        let gone = BTreeMap::from([("a/b/c.md", None), ("a/d", None)]);
        assert_eq!(edit(&repository, root, &gone).unwrap(), empty, "an empty folder is not kept");
        assert!(parse(b"100644 a\x00123", id(1)).is_err());
    }

    proptest! {
        /// The same bytes as the library's own editor makes, whatever is put and taken out in whatever order.
        #[test]
        fn folders_are_what_git_would_make_them(
            changes in proptest::collection::vec(
                ("(a|a-|a\\.|a0|b|aa)(/(x|x-|y))?", 1u8..9, proptest::option::of(any::<bool>())), 1..24),
        ) {
            let (_folder, repository) = repository();
            let mut root = repository.empty_tree().id;
            let mut theirs = root;
            for (path, number, kind) in &changes {
                // What is in the way is refused before anything is put.
                let before = find(&repository, root, path).unwrap();
                if matches!(before, Found::InTheWay | Found::Entry(Entry { kind: EntryKind::Folder, .. })) {
                    continue;
                }
                let kind = kind.map(|program| if program { EntryKind::Program } else { EntryKind::File });
                let entry = kind.map(|kind| Entry { kind, id: id(*number) });
                root = edit(&repository, root, &BTreeMap::from([(path.as_str(), entry)])).unwrap();
                let found = repository.read_tree(theirs).unwrap().decode().unwrap().to_owned();
                let mut editor = tree::Editor::new(found, &repository.objects, repository.object_hash());
                let parts: Vec<&str> = path.split('/').collect();
                match entry {
                    Some(entry) => {
                        let program = entry.kind == EntryKind::Program;
                        let kind = if program { tree::EntryKind::BlobExecutable } else { tree::EntryKind::Blob };
                        editor.upsert(parts, kind, entry.id).unwrap();
                    }
                    None => drop(editor.remove(parts).unwrap()),
                }
                theirs = editor.write(|tree| repository.write_object(tree).map(gix::Id::detach)).unwrap();
                prop_assert_eq!(root, theirs, "after {}", path);
            }
        }
    }
}
