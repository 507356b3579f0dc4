//! What time brings: what is due, what runs do, misfortune, and the calm in which everything comes to its end.

use super::check;
use super::person;
use super::play;
use super::world::{Faults, Outcome, World};
use corp::engine::wakes::{Context, of_agent};
use corp::engine::{Due, Pending, What, explain, pending};
use corp::model::status::{AgentStatus, TicketStatus};
use jiff::{SignedDuration, Timestamp};

/// How long after the last fault everything that can be done has to be done, in days: budgets of a week and pauses after
/// failures are behind it.
const CALM_DAYS: u64 = 21;

/// How often what is due is decided before it counts as due for ever.
const ROUNDS: u32 = 5_000;

impl World {
    /// Asks what is due and decides it, until nothing is.
    pub(super) fn look(&mut self) {
        for round in 0.. {
            if !self.up {
                return;
            }
            if self.faulty() && self.now < self.disk_full_until {
                self.next = Some(self.disk_full_until);
                return;
            }
            let touched = self.snapshot.take_touched();
            let mut agenda = std::mem::take(&mut self.agenda);
            let Pending { mut due, next } = agenda.look(&self.seen(), touched, self.now);
            self.agenda = agenda;
            if let Some(breakage) = self.breakage {
                due.retain(|due| !breakage.forgets(due));
            }
            self.next = next;
            if due.is_empty() {
                if self.breakage.is_none() && self.random.once_in(50) {
                    self.agenda_says_what_asking_everybody_says();
                }
                return;
            }
            if round > ROUNDS {
                self.fail(&format!("{due:?} is due for ever"));
            }
            for due in due {
                if !self.up {
                    return;
                }
                let fires = matches!(due, Due::Fire { .. });
                if let (Outcome::Done, true) = (self.event(What::Due(due)), fires) {
                    self.told.count("firing");
                }
            }
        }
    }

    /// What is remembered says the same as asking everybody. With every slot taken, what was ready may have become less
    /// so; that is found when its turn comes.
    fn agenda_says_what_asking_everybody_says(&self) {
        let full = self.snapshot.open_runs().count() as u64 >= self.snapshot.company.runs;
        let plain = pending(&self.snapshot, self.now);
        if plain.due.is_empty() && (plain.next == self.next || full) {
            return;
        }
        let who = self.snapshot.workers().map(|worker| {
            let context = Context { snapshot: &self.snapshot, worker, now: self.now };
            format!("{}: {:?}", worker.slug, of_agent(context))
        });
        let who: Vec<String> = who.collect();
        self.fail(&format!(
            "the agenda looks again at {:?}, and asking everybody says {plain:?}:\n{}",
            self.next,
            who.join("\n")
        ));
    }

    /// Lives some days.
    pub(super) fn live(&mut self, days: u64) {
        self.live_hours(days * 24);
    }

