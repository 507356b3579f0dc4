//! One company's thread: it waits for the next thing that happens or comes due, and does it.

use super::Options;
use super::hands::Hands;
use super::leftovers::Leftovers;
use super::letters::Letter;
use super::looking::Looking;
use super::telling::Telling;
use super::upkeep::{Came, Job, Upkeep};
use crate::engine::What;
use crate::model::RunId;
use crate::model::Slug;
use crate::runtime::office::{Asked, Office, Outcome, Started};
use crate::runtime::programs;
use crate::runtime::run::Alive;
use crate::runtime::secrets::elsewhere::Fetched;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

/// Longest sleep, in milliseconds: what others committed is noticed after so long, a clock that jumped as well. A look
/// that finds nothing reads one file.
const SLEEP_MS_MAX: i64 = 1_000;

/// Between two tries to do what could not be written, in milliseconds: a person is in the middle of a merge, or the disk
/// is full, and neither is over in a moment.
pub(super) const AGAIN_MS: i64 = 1_000;

/// What comes within this time is waited for before a company counts as idle, in milliseconds: the usual pause between
/// two runs of an agent, with room, and less than the shortest interval a heartbeat has a use for.
const SOON_MS: i64 = 30_000;

/// A look that comes within this time is waited for before a company counts as idle, in milliseconds: longer than a saved
/// file takes to settle, shorter than the pause between two scans.
const SAVING_MS: i64 = 2_000;

/// Runs that are settled between two looks whether there is something to seal: each look goes through all records that
/// are files.
const SEAL_LOOK: usize = 64;

/// So many, and it is looked although there is other work: a folder of more makes all of it slower.
const SEAL_AT_LAST: usize = 512;

/// A day of the clock, in seconds: days of notes are those of UTC.
const DAY_SECONDS: i64 = 86_400;

/// How long after its end a day counts as over, in seconds: others may just be noting something.
const DAY_OVER_SECONDS: i64 = 60;

/// How long a daemon runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Until it is told to go.
    Stay,
    /// Until nothing runs and nothing comes soon.
    UntilIdle,
    /// What is due now is started and waited for.
    Once,
}

/// What a company's thread did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs that were started.
    pub started: usize,
    /// Runs that were settled.
    pub settled: usize,
    /// Runs that go on without the daemon.
    pub left: usize,
}

