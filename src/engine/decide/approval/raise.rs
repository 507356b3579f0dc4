//! More than a budget allows: work that waits for money is put before the board, which keeps the limit, or raises it for the
//! window or for good.
//!
//! The approval itself is the record of a raise that lasts for its window ([`budget::limit`] reads it); one for good changes
//! `budgets.yaml`. Nobody is paused or resumed: wakes wait as long as there is no room, and go on when there is.

use super::super::roster::limit_runs;
use super::{open, write};
use crate::engine::budget::{self, Short};
use crate::engine::decide::making::Making;
use crate::engine::refusal::Refusal;
use crate::engine::wakes::Worker;
use crate::model::approval::{Approval, ApprovalChange, ApprovalKind, Lasts, Raise, Terms};
use crate::model::budget::Budget;
use crate::model::money::{Amount, Count};
use crate::model::plan::{Answer, Edit, Plan, Reason};
use crate::model::status::ApprovalStatus;
use crate::model::{Actor, ApprovalId, Money, Slug, Snapshot, TicketId};
use jiff::Timestamp;
use std::sync::Arc;

/// The approval on the terms of a member of the board.
pub(super) fn on(terms: Terms, approval: &Approval, id: &ApprovalId) -> Result<Approval, Refusal> {
    let mut put = approval.clone();
    if terms == Terms::default() {
        return Ok(put);
    }
    let Some(raise) = &mut put.raise else {
        return Err(Refusal::Invalid(format!("{id} is not about a budget, and there is no limit to raise")));
    };
    raise.to = terms.to.unwrap_or(raise.to);
    raise.lasts = terms.lasts.unwrap_or(raise.lasts);
    Ok(put)
}

/// A wake waits since a budget has no room for it: the board is asked whether there is to be more.
pub(in crate::engine::decide) fn ask(
    mut making: Making<'_>,
    agent: &Slug,
    ticket: Option<&TicketId>,
) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let worker = snapshot.worker(agent.as_str()).ok_or_else(|| Refusal::NoAgent(agent.clone()))?;
    let Some(short) = budget::unasked(snapshot, worker, ticket, making.now) else {
        return Ok(making.nothing(Answer::Already));
    };
    let Budget { scope, window, .. } = &short.budget;
    let raise = Raise {
        scope: scope.clone(),
        window: *window,
        limit: budget::limit(snapshot, &short.budget, short.level.since),
        to: proposed(&short),
        lasts: Lasts::Once,
    };
    let title = format!("raise the budget of {scope} for the {window} from {} to {}", raise.limit, raise.to);
    let body = body(&short, &raise, worker, ticket);
    let asked = Approval {
        // It names no ticket: one that is asked about waits for the answer, and this one waits for money, wherever it comes from.
        // Then the window resumes by itself, and there is nothing to decide any more.
        expires: short.level.until,
        raise: Some(raise),
        ..Approval::new(ApprovalKind::BudgetOverride, title)
    };
    let id = open(&mut making, &Actor::Corp, &asked, &body)?;
    let reason = Reason {
        tickets: ticket.iter().map(|id| (*id).clone()).collect(),
        cause: Some(short.words()),
        ..Reason::new(Actor::Corp, format!("the board is asked ({id}) to {}", asked.title))
    };
    Ok(making.plan(reason, Answer::Asking { approval: id }))
}

/// What is asked, in full.
fn body(short: &Short, raise: &Raise, worker: Worker<'_>, ticket: Option<&TicketId>) -> String {
    let Budget { scope, window, .. } = &short.budget;
    let waits = ticket.map_or_else(|| worker.slug.to_string(), |ticket| format!("{} with {ticket}", worker.slug));
    let again = match (short.level.until, short.free_at) {
        (Some(until), _) => format!("It begins anew at {until}, and work goes on by itself then."),
        (None, Some(at)) => format!("Work goes on by itself at {at}."),
        (None, None) => "Without more, nothing goes on in it.".to_owned(),
    };
    format!(
        "The budget of {scope} for the {window} has no room for another run: {}. {waits} waits for it. {again}\n\n\
         - `decision: approved` raises it to `raise_to`, here {}, once (`lasts: once`: for this {window}) or for good \
         (`lasts: for_good`: in budgets.yaml).\n\
         - `decision: rejected` keeps it as it is.",
        short.detail(),
        raise.to
    )
}

/// Half as much again, or what one more run needs if that is more.
fn proposed(short: &Short) -> Amount {
    let level = &short.level;
    let needed = level.spent + level.reserved + short.needed;
    let figure = u64::try_from((level.limit + level.limit / 2).max(needed)).unwrap_or(u64::MAX);
    match short.budget.limit {
        Amount::Money(money) => {
            Amount::Money(Money::from_micro(i64::try_from(figure).unwrap_or(i64::MAX), money.currency()))
        }
        Amount::Tokens(_) => Amount::Tokens(Count(figure)),
        Amount::Runs(_) => Amount::Runs(Count(figure)),
    }
}

