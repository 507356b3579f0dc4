//! A run behind a wall of bubblewrap: between its supervisor and its program stand two processes more, and nothing of how it
//! is asked, bounded, counted and ended changes by that.

use super::supervise::{Bench, HEEDS, confined, is_asked_and_given_its_time};
use crate::harness::until;
use corp::runtime::run::{Completion, Life, Stop};
use corp::sandbox::{Bounds, Offer, Policy, Wall};
use rustix::process::{Pid, Signal, kill_process};

/// The shell, behind a wall; none where there is no bubblewrap.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn walled(command: &str, bounds: Bounds) -> Option<Bench> {
    let offer = Offer::here();
    let program = match offer.bubblewrap() {
        Ok(program) if offer.is_of_use() => program.to_owned(),
        Ok(_) => {
            eprintln!("SKIPPED: nothing is confined here");
            return None;
        }
        Err(why) => {
            eprintln!("SKIPPED: no run was started behind a wall: {why}");
            return None;
        }
    };
    let mut bench = confined(command, bounds);
    let policy = bench.job.confinement.take().unwrap();
    bench.job.confinement = Some(Policy { strict: true, wall: Some(Wall { program, links: Vec::new() }), ..policy });
    Some(bench)
}

#[test]
fn it_is_recorded_how_it_was_held_and_how_it_ended() {
    let look = "set -- /proc/[0-9]*; set -- $# $(ls /proc/self/fd | wc -l); echo seen $1 open $2; echo a > $TMPDIR/a && exit 7";
    let Some(bench) = walled(look, Bounds::default()) else { return };
    let end = bench.run();
    assert_eq!((end.completion, end.exit), (Completion::Failed, Some(7)), "{end:?}");
    assert!(end.confinement.as_deref().unwrap().ends_with(", seccomp, bubblewrap)"), "{end:?}");
    // No process but bubblewrap's, and the shell; no file but the three and the listing.
    assert!(end.reply.starts_with("seen 2 open 4"), "{}", end.reply);
    assert!(matches!(bench.folder.look().unwrap(), Life::Dead(_)), "nobody holds its lock any more");
}

#[test]
fn it_is_asked_and_given_its_time() {
    let Some(bench) = walled(HEEDS, Bounds::default()) else { return };
    is_asked_and_given_its_time(bench);
}

#[test]
fn who_heeds_nothing_is_ended_and_so_is_what_it_left() {
    let stays = "(setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' & ); trap '' TERM; echo up; \
                 while :; do sleep 0.05; done";
    let Some(mut bench) = walled(stays, Bounds::default()) else { return };
    bench.job.grace_ms = 100;
    let mut supervisor = bench.start();
    bench.said("up");
    bench.folder.ask_to_stop(&Stop::because("enough")).unwrap();
    supervisor.wait().unwrap();
    assert_eq!(bench.end().completion, Completion::Stopped);
    // What is left when the program ends goes with it, before anybody counts.
    let leaves = "(setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' & ); sleep 0.2; exit 0";
    let bench = walled(leaves, Bounds::default()).unwrap();
    assert_eq!(bench.run().completion, Completion::Succeeded);
}

#[test]
fn it_goes_with_its_supervisor() {
    let Some(bench) = walled("echo up; sleep 3600", Bounds::default()) else { return };
    let mut supervisor = bench.start();
    bench.said("up");
    let pid = Pid::from_child(&supervisor);
    kill_process(pid, Signal::KILL).unwrap();
    supervisor.wait().unwrap();
    until("nobody of it is left", || bench.survivors().is_empty());
    assert!(matches!(bench.folder.look().unwrap(), Life::Dead(_)), "nobody holds its lock any more");
}

#[test]
fn what_it_takes_is_bounded() {
    let few = Bounds { processes: 40, ..Bounds::default() };
    let Some(bench) = walled("bomb() { sleep 0.2; bomb & bomb; }; bomb", few) else { return };
    let end = bench.run();
    assert_eq!(end.completion, Completion::Failed, "{end:?}");
    assert!(end.why.contains("processes; a run may have 40"), "{}", end.why);
}

#[test]
fn a_wall_that_is_not_made_starts_nothing_and_the_record_says_so() {
    let Some(mut bench) = walled("echo up", Bounds::default()) else { return };
    let policy = bench.job.confinement.as_mut().unwrap();
    policy.wall = Some(Wall { program: "/bin/false".into(), links: Vec::new() });
    let end = bench.run();
    assert_eq!(end.completion, Completion::Failed, "{end:?}");
    assert!(end.why.contains("bubblewrap did not come to it"), "{}", end.why);
    assert!(!bench.transcript().contains("up"), "{}", bench.transcript());
}
