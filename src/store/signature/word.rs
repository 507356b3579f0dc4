//! A commit of a person's that carries a signature: built beside the branch, signed by whoever has the key, and brought in
//! like what comes from elsewhere. So nobody waits while a key is asked for its word.

use crate::store::found::Author;
use crate::store::history::Id;
use crate::store::message::Message;
use crate::store::reading::Reading as _;
use crate::store::writer::FileChange;
use gix::objs::WriteTo as _;
use gix::objs::tree::EntryKind;
use std::path::Path;

/// What is to be signed.
#[derive(Debug)]
pub struct Word<'w> {
    /// The commit it is made upon.
    pub onto: Id,
    /// Whose word it is.
    pub author: &'w Author,
    /// What it says.
    pub message: &'w Message,
    /// The files it changes. What they were before was looked at by whoever decided.
    pub changes: &'w [FileChange],
    /// When.
    pub at: jiff::Timestamp,
}

/// Why there is no such commit.
#[derive(Debug, thiserror::Error)]
pub enum WordError {
    /// It was not signed.
    #[error("{0}")]
    Unsigned(String),
    /// Its objects could not be written.
    #[error("the commit to be signed could not be written: {0}")]
    Git(String),
}

fn git(error: impl std::fmt::Display) -> WordError {
    WordError::Git(error.to_string())
}

/// Makes the commit in the repository in `root`; `sign` is given what is to be signed and returns the signature, as
/// `ssh-keygen -Y sign` writes it. The branch stays where it is.
///
/// # Errors
/// [`WordError`]
pub fn make(
    root: &Path,
    word: &Word<'_>,
    sign: &mut dyn FnMut(&[u8]) -> Result<String, String>,
) -> Result<Id, WordError> {
    let repository = gix::open_opts(root, crate::store::repository::options()).map_err(git)?;
    let tree = repository.read_commit(word.onto).map_err(git)?.tree_id().map_err(git)?;
    let mut editor = repository.edit_tree(tree).map_err(git)?;
    for change in word.changes {
        match &change.after {
            Some(content) => {
                let id = repository.write_blob(content).map_err(git)?;
                editor.upsert(change.path.as_str(), EntryKind::Blob, id).map_err(git)?;
            }
            None => drop(editor.remove(change.path.as_str()).map_err(git)?),
        }
    }
    let tree = editor.write().map_err(git)?.detach();
    let clean = |text: &str| text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect::<String>();
    let by = gix::actor::Signature {
        name: clean(&word.author.name).trim().into(),
        email: clean(&word.author.email).trim().into(),
        time: gix::date::Time { seconds: word.at.as_second(), offset: 0 },
    };
    let mut commit = gix::objs::Commit {
        tree,
        parents: [word.onto].into_iter().collect(),
        author: by.clone(),
        committer: by,
        encoding: None,
        message: word.message.to_string().into(),
        extra_headers: Vec::new(),
    };
    let mut unsigned = Vec::new();
    commit.write_to(&mut unsigned).map_err(git)?;
    let signature = sign(&unsigned).map_err(WordError::Unsigned)?;
    commit.extra_headers.push(("gpgsig".into(), signature.trim_end().into()));
    Ok(repository.write_object(&commit).map_err(git)?.detach())
}
