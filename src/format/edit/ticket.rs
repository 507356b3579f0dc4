//! A ticket, the entries of its thread and its lock as keys, in the order in which people read them.

use super::{body_text, list, set, set_or_remove};
use crate::format::patch::{self, Value};
use crate::model::plan::TicketChange;
use crate::model::run::Ceiling;
use crate::model::ticket::{Deliverable, Entry, EntryKind, Lock, Review, Stage, StageKind, TicketHead};

/// A change as an edit of the text.
pub(super) fn ticket_key(change: &TicketChange) -> patch::Edit {
    let text = |text: &dyn ToString| Value::text(text.to_string());
    let many = |items: Vec<String>| (!items.is_empty()).then(|| list(items));
    match change {
        TicketChange::Title(title) => set("title", Value::text(title)),
        TicketChange::Status(status) => set("status", text(status)),
        TicketChange::Priority(priority) => set("priority", text(priority)),
        TicketChange::Assignee(slug) => set_or_remove("assignee", slug.as_ref().map(|slug| text(slug))),
        TicketChange::Project(slug) => set_or_remove("project", slug.as_ref().map(|slug| text(slug))),
        TicketChange::Goal(slug) => set_or_remove("goal", slug.as_ref().map(|slug| text(slug))),
        TicketChange::Parent(id) => set_or_remove("parent", id.as_ref().map(|id| text(id))),
        TicketChange::BlockedBy(ids) => {
            set_or_remove("blocked_by", many(ids.iter().map(ToString::to_string).collect()))
        }
        TicketChange::Branch(branch) => set_or_remove("branch", branch.as_ref().map(|branch| text(branch))),
        TicketChange::UnblockOwner(slug) => set_or_remove("unblock_owner", slug.as_ref().map(|slug| text(slug))),
        TicketChange::Labels(labels) => set_or_remove("labels", many(labels.clone())),
        TicketChange::Stages(stages) => {
            set_or_remove("stages", (!stages.is_empty()).then(|| Value::List(stages.iter().map(stage).collect())))
        }
        TicketChange::Reviews(reviews) => {
            set_or_remove("reviews", (!reviews.is_empty()).then(|| Value::List(reviews.iter().map(review).collect())))
        }
        TicketChange::Fence(fence) => set("fence", Value::Bare(fence.to_string())),
        TicketChange::Created(at) => set("created", Value::Bare(at.to_string())),
        TicketChange::CreatedBy(slug) => set("created_by", text(slug)),
        TicketChange::Closed(at) => set_or_remove("closed", at.map(|at| Value::Bare(at.to_string()))),
        TicketChange::Body(body) => patch::Edit::Body(body_text(body)),
    }
}

/// What changes between two heads, as far as the program sets it.
pub(super) fn differences(before: &TicketHead, after: &TicketHead) -> Vec<TicketChange> {
    let all = [
        TicketChange::Title(after.title.clone()),
        TicketChange::Priority(after.priority),
        TicketChange::Assignee(after.assignee.clone()),
        TicketChange::Project(after.project.clone()),
        TicketChange::Goal(after.goal.clone()),
        TicketChange::Parent(after.parent.clone()),
        TicketChange::BlockedBy(after.blocked_by.clone()),
        TicketChange::Branch(after.branch.clone()),
        TicketChange::UnblockOwner(after.unblock_owner.clone()),
        TicketChange::Labels(after.labels.clone()),
        TicketChange::Stages(after.stages.clone()),
        TicketChange::Reviews(after.reviews.clone()),
        TicketChange::Fence(after.fence),
        TicketChange::Closed(after.closed),
    ];
    let created = after.created.map(TicketChange::Created);
    let created_by = after.created_by.clone().map(TicketChange::CreatedBy);
    let changes = all.into_iter().chain(created).chain(created_by);
    changes
        .filter(|change| {
            let mut tried = before.clone();
            tried.change(change);
            tried != *before
        })
        .collect()
}

