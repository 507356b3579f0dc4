//! Accounts that were told to come back later: a file for each, written by whoever is told and read by the daemon before anything
//! starts.
//!
//! They are facts of this machine and not of the company: another machine may well have another account.

use super::place::Place;
use crate::model::local::AccountHold;
use crate::store::whole::{self, Lasts, Readers};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// How long an account rests that was not told for how long, in milliseconds: as long as most limits by the minute.
pub const UNTOLD_MS: i64 = 60_000;

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    until: Timestamp,
    run: String,
}

/// The file of an account.
pub fn file(place: &Place, account: &str) -> PathBuf {
    place.state.join("holds").join(format!("{account}.json"))
}

/// Every account that was told to come back later, also if that is over.
pub fn read(place: &Place) -> BTreeMap<String, AccountHold> {
    let files = std::fs::read_dir(place.state.join("holds")).into_iter().flatten().flatten();
    let holds = files.filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        let account = name.strip_suffix(".json")?.to_owned();
        Some((account, of(&file.path())?))
    });
    holds.collect()
}

/// What one account was told, by its file.
pub fn of(file: &Path) -> Option<AccountHold> {
    let Record { until, run } = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    Some(AccountHold { until, run })
}

/// Notes in its file that an account was told to come back later. Of two times the later one stays.
///
/// # Errors
/// It cannot be written.
pub fn set(file: &Path, until: Timestamp, run: &str) -> io::Result<()> {
    let known = std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
    if known.is_some_and(|known| known.until >= until) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let record = serde_json::to_vec(&Record { until, run: run.to_owned() })?;
    whole::write(file, &record, Lasts::UntilCrash, Readers::AsUsual)
}

/// Lets an account try again. Whether it was told to come back later.
///
/// # Errors
/// The file cannot be removed.
pub fn clear(place: &Place, account: &str) -> io::Result<bool> {
    match std::fs::remove_file(file(place, account)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_times_the_later_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("holds/claude_local.json");
        let at = |second| Timestamp::from_second(second).unwrap();
        for (until, expected) in [(50, 50), (40, 50), (60, 60)] {
            set(&file, at(until), "r-1").unwrap();
            let record: Record = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            assert_eq!(record.until, at(expected));
        }
        let left = std::fs::read_dir(file.parent().unwrap()).unwrap().count();
        assert_eq!(left, 1);
    }
}
