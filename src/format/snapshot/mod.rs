//! Files to the company the engine sees: a [`Snapshot`] out of a [`Draft`], and kept up with it path by path.
//!
//! What a file leaves out is filled in here, with the defaults that its kind documents. What cannot be used is left out:
//! the rules have said so, and a file with an error is not in force.

mod ledger;
mod settings;
mod things;

pub use ledger::{Line, line_of, line_text};
pub(crate) use things::head;
pub use things::{approval, person};

use super::draft::Draft;
use super::layout::{self, Kind};
use crate::model::ticket::{Attached, Entry, Lock, Product, Ticket};
use crate::model::{ApprovalId, LocalFacts, RunId, Scalar as _, SecretName, Slug, Snapshot, TicketId};
use std::collections::BTreeSet;

/// The company of a draft.
pub fn load(draft: &Draft, local: LocalFacts) -> Snapshot {
    load_upon(&Snapshot::new(local.clone()), draft, local)
}

/// The company of a draft, upon what was taken in of it before: its sealed records, whose lines may be gone from the draft.
pub fn load_upon(sealed: &Snapshot, draft: &Draft, local: LocalFacts) -> Snapshot {
    let mut snapshot = sealed.clone();
    snapshot.local = local;
    for path in paths(draft) {
        update(&mut snapshot, draft, path);
    }
    snapshot
}

/// Every path that says something to the engine, in order.
fn paths(draft: &Draft) -> Vec<&str> {
    let mut paths = vec!["COMPANY.md", "corp.yaml", "home.yaml", "budgets.yaml", "prices.yaml"];
    paths.extend(draft.agents.keys().map(String::as_str));
    paths.extend(draft.agent_settings.keys().map(String::as_str));
    paths.extend(draft.heartbeats.keys().map(String::as_str));
    paths.extend(draft.teams.keys().map(String::as_str));
    paths.extend(draft.goals.keys().map(String::as_str));
    paths.extend(draft.projects.keys().map(String::as_str));
    paths.extend(draft.project_settings.keys().map(String::as_str));
    paths.extend(draft.routines.keys().map(String::as_str));
    paths.extend(draft.secrets.keys().map(String::as_str));
    paths.extend(draft.tickets.keys().map(String::as_str));
    paths.extend(draft.locks.keys().map(String::as_str));
    paths.extend(draft.thread.keys().map(String::as_str));
    paths.extend(draft.approvals.keys().map(String::as_str));
    paths.extend(draft.ledger.keys().map(String::as_str));
    // Each kind is in order by itself, which this way of sorting makes use of.
    paths.sort();
    paths.dedup();
    paths
}

/// Takes in what the file at `path` says now; it may be new, another one, or gone.
pub fn update(snapshot: &mut Snapshot, draft: &Draft, path: &str) {
    let located = layout::locate(path);
    let slug = || Slug::parse(located.name).ok();
    match located.kind {
        Kind::Company | Kind::Corp => snapshot.put_company(things::company(draft)),
        Kind::Home => snapshot.put_home(things::home(draft)),
        Kind::Budgets => snapshot.put_budgets(things::budgets(draft)),
        Kind::Prices => snapshot.put_prices(things::prices(draft)),
        Kind::Agent | Kind::AgentSettings | Kind::Heartbeat => {
            if let Some(slug) = slug() {
                let now = things::agent(draft, &slug);
                snapshot.change_agent(&slug, |agent| *agent = now);
            }
        }
        // A team may be part of another one.
        Kind::Team => {
            let known: BTreeSet<Slug> = snapshot.teams().keys().cloned().collect();
            let there = draft.teams.keys().filter_map(|path| Slug::parse(layout::locate(path).name).ok());
            for slug in known.into_iter().chain(there).collect::<BTreeSet<_>>() {
                let team = things::team(draft, &slug);
                if snapshot.teams().get(&slug).map(AsRef::as_ref) != team.as_ref() {
                    snapshot.put_team(&slug, team);
                }
            }
        }
        Kind::Goal => {
            if let Some(slug) = slug() {
                snapshot.put_goal(&slug, draft.goals.get(path).map(|file| things::goal(file)));
            }
        }
        Kind::Project | Kind::ProjectSettings => {
            if let Some(slug) = slug() {
                snapshot.put_project(&slug, things::project(draft, &slug));
            }
        }
        Kind::Task | Kind::Routine => {
            if let Some(slug) = slug() {
                snapshot.put_routine(&slug, things::routine(draft, located.folder));
            }
        }
        Kind::Ticket => ticket(snapshot, draft, path, located.name),
        Kind::Lock => {
            if let Ok(id) = TicketId::parse(located.name) {
                snapshot.put_lock(&id, draft.locks.get(path).and_then(|file| lock(file)));
            }
        }
        Kind::Entry => {
            let Ok(id) = TicketId::parse(located.name) else { return };
            let file = path.rsplit('/').next().unwrap_or(path);
            match draft.thread.get(path).and_then(|said| entry(file, said)) {
                Some(entry) => snapshot.put_entry(&id, entry),
                None => snapshot.remove_entry(&id, file),
            }
        }
        Kind::Approval => {
            if let Ok(id) = ApprovalId::parse(located.name) {
                snapshot.put_approval(&id, draft.approvals.get(path).map(|file| approval(file)));
            }
        }
        Kind::LedgerRun => match draft.ledger.get(path) {
            Some(lines) => lines.iter().for_each(|line| take_line(snapshot, line, false)),
            None => {
                if let Ok(id) = RunId::parse(located.name) {
                    snapshot.remove_run(id.as_str());
                }
            }
        },
        Kind::LedgerSegment => {
            take_records(snapshot, draft.ledger.get(path).map_or(&[], Vec::as_slice));
        }
        Kind::Secret | Kind::Ciphertext => {
            if let Ok(name) = SecretName::parse(located.name) {
                snapshot.put_secret(&name, things::secret(draft, &name));
            }
        }
        Kind::Skill | Kind::Vault | Kind::Other => {}
    }
}

