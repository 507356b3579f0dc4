//! Making many files where nothing stands.

use super::{Below, Mark, mode};
use rustix::fs::{OFlags, fstat, openat};
use std::fs::File;
use std::io::{self, Write as _};

/// Makes many files, most of which lie beside the one before: the folder stays open from one to the next. Each is written under its
/// own name, so this is for a folder that nobody reads yet; what somebody may be reading is replaced whole ([`Below::write`]).
#[derive(Debug)]
pub struct Maker<'b> {
    below: &'b Below,
    folder: Option<(String, Below)>,
}

impl<'b> Maker<'b> {
    pub(super) fn new(below: &'b Below) -> Self {
        Self { below, folder: None }
    }

    /// Makes a file, with the folders above it; whatever has its name is replaced, not written through.
    ///
    /// # Errors
    /// What the system says.
    pub fn make(&mut self, path: &str, bytes: &[u8], executable: bool) -> io::Result<Mark> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let open = self.folder.take().filter(|(open, _)| open == above);
        let folder = match open {
            Some((_, folder)) => Some(folder),
            None => self.below.holder(path, true).ok().map(|(folder, _)| folder),
        };
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = folder.as_ref().and_then(|folder| openat(&folder.folder, name, flags, mode(executable)).ok());
        self.folder = folder.map(|folder| (above.to_owned(), folder));
        let Some(made) = made else {
            // Something stands there, or where a folder has to be. A new name is one more change.
            let mark = self.below.write(path, bytes, executable)?;
            return Ok(self.below.mark(path).unwrap_or(mark));
        };
        let mut file = File::from(made);
        file.write_all(bytes)?;
        Ok(Mark::of(&fstat(&file)?))
    }
}
