//! What somebody changed by hand and may not: which act of the table a change of a file is.
//!
//! Whoever has the files can change them. What somebody's role does not allow is taken back, and the board is told; a name in
//! a commit is a claim, so this keeps order among those who are who they say they are (`docs/governance.md`).

use crate::model::Slug;
use crate::model::approval::Approval;
use crate::model::authority::Act;
use crate::model::company::Person;
use crate::model::status::{AgentStatus, BoardRole};

/// What a change of a file touches, as far as it matters who makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// A ticket: whether whose work it is became different.
    Ticket {
        /// Whether it has another assignee.
        assigned: bool,
    },
    /// A question to the board: what it was, if it was there, and what it is, if it still is.
    Approval(Option<Box<Approval>>, Option<Box<Approval>>),
    /// An agent's settings of which only this became different.
    AgentStatus(AgentStatus, AgentStatus),
    /// Whether the company works, and nothing else.
    CompanyStatus,
    /// Who is on the board.
    Board,
    /// How the company, its agents, projects, goals and limits are set up.
    Setup,
    /// Anything else.
    Paper,
    /// A record that the program keeps by itself.
    Record,
}

/// What it takes to change that; `None`: it is judged where it is kept.
pub fn act(touched: &Touched) -> Option<Act> {
    match touched {
        Touched::Ticket { assigned: true } => Some(Act::Assign),
        Touched::Ticket { assigned: false } | Touched::Approval(None, _) | Touched::Paper => Some(Act::Work),
        Touched::Approval(Some(before), after) => {
            let same = after.as_ref().is_some_and(|after| asks(before) == asks(after));
            Some(if same { Act::Work } else { Act::Decide })
        }
        Touched::AgentStatus(AgentStatus::Active | AgentStatus::Paused, AgentStatus::Active | AgentStatus::Paused)
        | Touched::CompanyStatus => Some(Act::Operate),
        Touched::AgentStatus(..) | Touched::Setup => Some(Act::Configure),
        Touched::Board => Some(Act::Board),
        Touched::Record => None,
    }
}

/// What a question asks of whom, which is what an answer to it is about.
fn asks(approval: &Approval) -> impl PartialEq {
    let Approval { kind, agent, proposal, raise, deciders, needs, expires, .. } = approval.clone();
    (kind, agent, proposal, raise, deciders, needs, expires)
}

/// Why nobody may, whatever their role: what was decided is what was asked then.
pub fn never(touched: &Touched) -> Option<&'static str> {
    match touched {
        Touched::Approval(Some(before), Some(after))
            if !before.is_open() && !after.is_open() && asks(before) != asks(after) =>
        {
            Some(
                "it is decided, and what was asked stays what it was; `status: pending` puts it before the board again",
            )
        }
        _ => None,
    }
}

/// Why somebody may not do that by hand, if they may not; `board` is what it was before.
pub fn why_not(board: &[Person], who: &Slug, act: Act) -> Option<String> {
    let person = board.iter().find(|person| person.id == *who);
    let role = match person {
        _ if board.is_empty() => BoardRole::Owner,
        Some(person) => person.role,
        None => BoardRole::Operator,
    };
    if role.may(act) {
        return None;
    }
    let is = if person.is_some() { format!("is {role} on the board") } else { "is not on the board".to_owned() };
    Some(format!("{who} may not {}: {who} {is}", act.words()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::slug;
    use crate::model::approval::ApprovalKind;

    fn person(id: &str, role: BoardRole) -> Person {
        Person {
            id: slug(id),
            name: None,
            email: None,
            role,
            delegate: None,
            away_until: None,
            signing_keys: Vec::new(),
        }
    }

    #[test]
    fn the_table() {
        let approval = Approval::new(ApprovalKind::Request, "a server");
        let fewer = Approval { needs: 0, ..approval.clone() };
        let worded = Approval { title: "a small server".to_owned(), ..approval.clone() };
        let some = |approval: &Approval| Some(Box::new(approval.clone()));
        let closed = |approval: &Approval| {
            some(&Approval { status: crate::model::status::ApprovalStatus::Approved, ..approval.clone() })
        };
        assert!(never(&Touched::Approval(closed(&approval), closed(&fewer))).is_some());
        for (before, after) in [
            (some(&approval), some(&fewer)),
            (closed(&approval), closed(&worded)),
            (closed(&approval), some(&fewer)),
            (closed(&approval), None),
        ] {
            assert_eq!(never(&Touched::Approval(before, after)), None);
        }
        let (active, paused, pending) = (AgentStatus::Active, AgentStatus::Paused, AgentStatus::PendingApproval);
        let board = [
            person("olga", BoardRole::Owner),
            person("adam", BoardRole::Admin),
            person("otto", BoardRole::Operator),
            person("vic", BoardRole::Viewer),
        ];
        let names = ["olga", "adam", "otto", "vic", "zoe"];
        let table: Vec<String> = [
            ("a paper", Touched::Paper),
            ("a ticket", Touched::Ticket { assigned: false }),
            ("whose ticket", Touched::Ticket { assigned: true }),
            ("ask", Touched::Approval(None, some(&approval))),
            ("reword", Touched::Approval(some(&approval), some(&worded))),
            ("need fewer", Touched::Approval(some(&approval), some(&fewer))),
            ("remove", Touched::Approval(some(&approval), None)),
            ("pause", Touched::AgentStatus(active, paused)),
            ("hire", Touched::AgentStatus(pending, active)),
            ("pause all", Touched::CompanyStatus),
            ("set up", Touched::Setup),
            ("the board", Touched::Board),
        ]
        .iter()
        .map(|(name, touched)| {
            let act = act(touched).unwrap();
            let may = names.iter().filter(|who| why_not(&board, &slug(who), act).is_none());
            format!("{name}: {}", may.copied().collect::<Vec<_>>().join(" "))
        })
        .collect();
        assert_eq!(
            table,
            [
                "a paper: olga adam otto zoe",
                "a ticket: olga adam otto zoe",
                "whose ticket: olga adam otto zoe",
                "ask: olga adam otto zoe",
                "reword: olga adam otto zoe",
                "need fewer: olga adam",
                "remove: olga adam",
                "pause: olga adam otto zoe",
                "hire: olga adam",
                "pause all: olga adam otto zoe",
                "set up: olga adam",
                "the board: olga",
            ]
        );
        assert_eq!(act(&Touched::Record), None);
        assert_eq!(why_not(&[], &slug("zoe"), Act::Board), None);
        assert_eq!(
            why_not(&board, &slug("vic"), Act::Work).unwrap(),
            "vic may not change tickets: vic is viewer on the board"
        );
    }
}
