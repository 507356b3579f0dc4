//! Which tickets hold certain words, in their title, their body or their thread.
//!
//! Reading ten thousand texts takes longer than a person waits. So of each text is remembered which words it is made of, as
//! numbers into one list of all words ([`Words`]): a word that is looked for has no space in it, so it stands within one of
//! them or nowhere, and one look through the list answers for all texts at once. Texts and folders are objects of git, which
//! never change; what was made of them is kept in `.git/corp/search`, and what is lost of it is made again.

mod words;

use super::history::trees::FileKind;
use super::history::{Content, Entry, History, HistoryError, Id};
use super::whole::{self, Lasts, Readers};
use crate::model::{Scalar as _, TicketId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use words::{LOOKED_FOR_MAX, Numbers, Words};

/// What the file begins with; another beginning is another form of it, and it is made anew.
const MAGIC: &[u8; 8] = b"corpwrd1";

/// Bytes of the hash of what follows it.
const HASH_BYTES: usize = 32;

/// New texts that make writing the file worth it.
const NEW_MIN: usize = 64;

/// Longest text whose words are remembered, in bytes: what is longer is seldom written by hand, and is read each time.
const TEXT_BYTES_MAX: usize = 256 << 10;

/// What is remembered of the texts of one company.
#[derive(Debug)]
pub struct Search {
    file: PathBuf,
    known: Option<Known>,
    new: usize,
}

#[derive(Debug, Default)]
struct Known {
    words: Words,
    /// Which words a text has.
    texts: BTreeMap<Id, Numbers>,
    /// The texts below a folder of `tickets/`, with the ticket each belongs to.
    folders: BTreeMap<Id, Vec<(TicketId, Id)>>,
}

/// The same as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    words: &'a str,
    #[serde(borrow)]
    texts: Vec<(&'a [u8], &'a [u8])>,
    #[serde(borrow)]
    folders: Vec<(&'a [u8], KeptTexts<'a>)>,
}

/// The texts of a folder, with the ticket each belongs to.
type KeptTexts<'a> = Vec<(String, &'a [u8])>;

impl Search {
    /// For the repository that `history` reads.
    pub fn new(history: &History) -> Self {
        Self { file: history.repository().common_dir().join("corp/search"), known: None, new: 0 }
    }

    /// The tickets in the commit `tip` whose texts together hold every word, upper and lower case alike.
    ///
    /// # Errors
    /// [`HistoryError`] if git's objects cannot be read.
    pub fn find(&mut self, history: &History, tip: Id, words: &str) -> Result<BTreeSet<TicketId>, HistoryError> {
        let words: BTreeSet<String> = words.split_whitespace().map(str::to_lowercase).collect();
        if words.is_empty() {
            return Ok(BTreeSet::new());
        }
        let file = &self.file;
        let known = self.known.get_or_insert_with(|| read(file).unwrap_or_default());
        self.new += known.follow(history, tip)?;
        if self.new >= NEW_MIN {
            known.forget();
            // It is only remembered: whoever cannot write it makes it again.
            drop(known.keep(&self.file));
            self.new = 0;
        }
        let words: Vec<String> = words.into_iter().collect();
        let mut found: Option<BTreeSet<TicketId>> = None;
        for words in words.chunks(LOOKED_FOR_MAX) {
            let here = known.find(history, words)?;
            found = Some(match found {
                None => here,
                Some(before) => before.intersection(&here).cloned().collect(),
            });
        }
        Ok(found.unwrap_or_default())
    }
}

impl Known {
    /// Learns what a commit has that is not known, and returns how many texts that were.
    fn follow(&mut self, history: &History, tip: Id) -> Result<usize, HistoryError> {
        let mut new = 0;
        let mut folders = BTreeMap::new();
        for (name, folder) in history.folders(tip, "tickets")? {
            if let Some(texts) = self.folders.remove(&folder) {
                folders.insert(folder, texts);
                continue;
            }
            let mut texts = Vec::new();
            for (path, entry) in history.files_below(folder, &name)? {
                let Some(ticket) = ticket_of(&path) else { continue };
                if !self.texts.contains_key(&entry.id) {
                    let text = lower(history, entry)?;
                    if let Some(numbers) = Some(&text)
                        .filter(|text| text.len() <= TEXT_BYTES_MAX)
                        .and_then(|text| self.words.numbers(text))
                    {
                        self.texts.insert(entry.id, numbers);
                        new += 1;
                    }
                }
                texts.push((ticket, entry.id));
            }
            folders.insert(folder, texts);
        }
        self.folders = folders;
        Ok(new)
    }

