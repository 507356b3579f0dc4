//! What an agent is told at the start of a run: the mission, why it was woken, its ticket. The whole prompt, with goals,
//! threads and papers, has its place here.

use super::Office;
use crate::engine::heartbeat;
use crate::model::Choice as _;
use crate::model::run::{Run, WakeCause};
use crate::model::ticket::Ticket;

/// The prompt of a run.
pub(super) fn prompt(office: &Office, run: &Run, ticket: Option<&Ticket>) -> Result<String, String> {
    let mut parts = Vec::new();
    if let Some(mission) = office.text("COMPANY.md")? {
        parts.push(format!("# Mission\n\n{}", below_front_matter(&mission)));
    }
    if let Some(own) = office.text(&format!("agents/{}/AGENTS.md", run.agent()))? {
        parts.push(format!("# You are {}\n\n{}", run.agent(), below_front_matter(&own)));
    }
    let wake = &run.wake;
    let mut why = format!("# Why you were woken\n\n{}", wake.cause.word().replace('_', " "));
    if let Some(note) = &wake.note {
        why.push_str(&format_args!(": {note}").to_string());
    }
    parts.push(why);
    if let Some(ticket) = ticket {
        let body = office.text(&ticket.path)?.map(|text| below_front_matter(&text).to_owned()).unwrap_or_default();
        parts.push(format!("# {}: {}\n\n{body}", ticket.id, ticket.head.title));
    }
    if wake.cause == WakeCause::Scheduled {
        let beat = office.text(&format!("agents/{}/HEARTBEAT.md", run.agent()))?;
        parts.push(format!("# Heartbeat\n\n{}\n\n{}", heartbeat::DEFAULT_PROMPT, beat.unwrap_or_default()));
    }
    Ok(parts.iter().map(|part| part.trim_end()).collect::<Vec<_>>().join("\n\n") + "\n")
}

fn below_front_matter(text: &str) -> &str {
    match crate::format::front_matter::split(text) {
        split if split.body.start <= text.len() => text.get(split.body).unwrap_or(text).trim(),
        _ => text.trim(),
    }
}
