//! The world around the engine: a clock, a store of files in memory, a daemon that dies, processes, and faults.

use super::check::{self, Checks};
use super::company::Files;
use super::play::{self, Play};
use super::random::Random;
use corp::engine::wakes::{Context, of_agent};
use corp::engine::{Agenda, Change, Due, Event, Lost, Pending, Report, Verb, What, decide, pending};
use corp::format::snapshot::{load, update};
use corp::format::{Draft, document, edit};
use corp::model::plan::{Edit, Effect, Plan};
use corp::model::run::{RunOutcome, Spent};
use corp::model::{Actor, CloneId, LocalFacts, Nonce, RunId, Scalar as _, Slug, Snapshot};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Which faults there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Faults {
    /// The daemon dies between any two steps; the machine is started again; the disk is full; events come twice, late or
    /// not at all; the clock jumps; runs hang, lie and flood.
    pub(super) all: bool,
}

impl Faults {
    pub(super) const ALL: Self = Self { all: true };
    pub(super) const NONE: Self = Self { all: false };
}

/// What happened, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) commits: u64,
    pub(super) started: u64,
    pub(super) ended: u64,
    pub(super) lost: u64,
    pub(super) done: u64,
    pub(super) blocked: u64,
    pub(super) crashes: u64,
    pub(super) reboots: u64,
    pub(super) full: u64,
    pub(super) jumps: u64,
    pub(super) doubled: u64,
    pub(super) refused: u64,
    pub(super) fired: u64,
    pub(super) by_hand: u64,
    pub(super) stopped: u64,
}

impl Told {
    pub(super) fn counts(&self) -> [(&'static str, u64); 15] {
        [
            ("commit", self.commits),
            ("start", self.started),
            ("end", self.ended),
            ("loss", self.lost),
            ("ticket done", self.done),
            ("blocked ticket", self.blocked),
            ("crash", self.crashes),
            ("reboot", self.reboots),
            ("full disk", self.full),
            ("clock jump", self.jumps),
            ("doubled event", self.doubled),
            ("refusal", self.refused),
            ("firing", self.fired),
            ("edit by hand", self.by_hand),
            ("stop", self.stopped),
        ]
    }

    pub(super) fn add(&mut self, other: &Self) {
        let sums = self.counts().map(|(_, count)| count);
        let mut sums = sums.into_iter().zip(other.counts()).map(|(sum, (_, count))| sum + count);
        let mut next = || sums.next().unwrap();
        *self = Self {
            commits: next(),
            started: next(),
            ended: next(),
            lost: next(),
            done: next(),
            blocked: next(),
            crashes: next(),
            reboots: next(),
            full: next(),
            jumps: next(),
            doubled: next(),
            refused: next(),
            fired: next(),
            by_hand: next(),
            stopped: next(),
        };
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in self.counts() {
            write!(f, "{what} {count}, ")?;
        }
        Ok(())
    }
}

/// A process of a run.
#[derive(Debug, Clone)]
pub(super) struct Process {
    /// What it still does, by when.
    pub(super) acts: Vec<(Timestamp, Play)>,
    /// How it ends; the supervisor keeps it until the daemon has taken it.
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
    /// The company as the daemon knows it; `files` is the truth.
    pub(super) snapshot: Snapshot,
    pub(super) files: Files,
    draft: Draft,
    agenda: Agenda,
    since: BTreeMap<String, Timestamp>,
    pub(super) up: bool,
    up_again: Timestamp,
    disk_full_until: Timestamp,
    pub(super) processes: BTreeMap<RunId, Process>,
    begun: BTreeSet<RunId>,
    next: Option<Timestamp>,
    pub(super) checks: Checks,
    pub(super) told: Told,
    /// The subject of every commit.
    pub(super) log: Vec<String>,
    beats: Vec<(Slug, Timestamp)>,
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
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let mut world = Self {
            seed,
            random: Random(seed.wrapping_mul(0x1234_5678_9abc_def1)),
            now,
            faults,
            snapshot: Snapshot::new(LocalFacts::new(now)),
            files,
            draft: Draft::default(),
            agenda: Agenda::default(),
            since: BTreeMap::new(),
            up: false,
            up_again: now,
            disk_full_until: Timestamp::MIN,
            processes: BTreeMap::new(),
            begun: BTreeSet::new(),
            next: None,
            checks: Checks::default(),
            told: Told::default(),
            log: Vec::new(),
            beats: Vec::new(),
        };
        for path in world.files.keys().cloned().collect::<Vec<_>>() {
            world.since.insert(path, now);
        }
        world.start("c-00000001");
        world
    }

