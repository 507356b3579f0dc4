//! The world around the engine: a clock, a store of files in memory, a daemon that dies, processes, and faults.
//!
//! Here an event is decided, committed and carried out. What time brings is in [`super::days`], what the files are in
//! [`super::disk`].

use super::breakage::Breakage;
use super::check::{self, Checks};
use super::company::Files;
use super::play::{self, Play};
use super::random::Random;
use super::told::Told;
use corp::adapters::script::steps::Step;
use corp::engine::limits::TOLD_AGAIN_MS;
use corp::engine::{Agenda, Change, Event, Lost, Report, Verb, What, decide};
use corp::format::Draft;
use corp::format::edit;
use corp::model::plan::{Edit, Effect, Plan};
use corp::model::run::{RunOutcome, Spent};
use corp::model::{Actor, LocalFacts, Nonce, RunId, Scalar as _, Slug, Snapshot};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Whether anything goes wrong: the daemon dies between any two steps; the machine is started again; the disk is full;
/// news come twice, late or not at all; the clock jumps; runs hang, lie and flood. [`super::told`] has the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Faults {
    All,
    None,
}

/// A process of a run.
#[derive(Debug, Clone)]
pub(super) struct Process {
    /// What it still does, by when.
    pub(super) acts: Vec<(Timestamp, Play)>,
    /// When all of it is gone.
    pub(super) ends: Timestamp,
    /// What its supervisor says of it then, and keeps until the daemon has taken it.
    pub(super) report: Report,
    /// Whether all of it is gone.
    pub(super) over: bool,
    /// Whether its supervisor dies with it, so that nobody says how it ended.
    pub(super) silent: bool,
}

#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) random: Random,
    pub(super) now: Timestamp,
    pub(super) faults: Faults,
    pub(super) breakage: Option<Breakage>,
    /// Whether the company is read again after every commit, and not only now and then.
    pub(super) read_again_always: bool,
    /// What agents play; the others are given parts by chance.
    pub(super) scripts: BTreeMap<Slug, Vec<Step>>,
    /// The company as the daemon knows it; `files` is the truth.
    pub(super) snapshot: Snapshot,
    pub(super) files: Files,
    pub(super) draft: Draft,
    pub(super) agenda: Agenda,
    /// When each file was last changed.
    pub(super) since: BTreeMap<String, Timestamp>,
    pub(super) up: bool,
    pub(super) up_again: Timestamp,
    pub(super) disk_full_until: Timestamp,
    pub(super) processes: BTreeMap<RunId, Process>,
    /// What runs said at their doors while nobody listened.
    pub(super) unheard: Vec<(RunId, Play)>,
    /// What a person saved while the daemon was away, and nobody has committed yet.
    pub(super) saved: Vec<(String, Option<String>, Vec<Change>)>,
    /// Records of the ledger that a person removed, and that were not written again yet.
    pub(super) taken_away: Files,
    begun: BTreeSet<RunId>,
    pub(super) next: Option<Timestamp>,
    pub(super) checks: Checks,
    pub(super) told: Told,
    /// The subject of every commit.
    pub(super) log: Vec<String>,
    pub(super) beats: Vec<(Slug, Timestamp)>,
}

/// What became of an event.
#[derive(Debug)]
pub(super) enum Outcome {
    Done,
    Refused,
    /// The daemon died, or the disk was full, before anything was durable.
    Not,
}

impl World {
    pub(super) fn new(seed: u64, files: Files, faults: Faults) -> Self {
        Self::broken(seed, files, faults, None)
    }

    /// The same with something broken from the first moment on.
    pub(super) fn broken(seed: u64, files: Files, faults: Faults, breakage: Option<Breakage>) -> Self {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let mut world = Self {
            seed,
            random: Random(seed.wrapping_mul(0x1234_5678_9abc_def1)),
            now,
            faults,
            breakage,
            read_again_always: false,
            scripts: BTreeMap::new(),
            snapshot: Snapshot::new(LocalFacts::new(now)),
            since: files.keys().map(|path| (path.clone(), now)).collect(),
            files,
            draft: Draft::default(),
            agenda: Agenda::default(),
            up: false,
            up_again: now,
            disk_full_until: Timestamp::MIN,
            processes: BTreeMap::new(),
            unheard: Vec::new(),
            saved: Vec::new(),
            taken_away: Files::new(),
            begun: BTreeSet::new(),
            next: None,
            checks: Checks::default(),
            told: Told::default(),
            log: Vec::new(),
            beats: Vec::new(),
        };
        world.start("c-00000001");
        world
    }

