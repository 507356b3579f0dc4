//! What the files that change hold before and after: read before the index is locked, so that git waits for no object.

use super::WriteError;
use super::journal::{self, Moved};
use super::objects::{self, Object};
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;

/// Most files whose contents are read before the index is locked. Of more than that, such as a clone's, only one is
/// in memory at a time.
const READ_AHEAD_MAX: usize = 1_000;

/// What a file holds before and after.
type Content = (Option<Vec<u8>>, Option<Vec<u8>>);

/// The contents of the files that change, in order.
pub(super) struct Contents(std::vec::IntoIter<Content>);

impl Contents {
    /// `new` are the objects the change brings.
    pub(super) fn of(repository: &Repository, paths: &[Moved], new: &[Object]) -> Result<Self, WriteError> {
        let ahead = if paths.len() > READ_AHEAD_MAX { &[] } else { paths };
        let new: BTreeMap<ObjectId, &[u8]> =
            new.iter().filter_map(|object| Some((object.id?, object.content.as_slice()))).collect();
        let read = ahead.iter().map(|moved| content(repository, moved, &new));
        Ok(Self(read.collect::<Result<Vec<Content>, _>>()?.into_iter()))
    }

    /// How many files there are afterwards, of those whose contents are read.
    pub(super) fn new_files(&self) -> usize {
        self.0.as_slice().iter().filter(|(_, new)| new.is_some()).count()
    }

    /// The contents of the next file, which is `moved`.
    pub(super) fn next(&mut self, repository: &Repository, moved: &Moved) -> Result<Content, WriteError> {
        self.0.next().map_or_else(|| content(repository, moved, &BTreeMap::new()), Ok)
    }
}

fn content(
    repository: &Repository,
    (_, old, new): &Moved,
    made: &BTreeMap<ObjectId, &[u8]>,
) -> Result<Content, WriteError> {
    let read = |id: &Option<String>| {
        let id = id.as_deref().and_then(journal::id);
        id.map(|id| made.get(&id).map_or_else(|| objects::blob(repository, id), |content| Ok(content.to_vec())))
            .transpose()
    };
    Ok((read(old)?, read(new)?))
}
