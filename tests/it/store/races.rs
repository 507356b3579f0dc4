//! Many at once: writers in many processes, and people with git beside them.

use super::{Repository, author, change, content, one, try_git, write};
use corp::store::message::Message;
use corp::store::writer::{Expect, FileChange, Mutation, Options, Step, WriteError, Writer};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Runs one of the `child_…` tests below in a process of its own.
pub(super) fn spawn(child: &str, root: &Path, number: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", child, "--ignored", "--nocapture"])
        .env("CORP_TEST_ROOT", root)
        .env("CORP_TEST_NUMBER", number.to_string())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap()
}

/// The folder and number a `child_…` test works with; `None` if it was not started by [`spawn`].
pub(super) fn surroundings() -> Option<(std::path::PathBuf, usize)> {
    let root = std::env::var_os("CORP_TEST_ROOT")?;
    let number = std::env::var("CORP_TEST_NUMBER").ok()?.parse().ok()?;
    Some((root.into(), number))
}

fn patient(root: &Path) -> Writer {
    Writer::open(Options { patience_ms: 60_000, ..Options::new(root) }).unwrap()
}

#[test]
fn who_commits_faster_than_a_disk_syncs_does_not_keep_the_writer_out() {
    let repository = Repository::new();
    let (root, person) = (repository.root(), std::sync::Arc::new(std::sync::Mutex::new(Vec::new())));
    let mut writer = patient(&root);
    let commits = std::sync::Arc::clone(&person);
    writer.observe(move |step| {
        if step == Step::Built {
            let mut commits = commits.lock().unwrap();
            let message = format!("mine {}", commits.len());
            let made = try_git(&root, &["commit", "-q", "--allow-empty", "-m", &message]).0;
            commits.push(made);
        }
    });
    one(&mut writer, write("w/1.md", "one\n")).unwrap();
    // It lost each race while it left git's locks alone, and the next was none.
    let person = person.lock().unwrap();
    assert_eq!(person.iter().filter(|made| **made).count(), 16, "{person:?}");
    assert_eq!(person.last(), Some(&false));
    assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]), "18\n");
    assert!(!repository.root().join(".git/index.lock").exists());
    repository.assert_sound();
}

#[test]
fn sixteen_processes_make_five_commits_each() {
    let repository = Repository::new();
    let children: Vec<Child> =
        (0..16).map(|number| spawn("store::races::child_makes_five_commits", &repository.root(), number)).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]), "81\n");
    repository.assert_sound();
}

#[test]
#[ignore = "started by the test above"]
fn child_makes_five_commits() {
    let Some((root, number)) = surroundings() else { return };
    let mut writer = patient(&root);
    for round in 0..5 {
        one(&mut writer, change(&format!("n/{number}-{round}.md"), Expect::Absent, Some("x"))).unwrap();
    }
}

#[test]
fn sixteen_processes_take_one_ticket_and_one_gets_it() {
    let repository = Repository::new();
    let children: Vec<Child> =
        (0..16).map(|number| spawn("store::races::child_takes_the_ticket", &repository.root(), number)).collect();
    let mut winners = Vec::new();
    let mut told = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        winners.extend(text.lines().find_map(|line| line.split("took it: ").nth(1).map(str::to_owned)));
        told += usize::from(text.contains("somebody has it"));
    }
    assert_eq!((winners.len(), told), (1, 15));
    assert_eq!(repository.read("tickets/0000/ACME-1.lock"), format!("holder: agent-{}\n", winners[0]));
    repository.assert_sound();
}

#[test]
#[ignore = "started by the test above"]
fn child_takes_the_ticket() {
    let Some((root, number)) = surroundings() else { return };
    let lock = format!("holder: agent-{number}\n");
    match one(&mut patient(&root), change("tickets/0000/ACME-1.lock", Expect::Absent, Some(&lock))) {
        Ok(_) => println!("took it: {number}"),
        Err(WriteError::Moved { .. }) => println!("somebody has it"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn sixteen_processes_number_sixteen_tickets() {
    let repository = Repository::new();
    let children: Vec<Child> =
        (0..16).map(|number| spawn("store::races::child_makes_a_ticket", &repository.root(), number)).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let listed = repository.git(&["ls-files", "tickets"]);
    assert_eq!(listed.lines().count(), 16, "{listed}");
    assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]), "17\n");
    repository.assert_sound();
}

