//! Whether there is room for a run in every budget it counts in: what was spent, what is reserved, what it may spend.
//!
//! The ceiling of a run is reserved before it starts. A price is known only afterwards, and a budget that is checked
//! afterwards has already been spent. The settlement gives the difference back. [`Scopes`] says in which it counts.

mod scopes;

pub use scopes::Scopes;

use super::wakes::Worker;
use crate::model::approval::{Approval, Lasts, Raise};
use crate::model::budget::{AtLimit, Budget, Scope, Window};
use crate::model::company::NotifyEvent;
use crate::model::money::Amount;
use crate::model::plan::Notice;
use crate::model::run::{Ceiling, Run, Spent};
use crate::model::snapshot::Sum;
use crate::model::status::ApprovalStatus;
use crate::model::{Money, RunId, Snapshot, TicketId};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// A budget at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// When its window began; `None`: it always was.
    pub since: Option<Timestamp>,
    /// When its window ends; `None`: never, or bit by bit.
    pub until: Option<Timestamp>,
    /// What was spent, in millionths, tokens or runs.
    pub spent: i128,
    /// What is reserved for runs that are going on.
    pub reserved: i128,
    /// The limit.
    pub limit: i128,
}

/// A budget without room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    /// The budget.
    pub budget: Budget,
    /// Where it stands.
    pub level: Level,
    /// What the run would need.
    pub needed: i128,
    /// When there may be room again by time alone.
    pub free_at: Option<Timestamp>,
}

impl Short {
    /// In words.
    pub fn words(&self) -> String {
        format!("the budget of {} for the {} has no room: {}", self.budget.scope, self.budget.window, self.detail())
    }

    /// The figures, in words.
    pub fn detail(&self) -> String {
        let show = |figure| shown(&self.budget.limit, figure);
        format!(
            "{} of {} spent, {} reserved, and a run may need {}",
            show(self.level.spent),
            show(self.level.limit),
            show(self.level.reserved),
            show(self.needed)
        )
    }
}

/// Asks every budget that stops work whether there is room for a run with this ceiling.
///
/// # Errors
/// The one that is shortest of room: the one that will be free last.
pub fn room(snapshot: &Snapshot, scopes: &Scopes, ceiling: &Ceiling, now: Timestamp) -> Result<(), Box<Short>> {
    room_without(snapshot, scopes, ceiling, now, None)
}

/// The same for a run that is going on and would count elsewhere: its own reservation is left out.
///
/// # Errors
/// As [`room`].
pub fn room_without(
    snapshot: &Snapshot,
    scopes: &Scopes,
    ceiling: &Ceiling,
    now: Timestamp,
    without: Option<&Run>,
) -> Result<(), Box<Short>> {
    let sum = Sum::of_ceiling(ceiling);
    let mut worst: Option<Box<Short>> = None;
    for budget in snapshot.budgets() {
        if budget.at_limit != AtLimit::Stop || !scopes.within(snapshot, &budget.scope) {
            continue;
        }
        let needed = figure(&budget.limit, &sum);
        let mut level = level(snapshot, budget, now);
        if let Some(run) = without.filter(|run| Scopes::of_run(run).within(snapshot, &budget.scope)) {
            level.reserved -= figure(&budget.limit, &Sum::of_ceiling(&run.reserved));
        }
        if level.spent + level.reserved + needed <= level.limit {
            continue;
        }
        let free_at = free_at(snapshot, budget, &level, needed, now);
        let later = |one: Option<Timestamp>, other: Option<Timestamp>| match (one, other) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(one), Some(other)) => one > other,
        };
        if worst.as_ref().is_none_or(|worst| later(free_at, worst.free_at)) {
            worst = Some(Box::new(Short { budget: budget.clone(), level, needed, free_at }));
        }
    }
    worst.map_or(Ok(()), Err)
}

