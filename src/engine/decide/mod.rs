//! [`decide`]: what an event comes to. One file per kind of event; each ends in a [`Plan`] or a [`Refusal`].
//!
//! A function of its arguments: the same snapshot, the same event and the same `now` give the same plan.

mod admit;
mod approval;
mod authority;
mod checkout;
mod comment;
mod deliver;
mod edit;
mod finish;
mod fire;
mod making;
mod number;
mod papers;
mod prices;
mod review;
mod roster;
mod sound;
mod tree;
mod wake;
mod words;

pub use authority::may;
pub use making::{entry_subject, may_tell};
pub use papers::is_memory;

use super::event::{Due, Event, Verb, What};
use super::refusal::Refusal;
use crate::model::{Actor, Plan, Snapshot};
use jiff::Timestamp;
use making::Making;

/// Decides what an event comes to.
///
/// An event that arrives twice comes to a plan without edits and effects the second time.
///
/// # Errors
/// A refusal: nothing is done, and it says why.
pub fn decide(snapshot: &Snapshot, event: &Event, now: Timestamp) -> Result<Plan, Refusal> {
    let making = Making::new(snapshot, event.nonce, now);
    match &event.what {
        What::Request { by, verb } => {
            still_runs(snapshot, by)?;
            authority::allowed(snapshot, by, verb)?;
            request(making, by, verb)
        }
        What::Due(due) => match due {
            Due::Wake(due) => wake::due(making, due),
            Due::Fire { routine, trigger, slot } => fire::fire(making, routine, *trigger, *slot),
            Due::Number { draft } => number::number(making, draft),
            Due::Lapse { approval } => approval::lapse(making, approval),
            Due::AskForMore { agent, ticket } => approval::ask_for_more(making, agent, ticket.as_ref()),
            Due::Restore { run } => finish::restore(making, run),
            Due::Strand { ticket } => finish::strand(making, ticket),
            Due::Unqueue { run, why } => wake::unqueue(making, run, why),
            Due::Price { runs } => prices::correct(making, runs),
        },
        What::RunEnded { run, report } => finish::ended(making, run, report),
        What::RunLost { run, why } => finish::lost(making, run, *why),
        What::TreeChanged { by, changes } => tree::changed(making, by, changes),
        What::Papers { run, taken } => papers::papers(making, run, taken),
        What::Branch(branch) => papers::branch(making, branch),
        What::Looked { ticket, by } => deliver::looked(making, by, ticket),
        What::Started => roster::started(making),
    }
}

fn request(making: Making<'_>, by: &Actor, verb: &Verb) -> Result<Plan, Refusal> {
    match verb {
        Verb::Checkout { ticket, holder } => checkout::checkout(making, by, ticket, holder.as_ref()),
        Verb::Release { ticket, reason } => checkout::release(making, by, ticket, reason.as_deref()),
        Verb::Next { agent } => checkout::next(making, by, agent.as_ref()),
        Verb::Unlock { ticket, reason } => checkout::unlock(making, by, ticket, reason),
        Verb::Wake { agent, ticket, why } => wake::request(making, by, agent, ticket.as_ref(), why.as_deref()),
        Verb::AgentStatus { agent, status, reason } => roster::agent(making, by, agent, *status, reason.as_deref()),
        Verb::CompanyStatus { status, reason } => roster::company(making, by, *status, reason.as_deref()),
        Verb::Comment { ticket, said } => comment::comment(making, by, ticket, said),
        Verb::NewTicket { head, with_status, body } => edit::new(making, by, head, *with_status, body),
        Verb::EditTicket { ticket, changes, reopen, reason } => {
            edit::edit(making, by, ticket, changes, *reopen, reason.as_deref())
        }
        Verb::Review { ticket, approves, comment } => review::review(making, by, ticket, *approves, comment),
        Verb::StopRun { run, reason } => roster::stop(making, by, run, reason.as_deref()),
        Verb::AskBoard { approval, body } => approval::ask(making, by, approval, body),
        Verb::Decide { approval, verdict, terms, on_behalf_of, comment, signed } => {
            approval::may_unsigned(making.snapshot, by, *signed)?;
            approval::decide(making, by, approval, *verdict, *terms, on_behalf_of.as_ref(), comment.as_deref())
        }
        Verb::Resubmit { approval, body, comment } => {
            approval::resubmit(making, by, approval, body.as_deref(), comment.as_deref())
        }
        Verb::CallOff { approval, reason } => approval::call_off(making, by, approval, reason.as_deref()),
        Verb::TakeHome => roster::take_home(making, by),
        Verb::SetPrice(price) => prices::set(making, by, price),
        Verb::CorrectRun { run, cost, usage, reason } => prices::say(making, by, run, *cost, *usage, reason),
    }
}

/// An agent acts in a run of its own that goes on. What it said is nobody's word any more once the run was settled: its
/// ticket may be somebody else's by then, and its money is counted.
fn still_runs(snapshot: &Snapshot, by: &Actor) -> Result<(), Refusal> {
    let Actor::Agent { agent, run } = by else { return Ok(()) };
    match snapshot.run(run.as_str()) {
        Some(known) if known.is_open() && known.agent() == agent => Ok(()),
        Some(_) | None => Err(Refusal::NoRun(run.clone())),
    }
}
