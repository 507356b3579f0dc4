//! What commits hold: files by path, and what differs between two trees. Subtrees that are equal are not read.

use super::{History, HistoryError, Id};
use crate::format::document::FILE_BYTES_MAX;
use crate::store::reading::Reading as _;
use gix::objs::TreeRefIter;
use gix::objs::tree::EntryMode;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most changed files that are listed for one comparison.
pub const CHANGED_MAX: usize = 20_000;

/// Most files that are listed of one state: more than any company has, and their names still fit into memory.
const LISTED_MAX: usize = 1_000_000;

/// Most folders that are read for one comparison: the same small tree can stand in itself a billion times.
const FOLDERS_MAX: usize = 50_000;

/// Most folders that are read for one listing: every ticket may have one.
const LISTED_FOLDERS_MAX: usize = 500_000;

/// Deepest folder that is entered.
const DEPTH_MAX: usize = 64;

/// Bytes of trees that are kept, since a commit's trees are its child's before: those of the last commits, which differ in
/// a few folders. Each commit makes some anew, so that whatever is kept is filled in the end.
const CACHE_BYTES_MAX: usize = 4 << 20;

/// A file in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What git says it is.
    pub kind: FileKind,
    /// Its content.
    pub id: Id,
}

/// What a tree says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// An ordinary file.
    File,
    /// A program.
    Executable,
    /// A link; its content is where it leads.
    Link,
    /// A commit of another repository.
    Submodule,
}

impl FileKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Executable => "executable",
            Self::Link => "link",
            Self::Submodule => "submodule",
        }
    }

    fn of(mode: EntryMode) -> Self {
        if mode.is_link() {
            Self::Link
        } else if mode.is_commit() {
            Self::Submodule
        } else if mode.is_executable() {
            Self::Executable
        } else {
            Self::File
        }
    }
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its path; what is not UTF-8 is replaced.
    pub path: String,
    /// What it was; `None` if it was not there.
    pub before: Option<Entry>,
    /// What it is; `None` if it is not there.
    pub after: Option<Entry>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text.
    Text(String),
    /// Something else, of so many bytes.
    Binary(Vec<u8>),
    /// More than is read, in bytes.
    Large(u64),
}

/// Files that differ, and whether there were more than are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The files, in the order of their paths.
    pub files: Vec<Changed>,
    /// Whether the comparison was cut.
    pub cut: bool,
}

/// Trees that were read.
#[derive(Default)]
pub(super) struct Cache(RefCell<Kept>);

#[derive(Default)]
struct Kept {
    /// What was asked for lately.
    young: BTreeMap<Id, Arc<[u8]>>,
    /// The same of a while ago; it goes when `young` is full.
    old: BTreeMap<Id, Arc<[u8]>>,
    /// Bytes of `young`.
    bytes: usize,
}

impl Kept {
    fn get(&mut self, id: &Id) -> Option<Arc<[u8]>> {
        if let Some(data) = self.young.get(id) {
            return Some(Arc::clone(data));
        }
        let data = self.old.remove(id)?;
        self.put(*id, Arc::clone(&data));
        Some(data)
    }

    fn put(&mut self, id: Id, data: Arc<[u8]>) {
        if self.bytes + data.len() > CACHE_BYTES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += data.len();
        self.young.insert(id, data);
    }
}

/// An entry of a tree: its name, and a file or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    File(Entry),
    Folder(Id),
}

impl Node {
    fn of(entry: &gix::objs::tree::EntryRef<'_>) -> Self {
        let id = entry.oid.to_owned();
        if entry.mode.is_tree() { Self::Folder(id) } else { Self::File(Entry { kind: FileKind::of(entry.mode), id }) }
    }
}

/// How much a comparison may still do.
struct Budget {
    folders: usize,
    files: usize,
    cut: bool,
}

impl History {
    /// The company's own tree in a commit's tree; `None` if the company is not in it.
    pub(super) fn company_tree(&self, tree: Id) -> Result<Option<Id>, HistoryError> {
        let mut here = tree;
        for part in &self.prefix {
            match self.child(here, part)? {
                Some(Node::Folder(id)) => here = id,
                Some(Node::File(_)) | None => return Ok(None),
            }
        }
        Ok(Some(here))
    }

