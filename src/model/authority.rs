//! What a member of the board may do: one table, by role.

use super::status::BoardRole;

/// What somebody may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// See how the company stands.
    Look,
    /// Make and change tickets, and speak in their threads.
    Work,
    /// Give work to somebody.
    Assign,
    /// Pause, resume, wake, interrupt.
    Operate,
    /// Decide what the board is asked.
    Decide,
    /// Hire, let go, and change how agents, projects, goals and limits are set up.
    Configure,
    /// Change who is on the board, and what it may do.
    Board,
}

impl Act {
    /// All, from what everybody may to what only owners may.
    pub const ALL: [Self; 7] =
        [Self::Look, Self::Work, Self::Assign, Self::Operate, Self::Decide, Self::Configure, Self::Board];

    /// What somebody does, as in "grace may not decide".
    pub fn words(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Work => "change tickets",
            Self::Assign => "give work to others",
            Self::Operate => "pause, wake or interrupt anybody",
            Self::Decide => "decide for the board",
            Self::Configure => "change how the company is set up",
            Self::Board => "change who is on the board",
        }
    }
}

impl BoardRole {
    /// Whether somebody of this role may do that.
    pub fn may(self, act: Act) -> bool {
        let most = match self {
            Self::Owner => Act::Board,
            Self::Admin => Act::Configure,
            Self::Operator => Act::Operate,
            Self::Viewer => Act::Look,
        };
        act <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Choice as _;

    #[test]
    fn the_table() {
        let table: Vec<String> = BoardRole::ALL
            .iter()
            .map(|(name, role)| {
                let allowed = Act::ALL.iter().filter(|act| role.may(**act)).map(|act| format!("{act:?}"));
                format!("{name}: {}", allowed.collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(
            table,
            [
                "owner: Look Work Assign Operate Decide Configure Board",
                "admin: Look Work Assign Operate Decide Configure",
                "operator: Look Work Assign Operate",
                "viewer: Look",
            ]
        );
    }
}