/// The front matter of a new ticket, in the order in which people read it.
pub(super) fn head_keys(id: Option<patch::Edit>, head: &TicketHead) -> Vec<patch::Edit> {
    let mut keys: Vec<patch::Edit> = id.into_iter().collect();
    keys.extend([
        set("title", Value::text(&head.title)),
        set("status", Value::text(head.status.to_string())),
        set("priority", Value::text(head.priority.to_string())),
    ]);
    let silent = TicketHead { title: head.title.clone(), ..TicketHead::new("") };
    let differences = differences(&silent, head);
    let written = |change: &&TicketChange| !matches!(change, TicketChange::Title(_) | TicketChange::Priority(_));
    let (times, others): (Vec<_>, Vec<_>) = differences.iter().filter(written).partition(|change| {
        matches!(change, TicketChange::Created(_) | TicketChange::CreatedBy(_) | TicketChange::Closed(_))
    });
    keys.extend(others.into_iter().map(ticket_key));
    if !head.deliverables.is_empty() {
        keys.push(set("deliverables", Value::List(head.deliverables.iter().map(deliverable).collect())));
    }
    keys.extend(head.seed.as_ref().map(|seed| set("seed", Value::text(seed))));
    if !head.formerly.is_empty() {
        keys.push(set("formerly", list(head.formerly.iter().map(ToString::to_string))));
    }
    keys.extend(times.into_iter().map(ticket_key));
    keys
}

fn stage(stage: &Stage) -> Value {
    let kind = match stage.kind {
        StageKind::Review => "review",
        StageKind::Approval => "approval",
    };
    let mut keys = vec![(kind.to_owned(), list(stage.participants.iter().map(ToString::to_string)))];
    if stage.needs != 1 {
        keys.push(("needs".to_owned(), Value::Bare(stage.needs.to_string())));
    }
    Value::Map(keys)
}

fn review(review: &Review) -> Value {
    let mut keys = vec![
        ("stage".to_owned(), Value::Bare(review.stage.to_string())),
        ("by".to_owned(), Value::text(review.by.as_str())),
        ("said".to_owned(), Value::text(review.said.to_string())),
    ];
    keys.extend(review.at.map(|at| ("at".to_owned(), Value::Bare(at.to_string()))));
    Value::Map(keys)
}

fn deliverable(deliverable: &Deliverable) -> Value {
    let (key, text) = match deliverable {
        Deliverable::Path(path) => ("path", path),
        Deliverable::Run(run) => ("run", run),
    };
    Value::Map(vec![(key.to_owned(), Value::text(text))])
}

/// The front matter of an entry of a thread.
pub(super) fn entry_keys(entry: &Entry) -> Vec<patch::Edit> {
    let mut keys = vec![set("author", Value::text(entry.author.as_str()))];
    if entry.kind != EntryKind::Comment {
        keys.push(set("kind", Value::text(entry.kind.to_string())));
    }
    keys.extend(entry.run.as_ref().map(|run| set("run", Value::text(run.as_str()))));
    keys.push(set("at", Value::Bare(entry.at.to_string())));
    keys.extend(entry.to.as_ref().map(|to| set("to", Value::text(to.as_str()))));
    keys.extend(entry.answers.as_ref().map(|file| set("answers", Value::text(file))));
    keys.extend(entry.document.as_ref().map(|name| set("document", Value::text(name.as_str()))));
    keys.extend(entry.revision.map(|revision| set("revision", Value::Bare(revision.to_string()))));
    if let Some(attached) = &entry.attached {
        keys.push(set("name", Value::text(&attached.name)));
        keys.extend(attached.place.as_ref().map(|place| set("file", Value::text(place))));
        keys.push(set("sha256", Value::text(&attached.sha256)));
        keys.push(set("bytes", Value::Bare(attached.bytes.to_string())));
    }
    if let Some(product) = &entry.product {
        keys.push(set("product", Value::text(product.kind.to_string())));
        keys.push(set("reference", Value::text(&product.reference)));
    }
    keys
}

/// What a lockfile says.
pub(super) fn lock_keys(lock: &Lock) -> Vec<patch::Edit> {
    let mut keys = vec![set("holder", Value::text(lock.holder.as_str()))];
    keys.extend(lock.run.as_ref().map(|run| set("run", Value::text(run.as_str()))));
    keys.push(set("clone", Value::text(lock.clone.as_str())));
    keys.push(set("fence", Value::Bare(lock.fence.to_string())));
    keys.push(set("since", Value::Bare(lock.since.to_string())));
    if lock.reserved != Ceiling::default() {
        let money = lock.reserved.money.map(|money| ("money".to_owned(), Value::text(money.to_string())));
        let tokens = lock.reserved.tokens.map(|tokens| ("tokens".to_owned(), Value::Bare(tokens.to_string())));
        keys.push(set("reserved", Value::Map(money.into_iter().chain(tokens).collect())));
    }
    keys
}
