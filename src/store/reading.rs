//! Reading objects that somebody packs meanwhile.
//!
//! The library looks whether an object has a file of its own, and opens that file in a second step. If the object was
//! packed and its file removed between the two, it is reported missing although it is there (gix-odb 0.87, `find.rs`, has
//! a note about the two steps). A second look finds no file any more and goes to the new pack. So everything of ours
//! looks twice before it believes that something is missing, as git itself does, and `clippy.toml` refuses the library's
//! own ways to read.

#![expect(clippy::disallowed_methods, reason = "this is where they are called, twice")]

use gix::odb::find::Header;
use gix::traverse::commit::Info;
use gix::{Blob, Commit, Object, ObjectId, Repository, Result, Tree};
use std::path::Path;

/// Looks, and once more if that failed: around what the library reads by itself, down a tree or along a walk.
pub(crate) fn twice<T, E>(mut look: impl FnMut() -> std::result::Result<T, E>) -> std::result::Result<T, E> {
    look().or_else(|_| look())
}

/// What the library's `find_…` do, without taking what is packed meanwhile for missing.
pub(crate) trait Reading {
    /// An object; `None` if there is none of that name.
    fn try_read_object(&self, id: ObjectId) -> Result<Option<Object<'_>>>;

    /// An object.
    fn read_object(&self, id: ObjectId) -> Result<Object<'_>>;

    /// A commit.
    fn read_commit(&self, id: impl Into<ObjectId>) -> Result<Commit<'_>>;

    /// A tree.
    fn read_tree(&self, id: impl Into<ObjectId>) -> Result<Tree<'_>>;

    /// A blob.
    fn read_blob(&self, id: ObjectId) -> Result<Blob<'_>>;

    /// The kind and size of an object; `None` if there is none of that name.
    fn try_read_header(&self, id: ObjectId) -> Result<Option<Header>>;

    /// The kind and size of an object.
    fn read_header(&self, id: ObjectId) -> Result<Header>;

    /// The commit that is checked out.
    fn read_head(&self) -> Result<Commit<'_>>;

    /// The tree of the commit that is checked out, or the empty one before the first commit.
    fn read_head_tree(&self) -> Result<Tree<'_>>;

    /// The tree of a commit; the empty one of none.
    fn read_tree_of(&self, commit: impl Into<Option<ObjectId>>) -> Result<Tree<'_>>;

    /// The commit that a text names in git's own words.
    fn read_named(&self, text: &str) -> Result<ObjectId>;

    /// Everything that is committed in a tree, as an index has it.
    fn read_index_of(&self, tree: ObjectId) -> Result<gix::index::File>;

    /// The commits that `tips` come from and `hidden` does not, the `most` nearest.
    fn read_back(&self, tips: &[ObjectId], hidden: Option<ObjectId>, most: usize) -> Walked;

    /// Whether `ancestor` is among the `most` commits nearest to `of`.
    fn comes_from(&self, of: ObjectId, ancestor: ObjectId, most: usize) -> Result<bool>;
}

/// Where a walk came.
#[derive(Debug)]
pub(crate) struct Walked {
    /// The commits, each before what it comes from.
    pub(crate) commits: Vec<Info>,
    /// Why it ended before its end.
    pub(crate) broken: Option<gix::Error>,
}

impl Reading for Repository {
    fn try_read_object(&self, id: ObjectId) -> Result<Option<Object<'_>>> {
        match self.try_find_object(id) {
            Ok(Some(object)) => Ok(Some(object)),
            _ => self.try_find_object(id),
        }
    }

    fn read_object(&self, id: ObjectId) -> Result<Object<'_>> {
        twice(|| self.find_object(id))
    }

    fn read_commit(&self, id: impl Into<ObjectId>) -> Result<Commit<'_>> {
        let id = id.into();
        twice(|| self.find_commit(id))
    }

    fn read_tree(&self, id: impl Into<ObjectId>) -> Result<Tree<'_>> {
        let id = id.into();
        twice(|| self.find_tree(id))
    }

    fn read_blob(&self, id: ObjectId) -> Result<Blob<'_>> {
        twice(|| self.find_blob(id))
    }

    fn try_read_header(&self, id: ObjectId) -> Result<Option<Header>> {
        match self.try_find_header(id) {
            Ok(Some(header)) => Ok(Some(header)),
            _ => self.try_find_header(id),
        }
    }

    fn read_header(&self, id: ObjectId) -> Result<Header> {
        twice(|| self.find_header(id))
    }

    fn read_head(&self) -> Result<Commit<'_>> {
        twice(|| self.head_commit())
    }

    fn read_head_tree(&self) -> Result<Tree<'_>> {
        self.read_tree(twice(|| self.head_tree_id_or_empty())?)
    }

    fn read_tree_of(&self, commit: impl Into<Option<ObjectId>>) -> Result<Tree<'_>> {
        match commit.into() {
            Some(commit) => self.read_tree(self.read_commit(commit)?.tree_id()?),
            None => Ok(self.empty_tree()),
        }
    }

    fn read_named(&self, text: &str) -> Result<ObjectId> {
        twice(|| {
            let object = match ObjectId::from_hex(text.as_bytes()) {
                // A whole name is looked for in one step; for the beginning of one all packs are gone through, and they may
                // become others meanwhile.
                Ok(id) => self.find_object(id)?,
                Err(_) => self.rev_parse_single(text)?.object()?,
            };
            Ok(object.peel_to_commit()?.id)
        })
    }

    fn read_index_of(&self, tree: ObjectId) -> Result<gix::index::File> {
        twice(|| self.index_from_tree(&tree))
    }

    fn read_back(&self, tips: &[ObjectId], hidden: Option<ObjectId>, most: usize) -> Walked {
        let walk = || {
            let mut commits = Vec::new();
            let walked = self.rev_walk(tips.iter().copied()).with_hidden(hidden).all().and_then(|walk| {
                for commit in walk.take(most) {
                    commits.push(commit?.detach());
                }
                Ok(())
            });
            Walked { commits, broken: walked.err() }
        };
        let walked = walk();
        if walked.broken.is_none() { walked } else { walk() }
    }

    fn comes_from(&self, of: ObjectId, ancestor: ObjectId, most: usize) -> Result<bool> {
        twice(|| {
            for commit in self.rev_walk([of]).all()?.take(most) {
                if commit?.id == ancestor {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}

/// What lies in a tree, below it as well.
pub(crate) trait Below<'r> {
    /// What lies at a path; `None` if nothing does.
    fn read_entry(&self, path: impl AsRef<Path>) -> Result<Option<gix::object::tree::Entry<'r>>>;
}

impl<'r> Below<'r> for Tree<'r> {
    fn read_entry(&self, path: impl AsRef<Path>) -> Result<Option<gix::object::tree::Entry<'r>>> {
        twice(|| self.lookup_entry_by_path(path.as_ref()))
    }
}
