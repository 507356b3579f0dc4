//! [`Index`]: who and what there is in a company, by name. Built once per check, so that no rule searches.
//!
//! What refers to what is listed in [`references`].

use super::references::{self, Reference, To};
use crate::format::draft::Draft;
use crate::format::kind::{AgentFile, AgentSettings, BoardMember, RoutineFile, TaskFile, TicketFile};
use crate::format::{Located, layout, record};
use crate::model::status::{AgentStatus, TicketStatus};
use crate::model::{Scalar as _, TicketId};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Most searches for a similar name in one check. Each compares with every name there is, and a hostile
/// company may have a hundred thousand wrong ones; nobody reads that many suggestions.
const SUGGESTIONS_MAX: u32 = 500;

/// Longest name for which a similar one is searched, in bytes. Real names end long before.
const SUGGESTION_BYTES_MAX: usize = 128;

/// Most references to nothing that are kept for one file; a hundred of them are shown. A hostile file has as many as fit
/// into it.
const UNKNOWN_PER_FILE_MAX: usize = 1_000;

/// Who and what there is, by name.
#[derive(Debug)]
pub struct Index<'d> {
    /// The files themselves.
    pub draft: &'d Draft,
    /// Agents by slug.
    pub agents: BTreeMap<&'d str, Agent<'d>>,
    /// People on the board by id.
    pub people: BTreeMap<&'d str, &'d BoardMember>,
    /// Teams by slug: the path of TEAM.md.
    pub teams: BTreeMap<&'d str, &'d str>,
    /// Goals by slug: the path of the goal.
    pub goals: BTreeMap<&'d str, &'d str>,
    /// Projects by slug: the path of PROJECT.md.
    pub projects: BTreeMap<&'d str, &'d str>,
    /// Tasks with a routine by slug. If several folders hold one of that name, the first counts.
    pub routines: BTreeMap<&'d str, Routine<'d>>,
    /// Skills by folder, by `slug` and by `name`.
    pub skills: BTreeSet<&'d str>,
    /// Secrets by name.
    pub secrets: BTreeSet<&'d str>,
    /// Vaults by id.
    pub vaults: BTreeSet<&'d str>,
    /// Tickets, ordered by id, those without an id left out. Two may have the same id.
    pub tickets: Vec<Ticket<'d>>,
    /// Ids that tickets had before, ordered, with the position in `tickets` or `None` for a draft.
    former: Vec<((&'d str, u32), usize)>,
    /// The highest number seen anywhere, by prefix.
    highest: BTreeMap<&'d str, u32>,
    /// References to what does not exist; tickets of the past among them.
    pub unknown: Vec<Reference<'d>>,
    /// References to agents who have left for good.
    pub to_terminated: Vec<Reference<'d>>,
    suggestions: Cell<u32>,
}

/// An agent.
#[derive(Debug, Clone, Copy)]
pub struct Agent<'d> {
    /// The path of AGENTS.md.
    pub path: &'d str,
    /// What it says.
    pub file: &'d AgentFile,
    /// What `agent.yaml` says, if there is one.
    pub settings: Option<&'d AgentSettings>,
}

impl Agent<'_> {
    /// Whether the agent has left for good.
    pub fn is_terminated(&self) -> bool {
        self.settings.and_then(|settings| settings.status) == Some(AgentStatus::Terminated)
    }
}

/// A task that comes again.
#[derive(Debug, Clone, Copy)]
pub struct Routine<'d> {
    /// The path of `routine.yaml`.
    pub path: &'d str,
    /// What it says.
    pub file: &'d RoutineFile,
    /// The path of TASK.md and what it says, if there is one.
    pub task: Option<(&'d str, &'d TaskFile)>,
}

/// A ticket with an id.
#[derive(Debug, Clone, Copy)]
pub struct Ticket<'d> {
    /// The prefix and number of its id.
    pub id: (&'d str, u32),
    /// Its path.
    pub path: &'d str,
    /// What it says.
    pub file: &'d TicketFile,
    /// Whether it is in the work tree, and not only in the history.
    pub is_here: bool,
}

/// Where a ticket stands, with the default for one that does not say.
pub fn status_of(ticket: &TicketFile) -> TicketStatus {
    let silent = if ticket.assignee.is_some() { TicketStatus::Todo } else { TicketStatus::Backlog };
    ticket.status.unwrap_or(silent)
}

/// The prefix and number of an id.
pub fn key(id: &TicketId) -> (&str, u32) {
    (id.prefix(), id.number())
}

