//! What one version of a file or folder says of another: copies of the other's bytes, and the bytes that are new.
//!
//! The two come from the same path, so they are nearly always the same but for a few bytes: one comparison finds that.
//! `git` looks for the best of ten candidates for each object, which is most of what packing costs it.

/// Bytes that are compared at once when the versions went apart: an entry of a folder is about twice as long.
const BLOCK_BYTES: usize = 16;

/// Most bytes one instruction inserts.
const INSERT_MAX: usize = 127;

/// Most bytes one instruction copies.
const COPY_MAX: usize = 0xff_ffff;

/// How `target` comes from `base`, in git's format; `None` if that would take more than `most` bytes.
pub(super) fn encode(base: &[u8], target: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    size(base.len(), &mut out);
    size(target.len(), &mut out);
    let mut blocks = None;
    let (mut at, mut new) = (0, 0);
    // Where the base goes on if nothing was put in or taken out.
    let mut expected = 0;
    while at < target.len() {
        let straight = same(base.get(expected..).unwrap_or_default(), &target[at..]);
        let found = if straight >= BLOCK_BYTES || straight == target.len() - at {
            Some((expected, straight))
        } else {
            let blocks = blocks.get_or_insert_with(|| Blocks::of(base));
            blocks.find(&target[at..]).map(|start| (start, same(&base[start..], &target[at..])))
        };
        match found {
            Some((start, length)) if length > 0 => {
                // What was taken for new may be the end of the part before the block.
                let back = target[new..at].iter().rev().zip(base[..start].iter().rev());
                let back = back.take_while(|(one, other)| one == other).count();
                insert(&target[new..at - back], &mut out);
                copy(start - back, length + back, &mut out);
                at += length;
                (new, expected) = (at, start + length);
            }
            _ => (at, expected) = (at + 1, expected + 1),
        }
        if out.len() + (at - new) > most {
            return None;
        }
    }
    insert(&target[new..], &mut out);
    (out.len() <= most).then_some(out)
}

/// How many bytes both begin with.
fn same(one: &[u8], other: &[u8]) -> usize {
    const AT_ONCE: usize = 64;
    let whole = one.chunks_exact(AT_ONCE).zip(other.chunks_exact(AT_ONCE)).take_while(|(one, other)| one == other);
    let start = whole.count() * AT_ONCE;
    start + one[start..].iter().zip(&other[start..]).take_while(|(one, other)| one == other).count()
}

/// Where the blocks of a version begin, by what is in them.
struct Blocks<'a> {
    base: &'a [u8],
    /// The number of a block and one, by the hash of its bytes; of several, the first.
    table: Vec<u32>,
}

impl<'a> Blocks<'a> {
    fn of(base: &'a [u8]) -> Self {
        let blocks = base.len() / BLOCK_BYTES;
        let mut table = vec![0; (blocks * 2).next_power_of_two()];
        for (number, block) in (1..).zip(base.chunks_exact(BLOCK_BYTES)) {
            let slot = slot(block, table.len());
            if table[slot] == 0 {
                table[slot] = number;
            }
        }
        Self { base, table }
    }

    /// Where the block `target` begins with is in the base.
    fn find(&self, target: &[u8]) -> Option<usize> {
        let block = target.get(..BLOCK_BYTES)?;
        let number = self.table[slot(block, self.table.len())].checked_sub(1)?;
        let start = number as usize * BLOCK_BYTES;
        (&self.base[start..start + BLOCK_BYTES] == block).then_some(start)
    }
}

