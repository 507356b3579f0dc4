//! Numbers of tickets across clones: which of two tickets keeps a number both were given, how a ticket gets another, and
//! how a draft gets its first. Only texts in, texts out.
//!
//! Only home gives numbers; elsewhere a new ticket is a draft with a name made by chance. A number that was given twice
//! all the same is settled by the tickets alone, so that every clone that sees both comes to the same.

use super::patch::{Edit, Value, patch};
use super::{front_matter, yaml};
use crate::diag::KeyPath;
use crate::model::TicketId;

/// Which of two tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// The first.
    First,
    /// The second.
    Second,
}

/// Whether a path is a draft's: a ticket that has no number yet.
pub fn is_draft(path: &str) -> bool {
    path.strip_prefix("tickets/")
        .is_some_and(|name| name.ends_with(".md") && !name.contains('/') && name != "README.md")
}

/// Whether two texts are one ticket: made by the same, at the same time, under the same title.
pub fn is_same(one: &str, other: &str) -> bool {
    let born = |text: &str| ["created", "created_by", "title"].map(|key| said(text, key));
    born(one) == born(other)
}

/// Whether `after` is the ticket `before` with another id.
pub fn is_moved(before: &str, after: &str) -> bool {
    let body = |text: &str| text[front_matter::split(text).body].trim().to_owned();
    let title = said(before, "title");
    title.is_some() && title == said(after, "title") && body(before) == body(after)
}

/// Which of two tickets keeps the number both have: the one that was worked on more often, then the older one. The answer
/// is about the same ticket whichever comes first.
pub fn keeps(first: &str, second: &str) -> Keeper {
    // Without a fence it was never checked out; without a time nobody knows how old it is.
    let fence = |text: &str| said(text, "fence").and_then(|fence| fence.parse::<u64>().ok()).unwrap_or(0);
    let created = |text: &str| said(text, "created").unwrap_or_else(|| "9".to_owned());
    let rank = |text: &str| (std::cmp::Reverse(fence(text)), created(text), text.to_owned());
    if rank(first) <= rank(second) { Keeper::First } else { Keeper::Second }
}

/// The ticket at `path` under a new id; the old one still finds it. `None` if the text cannot be edited.
pub fn renumber(path: &str, text: &str, old: &TicketId, new: &TicketId) -> Option<String> {
    let edits = [
        Edit::Set(KeyPath::from("id"), Value::text(new.to_string())),
        Edit::Append(KeyPath::from("formerly"), Value::text(old.to_string())),
    ];
    patch(path, text, &edits).ok()
}

/// A draft as the ticket `id`. `None` if the text cannot be edited, or has an id already.
pub fn give(path: &str, text: &str, id: &TicketId) -> Option<String> {
    if said(text, "id").is_some() {
        return None;
    }
    patch(path, text, &[Edit::Set(KeyPath::from("id"), Value::text(id.to_string()))]).ok()
}

/// The number behind the highest of the files at `paths` that bear this prefix: tickets and their checkouts and threads.
pub fn next<'p>(paths: impl Iterator<Item = &'p str>, prefix: &str) -> u32 {
    let number = |path: &str| {
        let name = path.strip_prefix("tickets/")?.split('/').nth(1)?;
        let digits = name.split('.').next()?.strip_prefix(prefix)?.strip_prefix('-')?;
        digits.parse::<u32>().ok()
    };
    paths.filter_map(number).max().unwrap_or(0).saturating_add(1)
}

/// The text of a key of the front matter.
fn said(text: &str, key: &str) -> Option<String> {
    let range = front_matter::split(text).yaml?;
    let parsed = yaml::parse(&text[range.clone()], range.start);
    match Value::of(parsed.root.as_ref()?).at(&KeyPath::from(key))? {
        Value::Text(text) | Value::Bare(text) => Some(text.clone()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scalar as _;

    fn ticket(keys: &str) -> String {
        format!("---\nid: ACME-7\n{keys}---\n\nBody.\n")
    }

    #[test]
    fn the_same_ticket_keeps_its_number_whoever_asks() {
        for (name, keeps_it, goes) in [
            ("older", "title: a\ncreated: 2026-11-19T10:00:00Z\n", "title: b\ncreated: 2026-11-20T10:00:00Z\n"),
            (
                "worked on",
                "title: a\ncreated: 2026-11-20T10:00:00Z\nfence: 2\n",
                "title: b\ncreated: 2026-11-19T10:00:00Z\n",
            ),
            ("told when", "title: b\ncreated: 2026-11-20T10:00:00Z\n", "title: a\n"),
            ("nothing but the title", "title: a\n", "title: b\n"),
        ] {
            let (one, other) = (ticket(keeps_it), ticket(goes));
            assert_eq!(keeps(&one, &other), Keeper::First, "{name}");
            assert_eq!(keeps(&other, &one), Keeper::Second, "{name}");
            assert!(!is_same(&one, &other), "{name}");
        }
        let one = ticket("title: a\ncreated: 2026-11-19T10:00:00Z\nstatus: todo\n");
        assert!(is_same(&one, &one.replace("todo", "done")));
    }

    #[test]
    fn a_ticket_gets_another_number_and_is_found_by_the_old_one() {
        let path = "tickets/0000/ACME-7.md";
        let id = |text: &str| TicketId::parse(text).unwrap();
        for (before, after) in [
            ("title: a # c\n", "---\nid: ACME-12\ntitle: a # c\nformerly: [ACME-7]\n---\n\nBody.\n"),
            (
                "formerly: [ACME-3]\ntitle: a\n",
                "---\nid: ACME-12\nformerly: [ACME-3, ACME-7]\ntitle: a\n---\n\nBody.\n",
            ),
        ] {
            let found = renumber(path, &ticket(before), &id("ACME-7"), &id("ACME-12")).unwrap();
            assert_eq!(found.replace("formerly:\n  - ACME-7\n", "formerly: [ACME-7]\n"), after);
            assert!(is_moved(&ticket(before), &found));
        }
        assert!(renumber(path, "no front matter: [", &id("ACME-7"), &id("ACME-8")).is_some());
    }

    #[test]
    fn a_draft_gets_the_next_number() {
        let paths =
            ["tickets/0000/ACME-9.md", "tickets/0000/ACME-11/a.md", "tickets/0000/OTHER-40.md", "tickets/draft-1.md"];
        assert_eq!(next(paths.into_iter(), "ACME"), 12);
        assert_eq!(next([].into_iter(), "ACME"), 1);
        let id = TicketId::parse("ACME-12").unwrap();
        let path = crate::model::ticket::Ticket::draft_path(0xabcd_0123_4567_89ab);
        assert_eq!(path, "tickets/draft-456789ab.md");
        assert!(is_draft(&path) && !is_draft("tickets/0000/ACME-1.md") && !is_draft("tickets/README.md"));
        assert_eq!(give(&path, "---\ntitle: a\n---\n", &id).as_deref(), Some("---\ntitle: a\nid: ACME-12\n---\n"));
        assert_eq!(give(&path, &ticket("title: a\n"), &id), None);
    }
}
