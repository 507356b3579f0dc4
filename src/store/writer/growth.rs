//! How much lies loose in the repository, and when it is packed.
//!
//! Counted as it is written; the disk is looked at when the count says it is time.

use super::journal::Record;
use crate::store::pack;
use std::path::{Path, PathBuf};

/// How much lies loose, as far as this writer knows.
#[derive(Debug)]
pub(super) struct Growth {
    git_dir: PathBuf,
    /// Bytes on the disk, rather too many than too few; `None` before the first look.
    bytes: Option<u64>,
    /// Bytes that could not be packed, and are not tried again.
    given_up: u64,
}

impl Growth {
    pub(super) fn new(git_dir: &Path) -> Self {
        Self { git_dir: git_dir.to_owned(), bytes: None, given_up: 0 }
    }

    /// Counts the objects of a group.
    pub(super) fn add(&mut self, record: &Record) {
        let known = self.known();
        let new: u64 = record.objects.iter().map(|object| pack::bytes_at_most(object.content.len())).sum();
        self.bytes = Some(known + new);
    }

    /// Whether it is time to pack, beside the writing.
    pub(super) fn is_due(&mut self) -> bool {
        self.passes(pack::LOOSE_BYTES_START)
    }

    /// Packs before more is written, if packing beside the writing did not keep up, or nobody does it.
    pub(super) fn bound(&mut self) {
        if self.passes(pack::LOOSE_BYTES_MAX) {
            let packed = pack::repack(&self.git_dir).inspect_err(tell).is_ok();
            self.packed(packed);
        }
    }

    /// Takes note that packing was tried.
    pub(super) fn packed(&mut self, done: bool) {
        self.bytes = None;
        // What cannot be packed keeps nobody from working, and is tried again once as much again has come.
        self.given_up = if done { 0 } else { self.known() };
    }

    fn passes(&mut self, bound: u64) -> bool {
        let bound = bound + self.given_up;
        if self.known() < bound {
            return false;
        }
        // The count is rather too high: what others packed is not in it.
        let found = pack::loose(&self.git_dir).map_or(0, |loose| loose.bytes);
        self.bytes = Some(found);
        found >= bound
    }

    fn known(&mut self) -> u64 {
        // What cannot be counted is not packed either.
        let git_dir = &self.git_dir;
        *self.bytes.get_or_insert_with(|| pack::loose_bytes_guessed(git_dir).unwrap_or(0))
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
