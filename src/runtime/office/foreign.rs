//! What others changed, in the words of the engine: a commit by hand, a pull, a revert.

use super::message;
use crate::engine::Change;
use crate::format::layout::{self, Kind};
use crate::model::{Actor, Scalar as _, Slug, Snapshot, TicketId};
use crate::runtime::wire::Who;
use crate::store::force::Force;

/// What it means that the file at `path` changed; `snapshot` is the company before. `None`: nothing for what runs.
pub(super) fn change(snapshot: &Snapshot, path: &str) -> Option<Change> {
    let located = layout::locate(path);
    match located.kind {
        Kind::Ticket => {
            let id = TicketId::parse(located.name).ok()?;
            Some(Change::Ticket { before: snapshot.ticket(&id).cloned(), id })
        }
        Kind::AgentSettings => {
            let slug = Slug::parse(located.name).ok()?;
            let before = snapshot.worker(slug.as_str())?.status();
            Some(Change::Agent { slug, before })
        }
        Kind::Corp => Some(Change::Company { before: snapshot.company.status }),
        _ => None,
    }
}

/// Who committed last, as far as it is known.
pub(super) fn author(force: &Force, snapshot: &Snapshot) -> Actor {
    let commit = force.tip().and_then(|tip| force.history().commit(tip).ok());
    let who = commit.map(|commit| Who { name: commit.author.name, email: commit.author.email });
    who.and_then(|who| message::person(&who, snapshot)).map_or(Actor::Corp, Actor::Person)
}
