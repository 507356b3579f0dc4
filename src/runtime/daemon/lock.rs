//! One daemon for each company: a kernel lock on `.git/corp/daemon`, which is never deleted and never stale.

use super::{DaemonError, system};
use crate::runtime::place::Place;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::time::Duration;

/// The lock.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// How often the lock is tried for, and how far apart: longer than anybody looks.
const TRIES_MAX: u32 = 5;
const TRY_EVERY: Duration = Duration::from_millis(10);

/// Who serves a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The process, as it says of itself.
    pub pid: Option<u32>,
}

fn open(place: &Place) -> std::io::Result<File> {
    let folder = place.root.join(".git/corp");
    std::fs::create_dir_all(&folder)?;
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(folder.join("daemon"))
}

pub(super) fn take(place: &Place) -> Result<Lock, DaemonError> {
    let doing = format!("lock {}", place.root.display());
    let mut file = open(place).map_err(system(doing.clone()))?;
    let mut tries = 0;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            // Whoever only looks whether a daemon runs holds it for a moment as well.
            Err(TryLockError::WouldBlock) if tries < TRIES_MAX => {
                tries += 1;
                std::thread::sleep(TRY_EVERY);
            }
            Err(TryLockError::WouldBlock) => {
                return Err(DaemonError::Runs { root: place.root.clone(), pid: pid(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(system(doing)(source)),
        }
    }
    // The note is for people; nothing is decided from it.
    drop(file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id())));
    Ok(Lock { _file: file })
}

/// Who serves the company now; `None`: nobody.
pub fn holder(place: &Place) -> Option<Holder> {
    let mut file = open(place).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(Holder { pid: pid(&mut file) }),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
