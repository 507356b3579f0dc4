//! The [`Keeper`]: turns what people save into commits, as long as somebody calls it.
//!
//! It is told of paths at which something may have happened, and of the time; it never waits and reads no clock. What
//! it is told is a hint: files and history are looked at anew, and a path nobody told it of is found by the next scan.
//! The company in force is whoever's calls it, and is kept once: it is lent for each look.

mod judge;
mod outcome;

use super::find;
use super::saved;
use super::still::{self, Look, Still};
use super::{HandError, Held, Looked, Why, git};
use crate::redact::live::Live;
use crate::store::force::{Advanced, Force};
use crate::store::reading::Reading as _;
use crate::store::watch::{Hints, SCAN_WITHOUT_WATCH_MS};
use crate::store::writer::Writer;
use gix::Repository;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Between two scans of all files, in milliseconds: what no hint told of is found within five minutes.
const SCAN_EVERY_MS: i64 = 300_000;

/// Between two looks while git is in the middle of something, in milliseconds.
const PAUSED_EVERY_MS: i64 = 1_000;

/// How long files that were replaced are kept before it is looked whether somebody wrote to them, in milliseconds: an
/// editor that had one open is done by then, and looking costs as much as some changes.
const REPLACED_EVERY_MS: i64 = 300;

/// Between two times that what was left alone is judged anew because other files changed, in milliseconds.
const RECHECK_EVERY_MS: i64 = 2_000;

/// Most paths that are remembered as unchanged; forgetting them costs another look.
const CLEAN_MAX: usize = 20_000;

/// How a [`Keeper`] works.
#[derive(Debug, Clone)]
pub struct Options {
    /// The company's branch.
    pub branch: String,
    /// Who edits if git has no name for the person: the login name.
    pub user: String,
}

/// What a look is lent.
struct Company<'a> {
    force: &'a mut Force,
    writer: &'a mut Writer,
    head: &'a mut Advanced,
}

/// Looks after what people change in a company's work tree.
#[derive(Debug)]
pub struct Keeper {
    root: PathBuf,
    options: Options,
    repository: Repository,
    /// Paths at which something may have happened since the last look.
    hinted: BTreeSet<String>,
    still: Still,
    /// Files that are as committed, as they looked then.
    clean: BTreeMap<String, Look>,
    /// What is in the work tree and not in force.
    held: BTreeMap<String, Held>,
    scan_at: Timestamp,
    scan_every_ms: i64,
    recheck_at: Timestamp,
    look_at: Option<Timestamp>,
    replaced_at: Option<Timestamp>,
    /// While git is in the middle of something: when to look whether it still is. Nothing else that is due can be done.
    paused_until: Option<Timestamp>,
    /// Values of secrets, which no commit may hold.
    live: Live,
}

impl Keeper {
    /// Opens a company. The first look scans all files.
    ///
    /// # Errors
    /// [`HandError`] if the repository cannot be read.
    pub fn open(root: &Path, options: Options) -> Result<Self, HandError> {
        let root = root.canonicalize().map_err(git)?;
        let repository = gix::open_opts(&root, crate::store::repository::options()).map_err(git)?;
        Ok(Self {
            root,
            options,
            repository,
            hinted: BTreeSet::new(),
            still: Still::default(),
            clean: BTreeMap::new(),
            held: BTreeMap::new(),
            scan_at: Timestamp::MIN,
            scan_every_ms: SCAN_EVERY_MS,
            recheck_at: Timestamp::MIN,
            look_at: Some(Timestamp::MIN),
            replaced_at: None,
            paused_until: None,
            live: Live::default(),
        })
    }

    /// Tells it the values of secrets: what holds one is not committed.
    pub fn knows(&mut self, live: Live) {
        self.live = live;
    }

    /// What people saved that is not in force, by path, each with why.
    pub fn held(&self) -> &BTreeMap<String, Held> {
        &self.held
    }

    /// Something may have happened at this path, relative to the company's root. For git's own files: look soon.
    pub fn hint(&mut self, path: &str) {
        self.look_at = Some(Timestamp::MIN);
        let of_git = path.is_empty() || path == ".git" || path.starts_with(".git/");
        if !of_git && !find::is_leftover(path) {
            self.hinted.insert(path.to_owned());
        }
    }

    /// The same for all that a watch hints at; what a person should know of it is in the hints.
    pub fn heed(&mut self, hints: &Hints) {
        hints.paths.iter().for_each(|path| self.hint(path));
        if hints.rescan {
            self.rescan();
        }
        if hints.told.is_some() {
            self.scan_every(SCAN_WITHOUT_WATCH_MS);
        }
    }

    /// Notes the files that were hinted at. A folder that came, went or was renamed stands for what is in it.
    fn unfold(&mut self, force: &Force) {
        for path in std::mem::take(&mut self.hinted) {
            let below = format!("{path}/");
            let entries = &force.draft().entries;
            let known = entries.range(below.clone()..).take_while(|(file, _)| file.starts_with(&below));
            let mut found: Vec<String> = known.map(|(file, _)| file.clone()).collect();
            find::walk(&self.root, &path, &mut |file, _| found.push(file.to_owned()));
            if found.is_empty() && !self.root.join(&path).is_dir() {
                found.push(path);
            }
            for file in found.iter().filter(|file| !find::is_leftover(file)) {
                self.still.hint(file);
            }
        }
    }

