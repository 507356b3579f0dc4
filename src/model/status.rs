//! The words for states, and the table of which ticket status may follow which.

use crate::choice;

choice! {
    /// Where a ticket stands.
    pub enum TicketStatus {
        "backlog" => Backlog, "todo" => Todo, "in_progress" => InProgress, "in_review" => InReview,
        "blocked" => Blocked, "done" => Done, "cancelled" => Cancelled,
    }
}

impl TicketStatus {
    /// Whether the ticket may go from `self` to `next` in one step.
    /// Done and cancelled tickets come back to `todo` only by being reopened.
    pub fn may_become(self, next: Self) -> bool {
        if self == next {
            return true;
        }
        let allowed: &[Self] = match self {
            Self::Backlog => &[Self::Todo, Self::Cancelled],
            Self::Todo => &[Self::InProgress, Self::Blocked, Self::Cancelled],
            Self::InProgress => &[Self::InReview, Self::Blocked, Self::Done, Self::Cancelled, Self::Todo],
            Self::InReview => &[Self::InProgress, Self::Done, Self::Cancelled],
            Self::Blocked => &[Self::Todo, Self::InProgress, Self::Cancelled],
            Self::Done | Self::Cancelled => &[Self::Todo],
        };
        allowed.contains(&next)
    }

    /// Where a ticket may go from here.
    pub fn next(self) -> impl Iterator<Item = Self> {
        <Self as super::Choice>::ALL
            .iter()
            .map(|(_, next)| *next)
            .filter(move |next| *next != self && self.may_become(*next))
    }

    /// Whether nothing more is to be done.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

choice! {
    /// How urgent a ticket is.
    pub enum Priority { "critical" => Critical, "high" => High, "medium" => Medium, "low" => Low }
}

choice! {
    /// Whether an agent works.
    pub enum AgentStatus {
        "active" => Active, "paused" => Paused, "pending_approval" => PendingApproval, "terminated" => Terminated,
    }
}

choice! {
    /// What an agent does in the company.
    pub enum Role {
        "ceo" => Ceo, "cto" => Cto, "cmo" => Cmo, "cfo" => Cfo, "security" => Security, "engineer" => Engineer,
        "designer" => Designer, "pm" => Pm, "qa" => Qa, "devops" => Devops, "researcher" => Researcher, "general" => General,
    }
}

choice! {
    /// What a member of the board may do.
    pub enum BoardRole { "owner" => Owner, "admin" => Admin, "operator" => Operator, "viewer" => Viewer }
}

choice! {
    /// How tightly the kernel confines a run.
    pub enum Confinement { "strict" => Strict, "standard" => Standard, "off" => Off }
}

choice! {
    /// Where a goal stands.
    pub enum GoalStatus { "planned" => Planned, "active" => Active, "achieved" => Achieved, "cancelled" => Cancelled }
}

choice! {
    /// Where a project stands.
    pub enum ProjectStatus {
        "backlog" => Backlog, "planned" => Planned, "in_progress" => InProgress, "completed" => Completed,
        "cancelled" => Cancelled,
    }
}

choice! {
    /// Where a decision stands.
    pub enum ApprovalStatus {
        "pending" => Pending, "approved" => Approved, "rejected" => Rejected,
        "revision_requested" => RevisionRequested, "cancelled" => Cancelled,
    }
}

choice! {
    /// What woke an agent or wakes it.
    pub enum WakeReason {
        "assignment" => Assignment, "comment" => Comment, "mention" => Mention, "approval" => Approval,
        "blockers_resolved" => BlockersResolved, "children_done" => ChildrenDone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Choice as _;

    #[test]
    fn the_transition_table() {
        let allowed: Vec<String> = TicketStatus::ALL
            .iter()
            .map(|(name, from)| {
                let next = TicketStatus::ALL.iter().filter(|(_, to)| to != from && from.may_become(*to));
                format!("{name} -> {}", next.map(|(word, _)| *word).collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(
            allowed,
            [
                "backlog -> todo cancelled",
                "todo -> in_progress blocked cancelled",
                "in_progress -> todo in_review blocked done cancelled",
                "in_review -> in_progress done cancelled",
                "blocked -> todo in_progress cancelled",
                "done -> todo",
                "cancelled -> todo",
            ]
        );
    }
}
