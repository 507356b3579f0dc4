//! A ticket: what is wanted, where it stands, who has it checked out, and what was said about it.

use super::plan::TicketChange;
use super::run::Ceiling;
use super::status::{Priority, TicketStatus};
use super::{CloneId, RunId, Slug, TicketId};
use crate::choice;
use jiff::Timestamp;
use std::sync::Arc;

/// What the front matter of a ticket says, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketHead {
    /// What is wanted, in a few words.
    pub title: String,
    /// Where it stands.
    pub status: TicketStatus,
    /// How urgent it is.
    pub priority: Priority,
    /// The agent or person who does it.
    pub assignee: Option<Slug>,
    /// The project it belongs to.
    pub project: Option<Slug>,
    /// The goal it names itself; see [`super::Snapshot::goal_of`] for the one it serves.
    pub goal: Option<Slug>,
    /// The ticket it is a part of.
    pub parent: Option<TicketId>,
    /// Tickets that must be done first.
    pub blocked_by: Vec<TicketId>,
    /// The branch of its project's repository that holds its work.
    pub branch: Option<String>,
    /// Who unblocks it, when no ticket and no question does.
    pub unblock_owner: Option<Slug>,
    /// Words to sort it by.
    pub labels: Vec<String>,
    /// Reviews and approvals it passes through when somebody says done.
    pub stages: Vec<Stage>,
    /// What was said in them so far, the oldest first; the program keeps it.
    pub reviews: Vec<Review>,
    /// What must be there before it is done.
    pub deliverables: Vec<Deliverable>,
    /// Grows with every checkout.
    pub fence: u64,
    /// The TASK.md it came from: the folder of the task.
    pub seed: Option<String>,
    /// Ids it had before.
    pub formerly: Vec<TicketId>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Who created it.
    pub created_by: Option<Slug>,
    /// When it was done or cancelled.
    pub closed: Option<Timestamp>,
}

impl TicketHead {
    /// A ticket that says no more than what is wanted.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            status: TicketStatus::Backlog,
            priority: Priority::Medium,
            assignee: None,
            project: None,
            goal: None,
            parent: None,
            blocked_by: Vec::new(),
            branch: None,
            unblock_owner: None,
            labels: Vec::new(),
            stages: Vec::new(),
            reviews: Vec::new(),
            deliverables: Vec::new(),
            fence: 0,
            seed: None,
            formerly: Vec::new(),
            created: None,
            created_by: None,
            closed: None,
        }
    }

    /// Makes a change; that of the body leaves no trace here.
    pub fn change(&mut self, change: &TicketChange) {
        match change {
            TicketChange::Title(title) => self.title.clone_from(title),
            TicketChange::Status(status) => self.status = *status,
            TicketChange::Priority(priority) => self.priority = *priority,
            TicketChange::Assignee(assignee) => self.assignee.clone_from(assignee),
            TicketChange::Project(project) => self.project.clone_from(project),
            TicketChange::Goal(goal) => self.goal.clone_from(goal),
            TicketChange::Parent(parent) => self.parent.clone_from(parent),
            TicketChange::BlockedBy(blockers) => self.blocked_by.clone_from(blockers),
            TicketChange::Branch(branch) => self.branch.clone_from(branch),
            TicketChange::UnblockOwner(owner) => self.unblock_owner.clone_from(owner),
            TicketChange::Labels(labels) => self.labels.clone_from(labels),
            TicketChange::Stages(stages) => self.stages.clone_from(stages),
            TicketChange::Reviews(reviews) => self.reviews.clone_from(reviews),
            TicketChange::Fence(fence) => self.fence = *fence,
            TicketChange::Created(created) => self.created = Some(*created),
            TicketChange::CreatedBy(creator) => self.created_by = Some(creator.clone()),
            TicketChange::Closed(closed) => self.closed = *closed,
            TicketChange::Body(_) => {}
        }
    }
}

/// A ticket with an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// Where its file is.
    pub path: String,
    /// What it says.
    pub head: TicketHead,
    /// Who has it checked out.
    pub lock: Option<Lock>,
    /// What was said about it, in the order of the files' names, which begin with the time.
    pub thread: Vec<Arc<Entry>>,
}

impl Ticket {
    /// Where a ticket of this id belongs.
    pub fn path_of(id: &TicketId) -> String {
        format!("tickets/{}/{id}.md", id.bucket())
    }

    /// Where a ticket without a number lies, under a name by chance: only home gives numbers, and two clones must not make
    /// one file.
    pub fn draft_path(chance: u64) -> String {
        format!("tickets/draft-{:08x}.md", chance & 0xffff_ffff)
    }

