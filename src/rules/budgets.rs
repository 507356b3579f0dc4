//! What several rules about budgets share: units, and which scope lies in which.

use super::index::{Index, key};
use super::paths::{Target, follow, member};
use crate::format::kind::Budget;
use crate::format::layout::{self, Kind};
use crate::model::budget::{Scope, Window};
use crate::model::money::{Amount, Currency};
use crate::model::{Scalar as _, Slug};
use std::collections::{BTreeMap, BTreeSet};

/// Most scopes around one that are looked at. Real companies have a handful of levels; a hostile one has a chain
/// as long as there are files.
const AROUND_MAX: usize = 64;

/// Most tickets above one that are asked for their goal, for the same reason.
const PARENTS_MAX: usize = 64;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    /// Millionths of a unit of this currency.
    Money(Currency),
    /// Tokens.
    Tokens,
    /// Runs.
    Runs,
}

/// What `amount` counts, and how much of it.
pub(super) fn measure(amount: &Amount) -> (Unit, i128) {
    match amount {
        Amount::Money(money) => (Unit::Money(money.currency()), i128::from(money.micro())),
        Amount::Tokens(count) => (Unit::Tokens, i128::from(count.0)),
        Amount::Runs(count) => (Unit::Runs, i128::from(count.0)),
    }
}

/// A budget that says everything it must.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole<'d> {
    /// The position in the list.
    pub(super) position: usize,
    pub(super) scope: &'d Scope,
    pub(super) window: Window,
    pub(super) limit: &'d Amount,
    pub(super) budget: &'d Budget,
}

/// The budgets that say everything they must, in order.
pub(super) fn whole<'d>(index: &Index<'d>) -> Vec<Whole<'d>> {
    let budgets = index.draft.budgets.iter().filter_map(|file| file.budgets.as_ref()).flatten().enumerate();
    budgets
        .filter_map(|(position, budget)| {
            let (scope, window, limit) = (budget.scope.as_ref()?, budget.window?, budget.limit.as_ref()?);
            Some(Whole { position, scope, window, limit, budget })
        })
        .collect()
}

/// Which scope lies in which.
#[derive(Debug)]
pub(super) struct Nesting<'d> {
    index: &'d Index<'d>,
    /// Teams in which an agent, or another team, is.
    teams: BTreeMap<(bool, &'d str), BTreeSet<&'d str>>,
}

impl<'d> Nesting<'d> {
    /// Reads the members of all teams.
    pub(super) fn new(index: &'d Index<'d>) -> Self {
        let mut teams: BTreeMap<(bool, &'d str), BTreeSet<&'d str>> = BTreeMap::new();
        for (path, team) in &index.draft.teams {
            let located = layout::locate(path);
            for reference in team.includes.iter().flatten().chain(team.manager.as_ref()) {
                let inside = match follow(located.folder, reference) {
                    Target::Inside(path) => path,
                    Target::Outside | Target::Address => continue,
                };
                // A manager may be named by slug alone.
                let inside = if reference.contains('/') { inside } else { format!("agents/{reference}") };
                let found = match member(&inside) {
                    Some((Kind::Team, name)) => index.teams.get_key_value(name).map(|(name, _)| (true, *name)),
                    Some((_, name)) => index.agents.get_key_value(name).map(|(name, _)| (false, *name)),
                    None => None,
                };
                if let Some(found) = found {
                    teams.entry(found).or_default().insert(located.name);
                }
            }
        }
        Self { index, teams }
    }

    /// Shows the scopes around `scope`, the nearest first, until `visit` says that it goes no further there.
    pub(super) fn around(&self, scope: &Scope, visit: &mut dyn FnMut(&Scope) -> bool) {
        let mut seen = BTreeSet::from([scope.clone()]);
        let mut queue = std::collections::VecDeque::from([scope.clone()]);
        while let Some(inner) = queue.pop_front() {
            for outer in self.directly_around(&inner) {
                if seen.len() < AROUND_MAX && seen.insert(outer.clone()) && visit(&outer) {
                    queue.push_back(outer);
                }
            }
        }
    }

    fn directly_around(&self, scope: &Scope) -> Vec<Scope> {
        let index = self.index;
        let slug = |name: &str| Slug::parse(name).ok();
        let teams_of = |is_team: bool, name: &str| -> Vec<Scope> {
            let teams = self.teams.get(&(is_team, name)).into_iter().flatten().take(AROUND_MAX);
            teams.filter_map(|team| slug(team).map(Scope::Team)).collect()
        };
        let mut outer = match scope {
            Scope::Company => return Vec::new(),
            Scope::Agent(name) => teams_of(false, name.as_str()),
            Scope::Team(name) => teams_of(true, name.as_str()),
            Scope::Project(name) => {
                let settings = index.draft.project_settings.get(&format!("projects/{name}/project.yaml"));
                settings.and_then(|settings| settings.goal.clone()).map(Scope::Goal).into_iter().collect()
            }
            Scope::Goal(name) => {
                let goal = index.goals.get(name.as_str()).and_then(|path| index.draft.goals.get(*path));
                goal.and_then(|goal| goal.parent.clone()).map(Scope::Goal).into_iter().collect()
            }
            Scope::Routine(name) => {
                let task = index.routines.get(name.as_str()).and_then(|routine| routine.task);
                let project = task.and_then(|(path, task)| {
                    let folder = path.strip_prefix("projects/").and_then(|rest| rest.split('/').next());
                    folder.or(task.project.as_deref()).and_then(slug)
                });
                let assignee = task.and_then(|(_, task)| task.assignee.as_deref()).and_then(slug);
                project.map(Scope::Project).into_iter().chain(assignee.map(Scope::Agent)).collect()
            }
            Scope::Ticket(id) => {
                let Some(ticket) = index.ticket(key(id)) else { return vec![Scope::Company] };
                let project = ticket.file.project.clone().map(Scope::Project);
                project.into_iter().chain(self.goal_of(ticket.id).map(Scope::Goal)).collect()
            }
        };
        if outer.is_empty() {
            outer.push(Scope::Company);
        }
        outer
    }

    /// The goal of a ticket: its own, or that of the nearest ticket above that has one.
    fn goal_of(&self, id: (&str, u32)) -> Option<Slug> {
        let mut ticket = self.index.ticket(id)?;
        for _ in 0..PARENTS_MAX {
            if let Some(goal) = &ticket.file.goal {
                return Some(goal.clone());
            }
            ticket = self.index.ticket(key(ticket.file.parent.as_ref()?))?;
        }
        None
    }
}
