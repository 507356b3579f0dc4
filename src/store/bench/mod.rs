//! What the store costs on this machine, measured beside what people would do without it: `corp bench`.
//!
//! Everything happens in a folder made for it and removed afterwards. The clock is the caller's.

pub mod barrier;
pub mod company;
pub mod growth;
pub mod mutations;

use super::git::GitError;
use super::pack::PackError;
use super::writer::WriteError;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What time it is, and how much of the processor was used.
pub trait Clock: Sync {
    /// Time since some moment.
    fn wall(&self) -> Duration;
    /// Processor time of this program so far, of all its threads, in user and system.
    fn cpu(&self) -> Duration;
    /// Processor time of the programs it started that have ended; `None` where the system does not tell.
    fn children(&self) -> Option<Duration>;
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file could not be written.
    #[error("could not work with {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The writer could not write.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The program that is compared with could not be run.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The objects could not be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// What was written is not there. The figures mean nothing, and the store is broken.
    #[error("{wanted} changes were answered and {found} are in the history")]
    Lost {
        /// Answered.
        wanted: usize,
        /// Found.
        found: usize,
    },
}

impl BenchError {
    fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

/// What one way of changing files costs.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Cost {
    /// Changes that were made.
    pub changes: usize,
    /// How long a caller waits, in microseconds: the median.
    pub wait_us: u64,
    /// How long a caller waits, in microseconds: nineteen of twenty wait less.
    pub wait_p95_us: u64,
    /// Processor time of each change, in microseconds, that of started programs included.
    pub cpu_us: u64,
    /// Changes in a second, all callers together.
    pub per_second: u64,
}

/// Times of one measurement while it is made.
struct Watch<'a> {
    clock: &'a dyn Clock,
    wall: Duration,
    cpu: Duration,
}

impl<'a> Watch<'a> {
    fn start(clock: &'a dyn Clock) -> Self {
        Self { clock, wall: clock.wall(), cpu: cpu(clock) }
    }

    /// The cost of the changes a caller waited for as long as `waits` says.
    fn stop(&self, mut waits: Vec<Duration>) -> Cost {
        let (wall, cpu) = (self.clock.wall() - self.wall, cpu(self.clock).saturating_sub(self.cpu));
        let changes = waits.len();
        waits.sort();
        let at = |share: usize| micros(waits.get(changes * share / 100).copied().unwrap_or_default());
        let each = |total: Duration| micros(total) / changes.max(1) as u64;
        let per_second = (changes as f64 / wall.as_secs_f64().max(1e-9)).round();
        Cost { changes, wait_us: at(50), wait_p95_us: at(95), cpu_us: each(cpu), per_second: per_second as u64 }
    }
}

fn cpu(clock: &dyn Clock) -> Duration {
    clock.cpu() + clock.children().unwrap_or_default()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Makes a folder's entries durable.
fn folder_sync(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// The file system that holds `folder`, if it is one whose barriers cost nothing because it is only memory.
pub fn is_memory(folder: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        const TMPFS_MAGIC: u64 = 0x0102_1994;
        rustix::fs::statfs(folder).is_ok_and(|found| u64::try_from(found.f_type) == Ok(TMPFS_MAGIC))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        false
    }
}
