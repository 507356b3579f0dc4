//! Packs of about the same size become one, so that there are few and an object is written again only a few times in
//! its life: once for each doubling of the history behind it.
//!
//! Entries are taken over as they are, compressed and as differences, so that it costs little more than copying a file.

use super::PackError;
use super::write::PackWriter;
use flate2::Crc;
use gix::ObjectId;
use gix::odb::pack::data::{self, entry::Header};
use gix::odb::pack::{index, multi_index};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A pack is as large as all smaller ones together, times this, or they become one.
const TIMES_LARGER: u64 = 2;

/// A pack of more than this stays as it is, so that no packing takes long.
const PACK_BYTES_MAX: u64 = 1 << 30;

/// What lies beside a pack when it is not to be touched: somebody keeps it, it has what nothing reaches, or it came from
/// a clone without all its objects.
const LEFT_ALONE: [&str; 3] = ["keep", "mtimes", "promisor"];

/// The files of a pack, in the order in which they go: without its index nobody looks for the others.
const FILES: [&str; 4] = ["idx", "rev", "bitmap", "pack"];

/// A pack that is there.
struct Pack {
    path: PathBuf,
    objects: u64,
    bytes: u64,
}

/// Merges what is to be merged in the folder of packs.
pub(super) fn merge(folder: &Path) -> Result<(), PackError> {
    let mut found = all(folder)?;
    found.sort_by_key(|pack| (pack.objects, pack.bytes));
    let chosen = chosen(&found.iter().map(|pack| pack.objects).collect::<Vec<_>>());
    if chosen < 2 {
        return Ok(());
    }
    let packs: Vec<Open> = found.drain(..chosen).map(|pack| Open::at(pack.path)).collect::<Result<_, _>>()?;
    let ids: BTreeSet<ObjectId> = packs.iter().flat_map(|pack| pack.index.iter().map(|entry| entry.oid)).collect();
    let mut merged = Merged { out: PackWriter::begin(folder, ids.len())?, places: BTreeMap::new() };
    drop(ids);
    for pack in &packs {
        merged.take(pack)?;
    }
    let name = merged.out.finish()?.publish()?;
    for pack in packs.iter().filter(|pack| pack.path.file_name() != Some(name.as_ref())) {
        for ending in FILES {
            // One that cannot be removed is there twice, and merged again next time.
            drop(fs::remove_file(pack.path.with_extension(ending)));
        }
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(PackError::io(folder))
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

/// The packs that may be merged.
fn all(folder: &Path) -> Result<Vec<Pack>, PackError> {
    let Some(elsewhere) = in_a_larger_index(folder) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(PackError::io(folder))? {
        let path = entry.map_err(PackError::io(folder))?.path();
        let is_index = path.extension().is_some_and(|ending| ending == "idx");
        let left_alone = LEFT_ALONE.iter().any(|ending| path.with_extension(ending).exists());
        if !is_index || left_alone || path.file_name().is_some_and(|name| elsewhere.contains(name)) {
            continue;
        }
        // One that cannot be read is for who looks after damage.
        let Ok(index) = index::File::at(&path, gix::hash::Kind::Sha1) else { continue };
        let Ok(file) = fs::metadata(path.with_extension("pack")) else { continue };
        if index.version() == index::Version::V2 && file.len() <= PACK_BYTES_MAX {
            let path = path.with_extension("");
            found.push(Pack { path, objects: index.num_objects().into(), bytes: file.len() });
        }
    }
    Ok(found)
}

/// The indexes whose packs are also in an index of several, which names them; `None` if that cannot be told.
fn in_a_larger_index(folder: &Path) -> Option<BTreeSet<OsString>> {
    if folder.join("multi-pack-index.d").exists() {
        return None;
    }
    let path = folder.join("multi-pack-index");
    if !path.exists() {
        return Some(BTreeSet::new());
    }
    let file = multi_index::File::at(path, None).ok()?;
    Some(file.index_names().iter().map(|name| name.clone().into_os_string()).collect())
}

/// A pack that is read.
struct Open {
    path: PathBuf,
    data: data::File,
    index: index::File,
    /// Where each entry begins, its object, and the checksum of its bytes.
    entries: Vec<(u64, ObjectId, u32)>,
}

impl Open {
    fn at(path: PathBuf) -> Result<Self, PackError> {
        let damaged = |_| PackError::Changed(path.with_extension("pack"));
        let data = data::File::at(path.with_extension("pack"), gix::hash::Kind::Sha1).map_err(damaged)?;
        let index = index::File::at(path.with_extension("idx"), gix::hash::Kind::Sha1).map_err(damaged)?;
        let entry = |entry: index::Entry| (entry.pack_offset, entry.oid, entry.crc32.unwrap_or_default());
        let mut entries: Vec<_> = index.iter().map(entry).collect();
        entries.sort_unstable();
        Ok(Self { path, data, index, entries })
    }

    fn damaged(&self) -> PackError {
        PackError::Changed(self.path.with_extension("pack"))
    }

    /// The number of the entry at a place.
    fn entry_at(&self, offset: u64) -> Result<usize, PackError> {
        self.entries.binary_search_by_key(&offset, |(at, ..)| *at).map_err(|_| self.damaged())
    }

    /// The number of the entry another one comes from, if it does.
    fn base_of(&self, number: usize) -> Result<Option<usize>, PackError> {
        let offset = self.entries[number].0;
        let entry = self.data.entry(offset).map_err(|_| self.damaged())?;
        match entry.header {
            Header::OfsDelta { base_distance } => {
                self.entry_at(offset.checked_sub(base_distance).ok_or_else(|| self.damaged())?).map(Some)
            }
            Header::RefDelta { base_id } => {
                let at = self.index.lookup(base_id).ok_or_else(|| self.damaged())?;
                self.entry_at(self.index.pack_offset_at_index(at)).map(Some)
            }
            _ => Ok(None),
        }
    }
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
