//! Asking the daemon of a company, if one is there.

use super::place::Place;
use super::wire::{Reply, Request};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens.
    #[error("no daemon runs for this company")]
    Nobody,
    /// The conversation broke.
    #[error("the daemon did not answer: {0}")]
    Broken(io::Error),
}

/// Asks the daemon of the company at `place`.
///
/// # Errors
/// [`AskError`].
pub fn ask(place: &Place, request: &Request) -> Result<Reply, AskError> {
    ask_at(&place.socket(), request)
}

/// Asks whoever listens at `socket`.
///
/// # Errors
/// [`AskError`].
pub fn ask_at(socket: &Path, request: &Request) -> Result<Reply, AskError> {
    let mut stream = UnixStream::connect(socket).map_err(|_| AskError::Nobody)?;
    let broken = AskError::Broken;
    let line = serde_json::to_string(request).map_err(|error| broken(error.into()))?;
    writeln!(stream, "{line}").map_err(broken)?;
    let mut answer = String::new();
    BufReader::new(stream).take(ANSWER_BYTES_MAX).read_line(&mut answer).map_err(broken)?;
    serde_json::from_str(&answer).map_err(|error| broken(error.into()))
}
