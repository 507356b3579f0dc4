//! Two clones of one company that do not hear of each other for a time. Exactly one executes.

use super::breakage::Breakage;
use super::company;
use super::random::Random;
use super::told::Told;
use super::world::{Faults, Outcome, World, ada};
use corp::engine::Verb;
use corp::model::Slug;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

impl World {
    /// Another clone of the same company, on another machine.
    fn another(&self, clone: &str, seed: u64) -> Self {
        let mut other = self.clone();
        other.seed = seed;
        other.random = Random(seed);
        other.processes.clear();
        other.told = Told::default();
        other.start(clone);
        other
    }

    /// Takes over what another clone has.
    fn pull(&mut self, other: &Self) {
        let clone = self.clone_id();
        self.files.clone_from(&other.files);
        self.now = self.now.max(other.now);
        self.since.clone_from(&other.since);
        self.checks = other.checks.clone();
        self.start(&clone);
    }

    fn take_home(&mut self) {
        match self.request(ada(), Verb::TakeHome) {
            Outcome::Done => {}
            other => self.fail(&format!("{other:?}")),
        }
        self.look();
    }

    /// The beats that were started here since the last time this was asked.
    fn take_beats(&mut self) -> Vec<(Slug, Timestamp)> {
        std::mem::take(&mut self.beats)
    }
}

/// Agents that beat every hour.
const AGENTS: u32 = 40;

/// How long each stretch is in which the clones hear nothing of each other, in hours.
const APART_HOURS: u64 = 16;

#[test]
fn two_clones_apart_never_run_the_same_beat() {
    let mut one = World::new(3, company::beating(AGENTS), Faults::None);
    let mut two = one.another("c-0000ffff", 4);
    let mut slots = BTreeSet::new();
    let mut run = |world: &mut World, hours| {
        world.live_hours(hours);
        let beats = world.take_beats();
        for (agent, slot) in &beats {
            assert!(slots.insert((agent.clone(), *slot)), "{agent} ran the beat of {slot} twice");
        }
        beats.len()
    };
    let mut count = 0;
    for stretch in 0..4 {
        // Apart, each goes on with what it last heard.
        let (home, away) = if stretch % 2 == 0 { (&mut one, &mut two) } else { (&mut two, &mut one) };
        let started = run(home, APART_HOURS);
        assert!(started > 250, "{started} beats at home");
        assert_eq!(run(away, APART_HOURS), 0, "only home runs");
        count += started;
        // Home is stopped, and the other takes it over with all that was done. The old home hears of it late, by hours:
        // it comes back, takes in what is new, as `corp up` does first, and runs nothing of the meantime.
        home.come_to_rest();
        away.pull(home);
        away.take_home();
        count += run(away, 3);
        home.now = away.now;
        home.pull(away);
        assert_eq!(run(home, 1), 0, "who is home no more runs nothing");
        count += run(away, 1);
    }
    assert!(count >= 1_000, "{count} beats");
}

#[test]
fn a_clone_that_takes_itself_for_home_is_noticed() {
    let one = World::new(3, company::beating(4), Faults::None);
    let mut two = one.another("c-0000ffff", 4);
    two.breakage = Some(Breakage::BlindToHome);
    let lived = catch_unwind(AssertUnwindSafe(|| two.live_hours(2)));
    let why = lived.expect_err("it ran").downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(why.contains("a clone that is not home started a run"), "{why}");
}
