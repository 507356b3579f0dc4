//! Reading and writing files below a folder that somebody else can write to: nothing is followed out of it.
//!
//! Every step down is taken from a folder that is open already and never through a link. What is opened is looked at once
//! it is open: only then is it certain what it is. [`maker`] makes many files at once.

mod maker;

pub use maker::Maker;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, mkdirat, openat, readlinkat, renameat, statat, symlinkat,
    unlinkat,
};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// Opening a pipe must not wait for its other end.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// Deepest folder that is looked into: deeper than papers go, and a walk that comes to an end.
const DEPTH_MAX: usize = 24;

/// A folder that is open.
#[derive(Debug)]
pub struct Below {
    folder: OwnedFd,
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Its path below the folder, with `/`; what is no UTF-8 in it is replaced.
    pub path: String,
    /// What it is.
    pub what: What,
}

/// What something in a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// An ordinary file, with what changes when somebody writes it.
    File(Mark),
    /// Something that is not read: a link, a device, a pipe, a file with a second name, a name that is no text.
    Odd(&'static str),
}

/// What changes of a file when somebody writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// Bytes.
    pub bytes: u64,
    /// When it was last written, in nanoseconds.
    pub written: i128,
    /// When anything of it was last changed, in nanoseconds. No program sets it back.
    pub changed: i128,
    /// Its number in the file system.
    pub number: u64,
}

impl Mark {
    fn of(stat: &Stat) -> Self {
        let at = |seconds: i64, nanoseconds: u64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
        // Widths differ between systems.
        #[expect(clippy::unnecessary_cast, reason = "its width differs between systems")]
        Self {
            bytes: stat.st_size as u64,
            written: at(stat.st_mtime as i64, stat.st_mtime_nsec as u64),
            changed: at(stat.st_ctime as i64, stat.st_ctime_nsec as u64),
            number: stat.st_ino as u64,
        }
    }
}

