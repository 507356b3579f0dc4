//! Loose objects become a pack: of each path the newest version whole, and what each older one says of a newer.

use super::loose::{self, File, Object, Reader};
use super::write::{PackWriter, Written};
use super::{PackError, delta, lines};
use gix::ObjectId;
use gix::odb::pack::{cache, data, index};
use std::fs;
use std::path::Path;

/// Most bytes of the disk that become one pack; what is in them is in memory meanwhile.
const PACKED_AT_ONCE: u64 = 64 << 20;

/// The same of what is in them.
const CONTENT_AT_ONCE: usize = 128 << 20;

/// Packs every loose object, and removes what was packed.
pub(super) fn gather(git_dir: &Path, packs: &Path) -> Result<(), PackError> {
    let mut reader = Reader::new();
    let mut open = loose::all(git_dir)?.into_iter().peekable();
    while open.peek().is_some() {
        let mut objects = Vec::new();
        let (mut bytes, mut content) = (0, 0);
        while let Some(File { id, bytes: its, .. }) =
            open.next_if(|_| bytes < PACKED_AT_ONCE && content < CONTENT_AT_ONCE)
        {
            bytes += its;
            if let Some(object) = reader.read(git_dir, id)? {
                content += object.content.len();
                objects.push(object);
            }
        }
        if objects.is_empty() {
            continue;
        }
        let written = write(packs, &objects)?;
        check(&written, &objects)?;
        written.publish()?;
        for object in &objects {
            // One that cannot be removed is there twice, and packed again next time.
            drop(fs::remove_file(loose::path(git_dir, object.id)));
        }
    }
    Ok(())
}

fn write(packs: &Path, objects: &[Object]) -> Result<Written, PackError> {
    let mut pack = PackWriter::begin(packs, objects.len())?;
    for line in lines::of(objects) {
        let mut places = Vec::with_capacity(line.len());
        for (number, at) in line.iter().enumerate() {
            let Object { id, kind, content } = &objects[*at];
            // Version six comes from four, and that from the newest: so many steps as ones in the number, and each
            // only as far as it must be. The other way round it would be slow to read or large.
            let base = number & number.wrapping_sub(1);
            let delta =
                line.get(base).filter(|_| number > 0).map(|base| &objects[*base]).filter(|base| base.kind == *kind);
            let delta = delta.and_then(|base| delta::encode(&base.content, content, content.len() / 2));
            places.push(match delta {
                Some(delta) => pack.delta(*id, places[base], &delta)?,
                None => pack.whole(*id, *kind, content)?,
            });
        }
    }
    pack.finish()
}

/// Reads every object from the pack as git will. Only then may the loose one go.
fn check(written: &Written, objects: &[Object]) -> Result<(), PackError> {
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
