//! The runs of an earlier daemon: each is found, and each is settled once.

use super::{Asked, Office};
use crate::runtime::run::Life;

impl Office {
    /// Looks after every run that is announced and not settled. Those whose supervisor lives are to be waited for
    /// ([`Office::take_started`]); of the others, what is to walk the road.
    pub fn recover(&mut self) -> Vec<Asked> {
        let mut asked = Vec::new();
        let clone = self.snapshot.local.clone.clone();
        for run in self.open_runs() {
            // A run of another clone is that clone's.
            if self.snapshot.run(run.as_str()).is_some_and(|run| run.clone.is_some() && run.clone != clone) {
                continue;
            }
            let folder = self.folder(&run);
            match folder.look() {
                Ok(Life::Alive) => {
                    tracing::info!(run = run.as_str(), "found at work");
                    self.begun(run, None);
                }
                Ok(Life::Dead(proof)) => match self.over(&run, &proof) {
                    Ok(found) => asked.extend(found),
                    Err(error) => tracing::error!(run = run.as_str(), %error, "a run cannot be settled yet"),
                },
                Err(error) => tracing::error!(run = run.as_str(), %error, "a run cannot be looked at"),
            }
        }
        asked
    }
}
