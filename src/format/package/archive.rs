//! Archives, recognised by their first bytes and not by their names.

use super::check::Intake;
use super::refused::{Refused, shown};
use super::{untar, unzip};

/// The archive could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// An entry may not come in.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The archive as a whole makes no sense, or two kinds of sense.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// It is no archive, or of a kind that is not read.
    #[error("this is not an archive that can be read: .zip, .tar and .tar.gz can")]
    Unknown,
}

impl ArchiveError {
    /// A damage told by a library; its words may quote the archive.
    pub(super) fn damaged(error: impl std::fmt::Display) -> Self {
        Self::Damaged(shown(error.to_string().as_bytes()))
    }
}

/// Reads all entries of the archive `bytes`: zip, or tar, plain or in gzip. An archive inside is a file.
///
/// # Errors
/// [`ArchiveError`]; nothing of the intake is to be used then.
pub fn read(bytes: &[u8], intake: &mut Intake<'_>) -> Result<(), ArchiveError> {
    if unzip::is_zip(bytes) {
        unzip::unzip(bytes, intake)
    } else if untar::is_gzip(bytes) || untar::is_tar(bytes) {
        untar::untar(bytes, intake)
    } else {
        Err(ArchiveError::Unknown)
    }
}
