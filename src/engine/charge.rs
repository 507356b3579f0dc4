//! What a run is charged: what its program said, else what its tokens cost, else what was reserved for it.
//!
//! A cost is `reported` by the program or `computed` from prices. Where neither can be, the run is unpriced, and its
//! reservation stays spent until somebody names a price: then the run itself is corrected, not the day it was found out. Of a run
//! that was lost nobody knows what it used either: that it came to what was reserved is `assumed`.

use super::event::Report;
use crate::model::price;
use crate::model::run::{Ceiling, Correction, Run, Spent, Usage};
use crate::model::{Money, RunId, Snapshot};
use jiff::Timestamp;

/// Most runs that are priced in one commit: as many as stand in one sealed file.
pub const PRICED_MAX: usize = 256;

/// What a run that ended comes to.
pub fn settled(snapshot: &Snapshot, report: &Report, reserved: &Ceiling) -> Spent {
    let mut spent = report.spent.clone();
    match (spent.usage, report.at_least) {
        // Its program never ran.
        (Some(usage), _) if usage.total() == 0 && report.started.is_none() && spent.cost.is_none() => {
            spent = nothing_spent();
        }
        (Some(usage), _) => {
            if let Some(cost) = computed(snapshot, &spent, &usage, report.at) {
                spent.cost = Some(cost);
                spent.cost_source = Some("computed".to_owned());
            }
        }
        // Nobody said how much it was, and what is reserved counts. Only if it is known to have been more, that counts.
        (None, Some(usage)) => {
            let cost = computed(snapshot, &spent, &usage, report.at);
            if reserved.tokens.is_some_and(|tokens| usage.total() > tokens) {
                spent.usage = Some(usage);
            }
            if cost.is_some_and(|cost| reserved.money.is_some_and(|money| more(cost, money))) {
                spent.cost = cost;
                spent.cost_source = Some("computed".to_owned());
            }
        }
        (None, None) => {}
    }
    if spent.usage.is_none() && spent.cost.is_none() {
        spent.cost_source = Some("assumed".to_owned());
    }
    spent
}

/// What a run came to whose program never ran.
pub(super) fn nothing_spent() -> Spent {
    Spent {
        usage: Some(Usage::default()),
        cost: Some(Money::from_micro(0, crate::model::Currency::USD)),
        cost_source: Some("nothing ran".to_owned()),
        ..Spent::default()
    }
}

fn more(cost: Money, limit: Money) -> bool {
    cost.currency() == limit.currency() && cost.micro() > limit.micro()
}

/// What tokens cost whose program named no cost.
fn computed(snapshot: &Snapshot, spent: &Spent, usage: &Usage, at: Timestamp) -> Option<Money> {
    if spent.cost.is_some() || usage.total() == 0 {
        return None;
    }
    let model = spent.model.as_deref()?;
    let (price, _) = price::find(snapshot.prices(), spent.provider.as_deref(), model, at)?;
    price.cost(usage)
}

/// Runs that were unpriced when they ended, and have a price now.
pub(super) fn priceable(snapshot: &Snapshot) -> Vec<RunId> {
    snapshot.runs().values().filter(|run| priced(snapshot, run).is_some()).map(|run| run.id.clone()).collect()
}

/// The correction of a run whose price has become known.
pub(super) fn priced(snapshot: &Snapshot, run: &Run) -> Option<Correction> {
    let end = run.end()?;
    let spent = snapshot.history().spent_by(run)?;
    let cost = computed(snapshot, spent, &spent.usage?, end.at)?;
    let spent = Spent { cost: Some(cost), cost_source: Some("computed".to_owned()), ..spent.clone() };
    corrected(snapshot, run, spent)
}

/// The line that says what a run came to instead of what was known. `None`: it was corrected as often as lines keep their order.
pub(super) fn corrected(snapshot: &Snapshot, run: &Run, spent: Spent) -> Option<Correction> {
    let last = snapshot.history().corrected(&run.id).map_or(Some(1), |last| last.id.rsplit('-').next()?.parse().ok());
    let number = last.filter(|last: &u32| *last < 9)? + 1;
    Some(Correction { id: format!("{}-{number}", run.id), run: run.id.clone(), agent: run.agent().clone(), spent })
}