/// What the board is to hear of budgets when a run is settled: once when the share is spent at which it wants to be told, and once
/// when all is, in each window.
pub fn news(snapshot: &Snapshot, run: &Run, spent: &Spent, now: Timestamp) -> Vec<Notice> {
    let (scopes, sum) = (Scopes::of_run(run), Sum::of_spent(spent, &run.reserved));
    let mut news = Vec::new();
    for budget in snapshot.budgets().iter().filter(|budget| scopes.within(snapshot, &budget.scope)) {
        let level = level(snapshot, budget, now);
        if level.since.is_some_and(|since| run.announced().is_none_or(|announced| announced < since)) {
            continue;
        }
        let after = level.spent + figure(&budget.limit, &sum);
        let passes = |mark: i128| level.spent < mark && after >= mark;
        // Rounded up: a share of little is at least something.
        let warned = (level.limit * i128::from(budget.warn_at.0)).div_euclid(100).max(1);
        let (Budget { scope, window, .. }, show) = (budget, |figure| shown(&budget.limit, figure));
        let what = match level.until {
            Some(until) => format!("It begins anew at {until}."),
            None => "Whoever waits for it asks for more.".to_owned(),
        };
        // A window is a new one, and so is a limit that was raised: each has its own news.
        let about = |mark: &str| format!("budget:{scope}:{window}:{}:{mark}", show(level.limit));
        let stands = format!("{} of {} spent", show(after), show(level.limit));
        let notice = |about, title, text| Notice { event: NotifyEvent::Incident, about, title, text };
        if passes(level.limit.max(1)) {
            let stops = match budget.at_limit {
                AtLimit::Stop => "Nothing more starts in it.",
                AtLimit::Warn => "It only warns.",
            };
            let title = format!("the budget of {scope} for the {window} is spent");
            news.push(notice(about("full"), title, format!("{stands}. {stops} {what}")));
        } else if passes(warned) {
            let title = format!("{}% of the budget of {scope} for the {window} is spent", budget.warn_at.0);
            news.push(notice(about("warn"), title, format!("{stands}. {what}")));
        }
    }
    news
}

/// The limit that is in force in a window that began at `since`: that of the file, or what the board raised it to in it.
pub fn limit(snapshot: &Snapshot, budget: &Budget, since: Option<Timestamp>) -> Amount {
    let mut limit = budget.limit;
    let raises = raises(snapshot, budget);
    let in_force = |approval: &&Approval| {
        let decided =
            approval.status == ApprovalStatus::Approved && approval.closed.is_some_and(|at| Some(at) >= since);
        let once = |raise: &Raise| {
            raise.lasts == Lasts::Once && amount(&raise.limit, &raise.to) > Some(limit_of(&raise.limit))
        };
        decided && approval.raise.as_ref().is_some_and(once)
    };
    let raises: Vec<&Raise> = raises.filter(in_force).filter_map(|approval| approval.raise.as_ref()).collect();
    // One upon the other: each says from where it raises, and always upwards, so that this ends.
    while let Some(raise) = raises.iter().find(|raise| raise.limit == limit) {
        limit = raise.to;
    }
    limit
}

/// What the board was asked about a budget, ever.
fn raises<'s>(snapshot: &'s Snapshot, budget: &Budget) -> impl Iterator<Item = &'s Approval> {
    let known = snapshot.index().raises.get(&(budget.scope.clone(), budget.window));
    known.into_iter().flatten().filter_map(|id| snapshot.approvals().get(id)).map(AsRef::as_ref)
}

/// The budget that keeps a wake waiting for more than other runs to end, and of which the board was not asked in its window.
pub fn unasked(
    snapshot: &Snapshot,
    worker: Worker<'_>,
    ticket: Option<&TicketId>,
    now: Timestamp,
) -> Option<Box<Short>> {
    let ticket = ticket.and_then(|id| snapshot.ticket(id));
    let scopes = Scopes::of(snapshot, worker.slug, ticket.map(AsRef::as_ref));
    let short = room(snapshot, &scopes, &worker.ceiling(), now).err()?;
    is_unasked(snapshot, &short).then_some(short)
}

