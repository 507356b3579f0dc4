//! Reading and writing a run's folder, and telling whether its supervisor lives.

use super::records::{Ceiling, End, Job, Stop, Supervisor};
use crate::runtime::machine;
use crate::store::whole::{self, Lasts, Readers};
use rustix::process::Signal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Tells a supervisor that its run may spend another amount now. Ignored by whoever knows nothing of it, such as a supervisor of
/// an earlier version.
pub(crate) const LOOK_AT_CEILING: Signal = Signal::URG;

/// What the run said.
pub const TRANSCRIPT: &str = "transcript.jsonl";

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

/// The folder or a record in it could not be used.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing} {path}: {source}")]
pub struct FolderError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// The supervisor's lock. The kernel lets go of it when its holder dies, however it dies.
#[derive(Debug)]
pub struct Alive {
    /// Keeps the lock.
    _file: File,
}

/// Whether a run's supervisor lives.
#[derive(Debug)]
pub enum Life {
    /// It does.
    Alive,
    /// It does not, and cannot begin to while this is held.
    Dead(Alive),
}

impl Folder {
    /// The folder at `path`, there or not.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder, readable by its owner only, with these files in it; the job last, since with it the run may
    /// begin.
    ///
    /// # Errors
    /// [`FolderError`], also if there is such a folder.
    pub fn create<'a>(
        &self,
        job: &Job,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), FolderError> {
        let fail = |source| self.error("make", "", source);
        if let Some(above) = self.path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(above).map_err(fail)?;
        }
        DirBuilder::new().mode(0o700).create(&self.path).map_err(fail)?;
        for (name, text) in files {
            self.put(name, text.as_bytes(), false)?;
        }
        self.write("job.json", job, false)
    }

    /// Whether there is such a folder.
    pub fn exists(&self) -> bool {
        self.path.is_dir()
    }

    /// What to call.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn job(&self) -> Result<Job, FolderError> {
        let found = self.read("job.json")?;
        found.ok_or_else(|| self.error("read", "job.json", io::ErrorKind::NotFound.into()))
    }

    /// Which process supervises, if one ever began to.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn supervisor(&self) -> Result<Option<Supervisor>, FolderError> {
        self.read("supervisor.json")
    }

    /// Says which process supervises.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn set_supervisor(&self, supervisor: &Supervisor) -> Result<(), FolderError> {
        self.write("supervisor.json", supervisor, false)
    }

    /// That it should stop, if somebody said so.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn stop(&self) -> Result<Option<Stop>, FolderError> {
        self.read("stop.json")
    }

    /// Asks the run to stop, whether or not it has begun. What was said first stays.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn ask_to_stop(&self, stop: &Stop) -> Result<(), FolderError> {
        if self.stop()?.is_none() {
            self.write("stop.json", stop, false)?;
        }
        if let Some(supervisor) = self.supervisor()?
            && supervisor.boot == machine::boot()
        {
            // One that is gone needs no asking, and one that has not begun finds the record.
            supervisor.process.signal(Signal::TERM);
        }
        Ok(())
    }

    /// What it may spend now, where that is not what its job says.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn ceiling(&self) -> Result<Option<Ceiling>, FolderError> {
        self.read("ceiling.json")
    }

    /// Says what it may spend from now on, whether or not it has begun.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn set_ceiling(&self, ceiling: &Ceiling) -> Result<(), FolderError> {
        let now = self.ceiling()?;
        if now.as_ref() == Some(ceiling) || (now.is_none() && self.job()?.ceiling == *ceiling) {
            return Ok(());
        }
        self.write("ceiling.json", ceiling, false)?;
        if let Some(supervisor) = self.supervisor()?
            && supervisor.boot == machine::boot()
        {
            supervisor.process.signal(LOOK_AT_CEILING);
        }
        Ok(())
    }

    /// How it ended, if it did.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn end(&self) -> Result<Option<End>, FolderError> {
        self.read("end.json")
    }

    /// Says how it ended, durably.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn set_end(&self, end: &End) -> Result<(), FolderError> {
        self.write("end.json", end, true)
    }

    /// Whether the run was given up.
    pub fn is_buried(&self) -> bool {
        self.path.join("tombstone").exists()
    }

    /// Gives the run up. `_proof` is the lock of the supervisor it has no longer; the folder is made if there is none,
    /// so that a supervisor that comes late finds the mark.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn bury(&self, _proof: &Alive) -> Result<(), FolderError> {
        // Its supervisor takes that away, unless it died first.
        super::super::secrets::given::clear(&self.path);
        self.put("tombstone", b"", true)
    }

    /// Removes all but what the run said, for a run that was settled long ago. What cannot be removed stays.
    pub fn keep_the_transcript(&self) {
        let said = fs::metadata(self.path.join(TRANSCRIPT)).is_ok_and(|found| found.len() > 0);
        if !said {
            return drop(fs::remove_dir_all(&self.path));
        }
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            if entry.file_name() != TRANSCRIPT {
                let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let remove = if folder { fs::remove_dir_all } else { fs::remove_file };
                drop(remove(&entry.path()));
            }
        }
    }

    /// Takes the lock that says that a supervisor lives, or finds that one does.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn look(&self) -> Result<Life, FolderError> {
        let file = self.alive_file()?;
        match file.try_lock() {
            Ok(()) => Ok(Life::Dead(Alive { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(Life::Alive),
            Err(TryLockError::Error(source)) => Err(self.error("lock", "alive", source)),
        }
    }

    /// Waits until no supervisor lives. Blocks the thread.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn wait_for_death(&self) -> Result<Alive, FolderError> {
        let file = self.alive_file()?;
        file.lock().map_err(|source| self.error("lock", "alive", source))?;
        Ok(Alive { _file: file })
    }

    fn alive_file(&self) -> Result<File, FolderError> {
        let fail = |source| self.error("open", "alive", source);
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path).map_err(fail)?;
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.path.join("alive"))
            .map_err(fail)
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, FolderError> {
        match fs::read(self.path.join(name)) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map(Some).map_err(|error| self.error("read", name, error.into()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.error("read", name, source)),
        }
    }

    fn write(&self, name: &str, record: &impl Serialize, durable: bool) -> Result<(), FolderError> {
        let bytes = serde_json::to_vec(record).map_err(|error| self.error("write", name, error.into()))?;
        self.put(name, &bytes, durable)
    }

    /// Writes a file whole.
    pub(crate) fn put(&self, name: &str, bytes: &[u8], durable: bool) -> Result<(), FolderError> {
        let lasts = if durable { Lasts::New } else { Lasts::UntilCrash };
        whole::write(&self.path.join(name), bytes, lasts, Readers::Nobody)
            .map_err(|source| self.error("write", name, source))
    }

    pub(crate) fn error(&self, doing: &'static str, name: &str, source: io::Error) -> FolderError {
        FolderError { doing, path: self.path.join(name), source }
    }
}
