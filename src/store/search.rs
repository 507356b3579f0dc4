//! Which tickets hold certain words, in their title, their body or their thread.
//!
//! Reading ten thousand texts takes longer than a person waits. So of each text a [`Signature`] is remembered: which
//! groups of three bytes may be in it. A text whose signature has all groups of a word is read, and only what is
//! really there is found. Signatures belong to an object of git, which never changes; those that were made are kept in
//! `.git/corp/search`, and what is lost of them is made again.

use super::history::{Content, Entry, History, HistoryError, Id};
use crate::model::{Scalar as _, TicketId};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;

/// Bytes of a signature. A text of a kilobyte fills a fifth of its bits, so that of texts without a word of seven letters
/// one in some thousands is read in vain.
const SIGNATURE_BYTES: usize = 256;

/// What the file of signatures begins with; another beginning is another form of it, and it is made anew.
const MAGIC: &[u8; 8] = b"corpsig1";

/// Bytes of an object's id.
const ID_BYTES: usize = 20;

/// New signatures that make writing the file worth it.
const NEW_MIN: usize = 64;

/// Most signatures that are read from the file: those of a company with a hundred thousand tickets and their threads.
const FILE_SIGNATURES_MAX: usize = 400_000;

/// Which groups of three bytes may be in a text.
type Signature = [u8; SIGNATURE_BYTES];

/// What is remembered of the texts of one company.
#[derive(Debug)]
pub struct Search {
    file: PathBuf,
    signatures: Option<BTreeMap<[u8; ID_BYTES], Box<Signature>>>,
    new: usize,
}

impl Search {
    /// For the repository that `history` reads.
    pub fn new(history: &History) -> Self {
        Self { file: history.repository().common_dir().join("corp/search"), signatures: None, new: 0 }
    }

    /// The tickets in the commit `tip` whose texts together hold every word, upper and lower case alike.
    ///
    /// # Errors
    /// [`HistoryError`] if git's objects cannot be read.
    pub fn find(&mut self, history: &History, tip: Id, words: &str) -> Result<BTreeSet<TicketId>, HistoryError> {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        if words.is_empty() {
            return Ok(BTreeSet::new());
        }
        let bits: Vec<Vec<usize>> = words.iter().map(|word| groups(word.as_bytes()).collect()).collect();
        let mut texts: BTreeMap<TicketId, Vec<Entry>> = BTreeMap::new();
        for (path, entry) in history.files(tip, "tickets")? {
            if let Some(ticket) = ticket_of(&path) {
                texts.entry(ticket).or_default().push(entry);
            }
        }
        let mut found = BTreeSet::new();
        for (ticket, entries) in texts {
            let mut left: BTreeSet<usize> = (0..words.len()).collect();
            for entry in entries {
                let (signature, text) = self.signature(history, entry)?;
                let may = |word: &usize| bits[*word].iter().all(|bit| signature[bit / 8] & (1 << (bit % 8)) != 0);
                if !left.iter().any(may) {
                    continue;
                }
                let text = match text {
                    Some(text) => text,
                    None => lower(history, entry)?,
                };
                left.retain(|word| !text.contains(&words[*word]));
                if left.is_empty() {
                    found.insert(ticket);
                    break;
                }
            }
        }
        if self.new >= NEW_MIN {
            // It is only remembered: whoever cannot write it makes it again.
            drop(self.keep());
        }
        Ok(found)
    }

    /// The signature of a text, and the text if it had to be read for it.
    fn signature(&mut self, history: &History, entry: Entry) -> Result<(Signature, Option<String>), HistoryError> {
        let Ok(key) = <[u8; ID_BYTES]>::try_from(entry.id.as_slice()) else {
            // Another kind of id than git's usual one: everything may be in it.
            return Ok(([u8::MAX; SIGNATURE_BYTES], None));
        };
        let file = &self.file;
        let signatures = self.signatures.get_or_insert_with(|| read(file).unwrap_or_default());
        if let Some(known) = signatures.get(&key) {
            return Ok((**known, None));
        }
        let text = lower(history, entry)?;
        let mut signature = [0; SIGNATURE_BYTES];
        for bit in groups(text.as_bytes()) {
            signature[bit / 8] |= 1 << (bit % 8);
        }
        signatures.insert(key, Box::new(signature));
        self.new += 1;
        Ok((signature, Some(text)))
    }

