//! Tickets out of tasks that do not come again: each task gives one, once.

use super::arrive::{body, is_slug};
use crate::format::kind::TaskFile;
use crate::format::package::{digest, emit, things};
use crate::format::{Draft, layout};
use crate::model::{Choice as _, Scalar as _, TicketId};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Gives out ticket numbers.
#[derive(Debug)]
pub struct Numbers {
    prefix: String,
    next: u32,
    /// Whether another clone may be giving numbers too, so that these tickets get theirs later.
    drafts: bool,
}

impl Numbers {
    /// Numbers from 1.
    pub fn fresh(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), next: 1, drafts: false }
    }

    /// Numbers after every one the company mentions.
    pub fn after(draft: &Draft, prefix: &str) -> Self {
        let mut highest = 0;
        let mut see = |id: &TicketId| {
            if id.prefix() == prefix {
                highest = highest.max(id.number());
            }
        };
        for path in draft.entries.keys().filter(|path| path.starts_with("tickets/")) {
            let located = layout::locate(path);
            let folder = path.split('/').nth(2).unwrap_or_default();
            [located.name, folder].iter().filter_map(|name| TicketId::parse(name).ok()).for_each(|id| see(&id));
        }
        for ticket in draft.tickets.values() {
            ticket.id.iter().chain(&ticket.parent).for_each(&mut see);
            ticket.blocked_by.iter().chain(&ticket.formerly).flatten().for_each(&mut see);
        }
        draft.ledger.values().flatten().filter_map(|line| line.ticket.as_ref()).for_each(see);
        highest = highest.max(draft.let_go.get(prefix).copied().unwrap_or(0));
        // Home gives numbers; without it, nobody else does.
        Self { prefix: prefix.to_owned(), next: highest + 1, drafts: draft.home.is_some() }
    }

    /// The next number and its path; a draft's path if home is to number it.
    fn take(&mut self, seed: &str) -> Option<(Option<TicketId>, String)> {
        if self.drafts {
            let digest = digest::sha256(seed.as_bytes());
            return Some((None, format!("tickets/draft-{}.md", &digest[..8])));
        }
        let id = TicketId::new(&self.prefix, self.next).ok()?;
        self.next += 1;
        let path = format!("tickets/{}/{id}.md", id.bucket());
        Some((Some(id), path))
    }
}

/// A ticket to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// Where.
    pub path: String,
    /// The file.
    pub text: String,
    /// Its title.
    pub title: String,
    /// Who does it.
    pub assignee: Option<String>,
}

/// The ticket of the task in `folder`, whose file says `file` and `text`. `None` if there are no numbers left.
pub fn ticket(
    folder: &str,
    file: &TaskFile,
    text: &str,
    numbers: &mut Numbers,
    now: jiff::Timestamp,
    by: Option<&str>,
) -> Option<Seeded> {
    let (id, path) = numbers.take(folder)?;
    let slug = folder.rsplit_once('/').map_or(folder, |(_, slug)| slug);
    let title = file.name.as_deref().or(file.title.as_deref()).unwrap_or(slug).to_owned();
    let assignee = file.assignee.as_deref().and_then(slug_in);
    let around = folder.strip_prefix("projects/").and_then(|rest| rest.split('/').next());
    let project = file.project.as_deref().and_then(slug_in).or_else(|| around.map(str::to_owned));
    let mut front = String::from("---\n");
    let mut line = |key: &str, value: &str| {
        writeln!(front, "{key}: {value}").expect("a string takes any text");
    };
    if let Some(id) = &id {
        line("id", &id.to_string());
    }
    line("title", &emit::text(&title));
    line("status", if assignee.is_some() { "todo" } else { "backlog" });
    if let Some(priority) = file.priority {
        line("priority", priority.word());
    }
    for (key, value) in [("assignee", &assignee), ("project", &project)] {
        if let Some(value) = value {
            line(key, &emit::text(value));
        }
    }
    let labels: Vec<String> = file.labels.iter().flatten().map(|label| flow(label)).collect();
    if !labels.is_empty() {
        line("labels", &format!("[{}]", labels.join(", ")));
    }
    line("seed", &emit::text(folder));
    line("created", &now.to_string());
    if let Some(by) = by {
        line("created_by", &emit::text(by));
    }
    let body = body(text);
    let text = if body.is_empty() { format!("{front}---\n") } else { format!("{front}---\n\n{body}\n") };
    Some(Seeded { path, text, title, assignee })
}