    /// Where the checkout of a ticket of this id belongs.
    pub fn lock_path_of(id: &TicketId) -> String {
        format!("tickets/{}/{id}.lock", id.bucket())
    }

    /// The folder of a ticket's thread.
    pub fn thread_path_of(id: &TicketId) -> String {
        format!("tickets/{}/{id}", id.bucket())
    }

    /// Questions nobody has answered, oldest first.
    pub fn open_questions(&self) -> impl Iterator<Item = &Entry> {
        let answered = |file: &str| self.thread.iter().any(|entry| entry.answers.as_deref() == Some(file));
        let questions = self.thread.iter().filter(|entry| entry.kind == EntryKind::Question);
        questions.filter(move |question| !answered(&question.file)).map(AsRef::as_ref)
    }
}

/// A review or approval that a ticket passes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Whether it is a review or an approval.
    pub kind: StageKind,
    /// Who takes part.
    pub participants: Vec<Slug>,
    /// How many of them are needed.
    pub needs: u64,
}

/// What a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StageKind {
    /// Somebody looks at the work.
    Review,
    /// Somebody decides.
    Approval,
}

choice! {
    /// What somebody says of the work in a stage.
    pub enum ReviewWord {
        /// It is there, and can be looked at.
        "submitted" => Submitted,
        /// It is good.
        "approved" => Approved,
        /// It goes back to whoever did it.
        "changes_requested" => ChangesRequested,
        /// The ticket was opened again, and its stages begin anew.
        "reopened" => Reopened,
    }
}

/// What somebody said of the work in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Which stage, counted from 1.
    pub stage: u64,
    /// Who; for work that is submitted, who did it.
    pub by: Slug,
    /// What.
    pub said: ReviewWord,
    /// When.
    pub at: Option<Timestamp>,
}

/// Something that must be there before a ticket is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deliverable {
    /// A file or folder in the workspace that is not empty.
    Path(String),
    /// A command that succeeds in the workspace.
    Run(String),
}

/// Who has a ticket checked out. Who is alive is never read from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The agent or person who has it.
    pub holder: Slug,
    /// The run that works on it; a person's checkout has none.
    pub run: Option<RunId>,
    /// The clone that gave it out.
    pub clone: CloneId,
    /// The ticket's fence at the time.
    pub fence: u64,
    /// Since when.
    pub since: Timestamp,
    /// What is reserved for the run.
    pub reserved: Ceiling,
}

choice! {
    /// What kind of entry of a thread it is.
    pub enum EntryKind {
        "comment" => Comment, "question" => Question, "answer" => Answer, "decision" => Decision,
        "document" => Document, "attachment" => Attachment,
        /// A work product: where what was made is found.
        "product" => Product,
        /// Something the program has to say.
        "notice" => Notice,
    }
}

/// The head of one entry of a thread; what it says stays in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name of its file.
    pub file: String,
    /// Who says it.
    pub author: Slug,
    /// What kind of entry it is.
    pub kind: EntryKind,
    /// The run that wrote it.
    pub run: Option<RunId>,
    /// When it was said.
    pub at: Timestamp,
    /// For a question: who should answer.
    pub to: Option<Slug>,
    /// For an answer: the file name of the question.
    pub answers: Option<String>,
    /// For a document: its short name.
    pub document: Option<Slug>,
    /// For a document: its revision.
    pub revision: Option<u64>,
    /// For an attachment: the file.
    pub attached: Option<Attached>,
    /// For a work product: what it is.
    pub product: Option<Product>,
    /// Who is named in it with `@`.
    pub mentions: Vec<Slug>,
}

/// A file that was attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// What it is called.
    pub name: String,
    /// The SHA-256 of what it holds.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Where it lies in the folder of the thread; `None`: outside of the history, on the machine that took it.
    pub place: Option<String>,
}

choice! {
    /// What kind of work product it is.
    pub enum ProductKind {
        "branch" => Branch, "commit" => Commit, "pull_request" => PullRequest,
        /// Where the work can be looked at.
        "preview" => Preview,
    }
}

/// Where something that was made is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// What it is.
    pub kind: ProductKind,
    /// Its name, id or address.
    pub reference: String,
}

impl Entry {
    /// An entry without anything beyond who says it and when. `letters` tell it from others of the same second.
    pub fn new(author: Slug, kind: EntryKind, at: Timestamp, letters: &str) -> Self {
        let file = format!("{}-{author}-{letters}.md", at.strftime("%Y%m%dT%H%M%SZ"));
        Self {
            file,
            author,
            kind,
            run: None,
            at,
            to: None,
            answers: None,
            document: None,
            revision: None,
            attached: None,
            product: None,
            mentions: Vec::new(),
        }
    }
}
