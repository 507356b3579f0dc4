//! Asking the daemon of a company, if one is there.

use super::place::Place;
use super::wire::{Ask, Reply, Request};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// How much of an answer is taken at once, in bytes: a list of ten thousand tickets has a million.
const ANSWER_BYTES: usize = 64 << 10;

/// A run's door, and what opens it.
#[derive(Clone)]
pub struct Door {
    /// Its socket.
    pub socket: PathBuf,
    /// The run's token.
    pub token: String,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token opens the door to whoever reads it.
        write!(f, "Door({})", self.socket.display())
    }
}

impl Door {
    /// Asks as the run. A request that comes again with the same `id` is answered and not done again.
    ///
    /// # Errors
    /// [`AskError`].
    pub fn ask(&self, id: String, ask: Ask) -> Result<Reply, AskError> {
        let request = Request { id, by: None, run: None, token: Some(self.token.clone()), ask };
        match ask_at(&self.socket, &request) {
            // Who holds the door is the run's own supervisor.
            Err(AskError::Nobody) => Err(AskError::Over),
            answered => answered,
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens.
    #[error("no daemon runs for this company")]
    Nobody,
    /// The door is gone: its run is over.
    #[error("the run is over")]
    Over,
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
    BufReader::with_capacity(ANSWER_BYTES, stream).take(ANSWER_BYTES_MAX).read_line(&mut answer).map_err(broken)?;
    serde_json::from_str(&answer).map_err(|error| broken(error.into()))
}
