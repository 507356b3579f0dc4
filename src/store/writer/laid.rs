//! The index as it lies on the disk, kept so that a change of few entries touches few bytes.
//!
//! An index of 100,000 tickets is nine megabytes; laying them out entry by entry costs more than the change.

use gix::index::{File, State, entry::Flags};
use std::io;

/// Bytes before the first entry: signature, version, number of entries.
const HEAD_BYTES: usize = 12;

/// What entries are padded to.
const ALIGNED_TO: usize = 8;

/// The bytes of an index without checksum and without extensions.
#[derive(Debug)]
pub(super) struct Laid {
    bytes: Vec<u8>,
    /// Where each entry begins, and where the last one ends.
    starts: Vec<usize>,
}

impl Laid {
    /// Lays out `file`.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let extended = file.entries().iter().any(|entry| entry.flags.contains(Flags::EXTENDED));
        let mut bytes = Vec::with_capacity(file.entries().len() * 100);
        bytes.extend_from_slice(b"DIRC");
        bytes.extend_from_slice(&(if extended { 3_u32 } else { 2 }).to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        let mut starts = Vec::with_capacity(file.entries().len() + 1);
        for at in 0..file.entries().len() {
            starts.push(bytes.len());
            lay(file, at, &mut bytes)?;
        }
        starts.push(bytes.len());
        bytes.resize(bytes.len() + file.object_hash().len_in_bytes(), 0);
        Ok(Self { bytes, starts })
    }

    /// Entry number `at` of `file` is not what it was.
    pub(super) fn change(&mut self, file: &State, at: usize) -> io::Result<()> {
        self.put(file, at, self.starts[at + 1] - self.starts[at])
    }

    /// Entry number `at` of `file` was not there.
    pub(super) fn insert(&mut self, file: &State, at: usize) -> io::Result<()> {
        self.starts.insert(at, self.starts[at]);
        self.put(file, at, 0)
    }

    /// Entry number `at` is gone.
    pub(super) fn remove(&mut self, at: usize) {
        let (start, end) = (self.starts[at], self.starts[at + 1]);
        self.bytes.drain(start..end);
        self.starts.remove(at);
        self.starts[at..].iter_mut().for_each(|later| *later -= end - start);
    }

    /// The whole file.
    pub(super) fn content(&mut self) -> &[u8] {
        let count = u32::try_from(self.starts.len() - 1).unwrap_or(u32::MAX);
        self.bytes[HEAD_BYTES - 4..HEAD_BYTES].copy_from_slice(&count.to_be_bytes());
        &self.bytes
    }

    fn put(&mut self, file: &State, at: usize, length: usize) -> io::Result<()> {
        let start = self.starts[at];
        let mut new = Vec::with_capacity(128);
        lay(file, at, &mut new)?;
        if new.len() == length {
            self.bytes[start..start + length].copy_from_slice(&new);
        } else {
            let added = new.len();
            self.bytes.splice(start..start + length, new);
            self.starts[at + 1..].iter_mut().for_each(|start| *start = *start + added - length);
        }
        Ok(())
    }
}

/// Appends entry number `at`, padded; entries begin at multiples of eight, counted from the first.
fn lay(file: &State, at: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
    let start = bytes.len();
    file.entries()[at].write_to(&mut *bytes, file)?;
    let length = bytes.len() - start;
    bytes.resize(start + length.next_multiple_of(ALIGNED_TO), 0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gix::bstr::BStr;
    use gix::index::entry::{Mode, Stat};
    use gix::index::write::Options;
    use proptest::prelude::*;

    fn written(file: &File) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.write_to(&mut bytes, Options { skip_hash: true, ..Options::default() }).unwrap();
        bytes
    }

    proptest! {
        /// The same bytes as the library writes, whatever was put in, changed and taken out.
        #[test]
        fn it_is_what_the_library_would_write(
            changes in proptest::collection::vec(("[a-c]{1,12}", 1u8..9, any::<bool>()), 1..32),
        ) {
            let mut file = File::from_state(State::new(gix::hash::Kind::Sha1), "index");
            let mut laid = Laid::of(&file).unwrap();
            for (path, number, keep) in &changes {
                let path = BStr::new(path.as_str());
                let id = gix::ObjectId::from_bytes_or_panic(&[*number; 20]);
                match (file.entry_index_by_path(path), keep) {
                    (Ok(at), true) => {
                        file.entries_mut()[at].id = id;
                        laid.change(&file, at).unwrap();
                    }
                    (Ok(at), false) => {
                        file.remove_entry_at_index(at);
                        laid.remove(at);
                    }
                    (Err(at), _) => {
                        file.dangerously_push_entry(Stat::default(), id, Flags::empty(), Mode::FILE, path);
                        file.entries_mut()[at..].rotate_right(1);
                        laid.insert(&file, at).unwrap();
                    }
                }
                prop_assert_eq!(laid.content(), written(&file));
            }
        }
    }
}