    pub(super) fn live_hours(&mut self, hours: u64) {
        let end = self.later(hours * 3_600_000);
        let ms = self.random.below(3_600_000);
        let mut person = self.later(ms);
        // The clock may be put back; life goes on all the same.
        let mut steps_left = hours.saturating_mul(2_000);
        while self.now < end && steps_left > 0 {
            steps_left -= 1;
            // The next thing that happens, whatever it is.
            let daemon = if self.up { self.next } else { Some(self.up_again) };
            let next = [self.next_act(), daemon, Some(person), Some(end)].into_iter().flatten().min().unwrap();
            self.now = self.now.max(next);
            if self.faulty() {
                self.misfortune();
            }
            if !self.up && self.now >= self.up_again {
                let clone = self.clone_id();
                self.start(&clone);
            }
            self.processes_go_on();
            if self.up && self.faulty() && self.random.once_in(5) {
                self.find_runs();
            }
            if self.now >= person {
                if self.faulty() || self.random.once_in(2) {
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
            self.clock_jumps();
        }
        if self.random.once_in(1_000) {
            let ms = self.random.below(1_800_000);
            self.disk_full_until = self.later(ms);
        }
        if self.up && self.random.once_in(1_500) {
            self.crash("crash out of the blue");
        }
    }

    /// The clock is wrong, or was.
    fn clock_jumps(&mut self) {
        if self.random.once_in(2) {
            self.told.count("clock jumps ahead");
            let ms = self.random.below(40 * 3_600_000);
            self.now = self.later(ms);
            return;
        }
        self.told.count("clock is put back");
        // Mostly by minutes, as time servers do it; sometimes by most of a day, as people do it.
        let most = if self.random.once_in(3) { 20 * 3_600_000 } else { 600_000 };
        let back = SignedDuration::from_millis(i64::try_from(self.random.below(most)).unwrap());
        self.now = self.now.checked_sub(back).unwrap();
    }

    /// When the next process does something.
    fn next_act(&self) -> Option<Timestamp> {
        let acts = self.processes.values().filter(|process| !process.over);
        acts.map(|process| process.acts.first().map_or(process.ends, |(at, _)| *at)).min()
    }

    /// What the processes do up to now, in the order of time.
    pub(super) fn processes_go_on(&mut self) {
        if self.up {
            for (run, act) in std::mem::take(&mut self.unheard) {
                self.told.count("word of a run that came late");
                play::act(self, &run, act);
            }
        }
        loop {
            let due = self.processes.iter().filter(|(_, process)| !process.over).filter_map(|(id, process)| {
                let at = process.acts.first().map_or(process.ends, |(at, _)| *at);
                (at <= self.now).then(|| (at, id.clone()))
            });
            let Some((_, id)) = due.min() else { return };
            let Some(process) = self.processes.get_mut(&id) else { return };
            if process.acts.is_empty() {
                process.over = true;
                let (silent, report) = (process.silent, process.report.clone());
                // An end that nobody hears of is found later.
                let unheard = self.faulty() && self.random.once_in(12);
                if self.up && !silent && !unheard {
                    self.event(What::RunEnded { run: id, report: Box::new(report) });
                } else if !silent {
                    self.told.count("end that nobody heard");
                }
                continue;
            }
            let (_, act) = process.acts.remove(0);
            if self.up {
                play::act(self, &id, act);
            } else if self.random.once_in(2) {
                self.unheard.push((id, act));
            } else {
                self.told.count("word of a run that was lost");
            }
        }
    }

    /// Faults stop, and so do people. All work that can be done is done; nothing is left hanging.
    pub(super) fn calm(&mut self) {
        self.faults = Faults::None;
        self.disk_full_until = Timestamp::MIN;
        if !self.up {
            let clone = self.clone_id();
            self.start(&clone);
        }
        self.find_runs();
        self.person_sets_right();
        let end = self.later(CALM_DAYS * 86_400_000);
        // Looking through all that is left is not cheap, and a little more life does no harm.
        for round in 0_u64.. {
            // What people have just set right is work first, and left over only after that.
            self.look();
            if self.now >= end || (round.is_multiple_of(64) && self.left_over().is_none()) {
                break;
            }
            let Some(next) = [self.next_act(), self.next].into_iter().flatten().min() else { break };
            self.now = self.now.max(next);
            self.processes_go_on();
            self.find_runs();
        }
        if let Some(left) = self.left_over() {
            self.fail(&format!("faults stopped days ago, and {left}"));
        }
        if let Err(why) = check::in_the_end(self) {
            self.fail(&why);
        }
        self.same_after_reload();
    }

    /// Lets what runs come to its end, and starts nothing new.
    pub(super) fn come_to_rest(&mut self) {
        while let Some(at) = self.processes.values().filter(|process| !process.over).map(|process| process.ends).max() {
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
            use TicketStatus::{Backlog, Blocked, Cancelled, Done, InProgress, InReview, Todo};
            let works = ticket.head.assignee.as_ref().and_then(|agent| self.snapshot.worker(agent.as_str()));
            let works = works.is_some_and(|worker| worker.status() == AgentStatus::Active);
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
        open.next().map(|ticket| {
            let why = explain::ticket(&self.snapshot, &ticket.id, self.now);
            format!("{} is {} and nobody works on it: {why:#?}", ticket.id, ticket.head.status)
        })
    }

    /// Before the calm: everybody works, what was asked is answered, what people hold they give back.
    fn person_sets_right(&mut self) {
        person::set_right(self);
    }
}