/// The prefix and number of a text that is an id, such as a file's name.
pub fn key_of_name(name: &str) -> Option<(&str, u32)> {
    let number = TicketId::parse(name).ok()?.number();
    name.rsplit_once('-').map(|(prefix, _)| (prefix, number))
}

impl<'d> Index<'d> {
    /// Looks through `draft` once.
    pub fn new(draft: &'d Draft) -> Self {
        let named = |path: &'d str| layout::locate(path).name;
        let mut agents = BTreeMap::new();
        for (path, file) in &draft.agents {
            let settings = draft.settings_of(named(path));
            // `AGENTS.md` comes after `AGENT.md` and counts if there are both.
            agents.insert(named(path), Agent { path, file, settings });
        }
        let board = draft.corp.iter().filter_map(|corp| corp.board.as_ref()).flatten();
        let mut people = BTreeMap::new();
        for person in board {
            if let Some(id) = &person.id {
                people.entry(id.as_str()).or_insert(person);
            }
        }
        let mut routines = BTreeMap::new();
        for (path, file) in &draft.routines {
            let Located { name, folder, .. } = layout::locate(path);
            let task = draft.tasks.get_key_value(&format!("{folder}/TASK.md"));
            let task = task.map(|(path, file)| (path.as_str(), file.as_ref()));
            routines.entry(name).or_insert(Routine { path, file: file.as_ref(), task });
        }
        let mut skills = BTreeSet::new();
        for (path, file) in &draft.skills {
            skills.insert(named(path));
            skills.extend(file.name.as_deref());
            skills.extend(file.slug.as_deref());
        }
        let mut index = Self {
            draft,
            agents,
            people,
            teams: draft.teams.keys().map(|path| (named(path), path.as_str())).collect(),
            goals: draft.goals.keys().map(|path| (named(path), path.as_str())).collect(),
            projects: draft.projects.keys().map(|path| (named(path), path.as_str())).collect(),
            routines,
            skills,
            secrets: draft.secrets.keys().map(|path| named(path)).collect(),
            vaults: draft.vaults.keys().map(|path| named(path)).collect(),
            tickets: Vec::with_capacity(draft.tickets.len()),
            former: Vec::new(),
            highest: BTreeMap::new(),
            unknown: Vec::new(),
            to_terminated: Vec::new(),
            suggestions: Cell::new(SUGGESTIONS_MAX),
        };
        index.add_tickets();
        index.add_references();
        index
    }

    fn add_references(&mut self) {
        let mut unknown: Vec<Reference<'d>> = Vec::new();
        let mut to_terminated: Vec<Reference<'d>> = Vec::new();
        let keep = |list: &mut Vec<Reference<'d>>, reference: Reference<'d>| {
            // References come file by file.
            let full = list.len().checked_sub(UNKNOWN_PER_FILE_MAX).and_then(|first| list.get(first));
            if full.is_none_or(|first| first.spot.file() != reference.spot.file()) {
                list.push(reference);
            }
        };
        references::each(self, &mut |reference| {
            let known = match reference.to {
                To::Agent(name) | To::Worker(name) => match self.agents.get(name) {
                    Some(agent) => {
                        if agent.is_terminated() {
                            keep(&mut to_terminated, reference);
                        }
                        true
                    }
                    None => matches!(reference.to, To::Worker(_)) && self.people.contains_key(name),
                },
                To::Person(name) => self.people.contains_key(name),
                To::Project(name) => self.projects.contains_key(name),
                To::Goal(name) => self.goals.contains_key(name),
                To::Routine(name) => self.routines.contains_key(name),
                To::Ticket(id) => self.ticket_position(key(id)).is_some() || self.draft.archived.contains_key(id),
                To::Skill(name) => self.skills.contains(name),
                To::Secret(name) => self.secrets.contains(name),
                To::Vault(name) => self.vaults.contains(name),
            };
            if !known {
                keep(&mut unknown, reference);
            }
        });
        (self.unknown, self.to_terminated) = (unknown, to_terminated);
    }

