//! `id-against-path`: the id in a file and the place of the file disagree.

use super::Rule;
use super::index::{Index, key};
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout;
use crate::model::{Scalar as _, TicketId};

pub(super) static RULE: Rule = Rule {
    code: "id-against-path",
    severity: Severity::Error,
    summary: "the id in a file and the place of the file disagree",
    docs: "\
A ticket, its checkout, its thread or an approval does not lie where its id says: a ticket's folder is its number divided
by 100, with four digits at least, and its file is named after its id. A ticket without an `id` may lie anywhere below
`tickets/`; it is given one.

Everything that belongs to a ticket is found by its path, so a thread or a checkout in another place is not seen, and two
people can take the same work.

Move the file, or correct the id:

```text
tickets/0012/ACME-1234.md       id: ACME-1234
tickets/0012/ACME-1234.lock
tickets/0012/ACME-1234/…        its thread
approvals/AP-7.md               id: AP-7
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let draft = index.draft;
    for (path, ticket) in &draft.tickets {
        if let Some(id) = ticket.id.as_ref().filter(|id| !lies_right(path, ".md", key(id))) {
            let belongs = format!("tickets/{}/{id}.md", id.bucket());
            let place = Place::value(path, "id");
            let message = format!("the ticket `{id}` does not lie where its id says");
            found.push(Diagnostic::error(RULE.code, place, message).help(format!("move the file to {belongs}")));
        }
    }
    for path in draft.locks.keys() {
        moved(path, ".lock", "the checkout", found);
    }
    // Entries of one thread stand together, so the thread is judged by its first.
    let mut last = "";
    for path in draft.thread.keys() {
        let folder = layout::locate(path).folder;
        if folder != last {
            moved(folder, "", "the thread", found);
        }
        last = folder;
    }
    for (path, approval) in &draft.approvals {
        if let Some(id) = &approval.id
            && layout::locate(path).name != id.as_str()
        {
            let message = format!("the approval `{id}` does not lie where its id says");
            let help = format!("move the file to approvals/{id}.md");
            found.push(Diagnostic::error(RULE.code, Place::value(path, "id"), message).help(help));
        }
    }
}

/// Reports `path`, which is named after a ticket, if it lies in another folder than the ticket does.
fn moved(path: &str, ending: &str, what: &str, found: &mut Vec<Diagnostic>) {
    let name = path.strip_suffix(ending).and_then(|path| path.rsplit('/').next()).unwrap_or(path);
    let Ok(id) = TicketId::parse(name) else { return };
    if !lies_right(path, ending, key(&id)) {
        let belongs = format!("tickets/{}/{id}{ending}", id.bucket());
        let message = format!("{what} of `{id}` does not lie beside its ticket");
        found.push(Diagnostic::error(RULE.code, Place::file(path), message).help(format!("move it to {belongs}")));
    }
}

/// Whether `path` is `tickets/<bucket>/<id><ending>`; asked for every ticket, so nothing is put together to compare.
fn lies_right(path: &str, ending: &str, (prefix, number): (&str, u32)) -> bool {
    let lies = || {
        let (bucket, name) = path.strip_prefix("tickets/")?.strip_suffix(ending)?.split_once('/')?;
        let digits = name.strip_prefix(prefix)?.strip_prefix('-')?;
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
        let bucket_is_short = bucket.len() == 4 || (bucket.len() > 4 && !bucket.starts_with('0'));
        let is_right = plain(digits)? == number && !digits.starts_with('0') && plain(bucket)? == number / 100;
        Some(is_right && bucket_is_short)
    };
    lies().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_right_exactly_if_it_is_the_one_put_together_from_the_id() {
        for number in [1, 99, 100, 1234, 999_999, 1_000_000, 123_456_789] {
            let id = TicketId::new("ACME", number).unwrap();
            let right = format!("tickets/{}/{id}.md", id.bucket());
            assert!(lies_right(&right, ".md", key(&id)), "{right}");
        }
        for wrong in [
            "tickets/0001/ACME-12.md",
            "tickets/0/ACME-12.md",
            "tickets/00000/ACME-12.md",
            "tickets/ACME-12.md",
            "tickets/0000/ACME-012.md",
            "tickets/0000/ACME-+12.md",
            "tickets/0000/ACME12.md",
            "tickets/0000/OPS-12.md",
            "tickets/0000/x/ACME-12.md",
            "tickets/0000/ACME-12.lock",
        ] {
            assert!(!lies_right(wrong, ".md", ("ACME", 12)), "{wrong}");
        }
    }
}
