//! What is said at the daemon's socket and at a run's door: one JSON object a line, an answer to each.
//!
//! Only shapes; [`forms`] has what is filled in for some of them, [`attach`] puts a file into one, [`reply`] is what comes back.
//! What a request comes to is decided in [`crate::engine`]; the same shapes serve a command that finds no daemon and walks the
//! road itself.

mod attach;
mod forms;
mod reply;

use crate::view::look::Look;
pub use attach::attaching;
pub use forms::{PriceTag, Question, StageTag, TicketEdit};
pub use reply::Reply;
use serde::{Deserialize, Serialize};

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Known by it, a request that comes again is answered and not done again.
    #[serde(default)]
    pub id: String,
    /// The person who asks, at the daemon's own socket.
    #[serde(default)]
    pub by: Option<Who>,
    /// The run that asks, at its door.
    #[serde(default)]
    pub run: Option<String>,
    /// The run's proof.
    #[serde(default)]
    pub token: Option<String>,
    /// What is asked for.
    #[serde(rename = "do")]
    pub ask: Ask,
}

/// A person, as git or the machine knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Ask {
    /// A ticket is to be checked out.
    Checkout {
        /// The ticket.
        ticket: String,
        /// For whom, if not for whoever asks.
        #[serde(default)]
        holder: Option<String>,
    },
    /// A checkout is given back.
    Release {
        /// The ticket.
        ticket: String,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// The next ticket is to be found and checked out.
    Next {
        /// For whom.
        #[serde(default)]
        agent: Option<String>,
    },
    /// Somebody's checkout is taken away.
    Unlock {
        /// The ticket.
        ticket: String,
        /// Why.
        reason: String,
    },
    /// An agent is to be woken.
    Wake {
        /// The agent.
        agent: String,
        /// About which ticket.
        #[serde(default)]
        ticket: Option<String>,
        /// What it is told.
        #[serde(default)]
        why: Option<String>,
    },
    /// An agent is paused, resumed or terminated.
    Agent {
        /// The agent.
        agent: String,
        /// What becomes of it.
        status: String,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// The whole company is paused or resumed.
    Company {
        /// What becomes of it.
        status: String,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// An account that was told to come back later may try again.
    ClearHold {
        /// The account, as `corp hold list` names it.
        account: String,
    },
    /// A model is to have a price.
    SetPrice(Box<PriceTag>),
    /// Something is said in a ticket's thread.
    Comment {
        /// The ticket.
        ticket: String,
        /// What is said.
        text: String,
    },
    /// Somebody is asked something in a ticket's thread.
    Question {
        /// The ticket.
        ticket: String,
        /// Who should answer.
        to: String,
        /// What is asked.
        text: String,
    },
    /// A question in a ticket's thread is answered.
    Answer {
        /// The ticket.
        ticket: String,
        /// The file of the question; without it, the only one that is open.
        #[serde(default)]
        question: Option<String>,
        /// What is said.
        text: String,
    },
    /// A document in a ticket's thread is written, or written anew.
    Document {
        /// The ticket.
        ticket: String,
        /// Its short name, such as `plan`.
        name: String,
        /// The revision it was made from; without one, there must be none yet.
        #[serde(default)]
        based_on: Option<u64>,
        /// What it says now.
        text: String,
    },
    /// A file is attached to a ticket.
    Attach {
        /// The ticket.
        ticket: String,
        /// What it is called.
        name: String,
        /// What it holds, in base64.
        content: String,
        /// What is said about it.
        #[serde(default)]
        text: String,
    },
    /// A work product of a ticket is recorded.
    Product {
        /// The ticket.
        ticket: String,
        /// `branch`, `commit`, `pull_request` or `preview`.
        kind: String,
        /// Its name, id or address.
        reference: String,
        /// What is said about it.
        #[serde(default)]
        text: String,
    },
    /// A ticket is changed.
    EditTicket {
        /// The ticket.
        ticket: String,
        /// What becomes of it.
        change: Box<TicketEdit>,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// A ticket is to be done.
    Done {
        /// The ticket.
        ticket: String,
    },
    /// Work that is in review is judged.
    Review {
        /// The ticket.
        ticket: String,
        /// Whether it is good; otherwise it goes back.
        approves: bool,
        /// What was found.
        comment: String,
    },
    /// A ticket is blocked.
    Block {
        /// The ticket.
        ticket: String,
        /// Why.
        why: String,
        /// Who unblocks it, an agent or a person; `board`: whoever is asked first there.
        #[serde(default)]
        owner: Option<String>,
    },
    /// A ticket is made.
    NewTicket {
        /// What is wanted, in a few words.
        title: String,
        /// What is wanted, in full.
        #[serde(default)]
        body: String,
        /// Who does it.
        #[serde(default)]
        assignee: Option<String>,
        /// How urgent it is.
        #[serde(default)]
        priority: Option<String>,
        /// Where it stands.
        #[serde(default)]
        status: Option<String>,
        /// The project.
        #[serde(default)]
        project: Option<String>,
        /// The goal.
        #[serde(default)]
        goal: Option<String>,
        /// The ticket it is a part of.
        #[serde(default)]
        parent: Option<String>,
        /// Who judges it when somebody says done, stage by stage.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stages: Vec<StageTag>,
    },
    /// A run is stopped.
    StopRun {
        /// The run.
        run: String,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Somebody knows what a run came to.
    CorrectRun {
        /// The run.
        run: String,
        /// What it cost.
        cost: String,
        /// Tokens that went in and came out, if they are known.
        #[serde(default)]
        tokens: Option<(u64, u64)>,
        /// How that is known.
        reason: String,
    },
    /// The board is asked.
    AskBoard(Box<Question>),
    /// A member of the board decides.
    Decide {
        /// What is decided.
        approval: String,
        /// `approved`, `rejected` or `revision_requested`.
        verdict: String,
        /// For a budget: what its limit is raised to, if not what was proposed.
        #[serde(default)]
        raise_to: Option<String>,
        /// For a budget: `once` or `for_good`, if not as it was proposed.
        #[serde(default)]
        lasts: Option<String>,
        /// For whom, if not for oneself.
        #[serde(default)]
        on_behalf_of: Option<String>,
        /// In words.
        #[serde(default)]
        comment: Option<String>,
    },
    /// What was to be revised is put before the board again.
    Resubmit {
        /// What was asked.
        approval: String,
        /// The text that takes the place of the old one.
        #[serde(default)]
        body: Option<String>,
        /// What is different, in words.
        #[serde(default)]
        comment: Option<String>,
    },
    /// A question to the board is taken back.
    CallOff {
        /// What was asked.
        approval: String,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// How the company stands.
    Look(Look),
    /// A desk is brought along with what changed meanwhile.
    RefreshDesk {
        /// Whose, if not of the run that asks.
        #[serde(default)]
        agent: Option<String>,
    },
    /// What the run that asks has changed on its desk is to be taken up now.
    Propose,
    /// What a branch of the repository has beyond the company's is to be taken up.
    ProposeBranch {
        /// The branch.
        branch: String,
    },
    /// How the daemon is doing.
    Status,
    /// The daemon should go. What runs goes on, and is found again.
    Down,
}

impl Ask {
    /// Whether a run may ask this at its door about its own work; what else there is, is for people.
    pub fn is_for_runs(&self) -> bool {
        match self {
            Self::Checkout { .. }
            | Self::Release { .. }
            | Self::Next { .. }
            | Self::Comment { .. }
            | Self::Question { .. }
            | Self::Answer { .. }
            | Self::Document { .. }
            | Self::Attach { .. }
            | Self::Product { .. }
            | Self::EditTicket { .. }
            | Self::Done { .. }
            | Self::Review { .. }
            | Self::Block { .. }
            | Self::NewTicket { .. }
            | Self::AskBoard(_)
            | Self::Resubmit { .. }
            | Self::CallOff { .. }
            // Whose inbox it is, and what else of the company a run sees, is told apart where it is answered.
            | Self::Look(_)
            | Self::Propose
            | Self::RefreshDesk { .. } => true,
            Self::Unlock { .. }
            | Self::Wake { .. }
            | Self::Agent { .. }
            | Self::Company { .. }
            | Self::ClearHold { .. }
            | Self::SetPrice(_)
            | Self::StopRun { .. }
            | Self::CorrectRun { .. }
            | Self::Decide { .. }
            | Self::ProposeBranch { .. }
            | Self::Status
            | Self::Down => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_door_and_the_player_write_is_understood() {
        let line = r#"{"run":"r-1","token":"t","id":"r-1-1","do":{"verb":"comment","ticket":"ACME-1","text":"hi"}}"#;
        let request: Request = serde_json::from_str(line).unwrap();
        assert_eq!(request.ask, Ask::Comment { ticket: "ACME-1".to_owned(), text: "hi".to_owned() });
        assert_eq!(Reply::Refused("no".to_owned()).line(), "{\"refused\":\"no\"}\n");
        assert!(serde_json::from_str::<Request>(r#"{"do":{"verb":"nonsense"}}"#).is_err());
    }

    #[test]
    fn what_is_for_people_is_not_for_runs() {
        assert!(!Ask::Down.is_for_runs() && !Ask::Status.is_for_runs());
        assert!(Ask::Done { ticket: String::new() }.is_for_runs());
    }
}