/// The slug that a reference means: itself, or the folder of the file it leads to.
fn slug_in(reference: &str) -> Option<String> {
    let slug = if reference.contains('/') {
        let clean: Vec<&str> = reference.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
        things::owner(&clean.join("/"))?.slug
    } else {
        reference.to_owned()
    };
    is_slug(&slug).then_some(slug)
}

/// A label inside `[…]`.
fn flow(label: &str) -> String {
    let plain = emit::text(label);
    if plain.contains([',', '[', ']', '{', '}']) && !plain.starts_with('"') { format!("\"{plain}\"") } else { plain }
}

/// The seeds that have their ticket already.
pub fn seeds(draft: &Draft) -> BTreeSet<&str> {
    draft.tickets.values().filter_map(|ticket| ticket.seed.as_deref()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Document, read};

    fn task(text: &str) -> Box<TaskFile> {
        match read("tasks/x/TASK.md", text).0 {
            Document::Task(task) => task,
            other => panic!("a task, not {other:?}"),
        }
    }

    #[test]
    fn a_task_becomes_a_sound_ticket() {
        let text = "---\nname: \"Fix: sign-in\"\nassignee: cto\npriority: high\nlabels: [bug, 'a, b']\n---\n\nDo it.\n";
        let mut numbers = Numbers::fresh("ACME");
        let now = "2026-11-20T10:00:00Z".parse().unwrap();
        let made = ticket("projects/web/tasks/fix", &task(text), text, &mut numbers, now, Some("ada")).unwrap();
        assert_eq!(made.path, "tickets/0000/ACME-1.md");
        assert_eq!(
            made.text,
            "---\nid: ACME-1\ntitle: \"Fix: sign-in\"\nstatus: todo\npriority: high\nassignee: cto\nproject: web\nlabels: [bug, \"a, b\"]\nseed: projects/web/tasks/fix\ncreated: 2026-11-20T10:00:00Z\ncreated_by: ada\n---\n\nDo it.\n"
        );
        assert_eq!(read(&made.path, &made.text).1, []);
        let bare = ticket("tasks/tidy-up", &task("---\n---\n"), "---\n---\n", &mut numbers, now, None).unwrap();
        assert_eq!(bare.path, "tickets/0000/ACME-2.md");
        assert!(bare.text.starts_with("---\nid: ACME-2\ntitle: tidy-up\nstatus: backlog\nseed: "), "{}", bare.text);
    }

    #[test]
    fn numbers_go_on_after_every_mention() {
        let mut draft = Draft::default();
        for (path, text) in [
            ("tickets/0000/ACME-7.md", "---\nid: ACME-7\ntitle: X\nblocked_by: [ACME-9]\nformerly: [OLD-90]\n---\n"),
            ("tickets/0000/ACME-3.md", "---\nid: ACME-3\ntitle: Y\nseed: tasks/x\n---\n"),
        ] {
            draft.insert(path, read(path, text).0);
        }
        let now = "2026-11-20T10:00:00Z".parse().unwrap();
        let mut numbers = Numbers::after(&draft, "ACME");
        let made = ticket("tasks/a", &task("---\n---\n"), "", &mut numbers, now, None).unwrap();
        assert_eq!(made.path, "tickets/0000/ACME-10.md");
        assert_eq!(seeds(&draft).into_iter().collect::<Vec<_>>(), ["tasks/x"]);
        draft.insert("home.yaml", read("home.yaml", "clone: c-1\n").0);
        let made = ticket("tasks/a", &task("---\n---\n"), "", &mut Numbers::after(&draft, "ACME"), now, None).unwrap();
        assert!(made.path.starts_with("tickets/draft-"), "{}", made.path);
        assert_eq!(read(&made.path, &made.text).1, []);
    }
}
