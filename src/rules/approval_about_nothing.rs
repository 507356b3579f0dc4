//! `approval-about-nothing`: a question to the board without its object.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::ApprovalKind;
use crate::model::status::ApprovalStatus;

pub(super) static RULE: Rule = Rule {
    code: "approval-about-nothing",
    severity: Severity::Warning,
    summary: "an open approval does not say what would be approved",
    docs: "\
An approval that is still open is of the kind `hire` and names no `agent`, or of the kind `agent_edit` and names no
`proposal`.

The board would say yes to nothing in particular: after the decision no agent would start, and no change be taken in, or
worse, the wrong one.

Name what it is about:

```yaml
kind: hire
agent: cto
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, approval) in &index.draft.approvals {
        let key = match approval.kind {
            Some(ApprovalKind::Hire) if approval.agent.is_none() => "agent",
            Some(ApprovalKind::AgentEdit) if approval.proposal.is_none() => "proposal",
            _ => continue,
        };
        if matches!(approval.status, None | Some(ApprovalStatus::Pending)) {
            let message =
                format!("this approval does not say which {} it is about", if key == "agent" { key } else { "change" });
            let diagnostic = Diagnostic::warning(RULE.code, Place::value(path, "kind"), message);
            found.push(diagnostic.help(format!("add `{key}:`")));
        }
    }
}
