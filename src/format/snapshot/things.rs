//! The things people define, each out of its file or files.

use super::settings;
use crate::format::draft::Draft;
use crate::format::kind::{
    ApprovalFile, BoardMember, GoalFile, NotifyTarget, ProjectSettings, Repository as RepositoryFile,
    Review as ReviewFile, Stage as StageFile, TicketFile,
};
use crate::format::layout::{self, Kind};
use crate::model::agent::Agent;
use crate::model::approval::{Approval, ApprovalKind, Decision, Lasts, Raise};
use crate::model::budget::{AtLimit, Budget};
use crate::model::company::{AgentEdits, Channel, Company, Home, Means, Person};
use crate::model::money::Percent;
use crate::model::place::{Goal, Project, Repository, Team};
use crate::model::price::Price;
use crate::model::routine::{
    CatchUp, Concurrency, Payload, Routine, RoutineStatus, SessionName, Task, Trigger, TriggerTime, Variable,
    VariableType,
};
use crate::model::secret::{Binding, BoundTo, Secret, SecretDelivery, SecretStatus};
use crate::model::status::{ApprovalStatus, BoardRole, GoalStatus, Priority, ProjectStatus, Role, TicketStatus};
use crate::model::ticket::{Deliverable, Review, Stage, StageKind, TicketHead};
use crate::model::{Choice as _, Scalar as _, SecretName, Slug};
use std::collections::BTreeSet;
use std::sync::Arc;

/// When the board is told of a budget, if nobody says, in percent.
const WARN_AT: u8 = 80;

pub(super) fn company(draft: &Draft) -> Company {
    let all = Company::default();
    let name = draft.company.as_ref().and_then(|file| file.name.clone()).unwrap_or_default();
    let Some(file) = &draft.corp else { return Company { name, ..all } };
    let policy = file.policy.as_ref();
    let edits = policy.and_then(|policy| policy.agent_edits.as_ref());
    Company {
        name,
        ticket_prefix: file.ticket_prefix.clone(),
        timezone: file.timezone.clone().unwrap_or(all.timezone),
        status: file.status.unwrap_or(all.status),
        board: file.board.iter().flatten().filter_map(person).collect(),
        notify: file.notify.iter().flatten().filter_map(channel).collect(),
        hire: policy.and_then(|policy| policy.hire).unwrap_or(all.hire),
        strategy: policy.and_then(|policy| policy.strategy).unwrap_or(all.strategy),
        confinement: policy.and_then(|policy| policy.confinement).unwrap_or(all.confinement),
        agent_edits: AgentEdits {
            merge: edits.and_then(|edits| edits.merge.clone()),
            ask: edits.and_then(|edits| edits.ask.clone()),
            refuse: edits.and_then(|edits| edits.refuse.clone()),
        },
        runs: file.limits.as_ref().and_then(|limits| limits.runs).map_or(all.runs, |count| count.0),
        attachment_bytes: file
            .limits
            .as_ref()
            .and_then(|limits| limits.attachment_bytes)
            .map_or(all.attachment_bytes, |bytes| bytes.0),
        archive_after: file.archive_after.unwrap_or(all.archive_after),
        sync_every: file.sync_every.unwrap_or(all.sync_every),
        defaults: file.defaults.as_ref().map(settings::settings).unwrap_or_default(),
    }
}

fn channel(file: &NotifyTarget) -> Option<Channel> {
    let means = match (&file.command, &file.webhook, file.desktop) {
        (Some(words), _, _) => Means::Command(words.clone()),
        (None, Some(webhook), _) => Means::Webhook { url: webhook.url.clone()?, secret: webhook.secret.clone() },
        (None, None, Some(true)) => Means::Desktop,
        (None, None, _) => return None,
    };
    Some(Channel { on: file.on.clone().unwrap_or_default(), means })
}

/// What is said of somebody on the board, defaults filled in.
pub fn person(file: &BoardMember) -> Option<Person> {
    Some(Person {
        id: file.id.clone()?,
        name: file.name.clone(),
        email: file.email.clone(),
        role: file.role.unwrap_or(BoardRole::Viewer),
        delegate: file.delegate.clone(),
        away_until: file.away_until.map(|at| at.0),
        signing_keys: file.signing_keys.clone().unwrap_or_default(),
    })
}

