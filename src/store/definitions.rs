//! The bytes of a company's definitions, for what decides about texts and not only about what they say.

use crate::format::Draft;
use crate::format::draft::EntryType;
use crate::format::package::{PackageFile, Tree};
use rayon::prelude::*;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders of records, which no package touches; they are also the large ones.
const RECORDS: [&str; 5] = ["tickets/", "approvals/", "secrets/", "vaults/", "ledger/"];

/// A definition could not be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read {path}: {source}")]
pub struct DefinitionError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Reads every file of the company in `root`, listed in `draft`, that is no record. Links are left out: nothing
/// is read through them.
///
/// # Errors
/// [`DefinitionError`]: what cannot be seen cannot be decided about.
pub fn definitions(root: &Path, draft: &Draft) -> Result<Tree, DefinitionError> {
    let read = |path: &String| {
        let full = root.join(path);
        let bytes = fs::read(&full).map_err(|source| DefinitionError { path: full, source })?;
        Ok((path.clone(), PackageFile { bytes, executable: false }))
    };
    let wanted: Vec<&String> = draft
        .entries
        .iter()
        .filter(|(_, entry)| matches!(entry.kind, EntryType::File | EntryType::Executable))
        .map(|(path, _)| path)
        .filter(|path| !RECORDS.iter().any(|folder| path.starts_with(folder)))
        .collect();
    wanted.into_par_iter().map(read).collect()
}