    fn add_tickets(&mut self) {
        let draft = self.draft;
        for (path, file) in &draft.tickets {
            let own = file.id.as_ref().map(key).or_else(|| key_of_name(layout::locate(path).name));
            if let Some(id) = own {
                self.tickets.push(Ticket { id, path, file, is_here: true });
            }
        }
        for (id, ticket) in &draft.archived {
            if let Some(file) = &ticket.file {
                self.tickets.push(Ticket { id: key(id), path: &ticket.path, file, is_here: false });
            }
        }
        self.tickets.sort_by_key(|ticket| (ticket.id, ticket.path));
        for (position, ticket) in self.tickets.iter().enumerate() {
            let former = ticket.file.formerly.iter().flatten();
            self.former.extend(former.map(|id| (key(id), position)));
        }
        self.former.sort_unstable();
        // Closed tickets leave the tree, so what once had a number is also told by the records that stay.
        let ledger = draft.ledger.values().flatten().filter_map(|line| line.ticket.as_ref());
        let approvals = draft.approvals.values().filter_map(|approval| approval.ticket.as_ref());
        let ids = self.tickets.iter().map(|ticket| ticket.id).chain(self.former.iter().map(|(id, _)| *id));
        let archived = draft.archived.keys();
        let let_go = draft.let_go.iter().map(|(prefix, number)| (prefix.as_str(), *number));
        for (prefix, number) in ids.chain(ledger.chain(approvals).chain(archived).map(key)).chain(let_go) {
            let highest = self.highest.entry(prefix).or_default();
            *highest = number.max(*highest);
        }
    }

    /// The ticket with this id, or one that had it before.
    pub fn ticket(&self, id: (&str, u32)) -> Option<&Ticket<'d>> {
        self.ticket_position(id).and_then(|position| self.tickets.get(position))
    }

    /// The position in `tickets` of the ticket with this id, or of one that had it before.
    pub fn ticket_position(&self, id: (&str, u32)) -> Option<usize> {
        let position = self.tickets.partition_point(|ticket| ticket.id < id);
        if self.tickets.get(position).is_some_and(|ticket| ticket.id == id) {
            return Some(position);
        }
        let position = self.former.partition_point(|(former, _)| *former < id);
        self.former.get(position).filter(|(former, _)| *former == id).map(|(_, position)| *position)
    }

    /// The highest number seen with this prefix; 0 if there is none.
    pub fn highest(&self, prefix: &str) -> u32 {
        self.highest.get(prefix).copied().unwrap_or(0)
    }

    /// The candidate that was probably meant by `name`.
    pub fn nearest<'c>(&self, name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
        let left = self.suggestions.get();
        if left == 0 || name.len() > SUGGESTION_BYTES_MAX {
            return None;
        }
        self.suggestions.set(left - 1);
        // A name of quite another length is no typing mistake, and comparing takes time.
        record::nearest(name, candidates.filter(|candidate| candidate.len().abs_diff(name.len()) <= 1 + name.len() / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::draft;

    #[test]
    fn tickets_are_found_by_id_by_name_and_by_former_id() {
        let draft = draft(&[
            ("tickets/0000/ACME-2.md", "---\nid: ACME-2\n---\n"),
            ("tickets/0000/ACME-9.md", "---\ntitle: no id\n---\n"),
            ("tickets/0000/ACME-10.md", "---\nid: ACME-10\nformerly: [ACME-2, ACME-3]\n---\n"),
            ("tickets/draft-1a2b3c4d.md", "---\ntitle: a draft\n---\n"),
        ]);
        let index = Index::new(&draft);
        let path = |number| index.ticket(("ACME", number)).map(|ticket| ticket.path);
        assert_eq!(path(2), Some("tickets/0000/ACME-2.md"), "the holder of an id comes before a former one");
        assert_eq!(path(3), Some("tickets/0000/ACME-10.md"));
        assert_eq!(path(9), Some("tickets/0000/ACME-9.md"));
        assert_eq!(path(4), None);
        assert_eq!((index.highest("ACME"), index.highest("OPS")), (10, 0));
    }

    #[test]
    fn references_to_nothing_are_kept_up_to_a_limit_for_each_file() {
        let skills = vec!["s"; UNKNOWN_PER_FILE_MAX + 500].join(", ");
        let agent = format!("---\nname: x\nskills: [{skills}]\n---\n");
        let draft = draft(&[("agents/a/AGENTS.md", &agent), ("agents/b/AGENTS.md", &agent)]);
        assert_eq!(Index::new(&draft).unknown.len(), 2 * UNKNOWN_PER_FILE_MAX);
    }

    #[test]
    fn similar_names_are_searched_a_limited_number_of_times() {
        let draft = Draft::default();
        let index = Index::new(&draft);
        let search = || index.nearest("ctoo", ["cto"].into_iter());
        assert_eq!((0..SUGGESTIONS_MAX).filter(|_| search() == Some("cto")).count(), SUGGESTIONS_MAX as usize);
        assert_eq!(search(), None);
    }
}