    /// Another clone of the same company, on another machine.
    pub(super) fn another(&self, clone: &str, seed: u64) -> Self {
        let mut other = self.clone();
        other.random = Random(seed);
        other.processes.clear();
        other.told = Told::default();
        other.start(clone);
        other
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

    fn nonce(&mut self) -> Nonce {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.random.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.random.next().to_be_bytes());
        Nonce(bytes)
    }

    fn local(&self, clone: &str) -> LocalFacts {
        let mut local = LocalFacts::new(self.now);
        local.clone = Some(CloneId::parse(clone).unwrap());
        local.host = Some(format!("host of {clone}"));
        local.slots = 100;
        for (path, at) in &self.since {
            let parts: Vec<&str> = path.split('/').collect();
            let since = match parts[..] {
                ["agents", slug, _] => local.agents_since.entry(Slug::parse(slug).unwrap()),
                ["tasks", slug, "routine.yaml"] => local.routines_since.entry(Slug::parse(slug).unwrap()),
                _ => continue,
            };
            let since = since.or_insert(*at);
            *since = (*at).max(*since);
        }
        local
    }

    /// The company as it is read from its files.
    fn read(&mut self, clone: &str) -> Snapshot {
        self.draft = Draft::default();
        for (path, text) in &self.files {
            self.draft.insert(path, document::read(path, text).0);
        }
        load(&self.draft, self.local(clone))
    }

