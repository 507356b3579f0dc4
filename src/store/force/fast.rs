//! Judging a small change without judging the whole company.
//!
//! Most commits change a ticket, its thread, its checkout or the ledger. Whether such a change brings an error depends
//! on the definitions, which are few, and on the tickets it names. So these are judged by themselves; whenever more
//! could matter, or anything is found, the whole company is judged.

use super::{Force, together};
use crate::format::Draft;
use crate::format::layout::{self, Kind};
use crate::model::{Scalar as _, TicketId};
use std::collections::BTreeSet;
use std::mem;

/// Most files that are judged by themselves; of more, the whole company is no dearer.
const LIGHT_MAX: usize = 500;

impl Force {
    /// Whether a change of `paths` may be judged by itself. Asked before it is brought along.
    pub(super) fn is_light(&self, paths: &BTreeSet<String>) -> bool {
        let light = |path: &String| {
            matches!(
                layout::locate(path).kind,
                Kind::Ticket | Kind::Lock | Kind::Entry | Kind::LedgerRun | Kind::LedgerSegment | Kind::Other
            )
        };
        self.broken.is_empty() && self.waiting.is_empty() && paths.len() <= LIGHT_MAX && paths.iter().all(light)
    }

    /// Whether the files at `paths`, which were just brought along, are sound by what they are judged by.
    pub(super) fn is_sound(&mut self, paths: &BTreeSet<String>) -> bool {
        if !self.broken.is_empty() {
            return false;
        }
        let Some(around) = self.around(paths) else { return false };
        let full = &mut self.draft;
        let mut part = Draft {
            company: full.company.take(),
            corp: full.corp.take(),
            home: full.home.take(),
            budgets: full.budgets.take(),
            prices: full.prices.take(),
            agents: mem::take(&mut full.agents),
            agent_settings: mem::take(&mut full.agent_settings),
            teams: mem::take(&mut full.teams),
            goals: mem::take(&mut full.goals),
            projects: mem::take(&mut full.projects),
            project_settings: mem::take(&mut full.project_settings),
            tasks: mem::take(&mut full.tasks),
            routines: mem::take(&mut full.routines),
            skills: mem::take(&mut full.skills),
            secrets: mem::take(&mut full.secrets),
            vaults: mem::take(&mut full.vaults),
            ..Draft::default()
        };
        for path in &around {
            part.insert(path, full.take(path));
            if let Some(entry) = full.entries.get(path) {
                part.entries.insert(path.clone(), entry.clone());
            }
        }
        let sound = together::errors(&part).is_empty();
        for path in &around {
            full.insert(path, part.take(path));
        }
        *full = Draft {
            entries: mem::take(&mut full.entries),
            heartbeats: mem::take(&mut full.heartbeats),
            tickets: mem::take(&mut full.tickets),
            locks: mem::take(&mut full.locks),
            thread: mem::take(&mut full.thread),
            approvals: mem::take(&mut full.approvals),
            ledger: mem::take(&mut full.ledger),
            vendored: mem::take(&mut full.vendored),
            ..part
        };
        sound
    }

    /// The files that decide whether `paths` are sound: they, and the tickets that they name, and those name, and so
    /// on. `None` if it cannot be told without looking at everything.
    fn around(&self, paths: &BTreeSet<String>) -> Option<BTreeSet<String>> {
        let mut around = BTreeSet::new();
        let mut next: Vec<String> = Vec::new();
        for path in paths {
            let located = layout::locate(path);
            match located.kind {
                // A ticket that is gone may be named by any other.
                Kind::Ticket if !self.draft.tickets.contains_key(path) => return None,
                Kind::Ticket => next.push(path.clone()),
                Kind::Lock | Kind::Entry => {
                    next.push(path.clone());
                    next.push(path_of(&TicketId::parse(located.name).ok()?));
                }
                _ => next.push(path.clone()),
            }
        }
        while let Some(path) = next.pop() {
            if around.len() > LIGHT_MAX * 4 {
                return None;
            }
            if let Some(ticket) = self.draft.tickets.get(&path) {
                let lock = path.strip_suffix(".md").map(|path| format!("{path}.lock"));
                next.extend(lock.filter(|lock| self.draft.locks.contains_key(lock) && !around.contains(lock)));
                if ticket.formerly.as_ref().is_some_and(|ids| !ids.is_empty()) {
                    return None;
                }
                for id in ticket.parent.iter().chain(ticket.blocked_by.iter().flatten()) {
                    let named = path_of(id);
                    if !self.draft.tickets.contains_key(&named) {
                        return None;
                    }
                    if !around.contains(&named) {
                        next.push(named);
                    }
                }
            }
            around.insert(path);
        }
        Some(around)
    }
}

/// Where a ticket lies.
fn path_of(id: &TicketId) -> String {
    format!("tickets/{}/{id}.md", id.bucket())
}