    fn keep(&mut self) -> std::io::Result<()> {
        let Some(signatures) = &self.signatures else { return Ok(()) };
        let folder = self.file.parent().unwrap_or(&self.file);
        std::fs::create_dir_all(folder)?;
        // Two that write at once each write a whole file; one of them stays.
        let beside = folder.join(format!("search.{}", std::process::id()));
        let write = || {
            let mut file = std::io::BufWriter::new(std::fs::File::create(&beside)?);
            file.write_all(MAGIC)?;
            for (id, signature) in signatures.iter().take(FILE_SIGNATURES_MAX) {
                file.write_all(id)?;
                file.write_all(&signature[..])?;
            }
            file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            std::fs::rename(&beside, &self.file)
        };
        let written = write();
        if written.is_err() {
            drop(std::fs::remove_file(&beside));
        }
        self.new = 0;
        written
    }
}

fn read(file: &std::path::Path) -> Option<BTreeMap<[u8; ID_BYTES], Box<Signature>>> {
    let bytes = std::fs::read(file).ok()?;
    let rest = bytes.strip_prefix(MAGIC)?;
    let (records, []) = rest.as_chunks::<{ ID_BYTES + SIGNATURE_BYTES }>() else { return None };
    let known = records.iter().take(FILE_SIGNATURES_MAX).filter_map(|record| {
        let (id, signature) = record.split_first_chunk::<ID_BYTES>()?;
        Some((*id, Box::new(Signature::try_from(signature).ok()?)))
    });
    Some(known.collect())
}

/// A text in lower case; what is no text, or too large to be shown, holds no words.
fn lower(history: &History, entry: Entry) -> Result<String, HistoryError> {
    Ok(match history.content(entry)? {
        Content::Text(text) => text.to_lowercase(),
        Content::Binary(_) | Content::Large(_) => String::new(),
    })
}

/// The bits of the groups of three bytes in a text.
fn groups(text: &[u8]) -> impl Iterator<Item = usize> {
    text.windows(3).map(|group| {
        let number = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        // Fibonacci hashing: the upper bits of the product depend on all of the number.
        (number.wrapping_mul(0x9e37_79b1) >> 21) as usize % (SIGNATURE_BYTES * 8)
    })
}

/// The ticket a file below `tickets/` belongs to.
fn ticket_of(path: &str) -> Option<TicketId> {
    let mut parts = path.split('/').skip(2);
    let name = parts.next()?;
    TicketId::parse(name.strip_suffix(".md").unwrap_or(name)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_has_every_group_of_every_word_of_its_text() {
        let text = "sign-in fails for übermensch users, ticket acme-12";
        let bits: BTreeSet<usize> = groups(text.as_bytes()).collect();
        for word in ["sign-in", "fails", "übermensch", "acme-12", "ls f"] {
            assert!(groups(word.as_bytes()).all(|bit| bits.contains(&bit)), "{word}");
        }
        assert!(!groups(b"kubernetes").all(|bit| bits.contains(&bit)));
        assert!(bits.iter().all(|bit| *bit < SIGNATURE_BYTES * 8));
    }

    #[test]
    fn a_path_tells_its_ticket() {
        assert_eq!(ticket_of("tickets/0000/ACME-7.md").unwrap().to_string(), "ACME-7");
        assert_eq!(ticket_of("tickets/0000/ACME-7/20261120T101500Z-a-1a2b.md").unwrap().to_string(), "ACME-7");
        assert_eq!(ticket_of("tickets/draft-0a1b2c3d.md"), None);
        assert_eq!(ticket_of("tickets/0000/ACME-7.lock"), None);
    }

    #[test]
    fn a_damaged_file_of_signatures_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("search");
        for damaged in [&b""[..], b"corpsig0", b"corpsig1abc"] {
            std::fs::write(&file, damaged).unwrap();
            assert!(read(&file).is_none());
        }
        std::fs::write(&file, [&MAGIC[..], &[1; ID_BYTES + SIGNATURE_BYTES]].concat()).unwrap();
        assert_eq!(read(&file).unwrap().len(), 1);
    }
}
