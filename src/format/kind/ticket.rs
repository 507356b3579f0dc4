//! `tickets/<bucket>/<ID>.md`: a piece of live work.

use crate::format::record::choice_fields;
use crate::model::status::{Priority, TicketStatus};
use crate::model::time::Instant;
use crate::model::{Slug, TicketId};
use crate::record;

pub(super) use crate::model::ticket::ReviewWord;

record! {
    /// The front matter of a ticket. The body says what is wanted.
    pub struct TicketFile {
        /// Its id; home gives it one if it has none.
        "id" => id: TicketId;
        /// What is wanted, in a few words.
        "title" => title: String;
        /// Where it stands. Default `todo` with an assignee, `backlog` without.
        "status" => status: TicketStatus;
        /// How urgent it is. Default `medium`.
        "priority" => priority: Priority;
        /// The agent or person who does it.
        "assignee" => assignee: Slug;
        /// The project it belongs to.
        "project" => project: Slug;
        /// The goal it serves. Default: its parent's, then its project's.
        "goal" => goal: Slug;
        /// The ticket it is a part of.
        "parent" => parent: TicketId;
        /// Tickets that must be done first.
        "blocked_by" => blocked_by: Vec<TicketId>;
        /// The branch of its project's repository that holds its work. The program writes it when there is work; written
        /// by a person, work goes on there.
        "branch" => branch: String;
        /// Who unblocks it, when no ticket and no question does.
        "unblock_owner" => unblock_owner: Slug;
        /// Words to sort it by.
        "labels" => labels: Vec<String>;
        /// Reviews and approvals it passes through when somebody says done.
        "stages" => stages: Vec<Stage>;
        /// What was said in them so far. The program writes it; whoever adds to it in their own name has said it.
        "reviews" => reviews: Vec<Review>;
        /// What must be there before it is done.
        "deliverables" => deliverables: Vec<Deliverable>;
        /// Grows with every checkout; a stale holder's writes are refused.
        "fence" => fence: u64;
        /// The TASK.md it came from.
        "seed" => seed: String;
        /// Ids it had before; they still find it.
        "formerly" => formerly: Vec<TicketId>;
        /// When it was created.
        "created" => created: Instant;
        /// Who created it.
        "created_by" => created_by: Slug;
        /// When it was done or cancelled.
        "closed" => closed: Instant;
    }
}

record! {
    /// A review or approval that a ticket passes through.
    pub struct Stage {
        /// Who reviews.
        "review" => review: Vec<Slug>;
        /// Who approves.
        "approval" => approval: Vec<Slug>;
        /// How many of them are needed. Default 1.
        "needs" => needs: u64;
    }
    exactly_one ["review", "approval"]
}

record! {
    /// What somebody said of the work in a stage.
    pub struct Review {
        /// Which stage, counted from 1. Default 1.
        "stage" => stage: u64;
        /// Who; for work that is submitted, who did it.
        "by" => by: Slug, required;
        /// What.
        "said" => said: ReviewWord, required;
        /// When.
        "at" => at: Instant;
    }
}

record! {
    /// Something that must be there before a ticket is done.
    pub struct Deliverable {
        /// A file or folder in the workspace that is not empty.
        "path" => path: String;
        /// A command that succeeds in the workspace; only a person may write it.
        "run" => run: String;
    }
    exactly_one ["path", "run"]
}

choice_fields!(ReviewWord);
