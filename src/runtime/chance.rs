//! The one place that asks the machine for chance.

use std::fs::File;
use std::io::{self, Read as _};

/// Bytes nobody can guess.
///
/// # Errors
/// The machine gives none. An id that is no chance could be another's, so that whoever needs one does without.
pub fn bytes<const BYTES: usize>() -> io::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A number for pauses and the like, by which nothing is told apart: zero if the machine gives no chance.
pub fn number() -> u64 {
    bytes().map_or(0, u64::from_le_bytes)
}
