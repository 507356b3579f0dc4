//! An archive on this machine, read whole and then taken apart in memory.

use super::SourceError;
use crate::format::package::check::Intake;
use crate::format::package::{archive, digest};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Reads the archive at `path`, which a person calls `place`, and returns the SHA-256 of its bytes.
pub(super) fn read(path: &Path, place: &str, intake: &mut Intake<'_>) -> Result<String, SourceError> {
    let max = intake.limits().archive_bytes;
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(max + 1).read_to_end(&mut bytes))
        .map_err(|source| SourceError::Io { path: path.to_owned(), source })?;
    if bytes.len() as u64 > max {
        return Err(SourceError::TooLarge { path: path.to_owned(), max });
    }
    archive::read(&bytes, intake).map_err(|source| SourceError::Archive { path: place.to_owned(), source })?;
    Ok(digest::sha256(&bytes))
}
