//! Rules broken on purpose, one at a time: the simulator has to notice each. A check that notices nothing is none.

use super::company;
use super::world::{Faults, World};
use corp::engine::{Due, Event, What};
use corp::model::company::{Company, CompanyStatus};
use corp::model::plan::{Edit, Plan, TicketChange};
use corp::model::run::{Ceiling, RunState};
use corp::model::status::AgentStatus;
use corp::model::{Actor, Snapshot};
use jiff::Timestamp;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breakage {
    /// The engine sees no budgets.
    BlindToBudgets,
    /// The engine takes everybody for active.
    BlindToStatus,
    /// The engine takes the company for active.
    BlindToPause,
    /// The engine takes every clone for home.
    BlindToHome,
    /// The engine knows no limit of an agent's runs.
    BlindToAgentRuns,
    /// The engine knows no limit of the company's runs.
    BlindToCompanyRuns,
    /// A ticket is given to another while somebody has it.
    TwoHolders,
    /// An end is settled again.
    EndsTwice,
    /// The end of a run leaves its checkout.
    KeepsCheckout,
    /// Somebody else's checkout goes with the end of a run.
    FreesAnother,
    /// A checkout does not raise the fence.
    FenceStands,
    /// All beats of an agent are the same beat.
    SameBeat,
    /// All firings of a routine are the same firing.
    SameFiring,
    /// Commits do not say why.
    NoReason,
    /// Commits are all the program's.
    NobodysName,
    /// Runs reserve nothing.
    NoReservation,
    /// A run is said to be woken by its own agent.
    WakesItself,
    /// A process starts that no commit announced.
    StartsUnannounced,
    /// A change is believed and not written.
    ForgetsToWrite,
    /// One agent is never woken.
    ForgetsAnAgent,
}

/// Each with what the simulator says of it.
const ALL: &[(Breakage, &str)] = &[
    (Breakage::BlindToBudgets, " when r-"),
    (Breakage::BlindToStatus, "and was started"),
    (Breakage::BlindToPause, "in a company that is paused"),
    (Breakage::BlindToAgentRuns, "and got one more"),
    (Breakage::BlindToCompanyRuns, "runs at once"),
    (Breakage::TwoHolders, "has two holders"),
    (Breakage::EndsTwice, "told twice, RunEnded"),
    (Breakage::KeepsCheckout, "is held by"),
    (Breakage::FreesAnother, "was freed by"),
    (Breakage::FenceStands, "fence"),
    (Breakage::SameBeat, "ran the beat of"),
    (Breakage::SameFiring, "fired twice for"),
    (Breakage::NoReason, "a commit without a subject"),
    (Breakage::NobodysName, "was committed as corp"),
    (Breakage::NoReservation, "and not its ceiling"),
    (Breakage::WakesItself, "woke itself"),
    (Breakage::StartsUnannounced, "no commit announces it"),
    (Breakage::ForgetsToWrite, "after reading again"),
    (Breakage::ForgetsAnAgent, "nobody works on it"),
];

impl World {
    /// The company as the engine is shown it.
    pub(super) fn seen(&self) -> Cow<'_, Snapshot> {
        let real = &self.snapshot;
        let change_company = |change: fn(&mut Company)| {
            let mut seen = real.clone();
            let mut company = (*seen.company).clone();
            change(&mut company);
            seen.put_company(company);
            Cow::Owned(seen)
        };
        match self.breakage {
            Some(Breakage::BlindToBudgets) => {
                let mut seen = real.clone();
                seen.put_budgets(Vec::new());
                Cow::Owned(seen)
            }
            Some(Breakage::BlindToStatus) => {
                let mut seen = real.clone();
                for slug in self.names() {
                    seen.change_agent(&slug, |agent| {
                        agent.settings.get_or_insert_default().status = Some(AgentStatus::Active);
                    });
                }
                Cow::Owned(seen)
            }
            Some(Breakage::BlindToAgentRuns) => {
                let mut seen = real.clone();
                for slug in self.names() {
                    seen.change_agent(&slug, |agent| {
                        agent.settings.get_or_insert_default().max_concurrent_runs = Some(40);
                    });
                }
                Cow::Owned(seen)
            }
            Some(Breakage::BlindToHome) => {
                let mut seen = real.clone();
                if let (Some(mut home), Some(clone)) = (real.home.clone(), real.local.clone.clone()) {
                    home.clone = clone;
                    seen.put_home(Some(home));
                }
                Cow::Owned(seen)
            }
            Some(Breakage::BlindToPause) => change_company(|company| company.status = CompanyStatus::Active),
            Some(Breakage::BlindToCompanyRuns) => change_company(|company| company.runs = 1_000),
            _ => Cow::Borrowed(real),
        }
    }
}

