//! What a budget holds for, for how long, and what happens at its limit.

use super::money::{Amount, Percent};
use super::{Interval, Scalar, Slug, TicketId};
use crate::choice;
use std::fmt;

choice! {
    /// What happens at a limit.
    pub enum AtLimit {
        /// Nothing starts and what runs is stopped.
        "stop" => Stop,
        /// The board is told.
        "warn" => Warn,
    }
}

/// One limit. Several may hold for one scope; each of them holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// What it holds for.
    pub scope: Scope,
    /// The time it holds for, in the company's zone, by the start of a run.
    pub window: Window,
    /// The most that may be spent.
    pub limit: Amount,
    /// When to tell the board.
    pub warn_at: Percent,
    /// What happens at the limit.
    pub at_limit: AtLimit,
}

/// What a budget holds for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Scope {
    /// Everything.
    Company,
    /// One agent.
    Agent(Slug),
    /// A team's members.
    Team(Slug),
    /// Work on a project.
    Project(Slug),
    /// Work towards a goal.
    Goal(Slug),
    /// What a routine started.
    Routine(Slug),
    /// One ticket.
    Ticket(TicketId),
}

impl Scalar for Scope {
    const EXPECTED: &'static str =
        "a scope: `company`, or `agent:`, `team:`, `project:`, `goal:`, `routine:` with a slug, or `ticket:ACME-1`";
    const PATTERN: &'static str = "^(company|(agent|team|project|goal|routine):[a-z0-9]+(-[a-z0-9]+)*|ticket:[A-Z][A-Z0-9]{0,11}-[1-9][0-9]{0,8})$";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "company" {
            return Ok(Self::Company);
        }
        let (kind, name) = text.split_once(':').ok_or("there is no `:` and it is not `company`")?;
        let make: fn(Slug) -> Self = match kind {
            "agent" => Self::Agent,
            "team" => Self::Team,
            "project" => Self::Project,
            "goal" => Self::Goal,
            "routine" => Self::Routine,
            "ticket" => return TicketId::parse(name).map(Self::Ticket),
            _ => return Err(format!("there is no scope `{kind}`")),
        };
        Slug::parse(name).map(make)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Company => f.write_str("company"),
            Self::Agent(slug) => write!(f, "agent:{slug}"),
            Self::Team(slug) => write!(f, "team:{slug}"),
            Self::Project(slug) => write!(f, "project:{slug}"),
            Self::Goal(slug) => write!(f, "goal:{slug}"),
            Self::Routine(slug) => write!(f, "routine:{slug}"),
            Self::Ticket(id) => write!(f, "ticket:{id}"),
        }
    }
}

/// The time a budget holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// A calendar day.
    Day,
    /// A calendar week, beginning on Monday.
    Week,
    /// A calendar month.
    Month,
    /// For ever.
    Lifetime,
    /// The time before now, such as the last five hours.
    Rolling(Interval),
}

impl Scalar for Window {
    const EXPECTED: &'static str = "a window: `day`, `week`, `month`, `lifetime` or `rolling 5h`";
    const PATTERN: &'static str = r"^(day|week|month|lifetime|rolling ([0-9]+(\.[0-9]+)?(ms|s|m|h|d|MS|S|M|H|D))+)$";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "day" => Ok(Self::Day),
            "week" => Ok(Self::Week),
            "month" => Ok(Self::Month),
            "lifetime" => Ok(Self::Lifetime),
            _ => match text.strip_prefix("rolling ") {
                Some(length) => match Interval::parse(length)? {
                    length if length.ms() == 0 => Err("the window has no length".to_owned()),
                    length => Ok(Self::Rolling(length)),
                },
                None => Err("there is no such window".to_owned()),
            },
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day => f.write_str("day"),
            Self::Week => f.write_str("week"),
            Self::Month => f.write_str("month"),
            Self::Lifetime => f.write_str("lifetime"),
            Self::Rolling(length) => write!(f, "rolling {length}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_and_windows_round_trip() {
        for text in ["company", "agent:cto", "team:qa-team", "project:x", "goal:g", "routine:r", "ticket:ACME-12"] {
            assert_eq!(Scope::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "agents:cto", "agent:", "agent:CTO", "ticket:12", "company:x"] {
            assert!(Scope::parse(text).is_err(), "{text}");
        }
        for text in ["day", "week", "month", "lifetime", "rolling 5h"] {
            assert_eq!(Window::parse(text).unwrap().to_string(), text);
        }
        for text in ["year", "rolling", "rolling 0h", "rolling 5"] {
            assert!(Window::parse(text).is_err(), "{text}");
        }
    }
}
