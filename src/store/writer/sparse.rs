//! A sparse checkout beside the writer: what the work tree leaves out, and whether it was us who left it out.
//!
//! What a person left out is committed and stays out. A ticket that `corp archive` took out comes back when it changes.

use super::WriteError;
use super::gitlock::GitLock;
use super::settings;
use crate::store::cone::Cone;
use crate::store::whole::{self, Lasts, Readers};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Present while the cone is kept by us; its content tells whether there was a sparse checkout before.
const MARK: &str = "archive";

/// What the mark says when the sparse checkout was begun by us.
pub(super) const BEGUN: &str = "begun\n";

/// What the mark says when a person's sparse checkout was there before.
pub(super) const JOINED: &str = "joined\n";

/// The cone that is being brought about; present only while it is, so that a crash is finished.
const WANTED: &str = "archive-wanted";

/// What the repository has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sparse {
    /// No sparse checkout.
    None,
    /// One by patterns, which only its person understands.
    Patterns,
    /// A cone.
    Cone(Cone),
}

/// Where git keeps the cone.
pub(super) fn file(git_dir: &Path) -> PathBuf {
    git_dir.join("info/sparse-checkout")
}

/// Reads what the repository has now. The settings are read anew: a person may have changed them since it was opened.
pub(super) fn read(git_dir: &Path) -> Result<Sparse, WriteError> {
    let path = file(git_dir);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Sparse::None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(Sparse::Patterns),
        Err(source) => return Err(WriteError::Io { path, source }),
    };
    if !settings::boolean(git_dir, "core.sparseCheckout")?.unwrap_or(false) {
        return Ok(Sparse::None);
    }
    // The default since git 2.37.
    let is_cone = settings::boolean(git_dir, "core.sparseCheckoutCone")?.unwrap_or(true);
    Ok(Cone::parse(&text).filter(|_| is_cone).map_or(Sparse::Patterns, Sparse::Cone))
}

/// Writes the cone under git's own lock.
pub(super) fn write(git_dir: &Path, folder: &Path, cone: &Cone, patience_ms: u64) -> Result<(), WriteError> {
    let path = file(git_dir);
    if let Some(info) = path.parent() {
        fs::create_dir_all(info).map_err(WriteError::io(info))?;
    }
    GitLock::take(folder, &path, patience_ms)?.replace(cone.render().as_bytes())?;
    Ok(())
}

/// Whether the cone is kept by us.
pub(super) fn is_kept(folder: &Path) -> bool {
    folder.join(MARK).exists()
}

/// Whether the sparse checkout was begun by us, so that it goes when nothing is left out any more.
pub(super) fn was_begun(folder: &Path) -> bool {
    fs::read_to_string(folder.join(MARK)).is_ok_and(|text| text == BEGUN)
}

/// Notes who began the sparse checkout. What was noted first stays.
pub(super) fn keep(folder: &Path, text: &str) -> Result<(), WriteError> {
    if is_kept(folder) { Ok(()) } else { durable(&folder.join(MARK), text) }
}

/// Gives the cone back to the person.
pub(super) fn give_up(folder: &Path) -> Result<(), WriteError> {
    remove(&folder.join(MARK))
}

/// The cone a predecessor was bringing about when it died.
pub(super) fn wanted(folder: &Path) -> Option<Cone> {
    fs::read_to_string(folder.join(WANTED)).ok().and_then(|text| Cone::parse(&text))
}

/// Notes the cone that is to be, before anything of it is done.
pub(super) fn want(folder: &Path, cone: &Cone) -> Result<(), WriteError> {
    durable(&folder.join(WANTED), &cone.render())
}

/// Notes that it is done.
pub(super) fn reached(folder: &Path) -> Result<(), WriteError> {
    remove(&folder.join(WANTED))
}

/// Writes a small file of ours whole, and returns once it is on the disk.
fn durable(path: &Path, text: &str) -> Result<(), WriteError> {
    whole::write(path, text.as_bytes(), Lasts::New, Readers::AsUsual).map_err(WriteError::io(path))
}

fn remove(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(WriteError::Io { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}
