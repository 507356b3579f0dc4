//! Watching a company's folder: hints that something happened at a path, never what.
//!
//! The operating system may tell late, twice, too little or nothing at all (a full queue, too many folders, a network
//! drive); whoever takes hints looks at the files, and scans them all from time to time. Folders are watched one by
//! one: those that hold a company's files, and of git's own only what tells that a branch moved.

mod sieve;

use crate::format::layout::FOLDERS;
use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use sieve::Hint;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most events that wait to be taken; beyond, everything is looked at, which costs less.
const EVENTS_MAX: usize = 16_384;

/// Most folders that are watched. Each pins kernel memory, and a company has one per ticket with a thread.
const FOLDERS_MAX: usize = 100_000;

/// How often all files should be looked at where watching does not reach them all, in milliseconds.
pub const SCAN_WITHOUT_WATCH_MS: i64 = 3_000;

/// Why a folder could not be watched at all.
#[derive(Debug, thiserror::Error)]
#[error("{folder} cannot be watched: {reason}")]
pub struct WatchError {
    /// The folder.
    pub folder: PathBuf,
    /// What the system said.
    pub reason: String,
}

/// What may have happened.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Hints {
    /// Paths relative to the company's root, those of git's own files included.
    pub paths: BTreeSet<String>,
    /// Hints were lost: everything should be looked at.
    pub rescan: bool,
    /// What a person should know, said once.
    pub told: Option<String>,
}

/// What the system told, and nobody has taken.
#[derive(Debug, Default)]
struct Waiting {
    events: Vec<notify::Event>,
    /// Whether there was more of it.
    lost: bool,
}

/// Where the watcher's thread puts what it is told.
#[derive(Debug, Default)]
struct Came {
    waiting: Mutex<Waiting>,
    some: Condvar,
}

impl Came {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts down an event; `None`: something was not told.
    fn put(&self, event: Option<notify::Event>) {
        let mut waiting = self.waiting();
        match event {
            Some(event) if waiting.events.len() < EVENTS_MAX => waiting.events.push(event),
            _ => waiting.lost = true,
        }
        self.some.notify_all();
    }
}

/// A watch on a company's folder. It ends when it is dropped.
pub struct Watch {
    root: PathBuf,
    branch: String,
    watcher: RecommendedWatcher,
    came: Arc<Came>,
    watched: BTreeSet<PathBuf>,
    skips: Box<dyn Fn(&str) -> bool + Send>,
    partial: bool,
    told: Option<String>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("root", &self.root).field("folders", &self.watched.len()).finish_non_exhaustive()
    }
}

