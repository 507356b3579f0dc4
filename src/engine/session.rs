//! Whether a run goes on with a conversation or begins one, and what that had used before, for programs that count from
//! its beginning.

use crate::model::Slug;
use crate::model::Snapshot;
use crate::model::session::{Session, SoFar};
use jiff::Timestamp;

/// Most runs in a conversation.
pub const RUNS_MAX: u64 = 200;
/// Most input tokens of a conversation's runs, those from the cache among them.
pub const INPUT_TOKENS_MAX: u64 = 2_000_000;
/// Oldest a conversation gets, in hours.
pub const AGE_HOURS_MAX: i64 = 72;

/// What a run would be told and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now<'a> {
    /// Whether the program goes on with conversations.
    pub resumes: bool,
    /// Whether it makes room in one that grows too long by itself.
    pub manages_context: bool,
    /// The folder the run works in.
    pub folder: &'a str,
    /// The agent's instructions, as a digest.
    pub instructions: &'a str,
    /// What else is told at the beginning, as a digest.
    pub standing: &'a str,
    /// Whether a run that has not ended is in the conversation.
    pub in_use: bool,
    /// Now.
    pub at: Timestamp,
}

/// What becomes of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// A new one begins.
    Begin(Why),
    /// It goes on.
    Resume {
        /// Whether what was told at its beginning, the instructions left out, is to be told again.
        anew: bool,
    },
}

/// Why a conversation begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There was none, or the program knows none.
    First,
    /// It was in another folder.
    Elsewhere,
    /// The agent's instructions were other ones.
    Instructions,
    /// Another run is in it.
    InUse,
    /// It had so many runs.
    Runs,
    /// It had so much input.
    Input,
    /// It was so old.
    Age,
}

impl Why {
    /// Whether there was one before, which had grown too long.
    pub fn is_rotation(self) -> bool {
        match self {
            Self::Runs | Self::Input | Self::Age => true,
            Self::First | Self::Elsewhere | Self::Instructions | Self::InUse => false,
        }
    }

    /// In words, for the log.
    pub fn words(self) -> &'static str {
        match self {
            Self::First => "there was none to go on with",
            Self::Elsewhere => "the one before was in another folder",
            Self::Instructions => "the agent's instructions have changed",
            Self::InUse => "another run is in the one before",
            Self::Runs => "the one before had 200 runs",
            Self::Input => "the one before had two million tokens of input",
            Self::Age => "the one before was older than three days",
        }
    }
}

/// What becomes of the conversation that is `known`.
pub fn choose(known: Option<&Session>, now: &Now<'_>) -> Choice {
    let Some(known) = known.filter(|_| now.resumes) else { return Choice::Begin(Why::First) };
    if now.in_use {
        return Choice::Begin(Why::InUse);
    }
    if known.folder != now.folder {
        return Choice::Begin(Why::Elsewhere);
    }
    if known.instructions != now.instructions {
        return Choice::Begin(Why::Instructions);
    }
    if !now.manages_context {
        if known.runs >= RUNS_MAX {
            return Choice::Begin(Why::Runs);
        }
        if known.input >= INPUT_TOKENS_MAX {
            return Choice::Begin(Why::Input);
        }
        if now.at.duration_since(known.begun).as_hours() >= AGE_HOURS_MAX {
            return Choice::Begin(Why::Age);
        }
    }
    Choice::Resume { anew: known.standing != now.standing }
}

/// What a conversation of `agent` had used before, as the ledger has it. Of one that it does not know, nothing.
pub fn before(snapshot: &Snapshot, agent: &Slug, id: &str) -> SoFar {
    snapshot.history().talked(agent, id).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session {
            id: "s-1".to_owned(),
            folder: "/w".to_owned(),
            instructions: "i".to_owned(),
            standing: "s".to_owned(),
            begun: "2026-11-20T10:00:00Z".parse().unwrap(),
            runs: 3,
            input: 1_000,
        }
    }

    fn now() -> Now<'static> {
        Now {
            resumes: true,
            manages_context: false,
            folder: "/w",
            instructions: "i",
            standing: "s",
            in_use: false,
            at: "2026-11-20T11:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_conversation_goes_on_or_begins() {
        let old = "2026-11-23T10:00:00Z".parse().unwrap();
        let resume = Choice::Resume { anew: false };
        for (known, at, expected) in [
            (session(), now(), resume),
            (session(), Now { resumes: false, ..now() }, Choice::Begin(Why::First)),
            (session(), Now { in_use: true, ..now() }, Choice::Begin(Why::InUse)),
            (session(), Now { folder: "/v", ..now() }, Choice::Begin(Why::Elsewhere)),
            (session(), Now { instructions: "j", ..now() }, Choice::Begin(Why::Instructions)),
            (session(), Now { standing: "t", ..now() }, Choice::Resume { anew: true }),
            (Session { runs: 199, ..session() }, now(), resume),
            (Session { runs: 200, ..session() }, now(), Choice::Begin(Why::Runs)),
            (Session { input: 2_000_000, ..session() }, now(), Choice::Begin(Why::Input)),
            (session(), Now { at: old, ..now() }, Choice::Begin(Why::Age)),
            (
                Session { runs: 900, input: u64::MAX, ..session() },
                Now { at: old, manages_context: true, ..now() },
                resume,
            ),
        ] {
            assert_eq!(choose(Some(&known), &at), expected, "{known:?} {at:?}");
        }
        assert_eq!(choose(None, &now()), Choice::Begin(Why::First));
    }
}
