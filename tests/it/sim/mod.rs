//! A company lives many days in a second: the real `decide` and `pending`, an invented clock, runs that play a part, and
//! faults out of a seed.
//!
//! After every commit the invariants of [`check`] hold. A failure prints its seed and the number of the commit;
//! `CORP_SIM_SEED=<seed> cargo test --test it sim::` plays exactly that again. Ten thousand days:
//! `CORP_SIM_DAYS=10000 cargo test --release --test it sim::days -- --nocapture` (`docs/testing.md`).

mod check;
mod company;
mod person;
mod play;
mod random;
mod world;

use world::{Faults, World};

/// Days that one seed lives.
const DAYS_PER_SEED: u64 = 10;

/// Days lived by an ordinary test run, all seeds together.
const DAYS: u64 = 40;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// Lives `days` days with the faults of a seed, and then some without, after which all work has come to an end.
fn live(seed: u64, days: u64, faults: Faults) -> World {
    let mut world = World::new(seed, company::files(), faults);
    world.live(days);
    world.calm();
    world
}

#[test]
fn days_with_faults_out_of_a_seed() {
    let seeds = match number("CORP_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CORP_SIM_DAYS").unwrap_or(DAYS).div_ceil(DAYS_PER_SEED),
    };
    let mut told = world::Told::default();
    for seed in seeds.clone() {
        told.add(&live(seed, DAYS_PER_SEED, Faults::ALL).told);
    }
    println!("{} seeds of {DAYS_PER_SEED} days: {told}", seeds.end - seeds.start);
    // A simulator in which nothing happens proves nothing.
    for (what, count) in told.counts() {
        assert!(count > 0 || seeds.end - seeds.start < 4, "{what} never happened");
    }
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let (one, other) = (live(7, 3, Faults::ALL), live(7, 3, Faults::ALL));
    assert_eq!(one.log, other.log);
    assert!(one.log.len() > 100, "{}", one.log.len());
}

#[test]
fn without_faults_nothing_is_lost_and_nothing_waits() {
    let world = live(11, 5, Faults::NONE);
    assert_eq!(world.told.lost, 0);
    assert!(world.told.done > 20, "{}", world.told);
}

#[test]
fn two_clones_apart_never_run_the_same_beat() {
    let mut home = World::new(3, company::beating(40), Faults::NONE);
    let mut other = home.another("c-0000ffff", 4);
    let mut slots = std::collections::BTreeSet::new();
    let mut count = 0;
    // They are apart, and each believes what it last saw. Then home moves, on purpose, and they are apart again.
    for stretch in 0..2 {
        home.live_hours(16);
        other.live_hours(16);
        for (agent, slot) in home.take_beats().into_iter().chain(other.take_beats()) {
            count += 1;
            assert!(slots.insert((agent.clone(), slot)), "{agent} ran the beat of {slot} twice");
        }
        if stretch == 0 {
            assert_eq!(other.told.started, 0, "only home runs");
            home.come_to_rest();
            other.pull(&home);
            other.take_home();
            home.pull(&other);
        } else {
            assert!(other.told.started > 0, "the new home runs");
        }
    }
    assert!(count >= 1_000, "{count} beats");
}

#[test]
fn a_thousand_tickets_at_once_all_come_to_their_end() {
    let mut world = World::new(5, company::crowd(50, 1_000), Faults::NONE);
    world.calm();
    assert_eq!(world.snapshot.tickets().filter(|ticket| ticket.head.status.is_closed()).count(), 1_000);
}
