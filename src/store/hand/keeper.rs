//! The [`Keeper`]: turns what people save into commits, as long as somebody calls it.
//!
//! It is told of paths at which something may have happened, and of the time; it never waits and reads no clock. What
//! it is told is a hint: files and history are looked at anew, and a path nobody told it of is found by the next scan.

use super::find;
use super::saved::{self, Edit, Saved};
use super::still::{self, Look, Still};
use super::{Changed, Done, Edits, HandError, Held, Looked, Told, Why, differences, git};
use crate::format::difference::words;
use crate::format::kind::HandEdits;
use crate::model::Slug;
use crate::store::check;
use crate::store::force::trial;
use crate::store::force::{Advanced, Force};
use crate::store::found::{self, Author};
use crate::store::message::{Message, Trailers};
use crate::store::writer::{Expect, FileChange, Mutation, WriteError, Writer};
use gix::{ObjectId, Repository};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Between two scans of all files, in milliseconds: what no hint told of is found within five minutes.
const SCAN_EVERY_MS: i64 = 300_000;

/// Between two looks while git is in the middle of something, in milliseconds.
const PAUSED_EVERY_MS: i64 = 1_000;

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

/// Looks after what people change in a company's work tree.
#[derive(Debug)]
pub struct Keeper {
    root: PathBuf,
    options: Options,
    repository: Repository,
    force: Force,
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
}

impl Keeper {
    /// Opens a company. The first look scans all files.
    ///
    /// # Errors
    /// [`HandError`] if the repository cannot be read.
    pub fn open(root: &Path, options: Options) -> Result<Self, HandError> {
        let root = root.canonicalize().map_err(git)?;
        let repository = gix::open_opts(&root, gix::open::Options::isolated()).map_err(git)?;
        let force = Force::load(&root, &options.branch)?;
        Ok(Self {
            root,
            options,
            repository,
            force,
            still: Still::default(),
            clean: BTreeMap::new(),
            held: BTreeMap::new(),
            scan_at: Timestamp::MIN,
            scan_every_ms: SCAN_EVERY_MS,
            recheck_at: Timestamp::MIN,
            look_at: Some(Timestamp::MIN),
            replaced_at: None,
        })
    }

    /// The company in force, as of the last look.
    pub fn force(&self) -> &Force {
        &self.force
    }

    /// What people saved that is not in force, by path, each with why.
    pub fn held(&self) -> &BTreeMap<String, Held> {
        &self.held
    }

    /// Something may have happened at this path, relative to the company's root. For git's own files: look soon.
    pub fn hint(&mut self, path: &str) {
        if path.is_empty() || path == ".git" || path.starts_with(".git/") {
            self.look_at = Some(Timestamp::MIN);
            return;
        }
        if find::is_leftover(path) {
            return;
        }
        // A folder that came, went or was renamed stands for what is in it.
        let below = format!("{path}/");
        let entries = &self.force.draft().entries;
        let known: Vec<String> = entries
            .range(below.clone()..)
            .take_while(|(file, _)| file.starts_with(&below))
            .map(|(file, _)| file.clone())
            .collect();
        let mut found = known;
        find::walk(&self.root, path, &mut |file, _| found.push(file.to_owned()));
        if found.is_empty() && !self.root.join(path).is_dir() {
            found.push(path.to_owned());
        }
        for file in found.iter().filter(|file| !find::is_leftover(file)) {
            self.still.hint(file);
        }
        self.look_at = Some(Timestamp::MIN);
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
        let soonest = [self.look_at, self.replaced_at, self.still.next()].into_iter().flatten().min();
        soonest.map_or(self.scan_at, |soonest| soonest.min(self.scan_at))
    }

    /// Looks at what changed, commits what is sound, and says what is not and what else happened.
    ///
    /// # Errors
    /// [`HandError`]: of the disk, the repository or another program in the way. Nothing is lost; look again later.
    pub fn look(&mut self, writer: &mut Writer, now: Timestamp) -> Result<Looked, HandError> {
        let mut looked = Looked { head: self.force.advance()?, ..Looked::default() };
        self.look_at = None;
        self.follow(&looked.head.clone(), now);
        looked.paused = writer.paused();
        if looked.paused.is_some() {
            self.look_at = Some(later(now, PAUSED_EVERY_MS));
            return Ok(looked);
        }
        if now >= self.scan_at {
            self.scan(now, &mut looked)?;
        }
        self.sieve(now)?;
        let ready = self.still.ready(now);
        if !ready.is_empty() {
            self.settle(writer, &ready, now, &mut looked)?;
        }
        if self.replaced_at.is_none_or(|at| now >= at) {
            let wait = writer.look_at_replaced()?;
            self.replaced_at = wait.then(|| later(now, PAUSED_EVERY_MS));
        }
        for overruled in writer.take_overruled() {
            let found = overruled.conflicts.iter().map(|conflict| conflict.diagnostic(&overruled.path)).collect();
            looked.told.push(self.told(&overruled.path, Why::Overruled, OVERRULED.to_owned(), found));
        }
        Ok(looked)
    }