pub(super) fn work(mut office: Office, letters: &Receiver<Letter>, own: &Sender<Letter>, options: &Options) -> Tally {
    let mode = options.mode;
    // A clock that stands never lets a saved file settle.
    let hands = if office.is_by_the_machine() { Hands::open(&mut office, own, &options.user) } else { None };
    // Nor is anything due by it; and who is not to stay has no time for chores.
    let upkeep = office.is_by_the_machine().then(|| Upkeep::new(own, mode != Mode::Stay, office.now()));
    if office.is_by_the_machine() && mode != Mode::Once {
        office.stay();
    }
    let (over, again, tally) = (BTreeMap::new(), Vec::new(), Tally::default());
    let unsealed = SEAL_LOOK;
    office.look_who_is_new(mode == Mode::Once);
    for (why, agents) in programs::unready(office.snapshot(), &office.place) {
        let agents: Vec<&str> = agents.iter().map(Slug::as_str).collect();
        tracing::warn!("no run of {}: {why}", agents.join(", "));
    }
    office.fetch_beside();
    let leftovers = Leftovers::of(&office);
    let mut company = Company {
        office,
        hands,
        upkeep,
        leftovers,
        own,
        over,
        again,
        tally,
        unsealed,
        noted: None,
        looking: Looking::default(),
        telling: Telling::default(),
    };
    company.begin();
    company.ask_the_remote(letters);
    let mut asked_once = false;
    loop {
        if !company.is_there() {
            break;
        }
        company.look_around();
        let next = if mode == Mode::Once && asked_once { None } else { company.due() };
        asked_once = true;
        company.fetch();
        company.look_after_started();
        company.look_by_hand();
        company.keep_up();
        let next = company.tidy(next);
        let telling = company.tell();
        let now = company.office.now();
        let busy = !company.office.snapshot().local.live.is_empty() || company.waits();
        match mode {
            Mode::UntilIdle
                if !busy
                    && !company.telling.is_busy()
                    && !company.is_keeping()
                    && !company.is_saving(now)
                    && !company.office.is_due_by(later(now, SOON_MS)) =>
            {
                break;
            }
            Mode::Once if !busy => break,
            Mode::Stay | Mode::UntilIdle | Mode::Once => {}
        }
        let wake = next.unwrap_or(Timestamp::MAX).min(later(now, SLEEP_MS_MAX));
        let wake = company.next_look().map_or(wake, |look| wake.min(look));
        let wake = telling.map_or(wake, |at| wake.min(at));
        let wake = if company.waits() { wake.min(later(now, AGAIN_MS)) } else { wake };
        let sleep = wake.duration_since(now).unsigned_abs();
        let first = match letters.recv_timeout(if wake <= now { Duration::ZERO } else { sleep }) {
            Ok(letter) => Some(letter),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        // Whoever asks in the same moment shares one barrier.
        let batch: Vec<Letter> = first.into_iter().chain(letters.try_iter()).collect();
        if !company.read(batch) {
            break;
        }
    }
    company.leave(letters);
    company.tally.left = company.office.snapshot().local.live.len();
    company.tally
}

pub(super) fn later(at: Timestamp, ms: i64) -> Timestamp {
    at.checked_add(jiff::SignedDuration::from_millis(ms)).unwrap_or(Timestamp::MAX)
}

pub(super) struct Company<'a> {
    pub(super) office: Office,
    pub(super) hands: Option<Hands>,
    pub(super) upkeep: Option<Upkeep>,
    pub(super) leftovers: Leftovers,
    pub(super) own: &'a Sender<Letter>,
    /// Runs that are over and not settled.
    pub(super) over: BTreeMap<RunId, Alive>,
    /// What could not be written and has to be.
    pub(super) again: Vec<Asked>,
    pub(super) tally: Tally,
    /// Runs that were settled since it was last looked whether there is something to seal.
    pub(super) unsealed: usize,
    /// The day, since 1970, on which it was seen to that what was noted of secrets before is committed.
    pub(super) noted: Option<i64>,
    /// What is being looked at, and who waits for it.
    pub(super) looking: Looking,
    /// What the board is being told.
    pub(super) telling: Telling,
}

