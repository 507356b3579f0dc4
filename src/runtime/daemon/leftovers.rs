//! What lies on the disk of runs that are over, and goes: the folders of those that were sealed, and talk that is too old or
//! too much. In a thread of low priority: a folder is a dozen files, and nobody waits for them to be gone.

use super::upkeep::lower_priority;
use crate::runtime::office::Office;
use crate::runtime::run::{Folder, retention};
use std::thread::JoinHandle;

/// After how many runs the transcripts are looked through again. Each may have said sixteen megabytes.
const SWEEP_EVERY_RUNS: usize = 50;

/// What is to go.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    /// Whoever removes something now.
    hand: Option<JoinHandle<()>>,
    /// Folders of sealed runs.
    sealed: Vec<Folder>,
    /// Runs that were settled since the transcripts were looked through.
    settled: usize,
    /// Whether they were in this daemon's life.
    swept: bool,
}

impl Leftovers {
    /// Those that an earlier daemon had sealed and not removed.
    pub(super) fn of(office: &Office) -> Self {
        let entries = std::fs::read_dir(office.place.runs()).into_iter().flatten().flatten();
        let sealed = entries.filter(|entry| entry.file_name().to_str().is_some_and(|run| office.is_sealed(run)));
        Self { sealed: sealed.map(|entry| Folder::at(entry.path())).collect(), ..Self::default() }
    }

    /// These were sealed.
    pub(super) fn sealed(&mut self, folders: Vec<Folder>) {
        self.sealed.extend(folders);
    }

    /// A run was settled.
    pub(super) fn settled(&mut self) {
        self.settled += 1;
    }

    /// Whether something is being removed, or is still to be.
    pub(super) fn is_left(&self) -> bool {
        self.is_busy() || !self.sealed.is_empty()
    }

    fn is_busy(&self) -> bool {
        self.hand.as_ref().is_some_and(|hand| !hand.is_finished())
    }

    /// Begins to remove what is to go, unless that is being done.
    #[expect(
        clippy::disallowed_methods,
        reason = "how old a file is is a matter of the machine's clock, not of the company's"
    )]
    pub(super) fn begin(&mut self, office: &Office) {
        let sweeps = office.is_by_the_machine() && (!self.swept || self.settled >= SWEEP_EVERY_RUNS);
        if (self.sealed.is_empty() && !sweeps) || self.is_busy() {
            return;
        }
        let sealed = std::mem::take(&mut self.sealed);
        if sweeps {
            (self.swept, self.settled) = (true, 0);
        }
        let runs = office.place.runs();
        let open = office.open_runs().iter().map(ToString::to_string).collect();
        let work = move || {
            lower_priority();
            sealed.iter().for_each(Folder::keep_the_transcript);
            if !sweeps {
                return;
            }
            match retention::sweep(&runs, &open, std::time::SystemTime::now(), retention::BYTES_MAX) {
                Ok(0) => {}
                Ok(gone) => tracing::info!(gone, "transcripts that were too old or too many are removed"),
                Err(error) => tracing::warn!(%error, "old transcripts cannot be removed"),
            }
        };
        // Without a thread for it, it is done at the next start.
        self.hand = std::thread::Builder::new().name("leftovers".to_owned()).spawn(work).ok();
    }
}
