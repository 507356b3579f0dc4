//! Packs of about the same size become one, so that there are few and an object is written again only a few times in
//! its life: once for each doubling of the history behind it.
//!
//! Entries are taken over as they are, compressed and as differences, so that it costs little more than copying a file.

use super::PackError;
use super::there::{Open, Superseded, all};
use super::write::{PackWriter, Purpose};
use flate2::Crc;
use gix::ObjectId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A pack is as large as all smaller ones together, times this, or they become one.
const TIMES_LARGER: u64 = 2;

/// Merges what is to be merged in the folder of packs.
pub(super) fn merge(folder: &Path, superseded: &mut Superseded) -> Result<(), PackError> {
    let mut found = all(folder)?;
    // What was written for now is not compressed; it comes in by being packed.
    found.retain(|pack| !pack.is_small());
    found.sort_by_key(|pack| (pack.objects, pack.bytes));
    let chosen = chosen(&found.iter().map(|pack| pack.objects).collect::<Vec<_>>());
    if chosen < 2 {
        return Ok(());
    }
    let packs: Vec<Open> = found.drain(..chosen).map(|pack| Open::at(pack.path)).collect::<Result<_, _>>()?;
    let ids: BTreeSet<ObjectId> = packs.iter().flat_map(|pack| pack.index.iter().map(|entry| entry.oid)).collect();
    let mut merged = Merged { out: PackWriter::begin(folder, ids.len(), Purpose::ToStay)?, places: BTreeMap::new() };
    drop(ids);
    for pack in &packs {
        merged.take(pack)?;
    }
    let name = merged.out.finish()?.publish()?;
    superseded.add(packs.iter().map(|pack| &pack.path), &name);
    Ok(())
}

/// How many of these sizes, from the smallest on, become one.
fn chosen(sizes: &[u64]) -> usize {
    let uneven = |pair: &[u64]| pair[1] < TIMES_LARGER * pair[0];
    let mut chosen = sizes.windows(2).rposition(uneven).map_or(0, |at| at + 2);
    let mut together: u64 = sizes[..chosen].iter().sum();
    while let Some(next) = sizes.get(chosen).filter(|next| chosen > 0 && **next < TIMES_LARGER * together) {
        together += next;
        chosen += 1;
    }
    chosen
}

/// The pack that all become.
struct Merged {
    out: PackWriter,
    /// Where each object is.
    places: BTreeMap<ObjectId, u64>,
}

impl Merged {
    /// Takes over what is not there yet.
    fn take(&mut self, pack: &Open) -> Result<(), PackError> {
        for number in 0..pack.entries.len() {
            // What it comes from is there first, however long the row of those is.
            let mut row = vec![number];
            while let Some(last) = row.last().copied() {
                if self.places.contains_key(&pack.entries[last].1) {
                    row.pop();
                    continue;
                }
                match pack.base_of(last)? {
                    Some(base) if !self.places.contains_key(&pack.entries[base].1) => {
                        if row.len() > pack.entries.len() {
                            return Err(pack.damaged());
                        }
                        row.push(base);
                    }
                    base => {
                        self.copy(pack, last, base)?;
                        row.pop();
                    }
                }
            }
        }
        Ok(())
    }

    fn copy(&mut self, pack: &Open, number: usize, base: Option<usize>) -> Result<(), PackError> {
        let (offset, id, sum) = pack.entries[number];
        let end = pack.entries.get(number + 1).map_or(pack.data.pack_end() as u64, |(next, ..)| *next);
        let bytes = pack.data.entry_slice(offset..end).ok_or_else(|| pack.damaged())?;
        let mut found = Crc::new();
        found.update(bytes);
        let entry = pack.data.entry(offset).map_err(|_| pack.damaged())?;
        let compressed = bytes.get(entry.header_size()..).ok_or_else(|| pack.damaged())?;
        if found.sum() != sum {
            return Err(pack.damaged());
        }
        let base = base.and_then(|base| self.places.get(&pack.entries[base].1).copied());
        let at = self.out.copied(id, entry.header.as_kind(), base, entry.decompressed_size, compressed)?;
        self.places.insert(id, at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_are_merged_until_each_is_larger_than_all_before() {
        for (sizes, wanted) in [
            (&[][..], 0),
            (&[5], 0),
            (&[5, 10, 20], 0),
            (&[5, 9, 20, 80], 3),
            (&[5, 9, 20], 3),
            (&[5, 6, 23], 2),
            (&[5, 6, 21], 3),
            (&[1, 2, 4, 8, 15], 5),
            (&[1, 10, 100, 150], 4),
        ] {
            assert_eq!(chosen(sizes), wanted, "{sizes:?}");
        }
    }

    #[test]
    fn a_long_history_leaves_few_packs_and_writes_an_object_few_times() {
        let (mut packs, mut written) = (Vec::new(), 0);
        for _ in 0..1_000 {
            packs.push(1);
            packs.sort_unstable();
            let chosen = chosen(&packs);
            if chosen > 1 {
                let merged: u64 = packs.drain(..chosen).sum();
                written += merged;
                packs.push(merged);
                packs.sort_unstable();
            }
            assert!(packs.len() <= 10, "{packs:?}");
        }
        assert!(written <= 12 * 1_000, "{written}");
    }
}
