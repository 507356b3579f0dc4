//! Bringing along what others committed: the company as it is now, and what became of it in the words of the engine.

use super::came::Came;
use super::road::Asked;
use super::{Office, OfficeError, Own, foreign, sealed, texts};
use crate::engine::{Agenda, What};
use crate::format::snapshot as reading;
use crate::store::force::Advanced;

impl Office {
    /// Brings along what others committed, and returns what that means for what runs.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub fn look_around(&mut self) -> Result<Vec<Asked>, OfficeError> {
        self.catch_up()?;
        let foreign = std::mem::take(&mut self.foreign);
        Ok(foreign.into_iter().map(Asked::Happened).collect())
    }

    /// Brings along what others committed.
    pub(super) fn catch_up(&mut self) -> Result<(), OfficeError> {
        let advanced = self.force.advance()?;
        self.take_in(&advanced, &Own::default());
        Ok(())
    }

    /// Takes in what changed; all but what is in `own` was done by others.
    pub(super) fn take_in(&mut self, advanced: &Advanced, own: &Own) {
        if advanced.from == advanced.to {
            return;
        }
        if advanced.anew || advanced.changed.iter().any(|path| path.starts_with("secrets/")) {
            self.opened.replace(None);
        }
        if let Some(keeper) = &mut self.keeper {
            keeper.follow(advanced, self.clock.now());
        }
        // Whatever lies upon our own last commit is somebody else's, also where it is about the same files.
        let is_ours = advanced.to.is_some_and(|to| own.commits.contains(&to));
        let is_foreign = |path: &&String| !is_ours || !own.paths.contains(*path);
        let others: Vec<&String> = advanced.changed.iter().filter(is_foreign).collect();
        // Other clones look and do not act.
        if !others.is_empty() && self.snapshot.is_home() {
            let came = Came { history: self.force.history(), from: advanced.from, to: advanced.to, ours: &own.commits };
            match foreign::changes(&self.snapshot, came, &others) {
                Ok(parts) => {
                    let by = foreign::author(&self.force, &self.snapshot);
                    let parts = parts.into_iter().map(|changes| What::TreeChanged { by: by.clone(), changes });
                    self.foreign.extend(parts);
                }
                Err(error) => {
                    // It is not noted as taken in, so that it is judged when the program begins again.
                    self.unjudged = true;
                    tracing::error!(%error, "it cannot be told what it means that others changed the company");
                }
            }
        }
        if advanced.anew {
            self.sealed = sealed::fold(&mut self.force, &self.snapshot.local);
            self.read_anew();
        } else {
            for path in &advanced.changed {
                reading::update(&mut self.snapshot, self.force.draft(), path);
                if sealed::is_segment(path) {
                    sealed::take(&mut self.sealed, &mut self.force, path);
                }
            }
        }
        if self.notes_who_is_new {
            self.asked_anew(&advanced.changed);
        }
        self.snapshot.revision = texts::revision(advanced.to);
    }

    /// Forgets what was decided and not committed.
    pub(super) fn read_anew(&mut self) {
        let local = self.snapshot.local.clone();
        self.snapshot = reading::load_upon(&self.sealed, self.force.draft(), local);
        self.snapshot.revision = texts::revision(self.force.tip());
        self.agenda = Agenda::default();
    }
}