    /// The daemon starts: everything is read, and what happened meanwhile is found.
    fn start(&mut self, clone: &str) {
        self.up = true;
        self.snapshot = self.read(clone);
        self.agenda = Agenda::default();
        self.event(What::Started);
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
                    self.event(What::RunLost { run: id, why: Lost::NeverStarted });
                }
                Some(process) if process.over && process.silent => {
                    self.told.lost += 1;
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

    fn crash(&mut self) {
        self.told.crashes += 1;
        self.up = false;
        let ms = self.random.below(7_200_000);
        self.up_again = self.later(ms);
        if self.random.once_in(6) {
            // The machine went down with it: every process is gone without a word.
            self.told.reboots += 1;
            for process in self.processes.values_mut().filter(|process| !process.over) {
                process.over = true;
                process.silent = true;
            }
        }
    }

    fn crashes(&mut self, times: u64) -> bool {
        let now = self.faults.all && self.random.once_in(times);
        if now {
            self.crash();
        }
        now
    }

    pub(super) fn later(&self, ms: u64) -> Timestamp {
        self.now.checked_add(SignedDuration::from_millis(i64::try_from(ms).unwrap())).unwrap()
    }

    /// Decides an event, commits the plan, and does what comes after; with whatever may go wrong between.
    pub(super) fn event(&mut self, what: What) -> Outcome {
        let nonce = self.nonce();
        let event = Event { nonce, what };
        let Ok(plan) = decide(&self.snapshot, &event, self.now) else {
            self.told.refused += 1;
            if let What::Due(due) = &event.what {
                self.agenda.refused(due);
            }
            return Outcome::Refused;
        };
        if decide(&self.snapshot, &event, self.now).as_ref() != Ok(&plan) {
            self.fail("the same event came to another plan");
        }
        if let Err(why) = check::before_commit(self, &plan) {
            self.fail(&why);
        }
        if !plan.edits.is_empty() {
            if self.crashes(400) {
                return Outcome::Not;
            }
            if self.faults.all && self.now < self.disk_full_until {
                self.told.full += 1;
                if let What::Due(due) = &event.what {
                    self.agenda.refused(due);
                }
                return Outcome::Not;
            }
            self.commit(&plan);
            if self.crashes(400) {
                return Outcome::Done;
            }
        }
        for effect in &plan.effects {
            self.perform(effect);
            if self.crashes(400) {
                break;
            }
        }
        if let What::RunEnded { run, .. } | What::RunLost { run, .. } = &event.what {
            self.processes.remove(run);
            self.told.ended += u64::from(!plan.edits.is_empty());
            if self.faults.all && self.up && !plan.edits.is_empty() && self.random.once_in(10) {
                self.told.doubled += 1;
                let again = Event { nonce: self.nonce(), what: event.what };
                match decide(&self.snapshot, &again, self.now) {
                    Ok(plan) if plan.edits.is_empty() && plan.effects.is_empty() => {}
                    other => self.fail(&format!("an end told twice came to {other:?}")),
                }
            }
        }
        Outcome::Done
    }

    /// Writes the texts, and holds the snapshot to what they say.
    fn commit(&mut self, plan: &Plan) {
        let files = &self.files;
        let changes = match edit::texts(&self.snapshot, &plan.edits, &mut |path| files.get(path).cloned()) {
            Ok(changes) => changes,
            Err(error) => self.fail(&format!("{error} in {plan:?}")),
        };
        for change in changes {
            match change.after {
                Some(text) => {
                    self.since.insert(change.path.clone(), self.now);
                    self.files.insert(change.path, text);
                }
                None => drop(self.files.remove(&change.path)),
            }
        }
        self.snapshot.apply_all(&plan.edits);
        // Whoever pauses and resumes an agent asks for its beats from then on.
        for edit in &plan.edits {
            if let Edit::AgentStatus { agent, .. } = edit {
                self.snapshot.local.agents_since.insert(agent.clone(), self.now);
            }
        }
        self.told.commits += 1;
        self.log.push(plan.reason.subject.clone());
        if let Err(why) = check::after_commit(self, plan) {
            self.fail(&why);
        }
        if self.faults.all && self.random.once_in(200) {
            self.same_after_reload();
        }
    }

    /// A company that is read again gives the same answers.
    pub(super) fn same_after_reload(&mut self) {
        let local = self.snapshot.local.clone();
        let mut again = self.read(&self.clone_id());
        again.local = local;
        let (one, other) = (pending(&self.snapshot, self.now), pending(&again, self.now));
        if one != other {
            self.fail(&format!("after reading again, {other:?} is due and not {one:?}"));
        }
    }

    fn perform(&mut self, effect: &Effect) {
        match effect {
            Effect::Start { run } => {
                self.told.started += 1;
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
                self.told.stopped += 1;
                let at = self.later(5_000);
                if let Some(process) = self.processes.get_mut(run).filter(|process| !process.over) {
                    process.acts.clear();
                    process.report.outcome = RunOutcome::Interrupted;
                    process.report.at = at;
                }
            }
            Effect::Tell(notice) => self.told.blocked += u64::from(notice.about.starts_with("blocked:")),
        }
    }

    /// Asks what is due and decides it, until nothing is.
    pub(super) fn look(&mut self) {
        for round in 0.. {
            if !self.up {
                return;
            }
            if self.now < self.disk_full_until && self.faults.all {
                self.next = Some(self.disk_full_until);
                return;
            }
            let touched = self.snapshot.take_touched();
            let Pending { due, next } = self.agenda.look(&self.snapshot, touched, self.now);
            self.next = next;
            if due.is_empty() {
                // What is remembered says the same as asking everybody. With every slot taken, what was ready may have
                // become less so; that is found when its turn comes.
                let full = self.snapshot.open_runs().count() as u64 >= self.snapshot.company.runs;
                if self.random.once_in(50) {
                    let plain = pending(&self.snapshot, self.now);
                    if !plain.due.is_empty() || (plain.next != next && !full) {
                        let who: Vec<String> = self
                            .snapshot
                            .workers()
                            .map(|worker| {
                                let context = Context { snapshot: &self.snapshot, worker, now: self.now };
                                format!("{}: {:?}", worker.slug, of_agent(context))
                            })
                            .collect();
                        self.fail(&format!(
                            "the agenda looks again at {next:?}, and asking everybody says {plain:?}:\n{}",
                            who.join("\n")
                        ));
                    }
                }
                return;
            }
            if round > 5_000 {
                self.fail(&format!("{due:?} is due for ever"));
            }
            for due in due {
                if !self.up {
                    return;
                }
                if matches!(due, Due::Fire { .. }) {
                    self.told.fired += 1;
                }
                self.event(What::Due(due));
            }
        }
    }

    /// Lives some days.
    pub(super) fn live(&mut self, days: u64) {
        self.live_hours(days * 24);
    }

    pub(super) fn live_hours(&mut self, hours: u64) {
        let end = self.later(hours * 3_600_000);
        let ms = self.random.below(3_600_000);
        let mut person = self.later(ms);
        while self.now < end {
            // The next thing that happens, whatever it is.
            let acts = self.processes.values().filter(|process| !process.over);
            let acts = acts.map(|process| process.acts.first().map_or(process.report.at, |(at, _)| *at)).min();
            let daemon = if self.up { self.next } else { Some(self.up_again) };
            let next = [acts, daemon, Some(person), Some(end)].into_iter().flatten().min().unwrap();
            self.now = self.now.max(next);
            if self.faults.all {
                self.misfortune();
            }
            if !self.up && self.now >= self.up_again {
                let clone = self.clone_id();
                self.start(&clone);
            }
            self.processes_go_on();
            if self.up && self.faults.all && self.random.once_in(5) {
                self.find_runs();
            }
            if self.now >= person {
                if self.faults.all || self.random.once_in(2) {
                    self.person_acts();
                }
                let ms = 60_000 + self.random.below(3 * 3_600_000);
                person = self.later(ms);
            }
            self.look();
        }
    }

    fn misfortune(&mut self) {
        if self.random.once_in(2_000) {
            self.told.jumps += 1;
            if self.random.once_in(2) {
                let ms = self.random.below(40 * 3_600_000);
                self.now = self.later(ms);
            } else {
                let back = SignedDuration::from_millis(i64::try_from(self.random.below(600_000)).unwrap());
                self.now = self.now.checked_sub(back).unwrap();
            }
        }
        if self.random.once_in(1_000) {
            let ms = self.random.below(1_800_000);
            self.disk_full_until = self.later(ms);
        }
        if self.up && self.random.once_in(1_500) {
            self.crash();
        }
    }

    /// What the processes do up to now, in the order of time.
    fn processes_go_on(&mut self) {
        loop {
            let due = self.processes.iter().filter(|(_, process)| !process.over).filter_map(|(id, process)| {
                let at = process.acts.first().map_or(process.report.at, |(at, _)| *at);
                (at <= self.now).then(|| (at, id.clone()))
            });
            let Some((_, id)) = due.min() else { return };
            let process = self.processes.get_mut(&id).unwrap();
            if process.acts.is_empty() {
                process.over = true;
                let (silent, report) = (process.silent, process.report.clone());
                // An end that nobody hears of is found later.
                let unheard = self.faults.all && self.random.once_in(12);
                if self.up && !silent && !unheard {
                    self.event(What::RunEnded { run: id, report: Box::new(report) });
                }
                continue;
            }
            let (_, act) = process.acts.remove(0);
            if self.up {
                play::act(self, &id, act);
            }
        }
    }

    /// A file changes by a person's hand.
    pub(super) fn by_hand(&mut self, path: &str, text: Option<String>, changes: Vec<Change>) {
        self.told.by_hand += 1;
        match &text {
            Some(text) => {
                self.files.insert(path.to_owned(), text.clone());
                self.since.insert(path.to_owned(), self.now);
            }
            None => drop(self.files.remove(path)),
        }
        self.log.push(format!("a hand at {path}"));
        if !self.up {
            return;
        }
        self.draft_of(path);
        update(&mut self.snapshot, &self.draft, path);
        let local = self.local(&self.clone_id());
        self.snapshot.local.agents_since = local.agents_since;
        self.snapshot.local.routines_since = local.routines_since;
        let by = Actor::Person(Slug::parse("ada").unwrap());
        self.event(What::TreeChanged { by, changes });
    }

    /// Brings the draft up to what the files say around one path.
    fn draft_of(&mut self, path: &str) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside: Vec<String> = self.files.keys().filter(|other| other.starts_with(folder)).cloned().collect();
        self.draft.take(path);
        for path in beside {
            self.draft.take(&path);
            self.draft.insert(&path, document::read(&path, &self.files[&path]).0);
        }
    }

