//! `void-decision`: somebody decided, and it does not count.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::kind::Decision;
use crate::model::status::ApprovalStatus;

pub(super) static RULE: Rule = Rule {
    code: "void-decision",
    severity: Severity::Warning,
    summary: "a decision of the board does not count, and nobody has said it again",
    docs: "\
An open approval has a decision with `void`: somebody decided in the name of a member of the board who lists
`signing_keys`, and the commit was not signed by one of them. It stays in the file where it can be seen, and has no effect.

Whoever it was, the board should know: either a member forgot to sign, or somebody else wrote in their name.

Say it again with a signature, with `corp approval approve AP-1` or with `git commit -S`. The key `void` is the program's:
taking it away without a signature changes nothing.
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, approval) in &index.draft.approvals {
        if !matches!(approval.status, None | Some(ApprovalStatus::Pending | ApprovalStatus::RevisionRequested)) {
            continue;
        }
        let decisions = approval.decisions.as_deref().unwrap_or_default();
        for (position, said) in decisions.iter().enumerate() {
            let (Some(by), Some(why)) = (&said.by, &said.void) else { continue };
            let again = |later: &Decision| later.void.is_none() && later.by.as_ref() == Some(by);
            if decisions[position + 1..].iter().any(again) {
                continue;
            }
            let place = Place::value(path, KeyPath::from("decisions").index(position).key("void"));
            let message = format!("what `{by}` decided does not count: {why}");
            let help = "say it again with a signature: `corp approval approve` signs, and so does `git commit -S`";
            found.push(Diagnostic::warning(RULE.code, place, message).help(help));
        }
    }
}
