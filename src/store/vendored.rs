//! Comparing content with the source records that claim it, for files that lie in a folder.

use crate::format::Draft;
use crate::format::draft::EntryType;
use crate::format::package::digest::{self, Vendored};
use crate::format::package::{PackageFile, Tree};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Most bytes that are hashed to compare content with source records. A record may be written a thousand times
/// over about one large file; real packages have a few texts.
const COMPARED_BYTES_MAX: u64 = 256 << 20;

/// Compares what lies in `root` with the records in `draft` that claim it; what goes beyond
/// [`COMPARED_BYTES_MAX`] is not compared.
pub(super) fn vendored(root: &Path, draft: &Draft) -> Vec<Vendored> {
    let mut wanted: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut left = COMPARED_BYTES_MAX;
    for (file, _, source) in draft.sources() {
        let candidates = digest::candidates(file, source);
        if candidates.is_empty() {
            continue;
        }
        let entry = |path: &String| {
            draft.entries.get(path).filter(|entry| matches!(entry.kind, EntryType::File | EntryType::Executable))
        };
        let there: Vec<String> = candidates.into_iter().filter(|path| entry(path).is_some()).collect();
        let bytes: u64 = there.iter().filter_map(entry).map(|entry| entry.bytes).sum();
        let Some(rest) = left.checked_sub(bytes) else {
            // Half of a file's records would say of the other half that it is not there.
            wanted.remove(file);
            break;
        };
        left = rest;
        let files = wanted.entry(file).or_default();
        files.insert(file.to_owned());
        files.extend(there);
    }
    compare(root, wanted)
}

/// Reads the files of one record's file at a time, so that no more than they are in memory.
fn compare(root: &Path, wanted: BTreeMap<&str, BTreeSet<String>>) -> Vec<Vendored> {
    let one = |(file, paths): (&str, BTreeSet<String>)| {
        let read = |path: String| {
            Some((path.clone(), PackageFile { bytes: fs::read(root.join(path)).ok()?, executable: false }))
        };
        let tree: Tree = paths.into_iter().filter_map(read).collect();
        digest::vendored(&tree).into_iter().filter(|vendored| vendored.file == file).collect::<Vec<_>>()
    };
    wanted.into_par_iter().flat_map_iter(one).collect()
}
