//! The road every change walks: lock, build, barrier, show, answer. The steps have names, so that tests can cut it at
//! each of them. Making a group durable and showing it is in [`show`], the barriers beside it in [`barrier`],
//! and what others did meanwhile in [`follow`].

mod barrier;
mod follow;
mod show;
mod suitable;

use crate::store::rewrite::note;
use crate::store::writer::answered::Answered;
use crate::store::writer::beside::Present;
use crate::store::writer::courtesy::Courtesy;
use crate::store::writer::growth::Growth;
use crate::store::writer::index;
use crate::store::writer::journal::{self, Intent, Journal, Moved, Record};
use crate::store::writer::lock;
use crate::store::writer::objects::Kept;
use crate::store::writer::packing::Packing;
use crate::store::writer::reference::{self, Note};
use crate::store::writer::settings::{self, Setting};
use crate::store::writer::settle::settle;
use crate::store::writer::stale::Recent;
use crate::store::writer::{
    Committed, How, Mutation, Options, Recovered, WriteError, build, objects, recover, shelve, sparse, state,
};
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How often a group is decided again when the branch moves under it.
const TRIES_MAX: usize = 32;

/// How many of those tries leave git's locks alone until everything is ready. Whoever commits now and then, while the disk
/// takes its time to sync what they committed, wins a few; who wins so many commits without a pause.
const TRIES_BESIDE: usize = 16;

/// How often the index is not taken ahead since somebody committed while the disk was synced.
const SYNCS_AHEAD: usize = 8;

/// The steps of the road, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The writer's lock is held, and what a predecessor left is finished.
    Locked,
    /// The commits are built in memory.
    Built,
    /// They are durable.
    Journaled,
    /// git can read their objects.
    Objects,
    /// The index is locked.
    Index,
    /// The branch has moved.
    Branch,
    /// One file of the work tree was brought along.
    File,
    /// The index is written.
    Shown,
    /// It is noted as done; the answers follow.
    Done,
}

