//! The conversations of agents with their programs, as this machine remembers them: one for each agent, program and ticket,
//! in `sessions/<agent>/<program>/<ticket>.json`. What they used is not remembered here but in the ledger.

use crate::engine::session::{self, Choice, Now};
use crate::model::session::Session;
use crate::runtime::place::Place;
use crate::store::whole::{self, Lasts, Readers};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

/// A conversation, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// What the program calls it.
    pub id: String,
    /// The folder it was begun in.
    pub folder: String,
    /// What the agent's instructions were, as a digest.
    pub instructions: String,
    /// What else was told at its beginning, as a digest.
    pub standing: String,
    /// When it was begun.
    pub begun: Timestamp,
    /// Runs in it.
    pub runs: u64,
    /// Input tokens of all its runs.
    pub input: u64,
    /// The last run in it. One that has not ended has it for itself.
    pub run: String,
}

/// What a run was told about its conversation, kept in its folder until it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Where the conversation is remembered, below `sessions/`.
    pub place: PathBuf,
    /// The one that it goes on with.
    pub resumed: Option<Known>,
    /// What is remembered if it begins one; its id comes with the run's own word.
    pub fresh: Known,
}

impl Known {
    fn session(&self) -> Session {
        Session {
            id: self.id.clone(),
            folder: self.folder.clone(),
            instructions: self.instructions.clone(),
            standing: self.standing.clone(),
            begun: self.begun,
            runs: self.runs,
            input: self.input,
        }
    }
}

/// What becomes of the conversation that is `known`, and how it is told in words.
pub fn choose(known: Option<&Known>, now: &Now<'_>) -> Choice {
    session::choose(known.map(Known::session).as_ref(), now)
}

/// Where a conversation is remembered, below `sessions/`.
pub fn place_of(agent: &str, adapter: &str, about: &str) -> PathBuf {
    PathBuf::from(agent).join(adapter).join(format!("{about}.json"))
}

/// What is remembered at `below`; what cannot be read is not.
pub fn read(place: &Place, below: &std::path::Path) -> Option<Known> {
    serde_json::from_slice(&std::fs::read(place.sessions().join(below)).ok()?).ok()
}

/// Remembers a conversation.
///
/// # Errors
/// What the system says.
pub fn write(place: &Place, below: &std::path::Path, known: &Known) -> io::Result<()> {
    let file = place.sessions().join(below);
    if let Some(above) = file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(above)?;
    }
    // Through a crash: a conversation that is forgotten costs what it knew.
    whole::write(&file, &serde_json::to_vec_pretty(known)?, Lasts::OldOrNew, Readers::AsUsual)
}

/// Forgets a conversation.
pub fn forget(place: &Place, below: &std::path::Path) {
    // One that is not there is forgotten already.
    drop(std::fs::remove_file(place.sessions().join(below)));
}

