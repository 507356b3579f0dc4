//! The journal: what a group of commits consists of, durable by one `fdatasync` before any of it is shown.
//!
//! `.git/corp/journal` is written beforehand with zeros, so that a record changes no metadata and the disk is asked
//! for one small write in one place. A record holds the objects themselves: whatever a power cut does to git's loose
//! files afterwards, they are written again from here. When it is full, everything is synced once and it begins anew.

use super::objects::Object;
use super::{Durability, WriteError};
use gix::ObjectId;
use gix::objs::Kind;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Size of the journal, in bytes: some two hundred single commits, or a few full groups, between two full syncs.
pub(in crate::store) const JOURNAL_BYTES: u64 = 4 << 20;

/// What the file begins with.
const MAGIC: &[u8; 8] = b"corp-j1\n";

/// Bytes before the first record: magic, then the number of the first record.
const HEADER_BYTES: u64 = 64;

/// Bytes before a record's payload: its length, its number, the beginning of the SHA-256 of both and the payload.
const RECORD_HEAD_BYTES: u64 = 4 + 8 + 16;

/// What one group of commits does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// What is told of it.
    pub(super) intent: Intent,
    /// Every new object.
    pub(super) objects: Vec<Object>,
}

/// The move of the branch and the files it brings along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Intent {
    /// The branch.
    pub(super) branch: String,
    /// Where it was; `None` before the first commit.
    pub(super) old: Option<String>,
    /// Where it goes.
    pub(super) new: String,
    /// The files, with their blobs before and after.
    pub(super) paths: Vec<Moved>,
    /// The files that become programs, or are none any more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) modes: BTreeMap<String, bool>,
    /// Whether the files are not listed here: they are what differs between the two commits, whose objects were durable
    /// before this was written. So a change of any size fits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) whole: bool,
}

impl Record {
    /// The same for a change that does not fit: its objects and files are found by its two commits.
    pub(super) fn whole(&self) -> Self {
        let intent = Intent { paths: Vec::new(), modes: BTreeMap::new(), whole: true, ..self.intent.clone() };
        Self { intent, objects: Vec::new() }
    }
}

/// One file a group changes: path, blob before, blob after.
pub(super) type Moved = (String, Option<String>, Option<String>);

/// The journal, open.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    /// Where the next record goes.
    end: u64,
    /// The number of the next record.
    next: u64,
    /// The number of the first record in the file.
    first: u64,
}

impl Journal {
    /// Opens the journal in `folder`, or makes it. The caller holds the writer's lock.
    pub(super) fn open(folder: &Path) -> Result<(Self, Vec<(u64, Record)>), WriteError> {
        let path = folder.join("journal");
        let usable = match fs::metadata(&path) {
            Ok(file) => file.len() == JOURNAL_BYTES,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            // It may hold what is durable nowhere else.
            Err(error) => return Err(WriteError::io(&path)(error)),
        };
        if !usable {
            make(folder, &path).map_err(WriteError::io(&path))?;
        }
        let file = File::options().read(true).write(true).open(&path).map_err(WriteError::io(&path))?;
        let mut journal = Self { file, path, end: HEADER_BYTES, next: 1, first: 1 };
        let records = journal.refresh()?;
        Ok((journal, records))
    }

    /// Reads what other writers added since this one looked last.
    pub(super) fn refresh(&mut self) -> Result<Vec<(u64, Record)>, WriteError> {
        let mut header = [0; HEADER_BYTES as usize];
        self.file.read_exact_at(&mut header, 0).map_err(WriteError::io(&self.path))?;
        let first = u64::from_le_bytes(header[8..16].try_into().expect("eight bytes"));
        if header[..8] != *MAGIC || first == 0 {
            return Err(WriteError::Unsuitable {
                reason: format!("{} is not a journal of corp's", self.path.display()),
            });
        }
        if first != self.first {
            (self.first, self.next, self.end) = (first, first, HEADER_BYTES);
        }
        let mut found = Vec::new();
        while let Some((record, length)) = self.record_at(self.end, self.next)? {
            found.push((self.next, record));
            self.end += length;
            self.next += 1;
        }
        Ok(found)
    }

