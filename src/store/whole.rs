//! A file of ours that is written whole: beside its place, then renamed, so that nobody reads half of it.
//!
//! A person's file is not written like this: what they saved meanwhile would be lost (see [`super::place`] and the writer).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// What a crash of the machine may do to a file that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// It may leave the old one, the new one or, on some file systems, an empty one: what cannot be read is made anew.
    UntilCrash,
    /// It leaves the old one or the new one, whole.
    OldOrNew,
    /// It leaves the new one.
    New,
}

/// Who else may read a file that was written, as far as its folder lets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the process lets read what it makes.
    AsUsual,
    /// Nobody else.
    Nobody,
}

impl Readers {
    fn mode(self) -> u32 {
        match self {
            Self::AsUsual => 0o666,
            Self::Nobody => 0o600,
        }
    }
}

/// Writes `bytes` as the file `path`, in a folder that is there.
///
/// # Errors
/// What the system says. Then `path` is as it was, unless what failed is only that the new one outlasts a crash.
pub fn write(path: &Path, bytes: &[u8], lasts: Lasts, readers: Readers) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    // Of this process: two that write at once each write a whole file, and one of them stays.
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(readers.mode()).open(&beside)?;
        file.write_all(bytes)?;
        if lasts != Lasts::UntilCrash {
            file.sync_all()?;
        }
        fs::rename(&beside, path)
    };
    if let Err(error) = write() {
        // What is half written is of no use, and on a full disk it is in the way.
        drop(fs::remove_file(&beside));
        return Err(error);
    }
    match path.parent() {
        Some(folder) if lasts == Lasts::New => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_new_one_is_there_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note.json");
        for (lasts, text) in [(Lasts::UntilCrash, "one"), (Lasts::OldOrNew, "two"), (Lasts::New, "three")] {
            write(&path, text.as_bytes(), lasts, Readers::Nobody).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_fails_leaves_what_was_there_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        write(&path, b"text", Lasts::New, Readers::AsUsual).unwrap_err();
        assert!(path.is_dir());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
