//! A tar archive, plain or in gzip, entry by entry through the gate.
//!
//! Headers are taken raw: what the extension headers say is used only where it leaves no room for two
//! readings, since two readers that disagree are how an archive shows one thing and unpacks another.

use super::archive::ArchiveError;
use super::check::{EntryKind, Intake};
use super::limits::{Limits, RATIO_FREE_BYTES};
use super::refused::{Reason, Refused};
use flate2::read::MultiGzDecoder;
use std::io::{self, Read};
use tar::{Archive, EntryType, PaxExtensions};

/// Bytes of an extension header: a path and a few numbers.
const EXTENSION_BYTES_MAX: u64 = 64 << 10;

/// Bytes around the content of one entry: its header, an extension header, and what fills up their blocks.
const AROUND_ENTRY_BYTES: u64 = 4 * 512;

/// Reads all entries of the tar archive `bytes`, which is in gzip if it begins like it.
///
/// # Errors
/// [`ArchiveError`]; nothing of the intake is to be used then.
pub fn untar(bytes: &[u8], intake: &mut Intake<'_>) -> Result<(), ArchiveError> {
    let limits = *intake.limits();
    let packed = bytes.len() as u64;
    let mut left =
        limits.total_bytes.saturating_add(limits.entries as u64 * (AROUND_ENTRY_BYTES + EXTENSION_BYTES_MAX));
    if is_gzip(bytes) {
        intake.packed_into(packed);
        // Headers pack better than content, and an entry of no bytes still has one.
        left = left.min(packed.saturating_mul(ratio(&limits)).max(RATIO_FREE_BYTES));
        read(Metered { inner: MultiGzDecoder::new(bytes), left }, intake)
    } else {
        read(Metered { inner: bytes, left }, intake)
    }
}

/// Whether `bytes` begin like gzip.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Whether `bytes` begin like a tar archive: with a header whose sum is right.
pub fn is_tar(bytes: &[u8]) -> bool {
    let Some(block) = bytes.get(..512) else { return false };
    let sum: u32 =
        block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) }).sum();
    tar::Header::from_byte_slice(block).cksum().is_ok_and(|said| said == sum)
}

fn ratio(limits: &Limits) -> u64 {
    limits.ratio.saturating_mul(4)
}

fn read(mut stream: impl Read, intake: &mut Intake<'_>) -> Result<(), ArchiveError> {
    {
        let mut archive = Archive::new(&mut stream);
        let mut next = Extensions::default();
        for entry in archive.entries().map_err(ArchiveError::damaged)?.raw(true) {
            let mut entry = entry.map_err(ArchiveError::damaged)?;
            let size = entry.header().entry_size().map_err(ArchiveError::damaged)?;
            let kind = entry.header().entry_type();
            if matches!(
                kind,
                EntryType::GNULongName | EntryType::GNULongLink | EntryType::XHeader | EntryType::XGlobalHeader
            ) {
                intake.count(&entry.path_bytes())?;
                next.read(kind, size, &mut entry)?;
                continue;
            }
            let path = next.path(&entry.header().path_bytes())?;
            if next.size.is_some_and(|said| said != size) {
                return Err(Refused::new(&path, Reason::Ambiguous("its two headers give two sizes")).into());
            }
            if next.sparse {
                return Err(Refused::new(&path, Reason::Sparse).into());
            }
            next = Extensions::default();
            entry_in(&path, kind, size, &mut entry, intake)?;
        }
        if next != Extensions::default() {
            return Err(ArchiveError::Damaged("it ends after a header about an entry to come".to_owned()));
        }
    }
    // What follows the end is unpacked by some programs and not by others.
    let mut rest = [0; 4096];
    loop {
        match stream.read(&mut rest).map_err(ArchiveError::damaged)? {
            0 => return Ok(()),
            read if rest[..read].iter().all(|byte| *byte == 0) => {}
            _ => return Err(ArchiveError::Damaged("something follows its end".to_owned())),
        }
    }
}