impl Breakage {
    /// Spoils what was decided.
    pub(super) fn spoil(self, world: &World, event: &Event, plan: &mut Plan) {
        let ends = matches!(event.what, What::RunEnded { .. });
        let somebody = || world.snapshot.tickets().find(|ticket| ticket.lock.is_some());
        let once: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        match self {
            Self::TwoHolders => {
                if let Some(ticket) = somebody().filter(|_| matches!(event.what, What::Request { .. })) {
                    let mut lock = ticket.lock.clone().unwrap();
                    lock.holder = world.names().into_iter().find(|name| *name != lock.holder).unwrap();
                    plan.edits.push(Edit::Lock { ticket: ticket.id.clone(), lock: Box::new(lock) });
                }
            }
            Self::EndsTwice => {
                if let What::RunEnded { run, report } = &event.what
                    && plan.edits.is_empty()
                    && let Some(ended) = world.snapshot.run(run.as_str())
                    && let RunState::Ended { announced, end } = &ended.state
                {
                    let mut again = (**ended).clone();
                    let end =
                        corp::model::run::End { at: report.at + jiff::SignedDuration::from_secs(1), ..(**end).clone() };
                    again.state = RunState::Ended { announced: *announced, end: Box::new(end) };
                    plan.reason.subject = "it ends again".to_owned();
                    plan.edits.push(Edit::Run(Box::new(again)));
                }
            }
            Self::KeepsCheckout if ends => plan.edits.retain(|edit| !matches!(edit, Edit::Unlock { .. })),
            Self::FreesAnother if ends => {
                let ended = matches!(&event.what, What::RunEnded { .. });
                if let Some(ticket) = somebody().filter(|_| ended && !plan.edits.is_empty()) {
                    plan.edits.push(Edit::Unlock { ticket: ticket.id.clone() });
                }
            }
            Self::FenceStands => {
                plan.edits.retain(|edit| !matches!(edit, Edit::Ticket { change: TicketChange::Fence(_), .. }));
            }
            Self::NoReason => plan.reason.subject.clear(),
            Self::NobodysName => plan.reason.actor = Actor::Corp,
            Self::SameBeat | Self::NoReservation | Self::WakesItself => {
                for edit in &mut plan.edits {
                    let Edit::Run(run) = edit else { continue };
                    if !run.is_open() || world.snapshot.run(run.id.as_str()).is_some_and(|run| run.is_open()) {
                        continue;
                    }
                    match self {
                        Self::SameBeat => run.wake.slot = run.wake.slot.map(|_| once),
                        Self::NoReservation => run.reserved = Ceiling::default(),
                        _ => run.wake.by = Some(run.wake.agent.clone()),
                    }
                }
            }
            Self::SameFiring => {
                for edit in &mut plan.edits {
                    if let Edit::Firing(firing) = edit {
                        firing.slot = once;
                    }
                }
            }
            Self::StartsUnannounced => plan.edits.retain(|edit| !matches!(edit, Edit::Run(run) if run.is_open())),
            Self::KeepsCheckout
            | Self::FreesAnother
            | Self::BlindToBudgets
            | Self::BlindToStatus
            | Self::BlindToPause
            | Self::BlindToHome
            | Self::BlindToAgentRuns
            | Self::BlindToCompanyRuns
            | Self::ForgetsToWrite
            | Self::ForgetsAnAgent => {}
        }
    }

    /// Whether something that is due is forgotten.
    pub(super) fn forgets(self, due: &Due) -> bool {
        self == Self::ForgetsAnAgent && matches!(due, Due::Wake(wake) if wake.agent.as_str() == "dev")
    }
}

/// Seeds that are tried until one notices.
const SEEDS: u64 = 12;

#[test]
fn every_broken_rule_is_noticed() {
    for (breakage, says) in ALL {
        let mut heard = Vec::new();
        let noticed = (0..SEEDS).any(|seed| {
            let lived = catch_unwind(AssertUnwindSafe(|| {
                let mut world = World::broken(seed, company::poor(), Faults::All, Some(*breakage));
                world.live(2);
                world.calm();
            }));
            let Err(why) = lived else { return false };
            let why = why.downcast_ref::<String>().cloned().unwrap_or_default();
            let noticed = why.contains(says);
            heard.push(why.lines().next().unwrap_or_default().to_owned());
            noticed
        });
        assert!(noticed, "{breakage:?} is not noticed: {heard:#?}");
    }
}