#[test]
#[ignore = "started by the test above"]
fn child_makes_a_ticket() {
    let Some((root, number)) = surroundings() else { return };
    let mut writer = patient(&root);
    for id in 1.. {
        let text = format!("---\nid: ACME-{id}\ntitle: by {number}\n---\n");
        match one(&mut writer, change(&format!("tickets/0000/ACME-{id}.md"), Expect::Absent, Some(&text))) {
            Ok(_) => return,
            Err(WriteError::Moved { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_person_commits_beside_a_busy_writer_and_nobody_loses_anything() {
    let repository = Repository::new();
    let busy = spawn("store::races::child_is_busy", &repository.root(), 0);
    let root = repository.root();
    let mut made = 0;
    while made < 12 {
        std::fs::write(root.join("mine.md"), format!("{made}\n")).unwrap();
        let step = |args: &[&str]| try_git(&root, args).0;
        let mut tries = 1;
        while !(step(&["add", "mine.md"]) && step(&["commit", "-qm", &format!("mine {made}")])) {
            tries += 1;
            assert!(tries < 500, "a person's commit {made} never succeeds");
        }
        made += 1;
    }
    std::fs::write(root.join(".git/corp/stop"), "").unwrap();
    let output = busy.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let log = repository.git(&["log", "--format=%s"]);
    let theirs: usize = log.lines().filter(|line| line.starts_with("change w/")).count();
    assert_eq!(log.lines().filter(|line| line.starts_with("mine ")).count(), 12, "{log}");
    let acknowledged: usize = repository.read(".git/corp/acknowledged").trim().parse().unwrap();
    assert_eq!(theirs, acknowledged, "every acknowledged change is in the history");
    assert!(acknowledged > 0, "the writer was busy");
    // git may have written an old index back after the writer's last look.
    repository.writer().recover().unwrap();
    for file in 0..7.min(acknowledged) {
        let last = (0..acknowledged).rev().find(|count| count % 7 == file).unwrap();
        assert_eq!(repository.git(&["show", &format!("HEAD:w/{file}.md")]), format!("{last}\n"), "{log}");
    }
    repository.assert_sound();
}

#[test]
#[ignore = "started by the test above"]
fn child_is_busy() {
    let Some((root, pause_ms)) = surroundings() else { return };
    let pause = Duration::from_millis(u64::try_from(pause_ms).unwrap());
    let mut writer = patient(&root);
    let mut count = 0;
    while !root.join(".git/corp/stop").exists() {
        one(&mut writer, write(&format!("w/{}.md", count % 7), &format!("{count}\n"))).unwrap();
        count += 1;
        std::thread::sleep(pause);
    }
    std::fs::write(root.join(".git/corp/acknowledged"), count.to_string()).unwrap();
}

/// git never waits for the index lock, so we hold it only around check, move and index write: at every other step of
/// the road a person's `git add` and `git commit` go through.
#[test]
fn a_person_is_kept_from_git_only_while_the_index_is_written() {
    let repository = Repository::new();
    let mut writer = repository.writer();
    let root = repository.root();
    let (sender, steps) = std::sync::mpsc::channel();
    let mut number = 0;
    writer.observe(move |step| {
        number += 1;
        std::fs::write(root.join("mine.md"), format!("{number}\n")).unwrap();
        let added = try_git(&root, &["add", "mine.md"]).0;
        // After it is built, a commit of theirs only makes us build again, once.
        let committed = added && number < 12 && try_git(&root, &["commit", "-qm", "mine"]).0;
        sender.send((step, added, committed)).unwrap();
    });
    one(&mut writer, write("w/1.md", "ours\n")).unwrap();
    drop(writer);
    let steps: Vec<_> = steps.iter().collect();
    for (step, added, _) in &steps {
        let held = matches!(step, Step::Index | Step::Branch | Step::File);
        assert_eq!(*added, !held, "{step:?}: {steps:?}");
    }
    for at in [Step::Locked, Step::Built, Step::Journaled, Step::Objects] {
        assert!(steps.iter().any(|(step, _, committed)| *step == at && *committed), "{at:?}: {steps:?}");
    }
    assert_eq!(repository.git(&["show", "HEAD:w/1.md"]), "ours\n");
    assert_eq!(repository.git(&["fsck", "--full", "--strict", "--no-dangling"]), "");
}

/// A measurement, by `cargo test --test it store::races::beside_twenty -- --ignored --nocapture`: how often a person's
/// `git add` and `git commit` succeed at the first try beside a program that wants twenty changes a second, how many it
/// makes, how long it has the index locked, and what git says when it fails. Whoever fails tries again at once. It depends on
/// the machine, so it asks only for what always holds. `CORP_PAUSES=300,1000` chooses the pauses between two commits, in ms;
/// `CORP_ROUNDS` how many there are.
#[test]
#[ignore = "a measurement: beside twenty changes a second"]
fn beside_twenty_changes_a_second_a_person_commits_at_the_first_try() {
    let said = |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    let rounds: usize = said("CORP_ROUNDS", "60").parse().unwrap();
    for pause in said("CORP_PAUSES", "0,40,300,1000").split(',') {
        let repository = Repository::new();
        let began = Instant::now();
        let busy = spawn("store::races::child_wants_twenty_a_second", &repository.root(), 0);
        let root = repository.root();
        let (mut tries, mut failures) = ([0; 4], BTreeMap::<String, usize>::new());
        let pause = Duration::from_millis(pause.parse().unwrap());
        while !root.join(".git/corp/journal").exists() {
            std::thread::yield_now();
        }
        for round in 0..rounds {
            std::fs::write(root.join("mine.md"), format!("{round}\n")).unwrap();
            let mut tried = 0;
            let mut step = |tried: usize, args: &[&str]| {
                let (done, text) = try_git(&root, args);
                if !done {
                    // Without what differs each time.
                    let words = text.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
                    let line = words.take(16).collect::<Vec<_>>().join(" ");
                    *failures.entry(format!("try {}, git {}: {line}", tried + 1, args[0])).or_default() += 1;
                }
                done
            };
            while !(step(tried, &["add", "mine.md"]) && step(tried, &["commit", "-qm", &format!("mine {round}")])) {
                tried += 1;
                assert!(tried < 100, "it never succeeds");
            }
            tries[tried.min(3)] += 1;
            std::thread::sleep(pause);
        }
        let seconds = began.elapsed().as_secs_f64();
        std::fs::write(root.join(".git/corp/stop"), "").unwrap();
        let output = busy.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let acknowledged: f64 = repository.read(".git/corp/acknowledged").trim().parse().unwrap();
        println!(
            "{rounds} commits, {} ms apart, beside {:.1} changes a second: {} at the first try, {} at the second, {} at the \
             third, {} later; {}",
            pause.as_millis(),
            acknowledged / seconds,
            tries[0],
            tries[1],
            tries[2],
            tries[3],
            repository.read(".git/corp/held").trim(),
        );
        failures.iter().for_each(|(what, times)| println!("  {times} times: {what}"));
        repository.writer().recover().unwrap();
        repository.assert_sound();
    }
}

/// How long this thread has run, and has waited for a processor; nothing where the kernel does not tell.
fn turns() -> (Duration, Duration) {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let mut numbers = text.split_whitespace().map(|number| Duration::from_nanos(number.parse().unwrap()));
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

/// Twenty changes a second by the clock: what it was kept from it makes up for.
#[test]
#[ignore = "started by the test above"]
fn child_wants_twenty_a_second() {
    let Some((root, _)) = surroundings() else { return };
    let mut writer = patient(&root);
    let (sender, holds) = std::sync::mpsc::channel();
    let mut since = (Instant::now(), turns());
    writer.observe(move |step| match step {
        Step::Index => since = (Instant::now(), turns()),
        Step::Shown => {
            let ((ran, waited), now) = (since.1, turns());
            sender.send((since.0.elapsed(), now.0 - ran, now.1 - waited)).unwrap();
        }
        _ => {}
    });
    let (began, mut count) = (Instant::now(), 0);
    while !root.join(".git/corp/stop").exists() {
        one(&mut writer, write(&format!("w/{}.md", count % 7), &format!("{count}\n"))).unwrap();
        count += 1;
        let due = Duration::from_millis(50) * count;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    drop(writer);
    let mut held: Vec<(Duration, Duration, Duration)> = holds.iter().collect();
    held.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let ((median, ..), (most, ran, waited)) = (held[held.len() / 2], held[held.len() - 1]);
    let held = format!(
        "the index locked for {:.2} ms, {:.2} at most, of which it ran {:.2}, waited for a processor {:.2} and for the disk the rest",
        ms(median),
        ms(most),
        ms(ran),
        ms(waited)
    );
    std::fs::write(root.join(".git/corp/held"), held).unwrap();
    std::fs::write(root.join(".git/corp/acknowledged"), count.to_string()).unwrap();
}

/// Whoever has `HEAD` locked may want the index next, and git does not wait for that one.
#[test]
fn while_somebody_has_head_locked_git_finds_the_index_free() {
    let repository = Repository::new();
    let mut writer = patient(&repository.root());
    let (root, (sender, told)) = (repository.root(), std::sync::mpsc::channel());
    std::fs::write(root.join(".git/HEAD.lock"), "").unwrap();
    writer.on_wait(move |what| {
        std::fs::write(root.join("mine.md"), "mine\n").unwrap();
        let added = try_git(&root, &["add", "mine.md"]).0;
        std::fs::remove_file(root.join(".git/HEAD.lock")).unwrap();
        sender.send((what.contains("HEAD.lock"), added)).unwrap();
    });
    one(&mut writer, write("w/1.md", "one\n")).unwrap();
    drop(writer);
    assert_eq!(told.iter().collect::<Vec<_>>(), [(true, true)]);
    assert_eq!(repository.git(&["status", "--porcelain"]), "A  mine.md\n");
    repository.git(&["commit", "-qm", "mine"]);
    repository.assert_sound();
}

#[test]
fn a_wait_is_told() {
    let repository = Repository::new();
    let mut writer = Writer::open(Options { patience_ms: 1_000, ..Options::new(repository.root()) }).unwrap();
    let (sender, told) = std::sync::mpsc::channel();
    writer.on_wait(move |what| sender.send(what.to_owned()).unwrap());
    std::fs::write(repository.root().join(".git/index.lock"), "").unwrap();
    let error = one(&mut writer, write("corp.yaml", "n: 1\n")).unwrap_err().to_string();
    std::fs::remove_file(repository.root().join(".git/index.lock")).unwrap();
    std::fs::write(repository.root().join(".git/MERGE_HEAD"), "").unwrap();
    let merging = one(&mut writer, write("corp.yaml", "n: 1\n")).unwrap_err().to_string();
    std::fs::remove_file(repository.root().join(".git/MERGE_HEAD")).unwrap();
    one(&mut writer, write("corp.yaml", "n: 1\n")).unwrap();
    drop(writer);
    assert_eq!(told.iter().collect::<Vec<_>>(), [error, merging], "once each, and nothing when nothing is in the way");
}

#[test]
fn hand_edits_race_the_writer_and_none_is_lost() {
    let repository = Repository::new();
    let fields: String = (0..10).map(|field| format!("ours{field}: 0\ntheirs{field}: 0\n")).collect();
    let mut writer = repository.writer();
    one(&mut writer, write("prices.yaml", &fields)).unwrap();
    let root = repository.root();
    let person = std::thread::spawn(move || {
        // A person's program that reads, changes one field and saves by rename, as editors do.
        let mut saved = 0;
        for round in 1..=60 {
            let path = root.join("prices.yaml");
            let text = std::fs::read_to_string(&path).unwrap();
            let key = format!("theirs{}: ", round % 10);
            let lines: Vec<String> = text
                .lines()
                .map(|line| if line.starts_with(&key) { format!("{key}{round}") } else { line.to_owned() })
                .collect();
            let aside = root.join("prices.yaml~");
            std::fs::write(&aside, lines.join("\n") + "\n").unwrap();
            // Only if nothing came in between: what is tested is our writer, not the editor's own carelessness.
            if std::fs::read_to_string(&path).unwrap() == text {
                std::fs::rename(&aside, &path).unwrap();
                saved = round;
            }
            std::thread::yield_now();
        }
        drop(std::fs::remove_file(root.join("prices.yaml~")));
        saved
    });
    for round in 1..=60 {
        let committed = repository.git(&["show", "HEAD:prices.yaml"]);
        let key = format!("ours{}: ", round % 10);
        let lines: Vec<String> = committed
            .lines()
            .map(|line| if line.starts_with(&key) { format!("{key}{round}") } else { line.to_owned() })
            .collect();
        let after = lines.join("\n") + "\n";
        let change =
            FileChange { path: "prices.yaml".to_owned(), before: content(&committed), after: Some(after.into_bytes()) };
        let mutation = Mutation {
            author: author(),
            at: jiff::Timestamp::UNIX_EPOCH,
            message: Message::new("ours"),
            changes: vec![change],
        };
        one(&mut writer, mutation).unwrap();
    }
    let saved = person.join().unwrap();
    let text = repository.read("prices.yaml");
    assert!(text.contains(&format!("theirs{}: {saved}\n", saved % 10)), "the last save is there: {saved}\n{text}");
    // An editor that looks and then renames may go over ours in the work tree; the history has it all the same.
    let text = repository.git(&["show", "HEAD:prices.yaml"]);
    for round in 51..=60 {
        assert!(text.contains(&format!("ours{}: {round}\n", round % 10)), "{round}\n{text}");
    }
}
