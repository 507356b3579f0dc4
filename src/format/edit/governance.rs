//! What is asked of the board, and what it decided, as keys of an approval's file; and a price or a limit that it named.

use super::{body_text, list, set, set_or_remove};
use crate::diag::KeyPath;
use crate::format::document::{self, Document};
use crate::format::patch::{self, Value};
use crate::model::ApprovalId;
use crate::model::approval::{Approval, ApprovalChange, Decision};
use crate::model::budget::Budget;
use crate::model::money::Amount;
use crate::model::price::Price;

/// The front matter of a new approval, in the order in which people read it.
pub(super) fn approval_keys(id: &ApprovalId, approval: &Approval) -> Vec<patch::Edit> {
    let text = |key: &str, value: Option<String>| value.map(|value| set(key, Value::text(value)));
    let mut keys = vec![
        set("id", Value::text(id.to_string())),
        set("title", Value::text(&approval.title)),
        set("kind", Value::text(approval.kind.to_string())),
        set("status", Value::text(approval.status.to_string())),
    ];
    keys.extend(text("requested_by", approval.requested_by.as_ref().map(ToString::to_string)));
    keys.extend(text("run", approval.run.as_ref().map(ToString::to_string)));
    keys.extend(text("ticket", approval.ticket.as_ref().map(ToString::to_string)));
    keys.extend(text("agent", approval.agent.as_ref().map(ToString::to_string)));
    keys.extend(text("proposal", approval.proposal.clone()));
    if let Some(raise) = &approval.raise {
        keys.push(set("budget", Value::text(raise.scope.to_string())));
        keys.push(set("window", Value::text(raise.window.to_string())));
        keys.push(set("limit", Value::text(raise.limit.to_string())));
        keys.push(set("raise_to", Value::text(raise.to.to_string())));
        keys.push(set("lasts", Value::text(raise.lasts.to_string())));
    }
    if !approval.deciders.is_empty() {
        keys.push(set("deciders", list(approval.deciders.iter().map(ToString::to_string))));
    }
    if approval.needs != 1 {
        keys.push(set("needs", Value::Bare(approval.needs.to_string())));
    }
    keys.extend(approval.expires.map(|at| set("expires", Value::Bare(at.to_string()))));
    keys.extend(approval.created.map(|at| set("created", Value::Bare(at.to_string()))));
    keys
}

/// A change as an edit of the text.
pub(super) fn approval_key(change: &ApprovalChange) -> patch::Edit {
    match change {
        ApprovalChange::Status(status) => set("status", Value::text(status.to_string())),
        ApprovalChange::Decision(verdict) => {
            set_or_remove("decision", verdict.map(|verdict| Value::text(verdict.to_string())))
        }
        ApprovalChange::Decisions(decisions) => {
            let all = (!decisions.is_empty()).then(|| Value::List(decisions.iter().map(decision).collect()));
            set_or_remove("decisions", all)
        }
        ApprovalChange::RaiseTo(to) => set("raise_to", Value::text(to.to_string())),
        ApprovalChange::Lasts(lasts) => set("lasts", Value::text(lasts.to_string())),
        ApprovalChange::Created(at) => set("created", Value::Bare(at.to_string())),
        ApprovalChange::Closed(at) => set_or_remove("closed", at.map(|at| Value::Bare(at.to_string()))),
        ApprovalChange::Body(body) => patch::Edit::Body(body_text(body)),
    }
}

fn decision(decision: &Decision) -> Value {
    let mut keys = vec![("by".to_owned(), Value::text(decision.by.as_str()))];
    keys.extend(decision.on_behalf_of.as_ref().map(|whom| ("for".to_owned(), Value::text(whom.as_str()))));
    keys.push(("decision".to_owned(), Value::text(decision.verdict.to_string())));
    keys.extend(decision.at.map(|at| ("at".to_owned(), Value::Bare(at.to_string()))));
    keys.extend(decision.comment.as_ref().map(|comment| ("comment".to_owned(), Value::text(comment))));
    keys.extend(decision.void.as_ref().map(|why| ("void".to_owned(), Value::text(why))));
    Value::Map(keys)
}

/// A price at the end of the list. What is as the input need not be written.
pub(super) fn new_price(price: &Price) -> patch::Edit {
    let mut keys = vec![("model".to_owned(), Value::text(&price.model))];
    keys.extend(price.provider.as_ref().map(|provider| ("provider".to_owned(), Value::text(provider))));
    keys.extend(price.from.map(|from| ("from".to_owned(), Value::Bare(from.to_string()))));
    let amounts = [
        ("input", Some(price.input)),
        ("cached_input", Some(price.cached_input).filter(|cached| *cached != price.input)),
        ("cache_write", Some(price.cache_write).filter(|written| *written != price.input)),
        ("output", Some(price.output)),
    ];
    for (key, money) in amounts {
        keys.extend(money.map(|money| (key.to_owned(), Value::text(money.to_string()))));
    }
    patch::Edit::Append(KeyPath::from("prices"), Value::Map(keys))
}

/// Another limit of a budget, in its place in the list. `None`: there is no such budget.
pub(super) fn budget_limit(text: &str, budget: &Budget, limit: Amount) -> Option<patch::Edit> {
    let (Document::Budgets(file), _) = document::read("budgets.yaml", text) else { return None };
    let at = file.budgets.iter().flatten().position(|one| {
        (one.scope.as_ref(), one.window, one.limit) == (Some(&budget.scope), Some(budget.window), Some(budget.limit))
    })?;
    let place = KeyPath::from("budgets").index(at).key("limit");
    Some(patch::Edit::Set(place, Value::text(limit.to_string())))
}