impl Company<'_> {
    pub(super) fn begin(&mut self) {
        self.happened(vec![Asked::Happened(What::Started)]);
        let found = self.office.recover();
        self.tally.settled += found.len();
        self.happened(found);
    }

    /// Whether somebody is saving something that is to be looked at in a moment.
    fn is_saving(&mut self, now: Timestamp) -> bool {
        self.next_look().is_some_and(|look| look <= later(now, SAVING_MS))
    }

    /// Begins what is to be done beside deciding.
    pub(super) fn keep_up(&mut self) {
        if let Some(upkeep) = &mut self.upkeep {
            upkeep.begin(&self.office, self.office.now());
        }
        self.leftovers.begin(&self.office);
    }

    /// Whether something is done beside deciding that is worth waiting for.
    fn is_keeping(&self) -> bool {
        self.upkeep.as_ref().is_some_and(Upkeep::is_busy)
    }

    pub(super) fn came(&mut self, job: Job, came: Came) {
        if let Some(upkeep) = &mut self.upkeep {
            upkeep.came(job, came, &self.office, self.office.now());
        }
    }

    /// When to look at what people save next.
    fn next_look(&mut self) -> Option<Timestamp> {
        let hands = self.hands.as_ref()?;
        Some(hands.next(&mut self.office))
    }

    /// Whether something has to be tried again.
    fn waits(&self) -> bool {
        !self.again.is_empty() || !self.over.is_empty() || !self.looking.is_empty()
    }

    /// Takes in what people saved and what others committed, with what that means for what runs.
    fn look_around(&mut self) {
        if let Some(hands) = &mut self.hands {
            hands.look(&mut self.office);
        }
        self.look_at_others();
    }

    /// Takes in what others committed, with what that means for what runs.
    pub(super) fn look_at_others(&mut self) {
        let before = self.office.snapshot().revision.clone();
        let found = self.office.look_around();
        if let Some(upkeep) = &mut self.upkeep
            && (self.office.snapshot().revision != before || !self.office.snapshot().local.live.is_empty())
        {
            upkeep.stir(self.office.now());
        }
        match found {
            Ok(found) => {
                self.happened(found);
                // What is tried again is not taken in yet.
                if !self.again.iter().any(|asked| matches!(asked, Asked::Happened(What::TreeChanged { .. }))) {
                    self.office.note_taken();
                }
            }
            Err(error) => tracing::warn!(%error, "what others changed cannot be read now"),
        }
    }

    fn due(&mut self) -> Option<Timestamp> {
        match self.office.due() {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "nothing can be started now");
                Some(later(self.office.now(), AGAIN_MS))
            }
        }
    }

    /// Puts away what is over, when nothing else is to be done or when there is very much of it; returns when to look
    /// again.
    fn tidy(&mut self, next: Option<Timestamp>) -> Option<Timestamp> {
        let now = self.office.now();
        let quiet = next.is_none_or(|next| next > now) && self.office.snapshot().local.live.is_empty();
        // Once a day, however busy the company is: some never rest.
        let day = (now.as_second() - DAY_OVER_SECONDS).div_euclid(DAY_SECONDS);
        if self.noted != Some(day) {
            match self.office.seal_access() {
                Ok(done) => self.noted = done.then_some(day),
                Err(error) => tracing::warn!(%error, "what was noted of secrets is committed later"),
            }
        }
        if self.unsealed < SEAL_LOOK || (!quiet && self.unsealed < SEAL_AT_LAST) {
            return next;
        }
        match self.office.seal() {
            Ok(sealed) if sealed.is_empty() => self.unsealed = 0,
            // More of it when nothing else comes.
            Ok(sealed) => {
                self.leftovers.sealed(sealed);
                return Some(now);
            }
            Err(error) => {
                tracing::warn!(%error, "what is over is put away later");
                self.unsealed = 0;
            }
        }
        next
    }

    pub(super) fn happened(&mut self, asked: Vec<Asked>) {
        if asked.is_empty() {
            return;
        }
        let outcomes = self.office.walk(&asked);
        for (asked, outcome) in asked.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Done(_) | Outcome::Look(_) => {}
                Outcome::Not(reply) => match asked {
                    Asked::Happened(what @ What::TreeChanged { .. }) => self.office.refused(&what, &reply),
                    _ => tracing::debug!(?reply, "nothing came of it"),
                },
                Outcome::Failed(error) => {
                    tracing::warn!(%error, "it is tried again");
                    self.again.push(asked);
                }
            }
        }
    }

    /// Has what is elsewhere asked for beside deciding.
    fn fetch(&mut self) {
        for fetch in self.office.take_fetches() {
            let (own, run) = (self.own.clone(), fetch.run.clone());
            // A daemon that goes leaves the run to the next one.
            let work = move || drop(own.send(Letter::Fetched(fetch.run.clone(), fetch.get())));
            if let Err(error) = std::thread::Builder::new().name("fetch".to_owned()).spawn(work) {
                tracing::warn!(%error, "what is elsewhere is asked for at once");
                let failed = self.office.fetched(run, &Fetched::new());
                self.happened(failed);
            }
        }
    }

    /// Has somebody wait for each run that was started or found.
    fn look_after_started(&mut self) {
        for Started { run, child } in self.office.take_started() {
            self.tally.started += usize::from(child.is_some());
            let folder = self.office.folder(&run);
            let own = self.own.clone();
            let name = run.to_string();
            let wait = move || {
                if let Some(mut child) = child {
                    // Its lock is asked for only once it is gone: before it has taken it, it looks as if it were.
                    drop(child.wait());
                }
                match folder.wait_for_death() {
                    // A daemon that goes leaves the run to the next one.
                    Ok(proof) => drop(own.send(Letter::Over(run, proof))),
                    Err(error) => tracing::error!(run = run.as_str(), %error, "a run cannot be waited for"),
                }
            };
            if let Err(error) = std::thread::Builder::new().name(name).stack_size(128 << 10).spawn(wait) {
                tracing::error!(%error, "a run cannot be waited for; it is found at the next start");
            }
        }
    }
}