impl Below {
    /// Opens the folder at `path`, which is ours as far as its own name.
    ///
    /// # Errors
    /// What the system says; also if it is a link.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { folder: openat(CWD, path, FOLDER, Mode::empty())? })
    }

    /// Opens a folder in it, through no link.
    fn down(&self, name: &str) -> io::Result<Self> {
        Ok(Self { folder: openat(&self.folder, name, FOLDER, Mode::empty())? })
    }

    /// The folder that holds `path`, and the last part of that.
    fn holder<'p>(&self, path: &'p str, make: bool) -> io::Result<(Self, &'p str)> {
        let mut here = Self { folder: self.folder.try_clone()? };
        let mut parts = path.split('/').peekable();
        loop {
            let part = parts.next().unwrap_or_default();
            if part.is_empty() || part == "." || part == ".." {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{path}` leads out of the folder")));
            }
            if parts.peek().is_none() {
                return Ok((here, part));
            }
            if make {
                match mkdirat(&here.folder, part, Mode::from_raw_mode(0o700)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            here = here.down(part)?;
        }
    }

    /// Reads an ordinary file of at most `max` bytes. `None`: it is not there.
    ///
    /// # Errors
    /// What the system says; also if it is something else, or longer.
    pub fn read(&self, path: &str, max: u64) -> io::Result<Option<Vec<u8>>> {
        let opened =
            self.holder(path, false).and_then(|(folder, name)| Ok(openat(&folder.folder, name, FILE, Mode::empty())?));
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let stat = fstat(&file)?;
        if let Some(odd) = odd(&stat) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, odd));
        }
        let mut bytes = Vec::new();
        File::from(file).take(max + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > max {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it has more than {max} bytes")));
        }
        Ok(Some(bytes))
    }

    /// Writes a file whole, with the folders above it; whatever had its name before is replaced, not written through.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &str, bytes: &[u8], executable: bool) -> io::Result<Mark> {
        let (folder, name) = self.holder_made(path)?;
        let mode = mode(executable);
        let beside = format!(".{name}.corp-new");
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = match openat(&folder.folder, &*beside, flags, mode) {
            Err(Errno::EXIST) => {
                remove(&folder, &beside, 0)?;
                openat(&folder.folder, &*beside, flags, mode)?
            }
            opened => opened?,
        };
        let mut file = File::from(opened);
        file.write_all(bytes)?;
        match renameat(&folder.folder, &*beside, &folder.folder, name) {
            Err(Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST) => {
                remove(&folder, name, 0)?;
                renameat(&folder.folder, &*beside, &folder.folder, name)?;
            }
            renamed => renamed?,
        }
        Ok(Mark::of(&fstat(&file)?))
    }

    /// Makes a folder, for this account only, with those above it. What stands there and is none makes way.
    ///
    /// # Errors
    /// What the system says.
    pub fn folder(&self, path: &str) -> io::Result<()> {
        self.holder_made(&format!("{path}/x")).map(drop)
    }

    /// Makes a link where nothing stands, with the folders above it. Whether one that leads there stands there now.
    ///
    /// # Errors
    /// What the system says.
    pub fn link(&self, path: &str, target: &str) -> io::Result<bool> {
        let (folder, name) = self.holder_made(path)?;
        match symlinkat(target, &folder.folder, name) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => {
                let there = readlinkat(&folder.folder, name, Vec::new());
                Ok(there.is_ok_and(|there| there.to_bytes() == target.as_bytes()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The folder that is to hold `path`, made if need be, and the last part of that.
    fn holder_made<'p>(&self, path: &'p str) -> io::Result<(Self, &'p str)> {
        match self.holder(path, true) {
            Err(error)
                if matches!(error.raw_os_error().map(Errno::from_raw_os_error), Some(Errno::NOTDIR | Errno::LOOP)) =>
            {
                // Something that is no folder stands where one has to be.
                self.make_way(path)?;
                self.holder(path, true)
            }
            holder => holder,
        }
    }

    /// Makes files where nothing stands.
    pub fn maker(&self) -> Maker<'_> {
        Maker::new(self)
    }

    /// Removes what stands where a folder above `path` has to be.
    fn make_way(&self, path: &str) -> io::Result<()> {
        let mut here = Self { folder: self.folder.try_clone()? };
        for part in path.split('/') {
            match here.down(part) {
                Ok(below) => here = below,
                Err(_) => return remove(&here, part, 0),
            }
        }
        Ok(())
    }

    /// Removes what is at `path`, with everything below it. What is not there is removed already.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self, path: &str) -> io::Result<()> {
        match self.holder(path, false) {
            Ok((folder, name)) => remove(&folder, name, 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What changes of the file at `path` when somebody writes it; `None`: there is no ordinary file.
    pub fn mark(&self, path: &str) -> Option<Mark> {
        let (folder, name) = self.holder(path, false).ok()?;
        let stat = statat(&folder.folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        odd(&stat).is_none().then(|| Mark::of(&stat))
    }

    /// Whether there is anything at `path`.
    pub fn is_there(&self, path: &str) -> bool {
        let holder = self.holder(path, false);
        holder.is_ok_and(|(folder, name)| statat(&folder.folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok())
    }

    /// The paths of what lies in the folder at `path`, in order; of what is no folder, none.
    ///
    /// # Errors
    /// What the system says.
    pub fn names(&self, path: &str) -> io::Result<Vec<String>> {
        let Ok(folder) = self.holder(path, false).and_then(|(folder, name)| folder.down(name)) else {
            return Ok(Vec::new());
        };
        let mut names = Vec::new();
        for entry in Dir::read_from(&folder.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                names.push(format!("{path}/{name}"));
            }
        }
        names.sort();
        Ok(names)
    }

    /// Everything below but `.git` at the top, in order, at most `max` things. Also whether there are more.
    ///
    /// # Errors
    /// What the system says.
    pub fn walk(&self, max: usize) -> io::Result<(Vec<Met>, bool)> {
        let mut met = Vec::new();
        let whole = self.step(String::new(), 0, max, &mut met)?;
        met.sort_by(|a, b| a.path.cmp(&b.path));
        Ok((met, !whole))
    }

    fn step(&self, below: String, depth: usize, max: usize, met: &mut Vec<Met>) -> io::Result<bool> {
        for entry in Dir::read_from(&self.folder)? {
            let entry = entry?;
            let bytes = entry.file_name().to_bytes();
            if matches!(bytes, b"." | b"..") || (depth == 0 && bytes.eq_ignore_ascii_case(b".git")) {
                continue;
            }
            if met.len() >= max {
                return Ok(false);
            }
            let shown = String::from_utf8_lossy(bytes);
            let path = if below.is_empty() { shown.clone().into_owned() } else { format!("{below}/{shown}") };
            let Ok(name) = entry.file_name().to_str() else {
                met.push(Met { path, what: What::Odd("its name is no text") });
                continue;
            };
            let stat = match statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => continue,
                stat => stat?,
            };
            if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
                let what = odd(&stat).map_or_else(|| What::File(Mark::of(&stat)), What::Odd);
                met.push(Met { path, what });
            } else if depth >= DEPTH_MAX {
                met.push(Met { path, what: What::Odd("it lies too deep") });
            } else if !self.down(name)?.step(path, depth + 1, max, met)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Only ours to read; what can be run can be run.
fn mode(executable: bool) -> Mode {
    Mode::from_raw_mode(if executable { 0o700 } else { 0o600 })
}

impl AsFd for Below {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.folder.as_fd()
    }
}

/// Why something is not read, if it is not.
fn odd(stat: &Stat) -> Option<&'static str> {
    match FileType::from_raw_mode(stat.st_mode) {
        // A second name may stand in a place the agent must not read.
        FileType::RegularFile if stat.st_nlink > 1 => Some("it has a second name elsewhere"),
        FileType::RegularFile => None,
        FileType::Symlink => Some("it is a link"),
        FileType::Directory => Some("it is a folder"),
        _ => Some("it is no ordinary file"),
    }
}

/// Removes what has this name, with everything below it, through no link.
fn remove(folder: &Below, name: &str, depth: usize) -> io::Result<()> {
    match unlinkat(&folder.folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(error) => return Err(error.into()),
    }
    if depth > 4 * DEPTH_MAX {
        return Err(io::Error::other(format!("{name} lies too deep to be removed")));
    }
    let below = folder.down(name)?;
    let names: Vec<std::ffi::CString> = Dir::read_from(&below.folder)?
        .map(|entry| entry.map(|entry| entry.file_name().to_owned()))
        .collect::<Result<_, _>>()?;
    for inside in names {
        if matches!(inside.to_bytes(), b"." | b"..") {
            continue;
        }
        match inside.to_str() {
            Ok(inside) => remove(&below, inside, depth + 1)?,
            // No text: it is no folder of ours, and goes if it is a file.
            Err(_) => unlinkat(&below.folder, inside.as_c_str(), AtFlags::empty())?,
        }
    }
    unlinkat(&folder.folder, name, AtFlags::REMOVEDIR)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn nothing_is_followed_out_of_the_folder() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "s").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = &folder.path().join("root");
        std::fs::create_dir_all(root.join("memory")).unwrap();
        symlink(outside.path(), root.join("memory/out")).unwrap();
        symlink(outside.path().join("secret"), root.join("link.md")).unwrap();
        std::fs::hard_link(outside.path().join("secret"), root.join("hard.md")).unwrap();
        rustix::fs::mknodat(CWD, root.join("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        let below = Below::open(root).unwrap();
        for path in ["memory/out/secret", "link.md", "hard.md", "pipe", "../x", "a//b", "/etc/passwd", "memory"] {
            assert!(!matches!(below.read(path, 100), Ok(Some(_))), "{path}");
        }
        assert!(below.read("memory/none", 100).unwrap().is_none());
        let (met, more) = below.walk(100).unwrap();
        assert!(!more && met.iter().all(|met| matches!(met.what, What::Odd(_))), "{met:?}");
        let paths: Vec<&str> = met.iter().map(|met| met.path.as_str()).collect();
        assert_eq!(paths, ["hard.md", "link.md", "memory/out", "pipe"]);
        // Writing takes the place of a link, whatever stands there, and leaves what it led to alone.
        below.write("link.md", b"new", false).unwrap();
        below.write("memory/out/secret", b"new", false).unwrap();
        below.write("pipe/deep/er", b"new", true).unwrap();
        assert_eq!(std::fs::read(outside.path().join("secret")).unwrap(), b"s");
        assert_eq!(below.read("memory/out/secret", 100).unwrap().unwrap(), b"new");
        assert_eq!(below.read("pipe/deep/er", 100).unwrap().unwrap(), b"new");
        assert!(below.read("pipe/deep/er", 2).is_err());
        below.write("pipe", b"file again", false).unwrap();
        symlink(outside.path(), root.join("memory/again")).unwrap();
        let mut maker = below.maker();
        for path in ["new/a", "new/b", "a", "memory/again/x", "memory/out/secret", "pipe/deep", "pipe/else"] {
            let mark = maker.make(path, b"made", false).unwrap();
            assert_eq!(below.read(path, 100).unwrap().as_deref(), Some(b"made".as_slice()), "{path}");
            assert_eq!(below.mark(path), Some(mark), "{path}");
        }
        assert!(maker.make("../x", b"made", false).is_err() && maker.make("new//x", b"made", false).is_err());
        assert!(!outside.path().join("x").exists() && !root.parent().unwrap().join("x").exists());
        below.remove("memory").unwrap();
        assert!(outside.path().join("secret").exists() && !root.join("memory").exists());
    }

    #[test]
    fn a_mark_differs_when_the_file_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let below = Below::open(folder.path()).unwrap();
        let mark = below.write("a", b"x", false).unwrap();
        let now = below.mark("a").unwrap();
        // The rename itself changed it once more.
        assert_eq!((mark.bytes, mark.number, mark.written), (now.bytes, now.number, now.written));
        std::fs::write(folder.path().join("a"), "yy").unwrap();
        assert_ne!(below.mark("a"), Some(now));
        assert_eq!(below.mark("b"), None);
    }
}
