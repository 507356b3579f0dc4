//! The sections of a prompt, one function each: what of the material it tells, and how much of it.

use super::cut::{self, Room};
use super::fence::Fence;
use super::{
    ENTRY_CHARS_MAX, LINK_CHARS_MAX, Material, PAPER_CHARS_MAX, PARENTS_MAX, Part, Piece, SECTION_CHARS_MAX,
    THREAD_CHARS_MAX, TICKET_CHARS_MAX, TicketText,
};
use crate::model::Choice as _;

pub(super) fn section(name: &'static str, heading: &str, text: String, cut: bool) -> Part {
    let text = text.trim();
    let text = if text.is_empty() { String::new() } else { format!("# {heading}\n\n{text}") };
    Part { name, standing: false, text, cut }
}

/// A part that has nothing to say.
pub(super) fn silent(name: &'static str) -> Part {
    Part { name, standing: false, text: String::new(), cut: false }
}

/// A name on one line.
pub(super) fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn heading(piece: &Piece, usual: &str) -> String {
    piece.name.as_deref().map_or_else(|| usual.to_owned(), line)
}

pub(super) fn instructions(material: &Material, room: &mut Room) -> Part {
    let piece = &material.instructions;
    let (text, cut) = room.take(&piece.text, PAPER_CHARS_MAX, &format!("in {}", piece.path));
    section("instructions", &format!("You are {}", line(&material.agent.name)), text, cut)
}

pub(super) fn goals(material: &Material, room: &mut Room) -> Part {
    let mut all = Vec::new();
    let mut is_cut = false;
    for (depth, goal) in material.goals.iter().enumerate() {
        let (text, cut) = room.take(&goal.text, LINK_CHARS_MAX, &format!("in {}", goal.path));
        is_cut |= cut;
        let serves = if depth == 0 { "" } else { ", which serves the one above" };
        all.push(format!("## {}{serves}\n\n{text}", heading(goal, &goal.path)).trim_end().to_owned());
    }
    section("goals", "What it is good for", all.join("\n\n"), is_cut)
}

pub(super) fn project(material: &Material, room: &mut Room) -> Part {
    let Some(project) = &material.project else { return silent("project") };
    let (text, cut) = room.take(&project.text, SECTION_CHARS_MAX, &format!("in {}", project.path));
    section("project", &format!("The project: {}", heading(project, &project.path)), text, cut)
}

pub(super) fn ticket(material: &Material, fence: &Fence, room: &mut Room) -> Part {
    let Some(ticket) = &material.ticket else { return silent("ticket") };
    let (text, cut) = ticket_text(ticket, TICKET_CHARS_MAX, fence, room);
    section("ticket", &format!("Your ticket: {}", ticket.id), text, cut)
}

fn ticket_text(ticket: &TicketText, max: usize, fence: &Fence, room: &mut Room) -> (String, bool) {
    let (body, cut) = room.take(&ticket.body, max, &format!("in {}", ticket.path));
    let by = ticket.by.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
    let from = format!("ticket {}{by}", ticket.id);
    let mut text = format!("Status {}, priority {}.\n\n", ticket.status, ticket.priority);
    text.push_str(&fence.wrap(&from, &format!("{}\n\n{body}", line(&ticket.title))));
    if !ticket.deliverables.is_empty() {
        let list: Vec<String> = ticket.deliverables.iter().map(|what| format!("- {}", line(what))).collect();
        text.push_str("\n\nBefore it is done, this must be there:\n\n");
        text.push_str(&fence.wrap(&from, &list.join("\n")));
    }
    (text, cut)
}

pub(super) fn parents(material: &Material, fence: &Fence, room: &mut Room) -> Part {
    let left_out = material.parents.len().saturating_sub(PARENTS_MAX);
    let mut is_cut = left_out > 0;
    let mut all = Vec::new();
    for parent in &material.parents[left_out..] {
        let (text, cut) = ticket_text(parent, LINK_CHARS_MAX, fence, room);
        is_cut |= cut;
        all.push(format!("## {}\n\n{text}", parent.id));
    }
    section("parents", "What your ticket is a part of", all.join("\n\n"), is_cut)
}

/// The thread: the newest entries, as many as there is room for, in the order in which they were said.
pub(super) fn thread(material: &Material, fence: &Fence, room: &mut Room) -> Part {
    let Some(ticket) = &material.ticket else { return silent("thread") };
    let mut is_cut = false;
    let mut used = 0;
    let mut told = Vec::new();
    for said in ticket.thread.iter().rev() {
        let left = THREAD_CHARS_MAX.saturating_sub(used);
        if left < cut::CHARS_MIN {
            break;
        }
        let (text, cut) = room.take(&said.text, ENTRY_CHARS_MAX.min(left), &format!("in {}", said.path));
        is_cut |= cut;
        used += text.chars().count();
        let from = format!("{}, {} of {}", said.author, said.kind.word(), said.at);
        told.push(fence.wrap(&from, &text));
    }
    let left_out = ticket.thread.len() - told.len();
    if left_out > 0 {
        let folder = ticket.path.trim_end_matches(".md");
        told.push(format!("[the {left_out} oldest entries are left out here; they are in {folder}/]"));
    }
    told.reverse();
    section("thread", "What was said about it, oldest first", told.join("\n\n"), is_cut || left_out > 0)
}

pub(super) fn beat(material: &Material, room: &mut Room) -> Part {
    let Some(beat) = &material.beat else { return silent("heartbeat") };
    let mut text = beat.prompt.trim().to_owned();
    let mut is_cut = false;
    if let Some(file) = &beat.file {
        let (told, cut) = room.take(&file.text, SECTION_CHARS_MAX, &format!("in {}", file.path));
        is_cut = cut;
        text = format!("{text}\n\n## HEARTBEAT.md\n\n{told}");
    }
    section("heartbeat", "Your heartbeat", text, is_cut)
}

pub(super) fn papers(material: &Material, room: &mut Room) -> Part {
    let mut all = Vec::new();
    let mut is_cut = false;
    for paper in &material.papers {
        let (text, cut) = room.take(&paper.text, PAPER_CHARS_MAX, &format!("in {}", paper.path));
        is_cut |= cut;
        if !text.is_empty() {
            all.push(format!("## {}\n\n{text}", paper.path.rsplit('/').next().unwrap_or(&paper.path)));
        }
    }
    section("papers", "Your papers", all.join("\n\n"), is_cut)
}

pub(super) fn memory(material: &Material, fence: &Fence, room: &mut Room) -> Part {
    let Some(memory) = &material.memory else { return silent("memory") };
    let (text, cut) = room.take(&memory.text, PAPER_CHARS_MAX, &format!("in {}", memory.path));
    if text.is_empty() {
        return silent("memory");
    }
    section("memory", "What you wrote down", fence.wrap(&format!("{} itself", material.agent.slug), &text), cut)
}
