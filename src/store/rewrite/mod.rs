//! A branch that somebody put elsewhere: what its history has lost, and what a person is asked about it.
//!
//! `reset`, `rebase`, `amend` and a forced pull move the branch to a commit that does not come from the last one we
//! knew ([`note`]). What nobody has any more is told: commits, lines of the ledger, checkouts ([`lost`]). Nothing is ever
//! applied again by itself. Where the work of agents or of the program is gone, a person is asked before anything else
//! is written; a person's own commits are theirs to rewrite, and are only kept.
//!
//! What is kept, when it is looked at and how the answer is carried out is the writer's: `store::writer::guard`.

pub mod lost;
pub mod note;

pub use lost::{Checkout, Line};
pub use note::Asked;

use super::history::{Commit, History, HistoryError, Id, Who};
use std::collections::BTreeSet;

/// Most commits that are looked through on either side. Beyond, all that is left behind counts as gone.
const COMMITS_MAX: usize = 5_000;

/// How a branch stands to where it was last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It is where it was, or further.
    Onward,
    /// It does not come from where it was.
    Rewritten(Box<Rewrite>),
}

/// What a branch lost when it was put elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// Where it was.
    pub known: Id,
    /// Where it is; `None` if it is gone.
    pub now: Option<Id>,
    /// Commits whose changes nobody has any more, newest first. What was only made anew (rebased, amended, squashed) is
    /// not among them.
    pub vanished: Vec<Commit>,
    /// Lines of the ledger that are gone: what was spent stays spent.
    pub lines: Vec<Line>,
    /// Checkouts that are gone.
    pub checkouts: Vec<Checkout>,
    /// Checkouts that were given back and are there again.
    pub revived: Vec<Checkout>,
}

impl Rewrite {
    /// Whether a person must say that this was meant: something is gone that is not a person's own to take.
    pub fn asks(&self) -> bool {
        let others = |commit: &Commit| !matches!(commit.who, Who::Person(_));
        !self.lines.is_empty() || !self.checkouts.is_empty() || self.vanished.iter().any(others) || self.now.is_none()
    }

    /// Whether nothing is gone.
    pub fn is_nothing(&self) -> bool {
        self.vanished.is_empty() && self.lines.is_empty() && self.checkouts.is_empty() && self.now.is_some()
    }
}

impl History {
    /// What a person is asked about branches that were put elsewhere.
    pub fn asked(&self) -> Vec<Asked> {
        note::asked(self.repository().git_dir())
    }

    /// Whether a branch was put elsewhere since the program looked last, and what it lost. Nothing is written.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn rewritten(&self, branch: &str) -> Result<Option<Rewrite>, HistoryError> {
        let now = self.branch_tip(branch)?;
        let known = note::known(self.repository(), branch).filter(|known| Some(*known) != now);
        let Some(known) = known.filter(|known| self.commit(*known).is_ok()) else { return Ok(None) };
        Ok(match self.look(known, now)? {
            Look::Onward => None,
            Look::Rewritten(rewrite) => Some(*rewrite).filter(|rewrite| !rewrite.is_nothing()),
        })
    }

    /// How a branch that was at `known` stands to that, now that it is at `now`.
    ///
    /// # Errors
    /// [`HistoryError`] if a commit cannot be read.
    pub fn look(&self, known: Id, now: Option<Id>) -> Result<Look, HistoryError> {
        let left = match now {
            Some(now) => self.only_in(known, now)?,
            None => self
                .way_back(known)
                .take(COMMITS_MAX)
                .map(|step| Ok(step?.commit))
                .collect::<Result<_, HistoryError>>()?,
        };
        if left.is_empty() {
            return Ok(Look::Onward);
        }
        Ok(Look::Rewritten(Box::new(self.rewrite(known, now, &left)?)))
    }

    fn rewrite(&self, known: Id, now: Option<Id>, left: &[Id]) -> Result<Rewrite, HistoryError> {
        let mut made_anew = BTreeSet::new();
        if let Some(now) = now {
            for id in self.only_in(now, known)?.into_iter().take(COMMITS_MAX) {
                made_anew.insert(self.sameness(id)?);
            }
        }
        let mut vanished = Vec::new();
        for (position, id) in left.iter().enumerate() {
            let is_kept = position < COMMITS_MAX
                && (made_anew.contains(&self.sameness(*id)?) || self.is_there(*id, known, now)?);
            if !is_kept {
                vanished.push(self.commit(*id)?);
            }
        }
        let lost = self.lost(known, now)?;
        let lost::Lost { lines, checkouts, revived } = lost;
        Ok(Rewrite { known, now, vanished, lines, checkouts, revived })
    }

    /// What a commit keeps when it is rebased: its author, when it was made, and what it says.
    fn sameness(&self, id: Id) -> Result<(String, String, i64, String), HistoryError> {
        let commit = self.commit(id)?;
        let said = commit.message.to_string();
        Ok((commit.author.name, commit.author.email, commit.authored.as_second(), said))
    }

    /// Whether everything a commit changed is now what it was at `known`, as after an amend or a squash.
    fn is_there(&self, id: Id, known: Id, now: Option<Id>) -> Result<bool, HistoryError> {
        let Some(now) = now else { return Ok(false) };
        let commit = self.commit(id)?;
        if commit.parents.len() > 1 {
            // A merge is what it brought together, and that is looked at by itself.
            return Ok(true);
        }
        let changes = self.changed(commit.parents.first().copied(), id)?;
        if changes.cut {
            return Ok(false);
        }
        for file in changes.files {
            if self.entry(known, &file.path)? != self.entry(now, &file.path)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