    pub(super) fn request(&mut self, by: Actor, verb: Verb) -> Outcome {
        self.event(What::Request { by, verb })
    }

    /// Faults stop, and so do people. All work that can be done is done; nothing is left hanging.
    pub(super) fn calm(&mut self) {
        self.faults = Faults::NONE;
        self.disk_full_until = Timestamp::MIN;
        if !self.up {
            let clone = self.clone_id();
            self.start(&clone);
        }
        self.find_runs();
        self.person_sets_right();
        let end = self.later(21 * 86_400_000);
        // Looking through all that is left is not cheap, and a little more life does no harm.
        for round in 0_u64.. {
            if self.now >= end || (round.is_multiple_of(64) && self.left_over().is_none()) {
                break;
            }
            self.look();
            let acts = self.processes.values().filter(|process| !process.over);
            let acts = acts.map(|process| process.acts.first().map_or(process.report.at, |(at, _)| *at)).min();
            let Some(next) = [acts, self.next].into_iter().flatten().min() else { break };
            self.now = self.now.max(next);
            self.processes_go_on();
            self.find_runs();
        }
        self.look();
        if let Some(left) = self.left_over() {
            self.fail(&format!("faults stopped days ago, and {left}"));
        }
        self.same_after_reload();
    }

    /// Lets what runs come to its end, and starts nothing new.
    pub(super) fn come_to_rest(&mut self) {
        while let Some(at) =
            self.processes.values().filter(|process| !process.over).map(|process| process.report.at).max()
        {
            self.now = self.now.max(at);
            self.processes_go_on();
        }
    }