pub(super) fn home(draft: &Draft) -> Option<Home> {
    let file = draft.home.as_ref()?;
    Some(Home {
        clone: file.clone.clone()?,
        machine: file.machine.clone(),
        host: file.host.clone(),
        fence: file.fence.unwrap_or(0),
        since: file.since.map(|since| since.0),
    })
}

pub(super) fn budgets(draft: &Draft) -> Vec<Budget> {
    let budgets = draft.budgets.iter().filter_map(|file| file.budgets.as_ref()).flatten();
    budgets
        .filter_map(|file| {
            Some(Budget {
                scope: file.scope.clone()?,
                window: file.window?,
                limit: file.limit?,
                warn_at: file.warn_at.unwrap_or(Percent(WARN_AT)),
                at_limit: file.at_limit.unwrap_or(AtLimit::Stop),
            })
        })
        .collect()
}

pub(super) fn prices(draft: &Draft) -> Vec<Price> {
    let prices = draft.prices.iter().filter_map(|file| file.prices.as_ref()).flatten();
    prices
        .filter_map(|file| {
            let input = file.input?;
            Some(Price {
                model: file.model.clone()?,
                provider: file.provider.clone(),
                from: file.from.map(|from| from.0),
                input,
                cached_input: file.cached_input.unwrap_or(input),
                cache_write: file.cache_write.unwrap_or(input),
                output: file.output?,
            })
        })
        .collect()
}

pub(super) fn agent(draft: &Draft, slug: &Slug) -> Agent {
    let path = draft.agent_path(slug.as_str());
    let file = path.and_then(|path| draft.agents.get(path));
    let heartbeat = draft.heartbeats.get(&format!("agents/{slug}/HEARTBEAT.md"));
    let text = |text: Option<&String>| text.cloned();
    Agent {
        path: path.map(str::to_owned),
        name: text(file.and_then(|file| file.name.as_ref())),
        title: text(file.and_then(|file| file.title.as_ref())),
        role: file.and_then(|file| Role::from_word(file.role.as_deref()?)),
        reports_to: file.and_then(|file| Slug::parse(file.reports_to.as_deref()?).ok()),
        skills: file.and_then(|file| file.skills.clone()).unwrap_or_default(),
        settings: draft.settings_of(slug.as_str()).map(|file| Box::new(settings::settings(file))),
        heartbeat: heartbeat.map(|heartbeat| Arc::new(heartbeat.file.clone())),
    }
}

pub(super) fn goal(file: &GoalFile) -> Goal {
    Goal {
        name: file.name.clone(),
        parent: file.parent.clone(),
        owner: file.owner.clone(),
        status: file.status.unwrap_or(GoalStatus::Planned),
    }
}

pub(super) fn project(draft: &Draft, slug: &Slug) -> Option<Project> {
    let file = draft.projects.get(&format!("projects/{slug}/PROJECT.md"))?;
    let silent = ProjectSettings::default();
    let settings = draft.project_settings.get(&format!("projects/{slug}/project.yaml")).map_or(&silent, AsRef::as_ref);
    Some(Project {
        name: file.name.clone(),
        owner: file.owner.as_deref().and_then(|owner| Slug::parse(owner).ok()),
        status: settings.status.unwrap_or(ProjectStatus::Planned),
        goal: settings.goal.clone(),
        repository: settings.repository.as_ref().and_then(repository),
        shared_workspace: settings.workspace == Some(crate::format::kind::WorkspaceMode::Project),
        env: settings.env.clone().unwrap_or_default(),
        secrets: settings.secrets.clone().unwrap_or_default(),
        optional_secrets: settings.optional_secrets.clone().unwrap_or_default(),
        max_concurrent_runs: settings.max_concurrent_runs,
    })
}

fn repository(file: &RepositoryFile) -> Option<Repository> {
    Some(Repository {
        url: file.url.clone()?,
        branch: file.branch.clone(),
        setup: file.setup.clone(),
        cleanup: file.cleanup.clone(),
    })
}

