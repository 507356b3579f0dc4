//! Tables of the engine: what wakes an agent and what keeps it (`wakes`), who gets a ticket and what a run comes to
//! (`runs`), what it is charged (`money`), heartbeats (`beats`), routines (`routines`), all that is due, line by line
//! (`lines`), what the board decides (`board`) and what of it by hand (`by_hand`), what it is told (`told`), what people do and what is refused (`people`), work
//! that is judged before it is done (`stages`), that no work is done without a word, without what it has to come with, or lies
//! there for ever (`work`).

mod beats;
mod board;
mod by_hand;
mod lines;
mod money;
mod people;
mod raise;
mod routines;
mod runs;
mod stages;
mod told;
mod wakes;
mod work;

use crate::engine::testing::{at, happen};
use crate::engine::{Report, What, Work, pending};
use crate::model::plan::{Answer, Effect};
use crate::model::run::{RunOutcome, Spent};
use crate::model::{RunId, Snapshot};

/// The run that starts when the one thing that is due is decided.
pub(super) fn start(snapshot: &mut Snapshot, minutes: i64) -> RunId {
    let due = pending(snapshot, at(minutes)).due;
    let [due] = &due[..] else { panic!("{due:?}") };
    let plan = happen(snapshot, What::Due(due.clone()), minutes).unwrap();
    let Answer::Starting { run } = plan.answer else { panic!("{plan:?}") };
    assert_eq!(plan.effects, [Effect::Start { run: run.clone() }]);
    run
}

pub(super) fn report(outcome: RunOutcome, minutes: i64) -> Box<Report> {
    let spent =
        Spent { cost: Some(crate::model::Money::from_micro(5, crate::model::Currency::USD)), ..Spent::default() };
    let started = Some(at(minutes));
    Box::new(Report {
        outcome,
        at: at(minutes),
        started,
        spent,
        at_least: None,
        over_ceiling: false,
        changed: false,
        note: None,
        transcript: None,
        last_words: None,
        alert: None,
        talked: None,
        confinement: None,
        work: Work::default(),
    })
}