impl Watch {
    /// Watches the company in `root`, whose branch is `branch`. `wake` is called, on another thread, when there are
    /// hints to take; `skips` says of a folder, by its path in the company, that nobody saves in it.
    ///
    /// # Errors
    /// [`WatchError`] if not even the root can be watched: then look at all files from time to time.
    pub fn start(
        root: &Path,
        branch: &str,
        wake: impl Fn() + Send + 'static,
        skips: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<Self, WatchError> {
        let failed = |reason: String| WatchError { folder: root.to_owned(), reason };
        // Events name what was watched, so that a link on the way would make every path another one.
        let real = root.canonicalize().map_err(|error| failed(error.to_string()))?;
        let came = Arc::new(Came::default());
        let handler = handler(Arc::clone(&came), wake);
        let watcher = notify::recommended_watcher(handler).map_err(|error| failed(error.to_string()))?;
        let mut watch = Self {
            root: real,
            branch: branch.to_owned(),
            watcher,
            came,
            watched: BTreeSet::new(),
            skips: Box::new(skips),
            partial: false,
            told: None,
        };
        watch.add(&watch.root.clone()).map_err(|error| failed(error.to_string()))?;
        watch.watch_all();
        Ok(watch)
    }

    /// Takes what was hinted at since the last call. New folders are watched and looked through here.
    pub fn hints(&mut self) -> Hints {
        let Waiting { events, lost } = std::mem::take(&mut *self.came.waiting());
        let mut hints = Hints { rescan: lost, ..Hints::default() };
        for event in &events {
            for hint in sieve::hints(&self.root, &self.branch, event) {
                match hint {
                    Hint::Path(path) => drop(hints.paths.insert(path)),
                    Hint::Folder(path) => self.arrived(&path, &mut hints.paths),
                    Hint::Left(path) => {
                        self.departed(&path);
                        hints.paths.insert(path);
                    }
                    Hint::Rescan => hints.rescan = true,
                }
            }
        }
        if hints.rescan {
            // A folder may have come without a word.
            self.watch_all();
        }
        hints.told = self.told.take();
        hints
    }

    /// Waits until there may be hints, at most for `longest`.
    pub fn wait(&self, longest: Duration) {
        let waiting = self.came.waiting();
        // Whether something came, or too little time was left for it, is seen by who takes it.
        drop(self.came.some.wait_timeout_while(waiting, longest, |waiting| waiting.events.is_empty() && !waiting.lost));
    }

    /// Whether some folders could not be watched: look at all files every [`SCAN_WITHOUT_WATCH_MS`].
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// How many folders are watched.
    pub fn folders(&self) -> usize {
        self.watched.len()
    }

    fn watch_all(&mut self) {
        let git = self.root.join(".git");
        let heads = git.join("refs/heads");
        let of_branch = heads.join(&self.branch).parent().map(Path::to_owned);
        // HEAD and the branch are replaced whenever they change, so that their folders are watched and not they.
        for folder in [Some(git), Some(heads), of_branch].into_iter().flatten() {
            if folder.is_dir() {
                drop(self.add(&folder));
            }
        }
        for folder in FOLDERS {
            if self.root.join(folder).is_dir() {
                self.arrived(folder, &mut BTreeSet::new());
            }
        }
    }

    /// Watches a folder and all below it, and hints at every file in them: what was put there before it was watched
    /// is told by nobody.
    fn arrived(&mut self, path: &str, files: &mut BTreeSet<String>) {
        let top = path.split('/').next().unwrap_or_default();
        if !FOLDERS.contains(&top) || (self.skips)(path) {
            return;
        }
        let full = self.root.join(path);
        if self.add(&full).is_err() {
            return;
        }
        let Ok(listing) = fs::read_dir(&full) else { return };
        for item in listing.flatten() {
            let Ok(name) = item.file_name().into_string() else { continue };
            let below = format!("{path}/{name}");
            match item.file_type() {
                Ok(kind) if kind.is_dir() => {
                    if !matches!(name.as_str(), ".git" | "node_modules") && !item.path().join(".git").exists() {
                        self.arrived(&below, files);
                    }
                }
                Ok(_) => drop(files.insert(below)),
                Err(_) => {}
            }
        }
    }

    /// Lets go of a folder that was renamed or removed: the system would go on telling of it under its old name.
    fn departed(&mut self, path: &str) {
        let full = self.root.join(path);
        let gone: Vec<PathBuf> =
            self.watched.range(full.clone()..).take_while(|folder| folder.starts_with(&full)).cloned().collect();
        for folder in gone {
            drop(self.watcher.unwatch(&folder));
            self.watched.remove(&folder);
        }
    }

    fn add(&mut self, folder: &Path) -> notify::Result<()> {
        if self.watched.len() >= FOLDERS_MAX {
            self.note_partial();
            return Err(notify::Error::new(ErrorKind::MaxFilesWatch));
        }
        let added = self.watcher.watch(folder, RecursiveMode::NonRecursive);
        match &added {
            Ok(()) => drop(self.watched.insert(folder.to_owned())),
            Err(error) if is_too_many(&error.kind) => self.note_partial(),
            // A folder that went away in the meantime needs no watch.
            Err(_) => {}
        }
        added
    }

    fn note_partial(&mut self) {
        if !self.partial {
            self.partial = true;
            self.told = Some(format!(
                "only {} folders can be watched, so all files are looked at every {} seconds; raise fs.inotify.max_user_watches to change that",
                self.watched.len(),
                SCAN_WITHOUT_WATCH_MS / 1_000
            ));
        }
    }
}

fn is_too_many(kind: &ErrorKind) -> bool {
    match kind {
        ErrorKind::MaxFilesWatch => true,
        ErrorKind::Io(error) => error.raw_os_error() == Some(rustix::io::Errno::NOSPC.raw_os_error()),
        _ => false,
    }
}

/// What happens on the watcher's thread: as little as possible.
fn handler(
    came: Arc<Came>,
    wake: impl Fn() + Send + 'static,
) -> impl FnMut(notify::Result<notify::Event>) + Send + 'static {
    move |event| {
        if let Ok(event) = &event
            && sieve::is_noise(event)
        {
            return;
        }
        came.put(event.ok());
        wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes hints until `done` says so; the bound is for a machine that is very busy, and is never waited for.
    fn until(watch: &mut Watch, done: impl Fn(&Hints) -> bool) -> Hints {
        let mut all = Hints::default();
        for _ in 0..600 {
            let hints = watch.hints();
            all.paths.extend(hints.paths);
            all.rescan |= hints.rescan;
            if done(&all) {
                return all;
            }
            watch.wait(Duration::from_millis(100));
        }
        panic!("never told: {all:?}");
    }

    fn company() -> (tempfile::TempDir, Watch) {
        let folder = tempfile::tempdir().unwrap();
        for path in
            ["agents/ceo", "tickets/0000/ACME-1", "tickets/0000/ACME-2", ".git/refs/heads", ".git/objects", "src"]
        {
            fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let watch = Watch::start(folder.path(), "main", || {}, |path| path == "tickets/0000/ACME-2").unwrap();
        (folder, watch)
    }

    #[test]
    fn only_what_is_open_is_watched_and_of_git_only_what_moves() {
        let (folder, mut watch) = company();
        let names: Vec<String> = watch
            .watched
            .iter()
            .map(|path| path.strip_prefix(&watch.root).unwrap().to_string_lossy().into_owned())
            .collect();
        let expected =
            ["", ".git", ".git/refs/heads", "agents", "agents/ceo", "tickets", "tickets/0000", "tickets/0000/ACME-1"];
        assert_eq!(names, expected);
        fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(folder.path().join(".git/refs/heads/main"), "x\n").unwrap();
        fs::write(folder.path().join("agents/ceo/AGENTS.md"), "x\n").unwrap();
        let wanted = [".git/HEAD", ".git/refs/heads/main", "agents/ceo/AGENTS.md"];
        until(&mut watch, |hints| wanted.iter().all(|path| hints.paths.contains(*path)));
    }

    #[test]
    fn new_renamed_and_removed_folders_are_followed() {
        let (folder, mut watch) = company();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("projects/web/tasks")).unwrap();
        fs::write(at("projects/web/tasks/TASK.md"), "x").unwrap();
        until(&mut watch, |hints| hints.paths.contains("projects/web/tasks/TASK.md"));
        fs::rename(at("projects/web"), at("projects/site")).unwrap();
        until(&mut watch, |hints| {
            hints.paths.contains("projects/web") && hints.paths.contains("projects/site/tasks/TASK.md")
        });
        fs::write(at("projects/site/tasks/MORE.md"), "x").unwrap();
        until(&mut watch, |hints| hints.paths.contains("projects/site/tasks/MORE.md"));
        fs::remove_dir_all(at("projects/site")).unwrap();
        until(&mut watch, |hints| hints.paths.contains("projects/site"));
        fs::create_dir_all(at("projects/site")).unwrap();
        fs::write(at("projects/site/PROJECT.md"), "x").unwrap();
        until(&mut watch, |hints| hints.paths.contains("projects/site/PROJECT.md"));
    }

    #[test]
    fn what_is_lost_is_said() {
        let (_folder, mut watch) = company();
        watch.came.put(None);
        watch.wait(Duration::MAX);
        assert!(watch.hints().rescan);
        assert!(!watch.hints().rescan, "once");
        for _ in 0..=EVENTS_MAX {
            watch.came.put(Some(notify::Event::new(notify::EventKind::Any)));
        }
        assert_eq!(watch.came.waiting().events.len(), EVENTS_MAX);
        assert!(watch.hints().rescan, "more than is kept");
        watch.note_partial();
        watch.note_partial();
        assert!(watch.is_partial() && watch.hints().told.is_some());
        assert!(watch.hints().told.is_none(), "once");
    }
}
