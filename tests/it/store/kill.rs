//! A writer that is killed: at every step of the road, and anywhere. What it had acknowledged is there.

use super::races::{spawn, surroundings};
use super::{Repository, asked_as, one, write};
use corp::store::writer::{How, Step};
use std::io::Write as _;

pub(super) const STEPS: [Step; 9] = [
    Step::Locked,
    Step::Built,
    Step::Journaled,
    Step::Objects,
    Step::Index,
    Step::Branch,
    Step::File,
    Step::Shown,
    Step::Done,
];

#[test]
fn killed_at_each_step_nothing_is_lost_done_twice_or_left_over() {
    for (number, step) in STEPS.into_iter().enumerate() {
        let repository = Repository::new();
        let output = spawn("store::kill::child_dies_at_a_step", &repository.root(), number).wait_with_output().unwrap();
        assert!(!output.status.success(), "{step:?}: it was to die");
        let mut writer = repository.writer();
        let recovered = writer.recover().unwrap().clone();
        let durable = step >= Step::Journaled;
        let commits = repository.git(&["rev-list", "--count", "HEAD"]);
        assert_eq!(commits, if durable { "3\n" } else { "2\n" }, "{step:?}: {recovered:?}");
        repository.assert_sound();
        // Asked again, as a client does that got no answer.
        let again = one(&mut writer, asked_as(write("corp.yaml", "n: 2\n"), "m-2")).unwrap();
        assert_eq!(again.how, if durable { How::Before } else { How::Now }, "{step:?}");
        assert_eq!(repository.read("corp.yaml"), "n: 2\n", "{step:?}");
        assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]), "3\n", "{step:?}");
        repository.assert_sound();
    }
}

/// A group that changes a file, makes one and removes one, cut at each of its steps.
#[test]
fn a_group_that_is_killed_at_each_step_is_there_as_a_whole_or_not_at_all() {
    // Once with a file for each object, once with a pack for all.
    for child in ["store::kill::child_dies_in_a_group", "store::kill::child_dies_in_a_packed_group"] {
        each_step_of_a_group(child);
    }
}

fn each_step_of_a_group(child: &str) {
    for number in 0.. {
        let repository = Repository::new();
        let output = spawn(child, &repository.root(), number).wait_with_output().unwrap();
        repository.writer().recover().unwrap();
        repository.assert_sound();
        let commits = repository.git(&["rev-list", "--count", "HEAD"]);
        let there = ["corp.yaml", "new/file.md", "b.md"].map(|file| repository.root().join(file).exists());
        match commits.trim() {
            "1" => assert_eq!((there, repository.read("corp.yaml")), ([true, false, true], "n: 0\nm: 0\n".into())),
            "4" => assert_eq!((there, repository.read("corp.yaml")), ([true, true, false], "n: 1\n".into())),
            other => panic!("{number}: {other} commits"),
        }
        if output.status.success() {
            // Nine steps, and two more files.
            assert_eq!(number, STEPS.len() + 2, "it lived");
            return;
        }
    }
}

#[test]
#[ignore = "started by the test above"]
fn child_dies_in_a_group() {
    let Some((root, number)) = surroundings() else { return };
    dies_in_a_group(corp::store::writer::Options::new(root), number);
}

#[test]
#[ignore = "started by the test above"]
fn child_dies_in_a_packed_group() {
    let Some((root, number)) = surroundings() else { return };
    dies_in_a_group(super::packed(root), number);
}

fn dies_in_a_group(options: corp::store::writer::Options, number: usize) {
    let mut writer = corp::store::writer::Writer::open(options).unwrap();
    let mut at = 0;
    writer.observe(move |_| {
        if at == number {
            die();
        }
        at += 1;
    });
    let group = [
        write("corp.yaml", "n: 1\n"),
        write("new/file.md", "new\n"),
        super::change("b.md", super::content("text\n"), None),
    ];
    for answer in writer.commit(&group) {
        answer.unwrap();
    }
}

#[test]
#[ignore = "started by the test above"]
fn child_dies_at_a_step() {
    let Some((root, number)) = surroundings() else { return };
    let mut writer = corp::store::writer::Writer::open(corp::store::writer::Options::new(root)).unwrap();
    one(&mut writer, asked_as(write("corp.yaml", "n: 1\n"), "m-1")).unwrap();
    let at = STEPS[number];
    writer.observe(move |step| {
        if step == at {
            die();
        }
    });
    one(&mut writer, asked_as(write("corp.yaml", "n: 2\n"), "m-2")).unwrap();
}

/// Dies as by `kill -9`: no destructor runs.
pub(super) fn die() {
    let pid = std::process::id().to_string();
    std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
    loop {
        std::thread::yield_now();
    }
}