    /// The record number `number` at `at`, if it is whole.
    fn record_at(&self, at: u64, number: u64) -> Result<Option<(Record, u64)>, WriteError> {
        if at + RECORD_HEAD_BYTES > JOURNAL_BYTES {
            return Ok(None);
        }
        let mut head = [0; RECORD_HEAD_BYTES as usize];
        self.file.read_exact_at(&mut head, at).map_err(WriteError::io(&self.path))?;
        let length = u64::from(u32::from_le_bytes(head[..4].try_into().expect("four bytes")));
        let its = u64::from_le_bytes(head[4..12].try_into().expect("eight bytes"));
        if its != number || length == 0 || at + RECORD_HEAD_BYTES + length > JOURNAL_BYTES {
            return Ok(None);
        }
        let mut payload = vec![0; usize::try_from(length).unwrap_or(0)];
        self.file.read_exact_at(&mut payload, at + RECORD_HEAD_BYTES).map_err(WriteError::io(&self.path))?;
        if head[12..28] != checksum(&head[..12], &payload) {
            return Ok(None);
        }
        Ok(decode(&payload).map(|record| (record, RECORD_HEAD_BYTES + length)))
    }

    /// The number of the last record.
    pub(super) fn last(&self) -> u64 {
        self.next - 1
    }

    /// Whether a record with this payload still fits.
    pub(super) fn fits(&self, payload: &[u8]) -> bool {
        self.end + RECORD_HEAD_BYTES + payload.len() as u64 <= JOURNAL_BYTES
    }

    /// Writes a record whose payload [`encode`] made and that [`Self::fits`]; with full durability it is on the
    /// platter afterwards. Returns its number.
    pub(super) fn append(&mut self, payload: &[u8], durability: Durability) -> Result<u64, WriteError> {
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(payload.len() + 28);
        bytes.extend(length.to_le_bytes());
        bytes.extend(self.next.to_le_bytes());
        let sum = checksum(&bytes, payload);
        bytes.extend(sum);
        bytes.extend(payload);
        self.file.write_all_at(&bytes, self.end).map_err(WriteError::io(&self.path))?;
        if durability == Durability::Full {
            self.file.sync_data().map_err(WriteError::io(&self.path))?;
        }
        self.end += bytes.len() as u64;
        self.next += 1;
        Ok(self.next - 1)
    }

    /// Begins anew. The caller has synced everything the records speak of.
    pub(super) fn reset(&mut self) -> Result<(), WriteError> {
        self.file.write_all_at(&header(self.next), 0).map_err(WriteError::io(&self.path))?;
        self.file.sync_data().map_err(WriteError::io(&self.path))?;
        (self.first, self.end) = (self.next, HEADER_BYTES);
        Ok(())
    }

    /// Takes back the last record: what it speaks of was not shown and will not be.
    pub(super) fn void(&mut self, number: u64, length: u64, durability: Durability) -> Result<(), WriteError> {
        self.end -= RECORD_HEAD_BYTES + length;
        self.next = number;
        self.file.write_all_at(&[0; RECORD_HEAD_BYTES as usize], self.end).map_err(WriteError::io(&self.path))?;
        if durability == Durability::Full {
            self.file.sync_data().map_err(WriteError::io(&self.path))?;
        }
        Ok(())
    }
}

fn header(first: u64) -> [u8; HEADER_BYTES as usize] {
    let mut header = [0; HEADER_BYTES as usize];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&first.to_le_bytes());
    header
}

/// Makes an empty journal whole before it gets its name.
fn make(folder: &Path, path: &Path) -> std::io::Result<()> {
    let temporary = folder.join("journal.new");
    let mut zeros = vec![0; usize::try_from(JOURNAL_BYTES).unwrap_or(0)];
    zeros[..HEADER_BYTES as usize].copy_from_slice(&header(1));
    fs::write(&temporary, zeros)?;
    File::open(&temporary)?.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}

fn checksum(head: &[u8], payload: &[u8]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(head);
    hash.update(payload);
    hash.finalize()[..16].try_into().expect("sixteen bytes")
}