pub(super) fn team(draft: &Draft, slug: &Slug) -> Option<Team> {
    let file = draft.teams.get(&format!("teams/{slug}/TEAM.md"))?;
    let manager = file.manager.as_deref().and_then(|manager| agent_of(&format!("teams/{slug}"), manager));
    let mut members = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut teams = vec![slug.clone()];
    while let Some(team) = teams.pop() {
        let Some(file) = draft.teams.get(&format!("teams/{team}/TEAM.md")) else { continue };
        if !seen.insert(team.clone()) {
            continue;
        }
        let folder = format!("teams/{team}");
        members.extend(file.manager.as_deref().and_then(|manager| agent_of(&folder, manager)));
        for reference in file.includes.iter().flatten() {
            let path = joined(&folder, reference);
            let located = layout::locate(&path);
            let Ok(name) = Slug::parse(located.name) else { continue };
            if located.kind == Kind::Agent {
                members.insert(name);
            } else if located.kind == Kind::Team {
                teams.push(name);
            }
        }
    }
    Some(Team { name: file.name.clone(), manager, members })
}

/// The agent a team's file points at: by slug, or by the path of its AGENTS.md.
fn agent_of(folder: &str, reference: &str) -> Option<Slug> {
    if !reference.contains('/') {
        return Slug::parse(reference).ok();
    }
    let path = joined(folder, reference);
    let located = layout::locate(&path);
    (located.kind == Kind::Agent).then(|| Slug::parse(located.name).ok()).flatten()
}