    fn tree_data(&self, id: Id) -> Result<Arc<[u8]>, HistoryError> {
        if let Some(data) = self.trees.0.borrow_mut().get(&id) {
            return Ok(data);
        }
        let failed = |error: &dyn std::fmt::Display| HistoryError::Object { id, reason: error.to_string() };
        let tree = self.repository.read_tree(id).map_err(|error| failed(&error))?;
        let data: Arc<[u8]> = tree.detach().data.into();
        self.trees.0.borrow_mut().put(id, Arc::clone(&data));
        Ok(data)
    }

    fn child(&self, tree: Id, name: &str) -> Result<Option<Node>, HistoryError> {
        let data = self.tree_data(tree)?;
        let mut entries = TreeRefIter::from_bytes(&data, tree.kind()).filter_map(Result::ok);
        Ok(entries.find(|entry| entry.filename == name).map(|entry| Node::of(&entry)))
    }

    fn children(&self, tree: Option<Id>) -> Result<BTreeMap<Vec<u8>, Node>, HistoryError> {
        let Some(tree) = tree else { return Ok(BTreeMap::new()) };
        let data = self.tree_data(tree)?;
        let entries = TreeRefIter::from_bytes(&data, tree.kind()).filter_map(Result::ok);
        Ok(entries.map(|entry| (entry.filename.to_vec(), Node::of(&entry))).collect())
    }

