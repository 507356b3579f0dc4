//! Before anything is written: does the branch still come from where it was last?
//!
//! What that means is [`crate::store::rewrite`]'s; here it is looked at under the writer's lock, what was left behind gets
//! a ref, and the question is kept until it is answered: by the branch having everything again, or by a person.

use super::road::Writer;
use super::{Author, Committed, Expect, FileChange, How, Mutation, Paused, WriteError, journal, reference};
use crate::model::Slug;
use crate::store::history::{History, HistoryError, Id};
use crate::store::message::{Line, Message, Trailers};
use crate::store::rewrite::note::{self, Asked};
use crate::store::rewrite::{Look, Rewrite};
use gix::refs::transaction::PreviousValue;
use jiff::Timestamp;

impl From<HistoryError> for WriteError {
    fn from(error: HistoryError) -> Self {
        Self::Git { doing: "read", reason: error.to_string() }
    }
}

impl Writer {
    /// Looks whether the branch was put elsewhere since this was looked at last, keeps what it lost, and returns what a
    /// person is asked about it. For whoever watches the branch; [`Self::commit`] looks by itself.
    ///
    /// # Errors
    /// The same as [`Self::commit`].
    pub fn look(&mut self, at: Timestamp) -> Result<Vec<Asked>, WriteError> {
        let _lock = self.lock()?;
        self.catch_up()?;
        let base = reference::read(&self.repository, &self.options.branch)?;
        self.guard(base, Some(at))?;
        let branch = &self.options.branch;
        Ok(note::asked(self.repository.git_dir()).into_iter().filter(|asked| asked.branch == *branch).collect())
    }

    /// The same under the lock: why nothing is written now, if a person has to answer first.
    pub(super) fn guard(&mut self, base: Option<Id>, at: Option<Timestamp>) -> Result<Option<Paused>, WriteError> {
        let branch = self.options.branch.clone();
        let git_dir = self.repository.git_dir().to_owned();
        let known = note::known(&self.repository, &branch);
        let mut asked = note::asked(&git_dir);
        if known == base && asked.is_empty() {
            return Ok(None);
        }
        let history = History::open(&self.options.root)?;
        let before = asked.clone();
        // A commit that is not here any more cannot be kept, and nobody can be asked about it.
        if let Some(known) = known.filter(|known| Some(*known) != base && history.commit(*known).is_ok())
            && let Look::Rewritten(rewrite) = history.look(known, base)?
            && !rewrite.is_nothing()
            && !asked.iter().any(|asked| journal::id(&asked.known) == Some(known))
        {
            let rescue = self.keep(&history, &rewrite, at)?;
            if rewrite.asks() {
                asked.push(Asked {
                    branch: branch.clone(),
                    known: known.to_string(),
                    rescue,
                    commits: rewrite.vanished.len(),
                    lines: rewrite.lines.len(),
                    checkouts: rewrite.checkouts.len(),
                });
            }
        }
        // What is there again needs no answer.
        let mut open = Vec::new();
        for asked in asked {
            let is_there = match (journal::id(&asked.known), base) {
                (Some(known), Some(base)) if asked.branch == branch => history.is_ancestor(known, base)?,
                _ => false,
            };
            if !is_there {
                open.push(asked);
            }
        }
        if open != before {
            note::ask(&git_dir, &open).map_err(WriteError::io(git_dir.join("corp/asked.json")))?;
        }
        if let Some(base) = base.filter(|base| Some(*base) != known) {
            note::remember(&git_dir, &branch, base).map_err(WriteError::io(git_dir.join(note::tip_ref(&branch))))?;
        }
        Ok(open.into_iter().find(|asked| asked.branch == branch).map(|asked| Paused::Rewritten { asked }))
    }

    /// Keeps what the branch has left under a ref of its own, named after the time.
    fn keep(&mut self, history: &History, rewrite: &Rewrite, at: Option<Timestamp>) -> Result<String, WriteError> {
        let at = match at {
            Some(at) => at,
            // Who only looks has no clock; the time of what is kept tells it as well.
            None => history.commit(rewrite.known)?.time,
        };
        let name = format!("refs/corp/rescue/{}-{}", at.strftime("%Y%m%dT%H%M%SZ"), rewrite.known.to_hex_with_len(8));
        self.repository
            .reference(name.as_str(), rewrite.known, PreviousValue::Any, "corp: the branch was put elsewhere")
            .map_err(WriteError::git("written"))?;
        self.recovered.rescued.push((name.clone(), rewrite.known.to_string()));
        Ok(name)
    }

    /// Answers a question: what is gone shall be gone. What was spent stays spent: lines of the ledger that were lost are
    /// brought back, in a commit of the one who answers. The commits stay on their ref.
    ///
    /// # Errors
    /// The same as [`Self::commit`].
    pub fn accept(&mut self, asked: &Asked, author: &Author, at: Timestamp) -> Result<Committed, WriteError> {
        let branch = self.options.branch.clone();
        let history = History::open(&self.options.root)?;
        let base = reference::read(&self.repository, &branch)?;
        let mut answer = Committed {
            commit: base.map(|base| base.to_string()).unwrap_or_default(),
            how: How::Nothing,
            kept: Vec::new(),
        };
        if let (Some(known), Some(base)) = (journal::id(&asked.known), base) {
            let lines = history.lost(known, Some(base))?.lines;
            let files = history.with_lines(base, &lines)?;
            let changes = files.into_iter().map(|(path, (before, after))| FileChange {
                path,
                before: before.map_or(Expect::Absent, |text| Expect::Content(text.into_bytes())),
                after: Some(after.into_bytes()),
            });
            let changes: Vec<FileChange> = changes.collect();
            if !changes.is_empty() {
                let subject = match lines.len() {
                    1 => "Keep what was spent: 1 line of the ledger".to_owned(),
                    many => format!("Keep what was spent: {many} lines of the ledger"),
                };
                let trailers = Trailers {
                    actor: Slug::from_name(&author.name),
                    cause: Line::new(&format!("{} was left behind", asked.known)),
                    ..Trailers::default()
                };
                let message = Message::new(&subject)
                    .with_body(&format!("The history that had them is kept as {}.", asked.rescue))
                    .with_trailers(trailers);
                answer = self.commit_unguarded(&Mutation { author: author.clone(), at, message, changes })?;
            }
        }
        // Only now: an answer that was cut short is asked for again.
        let _lock = self.lock()?;
        let git_dir = self.repository.git_dir().to_owned();
        let mut open = note::asked(&git_dir);
        open.retain(|one| one != asked);
        note::ask(&git_dir, &open).map_err(WriteError::io(git_dir.join("corp/asked.json")))?;
        Ok(answer)
    }
}