/// What is remembered when a run is over. `announced`: the conversation it was in by its own word; `gone`: it was told
/// that the one it should go on with is not there.
pub fn after(begun: &Begun, announced: Option<&str>, gone: bool, input: u64) -> Option<Known> {
    let before = begun.resumed.as_ref().filter(|_| !gone);
    match (announced, before) {
        (Some(id), Some(known)) if known.id == id => Some(Known {
            runs: known.runs.saturating_add(1),
            input: known.input.saturating_add(input),
            // What changed was told again in it.
            standing: begun.fresh.standing.clone(),
            run: begun.fresh.run.clone(),
            ..known.clone()
        }),
        // It began another one than it was asked to go on with: neither is what it seems.
        (Some(_), Some(_)) => None,
        (Some(_), None) if gone => None,
        (Some(id), None) => Some(Known { id: id.to_owned(), runs: 1, input, ..begun.fresh.clone() }),
        // It ended before it came to speak; the conversation is as it was.
        (None, before) => before.map(|known| Known { run: begun.fresh.run.clone(), ..known.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::Usage;
    use proptest::prelude::*;

    fn known(id: &str) -> Known {
        Known {
            id: id.to_owned(),
            folder: "/w".to_owned(),
            instructions: "i".to_owned(),
            standing: "s".to_owned(),
            begun: "2026-11-20T10:00:00Z".parse().unwrap(),
            runs: 2,
            input: 10,
            run: "r-1".to_owned(),
        }
    }

    #[test]
    fn what_is_remembered_when_a_run_is_over() {
        let fresh = Known {
            id: String::new(),
            runs: 0,
            input: 0,
            standing: "t".to_owned(),
            run: "r-2".to_owned(),
            ..known("")
        };
        let begun = |resumed: Option<Known>| Begun { place: PathBuf::new(), resumed, fresh: fresh.clone() };
        let told = |begun: &Begun, announced, gone| {
            after(begun, announced, gone, 5).map(|known| (known.id, known.runs, known.input, known.standing, known.run))
        };
        let is = |id: &str, runs, input, standing: &str| {
            Some((id.to_owned(), runs, input, standing.to_owned(), "r-2".to_owned()))
        };
        for (resumed, announced, gone, expected) in [
            (None, Some("a"), false, is("a", 1, 5, "t")),
            (None, None, false, None),
            (Some(known("a")), Some("a"), false, is("a", 3, 15, "t")),
            (Some(known("a")), Some("b"), false, None),
            (Some(known("a")), None, false, is("a", 2, 10, "s")),
            (Some(known("a")), None, true, None),
            (Some(known("a")), Some("a"), true, None),
        ] {
            assert_eq!(told(&begun(resumed.clone()), announced, gone), expected, "{resumed:?} {announced:?} {gone}");
        }
    }

    proptest! {
        /// However runs fail, begin anew or are told twice: what is charged for a conversation is what it came to.
        #[test]
        fn a_conversation_is_never_charged_twice(
            steps in proptest::collection::vec((1..500_u64, any::<bool>(), any::<bool>(), 0..8_u8), 1..40),
        ) {
            use crate::model::session::{SoFar, Talked};
            use crate::model::run::{Ceiling, End, Run, RunOutcome, RunState, Spent, Usage as Used, Wake, WakeCause};
            use crate::model::{LocalFacts, Nonce, Scalar as _, Slug, Snapshot};
            let at = |second: i64| Timestamp::from_second(1_763_632_800 + second).unwrap();
            let agent = Slug::parse("cto").unwrap();
            let mut snapshot = Snapshot::new(LocalFacts::new(at(0)));
            let mut current: Option<Known> = None;
            let mut counters: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
            for (number, (used, told_twice, fails, chance)) in steps.into_iter().enumerate() {
                let resumed = current.clone();
                // Now and then the program has lost the conversation and begins another.
                let lost = resumed.is_some() && chance == 0;
                let id = match &resumed {
                    Some(known) if !lost => known.id.clone(),
                    _ => format!("s-{number}"),
                };
                let counter = counters.entry(id.clone()).or_default();
                *counter += used;
                let so_far = Usage { input: *counter, ..Usage::default() };
                let before = session::before(&snapshot, &agent, &id).usage;
                let before = Usage { input: before.input, ..Usage::default() };
                let charged = so_far.since(&before).input;
                let run = Run {
                    id: Nonce([u8::try_from(number).unwrap(); 16]).run_id(at(number as i64)),
                    wake: Wake::new(agent.clone(), None, WakeCause::Requested),
                    ticket: None, project: None, goal: None, routine: None, queued: None, clone: None,
                    reserved: Ceiling::default(),
                    progress: false,
                    state: RunState::Ended { announced: Some(at(number as i64)), end: Box::new(End {
                        outcome: if fails { RunOutcome::Failed } else { RunOutcome::Succeeded },
                        at: at(number as i64),
                        started: None,
                        spent: Spent { usage: Some(Used { input: charged, ..Used::default() }), ..Spent::default() },
                        note: None,
                        transcript: None,
                        confinement: None,
                        talked: Some(Talked { id: id.clone(), so_far: Some(SoFar {
                            usage: Used { input: so_far.input, ..Used::default() }, cost: None,
                        }) }),
                    }) },
                };
                snapshot.put_run(run.clone());
                if told_twice {
                    snapshot.put_run(run);
                }
                let fresh = Known { id: String::new(), runs: 0, input: 0, run: format!("r-{number}"), ..known("") };
                let begun = Begun { place: PathBuf::new(), resumed, fresh };
                current = after(&begun, Some(&id), lost, charged);
                if let Some(known) = &current {
                    prop_assert_eq!(&known.id, &id);
                }
            }
            let total: u64 = snapshot.runs().values().filter_map(|run| run.end()?.spent.usage).map(|usage| usage.input).sum();
            prop_assert_eq!(total, counters.values().sum::<u64>());
        }
    }
}