/// The payload of a record.
pub(super) fn encode(record: &Record) -> Vec<u8> {
    let intent = serde_json::to_vec(&record.intent).expect("text and numbers become JSON");
    let mut bytes = Vec::new();
    let mut part = |kind: u8, content: &[u8]| {
        bytes.push(kind);
        bytes.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend(content);
    };
    part(0, &intent);
    for object in &record.objects {
        part(number_of(object.kind), &object.content);
    }
    bytes
}

fn decode(mut bytes: &[u8]) -> Option<Record> {
    let mut intent = None;
    let mut objects = Vec::new();
    while let [kind, a, b, c, d, rest @ ..] = bytes {
        let length = usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).ok()?;
        let content = rest.get(..length)?;
        match kind {
            0 => intent = Some(serde_json::from_slice(content).ok()?),
            kind => objects.push(Object { kind: kind_of(*kind)?, content: content.to_vec(), id: None }),
        }
        bytes = &rest[length..];
    }
    Some(Record { intent: intent?, objects })
}

fn number_of(kind: Kind) -> u8 {
    match kind {
        Kind::Tree => 1,
        Kind::Blob => 2,
        Kind::Commit => 3,
        Kind::Tag => 4,
    }
}

fn kind_of(number: u8) -> Option<Kind> {
    [Kind::Tree, Kind::Blob, Kind::Commit, Kind::Tag].into_iter().find(|kind| number_of(*kind) == number)
}

/// An id out of a record.
pub(super) fn id(text: &str) -> Option<ObjectId> {
    ObjectId::from_hex(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str) -> Record {
        let intent = Intent {
            branch: "main".to_owned(),
            old: None,
            new: "0".repeat(40),
            paths: vec![(text.to_owned(), None, None)],
            modes: BTreeMap::new(),
            whole: false,
        };
        let object = |kind, content: &[u8]| Object { kind, content: content.to_vec(), id: None };
        Record { intent, objects: vec![object(Kind::Blob, text.as_bytes()), object(Kind::Tree, b"")] }
    }

    #[test]
    fn what_is_appended_is_read_again_and_half_a_record_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, records) = Journal::open(folder.path()).unwrap();
        assert!(records.is_empty());
        for text in ["one", "two", "three"] {
            journal.append(&encode(&record(text)), Durability::Full).unwrap();
        }
        let numbers = |records: &[(u64, Record)]| {
            records.iter().map(|(number, record)| (*number, record.intent.paths[0].0.clone())).collect::<Vec<_>>()
        };
        let (other, records) = Journal::open(folder.path()).unwrap();
        assert_eq!(numbers(&records), [(1, "one".into()), (2, "two".into()), (3, "three".into())]);
        assert_eq!(records[1].1, record("two"));
        // The last one torn in the middle.
        let at = other.end - 3;
        other.file.write_all_at(b"xyz", at).unwrap();
        let (mut torn, records) = Journal::open(folder.path()).unwrap();
        assert_eq!(records.len(), 2);
        // What comes next goes over it.
        assert_eq!(torn.append(&encode(&record("four")), Durability::Relaxed).unwrap(), 3);
        let (mut again, records) = Journal::open(folder.path()).unwrap();
        assert_eq!(numbers(&records)[2], (3, "four".into()));
        again.reset().unwrap();
        let (mut fresh, records) = Journal::open(folder.path()).unwrap();
        assert!(records.is_empty());
        assert_eq!(fresh.append(&encode(&record("five")), Durability::Full).unwrap(), 4);
        assert_eq!(torn.refresh().unwrap().len(), 1, "another writer sees the new beginning and the new record");
    }

    #[test]
    fn a_record_can_be_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path()).unwrap();
        journal.append(&encode(&record("one")), Durability::Full).unwrap();
        let payload = encode(&record("two"));
        let number = journal.append(&payload, Durability::Full).unwrap();
        journal.void(number, payload.len() as u64, Durability::Full).unwrap();
        assert_eq!(Journal::open(folder.path()).unwrap().1.len(), 1);
        assert_eq!(journal.append(&encode(&record("three")), Durability::Full).unwrap(), 2);
        assert_eq!(Journal::open(folder.path()).unwrap().1.len(), 2);
    }
}