    /// What a new commit means for what waits.
    fn follow(&mut self, head: &Advanced, now: Timestamp) {
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
    fn sieve(&mut self, now: Timestamp) -> Result<(), HandError> {
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
                head = Some(head_tree(&self.repository, self.force.tip())?);
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

    /// Looks into files that are still.
    fn settle(
        &mut self,
        writer: &mut Writer,
        ready: &[String],
        now: Timestamp,
        looked: &mut Looked,
    ) -> Result<(), HandError> {
        let (root, git_dir) = (self.root.clone(), self.repository.git_dir().to_owned());
        // git holds its index while it changes files: what they are now may be half of something.
        if git_dir.join("index.lock").exists() {
            ready.iter().for_each(|path| self.still.again(path, now));
            return Ok(());
        }
        let late = ready.iter().filter(|path| self.still.is_late(path, now)).cloned().collect();
        let found = writer.quiet(|repository, tip, memory| {
            saved::look_into(repository, tip, memory, &root, ready, &late, now).map(|found| (tip, found))
        })?;
        let (tip, found) = found.map_err(HandError::Git)?;
        if tip != self.force.tip() {
            let head = self.force.advance_to(tip)?;
            self.follow(&head, now);
            looked.head.extend(head);
        }
        let mut edits = Vec::new();
        for (path, saved) in found {
            match saved {
                Saved::Clean => {
                    self.still.forget(&path);
                    self.held.remove(&path);
                }
                Saved::Busy => self.still.again(&path, now),
                Saved::Left(why, words) => {
                    self.still.forget(&path);
                    self.hold(&path, None, why, words, Vec::new(), looked);
                }
                Saved::Edit(edit) => edits.push(edit),
            }
        }
        let behind: BTreeMap<String, Vec<u8>> = edits
            .iter()
            .filter(|edit| edit.wanted == edit.last)
            .filter_map(|edit| Some((edit.path.clone(), edit.saved.clone()?)))
            .collect();
        if !behind.is_empty() {
            writer.bring_along(&behind)?;
            edits.retain(|edit| !behind.contains_key(&edit.path));
            for path in behind.keys() {
                self.still.again(path, now);
                let words = "it was saved as it was before; what was committed since stays".to_owned();
                looked.told.push(self.told(path, Why::Older, words, Vec::new()));
            }
        }
        self.judge(writer, edits, now, looked)
    }

    /// Commits the edits that are sound.
    fn judge(
        &mut self,
        writer: &mut Writer,
        edits: Vec<Edit>,
        now: Timestamp,
        looked: &mut Looked,
    ) -> Result<(), HandError> {
        let trials: Vec<trial::Edit<'_>> =
            edits.iter().map(|edit| trial::Edit { path: &edit.path, after: edit.wanted.as_deref() }).collect();
        let mut refused = self.force.trial(&trials);
        let holds = self.force.draft().corp.as_ref().and_then(|corp| corp.hand_edits) == Some(HandEdits::Hold);
        let mut taken = Vec::new();
        for edit in edits {
            let content = edit.saved.as_deref().and_then(|content| saved::id_of(&self.repository, content));
            if let Some(mut found) = refused.remove(&edit.path) {
                // What makes no sense may be the middle of a save, until it has been so for a while.
                if !self.still.doubt(&edit.path, now) {
                    continue;
                }
                self.still.forget(&edit.path);
                let text = edit.saved.as_deref().map(|bytes| Rc::from(String::from_utf8_lossy(bytes)));
                let secretive = BTreeSet::from([edit.path.clone()]);
                check::hide(&mut found, secretive, &|file| if file == edit.path { text.clone() } else { None });
                let words = found.first().map_or_else(|| "it has an error".to_owned(), |first| first.message.clone());
                self.hold(&edit.path, content, Why::Invalid, words, found, looked);
            } else if holds {
                self.still.forget(&edit.path);
                let words = "it counts once you commit it: `corp commit` or `git commit`".to_owned();
                self.hold(&edit.path, content, Why::Held, words, Vec::new(), looked);
            } else {
                taken.push(edit);
            }
        }
        if !taken.is_empty() {
            self.commit(writer, taken, now, looked)?;
        }
        Ok(())
    }

    fn commit(
        &mut self,
        writer: &mut Writer,
        taken: Vec<Edit>,
        now: Timestamp,
        looked: &mut Looked,
    ) -> Result<(), HandError> {
        let seen = taken.iter().filter_map(|edit| Some((edit.path.clone(), edit.saved.clone()?))).collect();
        let changed =
            |edit: &Edit| Changed { path: edit.path.clone(), before: edit.last.clone(), after: edit.wanted.clone() };
        let edits = Edits { taken: taken.iter().map(changed).collect(), ..Edits::default() };
        let mutation = self.mutation(&edits, now);
        let subject = mutation.message.subject().to_owned();
        let done = match writer.commit_seen(mutation, seen) {
            Ok(done) => done,
            // Somebody committed one of them in the meantime: everything is looked at anew.
            Err(WriteError::Moved { .. } | WriteError::Contended { .. }) => {
                taken.iter().for_each(|edit| self.still.again(&edit.path, now));
                return Ok(());
            }
            Err(WriteError::Paused(paused)) => {
                looked.paused = Some(paused);
                self.look_at = Some(later(now, PAUSED_EVERY_MS));
                return Ok(());
            }
            Err(error) => {
                taken.iter().for_each(|edit| self.still.again(&edit.path, now));
                return Err(error.into());
            }
        };
        writer.quiet(|repository, _, memory| {
            for edit in &taken {
                let id =
                    |content: &Option<Vec<u8>>| content.as_deref().and_then(|bytes| saved::id_of(repository, bytes));
                memory.committed(&edit.path, id(&edit.saved), id(&edit.wanted), now);
            }
        })?;
        for edit in &taken {
            self.held.remove(&edit.path);
            self.still.forget(&edit.path);
            // The work tree is looked at once more: the person may have saved again.
            self.still.hint(&edit.path);
            if !edit.conflicts.is_empty() {
                let found = edit.conflicts.iter().map(|conflict| conflict.diagnostic(&edit.path)).collect();
                looked.told.push(self.told(&edit.path, Why::Overruled, OVERRULED.to_owned(), found));
            }
        }
        let paths = taken.into_iter().map(|edit| edit.path).collect();
        looked.committed.push(Done { commit: done.commit, subject, paths });
        let head = self.force.advance()?;
        self.follow(&head, now);
        looked.head.extend(head);
        Ok(())
    }

    fn mutation(&self, edits: &Edits, at: Timestamp) -> Mutation {
        let (author, actor) = self.author();
        let differences = differences(edits);
        let mut message = Message::new(&words::subject(&differences));
        if differences.len() > 1 {
            message = message.with_body(&differences.iter().map(words::line).collect::<Vec<_>>().join("\n"));
        }
        let changes = edits.taken.iter().map(|file| FileChange {
            path: file.path.clone(),
            before: file.before.clone().map_or(Expect::Absent, Expect::Content),
            after: file.after.clone(),
        });
        let trailers = Trailers { actor, ..Trailers::default() };
        Mutation { author, at, message: message.with_trailers(trailers), changes: changes.collect() }
    }

    /// The person at this machine: as git knows them, and as the board does.
    fn author(&self) -> (Author, Option<Slug>) {
        let user = &self.options.user;
        let author = self.force.history().identity().or_else(found::identity);
        let author = author.unwrap_or_else(|| Author { name: user.clone(), email: format!("{user}@localhost") });
        let corp = self.force.draft().corp.as_ref();
        let member = corp.into_iter().flat_map(|corp| corp.board.iter().flatten()).find(|member| {
            let email = member.email.as_ref();
            email.is_some_and(|email| email.eq_ignore_ascii_case(&author.email))
        });
        let known = member.and_then(|member| member.id.clone());
        let actor = known.or_else(|| Slug::from_name(super::first_name(&author.name)));
        (author, actor)
    }

    /// Notes that a file is not in force, and tells it once for each content.
    fn hold(
        &mut self,
        path: &str,
        content: Option<ObjectId>,
        why: Why,
        words: String,
        diagnostics: Vec<crate::diag::Diagnostic>,
        looked: &mut Looked,
    ) {
        let told = self.told(path, why, words, diagnostics);
        let held = Held { content, told: told.clone() };
        if self.held.get(path) != Some(&held) {
            looked.told.push(told);
        }
        self.held.insert(path.to_owned(), held);
    }

    #[expect(clippy::unused_self, reason = "reads like its neighbours")]
    fn told(&self, path: &str, why: Why, words: String, diagnostics: Vec<crate::diag::Diagnostic>) -> Told {
        Told { path: path.to_owned(), why, words, diagnostics }
    }
}

const OVERRULED: &str = "it was saved over a newer change of the same; the save counts";

fn head_tree(repository: &Repository, tip: Option<ObjectId>) -> Result<gix::Tree<'_>, HandError> {
    let tree = match tip {
        Some(tip) => repository.find_commit(tip).map_err(git)?.tree_id().map_err(git)?,
        None => repository.empty_tree().id(),
    };
    repository.find_tree(tree).map_err(git)
}

fn later(now: Timestamp, milliseconds: i64) -> Timestamp {
    now.saturating_add(still::millis(milliseconds)).unwrap_or(Timestamp::MAX)
}
