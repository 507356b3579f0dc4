//! What an agent wrote into its own papers: its memory is taken as it is, and nothing else.
//!
//! What else it may change, with whose word, is another question than this one.

use super::making::Making;
use crate::engine::refusal::Refusal;
use crate::model::plan::{Answer, Edit, Paper, Plan, Reason};
use crate::model::{Actor, RunId, Slug};

/// Whether a path is the agent's own memory, which it may write without asking.
pub fn is_memory(agent: &Slug, path: &str) -> bool {
    let Some(own) = path.strip_prefix(&format!("agents/{agent}/")) else { return false };
    own == "MEMORY.md" || own.strip_prefix("memory/").is_some_and(|name| !name.is_empty())
}

pub(super) fn papers(mut making: Making<'_>, id: &RunId, papers: &[Paper]) -> Result<Plan, Refusal> {
    let Some(run) = making.snapshot.run(id.as_str()).filter(|run| run.is_open()) else {
        return Err(Refusal::NoRun(id.clone()));
    };
    let agent = run.agent().clone();
    if let Some(other) = papers.iter().find(|paper| !is_memory(&agent, &paper.path)) {
        return Err(Refusal::NotAllowed {
            who: agent.to_string(),
            what: format!("write {}", other.path),
            why: "it is not its memory".to_owned(),
        });
    }
    let changed = papers.iter().filter(|paper| paper.before != paper.after);
    let edits: Vec<Edit> = changed.map(|paper| Edit::Paper(Box::new(paper.clone()))).collect();
    if edits.is_empty() {
        return Ok(making.nothing(Answer::Already));
    }
    let subject = match edits.len() {
        1 => format!("{agent} writes something down"),
        many => format!("{agent} writes {many} papers"),
    };
    edits.into_iter().for_each(|edit| making.edit(edit));
    let by = Actor::Agent { agent, run: id.clone() };
    making.progress(&by);
    let reason = Reason { tickets: run.ticket.iter().cloned().collect(), ..Reason::new(by, subject) };
    Ok(making.plan(reason, Answer::Done))
}