fn slot(block: &[u8], slots: usize) -> usize {
    let half = |half: &[u8]| u64::from_le_bytes(half.try_into().expect("half a block is eight bytes"));
    let (first, second) = block.split_at(BLOCK_BYTES / 2);
    let mixed = (half(first) ^ half(second).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The upper bits are mixed best.
    usize::try_from(mixed >> 32).unwrap_or_default() & (slots - 1)
}

fn size(mut size: usize, out: &mut Vec<u8>) {
    while size >= 0x80 {
        out.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    out.push(size as u8);
}

fn insert(bytes: &[u8], out: &mut Vec<u8>) {
    for piece in bytes.chunks(INSERT_MAX) {
        out.push(piece.len() as u8);
        out.extend_from_slice(piece);
    }
}

fn copy(mut start: usize, mut length: usize, out: &mut Vec<u8>) {
    while length > 0 {
        let piece = length.min(COPY_MAX);
        let at = out.len();
        out.push(0x80);
        for (number, byte) in (start as u32).to_le_bytes().into_iter().enumerate() {
            part(byte, number, at, out);
        }
        for (number, byte) in (piece as u32).to_le_bytes().into_iter().take(3).enumerate() {
            part(byte, number + 4, at, out);
        }
        (start, length) = (start + piece, length - piece);
    }
}

/// One byte of a copy's place or length; zeros are left out.
fn part(byte: u8, number: usize, at: usize, out: &mut Vec<u8>) {
    if byte != 0 {
        out[at] |= 1 << number;
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What git makes of it.
    fn apply(base: &[u8], delta: &[u8]) -> Vec<u8> {
        let mut rest = delta.iter().copied();
        let mut size = || {
            let (mut size, mut shift) = (0, 0);
            loop {
                let byte = rest.next().unwrap();
                size |= usize::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    return size;
                }
            }
        };
        assert_eq!(size(), base.len());
        let length = size();
        let mut out = Vec::new();
        while let Some(code) = rest.next() {
            if code & 0x80 == 0 {
                assert_ne!(code, 0);
                out.extend(rest.by_ref().take(code.into()));
            } else {
                let mut number = |bits: std::ops::Range<u32>| {
                    let first = bits.start;
                    bits.filter(|bit| code & (1 << bit) != 0)
                        .fold(0, |all, bit| all | usize::from(rest.next().unwrap()) << (8 * (bit - first)))
                };
                let (start, length) = (number(0..4), number(4..7));
                out.extend_from_slice(&base[start..start + length]);
            }
        }
        assert_eq!(out.len(), length);
        out
    }

    #[test]
    fn a_changed_entry_of_a_folder_takes_its_own_bytes_and_little_more() {
        let entry = |number: usize, id: u8| {
            [format!("100644 T-{number:04}.md\0").as_bytes(), &[id; 20].map(|byte| byte ^ number as u8)].concat()
        };
        let folder = |changed: &[usize]| -> Vec<u8> {
            (0..1000).flat_map(|number| entry(number, if changed.contains(&number) { 9 } else { 1 })).collect()
        };
        let base = folder(&[]);
        for changed in [&[500][..], &[0], &[999], &[3, 500, 501]] {
            let target = folder(changed);
            let delta = encode(&base, &target, usize::MAX).unwrap();
            assert_eq!(apply(&base, &delta), target);
            assert!(delta.len() < 8 + 36 * changed.len(), "{} bytes for {} entries", delta.len(), changed.len());
        }
        // One that is new shifts all behind it.
        let more: Vec<u8> = [&base[..3500], &entry(5000, 7), &base[3500..]].concat();
        let delta = encode(&base, &more, usize::MAX).unwrap();
        assert_eq!(apply(&base, &delta), more);
        assert!(delta.len() < 64, "{} bytes", delta.len());
        assert_eq!(encode(&base, &more, 20), None);
        assert_eq!(apply(&base, &encode(&base, &base, 64).unwrap()), base);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_made_again(
            base in proptest::collection::vec(0_u8..4, 0..300),
            cuts in proptest::collection::vec((0_usize..300, 0_usize..300, proptest::collection::vec(any::<u8>(), 0..200)), 0..5),
        ) {
            let mut target = Vec::new();
            for (start, length, new) in cuts {
                let start = start.min(base.len());
                target.extend_from_slice(&base[start..(start + length).min(base.len())]);
                target.extend(new);
            }
            let delta = encode(&base, &target, usize::MAX).unwrap();
            prop_assert_eq!(apply(&base, &delta), target);
        }
    }
}
