//! The board: tickets in columns, by where they stand.

use super::tickets::{chosen, row, touched};
use super::{Filter, Row, Texts};
use crate::model::Snapshot;
use crate::model::status::TicketStatus;
use crate::model::ticket::Ticket;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The columns, left to right. What is cancelled is not shown.
const COLUMNS: [TicketStatus; 6] = [
    TicketStatus::Backlog,
    TicketStatus::Todo,
    TicketStatus::InProgress,
    TicketStatus::InReview,
    TicketStatus::Blocked,
    TicketStatus::Done,
];

/// The tickets that stand in the same place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Where.
    pub status: String,
    /// How many there are.
    pub tickets: usize,
    /// The first of them: the most urgent, and of what is done the latest.
    pub rows: Vec<Row>,
}

/// The tickets of a description in columns, at most so many in each.
///
/// # Errors
/// A word of the filter means nothing, or names what is not there.
pub fn columns(
    snapshot: &Snapshot,
    which: &Filter,
    most: Option<usize>,
    texts: &dyn Texts,
    now: Timestamp,
) -> Result<Vec<Column>, String> {
    let tickets = chosen(snapshot, which, texts, now)?;
    let column = |status: TicketStatus| {
        let mut here: Vec<&Ticket> = tickets.iter().copied().filter(|ticket| ticket.head.status == status).collect();
        // Of what is done, the latest says most.
        if status == TicketStatus::Done {
            here.sort_by_cached_key(|ticket| std::cmp::Reverse(touched(ticket)));
        }
        let rows = here.iter().take(most.unwrap_or(usize::MAX)).map(|ticket| row(snapshot, ticket)).collect();
        Column { status: status.to_string(), tickets: here.len(), rows }
    };
    Ok(COLUMNS.into_iter().map(column).collect())
}
