//! An object in a file of its own, as git keeps it: written beside its place and then put there.
//!
//! A file takes a block of the disk whatever is in it, so what fits into one is not compressed, and neither are folders,
//! which are mostly ids: that would take longer than everything else, for files that are packed before long.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix::objs::Kind;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The name of a file that is being written. The writer's lock makes it ours, so one that is found was left by a writer
/// that died; `git gc` takes it for what it is as well.
const TEMPORARY: &str = "tmp_obj_corp";

/// What takes one block of the disk.
const BLOCK_BYTES: usize = 4 << 10;

/// Most bytes in a piece that is not compressed.
const PIECE_BYTES_MAX: usize = 0xffff;

/// What the sum of bytes behind the pieces is counted by.
const SUM_MODULUS: u32 = 65_521;

/// Bytes whose sums fit into their numbers.
const SUMMED_AT_ONCE: usize = 5_552;

/// How often an object is written again because its folder went. Each time takes a packing that ends in that moment.
const WRITES_MAX: usize = 16;

/// Writes objects, one after the other.
#[derive(Debug, Default)]
pub(super) struct Loose {
    buffer: Vec<u8>,
}

impl Loose {
    /// Writes an object to the file at `path`, whatever is there.
    ///
    /// Whoever packs, we or a person's `git gc`, removes the folders of objects that it emptied: also one that was just
    /// made for this. Then it is made again.
    pub(super) fn put(&mut self, path: &Path, kind: Kind, content: &[u8]) -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let temporary = folder.join(TEMPORARY);
        self.fill(kind, content)?;
        let mut tries = 0;
        let mut file = loop {
            tries += 1;
            match File::options().write(true).create_new(true).mode(0o444).open(&temporary) {
                Ok(file) => break file,
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < WRITES_MAX => {
                    match fs::create_dir(folder) {
                        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                        _ => {}
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < WRITES_MAX => {
                    fs::remove_file(&temporary)?;
                }
                Err(error) => return Err(error),
            }
        };
        let written = file.write_all(&self.buffer).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            drop(fs::remove_file(&temporary));
        }
        written
    }

    /// Makes what stands in the file.
    fn fill(&mut self, kind: Kind, content: &[u8]) -> io::Result<()> {
        let head = format!("{kind} {}\0", content.len());
        self.buffer.clear();
        if kind == Kind::Tree || head.len() + content.len() + 16 <= BLOCK_BYTES {
            store(head.as_bytes(), content, &mut self.buffer);
            return Ok(());
        }
        let mut encoder = ZlibEncoder::new(&mut self.buffer, Compression::fast());
        encoder.write_all(head.as_bytes())?;
        encoder.write_all(content)?;
        encoder.finish().map(drop)
    }
}

/// The two parts in the format of zlib, as they are.
fn store(head: &[u8], content: &[u8], out: &mut Vec<u8>) {
    out.extend([0x78, 0x01]);
    let all = [head, content].concat();
    let last = all.len().div_ceil(PIECE_BYTES_MAX) - 1;
    for (number, piece) in all.chunks(PIECE_BYTES_MAX).enumerate() {
        let length = piece.len() as u16;
        out.push(u8::from(number == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend_from_slice(piece);
    }
    out.extend(sum(&all).to_be_bytes());
}

fn sum(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (1_u32, 0_u32);
    for piece in bytes.chunks(SUMMED_AT_ONCE) {
        for byte in piece {
            low += u32::from(*byte);
            high += low;
        }
        (low, high) = (low % SUM_MODULUS, high % SUM_MODULUS);
    }
    high << 16 | low
}

/// What an object may be called in `objects` while it is written.
pub(super) fn temporary(objects: &Path) -> Vec<PathBuf> {
    (0..=u8::MAX).map(|first| objects.join(format!("{first:02x}")).join(TEMPORARY)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn what_is_written_is_read_again_whatever_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let mut loose = Loose::default();
        for size in [0, 1, 4_000, 4_080, 5_552, 65_530, 70_000, 200_000] {
            let content: Vec<u8> = (0..size).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            for kind in [Kind::Tree, Kind::Blob] {
                let path = folder.path().join("ab").join("cd");
                loose.put(&path, kind, &content).unwrap();
                let mut found = Vec::new();
                let file = File::open(&path).unwrap();
                flate2::read::ZlibDecoder::new(file).read_to_end(&mut found).unwrap();
                assert_eq!(found, [format!("{kind} {size}\0").as_bytes(), &content].concat());
            }
        }
    }

    #[test]
    fn what_a_dead_writer_left_is_in_nobodys_way() {
        let objects = tempfile::tempdir().unwrap();
        let folder = objects.path().join("ab");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(TEMPORARY), "half").unwrap();
        Loose::default().put(&folder.join("cd"), Kind::Blob, b"whole").unwrap();
        assert!(!folder.join(TEMPORARY).exists());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}
