//! Objects in files of their own: how many there are, and what is in one.

use super::{PackError, Ready};
use flate2::{Decompress, FlushDecompress, Status};
use gix::ObjectId;
use gix::objs::Kind;
use sha1::{Digest as _, Sha1};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The smallest part of the disk a file takes.
const BLOCK_BYTES: u64 = 4 << 10;

/// A file of more than this stays what it is: nothing is gained by writing it again.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// The same of what is in it, which is in memory while it is packed.
const CONTENT_BYTES_MAX: usize = 64 << 20;

/// Objects that lie in files of their own, the very large ones left aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loose {
    /// How many.
    pub objects: u64,
    /// What they take of the disk, in bytes.
    pub bytes: u64,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct File {
    /// When it was written: seconds, and billionths. What was written together is packed together.
    written: (i64, i64),
    pub(super) id: ObjectId,
    /// What it takes of the disk.
    pub(super) bytes: u64,
}

/// An object, read.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) id: ObjectId,
    pub(super) kind: Kind,
    pub(super) content: Vec<u8>,
}

impl Object {
    pub(super) fn ready(&self) -> Ready<'_> {
        Ready { id: self.id, kind: self.kind, content: &self.content }
    }
}

/// Counts the loose objects of the repository in `git_dir`.
///
/// # Errors
/// [`PackError::Io`].
pub fn loose(git_dir: &Path) -> Result<Loose, PackError> {
    let mut found = Loose::default();
    each(git_dir, 0..=u8::MAX, &mut |file| {
        found.objects += 1;
        found.bytes += file.bytes;
    })?;
    Ok(found)
}

/// Bytes of loose objects, guessed from some of their folders: ids spread evenly.
///
/// # Errors
/// [`PackError::Io`].
pub(in crate::store) fn loose_bytes_guessed(git_dir: &Path) -> Result<u64, PackError> {
    const LOOKED_AT: u8 = 8;
    let mut found = 0;
    let folders = (0..LOOKED_AT).map(|number| number * (u8::MAX / LOOKED_AT) + 17);
    each(git_dir, folders, &mut |file| found += file.bytes)?;
    Ok(found * 256 / u64::from(LOOKED_AT))
}

/// What an object of this size takes of the disk at most.
pub(in crate::store) fn bytes_at_most(content: usize) -> u64 {
    (content as u64 + 64).div_ceil(BLOCK_BYTES) * BLOCK_BYTES
}

/// All of them, the oldest first.
pub(super) fn all(git_dir: &Path) -> Result<Vec<File>, PackError> {
    let mut found = Vec::new();
    each(git_dir, 0..=u8::MAX, &mut |file| found.push(file))?;
    found.sort();
    Ok(found)
}

fn each(git_dir: &Path, folders: impl IntoIterator<Item = u8>, found: &mut dyn FnMut(File)) -> Result<(), PackError> {
    for first in folders {
        let first = format!("{first:02x}");
        let folder = git_dir.join("objects").join(&first);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(PackError::Io { path: folder, source }),
        };
        for entry in entries {
            let entry = entry.map_err(PackError::io(&folder))?;
            let name = [first.as_bytes(), entry.file_name().as_encoded_bytes()].concat();
            // What is being written has another name.
            let Ok(id) = ObjectId::from_hex(&name) else { continue };
            // One that was packed and removed between the two looks counts no more.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.len() <= FILE_BYTES_MAX {
                let written = (metadata.mtime(), metadata.mtime_nsec());
                found(File { written, id, bytes: metadata.blocks() * 512 });
            }
        }
    }
    Ok(())
}

/// Where an object lies if it is loose.
pub(super) fn path(git_dir: &Path, id: ObjectId) -> PathBuf {
    let hex = id.to_string();
    git_dir.join("objects").join(&hex[..2]).join(&hex[2..])
}

/// Reads objects, one after the other.
#[derive(Debug)]
pub(super) struct Reader(Decompress);

impl Reader {
    pub(super) fn new() -> Self {
        Self(Decompress::new(true))
    }

    /// What is in the file of an object. `None`: it is not there any more, it is too large, or it is damaged and stays
    /// where whoever mends it looks.
    pub(super) fn read(&mut self, git_dir: &Path, id: ObjectId) -> Result<Option<Object>, PackError> {
        let path = path(git_dir, id);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(PackError::Io { path, source }),
        };
        let object = self.inflate(&bytes).and_then(|whole| parse(id, whole));
        Ok(object.filter(|object| is_whole(object.id, object.kind, &object.content)))
    }

    fn inflate(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.0.reset(true);
        let mut out = Vec::with_capacity(bytes.len() * 3 + 128);
        loop {
            let read = usize::try_from(self.0.total_in()).ok()?;
            match self.0.decompress_vec(bytes.get(read..)?, &mut out, FlushDecompress::Finish) {
                Ok(Status::StreamEnd) => return Some(out),
                Ok(_) if out.len() == out.capacity() && out.len() < CONTENT_BYTES_MAX => out.reserve(out.len()),
                Ok(_) | Err(_) => return None,
            }
        }
    }
}

fn parse(id: ObjectId, mut whole: Vec<u8>) -> Option<Object> {
    let end = memchr::memchr(0, &whole)?;
    let (kind, size) = std::str::from_utf8(&whole[..end]).ok()?.split_once(' ')?;
    let (kind, size) = (Kind::from_bytes(kind.as_bytes()).ok()?, size.parse::<usize>().ok()?);
    whole.drain(..=end);
    (whole.len() == size).then_some(Object { id, kind, content: whole })
}

/// Whether this content has the name it goes by.
pub(super) fn is_whole(id: ObjectId, kind: Kind, content: &[u8]) -> bool {
    let mut hash = Sha1::new();
    hash.update(format!("{kind} {}\0", content.len()));
    hash.update(content);
    hash.finalize()[..] == *id.as_slice()
}
