//! Which closed tickets leave the work tree: buckets in which nothing is open, nothing is new and nothing is worked on.
//!
//! A bucket is the smallest part that can leave, because a sparse checkout that git is quick with knows only folders
//! (`docs/decisions/0007-archive.md`). Nothing is deleted: the tickets stay in the last commit, where everything that
//! reads the history finds them. How they leave: [`super::writer`].

use super::archived::Archived;
use super::writer::{WriteError, Writer};
use crate::format::Draft;
use crate::format::layout::{self, Kind};
use crate::model::{Interval, Scalar as _, TicketId};
use crate::rules::index::status_of;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How long a closed ticket stays when `corp.yaml` does not say: a month, in which most are reopened that ever are.
pub const ARCHIVE_AFTER_DAYS: u64 = 30;

/// Oldest git that can work beside an index with folder entries.
pub const GIT_NEEDED: (u32, u32) = (2, 37);

/// What would leave, and what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Buckets that may leave, each with its tickets in order.
    pub leave: BTreeMap<String, Vec<TicketId>>,
    /// Buckets that stay, each with why.
    pub stay: BTreeMap<String, String>,
}

/// How long closed tickets stay in the work tree of this company.
pub fn archive_after(draft: &Draft) -> Interval {
    let said = draft.corp.as_ref().and_then(|corp| corp.archive_after);
    said.unwrap_or_else(|| Interval::from_ms(ARCHIVE_AFTER_DAYS * 86_400_000))
}

/// Decides which buckets of the work tree may leave it at `now`, with tickets closed for `older_than` or longer.
pub fn plan(draft: &Draft, older_than: Interval, now: Timestamp) -> Plan {
    let mut tickets: BTreeMap<&str, Vec<TicketId>> = BTreeMap::new();
    let mut stay: BTreeMap<&str, String> = BTreeMap::new();
    let mut because = |bucket, why: String| {
        stay.entry(bucket).or_insert(why);
    };
    for path in draft.entries.keys() {
        let Some((bucket, _)) = path.strip_prefix("tickets/").and_then(|below| below.split_once('/')) else { continue };
        let located = layout::locate(path);
        match (located.kind, TicketId::parse(located.name)) {
            (Kind::Ticket, Ok(id)) => {
                match reason(draft, path, &id, older_than, now) {
                    Some(why) => because(bucket, why),
                    None if id.bucket() != bucket => {
                        because(bucket, format!("{id} belongs into tickets/{}", id.bucket()));
                    }
                    None => {}
                }
                tickets.entry(bucket).or_default().push(id);
            }
            (Kind::Ticket, Err(_)) => because(bucket, format!("{path} has no id")),
            (Kind::Lock, _) => because(bucket, format!("{} is checked out", located.name)),
            _ => drop(tickets.entry(bucket).or_default()),
        }
    }
    let archived = draft.archived.keys();
    // The newest bucket gets the next tickets; it would come back with the first of them.
    if let Some(newest) = tickets.values().flatten().chain(archived).max_by_key(|id| id.number()).map(TicketId::bucket)
        && let Some((newest, _)) = tickets.get_key_value(newest.as_str())
    {
        because(newest, "it gets the next tickets".to_owned());
    }
    let mut plan = Plan::default();
    for (bucket, mut ids) in tickets {
        ids.sort_by_key(TicketId::number);
        match stay.remove(bucket) {
            Some(why) => drop(plan.stay.insert(bucket.to_owned(), why)),
            None if ids.is_empty() => drop(plan.stay.insert(bucket.to_owned(), "there is no ticket in it".to_owned())),
            None => drop(plan.leave.insert(bucket.to_owned(), ids)),
        }
    }
    plan
}

/// Why a ticket keeps its bucket, if it does.
fn reason(draft: &Draft, path: &str, id: &TicketId, older_than: Interval, now: Timestamp) -> Option<String> {
    let Some(file) = draft.tickets.get(path) else { return Some(format!("{id} cannot be read")) };
    let status = status_of(file);
    if !status.is_closed() {
        return Some(format!("{id} is `{status}`"));
    }
    let Some(closed) = file.closed else {
        return Some(format!("{id} does not say when it was closed; add `closed: {}`", day(now)));
    };
    let age_ms = u64::try_from(now.as_millisecond() - closed.0.as_millisecond()).unwrap_or(0);
    (age_ms < older_than.ms()).then(|| format!("{id} was closed on {}", day(closed.0)))
}

