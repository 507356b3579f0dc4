//! A zip archive, entry by entry through the gate.
//!
//! A zip file describes every entry twice, and may end more than once; programs differ in which description
//! they believe. Only archives with one reading are taken: one end, nothing in front, no overlaps, nothing
//! unlisted, and both descriptions of an entry the same.

use super::archive::ArchiveError;
use super::check::{EntryKind, Intake};
use super::refused::{Reason, Refused};
use std::collections::BTreeSet;
use std::io::Cursor;
use zip::read::{ArchiveOffset, Config};
use zip::{CompressionMethod, ZipArchive, ZipReadOptions};

/// Whether `bytes` begin like a zip archive, or like an empty one.
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Reads all entries of the zip archive `bytes`.
///
/// # Errors
/// [`ArchiveError`]; nothing of the intake is to be used then.
pub fn unzip(bytes: &[u8], intake: &mut Intake<'_>) -> Result<(), ArchiveError> {
    intake.packed_into(bytes.len() as u64);
    let directory = directory(bytes).map_err(|what| ArchiveError::Damaged(what.to_owned()))?;
    let max = intake.limits().entries;
    if directory.entries > max as u64 {
        return Err(Refused::new(b"*", Reason::TooMany { max }).into());
    }
    twice(bytes, &directory)?;
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut archive = ZipArchive::with_config(config, Cursor::new(bytes)).map_err(ArchiveError::damaged)?;
    if archive.len() as u64 != directory.entries || archive.central_directory_start() != directory.start {
        return Err(ArchiveError::Damaged("it can be read in two ways".to_owned()));
    }
    archive.validate_header_consistency().map_err(ArchiveError::damaged)?;
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(ArchiveError::damaged)?;
        let name = entry.name_raw().to_vec();
        let size = entry.size();
        let method = entry.compression();
        if entry.encrypted() {
            return Err(Refused::new(&name, Reason::Encrypted).into());
        }
        let kind = kind(&name, entry.external_attributes()).map_err(|reason| Refused::new(&name, reason))?;
        if kind == EntryKind::Folder && size != 0 {
            return Err(Refused::new(&name, Reason::Ambiguous("a folder with content")).into());
        }
        let path = if kind == EntryKind::Folder { name.strip_suffix(b"/").unwrap_or(&name) } else { &name };
        let Some(slot) = intake.admit(path, kind, Some(size))? else { continue };
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(Refused::new(&name, Reason::Method).into());
        }
        let mut content = archive.by_index_with_options(index, ZipReadOptions::new()).map_err(ArchiveError::damaged)?;
        intake.fill(slot, &mut content)?;
    }
    Ok(())
}

/// What the end of an archive says about its central directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Directory {
    entries: u64,
    start: u64,
    end: u64,
}

/// Reads the end of an archive, and takes it only if nothing about it can be understood differently: the last
/// mark of an end ends the file, and the directory ends where the end begins.
fn directory(bytes: &[u8]) -> Result<Directory, &'static str> {
    const END: &[u8] = b"PK\x05\x06";
    const END64: &[u8] = b"PK\x06\x06";
    const LOCATOR: &[u8] = b"PK\x06\x07";
    let at = memchr::memmem::rfind(bytes, END).ok_or("its end is missing")?;
    let end = bytes.get(at..at + 22).ok_or("its end is cut off")?;
    if at + 22 + usize::from(u16_at(end, 20)) != bytes.len() {
        return Err("something follows its end, or its comment looks like one");
    }
    let (disk, first, here, entries) = (u16_at(end, 4), u16_at(end, 6), u16_at(end, 8), u16_at(end, 10));
    if (disk, first) != (0, 0) && (disk, first) != (u16::MAX, u16::MAX) || here != entries {
        return Err("it is a part of several");
    }
    let locator = at.checked_sub(20).and_then(|start| bytes.get(start..at)).filter(|found| found.starts_with(LOCATOR));
    let found = match locator {
        None => {
            let (size, start) = (u64::from(u32_at(end, 12)), u64::from(u32_at(end, 16)));
            Directory { entries: entries.into(), start, end: start.saturating_add(size) }
        }
        Some(locator) => {
            let start64 = u64_at(locator, 8);
            let record = usize::try_from(start64).ok().and_then(|start| bytes.get(start..at - 20));
            let record =
                record.filter(|record| record.len() >= 56 && record.starts_with(END64)).ok_or("its end is cut off")?;
            if u64_at(record, 4).saturating_add(12) != record.len() as u64 {
                return Err("its two ends do not meet");
            }
            let (here, entries) = (u64_at(record, 24), u64_at(record, 32));
            let (size, start) = (u64_at(record, 40), u64_at(record, 48));
            // The short end says the same, or that it cannot.
            let agrees = |short: u64, cannot: u64, long: u64| short == cannot || short == long;
            if here != entries
                || !agrees(u16_at(end, 10).into(), u16::MAX.into(), entries)
                || !agrees(u32_at(end, 12).into(), u32::MAX.into(), size)
                || !agrees(u32_at(end, 16).into(), u32::MAX.into(), start)
            {
                return Err("its two ends do not agree");
            }
            if start.saturating_add(size) != start64 {
                return Err("its directory is not where it says");
            }
            return Ok(Directory { entries, start, end: start64 });
        }
    };
    if found.end != at as u64 {
        return Err("its directory is not where it says");
    }
    Ok(found)
}

/// Refuses the second of two entries with one name. The library keeps only the last of them.
fn twice(bytes: &[u8], directory: &Directory) -> Result<(), ArchiveError> {
    let damaged = || ArchiveError::Damaged("its directory is cut off".to_owned());
    let range = usize::try_from(directory.start).ok().zip(usize::try_from(directory.end).ok());
    let mut rest = range.and_then(|(start, end)| bytes.get(start..end)).ok_or_else(damaged)?;
    let mut names = BTreeSet::new();
    for _ in 0..directory.entries {
        let header = rest.get(..46).filter(|header| header.starts_with(b"PK\x01\x02")).ok_or_else(damaged)?;
        let lengths = [28, 30, 32].map(|at| usize::from(u16_at(header, at)));
        let name = rest.get(46..46 + lengths[0]).ok_or_else(damaged)?;
        if !names.insert(name) {
            return Err(Refused::new(name, Reason::Duplicate).into());
        }
        rest = rest.get(46 + lengths.iter().sum::<usize>()..).ok_or_else(damaged)?;
    }
    if rest.is_empty() { Ok(()) } else { Err(damaged()) }
}

/// What an entry is, from its name and the type in its Unix mode, whatever system it says it was made on.
fn kind(name: &[u8], external_attributes: u32) -> Result<EntryKind, Reason> {
    let mode = external_attributes >> 16;
    let folder = name.ends_with(b"/");
    match (mode & 0o170_000, folder) {
        (0 | 0o040_000, true) => Ok(EntryKind::Folder),
        (0 | 0o100_000, false) => Ok(EntryKind::File { executable: mode & 0o111 != 0 }),
        (0o120_000, _) => Ok(EntryKind::Symlink),
        (0o040_000 | 0o100_000, _) => {
            Err(Reason::Ambiguous("a folder by its name or its type, and a file by the other"))
        }
        _ => Ok(EntryKind::Special),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}

/// The bytes from `at`, which the caller knows to be there.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut found = [0; N];
    found.copy_from_slice(&bytes[at..at + N]);
    found
}
