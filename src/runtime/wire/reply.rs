//! What is answered to a request, as a line.

use crate::view::look::{Row, Seen};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// It is done, and durable.
    Ok(Value),
    /// What was looked at. It is written and read as what it is: ten thousand tickets as a [`Value`] first cost more than all else.
    Seen(Box<Seen>),
    /// It is not done, and why. Asking again changes nothing by itself.
    Refused(String),
    /// Somebody else has it.
    Held(String),
    /// It could not be done; later it may.
    Failed(String),
}

impl Reply {
    /// The answer as a line. Rows of tickets go without the names of their fields, which would be half of ten thousand of them, and
    /// are read by their places.
    pub fn line(&self) -> String {
        let text = match self {
            Self::Seen(seen) if let Seen::Tickets(rows) = &**seen => {
                let rows: Vec<ByPlace<'_>> = rows.iter().map(ByPlace).collect();
                serde_json::to_string(&BTreeMap::from([("seen", BTreeMap::from([("tickets", rows)]))]))
            }
            other => serde_json::to_string(other),
        };
        // A value of ours always has a form in JSON.
        format!("{}\n", text.unwrap_or_else(|_| "{\"failed\":\"\"}".to_owned()))
    }
}

/// A row as its fields in the order in which they are declared.
struct ByPlace<'r>(&'r Row);

impl Serialize for ByPlace<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row { id, title, status, priority, assignee, holder, project, goal, parent, labels, waits_for, touched } =
            self.0;
        let fields = (id, title, status, priority, assignee, holder, project, goal, parent, labels, waits_for, touched);
        fields.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::{Priority, TicketStatus};

    #[test]
    fn rows_go_without_the_names_of_their_fields_and_come_back_whole() {
        let full = Row {
            id: "ACME-1".to_owned(),
            title: "a \"title\"".to_owned(),
            status: TicketStatus::InProgress,
            priority: Priority::High,
            assignee: Some("qa".to_owned()),
            holder: Some("dev".to_owned()),
            project: Some("web".to_owned()),
            goal: Some("launch".to_owned()),
            parent: Some("ACME-2".to_owned()),
            labels: vec!["one".to_owned(), "two".to_owned()],
            waits_for: vec!["ACME-3".to_owned()],
            touched: Some("2026-11-30T10:00:00Z".parse().unwrap()),
        };
        let none = Row {
            assignee: None,
            holder: None,
            project: None,
            goal: None,
            parent: None,
            labels: Vec::new(),
            waits_for: Vec::new(),
            touched: None,
            ..full.clone()
        };
        let reply = Reply::Seen(Box::new(Seen::Tickets(vec![full, none])));
        let line = reply.line();
        assert!(line.starts_with(r#"{"seen":{"tickets":[["ACME-1","#) && !line.contains("priority"), "{line}");
        assert_eq!(serde_json::from_str::<Reply>(&line).unwrap(), reply);
        // With their names they are understood as well.
        assert_eq!(serde_json::from_str::<Reply>(&serde_json::to_string(&reply).unwrap()).unwrap(), reply);
    }
}