/// Takes in lines of a file of sealed records.
pub fn take_records(snapshot: &mut Snapshot, lines: &[super::kind::LedgerLine]) {
    lines.iter().for_each(|line| take_line(snapshot, line, true));
}

fn take_line(snapshot: &mut Snapshot, line: &super::kind::LedgerLine, sealed: bool) {
    match line_of(line) {
        Some(Line::Run(run)) if sealed => snapshot.seal_run(*run),
        Some(Line::Run(run)) => snapshot.put_run(*run),
        Some(Line::Firing(firing)) => snapshot.put_firing(*firing, sealed),
        Some(Line::Correction(correction)) => snapshot.put_correction(&correction),
        None => {}
    }
}

fn ticket(snapshot: &mut Snapshot, draft: &Draft, path: &str, name: &str) {
    let file = draft.tickets.get(path);
    // What it says is its id; a file that says none is known by its name, as the rules know it.
    let id = file.and_then(|file| file.id.clone()).or_else(|| TicketId::parse(name).ok());
    let was = snapshot.ticket_at(path);
    if let Some(was) = was.filter(|was| Some(was) != id.as_ref() || file.is_none()) {
        snapshot.remove_ticket(&was);
    }
    match (file, id) {
        (Some(file), Some(id)) => {
            snapshot.put_draft(path, None);
            // Of two files with the same id, the one in its place counts.
            let other = snapshot.ticket(&id).filter(|ticket| ticket.id == id && ticket.path != path);
            if other.is_none_or(|_| path == Ticket::path_of(&id)) {
                snapshot.put_ticket(&id, path, head(file));
            }
        }
        (Some(file), None) => snapshot.put_draft(path, Some(head(file))),
        (None, _) => snapshot.put_draft(path, None),
    }
}

fn lock(file: &super::kind::LockFile) -> Option<Lock> {
    Some(Lock {
        holder: file.holder.clone()?,
        run: file.run.clone(),
        clone: file.clone.clone()?,
        fence: file.fence?,
        since: file.since?.0,
        reserved: file.reserved.as_ref().map(settings::ceiling).unwrap_or_default(),
    })
}

fn entry(file: &str, said: &super::mentions::ThreadEntry) -> Option<Entry> {
    let head = &said.file;
    let author = head.author.clone()?;
    let at = head.at.map(|at| at.0).or_else(|| time_of(file))?;
    Some(Entry {
        file: file.to_owned(),
        author,
        kind: head.kind.unwrap_or(crate::model::ticket::EntryKind::Comment),
        run: head.run.clone(),
        at,
        to: head.to.clone(),
        answers: head.answers.clone(),
        document: head.document.clone(),
        revision: head.revision,
        attached: head.sha256.clone().map(|sha256| Attached {
            name: head.name.clone().or_else(|| head.file.clone()).unwrap_or_default(),
            sha256,
            bytes: head.bytes.unwrap_or(0),
            place: head.file.clone(),
        }),
        product: head.product.and_then(|kind| head.reference.clone().map(|reference| Product { kind, reference })),
        mentions: said.mentions.clone(),
    })
}

/// The time at the beginning of an entry's file name: `20261120T101500Z-cto-1a2b.md`.
fn time_of(file: &str) -> Option<jiff::Timestamp> {
    let stamp = file.split('-').next()?.strip_suffix('Z')?;
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", stamp).ok()?;
    jiff::tz::Offset::UTC.to_timestamp(time).ok()
}