/// `../../agents/cto/AGENTS.md` seen from `teams/web`. One that leaves the company leads nowhere.
fn joined(folder: &str, reference: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

pub(super) fn routine(draft: &Draft, folder: &str) -> Option<Routine> {
    let file = draft.routines.get(&format!("{folder}/routine.yaml"))?;
    let task = draft.tasks.get(&format!("{folder}/TASK.md"));
    let around = folder.strip_prefix("projects/").and_then(|rest| rest.split('/').next());
    let slug = |text: Option<&str>| text.and_then(|text| Slug::parse(text).ok());
    let task = Task {
        title: task.and_then(|task| task.name.clone().or_else(|| task.title.clone())),
        assignee: slug(task.and_then(|task| task.assignee.as_deref())),
        project: slug(task.and_then(|task| task.project.as_deref())).or_else(|| slug(around)),
        priority: task.and_then(|task| task.priority),
        labels: task.and_then(|task| task.labels.clone()).unwrap_or_default(),
    };
    let triggers = file.triggers.iter().flatten().filter_map(|file| {
        let time = match (&file.cron, file.every, &file.at) {
            (Some(cron), ..) => TriggerTime::Cron(cron.clone()),
            (None, Some(every), _) => TriggerTime::Every(every),
            (None, None, Some(at)) => TriggerTime::At(at.clone()),
            (None, None, None) => return None,
        };
        Some(Trigger {
            time,
            timezone: file.timezone.clone(),
            stagger: file.stagger,
            enabled: file.enabled.unwrap_or(true),
            label: file.label.clone(),
        })
    });
    let variables = file.variables.iter().flatten().map(|(name, file)| {
        let variable = Variable {
            kind: file.kind.unwrap_or(VariableType::Text),
            default: file.default.clone(),
            required: file.required.unwrap_or(file.default.is_none()),
            options: file.options.clone().unwrap_or_default(),
        };
        (name.clone(), variable)
    });
    Some(Routine {
        folder: folder.to_owned(),
        status: file.status.unwrap_or(RoutineStatus::Active),
        triggers: triggers.collect(),
        payload: file.payload.unwrap_or(Payload::Ticket),
        session: file.session.clone().unwrap_or(SessionName::Isolated),
        concurrency: file.concurrency.unwrap_or(Concurrency::CoalesceIfActive),
        catch_up: file.catch_up.unwrap_or(CatchUp::SkipMissed),
        variables: variables.collect(),
        secrets: file.secrets.clone().unwrap_or_default(),
        task,
    })
}

/// A secret as its file says, and whether its value is there.
pub(super) fn secret(draft: &Draft, name: &SecretName) -> Option<Secret> {
    let file = draft.secrets.get(&format!("secrets/{name}.yaml"))?;
    let elsewhere = file.reference.is_some() || file.vault.is_some();
    let bindings = file.bindings.iter().flatten().filter_map(|file| {
        let to = match (&file.agent, &file.project, &file.routine) {
            (Some(agent), ..) => BoundTo::Agent(agent.clone()),
            (None, Some(project), _) => BoundTo::Project(project.clone()),
            (None, None, Some(routine)) => BoundTo::Routine(routine.clone()),
            (None, None, None) => return None,
        };
        Some(Binding {
            to,
            version: file.version,
            required: file.required.unwrap_or(true),
            delivery: file.delivery.unwrap_or(SecretDelivery::File),
        })
    });
    Some(Secret {
        status: file.status.unwrap_or(SecretStatus::Active),
        here: (!elsewhere).then(|| draft.entries.contains_key(&format!("secrets/{name}.age"))),
        sealed_for: file.recipients.iter().flatten().filter_map(|sealed| sealed.key.clone()).collect(),
        bindings: bindings.collect(),
        to_be_rotated: file.to_be_rotated.clone(),
    })
}

/// What the file of an approval says, defaults filled in.
pub fn approval(file: &ApprovalFile) -> Approval {
    let decisions = file.decisions.iter().flatten().filter_map(|file| {
        Some(Decision {
            by: file.by.clone()?,
            on_behalf_of: file.on_behalf_of.clone(),
            verdict: file.decision?,
            at: file.at.map(|at| at.0),
            comment: file.comment.clone(),
            void: file.void.clone(),
        })
    });
    Approval {
        title: file.title.clone().unwrap_or_default(),
        kind: file.kind.unwrap_or(ApprovalKind::Request),
        status: file.status.unwrap_or(ApprovalStatus::Pending),
        requested_by: file.requested_by.clone(),
        run: file.run.clone(),
        ticket: file.ticket.clone(),
        agent: file.agent.clone(),
        proposal: file.proposal.clone(),
        raise: raise(file),
        deciders: file.deciders.clone().unwrap_or_default(),
        needs: file.needs.unwrap_or(1),
        decision: file.decision,
        decisions: decisions.collect(),
        expires: file.expires.map(|at| at.0),
        created: file.created.map(|at| at.0),
        closed: file.closed.map(|at| at.0),
    }
}

/// Which budget an approval is about, if all of it is said.
fn raise(file: &ApprovalFile) -> Option<Raise> {
    Some(Raise {
        scope: file.budget.clone()?,
        window: file.window?,
        limit: file.limit?,
        to: file.raise_to?,
        lasts: file.lasts.unwrap_or(Lasts::Once),
    })
}

pub(crate) fn head(file: &TicketFile) -> TicketHead {
    let silent = if file.assignee.is_some() { TicketStatus::Todo } else { TicketStatus::Backlog };
    let deliverables = file.deliverables.iter().flatten().filter_map(|file| match (&file.path, &file.run) {
        (Some(path), _) => Some(Deliverable::Path(path.clone())),
        (None, Some(run)) => Some(Deliverable::Run(run.clone())),
        (None, None) => None,
    });
    TicketHead {
        title: file.title.clone().unwrap_or_default(),
        status: file.status.unwrap_or(silent),
        priority: file.priority.unwrap_or(Priority::Medium),
        assignee: file.assignee.clone(),
        project: file.project.clone(),
        goal: file.goal.clone(),
        parent: file.parent.clone(),
        blocked_by: file.blocked_by.clone().unwrap_or_default(),
        branch: file.branch.clone(),
        unblock_owner: file.unblock_owner.clone(),
        labels: file.labels.clone().unwrap_or_default(),
        stages: file.stages.iter().flatten().filter_map(stage).collect(),
        reviews: file.reviews.iter().flatten().filter_map(review).collect(),
        deliverables: deliverables.collect(),
        fence: file.fence.unwrap_or(0),
        seed: file.seed.clone(),
        formerly: file.formerly.clone().unwrap_or_default(),
        created: file.created.map(|at| at.0),
        created_by: file.created_by.clone(),
        closed: file.closed.map(|at| at.0),
    }
}

fn review(file: &ReviewFile) -> Option<Review> {
    Some(Review { stage: file.stage.unwrap_or(1), by: file.by.clone()?, said: file.said?, at: file.at.map(|at| at.0) })
}

fn stage(file: &StageFile) -> Option<Stage> {
    let (kind, participants) = match (&file.review, &file.approval) {
        (Some(review), _) => (StageKind::Review, review),
        (None, Some(approval)) => (StageKind::Approval, approval),
        (None, None) => return None,
    };
    Some(Stage { kind, participants: participants.clone(), needs: file.needs.unwrap_or(1) })
}