    /// What lies at `path` in the company's tree `tree`.
    fn node(&self, tree: Option<Id>, path: &str) -> Result<Option<Node>, HistoryError> {
        let Some(tree) = tree else { return Ok(None) };
        let mut here = Node::Folder(tree);
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let Node::Folder(folder) = here else { return Ok(None) };
            match self.child(folder, part)? {
                Some(node) => here = node,
                None => return Ok(None),
            }
        }
        Ok(Some(here))
    }

    /// Whether two company trees hold the same at `path`, reading only what differs on the way.
    pub(super) fn same_at(&self, one: Option<Id>, other: Option<Id>, path: &str) -> Result<bool, HistoryError> {
        let (Some(one), Some(other)) = (one, other) else {
            return Ok(self.node(one, path)? == self.node(other, path)?);
        };
        let (mut one, mut other) = (Node::Folder(one), Node::Folder(other));
        for part in path.split('/').filter(|part| !part.is_empty()) {
            if one == other {
                return Ok(true);
            }
            let (Node::Folder(left), Node::Folder(right)) = (one, other) else { break };
            match (self.child(left, part)?, self.child(right, part)?) {
                (Some(left), Some(right)) => (one, other) = (left, right),
                (left, right) => return Ok(left == right),
            }
        }
        Ok(one == other)
    }

    /// The company's tree of a commit.
    pub(super) fn tree_of(&self, commit: Id) -> Result<Option<Id>, HistoryError> {
        self.company_tree(self.raw(commit)?.tree)
    }

    /// The file at `path` in a commit; `None` if there is none.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn entry(&self, commit: Id, path: &str) -> Result<Option<Entry>, HistoryError> {
        self.entry_in(self.tree_of(commit)?, path)
    }

    pub(super) fn entry_in(&self, tree: Option<Id>, path: &str) -> Result<Option<Entry>, HistoryError> {
        Ok(match self.node(tree, path)? {
            Some(Node::File(entry)) => Some(entry),
            Some(Node::Folder(_)) | None => None,
        })
    }

    /// Whether there is a file or folder at `path` in a commit.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn exists(&self, commit: Id, path: &str) -> Result<bool, HistoryError> {
        Ok(self.node(self.tree_of(commit)?, path)?.is_some())
    }

    /// The files at `path` in a commit and below it, in order; all for an empty path.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn files(&self, commit: Id, path: &str) -> Result<Vec<(String, Entry)>, HistoryError> {
        match self.node(self.tree_of(commit)?, path)? {
            None => Ok(Vec::new()),
            Some(Node::File(entry)) => Ok(vec![(path.to_owned(), entry)]),
            Some(Node::Folder(tree)) => self.files_below(tree, path),
        }
    }

    /// The folders right below `path` in a commit, with their names, in order.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn folders(&self, commit: Id, path: &str) -> Result<Vec<(String, Id)>, HistoryError> {
        let Some(Node::Folder(tree)) = self.node(self.tree_of(commit)?, path)? else { return Ok(Vec::new()) };
        let children = self.children(Some(tree))?.into_iter();
        let folders = children.filter_map(|(name, node)| match node {
            Node::Folder(tree) => Some((String::from_utf8_lossy(&name).into_owned(), tree)),
            Node::File(_) => None,
        });
        Ok(folders.collect())
    }

    /// The files below a folder whose path is `path`, in order.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn files_below(&self, folder: Id, path: &str) -> Result<Vec<(String, Entry)>, HistoryError> {
        let mut found = Changes::default();
        let mut budget = Budget { folders: LISTED_FOLDERS_MAX, files: LISTED_MAX, cut: false };
        self.differ(None, Some(folder), path, 0, &mut found, &mut budget)?;
        Ok(found.files.into_iter().filter_map(|file| Some((file.path, file.after?))).collect())
    }

    /// How many bytes a file has.
    pub(super) fn size(&self, entry: Entry) -> Result<u64, HistoryError> {
        let failed = |error: &dyn std::fmt::Display| HistoryError::Object { id: entry.id, reason: error.to_string() };
        if entry.kind == FileKind::Submodule {
            return Ok(0);
        }
        Ok(self.repository.read_header(entry.id).map_err(|error| failed(&error))?.size())
    }

    /// What a file holds.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn content(&self, entry: Entry) -> Result<Content, HistoryError> {
        let failed = |error: &dyn std::fmt::Display| HistoryError::Object { id: entry.id, reason: error.to_string() };
        if entry.kind == FileKind::Submodule {
            return Ok(Content::Text(format!("commit {}\n", entry.id)));
        }
        let size = self.size(entry)?;
        if size > FILE_BYTES_MAX as u64 {
            return Ok(Content::Large(size));
        }
        let data = self.repository.read_blob(entry.id).map_err(|error| failed(&error))?.detach().data;
        Ok(Content::of(data))
    }

    /// The files that differ between two commits; `None` is an empty company.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn changed(&self, before: Option<Id>, after: Id) -> Result<Changes, HistoryError> {
        let before = before.map(|commit| self.tree_of(commit)).transpose()?.flatten();
        let after = self.tree_of(after)?;
        let mut changes = Changes::default();
        let mut budget = Budget { folders: FOLDERS_MAX, files: CHANGED_MAX, cut: false };
        self.differ(before, after, "", 0, &mut changes, &mut budget)?;
        changes.cut = budget.cut;
        changes.files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(changes)
    }

    fn differ(
        &self,
        before: Option<Id>,
        after: Option<Id>,
        folder: &str,
        depth: usize,
        found: &mut Changes,
        budget: &mut Budget,
    ) -> Result<(), HistoryError> {
        if before == after {
            return Ok(());
        }
        if budget.folders == 0 || depth > DEPTH_MAX {
            budget.cut = true;
            return Ok(());
        }
        budget.folders -= 1;
        let (mut old, new) = (self.children(before)?, self.children(after)?);
        let mut pairs = Vec::new();
        for (name, node) in new {
            let before = old.remove(&name);
            if before != Some(node) {
                pairs.push((name, before, Some(node)));
            }
        }
        pairs.extend(old.into_iter().map(|(name, node)| (name, Some(node), None)));
        for (name, before, after) in pairs {
            if found.files.len() >= budget.files {
                budget.cut = true;
                return Ok(());
            }
            let name = String::from_utf8_lossy(&name);
            let path = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            let file = |node: Option<Node>| match node {
                Some(Node::File(entry)) => Some(entry),
                Some(Node::Folder(_)) | None => None,
            };
            let tree = |node: Option<Node>| match node {
                Some(Node::Folder(id)) => Some(id),
                Some(Node::File(_)) | None => None,
            };
            if tree(before).is_some() || tree(after).is_some() {
                self.differ(tree(before), tree(after), &path, depth + 1, found, budget)?;
            }
            let (before, after) = (file(before), file(after));
            if before.is_some() || after.is_some() {
                found.files.push(Changed { path, before, after });
            }
        }
        Ok(())
    }
}

impl Content {
    /// Bytes as what they are.
    pub(super) fn of(data: Vec<u8>) -> Self {
        match String::from_utf8(data) {
            Ok(text) if !text.contains('\0') => Self::Text(text),
            Ok(text) => Self::Binary(text.into_bytes()),
            Err(error) => Self::Binary(error.into_bytes()),
        }
    }
}