    /// The tickets that have all of these words, at most [`LOOKED_FOR_MAX`].
    fn find(&self, history: &History, words: &[String]) -> Result<BTreeSet<TicketId>, HistoryError> {
        let all = u64::MAX >> (LOOKED_FOR_MAX - words.len());
        let marks = self.words.marks(words);
        let mut tickets: BTreeMap<&TicketId, u64> = BTreeMap::new();
        for (ticket, text) in self.folders.values().flatten() {
            let has = tickets.entry(ticket).or_insert(0);
            if *has == all {
                continue;
            }
            match self.texts.get(text) {
                Some(numbers) => {
                    *has |= numbers.iter().fold(0, |has, word| has | marks.get(word).copied().unwrap_or(0));
                }
                None => {
                    let text = lower(history, Entry { kind: FileKind::File, id: *text })?;
                    for (at, word) in words.iter().enumerate() {
                        *has |= u64::from(text.contains(word)) << at;
                    }
                }
            }
        }
        Ok(tickets.into_iter().filter(|(_, has)| *has == all).map(|(ticket, _)| ticket.clone()).collect())
    }

    /// Lets go of the texts that are in no folder any more, and of the words that only they had.
    fn forget(&mut self) {
        let there: BTreeSet<Id> = self.folders.values().flatten().map(|(_, text)| *text).collect();
        self.texts.retain(|text, _| there.contains(text));
        self.words.forget(self.texts.values_mut());
    }

    fn keep(&self, file: &Path) -> std::io::Result<()> {
        let folder = file.parent().unwrap_or(file);
        std::fs::create_dir_all(folder)?;
        let folders = self.folders.iter().map(|(folder, found)| {
            let texts = found.iter().map(|(ticket, text)| (ticket.to_string(), text.as_slice())).collect();
            (folder.as_slice(), texts)
        });
        let kept = Kept {
            words: self.words.text(),
            texts: self.texts.iter().map(|(text, numbers)| (text.as_slice(), numbers.bytes())).collect(),
            folders: folders.collect(),
        };
        let said = postcard::to_stdvec(&kept).map_err(std::io::Error::other)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&Sha256::digest(&said));
        bytes.extend_from_slice(&said);
        whole::write(file, &bytes, Lasts::UntilCrash, Readers::Nobody)
    }
}

fn read(file: &Path) -> Option<Known> {
    let bytes = std::fs::read(file).ok()?;
    let (hash, said) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<HASH_BYTES>()?;
    if <[u8; HASH_BYTES]>::from(Sha256::digest(said)) != *hash {
        return None;
    }
    let kept: Kept<'_> = postcard::from_bytes(said).ok()?;
    let texts = kept.texts.into_iter().map(|(text, numbers)| Some((Id::try_from(text).ok()?, Numbers::of(numbers))));
    let folders = kept.folders.into_iter().map(|(folder, texts)| {
        let texts =
            texts.into_iter().map(|(ticket, text)| Some((TicketId::parse(&ticket).ok()?, Id::try_from(text).ok()?)));
        Some((Id::try_from(folder).ok()?, texts.collect::<Option<_>>()?))
    });
    Some(Known {
        words: Words::of(kept.words.to_owned())?,
        texts: texts.collect::<Option<_>>()?,
        folders: folders.collect::<Option<_>>()?,
    })
}

/// A text in lower case; what is no text, or too large to be shown, holds no words.
fn lower(history: &History, entry: Entry) -> Result<String, HistoryError> {
    Ok(match history.content(entry)? {
        Content::Text(text) => text.to_lowercase(),
        Content::Binary(_) | Content::Large(_) => String::new(),
    })
}

/// The ticket a file below a folder of `tickets/` belongs to.
fn ticket_of(path: &str) -> Option<TicketId> {
    let name = path.split('/').nth(1)?;
    TicketId::parse(name.strip_suffix(".md").unwrap_or(name)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_its_ticket() {
        assert_eq!(ticket_of("0000/ACME-7.md").unwrap().to_string(), "ACME-7");
        assert_eq!(ticket_of("0000/ACME-7/20261120T101500Z-a-1a2b.md").unwrap().to_string(), "ACME-7");
        assert_eq!(ticket_of("0000"), None);
        assert_eq!(ticket_of("0000/ACME-7.lock"), None);
    }

    #[test]
    fn what_is_kept_is_read_again_and_what_is_damaged_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("corp/search");
        let id = |byte: u8| Id::try_from(&[byte; 20][..]).unwrap();
        let mut known = Known::default();
        for (text, words) in [(1, "sign-in fails"), (2, "fails again"), (3, "gone")] {
            known.texts.insert(id(text), known.words.numbers(words).unwrap());
        }
        let ticket = TicketId::parse("ACME-7").unwrap();
        known.folders.insert(id(9), vec![(ticket.clone(), id(1)), (ticket, id(2))]);
        known.forget();
        known.keep(&file).unwrap();
        let again = read(&file).unwrap();
        assert_eq!(
            (again.words.text(), &again.texts, &again.folders),
            (known.words.text(), &known.texts, &known.folders)
        );
        assert_eq!((again.texts.len(), again.words.text().contains("gone")), (2, false));
        let whole = std::fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&file, damaged).unwrap();
            assert!(read(&file).is_none(), "byte {at}");
        }
        std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
        assert!(read(&file).is_none());
    }
}