    /// Work that should have been done.
    fn left_over(&self) -> Option<String> {
        if let Some(run) = self.snapshot.open_runs().find(|run| self.processes.get(&run.id).is_none_or(|one| one.over))
        {
            return Some(format!("{} is open without a process", run.id));
        }
        if let Some(run) = self.snapshot.index().queued.values().flatten().next() {
            return Some(format!("{run} waits in the queue"));
        }
        let mut open = self.snapshot.tickets().filter(|ticket| {
            use corp::model::status::TicketStatus::{Backlog, Blocked, Cancelled, Done, InProgress, InReview, Todo};
            let works = ticket.head.assignee.as_ref().and_then(|agent| self.snapshot.worker(agent.as_str()));
            let works = works.is_some_and(|worker| worker.status() == corp::model::status::AgentStatus::Active);
            match ticket.head.status {
                Todo | InProgress => {
                    let mut parts = self.snapshot.index().children.get(&ticket.id).into_iter().flatten();
                    let parts =
                        parts.any(|id| self.snapshot.ticket(id).is_some_and(|part| !part.head.status.is_closed()));
                    let waits = parts || !ticket.head.blocked_by.is_empty() || ticket.open_questions().next().is_some();
                    works && !waits && ticket.head.seed.is_none()
                }
                Backlog | Blocked | Cancelled | Done | InReview => false,
            }
        });
        open.next().map(|ticket| format!("{} is {} and nobody works on it", ticket.id, ticket.head.status))
    }

    /// Takes over what another clone has.
    pub(super) fn pull(&mut self, other: &Self) {
        let clone = self.clone_id();
        self.files.clone_from(&other.files);
        self.now = self.now.max(other.now);
        self.since.clone_from(&other.since);
        self.checks = other.checks.clone();
        self.start(&clone);
    }

    pub(super) fn take_home(&mut self) {
        let by = Actor::Person(Slug::parse("ada").unwrap());
        match self.request(by, Verb::TakeHome) {
            Outcome::Done => {}
            other => self.fail(&format!("{other:?}")),
        }
        self.look();
    }

    pub(super) fn take_beats(&mut self) -> Vec<(Slug, Timestamp)> {
        std::mem::take(&mut self.beats)
    }

    pub(super) fn report(&self, outcome: RunOutcome, after_ms: u64) -> Report {
        Report {
            outcome,
            at: self.later(after_ms),
            started: Some(self.now),
            spent: Spent::default(),
            changed: false,
            note: None,
            transcript: None,
            alert: None,
        }
    }

    pub(super) fn names(&self) -> BTreeSet<Slug> {
        self.snapshot.workers().map(|worker| worker.slug.clone()).collect()
    }
}