    /// Watching does not reach all files: they are scanned so often, in milliseconds.
    pub fn scan_every(&mut self, milliseconds: i64) {
        self.scan_every_ms = milliseconds;
        self.scan_at = Timestamp::MIN;
    }

    /// Hints were lost: the next look scans all files.
    pub fn rescan(&mut self) {
        self.scan_at = Timestamp::MIN;
        self.look_at = Some(Timestamp::MIN);
    }

    /// When to look next, if no hint comes. In the past: now.
    pub fn next_look(&self) -> Timestamp {
        if let (None, Some(until)) = (self.look_at, self.paused_until) {
            return until;
        }
        let soonest = [self.look_at, self.replaced_at, self.still.next()].into_iter().flatten().min();
        soonest.map_or(self.scan_at, |soonest| soonest.min(self.scan_at))
    }

    /// Looks at what changed, commits what is sound, and says what is not and what else happened. `force` is brought
    /// along, and every step it takes here is added to `head`, whatever comes of the look. Steps it took elsewhere are
    /// to be told with [`Self::follow`].
    ///
    /// # Errors
    /// [`HandError`]: of the disk, the repository or another program in the way. Nothing is lost; look again later.
    pub fn look(
        &mut self,
        force: &mut Force,
        writer: &mut Writer,
        head: &mut Advanced,
        now: Timestamp,
    ) -> Result<Looked, HandError> {
        let mut looked = Looked::default();
        self.look_at = None;
        self.paused_until = None;
        let mut company = Company { force, writer, head };
        let step = company.force.advance()?;
        self.step(&mut company, step, now);
        self.unfold(company.force);
        let writer = &mut *company.writer;
        looked.paused = writer.paused();
        if looked.paused.is_some() {
            self.paused_until = Some(later(now, PAUSED_EVERY_MS));
            return Ok(looked);
        }
        if now >= self.scan_at {
            self.scan(now, &mut looked)?;
        }
        self.sieve(&company, now)?;
        let ready = self.still.ready(now);
        if !ready.is_empty() {
            self.settle(&mut company, &ready, now, &mut looked)?;
        }
        let writer = company.writer;
        match self.replaced_at {
            // Not at each look: who has a file open is asked of every process of the machine.
            None => self.replaced_at = writer.has_replaced().then(|| later(now, REPLACED_EVERY_MS)),
            Some(at) if now < at => {}
            Some(_) => {
                let wait = writer.look_at_replaced()?;
                self.replaced_at = wait.then(|| later(now, PAUSED_EVERY_MS));
            }
        }
        for overruled in writer.take_overruled() {
            let found = overruled.conflicts.iter().map(|conflict| conflict.diagnostic(&overruled.path)).collect();
            looked.told.push(outcome::overruled(&overruled.path, found));
        }
        Ok(looked)
    }

    /// Follows a step that was taken during a look.
    fn step(&mut self, company: &mut Company<'_>, step: Advanced, now: Timestamp) {
        self.follow(&step, now);
        company.head.extend(step);
    }

    /// Follows a step that the company in force has taken: what it means for what waits.
    pub fn follow(&mut self, head: &Advanced, now: Timestamp) {
        if head.from == head.to {
            return;
        }
        if head.anew {
            self.scan_at = Timestamp::MIN;
        }
        for path in &head.changed {
            self.clean.remove(path);
            self.still.hint(path);
        }
        self.recheck(now);
    }

    /// Judges what was left alone anew: what it lacked may be there now.
    fn recheck(&mut self, now: Timestamp) {
        if now < self.recheck_at {
            return;
        }
        self.recheck_at = later(now, RECHECK_EVERY_MS);
        for path in self.held.keys() {
            self.still.hint(path);
        }
    }

    /// Looks at every file.
    fn scan(&mut self, now: Timestamp, looked: &mut Looked) -> Result<(), HandError> {
        let (changed, left) = find::changed(&self.root)?;
        for file in changed {
            self.still.hint(&file.path);
        }
        for (path, words) in left {
            self.hold(&path, None, Why::Elsewhere, words, Vec::new(), looked);
        }
        for path in self.held.keys() {
            self.still.hint(path);
        }
        self.scan_at = later(now, self.scan_every_ms);
        Ok(())
    }

    /// Lets go of what is as committed: the program's own writes above all.
    fn sieve(&mut self, company: &Company<'_>, now: Timestamp) -> Result<(), HandError> {
        let root = &self.root;
        let mut head = None;
        for path in self.still.paths() {
            let look = saved::look(root, &path);
            if self.still.last(&path) == Some(look) {
                continue;
            }
            if self.clean.get(&path) == Some(&look) {
                self.still.forget(&path);
                continue;
            }
            if head.is_none() {
                head = Some(self.repository.read_tree_of(company.force.tip()).map_err(git)?);
            }
            if head.as_ref().is_some_and(|head| saved::is_committed(&self.repository, head, root, &path, look)) {
                if self.clean.len() >= CLEAN_MAX {
                    self.clean.clear();
                }
                self.clean.insert(path.clone(), look);
                self.still.forget(&path);
                self.held.remove(&path);
            }
        }
        self.still.look(now, &mut |path| saved::look(root, path));
        Ok(())
    }
}

fn later(now: Timestamp, milliseconds: i64) -> Timestamp {
    now.saturating_add(still::millis(milliseconds)).unwrap_or(Timestamp::MAX)
}