fn entry_in(
    path: &[u8],
    kind: EntryType,
    size: u64,
    entry: &mut tar::Entry<'_, impl Read>,
    intake: &mut Intake<'_>,
) -> Result<(), ArchiveError> {
    // `tar -c .` writes `./` in front of every name and as the name of the folder itself.
    let name = path.strip_prefix(b"./").unwrap_or(path);
    let folder = name.strip_suffix(b"/").unwrap_or(name);
    let executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
    let (name, kind) = match kind {
        EntryType::Regular => (name, EntryKind::File { executable }),
        EntryType::Directory if path == b"." || (name.is_empty() && !path.is_empty()) => {
            return Ok(intake.count(path)?);
        }
        EntryType::Directory => (folder, EntryKind::Folder),
        EntryType::Symlink => (name, EntryKind::Symlink),
        EntryType::Link => (name, EntryKind::HardLink),
        EntryType::GNUSparse => return Err(Refused::new(path, Reason::Sparse).into()),
        _ => (name, EntryKind::Special),
    };
    if kind == EntryKind::Folder && size != 0 {
        return Err(Refused::new(path, Reason::Ambiguous("a folder with content")).into());
    }
    match intake.admit(name, kind, Some(size))? {
        Some(slot) => Ok(intake.fill(slot, entry)?),
        None => Ok(()),
    }
}

/// What extension headers said about the entry to come.
#[derive(Debug, Default, PartialEq, Eq)]
struct Extensions {
    gnu_path: Option<Vec<u8>>,
    gnu_link: bool,
    pax: bool,
    pax_path: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

impl Extensions {
    fn read(&mut self, kind: EntryType, size: u64, entry: &mut impl Read) -> Result<(), ArchiveError> {
        if size > EXTENSION_BYTES_MAX {
            return Err(ArchiveError::Damaged(format!("an extension header of {size} bytes")));
        }
        let mut content = Vec::new();
        entry.take(EXTENSION_BYTES_MAX).read_to_end(&mut content).map_err(ArchiveError::damaged)?;
        let twice = match kind {
            EntryType::GNULongName => {
                let end = content.iter().position(|byte| *byte == 0).unwrap_or(content.len());
                self.gnu_path.replace(content[..end].to_vec()).is_some()
            }
            EntryType::GNULongLink => std::mem::replace(&mut self.gnu_link, true),
            EntryType::XGlobalHeader => {
                let mut all = Self::default();
                all.read_pax(&content)?;
                if all.pax_path.is_some() || all.size.is_some() || all.sparse {
                    return Err(ArchiveError::Damaged("one header gives a path or a size to all entries".to_owned()));
                }
                false
            }
            _ => {
                self.read_pax(&content)?;
                std::mem::replace(&mut self.pax, true)
            }
        };
        if twice {
            return Err(ArchiveError::Damaged("its headers say two things about one entry".to_owned()));
        }
        Ok(())
    }

    fn read_pax(&mut self, content: &[u8]) -> Result<(), ArchiveError> {
        for extension in PaxExtensions::new(content) {
            let extension = extension.map_err(ArchiveError::damaged)?;
            let value = extension.value_bytes();
            let twice = match extension.key_bytes() {
                b"path" => self.pax_path.replace(value.to_vec()).is_some(),
                b"size" => {
                    let size = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
                    let size = size.ok_or_else(|| ArchiveError::Damaged("a size that is no number".to_owned()))?;
                    self.size.replace(size).is_some()
                }
                key => {
                    self.sparse |= key.starts_with(b"GNU.sparse");
                    false
                }
            };
            if twice {
                return Err(ArchiveError::Damaged("its headers say two things about one entry".to_owned()));
            }
        }
        Ok(())
    }

    /// The path of the entry whose own header says `own`.
    fn path(&self, own: &[u8]) -> Result<Vec<u8>, Refused> {
        match (&self.gnu_path, &self.pax_path) {
            (Some(gnu), Some(pax)) if gnu != pax => {
                Err(Refused::new(pax, Reason::Ambiguous("its headers give it two names")))
            }
            (Some(path), _) | (None, Some(path)) => Ok(path.clone()),
            (None, None) => Ok(own.to_vec()),
        }
    }
}

/// A stream that fails when more comes out of it than may.
struct Metered<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("it unpacks to far more than a package may hold"))?;
        Ok(read)
    }
}
