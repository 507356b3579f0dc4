//! Loose objects and small packs become a pack: of each path the newest version whole, and what each older one says of a newer.

use super::loose::{self, Object, Reader};
use super::there::{self, Open, Pack, Superseded};
use super::write::{PackWriter, Purpose, Written};
use super::{PackError, Ready, delta, lines};
use gix::ObjectId;
use gix::odb::pack::{cache, data, index};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Most bytes of the disk that become one pack; what is in them is in memory meanwhile.
const PACKED_AT_ONCE: u64 = 64 << 20;

/// The same of what is in them.
const CONTENT_AT_ONCE: usize = 128 << 20;

/// Packs every loose object and what small packs hold, and removes what was loose.
pub(super) fn gather(git_dir: &Path, packs: &Path, superseded: &mut Superseded) -> Result<(), PackError> {
    let small: Vec<Pack> = there::all(packs)?.into_iter().filter(Pack::is_small).collect();
    let mut loose = loose::all(git_dir)?.into_iter().peekable();
    // One small pack alone is as good as it will be.
    let take_small = loose.peek().is_some() || small.len() > 1;
    let mut small = small.into_iter().filter(|_| take_small).peekable();
    let mut reader = Reader::new();
    while loose.peek().is_some() || small.peek().is_some() {
        let mut batch = Batch::default();
        while let Some(file) = loose.next_if(|_| batch.has_room()) {
            batch.bytes += file.bytes;
            let object = reader.read(git_dir, file.id)?;
            batch.loose.extend(object.as_ref().map(|object| object.id));
            batch.objects.extend(object);
            batch.count();
        }
        while let Some(pack) = small.next_if(|_| batch.has_room()) {
            batch.bytes += pack.bytes;
            // One that is damaged stays for who looks after damage; one that is gone was packed by somebody else.
            let Some(objects) = Open::at(pack.path.clone()).ok().and_then(|pack| pack.objects()) else { continue };
            batch.objects.extend(objects);
            batch.count();
            batch.small.push(pack.path);
        }
        batch.pack(git_dir, packs, superseded)?;
    }
    Ok(())
}

/// What becomes one pack.
#[derive(Default)]
struct Batch {
    objects: Vec<Object>,
    /// Those that are loose.
    loose: Vec<ObjectId>,
    /// The small packs the others are from.
    small: Vec<PathBuf>,
    /// Bytes of the disk they took.
    bytes: u64,
    /// Bytes that are in them.
    content: usize,
    counted: usize,
}

impl Batch {
    fn has_room(&self) -> bool {
        self.bytes < PACKED_AT_ONCE && self.content < CONTENT_AT_ONCE
    }

    fn count(&mut self) {
        self.content += self.objects[self.counted..].iter().map(|object| object.content.len()).sum::<usize>();
        self.counted = self.objects.len();
    }

    fn pack(mut self, git_dir: &Path, packs: &Path, superseded: &mut Superseded) -> Result<(), PackError> {
        let mut seen = BTreeSet::new();
        self.objects.retain(|object| seen.insert(object.id));
        if self.objects.is_empty() {
            return Ok(());
        }
        let ready: Vec<Ready<'_>> = self.objects.iter().map(Object::ready).collect();
        let written = write(packs, &ready, Purpose::ToStay)?;
        check(&written, &ready)?;
        let name = written.publish()?;
        for id in self.loose {
            // One that cannot be removed is there twice, and packed again next time.
            drop(fs::remove_file(loose::path(git_dir, id)));
        }
        superseded.add(&self.small, &name);
        Ok(())
    }
}

/// Writes a pack of `objects`.
pub(super) fn write(packs: &Path, objects: &[Ready<'_>], purpose: Purpose) -> Result<Written, PackError> {
    let mut pack = PackWriter::begin(packs, objects.len(), purpose)?;
    for line in lines::of(objects) {
        let mut places = Vec::with_capacity(line.len());
        for (number, at) in line.iter().enumerate() {
            let Ready { id, kind, content } = objects[*at];
            // Version six comes from four, and that from the newest: so many steps as ones in the number, and each
            // only as far as it must be. The other way round it would be slow to read or large.
            let base = number & number.wrapping_sub(1);
            let other = line.get(base).filter(|_| number > 0).map(|base| objects[*base]);
            let delta = other
                .filter(|other| other.kind == kind)
                .and_then(|other| delta::encode(other.content, content, content.len() / 2));
            places.push(match delta {
                Some(delta) => pack.delta(id, places[base], &delta)?,
                None => pack.whole(id, kind, content)?,
            });
        }
    }
    pack.finish()
}

/// Reads every object from the pack as git will. Only then may the loose one go.
fn check(written: &Written, objects: &[Ready<'_>]) -> Result<(), PackError> {
    let [pack, index] = written.paths();
    let unreadable = |_| PackError::Changed(pack.clone());
    let data = data::File::at(pack, gix::hash::Kind::Sha1).map_err(unreadable)?;
    let index = index::File::at(index, gix::hash::Kind::Sha1).map_err(unreadable)?;
    let mut wanted: Vec<ObjectId> = objects.iter().map(|object| object.id).collect();
    wanted.sort_unstable();
    let mut same = index.iter().map(|entry| entry.oid).eq(wanted);
    let (mut content, mut inflate) = (Vec::new(), gix::zlib::Inflate::default());
    for entry in index.iter() {
        let from = data.entry(entry.pack_offset).map_err(unreadable)?;
        let nobody = |_: &gix::oid, _: &mut Vec<u8>| Ok(None);
        let read = data.decode_entry(from, &mut content, &mut inflate, &nobody, &mut cache::Never);
        same &= loose::is_whole(entry.oid, read.map_err(unreadable)?.kind, &content);
    }
    if same { Ok(()) } else { Err(PackError::Changed(pack.clone())) }
}
