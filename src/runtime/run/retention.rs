//! How long transcripts stay: the oldest go first, when they are too old or all of them too many bytes.
//!
//! Only what was said goes, of runs that are over; the ledger keeps its hash, and the folder its records. Of a run that was
//! sealed the transcript is all that is left, and the folder goes with it.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Oldest transcript that is kept, in days: a quarter, in which somebody asks what was done.
pub const AGE_DAYS_MAX: u64 = 90;

/// Most bytes of all transcripts of a company: what a laptop has room for beside its work.
pub const BYTES_MAX: u64 = 2 << 30;

/// What a run was told and said, as files of its folder.
const SAID: &[&str] = &["transcript.jsonl", "stdin", "prompt.md", "system.md", "instructions.toml"];

/// Removes what is too old or too much, and returns how many transcripts went. `open` are the runs that go on.
///
/// # Errors
/// The folder of runs cannot be read; one transcript that cannot be removed keeps no other.
pub fn sweep(runs: &Path, open: &BTreeSet<String>, now: SystemTime, bytes_max: u64) -> io::Result<usize> {
    let mut found: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    let entries = match std::fs::read_dir(runs) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    for entry in entries.flatten() {
        let folder = entry.path();
        // One that was sealed has no record of its end any more, nor of what it was to do.
        let over = || folder.join("end.json").is_file() || !folder.join("job.json").exists();
        if open.contains(&*entry.file_name().to_string_lossy()) || !over() {
            continue;
        }
        if let Ok(said) = std::fs::metadata(folder.join(SAID[0])) {
            found.push((said.modified().unwrap_or(SystemTime::UNIX_EPOCH), said.len(), folder));
        }
    }
    found.sort();
    let mut bytes: u64 = found.iter().map(|(_, bytes, _)| bytes).sum();
    let oldest = now.checked_sub(Duration::from_secs(AGE_DAYS_MAX * 86_400)).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut gone = 0;
    for (at, length, folder) in found {
        if at >= oldest && bytes <= bytes_max {
            break;
        }
        bytes -= length;
        if SAID.iter().all(|name| remove(&folder.join(name)).is_ok()) {
            gone += 1;
            // Refused, as it should be, where there are records.
            drop(std::fs::remove_dir(&folder));
        }
    }
    Ok(gone)
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, create_dir_all, write};

    #[test]
    fn the_oldest_go_first_and_what_goes_on_stays() {
        let place = tempfile::tempdir().unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 * 86_400);
        let days = |days: u64| now - Duration::from_secs(days * 86_400);
        for (name, age, over) in
            [("r-1", 100, true), ("r-2", 3, true), ("r-3", 2, true), ("r-4", 200, true), ("r-5", 300, false)]
        {
            let folder = place.path().join(name);
            create_dir_all(&folder).unwrap();
            write(folder.join("transcript.jsonl"), [b'x'; 100]).unwrap();
            File::options().write(true).open(folder.join("transcript.jsonl")).unwrap().set_modified(days(age)).unwrap();
            write(folder.join("job.json"), "{}").unwrap();
            if over {
                write(folder.join("end.json"), "{}").unwrap();
            }
        }
        // One that was sealed long ago.
        create_dir_all(place.path().join("r-6")).unwrap();
        let said = place.path().join("r-6/transcript.jsonl");
        write(&said, "x").unwrap();
        File::options().write(true).open(&said).unwrap().set_modified(days(99)).unwrap();
        let open = BTreeSet::from(["r-4".to_owned()]);
        let left = || {
            let names = ["r-1", "r-2", "r-3", "r-4", "r-5", "r-6"];
            names
                .into_iter()
                .filter(|name| place.path().join(name).join("transcript.jsonl").exists())
                .collect::<Vec<_>>()
        };
        assert_eq!(sweep(place.path(), &open, now, 1_000).unwrap(), 2);
        assert_eq!(left(), ["r-2", "r-3", "r-4", "r-5"], "two were too old");
        assert!(!place.path().join("r-6").exists());
        assert_eq!(sweep(place.path(), &open, now, 150).unwrap(), 1);
        assert_eq!(left(), ["r-3", "r-4", "r-5"], "the older one made room");
        assert!(place.path().join("r-1/end.json").exists());
        assert_eq!(sweep(&place.path().join("nowhere"), &open, now, 0).unwrap(), 0);
    }
}
