//! What people write into an approval's file by hand, read as what they mean: it is decided as if they had asked for it.

use super::raise;
use super::{carry_out, decided, tell, write};
use crate::engine::decide::authority;
use crate::engine::decide::making::{Making, author};
use crate::engine::foreign::{Change, Step, Worth};
use crate::model::approval::{Approval, Decision, Verdict};
use crate::model::authority::Act;
use crate::model::company::NotifyEvent;
use crate::model::status::ApprovalStatus;
use crate::model::{Actor, Slug};
use jiff::Timestamp;

/// What people wrote into the file by hand: `decision`, or where it stands. What only the program keeps is brought back,
/// and what they mean by it is decided as if they had asked for it. Returns what there is to say about it.
pub(in crate::engine::decide) fn taken_in(making: &mut Making<'_>, change: &Change) -> Vec<String> {
    let Change::Approval { id, before, steps } = change else { return Vec::new() };
    let Some(now_there) = making.snapshot.approvals().get(id).cloned() else { return Vec::new() };
    let Some(Step { by: first_by, approval: first, .. }) = steps.first() else { return Vec::new() };
    let fresh = Approval {
        status: ApprovalStatus::Pending,
        decision: None,
        decisions: Vec::new(),
        closed: None,
        requested_by: first.requested_by.clone().or_else(|| Some(author(first_by))),
        created: first.created.or(Some(making.now)),
        ..first.clone()
    };
    let mut stands = before.as_deref().cloned().unwrap_or_else(|| fresh.clone());
    let mut said: Vec<String> = Vec::new();
    let mut shown = stands.clone();
    for Step { by, worth, at: when, approval: next } in steps {
        if *worth == Worth::Ours {
            (stands, shown) = (next.clone(), next.clone());
            continue;
        }
        // An undo brings back what stood there before it was decided, and with it the key that asked for that.
        let undone = shown.decisions.iter().any(|said| !next.decisions.contains(said));
        let meant = meant(&shown, next, by).filter(|_| !undone);
        // What else they wrote, such as how many are needed, is theirs to write as long as it is not decided: what was decided
        // is what was asked then.
        stands = if stands.is_open() {
            Approval {
                status: stands.status,
                decision: None,
                decisions: stands.decisions.clone(),
                closed: stands.closed,
                created: stands.created,
                ..next.clone()
            }
        } else {
            Approval { decision: None, title: next.title.clone(), ..stands }
        };
        let moved = next.status != shown.status;
        shown = next.clone();
        if let (true, Actor::Person(who), Worth::Counts) = (moved, by, worth)
            && authority::role(making.snapshot, who).may(Act::Decide)
        {
            if next.status == ApprovalStatus::Cancelled && stands.is_open() {
                stands = Approval { status: next.status, closed: Some(making.now), ..stands };
                said.push(format!("{who} calls {id} off: {}", stands.title));
            } else if next.status == ApprovalStatus::Pending {
                // Also what an undo comes to: the decision is taken back, and with it what is not there any more.
                stands.decisions.retain(|decision| next.decisions.contains(decision));
                stands = Approval { status: next.status, closed: None, ..stands };
                said.push(format!("{who} puts {id} before the board again: {}", stands.title));
            }
        }
        let (Some(Meant { verdict, comment, for_whom, at }), Actor::Person(who)) = (meant, by) else { continue };
        let fits = |at: &Timestamp| *at <= making.now && stands.created.is_none_or(|created| created <= *at);
        // Who wrote the key alone decided when they committed it.
        let at = at.filter(fits).or_else(|| Some(*when).filter(fits)).unwrap_or(making.now);
        if let Worth::Nothing(why) = worth {
            let known =
                |said: &Decision| said.void.is_none() && (&said.by, said.verdict, said.at) == (who, verdict, Some(at));
            if stands.decisions.iter().any(known) {
                continue;
            }
            // It stays where it can be seen, and counts for nothing.
            let void = Decision {
                by: who.clone(),
                on_behalf_of: for_whom,
                verdict,
                at: Some(at),
                comment,
                void: Some(why.clone()),
            };
            stands.decisions.push(void);
            let title = format!("what {who} decided of {id} does not count");
            let text = format!("{why}; {id} stays {}. `corp approval` signs what is decided", stands.status);
            making.tell(NotifyEvent::Incident, format!("unsigned:{id}:{who}"), title, text);
            said.push(format!("{who}'s {} to {id} does not count: {why}", yes_or_no(verdict)));
            continue;
        }
        match decided(making.snapshot, &stands, who, verdict, for_whom.as_ref(), comment.as_deref(), at, id) {
            Ok(Some(after)) => {
                carry_out(making, by, id, &stands, &after);
                said.push(match after.status {
                    ApprovalStatus::Pending => format!("{who} says {} to {id}", yes_or_no(verdict)),
                    ApprovalStatus::Approved => format!("{who} approves {id}: {}{}", after.title, raise::words(&after)),
                    ApprovalStatus::Rejected => format!("{who} rejects {id}: {}", after.title),
                    ApprovalStatus::RevisionRequested => format!("{who} wants {id} revised: {}", after.title),
                    ApprovalStatus::Cancelled => format!("{who} calls {id} off: {}", after.title),
                });
                stands = after;
            }
            Ok(None) => {}
            Err(refusal) => {
                let text = format!("{refusal}; {id} stays {}", stands.status);
                making.tell(NotifyEvent::Incident, format!("refused:{id}:{who}"), format!("{id} is not decided"), text);
                said.push(format!("what {who} decided of {id} is taken back: {refusal}"));
            }
        }
    }
    write(making, id, &now_there, &stands);
    if before.is_none() && stands.is_open() {
        let by = stands.requested_by.as_ref().map_or_else(|| first_by.to_string(), ToString::to_string);
        tell(making, id, &stands.title, &by, "");
    }
    said
}

fn yes_or_no(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approved => "yes",
        Verdict::Rejected => "no",
        Verdict::RevisionRequested => "not yet",
    }
}

/// What somebody means by what they wrote.
struct Meant {
    verdict: Verdict,
    comment: Option<String>,
    for_whom: Option<Slug>,
    at: Option<Timestamp>,
}

/// The key that is there for it, a decision in their own name (which another clone of the company writes), or the state
/// it should have.
fn meant(before: &Approval, after: &Approval, by: &Actor) -> Option<Meant> {
    let wants_a_word = |verdict| match verdict {
        // Whoever writes it by hand has said why somewhere, and need not say it twice.
        Verdict::RevisionRequested => Some("see what was written by hand".to_owned()),
        Verdict::Approved | Verdict::Rejected => None,
    };
    let fresh = |decision: &&Decision| decision.by.as_str() == by.name() && !before.decisions.contains(decision);
    if let Some(own) = after.decisions.iter().rev().find(fresh) {
        let comment = own.comment.clone().or_else(|| wants_a_word(own.verdict));
        return Some(Meant { verdict: own.verdict, comment, for_whom: own.on_behalf_of.clone(), at: own.at });
    }
    let written = after.decision.filter(|_| after.decision != before.decision);
    let status = Verdict::of(after.status).filter(|_| after.status != before.status);
    let verdict = written.or(status)?;
    Some(Meant { verdict, comment: wants_a_word(verdict), for_whom: None, at: None })
}
