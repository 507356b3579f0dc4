//! Runs that worked on a ticket and left no word about it. Their agent is woken once more to say what it did, and only
//! once until it says something.

use crate::model::actor::CORP;
use crate::model::run::{RunOutcome, WakeCause};
use crate::model::snapshot::RunNote;
use crate::model::ticket::Ticket;
use crate::model::{Slug, Snapshot};

/// Whether the agent is to be woken for a word: its last run on the ticket ended well without one, and since it last said
/// something it was not woken for that.
pub fn owes_a_word(snapshot: &Snapshot, agent: &Slug, ticket: &Ticket) -> bool {
    let notes = snapshot.history().on(agent, &ticket.id);
    let said = |note: &RunNote| spoke(agent, note, ticket) || asked_the_board(snapshot, agent, note);
    let since_it_spoke = || notes.iter().rev().take_while(|note| !said(note));
    since_it_spoke().next().is_some_and(should_speak)
        && !since_it_spoke().any(|note| note.cause == WakeCause::MissingComment)
}

/// Whether a run was to leave a word: it worked and ended well. One that failed is tried again, and one that was only to
/// answer is asked again.
pub fn should_speak(note: &RunNote) -> bool {
    let worked = !matches!(note.cause, WakeCause::Mentioned | WakeCause::Asked | WakeCause::ReviewRequested);
    worked && note.ended.is_some_and(|(_, outcome)| outcome == RunOutcome::Succeeded)
}

/// Whether something in the ticket's thread is of this run: anything it said, asked, wrote or attached.
pub fn spoke(agent: &Slug, note: &RunNote, ticket: &Ticket) -> bool {
    ticket.thread.iter().rev().any(|entry| {
        let meanwhile = entry.at >= note.announced && note.ended.is_none_or(|(end, _)| entry.at <= end);
        // What the program says about a run is no word of its agent.
        let of_it = entry.run.as_ref() == Some(&note.id) && entry.author.as_str() != CORP;
        of_it || (entry.run.is_none() && entry.author == *agent && meanwhile)
    })
}

/// Whether the run put something before the board: that is a word, too, and the agent waits for the answer.
fn asked_the_board(snapshot: &Snapshot, agent: &Slug, note: &RunNote) -> bool {
    snapshot.approvals_of(agent).any(|(_, one)| one.run.as_ref() == Some(&note.id))
}
