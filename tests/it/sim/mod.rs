//! A company lives many days in a second: the real `decide` and `pending`, an invented clock, runs that play a part, and
//! faults out of a seed.
//!
//! After every commit the invariants of [`check`] hold, and [`breakage`] breaks the rules one by one to see that they
//! would be missed. A failure prints its seed and the number of the commit; `CORP_SIM_SEED=<seed> cargo test --test it
//! sim::days` plays exactly that again. Ten thousand days:
//! `CORP_SIM_DAYS=10000 cargo test --release --test it sim::days -- --nocapture` (`docs/testing.md`).

mod breakage;
mod check;
mod clones;
mod company;
pub(crate) mod corpus;
mod days;
mod disk;
mod person;
mod play;
mod random;
mod script;
mod told;
mod world;

use world::{Faults, World};

/// Days that one seed lives.
const DAYS_PER_SEED: u64 = 10;

/// Days lived by an ordinary test run, all seeds together.
const DAYS: u64 = 80;

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
    let mut all = told::Told::default();
    for seed in seeds.clone() {
        all.add(&live(seed, DAYS_PER_SEED, Faults::All).told);
    }
    println!("{} seeds of {DAYS_PER_SEED} days:{all}", seeds.end - seeds.start);
    // A simulator in which nothing happens proves nothing.
    let missing = all.missing();
    assert!(missing.is_empty() || seeds.end - seeds.start < DAYS / DAYS_PER_SEED, "never happened: {missing:?}");
}

/// Seeds that found something once.
const FOUND: &[u64] = &[4, 25, 30, 31];

#[test]
fn seeds_that_found_something_find_nothing_any_more() {
    for seed in FOUND {
        live(*seed, DAYS_PER_SEED, Faults::All);
    }
}

/// Days that are lived with the company read again after every single commit, by an ordinary test run.
const READ_AGAIN_DAYS: u64 = 3;

#[test]
fn after_every_commit_a_company_that_is_read_again_comes_to_the_same_plan() {
    let days = number("CORP_SIM_READ_AGAIN_DAYS").unwrap_or(READ_AGAIN_DAYS);
    for seed in number("CORP_SIM_SEED").map_or(0..days, |seed| seed..seed + 1) {
        let mut world = World::new(1_000 + seed, company::files(), Faults::All);
        world.read_again_always = true;
        let before = world.told.of("commit");
        world.live(1);
        let commits = world.told.of("commit") - before;
        assert_eq!(world.told.of("company read again"), commits, "{}", world.told);
        assert!(commits > 50, "{}", world.told);
    }
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let (one, other) = (live(7, 3, Faults::All), live(7, 3, Faults::All));
    assert_eq!(one.log, other.log);
    assert!(one.log.len() > 100, "{}", one.log.len());
}

#[test]
fn without_faults_nothing_is_lost_and_nothing_waits() {
    let world = live(11, 5, Faults::None);
    assert_eq!(world.told.of("run lost"), 0);
    assert!(world.told.of("ticket done") > 20, "{}", world.told);
}

#[test]
fn a_thousand_tickets_at_once_all_come_to_their_end() {
    let mut world = World::new(5, company::crowd(50, 1_000), Faults::None);
    world.calm();
    assert_eq!(world.snapshot.tickets().filter(|ticket| ticket.head.status.is_closed()).count(), 1_000);
}