/// Whether a yes means something that can be done.
pub(super) fn possible(snapshot: &Snapshot, asked: &Approval, id: &ApprovalId, now: Timestamp) -> Result<(), Refusal> {
    let invalid = |words: String| Err(Refusal::Invalid(words));
    let Some(raise) = &asked.raise else {
        let own = asked.requested_by.as_ref().is_some_and(|by| by.as_str() == crate::model::actor::CORP);
        if asked.kind == ApprovalKind::BudgetOverride && own {
            return invalid(format!("{id} does not say any more which budget is to be raised, and to what"));
        }
        return Ok(());
    };
    let Raise { scope, window, limit, to, .. } = raise;
    let Some((_, level)) = raised(snapshot, raise, now) else {
        return invalid(format!("the budget of {scope} for the {window} is not {limit} any more; see budgets.yaml"));
    };
    let Some(figure) = budget::amount(limit, to) else {
        return invalid(format!("a budget of {limit} cannot be raised to {to}"));
    };
    if figure <= level.limit {
        return invalid(format!("{to} is no more than the {limit} there are; edit budgets.yaml to lower a limit"));
    }
    if figure <= level.spent {
        return invalid(format!("{} are spent already; raise it to more than that", budget::shown(limit, level.spent)));
    }
    Ok(())
}

/// The budget a raise is about, and where it stands; `None`: its limit is another by now.
fn raised(snapshot: &Snapshot, raise: &Raise, now: Timestamp) -> Option<(Budget, budget::Level)> {
    let mut budgets = snapshot.budgets().iter();
    budgets.find_map(|budget| {
        if (&budget.scope, budget.window) != (&raise.scope, raise.window) {
            return None;
        }
        let level = budget::level(snapshot, budget, now);
        (budget::limit(snapshot, budget, level.since) == raise.limit).then(|| (budget.clone(), level))
    })
}

/// What a yes comes to: a raise for good stands in `budgets.yaml`. One for the window is the approval itself. Runs that were told to
/// spend less before may spend more again.
pub(super) fn carry_out(making: &mut Making<'_>, asked: &Approval) {
    let Some(raise) = asked.raise.as_ref() else { return };
    let Some((budget, _)) = raised(making.snapshot, raise, making.now) else { return };
    if let Some(figure) = budget::amount(&raise.limit, &raise.to) {
        limit_runs(making, Some((&budget, figure)));
    }
    if raise.lasts == Lasts::ForGood {
        making.edit(Edit::BudgetLimit { budget: Box::new(budget), limit: raise.to });
    }
}

/// What of a raise became different.
pub(super) fn changes(before: &Approval, after: &Approval) -> [Option<ApprovalChange>; 2] {
    let (Some(before), Some(after)) = (&before.raise, &after.raise) else { return [None, None] };
    [
        (before.to != after.to).then_some(ApprovalChange::RaiseTo(after.to)),
        (before.lasts != after.lasts).then_some(ApprovalChange::Lasts(after.lasts)),
    ]
}

/// What a yes says beyond that it is one: ", to 300.00 USD, for good".
pub(super) fn words(asked: &Approval) -> String {
    match &asked.raise {
        None => String::new(),
        Some(Raise { to, lasts: Lasts::Once, window, .. }) => format!(" (to {to}, for this {window})"),
        Some(Raise { to, lasts: Lasts::ForGood, .. }) => format!(" (to {to}, for good)"),
    }
}

/// The limits were changed by hand: what the board was asked of one that is another by now is called off. What waits still asks
/// anew. Returns what there is to say about it.
pub(in crate::engine::decide) fn overtaken(making: &mut Making<'_>) -> Vec<String> {
    let snapshot = making.snapshot;
    let asked = snapshot.index().raises.values().flatten();
    let asked = asked.filter_map(|id| Some((id, snapshot.approvals().get(id)?)));
    let over = asked.filter(|(_, approval)| {
        let raise = approval.raise.as_ref();
        approval.is_open() && raise.is_some_and(|raise| raised(snapshot, raise, making.now).is_none())
    });
    let over: Vec<(&ApprovalId, &Arc<Approval>)> = over.collect();
    let words =
        over.iter().map(|(id, approval)| format!("{id} is called off, the limit is another now: {}", approval.title));
    let words = words.collect();
    for (id, before) in over {
        let after = Approval { status: ApprovalStatus::Cancelled, closed: Some(making.now), ..(**before).clone() };
        write(making, id, before, &after);
    }
    words
}
