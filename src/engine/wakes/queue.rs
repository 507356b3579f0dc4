//! Runs that somebody asked for and that wait for their turn.

use super::{Candidate, Context, Finding};
use crate::model::run::Wake;
use crate::model::status::Priority;

/// The queued runs of an agent.
pub fn find(context: Context<'_>) -> Vec<Finding> {
    let queued = context.snapshot.index().queued.get(context.worker.slug).into_iter().flatten();
    let runs = queued.filter_map(|id| context.snapshot.run(id.as_str()));
    runs.map(|run| {
        let wake = Wake { queued: Some(run.id.clone()), ..run.wake.clone() };
        // A person waits for it.
        Finding::Ready(Candidate::new(wake, Priority::Critical, run.queued))
    })
    .collect()
}
