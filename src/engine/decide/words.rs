//! What a change of a ticket is called in the subject of a commit.

use crate::engine::stages;
use crate::model::Slug;
use crate::model::plan::TicketChange;
use crate::model::ticket::Stage;

/// A change in words.
pub(super) fn change_words(change: &TicketChange) -> String {
    let name = |slug: &Option<Slug>| slug.as_ref().map_or("nobody", Slug::as_str).to_owned();
    let none = |slug: &Option<Slug>| slug.as_ref().map_or("none", Slug::as_str).to_owned();
    match change {
        TicketChange::Title(title) => format!("title \"{title}\""),
        TicketChange::Status(status) => status.to_string(),
        TicketChange::Priority(priority) => format!("priority {priority}"),
        TicketChange::Assignee(assignee) => format!("assignee {}", name(assignee)),
        TicketChange::Project(project) => format!("project {}", none(project)),
        TicketChange::Goal(goal) => format!("goal {}", none(goal)),
        TicketChange::Parent(parent) => {
            format!("part of {}", parent.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string))
        }
        TicketChange::BlockedBy(blockers) if blockers.is_empty() => "waits for nothing".to_owned(),
        TicketChange::BlockedBy(blockers) => {
            let shown: Vec<String> = blockers.iter().map(ToString::to_string).collect();
            format!("waits for {}", shown.join(", "))
        }
        TicketChange::Branch(branch) => format!("branch {}", branch.as_deref().unwrap_or("none")),
        TicketChange::UnblockOwner(owner) => format!("unblocked by {}", name(owner)),
        TicketChange::Labels(labels) if labels.is_empty() => "no labels".to_owned(),
        TicketChange::Labels(labels) => format!("labels {}", labels.join(", ")),
        TicketChange::Stages(stages) if stages.is_empty() => "no stages".to_owned(),
        TicketChange::Stages(stages) => {
            let shown: Vec<String> = stages.iter().map(stage_words).collect();
            shown.join(", then ")
        }
        TicketChange::Reviews(_) => "what was said of it".to_owned(),
        TicketChange::Fence(fence) => format!("fence {fence}"),
        TicketChange::Created(at) => format!("created {at}"),
        TicketChange::CreatedBy(who) => format!("created by {who}"),
        TicketChange::Closed(_) => "closed".to_owned(),
        TicketChange::Body(_) => "text".to_owned(),
    }
}

/// A stage in words: "review by qa".
fn stage_words(stage: &Stage) -> String {
    let who: Vec<&str> = stage.participants.iter().map(Slug::as_str).collect();
    format!("{} by {}", stages::kind(stage.kind), who.join(", "))
}
