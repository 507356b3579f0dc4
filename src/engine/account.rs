//! Which program an agent is right now: its own, or what it falls back on while the account of its own rests.

use super::limits::PROVIDER_STAGGER_MS;
use super::wakes::later;
use crate::model::Snapshot;
use crate::model::agent::{Adapter, Worker};
use crate::model::local::AccountHold;
use crate::model::status::AgentStatus;
use jiff::Timestamp;

/// Until when an agent leaves an account alone, and what was said to whom; `None`: it may ask. Those who share one go on one after
/// another, and not all in the moment in which the limit begins anew.
pub fn rests<'s>(
    snapshot: &'s Snapshot,
    worker: Worker<'_>,
    account: &str,
    now: Timestamp,
) -> Option<(Timestamp, &'s AccountHold)> {
    let hold = snapshot.local.holds.get(account)?;
    let shares =
        |other: &Worker<'_>| other.status() == AgentStatus::Active && other.account().as_deref() == Some(account);
    let place = snapshot.workers().filter(shares).take_while(|other| other.slug != worker.slug).count();
    let until = later(hold.until, (place as u64).saturating_mul(PROVIDER_STAGGER_MS));
    (until > now).then_some((until, hold))
}

/// The program an agent is now.
pub fn adapter(snapshot: &Snapshot, worker: Worker<'_>, now: Timestamp) -> Adapter {
    let own = worker.adapter();
    if snapshot.local.holds.is_empty() {
        return own;
    }
    let rests = |adapter: &Adapter| {
        let account = worker.account_of(adapter);
        account.is_some_and(|account| rests(snapshot, worker, &account, now).is_some())
    };
    match worker.fallback() {
        Some(fallback) if rests(&own) && !rests(&fallback) => fallback,
        _ => own,
    }
}
