//! The packs that are there: which of them may be packed again, and what is in one.

use super::PackError;
use super::loose::{Object, is_whole};
use gix::ObjectId;
use gix::odb::pack::data::{self, entry::Header};
use gix::odb::pack::{cache, index, multi_index};
use sha1::{Digest as _, Sha1};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A pack of more objects than this, or more bytes, was made to stay: few groups of changes write so much.
const SMALL_OBJECTS_MAX: usize = 2_048;
const SMALL_BYTES_MAX: usize = 3 << 20;

/// No pack that was not waited for is larger: what is in it is in the journal as well.
const DAMAGED_BYTES_MAX: u64 = 2 * crate::store::writer::JOURNAL_BYTES;

/// A pack of more than this stays as it is, so that no packing takes long.
const PACK_BYTES_MAX: u64 = 1 << 30;

/// What lies beside a pack when it is not to be touched: somebody keeps it, it has what nothing reaches, or it came from
/// a clone without all its objects.
const LEFT_ALONE: [&str; 3] = ["keep", "mtimes", "promisor"];

/// The files of a pack, in the order in which they go: without its index nobody looks for the others.
const FILES: [&str; 4] = ["idx", "rev", "bitmap", "pack"];

/// A pack that is there.
#[derive(Debug)]
pub(super) struct Pack {
    /// Its files, without an ending.
    pub(super) path: PathBuf,
    pub(super) objects: u64,
    pub(super) bytes: u64,
}

impl Pack {
    /// Whether it was written for now.
    pub(super) fn is_small(&self) -> bool {
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        is_small(number(self.objects), number(self.bytes))
    }
}

/// Whether a pack of this many objects and bytes is written for now.
pub(super) fn is_small(objects: usize, bytes: usize) -> bool {
    objects <= SMALL_OBJECTS_MAX && bytes <= SMALL_BYTES_MAX
}

