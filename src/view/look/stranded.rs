//! Open tickets that nothing brings on: no run, no wake that comes, nobody who is waited for, and nobody they are handed to.

use crate::engine::liveness::{self, Path};
use crate::model::Snapshot;
use jiff::Timestamp;

/// A ticket that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// Its file.
    pub path: String,
    /// Why, in words.
    pub why: String,
    /// What to do.
    pub help: String,
}

/// All of them, by their ids.
pub fn stranded(snapshot: &Snapshot, now: Timestamp) -> Vec<Stranded> {
    let open = snapshot.tickets().filter(|ticket| !ticket.head.status.is_closed());
    let found = open.filter_map(|ticket| {
        let Path::Stranded(words) = liveness::path(snapshot, ticket, now) else { return None };
        let id = &ticket.id;
        let help = match snapshot.company.first_in_charge() {
            Some(person) if liveness::can_be_handed(snapshot, ticket) => {
                format!("the daemon hands it to {}; start one with `corp up`", person.id)
            }
            Some(_) => format!("correct its file, then `corp ticket assign {id} WHO`"),
            None => {
                format!("nobody is on the board to have it: `corp ticket assign {id} WHO`, or `corp ticket close {id}`")
            }
        };
        Some(Stranded { path: ticket.path.clone(), why: format!("nothing brings {id} on: {words}"), help })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{at, company, slug, ticket};
    use crate::model::status::TicketStatus;

    #[test]
    fn what_nothing_brings_on_is_listed_with_what_to_do() {
        let mut snapshot = company();
        ticket(&mut snapshot, 1, TicketStatus::Todo, |head| head.assignee = Some(slug("nobody")));
        ticket(&mut snapshot, 2, TicketStatus::Todo, |_| {});
        ticket(&mut snapshot, 3, TicketStatus::Done, |head| head.assignee = Some(slug("nobody")));
        let found = stranded(&snapshot, at(1));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].why.contains("nobody, who does it, is neither an agent nor on the board"), "{found:?}");
        assert!(found[0].help.starts_with("the daemon hands it to ada"), "{found:?}");
        let mut empty = (*snapshot.company).clone();
        empty.board.clear();
        snapshot.put_company(empty);
        assert!(stranded(&snapshot, at(1))[0].help.contains("nobody is on the board"));
    }
}