#[test]
fn a_person_who_edits_while_we_are_dead_keeps_the_edit() {
    let number = STEPS.iter().position(|step| *step == Step::Branch).unwrap();
    let repository = Repository::new();
    spawn("store::kill::child_dies_at_a_step", &repository.root(), number).wait_with_output().unwrap();
    assert_eq!(repository.read("corp.yaml"), "n: 1\n", "the file was not brought along yet");
    repository.save("corp.yaml", "n: 1\nmine: 1\n");
    let recovered = repository.writer().recover().unwrap().clone();
    assert_eq!(recovered.kept, ["corp.yaml"]);
    assert_eq!(repository.read("corp.yaml"), "n: 2\nmine: 1\n", "both");
}

#[test]
fn what_is_durable_survives_a_person_who_went_on_with_git() {
    let number = STEPS.iter().position(|step| *step == Step::Journaled).unwrap();
    let repository = Repository::new();
    spawn("store::kill::child_dies_at_a_step", &repository.root(), number).wait_with_output().unwrap();
    repository.save("b.md", "mine\n");
    repository.git(&["commit", "-qam", "mine"]);
    let recovered = repository.writer().recover().unwrap().clone();
    let (name, commit) = &recovered.rescued[0];
    assert_eq!(repository.git(&["rev-parse", name]).trim(), commit, "{recovered:?}");
    assert_eq!(repository.git(&["log", "-1", "--format=%s"]), "mine\n");
    repository.assert_sound();
}

/// `CORP_KILLS=500` for the long run, `CORP_TICKETS=10000` for a company of that size.
#[test]
fn killed_anywhere_under_load_every_acknowledged_change_is_there() {
    let kills: usize = std::env::var("CORP_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let repository = Repository::new();
    let tickets: usize = std::env::var("CORP_TICKETS").ok().and_then(|count| count.parse().ok()).unwrap_or(0);
    let mut seeding = repository.writer();
    for bucket in 0..tickets.div_ceil(100) {
        let ids = bucket * 100 + 1..=tickets.min(bucket * 100 + 100);
        let files: Vec<_> =
            ids.map(|id| (format!("tickets/{bucket:04}/ACME-{id}.md"), "---\n---\n".repeat(60))).collect();
        one(&mut seeding, super::write_all(&files)).unwrap();
    }
    drop(seeding);
    let mut slowest = std::time::Duration::ZERO;
    let log = repository.root().join(".git/corp/acknowledged");
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    for round in 0..kills {
        let mut children: Vec<_> = (0..4)
            .map(|client| spawn("store::kill::child_writes_until_killed", &repository.root(), round * 4 + client))
            .collect();
        // When the first line of this round is acknowledged, a random while later all four die at once.
        let begun = std::fs::read_to_string(&log).unwrap_or_default().lines().count();
        while std::fs::read_to_string(&log).unwrap_or_default().lines().count() <= begun {
            for child in &mut children {
                assert!(child.try_wait().unwrap().is_none(), "a client ended by itself");
            }
            std::thread::yield_now();
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let until = std::time::Instant::now() + std::time::Duration::from_micros(state >> 33 & 0x3fff);
        while std::time::Instant::now() < until {
            std::thread::yield_now();
        }
        for child in &mut children {
            child.kill().unwrap();
        }
        for mut child in children {
            child.wait().unwrap();
        }
        let begun = std::time::Instant::now();
        repository.writer().recover().unwrap();
        slowest = slowest.max(begun.elapsed());
        repository.assert_sound();
    }
    let history = repository.git(&["log", "--format=%B"]);
    let acknowledged = std::fs::read_to_string(&log).unwrap();
    assert!(acknowledged.lines().count() >= kills);
    for id in acknowledged.lines() {
        let times = history.lines().filter(|line| *line == format!("Mutation-Id: {id}")).count();
        assert_eq!(times, 1, "{id} was acknowledged");
    }
    let count = acknowledged.lines().count();
    println!(
        "{kills} kills of four clients, {tickets} tickets: {count} acknowledged, 0 lost; slowest recovery {slowest:?}"
    );
}

#[test]
#[ignore = "started by the test above"]
fn child_writes_until_killed() {
    let Some((root, number)) = surroundings() else { return };
    let options = if number % 2 == 0 { super::packed(root.clone()) } else { corp::store::writer::Options::new(&root) };
    let options = corp::store::writer::Options { patience_ms: 60_000, ..options };
    let mut writer = corp::store::writer::Writer::open(options).unwrap();
    std::fs::create_dir_all(root.join(".git/corp")).unwrap();
    let mut log = std::fs::File::options().append(true).create(true).open(root.join(".git/corp/acknowledged")).unwrap();
    for round in 0.. {
        let id = format!("m-{number}-{round}");
        let mutation = asked_as(write(&format!("w/{}.md", round % 5), &id), &id);
        one(&mut writer, mutation).unwrap();
        // One write, so that a line is whole or not there.
        log.write_all(format!("{id}\n").as_bytes()).unwrap();
    }
}