/// Writes to one company's repository. Several writers, in one process or many, take turns.
pub struct Writer {
    pub(super) options: Options,
    pub(super) repository: Repository,
    pub(super) folder: PathBuf,
    pub(super) journal: Option<Journal>,
    /// The commit up to which everything is known to be durable.
    pub(super) durable: Option<ObjectId>,
    pub(super) answered: Answered,
    pub(super) recent: Recent,
    /// Files that could not be brought along yet.
    pub(super) behind: Vec<Moved>,
    /// Whether something of the journal was not shown, so that all of it is looked at again.
    pub(super) look_again: bool,
    pub(super) recovered: Recovered,
    /// What is known of the people who work beside it.
    pub(super) present: Present,
    pub(super) courtesy: Courtesy,
    /// The index lock, taken before the commits are built.
    ahead: Option<index::Index>,
    pub(super) growth: Growth,
    /// Packs beside, if somebody is to stay for it.
    packing: Option<Packing>,
    /// What the last group wrote.
    kept: Kept,
    /// The index as it was left, so that it need not be read again.
    pub(super) index: Option<index::Left>,
    pub(super) observer: Box<dyn FnMut(Step) + Send>,
    pub(super) told: Box<dyn FnMut(&str) + Send>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Writer {
    /// Opens the repository of a company. Nothing is written yet.
    ///
    /// # Errors
    /// [`WriteError::Unsuitable`] for a repository we cannot keep safe, with what to do.
    pub fn open(options: Options) -> Result<Self, WriteError> {
        Self::open_as(options, false)
    }

    /// Opens it, a split index included if it is to be mended.
    pub(super) fn open_as(options: Options, to_mend: bool) -> Result<Self, WriteError> {
        let repository = objects::open(&options.root)?;
        suitable::suitable(&options, &repository, to_mend)?;
        let folder = lock::folder(repository.git_dir());
        let growth = Growth::new(repository.git_dir());
        Ok(Self {
            options,
            repository,
            folder,
            journal: None,
            durable: None,
            answered: Answered::default(),
            recent: Recent::default(),
            behind: Vec::new(),
            look_again: false,
            recovered: Recovered::default(),
            present: Present::default(),
            courtesy: Courtesy::default(),
            ahead: None,
            growth,
            packing: None,
            kept: Kept::default(),
            index: None,
            observer: Box::new(|_| {}),
            told: Box::new(|_| {}),
        })
    }

    /// From now on it packs in a thread of its own once much lies loose, and nobody waits for that. Whoever is gone a moment later
    /// has no use for it: what was not finished is begun again.
    pub fn pack_beside(&mut self) {
        self.packing.get_or_insert_default();
    }

    /// Calls `observer` at each step, for tests that stop there.
    pub fn observe(&mut self, observer: impl FnMut(Step) + Send + 'static) {
        self.observer = Box::new(observer);
    }

    /// What was found half-done so far, and what became of it.
    pub fn recovered(&self) -> &Recovered {
        &self.recovered
    }

    /// What is noted of a group; `None` if it changes nothing.
    fn record(&self, base: Option<ObjectId>, built: &mut build::Built) -> Option<(ObjectId, Record)> {
        let tip = built.tip?;
        let intent = Intent {
            branch: self.options.branch.clone(),
            old: base.map(|id| id.to_string()),
            new: tip.to_string(),
            paths: std::mem::take(&mut built.paths),
            modes: BTreeMap::new(),
            whole: false,
        };
        Some((tip, Record { intent, objects: std::mem::take(&mut built.objects) }))
    }

    /// Makes each mutation a commit of its own, all durable together, and answers each, in order.
    ///
    /// One that cannot be made says why and does not keep the others; an error of the whole group is everyone's.
    pub fn commit(&mut self, mutations: &[Mutation]) -> Vec<Result<Committed, WriteError>> {
        match self.group(mutations, true) {
            Ok(answers) => answers,
            Err(error) => {
                let mut answers: Vec<Result<Committed, WriteError>> =
                    mutations.iter().skip(1).map(|_| Err(again(&error))).collect();
                answers.insert(0, Err(error));
                answers.truncate(mutations.len());
                answers
            }
        }
    }

    /// Does something else than a commit, alone and with git at rest.
    pub(in crate::store) fn alone<T>(
        &mut self,
        work: impl FnOnce(&Repository, &Path, &Options) -> Result<T, WriteError>,
    ) -> Result<T, WriteError> {
        let _lock = self.lock()?;
        self.catch_up()?;
        self.wait_for_git()?;
        work(&self.repository, &self.folder, &self.options)
    }

    /// What a repair needs of it.
    pub(super) fn parts(&self) -> (&Repository, &Path, &Options) {
        (&self.repository, &self.folder, &self.options)
    }

    /// Changes the repository's own settings, under the locks.
    ///
    /// # Errors
    /// The same as [`Self::commit`].
    pub fn configure(&mut self, settings: &[Setting]) -> Result<(), WriteError> {
        let _lock = self.lock()?;
        settings::change(self.repository.git_dir(), &self.folder, settings, self.options.patience_ms)
    }

    /// One mutation, whatever a person is asked: the answer itself.
    pub(super) fn commit_unguarded(&mut self, mutation: &Mutation) -> Result<Committed, WriteError> {
        let answer = self.group(std::slice::from_ref(mutation), false)?.pop();
        answer.unwrap_or(Err(WriteError::Contended { times: 0 }))
    }

    fn group(
        &mut self,
        mutations: &[Mutation],
        guarded: bool,
    ) -> Result<Vec<Result<Committed, WriteError>>, WriteError> {
        self.growth.bound();
        let _lock = self.lock()?;
        self.catch_up()?;
        self.present.look_at_replaced(&self.repository, &self.options.root, false);
        (self.observer)(Step::Locked);
        self.courtesy.begin();
        let answers = self.tries(mutations, guarded);
        self.ahead = None;
        if let Some(packing) = &mut self.packing {
            packing.tend(&mut self.growth);
        }
        answers
    }

    fn tries(
        &mut self,
        mutations: &[Mutation],
        guarded: bool,
    ) -> Result<Vec<Result<Committed, WriteError>>, WriteError> {
        for lost in 0..TRIES_MAX {
            // Nobody's git gets to its end while we hold its lock.
            self.ahead = None;
            self.give_way();
            self.wait_for_git()?;
            // Each commit of a person's is made durable before ours stands upon it. One who commits faster than that
            // would never let us through, so in the end git has to wait for us.
            if lost >= TRIES_BESIDE {
                self.take_ahead()?;
            }
            let base = reference::read(&self.repository, &self.options.branch)?;
            if let Some(paused) = self.guard(base, mutations.last().map(|mutation| mutation.at))?.filter(|_| guarded) {
                return Err(paused.into());
            }
            if self.follow(base)? {
                continue;
            }
            self.answered.learn(&self.repository, base, mutations)?;
            let answered = &self.answered;
            let mut known = |id: &str| answered.commit_of(id);
            let mut built =
                build::build(&mut self.repository, base, mutations, &mut known, std::mem::take(&mut self.kept))?;
            (self.observer)(Step::Built);
            let Some((tip, record)) = self.record(base, &mut built) else { return Ok(built.answers) };
            if let Some(kept) = self.show(base, tip, &record, note_of(mutations))? {
                self.answered.add(mutations, &built.answers, tip);
                self.kept = Kept::of(record.objects, tip);
                self.remember(tip);
                return Ok(built.answers.into_iter().map(|answer| answer.map(|answer| with(answer, &kept))).collect());
            }
        }
        Err(WriteError::Contended { times: TRIES_MAX })
    }

    /// Takes the index before the commits are built. What takes long, making a commit of a person's durable, comes before
    /// that, as long as they leave us the time: git fails while the index is locked.
    fn take_ahead(&mut self) -> Result<(), WriteError> {
        for _ in 0..SYNCS_AHEAD {
            let base = reference::read(&self.repository, &self.options.branch)?;
            self.sync_theirs(base)?;
            if let Some(index) = self.index_at_rest(base)? {
                self.ahead = Some(index);
                return Ok(());
            }
        }
        self.ahead = Some(self.index()?);
        Ok(())
    }

    fn journal(&mut self) -> Result<&mut Journal, WriteError> {
        match &mut self.journal {
            Some(journal) => Ok(journal),
            None => Err(WriteError::Unsuitable { reason: "the journal is not open".to_owned() }),
        }
    }

    /// Looks what others wrote or left half-done since this writer looked last.
    pub(super) fn catch_up(&mut self) -> Result<(), WriteError> {
        if std::mem::take(&mut self.look_again) {
            self.journal = None;
        }
        let first = self.journal.is_none();
        let records = match &mut self.journal {
            Some(journal) => journal.refresh()?,
            None => {
                fs::create_dir_all(&self.folder).map_err(WriteError::io(&self.folder))?;
                let (journal, records) = Journal::open(&self.folder)?;
                self.journal = Some(journal);
                self.present = Present::open(&self.folder);
                records
            }
        };
        if let Some((_, last)) = records.last() {
            self.durable = journal::id(&last.intent.new);
        }
        for (_, record) in &records {
            self.recent.add(&record.intent);
        }
        let last = self.journal()?.last();
        let found = recover::unfinished(&self.folder, records, last).inspect_err(|_| self.look_again = true)?;
        if !found.is_nothing() {
            self.finish(&found).inspect_err(|_| self.look_again = true)?;
        }
        // Somebody died while tickets left the work tree or came back.
        let at_rest = state::paused(self.repository.git_dir(), &self.options.branch).is_none();
        if let (true, Some(cone)) = (at_rest, sparse::wanted(&self.folder)) {
            shelve::settle(&self.repository, &self.folder, &self.options, cone)?;
        }
        // After what a dead predecessor left is swept, among it perhaps a lock on the settings.
        if first && let Some(repository) = settle(&self.repository, &self.folder, &self.options) {
            self.repository = repository;
        }
        Ok(())
    }

    fn finish(&mut self, found: &recover::Unfinished) -> Result<(), WriteError> {
        self.behind = recover::finish(&self.repository, &self.folder, &self.options, found, &mut self.recovered)?;
        if found.after_cut {
            self.checkpoint()?;
        }
        if self.behind.is_empty() {
            let last = self.journal()?.last();
            recover::note_done(&self.folder, last);
        } else {
            self.look_again = true;
        }
        Ok(())
    }

    /// Remembers where the branch is, so that a later rewrite is noticed. Where that cannot be written, an older commit is
    /// remembered, which this one comes from.
    pub(super) fn remember(&self, tip: ObjectId) {
        drop(note::remember(self.repository.git_dir(), &self.options.branch, tip));
    }

    /// Files that are behind their commit in the work tree since they could not be written: no edit of anybody's.
    pub fn behind(&self) -> impl Iterator<Item = &str> {
        self.behind.iter().map(|(path, ..)| path.as_str())
    }
}

/// What a group writes to the log of the branch.
fn note_of(mutations: &[Mutation]) -> Note<'_> {
    let text = mutations.last().map_or("corp", |mutation| mutation.message.subject());
    Note { seconds: mutations.last().map_or(0, |mutation| mutation.at.as_second()), text }
}

/// An answer with the paths of its group where a person's work was kept.
fn with(mut answer: Committed, kept: &[String]) -> Committed {
    if answer.how == How::Now {
        answer.kept = kept.to_vec();
    }
    answer
}

/// The same error for the others of a group.
fn again(error: &WriteError) -> WriteError {
    match error {
        WriteError::Moved { path } => WriteError::Moved { path: path.clone() },
        WriteError::Path { path } => WriteError::Path { path: path.clone() },
        WriteError::Paused(paused) => WriteError::Paused(paused.clone()),
        WriteError::Busy { holder } => WriteError::Busy { holder: holder.clone() },
        WriteError::GitLock { path } => WriteError::GitLock { path: path.clone() },
        WriteError::Stopped => WriteError::Stopped,
        WriteError::Contended { times } => WriteError::Contended { times: *times },
        WriteError::Unsuitable { reason } => WriteError::Unsuitable { reason: reason.clone() },
        WriteError::Io { path, source } => {
            WriteError::Io { path: path.clone(), source: std::io::Error::new(source.kind(), source.to_string()) }
        }
        WriteError::Git { doing, reason } => WriteError::Git { doing, reason: reason.clone() },
    }
}