/// The day of an instant, in UTC, as it stands in files.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect::<String>() + "T00:00:00Z"
}

/// Ids and buckets of tickets that are in the last commit and left out of the work tree in `root`.
pub fn archived(root: &Path) -> BTreeMap<TicketId, String> {
    Archived::open(root).map(|archived| archived.buckets(root)).unwrap_or_default()
}

/// Open tickets that are left out of the work tree in `root`, where nobody sees them. Reads every archived ticket.
pub fn open_ones(root: &Path) -> BTreeMap<TicketId, String> {
    Archived::open(root).map(|archived| archived.open_ones(root)).unwrap_or_default()
}

/// Lets the buckets of `plan` leave.
///
/// # Errors
/// [`WriteError`]; a bucket that cannot leave is no error, and is told.
pub fn leave(writer: &mut Writer, plan: &Plan) -> Result<super::writer::Shelved, WriteError> {
    if let Ok(Some(found)) = super::git::version()
        && found < GIT_NEEDED
    {
        let reason = format!(
            "the git here is {}.{}, which cannot read an index without the archived tickets; 2.37 or newer can",
            found.0, found.1
        );
        return Err(WriteError::Unsuitable { reason });
    }
    writer.archive(&plan.leave.keys().cloned().collect::<BTreeSet<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::draft::{Entry, EntryType};

    fn draft(files: &[(&str, &str)]) -> Draft {
        let mut draft = Draft::default();
        for (path, text) in files {
            draft.insert(path, crate::format::document::read(path, text).0);
            draft.entries.insert((*path).to_owned(), Entry { kind: EntryType::File, bytes: 0 });
        }
        draft
    }

    #[test]
    fn a_bucket_leaves_when_all_in_it_is_closed_and_old_enough() {
        let old = "---\nstatus: done\nclosed: 2026-10-01T10:00:00Z\n---\n";
        let newest = ("tickets/0009/ACME-900.md", old);
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        for (files, stays) in [
            (vec![("tickets/0000/ACME-1.md", old)], None),
            (vec![("tickets/0000/ACME-1.md", old), ("tickets/0000/ACME-1/c.md", "Done.\n")], None),
            (vec![("tickets/0000/ACME-1.md", "---\nstatus: cancelled\nclosed: 2026-10-21T10:00:00Z\n---\n")], None),
            (
                vec![("tickets/0000/ACME-1.md", "---\nstatus: done\nclosed: 2026-10-21T10:00:01Z\n---\n")],
                Some("ACME-1 was closed on 2026-10-21T00:00:00Z"),
            ),
            (
                vec![("tickets/0000/ACME-1.md", old), ("tickets/0000/ACME-2.md", "---\nstatus: todo\n---\n")],
                Some("ACME-2 is `todo`"),
            ),
            (
                vec![("tickets/0000/ACME-1.md", "---\nstatus: done\n---\n")],
                Some("ACME-1 does not say when it was closed; add `closed: 2026-11-20T00:00:00Z`"),
            ),
            (vec![("tickets/0000/ACME-1.md", "---\n: [\n---\n")], Some("ACME-1 is `backlog`")),
            (
                vec![("tickets/0000/ACME-1.md", old), ("tickets/0000/ACME-1.lock", "holder: ceo\n")],
                Some("ACME-1 is checked out"),
            ),
            (vec![("tickets/0000/ACME-111.md", old)], Some("ACME-111 belongs into tickets/0001")),
            (vec![("tickets/0000/picture.png", "")], Some("there is no ticket in it")),
            (
                vec![("tickets/0000/ACME-1.md", "---\nstatus: done\nclosed: 2027-01-01T00:00:00Z\n---\n")],
                Some("ACME-1 was closed on 2027-01-01T00:00:00Z"),
            ),
        ] {
            let draft = draft(&[&files[..], &[newest]].concat());
            let plan = plan(&draft, archive_after(&draft), now);
            assert_eq!(plan.stay.get("0000").map(String::as_str), stays, "{files:?}");
            assert_eq!(plan.leave.contains_key("0000"), stays.is_none(), "{files:?}");
            assert_eq!(plan.stay.get("0009").map(String::as_str), Some("it gets the next tickets"));
        }
    }
}
