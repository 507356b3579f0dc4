//! What can be looked at in a company: the same question and the same answer for the terminal, for `--json`, and for
//! whoever asks the daemon.
//!
//! A [`Look`] is a question in words, as it comes from a command line or a socket; [`see`] answers it from the snapshot.
//! Nothing is decided, kept or written here.

pub mod approval;
pub mod board;
pub mod inbox;
pub mod money;
pub mod names;
pub mod org;
pub mod stranded;
pub mod ticket;
pub mod tickets;
pub mod trees;

pub use approval::{Asked, AskedRow};
pub use board::Column;
pub use inbox::Item;
pub use money::{BudgetLeft, BudgetRow, By, Cost, CostRow, PriceRow, Prices, Report};
pub use names::{Name, Named};
pub use org::{Chart, Member};
pub use ticket::{File, Full, Said};
pub use tickets::{Filter, Row};
pub use trees::{GoalNode, Step, TicketNode};

use crate::model::{Choice as _, Scalar, Slug, Snapshot, TicketId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A question about the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Look {
    /// Tickets, the most urgent first.
    Tickets {
        /// Which.
        which: Filter,
        /// Only what a line of a list shows is wanted of them: rows say nothing of the project, the goal and the parent.
        #[serde(default)]
        brief: bool,
    },
    /// Tickets in columns, by where they stand.
    Board {
        /// Which.
        which: Filter,
        /// Most tickets of a column; all, if it is left out.
        #[serde(default)]
        most: Option<usize>,
    },
    /// One ticket, with its text and its thread.
    Ticket {
        /// The ticket.
        ticket: String,
    },
    /// What somebody should look at.
    Inbox {
        /// An agent, or a person of the board; whoever asks, if it is left out.
        #[serde(default)]
        who: Option<String>,
    },
    /// A ticket with its parts; without one, all that are part of nothing.
    Tree {
        /// The ticket.
        #[serde(default)]
        ticket: Option<String>,
        /// Closed tickets too.
        #[serde(default)]
        closed: bool,
    },
    /// The goals, with how far they are.
    Goals,
    /// Why a ticket is there: up to the mission.
    Why {
        /// The ticket.
        ticket: String,
    },
    /// Who reports to whom.
    Org,
    /// What there is of one kind.
    Names {
        /// The kind.
        of: Named,
    },
    /// Where every budget stands.
    Budgets,
    /// What was spent.
    Cost {
        /// By what: a word of [`money::By`].
        by: String,
        /// Since when: `month`, if it is left out.
        #[serde(default)]
        since: Option<String>,
    },
    /// What was spent, for a report with charts.
    CostReport {
        /// Since when: `month`, if it is left out.
        #[serde(default)]
        since: Option<String>,
    },
    /// What models cost.
    Prices,
    /// What a run may still spend.
    BudgetLeft {
        /// The run; the one that asks, if it is left out.
        #[serde(default)]
        run: Option<String>,
    },
    /// The files on the desk of the run that asks.
    Papers,
    /// What stands in one of them.
    Paper {
        /// Its path in the company.
        path: String,
    },
    /// What the board is asked.
    Approvals {
        /// What is decided too.
        #[serde(default)]
        all: bool,
    },
    /// One question to the board, with its text.
    Approval {
        /// The approval.
        approval: String,
    },
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Tickets.
    Tickets(Vec<Row>),
    /// Tickets in columns.
    Board(Vec<Column>),
    /// One ticket.
    Ticket(Box<Full>),
    /// What somebody should look at, the most pressing first.
    Inbox(Vec<Item>),
    /// Tickets with their parts.
    Tree(Vec<TicketNode>),
    /// Goals.
    Goals(Vec<GoalNode>),
    /// From the ticket up to the mission.
    Why(Vec<Step>),
    /// Those who report to nobody, with those below them.
    Org(Chart),
    /// What there is of one kind.
    Names(Vec<Name>),
    /// Budgets, the tightest first.
    Budgets(Vec<BudgetRow>),
    /// What was spent.
    Cost(Box<Cost>),
    /// What was spent, for a report.
    CostReport(Box<Report>),
    /// What models cost.
    Prices(Prices),
    /// What may still be spent.
    BudgetLeft(BudgetLeft),
    /// Paths.
    Papers(Vec<String>),
    /// A text.
    Paper(String),
    /// What the board is asked, the oldest first.
    Approvals(Vec<AskedRow>),
    /// One question to the board.
    Approval(Box<Asked>),
}

/// The texts of what the snapshot knows, which it does not keep.
pub trait Texts {
    /// What stands in a file below its front matter; empty if there is no such file.
    ///
    /// # Errors
    /// It cannot be read.
    fn body(&self, path: &str) -> Result<String, String>;

    /// The tickets whose texts together hold all of these words.
    ///
    /// # Errors
    /// They cannot be read.
    fn find(&self, words: &str) -> Result<BTreeSet<TicketId>, String>;
}

/// Looks.
///
/// # Errors
/// What is asked for does not exist, is not written as it should be, or cannot be read.
pub fn see(snapshot: &Snapshot, look: &Look, texts: &dyn Texts, now: Timestamp) -> Result<Seen, String> {
    Ok(match look {
        Look::Tickets { which, brief } => Seen::Tickets(tickets::rows(snapshot, which, *brief, texts, now)?),
        Look::Board { which, most } => Seen::Board(board::columns(snapshot, which, *most, texts, now)?),
        Look::Ticket { ticket } => Seen::Ticket(Box::new(ticket::full(snapshot, &parse(ticket)?, texts)?)),
        Look::Inbox { who } => {
            let who = who.as_deref().ok_or("it is not said whose inbox")?;
            Seen::Inbox(inbox::of(snapshot, &parse::<Slug>(who)?)?)
        }
        Look::Tree { ticket, closed } => {
            let ticket = ticket.as_deref().map(parse::<TicketId>).transpose()?;
            Seen::Tree(trees::tickets(snapshot, ticket.as_ref(), *closed)?)
        }
        Look::Goals => Seen::Goals(trees::goals(snapshot)),
        Look::Why { ticket } => Seen::Why(trees::why(snapshot, &parse(ticket)?)?),
        Look::Org => Seen::Org(org::chart(snapshot)),
        Look::Names { of } => Seen::Names(names::names(snapshot, *of)),
        Look::Budgets => Seen::Budgets(money::budgets::rows(snapshot, now)),
        Look::Cost { by, since } => {
            let words = || By::ALL.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
            let by = By::from_word(by).ok_or_else(|| format!("`{by}` is none of {}", words()))?;
            Seen::Cost(Box::new(money::cost::cost(snapshot, by, since.as_deref(), now)?))
        }
        Look::CostReport { since } => {
            Seen::CostReport(Box::new(money::report::report(snapshot, since.as_deref(), now)?))
        }
        Look::Prices => Seen::Prices(money::prices::prices(snapshot, now)),
        Look::BudgetLeft { run } => {
            let run = run.as_deref().ok_or("it is not said which run")?;
            Seen::BudgetLeft(money::budgets::left(snapshot, run, now)?)
        }
        Look::Papers | Look::Paper { .. } => return Err("that is a question of a run about its desk".to_owned()),
        Look::Approvals { all } => Seen::Approvals(approval::rows(snapshot, *all)),
        Look::Approval { approval } => Seen::Approval(Box::new(approval::one(snapshot, &parse(approval)?, texts)?)),
    })
}

fn parse<T: Scalar>(text: &str) -> Result<T, String> {
    T::parse(text).map_err(|why| format!("`{text}` is not {}: {why}", T::EXPECTED))
}

fn no_ticket(id: &TicketId) -> String {
    format!("there is no ticket {id}; `corp log {id}` finds one that left the work tree")
}