/// Whether the board is to be asked about a budget without room: it is not a matter of other runs alone, and the board was not
/// asked in this window. What it was asked and rejected, let lapse or called off is not asked again in it.
pub fn is_unasked(snapshot: &Snapshot, short: &Short) -> bool {
    let Short { budget, level, needed, .. } = short;
    let limit = limit(snapshot, budget, level.since);
    let this = |approval: &Approval| {
        approval.raise.as_ref().is_some_and(|raise| raise.limit == limit)
            && approval.created.is_none_or(|created| Some(created) >= level.since)
    };
    level.spent + needed > level.limit && !raises(snapshot, budget).any(this)
}

/// Another amount of the same unit and currency, as a whole number.
pub fn amount(unit: &Amount, other: &Amount) -> Option<i128> {
    let same = match (unit, other) {
        (Amount::Money(one), Amount::Money(other)) => one.currency() == other.currency(),
        (Amount::Tokens(_), Amount::Tokens(_)) | (Amount::Runs(_), Amount::Runs(_)) => true,
        (Amount::Money(_) | Amount::Tokens(_) | Amount::Runs(_), _) => false,
    };
    same.then(|| limit_of(other))
}

/// Where a budget stands.
pub fn level(snapshot: &Snapshot, budget: &Budget, now: Timestamp) -> Level {
    let (since, until) = window(snapshot, budget.window, now);
    let mut spent = Sum::default();
    for account in accounts(snapshot, &budget.scope) {
        spent.add(&snapshot.history().tally.spent(&account, since), 1);
    }
    let mut reserved = Sum::default();
    for run in snapshot.open_runs() {
        if Scopes::of_run(run).within(snapshot, &budget.scope) {
            reserved.add(&Sum::of_ceiling(&run.reserved), 1);
        }
    }
    let of = |sum: &Sum| figure(&budget.limit, sum);
    Level { since, until, spent: of(&spent), reserved: of(&reserved), limit: limit_of(&limit(snapshot, budget, since)) }
}

/// What every run that is going on may spend by the budgets as they are now. As if they were announced again in their order, each
/// keeps what fits, and the last give way first. What is reserved stays reserved until they end: how much of it they have spent
/// is known then. A limit in runs stops nobody: a run that has begun counts as one, whatever becomes of it. `raised`: a budget that
/// is being raised in the same step, and to what.
pub fn ceilings(snapshot: &Snapshot, raised: Option<(&Budget, i128)>, now: Timestamp) -> Vec<(RunId, Ceiling)> {
    let mut runs: Vec<&Run> = snapshot.open_runs().map(AsRef::as_ref).collect();
    runs.sort_by_key(|run| (run.announced(), run.id.clone()));
    let mut ceilings: Vec<(RunId, Ceiling)> = runs.iter().map(|run| (run.id.clone(), run.reserved)).collect();
    for budget in snapshot.budgets().iter().filter(|budget| budget.at_limit == AtLimit::Stop) {
        let level = level(snapshot, budget, now);
        let limit = raised.filter(|(other, _)| *other == budget).map_or(level.limit, |(_, figure)| figure);
        let mut left = (limit - level.spent).max(0);
        for (run, (_, ceiling)) in runs.iter().zip(&mut ceilings) {
            if !Scopes::of_run(run).within(snapshot, &budget.scope) {
                continue;
            }
            let reserved = figure(&budget.limit, &Sum::of_ceiling(&run.reserved));
            let may = reserved.min(left);
            left -= may;
            match budget.limit {
                Amount::Money(limit) => {
                    let may = i64::try_from(may).unwrap_or(i64::MAX);
                    let same = |money: &&mut Money| money.currency() == limit.currency() && money.micro() > may;
                    if let Some(money) = ceiling.money.as_mut().filter(same) {
                        *money = Money::from_micro(may, limit.currency());
                    }
                }
                Amount::Tokens(_) => {
                    let may = u64::try_from(may).unwrap_or(u64::MAX);
                    ceiling.tokens = ceiling.tokens.map(|tokens| tokens.min(may));
                }
                Amount::Runs(_) => {}
            }
        }
    }
    ceilings
}

