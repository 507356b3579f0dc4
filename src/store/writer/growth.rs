//! How much lies loose in the repository, and when it is packed.
//!
//! Counted as it is written; the disk is looked at when the count says it is time.

use super::journal::Record;
use super::objects;
use crate::store::pack;
use std::path::{Path, PathBuf};

/// How much lies loose, as far as this writer knows.
#[derive(Debug)]
pub(super) struct Growth {
    git_dir: PathBuf,
    /// Rather too much than too little; `None` before the first look.
    found: Option<Unpacked>,
    /// What could not be packed, and is not tried again.
    given_up: Unpacked,
}

/// What is to be packed.
#[derive(Debug, Clone, Copy, Default)]
struct Unpacked {
    /// Bytes of the disk that loose objects take.
    bytes: u64,
    /// Small packs.
    packs: usize,
}

impl Growth {
    pub(super) fn new(git_dir: &Path) -> Self {
        Self { git_dir: git_dir.to_owned(), found: None, given_up: Unpacked::default() }
    }

    /// Counts the objects of a group, which are in a small pack or loose.
    pub(super) fn add(&mut self, record: &Record, packed: bool) {
        let mut known = self.known();
        if packed {
            known.packs += 1;
        } else {
            let bytes = |object: &objects::Object| pack::bytes_at_most(object.content.len());
            known.bytes += record.objects.iter().map(bytes).sum::<u64>();
        }
        self.found = Some(known);
    }

    /// Whether it is time to pack, beside the writing.
    pub(super) fn is_due(&mut self) -> bool {
        self.passes(Unpacked { bytes: pack::LOOSE_BYTES_START, packs: pack::SMALL_START })
    }

    /// Packs before more is written, if packing beside the writing did not keep up, or nobody does it.
    pub(super) fn bound(&mut self) {
        if self.passes(Unpacked { bytes: pack::LOOSE_BYTES_MAX, packs: pack::SMALL_MAX }) {
            let packed = pack::repack(&self.git_dir).inspect_err(tell).is_ok();
            self.packed(packed);
        }
    }

    /// Takes note that packing was tried.
    pub(super) fn packed(&mut self, done: bool) {
        self.found = None;
        // What cannot be packed keeps nobody from working, and is tried again once as much again has come.
        self.given_up = if done { Unpacked::default() } else { self.known() };
    }

    fn passes(&mut self, bound: Unpacked) -> bool {
        let given_up = self.given_up;
        let passes = |found: Unpacked| {
            found.bytes >= bound.bytes + given_up.bytes || found.packs >= bound.packs + given_up.packs
        };
        if !passes(self.known()) {
            return false;
        }
        // The count is rather too high: what others packed is not in it.
        let bytes = pack::loose(&self.git_dir).map_or(0, |loose| loose.bytes);
        let found = Unpacked { bytes, packs: pack::small(&self.git_dir).unwrap_or(0) };
        self.found = Some(found);
        passes(found)
    }

    fn known(&mut self) -> Unpacked {
        // What cannot be counted is not packed either.
        let git_dir = &self.git_dir;
        *self.found.get_or_insert_with(|| Unpacked {
            bytes: pack::loose_bytes_guessed(git_dir).unwrap_or(0),
            packs: pack::small(git_dir).unwrap_or(0),
        })
    }

    /// The repository.
    pub(super) fn git_dir(&self) -> &Path {
        &self.git_dir
    }
}

/// A repository that cannot be packed works, and takes more room; whoever reads the log should know.
pub(super) fn tell(error: &pack::PackError) {
    tracing::warn!("{error}");
}
