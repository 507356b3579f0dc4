//! Writing a pack and its index, and putting both where git looks.

use super::PackError;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use gix::ObjectId;
use gix::objs::Kind;
use sha1::{Digest as _, Sha1};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What a pack is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It stays; the caller holds the packing lock.
    ToStay,
    /// It is packed again before long, and what is in it is in the journal; the caller holds the writer's lock.
    ForNow,
    /// The same, and it is too large to be packed again.
    AtOnce,
}

impl Purpose {
    /// The names of what is being written; whoever comes next under the same lock writes over what a killed one left.
    fn temporary(self) -> [&'static str; 2] {
        match self {
            Self::ToStay => ["tmp_pack_corp", "tmp_idx_corp"],
            Self::ForNow | Self::AtOnce => ["tmp_pack_corp_new", "tmp_idx_corp_new"],
        }
    }

    /// How hard it is compressed. Ids do not get smaller at all, and of the rest more effort takes off one part in ten.
    fn level(self) -> u32 {
        match self {
            Self::ToStay | Self::AtOnce => 4,
            Self::ForNow => 0,
        }
    }
}

/// Offsets from here on do not fit beside the others.
const FAR: u64 = 1 << 31;

/// A kind of entry that says how it comes from an earlier one.
const FROM_EARLIER: u8 = 6;

/// A pack that is being written.
pub(super) struct PackWriter {
    purpose: Purpose,
    folder: PathBuf,
    out: BufWriter<File>,
    hash: Sha1,
    at: u64,
    count: u32,
    /// Each object, the checksum of its bytes here, and where they begin.
    entries: Vec<(ObjectId, u32, u64)>,
    compress: Compress,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for PackWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackWriter").field("folder", &self.folder).field("at", &self.at).finish_non_exhaustive()
    }
}

/// What is being written in the folder of packs.
pub(super) fn temporary(folder: &Path, purpose: Purpose) -> Vec<PathBuf> {
    purpose.temporary().iter().map(|name| folder.join(name)).collect()
}

/// Removes what somebody who was killed left in the folder of packs. The caller holds the lock that goes with it.
fn sweep(folder: &Path, purpose: Purpose) {
    temporary(folder, purpose).iter().for_each(|path| drop(fs::remove_file(path)));
}

impl PackWriter {
    /// Begins a pack of `count` objects.
    pub(super) fn begin(folder: &Path, count: usize, purpose: Purpose) -> Result<Self, PackError> {
        fs::create_dir_all(folder).map_err(PackError::io(folder))?;
        sweep(folder, purpose);
        let path = folder.join(purpose.temporary()[0]);
        let file = File::options().write(true).create_new(true).open(&path).map_err(PackError::io(&path))?;
        let mut writer = Self {
            purpose,
            folder: folder.to_owned(),
            out: BufWriter::with_capacity(1 << 18, file),
            hash: Sha1::new(),
            at: 0,
            count: u32::try_from(count).unwrap_or(u32::MAX),
            entries: Vec::with_capacity(count),
            compress: Compress::new(Compression::new(purpose.level()), true),
            buffer: Vec::new(),
        };
        let head = [&b"PACK"[..], &2_u32.to_be_bytes(), &writer.count.to_be_bytes()].concat();
        writer.put(&head)?;
        Ok(writer)
    }

    /// Adds an object whole. Returns where it is.
    pub(super) fn whole(&mut self, id: ObjectId, kind: Kind, content: &[u8]) -> Result<u64, PackError> {
        let head = head(number_of(kind), content.len() as u64);
        self.deflated(id, head, content)
    }

    /// Adds what an object says of the one at `base`.
    pub(super) fn delta(&mut self, id: ObjectId, base: u64, delta: &[u8]) -> Result<u64, PackError> {
        let mut head = head(FROM_EARLIER, delta.len() as u64);
        distance(self.at - base, &mut head);
        self.deflated(id, head, delta)
    }

    /// Adds an entry as it is in another pack, compressed; `base` is where the one it comes from is in this pack.
    pub(super) fn copied(
        &mut self,
        id: ObjectId,
        kind: Option<Kind>,
        base: Option<u64>,
        size: u64,
        compressed: &[u8],
    ) -> Result<u64, PackError> {
        let mut head = head(kind.map_or(FROM_EARLIER, number_of), size);
        if let Some(base) = base {
            distance(self.at - base, &mut head);
        }
        self.entry(id, &head, compressed)
    }

