//! `duplicate-id`: two tickets, or two approvals, have the same id.

use super::Rule;
use super::index::{Index, key_of_name};
use super::wording::about_all;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout;
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    code: "duplicate-id",
    severity: Severity::Error,
    summary: "several tickets or approvals have the same id",
    docs: "\
Two files say that they are the same ticket, or the same approval. All of them are shown.

An id is how everybody refers to work: comments, commits, blockers, money. With two holders nobody can say which of them
was meant, and a checkout of one would hold the other. It happens when two people make a ticket offline, or copy a file.

Give the newer one the next free number, move its file, and let it say what it was called:

```yaml
id: ACME-31
formerly: [ACME-12]
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for same in index.tickets.chunk_by(|a, b| a.id == b.id).filter(|same| same.len() > 1) {
        let (prefix, number) = same[0].id;
        let paths: Vec<&str> = same.iter().map(|ticket| ticket.path).collect();
        let free = index.highest(prefix).saturating_add(1);
        let help = format!(
            "give the newer one the number {prefix}-{free}, move its file, and add `formerly: [{prefix}-{number}]`"
        );
        found.push(duplicate(&format!("{} tickets have the id `{prefix}-{number}`", same.len()), &paths, help));
    }
    let mut approvals: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, approval) in &index.draft.approvals {
        let id = approval.id.as_ref().map_or_else(|| layout::locate(path).name, |id| id.as_str());
        approvals.entry(id).or_default().push(path);
    }
    let names = index.draft.approvals.keys().map(|path| layout::locate(path).name);
    let numbers = names.chain(approvals.keys().copied()).filter_map(key_of_name);
    let highest = numbers.map(|(_, number)| number).max().unwrap_or(0);
    for (id, paths) in approvals.iter().filter(|(_, paths)| paths.len() > 1) {
        let help = format!("give the newer one the id AP-{} and rename its file", highest.saturating_add(1));
        found.push(duplicate(&format!("{} approvals have the id `{id}`", paths.len()), paths, help));
    }
}

fn duplicate(message: &str, paths: &[&str], help: String) -> Diagnostic {
    let places = paths.iter().map(|path| (Place::value(*path, "id"), String::new()));
    about_all((RULE.code, RULE.severity), message, places).help(help)
}