/// The packs that may be packed again.
pub(super) fn all(folder: &Path) -> Result<Vec<Pack>, PackError> {
    let Some(elsewhere) = in_a_larger_index(folder) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(source) => return Err(PackError::Io { path: folder.to_owned(), source }),
    };
    for entry in entries {
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
pub(super) struct Open {
    pub(super) path: PathBuf,
    pub(super) data: data::File,
    pub(super) index: index::File,
    /// Where each entry begins, its object, and the checksum of its bytes.
    pub(super) entries: Vec<(u64, ObjectId, u32)>,
}

impl Open {
    pub(super) fn at(path: PathBuf) -> Result<Self, PackError> {
        let damaged = |_| PackError::Changed(path.with_extension("pack"));
        let data = data::File::at(path.with_extension("pack"), gix::hash::Kind::Sha1).map_err(damaged)?;
        let index = index::File::at(path.with_extension("idx"), gix::hash::Kind::Sha1).map_err(damaged)?;
        let entry = |entry: index::Entry| (entry.pack_offset, entry.oid, entry.crc32.unwrap_or_default());
        let mut entries: Vec<_> = index.iter().map(entry).collect();
        entries.sort_unstable();
        Ok(Self { path, data, index, entries })
    }

    pub(super) fn damaged(&self) -> PackError {
        PackError::Changed(self.path.with_extension("pack"))
    }

    /// The number of the entry at a place.
    fn entry_at(&self, offset: u64) -> Result<usize, PackError> {
        self.entries.binary_search_by_key(&offset, |(at, ..)| *at).map_err(|_| self.damaged())
    }

    /// The number of the entry another one comes from, if it does.
    pub(super) fn base_of(&self, number: usize) -> Result<Option<usize>, PackError> {
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

impl Open {
    /// Every object in it; `None` if one is not what its name says.
    pub(super) fn objects(&self) -> Option<Vec<Object>> {
        let mut inflate = gix::zlib::Inflate::default();
        let nobody = |id: &gix::oid, _: &mut Vec<u8>| {
            let at = self.index.lookup(id).map(|at| self.data.entry(self.index.pack_offset_at_index(at)));
            Ok(at.transpose()?.map(data::decode::entry::ResolvedBase::InPack))
        };
        let read = |(offset, id, _): &(u64, ObjectId, u32)| {
            let entry = self.data.entry(*offset).ok()?;
            let mut content = Vec::new();
            let read = self.data.decode_entry(entry, &mut content, &mut inflate, &nobody, &mut cache::Never).ok()?;
            is_whole(*id, read.kind, &content).then_some(Object { id: *id, kind: read.kind, content })
        };
        self.entries.iter().map(read).collect()
    }
}

/// Packs whose objects are in another one by now. They go when it is packed the next time: who has just read the index of
/// one opens the pack a moment later, and looks for a newer one only once.
#[derive(Debug)]
pub(super) struct Superseded {
    folder: PathBuf,
    /// Where their names are kept. A list that is lost leaves them there twice, and they are packed again.
    list: PathBuf,
    names: BTreeSet<String>,
}

impl Superseded {
    /// Those of the last time, in the `folder` of packs; `own` is our folder of packing.
    pub(super) fn read(folder: &Path, own: &Path) -> Self {
        let list = own.join("superseded");
        let text = fs::read_to_string(&list).unwrap_or_default();
        let is_name = |name: &&str| name.starts_with("pack-") && !name.contains('/');
        let names = text.lines().filter(is_name).map(str::to_owned).collect();
        Self { folder: folder.to_owned(), list, names }
    }

    /// Whether this pack is one.
    pub(super) fn contains(&self, pack: &Path) -> bool {
        pack.file_name().is_some_and(|name| self.names.contains(&*name.to_string_lossy()))
    }

    /// Removes them.
    pub(super) fn remove(&mut self) {
        for name in std::mem::take(&mut self.names) {
            for ending in FILES {
                drop(fs::remove_file(self.folder.join(format!("{name}.{ending}"))));
            }
        }
        drop(fs::remove_file(&self.list));
    }

    /// Adds packs whose objects are in the one called `by`, which is on the disk.
    pub(super) fn add<'a>(&mut self, packs: impl IntoIterator<Item = &'a PathBuf>, by: &str) {
        let names = packs.into_iter().filter_map(|pack| Some(pack.file_name()?.to_string_lossy().into_owned()));
        self.names.extend(names.filter(|name| name != by));
        let text: String = self.names.iter().flat_map(|name| [name, "\n"]).collect();
        drop(fs::write(&self.list, text));
    }
}

/// Puts packs aside, into `aside`, that were not waited for and that a power cut damaged: git stumbles over them, and what we wrote into them is in
/// the journal. Returns their names.
pub(in crate::store) fn sweep_damaged(git_dir: &Path, aside: &Path) -> Result<Vec<String>, PackError> {
    let folder = git_dir.join("objects/pack");
    let mut damaged = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let small =
            |ending| fs::metadata(path.with_extension(ending)).is_ok_and(|file| file.len() <= DAMAGED_BYTES_MAX);
        let is_index = path.extension().is_some_and(|ending| ending == "idx");
        if !is_index || !small("idx") || !small("pack") || is_sound(&path) {
            continue;
        }
        // Where nothing can be read any more, this one is not what is damaged.
        drop(fs::File::open(&folder).map_err(PackError::io(&folder))?);
        fs::create_dir_all(aside).map_err(PackError::io(aside))?;
        for path in FILES.map(|ending| path.with_extension(ending)) {
            let to = aside.join(path.file_name().unwrap_or_default());
            match fs::rename(&path, to) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(PackError::io(path)(error)),
                _ => {}
            }
        }
        damaged.push(path.with_extension("").file_name().unwrap_or_default().to_string_lossy().into_owned());
    }
    Ok(damaged)
}

/// Whether a pack and its index are what was written.
fn is_sound(index: &Path) -> bool {
    let whole = |path: PathBuf| {
        let bytes = fs::read(path).ok()?;
        let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(20)?)?;
        (Sha1::digest(content)[..] == *sum).then(|| bytes.clone())
    };
    let (Some(index), Some(pack)) = (whole(index.to_owned()), whole(index.with_extension("pack"))) else {
        return false;
    };
    // The index says which pack it is of.
    index.len() >= 40 && pack.ends_with(&index[index.len() - 40..index.len() - 20])
}
