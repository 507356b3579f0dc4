//! What an agent changed on its desk: what may be taken is written in its name, and what may not is said in the thread of
//! its ticket, where its next run reads it.

use super::approval;
use super::authority::may;
use super::making::Making;
use crate::engine::proposal::{self, Asked, Branch, TakenUp, Verdict};
use crate::engine::refusal::Refusal;
use crate::model::approval::{Approval, ApprovalKind};
use crate::model::plan::{Answer, Edit, Paper, Plan, Reason};
use crate::model::{Actor, RunId, Slug, Snapshot};
use std::fmt::Write as _;

/// Most paths that are named in a thread, with why they were not taken.
const NAMED_MAX: usize = 50;

/// Whether a path is the agent's own memory.
pub fn is_memory(agent: &Slug, path: &str) -> bool {
    let Some(own) = path.strip_prefix(&format!("agents/{agent}/")) else { return false };
    own == "MEMORY.md" || own.strip_prefix("memory/").is_some_and(|name| !name.is_empty())
}

pub(super) fn papers(mut making: Making<'_>, id: &RunId, taken: &TakenUp) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let Some(run) = snapshot.run(id.as_str()).filter(|run| run.is_open()) else {
        return Err(Refusal::NoRun(id.clone()));
    };
    let agent = run.agent().clone();
    for paper in &taken.papers {
        let why = match proposal::judge(snapshot, &agent, &paper.path) {
            Verdict::Merge => continue,
            Verdict::Ask => "the board is asked first".to_owned(),
            Verdict::Refuse(why) => why,
        };
        return Err(Refusal::NotAllowed { who: agent.to_string(), what: format!("write {}", paper.path), why });
    }
    let changed = taken.papers.iter().filter(|paper| paper.before != paper.after);
    let edits: Vec<Edit> = changed.map(|paper| Edit::Paper(Box::new(paper.clone()))).collect();
    let ticket = run.ticket.as_ref().and_then(|id| snapshot.ticket(id)).filter(|_| !taken.left.is_empty());
    let asked = taken.asked.as_ref().filter(|asked| !is_asked(snapshot, asked));
    if edits.is_empty() && ticket.is_none() && asked.is_none() {
        return Ok(making.nothing(Answer::Already));
    }
    let by = Actor::Agent { agent: agent.clone(), run: id.clone() };
    let subject = match edits.len() {
        0 => format!("what {agent} changed on its desk is not taken"),
        1 => format!("{agent} writes something down"),
        many => format!("{agent} writes {many} papers"),
    };
    if !edits.is_empty() {
        making.progress(&by);
    }
    edits.into_iter().for_each(|edit| making.edit(edit));
    let mut subject = subject;
    if let Some(asked) = asked {
        let question = Approval {
            ticket: run.ticket.clone(),
            proposal: Some(asked.proposal.clone()),
            ..Approval::new(ApprovalKind::AgentEdit, asked.title.clone())
        };
        let opened = approval::open(&mut making, &by, &question, &asked.body)?;
        subject = format!("{by} proposes ({opened}): {}", asked.title);
    }
    if let Some(ticket) = ticket {
        making.notice_of(id, ticket, &words(&agent, &taken.left));
    }
    let reason = Reason { tickets: run.ticket.iter().cloned().collect(), ..Reason::new(by, subject) };
    Ok(making.plan(reason, Answer::Done))
}

/// What somebody proposed on a branch: their role is asked again, since it may be another by now.
pub(super) fn branch(mut making: Making<'_>, branch: &Branch) -> Result<Plan, Refusal> {
    let Branch { by, name, taken, acts } = branch;
    if let Actor::Person(who) = by {
        acts.iter().try_for_each(|act| may(making.snapshot, who, *act))?;
    }
    let changed: Vec<&Paper> = taken.papers.iter().filter(|paper| paper.before != paper.after).collect();
    let asked = taken.asked.as_ref().filter(|asked| !is_asked(making.snapshot, asked));
    if changed.is_empty() && asked.is_none() {
        return Ok(making.nothing(Answer::Already));
    }
    let mut subject = match changed.len() {
        1 => format!("{by} brings in {name}: {}", changed[0].path),
        many => format!("{by} brings in {name}: {many} files"),
    };
    let nothing = changed.is_empty();
    changed.into_iter().for_each(|paper| making.edit(Edit::Paper(Box::new(paper.clone()))));
    let mut answer = Answer::Done;
    if let Some(asked) = asked {
        let question = Approval {
            proposal: Some(asked.proposal.clone()),
            ..Approval::new(ApprovalKind::AgentEdit, asked.title.clone())
        };
        let opened = approval::open(&mut making, by, &question, &asked.body)?;
        subject = match nothing {
            true => format!("{by} proposes ({opened}): {}", asked.title),
            false => format!("{subject}; the rest is proposed ({opened})"),
        };
        answer = Answer::Asking { approval: opened };
    }
    Ok(making.plan(Reason::new(by.clone(), subject), answer))
}

/// Whether something was put before the board already: it is put there once, whoever tells of it again.
fn is_asked(snapshot: &Snapshot, asked: &Asked) -> bool {
    snapshot.approvals().values().any(|one| one.proposal.as_ref() == Some(&asked.proposal))
}

/// What was not taken, for whoever reads the thread.
fn words(agent: &Slug, left: &[(String, String)]) -> String {
    let mut text = format!("Of what `{agent}` changed on its desk, this was not taken:\n\n");
    for (path, why) in left.iter().take(NAMED_MAX) {
        // A path is whatever an agent called a file: it ends no mark, and calls nobody.
        let path: String = path.chars().filter(|c| !c.is_control() && *c != '`').collect();
        let _written = writeln!(text, "- `{}`: {}", path.replace('@', "(at)"), why.replace('@', "(at)"));
    }
    if left.len() > NAMED_MAX {
        let _written = writeln!(text, "- and {} more", left.len() - NAMED_MAX);
    }
    text
}