    fn deflated(&mut self, id: ObjectId, head: Vec<u8>, content: &[u8]) -> Result<u64, PackError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        // What does not get smaller gets larger by a few bytes for each block.
        buffer.reserve(content.len() + content.len() / 1000 + 64);
        self.compress.reset();
        while !matches!(
            self.compress.compress_vec(rest(content, &self.compress), &mut buffer, FlushCompress::Finish),
            Ok(Status::StreamEnd)
        ) {
            buffer.reserve(content.len() / 2 + 64);
        }
        let at = self.entry(id, &head, &buffer);
        self.buffer = buffer;
        at
    }

    fn entry(&mut self, id: ObjectId, head: &[u8], compressed: &[u8]) -> Result<u64, PackError> {
        let at = self.at;
        let mut sum = Crc::new();
        sum.update(head);
        sum.update(compressed);
        self.put(head)?;
        self.put(compressed)?;
        self.entries.push((id, sum.sum(), at));
        Ok(at)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        self.hash.update(bytes);
        self.at += bytes.len() as u64;
        self.out.write_all(bytes).map_err(|source| PackError::Io { path: self.folder.clone(), source })
    }

    /// Ends the pack, and returns it under names git does not look for yet; if it is to stay, once it is on the disk.
    pub(super) fn finish(mut self) -> Result<Written, PackError> {
        let purpose = self.purpose;
        let paths = purpose.temporary().map(|name| self.folder.join(name));
        if self.entries.len() != self.count as usize {
            return Err(PackError::Changed(paths[0].clone()));
        }
        let sum = self.hash.clone().finalize();
        self.out.write_all(&sum).map_err(PackError::io(&paths[0]))?;
        let file = self.out.into_inner().map_err(|error| PackError::io(&paths[0])(error.into_error()))?;
        settle(&file, purpose).map_err(PackError::io(&paths[0]))?;
        let index = index(self.entries, &sum);
        let file = File::options().write(true).create_new(true).open(&paths[1]).map_err(PackError::io(&paths[1]))?;
        (&file).write_all(&index).and_then(|()| settle(&file, purpose)).map_err(PackError::io(&paths[1]))?;
        Ok(Written {
            folder: self.folder,
            purpose,
            paths,
            name: format!("pack-{}", ObjectId::from_bytes_or_panic(&sum)),
        })
    }
}

/// A pack that is whole, and not in use yet.
#[derive(Debug)]
pub(super) struct Written {
    folder: PathBuf,
    purpose: Purpose,
    paths: [PathBuf; 2],
    name: String,
}

impl Written {
    /// The files of the pack and of its index.
    pub(super) fn paths(&self) -> &[PathBuf; 2] {
        &self.paths
    }

    /// Puts it where git looks: its name, without an ending. If it is to stay, that is on the disk as well.
    pub(super) fn publish(self) -> Result<String, PackError> {
        // The same objects are there already: what was made durable stays what it is.
        if self.folder.join(format!("{}.idx", self.name)).exists() {
            sweep(&self.folder, self.purpose);
            return Ok(self.name);
        }
        // Readers look for the index, so that comes last.
        for (path, ending) in self.paths.iter().zip(["pack", "idx"]) {
            let target = self.folder.join(format!("{}.{ending}", self.name));
            fs::rename(path, &target).map_err(PackError::io(target))?;
        }
        if self.purpose == Purpose::ToStay {
            File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(PackError::io(&self.folder))?;
        }
        Ok(self.name)
    }
}

/// What is not compressed yet.
fn rest<'a>(content: &'a [u8], compress: &Compress) -> &'a [u8] {
    &content[usize::try_from(compress.total_in()).unwrap_or(usize::MAX).min(content.len())..]
}

/// Nobody changes a pack once it is written.
fn settle(file: &File, purpose: Purpose) -> io::Result<()> {
    file.set_permissions(fs::Permissions::from_mode(0o444))?;
    if purpose == Purpose::ToStay { file.sync_all() } else { Ok(()) }
}

/// What an entry begins with.
fn head(kind: u8, mut size: u64) -> Vec<u8> {
    let mut bytes = vec![(kind << 4) | (size & 0x0f) as u8];
    size >>= 4;
    while size > 0 {
        *bytes.last_mut().expect("a head has a byte") |= 0x80;
        bytes.push((size & 0x7f) as u8);
        size >>= 7;
    }
    bytes
}

/// How far before an entry the one is that it comes from.
fn distance(mut distance: u64, bytes: &mut Vec<u8>) {
    let mut reversed = vec![(distance & 0x7f) as u8];
    distance >>= 7;
    while distance > 0 {
        distance -= 1;
        reversed.push((distance & 0x7f) as u8 | 0x80);
        distance >>= 7;
    }
    bytes.extend(reversed.iter().rev());
}

fn number_of(kind: Kind) -> u8 {
    match kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    }
}

/// The index of a pack, in its second version.
fn index(mut entries: Vec<(ObjectId, u32, u64)>, pack: &[u8]) -> Vec<u8> {
    entries.sort_unstable();
    let mut bytes = Vec::with_capacity(1100 + entries.len() * 28);
    bytes.extend([0xff, b't', b'O', b'c', 0, 0, 0, 2]);
    let mut below = 0_u32;
    for first in 0..=u8::MAX {
        let rest = entries.get(below as usize..).unwrap_or_default();
        below += rest.iter().take_while(|(id, ..)| id.as_slice()[0] == first).count() as u32;
        bytes.extend(below.to_be_bytes());
    }
    entries.iter().for_each(|(id, ..)| bytes.extend_from_slice(id.as_slice()));
    entries.iter().for_each(|(_, sum, _)| bytes.extend(sum.to_be_bytes()));
    let mut far = Vec::new();
    for (.., at) in &entries {
        let near = if *at < FAR {
            *at as u32
        } else {
            far.extend(at.to_be_bytes());
            FAR as u32 | (far.len() / 8 - 1) as u32
        };
        bytes.extend(near.to_be_bytes());
    }
    bytes.extend(far);
    bytes.extend(pack);
    let sum = Sha1::digest(&bytes);
    bytes.extend(sum);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_distances_are_written_as_git_reads_them() {
        assert_eq!(head(3, 5), [0x35]);
        assert_eq!(head(1, 0x1234), [0x94, 0xa3, 0x02]);
        let written = |number| {
            let mut bytes = Vec::new();
            distance(number, &mut bytes);
            bytes
        };
        assert_eq!(written(127), [0x7f]);
        assert_eq!(written(128), [0x80, 0x00]);
        assert_eq!(written(16_511), [0xff, 0x7f]);
        assert_eq!(written(16_512), [0x80, 0x80, 0x00]);
    }
}