/// The accounts whose sum is what was spent in a scope.
fn accounts(snapshot: &Snapshot, scope: &Scope) -> Vec<Scope> {
    match scope {
        Scope::Team(team) => {
            let members = snapshot.teams().get(team).map(|team| team.members.iter().cloned());
            members.into_iter().flatten().map(Scope::Agent).collect()
        }
        Scope::Goal(goal) => snapshot.goals_below(goal).into_iter().map(Scope::Goal).collect(),
        Scope::Company | Scope::Agent(_) | Scope::Project(_) | Scope::Routine(_) | Scope::Ticket(_) => {
            vec![scope.clone()]
        }
    }
}

/// When a window began and when it ends, in the company's zone.
pub fn window(snapshot: &Snapshot, window: Window, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
    let zone = snapshot.company.timezone.rules();
    let today = now.to_zoned(zone.clone()).date();
    let start = |date: jiff::civil::Date| date.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    let between =
        |first: jiff::civil::Date, length: jiff::Span| (start(first), first.checked_add(length).ok().and_then(start));
    match window {
        Window::Day => between(today, 1.day()),
        Window::Week => {
            let monday = i64::from(today.weekday().to_monday_zero_offset());
            between(today.checked_sub(monday.days()).unwrap_or(today), 7.days())
        }
        Window::Month => between(today.first_of_month(), 1.month()),
        Window::Lifetime => (None, None),
        Window::Rolling(length) => {
            let length = SignedDuration::from_millis(i64::try_from(length.ms()).unwrap_or(i64::MAX));
            (Some(now.checked_sub(length).unwrap_or(Timestamp::MIN)), None)
        }
    }
}

/// When there will be room by time alone, if nothing else is spent.
fn free_at(snapshot: &Snapshot, budget: &Budget, level: &Level, needed: i128, now: Timestamp) -> Option<Timestamp> {
    if level.reserved + needed > level.limit {
        // Nothing that was spent stands in the way: only the runs that are going on, or the ceiling itself.
        return None;
    }
    let (Window::Rolling(length), Some(since)) = (budget.window, level.since) else { return level.until };
    let mut over = level.spent + level.reserved + needed - level.limit;
    let mut parts: Vec<(Timestamp, i128)> = accounts(snapshot, &budget.scope)
        .iter()
        .flat_map(|account| snapshot.history().tally.parts(account, since))
        .map(|(at, sum)| (at, figure(&budget.limit, &sum)))
        .collect();
    parts.sort_unstable();
    for (at, part) in parts {
        over -= part;
        if over <= 0 {
            let grain = u64::try_from(crate::model::snapshot::tally::GRAIN_SECONDS).unwrap_or(0) * 1_000;
            return Some(super::wakes::later(at, length.ms() + grain).max(now));
        }
    }
    None
}

/// The part of a sum that a limit counts. Money of another currency is none of it (`corp check` warns).
fn figure(limit: &Amount, sum: &Sum) -> i128 {
    match limit {
        Amount::Money(money) => sum.micro(money.currency()),
        Amount::Tokens(_) => sum.tokens,
        Amount::Runs(_) => sum.runs,
    }
}

/// A limit as a whole number.
pub fn limit_of(limit: &Amount) -> i128 {
    match limit {
        Amount::Money(money) => i128::from(money.micro()),
        Amount::Tokens(count) | Amount::Runs(count) => i128::from(count.0),
    }
}

/// A figure as the limit would be written.
pub fn shown(limit: &Amount, figure: i128) -> String {
    match limit {
        Amount::Money(money) => {
            Money::from_micro(i64::try_from(figure).unwrap_or(i64::MAX), money.currency()).to_string()
        }
        Amount::Tokens(_) => format!("{figure} tokens"),
        Amount::Runs(_) => format!("{figure} runs"),
    }
}
