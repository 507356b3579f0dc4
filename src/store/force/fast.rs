//! Judging a small change without judging the whole company.
//!
//! Most commits change a ticket, its thread, its checkout or the ledger. Whether such a change brings an error depends
//! on the definitions, which are few, and on the tickets it names. So these are judged by themselves; whenever more
//! could matter, or anything is found, the whole company is judged.

use super::{Force, together};
use crate::diag::Diagnostic;
use crate::format::Draft;
use crate::format::layout::{self, Kind};
use crate::model::{Scalar as _, TicketId};
use crate::rules::Index;
use crate::rules::references::{self, To};
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
            teams: mem::take(&mut full.teams),
            goals: mem::take(&mut full.goals),
            projects: mem::take(&mut full.projects),
            project_settings: mem::take(&mut full.project_settings),
            ..Draft::default()
        };
        for path in &around {
            part.insert(path, full.take(path));
            if let Some(entry) = full.entries.get(path) {
                part.entries.insert(path.clone(), entry.clone());
            }
        }
        // Of a thousand agents a ticket names one or two.
        let named = papers_of(full, &workers(&part));
        for path in &named {
            part.insert(path, full.take(path));
        }
        // What people define is as it was when it was judged; what is left out here is missed only there.
        let concerns = |error: &Diagnostic| {
            error.labels.is_empty() || error.labels.iter().any(|label| around.contains(&label.place.file))
        };
        let sound = !together::errors(&part).iter().any(concerns);
        for path in around.iter().chain(&named) {
            full.insert(path, part.take(path));
        }
        full.company = part.company;
        full.corp = part.corp;
        full.home = part.home;
        full.budgets = part.budgets;
        full.prices = part.prices;
        full.teams = part.teams;
        full.goals = part.goals;
        full.projects = part.projects;
        full.project_settings = part.project_settings;
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

/// The agents and people that the records of `part` name.
fn workers(part: &Draft) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    references::each(&Index::new(part), &mut |reference| {
        if let To::Agent(name) | To::Worker(name) = reference.to {
            names.insert(name.to_owned());
        }
    });
    names
}

/// The papers of those of `names` who are agents.
fn papers_of(full: &Draft, names: &BTreeSet<String>) -> BTreeSet<String> {
    let mut papers = BTreeSet::new();
    for name in names {
        let folder = format!("agents/{name}/");
        let agents = full.agents.range(folder.clone()..).map(|(path, _)| path);
        papers.extend(agents.take_while(|path| path.starts_with(&folder)).cloned());
        let settings = full.agent_settings.range(folder.clone()..).map(|(path, _)| path);
        papers.extend(settings.take_while(|path| path.starts_with(&folder)).cloned());
    }
    papers
}

/// Where a ticket lies.
fn path_of(id: &TicketId) -> String {
    format!("tickets/{}/{id}.md", id.bucket())
}