    /// Says which seed and which commit, and stops.
    #[track_caller]
    pub(super) fn fail(&self, why: &str) -> ! {
        let last = self.log.iter().rev().take(12).rev().cloned().collect::<Vec<_>>().join("\n  ");
        panic!(
            "seed {} commit {} at {}: {why}\nplay it again: CORP_SIM_SEED={} cargo test --test it sim::days\n  {last}",
            self.seed,
            self.log.len(),
            self.now,
            self.seed
        );
    }

    pub(super) fn nonce(&mut self) -> Nonce {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.random.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.random.next().to_be_bytes());
        Nonce(bytes)
    }

    pub(super) fn faulty(&self) -> bool {
        self.faults == Faults::All
    }

    /// The daemon starts: everything is read, and what happened meanwhile is found.
    pub(super) fn start(&mut self, clone: &str) {
        self.up = true;
        self.snapshot = self.read(clone);
        self.agenda = Agenda::default();
        self.event(What::Started);
        self.take_in_what_was_saved();
        self.find_runs();
        self.look();
    }

    /// Recovery: open runs whose processes are gone.
    pub(super) fn find_runs(&mut self) {
        if !self.snapshot.is_home() {
            return;
        }
        let open: Vec<RunId> = self.snapshot.open_runs().map(|run| run.id.clone()).collect();
        for id in open {
            if !self.up {
                return;
            }
            match self.processes.get(&id) {
                None => {
                    self.told.count("run announced and never started");
                    self.event(What::RunLost { run: id, why: Lost::NeverStarted });
                }
                Some(process) if process.over && process.silent => {
                    self.told.count("run lost");
                    self.event(What::RunLost { run: id, why: Lost::SupervisorDied });
                }
                Some(process) if process.over => {
                    let report = Box::new(process.report.clone());
                    self.event(What::RunEnded { run: id, report });
                }
                Some(_) => {}
            }
        }
    }

    pub(super) fn clone_id(&self) -> String {
        self.snapshot.local.clone.as_ref().unwrap().to_string()
    }

    pub(super) fn crash(&mut self, when: &'static str) {
        self.told.count(when);
        self.up = false;
        let ms = self.random.below(7_200_000);
        self.up_again = self.later(ms);
        if self.random.once_in(6) {
            // The machine went down with it: every process is gone without a word.
            self.told.count("reboot");
            for process in self.processes.values_mut().filter(|process| !process.over) {
                process.over = true;
                process.silent = true;
            }
        }
    }

    fn crashes(&mut self, when: &'static str) -> bool {
        let now = self.faulty() && self.random.once_in(400);
        if now {
            self.crash(when);
        }
        now
    }

    pub(super) fn later(&self, ms: u64) -> Timestamp {
        self.now.checked_add(SignedDuration::from_millis(i64::try_from(ms).unwrap())).unwrap()
    }

    /// What the real `decide` says; of a company with something broken in it, if something is.
    fn decided(&self, event: &Event) -> Result<Plan, corp::engine::Refusal> {
        let mut plan = decide(&self.seen(), event, self.now);
        if let (Some(breakage), Ok(plan)) = (self.breakage, &mut plan) {
            breakage.spoil(self, event, plan);
        }
        plan
    }

    /// Decides an event, commits the plan, and does what comes after; with whatever may go wrong between.
    pub(super) fn event(&mut self, what: What) -> Outcome {
        let event = Event { nonce: self.nonce(), what };
        let refused = |world: &mut Self| {
            if let What::Due(due) = &event.what {
                world.agenda.refused(due);
            }
        };
        let Ok(plan) = self.decided(&event) else {
            self.told.count("refusal");
            refused(self);
            return Outcome::Refused;
        };
        if self.decided(&event).as_ref() != Ok(&plan) {
            self.fail("the same event came to another plan");
        }
        if let Err(why) = check::before_commit(self, &event, &plan) {
            self.fail(&why);
        }
        if !plan.edits.is_empty() {
            if self.crashes("crash before a commit") {
                return Outcome::Not;
            }
            if self.faulty() && self.now < self.disk_full_until {
                self.told.count("full disk");
                refused(self);
                return Outcome::Not;
            }
            self.commit(&plan);
            if self.crashes("crash between commit and effects") {
                return Outcome::Done;
            }
        }
        for effect in &plan.effects {
            self.perform(effect);
            if self.crashes("crash after an effect") {
                break;
            }
        }
        if let What::RunEnded { run, .. } | What::RunLost { run, .. } = &event.what {
            self.processes.remove(run);
            if !plan.edits.is_empty() {
                self.told.count("end");
                self.told_twice("end told twice", event.what);
            }
        } else if matches!(event.what, What::Due(_)) {
            self.told_twice("due told twice", event.what);
        }
        Outcome::Done
    }

    /// News that come again come to nothing.
    fn told_twice(&mut self, which: &'static str, what: What) {
        if !self.faulty() || !self.up || !self.random.once_in(10) {
            return;
        }
        self.told.count(which);
        let may_refuse = matches!(what, What::Due(_));
        let again = Event { nonce: self.nonce(), what };
        match self.decided(&again) {
            Ok(plan) if plan.edits.is_empty() && plan.effects.is_empty() => {}
            Err(_) if may_refuse => {}
            other => self.fail(&format!("told twice, {:?} came to {other:?}", again.what)),
        }
    }

    /// Writes the texts, and holds the snapshot to what they say.
    pub(super) fn commit(&mut self, plan: &Plan) {
        if self.breakage != Some(Breakage::ForgetsToWrite) || plan.edits.len() > 1 {
            self.write(plan);
        }
        self.snapshot.apply_all(&plan.edits);
        // Whoever pauses and resumes an agent asks for its beats from then on.
        for edit in &plan.edits {
            if let Edit::AgentStatus { agent, .. } = edit {
                self.snapshot.local.agents_since.insert(agent.clone(), self.now);
            }
        }
        self.told.count("commit");
        self.log.push(plan.reason.subject.clone());
        if let Err(why) = check::after_commit(self, plan) {
            self.fail(&why);
        }
        // Drawn in any case, so that a seed lives the same life whether or not every commit is looked at.
        let sample = self.faulty() && self.random.once_in(100);
        if sample || self.read_again_always {
            self.told.count("company read again");
            self.same_after_reload();
        }
    }

    fn write(&mut self, plan: &Plan) {
        let files = &self.files;
        let changes = match edit::texts(&self.snapshot, &plan.edits, &mut |path| files.get(path).cloned()) {
            Ok(changes) => changes,
            Err(error) => self.fail(&format!("{error} in {plan:?}")),
        };
        for change in changes {
            match change.after {
                Some(text) => {
                    self.taken_away.remove(&change.path);
                    self.since.insert(change.path.clone(), self.now);
                    self.files.insert(change.path, text);
                }
                None => drop(self.files.remove(&change.path)),
            }
        }
    }

    fn perform(&mut self, effect: &Effect) {
        match effect {
            Effect::Start { run } => {
                self.told.count("start");
                let run = self.snapshot.run(run.as_str()).unwrap().clone();
                if let Some(slot) = run.wake.slot {
                    self.beats.push((run.agent().clone(), slot));
                }
                if self.begun.contains(&run.id) {
                    self.fail(&format!("{} was started twice", run.id));
                }
                let process = play::cast(self, &run);
                self.processes.insert(run.id.clone(), process);
                self.begun.insert(run.id.clone());
            }
            Effect::Stop { run, .. } => {
                self.told.count("stop");
                let at = self.later(5_000);
                if let Some(process) = self.processes.get_mut(run).filter(|process| !process.over) {
                    process.acts.clear();
                    process.report.outcome = RunOutcome::Interrupted;
                    process.report.at = at;
                    process.ends = at;
                }
            }
            // Nothing here has to come with anything.
            Effect::Look { .. } => {}
            // The limits are nobody's to change here; a process of this world spends what it was told to.
            Effect::Limit { .. } => {}
            Effect::Tell(notice) => {
                self.snapshot.local.note_told(&notice.about, self.now, TOLD_AGAIN_MS);
                if notice.about.starts_with("blocked:") {
                    self.told.count("blocked ticket");
                }
            }
        }
    }

    pub(super) fn request(&mut self, by: Actor, verb: Verb) -> Outcome {
        self.event(What::Request { by, verb })
    }

    pub(super) fn report(&self, outcome: RunOutcome, after_ms: u64) -> Report {
        Report {
            outcome,
            at: self.later(after_ms),
            started: Some(self.now),
            spent: Spent::default(),
            at_least: None,
            over_ceiling: false,
            changed: false,
            note: None,
            transcript: None,
            last_words: None,
            alert: None,
            talked: None,
            confinement: None,
            work: corp::engine::Work::default(),
        }
    }

    pub(super) fn names(&self) -> BTreeSet<Slug> {
        self.snapshot.workers().map(|worker| worker.slug.clone()).collect()
    }
}

/// The person of the board.
pub(super) fn ada() -> Actor {
    Actor::Person(Slug::parse("ada").unwrap())
}
