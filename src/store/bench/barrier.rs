//! What makes bytes durable on this disk, and what it costs: the choice behind `docs/decisions/0006-barrier.md`.

use super::{BenchError, Clock, Cost, Watch, folder_sync};
use crate::store::scratch::Scratch;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Times each way is tried.
const TIMES: usize = 100;

/// New objects of one change, and their size: what lies in git after a ticket has changed.
const OBJECTS: usize = 5;
const OBJECT_BYTES: usize = 1_200;

/// Size of the file that is written beforehand, as the journal's.
const JOURNAL_BYTES: usize = 4 << 20;

/// What the disk is kept busy with: files of this size, each synced, one after the other, by two at once.
const BUSY_BYTES: usize = 8 << 20;
const BUSY_WRITERS: usize = 2;

/// A way to make a group of changes durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Nothing is waited for.
    None,
    /// One record in a file written beforehand, one `fdatasync`.
    Journal,
    /// A new file for each object, `syncfs` before and after the branch.
    FileSystem,
    /// A new file for each object, each synced, and its folder, and the branch.
    EachFile,
}

/// A way, and what it costs.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Row {
    /// Whether others write to the same disk meanwhile.
    pub busy: bool,
    /// How.
    pub way: Way,
    /// Changes behind one barrier.
    pub group: usize,
    /// What it costs; a "change" here is a group.
    #[serde(flatten)]
    pub cost: Cost,
}

/// Tries every way on the disk that holds `parent`, quiet and busy, for one change and for sixteen.
///
/// # Errors
/// [`BenchError`].
pub fn measure(parent: &Path, clock: &dyn Clock, tell: &mut dyn FnMut(&Row)) -> Result<Vec<Row>, BenchError> {
    let scratch = Scratch::new(parent).map_err(BenchError::io(parent))?;
    let mut rows = Vec::new();
    for busy in [false, true] {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            if busy {
                for number in 0..BUSY_WRITERS {
                    let (done, path) = (&done, scratch.path().join(format!("busy-{number}")));
                    scope.spawn(move || keep_busy(&path, done));
                }
            }
            let mut all = || {
                for group in [1, 16] {
                    for way in [Way::None, Way::Journal, Way::FileSystem, Way::EachFile] {
                        let folder = scratch.path().join(format!("{busy}-{group}-{way:?}"));
                        let cost = run(&folder, way, group, clock).map_err(BenchError::io(&folder))?;
                        let row = Row { busy, way, group, cost };
                        tell(&row);
                        rows.push(row);
                    }
                }
                Ok::<(), BenchError>(())
            };
            let measured = all();
            done.store(true, Ordering::Relaxed);
            measured
        })?;
    }
    Ok(rows)
}

fn run(folder: &Path, way: Way, group: usize, clock: &dyn Clock) -> io::Result<Cost> {
    let disk = Disk::new(folder)?;
    let mut waits = Vec::new();
    let watch = Watch::start(clock);
    for time in 0..TIMES {
        let start = clock.wall();
        disk.change(way, group, time)?;
        waits.push(clock.wall() - start);
    }
    Ok(watch.stop(waits))
}

/// Files laid out like a repository's.
struct Disk {
    folder: PathBuf,
    journal: File,
}

impl Disk {
    fn new(folder: &Path) -> io::Result<Self> {
        for number in 0..=u8::MAX {
            fs::create_dir_all(folder.join(format!("{number:02x}")))?;
        }
        fs::write(folder.join("journal"), vec![0; JOURNAL_BYTES])?;
        let journal = File::options().write(true).open(folder.join("journal"))?;
        journal.sync_all()?;
        sync_file_system(folder)?;
        Ok(Self { folder: folder.to_owned(), journal })
    }

    fn change(&self, way: Way, group: usize, time: usize) -> io::Result<()> {
        let bytes = content(time, OBJECT_BYTES);
        if way == Way::Journal {
            let record = bytes.repeat(OBJECTS * group);
            let at = (time * record.len()) % (JOURNAL_BYTES - record.len());
            self.journal.write_all_at(&record, at as u64)?;
            self.journal.sync_data()?;
        }
        for number in 0..OBJECTS * group {
            let folder = self.folder.join(format!("{:02x}", (time * 131 + number * 37) % 256));
            let (new, path) = (folder.join("new"), folder.join(format!("{time}-{number}")));
            let mut file = File::create(&new)?;
            file.write_all(&bytes)?;
            if way == Way::EachFile {
                file.sync_data()?;
            }
            fs::rename(&new, path)?;
            if way == Way::EachFile {
                folder_sync(&folder)?;
            }
        }
        if way == Way::FileSystem {
            sync_file_system(&self.folder)?;
        }
        let branch = self.folder.join("branch");
        let new = self.folder.join("branch.lock");
        fs::write(&new, &bytes[..41])?;
        if way == Way::EachFile {
            File::open(&new)?.sync_data()?;
        }
        fs::rename(new, branch)?;
        match way {
            Way::None | Way::Journal => Ok(()),
            Way::FileSystem => sync_file_system(&self.folder),
            Way::EachFile => folder_sync(&self.folder),
        }
    }
}

/// Bytes that do not compress.
fn content(seed: usize, length: usize) -> Vec<u8> {
    let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[cfg(target_os = "linux")]
fn sync_file_system(folder: &Path) -> io::Result<()> {
    rustix::fs::syncfs(File::open(folder)?).map_err(io::Error::from)
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(folder: &Path) -> io::Result<()> {
    rustix::fs::sync();
    folder_sync(folder)
}

/// Writes and syncs until it is told to stop; what it cannot write it tries again.
fn keep_busy(path: &Path, done: &AtomicBool) {
    let bytes = content(1, BUSY_BYTES);
    while !done.load(Ordering::Relaxed) {
        drop(fs::write(path, &bytes).and_then(|()| File::open(path)?.sync_all()));
    }
}
